"""What is asked of `paper` in words, on the command line and at the prompt: the kind, the networks, the options."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ...engine.files import format_of
from ...engine.model import with_values
from ...errors import NetError, Source, did_you_mean, listed
from ...formats.latex.tables import SIZES
from ...formats.latex.words import ENVIRONMENTS
from ...formats.paper import (
    DRAWN,
    ENDINGS,
    FORMATS,
    MAX_VALUES,
    OPTIONS,
    SEVERAL,
    Wish,
    grid,
    one,
    picture,
    wish,
    written,
)
from ...language import tree
from ...language.parser import parse
from ...layers.words import KINDS, TABLES
from ...network import Network
from ...papers.tables.grid import name_of


class Asked(NamedTuple):
    """A kind and of what: texts of networks with the names they are called by, numbers for symbols, where it goes."""

    kind: str
    texts: tuple[str, ...]
    names: tuple[str, ...]
    at: str
    form: str
    out: str
    wish: Wish


class Misuse(Exception):
    """Words that no command takes; the usage is shown with it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Misuse(message)


COMMANDS = {"latex": "formula", "table": "table", "figure": "figure"}  # and what each writes if nothing else is said
OWN = {"latex": tuple(KINDS), "table": TABLES, "figure": ()}  # the kinds that each takes

ENDS = {"latex": {"tex": "latex"}, "table": ENDINGS, "figure": {"svg": "svg", "tex": "tikz"}}  # of the files of each
PICTURES = dict.fromkeys(("pdf", "png"), "a figure.svg becomes one by rsvg-convert or Inkscape, LaTeX draws figure.tex")


