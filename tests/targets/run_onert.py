#!/usr/bin/env python3
"""What the runtime onert makes of operators that only circle has, and of those that rules emit.

usage: run_onert.py               prints a row for each case: loads, runs, and how far from the documented meaning
       run_onert.py --diff A B    greatest relative difference of all outputs of two models in onert; exit 1 past 1e-4
needs: pip install onert circle-schema flatbuffers numpy

Its answer is the table of `onert` in optimizer-core/src/rewrite/target.rs. Every case runs in a process of its own,
since the runtime aborts on some.
"""
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "models"))
from make import ACTIVATION, Graph

random = np.random.RandomState(0)


def constant(*shape):
    return random.standard_normal(shape).astype(np.float32)


def rms_norm(x, gamma):
    return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + 1e-5) * gamma


def rope(x, sin, cos):
    half = x.shape[-1] // 2
    return x * cos + np.concatenate([-x[..., half:], x[..., :half]], -1) * sin


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def instance_norm(x, gamma, beta):
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


# case: (operator, dims of the input, constants, options, meaning)
CASES = {
    "RMS_NORM, a scale of [d], rank 3": ("RMS_NORM", (1, 3, 8), [constant(8)], ("RmsNormOptions", {"epsilon": 1e-5}), rms_norm),
    "RMS_NORM, a scale of [d], rank 4": ("RMS_NORM", (1, 2, 3, 8), [constant(8)], ("RmsNormOptions", {"epsilon": 1e-5}), rms_norm),
    "RMS_NORM, a scale of [d], rank 2": ("RMS_NORM", (3, 8), [constant(8)], ("RmsNormOptions", {"epsilon": 1e-5}), rms_norm),
    "RMS_NORM, a scale of [1]": ("RMS_NORM", (1, 3, 8), [constant(1)], ("RmsNormOptions", {"epsilon": 1e-5}), rms_norm),
    "ROPE, one position": ("ROPE", (1, 2, 1, 8), [constant(1, 1, 1, 8), constant(1, 1, 1, 8)], ("RoPEOptions", {"mode": 0}), rope),
    "ROPE, three positions": ("ROPE", (1, 2, 3, 8), [constant(1, 1, 3, 8), constant(1, 1, 3, 8)], ("RoPEOptions", {"mode": 0}), rope),
    "ROPE, one row of tables, three positions": ("ROPE", (1, 2, 3, 8), [constant(1, 1, 1, 8), constant(1, 1, 1, 8)], ("RoPEOptions", {"mode": 0}), rope),
    "INSTANCE_NORM": ("INSTANCE_NORM", (1, 3, 3, 4), [constant(4), constant(4)], ("InstanceNormOptions", {"epsilon": 1e-5, "fusedActivationFunction": ACTIVATION.NONE}), instance_norm),
    "GELU": ("GELU", (1, 3, 8), [], ("GeluOptions", {"approximate": False}), gelu),
    "GELU, by tanh": ("GELU", (1, 3, 8), [], ("GeluOptions", {"approximate": True}), gelu_tanh),
    "HARD_SWISH": ("HARD_SWISH", (1, 3, 8), [], None, lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "PRELU": ("PRELU", (1, 2, 2, 4), [constant(4)], None, lambda x, a: np.where(x >= 0, x, x * a)),
    "BATCH_MATMUL, rank 5, broadcast": ("BATCH_MATMUL", (1, 2, 2, 3, 4), [constant(1, 2, 1, 4, 5)], ("BatchMatMulOptions", {}), lambda x, y: x @ y),
    "BATCH_MATMUL, rank 4": ("BATCH_MATMUL", (1, 2, 3, 4), [constant(1, 2, 4, 5)], ("BatchMatMulOptions", {}), lambda x, y: x @ y),
    "BATCH_MATMUL, rank 4, broadcast": ("BATCH_MATMUL", (1, 2, 3, 4), [constant(1, 1, 4, 5)], ("BatchMatMulOptions", {}), lambda x, y: x @ y),
    "BATCH_MATMUL, a constant transposed": ("BATCH_MATMUL", (1, 2, 3, 4), [constant(1, 2, 5, 4)], ("BatchMatMulOptions", {"adjointRhs": True}), lambda x, y: x @ np.swapaxes(y, -1, -2)),
    "FULLY_CONNECTED, rank 3 kept": ("FULLY_CONNECTED", (2, 3, 4), [constant(5, 4), None], ("FullyConnectedOptions", {"keepNumDims": True}), lambda x, w, _: x @ w.T),
    "FULLY_CONNECTED, rank 4 kept": ("FULLY_CONNECTED", (2, 3, 2, 4), [constant(5, 4), None], ("FullyConnectedOptions", {"keepNumDims": True}), lambda x, w, _: x @ w.T),
    "TRANSPOSE, rank 5": ("TRANSPOSE", (1, 2, 3, 4, 5), [np.array([0, 2, 3, 1, 4], np.int32)], ("TransposeOptions", {}), lambda x, p: x.transpose(p)),
    "SOFTMAX, rank 5": ("SOFTMAX", (1, 2, 3, 2, 4), [], ("SoftmaxOptions", {"beta": 1.0}), lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    "SOFTMAX, beta": ("SOFTMAX", (1, 3, 8), [], ("SoftmaxOptions", {"beta": 0.25}), lambda x: np.exp(x / 4) / np.exp(x / 4).sum(-1, keepdims=True)),
}


def save(case, path):
    code, dims, constants, options, meaning = CASES[case]
    graph = Graph(0)
    x = graph.input("x", dims)
    operands = [-1 if c is None else graph.constant(f"c{i}", c) for i, c in enumerate(constants)]
    kind, attributes = options or (None, {})
    result = meaning(np.zeros(dims, np.float32), *constants).shape
    graph.output(*graph.op(code, [x, *operands], [("y", result)], kind, **attributes))
    pathlib.Path(path).write_bytes(graph.finish())


def outputs(path, seed=0):
    from onert import infer

    session = infer.session(path)
    feed = np.random.default_rng(seed)
    inputs = []
    for info in session.get_inputs_tensorinfo():
        dims = [max(d, 1) for d in info.dims[: info.rank]]
        floats = np.issubdtype(info.dtype, np.floating)
        inputs.append((feed.standard_normal(dims) if floats else feed.integers(0, 50, dims)).astype(info.dtype))
    return inputs, session.infer(inputs)


def try_case(case):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.circle"
        save(case, path)
        (x,), (y,) = outputs(path)
    wanted = CASES[case][4](x.astype(np.float64), *CASES[case][2])
    shape = "" if y.shape == wanted.shape else f", shape {list(y.shape)}"
    print(f"{np.abs(y.ravel() - wanted.ravel()).max() / np.abs(wanted).max():.1e}{shape}" if y.size == wanted.size else f"shape {list(y.shape)}")


def diff(a, b):
    worst = 0.0
    for seed in (0, 1):
        for x, y in zip(outputs(a, seed)[1], outputs(b, seed)[1], strict=True):
            worst = max(worst, float(np.abs(x - y).max() / (1e-6 + np.abs(x).max())))
    print(f"relative difference {worst:.2e}")
    return worst > 1e-4


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--diff", a, b]:
            sys.exit(diff(a, b))
        case [case] if case in CASES:
            try_case(case)
        case _:
            for case in CASES:
                run = subprocess.run([sys.executable, __file__, case], capture_output=True, text=True)
                said = run.stdout.strip() if run.returncode == 0 else "does not run"
                print(f"{case:44} {said}", flush=True)
