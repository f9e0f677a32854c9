"""How a layer's call reads with its numbers in place: conv(3x3, 64, s=2), wherever its definition was written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.poly import Poly
from ..algebra.spelling import ascii_text
from ..language import tree
from ..layers.facts import Facts, Layer, Param


class Called(NamedTuple):
    """A layer as it was called: the values that were written, the same fitted to the axes, the shape it met, where each
    value was written, and what the layer stated."""

    layer: Layer
    values: dict[str, Any]
    args: dict[str, Any]
    came: tuple[Any, ...]
    places: dict[str, tree.Node]
    facts: Facts


class Defined(NamedTuple):
    """A definition as it was used: its name, the values of its parameters, and where those that were written stand."""

    name: str
    values: dict[str, Any]
    places: dict[str, tree.Node]

    def label(self, order: Sequence[str]) -> str:
        """The use with its numbers in place: basic(64, s=2)."""
        parts = []
        for name, place in self.places.items():
            lead = f"{name}=" if isinstance(place, tree.Keyword) else ""
            parts.append(lead + (_plain(self.values[name], order) or tree.text(place).removeprefix(lead)))
        return f"{self.name}({', '.join(parts)})"


def _plain(value: Any, order: Sequence[str]) -> str:
    """A number or a window as text; nothing of what is neither."""
    if isinstance(value, tuple):
        inside = [_plain(item, order) for item in value]
        window = len(set(value)) == 1 and len(value) > 1 and isinstance(value[0], int)
        return "" if not all(inside) else "x".join(inside) if window else f"({', '.join(inside)})"
    return ascii_text(form(value, order)) if isinstance(value, (int, Fraction, Poly)) else ""


def label(called: Called, order: Sequence[str]) -> str:
    """A call with its numbers in place and without what it would be anyhow: conv(3x3, 64, s=2, nobias)."""
    parts = []
    for p in called.layer.params:
        value = called.values.get(p.name)
        if p.name not in called.values or (value == p.default and not p.required):
            continue
        if p.kind == "Flag":
            parts.append(p.name if value else f"no{p.name}")
            continue
        items: tuple[Any, ...] = called.values[p.name] if p.many else (value,)
        for item in items:
            plain = p.required or (p.kind == "Padding" and isinstance(item, str))  # the word is one for an option
            parts.append(("" if plain else f"{p.name}=") + _value(p, item, called, order))
    return f"{called.layer.name}({', '.join(parts)})" if parts else called.layer.name


def _value(p: Param, value: Any, called: Called, order: Sequence[str]) -> str:
    if isinstance(value, tuple):
        inside = [_value(p, item, called, order) for item in value]
        window = p.kind == "Windows" and all(isinstance(item, int) for item in value)
        return "x".join(inside) if window and len(inside) > 1 else f"({', '.join(inside)})"
    if isinstance(value, Fraction) and 10**6 % value.denominator == 0:  # a few digits: dropout(0.2)
        return f"{float(value):.7g}"
    if isinstance(value, (int, Fraction, Poly)):
        return ascii_text(form(value, order))
    return str(value) if isinstance(value, str) else tree.text(called.places[p.name])
