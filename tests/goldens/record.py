"""Records what LiteRT's reference kernels compute for single operators: OPERATOR.golden beside this for the cases of
cases.py, OPERATOR.rare.golden for those of rare.py, and so on.

usage: record.py [OPERATOR...]      (needs ai-edge-litert, circle-schema, flatbuffers and numpy)

A file is a list of cases, each: name, model (circle), inputs, outputs; `optimizer-core/tests/goldens.rs` reads it.
Text and bytes are preceded by their length (u32), lists by their count (u32). An output is dtype (i8), dims (list of
u32), bytes. A case without outputs is one that LiteRT refuses, and so must we.
"""
import os
import struct
import sys

import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from circle_schema import circle

import cases
import edges
import kinds
import quantized
import rare
import recurrent
import variables
from cases import Const, Scaled, Sparse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from apart import DTYPES, run_apart

CASES = [*cases.CASES, *edges.EDGES, *kinds.KINDS, *quantized.QUANTIZED, *rare.RARE, *recurrent.RECURRENT, *variables.VARIABLES]

M = circle.Model
OPCODES = vars(circle.BuiltinOperator.BuiltinOperator)
INT4 = 17
# Reference kernels that LiteRT's own others, and the definition, contradict.
WRONG_REFERENCE = {"LOCAL_RESPONSE_NORMALIZATION": "leaves out the last neighbour"}
complaints = 0
OPTION_UNION = vars(circle.BuiltinOptions.BuiltinOptions)
SECOND_UNION = vars(circle.BuiltinOptions2.BuiltinOptions2)


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


def circle_model(case, shapes):
    """The model of one operator, and of the graphs that it runs; `shapes` are those of its results, None where unknown."""
    if case.whole:
        return case.whole()
    model = M.ModelT()
    model.version, model.subgraphs, model.operatorCodes, model.buffers = 0, [], [], [circle.Buffer.BufferT()]
    add_graph(model, case, shapes)
    for other in case.also:
        add_graph(model, other, other.shapes)
    return model


def add_graph(model, case, shapes):
    graph, op = circle.SubGraph.SubGraphT(), circle.Operator.OperatorT()
    tensors = []

    def tensor(name, dtype, shape, data=None, scaled=None):
        t = circle.Tensor.TensorT()
        t.name, t.type, t.buffer = name, DTYPES[np.dtype(dtype).name], 0
        t.shape, t.hasRank = list(shape or []), shape is not None
        if scaled is not None:
            t.quantization = quantization(scaled)
            t.type = INT4 if scaled.four_bits else t.type
        if data is not None:
            buffer = circle.Buffer.BufferT()
            buffer.data = np.frombuffer(packed_halves(data) if t.type == INT4 else data.tobytes(), np.uint8)
            t.buffer = len(model.buffers)
            model.buffers.append(buffer)
        tensors.append(t)
        return len(tensors) - 1

    op.inputs, graph.inputs = [], []
    for i, operand in enumerate(case.operands):
        if operand is None:
            op.inputs.append(-1)
        elif isinstance(operand, Scaled):
            content = operand.array if operand.constant else None
            op.inputs.append(tensor(f"q{i}", operand.dtype, operand.shape, content, operand))
            graph.inputs += [] if operand.constant else [op.inputs[-1]]
        elif isinstance(operand, recurrent.State):
            op.inputs.append(tensor(f"s{i}", np.float32, operand.shape))
            tensors[-1].isVariable = True
        elif isinstance(operand, Sparse):
            op.inputs.append(tensor(f"c{i}", operand.array.dtype, operand.array.shape, operand.stored))
            tensors[-1].sparsity = sparsity(operand)
        elif isinstance(operand, Const):
            op.inputs.append(tensor(f"c{i}", operand.array.dtype, operand.array.shape, operand.array))
        else:
            op.inputs.append(tensor(f"x{i}", operand.dtype, operand.shape))
            graph.inputs.append(op.inputs[-1])
    graph.tensors, graph.operators = tensors, []
    model.subgraphs.append(graph)
    if case.op is None:
        graph.outputs = op.inputs[-1:]
        return
    scaled = [r if isinstance(r, Scaled) else None for r in case.results]
    dtypes = [r.dtype if isinstance(r, Scaled) else r for r in case.results]
    op.outputs = [tensor(f"y{i}", d, s, None, q) for i, (d, s, q) in enumerate(zip(dtypes, shapes, scaled, strict=True))]
    graph.outputs, graph.operators = op.outputs, [op]
    if case.table and case.union == 2:
        op.builtinOptions2Type, op.builtinOptions2 = SECOND_UNION[case.table], options_object(case.table, case.options)
    elif case.table:
        op.builtinOptionsType, op.builtinOptions = OPTION_UNION[case.table], options_object(case.table, case.options)
    code = circle.OperatorCode.OperatorCodeT()
    code.builtinCode, code.version = OPCODES[case.op], 1
    op.opcodeIndex = len(model.operatorCodes)
    model.operatorCodes.append(code)


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


