"""What a layer looks at beside what comes in: over= with labels, networks and towers, in copies of every kind.

The oracle is arithmetic: sums of the published counts of a linear layer and of attention, taken by the few lines of
`Count`, which know what is made anew and what is one. Random programs and a table by hand.

    pytest tests/test_beside.py                      300 random programs
    PARAMULA_LONG=1 pytest tests/test_beside.py      5,000 random programs
"""

from __future__ import annotations

import os
import random
import re
from typing import NamedTuple

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate

PROGRAMS = 5_000 if os.environ.get("PARAMULA_LONG") else 300
T, S, D = 5, 3, 8  # places that come in, places of inputs elsewhere, width


class Count(NamedTuple):
    """Parameters and multiply–accumulates, of what is there for each copy and of what is there once."""

    params: int = 0
    macs: int = 0
    shared: int = 0  # parameters of what is shared in place: one set for each use of the definition around it
    once: frozenset[str] = frozenset()  # the networks with an input of their own that are looked at

    def __add__(self, other: object) -> Count:
        assert isinstance(other, Count)
        return Count(
            self.params + other.params, self.macs + other.macs, self.shared + other.shared, self.once | other.once
        )

    def times(self, sets: int, runs: int) -> Count:
        return Count(self.params * sets, self.macs * runs, self.shared, self.once)


def linear(places: int, into: int = D) -> Count:
    """Vaswani et al. 2017, table 1 and section 3: a matrix and a bias, at every place."""
    return Count(into * D + D, places * into * D)


def attention(keys: int) -> Count:
    """Four projections with biases; queries and outputs for T places, keys and values for the others; T·S·d twice."""
    return Count(4 * (D * D + D), 2 * T * D * D + 2 * keys * D * D + 2 * T * keys * D)


@pytest.mark.parametrize(
    "chain",
    [
        "(S,8) -> linear(8)", "[(S,8) -> linear(8) for i in 1..n] -> linear(3)", "((S,8) -> linear(8))*3",
        "concat((S,8) -> linear(3), (S,8) -> linear(5))", "id -> (S,8) -> residual(linear(8))",
    ],
)  # fmt: skip
def test_a_tower_has_the_rows_of_the_same_network_alone(chain: str) -> None:
    def listed(net: pm.Network, within: str = "") -> list[tuple[str, str]]:
        rows = [row for row in net.layers if row.row.path.startswith(within)]
        return [(row.row.path.removeprefix(within), str(row.params)) for row in rows]

    assert listed(pm.net(f"a: {chain}\n(5,8) -> attention(1, over=@a)"), "a.") == listed(pm.net(chain))


# Networks with an input of their own: their text, and what they are.
TOWERS = {
    "@enc": linear(S),
    "((3,4) -> linear(8))": linear(S, 4),
    "E": linear(S),
    "((3,8) -> ln -> linear(8))": linear(S) + Count(16),
}


