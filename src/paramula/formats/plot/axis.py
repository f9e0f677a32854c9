"""A numbered axis: where a number stands on it, and which numbers are written beside it. Exact; knows no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count, pairwise
from math import ceil, floor, gcd, log10
from typing import NamedTuple, TypeAlias

from ...algebra.spelling import digits
from ...errors import NetError

Number: TypeAlias = int | Fraction

FAR = 10**250  # a number beyond it stands by its logarithm: the ends of its axis do not fit into a float
UNITS = ((12, "T"), (9, "G"), (6, "M"), (3, "k"))
SPARE = 0.04  # of an axis that is left free at each end
MANY = 9  # round numbers on an axis
ALL = 12  # values of a symbol that are all written
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Axis(NamedTuple):
    """What an axis shows: the values of a `symbol`, at which its marks stand, or of an expression, with round marks."""

    text: str
    values: tuple[Number, ...]  # each once, in order
    log: bool
    symbol: bool
    far: bool  # whether some number does not fit into a float


def axis(text: str, values: Iterable[Number], log: bool | None, *, symbol: bool = False, close: int = 100) -> Axis:
    """An axis for values; where `log` is open it is logarithmic if they are further apart than `close` times.

    A symbol's is if they grow by a factor. Raises NetError where the values do not fit the axis."""
    seen = tuple(sorted(set(values)))
    low, high = seen[0], seen[-1]
    far = any(v and not 1 <= _size(v) * FAR <= FAR**2 for v in seen)
    if log and low <= 0:
        message = f"{text} is {said(low)} somewhere, which has no place on a logarithmic axis"
        raise NetError(message, hint='log="none" makes all axes linear')
    if log is None:
        log = low > 0 and (far or (geometric(seen) if symbol else high > close * low))
    if far and not log:
        hint = "a logarithmic axis has room for them if all are above zero"
        raise NetError(f"{text} has values too large or too small for a linear axis", hint=hint)
    return Axis(text, seen, log, symbol, far)


def geometric(values: Sequence[Number]) -> bool:
    """Whether values in order grow by a factor rather than by a step, as 1, 2, 5, 10 do."""
    if len(values) < 3 or values[0] <= 0:
        return False
    growth = [Fraction(b) / a - 1 for a, b in pairwise(values)]
    least, most = min(growth), max(growth)
    return least == most or (most <= 3 * least and values[-1] >= 8 * values[0])


def place(of: Axis, value: Number) -> float:
    """Where a number stands on an axis, on a logarithmic one in powers of ten."""
    return logarithm(value) if of.log else float(value)


def logarithm(value: Number) -> float:
    """The power of ten that a number of any size above zero is."""
    return log10(value.numerator) - log10(value.denominator)


def ends(of: Axis) -> tuple[float, float]:
    """Where an axis begins and ends: a little beyond its values, or at zero where they come near."""
    low, high = place(of, of.values[0]), place(of, of.values[-1])
    if high - low <= 1e-12 * abs(high):  # the same, or nearly so for a float
        spare = 0.5 if of.log or low == 0 else abs(low) / 2
        return low - spare, high + spare
    spare = (high - low) * SPARE
    if not of.log and not of.symbol and 0 <= 2 * low <= high:
        return 0.0, high + spare
    return low - spare, high + spare


def marks(of: Axis, room: float, across: bool) -> list[tuple[Number, str]]:
    """The numbers written along an axis, as many as have room: in characters if they stand `across`, else in lines."""
    low, high = ends(of)
    found: list[tuple[Number, str]] = []
    for values in _choices(of):
        inside = [value for value in values if low <= place(of, value) <= high]
        if of.symbol:
            inside = [value for value in inside if of.values[0] <= value <= of.values[-1]]
        texts = _written(of, inside)
        if not 2 <= len(set(texts)) == len(inside) <= (ALL if values == of.values else MANY):
            continue
        found = list(zip(inside, texts, strict=True))
        needed = max(map(len, texts)) + 2 if across else 1.8
        if min(place(of, b) - place(of, a) for a, b in pairwise(inside)) / (high - low) * room >= needed:
            return found
    return found or [(value, text) for text, value in {said(v): v for v in (of.values[-1], of.values[0])}.items()]


def every(of: Axis, room: float, across: bool) -> list[tuple[int, str]]:
    """The places of a symbol's values that are written beside a row of cells, one for each value."""
    many = len(of.values)
    for step in range(1, many):
        # Of the places to begin at, the one with the roundest numbers: 16, 32, 48 rather than 8, 24, 40.
        starts = [range(start, many, step) for start in range(min(step, many))]
        places = max(starts, key=lambda it: gcd(*(of.values[n].numerator for n in it)))
        texts = [name(of.values[n]) for n in places]
        if room * step / many >= (max(map(len, texts)) + 1 if across else 1.3):
            return list(zip(places, texts, strict=True))
    return [(0, name(of.values[0]))]


def _choices(of: Axis) -> Iterator[Sequence[Number]]:
    """What could be written along an axis, fewer and fewer numbers."""
    low, high = of.values[0], of.values[-1]
    if of.symbol:
        yield of.values
    if low == high:
        return
    if of.log and of.symbol:
        yield from (of.values[::step] for step in range(2, len(of.values)))
    elif of.log and logarithm(high) - logarithm(low) >= 1:
        yield from _powers(floor(logarithm(low)), ceil(logarithm(high)))
    else:
        first, last = (low, high) if of.log else ends(of)
        for step in _steps(of, Fraction(last) - Fraction(first)):
            yield [_whole(n * step) for n in range(ceil(first / step), floor(last / step) + 1)]


