"""A condition on symbols, as it is shown and tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NetError, whole
from .needs import Need, Over
from .poly import (
    ONE,
    Poly,
    Size,
    Sym,
    atom,
    made,
)
from .substitution import evaluate, symbols
from .unwinding import as_line


class Condition:
    """One condition: `left relation right`, or `left % modulus == right`; `because` names what asks for it."""

    __slots__ = ("because", "left", "modulus", "over", "relation", "right")

    def __init__(
        self,
        left: Size,
        relation: str,
        right: Size,
        modulus: Size = 0,
        because: Sequence[str] = (),
        over: Over = (),
    ) -> None:
        self.over = over
        self.left = left
        self.relation = relation
        self.right = right
        self.modulus = modulus
        self.because = tuple(because)

    def _of_all(self, over: Over) -> Condition:
        """The condition as one of every copy of repetitions."""
        return Condition(self.left, self.relation, self.right, self.modulus, self.because, over)

    def _need(self, shift: Size = 0) -> Need:
        """What the condition asks for, with something that is 0 added to its left side."""
        left = self.left + shift
        if self.modulus:
            return Need("%", left - self.right, self.modulus, "", self.over)
        if self.relation == "<=":
            return Need(">=", self.right, left, "", self.over)
        return Need(self.relation, left, self.right, "", self.over)

    def holds(self, /, **values: Any) -> bool:
        """Whether the condition holds for these numbers; NetError where one is missing or none."""
        indices = {i.name for i, _, _ in self.over}
        numbers = {name: whole(value) for name, value in values.items()}
        for name in {s.name for p in (self.left, self.right, self.modulus) for s in symbols(p)} - indices:
            if numbers.get(name) is None:
                raise NetError(f"a condition on {name} is tested with a whole number for {name}")
        try:
            return self._holds({name: number for name, number in numbers.items() if number is not None})
        except (ValueError, ZeroDivisionError):  # an exponent that is not whole, a divisor 0: another condition says so
            return False

    def _holds(self, values: dict[str, int]) -> bool:
        if self.over:
            (index, low, high), *rest = self.over
            ends = int(evaluate(low, values)), int(evaluate(high, values))
            one = Condition(self.left, self.relation, self.right, self.modulus, over=tuple(rest))
            return all(one.holds(**{**values, index.name: i}) for i in range(ends[0], ends[1] + 1))
        left, right = evaluate(self.left, values), evaluate(self.right, values)
        if self.modulus:
            left %= evaluate(self.modulus, values)
        return left >= right if self.relation == ">=" else left <= right if self.relation == "<=" else left == right

    def __repr__(self) -> str:
        from .forms import form
        from .spelling import ascii_text

        left, right = ascii_text(form(self.left)), ascii_text(form(self.right))
        if self.modulus:
            below = ascii_text(form(self.modulus), 2)
            left = f"{ascii_text(form(self.left), 2)} % {below}"
        said = f"{left} {self.relation} {right}"
        ranges = [f"{i.name} in {ascii_text(form(a))}..{ascii_text(form(b))}" for i, a, b in self.over]
        if ranges:
            said += f" for {', '.join(ranges)}"
        return said


def free_symbols(condition: Condition) -> set[Sym]:
    """The symbols of which a condition says something."""
    ends = [end for _, low, high in condition.over for end in (low, high)]
    sizes = [condition.left, condition.right, condition.modulus, *ends]
    indices = {index.name for index, _, _ in condition.over}
    return {sym for size in sizes for sym in symbols(size) if sym.name not in indices}


def free_names(condition: Condition) -> set[str]:
    return {sym.name for sym in free_symbols(condition)}


def two_sides(p: Size) -> tuple[Size, Size]:
    """p as left - right with no minus on either side, a term that would leave a side empty taken as it is."""
    terms = p.terms if isinstance(p, Poly) else {ONE: p}
    left = made({mono: c for mono, c in terms.items() if c > 0 and mono})
    right = made({mono: -c for mono, c in terms.items() if c < 0 or not mono})
    if not isinstance(left, Poly):
        left, right = (
            made({mono: c for mono, c in terms.items() if c > 0}),
            made({m: -c for m, c in terms.items() if c < 0}),
        )
    return left, right


def equality(p: Size, who: list[str]) -> Condition:
    line = as_line(p)
    if line is not None and line[2] % line[1] == 0:
        return Condition(atom(line[0]), "==", -line[2] // line[1], because=who)
    left, right = two_sides(p)
    return Condition(left, "==", right, because=who)
