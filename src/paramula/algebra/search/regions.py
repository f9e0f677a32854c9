"""Where sizes of one symbol meet claims: classes of numbers, and in each the signs of its sizes. Never rounds.

Numbers are parted into classes modulo some m, so that roundings and remainders go away; in each class the sizes are
sums of polynomials times powers, whose signs are found exactly.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import islice, pairwise, takewhile
from math import comb, gcd, isqrt, lcm
from typing import Any, NamedTuple, TypeAlias

from ...errors import too_large
from .. import poly
from ..condition import Condition, free_symbols
from ..known import bounds, nonnegative
from ..poly import Apply, Base, Floor, Mono, Number, Poly, Size, Sum, Sym
from ..substitution import Terms, atoms, evaluate, replaced, symbols

MAX_STEPS = 50_000  # numbers tried one by one
MAX_DIVIDED = 10**10  # a number whose divisors are looked for
MAX_CLASSES = 512  # into which the numbers are parted
MAX_PERIOD = 4_096  # remainders that are tried for one class
MAX_PARTS = 40  # powers in one size: the sum of 1 + degree over the bases
MAX_BITS = 200_000  # of a number while signs are found
MAX_TERMS = 200_000  # of the sums without closed form in numbers that are tried
FAR = 512  # doublings after which nothing changes any more, as far as can be told
NO_RULE = "it has no rule by which its numbers could be found, so that they are tried one by one, and these have no end"

Interval: TypeAlias = tuple[int, int | None]  # both ends included; None: no end
Powers: TypeAlias = dict[Fraction, list[int]]  # r: [c0, c1, …] for (c0 + c1·k + …)·r^k


class Clause(NamedTuple):
    """What a number must meet: a size, or what it leaves divided by `modulus`, compared with 0.

    A condition of every copy of a repetition (`over`) is only tried out."""

    relation: str  # >=, >, == or !=
    size: Size
    modulus: Size = 0
    over: Condition | None = None

    @property
    def symbols(self) -> set[Sym]:
        """The symbols of which it says something."""
        if self.over is not None:
            return free_symbols(self.over)
        return symbols(self.size) | symbols(self.modulus)

    @property
    def names(self) -> set[str]:
        return {sym.name for sym in self.symbols}

    def holds(self, values: Mapping[str, int], left: Terms | None = None) -> bool:
        """Whether numbers meet it; `left` is how many terms sums may have (`evaluate`)."""
        if self.over is not None:
            return self.over.holds(**values)
        try:
            value = evaluate(self.size, values, left)
            if self.modulus != 0:
                value %= evaluate(self.modulus, values, left)
        except (ValueError, ZeroDivisionError):  # an exponent that is not whole, a divisor 0: another condition says so
            return False
        match self.relation:
            case ">=":
                return value >= 0
            case ">":
                return value > 0
            case "==":
                return value == 0
        return value != 0


def clause_of(condition: Condition) -> Clause:
    """A condition of a network as a clause."""
    if condition.over:
        return Clause("==", 0, over=condition)
    if condition.modulus != 0:
        return Clause("==", condition.left - condition.right, condition.modulus)
    left, right = condition.left, condition.right
    if condition.relation == "<=":
        left, right = right, left
    return Clause("==" if condition.relation == "==" else ">=", left - right)


class Unsure(Exception):
    """It cannot be told where a clause holds; says why."""


# Where clauses hold.


class Class(NamedTuple):
    """The numbers modulus·k + residue, for k in the intervals, which stand in order and apart."""

    modulus: int
    residue: int
    intervals: list[Interval]


class Domain(NamedTuple):
    """The numbers of some classes, as far as they pass the tests."""

    sym: Sym
    classes: list[Class]
    tests: tuple[Clause, ...] = ()

    @property
    def endless(self) -> bool:
        return any(c.intervals and c.intervals[-1][1] is None for c in self.classes)

    @property
    def whole(self) -> bool:
        """Whether every number from 1 on is in it."""
        return not self.tests and self.classes == [Class(1, 1, [(0, None)])]

    def upwards(self, start: int = 1) -> Iterator[int]:
        """Its numbers from `start` on, in order."""
        return self._passed(heapq.merge(*(_up(c, start) for c in self.classes)))

    def downwards(self, end: int | None = None) -> Iterator[int]:
        """Its numbers from `end` down; from its greatest where there is one."""
        return self._passed(heapq.merge(*(_down(c, end) for c in self.classes), reverse=True))

    def how_many(self, low: int, high: int) -> int | None:
        """How many of its numbers lie from `low` to `high`; None where they are too many to be tested one by one."""
        if self.tests:
            tested = sum(1 for _ in islice(takewhile(lambda at: at <= high, self.upwards(low)), MAX_STEPS))
            return tested if tested < MAX_STEPS else None
        count = 0
        for c in self.classes:
            least, most = -((c.residue - low) // c.modulus), (high - c.residue) // c.modulus
            ends = ((max(a, least), most if b is None else min(b, most)) for a, b in c.intervals)
            count += sum(max(0, b - a + 1) for a, b in ends)
        return count

    def _passed(self, numbers: Iterator[int]) -> Iterator[int]:
        left = Terms(MAX_TERMS)
        for step, at in enumerate(numbers):
            if all(test.holds({self.sym.name: at}, left) for test in self.tests):
                yield at
            elif step > MAX_STEPS:
                raise Unsure(NO_RULE)


def _up(c: Class, start: int) -> Iterator[int]:
    least = -((c.residue - start) // c.modulus)
    for a, b in c.intervals:
        k = max(a, least)
        while b is None or k <= b:
            yield c.modulus * k + c.residue
            k += 1


def _down(c: Class, end: int | None) -> Iterator[int]:
    most = None if end is None else (end - c.residue) // c.modulus
    for a, b in reversed(c.intervals):
        ends = [e for e in (b, most) if e is not None]
        for k in range(min(ends), a - 1, -1):
            yield c.modulus * k + c.residue


def everything(sym: Sym) -> Domain:
    """All numbers that a symbol can stand for."""
    first = max(sym.least, 1)
    first += (sym.residue - first) % sym.modulus
    last = None if sym.most is None else (sym.most - first) // sym.modulus
    return Domain(sym, [Class(sym.modulus, first, [(0, last)])] if last is None or last >= 0 else [])


def narrowed(domain: Domain, clause: Clause) -> Domain:
    """The numbers of a domain that meet a clause."""
    if clause.over is not None:
        return domain._replace(tests=(*domain.tests, clause))
    classes: list[Class] | None
    if clause.modulus != 0:
        if isinstance(clause.modulus, Poly):
            n = clause.size
            if isinstance(n, int) and 0 < n <= MAX_DIVIDED and clause.relation == "==":
                if clause.modulus == poly.atom(domain.sym):
                    return domain._replace(classes=_dividing(domain, n))
            if clause.relation == "==" and nonnegative(clause.size - 1):  # what is a multiple of m is no less than m
                domain = narrowed(domain, Clause(">=", clause.size - clause.modulus))
            classes = None
        else:
            classes = _with_remainder(domain, clause)
    else:
        classes = _compared(domain, clause)
    if classes is None:
        return domain._replace(tests=(*domain.tests, clause))
    return domain._replace(classes=[c for c in classes if c.intervals])


def _parted(c: Class, step: int, k: int) -> Class:
    """The numbers of a class for every step-th k, beginning with this one."""
    intervals: list[Interval] = []
    for a, b in c.intervals:
        low, high = -((k - a) // step), None if b is None else (b - k) // step
        if high is None or high >= low:
            intervals.append((max(low, 0), high))
    return Class(c.modulus * step, c.modulus * k + c.residue, intervals)


def _dividing(domain: Domain, n: int) -> list[Class]:
    """The classes of the numbers that divide n."""
    divisors = sorted({it for k in range(1, isqrt(n) + 1) if n % k == 0 for it in (k, n // k)})
    out = []
    for c in domain.classes:
        places = [divmod(it - c.residue, c.modulus) for it in divisors]
        out.append(c._replace(intervals=_both(c.intervals, [(k, k) for k, rest in places if rest == 0])))
    return [c for c in out if c.intervals]


K = Sym("\u00b7k", 0)  # no user's symbol has such a name


def _in_class(size: Size, sym: Sym, c: Class) -> Size:
    """A size of the symbol as one of k."""
    return replaced(size, {sym.name: c.modulus * poly.atom(K) + c.residue})


def _with_remainder(domain: Domain, clause: Clause) -> list[Class] | None:
    """The classes in which a size is (or is not) a multiple of a number; None where they are too many."""
    m = clause.modulus
    assert isinstance(m, int)
    out: list[Class] = []
    for c in domain.classes:
        size = _in_class(clause.size, domain.sym, c)
        line = _line(size)
        if line is not None and clause.relation == "==":
            slope, constant = line
            g = gcd(slope, m)
            if constant % g == 0:
                step = m // g
                out.append(_parted(c, step, -constant // g * pow(slope // g, -1, step) % step))
        else:
            period = m * poly.denominator(size) * _period(size)
            if period > MAX_PERIOD or not _periodic(size):
                return None
            test = clause._replace(size=size)
            fits = [k for k in range(period) if test.holds({K.name: k})]
            out += [_parted(c, step, k) for step, k in _progressions(fits, period)]
        if len(out) > MAX_CLASSES:
            return None
    return out


def _line(size: Size) -> tuple[int, int] | None:
    """(a, b) for a·k + b with whole a and b."""
    if isinstance(size, int):
        return 0, size
    powers = _powers(size) if isinstance(size, Poly) and size.evidently_whole else None
    if powers is None or list(powers) != [1] or len(powers[Fraction(1)]) > 2:
        return None
    assert isinstance(size, Poly)
    slope = size.terms.get(frozenset([(K, 1)]), 0)
    constant = size - slope * poly.atom(K)
    return (slope, constant) if isinstance(slope, int) and isinstance(constant, int) else None


def _progressions(fits: list[int], period: int) -> list[tuple[int, int]]:
    """Remainders as (step, first): one progression where they are one, else each by itself."""
    step = period // len(fits) if fits and period % len(fits) == 0 else 0
    if step and fits == list(range(fits[0], period, step)):
        return [(step, fits[0])]
    return [(period, k) for k in fits]


def _periodic(size: Size) -> bool:
    """Whether what a size leaves divided by a number repeats: polynomials of k and of roundings of such."""
    return all(
        isinstance(e, int) and e > 0 and (it == K or (isinstance(it, Floor) and _periodic(it.num)))
        for mono in (size.terms if isinstance(size, Poly) else ())
        for it, e in mono
    ) and all(not isinstance(it, Floor) or isinstance(it.den, int) for it in atoms(size))


def _period(size: Size) -> int:
    """A number p such that roundings and exponents of a size in k are none for p·k + r."""
    period = 1
    for mono in size.terms if isinstance(size, Poly) else ():
        for it, e in mono:
            if isinstance(it, Floor):
                period = lcm(period, (it.den if isinstance(it.den, int) else 1) * _period(it.num))
            if isinstance(e, Poly):
                period = lcm(period, poly.denominator(e) * _period(e))
    return period


def _compared(domain: Domain, clause: Clause) -> list[Class] | None:
    """The classes, parted further for roundings, where a size compares with 0; None where it is unknown."""
    size = without_divisors(clause.size)
    out: list[Class] = []
    for c in domain.classes:
        here = _in_class(size, domain.sym, c)
        period = _period(here)
        try:
            known = _holding_in(c, clause.relation, here)
        except Unsure:
            if period == 1:
                raise
            known = None
        if known is not None:
            out.append(c._replace(intervals=known))
            continue
        if period == 1 or len(out) + period > MAX_CLASSES:
            return None
        for k in range(period):
            part = _parted(c, period, k)
            inside = _holding_in(part, clause.relation, _in_class(size, domain.sym, part)) if part.intervals else []
            if inside is None:
                return None
            out.append(part._replace(intervals=inside))
    return out


def without_divisors(size: Size) -> Size:
    """A positive multiple of a size without fractions and divisors, which are positive wherever the conditions hold."""
    if not isinstance(size, Poly):
        return size
    below: dict[Any, int] = {}
    for mono in size.terms:
        for it, e in mono:
            if isinstance(e, int) and e < 0:
                below[it] = min(e, below.get(it, 0))
    turned = sum(e for it, e in below.items() if isinstance(it, Base) and nonnegative(-it.value)) % 2
    out = poly.both_cleared(size, 1)[0]
    return -out if turned else out


def _holding_in(c: Class, relation: str, size: Size) -> list[Interval] | None:
    """The k of a class for which a size of k compares with 0."""
    if not c.intervals:
        return []
    low, high = c.intervals[0][0], c.intervals[-1][1]
    powers = _powers(size)
    if powers is not None:

        def not_below(sign: int) -> list[Interval]:
            return holding({r: [sign * x for x in xs] for r, xs in powers.items()}, low, high)
    else:
        trend = _trend(size)
        if trend is None:
            return None

        def not_below(sign: int) -> list[Interval]:
            return _monotone(lambda k: sign * evaluate(size, {K.name: k}) >= 0, sign * trend, low, high)

    match relation:
        case ">=":
            where = not_below(1)
        case ">":
            where = _outside(not_below(-1), low, high)
        case "==":
            where = _both(not_below(1), not_below(-1))
        case _:
            where = _outside(_both(not_below(1), not_below(-1)), low, high)
    return _both(c.intervals, where)


def _both(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """What is in an interval of each."""
    out: list[Interval] = []
    for low, high in a:
        for start, end in b:
            ends = [e for e in (high, end) if e is not None]
            first, last = max(low, start), min(ends) if ends else None
            if last is None or first <= last:
                out.append((first, last))
    return out


def _outside(intervals: list[Interval], low: int, high: int | None) -> list[Interval]:
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


# Signs of polynomials times powers.


def _powers(size: Size) -> Powers | None:
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
    for a, b in sorted([*rising, *_outside(rising, low, high)]):
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


# Sizes of other kinds: those that never fall, or never rise.


def _monotone(holds: Callable[[int], bool], trend: int, low: int, high: int | None) -> list[Interval]:
    """Where a size that rises (1), falls (-1) or stays (0) is not below 0."""
    first = holds(low)
    if trend == 0 or (first and trend > 0) or (not first and trend < 0):
        return [(low, high)] if first else []
    if high is not None and holds(high) == first:
        return [(low, high)] if first else []
    k = _change(holds, low, high, FAR)
    return [(low, k - 1)] if first else [(k, high)]


def _trend(size: Size) -> int | None:
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
            trends |= {trend, _trend(e)}
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
            return _trend(it.value)
        case Floor():
            return _trend(it.num if K not in symbols(it.den) else poly.quotient(it.num, it.den))
        case Apply() if it.name in ("min", "max", "log2", "sqrt", "round_to"):
            steady = it.name != "round_to" or K not in symbols(it.args[1])
            return _shared({_trend(arg) for arg in it.args}) if steady else None
        case Sum() if K not in symbols(it.low) and nonnegative(it.body):
            trend = _shared({_trend(it.body), _trend(it.high)})
            return trend if trend in (0, 1) else None
    return None if K in symbols(poly.atom(it)) else 0  # type: ignore[arg-type]


def in_one(size: Size, sym: Sym) -> Powers | None:
    """A size of one symbol as polynomials times powers, up to a positive factor; None where it is of another kind."""
    return _powers(replaced(without_divisors(size), {sym.name: poly.atom(K)}))
