"""Cases of operators that few models have. Every array is drawn by the name of its case."""
import zlib

import numpy as np
from flatbuffers import flexbuffers

from case import B, F, I, I8, I16, L, RELU, SAME, U8, VALID, Sparse, c, case, name_of

RARE = []
H, D, C64 = np.float16, np.float64, np.complex64
U16, U32 = np.uint16, np.uint32


def recorded(*args, **options):
    return case(*args, group="rare", **options)


def add(*args, **options):
    RARE.append(recorded(*args, **options))


def rnd(name, *shape, dtype=F, low=-4, high=4):
    r = np.random.default_rng(zlib.crc32(name.encode()))
    if dtype == B:
        return np.asarray(r.random(shape) > 0.5)
    if dtype == C64:
        return np.asarray(r.uniform(low, high, shape) + 1j * r.uniform(low, high, shape)).astype(C64)
    if np.issubdtype(dtype, np.integer):
        low = 0 if np.issubdtype(dtype, np.unsignedinteger) else low
        return np.asarray(r.integers(low, high + 1, shape)).astype(dtype)
    return np.asarray(r.uniform(low, high, shape)).astype(dtype)


def diagonals():
    for dtype in (F, I, L, I8, I16, U8):
        add("MATRIX_DIAG", name_of(dtype), [rnd("d", 2, 3, dtype=dtype)], "MatrixDiagOptions")
        add("MATRIX_SET_DIAG", name_of(dtype), [rnd("m", 2, 3, 4, dtype=dtype), rnd("d", 2, 3, dtype=dtype)], "MatrixSetDiagOptions")
    add("MATRIX_DIAG", "row", [rnd("row", 3)], "MatrixDiagOptions")
    add("MATRIX_SET_DIAG", "tall", [rnd("tall", 4, 2), rnd("d2", 2)], "MatrixSetDiagOptions")


def reversals():
    for dtype in (F, I, L, I16, U8):
        add("REVERSE_SEQUENCE", name_of(dtype), [rnd("r", 3, 4, 2, dtype=dtype), np.asarray([4, 0, 2], I)], "ReverseSequenceOptions", seqDim=1, batchDim=0)
    add("REVERSE_SEQUENCE", "batch_after", [rnd("after", 4, 2, 3), np.asarray([1, 3], L)], "ReverseSequenceOptions", seqDim=0, batchDim=1)
    add("REVERSE_SEQUENCE", "last", [rnd("last", 2, 3, 4), np.asarray([1, 2, 3], I)], "ReverseSequenceOptions", seqDim=2, batchDim=1)


def segments():
    for dtype in (F, I):
        add("SEGMENT_SUM", name_of(dtype), [rnd("s", 5, 2, dtype=dtype), c([0, 0, 1, 2, 2])], "SegmentSumOptions")
        for op in ("Sum", "Prod", "Max", "Min"):
            upper = "UNSORTED_SEGMENT_" + op.upper()
            table = f"UnsortedSegment{op}Options"
            add(upper, name_of(dtype), [rnd("u", 5, 2, dtype=dtype), np.asarray([2, 0, 2, -1, 0], I), c([4])], table)
            add(upper, "rank2_" + name_of(dtype), [rnd("u2", 2, 3, 2, dtype=dtype), np.asarray([[1, 0, 1], [1, 3, 3]], I), c([4])], table)
            add(upper, "outside_" + name_of(dtype), [rnd("u", 2, dtype=dtype), np.asarray([0, 2], I), c([2])], table, refused=True)
    add("SEGMENT_SUM", "row", [rnd("row", 4), c([0, 1, 1, 2])], "SegmentSumOptions")
    add("SEGMENT_SUM", "computed", [rnd("row", 4), np.asarray([0, 1, 1, 2], I)], "SegmentSumOptions")
    add("SEGMENT_SUM", "from_one", [rnd("row", 3), c([1, 1, 2])], "SegmentSumOptions", refused=True)
    add("SEGMENT_SUM", "gap", [rnd("row", 3), c([0, 0, 2])], "SegmentSumOptions", refused=True)
    add("SEGMENT_SUM", "falling", [rnd("row", 3), c([0, 1, 0])], "SegmentSumOptions", refused=True)


