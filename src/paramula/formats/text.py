"""A report as a table for a terminal, drawn by rich. Formulas in Unicode, or in ASCII that is our own language."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from io import StringIO
from shutil import get_terminal_size
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..algebra.forms import form
from ..algebra.spelling import apart, ascii_text, digits, nearest, unicode_text
from ..errors import NetError, printable
from ..questions.report import Entry, Report

ROWS = 200  # that a network shows of itself at a prompt; the command line shows them all
FOLDED = 24  # columns that a shape or a formula has at least, where the terminal is narrow
NARROW = 60  # columns, below which the shares are left out
CALL = 44  # characters of a call, beyond which the rest is left out


def size_text(value: Any, order: tuple[str, ...], ascii: bool = False) -> str:
    """A size, or a shape, as it is shown: 542,230   9·C·f + f   (⌈H/8⌉, 64)."""
    if isinstance(value, tuple):
        return f"({', '.join(size_text(v, order, ascii) for v in value)})"
    if isinstance(value, int):
        return grouped(value)
    if isinstance(value, NetError):
        return f"none: {value.message}"
    text = (ascii_text if ascii else unicode_text)(form(value, order))
    return f"{text} (about {decimal_text(value)})" if isinstance(value, Fraction) else text


def decimal_text(value: Fraction) -> str:
    """A fraction with three decimals, exactly rounded."""
    thousandths = nearest(abs(value.numerator) * 1000, value.denominator)
    sign = "-" if value < 0 else ""
    return f"{sign}{grouped(thousandths // 1000)}.{thousandths % 1000:03}"


def shape_text(value: Any, order: tuple[str, ...], ascii: bool = False) -> str:
    """A shape, its sizes without separators between digits, so that it can be typed again."""
    if isinstance(value, tuple):
        return f"({', '.join(shape_text(v, order, ascii) for v in value)})"
    return (ascii_text if ascii else unicode_text)(form(value, order))


def grouped(n: int) -> str:
    """A whole number with a comma between thousands."""
    return apart(digits(n))


def share_text(part: int, whole: int) -> str:
    """part/whole in per cent with one digit, exactly rounded."""
    tenths = nearest(1000 * part, whole)
    return f"{tenths // 10}.{tenths % 10} %"


def show(console: Console, report: Report, ascii: bool = False, rows: int | None = None) -> None:
    """Prints a report: the table, the totals, conditions, assumptions and conventions."""
    order = report.order
    shares = _shares(report) if console.width >= NARROW else None
    table = Table(box=box.ASCII if ascii else box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    if ascii:
        table.box = ASCII_HEAD
    rows_shown = [_cells(line, report, shares, ascii) for line in report.lines[:rows]]
    rows_shown[:0] = [[Text("input", style="dim"), Text(shape_text(s, order, ascii))] for s in report.inputs]
    names = [name for name in report.columns if name != "shape"]
    numbers = [_numbers(report, name) for name in names]
    heads = ["layer", "output", *names, *(["share"] if shares else [])]
    wide = [max([len(head), *(row[n].cell_len for row in rows_shown if n < len(row))]) for n, head in enumerate(heads)]
    fixed = [n > 1 and (n - 2 >= len(names) or numbers[n - 2]) for n in range(len(heads))]  # what is never folded
    others = sum(w if fixed[n] else min(w, FOLDED) for n, w in enumerate(wide) if n) + 3 * (len(wide) - 1)
    table.add_column(
        "layer", overflow="crop" if ascii else "ellipsis", no_wrap=True, max_width=max(12, console.width - others)
    )
    table.add_column("output", overflow="fold")
    for name, plain_numbers in zip(names, numbers, strict=True):
        table.add_column(name, justify="right" if plain_numbers else "left", overflow="fold", no_wrap=plain_numbers)
    if shares:
        table.add_column("share", justify="right", no_wrap=True)
    for row in rows_shown:
        table.add_row(*row)
    console.print(table)
    if rows is not None and len(report.lines) > rows:
        console.print(
            Text(f"… {len(report.lines) - rows:,} more rows".replace("…", "..." if ascii else "…"), style="dim")
        )
    console.print()
    _totals(console, report, ascii)


def _numbers(report: Report, name: str) -> bool:
    at = report.columns.index(name)
    return all(isinstance(line.values[at], (int, Fraction, type(None))) for line in report.lines)


def _shares(report: Report) -> Callable[[Entry], str] | None:
    """How much of all parameters each row has, where they are a column of numbers."""
    whole = report.totals.get("params")
    if "params" not in report.columns or not isinstance(whole, int) or whole <= 0 or not _numbers(report, "params"):
        return None
    at = report.columns.index("params")
    return lambda line: share_text(line.values[at], whole) if line.values[at] else ""


def _cells(line: Entry, report: Report, shares: Callable[[Entry], str] | None, ascii: bool) -> list[Text]:
    bullet, times = ("- ", "x") if ascii else ("· ", "×")
    call = line.call if len(line.call) <= CALL else line.call[: CALL - 1] + ("..." if ascii else "…")
    name = Text(
        "  " * line.level + (bullet if line.branch else "") + printable(call), style="bold" if line.group else ""
    )
    if line.note:
        name.append(f"  {printable(line.note).replace('…', '...') if ascii else printable(line.note)}", style="cyan")
    if line.times != 1:
        count = form(line.times, report.order)
        name.append(f"  {times}{(ascii_text if ascii else unicode_text)(count, 1)}", style="cyan")
    if line.shared:
        name.append("  shared", style="cyan")
    cells = [name, Text(shape_text(line.shape, report.order, ascii))]
    for column, value in zip(report.columns, line.values, strict=True):
        if column != "shape":
            text = "" if value is None else size_text(value, report.order, ascii)
            cells.append(Text(text, style="dim" if line.group or value == 0 else ""))
    if shares:
        cells.append(Text(shares(line), style="dim"))
    return cells


def _totals(console: Console, report: Report, ascii: bool) -> None:
    def listed(head: str, items: list[str], style: str = "") -> None:
        grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for i, item in enumerate(items):
            grid.add_row(Text(head if i == 0 else "", style="bold"), Text(printable(item), style=style))
        console.print(grid)

    names = list(report.totals)
    wide = max(map(len, [*names, "conditions", "conventions"]))
    for name in names:
        ends = zip((">= ", "<= ") if ascii else ("≥ ", "≤ "), report.ends.get(name, ()), strict=False)
        said = [sign + size_text(end, report.order, ascii) for sign, end in ends]
        listed(name.ljust(wide), [size_text(report.totals[name], report.order, ascii), *said])
    if report.conditions:
        listed("conditions".ljust(wide), list(report.conditions))
    if report.assumptions:
        listed("assumed".ljust(wide), [plain(a) if ascii else a for a in report.assumptions])
    counted = [f"{name}: {text}" for name, text in report.conventions.items()]
    listed("conventions".ljust(wide), [plain(a) if ascii else a for a in counted], "dim")


_ASCII = str.maketrans(
    {
        "·": "*",
        "−": "-",
        "–": "-",
        "⌊": "floor(",
        "⌋": ")",
        "⌈": "ceil(",
        "⌉": ")",
        "…": "...",
        "×": "x",
        "²": "^2",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
    }
)


def plain(text: str) -> str:
    """A text of ours in ASCII."""
    return text.translate(_ASCII)


ASCII_HEAD = box.Box(
    "    \n"
    "    \n"
    " -- \n"
    "    \n"
    "    \n"
    " -- \n"
    "    \n"
    "    \n",
    ascii=True,
)  # fmt: skip


def table(report: Report, width: int | None = None, ascii: bool = False, rows: int | None = ROWS) -> str:
    """A report as a string, as wide as the terminal."""
    out = StringIO()
    console = Console(
        file=out, width=width or get_terminal_size().columns, color_system=None, highlight=False, force_jupyter=False
    )
    show(console, report, ascii, rows)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n"))
