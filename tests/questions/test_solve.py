"""`solve`: hand-made cases, every message, and random problems against trying all numbers.

PARAMULA_LONG=1 pytest tests/questions/test_solve.py      2,000 random problems of each kind
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from paramula.engine.trace import asker
from paramula.errors import NetError
from paramula.language import tree
from paramula.questions.solve import Solution, solved
from paramula.questions.statements import answer, read

PROBLEMS = 2_000 if os.environ.get("PARAMULA_LONG") else 100
NETWORKS = 300 if os.environ.get("PARAMULA_LONG") else 40
RANGE = 300  # numbers that are tried one by one
MODULI = [2, 3, 4, 5, 6, 8, 10, 12]  # of which a common multiple is small: there are no more than 120 classes
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "==": lambda a, b: a == b,
}


def solve(text: str) -> Solution:
    """The answer to the last statement of a program."""
    program = read(text)
    solution = answer(program, program.root.statements[-1], {})
    assert isinstance(solution, Solution)
    return solution


def message(text: str) -> str:
    with pytest.raises(NetError) as error:
        solve(text)
    return str(error.value)


def numbers(points: tuple[Any, ...]) -> list[int]:
    return [point.at for point in points]


# By hand.

IMAGE = "net = (H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)\n"  # 27f + f + 10f + 10 = 38f + 10 parameters
GROUPS = "net = (28,28,6) -> conv(3x3,f,g=6) -> gap -> dense(10)\n"  # 9f + f + 10f + 10 = 20f + 10, f % 6 == 0

# A program, what is found and what stands beside it as (number, left, right), and the note.
CASES: list[tuple[str, list[tuple[Any, ...]], list[tuple[Any, ...]], str]] = [
    # networks
    (IMAGE + "solve params(net) <= 1M for f", [(26315, 999980, 10**6)], [(26316, 1000018, 10**6)], ""),
    (IMAGE + "solve params(net) < 390 for f", [(9, 352, 390)], [(10, 390, 390)], ""),
    (IMAGE + "solve params(net) >= 390 for f", [(10, 390, 390)], [(9, 352, 390)], ""),
    (IMAGE + "solve params(net) > 390 for f", [(11, 428, 390)], [(10, 390, 390)], ""),
    (IMAGE + "solve params(net) == 390 for f", [(10, 390, 390)], [], ""),
    (IMAGE + "solve params(net) == 400 for f", [], [(10, 390, 400), (11, 428, 400)], "no f meets the claim"),
    (IMAGE + "solve 1k >= params(net) for f", [(1, 1000, 48)], [], "no smaller f is allowed"),
    (IMAGE + "solve params(net) <= 1M for f where f % 64 == 0",
     [(26304, 999562, 10**6)], [(26368, 1001994, 10**6)], ""),
    (GROUPS + "solve params(net) <= 1k for f", [(48, 970, 1000)], [(54, 1090, 1000)], ""),
    (GROUPS + "solve params(net) >= 1k for f where f % 4 == 0", [(60, 1210, 1000)], [(48, 970, 1000)], ""),
    (IMAGE + "assume f % 100 == 7, f >= 200\nsolve params(net) <= 10k for f",
     [(207, 7876, 10**4)], [(307, 11676, 10**4)], ""),
    (IMAGE + "f = 32\nsolve params(net) <= 1M for f", [(26315, 999980, 10**6)], [(26316, 1000018, 10**6)], ""),
    (IMAGE + "solve params(net) <= 40 for f", [], [(1, 48, 40)], "no f meets the claim"),
    (IMAGE + "solve params(net) >= 1M for f where f <= 100", [], [(100, 3810, 10**6)], "no f meets the claim"),
    (IMAGE + "solve params(net) <= 1M for f where f <= 100", [(100, 3810, 10**6)], [], "no greater f is allowed"),
    (IMAGE + "solve params(net) - 38*f <= 10 for f", [], [(1, 10, 10)], "the claim holds for every f"),
    (IMAGE + "solve params(net) - 38*f >= 11 for f", [], [(1, 10, 11)], "no f meets the claim"),
    (IMAGE + "solve params(net) <= 1M for f where f % 4 == 1, f % 2 == 0", [], [], "no f meets the conditions"),
    # gpt2 of width 768: 7,087,872 for each layer, 39,385,344 in the tables and the last norm (124,439,808 with 12)
    ("solve params(gpt2(L=L,d=768,h=12)) <= 1G for L", [(135, 996248064, 10**9)], [(136, 1003335936, 10**9)], ""),
    # d % 12 == 0 is asked by the heads: 12·12·d² + 13·12·d + 50257·d + 1024·d + 2·d
    ("solve params(gpt2(L=12,d=d,h=12)) <= 1G for d", [(2460, 997970340, 10**9)], [(2472, 1007110104, 10**9)], ""),
    # equations
    ("solve f^2 == 49 for f", [(7, 49, 49)], [], ""),
    ("solve f^2 == 50 for f", [], [(7, 49, 50), (8, 64, 50)], "no f meets the claim"),
    ("solve (f - 3)*(f - 8)*(f + 2) == 0 for f", [(3, 0, 0), (8, 0, 0)], [], ""),
    ("solve f*(f + 1)/2 == 5050 for f", [(100, 5050, 5050)], [], ""),
    ("solve f^2 + 1 == 0 for f", [], [(1, 2, 0)], "the left side is greater for every f"),
    ("solve f == f + 1 for f where f >= 4", [], [(4, 4, 5)], "the left side is less for every f that is allowed"),
    ("solve f - 3*floor(f/3) == 1 for f", [(1, 1, 1), (4, 1, 1), (7, 1, 1)], [],
     "there is no last f: these are the first that meet the claim"),
    ("solve (f + 1)^2 == f^2 + 2*f + 1 for f", [], [(1, 4, 4)], "the claim holds for every f"),
    ("solve 2^f == f^2 for f", [(2, 4, 4), (4, 16, 16)], [], ""),
    # neither rising nor falling
    ("solve 10*f - f^2 >= 21 for f", [(3, 21, 21)], [(2, 16, 21)], ""),
    ("solve 10*f - f^2 >= 26 for f", [], [(1, 9, 26)], "no f meets the claim"),
    ("solve 10*f - f^2 <= 21 for f", [], [(6, 24, 21), (7, 21, 21)],
     "there is no largest f: the claim holds for every one from 7 on"),
    ("solve f^2 - 10*f <= -21 for f", [(7, -21, -21)], [(8, -16, -21)], ""),
    ("solve 2^n - n^3 <= 0 for n", [(9, -217, 0)], [(10, 24, 0)], ""),
    ("solve 2^n >= n^10 for n", [(1, 2, 1)], [], "no smaller n is allowed"),
    ("solve 2^n >= n^10 for n where n > 1", [(59, 2**59, 59**10)], [(58, 2**58, 58**10)], ""),
    ("solve 3^n - 2^n <= 100 for n", [(4, 65, 100)], [(5, 211, 100)], ""),
    # roundings, remainders and functions
    ("solve f*floor(f/3) <= 100 for f", [(17, 85, 100)], [(18, 108, 100)], ""),
    ("solve f < 512 for f where 512 % f == 0", [(256, 256, 512)], [(512, 512, 512)], ""),
    ("solve f <= 10^9 for f where 360 % f == 0", [(360, 360, 10**9)], [], "no greater f is allowed"),
    ("solve f <= 100 for f where f^2 % 16 == 9", [(99, 99, 100)], [(101, 101, 100)], ""),
    ("solve f <= 100 for f where f % 6 != 0, f % 7 != 2, f % 2 == 0", [(98, 98, 100)], [(104, 104, 100)], ""),
    ("solve round_to(f, 8) <= 100 for f", [(99, 96, 100)], [(100, 104, 100)], ""),
    ("solve floor(sqrt(f)) <= 100 for f", [(10200, 100, 100)], [(10201, 101, 100)], ""),
    ("solve floor(log2(f)) >= 100 for f", [(2**100, 100, 100)], [(2**100 - 1, 99, 100)], ""),
    ("solve f^f <= 10^9 for f", [(9, 9**9, 10**9)], [(10, 10**10, 10**9)], ""),
    ("solve f <= 100 for f where f^2 % 1000003 == 4", [(2, 2, 100)], [],
     "no greater f was found among the next 50,000"),
    ("solve f <= 1 for f where f^2 % 1000003 == 4", [], [(2, 2, 1)], "no f meets the claim"),
    ("solve 2^f % 7 == 1 for f where f <= 10", [(3, 1, 1), (6, 1, 1), (9, 1, 1)], [], ""),
    ("solve 100/f <= 7 for f", [], [(14, Fraction(50, 7), 7), (15, Fraction(20, 3), 7)],
     "there is no largest f: the claim holds for every one from 15 on"),
    ("solve 100/(f - 5) >= 20 for f", [(6, 100, 20)], [], "no smaller f is allowed"),
    ("solve sum(floor(50/i) for i in 1..n) >= 100 for n", [(4, 103, 100)], [(3, 91, 100)], ""),
    # products of functions that rise
    ("solve f*max(f, 10) <= 10^12 for f", [(10**6, 10**12, 10**12)], [(10**6 + 1, (10**6 + 1) ** 2, 10**12)], ""),
    ("solve f*floor(sqrt(f)) <= 10^12 for f", [(10**8, 10**12, 10**12)],
     [(10**8 + 1, (10**8 + 1) * 10**4, 10**12)], ""),
    ("solve f*floor(log2(f)) < 34*2^34 for f", [(2**34 - 1, 33 * (2**34 - 1), 34 * 2**34)],
     [(2**34, 34 * 2**34, 34 * 2**34)], ""),
    # 2^f repeats with another period than what it is divided by: by trying numbers in Python
    ("solve f <= 20 for f where 2^f % 7 == 1", [(18, 18, 20)], [(21, 21, 20)], ""),
    ("solve f <= 30 for f where (f^2 + 2^f) % 5 == 1", [(20, 20, 30)], [(33, 33, 30)], ""),
    ("solve f <= 30 for f where f*2^f % 9 == 1", [(29, 29, 30)], [(40, 40, 30)], ""),
    ("solve f <= 107 for f where floor(2^f/3) % 5 == 0", [(105, 105, 107)], [(108, 108, 107)], ""),
    # large
    ("solve f^3 <= 10^300 for f", [(10**100, 10**300, 10**300)], [(10**100 + 1, (10**100 + 1) ** 3, 10**300)], ""),
    ("solve 2^f <= 10^1000 for f", [(3321, 2**3321, 10**1000)], [(3322, 2**3322, 10**1000)], ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found", "beside", "note"), CASES, ids=[case[0].split("\n")[-1] for case in CASES])
def test_what_is_found(text: str, found: list[Any], beside: list[Any], note: str) -> None:
    answer = solve(text)
    assert (list(answer.found), list(answer.beside), answer.note) == (found, beside, note)


def test_numbers_may_be_longer_than_python_prints() -> None:
    assert numbers(solve("solve f <= 10^5000 for f").found) == [10**5000]
    answer = solve("solve 10^5000 - f <= 5 for f")
    assert answer.note == f"there is no largest f: the claim holds for every one from {'9' * 4999}5 on"


def test_remainders_of_large_numbers_meet_by_the_chinese_remainder_theorem() -> None:
    first = next(f for f in range(5, 65536 * 3**9, 65536) if f % 3**9 == 7)
    answer = solve("solve f <= 10^12 for f where f % 65536 == 5, f % 3^9 == 7")
    period = 65536 * 3**9
    last = first + (10**12 - first) // period * period
    assert (numbers(answer.found), numbers(answer.beside)) == ([last], [last + period])


def test_the_answer_says_what_was_asked_and_what_must_hold() -> None:
    answer = solve(GROUPS + "solve params(net) <= 1k for f where f >= 3")
    assert answer.said == "solve params(net) <= 1k for f where f >= 3"
    assert (answer.name, answer.left, answer.relation, answer.right) == ("f", "params(net)", "<=", "1k")
    assert answer.conditions == ("f % 6 == 0",)
    assert answer.order == ("f",)


def test_conditions_on_what_does_not_matter_are_told_and_not_asked_for() -> None:
    net = "net = (H,W,3) -> conv(3x3,f) -> gap -> dense(10)\n"
    assert solve(net + "solve params(net) <= 1M for f").conditions == ("H >= 3", "W >= 3")


def test_an_equals_sign_alone_is_an_equation() -> None:
    tracer = asker(read("solve f^2 == 49 for f"), {})
    statement = tracer.program.root.statements[0]
    assert isinstance(statement, tree.Solve)
    claim = statement.claims[0]
    single = tree.Claim(claim.start, claim.end, claim.operands, ["="])
    node = tree.Solve(statement.start, statement.end, [single], statement.names, [])
    answer = solved(tracer, node, tracer.top)
    assert (answer.relation, numbers(answer.found)) == ("==", [7])


# The real numbers for which both sides are equal, as the textbook's formula has them.
ROOTS = [
    ("solve 3*f <= 10 for f", ["10/3"]),
    ("solve f^2 <= 50 for f", ["5*sqrt(2)"]),
    ("solve f^2 + f <= 1 for f", ["-1/2 + sqrt(5)/2"]),
    ("solve 10*f - f^2 >= 21 for f", ["3", "7"]),
    ("solve (f - 3)^2 >= 0 for f", ["3"]),
    ("solve f^2 >= -1 for f", []),
    ("solve f^3 <= 50 for f", ["50**(1/3)"]),
    ("solve 8*f^3 - 27 <= 98 for f", ["5/2"]),
    ("solve f^4 + 1 <= 0 for f", []),
    ("solve f^3 + f <= 50 for f", []),
    ("solve floor(f/2) <= 50 for f", []),
    ("solve 2^f <= 50 for f", ["log(50)/log(2)"]),
    ("solve 5*4^f - 3 <= 77 for f", ["2"]),
    ("solve 3^f + 5 <= 1 for f", []),
    ("solve 3^f + f <= 50 for f", []),
]


@pytest.mark.parametrize(("text", "roots"), ROOTS)
def test_the_root_is_exact(text: str, roots: list[str]) -> None:
    assert list(map(str, solve(text).roots)) == roots


# Every message.

MESSAGES = [
    (
        "solve f^3*g <= 100 for f",
        """
