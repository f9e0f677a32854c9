"""The language: sentences and their canonical spelling, and our reading of them against Lark's own."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import lark
import pytest
from lark.lexer import Lexer as LarkLexer

from paramula.errors import NetError, Source
from paramula.language import parser, tree
from paramula.language.lexer import Lexer, Word
from paramula.language.tables import GRAMMAR, load
from places import CASES, TESTS

PROGRAMS = {path.relative_to(TESTS).as_posix(): path.read_text("utf-8") for path in CASES}
TEXT = next(path for path in GRAMMAR if path.exists()).read_text("utf-8")

# A sentence beside its canonical spelling; one that stands alone is canonical.
SENTENCES = r"""
(28, 28, 1) -> conv(3x3, 32) -> pool(2) -> dense(10)
(28,28,1)->conv(3x3,32)      => (28, 28, 1) -> conv(3x3, 32)
28x28x1 -> dense(10)
784 -> dense(10)
input(28, 28, 1) -> dense(10)
(n,) -> dense(10)
(n) -> dense(10)
dense(10)
relu
conv(3×3, 64)                => conv(3x3, 64)
conv(7x1, 64, same, s=2, relu)
conv((k, 1), f, p=((1, 2), (0, 1)))
conv(3x3, 64,)               => conv(3x3, 64)
relu()
a -> b -> c
a -> (b -> c)
(a -> b) -> c
a + b
a - b + c
a -> b + c -> d
(a -> b) + id
((a)) -> b                   => (a) -> b
a | b | c
a | b + c
(a | b) + c
x * 2 + 1
x * (2 + 1)
(x * 2) + 1                  => x * 2 + 1
(a + b) + c
2 * 3 / 4 // 5 % 6
2 * (3 / 4)
(2 * 3) / 4
1 - (2 - 3)
-x
--x
-x ^ 2                       => -x^2
(-x) ^ 2                     => (-x)^2
2 ^ -n                       => 2^-n
2 ** 3 ** 4                  => 2^3^4
(2 ^ 3) ^ 4                  => (2^3)^4
2 ^ (3 + n)                  => 2^(3 + n)
-2 * -3
1_000 * 2                    => 1000 * 2
007                          => 7
0.75 * h
00.50                        => 0.50
params(net) <= 1.5M          !
f(1.5M)
f(64Ki, 2k)
"a text" -> f
f("a # b; c")
...
(..., c) -> linear(f)
(_, c) -> linear(f)
(h, w, c) -> conv(1x1, c/r)  => (h, w, c) -> conv(1x1, c / r)
@enc -> dense(2)
concat(id, @enc)
attention(8, over=@enc)
enc: (S) -> embed(V, d)
(a: conv(3x3, 8)) -> relu
((a: relu) | b) + id
a: b: relu                   !
block * 12
12 * block
block * (n - 1)
block*((L-4)/6)              => block * ((L - 4) / 6)
prelu(shared)
shared(block) * 12
shared                       => shared
shared table = embed(V, d)
shared enc(c) = conv(3x3, c)
shared enc() = conv(3x3, 1)
n = 4
n = 4; n -> dense(2)         => n = 4\nn -> dense(2)
block(c, s=1) = conv(3x3, c, s=s) -> bn
block(c, s=1,) = relu        => block(c, s=1) = relu
f() = relu
level(c, inner) = double(c) -> (id | (pool(2) -> inner)) => level(c, inner) = double(c) -> id | (pool(2) -> inner)
use resnet
assume H % 32 == 0, n >= 2
assume 1 <= n <= 9
assert params(net) == 542230
assert a != b
solve params(net) <= 1M for f
solve params(net) <= 1M, f % 8 == 0 for f, n where n >= 2, f > 1
solve params(a) = params(b) for f
sweep params(net) for f in 8..128 step 8
sweep params(net), macs(net) for f in 8..128, (a, b) in {(1, 2), (3, 4)} where f > a
sweep p for f in {8, 16,}    => sweep p for f in {8, 16}
compare a, b
params(net) at f=32
params(net) at f=32, H=2 * n to M
params(net) * 4 to MiB
(params(a) at f=32) - params(b)
(params(a) at f=32, n=2) / 2
[conv(3x3, 16 * 2^i) for i in 0..2]
[conv(3x3, c) for c in {8, 16}] -> gap
[dense(a, b) for (a, b) in {(1, 2), (3, 4)}]
[level(c * 2^i, inner) for i in 0..n - 1 around inner=double(c * 2^n)]
[conv(3x3, c) for c in 8..64 step 8]
sum(i^2 for i in 1..n)
dense(sum(i for i in 1..n))
fork(dense(5), (a: dense(2)))
residual(ln -> attention(h)) -> residual(ln -> linear(4 * d, gelu) -> linear(d))
lambda -> E -> π -> θ_1
nn.Linear(3)
(H, W, 3) -> # a comment\n  conv(3x3, 8) # more => (H, W, 3) -> conv(3x3, 8)
(H, W, 3)\n  -> relu\n\n  # between\n  -> gap => (H, W, 3) -> relu -> gap
a = relu\n+ id               => a = relu + id
a\n| b                       => a | b
n = 1;; n = 2;               => n = 1\nn = 2
\n\n;\n                      =>
f(a,\n  b,\n  c)             => f(a, b, c)
"""


def rows() -> Iterator[tuple[str, str]]:
    """(sentence, canonical spelling) of the table above; those marked ! are refused and have none."""
    for line in SENTENCES.strip("\n").split("\n"):
        sentence, arrow, canonical = (part.strip().replace(r"\n", "\n") for part in line.partition("=>"))
        if sentence.endswith("!"):
            yield sentence[:-1].strip(), "!"
        else:
            yield line.partition("=>")[0].strip(" ").replace(r"\n", "\n"), canonical if arrow else sentence


TABLE = list(rows())
GOOD = [sentence for sentence, canonical in TABLE if canonical != "!"]
ALL = {**{sentence: sentence for sentence in GOOD}, **PROGRAMS}


def read(text: str) -> tree.Program:
    return parser.parse(Source(text))


# Text and tree.


@pytest.mark.parametrize(("sentence", "canonical"), TABLE)
def test_the_canonical_spelling(sentence: str, canonical: str):
    if canonical == "!":
        with pytest.raises(NetError):
            read(sentence)
    else:
        assert tree.text(read(sentence)) == canonical


@pytest.mark.parametrize("name", ALL)
def test_text_to_tree_and_back(name: str):
    first = read(ALL[name])
    canonical = tree.text(first)
    again = read(canonical)
    assert again == first
    assert tree.text(again) == canonical


@pytest.mark.parametrize("name", ALL)
def test_every_phrase_knows_its_place(name: str):
    """A part of a sentence lies inside the whole, and is said by the piece of text at its place."""
    text = ALL[name]
    program = read(text)
    for node in tree.walk(program):
        assert 0 <= node.start <= node.end <= len(text)
        if isinstance(node, (tree.Name, tree.Window)):
            assert text[node.start : node.end].replace("×", "x") == tree.text(node)
        elif isinstance(node, (tree.Call, tree.Shape, tree.Number)):
            (statement,) = read(text[node.start : node.end]).statements
            assert isinstance(statement, tree.Line)
            assert statement.body == node


# Our driver of the tables against Lark's.


@cache
def machine() -> tuple[Any, Lexer]:
    tables = load()
    return tables, Lexer(tables)


def words(text: str) -> list[Word]:
    return machine()[1].words(Source(text))[0]


class Words(LarkLexer):
    """Gives Lark the words that our lexer finds: between words and rules, line ends are settled."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, data: list[Word]) -> Iterator[lark.Token]:
        for word in data:
            yield lark.Token(word.kind, word.text)


