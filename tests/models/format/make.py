#!/usr/bin/env python3
"""Writes the small models beside this script: one for each thing that a file can say and others do not.

usage: make.py [FOLDER]        (without FOLDER: the folder of this script)
needs: pip install circle-schema flatbuffers numpy

Each has two additions of constants beside what it is about, which are one after `-O1`. The same versions give the same
bytes. `tests/features.rs` says what each file is for.
"""
import pathlib
import sys

import numpy as np
from circle_schema import circle as c
from flatbuffers import flexbuffers

import graphs
import storage
from building import File, table


def custom_options():
    """Operators that nobody knows: with FlexBuffers, with other bytes, with bytes past the tables, with none."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [4]), f.tensor("h", [4]), f.tensor("y", [4]), f.tensor("z", [4]), f.tensor("last", [4])
    small = np.frombuffer(b"\x01\x02small", np.uint8)
    flexible = np.frombuffer(flexbuffers.Dumps({"threshold": 0.5, "names": ["a", "b"]}), np.uint8)
    f.op("CUSTOM", [0, -1], [1], custom="Small", customOptions=small, version=3, debugMetadataIndex=2)
    f.op("CUSTOM", [1], [2], custom="Large", large=b"large options " * 20)
    f.op("CUSTOM", [2], [3], custom="Flexible", customOptions=flexible)
    f.op("CUSTOM", [3], [4], custom="None")
    f.end(f.shifts(4, [4]))
    return f.content()


def spectrogram():
    """A custom operator of LiteRT, whose FlexBuffer it reads."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [16, 1]), f.tensor("y", [1, 3, 5])
    options = flexbuffers.Dumps({"window_size": 8, "stride": 4, "magnitude_squared": True})
    f.op("CUSTOM", [f.shifts(0, [16, 1])], [1], custom="AudioSpectrogram", customOptions=np.frombuffer(options, np.uint8))
    f.end(1)
    return f.content()


def strings():
    f = File()
    f.graph("main", 2)
    text = np.array([2, 16, 18, 23], np.int32).tobytes() + b"hiworld"
    f.tensor("s", [2], "STRING"), f.tensor("x", [2]), f.tensor("c", [2], "STRING", text), f.tensor("r", [2], "STRING")
    f.op("CUSTOM", [0, 2], [3], custom="Join")
    f.end(3, f.shifts(1, [2]))
    return f.content()


def dynamic_shapes():
    """Dims and ranks that only a run knows."""
    f = File()
    f.graph("main", 2)
    batch = dict(shapeSignature=np.array([-1, 3], np.int32))
    f.tensor("x", [1, 3], **batch), f.tensor("s", [])
    two = f.constant("two", np.float32(2))
    h, y = f.tensor("h", [1, 3], **batch), f.tensor("y", None)
    f.tensor("unused", [7], "INT32")
    f.op("MUL", [0, two], [h], table("MulOptions"))
    f.op("ADD", [f.shifts(h, [1, 3], **batch), 1], [y], table("AddOptions"))
    f.end(y)
    return f.content()


def variants():
    """A list of tensors, of which the file says what it holds."""
    f = File()
    f.graph("main", 1)
    f.tensor("x", [2])
    holds = table("VariantSubType", shape=np.array([2], np.int32), type=2, hasRank=True)
    items = f.tensor("items", [], "VARIANT", variantTensors=[holds], hasRank=True)
    y = f.tensor("y", [2])
    f.op("CUSTOM", [f.shifts(0, [2])], [items], custom="ListFrom")
    f.op("CUSTOM", [items], [y], custom="ListItem")
    f.end(y)
    return f.content()


def metadata():
    """Named buffers, some of which operators and graphs point to by number."""
    f = File(description="converted")
    f.graph("main", 1)
    f.tensor("x", [2]), f.tensor("y", [2])
    f.op("EXP", [f.shifts(0, [2])], [1], table("ExpOptions"), debugMetadataIndex=1)
    f.end(1)
    f.model.subgraphs[0].debugMetadataIndex = 0
    names = {"min_runtime_version": b"1.5.0\0", "CIRCLE.debug": b"graph and operators", "ONE_source_table": bytes(range(40))}
    f.model.metadata = [table("Metadata", name=name, buffer=f.buffer(content)) for name, content in names.items()]
    f.model.metadata.append(table("Metadata", name="empty"))
    return f.content()


def signature():
    """What tflite files say and circle files do not: ranks, a version, a list of metadata, options left out."""
    f = File(description="converted")
    f.model.version = 3
    f.graph("main", 2)
    f.tensor("x", [2], hasRank=True), f.tensor("n", [2], "INT64", hasRank=True)
    f.tensor("y", [2], hasRank=True), f.tensor("m", [2], data=np.ones(2, np.float32))
    f.op("CAST", [1], [f.tensor("h", [2])], builtinOptionsType=c.BuiltinOptions.BuiltinOptions.CastOptions)
    f.op("ADD", [f.shifts(4, [2]), 3], [2], table("AddOptions"), version=2)
    f.end(2, 0)
    f.model.signatureDefs = [
        table("SignatureDef", signatureKey="serve", inputs=graphs.maps(a=0, b=1), outputs=graphs.maps(y=2, x=0))]
    f.model.metadata = [table("Metadata", name="min_runtime_version", buffer=f.buffer(b"1.5.0\0")), table("Metadata", name="none")]
    f.model.metadataBuffer = [f.model.metadata[0].buffer]
    f.model.subgraphs[0].debugMetadataIndex = 1
    return f.content(b"TFL3")


def circle_only():
    f = File()
    f.graph(None, 1)
    f.tensor("x", [1, 2, 2, 3])
    f.tensor("gamma", [3], data=np.ones(3, np.float32)), f.tensor("beta", [3], data=np.zeros(3, np.float32))
    f.tensor("y", [1, 2, 2, 3]), f.tensor("axes", [2], "INT64", np.array([1, 2], np.int64)), f.tensor("mean", [1, 3])
    norm = table("InstanceNormOptions", epsilon=1e-5, fusedActivationFunction=1)
    f.op("INSTANCE_NORM", [f.shifts(0, [1, 2, 2, 3]), 1, 2], [3], norm)
    f.op("MEAN", [3, 4], [5], table("ReducerOptions"))
    f.end(5, 3)
    return f.content()


MODELS = {f"{make.__name__}.circle": make for make in (
    custom_options, spectrogram, strings, dynamic_shapes, variants, metadata, circle_only)}
MODELS |= {"signature.tflite": signature} | graphs.MODELS | storage.MODELS


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MODELS.items():
        (folder / name).write_bytes(make())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
