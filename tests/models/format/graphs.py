"""Files of several graphs: what calls them, and what lives from call to call."""
import numpy as np
from flatbuffers import flexbuffers

from building import File, table


def if_branches():
    """Each branch has a graph; both read one buffer."""
    f = File()
    f.graph("main", 2)
    f.tensor("condition", [1], "BOOL"), f.tensor("x", [2, 3]), f.tensor("y", [2, 3])
    f.op("IF", [0, 1], [2], table("IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2))
    f.end(2)
    shared = np.arange(6, dtype=np.float32)
    for name, op, options in (("then", "ADD", "AddOptions"), ("else", "MUL", "MulOptions")):
        f.graph(name, 1)
        f.tensor("x", [2, 3]), f.tensor("c", [2, 3], data=shared), f.tensor("y", [2, 3])
        f.op(op, [0, 1], [2], table(options))
        f.end(f.shifts(2, [2, 3]))
    f.model.subgraphs[2].tensors[1].buffer = f.model.subgraphs[1].tensors[1].buffer
    return f.content()


def while_loop():
    """`while n < 3 { n += 1; x = x * 2 + c }`, and a value that the loop hands through."""
    f = File()
    f.graph("main", 2)
    types = (("n", [], "INT32"), ("x", [2], "FLOAT32"))
    first = [f.tensor(*t) for t in types]
    after = [f.tensor(name + "_after", shape, dtype) for name, shape, dtype in types]
    f.op("WHILE", first, after, table("WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2))
    f.end(f.shifts(after[1], [2]), after[0])
    f.graph("condition", 2)
    n, _ = (f.tensor(*t) for t in types)
    less = f.tensor("less", [], "BOOL")
    f.op("LESS", [n, f.constant("three", np.int32(3))], [less], table("LessOptions"))
    f.end(less)
    f.graph("body", 2)
    n, x = (f.tensor(*t) for t in types)
    next_n, doubled = f.tensor("next_n", [], "INT32"), f.tensor("doubled", [2])
    f.op("ADD", [n, f.constant("one", np.int32(1))], [next_n], table("AddOptions"))
    f.op("MUL", [x, f.constant("two", np.float32(2))], [doubled], table("MulOptions"))
    f.end(next_n, f.shifts(doubled, [2]))
    return f.content()


def call_once():
    """A graph that runs once sets a resource variable; the first graph reads it and counts on."""
    f = File()
    handle = lambda: (f.tensor("handle", [], "RESOURCE"), table("VarHandleOptions", sharedName="v", container="c"))
    f.graph("main", 1)
    x = f.tensor("x", [3])
    f.op("CALL_ONCE", [], [], table("CallOnceOptions", initSubgraphIndex=1))
    (v, options), read, sum_ = handle(), f.tensor("read", [3]), f.tensor("sum", [3])
    f.op("VAR_HANDLE", [], [v], options)
    f.op("READ_VARIABLE", [v], [read], table("ReadVariableOptions"))
    f.op("ADD", [read, x], [sum_], table("AddOptions"))
    y = f.shifts(sum_, [3])
    f.op("ASSIGN_VARIABLE", [v, y], [], table("AssignVariableOptions"))
    f.end(y)
    f.graph("start", 0)
    v, options = handle()
    f.op("VAR_HANDLE", [], [v], options)
    f.op("ASSIGN_VARIABLE", [v, f.constant("start", np.float32([4, 5, 6]))], [], table("AssignVariableOptions"))
    return f.content()


def hash_table():
    """A table of strings that a graph fills once, asked for constant words."""
    f = File()
    def strings(name, *words):
        ends = np.cumsum([0, *map(len, words)]) + 4 * (len(words) + 2)
        return f.tensor(name, [len(words)], "STRING", np.int32([len(words), *ends]).tobytes() + "".join(words).encode())
    def handle():
        handle = f.tensor("table", [1], "RESOURCE")
        f.op("HASHTABLE", [], [handle], table("HashtableOptions", tableId=7, keyDtype=5, valueDtype=4))
        return handle
    f.graph("main", 1)
    x = f.tensor("x", [2])
    f.op("CALL_ONCE", [], [], table("CallOnceOptions", initSubgraphIndex=1))
    found, none = f.tensor("found", [2], "INT64"), f.constant("none", np.int64([-1]))
    f.op("HASHTABLE_FIND", [handle(), strings("words", "two", "three"), none], [found], table("HashtableFindOptions"))
    f.end(f.shifts(x, [2]), found)
    f.graph("fill", 0)
    values = f.constant("values", np.int64([1, 2]))
    f.op("HASHTABLE_IMPORT", [handle(), strings("keys", "one", "two"), values], [], table("HashtableImportOptions"))
    return f.content()


def variables():
    """Variables that are tensors, intermediates and absent operands: all of them in one LSTM."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [1, 2, 3])
    gate = lambda first, *shape: np.float32(first + np.arange(np.prod(shape))).reshape(shape) / 8
    inputs = [f.shifts(0, [1, 2, 3])]
    for name, shape in [(f"w{i}", (4, 3)) for i in range(4)] + [(f"r{i}", (4, 4)) for i in range(4)]:
        inputs.append(f.tensor(name, shape, data=gate(len(inputs), *shape)))
    inputs += [-1, -1, -1] + [f.tensor(f"b{i}", [4], data=gate(9 + i, 4)) for i in range(4)] + [-1, -1]
    inputs += [f.tensor(name, [1, 4], isVariable=True) for name in ("hidden", "cell")] + [-1] * 4
    intermediates = [f.tensor(f"intermediate{i}", None, "INT8") for i in range(5)]
    f.tensor("unused", [1], "INT8")
    y = f.tensor("y", [1, 2, 4])
    options = table("UnidirectionalSequenceLSTMOptions", fusedActivationFunction=4)
    f.op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], options, intermediates=intermediates,
         mutatingVariableInputs=[i in (18, 19) for i in range(24)])
    f.end(y)
    return f.content()


def composite():
    """An operator that says by a graph what it computes, with attributes of its own."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [2]), f.tensor("h", [2])
    attributes = np.frombuffer(flexbuffers.Dumps({"epsilon": 0.5, "axes": [0, 1]}), np.uint8)
    f.op("STABLEHLO_COMPOSITE", [0], [1], table("StableHLOCompositeOptions", name="odml.shift", decompositionSubgraphIndex=1,
                                                compositeAttributes=attributes, version=2))
    f.end(f.shifts(1, [2]))
    f.graph("odml.shift.impl", 1)
    f.tensor("x", [2])
    f.end(f.shifts(0, [2]))
    return f.content()


def maps(**names):
    return [table("TensorMap", name=name, tensorIndex=value) for name, value in names.items()]


def signatures():
    """Two ways to call one model, each with a graph of its own."""
    f = File()
    signature = lambda key, graph, inputs, outputs: table(
        "SignatureDef", signatureKey=key, subgraphIndex=graph, inputs=maps(**inputs), outputs=maps(**outputs))
    f.graph("encode", 1)
    f.tensor("x", [2, 3])
    encoded = f.shifts(0, [2, 3])
    f.end(encoded)
    f.graph("decode", 2)
    f.tensor("x", [2, 3]), f.tensor("by", [3]), f.tensor("y", [2, 3])
    f.op("DIV", [0, 1], [2], table("DivOptions"))
    decoded = f.shifts(2, [2, 3])
    f.end(decoded, 0)
    f.model.signatureDefs = [signature("encode", 0, {"x": 0}, {"y": encoded}),
                             signature("decode", 1, {"b": 1, "a": 0}, {"z": 0, "y": decoded})]
    return f.content()


MODELS = {f"{make.__name__}.circle": make for make in (
    if_branches, while_loop, call_once, hash_table, variables, composite, signatures)}
