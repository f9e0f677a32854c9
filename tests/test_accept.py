"""Programs and what must hold of them: every file in cases/ says so in its first lines.

    #? params == 542230                       a quantity of the program's network, as a number
    #? params == 97216*n - 21926              … or as a formula in Python's syntax, compared exactly at 25 points
    #? params == 269722 at n=3, w=16          … or with these given (the rest, if any, drawn)
    #? shape == (10,)                         a shape is a tuple
    #in n=1..9, h=2,4,8                       where the points are drawn from (default 1..60 each)
    #! did you mean 'pool'                    the program is refused, and the message contains this
    #! at H=3 : too small                     … once these numbers are given
    #iff H=1..20, n=0..3                      at each of these points the printed conditions hold exactly where the
                                              network with these numbers is accepted, and there the closed forms of
                                              params, macs and shape are what the numbers give
    #ask floor(7/2^n) at n=1 => = 3           what the command line answers contains this
    #ask floor(7/2^n) at n=1 =/> 7/2          … does not contain this

Only the public names are used. Formulas are computed by the few lines below, in fractions, and never by paramula.
"""

from __future__ import annotations

import ast
import io
import operator
import random
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from functools import cache
from itertools import product
from math import ceil, floor
from typing import Any, NamedTuple

import pytest

import paramula as pm
from paramula.surfaces.cli import main
from places import TESTS

FILES = {path.relative_to(TESTS).as_posix(): path for path in sorted((TESTS / "cases").rglob("*.net"))}

Point = dict[str, int]


class Claim(NamedTuple):
    """A line of a case: what must be equal, at which numbers; or what a refusal says."""

    line: str
    quantity: str  # "" for a refusal
    said: str
    at: Point


def point(text: str) -> Point:
    """`n=3, w=16` as numbers by name."""
    return {name.strip(): int(value) for name, value in (pair.split("=") for pair in text.split(",") if pair.strip())}


def domains(text: str) -> dict[str, list[int]]:
    """`#in n=1..9, h=2,4,8` as the numbers that each name may have."""
    found: dict[str, list[int]] = {}
    for line in re.findall(r"^#in (.*)$", text, re.MULTILINE):
        for name, values in re.findall(r"(\w+)\s*=\s*([0-9.,\s]+?)(?=,\s*\w+\s*=|$)", line):
            first, dots, last = values.partition("..")
            numbers = range(int(first), int(last) + 1) if dots else map(int, filter(str.strip, values.split(",")))
            found[name] = list(numbers)
    return found


def claims(text: str) -> Iterator[Claim]:
    for mark, line in re.findall(r"^#([?!]) (.*)$", text, re.MULTILINE):
        if mark == "?":
            name, formula, at = re.fullmatch(r"(\w+) == (.*?)(?: at ([\w=, ]+))?", line.strip()).groups()
            yield Claim(line, name, formula, point(at or ""))
        else:
            at, said = re.fullmatch(r"(?:at (.*?) : )?(.*)", line.strip()).groups()
            yield Claim(line, "", said, point(at or ""))


# Formulas.

OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}
FUNCTIONS = {
    "floor": floor, "ceil": ceil, "min": min, "max": max, "abs": abs, "sum": sum,
    "log2": lambda x: int(x).bit_length() - 1,
    "range": lambda *bounds: range(*map(int, bounds)),
}  # fmt: skip


def value(formula: str, at: Point) -> Any:
    """What a formula is at a point, in exact fractions; a tuple gives a tuple."""

    def computed(node: ast.AST, names: dict[str, Fraction]) -> Any:
        match node:
            case ast.Constant(value=int(number)):
                return Fraction(number)
            case ast.Name(id=name):
                return names[name]
            case ast.Tuple(elts=parts):
                return tuple(computed(part, names) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -computed(operand, names)
            case ast.BinOp(left=left, op=op, right=right):
                return Fraction(OPERATIONS[type(op)](computed(left, names), computed(right, names)))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return OPERATIONS[type(op)](computed(left, names), computed(right, names))
            case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp(elt=body, generators=[each])]):
                values = computed(each.iter, names)
                terms = [computed(body, {**names, each.target.id: Fraction(i)}) for i in values]
                return FUNCTIONS[name](terms)
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name](*(computed(arg, names) for arg in args))
        raise ValueError(f"{ast.unparse(node)} is no part of a formula")

    return computed(read(formula), {name: Fraction(number) for name, number in at.items()})


