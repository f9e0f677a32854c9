"""Conditions that a size is not negative, less those that follow from others."""

from __future__ import annotations

from collections.abc import Iterator

from .condition import Condition, two_sides
from .known import nonnegative
from .poly import ONE, Poly, Size, Sym, atom, terms_of
from .powers import quotient
from .substitution import replaced, symbols
from .unwinding import as_line, is_polynomial, whole_mono, without_content

MAX_NEAR = 20  # conditions of which another may follow


def bound_conditions(table: dict[Size, list[str]], remainders: list[Condition]) -> list[Condition]:
    """p >= 0 for each p: those that follow from others, from a remainder or from a symbol's bounds are left out."""
    multiples = [(c.left - c.right, c.modulus) for c in remainders if c.modulus]
    known: dict[Sym, int] = {}  # the least values, by remainders
    for c in remainders:
        line = as_line(c.left)
        if line is not None and line[1:] == (1, 0) and isinstance(c.right, int) and isinstance(c.modulus, int):
            known[line[0]] = max(line[0].least + (c.right - line[0].least) % c.modulus, known.get(line[0], 0))
    edges: dict[tuple[Sym, bool], tuple[int, Size]] = {}  # of bounds on one symbol the sharpest
    for p in table:
        if (line := as_line(p)) is not None:
            sym, slope, number = line
            bound = number // abs(slope)
            edges[sym, slope > 0] = min((bound, p), edges.get((sym, slope > 0), (bound, p)), key=lambda it: it[0])
    sharpest = {p for _, p in edges.values()}
    lines = [p for p in table if p in sharpest]
    others = [p for p in table if as_line(p) is None]
    kept = {p: symbols(p) for p in (*others, *lines)}
    for p in (*reversed(others), *lines):
        near = [q for q in kept if q != p and kept[q] & kept[p]][:MAX_NEAR]
        around = {sym for q in (p, *near) for sym in kept[q]}
        near += [q for q in kept if q != p and q not in near and kept[q] & around][:MAX_NEAR]
        if _implied([p, *of_multiples(p, multiples)], near, known):
            del kept[p]
    conditions = []
    for p in sorted(kept, key=lambda p: as_line(p) is None):
        who, line = table[p], as_line(p)
        left, right = two_sides(p)
        if line is not None and line[1] < 0:
            conditions.append(Condition(atom(line[0]), "<=", line[2] // -line[1], because=who))
        elif isinstance(left, Poly):
            conditions.append(Condition(left, ">=", right, because=who))
        else:
            conditions.append(Condition(right, "<=", left, because=who))
    return conditions


def _implied(claims: list[Size], facts: list[Size], known: dict[Sym, int]) -> bool:
    """Whether one of some claims that a size is not negative surely holds where these facts and least values do."""
    least = dict(known)
    views: list[dict[str, Size]] = [{}]
    for fact in facts:
        line = as_line(fact)
        if line is not None and line[1] > 0:
            least[line[0]] = max(-(line[2] // line[1]), least.get(line[0], line[0].least))
        elif line is None and isinstance(fact, Poly) and all(len(m) < 2 and e == 1 for m in fact.terms for _, e in m):
            for sym in symbols(fact):  # with n >= m, n is m and something that is not negative
                if fact.terms.get(frozenset([(sym, 1)])) == 1:
                    views.append({sym.name: atom(sym) - fact + atom(Sym("\u00b7", 0))})
    raised: dict[str, Size] = {
        s.name: atom(Sym(s.name, low, s.most, s.modulus, s.residue, s.top)) for s, low in least.items()
    }
    for view in views:
        shown, others = (
            [without_content(replaced(replaced(p, view), raised)) for p in some] for some in (claims, facts)
        )
        if any(nonnegative(p) or any(bounded_by(p, q) for q in others) for p in shown):
            return True
    return False


def of_multiples(p: Size, multiples: list[tuple[Size, Size]]) -> Iterator[Size]:
    """Sizes that are not negative only where p is not either: a multiple of m that is at least 1 is no less than m."""
    for r, m in multiples:
        if isinstance(m, Poly):
            if nonnegative(p - r + m):
                yield r - 1
            continue
        gap = terms_of(p - r)
        if all(c % m == 0 and whole_mono(mono) for mono, c in gap.items() if mono):
            yield p + (-gap.get(ONE, 0) - 1) % m  # p + t is a multiple for a t of 1 to m: p + t >= 1 says p >= 0


def bounded_by(p: Size, q: Size) -> bool:
    """Whether p >= 0 follows from q >= 0: u·p - q is nowhere negative for some positive u, such as 2 or 2^n."""
    if nonnegative(p - q):
        return True
    if not isinstance(p, Poly) or not isinstance(q, Poly) or len(p.terms) * len(q.terms) > 40:
        return False
    ratios = {
        quotient(Poly({b: cb}), Poly({a: ca}))
        for a, ca in p.terms.items() for b, cb in q.terms.items() if a and b and ca > 0 and cb > 0
    }  # fmt: skip
    return any(nonnegative(p * u - q) for u in ratios - {1} if is_polynomial(u))
