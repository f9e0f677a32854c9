"""What each word of the language means, from the catalogue itself. Surfaces show it; nothing is said twice."""

from __future__ import annotations

import re
from typing import NamedTuple

from .bind import usage
from .errors import NetError, did_you_mean
from .layers.facts import CATALOGUE
from .quantities import CONVENTIONS
from .words import FLAGS, FUNCTIONS

# The words that shape a network and are no layers: what they do, and a sentence that runs.
STRUCTURES = {
    "id": ("id", "Passes what comes in on.", "(H,W,c) -> (id | conv(3x3, c, same))"),
    "input": ("input(n, …)", "Declares the input, like a shape at the head.", "input(28,28,1) -> dense(10)"),
    "add": ("add(a, b, …)", "Runs networks on the same input and adds: a + b.",
            "(H,W,c) -> add(id, conv(3x3, c, same))"),
    "concat": (
        "concat(a, b, …, axis=-1)",
        "Runs networks on the same input and joins them along an axis: a | b.",
        "(H,W,c) -> concat(id, conv(3x3, f, same))",
    ),
    "mul": ("mul(a, b, …)", "Runs networks on the same input and multiplies, with numpy's broadcasting.",
            "(H,W,c) -> mul(id, gap -> dense(c, sigmoid))"),
    "residual": (
        "residual(f, shortcut=id)",
        "f + id, or f + shortcut. No projection is ever added silently (He et al. 2015).",
        "(H,W,c) -> residual(conv(3x3, c, same, relu) -> conv(3x3, c, same)) -> relu",
    ),
    "fork": (
        "fork(a, b, …)",
        "Ends a chain in several outputs: each network runs on the input, the shape is a tuple of shapes.",
        "(H,W,3) -> conv(3x3, 32, same) -> gap -> fork(dense(5), dense(2))",
    ),
    "shared": (
        "shared(network)",
        "One set of weights for every use in this place; `shared name = network` for every use of the name.",
        "(d) -> shared(dense(d, tanh)) * 12",
    ),
}  # fmt: skip

FLAG_HELP = {
    "same": "padding so that ⌈n/s⌉ places come out",
    "valid": "no padding",
    "causal": "padding in front only, so that no place sees a later one",
    "nobias": "without the bias",
    "ceil": "rounds up, and drops a last window that would start in the padding behind",
    "noaffine": "learns neither scale nor shift",
    "noscale": "learns no scale",
    "noshift": "learns no shift",
    "affine": "learns scale and shift",
    "seq": "gives out every step, not only the last",
    "qkvbias": "biases on queries, keys and values only",
    "outbias": "a bias on the output only",
    "space": "joins the places only",
    "shared": "one slope for all channels",
}


class Help(NamedTuple):
    """A word: how it is called, what it means, and a sentence that runs."""

    word: str
    call: str
    text: str
    example: str


def summary(name: str) -> str:
    """The first sentence of a word's help."""
    return about(name).text.split("\n")[0]


def families() -> dict[str, list[str]]:
    """The words of the catalogue, family by family."""
    out: dict[str, list[str]] = {}
    for name, layer in CATALOGUE.items():
        out.setdefault(layer.family, []).append(name)
    return out | {"structure": list(STRUCTURES)}


def about(name: str) -> Help:
    """The help of a layer, flag, function or quantity; NetError where there is no such word."""
    if name in CATALOGUE:
        layer = CATALOGUE[name]
        text, _, example = "\n".join(line.strip() for line in layer.help.strip().split("\n")).rpartition("\n\n")
        if layer.family == "activations" and name not in ("glu", "prelu"):
            example = f"(784) -> dense(100) -> {name}" if layer.plain else f"(784) -> dense(100) -> {name}(0.5)"
        return Help(name, usage(layer), text, re.sub(rf"\b{layer.facts.__name__}\b", name, example))
    if name in STRUCTURES:
        call, text, example = STRUCTURES[name]
        return Help(name, call, text, example)
    if name in FLAGS:
        takers = [
            n
            for n, it in CATALOGUE.items()
            if name in it.flags
            or (name in ("same", "valid", "causal") and "p" in [p.name for p in it.params if p.kind == "Padding"])
        ]
        return Help(name, name, f"A flag: {FLAG_HELP[name]}.\nOf {', '.join(takers)}.", about(takers[0]).example)
    if name in FUNCTIONS:
        return Help(name, f"{name}(…)", f"A function of numbers: {FUNCTIONS[name][2]}.", "")
    if name in CONVENTIONS:
        return Help(name, f"{name}(net)", f"A quantity: {CONVENTIONS[name]}.", "")
    known = [*CATALOGUE, *STRUCTURES, *FLAGS, *FUNCTIONS, *CONVENTIONS]
    raise NetError(f"there is no word '{name}'", hint=did_you_mean(name, known) or "paramula layers lists them all")
