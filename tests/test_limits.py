"""Every limit, just below and just above: work that is too large is refused before it is done, and the message says so.

The limits are read from where they stand. Some are lowered here, since what is just below them takes seconds.
"""

from __future__ import annotations

import re

import pytest

import paramula as pm
from paramula.algebra import poly
from paramula.engine import listing, ranges, trace
from paramula.engine.evaluate import MAX_NESTING
from paramula.engine.model import RESULT_BITS
from paramula.engine.ranges import MAX_COPIES
from paramula.language.lexer import MAX_DEPTH, MAX_DIGITS, MAX_TEXT

HALF = poly.MAX_BITS // 2  # 2^HALF is the largest power of 2: what it takes is bounded by two bits for each factor
MOST_AXES = 8


def refused(text: str) -> str:
    """The message of a program that is refused."""
    with pytest.raises(pm.NetError) as caught:
        pm.net(text)
    return str(caught.value)


def params(text: str) -> object:
    return pm.net(text).quantity("params")


def test_a_text() -> None:
    sentence = "(4) -> dense(3)"
    assert params(sentence + " " * (MAX_TEXT - len(sentence))) == 15
    assert refused(sentence + " " * (MAX_TEXT - len(sentence) + 1)) == (
        f"the text is too large: {MAX_TEXT + 1:,} characters, the limit is {MAX_TEXT:,}"
    )


def test_brackets() -> None:
    assert params("(4) -> " + "(" * MAX_DEPTH + "relu -> relu" + ")" * MAX_DEPTH) == 0
    message = refused("(4) -> " + "(" * (MAX_DEPTH + 1) + "relu -> relu" + ")" * (MAX_DEPTH + 1))
    assert message.startswith(f"brackets are nested too deep: the limit is {MAX_DEPTH}\n")
    assert "^" in message


@pytest.mark.parametrize("opening", ["residual(", "[", "{", "(", "([{("])
def test_any_brackets_that_are_never_closed(opening: str) -> None:
    assert refused(opening * (MAX_DEPTH + 1)).startswith(f"brackets are nested too deep: the limit is {MAX_DEPTH}\n")


def test_networks_in_brackets() -> None:
    assert params("(4) -> " + "residual(" * MAX_DEPTH + "relu" + ")" * MAX_DEPTH) == 0


@pytest.mark.parametrize(("sign", "levels"), [("-", 1), ("1^", 1), ("1**", 1), ("-1^", 2)])
def test_signs_and_powers(sign: str, levels: int) -> None:
    count = MAX_DEPTH // levels
    assert params(f"(4) -> dense(4 + {sign * count}0)") is not None
    message = refused(f"(4) -> dense(4 + {sign * (count + 1)}0)")
    assert message.startswith(f"signs and powers are nested too deep: the limit is {MAX_DEPTH}\n")


@pytest.mark.parametrize("text", ["({}) -> relu", "(4,4,1) -> pad(({},1))", "(4) -> dropout({}/3)"])
def test_digits_of_a_number(text: str) -> None:
    assert params(text.format("9" * MAX_DIGITS)) == 0
    message = refused(text.format("9" * (MAX_DIGITS + 1)))
    assert message.startswith(f"a number of {MAX_DIGITS + 1:,} digits is too large: the limit is {MAX_DIGITS:,}\n")
    assert "^" in message


@pytest.mark.parametrize("number", ["{}x1", "{}k", "0.{}", "{}.5", "00{}"])
def test_digits_of_any_literal(number: str) -> None:
    message = refused(f"(4,4,1) -> pool({number.format('9' * (MAX_DIGITS + 1))}, same)")
    assert re.match(r"a number of 1,00[1-3] digits is too large: the limit is 1,000\n", message)


def test_powers() -> None:
    assert params(f"(2^{HALF}) -> dense(1, nobias)") == 2**HALF
    message = refused(f"(4) -> dense(2^{HALF + 1})")
    assert message.startswith(f"this power is too large: the limit is {poly.MAX_BITS:,} bits\n")
    assert "               ^^^^^^^" in message


@pytest.mark.parametrize(
    "power", ["9^9^9^9", "2^n^9^9^9", "(n+1)^10^9", "(1/3)^(10^6)", "2^-10^6", "0.5^99999", "(2*n)^99999"]
)
def test_powers_far_above(power: str) -> None:
    assert "is too large: the limit is " in refused(f"(4) -> dense({power})")


def test_bits_of_a_number() -> None:
    assert params(f"(2^{HALF} * 2^{HALF - 1}) -> dense(1, nobias)") == 2 ** (poly.MAX_BITS - 1)
    message = refused(f"(4) -> dense(2^{HALF} * 2^{HALF})")
    assert message.startswith(f"this number is too large: the limit is {poly.MAX_BITS:,} bits\n")


