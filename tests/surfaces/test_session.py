"""Laws of a session: what fails changes nothing, what worked stays, looking is not doing, no text drives a terminal.

The texts are those of the golden sessions and the language's cases; PARAMULA_LONG=1 looks at every prefix of them all.
"""

from __future__ import annotations

import os
import random
import re
import unicodedata
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.spelling import Form, ascii_text
from paramula.engine.program import library, published
from paramula.errors import NetError
from paramula.formats.replies import draw, text
from paramula.network import Network
from paramula.questions.explain import Explained, explained
from paramula.surfaces.colon_commands import COMMANDS, Quit, command
from paramula.surfaces.repl import answered, piped, sentences
from paramula.surfaces.session import IT, Session, Shown
from places import TESTS
from published import family

LONG = bool(os.environ.get("PARAMULA_LONG"))
TRANSCRIPTS = TESTS / "transcripts"


def _inputs(path: Path) -> list[str]:
    """The inputs of a golden session."""
    joined = re.sub(r"^> ", "\0", path.read_text("utf-8"), flags=re.MULTILINE).split("\0")[1:]
    return ["\n".join([first.split("\n")[0], *re.findall(r"\n\. (.*)", first)]) for first in joined]


TEXTS = [
    "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)",
    "double(c) = conv(3x3,c,same,relu) -> conv(3x3,c,same,relu)\n(H,W,3) -> double(64) -> pool(2) -> double(128)",
    "net = (H,W,3) -> conv(5x5,f) -> gap -> dense(10)\nparams(net) at f=32, H=224\nmacs(net)*2 to G",
    "assume d % heads == 0\n(T,d) -> attention(heads) -> (linear(4*d,gelu) -> linear(d))*L",
    "enc: (S) -> embed(32000,512) -> pos(128)\n(T) -> embed(32000,512) -> attention(8,over=@enc) -> linear(32000)",
    "shared table = embed(1000,64); (T) -> table -> linear(64) -> unembed(table)",
    "[conv(3x3, 16*2^i, same, relu) -> pool(2) for i in 0..n-1]",
    "solve params((n) -> dense(10)) <= 1M for n where n % 8 == 0",
    "sweep params((n) -> dense(m)) for n in 8..32 step 8, m in {2,4}",
    "use resnet\nassert params(resnet50) == 25557032",
    'a = 1 # a comment (\nb = "text"; latex(a*n)',
    "level(c,i) = conv(3x3,c,same) -> (id | (pool(2) -> i -> tconv(2,c,s=2)))\n(64,64,3) -> level(8,level(16,id))",
]
HOSTILE = {
    "a tag": "<script>alert(1)</script>",
    "an escape": "\x1b[31mred\x1b]0;title\x07",
    "a control": "\x9b31m\x08\x7f\x00",
    "a direction": "\u202elive\u202c\u2066",
    "a line": "a\u2028b\u2029c\x85d\x0be",
    "a typesetter": "\\input{/etc/passwd}",
    "a format": "%s%d{0}$x`y`",
    "a surrogate": "\ud800",
    "a mark": "\ufeff\u200f\u200e\u00ad",
}


def answers(session: Session, *inputs: str) -> list[str]:
    """What inputs are answered, as text; a mistake as its message."""
    said: list[str] = []

    def say(reply: Any) -> None:
        said.append(reply if isinstance(reply, str) else str(reply) if isinstance(reply, NetError) else text(reply))

    for one in inputs:
        answered(session, one, say)
    return said


def state(session: Session) -> tuple[Any, ...]:
    scope = session.scope
    kept = (dict(scope.definitions), dict(scope.towers), list(scope.claims), set(scope.words), dict(scope.values))
    settings = (session.columns, session.depth, session.last, session.loaded)
    return (*kept, list(session.entries), *settings)


# what fails, and what stays

