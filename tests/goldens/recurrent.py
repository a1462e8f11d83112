"""Recurrent layers for record.py: each starts from the zeros that LiteRT gives variables."""
import numpy as np

from case import F, I8, NONE, RELU, TANH, Scaled, State, c, case

RECURRENT = []
random = np.random.default_rng(4)


def add(op, name, operands, table, out=F, **options):
    RECURRENT.append(case(op, name, operands, table, out, **options))


def rnd(*shape):
    return random.uniform(-4, 4, shape).astype(F)


def w(*shape):
    return c(random.uniform(-1, 1, shape), F)


def layer(features, units, outputs, peephole=False, cifg=False, projection=None, norm=False):
    """The operands from input to projection bias, then the states, then norms."""
    gates = [w(units, features) for _ in range(4)] + [w(units, outputs) for _ in range(4)]
    peepholes = [w(units) if peephole else None for _ in range(3)]
    biases = [w(units) for _ in range(4)]
    if cifg:
        gates[0] = gates[4] = peepholes[0] = biases[0] = None
    projections = {None: [None, None], "plain": [w(outputs, units), None], "bias": [w(outputs, units), w(outputs)]}
    norms = [w(units) if norm and not (cifg and i == 0) else None for i in range(4)]
    return gates + peepholes + biases + projections[projection], norms


def lstms():
    kinds = {"plain": {}, "peephole": dict(peephole=True), "cifg": dict(cifg=True), "norm": dict(norm=True),
             "projected": dict(projection="plain"), "all": dict(peephole=True, projection="bias", norm=True),
             "cifg_peephole": dict(cifg=True, peephole=True)}
    for name, kind in kinds.items():
        outputs = 3 if "projection" in kind else 5
        operands, norms = layer(4, 5, outputs, **kind)
        for time_major in (False, True):
            states = [State((2, outputs)), State((2, 5))]
            x = rnd(*((3, 2, 4) if time_major else (2, 3, 4)))
            add("UNIDIRECTIONAL_SEQUENCE_LSTM", f"{name}_{time_major}", [x, *operands, *states, *norms], "UnidirectionalSequenceLSTMOptions",
                timeMajor=time_major, fusedActivationFunction=TANH)
    operands, norms = layer(4, 5, 3, projection="bias")
    for act in (RELU, TANH):
        states = [State((1, 3)), State((1, 5))]
        add("UNIDIRECTIONAL_SEQUENCE_LSTM", f"clipped_{act}", [rnd(1, 6, 4), *operands, *states, *norms], "UnidirectionalSequenceLSTMOptions",
            cellClip=0.5, projClip=0.4, fusedActivationFunction=act)
    for act in (RELU, TANH):
        operands, norms = layer(4, 5, 5)
        states = [State((2, 5)), State((2, 5))]
        add("UNIDIRECTIONAL_SEQUENCE_LSTM", f"cell_clipped_{act}", [rnd(2, 6, 4), *operands, *states, *norms], "UnidirectionalSequenceLSTMOptions",
            cellClip=0.3, fusedActivationFunction=act)
    for merge in (False, True):
        forwards, backwards = layer(4, 5, 5)[0], layer(4, 5, 5, peephole=True)[0]
        states = [State((2, 5)) for _ in range(4)]
        add("BIDIRECTIONAL_SEQUENCE_LSTM", f"merged_{merge}", [rnd(3, 2, 4), *forwards, *backwards, *states, *[None] * 9],
            "BidirectionalSequenceLSTMOptions", out=[F] if merge else [F, F], timeMajor=True, mergeOutputs=merge, fusedActivationFunction=TANH)


