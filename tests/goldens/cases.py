"""The operators, options and operands that record.py runs: one line for each case."""
import zlib

import numpy as np

from case import B, F, I, L, N1, NONE, RELU, RELU6, SAME, VALID, Const, c, case

CASES = []


def add(*args, **options):
    CASES.append(case(*args, **options))


def rnd(*shape, dtype=F, low=-4, high=4, seed=""):
    r = np.random.default_rng(zlib.crc32(repr((shape, seed, len(CASES))).encode()))
    if dtype == B:
        return np.asarray(r.random(shape) > 0.5)
    if np.issubdtype(dtype, np.integer):
        return np.asarray(r.integers(low, high + 1, shape)).astype(dtype)
    return np.asarray(r.uniform(low, high, shape)).astype(dtype)


def binary():
    shapes = {"same": ((2, 3), (2, 3)), "right": ((2, 3, 4), (4,)), "left": ((3, 1), (2, 3, 4)), "both": ((2, 1, 4), (3, 1)),
              "scalar": ((2, 3), ()), "scalars": ((), ()), "one": ((1,), (2, 2)), "rank5": ((1, 2, 1, 2, 3), (2, 1, 2, 1, 1))}
    for op, table in (("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions"), ("DIV", "DivOptions")):
        for name, (a, b) in shapes.items():
            add(op, name, [rnd(*a), rnd(*b)], table)
        for act in (RELU, N1, RELU6):
            add(op, f"act{act}", [rnd(3, 4), rnd(4, low=-3, high=3)], table, fusedActivationFunction=act)
        low = 1 if op == "DIV" else -50
        add(op, "i32", [rnd(2, 3, dtype=I, low=-50, high=50), rnd(3, dtype=I, low=low, high=7)], table)
        add(op, "i32_relu6", [rnd(2, 3, dtype=I, low=-9, high=9), rnd(3, dtype=I, low=low, high=9)], table, fusedActivationFunction=RELU6)
        if op != "DIV":
            add(op, "i64", [rnd(2, 3, dtype=L), rnd(2, 3, dtype=L)], table)
    add("DIV", "i32_zero", [rnd(3, dtype=I), np.asarray([0, 1, 1], I)], "DivOptions", refused=True)
    add("ADD", "clash", [rnd(2, 3), rnd(2)], "AddOptions", refused=True)
    for op, table in (("MAXIMUM", "MaximumMinimumOptions"), ("MINIMUM", "MaximumMinimumOptions"),
                      ("SQUARED_DIFFERENCE", "SquaredDifferenceOptions"), ("FLOOR_DIV", "FloorDivOptions"), ("FLOOR_MOD", "FloorModOptions")):
        for name in ("same", "right", "left", "both", "scalar"):
            a, b = shapes[name]
            add(op, name, [rnd(*a), rnd(*b, low=0.5)], table)
        add(op, "negative", [rnd(8), rnd(8, low=-4, high=-0.5)], table)
        add(op, "i32", [rnd(4, 3, dtype=I, low=-9, high=9), np.asarray([2, -3, 5], I)], table)
    for op, table in (("MAXIMUM", "MaximumMinimumOptions"), ("MINIMUM", "MaximumMinimumOptions"), ("FLOOR_MOD", "FloorModOptions")):
        add(op, "i64", [rnd(4, dtype=L, low=-9, high=9), np.asarray([2, -3, 5, 7], L)], table)
    for op in ("MAXIMUM", "MINIMUM"):
        add(op, "nan", [np.asarray([np.nan, 1, np.inf, -0.0], F), np.asarray([1, np.nan, 2, 0.0], F)], "MaximumMinimumOptions")
    add("FLOOR_DIV", "zero", [rnd(3), np.asarray([0, 1, 1], F)], "FloorDivOptions", refused=True)
    add("FLOOR_MOD", "i32_zero", [rnd(3, dtype=I), np.asarray([0, 1, 1], I)], "FloorModOptions", refused=True)
    for name in ("same", "right", "both", "scalar"):
        a, b = shapes[name]
        add("POW", name, [rnd(*a, low=0.1), rnd(*b, low=-2, high=2)], "PowOptions")
    add("POW", "whole", [rnd(6), c([3, 2, 0, 1, -1, -2], F)], "PowOptions")
    add("POW", "cube", [rnd(2, 3), c(3, F)], "PowOptions")
    add("POW", "i32", [rnd(4, dtype=I), np.asarray([0, 1, 2, 3], I)], "PowOptions")
    add("POW", "i32_negative", [rnd(2, dtype=I), np.asarray([1, -1], I)], "PowOptions", refused=True)
    add("ATAN2", "same", [rnd(8), rnd(8)], "ATan2Options")
    add("ADD_N", "three", [rnd(2, 3), rnd(2, 3), rnd(2, 3)], "AddNOptions")
    add("ADD_N", "i32", [rnd(2, dtype=I), rnd(2, dtype=I)], "AddNOptions")


