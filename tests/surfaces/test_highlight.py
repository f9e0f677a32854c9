"""The kinds of words: tables by hand, every word of the catalogue, and laws over any text."""

from __future__ import annotations

import random

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.token import Error, is_token_subtype

from paramula.engine.program import files
from paramula.errors import NetError, Source
from paramula.language.parser import machine, reserved
from paramula.layers import CATALOGUE
from paramula.layers.words import FLAGS, FUNCTIONS, QUANTITIES, STRUCTURES, UNITS
from paramula.surfaces.highlight import KINDS, NetLexer, tokens
from places import NETWORKS
from texts import GOOD, STRANGE, drawn

GOOD_TEXTS = [*GOOD, *files().values(), *(p.read_text("utf-8") for p in NETWORKS)]
ANY = [drawn(number) for number in range(0, 4000, 5)]


def kinds(text: str) -> list[tuple[str, str]]:
    """The words of a text and their kinds, blanks left out."""
    return [(text[start:end], kind) for kind, start, end in tokens(text) if kind != "space"]


def said(text: str, *leave: str) -> str:
    """The words of a text, each with its kind behind it, but for some kinds."""
    return " ".join(f"{word}:{kind}" for word, kind in kinds(text) if kind not in leave)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(28,28,1) -> conv(3x3, 32)", "28:number 28:number 1:number conv:layer 3x3:window 32:number"),
        ("conv(3×3, f, same, s=2)", "conv:layer 3×3:window f:name same:flag s:option 2:number"),
        ("conv(3x3, 8, stride=2)", "conv:layer 3x3:window 8:number stride:option 2:number"),
        ("stride(net) * stride", "stride:quantity net:name stride:name"),
        ("scale(8, scale=1) -> scale", "scale:layer 8:number scale:option 1:number scale:layer"),
        ("params(net) at f=32 to MiB", "params:quantity net:name at:keyword f:name 32:number to:keyword MiB:unit"),
        ("MiB to x", "MiB:name to:keyword x:name"),
        ("latex(params)", "latex:quantity params:name"),
        ("shared f = embed(V, d)", "shared:keyword f:name embed:layer V:name d:name"),
        ("shared(f) -> prelu(shared)", "shared:structure f:name prelu:layer shared:flag"),
        ("concat(id, @enc, axis=0)", "concat:structure id:structure @:reference enc:reference axis:option 0:number"),
        ("[f for i in 0..n around g = h]",
         "f:name for:keyword i:name in:keyword 0:number n:name around:keyword g:option h:name"),
        ("1.5M <= 64Ki + 2k", "1.5M:number 64Ki:number 2k:number"),
        ("8h 1e3 3xk .5", "8h:strange 1e3:strange 3xk:strange .:strange 5:number"),
        ("nn.Linear(3)", "nn.Linear:strange 3:number"),
        ('x = "a # b" # c "d"', 'x:name "a # b":text # c "d":comment'),
        ('x = "open', 'x:name ":strange open:name'),
        ("a → b", "a:name →:strange b:name"),
        (":explain macs net", ":explain:command macs:name net:name"),
        (":load ~/nets/a b.net#1", ":load:command ~:text nets:name a:name b.net:text #1:text"),
        ("a: dense(3)\n  :names\na", "a:name dense:layer 3:number :names:command a:name"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_kinds_of_words(text: str, expected: str) -> None:
    assert said(text, "operator", "bracket") == expected


def test_signs() -> None:
    text = "(a -> b | c) + [d] * 2 // 3 % 4 ^ 5 - {6..7}; x: y, z == 1"
    found = dict(kinds(text))
    operators = {"->", "|", "+", "*", "//", "%", "^", "-", "..", ":", "=="}
    assert {word for word, kind in found.items() if kind == "operator"} == operators
    assert {word for word, kind in found.items() if kind == "bracket"} == set("()[]{},;")


WORDS = {
    "layer": CATALOGUE,
    "structure": STRUCTURES - {"shared"},
    "flag": FLAGS - {"shared"},
    "function": FUNCTIONS,
    "quantity": QUANTITIES,
    "keyword": reserved(),
}


@pytest.mark.parametrize(("kind", "word"), [(kind, word) for kind, words in WORDS.items() for word in sorted(words)])
def test_every_word_of_the_language_is_of_its_kind(kind: str, word: str) -> None:
    """A quantity is a word only where it is called; `ceil` is a flag where it is not."""
    called = kind in ("function", "quantity")
    texts = [f"{word}(x)", f"2 * {word} (x)"] if called else [word, f"(8) -> {word}", f"{word} x"]
    for text in texts:
        assert (word, kind) in kinds(text), text


@pytest.mark.parametrize("unit", [*UNITS, *(f"{unit}B" for unit in UNITS), "B"])
def test_units(unit: str) -> None:
    assert kinds(f"n to {unit}")[-1] == (unit, "unit")


def anything(rng: random.Random) -> str:
    """Characters of all sorts, and words."""
    words = ["conv", "(", ")", '"', "#", "\n", ":", "@", "..", " ", "\t", "\r", "1", "3x3", "x", "to", "=", *STRANGE]
    return "".join(
        chr(rng.randrange(0x110000)) if rng.random() < 0.2 else rng.choice(words) for _ in range(rng.randint(0, 60))
    )


RNG = random.Random(7)
STRINGS = [anything(RNG) for _ in range(3000)]


def test_the_words_of_any_text_are_the_text() -> None:
    for text in (*STRINGS, *ANY, *GOOD_TEXTS):
        found = tokens(text)
        assert all(it.kind in KINDS and it.start < it.end for it in found), repr(text)
        assert [it.start for it in found] == [0, *(it.end for it in found)][: len(found)], repr(text)
        assert "".join(text[it.start : it.end] for it in found) == text


def test_words_are_cut_as_the_parser_cuts_them() -> None:
    for text in (*ANY, *GOOD_TEXTS):
        try:
            words = machine()[1].words(Source(text))[0]
        except NetError:
            continue
        places = {(it.start, it.end) for it in tokens(text)}
        assert {(word.start, word.end) for word in words} <= places, repr(text)


@pytest.mark.parametrize("text", GOOD_TEXTS)
def test_nothing_is_strange_in_a_good_program(text: str) -> None:
    assert [word for word, kind in kinds(text) if kind in ("strange", "command")] == []


# Pygments.


def test_pygments_gets_the_same_words() -> None:
    lexer = NetLexer(stripnl=False, ensurenl=False)
    for text in (*STRINGS[:500], *ANY[:200], *GOOD_TEXTS):
        assert [(at, text[at : at + len(word)]) for at, _, word in lexer.get_tokens_unprocessed(text)] == [
            (it.start, text[it.start : it.end]) for it in tokens(text)
        ]


def test_what_is_strange_is_an_error_to_pygments() -> None:
    found = {word: kind for kind, word in NetLexer().get_tokens("8h -> conv")}
    assert is_token_subtype(found["8h"], Error)
    assert not is_token_subtype(found["conv"], Error)


def test_html_is_escaped() -> None:
    shown = highlight('x = "<script>" # <b>', NetLexer(), HtmlFormatter(nowrap=True))
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