@cache
def its_parser() -> lark.Lark:
    return lark.Lark(TEXT, parser="lalr", lexer=Words, maybe_placeholders=False)


def lark_phrase(node: Any) -> Any:
    if isinstance(node, lark.Token):
        return node.type, str(node)
    return str(node.data), tuple(map(lark_phrase, node.children))


def phrase(part: Any) -> Any:
    return (part.kind, part.text) if isinstance(part, Word) else part


def ours(monkeypatch: pytest.MonkeyPatch, text: str) -> Any:
    """The phrases that our driver finds, named by the grammar's rules instead of built into nodes."""
    names = {rule.build for rule in machine()[0].rules if rule.build}
    build = {name: lambda _, __, parts, name=name: (name, tuple(map(phrase, parts))) for name in names}
    with monkeypatch.context() as patched:
        patched.setattr(parser, "_BUILD", build)
        return read(text)


@pytest.mark.parametrize("name", ALL)
def test_lark_finds_the_same_phrases(name: str, monkeypatch: pytest.MonkeyPatch):
    assert ours(monkeypatch, ALL[name]) == lark_phrase(its_parser().parse(words(ALL[name])))


def test_every_rule_of_the_grammar_is_used():
    """The sentences leave no rule out, so that the comparison above is one of the whole grammar."""
    used: set[str] = set()
    for text in ALL.values():
        used |= {str(node.data) for node in its_parser().parse(words(text)).iter_subtrees()}
    assert used == {rule.build for rule in machine()[0].rules if rule.build and not rule.unit}


