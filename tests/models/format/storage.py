"""Files whose numbers are stored in other ways than one by one: of few bits, quantized, sparse, packed, far away."""
import numpy as np

from building import TYPES, File, table

# How many elements of a dtype take how many bytes; strings, resources and variants take what they hold.
BLOCKS = {"BOOL": (1, 1), "INT8": (1, 1), "UINT8": (1, 1), "INT16": (1, 2), "UINT16": (1, 2), "FLOAT16": (1, 2),
          "BFLOAT16": (1, 2), "INT32": (1, 4), "UINT32": (1, 4), "FLOAT32": (1, 4), "INT64": (1, 8), "UINT64": (1, 8),
          "FLOAT64": (1, 8), "COMPLEX64": (1, 8), "COMPLEX128": (1, 16), "INT4": (2, 1), "UINT4": (2, 1),
          "GGML_Q4_0": (32, 18), "GGML_Q4_1": (32, 20), "GGML_Q8_0": (32, 34), "GGML_Q8_1": (32, 36),
          "MXFP4": (32, 17), "MXINT8": (32, 33)}


def quantization(**fields):
    return table("QuantizationParameters", **fields)


def scales(n, axis=0, **more):
    return quantization(scale=np.linspace(0.01, 0.02, n).astype(np.float32), zeroPoint=np.zeros(n, np.int64),
                        quantizedDimension=axis, **more)


def dense(f, x, w, rows):
    """A fully connected layer of `w`, which has so many rows; then shifts."""
    y = f.tensor(f"dense{w}", [1, rows])
    f.op("FULLY_CONNECTED", [x, w, -1], [y], table("FullyConnectedOptions"))
    return f.shifts(y, [1, rows])


def per_channel():
    """A scale for each channel, along the first axis and along the last."""
    f = File()
    f.graph("main", 1)
    ranges = dict(min=np.array([-1], np.float32), max=np.array([1], np.float32))
    f.tensor("image", [1, 4, 4, 1])
    x = f.tensor("x", [1, 4, 4, 1], "INT8", quantization=scales(1, **ranges))
    f.op("QUANTIZE", [f.shifts(0, [1, 4, 4, 1])], [x], table("QuantizeOptions"))
    w = f.tensor("w", [3, 2, 2, 1], "INT8", np.arange(12, dtype=np.int8), quantization=scales(3))
    b = f.tensor("b", [3], "INT32", np.arange(3, dtype=np.int32), quantization=scales(3))
    y = f.tensor("y", [1, 3, 3, 3], "INT8", quantization=scales(1))
    f.op("CONV_2D", [x, w, b], [y], table("Conv2DOptions", padding=1, strideW=1, strideH=1), version=3)
    w = f.tensor("last", [1, 2, 2, 3], "INT8", np.arange(1, 13, dtype=np.int8), quantization=scales(3, axis=3))
    z, real = f.tensor("z", [1, 2, 2, 3], "INT8", quantization=scales(1)), f.tensor("real", [1, 2, 2, 3])
    options = table("DepthwiseConv2DOptions", padding=1, strideW=1, strideH=1, depthMultiplier=1)
    f.op("DEPTHWISE_CONV_2D", [y, w, b], [z], options, version=3)
    f.op("DEQUANTIZE", [z], [real], table("DequantizeOptions"), version=2)
    f.end(real)
    return f.content()


def four_bits():
    """Weights of four bits, two a byte, with a scale for each row; LiteRT computes with them as they are."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 8])
    halves = np.arange(-8, 8).astype(np.uint8).reshape(2, 8) & 15
    w = f.tensor("w", [2, 8], "INT4", halves[:, ::2] | halves[:, 1::2] << 4, quantization=scales(2))
    real = f.tensor("real", [2, 8])
    f.op("DEQUANTIZE", [w], [real], table("DequantizeOptions"), version=6)
    f.end(dense(f, 0, real, 2), dense(f, 0, w, 2))
    return f.content()


def blockwise():
    """Weights with a scale for each block of four, in tensors of their own that nothing else names."""
    f = File()
    f.graph("main", 1)
    blocks = table("BlockwiseQuantization", scales=2, zeroPoints=3, blockSize=4)
    f.tensor("x", [1, 8])
    w = f.tensor("w", [2, 8], "UINT4", np.arange(8, dtype=np.uint8), quantization=quantization(detailsType=3, details=blocks))
    f.tensor("scales", [2, 2], "FLOAT16", np.float16([[1, 0.5], [2, 0.25]]))
    f.tensor("zero_points", [2, 2], "UINT4", np.uint8([0x18, 0x87]))
    f.end(dense(f, 0, w, 2))
    return f.content()


def shared_exponents():
    """The dtypes of MX keep an exponent for each block beside the numbers; those of GGML a scale."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 32])
    outputs = []
    along = quantization(detailsType=2, details=table("MXQuantization", axis=1))
    for dtype in ("MXFP4", "MXINT8", "GGML_Q4_0", "GGML_Q4_1", "GGML_Q8_0", "GGML_Q8_1"):
        content = np.arange(2 * BLOCKS[dtype][1], dtype=np.uint8)
        w = f.tensor(dtype, [2, 32], dtype, content, quantization=along if dtype.startswith("MX") else None)
        outputs.append(dense(f, 0, w, 2))
    own = quantization(detailsType=1, details=table("CustomQuantization", custom=np.arange(5, dtype=np.uint8)))
    outputs.append(dense(f, 0, f.tensor("own", [2, 32], "UINT8", np.arange(64, dtype=np.uint8), quantization=own), 2))
    f.end(*outputs)
    return f.content()


