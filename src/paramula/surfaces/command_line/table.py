"""`paramula table`: tables of networks, in every format."""

from __future__ import annotations

import argparse

from ...layers.words import TABLES
from . import COMMON, Command, Parser


def _parser(parser: Parser) -> None:
    from ...formats.grids import FORMATS
    from .paper_options import drawn, formats, kinds, tabled  # papers are loaded when one is asked for

    kinds(parser, TABLES)
    drawn(parser)
    formats(parser, [*FORMATS, "latex"])
    tabled(parser)


def _run(args: argparse.Namespace) -> int:
    from .paper import run

    return run("table", args)


MEANING = "writes a table of layers, stages, networks or a family: text, Markdown, HTML, CSV, JSON"
COMMAND = Command("table", MEANING, _parser, _run, tuple(COMMON), files=True, words=lambda: TABLES)
