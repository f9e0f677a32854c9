"""Measures sweeps, in exact points a second, beside numpy written by hand, lambdify and PyTorch: `python sweep.py`.

    sweep.py            everything, in a table
    sweep.py NAME …     what has one of these words in its name

The network is ResNet-152 in four symbols: the input's height and width, the filters of the first stage, the classes. A
peer's answers are compared with exact ones, and the wrong ones counted. One core, unless it says threads.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded: a matrix product is to take one core

import resource
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import numpy as np
import sympy

import paramula
from paramula.algebra.grid import optima
from paramula.algebra.grid.code import program
from paramula.algebra.grid.lattice import Lattice, blocks
from paramula.algebra.grid.optima import best
from paramula.algebra.grid.pareto import front
from paramula.algebra.search.regions import Clause

RESNET = """
cb(k, f, s=1) = conv(k, f, same, s=s, nobias) -> bn
bottleneck(f, s=1, shortcut=id) =
    residual(cb(1x1, f) -> relu -> cb(3x3, f, s) -> relu -> cb(1x1, 4*f), shortcut) -> relu
stage(f, n, s) = bottleneck(f, s, cb(1x1, 4*f, s)) -> bottleneck(f, 1, id) * (n - 1)
(H,W,3) -> cb(7x7, w, 2) -> relu -> pool(3, 2, 1)
    -> [stage(f, n, s) for (f, n, s) in {(w,3,1), (2*w,8,2), (4*w,36,2), (8*w,3,2)}] -> gap -> dense(K)
"""
NAMES = ("H", "W", "w", "K")
MACS, PARAMS = (paramula.net(RESNET).quantity(name) for name in ("macs", "params"))
FULL = {"H": range(32, 272, 4), "W": range(32, 272, 4), "w": range(1, 129), "K": range(10, 1010, 5)}  # 92 million
MANY = {"H": range(32, 232), "W": range(32, 232), "w": range(1, 126), "K": range(10, 1010, 5)}  # a thousand million


class Measured(NamedTuple):
    """Points a second beside the goal (0: none), and what there is to say."""

    name: str
    rate: float
    goal: float = 0
    note: str = ""


def rate(points: int, work: Callable[[], Any], times: int = 3) -> float:
    """Points a second, in the best of some runs."""
    fastest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return points / fastest


def by_hand(H: Any, W: Any, w: Any, K: Any) -> Any:
    """The MACs as a person would write them down for numpy."""
    stages = 60 * ((H + 3) // 4) * ((W + 3) // 4) + 592 * ((H + 7) // 8) * ((W + 7) // 8)
    stages = stages + 9984 * ((H + 15) // 16) * ((W + 15) // 16) + 3520 * ((H + 31) // 32) * ((W + 31) // 32)
    return w * (32 * K + w * stages + 147 * ((H + 1) // 2) * ((W + 1) // 2))


def lambdified(text: str = RESNET, names: tuple[str, ...] = NAMES) -> Callable[..., Any]:
    """The same formula as SymPy alone has it (our own rounding prints itself as a whole division)."""
    expression = paramula.net(text).macs.doit()
    known = {symbol.name: symbol for symbol in expression.free_symbols}
    return sympy.lambdify([known[name] for name in names], expression, "numpy")  # type: ignore[no-any-return]


def wrong(answers: Any, exact: Any) -> str:
    """How many of a peer's answers are not the exact ones."""
    exact = np.array(exact, dtype=object)
    found = np.array([int(v) for v in np.asarray(answers).reshape(-1).tolist()], dtype=object)
    count = int(np.count_nonzero(found != exact.reshape(-1)))
    return f"{count / len(exact):.0%} wrong" if count else "none wrong"


def grids() -> Iterator[Measured]:
    """All combinations of four symbols' numbers."""
    grid = Lattice(FULL)

    def values() -> None:
        for _ in blocks(grid, [MACS]):
            pass

    def both() -> None:
        for _ in blocks(grid, [MACS, PARAMS]):
            pass

    f = lambdified()
    part = {**FULL, "K": range(10, 110, 5)}
    mesh = np.meshgrid(*(np.array(axis) for axis in part.values()), indexing="ij")
    exact = np.concatenate([block.values[0].num for block in blocks(Lattice(part), [MACS])])
    theirs = rate(exact.size, lambda: f(*mesh))
    ours = rate(grid.count, values)
    yield Measured("grid: macs", ours, max(300e6, 15 * theirs), f"{ours / theirs:.0f} times lambdify")
    yield Measured("grid: macs and params", rate(grid.count, both))
    yield Measured("grid: lambdify on a mesh", theirs, 0, wrong(f(*mesh), exact))


