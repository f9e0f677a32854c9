"""From a sweep to what a picture of it shows: axes, lines, cells, the Pareto front. Exact; knows no picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ...errors import NetError, did_you_mean, listed
from ...questions.sweep import Row, Swept
from .axis import Axis, Number, axis, name
from .wish import Wish

MAX_ROWS = 200_000  # that are drawn
MAX_PANELS = 12
MAX_LINES = 24  # that can be told apart
LINES = 6  # of one symbol, beyond which a heat map shows more


class Line(NamedTuple):
    """The values over x for one choice of the other symbols, where there are any."""

    name: str
    points: tuple[tuple[Number, Number], ...]


class Curves(NamedTuple):
    """Lines over a symbol, a panel for each expression; all panels have the same lines."""

    x: Axis
    panels: tuple[tuple[Axis, tuple[Line, ...]], ...]


class Heat(NamedTuple):
    """Cells over two symbols, a panel for each expression."""

    x: Axis
    y: Axis
    panels: tuple[tuple[Axis, Mapping[tuple[Number, Number], Number]], ...]


class Named(NamedTuple):
    """A point of the front: two values, and the symbols' values that give them."""

    x: Number
    y: Number
    name: str


class Pareto(NamedTuple):
    """Two expressions: all points, and those than which none is better in both, in order of x."""

    x: Axis
    y: Axis
    points: tuple[tuple[Number, Number], ...]
    front: tuple[Named, ...]
    better: tuple[str, str]


Chart: TypeAlias = Curves | Heat | Pareto


def chart(swept: Swept, wish: Wish) -> Chart:
    """What a picture of the sweep shows; raises NetError where the sweep does not have what is wanted."""
    if len(swept.rows) > MAX_ROWS:
        hint = "a larger step, or a condition behind where, makes fewer"
        raise NetError(f"{len(swept.rows):,} rows are too many to draw: the limit is {MAX_ROWS:,}", hint=hint)
    columns = _columns(swept, wish.columns)
    for n in columns:
        _check(swept, n)
    varied = [
        it for n, it in enumerate(swept.names) if any(row.point[n] != swept.rows[0].point[n] for row in swept.rows)
    ]
    if wish.kind == "pareto":
        return _pareto(swept, wish, columns, varied or list(swept.names))
    if wish.x is not None and wish.x not in swept.names:
        hint = did_you_mean(wish.x, swept.names) or f"there are {listed(swept.names, 'and')}"
        raise NetError(f"the sweep does not vary '{wish.x}'", hint=hint)
    if len(columns) > MAX_PANELS:
        raise NetError(f"{len(columns)} expressions are too many for one picture: the limit is {MAX_PANELS}")
    if wish.kind == "heat" or (wish.kind is None and wish.log not in ("x", "xy") and _wide(swept, varied)):
        return _heat(swept, wish, columns, varied)
    return _curves(swept, wish, columns, varied)


def _columns(swept: Swept, wanted: Sequence[str]) -> list[int]:
    """The places of the expressions that are drawn."""
    places = {"".join(text.split()): n for n, text in reversed(list(enumerate(swept.columns)))}
    for text in wanted:
        if "".join(text.split()) not in places:
            hint = did_you_mean(text, swept.columns) or f"there are {listed(swept.columns, 'and')}"
            raise NetError(f"the sweep has no '{text}'", hint=hint)
    return [places["".join(text.split())] for text in wanted or swept.columns]


def _check(swept: Swept, n: int) -> None:
    """Raises NetError for an expression that has no numbers, or anything beside them."""
    other = next((v for row in swept.rows if (v := row.values[n]) is not None and not isinstance(v, Number)), None)
    if isinstance(other, tuple):
        raise NetError(f"{swept.columns[n]} is a shape, and cannot be drawn", hint="choose others with columns=[…]")
    if other is not None:
        hint = f"give {listed(swept.order, 'and')} a number, or vary it too" if swept.order else ""
        raise NetError(f"{swept.columns[n]} is a formula, and no number", hint=hint)
    if all(row.values[n] is None for row in swept.rows):
        raise NetError(f"{swept.columns[n]} has no values", hint="the notes below the table say why")


def _scale(wish: Wish, letter: str) -> bool | None:
    """Whether the axis x or y is to be logarithmic; None if that is left open."""
    return None if wish.log is None else letter in wish.log.replace("none", "")


def _different(swept: Swept, n: int) -> list[Any]:
    return list(dict.fromkeys(row.point[n] for row in swept.rows))


# Curves


