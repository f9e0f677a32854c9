"""Expressions against a second interpreter, on fractions, at every small point: values, conditions, proofs, answers.

    pytest tests/test_expressions.py                      some thousand random trees
    PARAMULA_LONG=1 pytest tests/test_expressions.py      sixty times as many

`interpreter.py` draws trees, evaluates them and writes them; it shares nothing with the engine, which reads the text as
a user's. What fails is made smaller before it is told.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, isqrt
from typing import Any, NamedTuple

import pytest

import interpreter
import paramula
from interpreter import Refused, TooLarge, Tree, drawn, free, points, shrunk, text
from paramula.algebra.condition import Condition
from paramula.algebra.conditions import minimal
from paramula.algebra.forms import form
from paramula.algebra.grid.code import program
from paramula.algebra.known import bounds, nonnegative, surely_whole
from paramula.algebra.latex import latex
from paramula.algebra.poly import Poly, Size
from paramula.algebra.spelling import ascii_text, python_text, unicode_text
from paramula.algebra.substitution import evaluate, replaced
from paramula.engine.trace import asker
from paramula.errors import NetError
from paramula.questions import sweep_many as bulk
from paramula.questions.budgets import Rooted
from paramula.questions.statements import answer, answers, read, sweep_of
from reader import read as read_latex

LONG = bool(os.environ.get("PARAMULA_LONG"))
TIMES = 60 if LONG else 1
NO_VALUE = (ValueError, ZeroDivisionError)
LIMITS = ("too large", "too many", "nested too deep")
UNSAID = (  # what has no answer in symbols, though it may have one with numbers
    "a term of this sum may fail", "is not exact", "of a symbol has no closed form",
    "a negative number cannot have a symbol", "0 cannot have a symbol",
)  # fmt: skip
RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}
NAMES = [("x",), ("x", "y"), ("x", "y"), ("x", "y", "n")]

At = dict[str, int]
Faults = Iterator[tuple[str, str]]  # the kind, and what there is to say


# The two sides.


def value(tree: Tree, at: At, strict: bool = False) -> Fraction | None:
    """The interpreter's value, None where there is none."""
    try:
        return interpreter.value(tree, at, strict)
    except Refused:
        return None


def valued(tree: Tree) -> list[tuple[At, Fraction | None]]:
    """The small points, with the interpreter's value there; without those at which it is too long."""
    found = []
    for at in points(free(tree)):
        try:
            found.append((at, value(tree, at)))
        except TooLarge:
            continue
    return found


class Answered(NamedTuple):
    """What the engine says of an expression in symbols: its size, and what must hold for it."""

    size: Size
    conditions: list[Condition]

    def holds(self, at: At) -> bool:
        return all(condition.holds(**at) for condition in self.conditions)

    def at(self, at: At) -> Fraction | None:
        try:
            return Fraction(evaluate(self.size, at))
        except NO_VALUE:
            return None

    def right(self, tree: Tree) -> list[tuple[At, Fraction]]:
        """The points at which the conditions hold, with the interpreter's value."""
        return [(at, right) for at, right in valued(tree) if right is not None and self.holds(at)]


def asked(said: str) -> Answered:
    """The engine's answer to an expression as a user writes it."""
    program = read(said)
    tracer = asker(program, {})
    return Answered(tracer.value(program.root.statements[-1].body, tracer.top), minimal(tracer.needs))


@lru_cache(10_000)
def known(tree: Tree) -> Answered | None:
    """The engine's answer, None where it refuses."""
    try:
        return asked(text(tree))
    except NetError:
        return None


def reply(said: str) -> Any:
    """What a statement is answered with."""
    program = read(said)
    return answer(program, program.root.statements[-1], {})


# What is asked of one tree.


def in_symbols(tree: Tree) -> Faults:
    """The size is right wherever its conditions hold, and they hold wherever there is a value."""
    try:
        answered = asked(text(tree))
    except NetError as error:
        yield from refused(tree, error, [at for at, _ in valued(tree)])
        return
    for at, right in valued(tree):
        yield from compared(tree, answered, at, right)


def compared(tree: Tree, answered: Answered, at: At, right: Fraction | None) -> Faults:
    if answered.holds(at):
        got = answered.at(at)
        if right is None:
            yield f"conditions too weak, {'no' if got is None else 'a'} value", f"{at}: {got}, right: refused"
        elif got != right:
            yield "value", f"{at}: {got}, right: {right}"
    elif value(tree, at, True) is not None:
        yield "conditions too strong", f"{at}: {right} is refused by {answered.conditions}"


def refused(tree: Tree, error: NetError, where: list[At]) -> Faults:
    """What is refused in symbols has a value nowhere, or has no closed form."""
    if not any(said in error.message for said in (*LIMITS, *UNSAID)):
        at = next((at for at in where if value(tree, at, True) is not None), None)
        if at is not None:
            yield "refused", f"{at}: has a value, but {error.message}"


