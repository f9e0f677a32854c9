"""Grids: blocks, counts, the best and the front of random grids against brute force, and the bounds of exactness.

PARAMULA_LONG=1 pytest tests/algebra/test_lattice.py      ten times as many grids
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

import paramula
from paramula.algebra.functions import apply
from paramula.algebra.grid import code, columns, optima, separated, tiles
from paramula.algebra.grid import pareto as front
from paramula.algebra.grid.lattice import Lattice, blocks
from paramula.algebra.grid.optima import best, count
from paramula.algebra.grid.pareto import Found
from paramula.algebra.grid.pareto import front as pareto
from paramula.algebra.needs import divides
from paramula.algebra.poly import Number, Size, symbol
from paramula.algebra.powers import power
from paramula.algebra.rounding import floor
from paramula.algebra.search.regions import Clause
from paramula.algebra.substitution import evaluate
from paramula.errors import NetError
from sizes import NAMES, random_size

TIMES = 10 if os.environ.get("PARAMULA_LONG") else 1
f, h, n, d = (symbol(name) for name in "fhnd")


@pytest.fixture(params=["numpy", "without numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        pytest.importorskip("numpy")
    else:
        monkeypatch.setitem(sys.modules, "numpy", None)
    return str(request.param)


# Brute force.


class Points:
    """Every point of a grid with its values, written out."""

    def __init__(self, axes: dict[str, Sequence[int]], sizes: Sequence[Size], clauses: Sequence[Clause]) -> None:
        self.points = [dict(zip(axes, point, strict=True)) for point in itertools.product(*axes.values())]
        self.values = [[value(size, point) for size in sizes] for point in self.points]
        self.kept = [i for i, point in enumerate(self.points) if all(holds(clause, point) for clause in clauses)]

    def within(self, span: tuple[int, int] | None) -> list[int]:
        return [i for i in self.kept if span is None or span[0] <= i < span[1]]

    def best(self, greatest: bool, k: int, span: tuple[int, int] | None) -> list[tuple[int, Number | None]]:
        known = [(self.values[i][0], i) for i in self.within(span) if self.values[i][0] is not None]
        known.sort(key=lambda it: (-it[0] if greatest else it[0], it[1]))  # type: ignore[operator]
        return [(i, v) for v, i in known[:k]]

    def front(self, greatest: Sequence[bool], span: tuple[int, int] | None) -> set[int]:
        keys = {
            i: [v if great else -v for v, great in zip(self.values[i], greatest, strict=True)]  # type: ignore[operator]
            for i in self.within(span)
            if None not in self.values[i]
        }

        def beats(i: int, j: int) -> bool:
            return all(a >= b for a, b in zip(keys[i], keys[j], strict=True)) and (keys[i] != keys[j] or i < j)

        return {j for j in keys if not any(beats(i, j) for i in keys)}


def value(size: Size, point: dict[str, int]) -> Number | None:
    try:
        return evaluate(size, point)
    except (ZeroDivisionError, ValueError, NetError):
        return None


def holds(clause: Clause, point: dict[str, int]) -> bool:
    try:
        return clause.holds(point)
    except NetError:
        return False


def listed(lattice: Lattice, sizes: Sequence[Size], clauses: Sequence[Clause] = (), span: Any = None) -> list[Any]:
    """What the blocks hold: (index, values) for each point."""
    out: list[Any] = []
    for block in blocks(lattice, sizes, clauses, span):
        values = zip(*(column.numbers() for column in block.values), strict=True)
        out += [(int(i), list(row)) for i, row in zip(block.indices, values, strict=True)]
    return out


def agree(axes: dict[str, Sequence[int]], sizes: Sequence[Size], clauses: Sequence[Clause], rng: random.Random) -> None:
    """Everything that can be asked of a grid, against brute force."""
    lattice, points = Lattice(axes), Points(axes, sizes, clauses)
    span = None
    if rng.random() < 0.3:
        span = tuple(sorted(rng.randint(0, lattice.count) for _ in range(2)))
    kept = points.within(span)  # type: ignore[arg-type]
    more: dict[str, Any] = {"threads": rng.choice([1, 2, 3]), "span": span}
    assert listed(lattice, sizes, clauses, span) == [(i, points.values[i]) for i in kept]
    assert count(lattice, clauses, **more) == len(kept)
    greatest, k = rng.random() < 0.5, rng.choice([1, 1, 2, 5, 200])
    found = best(lattice, sizes[0], clauses, greatest=greatest, k=k, **more)
    assert [(it.at, it.values[0]) for it in found] == points.best(greatest, k, span)  # type: ignore[arg-type]
    assert all(it.point == tuple(points.points[it.at].values()) for it in found)
    signs = [rng.random() < 0.5 for _ in sizes]
    found = pareto(lattice, sizes, signs, clauses, **more)
    assert {it.at for it in found} == points.front(signs, span)  # type: ignore[arg-type]
    assert all(list(it.values) == points.values[it.at] for it in found)


def small(rng: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and tiles so small that a small grid has many of them."""
    monkeypatch.setattr(separated, "BLOCK", rng.choice([4, 16, 50, 1 << 20]))
    monkeypatch.setattr(separated, "LONG", rng.choice([3, 5, 17, 1 << 16]))
    monkeypatch.setattr(tiles, "TILE", rng.choice([4, 16, 1 << 15]))
    monkeypatch.setattr(front, "MANY", rng.choice([0, 5, 4096]))
    monkeypatch.setattr(optima, "FEW", rng.choice([1, 64]))
    monkeypatch.setattr(code, "FEW", rng.choice([0, 64]))
    monkeypatch.setattr(optima, "SPAN", rng.choice([2, 7, 30, 1 << 22]))
    monkeypatch.setattr(optima, "WIDE", rng.choice([4, 1_000]))
    monkeypatch.setattr(separated, "PARTS", rng.choice([2, 3, 16]))
    monkeypatch.setattr(columns, "MANY", rng.choice([0, 1 << 20]))


