"""Every message as the user sees it: a file in errors/ for each, the program, a line `---`, and the whole of `str(e)`.

A first line `#at H=3, W=9` gives the network these values with `net.at`; what is no whole number is given as text.

    python tests/test_errors.py --write     rewrite the messages after a deliberate change, then read the diff
    python tests/test_errors.py 'TEXT'      show the message of a program, to make a new file of it
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import paramula as pm
from places import TESTS

CASES = sorted((TESTS / "errors").glob("*.txt"))


def read(path: Path) -> tuple[str, str]:
    """The program and the message of a file."""
    program, message = re.split(r"^---\n", path.read_bytes().decode("utf-8"), maxsplit=1, flags=re.MULTILINE)
    return program.removesuffix("\n"), message.removesuffix("\n")


def message_of(program: str) -> str:
    """What paramula says to a program that is a mistake; an empty string where it finds none."""
    values: dict[str, int | str] = {}
    if program.startswith("#at "):
        first, _, program = program.partition("\n")
        for setting in first.removeprefix("#at ").split(", "):
            name, _, value = setting.partition("=")
            values[name] = int(value) if re.fullmatch(r"-?[0-9]+", value) else value
    try:
        network = pm.net(program)
        if values:
            network.at(**values)
    except pm.NetError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_message_is_exactly(path: Path) -> None:
    program, message = read(path)
    assert message_of(program) == message


def test_the_messages_are_there() -> None:
    assert len(CASES) >= 120


def write() -> int:
    """Rewrites the messages of all files; returns how many programs are no mistakes any more."""
    lost = 0
    for path in CASES:
        program, message = read(path)
        now = message_of(program)
        if not now:
            print(f"no error any more, left as it was: {path.name}")
            lost += 1
        elif now != message:
            print(path.name)
            path.write_bytes((f"{program}\n" if program else "").encode() + f"---\n{now}\n".encode())
    return lost


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        sys.exit(min(write(), 1))
    for text in sys.argv[1:]:
        print(message_of(text) or "no error")
