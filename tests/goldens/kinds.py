"""The first case of operators in every other dtype that LiteRT takes."""
from dataclasses import replace

import numpy as np

from case import Const
from cases import CASES

KINDS = []
# Left out are dtypes that LiteRT takes for quantized even without a scale, as it then computes nothing of sense.
DTYPES = {
    "float16 int16 int32 int64":
        "ADD LESS LESS_EQUAL GREATER GREATER_EQUAL",
    "int32 int64":
        "SUB ZEROS_LIKE CUMSUM MEAN",
    "float16 int16 int32 uint32 int64 complex64":
        "MUL",
    "float16 int8 uint8 int16 int32 int64":
        "MAXIMUM MINIMUM",
    "int32":
        "SQUARED_DIFFERENCE ADD_N",
    "int8 int16 int32":
        "FLOOR_DIV",
    "int8 int16 int32 int64":
        "FLOOR_MOD",
    "float16 float64":
        "ATAN2",
    "float16 int8 int16 int32 int64":
        "NEG",
    "int16 int32":
        "ABS",
    "float16":
        "SIN COS FLOOR ROUND LOGISTIC SOFTMAX TANH GELU",
    "float64 int32":
        "SIGN",
    "float16 int32 int64 bool":
        "EQUAL NOT_EQUAL",
    "int8 uint8 int16 uint16 uint32":
        "BITWISE_XOR",
    "float16 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64 bool complex64":
        "SELECT SELECT_V2 RESHAPE SQUEEZE EXPAND_DIMS SHAPE RANK TRANSPOSE SLICE STRIDED_SLICE DYNAMIC_UPDATE_SLICE MIRROR_PAD "
        "EMBEDDING_LOOKUP BROADCAST_TO TILE FILL SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND",
    "int32 int64 bool":
        "SUM REDUCE_PROD",
    "int8 uint8 int16 int32 int64 bool":
        "REDUCE_MAX REDUCE_MIN",
    "int8 uint8 int16 int32 int64":
        "SPLIT SPLIT_V TOPK_V2",
    "int8 uint8 int32 bool":
        "ARG_MAX ARG_MIN",
    "float16 int8 uint8 int16 int32 int64 bool":
        "REVERSE_V2 PAD PADV2 GATHER GATHER_ND",
    "int8 uint8 int32 int64":
        "SPACE_TO_DEPTH DEPTH_TO_SPACE",
    "float16 int8 uint8 int16 int32 uint32 int64 bool":
        "CONCATENATION",
    "int8 uint8 int16 int32 uint32 int64":
        "PACK",
    "float16 int8 uint8 int16 int32 bool":
        "UNPACK",
    "int8 uint8 int32 int64 bool":
        "ONE_HOT",
    "int64":
        "BROADCAST_ARGS",
    "float32 int64":
        "RANGE",
    "float16 int8 uint8 int16 uint16 int32 uint32 bool":
        "RESIZE_NEAREST_NEIGHBOR",
}


def converted(operand, base, dtype):
    """Whole numbers where the dtype has no others."""
    if isinstance(operand, Const):
        return Const(converted(operand.array, base, dtype))
    if operand is None or operand.dtype != base:
        return operand
    if dtype == np.bool_:
        return operand > 0
    if np.issubdtype(dtype, np.integer):
        operand = np.abs(operand.round()) if np.issubdtype(dtype, np.unsignedinteger) else operand.round()
    return operand.astype(dtype)


def in_dtype(case, dtype):
    dtypes = [(o.array if isinstance(o, Const) else o).dtype for o in case.operands if o is not None]
    base = np.dtype(np.float32) if np.float32 in dtypes else dtypes[0]
    operands = [converted(o, base, dtype) for o in case.operands]
    results = [dtype if r == base else r for r in case.results]
    return replace(case, name=dtype.name, operands=operands, results=results, group="kinds")


for dtypes, ops in DTYPES.items():
    for op in ops.split():
        first = next(case for case in CASES if case.op == op and not case.refused)
        KINDS.extend(in_dtype(first, np.dtype(dtype)) for dtype in dtypes.split())
