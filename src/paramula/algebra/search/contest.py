"""Where one size is less than another, said as briefly as it can be: always, for which numbers, or as an inequality."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..forms import form
from ..growth import leading
from ..known import nonnegative
from ..poly import ONE, Poly, Size, Sym, atom, exact_quotient, made
from ..powers import common_monomial, quotient
from ..spelling import ascii_text
from ..substitution import replaced, symbols
from .held import Held
from .holding import Interval, Unsure
from .regions import Clause, Domain, everything, narrowed, without_divisors

MOST = 4  # intervals that are listed


class Where(NamedTuple):
    """Where something holds: `always` (or, False, never); for a symbol within intervals; or where left < right."""

    always: bool | None = None
    name: str = ""
    intervals: tuple[Interval, ...] = ()
    left: Size = 0
    right: Size = 0


NOTHING = Held()


def less(a: Size, b: Size, order: Sequence[str] = (), held: Held = NOTHING) -> Where | None:
    """Where a < b, among the numbers that meet what is held; None where no such numbers were found."""
    gap = b - a
    for size in (gap, *map(without_divisors, held.put_into(gap))):
        if not isinstance(size, Poly):
            return Where(always=size > 0)
        if nonnegative(size - 1):
            return Where(always=True)
        if nonnegative(-size):
            return Where(always=False)
    rest = _primitive(gap)
    if not isinstance(rest, Poly):
        return Where(always=rest > 0)
    where = _within(rest, held) or _inequality(rest, order)
    there = not held.clauses or held.somewhere(Clause(">", gap).holds)
    return where if where.always is not None or there else None


def _within(gap: Poly, held: Held) -> Where | None:
    """Where a size of one symbol is above 0, if these numbers are few intervals: each from its first number to its last
    that meets what is held of the symbol."""
    if len(symbols(gap)) > 1:
        return None
    (sym,) = symbols(gap)
    allowed = held.domain(sym, {})
    try:
        above, below = (narrowed(allowed, Clause(relation, size)) for relation, size in ((">", gap), (">=", -gap)))
        if not above.classes or not below.classes:
            return Where(always=bool(above.classes))
        plain = Sym(sym.name)
        within = narrowed(everything(plain), Clause(">", replaced(gap, {sym.name: atom(plain)})))
        if within.tests or allowed.tests or any(c.modulus != 1 for c in within.classes):
            return None
        whole = [(a + c.residue, None if b is None else b + c.residue) for c in within.classes for a, b in c.intervals]
        found = [
            (next(allowed.upwards(a)), None if b is None else next(allowed.downwards(b)))
            for a, b in whole
            if _any_of(allowed, a, b)
        ]
    except Unsure:
        return None
    return Where(name=sym.name, intervals=tuple(found)) if len(found) <= MOST else None


def _any_of(domain: Domain, low: int, high: int | None) -> bool:
    first = next(domain.upwards(low), None)
    return first is not None and (high is None or first <= high)


def _inequality(rest: Poly, order: Sequence[str]) -> Where:
    """rest > 0 by one symbol, as ratios to one term, or both sides as they are."""
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


def _primitive(size: Size) -> Size:
    """A size divided by symbols and by a sum above 0 that all of it shares: T·(d + 1)·(g − h) has the sign of g − h."""
    shared = {it: e for it, e in common_monomial(size) if isinstance(it, Sym)} if isinstance(size, Poly) else {}
    size = quotient(size, made({frozenset(shared.items()): 1})) if shared else size
    if not isinstance(size, Poly):
        return size
    for sym in sorted(symbols(size), key=lambda it: it.name):
        with_it = made({mono: c for mono, c in size.terms.items() if (sym, 1) in mono})
        factor, rest = quotient(with_it, atom(sym)), size - with_it
        if not isinstance(factor, Poly) or len(factor.terms) < 2 or sym in symbols(factor) | symbols(rest):
            continue
        sign = 1 if nonnegative(factor - 1) else -1 if nonnegative(-factor - 1) else 0
        other = exact_quotient(rest, factor) if sign and isinstance(rest, Poly) else None
        if other is not None:
            return sign * (atom(sym) + other)
    return size


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
