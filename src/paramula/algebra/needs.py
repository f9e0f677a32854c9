"""What a layer asks of its sizes, and whether that holds for all values of their symbols or for none."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import NamedTuple, TypeAlias

from .known import canonical, nonnegative, same, surely_whole
from .poly import ONE, Atom, Base, Mono, Number, Poly, Size, Sym, atom, made, product, terms_of
from .powers import denominator, quotient
from .rounding import floor
from .substitution import replaced, symbols
from .unwinding import as_line, clearing_factor, under_exponent, unwound, whole_mono, without_content

Over: TypeAlias = tuple[tuple[Sym, Size, Size], ...]


class Need(NamedTuple):
    """a >= b, or a % b == 0, or a == b; and what to say where it does not hold ({a} and {b} stand for the sizes).

    `over` names indices and their ends, outer ones first, where the need is one of every copy of a repetition."""

    relation: str
    a: Size
    b: Size
    otherwise: str
    over: Over = ()


def at_least(a: Size, b: Size, otherwise: str) -> Need:
    return Need(">=", a, b, otherwise)


def divides(divisor: Size, a: Size, otherwise: str) -> Need:
    return Need("%", a, divisor, otherwise)


def equal(a: Size, b: Size, otherwise: str) -> Need:
    return Need("==", a, b, otherwise)


def settled(need: Need) -> bool | None:
    """Whether a need holds for all values of its symbols (True) or for none (False); None where that depends."""
    a, b = need.a, need.b
    if need.relation == ">=":
        difference = a - b
        if not isinstance(difference, Poly):
            return difference >= 0
        if nonnegative(difference) or nonnegative(-difference - 1):
            return nonnegative(difference)
        left = difference if as_line(difference) else without_content(unwound(difference))
        return None if isinstance(left, Poly) else left >= 0
    if need.relation == "==":
        if same(a, b):
            return True
        return False if differ(a, b) else None
    if not isinstance(a, Poly) and not isinstance(b, Poly):
        return b != 0 and a % b == 0
    if surely_whole(quotient(a, b)):
        return True
    if isinstance(b, Poly) and _root_leaves_nothing(a, b):
        return True
    if _between_multiples(a, b):
        return False
    if isinstance(b, int) and surely_whole(a):
        a = canonical(a - b * floor(a, b))
    p, m = least_remainder(a, b, [])
    return None if isinstance(p, Poly) or isinstance(m, Poly) else p % m == 0


def _root_leaves_nothing(a: Size, b: Poly) -> bool:
    """Whether a is a multiple of b = x - t: it is where a becomes 0 for x = t, as r^n - 1 does for r = 1."""
    for mono, c in b.terms.items():
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, Sym) and e == 1 and isinstance(a, Poly) and _divisible(a, it):
                root = atom(it) - b
                if it not in symbols(root):
                    return replaced(a, {it.name: root}) == 0
    return False


def _divisible(a: Poly, x: Atom) -> bool:
    """Whether a is a polynomial in x and powers of it with whole coefficients: no rounding has it inside."""
    return all(isinstance(c, int) for c in a.terms.values()) and all(
        (it == x and nonnegative(e)) or x not in symbols(atom(it, e)) for mono in a.terms for it, e in mono
    )


def differ(a: Size, b: Size) -> bool:
    """Whether two sizes are surely different for all values of their symbols."""
    difference = canonical(a - b)
    if not isinstance(difference, Poly):
        return difference != 0
    if nonnegative(difference - 1) or nonnegative(-difference - 1):
        return True
    return _leaves_a_remainder(difference, 0)


def _between_multiples(a: Size, b: Size) -> bool:
    """Whether a size is surely no multiple of a divisor: it is above 0 and less, or leaves a remainder."""
    if nonnegative(a - 1) and nonnegative(b - a - 1):
        return True
    return isinstance(a, Poly) and isinstance(b, int) and _leaves_a_remainder(a, b)


def _leaves_a_remainder(p: Poly, m: int) -> bool:
    """Whether every other term of p, and m, is a multiple of a number of which the constant is none."""
    if not all(map(whole_mono, p.terms)):
        return False
    scale = denominator(p)
    terms = terms_of(p * scale)
    g = gcd(m * scale, *(int(c) for mono, c in terms.items() if mono))
    return terms.get(ONE, 0) % g != 0


def whole_need(p: Size, otherwise: str) -> Need | None:
    """The need that a size is whole, or None where it surely is."""
    if isinstance(p, int) or (isinstance(p, Poly) and surely_whole(p)):
        return None
    scale = clearing_factor(p)
    return Need("%", p * scale, scale, otherwise)


def least_remainder(a: Size, m: Size, facts: list[Size]) -> tuple[Size, Size]:
    """(p, m) with the least p and m for which p % m == 0 says the same as a % m == 0; (0, 1) where that is nothing.

    The facts are sizes that are not negative."""
    if isinstance(m, Poly) and len(m.terms) > 1:
        g = gcd(*(int(c) for p in (a, m) for c in terms_of(p).values())) if denominator(a) == denominator(m) == 1 else 1
        return quotient(a, g), quotient(m, g)
    asked = quotient(a, m)
    asked = made({mono: c % 1 if whole_mono(mono) else c for mono, c in terms_of(asked).items()})
    asked = made({mono: c for mono, c in terms_of(asked).items() if not _whole_given(mono, c, facts)})
    m = clearing_factor(asked)
    a = asked * m
    return (_coprime_dropped(a, m) if isinstance(a, Poly) and len(a.terms) == len(terms_of(m)) == 1 else a), m


def _whole_given(mono: Mono, c: Number, facts: list[Size]) -> bool:
    """Whether a term is whole where these facts are not negative: 24·2^(n-m) where n - m + 1 is not."""
    for it, e in mono:
        if isinstance(it, Base) and isinstance(it.value, int) and isinstance(e, Poly):
            while c.numerator % it.value == 0:
                c, e = Fraction(c, it.value), e + 1
            while c.denominator % it.value == 0:
                c, e = c * it.value, e - 1
        if not whole_mono(frozenset([(it, 1)])) or not any(nonnegative(e - fact) for fact in (0, *facts)):
            return False
    return c.denominator == 1


def _coprime_dropped(a: Poly, m: Size) -> Size:
    """A single term without the factors that m shares nothing with, where m is a number or 2^n: 3·H for H % 2^n."""
    ((mono, c),), ((below, number),) = a.terms.items(), terms_of(m).items()
    if not whole_mono(mono) or not all(isinstance(under_exponent(it), int) for it, _ in below):
        return a
    parts = product((int(number), *(under_exponent(it) for it, _ in below)))
    kept = {(it, e) for it, e in mono if not isinstance(under := under_exponent(it), int) or gcd(under, parts) > 1}
    shared, rest = 1, int(c)
    while (g := gcd(rest, parts)) > 1:
        shared, rest = shared * g, rest // g
    return made({frozenset(kept): shared})
