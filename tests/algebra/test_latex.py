"""Sizes in LaTeX: read back by a second, small reader they are the same numbers; names stay apart."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.latex import GREEK, latex, symbol
from paramula.algebra.poly import Poly
from paramula.algebra.substitution import replaced, symbols
from paramula.language.parser import is_name
from places import NETWORKS
from reader import read


def flat(value: Any) -> list[Any]:
    return [it for part in value for it in flat(part)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_a_formula_read_back_is_the_same_number(path: Path) -> None:
    net = pm.load(path)
    for quantity in ("params", "macs", "activations", "shape"):
        try:
            sizes = flat(net.quantity(quantity))
        except pm.NetError:
            continue
        for size in sizes:
            names = sorted({it.name for it in symbols(size)}) if isinstance(size, Poly) else []
            text = latex(size, net.order)
            for start in (3, 4):  # small, so that sums and powers stay short
                values = {name: start + n % 3 for n, name in enumerate(names)}
                try:
                    known = replaced(size, values)
                except pm.NetError:  # of a size that is none with these numbers
                    continue
                if isinstance(known, (int, Fraction)):
                    assert read(text, values) == known, text


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("(n) -> dense(f)", r"n\,f + f"),
        ("(28,28,1) -> conv(3x3,f,s=2) -> dense(10)", r"1700 f + 10"),
        ("(n) -> dense(2^k)", r"n \cdot 2^{k} + 2^{k}"),
        ("(d_in) -> dense(d_out, nobias)", r"d_{\mathrm{in}}\,d_{\mathrm{out}}"),
        ("(α) -> dense(β, nobias)", r"\alpha\,\beta"),
        ("(n) -> dense(n^2, nobias)", "n^{3}"),
        ("(1) -> dense(floor(log2(n)) + 1, nobias)", r"\left\lfloor \log_{2}\left(n\right) \right\rfloor + 1"),
        ("(1) -> dense(floor(sqrt(n)), nobias)", r"\left\lfloor \sqrt{n} \right\rfloor"),
        ("(1) -> dense(abs(n - m) + 1, nobias)", r"\left|n - m\right| + 1"),
        ("(1) -> dense(max(n, m), nobias)", r"\max(n, m)"),
    ],
)  # by hand
def test_a_formula_is_written(sentence: str, said: str) -> None:
    net = pm.net(sentence)
    assert latex(net.quantity("params"), net.order) == said


def test_a_rounding_is_written() -> None:
    net = pm.net("(H,W,3) -> pool(2) -> conv(3x3,f,same,s=2)")
    assert latex(net.quantity("shape"), net.order) == (
        r"\left(\left\lceil \frac{H - 1}{4} \right\rceil, \left\lceil \frac{W - 1}{4} \right\rceil, f\right)"
    )


LETTERS = ["a", "h", "Q", "_", "1", "0", "λ", "Λ", "Α", "ο", "alpha", "in", "input"]


def test_names_stay_apart() -> None:
    """Different names are different in LaTeX, but for a Greek letter and its own name."""
    spelled = {it.removeprefix("var"): letter for letter, it in GREEK.items()}
    names = {"".join(parts) for n in (1, 2, 3) for parts in itertools.product(LETTERS, repeat=n)}
    seen: dict[str, str] = {}
    for name in sorted(names):
        if is_name(name):
            plain = "_".join(spelled.get(part, part) for part in name.split("_")) if "__" not in name else name
            assert seen.setdefault(symbol(name), plain) == plain, (name, seen[symbol(name)])


HOSTILE = ("_", "__", "a__b", "_x", "x_", "what", "hbar", "anorm", "conv1_out", "input", "E", "I", "S", "pi")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name_and_no_command(name: str) -> None:
    text = symbol(name)
    assert set(re.findall(r"\\[A-Za-z]+", text)) <= {r"\mathit", r"\mathrm", r"\pi"}
    assert not re.search(r"[^A-Za-z0-9_{}\\,]", text)
    assert "".join(re.findall(r"[A-Za-z0-9]", re.sub(r"\\(mathit|mathrm)", "", text))) == name.replace("_", "")


def test_a_large_number_is_written_out() -> None:
    assert latex(10**5000) == "1" + "0" * 5000
