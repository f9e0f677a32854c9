"""The command line. Reads arguments, prints answers; no formula lives here."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

DESCRIPTION = "How many parameters, and why: exact closed forms for neural-network architectures."
COMMANDS = {
    "latex": "writes formulas, derivations, tables, macros, figures and whole documents for a paper",
    "table": "writes a table of layers, stages, networks or a family: text, Markdown, HTML, CSV, JSON",
    "figure": "draws an architecture: SVG or TikZ",
    "sweep": "writes a sweep to a file of any size, finds the best of it, draws it",
    "run": "answers every statement of files; a broken assertion ends with status 1",
    "check": "reads files and says what is wrong with their words; nothing is computed",
    "library": "lists the published networks, or prints files of the library",
    "layers": "lists the words of the catalogue",
    "help": "explains words",
    "completion": "prints the completion of a shell: bash, zsh or fish",
}
USAGE = """\
paramula                               a prompt
       paramula TEXT | FILE.net | - ...  [options]
       paramula latex | table [KIND] NETWORK ... [options]
       paramula figure NETWORK [options]
       paramula sweep TEXT | FILE.net ... [-o FILE] [options]
       paramula run FILE.net ... [--json]
       paramula check FILE.net ...
       paramula library [FILE] [--json]
       paramula layers | help NAME
       paramula completion bash | zsh | fish"""
EPILOG = """\
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
SHELF = ("params", "macs")  # what the list of the library shows of a network
FULL = 10**6  # columns of a table that no terminal shows