@cache
def read(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def holds(condition: str, at: Point) -> bool:
    """Whether a printed condition, `H >= 2^n` or `… for i in 1..n - 1`, is true at a point."""
    said, _, ranges = condition.replace("^", "**").partition(" for ")
    points = [at]
    for each in filter(None, ranges.split(", ")):
        name, low, high = re.fullmatch(r"(\w+) in (.*)\.\.(.*)", each).groups()
        points = [{**p, name: i} for p in points for i in range(int(value(low, p)), int(value(high, p)) + 1)]
    return all(value(said, p) for p in points)


def plain(answer: Any) -> Any:
    """An answer of paramula without symbols, as fractions."""
    return tuple(map(plain, answer)) if isinstance(answer, tuple) else Fraction(str(answer))


def put_in(answer: Any, at: Point) -> Any:
    """A closed form with numbers in it, by SymPy."""
    if isinstance(answer, tuple):
        return tuple(put_in(part, at) for part in answer)
    return plain(answer.subs({symbol: at[str(symbol)] for symbol in answer.free_symbols}).doit())


# Checks.


def hold(text: str, name: str) -> None:
    """Raises AssertionError for the first claim of a case that does not hold, NetError where it is refused."""
    said = list(claims(text))
    agreed = re.findall(r"^#iff (.*)$", text, re.MULTILINE)
    asked = re.findall(r"^#ask (.*?) (=>|=/>) (.*)$", text, re.MULTILINE)
    assert said or agreed or asked, "the case claims nothing"
    for question, sign, part in asked:
        assert (part in answered(text, question)) == (sign == "=>"), question
    for line in agreed:
        agree(pm.net(text), domains(f"#in {line}"))
    for claim in said:
        if not claim.quantity:
            refused(text, claim)
    said = [claim for claim in said if claim.quantity]
    if not said:
        return
    net = pm.net(text)
    ranges, draw = domains(text), random.Random(name)
    for claim in said:
        free = sorted({str(symbol) for symbol in net.symbols} - set(claim.at))
        for _ in range(25 if free and not claim.at else 3 if free else 1):
            at = claim.at | {symbol: draw.choice(ranges.get(symbol, range(1, 61))) for symbol in free}
            answer = getattr(net.at(**at) if at else net, claim.quantity)
            assert plain(answer) == value(claim.said, at), f"{claim.line}   at {at}"


def answered(text: str, question: str) -> str:
    """What the command line prints for a program and a question."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stdout(out), redirect_stderr(out):
        main([text, question])
    out.flush()
    return out.buffer.getvalue().decode()


def agree(net: pm.Network, ranges: dict[str, list[int]]) -> None:
    """The conditions of a network hold where it is accepted with numbers, and there its closed forms are right."""
    conditions = [str(condition) for condition in net.conditions]
    names = [str(symbol) for symbol in net.symbols]
    formulas = {quantity: getattr(net, quantity) for quantity in ("params", "macs", "shape")}
    for numbers in product(*ranges.values()):
        at = dict(zip(ranges, numbers, strict=True))
        there, why = None, "it is accepted"
        try:
            there = net.at(**{name: n for name, n in at.items() if name in names})
        except pm.NetError as error:
            why = str(error)
        accepted = all(holds(condition, at) for condition in conditions)
        assert accepted == (there is not None), f"{conditions} at {at}: {why}"
        for quantity, formula in formulas.items() if there is not None else ():
            assert put_in(formula, at) == plain(getattr(there, quantity)), f"{quantity} at {at}"


def refused(text: str, claim: Claim) -> None:
    with pytest.raises(pm.NetError) as error:
        network(text, claim.at)
    assert claim.said.lower() in str(error.value).lower()


def network(text: str, at: Point) -> pm.Network:
    net = pm.net(text)
    return net.at(**at) if at else net


@pytest.mark.slow(only="conditions_chain|families/|unshuffle_in_copies")
@pytest.mark.parametrize("name", FILES)
def test_case(name: str):
    hold(FILES[name].read_text("utf-8"), name)


@pytest.mark.parametrize(
    ("formula", "at", "expected"),
    [
        ("97216*n - 21926", {"n": 3}, 269722),
        ("floor((H-1)/2) + ceil(7/2)", {"H": 4}, 5),
        ("sum(i*2**i for i in range(1, n))", {"n": 4}, 34),
        ("2*d*kv*(d//h)", {"d": 7, "h": 2, "kv": 1}, 42),
        ("(4**n - 1)/3", {"n": 2}, 5),
        ("(n, -n)", {"n": 2}, (2, -2)),
    ],
)
def test_formulas_are_computed_exactly(formula: str, at: Point, expected: Any):
    assert value(formula, at) == expected


@pytest.mark.parametrize("formula", ["__import__('os')", "n.real", "[n]", "0.5", "n if n else 1"])
def test_formulas_are_only_formulas(formula: str):
    with pytest.raises((ValueError, KeyError)):
        value(formula, {"n": 1})


def test_a_case_that_claims_something_wrong_fails():
    with pytest.raises(AssertionError):
        hold("#? params == 7851\n(28,28,1) -> dense(10)", "wrong")
    with pytest.raises(AssertionError):
        hold("(28,28,1) -> dense(10)", "silent")
