"""Symbols of a size, and numbers or sizes in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from ..errors import too_large
from .poly import RULES, Apply, Atom, Base, Floor, Number, Poly, Size, Sum, Sym, atom, product, total, whole
from .powers import power

MAX_TERMS = 100_000  # of the sums of a size that have no closed form


def atoms(p: Size) -> Iterator[Atom]:
    """Every atom of a size, those inside roundings and exponents too; some more than once."""
    stack: list[Any] = [p]
    while stack:
        item = stack.pop()
        if isinstance(item, Poly):
            for mono in item.terms:
                for it, e in mono:
                    if isinstance(it, Sum):  # its index is no symbol of the sum
                        yield from (inner for inner in atoms(it.body) if inner != it.index)
                        stack += [it.low, it.high]
                    else:
                        yield it
                        stack += () if isinstance(it, Sym) else it.key
                    if isinstance(e, Poly):
                        stack.append(e)


def numbers(p: Size) -> Iterator[Number]:
    """The coefficients of a size, and those inside its roundings."""
    if not isinstance(p, Poly):
        yield p
        return
    for mono, c in p.terms.items():
        yield c
        for it, _ in mono:
            if isinstance(it, Floor):
                yield from it.num.terms.values()
                yield from numbers(it.den)


def symbols(p: Size) -> set[Sym]:
    """The symbols of a size."""
    return {it for it in atoms(p) if isinstance(it, Sym)}


def replaced(p: Size, values: Mapping[str, Size]) -> Size:
    """The size with numbers or sizes in place of the named symbols."""
    if not isinstance(p, Poly):
        return p
    return total(c * product(_replaced_atom(it, e, values) for it, e in mono) for mono, c in p.terms.items())


def _replaced_atom(it: Atom, e: Any, values: Mapping[str, Size]) -> Size:
    e = replaced(e, values)
    match it:
        case Sym():
            base: Size = values.get(it.name, atom(it))
        case Floor():
            base = replaced(it.num, values) // replaced(it.den, values)
        case Base():
            base = replaced(it.value, values)
        case Apply():
            base = RULES["apply"](it.name, *(replaced(a, values) for a in it.args))
        case Sum():
            inner = {name: value for name, value in values.items() if name != it.index.name}
            index = _renewed(it, inner)
            body = replaced(it.body, {**inner, it.index.name: atom(index)})
            base = RULES["summed"](body, index, replaced(it.low, values), replaced(it.high, values))
        case _:
            raise TypeError(it)
    return power(base, e)


def _renewed(it: Sum, values: Mapping[str, Size]) -> Sym:
    """The index of a sum in which sizes stand in place of symbols: none of theirs has its name."""
    index = it.index
    inside = {sym.name for sym in symbols(it.body)} & values.keys()
    taken = {sym.name for name in inside for sym in symbols(values[name])}
    name = next(own for n in count(1) if (own := index.name if n == 1 else f"{index.name}{n}") not in taken)
    top = None if index.top is None else replaced(index.top, values)
    return Sym(name, index.least, index.most, index.modulus, index.residue, top)


class Terms:
    """How many terms sums may have, counted down."""

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit

    def spend(self, terms: int) -> None:
        self.left -= max(0, terms)
        if self.left < 0:
            raise too_large("a sum without closed form", f"{self.limit:,} terms")


def evaluate(p: Size, values: Mapping[str, int], left: Terms | None = None) -> Number:
    """The number that a size is once every symbol is given; NetError where its sums have too many terms.

    `left` is how many terms there may be in several sizes together."""
    if not isinstance(p, Poly):
        return p
    left = left or Terms(MAX_TERMS)
    out: Number = 0
    for mono, c in p.terms.items():
        term: Number = c
        for it, e in mono:
            term = term * _evaluated(it, e, values, left)
        out += term
    return whole(out)


def _evaluated(it: Atom, e: Any, values: Mapping[str, int], left: Terms) -> Number:
    match it:
        case Sym():
            base: Number = values[it.name]
        case Floor():
            base = evaluate(it.num, values, left) // evaluate(it.den, values, left)
        case Base():
            base = evaluate(it.value, values, left)
        case Apply():
            number = RULES["apply"](it.name, *(evaluate(a, values, left) for a in it.args))
            assert not isinstance(number, Poly)
            base = number
        case Sum():
            low, high = int(evaluate(it.low, values, left)), int(evaluate(it.high, values, left))
            left.spend(high - low + 1)
            base = sum(evaluate(it.body, {**values, it.index.name: i}, left) for i in range(low, high + 1))
        case _:
            raise TypeError(it)
    value = power(base, evaluate(e, values, left) if isinstance(e, Poly) else e)
    assert not isinstance(value, Poly)
    return value
