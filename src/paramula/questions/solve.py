"""What a `solve` asks, and what meets it: a number, intervals, points or a formula, with a certificate. Never rounds.

A claim and its conditions are sizes compared with 0. What meets them is found in `algebra`: among the numbers of one
symbol by `search`, among the points of several by `frontier`, as a formula of open symbols by `closed`.
"""

from __future__ import annotations

from typing import NamedTuple

from ..algebra import poly
from ..algebra.condition import free_names as free_names
from ..algebra.conditions import minimal
from ..algebra.poly import Poly, Size, Sym
from ..algebra.search import frontier, search
from ..algebra.search.closed import Crossing, crossing, root
from ..algebra.search.holding import Unsure
from ..algebra.search.links import NoLink, linked
from ..algebra.search.regions import Clause, Domain, clause_of, everything
from ..algebra.substitution import evaluate, symbols
from ..engine.assume import lone
from ..engine.settings import check_given
from ..engine.trace import Tracer
from ..engine.values import Env, Net, is_number, kind
from ..errors import NetError, listed
from ..language import tree
from .budgets import (
    Also,
    Budget,
    Frontier,
    FrontierPoint,
    Interval,
    Links,
    Place,
    Point,
    Rooted,
    Solution,
    Solved,
    Within,
)

OPERATORS = {"<=": ">=", "<": ">", ">=": ">=", ">": ">", "=": "==", "==": "=="}
TURNED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "==": "==", "=": "="}


# The question.


class Question(NamedTuple):
    """What is asked: claims of one comparison each with their sides, the symbols, and what these must meet besides."""

    said: str
    claims: list[tree.Claim]
    sides: list[list[Size]]
    syms: list[Sym]
    aim: int  # 1: the largest, -1: the smallest, 0: all
    clauses: list[Clause]
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    links: Links
    open: NetError | None  # the sides have other symbols
    whole: str  # of symbols that are whole where a network rounds

    @property
    def budgets(self) -> tuple[Budget, ...]:
        texts = [(tree.text(it.operands[0]), it.operators[0], tree.text(it.operands[1])) for it in self.claims]
        return tuple(Budget(left, "==" if relation == "=" else relation, right) for left, relation, right in texts)

    @property
    def asked(self) -> list[Clause]:
        """The claims as clauses."""
        return [_clause(it, left, right) for it, (left, right) in zip(self.claims, self.sides, strict=True)]

    def noted(self, note: str) -> str:
        """What there is to say of an answer, and of symbols that are whole where fractions would be rounded."""
        return "; ".join(filter(None, (note, self.whole)))

    def place(self, at: tuple[int, ...]) -> Place:
        """A point, with what the sides are there."""
        values = {sym.name: number for sym, number in zip(self.syms, at, strict=True)}
        return Place(at, tuple((evaluate(left, values), evaluate(right, values)) for left, right in self.sides))


def solved(tracer: Tracer, node: tree.Solve, env: Env) -> Solved:
    """What meets the claims of a `solve`; raises NetError where that cannot be told."""
    question = _question(tracer, node, env)
    claim, names = node.claims[0], [sym.name for sym in question.syms]
    bound = f"bound it: where {names[0]} <= {4096 if len(names) == 1 else 64}"
    said = ""
    try:
        return _of_one(question) if len(names) == 1 else _of_several(question)
    except frontier.TooMany as too:
        said = f"more than {too.limit:,} numbers would have to be tried"
        bound = f"a step makes them fewer: where {names[-1]} % 64 == 0"
    except frontier.NoEnd as no:
        said = "it cannot be shown that the points have an end"
        if no.name:
            said, bound = f"the points have no end: there is no largest {no.name}", f"bound it: where {no.name} <= 64"
    except (Unsure, ValueError, ZeroDivisionError) as error:
        why = "it divides by zero" if isinstance(error, ZeroDivisionError) else error
        said = f"it cannot be told which {listed(names, 'and')} meet this claim: {why}"
    except NetError as error:
        error.hint = error.hint or bound
        raise error.placed(claim.span, env.frame.source) from None
    raise tracer.fault(said, claim, env, bound)


def _question(tracer: Tracer, node: tree.Solve, env: Env) -> Question:
    claims, both = _claims(tracer, node, env)
    places = _names(tracer, node, env)
    names = [place.name for place in places]
    for claim in claims:
        _sides(tracer, claim, env)  # meets the symbols that may be asked for
    for place in places:
        check_given(tracer.program, place.name, tracer, place, env)
    numbers = [name for name in names if name in tracer.program.definitions or name in tracer.given]
    tracer = opened(tracer, numbers) if numbers else tracer
    tracer, where, links, clauses = _linked(tracer, node, names, env)
    sides = [_sides(tracer, claim, env) for claim in claims]
    syms = []
    for place in places:
        known = tracer.symbol(place.name)
        sym = lone(known)
        if sym is None or sym.name != place.name:
            raise tracer.fault(
                f"'{place.name}' stands for {tracer.show(known)} here, and cannot be solved for", place, env
            )
        syms.append(sym)
    others = _depends(tracer, names, claims, sides, env)
    if others is not None and (len(claims) > 1 or len(names) > 1):
        raise others
    clauses += [it for claim in where for it in _where(tracer, claim, names, env)]
    more, conditions = _conditions(tracer, names, node.claims[0], env)
    ways = {claim.operators[0][0] for claim in claims}
    aim = 0 if both or len(ways) > 1 else {"<": 1, ">": -1, "=": 0}[ways.pop()]
    order = tuple(dict.fromkeys([*tracer.met, *names]))
    whole = "; ".join(tracer.said_of_whole())
    return Question(tree.text(node), claims, sides, syms, aim, clauses + more, conditions, order, links, others, whole)


