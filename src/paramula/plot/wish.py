"""What is wanted of a picture: its kind, axes, size. Every mistake in that is told here; knows no sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import NetError, did_you_mean, listed
from ..tex.words import COLUMN, points

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
) -> Wish:
    """The options of a picture, checked; raises NetError for what none of them takes.

    `kind` is "curves", "heat" (a map of two symbols) or "pareto" (the front of two expressions). `x` is the symbol on
    the first axis. `log` says which axes are logarithmic: "x", "y" (the values, which are colours in a heat map), "xy",
    "none". `width` and `height` are lengths such as "84mm"; a width may be "column" or "page". `columns` are the
    expressions that are drawn, else all. `better` is which way each expression of a front is better: "less,more"."""
    _known("kind", kind, KINDS)
    _known("log", log, LOGS)
    if x is not None and not isinstance(x, str):
        raise NetError(f"x is the name of a symbol, not {x!r}")
    if kind == "heat" and log in ("x", "xy"):
        raise NetError("a heat map has a cell for each value, and no logarithmic x", hint='its colours have: log="y"')
    if kind == "pareto" and x is not None:
        hint = 'columns=["macs(net)", "params(net)"] chooses the axes'
        raise NetError("the axes of a Pareto front are expressions", hint=hint)
    if better is not None and kind != "pareto":
        raise NetError("only a Pareto front takes 'better'", hint='kind="pareto"')
    if not isinstance(title, str):
        raise NetError(f"a title is a text, not {title!r}")
    columns = [columns] if isinstance(columns, str) else columns
    if not isinstance(columns, Sequence) or not all(isinstance(text, str) for text in columns):
        raise NetError("columns are texts of expressions", hint='columns=["params(net)", "macs(net)"]')
    return Wish(
        kind,
        x,
        log,
        COLUMN if width is None else _length(width, "width"),
        None if height is None else _length(height, "height"),
        tuple(dict.fromkeys(columns)),
        title,
        ("less", "less") if better is None else _better(better),
    )


def _known(what: str, given: Any, known: Sequence[str]) -> None:
    if given is not None and given not in known:
        hint = (did_you_mean(given, known) if isinstance(given, str) else "") or f"there are {listed(known)}"
        raise NetError(f"there is no {what} {given!r}", hint=hint)


def _length(given: Any, what: str) -> float:
    """A length as LaTeX's width is given, in points."""
    if not isinstance(given, (str, int, float)) or isinstance(given, bool):
        raise NetError(f"{given!r} is no {what}", hint="write one such as 84mm or 3.3in")
    try:
        return points(given if isinstance(given, str) else f"{given}pt")
    except NetError as error:
        raise NetError(error.message.replace("width", what), hint=error.hint) from None


def _better(given: Sequence[str] | str) -> tuple[str, str]:
    words = [word.strip() for word in given.split(",")] if isinstance(given, str) else given
    if not isinstance(words, Sequence) or len(words) != 2 or not all(word in BETTER for word in words):
        hint = 'one word for each expression: "less,less", "less,more", "more,less" or "more,more"'
        raise NetError(f"{given!r} does not say what is better", hint=hint)
    return words[0], words[1]