def with_numbers(tree: Tree) -> Faults:
    """With numbers in place of the symbols: the same value, or refused where there is none."""
    if tree[0] == "sym":
        return  # a lone name on a line of its own is no question
    rng = random.Random(text(tree))
    there = valued(tree)
    nowhere = [it for it in there if it[1] is None]
    for at, right in rng.sample(there, min(2, len(there))) + rng.sample(nowhere, min(1, len(nowhere))):
        try:
            got = reply(text(tree) + (" at " + ", ".join(f"{name}={n}" for name, n in at.items()) if at else "")).value
        except NetError as error:
            if right is not None and not any(said in error.message for said in LIMITS):
                yield "refused with numbers", f"{at}: has the value {right}, but {error.message}"
        else:
            if got != right:
                yield "value with numbers", f"{at}: {got}, right: {right}"


def as_code(tree: Tree) -> Faults:
    """The code of sweeps, one point after the other and as columns; numbers put in."""
    answered = known(tree)
    if answered is None:
        return
    names, there = free(tree), answered.right(tree)
    code = program([answered.size], names)
    for at, right in there:
        if (got := code.at(*at.values())[0]) != right:
            yield "code", f"{at}: {got}, right: {right}"
        if (got := replaced(answered.size, at)) != right:
            yield "numbers put in", f"{at}: {got}, right: {right}"
    if there and names:
        many = there * (1 + 70 // len(there))  # columns of numpy are only used for many
        (column,) = code.columns([[at[name] for at, _ in many] for name in names], len(many))
        for (at, right), got in zip(many, column.numbers(), strict=True):
            if got != right:
                yield "columns", f"{at}: {got}, right: {right}"


def what_is_known(tree: Tree) -> Faults:
    """Bounds, signs and wholeness are true at every point."""
    answered = known(tree)
    if answered is not None:
        for at, right in answered.right(tree):
            yield from believed(answered.size, at, right)


def believed(size: Size, at: At, right: Fraction) -> Faults:
    low, high = bounds(size)
    if (low is not None and right < low) or (high is not None and right > high):
        yield "bounds", f"{at}: {right} is not within {low}, {high}"
    if (right < 0 and nonnegative(size)) or (right > 0 and nonnegative(-size)):
        yield "sign", f"{at}: {right}"
    if right.denominator > 1 and (surely_whole(size) or (isinstance(size, Poly) and size.evidently_whole)):
        yield "whole", f"{at}: {right}"


def exported(tree: Tree) -> Faults:
    """The expression that SymPy gets."""
    import sympy

    from paramula.algebra.to_sympy import sympy_symbol, to_sympy

    answered = known(tree)
    if answered is None:
        return
    expression = to_sympy(answered.size)
    there = answered.right(tree)
    for at, right in random.Random(text(tree)).sample(there, min(3, len(there))):
        got = expression.subs({sympy_symbol(name): n for name, n in at.items()}).doit()
        if got.has(sympy.Sum):
            continue  # SymPy puts no numbers into a sum whose inner sum it cannot close
        if not got.is_Rational or Fraction(int(got.p), int(got.q)) != right:
            yield "SymPy", f"{at}: {got}, right: {right}; {expression}"


def plain(number: Fraction) -> Fraction | int:
    """A whole number as Python has it."""
    return int(number) if number.denominator == 1 else number


PYTHON: dict[str, Any] = {
    "Fraction": Fraction,
    "isqrt": isqrt,
    "gcd": gcd,
    "round_to": lambda a, m: plain(interpreter.round_to(Fraction(a), Fraction(m))),
}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
TYPED = str.maketrans({"·": "*", "−": "-", "⌊": "floor(", "⌈": "ceil(", "⌋": ")", "⌉": ")"})


def typed(shown: str) -> str:
    """A formula for people as it is typed: ⌊H/2⌋ is floor(H/2), x² is x^2."""
    return re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(RAISED), shown.translate(TYPED))


def printed(tree: Tree) -> Faults:
    """What is printed, in the language itself, for people, in Python's syntax and in LaTeX, has the same value."""
    answered = known(tree)
    there = answered.right(tree) if answered is not None else []
    if answered is None or not there:
        return
    shown = form(answered.size, free(tree))
    texts = {"ASCII": ascii_text(shown), "Unicode": typed(unicode_text(shown))}
    whole = surely_whole(answered.size)
    python, set_ = python_text(shown, whole), latex(answered.size, free(tree))
    try:
        again = {style: asked(said) for style, said in texts.items()}
    except NetError as error:
        if "may fail" not in error.message:  # (x + i)^-1 has the conditions of 1/(x + i), for every i
            yield "printed cannot be read", f"{texts}: {error.message}"
        return
    for at, right in there:
        for style, answer_ in again.items():
            if (got := answer_.at(at)) != right:
                yield style, f"{at}: {got}, right: {right}; {texts[style]}"
        got = eval(python, {**PYTHON, **at})
        if (got != right) if whole else abs(got - right) > 1e-6 * max(1, abs(right)):
            yield "Python", f"{at}: {got}, right: {right}; {python}"
        if not any(word in set_ for word in (r"\operatorname", r"\sqrt", r"\log")):
            if (got := read_latex(set_, {name: Fraction(n) for name, n in at.items()})) != right:
                yield "LaTeX", f"{at}: {got}, right: {right}; {set_}"


