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
from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from math import prod
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate
from paramula.engine import program
from paramula.errors import NetError

if not os.environ.get("PARAMULA_LONG"):
    pytest.skip("frameworks build the networks in the long mode: PARAMULA_LONG=1", allow_module_level=True)
os.environ["KERAS_BACKEND"] = "torch"  # before Keras is imported
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from frameworks import applications, images, layers, sequences  # noqa: E402
from frameworks.counting import Counted, image, of_keras, of_torch, sizes, tokens  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # PyTorch's, of its speed


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
    """A module on tokens; with S an encoder's come first. A mask of rank 4 is not looked into, which meta can not."""

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
        twice = tensor.name.endswith("bias") and len(tensor.shape) == 2  # frameworks keep a gate's two biases apart
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

# Published families with other arguments, fractions among them.
OTHERS: dict[str, Built] = {
    **{f"mobilenet_v2(w={w})": picture(images.mobilenet_v2, w) for w in (0.1, 0.35, 0.61, 1.11, 1.3)},
    "mobilenet_v2((75,110,3), 7, 0.35)": picture(images.mobilenet_v2, 0.35, (3, 75, 110), 7),
    **{f"mobilenet_v1(w={w})": picture(images.mobilenet_v1, w) for w in (0.3, 1.7)},
    **{f"mnasnet({w})": picture(images.mnasnet, w) for w in (0.35, 1.45)},
    **{f"efficientnet({w}, {d})": picture(images.efficientnet, w, d) for w, d in ((0.7, 0.4), (1.3, 1.7), (2.2, 3.6))},
    "resnet(1, 2, 1, 2, (65,90,3), 7, w=4, g=16)": picture(
        images.resnet, (1, 2, 1, 2), wide=4, groups=16, image=(3, 65, 90), classes=7
    ),
    "use resnet\nshallow(1, 2, 3, 1)": picture(images.resnet, (1, 2, 3, 1), "basic"),
    "use unet\nunet_valid(3, 32, (116,132,1), 5)": picture(images.unet, 3, 32, False, (1, 116, 132), 5),
    "squeezenet(64, (63,97,3), 5)": picture(images.squeezenet, e=64, image=(3, 63, 97), classes=5),
    "use wide_resnet\nthin_resnet(2, (17,30,3), 5)": picture(images.wide_resnet, 2, 1, (3, 17, 30), 5),
    "use preact_resnet\npreact_basic(2, (17,30,3), 5)": picture(images.preact_basic, 2, (3, 17, 30), 5),
    "lstm_lm(b=2)": text(sequences.lstm_lm),
    "use lstm_lm\nlstm_lm_tied(b=2)": text(sequences.lstm_lm, d=1500, tied=True),
    "mixtral(2, 24, 4, 40, 50, 2, 5, A=3)": text(sequences.mixtral, 2, 24, 4, 40, 50, 2, 5, 3, experts=5),
    "t5(2, 24, 3, 40, 50, dim=5)": text(sequences.t5, 2, 24, 3, 40, 50, 5, S=9),
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
    **{
        f"mobilenet_v2_{w}": application("MobileNetV2", alpha=a)
        for w, a in (("0_5", 0.5), ("0_75", 0.75), ("1_4", 1.4))
    },
    "mobilenet_v2((96,128,3), 7, 0.35)": application("MobileNetV2", 96, 128, classes=7, alpha=0.35),
    **{f"mobilenet_v3_{size}": application(f"MobileNetV3{size.title()}") for size in ("small", "large")},
    **{f"efficientnet_b{i}": application(f"EfficientNetB{i}") for i in range(8)},
    **{f"efficientnet_v2_{size}": application(f"EfficientNetV2{size.upper()}") for size in "sml"},
    **{
        f"convnext_{size.lower()}": application(f"ConvNeXt{size}")
        for size in ("Tiny", "Small", "Base", "Large", "XLarge")
    },
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
    # The source's last state is a place of its own in front of the words, of which ours is given one fewer.
    "seq2seq": in_keras(applications.seq2seq, T=5, S=7)._replace(lengths={"T": 4, "S": 7}),
    **{f"gpt2_{size}": in_keras(applications.gpt2, *sizes, T=1024) for size, sizes in GPT2.items()},
    **{f"llama_{size}": in_keras(applications.llama, *LLAMA[size], T=24) for size in ("7b", "2_70b", "3_8b")},
    **{f"vit_{size}": in_keras(applications.vit, *sizes) for size, sizes in VIT.items()},
}

