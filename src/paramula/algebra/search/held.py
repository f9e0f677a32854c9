"""What holds of symbols: clauses put into sizes, and some points that meet them all. Knows no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from random import Random
from typing import Any

from ...errors import NetError
from ..condition import free_symbols
from ..known import nonnegative
from ..poly import Poly, Size, Sum, Sym, atom
from ..substitution import replaced, symbols
from .holding import Unsure
from .regions import Clause, Domain, everything, narrowed

TRIED = 160  # ways to choose numbers for the symbols, one after another
STARTS = (1, 1, 1, 4, 16, 100, 1_000, 30_000, 10**6)  # from which on a number is looked for
FAR = 10**9  # what a symbol must be able to pass that grows without end
FEW = 24  # the same, for what counts copies, terms and factors: these are gone through one by one


class Held:
    """Clauses that hold together, for the symbols in them and in some sizes."""

    def __init__(self, clauses: Iterable[Clause] = (), sizes: Iterable[Size] = ()) -> None:
        self.clauses = tuple(clauses)
        syms = {sym for clause in self.clauses for sym in clause.symbols}.union(*map(symbols, sizes))
        self._counts = {sym for clause in self.clauses for sym in _counting(clause)}.union(*map(_exponents, sizes))
        self._points: list[dict[str, int]] = []
        self._more = self._found(sorted(syms, key=lambda sym: sym.name))
        self._inside = [_solved(self.clauses), _solved(self.clauses[::-1])]

    def put_into(self, size: Size) -> Iterator[Size]:
        """A size in other symbols, which can be all that the clauses leave open, and perhaps more; in several ways."""
        return (replaced(size, inside) for inside in self._inside if inside)

    def domain(self, sym: Sym, others: Mapping[str, int]) -> Domain:
        """The numbers that a symbol can be beside numbers for others, by the clauses that speak of these alone."""
        domain = everything(sym)
        for clause in self.clauses:
            if clause.over is not None or sym.name not in clause.names or not clause.names <= {sym.name, *others}:
                continue
            size, modulus = replaced(clause.size, others), replaced(clause.modulus, others)
            if modulus == 0 and clause.modulus != 0:
                return domain._replace(classes=[])
            with suppress(Unsure):
                domain = narrowed(domain, Clause(clause.relation, size, modulus))
        return domain

    def somewhere(self, holds: Callable[[Mapping[str, int]], bool]) -> bool:
        """Whether a point was found that meets all clauses and the claim."""

        def there(point: Mapping[str, int]) -> bool:
            with suppress(NetError, Unsure):  # what is too large to be told
                return holds(point)
            return False

        if any(map(there, self._points)):
            return True
        for point in self._more:
            self._points.append(point)
            if there(point):
                return True
        return False

    def endless(self, sym: Sym) -> bool:
        """Whether a symbol was seen to grow without end beside numbers for the others."""

        def grows(point: Mapping[str, int]) -> bool:
            others = {name: value for name, value in point.items() if name != sym.name}
            domain = self.domain(sym, others)
            if not domain.endless:
                return False
            far = next(domain.upwards(FEW if sym in self._counts else FAR), None)
            return far is not None and self._holds({**others, sym.name: far})

        return self.somewhere(grows)

    def _holds(self, point: Mapping[str, int]) -> bool:
        return all(clause.names <= point.keys() and clause.holds(point) for clause in self.clauses)

    def _found(self, syms: list[Sym]) -> Iterator[dict[str, int]]:
        """Points that meet all clauses, small ones and large ones."""
        rng, order = Random(0), self._divisors_first(syms)
        for _ in range(TRIED):
            point: dict[str, int] = {}
            with suppress(Unsure, NetError):
                for sym in order:
                    domain = self.domain(sym, point)
                    start, skipped = rng.choice(STARTS), rng.randrange(3)
                    start = min(start, FEW // 2) if sym in self._counts else start
                    numbers = list(islice(domain.upwards(start), skipped + 1)) or list(islice(domain.downwards(), 1))
                    if not numbers:
                        break
                    point[sym.name] = numbers[-1]
                else:
                    if self._holds(point):
                        yield point

    def _divisors_first(self, syms: list[Sym]) -> list[Sym]:
        """Symbols in an order in which what divides a size has its number before the size has."""
        waits: dict[str, set[str]] = {sym.name: set() for sym in syms}
        for clause in self.clauses:
            divisors = {sym.name for sym in symbols(clause.modulus)}
            for sym in symbols(clause.size) if divisors else ():
                waits[sym.name] |= divisors - {sym.name}
        out: list[Sym] = []
        rest = list(syms)
        while rest:
            left = {sym.name for sym in rest}
            sym = next((sym for sym in rest if not waits[sym.name] & left), rest[0])
            out.append(sym)
            rest.remove(sym)
        return out


def _counting(clause: Clause) -> set[Sym]:
    """Symbols that say how many copies a clause is of, and those in its exponents."""
    if clause.over is None:
        return _exponents(clause.size) | _exponents(clause.modulus)
    return free_symbols(clause.over)


def _exponents(size: Size) -> set[Sym]:
    """The symbols in the exponents of a size, and in the ends of its sums."""
    found: set[Sym] = set()
    stack: list[Any] = [size]
    while stack:
        item = stack.pop()
        for it, e in (pair for mono in item.terms for pair in mono) if isinstance(item, Poly) else ():
            found |= symbols(e)
            found |= symbols(it.low) | symbols(it.high) if isinstance(it, Sum) else set()
            stack += () if isinstance(it, Sym) else it.key
    return found


def _solved(clauses: Iterable[Clause]) -> dict[str, Size]:
    """Symbols as what clauses say of them: d as h·x where d % h == 0, H as k + x where H > k, x being 1 at least."""
    known: dict[str, Size] = {}
    for clause in clauses:
        if clause.over is None:
            clause = clause._replace(size=replaced(clause.size, known), modulus=replaced(clause.modulus, known))
            for sym, value in islice(_alone(clause), 1):
                known = {name: replaced(size, {sym.name: value}) for name, size in known.items()}
                known[sym.name] = value
    return known


def _alone(clause: Clause) -> Iterator[tuple[Sym, Size]]:
    """Symbols of a clause that it bounds from below by 1 or more, or that it makes a multiple, with what they are."""
    for sym in sorted(symbols(clause.size), key=lambda sym: sym.name):
        more = atom(Sym(f"\u00b7{sym.name}"))
        rest = clause.size - atom(sym)
        if sym in symbols(rest) or sym in symbols(clause.modulus) or clause.relation not in ("==", ">="):
            continue
        if clause.modulus != 0:
            if rest == 0 and nonnegative(clause.modulus - 1):
                yield sym, clause.modulus * more
        elif nonnegative(-rest - 1):
            yield sym, -rest + more - 1 if clause.relation == ">=" else -rest
