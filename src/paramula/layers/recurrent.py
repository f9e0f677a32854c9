"""Recurrent layers: one kernel for the input, one for the state, for each gate."""

from __future__ import annotations

from typing import Any

from .facts import BIAS, POINT, WHOLE, Amount, Count, Facts, Flag, Keeps, Misfit, Network, Shape, Weight, layer
from .keeping import steps

STEPS = Keeps(inputs=True, own=steps)


def recurrent(x: Shape, gates: int, u: Any, biases: Any, seq: bool, bias: bool) -> Facts:
    if len(x) != 2:
        hint = "a recurrent layer in front gives one out with seq: lstm(32, seq)"
        hint = hint if len(x) < 2 else "flatten(space) makes one of an image"
        raise Misfit("takes a sequence (T,c), but {x} comes in", hint)
    t, c = x
    wide = gates * u
    weights = [Weight("kernel", (c, wide), uses=t, gives=t * u), Weight("recurrent", (u, wide), uses=t)]
    if bias and biases != 0:
        weights.append(Weight("bias", (wide,) if biases == 1 else (biases, wide), BIAS))
    shape, axes = ((t, u), ((0,), (1,))) if seq else ((u,), ((1,),))
    return Facts(shape, tuple(weights), windows=(WHOLE, POINT), axes=axes, depth=1, steps=t)


@layer("recurrent", "sequence", keeps=STEPS)
def rnn(x: Shape, u: Count, *, biases: Amount = 1, seq: Flag = False, bias: Flag = True) -> Facts:
    """A recurrent layer of u units (Elman 1990).

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, u), recurrent (u, u), bias (u).
    `biases=2` for PyTorch's RNN, which keeps two. Keras: SimpleRNN.

    (T,64) -> rnn(128)
    """
    return recurrent(x, 1, u, biases, seq, bias)


@layer("recurrent", "sequence", keeps=STEPS)
def gru(x: Shape, u: Count, *, biases: Amount = 1, seq: Flag = False, bias: Flag = True) -> Facts:
    """Gated recurrent units (Cho et al. 2014), 3 gates.

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, 3u), recurrent (u, 3u), bias (3u).
    `biases=2` for PyTorch's GRU and for Keras's GRU as it comes (reset_after), which keep two.

    (T,64) -> gru(128, seq)
    """
    return recurrent(x, 3, u, biases, seq, bias)


@layer("recurrent", "sequence", keeps=STEPS)
def lstm(x: Shape, u: Count, *, biases: Amount = 1, seq: Flag = False, bias: Flag = True) -> Facts:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), 4 gates.

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, 4u), recurrent (u, 4u), bias (4u).
    `biases=2` for PyTorch's LSTM, which keeps two. Keras: LSTM.

    (T,64) -> lstm(128)
    """
    return recurrent(x, 4, u, biases, seq, bias)


@layer("recurrent", "sequence", keeps=STEPS)
def bi(x: Shape, layer: Network) -> Facts:
    """Runs a recurrent layer both ways, with weights of its own each way, and concatenates.

    (T, c) -> as the layer, with twice the last axis. PyTorch: bidirectional=True. Keras: Bidirectional.

    (T,64) -> bi(lstm(128, seq))
    """
    facts = layer.alone("rnn", "gru", "lstm")
    weights = tuple(w._replace(name=f"{way}.{w.name}") for way in ("forward", "backward") for w in facts.weights)
    shape = (*facts.shape[:-1], 2 * facts.shape[-1])
    return Facts(shape, weights, windows=facts.windows, axes=facts.axes, depth=1, steps=facts.steps)
