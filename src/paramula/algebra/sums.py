"""Sums over an index in closed form: powers of the index (Faulhaber) times powers with the index as exponent."""

from __future__ import annotations

from math import comb
from typing import Any

from .given import replaced, symbols
from .known import nonnegative
from .poly import Atom, Mono, Number, Poly, Size, Sum, Sym, atom, made, power, quotient, total

SHORT = 64  # terms that are added one by one where both ends are numbers


def summed(p: Size, index: Sym, low: Size, high: Size) -> Size:
    """The sum of p for the index from low to high (0 where high is low - 1); what has no closed form stays a sum."""
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
        parts.append(atom(Sum(rest, index, low, high)))
    return total(parts)


def _closed(mono: Mono, index: Sym, low: Size, high: Size) -> Size | None:
    """The sum of a monomial: its factors without the index stay outside, the others are i^p and r^i."""
    outside: dict[Atom, Any] = {}
    degree = 0
    ratio: Size = 1
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
            ratio = ratio * power(getattr(it, "value", None) or atom(it), slope)
            if constant != 0:
                outside[it] = constant
        else:
            outside[it] = e
    factor: Size = Poly({frozenset(outside.items()): 1}) if outside else 1
    if isinstance(ratio, Poly) and not nonnegative(ratio - 2):
        return None  # a ratio that might be 1 would divide by zero
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
