"""Measures what PyTorch keeps in memory for layers and networks and writes memory.json beside this file.

    python -m venv measure && . measure/bin/activate
    pip install torch==2.15.0 torchvision==0.29.2 transformers==5.23.0 lion-pytorch==0.2.5
    python measure_memory.py

Two minutes on the CPU; no weights are fetched. Names are sentences of our language, after # how PyTorch writes them where
there are several ways. Bytes count each storage once and leave out parameters and buffers. Five tables, one row a line:

saved        what the forward pass of one layer saves for the backward pass (torch.autograd.graph.saved_tensors_hooks),
             batch 3, the layer's input the output of another: the distinct storages, what they are (input, output,
             parameter, buffer, cast of a parameter, extra), their whole bytes, how many alike, and the slots of the
             graph's nodes that hold them. A storage that is kept through a view is kept whole. `scalars` are numbers
             without an axis, not counted.
networks     the same for whole networks, batch 2: all bytes, those of the input and the output among them (where they
             are saved), and [shape, type, how many] of what is saved on the CPU in float32.
inference    the peak of live tensors under no_grad and eval(), batch 2, float32, with the output that is written while its
             inputs live, and the operator and the shapes at the peak. `kept`, `dropped`: the network's operators one by
             one, each tensor freed after its last use, the network's input kept by the caller or freed as any other.
             `python`: as the modules run; Python keeps the arguments of every call until it returns, so a block's input
             lives as long as the block. Work space inside of a kernel is not seen; what an operator returns besides
             (indices of max pooling, statistics of a norm) is.
checkpoint   torch.utils.checkpoint.checkpoint_sequential, not reentrant, on twelve equal blocks: saved bytes after the
             forward pass, and the most that is saved at any time of the backward pass. Without the generators' states.
optimizers   numbers in an optimizer's state after one step, by key and type, for parameters in float32 and in bfloat16.
             Tensors without an axis (step counters) are only counted, as `scalars`.

The modes of `bytes`: cpu and cpu_bf16, where all parameters and inputs are float32 or bfloat16; cuda and cuda_bf16, by fake
tensors, which have shapes and types and go the way of a CUDA tensor, but no numbers, and need no card (attention is
told to take the flash kernel in bfloat16, the memory efficient one in float32, as a card would); cuda_autocast, where
parameters are float32 and torch.autocast is on: `casts` are then the bytes of the copies of parameters. null: the mode
cannot run this. `saved` has the other modes only where they differ from cpu in more than the type that was asked for.
"""

from __future__ import annotations

import contextlib
import json
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import lion_pytorch
import torch
import torch.utils.checkpoint
import torchvision
import transformers
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torchvision.models import get_model
from torchvision.ops import stochastic_depth
from transformers.optimization import Adafactor as AdafactorOfTransformers

warnings.filterwarnings("ignore")

Row = dict[str, Any]


# Where it runs, and in which type.

MODES = ("cpu", "cpu_bf16", "cuda", "cuda_bf16", "cuda_autocast")


