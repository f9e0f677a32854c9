"""Sliding windows: convolutions, pools, and what changes the number of places. Written once for any number of axes."""

from __future__ import annotations

from typing import Any

from ..algebra.functions import greatest_divisor, maximum, minimum
from ..algebra.needs import Need, at_least, divides
from ..algebra.poly import product
from ..algebra.rounding import floor
from .facts import (
    WHOLE,
    Amounts,
    Count,
    Facts,
    Flag,
    Keeps,
    Misfit,
    Padding,
    Ratios,
    Shape,
    Sides,
    Steps,
    Weight,
    Window,
    Windows,
    biases,
    kernel,
    layer,
    places,
)
from .keeping import between, indices

FITS = "the window covers {b} places, but the input has {a}"
PADDED = "the window covers {b} places, but the input with its padding has {a}"
GREATEST = Keeps(inputs=True, own=indices)
PLACES = "an image is (H,W,C), a sequence (T,C); reshape(28, 28, 1) makes an image of a vector"


def slid(n: Any, k: Any, s: Any, p: Any, d: Any, ceil: bool = False) -> tuple[Any, tuple[Need, ...]]:
    """How many windows fit along an axis of n places, and what must hold for that.

    `ceil` is PyTorch's: a last, partial window counts unless it would start in the padding behind the input; the number
    is floor((n + min(2p - d(k-1) + s - 2, p - 1)) / s) + 1 (torch.nn.MaxPool2d, `ceil_mode`).
    """
    reach = d * (k - 1)
    if p in ("same", "causal"):
        return divided(n + s - 1, s), ()
    before, behind = (0, 0) if p == "valid" else p
    if ceil:
        slack = minimum(before + behind - reach + s - 2, before - 1)
        return divided(n + slack, s) + 1, (at_least(n + slack, 0, "no window starts inside the input"),)
    padded = n + before + behind
    return divided(padded - (reach + 1 - s), s), (
        at_least(padded, reach + 1, FITS if p == "valid" or p == (0, 0) else PADDED),
    )


def divided(n: Any, s: Any) -> Any:
    """⌊n/s⌋ of a whole number."""
    return n if s == 1 else n // s


def slid_all(x: Shape, k: Any, s: Any, p: Any, d: Any, ceil: bool = False) -> tuple[Shape, tuple[Need, ...]]:
    sizes: list[Any] = []
    needs: list[Need] = []
    for n, ki, si, pi, di in zip(x[:-1], k, s, p, d, strict=True):
        out, asked = slid(n, ki, si, pi, di, ceil)
        sizes.append(out)
        needs += asked
    return tuple(sizes), tuple(needs)


def windows(k: Any, s: Any, d: Any) -> tuple[Window, ...]:
    return (*(Window(di * (ki - 1), si) for ki, si, di in zip(k, s, d, strict=True)), Window(0, 1))


@layer("sliding windows", "image", keeps="inputs")
def conv(
    x: Shape, k: Windows, f: Count, s: Steps = 1, p: Padding = "valid", d: Steps = 1, g: Count = 1, *, bias: Flag = True
) -> Facts:
    """Slides f filters of window k over the places; with g groups, each filter sees c/g of the c channels.

    (…, n, c) -> (…, ⌊(n + padding − d(k−1) − 1)/s⌋ + 1, f); kernel (k…, c/g, f), bias (f).
    `same` gives ⌈n/s⌉ places, `causal` too and pads only in front. PyTorch: Conv1d-3d. Keras: Conv1D-3D.

    (28,28,1) -> conv(3x3, 32, same, relu)
    """
    c = x[-1]
    sizes, needs = slid_all(x, k, s, p, d)
    asks = () if g == 1 else (
        divides(g, c, "the {b} groups do not divide the {a} channels that come in"),
        divides(g, f, "the {b} groups do not divide the {a} filters"),
    )  # fmt: skip
    each = c if g == 1 else over(c, g)
    weights = (kernel("kernel", (*k, each, f), product(sizes)), *biases(bias, f))
    return Facts((*sizes, f), weights, windows=windows(k, s, d), needs=needs + asks)


def over(a: Any, b: Any) -> Any:
    """a/b where a need says that it is whole."""
    return a // b if isinstance(a, int) and isinstance(b, int) else a / b


@layer("sliding windows", "image", keeps="inputs")
def dwconv(
    x: Shape, k: Windows, s: Steps = 1, p: Padding = "valid", d: Steps = 1, multiplier: Count = 1, *, bias: Flag = True
) -> Facts:
    """Slides a window over each channel by itself (a depthwise convolution).

    (…, n, c) -> (…, as conv, c·multiplier); kernel (k…, 1, c·multiplier), bias (c·multiplier).
    PyTorch: Conv2d with groups=c. Keras: DepthwiseConv2D.

    (56,56,64) -> dwconv(3x3, same, nobias)
    """
    sizes, needs = slid_all(x, k, s, p, d)
    f = x[-1] * multiplier
    weights = (kernel("kernel", (*k, 1, f), product(sizes)), *biases(bias, f))
    return Facts((*sizes, f), weights, windows=windows(k, s, d), needs=needs)


