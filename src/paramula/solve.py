"""The whole numbers that meet a claim: the largest, the smallest, or all of them, with a certificate. Never rounds.

A claim and its conditions are sizes compared with 0. Numbers are parted into classes modulo some m, so that roundings
and remainders go away; in each class the sizes are sums of polynomials times powers, whose signs are found exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from .algebra import poly
from .algebra.conditions import Condition, minimal
from .algebra.forms import digits
from .algebra.given import symbols
from .algebra.poly import Number, Poly, Size, Sym
from .algebra.regions import (
    MAX_STEPS,
    NO_RULE,
    Clause,
    Domain,
    Unsure,
    everything,
    narrowed,
    short_polynomial,
    valued,
)
from .assume import lone
from .errors import NetError, listed
from .language import tree
from .trace import Tracer, asker, check_given
from .values import Env, Net, is_number, kind

MAX_FOUND = 1_000  # solutions of an equation that are listed
SIDES = 64  # ends of classes beside which an equation without solution is looked at
OPERATORS = {"<=": ">=", "<": ">", ">=": ">=", ">": ">", "=": "==", "==": "=="}


class Point(NamedTuple):
    """A number in place of the symbol, and what the two sides of the claim are there."""

    at: int
    left: Number
    right: Number


class Also(NamedTuple):
    """A further claim of the same `solve`: its sides, as (left, right), at what was found and at what stands beside."""

    left: str
    relation: str
    right: str
    found: tuple[tuple[Number, Number], ...]
    beside: tuple[tuple[Number, Number], ...]


class Solution(NamedTuple):
    """The answer to `solve`: what was found, and what stands beside it and does not meet the claim.

    An inequality finds one number, the largest for <= and <, the smallest for >= and >; beside it is the next one that
    meets the conditions. An equation finds all numbers; where there is none, those on both sides of it stand beside.
    `note` says in a sentence what there is to say beyond the numbers, first of all where there are none."""

    said: str
    name: str
    left: str
    relation: str  # <=, <, >=, > or ==
    right: str
    found: tuple[Point, ...]
    beside: tuple[Point, ...]
    note: str
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    also: tuple[Also, ...] = ()  # further claims, which are met, too
    polynomial: tuple[int, ...] = ()  # a multiple of left - right, constant first, where that has degree 1 or 2

    @property
    def roots(self) -> tuple[Any, ...]:
        """The positive real numbers for which both sides are equal, as SymPy expressions; empty where they are long."""
        if not self.polynomial:
            return ()
        from sympy import Integer, Rational, sqrt

        c, b, *square = self.polynomial
        ends = [Rational(-c, b)] if not square else []
        for a in square:
            root, sign = sqrt(Integer(b * b - 4 * a * c)), 1 if a > 0 else -1
            ends = [(-b - sign * root) / (2 * a), (-b + sign * root) / (2 * a)]
        return tuple(end for end in dict.fromkeys(ends) if end.is_positive)


# The query.


def solved(tracer: Tracer, node: tree.Solve, env: Env) -> Solution:
    """The numbers that meet the claim of a `solve`; raises NetError where they cannot be told."""
    claims, place = _asked(tracer, node, env)
    name, claim = place.name, claims[0]
    sides = [_sides(tracer, it, env) for it in claims]
    check_given(tracer.program, name, tracer, place, env)
    if name in tracer.program.definitions or name in tracer.given:
        tracer = opened(tracer, [name])
        sides = [_sides(tracer, it, env) for it in claims]
    known = tracer.symbol(name)
    sym = lone(known)
    if sym is None or sym.name != name:
        raise tracer.fault(f"'{name}' stands for {tracer.show(known)} here, and cannot be solved for", place, env)
    for it, (left, right) in zip(claims, sides, strict=True):
        _only(tracer, name, [left, right], it, env)
    clauses, conditions = _conditions(tracer, sym, node, claim, env)
    relation = OPERATORS[claim.operators[0]]
    asked = [_clause(it, left, right) for it, (left, right) in zip(claims, sides, strict=True)]
    try:
        domain = everything(sym)
        for clause in clauses:
            domain = narrowed(domain, clause)
        find = _equal if relation == "==" else _greatest if claim.operators[0][0] == "<" else _least
        found, beside, note = find(domain, asked, name)
        (points, others), *also = (
            [tuple(Point(at, *(valued(side, {name: at}) for side in both)) for at in ats) for ats in (found, beside)]
            for both in sides
        )
    except (Unsure, ValueError, ZeroDivisionError) as error:
        why = "it divides by zero" if isinstance(error, ZeroDivisionError) else error
        message = f"it cannot be told which {name} meet this claim: {why}"
        raise tracer.fault(message, claim, env, f"bound it: where {name} <= 4096") from None
    except NetError as error:
        error.hint = error.hint or f"bound it: where {name} <= 4096"
        raise error.placed(claim.span, env.frame.source) from None
    texts = [[tree.text(operand) for operand in it.operands] for it in claims]
    operator = "==" if relation == "==" else claim.operators[0]
    further = tuple(
        Also(left, it.operators[0], right, *(tuple((p.left, p.right) for p in ats) for ats in its))
        for it, (left, right), its in zip(claims[1:], texts[1:], also, strict=True)
    )
    return Solution(
        tree.text(node), name, texts[0][0], operator, texts[0][1], points, others, note, conditions,
        tuple(dict.fromkeys([*tracer.met, name])), further,
        short_polynomial(asked[0].size, sym) if len(claims) == 1 else (),
    )  # fmt: skip


def _clause(claim: tree.Claim, left: Size, right: Size) -> Clause:
    operator = claim.operators[0]
    return Clause(OPERATORS[operator], right - left if operator[0] == "<" else left - right)


def _asked(tracer: Tracer, node: tree.Solve, env: Env) -> tuple[list[tree.Claim], tree.Name]:
    """The claims of a `solve`, several where all are upper or all are lower bounds, and its one symbol."""
    places = [tree.Name(node.claims[-1].end, node.claims[-1].end, "")]
    for name in node.names:
        places.append(tree.Name(*tracer.program.named(tree.Name(places[-1].end, node.end, name), name), name))
    del places[0]
    first, *more = node.claims
    if len(places) > 1:
        hint = f"give {places[1].name} a number: {places[1].name} = … on a line of its own"
        raise tracer.fault(f"solve looks for one symbol, not {len(places)}", places[1], env, hint)
    for claim in node.claims:
        if len(claim.operators) > 1:
            back = tree.Claim(claim.start, claim.end, claim.operands[1:], claim.operators[1:])
            front = tree.Claim(claim.start, claim.end, claim.operands[:2], claim.operators[:1])
            hint = f"solve {tree.text(back)} for {node.names[0]} where {tree.text(front)}"
            raise tracer.fault("solve takes one comparison", claim, env, hint)
        if claim.operators[0] not in OPERATORS:
            raise tracer.fault(f"solve takes {listed(OPERATORS)}, not {claim.operators[0]}", claim, env)
    way = first.operators[0][0]
    odd = next((it for it in more if way == "=" or it.operators[0][0] != way), None)
    if odd is not None:
        hint = f"a claim the other way stands behind where: solve {tree.text(first)} for {node.names[0]} where …"
        raise tracer.fault("several claims are all upper bounds, or all lower ones", odd, env, hint)
    return list(node.claims), places[0]


def _sides(tracer: Tracer, claim: tree.Claim, env: Env) -> list[Size]:
    """The numbers that a claim compares; a field along the one axis that there is counts as one."""
    values = []
    for operand in claim.operands:
        value = tracer.value(operand, env)
        value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
        if not is_number(value):
            hint = f"ask for a quantity: params({tree.text(operand)})" if isinstance(value, Net) else ""
            raise tracer.fault(f"a claim compares numbers, but this is {kind(value)}", operand, env, hint)
        values.append(value)
    return values


def asking(tracer: Tracer, given: dict[str, Size]) -> Tracer:
    """A tracer for the same question with other sizes in place of symbols."""
    other = asker(tracer.program, given)
    other.spent, other.deadline = tracer.spent, tracer.deadline
    return other


def opened(tracer: Tracer, names: list[str]) -> Tracer:
    """A tracer for which the names are symbols, also where they have numbers now."""
    other = asking(tracer, {**tracer.given, **{name: poly.symbol(name) for name in names}})
    other.given = {name: size for name, size in other.given.items() if name not in names}
    return asking(tracer, {**tracer.given, **{name: other.symbol(name) for name in names}})


def _only(tracer: Tracer, name: str, sizes: list[Size], claim: tree.Claim, env: Env) -> None:
    """Refuses sizes with other symbols than the one that is looked for."""
    others = _others(name, sizes)
    if others:
        whose = next(n for n, size in zip(claim.operands, sizes, strict=False) if _others(name, [size]))
        settings = ", ".join(f"{other}=…" for other in others)
        hint = f"put numbers in their place: ({tree.text(whose)} at {settings})"
        raise tracer.fault(f"this depends on {listed(others, 'and')} too", whose, env, hint)


def _others(name: str, sizes: list[Size]) -> list[str]:
    return sorted({sym.name for size in sizes for sym in symbols(size)} - {name})


def _conditions(
    tracer: Tracer, sym: Sym, node: tree.Solve, claim: tree.Claim, env: Env
) -> tuple[list[Clause], tuple[str, ...]]:
    """What the number must meet beside the claim, and the conditions of the networks that were asked, as texts."""
    clauses = []
    for said in node.where:
        for clause in clauses_of(tracer, said, env):
            others = _others(sym.name, [clause.size, clause.modulus])
            if others:
                hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
                raise tracer.fault(f"this depends on {listed(others, 'and')} too", said, env, hint)
            clauses.append(clause)
    conditions = minimal(tracer.needs)
    assumed = minimal([(need, "assume") for need in tracer.taken])
    for condition in [*conditions, *assumed]:
        names = free_names(condition)
        if names == {sym.name}:
            clauses.append(clause_of(condition))
        elif sym.name in names and condition in conditions:
            others = sorted(names - {sym.name})
            hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
            raise tracer.fault(f"the condition {condition} depends on {listed(others, 'and')} too", claim, env, hint)
    return clauses, tuple(map(str, [*conditions, *assumed]))


def free_names(condition: Condition) -> set[str]:
    """The symbols of which a condition says something, by name."""
    ends = [end for _, low, high in condition.over for end in (low, high)]
    sizes = [condition.left, condition.right, condition.modulus, *ends]
    return {sym.name for size in sizes for sym in symbols(size)} - {index.name for index, _, _ in condition.over}


def clause_of(condition: Condition) -> Clause:
    """A condition of a network as a clause."""
    if condition.over:
        return Clause("==", 0, over=condition)
    if condition.modulus != 0:
        return Clause("==", condition.left - condition.right, condition.modulus)
    left, right = condition.left, condition.right
    if condition.relation == "<=":
        left, right = right, left
    return Clause("==" if condition.relation == "==" else ">=", left - right)


def clauses_of(tracer: Tracer, claim: tree.Claim, env: Env) -> list[Clause]:
    """A claim as clauses, one for each comparison in it."""
    clauses = []
    for a, operator, b in zip(claim.operands, claim.operators, claim.operands[1:], strict=False):
        pair = tree.Claim(claim.start, claim.end, [a, b], [operator])
        if operator in ("=", "==", "!=") and isinstance(a, tree.Product) and a.operators[-1] == "%":
            front = a.operands[:-1]
            dividend = front[0] if len(front) == 1 else tree.Product(a.start, a.end, front, a.operators[:-1])
            parts = tree.Claim(claim.start, claim.end, [dividend, a.operands[-1], b], [])
            over, divisor, rest = _sides(tracer, parts, env)
            if isinstance(divisor, Poly) and rest == 0:
                _sides(tracer, pair, env)  # takes note of the divisor that must be positive
            if rest == 0 if isinstance(divisor, Poly) else isinstance(rest, int) and 0 <= rest < divisor:
                clauses.append(Clause(OPERATORS.get(operator, operator), over - rest, divisor))
                continue
        left, right = _sides(tracer, pair, env)
        relation = OPERATORS.get(operator, operator)
        clauses.append(Clause(relation, right - left if operator[0] == "<" else left - right))
    return clauses


# The three questions. Each gives the numbers found, those beside them, and a sentence.

Found: TypeAlias = tuple[list[int], list[int], str]


def _meeting(domain: Domain, claims: Iterable[Clause]) -> Domain:
    """The numbers of a domain that meet claims."""
    for claim in claims:
        domain = narrowed(domain, claim)
    return domain


def _greatest(domain: Domain, claims: list[Clause], name: str) -> Found:
    within = _meeting(domain, claims)
    if within.endless:
        return _for_ever(_meeting(domain, claims[1:]), claims[0], within, name, "largest")
    at = next(within.downwards(), None)
    if at is None:
        return _none(domain, islice(domain.upwards(), 1), name)
    return [at], *_neighbour(domain.upwards(at + 1), f"no greater {name}")


def _least(domain: Domain, claims: list[Clause], name: str) -> Found:
    within = _meeting(domain, claims)
    at = next(within.upwards(), None)
    if at is None:
        return _none(domain, islice(domain.upwards() if domain.endless else domain.downwards(), 1), name)
    return [at], *_neighbour(domain.downwards(at - 1), f"no smaller {name}")


def _equal(domain: Domain, claims: list[Clause], name: str) -> Found:
    (claim,) = claims
    within = narrowed(domain, claim)
    if within.endless:
        return _for_ever(domain, claim, within, name, "last")
    found: list[int] = []
    for at in within.upwards():
        if len(found) == MAX_FOUND:
            return found, [], f"these are the first {MAX_FOUND:,}; there are more"
        found.append(at)
    if found:
        return found, [], ""
    below, above = (narrowed(domain, claim._replace(relation=">", size=s)) for s in (-claim.size, claim.size))
    sides = _changes(domain, below, above)
    less, greater = _first(below), _first(above)
    if sides or (less and greater) or not less + greater:
        return _none(domain, iter(sides), name)
    said = f"the left side is {'less' if less else 'greater'} for every {name}"
    return [], _first(domain), said if domain.whole else f"{said} that is allowed"


def _none(domain: Domain, sides: Iterator[int], name: str) -> Found:
    """The answer where nothing meets the claim."""
    try:
        beside = list(sides)
        what = "the claim" if _first(domain) else "the conditions"
    except Unsure:
        beside, what = [], "the claim"
    return [], beside, f"no {name} meets {what}"


def _neighbour(numbers: Iterator[int], none: str) -> tuple[list[int], str]:
    """The next number that is allowed, or that there is none."""
    try:
        beside = list(islice(numbers, 1))
    except Unsure:
        return [], f"{none} was found among the next {MAX_STEPS:,}"
    return beside, "" if beside else f"{none} is allowed"


def _first(domain: Domain) -> list[int]:
    return list(islice(domain.upwards(), 1))


def _for_ever(domain: Domain, claim: Clause, within: Domain, name: str, which: str) -> Found:
    """The answer where the claim holds for numbers without end."""
    if within.tests:
        raise Unsure(NO_RULE)
    opposite = {">=": ">", ">": ">=", "==": "!="}[claim.relation]
    size = claim.size if claim.relation == "==" else -claim.size
    outside = narrowed(domain, Clause(opposite, size))
    if not _first(outside):
        return [], _first(domain), f"the claim holds for every {name}" + ("" if domain.whole else " that is allowed")
    if outside.endless:
        found = list(islice(within.upwards(), 3))
        return found, [], f"there is no {which} {name}: these are the first that meet the claim"
    last = next(outside.downwards())
    start = next(within.upwards(last + 1))
    return [], [last, start], f"there is no {which} {name}: the claim holds for every one from {digits(start)} on"


def _changes(domain: Domain, below: Domain, above: Domain) -> list[int]:
    """Two neighbours, one with the left side below the right one and one with it above, for the first such place."""
    pairs = set()
    for one, other in ((below, above), (above, below)):
        ends = [c.modulus * b + c.residue for c in one.classes for _, b in c.intervals if b is not None]
        for end in sorted(ends)[:SIDES]:
            at = next(one.downwards(end), None)
            after = None if at is None else next(domain.upwards(at + 1), None)
            if at is not None and after is not None and next(other.upwards(after), None) == after:
                pairs.add((at, after))
    return list(min(pairs)) if pairs else []
