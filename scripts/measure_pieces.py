#!/usr/bin/env python3
"""Times operators in LiteRT on feature maps whose channels come first and last: what a contiguous piece more costs.

usage: measure_pieces.py [--rounds N]

An operator that joins, cuts or broadcasts goes over contiguous pieces; the fewer channels, the shorter the pieces where
channels come last. Each operator stands COPIES times in a model of its own, which runs on one thread with XNNPACK, as it
does by default. Prints nanoseconds of one copy, the nanoseconds for each piece more, and, for transposes, those for
each byte that is read or written; `optimizer-core/src/op/pieces.rs` and `pass/layout/cost.rs` reckon with those of few channels.
needs: pip install ai-edge-litert circle-schema flatbuffers numpy
"""
import argparse
import time

import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from circle_schema import circle

COPIES, SAMPLE = 8, 3e-4
MAPS = [(16, 4), (16, 16), (32, 4), (32, 8), (32, 32), (56, 24), (28, 128)]
OPERATORS = circle.BuiltinOperator.BuiltinOperator
OPTIONS = circle.BuiltinOptions.BuiltinOptions


class Model:
    """A model of copies of one operator in the making."""

    def __init__(self):
        self.model, self.graph = circle.Model.ModelT(), circle.SubGraph.SubGraphT()
        self.model.version, self.model.subgraphs = 3, [self.graph]
        self.model.buffers = [circle.Buffer.BufferT()]
        self.graph.tensors, self.graph.operators, self.graph.inputs, self.graph.outputs = [], [], [], []

    def tensor(self, shape, data=None):
        tensor, kind = circle.Tensor.TensorT(), circle.TensorType.TensorType
        tensor.shape, tensor.name, tensor.buffer = list(shape), f"t{len(self.graph.tensors)}", 0
        tensor.type = kind.FLOAT32 if data is None or data.dtype == np.float32 else kind.INT32
        if data is not None:
            buffer = circle.Buffer.BufferT()
            buffer.data, tensor.buffer = np.frombuffer(data.tobytes(), np.uint8), len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def input(self, shape):
        self.graph.inputs.append(self.tensor(shape))
        return self.graph.inputs[-1]

    def constant(self, data):
        data = np.asarray(data)
        return self.tensor(data.shape, data.astype(np.float32 if data.dtype.kind == "f" else np.int32))

    def copies(self, kind, options, operands, results):
        code = circle.OperatorCode.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = kind, min(kind, 127), 1
        self.model.operatorCodes = [code]
        for _ in range(COPIES):
            operator = circle.Operator.OperatorT()
            operator.inputs, operator.outputs = operands, [self.tensor(shape) for shape in results]
            operator.builtinOptions, operator.builtinOptionsType = options, 0
            if options:
                operator.builtinOptionsType = getattr(OPTIONS, type(options).__name__[:-1])
            self.graph.operators.append(operator)
            self.graph.outputs.extend(operator.outputs)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def shape(size, channels, last):
    return (1, size, size, channels) if last else (1, channels, size, size)


def join(size, channels, last):
    model, options = Model(), circle.ConcatenationOptions.ConcatenationOptionsT()
    options.axis = 3 if last else 1
    parts = [model.input(shape(size, channels, last)) for _ in range(4)]
    content = model.copies(OPERATORS.CONCATENATION, options, parts, [shape(size, 4 * channels, last)])
    return content, 4 * (size * size if last else 1)


def broadcast(size, channels, last, kind, options):
    model = Model()
    x, c = model.input(shape(size, channels, last)), model.constant(np.ones(shape(1, channels, last)))
    return model.copies(kind, options, [x, c], [shape(size, channels, last)]), size * size if last else channels


def add(*given):
    return broadcast(*given, OPERATORS.ADD, circle.AddOptions.AddOptionsT())


def multiply(*given):
    return broadcast(*given, OPERATORS.MUL, circle.MulOptions.MulOptionsT())