def on_a_card(
    q: Tensor, k: Tensor, v: Tensor, *_: Any, dropout_p: float = 0.0, is_causal: bool = False, **more: Any
) -> Tensor:
    """The kernel that scaled_dot_product_attention takes on a card; on fake tensors its own choice is the slowest."""
    heads = k.shape[1]
    if q.dtype == torch.bfloat16:
        out: Tensor = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, dropout_p, is_causal)[0]
        return out
    if heads != q.shape[1]:  # the memory efficient kernel has no groups
        k, v = (t.repeat_interleave(q.shape[1] // heads, 1) for t in (k, v))
    out = torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, None, True, dropout_p, is_causal)[0]
    return out


@contextlib.contextmanager
def running(mode: str) -> Iterator[None]:
    """Tensors made inside are of the mode's device and type."""
    torch.manual_seed(1)
    with contextlib.ExitStack() as stack:
        torch.set_default_dtype(torch.bfloat16 if mode.endswith("bf16") else torch.float32)
        stack.callback(torch.set_default_dtype, torch.float32)
        if mode.startswith("cuda"):
            stack.enter_context(FakeTensorMode())
            stack.enter_context(torch.device("cuda"))
            stack.enter_context(patch.object(functional, "scaled_dot_product_attention", on_a_card))
            stack.enter_context(patch.object(nn.init, "trunc_normal_"))  # looks at numbers
        yield


@contextlib.contextmanager
def autocast(mode: str) -> Iterator[None]:
    """torch.autocast would refuse without a card."""
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    torch.set_autocast_enabled("cuda", mode == "cuda_autocast")
    yield
    torch.set_autocast_enabled("cuda", False)
    torch.clear_autocast_cache()


# What is saved for the backward pass.


def storage(tensor: Tensor) -> int:
    """A name of the storage; fake ones have no address of data."""
    name: int = tensor.untyped_storage()._cdata
    return name


def size(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes()


def kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


class Saving(torch.autograd.graph.saved_tensors_hooks):
    """Keeps hold of everything that is saved while it is entered, in order, and says what is a cast of a parameter."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.casts: set[int] = set()
        super().__init__(self.pack, lambda tensor: tensor)

    def pack(self, tensor: Tensor) -> Tensor:
        self.tensors.append(tensor.detach())
        node = tensor.grad_fn
        while node is not None and node.name() in {
            "TBackward0",
            "TransposeBackward0",
            "ViewBackward0",
            "ToCopyBackward0",
        }:
            node = node.next_functions[0][0]
        if node is not None and node.name() == "torch::autograd::AccumulateGrad":
            self.casts.add(storage(tensor))
        return tensor


def nodes(*outputs: Tensor) -> Iterator[Any]:
    """The nodes of the graph behind the outputs, each once, the nearest first."""
    found, waiting = set(), [out.grad_fn for out in outputs]
    while waiting:
        node = waiting.pop(0)
        if node is not None and node not in found:
            found.add(node)
            yield node
            waiting += [after for after, _ in node.next_functions]


def savers(*outputs: Tensor) -> dict[int, list[str]]:
    """For each storage the slots of the nodes that hold it: ReluBackward0.result."""
    found: dict[int, list[str]] = {}
    for node in nodes(*outputs):
        for slot in dir(node):
            if not slot.startswith("_saved_"):
                continue
            held = getattr(node, slot)
            for tensor in held if isinstance(held, (tuple, list)) else [held]:
                if isinstance(tensor, Tensor) and tensor.numel():
                    by = found.setdefault(storage(tensor), [])
                    said = f"{node.name()}.{slot.removeprefix('_saved_')}"
                    if said not in by:
                        by.append(said)
    return found


def saved(model: nn.Module, given: list[Tensor], mode: str) -> tuple[list[Row], int, list[Tensor]]:
    """The distinct storages that a forward pass saves, how many numbers without an axis, and the outputs.

    What is given is copied first, so that it is no leaf; that saves nothing.
    """
    saving = Saving()
    with saving:
        inputs = [x.clone() for x in given]
        assert not saving.tensors
        with autocast(mode):
            out = model(*inputs)
    outputs = list(out) if isinstance(out, (tuple, list)) else [out]
    by = savers(*outputs)
    kinds = dict.fromkeys(saving.casts, "cast")
    kinds |= {storage(x): "input" for x in inputs}
    kinds |= {storage(out): "output" for out in outputs}  # in place, the input is the output
    kinds |= {storage(b): "buffer" for b in model.buffers()}
    kinds |= {storage(p): "parameter" for p in model.parameters()}
    rows: dict[int, Row] = {}
    scalars = 0
    for tensor in saving.tensors:
        at = storage(tensor)
        if at in rows or not tensor.numel():
            continue
        what = kinds.get(at, "extra")
        if tensor.dim() == 0 and what == "extra":  # a number of Python's, wrapped
            scalars += 1
            continue
        row = {"is": what, "dtype": kind(tensor), "shape": list(tensor.shape), "bytes": size(tensor)}
        rows[at] = row | {"by": by.get(at, [])}
    return gathered(rows.values()), scalars, outputs


def gathered(rows: Iterable[Row]) -> list[Row]:
    """Equal rows as one with a count."""
    found: list[Row] = []
    for row in rows:
        for known in found:
            if {**known, "count": 1} == {**row, "count": 1}:
                known["count"] += 1
                break
        else:
            found.append({"is": row["is"], "count": 1, **row})
    return found


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape).requires_grad_()


class Do(nn.Module):
    """A module of parts and a function that says what they do."""

    def __init__(self, does: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.does = does
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *given: Tensor) -> Any:
        return self.does(self, *given)


def apply(function: Callable[..., Any], *more: Any, **named: Any) -> Do:
    return Do(lambda _, *x: function(*x, *more, **named))


def numbers(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape))


# Table: what layers save. Batch 3; images of 11x13 places and 10 channels, sequences of 7 places and 24 numbers.

B, H, W, C, F, T, S, D, U, V = 3, 11, 13, 10, 14, 7, 5, 48, 17, 50
HEADS, KV = 6, 2


def heads(x: Tensor, n: int) -> Tensor:
    """(B, T, n·dim) to (B, n, T, dim), as a view."""
    return x.unflatten(-1, (n, -1)).transpose(1, 2)


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, as transformers writes them."""
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def attention(
    kv: int = HEADS, bias: bool = True, written: bool = False, drop: float = 0.0, rotary: int = 0, **options: Any
) -> Do:
    """Four linear layers around F.scaled_dot_product_attention, or around two products and a softmax."""

    def does(m: Any, x: Tensor, memory: Tensor | None = None) -> Tensor:
        source = x if memory is None else memory
        q, k, v = heads(m.q(x), HEADS), heads(m.k(source), kv), heads(m.v(source), kv)
        if rotary:  # one table for all layers, in the network's own buffers
            q, k = (rotated(t, m.cos, m.sin) for t in (q, k))
        if written:
            if kv != HEADS:  # as Llama's repeat_kv
                k, v = (t.repeat_interleave(HEADS // kv, 1) for t in (k, v))
            scores = (q @ k.transpose(-2, -1)) * (D // HEADS) ** -0.5
            if options.get("is_causal"):
                scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), float("-inf"))
            mixed = functional.dropout(scores.softmax(-1), drop, m.training) @ v
        else:
            now = drop if m.training else 0.0
            mixed = functional.scaled_dot_product_attention(q, k, v, dropout_p=now, enable_gqa=kv != HEADS, **options)
        return m.o(mixed.transpose(1, 2).flatten(2))

    narrow = D // HEADS * kv
    made = Do(
        does, q=nn.Linear(D, D, bias), k=nn.Linear(D, narrow, bias), v=nn.Linear(D, narrow, bias),
        o=nn.Linear(D, D, bias),
    )  # fmt: skip
    for name in ("cos", "sin") if rotary else ():
        made.register_buffer(name, torch.randn(rotary, D // HEADS))
    return made


def together(bias: bool = True) -> Do:
    """GPT-2's: one linear layer for q, k and v, cut in three."""

    def does(m: Any, x: Tensor) -> Tensor:
        q, k, v = (heads(t, HEADS) for t in m.qkv(x).split(D, -1))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return m.o(mixed.transpose(1, 2).flatten(2))

    return Do(does, qkv=nn.Linear(D, 3 * D, bias), o=nn.Linear(D, D, bias))


def itself(**options: Any) -> Do:
    layer = nn.MultiheadAttention(D, HEADS, batch_first=True, **options)
    return Do(lambda m, x: m.layer(x, x, x, need_weights=False)[0], layer=layer)


def over() -> Do:
    layer = nn.MultiheadAttention(D, HEADS, batch_first=True)
    return Do(lambda m, x, y: m.layer(x, y, y, need_weights=False)[0], layer=layer)


class Rms(nn.Module):
    """transformers' LlamaRMSNorm: in float32, back to the type it came in, then the scale."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.to(torch.float32)
        variance = wide.pow(2).mean(-1, keepdim=True)
        return self.weight * (wide * torch.rsqrt(variance + 1e-6)).to(x.dtype)


def recurrent(kind: type[nn.RNNBase], both: bool = False, onednn: bool = False, **options: Any) -> Do:
    """All outputs of a recurrent layer. oneDNN knows the LSTM only, and keeps a work space of its own."""

    def does(m: Any, x: Tensor) -> Tensor:
        with torch.backends.mkldnn.flags(enabled=onednn):
            return m.layer(x)[0]

    return Do(does, layer=kind(D, U, batch_first=True, bidirectional=both, **options))


def newest(kind: type[nn.RNNBase]) -> Do:
    """The last output only."""
    every = recurrent(kind)
    return Do(lambda m, x: m.every(x)[:, -1], every=every)


def squeeze(r: int) -> Do:
    """A squeeze and excitation with linear layers, as in the paper."""

    def does(m: Any, x: Tensor) -> Tensor:
        inner = m.b(m.a(x.mean((2, 3))).relu()).sigmoid()
        return x * inner[:, :, None, None]

    return Do(does, a=nn.Linear(C, C // r), b=nn.Linear(C // r, C))


def glu_written(activation: Callable[[Tensor], Tensor]) -> Do:
    """Llama's feed-forward part: activation(gate) * up, then down."""
    return Do(
        lambda m, x: m.down(activation(m.gate(x)) * m.up(x)),
        gate=nn.Linear(D, 34, bias=False), up=nn.Linear(D, 34, bias=False), down=nn.Linear(34, D, bias=False),
    )  # fmt: skip


def causal(k: int, bias: bool = True) -> Do:
    return Do(lambda m, x: m.conv(functional.pad(x, (k - 1, 0))), conv=nn.Conv1d(D, F, k, bias=bias))


def gelu_tanh(x: Tensor) -> Tensor:
    """transformers' NewGELUActivation."""
    return 0.5 * x * (1.0 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * torch.pow(x, 3.0))))


def on_cards(x: Tensor, p: float) -> Tensor:
    """The operator that F.dropout becomes on CUDA; on the CPU it becomes a product with a drawn tensor."""
    return torch.native_dropout(x, p, True)[0]


# A sentence, then # and how it is written in PyTorch where there are several ways.
def on_images() -> dict[str, nn.Module]:
    return {
    "relu": nn.ReLU(),
    "relu  # inplace": nn.ReLU(inplace=True),
    "gelu": nn.GELU(),
    "gelu  # approximate='tanh'": nn.GELU("tanh"),
    "gelu  # written out": apply(gelu_tanh),
    "silu": nn.SiLU(),
    "silu  # inplace": nn.SiLU(inplace=True),
    "silu  # written out": apply(lambda x: x * torch.sigmoid(x)),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "softmax": nn.Softmax(1),
    "hswish": nn.Hardswish(),
    "hswish  # inplace": nn.Hardswish(inplace=True),
    "hsigmoid": nn.Hardsigmoid(),
    "elu": nn.ELU(),
    "elu  # inplace": nn.ELU(inplace=True),
    "selu": nn.SELU(),
    "softplus": nn.Softplus(),
    "leaky": nn.LeakyReLU(),
    "leaky  # inplace": nn.LeakyReLU(inplace=True),
    "mish": nn.Mish(),
    "relu6": nn.ReLU6(),
    "relu6  # inplace": nn.ReLU6(inplace=True),
    "glu": nn.GLU(1),
    "prelu": nn.PReLU(C),
    "prelu(shared)": nn.PReLU(),
    "id": nn.Identity(),
    "dropout(1/10)": nn.Dropout(0.1),
    "dropout(1/10)  # native_dropout, as on CUDA": apply(on_cards, 0.1),
    "dropout(1/10)  # Dropout2d": nn.Dropout2d(0.1),
    "dropout(0)": nn.Dropout(0.0),
    "droppath(1/10)": apply(stochastic_depth, 0.1, "row"),
    f"conv(3x3, {F})": nn.Conv2d(C, F, 3),
    f"conv(3x3, {F}, nobias)": nn.Conv2d(C, F, 3, bias=False),
    f"conv(3x3, {F}, same)": nn.Conv2d(C, F, 3, padding="same"),
    f"conv(3x3, {F}, 2, 1)": nn.Conv2d(C, F, 3, 2, 1),
    f"conv(3x3, {F}, d=2)": nn.Conv2d(C, F, 3, dilation=2),
    f"conv(3x2, {F}, g=2)": nn.Conv2d(C, F, (3, 2), groups=2),
    f"conv(4x4, {F}, same)  # padding='same'": nn.Conv2d(C, F, 4, padding="same"),
    f"conv(1x1, {F})": nn.Conv2d(C, F, 1),
    "dwconv(3x3)": nn.Conv2d(C, C, 3, groups=C),
    "dwconv(3x3, nobias, multiplier=2)": nn.Conv2d(C, 2 * C, 3, groups=C, bias=False),
    f"sepconv(3x3, {F})": nn.Sequential(nn.Conv2d(C, C, 3, groups=C, bias=False), nn.Conv2d(C, F, 1)),
    f"tconv(2x2, {F}, 2)": nn.ConvTranspose2d(C, F, 2, 2),
    f"tconv(3x3, {F}, 2, 1, nobias)": nn.ConvTranspose2d(C, F, 3, 2, 1, bias=False),
    f"tconv(3x3, {F}, 2, g=2)": nn.ConvTranspose2d(C, F, 3, 2, groups=2),
    f"patch(4, {F})": Do(lambda m, x: m.conv(x).flatten(2).transpose(1, 2), conv=nn.Conv2d(C, F, 4, 4)),
    "pool(2)": nn.MaxPool2d(2),
    "pool(3, 2, 1)": nn.MaxPool2d(3, 2, 1),
    "pool(2, ceil)": nn.MaxPool2d(2, ceil_mode=True),
    "avgpool(2)": nn.AvgPool2d(2),
    "avgpool(3, 2, 1)": nn.AvgPool2d(3, 2, 1),
    "avgpool(2, ceil)": nn.AvgPool2d(2, ceil_mode=True),
    "adaptive(4)": nn.AdaptiveAvgPool2d(4),
    "adaptive(1)": nn.AdaptiveAvgPool2d(1),
    "gap  # AdaptiveAvgPool2d(1), Flatten": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "gap  # mean": apply(torch.mean, (2, 3)),
    "gmp  # AdaptiveMaxPool2d(1), Flatten": nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
    "gmp  # amax": apply(torch.amax, (2, 3)),
    "up(2)": nn.Upsample(scale_factor=2),
    "up(2)  # bilinear": nn.Upsample(scale_factor=2, mode="bilinear"),
    "pad(2)": nn.ZeroPad2d(2),
    "crop(2)": apply(lambda x: x[:, :, 2:-2, 2:-2]),
    f"widen({F})": apply(functional.pad, (0, 0, 0, 0, 0, F - C)),
    "flatten": nn.Flatten(),
    "flatten(space)": apply(lambda x: x.flatten(2).transpose(1, 2)),
    "dense(9)": nn.Sequential(nn.Flatten(), nn.Linear(H * W * C, 9)),
    "scale": Do(lambda m, x: x * m.w, w=numbers(C, 1, 1)),
    "shift": Do(lambda m, x: x + m.w, w=numbers(C, 1, 1)),
    "bn": nn.BatchNorm2d(C),
    "bn  # eval()": nn.BatchNorm2d(C).eval(),
    "bn(noaffine)": nn.BatchNorm2d(C, affine=False),
    "ln  # permute, LayerNorm, permute": Do(
        lambda m, x: m.ln(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), ln=nn.LayerNorm(C)
    ),
    "gn(5)": nn.GroupNorm(5, C),
    "gn(5, noaffine)": nn.GroupNorm(5, C, affine=False),
    "instancenorm": nn.InstanceNorm2d(C),
    "instancenorm(affine)": nn.InstanceNorm2d(C, affine=True),
    "mul(id, gap -> dense(5, relu) -> dense(10, sigmoid))  # linear": squeeze(2),
    "mul(id, adaptive(1) -> conv(1x1, 5, relu) -> conv(1x1, 10, sigmoid))  # 1x1 convolutions": Do(
        lambda m, x: x * m.inner(x),
        inner=nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(C, 5, 1), nn.ReLU(), nn.Conv2d(5, C, 1), nn.Sigmoid()
        ),
    ),
    "id + id": apply(lambda x: x + x),
    "mul(id, id)": apply(lambda x: x * x),
    "(id | id)": apply(lambda x: torch.cat([x, x], 1)),
    "relu + tanh": apply(lambda x: x.relu() + x.tanh()),
    "mul(relu, tanh)": apply(lambda x: x.relu() * x.tanh()),
    "relu | tanh": apply(lambda x: torch.cat([x.relu(), x.tanh()], 1)),
    "softmax -> mul(id, gap -> reshape(1,1,10))": apply(
        lambda x: (y := x.softmax(1)) * y.mean((2, 3))[:, :, None, None]
    ),
    "relu -> relu": nn.Sequential(nn.ReLU(), nn.ReLU()),
    "bn -> relu": nn.Sequential(nn.BatchNorm2d(C), nn.ReLU()),
    "bn -> relu  # inplace": nn.Sequential(nn.BatchNorm2d(C), nn.ReLU(inplace=True)),
    "relu -> pool(2)": nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)),
    "relu -> bn": nn.Sequential(nn.ReLU(), nn.BatchNorm2d(C)),
}  # fmt: skip


