"""An answer as Python and a notebook hold it: what is in it as SymPy has it, shown as the prompt shows it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .algebra.poly import Poly
from .errors import printable
from .queries import Formula, Valued
from .session import Shown
from .sweep import Swept


class Answer:
    """An answer that is no network. Its parts are those of the record `reply`, with numbers and formulas of SymPy.

    `value` is the number or the shape that an expression has; of other answers the record itself."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply

    @property
    def value(self) -> Any:
        return public(self.reply.value, self.reply.order) if isinstance(self.reply, Valued) else self.reply

    def __getattr__(self, name: str) -> Any:
        reply = self.__dict__.get("reply")
        whose = reply if hasattr(reply, name) else getattr(reply, "told", None)
        if name.startswith("_") or not hasattr(whose, name):
            raise AttributeError(f"this answer has no '{name}'")
        return public(getattr(whose, name), getattr(reply, "order", ()))

    def __dir__(self) -> list[str]:
        of = (self.reply, getattr(self.reply, "told", None))
        return [*super().__dir__(), *(name for it in of for name in getattr(it, "_fields", ()))]

    def __repr__(self) -> str:
        from .render.text import table
        from .terminal import text

        if isinstance(self.reply, Shown):
            return table(self.reply.report)
        return printable(text(self.reply))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook chooses from to show it."""
        from .render import html

        match self.reply:
            case Shown():
                return html.bundle(self.reply.report)
            case Valued(said, value, order, conditions):
                return {"text/html": html.valued(said, value, order, conditions), "text/plain": repr(self)}
            case Formula(_, latex):
                return {"text/html": html.spelled(latex), "text/latex": f"${latex}$", "text/plain": repr(self)}
            case Swept():
                from .grids import html as table
                from .tabular.sweeps import swept_grid

                return {"text/html": table(swept_grid(self.reply)), "text/plain": repr(self)}
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