def test_bits_of_a_result() -> None:
    size = f"2^{HALF} * 2^{HALF - 1}"  # MAX_BITS bits
    fits = RESULT_BITS // poly.MAX_BITS
    assert pm.net(f"({', '.join([size] * (fits - 1))}) -> dense({size}, nobias)").quantity("params")
    net = pm.net(f"({', '.join([size] * fits)}) -> dense({size}, nobias)")
    with pytest.raises(pm.NetError, match=f"params is too large: the limit is {RESULT_BITS:,} bits"):
        net.quantity("params")


def test_terms_of_a_power(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the limit is 100,000 terms" in refused("(4) -> dropout((a + b + c)^446)")
    monkeypatch.setattr(poly, "MAX_TERMS", 1_000)
    assert params("(4) -> dropout((a + b)^30)") == 0
    assert "is too large: the limit is 1,000 terms" in refused("(4) -> dropout((a + b)^1000)")


def test_terms_of_a_product(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poly, "MAX_TERMS", 100)
    wide = [" + ".join(f"{name}{i}" for i in range(10)) for name in "xyz"]
    assert params(f"(4) -> dropout(({wide[0]}) * ({wide[1]}))") == 0
    message = refused(f"(4) -> dropout(({wide[0]}) * ({wide[1]} + z))")
    assert message.startswith("the product of two formulas is too large: the limit is 100 terms")


@pytest.mark.parametrize(
    "text", ["(4) -> relu*{}", "(4) -> [relu for i in 1..{}]", "(4) -> dropout(sum(i for i in 1..{}))"]
)
def test_copies(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = refused(text.format(MAX_COPIES + 1))
    assert f"{MAX_COPIES + 1:,} copies are too many: the limit is {MAX_COPIES:,}" in message
    assert "copies are too many" in refused(text.format("10^400"))
    for module in (ranges, listing, trace):
        monkeypatch.setattr(module, "MAX_COPIES", 50)
    assert params(text.format(50)) == 0
    assert "51 copies are too many: the limit is 50" in refused(text.format(51))


def test_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "MAX_COPIES", 50)
    assert params("(4) -> " + " -> ".join(["relu"] * 50)) == 0
    assert "the network is too large: the limit is 50 layers" in refused("(4) -> " + " -> ".join(["relu"] * 51))
    assert params("(4) -> (relu*10)*5") == 0
    assert "the network is too large: the limit is 50 layers" in refused("(4) -> (relu*10)*6")


def chained(count: int, first: str, each: str, last: str) -> str:
    """A program of definitions that each use the one before."""
    return "\n".join([first, *(each.format(i=i, before=i - 1) for i in range(1, count)), last.format(count - 1)])


def fits(text: str, message: str) -> bool:
    """Whether a program is a network; where it is none, the message must be this one."""
    try:
        pm.net(text)
    except pm.NetError as error:
        if not str(error).startswith(message):
            raise
        return False
    return True


NESTED = [
    ("f0 = relu", "f{i} = f{before} -> relu", "(4) -> f{}"),
    ("f0 = relu", "f{i} = residual(f{before})", "(4) -> f{}"),
    ("f0 = 4", "f{i} = f{before} + 1", "(4) -> dense(f{})"),
    ("f0 = 4", "f{i} = max(2, floor((f{before} + 1)/2)*2)", "(4) -> dense(f{})"),
    ("f0(x) = dense(x)", "f{i}(x) = f{before}(x + 1)", "(4) -> f{}(1)"),
    ("t0: (4) -> relu", "t{i}: @t{before} -> relu", "@t{} -> relu"),
]


@pytest.mark.slow(but_every=6)
@pytest.mark.parametrize(("first", "each", "last"), NESTED)
def test_definitions_in_definitions(first: str, each: str, last: str) -> None:
    message = f"the network is nested too deep: the limit is {MAX_NESTING} levels"
    low, high = 30, 3_000  # of these, all are shallow enough, and none is
    assert params(chained(low, first, each, last)) is not None
    assert refused(chained(high, first, each, last)).startswith(message)
    while high - low > 1:  # and nothing between them is anything else
        between = (low + high) // 2
        if fits(chained(between, first, each, last), message):
            low = between
        else:
            high = between


def test_axes() -> None:
    assert params(f"({', '.join(['2'] * MOST_AXES)}) -> relu") == 0
    assert refused(f"({', '.join(['2'] * (MOST_AXES + 1))}) -> relu").startswith(
        f"a shape of {MOST_AXES + 1} axes is too large: the limit is {MOST_AXES}\n"
    )


def test_a_sum_of_high_powers_stays_a_sum() -> None:
    """Its closed form would be longer than itself, and take as long as its degree is high, squared."""
    net = pm.net("(sum(i^400 for i in 1..n)) -> dense(1)")
    assert net.at(n=3).params == 1 + 2**400 + 3**400 + 1
