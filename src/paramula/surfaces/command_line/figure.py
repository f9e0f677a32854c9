"""`paramula figure`: a picture of an architecture."""

from __future__ import annotations

import argparse

from . import Command, Parser


def _parser(parser: Parser) -> None:
    from ...formats.paper import DRAWN
    from .paper_options import drawn, formats  # papers are loaded when one is asked for

    parser.usage = f"{parser.prog} NETWORK ... [options]"
    drawn(parser)
    formats(parser, DRAWN)


def _run(args: argparse.Namespace) -> int:
    from .paper import run

    return run("figure", args)


COMMAND = Command("figure", "draws an architecture: SVG or TikZ", _parser, _run, ("--at", "--ascii"), files=True)