def lookups():
    for dtype in (B, F, I, L, I8, U8, U32):
        x = rnd("where", 2, 3, dtype=dtype, low=-1, high=1)
        add("WHERE", name_of(dtype), [x], "WhereOptions", out=L)
    add("WHERE", "rank1", [np.asarray([True, False, True])], "WhereOptions", out=L)
    add("WHERE", "rank3", [rnd("w3", 2, 2, 3, dtype=B)], "WhereOptions", out=L)
    add("WHERE", "nan", [np.asarray([np.nan, 0, -0.0, np.inf], F)], "WhereOptions", out=L)
    for dtype in (F, I, L, I8, I16, U8):
        for index, code in ((I, 2), (L, 4)):
            add("UNIQUE", f"{name_of(dtype)}_{name_of(index)}", [rnd("unique", 8, dtype=dtype, low=0, high=3).round()], "UniqueOptions", out=[dtype, index], idxOutType=code)
    add("UNIQUE", "signed_zeros", [np.asarray([0.0, -0.0, 1, 0], F)], "UniqueOptions", out=[F, I], idxOutType=2)
    for dtype in (F, D, I, L):
        x = np.asarray([[-9, 0, 1], [2, 10, 99]]).astype(dtype)
        add("BUCKETIZE", name_of(dtype), [x], "BucketizeOptions", out=I, boundaries=[0.0, 2.0, 10.0])
    add("BUCKETIZE", "nan", [np.asarray([np.nan, np.inf, -np.inf], F)], "BucketizeOptions", out=I, boundaries=[0.0, 2.0])
    for dtype in (F, I, L, I8, U8):
        add("SPARSE_TO_DENSE", name_of(dtype), [np.asarray([[0, 1], [2, 0]], I), c([3, 2]), rnd("v", 2, dtype=dtype), c(7, dtype)], "SparseToDenseOptions", out=dtype)
    add("SPARSE_TO_DENSE", "i64_indices", [np.asarray([[0, 1], [2, 0]], L), c([3, 2], L), rnd("v", 2), c(7, F)], "SparseToDenseOptions", out=F)
    add("SPARSE_TO_DENSE", "one_value", [np.asarray([[0, 1], [2, 0]], I), c([3, 2]), np.asarray(5, F), c(7, F)], "SparseToDenseOptions", out=F)
    add("SPARSE_TO_DENSE", "row", [np.asarray([3, 1], I), c([4]), rnd("v", 2), c(0, F)], "SparseToDenseOptions", out=F)
    add("SPARSE_TO_DENSE", "scalar_index", [np.asarray(3, I), c([4]), np.asarray(2, F), c(0, F)], "SparseToDenseOptions", out=F)
    for dtype in (F, I, L, I8, U8, B):
        add("SCATTER_ND", name_of(dtype), [np.asarray([[3], [0], [3]], I), rnd("s", 3, 2, dtype=dtype), c([4, 2])], "ScatterNdOptions", out=dtype)
    add("SCATTER_ND", "elements", [np.asarray([[0, 1], [2, 2], [0, 1]], I), rnd("e", 3), c([3, 3])], "ScatterNdOptions", out=F)
    add("SCATTER_ND", "rank3", [np.asarray([[[0], [2]], [[1], [2]]], I), rnd("r3", 2, 2, 3), c([3, 3])], "ScatterNdOptions", out=F)
    add("SCATTER_ND", "outside", [np.asarray([[4]], I), rnd("o", 1), c([4])], "ScatterNdOptions", out=F, refused=True)
    for combiner in range(3):
        add("EMBEDDING_LOOKUP_SPARSE", f"combiner{combiner}", [np.asarray([1, 3, 0], I), np.asarray([[0, 0], [2, 0], [2, 1]], I), c([3, 2]),
            np.asarray([1, 2, 0.5], F), rnd("table", 4, 3, 2)], "EmbeddingLookupSparseOptions", out=F, combiner=combiner)
    for dtype in (F, I):
        add("HASHTABLE_LOOKUP", name_of(dtype), [np.asarray([1234, -292, -11, 0], I), c([-11, 0, 1234]), rnd("rows", 3, 2, dtype=dtype)], out=[dtype, U8])


