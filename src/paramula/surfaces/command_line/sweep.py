"""`paramula sweep`: the last sweep of a program as a table, the best of it, files of any size, pictures."""

from __future__ import annotations

import argparse

from . import COMMON, Command, Misuse, Parser


def formats() -> tuple[str, ...]:
    """In what a sweep is written: as a table in any format, or line by line."""
    from ...formats.grids import FORMATS

    first = ("text", "csv", "json", "jsonl", "markdown", "html", "latex", "parquet")
    return tuple(dict.fromkeys((*first, *FORMATS)))


def _parser(parser: Parser) -> None:
    parser.usage = f"{parser.prog} TEXT | FILE.net | - ...  [options]"
    parser.description = "The last sweep of a program: its table, the best of it, files of any size, pictures."
    add = parser.add_argument
    said = "a program with a sweep, a file that ends in .net, or - for standard input; several are one program"
    add("texts", metavar="TEXT", nargs="+", help=said)
    add("-o", "--output", metavar="FILE", help="where it goes; its end says the format, or a picture's")
    add("--format", default="", help=", ".join(formats()))
    add("--least", metavar="EXPRESSION", help="only the row with the least of an expression")
    add("--most", metavar="EXPRESSION", help="only the row with the most of an expression")
    add("--top", metavar="N", type=int, help="with --least or --most: the best N rows")
    add("--front", action="store_true", help="only the rows that no other one beats in all expressions (Pareto front)")
    add("--better", metavar="less,more", default="", help="of a front: which way each expression is better")
    add("--engine", default="", help="who makes the lines of a file: processes, dask")
    add("--scheduler", metavar="ADDRESS", default="", help="of the Dask cluster")
    add("--plot", action="store_true", help="a picture in the terminal")
    add("--kind", help="of a picture: curves, heat, pareto")
    add("--log", help="of a picture: x, y, xy, none")
    add("--width", default="", help="of a picture or a LaTeX table: 84mm, 3.3in, 240pt, column, page")


def _run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from .output import reply, say
    from .sweep_answer import answer

    _check(args)
    text = answer(args, Console(stderr=True), lambda swept: reply(swept, args.ascii))
    if text:
        say(text)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Checks the options as far as they depend on each other; raises Misuse or NetError."""
    from ...errors import NetError

    if sum(it is not None and it is not False for it in (args.least, args.most, args.front or None)) > 1:
        raise NetError("a sweep gives one of --least, --most and --front")
    if args.top is not None and args.top < 1:
        raise NetError(f"--top takes a number of rows, not {args.top}")
    _settle_format(args)
    best, drawn = args.least is not None or args.most is not None, args.plot or args.format == "picture"
    lines = args.output and args.format in ("csv", "jsonl", "parquet") and not best and not args.front
    for word, said, where, fits in (
        ("--top", args.top, "--least or --most", best),
        ("--better", args.better, "--front", args.front or args.kind == "pareto"),
        ("--kind", args.kind, "a picture", drawn),
        ("--log", args.log, "a picture", drawn),
        ("--width", args.width, "a picture or a LaTeX table", drawn or args.format == "latex"),
        ("--engine", args.engine, "-o and a file of all rows", lines),
        ("--scheduler", args.scheduler, "--engine dask", args.engine == "dask"),
    ):
        if said and not fits:
            raise Misuse(f"{word} goes with {where}")


def _settle_format(args: argparse.Namespace) -> None:
    """Sets the format: what --format or --json says, or the end of the file's name."""
    from ...engine.files import format_of
    from ...errors import NetError, did_you_mean, listed
    from .paper_options import as_json
    from .sweep_answer import ends

    args.format = as_json(args)
    if args.plot and (args.output or args.format):
        raise Misuse("--plot draws in the terminal: it goes with neither -o nor --format")
    if args.format and args.format not in formats():
        hint = did_you_mean(args.format, formats()) or f"there are {listed(formats(), 'and')}"
        raise NetError(f"a sweep has no format '{args.format}'", hint=hint)
    if args.output is not None:
        args.format = format_of(args.output, args.format, ends(), "text")
    args.format = args.format or "text"
    if args.format == "parquet" and not args.output:
        raise NetError("Parquet goes to a file", hint="-o grid.parquet")


MEANING = "writes a sweep to a file of any size, finds the best of it, draws it"
COMMAND = Command("sweep", MEANING, _parser, _run, tuple(COMMON), files=True)
