"""The quantized operators, options and operands that record.py runs: scales up and down, zero points at both ends of a
type's range, and numbers that saturate."""
import zlib

import numpy as np

from case import I8, I16, N1, NONE, RELU, RELU6, SAME, U8, VALID, B, F, I, L, Scaled, c, case, name_of

QUANTIZED = []
ENDS = {I8: (-128, 127), U8: (0, 255), I16: (-32768, 32767)}


def add(op, name, operands, out, table=None, **options):
    QUANTIZED.append(case(op, name, operands, table, out, group="quantized", **options))


def numbers(dtype, *shape, low=None, high=None):
    """Random numbers over the whole range, its ends among them."""
    ends = (ENDS[dtype][0] if low is None else low, ENDS[dtype][1] if high is None else high)
    random = np.random.default_rng(zlib.crc32(repr((shape, len(QUANTIZED))).encode()))
    array = np.asarray(random.integers(ends[0], ends[1] + 1, shape)).astype(dtype)
    if array.size > 2:
        array.flat[0], array.flat[-1] = ends
    return array


def q(dtype, *shape, scale=0.1, zero=0, **ends):
    return Scaled(numbers(dtype, *shape, **ends), scale, zero)


def all_numbers(dtype, scale, zero=0):
    """Every number of 8 bits, or every 97th of 16."""
    low, high = ENDS[dtype]
    return Scaled(np.arange(low, high + 1, 97 if dtype == I16 else 1).astype(dtype), scale, zero)


def y(dtype, scale=0.1, zero=0):
    return Scaled(dtype, scale, zero)


def const(operand):
    operand.constant = True
    return operand


def zeros(dtype):
    """Zero points in the middle, at both ends, and beside."""
    low, high = ENDS[dtype]
    return (0,) if dtype == I16 else (low, high, low + 100)


def binary():
    shapes = {"same": ((2, 3, 4), (2, 3, 4)), "right": ((2, 3, 4), (4,)), "left": ((3, 1), (2, 3, 4)), "scalar": ((2, 3), ()),
              "scalars": ((), ()), "rank5": ((1, 2, 1, 2, 3), (2, 1, 2, 1, 1))}
    scales_of_all = {"equal": (0.1, 0.1, 0.1), "down": (0.03, 0.7, 3.0), "up": (0.5, 0.02, 0.01), "steep": (7.0, 3.0, 0.001)}
    scales_of_div = {"equal": (0.1, 0.01, 0.01), "down": (0.5, 0.04, 0.08), "up": (10.0, 0.02, 0.5)}
    for op, dtypes in (("ADD", (I8, U8, I16)), ("SUB", (I8, U8, I16)), ("MUL", (I8, U8, I16)), ("DIV", (I8, U8, I16)), ("SQUARED_DIFFERENCE", (I8,))):
        table = "SquaredDifferenceOptions" if op == "SQUARED_DIFFERENCE" else op.title() + "Options"
        for dtype in dtypes:
            general = {"potScaleInt16": False} if op in ("ADD", "SUB") else {}
            zero = zeros(dtype)[-1]
            # LiteRT divides rightly only where the ratio of scales is above 128.
            scales = scales_of_div if op == "DIV" else scales_of_all
            operands = lambda a, b, s, za, zb: [q(dtype, *a, scale=s[0], zero=za), divisor(op, q(dtype, *b, scale=s[1], zero=zb))]
            for name, (a, b) in shapes.items():
                add(op, f"{name_of(dtype)}_{name}", operands(a, b, scales["down"], zero, zero), y(dtype, scales["down"][2], zero), table, **general)
            for name, s in scales.items():
                for za in zeros(dtype):
                    add(op, f"{name_of(dtype)}_{name}_{za}", operands((4, 9), (4, 9), s, za, zeros(dtype)[0]), y(dtype, s[2], za), table, refused=(op, name) == ("SQUARED_DIFFERENCE", "steep"), **general)
            if op != "SQUARED_DIFFERENCE":
                for act in (RELU, N1, RELU6):
                    add(op, f"{name_of(dtype)}_act{act}", operands((4, 9), (4, 9), (0.5, 0.04, 0.1), zero, zero), y(dtype, 0.1, zero), table, fusedActivationFunction=act, **general)
    for op in ("ADD", "SUB"):
        table = op.title() + "Options"
        for name, (a, b) in {"first": (2.0**-12, 2.0**-11), "second": (2.0**-11, 2.0**-13), "none": (2.0**-11, 2.0**-11)}.items():
            add(op, f"powers_{name}", [q(I16, 4, 9, scale=a), q(I16, 4, 9, scale=b)], y(I16, 2.0**-11), table, potScaleInt16=True)
            add(op, f"powers_{name}_right", [q(I16, 4, 9, scale=a), q(I16, 9, scale=b)], y(I16, 2.0**-11), table, potScaleInt16=True, refused=op == "ADD")
        for name, (a, b) in {"both": (2.0**-12, 2.0**-12), "above": (2.0**-11, 2.0**-10)}.items():
            add(op, f"powers_{name}", [q(I16, 4, 9, scale=a), q(I16, 4, 9, scale=b)], y(I16, 2.0**-11), table, potScaleInt16=True, refused=True)
        add(op, "not_powers", [q(I16, 4, 9, scale=0.01), q(I16, 4, 9, scale=0.03)], y(I16, 0.05), table, potScaleInt16=True)
    for op in ("MAXIMUM", "MINIMUM"):
        for dtype in (I8, U8, I16):
            add(op, name_of(dtype), [q(dtype, 2, 3, 4), q(dtype, 4)], y(dtype), "MaximumMinimumOptions")


