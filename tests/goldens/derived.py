"""Edges of every operator, derived from the first case that it has: special numbers, extremes, dims of 0 and 1, no dims.

usage: derived.py      records OPERATOR.derived.golden, and lists in unrecorded_edges.txt what LiteRT refuses

`optimizer-core/tests/goldens/edges.rs` holds that nothing is missing.
"""
import dataclasses
import os
import struct
from collections import defaultdict

import numpy as np

from case import F, I, Const, Scaled, Sparse
from record import CASES, litert_outputs, record
from apart import run_apart

HERE = os.path.dirname(os.path.abspath(__file__))
# What LiteRT runs and gives no meaning to, by reason: these are not recorded.
MEANINGLESS = {
    "LiteRT takes what it reads for no rows, for a row of memory, or for another rank": {"rank0": ["FULLY_CONNECTED", "LOG_SOFTMAX", "STRIDED_SLICE"]},
    "LiteRT's map takes NaN for equal to anything": {"NaN": ["UNIQUE"]},
    "LiteRT keeps a running sum, which never leaves NaN again": {"NaN": ["LOCAL_RESPONSE_NORMALIZATION"], "special": ["LOCAL_RESPONSE_NORMALIZATION"]},
    "LiteRT's transform spreads NaN in the order of its steps, and 1e38 leaves no digits to the rest": {"NaN": ["RFFT2D"], "special": ["RFFT2D"], "extreme": ["RFFT2D"]},
    "LiteRT multiplies by memory that it does not set": {"act0": ["LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM"]},
    "LiteRT takes a matrix for a diagonal": {"diagonal": ["UNIDIRECTIONAL_SEQUENCE_LSTM"]},
    "squares of 1e38 overflow in LiteRT's sums of f32, not in sums of f64": {"extreme": ["L2_NORMALIZATION", "L2_POOL_2D", "LOCAL_RESPONSE_NORMALIZATION"]},
}
# Edges that no case can have, by reason.
NONE = """
# LiteRT gives other results for weights of 8 bits than UNIDIRECTIONAL_SEQUENCE_RNN does for the forward half
asymmetric_quantize_inputs true: BIDIRECTIONAL_SEQUENCE_RNN

# LiteRT refuses one
a negative axis: REVERSE_SEQUENCE

# the recording is of several graphs, whose operators have the edge
a dim of 1: IF READ_VARIABLE STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW
a dim of 0: IF READ_VARIABLE STABLEHLO_CASE STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER WHILE
rank 0: READ_VARIABLE STABLEHLO_CASE STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER WHILE
NaN: STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER
infinity: STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER
-0.0: STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER
extreme: STABLEHLO_COMPOSITE STABLEHLO_REDUCE_WINDOW STABLEHLO_SCATTER
extreme i32: STABLEHLO_CASE WHILE
"""


def put(array, numbers):
    """The array with these numbers in its first places."""
    changed = array.copy()
    changed.reshape(-1)[:len(numbers)] = numbers[:changed.size]
    return changed


def leading(count):
    """Cuts the first dim of the first operand, and that of all which share it if `everywhere`."""
    def cut(operands, at, everywhere):
        extent = operands[at].shape[0] if operands[at].ndim else None
        if extent is None:
            return None
        same = lambda o: isinstance(o, np.ndarray) and o.ndim and o.shape[0] == extent
        return [np.ascontiguousarray(o[:count]) if i == at or everywhere and same(o) else o for i, o in enumerate(operands)]
    return cut


def scalars(operands, at, everywhere):
    if not operands[at].size:
        return None
    one = lambda o: np.asarray(o.reshape(-1)[0], o.dtype)
    return [one(o) if i == at or everywhere and isinstance(o, np.ndarray) and o.size else o for i, o in enumerate(operands)]


def numbers(dtype, values):
    def changed(operands, at, everywhere):
        fits = operands[at].dtype == dtype and operands[at].size >= len(values) and not everywhere
        return [put(o, np.asarray(values, dtype)) if i == at else o for i, o in enumerate(operands)] if fits else None
    return changed


def option(name, value, ops):
    """The same operands with another option."""
    return lambda k: dataclasses.replace(k, options={**k.options, name: value}) if k.op in ops else None


ACTS = "CONCATENATION CONV_3D_TRANSPOSE L2_NORMALIZATION LSTM RNN SVDF UNIDIRECTIONAL_SEQUENCE_LSTM UNIDIRECTIONAL_SEQUENCE_RNN".split()
# Options that no other list of cases has, and what the list of edges calls them.
OPTIONS = {
    **{f"act{n}": (f"act {name}", option("fusedActivationFunction", n, ACTS)) for n, name in enumerate(("None", "Relu", "ReluN1To1", "Relu6"))},
    **{f"dilated_{d}": (f"dilation_{d.lower()}_factor above 1", option(f"dilation{d}Factor", 2, ["CONV_3D_TRANSPOSE"])) for d in "DHW"},
    "narrow": ("narrow_range true", option("narrowRange", True, ["FAKE_QUANT"])),
    "validated": ("validate_indices true", option("validateIndices", True, ["SPARSE_TO_DENSE"])),
    "sorted": ("indices_are_sorted true", option("indicesAreSorted", True, ["STABLEHLO_GATHER", "STABLEHLO_SCATTER"])),
    "unique": ("unique_indices true", option("uniqueIndices", True, ["STABLEHLO_SCATTER"])),
    "diagonal": ("diagonal_recurrent_tensors true", option("diagonalRecurrentTensors", True, ["UNIDIRECTIONAL_SEQUENCE_LSTM"])),
}

