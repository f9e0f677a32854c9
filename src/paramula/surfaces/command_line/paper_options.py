"""The options of `latex`, `table` and `figure`, and what their values mean."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from ...errors import NetError
from ...formats.latex.tables import SIZES
from ...formats.latex.words import ENVIRONMENTS
from ...formats.paper import MAX_VALUES, Wish, wish
from ...formats.paper import OPTIONS as SIMPLE
from ...layers.words import KINDS
from . import Misuse, Parser

# What those options mean that a command does not take.
OTHERS = {"format": "", "names": "", "quantity": [], "symbol": [], "values": []}


def drawn(parser: Parser) -> None:
    """The options of all that a paper takes."""
    add = parser.add_argument
    add("words", nargs="*", metavar="NETWORK", help="a network, a file that ends in .net, or - for standard input")
    add("-o", "--output", metavar="FILE", help="where it goes; its end says the format. Standard output otherwise")
    add("--width", default="page", help="the width: 240pt, 12cm, 5in, column (229.5pt) or page (345pt)")
    add("--depth", type=int, metavar="N", help="how deep groups are opened")


def formats(parser: Parser, names: Iterable[str]) -> None:
    """The option of a command that has a choice of formats."""
    parser.add_argument("--format", default="", help=", ".join(names))


def tabled(parser: Parser) -> None:
    """The options of formulas and tables."""
    add = parser.add_argument
    add("--names", metavar="NAME,...", default="", help="what the networks are called, in their order")
    columns = "quantities; columns as NAME:UNIT:DECIMALS, params:M:1"
    add("--quantity", metavar="NAME", nargs="+", default=[], help=columns)
    add("--for", dest="values", metavar="NAME=a,b,...", nargs="+", default=[], help="the values of a family's symbols")
    environments = "; ".join(f"of a {kind}: {' '.join(names)}" for kind, names in ENVIRONMENTS.items())
    add("--env", default="", metavar="NAME", help=environments)
    add("--symbol", metavar="NAME=LATEX", action="append", default=[], help=r"LaTeX for a symbol: n=N_{\mathrm{cls}}")
    add("--thousands", default="comma", help="what parts thousands: comma, thin, none")
    add("--notation", default="letters", help="letters of derivations: letters (k, c, f) or in-out (C_in, C_out)")
    add("--siunitx", action="store_true", help="columns of numbers in siunitx's S")
    add("--note", action=argparse.BooleanOptionalAction, default=None, help="conditions and conventions with it")
    add("--caption", default=None)
    add("--label", default="")
    add("--size", default="", help=f"of the print in a table: {' '.join(SIZES)}")


def kinds(parser: Parser, known: Iterable[str]) -> None:
    """The kinds that stand before the network, told below the options."""
    parser.usage = f"{parser.prog} [KIND] NETWORK ... [options]"
    parser.epilog = "\n".join(["kinds:", *(f"  {kind:12}{KINDS[kind]}" for kind in known)])


def wished(args: argparse.Namespace) -> Wish:
    """What the options ask for; raises NetError for values that are none."""
    given = {**OTHERS, **vars(args)}
    symbols = dict(_pair(text, "--symbol", r"n=N_{\mathrm{cls}}") for text in given["symbol"])
    values = {name: _numbers(text) for name, text in (_pair(it, "--for", "n=3,5,7") for it in given["values"])}
    simple = {key: given[key] for key in SIMPLE if key in given}
    return wish(quantities=",".join(given["quantity"]), symbols=symbols, values=values, **simple)


def as_json(args: argparse.Namespace) -> str:
    """The format that `--format` says, which `--json` says in short."""
    if not getattr(args, "json", False):
        return str(getattr(args, "format", ""))
    if args.format not in ("", "json"):
        raise Misuse(f"--json is --format json, and not {args.format}")
    return "json"


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
