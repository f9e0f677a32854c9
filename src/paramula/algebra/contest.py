"""Where one size is less than another, said as briefly as it can be: always, for which numbers, or as an inequality."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .forms import ascii_text, form
from .given import symbols
from .growth import leading
from .known import nonnegative
from .poly import ONE, Poly, Size, Sym, atom, common_monomial, made, quotient
from .regions import Clause, Interval, Unsure, everything, narrowed

MOST = 4  # intervals that are listed


class Where(NamedTuple):
    """Where something holds: `always` (or, False, never); for a symbol within intervals; or where left < right."""

    always: bool | None = None
    name: str = ""
    intervals: tuple[Interval, ...] = ()
    left: Size = 0
    right: Size = 0


def less(a: Size, b: Size, order: Sequence[str] = ()) -> Where:
    """Where a < b."""
    gap = b - a
    if not isinstance(gap, Poly):
        return Where(always=gap > 0)
    if nonnegative(gap - 1):
        return Where(always=True)
    if nonnegative(-gap):
        return Where(always=False)
    if len(symbols(gap)) == 1:
        (sym,) = symbols(gap)
        found = _intervals(gap, sym)
        if found is not None:
            return Where(name=sym.name, intervals=found) if found else Where(always=False)
    return _inequality(gap, order)


def _intervals(gap: Poly, sym: Sym) -> tuple[Interval, ...] | None:
    """The numbers for which a size is above 0, where they are few intervals."""
    try:
        within = narrowed(everything(sym), Clause(">", gap))
    except Unsure:
        return None
    if within.tests or any(c.modulus != 1 for c in within.classes):
        return None
    found = tuple((a + c.residue, None if b is None else b + c.residue) for c in within.classes for a, b in c.intervals)
    return found if len(found) <= MOST else None


def _inequality(gap: Poly, order: Sequence[str]) -> Where:
    """gap > 0 divided by what all its terms share: by one symbol, as ratios to one term, or both sides as they are."""
    shared = {it: e for it, e in common_monomial(gap) if isinstance(it, Sym)}
    rest = quotient(gap, made({frozenset(shared.items()): 1})) if shared else gap
    if not isinstance(rest, Poly):
        return Where(always=rest > 0)
    for sym in sorted(symbols(rest), key=lambda it: list(order).index(it.name) if it.name in order else len(order)):
        alone = frozenset([(sym, 1)])
        c = rest.terms.get(alone, 0)
        others = made({mono: k for mono, k in rest.terms.items() if mono != alone})
        if c != 0 and sym not in symbols(others):
            bound = quotient(-others, c)
            if not isinstance(bound, Poly):  # whole numbers beside a fraction
                return _beside(sym, Fraction(bound), c > 0)
            return Where(left=bound, right=atom(sym)) if c > 0 else Where(left=atom(sym), right=bound)
    above = {mono: c for mono, c in rest.terms.items() if c > 0}
    below = {mono: -c for mono, c in rest.terms.items() if c < 0}
    for one, several, is_right in ((above, below, True), (below, above, False)):
        if len(one) == 1 and ONE not in one:
            ratio = quotient(made(several), made(one))
            return Where(left=ratio, right=1) if is_right else Where(left=1, right=ratio)
    return Where(left=made(below), right=made(above))


def _beside(sym: Sym, bound: Fraction, above: bool) -> Where:
    """The whole numbers above a bound, or below it."""
    n, d = bound.as_integer_ratio()
    least, most = (max(sym.least, n // d + 1), None) if above else (sym.least, -(-n // d) - 1)
    return (
        Where(always=False) if most is not None and most < least else Where(name=sym.name, intervals=((least, most),))
    )


def limit(a: Size, b: Size, sym: Sym) -> Size | None:
    """What b/a tends to as a symbol grows; None where it grows without end. Raises Unsure of growth."""
    first, second = leading(a, sym), leading(b, sym)
    if first.order == second.order:
        return quotient(second.factor, first.factor)
    return 0 if second.order < first.order else None


def told(where: Where, order: Sequence[str]) -> str:
    """Where something holds, in words: f <= 4096, T < 2*d."""
    if where.intervals:
        return " or ".join(_between(where.name, *ends) for ends in where.intervals)
    left, right = ascii_text(form(where.left, order)), ascii_text(form(where.right, order))
    alone = isinstance(where.right, Poly) and where.right in map(atom, symbols(where.right))
    return f"{right} > {left}" if alone else f"{left} < {right}"


def _between(name: str, low: int, high: int | None) -> str:
    if high is None:
        return f"{name} >= {low}"
    if low == high:
        return f"{name} == {low}"
    return f"{name} <= {high}" if low == 1 else f"{low} <= {name} <= {high}"
