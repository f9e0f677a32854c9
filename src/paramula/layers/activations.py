"""Activations and the layers without weights; a flag of that name on any layer means the layer behind it."""

from __future__ import annotations

from ..algebra.conditions import divides
from .facts import Facts, Flag, Keeps, Ratio, Shape, Weight, layer
from .keeping import branches, mask
from .windows import over

PLAIN = (
    "relu", "gelu", "silu", "sigmoid", "tanh", "softmax", "hswish", "hsigmoid", "elu", "selu", "softplus", "leaky",
    "mish", "relu6",
)  # fmt: skip
# What the gradient of an activation is computed from.
BY_OUTPUT = {name: "output" if name in ("relu", "sigmoid", "tanh", "softmax") else "inputs" for name in PLAIN}


@layer("activations", names=PLAIN, plain=True, keeps=BY_OUTPUT)
def activation(x: Shape) -> Facts:
    """A function of every number by itself (softmax: over the last axis); it learns nothing.

    (…) -> (…)

    (784) -> dense(100) -> relu
    """
    return Facts(x)


@layer("activations", plain=True, keeps="inputs")
def glu(x: Shape) -> Facts:
    """One half of the last axis, gated by the sigmoid of the other half (Dauphin et al. 2017).

    (…, c) -> (…, c/2)

    (T,512) -> glu
    """
    return Facts((*x[:-1], over(x[-1], 2)), needs=(divides(2, x[-1], "it halves the last axis, and {a} is odd"),))


@layer("activations", plain=True, keeps="inputs")
def prelu(x: Shape, *, shared: Flag = False) -> Facts:
    """A rectifier with a learned slope for each channel, or one for all with prelu(shared) (He et al. 2015).

    (…, c) -> (…, c); slope (c), or (1). PyTorch: PReLU(c), PReLU().

    (32,32,16) -> prelu
    """
    return Facts(x, (Weight("slope", (1 if shared else x[-1],)),))


@layer(
    "activations", names=("dropout", "droppath"), keeps={"dropout": Keeps(own=mask), "droppath": Keeps(own=branches)}
)
def dropout(x: Shape, r: Ratio = None) -> Facts:
    """Drops numbers (dropout) or whole branches (droppath) while training; it learns nothing.

    (…) -> (…)

    (784) -> dense(512, relu) -> dropout(0.5)
    """
    return Facts(x)
