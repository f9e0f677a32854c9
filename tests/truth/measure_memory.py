"""Measures what PyTorch keeps in memory for layers and networks and writes memory.json beside this file.

    python -m venv measure && . measure/bin/activate
    pip install torch==2.15.0 torchvision==0.29.2 transformers==5.23.0 lion-pytorch==0.2.5
    python measure_memory.py
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import stochastic_depth

warnings.filterwarnings("ignore")

HERE = Path(__file__)
Row = dict[str, Any]


# What is saved for the backward pass.


def storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


class Saving(torch.autograd.graph.saved_tensors_hooks):
    """Keeps hold of everything that is saved while it is entered, in order."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        super().__init__(self.pack, lambda tensor: tensor)

    def pack(self, tensor: Tensor) -> Tensor:
        self.tensors.append(tensor.detach())
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


def saved(model: nn.Module, *given: Tensor) -> tuple[list[Row], int, list[Tensor]]:
    """The distinct storages that a forward pass saves, how many numbers without an axis, and the outputs.

    What is given does not count as a leaf: it is copied first, which saves nothing.
    """
    saving = Saving()
    with saving:
        inputs = [x.clone() for x in given]
    assert not saving.tensors
    with saving:
        out = model(*inputs)
    outputs = list(out) if isinstance(out, (tuple, list)) else [out]
    by = savers(*outputs)
    kinds = {storage(x): "input" for x in inputs}
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
        size = tensor.untyped_storage().nbytes()
        row = {"is": what, "dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "bytes": size}
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


def drawn(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.randn(shape).to(dtype).requires_grad_()


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

B, H, W, C, F, T, S, D, U, V = 3, 11, 13, 10, 14, 7, 5, 24, 17, 50
HEADS, KV = 6, 2


def heads(x: Tensor, n: int) -> Tensor:
    """(B, T, n·dim) to (B, n, T, dim), as a view."""
    return x.unflatten(-1, (n, -1)).transpose(1, 2)


def attention(kv: int = HEADS, bias: bool = True, written: bool = False, drop: float = 0.0, **options: Any) -> Do:
    """Four linear layers around F.scaled_dot_product_attention, or around two products and a softmax."""

    def does(m: Any, x: Tensor, memory: Tensor | None = None) -> Tensor:
        source = x if memory is None else memory
        q, k, v = heads(m.q(x), HEADS), heads(m.k(source), kv), heads(m.v(source), kv)
        if written:
            if kv != HEADS:  # as Llama's repeat_kv
                k, v = (t.repeat_interleave(HEADS // kv, 1) for t in (k, v))
            scores = (q @ k.transpose(-2, -1)) * (D // HEADS) ** -0.5
            if options.get("is_causal"):
                scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), float("-inf"))
            mixed = functional.dropout(scores.softmax(-1), drop, m.training) @ v
        else:
            mixed = functional.scaled_dot_product_attention(q, k, v, dropout_p=drop, enable_gqa=kv != HEADS, **options)
        return m.o(mixed.transpose(1, 2).flatten(2))

    narrow = D // HEADS * kv
    return Do(
        does, q=nn.Linear(D, D, bias), k=nn.Linear(D, narrow, bias), v=nn.Linear(D, narrow, bias),
        o=nn.Linear(D, D, bias),
    )  # fmt: skip


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
ON_IMAGES: dict[str, nn.Module] = {
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
ON_SEQUENCES: dict[str, nn.Module] = {
    f"linear({U})": nn.Linear(D, U),
    f"linear({U}, nobias)": nn.Linear(D, U, bias=False),
    f"pos({T})": Do(lambda m, x: x + m.table, table=numbers(T, D)),
    "cls": Do(lambda m, x: torch.cat([m.tokens.expand(len(x), -1, -1), x], 1), tokens=numbers(1, 1, D)),
    "scale": Do(lambda m, x: x * m.w, w=numbers(D)),
    "shift": Do(lambda m, x: x + m.w, w=numbers(D)),
    "flatten": nn.Flatten(),
    "reshape(4, 42)": apply(lambda x: x.reshape(B, 4, 42)),
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
ON_PLAIN: dict[str, nn.Module] = {
    f"linear({U})": nn.Linear(D, U),
    "bn": nn.BatchNorm1d(D),
    "ln": nn.LayerNorm(D),
    "relu": nn.ReLU(),
}
# The sentence whole, a module, and the shapes that go in.
OTHERS: list[tuple[str, nn.Module, list[tuple[int, ...]]]] = [
    ("(11,13,12) -> shuffle(2)", nn.PixelShuffle(2), [(B, 12, H, W)]),
    ("(12,14,10) -> unshuffle(2)", nn.PixelUnshuffle(2), [(B, C, 12, 14)]),
    ("(5,6,7,4) -> conv(3x2x3, 8)", nn.Conv3d(4, 8, (3, 2, 3)), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> tconv(2, 8, 2)", nn.ConvTranspose3d(4, 8, 2, 2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> bn", nn.BatchNorm3d(4), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> pool(2)", nn.MaxPool3d(2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> avgpool(2)", nn.AvgPool3d(2), [(B, 4, 5, 6, 7)]),
    ("(5,6,7,4) -> gap", nn.Sequential(nn.AdaptiveAvgPool3d(1), nn.Flatten()), [(B, 4, 5, 6, 7)]),
    (
        "memory: (5,24) -> id\n(7,24) -> attention(6, over=@memory)  # MultiheadAttention",
        over(), [(B, T, D), (B, S, D)],
    ),
    (
        "memory: (5,24) -> id\n(7,24) -> attention(6, over=@memory)  # scaled_dot_product_attention",
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


ON_IDS: dict[str, nn.Module] = {
    f"({T}) -> embed({V}, {D})": nn.Embedding(V, D),
    f"shared table = embed({V}, {D})\n({T}) -> table -> unembed(table)": tied(),
    f"({T}) -> embed({V}, {D}) -> pos({T})": Do(
        lambda m, ids: m.words(ids) + m.places(torch.arange(T)), words=nn.Embedding(V, D), places=nn.Embedding(T, D)
    ),
}


def layers() -> Iterator[tuple[str, nn.Module, Callable[[torch.dtype], list[Tensor]]]]:
    """Sentences, modules, and what draws the inputs in a data type."""
    for head, shape, table in (
        (f"({H},{W},{C})", (B, C, H, W), ON_IMAGES),
        (f"({T},{D})", (B, T, D), ON_SEQUENCES),
        (f"({D})", (B, D), ON_PLAIN),
    ):
        for said, model in table.items():
            yield f"{head} -> {said}", model, lambda dtype, shape=shape: [drawn(shape, dtype)]
    for said, model, shapes in OTHERS:
        yield said, model, lambda dtype, shapes=shapes: [drawn(shape, dtype) for shape in shapes]
    for said, model in ON_IDS.items():
        yield said, model, lambda _: [torch.randint(T, (B, T))]  # below T: a table of places has no more rows


def saved_rows() -> Iterator[Row]:
    for said, model, draw in layers():
        wide, scalars, (out, *_) = saved(model, *draw(torch.float32))
        row = {"name": said, "output": list(out.shape), "bytes": activations(wide), "saved": wide}
        if scalars:
            row["scalars"] = scalars
        try:
            narrow, _, _ = saved(model.to(torch.bfloat16), *draw(torch.bfloat16))
            row["bytes_bf16"] = activations(narrow)
            if [structure(s, "float32") for s in wide] != [structure(s, "bfloat16") for s in narrow]:
                row["saved_bf16"] = narrow
        except NotImplementedError:  # avg_pool3d on the CPU
            row["bytes_bf16"] = None
        yield row


def activations(rows: list[Row]) -> int:
    """Bytes without parameters and buffers."""
    return sum(row["count"] * row["bytes"] for row in rows if row["is"] not in {"parameter", "buffer"})


def structure(row: Row, asked: str) -> Any:
    """What does not depend on the data type that was asked for."""
    return row["is"], row["count"], row["dtype"].replace(asked, "asked"), row["shape"], row["by"]


def main() -> None:
    torch.manual_seed(1)
    tables = {"saved": list(saved_rows())}
    versions = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]}
    parts = [f'  "versions": {json.dumps(versions)}']
    for name, rows in tables.items():
        lines = ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in rows)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    HERE.with_name("memory.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
