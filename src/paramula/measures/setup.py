"""How a network is trained or served: batch, data types, optimizer, and how that is said. Knows no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.poly import Poly, Size
from ..algebra.powers import quotient
from ..algebra.rounding import ceiling
from ..algebra.spelling import unicode_text
from ..errors import NetError, did_you_mean

# Bits of a number. What is smaller than 16 bits is a way to keep parameters (or a cache), not to compute with.
DTYPES = {
    "fp64": 64, "fp32": 32, "tf32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4, "nf4": 4, "int4": 4,
}  # fmt: skip
LONG = {
    "float64": "fp64", "double": "fp64", "float32": "fp32", "float": "fp32", "float16": "fp16", "half": "fp16",
    "bfloat16": "bf16", "float8": "fp8", "autocast": "amp",
    "flash": "fused", "sdpa": "fused", "eager": "written", "math": "written",
}  # fmt: skip
COMPUTED = 16
COMPUTE = "bf16"  # what is computed with where parameters are kept in fewer bits

# Ways to train that set several data types at once: (parameters, gradients, optimizer states, activations, a further
# copy of the parameters). mixed is what the ZeRO paper counts, 16 bytes for each parameter with Adam (Rajbhandari et
# al. 2020, section 3.1); amp is torch.autocast: all is kept in fp32 but the activations.
RECIPES = {
    "mixed": {"dtype": "bf16", "grads": "bf16", "states": "fp32", "master": "fp32", "activations": "bf16"},
    "amp": {"dtype": "fp32", "grads": "fp32", "states": "fp32", "activations": "bf16"},
}

# Numbers that an optimizer keeps for each parameter; adafactor keeps rows and columns of what has two axes or more.
OPTIMIZERS = {
    "sgd": 0, "momentum": 1, "adagrad": 1, "rmsprop": 1, "lion": 1, "adam": 2, "adamw": 2, "adamax": 2, "nadam": 2,
    "radam": 2, "adadelta": 2, "amsgrad": 3,
    "adafactor": None,
}  # fmt: skip
ATTENTIONS = ("fused", "written")

# The words that each option takes; the other options are numbers.
CHOICES: dict[str, tuple[str, ...]] = {
    "dtype": (*DTYPES, *RECIPES), "grads": tuple(DTYPES), "states": tuple(DTYPES), "master": tuple(DTYPES),
    "activations": tuple(name for name, bits in DTYPES.items() if bits >= 8), "optimizer": tuple(OPTIMIZERS),
    "attention": ATTENTIONS,
}  # fmt: skip
OPTIONS = {
    "batch": "examples at once (1)",
    "dtype": f"of the parameters, and of all else unless said: {', '.join(DTYPES)}; or a recipe: mixed (bf16 with an "
    "fp32 copy and fp32 states), amp (fp32 with bf16 activations) (fp32)",
    "optimizer": f"{', '.join(OPTIMIZERS)} (adam)",
    "grads": "data type of the gradients",
    "states": "data type of what the optimizer keeps",
    "master": "data type of a further copy of the parameters (none)",
    "activations": "data type of the activations",
    "attention": "fused (scores are not kept, as flash attention) or written (softmax of the scores is kept) (fused)",
    "checkpoint": "segments into which the copies of each repetition are put; only what enters one is kept (none)",
    "peak": "operations a second that the machine can do: 312T",
    "bandwidth": "bytes a second that its memory can move: 2T",
}


class Setup(NamedTuple):
    """A way to train or serve; a data type that is not said is "" until `settled` fills it in."""

    batch: Size = 1
    dtype: str = "fp32"
    optimizer: str = "adam"
    grads: str = ""
    states: str = ""
    master: str = ""
    activations: str = ""
    attention: str = "fused"
    checkpoint: Size | None = None
    peak: Size | None = None
    bandwidth: Size | None = None


def setup(said: Mapping[str, Any], takes: tuple[str, ...], who: str) -> Setup:
    """The setup that options say, each of which `who` must take; raises NetError for what there is not."""
    for name, value in said.items():
        if name not in takes:
            hint = did_you_mean(name, takes) or f"there are {', '.join(takes)}"
            raise NetError(f"{who} has no option '{name}'", hint=hint)
        if name in CHOICES and value not in CHOICES[name]:
            long = f"write {LONG[value]}" if LONG.get(value) in CHOICES[name] else ""
            hint = long or did_you_mean(str(value), CHOICES[name]) or f"there are {', '.join(CHOICES[name])}"
            raise NetError(f"{name} is not '{value}'", hint=hint)
    recipe = RECIPES.get(said.get("dtype", ""), {})
    made = Setup()._replace(**{**said, **recipe, **{n: v for n, v in said.items() if n != "dtype" or not recipe}})
    rest = made.dtype if DTYPES[made.dtype] >= COMPUTED else COMPUTE
    return made._replace(grads=made.grads or rest, states=made.states or rest, activations=made.activations or rest)


def in_bytes(elements: Size, dtype: str) -> Size:
    """The bytes of so many numbers, rounded up where they do not fill the last one."""
    bits = DTYPES[dtype] * elements
    return quotient(bits, 8) if DTYPES[dtype] % 8 == 0 else ceiling(bits, 8)


def said(made: Setup, takes: tuple[str, ...], order: Sequence[str] = ()) -> str:
    """A setup in words, as far as a cost depends on it: batch 8, dtype bf16, optimizer adam."""

    def word(value: Any) -> str:
        return unicode_text(form(value, order)) if isinstance(value, (int, Poly)) else str(value)

    parts = {name: getattr(made, name) for name in takes if name not in ("peak", "bandwidth")}
    same = [name for name in ("grads", "states", "activations") if parts.get(name) == made.dtype]
    return ", ".join(f"{name} {word(value)}" for name, value in parts.items() if value and name not in same)