def unary():
    for op, table in (("NEG", "NegOptions"), ("ABS", "AbsOptions"), ("SQUARE", "SquareOptions"), ("EXP", "ExpOptions"), ("SIN", None),
                      ("COS", "CosOptions"), ("FLOOR", None), ("CEIL", None), ("ROUND", None), ("TANH", None), ("LOGISTIC", None), ("RELU", None),
                      ("RELU6", None), ("RELU_N1_TO_1", None), ("RELU_0_TO_1", None), ("ELU", None), ("HARD_SWISH", "HardSwishOptions"), ("SIGN", "SignOptions"),
                      ("ZEROS_LIKE", "ZerosLikeOptions")):
        add(op, "wide", [rnd(2, 3, 4, low=-9, high=9)], table)
        add(op, "edges", [np.asarray([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -1.5, 3, -3, 6, 1, -1, 40, -40], F)], table)
        add(op, "scalar", [rnd()], table)
    for op in ("SQRT", "RSQRT", "LOG"):
        add(op, "positive", [rnd(2, 3, 4, low=0.01, high=9)])
        add(op, "edges", [np.asarray([0.0, 1, 1e-30, 1e30], F)])
    add("SQRT", "negative", [np.asarray([-1.0, 4], F)])
    for op in ("NEG", "ABS", "SIGN", "ZEROS_LIKE"):
        table = op.title().replace("_", "").replace("likes", "Likes") + "Options"
        add(op, "i32", [rnd(5, dtype=I, low=-9, high=9)], {"ZEROS_LIKE": "ZerosLikeOptions"}.get(op, table))
    add("NEG", "i64", [rnd(5, dtype=L)], "NegOptions")
    for approximate in (False, True):
        add("GELU", f"approximate{approximate}", [rnd(2, 3, 4, low=-6, high=6)], "GeluOptions", approximate=approximate)
        add("GELU", f"edges{approximate}", [np.asarray([0.0, -0.0, 30, -30], F)], "GeluOptions", approximate=approximate)
    for alpha in (0.1, 1.5, -0.5):
        add("LEAKY_RELU", f"alpha{alpha}", [rnd(3, 4)], "LeakyReluOptions", alpha=alpha)
    add("PRELU", "channels", [rnd(1, 2, 3, 4), c(rnd(1, 1, 4), F)])
    add("PRELU", "same", [rnd(2, 3), rnd(2, 3)])


def comparison():
    tables = {"EQUAL": "EqualOptions", "NOT_EQUAL": "NotEqualOptions", "LESS": "LessOptions", "LESS_EQUAL": "LessEqualOptions",
              "GREATER": "GreaterOptions", "GREATER_EQUAL": "GreaterEqualOptions"}
    for op, table in tables.items():
        for dtype in (F, I, L):
            add(op, dtype.__name__, [rnd(2, 3, 4, dtype=I, low=-2, high=2).astype(dtype), rnd(4, dtype=I, low=-2, high=2).astype(dtype)], table, out=B)
        add(op, "both", [rnd(3, 1, dtype=I).astype(F), rnd(1, 4, dtype=I).astype(F)], table, out=B)
        add(op, "nan", [np.asarray([np.nan, 1, np.nan], F), np.asarray([1, np.nan, np.nan], F)], table, out=B)
    for op in ("EQUAL", "NOT_EQUAL"):
        add(op, "bool", [rnd(6, dtype=B), rnd(6, dtype=B)], tables[op], out=B)
    for op, table in (("LOGICAL_AND", "LogicalAndOptions"), ("LOGICAL_OR", "LogicalOrOptions")):
        add(op, "same", [rnd(8, dtype=B), rnd(8, dtype=B)], table)
        add(op, "broadcast", [rnd(2, 3, dtype=B), rnd(3, dtype=B)], table)
    add("LOGICAL_NOT", "plain", [rnd(8, dtype=B)], "LogicalNotOptions")
    add("BITWISE_XOR", "i32", [rnd(6, dtype=I, low=-99, high=99), rnd(6, dtype=I, low=-99, high=99)], "BitwiseXorOptions")
    add("SELECT", "same", [rnd(2, 3, dtype=B), rnd(2, 3), rnd(2, 3)], "SelectOptions", out=F)
    add("SELECT", "rows", [np.asarray([True, False]), rnd(2, 3), rnd(2, 3)], "SelectOptions", out=F)
    add("SELECT", "scalar", [np.asarray(True), rnd(2, 3), rnd(2, 3)], "SelectOptions", out=F)
    add("SELECT_V2", "same", [rnd(2, 3, dtype=B), rnd(2, 3), rnd(2, 3)], "SelectV2Options", out=F)
    add("SELECT_V2", "broadcast", [rnd(2, 1, dtype=B), rnd(3), rnd(2, 3)], "SelectV2Options", out=F)
    add("SELECT_V2", "scalars", [rnd(2, 3, dtype=B), c(1, F), c(0, F)], "SelectV2Options", out=F)
    add("SELECT_V2", "i64", [rnd(4, dtype=B), rnd(4, dtype=L), rnd(4, dtype=L)], "SelectV2Options", out=L)


