"""Tables with rules above, below and under the head, fitted to a width by smaller print and broken cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from ...algebra.forms import form
from ...algebra.latex import latex_lines
from ...algebra.measure import text_width
from ...algebra.poly import Poly
from ...algebra.spelling import Form, apart
from ...errors import NetError
from ...papers.tables.grid import UNNAMED, Code, Column, Grid, Line, decimal
from .formulas import note
from .words import ANY, EM, MARGIN, Style, code, code_lines, factor, words

# The sizes of print, from the metrics of cmr: how wide letters are against those of 10 pt, how wide scripts are in per
# cent of the letters, points from line to line.
SIZES = {
    "normalsize": (1.0, 80, 12.0), "small": (0.925, 80, 11.0), "footnotesize": (0.85, 87, 9.5),
    "scriptsize": (0.8, 87, 8.0), "tiny": (0.68, 100, 6.0),
}  # fmt: skip
GAP = 12.0  # points between columns, and how few they may be
NARROW = 4.0
LEAST = 500  # hundredths of an em that a column of a table has at least before it is broken


def table(grid: Grid, style: Style) -> str:
    """A table with rules above, below and under its head, no wider than the width; NetError where none can be."""
    env = style.env or "table"
    total = style.width
    grid = grid._replace(lines=_formed(grid.lines, grid), foot=_formed(grid.foot, grid))
    asked = [style.size] if style.size else ["normalsize", "small", "footnotesize"]
    for size, gap, breaking in [
        *((size, GAP, False) for size in asked), (asked[-1], GAP, True),
        *((size, NARROW, True) for size in (asked[-1], "scriptsize", "tiny")),
    ]:  # fmt: skip
        fitted = _fitted(
            grid,
            style._replace(script=SIZES[size][1]),
            int((MARGIN * total - gap * (len(grid.columns) - 1)) * EM / SIZES[size][0]),
            breaking,
        )
        if fitted is not None:
            return _framed(grid, style, env, size, gap, *fitted)
    raise NetError(
        f"no table of {len(grid.columns)} columns fits {total:.0f} pt",
        hint="ask for fewer columns, for units such as params:M, or for more width",
    )


def _formed(lines: Sequence[Line], grid: Grid) -> tuple[Line, ...]:
    """Lines with the forms of their formulas: these are looked for once, and written at many widths."""

    def formed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(formed, value))
        return form(value, grid.order) if isinstance(value, Poly) else value

    return tuple(line._replace(cells=tuple(map(formed, line.cells))) for line in lines)


def height(text: str) -> float:
    """About how high a table is, in points."""
    size = next((size for size in SIZES if f"\\{size}" in text.split(r"\toprule")[0]), "normalsize")
    rows = [line for line in text.split("\n") if line.endswith(r"\\")]
    return SIZES[size][2] * sum(1.6 if r"\frac" in row else 1.0 for row in rows)


Cells = list[list[list[str]]]  # rows, columns, lines


def _fitted(grid: Grid, style: Style, room: int, breaking: bool) -> tuple[Cells, Cells, Cells] | None:
    """Head, body and foot as LaTeX in lines that fit the room in ems; None where they do not."""
    limits = [ANY] * len(grid.columns)
    for _ in range(len(grid.columns) + 2 if breaking else 1):
        head = [[_head(column, limit, style) for column, limit in zip(grid.columns, limits, strict=True)]]
        body, foot = (
            [
                [
                    _cell(grid, style, line, n, column, limit)
                    for n, (column, limit) in enumerate(zip(grid.columns, limits, strict=True))
                ]
                for line in part
            ]
            for part in (grid.lines, grid.foot)
        )
        wide = [
            max((_wide(text, style) for row in (*head, *body, *foot) for text in row[n]), default=0)
            for n in range(len(grid.columns))
        ]
        if sum(wide) <= room:
            return head, body, foot
        limits = _caps(wide, room)
    return None


def _caps(wide: Sequence[int], room: int) -> list[int]:
    """How wide each column may be: what is narrow stays, the others share what is left."""
    left, open_ = room, sorted(range(len(wide)), key=lambda n: wide[n])
    caps = [0] * len(wide)
    for at, n in enumerate(open_):
        share = left // (len(open_) - at)
        caps[n] = wide[n] if wide[n] <= share else max(share - 10, LEAST)
        left -= caps[n]
    return caps


def _wide(text: str, style: Style) -> int:
    """How wide a cell is; siunitx parts the thousands of a bare number."""
    commas = (len(text.partition(".")[0]) - 1) // 3 if text.isdecimal() or text.replace(".", "").isdecimal() else 0
    return text_width(text, style.script) + 28 * commas


def _head(column: Column, limit: int, style: Style) -> list[str]:
    unit = column.unit and (r"\%" if column.unit == "%" else column.unit)
    said = [*words(column.head).split(" "), *([f"({unit})"] if unit else [])]
    return _wrapped(said, limit, style)


def _wrapped(pieces: Iterable[str], limit: int, style: Style) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and _wide(f"{lines[-1]} {piece}", style) <= limit:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


def _cell(grid: Grid, style: Style, line: Line, n: int, column: Column, limit: int) -> list[str]:
    """The lines of a cell."""
    value = line.cells[n]
    if value is None:
        return [""]
    if isinstance(value, Code):
        return _call(line, value, grid, style, limit) if n == 0 else _coded(value, limit, style)
    if isinstance(value, str):
        return _wrapped(words(value).split(" "), limit, style)
    if isinstance(value, tuple) and not isinstance(value, Form):
        return [f"${text}$" for text in latex_lines(value, grid.order, limit, style.notation)]
    digits = decimal(value, column)
    if digits is None:
        return [f"${text}$" for text in latex_lines(value, grid.order, limit, style.notation)]
    if style.siunitx:
        return [digits]
    text = apart(digits, style.thousands.replace("{,}", ","))
    if _wide(text, style) <= limit:
        return [text]
    lines: list[str] = []
    for group in re.findall(r"[^,]+,?", text):  # a line ends behind a comma
        if lines and _wide(lines[-1] + group, style) <= limit:
            lines[-1] += group
        else:
            lines.append(group)
    return lines


def _call(line: Line, value: str, grid: Grid, style: Style, limit: int) -> list[str]:
    """The first column: indented, blocks in bold, how many copies, for which values."""
    behind = [] if line.times == 1 else [rf"$\times {factor(line.times, grid.order, style)}$"]
    behind += words(f"({line.note})").split(" ") if line.note else []
    before = r"\quad " * line.level + (r"$\cdot$ " if line.branch else "")
    if not line.group:
        return _coded(value, limit, style, before, behind)
    room = limit - 100 * line.level - 100
    blocks = [rf"\textbf{{{words(piece)}}}" for part in value.split(" ") for piece in code_lines(part, room - 100)]
    lines = _wrapped([*blocks, *behind], room, style)
    return [before + lines[0], *(r"\quad " * (line.level + 1) + more for more in lines[1:])]


def _coded(value: str, limit: int, style: Style, before: str = "", behind: Sequence[str] = ()) -> list[str]:
    """Code in lines, with what stands before each and behind the last."""
    whole = " ".join([before + code(value), *behind])
    if _wide(whole, style) <= limit:
        return [whole]
    room = limit - _wide(before, style) - 100
    lines = [code(line) for line in code_lines(value, room)]
    lines[-1:] = _wrapped([lines[-1], *behind], room, style)
    return [before + (r"\quad " if n else "") + line for n, line in enumerate(lines)]


def _numbers(grid: Grid, n: int) -> bool:
    cells = [line.cells[n] for line in (*grid.lines, *grid.foot)]
    return all(isinstance(cell, (int, Fraction, type(None))) for cell in cells)


def _framed(grid: Grid, style: Style, env: str, size: str, gap: float, head: Cells, body: Cells, foot: Cells) -> str:
    """The table in its environment, with its caption and its note."""
    right = [_numbers(grid, n) for n in range(len(grid.columns))]
    spec = f"@{{}}{''.join(_spec(grid, n, style) if number else 'l' for n, number in enumerate(right))}@{{}}"
    braced = [style.siunitx and number for number in right]
    top = [r"\toprule", *_rows(head, braced, bottom=True), r"\midrule"]
    lines = [*_rows(body), *([r"\midrule", *_rows(foot)] if foot else [])]
    if env == "body":
        return "\n".join([f"% columns: {spec}", *top, *lines, r"\bottomrule"])
    print_ = [*([] if size == "normalsize" else [rf"\{size}"])]
    print_ += [] if gap == GAP else [rf"\setlength{{\tabcolsep}}{{{gap / 2:g}pt}}"]
    label = rf"\label{{{style.label}}}" if style.label else ""
    caption = rf"\caption{{{words(style.caption) if style.caption is not None else title(grid)}}}{label}"
    below = _below(grid, style) if style.note or (style.note is None and env != "tabular") else []
    if env == "longtable":
        inner = [rf"{caption}\\", *top, r"\endfirsthead", *top, r"\endhead", *lines, r"\bottomrule"]
        table_ = [r"\begingroup", *print_, rf"\begin{{longtable}}{{{spec}}}", *inner, r"\end{longtable}", r"\endgroup"]
        return "\n".join([*table_, *below])
    inner = [rf"\begin{{tabular}}{{{spec}}}", *top, *lines, r"\bottomrule", r"\end{tabular}"]
    inner += [r"\par\smallskip", *below] if below else []
    if env == "tabular":
        return "\n".join([r"\begingroup", *print_, *inner, r"\endgroup"] if print_ else inner)
    return "\n".join([rf"\begin{{{env}}}", r"\centering", caption, r"\smallskip", *print_, *inner, rf"\end{{{env}}}"])


def _rows(part: Cells, braced: Sequence[bool] = (), bottom: bool = False) -> list[str]:
    """Rows of cells as lines of a table; the lines of a cell begin at the row's top, or end at its bottom."""
    out = []
    for cells in part:
        deep = max(map(len, cells))
        padded = [[""] * (deep - len(cell)) + cell if bottom else cell + [""] * (deep - len(cell)) for cell in cells]
        for line in zip(*padded, strict=True):
            texts = [f"{{{text}}}" if braced and braced[n] else text for n, text in enumerate(line)]
            out.append(" & ".join(texts).rstrip() + r" \\")
    return out


