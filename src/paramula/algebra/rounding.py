"""Roundings: floor and ceiling of quotients, joined into one for a whole chain of windows."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from .known import bounds, nonnegative, termwise_whole
from .poly import ONE, Apply, Base, Floor, Mono, Number, Poly, Size, Sym, Terms, atom, made, rounded, rule
from .powers import both_cleared, common_monomial, quotient


@rule
def floor(a: Size, b: Size = 1) -> Size:
    """⌊a/b⌋ for b > 0."""
    if not isinstance(a, (int, Fraction, Poly)) or not isinstance(b, (int, Fraction, Poly)):
        return a // b  # sizes of SymPy
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a // b
    if type(b) is int and b > 0 and isinstance(a, Poly) and a.evidently_whole:
        return _floor_by_number(a, b)
    above, below = _sides(a, b)
    if not (termwise_whole(above) and termwise_whole(below)):
        return _floor_of_ratio(quotient(a, b))
    return _floor_by_number(above, below) if isinstance(below, int) else _floor_by_size(above, below)


def ceiling(a: Size, b: Size = 1) -> Size:
    """⌈a/b⌉ for b > 0, as ⌊(a + b - 1)/b⌋ over whole a and b."""
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return -(-a // b)
    above, below = _sides(a, b)
    if not (termwise_whole(above) and termwise_whole(below)):
        return -floor(-a, b)
    return floor(above + below - 1, below)


def _sides(a: Size, b: Size) -> tuple[Size, Any]:
    """What stands above and below the line of a/b, without fractions; a power that a single term below shares with
    what stands above is cancelled: h·2^n over 2·2^n is h over 2."""
    if isinstance(a, Poly) and isinstance(b, Poly) and len(b.terms) == 1:
        (below,) = b.terms
        powers = {it for it, _ in below if isinstance(it, Base)}
        if powers and any(it in powers for mono in a.terms for it, _ in mono):
            return both_cleared(quotient(a, b), 1)
    return both_cleared(a, b)


def _floor_of_ratio(p: Size) -> Size:
    """⌊p⌋ of what is no quotient of whole sizes: the terms that are whole come out, the rest stays as it is."""
    if not isinstance(p, Poly):
        return p // 1
    out = made({mono: c for mono, c in p.terms.items() if termwise_whole(Poly({mono: c}) if mono else c)})
    rest = p - out
    return out + (atom(Apply("floor", rest)) if isinstance(rest, Poly) else rest // 1)


def _floor_by_number(a: Size, m: int) -> Size:
    if isinstance(a, (int, Fraction)):
        return a // m
    if m == 1:
        return a
    out: Terms = {}
    rest: Terms = {}
    number: Number = 0
    for mono, c in a.terms.items():
        if not mono:
            number += c
            continue
        step, residue = _remainder(mono)
        if c * step % m == 0:  # the term is c·(x - r) + c·r, and the first part is a multiple of m
            out[mono] = Fraction(c, 1) / m
            out[ONE] = out.get(ONE, 0) - Fraction(c * residue, m)
            number += c * residue
        else:
            quotient_ = int(Fraction(c, m))  # toward zero, so that ⌊(H-k)/2⌋ stays as it is
            if quotient_:
                out[mono] = quotient_
            rest[mono] = c - quotient_ * m
    if not rest:
        out[ONE] = out.get(ONE, 0) + number // m
        return made(out)
    common = gcd(m, *(int(c) for c in rest.values()))
    inner: Terms = {mono: c // common for mono, c in rest.items()}
    inner[ONE] = number // common
    num = made(inner)
    m //= common
    rounded = num if m == 1 else _absorbed(num, m)
    return made(out) + rounded


def _remainder(mono: Mono) -> tuple[int, int]:
    """(m, r): what is known of a monomial's value, that it leaves r when divided by m."""
    if len(mono) == 1:
        ((it, e),) = mono
        if isinstance(it, Sym) and isinstance(e, int) and e == 1:
            return it.modulus, it.residue
    step = 1
    for it, e in mono:
        if isinstance(it, Sym) and not it.residue and isinstance(e, int) and e > 0:
            step *= it.modulus**e
        elif isinstance(it, Base) and isinstance(it.value, int):
            low = bounds(e)[0]
            if low is None and nonnegative(e - 1):
                low = 1
            if low is not None and 0 < low < 64:
                step *= it.value ** int(low)
    return step, 0


def _floor_by_size(a: Size, b: Poly) -> Size:
    if not a or a == b:
        return 1 if a else 0
    out: Size = 0
    if isinstance(a, Poly) and len(b.terms) == 1:
        for mono, c in list(a.terms.items()):
            part = quotient(Poly({mono: c}) if mono else c, b)
            if termwise_whole(part):
                out = out + part
                a = a - (Poly({mono: c}) if mono else c)
                if not isinstance(a, Poly):
                    break
    if not a or (nonnegative(a) and nonnegative(b - a - 1)):
        return out
    if nonnegative(-a - 1) and nonnegative(a + b):
        return out - 1
    if isinstance(a, Poly):
        shared_atoms = dict(common_monomial(a))
        of_b = dict(common_monomial(b))
        common = {it: min(e, of_b[it]) for it, e in shared_atoms.items() if it in of_b}
        if common:
            inverse_mono = Poly({frozenset((it, -e) for it, e in common.items()): 1})
            return out + floor(a * inverse_mono, b * inverse_mono)
        numbers = gcd(*(int(c) for c in a.terms.values()), *(int(c) for c in b.terms.values()))
        if numbers > 1:
            return out + floor(a * Fraction(1, numbers), b * Fraction(1, numbers))
        return out + _absorbed(a, b)
    return out + atom(rounded(Poly({ONE: a}), b))


def _absorbed(num: Size, den: int | Poly) -> Size:
    """⌊num/den⌋ with a lone rounding taken in: ⌊(c⌊a/b⌋ + t)/d⌋ = ⌊(ca + bt)/(bd)⌋ where c divides t and d."""
    assert isinstance(num, Poly)
    inner = [
        (mono, c, it)
        for mono, c in num.terms.items()
        if isinstance(c, int) and c > 0 and len(mono) == 1
        for it, e in mono
        if isinstance(it, Floor) and isinstance(e, int) and e == 1
    ]
    if len(inner) == 1:
        mono, c, it = inner[0]
        rest = num - Poly({mono: c})
        if c == 1 or (_multiple(den) % c == 0 and _multiple(rest) % c == 0):
            return floor(it.num * c + it.den * rest, it.den * den)
    return atom(rounded(num, den))


def _multiple(p: Size) -> int:
    """A whole number of which p is surely a multiple."""
    if isinstance(p, Fraction):
        return 1
    if isinstance(p, int):
        return p
    known = 0
    for mono, c in p.terms.items():
        if not isinstance(c, int) or any(isinstance(e, int) and e < 0 for _, e in mono):
            return 1
        step, residue = _remainder(mono)
        known = gcd(known, c * step, c * residue)
    return known
