"""Between which numbers a step lies, by what it is made of. Bounds may be wide, and are never too narrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from typing import TypeAlias

from ..poly import MAX_BITS
from .steps import Step

Span: TypeAlias = tuple[int, int]  # both ends included

FAR = 1 << 2 * MAX_BITS  # what may be as large is taken to be of any size
WIDE: Span = (-FAR, FAR)
WORD = (1 << 63) - 1  # the greatest number of 64 bits


def span_of(op: str, of: Sequence[Span]) -> Span:
    """The span of an operation on what lies in these spans, at points where it has a value."""
    if any(low <= -FAR or high >= FAR for low, high in of):
        return WIDE
    return _SPANS[op](*of)


def spans_fit(spans: Mapping[int, Span], steps: Sequence[tuple[int, Step]]) -> bool:
    """Whether every step is a number of 64 bits, with the room that roots need."""
    return all(low >= -WORD and high <= WORD for low, high in spans.values()) and all(
        it.op != "sqrt" or spans[it.args[0]][1] < WORD >> 1 for _, it in steps
    )


def _sum(a: Span, b: Span) -> Span:
    return a[0] + b[0], a[1] + b[1]


def _product(a: Span, b: Span) -> Span:
    if a[0] >= 0 and b[0] >= 0:
        return a[0] * b[0], a[1] * b[1]
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _quotient(a: Span, b: Span) -> Span:
    if b[0] < 1:
        far = _far(a)
        return -far, far
    return min(a[0] // b[0], a[0] // b[1]), max(a[1] // b[0], a[1] // b[1])


def _remainder(a: Span, b: Span) -> Span:
    return (b[0] + 1 if b[0] < 0 else 0), (b[1] - 1 if b[1] > 0 else 0)


def _power(a: Span, exponent: Span) -> Span:
    low, high = max(exponent[0], 0), max(exponent[1], 0)
    far = max(_far(a), 1)
    if far.bit_length() * high > MAX_BITS:
        return WIDE
    if a[0] < 0:
        return -(far**high), far**high
    return (a[0] ** low if a[0] else 0), far**high


def _far(a: Span) -> int:
    return max(-a[0], a[1])


def _round_root(a: Span) -> Span:
    return isqrt(max(a[0], 0)), isqrt(max(a[1], 0))


def _logarithm(a: Span) -> Span:
    return max(a[0], 1).bit_length() - 1, max(a[1], 1).bit_length() - 1


def _absolute(a: Span) -> Span:
    return (0 if a[0] < 0 < a[1] else min(abs(a[0]), abs(a[1]))), _far(a)


_SPANS: dict[str, Callable[..., Span]] = {
    "+": _sum,
    "*": _product,
    "//": _quotient,
    "exact": _quotient,
    "%": _remainder,
    "<": lambda a, b: (0, 1),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "abs": _absolute,
    "gcd": lambda a, b: (0, max(_far(a), _far(b))),
    "log2": _logarithm,
    "sqrt": _round_root,
    "power": _power,
    "nonzero": lambda a: a,
    "numerator": lambda a: WIDE,
    "denominator": lambda a: WIDE,
}
