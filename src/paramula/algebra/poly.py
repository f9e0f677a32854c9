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
        return _quotient(self, other)

    def __rtruediv__(self, other: Size) -> Size:
        return _quotient(other, self)

    def __floordiv__(self, other: Size) -> Size:
        return _floor(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return _floor(other, self)

    def __mod__(self, other: Size) -> Size:
        return self - other * _floor(self, other)

    def __rmod__(self, other: Size) -> Size:
        return other - self * _floor(other, self)

    def __pow__(self, exponent: Size) -> Size:
        return _power(self, exponent)

    def __rpow__(self, base: Size) -> Size:
        return _power(base, self)


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
            out = out * _power(it.value, e)
        elif e != 0:
            plain[it] = e
    return out * Poly({frozenset(plain.items()): 1}) if plain else out


# Quotients and powers.


def _floor(a: Size, b: Size) -> Size:
    result: Size = RULES["floor"](a, b)
    return result


def _power(a: Size, e: Any) -> Size:
    result: Size = RULES["power"](a, e)
    return result


def _quotient(a: Size, b: Size) -> Size:
    result: Size = RULES["quotient"](a, b)
    return result


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