# PyTorch keeps two biases for each gate, the papers' equations and Keras one.
ONLY_KERAS = {"lstm_lm_small", "lstm_lm_medium", "lstm_lm_large", "lstm_lm_large_tied", "seq2seq"}


def test_products_are_those_of_pytorchs_own_counter() -> None:
    """The formulas are looked up there; this holds that all operations are."""
    with torch.device("meta"):
        for module, given in (
            (images.googlenet(aux=True), image(images.IMAGENET)), (sequences.bert(L=2), tokens(24)),
            (images.unet(2, 8), image((1, 92, 92))), (sequences.lstm_lm(d=8), tokens(5)),
            (sequences.swin(24, 2), image(images.IMAGENET)),
        ):  # fmt: skip
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                module.eval()(given)
            assert of_torch(module, given).macs * 2 == counter.get_total_flops() > 0


def test_every_published_network_is_built() -> None:
    assert {name for file in program.files() for name in program.stated(file)} == PUBLISHED.keys() | ONLY_KERAS
    assert IN_KERAS.keys() >= ONLY_KERAS


@pytest.mark.parametrize("name", [*PUBLISHED, *OTHERS])
def test_a_network_of_the_library_is_pytorchs_tensor_by_tensor(name: str) -> None:
    compare(name, (PUBLISHED | OTHERS)[name])


@pytest.mark.parametrize("name", IN_KERAS)
def test_a_network_of_the_library_is_keras_tensor_by_tensor(name: str) -> None:
    compare(name, IN_KERAS[name])


def compare(name: str, built: Built) -> None:
    net = pm.net(name)
    agree(ours(net.at(**built.lengths) if net.symbols else net), built.count())


# ------------------------------------------------------------------------------------------------- families in symbols

SMALL, TINY = range(1, 5), range(1, 3)
WIDTHS = range(4, 33)
HEADED = range(24, 97, 24)  # what 1 to 4 heads of an even width divide
SIDES, EIGHTS = range(1, 130), range(8, 130, 8)
VALUES: dict[str, Any] = {"H": SIDES, "W": SIDES, **dict.fromkeys("KTS", range(1, 12)), "L": SMALL, "h": SMALL}
VALUES |= {"V": range(3, 60), "e": WIDTHS, "f": range(1, 60)}
STAGES = dict.fromkeys("abcd", range(1, 4))


class Family(NamedTuple):
    """What builds a family at a point, and which numbers its symbols may be there, where VALUES says nothing else."""

    built: Callable[..., Built]
    values: Mapping[str, Any] = MappingProxyType({})


def of_images(make: Callable[..., Any], channels: int = 3, **values: Any) -> Family:
    """A builder whose arguments are called as the family's symbols are."""
    return Family(lambda H, W, K, **p: picture(make, **p, image=(channels, H, W), classes=K), values)


def of_words(make: Callable[..., Any], experts: str = "", **values: Any) -> Family:
    def built(T: int, S: int = 0, **p: int) -> Built:
        return text(make, **p, T=T, S=S, experts=p[experts] if experts else 0)

    return Family(built, values)


def staged(make: Callable[..., Any], **options: Any) -> Family:
    """A ResNet whose stages have a, b, c and d blocks."""
    return Family(
        lambda a, b, c, d, H, W, K, r=0: picture(
            make, (a, b, c, d), image=(3, H, W), classes=K, **options, **({"squeeze": r} if r else {})
        ),
        STAGES | {"r": (1, 2, 4, 8, 16, 32)},
    )