# Under assumptions: ("assume", expression, claims).

CLAIMS = [
    "{a} % 2 == 0",
    "{a} % 4 == 0",
    "{a} % 4 == 1",
    "{a} % 6 == 3",
    "{a} >= 5",
    "{a} <= 4",
    "{a} >= {b}",
    "{a} % {b} == 0",
]


def assumed(tree: Tree) -> Faults:
    """What assumptions simplify is right wherever they hold."""
    _, a, claims = tree
    told_of = compile(claims.replace(", ", " and "), "claims", "eval").co_names if claims else ()
    where = list(meeting(claims, list(dict.fromkeys([*free(a), *told_of]))))  # what is claimed of others holds, too
    try:
        answered = asked(f"assume {claims}; {text(a)}")
    except NetError as error:
        if "assumption" not in error.message and "no symbol" not in error.message:
            yield from refused(a, error, where)
        return
    for at in where:
        try:
            right = value(a, at)
        except TooLarge:
            continue
        yield from compared(a, answered, at, right)
        if right is not None and answered.holds(at):
            yield from believed(answered.size, at, right)


def meeting(claims: str, names: list[str]) -> Iterator[At]:
    """Some points that meet claims: for each symbol the first six numbers that meet those on it alone."""
    codes = [compile(claim, "claim", "eval") for claim in claims.split(", ") if claim]
    alone = {name: [code for code in codes if set(code.co_names) == {name}] for name in names}
    fit = {name: [n for n in range(1, 99) if all(eval(it, {name: n}) for it in alone[name])][:6] for name in names}
    for numbers in product(*fit.values()):
        at = dict(zip(names, numbers, strict=True))
        if all(eval(code, dict(at)) for code in codes if set(code.co_names) <= at.keys()):
            yield at


# Pairs: ("equal", a, b).


def proofs(tree: Tree) -> Faults:
    """`equal` of a tree and of one that an identity gives, or nearly: what is proved holds, a witness is one."""
    _, a, b = tree
    try:
        said = reply(f"equal({text(a)}, {text(b)})")
    except NetError:
        return
    try:
        both = [(at, value(a, at), value(b, at)) for at in points(free(tree))]
    except TooLarge:
        return
    differ = [it for it in both if None not in it[1:] and it[1] != it[2] and holds(said.conditions, it[0])]
    if differ and said.verdict != "different":
        yield f"said to be {said.verdict}", "{}: {} and {}".format(*differ[0])
    if said.verdict == "different":
        at = {**dict.fromkeys(free(tree), 1), **dict(said.witness)}
        if (value(a, at), value(b, at)) != (said.left, said.right) or said.left == said.right:
            yield "witness", f"{at}: {value(a, at)} and {value(b, at)}, said {said.left} and {said.right}"


def holds(claims: tuple[str, ...], at: At) -> bool:
    """Whether claims that were printed hold at a point: as assertions of a program."""
    numbers = "".join(f"{name} = {n}; " for name, n in at.items())
    try:
        answers(read("".join([numbers, *(f"assert {claim}; " for claim in claims), "0 + 0"])), {})
    except NetError:
        return False
    return True


# Questions: ("solve", expression, relation, bound, conditions), ("within", expression, bound, bound, conditions),
# ("root", expression, relation), ("sweep", first, second, bound or None).


def solved(tree: Tree) -> Faults:
    """What `solve` finds for one symbol is what trying finds."""
    _, a, relation, bound, where = tree
    if free(a) != ["x"]:
        return
    said = f"solve {text(a)} {relation} {text(bound)} for x" + (f" where {where}" if where else "")
    tried = attempts(said, a, where, lambda v: RELATIONS[relation](v, value(bound, {})))
    if tried is None:
        return
    found, allowed, right = tried
    got = [point.at for point in found.found]
    for point in (*found.found, *found.beside):
        try:
            if value(a, {"x": point.at}) != point.left:
                yield "solve: a value", f"{said}: {point}"
        except TooLarge:
            continue
    last = max(allowed, default=0)
    if found.note.startswith("the claim holds for every"):
        fine = allowed == right
    elif "holds for every one from" in found.note:
        start = found.beside[-1].at
        fine = [x for x in allowed if x >= start] == [x for x in right if x >= start] and start - 1 not in right
    elif "these are the first" in found.note:
        fine = got[: len(right)] == right[: len(got)]
    elif relation == "=":
        fine = [x for x in got if x <= last] == right
    elif "<" in relation:
        fine = got[0] >= max(right, default=0) and (got[0] > last or got[0] in right) if got else not right
    else:
        fine = got == right[:1] if right else not got or got[0] > last
    if not fine:
        yield f"solve {relation}", f"{said}: {got}, right: {right}; {found.note}"
    yield from crossed(said, [x for x in allowed if x <= 12], a, bound, found)


