"""The border to SymPy: sizes as expressions, and back. The only room that imports SymPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from ..errors import NetError
from . import poly, powers, rounding
from .forms import form
from .poly import RULES, Size
from .spelling import Form


def _code(rule: str, one: str = "") -> Callable[[Any, Any], str]:
    """How a language says ⌊a/b⌋, `{}` in the rule being a/b: one division is exact below 2^53, and the 49·(1/49) of
    SymPy's printers may be below 1. `one` stands where / of whole numbers gives a whole number."""

    def printed(self: Any, printer: Any) -> str:
        a, b = self.args[0].as_numer_denom()
        above, below = (f"({printer._print(it)})" if it.is_Add or it.is_Mul else printer._print(it) for it in (a, b))
        if b == 1:
            return rule.format(printer._print(a))
        if one and b.is_Integer:
            return rule.format(f"{above}/{below}{one[1:]}")
        return rule.format(f"{above}/{below}" if b.is_number or not one else f"{one}*{above}/{below}")

    return printed


def _root(arg: Any) -> tuple[str, Any] | None:
    """("sqrt", x) of the square root of x, ("log2", x) of its logarithm; None of what is neither."""
    parts = sympy.Mul.make_args(arg)
    if any(it.is_Pow and it.exp == sympy.Rational(1, 2) for it in parts) and arg.is_nonnegative:
        return "sqrt", arg**2
    return ("log2", 2**arg) if any(isinstance(it, sympy.log) for it in parts) else None


class floor(sympy.floor):  # type: ignore[misc]  # noqa: N801 - printers of code know SymPy's functions by their names
    """SymPy's floor, shown and computed as the quotient ⌊a/b⌋ that it is.

    It keeps paramula's joined roundings, into which SymPy's own looks again and again, and it is exact: SymPy's gives
    up on roots and logarithms of long numbers, and takes ⌊49.0·(1/49)⌋ for 0.
    """

    @classmethod
    def eval(cls, arg: Any) -> Any:
        if arg.is_number:
            name, of = _root(arg) or ("", arg)
            return to_sympy(RULES["apply"](name, from_sympy(of))) if name and of.is_Rational else sympy.floor(arg)
        if arg.is_integer:
            return arg
        whole = sympy.Add(*(term for term in sympy.Add.make_args(arg) if term.is_integer and not term.is_number))
        return None if whole == 0 else whole + cls(arg - whole)

    def _eval_subs(self, old: Any, new: Any) -> Any:
        whole = new.is_Float and (new % 1).is_zero
        return self._subs(old, sympy.Integer(int(new))) if whole else None

    def _eval_evalf(self, prec: int) -> Any:
        return self  # factors that are rounded within would make it another number

    def _eval_nseries(self, x: Any, n: int, logx: Any, cdir: Any = 0) -> Any:
        arg = self.args[0]
        if arg.xreplace({x: sympy.Integer(0)}).is_infinite:  # ⌊a⌋ is a, less something below 1
            raise NotImplementedError(f"{self} has a leading term, and no series beyond it")
        return super()._eval_nseries(x, n, logx, cdir)

    def _quotient(self) -> Any:
        """a/b, not multiplied out."""
        a, b = self.args[0].as_numer_denom()
        return a if b == 1 else sympy.Mul(a, sympy.Pow(b, -1, evaluate=False), evaluate=False)

    def _sympystr(self, printer: Any) -> str:
        a, b = self.args[0].as_numer_denom()
        above = f"({printer._print(a)})" if a.is_Add else printer._print(a)
        below = f"({printer._print(b)})" if b.is_Add or b.is_Mul else printer._print(b)
        return f"floor({printer._print(a)})" if b == 1 else f"floor({above}/{below})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        out = rf"\left\lfloor {printer._print(self._quotient())} \right\rfloor"
        return rf"{out}^{{{exp}}}" if exp else out

    def _pretty(self, printer: Any) -> Any:
        return printer._print(sympy.floor(self._quotient(), evaluate=False))

    def _whole(self, printer: Any) -> str:
        """Python's and numpy's //, which divides whole numbers of any size exactly."""
        if _root(self.args[0]):
            return str(printer._print(sympy.floor(self.args[0], evaluate=False)))
        a, b = map(printer._print, self.args[0].as_numer_denom())
        return f"(({a})//({b}))"

    _pythoncode = _lambdacode = _mpmathcode = _numpycode = _scipycode = _jaxcode = _cupycode = _whole
    _torchcode = _tensorflowcode = _whole
    _ccode = _glsl = _numexprcode = _code("floor({})", "1.0")
    _cxxcode, _fcode = _code("std::floor({})", "1.0"), _code("floor({})", "1.0d0")
    _julia = _octave = _rcode = _maple = _code("floor({})")
    _javascript, _mcode = _code("Math.floor({})"), _code("Floor[{}]")