def hashes():
    seeds = c(rnd("seeds", 3, 5), F)
    for label, kind in (("sparse", 1), ("dense", 2)):
        for name, x in {"i32": np.arange(-3, 9, dtype=I), "rows": rnd("hashed", 7, 9), "i64": np.arange(4, dtype=L), "long": rnd("hashed", 2, 30), "one": np.asarray([5], I)}.items():
            add("LSH_PROJECTION", f"{label}_{name}", [seeds, x], "LSHProjectionOptions", out=I, type=kind)
            add("LSH_PROJECTION", f"{label}_{name}_weighed", [seeds, x, c(rnd("weights", len(x)), F)], "LSHProjectionOptions", out=I, type=kind)
    add("LSH_PROJECTION", "wide", [c(rnd("seeds", 3, 32), F), np.arange(5, dtype=I)], "LSHProjectionOptions", out=I, type=1)
    add("LSH_PROJECTION", "too_wide", [c(rnd("seeds", 3, 33), F), np.arange(5, dtype=I)], "LSHProjectionOptions", out=I, type=1, refused=True)
    add("LSH_PROJECTION", "unknown", [seeds, np.arange(5, dtype=I)], "LSHProjectionOptions", out=I, type=0, refused=True)


def boxes():
    corners = rnd("boxes", 8, 4, low=0, high=4)
    scores = rnd("scores", 8, low=0, high=1)
    for most in (3, 8, 12):
        for overlap in (0.1, 0.5):
            operands = [corners, scores, c(most), c(overlap, F), c(0.2, F)]
            add("NON_MAX_SUPPRESSION_V4", f"most{most}_overlap{overlap}", operands, "NonMaxSuppressionV4Options", out=[I, I])
            for sigma in (0.0, 0.5):
                add("NON_MAX_SUPPRESSION_V5", f"most{most}_overlap{overlap}_sigma{sigma}", [*operands, c(sigma, F)], "NonMaxSuppressionV5Options", out=[I, F, I])
    # A box that does not overlap itself enough is chosen again: none does past 1, and none without an area ever.
    points = corners.copy()
    points[::2, 2:] = points[::2, :2]
    for name, boxes, overlap in (("never", corners, 1.5), ("points", points, 0.5)):
        operands = [boxes, scores, c(12), c(overlap, F), c(0.2, F)]
        add("NON_MAX_SUPPRESSION_V4", name, operands, "NonMaxSuppressionV4Options", out=[I, I])
        for sigma in (0.0, 0.5):
            add("NON_MAX_SUPPRESSION_V5", f"{name}_sigma{sigma}", [*operands, c(sigma, F)], "NonMaxSuppressionV5Options", out=[I, F, I])
    add("NON_MAX_SUPPRESSION_V4", "none_passes", [corners, scores, c(3), c(0.5, F), c(2, F)], "NonMaxSuppressionV4Options", out=[I, I])


def spectra():
    for shape, length in (((4, 8), [4, 8]), ((2, 4, 8), [2, 4]), ((2, 2), [4, 4]), ((1, 2, 2), [1, 2])):
        add("RFFT2D", f"{shape}_{length}", [rnd("fft", *shape), c(length)], "Rfft2dOptions", out=C64)
    add("RFFT2D", "no_power_of_two", [rnd("fft", 3, 6), c([3, 6])], "Rfft2dOptions", out=C64, refused=True)
    for op in ("REAL", "IMAG", "COMPLEX_ABS"):
        add(op, "plain", [rnd("complex", 2, 3, dtype=C64)], out=F)
        add(op, "scalar", [rnd("complex", dtype=C64)], out=F)


