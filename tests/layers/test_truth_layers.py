"""Every layer that PyTorch and Keras were asked about, said as a sentence of ours and counted again.

Expected numbers stand in truth/layers.json and nowhere else. The tables below only say each row's call in our words;
what has no words stands in a table of its own, with the reason.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import paramula as pm
from places import TESTS

TRUTH: dict[str, Any] = json.loads((TESTS / "truth" / "layers.json").read_text("utf-8"))

Row = dict[str, Any]
Shape = list[int]
# The row's args and the incoming shape, channels last -> the chain behind the input.
Say = Callable[[Row, Shape], str]


# --------------------------------------------------------------------------------------------- how values are written


def word(value: Any) -> str:
    """A window, stride or padding as the language writes it: `(3,5)`, `((1,2),(3,4))`; on one axis a plain number."""
    if not isinstance(value, list):
        return str(value)
    return word(value[0]) if len(value) == 1 else f"({','.join(map(word, value))})"


def call(name: str, *positional: Any, **options: Any) -> str:
    """`conv((5,3),6,nobias,s=2)`: True is a flag, None and False are what the row does not say."""
    said = {key: value for key, value in options.items() if value is not None and value is not False}
    words = [*map(word, positional), *(key if value is True else f"{key}={word(value)}" for key, value in said.items())]
    return f"{name}({','.join(words)})" if words else name


def sentence(shape: Shape, chain: str) -> str:
    return f"({','.join(map(str, shape))}) -> {chain}"


def family(op: str) -> str:
    """`Conv` for Conv1d, Conv2D, …: a layer is written once for any rank."""
    return re.sub(r"[123][dD]", "", op)


def channels_last(shape: Shape) -> Shape:
    return [*shape[1:], shape[0]]


# ------------------------------------------------------------------------------------------------------------ PyTorch

CHANNELS_LAST_IN_TORCH = {"Embedding", "GRU", "LSTM", "LayerNorm", "Linear", "RNN"}


def torch_conv(a: Row, shape: Shape) -> str:
    return call(
        "conv",
        a["kernel_size"],
        a["out_channels"],
        nobias=not a.get("bias", True),
        s=a.get("stride"),
        p=a.get("padding"),
        d=a.get("dilation"),
        g=a.get("groups"),
    )


def torch_conv_transpose(a: Row, shape: Shape) -> str:
    return call(
        "tconv",
        a["kernel_size"],
        a["out_channels"],
        nobias=not a["bias"],
        s=a["stride"],
        p=a["padding"],
        output_pad=a["output_padding"],
        d=a["dilation"],
        g=a["groups"],
    )


def torch_pool(name: str) -> Say:
    return lambda a, shape: call(
        name, a["kernel_size"], ceil=a["ceil_mode"], s=a.get("stride"), p=a.get("padding"), d=a.get("dilation")
    )


def torch_pad(a: Row, shape: Shape) -> str:
    """What is negative is cropped."""
    sides = a["padding"]
    return f"{call('pad', [max(n, 0) for n in sides])} -> {call('crop', [max(-n, 0) for n in sides])}"


def torch_view(wanted: Callable[[Row, Shape], list[int]]) -> Say:
    """A reshape in PyTorch's order of axes, channels first, and back."""

    def say(a: Row, shape: Shape) -> str:
        rank, new = len(shape), wanted(a, [shape[-1], *shape[:-1]])
        first = call("permute", rank - 1, *range(rank - 1))
        last = call("permute", *range(1, len(new)), 0)
        return f"{first} -> {call('reshape', *new)} -> {last}"

    return say


def flattened(a: Row, shape: Shape) -> list[int]:
    # PyTorch counts the batch as axis 0.
    return [*shape[: a["start_dim"] - 1], -1, *shape[a.get("end_dim", len(shape)) :]]


def unflattened(a: Row, shape: Shape) -> list[int]:
    return [*shape[: a["dim"] - 1], *a["unflattened_size"], *shape[a["dim"] :]]


def recurrent(name: str, units: int, *, biases: int | None = None, bidirectional: bool = False, **flags: bool) -> str:
    layer = call({"RNN": "rnn", "SimpleRNN": "rnn", "GRU": "gru", "LSTM": "lstm"}[name], units, biases=biases, **flags)
    return call("bi", layer) if bidirectional else layer


def torch_recurrent(name: str) -> Say:
    def say(a: Row, shape: Shape) -> str:
        layer = recurrent(name, a["hidden_size"], biases=2, bidirectional=a["bidirectional"], seq=True)
        return " -> ".join([layer] * a["num_layers"])

    return say


