"""A bare network, `paramula TEXT`: its table, or JSON, and what its questions ask."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from . import COMMON, NETWORK, Command, Parser, parser_of, values
from .output import console, reply, say

FULL = 10**6  # columns of a table that no terminal shows


def _parser(parser: Parser) -> None:
    from ... import __version__

    add = parser.add_argument
    said = "a network, a file that ends in .net, or - for standard input; several, a file and questions, are one"
    add("texts", metavar="TEXT", nargs="*", help=said)
    add("--quantity", metavar="NAME", nargs="+", help="the columns to show: params macs shape depth ...")
    add("--depth", metavar="N", type=_depth, help="show groups only down to this depth")
    add("--version", action="version", version=f"paramula {__version__}")


def _depth(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("a depth is 0 or more")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    if not args.texts and args.quantity:  # the text went with the names of the quantities
        *args.quantity, text = args.quantity
        args.texts, args.quantity = [text], args.quantity or None
    if not args.texts:
        parser_of(NETWORK).print_help()
        return 2
    from ... import __version__
    from ...layers.words import QUANTITIES
    from ...questions.statements import answers, read

    program = read(*args.texts)
    names = _columns(args.quantity)
    result = answers(program, values(args))
    if args.json:
        from ...formats.json import json_text, replies_text

        if result.network is None:
            say(replies_text(result.lines, args.ascii))
        else:
            say(json_text(result.network, names or QUANTITIES, __version__, args.ascii, result.lines))
        return 0
    for line in result.lines:
        reply(line, args.ascii)
    if result.network is not None:
        from ...questions.report import COLUMNS, report

        _show(report(result.network, names or COLUMNS, args.depth), args.ascii)
    return 0


def _columns(names: Sequence[str] | None) -> tuple[str, ...]:
    """The quantities named on the command line, separated by blanks or commas."""
    from ...errors import NetError, did_you_mean
    from ...layers.words import QUANTITIES

    wanted = tuple(part for name in names or () for part in name.split(",") if part)
    for name in wanted:
        if name not in QUANTITIES:
            hint = did_you_mean(name, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
            raise NetError(f"there is no quantity called '{name}'", hint=hint)
    return wanted


def _show(report: Any, ascii: bool) -> None:
    """A report on the terminal, or as plain text where the output goes elsewhere."""
    from ...formats.text import show, table

    out = console()
    if out.is_terminal:
        show(out, report, ascii)
    else:
        say(table(report, FULL, ascii, rows=None))


COMMAND = Command(NETWORK, "answers a program", _parser, _run, tuple(COMMON), files=True)
