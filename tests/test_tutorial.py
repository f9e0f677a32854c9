"""The tutorial: every input of its sessions is answered as a pipe would, and the page shows what comes.

A block of the language `session` has inputs behind `> `, their further lines behind `. `, and commands of the shell
behind `$ `: `paramula …`, and `cat FILE`. `$ paramula` alone begins a new session. An input that shows inputs of its
own (help) is the last of its block.

`python tests/test_tutorial.py --write` writes what comes now into the page, after a change that is meant.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from places import ROOT  # isort: skip  (docs is on the path from here)

import pictures

from paramula import __version__
from paramula.errors import NetError
from paramula.formats.replies import text
from paramula.surfaces import cli
from paramula.surfaces.repl import GREETING, MORE, PROMPT, answered, sentences
from paramula.surfaces.session import Session

PAGE = ROOT / "docs" / "tutorial.md"
SHELL = "$ "
FENCE = re.compile(r"^```session\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Typed(NamedTuple):
    """What is typed: for the shell or the prompt, and its lines without the signs in front."""

    shell: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        first, *more = self.lines
        return "".join(
            [f"{SHELL if self.shell else PROMPT}{first}\n", *(f"{MORE}{line}".rstrip() + "\n" for line in more)]
        )


class Terminal:
    """A shell in a folder, with the prompt of one session after another."""

    def __init__(self) -> None:
        self.session = Session()

    def shown(self, typed: Typed) -> str:
        """What comes of an input."""
        return self._ran(shlex.split(typed.lines[0])) if typed.shell else self._answered(typed.lines)

    def _answered(self, lines: tuple[str, ...]) -> str:
        out: list[str] = []

        def say(reply: Any) -> None:
            out.append(str(reply) if isinstance(reply, (str, NetError)) else text(reply))

        said = list(sentences(self.session, lines))
        assert len(said) == 1, f"one input at a time, not {said}"
        answered(self.session, said[0], say)
        return "".join(f"{line.rstrip()}\n" for part in out for line in part.split("\n"))

    def _ran(self, words: list[str]) -> str:
        if words == ["paramula"]:
            self.session = Session()
            return GREETING.format(version=__version__) + "\n"
        if words[0] == "cat":
            return Path(words[1]).read_text("utf-8")
        assert words[0] == "paramula", f"the shell of this page knows paramula and cat, not {words[0]}"
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            cli.main(words[1:])
        return raw.getvalue().decode("utf-8")


def inputs(block: str) -> Iterator[Typed]:
    """What is typed in a block."""
    lines = block.split("\n")
    while lines:
        line = lines.pop(0)
        if line.startswith(SHELL):
            yield Typed(True, (line.removeprefix(SHELL),))
        elif line.startswith(PROMPT):
            said = [line.removeprefix(PROMPT)]
            while lines and (lines[0] + " ").startswith(MORE):
                said.append(lines.pop(0)[len(MORE) :])
            yield Typed(False, tuple(said))
            if said[0].partition(" ")[0] in ("help", ":help", ":tour"):
                return


def replayed(page: str) -> Iterator[tuple[str, str]]:
    """Each block of a page as it stands there, and as it comes; in the folder where we are."""
    terminal = Terminal()
    for match in FENCE.finditer(page):
        yield match[1], "".join(f"{typed}{terminal.shown(typed)}\n" for typed in inputs(match[1])).rstrip("\n") + "\n"


@contextlib.contextmanager
def elsewhere() -> Iterator[None]:
    """A folder of our own, without the settings of a user or a terminal."""
    here, kept = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"):
            os.environ.pop(name, None)
        os.environ.update(XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder)
        try:
            yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(kept)


def rewritten(page: str) -> str:
    """A page with its blocks as they come now."""
    with elsewhere():
        come = iter([f"```session\n{fresh}```" for _, fresh in replayed(page)])
    return FENCE.sub(lambda match: next(come), page)


def test_every_session_of_the_tutorial_is_what_comes() -> None:
    with elsewhere():
        for shown, fresh in replayed(PAGE.read_text("utf-8")):
            assert shown == fresh, "see python tests/test_tutorial.py --write"


def test_blocks_are_read_as_they_are_written() -> None:
    block = "> f(c) =\n.   dense(c)\nf(c) is defined\n\n$ cat a.net\n> it\n1\n\n> help conv\nconv\n\n> dense(1)\n"
    assert list(inputs(block)) == [
        Typed(False, ("f(c) =", "  dense(c)")),
        Typed(True, ("cat a.net",)),
        Typed(False, ("it",)),
        Typed(False, ("help conv",)),
    ]
    assert "".join(map(str, inputs("> f(c) =\n.   dense(c)\n"))) == "> f(c) =\n.   dense(c)\n"


def test_a_stale_page_is_found_and_rewritten() -> None:
    page = "a page\n```session\n> 1 + 1\n1 + 1 = 3\n```\nand an end\n"
    assert rewritten(page) == "a page\n```session\n> 1 + 1\n1 + 1 = 2\n```\nand an end\n"


TAUGHT = [
    "->", ":explain", ":why", ":undo", ":set", ":save", ":load", ":reload", ":tour", ":quit", ":names",
    "help ", " at ", " to ", "solve ", "latex(",
    "sweep ", "compare ", "assume ", "assert ", "use ", "it at", "gpt2(", "resnet50", "paramula run", "paramula check",
]  # fmt: skip


@pytest.mark.parametrize("word", TAUGHT)
def test_the_tutorial_teaches(word: str) -> None:
    assert word in PAGE.read_text("utf-8")


# What is typed to show a mistake; everything else works.
MISTAKES = ["at H=5", "== 14k", "smae", "conv(3x3,16,same))", "Conv2D", "c=0"]


def test_only_what_is_meant_to_fail_fails() -> None:
    failed: list[str] = []
    with elsewhere():
        terminal = Terminal()
        for match in FENCE.finditer(PAGE.read_text("utf-8")):
            for typed in inputs(match[1]):
                if typed.shell:
                    terminal.shown(typed)
                    continue
                said: list[Any] = []
                answered(terminal.session, "\n".join(typed.lines), said.append)
                failed += ["\n".join(typed.lines)] * any(isinstance(reply, NetError) for reply in said)
    assert len(failed) == len(MISTAKES)
    assert all(mistake in line for mistake, line in zip(MISTAKES, failed, strict=True))


@pytest.mark.slow
def test_the_pictures_are_fresh(capsys: Any) -> None:
    assert pictures.main(["--check"]) == 0, "run python docs/pictures.py"
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_checking_the_pictures_says_which_are_stale(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(pictures, "FOLDER", tmp_path / "pictures")
    assert pictures.main(["--check"]) == 1
    assert capsys.readouterr().out.count("is stale") == len(pictures.PICTURES) + len(pictures.PLOTS)
    assert pictures.main([]) == 0
    assert pictures.main(["--check"]) == 0


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_needs_nothing_from_elsewhere(name: str) -> None:
    """It is used by the tutorial, is XML, and loads no font, script or style."""
    from xml.etree import ElementTree

    svg = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text("utf-8")
    assert f"](pictures/{name}.svg)" in PAGE.read_text("utf-8")
    ElementTree.fromstring(svg)
    assert re.findall(r"https?://[^\"' )]+", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@import|@font-face|<script|href|url\((?!#)", svg)


if __name__ == "__main__" and "--write" in sys.argv:
    old = PAGE.read_text("utf-8")
    new = rewritten(old)
    if new != old:
        PAGE.write_text(new, "utf-8")
        print(f"rewrote {PAGE.relative_to(ROOT)}")
