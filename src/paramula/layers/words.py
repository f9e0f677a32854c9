"""The words of the language that stand for something of their own, and cannot be defined anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import NamedTuple

from . import CATALOGUE
from .facts import FLAGS as FLAGS
from .facts import PADDINGS as PADDINGS
from .facts import TAKEN

JOINS = ("add", "concat", "mul", "residual", "fork")
STRUCTURES = frozenset({*JOINS, "id", "input", "shared"})


class Quantity(NamedTuple):
    """What a quantity counts, in the one line that stands wherever it is shown, and what a table calls it."""

    convention: str
    heading: str = ""


QUANTITIES = {
    "params": Quantity("trained numbers: kernels, biases, scales, tables; shared ones once", "parameters"),
    "weights": Quantity("the part of params that is not a bias or a shift"),
    "biases": Quantity("the part of params that is a bias or a shift"),
    "state": Quantity("numbers kept but not trained (moving mean and variance); params + state is Keras's total"),
    "trainable": Quantity("the same as params, under the name that Keras and torchinfo print", "trainable parameters"),
    "outputs": Quantity("elements given out by every layer, activations and joins too; views and id give out none"),
    "activations": Quantity(
        "elements given out by every product (conv, dense, projections, scores, mix, recurrent step)"
    ),
    "macs": Quantity(
        "multiply–accumulates of conv, dense, recurrent and attention products; no bias, norm or activation", "MACs"
    ),
    "flops": Quantity("2·macs", "FLOPs"),
    "depth": Quantity("layers with a kernel on the longest path; attention is 2, a recurrent layer 1"),
    "receptive_field": Quantity(
        "places of the input that one place of the output sees, per axis; joins take the largest", "receptive field"
    ),
    "stride": Quantity("places of the input from one place of the output to the next, per axis"),
    "shape": Quantity("what is given out, batch left out, channels last", "output"),
    "active_params": Quantity("params with only the experts that one token meets", "active parameters"),
}
# What training and serving cost, asked of a network with options: memory(net, batch=8).
COSTS = (
    "memory", "activation_memory", "inference_memory", "kv_cache", "inference_flops", "training_flops", "bytes_moved",
    "intensity",
)  # fmt: skip


class Words(Collection[str]):
    """The words of several registers, which may grow."""

    def __init__(self, *registers: Collection[str]) -> None:
        self.registers = registers

    def __iter__(self) -> Iterator[str]:
        return chain(*self.registers)

    def __contains__(self, word: object) -> bool:
        return any(word in it for it in self.registers)

    def __len__(self) -> int:
        return sum(map(len, self.registers))


MEASURES = Words(QUANTITIES, COSTS)  # that are numbers, and names in calls only
UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


# Calls of networks that stand on a line of their own.
class Question(NamedTuple):
    """A question: how it is called, what it answers, and a program that asks it."""

    usage: str
    meaning: str
    example: str


QUESTIONS: dict[str, Question] = {}  # each is entered by the module that answers it
# What a paper takes of networks, by the word for it; and which of these are tables.
KINDS = {
    "formula": "quantities as displayed equations",
    "derivation": "a line for each layer: general formula = with its numbers = result",
    "table": "the table of the layers",
    "stages": "the table of the stages, as the MobileNet papers have it",
    "comparison": "a row for each of several networks",
    "family": "a row for each value of a symbol",
    "complexity": "layer type, parameters, operations, sequential steps",
    "macros": "a command for every number that a text quotes",
    "note": "the conditions, the assumptions and how it is counted",
    "figure": "the architecture in TikZ",
    "appendix": "a whole document with all of it",
}
TABLES = ("table", "stages", "comparison", "family", "complexity")

# name -> (fewest, most arguments; 0 for any number, what it gives)
FUNCTIONS: dict[str, tuple[int, int, str]] = {
    "floor": (1, 1, "rounded down"),
    "ceil": (1, 1, "rounded up"),
    "round": (1, 1, "rounded to the nearest whole number, ties up"),
    "min": (1, 0, "the least"),
    "max": (1, 0, "the greatest"),
    "abs": (1, 1, "without its sign"),
    "log2": (1, 1, "the exponent of 2, where exact or inside floor"),
    "sqrt": (1, 1, "the square root, where exact or inside floor"),
    "round_to": (2, 2, "the nearest multiple, never below it, never losing more than a tenth (make_divisible)"),
    "sum": (1, 1, "the sum of an expression over an index"),
}

TAKEN.update(STRUCTURES, FUNCTIONS, MEASURES)


def flag_in_place(word: str) -> str:
    """A call that shows where a flag stands."""
    if word in PADDINGS:
        return f"conv(3x3, 32, {word})"
    return f"{next((name for name, layer in CATALOGUE.items() if word in layer.flags), 'shared')}(…, {word})"


def reserved(name: str) -> bool:
    """Whether a name is a word of the catalogue."""
    return name in CATALOGUE or name in FLAGS or name in STRUCTURES or name in FUNCTIONS
