"""What `latex`, `table` and `figure` answer, on the command line and at the prompt: kinds of texts of networks."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...engine.files import format_of, write
from ...engine.model import Model, with_values
from ...errors import NetError, Source, did_you_mean, listed
from ...formats.grids import FORMATS, endings
from ...formats.paper import DRAWN, SEVERAL, Wish, grid, one, picture, written
from ...language import tree
from ...language.parser import parse
from ...layers.words import KINDS, TABLES
from ...papers.tables.grid import name_of
from ...questions.statements import answers, read
from . import Misuse, values
from .output import say
from .paper_options import as_json, wished


class Writes(NamedTuple):
    """What a command writes: its kind if none is named, those that can be, its formats, and the ends of its files."""

    kind: str
    kinds: tuple[str, ...]
    formats: tuple[str, ...]
    ends: Mapping[str, str]


def writes(command: str) -> Writes:
    """What a command writes."""
    if command == "table":
        return Writes("table", TABLES, (*FORMATS, "latex"), endings())
    if command == "figure":
        return Writes("figure", (), tuple(DRAWN), {"svg": "svg", "tex": "tikz"})
    return Writes("formula", tuple(KINDS), ("latex",), {"tex": "latex"})


PICTURES = dict.fromkeys(("pdf", "png"), "a figure.svg becomes one by rsvg-convert or Inkscape, LaTeX draws figure.tex")


class Asked(NamedTuple):
    """A kind and of what: texts of networks with the names they are called by, numbers for symbols, where it goes."""

    kind: str
    texts: tuple[str, ...]
    names: tuple[str, ...]
    values: Mapping[str, Any]
    form: str
    out: str
    wish: Wish


def run(command: str, args: argparse.Namespace) -> int:
    """Answers a command line, on standard output or in a file."""
    it = asked(command, args)
    text = answer(it, lambda text: answers(read(text), {}, network=True).network)
    if it.out:
        write(it.out, text + "\n")
    else:
        say(text)
    return 0


def asked(command: str, args: argparse.Namespace, networks: Sequence[str] = ()) -> Asked:
    """What is asked for, of `networks` too; raises Misuse where there is none, NetError for values that are none."""
    it = writes(command)
    texts, kind = list(args.words), it.kind
    if texts and texts[0] in it.kinds:
        kind = texts.pop(0)
    elif len(texts) > 1 and (hint := did_you_mean(texts[0], it.kinds)):
        raise NetError(f"there is no {command} '{texts[0]}'", hint=hint)
    texts += networks
    taken = [name for name in ("quantity", "values") if not texts and getattr(args, name, [])]
    if taken:  # the text went with the words of the last option
        texts = [getattr(args, taken[-1]).pop()]
    if not texts:
        raise Misuse("a network is missing")
    said = as_json(args)
    if said not in ("", *it.formats):
        hint = did_you_mean(said, it.formats) or f"there are {listed(it.formats, 'and')}"
        raise NetError(f"a {command} has no format '{said}'", hint=hint)
    form = said or it.formats[0]
    if args.output is not None:
        form = format_of(args.output, said, it.ends, it.formats[0], PICTURES)
    names = tuple(name.strip() for name in getattr(args, "names", "").split(",") if name.strip())
    if names and len(names) != len(texts):
        raise NetError(f"there are {len(names)} names for {len(texts)} networks")
    wish = wished(args)
    return Asked(kind, tuple(texts), names, values(args), form, args.output or "", wish)


def answer(it: Asked, network: Callable[[str], Any]) -> str:
    """What is asked for, of networks as they are read, with values for the symbols that each of them has."""
    nets: dict[str, Model] = {}
    for n, net in enumerate(with_values([network(text) for text in it.texts], it.values)):
        name = it.names[n] if it.names else name_of(net)
        if name in nets:
            raise NetError(f"two networks are called '{name}'", hint="--names gives each a name: --names small,large")
        nets[name] = net
    if it.form == "latex":
        return written(it.kind, nets, it.wish).rstrip("\n")
    if it.form in DRAWN:
        return picture(one("figure", nets), it.wish, it.form).rstrip("\n")
    return FORMATS[it.form].write(grid(it.kind, nets, it.wish))


def split(command: str, rest: str) -> tuple[list[str], list[str]]:
    """What is typed behind a command at the prompt, as words and networks: these stand as they are, before options."""
    found = re.search(r"(?:^|\s)(?=--[a-z]|-o\s)", rest)
    before, options = (rest[: found.start()], rest[found.start() :]) if found else (rest, "")
    kind, _, text = before.strip().partition(" ")
    known = writes(command).kinds
    kinds = [kind] if kind in known else []
    if not kinds and text.strip() and re.fullmatch(r"\w+", kind) and (hint := did_you_mean(kind, known)):
        raise NetError(f"there is no {command} '{kind}'", hint=hint)
    text = text.strip() if kinds else before.strip()
    nets = [text]
    if kinds and kind in SEVERAL and text:
        statement = parse(Source(f"compare {text}")).statements[0]
        nets = [tree.text(node) for node in statement.values] if isinstance(statement, tree.Compare) else nets
    try:
        return [*kinds, *shlex.split(options)], nets
    except ValueError as error:
        raise NetError(f"{options.strip()}: {str(error).lower()}") from None
