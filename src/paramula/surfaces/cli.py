"""The command line: which command is called, what ends it, and its status. Commands answer, see command_line/."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from .command_line import Misuse, called, command, parser_of
from .command_line.output import say


def main(argv: Sequence[str] | None = None) -> int:
    """Answers a command line; returns the exit status: 0, 1 for a fault in a network, 2 for wrong usage."""
    from ..errors import NetError

    if sys.stderr is None or sys.stderr.closed:  # started with `2>&-`
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  as long as the process
    if sys.stdout is None or sys.stdout.closed:  # started with `>&-`
        return 1
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            return _answer(sys.argv[1:] if argv is None else argv)
        finally:  # --help and --version end here, too
            sys.stdout.flush()
    except NetError as error:
        say(str(error), sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone: `paramula … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say(f"the answer cannot be written: {error.strerror}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _answer(words: Sequence[str]) -> int:
    """Calls the command, or the prompt where there is none."""
    name, rest = called(words)
    ascii = not _unicode(sys.stdout)
    if not name:
        return prompt(ascii or "--ascii" in words)
    parser = parser_of(name)
    try:
        args = parser.read(rest)
        args.ascii = args.ascii or ascii
        return command(name).run(args)
    except Misuse as misuse:
        say(f"{parser.format_usage()}{parser.prog}: error: {misuse}", sys.stderr)
        return 2


def prompt(ascii: bool) -> int:
    """The prompt on a terminal; over a pipe, what comes is answered sentence by sentence."""
    from .. import __version__
    from ..language.lexer import MAX_TEXT
    from .repl import piped, repl
    from .session import Session

    if sys.stdin is None or sys.stdin.closed:
        say("standard input is closed", sys.stderr)
        return 2
    if sys.stdin.isatty() and sys.stdout.isatty():
        return repl(ascii, __version__)
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="backslashreplace")
    return piped(Session(), iter(lambda: sys.stdin.readline(MAX_TEXT + 1), ""), ascii)


def _unicode(stream: Any) -> bool:
    try:
        "⌈⌊·−─×".encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
