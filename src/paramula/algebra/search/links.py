"""Equations that link symbols, such as d == 64·h: what stands in the place of those that are not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..known import nonnegative
from ..needs import whole_need
from ..poly import Poly, Size, Sym, atom
from ..powers import quotient
from ..substitution import replaced, symbols
from .regions import Clause


class Linked(NamedTuple):
    """Sizes in place of symbols, and what must hold for these to be whole numbers above 0, and for what is left."""

    values: dict[str, Size]
    clauses: list[Clause]


class NoLink(Exception):
    """An equation, by its number, that does not say which whole number a symbol is."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number = number
        self.name = name


def linked(equations: Sequence[Size], asked: set[str]) -> Linked:
    """Each equation (a size that is 0) solved for a symbol that is not asked for; raises NoLink.

    One that is a whole number of times in its equation, if it can be just once: no remainder is left then."""
    left = dict(enumerate(equations))
    values: dict[str, Size] = {}
    while steps := [(*found, n) for n, size in left.items() if (found := _solved(size, asked)) is not None]:
        _, name, value, n = min(steps, key=lambda step: (step[0], step[3]))
        del left[n]
        put = {name: value}
        left = {n: replaced(size, put) for n, size in left.items()}
        values = {other: replaced(size, put) for other, size in values.items()} | put
    for n, size in left.items():
        names = {sym.name for sym in symbols(size)} - asked
        if names:
            raise NoLink(n, min(names))
    clauses = [Clause("==", size) for size in left.values()]
    for value in values.values():
        need = whole_need(value, "")
        clauses += [Clause("==", need.a, need.b)] if need is not None else []
        clauses += [] if nonnegative(value - 1) else [Clause(">=", value - 1)]
    return Linked(values, clauses)


def _solved(size: Size, asked: set[str]) -> tuple[int, str, Size] | None:
    """How often a symbol stands in an equation, which one, and what it is."""
    found = []
    for sym in symbols(size):
        times = _times(size, sym)
        if sym.name not in asked and times:
            found.append((abs(times), sym.name, times, sym))
    if not found:
        return None
    many, name, times, sym = min(found, key=lambda it: it[:2])
    return many, name, quotient(times * atom(sym) - size, times)


def _times(size: Size, sym: Sym) -> int:
    """The whole number c where a size is c·x and something without x; else 0."""
    c = size.terms.get(frozenset([(sym, 1)]), 0) if isinstance(size, Poly) else 0
    return c if isinstance(c, int) and sym not in symbols(size - c * atom(sym)) else 0
