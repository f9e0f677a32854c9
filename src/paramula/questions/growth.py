"""How a network grows in one symbol: leading terms, elasticities, and which layers are left in the limit."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..algebra.growth import CONSTANT, Leading, Unsure, leading
from ..algebra.poly import Poly, Size, Sym, made
from ..algebra.powers import quotient
from ..algebra.substitution import replaced, symbols
from ..engine.model import Model
from ..errors import NetError, did_you_mean, text_of, whole_of
from ..measures import quantities
from ..measures.traced import Repeat

QUANTITIES = ("params", "macs", "activations")  # that are looked at


class Row(NamedTuple):
    """A quantity: its leading term, the order of it (the term without its factor), and the elasticity at the point.

    The elasticity is by how many per cent it grows for one per cent of the symbol: x·Q'(x)/Q(x)."""

    quantity: str
    leading: Size
    order: Size
    elasticity: Size | None


class Grown(NamedTuple):
    """The answer to `growth`: a row for each quantity, and each layer's share of the first one in the limit."""

    said: str
    name: str
    rows: tuple[Row, ...]
    shares: tuple[tuple[str, Size], ...]
    notes: tuple[str, ...]
    order: tuple[str, ...]


def grown(net: Model, name: str, at: int | None = None, said: str = "") -> Grown:
    """How the quantities of a network grow in a symbol; raises NetError for a symbol that it does not have."""
    sym = _symbol(net, text_of(name, "a symbol"))
    at = None if at is None else whole_of(at, "the point", 1)
    rows, notes = [], []
    for quantity in QUANTITIES:
        value = net.quantity(quantity)
        try:
            term = leading(value, sym)
            rows.append(Row(quantity, term.at(sym), Leading(term.order, 1).at(sym), _elasticity(value, sym, at)))
        except Unsure:
            notes.append(f"the leading term of {quantity} cannot be told")
            continue
        if at is not None and rows[-1].elasticity is None:
            notes.append(f"{quantity} is rounded or a power in {name}: it has no elasticity")
    shares: tuple[tuple[str, Size], ...] = ()
    try:
        shares = tuple(_shares(net, QUANTITIES[0], sym))
    except Unsure:
        notes.append("the shares of the layers cannot be told")
    return Grown(said or f"growth(…, {name})", name, tuple(rows), shares, tuple(notes), tuple(net.order))


def _symbol(net: Model, name: str) -> Sym:
    size = net.open_symbols.get(name)
    if size is None:
        known = list(net.open_symbols)
        hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "it has none")
        raise NetError(f"the network has no symbol '{name}'", hint=hint)
    return next(iter(symbols(size)))


def _elasticity(value: Size, sym: Sym, at: int | None) -> Size | None:
    """x·Q'(x)/Q(x) at a point; None where Q is no polynomial in x."""
    if at is None or not isinstance(value, Poly):
        return None if at is None else 0
    slope: dict[Any, Any] = {}
    for mono, c in value.terms.items():
        degree = dict(mono).get(sym, 0)
        if any(it != sym and sym in symbols(made({frozenset([(it, e)]): 1})) for it, e in mono):
            return None
        if not isinstance(degree, int):
            return None
        slope[mono] = c * degree
    point: dict[str, Size] = {sym.name: at}
    below = replaced(value, point)
    return None if below == 0 else quotient(replaced(made({m: c for m, c in slope.items() if c}), point), below)


def _shares(net: Model, quantity: str, sym: Sym) -> list[tuple[str, Size]]:
    """What part of a quantity each layer has in the limit, layers called alike together; the others have none."""
    whole = leading(net.quantity(quantity), sym)
    if whole.order == CONSTANT:
        return []
    parts: dict[str, Size] = {}
    for row in net.traced.rows:
        ops = [op for op in row.ops if not isinstance(op, Repeat)]
        value = quantities.summed(ops, quantity, row.loops)
        if value == 0:
            continue
        term = leading(value, sym)
        if term.order == whole.order:
            label = row.label(net.order)
            parts[label] = parts.get(label, 0) + term.factor
    return [(label, quotient(factor, whole.factor)) for label, factor in parts.items()]
