"""How a size is written: which of its forms reads shortest, and the form as text.

A form is a small tree that every renderer shares: what stands in a table, in LaTeX and in code is the same object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from ..errors import too_large
from .poly import ONE, Apply, Atom, Base, Floor, Mono, Poly, Size, Sum, Sym, made, weight
from .powers import both_cleared, common_monomial, quotient
from .spelling import Form, ascii_text, num
from .substitution import atoms

MAX_TERMS = 400  # beyond this many a sum is written out as it is
MAX_TRIED = 4_000  # symbols and numbers in a sum, and the same
MAX_WRITTEN = 50_000  # of a formula
COLLECTED = 12  # symbols by which a sum is tried to be collected


class Order(dict[str, int]):
    """The place of each symbol in the order in which the reader met them; keys and forms of atoms are kept."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, i) for i, name in enumerate(names))
        self.atom_keys: dict[Atom, tuple[Any, ...]] = {}
        self.atom_forms: dict[Atom, Form] = {}


def met(sizes: Iterable[Size]) -> list[str]:
    """The names of the symbols of some sizes, in no order a reader would mind: alphabetical."""
    return sorted({it.name for size in sizes for it in atoms(size) if isinstance(it, Sym)})


def form(p: Size, order: Sequence[str] = ()) -> Form:
    """The form of a size that reads shortest: expanded, with its content pulled out, or collected by a symbol.

    `order` is the order in which the reader met the symbols; the rest follow by name.
    """
    if not isinstance(p, Poly):
        return _number(p)
    if weight(p) > MAX_WRITTEN:
        raise too_large("a formula", f"{MAX_WRITTEN:,} symbols and numbers")
    return _best(p, Order([*order, *(name for name in met([p]) if name not in order)]))


def _best(p: Size, place: Order) -> Form:
    if not isinstance(p, Poly):
        return _number(p)
    if len(p.terms) < 2:
        return _expanded(p, place)
    scale = lcm(*(c.denominator for c in p.terms.values()))
    if scale > 1:  # one common line, so that every quotient in code is exact
        return Form("div", (_best(p * scale, place), num(scale)))
    best = _expanded(p, place)
    if len(p.terms) > MAX_TERMS or weight(p) > MAX_TRIED:
        return best
    candidates = [best]
    powers = frozenset(
        (it, e) for it, e in frozenset.intersection(*p.terms) if isinstance(it, Base) or isinstance(e, Poly)
    )
    if powers:  # 2^n·a + 2^n·b: the part without it is shared out like any other
        rest = _best(made({mono - powers: c for mono, c in p.terms.items()}), place)
        candidates.append(_with_power(rest, powers, place))
    common = common_monomial(p)
    for factor in {common, frozenset((it, e) for it, e in common if e > 0)} - {ONE}:
        candidates.append(_times(_monomial(factor, 1, place), _best(quotient(p, Poly({factor: 1})), place)))
    places = _by_places(p, place)
    if places is not None:
        candidates.append(places)
    fractions = _fractions(p, place)
    if fractions is not None:
        candidates.append(fractions)
    counts = Counter(it for mono in p.terms for it, e in mono if isinstance(e, int))
    often = sorted((it for it, n in counts.items() if n > 1), key=lambda it: (-counts[it], _atom_key(it, place)))
    for it in often[:COLLECTED]:
        collected = _collected(p, it, place)
        if collected is not None:
            candidates.append(collected)
    return min(candidates, key=_cost)


def _cost(f: Form) -> int:
    text = ascii_text(f)
    return len(text) + 3 * text.count("(")


def _number(p: int | Fraction) -> Form:
    if p < 0:
        return Form("neg", (_number(-p),))
    return num(p.numerator) if p.denominator == 1 else Form("div", (num(p.numerator), num(p.denominator)))