def attempts(
    said: str, a: Tree, where: str, meets: Callable[[Fraction], bool]
) -> tuple[Any, list[int], list[int]] | None:
    """An answer of `solve`, with the numbers that are allowed and those that meet the claim; None where it refuses."""
    answered = known(a)
    try:
        found = reply(said)
        there = [(x, value(a, {"x": x})) for x in range(1, 41)]
    except (NetError, TooLarge):
        return None
    if answered is None:
        return None
    allowed = [
        (x, v)
        for x, v in there
        if v is not None and answered.holds({"x": x}) and (not where or eval(claims(where), {"x": x}))
    ]
    return found, [x for x, _ in allowed], [x for x, v in allowed if meets(v)]


def claims(where: str) -> str:
    return where.replace(", ", " and ")


def crossed(said: str, allowed: list[int], a: Tree, bound: Tree, found: Any) -> Faults:
    """The polynomial or power whose root is told is 0 where the sides meet, and changes its sign with left - right."""
    if found.polynomial:
        other = [sum(Fraction(c) * x**n for n, c in enumerate(found.polynomial)) for x in allowed]
    elif found.power:
        r, c, d = found.power
        other = [c * Fraction(r) ** x + d for x in allowed]
    else:
        return
    signs = {(sign(value(a, {"x": x}) - value(bound, {})), sign(it)) for x, it in zip(allowed, other, strict=True)}
    if not (signs <= {(1, 1), (0, 0), (-1, -1)} or signs <= {(1, -1), (0, 0), (-1, 1)}):
        yield "solve: where they meet", f"{said}: {found.polynomial or found.power}"


def sign(n: Fraction) -> int:
    return (n > 0) - (n < 0)


def solved_within(tree: Tree) -> Faults:
    """The intervals in which `solve` finds an expression between two bounds."""
    _, a, low, high, where = tree
    if free(a) != ["x"]:
        return
    said = f"solve {text(low)} <= {text(a)} <= {text(high)} for x" + (f" where {where}" if where else "")
    tried = attempts(said, a, where, lambda v: value(low, {}) <= v <= value(high, {}))
    if tried is None or "these are the first" in tried[0].note:
        return
    found, allowed, right = tried
    got: list[int] = []
    for it in found.intervals:
        first = it.ends[0].at[0]
        last = it.ends[-1].at[0] if it.many is None or it.many > 1 else first
        endless = it.many is None and len(it.ends) == 1
        inside = [x for x in allowed if x >= first and (endless or x <= last)]
        got += inside
        if it.many is not None and last <= 40 and it.many != len(inside):
            yield "solve: how many", f"{said}: {it}"
    if got != right:
        yield "solve within", f"{said}: {got}, right: {right}; {found.note}"


def solved_for_two(tree: Tree) -> Faults:
    """The points that `solve` finds for two symbols in a small square."""
    _, a, relation, bound, _ = tree
    answered = known(a)
    if free(a) != ["x", "y"] or answered is None:
        return
    said = f"solve {text(a)} {relation} {text(bound)} for x, y where x <= 5, y <= 5"
    try:
        found = reply(said)
        there = [(at, value(a, at)) for at in points(["x", "y"], 5) if answered.holds(at)]
    except (NetError, TooLarge):
        return
    right = {tuple(at.values()) for at, v in there if v is not None and RELATIONS[relation](v, value(bound, {}))}
    sign = {"<": 1, ">": -1, "=": 0}[relation[0]]
    if sign:
        right = {p for p in right if not any(q != p and all(sign * m >= sign * n for m, n in zip(q, p)) for q in right)}  # noqa: B905
    got = {point.at for point in found.found}
    if got != right:
        yield f"solve two {relation}", f"{said}: {sorted(got)}, right: {sorted(right)}"
    for point in found.found:
        if value(a, dict(zip(("x", "y"), point.at, strict=True))) != point.sides[0][0]:
            yield "solve two: a value", f"{said}: {point}"


def solved_for_a_formula(tree: Tree) -> Faults:
    """The number as a formula of an open bound P: the largest, the smallest or the only one for every P."""
    _, a, relation = tree
    if free(a) != ["x"]:
        return
    said = f"solve {text(a)} {relation} P for x"
    try:
        found = reply(said)
        there = [(x, value(a, {"x": x})) for x in range(1, 41)]
    except (NetError, TooLarge):
        return
    if not isinstance(found, Rooted):
        return
    for p in range(1, 25):
        right = [x for x, v in there if v is not None and RELATIONS[relation](v, p)]
        if "<" in relation and 40 in right:
            continue
        expected = None if not right else max(right) if "<" in relation else min(right)
        try:
            got = evaluate(found.value, {"P": p})
        except NO_VALUE:
            got = 0  # where no number is the formula has none
        if holds(found.conditions, {"P": p, "x": int(max(got, 1))}):  # those of the expression speak of x
            if got != expected and (expected is not None or got <= 40):
                yield f"solve for a formula {relation}", f"{said}: P={p}: {got}, right: {expected}"
        elif expected is not None and not (">" in relation and expected == 1):
            yield f"solve for a formula, conditions {relation}", f"{said}: P={p}: {expected} by {found.conditions}"


