"""What a recorded case is: an operator, its options and operands."""
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

F, I, L, B = np.float32, np.int32, np.int64, np.bool_
I8, U8, I16 = np.int8, np.uint8, np.int16
NONE, RELU, N1, RELU6, TANH = range(5)
SAME, VALID = 0, 1
# Tables of the second union of options.
SECOND = {"StableHLOCompositeOptions", "StablehloCaseOptions", "StablehloScatterOptions", "StablehloReduceWindowOptions", "DilateOptions", "ReduceWindowOptions", "StablehloPadOptions", "StablehloGatherOptions", "StablehloShiftLeftOptions"}


@dataclass
class Const:
    array: np.ndarray


@dataclass
class Sparse(Const):
    """`array` says type and shape; `stored` are the elements that the levels, each dense or (segments, indices), lead to."""
    stored: np.ndarray
    order: list
    blocks: list
    levels: list


@dataclass
class Scaled:
    """Stored numbers and their scales and zero points; a result has a dtype in place of numbers."""
    array: object
    scale: object
    zero: object = 0
    axis: int = 0
    constant: bool = False
    four_bits: bool = False

    @property
    def dtype(self):
        return self.array.dtype if isinstance(self.array, np.ndarray) else np.dtype(self.array)

    @property
    def shape(self):
        return self.array.shape


@dataclass
class State:
    """A variable, kept from one run to the next; it starts as zeros."""
    shape: tuple


@dataclass
class Case:
    op: str
    name: str
    table: str
    options: dict
    operands: list
    results: list
    refused: bool = False
    # Part of the name of the file that the case is recorded to.
    group: str = ""
    union: int = 1
    # Of the results, where LiteRT must be told.
    shapes: list | None = None
    # The graphs that the operator runs, each of one operator; without one, a graph returns its last input.
    also: list = field(default_factory=list)
    # Makes the model where one operator cannot show what it does.
    whole: Callable | None = None

    def inputs(self):
        """The contents of operands that are not constants."""
        arrays = [o.array if isinstance(o, Scaled) and not o.constant else o for o in self.operands]
        return [a for a in arrays if isinstance(a, np.ndarray)]


def case(op, label, operands, table=None, out=None, refused=False, group="", shapes=None, also=(), **options):
    """A case whose results are `out`, one or a list, or of the dtype of the first operand."""
    first = next(o.array if isinstance(o, Const) else o for o in operands if o is not None)
    out = list(out) if isinstance(out, (list, tuple)) else [out or first.dtype]
    results = [r if isinstance(r, Scaled) else np.dtype(r) for r in out]
    return Case(op, label, table, options, operands, results, refused, group, 2 if table in SECOND else 1, shapes, list(also))


def c(values, dtype=I):
    return Const(np.asarray(values, dtype))


def name_of(dtype):
    return np.dtype(dtype).name
