#!/usr/bin/env python3
"""How long `circle-opt optimize` takes for a big model, in copies of the file, and how much memory beyond the map.

usage: bench_copy.py CIRCLE_OPT [--runs N] [--folder DIR] [--gigabytes G,...] [--stream]

Makes models of 1.5 GB (constants inside the flatbuffer) and 2.6 GB (external buffers) in a temporary folder, then runs
`cp` and `circle-opt optimize` on the warm file in turn, either first in every second run. Prints the median times, the
median ratio of neighbouring runs, and the peak of resident anonymous memory. Exit 1 past 1.2 copies or 100 MB.
With --stream the model comes from a pipe and goes into one, `cat MODEL | circle-opt optimize - -o - | cat`, beside
`cat MODEL | cat | cat`: a pipe cannot be mapped, so the model itself may be resident once more, and its reading waits for
its end.
needs: pip install circle-schema flatbuffers numpy; Linux; free disk of twice the biggest model
"""
import argparse
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import flatbuffers
import numpy as np
from circle_schema import circle

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "models"))
import make  # noqa: E402

MOST_COPIES, MOST_MEGABYTES = 1.2, 100
ALIGNMENT, PIECE = 16, 1 << 26
INTERNAL_LIMIT = 1 << 31


class BigGraph(make.Graph):
    """A graph whose weights are sizes only; `save` streams their content."""

    def __init__(self, external):
        super().__init__(0)
        self.external, self.big = external, {}

    def weight(self, name, *shape):
        buffer = circle.Buffer.BufferT()
        size = 4 * int(np.prod(shape))
        if self.external:
            buffer.offset, buffer.size = 2, size
        else:
            buffer.data = np.zeros(1, np.uint8)
        self.buffers.append(buffer)
        self.big[len(self.buffers) - 1] = size
        return self.tensor(name, shape, buffer=len(self.buffers) - 1)

    def save(self, path):
        tables = bytearray(self.finish())
        places, end = {}, len(tables)
        for buffer, size in self.big.items():
            start = -(-(end + 4) // ALIGNMENT) * ALIGNMENT
            places[buffer], end = start, start + size
            self.point(tables, buffer, start)
        with open(path, "wb") as file:
            file.write(tables)
            for buffer, start in places.items():
                length = b"" if self.external else struct.pack("<I", self.big[buffer])
                file.write(bytes(start - len(length) - file.tell()) + length)
                write_weights(file, self.big[buffer], buffer)

    def point(self, tables, buffer, start):
        """Makes a buffer's table say that its bytes are at `start`."""
        table = circle.Model.Model.GetRootAs(tables, 0).Buffers(buffer)._tab
        field = lambda number: table.Pos + table.Offset(4 + 2 * number)
        if self.external:
            struct.pack_into("<Q", tables, field(1), start)
        else:
            struct.pack_into("<I", tables, field(0), start - 4 - field(0))


def write_weights(file, size, seed):
    """Writes small random numbers; each seed gives others."""
    piece = np.random.RandomState(seed).randint(0, 1 << 16, PIECE // 2, np.uint16).view(np.uint32)
    piece = ((piece >> 9) | 0x3F800000).view(np.float32) - np.float32(1.5)
    piece *= np.float32(0.02)
    content = memoryview(piece).cast("B")
    for start in range(0, size, PIECE):
        file.write(content[:min(PIECE, size - start)])


def transformer(gigabytes, dim=4096, width=128, blocks=3):
    """Dense layers of `gigabytes` around an attention head whose rotary embedding folds."""
    size = int(gigabytes * 1e9)
    g = BigGraph(external=size >= INTERNAL_LIMIT)
    hidden = size // (2 * blocks * dim * 4) // 8 * 8
    cos, sin = (g.constant(name, content) for name, content in zip(("cos", "sin"), make.angles(width, 7)))
    x, past = g.input("x", [1, 1, dim]), [g.input(name, [1, 7, width]) for name in ("past_k", "past_v")]

    def rotated(name):
        y = g.dense(name, x, g.weight(f"{name}_weight", width, dim))
        return g.rotary(name, y, g.rotate_half(f"{name}_turned", y), cos, sin)

    key = g.join("keys", [past[0], rotated("k")], 1)
    value = g.join("values", [past[1], g.dense("v", x, g.weight("v_weight", width, dim))], 1)
    scores = g.matmul("scores", rotated("q"), g.transpose("keys_transposed", key, [0, 2, 1]))
    context = g.matmul("context", g.softmax("probabilities", scores), value)
    y = g.elementwise("ADD", "residual", g.dense("o", context, g.weight("o_weight", dim, width)), x)
    for i in range(blocks):
        up = g.dense(f"up{i}", y, g.weight(f"up{i}_weight", hidden, dim), activation=make.ACTIVATION.RELU)
        y = g.dense(f"down{i}", up, g.weight(f"down{i}_weight", dim, hidden), activation=make.ACTIVATION.RELU)
    g.output(y)
    return g


def timed(command, streamed=None):
    """Seconds of a command and the peak of its anonymous memory in bytes; `streamed` are the files at the ends of its pipes."""
    os.sync()
    start = time.perf_counter()
    process, ends = (piped(command, *streamed) if streamed else (subprocess.Popen(command, stdout=subprocess.DEVNULL), []))
    peak = 0
    while process.poll() is None:
        peak = max(peak, anonymous_memory(process.pid))
        time.sleep(0.002)
    if any(end.wait() for end in ends):
        sys.exit(f"{command}: its pipes broke")
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{command}: exit {process.returncode}")
    return seconds, peak


def piped(command, model, out):
    """A command between two `cat`, the first of which reads a file and the last of which writes one."""
    first = subprocess.Popen(["cat", model], stdout=subprocess.PIPE)
    process = subprocess.Popen(command, stdin=first.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(out, "wb") as file:
        last = subprocess.Popen(["cat"], stdin=process.stdout, stdout=file)
    first.stdout.close(), process.stdout.close()
    return process, [first, last]


def anonymous_memory(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    kilobytes = [int(line.split()[1]) for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem"))]
    return 1024 * sum(kilobytes)


def warm(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(PIECE):
            pass


def measure(binary, gigabytes, folder, runs, stream):
    model, copy, out = (folder / name for name in ("in.circle", "copy.circle", "out.circle"))
    transformer(gigabytes).save(model)
    plain = "cat" if stream else "cp"
    commands = {plain: ["cp", model, copy], "optimize": [binary, "optimize", model, "-o", out]}
    if stream:
        commands = {plain: ["cat"], "optimize": [binary, "optimize", "-", "-o", "-"]}
    seconds, peaks = {plain: [], "optimize": []}, {plain: [], "optimize": []}
    for run in range(runs):
        for name in sorted(commands, reverse=run % 2 == 1):
            copy.unlink(missing_ok=True)
            out.unlink(missing_ok=True)
            warm(model)
            time_taken, peak = timed(commands[name], (model, out) if stream else None)
            seconds[name].append(time_taken)
            peaks[name].append(peak / 1e6)
    ratio = statistics.median(b / a for a, b in zip(seconds[plain], seconds["optimize"]))
    memory = max(peaks["optimize"]) - (model.stat().st_size / 1e6 if stream else 0)
    bound = "" if stream else f" (at most {MOST_COPIES})"
    print(f"{model.stat().st_size / 1e9:.2f} GB: {plain} {statistics.median(seconds[plain]):.2f} s, "
          f"optimize {statistics.median(seconds['optimize']):.2f} s, ratio {ratio:.2f}{bound}, {memory:.0f} MB beyond the "
          f"{'model' if stream else 'map'} (at most {MOST_MEGABYTES}); {runs} runs of each in turn", flush=True)
    return (stream or ratio <= MOST_COPIES) and memory <= MOST_MEGABYTES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--gigabytes", default="1.5,2.6")
    parser.add_argument("--stream", action="store_true")
    args = parser.parse_args()
    good = True
    for gigabytes in map(float, args.gigabytes.split(",")):
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            good &= measure(args.binary, gigabytes, pathlib.Path(folder), args.runs, args.stream)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
