"""Builds circle models of a few operators."""
import os
import sys

import numpy as np
from circle_schema import circle

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from apart import DTYPES

OPCODES = vars(circle.BuiltinOperator.BuiltinOperator)
UNIONS = {1: vars(circle.BuiltinOptions.BuiltinOptions), 2: vars(circle.BuiltinOptions2.BuiltinOptions2)}
INT4, RESOURCE = 17, 13


def new_model():
    model = circle.Model.ModelT()
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 0, [], [], [circle.Buffer.BufferT()]
    return model


class Graph:
    """The next graph of a model."""

    def __init__(self, model):
        self.model, self.tables = model, circle.SubGraph.SubGraphT()
        self.tables.tensors, self.tables.operators = [], []
        model.subgraphs.append(self.tables)

    def tensor(self, name, dtype, shape, content=None, scaled=None, variable=False):
        """The number of a new tensor; `dtype` is one of numpy or a number of the schema, `shape` None where unknown."""
        t = circle.Tensor.TensorT()
        t.name, t.type = name, dtype if isinstance(dtype, int) else DTYPES[np.dtype(dtype).name]
        t.shape, t.hasRank, t.buffer, t.isVariable = list(shape or []), shape is not None, 0, variable
        if scaled is not None:
            t.quantization = quantization(scaled)
            t.type = INT4 if scaled.four_bits else t.type
        if content is not None:
            buffer = circle.Buffer.BufferT()
            buffer.data = np.frombuffer(packed_halves(content) if t.type == INT4 else content.tobytes(), np.uint8)
            t.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.tables.tensors.append(t)
        return len(self.tables.tensors) - 1

    def operator(self, op, operands, results, table=None, union=1, **options):
        o = circle.Operator.OperatorT()
        o.inputs, o.outputs, o.opcodeIndex = operands, results, len(self.model.operatorCodes)
        if table and union == 2:
            o.builtinOptions2Type, o.builtinOptions2 = UNIONS[2][table], options_object(table, options)
        elif table:
            o.builtinOptionsType, o.builtinOptions = UNIONS[1][table], options_object(table, options)
        code = circle.OperatorCode.OperatorCodeT()
        code.builtinCode, code.version = OPCODES[op], 1
        self.model.operatorCodes.append(code)
        self.tables.operators.append(o)

    def end(self, inputs, outputs):
        self.tables.inputs, self.tables.outputs = inputs, outputs


def options_object(table, fields):
    options = getattr(getattr(circle, table), table + "T")()
    for field, value in fields.items():
        assert hasattr(options, field), (table, field)
        setattr(options, field, value)
    return options


def quantization(scaled):
    parameters = circle.QuantizationParameters.QuantizationParametersT()
    scales = np.atleast_1d(np.asarray(scaled.scale, np.float32))
    parameters.scale = scales.tolist()
    parameters.zeroPoint = np.broadcast_to(np.asarray(scaled.zero), scales.shape).tolist()
    parameters.quantizedDimension = scaled.axis
    return parameters


def packed_halves(numbers):
    """Two numbers of four bits a byte, the lower half first."""
    halves = numbers.astype(np.uint8).ravel() & 15
    halves = np.append(halves, np.zeros(halves.size % 2, np.uint8)).reshape(-1, 2)
    return (halves[:, 0] | halves[:, 1] << 4).tobytes()


def sparsity(operand):
    parameters = circle.SparsityParameters.SparsityParametersT()
    parameters.traversalOrder, parameters.blockMap, parameters.dimMetadata = operand.order, operand.blocks, []
    for level in operand.levels:
        metadata = circle.DimensionMetadata.DimensionMetadataT()
        if isinstance(level, int):
            metadata.format, metadata.denseSize = 0, level
        else:
            metadata.format, metadata.denseSize = 1, 0
            vectors = [circle.Int32Vector.Int32VectorT() for _ in level]
            for vector, values in zip(vectors, level):
                vector.values = values
            metadata.arraySegmentsType = metadata.arrayIndicesType = 1
            metadata.arraySegments, metadata.arrayIndices = vectors
        parameters.dimMetadata.append(metadata)
    return parameters