def swept(tree: Tree) -> Faults:
    """Rows, the best and the front of `sweep`."""
    _, a, b, bound = tree
    names = sorted({*free(a), *free(b)})
    if not names:
        return
    rng = random.Random(text(tree))
    ranges = {name: sorted(rng.sample(range(1, 9), rng.randint(2, 5))) for name in names}
    over = ", ".join(f"{name} in {{{', '.join(map(str, numbers))}}}" for name, numbers in ranges.items())
    said = f"sweep {text(a)}, {text(b)} for {over}" + (f" where {text(b)} <= {text(bound)}" if bound else "")
    right: list[tuple[tuple[int, ...], tuple[Fraction | None, ...]]] = []
    try:
        for numbers in product(*ranges.values()):
            at = dict(zip(names, numbers, strict=True))
            sides = value(a, at), value(b, at)
            if not bound or (sides[1] is not None and sides[1] <= value(bound, {})):
                right.append((numbers, sides))
    except TooLarge:
        return
    try:
        table = reply(said)
    except NetError as error:
        if all(any(row[n] is not None for _, row in right) for n in (0, 1)):
            yield "sweep refused", f"{said}: {error.message}"
        return
    if [(row.point, row.values) for row in table.rows] != right:
        odd = next(((g, r) for g, r in zip(table.rows, right, strict=False) if (*g,) != r), "how many rows")
        yield "sweep", f"{said}: {odd}"
    sweep = sweep_of(read(said), {})
    rows = [row for _, part in bulk.chunks(sweep) for row in part.rows]
    if rows != [(*at, *sides) for at, sides in right]:
        yield "sweep in bulk", f"{said}: {rows}, right: {right}"
    if bulk.count(sweep) != len(right):
        yield "sweep: count", f"{said}: {bulk.count(sweep)}, right: {len(right)}"
    for most in (False, True):
        ranked = sorted((it for it in right if it[1][0] is not None), key=lambda it: -it[1][0] if most else it[1][0])
        if [(*row,) for row in bulk.best(sweep, 0, 3, most)] != ranked[:3]:
            yield "sweep: best", f"{said}: {bulk.best(sweep, 0, 3, most)}, right: {ranked[:3]}"
    full = {sides for _, sides in right if None not in sides}
    kept = {(p, q) for p, q in full if not any(r <= p and s <= q and (r, s) != (p, q) for r, s in full)}
    got = [row.values for row in bulk.front(sweep, [0, 1], [False, False])]
    if set(got) != kept or len(got) != len(kept):
        yield "sweep: front", f"{said}: {got}, right: {kept}"


# All of them on random trees.


def of_one(rng: random.Random) -> Tree:
    return drawn(rng, rng.choice([1, 2, 2, 3, 3, 4] if LONG else [1, 2, 3]), rng.choice(NAMES))


def of_assumptions(rng: random.Random) -> Tree:
    names = rng.choice([("x",), ("x", "y")])
    claims = dict.fromkeys(rng.choice(CLAIMS).format(a=name, b=names[-1]) for name in names)
    a = drawn(rng, rng.randint(1, 3), names)
    while any(part[0] == "at" for part in interpreter.walk(a)):  # another number is assumed of, too
        a = drawn(rng, rng.randint(1, 3), names)
    return ("assume", a, ", ".join(claims))


def of_pairs(rng: random.Random) -> Tree:
    a = b = of_one(rng)
    for _ in range(rng.randint(1, 3)):
        b = interpreter.rewritten(rng, b)
    return ("equal", a, interpreter.spoiled(rng, b) if rng.random() < 0.4 else b)


def bound_of(rng: random.Random, a: Tree) -> Tree:
    """A number near a value of an expression."""
    try:
        near = value(a, {name: rng.randint(1, 9) for name in free(a)})
    except TooLarge:
        near = None
    return interpreter.number((near or 3) + rng.choice([0, 0, -1, 1, Fraction(1, 2)]))


def of_solve(rng: random.Random) -> Tree:
    a = drawn(rng, rng.randint(1, 3), ("x",))
    where = rng.choice(["", "", "x <= 5", "x <= 12", "x % 3 == 1", "x >= 4, x % 2 == 0"])
    return ("solve", a, rng.choice(list(RELATIONS)), bound_of(rng, a), where)


def of_within(rng: random.Random) -> Tree:
    _, a, _, low, where = of_solve(rng)
    high = interpreter.number(value(low, {}) + rng.choice([0, 1, 3, 10, 100]))
    return ("within", a, low, high, where)