this depends on g too
  solve f^3*g <= 100 for f
        ^^^^^
hint: put numbers in their place: (f^3 * g at g=…)
""",
    ),
    (  # no ⌊P/m⌋: max(1, 2)·1 is not at most 1
        "solve max(h, 2)*m <= P for h",
        """
this depends on P and m too
  solve max(h, 2)*m <= P for h
        ^^^^^^^^^^^
hint: put numbers in their place: (max(h, 2) * m at P=…, m=…)
""",
    ),
    (
        "net = (H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)\nsolve 1M >= macs(net) for f",
        """
this depends on H and W too
  line 2
  solve 1M >= macs(net) for f
              ^^^^^^^^^
hint: put numbers in their place: (macs(net) at H=…, W=…)
""",
    ),
    (
        "net = (T,d) -> attention(h)\nsolve params(net) <= 1M for d",
        """
the condition d % h == 0 depends on h too
  line 2
  solve params(net) <= 1M for d
        ^^^^^^^^^^^^^^^^^
hint: give h a number: h = … on a line of its own
""",
    ),
    (
        "solve f^2 <= 100 for f where f % g == 0",
        """
this depends on g too
  solve f^2 <= 100 for f where f % g == 0
                               ^^^^^^^^^^
hint: give g a number: g = … on a line of its own
""",
    ),
    (
        "solve f^2 <= 100 for q",
        """