TORCH: dict[str, Say] = {
    "Conv": torch_conv,
    "ConvTranspose": torch_conv_transpose,
    "MaxPool": torch_pool("maxpool"),
    "AvgPool": torch_pool("avgpool"),
    "AdaptiveAvgPool": lambda a, shape: call("adaptive", a["output_size"]),
    "AdaptiveMaxPool": lambda a, shape: call("adaptive", a["output_size"]),
    "PixelUnshuffle": lambda a, shape: call("unshuffle", a["downscale_factor"]),
    "Upsample": lambda a, shape: call("up", a["scale_factor"]),
    "ConstantPad": torch_pad,
    "Flatten": torch_view(flattened),
    "Unflatten": torch_view(unflattened),
    "BatchNorm": lambda a, shape: call("bn", noaffine=not a["affine"]),
    "InstanceNorm": lambda a, shape: call("instancenorm", affine=a["affine"]),
    "LayerNorm": lambda a, shape: "ln",
    "GLU": lambda a, shape: "glu",  # dim 1 is the channels: last for us
    "PReLU": lambda a, shape: "prelu(shared)",
    "Linear": lambda a, shape: call("linear", a["out_features"]),
    "Embedding": lambda a, shape: call("embed", a["num_embeddings"], a["embedding_dim"]),
    "RNN": torch_recurrent("RNN"),
    "GRU": torch_recurrent("GRU"),
    "LSTM": torch_recurrent("LSTM"),
}


# -------------------------------------------------------------------------------------------------------------- Keras


def keras_window(a: Row) -> Row:
    """Keras names a padding with the words of ours, so it stands as a flag."""
    return {a.get("padding", "valid"): True, "nobias": not a.get("use_bias", True), "s": a.get("strides")}


def keras_conv(a: Row, shape: Shape) -> str:
    return call("conv", a["kernel_size"], a["filters"], **keras_window(a), d=a.get("dilation_rate"), g=a.get("groups"))