def _claims(tracer: Tracer, node: tree.Solve, env: Env) -> tuple[list[tree.Claim], bool]:
    """The claims with one comparison each, and whether one had several; then what has no name stands on the right."""
    claims, both = [], False
    for claim in node.claims:
        odd = next((operator for operator in claim.operators if operator not in OPERATORS), None)
        if odd is not None:
            raise tracer.fault(f"solve takes {listed(OPERATORS)}, not {odd}", claim, env)
        if len(claim.operators) == 1:
            claims.append(claim)
            continue
        both = True
        for a, operator, b in zip(claim.operands, claim.operators, claim.operands[1:], strict=False):
            if not any(isinstance(it, (tree.Name, tree.Call)) for it in tree.walk(a)):
                a, operator, b = b, TURNED[operator], a
            claims.append(tree.Claim(claim.start, claim.end, [a, b], [operator]))
    return claims, both


def _names(tracer: Tracer, node: tree.Solve, env: Env) -> list[tree.Name]:
    """The symbols that are asked for, each with its place."""
    places: list[tree.Name] = []
    end = node.claims[-1].end
    for name in node.names:
        span = tracer.program.named(tree.Name(end, node.end, name), name)
        place, end = tree.Name(*span, name), span.end
        other = next((it for it in places if it.name == name), None)
        if other is not None:
            raise tracer.fault(f"'{name}' is asked for twice", place, env, other=other.span)
        places.append(place)
    return places


def _clause(claim: tree.Claim, left: Size, right: Size) -> Clause:
    operator = claim.operators[0]
    return Clause(OPERATORS[operator], right - left if operator[0] == "<" else left - right)


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


def opened(tracer: Tracer, names: list[str]) -> Tracer:
    """A tracer for which the names are symbols, also where they have numbers now."""
    other = tracer.asking({**tracer.given, **{name: poly.symbol(name) for name in names}})
    other.given = {name: size for name, size in other.given.items() if name not in names}
    return tracer.asking({**tracer.given, **{name: other.symbol(name) for name in names}})


def _linked(
    tracer: Tracer, node: tree.Solve, names: list[str], env: Env
) -> tuple[Tracer, list[tree.Claim], Links, list[Clause]]:
    """A tracer with sizes in place of the symbols that equations link to those asked for; the other conditions."""
    links: dict[int, tree.Claim] = {}
    equations: list[Size] = []
    for n, claim in enumerate(node.where):
        a = claim.operands[0]
        if claim.operators == ["=="] and not (isinstance(a, tree.Product) and a.operators[-1] == "%"):
            left, right = _sides(tracer, claim, env)
            if _others(names, [left, right]):
                links[n] = claim
                equations.append(left - right)
    if not links:
        return tracer, node.where, (), []
    try:
        found = linked(equations, set(names))
    except NoLink as no:
        claim = [*links.values()][no.number]
        hint = f"a link says one symbol as a multiple of another: where {names[0]} == 64*{no.name}"
        raise tracer.fault(f"this does not say which whole number {no.name} is", claim, env, hint) from None
    first = next(iter(links.values()))
    _alone(tracer, found.clauses, names, first, env)
    _bound(tracer, _others(names, [*found.values.values()]), first, env)
    where = [claim for n, claim in enumerate(node.where) if n not in links]
    return tracer.asking({**tracer.given, **found.values}), where, tuple(found.values.items()), found.clauses


def _depends(
    tracer: Tracer, names: list[str], claims: list[tree.Claim], sides: list[list[Size]], env: Env
) -> NetError | None:
    """The error for sides that have other symbols than those asked for."""
    for claim, sizes in zip(claims, sides, strict=True):
        others = _others(names, sizes)
        if others:
            whose = next(n for n, size in zip(claim.operands, sizes, strict=True) if _others(names, [size]))
            settings = ", ".join(f"{other}=…" for other in others)
            hint = f"put numbers in their place: ({tree.text(whose)} at {settings})"
            return tracer.fault(f"this depends on {listed(others, 'and')} too", whose, env, hint)
    return None


def _others(names: list[str], sizes: list[Size]) -> list[str]:
    return sorted({sym.name for size in sizes for sym in symbols(size)} - set(names))


