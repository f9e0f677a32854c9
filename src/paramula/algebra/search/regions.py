"""Where sizes of one symbol meet claims: classes of numbers, and in each the signs of its sizes. Never rounds.

Numbers are parted into classes modulo some m, so that roundings and remainders go away; in each class the sizes are
sums of polynomials times powers, whose signs are found exactly.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from math import gcd, isqrt, lcm
from typing import Any, NamedTuple

from .. import poly, powers
from ..condition import Condition, free_symbols
from ..known import nonnegative
from ..poly import Base, Floor, Poly, Size, Sym
from ..substitution import Terms, atoms, evaluate, replaced, symbols
from .holding import (
    MAX_STEPS,
    MAX_TERMS,
    NO_RULE,
    Interval,
    K,
    Powers,
    Unsure,
    both_of,
    holding,
    line_in,
    outside,
    powers_of,
    rises_or_falls,
    trend_of,
)

MAX_DIVIDED = 10**10  # a number whose divisors are looked for
MAX_CLASSES = 512  # into which the numbers are parted
MAX_PERIOD = 4_096  # remainders that are tried for one class


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
        out.append(c._replace(intervals=both_of(c.intervals, [(k, k) for k, rest in places if rest == 0])))
    return [c for c in out if c.intervals]


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
        line = line_in(size)
        if line is not None and clause.relation == "==":
            slope, constant = line
            g = gcd(slope, m)
            if constant % g == 0:
                step = m // g
                out.append(_parted(c, step, -constant // g * pow(slope // g, -1, step) % step))
        else:
            period = m * powers.denominator(size) * _period(size)
            if period > MAX_PERIOD or not _periodic(size):
                return None
            test = clause._replace(size=size)
            fits = [k for k in range(period) if test.holds({K.name: k})]
            out += [_parted(c, step, k) for step, k in _progressions(fits, period)]
        if len(out) > MAX_CLASSES:
            return None
    return out


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
                period = lcm(period, powers.denominator(e) * _period(e))
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
    out = powers.both_cleared(size, 1)[0]
    return -out if turned else out


def _holding_in(c: Class, relation: str, size: Size) -> list[Interval] | None:
    """The k of a class for which a size of k compares with 0."""
    if not c.intervals:
        return []
    low, high = c.intervals[0][0], c.intervals[-1][1]
    powers = powers_of(size)
    if powers is not None:

        def not_below(sign: int) -> list[Interval]:
            return holding({r: [sign * x for x in xs] for r, xs in powers.items()}, low, high)
    else:
        trend = trend_of(size)
        if trend is None:
            return None

        def not_below(sign: int) -> list[Interval]:
            return rises_or_falls(lambda k: sign * evaluate(size, {K.name: k}) >= 0, sign * trend, low, high)

    match relation:
        case ">=":
            where = not_below(1)
        case ">":
            where = outside(not_below(-1), low, high)
        case "==":
            where = both_of(not_below(1), not_below(-1))
        case _:
            where = outside(both_of(not_below(1), not_below(-1)), low, high)
    return both_of(c.intervals, where)


# Signs of polynomials times powers.


# Sizes of other kinds: those that never fall, or never rise.


def in_one(size: Size, sym: Sym) -> Powers | None:
    """A size of one symbol as polynomials times powers, up to a positive factor; None where it is of another kind."""
    return powers_of(replaced(without_divisors(size), {sym.name: poly.atom(K)}))
