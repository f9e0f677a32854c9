"""Measures what other tools count for layers and networks and writes tools_measured.json beside this file.

    python -m venv measure && . measure/bin/activate
    pip install torch==2.13.0 torchvision==0.28.0 keras==3.15.1 setuptools tabulate termcolor yacs iopath
    pip install torchinfo==1.8.0 fvcore==0.1.5.post20221221 ptflops==0.7.5 thop==0.1.1.post2209072238
    pip install calflops==0.3.2 accelerate --no-deps
    python measure_tools.py

Two minutes on the CPU; no weights are fetched. One row a sentence of our language with the module that is meant by it,
in `eval()` mode, batch 1, and what each tool returns: torchinfo [total_params, total_mult_adds], fvcore total (an
operator that it does not support counts 0), ptflops and ptflops_aten [macs, params], thop [macs, params], calflops
[flops, macs, params], flopcounter (torch.utils.flop_counter) on the CPU and on the meta device, with gradients. null
where the tool raises an error. A module stands in a Sequential, since thop counts no params of one that stands alone.
Behind these stand layers as Keras makes them, with [total, trainable, non-trainable] params as its summary counts them.
"""

import contextlib
import copy
import io
import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import setuptools  # noqa: F401  thop wants distutils, which Python has no more
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

VERSIONS = {
    "torch": torch.__version__.split("+")[0],
    "torchvision": "0.28.0",
    "torchinfo": "1.8.0",
    "fvcore": "0.1.5.post20221221",
    "ptflops": "0.7.5",
    "thop": "0.1.1.post2209072238",
    "calflops": "0.3.2",
    "keras": keras.__version__,
}


def by_torchinfo(model: nn.Module, x: Tensor) -> Any:
    from torchinfo import summary

    said = summary(model, input_data=[x], verbose=0)
    return [said.total_params, said.total_mult_adds]


