"""The one error, the places it points at, and what Python may hand over. Knows texts, and nothing of what they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from fractions import Fraction
from operator import index
from pathlib import PurePath
from typing import Any, NamedTuple

WIDTH = 100  # columns of a source line that a message shows; a longer line is cut around the place


class Span(NamedTuple):
    """A place in a text: characters `start` up to but not including `end`."""

    start: int
    end: int


class Source:
    """A text and what to call it: `<text>`, a file's path."""

    __slots__ = ("name", "text")

    def __init__(self, text: str, name: str = "") -> None:
        self.text = text
        self.name = name


class NetError(Exception):
    """The one error of paramula. `str(e)` is the whole message: what is wrong, the place underlined, the way out.

    `e.message` is the first line alone, `e.span` the place in `e.source.text` (or None), `e.other` the second place
    where two disagree, `e.hint` the way out (or an empty string).
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        hint: str = "",
        other: Span | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.other = other
        self.hint = hint
        self.source = source
        self.inner: tuple[Source, Span] | None = None  # the place in the library, where the fault shows itself
        self.unfinished = False  # whether more text behind it could make a sentence of it

    def placed(self, span: Span, source: Source) -> NetError:
        """The same error with its place filled in, unless a closer one is known already."""
        if self.span is None:
            self.span = span
        if self.source is None:
            self.source = source
        return self

    def used_at(self, inside: Source, span: Span, source: Source, hint: str) -> NetError:
        """The same error at the place where another text is used; the place in it is told, too.

        The way out is then in the call, not in the text that is used."""
        if isinstance(inside, Source) and self.source is inside and self.span is not None:
            self.inner = self.inner or (inside, self.span)
            self.source, self.span, self.other, self.hint = source, span, None, hint
        return self

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the message, and no traceback."""
        return str(self).split("\n")

    def __str__(self) -> str:
        lines = [printable(self.message) if isinstance(self.message, str) else named(self.message)]
        if isinstance(self.span, Span) and isinstance(self.source, Source):
            lines += _shown(self.source, self.span, self.other)
        if self.inner is not None:
            where = "in the library:" if self.inner[0].name else "in what was defined before:"
            lines += [where, *_shown(*self.inner, None)]
        if isinstance(self.hint, str) and self.hint:
            lines.append("hint: " + printable(self.hint))
        return "\n".join(lines)


def internal(what: str) -> NetError:
    """A mistake of paramula's own, noticed before it becomes an answer."""
    return NetError(f"internal error: {what}", hint="please report this, with the text that led to it")


def too_large(what: str, limit: str) -> NetError:
    """The error for work that is refused before it is done."""
    return NetError(f"{what} is too large: the limit is {limit}")


# What Python hands over.


def named(value: Any) -> str:
    """A value as a message names it: what it is where that is short, else its type."""
    short = value is None or type(value) in (bool, float, str) or (type(value) is int and value.bit_length() < 100)
    text = repr(value) if short else ""
    return text if text and len(text) <= 40 else type(value).__name__


def text_of(value: Any, what: str, hint: str = "") -> str:
    """A value that is a text."""
    if not isinstance(value, str):
        raise NetError(f"{what} is a text, not {named(value)}", hint=hint)
    return str.__str__(value)


def path_of(value: Any) -> str:
    """A value that names a file."""
    if not isinstance(value, (str, PurePath)):
        raise NetError(f"a file is named by a text or a Path, not {named(value)}")
    with suppress(UnicodeEncodeError):  # half of a character
        if b"\0" not in str(value).encode("utf-8", "surrogateescape"):
            return str(value)
    raise NetError(f"{quoted(str(value))} cannot be the name of a file")


def whole(value: Any) -> int | None:
    """A value as a whole number, of numpy or SymPy too; a real one that is whole and exact, as 2.0 is. True is none."""
    if isinstance(value, bool):
        return None
    real = isinstance(value, (float, Fraction))
    if real and abs(value) <= 2**53:
        return int(value) if value == int(value) else None
    try:
        return index(value)
    except TypeError:
        return None


def whole_of(value: Any, what: str, least: int = 0) -> int:
    """A value that is a whole number, `least` at least."""
    number = whole(value)
    if number is None or number < least:
        raise NetError(f"{what} is a whole number, {least} at least, not {named(value)}")
    return number


def flag_of(value: Any, what: str) -> bool:
    """A value that is True or False."""
    if not isinstance(value, bool):
        raise NetError(f"{what} is True or False, not {named(value)}")
    return value


