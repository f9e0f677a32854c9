"""How a network begins where nothing has arrived."""

from __future__ import annotations

from typing import TypeAlias

from ..errors import counted
from ..language import tree
from ..layers.facts import Layer
from ..measures.traced import Shape
from .bind import Bound
from .values import Env

Place: TypeAlias = tuple[tree.Node, Env]

INPUTS = {"image": "HWC", "sequence": "TC", "tokens": "T", "features": "n", "volume": "DHWC"}


def channels_last(shape: Shape) -> str:
    """What to say of an image that seems to begin with its channels, such as (3,224,224); nothing of other shapes."""
    if len(shape) not in (3, 4) or not all(isinstance(size, int) for size in shape):
        return ""
    c, *places = shape
    if c not in (1, 3, 4) or min(places) <= c or max(places) > places[-1]:
        return ""
    other = ", ".join(map(str, (*places, c)))
    return f"channels come last, and an image of {counted(c, 'channel', 'channels')} is ({other})"


class Opens(Exception):
    """How a network begins where nothing has arrived: with the shape that a phrase declares, or with what its first
    layer takes (the names of its axes; none where no layer decides); `begun` where it begins at a label."""

    def __init__(self, shape: Shape | None, names: str = "", place: Place | None = None, begun: bool = False) -> None:
        super().__init__()
        self.shape = shape
        self.names = names
        self.place = place
        self.begun = begun
        self.branch = False  # declared in a branch of a join, whose other branches take it too
        self.nodes: tuple[tree.Node, ...] = () if place is None else (place[0],)  # all phrases that declare it


def first_axes(layer: Layer, call: Bound) -> str:
    """The axes of the input that an open network's first layer takes."""
    kind_ = layer.opens
    if kind_ == "image":
        for p in layer.params:
            value = call.values.get(p.name)
            if p.kind in ("Windows", "Steps", "Amounts", "Ratios", "Sides", "Padding"):
                if value == "causal":
                    kind_ = "sequence"
                elif isinstance(value, tuple) and len(value) in (1, 3):
                    kind_ = "sequence" if len(value) == 1 else "volume"
    return INPUTS[kind_]
