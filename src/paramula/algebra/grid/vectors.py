"""Steps run on numpy's 64-bit numbers, for columns whose bounds are known to fit. Decides nothing about bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .bounds import Span
from .columns import Column, divided
from .steps import Ratio, Step, inputs


class Vectors:
    """Steps that are run chunk after chunk."""

    def __init__(self, np: Any, steps: Sequence[tuple[int, Step]], outputs: Sequence[Ratio]) -> None:
        self.np = np
        self.outputs = outputs
        kept = {at for ratio in outputs for at in ratio}
        one = {at for at, it in steps if it == ("number", (1,))}
        self.numbers = {at: it.args[0] for at, it in steps if it.op == "number"}
        self.given = {at: it.args[0] for at, it in steps if it.op == "given"}
        plain: dict[str, Callable[..., Any]] = {
            "+": np.add,
            "*": np.multiply,
            "min": np.minimum,
            "max": np.maximum,
            "abs": np.absolute,
            "gcd": np.gcd,
        }
        ready = {*self.numbers, *self.given}
        made = [(at, it) for at, it in steps if at not in ready and it.op not in _ASKED]
        last = {i: at for at, it in made for i in inputs(it)}
        dead: dict[int, list[int]] = {}  # which steps are made before a step and not needed behind it
        for i in {at for at, _ in made} - kept:
            dead.setdefault(last[i], []).append(i)
        self.made = {it.num for it in outputs if it.den in one} & {at for at, _ in made}  # shown as they are
        self.plan = [(at, it.args, plain.get(it.op), _RULES.get(it.op, ""), dead.get(at, ())) for at, it in made]

    def run(
        self,
        given: Sequence[Any],
        known: Mapping[int, Any],
        spans: Mapping[int, Span],
        count: int,
        into: Mapping[int, Any],
    ) -> list[Column]:
        """The columns of the outputs; `into` has the arrays in which steps of `made` are to stand."""
        np = self.np
        values: dict[int, Any] = {**self.numbers, **{at: given[i] for at, i in self.given.items()}, **known}
        bad: dict[int, Any] = {}  # where a step has no value
        free: list[Any] = []
        for at, of, plain, rule, dead in self.plan:
            args = [values[i] for i in of]
            out = into[at] if at in into else free.pop() if free else np.empty(count, np.int64)
            if plain is not None:
                values[at] = plain(*args, out=out)
            else:
                values[at], wrong = getattr(self, rule)(args, [spans[i] for i in of], out)
                if wrong is not None:
                    bad[at] = np.broadcast_to(wrong, (count,))
            if bad:
                wrongs = [bad[i] for i in (at, *of) if i in bad]
                if wrongs:
                    bad[at] = np.logical_or.reduce(wrongs)
            for i in dead:
                free.append(values.pop(i))
        return [self._output(values, bad, spans, it, count) for it in self.outputs]

    def _output(
        self, values: Mapping[int, Any], bad: Mapping[int, Any], spans: Mapping[int, Span], it: Ratio, count: int
    ) -> Column:
        np = self.np
        num = values[it.num]
        if not isinstance(num, np.ndarray):
            num = np.full(count, num, np.int64)
        wrong = [bad[at] for at in it if at in bad]
        den = None
        if spans[it.den] != (1, 1):
            den = np.broadcast_to(np.asarray(values[it.den], np.int64), (count,))
            if spans[it.den][0] <= 0:
                wrong.append(den == 0)
                num = np.where(den < 0, -num, num)
                den = np.where(den == 0, 1, np.abs(den))
        valid = None
        if wrong:
            valid = ~np.logical_or.reduce(wrong)
            valid = None if valid.all() else valid
        return Column(num, None, valid) if den is None else divided(np, num, den, valid)

    # Operations that have no value everywhere, or no ufunc of their own: the value, and where there is none.

    def divided(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        np = self.np
        a, b = args
        if of[1][0] == of[1][1] > 0 and of[1][0].bit_count() == 1:
            return np.right_shift(a, of[1][0].bit_length() - 1, out=out), None
        b, wrong = self._divisor(b, of[1])
        return np.floor_divide(a, b, out=out), wrong

    def remainder(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        b, wrong = self._divisor(args[1], of[1])
        return self.np.remainder(args[0], b, out=out), wrong

    def exactly(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        np = self.np
        b, wrong = self._divisor(args[1], of[1])
        value = np.floor_divide(args[0], b, out=out)
        rest = value * b != args[0]
        return value, rest if wrong is None else rest | wrong

    def nonzero(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        return self.np.positive(args[0], out=out), self._divisor(args[0], of[0])[1]

    def _divisor(self, b: Any, of: Span) -> tuple[Any, Any]:
        if of[0] > 0 or of[1] < 0:
            return b, None
        return self.np.where(b == 0, 1, b), b == 0

    def less(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        return self.np.less(*args, out=out, casting="unsafe"), None

    def raised(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        np = self.np
        base, exponent = args
        wrong = None
        if of[1][0] < 0:
            wrong = exponent < 0
            exponent = np.maximum(exponent, 0)
        if of[0] == (2, 2):
            return np.left_shift(1, exponent, out=out), wrong
        return np.power(base, exponent, out=out), wrong

    def logarithm(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        """As floating point has it; there 2^60 - 1 is 2^60, so that the number itself is asked, too."""
        np = self.np
        a = np.maximum(args[0], 1)
        near = np.frexp(a.astype(np.float64))[1].astype(np.int64) - 1
        return np.subtract(near, (a >> near) == 0, out=out), None if of[0][0] > 0 else args[0] <= 0

    def root(self, args: list[Any], of: list[Span], out: Any) -> tuple[Any, Any]:
        """As floating point has it, and one more or less where that is beside it."""
        np = self.np
        a = np.maximum(args[0], 0)
        near = np.sqrt(a.astype(np.float64)).astype(np.int64)
        near = near - (near * near > a)
        return np.add(near, (near + 1) * (near + 1) <= a, out=out), None if of[0][0] >= 0 else args[0] < 0


_ASKED = ("asked", "numerator", "denominator")  # known from elsewhere
_RULES = {
    "//": "divided",
    "%": "remainder",
    "exact": "exactly",
    "nonzero": "nonzero",
    "<": "less",
    "power": "raised",
    "log2": "logarithm",
    "sqrt": "root",
}