def _where(tracer: Tracer, claim: tree.Claim, names: list[str], env: Env) -> list[Clause]:
    """A condition behind `where` as clauses."""
    clauses = clauses_of(tracer, claim, env)
    _alone(tracer, clauses, names, claim, env)
    return clauses


def _alone(tracer: Tracer, clauses: list[Clause], names: list[str], claim: tree.Claim, env: Env) -> None:
    """Refuses clauses that have other symbols than those asked for."""
    _bound(tracer, sorted({name for clause in clauses for name in clause.names} - set(names)), claim, env)


def _bound(tracer: Tracer, others: list[str], claim: tree.Claim, env: Env) -> None:
    """Refuses a condition that has such symbols beside those asked for."""
    if others:
        hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
        raise tracer.fault(f"this depends on {listed(others, 'and')} too", claim, env, hint)


def _conditions(tracer: Tracer, names: list[str], claim: tree.Claim, env: Env) -> tuple[list[Clause], tuple[str, ...]]:
    """The conditions of the networks that were asked, and what is assumed: as clauses, and as texts."""
    clauses = []
    conditions = minimal(tracer.needs)
    assumed = minimal([(need, "assume") for need in tracer.taken])
    for condition in [*conditions, *assumed]:
        about = free_names(condition)
        others = sorted(about - set(names))
        if about and not others:
            clauses.append(clause_of(condition))
        elif len(others) < len(about) and condition in conditions:
            hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
            raise tracer.fault(f"the condition {condition} depends on {listed(others, 'and')} too", claim, env, hint)
    return clauses, tuple(map(str, [*conditions, *assumed]))


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


# The answers.


def _of_one(it: Question) -> Solution | Within | Rooted:
    """The answer for one symbol."""
    (sym,) = it.syms
    domain = search.meeting(everything(sym), it.clauses)
    if it.open is not None:
        return _rooted(it, domain, it.open)
    if it.aim == 0 and len(it.claims) > 1:
        return _within(it, domain)
    find = search.greatest if it.aim > 0 else search.least if it.aim < 0 else search.equal
    found, beside, note = find(domain, it.asked, sym.name)
    points, others = ([(at, it.place((at,)).sides) for at in ats] for ats in (found, beside))
    also = tuple(
        Also(*budget, tuple(sides[n] for _, sides in points), tuple(sides[n] for _, sides in others))
        for n, budget in enumerate(it.budgets)
    )
    meet = crossing(it.asked[0].size, sym) if len(also) == 1 and not it.whole else Crossing()
    return Solution(
        it.said, sym.name, *it.budgets[0],
        tuple(Point(at, *sides[0]) for at, sides in points), tuple(Point(at, *sides[0]) for at, sides in others),
        it.noted(note), it.conditions, it.order, also[1:], meet.polynomial, meet.power, it.links,
    )  # fmt: skip


def _within(it: Question, domain: Domain) -> Within:
    """All numbers that meet the claims."""
    runs, note = search.runs(domain, it.asked, it.syms[0].name)
    intervals = []
    for run in runs:
        ends = dict.fromkeys(at for at in (run.first, run.last) if at is not None)
        before, after = (None if at is None else it.place((at,)) for at in (run.before, run.after))
        intervals.append(Interval(tuple(it.place((at,)) for at in ends), run.many, (before, after)))
    noted = it.noted(note)
    return Within(it.said, it.syms[0].name, it.budgets, tuple(intervals), noted, it.conditions, it.order, it.links)


def _of_several(it: Question) -> Frontier:
    """The points of several symbols."""
    names = tuple(sym.name for sym in it.syms)
    allowed = frontier.part(it.syms, it.clauses)
    question = frontier.part(it.syms, [*it.clauses, *it.asked]) if allowed is not None else None
    found = []
    for point in frontier.Search(it.aim).points(question) if question is not None else ():
        at = tuple(point[name] for name in names)
        beside = frontier.beside(allowed, point, it.aim) if allowed is not None and it.aim else []
        moved = [None if near is None else (*at[:n], near, *at[n + 1 :]) for n, near in enumerate(beside)]
        found.append(FrontierPoint(*it.place(at), tuple(None if to is None else it.place(to) for to in moved)))
    note = "" if found else f"no {' and '.join(names)} meet {'the conditions' if allowed is None else 'the claim'}"
    which = {1: "maximal", -1: "minimal", 0: "all"}[it.aim]
    return Frontier(it.said, names, it.budgets, which, tuple(found), it.noted(note), it.conditions, it.order, it.links)


def _rooted(it: Question, domain: Domain, otherwise: NetError) -> Rooted:
    """The number as a formula of the symbols that are open; raises the error that there are some if it has none."""
    found = root(it.asked[0], it.aim > 0, domain)
    if found is None:
        raise otherwise
    conditions = (*it.conditions, *map(str, found.conditions))
    which = {1: "largest", -1: "smallest", 0: "only"}[it.aim]
    name, (budget,) = it.syms[0].name, it.budgets
    return Rooted(it.said, name, budget, which, found.value, found.real, conditions, it.order, it.links)
