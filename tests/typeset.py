"""pdflatex and KaTeX for the tests: what is not installed skips a test, but not where `CI` is set."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from places import TESTS

KATEX = TESTS / "katex"
PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[a4paper,textwidth=%gpt,textheight=740pt]{geometry}
\usepackage{%s}
\emergencystretch=3em
\parindent=0pt
\pagestyle{empty}
\begin{document}
"""


def missing(what: str) -> None:
    """Skips a test for want of a program; fails it where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is not installed")


def packages(tex: str) -> list[str]:
    """The packages that the first line of a text says it needs."""
    first = tex.split("\n", 1)[0]
    assert first.startswith("% packages: "), first
    names = first.removeprefix("% packages: ")
    return [] if names == "none" else names.split(", ")


def compiled(texts: Mapping[str, str], width: float, folder: Path) -> list[str]:
    """What pdflatex says against texts, each set on pages of its own with the packages that the texts ask for."""
    needed = dict.fromkeys(name for text in texts.values() for name in packages(text))
    body = [f"\\typeout{{AT {name}}}\n{{{text}\n}}\\clearpage" for name, text in texts.items()]  # macros are of its own
    head = PREAMBLE % (width, ",".join(needed) or "ifthen")
    return pdflatex("\n".join([head, *body, r"\end{document}"]), folder)


def pdflatex(document: str, folder: Path) -> list[str]:
    """What pdflatex says against a document: errors, boxes that are too full, references, fonts, by where they are."""
    if shutil.which("pdflatex") is None:
        missing("pdflatex")
    (folder / "a.tex").write_text(document, "utf-8")
    run = subprocess.run(
        ["pdflatex", "-halt-on-error", "-no-shell-escape", "-interaction=nonstopmode", "a.tex"],
        cwd=folder, capture_output=True, timeout=300, env={**os.environ, "max_print_line": "1000"},
        check=False,
    )  # fmt: skip
    at, found = "", []
    lines = run.stdout.decode("utf-8", "replace").split("\n")
    for n, line in enumerate(lines):
        if line.startswith("AT "):
            at = line.removeprefix("AT ")
        if line.startswith("!") or re.match(r"Overfull|(LaTeX|Package \w+) (Font )?Warning", line):
            found.append(f"{at}: {' '.join(lines[n : n + 3])}")
    assert found or run.returncode == 0, run.stdout.decode("utf-8", "replace")[-2000:]
    return [it for it in found if not re.search("may have changed|idths have changed", it)]  # of a first run


def katex(formulas: Sequence[str]) -> list[tuple[str, str]]:
    """The formulas that strict KaTeX refuses, with what it says."""
    if shutil.which("node") is None or not (KATEX / "node_modules" / "katex").is_dir():
        missing("KaTeX (npm install in tests/katex)")
    run = subprocess.run(
        ["node", str(KATEX / "check.js")], input=json.dumps(formulas), capture_output=True, text=True, check=True
    )
    said = json.loads(run.stdout)
    assert len(said) == len(formulas)
    return [(formula, error) for formula, error in zip(formulas, said, strict=True) if error]
