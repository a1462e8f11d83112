#!/usr/bin/env python3
"""Exports models of torch, torchvision and transformers with random weights, optimizes each, and compares.

usage: measure_exports.py BIN FOLDER [NAME ...] [--pairs N] [--table FILE.md]

BIN is circle-opt. Models of exports.py are kept in FOLDER and not exported again. For each model: operators and constant
bytes before and after, the worst relative difference of outputs in LiteRT, and the latency of the optimized model relative
to the original's, a median of medians over pairs of samples in LiteRT on one thread. Exits 1 if outputs differ by more
than 1e-4, a model grows, or one is slower than 1.02 times the original.
needs: pip install torch torchvision transformers tico ai-edge-litert circle-schema flatbuffers numpy
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
sys.path.insert(0, os.environ.get("LITERT_DIR", "../shared/tools"))
import exports
import litert
import stats

SLOWEST, TOLERANCE = 1.02, 1e-4
# How long a sample takes at least, in seconds, so that clock and caches do not matter; and how often a ratio is taken.
SAMPLE, FEW, MANY = 5e-4, 5, 16


def export(name, path):
    import tico
    import torch

    torch.manual_seed(0)
    made, inputs = exports.MODELS[name]()
    tico.convert(made, inputs).save(str(path))


def ratio(before, after, pairs):
    """Latency of `after` relative to `before`: the median over interpreters, for where one has its memory alone changes
    it by a tenth in small models. One that is too high is taken again with more of them, and all count."""
    ratios = [one_ratio(before, after, pairs) for _ in range(FEW)]
    if np.median(ratios) > SLOWEST:
        ratios += [one_ratio(before, after, pairs) for _ in range(MANY)]
    return float(np.median(ratios))


def one_ratio(before, after, pairs):
    """The median over pairs of samples, which stand next to each other and begin with the one and the other by turns."""
    runners = [litert.Runner(str(path), ref=False).feed().it for path in (before, after)]
    repeats = max(1, int(SAMPLE / min(sample(runner, 3) for runner in runners)))
    ratios = []
    for i in range(pairs + 3):
        order = runners if i % 2 else runners[::-1]
        times = {id(runner): sample(runner, repeats) for runner in order}
        ratios.append(times[id(runners[1])] / times[id(runners[0])])
    return float(np.median(ratios[3:]))


def sample(runner, repeats):
    """Seconds of one run, over so many."""
    start = time.perf_counter()
    for _ in range(repeats):
        runner.invoke()
    return (time.perf_counter() - start) / repeats


def measure(binary, name, folder, pairs):
    before, after = folder / f"{name}.circle", folder / f"{name}.opt.circle"
    if not before.exists():
        export(name, before)
    subprocess.run([binary, "optimize", "-q", before, "-o", after], check=True)
    (ops, constants, _), (ops_after, constants_after, _) = stats.stats(str(before)), stats.stats(str(after))
    ops, ops_after = sum(ops.values()), sum(ops_after.values())
    difference, latency = litert.diff(str(before), str(after)), ratio(before, after, pairs)
    grew = constants_after > constants + 256 or ops_after > ops
    row = f"| {name} | {ops} | {ops_after} | {constants:,} | {constants_after:,} | {difference:.0e} | {latency:.2f} |"
    print(row, "GREW" * grew, "DIFFERS" * (difference > TOLERANCE), "SLOWER" * (latency > SLOWEST), flush=True)
    return row, grew or not difference <= TOLERANCE or latency > SLOWEST


HEAD = ["| model | operators | after | constant bytes | after | difference | latency |", "|---|---:|---:|---:|---:|---:|---:|"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--pairs", type=int, default=31)
    parser.add_argument("--table", type=pathlib.Path)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    print("\n".join(HEAD))
    results = [measure(args.binary, name, args.folder, args.pairs) for name in args.names or exports.MODELS]
    if args.table:
        args.table.write_text("\n".join(HEAD + [row for row, _ in results]) + "\n")
    return any(bad for _, bad in results)


if __name__ == "__main__":
    sys.exit(main())
