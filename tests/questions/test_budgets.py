"""`solve` beyond one number: ranges, linked symbols, the frontier of several, formulas; from Python, and as JSON.

Random problems are compared with trying all numbers, and certificates with what the sentences say.

PARAMULA_LONG=1 pytest tests/questions/test_budgets.py      2,000 random problems of each kind
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate
from paramula.engine.trace import asker
from paramula.formats.json import replies_text
from paramula.formats.replies import text
from paramula.questions.budgets import Frontier, Rooted, Within
from paramula.questions.solve import clauses_of
from paramula.questions.statements import answer, read

PROBLEMS = 2_000 if os.environ.get("PARAMULA_LONG") else 100
RANGE = 120  # numbers that are tried one by one
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b, "==": lambda a, b: a == b,
}  # fmt: skip


def solve(said: str) -> Any:
    """The answer to the last statement of a program."""
    program = read(said)
    return answer(program, program.root.statements[-1], {})


IMAGE = "net = (H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)\n"  # 27f + f + 10f + 10 = 38f + 10 parameters
TWO = "net = (9,9,3) -> conv(3x3,f,same) -> conv(1x1,d) -> gap -> dense(2)\n"  # 27f + f + fd + d + 2d + 2


# Ranges.

# A program, each interval as (first, last, how many, the number before, the number behind), and the note.
RANGES: list[tuple[str, list[tuple[Any, ...]], str]] = [
    (IMAGE + "solve 1M <= params(net) <= 2M for f", [(26316, 52631, 26316, 26315, 52632)], ""),
    (IMAGE + "solve 2M > params(net) > 1M for f", [(26316, 52631, 26316, 26315, 52632)], ""),
    (IMAGE + "solve params(net) >= 1M, params(net) <= 2M for f where f % 64 == 0",
     [(26368, 52608, 411, 26304, 52672)], ""),
    (IMAGE + "solve params(net) <= 100, f >= 1 for f", [(1, 2, 2, None, 3)], ""),
    (IMAGE + "solve params(net) >= 100, f >= 1, f == f for f", [(3, None, None, 2, None)],
     "there is no largest f: every one from 3 on meets the claim"),
    ("solve f^2 == 49, f >= 2 for f", [(7, 7, 1, 6, 8)], ""),
    ("solve f^2 == 49, f >= 8 for f", [], "no f meets the claim"),
    ("solve 21 <= 10*f - f^2 <= 24 for f", [(3, 4, 2, 2, 5), (6, 7, 2, 5, 8)], ""),
    ("solve 1 <= f % 3 <= 1 for f where f <= 8", [(1, 1, 1, None, 2), (4, 4, 1, 3, 5), (7, 7, 1, 6, 8)], ""),
    ("solve 10 <= f <= 400 for f where 360 % f == 0", [(10, 360, 16, 9, None)], ""),
    ("solve 10 <= f^2 <= 100 for f where f % 2 == 0, f % 2 == 1", [], "no f meets the conditions"),
    ("solve 10^300 <= f^3 <= 10^303 for f", [(10**100, 10**101, 9 * 10**100 + 1, 10**100 - 1, 10**101 + 1)], ""),
]  # fmt: skip


def of_place(place: Any) -> Any:
    return None if place is None else place.at


def number(place: Any) -> Any:
    return None if place is None else place.at[0]


def spans(found: Within) -> list[tuple[Any, ...]]:
    return [
        (number(it.ends[0]), number(it.ends[-1]) if it.many is not None else None, it.many, *map(number, it.beside))
        for it in found.intervals
    ]


@pytest.mark.parametrize(("said", "intervals", "note"), RANGES, ids=[case[0].split("\n")[-1] for case in RANGES])
def test_a_range_is(said: str, intervals: list[Any], note: str) -> None:
    found = solve(said)
    assert isinstance(found, Within)
    assert (spans(found), found.note) == (intervals, note)


def test_there_may_be_many_intervals() -> None:
    found = solve("solve 1 <= f % 3 <= 1 for f")
    assert [number(it.ends[0]) for it in found.intervals] == list(range(1, 60, 3))
    assert found.note == "these are the first 20 intervals; there are more"


def polynomial(rng: random.Random, names: str, signs: tuple[int, ...] = (1, -1)) -> tuple[str, Callable[..., int]]:
    """A sum of monomials with a text and as a function."""
    terms = []
    for _ in range(rng.randint(1, 4)):
        c = rng.choice(signs) * rng.choice([1, 1, 2, 3, 7, 20])
        powers = [rng.choice([0, 1, 1, 2]) for _ in names]
        terms.append((c, powers, rng.choice([1, 1, 1, 2, 3])))
    parts = []
    for c, powers, over in terms:
        inside = "*".join([str(abs(c)), *(f"{n}^{e}" for n, e in zip(names, powers, strict=True))])
        parts.append(
            f"{'+' if c > 0 else '-'} floor({inside}/{over})" if over > 1 else f"{'+' if c > 0 else '-'} {inside}"
        )

    def value(*at: int) -> int:
        total = 0
        for c, powers, over in terms:
            term = abs(c)
            for n, e in zip(at, powers, strict=True):
                term *= n**e
            total += (1 if c > 0 else -1) * (term // over)
        return total

    return f"0 {' '.join(parts)}", value


def test_random_ranges_against_trying_all_numbers() -> None:
    rng = random.Random("ranges")
    for _ in range(PROBLEMS):
        (said, left), m, r = polynomial(rng, "f"), rng.choice([1, 1, 2, 3, 5]), rng.randint(0, 4)
        low = rng.randint(-50, 300)
        high = low + rng.randint(0, 900)
        where = f" where f % {m} == {r % m}, f <= {RANGE}"
        claim = rng.choice([f"{low} <= {said} < {high}", f"{said} >= {low}, {said} < {high}"])
        allowed = [f for f in range(1, RANGE + 1) if f % m == r % m]
        expected: list[list[int]] = [[]]
        for f in allowed:
            if low <= left(f) < high:
                expected[-1].append(f)
            elif expected[-1]:
                expected.append([])
        expected = [run for run in expected if run]
        found = solve(f"solve {claim} for f{where}")
        assert isinstance(found, Within)
        if found.note.startswith("these are the first"):
            expected = expected[: len(found.intervals)]
        assert [(number(it.ends[0]), number(it.ends[-1]), it.many) for it in found.intervals] == [
            (run[0], run[-1], len(run)) for run in expected
        ], claim + where
        for it in found.intervals:
            at = [number(it.ends[0]), number(it.ends[-1])]
            before = max((f for f in allowed if f < at[0]), default=None)
            after = min((f for f in allowed if f > at[-1]), default=None)
            assert tuple(map(number, it.beside)) == (before, after)
            for place in (*it.ends, *it.beside):
                assert place is None or {a for a, b in place.sides} == {left(*place.at)}
            assert all(b is None or not low <= left(*b.at) < high for b in it.beside)


@pytest.mark.slow
def test_numbers_may_be_longer_than_python_prints() -> None:
    assert text(solve("solve 10^5000 <= f <= 10^5000 + 9 for f")).startswith(
        f"f = 1{'0' * 5000}..1{'0' * 4999}9: 10 numb"
    )
    assert f"1{'0' * 5000}" in text(solve("solve f*d <= 10^5000 for f, d where f % 10^4999 == 0"))
    assert text(solve("solve f <= 10^5000 for f")).startswith(f"f = 1{'0' * 5000}: f = 100,000")


# Linked symbols.

GPT = "solve params(gpt2(L=12,d=d,h=h)) <= 1G for"  # 12·12·d² + 13·12·d + 50257·d + 1024·d + 2·d
LINKED: list[tuple[str, list[int], list[int], dict[str, int]]] = [
    (f"{GPT} h where d == 64*h", [38], [39], {"d": 2432}),
    (f"{GPT} d where d == 64*h", [2432], [2496], {"h": 38}),
    (f"{GPT} d where 64*h == d, h % 8 == 0", [2048], [2560], {"h": 32}),
    ("solve f^2 <= 10000 for h where d == 64*h, f == 4*d", [], [1], {"d": 64, "f": 256}),
    ("solve f^2 <= 1M for h where f == 4*d, d == 64*h", [3], [4], {"d": 192, "f": 768}),
    ("solve f^2 <= 1M for f where f == 4*d, d == 64*h", [768], [1024], {"d": 192, "h": 3}),
    ("solve f <= 100 for f where 3*f == 2*g", [100], [102], {"g": 150}),
    ("solve f <= 100 for f where 2*f == 3*g", [99], [102], {"g": 66}),
    ("solve f <= 100 for f where f == 3*g + 2, g <= 20", [62], [], {"g": 20}),
    ("solve f + g <= 100 for f where f + g == 90, g >= 7", [83], [], {"g": 7}),
    ("assume d <= 100\nsolve d + h <= 1000 for h where d == 7*h", [14], [], {"d": 98}),
]


@pytest.mark.parametrize(("said", "found", "beside", "links"), LINKED, ids=[case[0] for case in LINKED])
def test_a_link_puts_a_symbol_in_its_place(
    said: str, found: list[int], beside: list[int], links: dict[str, int]
) -> None:
    answered = solve(said)
    assert ([it.at for it in answered.found], [it.at for it in answered.beside]) == (found, beside)
    at = (found or beside)[0]
    assert {name: evaluate(size, {answered.name: at}) for name, size in answered.links} == links


def test_random_links_against_trying_all_pairs() -> None:
    rng = random.Random("links")
    for _ in range(PROBLEMS):
        said, left = polynomial(rng, "fg", (1,))
        a, b, c = rng.randint(1, 6), rng.randint(1, 6), rng.randint(-4, 8)
        limit, m = rng.randint(1, 4000), rng.choice([1, 1, 2, 3])
        link = rng.choice([f"{a}*f == {b}*g + {c}", f"{b}*g == {a}*f - ({c})", f"0 == {a}*f - {b}*g - ({c})"])
        relation = rng.choice(["<=", "<", ">=", ">"])
        question = f"solve {said} {relation} {limit} for f where {link}, f <= {RANGE}, g % {m} == 0"
        pairs = {f: (a * f - c) // b for f in range(1, RANGE + 1) if (a * f - c) % b == 0 and a * f - c > 0}
        pairs = {f: g for f, g in pairs.items() if g % m == 0}
        meet = [f for f, g in pairs.items() if COMPARE[relation](left(f, g), limit)]
        best = (meet[-1:] if relation[0] == "<" else meet[:1]) if meet else []
        found = solve(question)
        if found.note.startswith("the claim holds for every"):
            assert meet == list(pairs), question
            continue
        assert [it.at for it in found.found] == best, question
        for point in (*found.found, *found.beside):
            assert (point.left, point.right) == (left(point.at, pairs[point.at]), limit), question
        if best:
            near = [f for f in pairs if (f > best[0] if relation[0] == "<" else f < best[0])]
            assert [it.at for it in found.beside] == (near[:1] if relation[0] == "<" else near[-1:]), question


# Several symbols.


def dominated(a: tuple[int, ...], b: tuple[int, ...], aim: int) -> bool:
    """Whether b is another point and at least as great (small) in every symbol."""
    return a != b and all(aim * x <= aim * y for x, y in zip(a, b, strict=True))


# A program, its points, and the numbers beside each of them.
POINTS: list[tuple[str, str, list[tuple[Any, ...]], list[list[Any]]]] = [
    ("solve f*d <= 6 for f, d", "maximal", [(1, 6), (2, 3), (3, 2), (6, 1)],
     [[(2, 6), (1, 7)], [(3, 3), (2, 4)], [(4, 2), (3, 3)], [(7, 1), (6, 2)]]),
    ("solve f*d > 6 for f, d", "minimal", [(1, 7), (2, 4), (3, 3), (4, 2), (7, 1)],
     [[None, (1, 6)], [(1, 4), (2, 3)], [(2, 3), (3, 2)], [(3, 2), (4, 1)], [(6, 1), None]]),
    ("solve f*d = 6 for f, d", "all", [(1, 6), (2, 3), (3, 2), (6, 1)], [[], [], [], []]),
    ("solve 5 <= f*d < 7 for d, f where d > f", "all", [(3, 2), (5, 1), (6, 1)], [[], [], []]),
    ("solve f*d <= 30 for f, d where d % f == 0", "maximal", [(1, 30), (2, 14), (3, 9), (5, 5)],
     [[(2, 30), (1, 31)], [(7, 14), (2, 16)], [(9, 9), (3, 12)], [None, (5, 10)]]),
    (TWO + "solve params(net) <= 300 for f, d where f % 4 == 0", "maximal", [(4, 26), (8, 6)],
     [[(8, 26), (4, 27)], [(12, 6), (8, 7)]]),
    ("solve f + d <= 10 for f, d where f == 3*d", "maximal", [(6, 2)], [[None, None]]),
    ("solve f + d >= 10 for f, d where f == 3*d", "minimal", [(9, 3)], [[None, None]]),
    ("solve f*d*g <= 2 for f, d, g", "maximal", [(1, 1, 2), (1, 2, 1), (2, 1, 1)],
     [[(2, 1, 2), (1, 2, 2), (1, 1, 3)], [(2, 2, 1), (1, 3, 1), (1, 2, 2)], [(3, 1, 1), (2, 2, 1), (2, 1, 2)]]),
    ("solve f - d >= 5 for f, d", "minimal", [(6, 1)], [[(5, 1), None]]),
    ("solve f^2 - 4*f + d <= 5 for f, d", "maximal", [(2, 9), (3, 8), (4, 5)],
     [[(3, 9), (2, 10)], [(4, 8), (3, 9)], [(5, 5), (4, 6)]]),
    ("solve f*d <= 100 for f, d where f <= 2, d <= 3", "maximal", [(2, 3)], [[None, None]]),
    ("solve f + d >= 10 for f, d where 24 % (f*d) == 0", "minimal",
     [(1, 12), (3, 8), (4, 6), (6, 4), (8, 3), (12, 1)],
     [[None, (1, 8)], [(1, 8), (3, 4)], [(2, 6), (4, 3)], [(3, 4), (6, 2)], [(4, 3), (8, 1)], [(8, 1), None]]),
    # 2·c·(n-1) parameters, c % 2 == 0 for each of the copies
    ("net = (3,c) -> gn(2)*(n-1)\nsolve params(net) <= 20 for c, n where n >= 2", "maximal", [(2, 6), (4, 3), (10, 2)],
     [[(4, 6), (2, 7)], [(6, 3), (4, 4)], [(12, 2), (10, 3)]]),
    ("solve f*d <= 0 for f, d", "maximal", [], []),
    ("solve f*d <= 9 for f, d where f >= 4, f <= 3", "maximal", [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "which", "points", "beside"), POINTS, ids=[case[0].split("\n")[-1] for case in POINTS]
)
def test_the_points_are(said: str, which: str, points: list[Any], beside: list[Any]) -> None:
    found = solve(said)
    assert isinstance(found, Frontier)
    assert (found.which, [it.at for it in found.found]) == (which, points)
    assert [list(map(of_place, it.beside)) for it in found.found] == beside
    assert bool(found.note) == (not points)


class Points(NamedTuple):
    """A question of several symbols: as a text, and what the claims and the conditions are at a point."""

    said: str
    aim: int
    claims: list[tuple[Callable[..., int], str, int]]
    allowed: Callable[..., bool]

    def meets(self, *at: int) -> bool:
        return all(COMPARE[relation](left(*at), limit) for left, relation, limit in self.claims)


def linking(rng: random.Random, names: str) -> tuple[str, Callable[..., bool]]:
    """A condition of one symbol, or one that links two."""
    i, j = rng.sample(range(len(names)), 2)
    x, y, m, r, n = names[i], names[j], rng.randint(2, 5), rng.randint(0, 4), rng.randint(3, 14)
    return rng.choice([
        (f"{x} % {m} == {r % m}", lambda *at: at[i] % m == r % m),
        (f"{x} % {y} == 0", lambda *at: at[i] % at[j] == 0),
        (f"{x} + {y} <= {n}", lambda *at: at[i] + at[j] <= n),
        (f"{x} >= {y}", lambda *at: at[i] >= at[j]),
        (f"{x} != {y}", lambda *at: at[i] != at[j]),
        (f"{x} == {m}*{y}", lambda *at: at[i] == m * at[j]),
        (f"{x}*{y} % {m} == 0", lambda *at: at[i] * at[j] % m == 0),
        (f"{x} <= {n}", lambda *at: at[i] <= n),
    ])  # fmt: skip


def several(rng: random.Random, names: str, signs: tuple[int, ...], box: int) -> Points:
    aim = rng.choice([1, 1, -1, -1, 0])
    relations = {1: ["<=", "<"], -1: [">=", ">"], 0: ["=="]}[aim]
    claims, texts = [], []
    for _ in range(1 if aim == 0 else rng.choice([1, 1, 2])):
        said, left = polynomial(rng, names, signs)
        near = left(*(rng.randint(1, 6) for _ in names))
        claims.append((left, rng.choice(relations), near + (0 if aim == 0 else rng.randint(-3, 40))))
        texts.append(f"{said} {claims[-1][1]} {claims[-1][2]}" if claims[-1][2] >= 0 else "")
        if not texts[-1]:
            texts[-1] = f"{said} + {-claims[-1][2]} {claims[-1][1]} 0"
    conditions = [linking(rng, names) for _ in range(rng.choice([0, 1, 1, 2]))]
    where = [said for said, _ in conditions] + ([f"{name} <= {box}" for name in names] if box else [])
    said = f"solve {', '.join(texts)} for {', '.join(names)}" + (f" where {', '.join(where)}" if where else "")
    return Points(said, aim, claims, lambda *at: all(holds(*at) for _, holds in conditions))


def shifted(limit: int, left: int) -> int:
    """What is shown of a claim whose negative limit was brought to the left."""
    return left if limit >= 0 else left - limit


def check_points(it: Points, found: Frontier, box: int, names: str) -> None:
    """Compares the points with all of a box, and each certificate with what the sentence says."""
    met = [at for at in product(range(1, box + 1), repeat=len(names)) if it.allowed(*at) and it.meets(*at)]
    wanted = [a for a in met if not any(dominated(a, b, it.aim) for b in met)] if it.aim else met
    inside = [corner.at for corner in found.found if max(corner.at) <= box]
    beyond = [corner.at for corner in found.found if max(corner.at) > box]
    if beyond and it.aim > 0:  # a point outside of the box may be greater
        wanted = [a for a in wanted if not any(dominated(a, b, 1) for b in beyond)]
    assert inside == wanted
    for corner in found.found:
        assert it.allowed(*corner.at)
        assert it.meets(*corner.at)
        assert [a for a, _ in corner.sides] == [shifted(limit, left(*corner.at)) for left, _, limit in it.claims]
        for n, near in enumerate(corner.beside):
            steps: Iterator[int] = iter(range(corner.at[n] + 1, 400) if it.aim > 0 else range(corner.at[n] - 1, 0, -1))
            moved = ((*corner.at[:n], step, *corner.at[n + 1 :]) for step in steps)
            expected = next((at for at in moved if it.allowed(*at)), None)
            assert near is None or not it.meets(*near.at)
            if near is None or expected is not None:
                assert of_place(near) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("names", "box"), [("fd", 14), ("fdg", 7)])
def test_random_points_in_a_box_against_trying_all(names: str, box: int) -> None:
    """No claim rises or falls; none may be refused, since the symbols are bounded."""
    rng = random.Random(f"box {names}")
    for _ in range(PROBLEMS if len(names) == 2 else PROBLEMS // 4):
        it = several(rng, names, (1, -1), box)
        inside = it._replace(allowed=lambda *at, it=it: max(at) <= box and it.allowed(*at))
        try:
            check_points(inside, solve(it.said), box, names)
        except Exception as error:
            error.add_note(it.said)
            raise


@pytest.mark.slow
@pytest.mark.parametrize("names", ["fd", "fdg"])
def test_random_points_without_a_bound_are_found_or_refused(names: str) -> None:
    rng, refused = random.Random(f"free {names}"), 0
    many, box = (PROBLEMS // 2, 25) if len(names) == 2 else (PROBLEMS // 16, 9)
    for _ in range(many):
        it = several(rng, names, (1,), 0)
        try:
            check_points(it, solve(it.said), box, names)
        except Exception as error:
            if isinstance(error, pm.NetError) and any(why in error.message for why in ("an end", "no end:", "tried")):
                refused += 1
                continue
            error.add_note(it.said)
            raise
    assert refused < many / 2


def test_the_frontier_of_a_network_against_its_numbers() -> None:
    found = solve(TWO + "solve params(net) <= 5k, macs(net) <= 300k for f, d where f % 8 == 0, d % 4 == 0")

    def params(f: int, d: int) -> int:
        return 28 * f + f * d + d + 2 * d + 2

    def macs(f: int, d: int) -> int:
        return 81 * 27 * f + 81 * f * d + 2 * d

    met = [
        (f, d) for f in range(8, 200, 8) for d in range(4, 2000, 4) if params(f, d) <= 5000 and macs(f, d) <= 3 * 10**5
    ]
    wanted = [a for a in met if not any(dominated(a, b, 1) for b in met)]
    assert [it.at for it in found.found] == wanted
    assert [it.sides for it in found.found] == [((params(*at), 5000), (macs(*at), 300000)) for at in wanted]


# Formulas.


def test_a_formula_is_shown_with_its_conditions() -> None:
    found = solve(IMAGE + "solve params(net) <= P for f")
    assert isinstance(found, Rooted)
    assert text(found).split("\n") == [
        "f = ⌊(P − 10)/38⌋",
        "the largest f with params(net) <= P",
        "they meet at f = (P − 10)/38",
        "  where P >= 48",
    ]


@pytest.mark.slow(but_every=5)
@pytest.mark.parametrize("relation", ["<=", "<", ">=", ">", "=="])
def test_random_formulas_against_trying_all_numbers(relation: str) -> None:
    rng = random.Random(f"formulas {relation}")
    for _ in range(PROBLEMS // 5):
        a, b, c = rng.choice([0, 0, 1, 2, 5]) if relation != "==" else 0, rng.randint(0, 6), rng.randint(-9, 9)
        m, r, s, k = rng.choice([1, 1, 2, 3]), rng.randint(0, 2), rng.randint(1, 3), rng.randint(1, 4)
        b = b if a or b else 1
        said = f"{a}*f^2 + {b}*f*Q^{s - 1} + {c}" if c >= 0 else f"{a}*f^2 + {b}*f*Q^{s - 1} - {-c}"
        found = solve(f"solve {said} {relation} {k}*P for f where f % {m} == {r % m}, f >= {s}")
        assert isinstance(found, Rooted)
        needed = solve_conditions(found)
        for P in range(1, 60):
            Q = rng.randint(1, 4)
            allowed = [f for f in range(s, 400) if f % m == r % m]
            meet = [f for f in allowed if COMPARE[relation](a * f**2 + b * f * Q ** (s - 1) + c, k * P)]
            holds = all(condition.holds(P=P, Q=Q) for condition in needed)
            if relation[0] == ">":
                assert holds == (allowed[0] not in meet)
            else:
                assert holds == bool(meet)
            if holds:
                at = meet[-1] if relation[0] == "<" else meet[0]
                assert evaluate(found.value, {"P": P, "Q": Q}) == at, found.said


def solve_conditions(found: Rooted) -> list[Any]:
    """The conditions of a formula, read again from how they are shown."""
    out = []
    for said in found.conditions:
        program = read(f"assert {said}")
        tracer = asker(program, {})
        (clause,) = clauses_of(tracer, program.root.statements[0].claims[0], tracer.top)
        out.append(Holding(clause))
    return out


class Holding(NamedTuple):
    clause: Any

    def holds(self, **values: int) -> bool:
        return bool(self.clause.holds(values))


# From Python, and as text and JSON.


def test_a_network_is_asked_from_python() -> None:
    net = pm.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)")
    found = net.solve("params <= 1M for f where f % 8 == 0")
    assert [it.at for it in found.found] == [26312]
    assert str(net.solve("params(net) <= 1M for f where f % 8 == 0")) == str(found)
    assert net.solve("1k <= params <= 2k for f").intervals[0].many == 52 - 27 + 1
    assert net.solve("params <= 1M, macs <= 300M for f").also[0].left == "macs(net)"


def test_what_a_network_was_given_holds_and_may_be_asked_for() -> None:
    net = pm.net("assume d >= 3\n(9,9,3) -> conv(3x3,f,same) -> conv(1x1,d) -> gap -> dense(2)")
    assert [it.at for it in net.at(d=10).solve("params <= 1k for f").found] == [(1000 - 32) // 38]  # 38f + 32
    assert net.at(d=10).solve("params <= 1k for f, d").found[-1].at[1] == 3


PYTHON_MESSAGES = [
    (
        "params <= 1M for z",
        """
