"""A chart as a figure of matplotlib, in the type and the width of a paper, and as PNG, SVG and PDF.

Never pyplot: nothing here needs a display, or changes what the user has set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.files import write
from ...errors import NetError, path_of, printable
from ...questions.sweep import Swept
from ..latex.words import POINTS
from .axis import Axis, Number, apart, ends, every, marks, place
from .chart import Curves, Heat, Line, Pareto, chart, telling
from .style import COLOURS, DASHES, LIGHT, MARKS, PALE, QUIET, SMALL, TEXT, styled
from .wish import Wish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCH = POINTS["in"]
LETTER = 0.58  # of the size of the print, that a letter is wide on average
LOW = 90.0  # points that a panel is high at least
LEAST = 2.3  # inches of a panel that stands beside another
MAX_NAMES = 40  # of points of a front


def figure(swept: Swept, wish: Wish) -> Figure:
    """The picture as a figure of matplotlib, that takes more axes and words; raises NetError where there is none."""
    shown = chart(swept, wish)
    with styled():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows, across = _grid(shown, wish)
        fig = Figure((wish.width / INCH, _height(shown, wish, rows, across) / INCH), layout="constrained")
        FigureCanvasAgg(fig)
        if wish.title:
            fig.suptitle(_folded(wish.title, wish.width - 12), fontsize=TEXT)
        match shown:
            case Curves():
                _curves(fig, shown, rows, across, wish)
            case Heat():
                _heat(fig, shown, rows, across)
            case Pareto():
                _pareto(fig, shown)
        return fig


def saved(swept: Swept, path: str | Path, wish: Wish) -> None:
    """Writes the picture to a file, as its suffix says: .png, .svg or .pdf; raises NetError where that cannot be."""
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in _UNDATED:
        raise NetError(f"'{path}' is no picture's name", hint="a picture ends in .png, .svg or .pdf")
    write(path, _bytes(swept, wish, form))


# What the formats would say of themselves: no date and no version, so that the same picture is the same file.
_UNDATED: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def _bytes(swept: Swept, wish: Wish, form: str) -> bytes:
    fig = figure(swept, wish)
    out = BytesIO()
    with styled():
        fig.savefig(out, format=form, metadata={"Title": wish.title or printable(swept.said), **_UNDATED[form]})
    return out.getvalue()


@dataclass(frozen=True, repr=False)
class Plot:
    """A picture of a sweep, which a notebook shows."""

    swept: Swept
    wish: Wish

    def figure(self) -> Figure:
        return figure(self.swept, self.wish)

    def save(self, path: str | Path) -> None:
        saved(self.swept, path_of(path), self.wish)

    def svg(self) -> str:
        return _bytes(self.swept, self.wish, "svg").decode("utf-8")

    def __repr__(self) -> str:
        return f"<plot of {printable(self.swept.said)}>"

    def _repr_svg_(self) -> str:
        return self.svg()


# Sizes


def _grid(shown: Curves | Heat | Pareto, wish: Wish) -> tuple[int, int]:
    """The panels: how many rows, and how many in each."""
    many = 1 if isinstance(shown, Pareto) else len(shown.panels)
    rows = -(-many // max(1, int(wish.width / INCH / LEAST)))
    return rows, -(-many // rows)


def _height(shown: Curves | Heat | Pareto, wish: Wish, rows: int, across: int) -> float:
    """The height in points: panels of a pleasant shape, lower ones where they stand on each other."""
    if wish.height is not None:
        if wish.height < LOW * rows:
            hint = f"give {LOW * rows:.0f}pt at least, a larger width, or fewer columns"
            raise NetError(f"{rows} panels above each other do not fit into that height", hint=hint)
        return wish.height
    share = 0.72 if isinstance(shown, Pareto) else 0.64 if rows == 1 else 0.5
    each = min(max(share * wish.width / across, 1.6 * INCH), 3 * INCH)
    return rows * each + (14 if rows > 1 else 0) + (12 if wish.title else 0)


def _room(fig: Figure, rows: int, across: int) -> tuple[float, float]:
    """About how wide and how high a panel is in points, without what is written beside it."""
    wide, high = fig.get_size_inches() * INCH
    return wide / across - 48, high / rows - (30 if rows == 1 else 12)


def _folded(text: str, room: float) -> str:
    """A text in lines no longer than the room, three at most."""
    from textwrap import wrap

    letters = max(8, int(room / (TEXT * LETTER)))
    lines = wrap(printable(text), letters) or [""]
    return "\n".join([*lines[:2], lines[2][: letters - 1] + "…"] if len(lines) > 3 else lines)


# Axes


def _at(of: Axis, value: Number) -> float:
    """Where a number stands for matplotlib: the number itself, or its logarithm where no float is so large."""
    return place(of, value) if of.far else float(value)


def _numbered(ax: Axes, letter: str, of: Axis, room: float) -> None:
    """An axis with its scale, its ends and its numbers."""
    from matplotlib.ticker import NullFormatter, NullLocator

    native = of.log and not of.far
    low, high = (10**end for end in ends(of)) if native else ends(of)
    ax.set(**{f"{letter}scale": "log" if native else "linear", f"{letter}lim": (low, high)})
    found = marks(of, room / (SMALL * (LETTER if letter == "x" else 1.2)), letter == "x")
    side = ax.xaxis if letter == "x" else ax.yaxis
    side.set_ticks([_at(of, value) for value, _ in found], [text for _, text in found])
    side.set_minor_formatter(NullFormatter())
    if of.symbol or not native:
        side.set_minor_locator(NullLocator())


def _panels(fig: Figure, rows: int, across: int, many: int, sharey: bool = False) -> list[Axes]:
    """Axes for the panels; places without one stay empty, and what stands above them has numbers."""
    cells = [ax for row in fig.subplots(rows, across, squeeze=False, sharex=True, sharey=sharey) for ax in row]
    for n, ax in enumerate(cells):
        ax.xaxis.set_tick_params(labelbottom=n + across >= many)
    for ax in cells[many:]:
        ax.remove()
    return cells[:many]


# Curves


def _curves(fig: Figure, shown: Curves, rows: int, across: int, wish: Wish) -> None:
    """Lines with their names at their ends, or above the panels where there is no room: the figure grows by them."""
    panels = _panels(fig, rows, across, len(shown.panels))
    wide, high = _room(fig, rows, across)
    names = [line.name for line in shown.panels[0][1]]
    longest = max(map(len, names)) * SMALL * LETTER
    beside = len(names) > 1 and longest <= 0.3 * wide and len(names) * SMALL * 1.3 <= 0.9 * high
    few = max(len(line.points) for _, lines in shown.panels for line in lines) <= wide / 7
    for n, (ax, (y, lines)) in enumerate(zip(panels, shown.panels, strict=True)):
        _numbered(ax, "x", shown.x, wide - (longest if beside else 0))
        _numbered(ax, "y", y, high)
        for k, line in enumerate(lines):
            _line(ax, shown.x, y, line, k, few)
        ax.grid(axis="y", color=PALE, linewidth=0.5)
        ax.set_axisbelow(True)
        ax.set_ylabel(_folded(y.text, high))
        if n + across >= len(panels):
            ax.set_xlabel(_folded(shown.x.text, wide))
    if len(names) > 1 and not beside:
        ncols = max(1, min(int(fig.get_figwidth() * INCH / (longest + 34)), len(names)))
        fig.legend(
            panels[0].get_lines(), [_folded(it, wide) for it in names], loc="outside upper center", frameon=False,
            ncols=ncols, handlelength=2.6, columnspacing=1.2, borderaxespad=0.2,
            title=fig.get_suptitle() or None, title_fontsize=TEXT,
        )  # fmt: skip
        fig.suptitle("")  # would stand in the legend
        if wish.height is None:
            fig.set_figheight(fig.get_figheight() + -(-len(names) // ncols) * SMALL * 1.5 / INCH)
    named = [
        (ax, _beside(ax, shown.x, y, lines)) for ax, (y, lines) in zip(panels, shown.panels, strict=True) if beside
    ]
    _settled(fig)
    for ax, notes in named:
        tall, half = ax.get_window_extent().height * 72 / fig.dpi, SMALL / 2
        ups = [ax.transAxes.inverted().transform(ax.transData.transform(note.xy))[1] * tall - half for note in notes]
        for note, up in zip(notes, apart(ups, SMALL * 1.25, tall - SMALL), strict=True):
            note.set_position((note.get_position()[0], (up + half) / tall))


def _line(ax: Axes, x: Axis, y: Axis, line: Line, k: int, few: bool) -> None:
    """A line with a mark at each point where there are few, else with dashes."""
    ax.plot(
        [_at(x, at) for at, _ in line.points],
        [_at(y, value) for _, value in line.points],
        color=COLOURS[k % len(COLOURS)],
        marker=MARKS[k % len(MARKS)] if few else "",
        linestyle="solid" if few else DASHES[k % len(DASHES)],
        label=line.name,
        clip_on=False,  # a mark at zero is whole
    )


def _beside(ax: Axes, x: Axis, y: Axis, lines: Sequence[Line]) -> list[Any]:
    """The names of lines to the right of their ends."""
    notes = []
    for k, line in enumerate(lines):
        if line.points:
            at, value = line.points[-1]
            where = (_at(x, at), _at(y, value))
            up = ax.transAxes.inverted().transform(ax.transData.transform(where))[1]
            notes.append(ax.annotate(
                line.name, where, (1.03, up), textcoords="axes fraction", fontsize=SMALL, va="center",
                arrowprops={"arrowstyle": "-", "color": COLOURS[k % len(COLOURS)], "linewidth": 0.6, "shrinkA": 0,
                            "shrinkB": 2, "relpos": (0, 0.5)},
            ))  # fmt: skip
    return notes


def _settled(fig: Figure) -> None:
    """Lays the figure out once and for all: what is placed from here on does not move the rest."""
    fig.align_ylabels()
    fig.draw_without_rendering()
    fig.set_layout_engine("none")


# Heat maps


def _heat(fig: Figure, shown: Heat, rows: int, across: int) -> None:
    import numpy as np
    from matplotlib.colors import LogNorm, Normalize

    panels = _panels(fig, rows, across, len(shown.panels), sharey=True)
    wide, high = _room(fig, rows, across)
    for n, (ax, (of, cells)) in enumerate(zip(panels, shown.panels, strict=True)):
        numbers = [[cells.get((x, y)) for x in shown.x.values] for y in shown.y.values]
        grid: Any = np.ma.masked_invalid([[np.nan if v is None else _at(of, v) for v in row] for row in numbers])
        least, most = of.values[0], of.values[-1]
        norm = (LogNorm if of.log and not of.far else Normalize)(_at(of, least), _at(of, most))
        mesh = ax.pcolormesh(
            grid, norm=norm, cmap="viridis", edgecolors="face", linewidth=0.1, rasterized=grid.size > 5000
        )
        ax.patch.set(hatch="////", edgecolor=QUIET, facecolor=PALE)  # where there is no value
        for letter, side in (("x", shown.x), ("y", shown.y)):
            room = (wide - 30) / (SMALL * LETTER) if letter == "x" else high / (SMALL * 1.2)
            cells_named = every(side, room, letter == "x")
            numbered = ax.xaxis if letter == "x" else ax.yaxis
            numbered.set_ticks([at + 0.5 for at, _ in cells_named], [text for _, text in cells_named])
        ax.tick_params(length=0)
        ax.set_title(_folded(of.text, wide), loc="left", pad=3)
        ax.spines[:].set_visible(False)
        if n + across >= len(panels):
            ax.set_xlabel(_folded(shown.x.text, wide))
        if n % across == 0:
            ax.set_ylabel(_folded(shown.y.text, high))
        bar = fig.colorbar(mesh, ax=ax, pad=0.02, aspect=18)
        bar.outline.set_visible(False)
        found = [(v, text) for v, text in marks(of, high / (SMALL * 1.2), False) if least <= v <= most]
        bar.set_ticks([_at(of, v) for v, _ in found], labels=[text for _, text in found])
        bar.minorticks_off()
    _settled(fig)


# Pareto fronts


def _pareto(fig: Figure, shown: Pareto) -> None:
    ax = fig.subplots()
    wide, high = _room(fig, 1, 1)
    _numbered(ax, "x", shown.x, wide)
    _numbered(ax, "y", shown.y, high)
    every_x, every_y = zip(*((_at(shown.x, x), _at(shown.y, y)) for x, y in shown.points), strict=True)
    many = len(every_x)
    ax.scatter(every_x, every_y, s=9 if many < 500 else 4, color=LIGHT, linewidths=0, rasterized=many > 2000)
    # The front as a staircase: what can be had for at most, or with at least, so much of the first.
    best = [(_at(shown.x, it.x), _at(shown.y, it.y)) for it in shown.front]
    ax.plot(
        *zip(*best, strict=True), color=COLOURS[0], marker="o", linewidth=1, gid="front",
        drawstyle="steps-post" if shown.better[0] == "less" else "steps-pre",
    )  # fmt: skip
    ax.grid(color=PALE, linewidth=0.5)
    ax.set_axisbelow(True)
    told = "more" in shown.better
    x, y = (
        f"{of.text} ({word} is better)" if told else of.text
        for of, word in zip((shown.x, shown.y), shown.better, strict=True)
    )
    ax.set(xlabel=_folded(x, wide), ylabel=_folded(y, high))
    _settled(fig)
    light = ax.transData.transform(list(zip(every_x, every_y, strict=True)))
    taken = _drawn(ax, best, shown.better)
    for rank, n in enumerate(telling(len(best), MAX_NAMES)):
        # The ends of the front are named even where that covers points that are on no front.
        if not _name(ax, shown.front[n].name, best[n], shown.better, taken, light) and rank < 2:
            _name(ax, shown.front[n].name, best[n], shown.better, taken, light[:0])


def _name(ax: Axes, text: str, at: tuple[float, float], better: tuple[str, str], taken: list[Any], light: Any) -> bool:
    """Names a point of the front where there is room: on the better side first, where there are no points."""
    from matplotlib.patheffects import withStroke

    a, b = (-1 if word == "less" else 1 for word in better)
    frame = ax.get_window_extent()
    for right, up in ((a, b), (a, 0), (0, b), (-a, b), (a, -b), (-a, 0), (-a, -b)):
        note = ax.annotate(
            text, at, (right * 4, up * 4), textcoords="offset points", fontsize=SMALL,
            ha=("right", "center", "left")[right + 1], va=("top", "center", "bottom")[up + 1],
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )  # fmt: skip
        box = note.get_window_extent()
        inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        over = ((light > (box.x0, box.y0)) & (light < (box.x1, box.y1))).all(axis=1).any()
        if inside and not over and not any(box.overlaps(other) for other in taken):
            taken.append(box)
            return True
        note.remove()
    return False


def _drawn(ax: Axes, best: Sequence[tuple[float, float]], better: tuple[str, str]) -> list[Any]:
    """The places on the screen that the front takes: its points, and the steps between them."""
    from matplotlib.transforms import Bbox

    points = [tuple(point) for point in ax.transData.transform(best)]
    corners = [(x, v) if better[0] == "more" else (u, y) for (x, y), (u, v) in pairwise(points)]
    turns = [it for pair in zip(points, corners, strict=False) for it in pair] + points[-1:]
    marks = [Bbox([[x - 3, y - 3], [x + 3, y + 3]]) for x, y in points]
    return marks + [Bbox([[x - 1, y - 1], [u + 1, v + 1]]) for (x, y), (u, v) in pairwise(turns)]