there is no symbol called 'q'
  solve f^2 <= 100 for q
                       ^
hint: the symbol is f
""",
    ),
    (
        "block(c) = conv(3x3, c)\nsolve f^2 <= 100 for block",
        """
there is no symbol called 'block'
  line 2
  solve f^2 <= 100 for block
                       ^^^^^
hint: the symbol is f
""",
    ),
    (
        "solve f*g <= 100 for f, f",
        """
'f' is asked for twice
  solve f*g <= 100 for f, f
                       -  ^
""",
    ),
    (
        "solve f*g*n <= 100 for f, g",
        """
this depends on n too
  solve f*g*n <= 100 for f, g
        ^^^^^
hint: put numbers in their place: (f * g * n at n=…)
""",
    ),
    (
        "solve f*n <= 100, f^2 >= 7 for f",
        """
this depends on n too
  solve f*n <= 100, f^2 >= 7 for f
        ^^^
hint: put numbers in their place: (f * n at n=…)
""",
    ),
    (
        "solve f <= 100 for f where f == g^2",
        """
this does not say which whole number g is
  solve f <= 100 for f where f == g^2
                             ^^^^^^^^
hint: a link says one symbol as a multiple of another: where f == 64*g
""",
    ),
    (
        "solve f - g <= 5 for f, g",
        """
