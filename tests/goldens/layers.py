"""Quantized layers, and floats with quantized weights: more of the cases of quantized.py."""
import numpy as np

from case import I8, I16, N1, NONE, RELU, RELU6, SAME, U8, VALID, F, I, L, Scaled, c, name_of
from quantized import QUANTIZED, add, const, numbers, q, y, zeros


def products():
    fc, conv = "FullyConnectedOptions", dict(strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    bias = lambda n, scale, dtype=I: const(Scaled(np.arange(-40, 40, 80 / n)[:n].astype(dtype) * 20, scale, 0))
    for dtype, zero in ((I8, -128), (I8, 20), (U8, 255), (U8, 100), (I16, 0)):
        weight = U8 if dtype == U8 else I8
        # LiteRT takes a bias of 32 bits for one of 64 where numbers have 16.
        wide = (L,) if dtype == I16 else (I,)
        small = 0.001 if dtype == I16 else 0.05
        label = f"{name_of(dtype)}_{zero}"
        w = lambda *shape, scale=0.02, axis=0: const(Scaled(numbers(weight, *shape), scale, 100 if weight == U8 else 0, axis))
        for b in wide:
            for act in (NONE, RELU, N1, RELU6):
                add("FULLY_CONNECTED", f"{label}_{np.dtype(b).name}_act{act}", [q(dtype, 3, 7, scale=small, zero=zero), w(5, 7), bias(5, small * 0.02, b)], y(dtype, small, zero), fc, fusedActivationFunction=act)
        add("FULLY_CONNECTED", f"{label}_no_bias", [q(dtype, 2, 3, 7, scale=small, zero=zero), w(5, 7), None], y(dtype, small * 9, zero), fc, keepNumDims=True)
        add("FULLY_CONNECTED", f"{label}_coarse", [q(dtype, 3, 7, scale=small, zero=zero), w(5, 7, scale=3.0), None], y(dtype, small, zero), fc)
        for padding in (SAME, VALID):
            o = {**conv, "padding": padding}
            for b in wide:
                kind = f"{label}_{padding}_{np.dtype(b).name}"
                add("CONV_2D", kind, [q(dtype, 2, 5, 6, 2, scale=small, zero=zero), w(3, 3, 2, 2), bias(3, small * 0.02, b)], y(dtype, small, zero), "Conv2DOptions", **o)
                add("DEPTHWISE_CONV_2D", kind, [q(dtype, 1, 5, 6, 2, scale=small, zero=zero), w(1, 3, 2, 4, axis=3), bias(4, small * 0.02, b)], y(dtype, small, zero), "DepthwiseConv2DOptions", depthMultiplier=2, **o)
            add("CONV_2D", f"{label}_{padding}_stride", [q(dtype, 1, 7, 8, 2, scale=small, zero=zero), w(3, 3, 2, 2), bias(3, small * 0.02, wide[0])], y(dtype, small * 5, zero), "Conv2DOptions", **{**o, "strideH": 2, "fusedActivationFunction": RELU6})
            size = 4 + 2 * padding
            add("TRANSPOSE_CONV", f"{label}_{padding}", [c([1, size, size, 3]), w(3, 3, 3, 2), q(dtype, 1, 4, 4, 2, scale=small, zero=zero)], y(dtype, small, zero), "TransposeConvOptions", padding=padding, strideH=1, strideW=1)
        if dtype != U8:
            scales = [0.02, 0.3, 0.0005]
            for b in wide:
                kind = f"{label}_channels_{np.dtype(b).name}"
                each = const(Scaled(np.asarray([-300, 5, 700], b), [small * s for s in scales], 0))
                add("FULLY_CONNECTED", kind, [q(dtype, 3, 7, scale=small, zero=zero), w(3, 7, scale=scales), each], y(dtype, small, zero), fc)
                add("CONV_2D", kind, [q(dtype, 2, 5, 6, 2, scale=small, zero=zero), w(3, 3, 2, 2, scale=scales), each], y(dtype, small, zero), "Conv2DOptions", padding=SAME, **conv)
                add("DEPTHWISE_CONV_2D", kind, [q(dtype, 1, 5, 6, 3, scale=small, zero=zero), w(1, 3, 2, 3, scale=scales, axis=3), each], y(dtype, small, zero), "DepthwiseConv2DOptions", depthMultiplier=1, padding=SAME, **conv)
                add("TRANSPOSE_CONV", kind, [c([1, 6, 6, 3]), w(3, 3, 3, 2, scale=scales), q(dtype, 1, 4, 4, 2, scale=small, zero=zero), each], y(dtype, small, zero), "TransposeConvOptions", padding=VALID, strideH=1, strideW=1)
    add("FULLY_CONNECTED", "int8_weights_zero", [q(I8, 3, 7, zero=5), const(q(I8, 5, 7, scale=0.02, zero=9)), None], y(I8, 0.3, 2), fc)
    four = lambda n, k: const(Scaled(numbers(I8, n, k, low=-8, high=7), 0.1, 0, four_bits=True))
    add("FULLY_CONNECTED", "int8_four_bits", [q(I8, 3, 8), four(5, 8), None], y(I8, 0.3), fc)
    for name, weights in {"int8": const(q(I8, 5, 8, scale=0.02)), "uint8": const(q(U8, 5, 8, scale=0.02)), "four_bits": four(5, 8),
                          "channels": const(Scaled(numbers(I8, 5, 8), [0.02, 0.1, 0.5, 0.01, 0.3], 0))}.items():
        for asymmetric in (False, True):
            add("FULLY_CONNECTED", f"hybrid_{name}_{asymmetric}", [floats(3, 8), weights, c(floats(5), F)], F, fc, asymmetricQuantizeInputs=asymmetric)
        add("FULLY_CONNECTED", f"hybrid_{name}_relu", [floats(3, 8), weights, None], F, fc, fusedActivationFunction=RELU)
    add("FULLY_CONNECTED", "hybrid_zeros", [np.zeros((2, 8), F), const(q(I8, 5, 8)), c(floats(5), F)], F, fc)


def matrices():
    table = "BatchMatMulOptions"
    shapes = {"same": ((2, 3, 4), (2, 4, 5)), "rank2": ((3, 4), (4, 5)), "right": ((2, 1, 3, 4), (2, 4, 5)), "left": ((4, 4), (2, 4, 5))}
    for dtype, small in ((I8, 0.05), (I16, 0.001)):
        for name, (a, b) in shapes.items():
            add("BATCH_MATMUL", f"{name_of(dtype)}_{name}", [q(dtype, *a, scale=small), q(dtype, *b, scale=0.02)], y(dtype, small * 3), table)
        for zero in zeros(dtype):
            for scale in (0.5, 0.01, 4.0):
                add("BATCH_MATMUL", f"{name_of(dtype)}_{zero}_{scale}", [q(dtype, 6, 7, scale=scale, zero=zero), q(dtype, 7, 9, scale=0.02, zero=zeros(dtype)[0])], y(dtype, small, zero), table)
        for x in (False, True):
            add("BATCH_MATMUL", f"{name_of(dtype)}_adjoint_{x}", [q(dtype, *((2, 4, 3) if x else (2, 3, 4)), scale=small), q(dtype, 2, 5, 4, scale=0.02)], y(dtype, small), table, adjointLhs=x, adjointRhs=True)
    add("BATCH_MATMUL", "int8_sums", [q(I8, 6, 7), q(I8, 7, 9)], y(I, 0.01), table)
    add("BATCH_MATMUL", "int8_plain_sums", [q(I8, 6, 7), q(I8, 7, 9)], I, table)
    add("BATCH_MATMUL", "uint8", [q(U8, 3, 4), q(U8, 4, 5)], y(U8), table, refused=True)
    add("BATCH_MATMUL", "int16_zero", [q(I16, 3, 4, zero=1), q(I16, 4, 5)], y(I16), table, refused=True)
    columns = lambda *shape, axis, low=-128, high=127: Scaled(numbers(I8, *shape, low=low, high=high), [0.02, 0.1, 0.5, 0.01, 0.3], 0, axis, constant=True)
    for asymmetric in (False, True):
        o = dict(asymmetricQuantizeInputs=asymmetric)
        for name, (a, b) in shapes.items():
            add("BATCH_MATMUL", f"hybrid_{name}_{asymmetric}", [floats(*a), const(q(I8, *b))], F, table, **o)
        add("BATCH_MATMUL", f"hybrid_columns_{asymmetric}", [floats(2, 3, 4), columns(2, 4, 5, axis=2)], F, table, **o)
        add("BATCH_MATMUL", f"hybrid_rows_{asymmetric}", [floats(2, 3, 4), columns(2, 5, 4, axis=1)], F, table, adjointRhs=True, **o)
        add("BATCH_MATMUL", f"hybrid_adjoint_{asymmetric}", [floats(2, 4, 3), const(q(I8, 2, 4, 5))], F, table, adjointLhs=True, **o)
    add("BATCH_MATMUL", "hybrid_input", [floats(2, 3, 4), q(I8, 4, 5)], F, table)


def floats(*shape):
    return np.asarray(np.random.default_rng(len(QUANTIZED)).uniform(-3, 5, shape), F)


def hybrids():
    one = dict(strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    scales = [0.02, 0.3, 0.005, 0.1]
    b = lambda n: c(np.arange(n) - 1.5, F)
    w = lambda *shape, scale=0.02, axis=0, dtype=I8: const(Scaled(numbers(dtype, *shape), scale, 0, axis))
    four = lambda *shape, scale=0.02, axis=0: Scaled(numbers(I8, *shape, low=-8, high=7), scale, 0, axis, True, True)
    for padding in (SAME, VALID):
        o = dict(padding=padding, **one)
        for name, f in {"int8": w(3, 3, 2, 2), "uint8": w(3, 3, 2, 2, dtype=U8), "four_bits": four(3, 3, 2, 2), "channels": w(3, 3, 2, 2, scale=scales[:3]),
                        "equal_channels": w(3, 3, 2, 2, scale=[0.02] * 3), "four_bits_channels": four(3, 3, 2, 2, scale=scales[:3])}.items():
            add("CONV_2D", f"hybrid_{name}_{padding}", [floats(2, 5, 6, 2), f, b(3)], F, "Conv2DOptions", **o)
            add("CONV_2D", f"hybrid_{name}_{padding}_stride", [floats(2, 5, 6, 2), f, b(3)], F, "Conv2DOptions", **{**o, "strideH": 2, "dilationWFactor": 2, "fusedActivationFunction": RELU6})
        for multiplier in (1, 2):
            f = w(1, 3, 2, 2 * multiplier, scale=scales[:2 * multiplier], axis=3)
            add("DEPTHWISE_CONV_2D", f"hybrid_{multiplier}_{padding}", [floats(2, 5, 6, 2), f, b(2 * multiplier)], F, "DepthwiseConv2DOptions", depthMultiplier=multiplier, **o)
            add("DEPTHWISE_CONV_2D", f"hybrid_{multiplier}_{padding}_stride", [floats(2, 5, 6, 2), f, b(2 * multiplier)], F, "DepthwiseConv2DOptions", depthMultiplier=multiplier, **{**o, "strideH": 2, "strideW": 2, "fusedActivationFunction": RELU})
        size = 4 + 2 * padding
        for name, f in {"int8": w(3, 3, 3, 2), "channels": w(3, 3, 3, 2, scale=scales[:3])}.items():
            add("TRANSPOSE_CONV", f"hybrid_{name}_{padding}", [c([2, size, size, 3]), f, floats(2, 4, 4, 2)], F, "TransposeConvOptions", padding=padding, strideH=1, strideW=1)
    add("CONV_2D", "hybrid_zeros", [np.zeros((1, 3, 3, 2), F), w(3, 2, 2, 2, scale=scales[:3]), b(3)], F, "Conv2DOptions", padding=SAME, **one)
    ids = np.asarray([2, 0, 4], I)
    for dtype in (I8, U8):
        add("EMBEDDING_LOOKUP", f"hybrid_{name_of(dtype)}", [ids, w(5, 3, dtype=dtype)], F)
        add("EMBEDDING_LOOKUP", f"{name_of(dtype)}", [ids, const(q(dtype, 5, 3, zero=3))], y(dtype, zero=3))
    add("EMBEDDING_LOOKUP", "hybrid_rows", [ids, w(5, 2, 3, scale=[*scales, 0.7])], F)
    for shape in ((5, 6), (5, 2, 3)):
        add("EMBEDDING_LOOKUP", f"hybrid_four_bits_{len(shape)}", [ids, four(*shape)], F)
        add("EMBEDDING_LOOKUP", f"hybrid_four_bits_rows_{len(shape)}", [ids, four(*shape, scale=[*scales, 0.7])], F)
    add("EMBEDDING_LOOKUP", "hybrid_zero_point", [ids, const(q(I8, 5, 3, zero=3))], F, refused=True)
    add("EMBEDDING_LOOKUP", "hybrid_columns", [ids, w(5, 3, scale=scales[:3], axis=1)], F, refused=True)
    bias = lambda n, scale: const(Scaled(np.arange(n).astype(I) * 90 - 100, scale, 0))
    for name, scale in {"whole": 0.1, "channels": scales[:3]}.items():
        add("CONV_2D", f"int8_four_bits_{name}", [q(I8, 2, 5, 6, 2), four(3, 3, 2, 2, scale=scale), bias(3, 0.01)], y(I8, 0.3), "Conv2DOptions", padding=SAME, **one)
        add("FULLY_CONNECTED", f"int8_four_bits_{name}", [q(I8, 3, 8), four(3, 8, scale=scale), bias(3, 0.01)], y(I8, 0.3), "FullyConnectedOptions")
    add("DEPTHWISE_CONV_2D", "int8_four_bits", [q(I8, 2, 5, 6, 2), four(1, 3, 2, 2, scale=[0.1, 0.3], axis=3), bias(2, 0.01)], y(I8, 0.3), "DepthwiseConv2DOptions", depthMultiplier=1, padding=SAME, **one)


def many():
    """So many numbers that roundings of other kinds would show."""
    for dtype in (I8, U8, I16):
        weight, small = (U8 if dtype == U8 else I8), (0.001 if dtype == I16 else 0.05)
        x = lambda *shape: q(dtype, *shape, scale=small, zero=zeros(dtype)[-1])
        w = lambda *shape: const(q(weight, *shape, scale=0.02))
        bias = const(Scaled((np.arange(4) * 37 - 60).astype(L if dtype == I16 else I), small * 0.02, 0))
        for scale in (0.01, 0.3, 1.1):
            label, out = f"{name_of(dtype)}_many_{scale}", y(dtype, small * scale * 10, zeros(dtype)[-1])
            add("FULLY_CONNECTED", label, [x(400, 3), w(4, 3), bias], out, "FullyConnectedOptions")
            one = dict(padding=SAME, strideH=1, strideW=1)
            conv = dict(dilationHFactor=1, dilationWFactor=1, **one)
            add("CONV_2D", label, [x(1, 20, 20, 3), w(4, 1, 1, 3), bias], out, "Conv2DOptions", **conv)
            add("DEPTHWISE_CONV_2D", label, [x(1, 20, 20, 4), w(1, 1, 3, 4), bias], out, "DepthwiseConv2DOptions", depthMultiplier=1, **conv)
            add("TRANSPOSE_CONV", label, [c([1, 20, 20, 4]), w(4, 2, 1, 3), x(1, 20, 20, 3), bias], out, "TransposeConvOptions", **one)
            if dtype != U8:
                add("BATCH_MATMUL", label, [x(400, 3), q(dtype, 3, 4, scale=0.02 if dtype == I8 else 0.0001)], out, "BatchMatMulOptions")
            for op in ("ADD", "SUB", "MUL", *(["SQUARED_DIFFERENCE"] if dtype == I8 else [])):
                table = "SquaredDifferenceOptions" if op == "SQUARED_DIFFERENCE" else op.title() + "Options"
                general = {"potScaleInt16": False} if op in ("ADD", "SUB") else {}
                add(op, label, [x(40, 40), x(40)], out, table, **general)
            add("MEAN", label, [x(800, 3), c([1])], out, "ReducerOptions")
            add("AVERAGE_POOL_2D", label, [x(1, 30, 30, 2)], y(dtype, small, zeros(dtype)[-1]), "Pool2DOptions", filterHeight=2, filterWidth=3, **one)


for family in (products, matrices, hybrids, many):
    family()
