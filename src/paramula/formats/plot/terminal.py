"""A chart as text of a terminal's width: lines and points by plotext, heat maps by shades. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import floor
from typing import Any

from ...errors import NetError, printable
from ...questions.sweep import Swept
from ..text import grouped
from .axis import Axis, Number, apart, ends, every, marks, name, place, said
from .chart import Curves, Heat, Pareto, chart, telling
from .wish import Wish

NARROW, LOW = 32, 10  # columns and lines that a picture has at least
COLOURS = (12, 208, 10, 13, 14, 11, 9)  # of the 256 of a terminal: blue, orange, green, magenta, cyan, yellow, red
GREY = 245
SHADES = "░▒▓█"
SCALE = (53, 60, 24, 30, 36, 77, 148, 226)  # dark to light, as near to viridis as the 256 colours come
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def in_terminal(swept: Swept, wish: Wish, width: int, height: int, colour: bool = True) -> str:
    """The picture as lines no wider than `width`; panels share the height as far as they can be read.

    Without `colour` there are no control codes. Raises NetError where there is no such picture, or no plotext."""
    width, height = max(width, NARROW), max(height, LOW)
    shown = chart(swept, wish)
    lines = [_cut(wish.title, width).center(width)] if wish.title else []
    match shown:
        case Curves():
            lines += _curves(shown, width, height, colour)
        case Heat():
            lines += _heat(shown, width, height, colour)
        case Pareto():
            lines += _pareto(shown, width, height, colour)
    return "\n".join(line if colour else line.rstrip() for line in lines)


def _cut(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else text[: width - 1] + "…"


# Curves and fronts, by plotext


def _plotext() -> Any:
    try:
        import plotext
    except ImportError:
        raise NetError("pictures in the terminal need plotext", hint='pip install "paramula[plot]"') from None
    return plotext


def _canvas(x: Axis, y: Axis, width: int, height: int) -> Any:
    """An empty plot with numbered axes. It is our own, not the one on which the user of plotext draws."""
    plotext = _plotext()
    plot = type(plotext.figure)(type(plotext.terminal)().limit(False, False))
    plot.theme("colorless")
    plot.plot_size(width, height)
    plot.title(_cut(y.text, width))
    for letter, of, room in (("x", x, width - 12), ("y", y, height - 5)):
        found = marks(of, room, letter == "x")
        ruler = plot.ruler(letter)
        ruler.lim(*ends(of))
        ruler.ticks([place(of, value) for value, _ in found], [text for _, text in found])
    return plot


def _draw(plot: Any, points: Iterable[tuple[float, float]], symbol: str, colour: int, joined: bool) -> None:
    plotext = _plotext()
    xs, ys = zip(*points, strict=True)
    plot.draw(plot.signal(list(xs), list(ys), marker=plotext.marker(symbol, plotext.pixel(colour))).lines(joined))


def _text(plot: Any, colour: bool) -> list[str]:
    return str(plot.build().string(not colour)).rstrip("\n").split("\n")


def _curves(shown: Curves, width: int, height: int, colour: bool) -> Iterator[str]:
    """The panels below each other. At the right stands each line's name, where the line ends."""
    plotext = _plotext()
    names = sum(bool(line.name) for line in shown.panels[0][1])
    high = max(LOW, height // len(shown.panels), names + 5)
    for n, (y, lines) in enumerate(shown.panels):
        last = n == len(shown.panels) - 1
        plot = _canvas(shown.x, y, width, high)
        if last:
            plot.label(_cut(shown.x.text, width), axis="x")
        named = []
        for k, line in enumerate(lines):
            colour_ = COLOURS[k % len(COLOURS)]
            points = [(place(shown.x, at), place(y, value)) for at, value in line.points]
            if points:
                _draw(plot, points, "braille", colour_, True)
            if points and line.name:
                named.append((points[-1][1], plotext.colorize(_cut(line.name, width // 3)).fill(colour_)))
        if named:
            low, top = ends(y)
            rows = high - 4 - last - 1  # of the lines: without the title, the frame, the numbers and the name of x
            up = apart([(at - low) / (top - low) * rows for at, _ in named], 1, rows)
            ruler = plot.ruler("y", "right")
            ruler.lim(low, top)
            ruler.ticks([low + floor(it + 1e-6) / rows * (top - low) for it in up], [text for _, text in named])
        yield from _text(plot, colour)


def _pareto(shown: Pareto, width: int, height: int, colour: bool) -> Iterator[str]:
    """All points, those of the front as letters, and below what each letter is."""
    told = sorted(telling(len(shown.front), min(height // 3, len(LETTERS))))
    plot = _canvas(shown.x, shown.y, width, max(LOW, height - len(told) - 2))
    plot.label(_cut(shown.x.text, width), axis="x")
    front = [(place(shown.x, it.x), place(shown.y, it.y)) for it in shown.front]
    _draw(plot, [(place(shown.x, x), place(shown.y, y)) for x, y in shown.points], "·", GREY, False)
    _draw(plot, front, "•", COLOURS[0], False)
    for letter, n in zip(LETTERS, told, strict=False):
        _draw(plot, [front[n]], letter, COLOURS[1], False)
    yield from _text(plot, colour)
    rows = [("", *(_cut(of.text, width // 3) for of in (shown.x, shown.y)))]
    rows += [(shown.front[n].name, _exact(shown.front[n].x), _exact(shown.front[n].y)) for n in told]
    wide = [max(len(row[n]) for row in rows) for n in range(3)]
    for letter, (at, x, y) in zip(" " + LETTERS, rows, strict=False):
        yield _cut(f"{letter}  {at:{wide[0]}}  {x:>{wide[1]}}  {y:>{wide[2]}}", width)
    if left := len(shown.front) - len(told):
        yield _cut(f"and {left:,} more", width)


def _exact(value: Number) -> str:
    """A value in full where it is short."""
    return grouped(value) if isinstance(value, int) and value.bit_length() < 64 else said(value)


# Heat maps


def _heat(shown: Heat, width: int, height: int, colour: bool) -> Iterator[str]:
    """The panels below each other: a line of cells for each value of y, and what the shades are.

    Where there are more values than lines or columns, every second, third, … is shown."""
    x_text, y_text = _cut(shown.x.text, 12), _cut(shown.y.text, 12)
    beside = max(len(y_text), *(len(name(value)) for value in shown.y.values))
    x = _thinned(shown.x, width - beside - len(x_text) - 4)
    y = _thinned(shown.y, max(LOW, height // len(shown.panels)) - 4)
    wide = min(6, (width - beside - len(x_text) - 4) // len(x.values))
    across = wide * len(x.values)
    below = [" "] * across
    for at, text in every(x, across, True):
        start = min(at * wide + max(0, wide - len(text)) // 2, max(0, across - len(text)))
        if not "".join(below[max(0, start - 1) :]).strip():
            below[start : start + len(text)] = text
    for of, cells in shown.panels:
        yield f"{y_text:>{beside}}   {_cut(of.text, width - beside - 3)}"
        for value in reversed(y.values):
            row = (_shade(of, cells.get((it, value)), colour, wide) for it in x.values)
            yield f"{name(value):>{beside}} │{''.join(row)}"
        yield f"{'':{beside}} └{'─' * across} {x_text}"
        yield f"{'':{beside}}  {''.join(below)}".rstrip()
        yield _key(of, colour)


def _thinned(of: Axis, most: int) -> Axis:
    return of._replace(values=of.values[:: -(-len(of.values) // most)])


def _shade(of: Axis, value: Number | None, colour: bool, wide: int) -> str:
    """A cell: darker, or of a lighter colour, the larger the value; empty where there is none."""
    if value is None:
        return " " * wide
    low, high = place(of, of.values[0]), place(of, of.values[-1])
    share = (place(of, value) - low) / (high - low) if high > low else 0.5
    shades = SCALE if colour else SHADES
    return _block(shades[min(int(share * len(shades)), len(shades) - 1)], wide)


def _block(shade: int | str, wide: int) -> str:
    return shade * wide if isinstance(shade, str) else f"\x1b[48;5;{shade}m{' ' * wide}\x1b[0m"


def _key(of: Axis, colour: bool) -> str:
    """The shades between the least and the greatest value."""
    shades = "".join(_block(shade, 1 if colour else 2) for shade in (SCALE if colour else SHADES))
    return f"{said(of.values[0])} {shades} {said(of.values[-1])}{' log' if of.log else ''}"
