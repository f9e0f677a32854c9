"""Networks on images in PyTorch, from their papers and the reference code that each names. Knows no paramula.

Each function builds one family; `image` is (channels, height, width). What torchvision, timm or an author's code
decides where a paper is silent is said at the family.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import torch
from torch import Tensor, nn

Image = tuple[int, int, int]
Module = nn.Module

IMAGENET: Image = (3, 224, 224)
CIFAR: Image = (3, 32, 32)


class Add(Module):
    """The sum of two branches, then an activation."""

    def __init__(self, body: Module, shortcut: Module | None = None, last: Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut, self.last = body, shortcut or nn.Identity(), last or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(self.body(x) + self.shortcut(x))
        return out


class Concat(Module):
    """Branches side by side along the channels."""

    def __init__(self, *branches: Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class Heads(Module):
    """A trunk with one output at its end and others on the way: (part, head on it), …, and what stands behind."""

    def __init__(self, *parts: tuple[Module, Module | None], end: Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(part for part, _ in parts)
        self.heads = nn.ModuleList(head or nn.Identity() for _, head in parts)
        self.end = end

    def forward(self, x: Tensor) -> Any:
        outs = []
        for part, head in zip(self.parts, self.heads, strict=True):
            x = part(x)
            if not isinstance(head, nn.Identity):
                outs.append(head(x))
        return (self.end(x), *outs) if outs else self.end(x)


def half(k: Any, d: int = 1) -> Any:
    """The padding with which an odd window keeps the size."""
    return tuple(half(n, d) for n in k) if isinstance(k, tuple) else d * (k - 1) // 2


def conv(a: int, b: int, k: Any = 3, s: int = 1, p: Any = None, d: int = 1, g: int = 1, bias: bool = False) -> Module:
    return nn.Conv2d(a, b, k, s, half(k, d) if p is None else p, d, g, bias)


def cb(a: int, b: int, k: Any = 3, s: int = 1, **options: Any) -> nn.Sequential:
    return nn.Sequential(conv(a, b, k, s, **options), nn.BatchNorm2d(b))


def cba(a: int, b: int, k: Any = 3, s: int = 1, act: type[Module] = nn.ReLU, **options: Any) -> nn.Sequential:
    return nn.Sequential(*cb(a, b, k, s, **options), act())


def bac(a: int, b: int, k: Any = 3, s: int = 1, bias: bool = False) -> nn.Sequential:
    """A convolution behind its norm and activation (pre-activation)."""
    return nn.Sequential(nn.BatchNorm2d(a), nn.ReLU(), conv(a, b, k, s, bias=bias))


def pooled() -> list[Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]


def stem(c: int) -> list[Module]:
    """A ResNet's first layers."""
    return [*cba(c, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]


def flat(body: Module, image: Image) -> int:
    """How many numbers come out of a module for an image."""
    with torch.no_grad():
        out: Tensor = body.to("meta").eval()(torch.empty(1, *image, device="meta"))
    return out.numel()


# ------------------------------------------------------------------------------------------------ before normalization


def lenet5(image: Image = (1, 32, 32), classes: int = 10) -> Module:
    body = nn.Sequential(
        nn.Conv2d(image[0], 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
    )  # fmt: skip
    return nn.Sequential(*body, nn.Linear(flat(body, image), 84), nn.Tanh(), nn.Linear(84, classes))


class Subsample(Module):
    """LeCun et al. 1998, section II.B: the mean of 2x2, times a coefficient, plus a bias, through a sigmoid."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2)
        self.coefficient = nn.Parameter(torch.ones(maps, 1, 1))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.pool(x) * self.coefficient + self.bias)


# Table I: which of the six maps of S2 each of the sixteen maps of C3 sees.
C3 = """0 1 2, 1 2 3, 2 3 4, 3 4 5, 0 4 5, 0 1 5, 0 1 2 3, 1 2 3 4, 2 3 4 5, 0 3 4 5, 0 1 4 5, 0 1 2 5,
    0 1 3 4, 1 2 4 5, 0 2 3 5, 0 1 2 3 4 5"""


class Connected(Module):
    def __init__(self) -> None:
        super().__init__()
        self.seen = [[int(i) for i in maps.split()] for maps in C3.split(",")]
        self.maps = nn.ModuleList(nn.Conv2d(len(seen), 1, 5) for seen in self.seen)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([one(x[:, seen]) for one, seen in zip(self.maps, self.seen, strict=True)], 1)


def lenet5_1998(image: Image = (1, 32, 32)) -> Module:
    return nn.Sequential(
        nn.Conv2d(image[0], 6, 5), nn.Tanh(), Subsample(6),
        Connected(), nn.Tanh(), Subsample(16),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(),
    )  # fmt: skip


def two_dense(n: int, classes: int) -> list[Module]:
    return [
        nn.Dropout(), nn.Linear(n, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, classes),
    ]  # fmt: skip


def alexnet(image: Image = IMAGENET, classes: int = 1000) -> Module:
    """torchvision's, which is that of "One weird trick"."""
    return nn.Sequential(
        nn.Conv2d(image[0], 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.AdaptiveAvgPool2d(6), nn.Flatten(), *two_dense(256 * 36, classes),
    )  # fmt: skip


def alexnet_2012(image: Image = (3, 227, 227), classes: int = 1000) -> Module:
    """Section 3.5; the second, fourth and fifth convolution see the maps of their own device only."""
    body = nn.Sequential(
        nn.Conv2d(image[0], 96, 11, 4), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, 1, 2, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 384, 3, 1, 1, groups=2), nn.ReLU(),
        nn.Conv2d(384, 256, 3, 1, 1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
    )  # fmt: skip
    return nn.Sequential(*body, *two_dense(flat(body, image), classes))


def vgg(layers: Sequence[int], norm: bool = False, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 1, as the paper and Keras have it: without torchvision's pool to 7x7 in front of the dense layers."""
    body: list[Module] = []
    before = image[0]
    for width, n in zip((64, 128, 256, 512, 512), layers, strict=True):
        for _ in range(n):
            body += [nn.Conv2d(before, width, 3, padding=1), *([nn.BatchNorm2d(width)] if norm else []), nn.ReLU()]
            before = width
        body.append(nn.MaxPool2d(2))
    features = nn.Sequential(*body, nn.Flatten())
    return nn.Sequential(*features, *two_dense(flat(features, image), classes))


def nin(image: Image = CIFAR, classes: int = 10) -> Module:
    """The authors' layer definitions for cuda-convnet, whose pools round up."""

    def mlp(a: int, k: int, *widths: int) -> list[Module]:
        out: list[Module] = []
        for b in widths:
            out += [nn.Conv2d(a, b, k, padding=k // 2), nn.ReLU()]
            a, k = b, 1
        return out

    return nn.Sequential(
        *mlp(image[0], 5, 192, 160, 96), nn.MaxPool2d(3, 2, ceil_mode=True), nn.Dropout(),
        *mlp(96, 5, 192, 192, 192), nn.AvgPool2d(3, 2, ceil_mode=True), nn.Dropout(),
        *mlp(192, 3, 192, 192, classes), *pooled(),
    )  # fmt: skip


def squeezenet(version: str = "1_0", e: int = 128, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 1 and section 5.1: `e` filters in the first two expand layers, `e` more after every two; squeeze 1/8."""
    small = version == "1_1"
    body: list[Module] = [nn.Conv2d(image[0], 64 if small else 96, 3 if small else 7, 2), nn.ReLU()]
    c = 64 if small else 96
    for fire in range(8):  # fire2 to fire9
        if fire in ((0, 2, 4) if small else (0, 3, 7)):
            body.append(nn.MaxPool2d(3, 2, ceil_mode=True))
        expand = e * (1 + fire // 2)
        squeeze = expand // 8
        body += [
            nn.Conv2d(c, squeeze, 1), nn.ReLU(),
            Concat(nn.Conv2d(squeeze, expand // 2, 1), nn.Conv2d(squeeze, expand // 2, 3, padding=1)), nn.ReLU(),
        ]  # fmt: skip
        c = expand
    return nn.Sequential(*body, nn.Dropout(), nn.Conv2d(c, classes, 1), nn.ReLU(), *pooled())


# ------------------------------------------------------------------------------------------------------------ inception


def googlenet(aux: bool = False, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 1 as torchvision builds it: normed, its "5x5" with a window of 3x3."""

    def inception(i: int, a: int, b: int, bb: int, c: int, cc: int, d: int) -> Module:
        pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), cba(i, d, 1))
        return Concat(
            cba(i, a, 1), nn.Sequential(cba(i, b, 1), cba(b, bb)), nn.Sequential(cba(i, c, 1), cba(c, cc)), pool
        )

    def head(c: int) -> Module | None:
        return nn.Sequential(
            nn.AdaptiveAvgPool2d(4), cba(c, 128, 1), nn.Flatten(), nn.Linear(2048, 1024), nn.ReLU(), nn.Dropout(0.7),
            nn.Linear(1024, classes),
        ) if aux else None  # fmt: skip

    down = nn.MaxPool2d(3, 2, ceil_mode=True)
    first = nn.Sequential(
        cba(image[0], 64, 7, 2), down, cba(64, 64, 1), cba(64, 192), down,
        inception(192, 64, 96, 128, 16, 32, 32), inception(256, 128, 128, 192, 32, 96, 64), down,
        inception(480, 192, 96, 208, 16, 48, 64),
    )  # fmt: skip
    second = nn.Sequential(
        inception(512, 160, 112, 224, 24, 64, 64), inception(512, 128, 128, 256, 24, 64, 64),
        inception(512, 112, 144, 288, 32, 64, 64),
    )  # fmt: skip
    last = nn.Sequential(
        inception(528, 256, 160, 320, 32, 128, 128), nn.MaxPool2d(2, 2, ceil_mode=True),
        inception(832, 256, 160, 320, 32, 128, 128), inception(832, 384, 192, 384, 48, 128, 128),
        *pooled(), nn.Dropout(0.2), nn.Linear(1024, classes),
    )  # fmt: skip
    return Heads((first, head(512)), (second, head(528)), end=last)


def inception_v3(aux: bool = False, image: Image = (3, 299, 299), classes: int = 1000) -> Module:
    """torchvision's InceptionA to InceptionE."""

    def chain(a: int, *steps: tuple[Any, ...]) -> Module:
        """Convolutions one behind the other: (filters, window, stride and padding where they are not 1 and same)."""
        out = []
        for b, k, *more in steps:
            s, p = (more or (1, None)) if len(more) != 1 else (more[0], 0)
            out.append(cba(a, b, k, s, p=p))
            a = b
        return nn.Sequential(*out)

    def mean(a: int, b: int) -> Module:
        return nn.Sequential(nn.AvgPool2d(3, 1, 1), cba(a, b, 1))

    def block_a(i: int, f: int) -> Module:
        return Concat(chain(i, (64, 1)), chain(i, (48, 1), (64, 5)), chain(i, (64, 1), (96, 3), (96, 3)), mean(i, f))

    def block_b(i: int) -> Module:
        return Concat(chain(i, (384, 3, 2)), chain(i, (64, 1), (96, 3), (96, 3, 2)), nn.MaxPool2d(3, 2))

    def block_c(i: int, f: int) -> Module:
        flat, tall = (1, 7), (7, 1)
        return Concat(
            chain(i, (192, 1)), chain(i, (f, 1), (f, flat), (192, tall)),
            chain(i, (f, 1), (f, tall), (f, flat), (f, tall), (192, flat)), mean(i, 192),
        )  # fmt: skip

    def block_d(i: int) -> Module:
        return Concat(
            chain(i, (192, 1), (320, 3, 2)), chain(i, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2)),
            nn.MaxPool2d(3, 2),
        )  # fmt: skip

    def block_e(i: int) -> Module:
        def both(a: int) -> Module:
            return Concat(cba(a, 384, (1, 3)), cba(a, 384, (3, 1)))

        return Concat(
            chain(i, (320, 1)), nn.Sequential(cba(i, 384, 1), both(384)),
            nn.Sequential(cba(i, 448, 1), cba(448, 384), both(384)), mean(i, 192),
        )  # fmt: skip

    trunk = nn.Sequential(
        cba(image[0], 32, 3, 2, p=0), cba(32, 32, 3, p=0), cba(32, 64), nn.MaxPool2d(3, 2),
        cba(64, 80, 1), cba(80, 192, 3, p=0), nn.MaxPool2d(3, 2),
        block_a(192, 32), block_a(256, 64), block_a(288, 64), block_b(288),
        *(block_c(768, f) for f in (128, 160, 160, 192)),
    )  # fmt: skip
    head = [nn.AvgPool2d(5, 3), cba(768, 128, 1), cba(128, 768, 5, p=0), *pooled(), nn.Linear(768, classes)]
    last = [block_d(768), block_e(1280), block_e(2048), *pooled(), nn.Dropout(), nn.Linear(2048, classes)]
    return Heads((trunk, nn.Sequential(*head) if aux else None), end=nn.Sequential(*last))


# --------------------------------------------------------------------------------------------------------------- resnet


def resnet(
    layers: Sequence[int], kind: str = "bottleneck", wide: int = 1, groups: int = 1, squeeze: int = 0,
    first: bool = False, bias: bool = False, image: Image = IMAGENET, classes: int = 1000,
) -> Module:  # fmt: skip
    """Table 1; torchvision's bottleneck strides in its 3x3 convolution, Keras's in its first 1x1 (`first`, `bias`).

    `squeeze`: SE-ResNet's gate, to one of `squeeze` channels, in front of the sum, with biases (timm's).
    """
    body: list[Module] = [
        conv(image[0], 64, 7, 2, bias=bias), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    ]  # fmt: skip
    c = 64
    for stage, n in enumerate(layers):
        for block in range(n):
            f = 64 * 2**stage
            s = 2 if stage and not block else 1
            if kind == "basic":
                out = f
                inner = [*cba(c, f, 3, s, bias=bias), *cb(f, f, bias=bias)]
            else:
                out, w = 4 * f, wide * f
                at = (s, 1) if first else (1, s)
                inner = [
                    *cba(c, w, 1, at[0], bias=bias), *cba(w, w, 3, at[1], g=groups, bias=bias),
                    *cb(w, out, 1, bias=bias),
                ]  # fmt: skip
            if squeeze:
                inner.append(Gate(out, out // squeeze))
            shortcut = cb(c, out, 1, s, bias=bias) if s != 1 or c != out else None
            body.append(Add(nn.Sequential(*inner), shortcut, nn.ReLU()))
            c = out
    return nn.Sequential(*body, *pooled(), nn.Linear(c, classes))


class Gate(Module):
    """Squeeze and excitation: a factor for each channel, from the means of all (Hu et al. 2017, section 3)."""

    def __init__(self, c: int, r: int, act: type[Module] = nn.ReLU, last: type[Module] = nn.Sigmoid) -> None:
        super().__init__()
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, r, 1), act(), nn.Conv2d(r, c, 1), last())

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x * self.gate(x)
        return out


class Padded(Module):
    """Option A: every second place, channels of zeros behind (He et al. 2015, section 4.1)."""

    def __init__(self, c: int, s: int) -> None:
        super().__init__()
        self.c, self.s = c, s

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x[:, :, :: self.s, :: self.s], (0, 0, 0, 0, 0, self.c - x.shape[1]))


def resnet_cifar(n: int, w: int = 16, image: Image = CIFAR, classes: int = 10) -> Module:
    """Section 4.2."""
    body: list[Module] = [*cba(image[0], w)]
    c = w
    for stage in range(3):
        for unit in range(n):
            f, s = w * 2**stage, 2 if stage and not unit else 1
            body.append(Add(nn.Sequential(*cba(c, f, 3, s), *cb(f, f)), Padded(f, s), nn.ReLU()))
            c = f
    return nn.Sequential(*body, *pooled(), nn.Linear(c, classes))


class Before(Module):
    """A unit whose first activation serves the shortcut as well."""

    def __init__(self, c: int, body: Module, shortcut: Module) -> None:
        super().__init__()
        self.before, self.body, self.shortcut = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU()), body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        out: Tensor = self.body(x) + self.shortcut(x)
        return out


def normed_end(c: int, classes: int) -> list[Module]:
    return [nn.BatchNorm2d(c), nn.ReLU(), *pooled(), nn.Linear(c, classes)]


def preact_basic(n: int, image: Image = CIFAR, classes: int = 10) -> Module:
    """resnet-pre-act.lua of resnet-1k-layers, with the shortcuts of ResNet for CIFAR."""
    body: list[Module] = [conv(image[0], 16)]
    c = 16
    for f in (16, 32, 64):
        for unit in range(n):
            s = 2 if f != 16 and not unit else 1
            body.append(Add(nn.Sequential(*bac(c, f, 3, s), *bac(f, f)), Padded(f, s)))
            c = f
    return nn.Sequential(*body, *normed_end(c, classes))


def preact_bottleneck(n: int, image: Image = CIFAR, classes: int = 10) -> Module:
    """resnet-pre-act.lua: nBottleneckPlane, the stride in the first 1x1 convolution."""
    body: list[Module] = [conv(image[0], 16)]
    c = 16
    for f in (16, 32, 64):
        for unit in range(n):
            s = 2 if f != 16 and not unit else 1
            inner = [conv(c, f, 1, s), *bac(f, f), *bac(f, 4 * f, 1)]
            if unit:
                body.append(Add(nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), *inner)))
            else:
                body.append(Before(c, nn.Sequential(*inner), conv(c, 4 * f, 1, s)))
            c = 4 * f
    return nn.Sequential(*body, *normed_end(c, classes))


