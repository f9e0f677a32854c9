"""Networks side by side: what each quantity is of each, how much more than of the first, and how many times as much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..algebra import powers
from ..algebra.conditions import minimal
from ..algebra.forms import form
from ..algebra.growth import Unsure
from ..algebra.poly import Poly, Size
from ..algebra.search.contest import less, limit, told
from ..algebra.search.held import Held
from ..algebra.search.regions import clause_of
from ..algebra.spelling import ascii_text
from ..algebra.substitution import symbols
from ..engine.trace import Tracer
from ..engine.unknown_names import unknown
from ..engine.values import Env, Net, kind
from ..errors import NetError
from ..language import tree
from ..measures import quantities
from ..measures.traced import Traced

QUANTITIES = ("params", "macs", "activations", "depth", "state")  # that are compared
LIMITS = 4  # symbols whose limits are told
LONG = 40  # characters of a network, beyond which it is cut in a note


class Row(NamedTuple):
    """A quantity: its value for each network (None: it has none), and for all but the first the difference to the first
    and the ratio to it (None where a value is missing, or the first one is 0)."""

    quantity: str
    values: tuple[Any, ...]
    differences: tuple[Any, ...]
    ratios: tuple[Any, ...]


class Compared(NamedTuple):
    """The answer to `compare`: the networks as they were written, a row for each quantity that has an answer."""

    said: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    verdicts: tuple[str, ...]  # where which is cheaper, what ratios tend to
    notes: tuple[str, ...]
    conditions: tuple[str, ...]
    order: tuple[str, ...]


def compared(tracer: Tracer, node: tree.Compare, env: Env) -> Compared:
    """The networks of a `compare` side by side; raises NetError for what is no network, or for one alone."""
    if len(node.values) < 2:
        alone = node.values[0]
        listed = isinstance(alone, tree.Shape) and len(alone.items) > 1  # in brackets, as for a call
        hint = tree.text(alone)[1:-1] if listed else f"{tree.text(alone)}, …"
        raise tracer.fault("compare takes two networks or more", node, env, f"compare {hint}")
    traced: list[Traced] = []
    for value in node.values:
        one = _traced(tracer, value, env)
        traced.append(one)
        tracer.learn(one)
    names = tuple(map(tree.text, node.values))
    notes = [said for said in traced[0].assumed if all(said in one.assumed for one in traced)]
    for name, one in zip(names, traced, strict=True):
        notes += [f"{_short(name)}: {said}" for said in one.assumed if said not in notes]
    notes += tracer.said_of_whole()
    rows = []
    for quantity in QUANTITIES:
        values = []
        for name, one in zip(names, traced, strict=True):
            try:
                values.append(quantities.of(one, quantity))
            except NetError as error:
                values.append(None)
                notes.append(f"{_short(name)} has no {quantity}: {error.message}")
        if quantity == QUANTITIES[0] or any(value is not None and value != 0 for value in values):
            rows.append(_row(quantity, values))
    conditions, order = minimal(tracer.needs), tuple(tracer.met)
    assumed = minimal([(need, "assume") for need in tracer.taken])
    sizes = [value for row in rows for value in row.values if value is not None]
    held = Held(map(clause_of, [*conditions, *assumed]), [*sizes, *tracer.met.values()])
    verdicts = tuple(said for row in rows for said in _verdicts(row, names, order, held))
    return Compared(tree.text(node), names, tuple(rows), verdicts, tuple(notes), tuple(map(str, conditions)), order)


def _traced(tracer: Tracer, node: tree.Node, env: Env) -> Traced:
    """A network traced; with sizes in place of symbols where it is written (net at f=32)."""
    if isinstance(node, tree.Given):
        given = tracer.settings(node.settings, env, lambda look: look.met.update(_traced(look, node.body, env).met))
        tracer = tracer.asking({**tracer.given, **given})
        return _traced(tracer, node.body, env)
    value = tracer.as_network(node, env)
    if isinstance(node, tree.Name) and not tracer.defined(node.name, env):
        raise unknown(tracer, node.name, node, env)
    if not isinstance(value, Net):
        asked = node.args if isinstance(node, tree.Call) and node.name in QUANTITIES else []
        hint = f"write {tree.text(asked[0])}: params and more are compared" if asked else ""
        raise tracer.fault(f"compare takes networks, but this is {kind(value)}", node, env, hint)
    return tracer.child().run(value)


def _row(quantity: str, values: list[Any]) -> Row:
    first, *others = values
    known = [None not in (first, value) for value in others]
    differences = [value - first if both else None for value, both in zip(others, known, strict=True)]
    ratios = [
        powers.quotient(value, first) if both and first != 0 else None
        for value, both in zip(others, known, strict=True)
    ]
    return Row(quantity, tuple(values), tuple(differences), tuple(ratios))


def _verdicts(row: Row, names: tuple[str, ...], order: tuple[str, ...], held: Held) -> Iterator[str]:
    """Where the first network has less of a quantity than another, and what their ratio tends to; formulas only. What
    is said is said of numbers that both networks can have, and of symbols that can grow beside the others."""
    first = row.values[0]
    for name, value, ratio in zip(names[1:], row.values[1:], row.ratios, strict=True):
        if None in (first, value) or not (isinstance(first, Poly) or isinstance(value, Poly)):
            continue
        cheaper = _cheaper(first, value, _short(names[0]), _short(name), order, held)
        if cheaper:
            yield f"{row.quantity}: {cheaper}"
        syms = sorted(symbols(ratio), key=lambda it: order.index(it.name)) if ratio is not None else []
        for sym in [sym for sym in syms if held.endless(sym)][:LIMITS]:
            with suppress(Unsure):
                end = limit(first, value, sym)
                tends = "grows without end" if end is None else f"tends to {_said(end, order)}"
                yield f"{row.quantity}: {_short(name)} / {_short(names[0])} {tends} as {sym.name} grows"


def _cheaper(a: Size, b: Size, first: str, second: str, order: tuple[str, ...], held: Held) -> str:
    found = [less(a, b, order, held), less(b, a, order, held)]
    for where, one in zip(found, (first, second), strict=True):
        if where is not None and where.always:
            return f"{one} always has less"
        if where is not None and where.always is None:
            return f"{one} has less where {told(where, order)}"
    return "both have the same" if None not in found else ""


def _said(size: Size, order: tuple[str, ...]) -> str:
    return ascii_text(form(size, order))


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
