"""From text to words. Knows where a statement ends, and how deep brackets may stand in each other."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import NetError, Source, Span
from .tables import Tables

MAX_TEXT = 1_000_000  # characters
MAX_DEPTH = 100  # brackets within brackets
MAX_DIGITS = 1_000  # of one number

CLOSES = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}

# A newline does not end a statement behind these, nor before these; before the rest of OPERATORS it is a mistake.
OPEN_ENDED = {
    ",", "=", ":", "->", "|", "..", "@", "at", "to", "for", "in", "where", "step", "around",
    "use", "assume", "assert", "solve", "sweep", "compare", "shared",
}  # fmt: skip
CARRIES_ON = {"->", "|", "at", "to", "for", "in", "where", "step", "around"}
MISPLACED = {",", "=", ":", ".."}

# Characters that people paste, and what they mean by them.
MEANT = {
    "→": "->", "⟶": "->", "−": "-", "–": "-", "—": "-", "·": "*", "⋅": "*", "∗": "*", "≤": "<=", "≥": ">=",
    "≠": "!=", "“": '"', "”": '"', "，": ",", "（": "(", "）": ")", "µ": "μ", "…": "...",
    "²": "^2", "³": "^3", "⌊": "floor(", "⌈": "ceil(", "×": "*", "\xa0": "an ordinary space",
    **dict.fromkeys("'‘’", '" around a text, and nothing around a name or a number'),
}  # fmt: skip


class Word(NamedTuple):
    """A word of the text: its terminal in the grammar, itself, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Lexer:
    """Cuts a text into words; made once from the grammar's terminals."""

    def __init__(self, tables: Tables) -> None:
        patterns = [f"(?P<{kind}>{pattern})" for kind, pattern in tables.words.items() if kind not in _keywords(tables)]
        self.pattern = re.compile("|".join([r"(?:[ \t\f\r]+|#[^\n]*)", *patterns, "(?P<STRANGE>.)"]), re.DOTALL)
        self.keywords = {tables.fixed[kind]: kind for kind in _keywords(tables)}
        kinds = {word: kind for kind, word in tables.fixed.items()}
        operators = {"PLUS", "MINUS", "TIMES", "POWER", "COMPARE"}
        self.open_ended = operators | {kinds[word] for word in OPEN_ENDED}
        self.carries_on = {"PLUS"} | {kinds[word] for word in CARRIES_ON}
        self.misplaced = (operators | {kinds[word] for word in MISPLACED}) - {"PLUS"}

    def words(self, source: Source) -> tuple[list[Word], list[Word]]:
        """The words of a text with an END between statements, and the brackets that are never closed."""
        text = source.text
        if len(text) > MAX_TEXT:
            raise NetError(f"the text is too large: {len(text):,} characters, the limit is {MAX_TEXT:,}")
        words: list[Word] = []
        brackets: list[Word] = []
        ended: Word | None = None  # the newline or ';' that ends the statement if nothing carries it on
        before = "END"
        keywords, open_ended, carries_on, misplaced = self.keywords, self.open_ended, self.carries_on, self.misplaced
        for match in self.pattern.finditer(text):
            kind = match.lastgroup
            if kind is None:
                continue
            start, end = match.span()
            word = Word(kind, match[0], start, end)
            if kind == "END":
                ends = not brackets and before not in open_ended and before != "END" and ended is None
                if word.text == ";" or ends:
                    ended = word
                continue
            if kind == "NAME":
                kind = keywords.get(word.text, kind)
                if kind != "NAME":
                    word = Word(kind, word.text, start, end)
            elif kind in CLOSES:
                brackets.append(word)
                if len(brackets) > MAX_DEPTH:
                    raise NetError(
                        f"brackets are nested too deep: the limit is {MAX_DEPTH}", Span(start, end), source=source
                    )
            elif kind in ("RPAR", "RSQB", "RBRACE"):
                if brackets and CLOSES[brackets[-1].kind] == word.text:
                    brackets.pop()
            elif kind == "STRANGE":
                raise _strange(word, source)
            if ended is not None:
                if ended.text == "\n" and kind in misplaced:
                    hint = f"end the line above with '{word.text}'"
                    hint += "" if word.text in MISPLACED else ", or put the sentence in parentheses"
                    message = f"a line cannot begin with '{word.text}'"
                    raise NetError(message, Span(start, end), hint=hint, source=source)
                if (ended.text == ";" or kind not in carries_on) and words:
                    words.append(Word("END", ended.text, ended.start, ended.end))
                ended = None
            words.append(word)
            before = kind
        return words, brackets


def _keywords(tables: Tables) -> set[str]:
    return {kind for kind, word in tables.fixed.items() if word.isalpha()}


def _strange(word: Word, source: Source) -> NetError:
    span = Span(word.start, word.end)
    if word.text == ".":
        return NetError(
            "a '.' stands alone here",
            span,
            hint="a decimal has digits on both sides: 0.5; a range is a..b",
            source=source,
        )
    if word.text == '"':
        return NetError("this text is never closed", span, hint='end it with " on the same line', source=source)
    meant = MEANT.get(word.text, "")
    shown = f"'{word.text}'" if word.text.isprintable() else f"U+{ord(word.text):04X}"
    hint = meant and f"write {meant}"
    return NetError(f"{shown} is not a character of the language", span, hint=hint, source=source)
