"""What stays in memory for the backward pass: the tensors that autograd keeps, each once. Knows no data types.

Which of its inputs, its output and tensors of its own an operation keeps to compute gradients, its layer says. A tensor
that several operations keep, or that only looks at another one, is there once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..algebra.needs import Need, at_least, settled
from ..algebra.poly import Size, product, total
from ..algebra.substitution import replaced
from ..algebra.sums import summed
from ..errors import NetError, named
from ..layers.facts import CATALOGUE, KEPT, STATE, Facts, failed, sizes
from ..layers.facts import Widths as Widths
from ..layers.keeping import INDEX
from ..layers.keeping import projected as parts
from .traced import Nest, Op, Repeat, Tensor, Traced

# What is no layer and keeps something. Sums and concatenations keep nothing: their gradients need no numbers.
JOINS = {"mul": KEPT["inputs"], "router": KEPT["inputs"]}
FACTORS = frozenset({"mul", "moe"})  # each input is kept for the gradients of the others
LOOKS = frozenset({"crop"})  # gives out a part of what comes in, without a copy


def kept(traced: Traced, widths: Widths) -> Size:
    """The bytes that stay from the forward pass to the backward pass, parameters and buffers not among them."""
    return _run(traced, widths).bytes()


def spared(traced: Traced) -> Size:
    """The multiply–accumulates of gradients that nobody asks for: those of the network's own input."""
    return total(_run(traced, Widths()).spared)


def _run(traced: Traced, widths: Widths) -> Scope:
    scope = Scope(widths).run(traced.ops, traced.inputs)
    traced.needs += scope.asks
    return scope


def needed(op: Repeat, least: int = 1) -> list[tuple[Need, str]]:
    """What must hold for a repetition to have some copies, if that is open."""
    need = at_least(op.count, least, "the closed form needs {b} copies, not {a}")
    return [] if settled(need) else [(need, op.path)]


def projected(op: Op) -> dict[str, Size]:
    """What attention's parts give out, by name: q, k, v, o and scores, mix."""
    return parts(op.facts)


def _own(op: Op, rule: Callable[[Facts, Widths], Size], widths: Widths) -> Size:
    """What a layer keeps of its own; the rule of somebody else's may be wrong."""
    if not CATALOGUE[op.kind].foreign:
        return rule(op.facts, widths)
    try:
        size = rule(op.facts, widths)
    except NetError:
        raise
    except Exception as error:
        raise failed(op.kind, f"what it keeps cannot be told: {type(error).__name__}: {error}") from None
    if not sizes((size,)):
        raise failed(op.kind, f"what it keeps is a number of bytes, not {named(size)}")
    return size


def _at_input(op: Op) -> Size:
    """The multiply–accumulates of an operation's kernels that meet what comes in."""
    behind = ("recurrent", "pointwise", "o.kernel")
    return total(product(w.shape) * w.uses for w in op.facts.weights if w.uses != 0 and not w.name.endswith(behind))