def of_two(rng: random.Random) -> Tree:
    a = drawn(rng, rng.randint(1, 3), ("x", "y"))
    return ("solve", a, rng.choice(list(RELATIONS)), bound_of(rng, a), "")


def of_formula(rng: random.Random) -> Tree:
    """A polynomial of degree 1 or 2, or nearly, and a relation."""
    x = ("sym", "x")
    parts = [
        ("*", interpreter.number(rng.choice([1, 2, 3, 5, Fraction(1, 2)])), x),
        interpreter.number(rng.randint(-9, 9)),
    ]
    if rng.random() < 0.6:
        parts.append(("*", ("num", rng.randint(1, 3)), ("^", x, interpreter.TWO)))
    a = parts[0]
    for part in parts[1:]:
        a = (rng.choice(["+", "-"]), part, a) if rng.random() < 0.5 else ("+", a, part)
    return ("root", a if rng.random() < 0.8 else drawn(rng, 2, ("x",)), rng.choice(list(RELATIONS)))


def of_sweep(rng: random.Random) -> Tree:
    names = rng.choice(NAMES)
    a, b = (drawn(rng, rng.randint(1, 3), names) for _ in range(2))
    return ("sweep", a, b, bound_of(rng, b) if rng.random() < 0.4 else None)


Check = Callable[[Tree], Faults]
CHECKS: dict[str, tuple[Check, Callable[[random.Random], Tree], int]] = {
    "in symbols": (in_symbols, of_one, 500),
    "with numbers": (with_numbers, of_one, 150),
    "as code": (as_code, of_one, 80),
    "what is known": (what_is_known, of_one, 200),
    "exported": (exported, of_one, 30),
    "printed": (printed, of_one, 80),
    "assumed": (assumed, of_assumptions, 150),
    "proofs": (proofs, of_pairs, 60),
    "solved": (solved, of_solve, 80),
    "solved within": (solved_within, of_within, 25),
    "solved for two": (solved_for_two, of_two, 50),
    "solved for a formula": (solved_for_a_formula, of_formula, 30),
    "swept": (swept, of_sweep, 40),
}


def faults(check: Check, tree: Tree) -> dict[str, str]:
    """The first fault of each kind; an exception that no user may see is one."""
    out: dict[str, str] = {}
    try:
        for kind, said in check(tree):
            out.setdefault(kind, said)
    except TooLarge:
        pass
    except Exception as error:
        out.setdefault(f"raises {type(error).__name__}", str(error)[:200])
    return out


def told(check: Check, trees: Iterator[Tree], most: int = 3) -> list[str]:
    """The faults of some trees, each made smaller; of each kind not many."""
    found: dict[str, list[str]] = {}
    for tree in trees:
        for kind in faults(check, tree):
            if len(found.setdefault(kind, [])) < most:
                small = shrunk(tree, lambda it, kind=kind: kind in faults(check, it))  # type: ignore[misc]
                found[kind].append(f"{kind}: {text(small)}\n    {faults(check, small)[kind]}")
    return [line for lines in found.values() for line in dict.fromkeys(lines)]


@pytest.mark.slow(but_every=6)
@pytest.mark.parametrize("name", CHECKS)
def test_random_trees_against_the_interpreter(name: str) -> None:
    check, draw, many = CHECKS[name]
    wrong = told(check, (draw(random.Random(f"{name}:{n}")) for n in range(many * TIMES)))
    assert not wrong, "\n".join(wrong)


# By hand: what random trees have found, each with its relatives. An expression, a point, and the value there.

