"""Joins: the shape that several tensors give together, and what must hold for it. Shapes only."""

from __future__ import annotations

from ..algebra.needs import Need, equal
from ..algebra.poly import total
from .facts import Shape

Asked = list[tuple[Need, int, int]]  # a need, and the two branches it is about


class Unlike(Exception):
    """Two branches that cannot be joined whatever their sizes are."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.first = first
        self.second = second


def added(shapes: list[Shape]) -> tuple[Shape, Asked]:
    """Equal shapes; one that is (c) is added at every place."""
    shape = max(shapes, key=len)
    base = shapes.index(shape)
    asked: Asked = []
    for i, other in enumerate(shapes):
        if len(other) not in (1, len(shape)):
            raise Unlike(base, i)
        if i != base:
            asked += [(equal(a, b, ""), base, i) for a, b in zip(shape[-len(other) :], other, strict=True)]
    return shape, asked


def concatenated(shapes: list[Shape], axis: int) -> tuple[Shape, Asked]:
    """Shapes that are equal but for the axis along which they stand side by side."""
    first = shapes[0]
    asked: Asked = []
    for i, other in enumerate(shapes[1:], 1):
        if len(other) != len(first):
            raise Unlike(0, i)
        asked += [(equal(a, b, ""), 0, i) for at, (a, b) in enumerate(zip(first, other, strict=True)) if at != axis]
    return (*first[:axis], total(s[axis] for s in shapes), *first[axis + 1 :]), asked


def multiplied(shapes: list[Shape]) -> tuple[Shape, Asked]:
    """Shapes that numpy broadcasts: aligned at the last axis, sizes equal or 1."""
    rank = max(map(len, shapes))
    wide = [(1,) * (rank - len(s)) + s for s in shapes]
    out = []
    asked: Asked = []
    for sizes in zip(*wide, strict=True):
        base = next((i for i, size in enumerate(sizes) if size != 1), 0)
        out.append(sizes[base])
        asked += [(equal(sizes[base], size, ""), base, i) for i, size in enumerate(sizes) if i > base and size != 1]
    return tuple(out), asked
