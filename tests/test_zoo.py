"""The convolutional networks of zoo/, and Swin, against what torchvision and Keras build.

truth/networks.json holds what was measured: the input, the trained numbers, those kept but not trained, the
multiply–accumulates of convolutions, linear layers and attention products, and for some the shapes of all trained
tensors.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import paramula as pm

HERE = Path(__file__).parent
TRUTH: dict[str, dict[str, Any]] = {
    row["name"]: row for row in json.loads((HERE / "truth" / "networks.json").read_text("utf-8"))
}

# The measured name -> the file of the zoo and the definition in it.
MEMBERS = {
    "alexnet": ("alexnet", "alexnet"),
    **{name: ("vgg", name) for n in (11, 13, 16, 19) for name in (f"vgg{n}", f"vgg{n}_bn")},
    "keras VGG16": ("vgg", "vgg16"),
    **{f"resnet{n}": ("resnet", f"resnet{n}") for n in (18, 34, 50, 101, 152)},
    "resnext50_32x4d": ("resnet", "resnext50_32x4d"),
    "keras ResNet50": ("resnet_keras", "resnet50_keras"),
    "squeezenet1_0": ("squeezenet", "squeezenet1_0"),
    "squeezenet1_1": ("squeezenet", "squeezenet1_1"),
    "densenet121": ("densenet", "densenet121"),
    "densenet161": ("densenet", "densenet161"),
    "keras DenseNet121": ("densenet", "densenet121"),
    "googlenet@aux_logits=False": ("googlenet", "googlenet"),
    "keras MobileNet": ("mobilenet_v1", "mobilenet_v1"),
    "mobilenet_v2": ("mobilenet_v2", "mobilenet_v2"),
    "keras MobileNetV2": ("mobilenet_v2", "mobilenet_v2"),
    **{f"efficientnet_b{n}": ("efficientnet", f"efficientnet_b{n}") for n in range(8)},
    "keras Xception": ("xception", "xception"),
    "swin_t": ("swin", "swin_t"),
}
UNSAID = {
    "keras EfficientNetB0": "keeps mean, variance and a counter of its input: 7 numbers of its state",
}
FILES = sorted({file for file, _ in MEMBERS.values()})


def text(file: str) -> str:
    return (HERE / "zoo" / f"{file}.net").read_text("utf-8")


@cache
def member(file: str, name: str) -> pm.Network:
    return pm.net(f"{text(file)}\n{name}")


def sizes(shape: Any) -> tuple[int, ...]:
    """A tensor's sizes, however its axes are ordered."""
    return tuple(sorted(int(n) for n in shape if n != 1))


def test_every_network_that_was_measured_is_written_or_has_a_reason() -> None:
    assert TRUTH.keys() == MEMBERS.keys() | UNSAID.keys()


@pytest.mark.parametrize("file", FILES)
def test_a_file_holds_and_asserts_each_quantity_of_each_member(file: str) -> None:
    pm.load(HERE / "zoo" / f"{file}.net")  # a failed assertion is an error
    said = text(file).splitlines()
    for name, row in TRUTH.items():
        if name in UNSAID or MEMBERS[name][0] != file:
            continue
        for quantity in ("params", "state", "macs"):
            assert f"assert {quantity}({MEMBERS[name][1]}) == {row[quantity]}" in said


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("quantity", ["params", "state", "macs"])
def test_it_counts_what_was_measured(name: str, quantity: str) -> None:
    assert getattr(member(*MEMBERS[name]), quantity) == TRUTH[name][quantity]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_thousand_classes_come_out(name: str) -> None:
    assert member(*MEMBERS[name]).shape == (1000,)


@pytest.mark.parametrize("name", [name for name in MEMBERS if "weights" in TRUTH[name]])
def test_it_owns_the_tensors_that_were_measured(name: str) -> None:
    owned: Counter[tuple[int, ...]] = Counter()
    for tensor in member(*MEMBERS[name]).tensors:
        if tensor.role != "state":
            owned[sizes(tensor.shape)] += int(tensor.copies)
    assert owned == Counter(map(sizes, TRUTH[name]["weights"]))
