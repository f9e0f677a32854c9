"""Sums over an index in closed form: powers of the index (Faulhaber) times powers with the index as exponent."""

from __future__ import annotations

from math import comb
from typing import Any

from .known import nonnegative
from .poly import Atom, Base, Floor, Mono, Number, Poly, Size, Sum, Sym, atom, made, rule, total
from .powers import power, quotient
from .substitution import evaluate, replaced, symbols

MAX_DEGREE = 50  # of the index, beyond which its closed form is longer than the sum itself
SHORT = 64  # terms that are added one by one where both ends are numbers


@rule
def summed(p: Size, index: Sym, low: Size, high: Size) -> Size:
    """The sum of p for the index from low to high (0 where high is low - 1); what has no closed form stays a sum.

    Its `factors`, where they are symbols, must be at least 2: the closed form of r^i divides by r - 1."""
    if isinstance(low, int) and isinstance(high, int) and high - low < SHORT:
        return total(replaced(p, {index.name: i}) for i in range(low, high + 1))
    if not isinstance(p, Poly):
        return p * (high - low + 1)
    parts: list[Size] = []
    left: dict[Mono, Number] = {}
    for mono, c in p.terms.items():
        closed = _closed(mono, index, low, high)
        if closed is None:
            left[mono] = c
        else:
            parts.append(closed * c)
    if left:
        rest = made(left)
        assert isinstance(rest, Poly)
        unclosed = atom(Sum(rest, index, low, high))
        parts.append(unclosed if symbols(unclosed) else evaluate(unclosed, {}))
    return total(parts)


def factors(p: Size, index: Sym) -> set[Size]:
    """The symbolic sizes to which the index is an exponent, as far as they might be 1."""
    found: set[Size] = set()
    for mono in p.terms if isinstance(p, Poly) else ():
        for it, e in mono:
            base: Size = it.value if isinstance(it, Base) else atom(it)
            if isinstance(e, Poly) and index in symbols(e) - symbols(base) and not nonnegative(base - 2):
                found.add(base)
    return found


def bounded(p: Size) -> tuple[Size, Size] | None:
    """Closed sizes below and above one with explicit sums over roundings: x - (d-1)/d <= floor(x) <= x for x = n/d.

    None where there is nothing to close, or where it does not close. The sizes that are rounded are at least 1."""
    if not isinstance(p, Poly) or not any(isinstance(it, Sum) for mono in p.terms for it, _ in mono):
        return None
    ends: tuple[list[Size], list[Size]] = [], []
    for mono, c in p.terms.items():
        sums = [(it, e) for it, e in mono if isinstance(it, Sum)]
        rest: Size = made({frozenset(pair for pair in mono if pair not in sums): c})
        if not sums:
            ends[0].append(rest)
            ends[1].append(rest)
            continue
        (it, e), *more = sums
        if more or e != 1:
            return None
        for end, above in zip(ends, (c < 0, c > 0), strict=True):
            closed = summed(_unrounded(it.body, it.index, above), it.index, it.low, it.high)
            if isinstance(closed, Poly) and any(isinstance(x, Sum) for m in closed.terms for x, _ in m):
                return None
            end.append(rest * closed)
    return total(ends[0]), total(ends[1])


def _unrounded(p: Poly, index: Sym, above: bool) -> Size:
    """A size nowhere below p (nowhere above, if not `above`) in which no rounding depends on the index."""
    out: list[Size] = []
    for mono, c in p.terms.items():
        term: Size = c
        for it, e in mono:
            if isinstance(it, Floor) and index in symbols(atom(it)) and isinstance(e, int) and e > 0:
                num = it.num if above == (c > 0) else it.num - it.den + 1
                term = term * power(quotient(num, it.den), e)
            else:
                term = term * atom(it, e)
        out.append(term)
    return total(out)


def _closed(mono: Mono, index: Sym, low: Size, high: Size) -> Size | None:
    """The sum of a monomial: its factors without the index stay outside, the others are i^p and r^i."""
    outside: dict[Atom, Any] = {}
    degree = 0
    ratio: Size = 1
    growing = True
    for it, e in mono:
        if it == index:
            if not isinstance(e, int) or e < 0:
                return None
            degree = e
        elif index in symbols(atom(it)):
            return None
        elif isinstance(e, Poly) and index in symbols(e):
            slope = e.terms.get(frozenset([(index, 1)]), 0)
            constant = e - slope * atom(index)
            if not isinstance(slope, int) or index in symbols(constant):
                return None
            base: Size = it.value if isinstance(it, Base) else atom(it)
            ratio = ratio * power(base, slope)
            growing = growing and slope > 0
            if constant != 0:
                outside[it] = constant
        else:
            outside[it] = e
    if degree > MAX_DEGREE:
        return None
    factor: Size = Poly({frozenset(outside.items()): 1}) if outside else 1
    if isinstance(ratio, Poly) and not growing:
        return None  # a ratio such as a/b may be 1, and would divide by zero
    return factor * (_partial(degree, ratio, high + 1) - _partial(degree, ratio, low))


def _partial(degree: int, ratio: Size, n: Size) -> Size:
    """The sum of i^degree · ratio^i for i from 0 to n - 1.

    From telescoping (i+1)^p r^(i+1) - i^p r^i:  (r-1)·G_p = n^p r^n - [p = 0] - r·sum of C(p,k)·G_k for k < p,
    and for r = 1 one degree higher:  (p+1)·G_p = n^(p+1) - sum of C(p+1,k)·G_k for k < p.
    """
    sums: list[Size] = []
    for p in range(degree + 1):
        if ratio == 1:
            rest = total(comb(p + 1, k) * sums[k] for k in range(p))
            sums.append(quotient(power(n, p + 1) - rest, p + 1))
        else:
            rest = ratio * total(comb(p, k) * sums[k] for k in range(p))
            sums.append(quotient(power(n, p) * power(ratio, n) - (p == 0) - rest, ratio - 1))
    return sums[degree]
