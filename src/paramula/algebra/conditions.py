"""Conditions on symbols: decided where they can be, and the rest brought down to few and readable ones.

A `Need` is what a layer asks of its sizes. Settled with numbers it is true or false; with symbols it may stay open, and
what stays open over a whole network becomes its conditions, the least that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm

from .bounds import bound_conditions, bounded_by, of_multiples
from .condition import Condition, equality, free_names
from .forms import met
from .known import canonical, nonnegative, same
from .needs import Need, Over, at_least, divides, equal, least_remainder, settled, whole_need
from .poly import Atom, Base, Floor, Poly, Size, Sym, atom, made, terms_of
from .powers import power, quotient
from .remainders import divides_if, remainder_conditions
from .rounding import ceiling, floor
from .substitution import atoms, replaced, symbols
from .unwinding import as_line, is_rounding, unwound, without_content

MAX_BELOW = 64  # numbers below a bound that are tried


def minimal(needs: Iterable[tuple[Need, str]]) -> list[Condition]:
    """The open needs of a network, each with who asks for it, as few and readable conditions."""
    groups: dict[Over, list[tuple[Need, str]]] = {(): []}
    for need, who in needs:
        groups.setdefault(need.over, []).append((need, who))
    conditions = _least(groups.pop(()))
    for over, asked in groups.items():  # of every copy of a repetition
        for one in _least(asked):
            if not follows(one._need(), [c._need() for c in conditions if not c.over]):
                conditions = _halved(conditions, one._of_all(over))
    return conditions


def _least(needs: list[tuple[Need, str]]) -> list[Condition]:
    """Needs of one place, or of each copy of the same repetitions, as conditions."""
    least: dict[Size, list[str]] = {}  # p, for p >= 0
    rest: dict[tuple[Size, Size], list[str]] = {}  # (p, m), for p % m == 0
    equals: dict[Size, list[str]] = {}  # p, for p == 0
    for need, who in needs:
        if need.relation == ">=":
            _add(least, without_content(unwound(need.a - need.b)), who)
    facts = list(least)
    for need, who in needs:
        asked = _divided(need.a - need.b) if need.relation == "==" else (need.a, need.b)
        if asked is None:
            _add(equals, _positive_first(need.a - need.b), who)
        elif need.relation != ">=":
            p, m = least_remainder(*asked, facts)
            if p != 0 and not isinstance(p, Poly) and not isinstance(m, Poly):  # it holds nowhere, said of the symbols
                p, m = least_remainder(*asked, [])
            exponent = _of_power(p, m)
            if exponent is not None:
                _add(least, without_content(unwound(exponent)), who)
            elif p != 0:
                if any(map(is_rounding, atoms(p))):  # floor((H-13)/2) and floor((H-1)/2) differ by a number
                    p = next((q for q, n in rest if n == m and settled(Need("%", canonical(p - q), m, ""))), p)
                _add(rest, (p, m), who)
    conditions = remainder_conditions(rest, equals)
    conditions += bound_conditions(least, conditions)
    conditions += [equality(p, who) for p, who in equals.items()]
    return sorted(_unimplied(conditions), key=_uncertain)  # that a divisor is above 0 is said before


def _uncertain(c: Condition) -> bool:
    return isinstance(c.modulus, Poly) and not nonnegative(c.modulus - 1)


def _of_power(p: Size, m: Size) -> Size | None:
    """e - k where p = b^e and m = b^k: m divides p where that is not negative."""
    if isinstance(p, Poly) and isinstance(m, int) and len(p.terms) == 1:
        ((mono, c),) = p.terms.items()
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, Base) and isinstance(it.value, int):
                k = 0
                while m % it.value == 0:
                    m, k = m // it.value, k + 1
                exponent: Size = e - k
                return exponent if m == 1 else None
    return None


def follows(need: Need, facts: Iterable[Need]) -> bool:
    """Whether a need surely holds where one of these facts does."""

    def least(it: Need) -> Size:
        return without_content(unwound(it.a - it.b))

    for fact in facts:
        if fact.relation != need.relation:
            continue
        if need.relation == "==":
            found = same(fact.a - fact.b, need.a - need.b) or same(fact.a - fact.b, need.b - need.a)
        elif need.relation == ">=":
            found = bounded_by(least(need), least(fact))
        else:
            found = divides_if(fact.a, fact.b, need.a, need.b)
        if found:
            return True
    return False


def _divided(p: Size) -> tuple[Size, Size] | None:
    """(x, m) where a size is x - m·⌊x/m⌋: it is 0 where m divides x."""
    for side in (p, -p):
        for mono, c in terms_of(side).items():
            for it, e in mono:
                if isinstance(it, Floor) and isinstance(e, int) and e == 1 and c < 0:
                    m = made({mono - {(it, e)}: -c})
                    x = side + m * atom(it)
                    if nonnegative(m) and same(floor(x, m), atom(it)):
                        return x, m
    return None


def _unimplied(conditions: list[Condition]) -> list[Condition]:
    """Conditions less those that follow from an equality, and bounds below which another condition fails anyway."""
    names = {c: free_names(c) for c in conditions}
    for c in conditions:
        others = [other for other in conditions if other is not c]
        near = [other for other in others if names[other] & names[c]]
        zeros = [o.left - o.right for o in near if o.relation == "==" and not o.modulus]
        needless = any(settled(c._need(p * sign)) for p in zeros for sign in (1, -1))
        line = as_line(c.left)
        if not needless and line is not None and c.relation == ">=" and isinstance(c.right, int):
            sym, below = line[0], range(line[0].least, c.right)
            needless = len(below) <= MAX_BELOW and all(any(_fails(o, sym, x) for o in near) for x in below)
        if needless:
            conditions = others
    return conditions


def _fails(c: Condition, sym: Sym, value: int) -> bool:
    """Whether a condition surely fails for this value of a symbol."""
    asked = c._need()
    try:
        a, b = (replaced(p, {sym.name: value}) for p in (asked.a, asked.b))
        return (b != 0 or not c.modulus) and settled(asked._replace(a=a, b=b)) is False
    except (ValueError, ZeroDivisionError):
        return False


def _halved(conditions: list[Condition], one: Condition) -> list[Condition]:
    """Conditions with another of every copy: H % 2 == 0 and floor(H/2^i) % 2 == 0 for i in 1..n-1 is H % 2^n == 0."""
    found = _halving(one)
    if found is not None:
        p, factor, low, high = found
        before = power(factor, low)
        first = next((c for c in conditions if c.modulus == before and not c.over and _says(c, p)), None)
        if first is not None or before == 1:
            because = dict.fromkeys((*(first.because if first else ()), *one.because))
            joined = Condition(p, "==", 0, power(factor, high + 1), list(because))
            return [*(c for c in conditions if c is not first and not _no_less(c, joined)), joined]
    return [*conditions, one]


def _no_less(c: Condition, multiple: Condition) -> bool:
    """Whether a condition is a bound that a multiple keeps."""
    claims = of_multiples(c.left - c.right, [(multiple.left, multiple.modulus)])
    return c.relation == ">=" and any(map(nonnegative, claims))


def _says(c: Condition, p: Size) -> bool:
    """Whether a condition on a remainder says that p leaves none."""
    return settled(Need("%", p - c.left + c.right, c.modulus, "")) is True


def _halving(one: Condition) -> tuple[Size, int, Size, Size] | None:
    """(p, s, a, b) where a condition says that s divides floor(p/s^i) for each i in a..b."""
    it, factor = _lone(one.left), one.modulus
    if len(one.over) != 1 or not isinstance(it, Floor) or not isinstance(factor, int) or factor < 2 or one.right != 0:
        return None
    ((index, low, high),) = one.over
    if index in symbols(it.num):
        return None
    p: Size = it.num
    moved, steps = 0, quotient(it.den, power(factor, atom(index)))
    while isinstance(steps, int) and steps % factor == 0:  # floor(p/(s·s^i))
        steps, moved = steps // factor, moved + 1
    while all(c % factor == 0 for c in terms_of(p).values()):  # floor(s·p/s^i)
        p, moved = p * Fraction(1, factor), moved - 1
    return (p, factor, low + moved, high + moved) if steps == 1 else None


def _lone(p: Size) -> Atom | None:
    """The atom that a size is."""
    if isinstance(p, Poly) and len(p.terms) == 1:
        ((mono, c),) = p.terms.items()
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(e, int) and e == 1:
                return it
    return None


def _add(table: dict, key: object, who: str) -> None:  # type: ignore[type-arg]
    table.setdefault(key, [])
    if who not in table[key]:
        table[key].append(who)


def _positive_first(p: Size) -> Size:
    """p or -p, whichever begins with a plus: p == 0 says the same."""
    if isinstance(p, Poly):
        scale = lcm(*(c.denominator for c in p.terms.values()))
        g = gcd(*(int(c * scale) for c in p.terms.values()))
        p = p * Fraction(scale, g)
    if isinstance(p, Poly):
        sides = [made({m: c for m, c in p.terms.items() if m and (c > 0) == plus}) for plus in (True, False)]
        names = [(-len(side.terms) if isinstance(side, Poly) else 0, met([side])) for side in sides]
        if names[1] < names[0]:
            return -p
    return p


__all__ = ["Condition", "Need", "at_least", "ceiling", "divides", "equal", "minimal", "settled", "whole_need"]
