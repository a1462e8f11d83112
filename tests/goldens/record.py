"""Records what LiteRT's reference kernels compute for single operators: OPERATOR.golden beside this for the cases of
cases.py, OPERATOR.rare.golden for those of rare.py, and so on.

usage: record.py [OPERATOR...]      (needs ai-edge-litert, circle-schema, flatbuffers and numpy)

A file is a list of cases, each: name, model (circle), inputs, outputs; `optimizer-core/tests/goldens` reads it.
Text and bytes are preceded by their length (u32), lists by their count (u32). An output is dtype (i8), dims (list of
u32), bytes. A case without outputs is one that LiteRT refuses, and so must we.
"""
import os
import struct
import sys

import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import cases
import edges
import kinds
import layers
import rare
import recurrent
import variables
from building import DTYPES, Graph, new_model, sparsity
from case import Const, Scaled, Sparse, State

from apart import run_apart

CASES = [*cases.CASES, *edges.EDGES, *kinds.KINDS, *layers.QUANTIZED, *rare.RARE, *recurrent.RECURRENT, *variables.VARIABLES]

# Reference kernels that LiteRT's own others, and the definition, contradict.
WRONG_REFERENCE = {"LOCAL_RESPONSE_NORMALIZATION": "leaves out the last neighbour"}
complaints = 0


def circle_model(case, shapes):
    """The model of one operator, and of the graphs that it runs; `shapes` are those of its results, None where unknown."""
    if case.whole:
        return case.whole()
    model = new_model()
    add_graph(model, case, shapes)
    for other in case.also:
        add_graph(model, other, other.shapes)
    return model


def add_graph(model, case, shapes):
    graph = Graph(model)
    inputs = []

    def operand(i, operand):
        if operand is None:
            return -1
        if isinstance(operand, Scaled):
            made = graph.tensor(f"q{i}", operand.dtype, operand.shape, operand.array if operand.constant else None, operand)
            inputs.extend([] if operand.constant else [made])
            return made
        if isinstance(operand, State):
            return graph.tensor(f"s{i}", np.float32, operand.shape, variable=True)
        if isinstance(operand, Const):
            stored = operand.stored if isinstance(operand, Sparse) else operand.array
            made = graph.tensor(f"c{i}", operand.array.dtype, operand.array.shape, stored)
            graph.tables.tensors[made].sparsity = sparsity(operand) if isinstance(operand, Sparse) else None
            return made
        inputs.append(graph.tensor(f"x{i}", operand.dtype, operand.shape))
        return inputs[-1]

    operands = [operand(i, o) for i, o in enumerate(case.operands)]
    if case.op is None:
        return graph.end(inputs, operands[-1:])
    scaled = [r if isinstance(r, Scaled) else None for r in case.results]
    dtypes = [r.dtype if isinstance(r, Scaled) else r for r in case.results]
    results = [graph.tensor(f"y{i}", d, s, None, q) for i, (d, s, q) in enumerate(zip(dtypes, shapes, scaled, strict=True))]
    graph.operator(case.op, operands, results, case.table, case.union, **case.options)
    graph.end(inputs, results)


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
