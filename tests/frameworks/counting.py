"""What PyTorch and Keras count for a module: its tensors one by one, multiply–accumulates, shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from math import prod
from typing import Any, NamedTuple

import keras
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

Sizes = tuple[int, ...]
Tensors = Counter[Sizes]


class Counted(NamedTuple):
    """Sizes of the trained tensors and of those kept untrained, numbers in biases, multiply–accumulates, shapes."""

    trained: Tensors
    kept: Tensors
    biases: int
    macs: int
    shapes: list[Sizes]


def sizes(shape: Any) -> Sizes:
    """A tensor's sizes, however its axes are ordered: the frameworks order them differently, and keep axes of one."""
    return tuple(sorted(int(n) for n in shape if n != 1))


def parts(shape: Sequence[int], axis: int, number: int) -> list[Sizes]:
    """The tensors that are packed along an axis of one."""
    return [sizes((*shape[:axis], shape[axis] // number, *shape[axis + 1 :]))] * number


# -------------------------------------------------------------------------------------------------------------- PyTorch


class Products(TorchDispatchMode):
    """Multiply–accumulates by the formulas of torch.utils.flop_counter, in half the time of its FlopCounterMode."""

    flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=out)
        return out


# Tensors that hold queries, keys and values: how a parameter's name ends, and along which axis.
PACKED = {
    "in_proj_weight": 0,  # torch.nn.MultiheadAttention
    "in_proj_bias": 0,
    "attn.c_attn.weight": 1,  # GPT-2, whose matrices are transposed
    "attn.c_attn.bias": 0,
}
BIAS = re.compile(r"(in_proj_)?bias(_[ih]h_l\d+(_reverse)?)?$")
KEPT = ("running_mean", "running_var")  # and a counter num_batches_tracked, which is no number of the network


def of_torch(module: nn.Module, *inputs: Any, experts: int = 0, last: bool = False, **named: Any) -> Counted:
    """Counts a module on the meta device. `experts`: of a mixture, whose tensors hold one slice for each. `last`: what
    is given out has its channels last; else an image is expected to have them first."""
    trained: Tensors = Counter()
    biases = 0
    for name, tensor in module.named_parameters():
        cut = next((axis for end, axis in PACKED.items() if name.endswith(end)), None)
        if "experts." in name:  # (experts, 2f, d), gate and up in one, and (experts, d, f)
            each = parts(tensor.shape[1:], 0, 2) if "gate_up" in name else [sizes(tensor.shape[1:])]
            assert tensor.shape[0] == experts
            trained.update(each * experts)
        else:
            trained.update([sizes(tensor.shape)] if cut is None else parts(tensor.shape, cut, 3))
        biases += tensor.numel() if BIAS.match(name.split(".")[-1]) else 0
    kept = Counter(sizes(b.shape) for name, b in module.named_buffers() if name.endswith(KEPT))
    with torch.no_grad(), Products() as counter:
        out = module(*inputs, **named)
    assert counter.flops % 2 == 0
    return Counted(trained, kept, biases, counter.flops // 2, sorted(given_out(out, last)))


def given_out(out: Any, last: bool) -> Iterator[Sizes]:
    """The shapes of all outputs, batch left out, channels last; of transformers' records the logits, or the pooled."""
    if isinstance(out, Mapping):
        out = out["logits"] if "logits" in out else out["pooler_output"]
    if isinstance(out, torch.Tensor):
        shape = tuple(out.shape[1:])
        yield shape if last or len(shape) < 3 else (*shape[1:], shape[0])
    else:
        for part in out:
            yield from given_out(part, last)


def image(shape: Sequence[int]) -> torch.Tensor:
    return torch.empty(1, *shape, device="meta")


def tokens(n: int) -> torch.Tensor:
    return torch.zeros(1, n, dtype=torch.long, device="meta")


# ---------------------------------------------------------------------------------------------------------------- Keras


def of_keras(model: Any) -> Counted:
    """Counts a functional model from the shapes of its built weights and of what its layers take and give out."""
    trained: Tensors = Counter()
    for tensor in model.trainable_weights:
        trained.update(merged(tensor))
    biases = sum(prod(v.shape) for v in model.trainable_weights if v.name in ("bias", "beta"))
    kept = Counter(sizes(v.shape) for v in model.non_trainable_weights if v.dtype == "float32")
    outs = [tuple(out.shape[1:]) for out in model.outputs]
    return Counted(trained, kept, biases, sum(products(model)), sorted(outs))


def merged(tensor: Any) -> list[Sizes]:
    """Heads and multipliers are axes of their own in Keras, and the two biases of a GRU one tensor."""
    shape = tuple(tensor.shape)
    if re.search(r"/(query|key|value)/|depthwise.*kernel$", tensor.path):
        shape = (*shape[:-2], shape[-2] * shape[-1])
    elif "/attention_output/kernel" in tensor.path:
        shape = (shape[0] * shape[1], shape[2])
    elif tensor.name == "bias" and len(shape) == 2:
        return [sizes(shape[1:])] * shape[0]
    return [sizes(shape)]


def products(model: Any) -> Iterator[int]:
    """Multiply–accumulates of each use of each layer."""
    inner = getattr(model, "_functional", None) or model
    for node in chain.from_iterable(inner._nodes_by_depth.values()):
        layer = node.operation
        if isinstance(layer, keras.Model):
            yield from products(layer)
        elif isinstance(layer, keras.layers.Layer):
            yield product(layer, [t.shape[1:] for t in node.input_tensors], node.output_tensors[0].shape[1:])


def product(layer: Any, into: list[Any], out: Any) -> int:
    """Multiply–accumulates of one use of a layer: how often each number of a kernel is used."""
    L = keras.layers
    if isinstance(layer, (L.Conv1DTranspose, L.Conv2DTranspose, L.Conv3DTranspose)):
        return prod(into[0][:-1]) * prod(layer.kernel.shape)
    if isinstance(layer, (L.SeparableConv1D, L.SeparableConv2D)):
        return prod(out[:-1]) * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape))
    if isinstance(layer, (L.Conv1D, L.Conv2D, L.Conv3D, L.DepthwiseConv1D, L.DepthwiseConv2D, L.Dense)):
        return prod(out[:-1]) * prod(layer.kernel.shape)
    if isinstance(layer, L.Bidirectional):
        return product(layer.forward_layer, into, out) + product(layer.backward_layer, into, out)
    if isinstance(layer, (L.SimpleRNN, L.LSTM, L.GRU)):
        return into[0][0] * (prod(layer.cell.kernel.shape) + prod(layer.cell.recurrent_kernel.shape))
    if isinstance(layer, (L.MultiHeadAttention, L.GroupQueryAttention)):
        query, value = into[0], into[1] if len(into) > 1 else into[0]
        kernels = {v.path.split("/")[-2]: v.shape for v in layer.weights if v.name == "kernel"}
        t, s, heads, dim = query[0], value[0], kernels["query"][1], kernels["query"][2]
        projected = sum(prod(shape) * (s if part in ("key", "value") else t) for part, shape in kernels.items())
        return projected + t * s * heads * (dim + kernels["value"][2])
    if isinstance(layer, L.ReversibleEmbedding):  # also the output layer of the table's words
        return prod(into[0]) * layer.embeddings.shape[0] if len(into[0]) > 1 else 0
    assert not any(v.name.endswith("kernel") for v in layer.weights), f"how often is the kernel of {layer} used?"
    return 0