def _steps(of: Axis, span: Fraction) -> Iterator[Fraction]:
    """Steps of a linear axis, longer and longer: 1, 2, 5, 10, …; 8, 16, 32, … where all values are multiples of 8."""
    shared = gcd(*(v.numerator for v in of.values)) if all(isinstance(v, int) for v in of.values) else 0
    if of.symbol and shared >= 4 and shared % 5:
        yield from (step for k in range(span.numerator.bit_length()) if span <= MANY * (step := Fraction(shared << k)))
    power = _power(span)
    for step in (n * Fraction(10) ** k for k in (power - 1, power) for n in (1, 2, 5)):
        if span <= 2 * MANY * step and (step >= 1 or not shared):
            yield step


def _powers(low: int, high: int) -> Iterator[list[Number]]:
    """Numbers of a logarithmic axis: 1, 2 and 5 of each decade, then the decades, then every so many of these."""
    if high - low <= MANY:
        yield [_whole(n * Fraction(10) ** k) for k in range(low, high + 1) for n in (1, 2, 5)]
    for step in (n * 10**k for k in count() for n in (1, 2, 3, 5)):
        if step > high - low:
            return
        if high - low <= MANY * step:
            yield [_whole(Fraction(10) ** k) for k in range(-(-low // step) * step, high + 1, step)]


def _whole(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _written(of: Axis, values: Sequence[Number]) -> list[str]:
    """The numbers along an axis as they are written, on a linear one all in the same unit."""
    if of.symbol:
        return [name(value) for value in values]
    if of.log:
        return [said(value) for value in values]
    largest = max(map(_size, values), default=0)
    units = [(power, letter) for power, letter in (*UNITS, (0, "")) if 10**power <= largest or power == 0]
    texts = [[_sign(v) + _decimal(Fraction(_size(v)) / 10**p) + u * (v != 0) for v in values] for p, u in units]
    if largest >= 10**15 and len(set(rounded := [said(value) for value in values])) == len(values):
        texts.append(rounded)
    return min(texts, key=lambda some: sum(map(len, some)))


def name(value: Number) -> str:
    """The value of a symbol, exactly unless it is very long: 64   2¹⁷   −5   0.25   1/3"""
    top, bottom = abs(value.numerator), value.denominator
    if top.bit_length() > 64 or bottom > 999 or (bottom > 1 and 10**4 % bottom == 0):
        return said(value)
    text = str(top)
    if bottom == 1 and len(text) > 5:
        if not text[4:].strip("0"):
            return said(value)
        if value > 0 and top & (top - 1) == 0:
            return f"2{_raised(top.bit_length() - 1)}"
    return _sign(value) + (text if bottom == 1 else f"{text}/{bottom}")


def said(value: Number) -> str:
    """A number rounded to four digits: 12k   3.5M   2·10¹⁸   0.05   −4"""
    size = _size(value)
    if size == 0:
        return "0"
    power = _power(size)
    size = round(size * Fraction(10) ** (3 - power)) * Fraction(10) ** (power - 3)
    if 1000 <= size < 10**15:
        exponent, letter = next(unit for unit in UNITS if size >= 10 ** unit[0])
        return _sign(value) + _decimal(size / 10**exponent) + letter
    if Fraction(1, 1000) <= size < 1000:
        return _sign(value) + _decimal(size)
    power = _power(size)
    front = _decimal(size / Fraction(10) ** power)
    return f"{_sign(value)}{'' if front == '1' else f'{front}·'}10{_raised(power)}"


def _power(size: Number) -> int:
    """The power of ten of the first digit."""
    power = floor(logarithm(size))
    while Fraction(10) ** power > size:
        power -= 1
    while Fraction(10) ** (power + 1) <= size:
        power += 1
    return power


def _decimal(size: Fraction) -> str:
    """A decimal fraction, in full."""
    places = next(n for n in count() if 10**n % size.denominator == 0)
    whole, rest = divmod(size.numerator * 10**places // size.denominator, 10**places)
    return f"{digits(whole)}.{rest:0{places}}" if places else digits(whole)


def _raised(power: int) -> str:
    return str(power).translate(_RAISED)


def _size(value: Number) -> Number:
    return -value if value < 0 else value


def _sign(value: Number) -> str:
    return "−" if value < 0 else ""


def apart(wanted: Sequence[float], gap: float, room: float) -> list[float]:
    """Places within 0…room that are `gap` apart or more, in the same order, and as near to those wanted as they can be.

    Where there are too many for the room the last ones stand beyond it."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    pools: list[list[float]] = []  # runs of neighbours that touch: the mean of where their first would be, how many
    for rank, n in enumerate(order):
        pools.append([wanted[n] - rank * gap, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            mean, many = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * many) / (pools[-1][1] + many), pools[-1][1] + many]
    firsts = [max(0.0, min(mean, room - (len(wanted) - 1) * gap)) for mean, many in pools for _ in range(int(many))]
    found = [0.0] * len(wanted)
    for rank, n in enumerate(order):
        found[n] = firsts[rank] + rank * gap
    return found
