#!/usr/bin/env python3
"""Checks the fixture models of this folder in LiteRT, and what circle-opt makes of them.

usage: check.py [CIRCLE_OPT]

Every fixture must be what make.py makes and must run; with CIRCLE_OPT, its optimized form must compute the same.
needs: pip install ai-edge-litert circle-schema flatbuffers numpy
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import flatbuffers
import numpy as np
from circle_schema import circle

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: E402

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import make  # noqa: E402


def as_tflite(content):
    """A circle model without circle-only operators is a tflite model but for identifier and version."""
    model = circle.Model.ModelT.InitFromObj(circle.Model.Model.GetRootAs(content, 0))
    model.version = 3
    for code in model.operatorCodes:
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    builder = flatbuffers.Builder(len(content) + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def outputs(content, seed=0):
    """The outputs on seeded inputs, by LiteRT's reference kernels."""
    interpreter = Interpreter(model_content=as_tflite(content), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    random = np.random.RandomState(seed)
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], random.standard_normal(detail["shape"]).astype(detail["dtype"]))
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def difference(a, b):
    assert [x.shape for x in a] == [x.shape for x in b], "shapes differ"
    return max(float(np.abs(x - y).max() / (1e-6 + np.abs(x).max())) for x, y in zip(a, b))


def optimized(binary, path, folder):
    out = folder / path.name
    subprocess.run([binary, "optimize", path, "-o", out, "--quiet"], check=True)
    return out.read_bytes()


def check(name, fresh, folder, binary):
    path = HERE / f"{name}.circle"
    content = path.read_bytes()
    assert content == fresh, f"{path.name} is not what make.py makes"
    expected = outputs(content)
    assert all(np.isfinite(x).all() for x in expected), f"{path.name}: outputs are not finite"
    if binary:
        worst = difference(expected, outputs(optimized(binary, path, folder)))
        assert worst <= 1e-4, f"{path.name}: the optimized outputs differ by {worst:.1e}"
        return f"{name}: outputs differ by {worst:.1e}"
    return f"{name}: runs"


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        for name, build in make.MODELS.items():
            print(check(name, build(), pathlib.Path(folder), binary))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