it cannot be shown that the points have an end
  solve f - g <= 5 for f, g
        ^^^^^^^^^^
hint: bound it: where f <= 64
""",
    ),
    (
        "solve f - g <= 5 for f, g where f <= 9",
        """
the points have no end: there is no largest g
  solve f - g <= 5 for f, g where f <= 9
        ^^^^^^^^^^
hint: bound it: where g <= 64
""",
    ),
    (
        "solve f*g <= 1T for f, g",
        """
more than 20,000 numbers would have to be tried
  solve f*g <= 1T for f, g
        ^^^^^^^^^
hint: a step makes them fewer: where g % 64 == 0
""",
    ),
    (
        "solve f != 100 for f",
        """
solve takes <=, <, >=, >, = or ==, not !=
  solve f != 100 for f
        ^^^^^^^^
""",
    ),
    (
        "net = (8,8,3) -> conv(3x3,f)\nsolve net <= 100 for f",
        """
a claim compares numbers, but this is a network
  line 2
  solve net <= 100 for f
        ^^^
hint: ask for a quantity: params(net)
""",
    ),
    (
        "net = (8,8,3) -> conv(3x3,f)\nsolve shape(net) == (6,6,9) for f",
        """
a claim compares numbers, but this is a shape
  line 2
  solve shape(net) == (6,6,9) for f
        ^^^^^^^^^^
