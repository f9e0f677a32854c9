"""What is shown of a network: rows, totals, conditions and conventions. Pure data; the renderers give it a face."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from ..algebra.poly import Size
from ..algebra.substitution import symbols
from ..errors import NetError
from ..layers.words import QUANTITIES
from ..measures import quantities
from ..measures.traced import Nest, Op, Repeat, Row

if TYPE_CHECKING:
    from ..engine.model import Model

COLUMNS = ("params",)
TOTALS = ("params", "macs")


class Entry(NamedTuple):
    """A row of the report. `values` has an entry for each column; `times` says how many such copies there are."""

    path: str
    call: str
    level: int
    group: bool
    branch: bool  # the first row of a branch of a join
    times: Size
    shared: bool
    shape: Any
    values: tuple[Any, ...]
    note: str = ""  # the values of the index, where the copies of a repeat differ by it
    at: int | None = None  # which of the traced rows it is; None for copies that differ from others


class Report(NamedTuple):
    """A network, ready to be rendered."""

    text: str
    order: tuple[str, ...]
    inputs: tuple[Any, ...]
    columns: tuple[str, ...]
    lines: tuple[Entry, ...]
    totals: dict[str, Any]  # a NetError where a quantity has no answer
    ends: dict[str, tuple[Size, Size]]  # closed formulas below and above a total that stays an explicit sum
    conditions: tuple[str, ...]
    assumptions: tuple[str, ...]
    conventions: dict[str, str]


def report(net: Model, columns: Sequence[str] = COLUMNS, depth: int | None = None) -> Report:
    """The report of a network with a column for each quantity; groups deeper than `depth` are closed."""
    wanted = tuple(dict.fromkeys(columns))
    totals = {name: total(net, name) for name in dict.fromkeys([*wanted, *(TOTALS if wanted == COLUMNS else ())])}
    if wanted == COLUMNS and (state := net.quantity("state")) != 0:
        totals["state"] = state
    return Report(
        net.text,
        tuple(net.order),
        tuple(x.shape for x in net.traced.inputs),
        wanted,
        tuple(lines(net.traced.rows, wanted, depth)),
        totals,
        {name: ends for name in totals if (ends := _ends(net, name)) is not None},
        tuple(map(str, net.conditions)),
        net.assumptions,
        {name: QUANTITIES[name].convention for name in totals},
    )


def total(net: Model, name: str) -> Any:
    try:
        return net.quantity(name)
    except NetError as error:
        return error


def _ends(net: Model, name: str) -> tuple[Size, Size] | None:
    try:
        return net.ends(name)
    except NetError:
        return None


def lines(rows: list[Row], columns: tuple[str, ...], depth: int | None, start: int = 0) -> list[Entry]:
    """The rows in reading order, from the one at `start` on, equal copies of a repeat shown once and counted."""
    out: list[Entry] = []
    _walk(rows, start, len(rows), columns, depth, 0, out)
    return out


def _walk(
    rows: list[Row], start: int, end: int, columns: tuple[str, ...], depth: int | None, level: int, out: list[Entry]
) -> None:
    i = start
    while i < end:
        row = rows[i]
        after = row.end if row.group else i + 1
        closed = depth is not None and level >= depth
        out.append(_line(rows, i, after, columns, level, row.group and not closed))
        if row.group and closed and row.kind in ("repeat", "list") and row.parts:
            out[-1] = out[-1]._replace(times=_times(rows, row))
        if row.group and not closed:
            if row.kind in ("repeat", "list") and row.parts:
                _copies(rows, row, columns, depth, level + 1, out)
            else:
                first = len(out)
                _walk(rows, i + 1, after, columns, depth, level + 1, out)
                _mark_branches(rows, row, i, out, first)
        i = after


def _mark_branches(rows: list[Row], row: Row, at: int, out: list[Entry], first: int) -> None:
    if len(row.parts) < 2:
        return
    begins = {rows[p].path for p, _ in row.parts if p < row.end}
    for n in range(first, len(out)):
        if out[n].path in begins and out[n].level == out[first].level:
            out[n] = out[n]._replace(branch=True)


def _times(rows: list[Row], row: Row) -> Size:
    """How many equal copies a repeat is; 1 where they differ."""
    spans = list(pairwise([*(p for p, _ in row.parts), row.end]))
    if any(_kind(rows, row, a, b) != _kind(rows, row, *spans[0]) for a, b in spans):
        return 1
    loop = _loop(rows, row, *spans[0])
    return len(spans) if loop is None else loop.count


def _copies(
    rows: list[Row], row: Row, columns: tuple[str, ...], depth: int | None, level: int, out: list[Entry]
) -> None:
    """The copies of a repeat: equal ones that follow each other once, those for an index as one."""
    bounds = [*(p for p, _ in row.parts), row.end]
    spans = list(pairwise(bounds))
    kinds = [_kind(rows, row, a, b) for a, b in spans]
    i = 0
    while i < len(spans):
        n = 1
        while i + n < len(spans) and kinds[i + n] == kinds[i]:
            n += 1
        a, b = spans[i]
        loop = _loop(rows, row, a, b)
        times: Size = n if loop is None else loop.count
        if n == len(spans):
            note = row.parts[i][1] if loop is not None and _varies(loop) else ""
            out[-1] = out[-1]._replace(times=times, note=note)
            _walk(rows, a, b, columns, depth, level, out)
        elif a < b:
            label = row.parts[i][1] or (f"copy {i + 1}" if n == 1 else f"copies {i + 1} to {i + n}")
            ops: list[Op] = (
                [_levels(loop)] if loop else _once([op for r in rows[a : spans[i + n - 1][1]] for op in r.ops])
            )
            values = tuple(_value(ops, c, loops=row.loops) for c in columns)
            path = f"{row.path}.{i + 1}"
            shape = row.shape if loop else [r for r in rows[a:b] if r.level == rows[a].level][-1].shape
            out.append(Entry(path, label, level, True, False, times, False, shape, values))
            if depth is None or level < depth:
                _walk(rows, a, b, columns, depth, level + 1, out)
        i += n


def _kind(rows: list[Row], row: Row, a: int, b: int) -> Any:
    """What makes copies equal: what is written and what comes of it."""
    return _loop(rows, row, a, b), tuple(
        (r.written, r.shape, tuple((op.kind, op.facts.weights, op.facts.work) for op in r.ops)) for r in rows[a:b]
    )


def _varies(loop: Repeat) -> bool:
    """Whether the copies of a symbolic repetition differ by their index."""
    sizes = [v for op in loop.body for v in (*op.facts.shape, quantities.each(op, "params"))]
    return any(loop.index in symbols(size) for size in sizes)


def _loop(rows: list[Row], row: Row, a: int, b: int) -> Repeat | None:
    """The symbolic repetition that a copy stands for."""
    return rows[a].loops[len(row.loops)] if a < b and len(rows[a].loops) > len(row.loops) else None


def _line(rows: list[Row], i: int, after: int, columns: tuple[str, ...], level: int, group: bool) -> Entry:
    row = rows[i]
    ops = _once([op for r in rows[i:after] if r.loops == row.loops for op in r.ops])
    values = tuple(row.shape if c == "shape" else _value(ops, c, row.group, row.loops) for c in columns)
    shared = row.shared or _counted_before(ops)
    return Entry(row.path, row.call, level, group, False, 1, shared, row.shape, values, at=i)


def _once(ops: list[Op]) -> list[Op]:
    """Operations less those in the base of nested levels, which count as part of these."""
    bases = {id(inner) for op in ops if isinstance(op, Nest) for inner in op.base}
    return [op for op in ops if id(op) not in bases]


def _levels(loop: Repeat) -> Repeat:
    """A symbolic repetition without what stands inside all its levels, which has rows of its own."""
    if not isinstance(loop, Nest):
        return loop
    levels = copy(loop)
    levels.base = []
    return levels


def _counted_before(ops: list[Op]) -> bool:
    """Whether all weights of some operations were counted before, and there are any."""
    inner = [op for it in ops for op in (it.body if isinstance(it, Repeat) else [it])]
    owners = [op for op in inner if op.facts.weights]
    return bool(owners) and all(op.copies == 0 for op in owners)


def _value(ops: list[Op], column: str, group: bool = True, loops: tuple[Repeat, ...] = ()) -> Any:
    """A quantity of some rows in one copy of repetitions; None where only a whole network has one, or (for depth) only
    a layer."""
    if column in quantities.ADDITIVE:
        return quantities.summed(ops, column) * quantities.runs(column, loops)
    return sum(map(quantities.own_depth, ops)) if column == "depth" and not group else None
