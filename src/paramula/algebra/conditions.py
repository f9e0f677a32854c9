"""Conditions on symbols: decided where they can be, and the rest brought down to few and readable ones.

A `Need` is what a layer asks of its sizes. Settled with numbers it is true or false; with symbols it may stay open, and
what stays open over a whole network becomes its conditions, the least that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import product as combined
from math import gcd, lcm
from typing import Any, NamedTuple, TypeAlias

from ..errors import NetError, whole
from .forms import met
from .known import canonical, nonnegative, same, surely_whole, termwise_whole
from .poly import (
    ONE,
    Apply,
    Atom,
    Base,
    Floor,
    Mono,
    Number,
    Poly,
    Size,
    Sym,
    atom,
    denominator,
    made,
    power,
    product,
    quotient,
    terms_of,
    total,
)
from .rounding import ceiling, floor
from .substitution import atoms, evaluate, replaced, symbols

MAX_PERIOD = 2_000  # remainders of one symbol that are tried
MAX_WAYS = 5_000  # remainders of several symbols together
MAX_BELOW = 64  # numbers below a bound that are tried
MAX_NEAR = 20  # conditions of which another may follow


Over: TypeAlias = tuple[tuple[Sym, Size, Size], ...]


class Need(NamedTuple):
    """a >= b, or a % b == 0, or a == b; and what to say where it does not hold ({a} and {b} stand for the sizes).

    `over` names indices and their ends, outer ones first, where the need is one of every copy of a repetition."""

    relation: str
    a: Size
    b: Size
    otherwise: str
    over: Over = ()


def at_least(a: Size, b: Size, otherwise: str) -> Need:
    return Need(">=", a, b, otherwise)


def divides(divisor: Size, a: Size, otherwise: str) -> Need:
    return Need("%", a, divisor, otherwise)


def equal(a: Size, b: Size, otherwise: str) -> Need:
    return Need("==", a, b, otherwise)


def settled(need: Need) -> bool | None:
    """Whether a need holds for all values of its symbols (True) or for none (False); None where that depends."""
    a, b = need.a, need.b
    if need.relation == ">=":
        difference = a - b
        if not isinstance(difference, Poly):
            return difference >= 0
        if nonnegative(difference) or nonnegative(-difference - 1):
            return nonnegative(difference)
        left = difference if _line(difference) else _without_content(unwound(difference))
        return None if isinstance(left, Poly) else left >= 0
    if need.relation == "==":
        if same(a, b):
            return True
        return False if differ(a, b) else None
    if not isinstance(a, Poly) and not isinstance(b, Poly):
        return b != 0 and a % b == 0
    if surely_whole(quotient(a, b)):
        return True
    if isinstance(b, Poly) and _root_leaves_nothing(a, b):
        return True
    if _between_multiples(a, b):
        return False
    if isinstance(b, int) and surely_whole(a):
        a = canonical(a - b * floor(a, b))
    p, m = _reduced(a, b, [])
    return None if isinstance(p, Poly) or isinstance(m, Poly) else p % m == 0


def _root_leaves_nothing(a: Size, b: Poly) -> bool:
    """Whether a is a multiple of b = x - t: it is where a becomes 0 for x = t, as r^n - 1 does for r = 1."""
    for mono, c in b.terms.items():
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, Sym) and e == 1 and isinstance(a, Poly) and _divisible(a, it):
                root = atom(it) - b
                if it not in symbols(root):
                    return replaced(a, {it.name: root}) == 0
    return False


def _divisible(a: Poly, x: Atom) -> bool:
    """Whether a is a polynomial in x and powers of it with whole coefficients: no rounding has it inside."""
    return all(isinstance(c, int) for c in a.terms.values()) and all(
        (it == x and nonnegative(e)) or x not in symbols(atom(it, e)) for mono in a.terms for it, e in mono
    )


def differ(a: Size, b: Size) -> bool:
    """Whether two sizes are surely different for all values of their symbols."""
    difference = canonical(a - b)
    if not isinstance(difference, Poly):
        return difference != 0
    if nonnegative(difference - 1) or nonnegative(-difference - 1):
        return True
    return _leaves_a_remainder(difference, 0)


def _between_multiples(a: Size, b: Size) -> bool:
    """Whether a size is surely no multiple of a divisor: it is above 0 and less, or leaves a remainder."""
    if nonnegative(a - 1) and nonnegative(b - a - 1):
        return True
    return isinstance(a, Poly) and isinstance(b, int) and _leaves_a_remainder(a, b)


def _leaves_a_remainder(p: Poly, m: int) -> bool:
    """Whether every other term of p, and m, is a multiple of a number of which the constant is none."""
    if not all(map(_whole_mono, p.terms)):
        return False
    scale = denominator(p)
    terms = terms_of(p * scale)
    g = gcd(m * scale, *(int(c) for mono, c in terms.items() if mono))
    return terms.get(ONE, 0) % g != 0


def _whole_mono(mono: Mono) -> bool:
    return termwise_whole(Poly({mono: 1}))


def whole_need(p: Size, otherwise: str) -> Need | None:
    """The need that a size is whole, or None where it surely is."""
    if isinstance(p, int) or (isinstance(p, Poly) and surely_whole(p)):
        return None
    scale = _clearing(p)
    return Need("%", p * scale, scale, otherwise)


def _clearing(p: Size) -> Size:
    """By what a size is to be multiplied so that it has no fraction, and no power stands below a line."""
    scale: Size = denominator(p)
    below: dict[Atom, list[Size]] = {}
    for mono in p.terms if isinstance(p, Poly) else ():
        for it, e in mono:
            if not nonnegative(e):
                below.setdefault(it, []).append(-e)
    for it, raised in below.items():
        most = next((e for e in raised if all(nonnegative(e - other) for other in raised)), None)
        if most is None:  # of 2^(m-n) and 2^(-k): 2^(n+k)
            parts = [{mono: c for mono, c in terms_of(e).items() if c > 0} for e in raised]
            most = made({mono: max(part.get(mono, 0) for part in parts) for part in parts for mono in part})
        scale = scale * power(_under(it), most)
    return scale


def _under(it: Atom) -> Size:
    """What stands under an exponent."""
    return it.value if isinstance(it, Base) else atom(it)


class Condition:
    """One condition: `left relation right`, or `left % modulus == right`; `because` names what asks for it."""

    __slots__ = ("because", "left", "modulus", "over", "relation", "right")

    def __init__(
        self,
        left: Size,
        relation: str,
        right: Size,
        modulus: Size = 0,
        because: Sequence[str] = (),
        over: Over = (),
    ) -> None:
        self.over = over
        self.left = left
        self.relation = relation
        self.right = right
        self.modulus = modulus
        self.because = tuple(because)

    def _of_all(self, over: Over) -> Condition:
        """The condition as one of every copy of repetitions."""
        return Condition(self.left, self.relation, self.right, self.modulus, self.because, over)

    def _need(self, shift: Size = 0) -> Need:
        """What the condition asks for, with something that is 0 added to its left side."""
        left = self.left + shift
        if self.modulus:
            return Need("%", left - self.right, self.modulus, "", self.over)
        if self.relation == "<=":
            return Need(">=", self.right, left, "", self.over)
        return Need(self.relation, left, self.right, "", self.over)

    def holds(self, /, **values: Any) -> bool:
        """Whether the condition holds for these numbers; NetError where one is missing or none."""
        indices = {i.name for i, _, _ in self.over}
        numbers = {name: whole(value) for name, value in values.items()}
        for name in {s.name for p in (self.left, self.right, self.modulus) for s in symbols(p)} - indices:
            if numbers.get(name) is None:
                raise NetError(f"a condition on {name} is tested with a whole number for {name}")
        try:
            return self._holds({name: number for name, number in numbers.items() if number is not None})
        except (ValueError, ZeroDivisionError):  # an exponent that is not whole, a divisor 0: another condition says so
            return False

    def _holds(self, values: dict[str, int]) -> bool:
        if self.over:
            (index, low, high), *rest = self.over
            ends = int(evaluate(low, values)), int(evaluate(high, values))
            one = Condition(self.left, self.relation, self.right, self.modulus, over=tuple(rest))
            return all(one.holds(**{**values, index.name: i}) for i in range(ends[0], ends[1] + 1))
        left, right = evaluate(self.left, values), evaluate(self.right, values)
        if self.modulus:
            left %= evaluate(self.modulus, values)
        return left >= right if self.relation == ">=" else left <= right if self.relation == "<=" else left == right

    def __repr__(self) -> str:
        from .forms import ascii_text, form

        left, right = ascii_text(form(self.left)), ascii_text(form(self.right))
        if self.modulus:
            below = ascii_text(form(self.modulus), 2)
            left = f"{ascii_text(form(self.left), 2)} % {below}"
        said = f"{left} {self.relation} {right}"
        ranges = [f"{i.name} in {ascii_text(form(a))}..{ascii_text(form(b))}" for i, a, b in self.over]
        if ranges:
            said += f" for {', '.join(ranges)}"
        return said


def free_symbols(condition: Condition) -> set[Sym]:
    """The symbols of which a condition says something."""
    ends = [end for _, low, high in condition.over for end in (low, high)]
    sizes = [condition.left, condition.right, condition.modulus, *ends]
    indices = {index.name for index, _, _ in condition.over}
    return {sym for size in sizes for sym in symbols(size) if sym.name not in indices}


def free_names(condition: Condition) -> set[str]:
    return {sym.name for sym in free_symbols(condition)}


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
            _add(least, _without_content(unwound(need.a - need.b)), who)
    facts = list(least)
    for need, who in needs:
        asked = _divided(need.a - need.b) if need.relation == "==" else (need.a, need.b)
        if asked is None:
            _add(equals, _positive_first(need.a - need.b), who)
        elif need.relation != ">=":
            p, m = _reduced(*asked, facts)
            if p != 0 and not isinstance(p, Poly) and not isinstance(m, Poly):  # it holds nowhere, said of the symbols
                p, m = _reduced(*asked, [])
            exponent = _of_power(p, m)
            if exponent is not None:
                _add(least, _without_content(unwound(exponent)), who)
            elif p != 0:
                if any(map(_rounds, atoms(p))):  # floor((H-13)/2) and floor((H-1)/2) differ by a number
                    p = next((q for q, n in rest if n == m and settled(Need("%", canonical(p - q), m, ""))), p)
                _add(rest, (p, m), who)
    conditions = _remainders(rest, equals)
    conditions += _bounds(least, conditions)
    conditions += [_equality(p, who) for p, who in equals.items()]
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
        return _without_content(unwound(it.a - it.b))

    for fact in facts:
        if fact.relation != need.relation:
            continue
        if need.relation == "==":
            found = same(fact.a - fact.b, need.a - need.b) or same(fact.a - fact.b, need.b - need.a)
        elif need.relation == ">=":
            found = _bounded_by(least(need), least(fact))
        else:
            found = _divides(fact.a, fact.b, need.a, need.b)
        if found:
            return True
    return False


def _divides(a: Size, m: Size, p: Size, n: Size) -> bool:
    """Whether p % n == 0 follows from a % m == 0: 512 % r == 0 from 256 % r == 0, p % 2 == 0 from p % 4 == 0."""
    if a == 0:
        return False
    ratio = quotient(p * m, a * n)
    return surely_whole(ratio) and _is_polynomial(ratio)


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
        line = _line(c.left)
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
    claims = _of_multiples(c.left - c.right, [(multiple.left, multiple.modulus)])
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


def unwound(p: Size) -> Size:
    """A size that is >= 0 exactly where p is, with no rounding and no power of a number that stands alone.

    ⌊n/d⌋ >= t is n >= d·t, and 2^n >= 12 is n >= 4."""
    for _ in range(50):
        inside = _lone_rounding(p) if isinstance(p, Poly) else None
        if inside is None and isinstance(p, Poly):
            inside = _lone_power(p)
        if inside is None:
            return p
        p = _without_content(inside)
    return p


def _lone_rounding(p: Poly) -> Size | None:
    lone = [(mono, c) for mono, c in p.terms.items() if any(map(_rounds, (it for it, _ in mono)))]
    if len(lone) != 1:
        return None
    mono, c = lone[0]
    (it, e), *others = mono
    if others or not _rounds(it) or not isinstance(e, int) or e != 1:
        return None
    rest = floor(p - Poly({mono: c}), c if c > 0 else -c)
    num, den = (it.num, it.den) if isinstance(it, Floor) else (it.args[0], 1)  # type: ignore[attr-defined]
    if any(map(_rounds, atoms(rest))) or (c < 0 and not (surely_whole(num) and surely_whole(den))):
        return None
    inside: Size = num + den * rest if c > 0 else den * (rest + 1) - num - 1
    return inside


def _rounds(it: Atom) -> bool:
    return isinstance(it, Floor) or (isinstance(it, Apply) and it.name == "floor")


def _lone_power(p: Poly) -> Size | None:
    """The exponent against the least (or greatest) whole number for which c·b^e + t is not negative."""
    number = p.terms.get(ONE, 0)
    (mono, c), *others = ((mono, c) for mono, c in p.terms.items() if mono)
    (it, e), *factors_ = mono
    if others or factors_ or not isinstance(it, Base) or not isinstance(it.value, int) or not isinstance(e, Poly):
        return None
    if number * c >= 0:
        return None
    edge, k = Fraction(-number) / c, 0  # b^e >= edge where c > 0, else b^e <= edge
    while it.value**k < edge:
        k += 1
    while Fraction(it.value) ** (k - 1) >= edge:
        k -= 1
    return e - k if c > 0 else (k if Fraction(it.value) ** k == edge else k - 1) - e


def _without_content(p: Size) -> Size:
    """p >= 0 with whole coefficients, without the positive factors that its terms share; the number is rounded down."""
    if (line := _line(p)) is not None:
        sym, slope, number = line
        return atom(sym) * (1 if slope > 0 else -1) + number // abs(slope)
    p = p * _clearing(p)
    if not isinstance(p, Poly):
        return p
    shared: Size = 1
    for it, _ in next(iter(p.terms)):
        raised: list[Size] = [dict(mono).get(it, 0) for mono in p.terms]
        least = next((e for e in raised if all(nonnegative(other - e) for other in raised)), 0)
        shared = shared * power(_under(it), -least if nonnegative(_under(it) - 1) else 0)
    p = p * shared
    if not isinstance(p, Poly):
        return p
    if all(map(_whole_mono, p.terms)):
        g = gcd(*(int(c) for mono, c in p.terms.items() if mono))
        return made({mono: int(c) // g for mono, c in p.terms.items()})
    return p * Fraction(1, gcd(*map(int, p.terms.values())))


def _bounds(table: dict[Size, list[str]], remainders: list[Condition]) -> list[Condition]:
    """p >= 0 for each p: those that follow from others, from a remainder or from a symbol's bounds are left out."""
    multiples = [(c.left - c.right, c.modulus) for c in remainders if c.modulus]
    known: dict[Sym, int] = {}  # the least values, by remainders
    for c in remainders:
        line = _line(c.left)
        if line is not None and line[1:] == (1, 0) and isinstance(c.right, int) and isinstance(c.modulus, int):
            known[line[0]] = max(line[0].least + (c.right - line[0].least) % c.modulus, known.get(line[0], 0))
    edges: dict[tuple[Sym, bool], tuple[int, Size]] = {}  # of bounds on one symbol the sharpest
    for p in table:
        if (line := _line(p)) is not None:
            sym, slope, number = line
            bound = number // abs(slope)
            edges[sym, slope > 0] = min((bound, p), edges.get((sym, slope > 0), (bound, p)), key=lambda it: it[0])
    sharpest = {p for _, p in edges.values()}
    lines = [p for p in table if p in sharpest]
    others = [p for p in table if _line(p) is None]
    kept = {p: symbols(p) for p in (*others, *lines)}
    for p in (*reversed(others), *lines):
        near = [q for q in kept if q != p and kept[q] & kept[p]][:MAX_NEAR]
        around = {sym for q in (p, *near) for sym in kept[q]}
        near += [q for q in kept if q != p and q not in near and kept[q] & around][:MAX_NEAR]
        if _implied([p, *_of_multiples(p, multiples)], near, known):
            del kept[p]
    conditions = []
    for p in sorted(kept, key=lambda p: _line(p) is None):
        who, line = table[p], _line(p)
        left, right = _sides(p)
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
        line = _line(fact)
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
            [_without_content(replaced(replaced(p, view), raised)) for p in some] for some in (claims, facts)
        )
        if any(nonnegative(p) or any(_bounded_by(p, q) for q in others) for p in shown):
            return True
    return False