VECTORS = {"Int32Vector": (1, np.int32), "Uint16Vector": (2, np.uint16), "Uint8Vector": (3, np.uint8)}


def compressed(segments, indices):
    """A dim of which only some places are stored; each list with the name of its vector."""
    def vector(kind, values):
        number, dtype = VECTORS[kind]
        return number, table(kind, values=np.array(values, dtype))
    (segments_type, segments), (indices_type, indices) = vector(*segments), vector(*indices)
    return table("DimensionMetadata", format=1, arraySegmentsType=segments_type, arraySegments=segments,
                 arrayIndicesType=indices_type, arrayIndices=indices)


def every(size):
    return table("DimensionMetadata", format=0, denseSize=size)


def sparse():
    """Sparse by rows, and by blocks of two by two."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 4])
    rows = table("SparsityParameters", traversalOrder=np.array([0, 1], np.int32),
                 dimMetadata=[every(2), compressed(("Int32Vector", [0, 1, 2]), ("Uint8Vector", [3, 1]))])
    w = f.tensor("w", [2, 4], data=np.array([1.5, -2], np.float32), sparsity=rows)
    order, blocks = np.array([0, 1, 2, 3], np.int32), np.array([0, 1], np.int32)
    by_blocks = table("SparsityParameters", traversalOrder=order, blockMap=blocks, dimMetadata=[
        every(2), compressed(("Uint8Vector", [0, 1, 1]), ("Uint16Vector", [1])), every(2), every(2)])
    b = f.tensor("b", [4, 4], data=np.arange(1, 5, dtype=np.float32), sparsity=by_blocks)
    full = f.tensor("full", [4, 4])
    f.op("DENSIFY", [b], [full], table("DensifyOptions"))
    product = f.tensor("product", [1, 4])
    f.op("FULLY_CONNECTED", [0, full, -1], [product], table("FullyConnectedOptions"))
    f.end(dense(f, 0, w, 2), f.shifts(product, [1, 4]))
    return f.content()


def packed():
    """A compressed constant, and weights in an order of their own: bytes that only a backend can read."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 4])
    huffman = f.tensor("huffman", [2, 4], "INT8", np.arange(5, dtype=np.uint8), compressionType=1, quantization=scales(1))
    shuffled = f.tensor("shuffled", [16, 4], data=np.arange(64, dtype=np.float32))
    y = f.tensor("y", [1, 16])
    f.op("FULLY_CONNECTED", [0, shuffled, -1], [y], table("FullyConnectedOptions", weightsFormat=127))
    f.end(dense(f, 0, huffman, 2), f.shifts(y, [1, 16]))
    return f.content()


def external_buffers():
    """Constants past the tables, as in models of more than 2 GB."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 4])
    f.tensor("w", [3, 4], data=np.arange(12, dtype=np.float32), external=True)
    f.tensor("b", [3], data=np.arange(3, dtype=np.float32), external=True)
    f.tensor("y", [1, 3])
    f.op("FULLY_CONNECTED", [0, 1, 2], [3], table("FullyConnectedOptions", keepNumDims=True))
    f.end(3, f.shifts(0, [1, 4]))
    return f.content()


def every_dtype():
    """A constant of every dtype, of which nobody knows what is done with it."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [2])
    operands = []
    for dtype in sorted(name for name in TYPES if name[0].isupper()):
        elements, size = BLOCKS.get(dtype, (1, 0))
        content = bytes(range(size)) if dtype != "STRING" else np.array([1, 12, 13], np.int32).tobytes() + b"s"
        operands.append(f.tensor(dtype, [elements], dtype, content or None))
    y = f.tensor("y", [2])
    f.op("CUSTOM", operands, [y], custom="All")
    f.end(y, f.shifts(0, [2]))
    return f.content()


MODELS = {f"{make.__name__}.circle": make for make in (
    per_channel, four_bits, blockwise, shared_exponents, sparse, packed, external_buffers,
    every_dtype)}
