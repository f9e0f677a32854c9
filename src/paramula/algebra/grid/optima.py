"""What a grid holds, without keeping it: how many points meet clauses, and the best of them.

Values in floating point sort out what cannot be among the best; what is left is compared exactly. Of equal points the
first in the order of nested loops is taken, however many threads there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from heapq import heappop, heappush
from threading import Event
from typing import NamedTuple, Protocol, TypeVar

from ...errors import too_large
from ..poly import Number, Size
from ..search.regions import Clause
from .bounds import FAR, Span
from .columns import numpy
from .lattice import Lattice, Pointwise
from .separated import HUGE, Box, Grid, both, reached
from .tiles import Tile, tiles

Progress = Callable[[int, int], None]  # how many points are done, of how many
SPAN, LEAST = 1 << 22, 1 << 12  # points that bounds rule out together, or not: fewer where they cost more
WIDE = 1_000  # parts of a grid among which the best are looked for
AHEAD = 8  # times that it is looked ahead
MAX_LOOKED = 1 << 34  # points that are looked at one by one
SLOW = 1 << 8  # of these, as many as one costs without numpy
FEW = 64  # points that are compared exactly without further ado


class Found(NamedTuple):
    """A point of a grid, `at` an index, and the values that were compared."""

    at: int
    point: tuple[int, ...]
    values: tuple[Number, ...]


class Kept(Protocol):
    """What is kept of the points seen so far. Every fork goes on from here, and comes back in the order of the grid."""

    @property
    def signs(self) -> tuple[int, ...]:
        """For each size 1 where it is to be great, -1 where it is to be small."""

    def price(self, grid: Grid) -> int:
        """What it costs to take a point, or not."""

    def fork(self: K) -> K:
        """What goes on from here, beside it."""

    def merge(self: K, other: K) -> None:
        """Takes what a fork has taken."""

    def seen(self, tile: Tile) -> None:
        """Takes what it needs of a tile's points."""

    def offer(self, index: int, values: Sequence[Number]) -> None:
        """Takes a point, or not."""

    def hopeless(self, most: Sequence[Number | None]) -> bool:
        """Whether no point can be taken whose values (those to be small with a minus) are at most these."""

    def learn(self: K, other: K) -> bool:
        """Takes note of points that a fork has seen further on: worse ones need not be looked at. Whether it helps."""


K = TypeVar("K", bound=Kept)


class Count:
    """How many points there are."""

    signs: tuple[int, ...] = ()

    def __init__(self) -> None:
        self.total = 0

    def price(self, grid: Grid) -> int:
        return 1

    def fork(self) -> Count:
        return Count()

    def merge(self, other: Count) -> None:
        self.total += other.total

    def seen(self, tile: Tile) -> None:
        self.total += tile.size if tile.mask is None else int(tile.grid.np.count_nonzero(tile.mask))

    def offer(self, index: int, values: Sequence[Number]) -> None:
        self.total += 1

    def hopeless(self, most: Sequence[Number | None]) -> bool:
        return False

    def learn(self, other: Count) -> bool:
        return True


class Best:
    """The k greatest (or least) values and where they are, the best first."""

    def __init__(self, k: int, sign: int) -> None:
        self.k = k
        self.signs = (sign,)
        self.points: list[tuple[Number, int]] = []  # what is to be least, and the index
        self.further: Number | None = None  # what as many points reach that come later

    def price(self, grid: Grid) -> int:
        return 1

    def fork(self) -> Best:
        other = Best(self.k, *self.signs)
        other.points, other.further = self.points.copy(), self.further
        return other

    def merge(self, other: Best) -> None:
        for point in other.points:
            self._take(point)

    def offer(self, index: int, values: Sequence[Number]) -> None:
        self._take((-self.signs[0] * values[0], index))

    def _take(self, point: tuple[Number, int]) -> None:
        at = bisect_left(self.points, point)
        if at < self.k and self.points[at : at + 1] != [point]:
            self.points.insert(at, point)
            del self.points[self.k :]

    @property
    def least(self) -> Number | None:
        """What a value must be above to be taken; None while any is."""
        return -self.points[-1][0] if self.points and len(self.points) == self.k else None

    def hopeless(self, most: Sequence[Number | None]) -> bool:
        if most[0] is None:
            return False
        return (self.least is not None and most[0] <= self.least) or (
            self.further is not None and most[0] < self.further
        )

    def learn(self, other: Best) -> bool:
        if other.least is not None and (self.further is None or other.least > self.further):
            self.further = other.least
        return other.least is not None

    def seen(self, tile: Tile) -> None:
        np = tile.grid.np
        near = tile.near(0)
        values = near.values if self.signs[0] > 0 else -near.values
        chosen, least = tile.mask, self.least
        if least is not None:
            if near.exact and type(least) is int:
                above = values > np.float64(shown(least))
            else:
                above = values >= np.float64(shown(least - near.slack(least)))
            chosen = both(np, chosen, above)
        at = np.arange(tile.size) if chosen is None else np.flatnonzero(chosen)
        if len(at) > max(self.k, FEW):
            here = values[at]
            last = np.partition(here, len(at) - self.k)[len(at) - self.k]
            if near.exact:
                at = np.concatenate([at[here > last], at[here == last][: self.k]])
            else:
                at = at[here >= last - 2 * np.float64(near.slack(Fraction(last.item())))]
        for index, value in zip(tile.indices(at).tolist(), tile.exact(0, at), strict=True):
            self.offer(index, (value,))


