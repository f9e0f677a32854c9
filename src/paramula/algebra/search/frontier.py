"""Points of several symbols that meet claims: the maximal ones, the minimal ones, or all. Exact, or a refusal.

A corner is a point such that nothing from it on upwards, in every symbol, meets the claims. Each point that meets them
is below it in some symbol. So each symbol is given each of its numbers below the corner, and what is left is a question
of one symbol fewer; for the last one, the regions are found exactly (`regions.py`). No claim has to rise or fall for
that, but a corner has to be proved. For minimal points, a point that meets the claims is a corner, too: any other
minimal one is below it in some symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import NamedTuple, TypeAlias

from ..condition import Condition
from ..known import nonnegative
from ..poly import Poly, Size, Sym, atom
from ..powers import denominator
from ..substitution import replaced
from .holding import MAX_STEPS
from .regions import Clause, Domain, everything, narrowed

MAX_TRIED = 20_000  # numbers put in place of symbols, where the claims are short
SHORT = 40  # terms of all clauses
TESTS = 10  # numbers that are tested in the time in which one is put in place
STEPS = 60  # doublings on the way to a corner
SEARCH = 20  # numbers that could be put in place in the time that a corner takes to be found

Point: TypeAlias = dict[str, int]


class NoEnd(Exception):
    """The points have no end, since this symbol has none, or it cannot be shown that they have one."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name


