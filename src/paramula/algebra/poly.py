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

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from ..errors import too_large
from .work import WORK

Number: TypeAlias = int | Fraction
F = TypeVar("F", bound=Callable[..., Any])

# What is decided elsewhere of the polynomials made here, by name: `nonnegative` (known), `floor` (rounding), `apply`
# (functions), `summed` (sums). Each enters itself; the package loads them all.
RULES: dict[str, Callable[..., Any]] = {}


def rule(function: F) -> F:
    """Enters a function among the rules."""
    RULES[function.__name__] = function
    return function


MAX_BITS = 20_000  # of one number: 6,000 digits
MAX_TERMS = 100_000  # of one polynomial
MAX_WEIGHT = 10_000  # symbols and numbers in a rounding, an exponent or a function, written out


class Atom:
    """A quantity that a polynomial takes as it is. Two atoms are the same when their keys are.

    `whole` says that its parts show at once that it is a whole number; `known.surely_whole` looks closer.
    """

    __slots__ = ("_hash", "key", "weight")
    whole = True

    def __init__(self, *key: Any) -> None:
        self.key = key
        self.weight = 1 + sum(map(weight, key))  # a size shared by its parts is long only when it is written out
        if self.weight > MAX_WEIGHT:
            raise too_large("a formula inside another", f"{MAX_WEIGHT:,} symbols and numbers")
        self._hash = hash((type(self).__name__, key))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.key == other.key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.key}"


def weight(part: Any) -> int:
    """How many symbols and numbers a size has when it is written out."""
    if isinstance(part, Poly):
        return sum(1 + sum(it.weight + (type(e) is not int and weight(e)) for it, e in m) for m in part.terms)
    return part.weight if isinstance(part, Atom) else 0


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
    """⌊num/den⌋ for whole-valued num and den > 0; made by `rounded`, one object for each."""

    __slots__ = ("__weakref__", "den", "num")

    def __init__(self, num: Poly, den: int | Poly) -> None:
        super().__init__(num, den)
        self.num = num
        self.den = den


_ROUNDED: WeakValueDictionary[tuple[Poly, int | Poly], Floor] = WeakValueDictionary()


def rounded(num: Poly, den: int | Poly) -> Floor:
    """The atom ⌊num/den⌋, the same object for the same sizes, so that comparing two of them takes no time."""
    it = _ROUNDED.get((num, den))
    if it is None:
        it = _ROUNDED[num, den] = Floor(num, den)
    return it


class Sum(Atom):
    """The sum of a size over an index from `low` to `high`, where no closed form is known."""

    __slots__ = ("body", "high", "index", "low", "whole")

    def __init__(self, body: Poly, index: Sym, low: Size, high: Size) -> None:
        super().__init__(body, index, low, high)
        self.body = body
        self.index = index
        self.low = low
        self.high = high
        self.whole = body.evidently_whole


class Base(Atom):
    """A number or a polynomial under an exponent that cannot be multiplied out: 2^n, (a+1)^n, 1/(a-1)."""

    __slots__ = ("value", "whole")

    def __init__(self, value: int | Poly) -> None:
        super().__init__(value)
        self.value = value
        self.whole = isinstance(value, int) or value.evidently_whole


class Apply(Atom):
    """A function that stays as it is for lack of numbers: min, max, abs, gcd, log2, sqrt (rounded down), round_to, and
    the floor of what has no whole numerator and denominator."""

    __slots__ = ("args", "name", "whole")

    def __init__(self, name: str, *args: Size) -> None:
        super().__init__(name, *args)
        self.name = name
        self.args = args
        self.whole = all(
            arg.evidently_whole if isinstance(arg, Poly) else type(arg) is int for arg in self.passed_on
        )  # fmt: skip

    @property
    def passed_on(self) -> tuple[Size, ...]:
        """The arguments that must be whole for the value to be whole."""
        if self.name in ("min", "max", "abs"):
            return self.args
        return self.args[1:] if self.name == "round_to" else ()


Mono: TypeAlias = frozenset[tuple[Atom, Any]]
Terms: TypeAlias = dict[Mono, Number]
ONE: Mono = frozenset()


class Poly:
    """A sum of monomials with exact coefficients, never constant."""

    __slots__ = ("_hash", "_whole", "terms")

    def __init__(self, terms: Terms) -> None:
        WORK.ahead -= 1 + len(terms)
        if WORK.ahead < 0:
            WORK.look()
        self.terms = terms
        self._hash = 0
        self._whole: bool | None = None

    @property
    def evidently_whole(self) -> bool:
        """Whether whole coefficients, whole atoms and positive exponents show that the size is whole."""
        if self._whole is None:
            self._whole = all(type(c) is int for c in self.terms.values()) and all(
                type(e) is int and e > 0 and it.whole for mono in self.terms for it, e in mono
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
        WORK.spend(3 * len(self.terms) * len(other.terms))
        terms = {}
        rest: list[Size] = []
        for a, ca in self.terms.items():
            for b, cb in other.terms.items():
                mono = times(a, b)
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
        return _floor(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return _floor(other, self)

    def __mod__(self, other: Size) -> Size:
        return self - other * _floor(self, other)

    def __rmod__(self, other: Size) -> Size:
        return other - self * _floor(other, self)

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
    """c·⌊p/m⌋ + k = c·⌊(p + mk/c)/m⌋ where c divides k; where m is no number, only if that is a ceiling."""
    number = terms[ONE]
    mono, c = next((m, c) for m, c in terms.items() if m)
    ((it, exponent),) = mono
    if (
        isinstance(number, int)
        and isinstance(c, int)
        and not number % c
        and isinstance(exponent, int)
        and exponent == 1
        and (isinstance(it.den, int) or (number == c and it.num.terms.get(ONE) == -1))  # type: ignore[attr-defined]
    ):
        num = it.num + it.den * (number // c)  # type: ignore[attr-defined]
        if isinstance(num, Poly):
            return Poly({frozenset([(rounded(num, it.den), 1)]): c})  # type: ignore[attr-defined]
    return Poly(terms)


def terms_of(p: Size) -> Terms:
    """The monomials of a size with their coefficients, of a number too."""
    return p.terms if isinstance(p, Poly) else {ONE: p}


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


def times(a: Mono, b: Mono) -> Mono | Size:
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


def _floor(a: Size, b: Size) -> Size:
    result: Size = RULES["floor"](a, b)
    return result


def denominator(p: Size) -> int:
    if isinstance(p, Poly):
        return lcm(*(c.denominator for c in p.terms.values()))
    return p.denominator
