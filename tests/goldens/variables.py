"""The model that shows what resource variables do: a graph that runs once sets one, and the first graph reads it."""
import numpy as np
from circle_schema import circle

from cases import F, Case

OPCODES = vars(circle.BuiltinOperator.BuiltinOperator)
UNION = vars(circle.BuiltinOptions.BuiltinOptions)
F32, RESOURCE = 0, 13
X, START = np.asarray([1, -2, 0.5], np.float32), np.asarray([4, 5, 6], np.float32)


def model():
    """`once: v = START`, then `y = v + x; v = y; z = v`."""
    m = circle.Model.ModelT()
    m.version, m.buffers, m.operatorCodes, m.subgraphs = 0, [circle.Buffer.BufferT()], [], []
    first, init = Graph(m), Graph(m)
    x, y, z, read = (first.tensor(name, F32, [3]) for name in ("x", "y", "z", "read"))
    handle = first.tensor("handle", RESOURCE, [])
    first.operator("CALL_ONCE", [], [], initSubgraphIndex=1)
    first.operator("VAR_HANDLE", [], [handle], sharedName="v", container="")
    first.operator("READ_VARIABLE", [handle], [read])
    first.operator("ADD", [read, x], [y])
    first.operator("ASSIGN_VARIABLE", [handle, y], [])
    first.operator("READ_VARIABLE", [handle], [z])
    first.graph.inputs, first.graph.outputs = [x], [y, z]
    handle, start = init.tensor("handle", RESOURCE, []), init.tensor("start", F32, [3], START)
    init.operator("VAR_HANDLE", [], [handle], sharedName="v", container="")
    init.operator("ASSIGN_VARIABLE", [handle, start], [])
    init.graph.inputs, init.graph.outputs = [], []
    return m


class Graph:
    def __init__(self, model):
        self.model, self.graph = model, circle.SubGraph.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        model.subgraphs.append(self.graph)

    def tensor(self, name, dtype, shape, content=None):
        t = circle.Tensor.TensorT()
        t.name, t.type, t.shape, t.hasRank, t.buffer = name, dtype, shape, True, 0
        if content is not None:
            buffer = circle.Buffer.BufferT()
            buffer.data = np.frombuffer(content.tobytes(), np.uint8)
            t.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def operator(self, op, inputs, outputs, **options):
        table = op.title().replace("_", "") + "Options"
        o = circle.Operator.OperatorT()
        o.inputs, o.outputs, o.opcodeIndex = inputs, outputs, len(self.model.operatorCodes)
        o.builtinOptionsType, o.builtinOptions = UNION[table], getattr(getattr(circle, table), table + "T")()
        for field, value in options.items():
            assert hasattr(o.builtinOptions, field), (table, field)
            setattr(o.builtinOptions, field, value)
        code = circle.OperatorCode.OperatorCodeT()
        code.builtinCode, code.version = OPCODES[op], 1
        self.model.operatorCodes.append(code)
        self.graph.operators.append(o)


VARIABLES = [Case("READ_VARIABLE", "counts_on", "", {}, [X], [np.dtype(F)] * 2, shapes=[(3,), (3,)], group="variables", whole=model)]