@pytest.mark.slow(only="^.numpy|-[1-9]")
@pytest.mark.parametrize("seed", range(6))
def test_random_grids(seed: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    for _ in range(60 * TIMES):
        small(rng, monkeypatch)
        sizes = [random_size(rng, rng.randint(1, 3)) for _ in range(rng.randint(1, 3))]
        most = rng.choice([5, 40, 10**3, 10**6, 10**10, 2**63])
        axes: dict[str, Sequence[int]] = {}
        for name in rng.sample(NAMES, 4):
            least, long = 0 if name == "d" else 1, rng.randint(1, 5)
            drawn = [rng.randint(least, min(most, 40) if name == "n" else most) for _ in range(long)]
            axes[name] = rng.choice([range(least, least + long), drawn])
        clauses = []
        for _ in range(rng.choice([0, 0, 1, 2])):
            size = sizes[0] - rng.choice([10, 1000, 2**60]) if rng.random() < 0.5 else random_size(rng, 2)
            modulus = rng.choice([0, 0, 2, 3, f])
            clauses.append(Clause(rng.choice([">=", ">", "==", "!="]), rng.choice([1, -1]) * size, modulus))
        agree(axes, sizes, clauses, rng)


# By hand.


def test_a_point_of_a_grid() -> None:
    lattice = Lattice({"f": range(1, 4), "h": [7, 5], "n": range(10, 40, 10)})
    assert lattice.count == 18
    assert [lattice.point(i) for i in range(18)] == list(itertools.product((1, 2, 3), (7, 5), (10, 20, 30)))


@pytest.mark.parametrize("axes", [{}, {"f": []}, {"f": [3]}, {"f": range(5), "h": []}])
def test_grids_of_no_point_or_one(axes: dict[str, Sequence[int]], way: str) -> None:
    agree(axes, [7 + (f if "f" in axes else 0)], [], random.Random(1))


def test_grids_that_are_too_large() -> None:
    with pytest.raises(NetError, match="too large"):
        Lattice({"f": range(2**40), "h": range(2**40)})


def test_clauses_that_join_axes(way: str) -> None:
    lattice = Lattice({"d": range(1, 40), "f": range(1, 40)})
    pairs = [(a, b) for a in range(1, 40) for b in range(1, 40) if a % b == 0]
    assert [lattice.point(i) for i, _ in listed(lattice, [d], [Clause("==", d, f)])] == pairs
    assert count(lattice, [Clause("==", d, f)]) == len(pairs)


def test_a_condition_of_every_copy(way: str) -> None:
    """`over` names an index: it is tried out, and the threads leave it alone."""
    from paramula.algebra.conditions import minimal
    from paramula.algebra.poly import Sym, atom

    index = Sym("i", 0)
    need = divides(2, floor(f, power(2, atom(index))), "odd")._replace(over=((index, 0, n - 1),))
    (condition,) = minimal([(need, "here")]) or [None]
    assert condition is not None
    clause = Clause("==", 0, 0, condition)
    axes = {"f": range(1, 70), "n": range(1, 5)}
    expected = [i for i, (a, b) in enumerate(itertools.product(*axes.values())) if a % 2**b == 0]
    assert [i for i, _ in listed(Lattice(axes), [f], [clause])] == expected
    assert count(Lattice(axes), [clause], threads=2) == len(expected)


def test_terms_are_parted_into_halves_by_hand() -> None:
    """3·a²·b + 7·a² + 5·b as rows a², 1 beside columns b, 1: a matrix of coefficients; a·b alone has no halves."""
    rows, columns_, both = 0b01, 0b10, 0b11
    terms = [(3, {0: 2, 1: 1}), (7, {0: 2}), (5, {1: 1})]
    table = {(0, 0): 3, (0, 1): 7, (1, 0): 5}
    assert separated._parted(terms, [rows, columns_, both], rows) == ([{0: 2}, {}], [{1: 1}, {}], table)
    assert separated._parted([*terms, (1, {2: 1})], [rows, columns_, both], rows) is None


def test_of_equal_points_the_first(way: str) -> None:
    lattice = Lattice({"f": range(1, 60), "h": range(1, 60), "n": range(1, 5)})
    constant = floor(f, 100) + floor(h, 100)
    for threads in (1, 2):
        assert [it.at for it in best(lattice, constant, k=3, threads=threads)] == [0, 1, 2]
        assert [it.at for it in pareto(lattice, [constant, -constant], [True, True], threads=threads)] == [0]
        assert best(lattice, n, greatest=False, threads=threads) == [Found(0, (1, 1, 1), (1,))]


def test_any_division_of_a_grid_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    lattice = Lattice({"f": range(1, 30), "h": range(1, 30), "n": range(1, 30)})
    size, clause = f * h + floor(n, 3) * h - 7 * f * n, Clause(">=", 400 - f * n)
    whole = best(lattice, size, [clause], k=20)
    cuts = [0, 1, 777, 5_000, 5_001, 20_000, lattice.count]
    parts = [best(lattice, size, [clause], k=20, span=span) for span in itertools.pairwise(cuts)]
    assert sorted(itertools.chain(*parts), key=lambda it: (-it.values[0], it.at))[:20] == whole
    monkeypatch.setattr(separated, "BLOCK", 100)
    assert best(lattice, size, [clause], k=20, threads=2) == whole
    monkeypatch.setattr(optima, "_skipped", lambda *_: False)
    assert best(lattice, size, [clause], k=20, threads=2) == whole


# Where floating point, 64 bits and Python's integers meet.


@pytest.mark.parametrize("edge", [2**53, 2**63, 2**64, 2**105, 2**420])
def test_bounds_just_below_and_above(edge: int) -> None:
    """Products whose greatest value is at an edge: neighbours differ by 1, which rounding would lose."""
    pytest.importorskip("numpy")
    root = int(edge**0.5) if edge < 2**100 else 2 ** (edge.bit_length() // 2)
    axes = {"f": range(root - 3, root + 3), "h": [1, 2, edge // root, edge // root + 1], "d": range(3)}
    for size in (f * h + d, f * h - d, f * h * 3 - f * d, -f * h + d, (f * h + d) / 2, f * h / (d + 1)):
        agree(axes, [size, d - f], [Clause(">=", size - edge + 2)], random.Random(1))
        agree(axes, [size, f], [Clause("!=", size - edge)], random.Random(2))


def test_ratios_that_floating_point_cannot_tell_apart() -> None:
    """(k + 1)/k beside its neighbours, for k near 10^12: they differ by 10^-24."""
    pytest.importorskip("numpy")
    k = 10**12
    lattice = Lattice({"n": [1, 2, 3], "f": range(k, k + 200)})
    size = (f + 1) / f
    assert best(lattice, size) == [Found(0, (1, k), (Fraction(k + 1, k),))]
    assert best(lattice, size, greatest=False)[0].point == (1, k + 199)
    found = best(lattice, size, k=7)
    assert [it.point for it in found] == [(1, k), (2, k), (3, k), (1, k + 1), (2, k + 1), (3, k + 1), (1, k + 2)]
    assert len(pareto(lattice, [size, f], [True, True])) == 200


@pytest.mark.slow
def test_the_library_over_a_grid() -> None:
    """Quantities of ResNet over four symbols: blocks, the best under a budget, and random points of a large grid."""
    pytest.importorskip("numpy")
    network = paramula.net("resnet(a, b, 6, 3, (H,W,3), K)")
    sizes = [network.quantity("macs"), network.quantity("params")]
    axes = {"H": range(32, 40), "W": range(60, 67), "a": range(1, 9), "b": range(1, 9), "K": range(10, 20)}
    points = Points(axes, sizes, [])
    assert listed(Lattice(axes), sizes) == list(enumerate(points.values))
    budget = points.values[len(points.values) // 2][1]
    kept = [i for i, (_, params) in enumerate(points.values) if params <= budget]  # type: ignore[operator]
    top = max(kept, key=lambda i: (points.values[i][0], -i))  # type: ignore[operator]
    (found,) = best(Lattice(axes), sizes[0], [Clause(">=", budget - sizes[1])], threads=2)  # type: ignore[operator]
    assert (found.at, found.values[0]) == (top, points.values[top][0])
    most = max(range(len(points.values)), key=lambda i: (points.values[i][0], -points.values[i][1], -i))  # type: ignore[operator]
    assert pareto(Lattice(axes), sizes, [True, False])[0].at == most
    large = Lattice({name: range(1, 2_000) for name in axes})
    rng = random.Random(5)
    for _ in range(30 * TIMES):
        first = rng.randrange(large.count - 100)
        for i, row in listed(large, sizes, span=(first, first + 50)):
            point = dict(zip(axes, large.point(i), strict=True))
            assert row == [value(size, point) for size in sizes]


# Grids that nobody could go through.

FAR = 10**12


@pytest.mark.parametrize(
    ("size", "greatest", "points"),
    [
        (f, True, [FAR, FAR - 1, FAR - 2]),
        (f, False, [1, 2, 3]),
        (38 * f + 10, True, [FAR, FAR - 1, FAR - 2]),
        (f * (FAR - f), True, [FAR // 2, FAR // 2 - 1, FAR // 2 + 1]),  # equal ones in the order of the grid
        (f * (FAR - f), False, [FAR, 1, FAR - 1]),
        ((f - 123456789012) * (f - 123456789012), False, [123456789012, 123456789011, 123456789013]),
        (1 / f, False, [FAR, FAR - 1, FAR - 2]),
        (floor(f, 10**9) * -1 + f, False, [1, 2, 3]),
    ],
)
def test_the_best_of_an_axis_of_a_trillion(size: Size, greatest: bool, points: list[int]) -> None:
    """The oracle is where a line, a parabola and 1/f have their least and most."""
    pytest.importorskip("numpy")
    for axis in (range(1, FAR + 1), range(FAR, 0, -1)):
        found = best(Lattice({"f": axis}), size, greatest=greatest, k=3)
        assert sorted(it.point[0] for it in found) == sorted(points)


def test_the_best_within_clauses_of_an_axis_of_a_trillion() -> None:
    """The oracle is arithmetic: the multiples of 7 and 3 more up to (10^11 - 10)/38."""
    pytest.importorskip("numpy")
    line = Lattice({"f": range(1, FAR + 1), "h": range(10, 1000)})
    budget = Clause(">=", 10**11 - 38 * f - 10)
    most = (10**11 - 10) // 38
    assert best(line, f, [budget])[0].point == (most, 10)
    assert best(line, f + h, [budget])[0].point == (most, 999)
    asked = [budget, Clause("==", f - 3, 7)]
    assert best(line, f, asked)[0].point == ((most - 3) // 7 * 7 + 3, 10)
    assert [it.point for it in pareto(line, [f, h], [True, True], asked)] == [((most - 3) // 7 * 7 + 3, 999)]
    assert [it.point for it in pareto(line, [38 * f + 10, (h - 2) * f], [False, False])] == [(1, 10)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda line: pareto(line, [f, f], [True, False]),  # every point is on it
        lambda line: best(line, f - 1_000_003 * floor(f, 1_000_003) + floor(f, 7) - floor(f + 3, 7)),
        lambda line: count(line, [Clause("==", f * f - 1, 1_000_003)]),
    ],
)
def test_what_bounds_do_not_rule_out_is_refused(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    monkeypatch.setattr(optima, "MAX_LOOKED", 1 << 26)
    with pytest.raises(NetError, match="is too large: the limit is"):
        ask(Lattice({"f": range(1, FAR + 1)}))


# Progress and interruption.


def test_progress_goes_up_to_the_whole(way: str) -> None:
    lattice = Lattice({"f": range(1, 60), "h": range(1, 60), "n": range(1, 5)})
    for threads in (1, 2):
        told: list[tuple[int, int]] = []

        def progress(done: int, of: int, told: list[tuple[int, int]] = told) -> None:
            told.append((done, of))

        count(lattice, [Clause(">=", f - h)], threads=threads, progress=progress)
        assert told[-1] == (lattice.count, lattice.count)
        assert told == sorted(told)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interruption_leaves_no_thread(threads: int) -> None:
    pytest.importorskip("numpy")
    before = threading.active_count()

    def interrupted(done: int, of: int) -> None:
        raise KeyboardInterrupt

    lattice = Lattice({name: range(1, 1_001) for name in ("f", "h", "n")})
    with pytest.raises(KeyboardInterrupt):
        best(lattice, floor(f, 3) * h * n, [Clause(">=", 10**6 - f * h)], threads=threads, progress=interrupted)
    assert threading.active_count() == before


def test_functions_of_several_axes(way: str) -> None:
    """Parts that depend on both halves of a grid are evaluated point by point."""
    axes = {"f": range(1, 9), "h": range(1, 9), "n": range(1, 6), "d": range(4)}
    sizes = [apply("min", f, n) * h, floor(f * n, d + 1), power(2, f - n) * h, apply("gcd", h, n) / (f + n)]
    agree(axes, sizes[:2], [], random.Random(3))
    agree(axes, sizes[2:], [Clause(">=", sizes[0] - sizes[1])], random.Random(4))
