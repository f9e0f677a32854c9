"""Conditions: they hold exactly where the sizes, worked out by hand, are whole and large enough; and they are few."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate

# A network, its symbols' values, and where it is possible, in plain integers.
POSSIBLE: list[tuple[str, dict[str, Iterable[int]], Callable[..., bool]]] = [
    # A bound behind a stride and a division: ⌊(W-1)/2⌋/2 >= 2 is W >= 9.
    (
        "(W,5) -> pool(3,s=2) -> unshuffle(2) -> conv(2,1)", {"W": range(1, 25)},
        lambda W: W >= 3 and (W - 1) // 2 % 2 == 0 and (W - 1) // 4 >= 2,
    ),
    ("(T,c) -> pool(2) -> glu -> conv(3,2)", {"T": range(1, 12), "c": range(1, 5)}, lambda T, c: T >= 6 and c % 2 == 0),
    (
        "(T,c) -> reshape(-1,6) -> crop(1)", {"T": range(1, 13), "c": range(1, 10)},
        lambda T, c: T * c % 6 == 0 and T * c // 6 >= 3,
    ),
    # A multiple of m is no less than m only where it is not 0.
    ("(H-2,6) -> unshuffle(c)", {"H": range(1, 12), "c": range(1, 5)}, lambda H, c: H >= 3 and (H - 2) % c == 0),
    ("(H,4) -> pool(2) -> unshuffle(c)", {"H": range(1, 9), "c": range(1, 5)}, lambda H, c: H >= 2 and H // 2 % c == 0),
    ("(H,4) -> unshuffle(c) -> crop(1)", {"H": range(1, 20), "c": [1, 2, 3]}, lambda H, c: H % c == 0 and H // c >= 3),
    ("(H,4) -> unshuffle(c) -> unshuffle(c)", {"H": range(1, 20), "c": range(1, 5)}, lambda H, c: H % c**2 == 0),
    # Sizes that may be equal though they are written as fractions.
    (
        "(n*(n+1)/2+2*w) -> id + dense(5)", {"n": range(1, 5), "w": range(1, 5)},
        lambda n, w: n * (n + 1) // 2 + 2 * w == 5,
    ),
    # Widths that need not be whole.
    ("(d) -> dense(min(f/2, 8))", {"d": [3], "f": range(1, 21)}, lambda d, f: f % 2 == 0 or f >= 16),
    ("(T,c) -> linear(f/(g+1)) -> gn(g)", {"T": [1], "c": [1], "f": range(1, 25), "g": range(1, 4)},
     lambda T, c, f, g: f % (g + 1) == 0 and f // (g + 1) % g == 0),
    ("(T,c) -> linear(2^(f-g))", {"T": [1], "c": [1], "f": range(1, 5), "g": range(1, 5)}, lambda T, c, f, g: f >= g),
    # As many copies as a difference: none of them needs anything where there is none.
    ("(T,c) -> gn(2)*(n-m)", {"T": [1], "c": range(1, 5), "n": range(1, 4), "m": range(1, 4)},
     lambda T, c, n, m: n >= m and (n == m or c % 2 == 0)),
    ("(T,c) -> gn(2)*(n//2) -> gn(2)", {"T": [1], "c": range(1, 5), "n": range(1, 4)}, lambda T, c, n: c % 2 == 0),
    ("(T,8) -> [unshuffle(2) for i in 1..n-m]", {"T": range(1, 9), "n": range(1, 4), "m": range(1, 4)},
     lambda T, n, m: n >= m and T % 2 ** (n - m) == 0),
    ("(64,c) -> [unshuffle(2) for i in m..n]", {"c": [1], "m": range(1, 9), "n": range(1, 9)},
     lambda c, m, n: -1 <= n - m <= 5),
    ("(H,4) -> (id | (pool(2) -> up(2)))*(n-m)", {"H": range(1, 6), "n": range(1, 4), "m": range(1, 4)},
     lambda H, n, m: n >= m and (n == m or H % 2 == 0)),
    ("(H,4) -> (unshuffle(2) -> unshuffle(2))*n -> conv(2,3)", {"H": range(1, 40), "n": [1, 2]},
     lambda H, n: H % 4**n == 0 and H // 4**n >= 2),
    # What the factor takes away of a power of two: 6·H is a multiple of 2^n where H is one of 2^(n-1).
    ("(6*H,4) -> unshuffle(2)*n", {"H": range(1, 17), "n": range(1, 7)}, lambda H, n: 6 * H % 2**n == 0),
    ("(12*H,4) -> unshuffle(6)*n", {"H": range(1, 40), "n": range(1, 4)}, lambda H, n: 12 * H % 6**n == 0),
    # A need of every copy is not that of its last.
    ("(9) -> [dense(c*2^i) -> id + dense(4) for i in 1..n]", {"c": range(1, 5), "n": range(1, 4)},
     lambda c, n: c == 2 and n == 1),
    ("(T,c) -> [gn(i) for i in n-2..n]", {"T": [1], "c": range(1, 30), "n": range(1, 6)},
     lambda T, c, n: n >= 3 and all(c % i == 0 for i in range(n - 2, n + 1))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ranges", "possible"), POSSIBLE, ids=[text for text, *_ in POSSIBLE])
def test_conditions_hold_where_plain_arithmetic_says_so(
    text: str, ranges: dict[str, Iterable[int]], possible: Callable[..., bool]
) -> None:
    net = pm.net(text)
    for values in product(*ranges.values()):
        point = dict(zip(ranges, values, strict=True))
        said = all(c.holds(**point) for c in net.conditions)
        assert said == possible(*values), f"{point}: {list(map(str, net.conditions))}"


# As few conditions as say it, and as a person would: worked out by hand.
FEW = {
    "(T,c) -> reshape(-1,4) -> up(3/2)": ["(T*c) % 4 == 0"],
    "(T,c) -> flatten -> widen(5)": ["T*c <= 5"],
    "(T,c) -> ((t,c) -> linear(c/2)) -> gn(2)": ["c % 4 == 0"],
    "(T,c) -> conv(1,6,s=3) -> (id + (pool(2) -> up(2)))": ["ceil(T/3) % 2 == 0"],
    "(T,c) -> glu*(n-m)": ["c % 2^(n - m) == 0", "n >= m"],
    "(T,c) -> [linear(5-i) for i in m..n]": ["n <= 4", "n >= m"],
    "(T,c) -> [dense(floor(12/2^i)) for i in 1..n]": ["n <= 3"],
    "(24,c) -> [conv(1,4,g=2) -> unshuffle(2) for i in 1..n] -> conv(3,4)": ["c % 2 == 0", "n <= 3"],
    "(T,c) -> (conv(k,c) -> pool(2))*n": ["T + k >= k*2^n + 1"],
    "(h*2^n,4) -> pool(2^floor(n/2))": [],
    "(h*2^n,4) -> [pool(2) for i in 1..n//2]": [],
    "(H,W,3) -> concat(conv(3x2,1) -> gap, flatten(space) -> conv(6,1) -> gap)": ["H >= 3", "W >= 2"],  # so H·W >= 6
    "(H,W,3) -> concat(conv(3x2,1) -> gap, flatten(space) -> conv(7,1) -> gap)": ["H*W >= 7", "H >= 3", "W >= 2"],
    "assume T*c % 4 == 0\n(T,c) -> reshape(-1,4)": [],
    "assume 6*T % 4 == 0\n(T,c) -> unshuffle(6)": ["T % 6 == 0"],
    "assume T//2*6 % 4 == 0\n(T,c) -> pool(2) -> unshuffle(2)": ["T >= 2", "floor(T/2) % 2 == 0"],
    "(2*h+1,4) -> unshuffle(2)*(n-m)": ["(2*h + 1) % (2*2^i) == 0 for i in 0..n - m - 1", "n >= m"],
    "(T,c) -> (gn(2))*(n-m)": ["c % 2 == 0 for i in 1..n - m", "n >= m"],
    " -> ".join(["(H,W,3)", *["conv(3x3,8)"] * 1000]): ["H >= 2001", "W >= 2001"],  # and it takes no time
}


@pytest.mark.parametrize("text", FEW, ids=[text[:60] for text in FEW])
def test_conditions_are_as_few_as_by_hand(text: str) -> None:
    assert sorted(map(str, pm.net(text).conditions)) == sorted(FEW[text])


# Sizes behind all copies, by hand: what is simplified at a copy need not hold behind the last.
BEHIND: list[tuple[str, dict[str, int], str, Any]] = [
    ("(h*2^n,8) -> pool(2)*(n+1) -> dense(10)", {"h": 3, "n": 1}, "params", 90),  # 6 -> 3 -> 1
    ("(h*2^n,8) -> pool(2)*(n+1) -> dense(10)", {"h": 5, "n": 2}, "params", 170),  # 20 -> 10 -> 5 -> 2
    ("(h*2^n,8) -> pool(3,s=2,p=1)*(n+1) -> dense(3)", {"h": 1, "n": 1}, "params", 27),  # 2 -> 1 -> 1
    ("(h*2^n,8) -> pool(3,s=2,p=1)*(n+1) -> dense(3)", {"h": 3, "n": 1}, "params", 51),  # 6 -> 3 -> 2
    ("(100) -> [dense(floor(100/2^i)) for i in 0..n]", {"n": 3}, "params", 16_737),  # 100, 50, 25, 12
]


@pytest.mark.parametrize(("text", "point", "quantity", "want"), BEHIND)
def test_sizes_behind_the_last_copy_by_hand(text: str, point: dict[str, int], quantity: str, want: int) -> None:
    net = pm.net(text)
    assert all(c.holds(**point) for c in net.conditions)
    assert evaluate(net.quantity(quantity), point) == want


@pytest.mark.parametrize(
    "text",
    [
        "(T,f) -> [linear(f*i) -> shared(linear(f)) for i in m..n]",
        "(T,f) -> [linear(2^i) -> shared(dwconv(3,same)) for i in 0..n]",
        "shared g = linear(5)\n(T,f) -> [linear(i) -> g for i in 1..n]",
    ],
)
def test_one_set_of_weights_has_one_shape(text: str) -> None:
    """What is shared among the copies of a repeat cannot depend on its index, which would be left in the totals."""
    with pytest.raises(pm.NetError, match="shared"):
        pm.net(text)


@pytest.mark.parametrize(
    "text",
    [
        "(T,c) -> linear(3*f/2) -> widen(f)",
        "(2^n,4) -> unshuffle(3)",
        "(T,12) -> linear(2*(n//2)+1) -> gn(2)",
        "(2*h+1,4) -> unshuffle(2)",
        "(2*h+1,c) -> [gn(2*i*c) for i in 1..n]",
        "(H,W,3) -> up(x^(1/2^n))",
    ],
)
def test_what_is_nowhere_possible_is_refused(text: str) -> None:
    with pytest.raises(pm.NetError):
        pm.net(text)
