"""`paramula library`: the published networks and what their files state of them, or the files that are named."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from . import Command, Parser
from .output import console, say

SHELF = ("params", "macs")  # what the list shows of a network


def _parser(parser: Parser) -> None:
    parser.add_argument("files", metavar="NAME", nargs="*", help="a file of the library, which is printed")
    parser.add_argument("--names", action="store_true", help="the names of the files alone")


def _run(args: argparse.Namespace) -> int:
    import json

    from ...engine import program
    from ...errors import NetError, did_you_mean

    files = program.files()
    for name in args.files:
        if name not in files:
            hint = did_you_mean(name, files) or "paramula library lists them"
            raise NetError(f"there is no file '{name}' in the library", hint=hint)
    if args.names:
        say("\n".join(files))
    elif args.json:
        rows = {
            file: {"title": program.title(file), "text": files[file], "networks": program.stated(file)}
            for file in args.files or files
        }
        say(json.dumps(rows, ensure_ascii=False, indent=2))
    elif args.files:
        say("\n".join(files[name].rstrip() + "\n" for name in args.files).rstrip())
    else:
        _shelf(program, args.ascii)
    return 0


def _shelf(program: Any, ascii: bool) -> None:
    """The networks of the library, file by file."""
    from rich.text import Text

    from ...formats.text import plain

    out = console()
    stated = {file: program.stated(file) for file in program.files()}
    wide = max(len(name) for networks in stated.values() for name in networks)
    out.print(Text(f"  {'':{wide}}" + "".join(f"{quantity:>20}" for quantity in SHELF), style="dim"))
    for file, networks in stated.items():
        title = plain(program.title(file)) if ascii else program.title(file)
        line = Text.assemble((file, "bold"), "  ", title)
        out.print(line, no_wrap=True, overflow="crop" if ascii else "ellipsis")
        for name, numbers in networks.items():
            cells = (f"{numbers[quantity]:,}" if quantity in numbers else "" for quantity in SHELF)
            out.print(Text((f"  {name:{wide}}" + "".join(f"{cell:>20}" for cell in cells)).rstrip()))


def _names() -> Iterable[str]:
    from ...engine.program import files

    return files()


MEANING = "lists the published networks, or prints files of the library"
COMMAND = Command("library", MEANING, _parser, _run, ("--json", "--ascii"), words=_names)
