"""The library and the catalogue against PyTorch and Keras, which build each network anew in this process.

    python -m venv torch && torch/bin/pip install torch==2.13.0 keras==3.15.1 transformers==5.24.0 numpy
    torch/bin/pip install -e . pytest
    PARAMULA_LONG=1 torch/bin/python -m pytest tests/test_frameworks.py

A few minutes on two cores. Nothing is downloaded: modules are built from their sizes, without numbers (on PyTorch's
meta device). Compared are the sizes of the tensors one by one, trained and not, the numbers in biases, the
multiply–accumulates (PyTorch: torch.utils.flop_counter; Keras: from the shapes of kernels and outputs) and the shapes
that are given out. Where a framework counts something else than docs/quantities.md says, the difference is computed
from the reason that stands beside it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from inspect import signature
from random import Random
from typing import Any, NamedTuple

import pytest

import paramula as pm
from paramula import program
from paramula.algebra.given import evaluate

if not os.environ.get("PARAMULA_LONG"):
    pytest.skip("frameworks build the networks in the long mode: PARAMULA_LONG=1", allow_module_level=True)
os.environ["KERAS_BACKEND"] = "torch"
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from frameworks import applications, images, sequences  # noqa: E402
from frameworks.counting import Counted, image, of_keras, of_torch, sizes, tokens  # noqa: E402


class Built(NamedTuple):
    """A network as a framework builds and counts it, and the lengths of the sequences it is given."""

    count: Callable[[], Counted]
    lengths: dict[str, int]


def picture(make: Callable[..., Any], *args: Any, **options: Any) -> Built:
    """A module on an image, of the size that its builder says where none is given."""
    given = signature(make).bind(*args, **options)
    given.apply_defaults()
    shape = given.arguments["image"]

    def count() -> Counted:
        with torch.device("meta"):
            return of_torch(make(*args, **options).eval(), image(shape))

    return Built(count, {})


def text(make: Callable[..., Any], *args: Any, T: int = 24, S: int = 0, experts: int = 0, **options: Any) -> Built:
    """A module on tokens; with S an encoder's tokens come first. `masks`, as transformers looks into no other on meta."""

    def count() -> Counted:
        with torch.device("meta"):
            module = make(*args, **options).eval()
            named: dict[str, Any] = {}
            if type(module).__module__.startswith("transformers"):
                named["attention_mask"] = torch.zeros(1, 1, T, T)
                if S:
                    named |= {"decoder_input_ids": tokens(T), "attention_mask": torch.zeros(1, 1, 1, S)}
                    return of_torch(module, tokens(S), **named)
            return of_torch(module, *([tokens(S)] if S else []), tokens(T), experts=experts, **named)

    return Built(count, {"T": T} | ({"S": S} if S else {}))


def series(make: Callable[..., Any], *args: Any, T: int, i: int, **options: Any) -> Built:
    """A module on a sequence of T vectors of width i."""

    def count() -> Counted:
        with torch.device("meta"):
            return of_torch(make(*args, i=i, **options).eval(), torch.empty(1, T, i))

    return Built(count, {})


def in_keras(make: Callable[..., Any], *args: Any, **options: Any) -> Built:
    """A model of Keras; T and S are its lengths, too."""

    def count() -> Counted:
        with keras.device("meta"):
            return of_keras(make(*args, **options))

    return Built(count, {name: options[name] for name in ("T", "S") if name in options})


def application(name: str, *sides: int, **options: Any) -> Built:
    """A network of keras.applications, whose preprocessing of the image and norms without scale are no part of ours."""

    def count() -> Counted:
        with keras.device("meta"):
            model = applications.application(name, *sides, **options)
            counted = of_keras(model)
        for layer in model.layers:
            if isinstance(layer, keras.layers.Normalization):  # keeps the mean and variance of images, and a count
                counted.kept.subtract([sizes(v.shape) for v in layer.weights])
            if isinstance(layer, keras.layers.BatchNormalization) and not layer.scale:  # ours has one, in front of relu
                counted.trained.update([sizes(layer.beta.shape)])
        return counted._replace(kept=+counted.kept)

    return Built(count, {})