# Each file of the library ends with its family in symbols: what builds that.
FAMILIES: dict[str, Family] = {
    "lenet": of_images(images.lenet5, 1),
    "alexnet": of_images(images.alexnet),
    "vgg": Family(
        lambda a, b, c, d, e, H, W, K: picture(images.vgg, (a, b, c, d, e), image=(3, H, W), classes=K),
        dict.fromkeys("abcde", range(1, 4)),
    ),
    "nin": of_images(images.nin),
    "squeezenet": of_images(images.squeezenet, e=range(8, 200, 8)),
    "googlenet": of_images(images.googlenet),
    "inception_v3": of_images(images.inception_v3),
    "resnet": staged(images.resnet),
    "resnet_keras": staged(images.resnet, first=True, bias=True),
    "se_resnet": staged(images.resnet),
    "resnet_cifar": of_images(images.resnet_cifar, n=SMALL, w=WIDTHS),
    "preact_resnet": of_images(images.preact_bottleneck, n=SMALL),
    "wide_resnet": of_images(images.wide_resnet, n=SMALL, k=range(2, 6)),
    "densenet": Family(
        lambda k, a, b, c, d, H, W, K: picture(images.densenet, k, (a, b, c, d), image=(3, H, W), classes=K),
        STAGES | {"k": (8, 16, 24)},
    ),
    "densenet_cifar": Family(
        lambda n, k, H, W, K: picture(images.densenet, k, [n] * 3, (3, H, W), K, first=16, plain=True),
        {"n": SMALL, "k": range(1, 20)},
    ),
    "mobilenet_v1": of_images(images.mobilenet_v1, w=TINY),
    "mobilenet_v2": of_images(images.mobilenet_v2, w=TINY),
    "mobilenet_v3": Family(lambda H, W, K: picture(images.mobilenet_v3, "large", image=(3, H, W), classes=K)),
    "mnasnet": of_images(images.mnasnet, w=TINY),
    "efficientnet": of_images(images.efficientnet, w=TINY, d=TINY),
    "efficientnet_v2": of_images(images.efficientnet_v2),
    "shufflenet_v2": of_images(
        lambda c, f, image, classes: images.shufflenet_v2(c, f, image, classes), c=range(2, 80), f=WIDTHS
    ),
    "xception": of_images(images.xception, n=TINY),
    "convnext": of_images(images.convnext, c=WIDTHS, n=SMALL),
    "unet": Family(
        lambda n, c, h, w, K: picture(images.unet, n, c, True, (1, h * 2**n, w * 2**n), K),
        {"n": SMALL, "c": WIDTHS, "h": SMALL, "w": SMALL},
    ),
    "fcn": of_images(images.fcn, n=SMALL, H=EIGHTS, W=EIGHTS),
    "deeplab": of_images(images.deeplabv3, n=SMALL, H=EIGHTS, W=EIGHTS),
    "vit": of_images(sequences.vit, d=HEADED, m=WIDTHS, p=range(1, 20), H=range(1, 60), W=range(1, 60)),
    "swin": Family(lambda c, h, K: picture(sequences.swin, c, h, classes=K), {"c": WIDTHS}),
    "tcn": Family(
        lambda n, c, k, i, T: series(images.tcn, n, c, k, i=i, T=T),
        {"n": SMALL, "c": WIDTHS, "k": range(2, 8), "i": (1, 2, 3)},  # i = c has no convolution beside the first level
    ),
    "lstm_lm": Family(lambda L, d, V, T: in_keras(applications.lstm_lm, L, d, V, T=T), {"d": WIDTHS}),
    "gru_lm": of_words(sequences.gru_lm, d=WIDTHS),
    "seq2seq": of_words(
        lambda n, m, a, l, V: sequences.RNNSearch(n, m, a, l, V, V), n=WIDTHS, m=WIDTHS, a=WIDTHS, l=WIDTHS
    ),
    "transformer": of_words(sequences.Transformer, d=HEADED),
    "bert": of_words(sequences.bert, d=HEADED),
    "albert": of_words(sequences.albert, d=HEADED),
    "gpt2": Family(lambda T, **p: text(partial(sequences.gpt2, T=T), **p, T=T), {"d": HEADED}),
    "gpt3": Family(lambda T, **p: text(partial(sequences.gpt3, T=T), **p, T=T), {"d": HEADED}),
    "llama": of_words(sequences.llama, d=HEADED, kv=(1, 2)),
    "mistral": of_words(sequences.mistral, d=HEADED, kv=(1, 2)),
    "mixtral": of_words(sequences.mixtral, "E", d=HEADED, kv=(1, 2), E=range(2, 6), A=TINY),
    "t5": of_words(sequences.t5, d=WIDTHS),
}


