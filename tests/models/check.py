#!/usr/bin/env python3
"""Checks the fixture models of this folder and of format in LiteRT, and what circle-opt makes of them.

usage: check.py [CIRCLE_OPT]

Every fixture must be what its make.py makes. It must run, or be one of those that LiteRT is known not to run; with
CIRCLE_OPT, its optimized form must compute the same at every level.
needs: pip install ai-edge-litert circle-schema flatbuffers numpy
"""
import importlib.util
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
LEVELS = ("-O0", "-O1", "-O2", "-O3")
# What keeps LiteRT from running a fixture of format, as it says it.
NOT_RUN = {
    "blockwise.circle": "Unsupported data type -1",
    "circle_only.circle": "circle-only operator",
    "custom_options.circle": "Custom Option Offset",
    "every_dtype.circle": "Unsupported data type",
    "external_buffers.circle": "out of range offset",
    "hash_table.circle": "HASHTABLE",
    "packed.circle": "not a valid Flatbuffer",
    "shared_exponents.circle": "Unsupported data type",
    "strings.circle": "unresolved custom op",
    "variants.circle": "unresolved custom op",
}


def fixtures(folder):
    """Path and bytes, made anew, of each fixture of a folder."""
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(f"make_{folder.name}", folder / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = ((folder / name if "." in name else folder / f"{name}.circle", make) for name, make in module.MODELS.items())
    return {path: make() for path, make in names}


def as_tflite(content):
    """A circle model without circle-only operators is a tflite model but for identifier and version."""
    model = circle.Model.ModelT.InitFromObj(circle.Model.Model.GetRootAs(content, 0))
    model.version = 3
    for code in model.operatorCodes:
        assert code.builtinCode >= 0, f"circle-only operator {code.builtinCode}"
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    builder = flatbuffers.Builder(len(content) + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def numbers(random, detail):
    shape, dtype = detail["shape"], detail["dtype"]
    if np.issubdtype(dtype, np.floating):
        return random.standard_normal(shape).astype(dtype)
    return random.randint(0, 2, shape).astype(dtype)


def outputs(content, seeds=(0, 1)):
    """The outputs on seeded inputs, one after the other, by LiteRT's reference kernels."""
    interpreter = Interpreter(model_content=as_tflite(content), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    computed = []
    for seed in seeds:
        random = np.random.RandomState(seed)
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], numbers(random, detail))
        interpreter.invoke()
        computed += [interpreter.get_tensor(detail["index"]).astype(np.float64) for detail in interpreter.get_output_details()]
    return computed


def difference(a, b):
    assert [x.shape for x in a] == [x.shape for x in b], "shapes differ"
    return max(float(np.abs(x - y).max() / (1e-6 + np.abs(x).max())) for x, y in zip(a, b))


def optimized(binary, path, level, folder):
    out = folder / path.name
    subprocess.run([binary, "optimize", level, path, "-o", out, "--quiet"], check=True)
    return out.read_bytes()


def verdict(path, content, folder, binary):
    try:
        expected = outputs(content)
    except (AssertionError, RuntimeError, ValueError) as error:
        assert NOT_RUN.get(path.name, "nothing") in str(error), f"{path.name}: {error}"
        return "not for LiteRT: " + NOT_RUN[path.name]
    assert path.name not in NOT_RUN, f"{path.name}: LiteRT runs it now"
    assert all(np.isfinite(x).all() for x in expected), f"{path.name}: outputs are not finite"
    if not binary:
        return "runs"
    worst = max(difference(expected, outputs(optimized(binary, path, level, folder))) for level in LEVELS)
    assert worst <= 1e-4, f"{path.name}: the optimized outputs differ by {worst:.1e}"
    return f"outputs differ by {worst:.1e}"


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        for path, fresh in (fixtures(HERE) | fixtures(HERE / "format")).items():
            content = path.read_bytes()
            assert content == fresh, f"{path.name} is not what make.py makes"
            print(f"{path.name}: {verdict(path, content, pathlib.Path(folder), binary)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
