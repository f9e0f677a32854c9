"""What tools add for one operation: rules from which the tables of tools.py are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..algebra.poly import Size, product, total
from ..algebra.powers import quotient
from ..algebra.rounding import floor
from ..layers.facts import BIAS, Weight
from ..measures.quantities import each
from ..measures.traced import Op

Rule = Callable[[Op], Size]


class Extra(NamedTuple):
    """What a tool counts beside our quantity, or leaves out: for each run of an operation, or each set of weights."""

    why: str
    rule: Rule
    per: str = "times"


def on(kinds: str, rule: Rule) -> Rule:
    """A rule for layers of these kinds only."""
    among = frozenset(kinds.split())
    return lambda op: rule(op) if op.kind in among else 0


def without(rule: Rule) -> Rule:
    """What a rule counts, left out."""
    return lambda op: -rule(op)


def also(*rules: Rule) -> Rule:
    return lambda op: total(rule(op) for rule in rules)


def times(n: int, rule: Rule) -> Rule:
    return lambda op: n * rule(op)


def macs(op: Op) -> Size:
    return each(op, "macs")


def params(op: Op) -> Size:
    return each(op, "params")


def elements(sizes: Iterable[Any]) -> Size:
    """How many elements a tensor of these sizes has."""
    found: Size = product(sizes)
    return found


def came(op: Op) -> Size:
    """Elements that come in."""
    return elements(op.inputs[0].shape)


def given(op: Op) -> Size:
    """Elements that go out."""
    return elements(op.facts.shape)


def scaled(plain: int, affine: int) -> Rule:
    """So many for each element that comes in: a norm without, and with a learned scale."""
    return lambda op: came(op) * (affine if any(w.name == "scale" for w in op.facts.weights) else plain)


def in_plane(rule: Rule) -> Rule:
    """A rule for images (H, W, C) only: operators whose names end in 2d."""
    return lambda op: rule(op) if len(op.inputs[0].shape) == 3 else 0


def biased(op: Op) -> Size:
    """One addition for each element that goes out, where the layer has a bias."""
    return given(op) if any(w.role == BIAS for w in op.facts.weights) else 0


def bias_size(op: Op) -> Size:
    return each(op, "biases")


def biases_used(op: Op) -> Size:
    """Every bias as often as the kernel beside it: q.bias as q.kernel."""
    uses = {w.name.removesuffix("kernel"): w.uses for w in op.facts.weights if w.name.endswith("kernel")}
    return total(elements(w.shape) * uses[w.name.removesuffix("bias")] for w in op.facts.weights if w.role == BIAS)


def scores_and_mix(op: Op) -> Size:
    """Attention's products that have no weights."""
    return total(work.macs for work in op.facts.work)


def softmaxed(op: Op) -> Size:
    """The elements of attention's scores, heads·T·S."""
    return total(work.gives for work in op.facts.work if work.name == "scores")


def scaled_queries(op: Op) -> Size:
    """The elements of attention's queries, T·d."""
    return total(w.uses * w.shape[0] for w in op.facts.weights if w.name == "q.kernel")


def added_in_module(op: Op) -> Size:
    """The biases of nn.MultiheadAttention as ptflops counts them: that of the last projection is there always."""
    last = total(w.uses * w.shape[1] for w in op.facts.weights if w.name == "o.kernel")
    there = any(w.name == "o.bias" for w in op.facts.weights)
    return biases_used(op) + (0 if there else last)


def by_gates(one: int, three: int, four: int) -> Rule:
    """So many for each unit and step of an rnn, a gru, an lstm."""
    each_unit = {1: one, 3: three, 4: four}

    def rule(op: Op) -> Size:
        cells = [w for w in op.facts.weights if w.name.endswith("recurrent")]
        return total(w.uses * w.shape[0] * each_unit[_gates(w)] for w in cells)

    return rule


def _gates(recurrent: Weight) -> int:
    """How many gates a kernel (u, gates·u) has."""
    units, wide = recurrent.shape
    return next(gates for gates in (1, 3, 4) if wide == gates * units)


def is_lstm(op: Op) -> bool:
    return any(w.name.endswith("recurrent") and _gates(w) == 4 for w in op.facts.weights)


def kernel_at_output(op: Op) -> Size:
    """A transposed convolution's kernel at every place that goes out, where it is used at those that come in."""
    return elements([*op.facts.weights[0].shape, *op.facts.shape[:-1]]) - macs(op)


def groups_again(op: Op) -> Size:
    """What is missing where the filters of a group, f/g, are divided by g once more and rounded down."""
    *window, filters, channels = op.facts.weights[0].shape
    kept = floor(quotient(filters * filters, op.facts.shape[-1]))
    return elements([*window, channels, op.facts.weights[0].uses, kept - filters])


def bias_as_conv(op: Op) -> Size:
    """A transposed convolution's bias at the places of a plain one, ⌊(n + 2p − d(k−1) − 1)/s⌋ + 1, for f/g filters.

    2p − d(k−1) − 1 is (n − 1)·s minus the places that go out, if no output_pad is added."""
    strides = [quotient(1, window.stride) for window in op.facts.windows or ()]
    axes = zip(op.inputs[0].shape[:-1], op.facts.shape[:-1], strides, strict=False)
    at = [floor(n + (n - 1) * s - out, s) + 1 for n, out, s in axes]
    return elements([op.facts.weights[0].shape[-2], *at]) if bias_size(op) != 0 else 0


def tied(op: Op) -> Size:
    """The table of an output layer that it shares with an embedding."""
    return elements(op.facts.weights[0].shape)


def doubled(extra: Extra) -> Extra:
    """The same for a count of two for each multiply–accumulate."""
    return extra._replace(rule=times(2, extra.rule))
