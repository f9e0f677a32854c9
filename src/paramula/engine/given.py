"""What Python hands over as a size or an option: whole numbers, texts of the language, expressions of SymPy."""

from __future__ import annotations

import sys
from contextlib import suppress
from fractions import Fraction
from typing import Any

from ..algebra.forms import form, met
from ..algebra.poly import Size
from ..algebra.spelling import ascii_text, digits
from ..errors import NetError, Source, Span, named, whole
from ..language import tree
from ..language.parser import is_name, parse
from ..layers.words import reserved
from .patterns import checked_size
from .program import Program, tower
from .settings import check_given
from .trace import Tracer
from .values import Env, Frame, Labels


def given_size(tracer: Tracer, name: str, value: Any) -> Size:
    """A value for a symbol that a tracer met: a whole number above 0, an expression as text, or one of SymPy."""
    text = value if isinstance(value, str) else "…" if whole(value) is None else named(value)
    source = Source(f"{name}={text}")
    env = Env(Frame(Program(source, tree.Program(0, 0, []))), Labels(), {})
    place = Span(0, len(name))
    try:
        check_given(tracer.program, name, tracer, tree.Name(*place, name), env)
        place = Span(len(name) + 1, len(name) + 1 + max(len(text), 1))
        return checked_size(tracer, _read_size(name, value), tree.Name(*place, name), env)
    except NetError as error:
        with suppress(ValueError):
            error.hint = error.hint or tracer.instead_of(name, Fraction(str(value)))
        inner = error.span if error.source is not None and error.source.text == text else None
        error.span = place if inner is None else Span(*(place.start + at for at in inner))
        error.source, error.other = source, None
        raise


def _read_size(name: str, value: Any) -> Size:
    number = whole(value)
    if number is not None:
        return number
    if isinstance(value, str):
        root, body = expression(value, name)
        reader = Tracer(Program(Source(value), root), {})
        return reader.number(body, reader.top)
    size = of_sympy(value)
    if size is None:
        raise NetError(f"{name} takes a whole number or an expression, not {named(value)}")
    return size


def of_sympy(value: Any) -> Size | None:
    """An expression of SymPy, which is not imported for that; None for what is none of its."""
    sympy = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Basic):
        return None
    from ..algebra.to_sympy import from_sympy

    size = from_sympy(value)
    for name in met([size]):
        if not is_name(name):
            raise NetError(f"'{name[:60]}' cannot be the name of a symbol")
        if reserved(name):
            raise NetError(f"'{name}' is a word of the language, and no symbol")
    return size


def expression(text: str, name: str) -> tuple[tree.Program, tree.Node]:
    """The tree of a text that is one expression and nothing else; NetError where it is none, or has more in it."""
    source = Source(text)
    try:
        root = parse(source)
    except NetError as error:
        error.source = error.source or source
        raise
    line = root.statements[0] if len(root.statements) == 1 else None
    if not isinstance(line, tree.Line) or line.settings or line.unit or tower(line) is not None:
        raise NetError(f"{name} takes a number or an expression", source=source)
    return root, line.body


def said(value: Any) -> str:
    """An option of Python in the language: a whole number, a word, or one expression."""
    number = whole(value)
    if number is not None:
        return digits(number)
    if isinstance(value, str):
        return tree.text(expression(value, "an option")[1])
    size = of_sympy(value)
    if size is not None:
        return ascii_text(form(size))
    raise NetError(f"an option is a number, a word or an expression, not {named(value)}", hint='batch=8, dtype="bf16"')