""",
    ),
    (
        "assume f == 3*g\nsolve f <= 100 for f",
        """
'f' stands for 3·g here, and cannot be solved for
  line 2
  solve f <= 100 for f
                     ^
""",
    ),
    (
        "solve min(f, 100) >= 200 for f",
        """
it cannot be told which f meet this claim: nothing changes up to 2^512, and what comes behind is not known
  solve min(f, 100) >= 200 for f
        ^^^^^^^^^^^^^^^^^^
hint: bound it: where f <= 4096
""",
    ),
    (
        "solve floor(1000/f)*f <= 998 for f",
        """
it cannot be told which f meet this claim: it has no rule by which its numbers could be found, so that they are tried \
one by one, and these have no end
  solve floor(1000/f)*f <= 998 for f
        ^^^^^^^^^^^^^^^^^^^^^^
hint: bound it: where f <= 4096
""",
    ),
    (
        "solve 7^f % 1000003 == 2 for f",
        """
it cannot be told which f meet this claim: it has no rule by which its numbers could be found, so that they are tried \
one by one, and these have no end
  solve 7^f % 1000003 == 2 for f
        ^^^^^^^^^^^^^^^^^^
hint: bound it: where f <= 4096
""",
    ),
    (
        "solve sum(floor(100/i) for i in 1..f) <= 500 for f",
        """
