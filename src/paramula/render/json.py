"""A network as JSON: numbers as numbers of any size, formulas as text in Python syntax. The schema is docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra.forms import form, python_text
from ..algebra.poly import Poly
from ..errors import NetError
from ..quantities import CONVENTIONS
from ..report import Entry, report
from ..words import QUANTITIES

if TYPE_CHECKING:
    from ..network import Network

SCHEMA = "paramula/1"


def json_text(net: Network, columns: Sequence[str] = QUANTITIES, version: str = "", ascii: bool = False) -> str:
    """The network's answers as one JSON object."""
    order = tuple(net.order)
    told = report(net, tuple(columns))
    errors = {name: str(value.message) for name, value in told.totals.items() if isinstance(value, NetError)}
    data = {
        "schema": SCHEMA,
        "version": version,
        "text": net.text,
        "inputs": [plain(shape, order) for shape in told.inputs],
        "symbols": list(order),
        "quantities": {name: None if name in errors else plain(told.totals[name], order) for name in columns},
        "bounds": {name: plain(ends, order) for name, ends in told.ends.items() if name in columns},
        "layers": [_layer(line, told.columns, order) for line in told.lines],
        "conditions": list(told.conditions),
        "assumptions": list(told.assumptions),
        "conventions": {name: CONVENTIONS[name] for name in columns},
        "errors": errors,
    }
    return json.dumps(data, ensure_ascii=ascii, indent=2)


def _layer(line: Entry, columns: Sequence[str], order: tuple[str, ...]) -> dict[str, Any]:
    values = {name: plain(value, order) for name, value in zip(columns, line.values, strict=True) if value is not None}
    return {
        "path": line.path,
        "call": line.call,
        "level": line.level,
        "group": line.group,
        "times": plain(line.times, order),
        "shared": line.shared,
        "shape": plain(line.shape, order),
        **values,
    }


def plain(value: Any, order: tuple[str, ...]) -> Any:
    """A size as JSON has it: a number where it is whole, else a formula as text."""
    if isinstance(value, tuple):
        return [plain(v, order) for v in value]
    if isinstance(value, int):
        return value
    if isinstance(value, (Fraction, Poly)):
        return python_text(form(value, order)) if isinstance(value, Poly) else str(value)
    return str(value)
