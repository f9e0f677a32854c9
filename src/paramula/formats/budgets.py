"""The answers to `solve` as text: what was found, and what stands beside it as the proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import eq, ge, gt, le, lt
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from ..algebra.spelling import digits
from ..algebra.substitution import evaluate
from ..errors import listed, printable
from ..questions.budgets import Budget, Frontier, Place, Rooted, Sides, Solution, Solved, Within
from .text import ASCII_HEAD, grouped, size_text

ROOT = 40  # characters of a root that is shown
HOLDS: dict[str, Callable[[Any, Any], bool]] = {"<=": le, "<": lt, ">=": ge, ">": gt, "==": eq}
TURNED = {">=": "<=", ">": "<"}


def lines(reply: Solved, ascii: bool = False) -> Iterator[Text]:
    """An answer line by line, but for the points of several symbols."""
    said = _Said(reply.order, ascii)
    match reply:
        case Solution():
            yield from _solution(reply, said)
        case Within():
            yield from _within(reply, said)
        case Frontier(names=names, which=which, found=found) if found and which != "all":
            step = "next greater" if which == "maximal" else "next smaller"
            claim = "the claim" if len(reply.budgets) == 1 else "a claim"
            yield Text(f"each is {which}: the {step} {listed(names)} that is allowed breaks {claim}", style="dim")
        case Rooted():
            yield from _rooted(reply, said)
    if not isinstance(reply, Rooted) and reply.note:
        yield Text(reply.note)
    if isinstance(reply, Solution) and reply.relation != "==":
        for root in map(str, reply.roots):
            if len(root) <= ROOT:
                yield Text(f"they meet at {reply.name} = {root.replace('**', '^')}", style="dim")
    if not isinstance(reply, Solution):
        yield from (Text(f"  where {name} == {said.size(size)}", style="dim") for name, size in reply.links)
    yield from (Text(f"  where {condition}", style="dim") for condition in reply.conditions)


class _Said:
    """How sizes, claims and numbers are said: the reader's order of symbols, and whether in ASCII."""

    def __init__(self, order: tuple[str, ...], ascii: bool) -> None:
        self.order = order
        self.ascii = ascii

    def size(self, value: Any) -> str:
        return size_text(value, self.order, self.ascii)

    def claim(self, left: str, a: Any, b: Any, relation: str = "") -> str:
        """`params(net) = 999,980 <= 1,000,000`; the relation is the one that there is, unless it is given."""
        relation = relation or ("<" if a < b else ">" if a > b else "==")
        return f"{left} = {self.size(a)} {relation} {self.size(b)}"

    def met(self, budgets: tuple[Budget, ...], sides: Sides) -> str:
        """Claims that hold; one both ways is said in one."""
        said: dict[str, list[tuple[str, Any, Any]]] = {}
        for budget, (a, b) in zip(budgets, sides, strict=True):
            said.setdefault(budget.left, []).append((budget.relation, a, b))
        out = []
        for left, claims in said.items():
            match sorted(claims, key=lambda claim: claim[0], reverse=True):
                case [(lower, a, low), (upper, _, high)] if lower[0] == ">" and upper[0] == "<":
                    out.append(f"{self.size(low)} {TURNED[lower]} {self.claim(left, a, high, upper)}")
                case _:
                    out += [self.claim(left, a, b, relation) for relation, a, b in claims]
        return ", ".join(out)

    def broken(self, budgets: tuple[Budget, ...], sides: Sides) -> str:
        """Claims that do not hold."""
        pairs = zip(budgets, sides, strict=True)
        return ", ".join(self.claim(it.left, a, b) for it, (a, b) in pairs if not HOLDS[it.relation](a, b))


def _solution(reply: Solution, said: _Said) -> Iterator[Text]:
    def at(number: int) -> str:
        values = [f"{name} = {said.size(evaluate(size, {reply.name: number}))}" for name, size in reply.links]
        return f"{reply.name} = {digits(number)}" + (f" ({', '.join(values)})" if values else "")

    for n, it in enumerate(reply.found):
        claims = [said.claim(reply.left, it.left, it.right, reply.relation)]
        claims += [said.claim(more.left, *more.found[n], more.relation) for more in reply.also]
        yield Text(f"{at(it.at)}: {', '.join(claims)}", style="bold")
    for n, it in enumerate(reply.beside):
        claims = [said.claim(reply.left, it.left, it.right), *(said.claim(m.left, *m.beside[n]) for m in reply.also)]
        yield Text(f"{at(it.at)}: {', '.join(claims)}", style="dim")


def _within(reply: Within, said: _Said) -> Iterator[Text]:
    for run in reply.intervals:
        before, after = run.beside
        first, last = run.ends[0].at[0], run.ends[-1].at[0]
        if len(run.ends) == 2:
            every = run.many == last - first + 1
            count = "" if run.many is None else f": {grouped(run.many)} numbers{'' if every else ' that are allowed'}"
            yield Text(f"{reply.name} = {digits(first)}..{digits(last)}{count}", style="bold")
        elif run.many is None:
            yield Text(f"{reply.name} = {digits(first)}, … without end", style="bold")
        for it in (before, *run.ends, after):
            if it is not None:
                inside = it in run.ends
                claims = said.met(reply.budgets, it.sides) if inside else said.broken(reply.budgets, it.sides)
                style = "dim" if not inside else "bold" if run.many == 1 else ""
                yield Text(f"{reply.name} = {digits(it.at[0])}: {claims}", style=style)


def _rooted(reply: Rooted, said: _Said) -> Iterator[Text]:
    yield Text(f"{reply.name} = {said.size(reply.value)}", style="bold")
    claim = printable(" ".join(reply.budget))
    yield Text(f"the {'' if reply.which == 'only' else reply.which + ' '}{reply.name} with {claim}", style="dim")
    if reply.root is not None and reply.which != "only":
        yield Text(f"they meet at {reply.name} = {said.size(reply.root)}", style="dim")


def points(reply: Frontier, ascii: bool, rows: int | None) -> Table:
    """The points as a table: the numbers, the sides of the claims, and what breaks beside each."""
    said = _Said(reply.order, ascii)
    grid = Table(box=ASCII_HEAD if ascii else box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    lefts = {budget.left: n for n, budget in enumerate(reply.budgets)}
    fixed = {n for n in range(len(reply.budgets)) if len({it.sides[n][1] for it in reply.found}) == 1}
    rights = {budget.right: n for n, budget in enumerate(reply.budgets) if n not in fixed}
    near = "next {}" if reply.which == "maximal" else "{} before"
    beside = [near.format(name) for name in reply.names] if reply.which != "all" else []
    for head in (*reply.names, *lefts, *rights, *beside):
        grid.add_column(Text(printable(head)), justify="right", overflow="fold")

    def breaks(place: Place | None, n: int) -> str:
        if place is None:
            return ""
        at = digits(place.at[n])
        if len(reply.budgets) == 1 and fixed:
            return f"{at}: {said.size(place.sides[0][0])}"
        a, b = next(both for it, both in zip(reply.budgets, place.sides, strict=True) if not HOLDS[it.relation](*both))
        return f"{at}: {said.size(a)} {'>' if a > b else '<' if a < b else '=='} {said.size(b)}"

    for it in reply.found[:rows]:
        values = [*(it.sides[n][0] for n in lefts.values()), *(it.sides[n][1] for n in rights.values())]
        cells = [*map(digits, it.at), *map(said.size, values), *(breaks(place, n) for n, place in enumerate(it.beside))]
        grid.add_row(*map(Text, cells))
    return grid