class TooMany(Exception):
    """More numbers would have to be put in place of symbols than so many."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class Part(NamedTuple):
    """A question: the numbers of each symbol that is open, and the clauses that have several of them."""

    domains: dict[str, Domain]
    clauses: list[Clause]


def part(syms: Sequence[Sym], clauses: Sequence[Clause]) -> Part | None:
    """The question which points meet all clauses; None where none does."""
    return _sorted_in(Part({sym.name: everything(sym) for sym in syms}, []), clauses)


def fixed(question: Part, values: Mapping[str, int]) -> Part | None:
    """The question with numbers in place of symbols; None where no point is left."""
    domains = {name: domain for name, domain in question.domains.items() if name not in values}
    return _sorted_in(Part(domains, []), [_put(clause, values) for clause in question.clauses])


def _sorted_in(question: Part, clauses: Sequence[Clause]) -> Part | None:
    domains, several = dict(question.domains), list(question.clauses)
    for clause in sorted(clauses, key=lambda it: len(it.names)):
        names = clause.names
        if not names and not clause.holds({}):
            return None
        if len(names) > 1:
            several.append(clause)
        for name in names if len(names) == 1 else ():
            domains[name] = narrowed(domains[name], clause)
            if not domains[name].classes:
                return None
    return Part(domains, several)


def _put(clause: Clause, values: Mapping[str, Size]) -> Clause:
    """A clause with numbers in place of symbols."""
    if clause.over is None:
        return clause._replace(size=replaced(clause.size, values), modulus=replaced(clause.modulus, values))
    c = clause.over
    left, right, modulus = (replaced(size, values) for size in (c.left, c.right, c.modulus))
    over = tuple((sym, replaced(low, values), replaced(high, values)) for sym, low, high in c.over)
    return clause._replace(over=Condition(left, c.relation, right, modulus, c.because, over))


# The search.


class Search:
    """Maximal points (aim 1), minimal ones (-1) or all (0), and how many numbers have been tried for them."""

    def __init__(self, aim: int) -> None:
        self.aim = aim
        self.tried = 0
        self.limit = MAX_TRIED

    def points(self, question: Part) -> list[Point]:
        """The points, in the order of their numbers."""
        terms = sum(len(it.size.terms) for it in question.clauses if isinstance(it.size, Poly))
        self.limit = MAX_TRIED // (1 + terms // SHORT)
        found = {tuple(point[name] for name in question.domains): point for point in self._found(question)}
        if self.aim == 0:
            return [found[at] for at in sorted(found)]
        return [found[at] for at in sorted(_best(list(found), self.aim))]

    def _try(self, count: int) -> None:
        self.tried += count
        if self.tried > self.limit:
            raise TooMany(self.limit)

    def _found(self, question: Part) -> Iterator[Point]:
        """Points among which are all that are wanted."""
        if len(question.domains) == 1:
            ((name, domain),) = question.domains.items()
            yield from ({name: at} for at in self._of_one(name, domain))
            return
        below, at_corner = self._corner(question)
        if at_corner:
            yield below
        if len(question.domains) == 2:
            self._try(_cost(question, below))
        for name, domain in question.domains.items():
            for at in domain.upwards():
                if at >= below[name]:
                    break
                if len(question.domains) > 2:
                    self._try(SEARCH)
                rest = fixed(question, {name: at})
                yield from ({name: at, **more} for more in (self._found(rest) if rest is not None else ()))

    def _of_one(self, name: str, domain: Domain) -> Iterator[int]:
        if domain.tests:
            numbers, last = domain._replace(tests=()), _last(domain)
            self._try((MAX_STEPS if last is None else min(MAX_STEPS, numbers.how_many(0, last) or 0)) // TESTS)
        if self.aim < 0:
            yield from _first(domain.upwards())
        elif domain.endless:
            raise NoEnd("" if domain.tests else name)
        elif self.aim > 0:
            yield from _first(domain.downwards())
        else:
            for at in domain.upwards():
                self._try(1)
                yield at

    def _corner(self, question: Part) -> tuple[Point, bool]:
        """A corner below which few numbers are, and whether it may be wanted itself."""
        low = {name: next(domain.upwards(), None) for name, domain in question.domains.items()}
        start = {name: at for name, at in low.items() if at is not None}
        if len(start) < len(low) or _empty(question, start):
            return dict.fromkeys(low, 0), False
        corners = [(_cost(question, corner), corner, False) for corner in _empty_corners(question, start)]
        if self.aim < 0:
            corners += [(_cost(question, point), point, True) for point in _samples(question, start)]
        if not corners:
            raise NoEnd
        return min(corners, key=lambda it: it[0])[1:]


def _empty_corners(question: Part, start: Point) -> Iterator[Point]:
    """Corners from which on nothing meets the claims: with one symbol far away, or with all of them."""
    names = list(start)

    def empty_away(far: Sequence[str]) -> Callable[[int], bool]:
        return lambda steps: _empty(question, _away(question, start, far, steps))

    def empty_at(corner: Point, name: str) -> Callable[[int], bool]:
        return lambda at: _empty(question, {**corner, name: at})

    for far in [*([name] for name in names), names]:
        holds = empty_away(far)
        enough = next((1 << n for n in range(STEPS) if holds(1 << n)), None)
        if enough is not None:
            corner = _away(question, start, far, _least(enough // 2, enough, holds))
            for name in far if len(far) > 1 else ():  # as near as it can be, one symbol after the other
                corner = {**corner, name: _least(start[name] - 1, corner[name], empty_at(corner, name))}
            yield corner


def _least(no: int, yes: int, holds: Callable[[int], bool]) -> int:
    """A number after `no`, up to `yes`, for which something holds as it does for `yes`; the least, if it stays so."""
    while yes - no > 1:
        middle = (no + yes) // 2
        no, yes = (no, middle) if holds(middle) else (middle, yes)
    return yes


def _samples(question: Part, start: Point) -> Iterator[Point]:
    """Points that meet the claims: all symbols but one at numbers on the way up, and the least of that one."""
    names = list(start)
    for steps in chain(range(8), (1 << n for n in range(3, MAX_TRIED.bit_length()))):
        at, enough = _away(question, start, names, steps), False
        for last in names:
            found = {name: _first(question.domains[name].upwards(at[name])) for name in names if name != last}
            values = {name: number for name, numbers in found.items() for number in numbers}
            rest = fixed(question, values) if all(found.values()) else None
            for least in _first(rest.domains[last].upwards()) if rest is not None else ():
                yield {**values, last: least}
                enough = enough or least == start[last]
        if enough:  # what is further away costs more
            return


def _away(question: Part, start: Point, names: Sequence[str], steps: int) -> Point:
    """A point some steps away from the first one; a step is what is between two numbers, more or less."""
    moved = dict(start)
    for name in names:
        classes = question.domains[name].classes
        moved[name] += steps * max(1, min(c.modulus for c in classes) // len(classes))
    return moved


def _first(numbers: Iterator[int]) -> list[int]:
    return [at for at in [next(numbers, None)] if at is not None]


def _last(domain: Domain) -> int | None:
    """No number of a domain is greater; None where it has no end."""
    if domain.endless:
        return None
    return max((c.modulus * (c.intervals[-1][1] or 0) + c.residue for c in domain.classes), default=0)


def _cost(question: Part, corner: Point) -> int:
    """How many numbers are below a corner."""
    counts = [question.domains[name].how_many(0, at - 1) for name, at in corner.items()]
    return MAX_TRIED + 1 if None in counts else sum(count for count in counts if count is not None)


def _empty(question: Part, corner: Point) -> bool:
    """Whether it is sure that no point meets the claims from a corner on upwards in every symbol."""
    for name, domain in question.domains.items():
        last = _last(domain)
        if last is not None and last < corner[name]:
            return True
    beyond = {name: atom(Sym(name, 0)) + at for name, at in corner.items()}
    return any(_broken(clause, beyond) for clause in question.clauses)


def _broken(clause: Clause, beyond: Mapping[str, Size]) -> bool:
    """Whether a clause surely holds nowhere."""
    if clause.over is not None or clause.modulus != 0 or clause.relation == "!=":
        return False
    try:
        size = replaced(clause.size, beyond)
    except (ValueError, ZeroDivisionError):
        return False
    little = Fraction(1, denominator(size))
    if clause.relation == ">":
        return nonnegative(-size)
    return nonnegative(-size - little) or (clause.relation == "==" and nonnegative(size - little))


def _best(points: list[tuple[int, ...]], aim: int) -> list[tuple[int, ...]]:
    """The points that no other one beats, by being at least as great (small) in every symbol."""
    kept: list[tuple[int, ...]] = []
    for point in sorted(points, reverse=aim > 0):
        near = kept[-1:] if len(point) == 2 else reversed(kept)  # of two symbols: the best in the second
        if not any(all(aim * a >= aim * b for a, b in zip(other, point, strict=True)) for other in near):
            kept.append(point)
    return kept


# The proof.


def beside(conditions: Part, point: Point, aim: int) -> list[int | None]:
    """For each symbol the next number (aim 1), or the one before (-1), that the conditions allow beside a point."""
    found: list[int | None] = []
    for name in conditions.domains:
        rest = fixed(conditions, {other: at for other, at in point.items() if other != name})
        assert rest is not None
        domain, at = rest.domains[name], point[name]
        found.append(next(domain.upwards(at + 1) if aim > 0 else domain.downwards(at - 1), None))
    return found
