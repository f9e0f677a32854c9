"""Whole sessions as the user sees them: a file in transcripts/ for each, the inputs and below each what is answered.

An input begins with `> `, its further lines with `. `; an answer's line that begins like that has a `\\` before it.
What stands before the first input is a title, and the files that are there: `#file NAME: LINE`, a line of it each.
The sentences go through the pipe, the same functions as `paramula < FILE`, into one stream for output and errors.

    python tests/surfaces/test_transcripts.py --write     rewrite the answers after a meant change, then read the diff
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script; pytest has it

from paramula.surfaces.repl import piped
from paramula.surfaces.session import Session
from places import TESTS

CASES = sorted((TESTS / "transcripts").glob("*.txt"))
INPUT, MORE = "> ", ". "


def head_of(text: str) -> str:
    """What stands before the first input."""
    return text[: re.search(r"^> |\Z", text, re.MULTILINE).start()]  # type: ignore[union-attr]


def inputs_of(text: str) -> list[str]:
    """The lines that are typed, with their marks."""
    return [line for line in text.split("\n") if line[:2].ljust(2) in (INPUT, MORE)]


def replayed(text: str) -> str:
    """A transcript again, with the answers of today."""
    out = StringIO()
    answered = ""

    def flush() -> None:
        nonlocal answered
        now = out.getvalue()[len(answered) :]
        answered = out.getvalue()
        pieces.append(re.sub(r"^(?=\\*[>.]( |$))", r"\\", now, flags=re.MULTILINE))

    def typed() -> Iterator[str]:
        for line in inputs_of(text):
            flush()
            pieces.append(f"{line}\n")
            yield f"{line[2:]}\n"

    pieces = [head_of(text)]
    files: dict[str, str] = {}
    for name, line in re.findall(r"^#file ([^:\n]+): ?(.*)$", pieces[0], re.MULTILINE):
        files[name] = f"{files.get(name, '')}{line}\n"
    with tempfile.TemporaryDirectory() as folder, chdir(folder), redirect_stdout(out), redirect_stderr(out):
        for name, content in files.items():
            Path(name).write_text(content, "utf-8")
        piped(Session(), typed(), ascii=False)
    flush()
    return "".join(pieces)


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_session_is_answered_exactly(path: Path) -> None:
    text = read(path)
    assert replayed(text) == text


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_lines_of_an_input_stand_together(path: Path) -> None:
    """A further line is one of a sentence that was not whole: nothing is answered before it."""
    before = ""
    for line in read(path).split("\n"):
        assert not line.startswith(MORE) or before.startswith((INPUT, MORE)), line
        before = line


def test_the_sessions_are_there() -> None:
    assert len(CASES) >= 30


def test_no_answer_drives_a_terminal() -> None:
    for path in CASES:
        said = "\n".join(line for line in read(path).split("\n") if not line.startswith((INPUT, MORE)))
        assert said.replace("\n", "").isprintable(), path.name


def write() -> None:
    """Rewrites the answers of all files."""
    for path in CASES:
        text = read(path)
        now = replayed(text)
        if now != text:
            print(path.name)
            path.write_bytes(now.encode())


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print(__doc__)
