"""How a size grows in one symbol: its leading term, exactly. Roundings and numbers beside it no longer count."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from .poly import Atom, Base, Floor, Mono, Number, Poly, Size, Sym, atom, made, total
from .powers import power, quotient
from .substitution import symbols


class Unsure(Exception):
    """A size whose growth is not told: with functions or sums of the symbol, or roundings that stay bounded."""


class Order(NamedTuple):
    """rate^x · x^degree: what grows faster is larger."""

    rate: Fraction
    degree: Fraction

    def __mul__(self, other: Any) -> Order:
        return Order(self.rate * other.rate, self.degree + other.degree)

    def raised(self, e: int) -> Order:
        return Order(self.rate**e, self.degree * e)


class Leading(NamedTuple):
    """factor · rate^x · x^degree, where the factor is free of the symbol."""

    order: Order
    factor: Size

    def at(self, sym: Sym) -> Size:
        """The term itself."""
        degree = self.order.degree
        powers = power(atom(sym), degree.numerator) if degree.denominator == 1 else None
        if powers is None or self.order.rate.denominator != 1:
            raise Unsure
        return self.factor * powers * power(self.order.rate.numerator, atom(sym))


CONSTANT = Order(Fraction(1), Fraction(0))


def leading(size: Size, sym: Sym) -> Leading:
    """The leading term of a size as a symbol grows; raises Unsure."""
    if not isinstance(size, Poly) or sym not in symbols(size):
        return Leading(CONSTANT, size)
    return _strongest(_monomial(mono, c, sym) for mono, c in size.terms.items())


def _strongest(terms: Iterable[Leading]) -> Leading:
    """The sum of the terms of the highest order. Where they cancel, what was dropped beside them would count."""
    by_order: dict[Order, list[Size]] = {}
    for term in terms:
        by_order.setdefault(term.order, []).append(term.factor)
    order = max(by_order)
    factor = total(by_order[order])
    if factor == 0:
        raise Unsure
    return Leading(order, factor)


def _monomial(mono: Mono, c: Number, sym: Sym) -> Leading:
    order, factor = CONSTANT, made({frozenset(): c})
    for it, e in mono:
        one = _atom(it, e, sym)
        order, factor = order * one.order, factor * one.factor
    return Leading(order, factor)


def _atom(it: Atom, e: Any, sym: Sym) -> Leading:
    whole = atom(it, e)
    if sym not in symbols(whole):
        return Leading(CONSTANT, whole)
    if isinstance(it, Sym) and isinstance(e, int):
        return Leading(Order(Fraction(1), Fraction(e)), 1)
    if isinstance(it, Floor) and isinstance(e, int):
        above, below = leading(it.num, sym), leading(it.den, sym)
        order = Order(above.order.rate / below.order.rate, above.order.degree - below.order.degree)
        if order <= CONSTANT:
            raise Unsure  # it stays bounded: its rounding counts
        return Leading(order.raised(e), power(quotient(above.factor, below.factor), e))
    if isinstance(it, Base):
        return _power(it, e, sym)
    raise Unsure


def _power(it: Base, e: Any, sym: Sym) -> Leading:
    """value^e: a sum to a written power, or a number to a power that is linear in the symbol."""
    if isinstance(e, int):
        value = leading(it.value, sym)
        return Leading(value.order.raised(e), power(value.factor, e))
    slope = e.terms.get(frozenset([(sym, 1)]), 0) if isinstance(e, Poly) else 0
    rest = e - slope * atom(sym)
    if not isinstance(it.value, int) or slope == 0 or sym in symbols(rest) or not isinstance(slope, int):
        raise Unsure
    return Leading(Order(Fraction(it.value) ** slope, Fraction(0)), power(it.value, rest))
