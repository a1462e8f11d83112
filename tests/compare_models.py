"""Hold the interpreter against LiteRT's reference kernels on whole models.

usage: compare_models.py RUN_MODEL MODEL...   (RUN_MODEL: cargo build --release --example run_model)
Needs ai-edge-litert, circle-schema, flatbuffers and numpy, and tools/litert.py in LITERT_DIR or beside the models.
Exits 1 if an output differs by more than 1e-5, relative to the largest element of LiteRT's.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.environ.get("LITERT_DIR", "../shared/tools"))
import litert

TOLERANCE = 1e-5


def ours(run_model, path, inputs):
    with tempfile.TemporaryDirectory() as directory:
        files = []
        for i, a in enumerate(inputs):
            files.append(os.path.join(directory, f"in{i}"))
            a.tofile(files[-1])
        subprocess.run([run_model, path, directory, *files], check=True)
        return [open(os.path.join(directory, f"{i}.bin"), "rb").read() for i in range(len(os.listdir(directory)) - len(files))]


def worst(run_model, path, seed):
    runner = litert.Runner(path).feed(seed)
    inputs = [runner.it.get_tensor(d["index"]) for d in runner.it.get_input_details()]
    reference = runner()
    difference = 0.0
    for want, got in zip(reference, ours(run_model, path, inputs), strict=True):
        got = np.frombuffer(got, want.dtype).reshape(want.shape).astype(np.float64)
        want = want.astype(np.float64)
        assert np.isfinite(want).all(), "LiteRT's output is not finite"
        difference = max(difference, np.abs(got - want).max() / (1e-6 + np.abs(want).max()))
    return difference


if __name__ == "__main__":
    run_model, *models = sys.argv[1:]
    bad = 0
    for path in models:
        difference = max(worst(run_model, path, seed) for seed in range(3))
        bad += difference > TOLERANCE
        print(f"{os.path.basename(path):28} {difference:.2e}" + ("  DIFFERS" if difference > TOLERANCE else ""))
    sys.exit(1 if bad else 0)
