"""`paramula completion`: the completion script of a shell."""

from __future__ import annotations

import argparse
import sys

from ..shells import SHELLS, Offered, script
from . import NETWORK, Command, Parser, command, commands, parser_of
from .output import say


def _parser(parser: Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", help=", ".join(SHELLS))


def _run(args: argparse.Namespace) -> int:
    if args.shell not in SHELLS:
        say(f"there is no completion for '{args.shell}': {', '.join(SHELLS)}", sys.stderr)
        return 2
    say(script(args.shell, offered(command(NETWORK)), list(map(offered, commands()))).rstrip())
    return 0


def offered(it: Command) -> Offered:
    """What a shell offers behind the name of a command: its options with what each does, and its words."""
    options = {
        option: action.help or ""
        for action in parser_of(it.name)._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    return Offered(it.name, it.help, options, tuple(it.words()), it.files)


COMMAND = Command(
    "completion", "prints the completion of a shell: bash, zsh or fish", _parser, _run, words=lambda: SHELLS
)
