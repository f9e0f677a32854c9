"""A table as text, Markdown, HTML, CSV and JSON. Formulas are Unicode for people, our own language for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from html import escape
from io import StringIO
from typing import Any, NamedTuple, TypeVar

from ..algebra.forms import form
from ..algebra.spelling import apart, ascii_text, unicode_text
from ..engine.files import csv_cell
from ..errors import NetError, printable
from ..layers.words import QUANTITIES
from ..papers.tables.grid import Column, Grid, Line, decimal
from .html import said
from .json import plain
from .text import shape_text

Rows = list[list[str]]


class TableFormat(NamedTuple):
    """A format of tables: what writes a table in it, and how the name of a file in it ends."""

    write: Callable[[Grid], str]
    ending: str


FORMATS: dict[str, TableFormat] = {}
Writer = TypeVar("Writer", bound=Callable[[Grid], str])


def table_format(name: str, ending: str) -> Callable[[Writer], Writer]:
    """Registers a function that writes a table as a format: of `--format`, of files that end so, of `Table.NAME()`.

    The function is handed the table as data (`Grid`: columns, lines, remarks) and gives back a text; `cell`, `head` and
    `remarks` write their parts for people. Raises NetError where the name or the ending is taken."""
    if not name.isidentifier() or name in (*FORMATS, "latex") or ending in (it.ending for it in FORMATS.values()):
        raise NetError(f"there is a format '{name}' of tables, or of files that end in .{ending}, already")

    def register(write: Writer) -> Writer:
        FORMATS[name] = TableFormat(write, ending.lower())
        return write

    return register


def endings() -> dict[str, str]:
    """The formats by the end of a file's name."""
    return {it.ending: name for name, it in FORMATS.items()} | {"tex": "latex"}


def cell(value: Any, column: Column, order: Sequence[str]) -> str:
    """A cell as people read it: 25.6   9·C·f + f   (⌈H/8⌉, 64)."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, tuple):
        return shape_text(value, tuple(order))
    number = decimal(value, column)
    if number is None:
        return unicode_text(form(value, order))
    return apart(number)


def head(column: Column) -> str:
    return f"{column.head} ({column.unit})" if column.unit else column.head


def _name(line: Line, order: Sequence[str], indent: str = "  ") -> str:
    """The first cell: indented, how many copies, for which values."""
    text = indent * line.level + ("· " if line.branch else "") + cell(line.cells[0], Column("", ""), order)
    text += f" ×{unicode_text(form(line.times, order), 1)}" if line.times != 1 else ""
    return text + (f" ({line.note})" if line.note else "")


def _rows(grid: Grid, indent: str = "  ") -> Rows:
    return [
        [
            _name(line, grid.order, indent) if n == 0 else cell(value, column, grid.order)
            for n, (value, column) in enumerate(zip(line.cells, grid.columns, strict=True))
        ]
        for line in (*grid.lines, *grid.foot)
    ]


def remarks(grid: Grid) -> list[str]:
    """What must be said with a table."""
    several = len(grid.nets) > 1
    out = [
        f"{name + ': ' if several else ''}holds for {condition}"
        for name, net in grid.nets.items()
        for condition in net.conditions
    ]
    out += [f"assumed: {text}" for net in grid.nets.values() for text in net.assumptions]
    out += [
        remark if isinstance(remark, str) else f"{remark[0]} = {cell(remark[1], Column('', ''), grid.order)}"
        for remark in grid.remarks
    ]
    out += [
        f"{column.head}: {QUANTITIES[column.name].convention}" for column in grid.columns if column.name in QUANTITIES
    ]
    return list(dict.fromkeys(out))


def right(grid: Grid) -> list[bool]:
    """Which columns are numbers."""
    cells = [[line.cells[n] for line in (*grid.lines, *grid.foot)] for n in range(len(grid.columns))]
    return [all(not isinstance(it, (str, tuple)) for it in column) for column in cells]


@table_format("text", "txt")
def text(grid: Grid) -> str:
    """The table with aligned columns, and its remarks."""
    rows = [[head(column) for column in grid.columns], *_rows(grid)]
    wide = [max(len(row[n]) for row in rows) for n in range(len(grid.columns))]
    sides = right(grid)

    def line(row: Sequence[str]) -> str:
        cells = (x.rjust(w) if side else x.ljust(w) for x, w, side in zip(row, wide, sides, strict=True))
        return "  ".join(cells).rstrip()

    ruler = "─" * (sum(wide) + 2 * (len(wide) - 1))
    body = [line(row) for row in rows[1:]]
    if grid.foot:
        body.insert(len(grid.lines), ruler)
    return printable_lines([line(rows[0]), ruler, *body, "", *remarks(grid)])


def printable_lines(lines: Sequence[str]) -> str:
    return "\n".join(map(printable, lines))


@table_format("markdown", "md")
def markdown(grid: Grid) -> str:
    """The table in GitHub's Markdown, its remarks as a list."""
    sides = right(grid)
    rows = [[_marked(x) for x in row] for row in _rows(grid, "\u2003")]
    heads = [_marked(head(column)) for column in grid.columns]
    ruler = ["---:" if side else "---" for side in sides]
    lines = [f"| {' | '.join(row)} |" for row in (heads, ruler, *rows)]
    return "\n".join([*lines, "", *(f"- {_marked(remark)}" for remark in remarks(grid))])


