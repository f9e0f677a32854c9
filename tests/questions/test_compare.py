"""`compare`: networks side by side, counted by hand, and every message."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import os
import random
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.poly import Poly, symbol
from paramula.algebra.search.contest import less
from paramula.algebra.substitution import evaluate
from paramula.errors import NetError
from paramula.measures import quantities
from paramula.measures.traced import Traced
from paramula.questions.compare import Compared
from paramula.questions.statements import answer, read

LONG = bool(os.environ.get("PARAMULA_LONG"))


def compare(text: str) -> Compared:
    """The answer to the last statement of a program."""
    program = read(text)
    side_by_side = answer(program, program.root.statements[-1], {})
    assert isinstance(side_by_side, Compared)
    return side_by_side


def table(answer: Compared) -> dict[str, tuple[Any, ...]]:
    return {row.quantity: (row.values, row.differences, row.ratios) for row in answer.rows}


# A separable convolution beside a plain one: 9·3·16 + 16 against 9·3 + 3 + 3·16 + 16 and 2·16 of the norm, and 4·10 + …
PLAIN = "a = (8,8,3) -> conv(3x3,16,same) -> gap -> dense(10)\n"
APART = "b = (8,8,3) -> dwconv(3x3,same) -> conv(1x1,16) -> bn -> gap -> dense(10)\n"


def test_numbers_side_by_side() -> None:
    a = {"params": 27 * 16 + 16 + 170, "macs": 64 * 27 * 16 + 160, "activations": 64 * 16 + 10, "depth": 2}
    b = {
        "params": 27 + 3 + 48 + 16 + 32 + 170,
        "macs": 64 * 27 + 64 * 48 + 160,
        "activations": 64 * 3 + 64 * 16 + 10,
        "depth": 3,
    }
    expected = {q: ((a[q], b[q]), (b[q] - a[q],), (Fraction(b[q], a[q]),)) for q in a}
    assert table(compare(PLAIN + APART + "compare a, b")) == {**expected, "state": ((0, 32), (32,), (None,))}


def test_each_is_compared_with_the_first() -> None:
    answer = compare("compare 4 -> dense(2), 4 -> dense(4), 4 -> dense(1)")
    assert answer.names == ("4 -> dense(2)", "4 -> dense(4)", "4 -> dense(1)")
    assert table(answer)["params"] == ((10, 20, 5), (10, -5), (2, Fraction(1, 2)))


def test_published_networks_by_their_names() -> None:
    row = table(compare("compare resnet50, vgg16"))["params"]  # as PyTorch counts them
    assert row == ((25557032, 138357544), (112800512,), (Fraction(138357544, 25557032),))


def test_what_no_network_has_is_left_out() -> None:
    assert list(table(compare(PLAIN + "compare a, a"))) == ["params", "macs", "activations", "depth"]
    assert list(table(compare("compare (8,8,3) -> relu, (8,8,3) -> pool(2)"))) == ["params"]


FORMULAS = "a = (H,W,c) -> conv(3x3,f,same)\nb = (H,W,c) -> dwconv(3x3,same) -> conv(1x1,f)\n"


def test_formulas_are_closed_and_exact() -> None:
    answer = compare(FORMULAS + "compare a, b")
    assert answer.order == ("H", "W", "c", "f")
    for c, f in ((1, 1), (3, 64), (128, 256)):
        place = {"H": 7, "W": 5, "c": c, "f": f}
        a, b = 9 * c * f + f, 9 * c + c + c * f + f
        values, (difference,), (ratio,) = table(answer)["params"]
        found = [evaluate(size, place) for size in (*values, difference, ratio)]
        assert found == [a, b, b - a, Fraction(b, a)]
    assert isinstance(table(answer)["macs"][2][0], Poly)


def test_the_same_formula_has_the_ratio_one() -> None:
    values, differences, ratios = table(compare(FORMULAS + "compare a, (H,W,c) -> conv(3x3,f,same)"))["params"]
    assert values[0] == values[1]
    assert (differences, ratios) == ((0,), (1,))


def test_numbers_in_place_of_symbols() -> None:
    """(a at c=3, f=16) stands for a network with these numbers, and a keeps its symbols."""
    answer = compare(FORMULAS + "compare (a at c=3, f=16), (b at c=3, f=16)")
    assert table(answer)["params"] == ((448, 94), (-354,), (Fraction(94, 448),))
    assert answer.names == ("(a at c=3, f=16)", "(b at c=3, f=16)")
    assert answer.order == ("H", "W")


def test_conditions_and_what_was_assumed_are_told() -> None:
    answer = compare("assume f % 4 == 0\ncompare conv(3x3,f), (H,W,3) -> conv(3x3,f) -> conv(5x5,f)")
    assert answer.conditions == ("H_in >= 3", "W_in >= 3", "H >= 7", "W >= 7")
    assert answer.notes == ("f % 4 == 0", "conv(3x3, f): the input is (H_in, W_in, C)")


def test_a_quantity_without_an_answer_is_missing_and_the_reason_told(monkeypatch: pytest.MonkeyPatch) -> None:
    of = quantities.of

    def without_depth(traced: Traced, name: str) -> Any:
        if name == "depth" and len(traced.ops) == 1:
            raise NetError("there is none")
        return of(traced, name)

    monkeypatch.setattr(quantities, "of", without_depth)
    answer = compare("compare 4 -> dense(2), 4 -> dense(2) -> dense(2)")
    assert table(answer)["depth"] == ((None, 2), (None,), (None,))
    assert answer.notes == ("4 -> dense(2) has no depth: there is none",)


MESSAGES = [
    (
        PLAIN + "compare a",
        """