def packed(model, identifier):
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), identifier)
    return bytes(builder.Output())


def interpreter_of(case):
    """LiteRT knows operators from some version on, and a few only among the optimized kernels."""
    model = circle_model(case, case.shapes or [() for _ in case.results])
    model.version = 3
    for code in reversed(model.operatorCodes):
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    kinds = (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    for kind in kinds[case.op in WRONG_REFERENCE:]:
        for code.version in (1, 2, 3):
            try:
                content = packed(model, b"TFL3")
                return Interpreter(model_content=content, experimental_op_resolver_type=kind, num_threads=1)
            except ValueError as error:
                if "Didn't find op" not in str(error):
                    raise
    raise ValueError("LiteRT does not have it")


def litert_outputs(case):
    interpreter = interpreter_of(case)
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), case.inputs(), strict=True):
        if array.size:
            interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    # LiteRT hands out no tensors without elements.
    details = interpreter.get_output_details()
    return [np.zeros(d["shape"], d["dtype"]) if 0 in d["shape"] else interpreter.get_tensor(d["index"]) for d in details]


def text(content):
    return struct.pack("<I", len(content)) + content


def complain(case, problem):
    global complaints
    complaints += 1
    print(f"{case.op} {case.name}: {problem}", file=sys.stderr)


def record(case):
    outputs = run_apart(lambda: litert_outputs(case))
    if isinstance(outputs, str):
        if not case.refused:
            complain(case, outputs)
        outputs = []
    if case.refused and outputs:
        complain(case, f"LiteRT computes {[o.tolist() for o in outputs]}")
    shapes = [o.shape for o in outputs] or [None for _ in case.results]
    blob = text(case.name.encode()) + text(packed(circle_model(case, shapes), b"CIR0"))
    inputs = [np.ascontiguousarray(a) for a in case.inputs()]
    blob += struct.pack("<I", len(inputs)) + b"".join(text(a.tobytes()) for a in inputs)
    blob += struct.pack("<I", len(outputs))
    for o in outputs:
        blob += struct.pack("<bI", DTYPES[o.dtype.name], o.ndim) + struct.pack(f"<{o.ndim}I", *o.shape) + text(o.tobytes())
    return blob


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    total, only = 0, sys.argv[1:]
    files = sorted({(case.op, case.group) for case in CASES if not only or case.op in only})
    for op, group in files:
        blobs = [record(case) for case in CASES if (case.op, case.group) == (op, group)]
        content = struct.pack("<I", len(blobs)) + b"".join(blobs)
        total += len(content)
        with open(os.path.join(here, ".".join(filter(None, (op, group, "golden")))), "wb") as file:
            file.write(content)
    print(len(files), "files,", total, "bytes")
    sys.exit(complaints > 0)


if __name__ == "__main__":
    main()