def keras_conv_transpose(a: Row, shape: Shape) -> str:
    if "output_padding" not in a:
        return call("tconv", a["kernel_size"], a["filters"], **keras_window(a))
    # Given an output padding, Keras's `same` is p = k//2 and its `valid` p = 0, for even kernels too.
    kernel, same = a["kernel_size"], a["padding"] == "same"
    half = [k // 2 for k in kernel] if isinstance(kernel, list) else kernel // 2
    return call(
        "tconv",
        kernel,
        a["filters"],
        nobias=not a["use_bias"],
        s=a["strides"],
        p=half if same else None,
        output_pad=a["output_padding"],
    )


def keras_pool(name: str) -> Say:
    return lambda a, shape: call(name, a["pool_size"], **keras_window(a))


def keras_global_max_pool(a: Row, shape: Shape) -> str:
    return f"gmp -> {call('reshape', *[1] * (len(shape) - 1), shape[-1])}" if a.get("keepdims") else "gmp"


def keras_batch_norm(a: Row, shape: Shape) -> str:
    norm = call("bn", noscale=not a.get("scale", True))
    if "axis" not in a:
        return norm
    axes = list(range(len(shape)))
    axes[a["axis"] - 1], axes[-1] = axes[-1], axes[a["axis"] - 1]  # Keras counts the batch as axis 0
    swap = call("permute", *axes)
    return f"{swap} -> {norm} -> {swap}"


def keras_einsum(a: Row, shape: Shape) -> str:
    assert (a["equation"], a["bias_axes"]) == ("abc,cde->abde", "de"), "one contracted axis, the last: a linear layer"
    _, d, e = a["output_shape"]
    return f"linear({d}*{e}) -> {call('reshape', -1, d, e)}"


def keras_recurrent(name: str) -> Say:
    return lambda a, shape: recurrent(
        name,
        a["units"],
        bidirectional="layer" in a,
        seq=a["return_sequences"],
    )


KERAS: dict[str, Say] = {
    "Conv": keras_conv,
    "ConvTranspose": keras_conv_transpose,
    "DepthwiseConv": lambda a, shape: call(
        "dwconv", a["kernel_size"], **keras_window(a), multiplier=a["depth_multiplier"]
    ),
    "SeparableConv": lambda a, shape: call(
        "sepconv", a["kernel_size"], a["filters"], **keras_window(a), multiplier=a["depth_multiplier"]
    ),
    "MaxPooling": keras_pool("maxpool"),
    "AveragePooling": keras_pool("avgpool"),
    "GlobalAveragePooling": lambda a, shape: "gap",
    "GlobalMaxPooling": keras_global_max_pool,
    "UpSampling": lambda a, shape: call("up", a["size"]),
    "ZeroPadding": lambda a, shape: call("pad", a["padding"]),
    "Cropping": lambda a, shape: call("crop", a["cropping"]),
    "Permute": lambda a, shape: call("permute", *(axis - 1 for axis in a["dims"])),
    "BatchNormalization": keras_batch_norm,
    "LayerNormalization": lambda a, shape: call("ln", axes=len(a["axis"]) if "axis" in a else None),
    "RMSNormalization": lambda a, shape: "rms",
    "GroupNormalization": lambda a, shape: call("gn", shape[-1] if a["groups"] == -1 else a["groups"]),
    "LeakyReLU": lambda a, shape: "leaky",
    "EinsumDense": keras_einsum,
    "SimpleRNN": keras_recurrent("SimpleRNN"),
    "GRU": keras_recurrent("GRU"),
    "LSTM": keras_recurrent("LSTM"),
    "Bidirectional": lambda a, shape: keras_recurrent(a["layer"])(a, shape),
}


# -------------------------------------------------------------------------------------------------------------- facts

WITHOUT_WORDS = {
    ("torch", "Unfold"): "overlapping patches side by side as channels",
    ("keras", "Normalization"): "statistics of the data, and a counter, learned outside training by adapt()",
}

# By the row's note: what one framework refuses and the other takes. The reason stands in docs/conventions.md too.
ACCEPTED_HERE = {"torch refuses 'same' with stride>1": "Keras accepts it, ⌈n/s⌉"}

TABLES = {"torch": TORCH, "keras": KERAS}


def op_of(row: Row) -> tuple[str, str]:
    return row["framework"], family(row["op"])


def fact_sentence(row: Row) -> str:
    framework, op = op_of(row)
    moved = framework == "torch" and op not in CHANNELS_LAST_IN_TORCH
    shape = channels_last(row["in_shape"]) if moved else row["in_shape"]
    return sentence(shape, TABLES[framework][op](row["args"], shape))


def expected_shape(row: Row) -> tuple[int, ...]:
    framework, op = op_of(row)
    shape: Shape = row.get("executed_out_shape") or row["out_shape"]
    return tuple(channels_last(shape) if framework == "torch" and op not in CHANNELS_LAST_IN_TORCH else shape)


FACTS = [
    pytest.param(row, id=f"{row['framework']}-{row['op']}-{i}")
    for i, row in enumerate(TRUTH["facts"])
    if op_of(row) not in WITHOUT_WORDS
]


def test_every_op_has_words_or_a_reason() -> None:
    measured = {op_of(row) for row in TRUTH["facts"]}
    spoken = {(framework, op) for framework, table in TABLES.items() for op in table}
    assert measured - spoken == set(WITHOUT_WORDS)
    assert spoken - measured <= {("keras", "GRU")}  # measured inside Bidirectional only


@pytest.mark.parametrize("row", FACTS)
def test_fact(row: Row) -> None:
    text = fact_sentence(row)
    if row["out_shape"] is None:
        if row["note"] in ACCEPTED_HERE:
            pm.net(text)
        else:
            with pytest.raises(pm.NetError):
                pm.net(text)
        return
    net = pm.net(text)
    params, state = int(net.params), int(net.state)
    assert tuple(int(size) for size in net.shape) == expected_shape(row), text
    if row["framework"] == "torch":
        assert params == row["params"], text
        assert state == row.get("buffers", 1) - 1, text  # but for num_batches_tracked, a counter
    else:
        assert (params + state, state) == (row["params"], row.get("non_trainable", 0)), text


# -------------------------------------------------------------------------------------------------- param_conventions

ENCODER = "residual(attention(4)) -> ln -> residual(linear(50, relu) -> linear(24)) -> ln"
DECODER = (
    "residual(attention(4)) -> ln -> residual(attention(4, over=@memory)) -> ln"
    " -> residual(linear(50, relu) -> linear(24)) -> ln"
)

# The row's topic beside our sentence; a pair is PyTorch's and Keras's where they differ. Rows of recurrent layers say
# themselves (recurrent_convention).
CONVENTIONS: dict[str, str | tuple[str, str]] = {
    "MHA bias=True": "(5,24) -> attention(4)",
    "MHA bias=False": "(5,24) -> attention(4, nobias)",
    "MHA add_bias_kv": "(5,24) -> param(2, 24) -> attention(4)",
    "GQA bias=True": "(5,24) -> attention(4, kv=2, dim=6)",
    "GQA bias=False": "(5,24) -> attention(4, kv=2, dim=6, nobias)",
    "TransformerEncoderLayer": f"(5,24) -> {ENCODER}",
    "TransformerEncoderLayer no bias": (
        "(5,24) -> residual(attention(4, nobias)) -> ln(noshift)"
        " -> residual(linear(50, relu, nobias) -> linear(24, nobias)) -> ln(noshift)"
    ),
    "TransformerDecoderLayer": f"memory: (7,24) -> id\n(5,24) -> {DECODER}",
    "Transformer": f"memory: (7,24) -> ({ENCODER}) * 2 -> ln\n(5,24) -> ({DECODER}) * 2 -> ln",
    "BatchNorm 4 vs 2": "(5,5,7) -> bn",
    "BatchNorm no scale/center": ("(5,5,7) -> bn(noaffine)", "(5,5,7) -> bn(noscale)"),
    "LayerNorm last axis": "(4,13) -> ln",
    "LayerNorm two axes": "(4,13) -> ln(axes=2)",
    "LayerNorm no bias": "(4,13) -> ln(noshift)",
    "GroupNorm": "(5,5,8) -> gn(2)",
    "RMSNorm": "(4,13) -> rms",
    "InstanceNorm": ("(5,5,7) -> instancenorm", "(5,5,7) -> instancenorm(affine)"),
    "Embedding": "(9) -> embed(100, 16)",
    "EmbeddingBag": "(9) -> embed(100, 16) -> mean(0)",
    "PReLU": ("(5,5,6) -> prelu(shared)", "(5,5,6) -> flatten -> prelu -> reshape(5, 5, 6)"),
    "Dense/Linear": "17 -> dense(5)",
    "SeparableConv2D": (
        "(9,9,6) -> dwconv(3x3, multiplier=2, nobias) -> conv(1x1, 9)",
        "(9,9,6) -> sepconv(3, 9, multiplier=2)",
    ),
    "SeparableConv2D no bias": (
        "(9,9,6) -> dwconv(3x3, multiplier=2, nobias) -> conv(1x1, 9, nobias)",
        "(9,9,6) -> sepconv(3x3, 9, multiplier=2, nobias)",
    ),
    "SeparableConv1D": "(9,6) -> sepconv(3, 9)",
    "DepthwiseConv2D": ("(9,9,6) -> conv(3x3, 12, g=6)", "(9,9,6) -> dwconv(3x3, multiplier=2)"),
    "Conv2DTranspose": "(9,9,6) -> tconv(3x3, 4)",
    "Conv2DTranspose grouped": "(9,9,6) -> tconv(3x3, 4, g=2)",
    "Conv2D grouped": "(9,9,6) -> conv(3x5, 4, g=2)",
    "Conv3D": "(9,9,9,2) -> conv(3x2x5, 4)",
    "Conv1D": "(9,2) -> conv(7, 4)",
    "weight_norm Linear": "7 -> dense(5, nobias) -> scale -> shift",  # a direction, its length, its bias
    "TimeDistributed Dense": "(9,7) -> linear(5)",
    "shared layer": "shared f = dense(4)\n4 -> f -> f",
}

CONVENTIONS_WITHOUT_WORDS = {
    "LSTM proj_size": "a projection inside the recurrence",
    "LSTM proj_size 2-layer bidirectional": "a projection inside the recurrence",
    "ConvLSTM2D": "a convolution inside the recurrence",
    "ConvLSTM1D": "a convolution inside the recurrence",
    "MHA kdim/vdim bias=True": "keys and values of two sources with two widths",
    "MHA kdim/vdim bias=False": "keys and values of two sources with two widths",
    "MHA key_dim,value_dim,output_shape": "values of another width than keys",
    "Bilinear": "a product of two inputs",
    "spectral_norm Linear": "a reparametrisation with state of its own",
}


def recurrent_convention(row: Row, framework: str) -> str | None:
    """`nn.LSTM(7,11,num_layers=2,bidirectional=True)`, `GRU(11,reset_after=False)`: the cell says it all."""
    told = re.fullmatch(r"(?:nn\.)?(RNN|SimpleRNN|GRU|LSTM)(?:Cell)?\((?:7,)?11(.*)\)", row[framework] or "")
    if not told or row["topic"] in CONVENTIONS_WITHOUT_WORDS:
        return None
    name, options = told[1], dict(re.findall(r"(\w+)=(\w+)", told[2]))
    layer = recurrent(
        name,
        11,
        biases=2 if framework == "torch" else 1 if "reset_after" in options else None,
        bidirectional=row["topic"].startswith("Bidirectional") or options.get("bidirectional") == "True",
        seq=True,
        nobias="False" in (options.get("bias"), options.get("use_bias")),
    )
    return sentence([5, 7], " -> ".join([layer] * int(options.get("num_layers", 1))))


def convention_sentence(row: Row, framework: str) -> str:
    said = recurrent_convention(row, framework) or CONVENTIONS[row["topic"]]
    return said if isinstance(said, str) else said[framework == "keras"]


CELLS = [
    pytest.param(row, framework, id=f"{framework}-{row['topic']}-{i}".replace(" ", "_"))
    for i, row in enumerate(TRUTH["param_conventions"])
    for framework in ("torch", "keras")
    if row[f"{framework}_params"] is not None and row["topic"] not in CONVENTIONS_WITHOUT_WORDS
]


def test_every_convention_has_words_or_a_reason() -> None:
    rows = TRUTH["param_conventions"]
    told = {row["topic"] for row in rows if recurrent_convention(row, "torch") or recurrent_convention(row, "keras")}
    assert {row["topic"] for row in rows} - told - set(CONVENTIONS) == set(CONVENTIONS_WITHOUT_WORDS)


@pytest.mark.parametrize(("row", "framework"), CELLS)
def test_convention(row: Row, framework: str) -> None:
    text = convention_sentence(row, framework)
    net = pm.net(text)
    params, state = int(net.params), int(net.state)
    if framework == "keras":
        assert params + state == row["keras_params"], text
    else:
        assert params == row["torch_params"], text
        if "torch_buffers" in row:
            assert state == row["torch_buffers"] - 1, text  # but for num_batches_tracked, a counter


def test_the_pair_with_two_biases() -> None:
    """What the naive PyTorch pair has and a separable convolution has not: the depthwise stage's own bias."""
    (row,) = (row for row in TRUTH["param_conventions"] if "torch_default_bias_pair" in row)
    net = pm.net("(9,9,6) -> dwconv(3x3, multiplier=2) -> conv(1x1, 9)")
    assert int(net.params) == row["torch_default_bias_pair"]


# ------------------------------------------------------------------------------------------------------- side by side


def size_after(n: int, layer: str) -> int:
    size, channels = pm.net(sentence([n, 1], layer)).shape
    assert int(channels) == 1
    return int(size)


def side_by_side(table: str) -> list[Any]:
    names = ("n", "kernel", "stride", "padding")
    return [
        pytest.param(row, id="-".join(f"{name[0]}{row[name]}" for name in names if name in row)) for row in TRUTH[table]
    ]


@pytest.mark.parametrize("row", side_by_side("same_padding_side_by_side"))
def test_same_padding(row: Row) -> None:
    n, k, s = row["n"], row["kernel"], row["stride"]
    sides = [row["keras_pad_left"], row["keras_pad_right"]]
    assert size_after(n, call("conv", k, 1, same=True, s=s)) == row["keras_same"]
    assert size_after(n, call("pool", k, same=True, s=s)) == row["keras_same"]
    assert size_after(n, call("conv", k, 1, s=s, p=sides)) == row["keras_same"]
    assert size_after(n, f"conv({k},1,s={s},p=({word(sides)},))") == row["keras_same"]
    assert size_after(n, call("conv", k, 1, s=s, p=(k - 1) // 2)) == row["torch_pad_floor_km1_over_2"]
    assert size_after(n, call("conv", k, 1, s=s, p=k // 2)) == row["torch_pad_k_over_2"]


@pytest.mark.parametrize("row", side_by_side("conv_transpose_side_by_side"))
def test_transposed_convolution(row: Row) -> None:
    n, k, s = row["n"], row["kernel"], row["stride"]
    keras = size_after(n, call("tconv", k, 1, s=s, **{row["padding"]: True}))
    assert keras == row["keras"] == row["keras_executed"]
    assert size_after(n, call("tconv", k, 1, s=s)) == row["torch_no_padding"]
