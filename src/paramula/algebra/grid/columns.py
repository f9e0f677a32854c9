"""Columns of points: whole numbers and ratios, as arrays of numpy where it is installed, else as lists."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..poly import Number, whole
from .bounds import Span

MANY = 1 << 20  # numbers of an axis that are kept


class Column(NamedTuple):
    """Values of many points: whole numbers, or ratios with what is above and what is below the line (above 0).

    Arrays of numpy (int64, or Python's integers where these are too small) or lists; `valid` says which points have a
    value, None that all have."""

    num: Any
    den: Any = None
    valid: Any = None

    def numbers(self) -> list[Number | None]:
        """The exact values; None where there is none."""
        num = _listed(self.num)
        den = None if self.den is None else _listed(self.den)
        values: list[Number | None] = num if den is None else [whole(Fraction(*p)) for p in zip(num, den, strict=True)]
        if self.valid is None:
            return values
        return [v if ok else None for v, ok in zip(values, _listed(self.valid), strict=True)]

    def taken(self, at: Any) -> Column:
        """The points at some places (arrays of numpy only)."""
        return Column(*(None if part is None else part[at] for part in self))


def _listed(values: Any) -> list[Any]:
    out: list[Any] = values if isinstance(values, list) else values.tolist()
    return out


def numpy() -> Any:
    """The library, or None where it is not installed."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def column(np: Any, values: Sequence[Number | None]) -> Column:
    """A column of exact values, None where there is none."""
    valid = None if None not in values else [v is not None for v in values]
    num = [0 if v is None else v.numerator for v in values]
    den = [1 if v is None else v.denominator for v in values] if any(type(v) is Fraction for v in values) else None
    if np is None:
        return Column(num, den, valid)
    return Column(
        integers(np, num), None if den is None else integers(np, den), None if valid is None else np.array(valid)
    )


def joined(np: Any, parts: Sequence[Column], wide: Any) -> Column:
    """Columns one below the other; `wide` is an array in whose places they may stand already."""
    if len(parts) == 1:
        return parts[0]
    num = wide if all(p.num.base is wide is not None for p in parts) else np.concatenate([p.num for p in parts])
    den = valid = None
    if any(p.den is not None for p in parts):
        den = np.concatenate([np.ones(len(p.num), np.int64) if p.den is None else p.den for p in parts])
    if any(p.valid is not None for p in parts):
        valid = np.concatenate([np.ones(len(p.num), bool) if p.valid is None else p.valid for p in parts])
    return Column(num, den, valid)


def divided(np: Any, num: Any, den: Any, valid: Any) -> Column:
    """A column of quotients of whole numbers (the lower ones above 0): whole numbers where all are."""
    quotient = np.floor_divide(num, den)
    return Column(quotient, None, valid) if np.array_equal(quotient * den, num) else Column(num, den, valid)


def integers(np: Any, values: Any) -> Any:
    """Whole numbers as an array: of 64 bits where they fit, else of Python's integers."""
    if isinstance(values, range):
        values = np.arange(values.start, values.stop, values.step) if _fits(values) else list(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        if values.dtype.kind == "i" or not len(values) or int(values.max()) < 1 << 63:
            return values.astype(np.int64, copy=False)
        values = values.tolist()
    if isinstance(values, np.ndarray) and values.dtype != object:
        raise TypeError(f"a column of {values.dtype} has no whole numbers")
    numbers = list(values)
    if all(-(1 << 63) < v < 1 << 63 for v in numbers):
        return np.array(numbers, dtype=np.int64)
    out = np.empty(len(numbers), dtype=object)
    out[:] = numbers
    return out


def _fits(values: range) -> bool:
    return not len(values) or max(abs(values[0]), abs(values[-1]), abs(values.stop)) < 1 << 62


class Line:
    """The numbers of a long range, which are made when they are asked for."""

    def __init__(self, numbers: range) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Line(self.numbers[at])
        return self.numbers.start + self.numbers.step * (at if _fits(self.numbers) else at.astype(object))


def axis(np: Any, values: Sequence[int]) -> Any:
    """The numbers of an axis as an array, or as what is taken for one where they are many."""
    return Line(values) if isinstance(values, range) and len(values) > MANY else integers(np, values)


def ends(values: Any) -> Span:
    """The least and the greatest of an array."""
    if not len(values):
        return 0, 0
    if isinstance(values, Line):
        return min(values.numbers[0], values.numbers[-1]), max(values.numbers[0], values.numbers[-1])
    return (min(values), max(values)) if values.dtype == object else (int(values.min()), int(values.max()))