def shown(value: Number) -> Number:
    """A number that floating point can have, on the same side of all values that are looked at."""
    return max(-HUGE, min(HUGE, value))


# The grid box by box.


def count(
    lattice: Lattice,
    clauses: Sequence[Clause],
    *,
    threads: int = 1,
    progress: Progress | None = None,
    span: tuple[int, int] | None = None,
) -> int:
    """How many points meet the clauses."""
    return reduced(lattice, (), clauses, Count(), threads, progress, span).total


def best(
    lattice: Lattice,
    size: Size,
    clauses: Sequence[Clause] = (),
    *,
    greatest: bool = True,
    k: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
    span: tuple[int, int] | None = None,
) -> list[Found]:
    """The k points that meet the clauses with the greatest (or least) values, the best first.

    Points at which the size has no value are none. `span`: only the indices from one to another."""
    kept = reduced(lattice, [size], clauses, Best(k, 1 if greatest else -1), threads, progress, span)
    return [Found(at, lattice.point(at), (-kept.signs[0] * value,)) for value, at in kept.points]


def reduced(
    lattice: Lattice,
    sizes: Sequence[Size],
    clauses: Sequence[Clause],
    kept: K,
    threads: int = 1,
    progress: Progress | None = None,
    span: tuple[int, int] | None = None,
) -> K:
    """What is kept of all points that meet the clauses and have a value of every size."""
    first, last = span or (0, lattice.count)
    np = numpy()
    if np is None:
        _point_by_point(lattice, sizes, clauses, kept, progress, first, last)
        return kept
    grid = Grid(np, lattice.axes, lattice.names, sizes, clauses)
    stop = Event()

    def visit(box: Box, mine: K) -> K:
        if not _skipped(grid, grid.spans(box), mine):
            for tile in tiles(grid, *grid.parts(box, drop=True)):
                if stop.is_set():
                    break
                if tile.tested():
                    mine.seen(tile)
        return mine

    done = looked = 0
    price = max(grid.price, kept.price(grid))
    most, together = MAX_LOOKED // price, max(SPAN // price, min(SPAN, LEAST))

    def told(box: Box) -> None:
        nonlocal done
        done += _points(box)
        if progress is not None:
            progress(done, last - first)

    def left() -> Iterator[Box]:
        """The boxes that are to be visited, in order: many points that bounds rule out are passed over at once."""
        nonlocal done, looked
        spans = [(first, last)]
        while spans:
            a, b = spans.pop()
            if b - a > together and _skipped(grid, grid.between(a, b), kept):
                done += b - a
            elif b - a > together:
                spans += reversed(grid.parted(a, b))
            else:
                looked += b - a
                if looked > most:
                    raise too_large("the part of the grid that bounds do not rule out", f"{most:,} points")
                yield from grid.boxes(a, b)

    if last - first > together:
        for i in range(len(kept.signs)):
            _look_ahead(grid, (first, last), together, kept, visit, i)
    if threads < 2 or grid.asks:  # what is asked row by row leaves no time for another thread, nor hears of a stop
        for box in left():
            visit(box, kept)
            told(box)
        return kept
    pool = ThreadPoolExecutor(threads)
    waiting: deque[tuple[Box, Future[K]]] = deque()
    try:
        for box in left():
            waiting.append((box, pool.submit(visit, box, kept.fork())))
            if len(waiting) > 2 * threads:  # merged in order, so that what a fork knows stands before its points
                _merged(kept, *waiting.popleft(), told)
        while waiting:
            _merged(kept, *waiting.popleft(), told)
    finally:  # after an interruption, too: the threads end at their next tile
        stop.set()
        pool.shutdown(cancel_futures=True)
    return kept