def _by_places(p: Poly, place: Order) -> Form | None:
    """The sum ordered by the places of its layers, products such as ⌈H/2⌉·⌈W/2⌉ and H·W: those of roundings, and of
    symbols that always stand together."""
    met: dict[Atom, set[tuple[Mono, Any]]] = {}
    for mono in p.terms:
        for it, e in mono:
            met.setdefault(it, set()).add((mono, e))
    often = Counter(map(frozenset, met.values()))
    units = {it for it, where in met.items() if isinstance(it, Floor) or often[frozenset(where)] > 1}
    groups: dict[Mono, dict[Mono, Any]] = {}
    for mono, c in p.terms.items():
        places: Mono = frozenset((it, e) for it, e in mono if it in units)
        groups.setdefault(places, {})[mono - places] = c
    if len(groups) == len(p.terms) or len(groups) == 1 or max(map(len, groups)) < 2:
        return None
    written = []
    for places in sorted(groups, key=lambda mono: _mono_key(mono, place)):
        rest = _best(made(groups[places]), place)
        written.append(_times(_monomial(places, 1, place), rest) if places else rest)
    return _add(written)


def _fractions(p: Poly, place: Order) -> Form | None:
    """The sum with one fraction for each divisor 1/(…): (a·r^n - a)/(r - 1) + b."""
    groups: dict[Mono, dict[Mono, Any]] = {}
    for mono, c in p.terms.items():
        below = frozenset((it, e) for it, e in mono if isinstance(it, Base) and isinstance(e, int) and e < 0)
        groups.setdefault(below, {})[mono - below] = c
    if len(groups) < 2 and ONE in groups:
        return None
    written = [
        _over(_best(made(terms), place), frozenset((it, -e) for it, e in below), place) if below
        else _best(made(terms), place)
        for below, terms in groups.items()
    ]  # fmt: skip
    return _add(written)


def _over(above: Form, below: Mono, place: Order) -> Form:
    """A form above a line, which a minus stays in front of."""
    if above.kind == "neg":
        return Form("neg", (_over(above.parts[0], below, place),))
    line = _monomial(below, 1, place)
    if above.kind == "div":
        return Form("div", (above.parts[0], _times(above.parts[1], line)))
    return Form("div", (above, line))


def _with_power(rest: Form, powers: Mono, place: Order) -> Form:
    """A form times powers, which stand in front of its first sum."""
    if rest.kind in ("neg", "div"):
        return Form(rest.kind, (_with_power(rest.parts[0], powers, place), *rest.parts[1:]))
    parts = rest.parts if rest.kind == "mul" else (rest,)
    at = next((i for i, part in enumerate(parts) if part.kind == "add"), len(parts))
    above = frozenset((it, e) for it, e in powers if isinstance(e, Poly) or e > 0)
    below = frozenset((it, -e) for it, e in powers - above)
    if not above:
        return _over(rest, below, place)
    power = _monomial(above, 1, place)
    inner = power.parts if power.kind == "mul" else (power,)
    out = Form("mul", (*parts[:at], *inner, *parts[at:]))
    return _over(out, below, place) if below else out


def _collected(p: Poly, it: Atom, place: Order) -> Form | None:
    """The sum ordered by powers of one atom; a cofactor that they all share becomes a factor: (9C + 1)·(f + g)."""
    groups: dict[int, dict[Mono, Any]] = {}
    for mono, c in p.terms.items():
        exponents = dict(mono)
        e = exponents.pop(it, 0)
        if not isinstance(e, int):
            return None
        groups.setdefault(e, {})[frozenset(exponents.items())] = c
    if len(groups) == len(p.terms) or len(groups) == 1:
        return None
    parts = {e: made(terms) for e, terms in groups.items()}
    shared = _shared_factor(list(parts.values()))
    if shared is not None:
        factor, scales = shared
        content = gcd(*(int(scale) for scale in scales))
        outer = made({_power(it, e) if e else ONE: scale / content for e, scale in zip(parts, scales, strict=True)})
        lead = _number(content)
        return _times(lead, _times(_expanded_size(outer, place), _expanded_size(factor, place)))
    written = []
    for e in sorted(parts, reverse=True):
        if e == 0:
            written += _terms(parts[0], place)
        else:
            inner = parts[e]
            if isinstance(inner, Poly) and len(inner.terms) > 1:
                written.append(_times(_monomial(_power(it, e), 1, place), _expanded(inner, place)))
            else:
                written += _terms(inner * Poly({_power(it, e): 1}), place)
    return _add(written)


