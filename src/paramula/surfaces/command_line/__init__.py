"""The command line as one list of commands, each a record in a file of its own, and how their words are read.

A command is loaded when it is called or listed, so that a bare network, which is the default, waits for none."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

NAMES = ("latex", "table", "figure", "sweep", "run", "check", "library", "layers", "help", "completion")
NETWORK = "network"  # what is called where the first word is none of NAMES
PROG = "paramula"
DESCRIPTION = "How many parameters, and why: exact closed forms for neural-network architectures."
USAGE = """\
paramula                               a prompt
       paramula TEXT | FILE.net | - ...  [options]
       paramula COMMAND ..."""
EPILOG = """\
`paramula COMMAND --help` says what a command takes.

examples:
  paramula '(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)'
  paramula '(H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)' --at f=32,H=224
  paramula net.net --quantity params macs receptive_field
  paramula net.net 'solve params(net) <= 1M for f'
  paramula resnet50                  paramula 'gpt2(L=12)'
  paramula latex derivation lenet5   paramula latex appendix resnet50 -o appendix.tex
  paramula table stages resnet50     paramula figure lenet5 -o lenet5.svg
  paramula sweep net.net -o grid.csv --most 'params(net)'
  paramula library                   paramula library resnet
  paramula layers                    paramula help conv
"""
# The options that mean the same in every command that takes them.
COMMON: dict[str, dict[str, Any]] = {
    "--at": {
        "metavar": "NAME=VALUE,...",
        "action": "append",
        "default": [],
        "help": "numbers or expressions for symbols",
    },
    "--json": {"action": "store_true", "help": "answer in JSON (docs/json.md)"},
    "--ascii": {"action": "store_true", "help": "formulas in ASCII, in the language itself"},
}


class Misuse(Exception):
    """Words that a command does not take; its usage is shown with it."""


class Parser(argparse.ArgumentParser):
    """What reads the words of a command, options and others in any order; raises Misuse."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        if "--" in words:  # which is lost between the two passes for words in any order
            return self.parse_args(words)
        return self.parse_intermixed_args(words)

    def error(self, message: str) -> NoReturn:
        raise Misuse(message)


class _Front(Parser):
    """What reads a bare network; its help lists the commands."""

    def format_help(self) -> str:
        if self._subparsers is None:
            listed = self.add_subparsers(title="commands", metavar="COMMAND", prog=self.prog)
            for it in commands():
                listed.add_parser(it.name, help=it.help)
        return super().format_help()


class Command(NamedTuple):
    """A command: its name, what it does, what adds its arguments to a parser, and what answers them with a status."""

    name: str
    help: str
    parser: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    common: tuple[str, ...] = ("--ascii",)  # of the options that are common
    files: bool = False  # whether networks in files may be named
    words: Callable[[], Iterable[str]] = tuple  # what else a shell offers behind the name


def command(name: str) -> Command:
    """The command of a name, one of NAMES or NETWORK."""
    if name not in (*NAMES, NETWORK):
        raise KeyError(name)
    found: Command = import_module(f"{__name__}.{name}").COMMAND
    return found


def commands() -> list[Command]:
    """All commands, in the order in which they are listed."""
    return [command(name) for name in NAMES]


def called(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command that words of the command line call, and the rest of them; no command where they ask for a prompt.

    Common options may stand before the name of the command."""
    try:
        common, rest = _common(tuple(COMMON)).parse_known_args(words)
    except Misuse:  # such as --at at the end: the command says so, and how it is used
        common, rest = None, list(words)
    if not rest and common is not None and not common.at and not common.json:
        return "", []
    if not rest or rest[0] not in NAMES:
        return NETWORK, list(words)
    others = list(words)
    others.remove(rest[0])
    return rest[0], others


def parser_of(name: str) -> Parser:
    """What reads the words of a command; they do not begin with its name."""
    it = command(name)
    common: dict[str, Any] = {
        "parents": [_common(it.common)],
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }
    if name == NETWORK:
        made: Parser = _Front(PROG, USAGE, DESCRIPTION, EPILOG, **common)
    else:
        described = f"{it.help[0].upper()}{it.help[1:]}."
        front = Parser(PROG).add_subparsers(prog=PROG, parser_class=Parser)
        made = front.add_parser(name, description=described, **common)
    it.parser(made)
    return made


def values(args: argparse.Namespace) -> dict[str, Any]:
    """What `--at` puts in place of symbols."""
    from ...questions.statements import given  # when it is needed: `--help` waits for no grammar

    return given(",".join(args.at)) if args.at else {}


def _common(names: Iterable[str]) -> Parser:
    parent = Parser(add_help=False, allow_abbrev=False)
    for name in names:
        parent.add_argument(name, **COMMON[name])
    return parent
