"""Recurrent layers: one kernel for the input, one for the state, for each gate."""

from __future__ import annotations

from typing import Any

from .facts import (
    BIAS,
    POINT,
    PYTORCH,
    WHOLE,
    Amount,
    Count,
    Facts,
    Flag,
    Keeps,
    Misfit,
    Network,
    Shape,
    Usual,
    Weight,
    layer,
)
from .keeping import steps

STEPS = Keeps(inputs=True, own=steps)


def recurrent(x: Shape, gates: int, u: Any, biases: Any, seq: bool, notes: tuple[str, ...] = ()) -> Facts:
    if len(x) != 2:
        hint = "a recurrent layer in front gives one out with seq: lstm(32, seq)"
        hint = hint if len(x) < 2 else "flatten(space) makes one of an image"
        raise Misfit("takes a sequence (T,c), but {x} comes in", hint)
    t, c = x
    wide = gates * u
    weights = [Weight("kernel", (c, wide), uses=t, gives=t * u), Weight("recurrent", (u, wide), uses=t)]
    if biases != 0:
        weights.append(Weight("bias", (wide,) if biases == 1 else (biases, wide), BIAS))
    shape, axes = ((t, u), ((0,), (1,))) if seq else ((u,), ((1,),))
    return Facts(shape, tuple(weights), windows=(WHOLE, POINT), axes=axes, depth=1, steps=t, notes=notes)


def one_bias(name: str, x: Shape, gates: int, u: Any, biases: Any, seq: bool, bias: bool) -> Facts:
    """A recurrent layer that keeps one bias in Keras and two in PyTorch, where their number is left open."""
    if not bias or biases is not None:
        return recurrent(x, gates, u, biases if bias else 0, seq)
    facts = recurrent(x, gates, u, 1, seq, (f"{name} has one bias, as in Keras; PyTorch keeps two: biases=2",))
    two = recurrent(x, gates, u, 2, seq).weights
    facts.usual = {PYTORCH: Usual(f"PyTorch's {name} keeps two biases unless said: biases=2", two)}
    return facts


@layer("recurrent", "sequence", keeps=STEPS)
def rnn(x: Shape, u: Count, *, biases: Amount = None, seq: Flag = False, bias: Flag = True) -> Facts:
    """A recurrent layer of u units (Elman 1990).

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, u), recurrent (u, u), bias (u).
    One bias unless said, as Keras's SimpleRNN; `biases=2` for PyTorch's RNN, which keeps two.

    (T,64) -> rnn(128)
    """
    return one_bias("rnn", x, 1, u, biases, seq, bias)


@layer("recurrent", "sequence", keeps=STEPS)
def gru(x: Shape, u: Count, *, biases: Amount = 2, seq: Flag = False, bias: Flag = True) -> Facts:
    """Gated recurrent units (Cho et al. 2014), 3 gates.

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, 3u), recurrent (u, 3u), bias (2, 3u).
    Two biases unless said, as PyTorch's GRU and Keras's; `biases=1` for Keras's with reset_after=False.

    (T,64) -> gru(128, seq)
    """
    one = ("gru has one bias, as Keras's with reset_after=False; PyTorch and Keras keep two unless said: gru(u)",)
    return recurrent(x, 3, u, biases if bias else 0, seq, one if bias and biases == 1 else ())


@layer("recurrent", "sequence", keeps=STEPS)
def lstm(x: Shape, u: Count, *, biases: Amount = None, seq: Flag = False, bias: Flag = True) -> Facts:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), 4 gates.

    (T, c) -> (u), or (T, u) with `seq`; kernel (c, 4u), recurrent (u, 4u), bias (4u).
    One bias unless said, as Keras's LSTM; `biases=2` for PyTorch's, which keeps two.

    (T,64) -> lstm(128)
    """
    return one_bias("lstm", x, 4, u, biases, seq, bias)


@layer("recurrent", "sequence", keeps=STEPS)
def bi(x: Shape, layer: Network) -> Facts:
    """Runs a recurrent layer both ways, with weights of its own each way, and concatenates.

    (T, c) -> as the layer, with twice the last axis. PyTorch: bidirectional=True. Keras: Bidirectional.

    (T,64) -> bi(lstm(128, seq))
    """
    facts = layer.alone("rnn", "gru", "lstm")

    def both(weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
        return tuple(w._replace(name=f"{way}.{w.name}") for way in ("forward", "backward") for w in weights)

    return Facts(
        (*facts.shape[:-1], 2 * facts.shape[-1]),
        both(facts.weights),
        windows=facts.windows,
        axes=facts.axes,
        depth=1,
        steps=facts.steps,
        notes=facts.notes,
        usual={by: Usual(it.why, both(it.weights)) for by, it in facts.usual.items()},
    )
