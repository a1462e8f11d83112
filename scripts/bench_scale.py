#!/usr/bin/env python3
"""How the time of `circle-opt optimize` grows with the model, on one core.

usage: bench_scale.py CIRCLE_OPT MAKE_DECODER [--sizes N,...] [--runs N] [--against CIRCLE_OPT]

MAKE_DECODER is target/release/examples/make_decoder (`cargo build --release -p optimizer-core --example make_decoder`).
Decoders of each size are optimized in turn, again and again. Printed are the processor time per operator, the ratio of
the largest to that of 10,000 operators, operators per second, and what an ever smaller model costs beside `true`.
With --against also how many times longer another build of the program takes for each size, in the same run.
needs: Linux
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

SMALL, BASE = 100, 10_000
MOST_GROWTH, LEAST_SPEED, MOST_START = 1.5, 500_000, 0.005


def run(command):
    """Processor seconds and wall seconds of a command on the first core."""
    environment = dict(os.environ, RAYON_NUM_THREADS="1")
    start = time.perf_counter()
    process = subprocess.Popen(["taskset", "-c", "0", *command], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command}: status {status}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("make_decoder")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against")
    args = parser.parse_args()
    sizes = sorted({SMALL, BASE, *map(int, args.sizes.split(","))})
    with tempfile.TemporaryDirectory() as folder:
        commands = {"true": ["true"]}
        for size in sizes:
            model = str(pathlib.Path(folder) / f"{size}.circle")
            subprocess.run([args.make_decoder, str(size), model], check=True)
            options = ["optimize", "-q", model, "-o", model + ".out"]
            commands[size] = [args.binary, *options]
            if args.against:
                commands["against", size] = [args.against, *options]
        seconds = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, command in commands.items():
                seconds[name].append(run(command))
        return report(sizes, seconds)


def report(sizes, seconds):
    processor = {name: statistics.median(cpu for cpu, _ in runs) for name, runs in seconds.items()}
    for size in sizes[1:]:
        other = processor.get(("against", size))
        ratio = f", the other {other / processor[size]:.2f} times as long" if other else ""
        print(f"{size:>9} operators: {processor[size]:.3f} s, {processor[size] / size * 1e6:.2f} us each{ratio}")
    growth = statistics.median(
        (big / sizes[-1]) / (base / BASE) for (big, _), (base, _) in zip(seconds[sizes[-1]], seconds[BASE]))
    speed = sizes[-1] / processor[sizes[-1]]
    start = min(wall for _, wall in seconds[SMALL]) - min(wall for _, wall in seconds["true"])
    print(f"time per operator, {sizes[-1]} against {BASE}: {growth:.2f} (at most {MOST_GROWTH})")
    print(f"operators per second of {sizes[-1]}: {speed:,.0f} (at least {LEAST_SPEED:,})")
    print(f"{SMALL} operators: {start * 1e3:.1f} ms more than `true` (at most {MOST_START * 1e3:.0f})")
    return 0 if growth <= MOST_GROWTH and speed >= LEAST_SPEED and start <= MOST_START else 1


if __name__ == "__main__":
    raise SystemExit(main())
