"""From sizes to integer code: for one point after the other, or for columns of points. Never rounds.

One point: a Python function made of the steps, on whole numbers of any size. Its text is `v0`, `v1`, …, numbers and
operators; nothing that anybody wrote is in it. Columns: numpy's 64-bit numbers, but only where the bounds of every
step, found beforehand in Python's integers, are below 2^63; else the same function row by row. Without numpy, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from ...errors import NetError
from ..functions import log2, square_root
from ..poly import Number, Size, whole
from ..powers import power
from ..search.regions import Clause
from ..substitution import evaluate
from .bounds import WIDE, Span, span_of, spans_fit
from .columns import Column, column, ends, integers, joined, numpy
from .steps import Ratio, Step, Steps, inputs
from .vectors import Vectors

CHUNK = 16_384  # rows at once: what is computed of them stays in the processor's caches
FEW = 64  # rows for which numpy takes longer than Python

NO_VALUE = (ZeroDivisionError, ValueError, NetError)


def program(sizes: Iterable[Size], names: Sequence[str]) -> Program:
    """The code of some sizes, for numbers of these symbols. KeyError: a symbol without a number."""
    steps = Steps(names)
    return Program(steps, [steps.ratio(size) for size in sizes])


def clause_sign(steps: Steps, clause: Clause) -> Ratio:
    """A step that compares with 0 as what a clause asks for does."""
    size = steps.ratio(clause.size)
    if clause.modulus != 0:
        m = steps.ratio(clause.modulus)  # a/b mod c/d = (ad mod bc)/bd
        rest = steps.step("%", steps.times(size.num, m.den), steps.times(size.den, m.num))
        size = Ratio(rest, steps.times(size.den, m.den))
    if steps.value(size.den) is None:
        size = Ratio(steps.times(size.num, steps.step("nonzero", size.den)), steps.one)
    return Ratio(size.num, steps.one)


COMPARED: dict[str, Callable[[Any], Any]] = {  # the relations of clauses, for numbers and for columns
    ">=": lambda v: v >= 0,
    ">": lambda v: v > 0,
    "==": lambda v: v == 0,
    "!=": lambda v: v != 0,
}


class Program:
    """Sizes as code. `names` are the symbols that get numbers, in the order in which they are given."""

    def __init__(self, steps: Steps, outputs: Sequence[Ratio]) -> None:
        self.names = steps.names
        self.outputs = tuple(outputs)
        self._all = steps
        self._steps = [(at, steps.list[at]) for at in steps.needed(p for ratio in outputs for p in ratio)]
        self._function: Callable[..., tuple[Number, ...]] | None = None
        self._alone: list[Program] | None = None
        self._vectors: Vectors | None = None

    # One point.

    def at(self, *numbers: int) -> tuple[Number | None, ...]:
        """The values at a point, None for each that has none there."""
        try:
            return self.function(*numbers)
        except NO_VALUE:
            if len(self.outputs) == 1:
                return (None,)
            self._alone = self._alone or [Program(self._all, [it]) for it in self.outputs]
            return tuple(alone.at(*numbers)[0] for alone in self._alone)

    @property
    def function(self) -> Callable[..., tuple[Number, ...]]:
        """The function of a point; raises ValueError, ZeroDivisionError or NetError where a size has no value there."""
        if self._function is None:
            text, names = self.text()
            exec(text, names)
            self._function = names["v"]
        return self._function

    def text(self) -> tuple[str, dict[str, Any]]:
        """The text of the function, and what its names are that it does not make itself."""
        uses = Counter(at for _, it in self._steps for at in inputs(it))
        uses.update(at for ratio in self.outputs for at in ratio)
        names: dict[str, Any] = {"__builtins__": {}}
        said: dict[int, tuple[str, int]] = {at: (f"v{at}", 0) for at in self._all.given.values()}
        free = len(self._all.list)
        lines = [f"def v({', '.join(f'v{at}' for at in self._all.given.values())}):"]

        def called(known: Callable[..., Any], args: Iterable[str]) -> str:
            nonlocal free
            name = next((n for n, f in names.items() if f is known), None)
            if name is None:
                name, free = f"v{free}", free + 1
                names[name] = known
            return f"{name}({', '.join(args)})"

        for at, it in self._steps:
            if it.op == "given":
                continue
            parts = [said[i] for i in inputs(it)]
            depth = 1 + max((d for _, d in parts), default=0)
            args = [part for part, _ in parts]
            if it.op == "number":
                text, depth = f"({it.args[0]:#x})", 0  # Python reads hexadecimal numbers of any length
            elif it.op in _OPERATORS:
                text = f"({args[0]} {it.op} {args[1]})"
            else:
                text = called(_asking(it, self.names, self._all) if it.op == "asked" else _FUNCTIONS[it.op], args)
            if it.op != "number" and (uses[at] > 1 or depth > 20):
                lines.append(f" v{at} = {text}")
                text, depth = f"v{at}", 0
            said[at] = text, depth
        out = []
        for num, den in self.outputs:
            one = self._all.value(den) == 1
            out.append(said[num][0] if one else called(_ratio, [said[num][0], said[den][0]]))
        lines.append(f" return ({''.join(f'{text}, ' for text in out)})")
        return "\n".join(lines), names

    # Bounds.

    def spans(self, given: Sequence[Span]) -> dict[int, Span]:
        """Between which numbers every step lies, where its symbols lie between these."""
        return self._spans(given, {})

    def _spans(self, given: Sequence[Span], asked: Mapping[int, Span]) -> dict[int, Span]:
        found: dict[int, Span] = {}
        for at, it in self._steps:
            if it.op == "given":
                found[at] = given[it.args[0]]
            elif it.op == "number":
                found[at] = it.args[0], it.args[0]
            elif it.op == "asked":
                found[at] = 0, 0  # no number itself: its two sides are
            elif at in asked:
                found[at] = asked[at]
            else:
                found[at] = span_of(it.op, [found[i] for i in inputs(it)])
        return found

    # Columns.

    def columns(self, given: Sequence[Any], count: int | None = None) -> list[Column]:
        """The values of many points: for each symbol a column of its numbers (None for one that no size needs)."""
        count = next(len(c) for c in given if c is not None) if count is None else count
        np = numpy()
        if np is None:
            return self._by_rows(None, [c if c is None else list(c) for c in given], count)
        needed = {it.args[0] for _, it in self._steps if it.op == "given"}
        arrays = [integers(np, c) if i in needed else None for i, c in enumerate(given)]
        if count <= FEW:
            return self._by_rows(np, [None if a is None else a.tolist() for a in arrays], count)
        asked = self._asked_for(np, arrays, count)
        code = self._vectors = self._vectors or Vectors(np, self._steps, self.outputs)
        wide = {at: np.empty(count, np.int64) for at in code.made}

        def spans(first: int, last: int) -> dict[int, Span]:
            here = [WIDE if a is None else ends(a[first:last]) for a in arrays]
            return self._spans(here, {at: ends(a[first:last]) for at, a in asked.items()})

        together = spans(0, count)
        fits = spans_fit(together, self._steps)
        parts = []
        for first in range(0, count, CHUNK):
            last = min(count, first + CHUNK)
            here = together if fits else spans(first, last)
            chunk = [None if a is None else a[first:last] for a in arrays]
            if fits or spans_fit(here, self._steps):
                chunk = [None if c is None else c.astype(np.int64, copy=False) for c in chunk]
                known = {at: a[first:last].astype(np.int64, copy=False) for at, a in asked.items()}
                into = {at: a[first:last] for at, a in wide.items()}
                parts.append(code.run(chunk, known, here, last - first, into))
            else:
                parts.append(self._by_rows(np, [None if c is None else c.tolist() for c in chunk], last - first))
        return [
            joined(np, columns, wide.get(at))
            for columns, (at, _) in zip(zip(*parts, strict=True), self.outputs, strict=True)
        ]

    def _asked_for(self, np: Any, arrays: Sequence[Any], count: int) -> dict[int, Any]:
        """What has no steps, row by row, as columns of what is above and below the line: 0 where it has no value."""
        out: dict[int, Any] = {}
        values: dict[int, list[Number]] = {}
        for at, it in self._steps:
            if it.op == "asked":
                columns = [arrays[self._all.list[i].args[0]].tolist() for i in it.args[1:]]
                ask, values[at] = _asking(it, self.names, self._all), []
                for row in zip(*columns, strict=True) if columns else [()] * count:
                    try:
                        values[at].append(ask(*row))
                    except NO_VALUE:
                        values[at].append(_NONE)
            elif it.op == "numerator":
                out[at] = integers(np, [v.numerator for v in values[it.args[0]]])
            elif it.op == "denominator":
                out[at] = integers(np, [0 if v is _NONE else v.denominator for v in values[it.args[0]]])
        return out

    def _by_rows(self, np: Any, columns: Sequence[list[int] | None], count: int) -> list[Column]:
        """The values row by row, on Python's integers."""
        at = self.at
        known: list[Sequence[int]] = [[0] * count if c is None else c for c in columns]
        rows = [at(*row) for row in zip(*known, strict=True)] if known else [at()] * count
        values = zip(*rows, strict=True) if rows else [()] * len(self.outputs)
        return [column(np, list(it)) for it in values]


_NONE = Fraction(0)  # this very object: no value

# What the text of a function calls.


def _ratio(a: int, b: int) -> Number:
    return whole(Fraction(a, b))


def _exact(a: int, b: int) -> int:
    out, rest = divmod(a, b)
    if rest:
        raise ValueError("not whole")
    return out


def _power(base: int, exponent: int) -> Number:
    if exponent < 0:
        raise ValueError("a negative exponent")
    out = power(base, exponent)
    assert isinstance(out, int)
    return out


def _nonzero(a: int) -> int:
    if not a:
        raise ZeroDivisionError
    return a


def _asking(it: Step, names: Sequence[str], steps: Steps) -> Callable[..., Number]:
    """A function that asks a size for its value."""
    size, *given = it.args
    named = [names[steps.list[at].args[0]] for at in given]
    return lambda *numbers: evaluate(size, dict(zip(named, numbers, strict=True)))


_OPERATORS = {"+", "*", "//", "%", "<"}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exact": _exact,
    "power": _power,
    "nonzero": _nonzero,
    "min": min,
    "max": max,
    "abs": abs,
    "gcd": gcd,
    "log2": log2,
    "sqrt": square_root,
    "numerator": lambda v: v.numerator,
    "denominator": lambda v: v.denominator,
}