def by_fvcore(model: nn.Module, x: Tensor) -> Any:
    from fvcore.nn import FlopCountAnalysis

    return int(FlopCountAnalysis(model, (x,)).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


def by_ptflops(model: nn.Module, x: Tensor, backend: str = "pytorch") -> Any:
    from ptflops import get_model_complexity_info

    said = get_model_complexity_info(
        model, tuple(x.shape[1:]), input_constructor=lambda _: x, as_strings=False, print_per_layer_stat=False,
        backend=backend,
    )  # fmt: skip
    return None if said[0] is None else list(map(int, said))


def by_thop(model: nn.Module, x: Tensor) -> Any:
    from thop import profile

    return list(map(int, profile(model, (x,), verbose=False)))


def by_calflops(model: nn.Module, x: Tensor) -> Any:
    from calflops import calculate_flops

    said = calculate_flops(model, args=[x], output_as_string=False, print_results=False, print_detailed=False)
    return list(map(int, said))


def by_flopcounter(model: nn.Module, x: Tensor) -> Any:
    with FlopCounterMode(display=False) as counter:
        model(x)
    return counter.get_total_flops()


def by_flopcounter_meta(model: nn.Module, x: Tensor) -> Any:
    return by_flopcounter(copy.deepcopy(model).to("meta"), x.to("meta"))


TOOLS = {
    "torchinfo": by_torchinfo,
    "fvcore": by_fvcore,
    "ptflops": by_ptflops,
    "ptflops_aten": lambda model, x: by_ptflops(model, x, "aten"),
    "thop": by_thop,
    "calflops": by_calflops,
    "flopcounter": by_flopcounter,
    "flopcounter_meta": by_flopcounter_meta,
}


class Add(nn.Module):
    """x + f(x), written with the operator."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class Mul(Add):
    def forward(self, x: Tensor) -> Tensor:
        return x * self.inner(x)


class Cat(Add):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.inner(x)], 1)


class Itself(nn.Module):
    """Attention over itself, called as it comes (which gives its weights out, too), or with options."""

    def __init__(self, inner: nn.Module, **options: bool) -> None:
        super().__init__()
        self.inner, self.options = inner, options

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x, x, x, **self.options)[0]
        return out


class Over(nn.Module):
    """Attention over a memory of another length, which goes through a linear layer of its own."""

    def __init__(self, inner: nn.Module, **options: bool) -> None:
        super().__init__()
        self.inner, self.options, self.memory = inner, options, nn.Linear(16, 16, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        memory = self.memory(torch.zeros(1, 5, 16, device=x.device))
        out: Tensor = self.inner(x, memory, memory, **self.options)[0]
        return out


class WrittenOut(nn.Module):
    """Attention as torchvision's Swin writes it: linear layers, two products and a softmax."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x: Tensor) -> Tensor:
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = functional.softmax((q * (d // self.heads) ** -0.5).matmul(k.transpose(-2, -1)), dim=-1)
        out: Tensor = self.proj(scores.matmul(v).transpose(1, 2).reshape(n, t, d))
        return out


class First(nn.Module):
    """Only the outputs of a recurrent layer."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x)[0]
        return out


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(50, 16)
        self.out = nn.Linear(16, 50, bias=False)
        self.out.weight = self.table.weight

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.table(x))
        return out


class Position(nn.Module):
    def __init__(self, n: int, d: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(1, n, d))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table


class Twice(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(self.inner(x))
        return out


# Behind a convolution without bias of 3 to 8 channels on 12x10 places, or a linear one of 16 numbers at 7 places.
IMAGE = "(12,10,3) -> conv(1x1, 8, nobias) -> "
SEQUENCE = "(7,16) -> linear(16, nobias) -> "
ON_IMAGES: dict[str, nn.Module] = {
    "conv(3x3, 6)": nn.Conv2d(8, 6, 3),
    "conv(3x3, 6, same, s=2)": nn.Conv2d(8, 6, 3, stride=2, padding=1),
    "conv(3x3, 6, same, nobias)": nn.Conv2d(8, 6, 3, padding=1, bias=False),
    "conv(3x3, 4, p=1, g=2)": nn.Conv2d(8, 4, 3, padding=1, groups=2),
    "dwconv(3x3)": nn.Conv2d(8, 8, 3, groups=8),
    "sepconv(3, 6)": nn.Sequential(nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Conv2d(8, 6, 1)),
    "patch(4, 5)": nn.Sequential(nn.Conv2d(8, 5, 4, stride=4), nn.Flatten(2)),
    "tconv(2, 6, s=2)": nn.ConvTranspose2d(8, 6, 2, stride=2),
    "tconv(3, 6, s=2, p=1, nobias)": nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, bias=False),
    "bn": nn.BatchNorm2d(8),
    "bn(noaffine)": nn.BatchNorm2d(8, affine=False),
    "gn(4)": nn.GroupNorm(4, 8),
    "gn(4, noaffine)": nn.GroupNorm(4, 8, affine=False),
    "instancenorm": nn.InstanceNorm2d(8),
    "instancenorm(affine)": nn.InstanceNorm2d(8, affine=True),
    "relu": nn.ReLU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "hswish": nn.Hardswish(),
    "hsigmoid": nn.Hardsigmoid(),
    "elu": nn.ELU(),
    "selu": nn.SELU(),
    "softplus": nn.Softplus(),
    "leaky": nn.LeakyReLU(),
    "mish": nn.Mish(),
    "relu6": nn.ReLU6(),
    "prelu": nn.PReLU(),
    "prelu(shared)": nn.PReLU(),
    "prelu(shared=0)": nn.PReLU(8),
    "dropout(0.5)": nn.Dropout(),
    "pool(2)": nn.MaxPool2d(2),
    "pool(3, 2, 1)": nn.MaxPool2d(3, 2, 1),
    "pool(3, 2, ceil)": nn.MaxPool2d(3, 2, ceil_mode=True),
    "avgpool(2)": nn.AvgPool2d(2),
    "gap": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "gmp": nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
    "adaptive(6)": nn.AdaptiveAvgPool2d(6),
    "adaptive(5)": nn.AdaptiveAvgPool2d(5),
    "up(2)": nn.Upsample(scale_factor=2),
    "shuffle(2)": nn.PixelShuffle(2),
    "unshuffle(2)": nn.PixelUnshuffle(2),
    "pad(2)": nn.ZeroPad2d(2),
    "flatten": nn.Flatten(),
    "dense(10)": nn.Sequential(nn.Flatten(), nn.Linear(960, 10)),
    "residual(conv(3x3, 8, same))": Add(nn.Conv2d(8, 8, 3, padding=1)),
    "mul(id, gap -> dense(8) -> reshape(1,1,8))": Mul(
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 8), nn.Unflatten(1, (8, 1, 1)))
    ),
    "(id | conv(1x1, 4))": Cat(nn.Conv2d(8, 4, 1)),
    "tconv(3, 6, s=2, g=2)": nn.ConvTranspose2d(8, 6, 3, stride=2, groups=2),
    "tconv(3, 4, s=3, p=1, g=4)": nn.ConvTranspose2d(8, 4, 3, stride=3, padding=1, groups=4),
}
ON_SEQUENCES: dict[str, nn.Module] = {
    "linear(32)": nn.Linear(16, 32),
    "linear(32, nobias)": nn.Linear(16, 32, bias=False),
    "ln": nn.LayerNorm(16),
    "ln(noaffine)": nn.LayerNorm(16, elementwise_affine=False),
    "ln(noshift)": nn.LayerNorm(16, bias=False),
    "rms": nn.RMSNorm(16),
    "softmax": nn.Softmax(-1),
    "glu": nn.GLU(-1),
    "pos": Position(7, 16),
    "rnn(12, seq)": First(nn.RNN(16, 12, batch_first=True)),
    "gru(12, seq)": First(nn.GRU(16, 12, batch_first=True)),
    "lstm(12, seq)": First(nn.LSTM(16, 12, batch_first=True)),
    "lstm(12, seq, biases=2)": First(nn.LSTM(16, 12, batch_first=True)),
    "lstm(12, seq, nobias)": First(nn.LSTM(16, 12, batch_first=True, bias=False)),
    "bi(rnn(12, seq))": First(nn.RNN(16, 12, batch_first=True, bidirectional=True)),
    "bi(gru(12, seq))": First(nn.GRU(16, 12, batch_first=True, bidirectional=True)),
    "bi(lstm(12, seq))": First(nn.LSTM(16, 12, batch_first=True, bidirectional=True)),
    "attention(4)": Itself(nn.MultiheadAttention(16, 4, batch_first=True)),
    "attention(4, nobias)": Itself(nn.MultiheadAttention(16, 4, batch_first=True, bias=False)),
    "attention(4)  # need_weights=False": Itself(nn.MultiheadAttention(16, 4, batch_first=True), need_weights=False),
    "attention(4, nobias)  # need_weights=False": Itself(
        nn.MultiheadAttention(16, 4, batch_first=True, bias=False), need_weights=False
    ),
}
# Whole networks of torchvision, as they are called here.
NETWORKS = [
    "alexnet", "vgg11", "vgg16_bn", "resnet18", "resnet50", "densenet121", "squeezenet1_1", "googlenet", "mobilenet_v2",
    "efficientnet_b0", "mnasnet1_0", "shufflenet_v2_x1_0", "vit_b_32", "convnext_tiny", "swin_t",
]  # fmt: skip


# Keras's layers as they come, and where an option is said.
IN_KERAS: dict[str, Any] = {
    "(12,10,8) -> conv(3x3, 6)": keras.layers.Conv2D(6, 3),
    "(12,10,8) -> dwconv(3x3)": keras.layers.DepthwiseConv2D(3),
    "(12,10,8) -> sepconv(3x3, 6)": keras.layers.SeparableConv2D(6, 3),
    "(12,10,8) -> tconv(3, 6, s=2, valid)": keras.layers.Conv2DTranspose(6, 3, strides=2),
    "(12,10,8) -> pool(2)": keras.layers.MaxPooling2D(),
    "(12,10,8) -> avgpool(2)": keras.layers.AveragePooling2D(2),
    "(12,10,8) -> gap": keras.layers.GlobalAveragePooling2D(),
    "(12,10,8) -> up(2)": keras.layers.UpSampling2D(),
    "(12,10,8) -> bn": keras.layers.BatchNormalization(),
    "(12,10,8) -> bn(noscale)": keras.layers.BatchNormalization(scale=False),
    "(12,10,8) -> ln": keras.layers.LayerNormalization(),
    "(12,10,8) -> rms": keras.layers.RMSNormalization(),
    "(12,10,8) -> gn(4)": keras.layers.GroupNormalization(4),
    "(12,10,8) -> instancenorm": keras.layers.GroupNormalization(-1),
    "(12,10,8) -> instancenorm(affine=0)": keras.layers.GroupNormalization(-1, scale=False, center=False),
    "(12,10,8) -> prelu": keras.layers.PReLU(),
    "(12,10,8) -> prelu(places)": keras.layers.PReLU(),
    "(12,10,8) -> prelu(shared=0)": keras.layers.PReLU(shared_axes=[1, 2]),
    "(12,10,8) -> prelu(shared)": keras.layers.PReLU(shared_axes=[1, 2, 3]),
    "(7,16) -> prelu": keras.layers.PReLU(),
    "(30) -> prelu": keras.layers.PReLU(),
    "(12,10,8) -> leaky": keras.layers.LeakyReLU(),
    "(12,10,8) -> elu": keras.layers.ELU(),
    "(30) -> dense(20)": keras.layers.Dense(20),
    "(7,16) -> linear(20)": keras.layers.Dense(20),
    "(7) -> embed(50, 16)": keras.layers.Embedding(50, 16),
    "(7,16) -> conv(3, 6)": keras.layers.Conv1D(6, 3),
    "(5,6,7,2) -> conv(3, 6)": keras.layers.Conv3D(6, 3),
    "(7,16) -> rnn(12)": keras.layers.SimpleRNN(12),
    "(7,16) -> gru(12)": keras.layers.GRU(12),
    "(7,16) -> gru(12, biases=1)": keras.layers.GRU(12, reset_after=False),
    "(7,16) -> lstm(12)": keras.layers.LSTM(12),
    "(7,16) -> lstm(12, nobias)": keras.layers.LSTM(12, use_bias=False),
    "(7,16) -> bi(rnn(12, seq))": keras.layers.Bidirectional(keras.layers.SimpleRNN(12, return_sequences=True)),
    "(7,16) -> bi(gru(12, seq))": keras.layers.Bidirectional(keras.layers.GRU(12, return_sequences=True)),
    "(7,16) -> bi(lstm(12, seq))": keras.layers.Bidirectional(keras.layers.LSTM(12, return_sequences=True)),
    "(7,16) -> attention(4)": keras.layers.MultiHeadAttention(4, 4),
    "(7,16) -> attention(4, dim=6)": keras.layers.MultiHeadAttention(4, 6),
    "(7,16) -> attention(4, kv=2)": keras.layers.GroupQueryAttention(4, 4, 2),
}


def in_keras(said: str, layer: Any) -> list[int]:
    from keras.src.utils.summary_utils import count_params

    sizes = said.partition(")")[0][1:].split(",")
    x = keras.Input(tuple(map(int, sizes)))
    attends = isinstance(layer, (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention))
    model = keras.Model(x, layer(x, x) if attends else layer(x))
    return [model.count_params(), count_params(model.trainable_weights), count_params(model.non_trainable_weights)]


def measured(model: nn.Module, x: Tensor) -> dict[str, Any]:
    """What each tool says; null where it stops with an error."""
    model.eval()
    out: dict[str, Any] = {}
    for name, tool in TOOLS.items():
        out[name] = None
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            out[name] = tool(model, x)
    return out


def rows() -> Any:
    for said, module in ON_IMAGES.items():
        model = nn.Sequential(nn.Conv2d(3, 8, 1, bias=False), module)
        yield IMAGE + said, model, torch.zeros(1, 3, 12, 10)
    for said, module in ON_SEQUENCES.items():
        yield SEQUENCE + said, nn.Sequential(nn.Linear(16, 16, bias=False), module), torch.zeros(1, 7, 16)
    yield (
        SEQUENCE + "attention(4)  # written out",
        nn.Sequential(nn.Linear(16, 16, bias=False), WrittenOut(16, 4)),
        torch.zeros(1, 7, 16),
    )
    yield (
        "shared c = conv(3x3, 8, same)\n" + IMAGE + "c -> c",
        nn.Sequential(nn.Conv2d(3, 8, 1, bias=False), Twice(nn.Conv2d(8, 8, 3, padding=1))),
        torch.zeros(1, 3, 12, 10),
    )
    tokens = torch.zeros(1, 7, dtype=torch.long)
    yield "(T) -> embed(50, 16) -> linear(50)", nn.Sequential(nn.Embedding(50, 16), nn.Linear(16, 50)), tokens
    yield "shared table = embed(50, 16)\n(T) -> table -> unembed(table)", Tied(), tokens
    yield "(7,16) -> conv(3, 8)", nn.Sequential(nn.Conv1d(16, 8, 3)), torch.zeros(1, 16, 7)
    for note, options in (("", {}), ("  # need_weights=False", {"need_weights": False})):
        yield (
            "m = (5,16) -> linear(16, nobias)\n(7,16) -> attention(4, over=m)" + note,
            nn.Sequential(Over(nn.MultiheadAttention(16, 4, batch_first=True), **options)),
            torch.zeros(1, 7, 16),
        )
    yield "(8,4) -> conv(1, 6, nobias) -> bn -> pool(2) -> up(2) -> gap", nn.Sequential(
        nn.Conv1d(4, 6, 1, bias=False), nn.BatchNorm1d(6), nn.MaxPool1d(2), nn.Upsample(scale_factor=2),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(),
    ), torch.zeros(1, 4, 8)  # fmt: skip
    yield "(5,6,7,2) -> conv(3, 8)", nn.Sequential(nn.Conv3d(2, 8, 3)), torch.zeros(1, 2, 5, 6, 7)
    yield (
        "(5,6,7,2) -> conv(1, 4, nobias) -> bn -> avgpool(2) -> gap",
        nn.Sequential(
            nn.Conv3d(2, 4, 1, bias=False), nn.BatchNorm3d(4), nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten()
        ),
        torch.zeros(1, 2, 5, 6, 7),
    )
    yield (
        "(40) -> dense(30) -> bn -> relu -> dense(10, nobias)",
        nn.Sequential(nn.Linear(40, 30), nn.BatchNorm1d(30), nn.ReLU(), nn.Linear(30, 10, bias=False)),
        torch.zeros(1, 40),
    )
    for name in NETWORKS:
        more = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
        yield name, get_model(name, weights=None, **more), torch.zeros(1, 3, 224, 224)


def main() -> None:
    found = []
    for said, model, x in rows():
        found.append({"name": said, **measured(model, x)})
        print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    keras_found = [{"name": said, "keras": in_keras(said, layer)} for said, layer in IN_KERAS.items()]
    rows_of = {"rows": found, "keras": keras_found}
    lists = [
        f'  "{key}": [\n' + ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in those) + "\n  ]"
        for key, those in rows_of.items()
    ]
    at = Path(__file__).with_name("tools_measured.json")
    at.write_text(",\n".join(['{\n  "versions": ' + json.dumps(VERSIONS), *lists]) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
