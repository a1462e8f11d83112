#!/usr/bin/env python3
"""Does `circle-opt optimize -O0` keep everything that a file holds?

usage: lossless.py CIRCLE_OPT SAME.py FOLDER...

Rewrites every *.circle of the folders at -O0, compares whole object trees by the functions of SAME.py, and prints how
many are the same. Exit 1 if one is not.
needs: pip install circle-schema flatbuffers numpy
"""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile


def load_same(path):
    spec = importlib.util.spec_from_file_location("same", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fault(same, binary, path, out):
    """What is lost, or None."""
    run = subprocess.run([binary, "optimize", "-O0", path, "-o", out], capture_output=True, text=True)
    if run.returncode:
        return f"exit {run.returncode}: {run.stderr.strip()}"
    return same.first(same.load(path), same.load(out))


def main(binary, same_path, *folders):
    same = load_same(same_path)
    models = [path for folder in folders for path in sorted(pathlib.Path(folder).glob("*.circle"))]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.circle"
        for path in models:
            why = fault(same, binary, path, out)
            if why:
                bad += 1
                print(f"{path.name}: {why}")
    print(f"{len(models) - bad} of {len(models)} models are the same after -O0")
    return 1 if bad or not models else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
