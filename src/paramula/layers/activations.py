"""Activations and the layers without weights; a flag of that name on any layer means the layer behind it."""

from __future__ import annotations

from ..algebra.needs import divides
from .facts import KERAS, PYTORCH, Facts, Flag, Keeps, Misfit, Ratio, Shape, Usual, Weight, layer
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
def prelu(x: Shape, *, shared: Flag = None, places: Flag = None) -> Facts:
    """A rectifier with a learned slope for each channel (He et al. 2015), one for all, or one for each number.

    (…, c) -> (…, c); slope (c); (1) with `shared`; (…, c) with `places`. PyTorch: PReLU(c), and PReLU() as it comes
    for `shared`. Keras: PReLU(shared_axes=[1, 2]), and PReLU() as it comes for `places`.

    (32,32,16) -> prelu
    """
    if shared and places:
        raise Misfit("has one slope for all, or one for each number", "write prelu(shared) or prelu(places)")
    one, each = (Weight("slope", (1,)),), (Weight("slope", x),)
    if shared or places or shared is not None or places is not None:
        return Facts(x, one if shared else each if places else (Weight("slope", x[-1:]),))
    said = ["prelu has a slope for each channel; PyTorch's has one for all unless said: prelu(shared)"]
    usual = {PYTORCH: Usual("PyTorch's prelu has one slope for all unless said: prelu(shared)", one)}
    if len(x) > 1:
        said.append("Keras's has one for each place and channel: prelu(places)")
        usual[KERAS] = Usual("Keras's prelu has a slope for each place and channel unless said: prelu(places)", each)
    return Facts(x, (Weight("slope", x[-1:]),), notes=(", ".join(said),), usual=usual)


@layer(
    "activations", names=("dropout", "droppath"), keeps={"dropout": Keeps(own=mask), "droppath": Keeps(own=branches)}
)
def dropout(x: Shape, r: Ratio = None) -> Facts:
    """Drops numbers (dropout) or whole branches (droppath) while training; it learns nothing.

    (…) -> (…)

    (784) -> dense(512, relu) -> dropout(0.5)
    """
    return Facts(x)
