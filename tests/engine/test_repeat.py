"""Repeating is writing out: closed forms over a symbolic count against the copies traced one by one.

    pytest tests/engine/test_repeat.py                      300 random blocks
    PARAMULA_LONG=1 pytest tests/engine/test_repeat.py      3,000 random blocks

The two sides share no code: with the count as a number every copy is traced by itself.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import prod

import pytest
import sympy

import paramula as pm
from blocks import BLOCKS, FOUND, SEED, draw
from paramula.algebra.substitution import evaluate
from paramula.layers.words import QUANTITIES
from paramula.questions.statements import ask

REFUSED = ("follow no rule", "do not fit", "shared", "used twice")  # no closed shape, or a block that cannot be


def differences(text: str, rng: random.Random) -> tuple[str, list[str]]:
    """(what became of it, where the closed form differs from the copies written out)."""
    try:
        net = pm.net(text)
    except pm.NetError as error:
        return ("refused", []) if any(word in str(error) for word in REFUSED) else ("?", [str(error)])
    wrong = []
    answers = {}
    for name in QUANTITIES:
        try:
            answers[name] = net.quantity(name)
        except pm.NetError:
            continue  # a field or a stride that cannot be stated
    for n in (1, 2, 3, 4):
        values = {name: n if name == "n" else rng.randint(1, 6) for name in net.order}
        if not all(condition.holds(**values) for condition in net.conditions):
            continue
        try:
            written = net.at(**values)
        except pm.NetError as error:
            wrong.append(f"{values}: the conditions hold, but: {error}")
            continue
        for name, formula in answers.items():
            sizes = formula if isinstance(formula, tuple) else (formula,)
            got = tuple(evaluate(size, values) for size in sizes)
            want = written.quantity(name)
            if got != (want if isinstance(want, tuple) else (want,)):
                wrong.append(f"{name} at {values} is {got}, written out {want}")
            ends = net.ends(name) if not isinstance(formula, tuple) else None
            if ends is not None and not evaluate(ends[0], values) <= want <= evaluate(ends[1], values):
                wrong.append(f"{name} at {values} is {want}, not between {[evaluate(end, values) for end in ends]}")
    return ("sum" if "Sum(" in str(net.quantity("macs")) else "closed"), wrong


@pytest.mark.slow(but_every=10)
@pytest.mark.parametrize("chunk", range(10))
def test_repeating_is_writing_out(chunk: int) -> None:
    kinds: Counter[str] = Counter()
    for number in range(chunk, BLOCKS, 10):
        rng = random.Random(f"{SEED}:{number}")
        text = draw(rng)
        kind, wrong = differences(text, rng)
        kinds[kind] += 1
        assert not wrong, f"block {number}: {text}\n" + "\n".join(wrong)
    print(dict(kinds))
    assert kinds["closed"] + kinds["sum"] > kinds["refused"]


def test_weights_are_named_by_the_groups_around_them() -> None:
    """The first level differs from the others and is traced by itself; what stands behind all is outside of them."""
    levels = "(conv(3x3,4,same) -> inner -> conv(1x1,4)) for i in 1..n around inner = id"
    net = pm.net(f"(8,8,3) -> [{levels}] -> conv(1x1,3) -> dense(7)")
    inside = ["list.1.conv", "list.1.list.1.conv", "list.1.list.1.conv2", "list.1.conv2"]
    assert [t.path for t in net.tensors if t.role == "weight"] == [*inside, "conv", "dense"]


# What must hold, worked out by hand: as few conditions as say it, and as a person would.
CONDITIONS = {
    "(T,c) -> glu*n": ["c % 2^n == 0"],
    "(H,W,c) -> ((h,w,g) -> conv(1x1,g/2))*n": ["c % 2^n == 0"],
    "(H,W,c) -> unshuffle(2)*n": ["H % 2^n == 0", "W % 2^n == 0"],
    "(T,d) -> [attention(2^i) for i in 0..n]": ["d % 2^n == 0"],
    "(T,c) -> (conv(3,c) -> pool(2))*n": ["T >= 3*2^n - 2"],
    "(T,c) -> conv(3,c)*n": ["T >= 2*n + 1"],
    "(T,3) -> conv(3,c)*n": ["T >= 2*n + 1"],
    "(H,W,3) -> [(id | (pool(2) -> rest -> tconv(2,3,s=2))) -> conv(1x1,3) for i in 1..n around rest = id]": [
        "H % 2^n == 0", "W % 2^n == 0",
    ],
    "use unet\nunet_valid(n, c, (H,W,1), K)": [
        "(H + 4) % 2^n == 0", "(W + 4) % 2^n == 0", "H >= 12*2^n - 7", "W >= 12*2^n - 7",
    ],
    "use densenet_cifar\ndensenet_bc_cifar((L - 4)/6, k)": ["(L*k) % 8 == 0", "L % 6 == 4"],
    "(T,c) -> attention(h, nobias) -> linear(2*c, nobias) -> attention(2*h, nobias)": ["c % h == 0"],
    "(H,W,256) -> (gap -> dense(256/r)) -> dense(512) -> dense(512/r)": ["256 % r == 0"],
    "(n0) -> [dense(a*r^i) for i in 1..n]": ["r >= 2"],
    "shared f = dense(d)\n(d) -> f*(n-1)": ["n >= 2"],
}  # fmt: skip


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_are_few_and_readable(text: str) -> None:
    assert sorted(map(str, pm.net(text).conditions)) == sorted(CONDITIONS[text])


@pytest.mark.parametrize("order", ["moe(f,4,active=2)", "f -> moe(f,4,active=2)", "moe(f,4,active=2) -> f"])
def test_one_set_is_one_set_among_experts_too(order: str) -> None:
    """Four experts that share their weights are one set: d² + d, and the router 4d."""
    assert str(pm.net(f"shared f = dense(d)\n(d) -> {order}").params) == "d**2 + 5*d"


# Repetitions inside four experts of which two run: a linear layer of width 8 has 72 parameters and 64 products for each
# of 5 places, a router 32 and 160.
EXPERTS = [
    ("moe(linear(8)*n, 4, active=2)", lambda n: 32 + 4 * 72 * n, lambda n: 160 + 2 * 320 * n),
    ("moe(shared(linear(8))*n, 4, active=2)", lambda n: 32 + 72, lambda n: 160 + 2 * 320 * n),
    ("moe([f(i) for i in 1..n], 4, active=2)", lambda n: 32 + 72 * n, lambda n: 160 + 2 * 320 * n),
    ("moe([linear(8)*i for i in 1..n], 4, active=2)", lambda n: 32 + 4 * 36 * n * (n + 1),
     lambda n: 160 + 320 * n * (n + 1)),
    ("moe((ln -> moe(linear(8)*n, 3, active=1))*n, 4, active=2)",
     lambda n: 32 + 4 * n * (16 + 24 + 3 * 72 * n), lambda n: 160 + 2 * n * (120 + 320 * n)),
    ("moe([(linear(8) -> inner) for i in 1..n around inner = linear(8)], 4, active=2)",
     lambda n: 32 + 4 * 72 * (n + 1), lambda n: 160 + 2 * 320 * (n + 1)),
    ("moe(g*n, 4, active=2)", lambda n: 32 + 24 + 3 * 72 * n, lambda n: 160 + 2 * n * (120 + 2 * 320 * n)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "params", "macs"), EXPERTS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_repetitions_inside_experts_count_as_arithmetic_says(
    text: str, params: Callable[[int], int], macs: Callable[[int], int], n: int
) -> None:
    shared = "shared f(k) = linear(8)\nshared g = moe(linear(8)*n, 3, active=2)\n"
    net = pm.net(f"{shared}(5,8) -> {text}")
    for name, want in (("params", params(n)), ("macs", macs(n))):
        assert evaluate(net.quantity(name), {"n": n}) == want
        assert net.at(n=n).quantity(name) == want
        assert sum(evaluate(row.quantity(name), {"n": n}) for row in net.layers) == want
    sizes = [t.copies * prod(t.shape) for t in net.tensors]
    assert sum(sympy.sympify(size).subs(dict.fromkeys(net.symbols, n)) for size in sizes) == params(n)


@pytest.mark.parametrize("cost", ["memory(net)", "training_flops(net)", "bytes_moved(net)"])
@pytest.mark.parametrize("text", [text for text, _, _ in EXPERTS[:6]])
def test_costs_inside_experts_are_those_of_copies_written_out(text: str, cost: str) -> None:
    net = pm.net(f"shared f(k) = linear(8)\n(5,8) -> {text}")
    closed, written = (ask(it, f"0 + {cost}").value for it in (net, net.at(n=3)))  # type: ignore[union-attr]
    assert evaluate(closed, {"n": 3}) == written


SHARED = [  # what is shared would be another thing in every copy
    ("(T,f) -> [linear(f*i) -> shared(linear(f)) for i in m..n]", "the shared kernel would differ from copy to copy"),
    ("(T,f) -> [linear(f*i) -> shared(linear(f)) for i in 1..n]", "the shared kernel would differ from copy to copy"),
    ("shared f = linear(4)\n(T,4) -> [f -> linear(i) for i in 1..n]", "the shared kernel would differ from copy"),
    ("(T,4) -> [shared(linear(4)*i) for i in 1..n]", "the number of shared copies would differ from copy to copy: i"),
    ("shared f = linear(4)\n(T,4) -> [f -> [linear(i+j) for j in 1..n] -> f for i in 1..n]", "the shared kernel"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), SHARED)
def test_the_index_does_not_leave_the_copies_by_what_they_share(text: str, said: str) -> None:
    with pytest.raises(pm.NetError, match=said):
        pm.net(text)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("(T,4) -> [shared([linear(4) for j in i..i+2]) for i in 1..n]", "60"),
        ("(T,4) -> [shared([linear(4) for j in 1..m]) for i in 1..n]", "20*m"),
        ("(T,4) -> [[shared(linear(4)) for j in 1..i] for i in 1..n]", "20"),
        ("shared f(k) = linear(4)*k\n(T,4) -> [f(i) for i in 1..n]", "10*n**2 + 10*n"),
        ("shared f(k) = linear(k)\n(T,4) -> [f(i) -> linear(4) for i in 1..n]", "9*n**2/2 + 17*n/2"),
    ],
)
def test_what_is_shared_and_the_same_stays(text: str, params: str) -> None:
    """Counted by hand: a linear layer from 4 to 4 has 20 parameters, one from 4 to i has 5i, and one back 4i + 4."""
    assert str(pm.net(text).params.expand()) == params


# Widths of copies, by the index; the sum over them has a closed form.
WIDTHS: list[tuple[str, Callable[..., int]]] = [
    ("r^i", lambda i, r: r**i),
    ("r^(2*i)", lambda i, r: r ** (2 * i)),
    ("i*r^i", lambda i, r: i * r**i),
    ("i^2 + 3*i", lambda i, r: i**2 + 3 * i),
    ("2^i*r", lambda i, r: 2**i * r),
]


@pytest.mark.parametrize(("written", "width"), WIDTHS)
def test_sums_over_copies_are_closed_and_added_up_one_by_one(written: str, width: Callable[..., int]) -> None:
    net = pm.net(f"(3) -> [dense({written}) for i in 1..n] -> dense(r)")
    assert "Sum" not in str(net.params)
    for r, n in ((2, 1), (2, 4), (3, 3), (5, 2)):
        widths = [3, *(width(i, r) for i in range(1, n + 1)), r]
        want = sum((a + 1) * b for a, b in pairwise(widths))
        assert evaluate(net.quantity("params"), {"r": r, "n": n}) == want


def test_sums_of_sympy_begin_at_nought() -> None:
    """The index of an explicit sum is no positive symbol to SymPy: floor(2^-i) is 1 at 0."""
    net = pm.net("(T,c) -> conv(3,c,s=2,p=1)*n")
    T, c, n = net.symbols
    for values in ({T: 3, c: 1, n: 2}, {T: 39, c: 1, n: 1}, {T: 17, c: 3, n: 4}):
        assert net.macs.subs(values).doit() == net.at(**{str(s): v for s, v in values.items()}).macs


@pytest.mark.parametrize("text", FOUND)
def test_what_was_once_wrong_is_right(text: str) -> None:
    _, wrong = differences(text, random.Random(SEED))
    assert not wrong, "\n".join(wrong)


def test_a_row_of_a_repeat_speaks_of_the_index_as_written() -> None:
    net = pm.net("(8,8,1) -> [conv(3,i,same) for i in 1..n]")
    (inside,) = [row.row for row in net.layers if row.row.loops]
    assert evaluate(inside.shape[-1], {"i": 2}) == 2
