"""Layers of PyTorch and Keras with random options, each beside the sentence that means it.

One function a layer of one framework: it draws the options, and gives back the call as paramula spells it, the shape
that comes in (batch left out, channels last) and what counts the framework's layer on it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import keras
import torch
from keras import layers as K  # noqa: N812
from torch import Tensor, nn

from .counting import Counted, of_keras, of_torch

Sizes = tuple[int, ...]


class Drawn(NamedTuple):
    call: str
    shape: Sizes
    count: Callable[[], Counted]
    memory: Sizes = ()  # the shape of a second tensor that it looks over, called @memory
    open: bool = True  # the call means the same where the sizes that come in are symbols


# ------------------------------------------------------------------------------------------------------------- spelling


def written(value: Any) -> str:
    """A size per axis is a tuple, and alone it is a number; a pair of sides stands in a tuple of its own."""
    if isinstance(value, tuple):
        inner = ",".join(map(written, value))
        return inner if len(value) == 1 and not isinstance(value[0], tuple) else f"({inner}{',' * (len(value) == 1)})"
    return str(value)


def call(random: Random, name: str, *given: Any, flags: str = "", **keys: Any) -> str:
    """A call whose keys and flags stand in any order behind its positions."""
    rest = [*flags.split(), *(f"{key}={written(value)}" for key, value in keys.items())]
    random.shuffle(rest)
    return f"{name}({', '.join([*map(written, given), *rest])})"


def axes(random: Random, n: int, low: int, high: int) -> Sizes:
    return tuple(random.randint(low, high) for _ in range(n))


def maybe(random: Random, flag: str) -> str:
    return flag if random.random() < 0.4 else ""


def grouped(random: Random) -> tuple[int, int, int]:
    """Channels, filters and groups, which mostly divide both."""
    g = random.choice((1, 1, 2, 3))
    return g * random.randint(1, 3) + (random.random() < 0.1), g * random.randint(1, 3) + (random.random() < 0.1), g


# -------------------------------------------------------------------------------------------------------------- PyTorch


class ChannelsLast(nn.Module):
    """A module of PyTorch on tensors that have their channels last, as paramula writes shapes."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x.movedim(-1, 1)).movedim(1, -1)
        return out