def main(argv: Sequence[str] | None = None) -> int:
    """Answers a command line; returns the exit status: 0, 1 for a fault in a network, 2 for wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    from ..errors import NetError

    if sys.stderr is None or sys.stderr.closed:  # started with `2>&-`
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  as long as the process
    if sys.stdout is None or sys.stdout.closed:  # started with `>&-`
        return 1
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    ascii = "--ascii" in arguments or not _unicode(sys.stdout)
    words = [word for word in arguments if word != "--ascii"]
    try:
        if not words:
            status = prompt(ascii)
        elif words == ["layers"]:
            status = layers(ascii)
        elif words[0] in ("layers", "help") and "--json" in words[1:]:
            status = words_json(words[0], [word for word in words[1:] if word != "--json"], ascii)
        elif words[0] == "library":
            status = library(words[1:], ascii)
        elif words[0] == "help":
            status = help_on(words[1:], ascii)
        elif words[0] in ("latex", "table", "figure"):
            status = paper(words[0], words[1:])
        elif words[0] == "sweep":
            status = sweep(words[1:], ascii)
        elif words[0] in ("run", "check", "completion"):
            status = subcommand(words[0], words[1:], ascii)
        else:
            try:
                args = options().parse_args(arguments)
            finally:  # --help and --version end here
                sys.stdout.flush()
            status = answer(args, ascii)
        sys.stdout.flush()
    except NetError as error:
        _say(str(error), sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone: `paramula … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say(f"the answer cannot be written: {error.strerror}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def options() -> argparse.ArgumentParser:
    """The options of the command."""
    from .. import __version__

    parser = argparse.ArgumentParser(
        prog="paramula", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=USAGE,
        allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument(
        "texts",
        metavar="TEXT",
        nargs="*",
        help="a network, a file that ends in .net, or - for standard input; several, a file and questions, are one",
    )
    parser.add_argument(
        "--at", metavar="NAME=VALUE,...", action="append", default=[], help="numbers or expressions for symbols"
    )
    parser.add_argument(
        "--quantity", metavar="NAME", nargs="+", help="the columns to show: params macs shape depth ..."
    )
    parser.add_argument("--depth", metavar="N", type=_depth, help="show groups only down to this depth")
    parser.add_argument("--json", action="store_true", help="answer in JSON (docs/json.md)")
    parser.add_argument("--ascii", action="store_true", help="formulas in ASCII, in the language itself")
    parser.add_argument("--version", action="version", version=f"paramula {__version__}")
    return parser


def _depth(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("a depth is 0 or more")
    return int(text)


def answer(args: argparse.Namespace, ascii: bool) -> int:
    """The table (or JSON) of a network, and what its queries ask."""
    if not args.texts and args.quantity:  # the text went with the names of the quantities
        *args.quantity, text = args.quantity
        args.texts, args.quantity = [text], args.quantity or None
    if not args.texts:
        options().print_help()
        return 2
    from .. import __version__
    from ..layers.words import QUANTITIES
    from ..questions.statements import answers, given, read

    program = read(*args.texts)
    names = columns(args.quantity)
    values = given(",".join(args.at)) if args.at else {}
    result = answers(program, values)
    if args.json:
        from ..formats.json import json_text, replies_text

        net = result.network
        if net is None:
            _say(replies_text(result.lines, ascii))
        else:
            _say(json_text(net, names or QUANTITIES, __version__, ascii, result.lines))
        return 0
    for reply in result.lines:
        _reply(reply, ascii)
    if result.network is not None:
        from ..questions.report import COLUMNS, report

        _show(report(result.network, names or COLUMNS, args.depth), ascii)
    return 0


def _show(report: Any, ascii: bool) -> None:
    """A report on the terminal, or as plain text where the output goes elsewhere."""
    from ..formats.text import show, table

    console = _console()
    if console.is_terminal:
        show(console, report, ascii)
    else:
        _say(table(report, FULL, ascii, rows=None))


def prompt(ascii: bool) -> int:
    """The prompt on a terminal; over a pipe, what comes is answered sentence by sentence."""
    from .. import __version__
    from ..language.lexer import MAX_TEXT
    from .repl import piped, repl
    from .session import Session

    if sys.stdin is None or sys.stdin.closed:
        _say("standard input is closed", sys.stderr)
        return 2
    if sys.stdin.isatty() and sys.stdout.isatty():
        return repl(ascii, __version__)
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="backslashreplace")
    return piped(Session(), iter(lambda: sys.stdin.readline(MAX_TEXT + 1), ""), ascii)


def subcommand(word: str, rest: Sequence[str], ascii: bool) -> int:
    """What is called by a word with files (or a shell) behind it; wrong usage is status 2."""
    known = {"--json"} if word == "run" else set()
    names = [name for name in rest if name not in known]
    unknown = [name for name in names if name.startswith("-") and name != "-"]
    if unknown or not names or (word == "completion" and len(names) != 1):
        said = (
            f"unknown option {unknown[0]}"
            if unknown
            else f"{word} takes {'a shell' if word == 'completion' else 'files'}"
        )
        _say(f"usage: {USAGE}\nparamula {word}: error: {said}", sys.stderr)
        return 2
    return completion(names[0]) if word == "completion" else (run if word == "run" else check)(rest, ascii)


def paper(command: str, rest: Sequence[str]) -> int:
    """What a paper takes from networks, on standard output or in a file; wrong usage is status 2."""
    from ..engine.files import write
    from ..questions.statements import answers, given, read
    from .command_line.paper import Misuse, answer, asked, options

    def network(text: str) -> Any:
        return answers(read(text), {}, network=True).network

    try:
        it = asked(command, rest)
    except Misuse as misuse:
        _say(f"{options(command).format_usage()}paramula {command}: error: {misuse}", sys.stderr)
        return 2
    text = answer(it, network, given(it.at) if it.at else {})
    if it.out:
        write(it.out, text + "\n")
    else:
        _say(text)
    return 0


def sweep(rest: Sequence[str], ascii: bool) -> int:
    """A sweep of a program, on standard output or in a file; wrong usage is status 2."""
    from rich.console import Console

    from .command_line.sweep import Misuse, answer, asked, options

    try:
        args = asked(rest)
    except Misuse as misuse:
        _say(f"{options().format_usage()}paramula sweep: error: {misuse}", sys.stderr)
        return 2
    text = answer(args, Console(stderr=True), lambda swept: _reply(swept, ascii))
    if text:
        _say(text)
    return 0


def run(names: Sequence[str], ascii: bool) -> int:
    """Answers every statement of files, one after another; NetError at the first that fails."""
    from ..questions.statements import source_of
    from .session import Session

    session, found = Session(), []
    for name in names:
        if name == "--json":
            continue
        source = source_of(name)
        for reply in session.run(source.text, source.name):
            if "--json" in names:
                found.append(reply)
            else:
                _reply(reply, ascii)
    if "--json" in names:
        from ..formats.json import replies_text

        _say(replies_text(found, ascii))
    return 0


def check(names: Sequence[str], ascii: bool) -> int:
    """Reads files and binds their names; says what is wrong in each, and goes on with the next."""
    from ..engine.model import backstop
    from ..engine.program import Program
    from ..errors import NetError
    from ..language.parser import parse
    from ..questions.statements import source_of
    from .session import check_words

    status = 0
    for name in names:
        try:
            source = source_of(name)
            with backstop(source):
                program = Program(source, parse(source))
                check_words(program)
            _say(f"{name}: {len(program.root.statements)} statements")
        except NetError as error:
            _say(str(error), sys.stderr)
            status = 1
    return status


def completion(shell: str) -> int:
    """The completion script of a shell."""
    from ..layers.words import QUANTITIES
    from .shells import SHELLS, script

    if shell not in SHELLS:
        _say(f"there is no completion for '{shell}': {', '.join(SHELLS)}", sys.stderr)
        return 2
    said = {
        next(o for o in action.option_strings if o.startswith("--")): action.help or ""
        for action in options()._actions
        if action.option_strings
    }
    _say(script(shell, COMMANDS, said, QUANTITIES).rstrip())
    return 0


def columns(names: Sequence[str] | None) -> tuple[str, ...]:
    """The quantities named on the command line, separated by blanks or commas."""
    from ..errors import NetError, did_you_mean
    from ..layers.words import QUANTITIES

    wanted = tuple(part for name in names or () for part in name.split(",") if part)
    for name in wanted:
        if name not in QUANTITIES:
            hint = did_you_mean(name, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
            raise NetError(f"there is no quantity called '{name}'", hint=hint)
    return wanted


def layers(ascii: bool) -> int:
    """The words of the catalogue, a line each."""
    from rich.table import Table
    from rich.text import Text

    from ..formats.text import plain
    from .help import about, families, summary

    console = _console()
    for family, names in families().items():
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(overflow="fold", min_width=12, max_width=44)
        table.add_column(overflow="fold")
        console.print(Text(family, style="bold"))
        said: dict[str, list[str]] = {}
        for name in names:
            said.setdefault(summary(name), []).append(name)
        for text, alike in said.items():
            call = about(alike[0]).call if len(alike) == 1 else " ".join(alike)
            table.add_row(*(Text(plain(part) if ascii else part) for part in (call, text)))
        console.print(table)
    return 0


def library(names: Sequence[str], ascii: bool) -> int:
    """The networks of the library and what their files state of them, or the files that are named."""
    import json

    from ..engine import program
    from ..errors import NetError, did_you_mean

    for name in names:
        if name not in (*program.files(), "--json", "--names"):
            hint = did_you_mean(name, program.files()) or "paramula library lists them"
            raise NetError(f"there is no file '{name}' in the library", hint=hint)
    wanted = [name for name in names if not name.startswith("--")]
    if "--names" in names:  # for the completion of shells
        _say("\n".join(program.files()))
    elif "--json" in names:
        rows = {
            file: {"title": program.title(file), "text": program.files()[file], "networks": program.stated(file)}
            for file in wanted or program.files()
        }
        _say(json.dumps(rows, ensure_ascii=False, indent=2))
    elif wanted:
        _say("\n".join(program.files()[name].rstrip() + "\n" for name in wanted).rstrip())
    else:
        _shelf(program, ascii)
    return 0


def _shelf(program: Any, ascii: bool) -> None:
    """The networks of the library, file by file."""
    from rich.text import Text

    from ..formats.text import plain

    console = _console()
    stated = {file: program.stated(file) for file in program.files()}
    wide = max(len(name) for networks in stated.values() for name in networks)
    console.print(Text(f"  {'':{wide}}" + "".join(f"{quantity:>20}" for quantity in SHELF), style="dim"))
    for file, networks in stated.items():
        title = plain(program.title(file)) if ascii else program.title(file)
        line = Text.assemble((file, "bold"), "  ", title)
        console.print(line, no_wrap=True, overflow="crop" if ascii else "ellipsis")
        for name, numbers in networks.items():
            cells = (f"{numbers[quantity]:,}" if quantity in numbers else "" for quantity in SHELF)
            console.print(Text((f"  {name:{wide}}" + "".join(f"{cell:>20}" for cell in cells)).rstrip()))


def words_json(word: str, names: Sequence[str], ascii: bool) -> int:
    """The words of the catalogue, or those that are named, with their help, as JSON."""
    import json

    from .help import about, families

    wanted = names if word == "help" else [name for known in families().values() for name in known]
    _say(json.dumps([about(name)._asdict() for name in wanted], ensure_ascii=ascii, indent=2))
    return 0


def help_on(names: Sequence[str], ascii: bool) -> int:
    """What words mean, and their examples answered."""
    from ..formats.text import plain
    from .help import about
    from .session import Session

    if not names:
        options().print_help()
        return 0
    for name in names:
        it = about(name)
        text = f"{it.call}\n\n{it.text}\n"
        _say(plain(text) if ascii else text)
        if it.example:
            _say(f"$ paramula '{it.example}'\n")
            for reply in Session().run(it.example):
                _reply(reply, ascii)
    return 0


def _reply(reply: Any, ascii: bool) -> None:
    """A reply on the terminal, or as plain text where the output goes elsewhere."""
    from ..formats.replies import draw, text

    console = _console()
    if console.is_terminal:
        draw(console, reply, ascii)
    else:
        _say(text(reply, ascii))


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, force_jupyter=False)


def _unicode(stream: Any) -> bool:
    try:
        "⌈⌊·−─×".encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def _say(text: str, stream: Any = None) -> None:
    """Prints a text; what the stream cannot show is escaped (see `main`)."""
    print(text, file=stream or sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
