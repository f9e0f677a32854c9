"""The normal form of a size: a sparse polynomial over symbols, roundings and powers, with exact coefficients.

A `Size` is an int, a Fraction, or a `Poly` where symbols are left; a Poly that turns out constant becomes a number at
once. Equal polynomials are equal objects. A monomial is a frozenset of (atom, exponent) pairs; exponents are whole
numbers, negative ones too (`d/h`), or sizes themselves (`2^n`).

Roundings are joined when they are made, so that a chain of windows is one `floor(p/m)` per axis:

* whole quotients of the coefficients come out, the common factor is divided out:  ⌊(2H+5)/8⌋ = ⌊(H+2)/4⌋
* a rounding inside is taken in:  ⌊(⌊a/b⌋ + t)/c⌋ = ⌊(a + bt)/(bc)⌋ for whole t
* a number beside a lone rounding moves in:  ⌊(H-3)/2⌋ + 1 = ⌊(H-1)/2⌋
* what is known of a symbol's remainder is used:  ⌊(H+7)/8⌋ = H/8 where H % 8 == 0
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

from ..errors import too_large

Number: TypeAlias = int | Fraction

MAX_BITS = 20_000  # of one number: 6,000 digits
MAX_TERMS = 100_000  # of one polynomial


class Atom:
    """A quantity that a polynomial takes as it is. Two atoms are the same when their keys are."""

    __slots__ = ("_hash", "key")

    def __init__(self, *key: Any) -> None:
        self.key = key
        self._hash = hash((type(self).__name__, key))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.key == other.key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.key}"


class Sym(Atom):
    """A symbol: a whole number from `least` to `most` (None: no bound) that leaves `residue` divided by `modulus`.

    An index of a repetition has a size as its greatest value, `top`.
    """

    __slots__ = ("least", "modulus", "most", "name", "residue", "top")

    def __init__(
        self,
        name: str,
        least: int = 1,
        most: int | None = None,
        modulus: int = 1,
        residue: int = 0,
        top: Size | None = None,
    ) -> None:
        super().__init__(name, least, most, modulus, residue, top)
        self.top = top
        self.name = name
        self.least = least
        self.most = most
        self.modulus = modulus
        self.residue = residue


class Floor(Atom):
    """⌊num/den⌋ for whole-valued num and den > 0."""

    __slots__ = ("den", "num")

    def __init__(self, num: Poly, den: int | Poly) -> None:
        super().__init__(num, den)
        self.num = num
        self.den = den


class Sum(Atom):
    """The sum of a size over an index from `low` to `high`, where no closed form is known."""

    __slots__ = ("body", "high", "index", "low")

    def __init__(self, body: Poly, index: Sym, low: Size, high: Size) -> None:
        super().__init__(body, index, low, high)
        self.body = body
        self.index = index
        self.low = low
        self.high = high


class Base(Atom):
    """A number or a polynomial under an exponent that cannot be multiplied out: 2^n, (a+1)^n, 1/(a-1)."""

    __slots__ = ("value",)

    def __init__(self, value: int | Poly) -> None:
        super().__init__(value)
        self.value = value


class Apply(Atom):
    """A function that stays as it is for lack of numbers: min, max, abs, gcd, log2, sqrt (rounded down), round_to."""

    __slots__ = ("args", "name")

    def __init__(self, name: str, *args: Size) -> None:
        super().__init__(name, *args)
        self.name = name
        self.args = args


Mono: TypeAlias = frozenset[tuple[Atom, Any]]
Terms: TypeAlias = dict[Mono, Number]
ONE: Mono = frozenset()


class Poly:
    """A sum of monomials with exact coefficients, never constant."""

    __slots__ = ("_hash", "_whole", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash = 0
        self._whole: bool | None = None

    @property
    def evidently_whole(self) -> bool:
        """Whether whole coefficients and exponents that are not negative show that the size is whole."""
        if self._whole is None:
            self._whole = all(type(c) is int for c in self.terms.values()) and all(
                type(e) is int and e > 0 for mono in self.terms for _, e in mono
            )
        return self._whole

    def __hash__(self) -> int:
        if not self._hash:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Poly) and hash(self) == hash(other) and self.terms == other.terms)

    def __repr__(self) -> str:
        return f"Poly({self.terms})"

    def __add__(self, other: Size) -> Size:
        if isinstance(other, Poly):
            big, small = (self.terms, other.terms) if len(self.terms) >= len(other.terms) else (other.terms, self.terms)
            terms = dict(big)
            for mono, c in small.items():
                terms[mono] = terms.get(mono, 0) + c
            return made(terms)
        if isinstance(other, (int, Fraction)):
            if not other:
                return self
            terms = dict(self.terms)
            terms[ONE] = terms.get(ONE, 0) + other
            return made(terms)
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Poly:
        return Poly({mono: -c for mono, c in self.terms.items()})

    def __sub__(self, other: Size) -> Size:
        return self + -other if isinstance(other, (Poly, int, Fraction)) else NotImplemented

    def __rsub__(self, other: Size) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        if type(other) is int or isinstance(other, Fraction):
            if other == 1:
                return self
            terms = {mono: c * other for mono, c in self.terms.items()}
            if other and self.evidently_whole and type(other) is int:
                return Poly(terms)
            return made(terms)
        if not isinstance(other, Poly):
            return NotImplemented
        if not (self.evidently_whole and other.evidently_whole):
            cancelled = _cancelled(self, other) or _cancelled(other, self)
            if cancelled is not None:
                return cancelled
        if len(self.terms) * len(other.terms) > MAX_TERMS:
            raise too_large("the product of two formulas", f"{MAX_TERMS:,} terms")
        terms = {}
        rest: list[Size] = []
        for a, ca in self.terms.items():
            for b, cb in other.terms.items():
                mono = _times(a, b)
                if isinstance(mono, frozenset):
                    terms[mono] = terms.get(mono, 0) + ca * cb
                else:
                    rest.append(mono * (ca * cb))
        return total([made(terms), *rest]) if rest else made(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Size) -> Size:
        return quotient(self, other)

    def __rtruediv__(self, other: Size) -> Size:
        return quotient(other, self)

    def __floordiv__(self, other: Size) -> Size:
        return floor(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return floor(other, self)

    def __mod__(self, other: Size) -> Size:
        return self - other * floor(self, other)

    def __rmod__(self, other: Size) -> Size:
        return other - self * floor(other, self)

    def __pow__(self, exponent: Size) -> Size:
        return power(self, exponent)

    def __rpow__(self, base: Size) -> Size:
        return power(base, self)


Size: TypeAlias = int | Fraction | Poly


def symbol(name: str, **known: Any) -> Poly:
    """A symbol as a size."""
    return Poly({frozenset([(Sym(name, **known), 1)]): 1})


def atom(it: Atom, exponent: Any = 1) -> Poly:
    return Poly({frozenset([(it, exponent)]): 1})


def whole(c: Number) -> Number:
    """The number, as an int where it is one."""
    return c.numerator if isinstance(c, Fraction) and c.denominator == 1 else c


def made(terms: Terms) -> Size:
    """The size with these terms: zeros dropped, a constant as a number, a number beside a lone rounding moved in."""
    for c in terms.values():
        if type(c) is not int or not c:
            terms = {mono: whole(c) for mono, c in terms.items() if c}
            break
    count = len(terms)
    if count > MAX_TERMS:
        raise too_large("the formula", f"{MAX_TERMS:,} terms")
    if not count:
        return 0
    if count <= 2 and ONE in terms:
        if count == 1:
            return terms[ONE]
        for mono in terms:
            if len(mono) == 1 and type(next(iter(mono))[0]) is Floor:
                return _number_moved_in(terms)
    return Poly(terms)


def _number_moved_in(terms: Terms) -> Poly:
    """c·⌊p/m⌋ + k = c·⌊(p + mk/c)/m⌋ where c divides k."""
    number = terms[ONE]
    mono, c = next((m, c) for m, c in terms.items() if m)
    ((it, exponent),) = mono
    if (
        isinstance(number, int)
        and isinstance(c, int)
        and not number % c
        and isinstance(exponent, int)
        and exponent == 1
    ):
        num = it.num + it.den * (number // c)  # type: ignore[attr-defined]
        if isinstance(num, Poly):
            return Poly({frozenset([(Floor(num, it.den), 1)]): c})  # type: ignore[attr-defined]
    return Poly(terms)


def total(sizes: Iterable[Size]) -> Size:
    """The sum of many sizes, in one pass."""
    terms: Terms = {}
    number: Number = 0
    for size in sizes:
        if isinstance(size, Poly):
            for mono, c in size.terms.items():
                terms[mono] = terms.get(mono, 0) + c
        else:
            number += size
    if number:
        terms[ONE] = terms.get(ONE, 0) + number
    return made(terms)


def product(sizes: Iterable[Any]) -> Any:
    """The product of many sizes."""
    result: Any = 1
    for size in sizes:
        result = result * size
    return result


def _cancelled(a: Poly, b: Poly) -> Size | None:
    """a·b where a has a factor 1/p and p divides b: the factor is cancelled instead of multiplied out."""
    for p in {it.value for mono in a.terms for it, e in mono if isinstance(it, Base) and isinstance(e, int) and e < 0}:
        rest = exact_quotient(b, p) if isinstance(p, Poly) else None
        if rest is not None:
            base = Base(p)
            over = Poly({mono: c for mono, c in a.terms.items() if dict(mono).get(base, 0) in range(-99, 0)})
            beside = made({mono: c for mono, c in a.terms.items() if mono not in over.terms})
            raised = made({_times_atom(mono, base): c for mono, c in over.terms.items()})
            return beside * b + raised * rest
    return None


def _times_atom(mono: Mono, it: Atom) -> Mono:
    exponents = dict(mono)
    exponents[it] += 1
    return frozenset((atom_, e) for atom_, e in exponents.items() if e != 0)


def exact_quotient(p: Poly, d: Poly) -> Size | None:
    """p/d where it is a polynomial again, found by long division; None where it is not, or is too large to try."""
    if len(p.terms) < len(d.terms) or len(p.terms) > 60 or len(d.terms) > 12:
        return None
    places = sorted({it for q in (p, d) for mono in q.terms for it, _ in mono}, key=repr)
    if any(not isinstance(e, int) or e < 0 for q in (p, d) for mono in q.terms for _, e in mono):
        return None

    def powers(mono: Mono) -> tuple[int, ...]:
        exponents = dict(mono)
        return tuple(exponents.get(it, 0) for it in places)

    lead = max(d.terms, key=powers)
    rest: Size = p
    parts: list[Size] = []
    for _ in range(60):
        if not isinstance(rest, Poly):
            return total(parts) if rest == 0 else None
        first = max(rest.terms, key=powers)
        gap = [a - b for a, b in zip(powers(first), powers(lead), strict=True)]
        if min(gap) < 0:
            return None
        c = whole(Fraction(rest.terms[first]) / d.terms[lead])
        mono = frozenset((it, e) for it, e in zip(places, gap, strict=True) if e)
        part: Size = Poly({mono: c}) if mono else c
        parts.append(part)
        rest = rest - part * d
    return None


def _times(a: Mono, b: Mono) -> Mono | Size:
    """The product of two monomials: a monomial, or a size where a base is multiplied out."""
    if not a:
        return b
    if not b:
        return a
    if len(a) == len(b) == 1:
        ((x, _),), ((y, _),) = a, b
        if x != y:
            return a | b
    exponents = dict(a)
    special = False
    for it, e in b:
        if it in exponents:
            exponents[it] = exponents[it] + e
            special = special or isinstance(it, Base) or exponents[it] == 0
        else:
            exponents[it] = e
    if not special:
        return frozenset(exponents.items())
    out: Size = 1
    plain: dict[Atom, Any] = {}
    for it, e in exponents.items():
        if isinstance(it, Base):
            out = out * power(it.value, e)
        elif e != 0:
            plain[it] = e
    return out * Poly({frozenset(plain.items()): 1}) if plain else out


# Quotients and powers.


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


def power(base: Size, exponent: Size) -> Size:
    """base^exponent; raises NetError where the result would be too large, ValueError where it is no exact number."""
    if isinstance(exponent, Fraction):
        raise ValueError(f"the exponent {exponent} is not whole")
    if isinstance(exponent, Poly):
        return _symbolic_power(base, exponent)
    if isinstance(base, (int, Fraction)):
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
    return power(it.value, e) if isinstance(it, Base) else atom(it, e) if e != 0 else 1


def _terms_of_power(terms: int, exponent: int) -> int:
    """How many terms the power of a sum has: (terms + exponent - 1 choose exponent), cut off once it is too many."""
    count = 1
    for i in range(1, min(exponent, terms - 1) + 1):
        count = count * (terms + exponent - i) // i
        if count > MAX_TERMS:
            break
    return count


def _symbolic_power(base: Size, exponent: Poly) -> Size:
    if any(isinstance(c, Fraction) for c in exponent.terms.values()):
        raise ValueError("the exponent is not whole")
    if isinstance(base, Fraction):
        return _symbolic_power(base.numerator, exponent) * _symbolic_power(base.denominator, -exponent)
    if isinstance(base, int):
        if base in (0, 1):
            return base
        if base < 0:
            raise ValueError("a negative number cannot have a symbol as exponent")
        fixed = exponent.terms.get(ONE, 0)
        moving = exponent - fixed
        powers: Size = product(power_of_prime(p, moving * k) for p, k in factors(base))
        return power(base, fixed) * powers
    if len(base.terms) == 1:
        ((mono, c),) = base.terms.items()
        raised: Size = product(_atom_power(it, e * exponent) for it, e in mono)
        return power(c, exponent) * raised
    scale, primitive = _primitive(base)
    return power(scale, exponent) * (atom(Base(primitive), exponent) if isinstance(primitive, Poly) else 1)


def power_of_prime(p: int, exponent: Size) -> Size:
    return atom(Base(p), exponent) if isinstance(exponent, Poly) else power(p, exponent)


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


# Roundings.


def floor(a: Size, b: Size = 1) -> Size:
    """⌊a/b⌋ for b > 0."""
    if not isinstance(a, (int, Fraction, Poly)) or not isinstance(b, (int, Fraction, Poly)):
        return a // b  # sizes of SymPy
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a // b
    if type(b) is int and b > 0 and isinstance(a, Poly) and a.evidently_whole:
        return _floor_by_number(a, b)
    a, cleared = _cleared(a, b)
    return _floor_by_number(a, cleared) if isinstance(cleared, int) else _floor_by_size(a, cleared)


def ceiling(a: Size, b: Size = 1) -> Size:
    """⌈a/b⌉ for b > 0, as ⌊(a + b - 1)/b⌋ over whole a and b."""
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return -(-a // b)
    a, b = _cleared(a, b)
    return floor(a + b - 1, b)


def _cleared(a: Size, b: Size) -> tuple[Size, Any]:
    """a and b as whole-valued sizes with the same quotient: no fractions, no negative exponents."""
    scale: Size = lcm(_denominator(a), _denominator(b))
    below: dict[Atom, int] = {}
    for p in (a, b):
        for mono in p.terms if isinstance(p, Poly) else ():
            for it, e in mono:
                if isinstance(e, int) and e < below.get(it, 0):
                    below[it] = e
    for it, e in below.items():
        scale = scale * power(it.value, -e) if isinstance(it, Base) else scale * atom(it, -e)
    a, b = a * scale, b * scale
    return (-a, -b) if isinstance(b, int) and b < 0 else (a, b)


def cleared(p: Poly) -> Poly:
    """A positive whole multiple of p without fractions and negative exponents."""
    out = _cleared(p, 1)[0]
    assert isinstance(out, Poly)
    return out


def _denominator(p: Size) -> int:
    if isinstance(p, Poly):
        return lcm(*(c.denominator for c in p.terms.values()))
    return p.denominator


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
            if isinstance(part, int) or (isinstance(part, Poly) and _whole_term(part)):
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
    return out + atom(Floor(Poly({ONE: a}), b))


def _whole_term(p: Poly) -> bool:
    """Whether a single term is surely whole."""
    ((mono, c),) = p.terms.items()
    return isinstance(c, int) and all(e > 0 if isinstance(e, int) else nonnegative(e) for _, e in mono)


def _absorbed(num: Size, den: int | Poly) -> Size:
    """⌊num/den⌋ with a lone rounding taken in: ⌊(c⌊a/b⌋ + t)/d⌋ = ⌊(ca + bt)/(bd)⌋ where c divides t and d."""
    if isinstance(num, (int, Fraction)):
        return num // den if isinstance(den, int) else atom(Floor(Poly({ONE: num}), den))
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
    return atom(Floor(num, den))


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


# What is known of a size.


def atoms(p: Size) -> Iterator[Atom]:
    """Every atom of a size, those inside roundings and exponents too; some more than once."""
    stack: list[Any] = [p]
    while stack:
        item = stack.pop()
        if isinstance(item, Poly):
            for mono in item.terms:
                for it, e in mono:
                    if isinstance(it, Sum):  # its index is no symbol of the sum
                        yield from (inner for inner in atoms(it.body) if inner != it.index)
                        stack += [it.low, it.high]
                    else:
                        yield it
                        stack += () if isinstance(it, Sym) else it.key
                    if isinstance(e, Poly):
                        stack.append(e)


def symbols(p: Size) -> set[Sym]:
    """The symbols of a size."""
    return {it for it in atoms(p) if isinstance(it, Sym)}


def replaced(p: Size, values: Mapping[str, Size]) -> Size:
    """The size with numbers or sizes in place of the named symbols."""
    if not isinstance(p, Poly):
        return p
    return total(c * product(_replaced_atom(it, e, values) for it, e in mono) for mono, c in p.terms.items())


def _replaced_atom(it: Atom, e: Any, values: Mapping[str, Size]) -> Size:
    e = replaced(e, values)
    match it:
        case Sym():
            base: Size = values.get(it.name, atom(it))
        case Floor():
            base = floor(replaced(it.num, values), replaced(it.den, values))
        case Base():
            base = replaced(it.value, values)
        case Apply():
            base = apply(it.name, *(replaced(a, values) for a in it.args))
        case Sum():
            from .sums import summed

            inner = {name: value for name, value in values.items() if name != it.index.name}
            base = summed(replaced(it.body, inner), it.index, replaced(it.low, values), replaced(it.high, values))
        case _:
            raise TypeError(it)
    return power(base, e)


def bounds(p: Size) -> tuple[Number | None, Number | None]:
    """The least and greatest value that a size can have, where they can be told term by term; None where not."""
    if not isinstance(p, Poly):
        return p, p
    low: Number | None = 0
    high: Number | None = 0
    for mono, c in p.terms.items():
        a, b = _mono_bounds(mono)
        if c < 0:
            a, b = b, a
        low = None if low is None or a is None else low + c * a
        high = None if high is None or b is None else high + c * b
    return low, high


def _mono_bounds(mono: Mono) -> tuple[Number | None, Number | None]:
    low: Number | None = 1
    high: Number | None = 1
    for it, e in mono:
        a, b = _atom_bounds(it, e)
        if a is None or a < 0:
            return None, None
        low = None if low is None else low * a
        high = None if high is None or b is None else high * b
    return low, high


def _atom_bounds(it: Atom, e: Any) -> tuple[Number | None, Number | None]:
    a: Number | None = None
    b: Number | None = None
    match it:
        case Sym():
            a, b = it.least, it.most
        case Floor():
            low, high = bounds(it.num)
            below, above = bounds(it.den)
            if low is not None and low >= 0:
                a = low // above if above else 0
            b = high // below if high is not None and below else None
        case Base():
            a, b = bounds(it.value)
        case Apply():
            a, b = _apply_bounds(it)
        case Sum():
            a = 0
    if isinstance(e, Poly):
        low, _ = bounds(e)
        return (Fraction(a) ** int(low) if a is not None and a >= 1 and low is not None else 0), None
    if e < 0:
        return (0 if b is None or not b else 1 / Fraction(b) ** -e), (None if not a else 1 / Fraction(a) ** -e)
    return (None if a is None or a < 0 else a**e), (None if b is None else b**e)


def _apply_bounds(it: Apply) -> tuple[Number | None, Number | None]:
    spans = [bounds(a) for a in it.args]
    lows = [a for a, _ in spans]
    known = [a for a in lows if a is not None]
    if it.name == "max" and known:
        return max(known), None
    if it.name in ("min", "gcd") and len(known) == len(lows):
        return (min(known) if it.name == "min" else 1), None
    if it.name == "round_to":
        return spans[1][0], None
    return (0, None) if it.name in ("abs", "log2", "sqrt") else (None, None)


def nonnegative(p: Size) -> bool:
    """Whether a size is surely not negative. (False: it may be, or it could not be told.)"""
    if not isinstance(p, Poly):
        return p >= 0
    low, high = bounds(p)
    if low is not None and low >= 0:
        return True
    if (high is not None and high < 0) or len(p.terms) > 200 or _one_symbol(p):
        return False
    least = _terms(_shifted(_unrounded(p)))
    slack = -1 if p.evidently_whole else 0  # a whole size above -1 is not negative
    if all(c >= 0 for mono, c in least.items() if mono) and (least.get(ONE, 0) > slack or least.get(ONE, 0) == 0):
        return True
    for index in symbols(p):  # an index counted from its greatest value downwards
        if index.top is not None:
            below = atom(Sym(index.name, 0))
            return nonnegative(replaced(p, {index.name: index.top - below}))
    return False


def _one_symbol(p: Poly) -> bool:
    """Whether p is a·x + b for a symbol x: then its bounds are exact."""
    if len(p.terms) > 2 or (len(p.terms) == 2 and ONE not in p.terms):
        return False
    mono = max(p.terms, key=len)
    return len(mono) == 1 and type(next(iter(mono))[0]) is Sym


def _terms(p: Size) -> Terms:
    return p.terms if isinstance(p, Poly) else {ONE: p}


def _unrounded(p: Size) -> Size:
    """A polynomial that is nowhere above p and has no rounding: each is replaced by its nearer bound."""
    for _ in range(12):
        out: list[Size] = []
        found = False
        for mono, c in _terms(p).items():
            rounding = next(((it, e) for it, e in mono if isinstance(it, Floor) and isinstance(e, int) and e > 0), None)
            if rounding is None:
                out.append(made({mono: c}))
                continue
            found = True
            it, e = rounding
            rest = dict(mono)
            del rest[it]
            if e > 1:
                rest[it] = e - 1
            bound = it.num if c < 0 else it.num - it.den + 1
            out.append(quotient(bound, it.den) * made({frozenset(rest.items()): c}))
        p = total(out)
        if not found:
            break
    return p


def _shifted(p: Size) -> Size:
    """p in terms of how far each symbol and power lies above its least value; negative exponents cleared."""
    p = _cleared(p, 1)[0] if isinstance(p, Poly) else p
    out: list[Size] = []
    for mono, c in _terms(p).items():
        term: Size = c
        for it, e in mono:
            low = _atom_bounds(it, 1)[0] if isinstance(e, int) else _atom_bounds(it, e)[0]
            base = atom(it, 1 if isinstance(e, int) else e) + (low or 0)
            term = term * (power(base, e) if isinstance(e, int) and 0 < e < 9 else base if e != 0 else 1)
        out.append(term)
    return total(out)


def canonical(p: Size) -> Size:
    """The size with every rounding written in one way: coefficients and number of ⌊p/m⌋ from 0 up to m.

    Sizes that read well, such as ⌊(H-k)/2⌋, have several spellings; two are equal when these are."""
    if not isinstance(p, Poly) or not any(isinstance(it, Floor) for it in atoms(p)):
        return p
    out: list[Size] = []
    for mono, c in p.terms.items():
        term: Size = c
        for it, e in mono:
            base: Size = atom(it)
            if isinstance(it, Floor) and isinstance(it.den, int):
                num, below = canonical(it.num), it.den
                pulled = made({m: c // below for m, c in _terms(num).items()})
                inside = num - pulled * below
                base = Poly(_terms(pulled) | {}) if isinstance(pulled, Poly) else pulled
                base = _plus(base, atom(Floor(inside, below)) if isinstance(inside, Poly) else inside // below)
            term = _raw_times(term, base, e)
        out.append(term)
    terms: Terms = {}
    for term in out:
        for mono, c in _terms(term).items():
            terms[mono] = terms.get(mono, 0) + c
    terms = {mono: c for mono, c in terms.items() if c}
    return Poly(terms) if set(terms) - {ONE} else terms.get(ONE, 0)


def _plus(a: Size, b: Size) -> Size:
    """a + b without moving a number into a rounding."""
    terms = dict(_terms(a))
    for mono, c in _terms(b).items():
        terms[mono] = terms.get(mono, 0) + c
    return Poly(terms)


def _raw_times(term: Size, base: Size, e: Any) -> Size:
    if not isinstance(e, int) or e < 0:
        return term * power(base, e)
    for _ in range(e):
        terms: Terms = {}
        for a, ca in _terms(term).items():
            for b, cb in _terms(base).items():
                mono = _times(a, b)
                mono = mono if isinstance(mono, frozenset) else frozenset([(Base(mono), 1)])  # type: ignore[arg-type]
                terms[mono] = terms.get(mono, 0) + ca * cb
        term = Poly(terms)
    return term


def same(a: Size, b: Size) -> bool:
    """Whether two sizes are equal for all values of their symbols (False: they differ, or it could not be told)."""
    return a == b or not canonical(a - b)


def evaluate(p: Size, values: Mapping[str, int]) -> Number:
    """The number that a size is once every symbol is given."""
    if not isinstance(p, Poly):
        return p
    out: Number = 0
    for mono, c in p.terms.items():
        term: Number = c
        for it, e in mono:
            term = term * _evaluated(it, e, values)
        out += term
    return whole(out)


def _evaluated(it: Atom, e: Any, values: Mapping[str, int]) -> Number:
    match it:
        case Sym():
            base: Number = values[it.name]
        case Floor():
            base = evaluate(it.num, values) // evaluate(it.den, values)
        case Base():
            base = evaluate(it.value, values)
        case Apply():
            number = apply(it.name, *(evaluate(a, values) for a in it.args))
            assert not isinstance(number, Poly)
            base = number
        case Sum():
            low, high = evaluate(it.low, values), evaluate(it.high, values)
            base = sum(evaluate(it.body, {**values, it.index.name: i}) for i in range(int(low), int(high) + 1))
        case _:
            raise TypeError(it)
    value = power(base, evaluate(e, values))
    assert not isinstance(value, Poly)
    return value


# Functions that are exact on numbers and stay as they are where symbols are left.


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
    return kept[0] if len(kept) == 1 else atom(Apply(name, *kept))


def absolute(a: Size) -> Size:
    if nonnegative(a):
        return a
    opposite: Size = -a
    return opposite if nonnegative(opposite) else atom(Apply("abs", a))


def greatest_divisor(a: Any, b: Any) -> Any:
    """The greatest common divisor of two whole sizes."""
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b)
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
    from math import isqrt

    return isqrt(a.numerator // a.denominator)


def round_to(a: Size, m: Size) -> Size:
    """The nearest multiple of m, never below m and never losing more than a tenth (`make_divisible`, MobileNet)."""
    if isinstance(a, Poly) or isinstance(m, Poly):
        return atom(Apply("round_to", a, m))
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
}