class Applied(nn.Module):
    """A function on tensors as a module."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *x: Tensor) -> Tensor:
        return self.function(*x)


def in_torch(
    call: str, shape: Sizes, make: Callable[[], nn.Module], first: bool = True, memory: Sizes = (), whole: bool = False
) -> Drawn:
    """`first`: the module wants channels first. `whole`: it takes whole numbers, tokens."""

    def count() -> Counted:
        with torch.device("meta"):
            module = make()
            inputs = [torch.zeros(1, *s, dtype=torch.long if whole else None) for s in (shape, memory) if s]
            counted = of_torch(ChannelsLast(module) if first else module, *inputs, last=True)
        if any(0 in out for out in counted.shapes):  # the meta device lets pass what the kernels of the CPU refuse
            raise ValueError("nothing is given out")
        return counted

    return Drawn(call, shape, count, memory)


def torch_conv(random: Random) -> Drawn:
    n = random.randint(1, 3)
    (c, f, g), k, d = grouped(random), axes(random, n, 1, 4), axes(random, n, 1, 3)
    same, bias = random.random() < 0.2, maybe(random, "nobias")
    s, p = ((1,) * n, "same") if same else (axes(random, n, 1, 3), axes(random, n, 0, 3))
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[n - 1]
    text = call(random, "conv", k, f, s=s, p=p, d=d, g=g, flags=bias)
    return in_torch(text, (*axes(random, n, 1, 12), c), lambda: kind(c, f, k, s, p, d, g, not bias))


def torch_dwconv(random: Random) -> Drawn:
    n, c, m = random.randint(1, 3), random.randint(1, 4), random.randint(1, 3)
    k, s, p, d = axes(random, n, 1, 4), axes(random, n, 1, 3), axes(random, n, 0, 3), axes(random, n, 1, 2)
    bias = maybe(random, "nobias")
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[n - 1]
    text = call(random, "dwconv", k, s=s, p=p, d=d, multiplier=m, flags=bias)
    return in_torch(text, (*axes(random, n, 1, 12), c), lambda: kind(c, c * m, k, s, p, d, c, not bias))


def torch_tconv(random: Random) -> Drawn:
    n = random.randint(1, 3)
    (c, f, g), k, s, d = grouped(random), axes(random, n, 1, 4), axes(random, n, 1, 3), axes(random, n, 1, 3)
    p, bias = axes(random, n, 0, 2), maybe(random, "nobias")
    more = tuple(random.randint(0, max(a, b) - 1) for a, b in zip(s, d, strict=True))
    kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[n - 1]
    text = call(random, "tconv", k, f, s=s, p=p, output_pad=more, d=d, g=g, flags=bias)
    return in_torch(text, (*axes(random, n, 1, 6), c), lambda: kind(c, f, k, s, p, more, g, not bias, d))


def torch_pool(random: Random) -> Drawn:
    """PyTorch refuses a padding above half of the window: docs/conventions.md."""
    n, name = random.randint(1, 3), random.choice(("maxpool", "avgpool"))
    k, s = axes(random, n, 1, 4), axes(random, n, 1, 4)
    p, d = tuple(random.randint(0, size // 2) for size in k), axes(random, n, 1, 3) if name == "maxpool" else (1,) * n
    ceil, shape = maybe(random, "ceil"), axes(random, n, 1, 12)
    if n == 3 and name == "avgpool":  # PyTorch refuses a volume smaller than the window, however it is padded
        shape = tuple(map(max, shape, k))
    maxima, means = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[n - 1], (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[n - 1]
    return in_torch(
        call(random, name, k, s=s, p=p, d=d, flags=ceil), (*shape, random.randint(1, 4)),
        lambda: maxima(k, s, p, d, ceil_mode=bool(ceil)) if name == "maxpool" else means(k, s, p, ceil_mode=bool(ceil)),
    )  # fmt: skip


def torch_adaptive(random: Random) -> Drawn:
    n, o = random.randint(1, 3), random.randint(1, 9)
    kind = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[n - 1]
    return in_torch(call(random, "adaptive", o), (*axes(random, n, 1, 12), 3), lambda: kind(o))


def torch_up(random: Random) -> Drawn:
    n, r = random.randint(1, 3), random.choice((2, 3, Fraction(3, 2), Fraction(5, 4), Fraction(1, 2)))
    text = call(random, "up", r if r.denominator == 1 else float(r))
    return in_torch(text, (*axes(random, n, 1, 9), 3), lambda: nn.Upsample(scale_factor=float(r)))


def torch_shuffle(random: Random) -> Drawn:
    r, name = random.randint(1, 3), random.choice(("shuffle", "unshuffle"))
    shape = (*(r * n for n in axes(random, 2, 1, 4)), r * r * random.randint(1, 3))
    if random.random() < 0.4:
        shape = axes(random, 3, 1, 12)
    return in_torch(
        call(random, name, r), shape, lambda: (nn.PixelShuffle if name == "shuffle" else nn.PixelUnshuffle)(r)
    )


def torch_patch(random: Random) -> Drawn:
    n, f, c, bias = random.randint(1, 3), random.randint(1, 6), random.randint(1, 3), maybe(random, "nobias")
    p = axes(random, n, 1, 4)
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[n - 1]
    return in_torch(
        call(random, "patch", p, f, flags=bias), (*axes(random, n, 1, 12), c),
        lambda: nn.Sequential(kind(c, f, p, p, bias=not bias), nn.Flatten(2)),
    )  # fmt: skip


def torch_dense(random: Random) -> Drawn:
    shape, u, bias = axes(random, random.randint(1, 4), 1, 5), random.randint(1, 9), maybe(random, "nobias")
    return in_torch(
        call(random, "dense", u, flags=bias), shape,
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(shape).numel(), u, not bias)), first=False,
    )  # fmt: skip


def torch_linear(random: Random) -> Drawn:
    shape, u, bias = axes(random, random.randint(2, 4), 1, 5), random.randint(1, 9), maybe(random, "nobias")
    text = call(random, "linear", u, flags=bias)
    return in_torch(text, shape, lambda: nn.Linear(shape[-1], u, not bias), first=False)


def torch_embed(random: Random) -> Drawn:
    T, V, d = axes(random, 3, 1, 9)
    return in_torch(call(random, "embed", V, d), (T,), lambda: nn.Embedding(V, d), first=False, whole=True)


def torch_bn(random: Random) -> Drawn:
    n, c, plain = random.randint(1, 3), random.randint(1, 9), maybe(random, "noaffine")
    kind = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[n - 1]
    return in_torch(
        call(random, "bn", flags=plain), (*axes(random, n, 1, 4), c), lambda: kind(c, affine=not plain).eval()
    )


def torch_instancenorm(random: Random) -> Drawn:
    n, c, affine = random.randint(1, 3), random.randint(1, 9), maybe(random, "affine")
    kind = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[n - 1]
    shape = (*axes(random, n, 2, 4), c)
    return in_torch(call(random, "instancenorm", flags=affine), shape, lambda: kind(c, affine=bool(affine)).eval())


def torch_gn(random: Random) -> Drawn:
    n, g, plain = random.randint(1, 3), random.randint(1, 4), maybe(random, "noaffine")
    c = random.choice((g * random.randint(1, 3), random.randint(1, 9)))
    text = call(random, "gn", g, flags=plain)
    return in_torch(text, (*axes(random, n, 2, 4), c), lambda: nn.GroupNorm(g, c, affine=not plain))


def torch_ln(random: Random) -> Drawn:
    shape, n = axes(random, random.randint(1, 4), 1, 5), random.randint(1, 4)
    n = min(n, len(shape))
    part = random.choice(("", "noaffine", "noshift"))
    make = lambda: nn.LayerNorm(shape[-n:], elementwise_affine=part != "noaffine", bias=not part)  # noqa: E731
    return in_torch(call(random, "ln", axes=n, flags=part), shape, make, first=False)


def torch_rms(random: Random) -> Drawn:
    shape, plain = axes(random, random.randint(1, 4), 1, 5), maybe(random, "noaffine")
    make = lambda: nn.RMSNorm(shape[-1], elementwise_affine=not plain)  # noqa: E731
    return in_torch(call(random, "rms", flags=plain), shape, make, first=False)


class States(nn.Module):
    """A recurrent layer of PyTorch that gives out all its states, or the last one of each way."""

    def __init__(self, inner: nn.RNNBase, seq: bool) -> None:
        super().__init__()
        self.inner, self.seq = inner, seq

    def forward(self, x: Tensor) -> Tensor:
        states, last = self.inner(x)
        if self.seq:
            out: Tensor = states
            return out
        last = last[0] if isinstance(last, tuple) else last
        return torch.cat(last.unbind(0), -1)


def torch_recurrent(random: Random) -> Drawn:
    name, kind = random.choice((("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)))
    (t, c, u), seq, both = axes(random, 3, 1, 7), maybe(random, "seq"), random.random() < 0.3
    bias = random.random() < 0.7
    text = call(random, name, u, flags=f"{seq} {'' if bias else 'nobias'}", **({"biases": 2} if bias else {}))
    make = lambda: States(kind(c, u, bias=bias, batch_first=True, bidirectional=both), bool(seq))  # noqa: E731
    return in_torch(f"bi({text})" if both else text, (t, c), make, first=False)


class Attends(nn.Module):
    def __init__(self, inner: nn.MultiheadAttention) -> None:
        super().__init__()
        self.inner = inner.train()  # else a fused kernel hides the products

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        memory = x if memory is None else memory
        out: Tensor = self.inner(x, memory, memory)[0]
        return out


def torch_attention(random: Random) -> Drawn:
    h, (t, s, e) = random.randint(1, 4), axes(random, 3, 1, 7)
    d = random.choice((h * random.randint(1, 4), h * random.randint(1, 4), random.randint(1, 9)))
    bias, over = maybe(random, "nobias"), random.random() < 0.4
    keys = {"over": "@memory"} if over else {}
    make = lambda: Attends(  # noqa: E731
        nn.MultiheadAttention(d, h, bias=not bias, batch_first=True, **({"kdim": e, "vdim": e} if over else {}))
    )
    text = call(random, "attention", h, flags=f"{bias} {maybe(random, 'causal')}", **keys)
    return in_torch(text, (t, d), make, first=False, memory=(s, e) if over else ())


def torch_prelu(random: Random) -> Drawn:
    shape, shared = axes(random, random.randint(2, 4), 1, 6), maybe(random, "shared")
    return in_torch(call(random, "prelu", flags=shared), shape, lambda: nn.PReLU(1 if shared else shape[-1]))


def torch_glu(random: Random) -> Drawn:
    shape = (*axes(random, random.randint(0, 3), 1, 5), random.choice((2, 4, 6, random.randint(1, 7))))
    return in_torch("glu", shape, lambda: nn.GLU(), first=False)


PLAIN = {
    "relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "hswish": nn.Hardswish,
    "hsigmoid": nn.Hardsigmoid, "elu": nn.ELU, "selu": nn.SELU, "softplus": nn.Softplus, "leaky": nn.LeakyReLU,
    "mish": nn.Mish, "relu6": nn.ReLU6, "softmax": lambda: nn.Softmax(-1), "dropout(0.5)": nn.Dropout,
    "id": nn.Identity,
}  # fmt: skip


def torch_plain(random: Random) -> Drawn:
    name, make = random.choice([*PLAIN.items()])
    return in_torch(name, axes(random, random.randint(1, 4), 1, 5), make, first=False)


def torch_permute(random: Random) -> Drawn:
    shape = axes(random, random.randint(1, 4), 1, 5)
    order = random.sample(range(len(shape)), len(shape))
    make = lambda: Applied(lambda x: x.permute(0, *(i + 1 for i in order)))  # noqa: E731
    return in_torch(call(random, "permute", *order), shape, make, first=False)


def torch_reshape(random: Random) -> Drawn:
    shape = axes(random, random.randint(1, 4), 1, 5)
    sizes = [*axes(random, random.randint(0, 2), 1, 6), -1]
    if random.random() < 0.3:  # all sizes, which mostly do not fit
        sizes = [random.randint(1, 4), torch.Size(shape).numel() // random.randint(1, 3) or 1]
    random.shuffle(sizes)
    make = lambda: Applied(lambda x: x.reshape(1, *sizes))  # noqa: E731
    return in_torch(call(random, "reshape", *sizes), shape, make, first=False)


def torch_mean(random: Random) -> Drawn:
    shape = axes(random, random.randint(2, 4), 1, 5)
    axis = random.randrange(len(shape))
    return in_torch(call(random, "mean", axis), shape, lambda: Applied(lambda x: x.mean(axis + 1)), first=False)


def torch_mul(random: Random) -> Drawn:
    """Broadcast: sizes are aligned at the last axis, equal or 1; a symbol is not taken for 1."""
    shape = axes(random, random.randint(1, 4), 1, 5)
    other = tuple(random.choice((n, n, 1, random.randint(1, 5))) for n in shape[random.randrange(len(shape)) :])
    make = lambda: Applied(lambda a, b: a * b.reshape(1, *(1,) * (len(shape) - len(other)), *other))  # noqa: E731
    return in_torch("mul(id, @memory)", shape, make, first=False, memory=other)._replace(open=False)


def torch_concat(random: Random) -> Drawn:
    shape = axes(random, random.randint(1, 4), 1, 5)
    axis = random.randrange(len(shape))
    other = list(shape)
    other[axis] = random.randint(1, 5)
    if random.random() < 0.3:
        other[random.randrange(len(shape))] += 1
    make = lambda: Applied(lambda a, b: torch.cat([a, b], axis + 1))  # noqa: E731
    return in_torch(call(random, "concat", "id", "@memory", axis=axis), shape, make, first=False, memory=tuple(other))


# ---------------------------------------------------------------------------------------------------------------- Keras


def in_keras(call: str, shape: Sizes, make: Callable[[], Any], *, memory: Sizes = (), whole: bool = False) -> Drawn:
    def count() -> Counted:
        with keras.device("meta"):
            inputs = [keras.Input(s, dtype="int32" if whole else "float32") for s in (shape, memory) if s]
            layer = make()
            return of_keras(keras.Model(inputs, layer(*inputs)))

    return Drawn(call, shape, count, memory)


def strided(random: Random, n: int) -> tuple[Sizes, Sizes]:
    """Strides and dilations, of which Keras takes one above 1: docs/conventions.md."""
    s, d = random.choice(((random.randint(1, 3), 1), (1, random.randint(1, 3))))
    return (s,) * n, (d,) * n


def padded(random: Random) -> str:
    return random.choice(("same", "valid"))


def keras_conv(random: Random) -> Drawn:
    n = random.randint(1, 3)
    (c, f, g), k, (s, d) = grouped(random), axes(random, n, 1, 4), strided(random, n)
    p, bias = random.choice(("same", "valid", "causal" if n == 1 else "valid")), maybe(random, "nobias")
    kind = (K.Conv1D, K.Conv2D, K.Conv3D)[n - 1]
    text = call(random, "conv", k, f, s=s, d=d, g=g, flags=f"{p} {bias}")
    make = lambda: kind(f, k, s, p, dilation_rate=d, groups=g, use_bias=not bias)  # noqa: E731
    return in_keras(text, (*axes(random, n, 1, 12), c), make)


def keras_dwconv(random: Random) -> Drawn:
    n, m = random.randint(1, 2), random.randint(1, 3)
    k, (s, d), p, bias = axes(random, n, 1, 4), strided(random, n), padded(random), maybe(random, "nobias")
    kind = (K.DepthwiseConv1D, K.DepthwiseConv2D)[n - 1]
    text = call(random, "dwconv", k, s=s, d=d, multiplier=m, flags=f"{p} {bias}")
    make = lambda: kind(k, s, p, m, dilation_rate=d, use_bias=not bias)  # noqa: E731
    return in_keras(text, axes(random, n + 1, 1, 12), make)


def keras_sepconv(random: Random) -> Drawn:
    n, f, m = random.randint(1, 2), random.randint(1, 6), random.randint(1, 3)
    k, (s, d), p, bias = axes(random, n, 1, 4), strided(random, n), padded(random), maybe(random, "nobias")
    kind = (K.SeparableConv1D, K.SeparableConv2D)[n - 1]
    text = call(random, "sepconv", k, f, s=s, d=d, multiplier=m, flags=f"{p} {bias}")
    make = lambda: kind(f, k, s, p, dilation_rate=d, depth_multiplier=m, use_bias=not bias)  # noqa: E731
    return in_keras(text, axes(random, n + 1, 1, 12), make)


def keras_tconv(random: Random) -> Drawn:
    n, f = random.randint(1, 3), random.randint(1, 5)
    k, (s, d), p, bias = axes(random, n, 1, 4), strided(random, n), padded(random), maybe(random, "nobias")
    kind = (K.Conv1DTranspose, K.Conv2DTranspose, K.Conv3DTranspose)[n - 1]
    text = call(random, "tconv", k, f, s=s, d=d, flags=f"{p} {bias}")
    make = lambda: kind(f, k, s, p, dilation_rate=d, use_bias=not bias)  # noqa: E731
    return in_keras(text, axes(random, n + 1, 1, 8), make)


def keras_pool(random: Random) -> Drawn:
    n, name = random.randint(1, 3), random.choice(("maxpool", "avgpool"))
    k, s, p = axes(random, n, 1, 4), axes(random, n, 1, 4), padded(random)
    kinds = {
        "maxpool": (K.MaxPooling1D, K.MaxPooling2D, K.MaxPooling3D),
        "avgpool": (K.AveragePooling1D, K.AveragePooling2D, K.AveragePooling3D),
    }
    text = call(random, name, k, s=s, flags=p)
    return in_keras(text, axes(random, n + 1, 1, 12), lambda: kinds[name][n - 1](k, s, p))


def keras_global(random: Random) -> Drawn:
    n, name = random.randint(1, 3), random.choice(("gap", "gmp"))
    means = (K.GlobalAveragePooling1D, K.GlobalAveragePooling2D, K.GlobalAveragePooling3D)[n - 1]
    maxima = (K.GlobalMaxPooling1D, K.GlobalMaxPooling2D, K.GlobalMaxPooling3D)[n - 1]
    return in_keras(name, axes(random, n + 1, 1, 6), means if name == "gap" else maxima)


def keras_up(random: Random) -> Drawn:
    n = random.randint(1, 3)
    r = axes(random, n, 1, 3)
    kind = (K.UpSampling1D, K.UpSampling2D, K.UpSampling3D)[n - 1]
    return in_keras(call(random, "up", r), axes(random, n + 1, 1, 5), lambda: kind(r[0] if n == 1 else r))


def keras_sides(random: Random) -> Drawn:
    n, name = random.randint(1, 3), random.choice(("pad", "crop"))
    sides = tuple(axes(random, 2, 0, 3) for _ in range(n))
    pads = (K.ZeroPadding1D, K.ZeroPadding2D, K.ZeroPadding3D)[n - 1]
    crops = (K.Cropping1D, K.Cropping2D, K.Cropping3D)[n - 1]
    kind = pads if name == "pad" else crops
    return in_keras(call(random, name, sides), axes(random, n + 1, 1, 8), lambda: kind(sides[0] if n == 1 else sides))


def keras_linear(random: Random) -> Drawn:
    u, bias = random.randint(1, 9), maybe(random, "nobias")
    text = call(random, "linear", u, flags=bias)
    return in_keras(text, axes(random, random.randint(1, 4), 1, 5), lambda: K.Dense(u, use_bias=not bias))


def keras_embed(random: Random) -> Drawn:
    V, d = axes(random, 2, 1, 9)
    return in_keras(call(random, "embed", V, d), axes(random, 1, 1, 9), lambda: K.Embedding(V, d), whole=True)


def keras_norm(random: Random) -> Drawn:
    name, kind = random.choice((("bn", K.BatchNormalization), ("ln", K.LayerNormalization)))
    scale, shift = maybe(random, "noscale"), maybe(random, "noshift")
    text = call(random, name, flags=f"{scale} {shift}")
    return in_keras(text, axes(random, random.randint(1, 4), 1, 6), lambda: kind(scale=not scale, center=not shift))


def keras_gn(random: Random) -> Drawn:
    g, scale, shift = random.randint(1, 4), maybe(random, "noscale"), maybe(random, "noshift")
    shape = (*axes(random, random.randint(1, 3), 1, 4), random.choice((g * random.randint(1, 3), random.randint(1, 9))))
    text = call(random, "gn", g, flags=f"{scale} {shift}")
    return in_keras(text, shape, lambda: K.GroupNormalization(g, scale=not scale, center=not shift))


def keras_rms(random: Random) -> Drawn:
    return in_keras("rms", axes(random, random.randint(1, 4), 1, 6), K.RMSNormalization)


def keras_recurrent(random: Random) -> Drawn:
    name, kind = random.choice((("rnn", K.SimpleRNN), ("gru", K.GRU), ("lstm", K.LSTM)))
    u, seq, both, bias = random.randint(1, 7), maybe(random, "seq"), random.random() < 0.3, random.random() < 0.7
    after = random.random() < 0.5
    more = {"reset_after": after} if name == "gru" else {}
    biases = {"biases": 2 if more and after else 1} if bias else {}
    text = call(random, name, u, flags=f"{seq} {'' if bias else 'nobias'}", **biases)

    def make() -> Any:
        layer = kind(u, return_sequences=bool(seq), use_bias=bias, **more)
        return K.Bidirectional(layer) if both else layer

    return in_keras(f"bi({text})" if both else text, axes(random, 2, 1, 7), make)


def keras_attention(random: Random) -> Drawn:
    h, dim, (t, s, d, e) = random.randint(1, 4), random.randint(1, 6), axes(random, 4, 1, 7)
    bias, over = maybe(random, "nobias"), random.random() < 0.4
    keys = {"over": "@memory"} if over else {}
    text = call(random, "attention", h, dim=dim, flags=bias, **keys)

    def make() -> Any:
        layer = K.MultiHeadAttention(h, dim, use_bias=not bias)
        return layer if over else lambda x: layer(x, x)

    return in_keras(text, (t, d), make, memory=(s, e) if over else ())


def keras_grouped(random: Random) -> Drawn:
    kv, dim = random.randint(1, 3), random.randint(1, 6)
    h = random.choice((kv * random.randint(1, 3), random.randint(1, 6)))
    bias = maybe(random, "nobias")

    def make() -> Any:
        layer = K.GroupQueryAttention(dim, h, kv, use_bias=not bias)
        return lambda x: layer(x, x)

    return in_keras(call(random, "attention", h, kv=kv, dim=dim, flags=bias), axes(random, 2, 1, 7), make)


def keras_prelu(random: Random) -> Drawn:
    n = random.randint(1, 3)
    return in_keras("prelu", axes(random, n + 1, 1, 6), lambda: K.PReLU(shared_axes=[*range(1, n + 1)]))


def keras_permute(random: Random) -> Drawn:
    shape = axes(random, random.randint(1, 4), 1, 5)
    order = random.sample(range(len(shape)), len(shape))
    return in_keras(call(random, "permute", *order), shape, lambda: K.Permute([i + 1 for i in order]))


def keras_reshape(random: Random) -> Drawn:
    shape = axes(random, random.randint(1, 4), 1, 5)
    sizes = [*axes(random, random.randint(0, 2), 1, 6), -1]
    random.shuffle(sizes)
    return in_keras(call(random, "reshape", *sizes), shape, lambda: K.Reshape(sizes))


def keras_flatten(random: Random) -> Drawn:
    return in_keras("flatten", axes(random, random.randint(1, 4), 1, 5), K.Flatten)


def keras_concat(random: Random) -> Drawn:
    drawn = torch_concat(random)
    axis = int(drawn.call.split("axis=")[1].rstrip(")"))
    return in_keras(drawn.call, drawn.shape, lambda: lambda *x: K.Concatenate(axis + 1)(x), memory=drawn.memory)


LAYERS: dict[str, Callable[[Random], Drawn]] = {
    name.replace("_", " "): it for name, it in globals().items() if name.startswith(("torch_", "keras_"))
}