def resnet_v2(layers: Sequence[int], image: Image = IMAGENET, classes: int = 1000) -> Module:
    """keras.applications.resnet: a stage strides in its last block, the outer convolutions have a bias."""
    body: list[Module] = [conv(image[0], 64, 7, 2, bias=True), nn.MaxPool2d(3, 2, 1)]
    c = 64
    for stage, n in enumerate(layers):
        f = 64 * 2**stage
        for block in range(n):
            s = 2 if block == n - 1 and stage < 3 else 1
            inner = [conv(c, f, 1), *bac(f, f, 3, s), *bac(f, 4 * f, 1, bias=True)]
            if block:
                shortcut = nn.MaxPool2d(1, s) if s > 1 else None
                body.append(Add(nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), *inner), shortcut))
            else:
                body.append(Before(c, nn.Sequential(*inner), conv(c, 4 * f, 1, s, bias=True)))
            c = 4 * f
    return nn.Sequential(*body, *normed_end(c, classes))


def wide_resnet(n: int, k: int, image: Image = CIFAR, classes: int = 10) -> Module:
    """wide-resnet.lua; a shortcut is a convolution where the width changes."""
    body: list[Module] = [conv(image[0], 16)]
    c = 16
    for stage in range(3):
        for unit in range(n):
            f, s = 16 * k * 2**stage, 2 if stage and not unit else 1
            inner = [conv(c, f, 3, s), nn.BatchNorm2d(f), nn.ReLU(), nn.Dropout(0.3), conv(f, f)]
            if c != f:
                body.append(Before(c, nn.Sequential(*inner), conv(c, f, 1, s)))
            else:
                body.append(Add(nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), *inner)))
            c = f
    return nn.Sequential(*body, *normed_end(c, classes))