class Drawn:
    """A random program and what it counts."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.labels = 0
        self.written = 0

    def chain(self, places: int) -> tuple[str, Count]:
        """Some layers that keep the shape."""
        count, texts = Count(), []
        for text in self.rng.choices(["linear(8)", "ln", "gelu"], k=self.rng.randint(1, 2)):
            texts.append(text)
            count += {"linear(8)": linear(places), "ln": Count(2 * D), "gelu": Count()}[text]
        return " -> ".join(texts), count

    def attending(self, label: str) -> tuple[str, Count]:
        """An attention that looks at the label, at what is made of it, or elsewhere."""
        kind = self.rng.randrange(7)
        if kind == 0:
            return f"attention(2, over=@{label})", attention(T)
        if kind in (1, 2):
            text, count = self.chain(T)
            return f"attention(2, over=(@{label} -> {text}))", attention(T) + count
        if kind == 3:
            text, count = self.chain(T)
            return f"attention(2, over=concat(@{label}, @{label} -> {text}, axis=0))", attention(2 * T) + count
        if kind == 4:
            text, count = self.chain(S)
            return f"attention(2, over=(@enc -> {text}))", attention(S) + count + Count(once=frozenset(["@enc"]))
        name = self.rng.choice(list(TOWERS))
        if name[0] != "(":
            return f"attention(2, over={name})", attention(S) + Count(once=frozenset([name]))
        self.written += 1
        key = f"{name} number {self.written}"  # a phrase written twice is two
        return f"attention(2, over={name})", attention(S) + Count(once=frozenset([key]))

    def block(self, deep: int) -> tuple[str, Count]:
        """A chain that begins with a label, and may hold other blocks, repeated."""
        self.labels += 1
        label = f"x{self.labels}"
        texts, count = [f"({label}: {self.rng.choice(['id', 'ln'])})"], Count()
        count += Count(2 * D) if "ln" in texts[0] else Count()
        for _ in range(self.rng.randint(1, 2)):
            text, more = self.again(deep - 1) if deep and self.rng.random() < 0.5 else self.attending(label)
            texts.append(text)
            count += more
        return " -> ".join(texts), count

    def again(self, deep: int) -> tuple[str, Count]:
        """A block in some kind of copies."""
        text, count = self.block(deep)
        n = self.rng.randint(1, 3)
        match self.rng.randrange(8):
            case 0:
                return f"({text})*{n}", count.times(n, n)
            case 1:
                return f"[{text} for i in 1..{n}]", count.times(n, n)
            case 2:
                return f"moe(({text}), 4, active={n})", count.times(4, n) + Count(4 * D, T * D * 4)
            case 3:
                return f"residual({text})", count
            case 4:
                return f"shared({text})*{n}", Count(0, count.macs * n, count.params + count.shared, count.once)
            case 5:
                return f"[({text} -> inner) for i in 1..{n} around inner = linear(8)]", count.times(n, n) + linear(T)
            case 6:
                return f"[({text} -> inner) for i in 1..n around inner = linear(8)]", count.times(3, 3) + linear(T)
            case _:
                return f"({text})*n", count.times(3, 3)  # the symbol is given 3


@pytest.mark.slow(but_every=10)
@pytest.mark.parametrize("chunk", range(10))
def test_copies_are_what_arithmetic_says(chunk: int) -> None:
    for number in range(chunk, PROGRAMS, 10):
        drawn = Drawn(random.Random(f"beside {number}"))
        text, count = drawn.block(3)
        times = drawn.rng.randint(1, 3)
        uses, places = drawn.rng.choice(
            [(" -> ".join(["b"] * times), times), (f"b*{times}", 1), (f"[b for j in 1..{times}]", 1)]
        )
        program = f"E = (3,8) -> linear(8)\nenc: (3,8) -> linear(8)\nb = {text}\n(5,8) -> {uses}"
        count = count.times(times, times)
        once = [TOWERS[key.partition(" number")[0]] for key in sorted(count.once)]
        params = count.params + count.shared * places
        want = sum((one.params for one in once), params), sum((one.macs for one in once), count.macs)
        net = pm.net(program)
        asked = {"n": 3} if net.symbols else {}
        written = net.at(**asked) if asked else net
        assert (written.params, written.macs) == want, program
        closed = tuple(evaluate(net.quantity(name), asked) for name in ("params", "macs"))
        assert closed == want, program


E = "E(k) = (S,k) -> linear(8)\n"
DEC = "dec(memory) = attention(2, over=memory) -> attention(2, over=memory)\n"
X = "b = x: id -> attention(2, over=(@x -> linear(8)))\n"
OWN = "g = attention(2, over=((S,8) -> linear(8)))\n"
BY_HAND = [  # a program, its parameters and its inputs; 72 is a linear layer, 288 attention of width 8
    (X + "(T,8) -> b -> b", "2*(288 + 72)", 1),
    (X + "(T,8) -> b*n", "n*(288 + 72)", 1),
    (X + "(T,8) -> [b*i for i in 1..3]", "6*(288 + 72)", 1),
    (X + "(T,8) -> moe(b, 4, active=2)", "4*(288 + 72) + 32", 1),
    (X + "shared c = b\n(T,8) -> c -> c", "288 + 72", 1),
    ("b = x: id -> attention(2, over=(@x -> shared(linear(8))))\n(T,8) -> b*n", "n*288 + 72", 1),
    ("b = x: id -> attention(2, over=(@x -> linear(8)*m))\n(T,8) -> b*n", "n*288 + m*n*72", 1),
    ("l(inner) = x: id -> attention(2, over=(@x -> linear(8))) -> inner\n"
     "(T,8) -> [l(inner) for i in 1..n around inner = linear(8)]", "n*(288 + 72) + 72", 1),
    ("b = x: id -> conv(3x3, 8, s=2, same) -> attention(2, over=(@x -> conv(1x1, 4)))\n"
     "(8,8,4) -> b*2", "(9*4*8 + 8) + (4*4 + 4) + (2*72 + 2*40) + (9*8*8 + 8) + (8*4 + 4) + (2*72 + 2*40)", 1),
    ("enc: (S,8) -> linear(8)\n(T,8) -> attention(2, over=(@enc -> linear(8)))*n", "72 + n*(288 + 72)", 2),
    ("enc: (S,8) -> x: id -> attention(2, over=(@x -> linear(8)))*m\n(T,8) -> attention(2, over=@enc)*n",
     "m*(288 + 72) + n*288", 2),
    # One network, wherever it is looked at from.
    (OWN + "(T,8) -> g -> g", "2*288 + 72", 2),
    (OWN + "(T,8) -> g*2", "2*288 + 72", 2),
    (OWN + "(T,8) -> g*n", "n*288 + 72", 2),
    (OWN + "(T,8) -> moe(g, 4, active=2)", "4*288 + 32 + 72", 2),
    (OWN + "shared c = g\n(T,8) -> c -> c", "288 + 72", 2),
    (E + "(T,8) -> attention(2, over=E(4)) -> attention(2, over=E(4))", "2*288 + 40", 2),
    (E + DEC + "(T,8) -> dec(E(4)) -> dec(E(5)) -> dec(E(4))", "6*288 + 40 + 48", 3),
    (DEC + "(T,8) -> dec(((S,8) -> linear(8))) -> dec(((R,8) -> linear(8)))", "4*288 + 2*72", 3),
    # What differs by what its names or labels stand for is another one.
    ("g(d) = attention(2, over=((S,d) -> linear(8)))\n(T,8) -> g(4) -> g(6) -> g(4)", "3*288 + 40 + 56", 3),
    ("(T,8) -> [attention(2, over=((S,i) -> linear(8))) for i in 1..3]", "3*288 + 16 + 24 + 32", 4),
    ("(T,8) -> (x: id -> attention(2, over=((S,8) -> attention(2, over=@x))))*2", "4*288", 3),
    ("(T,8) -> [(t,c) -> linear(8*i) -> linear(8) -> attention(2, over=((S,c) -> (t,i) -> linear(8))) for i in 1..2]",
     "(72 + 72) + (9*16 + 17*8) + 2*288 + 72", 2),
    # A tower beside another input.
    ("left: (n,4) -> linear(8)\nenc: concat(@left, (S,8) -> linear(8), axis=0)\n(T,8) -> attention(2, over=@enc)",
     "40 + 72 + 288", 3),
    ("concat(@a, input(S) -> embed(10,4), axis=0)\na: (T) -> embed(10,4)", "80", 2),
    # Layers that wait for an input that is declared behind them.
    ("ln -> (S,8) -> linear(8)", "16 + 72", 1),
    ("ln*n -> (S,8) -> linear(8)", "n*16 + 72", 1),
    ("(T,8) -> attention(2, over=(ln -> (S,8) -> linear(8)))", "288 + 16 + 72", 2),
    ("concat(conv(3x3,4), (H,W,3) -> conv(3x3,5))", "27*4 + 4 + 27*5 + 5", 1),
]  # fmt: skip


@pytest.mark.parametrize(("program", "want", "inputs"), BY_HAND)
def test_it_counts_what_is_worked_out_by_hand(program: str, want: str, inputs: int) -> None:
    for point in ({"n": 1, "m": 4}, {"n": 3, "m": 2}, {"n": 7, "m": 1}):
        net = pm.net(program)
        assert len(net.traced.inputs) == inputs
        named = {str(s): point[str(s)] for s in net.symbols if str(s) in point}
        value = eval(want, {"__builtins__": {}}, point)
        assert net.params.subs({s: named[str(s)] for s in net.symbols if str(s) in named}) == value
        assert net.at(**named).params == value


def test_pvt_v2_has_the_parameters_of_timm() -> None:
    """Wang et al. 2022, PVTv2-B2 as timm 1.0 has it (pvt_v2_b2): keys and values from a smaller map of each copy."""
    net = pm.net(
        "mlp(r) = (_,_,c) -> linear(r*c) -> dwconv(3x3, same, gelu) -> linear(c)\n"
        "sra(h, s) = (_,_,c) -> ln -> n: id -> attention(h, over=(@n -> conv((s,s), c, s=s) -> ln))\n"
        "b(h, s, r) = residual(sra(h, s)) -> residual(ln -> mlp(r))\n"
        "b1(h, r) = residual(ln -> attention(h)) -> residual(ln -> mlp(r))\n"
        "smaller(k, c, s) = conv((k,k), c, s=s, p=(k-1)/2) -> ln\n"
        "(224,224,3) -> smaller(7, 64, 4) -> b(1, 8, 8)*3 -> ln -> smaller(3, 128, 2) -> b(2, 4, 8)*4 -> ln"
        " -> smaller(3, 320, 2) -> b(5, 2, 4)*n -> ln -> smaller(3, 512, 2) -> b1(8, 4)*3 -> ln -> gap -> dense(1000)"
    )
    assert (net.at(n=6).params, net.at(n=6).macs) == (25_362_856, 4_026_734_592)
    (n,) = net.symbols
    assert (net.params.subs(n, 6), net.macs.subs(n, 6)) == (25_362_856, 4_026_734_592)


@pytest.mark.parametrize("count", ["2", "n"])
def test_what_is_looked_at_stands_before_what_looks(count: str) -> None:
    """The rows of a network that begins at a label are those of its copy, and their sum is the total."""
    net = pm.net(
        f"b = ln -> x: id -> attention(2, over=(@x -> linear(8) -> ln)) -> gelu\n(T,8) -> b*{count} -> linear(3)"
    )
    calls = [line.call for line in net.report().lines]
    assert calls[calls.index("b") + 1 :] == [
        "ln", "@x -> linear(8) -> ln", "linear(8)", "ln", "attention(2, over=(@x -> linear(8) -> ln))", "gelu",
        "linear(3)",
    ]  # fmt: skip
    rows = net.report().lines
    assert sum(line.values[0] for line in rows if line.level == 0) == net.quantity("params")
    drawn = net.figure().svg()
    assert drawn.count("looked at") == 1
    for number in "12":  # what is looked at, and the label at which it begins: each where it is and where it goes
        assert len(re.findall(f">{number}<", drawn)) == 2
