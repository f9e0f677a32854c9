"""What each word of the language means, from the catalogue itself. Surfaces show it; nothing is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..engine.bind import usage
from ..engine.program import defining, library, published, title
from ..errors import NetError, did_you_mean, listed
from ..language import tree
from ..layers.facts import CATALOGUE
from ..layers.words import FLAGS, FUNCTIONS, QUANTITIES, QUESTIONS, Words
from ..measures.costs import COSTS
from ..measures.setup import OPTIONS

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
        "residual(f, shortcut)",
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
    "places": "a slope for each place and channel",
}


def flag(word: str) -> str:
    """What a flag does; that of a layer of somebody else's is told by what it sets."""
    if word in FLAG_HELP:
        return FLAG_HELP[word]
    takers = [(name, *it.flags[word]) for name, it in CATALOGUE.items() if word in it.flags]
    who = listed((name for name, _, _ in takers), "and")
    return next((f"{'with' if value else 'without'} {place}, of {who}" for _, place, value in takers), "a flag")


# The statements and the words around an expression: how they are written, what they do, and a program that runs.
STATEMENTS = {
    "solve": (
        "solve CLAIMS for NAMES where CONDITIONS",
        "The largest (or smallest) whole number that meets a claim, with its value and the next one's as the proof. "
        "`1M <= params(net) <= 2M` asks for all numbers within, several names for the points that nothing beats.",
        "net = (32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)\nsolve params(net) <= 1M for f where f % 8 == 0",
    ),
    "sweep": (
        "sweep EXPRESSIONS for NAME in a..b step c, NAME in {…} where CONDITIONS",
        "A table of expressions over values of symbols.",
        "net = (32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)\nsweep params(net), macs(net) for f in 8..32 step 8",
    ),
    "compare": (
        "compare NET, NET", "Networks side by side: their quantities, the difference and the ratio.",
        "a = (H,W,c) -> conv(3x3,c,same)\nb = (H,W,c) -> sepconv(3x3,c,same)\ncompare a, b",
    ),
    "assert": (
        "assert CLAIM, CLAIM", "Checks claims; one that does not hold is an error that shows both sides.",
        "net = (784) -> dense(10)\nassert params(net) == 7850",
    ),
    "assume": (
        "assume CLAIM, CLAIM", "Takes claims for granted: what follows from them is simplified, and they are printed.",
        "assume H % 32 == 0, W % 32 == 0\n(H,W,3) -> conv(7x7,64,2,3) -> pool(3,2,1)",
    ),
    "use": ("use FILE", "Brings in the definitions of a file of the library; `paramula library` lists them.",
            "use transformer\n(T,512) -> encoder(8,2048)*6"),
    "at": ("EXPRESSION at NAME=VALUE, NAME=VALUE", "Puts numbers or expressions in place of symbols.",
           "params((n) -> dense(m)) at n=784, m=2*k"),
    "to": ("EXPRESSION to UNIT", "Shows a number in a unit: k M G T are powers of 1000, Ki Mi Gi Ti of 1024, with or "
           "without B.", "params((784) -> dense(4096))*4 to MiB"),
    "for": ("[CHAIN for i in a..b]", "One copy of a chain for each value of an index, both ends included; also in sums "
            "and sweeps.", "(32,32,3) -> [conv(3x3, 16*2^i, same, relu) -> pool(2) for i in 0..2]"),
    "around": ("[CHAIN for i in a..b around NAME = NET]", "Copies that stand around each other, the last around NET: "
               "U-nets.", "(n) -> [(id | (dense(i) -> inner)) for i in 1..3 around inner = dense(2)]"),
}  # fmt: skip


LISTED = Words(STATEMENTS, QUESTIONS)  # words with which a line begins, or that stand around an expression

# A query for each function of numbers.
EXAMPLES = {
    "floor": "floor(7/2)",
    "ceil": "ceil(7/2)",
    "round": "round(5/2)",
    "min": "min(3, 1, 2)",
    "max": "max(3, 1, 2)",
    "abs": "abs(2 - 5)",
    "log2": "log2(64)",
    "sqrt": "sqrt(144)",
    "round_to": "round_to(30, 8)",
    "sum": "sum(i^2 for i in 1..10)",
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


def json_text(names: Iterable[str], ascii: bool) -> str:
    """The help of words as JSON."""
    import json  # none of what a one-liner loads

    return json.dumps([about(name)._asdict() for name in names], ensure_ascii=ascii, indent=2)


def about(name: str) -> Help:
    """The help of a layer, flag, function, quantity or statement; NetError where there is no such word."""
    if name in STATEMENTS:
        return Help(name, *STATEMENTS[name])
    if name in QUESTIONS:
        return Help(name, *QUESTIONS[name])
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
        example = about(takers[0]).example if takers else ""
        return Help(name, name, f"A flag: {flag(name)}.\nOf {', '.join(takers)}.", example)
    if name in FUNCTIONS:
        return Help(name, f"{name}(…)", f"A function of numbers: {FUNCTIONS[name][2]}.", EXAMPLES[name])
    if name in QUANTITIES:
        asked = "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)"
        return Help(name, f"{name}(net)", f"A quantity: {QUANTITIES[name].convention}.", f"{name}({asked})")
    if name in COSTS:
        options, counts = COSTS[name][:2]
        said = "\n".join([f"A cost: {counts}.", *(f"{option}= {OPTIONS[option]}" for option in options)])
        return Help(name, f"{name}(net, {options[0]}=…)", said, f"{name}(resnet18, batch=8)")
    if homes := defining(name):
        node = library(homes[0]).definitions[name].node
        call = (
            f"{name}({', '.join(p if d is None else f'{p}={tree.text(d)}' for p, d in node.params)})"
            if node.params
            else name
        )
        said = f"Of the library, use {homes[0]}: {title(homes[0])}"
        return Help(name, call, said, f"params({name})" if name in published() else "")
    known = [*CATALOGUE, *STRUCTURES, *FLAGS, *FUNCTIONS, *QUANTITIES, *COSTS, *STATEMENTS]
    raise NetError(f"there is no word '{name}'", hint=did_you_mean(name, known) or "paramula layers lists them all")