def divisor(op, operand):
    """Without what stands for zero, where an operator divides."""
    if op == "DIV":
        operand.array = np.where(operand.array == operand.zero, operand.zero ^ 1, operand.array).astype(operand.dtype)
    return operand


def comparison():
    for op in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
        table = op.title().replace("_", "") + "Options"
        for dtype in (I8, U8):
            for za in zeros(dtype):
                add(op, f"{name_of(dtype)}_{za}", [q(dtype, 4, 9, scale=0.1, zero=za), q(dtype, 4, 9, scale=0.07, zero=zeros(dtype)[0])], B, table)
            add(op, f"{name_of(dtype)}_alike", [q(dtype, 4, 9, low=0, high=3), q(dtype, 9, low=0, high=3)], B, table)
            add(op, f"{name_of(dtype)}_left", [q(dtype, 3, 1), q(dtype, 1, 9)], B, table)
        add(op, "int16_alike", [q(I16, 4, 9, low=0, high=3), q(I16, 4, 9, low=0, high=3)], B, table)
    for op in ("EQUAL", "NOT_EQUAL"):
        add(op, "int16", [q(I16, 4, 9, scale=0.1), q(I16, 4, 9, scale=0.07)], B, op.title().replace("_", "") + "Options")


def activation():
    for op, dtypes in (("RELU", (I8, U8, I16)), ("RELU6", (I8, U8, I16)), ("RELU_N1_TO_1", (I8, U8)), ("RELU_0_TO_1", (I8, U8)), ("LEAKY_RELU", (I8, U8, I16)), ("HARD_SWISH", (I8, U8)),
                       ("ABS", (I8, I16)), ("EXP", (I8, I16)), ("ELU", (I8,)), ("GELU", (I8, U8, I16)), ("LOG", (I8, I16)), ("TANH", (I8, U8)), ("NEG", (I8, I16))):
        table = {"LEAKY_RELU": "LeakyReluOptions", "HARD_SWISH": "HardSwishOptions", "ABS": "AbsOptions", "EXP": "ExpOptions", "GELU": "GeluOptions", "NEG": "NegOptions"}.get(op)
        options = [{"alpha": 0.1}, {"alpha": -1.5}] if op == "LEAKY_RELU" else [{"approximate": False}, {"approximate": True}] if op == "GELU" else [{}]
        for dtype in dtypes:
            small = 2.0**-11 if dtype == I16 else 1.0
            for zero in (0,) if op == "NEG" else zeros(dtype):
                pairs = ((0.05, 0.05),) if op == "NEG" else ((0.05, 0.05), (0.1, 0.02), (0.03, 0.2))
                for a, b in pairs:
                    for i, o in enumerate(options):
                        add(op, f"{name_of(dtype)}_{zero}_{a}_{b}_{i}", [all_numbers(dtype, a * small, zero)], y(dtype, b * small, 0 if op == "NEG" else zeros(dtype)[0]), table, **o)
    for a, b, zero in ((0.05, 0.05, -128), (0.3, 0.01, -128), (0.01, 0.2, -100)):
        x = all_numbers(I8, a, zero)
        x.array = x.array[x.array >= zero]
        add("RSQRT", f"int8_{a}_{zero}", [x], y(I8, b, -128))
    for a, b in ((0.05, 0.05), (0.0001, 0.002), (0.001, 0.0003)):
        add("RSQRT", f"int16_{a}_{b}", [Scaled(np.arange(0, 32768, 97).astype(I16), a, 0)], y(I16, b))
    add("RSQRT", "int16_negative", [all_numbers(I16, 0.1)], y(I16, 0.1), refused=True)
    add("RSQRT", "int8_negative", [all_numbers(I8, 0.1)], y(I8, 0.1), refused=True)
    for dtype in (I8, U8):
        for scale in (0.05, 0.01, 0.5):
            for zero in zeros(dtype):
                add("LOGISTIC", f"{name_of(dtype)}_{scale}_{zero}", [all_numbers(dtype, scale, zero)], y(dtype, 1 / 256, ENDS[dtype][0]))
                add("PRELU", f"{name_of(dtype)}_{scale}_{zero}", [q(dtype, 1, 2, 3, 4, scale=scale, zero=zero), const(q(dtype, 1, 1, 4, scale=0.02, zero=zeros(dtype)[2]))], y(dtype, 0.05, zero))
        add("PRELU", f"{name_of(dtype)}_same", [q(dtype, 2, 9), q(dtype, 2, 9, scale=0.01)], y(dtype, 0.3, 7))
    for scale in (2.0**-12, 2.0**-11, 0.0003, 0.0001, 0.01, 1e-6):
        add("TANH", f"int16_{scale}", [all_numbers(I16, scale)], y(I16, 2.0**-15))
        add("LOGISTIC", f"int16_{scale}", [all_numbers(I16, scale)], y(I16, 2.0**-15))
    add("LOGISTIC", "other_scale", [all_numbers(I8, 0.1)], y(I8, 0.01, -128), refused=True)
    add("TANH", "int16_other_scale", [all_numbers(I16, 0.001)], y(I16, 0.01), refused=True)
    add("RELU", "int16_zero_point", [Scaled(numbers(I16, 4), 0.1, 3)], y(I16), refused=True)