def on_sequences() -> dict[str, nn.Module]:
    return {
    f"linear({U})": nn.Linear(D, U),
    f"linear({U}, nobias)": nn.Linear(D, U, bias=False),
    f"pos({T})": Do(lambda m, x: x + m.table, table=numbers(T, D)),
    "cls": Do(lambda m, x: torch.cat([m.tokens.expand(len(x), -1, -1), x], 1), tokens=numbers(1, 1, D)),
    "scale": Do(lambda m, x: x * m.w, w=numbers(D)),
    "shift": Do(lambda m, x: x + m.w, w=numbers(D)),
    "flatten": nn.Flatten(),
    "reshape(4, 84)": apply(lambda x: x.reshape(B, 4, 84)),
    "permute(1, 0)": apply(lambda x: x.permute(0, 2, 1)),
    "permute(1, 0) -> flatten  # copies": apply(lambda x: x.permute(0, 2, 1).flatten(1)),
    "slice(4, 9)": apply(lambda x: x[..., 4:9]),
    "first": apply(lambda x: x[:, 0]),
    "last": apply(lambda x: x[:, -1]),
    "slice(4, 9) -> relu": apply(lambda x: x[..., 4:9].relu()),
    "slice(4, 9) -> gelu": apply(lambda x: functional.gelu(x[..., 4:9])),
    f"last -> linear({U})": Do(lambda m, x: m.a(x[:, -1]), a=nn.Linear(D, U)),
    "mean(0)": apply(torch.mean, 1),
    "softmax": nn.Softmax(-1),
    "glu": nn.GLU(-1),
    "glu  # chunk, sigmoid, product": apply(lambda x: (c := x.chunk(2, -1))[0] * c[1].sigmoid()),
    "dropout(1/10)": nn.Dropout(0.1),
    "droppath(1/10)": apply(stochastic_depth, 0.1, "row"),
    "bn": Do(lambda m, x: m.bn(x.transpose(1, 2)).transpose(1, 2), bn=nn.BatchNorm1d(D)),
    "ln": nn.LayerNorm(D),
    "ln(noaffine)": nn.LayerNorm(D, elementwise_affine=False),
    "ln(noshift)": nn.LayerNorm(D, bias=False),
    "ln(axes=2)": nn.LayerNorm([T, D]),
    "rms  # RMSNorm": nn.RMSNorm(D),
    "rms(noaffine)  # RMSNorm": nn.RMSNorm(D, elementwise_affine=False),
    "rms  # LlamaRMSNorm": Rms(D),
    f"rnn({U}, seq, biases=2)": recurrent(nn.RNN),
    f"rnn({U}, seq, biases=2, relu)  # nonlinearity='relu'": recurrent(nn.RNN, nonlinearity="relu"),
    f"gru({U}, seq, biases=2)": recurrent(nn.GRU),
    f"lstm({U}, seq, biases=2)": recurrent(nn.LSTM),
    f"lstm({U}, seq, biases=2)  # oneDNN": recurrent(nn.LSTM, onednn=True),
    f"lstm({U}, seq, nobias)": recurrent(nn.LSTM, bias=False),
    f"lstm({U}, biases=2)": newest(nn.LSTM),
    f"gru({U}, biases=2)": newest(nn.GRU),
    f"bi(rnn({U}, seq, biases=2))": recurrent(nn.RNN, True),
    f"bi(gru({U}, seq, biases=2))": recurrent(nn.GRU, True),
    f"bi(lstm({U}, seq, biases=2))": recurrent(nn.LSTM, True),
    f"attention({HEADS})  # MultiheadAttention": itself(),
    f"attention({HEADS}, nobias)  # MultiheadAttention": itself(bias=False),
    f"attention({HEADS})  # MultiheadAttention, dropout": itself(dropout=0.1),
    f"attention({HEADS})  # scaled_dot_product_attention": attention(),
    f"attention({HEADS}, nobias)  # scaled_dot_product_attention": attention(bias=False),
    f"attention({HEADS}, causal)  # scaled_dot_product_attention": attention(is_causal=True),
    f"attention({HEADS}, causal)  # scaled_dot_product_attention, dropout": attention(is_causal=True, drop=0.1),
    f"attention({HEADS}, causal)  # scaled_dot_product_attention, q k v in one linear layer": together(),
    f"attention({HEADS}, kv={KV}, nobias)  # scaled_dot_product_attention": attention(KV, False),
    f"attention({HEADS})  # written out": attention(written=True),
    f"attention({HEADS})  # written out, dropout": attention(written=True, drop=0.1),
    f"attention({HEADS}, causal)  # written out": attention(written=True, is_causal=True),
    f"attention({HEADS}, kv={KV}, nobias)  # written out": attention(KV, False, written=True),
    f"linear(34) -> gelu -> linear({D})": nn.Sequential(nn.Linear(D, 34), nn.GELU(), nn.Linear(34, D)),
    f"linear(34) -> relu -> linear({D})": nn.Sequential(nn.Linear(D, 34), nn.ReLU(), nn.Linear(34, D)),
    f"mul(linear(34, silu, nobias), linear(34, nobias)) -> linear({D}, nobias)  # swiglu": glu_written(functional.silu),
    "conv(3, 14)": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=nn.Conv1d(D, F, 3)),
    "conv(3, 14, causal)  # pad, Conv1d": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=causal(3)),
    "dwconv(3, nobias)": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=nn.Conv1d(D, D, 3, groups=D, bias=False)),
    "pool(2)": Do(lambda m, x: m.pool(x.transpose(1, 2)), pool=nn.MaxPool1d(2)),
    "avgpool(2)": Do(lambda m, x: m.pool(x.transpose(1, 2)), pool=nn.AvgPool1d(2)),
}  # fmt: skip


