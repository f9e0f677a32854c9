"""`paramula latex`: what a paper takes of networks, in LaTeX."""

from __future__ import annotations

import argparse

from ...layers.words import KINDS
from . import Command, Parser


def _parser(parser: Parser) -> None:
    from .paper_options import drawn, kinds, tabled  # papers are loaded when one is asked for

    parser.description = "Writes LaTeX of a network for a paper; the first line names the packages that it needs."
    kinds(parser, KINDS)
    drawn(parser)
    tabled(parser)


def _run(args: argparse.Namespace) -> int:
    from .paper import run

    return run("latex", args)


MEANING = "writes formulas, derivations, tables, macros, figures and whole documents for a paper"
COMMAND = Command("latex", MEANING, _parser, _run, ("--at", "--ascii"), files=True, words=lambda: KINDS)
