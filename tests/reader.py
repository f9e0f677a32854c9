"""A second, small reader of formulas in LaTeX: their value for values of their names."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from paramula.algebra.latex import symbol

WORD = re.compile(r"\s*(\\[A-Za-z]+|\\.|[0-9]+|.)", re.DOTALL)


SIDES = {r"\bigl": r"\left", r"\Bigl": r"\left", r"\bigr": r"\right", r"\Bigr": r"\right"}


class Reader:
    """The value of a formula in LaTeX, for values of its names."""

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        plain = re.sub(r"\\[bB]ig[lr](?![A-Za-z])|\{\}", lambda found: SIDES.get(found[0], ""), text)
        self.text = re.sub(r"(?<=[0-9]) +(?=[0-9])", "", plain.replace("{,}", ""))  # thousands, lines of a number
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
            if self.peek() in (r"\cdot", r"\,"):
                self.take()
            value *= self.power()
        return value

    def power(self) -> Any:
        value = self.atom()
        return Fraction(value) ** self.script() if self.peek() == "^" else value

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
        if word == "(":
            value = self.sum()
            self.take(")")
            return value
        if word == r"\left":
            opens = self.take("(", r"\lfloor", r"\lceil", "|")
            value = self.sum()
            self.take(r"\right")
            self.take(")", r"\rfloor", r"\rceil", "|")
            return {"(": lambda v: v, r"\lfloor": math.floor, r"\lceil": math.ceil, "|": abs}[opens](value)
        if word in (r"\min", r"\max", r"\gcd"):
            high = self.peek() == r"\left" and self.take()
            self.take("(")
            found = [self.sum()]
            while self.peek() == ",":
                self.take()
                found.append(self.sum())
            if high:
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
    assert not reader.text[reader.at :].strip(), reader.text[reader.at :]
    return value