@layer("sliding windows", "image", keeps=Keeps(inputs=True, own=between))
def sepconv(
    x: Shape, k: Windows, f: Count, s: Steps = 1, p: Padding = "valid", d: Steps = 1, multiplier: Count = 1,
    *, bias: Flag = True,
) -> Facts:  # fmt: skip
    """A depthwise convolution, then a pointwise one with f filters and the only bias (Keras: SeparableConv2D).

    (…, n, c) -> (…, as conv, f); depthwise (k…, 1, c·multiplier), pointwise (1…, c·multiplier, f), bias (f).

    (56,56,64) -> sepconv(3x3, 128, same)
    """
    sizes, needs = slid_all(x, k, s, p, d)
    between, at = x[-1] * multiplier, product(sizes)
    weights = (
        kernel("depthwise", (*k, 1, between), at),
        kernel("pointwise", (*(1 for _ in k), between, f), at),
        *biases(bias, f),
    )
    return Facts((*sizes, f), weights, windows=windows(k, s, d), needs=needs)


@layer("sliding windows", "image", keeps="inputs")
def tconv(
    x: Shape, k: Windows, f: Count, s: Steps = 1, p: Padding = 0, output_pad: Amounts = 0, d: Steps = 1, g: Count = 1,
    *, bias: Flag = True,
) -> Facts:  # fmt: skip
    """A transposed convolution: each place of the input spreads over a window of the output, s places apart.

    (…, n, c) -> (…, (n−1)s − 2p + d(k−1) + output_pad + 1, f); `same` n·s, `valid` n·s + max(d(k−1) + 1 − s, 0).
    Kernel (k…, f/g, c), bias (f). PyTorch: ConvTranspose2d. Keras: Conv2DTranspose.

    (14,14,64) -> tconv(2, 32, s=2)
    """
    sizes, needs, spans = [], [], []
    for n, ki, si, pi, more, di in zip(x[:-1], k, s, p, output_pad, d, strict=True):
        reach = di * (ki - 1)
        if pi == "causal":
            raise Misfit("has no causal padding")
        if pi in ("same", "valid"):
            out = n * si + more + (maximum(reach + 1 - si, 0) if pi == "valid" else 0)
        else:
            out = (n - 1) * si - pi[0] - pi[1] + reach + more + 1
        needs.append(at_least(out, 1, "nothing is left: the output would have {a} places"))
        sizes.append(out)
        shared = greatest_divisor(di, si)
        spans.append(Window((ki - 1) * shared // si * over(di, shared), inverse(si)))
    c = x[-1]
    if g != 1:
        needs += [
            divides(g, c, "the {b} groups do not divide the {a} channels that come in"),
            divides(g, f, "the {b} groups do not divide the {a} filters"),
        ]
    at = places(x)
    weight = Weight("kernel", (*k, f if g == 1 else over(f, g), c), uses=at, gives=product(sizes) * f)
    return Facts((*sizes, f), (weight, *biases(bias, f)), windows=(*spans, Window(0, 1)), needs=tuple(needs))


def inverse(a: Any) -> Any:
    """1/a, exactly."""
    from fractions import Fraction

    return 1 if a == 1 else Fraction(1) / a


@layer(
    "sliding windows",
    "image",
    names=("pool", "maxpool", "avgpool"),
    keeps={"pool": GREATEST, "maxpool": GREATEST, "avgpool": "inputs"},
)
def pool(x: Shape, k: Windows, s: Steps = None, p: Padding = "valid", d: Steps = 1, *, ceil: Flag = False) -> Facts:
    """Takes the greatest or the mean of each window; the stride is the window unless given.

    (…, n, c) -> (…, as conv, c). `ceil` rounds up and drops a last window that would start in the padding behind.
    PyTorch: MaxPool2d, AvgPool2d. Keras: MaxPooling2D, AveragePooling2D.

    (28,28,32) -> pool(2)
    """
    s = k if s is None else s
    sizes, needs = slid_all(x, k, s, p, d, ceil)
    return Facts((*sizes, x[-1]), windows=windows(k, s, d), needs=needs)


@layer("sliding windows", "image", names=("gap", "gmp"), keeps={"gap": "nothing", "gmp": GREATEST})
def gap(x: Shape) -> Facts:
    """The mean (gap) or the greatest (gmp) over all places of each channel.

    (…, c) -> (c). Keras: GlobalAveragePooling2D, GlobalMaxPooling2D. PyTorch: AdaptiveAvgPool2d(1).

    (7,7,512) -> gap -> dense(10)
    """
    spatial(x)
    return Facts((x[-1],), windows=(WHOLE,) * (len(x) - 1) + (Window(0, 1),), axes=((len(x) - 1,),))


def spatial(x: Shape) -> None:
    if len(x) < 2:
        raise Misfit("works along places, but {x} comes in", PLACES)


@layer("sliding windows", "image", keeps="inputs")
def adaptive(x: Shape, o: Windows) -> Facts:
    """Pools with windows chosen so that o places come out per axis (PyTorch: AdaptiveAvgPool2d).

    (…, n, c) -> (…, o, c). The widest window has ⌈(n − gcd(n,o))/o⌉ + 1 places; their mean stride is n/o.

    (13,13,256) -> adaptive(6)
    """
    spans = []
    for n, oi in zip(x[:-1], o, strict=True):
        spans.append(Window((n - greatest_divisor(n, oi) + oi - 1) // oi, over_exact(n, oi)))
    return Facts((*o, x[-1]), windows=(*spans, Window(0, 1)))


def over_exact(a: Any, b: Any) -> Any:
    return a * inverse(b)


@layer("sliding windows", "image", keeps="nothing")
def up(x: Shape, r: Ratios) -> Facts:
    """Repeats or interpolates each place r times per axis, a fraction too (PyTorch: Upsample. Keras: UpSampling2D).

    (…, n, c) -> (…, ⌊n·r⌋, c)

    (7,7,64) -> up(2)
    """
    sizes = tuple(n * ri if isinstance(ri, int) else floor(n * ri) for n, ri in zip(x[:-1], r, strict=True))
    needs = tuple(at_least(n, 1, "nothing is left: the output would have {a} places") for n in sizes)
    return Facts((*sizes, x[-1]), windows=(*(Window(0, inverse(ri)) for ri in r), Window(0, 1)), needs=needs)


@layer("sliding windows", "image", keeps="nothing")
def shuffle(x: Shape, r: Count) -> Facts:
    """Moves channels into places: depth to space (PyTorch: PixelShuffle).

    (…, n, c) -> (…, n·r, c/r^axes)

    (16,16,64) -> shuffle(2)
    """
    spatial(x)
    block = r ** (len(x) - 1)
    need = divides(block, x[-1], "{a} channels cannot be spread over blocks of {b} places")
    spans = (Window(0, inverse(r)),) * (len(x) - 1)
    return Facts((*(n * r for n in x[:-1]), over(x[-1], block)), windows=(*spans, Window(0, 1)), needs=(need,))


@layer("sliding windows", "image", keeps="nothing")
def unshuffle(x: Shape, r: Count) -> Facts:
    """Moves places into channels: space to depth (PyTorch: PixelUnshuffle).

    (…, n, c) -> (…, n/r, c·r^axes)

    (32,32,3) -> unshuffle(2)
    """
    spatial(x)
    needs = tuple(divides(r, n, "{a} places cannot be cut into blocks of {b}") for n in x[:-1])
    shape = (*(over(n, r) for n in x[:-1]), x[-1] * r ** (len(x) - 1))
    return Facts(shape, windows=(Window(r - 1, r),) * (len(x) - 1) + (Window(0, 1),), needs=needs)


@layer("sliding windows", "image", keeps="nothing")
def widen(x: Shape, f: Count) -> Facts:
    """Appends channels of zeros up to f: the parameter-free shortcut (option A) of ResNets for CIFAR (He et al. 2015).

    (…, c) -> (…, f)

    (32,32,16) -> widen(32)
    """
    return Facts((*x[:-1], f), needs=(at_least(f, x[-1], "{b} channels come in, more than the {a} asked for"),))


@layer("sliding windows", "image", keeps="nothing")
def pad(x: Shape, a: Sides) -> Facts:
    """Adds a places before and behind each axis; ((a,b),(c,d)) for each side (Keras: ZeroPadding2D).

    (…, n, c) -> (…, n + 2a, c)

    (224,224,3) -> pad(3) -> conv(7x7, 64, s=2)
    """
    return Facts((*(n + low + high for n, (low, high) in zip(x[:-1], a, strict=True)), x[-1]))


@layer("sliding windows", "image", keeps="nothing")
def crop(x: Shape, a: Sides) -> Facts:
    """Cuts a places off before and behind each axis; ((a,b),(c,d)) for each side (Keras: Cropping2D).

    (…, n, c) -> (…, n − 2a, c)

    (32,32,3) -> crop(2)
    """
    sizes = tuple(n - low - high for n, (low, high) in zip(x[:-1], a, strict=True))
    needs = tuple(at_least(n, 1, "nothing is left: the output would have {a} places") for n in sizes)
    return Facts((*sizes, x[-1]), needs=needs, view=True)


@layer("sliding windows", "image", keeps="inputs")
def patch(x: Shape, p: Windows, f: Count, *, bias: Flag = True) -> Facts:
    """Cuts the places into patches and maps each to f numbers: a convolution whose stride is its window, then one axis.

    (H, W, c) -> (⌊H/p⌋·⌊W/p⌋, f); kernel (p, p, c, f), bias (f). Dosovitskiy et al. 2020 (ViT).

    (224,224,3) -> patch(16, 768)
    """
    ones = (1,) * len(p)
    sizes, needs = slid_all(x, p, p, ("valid",) * len(p), ones)
    at = product(sizes)
    weights = (kernel("kernel", (*p, x[-1], f), at), *biases(bias, f))
    axes = (tuple(range(len(p))), (len(p),))
    return Facts((at, f), weights, windows=windows(p, p, ones), axes=axes, needs=needs)