def _power(it: Atom, e: int) -> Mono:
    return frozenset([(it, e)])


def _shared_factor(parts: list[Size]) -> tuple[Size, list[Any]] | None:
    """(factor, numbers) where every part is a number times the same sum of two or more terms."""
    polys = [p for p in parts if isinstance(p, Poly)]
    if (
        len(polys) != len(parts)
        or len(polys[0].terms) < 2
        or any(p.terms.keys() != polys[0].terms.keys() for p in polys)
    ):
        return None
    first = polys[0]
    g = gcd(*(c.numerator for c in first.terms.values()))
    factor = Poly({mono: c / Fraction(g) for mono, c in first.terms.items()})
    factor_size = made(dict(factor.terms))
    if not isinstance(factor_size, Poly):
        return None
    scales = []
    for p in polys:
        if p.terms.keys() != factor_size.terms.keys():
            return None
        ratios = {Fraction(p.terms[mono]) / Fraction(factor_size.terms[mono]) for mono in p.terms}
        if len(ratios) != 1:
            return None
        scales.append(ratios.pop())
    return factor_size, scales


def _expanded(p: Poly, place: Order) -> Form:
    return _add(_terms(p, place))


def _expanded_size(p: Size, place: Order) -> Form:
    return _expanded(p, place) if isinstance(p, Poly) else _number(p)


def _terms(p: Size, place: Order) -> list[Form]:
    """The terms as forms, in the reader's order: higher powers of the symbol met first come first, numbers last."""
    if not isinstance(p, Poly):
        return [_number(p)]
    terms = sorted(p.terms.items(), key=lambda term: _mono_key(term[0], place))
    if terms[0][1] < 0:  # begin with a plus where there is one
        first = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)
        terms.insert(0, terms.pop(first))
    return [_monomial(mono, c, place) for mono, c in terms]


def _add(terms: list[Form]) -> Form:
    flat = [t for term in terms for t in (term.parts if term.kind == "add" else (term,))]
    return flat[0] if len(flat) == 1 else Form("add", tuple(flat))


def _times(a: Form, b: Form) -> Form:
    if a == num(1) or b == num(1):
        return b if a == num(1) else a
    if b.kind == "neg":
        return Form("neg", (_times(a, b.parts[0]),))
    if a.kind == "div":
        return Form("div", (_times(a.parts[0], b), a.parts[1]))
    parts = [*(a.parts if a.kind == "mul" else (a,)), *(b.parts if b.kind == "mul" else (b,))]
    return Form("mul", tuple(sorted(parts, key=lambda part: part.kind != "num")))  # a number comes first


def _monomial(mono: Mono, c: Any, place: Order) -> Form:
    """c·x^a·y^b/(…): number first, then the factors in the reader's order, negative exponents below the line."""
    if c < 0:
        return Form("neg", (_monomial(mono, -c, place),))
    above, below = [], []
    for it, e in sorted(mono, key=lambda pair: _atom_key(pair[0], place)):
        if isinstance(e, int) and e < 0:
            below.append(_raised(it, -e, place))
        else:
            above.append(_raised(it, e, place))
    c = Fraction(c)
    if c.numerator != 1 or not above:
        above.insert(0, num(c.numerator))
    if c.denominator != 1:
        below.insert(0, num(c.denominator))
    top = above[0] if len(above) == 1 else Form("mul", tuple(above))
    if not below:
        return top
    return Form("div", (top, below[0] if len(below) == 1 else Form("mul", tuple(below))))


