"""Writes the small models beside this script: one for each thing a file can say that others do not.

    pip install circle-schema flatbuffers numpy; python tests/models/format/make.py

The same versions give the same bytes. The tests read the files; nothing reads this script.
"""
import pathlib

import flatbuffers
import numpy as np
from circle_schema import circle as c

HERE = pathlib.Path(__file__).parent
F32, I32, U8, I64, STRING, BOOL, I8, VARIANT, U4 = 0, 2, 3, 4, 5, 6, 9, 14, -1
ADD, CONV_2D, DEQUANTIZE, FULLY_CONNECTED, MUL, CUSTOM, MEAN, CAST, IF = 0, 3, 6, 9, 18, 32, 40, 53, 118
UNIDIRECTIONAL_SEQUENCE_LSTM, INSTANCE_NORM = 44, -2


def table(kind, /, **fields):
    """An object of the schema with these fields; a misspelt one is an error."""
    t = getattr(getattr(c, kind), kind + "T")()
    for key, value in fields.items():
        assert hasattr(t, key), (kind, key)
        setattr(t, key, value)
    return t


class File:
    """A model under construction: tensors and operators go to the last subgraph."""

    def __init__(self, **fields):
        self.external = []
        self.model = table("Model", version=0, operatorCodes=[], subgraphs=[], buffers=[table("Buffer")], **fields)

    def graph(self, name, inputs, outputs):
        graph = table("SubGraph", name=name, tensors=[], operators=[], inputs=inputs, outputs=outputs)
        self.model.subgraphs.append(graph)

    def buffer(self, data, external=False):
        content = np.frombuffer(data if isinstance(data, bytes) else data.tobytes(), np.uint8)
        if external:
            self.model.buffers.append(table("Buffer", offset=1, size=1))
            self.external.append((self.model.buffers[-1], "offset", "size", content))
        else:
            self.model.buffers.append(table("Buffer", data=content))
        return len(self.model.buffers) - 1

    def tensor(self, name, shape, dtype=F32, data=None, external=False, **fields):
        buffer = 0 if data is None else self.buffer(data, external)
        shape = None if shape is None else np.array(shape, np.int32)
        tensors = self.model.subgraphs[-1].tensors
        tensors.append(table("Tensor", name=name, shape=shape, type=dtype, buffer=buffer, **fields))
        return len(tensors) - 1

    def code(self, code, custom=None, version=1):
        self.model.operatorCodes.append(
            table("OperatorCode", deprecatedBuiltinCode=min(code, 127), builtinCode=code, customCode=custom, version=version))
        return len(self.model.operatorCodes) - 1

    def op(self, code, inputs, outputs, options=None, custom=None, version=1, large=None, **fields):
        op = table("Operator", opcodeIndex=self.code(code, custom, version), inputs=inputs, outputs=outputs, **fields)
        if options is not None:
            name = type(options).__name__.removesuffix("T")
            op.builtinOptionsType, op.builtinOptions = getattr(c.BuiltinOptions.BuiltinOptions, name), options
        if large is not None:
            op.largeCustomOptionsOffset = op.largeCustomOptionsSize = 1
            content = np.frombuffer(large, np.uint8)
            self.external.append((op, "largeCustomOptionsOffset", "largeCustomOptionsSize", content))
        self.model.subgraphs[-1].operators.append(op)

    def packed(self, identifier):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), identifier)
        return bytes(builder.Output())

    def write(self, name, identifier=b"CIR0"):
        end = len(self.packed(identifier))
        tail = b""
        for owner, offset, size, content in self.external:
            tail += bytes(-(end + len(tail)) % 16)
            setattr(owner, offset, end + len(tail))
            setattr(owner, size, len(content))
            tail += content.tobytes()
        (HERE / name).write_bytes(self.packed(identifier) + tail)