there is no symbol called 'z'
  params <= 1M for z
                   ^
hint: the symbol is f
""",
    ),
    (
        "params <= 3 for f; 3",
        """
this is not one question
  params <= 3 for f; 3
  ^^^^^^^^^^^^^^^^^
hint: one is params <= 1M for f where f >= 8
""",
    ),
    (
        3,
        """
a question is a text, not int
hint: net.solve("params <= 1M for f where f >= 8")
""",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "said"), PYTHON_MESSAGES)
def test_a_mistake_is_shown_in_what_was_asked(question: Any, said: str) -> None:
    with pytest.raises(pm.NetError) as error:
        pm.net("(32,32,3) -> conv(3x3,f,same)").solve(question)
    assert str(error.value) == said.strip()


def test_every_answer_is_json() -> None:
    questions = [
        "solve 10 <= f*2 <= 20 for f",
        "solve f*d <= 4 for f, d",
        "solve f*3 <= P for f",
        "solve f^3 <= 9 for f",
    ]
    kinds = ["within", "frontier", "rooted", "solution"]
    data = json.loads(replies_text([solve(it) for it in questions]))
    assert [it["kind"] for it in data] == kinds
    assert data[0]["intervals"][0]["many"] == 6
    assert [it["at"] for it in data[1]["found"]] == [[1, 4], [2, 2], [4, 1]]
    assert data[2]["value"] == "(P//3)"
