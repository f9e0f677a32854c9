"""`paramula run`: answers every statement of files, one after another; stops at the first that fails."""

from __future__ import annotations

import argparse

from . import Command, Parser
from .output import reply, say


def _parser(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE.net", nargs="+", help="a file, or - for standard input")


def _run(args: argparse.Namespace) -> int:
    from ...questions.statements import source_of
    from ..session import Session

    session, found = Session(), []
    for name in args.files:
        source = source_of(name)
        for answer in session.run(source.text, source.name):
            if args.json:
                found.append(answer)
            else:
                reply(answer, args.ascii)
    if args.json:
        from ...formats.json import replies_text

        say(replies_text(found, args.ascii))
    return 0


MEANING = "answers every statement of files; a broken assertion ends with status 1"
COMMAND = Command("run", MEANING, _parser, _run, ("--json", "--ascii"), files=True)