def test_lark_cuts_the_same_words():
    """Between line ends, where our lexer does no more than the grammar says."""
    plain = lark.Lark(TEXT, parser="lalr", lexer="basic")
    for text in ALL.values():
        for line in text.split("\n"):
            if not any(mark in line for mark in ";#"):
                found = [(str(token.type), str(token)) for token in plain.lex(line)]
                assert [(word.kind, word.text) for word in machine()[1].words(Source(line))[0]] == found


def states(kinds: list[str]) -> list[int] | None:
    """The states in which the tables stand after these words; None where they refuse one."""
    tables = machine()[0]
    stack = [tables.start]
    for kind in kinds:
        while True:
            action = tables.actions[stack[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                stack.append(action)
                break
            rule = tables.rules[~action]
            if rule.size:
                del stack[-rule.size :]
            stack.append(tables.actions[stack[-1]][rule.origin])
    return stack


def terminals(stack: list[int]) -> set[str]:
    return {word for word in parser.expected(machine()[0], stack) if word.isupper()}


@pytest.mark.parametrize("name", sorted(ALL, key=len)[::7])
def test_what_may_stand_next_is_what_lark_accepts(name: str):
    """After every word of a sentence."""
    its = its_parser().parse_interactive([])
    for i, word in enumerate([*words(ALL[name]), None]):
        stack = states([w.kind for w in words(ALL[name])[:i]])
        assert stack is not None
        assert terminals(stack) == its.accepts()
        if word is not None:
            its.feed_token(lark.Token(word.kind, word.text))


def test_both_refuse_the_same_word_soup():
    """Words of the sentences, one dropped, doubled or exchanged: both take it or neither does."""
    draw = random.Random(11)
    pool = [word for text in GOOD for word in words(text)]
    outcomes = {True: 0, False: 0}
    for _ in range(1500):
        soup = words(draw.choice(GOOD))
        if not soup:
            continue
        at = draw.randrange(len(soup))
        soup[at : at + draw.choice([0, 1])] = draw.choice([[], [soup[at]] * 2, [draw.choice(pool)]])
        try:
            its_parser().parse(soup)
            takes = True
        except lark.UnexpectedInput:
            takes = False
        stack = states([word.kind for word in soup])
        assert (stack is not None and "$END" in terminals(stack)) == takes, soup
        outcomes[takes] += 1
    assert min(outcomes.values()) > 100


# The grammar.


def conflicts(grammar: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger=lark.logger.name):
        lark.logger.addHandler(caplog.handler)
        try:
            lark.Lark(grammar, parser="lalr", lexer="basic", debug=True)
        finally:
            lark.logger.removeHandler(caplog.handler)
    return [record.getMessage() for record in caplog.records if "onflict" in record.getMessage()]


def test_the_grammar_is_free_of_conflicts(caplog: pytest.LogCaptureFixture):
    assert conflicts('start: start "+" start | "1"', caplog), "a conflict would be seen"
    assert conflicts(TEXT, caplog) == []


def test_words_that_cannot_be_names():
    """The reserved words of the language's own sentences (docs/language.md)."""
    said = "use assume assert solve sweep compare shared for in at to where step around"
    assert parser.reserved() == frozenset(said.split(" "))
