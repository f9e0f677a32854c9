"""Sizes in LaTeX: read back by a second, small reader they are the same numbers; names stay apart."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.given import replaced, symbols
from paramula.algebra.latex import GREEK, latex, symbol
from paramula.algebra.poly import Poly
from paramula.language.parser import is_name

CASES = [path for path in sorted((Path(__file__).parent / "cases").rglob("*.net")) if "errors" not in path.parts]
WORD = re.compile(r"\s*(\\[A-Za-z]+|\\.|[0-9]+|.)", re.DOTALL)


class Reader:
    """The value of a formula in LaTeX, for values of its names."""

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self.text = text
        self.at = 0
        self.values = values  # by their LaTeX, longest first

    def peek(self) -> str:
        found = WORD.match(self.text, self.at)
        return found[1] if found and found[1].strip() else ""

    def take(self, *expected: str) -> str:
        found = WORD.match(self.text, self.at)
        assert found is not None, self.text
        assert not expected or found[1] in expected, self.text[self.at :]
        self.at = found.end()
        return found[1]

    def group(self) -> Any:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def sum(self) -> Any:
        sign = -1 if self.peek() == "-" and self.take() else 1
        value = sign * self.product()
        while self.peek() in ("+", "-"):
            value += (1 if self.take() == "+" else -1) * self.product()
        return value

    def product(self) -> Any:
        value = self.power()
        while self.peek() not in ("", "+", "-", "}", ")", ",", r"\right"):
            if self.peek() == r"\cdot":
                self.take()
            value *= self.power()
        return value

    def power(self) -> Any:
        value = self.atom()
        return value ** self.script() if self.peek() == "^" else value

    def script(self) -> Any:
        self.take("^")
        return self.group()

    def atom(self) -> Any:
        self.at = len(self.text) - len(self.text[self.at :].lstrip())
        for name in self.values:
            if self.text.startswith(name, self.at):
                self.at += len(name)
                return self.values[name]
        word = self.take()
        if word.isdigit():
            return int(word)
        if word == r"\frac":
            above = self.group()
            return Fraction(above) / self.group()
        if word == r"\left":
            opens = self.take("(", r"\lfloor", r"\lceil", "|")
            value = self.sum()
            self.take(r"\right")
            self.take(")", r"\rfloor", r"\rceil", "|")
            return {"(": lambda v: v, r"\lfloor": math.floor, r"\lceil": math.ceil, "|": abs}[opens](value)
        if word in (r"\min", r"\max", r"\gcd"):
            self.take(r"\left")
            self.take("(")
            found = [self.sum()]
            while self.peek() == ",":
                self.take()
                found.append(self.sum())
            self.take(r"\right")
            self.take(")")
            return {r"\min": min, r"\max": max, r"\gcd": math.gcd}[word](*found)
        assert word == r"\sum", self.text[self.at - 9 :]
        return self.summed()

    def summed(self) -> Any:
        self.take("_")
        self.take("{")
        index = self.text[self.at :].split("=", 1)[0]
        self.at += len(index) + 1
        low = self.sum()
        self.take("}")
        high = self.script()
        body, end, outer, total = self.at, self.at, self.values, 0
        for i in range(int(low), int(high) + 1):
            self.at = body
            self.values = {index: i, **{n: v for n, v in outer.items() if n != index}}
            total += self.product()
            end = self.at
        if high < low:
            self.values, self.at = {index: 1, **outer}, body
            self.product()
            end = self.at
        self.values, self.at = outer, end
        return total


def read(text: str, values: dict[str, int]) -> Any:
    named = dict(sorted(((symbol(n), v) for n, v in values.items()), key=lambda it: -len(it[0])))
    reader = Reader(text, named)
    value = reader.sum()
    assert not text[reader.at :].strip(), text[reader.at :]
    return value


def flat(value: Any) -> list[Any]:
    return [it for part in value for it in flat(part)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
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
        ("(n) -> dense(f)", r"n f + f"),
        ("(28,28,1) -> conv(3x3,f,s=2) -> dense(10)", r"1700 f + 10"),
        ("(n) -> dense(2^k)", r"n \cdot 2^{k} + 2^{k}"),
        ("(d_in) -> dense(d_out, nobias)", r"d_{\mathrm{in}} d_{\mathrm{out}}"),
        ("(α) -> dense(β, nobias)", r"\alpha \beta"),
        ("(n) -> dense(n^2, nobias)", "n^{3}"),
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