def movement():
    for dtype in (I8, U8, I16):
        x = lambda *shape, **ends: q(dtype, *shape, zero=zeros(dtype)[-1], **ends)
        out = y(dtype, zero=zeros(dtype)[-1])
        eight_bits = ("ARG_MAX", "ARG_MIN", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH", "ONE_HOT")
        plain = lambda op, operands, table=None, **options: add(op, name_of(dtype), operands, options.pop("out", out), table, **options) if dtype != I16 or op not in eight_bits else None
        plain("RESHAPE", [x(2, 6), c([3, -1])], "ReshapeOptions", newShape=[3, -1])
        plain("SQUEEZE", [x(1, 3, 1, 2)], "SqueezeOptions", squeezeDims=[0])
        plain("EXPAND_DIMS", [x(2, 3), c(1)], "ExpandDimsOptions")
        plain("SHAPE", [x(2, 3)], "ShapeOptions", out=I, outType=2)
        plain("RANK", [x(2, 3)], "RankOptions", out=I)
        plain("TRANSPOSE", [x(2, 3, 4), c([2, 0, 1])], "TransposeOptions")
        plain("SLICE", [x(4, 5), c([1, 2]), c([2, 3])], "SliceOptions")
        plain("STRIDED_SLICE", [x(4, 5), c([0, 4]), c([4, 0]), c([2, -1])], "StridedSliceOptions")
        plain("GATHER", [x(5, 3), np.asarray([4, 0], I)], "GatherOptions", axis=0)
        plain("GATHER_ND", [x(5, 3), np.asarray([[4, 2], [0, 1]], I)], "GatherNdOptions")
        plain("PACK", [x(2, 3), x(2, 3)], "PackOptions", axis=1, valuesCount=2)
        plain("UNPACK", [x(2, 3)], "UnpackOptions", axis=1, num=3, out=[out] * 3)
        plain("SPLIT", [c(1), x(2, 4)], "SplitOptions", numSplits=2, out=[out] * 2)
        plain("SPLIT_V", [x(2, 4), c([1, 3]), c(1)], "SplitVOptions", numSplits=2, out=[out] * 2)
        plain("TILE", [x(2, 3), c([2, 1])], "TileOptions")
        plain("BROADCAST_TO", [x(2, 1), c([2, 3])], "BroadcastToOptions")
        plain("SELECT_V2", [np.asarray([True, False]), x(3, 2), x(2)], "SelectV2Options")
        plain("SELECT", [np.asarray([True, False]), x(2), x(2)], "SelectOptions")
        plain("ARG_MAX", [x(3, 4), c(1)], "ArgMaxOptions", outputType=2, out=I)
        plain("ARG_MIN", [x(3, 4), c(1)], "ArgMinOptions", outputType=2, out=I)
        plain("REDUCE_MAX", [x(3, 4), c([1])], "ReducerOptions")
        plain("REDUCE_MIN", [x(3, 4), c([0])], "ReducerOptions", keepDims=True)
        plain("TOPK_V2", [x(3, 6), c(2)], "TopKV2Options", out=[out, I])
        plain("REVERSE_V2", [x(3, 4), c([1])], "ReverseV2Options")
        plain("MIRROR_PAD", [x(3, 4), c([[1, 2], [2, 0]])], "MirrorPadOptions", mode=0)
        plain("PADV2", [x(3, 4), c([[1, 2], [2, 0]]), const(x())], "PadV2Options")
        plain("RESIZE_NEAREST_NEIGHBOR", [x(1, 3, 4, 2), c([5, 7])], "ResizeNearestNeighborOptions")
        plain("SPACE_TO_DEPTH", [x(1, 4, 4, 2)], "SpaceToDepthOptions", blockSize=2)
        plain("DEPTH_TO_SPACE", [x(1, 2, 2, 8)], "DepthToSpaceOptions", blockSize=2)
        plain("BATCH_TO_SPACE_ND", [x(4, 2, 2, 3), c([2, 2]), c([[0, 1], [0, 0]])], "BatchToSpaceNDOptions")
        plain("DYNAMIC_UPDATE_SLICE", [x(4, 5), x(2, 2), c([1, 2])], "DynamicUpdateSliceOptions")
        plain("FILL", [c([2, 3]), x()], "FillOptions")
        plain("ONE_HOT", [np.asarray([0, 2], I), c(3), x(), x()], "OneHotOptions", axis=-1)
        if dtype != I16:
            plain("SCATTER_ND", [np.asarray([[1], [3]], I), x(2), c([5])], "ScatterNdOptions")
    add("UNIQUE", "uint8", [q(U8, 9, low=0, high=3)], [U8, I], "UniqueOptions", idxOutType=2)
    add("REDUCE_MAX", "other_scale", [q(I8, 3, 4), c([1])], y(I8, 0.2), "ReducerOptions", refused=True)
    add("GATHER", "same_indices", [q(I8, 5, 3), np.asarray([0, 4], I)], y(I8), "GatherOptions", axis=1, refused=True)


def rows():
    for dtype, zero in ((I8, -128), (U8, 0)):
        for scale in (0.001, 0.05, 0.1, 1.0, 9.0):
            add("SOFTMAX", f"{name_of(dtype)}_{scale}", [q(dtype, 4, 9, scale=scale)], y(dtype, 1 / 256, zero), "SoftmaxOptions", beta=1.0)
            add("LOG_SOFTMAX", f"{name_of(dtype)}_{scale}", [q(dtype, 4, 9, scale=scale)], y(dtype, 1 / 16, ENDS[dtype][1]), "LogSoftmaxOptions")
        add("SOFTMAX", f"{name_of(dtype)}_beta", [q(dtype, 2, 3, 9, scale=0.1)], y(dtype, 1 / 256, zero), "SoftmaxOptions", beta=0.3)
        add("SOFTMAX", f"{name_of(dtype)}_long", [q(dtype, 2, 300, scale=0.02)], y(dtype, 1 / 256, zero), "SoftmaxOptions", beta=1.0)
        add("SOFTMAX", f"{name_of(dtype)}_one", [q(dtype, 3, 1)], y(dtype, 1 / 256, zero), "SoftmaxOptions", beta=1.0)
        add("LOG_SOFTMAX", f"{name_of(dtype)}_long", [q(dtype, 2, 300, scale=0.02)], y(dtype, 1 / 16, ENDS[dtype][1]), "LogSoftmaxOptions")
        add("LOG_SOFTMAX", f"{name_of(dtype)}_other", [q(dtype, 2, 3)], y(dtype, 0.1, 0), "LogSoftmaxOptions", refused=True)
        for zero in zeros(dtype):
            middle = 128 if dtype == U8 else 0
            add("L2_NORMALIZATION", f"{name_of(dtype)}_{zero}", [q(dtype, 4, 9, zero=zero)], y(dtype, 1 / 128, middle), "L2NormOptions")
        add("L2_NORMALIZATION", f"{name_of(dtype)}_zeros", [q(dtype, 1, 3, low=5, high=5, zero=5)], y(dtype, 1 / 128, middle), "L2NormOptions")
        add("L2_NORMALIZATION", f"{name_of(dtype)}_small", [q(dtype, 4, 2, low=0, high=2, zero=1)], y(dtype, 1 / 128, middle), "L2NormOptions")
    add("SOFTMAX", "uint8_other", [q(U8, 2, 9)], y(U8, 0.1, 3), "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "int8_other", [q(I8, 2, 9)], y(I8, 0.1, 3), "SoftmaxOptions", beta=1.0, refused=True)
    for scale in (1e-5, 1e-4, 0.001, 0.1):
        add("SOFTMAX", f"int16_{scale}", [q(I16, 4, 9, scale=scale)], y(I16, 2.0**-15), "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "int16_beta", [q(I16, 1, 2, 3, 9, scale=1e-4)], y(I16, 2.0**-15), "SoftmaxOptions", beta=0.5)
    add("SOFTMAX", "int16_rank5", [q(I16, 1, 1, 1, 2, 3)], y(I16, 2.0**-15), "SoftmaxOptions", beta=1.0)
    for op in ("MEAN", "SUM", "REDUCE_PROD"):
        # LiteRT sums unsigned numbers only: of others it gives what is in memory.
        for dtype in {"MEAN": (I8, U8, I16), "SUM": (U8,), "REDUCE_PROD": (I8, I16)}[op]:
            for zero in zeros(dtype):
                for a, b in ((0.05, 0.05), (0.1, 0.02), (0.03, 0.9)):
                    add(op, f"{name_of(dtype)}_{zero}_{a}_{b}", [q(dtype, 2, 3, 4, 5, scale=a, zero=zero), c([1, 2])], y(dtype, b, zeros(dtype)[0]), "ReducerOptions", keepDims=True)
            add(op, f"{name_of(dtype)}_last", [q(dtype, 3, 7), c([-1])], y(dtype, 0.3, zeros(dtype)[-1]), "ReducerOptions")
            add(op, f"{name_of(dtype)}_all", [q(dtype, 3, 7), c([0, 1])], y(dtype, 0.3, zeros(dtype)[-1]), "ReducerOptions")
            add(op, f"{name_of(dtype)}_none", [q(dtype, 3, 7), c([])], y(dtype, 0.3, zeros(dtype)[-1]), "ReducerOptions")


def maps():
    for dtype in (I8, U8, I16):
        for zero in zeros(dtype):
            for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
                for padding in (SAME, VALID):
                    pool = dict(padding=padding, filterHeight=3, filterWidth=2, strideH=2, strideW=1)
                    add(op, f"{name_of(dtype)}_{zero}_{padding}", [q(dtype, 2, 5, 6, 2, zero=zero)], y(dtype, zero=zero), "Pool2DOptions", **pool)
                for act in (RELU, N1, RELU6):
                    add(op, f"{name_of(dtype)}_{zero}_act{act}", [q(dtype, 1, 4, 4, 2, zero=zero)], y(dtype, zero=zero), "Pool2DOptions", fusedActivationFunction=act, **pool)
            add("PAD", f"{name_of(dtype)}_{zero}", [q(dtype, 2, 3, zero=zero), c([[1, 0], [2, 1]])], y(dtype, zero=zero), "PadOptions")
            add("SPACE_TO_BATCH_ND", f"{name_of(dtype)}_{zero}", [q(dtype, 2, 4, 4, 3, zero=zero), c([2, 3]), c([[1, 1], [0, 2]])], y(dtype, zero=zero), "SpaceToBatchNDOptions")
        for corners, centers in ((False, False), (True, False), (False, True)):
            for h, w in ((5, 7), (2, 2), (3, 4), (1, 1)):
                add("RESIZE_BILINEAR", f"{name_of(dtype)}_{h}x{w}_{corners}_{centers}", [q(dtype, 1, 3, 4, 2), c([h, w])], y(dtype), "ResizeBilinearOptions", alignCorners=corners, halfPixelCenters=centers)
        add("CONCATENATION", name_of(dtype), [q(dtype, 2, 3), q(dtype, 2, 1)], y(dtype), "ConcatenationOptions", axis=1)
    for zero in zeros(U8):
        add("CONCATENATION", f"rescaled_{zero}", [q(U8, 2, 90, scale=0.3, zero=zero), q(U8, 2, 9), q(U8, 2, 90, scale=0.01, zero=7)], y(U8), "ConcatenationOptions", axis=1)
    add("CONCATENATION", "int8_rescaled", [q(I8, 2, 3), q(I8, 2, 1, scale=0.3)], y(I8), "ConcatenationOptions", axis=1, refused=True)


def conversion():
    floats = lambda scale: np.asarray([0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, 126.5, 127.4, 127.6, -128.4, -128.6, 255.5, 1e4, -1e4, *np.linspace(-140, 270, 60)], F) * F(scale)
    for dtype in (I8, U8, I16):
        for zero in zeros(dtype):
            for scale in (1.0, 0.1, 0.003, 20.0):
                add("QUANTIZE", f"{name_of(dtype)}_{zero}_{scale}", [floats(scale)], y(dtype, scale, zero))
            add("DEQUANTIZE", f"{name_of(dtype)}_{zero}", [all_numbers(dtype, 0.1, zero)], F)
        for other in (I8, U8, I16):
            for scale in (0.1, 0.03, 0.7):
                add("QUANTIZE", f"{name_of(dtype)}_{name_of(other)}_{scale}", [all_numbers(dtype, 0.1, zeros(dtype)[-1])], y(other, scale, zeros(other)[0]), refused=(dtype, other) == (I16, U8))
        add("QUANTIZE", f"{name_of(dtype)}_channels", [np.linspace(-9, 9, 24, dtype=F).reshape(2, 3, 4)], Scaled(dtype, [0.1, 0.2, 0.05], 0 if dtype == I16 else [1, 2, 3], axis=1))
    for zero in (-28, 0, 3):
        add("QUANTIZE", f"edges_{zero}", [np.asarray([np.inf, -np.inf, 3e38, -3e38, 1e10, -1e10, np.nan], F)], y(I8, 0.1, zero))
    add("DEQUANTIZE", "channels", [Scaled(numbers(I8, 2, 3, 4), [0.1, 0.2, 0.05], [1, 2, 3], axis=1)], F)
    add("DEQUANTIZE", "last_channels", [const(Scaled(numbers(I8, 2, 3), [0.1, 0.2, 0.05], 0, axis=1))], F)
    add("DEQUANTIZE", "four_bits", [Scaled(numbers(I8, 3, 5, low=-8, high=7), 0.1, 1, constant=True, four_bits=True)], F)
    add("QUANTIZE", "int32_int8", [Scaled(np.arange(-300, 300, 7).astype(I), 0.01, 0)], y(I8, 0.02, 3))
    add("QUANTIZE", "int32_int16", [Scaled(np.arange(-3000, 3000, 97).astype(I), 0.01, 0)], y(I16, 0.02, 0))
    add("QUANTIZE", "int16_int32", [all_numbers(I16, 0.01)], y(I, 0.02, 0))


for family in (binary, comparison, activation, movement, rows, maps, conversion):
    family()