# What is changed, and what the list calls it.
EDGES = {
    "NaN": (["NaN"], numbers(F, [np.nan])),
    "special": (["infinity", "-0.0"], numbers(F, [np.inf, -np.inf, -0.0])),
    "extreme": (["extreme"], numbers(F, [np.finfo(F).max, 1e-40])),
    "extreme_i32": (["extreme i32"], numbers(I, [np.iinfo(I).max, np.iinfo(I).min])),
    "none": (["a dim of 0"], leading(0)),
    "one": (["a dim of 1"], leading(1)),
    "rank0": (["rank 0"], scalars),
}
# Every operator has operands of some shape.
SHAPES = ("none", "one", "rank0")


def names_of(edge):
    return EDGES[edge][0] if edge in EDGES else [OPTIONS[edge][0]]


def first_input(operands):
    """The place of the first operand that a caller gives, as the list of edges takes it."""
    return next((i for i, o in enumerate(operands) if isinstance(o, np.ndarray)), None)


def has(edge, cases):
    """Whether one of the cases has the edge already."""
    given = lambda o: o.array if isinstance(o, Scaled) and not o.constant else o
    firsts = [next((a for a in map(given, k.operands) if isinstance(a, np.ndarray)), None) for k in cases]
    firsts = [a for a in firsts if a is not None]
    floats = np.concatenate([o.reshape(-1) for o in firsts if o.dtype == F] or [np.zeros(0, F)])
    whole = np.concatenate([o.reshape(-1) for o in firsts if o.dtype == I] or [np.zeros(0, I)])
    arrays = [o.array if isinstance(o, (Const, Scaled)) else o for k in cases for o in k.operands if o is not None]
    shapes = [o.shape for o in arrays]
    return {
        "NaN": np.isnan(floats).any(),
        "special": np.isinf(floats).any() and (np.signbit(floats) & (floats == 0)).any(),
        "extreme": ((np.abs(floats) > 1e30) & np.isfinite(floats)).any(),
        "extreme_i32": np.isin(whole, [np.iinfo(I).max, np.iinfo(I).min]).any(),
        "none": any(0 in s for s in shapes),
        "one": any(1 in s for s in shapes),
        "rank0": any(o.ndim == 0 for o in firsts),
    }[edge]


def attempts(cases, change):
    """Cases that may have the edge, the simplest first."""
    changed = []
    for everywhere in (True, False):
        for base in cases:
            at = first_input(base.operands)
            operands = None if at is None else change(base.operands, at, everywhere)
            if operands is not None:
                changed.append(dataclasses.replace(base, operands=operands, shapes=None))
    return changed[:12]


def is_meaningless(op, edge):
    return any(op in edges.get(edge, []) for edges in MEANINGLESS.values())


def recorded(name, tried):
    """The recording of the first case that LiteRT runs."""
    for attempt in tried:
        attempt = dataclasses.replace(attempt, name=name, group="derived")
        if not isinstance(run_apart(lambda: litert_outputs(attempt), Exception), str):
            return record(attempt)
    return None


def derived():
    """For each operator the recordings of new edges, and the edges that LiteRT refuses."""
    by_operator = defaultdict(list)
    for k in CASES:
        if k.op and not k.refused and not k.whole:
            by_operator[k.op].append(k)
    for op, cases in sorted(by_operator.items()):
        alone = [k for k in cases if not k.also]
        plain = [k for k in alone if not any(isinstance(o, (Scaled, Sparse)) for o in k.operands)]
        named = {}
        for edge, (names, change) in EDGES.items():
            if alone and not has(edge, alone) and not is_meaningless(op, edge):
                named[edge] = (names, attempts(plain, change))
        for edge, (name, change) in OPTIONS.items():
            changed = [k for k in map(change, cases) if k]
            if changed and not is_meaningless(op, edge):
                named[edge] = ([name], changed[:6])
        found = {edge: recorded(edge, tried) for edge, (_, tried) in named.items()}
        listed = [edge for edge, blob in found.items() if blob is None and (named[edge][1] or edge in SHAPES)]
        refused = [name for edge in listed for name in named[edge][0]]
        yield op, [blob for blob in found.values() if blob], refused


def main():
    listed = defaultdict(list)
    for op, blobs, refused in derived():
        for edge in refused:
            listed[edge].append(op)
        if blobs:
            with open(os.path.join(HERE, f"{op}.derived.golden"), "wb") as file:
                file.write(struct.pack("<I", len(blobs)) + b"".join(blobs))
    lines = ["# LiteRT refuses what derived.py tries, or the operator has no operand that can have the edge"]
    lines += [f"{edge}: {' '.join(ops)}" for edge, ops in listed.items()]
    for reason, edges in MEANINGLESS.items():
        lines += ["", "# " + reason] + [f"{name}: {' '.join(ops)}" for edge, ops in edges.items() for name in names_of(edge)]
    with open(os.path.join(HERE, "unrecorded_edges.txt"), "w") as file:
        file.write("\n".join(lines) + "\n" + NONE)


if __name__ == "__main__":
    main()
