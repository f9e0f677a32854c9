"""The Pareto front of a grid: the points that no other point is at least as good as in every size."""

from __future__ import annotations

from collections.abc import Sequence
from operator import gt
from typing import Any

from ...errors import too_large
from ..poly import Number, Size
from ..search.regions import Clause
from .columns import integers, numpy
from .lattice import Lattice
from .optima import Found, Progress, reduced, shown
from .separated import Grid
from .tiles import DOUBLE, RELATIVE, Near, Tile

SAMPLE = 64  # points of a front in three sizes and more that are tried on a tile
COMPARED, ROUNDED = 8, 512  # what a point costs that is compared with a front: exact, or in floating point first
MAX_FRONT = 100_000  # points
MANY = 4_096  # points that may wait until they are compared with the front


def front(
    lattice: Lattice,
    sizes: Sequence[Size],
    greatest: Sequence[bool],
    clauses: Sequence[Clause] = (),
    *,
    threads: int = 1,
    progress: Progress | None = None,
    span: tuple[int, int] | None = None,
) -> list[Found]:
    """The points that meet the clauses and that no other beats, the best in the first size first.

    `greatest` says for each size whether it is to be great or small. Of points with equal values the first is shown."""
    signs = [1 if great else -1 for great in greatest]
    kept = reduced(lattice, sizes, clauses, Front(signs), threads, progress, span)
    return [
        Found(at, lattice.point(at), tuple(sign * value for sign, value in zip(signs, key, strict=True)))
        for key, at in sorted(kept.points(), reverse=True)
    ]


