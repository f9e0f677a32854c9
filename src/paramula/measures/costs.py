"""What training and serving cost: bytes and operations of a traced network under a setup. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..algebra.poly import Size, product, total
from ..algebra.powers import quotient
from ..errors import NetError
from ..layers.facts import BIAS, STATE, Weight
from . import quantities
from .kept import LOOKS, Widths, kept, projected, spared
from .live import peak
from .segments import checkpointed, folded, nothing_to_divide
from .setup import OPTIMIZERS, Setup, in_bytes
from .traced import Op, Repeat, Traced, every


def size(shape: Iterable[Size]) -> Size:
    """How many elements a tensor has."""
    elements: Size = product(shape)
    return elements


class Part(NamedTuple):
    """A part of a cost, with what it is."""

    name: str
    size: Size
    what: str


def memory(traced: Traced, made: Setup) -> list[Part]:
    """The bytes that training holds, by what they are for."""
    params, state = quantities.additive(traced, "params"), quantities.additive(traced, "state")
    parts = [
        Part("parameters", in_bytes(params, made.dtype), f"params in {made.dtype}"),
        Part("buffers", in_bytes(state, made.dtype), f"state in {made.dtype}"),
        Part("copy", in_bytes(params, made.master) if made.master else 0, f"of the parameters in {made.master}"),
        Part("gradients", in_bytes(params, made.grads), f"one for each parameter in {made.grads}"),
        Part("optimizer", in_bytes(optimizer_state(traced, made.optimizer), made.states),
             f"what {made.optimizer} keeps in {made.states}, without step counters"),
        Part("activations", activations(traced, made),
             f"kept for the backward pass in {made.activations}: each tensor that autograd keeps, once"),
    ]  # fmt: skip
    return [part for part in parts if part.size != 0]


def optimizer_state(traced: Traced, optimizer: str) -> Size:
    """How many numbers an optimizer keeps."""
    each = OPTIMIZERS[optimizer]
    if each is not None:
        return each * quantities.additive(traced, "params")
    return quantities.folded(traced, "copies", lambda op: total(_factored(op, w) for w in op.facts.weights))


def _factored(op: Op, weight: Weight) -> Size:
    """Adafactor keeps a number for each row and each column of the last two axes, as PyTorch orders them: a window's
    axes are the last ones there (Shazeer & Stern 2018; torch.optim.Adafactor)."""
    if weight.role == STATE:
        return 0
    shape = weight.shape
    if len(shape) < 2 or weight.role == BIAS:
        return size(shape)
    if len(shape) > 2 and op.kind not in ("param", "ln", "pos"):
        *window, before, filters = shape
        shape = (filters, before, *window)
    *rest, rows, columns = shape
    return size([*rest, rows]) + size([*rest, columns])


def widths(made: Setup) -> Widths:
    """What an activation costs under a setup."""
    return Widths(in_bytes(1, made.activations), made.batch, made.attention)


def activations(traced: Traced, made: Setup) -> Size:
    """The bytes that stay from the forward to the backward pass."""
    if made.checkpoint is not None:
        return checkpointed(traced, widths(made)).bytes(made.checkpoint)
    return kept(traced, widths(made))


def inference_memory(traced: Traced, made: Setup) -> list[Part]:
    """The bytes that a forward pass alone needs: parameters, and the most that is alive at once."""
    alive = peak(traced, made.attention) * made.batch * in_bytes(1, made.activations)
    held = [
        Part("parameters", in_bytes(quantities.additive(traced, "params"), made.dtype), f"params in {made.dtype}"),
        Part("buffers", in_bytes(quantities.additive(traced, "state"), made.dtype), f"state in {made.dtype}"),
        Part("activations", alive, f"alive at the worst moment in {made.activations}"),
    ]
    return [part for part in held if part.size != 0]


def kv_cache(traced: Traced, made: Setup) -> Size:
    """The bytes of the keys and values that stay from one token to the next, for every place that is looked at.

    Raises NetError where nothing can be told to stay: without an attention layer, and where all look at all places."""
    attention = [op.facts.cached for op in every(traced.ops) if op.kind == "attention"]
    if not attention:
        hint = "attention that is written by hand cannot be counted: write attention(heads, causal)"
        raise NetError("no attention layer was found, so that there are no keys and values to count", hint=hint)
    if not any(attention):
        raise NetError(
            "no attention here is causal or looks over another network, so that no keys and values are cached",
            hint="each place looks at all others at once; a decoder says otherwise: attention(heads, causal)",
        )

    def cached(op: Op) -> Size:
        of = projected(op) if op.facts.cached else {}
        return total(of[name] for name in ("k", "v") if name in of)

    return in_bytes(made.batch * quantities.folded(traced, "times", cached), made.dtype)


def inference_flops(traced: Traced, made: Setup) -> Size:
    """The operations of a forward pass of the batch."""
    return made.batch * quantities.additive(traced, "flops")


def bytes_moved(traced: Traced, made: Setup) -> Size:
    """The bytes that a forward pass reads and writes where every layer reads its inputs and parameters and writes what
    it gives out; attention's projections, too, and its scores where it is written out."""
    moved = made.batch * quantities.folded(traced, "times", lambda op: _moved(op, made.attention))
    read = quantities.folded(traced, "times", _read)
    return in_bytes(moved, made.activations) + in_bytes(read, made.dtype)