def ours(net: pm.Network) -> Counted:
    """A network of paramula, counted as the frameworks' are."""
    trained: Counter[tuple[int, ...]] = Counter()
    kept: Counter[tuple[int, ...]] = Counter()
    for tensor in net.tensors:
        twice = tensor.role == "bias" and len(tensor.shape) == 2  # frameworks keep the two biases of a gate apart
        shape, copies = (tensor.shape[1:], tensor.shape[0]) if twice else (tensor.shape, 1)
        (kept if tensor.role == "state" else trained)[sizes(shape)] += int(tensor.copies * copies)
    return Counted(trained, kept, int(net.biases), int(net.macs), sorted(outputs(net.shape)))


def outputs(shape: Any) -> list[tuple[int, ...]]:
    if isinstance(shape[0], tuple):
        return [s for part in shape for s in outputs(part)]
    return [tuple(map(int, shape))]


def agree(said: Counted, counted: Counted) -> None:
    assert said.trained - counted.trained == counted.trained - said.trained == Counter()
    assert said.kept == counted.kept
    assert said[2:] == counted[2:]


# ------------------------------------------------------------------------------------- published networks, in PyTorch

DEEP = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
DENSE = {121: (32, (6, 12, 24, 16)), 161: (48, (6, 12, 36, 24)), 169: (32, (6, 12, 32, 32)), 201: (32, (6, 12, 48, 32))}
EFFICIENT = [(1, 1), (1, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2, 3.1)]
WIDE = [(40, 1), (40, 2), (40, 4), (40, 8), (28, 10), (28, 12), (22, 8), (22, 10), (16, 8), (16, 10)]
CONVNEXT = {"tiny": (96, 9), "small": (96, 27), "base": (128, 27), "large": (192, 27), "xlarge": (256, 27)}
VIT = {
    "b_16": (12, 768, 12, 3072, 16), "b_32": (12, 768, 12, 3072, 32), "l_16": (24, 1024, 16, 4096, 16),
    "l_32": (24, 1024, 16, 4096, 32), "h_14": (32, 1280, 16, 5120, 14),
}  # fmt: skip
GPT2 = {"small": (12, 768, 12), "medium": (24, 1024, 16), "large": (36, 1280, 20), "xl": (48, 1600, 25)}
GPT3 = {
    "small": (12, 768, 12), "medium": (24, 1024, 16), "large": (24, 1536, 16), "xl": (24, 2048, 16),
    "2_7b": (32, 2560, 32), "6_7b": (32, 4096, 32), "13b": (40, 5120, 40), "175b": (96, 12288, 96),
}  # fmt: skip
LLAMA = {
    "7b": (32, 4096, 32, 11008), "13b": (40, 5120, 40, 13824), "33b": (60, 6656, 52, 17920),
    "65b": (80, 8192, 64, 22016), "2_7b": (32, 4096, 32, 11008), "2_13b": (40, 5120, 40, 13824),
    "2_70b": (80, 8192, 64, 28672, 32000, 8), "3_8b": (32, 4096, 32, 14336, 128256, 8),
    "3_70b": (80, 8192, 64, 28672, 128256, 8), "3_1_405b": (126, 16384, 128, 53248, 128256, 8),
}  # fmt: skip
ALBERT = {"base": (12, 768, 12), "large": (24, 1024, 16), "xlarge": (24, 2048, 16), "xxlarge": (12, 4096, 64)}
T5 = {
    "small": (6, 512, 8, 2048), "base": (12, 768, 12, 3072), "large": (24, 1024, 16, 4096),
    "3b": (24, 1024, 32, 16384, 32128, 128), "11b": (24, 1024, 128, 65536, 32128, 128),
}  # fmt: skip