SETTLED = """\
width = 8
block(c) = conv(3x3,c,same,relu)
net = (H,W,3) -> block(width) -> gap -> dense(n)
enc: (S) -> embed(100,width)
assume n >= 2
params(net)
"""
QUESTIONS = ["width", "params(net)", "params(@enc)", "(8,8,3) -> block(2)", "it", ":names", "(n) -> dense(n)"]
MISTAKES = [
    "width = pol(2)", "width = 9; oops(3)", "width = ", "width = (", "net = (8) -> dens(2)", "block(c) = dens(c)",
    "enc: (S) -> nothing(3)", "assume n == 1", "assume 3 > 5", "assert width == 9", "width = 1/0", "width = width",
    "loop: (4) -> dense(4) + @loop", "use nothing", "solve width for n", "compare net", "params(net) at zz=3",
    "conv = 3", "width = 1; width = 2", "(8) -> dense(8) + dense(9)", "'", "\x00", "\ud800", "sweep net for n in 1..3",
    ":forget nothing", ":set nothing", ":load nothing.net", ":save", ":why zz", ":explain nothing", ":nothing", ":",
    "help nothing", "x = 2^2^99", "(1" * 200, "it = it + 1",
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_fails_changes_nothing(mistake: str) -> None:
    session = Session()
    list(session.run(SETTLED))
    before = state(session)
    with pytest.raises(NetError):
        list(command(session, mistake) if mistake.startswith(":") else _replies(session, mistake))
    after = state(session)
    if ";" in mistake and len(mistake) < 100 and not mistake.startswith("width = 1;"):  # what worked before it stays
        assert answers(session, "width") == ["width = 9"]
    else:
        assert after == before


def _replies(session: Session, one: str) -> Any:
    from paramula.surfaces.repl import replies

    return replies(session, one)


def test_what_worked_before_a_mistake_stays() -> None:
    session = Session()
    said = answers(session, "a = 1; b = 2; params((n) -> dense(a)); c = pol(3); d = 4")
    assert said[:3] == ["a = 1", "b = 2", "params((n) -> dense(a)) = n + 1"]
    assert answers(session, "a + b", "it") == ["a + b = 3", "it = 3"]
    assert "there is no layer called 'd'" in answers(session, "d")[0]
    assert "c" not in session.names()


def test_a_later_definition_holds_for_what_was_defined_before() -> None:
    session = Session()
    assert answers(session, "w = 4", "net = (8) -> dense(w)", "w = 5", "params(net)")[-1] == "params(net) = 45"


# taking back

CHANGES = [
    "width = 3", "new = 5", "new = 5; newer = new + 1", "block(c) = conv(1x1,c)", "net = (8) -> dense(width)",
    "enc: (S) -> embed(7,width)", "tower: (4) -> dense(2)", "assume H % 2 == 0", "assume n >= 5, m >= 3",
    "use vgg", "shared s = dense(4)", "enc = 3", "a = 1; pol(3)",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_undo_gives_the_answers_of_before(change: str) -> None:
    session = Session()
    list(session.run(SETTLED))
    names = {name: said for name, said in session.names().items() if name != IT}
    before = answers(session, *QUESTIONS)
    answers(session, change, "1 + 1", ":undo")
    assert {name: said for name, said in session.names().items() if name != IT} == names
    answers(session, "params(net)")
    assert answers(session, *QUESTIONS) == before


def test_undo_takes_everything_back_in_the_end() -> None:
    session = Session()
    for change in CHANGES:
        answers(session, change)
    for _ in range(100):
        if answers(session, ":undo") == ["there is nothing to take back"]:
            break
    assert not session.scope.definitions and not session.scope.towers and not session.scope.claims  # noqa: PT018


# one by one, and at once


@pytest.mark.slow(but_every=11)
@pytest.mark.parametrize("home", sorted(set(published().values()))[:: 1 if LONG else 4])
def test_statements_one_by_one_are_the_file_at_once(home: str) -> None:
    """The library's files: their definitions are used before they stand, so they come whole; their assertions alone."""
    whole = library(home).source.text
    net = family(home)
    session = Session()
    list(session.run(whole))
    one_by_one = Session()
    root = library(home).root
    from paramula.language import tree

    definitions = "\n".join(whole[s.start : s.end] for s in root.statements if isinstance(s, (tree.Define, tree.Use)))
    list(one_by_one.run(definitions))
    for statement in root.statements:
        if not isinstance(statement, (tree.Define, tree.Use)):
            list(one_by_one.run(whole[statement.start : statement.end]))
    for each in (session, one_by_one):
        assert each.last is None or each.last().quantity("params") == net.quantity("params")


ABOUT = [
    ("params((7) -> dense(x))", "(7) -> dense(x)"),
    ("macs(net)/params(net)", "(H,W,3) -> conv(3x3,8,same,relu) -> gap -> dense(n)"),
    ("params(net) at n=5", "(H,W,3) -> conv(3x3,8,same,relu) -> gap -> dense(5)"),
    ("params(lenet5) to k", "lenet5"),
    ("params(net) + macs((5) -> dense(9))", "(9) -> dense(9)"),  # two networks: the one of before stays
    ("2 + 3", "(9) -> dense(9)"),
]


@pytest.mark.parametrize(("question", "about"), ABOUT)
def test_a_question_about_one_network_makes_it_the_last(question: str, about: str) -> None:
    session = Session()
    list(session.run(f"{SETTLED}(9) -> dense(9)\n{question}"))
    list(session.run("net2 = width\nassume n >= 3"))
    assert session.last is not None
    assert str(session.last().params) == str(pm.net(about).params)


@pytest.mark.parametrize("program", [*TEXTS[:7], TEXTS[-1]])
def test_a_network_at_the_prompt_is_that_of_a_program(program: str) -> None:
    net = pm.net(program)
    alone, whole = Session(), Session()
    for sentence in sentences(alone, program.split("\n")):
        list(alone.run(sentence))
    replies = list(whole.run(program))
    for session in (alone, whole):
        if session.last is None:
            assert not any(isinstance(reply, Shown) for reply in replies)
            continue
        assert session.last().quantity("params") == net.quantity("params")
        assert session.last().quantity("macs") == net.quantity("macs")
        assert session.last().quantity("shape") == net.quantity("shape")
        assert {str(c) for c in session.last().conditions} == {str(c) for c in net.conditions}


def test_what_is_saved_loads_again_and_means_the_same(tmp_path: Path) -> None:
    session = Session()
    answers(
        session, "w = 4", "assert w == 4", "net = (8) -> dense(w)", "assert params(net) == 36", "params(net)", "w = 5",
        "params(net)", "gone = 3", "use vgg", "assume n >= 2", "enc: (S) -> embed(9,w)", "enc: (S) -> embed(7,w)",
        "oops(", ":forget gone", "t = 1", ":undo", "twice = 2*w; w = 6",
    )  # fmt: skip
    path = tmp_path / "kept.net"
    assert "lines in" in answers(session, f":save {path}")[0]
    again = Session()
    said = answers(again, f":load {path}")
    assert not any("hint" in one or "is defined twice" in one or "does not hold" in one for one in said), said
    asked = ["params(net)", "w", "twice", "params(@enc)", "(n) -> dense(2)"]
    assert answers(again, *asked) == answers(session, *asked)
    assert "gone" not in again.names()
    assert "t" not in again.names()


# looking at what is typed


def _prefixes(one: str, few: int) -> list[str]:
    every = [one[:end] for end in range(len(one) + 1)]
    return every if LONG else [*random.Random(20_240_229).sample(every, min(few, len(every))), one]


@pytest.mark.parametrize("program", TEXTS)
def test_a_glance_changes_nothing_and_never_raises(program: str) -> None:
    session = Session()
    list(session.run(SETTLED))
    before = state(session)
    for prefix in _prefixes(program, 25):
        glance = session.glance(prefix, 0.3)
        if glance.mistake is not None:
            assert glance.message
            assert 0 <= glance.mistake.start <= glance.mistake.end <= len(prefix) + 1
    assert state(session) == before


def test_a_glance_survives_everything_in_the_golden_sessions() -> None:
    inputs = [one for path in sorted(TRANSCRIPTS.glob("*.txt")) for one in _inputs(path)]
    rng = random.Random(4)
    for one in inputs if LONG else rng.sample(inputs, 60):
        session = Session()
        for prefix in _prefixes(one, 4):
            session.glance(prefix, 0.1)
            session.whole(prefix)


@pytest.mark.parametrize("junk", [*HOSTILE.values(), "(" * 500, "->" * 400, "a" * 5000, "f(" * 120, "\n" * 300])
def test_a_glance_survives_hostile_texts(junk: str) -> None:
    session = Session()
    for one in (junk, f"(8) -> {junk}", f'(8) -> dense("{junk}', f"x = 3 # {junk}", f"(8) -> dense(3) {junk} -> relu"):
        session.glance(one, 0.2)
        session.whole(one)


def test_a_glance_keeps_its_time() -> None:
    from time import process_time

    session = Session()
    for one in ("(32,32,3) -> [conv(3x3,i,same) for i in 1..3000] -> gap", "(H,W,3) -> (conv(3x3,8,same)|id)*900"):
        begun = process_time()
        session.glance(one, 0.2)
        assert process_time() - begun < 1.5


@pytest.mark.parametrize(
    "network",
    ["(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)", "(H,W,3) -> conv(5x5,f) -> gap -> dense(10)",
     "(100) -> embed(10000,128) -> lstm(64) -> dense(1,sigmoid)", "(T,d) -> attention(h) * 3"],
)  # fmt: skip
def test_a_glance_agrees_with_the_answer(network: str) -> None:
    glance = Session().glance(network, 5)
    session = Session()
    shown = text(next(iter(session.run(network))))
    assert glance.mistake is None
    assert re.search(rf"^params +{re.escape(glance.params)}$", shown, re.MULTILINE), shown
    assert glance.shape in shown


@pytest.mark.parametrize(
    "mistake", ["(28,28,1) -> pol(2)", "(8) -> dense(8) + dense(9)", "(28,28,1) -> conv(3x3,32,smae)"]
)
def test_a_glance_underlines_what_the_answer_underlines(mistake: str) -> None:
    glance = Session().glance(mistake, 5)
    with pytest.raises(NetError) as raised:
        list(Session().run(mistake))
    assert glance.mistake == raised.value.span
    assert glance.message == raised.value.message


# where a sentence ends

WHOLE = [
    "3", "(8) -> dense(3)", "a = 3 # (", "", "# (", "(8))", "pol(", ":load (", "f(x) = x", "assert 1 + 1", '"(', "a b",
    "(8) -> dense(3);", "'", "conv = ", "solve a <= 3 for a", "params(net)",
]  # fmt: skip
OPEN = ["(", "(8) ->", "(8) -> dense(", "a =", "a +", "[conv(3x3,8) for i", "f(1,", "assert", "solve a <= 3",
        "sweep a, b", "x at", "[conv(3x3,8) for (c,n) in {(1,2),", "(8) -> dense(3) |", "a: ",
        "use", "(8) -> dense(3) ->  # then"]  # fmt: skip


def test_what_is_whole_and_what_is_open() -> None:
    session = Session()
    assert [one for one in WHOLE if not session.whole(one)] == ["pol(", "conv = "]  # a bracket; no word is looked up
    assert [one for one in OPEN if session.whole(one)] == []


@pytest.mark.parametrize("program", TEXTS)
def test_a_prefix_that_ends_open_is_not_whole(program: str) -> None:
    session = Session()
    assert session.whole(program)
    for end in range(1, len(program)):
        prefix = program[:end]
        if re.search(r"(->|[(\[{,])\s*$", prefix) and "#" not in prefix and '"' not in prefix:
            assert not session.whole(prefix), prefix


def test_sentences_over_lines_are_those_of_the_text() -> None:
    session = Session()
    for program in TEXTS:
        joined = list(sentences(session, program.split("\n")))
        assert "\n".join(joined) == program


# no text drives a terminal


def _harmless(said: str) -> None:
    """Only what a terminal prints: no controls but the newline, nothing that turns the direction or breaks a line."""
    for sign in said:
        assert sign == "\n" or (unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029"), repr(sign)


PLACES = [
    "{0}", '"{0}"', 'latex("{0}")', '(8) -> dense("{0}")', "x = 3 # {0}", "x{0} = 3", "(8) -> {0}(3)", "params({0})",
    'a = "{0}"', 'a = "{0}"\na', 'f(x) = dense("{0}")\n(8) -> f(1)', "assert 1 == 2 # {0}", "assert 1 == 1 # {0}",
    "# {0}\npol(2)", "(8) -> # {0}\n pol(2)", 'compare "{0}", "{0}"', 'sweep "{0}" for i in 1..2', "use {0}",
    'solve "{0}" <= 3 for n', 'lab"{0}": (3)', "(8) -> dense(3, # {0}\n 4)", "help {0}",
    ":{0}", ":load {0}", ":load {0}.net", ":forget {0}", ":why {0}", ":set quantity {0}", ":set {0}", ":explain {0}",
    ":save /nowhere/{0}/x.net", "net = (8) -> dense(3) # {0}\nnet\n:explain\n:names\n:why n\n:undo",
]  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("place", PLACES)
def test_hostile_texts_are_shown_and_drive_nothing(
    place: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session()
    said: list[Any] = []
    for sentence in place.split("\n:"):
        sentence = sentence if sentence == place.split("\n:")[0] else f":{sentence}"
        answered(session, sentence.replace("{0}", HOSTILE[kind]), said.append)
    for reply in said:
        shown = reply if isinstance(reply, str) else str(reply) if isinstance(reply, NetError) else text(reply)
        _harmless(shown)
        if not isinstance(reply, (str, NetError)):
            for ascii in (False, True):
                _harmless(_drawn(reply, ascii))
    for name, meaning in session.names().items():
        _harmless(name)
        _harmless(meaning)
    glance = session.glance(place.replace("{0}", HOSTILE[kind]), 0.2)
    _harmless(glance.shape + glance.params)


def _drawn(reply: Any, ascii: bool) -> str:
    """A reply as a terminal without colours draws it."""
    from rich.console import Console

    out = StringIO()
    draw(Console(file=out, width=80, color_system=None, highlight=False, emoji=False, markup=False), reply, ascii, 200)
    return out.getvalue()


def test_a_file_with_a_hostile_name_is_named_harmlessly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "\x1b[31m<b>\u202e.net"
    Path(name).write_text("a = 1\npol(2)\n")
    session = Session()
    for said in answers(session, f":load {name}", ":reload", ":save \x1b[2J"):
        _harmless(said)


# explaining


def _computed(formula: Form) -> Any:
    """A formula with numbers, as the session computes it."""
    reply = next(iter(Session().run(ascii_text(formula))))
    return reply.value


EXPLAINED = [
    *sorted(published())[:: 1 if LONG else 7],
    "(32,32,16) -> conv(3x3,32,s=2,same) -> conv(5x3,64,d=2) -> conv(3x3,64,g=4,nobias) -> dwconv(3x3)",
    "(8,8,4) -> tconv(2,8,s=2) -> sepconv(3x3,8,same)",
    "(5,8) -> moe(linear(16) -> linear(8), 4, active=2)",
    "(9) -> shared(dense(9))*4 -> dense(2)",
    "(100) -> embed(1000,32) -> bi(lstm(8,seq)) -> gru(4)",
    "(64,64,3) -> ((conv(3x3,8,same) | id) * 2 -> pool(2)) * 2 -> gap -> dense(3)",
    "shared s = dense(8)\n(8) -> s -> (s | s)",
]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("asked", EXPLAINED)
@pytest.mark.parametrize("quantity", ["params", "macs"])
def test_an_explanation_adds_up(asked: str, quantity: str) -> None:
    """Every formula with its numbers put in is its result, and the terms are the total."""
    net: Network = pm.net(asked)
    said: Explained = explained(net, quantity)
    if net.symbols:
        return
    assert sum(many * value for many, value in said.terms) == said.total == net.quantity(quantity)
    for step in said.steps:
        for one in step.derived:
            if one.put_in is not None:
                assert _computed(one.put_in) == one.result, (step.call, one)


# commands


def test_every_command_is_answered_or_refused() -> None:
    session = Session()
    list(session.run(SETTLED))
    list(session.run("net"))
    for name in COMMANDS:
        for rest in ("", "x", "net", "params net", "n", "quantity macs", "depth 1", "conv"):
            if name in ("load", "save", "reload"):
                continue
            with suppress(NetError, *([Quit] if name == "quit" else [])):
                for reply in command(session, f":{name} {rest}"):
                    assert text(reply) is not None


def test_a_session_reads_a_whole_file_of_sentences_without_a_word_left(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{line}\n" for line in SETTLED.split("\n")]
    assert piped(Session(), lines, ascii=True) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.isascii()


def test_the_help_of_a_paper_command_is_shown_and_the_session_goes_on() -> None:
    session = Session()
    (said,) = command(session, ":latex --help")
    assert said.text.startswith("usage: paramula latex")
    assert "derivation" in said.text
    list(session.run("(n) -> dense(3)"))


@pytest.mark.slow
def test_the_last_sweep_is_drawn(tmp_path: Path) -> None:
    session = Session()
    with pytest.raises(NetError, match="there is no sweep to be drawn yet"):
        list(command(session, ":plot"))
    list(session.run("net = (9) -> dense(f)\nsweep params(net) for f in 1..9\n3 + 4"))
    (drawn,) = command(session, ":plot curves")
    assert "params(net)" in text(drawn)
    (said,) = command(session, f":plot {tmp_path / 'a.svg'}")
    assert said.text == f"a picture in {tmp_path / 'a.svg'}"
    assert "<svg" in (tmp_path / "a.svg").read_text("utf-8")
