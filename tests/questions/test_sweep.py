"""`sweep`: tables counted by hand, every message, and random networks against tracing each row with its numbers.

PARAMULA_LONG=1 pytest tests/questions/test_sweep.py      400 random networks
"""

from __future__ import annotations

import itertools
import os
import random
from fractions import Fraction
from typing import Any

import pytest

from paramula.algebra.poly import symbol
from paramula.engine.trace import asker
from paramula.errors import NetError
from paramula.language import tree
from paramula.questions import sweep as module
from paramula.questions.statements import answer, read
from paramula.questions.sweep import MAX_ROWS, Swept

NETWORKS = 400 if os.environ.get("PARAMULA_LONG") else 40


def sweep(text: str) -> Swept:
    """The answer to the last statement of a program."""
    program = read(text)
    table = answer(program, program.root.statements[-1], {})
    assert isinstance(table, Swept)
    return table


def rows(answer: Swept) -> list[tuple[Any, ...]]:
    return [(*row.point, *row.values) for row in answer.rows]


# By hand.

SAME = "net = (8,8,3) -> conv(3x3,f,same) -> gap -> dense(10)\n"  # 27f + f + 10f + 10 = 38f + 10; macs 64·27f + 10f
VALID = "net = (H,W,3) -> conv(3x3,f) -> gap -> dense(10)\n"  # the same; macs (H-2)(W-2)·27f + 10f
GROUPS = "net = (4,4,6) -> conv(3x3,f,same,g=g) -> gap\n"  # 9·(6/g)·f + f, g divides 6 and f
WIDTHS = "net(a) = (4,4,3) -> conv(1x1, round_to(32*a, 8)) -> gap\n"  # 3·w + w for w = 8, 16, 24 (0.7·32 = 22.4), 32
DEEP = "net = (H,3) -> [conv(3, 4*2^i) -> pool(2) for i in 0..n-1] -> gap\n"

