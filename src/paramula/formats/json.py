"""A network as JSON: numbers as numbers of any size, formulas as text in Python syntax. The schema is docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra.forms import form
from ..algebra.known import surely_whole
from ..algebra.poly import Poly
from ..algebra.spelling import python_text
from ..errors import NetError
from ..language import tree
from ..layers.words import QUANTITIES
from ..measures.traced import Row
from ..questions.report import Entry, report

if TYPE_CHECKING:
    from ..engine.model import Model

SCHEMA = "paramula/1"


def json_text(
    net: Model,
    columns: Iterable[str] | None = None,
    version: str = "",
    ascii: bool = False,
    replies: Sequence[Any] = (),
) -> str:
    """The network's answers as one JSON object, with those to a program's questions."""
    data = of_network(net, tuple(columns or QUANTITIES), version)
    if replies:
        data["answers"] = [_reply(reply) for reply in replies]
    return json.dumps(data, ensure_ascii=ascii, indent=2)


def replies_text(replies: Sequence[Any], ascii: bool = False) -> str:
    """The replies of a session as a JSON list: what each is, and its parts."""
    return json.dumps([_reply(reply) for reply in replies], ensure_ascii=ascii, indent=2)


def _reply(reply: Any) -> dict[str, Any]:
    kind = type(reply).__name__.lower()
    if hasattr(reply, "report"):
        return {"kind": kind, **of_network(reply.network, tuple(reply.report.totals))}
    order = getattr(reply, "order", ())
    return {"kind": kind, **{name: _part(value, order) for name, value in reply._asdict().items() if name != "order"}}


def _part(value: Any, order: tuple[str, ...]) -> Any:
    """A part of a reply: records as objects, tuples as lists, sizes as in a network."""
    if hasattr(value, "_asdict"):
        return {name: _part(part, order) for name, part in value._asdict().items()}
    if isinstance(value, tuple):
        return [_part(part, order) for part in value]
    if isinstance(value, Poly) and not surely_whole(value):
        return python_text(form(value, order), whole=False)
    return value if value is None or isinstance(value, str) else plain(value, order)


def of_network(net: Model, columns: Sequence[str], version: str = "") -> dict[str, Any]:
    """A network's answers, ready for JSON."""
    order = tuple(net.order)
    told = report(net, tuple(columns))
    errors = {name: str(value.message) for name, value in told.totals.items() if isinstance(value, NetError)}
    return {
        "schema": SCHEMA,
        "version": version,
        "text": net.text,
        "inputs": [plain(shape, order) for shape in told.inputs],
        "symbols": list(order),
        "quantities": {name: None if name in errors else plain(told.totals[name], order) for name in columns},
        "bounds": {name: plain(ends, order) for name, ends in told.ends.items() if name in columns},
        "layers": [_layer(line, net.traced.rows, told.columns, order) for line in told.lines],
        "conditions": list(told.conditions),
        "assumptions": list(told.assumptions),
        "conventions": {name: QUANTITIES[name].convention for name in columns},
        "errors": errors,
    }


def _layer(line: Entry, rows: Sequence[Row], columns: Sequence[str], order: tuple[str, ...]) -> dict[str, Any]:
    values = {name: plain(value, order) for name, value in zip(columns, line.values, strict=True) if value is not None}
    return {
        "path": line.path,
        "call": line.call,
        **({} if line.at is None or line.group else _arguments(rows[line.at], order)),
        "level": line.level,
        "group": line.group,
        "times": plain(line.times, order),
        "shared": line.shared,
        "shape": plain(line.shape, order),
        **values,
    }


def _arguments(row: Row, order: tuple[str, ...]) -> dict[str, Any]:
    """What a layer was called with: for each axis a number where it slides; a network as text."""
    call = next((op.call for op in row.ops), None)
    if call is None:
        return {}
    values = {name: value for name, value in call.args.items() if value is not None}
    known = (int, Fraction, Poly, str, tuple)
    texts = {name: tree.text(call.places[name]) for name, value in values.items() if not isinstance(value, known)}
    return {"layer": row.kind, "arguments": {name: texts.get(name) or plain(it, order) for name, it in values.items()}}


def plain(value: Any, order: tuple[str, ...]) -> Any:
    """A size as JSON has it: a number where it is whole, else a formula as text."""
    if isinstance(value, tuple):
        return [plain(v, order) for v in value]
    if isinstance(value, int):
        return value
    if isinstance(value, (Fraction, Poly)):
        return python_text(form(value, order)) if isinstance(value, Poly) else str(value)
    return str(value)
