"""Files: programs read; outputs written whole or not at all, in the format that their ending says.

A file is written beside its place and moved there once it is whole, so that a full disk or a killed process leaves
what was there. What is no file (a pipe, /dev/stdout) is written as it is.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from ..errors import NetError, listed
from ..language.lexer import MAX_TEXT

READ: set[str] = set()  # the files that programs were read from
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
RUN = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet takes for a formula
OPEN = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")  # what is open already
PART = ".part"  # behind the name of a file that did not get whole, where another one has the name


def format_of(
    path: str, said: str, ends: Mapping[str, str], default: str, way_out: Mapping[str, str] | None = None
) -> str:
    """The format in which a command writes to a path: what `--format` said, and the end of the name, must agree.

    `ends` are the endings that the command can write, `way_out` says what helps with others."""
    if not path:
        raise NetError("a file has a name, not ''", hint="leave out -o to print the answer")
    end = Path(path).suffix.lower().removeprefix(".")
    form = ends.get(end)
    if streamed(path):
        return said or form or default
    if form is None:
        says = f"no format ends in '.{end}'" if end else f"'{path}' has no ending that says its format"
        hint = f"the name may end in {listed(f'.{it}' for it in ends)}"
        raise NetError(says, hint="; ".join(filter(None, ((way_out or {}).get(end, ""), hint))))
    if said and said != form:
        fit = next((f", or end the name in .{it}" for it, name in ends.items() if name == said), "")
        raise NetError(f"'{path}' ends as {form} does, but the format is {said}", hint=f"leave out --format{fit}")
    return form


def streamed(path: str | Path) -> bool:
    """Whether a path is no file that could be replaced: a pipe, a device, an open descriptor."""
    with suppress(OSError, ValueError):
        name = os.path.abspath(path)
        return name.startswith(OPEN) or not stat.S_ISREG(os.stat(name).st_mode)
    return False


def read_file(path: str | Path) -> str:
    """The text of a file; NetError where it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            text = file.read(MAX_TEXT + 1)  # who reads it says that it is too large
            was_read(path)
            return text
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise NetError(f"{path} cannot be read: {reason}") from None


def read_input() -> str:
    """What comes on standard input; NetError where it is closed, or no text."""
    if sys.stdin is None or sys.stdin.closed:
        raise NetError("standard input is closed", hint="paramula FILE.net reads a file")
    try:
        return sys.stdin.read(MAX_TEXT + 1).removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or f"it is not text in {sys.stdin.encoding.upper()}"
        raise NetError(f"standard input cannot be read: {reason}") from None


def was_read(path: str | Path) -> None:
    """Takes note of a file that a program was read from: nothing is written over it."""
    READ.add(os.path.abspath(path))


def interrupted(path: str | Path) -> str:
    """Where the rows of a file are that Ctrl-C will end: beside what is there already."""
    return f"{path}{PART if os.path.exists(path) and not streamed(path) else ''}"


def write(path: str | Path, data: str | bytes) -> None:
    """Writes a text or bytes to a file; raises NetError where that cannot be."""
    with opened(path) as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)


@contextmanager
def opened(path: str | Path, keep: bool = False) -> Iterator[BinaryIO]:
    """A file to be written, which is in its place when all went well; NetError where it cannot be written.

    With `keep`, what was written before Ctrl-C is kept, where `interrupted` says."""
    if not isinstance(path, (str, Path)):
        raise NetError(f"a file is named by a text or a Path, not {path!r}")
    try:
        known = _known(path)
        if streamed(path):
            with _stream(path) as file:
                yield file
            return
        place = os.path.realpath(path)  # a link stays one
        beside = os.path.join(os.path.dirname(place), f".paramula-{token_hex(8)}")
        file = open(beside, "xb")  # noqa: SIM115  closed before it is moved
        try:
            with file:
                if known is not None:
                    _like(beside, known)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, place)
        except BaseException as error:
            if keep and isinstance(error, KeyboardInterrupt):
                os.replace(beside, interrupted(place))
            else:
                os.unlink(beside)
            raise
    except BrokenPipeError:  # the reader has gone, which is no fault
        raise
    except (OSError, ValueError) as error:  # a place, a name, or a text, that no file can have
        raise NetError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _known(path: str | Path) -> os.stat_result | None:
    """What is at a path already; raises where it must stay."""
    name = os.fspath(path)
    if not name or name.endswith(("/", os.sep)):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR) if name else "it has no name")
    try:
        there = os.stat(name)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISREG(there.st_mode):
        if any(os.path.exists(read) and os.path.samefile(name, read) for read in READ) or _open_as(there, 0):
            raise NetError(f"{path} is the program that is read", hint="choose another name")
        if not os.access(name, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return there


def _open_as(there: os.stat_result, descriptor: int) -> bool:
    """Whether a file is open as standard input (0) or output (1)."""
    with suppress(OSError):
        return os.path.samestat(there, os.fstat(descriptor))
    return False


def _stream(path: str | Path) -> BinaryIO:
    if _open_as(os.stat(path), 1):  # behind what was printed before
        sys.stdout.flush()
        return os.fdopen(os.dup(1), "wb")
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb")


def _like(path: str, other: os.stat_result) -> None:
    """Gives a new file the owner and the permissions of the one that it replaces."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # another's file stays writable for those who could write it
            os.chown(path, other.st_uid, other.st_gid)
    os.chmod(path, stat.S_IMODE(other.st_mode))


def csv_cell(text: str) -> str:
    """A cell of CSV: what a spreadsheet would run as a formula begins with an apostrophe; numbers stay as they are."""
    return (
        f"'{text}" if (text.startswith(RUN) or text.lstrip().startswith(RUN)) and not NUMBER.fullmatch(text) else text
    )