def _of_multiples(p: Size, multiples: list[tuple[Size, Size]]) -> Iterator[Size]:
    """Sizes that are not negative only where p is not either: a multiple of m that is at least 1 is no less than m."""
    for r, m in multiples:
        if isinstance(m, Poly):
            if nonnegative(p - r + m):
                yield r - 1
            continue
        gap = terms_of(p - r)
        if all(c % m == 0 and _whole_mono(mono) for mono, c in gap.items() if mono):
            yield p + (-gap.get(ONE, 0) - 1) % m  # p + t is a multiple for a t of 1 to m: p + t >= 1 says p >= 0


def _bounded_by(p: Size, q: Size) -> bool:
    """Whether p >= 0 follows from q >= 0: u·p - q is nowhere negative for some positive u, such as 2 or 2^n."""
    if nonnegative(p - q):
        return True
    if not isinstance(p, Poly) or not isinstance(q, Poly) or len(p.terms) * len(q.terms) > 40:
        return False
    ratios = {
        quotient(Poly({b: cb}), Poly({a: ca}))
        for a, ca in p.terms.items() for b, cb in q.terms.items() if a and b and ca > 0 and cb > 0
    }  # fmt: skip
    return any(nonnegative(p * u - q) for u in ratios - {1} if _is_polynomial(u))