def reduction():
    ops = ("SUM", "MEAN", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN")
    for op in ops:
        for keep in (False, True):
            for name, axes in {"last": [2], "negative": [-1], "first": [0], "two": [0, 2], "all": [0, 1, 2], "twice": [1, 1, -2], "none": []}.items():
                add(op, f"{name}_keep{keep}", [rnd(2, 3, 4, low=-2, high=2), c(axes)], "ReducerOptions", keepDims=keep)
        add(op, "scalar_axis", [rnd(2, 3), c(1)], "ReducerOptions")
        add(op, "one", [rnd(1, 3), c([0])], "ReducerOptions")
        add(op, "image", [rnd(1, 3, 4, 2), c([1, 2])], "ReducerOptions")
        add(op, "i32", [rnd(3, 4, dtype=I, low=-9, high=9), c([1])], "ReducerOptions")
        add(op, "i64", [rnd(3, 4, dtype=L, low=-9, high=9), c([0])], "ReducerOptions")
        add(op, "input_scalar", [rnd(), c([0])], "ReducerOptions")
        add(op, "outside", [rnd(2, 3), c([2])], "ReducerOptions", refused=True)
    for op in ("REDUCE_ANY", "REDUCE_ALL"):
        for keep in (False, True):
            add(op, f"keep{keep}", [rnd(5, 3, dtype=B), c([1])], "ReducerOptions", keepDims=keep)
    for op, table in (("ARG_MAX", "ArgMaxOptions"), ("ARG_MIN", "ArgMinOptions")):
        for out, code in ((I, 2), (L, 4)):
            add(op, f"last_{out.__name__}", [rnd(3, 4), c(-1)], table, out=out, outputType=code)
        add(op, "first", [rnd(3, 4), c([0])], table, out=I, outputType=2)
        add(op, "ties", [np.asarray([[1, 2, 2, 1]], F), c(1)], table, out=I, outputType=2)
        add(op, "i32", [rnd(3, 4, dtype=I), c(1)], table, out=I, outputType=2)
    for exclusive in (False, True):
        for reverse in (False, True):
            add("CUMSUM", f"exclusive{exclusive}_reverse{reverse}", [rnd(2, 3, 2), c(1)], "CumsumOptions", exclusive=exclusive, reverse=reverse)
    add("CUMSUM", "negative_i32", [rnd(2, 3, dtype=I), c(-1)], "CumsumOptions")


def movement():
    for name, shape in {"plain": [4, 6], "rest": [2, -1, 3], "flat": [-1], "more": [1, 2, 3, 4, 1]}.items():
        add("RESHAPE", name, [rnd(2, 3, 4), c(shape)], "ReshapeOptions", newShape=shape)
    add("RESHAPE", "option", [rnd(2, 3)], "ReshapeOptions", newShape=[3, 2])
    add("RESHAPE", "operand_wins", [rnd(2, 3), c([6])], "ReshapeOptions", newShape=[3, 2])
    add("RESHAPE", "scalar", [rnd(1, 1), c([])], "ReshapeOptions", newShape=[])
    add("RESHAPE", "bool", [rnd(4, dtype=B), c([2, 2])], "ReshapeOptions")
    add("RESHAPE", "i64", [rnd(4, dtype=L), c([2, 2])], "ReshapeOptions")
    add("RESHAPE", "unfit", [rnd(4), c([3])], "ReshapeOptions", refused=True)
    add("SQUEEZE", "all", [rnd(1, 2, 1, 3)], "SqueezeOptions", squeezeDims=[])
    add("SQUEEZE", "some", [rnd(1, 2, 1, 3)], "SqueezeOptions", squeezeDims=[2])
    add("SQUEEZE", "negative", [rnd(1, 2, 1, 3)], "SqueezeOptions", squeezeDims=[-2, 0])
    add("SQUEEZE", "unfit", [rnd(1, 2)], "SqueezeOptions", squeezeDims=[1], refused=True)
    for axis in (0, 1, -1, -3):
        add("EXPAND_DIMS", f"axis{axis}", [rnd(2, 3), c(axis)], "ExpandDimsOptions")
    add("SHAPE", "i32", [rnd(2, 3)], "ShapeOptions", out=I, outType=2)
    add("SHAPE", "i64", [rnd(2, 3, 1)], "ShapeOptions", out=L, outType=4)
    add("RANK", "three", [rnd(2, 3, 1)], "RankOptions", out=I)
    for order in ([1, 0, 2], [2, 0, 1], [0, 2, 1], [0, 1, 2], [2, 1, 0]):
        add("TRANSPOSE", "".join(map(str, order)), [rnd(2, 3, 4), c(order)], "TransposeOptions")
    add("TRANSPOSE", "nhwc", [rnd(1, 2, 3, 4), c([0, 2, 3, 1])], "TransposeOptions")
    add("TRANSPOSE", "rank5", [rnd(2, 1, 2, 2, 3), c([4, 2, 0, 1, 3])], "TransposeOptions")
    add("TRANSPOSE", "i64", [rnd(2, 3, dtype=L), c([1, 0])], "TransposeOptions")
    add("TRANSPOSE", "i8", [rnd(2, 3, dtype=np.int8), c([1, 0])], "TransposeOptions")
    add("REVERSE_V2", "last", [rnd(2, 3), c([1])], "ReverseV2Options")
    add("SPACE_TO_DEPTH", "two", [rnd(1, 4, 6, 3)], "SpaceToDepthOptions", blockSize=2)
    add("DEPTH_TO_SPACE", "two", [rnd(2, 2, 3, 8)], "DepthToSpaceOptions", blockSize=2)
    for axis in (0, 1, -1):
        shapes = [[2, 3, 2] for _ in range(3)]
        for i, s in enumerate(shapes):
            s[axis] = i + 1
        add("CONCATENATION", f"axis{axis}", [rnd(*s, seed=i) for i, s in enumerate(shapes)], "ConcatenationOptions", axis=axis)
        add("PACK", f"axis{axis}", [rnd(2, 3, seed=i) for i in range(3)], "PackOptions", axis=axis, valuesCount=3)
        add("UNPACK", f"axis{axis}", [rnd(2, 3, 4)], "UnpackOptions", axis=axis, num=(2, 3, 4)[axis], out=[F] * (2, 3, 4)[axis])
        add("SPLIT", f"axis{axis}", [c(axis), rnd(2, 4, 6)], "SplitOptions", numSplits=2, out=[F] * 2)
    add("CONCATENATION", "one", [rnd(2, 3)], "ConcatenationOptions", axis=0)
    add("CONCATENATION", "i64", [rnd(2, dtype=L), rnd(1, dtype=L)], "ConcatenationOptions", axis=0)
    add("CONCATENATION", "relu", [rnd(2), rnd(2)], "ConcatenationOptions", axis=0, fusedActivationFunction=RELU, refused=True)
    add("CONCATENATION", "unfit", [rnd(2, 3), rnd(2, 2)], "ConcatenationOptions", axis=0, refused=True)
    add("SPLIT", "uneven", [c(0), rnd(3)], "SplitOptions", numSplits=2, out=[F] * 2, refused=True)
    add("SPLIT_V", "three", [rnd(2, 6), c([1, 3, 2]), c(1)], "SplitVOptions", numSplits=3, out=[F] * 3)
    add("SPLIT_V", "rest", [rnd(5, 2), c([2, -1]), c(0)], "SplitVOptions", numSplits=2, out=[F] * 2)
    add("SPLIT_V", "negative", [rnd(5, 2), c([1, 1]), c(-1)], "SplitVOptions", numSplits=2, out=[F] * 2)


def slices():
    add("SLICE", "plain", [rnd(4, 5), c([1, 2]), c([2, 3])], "SliceOptions")
    add("SLICE", "rest", [rnd(4, 5, 2), c([1, 0, 1]), c([-1, 2, -1])], "SliceOptions")
    add("SLICE", "i64_bounds", [rnd(4, 5), c([1, 2], L), c([2, 3], L)], "SliceOptions")
    add("SLICE", "outside", [rnd(4), c([3]), c([2])], "SliceOptions", refused=True)
    x = lambda: rnd(4, 5, 3)
    for name, (begin, end, strides, masks) in {
        "plain": ([1, 0, 0], [3, 5, 3], [1, 1, 1], {}),
        "strides": ([0, 1, 0], [4, 5, 3], [2, 3, 1], {}),
        "negative": ([-3, -4, 0], [-1, -1, 3], [1, 2, 1], {}),
        "backwards": ([3, 4, 2], [0, 0, 0], [-1, -2, -1], {}),
        "clamped": ([-9, 2, 0], [9, 9, 9], [1, 1, 1], {}),
        "empty_range": ([2, 0, 0], [2, 5, 3], [1, 1, 1], {}),
        "begin_mask": ([2, 2, 1], [3, 4, 2], [1, 1, 1], {"beginMask": 5}),
        "end_mask": ([2, 2, 1], [3, 4, 2], [1, 1, 1], {"endMask": 3}),
        "masks_backwards": ([2, 2, 1], [3, 4, 2], [-1, -2, -1], {"beginMask": 7, "endMask": 7}),
        "shrink": ([1, 2, 0], [2, 3, 3], [1, 1, 1], {"shrinkAxisMask": 1}),
        "shrink_two": ([1, -1, 0], [2, 0, 3], [1, 1, 1], {"shrinkAxisMask": 3}),
        "shrink_all": ([1, 2, 1], [2, 3, 2], [1, 1, 1], {"shrinkAxisMask": 7}),
        "shrink_masked": ([1, 2, 1], [2, 3, 2], [1, 1, 1], {"shrinkAxisMask": 1, "beginMask": 1, "endMask": 6}),
        "ellipsis": ([1, 0, 1], [3, 0, 2], [1, 1, 1], {"ellipsisMask": 2}),
        "ellipsis_first": ([0, 1], [0, 2], [1, 1], {"ellipsisMask": 1}),
        "ellipsis_shrink": ([0, 1], [0, 2], [1, 1], {"ellipsisMask": 1, "shrinkAxisMask": 2}),
        "new_axis": ([0, 1, 0, 0], [0, 3, 5, 3], [1, 1, 1, 1], {"newAxisMask": 1}),
        "new_axis_middle": ([1, 0, 2, 0], [3, 0, 4, 3], [1, 1, 1, 1], {"newAxisMask": 2}),
        "new_axis_ellipsis": ([0, 0, 1], [0, 0, 2], [1, 1, 1], {"newAxisMask": 1, "ellipsisMask": 2}),
        "short": ([1], [3], [1], {}),
        "offset": ([1, 1, 0], [2, 3, 3], [1, 1, 1], {"offset": True}),
    }.items():
        add("STRIDED_SLICE", name, [x(), c(begin), c(end), c(strides)], "StridedSliceOptions", **masks)
    add("STRIDED_SLICE", "stride_zero", [rnd(4), c([0]), c([4]), c([0])], "StridedSliceOptions", refused=True)
    add("STRIDED_SLICE", "i64", [rnd(4, dtype=L), c([1]), c([3]), c([1])], "StridedSliceOptions")
    add("DYNAMIC_UPDATE_SLICE", "inside", [rnd(4, 5), rnd(2, 2), c([1, 2])], "DynamicUpdateSliceOptions")
    add("DYNAMIC_UPDATE_SLICE", "moved", [rnd(4, 5), rnd(2, 2), c([3, -1])], "DynamicUpdateSliceOptions")
    add("PAD", "two", [rnd(2, 3), c([[1, 0], [2, 1]])], "PadOptions")
    add("PAD", "image", [rnd(1, 2, 2, 3), c([[0, 0], [1, 1], [0, 2], [0, 0]])], "PadOptions")
    add("PAD", "i64_paddings", [rnd(2, 3), c([[0, 1], [1, 0]], L)], "PadOptions")
    add("PAD", "i32", [rnd(3, dtype=I), c([[1, 1]])], "PadOptions")
    add("PAD", "negative", [rnd(3), c([[-1, 0]])], "PadOptions", refused=True)
    add("PADV2", "value", [rnd(2, 3), c([[1, 0], [2, 1]]), c(-7.5, F)], "PadV2Options")
    add("PADV2", "lowest", [rnd(1, 2, 2, 1), c([[0, 0], [1, 1], [1, 1], [0, 0]]), c([np.finfo(F).min], F)], "PadV2Options")
    for mode in (0, 1):
        add("MIRROR_PAD", f"mode{mode}", [rnd(3, 4), c([[1, 2], [2, 0]])], "MirrorPadOptions", mode=mode)


def gathers():
    table = lambda: rnd(5, 3, 2)
    add("GATHER", "rows", [table(), np.asarray([[0, 4], [2, 2]], I)], "GatherOptions", axis=0)
    add("GATHER", "axis1", [table(), np.asarray([2, 0], I)], "GatherOptions", axis=1)
    add("GATHER", "negative", [table(), np.asarray([1, 0, 1], I)], "GatherOptions", axis=-1)
    add("GATHER", "scalar", [table(), np.asarray(3, I)], "GatherOptions", axis=0)
    add("GATHER", "i64_indices", [table(), np.asarray([3, 1], L)], "GatherOptions", axis=0)
    add("GATHER", "batch", [rnd(2, 3, 4), np.asarray([[2, 0], [1, 1]], I)], "GatherOptions", axis=1, batchDims=1)
    add("GATHER", "batch_axis2", [rnd(2, 3, 4), np.asarray([[2, 0], [3, 1]], I)], "GatherOptions", axis=2, batchDims=1)
    add("GATHER", "batch_negative", [rnd(2, 3, 4), np.asarray([[2, 0], [1, 1]], I)], "GatherOptions", axis=1, batchDims=-1)
    add("GATHER", "i64", [rnd(5, dtype=L), np.asarray([3, 1], I)], "GatherOptions", axis=0)
    add("GATHER", "bool", [rnd(5, dtype=B), np.asarray([3, 1], I)], "GatherOptions", axis=0)
    add("GATHER", "outside", [table(), np.asarray([5], I)], "GatherOptions", axis=0, refused=True)
    add("GATHER", "before", [table(), np.asarray([-1], I)], "GatherOptions", axis=0, refused=True)
    add("GATHER_ND", "rows", [table(), np.asarray([[1], [4]], I)], "GatherNdOptions")
    add("GATHER_ND", "elements", [table(), np.asarray([[1, 2, 0], [4, 0, 1]], I)], "GatherNdOptions")
    add("ONE_HOT", "last", [np.asarray([[0, 2], [5, -1]], I), c(3), c(2, F), c(-1, F)], "OneHotOptions", out=F, axis=-1)
    add("ONE_HOT", "first", [np.asarray([0, 2], I), c(3), c(1, F), c(0, F)], "OneHotOptions", out=F, axis=0)
    add("EMBEDDING_LOOKUP", "rows", [np.asarray([2, 0, 4], I), rnd(5, 3)], out=F)
    add("BROADCAST_TO", "plain", [rnd(3, 1), c([2, 3, 4])], "BroadcastToOptions")
    add("BROADCAST_TO", "i64_shape", [rnd(1, 2, 1, 2, 3), c([1, 2, 2, 2, 3], L)], "BroadcastToOptions")
    add("BROADCAST_TO", "scalar", [rnd(), c([2, 2])], "BroadcastToOptions")
    add("BROADCAST_TO", "unfit", [rnd(3), c([2])], "BroadcastToOptions", refused=True)
    add("BROADCAST_ARGS", "both", [np.asarray([2, 1, 4], I), np.asarray([3, 1], I)])
    add("TILE", "both", [rnd(2, 3), c([2, 3])], "TileOptions")
    add("TILE", "i64", [rnd(2, 3), c([1, 2], L)], "TileOptions")
    add("FILL", "plain", [c([2, 3]), c(1.5, F)], "FillOptions", out=F)
    add("FILL", "scalar", [c([]), c(7)], "FillOptions", out=I)
    add("FILL", "i64", [c([2], L), c(True, B)], "FillOptions", out=B)
    add("RANGE", "i32", [c(3), c(12), c(4)], "RangeOptions", out=I)
    add("RANGE", "down", [c(5), c(-2), c(-3)], "RangeOptions", out=I)
    add("RANGE", "f32", [c(0.5, F), c(2.6, F), c(0.5, F)], "RangeOptions", out=F)
    add("RANGE", "away", [c(3), c(9), c(-1)], "RangeOptions", out=I, refused=True)
    for source in (F, I, L, np.uint8, np.int8, B):
        for target in (F, I, L, np.uint8, B):
            low = 0 if source == np.uint8 or target == np.uint8 else -9
            codes = {F: 0, I: 2, L: 4, np.uint8: 3, np.int8: 9, B: 6}
            x = rnd(6, dtype=source) if source == B else rnd(6, dtype=source, low=low, high=9)
            x[0] = 0
            add("CAST", f"{source.__name__}_{target.__name__}", [x], "CastOptions", out=target, inDataType=codes[source], outDataType=codes[target])
    add("DEQUANTIZE", "half", [c(rnd(6), np.float16)], "DequantizeOptions", out=F)


def products():
    w = lambda n, k: c(rnd(n, k, low=-1, high=1, seed="w"), F)
    bias = lambda n: c(rnd(n, seed="b"), F)
    for keep in (False, True):
        add("FULLY_CONNECTED", f"rank3_keep{keep}", [rnd(2, 3, 4), w(5, 4), bias(5)], "FullyConnectedOptions", keepNumDims=keep)
        add("FULLY_CONNECTED", f"rank2_keep{keep}", [rnd(3, 4), w(5, 4), None], "FullyConnectedOptions", keepNumDims=keep)
        add("FULLY_CONNECTED", f"rank4_keep{keep}", [rnd(1, 2, 3, 4), w(1, 4), bias(1)], "FullyConnectedOptions", keepNumDims=keep)
    add("FULLY_CONNECTED", "flattened", [rnd(2, 3, 4), w(5, 12), bias(5)], "FullyConnectedOptions")
    add("FULLY_CONNECTED", "regrouped", [rnd(2, 6), w(5, 4), bias(5)], "FullyConnectedOptions")
    add("FULLY_CONNECTED", "rank1", [rnd(4), w(3, 4), bias(3)], "FullyConnectedOptions")
    add("FULLY_CONNECTED", "two_operands", [rnd(3, 4), w(5, 4)], "FullyConnectedOptions")
    add("FULLY_CONNECTED", "weights_input", [rnd(3, 4), rnd(5, 4), rnd(5)], "FullyConnectedOptions")
    add("FULLY_CONNECTED", "deep", [rnd(2, 300), w(3, 300), bias(3)], "FullyConnectedOptions")
    for act in (RELU, N1, RELU6):
        add("FULLY_CONNECTED", f"act{act}", [rnd(3, 4), w(5, 4), bias(5)], "FullyConnectedOptions", fusedActivationFunction=act)
    add("FULLY_CONNECTED", "unfit_keep", [rnd(2, 6), w(5, 4), None], "FullyConnectedOptions", keepNumDims=True, refused=True)
    for x in (False, True):
        for y in (False, True):
            a, b = (4, 2) if x else (2, 4), (3, 4) if y else (4, 3)
            add("BATCH_MATMUL", f"adj_{x}_{y}", [rnd(2, *a), rnd(2, *b)], "BatchMatMulOptions", adjointLhs=x, adjointRhs=y)
            add("BATCH_MATMUL", f"const_{x}_{y}", [rnd(2, *a), c(rnd(*b), F)], "BatchMatMulOptions", adjointLhs=x, adjointRhs=y)
    add("BATCH_MATMUL", "rank2", [rnd(2, 4), rnd(4, 3)], "BatchMatMulOptions")
    add("BATCH_MATMUL", "batch_right", [rnd(2, 1, 2, 4), rnd(3, 4, 3)], "BatchMatMulOptions")
    add("BATCH_MATMUL", "batch_left", [rnd(2, 4), rnd(2, 3, 4, 3)], "BatchMatMulOptions")
    add("BATCH_MATMUL", "heads", [rnd(1, 2, 3, 4), rnd(1, 2, 4, 3)], "BatchMatMulOptions")
    add("BATCH_MATMUL", "vector", [rnd(1, 1, 4), rnd(1, 4, 1)], "BatchMatMulOptions")
    add("BATCH_MATMUL", "unfit", [rnd(2, 4), rnd(3, 3)], "BatchMatMulOptions", refused=True)


def feature_maps():
    f = lambda *shape: c(rnd(*shape, low=-1, high=1, seed="f"), F)
    b = lambda n: c(rnd(n, seed="b"), F)
    conv = dict(strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    for padding in (SAME, VALID):
        for name, (shape, options) in {
            "plain": ((1, 5, 6, 2), {}), "stride": ((1, 5, 6, 2), dict(strideH=2, strideW=3)), "even": ((2, 4, 4, 2), dict(strideH=2, strideW=2)),
            "dilation": ((1, 7, 8, 2), dict(dilationHFactor=2, dilationWFactor=3)), "relu6": ((1, 5, 6, 2), dict(fusedActivationFunction=RELU6)),
        }.items():
            o = {**conv, "padding": padding, **options}
            add("CONV_2D", f"{name}_{padding}", [rnd(*shape), f(3, 3, 2, 2), b(3)], "Conv2DOptions", **o)
            add("DEPTHWISE_CONV_2D", f"{name}_{padding}", [rnd(*shape), f(1, 3, 2, 2), b(2)], "DepthwiseConv2DOptions", depthMultiplier=1, **o)
        o = {**conv, "padding": padding}
        add("CONV_2D", f"pointwise_{padding}", [rnd(1, 3, 3, 4), f(2, 1, 1, 4), b(2)], "Conv2DOptions", **o)
        add("CONV_2D", f"groups_{padding}", [rnd(1, 4, 4, 4), f(6, 2, 2, 2), b(6)], "Conv2DOptions", **o)
        add("DEPTHWISE_CONV_2D", f"no_bias_{padding}", [rnd(1, 4, 4, 2), f(1, 3, 3, 2)], "DepthwiseConv2DOptions", depthMultiplier=1, **o)
        add("DEPTHWISE_CONV_2D", f"multiplier_{padding}", [rnd(1, 4, 4, 2), f(1, 3, 3, 6), b(6)], "DepthwiseConv2DOptions", depthMultiplier=3, **o)
        add("DEPTHWISE_CONV_2D", f"multiplier_ignored_{padding}", [rnd(1, 4, 4, 2), f(1, 3, 3, 6), b(6)], "DepthwiseConv2DOptions", depthMultiplier=1, **o)
        for stride in (1, 2):
            size = {(SAME, 1): 4, (SAME, 2): 8, (VALID, 1): 6, (VALID, 2): 9}[padding, stride]
            add("TRANSPOSE_CONV", f"stride{stride}_{padding}", [c([1, size, size, 3]), f(3, 3, 3, 2), rnd(1, 4, 4, 2), b(3)], "TransposeConvOptions", out=F, padding=padding, strideH=stride, strideW=stride)
        add("TRANSPOSE_CONV", f"relu_{padding}", [c([1, 4 + 2 * padding, 4 + 2 * padding, 3]), f(3, 3, 3, 2), rnd(1, 4, 4, 2)], "TransposeConvOptions", out=F, padding=padding, strideH=1, strideW=1, fusedActivationFunction=RELU)
        for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
            pool = dict(padding=padding, filterHeight=3, filterWidth=2)
            add(op, f"plain_{padding}", [rnd(1, 5, 6, 2)], "Pool2DOptions", strideH=1, strideW=1, **pool)
            add(op, f"stride_{padding}", [rnd(2, 5, 6, 2)], "Pool2DOptions", strideH=2, strideW=3, **pool)
            add(op, f"relu_{padding}", [rnd(1, 5, 6, 2)], "Pool2DOptions", strideH=2, strideW=2, fusedActivationFunction=RELU, **pool)
    add("CONV_2D", "unfit", [rnd(1, 4, 4, 3), f(2, 2, 2, 2), b(2)], "Conv2DOptions", padding=VALID, refused=True, **conv)
    for corners, centers in ((False, False), (True, False), (False, True)):
        for h, w in ((5, 7), (2, 2), (3, 4)):
            for op in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
                table = {"RESIZE_BILINEAR": "ResizeBilinearOptions", "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions"}[op]
                add(op, f"{h}x{w}_{corners}_{centers}", [rnd(1, 3, 4, 2), c([h, w])], table, alignCorners=corners, halfPixelCenters=centers)
    for beta in (1.0, 0.5, 2.0):
        add("SOFTMAX", f"beta{beta}", [rnd(2, 3, 4)], "SoftmaxOptions", beta=beta)
    add("SOFTMAX", "large", [rnd(2, 5, low=-900, high=900)], "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "masked", [np.asarray([[1, 2, np.finfo(F).min], [-np.inf, 0, 3]], F)], "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "rank1", [rnd(4)], "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "rank4", [rnd(1, 2, 2, 3)], "SoftmaxOptions", beta=1.0)
    add("SOFTMAX", "one", [rnd(3, 1)], "SoftmaxOptions", beta=1.0)
    add("LOG_SOFTMAX", "plain", [rnd(2, 5)], "LogSoftmaxOptions")
    add("L2_NORMALIZATION", "plain", [rnd(2, 5)], "L2NormOptions")
    add("L2_NORMALIZATION", "zeros", [np.zeros((1, 3), F)], "L2NormOptions")


def blocks():
    for block, edges in (([2, 2], [[0, 0], [0, 0]]), ([2, 3], [[1, 1], [0, 2]]), ([1, 2], [[2, 0], [0, 0]])):
        add("SPACE_TO_BATCH_ND", f"{block}_{edges}", [rnd(2, 4, 4, 3), c(block), c(edges)], "SpaceToBatchNDOptions")
        add("BATCH_TO_SPACE_ND", f"{block}_{edges}", [rnd(12, 3, 2, 2), c(block), c(edges)], "BatchToSpaceNDOptions")
    add("SPACE_TO_BATCH_ND", "one_axis", [rnd(1, 6, 2), c([3]), c([[0, 0]])], "SpaceToBatchNDOptions")
    add("SPACE_TO_BATCH_ND", "unfit", [rnd(1, 5, 4, 1), c([2, 2]), c([[0, 0], [0, 0]])], "SpaceToBatchNDOptions", refused=True)
    for k in (1, 3):
        add("TOPK_V2", f"k{k}", [rnd(2, 5), c(k)], "TopKV2Options", out=[F, I])
    add("TOPK_V2", "ties", [np.asarray([2, 5, 5, 2, 5], I), c(4)], "TopKV2Options", out=[I, I])


for family in (binary, unary, comparison, reduction, movement, slices, gathers, products, feature_maps, blocks):
    family()
