"""Functions of the language: exact on numbers, and left as they are where symbols are."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, isqrt
from typing import Any

from .known import nonnegative
from .poly import Apply, Poly, Size, atom, rule, whole
from .powers import both_cleared, quotient
from .rounding import floor


@rule
def apply(name: str, *args: Size) -> Size:
    """The value of a function of the language."""
    result: Size = _FUNCTIONS[name](*args)
    return result


def minimum(*args: Any) -> Any:
    """The least of some sizes."""
    return _extreme("min", list(args))


def maximum(*args: Any) -> Any:
    """The greatest of some sizes."""
    return _extreme("max", list(args))


def _extreme(name: str, args: list[Any]) -> Any:
    """Those that another surely beats are dropped; what is left stays a function."""
    if not all(isinstance(a, (int, Fraction, Poly)) for a in args):
        from sympy import Max, Min

        return (Min if name == "min" else Max)(*args)
    sign = 1 if name == "max" else -1
    kept: list[Size] = []
    for a in dict.fromkeys(args):
        if not any(nonnegative((b - a) * sign) for b in kept):
            kept = [b for b in kept if not nonnegative((a - b) * sign)] + [a]
    return kept[0] if len(kept) == 1 else _over_whole(name, *kept)


def _over_whole(name: str, *args: Size) -> Size:
    """min, max or abs of sizes as that of whole ones, divided by what makes them whole: max(k/3, 2) = max(k, 6)/3."""
    scale: Size = 1
    for a in args:
        scale = scale * both_cleared(a * scale, 1)[1]
    return quotient(atom(Apply(name, *(a * scale for a in args))), scale)


def absolute(a: Size) -> Size:
    if nonnegative(a):
        return a
    opposite: Size = -a
    return opposite if nonnegative(opposite) else _over_whole("abs", a)


def greatest_divisor(a: Any, b: Any) -> Any:
    """The greatest common divisor of two whole sizes."""
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b)
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        raise ValueError("gcd takes whole numbers")
    if not isinstance(a, (int, Poly)) or not isinstance(b, (int, Poly)):
        from .to_sympy import FUNCTIONS

        return FUNCTIONS["gcd"](a, b)
    if 1 in (a, b):
        return 1
    return a if a == b else atom(Apply("gcd", a, b))


def log2(a: Size) -> Size:
    """⌊log2 a⌋."""
    if isinstance(a, Poly):
        return atom(Apply("log2", a))
    if a <= 0:
        raise ValueError("log2 takes a number above 0")
    low = a.numerator.bit_length() - a.denominator.bit_length()
    return low if Fraction(2) ** low <= a else low - 1


def square_root(a: Size) -> Size:
    """⌊√a⌋."""
    if isinstance(a, Poly):
        return atom(Apply("sqrt", a))
    if a < 0:
        raise ValueError("sqrt takes a number that is not negative")
    return isqrt(a.numerator // a.denominator)


def round_to(a: Size, m: Size) -> Size:
    """The nearest multiple of m, never below m and never losing more than a tenth (`make_divisible`, MobileNet)."""
    if isinstance(m, int) and isinstance(a, Poly) and nonnegative(a - m) and floor(a, m) * m == a:
        return a
    if isinstance(a, Poly) or isinstance(m, Poly):
        step, scale = both_cleared(m, 1)
        return quotient(atom(Apply("round_to", a * scale, step)), scale)
    near = max(Fraction(m), (a + Fraction(m) / 2) // m * m)
    return whole(near + m if near * 10 < a * 9 else near)


_FUNCTIONS: dict[str, Any] = {
    "min": minimum,
    "max": maximum,
    "abs": absolute,
    "gcd": greatest_divisor,
    "log2": log2,
    "sqrt": square_root,
    "round_to": round_to,
    "floor": floor,
}