def word_of(value: Any, what: str, known: Collection[str]) -> str:
    """A value that is one of the known words."""
    if isinstance(value, str) and value in known:
        return value
    words = [word for word in known if word]
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    raise NetError(f"there is no {what} {quoted(value)}", hint=hint or f"there are {listed(words)}")


def quoted(value: Any) -> str:
    """A word in quotes, as a message names it."""
    return f"'{value[:60]}'" if isinstance(value, str) else named(value)


def refuse(unknown: Iterable[str], who: str, known: Collection[str]) -> None:
    """Raises NetError for the first of the options that nothing takes."""
    for name in unknown:
        hint = did_you_mean(name, known) or f"there are {listed(known, 'and')}"
        raise NetError(f"{who} has no option {quoted(name)}", hint=hint)


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or the one that it begins with, or an empty string when none is near."""
    from difflib import get_close_matches

    names = sorted(set(known))
    lower: dict[str, str] = {}
    for name in names:
        lower.setdefault(name.lower(), name)
    near = get_close_matches(word[:60].lower(), lower, n=1, cutoff=0.6)
    if near:
        return lower[near[0]]
    return max((name for name in names if len(name) > 2 and word.lower().startswith(name)), key=len, default="")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint `did you mean 'pool'?`, or an empty string."""
    near = closest(word, known)
    return f"did you mean '{near}'?" if near else ""


def listed(words: Iterable[str], last: str = "or") -> str:
    """Words as a sentence lists them: a, b or c."""
    *front, end = list(words) or [""]
    return f"{', '.join(front)} {last} {end}" if front else end


def counted(n: int, one: str, many: str) -> str:
    """1 axis, 2 axes."""
    return f"{n} {one if n == 1 else many}"


def printable(text: str) -> str:
    """The text with control and direction-changing characters made visible, so that no input drives the terminal."""
    if text.isprintable():
        return text
    return "".join(
        c
        if c in "\n\t" or (unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029")
        else f"\\u{ord(c):04x}"
        if c > "\xff"
        else f"\\x{ord(c):02x}"
        for c in text
    )


def _shown(source: Source, span: Span, other: Span | None) -> list[str]:
    """The source line (or two) with the places underlined: `^^^` the fault, `---` the other place."""
    first, last = _line(source.text, span.start), None if other is None else _line(source.text, other.start)
    lines = []
    numbered = source.name or source.text.count("\n", 0, len(source.text.rstrip())) > 0
    for number in sorted({first, first if last is None else last}):
        marks = [(span, "^")] if number == first else []
        if other is not None and number == last:
            marks.append((other, "-"))
        if numbered:
            lines.append(f"  {printable(source.name) or 'line'}{':' if source.name else ' '}{number + 1}")
        lines += _underlined(source.text, number, marks)
    return lines


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, min(offset, len(text)))


def _underlined(text: str, number: int, marks: list[tuple[Span, str]]) -> list[str]:
    start = 0
    for _ in range(number):
        start = text.index("\n", start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    left, right = start, end
    if right - left > WIDTH:  # a window of the line that shows as many of the places as fit, the fault first
        low = min(mark.start for mark, _ in marks)
        high = max(min(mark.end, end) for mark, _ in marks)
        if high - low > WIDTH - 20:
            low, high = marks[0][0].start, marks[0][0].end
        left = max(start, low - max(10, (WIDTH - (high - low)) // 2))
        right = min(end, left + WIDTH)
    shown, columns = _cells(text[left:right])
    head, tail = "…" if left > start else "", "…" if right < end else ""
    under = [" "] * (columns[-1] + 1)
    for mark, sign in reversed(marks):
        a = min(max(mark.start - left, 0), right - left)
        b = min(max(mark.end - left, a + 1), right - left)
        for column in range(columns[a], max(columns[b] if b < len(columns) else columns[-1], columns[a] + 1)):
            under[min(column, len(under) - 1)] = sign
    pad = " " * len(head)
    return [f"  {head}{shown}{tail}".rstrip(), f"  {pad}{''.join(under)}".rstrip()]


def _cells(text: str) -> tuple[str, list[int]]:
    """The text as a terminal shows it, and the column at which each character (and the end) stands."""
    shown, columns, column = [], [], 0
    for c in text:
        columns.append(column)
        c = "    "[column % 4 :] if c == "\t" else printable(c)
        shown.append(c)
        column += sum(0 if unicodedata.combining(x) else 2 if unicodedata.east_asian_width(x) in "WF" else 1 for x in c)
    columns.append(column)
    return "".join(shown), columns