def volumes():
    filters = lambda *shape: c(rnd("filter", *shape, low=-1, high=1), F)
    plain = dict(strideD=1, strideH=1, strideW=1, dilationDFactor=1, dilationHFactor=1, dilationWFactor=1)
    for padding in (SAME, VALID):
        for label, options in {"plain": {}, "strides": dict(strideD=2, strideH=1, strideW=3), "dilated": dict(dilationDFactor=1, dilationHFactor=2, dilationWFactor=1)}.items():
            o = {**plain, "padding": padding, **options}
            add("CONV_3D", f"{label}_{padding}", [rnd("volume", 1, 4, 5, 6, 2), filters(2, 2, 3, 2, 3), c(rnd("bias", 3), F)], "Conv3DOptions", **o)
        add("CONV_3D", f"relu_{padding}", [rnd("volume", 2, 3, 3, 3, 2), filters(2, 2, 2, 2, 1)], "Conv3DOptions", padding=padding, fusedActivationFunction=RELU, **plain)
        for stride in (1, 2):
            n = {(SAME, 1): 3, (SAME, 2): 6, (VALID, 1): 4, (VALID, 2): 6}[padding, stride]
            o = {**plain, "padding": padding, "strideD": stride, "strideH": stride, "strideW": stride}
            add("CONV_3D_TRANSPOSE", f"stride{stride}_{padding}", [c([1, n, n, n, 3]), filters(2, 2, 2, 3, 2), rnd("volume", 1, 3, 3, 3, 2), c(rnd("bias", 3), F)],
                "Conv3DOptions", out=F, **o)
        n = 3 + padding
        add("CONV_3D_TRANSPOSE", f"relu_{padding}", [c([2, n, n, n, 1]), filters(2, 2, 2, 1, 2), rnd("volume", 2, 3, 3, 3, 2)], "Conv3DOptions", out=F,
            padding=padding, fusedActivationFunction=RELU, **plain)


def bits():
    for dtype in (I8, I16, I, U8, U16, U32):
        x = rnd("x", 6, dtype=dtype, low=-99, high=99)
        add("RIGHT_SHIFT", name_of(dtype), [x, np.asarray([0, 1, 2, 3, 4, 5], dtype)], "RightShiftOptions")
        add("RIGHT_SHIFT", "far_" + name_of(dtype), [x[:3], np.asarray([7, 40, 100], dtype)], "RightShiftOptions")
    add("RIGHT_SHIFT", "negative", [np.asarray([8, -8], I), np.asarray([-1, -3], I)], "RightShiftOptions")
    add("RIGHT_SHIFT", "broadcast", [rnd("b", 2, 1, dtype=I, low=-99, high=99), np.asarray([0, 1, 2], I)], "RightShiftOptions")
    add("BITCAST", "f32_i32", [rnd("bits", 2, 3)], "BitcastOptions", out=I)
    add("BITCAST", "i32_u8", [rnd("bits", 2, 3, dtype=I, low=-99, high=99)], "BitcastOptions", out=U8)
    add("BITCAST", "u8_i32", [rnd("bits", 2, 4, dtype=U8, high=255)], "BitcastOptions", out=I)
    add("BITCAST", "i16_u16", [rnd("bits", 3, dtype=I16)], "BitcastOptions", out=U16)
    add("BITCAST", "unfit", [rnd("bits", 2, 3, dtype=U8)], "BitcastOptions", out=I, refused=True)


def neighbours():
    for radius, bias, alpha, beta in ((1, 1.0, 1.0, 0.5), (2, 0.5, 0.1, 0.75), (0, 2.0, 1.0, 1.0), (5, 1.0, 4.0, 0.5)):
        add("LOCAL_RESPONSE_NORMALIZATION", f"{radius}_{bias}_{alpha}_{beta}", [rnd("lrn", 1, 2, 2, 5)], "LocalResponseNormalizationOptions", radius=radius, bias=bias, alpha=alpha, beta=beta)
    for bits, narrow in ((8, False), (8, True), (4, False), (16, False)):
        for low, high in ((-1.0, 1.0), (0.1, 6.0), (-7.3, -0.5), (-0.1, 5.0)):
            add("FAKE_QUANT", f"{bits}_{narrow}_{low}", [np.asarray([*rnd("fake", 12, low=-9, high=9), 0, -0.0, 0.5, 1], F)], "FakeQuantOptions", min=low, max=high, numBits=bits, narrowRange=narrow, refused=narrow)
    for dtype in (F, D, I, L, I8, U8, I16):
        add("DILATE", name_of(dtype), [rnd("dilate", 2, 3, dtype=dtype), c([2, 3]), c(9, dtype)], "DilateOptions")
    add("DILATE", "ones", [rnd("dilate", 2, 3), c([1, 1]), c(9, F)], "DilateOptions")
    add("DILATE", "rank3", [rnd("dilate", 2, 1, 3), c([1, 4, 2]), c(-1, F)], "DilateOptions")
    add("DILATE", "zero", [rnd("dilate", 2), c([0]), c(-1, F)], "DilateOptions", refused=True)
    functions = {"add": 1, "mul": 2, "min": 3, "max": 4, "all": 5, "any": 6}
    for label, code in functions.items():
        for dtype in ((B,) if code > 4 else (F, D, I, L, I8, U8, I16)):
            add("REDUCE_WINDOW", f"{label}_{name_of(dtype)}", [rnd("window", 4, 5, dtype=dtype), c(0 if code < 5 else label == "all", dtype), c([2, 3], L), c([1, 2], L), c([1, 1], L)],
                "ReduceWindowOptions", reduceFunction=code)
    add("REDUCE_WINDOW", "dilated", [rnd("window", 5, 5), c(1.5, F), c([2, 2], L), c([2, 1], L), c([2, 3], L)], "ReduceWindowOptions", reduceFunction=1)


