"""An answer as Python and a notebook hold it: what is in it as SymPy has it, shown as the prompt shows it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .algebra.poly import Poly
from .errors import printable
from .formats.shown import Shown
from .questions.breakdown import Costed
from .questions.budgets import Frontier, Rooted, Solution, Within
from .questions.statements import Formula, Valued
from .questions.sweep import Swept


class Answer:
    """An answer that is no network. Its parts are those of a record, with numbers and formulas of SymPy.

    `value` is what it comes to: the number or shape that an expression has, the total of a cost, what `solve` found (a
    number or None, numbers, intervals, points or a formula); of other answers all of its parts."""

    def __init__(self, reply: Any) -> None:
        self._reply = reply

    @property
    def value(self) -> Any:
        match self._reply:
            case Valued(value=value) | Rooted(value=value) | Costed(total=value):
                found = value
            case Solution(found=points, relation=relation):
                numbers = tuple(it.at for it in points)
                found = numbers if relation == "==" else next(iter(numbers), None)
            case Within(intervals=intervals):
                found = tuple(tuple(end.at[0] for end in it.ends) for it in intervals)
            case Frontier(found=places):
                found = tuple(it.at for it in places)
            case _:
                found = self._reply
        return public(found, getattr(self._reply, "order", ()))

    def __getattr__(self, name: str) -> Any:
        reply = self.__dict__.get("_reply")
        whose = reply if hasattr(reply, name) else getattr(reply, "told", None)
        if name.startswith("_") or not hasattr(whose, name):
            raise AttributeError(f"this answer has no '{name}'")
        return public(getattr(whose, name), getattr(reply, "order", ()))

    def __dir__(self) -> list[str]:
        of = (self._reply, getattr(self._reply, "told", None))
        parts = (name for it in of for name in getattr(it, "_fields", ()))
        return ["value", *(name for name in parts if name not in ("value", "told", "order"))]

    def __repr__(self) -> str:
        from .formats.replies import text
        from .formats.text import table

        if isinstance(self._reply, Shown):
            return table(self._reply.report)
        return printable(text(self._reply))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook chooses from to show it."""
        from .formats import html

        match self._reply:
            case Shown():
                return html.bundle(self._reply.report)
            case Valued(said, value, order, conditions):
                return {"text/html": html.valued(said, value, order, conditions), "text/plain": repr(self)}
            case Formula(_, latex):
                return {"text/html": html.spelled(latex), "text/latex": f"${latex}$", "text/plain": repr(self)}
            case Swept():
                from .formats.grids import html as table
                from .papers.tables.sweeps import swept_grid

                return {"text/html": table(swept_grid(self._reply)), "text/plain": repr(self)}
        return {"text/plain": repr(self)}


def public(value: Any, order: tuple[str, ...]) -> Any:
    """A part of an answer with SymPy's numbers and formulas in place of ours; records and tuples stay what they are."""
    if hasattr(value, "_make"):
        return value._make(public(part, order) for part in value)
    if isinstance(value, tuple):
        return tuple(public(part, order) for part in value)
    if isinstance(value, (Poly, Fraction)):
        from .algebra.to_sympy import to_sympy

        return to_sympy(value, list(order))
    return value
