"""Conditions on remainders: those on one symbol joined, those that follow from others left out."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as combined
from math import lcm

from .condition import Condition, equality
from .known import surely_whole
from .poly import Floor, Mono, Poly, Size, Sym, atom, total
from .powers import quotient
from .substitution import evaluate, symbols
from .unwinding import as_line, is_polynomial

MAX_PERIOD = 2_000  # remainders of one symbol that are tried


MAX_WAYS = 5_000  # remainders of several symbols together


def divides_if(a: Size, m: Size, p: Size, n: Size) -> bool:
    """Whether p % n == 0 follows from a % m == 0: 512 % r == 0 from 256 % r == 0, p % 2 == 0 from p % 4 == 0."""
    if a == 0:
        return False
    ratio = quotient(p * m, a * n)
    return surely_whole(ratio) and is_polynomial(ratio)


def remainder_conditions(rest: dict[tuple[Size, Size], list[str]], equals: dict[Size, list[str]]) -> list[Condition]:
    """Conditions on remainders, those on one symbol joined; periodic equalities (2⌊H/2⌋ == H) become such ones."""
    tests: dict[Sym, list[tuple[Size, Size, int, list[str]]]] = {}
    conditions: list[Condition] = []
    for (p, m), who in rest.items():
        period = _period(p, m) if isinstance(m, int) else None
        if period is None:
            conditions.append(Condition(p, "==", 0, m, who))
        else:
            tests.setdefault(period[0], []).append((p, m, period[1], who))
    for p, who in list(equals.items()):
        period = _period(p, 0)
        if period is not None:
            tests.setdefault(period[0], []).append((p, 0, period[1], who))
            del equals[p]
    for sym, asked in tests.items():
        conditions += _joined(sym, asked)
    names = {c: symbols(c.left) | symbols(c.modulus) for c in conditions}
    for c in conditions:
        if any(_multiple(c, other) for other in conditions if names[other] & names[c]):
            conditions = [other for other in conditions if other is not c]
    return _independent(conditions)


def _multiple(c: Condition, other: Condition) -> bool:
    """Whether a condition on a remainder says less than another one."""
    if c is other or c.right != 0 or other.right != 0 or not c.modulus or not other.modulus:
        return False
    return divides_if(other.left, other.modulus, c.left, c.modulus)


def _independent(conditions: list[Condition]) -> list[Condition]:
    """Conditions on remainders less those that follow from the others: tried out on all remainders of the symbols."""
    tried = [c for c in conditions if isinstance(c.modulus, int) and c.modulus and _periodic(c.left)]
    syms = sorted({s for c in tried for s in symbols(c.left)}, key=lambda sym: sym.name)
    period = lcm(*(c.modulus for c in tried if isinstance(c.modulus, int)), *(s.modulus for s in syms))
    if len(tried) < 2 or period ** len(syms) > MAX_WAYS:
        return conditions
    ways = [
        dict(zip((s.name for s in syms), values, strict=True))
        for values in combined(*(range(s.residue, period, s.modulus) for s in syms))
    ]
    kept = [(c, {n for n, way in enumerate(ways) if c.holds(**way)}) for c in tried]
    for one in sorted(kept, key=lambda pair: -len(repr(pair[0]))):
        others = [fits for c, fits in kept if c is not one[0]]
        if others and set.intersection(*others) <= one[1]:
            kept = [pair for pair in kept if pair[0] is not one[0]]
    left = [c for c, _ in kept]
    return [c for c in conditions if c not in tried or c in left]


def _periodic(p: Size) -> bool:
    """Whether the remainders of a size repeat with those of its symbols: a polynomial with whole coefficients."""
    return isinstance(p, Poly) and p.evidently_whole and all(isinstance(it, Sym) for mono in p.terms for it, _ in mono)


def _joined(sym: Sym, asked: list[tuple[Size, Size, int, list[str]]]) -> list[Condition]:
    """All that is asked of one symbol's remainder as one condition where it is one remainder."""
    period = lcm(*(n for _, _, n, _ in asked))
    separate = [Condition(p, "==", 0, m, who) if m else equality(p, who) for p, m, _, who in asked]
    if period > MAX_PERIOD:
        return separate
    period = lcm(period, sym.modulus if lcm(period, sym.modulus) <= MAX_PERIOD else 1)
    fits = [r for r in range(period) if all(_fits(p, m, sym, r, period) for p, m, _, _ in asked)]
    possible = [r for r in range(period) if r % sym.modulus == sym.residue] if period % sym.modulus == 0 else fits
    fits = [r for r in fits if r in set(possible)]
    if not fits:
        return separate
    step = period // len(fits) if period % len(fits) == 0 else 0
    if step and fits == list(range(fits[0], period, step)):
        if step == 1:
            return []
        who = list(dict.fromkeys(w for *_, names in asked for w in names))
        return [Condition(atom(sym), "==", fits[0], step, who)]
    return separate


def _fits(p: Size, m: Size, sym: Sym, residue: int, period: int) -> bool:
    value = evaluate(p, {sym.name: residue + period})
    return value % m == 0 if m else value == 0


def _period(p: Size, m: Size) -> tuple[Sym, int] | None:
    """The only symbol of p, and after how many steps of it p (modulo m unless m is 0) repeats; None: never."""
    syms = symbols(p)
    if len(syms) != 1 or not isinstance(p, Poly) or (m and not surely_whole(p)):
        return None
    (sym,) = syms
    dens: list[int] = [int(m) if isinstance(m, int) else 0] if m else []
    slope: list[Size] = []
    for mono, c in p.terms.items():
        found = _linear(mono, sym, dens)
        if found is None:
            return None
        slope.append(found * c)
    growth = total(slope)
    if not m and growth != 0:
        return None
    return sym, lcm(*dens) * (int(m) if isinstance(m, int) and m else 1)


def _linear(mono: Mono, sym: Sym, dens: list[int]) -> Fraction | None:
    """The slope in sym of a monomial that is a number, sym, or a rounding of a line in sym."""
    if not mono:
        return Fraction(0)
    if len(mono) > 1:
        return None
    ((it, e),) = mono
    if not isinstance(e, int) or e != 1:
        return None
    if it == sym:
        return Fraction(1)
    if isinstance(it, Floor) and isinstance(it.den, int):
        line = as_line(it.num)
        if line is not None:
            dens.append(it.den)
            return Fraction(line[1], it.den)
    return None