def stablehlo():
    for op in ("ADD", "MULTIPLY", "MAXIMUM", "MINIMUM"):
        for dtype in (F, H, D, I, L, I8, I16, U8):
            add("STABLEHLO_" + op, name_of(dtype), [rnd("a", 2, 3, dtype=dtype), rnd("b", 2, 3, dtype=dtype)])
    for dtype in (I, L, I8, I16, U8, B):
        add("STABLEHLO_AND", name_of(dtype), [rnd("a", 2, 3, dtype=dtype), rnd("b", 2, 3, dtype=dtype)])
    for dtype in (I8, I16, I):
        add("STABLEHLO_SHIFT_LEFT", name_of(dtype), [rnd("a", 5, dtype=dtype), np.asarray([0, 1, 2, 3, 4], dtype)], "StablehloShiftLeftOptions")
    for label, low, high, inner in (("plain", [1, 0], [0, 2], [0, 0]), ("inner", [0, 1], [1, 0], [1, 2]), ("cut", [-1, 0], [0, -1], [0, 0]), ("cut_inner", [-1, 1], [1, -2], [2, 1])):
        for dtype in (F, I8, L):
            add("STABLEHLO_PAD", f"{label}_{name_of(dtype)}", [rnd("pad", 2, 3, dtype=dtype), np.asarray(7, dtype)], "StablehloPadOptions",
                edgePaddingLow=low, edgePaddingHigh=high, interiorPadding=inner)
    table = rnd("gather", 3, 4, 2)
    common = dict(offsetDims=[2, 3], collapsedSliceDims=[0], startIndexMap=[1, 0], indexVectorDim=2, sliceSizes=[1, 2, 2])
    places = np.asarray([[[0, 0], [1, 0], [2, 1]], [[0, 1], [1, 1], [9, 2]]])
    for dtype in (I, L):
        add("STABLEHLO_GATHER", name_of(dtype), [table, places.astype(dtype)], "StablehloGatherOptions", shapes=[(2, 3, 2, 2)], **common)
    add("STABLEHLO_GATHER", "rows", [table, np.asarray([[2], [0]], I)], "StablehloGatherOptions", offsetDims=[1, 2], collapsedSliceDims=[0], startIndexMap=[0], indexVectorDim=1, sliceSizes=[1, 4, 2], shapes=[(2, 4, 2)])

