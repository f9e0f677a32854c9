"""The whole number at which a claim changes, as a formula: of other symbols, or the root of one polynomial or power."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ..condition import Condition
from ..conditions import minimal
from ..functions import square_root
from ..known import nonnegative
from ..needs import Need, whole_need
from ..poly import Mono, Number, Poly, Size, Sym, atom, made
from ..powers import both_cleared, quotient
from ..rounding import floor
from ..substitution import replaced, symbols
from .holding import Powers
from .regions import Clause, Domain, in_one


class Root(NamedTuple):
    """The number that meets a claim, the real number at which it changes (None: no short one), and what must hold."""

    value: Size
    real: Size | None
    conditions: list[Condition]


def root(claim: Clause, largest: bool, domain: Domain) -> Root | None:
    """The largest (or smallest) number of a domain that meets a claim, where other symbols are open; None: no formula.

    The largest k with q(k) <= 0, where q = a·k + b rises, is ⌊-b/a⌋. Where q = a·k² + b·k + c with a > 0 and b >= 0 it
    is ⌊(⌊√(b² - 4ac)⌋ - b)/2a⌋: a rounding inside a rounding by a whole number changes nothing. The smallest number
    with q(k) > 0 is the next one."""
    if domain.tests or len(domain.classes) != 1:
        return None
    (c,) = domain.classes
    if len(c.intervals) != 1 or c.intervals[0][1] is not None:
        return None
    sym, k = domain.sym, Sym("\u00b7k", 0)
    first = c.intervals[0][0]
    inside = replaced(claim.size, {sym.name: c.modulus * (atom(k) + first) + c.residue})
    if claim.relation == "==":
        return _solution(claim.size, inside, domain, k)
    q = both_cleared(-inside if largest else inside, 1)[0]
    if largest == (claim.relation == ">"):  # q < 0: q + 1 <= 0 among whole numbers
        q = q + 1
    parts = _coefficients(q, k, 2)
    if parts is None or not isinstance(q, Poly) or not q.evidently_whole:
        return None
    constant, slope, *square = parts
    if not square and nonnegative(slope - 1):
        at = floor(-constant, slope)
    elif square and nonnegative(square[0] - 1) and nonnegative(slope):
        at = floor(square_root(slope * slope - 4 * square[0] * constant) - slope, 2 * square[0])
    else:
        return None
    value = c.modulus * (at + first + (0 if largest else 1)) + c.residue
    # It holds for the first number; or, for the smallest, not yet.
    return Root(value, _real(claim.size, sym), minimal([(Need(">=", -constant, 0, ""), "")]))


def _solution(size: Size, inside: Size, domain: Domain, k: Sym) -> Root | None:
    """The number for which a size is 0."""
    parts = _coefficients(both_cleared(inside, 1)[0], k, 1)
    if parts is None or not (nonnegative(parts[1] - 1) or nonnegative(-parts[1] - 1)):
        return None
    at = quotient(-parts[0], parts[1])
    value = _real(size, domain.sym)
    if value is None:
        return None
    # Each by itself: of sizes, which are not 0, a multiple of m would be known to be no less than m.
    needs = [Need(">=", at, 0, ""), whole_need(at, "")]
    return Root(value, value, [it for need in needs if need is not None for it in minimal([(need, "")])])


def _real(size: Size, sym: Sym) -> Size | None:
    """-b/a for a·x + b."""
    parts = _coefficients(size, sym, 1)
    return None if parts is None else quotient(-parts[0], parts[1])


def _coefficients(size: Size, sym: Sym, most: int) -> list[Size] | None:
    """The coefficients of a polynomial of degree 1 up to `most` in a symbol, which stands nowhere else in it."""
    rows: dict[int, dict[Mono, Number]] = {}
    for mono, c in size.terms.items() if isinstance(size, Poly) else ():
        degree = dict(mono).get(sym, 0)
        if not isinstance(degree, int) or not 0 <= degree <= most:
            return None
        rows.setdefault(degree, {})[frozenset(pair for pair in mono if pair[0] != sym)] = c
    parts = [made(rows.get(d, {})) for d in range(max(rows, default=0) + 1)]
    return parts if len(parts) > 1 and not any(sym in symbols(part) for part in parts) else None


class Crossing(NamedTuple):
    """A size up to a factor: a polynomial, constant first, or (r, a, b) for a·r^x + b; empty where neither is short."""

    polynomial: tuple[int, ...] = ()
    power: tuple[Number, ...] = ()


def crossing(size: Size, sym: Sym) -> Crossing:
    """Where a size of one symbol is 0, as far as there is a short formula: degree 1 or 2, c·x^n = b, a·r^x = b."""
    rows: Powers | None = in_one(size, sym)
    if rows is None:
        return Crossing()
    if list(rows) == [1]:
        xs = rows[Fraction(1)]
        return Crossing(tuple(xs)) if len(xs) in (2, 3) or (len(xs) > 3 and xs[0] and not any(xs[1:-1])) else Crossing()
    if len(rows) == 2 and Fraction(1) in rows and all(len(xs) == 1 for xs in rows.values()):
        (r,) = (r for r in rows if r != 1)
        return Crossing(power=(r, rows[r][0], rows[Fraction(1)][0]))
    return Crossing()
