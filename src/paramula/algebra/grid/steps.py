"""From sizes to steps of whole numbers, each of them once however often it occurs. Nothing is run here.

A step is an operation on earlier steps. All steps are whole numbers: a size that may be a ratio is two of them, what is
above and what is below the line. A step that has no whole value at a point (what divides by 0, a quotient that leaves
a remainder, 2^n below n = 0) has none there, and neither has what is made of it.

Symbols are taken to have numbers that they can have: at least `least`, and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import lcm
from typing import Any, NamedTuple, TypeAlias

from ..known import nonnegative
from ..poly import Apply, Atom, Base, Floor, Poly, Size, Sym, atom
from ..substitution import symbols

MAX_DEPTH = 60  # factors taken out of a sum one inside the other
MAX_PRODUCT = 64  # a power is a chain of products up to this exponent

Powers: TypeAlias = Mapping[int, int]  # steps and their exponents, above 0
Term: TypeAlias = tuple[int, Powers]  # a number times powers of steps


class Step(NamedTuple):
    """An operation and what it is applied to: numbers of earlier steps, but for `number`, `given` and `asked`."""

    op: str
    args: tuple[Any, ...]


class Ratio(NamedTuple):
    """A size as two steps, above and below the line."""

    num: int
    den: int


class Steps:
    """Steps as they are made: equal ones are one."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.list: list[Step] = []
        self._known: dict[Step, int] = {}
        self._atoms: dict[Any, Ratio] = {}  # atoms, and pairs of an atom and an exponent that is a size
        self._sizes: dict[Poly, Ratio] = {}
        self.one = self.number(1)
        self.given = {name: self.step("given", i) for i, name in enumerate(self.names)}

    def step(self, op: str, *args: Any) -> int:
        it = Step(op, args)
        if it not in self._known:
            self._known[it] = len(self.list)
            self.list.append(it)
        return self._known[it]

    def number(self, value: int) -> int:
        return self.step("number", value)

    def value(self, at: int) -> int | None:
        """The number that a step is, if it is one."""
        op, args = self.list[at]
        return int(args[0]) if op == "number" else None

    # Sums and products.

    def plus(self, a: int, b: int) -> int:
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(x + y)
        return b if x == 0 else a if y == 0 else self.step("+", a, b)

    def times(self, a: int, b: int) -> int:
        x, y = self.value(a), self.value(b)
        if x is not None and y is not None:
            return self.number(x * y)
        return b if x == 1 else a if y == 1 else self.step("*", a, b)

    def power(self, a: int, exponent: int) -> int:
        if exponent > MAX_PRODUCT:
            return self.step("power", a, self.number(exponent))
        if exponent < 2:
            return a if exponent else self.one
        half = self.power(a, exponent // 2)
        square = self.times(half, half)
        return self.times(square, a) if exponent % 2 else square

    def product(self, term: Term) -> int:
        c, powers = term
        out = self.one
        for it in sorted(powers):
            out = self.times(out, self.power(it, powers[it]))
        return self.times(out, self.number(c))

    def polynomial(self, terms: Sequence[Term], depth: int = 0) -> int:
        """A sum of terms, with the factors that most of them share taken out."""
        often = Counter(it for _, powers in terms for it in powers)
        shared: dict[int | None, list[Term]] = {}
        for term in terms:
            first = max(term[1], key=lambda it: (often[it], -it), default=None)
            shared.setdefault(first, []).append(term)
        out = self.number(0)
        for it, group in shared.items():
            if it is None or len(group) == 1 or depth > MAX_DEPTH:
                for term in group:
                    out = self.plus(out, self.product(term))
                continue
            exponent = min(powers[it] for _, powers in group)
            inner = [(c, _without(powers, it, exponent)) for c, powers in group]
            out = self.plus(out, self.times(self.power(it, exponent), self.polynomial(inner, depth + 1)))
        return out

    # Sizes.

    def ratio(self, size: Size) -> Ratio:
        """The steps of a size."""
        if not isinstance(size, Poly):
            return Ratio(self.number(size.numerator), self.number(size.denominator))
        if size not in self._sizes:
            terms, below = self.terms(size)
            self._sizes[size] = Ratio(self.polynomial(terms), self.product(below))
        return self._sizes[size]

    def terms(self, size: Size) -> tuple[list[Term], Term]:
        """A size as a sum of terms over one term."""
        if not isinstance(size, Poly):
            return [(size.numerator, {})] if size else [], (size.denominator, {})
        self._inner_first(size)
        rows: list[tuple[Any, dict[int, int]]] = []
        least: dict[int, int] = {}
        for mono, c in size.terms.items():
            powers: dict[int, int] = {}
            for it, e in mono:
                above, below = self._atoms[it if type(e) is int else (it, e)]
                for part, exponent in ((above, e), (below, -e)) if type(e) is int else ((above, 1), (below, -1)):
                    if part != self.one:
                        powers[part] = powers.get(part, 0) + exponent
            for part, exponent in powers.items():
                least[part] = min(exponent, least.get(part, 0))
            rows.append((c, powers))
        scale = lcm(*(c.denominator for c, _ in rows))
        least = {part: e for part, e in least.items() if e}
        terms = [
            (int(c * scale), {it: e - least.get(it, 0) for it, e in {**dict.fromkeys(least, 0), **powers}.items()})
            for c, powers in rows
        ]
        return [(c, {it: e for it, e in powers.items() if e}) for c, powers in terms], (
            scale,
            {it: -e for it, e in least.items()},
        )

    def _inner_first(self, size: Poly) -> None:
        """The steps of all that stands in a size, the innermost first: sizes may be deeper than Python calls."""
        stack: list[Any] = [*_parts(size)]
        while stack:
            part = stack[-1]
            known = self._sizes if isinstance(part, Poly) else self._atoms
            if part in known:
                stack.pop()
                continue
            missing = [p for p in _parts(part) if p not in (self._sizes if isinstance(p, Poly) else self._atoms)]
            stack += missing
            if not missing:
                if isinstance(part, Poly):
                    self.ratio(part)
                else:
                    self._atoms[part] = self._raised(*part) if isinstance(part, tuple) else self._atom(part)

    def _atom(self, it: Atom) -> Ratio:
        match it:
            case Sym():
                return Ratio(self.given[it.name], self.one)
            case Floor():
                return Ratio(self._floor(self.ratio(it.num), self.ratio(it.den)), self.one)
            case Base():
                return self.ratio(it.value)
            case Apply():
                known = self._function(it)
                if known is not None:
                    return known
        return self._asked(it)

    def _floor(self, a: Ratio, b: Ratio) -> int:
        return self.step("//", self.times(a.num, b.den), self.times(a.den, b.num))

    def _whole(self, a: Ratio) -> int:
        """A size that has no value where it is not whole."""
        return a.num if a.den == self.one else self.step("exact", *a)

    def _raised(self, it: Atom, exponent: Poly) -> Ratio:
        """A power whose exponent is a size: a number below the line where that is negative."""
        base, e = self._atoms[it], self._whole(self.ratio(exponent))
        if nonnegative(exponent):
            return Ratio(*(p if p == self.one else self.step("power", p, e) for p in base))
        zero = self.number(0)
        up, down = self.step("max", e, zero), self.step("max", self.times(e, self.number(-1)), zero)

        def both(a: int, b: int) -> int:
            return self.times(*(p if p == self.one else self.step("power", p, n) for p, n in ((a, up), (b, down))))

        return Ratio(both(base.num, base.den), both(base.den, base.num))

    def _function(self, it: Apply) -> Ratio | None:
        """A function of sizes; None where it takes ratios in a way that has no steps."""
        args = [self.ratio(a) for a in it.args]
        if it.name == "gcd":
            return Ratio(self.step("gcd", *map(self._whole, args)), self.one)
        if it.name == "abs":
            return Ratio(*(p if self.value(p) else self.step("abs", p) for p in args[0]))
        if it.name in ("floor", "sqrt"):
            down = self._floor(args[0], Ratio(self.one, self.one))
            return Ratio(down if it.name == "floor" else self.step("sqrt", down), self.one)
        below = [self.value(a.den) for a in args]
        if it.name == "log2" and below == [1]:
            return Ratio(self.step("log2", args[0].num), self.one)
        if it.name in ("min", "max") and None not in below:
            common = lcm(*(d for d in below if d))
            out, *rest = (self.times(a.num, self.number(common // d)) for a, d in zip(args, below, strict=True) if d)
            for other in rest:
                out = self.step(it.name, out, other)
            return Ratio(out, self.number(common))
        if it.name == "round_to" and nonnegative(it.args[1] - 1):
            return self._round_to(*args)
        return None

    def _round_to(self, a: Ratio, m: Ratio) -> Ratio:
        """m·k for k = max(1, ⌊a/m + 1/2⌋), and one m more where that is below nine tenths of a (functions.round_to)."""

        def of(c: int, *parts: int) -> int:
            out = self.number(c)
            for part in parts:
                out = self.times(out, part)
            return out

        two = self.plus(of(2, a.num, m.den), of(1, m.num, a.den))
        k = self.step("max", self.step("//", two, of(2, m.num, a.den)), self.one)
        lost = self.step("<", of(10, m.num, k, a.den), of(9, a.num, m.den))
        return Ratio(self.times(m.num, self.plus(k, lost)), m.den)

    def _asked(self, it: Atom) -> Ratio:
        """An atom that has no steps: its value is asked for at each point, as the two sides of a fraction."""
        size = atom(it)
        named = tuple(sorted(sym.name for sym in symbols(size)))
        asked = self.step("asked", size, *(self.given[name] for name in named))
        return Ratio(self.step("numerator", asked), self.step("denominator", asked))

    # Which steps stand on which.

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """The steps that these need, with themselves, in the order in which they were made."""
        found: set[int] = set()
        stack = list(outputs)
        while stack:
            at = stack.pop()
            if at not in found:
                found.add(at)
                stack += inputs(self.list[at])
        return sorted(found)


def inputs(it: Step) -> tuple[int, ...]:
    """The earlier steps that a step needs."""
    match it.op:
        case "number" | "given":
            return ()
        case "asked":
            return it.args[1:]
    return it.args


def _without(powers: Powers, it: int, exponent: int) -> Powers:
    left = powers[it] - exponent
    return {**powers, it: left} if left else {part: e for part, e in powers.items() if part != it}


def _parts(part: Any) -> list[Any]:
    """What a size, an atom, or an atom under an exponent directly consists of."""
    match part:
        case Poly():
            return [it if type(e) is int else (it, e) for mono in part.terms for it, e in mono]
        case tuple():
            return list(part)
        case Floor():
            parts: tuple[Size, ...] = (part.num, part.den)
        case Base():
            parts = (part.value,)
        case Apply():
            parts = part.args
        case _:
            parts = ()
    return [p for p in parts if isinstance(p, Poly)]