compare takes two networks or more
  line 2
  compare a
  ^^^^^^^^^
hint: compare a, …
""",
    ),
    (
        PLAIN + APART + "compare(a, b)",
        """
compare takes two networks or more
  line 3
  compare(a, b)
  ^^^^^^^^^^^^^
hint: compare a, b
""",
    ),
    (
        PLAIN + "compare a, params(a)",
        """
compare takes networks, but this is a number
  line 2
  compare a, params(a)
             ^^^^^^^^^
hint: write a: params and more are compared
""",
    ),
    (
        PLAIN + "compare a, (8,8,3)",
        """
compare takes networks, but this is a shape
  line 2
  compare a, (8,8,3)
             ^^^^^^^
""",
    ),
    (
        PLAIN + "compare a, reznet50",
        """
there is no layer called 'reznet50'
  line 2
  compare a, reznet50
             ^^^^^^^^
hint: did you mean 'resnet50'?
""",
    ),
    (
        PLAIN + "compare a, (a at f=3)",
        """
there is no symbol called 'f'
  line 2
  compare a, (a at f=3)
                   ^^^
hint: there are no symbols
""",
    ),
    (
        PLAIN + "compare a, (8,8,3) -> conv(9x9,2)",
        """
conv: the window covers 9 places, but the input has 8; (8, 8, 3) comes in
  line 2
  compare a, (8,8,3) -> conv(9x9,2)
                        ^^^^^^^^^^^
