"""Integer code: by hand, at the edges of 64 bits, and on random sizes and the library against putting numbers in.

PARAMULA_LONG=1 pytest tests/algebra/test_code.py      ten times as many points and sizes
"""

from __future__ import annotations

import os
import random
import re
import sys
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest

from paramula.algebra.functions import apply
from paramula.algebra.grid import bounds, code
from paramula.algebra.grid.code import program
from paramula.algebra.grid.steps import Step, Steps
from paramula.algebra.poly import Floor, Number, Poly, Size, Sum, Sym, atom, rounded, symbol
from paramula.algebra.powers import power
from paramula.algebra.rounding import ceiling, floor
from paramula.algebra.search.regions import Clause
from paramula.algebra.substitution import evaluate, symbols
from paramula.engine.program import files
from paramula.errors import NetError
from published import family
from sizes import NAMES, random_size

TIMES = 10 if os.environ.get("PARAMULA_LONG") else 1
H, W, n, d = symbol("H"), symbol("W"), symbol("n"), symbol("d", least=0)


@pytest.fixture(params=["vectors", "rows", "without numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Columns in the three ways in which they can be evaluated."""
    if request.param == "vectors":
        pytest.importorskip("numpy")
    monkeypatch.setattr(code, "FEW", 0 if request.param == "vectors" else 10**9)
    if request.param == "without numpy":
        monkeypatch.setitem(sys.modules, "numpy", None)
    return str(request.param)


def put_in(size: Size, values: dict[str, int]) -> Number | None:
    """The value that the normal form itself finds; None where there is none."""
    try:
        value = evaluate(size, values)
    except (ZeroDivisionError, ValueError, NetError):
        return None
    return value.numerator if value.denominator == 1 else value


def columns(sizes: list[Size], names: tuple[str, ...], rows: list[tuple[int, ...]]) -> list[list[Any]]:
    return [c.numbers() for c in program(sizes, names).columns([list(c) for c in zip(*rows, strict=True)], len(rows))]


# By hand.

SUM = Sum(floor(atom(Sym("i", 0)) * H, 3), Sym("i", 0), 1, n)  # type: ignore[arg-type]

TABLE: list[tuple[Size, dict[str, int], Number | None]] = [
    (floor(H + 1, 3), {"H": 5}, 2),  # floating point says 1
    (floor(H - 7, 3), {"H": 5}, -1),
    (ceiling(H, 8) * ceiling(W, 8), {"H": 9, "W": 17}, 6),
    (H * Fraction(1, 2), {"H": 4}, 2),
    (H * Fraction(1, 2), {"H": 5}, Fraction(5, 2)),
    (H / W, {"H": 6, "W": 4}, Fraction(3, 2)),
    (H / d, {"H": 6, "d": 0}, None),
    (H / (d - 3), {"H": 6, "d": 1}, -3),
    (floor(H, d), {"H": 6, "d": 0}, None),
    (power(2, n), {"n": 70}, 2**70),
    (power(2, 3 - n), {"n": 5}, Fraction(1, 4)),
    (power(2, n * Fraction(1, 2)), {"n": 6}, 8),
    (power(2, n * Fraction(1, 2)), {"n": 5}, None),  # no whole exponent
    (power(2, n), {"n": 10**6}, None),  # too large to be written
    (apply("min", H, W, 7), {"H": 9, "W": 8}, 7),
    (apply("max", H * Fraction(1, 2), W), {"H": 9, "W": 4}, Fraction(9, 2)),
    (apply("abs", H - W), {"H": 3, "W": 8}, 5),
    (apply("gcd", H, W), {"H": 12, "W": 18}, 6),
    (apply("gcd", H * Fraction(1, 2), W), {"H": 3, "W": 18}, None),  # of whole numbers only
    (apply("log2", H), {"H": 2**60 - 1}, 59),
    (apply("log2", d), {"d": 0}, None),
    (apply("log2", H * Fraction(1, 8)), {"H": 3}, -2),
    (apply("sqrt", H), {"H": 10**18 - 1}, 10**9 - 1),
    (apply("sqrt", H - W), {"H": 1, "W": 2}, None),
    (apply("round_to", H * Fraction(3, 4), 8), {"H": 40}, 32),
    (apply("round_to", H * Fraction(11, 8), 8), {"H": 8}, 16),  # 11 to 8 would lose more than a tenth
    (atom(SUM), {"H": 2, "n": 4}, 0 + 1 + 2 + 2),
    (7, {"H": 1}, 7),
    (Fraction(1, 3), {"H": 1}, Fraction(1, 3)),
]


@pytest.mark.parametrize(("size", "values", "expected"), TABLE)
def test_by_hand(size: Size, values: dict[str, int], expected: Number | None, way: str) -> None:
    names = tuple(values)
    assert program([size], names).at(*values.values()) == (expected,)
    (column,) = columns([size], names, [tuple(values.values())] * 3)
    assert column == [expected] * 3
    assert type(column[0]) is type(expected)


@pytest.mark.parametrize(
    ("clause", "at", "expected"),
    [
        (Clause(">=", H - 3), 3, True),
        (Clause(">", H - 3), 3, False),
        (Clause("==", H, 4), 8, True),
        (Clause("!=", H, 4), 8, False),
        (Clause("==", 9, H - 3), 6, True),
        (Clause("==", 9, H - 3), 3, None),  # divided by 0
        (Clause("==", H * Fraction(1, 2), Fraction(3, 2)), 6, True),  # type: ignore[arg-type]
        (Clause(">=", 1 / (H - 3)), 2, False),  # type: ignore[arg-type]
        (Clause(">=", 1 / (H - 3)), 4, True),  # type: ignore[arg-type]
    ],
)
def test_the_sign_of_a_clause(clause: Clause, at: int, expected: bool | None) -> None:
    steps = Steps(["H"])
    (sign,) = code.Program(steps, [code.clause_sign(steps, clause)]).at(at)
    assert (None if sign is None else code.COMPARED[clause.relation](sign)) == expected
    assert clause.holds({"H": at}) == bool(expected)


def test_one_missing_value_leaves_the_others() -> None:
    assert program([H, 1 / d, H + d], ("H", "d")).at(2, 0) == (2, None, 2)  # type: ignore[operator]
    assert columns([H, 1 / d, H + d], ("H", "d"), [(2, 0), (2, 2)]) == [  # type: ignore[operator]
        [2, 2],
        [None, Fraction(1, 2)],
        [2, 4],
    ]


def test_an_exponent_that_is_not_whole_has_no_value(way: str) -> None:
    """Beside exponents that would be divided by 0."""
    sizes = [power(2, H / d), power(3, H / (d - 1)), apply("gcd", H / d, 4)]  # type: ignore[operator]
    rows = [(5, 2), (6, 2), (6, 0), (4, 1), (7, 3)]
    assert columns(sizes, ("H", "d"), rows) == [
        [None, 8, None, 16, None],
        [243, 729, None, None, None],  # 3^(7/2) and a negative exponent
        [None, 1, None, 4, None],
    ]


def test_a_symbol_without_a_number() -> None:
    with pytest.raises(KeyError, match="W"):
        program([H + W], ("H",))


def test_roundings_within_roundings_without_end() -> None:
    """Deeper than Python's functions may call each other."""
    size, deep, want = H, 3_000, 10
    for _ in range(deep):
        size = atom(rounded(3 * size + 1, 2))  # type: ignore[arg-type]
        want = (3 * want + 1) // 2
    assert isinstance(next(iter(next(iter(size.terms))))[0], Floor)
    assert program([size], ("H",)).at(10) == (want,)


# The text that runs.

WORDS = re.compile(r"(def|return|v\d*|\(|\)|,|:|=|\+|\*|//|%|<|-?0x[0-9a-f]+|-|\s)*")
HOSTILE = ["__import__('os').system('x')", "v1", "floor", "lambda", "def", "H\n import os", "π", "0", '"', "\\"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_word_of_anybody_stands_in_the_text(name: str) -> None:
    size = floor(symbol(name) ** 2 + 7, 3) * apply("min", symbol(name), W) / symbol(name)  # type: ignore[operator]
    code_ = program([size], (name, "W"))
    assert WORDS.fullmatch(code_.text()[0])
    assert code_.at(3, 2) == (Fraction(10, 3),)


def test_the_text_of_random_sizes_is_names_numbers_and_operators() -> None:
    rng = random.Random(6)
    for _ in range(300 * TIMES):
        text, names = program([random_size(rng, 4)], NAMES).text()
        assert WORDS.fullmatch(text), text
        assert all(re.fullmatch(r"v\d+|__builtins__", name) for name in names)
        assert names["__builtins__"] == {}


def test_numbers_of_any_length_can_stand_in_the_text() -> None:
    assert program([H * 7**6000], ("H",)).at(2) == (2 * 7**6000,)


# The edges of 64 bits.


@pytest.mark.parametrize("edge", [2**53, 2**62, 2**63, 2**64, 2**105])
@pytest.mark.parametrize("by", [-2, -1, 0, 1, 2])
def test_at_the_edges_of_words(edge: int, by: int, way: str) -> None:
    near = edge + by
    rows = [(near, 1), (1, near), (2, near // 2), (near - 1, 3)]
    sizes: list[Size] = [H * W, H + W, -H * W, H * W - H, H - W, floor(H, 3), H**2, apply("abs", W - H)]
    sizes += [apply("sqrt", H), apply("log2", H), apply("sqrt", H * W), H * W * Fraction(1, 2)]
    for size in sizes:
        (column,) = columns([size], ("H", "W"), rows)
        assert column == [put_in(size, {"H": a, "W": b}) for a, b in rows], size


@pytest.mark.parametrize(
    ("op", "span", "fits"),
    [
        ("+", (-(2**63) + 1, 2**63 - 1), True), ("+", (0, 2**63), False), ("+", (-(2**63), 0), False),
        ("sqrt", (0, 2**62 - 2), True), ("sqrt", (0, 2**62 - 1), False),  # its square is compared with twice as much
    ],
)  # fmt: skip
def test_what_fits_into_64_bits_by_hand(op: str, span: tuple[int, int], fits: bool) -> None:
    assert bounds.spans_fit({0: span, 1: (0, 1)}, [(0, Step("given", (0,))), (1, Step(op, (0,)))]) is fits


@pytest.mark.parametrize("k", range(1, 63))
def test_logarithms_and_roots_are_never_one_off(k: int, way: str) -> None:
    near = [2**k - 1, 2**k, 2**k + 1, *((isqrt(2**k) + i) ** 2 + j for i in (0, 1) for j in (-1, 0, 1))]
    numbers = [a for a in near if a > 0]
    log, root = columns([apply("log2", H), apply("sqrt", H)], ("H",), [(a,) for a in numbers])
    assert all(2**e <= a < 2 ** (e + 1) for a, e in zip(numbers, log, strict=True))
    assert all(r**2 <= a < (r + 1) ** 2 for a, r in zip(numbers, root, strict=True))


def test_chunks_that_fit_and_chunks_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    monkeypatch.setattr(code, "CHUNK", 4)
    monkeypatch.setattr(code, "FEW", 0)
    rows = [(10 ** (i % 25) + i, i + 1) for i in range(50)]
    sizes: list[Size] = [H**2 * W, H / W, 1 / (W - 7), floor(H, W)]  # type: ignore[operator, list-item]
    expected = [[put_in(size, {"H": a, "W": b}) for a, b in rows] for size in sizes]
    assert columns(sizes, ("H", "W"), rows) == expected


def test_columns_of_numpy() -> None:
    np = pytest.importorskip("numpy")
    code_ = program([H * W], ("H", "W"))
    for kind in (np.int8, np.uint8, np.int32, np.uint64, np.int64, object):
        (column,) = code_.columns([np.arange(1, 101).astype(kind), range(1, 101)])
        assert column.num.dtype == np.int64
        assert column.numbers() == [a * a for a in range(1, 101)]
    with pytest.raises(TypeError, match="no whole numbers"):
        code_.columns([np.ones(100), range(100)])


# Against putting numbers in.


@pytest.mark.slow(but_every=3)
def test_random_sizes(way: str) -> None:
    rng = random.Random(7)
    values = large = missing = 0
    for _ in range(400 * TIMES):
        sizes = [random_size(rng, rng.randint(1, 4)) for _ in range(2)]
        most = rng.choice([5, 40, 10**3, 10**6, 10**10, 2**63])
        rows = [
            (rng.randint(1, most), rng.randint(1, most), rng.randint(1, rng.choice([5, 40])), rng.randint(0, most))
            for _ in range(10)
        ]
        code_ = program(sizes, NAMES)
        found = columns(sizes, NAMES, rows)
        for i, row in enumerate(rows):
            expected = [put_in(size, dict(zip(NAMES, row, strict=True))) for size in sizes]
            assert list(code_.at(*row)) == [column[i] for column in found] == expected, (sizes, row)
            values += 2
            large += sum(type(v) is int and abs(v) >= 2**63 for v in expected)
            missing += expected.count(None)
    assert large > values / 20
    assert missing > values / 200


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("file", files())
def test_the_library(file: str) -> None:
    """About 10^5 values over all of it."""
    pytest.importorskip("numpy")
    network = family(file)
    sizes = [network.quantity(name) for name in ("params", "macs", "activations")]
    names = sorted({sym.name for size in sizes for sym in symbols(size)})
    rng = random.Random(file)
    rows = []
    for i in range(800 * TIMES):
        most = rng.choice([30, 1_000, 2**31 if i % 4 == 0 else 300])
        rows.append([rng.randint(1, 60 if name in ("n", "L", "a", "b", "c") else most) for name in names])
    rows.sort(key=max)  # so that some chunks fit into 64 bits
    code_ = program(sizes, names)
    found = [column.numbers() for column in code_.columns([list(c) for c in zip(*rows, strict=True)], len(rows))]
    for i, row in enumerate(rows):
        given = dict(zip(names, row, strict=True))
        expected = [put_in(size, given) for size in sizes]
        assert [column[i] for column in found] == expected == list(code_.at(*row)), given


def test_evaluate_is_what_putting_in_is() -> None:
    assert evaluate(H * W + 1, {"H": 2, "W": 3}) == put_in(H * W + 1, {"H": 2, "W": 3}) == 7
    assert isinstance(H * W, Poly)
