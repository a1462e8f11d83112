"""Hold the interpreter against LiteRT's reference kernels on whole models.

usage: compare_models.py RUN_MODEL PATH...   (RUN_MODEL: cargo build --release --example run_model; a folder is its *.circle)
Needs ai-edge-litert, circle-schema, flatbuffers and numpy, and tools/litert.py in LITERT_DIR or beside the models.

Prints for each model the largest difference of its outputs over three sets of inputs, relative to the largest finite
element of LiteRT's, and the tolerance. What is not a number must be so in both; integers must be equal. Exits 1 if an
output differs, or if LiteRT runs a model that the interpreter does not and `EXCEPT` has no reason for.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.environ.get("LITERT_DIR", "../shared/tools"))
import litert

from apart import DTYPES, run_apart

# Both sum in other orders and take functions from other libraries; a float model is a chain of such steps.
TOLERANCE = 1e-5
SEEDS = range(3)
NAMES = {code: name for name, code in DTYPES.items()}
# Models that LiteRT runs and the interpreter does not, or runs to other results, and why.
EXCEPT = {
    "Logistic_U8_000.circle": "its zero points, -128, are no u8, so its numbers stand for nothing here; LiteRT computes with them all the same",
    "spectrogram.circle": "its custom operator is one of LiteRT's own",
}
# Models of operators whose reference kernels are contradicted by LiteRT's other ones and by the definition, and how.
WRONG_REFERENCE = {"LocalResponseNormalization_000.circle": "the last neighbour is left out"}


def packed(array):
    header = np.asarray([array.ndim, *array.shape], "<u4").tobytes()
    return bytes([DTYPES[array.dtype.name]]) + header + np.ascontiguousarray(array).tobytes()


def unpacked(content):
    arrays = []
    while content:
        rank = int.from_bytes(content[1:5], "little")
        dims = np.frombuffer(content, "<u4", rank, 5)
        dtype, start = np.dtype(NAMES[content[0]]), 5 + 4 * rank
        count = int(np.prod(dims, dtype=np.int64))
        arrays.append(np.frombuffer(content, dtype, count, start).reshape(dims))
        content = content[start + count * dtype.itemsize:]
    return arrays


def theirs(path):
    """Inputs and outputs of each seed, or why there are none."""
    def sets():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        reference = os.path.basename(path) not in WRONG_REFERENCE
        answer = []
        for seed in SEEDS:
            # A new one each time: variables begin anew.
            runner = litert.Runner(path, ref=reference).feed(seed)
            inputs = [runner.it.get_tensor(d["index"]) for d in runner.it.get_input_details()]
            answer.append((inputs, runner()))
        return answer

    answer = run_apart(sets, BaseException)
    return answer.splitlines()[0] if isinstance(answer, str) else answer


def ours(run_model, path, inputs):
    """The outputs, or why there are none."""
    with tempfile.TemporaryDirectory() as directory:
        given, computed = os.path.join(directory, "in"), os.path.join(directory, "out")
        with open(given, "wb") as file:
            file.write(b"".join(packed(a) for a in inputs))
        done = subprocess.run([run_model, path, given, computed], capture_output=True, text=True)
        if done.returncode:
            return done.stderr.strip()
        with open(computed, "rb") as file:
            return unpacked(file.read())


def difference(want, got):
    if want.shape != got.shape or want.dtype != got.dtype:
        return np.inf
    if not np.issubdtype(want.dtype, np.inexact):
        return 0.0 if np.array_equal(want, got) else np.inf
    wide = np.complex128 if np.iscomplexobj(want) else np.float64
    want, got = want.astype(wide), got.astype(wide)
    finite = np.isfinite(want)
    if not np.array_equal(want[~finite], got[~finite], equal_nan=True) or not np.isfinite(got[finite]).all():
        return np.inf
    return np.abs(got - want)[finite].max(initial=0.0) / (1e-6 + np.abs(want[finite]).max(initial=0.0))


def verdict(run_model, path):
    """What the table says of a model, and whether that is good."""
    sets = theirs(path)
    if isinstance(sets, str):
        return "LiteRT does not run it: " + sets[:90], True
    worst = 0.0
    for inputs, want in sets:
        got = ours(run_model, path, inputs)
        if isinstance(got, str):
            return "NOT RUN: " + got, False
        pairs = zip(want, got, strict=True)
        worst = max([worst, *(difference(w, g) for w, g in pairs)])
    return f"{worst:.1e} of {TOLERANCE:.0e}" + ("" if worst <= TOLERANCE else "  DIFFERS"), worst <= TOLERANCE


def models(paths):
    for path in paths:
        names = sorted(os.listdir(path)) if os.path.isdir(path) else [""]
        yield from (os.path.join(path, n) if n else path for n in names if not n or n.endswith(".circle"))


def main():
    run_model, *paths = sys.argv[1:]
    bad = same = 0
    for path in models(paths):
        name = os.path.basename(path)
        (text, good), known = verdict(run_model, path), name in EXCEPT
        if known:
            text += "  AN EXCEPTION NO MORE" if good else f"  (known: {EXCEPT[name]})"
        bad += bool(good) == known
        same += text.endswith(f"of {TOLERANCE:.0e}")
        print(f"{name:44} {text}", flush=True)
    print(f"{same} models are the same, {bad} are not")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
