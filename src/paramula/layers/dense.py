"""Dense layers, tables of tokens and positions, and learned factors."""

from __future__ import annotations

from ..algebra.needs import at_least, equal
from .facts import (
    BIAS,
    WHOLE,
    Count,
    Facts,
    Flag,
    Misfit,
    Shape,
    Table,
    Weight,
    Window,
    biases,
    kernel,
    layer,
    places,
    size,
)


@layer("dense and tokens", "features", keeps="inputs")
def dense(x: Shape, u: Count, *, bias: Flag = True) -> Facts:
    """Connects everything that comes in with each of u units; more than one axis is flattened first.

    (…) -> (u); kernel (n, u) over all n elements, bias (u). PyTorch: Flatten, then Linear. Keras: Flatten, then Dense.

    (28,28,1) -> dense(100, relu)
    """
    n = size(x)
    notes = ("{call} flattens {x}",) if len(x) > 1 else ()
    axes = (tuple(range(len(x))),)
    seen = (WHOLE,) * (len(x) - 1) + (Window(0, 1),)
    return Facts((u,), (kernel("kernel", (n, u), 1), *biases(bias, u)), windows=seen, axes=axes, notes=notes)


@layer("dense and tokens", "sequence", keeps="inputs")
def linear(x: Shape, u: Count, *, bias: Flag = True) -> Facts:
    """Maps the last axis to u numbers, at every place alike (PyTorch: Linear. Keras: Dense on rank above 1).

    (…, c) -> (…, u); kernel (c, u), bias (u).

    (T,512) -> linear(2048, gelu)
    """
    return Facts((*x[:-1], u), (kernel("kernel", (x[-1], u), places(x)), *biases(bias, u)))


@layer("dense and tokens", "tokens", keeps="inputs")
def embed(x: Shape, V: Count, d: Count) -> Facts:
    """Looks each token up in a table of V rows of d numbers (PyTorch: Embedding. Keras: Embedding).

    (T) -> (T, d); table (V, d). No multiply–accumulates.

    (T) -> embed(30522, 768)
    """
    return Facts((*x, d), (Weight("table", (V, d)),), axes=(*((i,) for i in range(len(x))), ()))


@layer("dense and tokens", "sequence", keeps="inputs")
def unembed(x: Shape, table: Table) -> Facts:
    """The output layer that uses a shared embedding's table transposed (weight tying, Press & Wolf 2017).

    (T, d) -> (T, V); the table (V, d) counts once with the embedding's; T·d·V multiply–accumulates.

    shared words = embed(1000, 64)
    (T) -> words -> unembed(words)
    """
    rows, width = table
    at = places(x)
    need = equal(x[-1], width, "{a} numbers come in for each token, but a row of the table has {b}")
    return Facts((*x[:-1], rows), (Weight("table", (rows, width), uses=at, gives=at * rows),), needs=(need,))


@layer("dense and tokens", "sequence", keeps="nothing")
def pos(x: Shape, n: Count = None) -> Facts:
    """Adds a learned vector for each position; pos(n) keeps a table of n positions.

    (T, d) -> (T, d); table (T, d) or (n, d).

    (T,768) -> pos(1024)
    """
    at = places(x)
    if n is None:
        return Facts(x, (Weight("table", x),))
    return Facts(
        x, (Weight("table", (n, x[-1])),), needs=(at_least(n, at, "{b} positions come in, the table has {a}"),)
    )


@layer("dense and tokens", "sequence", keeps="nothing")
def cls(x: Shape, n: Count = 1) -> Facts:
    """Puts n learned tokens in front of the sequence (Devlin et al. 2018, Dosovitskiy et al. 2020).

    (T, d) -> (T + n, d); tokens (n, d).

    (196,768) -> cls -> pos
    """
    if len(x) != 2:
        raise Misfit("takes a sequence (T,d), but {x} comes in", "patch(…) or flatten(space) makes one of an image")
    return Facts((x[0] + n, x[1]), (Weight("tokens", (n, x[-1])),))


@layer("dense and tokens", keeps="nothing")
def param(x: Shape, *n: Count) -> Facts:
    """Passes the input on and owns a learned tensor of the shape named: relative positions, queries, layer scale.

    (…) -> (…); tensor (n, …).

    (49,96) -> param(169, 3) -> attention(3)
    """
    return Facts(x, (Weight("tensor", n),), view=True)


@layer("dense and tokens", keeps="inputs")
def scale(x: Shape) -> Facts:
    """Multiplies each channel by a learned factor.

    (…, c) -> (…, c); scale (c).

    (14,14,384) -> scale
    """
    return Facts(x, (Weight("scale", (x[-1],)),))


@layer("dense and tokens", keeps="nothing")
def shift(x: Shape) -> Facts:
    """Adds a learned number to each channel.

    (…, c) -> (…, c); shift (c), counted as a bias.

    (T,30522) -> shift
    """
    return Facts(x, (Weight("shift", (x[-1],), BIAS),))
