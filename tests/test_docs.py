"""The words: every example of README, docs, docstrings and grammar is run, and the pages are complete and fresh.

`python tests/test_docs.py --write` writes what the console examples print now into the pages, after a change that is
meant.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from places import ROOT, SOURCES  # isort: skip  (docs is on the path from here)

import generate

import paramula
from paramula.algebra.to_sympy import to_sympy
from paramula.engine.program import Program
from paramula.errors import Source
from paramula.formats.text import shape_text
from paramula.language.parser import parse, reserved
from paramula.layers import CATALOGUE
from paramula.layers.words import FLAGS, FUNCTIONS, QUANTITIES
from paramula.questions.statements import answers
from paramula.surfaces import cli, help

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = "80"  # columns of a terminal, for the few outputs that are folded to it


class Block(NamedTuple):
    """A fenced block: its page, language, text, and where the text begins."""

    page: Path
    language: str
    text: str
    start: int

    @property
    def line(self) -> int:
        return self.page.read_text("utf-8").count("\n", 0, self.start) + 1

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    return [
        Block(page, match[1], match[2], match.start(2))
        for page in PAGES
        for match in FENCE.finditer(page.read_text("utf-8"))
        if match[1] in languages
    ]


def each(*languages: str) -> Any:
    """A test for every block in these languages."""
    return pytest.mark.parametrize("block", blocks(*languages), ids=str)


# What the command line prints


def ran(arguments: list[str], text: str = "") -> str:
    """What a command prints: standard output, then standard error, as it goes to a file 80 columns wide."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    kept, stdin = dict(os.environ), sys.stdin
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        os.environ.pop(name, None)
    os.environ["COLUMNS"] = WIDTH
    sys.stdin = io.StringIO(text)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.suppress(SystemExit):
            cli.main(arguments)
    finally:
        sys.stdin = stdin
        os.environ.clear()
        os.environ.update(kept)
    said = out.buffer.getvalue() + err.buffer.getvalue()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in said.decode("utf-8").splitlines())


def commands(text: str) -> list[tuple[str, list[str], str]]:
    """The commands of a console block: as written, their arguments, and the output shown below."""
    found: list[tuple[str, list[str], str]] = []
    lines = text.splitlines(keepends=True)
    while lines:
        said = lines.pop(0)
        assert said.startswith("$ paramula"), f"a console block begins with '$ paramula', not {said!r}"
        while True:
            try:
                arguments = shlex.split(said[2:])
                break
            except ValueError:  # the quotes close on a later line
                said += lines.pop(0)
        shown = ""
        while lines and not lines[0].startswith("$ "):
            shown += lines.pop(0)
        found.append((said, arguments[1:], shown))
    return found


