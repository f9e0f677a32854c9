"""Where a polynomial, or a size that rises or falls in one symbol, is not negative: intervals of whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import comb, gcd, lcm
from typing import TypeAlias

from ...errors import too_large
from .. import poly, powers
from ..known import bounds, nonnegative
from ..poly import Apply, Base, Floor, Mono, Number, Poly, Size, Sum, Sym
from ..substitution import replaced, symbols

MAX_STEPS = 50_000  # numbers tried one by one


MAX_PARTS = 40  # powers in one size: the sum of 1 + degree over the bases


MAX_BITS = 200_000  # of a number while signs are found


MAX_TERMS = 200_000  # of the sums without closed form in numbers that are tried


FAR = 512  # doublings after which nothing changes any more, as far as can be told


NO_RULE = "it has no rule by which its numbers could be found, so that they are tried one by one, and these have no end"


Interval: TypeAlias = tuple[int, int | None]  # both ends included; None: no end


Powers: TypeAlias = dict[Fraction, list[int]]  # r: [c0, c1, …] for (c0 + c1·k + …)·r^k


class Unsure(Exception):
    """It cannot be told where a clause holds; says why."""


K = Sym("\u00b7k", 0)  # no user's symbol has such a name


def line_in(size: Size) -> tuple[int, int] | None:
    """(a, b) for a·k + b with whole a and b."""
    if isinstance(size, int):
        return 0, size
    powers = powers_of(size) if isinstance(size, Poly) and size.evidently_whole else None
    if powers is None or list(powers) != [1] or len(powers[Fraction(1)]) > 2:
        return None
    assert isinstance(size, Poly)
    slope = size.terms.get(frozenset([(K, 1)]), 0)
    constant = size - slope * poly.atom(K)
    return (slope, constant) if isinstance(slope, int) and isinstance(constant, int) else None


def both_of(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """What is in an interval of each."""
    out: list[Interval] = []
    for low, high in a:
        for start, end in b:
            ends = [e for e in (high, end) if e is not None]
            first, last = max(low, start), min(ends) if ends else None
            if last is None or first <= last:
                out.append((first, last))
    return out


def outside(intervals: list[Interval], low: int, high: int | None) -> list[Interval]:
    """What is in none of the intervals, of low to high."""
    out: list[Interval] = []
    for a, b in intervals:
        if a > low:
            out.append((low, a - 1))
        if b is None:
            return out
        low = b + 1
    if high is None or low <= high:
        out.append((low, high))
    return out


def powers_of(size: Size) -> Powers | None:
    """A size of k as (c0 + c1·k + …)·r^k for some r, times a positive number; None where it is of another kind."""
    terms = size.terms if isinstance(size, Poly) else {poly.ONE: size}
    scale = lcm(*(c.denominator for c in terms.values()))
    found: dict[Fraction, dict[int, int]] = {}
    for mono, c in terms.items():
        place = _power(mono)
        if place is None:
            return None
        base, degree = place
        row = found.setdefault(base, {})
        row[degree] = row.get(degree, 0) + int(c * scale)
    powers = {r: _trimmed([row.get(d, 0) for d in range(max(row) + 1)]) for r, row in found.items()}
    powers = {r: xs for r, xs in powers.items() if xs}
    return powers if sum(map(len, powers.values())) <= MAX_PARTS else None


def _power(mono: Mono) -> tuple[Fraction, int] | None:
    """(r, d) for the monomial k^d·r^k."""
    base, degree = Fraction(1), 0
    for it, e in mono:
        if it == K and isinstance(e, int) and 0 < e <= MAX_PARTS:
            degree = e
        elif isinstance(it, Base) and isinstance(it.value, int) and isinstance(e, Poly):
            slope = e.terms.get(frozenset([(K, 1)]))
            if len(e.terms) > 1 or not isinstance(slope, int) or it.value.bit_length() * abs(slope) > poly.MAX_BITS:
                return None
            base *= Fraction(it.value) ** slope
        else:
            return None
    return base, degree


def _trimmed(xs: list[int]) -> list[int]:
    while xs and not xs[-1]:
        xs = xs[:-1]
    return xs


def holding(p: Powers, low: int, high: int | None) -> list[Interval]:
    """Where p >= 0 among the whole numbers from low to high, exactly.

    Rolle's theorem for whole numbers: p(k)/r^k rises where q(k) = p(k+1) - r·p(k) >= 0 and falls elsewhere. And q is
    simpler than p, since it has lost a degree at r. So q tells the pieces on which p changes its sign once at most."""
    if not p:
        return [(low, high)]
    to_the_end = p[max(p)][-1] > 0  # the greatest power wins
    if len(p) == 1 and len(p[max(p)]) == 1:
        return [(low, high)] if to_the_end else []
    rising = holding(_lowered(p, min(p)), low, high)
    out: list[Interval] = []
    for a, b in sorted([*rising, *outside(rising, low, high)]):
        first, last = _at(p, a) >= 0, to_the_end if b is None else _at(p, b) >= 0
        if first != last:
            k = _change(lambda k: _at(p, k) >= 0, a, b)
            a, b = (a, k - 1) if first else (k, b)
        if first or last:
            out.append((a, b))
    return _joined(out)


def _lowered(p: Powers, r: Fraction) -> Powers:
    """p(k+1) - r·p(k), times a positive number."""
    rows: dict[Fraction, list[Fraction]] = {}
    for s, xs in p.items():
        moved = [sum(comb(d, i) * xs[d] for d in range(i, len(xs))) for i in range(len(xs))]
        rows[s] = [s * after - r * before for after, before in zip(moved, xs, strict=True)]
    scale = lcm(*(x.denominator for row in rows.values() for x in row))
    whole = {s: _trimmed([int(x * scale) for x in row]) for s, row in rows.items()}
    common = gcd(*(x for row in whole.values() for x in row)) or 1
    return {s: [x // common for x in row] for s, row in whole.items() if row}


def _at(p: Powers, k: int) -> Number:
    if any(r != 1 for r in p) and k * max(max(r.numerator, r.denominator).bit_length() for r in p) > MAX_BITS:
        raise too_large("a power", f"{MAX_BITS:,} bits")
    value: Number = 0
    for r, xs in p.items():
        row = 0
        for x in reversed(xs):
            row = row * k + x
        value += row if r == 1 else row * r**k
    return value


def _change(holds: Callable[[int], bool], a: int, b: int | None, far: int | None = None) -> int:
    """The first k above a for which `holds` says something else than for a; it changes once, up to b at the latest."""
    before, step = holds(a), 1
    low = a
    while b is None:
        if far is not None and step.bit_length() > far:
            raise Unsure(f"nothing changes up to 2^{far}, and what comes behind is not known")
        if holds(a + step) != before:
            b = a + step
        else:
            low, step = a + step, step * 2
    while b - low > 1:
        middle = (low + b) // 2
        low, b = (middle, b) if holds(middle) == before else (low, middle)
    return b


def _joined(intervals: list[Interval]) -> list[Interval]:
    """Intervals that touch made one."""
    out: list[Interval] = intervals[:1]
    for (_, end), (start, last) in pairwise(intervals):
        if end is not None and end + 1 == start:
            out[-1] = (out[-1][0], last)
        else:
            out.append((start, last))
    return out


def rises_or_falls(holds: Callable[[int], bool], trend: int, low: int, high: int | None) -> list[Interval]:
    """Where a size that rises (1), falls (-1) or stays (0) is not below 0."""
    first = holds(low)
    if trend == 0 or (first and trend > 0) or (not first and trend < 0):
        return [(low, high)] if first else []
    if high is not None and holds(high) == first:
        return [(low, high)] if first else []
    k = _change(holds, low, high, FAR)
    return [(low, k - 1)] if first else [(k, high)]


def trend_of(size: Size) -> int | None:
    """1 where a size never falls as k grows, -1 where it never rises, 0 where it stays; None where that is unknown."""
    trends: set[int | None] = set()
    for mono, c in size.terms.items() if isinstance(size, Poly) else ():
        trend = _product_trend(mono)
        trends.add(trend if trend is None or c > 0 else -trend)
    if (shared := _shared(trends)) is not None:
        return shared
    growth = replaced(size, {K.name: poly.atom(K) + 1}) - size
    return 1 if nonnegative(growth) else -1 if nonnegative(-growth) else None


def _product_trend(mono: Mono) -> int | None:
    """The trend of a product: one that all its factors share, none of which is negative."""
    trends: set[int | None] = set()
    for it, e in mono:
        low = bounds(poly.atom(it))[0]
        trend = _atom_trend(it)
        if low is None or low < 0 or trend is None:
            return None
        if not isinstance(e, Poly):
            trends.add(trend if e > 0 else -trend)
        elif low >= 1 and (trend == 0 or nonnegative(e)):
            trends |= {trend, trend_of(e)}
        else:
            return None
    return _shared(trends)


def _shared(trends: set[int | None]) -> int | None:
    """The trend of sizes that all have these: the one that is not 0, if there is only one."""
    moving = trends - {0}
    return None if len(moving) > 1 else moving.pop() if moving else 0


def _atom_trend(it: object) -> int | None:
    match it:
        case Sym():
            return 1 if it == K else 0
        case Base():
            return trend_of(it.value)
        case Floor():
            return trend_of(it.num if K not in symbols(it.den) else powers.quotient(it.num, it.den))
        case Apply() if it.name in ("min", "max", "log2", "sqrt", "round_to"):
            steady = it.name != "round_to" or K not in symbols(it.args[1])
            return _shared({trend_of(arg) for arg in it.args}) if steady else None
        case Sum() if K not in symbols(it.low) and nonnegative(it.body):
            trend = _shared({trend_of(it.body), trend_of(it.high)})
            return trend if trend in (0, 1) else None
    return None if K in symbols(poly.atom(it)) else 0  # type: ignore[arg-type]