def on_plain() -> dict[str, nn.Module]:
    return {
        f"linear({U})": nn.Linear(D, U),
        "bn": nn.BatchNorm1d(D),
        "ln": nn.LayerNorm(D),
        "relu": nn.ReLU(),
    }


# The sentence whole, a module, and the shapes that go in.
def others() -> list[tuple[str, nn.Module, list[tuple[int, ...]]]]:
    return [
    ("(11,13,12) -> shuffle(2)", nn.PixelShuffle(2), [(B, 12, H, W)]),
    ("(12,14,10) -> unshuffle(2)", nn.PixelUnshuffle(2), [(B, C, 12, 14)]),
    ("(5,6,7,4) -> conv(3x2x3, 8)", nn.Conv3d(4, 8, (3, 2, 3)), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> tconv(2, 8, 2)", nn.ConvTranspose3d(4, 8, 2, 2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> bn", nn.BatchNorm3d(4), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> pool(2)", nn.MaxPool3d(2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> avgpool(2)", nn.AvgPool3d(2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> gap", nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten()), [(B, 4, 5, 6, 7)]),
    (
        f"memory: ({S},{D}) -> id\n({T},{D}) -> attention(6, over=@memory)  # MultiheadAttention",
        over(), [(B, T, D), (B, S, D)],
    ),
    (
        f"memory: ({S},{D}) -> id\n({T},{D}) -> attention(6, over=@memory)  # scaled_dot_product_attention",
        attention(), [(B, T, D), (B, S, D)],
    ),
    ("a: (11,13,10) -> id\nb: (11,13,10) -> id\nadd(@a, @b)", apply(torch.add), [(B, C, H, W)] * 2),
    ("a: (11,13,10) -> id\nb: (11,13,10) -> id\nmul(@a, @b)", apply(torch.mul), [(B, C, H, W)] * 2),
    ("a: (11,13,10) -> id\nb: (1,1,10) -> id\nmul(@a, @b)", apply(torch.mul), [(B, C, H, W), (B, C, 1, 1)]),
    ("a: (11,13,10) -> id\nb: (11,13,14) -> id\nconcat(@a, @b)",
     apply(lambda a, b: torch.cat([a, b], 1)), [(B, C, H, W), (B, F, H, W)]),
]  # fmt: skip


def tied() -> Do:
    return Do(lambda m, ids: functional.linear(m.table(ids), m.table.weight), table=nn.Embedding(V, D))


def on_ids() -> dict[str, nn.Module]:
    return {
        f"({T}) -> embed({V}, {D})": nn.Embedding(V, D),
        f"shared table = embed({V}, {D})\n({T}) -> table -> unembed(table)": tied(),
        f"({T}) -> embed({V}, {D}) -> pos({T})": Do(
            lambda m, ids: m.words(ids) + m.places(torch.arange(T)), words=nn.Embedding(V, D), places=nn.Embedding(T, D)
        ),
    }


Made = tuple[str, Callable[[], nn.Module], Callable[[], list[Tensor]]]


def layers() -> Iterator[tuple[str, nn.Module, list[Tensor]]]:
    """Sentences, modules and what goes in, made where this runs."""
    for head, shape, table in (
        (f"({H},{W},{C})", (B, C, H, W), on_images()),
        (f"({T},{D})", (B, T, D), on_sequences()),
        (f"({D})", (B, D), on_plain()),
    ):
        for said, model in table.items():
            yield f"{head} -> {said}", model, [drawn(*shape)]
    for said, model, shapes in others():
        yield said, model, [drawn(*shape) for shape in shapes]
    for said, model in on_ids().items():
        yield said, model, [torch.randint(T, (B, T))]  # below T: a table of places has no more rows


def saved_rows() -> list[Row]:
    rows: dict[str, Row] = {}
    for mode in MODES[:-1]:
        with running(mode):
            for said, model, given in layers():
                row = rows.setdefault(said, {"name": said, "output": [], "bytes": {}, "saved": {}})
                try:
                    found, scalars, (out, *_) = saved(model, given, mode)
                except (NotImplementedError, torch.AcceleratorError):  # no such kernel, or only a real card's
                    row["bytes"][mode] = None
                    continue
                row["bytes"][mode] = activations(found)
                if mode == "cpu":
                    row |= {"output": list(out.shape)} | ({"scalars": scalars} if scalars else {})
                if mode == "cpu" or structure(found, mode) != structure(row["saved"]["cpu"], "cpu"):
                    row["saved"][mode] = found
    return list(rows.values())


def activations(rows: list[Row], *kinds: str) -> int:
    """Bytes of these kinds, or of all but parameters, their casts and buffers."""
    chosen = kinds or ("input", "output", "extra")
    return sum(row["count"] * row["bytes"] for row in rows if row["is"] in chosen)


def structure(rows: list[Row], mode: str) -> Any:
    """What does not depend on the type that was asked for."""
    asked = "bfloat16" if mode.endswith("bf16") else "float32"
    return sorted((r["is"], r["count"], r["dtype"].replace(asked, "asked"), r["shape"]) for r in rows)


# Whole networks. Batch 2, sizes small. Widths of heads are multiples of 8, as the flash kernel wants.

N, WORDS = 2, 50


def image(side: int, c: int = 3) -> Callable[[], list[Tensor]]:
    return lambda: [torch.randn(N, c, side, side)]


def vectors(*shape: int) -> Callable[[], list[Tensor]]:
    return lambda: [torch.randn(N, *shape)]


def ids(t: int) -> Callable[[], list[Tensor]]:
    return lambda: [torch.randint(WORDS, (N, t))]


def cbr(c: int, f: int, k: int = 3, s: int = 1, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c, f, k, s, k // 2, bias=False), nn.BatchNorm2d(f), act())


def top(c: int, classes: int = 10) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, classes))


def residual(inner: nn.Module, shortcut: nn.Module | None = None) -> Do:
    short = nn.Identity() if shortcut is None else shortcut
    return Do(lambda m, x: m.inner(x) + m.short(x), inner=inner, short=short)


def basic(c: int) -> nn.Sequential:
    inner = nn.Sequential(cbr(c, c), nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c))
    return nn.Sequential(residual(inner), nn.ReLU())