def gate(size, channels, last):
    model, options = Model(), circle.MulOptions.MulOptionsT()
    x, c = model.input(shape(size, channels, last)), model.input(shape(1, channels, last))
    content = model.copies(OPERATORS.MUL, options, [x, c], [shape(size, channels, last)])
    return content, size * size if last else channels


def split(size, channels, last):
    model, options = Model(), circle.SplitOptions.SplitOptionsT()
    options.numSplits = 2
    operands = [model.constant(3 if last else 1), model.input(shape(size, channels, last))]
    content = model.copies(OPERATORS.SPLIT, options, operands, [shape(size, channels // 2, last)] * 2)
    return content, 2 * (size * size if last else 1)


def cut(size, channels, last):
    model = Model()
    taken = shape(size, channels // 2, last)
    operands = [model.input(shape(size, channels, last)), model.constant([0] * 4), model.constant(list(taken))]
    return model.copies(OPERATORS.SLICE, circle.SliceOptions.SliceOptionsT(), operands, [taken]), (
        size * size if last else 1)


def pad(size, channels, last):
    model = Model()
    added = [[0, 0], [1, 1], [1, 1], [0, 0]] if last else [[0, 0], [0, 0], [1, 1], [1, 1]]
    operands = [model.input(shape(size, channels, last)), model.constant(added)]
    content = model.copies(OPERATORS.PAD, circle.PadOptions.PadOptionsT(), operands, [shape(size + 2, channels, last)])
    return content, size if last else size * channels


def mean(size, channels, last):
    model, options = Model(), circle.ReducerOptions.ReducerOptionsT()
    operands = [model.input(shape(size, channels, last)), model.constant([1, 2] if last else [2, 3])]
    return model.copies(OPERATORS.MEAN, options, operands, [(1, channels)]), size * size if last else channels


def transpose(size, channels, last):
    model = Model()
    operands = [model.input(shape(size, channels, last)), model.constant([0, 3, 1, 2] if last else [0, 2, 3, 1])]
    content = model.copies(OPERATORS.TRANSPOSE, circle.TransposeOptions.TransposeOptionsT(), operands,
                           [shape(size, channels, not last)])
    return content, 2 * 4 * size * size * channels


def runner(content):
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.ones(detail["shape"], detail["dtype"]))
    interpreter.invoke()
    return interpreter


def times(runners, rounds):
    """Nanoseconds of one copy in each model: the median over rounds in which they run by turns."""
    taken = [[] for _ in runners]
    repeats = [max(1, int(SAMPLE / seconds(r, 1))) for r in runners]
    for _ in range(rounds):
        for r, n, slot in zip(runners, repeats, taken):
            slot.append(seconds(r, n) / COPIES * 1e9)
    return [float(np.median(slot)) for slot in taken]


def seconds(interpreter, repeats):
    begin = time.perf_counter()
    for _ in range(repeats):
        interpreter.invoke()
    return (time.perf_counter() - begin) / repeats


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    rounds = parser.parse_args().rounds
    for operator in [join, split, cut, add, multiply, gate, pad, mean]:
        each = []
        for size, channels in MAPS:
            (first, few), (last, many) = operator(size, channels, False), operator(size, channels, True)
            a, b = times([runner(first), runner(last)], rounds)
            each.append((b - a) / (many - few) if many != few else 0.0)
            print(f"{operator.__name__:10} {size:3} x {size:3} of {channels:3}: first {a:9.0f} ns, last {b:9.0f} ns,"
                  f" {each[-1]:6.2f} ns a piece of {many}", flush=True)
        print(f"{operator.__name__:10} median {np.median(each):.2f} ns a piece")
    each = []
    for size, channels in MAPS:
        (first, traffic), (last, _) = transpose(size, channels, False), transpose(size, channels, True)
        a, b = times([runner(first), runner(last)], rounds)
        each += [a / traffic, b / traffic]
        print(f"transpose  {size:3} x {size:3} of {channels:3}: first {a:9.0f} ns, last {b:9.0f} ns,"
              f" {a / traffic:.3f} and {b / traffic:.3f} ns a byte")
    print(f"transpose  median {np.median(each):.3f} ns a byte")


if __name__ == "__main__":
    main()
