"""`equal`: what is proved holds at every point of a grid, and a witness is one."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.poly import symbol
from paramula.algebra.rounding import ceiling, floor
from paramula.algebra.substitution import evaluate
from paramula.engine.program import published
from paramula.questions.equal import compared, equal

LONG = bool(os.environ.get("PARAMULA_LONG"))


def test_random_sizes_are_told_apart_or_are_the_same() -> None:
    rng = random.Random(11)
    x, y = symbol("x"), symbol("y")

    def size(depth: int) -> Any:
        if depth == 0:
            return rng.choice([x, y, rng.randint(1, 5)])
        a, b = size(depth - 1), size(depth - 1)
        return rng.choice([lambda: a + b, lambda: a * b, lambda: floor(a + b, 2), lambda: ceiling(a, 3)])()

    verdicts = []
    for _ in range(3_000 if LONG else 300):
        a = size(2)
        b = rng.choice([size(2), a + 0, (a + 1) * (a - 1) + 1 - a * a + a])
        verdict, witness = equal(a, b)
        verdicts.append(verdict)
        at = [{"x": i, "y": j} for i in range(1, 8) for j in range(1, 8)]
        differ = [values for values in at if evaluate_both(a, b, values)]
        assert verdict != "equal" or not differ, (a, b)
        assert verdict != "unknown" or not differ, (a, b)
        if verdict == "different":
            assert evaluate_both(a, b, {"x": 1, "y": 1, **witness}), (a, b, witness)
    assert {"equal", "different"} <= set(verdicts)


def evaluate_both(a: Any, b: Any, values: dict[str, int]) -> bool:
    return evaluate(a + 0 * symbol("x"), values) != evaluate(b + 0 * symbol("x"), values)


@pytest.mark.parametrize(
    ("a", "b"), [("(8,8,3) -> gap", "(8,8,3) -> id"), ("(H,W,c)", "(H,W,c) -> flatten(space)"), ("(T,c)", "(T,c,1)")]
)
def test_networks_with_other_axes_are_different(a: str, b: str) -> None:
    nets = pm.net(a), pm.net(b)
    found = compared("a and b", *nets)
    assert (found.verdict, found.of, found.witness) == ("different", "shape", ())
    assert [len(side) for side in (found.left, found.right)] == [len(net.shape) for net in nets]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", sorted(published())[::9])
def test_a_network_is_itself_and_not_with_a_layer_more(name: str) -> None:
    net = pm.net(name)
    assert compared("", net, pm.net(name)).verdict == "equal"
    if len(net.shape) == 1:
        assert compared("", net, pm.net(f"{name} -> dense(7)")).verdict == "different"