def bottleneck(c: int, f: int) -> nn.Sequential:
    inner = nn.Sequential(cbr(c, f, 1), cbr(f, f), nn.Conv2d(f, 4 * f, 1, bias=False), nn.BatchNorm2d(4 * f))
    short = nn.Sequential(nn.Conv2d(c, 4 * f, 1, bias=False), nn.BatchNorm2d(4 * f))
    return nn.Sequential(residual(inner, None if c == 4 * f else short), nn.ReLU())


def denser(c: int, k: int) -> Do:
    inner = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, k, 3, padding=1, bias=False))
    return Do(lambda m, x: torch.cat([x, m.inner(x)], 1), inner=inner)


def double(c: int, f: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c, f, 3, padding=1), nn.ReLU(), nn.Conv2d(f, f, 3, padding=1), nn.ReLU())


def level(c: int, f: int, inner: nn.Module) -> Do:
    """Of a U-net: inner gives out 2f channels at half of the places."""

    def does(m: Any, x: Tensor) -> Tensor:
        x = m.before(x)
        return m.after(torch.cat([x, m.up(m.inner(m.pool(x)))], 1))

    return Do(
        does, before=double(c, f), pool=nn.MaxPool2d(2), inner=inner, up=nn.ConvTranspose2d(2 * f, f, 2, 2),
        after=double(2 * f, f),
    )  # fmt: skip


def gpt(blocks: int, t: int, drop: float = 0.0) -> Do:
    """GPT-2 with the table of words as its last layer."""

    def does(m: Any, x: Tensor) -> Tensor:
        y = m.drop(m.words(x) + m.places)
        return functional.linear(m.norm(m.blocks(y)), m.words.weight)

    def block() -> nn.Sequential:
        part = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))
        mixed = attention(is_causal=True, drop=drop)
        after = (nn.Dropout(drop),) if drop else ()
        return nn.Sequential(
            residual(nn.Sequential(nn.LayerNorm(D), mixed, *after)),
            residual(nn.Sequential(nn.LayerNorm(D), part, *after)),
        )

    return Do(
        does, words=nn.Embedding(WORDS, D), places=numbers(t, D), drop=nn.Dropout(drop),
        blocks=nn.Sequential(*(block() for _ in range(blocks))), norm=nn.LayerNorm(D),
    )  # fmt: skip


def llama(blocks: int, norm: Callable[[int], nn.Module], t: int = 0) -> nn.Sequential:
    """With t, rotary positions for so many tokens."""

    def block() -> nn.Sequential:
        return nn.Sequential(
            residual(nn.Sequential(norm(D), attention(KV, False, rotary=t, is_causal=True))),
            residual(nn.Sequential(norm(D), glu_written(functional.silu))),
        )

    return nn.Sequential(
        nn.Embedding(WORDS, D), *(block() for _ in range(blocks)), norm(D), nn.Linear(D, WORDS, bias=False)
    )


def encoder(drop: float = 0.0, first: bool = False) -> nn.Module:
    """PyTorch's own, which drops attention, each part's output and the hidden layer."""
    return nn.TransformerEncoderLayer(D, HEADS, 100, drop, "gelu", batch_first=True, norm_first=first)


