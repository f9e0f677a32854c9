"""What `solve` answers: records, each with its certificate. Computes nothing but what SymPy calls the roots."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from ..algebra.poly import Number, Size

LONG = 10_000  # bits of a number that SymPy can print
Sides: TypeAlias = tuple[tuple[Number, Number], ...]  # what the two sides of each claim are, for some number or point
Links: TypeAlias = tuple[tuple[str, Size], ...]  # symbols that were not asked for, and what stands in their place


class Point(NamedTuple):
    """A number in place of the symbol, and what the two sides of the claim are there."""

    at: int
    left: Number
    right: Number


class Also(NamedTuple):
    """A further claim of the same `solve`: its sides, as (left, right), at what was found and at what stands beside."""

    left: str
    relation: str
    right: str
    found: Sides
    beside: Sides


class Solution(NamedTuple):
    """The answer to `solve`: what was found, and what stands beside it and does not meet the claim.

    An inequality finds one number, the largest for <= and <, the smallest for >= and >; beside it is the next one that
    meets the conditions. An equation finds all numbers; where there is none, those on both sides of it stand beside.
    `note` says in a sentence what there is to say beyond the numbers, first of all where there are none."""

    said: str
    name: str
    left: str
    relation: str  # <=, <, >=, > or ==
    right: str
    found: tuple[Point, ...]
    beside: tuple[Point, ...]
    note: str
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    also: tuple[Also, ...] = ()  # further claims, which are met, too
    polynomial: tuple[int, ...] = ()  # a multiple of left - right, constant first: of degree 1 or 2, or c·x^n + b
    power: tuple[Number, ...] = ()  # (r, a, b) where a multiple of left - right is a·r^x + b
    links: Links = ()

    @property
    def roots(self) -> tuple[Any, ...]:
        """The positive real numbers for which both sides are equal, as SymPy expressions; empty where they are long."""
        from sympy import Integer, Rational, log, sqrt

        if any(c.numerator.bit_length() > LONG for c in (*self.polynomial, *self.power)):
            return ()
        if self.power:
            r, a, b = (Rational(it.numerator, it.denominator) for it in self.power)
            whole = log(-b / a, r) if a * b < 0 else None
            ends = [] if whole is None else [whole if whole.is_Integer else log(-b / a) / log(r)]
        elif len(self.polynomial) == 3:
            c, b, a = map(Integer, self.polynomial)
            half, sign = sqrt(b * b - 4 * a * c), 1 if a > 0 else -1
            ends = [(-b - sign * half) / (2 * a), (-b + sign * half) / (2 * a)]
        else:
            ends = []
            if self.polynomial and self.polynomial[0] * self.polynomial[-1] < 0:
                power = Rational(1, len(self.polynomial) - 1)
                ends = [Rational(-self.polynomial[0], self.polynomial[-1]) ** power]
        return tuple(end for end in dict.fromkeys(ends) if end.is_positive)


class Budget(NamedTuple):
    """A claim as it was written."""

    left: str
    relation: str
    right: str


class Place(NamedTuple):
    """A number for each symbol, and what the two sides of each claim are there."""

    at: tuple[int, ...]
    sides: Sides


class Interval(NamedTuple):
    """Numbers that meet the claims, with no other allowed number between the first and the last.

    `ends` are these two (one where there is no other, or no last), `many` says how many there are (None: without end,
    or too many to be counted), `beside` are the next ones on each side, which do not meet the claims."""

    ends: tuple[Place, ...]
    many: int | None
    beside: tuple[Place | None, Place | None]


class Within(NamedTuple):
    """The answer to `solve` with claims both ways: all numbers that meet them."""

    said: str
    name: str
    budgets: tuple[Budget, ...]
    intervals: tuple[Interval, ...]
    note: str
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    links: Links = ()


class FrontierPoint(NamedTuple):
    """A point that meets the claims, and for each symbol the next number, with which it does not (None: no other)."""

    at: tuple[int, ...]
    sides: Sides
    beside: tuple[Place | None, ...]


class Frontier(NamedTuple):
    """The answer to `solve` for several symbols: the maximal points for <= and <, the minimal for >= and >, else all.

    A point is maximal where no other one is at least as great in every symbol."""

    said: str
    names: tuple[str, ...]
    budgets: tuple[Budget, ...]
    which: str  # maximal, minimal or all
    found: tuple[FrontierPoint, ...]
    note: str
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    links: Links = ()


class Rooted(NamedTuple):
    """The answer to `solve` where other symbols are open: the number as a formula of them, and where the sides meet."""

    said: str
    name: str
    budget: Budget
    which: str  # largest, smallest or only
    value: Size
    root: Size | None
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    links: Links = ()


Solved: TypeAlias = "Solution | Within | Frontier | Rooted"
