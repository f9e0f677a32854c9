"""Copies that stand one behind the other as one repetition again, and what checkpointing keeps of them.

A written count makes as many operations as there are copies. Where these are equal they are folded into one record, so
that what holds for a symbolic repetition holds for a written one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..algebra.functions import maximum, minimum
from ..algebra.poly import Size, Sym, total
from ..algebra.rounding import ceiling
from ..algebra.substitution import symbols
from ..errors import NetError
from .kept import Scope, Widths, needed
from .traced import Nest, Op, Repeat, Row, Tensor, Traced


def folded(traced: Traced) -> list[Op]:
    """The operations in the order in which they run, equal copies of each outermost written repetition as one."""
    order = {op: n for n, op in enumerate(traced.ops)}
    ops = dict(enumerate(traced.ops))
    at = 0
    while at < len(traced.rows):
        row = traced.rows[at]
        at += 1
        copies = _copies(traced.rows, row, order) if row.kind in ("repeat", "list") else []
        repeat = _repeat(row, copies) if len(copies) > 1 or len(row.parts) == 1 == len(copies) else None
        if repeat is not None:
            for n in sorted(order[op] for copy in copies for op in copy)[1:]:
                del ops[n]
            ops[order[copies[0][0]]] = repeat
            at = row.end
    return list(ops.values())


def _copies(rows: list[Row], row: Row, order: dict[Op, int]) -> list[list[Op]]:
    """The operations of each of the last copies of a repetition that are equal."""
    begins = [begin for begin, _ in row.parts]
    if not begins:
        return []
    copies = [
        sorted((op for inner in rows[a:b] for op in inner.ops if op in order), key=order.__getitem__)
        for a, b in zip(begins, [*begins[1:], row.end], strict=True)
    ]
    alike = [_alike(copy) for copy in copies]
    first = len(copies)
    while first and copies[first - 1] and alike[first - 1] == alike[-1]:
        first -= 1
    return copies[first:]


def _alike(copy: list[Op]) -> list[Any]:
    """What two copies have in common that are the same layers on the same sizes."""
    return [
        (op.kind, op.facts.shape, [w.shape for w in op.facts.weights], [need[:3] for need in op.facts.needs], op.times)
        for op in copy
    ]


def _repeat(row: Row, copies: list[list[Op]]) -> Repeat | None:
    """Copies that are a chain, as one record; None where more than one tensor leads from a copy to the next."""
    enters: list[dict[Tensor, None]] = []
    for copy in copies:
        made = {op.out for op in copy}
        enters.append(dict.fromkeys(tensor for op in copy for tensor in op.inputs if tensor not in made))
    around = set(enters[0]).intersection(*enters[1:]) if enters[1:] else set()  # what all copies take from outside
    entries = [tensor for came in enters for tensor in came if tensor not in around]
    if len(entries) != len(copies):
        return None
    inside = {tensor for op in copies[0] for tensor in op.inputs}
    ends = [op.out for op in copies[0] if op.out not in inside] if len(copies) == 1 else entries[1:2]
    leaves = [n for n, op in enumerate(copies[0]) if [op.out] == ends]
    chain = zip(copies, entries[1:], strict=False)
    if not leaves or any(copy[leaves[0]].out is not entry for copy, entry in chain):
        return None
    last = copies[-1][leaves[0]].out
    repeat = Repeat(row.path, entries[0], last.shape, Sym("\u00b7i", 0), 0, len(copies) - 1)
    at = min(1, len(copies) - 1)  # the first copy may stand on the network's own input
    repeat.body, repeat.entry, repeat.exit, repeat.out = copies[at], entries[at], copies[at][leaves[0]].out, last
    return repeat


class Chain(NamedTuple):
    """Copies that checkpointing divides: how many, the bytes of what enters one, of all else that one keeps, and how
    much of that lies between it and the next one."""

    copies: Size
    enters: Size
    inside: Size
    between: Size


class Checkpointed(NamedTuple):
    """What is kept beside the copies, and the chains of copies."""

    outside: Size
    chains: list[Chain]

    def bytes(self, segments: Size) -> Size:
        """What enters each segment, and one segment that is computed again: the one that keeps most. What its last copy
        gives out enters the next one."""
        enters, again = [], []
        for chain in self.chains:
            enters.append(minimum(segments, chain.copies) * chain.enters)
            again.append(ceiling(chain.copies, segments) * chain.inside - chain.between)
        return total([self.outside, *enters, maximum(*again)])


def nothing_to_divide() -> NetError:
    return NetError("checkpoint divides the copies of a repetition, and there is none", hint="write block*12")


def checkpointed(traced: Traced, widths: Widths) -> Checkpointed:
    """What checkpointing (Chen et al. 2016) makes of a network: the outermost repetitions, and the rest.

    Raises NetError where there are no copies, or where they differ in size."""
    scope = _Checkpoints(widths)
    scope.run(folded(traced), traced.inputs)
    if not scope.chains:
        raise nothing_to_divide()
    traced.needs += scope.asks
    return Checkpointed(scope.bytes(), scope.chains)


class _Checkpoints(Scope):
    """Operations of which the outermost repetitions are computed again."""

    def __init__(self, widths: Widths) -> None:
        super().__init__(widths)
        self.chains: list[Chain] = []

    def _repeated(self, op: Repeat, came: Tensor, flows: bool) -> None:
        if op.times != 1:
            raise NetError("checkpoint divides copies that are run once, not those of an expert")
        body = self._body(op.body, [op.entry])
        entry, exit_ = self.of(op.entry), self.of(op.exit)
        self.asks += needed(op)
        self.made.add(op.out)
        self.comes(op.out)
        self.learning.add(op.out)
        between = self.size[exit_] if entry in body.kept or exit_ in body.kept else 0
        chain = Chain(op.count, self.size[entry], body.bytes((entry, exit_)) + between, between)
        if op.count != 1 and (any(op.index in symbols(size) for size in chain[1:]) or self.size[exit_] != chain.enters):
            raise NetError("checkpoint divides copies of the same sizes, and these differ from copy to copy")
        self.chains.append(chain)
        if exit_ in body.kept:
            self.kept[op.out] = None

    def _nested(self, op: Nest, came: Tensor, flows: bool) -> None:
        raise NetError("checkpoint divides copies that stand one behind the other, not levels around each other")
