"""Norms: what they learn, and what they keep without learning."""

from __future__ import annotations

from typing import Any

from ..algebra.needs import divides
from .facts import BIAS, KERAS, STATE, Count, Facts, Flag, Keeps, Misfit, Shape, Usual, Weight, layer
from .keeping import channels, groups, instances, rows, statistics


def learned(shape: Shape, scale: Any, shift: Any, affine: Any) -> tuple[Weight, ...]:
    return tuple(
        Weight(name, shape, role)
        for name, role, use in (("scale", "weight", scale), ("shift", BIAS, shift))
        if use and affine
    )


@layer("norms", keeps=Keeps(inputs=True, own=channels))
def bn(x: Shape, *, scale: Flag = True, shift: Flag = True, affine: Flag = True) -> Facts:
    """Batch normalization: each channel by its mean and variance (Ioffe & Szegedy 2015).

    (…, c) -> (…, c); scale (c), shift (c); keeps mean (c) and variance (c), which are state, not parameters.

    (32,32,3) -> conv(3x3, 16, same, nobias) -> bn -> relu
    """
    kept = tuple(Weight(name, (x[-1],), STATE) for name in ("mean", "variance"))
    return Facts(x, learned((x[-1],), scale, shift, affine) + kept)


@layer("norms", keeps=statistics(rows))
def ln(x: Shape, axes: Count = 1, *, scale: Flag = True, shift: Flag = True, affine: Flag = True) -> Facts:
    """Layer normalization over the last axis, or the last `axes` of them (Ba et al. 2016).

    (…, c) -> (…, c); scale (c), shift (c).

    (T,768) -> ln -> attention(12)
    """
    if not isinstance(axes, int) or axes > len(x):
        raise Misfit(f"goes over a written number of axes, {len(x)} at most, since {{x}} comes in")
    return Facts(x, learned(x[-axes:], scale, shift, affine))


@layer("norms", keeps=statistics(rows, 1))
def rms(x: Shape, *, scale: Flag = True, affine: Flag = True) -> Facts:
    """Root-mean-square normalization of the last axis (Zhang & Sennrich 2019).

    (…, c) -> (…, c); scale (c).

    (T,4096) -> rms
    """
    return Facts(x, learned((x[-1],), scale, False, affine))


@layer("norms", keeps=statistics(groups))
def gn(x: Shape, groups: Count, *, scale: Flag = True, shift: Flag = True, affine: Flag = True) -> Facts:
    """Group normalization: groups of channels by their mean and variance (Wu & He 2018).

    (…, c) -> (…, c); scale (c), shift (c).

    (32,32,64) -> gn(32)
    """
    need = divides(groups, x[-1], "the {b} groups do not divide the {a} channels that come in")
    return Facts(x, learned((x[-1],), scale, shift, affine), needs=(need,))


@layer("norms", keeps=Keeps(inputs=True, own=instances))
def instancenorm(x: Shape, *, affine: Flag = None) -> Facts:
    """Instance normalization: each channel of each example; learns nothing unless `affine` (Ulyanov et al. 2016).

    (…, c) -> (…, c); with `affine` scale (c), shift (c). PyTorch: InstanceNorm1d-3d, without them as it comes. Keras:
    GroupNormalization(groups=-1), with them as it comes.

    (64,64,32) -> instancenorm(affine)
    """
    there = learned(x[-1:], True, True, True)
    if affine is not None:
        return Facts(x, there if affine else ())
    said = "instancenorm learns nothing, as in PyTorch; Keras's has a scale and a shift: instancenorm(affine)"
    why = "Keras's instance normalization has a scale and a shift unless said: instancenorm(affine)"
    return Facts(x, notes=(said,), usual={KERAS: Usual(why, there)})