def _curves(swept: Swept, wish: Wish, columns: Sequence[int], varied: Sequence[str]) -> Curves:
    place = swept.names.index(wish.x or _longest(swept, varied))
    others = [n for n, it in enumerate(swept.names) if it in varied and n != place and not _follows(swept, n, place)]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in swept.rows:
        groups.setdefault(tuple(row.point[n] for n in others), []).append(row)
    if len(groups) > MAX_LINES:
        message = f"{len(groups):,} lines are too many to tell apart: the limit is {MAX_LINES}"
        raise NetError(message, hint='kind="heat" shows two symbols; fewer values of the others make fewer lines')
    x = axis(swept.names[place], (row.point[place] for row in swept.rows), _scale(wish, "x"), symbol=True)
    panels = []
    for n in columns:
        lines = tuple(
            Line(
                _named(swept, rows[0], others),
                tuple(sorted({row.point[place]: row.values[n] for row in rows if row.values[n] is not None}.items())),
            )
            for rows in groups.values()
        )
        # A power is a straight line where both axes are logarithmic: then less of a spread is enough for y.
        panels.append((_values(swept, wish, n, "y", 30 if x.log else 300), lines))
    return Curves(x, tuple(panels))


def _values(swept: Swept, wish: Wish, n: int, letter: str, close: int = 100) -> Axis:
    """The axis of an expression."""
    numbers = (row.values[n] for row in swept.rows if row.values[n] is not None)
    return axis(swept.columns[n], numbers, _scale(wish, letter), close=close)


def _longest(swept: Swept, varied: Sequence[str]) -> str:
    """The symbol with the most values."""
    return max(varied or swept.names, key=lambda it: len(_different(swept, swept.names.index(it))))


def _follows(swept: Swept, n: int, place: int) -> bool:
    """Whether a symbol's value is known by that of another, as in `for (f, g) in {…}`."""
    of: dict[Any, Any] = {}
    return all(of.setdefault(row.point[place], row.point[n]) == row.point[n] for row in swept.rows)


def _named(swept: Swept, row: Row, places: Sequence[int]) -> str:
    return ", ".join(f"{swept.names[n]}={name(row.point[n])}" for n in places)


# Heat maps


def _wide(swept: Swept, varied: Sequence[str]) -> bool:
    """Whether two symbols have many values each, and most of their pairs."""
    if len(varied) != 2:
        return False
    a, b = (len(_different(swept, swept.names.index(it))) for it in varied)
    return min(a, b) > LINES and 2 * len(swept.rows) >= a * b


def _heat(swept: Swept, wish: Wish, columns: Sequence[int], varied: Sequence[str]) -> Heat:
    if len(varied) != 2:
        said = listed(varied, "and") if varied else "none"
        hint = "the others need one value each, as by a condition behind where" if len(varied) > 2 else ""
        raise NetError(f"a heat map is over two symbols, and what varies is {said}", hint=hint)
    x = wish.x or _longest(swept, varied)
    if x not in varied:
        raise NetError(f"'{x}' has one value only", hint=f"there are {listed(varied, 'and')}")
    across, up = (swept.names.index(it) for it in (x, *(it for it in varied if it != x)))
    panels = []
    for n in columns:
        cells = {(row.point[across], row.point[up]): row.values[n] for row in swept.rows if row.values[n] is not None}
        panels.append((_values(swept, wish, n, "y", 30), cells))
    # A cell stands for one value, whatever the distance to the next: neither axis is logarithmic.
    x_axis, y_axis = (axis(swept.names[n], _different(swept, n), False, symbol=True) for n in (across, up))
    return Heat(x_axis, y_axis, tuple(panels))


# Pareto fronts


def _pareto(swept: Swept, wish: Wish, columns: Sequence[int], varied: Sequence[str]) -> Pareto:
    if len(columns) != 2:
        hint = 'choose two: columns=["params(net)", "macs(net)"]' if len(columns) > 2 else "sweep two expressions"
        raise NetError(f"a Pareto front is of two expressions, not {len(columns)}", hint=hint)
    places = [swept.names.index(it) for it in varied]
    rows = [row for row in swept.rows if all(row.values[n] is not None for n in columns)]
    if not rows:
        raise NetError(f"{listed((swept.columns[n] for n in columns), 'and')} never have a value both")
    pairs = [(row.values[columns[0]], row.values[columns[1]]) for row in rows]
    best = [Named(*pairs[i], _named(swept, rows[i], places)) for i in front(pairs, wish.better)]
    x, y = (_values(swept, wish, n, letter) for n, letter in zip(columns, "xy", strict=True))
    return Pareto(x, y, tuple(dict.fromkeys(pairs)), tuple(best), wish.better)


def front(pairs: Sequence[tuple[Number, Number]], better: tuple[str, str] = ("less", "less")) -> list[int]:
    """The places of the pairs than which no other is as good in both and better in one, in order of the first number.

    Of equal pairs the first is taken."""
    a, b = (1 if word == "less" else -1 for word in better)
    order = sorted(range(len(pairs)), key=lambda i: (a * pairs[i][0], b * pairs[i][1]))
    best: list[int] = []
    for i in order:
        if not best or b * pairs[i][1] < b * pairs[best[-1]][1]:
            best.append(i)
    return sorted(best, key=lambda i: pairs[i][0])


def telling(many: int, most: int) -> list[int]:
    """The points of a front to name, the most important first: its ends, then those halfway between others."""
    order = dict.fromkeys((0, many - 1))
    step = many
    while step > 1 and len(order) < most:
        step = (step + 1) // 2
        order |= dict.fromkeys(range(step, many, step))
    return list(order)[:most]