VALUES: list[tuple[str, At, Fraction | int]] = [
    # What is not whole is rounded: powers with a symbol as exponent, min, max, abs, round_to, sums.
    ("floor(2^(1 - x))", {"x": 2}, 0),
    ("ceil(2^(2 - x))", {"x": 3}, 1),
    ("round(2^-x)", {"x": 1}, 1),
    ("6^(2 - x) // 3", {"x": 2}, 0),
    ("floor(1.5^x)", {"x": 2}, 2),
    ("x % 2^y", {"x": 1, "y": 1}, 1),
    ("2^(2 - x) % 1", {"x": 3}, Fraction(1, 2)),
    ("floor(x^(1 - y))", {"x": 2, "y": 2}, 0),
    ("floor(min(2.25, x))", {"x": 3}, 2),
    ("ceil(max(x, 5/x))", {"x": 2}, 3),
    ("floor(min(8, 0.75 + x))", {"x": 1}, 1),
    ("floor(abs(x - 2.5))", {"x": 1}, 1),
    ("floor(round_to(x, 1.5))", {"x": 1}, 1),
    ("floor(sum(0.75*min(i, y) for i in 0..x))", {"x": 1, "y": 1}, 0),
    # A quotient with a minus below the line.
    ("ceil(x/(x // -2))", {"x": 1}, -1),
    ("(x - x^-2) // -2", {"x": 2}, -1),
    ("x/y // -2", {"x": 1, "y": 1}, -1),
    ("x/y % -2", {"x": 1, "y": 1}, -1),
    ("x/(x // -2)", {"x": 1}, -1),
    # A divisor that is no whole number.
    ("x // 1.5", {"x": 5}, 3),
    ("x % 0.75", {"x": 2}, Fraction(1, 2)),
    ("x // (x/4)", {"x": 1}, 4),
    ("5 % (6/x)", {"x": 7}, Fraction(5, 7)),
    ("x/2^(x - 3)", {"x": 1}, 4),
    # Sums that begin at a size, or below 0, and signs.
    ("sum(max(i, 0) for i in x - y..y)", {"x": 1, "y": 2}, 3),
    ("sum(max(y, j) for j in y - x..3)", {"x": 1, "y": 1}, 7),
    ("abs(sum(min(5, i) for i in -3..x))", {"x": 1}, 5),
    ("abs(sum(1 - 4/i for i in 1..x))", {"x": 1}, 3),
    ("max(-1, (1 - x)^y)", {"x": 3, "y": 3}, -1),
    ("abs(max(-1, y - n)*(n % 4))", {"n": 2, "y": 1}, 2),  # a rounding beside a factor below 0
    ("ceil(x^y // x - y*(y + 1)/2)", {"x": 3, "y": 2}, 0),  # an exponent has no period
    ("max(0, min(-1, y - n)*floor(n/2))", {"n": 2, "y": 1}, 0),
    ("abs(floor(log2(x/4)))", {"x": 1}, 2),
    ("max(x^(x - 3), 1)", {"x": 2}, 1),
    # An index, and symbols of its name.
    ("(sum(min(x, i) for i in 1..y) at x=i + 1)", {"i": 1, "y": 3}, 5),
    ("sum((sum(x // i for i in 1..3*y) at x=i) for i in 1..y)", {"y": 2}, 4),
    ("sum(sum(i // 3 for i in 0..i) for i in 0..y)", {"y": 6}, 11),
]


@pytest.mark.parametrize(("said", "at", "right"), VALUES)
def test_values_by_hand(said: str, at: At, right: Fraction | int) -> None:
    answered = asked(said)
    assert answered.holds(at)
    assert evaluate(answered.size, at) == right
    assert reply(said + " at " + ", ".join(f"{name}={n}" for name, n in at.items())).value == right
    assert program([answered.size], list(at)).at(*at.values()) == (right,)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("log2(x) at x=8", 3),
        ("ceil(log2(x)) at x=5", 3),
        ("x*sqrt(y) at x=5, y=1", 5),
        ("(-x)^x at x=2", 4),
        ("0^(x - 3) at x=3", 1),
        ("y/(y/-3) at y=3", -3),
        ("x // (x // -3) at x=12", -3),
        ("2^(3 % 0.5)", 1),
        ("2^(1.5*2)", 8),
        ("6/(params((2) -> dense(3)) - 1)", Fraction(3, 4)),
        ("floor(log2(params((1) -> dense(1)) - 1))", 0),
        ("2^(params((1) -> dense(1))/2)", 2),
    ],
)
def test_what_numbers_alone_decide_by_hand(said: str, value: Fraction | int) -> None:
    assert reply(said).value == value


@pytest.mark.parametrize(
    "said", ["log2(x) at x=7", "log2(x)", "0^(x - 3)", "x/(y - y)", "floor(sqrt(-x))", "round_to(x, 0)"]
)
def test_what_has_no_value_is_refused(said: str) -> None:
    with pytest.raises(NetError):
        reply(said)


@pytest.mark.parametrize(
    ("said", "conditions"),
    [
        ("y/(x/6)", []),
        ("x % (x - 2.25)", ["x >= 3"]),
        ("floor(log2(x - 1))", ["x >= 2"]),
        ("floor(sqrt(x - 2))", ["x >= 2"]),
        ("(x // y)^-2", ["x >= y"]),
        ("round_to(x, y - 1)", ["y >= 2"]),
        ("1/(x - 3)", ["x >= 4"]),
    ],
)
def test_conditions_by_hand(said: str, conditions: list[str]) -> None:
    assert [str(condition) for condition in asked(said).conditions] == conditions


# A number of a network is that number wherever it stands: (2, 3) has 2·3 + 3 = 9 parameters, (n, 9) has 9·n + 9.


@pytest.mark.parametrize(
    "said",
    [
        "k = params((2) -> dense(3)); (n) -> dense(k)",
        "k = params((2) -> dense(3)); 2*k + 1; (n) -> dense(k)",
        "k = params((2) -> dense(3)); k; f = (n) -> dense(k)",
        "f = (n) -> dense(k); k = params((2) -> dense(3))",
    ],
)
def test_a_network_of_a_number_of_a_network_by_hand(said: str) -> None:
    assert paramula.net(said).at(n=4).params == 9 * 4 + 9


def test_the_formula_of_a_number_of_a_network_by_hand() -> None:
    assert reply("k = params((2) -> dense(3)); latex(k)").latex == "9"


