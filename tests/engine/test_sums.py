"""Sums over an index with open ends: their formulas have the values that plain Python adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate
from paramula.questions.statements import ask

NET = pm.net("(784) -> dense(10)")

# A sum, and the values that it adds up.
SUMS: list[tuple[str, Callable[..., Iterable[int]]]] = [
    # from an index that may be below 0
    ("sum(max(i-(a-b), 1) for i in a-b..a+n)", lambda a, b, n: (max(i - (a - b), 1) for i in range(a - b, a + n + 1))),
    ("sum(floor((i-a+b)/2) for i in a-b..a+n)", lambda a, b, n: ((i - a + b) // 2 for i in range(a - b, a + n + 1))),
    ("sum(i^2*b for i in a-b..a+n)", lambda a, b, n: (i * i * b for i in range(a - b, a + n + 1))),
    ("sum(abs(i) for i in -a..n)", lambda a, b, n: (abs(i) for i in range(-a, n + 1))),
    ("sum(max(i, 1) for i in 0..n)", lambda a, b, n: (max(i, 1) for i in range(n + 1))),
    ("sum(floor(a/(i+1)) for i in b-1..b+n)", lambda a, b, n: (a // (i + 1) for i in range(b - 1, b + n + 1))),
    ("sum(floor(a/i) for i in 62..65)", lambda a, b, n: (a // i for i in range(62, 66))),
]


@pytest.mark.parametrize(("text", "terms"), SUMS, ids=[text for text, _ in SUMS])
def test_a_sum_is_what_python_adds_up(text: str, terms: Callable[..., Iterable[int]]) -> None:
    size = ask(NET, text).value  # type: ignore[union-attr]
    for a, b, n in product((1, 2, 5, 200), (1, 3), (1, 2, 4)):
        assert evaluate(size, {"a": a, "b": b, "n": n}) == sum(terms(a, b, n)), (a, b, n)
