#!/usr/bin/env python3
"""Exports models of torch, torchvision and transformers with random weights, optimizes each, and compares.

usage: measure_exports.py BIN FOLDER [NAME ...] [--runs N] [--table FILE.md]

BIN is circle-opt. Models are kept in FOLDER and not exported again. For each model: operators and constant bytes before
and after, the worst relative difference of outputs in LiteRT, and the median latency of the optimized model relative to
the original's, the two run by turns in LiteRT on one thread. Exits 1 if outputs differ by more than 1e-4, a model grows,
or one is slower than 1.02 times the original.
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
import litert
import stats

SLOWEST, TOLERANCE = 1.02, 1e-4
MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


def ids(vocabulary, length=16):
    import torch

    return (torch.randint(0, vocabulary, (1, length), dtype=torch.int32),)


def transformer(cls, config, inputs, **sizes):
    """A model of transformers, and its first output alone."""
    import torch
    import transformers

    inner = getattr(transformers, cls)(getattr(transformers, config)(attn_implementation="eager", **sizes)).eval()

    class First(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, *given):
            return self.inner(*given, return_dict=False)[0]

    return First().eval(), inputs


def decoder(cls, config, **sizes):
    return transformer(cls, config, ids(1000), vocab_size=1000, hidden_size=128, intermediate_size=256,
                       num_hidden_layers=2, num_attention_heads=4, use_cache=False, **sizes)


@model
def distilbert():
    return transformer("DistilBertModel", "DistilBertConfig", ids(1000), vocab_size=1000, dim=128, hidden_dim=256,
                       n_layers=2, n_heads=4)


@model
def t5_encoder():
    return transformer("T5EncoderModel", "T5Config", ids(1000), vocab_size=1000, d_model=128, d_kv=32, d_ff=256,
                       num_layers=2, num_heads=4)


@model
def whisper_encoder():
    import torch
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    inner = WhisperEncoder(WhisperConfig(d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128,
                                         num_mel_bins=40, max_source_positions=50, attn_implementation="eager")).eval()

    class First(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x).last_hidden_state

    return First().eval(), (torch.randn(1, 40, 100),)


@model
def qwen2():
    return decoder("Qwen2Model", "Qwen2Config", num_key_value_heads=2)


@model
def gemma():
    return decoder("GemmaModel", "GemmaConfig", num_key_value_heads=1, head_dim=32)


@model
def phi():
    return decoder("PhiModel", "PhiConfig", num_key_value_heads=4)


@model
def deit():
    import torch

    return transformer("DeiTModel", "DeiTConfig", (torch.randn(1, 3, 64, 64),), image_size=64, hidden_size=128,
                       num_hidden_layers=2, num_attention_heads=4, intermediate_size=256)


def vision(name, size=64, **options):
    """A model of torchvision whose batch statistics were settled on random data, so that outputs are of order one."""
    import torch
    import torchvision

    made = getattr(torchvision.models, name)(weights=None, num_classes=10, **options)
    for layer in made.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 0.5
    made.train()
    with torch.no_grad():
        for _ in range(6):
            made(torch.randn(8, 3, size, size))
    return made.eval(), (torch.randn(1, 3, size, size),)


@model
def resnet18():
    return vision("resnet18")


@model
def mobilenet_v3_small():
    return vision("mobilenet_v3_small")


@model
def efficientnet_b0():
    return vision("efficientnet_b0")


@model
def attention_mixer():
    """Layers of torch itself: a transformer encoder between convolutions."""
    import torch
    from torch import nn

    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 32, 4, 4), nn.BatchNorm2d(32), nn.SiLU())
            self.qkv, self.out, self.norm = nn.Linear(32, 96), nn.Linear(32, 32), nn.LayerNorm(32)
            self.head = nn.Sequential(nn.Linear(32, 64), nn.GELU(approximate="tanh"), nn.Linear(64, 10))

        def forward(self, x):
            x = self.stem(x).flatten(2).transpose(1, 2)
            q, k, v = self.qkv(self.norm(x)).reshape(1, -1, 3, 4, 8).permute(2, 0, 3, 1, 4)
            x = x + self.out((torch.softmax(q @ k.transpose(-1, -2) / 8**0.5, -1) @ v).transpose(1, 2).flatten(2))
            return self.head(x.mean(1))

    return Mixer().eval(), (torch.randn(1, 3, 32, 32),)


def export(name, path):
    import tico
    import torch

    torch.manual_seed(0)
    made, inputs = MODELS[name]()
    tico.convert(made, inputs).save(str(path))


def ratio(before, after, runs):
    """Median latency of `after` relative to `before`, run by turns; the lower of three tries, since others run too."""
    a, b = (litert.Runner(str(path), ref=False).feed() for path in (before, after))
    return min(one_ratio(a.it, b.it, runs) for _ in range(3))


def one_ratio(a, b, runs):
    times = [[], []]
    for i in range(runs + 3):
        for which, interpreter in enumerate((a, b) if i % 2 else (b, a)):
            slot = times[which if i % 2 else 1 - which]
            start = time.perf_counter()
            interpreter.invoke()
            slot.append(time.perf_counter() - start)
    return float(np.median(times[1][3:]) / np.median(times[0][3:]))


def measure(binary, name, folder, runs):
    before, after = folder / f"{name}.circle", folder / f"{name}.opt.circle"
    if not before.exists():
        export(name, before)
    subprocess.run([binary, "optimize", "-q", before, "-o", after], check=True)
    (ops, constants, _), (ops_after, constants_after, _) = stats.stats(str(before)), stats.stats(str(after))
    ops, ops_after = sum(ops.values()), sum(ops_after.values())
    difference, latency = litert.diff(str(before), str(after)), ratio(before, after, runs)
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
    parser.add_argument("--runs", type=int, default=101)
    parser.add_argument("--table", type=pathlib.Path)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    print("\n".join(HEAD))
    results = [measure(args.binary, name, args.folder, args.runs) for name in args.names or MODELS]
    if args.table:
        args.table.write_text("\n".join(HEAD + [row for row, _ in results]) + "\n")
    return any(bad for _, bad in results)


if __name__ == "__main__":
    sys.exit(main())
