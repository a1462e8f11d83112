"""The model that shows what resource variables do: a graph that runs once sets one, and the first graph reads it."""
import numpy as np

from building import RESOURCE, Graph, new_model
from case import F, Case

X, START = np.asarray([1, -2, 0.5], F), np.asarray([4, 5, 6], F)


def model():
    """`once: v = START`, then `y = v + x; v = y; z = v`."""
    m = new_model()
    first, init = Graph(m), Graph(m)
    x, y, z, read = (first.tensor(name, F, [3]) for name in ("x", "y", "z", "read"))
    handle = first.tensor("handle", RESOURCE, [])
    first.operator("CALL_ONCE", [], [], "CallOnceOptions", initSubgraphIndex=1)
    first.operator("VAR_HANDLE", [], [handle], "VarHandleOptions", sharedName="v", container="")
    first.operator("READ_VARIABLE", [handle], [read], "ReadVariableOptions")
    first.operator("ADD", [read, x], [y], "AddOptions")
    first.operator("ASSIGN_VARIABLE", [handle, y], [], "AssignVariableOptions")
    first.operator("READ_VARIABLE", [handle], [z], "ReadVariableOptions")
    first.end([x], [y, z])
    handle, start = init.tensor("handle", RESOURCE, []), init.tensor("start", F, [3], START)
    init.operator("VAR_HANDLE", [], [handle], "VarHandleOptions", sharedName="v", container="")
    init.operator("ASSIGN_VARIABLE", [handle, start], [], "AssignVariableOptions")
    init.end([], [])
    return m


VARIABLES = [Case("READ_VARIABLE", "counts_on", "", {}, [X], [np.dtype(F)] * 2, shapes=[(3,), (3,)], group="variables", whole=model)]
