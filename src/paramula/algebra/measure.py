"""How wide LaTeX of ours is when it is set, in hundredths of an em of Computer Modern.

Knows the commands that we write, nothing else.
The estimate is never much too small: what is set within it fits its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# The wider of roman and math italic with its correction, from the metrics of cmr10 and cmmi10, rounded up.
_CHARACTERS = {
    28: "!',.:;<[]_`", 34: "l-", 35: "i", 39: "()t", 47: "ejsc", 50: "\"$*/0123456789\\^o{}~>?r", 53: "aqvyzIg",
    58: "bdkphux", 61: "fn", 69: "JSL", 73: "T", 77: "AwZR", 81: "&+=@CFGPEOQUBVY", 86: "#%D", 93: "mXHNK", 109: "|MW",
}  # fmt: skip
_WIDE = {c: wide for wide, characters in _CHARACTERS.items() for c in characters}
_OTHER = 83  # a letter or command that has no entry
TYPEWRITER = 53
_SPACED = {"+": 123, "-": 123, "=": 134, "<": 134, ">": 134, ",": 45}
_COMMANDS = {
    r"\cdot": 73, r"\times": 123, r"\pm": 123, r"\le": 134, r"\ge": 134, r"\approx": 134, r"\quad": 100,
    r"\,": 17, r"\;": 28, r"\ ": 34, r"\{": 50, r"\}": 50, r"\_": 50, r"\lfloor": 47, r"\rfloor": 47,
    r"\lceil": 47, r"\rceil": 47, r"\sum": 162, r"\min": 180, r"\max": 210, r"\gcd": 180, r"\log": 160,
    r"\bigl": 10, r"\bigr": 10, r"\Bigl": 25, r"\Bigr": 25, r"\left": 25, r"\right": 25, r"\rightarrow": 156,
    r"\limits": 0, r"\mid": 84, r"\ell": 42, r"\textasciitilde": 53, r"\textasciicircum": 53,
    r"\backslash": 50, r"\&": 80, r"\%": 84, r"\#": 84, r"\$": 53, r"\-": 0,
}  # fmt: skip
_STYLES = {r"\texttt": TYPEWRITER, r"\text": 0, r"\textit": 0, r"\textbf": 6, r"\mathrm": 0, r"\mathit": 0}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)


SCRIPT = 80  # how wide scripts are in per cent of the text; in small print it is more


def width(tex: str) -> int:
    """The width of a formula in hundredths of an em, in displayed style."""
    return _Ruler(SCRIPT).series(iter(_TOKEN.findall(tex)), "", None)


def text_width(tex: str, script: int = SCRIPT) -> int:
    """The width of words in hundredths of an em; formulas stand in them between dollars."""
    return _Ruler(script).series(iter(_TOKEN.findall(tex)), "", 0)


class _Ruler:
    """Measures what stands in print with scripts of some size."""

    def __init__(self, script: int) -> None:
        self.script = script

    def series(self, tokens: Iterator[str], stop: str, text: int | None) -> int:
        """The width up to `stop`; `text` is None in mathematics, else what each letter is wider, or TYPEWRITER."""
        total = 0
        script = 0  # of the one that was set last, a second one stands above or below it
        swallows = False  # a blank behind a command is none
        for token in tokens:
            if token == stop:
                break
            if swallows and token.isspace():
                continue
            swallows = len(token) > 2
            if text is None and token in "^_":
                wide = self.script * self.argument(tokens, None) // 100
                total += max(0, wide - script)
                script = 0 if script else wide
                continue
            script = 0 if token.strip() else script
            total += self.token(token, tokens, text)
        return total

    def token(self, token: str, tokens: Iterator[str], text: int | None) -> int:
        if token == "{":
            return self.series(tokens, "}", text) if text is not None else self.braced(tokens)
        if token == "$":
            return self.series(tokens, "$", None) if text is not None else 0
        if token == r"\frac":
            return max(self.argument(tokens, None), self.argument(tokens, None)) + 25
        if token == r"\sqrt":
            return self.argument(tokens, None) + 95
        if token in _STYLES:
            return self.argument(tokens, _STYLES[token])
        if token in _COMMANDS:
            return _COMMANDS[token]
        if text is None:
            return 0 if token.isspace() else _SPACED.get(token, _WIDE.get(token, _OTHER))
        if text == TYPEWRITER:
            return 2 * text if token == ":" else text  # the blank behind it is wider
        return 34 if token.isspace() else _WIDE.get(token, _OTHER) + text

    def argument(self, tokens: Iterator[str], text: int | None) -> int:
        first = next(tokens, "")
        return self.series(tokens, "}", text) if first == "{" else self.token(first, tokens, text)

    def braced(self, tokens: Iterator[str]) -> int:
        """A group in mathematics; a comma alone in it, as between thousands, has no space behind it."""
        inside: list[str] = []
        depth = 1
        for token in tokens:
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            inside.append(token)
        return 28 if inside == [","] else self.series(iter(inside), "", None)