a sum without closed form is too large: the limit is 100,000 terms
  solve sum(floor(100/i) for i in 1..f) <= 500 for f
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: bound it: where f <= 4096
""",
    ),
]  # fmt: skip


@pytest.mark.slow(only=r"floor\(100/i\)")
@pytest.mark.parametrize(("text", "said"), MESSAGES, ids=[text.split("\n")[-1] for text, _ in MESSAGES])
def test_the_message_is_exactly(text: str, said: str) -> None:
    assert message(text) == said.replace("\\\n", "").strip()


def test_what_cannot_be_told_is_tried_out_where_it_is_bounded() -> None:
    values = {f: 1000 // f * f for f in range(1, 4097)}
    last = max(f for f, value in values.items() if value <= 998)
    assert numbers(solve("solve floor(1000/f)*f <= 998 for f where f <= 4096").found) == [last]


# Against trying all numbers.


class Problem(NamedTuple):
    """A sentence, and what it means: both sides and the conditions as functions of the number."""

    text: str
    left: Callable[[int], Any]
    right: Callable[[int], Any]
    relation: str
    allowed: Callable[[int], bool]

    def holds(self, f: int) -> bool:
        return COMPARE[self.relation](self.left(f), self.right(f))


Part = tuple[str, Callable[[int], Any]]


def polynomial(rng: random.Random) -> Part:
    c, d = rng.choice([1, 2, 3, 7, 12, 50, 400, Fraction(1, 2), Fraction(5, 3)]), rng.randint(0, 4)
    return f"{c}*f^{d}", lambda f: c * f**d


def rounding(rng: random.Random) -> Part:
    c, a, b, m = rng.randint(1, 5), rng.randint(1, 4), rng.randint(-3, 5), rng.choice(MODULI)
    d = rng.randint(0, 2)
    return f"{c}*f^{d}*floor(({a}*f + {b})/{m})", lambda f: c * f**d * ((a * f + b) // m)


def remainder(rng: random.Random) -> Part:
    c, m = rng.randint(1, 9), rng.choice(MODULI)
    return f"{c}*(f % {m})", lambda f: c * (f % m)


def power(rng: random.Random) -> Part:
    c, b, s, d = rng.choice([1, 3, 40]), rng.choice([2, 3, 6]), rng.choice([1, 1, 2]), rng.randint(0, 2)
    return f"{c}*f^{d}*{b}^({s}*f)", lambda f: c * f**d * b ** (s * f)


def over(rng: random.Random) -> Part:
    c, a = rng.randint(1, 900), rng.randint(1, 5)
    return f"{c}/({a}*f)", lambda f: Fraction(c, a * f)


def rising(rng: random.Random) -> Part:
    a, m = rng.randint(1, 40), rng.choice([4, 8])

    def multiple(f: int) -> Fraction | int:
        x = a * f
        near = max(m, (2 * x + m) // (2 * m) * m)
        return near + m if 10 * near < 9 * x else near

    return rng.choice([(f"round_to({a}*f, {m})", multiple), (f"max({a}*f, 60)", lambda f: max(a * f, 60))])


KINDS: dict[str, list[Callable[[random.Random], Part]]] = {
    "polynomials": [polynomial],
    "roundings": [polynomial, rounding, remainder],
    "powers": [polynomial, power],
    "quotients": [polynomial, over],
}


def side(rng: random.Random, kinds: list[Callable[[random.Random], Part]], signs: tuple[int, ...] = (1, -1)) -> Part:
    parts = [rng.choice(kinds)(rng) for _ in range(rng.randint(1, 3))]
    weights = [rng.choice(signs) for _ in parts]
    text = "".join(f" {'+' if s > 0 else '-'} {t}" for s, (t, _) in zip(weights, parts, strict=True))
    return f"0{text}", lambda f: sum(s * value(f) for s, (_, value) in zip(weights, parts, strict=True))


def condition(rng: random.Random) -> tuple[str, Callable[[int], bool]]:
    m, r, a = rng.choice(MODULI), rng.randint(0, 3), rng.randint(1, RANGE)
    n = rng.choice([64, 360, 512, 720, 1000])
    return rng.choice([
        (f"f % {m} == {r % m}", lambda f: f % m == r % m),
        (f"f % {m} != {r % m}", lambda f: f % m != r % m),
        (f"f^2 % {m} == {r * r % m}", lambda f: f**2 % m == r * r % m),
        (f"(3*f + {r}) % {m} == 0", lambda f: (3 * f + r) % m == 0),
        (f"floor(f/{m}) % 2 == 0", lambda f: f // m % 2 == 0),
        (f"{n} % f == 0", lambda f: n % f == 0),
        (f"f >= {a}", lambda f: f >= a),
        (f"{a} <= f^2 <= {a * a}", lambda f: a <= f**2 <= a * a),
        (f"f <= {a}", lambda f: f <= a),
        (f"f^2 - {a}*f + {3 * a} != 0", lambda f: f**2 - a * f + 3 * a != 0),
    ])  # fmt: skip


def problem(rng: random.Random, kinds: list[Callable[[random.Random], Part]], signs: tuple[int, ...]) -> Problem:
    left, right = side(rng, kinds, signs), (str(n := rng.choice([0, 17, 300, 10**4, 10**6])), lambda f: n)
    if rng.random() < 0.3:
        right = side(rng, kinds, signs)
    if rng.random() < 0.3:  # an equation that has a solution
        at = left[1](rng.randint(1, RANGE // 3))
        right = (f"{at}" if at >= 0 else f"0 - {-at}", lambda f: at)
    conditions = [condition(rng) for _ in range(rng.choice([0, 0, 1, 2]))]
    relation = rng.choice(["<=", "<", ">=", ">", "==", "=="])
    where = f" where {', '.join(text for text, _ in conditions)}" if conditions else ""
    return Problem(
        f"solve {left[0]} {relation} {right[0]} for f{where}",
        left[1], right[1], relation, lambda f: all(holds(f) for _, holds in conditions),
    )  # fmt: skip


def check(it: Problem, answer: Solution) -> None:
    """Compares an answer with all numbers of the range, and beyond it with what it says itself."""
    tried = [f for f in range(1, RANGE + 1) if it.allowed(f)]
    meet = [f for f in tried if it.holds(f)]
    found, beside = numbers(answer.found), numbers(answer.beside)
    for point in (*answer.found, *answer.beside):
        assert it.allowed(point.at)
        assert (point.left, point.right) == (it.left(point.at), it.right(point.at))
    assert all(map(it.holds, found))
    if answer.note.startswith("the claim holds for every"):
        assert meet == tried
        assert beside == tried[:1]
    elif answer.note.startswith("there is no"):
        if "from" in answer.note:
            last, start = beside
            assert not it.holds(last)
            assert [f for f in tried if f > last] == [f for f in meet if f >= start]
            assert not any(last < f < start for f in tried)
        else:
            assert [f for f in found if f <= RANGE] == meet[: len(found)]
    elif answer.note.startswith("no f"):
        assert not found
        assert not meet
        if "conditions" in answer.note:
            assert not tried
        if it.relation == "==" and len(beside) == 2:
            below, above = sorted(it.left(f) - it.right(f) for f in beside)
            assert below < 0 < above
            assert not any(it.allowed(f) for f in range(beside[0] + 1, beside[1]))
    elif answer.note.startswith("the left side is"):
        assert not meet
        assert len({it.left(f) > it.right(f) for f in tried}) <= 1
    elif it.relation == "==":
        assert [f for f in found if f <= RANGE] == meet
    else:
        (at,) = found
        largest = it.relation[0] == "<"
        if at <= RANGE:
            assert at == (meet[-1] if largest else meet[0])
        else:
            assert largest or not meet
        between = range(at + 1, beside[0]) if largest and beside else range(beside[0] + 1, at) if beside else ()
        assert not any(it.allowed(f) for f in between)
        assert not any(map(it.holds, beside))
        assert beside or answer.note in ("no greater f is allowed", "no smaller f is allowed")
        if not beside:
            assert not any(f > at if largest else f < at for f in tried)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_random_problems_of_every_shape_are_solved_exactly(kind: str) -> None:
    """Differences of quantities rise and fall as they like: none of these may be refused."""
    rng = random.Random(f"solve {kind}")
    for _ in range(PROBLEMS):
        it = problem(rng, KINDS[kind], (1, -1))
        try:
            check(it, solve(it.text))
        except Exception as error:
            error.add_note(it.text)
            raise


@pytest.mark.slow
def test_random_problems_that_only_rise_are_solved_exactly() -> None:
    rng, refused = random.Random("solve rising"), 0
    for _ in range(PROBLEMS):
        it = problem(rng, [polynomial, rounding, rising], (1,))
        try:
            check(it, solve(it.text))
        except Exception as error:
            if isinstance(error, NetError) and "cannot be told" in error.message:
                refused += 1  # such as a difference of two sides that only rise
                continue
            error.add_note(it.text)
            raise
    assert refused < PROBLEMS / 5


@pytest.mark.slow
def test_random_networks_are_solved_as_if_they_were_traced_with_every_number() -> None:
    rng = random.Random("solve networks")
    for _ in range(NETWORKS):
        size, g, m = rng.choice([8, 9, 16]), rng.choice([1, 2, 3, 4]), rng.choice([1, 1, 2, 3])
        net = (
            f"net = ({size},{size},{rng.choice([3, 4])}) -> conv(3x3, {rng.choice(['f', '2*f', 'f + 1'])}, same) -> bn"
            f" -> conv(3x3, 12, s={rng.choice([1, 2])}, g={g}) -> conv(1x1, f/{m}) -> flatten -> dense(f)"
        )
        quantity, limit = rng.choice(["params", "macs"]), rng.choice([5_000, 50_000, 200_000])
        relation = rng.choice(["<=", ">="])
        values: dict[int, Any] = {}
        for f in range(1, 61):
            tracer = asker(read(f"f = {f}\n{net}\n0"), {})
            try:
                values[f] = tracer.number(tree.Call(0, 0, [tree.Name(0, 0, "net")], quantity), tracer.top)
            except NetError:  # a condition breaks
                continue
        if not values:
            continue
        answer = solve(f"{net}\nsolve {quantity}(net) {relation} {limit} for f where f <= 60")
        meet = [f for f, value in values.items() if COMPARE[relation](value, limit)]
        best = meet[-1:] if relation == "<=" else meet[:1]
        assert [(p.at, p.left) for p in answer.found] == [(f, values[f]) for f in best], answer.said
        others = [f for f in values if not meet or (f > best[0] if relation == "<=" else f < best[0])]
        if meet:
            expected = others[:1] if relation == "<=" else others[-1:]
            assert numbers(answer.beside) == expected, answer.said


def test_several_budgets_are_met_at_once() -> None:
    net = "net = (32,32,3) -> conv(3x3,f,same) -> conv(3x3,f,same) -> gap -> dense(10)"
    answer = solve(f"{net}\nsolve params(net) <= 1M, macs(net) <= 300M for f where f % 8 == 0")
    # by hand: params 9f^2 + 39f + 10 + ..., macs 9216f^2 + 27648f + 10f
    f = max(
        f
        for f in range(8, 999, 8)
        if 9 * f * f + 28 * f + f + 10 * f + 10 <= 10**6 and 9216 * f * f + 27658 * f <= 3 * 10**8
    )
    assert [(p.at, p.left) for p in answer.found] == [(f, 9 * f * f + 39 * f + 10)]
    (macs,) = answer.also
    assert macs.found == ((9216 * f * f + 27658 * f, 300_000_000),)
    assert numbers(answer.beside) == [f + 8]
    assert macs.beside[0][0] > 300_000_000


def test_random_budgets_together_against_brute_force() -> None:
    rng = random.Random("budgets")
    for _ in range(PROBLEMS):
        upper = rng.random() < 0.5
        terms = [[rng.randint(-3, 9), rng.randint(0, 9), rng.randint(0, 4)] for _ in range(rng.choice([2, 2, 3]))]
        limits = [rng.randint(0, 900) for _ in terms]
        sides = [f"{a} + {b}*f + {c}*f^2" if a >= 0 else f"{b}*f + {c}*f^2 - {-a}" for a, b, c in terms]
        sign = "<=" if upper else ">="
        text = ", ".join(f"{side} {sign} {limit}" for side, limit in zip(sides, limits, strict=True))
        answer = solve(f"solve {text} for f where f <= 60")
        meet = [
            f for f in range(1, 61)
            if all(COMPARE[sign](a + b * f + c * f * f, limit) for (a, b, c), limit in zip(terms, limits, strict=True))
        ]  # fmt: skip
        best = (meet[-1:] if upper else meet[:1]) if meet else []
        assert numbers(answer.found) == best, text
        for point, *values in zip(answer.found, *(it.found for it in answer.also), strict=True):
            assert point.left == terms[0][0] + terms[0][1] * point.at + terms[0][2] * point.at**2
            for (a, b, c), (left, right), limit in zip(terms[1:], values, limits[1:], strict=True):
                assert (left, right) == (a + b * point.at + c * point.at**2, limit)
