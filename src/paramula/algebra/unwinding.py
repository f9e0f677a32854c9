"""Claims that a size is not negative, brought down to plainer sizes: roundings, powers and factors taken off."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from .known import nonnegative, surely_whole, termwise_whole
from .poly import ONE, Apply, Atom, Base, Floor, Mono, Poly, Size, Sym, atom, made, terms_of
from .powers import denominator, power
from .rounding import floor
from .substitution import atoms


def whole_mono(mono: Mono) -> bool:
    return termwise_whole(Poly({mono: 1}))


def under_exponent(it: Atom) -> Size:
    """What stands under an exponent."""
    return it.value if isinstance(it, Base) else atom(it)


def unwound(p: Size) -> Size:
    """A size that is >= 0 exactly where p is, with no rounding and no power of a number that stands alone.

    ⌊n/d⌋ >= t is n >= d·t, and 2^n >= 12 is n >= 4."""
    for _ in range(50):
        inside = _lone_rounding(p) if isinstance(p, Poly) else None
        if inside is None and isinstance(p, Poly):
            inside = _lone_power(p)
        if inside is None:
            return p
        p = without_content(inside)
    return p


def _lone_rounding(p: Poly) -> Size | None:
    lone = [(mono, c) for mono, c in p.terms.items() if any(map(is_rounding, (it for it, _ in mono)))]
    if len(lone) != 1:
        return None
    mono, c = lone[0]
    (it, e), *others = mono
    if others or not is_rounding(it) or not isinstance(e, int) or e != 1:
        return None
    rest = floor(p - Poly({mono: c}), c if c > 0 else -c)
    num, den = (made(it.num.terms), it.den) if isinstance(it, Floor) else (it.args[0], 1)  # type: ignore[attr-defined]
    if any(map(is_rounding, atoms(rest))) or (c < 0 and not (surely_whole(num) and surely_whole(den))):
        return None
    inside: Size = num + den * rest if c > 0 else den * (rest + 1) - num - 1
    return inside


def is_rounding(it: Atom) -> bool:
    return isinstance(it, Floor) or (isinstance(it, Apply) and it.name == "floor")


def _lone_power(p: Poly) -> Size | None:
    """The exponent against the least (or greatest) whole number for which c·b^e + t is not negative."""
    number = p.terms.get(ONE, 0)
    (mono, c), *others = ((mono, c) for mono, c in p.terms.items() if mono)
    (it, e), *factors_ = mono
    if others or factors_ or not isinstance(it, Base) or not isinstance(it.value, int) or not isinstance(e, Poly):
        return None
    if number * c >= 0:
        return None
    edge, k = Fraction(-number) / c, 0  # b^e >= edge where c > 0, else b^e <= edge
    while it.value**k < edge:
        k += 1
    while Fraction(it.value) ** (k - 1) >= edge:
        k -= 1
    return e - k if c > 0 else (k if Fraction(it.value) ** k == edge else k - 1) - e


def without_content(p: Size) -> Size:
    """p >= 0 with whole coefficients, without the positive factors that its terms share; the number is rounded down."""
    if (line := as_line(p)) is not None:
        sym, slope, number = line
        return atom(sym) * (1 if slope > 0 else -1) + number // abs(slope)
    p = p * clearing_factor(p)
    if not isinstance(p, Poly):
        return p
    shared: Size = 1
    for it, _ in next(iter(p.terms)):
        raised: list[Size] = [dict(mono).get(it, 0) for mono in p.terms]
        least = next((e for e in raised if all(nonnegative(other - e) for other in raised)), 0)
        shared = shared * power(under_exponent(it), -least if nonnegative(under_exponent(it) - 1) else 0)
    p = p * shared
    if not isinstance(p, Poly):
        return p
    if all(map(whole_mono, p.terms)):
        g = gcd(*(int(c) for mono, c in p.terms.items() if mono))
        return made({mono: int(c) // g for mono, c in p.terms.items()})
    return p * Fraction(1, gcd(*map(int, p.terms.values())))


def as_line(p: Size) -> tuple[Sym, int, int] | None:
    """(x, a, b) where p is a·x + b with whole a and b."""
    if not isinstance(p, Poly) or len(p.terms) > 2:
        return None
    moving = [(mono, c) for mono, c in p.terms.items() if mono]
    if len(moving) != 1 or len(moving[0][0]) != 1:
        return None
    (((it, e),), slope), constant = moving[0], p.terms.get(ONE, 0)
    if isinstance(it, Sym) and isinstance(e, int) and e == 1 and isinstance(slope, int) and isinstance(constant, int):
        return it, slope, constant
    return None


def is_polynomial(p: Size) -> bool:
    """Whether a size has no factor below a line."""
    return not isinstance(p, Poly) or all(
        e > 0 if isinstance(e, int) else nonnegative(e) for mono in p.terms for _, e in mono
    )


def clearing_factor(p: Size) -> Size:
    """By what a size is to be multiplied so that it has no fraction, and no power stands below a line."""
    scale: Size = denominator(p)
    below: dict[Atom, list[Size]] = {}
    for mono in p.terms if isinstance(p, Poly) else ():
        for it, e in mono:
            if not nonnegative(e):
                below.setdefault(it, []).append(-e)
    for it, raised in below.items():
        most = next((e for e in raised if all(nonnegative(e - other) for other in raised)), None)
        if most is None:  # of 2^(m-n) and 2^(-k): 2^(n+k)
            parts = [{mono: c for mono, c in terms_of(e).items() if c > 0} for e in raised]
            most = made({mono: max(part.get(mono, 0) for part in parts) for part in parts for mono in part})
        scale = scale * power(under_exponent(it), most)
    return scale