def rnns():
    def one():
        return [w(5, 4), w(5, 5), w(5), State((2, 5))]

    for act in (NONE, RELU, TANH):
        add("RNN", f"act{act}", [rnd(2, 4), *one()], "RNNOptions", fusedActivationFunction=act)
        for time_major in (False, True):
            add("UNIDIRECTIONAL_SEQUENCE_RNN", f"act{act}_{time_major}", [rnd(*((3, 2, 4) if time_major else (2, 3, 4))), *one()],
                "SequenceRNNOptions", timeMajor=time_major, fusedActivationFunction=act)
    for merge in (False, True):
        for time_major in (False, True):
            x = rnd(*((3, 2, 4) if time_major else (2, 3, 4)))
            add("BIDIRECTIONAL_SEQUENCE_RNN", f"merged_{merge}_{time_major}", [x, *one(), *one(), None, None, None], "BidirectionalSequenceRNNOptions",
                out=[F] if merge else [F, F], timeMajor=time_major, mergeOutputs=merge, fusedActivationFunction=TANH)
    for rank in (1, 2):
        for act in (NONE, RELU):
            add("SVDF", f"rank{rank}_{act}", [rnd(2, 3), w(8, 3), w(8, 6), w(8 // rank), State((2, 48))], "SVDFOptions", rank=rank, fusedActivationFunction=act)
        add("SVDF", f"rank{rank}", [rnd(2, 3), w(8, 3), w(8, 6), None, State((2, 48))], "SVDFOptions", rank=rank)


def steps():
    kinds = {"plain": {}, "peephole": dict(peephole=True), "cifg": dict(cifg=True), "all": dict(peephole=True, projection="bias", norm=True)}
    for name, kind in kinds.items():
        outputs = 3 if "projection" in kind else 5
        for clip in (0.0, 0.3):
            operands, norms = layer(4, 5, outputs, **kind)
            add("LSTM", f"{name}_{clip}", [rnd(2, 4), *operands, State((2, outputs)), State((2, 5)), *norms], "LSTMOptions",
                fusedActivationFunction=TANH, cellClip=clip, projClip=clip)
    for name, states in {"states": [State((2, 5)), State((2, 5))], "given": [rnd(2, 5), rnd(2, 5)]}.items():
        for act in (RELU, TANH):
            add("LSTM", f"basic_{name}_{act}", [rnd(2, 4), states[0], w(20, 9), w(20), states[1]], "LSTMOptions", out=[F] * 4,
                kernelType=1, fusedActivationFunction=act, cellClip=0.1)


def in_bytes(weights):
    """The same weights in 8 bits."""
    if weights is None:
        return None
    scale = float(np.abs(weights.array).max() / 127)
    return Scaled(np.round(weights.array / scale).astype(I8), scale, constant=True)


def hybrids():
    """Layers of floats whose weights have 8 bits: gates, peepholes and projections, but no biases and norms.

    BIDIRECTIONAL_SEQUENCE_RNN is left out: LiteRT gives other results than UNIDIRECTIONAL_SEQUENCE_RNN for its forward half.
    """
    def lstm(outputs, **kind):
        operands, norms = layer(4, 5, outputs, **kind)
        return [in_bytes(o) if i < 11 or i == 15 else o for i, o in enumerate(operands)], norms

    def rnn():
        return [in_bytes(w(5, 4)), in_bytes(w(5, 5)), w(5), State((2, 5))]

    kinds = {"plain": {}, "peephole": dict(peephole=True), "cifg": dict(cifg=True), "all": dict(peephole=True, projection="bias", norm=True)}
    for asymmetric in (False, True):
        how = dict(asymmetricQuantizeInputs=asymmetric, group="hybrid")
        for name, kind in kinds.items():
            outputs = 3 if "projection" in kind else 5
            states = [State((2, outputs)), State((2, 5))]
            operands, norms = lstm(outputs, **kind)
            for time_major in (False, True):
                x = rnd(*((3, 2, 4) if time_major else (2, 3, 4)))
                add("UNIDIRECTIONAL_SEQUENCE_LSTM", f"{name}_{asymmetric}_{time_major}", [x, *operands, *states, *norms],
                    "UnidirectionalSequenceLSTMOptions", timeMajor=time_major, fusedActivationFunction=TANH, **how)
            add("LSTM", f"{name}_{asymmetric}", [rnd(2, 4), *operands, *states, *norms], "LSTMOptions", fusedActivationFunction=TANH, **how)
        for merge in (False, True):
            x, out = rnd(3, 2, 4), [F] if merge else [F, F]
            add("BIDIRECTIONAL_SEQUENCE_LSTM", f"{merge}_{asymmetric}", [x, *lstm(5)[0], *lstm(5, peephole=True)[0], *[State((2, 5)) for _ in range(4)], *[None] * 9],
                "BidirectionalSequenceLSTMOptions", out=out, timeMajor=True, mergeOutputs=merge, fusedActivationFunction=TANH, **how)
        for act in (NONE, RELU, TANH):
            add("RNN", f"act{act}_{asymmetric}", [rnd(2, 4), *rnn()], "RNNOptions", fusedActivationFunction=act, **how)
            add("UNIDIRECTIONAL_SEQUENCE_RNN", f"act{act}_{asymmetric}", [rnd(2, 3, 4), *rnn()], "SequenceRNNOptions", fusedActivationFunction=act, **how)
        for rank in (1, 2):
            add("SVDF", f"rank{rank}_{asymmetric}", [rnd(2, 3), in_bytes(w(8, 3)), in_bytes(w(8, 6)), w(8 // rank), State((2, 48))], "SVDFOptions", rank=rank, **how)


def batch_major():
    forwards, backwards = layer(4, 5, 5)[0], layer(4, 5, 5)[0]
    add("BIDIRECTIONAL_SEQUENCE_LSTM", "batch_major", [rnd(2, 3, 4), *forwards, *backwards, *[State((2, 5)) for _ in range(4)], *[None] * 9],
        "BidirectionalSequenceLSTMOptions", out=[F, F], timeMajor=False, fusedActivationFunction=TANH)


lstms()
rnns()
steps()
hybrids()
batch_major()
