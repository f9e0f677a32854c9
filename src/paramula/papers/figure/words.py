"""How a layer is named in a figure: conv 3×3, 64, /2. Words only; knows no places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ...algebra.forms import form
from ...algebra.latex import symbol
from ...algebra.poly import Poly
from ...algebra.spelling import unicode_text
from ...engine.values import is_number
from ...errors import printable
from ...language import tree
from ...measures.labels import Called
from ...measures.traced import Op
from ..drawn import Phrase, Piece

LONG = 28  # characters of a size or a name, beyond which it is shortened

NAMES = {
    "conv": "conv", "dwconv": "dw conv", "sepconv": "sep conv", "tconv": "up-conv", "pool": "max pool",
    "maxpool": "max pool", "avgpool": "avg pool", "gap": "global avg pool", "gmp": "global max pool",
    "adaptive": "adaptive pool", "embed": "embed", "unembed": "unembed", "pos": "+ positions", "cls": "+ class token",
    "ln": "layer norm", "bn": "batch norm", "rms": "RMS norm", "gn": "group norm", "instancenorm": "instance norm",
    "up": "upsample", "patch": "patches", "first": "first token", "last": "last token", "lstm": "LSTM", "gru": "GRU",
    "rnn": "RNN", "moe": "experts",
}  # fmt: skip
BRIEF = {"bn": "bn", "ln": "ln", "rms": "rms", "gn": "gn"}  # where they stand beside the layer they belong to
POOLS = ("pool", "maxpool", "avgpool", "gap", "gmp", "adaptive", "up", "shuffle", "unshuffle", "pad", "crop")
FAMILIES = {
    "activations": "activation", "attention and experts": "attention", "dense and tokens": "dense", "norms": "norm",
    "recurrent": "recurrent", "views": "view", "sliding windows": "conv",
}  # fmt: skip
QUIET = ("p", "ceil", "scale", "shift", "affine", "bias", "qkvbias", "outbias", "output_pad", "seq", "space", "table")


class Field(NamedTuple):
    """A number in a layer's name, with what stands before it; one that is `hidden` need not be said."""

    name: str
    lead: str
    value: Any
    hidden: Any = None