class Scope:
    """Operations that run one after another, and which tensors are kept of them."""

    def __init__(self, widths: Widths, around: Scope | None = None) -> None:
        self.widths = widths
        self.looks: dict[Tensor, Tensor] = around.looks if around else {}  # views, and the tensor that they look at
        self.learning: set[Tensor] = around.learning if around else set()  # through which gradients flow
        self.size: dict[Tensor, Size] = around.size if around else {}  # in bytes, for the batch
        self.made: set[Tensor] = set()
        self.kept: dict[Tensor, None] = {}
        self.beside: list[Size] = []
        self.spared: list[Size] = []
        self.asks: list[tuple[Need, str]] = around.asks if around else []
        self.linked: dict[Tensor, Repeat] = {}  # what a repetition gives out, where it keeps what lies between copies

    def of(self, tensor: Tensor) -> Tensor:
        """The tensor whose memory a tensor looks at."""
        while tensor in self.looks:
            tensor = self.looks[tensor]
        return tensor

    def comes(self, tensor: Tensor, size: Size | None = None) -> None:
        self.size[tensor] = self.widths.batch * self.widths.bytes * product(tensor.shape) if size is None else size

    def run(self, ops: Iterable[Op], inputs: Iterable[Tensor] = ()) -> Scope:
        for tensor in inputs:
            self.comes(tensor)
        for op in ops:
            came = [self.of(tensor) for tensor in op.inputs]
            flows = any(tensor in self.learning for tensor in came)
            if isinstance(op, Nest):
                self._nested(op, came[0], flows)
            elif isinstance(op, Repeat):
                self._repeated(op, came[0], flows)
            elif op.facts.view or op.kind in LOOKS:
                self.looks[op.out] = came[0]
            else:
                self._one(op, came, flows)
        return self

    def _one(self, op: Op, came: list[Tensor], flows: bool) -> None:
        self.made.add(op.out)
        self.comes(op.out, self.widths.batch * self.widths.bytes * product(op.facts.shape) * op.times)
        if not flows and not any(weight.role != STATE for weight in op.facts.weights):
            self.learning.discard(op.out)
            return  # no gradient asks for anything
        self.learning.add(op.out)
        if not flows:
            self.spared.append(_at_input(op) * op.times)
        layer = CATALOGUE.get(op.kind)
        keeps = layer.keeps if layer is not None else JOINS.get(op.kind, KEPT["nothing"])
        if op.kind == "embed":  # the ids of its tokens
            self.comes(came[0], INDEX * self.widths.batch * product(op.inputs[0].shape))
        inputs = came if keeps.inputs else []
        if op.kind in FACTORS:
            others = [came[:n] + came[n + 1 :] for n in range(len(came))]
            inputs = [x for x, rest in zip(came, others, strict=True) if self.learning.intersection(rest)]
        for tensor in [*inputs, *([op.out] if keeps.output else ())]:
            self.kept[tensor] = None
        own = 0 if keeps.own is None else _own(op, keeps.own, self.widths)
        if own != 0:
            self.beside.append(own * op.times)

    def bytes(self, without: Iterable[Tensor] = ()) -> Size:
        """The bytes of all that is kept; the tensors `without` are counted by whoever knows what else they are."""
        kept = [tensor for tensor in self.kept if tensor not in without]
        parts = [self.size[tensor] for tensor in kept if tensor not in self.linked]
        for out, op in self.linked.items():
            last = op.high if out in kept else op.high - 1
            parts.append(op.times * summed(self.size[self.of(op.exit)], op.index, op.low, last))
        return total([*parts, *self.beside])

    def _body(self, ops: Iterable[Op], entries: list[Tensor], flows: bool = True) -> Scope:
        """The operations of one copy. What they keep from outside is kept there."""
        body = Scope(self.widths, self)
        for entry in entries:
            body.comes(entry)
            self.learning.add(entry)
        if not flows:
            self.learning.discard(entries[0])
        body.run(ops)
        for tensor in body.kept:
            if tensor not in body.made and tensor not in entries:
                self.kept[tensor] = None
        body.kept = {tensor: None for tensor in body.kept if tensor in body.made or tensor in entries}
        return body

    def _repeated(self, op: Repeat, came: Tensor, flows: bool) -> None:
        body = self._copies(op, came, flows, [op.entry], op.exit)
        ends = self.of(op.entry), self.of(op.exit)
        if ends[0] is ends[1]:  # views of what comes in
            self.looks[op.out] = came
            return
        self.beside.append(op.times * summed(body.bytes(ends), op.index, op.low, op.high))
        if ends[0] in body.kept or ends[1] in body.kept:
            self.linked[op.out] = op

    def _copies(self, op: Repeat, came: Tensor, flows: bool, entries: list[Tensor], on: Tensor) -> Scope:
        """What each copy keeps, where `on` leads from a copy to the next one; and what the first keeps less, where no
        gradient flows through what comes in. A copy's own numbers are those of one run."""
        self.asks += needed(op)
        self.made.add(op.out)
        self.comes(op.out)
        self.size[op.out] *= op.times
        first = body = self._body(op.body, entries, flows)
        ends = {self.of(tensor) for tensor in (*entries, op.exit, on)}
        if not flows and self.of(on) in self.learning:
            body = self._body(op.body, entries)
            self.beside.append(op.times * replaced(first.bytes(ends) - body.bytes(ends), {op.index.name: op.low}))
            self.spared += [op.times * replaced(size, {op.index.name: op.low}) for size in first.spared]
        else:
            self.spared += [op.times * summed(size, op.index, op.low, op.high) for size in body.spared]
        if self.of(op.entry) in first.kept:
            self.kept[came] = None
        if self.of(op.exit) in body.kept:
            self.kept[op.out] = None
        if self.of(op.exit) in self.learning:
            self.learning.add(op.out)
        return body

    def _nested(self, op: Nest, came: Tensor, flows: bool) -> None:
        """Levels around a base: what enters a hole is what enters the next level, and so on the way out."""
        body = self._copies(op, came, flows, [op.entry, op.hole_out], op.hole_in)
        base = self._body(op.base, [op.base_entry], self.of(op.hole_in) in self.learning)
        self.spared += base.spared
        entry, exit_, into, back = (self.of(t) for t in (op.entry, op.exit, op.hole_in, op.hole_out))
        parts = [summed(body.bytes((entry, exit_, into, back)), op.index, op.low, op.high)]
        first, last = self.of(op.base_entry), self.of(op.base_exit)
        self.beside.append(base.bytes((first, last)))
        between = self.size[into] if entry in body.kept or into in body.kept else 0
        around = self.size[back] if exit_ in body.kept or back in body.kept else 0
        parts.append(summed(total([between, around]), op.index, op.low, op.high - 1))
        if first in base.kept or into in body.kept:
            parts.append(self.size[first])
        if (last in base.kept or back in body.kept) and last is not first:
            self.beside.append(self.size[last])
        self.beside.append(op.times * total(parts))
