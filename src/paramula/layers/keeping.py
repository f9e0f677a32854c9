"""What layers keep of their own for the backward pass, in bytes for the whole batch. Knows no operation and no network.

The rules are those of PyTorch's autograd (tests/truth/memory.json has what was measured).
"""

from __future__ import annotations

from collections.abc import Callable

from ..algebra.poly import Size, product, total
from ..algebra.powers import quotient
from .facts import Facts, Keeps, Widths

FP32, INDEX, MASK = 4, 8, 1  # bytes of statistics, of int64 indices, of a mask


def statistics(per: Callable[[Facts], Size], numbers: int = 2) -> Keeps:
    """The inputs, and a mean and a deviation in fp32, as many as the rule says for each example."""
    return Keeps(inputs=True, own=lambda facts, w: numbers * FP32 * w.batch * per(facts))


def rows(facts: Facts) -> Size:
    """How often a norm is taken: at every place, or once for all `axes` that its scale has."""
    axes = max((len(weight.shape) for weight in facts.weights), default=1)
    size: Size = product(facts.shape[:-axes])
    return size


def groups(facts: Facts) -> Size:
    """How many groups a norm has: what must divide the channels."""
    return facts.needs[0].b


def instances(facts: Facts, w: Widths) -> Size:
    """A mean and a deviation for each channel of each example; with a scale, that is repeated for each, too."""
    channels: Size = facts.shape[-1]
    return (3 if facts.weights else 2) * FP32 * w.batch * channels


def channels(facts: Facts, w: Widths) -> Size:
    """A mean and a deviation for each channel, of the whole batch."""
    wide: Size = facts.shape[-1]
    return 2 * FP32 * wide


def indices(facts: Facts, w: Widths) -> Size:
    """Which number of each window was the greatest."""
    numbers: Size = product(facts.shape)
    return INDEX * w.batch * numbers


def mask(facts: Facts, w: Widths) -> Size:
    """Which numbers are dropped."""
    numbers: Size = product(facts.shape)
    return MASK * w.batch * numbers


def branches(facts: Facts, w: Widths) -> Size:
    """Which examples are dropped."""
    return w.bytes * w.batch


def between(facts: Facts, w: Widths) -> Size:
    """What the first of two kernels gives to the second."""
    given: Size = facts.weights[0].gives
    return w.batch * w.bytes * given


def projected(facts: Facts) -> dict[str, Size]:
    """What attention's parts give out, by name: q, k, v, o and scores, mix."""
    weights = {w.name.removesuffix(".kernel"): w.gives for w in facts.weights if w.uses != 0}
    return weights | {work.name: work.gives for work in facts.work}


def attended(facts: Facts, w: Widths) -> Size:
    """q, k, v and their mix; with them the softmax's sums in fp32, or the softmax itself where it is written out."""
    of = projected(facts)
    sources = next(weight.uses for weight in facts.weights if weight.name == "k.kernel")
    softmax = w.bytes * of["scores"] if w.attention == "written" else FP32 * quotient(of["scores"], sources)
    return w.batch * (w.bytes * total(of[name] for name in ("q", "k", "v", "mix")) + softmax)


def steps(facts: Facts, w: Widths) -> Size:
    """Of every step an rnn keeps its state, and the first one; a gru and an lstm their gates and what these are made
    of, 7 numbers for each unit (ATen, CPU; oneDNN and cuDNN keep work spaces of their own)."""
    cells = [weight for weight in facts.weights if weight.name.endswith("recurrent")]
    each: Size = total(c.shape[0] * (c.uses + 1 if c.shape[0] == c.shape[1] else 7 * c.uses) for c in cells)
    return w.batch * w.bytes * each