""",
    ),
]


@pytest.mark.parametrize(("text", "said"), MESSAGES, ids=[text.split("\n")[-1] for text, _ in MESSAGES])
def test_the_message_is_exactly(text: str, said: str) -> None:
    with pytest.raises(NetError) as error:
        compare(text)
    assert str(error.value) == said.strip()


# By hand: weights and products of the layers, divided by what both sides share.
VERDICTS = [
    ("(H,W,c) -> sepconv((k,k),f,same,nobias)", "(H,W,c) -> conv((k,k),f,same,nobias)",
     "params: a has less where 1/f + 1/k^2 < 1"),  # c k^2 + c f < c k^2 f (Howard et al. 2017, section 3.1)
    ("(T,d) -> attention(h)", "(T,d) -> linear(4*d) -> linear(d)", "macs: a has less where T < 2*d"),
    ("(T,d) -> linear(4*d) -> linear(d)", "(T,d) -> attention(h)", "macs: a has less where T > 2*d"),
    ("(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", "params: a has less where n <= 10"),  # n^2 + n < 11n + 5
    ("(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", "params: b / a tends to 0 as n grows"),
    ("(n) -> dense(5) -> dense(n)", "(n) -> dense(n)", "params: b / a grows without end as n grows"),
    ("(n) -> dense(2*n)", "(n) -> dense(3*n)", "params: a always has less"),
    ("(n) -> dense(3*n)", "(n) -> dense(2*n)", "params: b always has less"),
    ("(n) -> dense(3*n)", "(n) -> dense(2*n) -> dense(1)", "params: b / a tends to 2/3 as n grows"),
    ("(n) -> dense(n)", "(n) -> dense(n, relu)", "params: both have the same"),
]  # fmt: skip


# h is a multiple of g, so that g > h is nowhere; and n^2 + n < 11n + 5 up to n = 10.
HELD = [
    ("", "(T,d) -> attention(h)", "(T,d) -> attention(h, kv=g)", {"b has less where h > g"}),
    ("assume g < h", "(T,d) -> attention(h)", "(T,d) -> attention(h, kv=g)", {"b always has less"}),
    ("assume n % 8 == 0", "(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", {"a has less where n == 8"}),
    ("assume n % 4 == 3", "(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", {"a has less where 3 <= n <= 7"}),
    ("assume n >= 12", "(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", {"b always has less"}),
    ("assume n <= 9", "(n) -> dense(n)", "(n) -> dense(5) -> dense(n)", {"a always has less"}),
    (
        "",
        "(n,n,1) -> conv(11,1,nobias) -> flatten -> dense(n)",
        "(n,n,1) -> flatten -> dense(n)",
        {"a always has less"},
    ),
]


@pytest.mark.parametrize(("assumption", "a", "b", "said"), HELD)
def test_regions_are_of_numbers_that_both_networks_can_have(assumption: str, a: str, b: str, said: set[str]) -> None:
    verdicts = compare(f"{assumption}\na = {a}\nb = {b}\ncompare a, b").verdicts
    params = {it.removeprefix("params: ") for it in verdicts if it.startswith("params: ")}
    assert {it for it in params if " / " not in it} == said
    assert not any(it.endswith(("as h grows", "as g grows")) for it in params)  # d is not without end
    assert not (assumption.startswith("assume n <=") and any(it.endswith("grows") for it in params))


@pytest.mark.parametrize(("a", "b", "said"), VERDICTS)
def test_where_which_is_cheaper(a: str, b: str, said: str) -> None:
    assert said in compare(f"a = {a}\nb = {b}\ncompare a, b").verdicts


def test_where_one_size_is_less_is_where_it_is() -> None:
    """Random polynomials in two symbols: what is said is true at every point of a grid."""
    rng = random.Random(5)
    x, y = symbol("x"), symbol("y")
    for _ in range(3_000 if LONG else 400):
        sizes: list[Any] = []
        for _ in range(2):
            size: Any = rng.randint(0, 6)
            for _ in range(rng.randint(1, 3)):
                size += rng.randint(1, 9) * x ** rng.randint(0, 2) * y ** rng.randint(0, rng.choice([0, 2]))
            sizes.append(size)
        where = less(*sizes, ["x", "y"])
        for values in ({"x": i, "y": j} for i in range(1, 9) for j in range(1, 9)):
            a, b, left, right = (Fraction(evaluate(it, values)) for it in (*sizes, where.left, where.right))
            said = where.always if where.always is not None else left < right
            if where.intervals:
                at = values[where.name]
                said = any(low <= at and (high is None or at <= high) for low, high in where.intervals)
            assert said == (a < b), (sizes, where, values)


# What is said of two networks, against the networks with numbers in place at every point of a grid.
GRID = {"T": (1, 3, 8, 9), "d": (1, 4, 6, 12, 24), "h": (1, 2, 3, 6), "g": (1, 2, 6), "k": (1, 2, 3, 6, 10)}
WIDE = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 48, 60, 97, 128, 240)
PAIRED = [
    ["(T,d) -> attention(h)", "(T,d) -> attention(h, kv=g)", "(T,d) -> attention(h, kv=g, dim=k)",
     "(T,d) -> linear(d*k)", "(T,d) -> attention(h) -> linear(4*d) -> linear(d)", "(T,d) -> attention(2*h, kv=h)",
     "(T,d) -> conv(k, d)"],
    ["(T,T,d) -> conv(k, d, g=g)", "(T,T,d) -> conv(k, d, same)", "(T,T,d) -> conv(3, h) -> conv(3, d)",
     "(T,T,d) -> pool(2) -> conv(k, d)", "(T,T,d) -> gn(g) -> conv(1, 2*d, g=h)",
     "(T,T,d) -> unshuffle(2) -> conv(1, d)"],
    ["(k) -> dense(k)", "(k) -> dense(5) -> dense(k)", "(k) -> reshape(k/2, 2) -> linear(7)", "(k) -> dense(3*k)"],
]  # fmt: skip
ASSUMED: dict[str, Callable[[Any], bool]] = {
    "": lambda at: True,
    "assume h % 2 == 0\n": lambda at: at.get("h", 2) % 2 == 0,
    "assume k >= 3\n": lambda at: at.get("k", 3) >= 3,
    "assume d <= 12\n": lambda at: at.get("d", 1) <= 12,
    "assume g > 1, h >= g\n": lambda at: at.get("g", 2) > 1 and at.get("h", 9) >= at.get("g", 1),
}


@functools.cache
def written(text: str) -> Any:
    return pm.net(text)


@functools.cache
def at_point(text: str, values: tuple[int, ...]) -> dict[str, int] | None:
    """A network's numbers, or nothing where it does not exist."""
    net = written(text)
    try:
        net = net.at(**dict(zip(net.order, values, strict=True)))
    except NetError:
        return None
    return {quantity: net.quantity(quantity) for quantity in ("params", "macs", "activations", "depth", "state")}