def _raised(it: Atom, e: Any, place: Order) -> Form:
    base = _atom(it, place)
    if isinstance(e, int) and e == 1:
        return base
    if isinstance(it, Base) and isinstance(it.value, int) and isinstance(e, Poly):  # 2^(2n) is 4^n
        times = gcd(*(c if isinstance(c, int) else 1 for c in e.terms.values()))
        if 1 < times < 20:
            base, e = num(it.value**times), quotient(e, times)
    return Form("pow", (base, num(e) if isinstance(e, int) else _best(e, place)))


def _atom(it: Atom, place: Order) -> Form:
    made = place.atom_forms.get(it)
    if made is None:
        made = place.atom_forms[it] = _atom_form(it, place)
    return made


def _atom_form(it: Atom, place: Order) -> Form:
    match it:
        case Sym():
            return Form("sym", (it.name,))
        case Floor():
            return _rounding(it, place)
        case Base():
            return num(it.value) if isinstance(it.value, int) else _expanded(it.value, place)
        case Apply():
            parts = tuple(_quotient(a, place) for a in it.args)
            if it.name == "floor":
                parts = parts[0].parts if parts[0].kind == "div" else (*parts, num(1))
            return Form(it.name, parts)
        case Sum():
            return Form("sum", (_best(it.body, place), it.index.name, _best(it.low, place), _best(it.high, place)))
    raise TypeError(it)


def _quotient(p: Size, place: Order) -> Form:
    """What a function is applied to, with one line if any."""
    above, below = both_cleared(p, 1)
    return _best(above, place) if below == 1 else Form("div", (_best(above, place), _best(below, place)))


def _rounding(it: Floor, place: Order) -> Form:
    """⌊(p + c)/m⌋, or the same as ⌈(p + c - m + 1)/m⌉ where that leaves a smaller number."""
    den = _expanded_size(it.den, place)
    if isinstance(it.den, int):
        constant: Any = it.num.terms.get(ONE, 0)
        up = constant - it.den + 1
        if abs(up) < abs(constant):
            return Form("ceil", (_expanded_size(it.num - constant + up, place), den))
    elif isinstance(it.den, Poly):
        up_num = it.num - it.den + 1
        if len(up_num.terms if isinstance(up_num, Poly) else {ONE: 1}) < len(it.num.terms):
            return Form("ceil", (_expanded_size(up_num, place), den))
    return Form("floor", (_expanded_size(it.num, place), den))


def _atom_key(it: Atom, place: Order) -> tuple[Any, ...]:
    """Where an atom stands among others: by the place of its first symbol, plain symbols before what contains them."""
    key = place.atom_keys.get(it)
    if key is None:
        rank = {Base: 0, Sym: 1, Floor: 2, Apply: 3, Sum: 4}[type(it)]
        inside = atoms(Poly({frozenset([(it, 1)]): 1}))
        first = min((place.get(s.name, len(place)) for s in inside if isinstance(s, Sym)), default=len(place) + 1)
        key = place.atom_keys[it] = (first, rank, "" if isinstance(it, Sym) else ascii_text(_atom(it, place)))
    return key


def _mono_key(mono: Mono, place: Order) -> tuple[Any, ...]:
    """Terms in the order of a textbook: by the exponents of the symbols in the order they were met, numbers last."""
    powers = sorted(
        (_atom_key(it, place), -e if isinstance(e, int) else -1, "" if isinstance(e, int) else _exponent_text(e))
        for it, e in mono
    )
    degree = sum(e if isinstance(e, int) else 1 for _, e in mono)
    return (not mono, -degree, powers)


# Text. `level` is how tightly the surroundings bind: 0 a sum may stand, 1 a product, 2 a power's base.


def _exponent_text(e: Poly) -> str:
    return ascii_text(form(e))