# The name of a network, and what builds it from the sizes of its paper's table.
PUBLISHED: dict[str, Built] = {
    "lenet5": picture(images.lenet5),
    "lenet5_1998": picture(images.lenet5_1998),
    "alexnet": picture(images.alexnet),
    "alexnet_2012": picture(images.alexnet_2012),
    **{f"vgg{n}": picture(images.vgg, layers) for n, layers in VGG.items()},
    **{f"vgg{n}_bn": picture(images.vgg, layers, norm=True) for n, layers in VGG.items()},
    "nin": picture(images.nin),
    "squeezenet1_0": picture(images.squeezenet),
    "squeezenet1_1": picture(images.squeezenet, "1_1"),
    "googlenet": picture(images.googlenet),
    "googlenet_aux": picture(images.googlenet, aux=True),
    "inception_v3": picture(images.inception_v3),
    "inception_v3_aux": picture(images.inception_v3, aux=True),
    "resnet18": picture(images.resnet, (2, 2, 2, 2), "basic"),
    "resnet34": picture(images.resnet, (3, 4, 6, 3), "basic"),
    **{f"resnet{n}": picture(images.resnet, layers) for n, layers in DEEP.items()},
    **{f"resnet{n}_keras": picture(images.resnet, layers, first=True, bias=True) for n, layers in DEEP.items()},
    **{f"resnet{n}v2": picture(images.resnet_v2, layers) for n, layers in DEEP.items()},
    **{f"se_resnet{n}": picture(images.resnet, layers, squeeze=16) for n, layers in DEEP.items()},
    "resnext50_32x4d": picture(images.resnet, DEEP[50], wide=2, groups=32),
    "resnext101_32x8d": picture(images.resnet, DEEP[101], wide=4, groups=32),
    "resnext101_64x4d": picture(images.resnet, DEEP[101], wide=4, groups=64),
    "se_resnext50_32x4d": picture(images.resnet, DEEP[50], wide=2, groups=32, squeeze=16),
    "se_resnext101_32x4d": picture(images.resnet, DEEP[101], wide=2, groups=32, squeeze=16),
    "wide_resnet50_2": picture(images.resnet, DEEP[50], wide=2),
    "wide_resnet101_2": picture(images.resnet, DEEP[101], wide=2),
    **{f"resnet{6 * n + 2}": picture(images.resnet_cifar, n) for n in (3, 5, 7, 9, 18, 200)},
    "preact_resnet110": picture(images.preact_basic, 18),
    "preact_resnet164": picture(images.preact_bottleneck, 18),
    "preact_resnet1001": picture(images.preact_bottleneck, 111),
    **{f"wrn_{d}_{k}": picture(images.wide_resnet, (d - 4) // 6, k) for d, k in WIDE},
    **{f"densenet{n}": picture(images.densenet, *sizes) for n, sizes in DENSE.items()},
    **{
        f"densenet_{3 * n + 4}_{k}": picture(images.densenet, k, [n] * 3, images.CIFAR, 10, first=16, plain=True)
        for n, k in ((12, 12), (32, 12), (32, 24))
    },
    **{
        f"densenet_bc_{6 * n + 4}_{k}": picture(images.densenet, k, [n] * 3, images.CIFAR, 10, first=2 * k)
        for n, k in ((16, 12), (41, 24), (31, 40))
    },
    "mobilenet_v1": picture(images.mobilenet_v1),
    **{f"mobilenet_v1_0_{w}": picture(images.mobilenet_v1, float(f"0.{w}")) for w in (25, 5, 75)},
    "mobilenet_v2": picture(images.mobilenet_v2),
    **{f"mobilenet_v2_{w}": picture(images.mobilenet_v2, float(w.replace("_", "."))) for w in ("0_5", "0_75", "1_4")},
    **{f"mobilenet_v3_{size}": picture(images.mobilenet_v3, size) for size in ("small", "large")},
    **{f"mnasnet{w}": picture(images.mnasnet, float(w.replace("_", "."))) for w in ("0_5", "0_75", "1_0", "1_3")},
    "mnasnet_a1": picture(images.mnasnet_a1),
    **{f"efficientnet_b{i}": picture(images.efficientnet, w, d) for i, (w, d) in enumerate(EFFICIENT)},
    **{f"efficientnet_v2_{size}": picture(images.efficientnet_v2, size) for size in "sml"},
    **{
        f"shufflenet_v2_x{x}": picture(images.shufflenet_v2, c, f)
        for x, c, f in (("0_5", 48, 1024), ("1_0", 116, 1024), ("1_5", 176, 1024), ("2_0", 244, 2048))
    },
    "xception": picture(images.xception),
    **{f"convnext_{size}": picture(images.convnext, c, n) for size, (c, n) in CONVNEXT.items()},
    "unet": picture(images.unet),
    "unet_same": picture(images.unet, padded=True, image=(1, 512, 512)),
    **{
        f"{name}_resnet{layers}{'_aux' if aux else ''}": picture(make, n, aux)
        for name, make in (("fcn", images.fcn), ("deeplabv3", images.deeplabv3))
        for layers, n in ((50, 6), (101, 23))
        for aux in (False, True)
    },
    **{f"vit_{size}": picture(sequences.vit, *sizes) for size, sizes in VIT.items()},
    "swin_t": picture(sequences.swin),
    "swin_s": picture(sequences.swin, n=18),
    "swin_b": picture(sequences.swin, 128, 4, 18),
    "tcn_mnist": series(images.tcn, 8, 25, 7, end="last", out=10, T=784, i=1),
    "tcn_adding": series(images.tcn, 8, 24, 8, end="last", out=1, T=600, i=2),
    "tcn_copy_500": series(images.tcn, 9, 10, 6, end="all", out=10, T=520, i=1),
    "tcn_copy_1000": series(images.tcn, 8, 10, 8, end="all", out=10, T=1020, i=1),
    "tcn_jsb": series(images.tcn, 2, 150, 3, end="all", out=88, T=100, i=88),
    "tcn_nottingham": series(images.tcn, 4, 150, 6, end="all", out=88, T=100, i=88),
    "transformer_base": text(sequences.Transformer, T=5, S=7),
    "transformer_big": text(sequences.Transformer, 6, 1024, 16, 4096, T=5, S=7),
    "rnnsearch": text(sequences.RNNSearch, T=5, S=7),
    "bert_base": text(sequences.bert),
    "bert_large": text(sequences.bert, 24, 1024, 16),
    **{f"albert_{size}": text(sequences.albert, *sizes) for size, sizes in ALBERT.items()},
    **{f"gpt2_{size}": text(sequences.gpt2, *sizes, T=1024) for size, sizes in GPT2.items()},
    **{f"gpt3_{size}": text(sequences.gpt3, *sizes, T=2048) for size, sizes in GPT3.items()},
    **{f"llama_{size}": text(sequences.llama, *sizes) for size, sizes in LLAMA.items()},
    "mistral_7b": text(sequences.mistral),
    "mixtral_8x7b": text(sequences.mixtral, experts=8),
    **{f"t5_{size}": text(sequences.t5, *sizes, S=9) for size, sizes in T5.items()},
    "gru_lm_ptb": text(sequences.gru_lm, 2, 650, 10000, 650),
    "text_generation": text(sequences.gru_lm),
}

# ---------------------------------------------------------------------------------------- published networks, in Keras

IN_KERAS: dict[str, Built] = {
    "lenet5": in_keras(applications.lenet5),
    "alexnet_2012": in_keras(applications.alexnet_2012),
    "nin": in_keras(applications.nin),
    **{f"vgg{n}": application(f"VGG{n}") for n in (16, 19)},
    **{f"resnet{n}_keras": application(f"ResNet{n}") for n in DEEP},
    **{f"resnet{n}v2": application(f"ResNet{n}V2") for n in DEEP},
    **{f"densenet{n}": application(f"DenseNet{n}") for n in (121, 169, 201)},
    "mobilenet_v1": application("MobileNet"),
    **{f"mobilenet_v1_0_{w}": application("MobileNet", alpha=float(f"0.{w}")) for w in (25, 5, 75)},
    "mobilenet_v1((160,160,3))": application("MobileNet", 160),
    "mobilenet_v2": application("MobileNetV2"),
    **{f"mobilenet_v2_{w}": application("MobileNetV2", alpha=float(w.replace("_", "."))) for w in ("0_5", "0_75", "1_4")},
    "mobilenet_v2((96,128,3), 7, 0.35)": application("MobileNetV2", 96, 128, classes=7, alpha=0.35),
    **{f"mobilenet_v3_{size}": application(f"MobileNetV3{size.title()}") for size in ("small", "large")},
    **{f"efficientnet_b{i}": application(f"EfficientNetB{i}") for i in range(8)},
    **{f"efficientnet_v2_{size}": application(f"EfficientNetV2{size.upper()}") for size in "sml"},
    **{f"convnext_{size}": application(f"ConvNeXt{'XLarge' if size == 'xlarge' else size.title()}") for size in CONVNEXT},
    "xception": application("Xception", 299),
    "inception_v3": application("InceptionV3", 299),
    **{f"resnet{6 * n + 2}": in_keras(applications.resnet_cifar, n) for n in (3, 9)},
    "wrn_16_8": in_keras(applications.wide_resnet, 2, 8),
    "wrn_40_1": in_keras(applications.wide_resnet, 6, 1),
    "densenet_40_12": in_keras(applications.densenet_cifar, 12, 12, True),
    "densenet_bc_100_12": in_keras(applications.densenet_cifar, 16, 12, False),
    "unet": in_keras(applications.unet),
    "unet_same": in_keras(applications.unet, padded=True, image=(512, 512, 1)),
    "lstm_lm_small": in_keras(applications.lstm_lm, T=24, d=200),
    "lstm_lm_medium": in_keras(applications.lstm_lm, T=24),
    "lstm_lm_large": in_keras(applications.lstm_lm, T=24, d=1500),
    "lstm_lm_large_tied": in_keras(applications.lstm_lm, T=24, d=1500, tied=True),
    "text_generation": in_keras(applications.gru_lm, T=24),
    "gru_lm(b=1)": in_keras(applications.gru_lm, T=24, reset_after=False),
    "gru_lm_ptb": in_keras(applications.gru_lm, 2, 650, 10000, 650, T=24),
    "seq2seq": in_keras(applications.seq2seq, T=5, S=7, prompted=1),
    **{f"gpt2_{size}": in_keras(applications.gpt2, *sizes, T=1024) for size, sizes in GPT2.items()},
    **{f"llama_{size}": in_keras(applications.llama, *sizes, T=24) for size, sizes in LLAMA.items()},
    **{f"vit_{size}": in_keras(applications.vit, *sizes) for size, sizes in VIT.items()},
}

# PyTorch keeps two biases for each gate, the papers' equations and Keras one.
ONLY_KERAS = {"lstm_lm_small", "lstm_lm_medium", "lstm_lm_large", "lstm_lm_large_tied", "seq2seq"}


def test_every_published_network_is_built() -> None:
    assert {name for file in program.files() for name in program.stated(file)} == PUBLISHED.keys() | ONLY_KERAS
    assert ONLY_KERAS <= IN_KERAS.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_network_is_pytorchs_tensor_by_tensor(name: str) -> None:
    compare(name, PUBLISHED[name])


@pytest.mark.parametrize("name", IN_KERAS)
def test_a_published_network_is_keras_tensor_by_tensor(name: str) -> None:
    compare(name, IN_KERAS[name])


def compare(name: str, built: Built) -> None:
    net = pm.net(name)
    agree(ours(net.at(**built.lengths) if net.symbols else net), built.count())