def post(inner: nn.Module, norm: nn.Module) -> nn.Sequential:
    return nn.Sequential(residual(inner), norm)


def pre(inner: nn.Module, norm: nn.Module) -> Do:
    return residual(nn.Sequential(norm, inner))


def encoder_written(order: Callable[[nn.Module, nn.Module], nn.Module]) -> nn.Sequential:
    part = nn.Sequential(nn.Linear(D, 100), nn.GELU(), nn.Linear(100, D))
    return nn.Sequential(order(attention(), nn.LayerNorm(D)), order(part, nn.LayerNorm(D)))


def lstm_words(width: int) -> nn.Sequential:
    layers = nn.LSTM(width, width, 2, batch_first=True)

    def does(m: Any, x: Tensor) -> Tensor:
        with torch.backends.mkldnn.flags(enabled=False):
            return m.layers(x)[0]

    return nn.Sequential(nn.Embedding(WORDS, width), Do(does, layers=layers), nn.Linear(width, WORDS))


def from_torchvision(name: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        model = get_model(name, weights=None, **options)
        for part in model.modules():
            if hasattr(part, "inplace"):
                part.inplace = False
        return model

    return make


def from_transformers(model: str, config: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        made = getattr(transformers, config)(vocab_size=WORDS, attn_implementation="sdpa", **options)
        inner = getattr(transformers, model)(made).train()
        return Do(lambda m, x: m.inner(x, use_cache=False).logits, inner=inner)

    return make


CHAIN = "(16,16,3) -> [conv(3x3, 8*2^i, same, nobias) -> bn -> relu for i in 0..2] -> gap -> dense(10)"
BASIC = "residual(conv(3x3, 8, same, nobias) -> bn -> relu -> conv(3x3, 8, same, nobias) -> bn) -> relu"
UNET = """double(c) = conv(3x3, c, same, relu) -> conv(3x3, c, same, relu)
level(c, inner) = double(c) -> (id | (pool(2) -> inner -> tconv(2, c, s=2))) -> double(c)
(16,16,3) -> level(8, level(16, double(32))) -> conv(1x1, 4)"""
FFN = "linear(100, gelu) -> linear(48)"
POST = f"(7,48) -> residual(attention(6)) -> ln -> residual({FFN}) -> ln"
PRE = f"(7,48) -> residual(ln -> attention(6)) -> residual(ln -> {FFN})"
POST_DROP = """(7,48) -> residual(attention(6) -> dropout(0.1)) -> ln
    -> residual(linear(100, gelu) -> dropout(0.1) -> linear(48) -> dropout(0.1)) -> ln"""
GPT = """shared words = embed(50, 48)
block = residual(ln -> attention(6, causal)) -> residual(ln -> linear(192, gelu) -> linear(48))
(7) -> words -> pos(7) -> block * {} -> ln -> unembed(words)"""
GPT_DROP = """shared words = embed(50, 48)
block = residual(ln -> attention(6, causal) -> dropout(0.1)) -> residual(ln -> linear(192, gelu) -> linear(48) -> dropout(0.1))
(7) -> words -> pos(7) -> dropout(0.1) -> block * 3 -> ln -> unembed(words)"""
LLAMA = """swiglu(h) = mul(linear(h, nobias, silu), linear(h, nobias)) -> linear(48, nobias)
block = residual(rms -> attention(6, kv=2, nobias, causal)) -> residual(rms -> swiglu(34))
(7) -> embed(50, 48) -> block * 2 -> rms -> linear(50, nobias)"""
SMALL_GPT2 = {"n_positions": 7, "n_embd": 48, "n_layer": 3, "n_head": 6, "activation_function": "gelu"}
NO_DROPS = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
SMALL_LLAMA = {
    "hidden_size": 48, "intermediate_size": 34, "num_hidden_layers": 2, "num_attention_heads": 6, "num_key_value_heads": 2,
}  # fmt: skip


def networks() -> Iterator[Made]:
    """Sentences, what makes the network, and what makes its input."""
    yield CHAIN, lambda: nn.Sequential(cbr(3, 8), cbr(8, 16), cbr(16, 32), top(32)), image(16)
    yield "(16,16,3) -> conv(3x3, 8, same) -> relu -> pool(2) -> flatten -> dense(20, relu) -> dropout(0.1) -> dense(10)", (
        lambda: nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 20), nn.ReLU(),
            nn.Dropout(0.1), nn.Linear(20, 10),
        )
    ), image(16)  # fmt: skip
    yield f"(16,16,8) -> {BASIC}", lambda: basic(8), image(16, 8)
    yield f"(16,16,8) -> ({BASIC}) * 3", lambda: nn.Sequential(*(basic(8) for _ in range(3))), image(16, 8)
    yield (
        "use resnet\n(16,16,3) -> conv(3x3, 16, same, nobias) -> bn -> relu -> bottleneck(4)"
        " -> bottleneck(8, 1, cb(1x1, 32)) -> gap -> dense(10)"
    ), lambda: nn.Sequential(cbr(3, 16), bottleneck(16, 4), bottleneck(16, 8), top(32)), image(16)  # fmt: skip
    yield "(16,16,12) -> (id | (bn -> relu -> conv(3x3, 6, same, nobias))) * 3 -> bn -> relu -> gap -> dense(10)", (
        lambda: nn.Sequential(
            denser(12, 6), denser(18, 6), denser(24, 6), nn.BatchNorm2d(30), nn.ReLU(), top(30)
        )
    ), image(16, 12)  # fmt: skip
    yield UNET, lambda: nn.Sequential(level(3, 8, level(8, 16, double(16, 32))), nn.Conv2d(8, 4, 1)), image(16)
    yield "(20) -> dense(32, relu) -> dense(24, gelu) -> dense(10)", (
        lambda: nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 24), nn.GELU(), nn.Linear(24, 10))
    ), vectors(20)  # fmt: skip
    yield f"{POST}  # scaled_dot_product_attention", lambda: encoder_written(post), vectors(7, 48)
    yield f"{PRE}  # scaled_dot_product_attention", lambda: encoder_written(pre), vectors(7, 48)
    yield f"{POST}  # TransformerEncoderLayer", encoder, vectors(7, 48)
    yield f"{PRE}  # TransformerEncoderLayer", lambda: encoder(first=True), vectors(7, 48)
    yield f"{POST_DROP}  # TransformerEncoderLayer, which drops attention, too", lambda: encoder(0.1), vectors(7, 48)
    for blocks in (1, 3):
        yield GPT.format(blocks), lambda blocks=blocks: gpt(blocks, 7), ids(7)
    yield GPT_DROP + "  # drops attention, too", lambda: gpt(3, 7, 0.1), ids(7)
    yield f"{LLAMA}  # RMSNorm", lambda: llama(2, nn.RMSNorm), ids(7)
    yield f"{LLAMA}  # LlamaRMSNorm", lambda: llama(2, Rms), ids(7)
    yield f"{LLAMA}  # LlamaRMSNorm, rotary positions", lambda: llama(2, Rms, 7), ids(7)
    yield "(7) -> embed(50, 20) -> lstm(20, seq, biases=2) * 2 -> linear(50)", lambda: lstm_words(20), ids(7)
    gpt2 = GPT.format(3)
    yield (
        f"{gpt2}  # transformers",
        from_transformers("GPT2LMHeadModel", "GPT2Config", **SMALL_GPT2, **NO_DROPS),
        ids(7),
    )
    yield (
        f"{GPT_DROP}  # transformers, drops attention, too",
        (from_transformers("GPT2LMHeadModel", "GPT2Config", **SMALL_GPT2)),
        ids(7),
    )
    yield f"{LLAMA}  # transformers", from_transformers("LlamaForCausalLM", "LlamaConfig", **SMALL_LLAMA), ids(7)
    yield "use resnet\nresnet18((64,64,3))  # torchvision", from_torchvision("resnet18"), image(64)
    yield "use resnet\nresnet50((64,64,3))  # torchvision", from_torchvision("resnet50"), image(64)
    yield VGG, from_torchvision("vgg11"), image(64)
    yield "use mobilenet_v2\nmobilenet_v2((64,64,3))  # torchvision", from_torchvision("mobilenet_v2"), image(64)
    yield "use densenet\ndensenet121((64,64,3))  # torchvision", from_torchvision("densenet121"), image(64)
    yield (
        "use efficientnet\nefficientnet_b0((64,64,3))  # torchvision, and droppath",
        from_torchvision("efficientnet_b0"),
        image(64),
    )
    yield "use vit\nvit(2, 48, 6, 100, 8, (32,32,3), 10)  # torchvision", (
        lambda: torchvision.models.VisionTransformer(32, 8, 2, 6, 48, 100, num_classes=10)
    ), image(32)  # fmt: skip


