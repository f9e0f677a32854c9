"""How a layer's call reads with its numbers in place: conv(3x3, 64, s=2), wherever its definition was written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..algebra.forms import ascii_text, form
from ..algebra.poly import Poly
from ..language import tree
from ..layers.facts import Param
from ..measures.traced import Called, Row


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


def row_label(row: Row, order: Sequence[str]) -> str:
    """The call of a row with its numbers in place, behind it the activations that were written as flags."""
    called = [op.call for op in row.ops if op.call is not None]
    if row.group or not called or len(called) < len(row.ops):
        return row.call
    first, *after = called
    text, words = label(first, order), [it.layer.name for it in after]
    if not words:
        return text
    return f"{text[:-1]}, {', '.join(words)})" if text.endswith(")") else f"{text}({', '.join(words)})"


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