def _merged(kept: K, box: Box, future: Future[K], told: Callable[[Box], None]) -> None:
    kept.merge(future.result())
    told(box)


def _points(box: Box) -> int:
    return (box.last - box.first) * (box.stop - box.start)


def _look_ahead(
    grid: Grid, span: tuple[int, int], together: int, kept: K, visit: Callable[[Box, K], K], size: int
) -> None:
    """Looks at some points where bounds allow the best values of a size, so that worse ones can be passed over."""
    spans: list[tuple[Number, int, int]] = [(0, *span)]  # the best first
    for _ in range(AHEAD):
        while spans and spans[0][2] - spans[0][1] > together:
            if len(spans) > WIDE:  # bounds tell little
                return
            for a, b in grid.parted(*heappop(spans)[1:]):
                most = _bounds(grid, grid.between(a, b), kept)
                if most is not None:
                    best = most[size]
                    heappush(spans, (-HUGE if best is None else -best, a, b))
        if not spans:
            return
        other = kept.fork()
        for box in grid.boxes(*heappop(spans)[1:]):
            visit(box, other)
        if kept.learn(other):
            return


def _skipped(grid: Grid, given: Sequence[Span], kept: Kept) -> bool:
    """Whether bounds show that no point can be taken where the axes lie between these numbers."""
    most = _bounds(grid, given, kept)
    return most is None or kept.hopeless(most)


def _bounds(grid: Grid, given: Sequence[Span], kept: Kept) -> list[Number | None] | None:
    """What the sizes are at most (those to be small with a minus); None where no point meets the clauses."""
    spans = grid.everything.spans(given)
    outputs = [(spans[it.num], spans[it.den]) for it in grid.everything.outputs]
    sizes, signs = outputs[: len(grid.plans)], outputs[len(grid.plans) : len(grid.plans) + len(grid.tests)]
    for test, (sign, _) in zip(grid.tests, signs, strict=True):
        if test.clause.over is None and _never(test.relation, sign):
            return None
    most: list[Number | None] = []
    for (num, den), great, sums in zip(sizes, kept.signs, grid.sums, strict=True):
        known = [_most(num, den, great)]
        if sums is not None and all(low > -FAR and high < FAR for low, high in spans.values()):
            above, below = (reached(terms, spans) for terms in sums)
            known.append(_most(above, below, great))
        most.append(min((it for it in known if it is not None), default=None))
    return most


def _never(relation: str, span: Span) -> bool:
    """Whether no number between these meets a relation to 0."""
    match relation:
        case ">=":
            return span[1] < 0
        case ">":
            return span[1] <= 0
        case "==":
            return span[0] > 0 or span[1] < 0
    return span == (0, 0)


def _most(num: Span, den: Span, sign: int) -> Number | None:
    """The greatest that a quotient (or its negative) can be; None where that is not known."""
    high = num[1] if sign > 0 else -num[0]
    if den[0] < 1 or high >= FAR:
        return None
    return Fraction(high, den[0] if high >= 0 else den[1])


def _point_by_point(
    lattice: Lattice,
    sizes: Sequence[Size],
    clauses: Sequence[Clause],
    kept: Kept,
    progress: Progress | None,
    first: int,
    last: int,
) -> None:
    """The same without numpy."""
    if (last - first) * SLOW > MAX_LOOKED:
        raise too_large("the grid", f"{MAX_LOOKED // SLOW:,} points without numpy")
    asked = Pointwise(lattice.names, sizes, clauses)
    for index in range(first, last):
        point = lattice.point(index)
        if asked.fits(point):
            values = asked.sizes.at(*point)
            known = [value for value in values if value is not None]
            if len(known) == len(values):
                kept.offer(index, known)
        if progress is not None and (index + 1 == last or (index - first) % 4096 == 4095):
            progress(index + 1 - first, last - first)
