"""Sizes over a grid as products of two halves: what depends on the first axes times what depends on the last.

Every term of a size is a product of parts, and most parts depend on one axis. So a size over all points is L(rows × k)
@ R(k × columns): the first axes make the rows, the last ones the columns, in the order of nested loops. The sides are
exact (`code`); the product is one of floating point only where no sum in it can reach 2^53. Where a bound is above
that, numbers of 64 bits or Python's are multiplied, or the product is known up to an error (`tiles`).
A size with a part that depends on both halves is evaluated point by point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import comb
from typing import Any, NamedTuple

from ...errors import NetError
from ..poly import Size
from ..powers import both_cleared
from ..search.regions import Clause
from .bounds import Span, spans_fit
from .code import COMPARED, Program, clause_sign
from .columns import Column, axis, ends
from .steps import Ratio, Steps, Term, inputs

BLOCK = 1 << 20  # points for which the sides are evaluated together
TILE = 1 << 16  # points that are computed at once, in the processor's caches
LONG = 1 << 16  # columns at once
KEPT = 1 << 23  # numbers of the right side that are kept
POINTWISE, LARGE = 64, 4096  # what a point costs that is no product of a row and a column, or has large numbers
MAX_SHIFTED = 1_000  # terms of a sum that is written in other symbols
PARTS = 16  # into which many points are parted
HUGE = 1 << 400  # numbers above this are not looked at in floating point


class Product(NamedTuple):
    """A sum of products: steps of the rows beside steps of the columns."""

    left: tuple[int, ...]
    right: tuple[int, ...]


class Plan(NamedTuple):
    """How a size is evaluated: as products above and below the line (None: 1); point by point where `num` is None."""

    num: Product | None
    den: Product | None
    program: Program  # of this size alone, exact


class Test(NamedTuple):
    """A clause: how a size compares with 0. One that only the rows (or only the columns) ask for is theirs alone."""

    relation: str
    plan: Plan
    clause: Clause
    side: int | None  # 0: rows, 1: columns, None: both


class Box(NamedTuple):
    """Some rows, and some columns of each."""

    first: int
    last: int
    start: int
    stop: int


class Part(NamedTuple):
    """One side evaluated: the rows (or columns) that are left, and for each product its numbers, n × k (or k × n).

    `most` has for each product the greatest absolute value of each of the k; `floats` the same in floating point, as
    far as that was needed; `valid` has for each size where it has a value (None: everywhere)."""

    ids: Any
    sums: dict[Product, Any]
    most: dict[Product, list[int]]
    floats: dict[Product, Any]
    valid: list[Any]


class Grid:
    """Sizes and clauses over all combinations of the numbers of some axes, ready to be evaluated box by box."""

    def __init__(
        self, np: Any, axes: Sequence[Any], names: Sequence[str], sizes: Sequence[Size], clauses: Sequence[Clause]
    ) -> None:
        self.np = np
        self.axes = [axis(np, numbers) for numbers in axes]
        self.shape = [len(axis) for axis in axes]
        self.steps = steps = Steps(names)
        self.box = [ends(axis) for axis in self.axes]
        cleared = [_cleared(steps, size) for size in sizes]
        compared = [_compared(steps, clause) for clause in clauses]
        signs = [clause_sign(steps, clause) for clause in clauses]
        whole = [steps.ratio(size) for size in sizes]
        reach = _reaches(steps)
        self.middle = self._middle(reach, [*cleared, *compared])
        self.columns = _count(self.shape[self.middle :])
        left = (1 << self.middle) - 1
        self.products: list[Product] = []
        self.plans = [self._plan(it, ratio, reach, left) for it, ratio in zip(cleared, whole, strict=True)]
        self.tests = []
        for clause, terms, sign in zip(clauses, compared, signs, strict=True):
            mask = reach[sign.num]
            side = None if clause.over is not None else 0 if not mask & ~left else 1 if not mask & left else None
            plan = self._plan(terms if side is None else None, sign, reach, left)
            self.tests.append(Test(clause.relation, plan, clause, side))
        self.sums = [terms if terms is not None and _short(terms) else None for terms in cleared]
        factors = {it for sums in self.sums for terms in sums or () for _, powers in terms for it in powers}
        self.everything = Program(steps, [*whole, *signs, *(Ratio(it, steps.one) for it in sorted(factors))])
        self.sides = []
        for side in (0, 1):
            filters = [test.plan.program.outputs[0] for test in self.tests if test.side == side]
            sums = [Ratio(at, steps.one) for product in self.products for at in product[side]]
            self.sides.append(Program(steps, [*filters, *sums]))
        self.asks = any(it.op == "asked" for it in steps.list) or any(clause.over is not None for clause in clauses)
        plans = [*self.plans, *(test.plan for test in self.tests if test.side is None)]
        self.price = POINTWISE if self.asks or any(it.num is None for it in plans) else 1
        if not spans_fit(self.everything.spans(self.box), ()):
            self.price = LARGE
        self.kept: dict[tuple[int, int, bool], Part] = {}

    # Choosing where the axes part.

    def _middle(self, reach: list[int], sizes: Sequence[tuple[list[Term], list[Term]] | None]) -> int:
        """The axis at which the columns begin: where a point costs least, by counting operations."""
        work = len(self.steps.list)

        def cost(middle: int) -> int:
            rows, columns = max(1, _count(self.shape[:middle])), max(1, _count(self.shape[middle:]))
            price = 1000 * work // columns + (1000 * work // rows if columns <= LONG else 1000 * work)
            for size in sizes:
                for terms in size or ():
                    parts = _parted(terms, reach, (1 << middle) - 1)
                    price += 1000 * work if parts is None else 1000 + 100 * min(map(len, parts[:2]))
            return price

        return min(range(len(self.shape) + 1), key=cost)

    def _plan(self, size: tuple[list[Term], list[Term]] | None, ratio: Ratio, reach: list[int], left: int) -> Plan:
        program = Program(self.steps, [ratio])
        pointwise = Plan(None, None, program)
        if size is None or any(_parted(terms, reach, left) is None for terms in size):
            return pointwise
        above, below = size
        if below == [(1, {})]:
            return Plan(self._product(above, reach, left), None, program)
        den = self.steps.polynomial(below)
        if Program(self.steps, [Ratio(den, self.steps.one)]).spans(self.box)[den][0] < 1:
            return pointwise
        return Plan(self._product(above, reach, left), self._product(below, reach, left), program)

    def _product(self, terms: list[Term], reach: list[int], left: int) -> Product:
        """Terms as a sum of products, as few as there are different parts on the side that has fewer."""
        parts = _parted(terms, reach, left)
        assert parts is not None
        lefts, rights, table = parts
        fewer = 0 if len(lefts) <= len(rights) else 1
        sums: dict[int, list[Term]] = {}
        for (i, j), c in table.items():
            sums.setdefault((i, j)[fewer], []).append((c, (rights[j], lefts[i])[fewer]))
        alone = [self.steps.product((1, (lefts, rights)[fewer][i])) for i in sums]
        summed = [self.steps.polynomial(group) for group in sums.values()]
        product = Product(*map(tuple, ((alone, summed), (summed, alone))[fewer]))
        self.products.append(product)
        return product

    # Evaluating a side.

    def part(self, side: int, first: int, last: int, drop: bool) -> Part:
        """One side from a row (or column) to another, without those that break a clause. `drop`: nor those without
        a value of every size."""
        np = self.np
        known = self.kept.get((first, last, drop)) if side else None
        if known is not None:
            return known
        ids = np.arange(first, last)
        program = self.sides[side]
        columns = program.columns(self.numbers(side, ids), last - first)
        keep = None
        filters = [test for test in self.tests if test.side == side]
        for test, column in zip(filters, columns, strict=False):
            keep = both(np, keep, both(np, COMPARED[test.relation](column.num), column.valid))
        valid: dict[Product | None, Any] = {None: None}
        at = len(filters)
        found: dict[Product, list[Column]] = {}
        for product in self.products:
            found[product] = columns[at : at + len(product[side])]
            at += len(product[side])
            valid[product] = None
            for column in found[product]:
                valid[product] = both(np, valid[product], column.valid)
        of_sizes = [both(np, valid[plan.num], valid[plan.den]) for plan in self.plans]
        for test in self.tests:
            keep = both(np, keep, both(np, valid[test.plan.num], valid[test.plan.den]))
        for mask in of_sizes if drop else ():
            keep = both(np, keep, mask)
        if keep is not None:
            ids = ids[keep]
            of_sizes = [None if mask is None else mask[keep] for mask in of_sizes]
        sums: dict[Product, Any] = {}
        most: dict[Product, list[int]] = {}
        for product in self.products:
            numbers = [c.num if keep is None else c.num[keep] for c in found[product]]
            empty = np.zeros((len(ids), 0)[:: 1 - 2 * side], np.int64)  # of the size 0
            sums[product] = np.stack(numbers, 1 - side) if numbers else empty
            most[product] = [max(map(abs, ends(n))) for n in numbers]
        out = Part(ids, sums, most, {}, of_sizes)
        if side and (len(self.kept) + 1) * LONG * max(1, sum(len(p.right) for p in self.products)) <= KEPT:
            self.kept[first, last, drop] = out
        return out

    def numbers(self, side: int, ids: Any) -> list[Any]:
        """For each axis of a side the numbers that rows (or columns) have there; None for those of the other side."""
        out: list[Any] = [None] * len(self.axes)
        mine = range(self.middle) if side == 0 else range(self.middle, len(self.axes))
        for at in reversed(mine):
            out[at] = self.axes[at][ids % self.shape[at]]
            ids = ids // self.shape[at]
        return out

    def parts(self, box: Box, drop: bool) -> tuple[Part, Part]:
        """Both sides of a box."""
        return self.part(0, box.first, box.last, drop), self.part(1, box.start, box.stop, drop)

    # Boxes.

    def boxes(self, first: int, last: int) -> Iterator[Box]:
        """The points from one index to another in boxes of rows, in the order of nested loops."""
        columns = self.columns
        while first < last:
            row, start = divmod(first, columns)
            if start or last - first < columns or columns > LONG:
                stop = min(columns, start + LONG, start + last - first)
                yield Box(row, row + 1, start, stop)
                first += stop - start
            else:
                end = min(last // columns, row + max(1, BLOCK // columns))
                yield Box(row, end, 0, columns)
                first = end * columns

    def spans(self, box: Box) -> list[Span]:
        """Between which numbers the axes lie in a box."""
        rows = self._spans(range(self.middle), box.first, box.last)
        return rows + self._spans(range(self.middle, len(self.axes)), box.start, box.stop)

    def between(self, first: int, last: int) -> list[Span]:
        """Between which numbers the axes lie at the points from one index to another."""
        return self._spans(range(len(self.axes)), first, last)

    def _spans(self, mine: range, first: int, last: int) -> list[Span]:
        out = []
        size = _count([self.shape[at] for at in mine])
        for at in mine:
            long, numbers = self.shape[at], self.axes[at]
            size //= long
            a, b = first // size, (last - 1) // size
            wraps = b - a >= long or a % long > b % long
            out.append(ends(numbers if wraps else numbers[a % long : b % long + 1]))
        return out

    def parted(self, first: int, last: int) -> list[tuple[int, int]]:
        """The points from one index to another in some parts, where rows of the grid end if these are shorter."""
        part = max(1, (last - first) // PARTS)
        size = next((s for at in range(len(self.shape)) if (s := _count(self.shape[at + 1 :])) <= part), 1)
        cuts = range((first // size + part // size) * size, last, part // size * size)
        return list(pairwise([first, *cuts, last]))


def _short(sums: tuple[list[Term], list[Term]]) -> bool:
    """Whether sums may be written in other symbols."""
    return all(sum(2 ** min(sum(powers.values()), 30) for _, powers in terms) <= MAX_SHIFTED for terms in sums)


def reached(terms: Sequence[Term], spans: Mapping[int, Span]) -> Span:
    """Between which numbers a sum of products lies, by how far its factors lie above the least they can be, and below
    the most: of a sum that rises in all its factors these are its values at the ends."""
    out = []
    for end in (0, 1):  # x = end ± t for 0 <= t <= the length of its span
        shifted: dict[tuple[tuple[int, int], ...], int] = {}
        for c, powers in terms:
            parts: dict[tuple[tuple[int, int], ...], int] = {(): c}
            for step, e in powers.items():
                base, sign = spans[step][end], 1 - 2 * end
                parts = {
                    ((*key, (step, k)) if k else key): value * comb(e, k) * base ** (e - k) * sign**k
                    for key, value in parts.items()
                    for k in range(e + 1)
                }
            for key, value in parts.items():
                key = tuple(sorted(key))
                shifted[key] = shifted.get(key, 0) + value
        bound = shifted.pop((), 0)
        for key, value in shifted.items():
            if (value < 0) != end and value:
                bound += value * _count([(spans[step][1] - spans[step][0]) ** k for step, k in key])
        out.append(bound)
    return out[0], out[1]


def both(np: Any, a: Any, b: Any) -> Any:
    """Where both masks hold; None holds everywhere."""
    return b if a is None else a if b is None else np.logical_and(a, b)


def _count(shape: Sequence[int]) -> int:
    out = 1
    for n in shape:
        out *= n
    return out


def _cleared(steps: Steps, size: Size) -> tuple[list[Term], list[Term]] | None:
    """A size as sums of terms above and below the line; None where that has too many terms."""
    try:
        above, below = both_cleared(size, 1)
    except NetError:
        return None
    (a, over), (b, under) = steps.terms(above), steps.terms(below)
    return [_times(term, under) for term in a], [_times(term, over) for term in b]


def _compared(steps: Steps, clause: Clause) -> tuple[list[Term], list[Term]] | None:
    """The size of a clause, where it is compared as it is; a positive number below the line changes nothing."""
    if clause.modulus != 0 or clause.over is not None:
        return None
    cleared = _cleared(steps, clause.size)
    if cleared is None or any(powers for _, powers in cleared[1]):
        return cleared
    return cleared[0], [(1, {})]


def _times(a: Term, b: Term) -> Term:
    powers = dict(a[1])
    for it, e in b[1].items():
        powers[it] = powers.get(it, 0) + e
    return a[0] * b[0], powers


def _reaches(steps: Steps) -> list[int]:
    """For each step the axes on which it depends, as bits."""
    out: list[int] = []
    for it in steps.list:
        mask = 1 << it.args[0] if it.op == "given" else 0
        for i in inputs(it):
            mask |= out[i]
        out.append(mask)
    return out


def _parted(
    terms: Sequence[Term], reach: Sequence[int], left: int
) -> tuple[list[dict[int, int]], list[dict[int, int]], dict[tuple[int, int], int]] | None:
    """The different left and right parts of terms, and the number with each pair; None where a part is in both."""
    sides: tuple[dict[Any, int], dict[Any, int]] = ({}, {})
    table: dict[tuple[int, int], int] = {}
    for c, powers in terms:
        halves: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for it, e in powers.items():
            if reach[it] & left and reach[it] & ~left:
                return None
            halves[0 if reach[it] & left else 1][it] = e
        i, j = (side.setdefault(frozenset(h.items()), len(side)) for side, h in zip(sides, halves, strict=True))
        table[i, j] = table.get((i, j), 0) + c
    lefts, rights = ([dict(key) for key in side] for side in sides)
    return lefts, rights, table
