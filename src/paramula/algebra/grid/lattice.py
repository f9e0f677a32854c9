"""Sizes over all combinations of numbers, in the order of nested loops: the last axis varies first.

The grid itself is never kept: a point is an index. Values come in blocks, `optima` asks for the best of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...errors import too_large
from ..poly import Size
from ..search.regions import Clause
from .code import COMPARED, Program, clause_sign, program
from .columns import Column, column, numpy
from .separated import Grid
from .steps import Steps
from .tiles import exact_values, tiles

MAX_POINTS = 1 << 62
SLOW_BLOCK = 1 << 14  # points of a block without numpy


class Lattice:
    """All combinations of the numbers of some axes."""

    def __init__(self, axes: Mapping[str, Sequence[int]]) -> None:
        self.names = tuple(axes)
        self.axes = tuple(axes.values())
        self.count = 1
        for axis in self.axes:
            self.count *= len(axis)
        if self.count > MAX_POINTS:
            raise too_large("the grid", "2^62 points")

    def point(self, index: int) -> tuple[int, ...]:
        """The numbers at an index."""
        out = []
        for axis in reversed(self.axes):
            index, at = divmod(index, len(axis))
            out.append(int(axis[at]))
        return tuple(reversed(out))


class Block(NamedTuple):
    """Points in order, by their indices, and the values of the sizes there."""

    indices: Sequence[int]  # a range, or an array where clauses leave some
    values: tuple[Column, ...]


def blocks(
    lattice: Lattice, sizes: Sequence[Size], clauses: Sequence[Clause] = (), span: tuple[int, int] | None = None
) -> Iterator[Block]:
    """The values of some sizes at the points from one index to another that meet the clauses, about a million at once.

    Points at which a size has no value stay: its column says so."""
    first, last = span or (0, lattice.count)
    np = numpy()
    if np is None:
        yield from _point_by_point(lattice, sizes, clauses, first, last)
        return
    grid = Grid(np, lattice.axes, lattice.names, sizes, clauses)
    for box in grid.boxes(first, last):
        left, right = grid.parts(box, drop=False)
        values = exact_values(grid, left, right)
        if not clauses:
            start = box.first * grid.columns + box.start
            yield Block(range(start, start + len(left.ids) * len(right.ids)), tuple(values))
            continue
        kept, indices, done = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
        for tile in tiles(grid, left, right):
            if tile.tested():
                kept.append(tile.positions() + done)
                indices.append(tile.indices(tile.positions()))
            done += tile.size
        at = np.concatenate(kept)
        yield Block(np.concatenate(indices), tuple(column.taken(at) for column in values))


class Pointwise:
    """Sizes and clauses for one point after the other."""

    def __init__(self, names: Sequence[str], sizes: Sequence[Size], clauses: Sequence[Clause]) -> None:
        steps = Steps(names)
        self.names = names
        self.sizes = program(sizes, names)
        self.clauses = clauses
        self.signs = Program(steps, [clause_sign(steps, clause) for clause in clauses if clause.over is None])

    def fits(self, point: Sequence[int]) -> bool:
        """Whether a point meets the clauses."""
        signs = iter(self.signs.at(*point))
        for clause in self.clauses:
            if clause.over is not None:
                if not clause.holds(dict(zip(self.names, point, strict=True))):
                    return False
            elif (sign := next(signs)) is None or not COMPARED[clause.relation](sign):
                return False
        return True


def _point_by_point(
    lattice: Lattice, sizes: Sequence[Size], clauses: Sequence[Clause], first: int, last: int
) -> Iterator[Block]:
    """The same without numpy."""
    asked = Pointwise(lattice.names, sizes, clauses)
    for start in range(first, last, SLOW_BLOCK):
        points = ((at, lattice.point(at)) for at in range(start, min(last, start + SLOW_BLOCK)))
        kept = [(at, point) for at, point in points if asked.fits(point)]
        rows = [asked.sizes.at(*point) for _, point in kept]
        values = zip(*rows, strict=True) if rows else [()] * len(sizes)
        yield Block([at for at, _ in kept], tuple(column(None, list(it)) for it in values))
