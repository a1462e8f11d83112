#!/usr/bin/env python3
"""Exports a model with TICO, optimizes it with circle-opt, and runs both: one process, one script.

usage: export_optimize_run.py [FOLDER]

The model is one layer of attention with rotary embedding. Files go to FOLDER, or to a temporary one.
needs: pip install circle_opt-*.whl tico 'torch<2.14' numpy
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import tico
import torch
from tico.utils.model import CircleModel


class Attention(torch.nn.Module):
    """Two heads whose queries and keys turn with their position."""

    def __init__(self, width=32, heads=2, length=8):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.q, self.k, self.v, self.out = (torch.nn.Linear(width, width) for _ in range(4))
        angles = torch.outer(torch.arange(length), 10000 ** (-torch.arange(0, self.size, 2) / self.size))
        angles = torch.cat([angles, angles], -1)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def split(self, x):
        return x.reshape(1, -1, self.heads, self.size).transpose(1, 2)

    def turn(self, x):
        low, high = x.chunk(2, -1)
        return x * self.cos + torch.cat([-high, low], -1) * self.sin

    def forward(self, x):
        q, k, v = self.turn(self.split(self.q(x))), self.turn(self.split(self.k(x))), self.split(self.v(x))
        scores = torch.softmax(q @ k.transpose(-1, -2) / self.size**0.5, -1)
        return self.out((scores @ v).transpose(1, 2).reshape(x.shape))


def main(folder):
    torch.manual_seed(0)
    x = torch.randn(1, 8, 32)
    exported, optimized = folder / "attention.circle", folder / "attention.opt.circle"
    before = tico.convert(Attention().eval(), (x,))
    before.save(exported)
    subprocess.run(["circle-opt", "optimize", exported, "-o", optimized], check=True)
    after = CircleModel.load(str(optimized))
    difference = float(numpy.abs(before(x) - after(x)).max())
    print(f"largest difference of the outputs: {difference:.1e}")
    sys.exit(difference > 1e-5)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(pathlib.Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(temporary))