@pytest.mark.parametrize(
    ("said", "right"),
    [  # for n = 4: 1 + (2 + 1) + (3 + 1 + 1) + (4 + 2 + 1 + 1)
        ("f(c) = sum(c // i for i in 1..n); sum(f(i) for i in 1..n)", {"n": 4, "right": 17}),
        ("f(c) = sum(c // i for i in 1..n); sum(f(j) for j in 1..n)", {"n": 4, "right": 17}),
        ("f(c) = sum(c // i for i in 1..n); f(i)", {"n": 4, "i": 3, "right": 5}),
        ("c = i + 1; sum(c // i for i in 1..n)", {"n": 4, "i": 2, "right": 5}),
    ],
)
def test_an_index_of_the_name_of_a_size_by_hand(said: str, right: At) -> None:
    assert evaluate(asked(said).size, right) == right["right"]


# Behind (T, 3): linear(6) has 3·6 + 6 = 24, linear(3) behind it 21, behind another 12: 45 and 12·(m - 1) in each of n.


@pytest.mark.parametrize(
    "said",
    [
        "b(m) = (_,c) -> linear(2*c) -> linear(c)*m; params((T,3) -> b(m)*n)",
        "params((T,3) -> [((_,c) -> linear(2*c) -> [linear(c) for i in 1..m]) for j in 1..n])",
        "params((T,3) -> [((_,c) -> linear(2*c) -> [linear(c) for i in 1..m]) for i in 1..n])",
    ],
)
def test_nested_repetitions_by_hand(said: str) -> None:
    size = asked(said).size
    for m, n in product(range(1, 5), repeat=2):
        assert evaluate(size, {"m": m, "n": n}) == (45 + 12 * (m - 1)) * n


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("x*y^(y + 3) < 2 for x, y where x <= 5, y <= 5", {(1, 1)}),
        ("x/y % -2 > -7 for x, y where x <= 5, y <= 5", {(1, 1)}),
        ("x/(y // -2) < 1 for x, y where x <= 5, y <= 5", {(5, 5)}),
        ("ceil(0.5^x) = 1 for x where x <= 3", {1, 2, 3}),
        ("x/(x // -2) <= 1 for x where x <= 12", {12}),
    ],
)
def test_solve_by_hand(said: str, points: set[Any]) -> None:
    assert {point.at for point in reply(f"solve {said}").found} == points


@pytest.mark.parametrize(
    ("said", "points"),
    [  # the formulas hold from x = 5, x = 2·y + 1 and n = 2 on; n = 1, 2, 3 have 40, 162 and 310 parameters
        ("x for x in 1..12 where 6/(x - 4) <= 1", [1, 2, 3, 10, 11, 12]),
        ("x for x in 1..4, y in 1..2 where x/(x - 2*y) < 0", [1, 1, 2, 3]),
        ("n for n in 1..4 where params((8,8,3) -> conv(3x3,4,same)*(n-1) -> gap -> dense(10)) <= 200", [1, 2]),
    ],
)
def test_rows_for_which_a_claim_has_no_formula_by_hand(said: str, points: list[int]) -> None:
    assert [row.values[0] for row in reply(f"sweep {said}").rows] == points
    sweep = sweep_of(read(f"sweep {said}"), {})
    assert [row[-1] for _, part in bulk.chunks(sweep) for row in part.rows] == points
    assert bulk.count(sweep) == len(points)
    assert bulk.best(sweep, 0)[0].values[0] == points[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        "sweep floor(sum(i // 3 for i in 1..2^x)/7) for x in {40}",
        "sweep min(sum(sum(j // i for j in 1..x*y) for i in 1..x*y), 4) for x in {3000}, y in {3000}",
        "solve -64 <= sum(i // -3 for i in 1..sum(j for j in -2..x)) <= -61 for x",
    ],
)
def test_sums_of_too_many_terms_are_refused(said: str) -> None:
    with pytest.raises(NetError, match=r"too large|too many"):
        reply(said)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("floor(log2(x/3))", {"x": 1}),
        ("round_to(2.25, x)", {"x": 1}),
        ("floor(log2(1.5^x))", {"x": 3}),
        ("sum(7/j for j in 1..x*0.5)", {"x": 4}),
        ("2^sum(n/x for n in 1..y)", {"x": 2, "y": 3}),  # whole, though its parts are not
        ("ceil(sum(y/i for i in 1..x))", {"x": 2, "y": 1}),
        ("2^(2.25*y)", {"y": 4}),
    ],
)
def test_python_by_hand(said: str, at: At) -> None:
    right = {
        "floor(log2(x/3))": -2,
        "round_to(2.25, x)": 3,
        "floor(log2(1.5^x))": 1,
        "sum(7/j for j in 1..x*0.5)": 10.5,
        "2^sum(n/x for n in 1..y)": 8,
        "ceil(sum(y/i for i in 1..x))": 2,
        "2^(2.25*y)": 512,
    }[said]
    size = asked(said).size
    assert eval(python_text(form(size), surely_whole(size)), {**PYTHON, **at}) == right
