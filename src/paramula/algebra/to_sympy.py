"""The border to SymPy: sizes as expressions, and back. The only room that imports SymPy."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from . import poly
from .forms import Form, form
from .functions import apply
from .poly import Size
from .rounding import ceiling, floor


class FloorDiv(sympy.Function):  # type: ignore[misc]
    """⌊a/b⌋ as one function that keeps paramula's joined roundings; a number once a and b are."""

    nargs = 2
    is_integer = True

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        if a.is_Rational and b.is_Rational and b != 0:
            return sympy.floor(a / b)
        return None

    def _eval_rewrite_as_floor(self, a: Any, b: Any, **_: Any) -> Any:
        return sympy.floor(a / b)

    def doit(self, **_: Any) -> Any:
        return self.rewrite(sympy.floor)

    def _eval_evalf(self, prec: int) -> Any:
        return sympy.floor(self.args[0] / self.args[1])._eval_evalf(prec)

    def _sympystr(self, printer: Any) -> str:
        a, b = (printer._print(arg) for arg in self.args)
        return f"floor({self._side(a, self.args[0])}/{self._side(b, self.args[1], True)})"

    _sympyrepr = _sympystr

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        a, b = (printer._print(arg) for arg in self.args)
        out = rf"\left\lfloor \frac{{{a}}}{{{b}}} \right\rfloor"
        return rf"{out}^{{{exp}}}" if exp else out

    def _pythoncode(self, printer: Any) -> str:
        a, b = (printer._print(arg) for arg in self.args)
        return f"(({a})//({b}))"

    _lambdacode = _mpmathcode = _numpycode = _pythoncode  # `lambdify` divides whole numbers exactly

    @staticmethod
    def _side(text: str, arg: Any, below: bool = False) -> str:
        return f"({text})" if arg.is_Add or (below and arg.is_Mul) else text


class Exact(sympy.Function):  # type: ignore[misc]
    """A function of whole numbers that stays as it is until its arguments are numbers, and is exact then."""

    is_integer = True
    name_: str

    @classmethod
    def eval(cls, *args: Any) -> Any:
        if all(a.is_Rational for a in args):
            return to_sympy(apply(cls.name_, *map(from_sympy, args)))
        return None

    def _sympystr(self, printer: Any) -> str:
        return f"{self.name_}({', '.join(printer._print(a) for a in self.args)})"


def _exact(name: str) -> Any:
    return type(name, (Exact,), {"name_": name})


@cache
def sympy_symbol(name: str) -> Any:
    """The one place where symbols are made: positive integers, as the language says."""
    return sympy.Symbol(name, integer=True, positive=True)


def to_sympy(value: Any, order: Sequence[str] = ()) -> Any:
    """A size as a SymPy expression, in the form that reads shortest; a shape as a tuple of them."""
    if isinstance(value, tuple):
        return tuple(to_sympy(v, order) for v in value)
    return _expression(form(value, order))


def _expression(f: Form) -> Any:
    parts = f.parts
    match f.kind:
        case "num":
            return sympy.Integer(parts[0])
        case "sym":
            return sympy_symbol(parts[0])
        case "add":
            return sympy.Add(*map(_expression, parts))
        case "mul":
            return sympy.Mul(*map(_expression, parts))
        case "neg":
            return -_expression(parts[0])
        case "div":
            return _expression(parts[0]) / _expression(parts[1])
        case "pow":
            return _expression(parts[0]) ** _expression(parts[1])
        case "floor":
            return FloorDiv(*map(_expression, parts))
        case "ceil":
            above, below = map(_expression, parts)
            return FloorDiv(above + below - 1, below)
        case "sum":
            body, index, low, high = parts
            summand = _expression(_with_index(body, index))
            return sympy.Sum(summand, (_index(index), _expression(low), _expression(high)))
        case "index":
            return _index(parts[0])
    return FUNCTIONS[f.kind](*map(_expression, parts))


def _index(name: str) -> Any:
    """An index may be 0 or below: it is no symbol of the language, and its absolute value is not itself."""
    return sympy.Symbol(name, integer=True)


def _with_index(f: Form, name: str) -> Form:
    """A form in which a symbol is an index; one inside it that has the same name stays what it is."""
    if f == Form("sym", (name,)):
        return Form("index", (name,))
    parts = tuple(_with_index(part, name) if isinstance(part, Form) else part for part in f.parts)
    if f.kind == "sum" and f.parts[1] == name:
        parts = (f.parts[0], *parts[1:])
    return Form(f.kind, parts)


FUNCTIONS: dict[str, Any] = {"min": sympy.Min, "max": sympy.Max, "abs": sympy.Abs} | {
    name: _exact(name) for name in ("gcd", "log2", "sqrt", "round_to")
}


def from_sympy(expression: Any) -> Size:
    """An expression as a size: whole numbers, fractions, symbols, + - * / ^ and floor; NetError for the rest."""
    from ..errors import NetError

    match expression:
        case sympy.Integer():
            return int(expression)
        case sympy.Rational():
            return poly.whole(Fraction(int(expression.p), int(expression.q)))
        case sympy.Symbol():
            from ..language.parser import is_name

            if not is_name(expression.name):
                raise NetError(f"'{expression.name}' cannot be the name of a symbol")
            return poly.symbol(expression.name)
        case sympy.Add():
            return poly.total(map(from_sympy, expression.args))
        case sympy.Mul():
            out: Size = poly.product(map(from_sympy, expression.args))
            return out
        case sympy.Pow():
            return poly.power(from_sympy(expression.base), from_sympy(expression.exp))
        case FloorDiv():
            return floor(*map(from_sympy, expression.args))
        case Exact() | sympy.Min() | sympy.Max() | sympy.Abs():
            name = getattr(expression, "name_", type(expression).__name__.lower())
            return apply(name, *map(from_sympy, expression.args))
        case sympy.floor():
            return floor(from_sympy(expression.args[0]))
        case sympy.ceiling():
            return ceiling(from_sympy(expression.args[0]))
    raise NetError(f"the expression {str(expression)[:60]} has no place in a size")