def options(command: str) -> argparse.ArgumentParser:
    """The words behind `latex`, `table` and `figure`."""
    kinds = OWN[command]
    parser = _Parser(
        prog=f"paramula {command}",
        usage=f"paramula {command} {'[KIND] ' if kinds else ''}NETWORK ... [options]",
        description={
            "latex": "Writes LaTeX of a network for a paper; the first line names the packages that it needs.",
            "table": "Writes a table of a network.",
            "figure": "Draws a network, as SVG or in TikZ.",
        }[command],
        epilog="\n".join(["kinds:", *(f"  {kind:12}{KINDS[kind]}" for kind in kinds)]) if kinds else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("words", nargs="*", metavar="NETWORK", help="a network, a file that ends in .net, or - for standard input")
    add("-o", "--output", metavar="FILE", help="where it goes; its end says the format. Standard output otherwise")
    add("--at", metavar="NAME=VALUE,...", action="append", default=[], help="numbers or expressions for symbols")
    add("--width", default="page", help="the width: 240pt, 12cm, 5in, column (229.5pt) or page (345pt)")
    add("--depth", type=int, metavar="N", help="how deep groups are opened")
    if command == "figure":
        add("--format", default="", help="svg, tikz")
        return parser
    add("--names", metavar="NAME,...", default="", help="what the networks are called, in their order")
    add(
        "--quantity",
        metavar="NAME",
        nargs="+",
        default=[],
        help="quantities; columns as NAME:UNIT:DECIMALS, params:M:1",
    )
    add("--for", dest="values", metavar="NAME=a,b,...", nargs="+", default=[], help="the values of a family's symbols")
    if command == "table":
        add("--format", default="", help=", ".join([*FORMATS, "latex"]))
    add(
        "--env", default="", metavar="NAME", help="; ".join(f"of a {k}: {' '.join(v)}" for k, v in ENVIRONMENTS.items())
    )
    add("--symbol", metavar="NAME=LATEX", action="append", default=[], help=r"LaTeX for a symbol: n=N_{\mathrm{cls}}")
    add("--thousands", default="comma", help="what parts thousands: comma, thin, none")
    add("--notation", default="letters", help="letters of derivations: letters (k, c, f) or in-out (C_in, C_out)")
    add("--siunitx", action="store_true", help="columns of numbers in siunitx's S")
    add("--note", action=argparse.BooleanOptionalAction, default=None, help="conditions and conventions with it")
    add("--caption", default=None)
    add("--label", default="")
    add("--size", default="", help=f"of the print in a table: {' '.join(SIZES)}")
    return parser


def split(command: str, rest: str) -> tuple[list[str], list[str]]:
    """What is typed behind a command at the prompt, as words and networks: these stand as they are, before options."""
    found = re.search(r"(?:^|\s)(?=--[a-z]|-o\s)", rest)
    before, options = (rest[: found.start()], rest[found.start() :]) if found else (rest, "")
    kind, _, text = before.strip().partition(" ")
    known = OWN[command]
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


def asked(command: str, arguments: Sequence[str], networks: Sequence[str] = ()) -> Asked:
    """What the words behind a command ask for; raises Misuse for words that it does not take, NetError for values."""
    args = options(command).parse_args(list(arguments))
    texts = list(args.words)
    kind = COMMANDS[command]
    kinds = OWN[command]
    if texts and texts[0] in kinds:
        kind = texts.pop(0)
    elif len(texts) > 1 and (hint := did_you_mean(texts[0], kinds)):
        raise NetError(f"there is no {command} '{texts[0]}'", hint=hint)
    texts += networks
    taken = [name for name in ("quantity", "values") if not texts and getattr(args, name, [])]
    if taken:  # the text went with the words of the last option
        texts = [getattr(args, taken[-1]).pop()]
    if not texts:
        raise Misuse("a network is missing")
    given = {"format": "", "names": "", "quantity": [], "symbol": [], "values": [], **vars(args)}
    formats = {"latex": ("latex",), "table": (*FORMATS, "latex"), "figure": DRAWN}[command]
    if given["format"] not in ("", *formats):
        hint = did_you_mean(given["format"], formats) or f"there are {listed(formats, 'and')}"
        raise NetError(f"a {command} has no format '{given['format']}'", hint=hint)
    form = given["format"] or formats[0]
    if args.output is not None:
        form = format_of(args.output, given["format"], ENDS[command], formats[0], PICTURES)
    names = tuple(name.strip() for name in given["names"].split(",") if name.strip())
    if names and len(names) != len(texts):
        raise NetError(f"there are {len(names)} names for {len(texts)} networks")
    symbols = dict(_pair(text, "--symbol", r"n=N_{\mathrm{cls}}") for text in given["symbol"])
    values = {name: _numbers(text) for name, text in (_pair(it, "--for", "n=3,5,7") for it in given["values"])}
    simple = {key: given[key] for key in OPTIONS if key in given}
    it = wish(quantities=",".join(given["quantity"]), symbols=symbols, values=values, **simple)
    return Asked(kind, tuple(texts), names, ",".join(args.at), form, args.output or "", it)


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise NetError(f"{option} takes NAME=VALUE, not '{text}'", hint=f"write {option} {example}")
    return name.strip(), value.strip()


def _numbers(text: str) -> list[int]:
    """Numbers with commas between them, or from a to b: 3,5,7   12..48."""
    found = re.fullmatch(r"([0-9]{1,18})\.\.([0-9]{1,18})(?: step ([0-9]{1,18}))?", text)
    if found:
        numbers = range(int(found[1]), int(found[2]) + 1, max(1, int(found[3] or 1)))
    else:
        parts = [part.strip() for part in text.split(",")]
        if not all(re.fullmatch(r"[0-9]{1,1000}", part) for part in parts):
            raise NetError(f"'{text}' are no numbers", hint="write 3,5,7 or 12..48 or 12..48 step 12")
        return [int(part) for part in parts]
    if len(numbers) > MAX_VALUES:
        raise NetError(f"{len(numbers):,} rows are too many for a paper: the limit is {MAX_VALUES}")
    return list(numbers)


def answer(it: Asked, read: Callable[[str], Network], values: Mapping[str, Any] | None = None) -> str:
    """What is asked for, of networks as they are read, with values for the symbols that each of them has."""
    nets: dict[str, Network] = {}
    for n, net in enumerate(with_values([read(text) for text in it.texts], values or {})):
        name = it.names[n] if it.names else name_of(net)
        if name in nets:
            raise NetError(f"two networks are called '{name}'", hint="--names gives each a name: --names small,large")
        nets[name] = net
    if it.form == "latex":
        return written(it.kind, nets, it.wish).rstrip("\n")
    if it.form in DRAWN:
        return picture(one("figure", nets), it.wish, it.form).rstrip("\n")
    return FORMATS[it.form](grid(it.kind, nets, it.wish))
