"""`paramula help`: what words mean, and their examples answered."""

from __future__ import annotations

import argparse

from . import NETWORK, Command, Parser, parser_of
from .output import reply, say


def _parser(parser: Parser) -> None:
    said = "a layer, flag, function, quantity, cost, statement or network of the library; without one this usage"
    parser.add_argument("names", metavar="NAME", nargs="*", help=said)


def _run(args: argparse.Namespace) -> int:
    from ...formats.text import plain
    from ..help import about, json_text
    from ..session import Session

    if args.json:
        say(json_text(args.names, args.ascii))
        return 0
    if not args.names:
        parser_of(NETWORK).print_help()
        return 0
    for name in args.names:
        it = about(name)
        text = f"{it.call}\n\n{it.text}\n"
        say(plain(text) if args.ascii else text)
        if it.example:
            say(f"$ paramula '{it.example}'\n")
            for answer in Session().run(it.example):
                reply(answer, args.ascii)
    return 0


COMMAND = Command("help", "explains words", _parser, _run, ("--json", "--ascii"))
