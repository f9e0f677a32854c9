"""`paramula check`: reads files and says what is wrong with their words; nothing is computed."""

from __future__ import annotations

import argparse
import sys

from . import Command, Parser
from .output import say


def _parser(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE.net", nargs="+", help="a file, or - for standard input")


def _run(args: argparse.Namespace) -> int:
    """Binds the names of each file; what is wrong in one does not keep the next from being read."""
    from ...engine.model import backstop
    from ...engine.program import Program
    from ...errors import NetError
    from ...language.parser import parse
    from ...questions.statements import source_of
    from ..session import check_words

    status = 0
    for name in args.files:
        try:
            source = source_of(name)
            with backstop(source):
                program = Program(source, parse(source))
                check_words(program)
            say(f"{name}: {len(program.root.statements)} statements")
        except NetError as error:
            say(str(error), sys.stderr)
            status = 1
    return status


MEANING = "reads files and says what is wrong with their words; nothing is computed"
COMMAND = Command("check", MEANING, _parser, _run, files=True)
