"""The numbers of one symbol that meet claims: the largest, the smallest, all, or in runs; and what stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..spelling import digits
from .holding import MAX_STEPS, NO_RULE, Unsure
from .regions import Clause, Domain, narrowed

MAX_FOUND = 1_000  # solutions of an equation that are listed
MAX_RUNS = 20  # that are listed
SIDES = 64  # ends of classes beside which an equation without solution is looked at
OPPOSITE = {">=": ">", ">": ">=", "==": "!=", "!=": "=="}

# Three questions. Each gives the numbers found, those beside them, and a sentence.

Found: TypeAlias = tuple[list[int], list[int], str]


def opposite(claim: Clause) -> Clause:
    """What holds where a claim does not."""
    return Clause(OPPOSITE[claim.relation], claim.size if claim.relation in ("==", "!=") else -claim.size)


def meeting(domain: Domain, claims: Iterable[Clause]) -> Domain:
    """The numbers of a domain that meet claims."""
    for claim in claims:
        domain = narrowed(domain, claim)
    return domain


def greatest(domain: Domain, claims: list[Clause], name: str) -> Found:
    within = meeting(domain, claims)
    if within.endless:
        return _for_ever(meeting(domain, claims[1:]), claims[0], within, name, "largest")
    at = next(within.downwards(), None)
    if at is None:
        return _none(domain, islice(domain.upwards(), 1), name)
    return [at], *_neighbour(domain.upwards(at + 1), f"no greater {name}")


def least(domain: Domain, claims: list[Clause], name: str) -> Found:
    within = meeting(domain, claims)
    at = next(within.upwards(), None)
    if at is None:
        return _none(domain, islice(domain.upwards() if domain.endless else domain.downwards(), 1), name)
    return [at], *_neighbour(domain.downwards(at - 1), f"no smaller {name}")


def equal(domain: Domain, claims: list[Clause], name: str) -> Found:
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
    outside = narrowed(domain, opposite(claim))
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


# The runs: all numbers that meet claims, as intervals.


class Run(NamedTuple):
    """Numbers that meet claims, with no other allowed number between the first and the last (None: there is no last).

    `many` is how many they are (None: without end, or too many to be counted); before and after are the allowed
    numbers beside them, which do not meet the claims."""

    first: int
    last: int | None
    many: int | None
    before: int | None
    after: int | None


def runs(domain: Domain, claims: list[Clause], name: str) -> tuple[list[Run], str]:
    """The numbers of a domain that meet claims, and a sentence where there is more to say."""
    within = meeting(domain, claims)
    outside = [narrowed(domain, opposite(claim)) for claim in claims]
    found: list[Run] = []
    start = next(within.upwards(), None)
    while start is not None:
        if len(found) == MAX_RUNS:
            return found, f"these are the first {MAX_RUNS} intervals; there are more"
        stop = min((n for out in outside for n in islice(out.upwards(start + 1), 1)), default=None)
        before = next(domain.downwards(start - 1), None)
        if stop is None and within.endless:
            found.append(Run(start, None, None, before, None))
            return found, f"there is no largest {name}: every one from {digits(start)} on meets the claim" + (
                "" if domain.whole else " that is allowed"
            )
        last = next(within.downwards(None if stop is None else stop - 1))
        found.append(Run(start, last, within.how_many(start, last), before, stop))
        start = None if stop is None else next(within.upwards(stop), None)
    if found:
        return found, ""
    return [], f"no {name} meets {'the claim' if _first(domain) else 'the conditions'}"
