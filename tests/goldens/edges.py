"""Cases at the edges: special numbers, extremes of integers, shapes without elements and without axes."""
import numpy as np

from case import B, F, I, L, N1, RELU, RELU6, SAME, VALID, c, case

EDGES = []
NUMBERS = np.asarray([np.nan, np.inf, -np.inf, 0.0, -0.0, 1, -1, 0.5, -2.5, 6, np.finfo(F).max, np.finfo(F).min, 1e-40, -1e-40, 1e-30, 88.8, -104], F)
UNARY = {"NEG": "NegOptions", "ABS": "AbsOptions", "SQUARE": "SquareOptions", "EXP": "ExpOptions", "SIN": None, "COS": "CosOptions", "FLOOR": None,
         "CEIL": None, "ROUND": None, "TANH": None, "LOGISTIC": None, "RELU": None, "RELU6": None, "RELU_N1_TO_1": None, "RELU_0_TO_1": None,
         "ELU": None, "HARD_SWISH": "HardSwishOptions", "SIGN": "SignOptions", "SQRT": None, "RSQRT": None, "LOG": None, "GELU": "GeluOptions",
         "LEAKY_RELU": "LeakyReluOptions", "ZEROS_LIKE": "ZerosLikeOptions"}
BINARY = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions", "MAXIMUM": "MaximumMinimumOptions", "MINIMUM": "MaximumMinimumOptions",
          "POW": "PowOptions", "SQUARED_DIFFERENCE": "SquaredDifferenceOptions", "ATAN2": "ATan2Options", "PRELU": None}
COMPARE = {"EQUAL": "EqualOptions", "NOT_EQUAL": "NotEqualOptions", "LESS": "LessOptions", "LESS_EQUAL": "LessEqualOptions",
           "GREATER": "GreaterOptions", "GREATER_EQUAL": "GreaterEqualOptions"}
