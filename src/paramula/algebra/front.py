"""The Pareto front of a grid: the points that no other point is at least as good as in every size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from .lattice import Lattice
from .optima import Found, Progress, reduced, shown
from .poly import Number, Size
from .regions import Clause
from .tiles import RELATIVE, Near, Tile

SAMPLE = 64  # points of the front that are tried on a tile before its points are compared with each other


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
        for key, at in zip(kept.keys, kept.indices, strict=True)
    ]


class Front:
    """Points none of which another one beats; what is to be small is kept with a minus.

    Points are taken in the order of the grid, so that of equal ones the first stays."""

    def __init__(self, signs: Sequence[int]) -> None:
        self.signs = tuple(signs)
        self.keys: list[tuple[Number, ...]] = []  # from the greatest first value to the least
        self.indices: list[int] = []
        self._floats: Any = None

    def fork(self) -> Front:
        other = Front(self.signs)
        other.keys, other.indices, other._floats = self.keys.copy(), self.indices.copy(), self._floats
        return other

    def merge(self, other: Front) -> None:
        known = set(self.indices)
        for index, key in sorted(zip(other.indices, other.keys, strict=True)):
            if index not in known:
                self._take(index, key)

    def offer(self, index: int, values: Sequence[Number]) -> None:
        self._take(index, tuple(sign * value for sign, value in zip(self.signs, values, strict=True)))

    def hopeless(self, most: Sequence[Number | None]) -> bool:
        known = tuple(value for value in most if value is not None)
        return len(known) == len(most) and self._beaten(known)

    def _beaten(self, key: tuple[Number, ...]) -> bool:
        """Whether a point of the front is at least as good in everything."""
        at = bisect_right(self.keys, -key[0], key=_descending)
        rivals = self.keys[max(0, at - 1) : at] if len(key) == 2 else self.keys[:at]  # of two sizes one rises
        return any(all(a >= b for a, b in zip(rival, key, strict=True)) for rival in rivals)

    def _take(self, index: int, key: tuple[Number, ...]) -> None:
        if self._beaten(key):
            return
        at = end = bisect_left(self.keys, -key[0], key=_descending)
        stays: list[int] = []
        while end < len(self.keys):
            if any(a < b for a, b in zip(key, self.keys[end], strict=True)):
                if len(key) == 2:
                    break
                stays.append(end)
            end += 1
        self.indices[at:end] = [index, *(self.indices[i] for i in stays)]
        self.keys[at:end] = [key, *(self.keys[i] for i in stays)]
        self._floats = None

    # A tile's points, in floating point first.

    def seen(self, tile: Tile) -> None:
        np = tile.grid.np
        nears = [tile.near(i) for i in range(len(self.signs))]
        at = tile.positions()
        columns = [near.values[at] * sign for near, sign in zip(nears, self.signs, strict=True)]
        margins = [_margin(np, near, values) for near, values in zip(nears, columns, strict=True)]
        exact = all(near.exact for near in nears)
        left = self._unbeaten(np, columns, margins) if self.keys else np.arange(len(at))
        left = left[_best_of(np, [c[left] for c in columns], [m[left] for m in margins], exact)]
        at = np.sort(at[left])
        values = zip(*(tile.exact(i, at) for i in range(len(nears))), strict=True)
        for index, row in zip(tile.indices(at).tolist(), values, strict=True):
            self.offer(index, row)

    def _unbeaten(self, np: Any, columns: Sequence[Any], margins: Sequence[Any]) -> Any:
        """The points that the front, which stands before them in the grid, does not surely beat."""
        if self._floats is None:
            self._floats = np.array([[shown(value) for value in key] for key in self.keys], dtype=np.float64).T
        if len(columns) == 2:
            first, second = self._floats
            at = np.searchsorted(-first, -(columns[0] + margins[0]), side="right")
            return np.flatnonzero(np.append(-np.inf, second)[at] < columns[1] + margins[1])
        left = np.arange(len(columns[0]))
        for rival in self._floats.T[:: max(1, len(self.keys) // SAMPLE)]:
            raised = [(c + m)[left] for c, m in zip(columns, margins, strict=True)]
            left = left[~np.logical_and.reduce([a >= c for a, c in zip(rival, raised, strict=True)])]
        return left


def _descending(key: tuple[Number, ...]) -> Number:
    return -key[0]


def _margin(np: Any, near: Near, values: Any) -> Any:
    """What must lie between two values that one of them is surely greater."""
    if near.exact:
        return np.zeros_like(values)
    least = np.ldexp(1, -1000)  # so that no value is greater than itself
    return np.abs(values) * (np.ldexp(4, 1 - RELATIVE.bit_length())) + 2 * np.float64(near.error) + least


def _best_of(np: Any, columns: Sequence[Any], margins: Sequence[Any], exact: bool) -> Any:
    """The points that no other of them surely beats (of equal ones the first, where values are exact)."""
    order = np.lexsort([-c for c in reversed(columns)])
    columns = [c[order] for c in columns]
    margins = [m[order] for m in margins]
    if len(columns) == 2:
        highest = np.append(-np.inf, np.maximum.accumulate(columns[1]))
        if exact:
            return order[columns[1] > highest[:-1]]
        before = np.searchsorted(-columns[0], -(columns[0] + margins[0]), side="right")
        return order[highest[before] < columns[1] + margins[1]]
    left = np.arange(len(order))
    raised = [c + m for c, m in zip(columns, margins, strict=True)]
    done = 0
    while done < len(left):
        it, rest = left[done], left[done + 1 :]
        beaten = np.logical_and.reduce([c[it] >= r[rest] for c, r in zip(columns, raised, strict=True)])
        left = np.concatenate([left[: done + 1], rest[~beaten]])
        done += 1
    return order[left]
