"""`paramula layers`: the words of the catalogue, a line each."""

from __future__ import annotations

import argparse

from . import Command, Parser
from .output import console, say


def _parser(parser: Parser) -> None:
    pass


def _run(args: argparse.Namespace) -> int:
    from rich.table import Table
    from rich.text import Text

    from ...formats.text import plain
    from ..help import about, families, json_text, summary

    if args.json:
        say(json_text([name for known in families().values() for name in known], args.ascii))
        return 0
    out = console()
    for family, names in families().items():
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(overflow="fold", min_width=12, max_width=44)
        table.add_column(overflow="fold")
        out.print(Text(family, style="bold"))
        said: dict[str, list[str]] = {}
        for name in names:
            said.setdefault(summary(name), []).append(name)
        for text, alike in said.items():
            call = about(alike[0]).call if len(alike) == 1 else " ".join(alike)
            table.add_row(*(Text(plain(part) if args.ascii else part) for part in (call, text)))
        out.print(table)
    return 0


COMMAND = Command("layers", "lists the words of the catalogue", _parser, _run, ("--json", "--ascii"))
