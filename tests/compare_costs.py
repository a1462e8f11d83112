#!/usr/bin/env python3
"""Hold the counted cost of operators against the time that LiteRT takes for them.

usage: compare_costs.py CIRCLE_OPT PATH...     (a folder is its *.circle)
needs: pip install ai-edge-litert circle-schema flatbuffers numpy

LiteRT's Python package has no profiler. So each operator is cut out of its model with its constants, stands COPIES times
in a model of its own, and is timed there, on one thread, without delegates. Operators of one kind with the same operands
are timed once. Counts need not be times, but they must rank alike: prints Spearman's rank correlation of time with MACs
over the operators that have MACs, and with traffic over all others; over all of them, and within each kind, since a byte
costs some kinds more than others. Exits 1 if one of all, or the mean of the kinds, is below LEAST.
"""
import copy
import json
import pathlib
import subprocess
import sys
import time

import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from circle_schema import circle

COPIES = 16
ROUNDS = 25
LEAST = {"MACs": (0.85, 0.85), "traffic": (0.55, 0.75)}


def load(path):
    content = pathlib.Path(path).read_bytes()
    model = circle.Model.ModelT.InitFromObj(circle.Model.Model.GetRootAs(content, 0))
    model.version = 3
    for code in model.operatorCodes:
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        if code.builtinCode == circle.BuiltinOperator.BuiltinOperator.BROADCAST_TO:
            code.version = max(code.version, 2)  # LiteRT has no version 1 of it
    return model


def alone(model, operator):
    """A model of nothing but copies of one operator of the first graph."""
    graph = model.subgraphs[0]
    is_constant = lambda t: t.buffer and model.buffers[t.buffer].data is not None
    tensors, inputs, places = [], [], {}

    def place(index):
        if index < 0:
            return index
        if index not in places:
            places[index] = len(tensors)
            tensors.append(graph.tensors[index])
            if not is_constant(graph.tensors[index]):
                inputs.append(places[index])
        return places[index]

    operands = [place(int(i)) for i in operator.inputs]
    operators, outputs = [], []
    for _ in range(COPIES):
        one = copy.copy(operator)
        one.inputs = operands
        one.outputs = list(range(len(tensors), len(tensors) + len(operator.outputs)))
        for index in operator.outputs:
            result = copy.copy(graph.tensors[int(index)])
            result.name, result.buffer = f"r{len(tensors)}", 0
            tensors.append(result)
        outputs.extend(one.outputs)
        operators.append(one)
    cut = circle.SubGraph.SubGraphT()
    cut.tensors, cut.inputs, cut.outputs, cut.operators, cut.name = tensors, inputs, outputs, operators, "main"
    whole = copy.copy(model)
    whole.subgraphs, whole.signatureDefs, whole.metadata, whole.metadataBuffer = [cut], None, None, None
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def seconds(content):
    """The least time of one copy, or None if LiteRT does not run it."""
    try:
        kind = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter = Interpreter(model_content=content, experimental_op_resolver_type=kind, num_threads=1)
        interpreter.allocate_tensors()
        random = np.random.default_rng(0)
        for detail in interpreter.get_input_details():
            floats = np.issubdtype(detail["dtype"], np.floating)
            values = random.standard_normal(detail["shape"]) if floats else np.zeros(detail["shape"])
            interpreter.set_tensor(detail["index"], values.astype(detail["dtype"]))
        interpreter.invoke()
    except (RuntimeError, ValueError):
        return None
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        interpreter.invoke()
        best = min(best, time.perf_counter() - begin)
    return best / COPIES


def ranks(values):
    """Ranks from 0; equal values share the middle of theirs."""
    values = np.asarray(values)
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2)[place]


def spearman(a, b):
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def measured(binary, path):
    """Kind, time, MACs and traffic of each operator of the first graph, equal ones once."""
    model = load(path)
    told = json.loads(subprocess.run([binary, "inspect", "--json", path], capture_output=True, check=True).stdout)
    costs = {op["results"][0]["name"]: op for op in told["graphs"][0]["operators"] if op["results"]}
    names = [tensor.name.decode() for tensor in model.subgraphs[0].tensors]
    seen, found = set(), []
    for operator in model.subgraphs[0].operators:
        cost = costs[names[operator.outputs[0]]]
        form = json.dumps([cost["kind"], cost["options"], [o and [o["shape"], o["dtype"]] for o in cost["operands"]],
                           [r["shape"] for r in cost["results"]]])
        if form in seen:
            continue
        seen.add(form)
        taken = seconds(alone(model, operator))
        if taken is not None:
            found.append((cost["kind"], taken, cost["macs"], cost["traffic"]))
    return found


def main():
    binary, *paths = sys.argv[1:]
    files = [f for p in map(pathlib.Path, paths) for f in (sorted(p.glob("*.circle")) if p.is_dir() else [p])]
    operators = []
    for path in files:
        found = measured(binary, str(path))
        operators += found
        print(f"{path.name}: {len(found)} different operators")
    good = True
    with_macs, without = [o for o in operators if o[2]], [o for o in operators if not o[2]]
    for what, column, chosen in [("MACs", 2, with_macs), ("traffic", 3, without)]:
        rank = lambda some: spearman([o[1] for o in some], [o[column] for o in some])
        kinds = {kind: [o for o in chosen if o[0] == kind] for kind in sorted({o[0] for o in chosen})}
        kinds = {kind: some for kind, some in kinds.items() if len({o[column] for o in some}) > 3}
        within = sum(len(some) * rank(some) for some in kinds.values()) / sum(map(len, kinds.values()))
        least, least_within = LEAST[what]
        good &= rank(chosen) >= least and within >= least_within
        print(f"{what}: rank correlation {rank(chosen):.3f} over {len(chosen)} operators, at least {least};"
              f" within kinds {within:.3f}, at least {least_within}")
        for kind, some in kinds.items():
            print(f"  {kind}: {rank(some):.3f} over {len(some)}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
