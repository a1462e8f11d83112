#!/usr/bin/env python3
"""Makes the fixture models of this folder, the same bytes on every run.

usage: make.py [FOLDER]        (without FOLDER: the folder of this script)
needs: pip install circle-schema flatbuffers numpy
"""
import pathlib
import sys

import flatbuffers
import numpy as np
from circle_schema import circle

ACTIVATION = circle.ActivationFunctionType.ActivationFunctionType
CODE = circle.BuiltinOperator.BuiltinOperator
OPTIONS = circle.BuiltinOptions.BuiltinOptions
TENSOR = circle.TensorType.TensorType
DTYPES = {"float32": TENSOR.FLOAT32, "int32": TENSOR.INT32}
POSITION = 7


class Graph:
    """One subgraph under construction; values are tensor indices."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.codes, self.buffers = [], [circle.Buffer.BufferT()]
        self.graph = circle.SubGraph.SubGraphT()
        self.graph.name = "main"
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []

    def tensor(self, name, shape, dtype="float32", buffer=0):
        tensor = circle.Tensor.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), DTYPES[dtype], buffer
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def shape(self, value):
        return list(self.graph.tensors[value].shape)

    def input(self, name, shape):
        value = self.tensor(name, shape)
        self.graph.inputs.append(value)
        return value

    def output(self, *values):
        self.graph.outputs.extend(values)

    def constant(self, name, content):
        content = np.ascontiguousarray(content)
        buffer = circle.Buffer.BufferT()
        buffer.data = np.frombuffer(content.tobytes(), np.uint8)
        self.buffers.append(buffer)
        return self.tensor(name, content.shape, content.dtype.name, len(self.buffers) - 1)

    def weight(self, name, *shape):
        return self.constant(name, (self.random.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32))

    def op(self, code, operands, results, kind=None, **attributes):
        """Adds an operator; `results` are (name, shape) pairs."""
        operator = circle.Operator.OperatorT()
        operator.opcodeIndex = self.code(getattr(CODE, code))
        operator.inputs = operands
        operator.outputs = [self.tensor(name, shape) for name, shape in results]
        if kind:
            operator.builtinOptionsType = getattr(OPTIONS, kind)
            operator.builtinOptions = getattr(getattr(circle, kind), kind + "T")()
            vars(operator.builtinOptions).update(attributes)
        self.graph.operators.append(operator)
        return operator.outputs

    def code(self, number):
        if number not in self.codes:
            self.codes.append(number)
        return self.codes.index(number)

    def dense(self, name, x, weight, bias=-1, activation=ACTIVATION.NONE):
        shape = self.shape(x)[:-1] + self.shape(weight)[:1]
        return self.op("FULLY_CONNECTED", [x, weight, bias], [(name, shape)], "FullyConnectedOptions",
                       keepNumDims=True, fusedActivationFunction=activation)[0]

    def elementwise(self, code, name, a, b):
        shape = np.broadcast_shapes(self.shape(a), self.shape(b))
        kind = {"MUL": "MulOptions", "ADD": "AddOptions", "DIV": "DivOptions"}[code]
        return self.op(code, [a, b], [(name, shape)], kind)[0]

    def neg(self, name, x):
        return self.op("NEG", [x], [(name, self.shape(x))], "NegOptions")[0]

    def join(self, name, values, axis=-1):
        shape = self.shape(values[0])
        shape[axis] = sum(self.shape(v)[axis] for v in values)
        return self.op("CONCATENATION", values, [(name, shape)], "ConcatenationOptions", axis=axis)[0]

    def matmul(self, name, a, b):
        shape = self.shape(a)[:-1] + self.shape(b)[-1:]
        return self.op("BATCH_MATMUL", [a, b], [(name, shape)], "BatchMatMulOptions")[0]

    def transpose(self, name, x, axes):
        axes_value = self.constant(f"{name}_axes", np.array(axes, np.int32))
        shape = [self.shape(x)[axis] for axis in axes]
        return self.op("TRANSPOSE", [x, axes_value], [(name, shape)], "TransposeOptions")[0]

    def softmax(self, name, x):
        return self.op("SOFTMAX", [x], [(name, self.shape(x))], "SoftmaxOptions", beta=1.0)[0]

    def halves(self, name, x, cut, spelling):
        """The two parts of the last axis: below `cut` and from `cut` on."""
        shape = self.shape(x)
        extents = [cut, shape[-1] - cut]
        shapes = [(f"{name}_{part}", shape[:-1] + [n]) for part, n in zip(("low", "high"), extents)]
        starts = [[0] * (len(shape) - 1) + [start] for start in (0, cut)]
        index = lambda suffix, content: self.constant(f"{name}_{suffix}", np.array(content, np.int32))
        if spelling == "Split":
            return self.op("SPLIT", [index("axis", len(shape) - 1), x], shapes, "SplitOptions", numSplits=2)
        if spelling == "SplitV":
            operands = [x, index("sizes", extents), index("axis", len(shape) - 1)]
            return self.op("SPLIT_V", operands, shapes, "SplitVOptions", numSplits=2)
        if spelling == "Slice":
            sizes = [shape[:-1] + [n] for n in extents]
            return [self.op("SLICE", [x, index(f"begin{i}", starts[i]), index(f"size{i}", sizes[i])], [shapes[i]],
                            "SliceOptions")[0] for i in (0, 1)]
        ends = [shape[:-1] + [end] for end in (cut, shape[-1])]
        return [self.op("STRIDED_SLICE", [x, index(f"begin{i}", starts[i]), index(f"end{i}", ends[i]),
                                          index(f"stride{i}", [1] * len(shape))], [shapes[i]],
                        "StridedSliceOptions")[0] for i in (0, 1)]

    def rotate_half(self, name, x, cut=None, ordered=False, spelling="StridedSlice"):
        """`[-high, low]`, or `[low, -high]` where `ordered`."""
        low, high = self.halves(name, x, cut or self.shape(x)[-1] // 2, spelling)
        negated = self.neg(f"{name}_negated", high)
        return self.join(name, [low, negated] if ordered else [negated, low])

    def rotary(self, name, straight, turned, cos, sin):
        """`straight * cos + turned * sin`."""
        a = self.elementwise("MUL", f"{name}_cos", straight, cos)
        b = self.elementwise("MUL", f"{name}_sin", turned, sin)
        return self.elementwise("ADD", f"{name}_rotary", a, b)

    def finish(self):
        model = circle.Model.ModelT()
        model.version, model.description = 0, "made by tests/models/make.py"
        model.operatorCodes = [self.operator_code(code) for code in self.codes]
        model.subgraphs, model.buffers = [self.graph], self.buffers
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"CIR0")
        return bytes(builder.Output())

    def operator_code(self, number):
        code = circle.OperatorCode.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        return code


def angles(width, position):
    """cos and sin of a rotary embedding at one position, or at several."""
    rates = 1.0 / (10000 ** (np.arange(0, width, 2) / width))
    angle = np.multiply.outer(np.asarray(position, np.float64), np.concatenate([rates, rates]))
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def attention_head():
    """One decode step at a fixed position: three heads against a cache of seven tokens.

    Head 0 shares each dense layer between the cos and the rotated branch, head 1 has a layer for each branch with cos
    folded into the weight of one (the export's form), head 2 is as head 0 with biases.
    """
    g, dim, heads, width, cached = Graph(0), 72, 3, 24, 7
    x = g.input("x", [1, 1, dim])
    past = [[g.input(f"past_{kind}{h}", [1, cached, width]) for h in range(heads)] for kind in "kv"]
    cos_content, sin_content = angles(width, POSITION)
    cos, sin = g.constant("cos", cos_content), g.constant("sin", sin_content)
    scale = g.constant("scale", np.array(np.sqrt(width), np.float32))

    def rotated(name, h):
        weight = g.weight(f"{name}_weight", width, dim)
        if h == 1:
            content = np.frombuffer(g.buffers[g.graph.tensors[weight].buffer].data.tobytes(), np.float32)
            folded = g.constant(f"{name}_weight_cos", content.reshape(width, dim) * cos_content[:, None])
            straight, turned = g.dense(f"{name}_cos", x, folded), g.dense(name, x, weight)
            sine = g.elementwise("MUL", f"{name}_sin", g.rotate_half(f"{name}_turned", turned), sin)
            return g.elementwise("ADD", f"{name}_rotary", straight, sine)
        y = g.dense(name, x, weight, g.weight(f"{name}_bias", width) if h == 2 else -1)
        return g.rotary(name, y, g.rotate_half(f"{name}_turned", y), cos, sin)

    context, keys, values = [], [], []
    for h in range(heads):
        q, k = rotated(f"q{h}", h), rotated(f"k{h}", h)
        v = g.dense(f"v{h}", x, g.weight(f"v{h}_weight", width, dim))
        key, value = g.join(f"keys{h}", [past[0][h], k], 1), g.join(f"values{h}", [past[1][h], v], 1)
        scores = g.matmul(f"scores{h}", q, g.transpose(f"keys{h}_transposed", key, [0, 2, 1]))
        scores = g.elementwise("DIV", f"scores{h}_scaled", scores, scale)
        context.append(g.matmul(f"context{h}", g.softmax(f"weights{h}", scores), value))
        keys.append(k)
        values.append(v)
    g.output(g.dense("y", g.join("context", context), g.weight("y_weight", dim, heads * width)), *keys, *values)
    return g.finish()


def rotary(seed, width=16, dim=32, rows=1, positions=1, bias=False, cut=None, ordered=False, spelling="StridedSlice",
           dynamic=False, half_output=False, fan_out=False):
    """A dense layer and its rotary embedding, in the form the arguments say."""
    g = Graph(seed)
    x = g.input("x", [1, rows, dim])
    if dynamic:
        cos, sin = g.input("cos", [1, rows, width]), g.input("sin", [1, rows, width])
    else:
        position = POSITION if positions == 1 else POSITION + np.arange(positions)
        cos, sin = (g.constant(name, content) for name, content in zip(("cos", "sin"), angles(width, position)))
    y = g.dense("y", x, g.weight("weight", width, dim), g.weight("bias", width) if bias else -1)
    turned = g.rotate_half("turned", y, cut, ordered, spelling)
    g.output(g.rotary("y", y, turned, cos, sin))
    names = {tensor.name: i for i, tensor in enumerate(g.graph.tensors)}
    if half_output:
        g.output(names["turned_high"])
    if fan_out:
        g.output(y)
    return g.finish()


MODELS = {
    "attention_head": attention_head,
    # These end as one dense layer.
    "rotary_bias": lambda: rotary(1, bias=True),
    "rotary_ordered": lambda: rotary(2, ordered=True),
    "rotary_uneven": lambda: rotary(3, cut=6),
    "rotary_slice": lambda: rotary(4, spelling="Slice"),
    "rotary_split": lambda: rotary(5, spelling="Split"),
    "rotary_split_v": lambda: rotary(6, cut=6, spelling="SplitV"),
    "rotary_strided_slice": lambda: rotary(7),
    # In these the chain cannot finish, so none of it may happen.
    "rotary_dynamic": lambda: rotary(8, dynamic=True),
    "rotary_positions": lambda: rotary(9, rows=3, positions=3),
    "rotary_half_output": lambda: rotary(10, half_output=True),
    "rotary_layer_output": lambda: rotary(11, rows=64, fan_out=True),
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MODELS.items():
        (folder / f"{name}.circle").write_bytes(make())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