REDUCE = ("SUM", "MEAN", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN")


def add(*args, **options):
    EDGES.append(case(*args, group="edges", **options))


def numbers():
    for op, table in UNARY.items():
        add(op, "numbers", [NUMBERS], table)
    rows, columns = (np.ascontiguousarray(a) for a in np.broadcast_arrays(NUMBERS[:, None], NUMBERS[None, :]))
    for op, table in (BINARY | COMPARE).items():
        add(op, "numbers", [rows, columns], table, out=B if op in COMPARE else F)
    divisors = columns[:, np.abs(NUMBERS) >= 0.5]
    for op in ("FLOOR_DIV", "FLOOR_MOD"):
        add(op, "numbers", [np.ascontiguousarray(rows[:, :divisors.shape[1]]), np.ascontiguousarray(divisors)], op.title().replace("_", "") + "Options")
    for act in (RELU, N1, RELU6):
        add("ADD", f"numbers_act{act}", [np.asarray([-3, -0.5, 0, 3, 7], F), np.zeros(5, F)], "AddOptions", fusedActivationFunction=act)
    for op in REDUCE:
        add(op, "numbers", [np.asarray([[1, np.inf, 2], [np.inf, 2, 3], [-np.inf, 1, 1]], F), c([1])], "ReducerOptions")
    add("SOFTMAX", "infinite", [np.asarray([[-np.inf, 0, 1], [1e38, -1e38, 0]], F)], "SoftmaxOptions", beta=1.0)
    add("CAST", "numbers", [NUMBERS[3:10]], "CastOptions", out=I, inDataType=0, outDataType=2)
    add("CAST", "to_bool", [NUMBERS], "CastOptions", out=B, inDataType=0, outDataType=6)
    for dtype in (I, L):
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        a, b = np.asarray([low, high, low, high, 0, -1], dtype), np.asarray([-1, 1, low, high, low, high], dtype)
        for op in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"):
            add(op, "extremes_" + np.dtype(dtype).name, [a, b], BINARY[op])
        for op, table in COMPARE.items():
            add(op, "extremes_" + np.dtype(dtype).name, [a, b], table, out=B)
        add("SUM", "extremes_" + np.dtype(dtype).name, [a, c([0])], "ReducerOptions")


def shapes():
    scalar, other = np.asarray(2.5, F), np.asarray(-1.5, F)
    none = np.zeros((2, 0, 3), F)
    for op, table in UNARY.items():
        add(op, "rank0", [scalar], table)
        add(op, "empty", [none], table)
    for op, table in (BINARY | COMPARE).items():
        out = B if op in COMPARE else F
        add(op, "rank0", [scalar, other], table, out=out)
        add(op, "empty", [none, none], table, out=out)
        if op not in ("PRELU", "ATAN2"):
            add(op, "empty_broadcast", [none, np.ones((1, 3), F)], table, out=out)
    for op in ("SUM", "REDUCE_PROD"):
        add(op, "empty", [none, c([1])], "ReducerOptions")
        add(op, "empty_kept", [none, c([0])], "ReducerOptions", keepDims=True)
    add("TRANSPOSE", "empty", [none, c([2, 0, 1])], "TransposeOptions")
    add("TRANSPOSE", "rank1", [np.asarray([1, 2], F), c([0])], "TransposeOptions")
    add("RESHAPE", "empty", [none, c([3, 0])], "ReshapeOptions")
    add("RESHAPE", "rank0", [scalar, c([1, 1])], "ReshapeOptions")
    add("CONCATENATION", "empty", [none, np.ones((2, 1, 3), F)], "ConcatenationOptions", axis=1)
    add("SHAPE", "rank0", [scalar], "ShapeOptions", out=I, outType=2)
    add("RANK", "rank0", [scalar], "RankOptions", out=I)
    add("EXPAND_DIMS", "rank0", [scalar, c(0)], "ExpandDimsOptions")
    add("SLICE", "empty", [np.ones((2, 3), F), c([0, 1]), c([2, 0])], "SliceOptions")
    add("STRIDED_SLICE", "empty", [np.ones((2, 3), F), c([0, 2]), c([2, 1]), c([1, 1])], "StridedSliceOptions")
    add("PAD", "grown_from_empty", [none, c([[0, 0], [1, 1], [0, 0]])], "PadOptions")
    add("TILE", "to_empty", [np.ones((2, 3), F), c([0, 1])], "TileOptions")
    add("TILE", "one", [np.ones((2, 3), F), c([1, 1])], "TileOptions")
    add("GATHER", "no_indices", [np.ones((2, 3), F), np.zeros(0, I)], "GatherOptions", axis=0)
    add("FILL", "empty", [c([0, 2]), c(1, F)], "FillOptions", out=F)
    add("RANGE", "empty", [c(3), c(3), c(1)], "RangeOptions", out=I)
    add("BROADCAST_TO", "rank0", [scalar, c([1])], "BroadcastToOptions")
    add("WHERE", "none", [np.zeros((2, 2), B)], "WhereOptions", out=L)
    add("ONE_HOT", "rank0", [np.asarray(1, I), c(3), c(1, F), c(0, F)], "OneHotOptions", out=F, axis=-1)
    add("SELECT_V2", "rank0", [np.asarray(True), scalar, other], "SelectV2Options", out=F)
    add("PACK", "rank0", [scalar, other], "PackOptions", axis=0, valuesCount=2)
    add("UNPACK", "to_rank0", [np.asarray([1, 2], F)], "UnpackOptions", axis=0, num=2, out=[F, F])
    add("BATCH_MATMUL", "one_row", [np.ones((1, 1, 4), F), np.ones((3, 4, 1), F)], "BatchMatMulOptions")
    add("FULLY_CONNECTED", "one", [np.ones((1, 1), F), c([[2]], F), c([1], F)], "FullyConnectedOptions")
    windows = dict(strideH=1, strideW=1, filterHeight=3, filterWidth=3)
    for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        add(op, "window_larger_than_input", [np.ones((1, 2, 1, 1), F) * 3, ], "Pool2DOptions", padding=SAME, **windows)
    conv = dict(dilationHFactor=1, dilationWFactor=1)
    add("CONV_2D", "filter_larger_than_input", [np.ones((1, 2, 1, 1), F), c(np.arange(9).reshape(1, 3, 3, 1), F), c([0], F)], "Conv2DOptions", padding=SAME, strideH=1, strideW=1, **conv)
    add("CONV_2D", "stride_larger_than_filter", [np.arange(25, dtype=F).reshape(1, 5, 5, 1), c([[[[2]]]], F), c([0], F)], "Conv2DOptions", padding=VALID, strideH=3, strideW=4, **conv)


def drawn(*shape):
    return np.random.default_rng(sum(shape)).uniform(-4, 4, shape).astype(F)


def options():
    one = dict(strideH=1, strideW=1)
    plain = dict(dilationHFactor=1, dilationWFactor=1, padding=SAME, **one)
    for act in (RELU, N1, RELU6):
        add("CONV_2D", f"act{act}", [drawn(1, 3, 4, 2), c(drawn(3, 2, 2, 2), F), c([1, 0, -1], F)], "Conv2DOptions", fusedActivationFunction=act, **plain)
        add("DEPTHWISE_CONV_2D", f"act{act}", [drawn(1, 3, 4, 2), c(drawn(1, 2, 2, 2), F), c([1, -1], F)], "DepthwiseConv2DOptions", fusedActivationFunction=act, depthMultiplier=1, **plain)
        add("TRANSPOSE_CONV", f"act{act}", [c([1, 3, 4, 3]), c(drawn(3, 2, 2, 2), F), drawn(1, 3, 4, 2)], "TransposeConvOptions", out=F, padding=SAME, fusedActivationFunction=act, **one)
        add("FULLY_CONNECTED", f"act{act}", [drawn(3, 4), c(drawn(5, 4), F), None], "FullyConnectedOptions", fusedActivationFunction=act)
        for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
            add(op, f"act{act}", [drawn(1, 4, 5, 2)], "Pool2DOptions", filterHeight=2, filterWidth=3, padding=VALID, fusedActivationFunction=act, **one)
    for op, shape in (("SPACE_TO_DEPTH", (2, 6, 3, 2)), ("DEPTH_TO_SPACE", (2, 1, 2, 18))):
        add(op, "three", [drawn(*shape)], op.title().replace("_", "") + "Options", blockSize=3)
    add("SPLIT", "three", [c(-1), drawn(2, 6)], "SplitOptions", numSplits=3, out=[F] * 3)
    add("SPLIT", "one", [c(0), drawn(2, 6)], "SplitOptions", numSplits=1, out=[F])
    deep = dict(strideD=1, dilationDFactor=1, **plain)
    for name, o in {"strides": dict(strideH=2), "dilated": dict(dilationDFactor=2, dilationWFactor=3)}.items():
        add("CONV_3D", name, [drawn(1, 4, 5, 6, 2), c(drawn(2, 2, 2, 2, 3), F)], "Conv3DOptions", **(deep | o))
    for act in (N1, RELU6):
        add("CONV_3D", f"act{act}", [drawn(1, 2, 3, 3, 2), c(drawn(2, 2, 2, 2, 1), F)], "Conv3DOptions", fusedActivationFunction=act, **deep)


def axes():
    add("REDUCE_ANY", "negative", [np.asarray([[True, False], [False, False]]), c([-1])], "ReducerOptions")
    add("REDUCE_ALL", "negative", [np.asarray([[True, True], [False, True]]), c([-1])], "ReducerOptions")
    for op, table in (("LOGICAL_AND", "LogicalAndOptions"), ("LOGICAL_OR", "LogicalOrOptions")):
        add(op, "left", [np.asarray([True, False]), np.asarray([[True, True], [False, False]])], table)
    add("REVERSE_V2", "negative", [drawn(2, 3), c([-1])], "ReverseV2Options")
    add("BITWISE_XOR", "right", [np.asarray([[1, 2, 3], [4, 5, -6]], I), np.asarray([7, -1, 2], I)], "BitwiseXorOptions")
    add("BITWISE_XOR", "left", [np.asarray([7, -1, 2], I), np.asarray([[1, 2, 3], [4, 5, -6]], I)], "BitwiseXorOptions")


numbers()
shapes()
options()
axes()