def _below(grid: Grid, style: Style) -> list[str]:
    """The note below a table, as wide as the table may be."""
    said = note(grid.nets, (c.name for c in grid.columns), style, grid.remarks, grid.order)
    return (
        [rf"\noindent\begin{{minipage}}{{{style.width:g}pt}}\footnotesize\raggedright {said}\end{{minipage}}"]
        if said
        else []
    )


def _spec(grid: Grid, n: int, style: Style) -> str:
    """The column of numbers: to the right, or siunitx's with as many digits as there are."""
    if not style.siunitx:
        return "r"
    cells = [line.cells[n] for line in (*grid.lines, *grid.foot)]
    texts = [decimal(cell, grid.columns[n]) or "" for cell in cells if cell is not None]
    whole = max((len(text.partition(".")[0]) for text in texts), default=1)
    digits = f"{max(whole, 1)}.{grid.columns[n].decimals or 0}"
    return rf"S[table-format={digits}, group-separator={{,}}, group-minimum-digits=4]"


TITLES = {
    "layers": "Layers of {}", "stages": "Stages of {}", "comparison": "Comparison of {}", "family": "The family {}",
    "complexity": "Kinds of layers of {}", "sweep": "Values of {}",
}  # fmt: skip


def title(grid: Grid) -> str:
    """The caption of a table."""
    names = [code(name, broken=True) if name != UNNAMED else name for name in grid.of]
    if len(names) > 3:
        names = [*names[:2], f"{len(names) - 2} others"]
    said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return TITLES[grid.kind].format(said) + "."