def _read(op: Op) -> Size:
    """The parameters that an operation reads each time; of a table only rows, which are counted as elements."""
    return total(size(w.shape) for w in op.facts.weights) if op.kind != "embed" else 0


def _moved(op: Op, attention: str) -> Size:
    """The elements that an operation reads and writes for one example."""
    if op.facts.view or op.kind in LOOKS:
        return 0
    came = op.inputs if op.kind != "embed" else (op.out,)  # the rows of its table
    parts = [size(tensor.shape) for tensor in (*came, op.out)]
    if op.kind == "attention":
        of = projected(op)
        parts += [2 * of[name] for name in ("q", "k", "v", "mix")]
        parts += [4 * of["scores"]] if attention == "written" else []
    if op.kind == "sepconv":
        parts.append(2 * op.facts.weights[0].gives)
    return total(parts)


def intensity(traced: Traced, made: Setup) -> Size:
    """The operations for each byte that is moved (Williams et al. 2009)."""
    moved = bytes_moved(traced, made)
    if moved == 0:
        raise NetError("this network moves nothing, so that there are no operations for each byte")
    return quotient(inference_flops(traced, made), moved)


def training_flops(traced: Traced, made: Setup) -> Size:
    """The operations of a forward and a backward pass of the batch: each product again for its weights' gradients and
    again for its inputs', but for the network's own input; with checkpoints the copies a second time."""
    products = 3 * quantities.additive(traced, "macs") - spared(traced)
    if made.checkpoint is not None:
        again = [op for op in folded(traced) if isinstance(op, Repeat)]
        if not again:
            raise nothing_to_divide()
        products = products + quantities.summed(again, "macs")
    return 2 * made.batch * products


def whole(parts: list[Part]) -> Size:
    return total(part.size for part in parts)


class Cost(NamedTuple):
    """A number that a network costs under a setup: the options it takes, what it counts, the rule and its parts."""

    options: tuple[str, ...]
    convention: str
    rule: Callable[[Traced, Setup], Size]
    parts: Callable[[Traced, Setup], list[Part]] | None = None


SERVED = ("batch", "dtype", "activations", "attention")
ROOFLINE = (*SERVED, "peak", "bandwidth")
KEPT = ("batch", "activations", "dtype", "attention", "checkpoint")
COSTS = {
    "memory": Cost(
        ("batch", "dtype", "optimizer", "grads", "states", "master", "activations", "attention", "checkpoint"),
        "bytes held while training: parameters, gradients, optimizer, and activations kept for the backward pass",
        lambda traced, made: whole(memory(traced, made)), memory,
    ),
    "activation_memory": Cost(
        KEPT, "bytes kept for the backward pass: each tensor that autograd keeps, once", activations
    ),
    "inference_memory": Cost(
        SERVED,
        "bytes of the parameters, and of the tensors alive at the worst moment of a forward pass",
        lambda traced, made: whole(inference_memory(traced, made)), inference_memory,
    ),
    "kv_cache": Cost(
        ("batch", "dtype"), "bytes of the keys and values of causal attention and of what looks over another network",
        kv_cache,
    ),
    "inference_flops": Cost(("batch",), "operations of a forward pass: flops for each example", inference_flops),
    "training_flops": Cost(
        ("batch", "checkpoint"),
        "operations of a forward and a backward pass: three times flops, less the gradient of the network's own input",
        training_flops,
    ),
    "bytes_moved": Cost(
        SERVED,
        "bytes of a forward pass in which every layer reads its inputs and parameters and writes what it gives out",
        bytes_moved,
    ),
    "intensity": Cost(
        SERVED, "operations of a forward pass for each byte moved", intensity
    ),
}  # fmt: skip