# A program, its rows as (numbers…, values…), and its notes.
TABLES: list[tuple[str, list[tuple[Any, ...]], list[str]]] = [
    (SAME + "sweep params(net) for f in 8..32 step 8", [(8, 314), (16, 618), (24, 922), (32, 1226)], []),
    (SAME + "sweep params(net), macs(net) for f in {1, 4}", [(1, 48, 1738), (4, 162, 6952)], []),
    (SAME + "sweep params(net) / 2, shape(net) for f in {1, 2, 4}",
     [(1, 24, (10,)), (2, 43, (10,)), (4, 81, (10,))], []),
    ("sweep f + 1 for f in 8..100 step *3", [(8, 9), (24, 25), (72, 73)], []),
    ("sweep f for f in 5..4 step *2", [], ["no combination meets the conditions behind where"]),
    ("sweep f/2 for f in 1..3", [(1, Fraction(1, 2)), (2, 1), (3, Fraction(3, 2))], []),
    ("sweep f*g for f in 1..2, g in {3, 5}", [(1, 3, 3), (1, 5, 5), (2, 3, 6), (2, 5, 10)], []),
    ("sweep f*g for f in 1..4, g in f..4 where f*g % 6 == 0", [(2, 3, 6), (3, 4, 12)], []),
    ("sweep f*g for (f, g) in {(1, 7), (2, 9)}, h in 1..2 where f + h < 4",
     [(1, 7, 1, 7), (1, 7, 2, 7), (2, 9, 1, 18)], []),
    ("sweep d/h for d in {256, 512}, h in {3, 8} where d % h == 0", [(256, 8, 32), (512, 8, 64)], []),
    ("sweep f for f in 1k..4Ki step 1k where f != 2000", [(1000, 1000), (3000, 3000), (4000, 4000)], []),
    ("sweep f for f in 1..9 where 3 <= f < 6, f % 2 == 1", [(3, 3), (5, 5)], []),
    ("sweep f for f in 1..3 where f > 3", [], ["no combination meets the conditions behind where"]),
    ("sweep f for f in 3..2", [], ["no combination meets the conditions behind where"]),
    # a number that is defined is varied like a symbol, and a symbol that is not varied stays one
    (SAME + "f = 3\nsweep params(net) for f in 1..2", [(1, 48), (2, 86)], []),
    (VALID + "sweep macs(net) for f in {1}, H in {3, 5}, W in {4}", [(1, 3, 4, 64), (1, 5, 4, 172)], []),
    # a condition breaks
    (VALID + "sweep macs(net) for H in 1..4, W in {3}, f in {1}",
     [(1, 3, 1, None), (2, 3, 1, None), (3, 3, 1, 37), (4, 3, 1, 64)], ["no value in 2 rows: H >= 3 does not hold"]),
    (VALID + "sweep params(net), macs(net) for H in {2, 3}, W in {3}, f in {1}",
     [(2, 3, 1, None, None), (3, 3, 1, 48, 37)], ["no value in 1 row: H >= 3 does not hold"]),
    (GROUPS + "sweep params(net) for f in {4, 6}, g in 1..4",
     [(4, 1, 220), (4, 2, 112), (4, 3, None), (4, 4, None), (6, 1, 330), (6, 2, 168), (6, 3, 114), (6, 4, None)],
     ["no value in 1 row: f % g == 0 does not hold", "no value in 2 rows: 6 % g == 0 does not hold"]),
    ("net = (4,4,6) -> conv(3x3,f,same) -> gap\nassume f % 4 == 0\nsweep params(net) for f in 3..5",
     [(3, None), (4, 220), (5, None)], ["no value in 2 rows: the assumption f % 4 == 0 does not hold"]),
    # without a formula, or with numbers that no symbol stands for: traced with the numbers
    (WIDTHS + "sweep params(net(a)) for a in {0.25, 0.5, 0.7, 1}",
     [(Fraction(1, 4), 32), (Fraction(1, 2), 64), (Fraction(7, 10), 96), (1, 128)], []),
    ("sweep sqrt(f) for f in {1, 4, 6, 9}", [(1, 1), (4, 2), (6, None), (9, 3)],
     ["no value in 1 row: sqrt(6) is not exact"]),
    # squares of squares follow no rule: 4·16 + 16, then 16·256 + 256; the first row has no value
    ("sweep params((c) -> ((n) -> dense(n^2))*k -> reshape(4,-1)) for c in 3..4, k in 1..2",
     [(3, 1, None), (3, 2, None), (4, 1, 80), (4, 2, 4432)],
     [f"no value in 1 row: reshape: {n} elements cannot be divided by 4; ({n}) comes in" for n in (9, 81)]),
    ("sweep 2^i for i in 0..3", [(0, 1), (1, 2), (2, 4), (3, 8)], []),
    (SAME + "sweep params(net) for f in 0..1", [(0, None), (1, 48)],
     ["no value in 1 row: conv: the number of filters is 0, but must be at least 1"]),
    ("sweep 6/(f - 2) for f in 1..4", [(1, -6), (2, None), (3, 6), (4, 3)],
     ["no value in 1 row: f >= 3 does not hold"]),
    # 6 % -1 is 0 for f = 1, as a column says too; f = 2 divides by zero
    ("sweep f for f in 1..4 where 6 % (f - 2) == 0", [(1, 1), (3, 3), (4, 4)], []),
    ("net = (8,8,3) -> conv(3x3,c,same)*(n-1) -> gap -> dense(10)\n"
     "sweep params(net) for n in 1..3, c in {4} where params(net) <= 1M",
     [(1, 4, 40), (2, 4, 162), (3, 4, 310)], []),  # (3 + 1)·10; 9·3·4 + 4 + 50; and 9·4·4 + 4 more
    # n copies of 3·c·4·2^i + 4·2^i parameters: 40; 40 + 104; 40 + 104 + 400
    (DEEP + "sweep params(net) for n in 1..3", [(1, 40), (2, 144), (3, 544)], ["holds for H >= 3*2^n - 2"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "table", "notes"), TABLES, ids=[text.split("\n")[-1] for text, _, _ in TABLES])
def test_the_table_is(text: str, table: list[tuple[Any, ...]], notes: list[str]) -> None:
    answer = sweep(text)
    assert rows(answer) == table
    assert list(answer.notes) == notes


def test_the_answer_says_what_was_asked() -> None:
    answer = sweep(VALID + "sweep params(net), macs(net) for f in {2}, H in {9} where f < 3")
    assert answer.said == "sweep params(net), macs(net) for f in {2}, H in {9} where f < 3"
    assert answer.names == ("f", "H")
    assert answer.columns == ("params(net)", "macs(net)")


def test_what_is_not_varied_stays_a_symbol() -> None:
    answer = sweep(VALID + "sweep params(net), macs(net) for f in {2}, H in {9}")
    w = symbol("W")
    assert answer.order == ("W",)
    assert rows(answer) == [(2, 9, 86, 7 * (w - 2) * 54 + 20)]
    assert answer.notes == ("holds for W >= 3",)


@pytest.mark.slow
def test_as_many_rows_are_traced_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TRACED", 3)
    assert rows(sweep("sweep sqrt(f) for f in {1, 4, 9}")) == [(1, 1), (4, 2), (9, 3)]
    with pytest.raises(NetError, match="so many rows cannot be traced one by one: the limit is 3"):
        sweep("sweep sqrt(f) for f in {1, 4, 9, 16}")
    # With the width 1 there is a formula; of the others so many are traced.
    widths = WIDTHS + "sweep params(net(a)) for a in {0.25, 0.5, 0.7, 1, 0.75}"
    assert [row.values[0] for row in sweep(widths).rows] == [32, 64, 96, 128, None]


def test_as_many_rows_as_are_allowed() -> None:
    answer = sweep("sweep f + g for f in 1..1000, g in 1..100")
    assert len(answer.rows) == MAX_ROWS
    assert all(sum(row.point) == row.values[0] for row in answer.rows)


# Every message.

MESSAGES = [
    (
        SAME + "sweep params(net) for f in 1..1000, g in 1..101",
        """
101,000 rows are too many to be shown: the limit is 100,000
  line 2
  sweep params(net) for f in 1..1000, g in 1..101
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: a larger step makes fewer: 8..128 step 8; paramula sweep writes any number to a file, or finds the best
""",
    ),
    (
        "sweep f for f in 1..10^5000",
        """
so many rows are too many to be shown: the limit is 100,000
  sweep f for f in 1..10^5000
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: a larger step makes fewer: 8..128 step 8; paramula sweep writes any number to a file, or finds the best
""",
    ),
    (
        "sweep f for f in 8..64 step *1",
        """
a factor is at least 2
  sweep f for f in 8..64 step *1
                               ^
""",
    ),
    (
        "sweep f for f in 8..64 step /2",
        """
a step is a number, or a factor: step 8, step *2
  sweep f for f in 8..64 step /2
                               ^
""",
    ),
    (
        "sweep f for f in 0..64 step *2",
        """
a range with a factor begins above 0
  sweep f for f in 0..64 step *2
                   ^
""",
    ),
    (
        SAME + "sweep params(net) for q in 1..3",
        """
there is no symbol called 'q'
  line 2
  sweep params(net) for q in 1..3
                        ^
hint: the symbol is f
""",
    ),
    (
        SAME + "sweep params(net) for net in 1..3",
        """
'net' is a network, not a symbol or a number
  line 2
  sweep params(net) for net in 1..3
                        ^^^
""",
    ),
    (
        SAME + "sweep params(nte) for f in 1..3",
        """
there is no layer called 'nte'
  line 2
  sweep params(nte) for f in 1..3
               ^^^
hint: did you mean 'net'?
""",
    ),
    (
        SAME + "sweep net for f in 1..3",
        """
a sweep shows numbers, but this is a network
  line 2
  sweep net for f in 1..3
        ^^^
hint: ask for a quantity: params(net)
""",
    ),
    (
        SAME + "sweep params(net) for f in {1, 3x3}",
        """
a sweep goes over numbers, but this is a shape
  line 2
  sweep params(net) for f in {1, 3x3}
                                 ^^^
""",
    ),
    (
        SAME + "sweep params(net) for f in {1, 2*g}",
        """
a sweep goes over numbers
  line 2
  sweep params(net) for f in {1, 2*g}
                                 ^^^
hint: 2·g is open: write a number
""",
    ),
    (
        SAME + "sweep params(net) for f in 1..g",
        """
a sweep goes over numbers
  line 2
  sweep params(net) for f in 1..g
                                ^
hint: g is open: write a number
""",
    ),
    (
        SAME + "sweep params(net) for f in 1..4 step 0",
        """
the step is at least 1
  line 2
  sweep params(net) for f in 1..4 step 0
                                       ^
""",
    ),
    (
        SAME + "sweep params(net) for f in {1}, f in {2}",
        """
'f' is varied twice
  line 2
  sweep params(net) for f in {1}, f in {2}
                        -         ^
""",
    ),
    (
        SAME + "sweep params(net) for f in 1..3 where f % g == 0",
        """
this depends on g too
  line 2
  sweep params(net) for f in 1..3 where f % g == 0
                                        ^^^^^^^^^^
hint: give g a number: g = … on a line of its own
""",
    ),
    (
        "net = (4,4,f) -> conv(9x9,8)\nsweep params(net) for f in 1..3",
        """
conv: the window covers 9 places, but the input has 4; (4, 4, 1) comes in
  line 1
  net = (4,4,f) -> conv(9x9,8)
                   ^^^^^^^^^^^
""",
    ),
    (
        "sweep sqrt(f) for f in 2..3",
        """
sqrt(2) is not exact
  sweep sqrt(f) for f in 2..3
        ^^^^^^^
hint: write floor(sqrt(f))
""",
    ),
    (
        "sweep sqrt(f) for f in 1..2001",
        """
this has no formula, and so many rows cannot be traced one by one: the limit is 2,000
  sweep sqrt(f) for f in 1..2001
        ^^^^^^^
hint: as a formula: sqrt(f) is not exact
""",
    ),
]


@pytest.mark.parametrize(("text", "said"), MESSAGES, ids=[text.split("\n")[-1] for text, _ in MESSAGES])
def test_the_message_is_exactly(text: str, said: str) -> None:
    with pytest.raises(NetError) as error:
        sweep(text)
    assert str(error.value) == said.strip()


# Against numbers from the start.


@pytest.mark.slow
def test_random_networks_have_the_values_of_networks_traced_with_the_numbers() -> None:
    rng = random.Random("sweep")
    for _ in range(NETWORKS):
        layers = [
            rng.choice([
                f"conv({rng.choice(['3x3', '5x5'])}, {rng.choice(['f', '2*f', 'f + 1', '8'])}, s={rng.randint(1, 2)})",
                f"conv(3x3, 6*f, same, g={rng.choice(['1', '2', '3', 'f'])})",
                "pool(2)", "bn", "relu", "conv(1x1, f/2)",
            ])
            for _ in range(rng.randint(1, 4))
        ]  # fmt: skip
        net = f"net = (H,H,{rng.choice(['3', '6', 'f'])}) -> {' -> '.join(layers)} -> gap -> dense(f)"
        expected = []
        for f, h in itertools.product(range(1, 5), (2, 5, 9, 16)):
            tracer = asker(read(f"f = {f}\nH = {h}\n{net}\n0"), {})
            values: list[Any] = []
            for quantity in ("params", "macs"):
                try:
                    values.append(tracer.number(tree.Call(0, 0, [tree.Name(0, 0, "net")], quantity), tracer.top))
                except NetError:
                    values.append(None)
            expected.append((f, h, *values))
        try:
            answer = rows(sweep(f"{net}\nsweep params(net), macs(net) for f in 1..4, H in {{2, 5, 9, 16}}"))
        except NetError:  # no numbers are right
            answer = [(*row[:2], None, None) for row in expected]
        assert answer == expected, net
