"""The most that is in memory at one time while a network is run without gradients: liveness, operation by operation.

An operation needs what comes in, what it gives out and what it computes in between at once; a tensor is given up after
its last use, so a join keeps its partner alive. What only looks at a tensor takes no memory of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..algebra.functions import maximum
from ..algebra.known import nonnegative
from ..algebra.needs import Need
from ..algebra.poly import Size, atom, product, total
from ..algebra.powers import quotient
from ..algebra.substitution import replaced, symbols
from ..algebra.sums import summed
from ..errors import NetError
from .kept import LOOKS, needed, projected
from .traced import Nest, Op, Repeat, Tensor, Traced, reads


class _Passage(NamedTuple):
    """A list of operations run through: what was in memory at each moment, and what is left at the end."""

    moments: list[Size]
    left: dict[Tensor, Size]


def peak(traced: Traced, attention: str = "fused") -> Size:
    """The elements of one example that are in memory at once, at the worst moment; without parameters and buffers."""
    outputs = traced.out.parts or (traced.out,)
    live = {tensor: product(tensor.shape) for tensor in traced.inputs}
    run = _Run(attention)
    moments = run.passed(traced.ops, live, outputs).moments
    traced.needs += run.asks
    return _worst([total(live.values()), *moments])


def _worst(moments: Iterable[Size]) -> Size:
    worst: Size = maximum(*dict.fromkeys(moments))
    return worst


class _Run:
    """Tensors that look at others are those others, everywhere."""

    def __init__(self, attention: str) -> None:
        self.attention = attention
        self.looks: dict[Tensor, Tensor] = {}
        self.asks: list[tuple[Need, str]] = []

    def of(self, tensor: Tensor) -> Tensor:
        while tensor in self.looks:
            tensor = self.looks[tensor]
        return tensor

    def passed(self, ops: list[Op], live: dict[Tensor, Size], held: Iterable[Tensor]) -> _Passage:
        """Runs operations, with these tensors in memory before and those `held` not given up by them."""
        for op in ops:
            if not isinstance(op, Repeat) and (op.facts.view or op.kind in LOOKS):
                self.looks[op.out] = self.of(op.inputs[0])
        last = {self.of(tensor): n for n, op in enumerate(ops) for tensor in reads(op)}
        last |= {self.of(tensor): len(ops) for tensor in held}
        live = dict(live)
        moments: list[Size] = []
        for n, op in enumerate(ops):
            if op.out in self.looks:
                continue
            if isinstance(op, Repeat):
                came = self.of(op.inputs[0])
                beside = [size for tensor, size in live.items() if tensor is not came or last[came] > n]
                later = last[came] > n
                others = {self.of(tensor) for tensor in reads(op)} - {came}
                ends = any(tensor in live and last[tensor] == n for tensor in others)  # in the last copy, not before
                self.asks += needed(op, 2 if ends else 1)
                inside = self._nested(op, later) if isinstance(op, Nest) else self._repeated(op, later)
                moments += [total([*beside, size]) for size in inside]
                size: Size = product(op.out.shape) * op.times
            else:
                size = product(op.out.shape) * op.times
                ending = {self.of(tensor) for tensor in op.inputs if last[self.of(tensor)] == n}
                beside = [kept for tensor, kept in live.items() if tensor not in ending]
                for takes, inner in self._inside(op):
                    moments.append(total([*(live.values() if takes else beside), inner * op.times]))
            if last.get(op.out, -1) > n:
                live[op.out] = size
            for tensor in [tensor for tensor in live if last.get(tensor, -1) <= n]:
                del live[tensor]
        return _Passage(moments, live)

    def _inside(self, op: Op) -> list[tuple[bool, Size]]:
        """What an operation has in memory from moment to moment, and whether what comes in is needed there, too."""
        out: Size = product(op.out.shape)
        if op.kind == "sepconv":
            between = op.facts.weights[0].gives
            return [(True, between), (False, between + out)]
        if op.kind != "attention":
            return [(True, out)]
        of = projected(op)
        together = total(of[name] for name in ("q", "k", "v"))
        mixed = [(False, together + of["mix"])]
        if self.attention == "written":
            scores = of["scores"]
            mixed = [(False, size) for size in (together + scores, of["v"] + 2 * scores, of["v"] + scores + of["mix"])]
        return [(True, together), *mixed, (False, of["mix"] + out)]

    def _repeated(self, op: Repeat, held: bool) -> list[Size]:
        """The moments of all copies, each where it is worst. What is `held` outside is not counted twice; what enters
        an expert is there once, however many of its copies run."""
        size: Size = product(op.entry.shape)
        moments = self.passed(op.body, {op.entry: size}, [op.exit]).moments
        if not held and op.times == 1:
            return [_over(op, moment, op.low) for moment in moments]
        if not nonnegative(op.count - 2):
            what = "around which its input is kept" if held else "in an expert"
            message = f"a peak inside a repetition {what} is stated for two copies or more"
            raise NetError(message, hint="assume that there are two, or write the count as a number")
        start: Size = 0 if held else quotient(size, op.times)
        first = self.passed(op.body, {op.entry: start}, [op.exit]).moments
        return [*(replaced(moment, {op.index.name: op.low}) * op.times for moment in first),
                *(_over(op, moment, op.low + 1) * op.times for moment in moments)]  # fmt: skip

    def _nested(self, op: Nest, held: bool) -> list[Size]:
        """Level after level on the way in, the base, and level after level on the way out."""
        if op.times != 1:
            raise NetError("a peak inside the levels of an expert is not stated", hint="write the count as a number")
        at = next((n + 1 for n, inner in enumerate(op.body) if inner.out is op.hole_in), 0)
        after = [self.of(tensor) for inner in op.body[at:] for tensor in reads(inner)]
        start: dict[Tensor, Size] = {} if held else {op.entry: product(op.entry.shape)}
        into = self.passed(op.body[:at], start, [op.hole_in, *after])
        waiting = {tensor: size for tensor, size in into.left.items() if tensor in after}
        back = self.passed(op.body[at:], {**waiting, op.hole_out: product(op.hole_out.shape)}, [op.exit])
        own = total(waiting.values())
        before = summed(own, op.index, op.low, atom(op.index) - 1)  # what waits in the levels around
        base = self.passed(op.base, {op.base_entry: product(op.base_entry.shape)}, [op.base_exit])
        around = summed(own, op.index, op.low, op.high)
        moments = [_over(op, before + moment, op.low) for moment in (*into.moments, *back.moments)]
        return [*moments, *(around + moment for moment in base.moments)]


def _over(op: Repeat, moment: Size, low: Size) -> Size:
    """A size at the copy, from `low` on, where it is greatest: the first or the last one."""
    if op.index not in symbols(moment):
        return moment
    more = replaced(moment, {op.index.name: atom(op.index) + 1}) - moment
    if nonnegative(-more):
        return replaced(moment, {op.index.name: low})
    if nonnegative(more):
        return replaced(moment, {op.index.name: op.high})
    raise NetError(
        "at which copy of a repetition the most memory is in use is not known", hint="write the count as a number"
    )