def _marked(text: str) -> str:
    """A text with what Markdown and HTML take for their own escaped, in one line."""
    return " ".join(printable(text).split("\n")).translate(_MARKS)


_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]#~$"} | {c: f"&#{ord(c)};" for c in "<>|&"})


@table_format("html", "html")
def html(grid: Grid) -> str:
    """The table as HTML without a style of its own but where its numbers stand."""
    sides = right(grid)
    style = ' style="text-align:right"'

    def row(cells: Sequence[str], tag: str) -> str:
        inside = "".join(
            f"<{tag}{style if side else ''}>{said(x)}</{tag}>" for x, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{inside}</tr>"

    rows = _rows(grid, "\u2003")
    body, foot = rows[: len(grid.lines)], rows[len(grid.lines) :]
    below = f"<tfoot>{''.join(row(cells, 'td') for cells in foot)}</tfoot>" if foot else ""
    listed = "".join(f"<li>{escape(printable(remark))}</li>" for remark in remarks(grid))
    return "\n".join(
        [
            "<table>",
            f"<thead>{row([head(column) for column in grid.columns], 'th')}</thead>",
            "<tbody>",
            *(row(cells, "td") for cells in body),
            f"</tbody>{below}",
            "</table>",
            *([f"<ul>{listed}</ul>"] if listed else []),
        ]
    )


@table_format("csv", "csv")
def table_csv(grid: Grid) -> str:
    """The table for a spreadsheet: numbers without separators, formulas in the language, `level` and `times` first."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    nested = grid.kind == "layers"
    extra = ["level", "times", "note"] if nested else []
    units = (f"{column.name} ({column.unit})" if column.unit else column.name for column in grid.columns)
    writer.writerow(map(csv_cell, (*extra, *units)))
    for line in (*grid.lines, *grid.foot):
        own = [str(line.level), ascii_text(form(line.times, grid.order)), line.note] if nested else []
        row = [*own, *(_raw(v, c, grid.order) for v, c in zip(line.cells, grid.columns, strict=True))]
        writer.writerow(map(csv_cell, row))
    return out.getvalue().rstrip("\n")


def _raw(value: Any, column: Column, order: Sequence[str]) -> str:
    """A cell for a program."""
    if value is None or isinstance(value, str):
        return printable(value or "")
    if isinstance(value, tuple):
        return f"({', '.join(_raw(v, Column('', ''), order) for v in value)})"
    number = decimal(value, column)
    return ascii_text(form(value, order)) if number is None else number


@table_format("json", "json")
def table_json(grid: Grid) -> str:
    """The table as JSON: exact numbers whatever the units are, formulas in Python syntax."""
    rows = [
        {
            **{c.name: _json(v, grid.order) for c, v in zip(grid.columns, line.cells, strict=True) if v is not None},
            **_nesting(line, grid),
        }
        for line in (*grid.lines, *grid.foot)
    ]
    of = {"kind": grid.kind, "of": list(grid.of), "columns": [c.name for c in grid.columns]}
    return json.dumps({**of, "rows": rows, "remarks": remarks(grid)}, ensure_ascii=False, indent=2)


def _nesting(line: Line, grid: Grid) -> dict[str, Any]:
    """Where a layer's row stands, how many copies it is, and for which values."""
    if grid.kind != "layers":
        return {}
    return {"level": line.level, "times": plain(line.times, grid.order), "group": line.group, "note": line.note}


def _json(value: Any, order: tuple[str, ...]) -> Any:
    return value if isinstance(value, str) else plain(value, order)