def graphs():
    """Operators that run graphs; these take x and y, which stand in for whatever shape they are given."""
    x, y = rnd("x", 2, 3), rnd("y", 2, 3)
    step = lambda op, a=x, b=y, table=None, out=None: recorded(op, "", [a, b], table, out=out, shapes=[a.shape])
    plus, times = step("ADD", table="AddOptions"), step("MUL", table="MulOptions")
    for truth in (True, False):
        add("IF", str(truth), [np.asarray(truth), x, y], "IfOptions", out=F, thenSubgraphIndex=1, elseSubgraphIndex=2, also=[plus, times], shapes=[x.shape])
    n = np.asarray([1], I)
    below = recorded("LESS", "", [n, c([100])], "LessOptions", out=B, shapes=[(1,)])
    double = recorded("MUL", "", [n, c([3])], "MulOptions", shapes=[(1,)])
    for start in (1, 7, 200):
        add("WHILE", str(start), [np.asarray([start], I)], "WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2, also=[below, double], shapes=[(1,)])
    for number in (0, 1, 2, -1):
        add("STABLEHLO_CASE", str(number), [np.asarray([number], I), x, y], "StablehloCaseOptions", out=F, branchSubgraphIndices=[1, 2], also=[plus, times], shapes=[x.shape])
    add("STABLEHLO_COMPOSITE", "add", [x, y], "StableHLOCompositeOptions", name="some.add", compositeAttributes=list(flexbuffers.Dumps({})), decompositionSubgraphIndex=1, also=[plus], shapes=[x.shape])
    one = np.asarray(1, F)
    for op in ("ADD", "MULTIPLY", "MAXIMUM", "MINIMUM"):
        body = step("STABLEHLO_" + op, one, one)
        for label, options in {"plain": {}, "strides": dict(windowStrides=[2, 1]), "dilated": dict(windowDilations=[1, 2], baseDilations=[2, 1]),
                               "padded": dict(padding=[1, 0, 0, 2])}.items():
            full = dict(windowDimensions=[2, 3], windowStrides=[1, 1], baseDilations=[1, 1], windowDilations=[1, 1], padding=[0, 0, 0, 0]) | options
            add("STABLEHLO_REDUCE_WINDOW", f"{op}_{label}", [rnd("window", 4, 6), np.asarray(0.5, F)], "StablehloReduceWindowOptions", bodySubgraphIndex=1, also=[body], shapes=[(1, 1)], **full)
        rows = dict(updateWindowDims=[1], insertedWindowDims=[0], scatterDimsToOperandDims=[0], indexVectorDim=1, updateComputationSubgraphIndex=1)
        add("STABLEHLO_SCATTER", f"{op}_rows", [rnd("into", 4, 3), np.asarray([[2], [0], [2]], I), rnd("updates", 3, 3)], "StablehloScatterOptions", also=[body], shapes=[(4, 3)], **rows)
    taken = recorded(None, "", [one, one])
    add("STABLEHLO_SCATTER", "updates_elements", [rnd("into", 4, 3), np.asarray([[2, 1], [0, 0]], I), rnd("updates", 2)], "StablehloScatterOptions", also=[taken], shapes=[(4, 3)],
        updateWindowDims=[], insertedWindowDims=[0, 1], scatterDimsToOperandDims=[0, 1], indexVectorDim=1, updateComputationSubgraphIndex=1)
    add("STABLEHLO_SCATTER", "updates_slices", [rnd("into", 4, 3), np.asarray([[2, 1], [0, 0]], I), rnd("updates", 2, 2, 1)], "StablehloScatterOptions", also=[taken], shapes=[(4, 3)],
        updateWindowDims=[1, 2], insertedWindowDims=[], scatterDimsToOperandDims=[0, 1], indexVectorDim=1, updateComputationSubgraphIndex=1)


def sparse():
    for dtype in (F, H, I8):
        rows = Sparse(np.zeros((3, 4), dtype), np.asarray([1, 2, 3, 4], dtype), [0, 1], [], [3, ([0, 2, 2, 4], [0, 3, 1, 2])])
        add("DENSIFY", "rows_" + name_of(dtype), [rows], "DensifyOptions")
    columns = Sparse(np.zeros((3, 4), F), np.asarray([1, 2, 3], F), [1, 0], [], [4, ([0, 1, 1, 3, 3], [2, 0, 1])])
    add("DENSIFY", "columns", [columns], "DensifyOptions")
    blocks = Sparse(np.zeros((4, 4), F), np.arange(1, 9, dtype=F), [0, 1, 2, 3], [0, 1], [2, ([0, 1, 2], [1, 0]), 2, 2])
    add("DENSIFY", "blocks", [blocks], "DensifyOptions")


for family in (graphs, sparse, diagonals, reversals, segments, lookups, boxes, hashes, spectra, volumes, bits, neighbours, stablehlo):
    family()
