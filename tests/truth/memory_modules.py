"""Sentences of our language and the modules of PyTorch that are meant by them, for measure_memory.py. Measures nothing.

Everything is made on the device and in the type that the caller has set. After # stands how PyTorch writes a sentence
where there are several ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torchvision
import transformers
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import get_model
from torchvision.ops import stochastic_depth


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
    }


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
        f"mul(linear(34, silu, nobias), linear(34, nobias)) -> linear({D}, nobias)  # swiglu": glu_written(
            functional.silu
        ),
        "conv(3, 14)": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=nn.Conv1d(D, F, 3)),
        "conv(3, 14, causal)  # pad, Conv1d": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=causal(3)),
        "dwconv(3, nobias)": Do(lambda m, x: m.conv(x.transpose(1, 2)), conv=nn.Conv1d(D, D, 3, groups=D, bias=False)),
        "pool(2)": Do(lambda m, x: m.pool(x.transpose(1, 2)), pool=nn.MaxPool1d(2)),
        "avgpool(2)": Do(lambda m, x: m.pool(x.transpose(1, 2)), pool=nn.AvgPool1d(2)),
    }


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
            over(),
            [(B, T, D), (B, S, D)],
        ),
        (
            f"memory: ({S},{D}) -> id\n({T},{D}) -> attention(6, over=@memory)  # scaled_dot_product_attention",
            attention(),
            [(B, T, D), (B, S, D)],
        ),
        ("a: (11,13,10) -> id\nb: (11,13,10) -> id\nadd(@a, @b)", apply(torch.add), [(B, C, H, W)] * 2),
        ("a: (11,13,10) -> id\nb: (11,13,10) -> id\nmul(@a, @b)", apply(torch.mul), [(B, C, H, W)] * 2),
        ("a: (11,13,10) -> id\nb: (1,1,10) -> id\nmul(@a, @b)", apply(torch.mul), [(B, C, H, W), (B, C, 1, 1)]),
        (
            "a: (11,13,10) -> id\nb: (11,13,14) -> id\nconcat(@a, @b)",
            apply(lambda a, b: torch.cat([a, b], 1)),
            [(B, C, H, W), (B, F, H, W)],
        ),
    ]


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
ffn = linear(192, gelu) -> linear(48) -> dropout(0.1)
block = residual(ln -> attention(6, causal) -> dropout(0.1)) -> residual(ln -> ffn)
(7) -> words -> pos(7) -> dropout(0.1) -> block * 3 -> ln -> unembed(words)"""
LLAMA = """swiglu(h) = mul(linear(h, nobias, silu), linear(h, nobias)) -> linear(48, nobias)
block = residual(rms -> attention(6, kv=2, nobias, causal)) -> residual(rms -> swiglu(34))
(7) -> embed(50, 48) -> block * 2 -> rms -> linear(50, nobias)"""
SMALL_GPT2 = {"n_positions": 7, "n_embd": 48, "n_layer": 3, "n_head": 6, "activation_function": "gelu"}
NO_DROPS = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
SMALL_LLAMA = {
    "hidden_size": 48, "intermediate_size": 34, "num_hidden_layers": 2,
    "num_attention_heads": 6, "num_key_value_heads": 2,
}  # fmt: skip


def networks() -> Iterator[Made]:
    """Sentences, what makes the network, and what makes its input."""
    yield CHAIN, lambda: nn.Sequential(cbr(3, 8), cbr(8, 16), cbr(16, 32), top(32)), image(16)
    yield "(16,16,3) -> conv(3x3, 8, same, relu) -> pool(2) -> dense(20, relu) -> dropout(0.1) -> dense(10)", (
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


# torchvision pools to 7x7 places, the library's file does not.
VGG = """use vgg
(64,64,3) -> [stage(f, n, id) for (f, n) in {(64,1), (128,1), (256,2), (512,2), (512,2)}] -> adaptive(7) -> flatten
    -> (dense(4096, relu) -> dropout(0.5)) * 2 -> dense(1000)  # torchvision"""
