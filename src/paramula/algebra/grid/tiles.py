"""The values of a grid's sizes tile by tile: in floating point up to a known error, and exactly. Keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from ..poly import Number
from .bounds import WORD
from .code import COMPARED
from .columns import Column, divided, ends
from .separated import HUGE, TILE, Grid, Part, Plan, Product, Test, both

DOUBLE = 1 << 53  # whole numbers up to here are exact in floating point
RELATIVE = 1 << 50  # a rounded number is off by less than one part in so many


class Near(NamedTuple):
    """Values in floating point: each is off by no more than `error`, and where `rounded` by a part of itself."""

    values: Any
    error: int
    rounded: bool

    @property
    def exact(self) -> bool:
        return not self.error and not self.rounded

    def slack(self, value: Number) -> Number:
        """How far from this value numbers may be computed that are not beyond it."""
        return self.error + (abs(Fraction(value) / RELATIVE) if self.rounded else 0)


class Pair(NamedTuple):
    """The two sides of a product in floating point, and by how much their product may be off."""

    left: Any
    right: Any
    error: int


def tiles(grid: Grid, left: Part, right: Part) -> Iterator[Tile]:
    """The points of a box that are left, some rows at a time."""
    if not len(left.ids) or not len(right.ids):
        return
    pairs = {product: _pair(grid.np, product, left, right) for product in grid.products}
    step = max(1, TILE // len(right.ids))
    for first in range(0, len(left.ids), step):
        yield Tile(grid, left, right, pairs, first, min(len(left.ids), first + step))


def _bound(product: Product, left: Part, right: Part) -> int:
    """What no sum in a product exceeds."""
    return sum(max(1, a) * max(1, b) for a, b in zip(left.most[product], right.most[product], strict=True))


def _pair(np: Any, product: Product, left: Part, right: Part) -> Pair | None:
    """None where the numbers are too large for floating point."""
    bound = _bound(product, left, right)
    if bound >= HUGE:
        return None
    for part in (left, right):
        if product not in part.floats:
            part.floats[product] = part.sums[product].astype(np.float64)
    error = 0 if bound < DOUBLE else bound * (len(product.left) + 4) // DOUBLE * 2 + 2
    return Pair(left.floats[product], right.floats[product], error)


class Tile:
    """Some points of a box: all columns of some rows. `mask` says which of them meet the clauses; None: all."""

    def __init__(
        self, grid: Grid, left: Part, right: Part, pairs: dict[Product, Pair | None], first: int, last: int
    ) -> None:
        self.grid = grid
        self.rows = left.ids[first:last]
        self.columns = right.ids
        self.mask: Any = None
        self._pairs = pairs
        self._span = slice(first, last)
        self._near: dict[int, Near] = {}

    @property
    def size(self) -> int:
        return len(self.rows) * len(self.columns)

    def positions(self) -> Any:
        """Where the points are that are left."""
        return self.grid.np.arange(self.size) if self.mask is None else self.grid.np.flatnonzero(self.mask)

    def indices(self, positions: Any) -> Any:
        """The indices of points in the grid."""
        width = len(self.columns)
        return self.rows[positions // width] * self.grid.columns + self.columns[positions % width]

    def numbers(self, positions: Any) -> list[Any]:
        """The numbers of points, a column for each axis."""
        width = len(self.columns)
        a = self.grid.numbers(0, self.rows[positions // width])
        b = self.grid.numbers(1, self.columns[positions % width])
        return [x if y is None else y for x, y in zip(a, b, strict=True)]

    def product(self, product: Product) -> Any:
        """A product in floating point, for all points of the tile."""
        pair = self._pairs[product]
        assert pair is not None
        return _product(self.grid.np, pair.left[self._span], pair.right).reshape(-1)

    def tested(self) -> bool:
        """Leaves the points that meet the clauses; whether there are any."""
        np = self.grid.np
        tests = [test for test in self.grid.tests if test.side is None]
        for test in sorted(tests, key=lambda test: (test.clause.over is not None, not self._known(test.plan))):
            if test.clause.over is None and self._known(test.plan):
                fits = self._compared(test)
            else:
                positions = self.positions()
                fits = np.zeros(self.size, bool)
                if test.clause.over is None:
                    fits[positions] = self._signs(test, positions)
                else:
                    names = self.grid.steps.names
                    rows = zip(*(column.tolist() for column in self.numbers(positions)), strict=True)
                    fits[positions] = [test.clause.holds(dict(zip(names, row, strict=True))) for row in rows]
            self.mask = both(np, self.mask, fits)
            if not self.mask.any():
                return False
        return True

    def _known(self, plan: Plan) -> bool:
        """Whether a size can be computed as products."""
        return plan.num is not None and self._pairs[plan.num] is not None

    def _compared(self, test: Test) -> Any:
        np = self.grid.np
        assert test.plan.num is not None
        values = self.product(test.plan.num)
        pair = self._pairs[test.plan.num]
        fits = COMPARED[test.relation](values)
        if pair is not None and pair.error:
            unsure = np.flatnonzero(both(np, self.mask, np.abs(values) <= np.float64(pair.error)))
            if len(unsure):
                fits[unsure] = self._signs(test, unsure)
        return fits

    def _signs(self, test: Test, positions: Any) -> Any:
        """Whether points meet a clause, exactly."""
        np = self.grid.np
        (column,) = test.plan.program.columns(self.numbers(positions), len(positions))
        return both(np, COMPARED[test.relation](column.num), column.valid)

    def near(self, i: int) -> Near:
        """The values of a size for all points, about; those without a value are left out from now on."""
        if i not in self._near:
            self._near[i] = self._found(self.grid.plans[i])
        return self._near[i]

    def _found(self, plan: Plan) -> Near:
        np = self.grid.np
        if plan.num is not None and self._known(plan):
            pair = self._pairs[plan.num]
            below = None if plan.den is None else self._pairs[plan.den]
            if pair is not None and (plan.den is None or (below is not None and not below.error)):
                values = self.product(plan.num)
                if plan.den is not None:
                    np.divide(values, self.product(plan.den), out=values)
                return Near(values, pair.error, plan.den is not None)
        positions = self.positions()
        (column,) = plan.program.columns(self.numbers(positions), len(positions))
        if column.valid is not None:
            mask = np.zeros(self.size, bool)
            mask[positions[column.valid]] = True
            self.mask = mask
        values = np.zeros(self.size)
        values[positions] = _floats(np, column)
        small = column.den is None and column.num.dtype != object and max(map(abs, ends(column.num))) < DOUBLE
        return Near(values, 0, not small)

    def exact(self, i: int, positions: Any) -> list[Number]:
        """The values of a size at some points that have one."""
        near = self.near(i)
        if near.exact:
            numbers: list[Number] = near.values[positions].astype(self.grid.np.int64).tolist()
            return numbers
        (column,) = self.grid.plans[i].program.columns(self.numbers(positions), len(positions))
        return [v for v in column.numbers() if v is not None]


def _floats(np: Any, column: Column) -> Any:
    """Exact values in floating point; what is too large for it as a number that is larger than all others."""
    if column.num.dtype == object or (column.den is not None and column.den.dtype == object):
        return np.array([0 if v is None else max(-HUGE, min(HUGE, v)) for v in column.numbers()], dtype=np.float64)
    values = column.num.astype(np.float64)
    return values if column.den is None else np.divide(values, column.den, out=values)


def exact_values(grid: Grid, left: Part, right: Part) -> list[Column]:
    """The values of all sizes at the points of a box, in order, exactly."""
    whole = Tile(grid, left, right, {}, 0, len(left.ids))
    return [
        _multiplied(grid.np, i, plan.num, plan.den, left, right)
        if plan.num is not None
        else plan.program.columns(whole.numbers(whole.positions()), whole.size)[0]
        for i, plan in enumerate(grid.plans)
    ]


def _multiplied(np: Any, i: int, num: Product, den: Product | None, left: Part, right: Part) -> Column:
    above = _exact(np, num, left, right).reshape(-1)
    valid = None
    if left.valid[i] is not None or right.valid[i] is not None:
        rows, columns = (np.ones(len(p.ids), bool) if p.valid[i] is None else p.valid[i] for p in (left, right))
        valid = np.logical_and.outer(rows, columns).reshape(-1)
    if den is None:
        return Column(above, None, valid)
    below = _exact(np, den, left, right).reshape(-1)
    return divided(np, above, below if valid is None else np.where(valid, below, 1), valid)


def _exact(np: Any, product: Product, left: Part, right: Part) -> Any:
    """A product in whole numbers: in floating point where it is exact there, in two parts of it up to 2^63."""
    bound = _bound(product, left, right)
    a, b = left.sums[product], right.sums[product]
    if len(product.left) == 1 and bound <= WORD:
        return a * b
    if bound > WORD:
        return a.astype(object) @ b.astype(object)
    floats = right.floats.setdefault(product, b.astype(np.float64))
    if bound < DOUBLE:
        return _rounded(np, a.astype(np.float64), floats)
    most = right.most[product]
    cut = DOUBLE.bit_length() - 2 - sum(max(1, r) for r in most).bit_length()  # bits of the lower part
    high = sum(((max(1, x) >> max(cut, 0)) + 1) * max(1, r) for x, r in zip(left.most[product], most, strict=True))
    if cut < 1 or high >= DOUBLE:
        return a @ b
    upper, lower = a >> cut, a & ((1 << cut) - 1)
    out = _rounded(np, upper.astype(np.float64), floats)
    out <<= cut
    out += _rounded(np, lower.astype(np.float64), floats)
    return out


def _rounded(np: Any, a: Any, b: Any) -> Any:
    """The product of two arrays of whole numbers that is exact in floating point, as whole numbers."""
    out = np.empty((len(a), b.shape[1]), np.int64)
    step = max(1, TILE // max(1, b.shape[1]))
    near = np.empty((min(step, len(a)), b.shape[1]))
    for first in range(0, len(a), step):
        here = a[first : first + step]
        np.copyto(out[first : first + step], _product(np, here, b, near[: len(here)]), casting="unsafe")
    return out


def _product(np: Any, a: Any, b: Any, out: Any = None) -> Any:
    """a @ b, which is slow in numpy for one column times one row."""
    return np.multiply(a, b, out=out) if len(b) == 1 else np.matmul(a, b, out=out)
