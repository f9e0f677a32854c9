"""Any text at all is a network or one NetError: word soup, mutated sentences and every way to break one off.

    pytest tests/test_fuzz.py                      about 3,000 texts
    PARAMULA_LONG=1 pytest tests/test_fuzz.py      200,000 texts
    python tests/test_fuzz.py 1234                 show text 1234 and what becomes of it

Every text has a number, and is drawn from this number alone. What becomes a network is asked everything that a user
may ask. A failure prints repr(text), so that it can be pasted into a session.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import unicodedata

import pytest

import paramula as pm
from deadline import Hang, deadline
from paramula.errors import Source
from paramula.formats.json import json_text
from paramula.language.parser import parse
from paramula.layers.words import QUANTITIES
from texts import GOOD, drawn

TEXTS = 200_000 if os.environ.get("PARAMULA_LONG") else 3_000
CHUNKS = 40
SECONDS = 10  # for one text, on a busy machine too
SHOWN = 5
PARTIAL = ("receptive_field", "stride")  # quantities that some networks do not have

# Texts that once went wrong, cut down to the fault.
FOUND = [
    "a: (8)",
    "a: (8,4)\n(8,4) -> relu + @a",
    "x: 3x3",
    "k: k",
    "a: same",
    'a: "t"',
    "a: (4) ^ relu",
    "a: (4,4) * relu\n@a -> relu",
    "a: (H,W,1) % f\n@a -> relu",
    "W: MultiheadAttention",
    "net = relu\nassert net == 3",
    "net = relu\nassert params(net) <= relu*2",
    "(8) -> [dense(t) for (t,c) in {(8,relu)}]",
    "(64,64,16) -> [dwconv(3x3) for t in {dwconv}]",
    "(T) -> permute(axes=2)",
    "(T,4) -> reshape(sizes=4)",
    "(T) -> param(n=2)",
    "(h,w,1) -> pool(3,s/m) -> tconv(2,c,s=2) -> conv(3,c,s/m)",
    "r: (H,W,1) - gap",
    "t: ((e) -> relu) + @t",
    "(T,3) -> attention(n%2)",
    "\n".join(["f0 = 1", *(f"f{i} = f{i - 1} + f{i - 1}" for i in range(1, 40)), "(4) -> dense(f39)"]),
    "(4) -> dropout(sum(sum(i*j for i in 1..100000) for j in 1..100000))",
    "(4) -> ((relu*0)*100000)*100000",
    "(H,W,3) -> [conv(3x3,64,s=2,p=1) for i in 1..200]",
    "(H,H,3) -> [conv(3x3,64,s=2,p=1) for i in 1..3333]",
]


def exercise(text: str) -> str:
    """What becomes of a text: "network" or "error"; anything else is an exception of another kind."""
    try:
        net = pm.net(text)
    except pm.NetError as caught:
        check(caught)
        return "error"
    ask(net)
    return "network"


def check(error: pm.NetError) -> None:
    """A message says something, points into its text, and does not drive the terminal."""
    assert error.message.strip(), "an empty first line"
    controls = {c for c in str(error) if unicodedata.category(c)[0] == "C" and c not in "\n\t"}
    assert not controls, f"a message with control characters: {controls}"
    if error.span is not None:
        assert error.source is not None, "a place without a source"
        assert 0 <= error.span.start <= error.span.end <= len(error.source.text), "a place outside the text"


def ask(net: pm.Network) -> None:
    """Everything that a user may ask of a network."""
    for name in QUANTITIES:
        try:
            net.quantity(name)
        except pm.NetError as error:
            if name not in PARTIAL and "too large" not in error.message:
                raise AssertionError(f"{name} is refused") from error
    assert all(map(str, net.conditions))
    assert all(map(str, net.assumptions))
    assert isinstance(net.tensors, tuple)
    assert isinstance(net.symbols, tuple)
    assert parse(Source(net.text)) == parse(net.program.source), "the canonical text says something else"
    assert str(net).strip(), "an empty table"
    assert isinstance(json.loads(json_text(net)), dict)


def outcome(text: str) -> str:
    """An empty string if a text is answered as it should be; else what went wrong."""
    try:
        with deadline(SECONDS):
            exercise(text)
    except (Exception, Hang) as error:
        lines = traceback.format_exc().splitlines()
        return f"{text!r}\n    {type(error).__name__}: {str(error)[:300]}\n    " + "\n    ".join(lines[-7:-1])
    return ""


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_text_is_a_network_or_one_error(chunk: int) -> None:
    numbers = range(chunk, TEXTS, CHUNKS)
    failures = [(number, found) for number in numbers if (found := outcome(drawn(number)))]
    shown = "\n".join(f"text {number}: {found}" for number, found in failures[:SHOWN])
    assert not failures, f"{len(failures)} of {len(numbers)} texts go wrong:\n{shown}"


@pytest.mark.parametrize("text", GOOD)
def test_the_good_sentences_are_good(text: str) -> None:
    with deadline(SECONDS):
        try:
            ask(pm.net(text))
        except pm.NetError as error:
            if "not built yet" not in error.message:
                raise
            pytest.skip(error.message)


@pytest.mark.slow(only=r"1\.\.(200|3333|100000)")
@pytest.mark.parametrize("text", FOUND)
def test_what_once_went_wrong_does_not(text: str) -> None:
    found = outcome(text)
    assert not found, found


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        chosen = drawn(int(argument))
        print(repr(chosen))
        try:
            print(pm.net(chosen))
        except pm.NetError as error:
            print(error)