def seen(pair: tuple[str, str], names: list[str], assumption: str, holds: Callable[[dict[str, int]], bool]) -> bool:
    """Whether a point of a wider grid meets a claim, and both networks exist there."""
    rng = random.Random(1)
    for _ in range(20_000):
        values = {name: rng.choice(WIDE) for name in names}
        with contextlib.suppress(ZeroDivisionError):  # where there is no network
            if holds(values) and ASSUMED[assumption](values):
                if all(at_point(text, tuple(values[name] for name in written(text).order)) for text in pair):
                    return True
    return False


@pytest.mark.slow(only="-[01]")
@pytest.mark.parametrize("group", range(len(PAIRED)))
@pytest.mark.parametrize("assumption", ASSUMED)
def test_what_is_said_is_true_where_both_networks_exist_and_somewhere(group: int, assumption: str) -> None:
    """Brute force: a region is where the first has less, at some point; who always has less has so at every one; and
    a symbol that grows can."""
    pairs = list(itertools.permutations(PAIRED[group], 2))
    for one, two in pairs if LONG else random.Random(f"{group}{assumption}").sample(pairs, 6):
        names = [name for name in GRID if name in written(one).order + written(two).order]
        if assumption and not set(names) & set(assumption):
            continue
        points = []
        for numbers in itertools.product(*(GRID[name] for name in names)):
            values = dict(zip(names, numbers, strict=True))
            if not ASSUMED[assumption](values):
                continue
            both = [at_point(text, tuple(values[name] for name in written(text).order)) for text in (one, two)]
            if None not in both:
                points.append((values, *both))
        try:
            answer = compare(f"{assumption}a = {one}\nb = {two}\ncompare a, b")
        except NetError:
            continue
        for said in answer.verdicts:
            quantity, claim = said.split(": ", 1)
            name, _, region = claim.partition(" has less where ")
            sizes = [(values, a[quantity], b[quantity]) for values, a, b in points]
            sizes = [(values, *(pair if name[0] != "b" else pair[::-1])) for values, *pair in sizes]
            if region:
                code = compile(re.sub(r"(?<![\w.])(\d+)", r"F(\1)", region.replace("^", "**")), "region", "eval")

                def there(values: dict[str, int], code: Any = code) -> bool:
                    numbers = {name: Fraction(value) for name, value in values.items()}
                    return bool(eval(code, {"F": Fraction, "floor": math.floor}, numbers))

                assert [there(values) for values, _, _ in sizes] == [a < b for _, a, b in sizes], (one, two, said)
                somewhere = any(a < b for _, a, b in sizes) or seen((one, two), names, assumption, there)
                assert somewhere, (one, two, said)
            elif claim.endswith("always has less"):
                assert all(a < b for _, a, b in sizes), (one, two, said)
            elif claim == "both have the same":
                assert all(a == b for _, a, b in sizes), (one, two, said)
            else:
                grows = claim.rsplit(" ", 2)[1]
                assert seen((one, two), names, assumption, lambda at, s=grows: at[s] > 100), (one, two, said)  # type: ignore[misc]
                assert (grows, assumption) != ("d", "assume d <= 12\n"), (one, two, said)
                if "attention(h)" in one + two:  # which divides d, and is a multiple of g
                    assert grows != "h", (one, two, said)


@pytest.mark.parametrize(("roots", "listed"), [(7, 4), (9, 0)])
def test_few_intervals_are_listed_and_many_are_an_inequality(roots: int, listed: int) -> None:
    """(x - 3)·(x - 6)·… is above 0 behind every second root: between 3 and 6 for an odd number of them."""
    x, above, below = symbol("x"), symbol("x") * 0, symbol("x") * 0
    product: Any = 1
    for n in range(1, roots + 1):
        product = product * (x - 3 * n)
    for mono, c in product.terms.items():  # both sides without a minus
        above, below = (above + Poly({mono: c}), below) if c > 0 else (above, below - Poly({mono: c}))
    where = less(below, above, ["x"])
    assert len(where.intervals) == listed
    assert where.intervals[:1] == (((4, 5),) if listed else ())