def _line(p: Size) -> tuple[Sym, int, int] | None:
    """(x, a, b) where p is a·x + b with whole a and b."""
    if not isinstance(p, Poly) or len(p.terms) > 2:
        return None
    moving = [(mono, c) for mono, c in p.terms.items() if mono]
    if len(moving) != 1 or len(moving[0][0]) != 1:
        return None
    (((it, e),), slope), constant = moving[0], p.terms.get(ONE, 0)
    if isinstance(it, Sym) and isinstance(e, int) and e == 1 and isinstance(slope, int) and isinstance(constant, int):
        return it, slope, constant
    return None


def _sides(p: Size) -> tuple[Size, Size]:
    """p as left - right with no minus on either side, a term that would leave a side empty taken as it is."""
    terms = p.terms if isinstance(p, Poly) else {ONE: p}
    left = made({mono: c for mono, c in terms.items() if c > 0 and mono})
    right = made({mono: -c for mono, c in terms.items() if c < 0 or not mono})
    if not isinstance(left, Poly):
        left, right = (
            made({mono: c for mono, c in terms.items() if c > 0}),
            made({m: -c for m, c in terms.items() if c < 0}),
        )
    return left, right


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


def _reduced(a: Size, m: Size, facts: list[Size]) -> tuple[Size, Size]:
    """(p, m) with the least p and m for which p % m == 0 says the same as a % m == 0; (0, 1) where that is nothing.

    The facts are sizes that are not negative."""
    if isinstance(m, Poly) and len(m.terms) > 1:
        g = gcd(*(int(c) for p in (a, m) for c in terms_of(p).values())) if denominator(a) == denominator(m) == 1 else 1
        return quotient(a, g), quotient(m, g)
    asked = quotient(a, m)
    asked = made({mono: c % 1 if _whole_mono(mono) else c for mono, c in terms_of(asked).items()})
    asked = made({mono: c for mono, c in terms_of(asked).items() if not _whole_given(mono, c, facts)})
    m = _clearing(asked)
    a = asked * m
    return (_coprime_dropped(a, m) if isinstance(a, Poly) and len(a.terms) == len(terms_of(m)) == 1 else a), m