Part: TypeAlias = str | Field
Said: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True)
class Wording:
    """What stands in a layer's box: the layer itself, and what belongs to it before and after."""

    head: Said
    before: tuple[Said, ...] = ()
    after: tuple[Said, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(
            part for said in (*self.before, self.head, *self.after) for part in said if isinstance(part, Field)
        )

    @property
    def form(self) -> tuple[Any, ...]:
        """What is the same in layers that differ in numbers only."""
        return tuple(
            tuple((p.name, p.lead) if isinstance(p, Field) else p for p in said)
            for said in (*self.before, ("|",), self.head, ("|",), *self.after)
        )


def layer_kind(op: Op, called: Called | None) -> str:
    """The colour of a layer's box."""
    if called is None:
        return "dense" if op.kind == "router" else "view"
    return "pool" if op.kind in POOLS else FAMILIES.get(called.layer.family, "view")


def wording(op: Op, called: Called | None, brief: bool = False) -> Said:
    """A layer in a few words, with its numbers as fields."""
    if called is None:
        return (_short(op.kind),)
    name = (BRIEF if brief else NAMES).get(op.kind, op.kind)
    args = {**{p.name: p.default for p in called.layer.params}, **called.args}
    match op.kind:
        case "conv" | "sepconv" | "dwconv" | "tconv":
            said: list[Part] = [name, Field("k", " ", args["k"])]
            said += [Field("f", ", ", args["f"])] if "f" in args else []
            said.append(Field("s", ", ↑" if op.kind == "tconv" else ", /", _one(args["s"]), 1))
            said.append(Field("d", ", dilation ", _one(args.get("d", 1)), 1))
            said.append(Field("g", ", groups ", args.get("g", 1), 1))
            return (*said, Field("multiplier", ", ×", args.get("multiplier", 1), 1))
        case "pool" | "maxpool" | "avgpool":
            step = args["k"] if args["s"] is None or args["s"] == (None,) * len(args["k"]) else args["s"]
            return name, Field("k", " ", args["k"]), Field("s", ", /", _one(step), 1)
        case "attention":
            what = "cross-attention" if args["over"] is not None else "attention"
            said = ["causal " + what if args["causal"] else what, Field("heads", ", ", args["heads"]), " heads"]
            said += [Field("kv", ", ", args["kv"]), " kv heads"] if args["kv"] is not None else []
            return (*said, *([Field("dim", ", width ", args["dim"])] if args["dim"] is not None else []))
        case "embed":
            return name, Field("V", " ", args["V"]), Field("d", " × ", args["d"])
        case "up":
            return name, Field("r", " by ", _one(args["r"]))
        case "pos":
            return (name,)
        case "patch":
            return name, Field("p", " ", args["p"]), Field("f", ", ", args["f"])
        case "dropout" | "droppath":
            return (name,) if args["r"] is None else (name, Field("r", " ", args["r"]))
    out: list[Part] = [name]
    for p in called.layer.params:
        value = args.get(p.name)
        if p.name in QUIET or value is None or value is False or (value == p.default and not p.required):
            continue
        lead = ", " if len(out) > 1 else " "
        if p.kind == "Flag":
            out.append(f"{lead}{p.name}")
            continue
        for item in value if p.many else (value,):
            lead = ", " if len(out) > 1 else " "
            if is_number(item) or (isinstance(item, tuple) and all(map(is_number, item))):
                out.append(Field(p.name, lead if p.required else f", {p.name}=", item))
            elif p.name in called.places and not isinstance(item, tuple):
                out.append(lead + _short(item if isinstance(item, str) else tree.text(called.places[p.name])))
    return tuple(out)


def _one(value: Any) -> Any:
    """One number where all axes have the same."""
    return value[0] if isinstance(value, tuple) and value and all(v == value[0] for v in value) else value


def _short(text: str) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def size_phrase(value: Any, order: tuple[str, ...]) -> Phrase:
    """A size as text and as LaTeX, a window as 3×3."""
    if isinstance(value, tuple):
        parts = [factor(v, order) for v in value]
        return tuple(p for i, part in enumerate(parts) for p in ([Piece("×")] if i else []) + list(part))
    return (_piece(value, order),)


def factor(value: Any, order: tuple[str, ...]) -> Phrase:
    """A size beside others: a sum stands in parentheses."""
    phrase = size_phrase(value, order)
    if not isinstance(value, Poly) or not _SUM.search(_INNER.sub("", phrase[0].plain)):
        return phrase
    return (Piece("("), *phrase, Piece(")"))


def shape_phrase(shape: Any, order: tuple[str, ...]) -> Phrase:
    """A shape as it stands beside an arrow: 56×56×64."""
    if isinstance(shape, tuple) and shape and isinstance(shape[0], tuple):
        return (Piece("several"),)
    return size_phrase(shape, order)


@lru_cache(maxsize=4096)
def _piece(value: Any, order: tuple[str, ...]) -> Piece:
    if isinstance(value, Fraction) and 10**6 % value.denominator == 0 and value.denominator > 1:  # dropout 0.2
        return Piece(f"{float(value):.7g}")
    if isinstance(value, int) and value.bit_length() < 80:
        return Piece(str(value))
    if not isinstance(value, (int, Fraction, Poly)):
        return Piece(_short(str(value)))
    text = unicode_text(form(value, order))
    return Piece(text, maths(text)) if len(text) <= LONG and isinstance(value, Poly) else Piece(_short(text))


_SUM = re.compile(r".[+−] ")
_INNER = re.compile(r"⌊.*⌋|⌈.*⌉|\(.*\)")  # what is held together already
_TOKEN = re.compile(r"[A-Za-z_\u0370-\u03ff][A-Za-z0-9_\u0370-\u03ff]*'*|[0-9]+|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\s+|.", re.DOTALL)
_SIGNS = {
    "·": r"\cdot ", "−": "-", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "…": r"\ldots ",
    "×": r"\times ", "%": r"\% ", "{": r"\{", "}": r"\}", "_": r"\_",
}  # fmt: skip
_SPELLED = {"gcd": r"\gcd ", "min": r"\min ", "max": r"\max "}
_LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def maths(text: str) -> str:
    """A formula as it stands in text, as LaTeX on one line: fractions and floors stay as high as letters."""
    tokens = _TOKEN.findall(text)
    out, closes = "", []
    deep = 0
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        if token == "(":
            deep += 1
        if token == ")":
            deep -= 1
        if token == "^":
            out += "^{"
            closes.append(deep)
            continue
        if token[0].isalpha() or token[0] == "_":
            name = token.rstrip("'")
            word = _SPELLED.get(name) if after == "(" else None
            out += word or (rf"\mathrm{{{name}}}" if name in ("for", "in", "sum", "log2", "sqrt") else symbol(name))
            out += "'" * (len(token) - len(name))
            out += " " if after[:1].isalpha() else ""
        elif token[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
            out += f"^{{{token.translate(_LOWER)}}}"
        elif token == "·" and i and tokens[i - 1].isdigit() and after[:1].isalpha():
            continue  # 4d
        elif token.isspace():
            apart = tokens[i - 1][-1].isalnum() and after[:1].isalnum() if i else False
            out += r"\ " if apart else ""  # signs have their own space
        elif token.isascii():
            out += _SIGNS.get(token, token if token.isdigit() or token in "()+-*/=<>,.|" else "?")
        else:
            out += _SIGNS.get(token, "?")
        while closes and closes[-1] == deep and after != "(" and token != "(":
            out += "}"
            closes.pop()
    return out + "}" * len(closes)