# The library's own has no adaptive pool.
VGG = """use vgg
(64,64,3) -> [stage(f, n, id) for (f, n) in {(64,1), (128,1), (256,2), (512,2), (512,2)}] -> adaptive(7) -> flatten
    -> (dense(4096, relu) -> dropout(0.5)) * 2 -> dense(1000)  # torchvision"""


def network_rows() -> list[Row]:
    rows: dict[str, Row] = {}
    for mode in MODES:
        with running(mode):
            for said, make, draw in networks():
                model = make().train()
                row = rows.setdefault(said, {"name": said, "params": params(model), "bytes": {}})
                try:
                    found, _, (out, *_) = saved(model, draw(), mode)
                except (NotImplementedError, torch.AcceleratorError):
                    row["bytes"][mode] = None
                    continue
                row["bytes"][mode] = activations(found)
                if mode == "cpu":
                    row |= {"input": activations(found, "input"), "output": activations(found, "output")}
                    row |= {"output_shape": list(out.shape), "saved": shapes(found)}
                if mode == "cuda_autocast":
                    row["casts"] = activations(found, "cast")
                print(mode, said.replace("\n", " "), row["bytes"][mode], sep="\t", flush=True)
    return list(rows.values())


def params(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def shapes(rows: list[Row]) -> list[Any]:
    """[shape, type, how many] of what is no parameter and no buffer, the first that is saved first."""
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row["is"] in {"input", "output", "extra"}:
            entry = found.setdefault((str(row["shape"]), row["dtype"]), [row["shape"], row["dtype"], 0])
            entry[2] += row["count"]
    return list(found.values())


# The peak of live tensors in inference.


class Living(TorchDispatchMode):
    """The bytes of all tensors that operators have given out and that still live, but those of `not_these`."""

    def __init__(self, *not_these: Tensor) -> None:
        super().__init__()
        self.known = {storage(t) for t in not_these}
        self.living: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def add(self, *tensors: Any) -> None:
        for t in tensors:
            if isinstance(t, Tensor) and storage(t) not in self.known and storage(t) not in self.living:
                self.living[storage(t)] = (StorageWeakRef(t.untyped_storage()), size(t))

    def bytes(self) -> int:
        self.living = {at: entry for at, entry in self.living.items() if not entry[0].expired()}
        return sum(entry[1] for entry in self.living.values())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.add(*tree_leaves(out))
        self.peak = max(self.peak, self.bytes())
        return out


def owned(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]


@torch.no_grad()
def python_peak(model: nn.Module, given: list[Tensor]) -> int:
    living = Living(*owned(model))
    living.add(*given)
    with living:
        model(*given)
    return living.peak


@torch.no_grad()
def live_peak(model: nn.Module, given: list[Tensor], keep: bool) -> Row:
    """Runs the network's operators one by one, and frees each value after its last use."""
    graph = make_fx(model)(*given)
    graph.graph.eliminate_dead_code()
    last = {argument: node for node in graph.graph.nodes for argument in node.all_input_nodes}
    apart = {storage(t) for t in owned(model)}
    values: dict[Any, Any] = {}
    waiting = list(given)
    peak: Row = {"bytes": 0}
    for node in graph.graph.nodes:
        if node.op == "output":
            break
        if node.op == "placeholder":
            values[node] = waiting.pop(0)
        elif node.op == "get_attr":
            values[node] = operator.attrgetter(node.target)(graph)
        else:
            args, kwargs = torch.fx.map_arg((node.args, node.kwargs), values.__getitem__)
            values[node] = node.target(*args, **kwargs)
        tensors = {storage(t): t for t in tree_leaves(list(values.values())) if isinstance(t, Tensor)}
        live = [t for at, t in tensors.items() if at not in apart and size(t)]
        if sum(map(size, live)) > peak["bytes"]:
            peak = {"bytes": sum(map(size, live)), "at": str(node.target), "live": [[*t.shape] for t in live]}
        for argument in [*node.all_input_nodes, node]:
            if last.get(argument) in {node, None} and not (keep and argument.op == "placeholder"):
                values.pop(argument, None)
    return peak


def inference_rows() -> Iterator[Row]:
    torch.backends.mha.set_fastpath_enabled(False)  # one operator for a whole layer, which training does not have
    with running("cpu"):
        toys(4 * 2 * 3 * 5)
        for said, make, draw in networks():
            model, given = make().eval(), draw()
            row = {"name": said, "input": sum(map(size, given)), "python": python_peak(model, given)}
            try:
                kept, dropped = (live_peak(model, given, keep) for keep in (True, False))
            except RuntimeError:  # transformers looks at numbers, so its operators cannot be written down
                yield row | {"kept": None, "dropped": None}
                continue
            yield row | {"kept": kept["bytes"], "dropped": dropped["bytes"], "at": kept["at"], "live": kept["live"]}


def toys(n: int) -> None:
    """Peaks that are seen by hand. n is the bytes of x."""
    x = [torch.randn(2, 3, 5)]
    relu, sums = nn.ReLU(), residual(nn.ReLU())
    for model, kept, dropped, python in (
        (nn.Sequential(relu), 2, 2, 2),
        (nn.Sequential(relu, relu), 3, 2, 3),  # x, the first, the second; without x two
        (nn.Sequential(relu, relu, relu), 3, 2, 3),
        (sums, 3, 3, 3),  # x, relu(x), the sum
        (nn.Sequential(relu, sums), 4, 3, 4),  # and x below
        (nn.Sequential(relu, nn.Sequential(relu, relu)), 3, 2, 4),  # x and the inner Sequential's input, both held
        (nn.Sequential(nn.Flatten(), relu), 2, 2, 2),  # a view has no bytes
    ):
        found = (live_peak(model, x, True)["bytes"], live_peak(model, x, False)["bytes"], python_peak(model, x))
        assert found == (kept * n, dropped * n, python * n), (model, found, n)


# Checkpoints.

CHECKPOINTED: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "(7,48) -> (residual(ln -> attention(6)) -> residual(ln -> linear(192, gelu) -> linear(48))) * 12": (
        lambda: nn.Sequential(
            pre(attention(), nn.LayerNorm(D)),
            pre(nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)), nn.LayerNorm(D)),
        ),
        lambda: torch.randn(N, T, D),
    ),
    "(9,9,8) -> (conv(3x3, 8, same, nobias) -> bn -> relu) * 12": (lambda: cbr(8, 8), lambda: torch.randn(N, 8, 9, 9)),
}


