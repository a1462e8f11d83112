"""Asks LiteRT which dtypes it computes each operator with, and writes allowed.txt.

The first case of an operator is tried in every dtype, in place of f32 or of the dtype of its first operand; the first
quantized case in every quantized one, with zero points of 0. A line of allowed.txt is an operator, the plain dtypes and,
after a bar, the quantized ones. That LiteRT computes something does not mean that it makes sense: it takes 8 bits for
quantized even without a scale.
"""
import os
from dataclasses import replace

import numpy as np

import cases
import layers
import rare
from case import I8, I16, U8, Scaled
from kinds import in_dtype
from record import litert_outputs, run_apart

NAMES = {"float": "f", "int": "i", "uint": "u"}
PLAIN = ["float32", "float16", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool", "complex64"]
ENDS = {I8: (-128, 127), U8: (0, 255), I16: (-32768, 32767)}


def short(dtype):
    kind = dtype.rstrip("0123456789")
    return NAMES.get(kind, kind) + dtype[len(kind):]


def first_cases(made):
    first = {}
    for case in made:
        if not case.refused and not case.also and case.whole is None:
            first.setdefault(case.op, case)
    return first


def quantized_as(case, dtype):
    """The case with numbers of 8 bits as others, around 0."""
    base = next(o.dtype for o in [*case.operands, *case.results] if isinstance(o, Scaled))

    def converted(operand):
        if not isinstance(operand, Scaled) or operand.dtype != base:
            return operand
        array = operand.array
        if isinstance(array, np.ndarray):
            array = np.clip(array.astype(int) - operand.zero, *ENDS[dtype]).astype(dtype)
        return replace(operand, array=array if isinstance(array, np.ndarray) else dtype, zero=0)

    return replace(case, operands=[converted(o) for o in case.operands], results=[converted(r) for r in case.results])


def computes(case):
    return not isinstance(run_apart(lambda: litert_outputs(case), Exception), str)


def main():
    plain = first_cases([*cases.CASES, *rare.RARE])
    quantized = first_cases(layers.QUANTIZED)
    lines = []
    for op in sorted({*plain, *quantized}):
        dtypes = [short(d) for d in PLAIN if op in plain and computes(in_dtype(plain[op], np.dtype(d)))]
        scaled = [short(np.dtype(d).name) for d in (I8, U8, I16) if op in quantized and computes(quantized_as(quantized[op], d))]
        lines.append(f"{op}: {' '.join(dtypes)} | {' '.join(scaled)}".rstrip())
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "allowed.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")
    print(len(lines), "operators")


if __name__ == "__main__":
    main()
