"""Builds circle files from the tables of the schema, down to what only a file can say."""
import itertools

import flatbuffers
import numpy as np
from circle_schema import circle as c

OPCODES = vars(c.BuiltinOperator.BuiltinOperator)
TYPES = vars(c.TensorType.TensorType)
UNIONS = {name: (1, number) for name, number in vars(c.BuiltinOptions.BuiltinOptions).items()}
UNIONS |= {name: (2, number) for name, number in vars(c.BuiltinOptions2.BuiltinOptions2).items()}


def table(kind, /, **fields):
    """An object of the schema with these fields; a misspelt one is an error."""
    t = getattr(getattr(c, kind), kind + "T")()
    for key, value in fields.items():
        assert hasattr(t, key), (kind, key)
        setattr(t, key, value)
    return t


class File:
    """A model under construction: tensors and operators go to the last subgraph."""

    def __init__(self, **fields):
        self.external, self.steps = [], itertools.count(1)
        self.model = table("Model", version=0, operatorCodes=[], subgraphs=[], buffers=[table("Buffer")], **fields)

    def graph(self, name, inputs):
        """The next subgraph; its first tensors are its inputs."""
        graph = table("SubGraph", name=name, tensors=[], operators=[], inputs=list(range(inputs)), outputs=[])
        self.model.subgraphs.append(graph)

    def buffer(self, data, external=False):
        content = np.frombuffer(data if isinstance(data, bytes) else data.tobytes(), np.uint8)
        if external:
            self.model.buffers.append(table("Buffer", offset=1, size=1))
            self.external.append((self.model.buffers[-1], "offset", "size", content))
        else:
            self.model.buffers.append(table("Buffer", data=content))
        return len(self.model.buffers) - 1

    def tensor(self, name, shape, dtype="FLOAT32", data=None, external=False, **fields):
        buffer = 0 if data is None else self.buffer(data, external)
        shape = None if shape is None else np.array(shape, np.int32)
        tensors = self.model.subgraphs[-1].tensors
        tensors.append(table("Tensor", name=name, shape=shape, type=TYPES[dtype], buffer=buffer, **fields))
        return len(tensors) - 1

    def constant(self, name, numbers):
        """A constant of numbers whose dtype the schema has too."""
        numbers = np.asarray(numbers)
        return self.tensor(name, numbers.shape, numbers.dtype.name.upper(), numbers)

    def code(self, op, custom, version):
        code = OPCODES[op]
        self.model.operatorCodes.append(
            table("OperatorCode", deprecatedBuiltinCode=min(code, 127), builtinCode=code, customCode=custom, version=version))
        return len(self.model.operatorCodes) - 1

    def op(self, op, inputs, outputs, options=None, custom=None, version=1, large=None, **fields):
        op = table("Operator", opcodeIndex=self.code(op, custom, version), inputs=inputs, outputs=outputs, **fields)
        if options is not None:
            union, number = UNIONS[type(options).__name__.removesuffix("T")]
            if union == 1:
                op.builtinOptionsType, op.builtinOptions = number, options
            else:
                op.builtinOptions2Type, op.builtinOptions2 = number, options
        if large is not None:
            op.largeCustomOptionsOffset = op.largeCustomOptionsSize = 1
            content = np.frombuffer(large, np.uint8)
            self.external.append((op, "largeCustomOptionsOffset", "largeCustomOptionsSize", content))
        self.model.subgraphs[-1].operators.append(op)

    def shifts(self, x, shape, result=None, **fields):
        """Two additions of constants that are one after `-O1`; gives their result, a new tensor unless it is given."""
        h = self.tensor(None, shape, **fields)
        c1, c2 = (self.constant(None, np.float32(next(self.steps) / 4)) for _ in range(2))
        y = self.tensor(f"shifted{x}", shape, **fields) if result is None else result
        self.op("ADD", [x, c1], [h], table("AddOptions"))
        self.op("ADD", [h, c2], [y], table("AddOptions"))
        return y

    def end(self, *outputs):
        self.model.subgraphs[-1].outputs = list(outputs)

    def packed(self, identifier):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), identifier)
        return bytes(builder.Output())

    def content(self, identifier=b"CIR0"):
        """The bytes of the file; what is external stands behind the tables."""
        end = len(self.packed(identifier))
        tail = b""
        for owner, offset, size, content in self.external:
            tail += bytes(-(end + len(tail)) % 16)
            setattr(owner, offset, end + len(tail))
            setattr(owner, size, len(content))
            tail += content.tobytes()
        return self.packed(identifier) + tail