def _whole_given(mono: Mono, c: Number, facts: list[Size]) -> bool:
    """Whether a term is whole where these facts are not negative: 24·2^(n-m) where n - m + 1 is not."""
    for it, e in mono:
        if isinstance(it, Base) and isinstance(it.value, int) and isinstance(e, Poly):
            while c.numerator % it.value == 0:
                c, e = Fraction(c, it.value), e + 1
            while c.denominator % it.value == 0:
                c, e = c * it.value, e - 1
        if not _whole_mono(frozenset([(it, 1)])) or not any(nonnegative(e - fact) for fact in (0, *facts)):
            return False
    return c.denominator == 1


def _coprime_dropped(a: Poly, m: Size) -> Size:
    """A single term without the factors that m shares nothing with, where m is a number or 2^n: 3·H for H % 2^n."""
    ((mono, c),), ((below, number),) = a.terms.items(), terms_of(m).items()
    if not _whole_mono(mono) or not all(isinstance(_under(it), int) for it, _ in below):
        return a
    parts = product((int(number), *(_under(it) for it, _ in below)))
    kept = {(it, e) for it, e in mono if not isinstance(under := _under(it), int) or gcd(under, parts) > 1}
    shared, rest = 1, int(c)
    while (g := gcd(rest, parts)) > 1:
        shared, rest = shared * g, rest // g
    return made({frozenset(kept): shared})


def _remainders(rest: dict[tuple[Size, Size], list[str]], equals: dict[Size, list[str]]) -> list[Condition]:
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
    return _divides(other.left, other.modulus, c.left, c.modulus)


def _is_polynomial(p: Size) -> bool:
    """Whether a size has no factor below a line."""
    return not isinstance(p, Poly) or all(
        e > 0 if isinstance(e, int) else nonnegative(e) for mono in p.terms for _, e in mono
    )


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
    separate = [Condition(p, "==", 0, m, who) if m else _equality(p, who) for p, m, _, who in asked]
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
        line = _line(it.num)
        if line is not None:
            dens.append(it.den)
            return Fraction(line[1], it.den)
    return None


def _equality(p: Size, who: list[str]) -> Condition:
    line = _line(p)
    if line is not None and line[2] % line[1] == 0:
        return Condition(atom(line[0]), "==", -line[2] // line[1], because=who)
    left, right = _sides(p)
    return Condition(left, "==", right, because=who)


__all__ = ["Condition", "Need", "at_least", "ceiling", "divides", "equal", "minimal", "settled", "whole_need"]
