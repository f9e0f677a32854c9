"""Laws that hold for every network: a total is the sum of its rows, the tensors are the parameters."""

from __future__ import annotations

from typing import Any

import pytest

import paramula as pm
from paramula.algebra.known import same
from paramula.algebra.poly import total
from paramula.layers.facts import CATALOGUE, Facts
from paramula.measures.quantities import ADDITIVE
from places import NETWORKS

MORE = [
    "(T,d) -> moe(linear(4*d,gelu) -> linear(d), 8, active=2)*n",
    "shared f = dense(d,tanh)\n(d) -> (f -> dense(d))*n",
    "(d) -> (shared(dense(d)) -> dense(d))*n -> f*m; f = shared(dense(d)*n)",
    "(H,W,c) -> (residual(conv(3x3,c,same)) -> (id | conv(1x1,k)) -> conv(1x1,c))*n",
    "(8,8,4) -> (conv(3x3,8,same,prelu) | id) -> bn(noshift) -> gap -> fork(dense(3), dense(2, softmax))",
]
TEXTS = [pytest.param(p.read_text("utf-8"), id=f"{p.parent.name}/{p.stem}") for p in NETWORKS] + MORE


@pytest.mark.parametrize("text", TEXTS)
def test_a_total_is_the_sum_of_its_rows(text: str) -> None:
    net = pm.net(text)
    for name in ADDITIVE:
        rows = total(row.quantity(name) for row in net.layers)
        assert same(rows, net.quantity(name)), name


@pytest.mark.parametrize("text", TEXTS)
def test_quantities_fit_together(text: str) -> None:
    net = pm.net(text)
    ask = net.quantity
    assert same(ask("weights") + ask("biases"), ask("params"))
    assert ask("trainable") == ask("params")
    assert same(ask("flops"), 2 * ask("macs"))


@pytest.mark.parametrize("text", TEXTS)
def test_the_tensors_are_the_parameters(text: str) -> None:
    net = pm.net(text)
    values = {name: value for value, name in enumerate(net.order, 2)} | {
        n: 8 for n in ("h", "g", "kv") if n in net.order
    }
    try:
        net = net.at(**values)
    except pm.NetError:
        pytest.skip("the conditions do not hold for these numbers")
    sizes = {"weight": 0, "bias": 0, "state": 0}
    for tensor in net.tensors:
        size = tensor.copies
        for n in tensor.shape:
            size *= n
        sizes[tensor.role] += size
    assert sizes == {"weight": net.weights, "bias": net.biases, "state": net.state}
    assert len({(t.path, t.name) for t in net.tensors}) == len(net.tensors)


@pytest.mark.parametrize("text", TEXTS)
def test_the_canonical_text_says_the_same(text: str) -> None:
    net = pm.net(text)
    again = pm.net(net.text)
    assert again.text == net.text
    assert again.quantity("params") == net.quantity("params")
    assert again.quantity("shape") == net.quantity("shape")


def test_lambdify_divides_whole_numbers_exactly() -> None:
    """`sympy.lambdify` is how many would evaluate a formula: roundings stay exact in it."""
    import sympy

    net = pm.net("(H,W,3) -> conv(3x3,8,s=2) -> gap")
    function = sympy.lambdify(net.symbols, net.macs)
    for size in range(3, 40):
        assert function(size, size + 3) == net.at(H=size, W=size + 3).macs


def test_what_is_surely_not_negative_is_not_negative() -> None:
    """Random sums of powers, high ones too: what is said for all values holds for those that are tried."""
    from random import Random

    from paramula.algebra.known import nonnegative
    from paramula.algebra.poly import symbol, total
    from paramula.algebra.powers import power
    from paramula.algebra.substitution import evaluate

    rng = Random(2026)
    x, y, said = symbol("x"), symbol("y"), 0
    for _ in range(400):
        size = total(
            rng.randint(-6, 9) * power(x, rng.choice([0, 1, 2, 8, 9, 10, 11, 40])) * power(y, rng.choice([0, 1, 9, 10]))
            * power(2, x * rng.choice([0, 1, 2]))
            for _ in range(rng.randint(1, 4))
        )  # fmt: skip
        if nonnegative(size):
            said += 1
            assert all(evaluate(size, {"x": a, "y": b}) >= 0 for a in range(1, 12) for b in range(1, 12)), size
    assert said > 40


@pytest.mark.parametrize(("chain", "asked"), [("conv(3x3,8,same)", 2), ("(conv(3x3,8,same) -> conv(5x5,8,same))", 3)])
def test_a_layer_is_asked_once_for_the_same_facts(chain: str, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty copies written out are asked no more often than two: once for 3 channels, then for each call on 8."""
    calls = []

    def counted(*args: Any, **options: Any) -> Facts:
        calls.append(args)
        return layer.facts(*args, **options)

    layer = CATALOGUE["conv"]
    monkeypatch.setitem(CATALOGUE, "conv", layer._replace(facts=counted))
    pm.net("(32,32,3) -> " + " -> ".join([chain] * 20))
    assert len(calls) == asked