class Front:
    """Points none of which another one beats; what is to be small is kept with a minus.

    Points come in the order of the grid, so that of equal ones the first stays."""

    def __init__(self, signs: Sequence[int]) -> None:
        self.signs = tuple(signs)
        self.offered: list[tuple[tuple[Number, ...], int]] = []  # the front of points that came one by one
        self.indices: Any = None  # the front of points that came in tiles; None before the first
        self.keys: list[Any] = []  # for each size its values there: of 64 bits, or Python's numbers
        self.floats: list[Any] = []  # the same in floating point
        self.further: list[tuple[Number, ...]] = []  # keys of some points that come later
        self.waiting: list[tuple[Any, list[Any]]] = []  # indices and keys that are still to be compared with these

    def price(self, grid: Grid) -> int:
        spans = grid.everything.spans(grid.box)
        far = any(max(map(abs, spans[num])) >= DOUBLE for num, _ in grid.everything.outputs[: len(self.signs)])
        return ROUNDED if far else COMPARED

    def fork(self) -> Front:
        other = Front(self.signs)
        other.indices, other.keys, other.floats = self.indices, self.keys, self.floats
        other.further = self.further
        return other

    def merge(self, other: Front) -> None:
        other._settle()
        if other.indices is not None:
            new = other.indices > (-1 if self.indices is None else self.indices.max())
            self.waiting.append((other.indices[new], [key[new] for key in other.keys]))
            self._settle()

    def learn(self, other: Front) -> bool:
        found = [key for key, _ in other.points()]
        self.further += found[:: max(1, len(found) // SAMPLE)]
        return bool(found)

    def points(self) -> list[tuple[tuple[Number, ...], int]]:
        """Keys and indices."""
        self._settle()
        if self.indices is None:
            return self.offered
        return list(zip(zip(*(key.tolist() for key in self.keys), strict=True), self.indices.tolist(), strict=True))

    def offer(self, index: int, values: Sequence[Number]) -> None:
        key = tuple(sign * value for sign, value in zip(self.signs, values, strict=True))
        if not any(_beats(known, key) for known, _ in self.offered):
            self.offered = [it for it in self.offered if not _beats(key, it[0])] + [(key, index)]

    def hopeless(self, most: Sequence[Number | None]) -> bool:
        known = [value for value in most if value is not None]
        if len(known) < len(most):
            return False
        if any(_beats(one, known) and any(map(gt, one, known)) for one in self.further):
            return True
        if self.indices is None:
            return False
        beats = True
        for key, value in zip(self.keys, known, strict=True):
            beats = (key >= (value if key.dtype == object else -(-value // 1))) & beats
        return bool(beats.any())  # type: ignore[attr-defined]

    def seen(self, tile: Tile) -> None:
        np = tile.grid.np
        nears = [tile.near(i) for i in range(len(self.signs))]
        at = tile.positions()
        columns = [near.values[at] * sign for near, sign in zip(nears, self.signs, strict=True)]
        rounded = any(not near.exact for near in nears) or any(key.dtype == object for key in self.keys)
        raised = [c + _margin(np, near, c) for c, near in zip(columns, nears, strict=True)] if rounded else columns
        left = np.arange(len(at)) if self.indices is None else _unbeaten(np, self.floats, raised)
        left = left[_best_of(np, [c[left] for c in columns], [r[left] for r in raised] if rounded else None)]
        at = np.sort(at[left])
        if not len(at):
            return
        keys = [_numbers(np, [sign * v for v in tile.exact(i, at)]) for i, sign in enumerate(self.signs)]
        self.waiting.append((tile.indices(at), keys))
        if sum(len(new) for new, _ in self.waiting) > max(MANY, 0 if self.indices is None else len(self.indices)):
            self._settle()

    def _settle(self) -> None:
        """Compares what waits with the front."""
        if not self.waiting:
            return
        np = numpy()
        known = [] if self.indices is None else [(self.indices, self.keys)]
        indices = np.concatenate([new for new, _ in known + self.waiting])
        keys = [np.concatenate(parts) for parts in zip(*(keys for _, keys in known + self.waiting), strict=True)]
        left = _best_of(np, keys, None)
        self.waiting = []
        self.indices, self.keys = indices[left], [key[left] for key in keys]
        self.floats = [_floats(np, key) for key in self.keys]
        if len(self.indices) > MAX_FRONT:
            raise too_large("the front", f"{MAX_FRONT:,} points")


def _beats(a: Sequence[Number], b: Sequence[Number]) -> bool:
    return all(x >= y for x, y in zip(a, b, strict=True))


def _margin(np: Any, near: Near, values: Any) -> Any:
    """What must lie between two values in floating point that one of them is surely greater."""
    least = np.ldexp(1, -1000)  # so that no value is surely greater than itself
    return np.abs(values) * np.ldexp(8, 1 - RELATIVE.bit_length()) + (2 * np.float64(near.error) + least)


def _unbeaten(np: Any, rivals: Sequence[Any], raised: Sequence[Any]) -> Any:
    """The points that a front, which stands before them in the grid, does not surely beat."""
    if len(raised) == 2:  # from the first to the last point of a front the first value falls, the second one rises
        at = np.searchsorted(-rivals[0], -raised[0], side="right")
        return np.flatnonzero(np.append(-np.inf, rivals[1])[at] < raised[1])
    left = np.arange(len(raised[0]))
    step = max(1, len(rivals[0]) // SAMPLE)
    for rival in zip(*(r[::step] for r in rivals), strict=True):
        left = left[~np.logical_and.reduce([a >= r[left] for a, r in zip(rival, raised, strict=True)])]
    return left


def _best_of(np: Any, columns: Sequence[Any], raised: Sequence[Any] | None) -> Any:
    """The points that no other of them surely beats, the greatest in the first value first.

    `raised` are values that another must reach to be surely greater; None: values are exact, and of equal points the
    first stays."""
    order = np.arange(len(columns[0]))
    for c in reversed(columns):
        order = order[np.argsort(-c[order], kind="stable")]
    if not len(order):
        return order
    columns = [c[order] for c in columns]
    if len(columns) == 2:
        highest = np.maximum.accumulate(columns[1])
        if raised is None:
            return order[np.append(True, columns[1][1:] > highest[:-1])]
        before = np.searchsorted(-columns[0], -raised[0][order], side="right")
        return order[np.append(-np.inf, highest)[before] < raised[1][order]]
    goals = columns if raised is None else [r[order] for r in raised]
    left, done = np.arange(len(order)), 0
    while done < len(left):
        it, rest = left[done], left[done + 1 :]
        beaten = np.logical_and.reduce([c[it] >= goal[rest] for c, goal in zip(columns, goals, strict=True)])
        left = np.concatenate([left[: done + 1], rest[~beaten]])
        done += 1
    return order[left]


def _numbers(np: Any, values: Sequence[Number]) -> Any:
    """Exact values as an array, of 64 bits where they fit."""
    return integers(np, values) if all(type(v) is int for v in values) else np.array(values, dtype=object)


def _floats(np: Any, key: Any) -> Any:
    return np.array([shown(v) for v in key], dtype=np.float64) if key.dtype == object else key.astype(np.float64)
