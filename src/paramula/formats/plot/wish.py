"""What is wanted of a picture: its kind, axes, size. Every mistake in that is told here; knows no sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import NetError, named, quoted, refuse, text_of, word_of
from ..latex.words import COLUMN, length

KINDS = ("curves", "heat", "pareto")
LOGS = ("x", "y", "xy", "none")
BETTER = ("less", "more")


class Wish(NamedTuple):
    """What is wanted of a picture. What is None is chosen by the data; sizes are in points of TeX."""

    kind: str | None = None
    x: str | None = None
    log: str | None = None
    width: float = COLUMN
    height: float | None = None
    columns: tuple[str, ...] = ()
    title: str = ""
    better: tuple[str, str] = ("less", "less")


def wished(
    kind: str | None = None,
    x: str | None = None,
    log: str | None = None,
    width: str | float | None = None,
    height: str | float | None = None,
    columns: Sequence[str] | str = (),
    title: str = "",
    better: Sequence[str] | str | None = None,
    **unknown: Any,
) -> Wish:
    """The options of a picture, checked; raises NetError for what none of them takes.

    `kind` is "curves", "heat" (a map of two symbols) or "pareto" (the front of two expressions). `x` is the symbol on
    the first axis. `log` says which axes are logarithmic: "x", "y" (the values, which are colours in a heat map), "xy",
    "none". `width` and `height` are lengths such as "84mm"; a width may be "column" or "page". `columns` are the
    expressions that are drawn, else all. `better` is which way each expression of a front is better: "less,more"."""
    refuse(unknown, "a picture", Wish._fields)
    kind = None if kind is None else word_of(kind, "kind", KINDS)
    log = None if log is None else word_of(log, "log", LOGS)
    if x is not None and not isinstance(x, str):
        raise NetError(f"x is the name of a symbol, not {named(x)}")
    if kind == "heat" and log in ("x", "xy"):
        raise NetError("a heat map has a cell for each value, and no logarithmic x", hint='its colours have: log="y"')
    if kind == "pareto" and x is not None:
        hint = 'columns=["macs(net)", "params(net)"] chooses the axes'
        raise NetError("the axes of a Pareto front are expressions", hint=hint)
    if better is not None and kind != "pareto":
        raise NetError("only a Pareto front takes 'better'", hint='kind="pareto"')
    title = text_of(title, "a title")
    columns = [columns] if isinstance(columns, str) else columns
    if not isinstance(columns, Sequence) or not all(isinstance(text, str) for text in columns):
        raise NetError("columns are texts of expressions", hint='columns=["params(net)", "macs(net)"]')
    return Wish(
        kind,
        x,
        log,
        COLUMN if width is None else length(width, "width", "84mm or 3.3in"),
        None if height is None else length(height, "height", "84mm or 3.3in"),
        tuple(dict.fromkeys(columns)),
        title,
        ("less", "less") if better is None else _better(better),
    )


def _better(given: Sequence[str] | str) -> tuple[str, str]:
    words = [word.strip() for word in given.split(",")] if isinstance(given, str) else given
    if not isinstance(words, (list, tuple)) or [isinstance(it, str) and it in BETTER for it in words] != [True, True]:
        hint = 'one word for each expression: "less,less", "less,more", "more,less" or "more,more"'
        raise NetError(f"{quoted(given)} does not say what is better", hint=hint)
    return words[0], words[1]
