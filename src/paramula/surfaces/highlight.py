"""The kinds of the words of a text, for colours: one lexer for the prompt, Pygments and the docs. Never fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pygments.lexer import Lexer as PygmentsLexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

from ..language.parser import machine
from ..layers import CATALOGUE
from ..layers.words import FLAGS, FUNCTIONS, MEASURES, QUESTIONS, STRUCTURES, UNITS, Words

# Each kind of word, and the token of Pygments whose colour it takes.
KINDS: dict[str, Any] = {
    "layer": Name.Function,
    "structure": Name.Function.Magic,
    "flag": Name.Attribute,
    "option": Name.Attribute,
    "function": Name.Builtin,
    "quantity": Name.Builtin,
    "keyword": Keyword,
    "unit": Keyword.Type,
    "reference": Name.Label,
    "command": Name.Decorator,
    "name": Name,
    "number": Number,
    "window": Number,
    "operator": Operator,
    "bracket": Punctuation,
    "text": String,
    "comment": Comment.Single,
    "space": Whitespace,
    "strange": Error,
}
ASKED = Words(MEASURES, QUESTIONS)  # words where they are called, and nowhere else
LITERAL = {"NUMBER": "number", "WINDOW": "window", "TEXT": "text", "STRANGE": "strange"}
BRACKETS = frozenset("()[]{},;")


class Token(NamedTuple):
    """A word of a text: its kind, and the characters from `start` up to `end`."""

    kind: str
    start: int
    end: int


class _Neighbours(NamedTuple):
    """What stands before and behind a word, blanks and comments left out, and whether a bracket is open there."""

    before: str
    behind: str
    inside: bool


def tokens(text: str) -> list[Token]:
    """The words of any text, in order and without a gap: joined they are the text."""
    cut = [
        (match.lastgroup or ("comment" if match[0][0] == "#" else "space"), match[0], match.start(), match.end())
        for match in machine()[1].pattern.finditer(text)
    ]
    said = [word for kind, word, _, _ in cut if kind not in ("comment", "space")]
    out: list[Token] = []
    depth, at = 0, 0  # open brackets, words so far
    begins, command = True, False  # nothing but blanks on this line so far; a line of a command
    for kind, word, start, end in cut:
        if kind in ("comment", "space"):
            out.append(Token("text" if command and kind == "comment" else kind, start, end))
            continue
        behind = said[at + 1] if at + 1 < len(said) else ""
        around = _Neighbours(said[at - 1] if at else "", behind, depth > 0)
        at += 1
        depth = max(0, depth + (word in "([{") - (word in ")]}"))
        if word == ":" and begins:  # no sentence goes on with a ':'
            command = True
            out.append(Token("command", start, end))
        elif command and out[-1].kind == "command" and out[-1].end == start and kind == "NAME":
            out[-1] = Token("command", out[-1].start, end)
        else:
            named = _kind(kind, word, around)
            out.append(Token("text" if command and named == "strange" else named, start, end))  # a path, perhaps
        begins = word == "\n"
        command = command and not begins
    return out


def _kind(terminal: str, word: str, around: _Neighbours) -> str:
    """The kind of a word, from its terminal in the grammar and its neighbours."""
    if terminal == "NAME":
        return _named(word, around)
    if terminal == "SUFFIXED":
        return "number" if word.lstrip("0123456789_.") in UNITS else "strange"
    if terminal in LITERAL:
        return LITERAL[terminal]
    if word == "@":
        return "reference"
    return "space" if word == "\n" else "bracket" if word in BRACKETS else "operator"


def _named(word: str, around: _Neighbours) -> str:
    called = around.behind == "("
    if "." in word:
        return "strange"  # names have no dots
    if word == "shared":
        return "structure" if called else "flag" if around.inside else "keyword"
    if word in machine()[1].keywords:
        return "keyword"
    if around.before == "@":
        return "reference"
    if around.inside and around.behind == "=":
        return "option"
    if around.before == "to" and word.removesuffix("B") in (*UNITS, ""):
        return "unit"
    if called and (word in ASKED or word in FUNCTIONS):  # `ceil` is a flag, too
        return "quantity" if word in ASKED else "function"
    kinds = {"layer": CATALOGUE, "structure": STRUCTURES, "flag": FLAGS, "function": FUNCTIONS}
    return next((kind for kind, words in kinds.items() if word in words), "name")


class NetLexer(PygmentsLexer):  # type: ignore[misc]
    """The language for Pygments, prompt_toolkit and what builds on them."""

    name = "paramula"
    aliases = ("paramula",)
    filenames = ("*.net",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Each word: where it begins, the token of its kind, the word."""
        for kind, start, end in tokens(text):
            yield start, KINDS[kind], text[start:end]