def test_every_family_is_built() -> None:
    assert FAMILIES.keys() == program.files().keys()


@pytest.mark.parametrize("file", FAMILIES)
def test_the_formulas_of_a_family_are_the_frameworks_counts_where_its_conditions_hold(file: str) -> None:
    """Closed forms at six points; where a size does not meet the conditions, the framework refuses it, too."""
    family, random = FAMILIES[file], Random(file)
    net = pm.load(program.LIBRARY / f"{file}.net")
    choices = {**VALUES, **family.values}
    tried: Counter[bool] = Counter()
    while tried[True] < 6 and sum(tried.values()) < 60:
        point = {name: random.choice(choices[name]) for name in net.order}
        meets = met(net, point)
        tried[meets] += 1
        if meets:
            counted = family.built(**point).count()
            agree_at(net, point, counted)
            agree(ours(net.at(**point)), counted)
        elif point.get("h", 0) % point.get("kv", 1) == 0:  # transformers leaves out heads that kv does not divide
            assert counted_or_refused(family.built(**point)) is None, point
    assert tried[True] == 6


def counted_or_refused(it: Built | layers.Drawn) -> Counted | None:
    try:
        return it.count()
    except (RuntimeError, ValueError, AssertionError):  # what the frameworks raise for sizes that they do not take
        return None


def met(net: pm.Network, point: dict[str, int]) -> bool:
    return all(condition.holds(**point) for condition in net.conditions)


def agree_at(net: pm.Network, point: dict[str, int], counted: Counted) -> None:
    """The closed forms of a network, evaluated."""
    said = {name: evaluate(net.quantity(name), point) for name in ("params", "state", "biases", "macs")}
    trained, kept = (sum(prod(shape) * n for shape, n in part.items()) for part in counted[:2])
    assert said == {"params": trained, "state": kept, "biases": counted.biases, "macs": counted.macs}, point
    assert [tuple(evaluate(n, point) for n in net.quantity("shape"))] == counted.shapes, point


# --------------------------------------------------------------------------------------------------------------- layers

DRAWS = 60


@pytest.mark.parametrize("name", layers.LAYERS)
def test_a_layer_with_random_options_is_the_frameworks(name: str) -> None:
    """Accepted where the framework accepts it, with the same tensors, products and shape; in symbols, too."""
    random, built = Random(name), 0
    for _ in range(DRAWS):
        drawn = layers.LAYERS[name](random)
        counted = counted_or_refused(drawn)
        said = sentence(drawn, drawn.shape)
        if counted is not None:
            built += 1
            agree(ours(pm.net(said)), counted)
        else:
            assert accepted(said) is None, said
        if drawn.open:
            letters = [*"HWD"[: len(drawn.shape) - 1], "C"]
            point = dict(zip(letters, drawn.shape, strict=True))
            net = accepted(sentence(drawn, letters))  # None: no sizes would do
            assert (net is not None and met(net, point)) == (counted is not None), said
            if net and counted:
                agree_at(net, point, counted)
    assert built >= DRAWS / 3, f"the framework builds {built} of {DRAWS}"


def accepted(text: str) -> pm.Network | None:
    try:
        return pm.net(text)
    except NetError:
        return None


def sentence(drawn: layers.Drawn, shape: Any) -> str:
    head = f"memory: ({','.join(map(str, drawn.memory))}) -> id\n" if drawn.memory else ""
    return f"{head}({','.join(map(str, shape))}) -> {drawn.call}"