def two_subgraphs():
    f = File()
    f.graph("main", [0, 1], [2])
    f.tensor("condition", [1], BOOL), f.tensor("x", [2, 3]), f.tensor("y", [2, 3])
    f.op(IF, [0, 1], [2], table("IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2))
    shared = np.arange(6, dtype=np.float32)
    for name, code, options in (("then", ADD, "AddOptions"), ("else", MUL, "MulOptions")):
        f.graph(name, [0], [2])
        f.tensor("x", [2, 3]), f.tensor("c", [2, 3], data=shared), f.tensor("y", [2, 3])
        f.op(code, [0, 1], [2], table(options))
    f.model.subgraphs[2].tensors[1].buffer = f.model.subgraphs[1].tensors[1].buffer
    f.model.buffers.pop()
    f.write("two_subgraphs.circle")


def external_buffers():
    f = File()
    f.graph("main", [0], [3])
    f.tensor("x", [1, 4])
    f.tensor("w", [3, 4], data=np.arange(12, dtype=np.float32), external=True)
    f.tensor("b", [3], data=np.arange(3, dtype=np.float32), external=True)
    f.tensor("y", [1, 3])
    f.op(FULLY_CONNECTED, [0, 1, 2], [3], table("FullyConnectedOptions", keepNumDims=True))
    f.write("external_buffers.circle")


def custom_options():
    f = File()
    f.graph("main", [0], [2])
    f.tensor("x", [4]), f.tensor("h", [4]), f.tensor("y", [4])
    small = np.frombuffer(b"\x01\x02small", np.uint8)
    f.op(CUSTOM, [0, -1], [1], custom="Small", customOptions=small, version=3, debugMetadataIndex=2)
    f.op(CUSTOM, [1], [2], custom="Large", large=b"large options " * 20)
    f.write("custom_options.circle")


def sparse():
    f = File()
    f.graph("main", [0], [2])
    dims = [
        table("DimensionMetadata", format=0, denseSize=2),
        table("DimensionMetadata", format=1,
              arraySegmentsType=1, arraySegments=table("Int32Vector", values=np.array([0, 1, 2], np.int32)),
              arrayIndicesType=3, arrayIndices=table("Uint8Vector", values=np.array([3, 1], np.uint8))),
    ]
    sparsity = table("SparsityParameters", traversalOrder=np.array([0, 1], np.int32), dimMetadata=dims)
    f.tensor("x", [1, 4])
    f.tensor("w", [2, 4], data=np.array([1.5, -2], np.float32), sparsity=sparsity)
    f.tensor("y", [1, 2])
    f.op(FULLY_CONNECTED, [0, 1, -1], [2], table("FullyConnectedOptions"))
    f.write("sparse.circle")


def quantized():
    f = File()
    def scales(n, axis=0, **more):
        scale, zero = np.linspace(0.01, 0.02, n).astype(np.float32), np.zeros(n, np.int64)
        return table("QuantizationParameters", scale=scale, zeroPoint=zero, quantizedDimension=axis, **more)
    f.graph("main", [0], [3])
    ranges = dict(min=np.array([-1], np.float32), max=np.array([1], np.float32))
    f.tensor("x", [1, 4, 4, 1], I8, quantization=scales(1, **ranges))
    f.tensor("w", [3, 2, 2, 1], I8, np.arange(12, dtype=np.int8), quantization=scales(3))
    f.tensor("b", [3], I32, np.arange(3, dtype=np.int32), quantization=scales(3))
    f.tensor("y", [1, 3, 3, 3], I8, quantization=scales(1))
    f.op(CONV_2D, [0, 1, 2], [3], table("Conv2DOptions", padding=1, strideW=1, strideH=1), version=3)
    f.write("quantized.circle")


def blockwise():
    f = File()
    f.graph("main", [0], [2])
    blocks = table("BlockwiseQuantization", scales=3, zeroPoints=-1, blockSize=4)
    f.tensor("x", [1, 8])
    f.tensor("w", [2, 8], U4, np.arange(8, dtype=np.uint8),
             quantization=table("QuantizationParameters", detailsType=3, details=blocks))
    f.tensor("y", [1, 2])
    f.tensor("scales", [2, 2], data=np.ones(4, np.float32))
    f.op(FULLY_CONNECTED, [0, 1, -1], [2], table("FullyConnectedOptions"))
    f.write("blockwise.circle")


def strings():
    f = File()
    f.graph("main", [0], [2])
    text = np.array([2, 12, 14, 19], np.int32).tobytes() + b"hiworld"
    f.tensor("s", [2], STRING), f.tensor("c", [2], STRING, text), f.tensor("r", [2], STRING)
    f.op(CUSTOM, [0, 1], [2], custom="Join")
    f.write("strings.circle")


def dynamic_shapes():
    f = File()
    f.graph("main", [0, 1], [4])
    batch = np.array([-1, 3], np.int32)
    f.tensor("x", [1, 3], shapeSignature=batch), f.tensor("s", [])
    f.tensor("c", [], data=np.array([2], np.float32))
    f.tensor("h", [1, 3], shapeSignature=batch), f.tensor("y", None), f.tensor("unused", [7], I32)
    f.op(MUL, [0, 2], [3], table("MulOptions"))
    f.op(ADD, [3, 1], [4], table("AddOptions"))
    f.write("dynamic_shapes.circle")


def variables():
    f = File()
    f.graph("main", [0], [21])
    f.tensor("x", [1, 2, 3])
    gate = lambda *shape: np.arange(np.prod(shape), dtype=np.float32)
    inputs = [0]
    for name, shape in [(f"w{i}", (4, 3)) for i in range(4)] + [(f"r{i}", (4, 4)) for i in range(4)]:
        inputs.append(f.tensor(name, shape, data=gate(*shape)))
    inputs += [-1, -1, -1] + [f.tensor(f"b{i}", [4], data=gate(4)) for i in range(4)] + [-1, -1]
    inputs += [f.tensor(name, [1, 4], isVariable=True) for name in ("hidden", "cell")] + [-1] * 4
    intermediates = [f.tensor(f"intermediate{i}", None, I8) for i in range(5)]
    f.tensor("unused", [1], I8)
    y = f.tensor("y", [1, 2, 4])
    options = table("UnidirectionalSequenceLSTMOptions", fusedActivationFunction=4)
    f.model.subgraphs[-1].outputs = [y]
    f.op(UNIDIRECTIONAL_SEQUENCE_LSTM, inputs, [y], options, intermediates=intermediates,
         mutatingVariableInputs=[i in (18, 19) for i in range(24)])
    f.write("variables.circle")


def signature():
    f = File(description="converted")
    f.model.version = 3
    f.graph("main", [0, 1], [2, 0])
    f.tensor("x", [2], hasRank=True), f.tensor("n", [2], I64, hasRank=True)
    f.tensor("y", [2], hasRank=True), f.tensor("m", [2], data=np.ones(2, np.float32))
    f.op(CAST, [1], [f.tensor("h", [2])], builtinOptionsType=c.BuiltinOptions.BuiltinOptions.CastOptions)
    f.op(ADD, [4, 3], [2], table("AddOptions"), version=2)
    maps = lambda **names: [table("TensorMap", name=k, tensorIndex=v) for k, v in names.items()]
    f.model.signatureDefs = [table("SignatureDef", signatureKey="serve", inputs=maps(a=0, b=1), outputs=maps(y=2, x=0))]
    f.model.metadata = [table("Metadata", name="min_runtime_version", buffer=f.buffer(b"1.5.0\0")), table("Metadata", name="none")]
    f.model.metadataBuffer = [f.model.metadata[0].buffer]
    f.model.subgraphs[0].debugMetadataIndex = 1
    f.write("signature.tflite", b"TFL3")


def circle_only():
    f = File()
    f.graph(None, [0], [3])
    f.tensor("x", [1, 2, 2, 3])
    f.tensor("gamma", [3], data=np.ones(3, np.float32)), f.tensor("beta", [3], data=np.zeros(3, np.float32))
    f.tensor("y", [1, 2, 2, 3]), f.tensor("axes", [2], I64, np.array([1, 2], np.int64)), f.tensor("mean", [1, 3])
    f.op(INSTANCE_NORM, [0, 1, 2], [3], table("InstanceNormOptions", epsilon=1e-5, fusedActivationFunction=1))
    f.op(MEAN, [3, 4], [5], table("ReducerOptions"))
    f.model.subgraphs[0].outputs = [5, 3]
    f.write("circle_only.circle")


for make in (two_subgraphs, external_buffers, custom_options, sparse, quantized, blockwise, strings, dynamic_shapes,
             variables, signature, circle_only):
    make()