class Exact(sympy.Function):  # type: ignore[misc]
    """A function of whole numbers that SymPy does not have: it stays as it is until its arguments are numbers."""

    is_integer = True

    @classmethod
    def eval(cls, *args: Any) -> Any:
        if all(a.is_Rational for a in args):
            return to_sympy(RULES["apply"](cls.__name__, *map(from_sympy, args)))
        return None

    def _eval_nseries(self, x: Any, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{self} has no series")

    _eval_as_leading_term = _eval_nseries


class gcd(Exact):  # noqa: N801
    nargs = 2


class round_to(Exact):  # noqa: N801
    nargs = 2

    def _eval_rewrite_as_floor(self, a: Any, m: Any, **_: Any) -> Any:
        above, below = a.as_numer_denom()
        near = sympy.Max(m, m * floor(a / m + sympy.Rational(1, 2)))
        small = sympy.Lt(10 * below * near, 9 * above, evaluate=False)  # of whole numbers, and left as it is
        return sympy.Piecewise((near + m, small), (near, True), evaluate=False)

    def _eval_as_leading_term(self, x: Any, **side: Any) -> Any:
        a, m = self.args
        if (
            a.is_positive and a.xreplace({x: sympy.Integer(0)}).is_infinite and not m.has(x)
        ):  # no further from a than m/2 beyond 5·m
            return a.as_leading_term(x, **side)
        return super()._eval_as_leading_term(x)

    def _in_code(self, printer: Any) -> str:
        return str(printer._print(self.rewrite(sympy.floor)))

    _pythoncode = _lambdacode = _mpmathcode = _numpycode = _scipycode = _jaxcode = _cupycode = _in_code
    _torchcode = _tensorflowcode = _numexprcode = _ccode = _cxxcode = _javascript = _julia = _octave = _rcode = _in_code
    _glsl = _fcode = _maple = _in_code


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
            above, below = map(_expression, parts)
            return floor(above / below, evaluate=False)
        case "ceil":
            above, below = map(_expression, parts)
            return floor((above + below - 1) / below, evaluate=False)
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


FUNCTIONS: dict[str, Any] = {
    "min": sympy.Min, "max": sympy.Max, "abs": sympy.Abs, "gcd": gcd, "round_to": round_to,
    "sqrt": lambda a: floor(sympy.sqrt(a)), "log2": lambda a: floor(sympy.log(a) / sympy.log(2)),
}  # fmt: skip


def from_sympy(expression: Any) -> Size:
    """An expression as a size: whole numbers, fractions, symbols, + - * / ^, roundings and the functions of the
    language; NetError for the rest. A symbol is the one of its name, and so a positive whole number."""
    try:
        return _size(expression)
    except (ValueError, ZeroDivisionError, RecursionError) as error:  # of roots, powers, deep nesting
        raise NetError(f"the expression has no place in a size: {str(error)[:60]}") from None


def _size(expression: Any) -> Size:
    match expression:
        case sympy.Integer():
            return int(expression)
        case sympy.Rational():
            return poly.whole(Fraction(int(expression.p), int(expression.q)))
        case sympy.Symbol():
            return _symbol(expression)
        case sympy.Add():
            return poly.total(map(_size, expression.args))
        case sympy.Mul():
            out: Size = poly.product(map(_size, expression.args))
            return out
        case sympy.Pow():
            return powers.power(_size(expression.base), _size(expression.exp))
        case Exact() | sympy.Min() | sympy.Max() | sympy.Abs():
            return _applied(type(expression).__name__.lower(), *expression.args)
        case sympy.floor(args=(arg,)):
            if root := _root(arg):
                return _applied(*root)
            return rounding.floor(_size(arg))
        case sympy.ceiling(args=(arg,)):
            return rounding.ceiling(_size(arg))
    raise NetError(
        f"{type(expression).__name__} has no place in a size", hint="+ - * / ^, floor, Min, Max and Abs have"
    )


def _applied(name: str, *args: Any) -> Size:
    result: Size = RULES["apply"](name, *map(_size, args))
    return result


def _symbol(symbol: Any) -> Size:
    if isinstance(symbol, sympy.Dummy):
        raise NetError(f"'{symbol.name[:60]}' cannot be the name of a symbol")
    if symbol.is_positive is False or symbol.is_integer is False:
        raise NetError(f"symbols are positive whole numbers, and {symbol.name} is none")
    return poly.symbol(symbol.name)
