"""Quotients and powers of sizes, common factors, and fractions cleared."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import Any

from ..errors import too_large
from .poly import (
    MAX_BITS,
    MAX_TERMS,
    ONE,
    RULES,
    Atom,
    Base,
    Mono,
    Poly,
    Size,
    Sym,
    atom,
    exact_quotient,
    made,
    product,
    rule,
    whole,
)


@rule
def quotient(a: Size, b: Size) -> Size:
    """a/b, exactly. A divisor of one term goes into the exponents, any other becomes 1/(…)."""
    if isinstance(b, (int, Fraction)):
        if not b:
            raise ZeroDivisionError
        return whole(Fraction(a) / b) if isinstance(a, (int, Fraction)) else a * Fraction(1, 1) * (1 / Fraction(b))
    if a == b:
        return 1
    exact = exact_quotient(a, b) if isinstance(a, Poly) and len(b.terms) > 1 else None
    return a * power(b, -1) if exact is None else exact


@rule
def power(base: Size, exponent: Size) -> Size:
    """base^exponent; raises NetError where the result would be too large, ValueError where it is no exact number."""
    if isinstance(exponent, Fraction):
        raise ValueError(f"the exponent {exponent} is not whole")
    if isinstance(exponent, Poly):
        return _symbolic_power(base, exponent)
    if isinstance(base, (int, Fraction)):
        if type(base) is int and base.bit_length() * exponent < 4_000 and exponent >= 0:
            return int(base**exponent)
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if base not in (0, 1, -1) and bits * abs(exponent) > MAX_BITS:
            raise too_large("this power", f"{MAX_BITS:,} bits")
        return whole(Fraction(base) ** exponent)
    if len(base.terms) == 1:
        ((mono, c),) = base.terms.items()
        bits = max(c.numerator.bit_length(), c.denominator.bit_length())
        if c not in (1, -1) and bits * abs(exponent) > MAX_BITS:
            raise too_large("this power", f"{MAX_BITS:,} bits")
        if exponent == 0:
            return 1
        raised: Size = product(_atom_power(it, e * exponent) for it, e in mono)
        return whole(Fraction(c) ** exponent) * raised
    if exponent < 0:
        scale, primitive = _primitive(base)
        return power(scale, exponent) * (atom(Base(primitive), exponent) if isinstance(primitive, Poly) else 1)
    if exponent.bit_length() > 20 or _terms_of_power(len(base.terms), exponent) > MAX_TERMS:
        raise too_large("this power", f"{MAX_TERMS:,} terms")
    result: Size = 1
    for bit in f"{exponent:b}":
        result = result * result
        if bit == "1":
            result = result * base
    return result


def _atom_power(it: Atom, e: Any) -> Size:
    if isinstance(it, Base):
        return power(it.value, e)
    if type(e) is int and e < 0 and not isinstance(it, Sym) and RULES["nonnegative"](-atom(it) - 1):
        return atom(Base(-atom(it)), e) * (-1 if e % 2 else 1)  # what stands below a line is positive
    return atom(it, e) if e != 0 else 1


def _terms_of_power(terms: int, exponent: int) -> int:
    """How many terms the power of a sum has: (terms + exponent - 1 choose exponent), cut off once it is too many."""
    count = 1
    for i in range(1, min(exponent, terms - 1) + 1):
        count = count * (terms + exponent - i) // i
        if count > MAX_TERMS:
            break
    return count


def _symbolic_power(base: Size, exponent: Poly) -> Size:
    """base^exponent; 2^((L-4)/6) too, where whoever asks makes sure that the exponent is whole."""
    if isinstance(base, Fraction):
        return _symbolic_power(base.numerator, exponent) * _symbolic_power(base.denominator, -exponent)
    if isinstance(base, int):
        if base == 1 or (base == 0 and RULES["nonnegative"](exponent - 1)):
            return base
        if base <= 0:
            raise ValueError(f"{'a negative number' if base else '0'} cannot have a symbol as exponent")
        powers: Size = product(power_of_prime(p, exponent * k) for p, k in factors(base))
        return powers
    if len(base.terms) == 1:
        ((mono, c),) = base.terms.items()
        raised: Size = product(_atom_power(it, e * exponent) for it, e in mono)
        return power(c, exponent) * raised
    scale, primitive = _primitive(base)
    return power(scale, exponent) * (atom(Base(primitive), exponent) if isinstance(primitive, Poly) else 1)


def power_of_prime(p: int, exponent: Size) -> Size:
    """p^exponent, the whole part of a number in the exponent multiplied out: 2^(n+1) = 2·2^n."""
    if not isinstance(exponent, Poly):
        return power(p, exponent)
    fixed = exponent.terms.get(ONE, 0) // 1
    moving = exponent - fixed
    return power(p, fixed) * (atom(Base(p), moving) if isinstance(moving, Poly) else power(p, moving))


def factors(n: int) -> list[tuple[int, int]]:
    """n as a product of powers of small primes; what is left beyond 1,000 is taken as it is."""
    found = []
    for p in range(2, 1000):
        if p * p > n:
            break
        k = 0
        while n % p == 0:
            n, k = n // p, k + 1
        if k:
            found.append((p, k))
    return found + ([(n, 1)] if n > 1 else [])


def _primitive(p: Poly) -> tuple[Size, Size]:
    """p as a monomial times a polynomial with coprime whole coefficients and no monomial in common."""
    denominator = lcm(*(c.denominator for c in p.terms.values()))
    content = gcd(*(int(c * denominator) for c in p.terms.values()))
    scale: Size = Fraction(content, denominator)
    common = common_monomial(p)
    if common:
        scale = scale * Poly({common: 1})
    return scale, quotient(p, scale)


def common_monomial(p: Poly) -> Mono:
    """The greatest monomial that divides every term."""
    monos = iter(p.terms)
    common = {it: e for it, e in next(monos) if isinstance(e, int) and not isinstance(it, Base)}
    for mono in monos:
        other = dict(mono)
        common = {
            it: min(e, other.get(it, 0)) for it, e in common.items() if isinstance(other.get(it, 0), int)
        } | {
            it: min(0, e)
            for it, e in other.items()
            if isinstance(e, int) and it not in common and not isinstance(it, Base)
        }  # fmt: skip
        common = {it: e for it, e in common.items() if e}
    return frozenset(common.items())


def both_cleared(a: Size, b: Size) -> tuple[Size, Any]:
    """a and b times the least that leaves neither fractions nor negative exponents in them; the same quotient."""
    if isinstance(b, (int, Fraction)) and b < 0:
        a, b = -a, -b
    scale: Size = lcm(denominator(a), denominator(b))
    for it, e in _below(a, b).items():
        scale = scale * power(it.value if isinstance(it, Base) else atom(it), e)
    a, b = a * scale, b * scale
    return (a if isinstance(a, Poly) else whole(a)), (b if isinstance(b, Poly) else whole(b))


def _below(*sizes: Size) -> dict[Atom, Size]:
    """The least powers of atoms by which sizes must be multiplied so that no exponent is negative.

    Of an exponent with symbols, 2^(m-n), those terms count that are subtracted: it takes 2^n."""
    numbers: dict[Atom, int] = {}
    moving: dict[Atom, dict[Mono, int]] = {}
    for p in sizes:
        for mono in p.terms if isinstance(p, Poly) else ():
            for it, e in mono:
                if isinstance(e, int):
                    if e < numbers.get(it, 0):
                        numbers[it] = e
                elif any(c < 0 for c in e.terms.values()) and not RULES["nonnegative"](e):
                    lowest = moving.setdefault(it, {})
                    for term, c in e.terms.items():
                        if c < lowest.get(term, 0) and type(c) is int:
                            lowest[term] = c
    out: dict[Atom, Size] = {it: -e for it, e in numbers.items()}
    for it, lowest in moving.items():
        out[it] = out.get(it, 0) - made(dict(lowest))
    return out


def cleared(p: Poly) -> Poly:
    """A positive whole multiple of p without fractions and negative exponents."""
    out = both_cleared(p, 1)[0]
    assert isinstance(out, Poly)
    return out


def denominator(p: Size) -> int:
    if isinstance(p, Poly):
        return lcm(*(c.denominator for c in p.terms.values()))
    return p.denominator