def columns() -> Iterator[Measured]:
    """A million points anywhere."""
    draw = np.random.default_rng(1)
    points = [draw.integers(1, most, 1_000_000) for most in (500, 500, 200, 1000)]
    code, f = program([MACS], NAMES), lambdified()
    (exact,) = code.columns(points)
    hand = rate(1_000_000, lambda: by_hand(*points), 9)
    if not np.array_equal(by_hand(*points), exact.num):
        raise SystemExit("numpy by hand says something else")
    ours = rate(1_000_000, lambda: code.columns(points), 9)
    yield Measured("columns: macs", ours, hand, f"{ours / hand:.1f} times numpy by hand")
    yield Measured("columns: numpy by hand", hand)
    yield Measured("columns: lambdify", rate(1_000_000, lambda: f(*points)), 0, wrong(f(*points), exact.num))
    large = [draw.integers(10**6, 10**9, 20_000) for _ in NAMES]
    (exact,) = code.columns(large)
    yield Measured("columns: macs beyond 2^63", rate(20_000, lambda: code.columns(large)))
    yield Measured("columns: numpy by hand, beyond 2^63", 0, 0, wrong(by_hand(*large), exact.num))
    yield Measured("columns: lambdify, beyond 2^63", 0, 0, wrong(f(*(c.astype(float) for c in large)), exact.num))
    thirds = "(H,W,3) -> conv(2x2, w, s=3, nobias) -> gap -> dense(K)"
    f, (exact,) = lambdified(thirds), program([paramula.net(thirds).quantity("macs")], NAMES).columns(points)
    yield Measured("columns: lambdify, a stride of 3", 0, 0, wrong(f(*points), exact.num))


def single() -> Iterator[Measured]:
    """One point after the other."""
    draw = np.random.default_rng(1)
    rows = list(zip(*(draw.integers(1, most, 100_000).tolist() for most in (500, 500, 200, 1000)), strict=True))
    for name, size, goal in (("params", PARAMS, 2e6), ("macs", MACS, 0)):
        at = program([size], NAMES).function
        yield Measured(f"single points: {name}", rate(len(rows), lambda at=at: [at(*row) for row in rows]), goal)  # type: ignore[misc]


def search() -> Iterator[Measured]:
    """The best of a thousand million points under a condition: 10 s are the goal."""
    grid = Lattice(MANY)
    under = [Clause(">=", 20_000_000 - PARAMS)]
    within = [Clause(">=", 4_000_000_000 - MACS)]
    tasks: dict[str, Callable[[int], Any]] = {
        "macs, params <= 20M": lambda threads: best(grid, MACS, under, threads=threads),
        "params, macs <= 4G": lambda threads: best(grid, PARAMS, within, threads=threads),
        "macs/params, the best 10": lambda threads: best(grid, MACS / PARAMS, k=10, threads=threads),
    }
    skipped = optima._skipped
    for name, task in tasks.items():
        for threads in (1, 2):
            optima._skipped = lambda *_: False
            every = rate(grid.count, lambda task=task, threads=threads: task(threads), 1)  # type: ignore[misc]
            optima._skipped = skipped
            bounded = rate(grid.count, lambda task=task, threads=threads: task(threads), 1)  # type: ignore[misc]
            note = f"every point in {grid.count / every:.1f} s, by bounds of blocks in {grid.count / bounded:.1f} s"
            yield Measured(f"best of 10^9: {name}, {threads} threads", every, grid.count / 10, note)
    some = (0, 50_000_000)
    yield Measured(
        "front: macs and params", rate(some[1], lambda: front(grid, [MACS, PARAMS], [True, False], span=some), 1)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield Measured("peak memory of these", 0, 0, f"{peak} MB, libraries included")


def torch() -> Iterator[Measured]:
    """A network built on the meta device for each point, and its parameters counted."""
    if find_spec("torch") is None:
        print("PyTorch is not installed: its measurement is skipped", file=sys.stderr)
        return
    from torch import nn

    def unit(before: int, filters: int, window: int, stride: int = 1) -> list[nn.Module]:
        conv = nn.Conv2d(before, filters, window, stride, window // 2, bias=False, device="meta")
        return [conv, nn.BatchNorm2d(filters, device="meta")]

    def counted(width: int, classes: int) -> int:
        layers, before = unit(3, width, 7, 2), width
        for filters, blocks_ in ((width, 3), (2 * width, 8), (4 * width, 36), (8 * width, 3)):
            for block in range(blocks_):
                layers += [*unit(before, filters, 1), *unit(filters, filters, 3), *unit(filters, 4 * filters, 1)]
                layers += unit(before, 4 * filters, 1) if block == 0 else []
                before = 4 * filters
        layers.append(nn.Linear(before, classes, device="meta"))
        return sum(p.numel() for p in nn.Sequential(*layers).parameters())

    if counted(64, 1000) != program([PARAMS], NAMES).at(224, 224, 64, 1000)[0]:
        raise SystemExit("PyTorch counts another network")
    built = rate(20, lambda: [counted(w, 10) for w in range(1, 21)], 1)
    yield Measured("PyTorch: built on the meta device", built, 0, f"{built:.0f} points a second")


def main() -> int:
    words, met = [word.lower() for word in sys.argv[1:]], True
    print(f"{'':42}{'million points/s':>18}{'goal':>10}")
    for measurements in (search, grids, columns, single, torch):  # search first: its peak memory is asked for
        if words and not any(word in measurements.__name__ for word in words):
            continue
        for it in measurements():
            speed = f"{it.rate / 1e6:18.3f}" if it.rate else " " * 18
            goal = f"{it.goal / 1e6:10.3f}" if it.goal else " " * 10
            slow = bool(it.goal) and it.rate < it.goal
            met = met and not slow
            print(f"{it.name:42}{speed}{goal}  {it.note}{'  TOO SLOW' if slow else ''}".rstrip(), flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