class Held(Saving):
    """The storages that are saved and still live; a checkpoint saves again in the backward pass."""

    def __init__(self, *not_these: Tensor) -> None:
        super().__init__()
        self.apart = {storage(t) for t in not_these}
        self.held: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def add(self, tensor: Tensor) -> None:
        if storage(tensor) not in self.apart and tensor.dim():
            self.held[storage(tensor)] = (StorageWeakRef(tensor.untyped_storage()), size(tensor))

    def pack(self, tensor: Tensor) -> Tensor:
        self.add(tensor)
        self.bytes()
        return tensor

    def bytes(self) -> int:
        self.held = {at: entry for at, entry in self.held.items() if not entry[0].expired()}
        now = sum(entry[1] for entry in self.held.values())
        self.peak = max(self.peak, now)
        return now


def checkpointed(make: Callable[[], nn.Module], draw: Callable[[], Tensor], segments: int) -> Row:
    """0 segments: without checkpoints. The input is the output of a layer, as in the middle of a network."""
    model = nn.Sequential(*(make() for _ in range(12)))
    held = Held(*owned(model))
    again = torch.utils.checkpoint._recomputation_hook

    class Watched(again):  # type: ignore[misc, valid-type]
        """The hooks that take what the second forward pass saves."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            keeps, self.pack_hook = self.pack_hook, lambda x: (held.add(x), keeps(x), held.bytes())[1]

    def called(function: Any, *given: Any, **options: Any) -> Any:
        held.add(given[0])  # a checkpoint keeps its input
        return once(function, *given, **options)

    once = torch.utils.checkpoint.checkpoint
    with patch.object(torch.utils.checkpoint, "_recomputation_hook", Watched), held:
        x = draw().requires_grad_().clone()
        with patch.object(torch.utils.checkpoint, "checkpoint", called):
            run = torch.utils.checkpoint.checkpoint_sequential
            out = run(model, segments, x, use_reentrant=False) if segments else model(x)
        del x
        total = out.sum()
        del out
        forward = held.bytes()
        total.backward()
    assert held.bytes() == 0, "all is freed"
    return {"segments": segments, "forward": forward, "peak": held.peak}


def checkpoint_rows() -> Iterator[Row]:
    with running("cpu"):
        for said, (make, draw) in CHECKPOINTED.items():
            for segments in (0, 1, 2, 3, 4, 6, 12):
                yield {"name": said, "input": size(draw())} | checkpointed(make, draw, segments)


# Optimizers.

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD(momentum=0.9)": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD(momentum=0.9, nesterov)": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "Adam(amsgrad)": lambda p: torch.optim.Adam(p, amsgrad=True),
    "NAdam": torch.optim.NAdam,
    "RAdam": torch.optim.RAdam,
    "Adamax": torch.optim.Adamax,
    "Adagrad": torch.optim.Adagrad,
    "Adadelta": torch.optim.Adadelta,
    "RMSprop": torch.optim.RMSprop,
    "RMSprop(momentum=0.9)": lambda p: torch.optim.RMSprop(p, momentum=0.9),
    "RMSprop(momentum=0.9, centered)": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Adafactor": torch.optim.Adafactor,
    "Lion  # lion-pytorch": lion_pytorch.Lion,
    "Adafactor  # transformers": AdafactorOfTransformers,
    "Adafactor(beta1=0.9)  # transformers": lambda p: AdafactorOfTransformers(
        p, lr=0.1, beta1=0.9, relative_step=False, scale_parameter=False
    ),
}


def trained() -> Iterator[tuple[str, nn.Module]]:
    yield "(11,10) -> conv(3, 14)", nn.Conv1d(10, 14, 3)
    yield "(11,13,10) -> conv(3x2, 14)", nn.Conv2d(10, 14, (3, 2))
    yield "(11,13,10) -> conv(3x2, 14, g=2, nobias)", nn.Conv2d(10, 14, (3, 2), groups=2, bias=False)
    yield "(5,6,7,4) -> conv(3x2x3, 8)", nn.Conv3d(4, 8, (3, 2, 3))
    yield "(11,13,10) -> dwconv(3x2)", nn.Conv2d(10, 10, (3, 2), groups=10)
    yield "(11,13,10) -> tconv(3x2, 14, s=2)", nn.ConvTranspose2d(10, 14, (3, 2), 2)
    yield "(7,48) -> linear(17)", nn.Linear(48, 17)
    yield "(7) -> embed(50, 48)", nn.Embedding(50, 48)
    yield "(11,13,10) -> bn", nn.BatchNorm2d(10)
    yield "(7,48) -> ln", nn.LayerNorm(48)
    yield "(7,48) -> lstm(17, seq, biases=2)", nn.LSTM(48, 17)
    yield "(7,48) -> gru(17, seq, biases=2)", nn.GRU(48, 17)
    yield "(7,48) -> attention(6)  # MultiheadAttention", nn.MultiheadAttention(48, 6)
    chosen = {CHAIN, GPT.format(3), f"{LLAMA}  # RMSNorm", "use resnet\nresnet18((64,64,3))  # torchvision"}
    for said, make, _ in networks():
        if said in chosen:
            yield said, make()


def states(model: nn.Module, make: Callable[[Any], torch.optim.Optimizer]) -> tuple[dict[str, Any], int]:
    """How many numbers of which type under each key, and the tensors without an axis."""
    optimizer = make(list(model.parameters()))
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    optimizer.step()
    found: dict[str, Any] = {}
    scalars = 0
    for state in optimizer.state.values():
        for key, value in state.items():
            if isinstance(value, Tensor) and value.dim():
                count = found[key][1] if key in found else 0
                found[key] = [kind(value), count + value.numel()]
            elif isinstance(value, Tensor):
                scalars += 1
    return found, scalars


def optimizer_rows() -> list[Row]:
    rows: dict[tuple[str, str], Row] = {}
    for mode in ("cpu", "cpu_bf16"):
        with running(mode):
            for said, model in trained():
                for name, make in OPTIMIZERS.items():
                    row = rows.setdefault((said, name), {"name": said, "params": params(model), "optimizer": name})
                    row["state" if mode == "cpu" else "state_bf16"], row["scalars"] = states(model, make)
    return list(rows.values())


def main() -> None:
    tables = {
        "saved": saved_rows(), "networks": network_rows(), "inference": list(inference_rows()),
        "checkpoint": list(checkpoint_rows()), "optimizers": optimizer_rows(),
    }  # fmt: skip
    tools = (torch, torchvision, transformers)
    versions = {tool.__name__: tool.__version__.split("+")[0] for tool in tools} | {"lion-pytorch": "0.2.5"}
    parts = [f'  "versions": {json.dumps(versions)}']
    for name, rows in tables.items():
        lines = ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in rows)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    Path(__file__).with_name("memory.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