# ------------------------------------------------------------------------------------------------------------- densenet


def densenet(
    k: int, blocks: Sequence[int], image: Image = IMAGENET, classes: int = 1000, first: int = 0, plain: bool = False
) -> Module:
    """Table 1; for CIFAR a 3x3 convolution of `first` filters comes first, and `plain` has no bottlenecks (table 2)."""
    c = first or 2 * k
    body: list[Module] = [conv(image[0], c)] if first else [*cba(image[0], c, 7, 2), nn.MaxPool2d(3, 2, 1)]
    for i, n in enumerate(blocks):
        for _ in range(n):
            layer = bac(c, k) if plain else nn.Sequential(*bac(c, 4 * k, 1), *bac(4 * k, k))
            body.append(Concat(nn.Identity(), layer))
            c += k
        if i < len(blocks) - 1:
            out = c if plain else c // 2
            body += [*bac(c, out, 1), nn.AvgPool2d(2)]
            c = out
    return nn.Sequential(*body, *normed_end(c, classes))


# -------------------------------------------------------------------------------------------------------------- mobile


def divisible(n: float, by: int = 8) -> int:
    """_make_divisible of the authors' TensorFlow code."""
    near = max(by, int(n + by / 2) // by * by)
    return near + by if near < 0.9 * n else near


def inverted(
    a: int, b: int, k: int, s: int, inner: int, act: type[Module] = nn.ReLU6, gate: Module | None = None,
    residual: bool | None = None, expand: bool | None = None,
) -> Module:  # fmt: skip
    """An inverted residual: expand, filter each channel, gate, project; added to the input where the shape is kept."""
    grow = inner != a if expand is None else expand
    body = nn.Sequential(
        *(cba(a, inner, 1, act=act) if grow else ()), *cba(inner, inner, k, s, act, g=inner),
        *([gate] if gate else ()), *cb(inner, b, 1),
    )  # fmt: skip
    kept = s == 1 and a == b if residual is None else residual
    return Add(body) if kept else body


def mobilenet_v1(w: float = 1, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 1; Keras cuts the widths down to whole numbers."""
    c = int(32 * w)
    body = [*cba(image[0], c, 3, 2, nn.ReLU6)]
    for f, s in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]:
        out = int(f * w)
        body += [*cba(c, c, 3, s, nn.ReLU6, g=c), *cba(c, out, 1, act=nn.ReLU6)]
        c = out
    return nn.Sequential(*body, *pooled(), nn.Dropout(0.001), nn.Linear(c, classes))


def mobilenet_v2(w: float = 1, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 2 as torchvision widens it."""
    c = divisible(32 * w)
    body = [*cba(image[0], c, 3, 2, nn.ReLU6)]
    for t, f, n, s in [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
    ]:  # fmt: skip
        for i in range(n):
            out = divisible(f * w)
            body.append(inverted(c, out, 3, 1 if i else s, t * c, expand=t != 1))
            c = out
    last = divisible(1280 * max(1, w))
    return nn.Sequential(*body, *cba(c, last, 1, act=nn.ReLU6), *pooled(), nn.Dropout(0.2), nn.Linear(last, classes))


def mobilenet_v3(size: str, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Tables 1 and 2: window, expanded, out, squeeze, activation, stride."""
    large = """3 16 16 - R 1, 3 64 24 - R 2, 3 72 24 - R 1, 5 72 40 S R 2, 5 120 40 S R 1, 5 120 40 S R 1,
        3 240 80 - H 2, 3 200 80 - H 1, 3 184 80 - H 1, 3 184 80 - H 1, 3 480 112 S H 1, 3 672 112 S H 1,
        5 672 160 S H 2, 5 960 160 S H 1, 5 960 160 S H 1"""
    small = """3 16 16 S R 2, 3 72 24 - R 2, 3 88 24 - R 1, 5 96 40 S H 2, 5 240 40 S H 1, 5 240 40 S H 1,
        5 120 48 S H 1, 5 144 48 S H 1, 5 288 96 S H 2, 5 576 96 S H 1, 5 576 96 S H 1"""
    c = 16
    body = [*cba(image[0], c, 3, 2, nn.Hardswish)]
    for row in (large if size == "large" else small).split(","):
        k, e, f, squeeze, act, s = row.split()
        inner, out = int(e), int(f)
        gate = Gate(inner, divisible(inner / 4), last=nn.Hardsigmoid) if squeeze == "S" else None
        body.append(inverted(c, out, int(k), int(s), inner, nn.ReLU if act == "R" else nn.Hardswish, gate))
        c = out
    last, unit = 6 * c, 1280 if size == "large" else 1024
    return nn.Sequential(
        *body, *cba(c, last, 1, act=nn.Hardswish), *pooled(), nn.Linear(last, unit), nn.Hardswish(), nn.Dropout(0.2),
        nn.Linear(unit, classes),
    )  # fmt: skip


def mnasnet(w: float = 1, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """torchvision's B1: the first block has no expansion, the last width is not scaled."""
    c, first = divisible(32 * w), divisible(16 * w)
    body: list[Module] = [*cba(image[0], c, 3, 2), *cba(c, c, g=c), *cb(c, first, 1)]
    c = first
    for k, s, t, f, n in [
        (3, 2, 3, 24, 3), (5, 2, 3, 40, 3), (5, 2, 6, 80, 3), (3, 1, 6, 96, 2), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)
    ]:  # fmt: skip
        for i in range(n):
            out = divisible(f * w)
            body.append(inverted(c, out, k, 1 if i else s, t * c, nn.ReLU, residual=i > 0))
            c = out
    return nn.Sequential(*body, *cba(c, 1280, 1), *pooled(), nn.Dropout(0.2), nn.Linear(1280, classes))


def mnasnet_a1(image: Image = IMAGENET, classes: int = 1000) -> Module:
    """timm's semnasnet_100, figure 7 of the paper: blocks, window, stride, expansion, filters, squeeze."""
    c = 32
    body: list[Module] = [*cba(image[0], c, 3, 2)]
    for n, k, s, t, f, squeeze in [
        (1, 3, 1, 1, 16, 0), (2, 3, 2, 6, 24, 0), (3, 5, 2, 3, 40, 1), (4, 3, 2, 6, 80, 0), (2, 3, 1, 6, 112, 1),
        (3, 5, 2, 6, 160, 1), (1, 3, 1, 6, 320, 0),
    ]:  # fmt: skip
        for i in range(n):
            gate = Gate(t * c, c // 4) if squeeze else None
            body.append(inverted(c, f, k, 1 if i else s, t * c, nn.ReLU, gate))
            c = f
    return nn.Sequential(*body, *cba(c, 1280, 1), *pooled(), nn.Dropout(0.2), nn.Linear(1280, classes))


def efficientnet(w: float = 1, d: float = 1, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 1 as torchvision scales it: squeezed to a quarter of what comes into the block."""
    c = divisible(32 * w)
    body = [*cba(image[0], c, 3, 2, nn.SiLU)]
    for t, k, s, f, n in [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ]:  # fmt: skip
        for i in range(ceil(n * d)):
            out = divisible(f * w)
            gate = Gate(t * c, max(1, c // 4), nn.SiLU)
            body.append(inverted(c, out, k, 1 if i else s, t * c, nn.SiLU, gate, expand=t != 1))
            c = out
    last = 4 * c
    return nn.Sequential(*body, *cba(c, last, 1, act=nn.SiLU), *pooled(), nn.Dropout(0.2), nn.Linear(last, classes))


V2 = {  # fused or not, expansion, stride, filters, blocks
    "s": "F 1 1 24 2, F 4 2 48 4, F 4 2 64 4, M 4 2 128 6, M 6 1 160 9, M 6 2 256 15",
    "m": "F 1 1 24 3, F 4 2 48 5, F 4 2 80 5, M 4 2 160 7, M 6 1 176 14, M 6 2 304 18, M 6 1 512 5",
    "l": "F 1 1 32 4, F 4 2 64 7, F 4 2 96 7, M 4 2 192 10, M 6 1 224 19, M 6 2 384 25, M 6 1 640 7",
}


def efficientnet_v2(size: str = "s", image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 4 and torchvision's M and L."""
    stages = [row.split() for row in V2[size].split(",")]
    c = int(stages[0][3])
    body = [*cba(image[0], c, 3, 2, nn.SiLU)]
    for kind, *numbers in stages:
        t, stride, f, n = map(int, numbers)
        for i in range(n):
            s, inner = 1 if i else stride, t * c
            if kind == "M":
                block = inverted(c, f, 3, s, inner, nn.SiLU, Gate(inner, c // 4, nn.SiLU))
            else:
                fused = nn.Sequential(
                    *(cba(c, f, 3, s, nn.SiLU) if t == 1 else [*cba(c, inner, 3, s, nn.SiLU), *cb(inner, f, 1)])
                )
                block = Add(fused) if s == 1 and c == f else fused
            body.append(block)
            c = f
    return nn.Sequential(*body, *cba(c, 1280, 1, act=nn.SiLU), *pooled(), nn.Dropout(0.2), nn.Linear(1280, classes))


class Unit(Module):
    """ShuffleNetV2's unit: one half passes by; both are worked on where the size is halved. Then channels are mixed."""

    def __init__(self, a: int, b: int, s: int) -> None:
        super().__init__()
        self.s, half_out = s, b // 2
        self.left = nn.Sequential(*cb(a, a, 3, s, g=a), *cba(a, half_out, 1)) if s == 2 else nn.Identity()
        inner = a if s == 2 else a // 2
        self.right = nn.Sequential(
            *cba(inner, half_out, 1), *cb(half_out, half_out, 3, s, g=half_out), *cba(half_out, half_out, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        left, right = (x, x) if self.s == 2 else x.chunk(2, 1)
        return nn.functional.channel_shuffle(torch.cat([self.left(left), self.right(right)], 1), 2)


def shufflenet_v2(c: int, last: int, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Table 5; `c` channels in the second stage."""
    body: list[Module] = [*cba(image[0], 24, 3, 2), nn.MaxPool2d(3, 2, 1)]
    before = 24
    for stage, n in enumerate((4, 8, 4)):
        for i in range(n):
            body.append(Unit(before, c * 2**stage, 1 if i else 2))
            before = c * 2**stage
    return nn.Sequential(*body, *cba(before, last, 1), *pooled(), nn.Linear(last, classes))


# ---------------------------------------------------------------------------------------------------- separable, modern


def xception(n: int = 8, image: Image = (3, 299, 299), classes: int = 1000) -> Module:
    """Figure 5 as Keras builds it: valid convolutions in the stem, pools that pad as TensorFlow's "same"."""

    def sep(a: int, b: int) -> list[Module]:
        return [conv(a, a, 3, g=a), conv(a, b, 1), nn.BatchNorm2d(b)]

    def down(a: int, inner: int, b: int, begin: bool = True) -> Module:
        body = [*([nn.ReLU()] if begin else []), *sep(a, inner), nn.ReLU(), *sep(inner, b), nn.MaxPool2d(3, 2, 1)]
        return Add(nn.Sequential(*body), cb(a, b, 1, 2))

    middle = (Add(nn.Sequential(*(m for _ in range(3) for m in (nn.ReLU(), *sep(728, 728))))) for _ in range(n))
    return nn.Sequential(
        *cba(image[0], 32, 3, 2, p=0), *cba(32, 64, 3, p=0), down(64, 128, 128, False), down(128, 256, 256),
        down(256, 728, 728), *middle, down(728, 728, 1024), *sep(1024, 1536), nn.ReLU(), *sep(1536, 2048), nn.ReLU(),
        *pooled(), nn.Linear(2048, classes),
    )  # fmt: skip


class ChannelsLast(Module):
    """A module that takes channels last, on a tensor that has them first."""

    def __init__(self, *inner: Module) -> None:
        super().__init__()
        self.inner = nn.Sequential(*inner)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x.movedim(1, -1)).movedim(-1, 1)
        return out


class Factor(Module):
    """Layer scale (Touvron et al. 2021)."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((c,), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


def convnext(c: int, n: int, image: Image = IMAGENET, classes: int = 1000) -> Module:
    """Section 3 and the authors' code; `n` blocks in the third stage."""
    body: list[Module] = [nn.Conv2d(image[0], c, 4, 4), ChannelsLast(nn.LayerNorm(c))]
    for stage, blocks in enumerate((3, 3, n, 3)):
        w = c * 2**stage
        if stage:
            body += [ChannelsLast(nn.LayerNorm(w // 2)), nn.Conv2d(w // 2, w, 2, 2)]
        body += [
            Add(nn.Sequential(
                nn.Conv2d(w, w, 7, 1, 3, groups=w),
                ChannelsLast(nn.LayerNorm(w), nn.Linear(w, 4 * w), nn.GELU(), nn.Linear(4 * w, w), Factor(w)),
            )) for _ in range(blocks)
        ]  # fmt: skip
    return nn.Sequential(*body, *pooled(), nn.LayerNorm(8 * c), nn.Linear(8 * c, classes))


# --------------------------------------------------------------------------------------------------------- segmentation


class UNet(Module):
    """Figure 1: two convolutions a level, halved by a pool, doubled by a 2x2 transposed convolution."""

    def __init__(self, n: int, c: int, padded: bool, channels: int, classes: int) -> None:
        super().__init__()
        pad = int(padded)

        def double(a: int, b: int) -> Module:
            return nn.Sequential(nn.Conv2d(a, b, 3, 1, pad), nn.ReLU(), nn.Conv2d(b, b, 3, 1, pad), nn.ReLU())

        widths = [c * 2**i for i in range(n + 1)]
        self.down = nn.ModuleList(double(a, b) for a, b in zip([channels, *widths], widths, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[:n])
        self.back = nn.ModuleList(double(2 * w, w) for w in widths[:n])
        self.last = nn.Conv2d(c, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for i, double in enumerate(self.down):
            x = double(nn.functional.max_pool2d(x, 2) if i else x)
            kept.append(x)
        for i in reversed(range(len(self.up))):
            x = self.up[i](x)
            rows, columns = ((a - b) // 2 for a, b in zip(kept[i].shape[2:], x.shape[2:], strict=True))
            beside = kept[i][:, :, rows : rows + x.shape[2], columns : columns + x.shape[3]]
            x = self.back[i](torch.cat([beside, x], 1))
        out: Tensor = self.last(x)
        return out


def unet(n: int = 4, c: int = 64, padded: bool = False, image: Image = (1, 572, 572), classes: int = 2) -> Module:
    return UNet(n, c, padded, image[0], classes)


def dilated(n: int, channels: int) -> tuple[Module, Module]:
    """A ResNet at an eighth of the image, in two parts (torchvision: replace_stride_with_dilation)."""
    parts: list[list[Module]] = [stem(channels), []]
    c, d = 64, 1
    for stage, blocks in enumerate((3, 4, n, 3)):
        f = 64 * 2**stage
        before, d = d, d * 2 if stage > 1 else d
        for i in range(blocks):
            s = 2 if stage == 1 and not i else 1
            at = d if i else before
            body = nn.Sequential(*cba(c, f, 1), *cba(f, f, 3, s, d=at), *cb(f, 4 * f, 1))
            parts[stage == 3].append(Add(body, None if i else cb(c, 4 * f, 1, s), nn.ReLU()))
            c = 4 * f
    return nn.Sequential(*parts[0]), nn.Sequential(*parts[1])


class Enlarged(Module):
    """A head whose output is brought to `size`, as torchvision does, or to that of its input."""

    def __init__(self, *inner: Module, size: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.inner, self.size = nn.Sequential(*inner), size

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.interpolate(self.inner(x), self.size or x.shape[2:], mode="bilinear")


def fcn_head(c: int, classes: int, image: Image) -> Module:
    return Enlarged(*cba(c, c // 4), nn.Dropout(0.1), nn.Conv2d(c // 4, classes, 1), size=image[1:])


def fcn(n: int = 6, aux: bool = False, image: Image = IMAGENET, classes: int = 21) -> Module:
    trunk, last = dilated(n, image[0])
    head = fcn_head(1024, classes, image) if aux else None
    return Heads((trunk, head), end=nn.Sequential(last, fcn_head(2048, classes, image)))


def deeplabv3(n: int = 6, aux: bool = False, image: Image = IMAGENET, classes: int = 21) -> Module:
    """torchvision's ASPP: rates 12, 24, 36 at an eighth of the image."""
    trunk, last = dilated(n, image[0])
    rates = (cba(2048, 256, 3, d=d) for d in (12, 24, 36))
    aspp = Concat(cba(2048, 256, 1), *rates, Enlarged(nn.AdaptiveAvgPool2d(1), *cba(2048, 256, 1)))
    head = Enlarged(
        aspp, *cba(5 * 256, 256, 1), nn.Dropout(), *cba(256, 256), nn.Conv2d(256, classes, 1), size=image[1:]
    )
    return Heads((trunk, fcn_head(1024, classes, image) if aux else None), end=nn.Sequential(last, head))


# ------------------------------------------------------------------------------------------------------------ sequences


def weight_normed(a: int, b: int, k: int, d: int) -> list[Module]:
    """A convolution over the past: padded in front, as long as what comes in."""
    one = nn.utils.parametrizations.weight_norm(nn.Conv1d(a, b, k, dilation=d))
    return [nn.ConstantPad1d(((k - 1) * d, 0), 0), one, nn.ReLU(), nn.Dropout(0.1)]


class Last(Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, -1]


class Transposed(Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


def tcn(n: int, c: int, k: int, i: int, end: str = "", out: int = 0) -> Module:
    """The authors' TemporalConvNet; `end` reads the last place or all of them."""
    body: list[Module] = [Transposed()]
    for level in range(n):
        a = i if level == 0 else c
        inner = nn.Sequential(*weight_normed(a, c, k, 2**level), *weight_normed(c, c, k, 2**level))
        body.append(Add(inner, nn.Conv1d(a, c, 1) if a != c else None, nn.ReLU()))
    body += [Last()] if end == "last" else [Transposed()]
    return nn.Sequential(*body, *([nn.Linear(c, out)] if end else []))