SAVED = re.compile(r"Save (?:this|it) as `([\w.]+)`:\n\n```paramula\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def folder(page: str) -> Iterator[Path]:
    """A folder with the files that a page says to save, in which its commands are typed."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        for file, text in SAVED.findall(page):
            Path(file).write_text(text, "utf-8")
        yield Path(name)


@each("console")
def test_a_console_example_prints_what_is_shown(block: Block) -> None:
    with folder(block.page.read_text("utf-8")):
        for _, arguments, shown in commands(block.text):
            assert ran(arguments).rstrip("\n") == shown.rstrip("\n")


@pytest.mark.slow
def test_the_files_of_the_what_if_page_are_written() -> None:
    """The commands of its `sh` blocks, typed in: tables have all rows, pictures are pictures."""
    page = (ROOT / "docs" / "whatif.md").read_text("utf-8")
    with folder(page) as here:
        for text in (match[2] for match in FENCE.finditer(page) if match[1] == "sh"):
            for line in text.splitlines():
                assert ran(shlex.split(line)[1:]).strip() in ("", "48 rows in grid.csv")
        assert len((here / "grid.csv").read_text("utf-8").splitlines()) == 1 + 8 * 6
        assert (here / "grid.pdf").read_bytes().startswith(b"%PDF")
        assert all("<svg" in (here / f"{name}.svg").read_text("utf-8") for name in ("curves", "front"))


def rewritten(text: str) -> str:
    """A page with the outputs of its console examples as they are now; blank lines between two commands are kept."""
    with folder(text):
        return _rewritten(text)


def _rewritten(text: str) -> str:

    def fresh(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        parts = [
            said + ran(arguments).rstrip("\n") + "\n" + "\n" * (len(shown) - len(shown.rstrip("\n")) > 1)
            for said, arguments, shown in commands(match[2])
        ]
        return f"```console\n{''.join(parts).rstrip()}\n```"

    return FENCE.sub(fresh, text)


def test_rewriting_a_fresh_page_changes_nothing() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert rewritten(text) == text


# Sentences


def traced(text: str) -> Any:
    """A program's answers: everything in it is run."""
    source = Source(text)
    return answers(Program(source, parse(source)), {})


CLAIM = re.compile(r"#\s*(\w+) == (.+?)\s*$", re.MULTILINE)


@each("paramula")
def test_a_sentence_runs_and_its_comments_are_true(block: Block) -> None:
    answered = traced(block.text)
    for name, said in CLAIM.findall(block.text):
        if name not in QUANTITIES:
            continue
        net = answered.network
        if isinstance(net.quantity(name), tuple):
            shown = shape_text(net.quantity(name), tuple(net.order), ascii=True)
            assert shown.replace(" ", "") == said.replace(" ", "")
        else:
            ((_, value, order, *_),) = traced(said).lines
            difference = to_sympy(net.quantity(name), net.order) - to_sympy(value, list(order))
            assert difference.expand() == 0, f"{name} is {net.quantity(name)}"


# Python


# What a reader does who types a page's blocks one after another, in a Python that has nothing imported.
READER = """
import doctest, json, sys, types
page = sys.modules["__main__"] = types.ModuleType("__main__")
for where, text in json.load(sys.stdin):
    if ">>>" not in text:
        exec(compile(text, where, "exec"), page.__dict__)
        continue
    test = doctest.DocTestParser().get_doctest(text, {}, where, where, 0)
    test.globs = page.__dict__
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    if runner.run(test, clear_globs=False).failed:
        sys.exit(1)
"""
PYTHON = {
    block.page: [(str(it), it.text) for it in blocks("python") if it.page == block.page] for block in blocks("python")
}


@pytest.mark.slow(but_every=3)
@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.name)
def test_the_python_of_a_page_runs_in_a_process_of_its_own(page: Path) -> None:
    with folder(page.read_text("utf-8")) as here:
        done = subprocess.run(
            [sys.executable, "-c", READER], cwd=here, input=json.dumps(PYTHON[page]), capture_output=True,
            encoding="utf-8", env={**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1"}, timeout=300,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def checked(test: doctest.DocTest) -> None:
    """Runs the examples of a doctest."""
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    result = runner.run(test, out=said.append, clear_globs=False)
    assert result.failed == 0, "".join(said)


MODULES = [
    info.name for info in pkgutil.walk_packages(paramula.__path__, "paramula.") if not info.name.endswith("__main__")
]


@pytest.mark.parametrize("module", ["paramula", *MODULES])
def test_the_examples_of_docstrings_run(module: str) -> None:
    __import__(module)
    for test in doctest.DocTestFinder(exclude_empty=True).find(sys.modules[module]):
        checked(test)


@pytest.mark.parametrize("name", [*CATALOGUE, *help.STRUCTURES, *sorted(FLAGS)])
def test_the_help_of_every_word_ends_in_a_sentence_that_uses_it(name: str) -> None:
    it = help.about(name)
    assert it.text
    assert it.example
    net = traced(it.example).network
    for quantity in QUANTITIES:
        net.quantity(quantity)
    alike = [n for n in CATALOGUE if name in CATALOGUE and help.summary(n) == help.summary(name)]
    if name not in FLAGS:
        assert re.search(rf"\b({'|'.join([name, *alike])})\b", it.example)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_fence_says_what_it_is(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.count("```") == 2 * len(FENCE.findall(text))
    known = {"console", "paramula", "python", "session", "sh", "tex", "text"}
    assert {language for language, _ in FENCE.findall(text)} <= known


# The grammar

# Words beside the sentences of the grammar's comments.
PROSE = {"(in queries)", "is", "along the last axis", "to the right", "->", "|", "+ -", "* / // %", "unary -", "^"}


def grammar_sentences() -> list[str]:
    """The sentences of the grammar's comments: behind a rule, or behind the ':' of a comment of its own."""
    found = []
    for line in (ROOT / "grammar" / "paramula.lark").read_text("utf-8").splitlines():
        if re.match(r"[A-Z]+(\.\d)?:", line):  # a terminal: its comment is about characters
            continue
        _, _, comment = line.partition("// ")
        if line.startswith("//"):
            _, _, comment = comment.partition(":   ")
        for part in re.split(r" {2,}", comment):
            for piece in re.split(r": (?=along)|; (?=2\^)", part):
                text = piece.strip()
                if text and text not in PROSE:
                    found.append(text)
    return found


def parses(text: str) -> bool:
    try:
        parse(Source(text))
    except paramula.NetError:
        return False
    return True


@pytest.mark.parametrize("sentence", grammar_sentences())
def test_a_sentence_of_the_grammars_comments_is_of_the_language(sentence: str) -> None:
    assert parses(sentence) or parses(f"[a for i in {sentence}]")


def test_the_grammars_comments_have_sentences() -> None:
    sentences = grammar_sentences()
    assert len(sentences) > 30
    assert "shared table = embed(V, d)" in sentences
    assert "8..128 step 8" in sentences


# Complete and fresh


@pytest.mark.slow
def test_the_pages_that_are_made_are_fresh() -> None:
    for name, made in generate.PAGES.items():
        assert (ROOT / "docs" / name).read_text("utf-8") == made(), "run python docs/generate.py"


@pytest.mark.slow
def test_checking_the_pages_says_whether_they_are_fresh(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {name: cache(made) for name, made in generate.PAGES.items()})
    assert generate.main(["--check"]) == 1
    assert "layers.md is stale" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def page_text(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("name", [*CATALOGUE, *help.STRUCTURES, *sorted(FLAGS), *FUNCTIONS])
def test_every_word_has_its_place_among_the_layers(name: str) -> None:
    assert f"`{name}`" in page_text("layers.md") or f"`{name}(" in page_text("layers.md")


@pytest.mark.parametrize("name", [*help.STRUCTURES, *FUNCTIONS, *QUANTITIES, *sorted(reserved())])
def test_the_language_mentions_every_word_that_is_no_layer(name: str) -> None:
    assert re.search(rf"\b{name}\b", page_text("language.md"))


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_quantity_is_explained_in_its_own_line(name: str) -> None:
    text = page_text("quantities.md")
    assert f"## {name}\n" in text
    section = text.split(f"## {name}\n")[1].split("\n## ")[0]
    assert f"> {QUANTITIES[name].convention}\n" in section
    assert "```" in section


def test_the_design_names_every_room() -> None:
    rooms = {path.stem for path in (ROOT / "src" / "paramula").iterdir() if not path.name.startswith(("_", "py", "."))}
    named = re.findall(r"^\| `(\w+)` \|", page_text("design.md"), re.MULTILINE)
    assert set(named) == rooms


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text("utf-8")), target


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"](docs/{page.name})" in (ROOT / "README.md").read_text("utf-8")


def test_the_citation_and_the_changelog_know_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert "cff-version: 1.2.0\n" in citation
    assert f"\nversion: {paramula.__version__}\n" in citation
    assert f"\n## {paramula.__version__}\n" in page_text("changelog.md")


def test_the_json_page_names_every_key() -> None:
    data = json.loads(ran(["(H,W,3) -> conv(3x3,f) -> gap", "--json"]))
    text = page_text("json.md")
    for key in [*data, *data["layers"][0]]:
        assert f"`{key}`" in text or key in QUANTITIES, key
    assert data["schema"] in text


if __name__ == "__main__" and "--write" in sys.argv:
    for path in PAGES:
        old = path.read_text("utf-8")
        new = rewritten(old)
        if new != old:
            path.write_text(new, "utf-8")
            print(f"rewrote {path.relative_to(ROOT)}")
