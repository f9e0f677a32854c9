"""What is known of a size: its bounds, its sign, and whether two sizes are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, isqrt
from typing import Any

from .poly import (
    MAX_BITS,
    ONE,
    Apply,
    Atom,
    Base,
    Floor,
    Mono,
    Number,
    Poly,
    Size,
    Sum,
    Sym,
    Terms,
    atom,
    made,
    rule,
    terms_of,
    times,
    total,
    whole,
)
from .powers import both_cleared, denominator, power, quotient
from .substitution import atoms, evaluate, replaced, symbols
from .work import WORK

MAX_PERIOD = 2_000  # remainders that are tried


def bounds(p: Size) -> tuple[Number | None, Number | None]:
    """The least and greatest value that a size can have, where they can be told term by term; None where not."""
    if not isinstance(p, Poly):
        return p, p
    WORK.spend(len(p.terms))
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
            a, b = _floor_bounds(*bounds(it.num), *bounds(it.den))
        case Base():
            a, b = bounds(it.value)
        case Apply():
            a, b = _apply_bounds(it)
        case Sum():
            a = 0 if nonnegative(it.body) else None
            b = 0 if nonnegative(-it.body) else None
    if isinstance(e, Poly):
        if a is None or a < 1:
            return (None if a is None or a < 0 else 0), None
        low = _least_exponent(e)
        foot = a if low is None or low >= 0 else b  # b^e is least for the least b, where e is not negative
        return (0 if low is None or foot is None else _raised(foot, int(low // 1), 0)), None
    if e < 0 and b is not None and b <= 0:
        return None, None
    if e < 0:  # a divisor: positive wherever the conditions hold
        return (_raised(b, e, 0) if b else 0), (_raised(a, e, None) if a is not None and a > 0 else None)
    return (None if a is None or a < 0 else _raised(a, e, min(a, 0))), (None if b is None else _raised(b, e, None))


def _least_exponent(e: Poly) -> Number | None:
    """The least value of an exponent: term by term, or 0 where it is surely not negative, as n - ⌊n/2⌋."""
    low = bounds(e)[0]
    return 0 if (low is None or low < 0) and nonnegative(e) else low


def _raised(x: Number, e: int, otherwise: Number | None) -> Number | None:
    """x^e; what is said `otherwise` of it where that is a number of too many digits."""
    bits = max(x.numerator.bit_length(), x.denominator.bit_length())
    return whole(Fraction(x) ** e) if bits * abs(e) <= MAX_BITS else otherwise


def _floor_bounds(
    low: Number | None, high: Number | None, below: Number | None, above: Number | None
) -> tuple[Number | None, Number | None]:
    """The bounds of ⌊num/den⌋ for low <= num <= high and a positive den with below <= den <= above."""
    below = max(below or 1, 1)
    a = None if low is None else low // below if low < 0 else low // above if above else 0
    b = None if high is None else high // below if high >= 0 else high // above if above else -1
    return a, b


def _apply_bounds(it: Apply) -> tuple[Number | None, Number | None]:
    spans = [bounds(a) for a in it.args]
    lows = [a for a, _ in spans]
    known = [a for a in lows if a is not None]
    if it.name == "max" and known:
        return max(known), None
    if it.name == "min":
        highs = [b for _, b in spans if b is not None]
        return (min(known) if len(known) == len(lows) else None), min(highs, default=None)
    if it.name == "gcd":
        return (1 if any(a >= 1 for a in known) else 0), None
    if it.name == "round_to":
        return spans[1][0], None
    if it.name == "floor":
        (low, high), *_ = spans
        return (None if low is None else low // 1), (None if high is None else high // 1)
    if it.name == "log2":
        return (int(lows[0] // 1).bit_length() - 1 if lows[0] is not None and lows[0] >= 1 else None), None
    if it.name == "sqrt":
        return isqrt(int(max(lows[0] or 0, 0) // 1)), None
    return (0, None) if it.name == "abs" else (None, None)


@rule
def nonnegative(p: Size) -> bool:
    """Whether a size is surely not negative. (False: it may be, or it could not be told.)"""
    return _nonnegative(p) if isinstance(p, Poly) else p >= 0


@lru_cache(4_096)  # the same few sizes are asked for again and again while a repetition is closed
def _nonnegative(p: Poly) -> bool:
    low, high = bounds(p)
    if low is not None and low >= 0:
        return True
    if (high is not None and high < 0) or len(p.terms) > 200 or _one_symbol(p):
        return False
    nowhere_above = _unrounded(p)
    shifted = _shifted(nowhere_above)
    if shifted is not None:
        least = terms_of(shifted)
        scale = denominator(nowhere_above) if isinstance(nowhere_above, Poly) else 1  # by which fractions were cleared
        slack = -scale if p.evidently_whole else 0  # a whole size above -1 is not negative
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


def _unrounded(p: Size) -> Size:
    """A polynomial that is nowhere above p and has no rounding: each is replaced by its nearer bound."""
    for _ in range(12):
        out: list[Size] = []
        found = False
        for mono, c in terms_of(p).items():
            rounding = next(((it, e) for it, e in mono if isinstance(it, Floor) and isinstance(e, int) and e > 0), None)
            rest = dict(mono)
            if rounding is not None:
                it, e = rounding
                rest = dict(mono) | {it: e - 1}
                rest = {other: power for other, power in rest.items() if power != 0}
            low = None if rounding is None else _mono_bounds(frozenset(rest.items()))[0]
            if low is None or low < 0:  # nothing to replace, or a factor beside it that may be negative
                out.append(made({mono: c}))
                continue
            found = True
            bound = it.num if c < 0 else it.num - it.den + 1
            out.append(quotient(bound, it.den) * made({frozenset(rest.items()): c}))
        p = total(out)
        if not found:
            break
    return p


def _shifted(p: Size) -> Size | None:
    """p in terms of how far each symbol and power lies above its least value; negative exponents cleared.

    None where something in it may be negative, so that nothing can be said."""
    p = both_cleared(p, 1)[0] if isinstance(p, Poly) else p
    unknowns: dict[tuple[Atom, Size], Poly] = {}

    def beyond(it: Atom, e: Any = 1) -> Poly:
        """A symbol, from 0, for how far it^e lies above its least value."""
        return unknowns.setdefault((it, e), atom(Sym(f"\u00b7{len(unknowns)}", 0)))

    out: list[Size] = []
    for mono, c in terms_of(p).items():
        term: Size = c
        for it, e in mono:
            low, least = _atom_bounds(it, 1)[0], _atom_bounds(it, e)[0]
            if low is None or low < 0 or least is None or (isinstance(e, int) and e < 0):
                return None  # its sign is not known
            if isinstance(e, Poly):
                term = term * _shifted_power(it, e, low, beyond)
            else:  # too long to be multiplied out: an unknown of its own
                term = term * (power(beyond(it) + low, e) if e < 9 else beyond(it, e) + least)
        out.append(term)
    return total(out)


def _shifted_power(it: Atom, e: Poly, low: Number, beyond: Callable[..., Poly]) -> Size:
    """b^e for b >= low >= 1 and e >= l: b^l·(1 + x)^g, where x stands for b^((e-l)/g) - 1, which is not negative."""
    least = _least_exponent(e)
    if low < 1 or not isinstance(least, int) or not 0 <= least < 9:
        return beyond(it, e) + (_atom_bounds(it, e)[0] or 0)
    first: Size = it.value if isinstance(it, Base) and isinstance(it.value, int) else beyond(it) + low
    rest = e - least
    if not isinstance(rest, Poly) or not all(isinstance(c, int) for c in rest.terms.values()):
        return power(first, least) * (beyond(it, rest) + 1)
    g = gcd(*(int(c) for c in rest.terms.values()))
    rest = rest * Fraction(1, g)
    return power(first, least) * (power(beyond(it, rest) + 1, g) if g < 9 else beyond(it, e) + 1)


def termwise_whole(p: Size) -> bool:
    """Whether every term of a size is surely whole: its coefficient, and each atom under its exponent."""
    if not isinstance(p, Poly):
        return p.denominator == 1
    return p.evidently_whole or all(
        type(c) is int and all(_whole_power(it, e) for it, e in mono) for mono, c in p.terms.items()
    )


def surely_whole(p: Size) -> bool:
    """Whether a size is whole whatever its symbols are: term by term, or by a known remainder.

    (False: it may be no whole number, or it could not be told.)"""
    if termwise_whole(p):
        return True
    if not isinstance(p, Poly) or not all(_whole_power(it, e) for mono in p.terms for it, e in mono):
        return False
    scale = denominator(p)
    syms = sorted(symbols(p), key=lambda sym: sym.name)
    periodic = all(isinstance(it, Sym) and isinstance(e, int) for mono in p.terms for it, e in mono)
    if periodic and scale ** len(syms) <= MAX_PERIOD:
        choices = product(range(scale), repeat=len(syms))  # whole for all remainders, whole for all
        if all(evaluate(p, dict(zip((s.name for s in syms), c, strict=True))).denominator == 1 for c in choices):
            return True
    return same(p * scale, scale * ((p * scale) // scale))


def _whole_power(it: Atom, e: Any) -> bool:
    """Whether an atom under an exponent is surely whole. An exponent is whole wherever the power has a value."""
    if not (e >= 0 if isinstance(e, int) else nonnegative(e)):
        return False
    return it.whole or (
        all(map(surely_whole, it.passed_on))
        if isinstance(it, Apply)
        else surely_whole(it.body if isinstance(it, Sum) else it.value)  # type: ignore[attr-defined]
    )


def canonical(p: Size) -> Size:
    """The size with every rounding written in one way: coefficients and number of ⌊p/m⌋ from 0 up to m; and with a
    sum for every term of what is summed.

    Sizes that read well, such as ⌊(H-k)/2⌋, have several spellings; two are equal when these are."""
    if not isinstance(p, Poly) or not any(isinstance(it, (Floor, Sum)) for mono in p.terms for it in _inside(mono)):
        return p
    out: list[Size] = []
    for mono, c in p.terms.items():
        term: Size = c
        for it, e in mono:
            base: Size = atom(it)
            if isinstance(it, Floor) and isinstance(it.den, int):
                num, below = canonical(it.num), it.den
                pulled = made({m: c // below for m, c in terms_of(num).items()})
                inside = num - pulled * below
                base = Poly(terms_of(pulled) | {}) if isinstance(pulled, Poly) else pulled
                base = _plus(base, atom(Floor(inside, below)) if isinstance(inside, Poly) else inside // below)
            elif isinstance(it, Sum):
                body = terms_of(canonical(it.body)).items()
                base = Poly({frozenset([(Sum(Poly({m: 1}), it.index, it.low, it.high), 1)]): c for m, c in body})
            term = _raw_times(term, base, e)
        out.append(term)
    terms: Terms = {}
    for term in out:
        for mono, c in terms_of(term).items():
            terms[mono] = terms.get(mono, 0) + c
    terms = {mono: c for mono, c in terms.items() if c}
    return Poly(terms) if set(terms) - {ONE} else terms.get(ONE, 0)


def _inside(mono: Mono) -> Iterator[Atom]:
    """The atoms of a term, and those inside them."""
    for it, _ in mono:
        yield it
        yield from atoms(atom(it))


def _plus(a: Size, b: Size) -> Size:
    """a + b without moving a number into a rounding."""
    terms = dict(terms_of(a))
    for mono, c in terms_of(b).items():
        terms[mono] = terms.get(mono, 0) + c
    return Poly(terms)


def _raw_times(term: Size, base: Size, e: Any) -> Size:
    if not isinstance(e, int) or e < 0:
        return term * power(base, e)
    for _ in range(e):
        WORK.spend(len(terms_of(term)) * len(terms_of(base)))
        terms: Terms = {}
        for a, ca in terms_of(term).items():
            for b, cb in terms_of(base).items():
                mono = times(a, b)
                mono = mono if isinstance(mono, frozenset) else frozenset([(Base(mono), 1)])  # type: ignore[arg-type]
                terms[mono] = terms.get(mono, 0) + ca * cb
        term = Poly(terms)
    return term


def same(a: Size, b: Size) -> bool:
    """Whether two sizes are equal for all values of their symbols (False: they differ, or it could not be told)."""
    return a == b or not canonical(a - b)
