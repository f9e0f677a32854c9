"""The table of the layers: a row for each, blocks that are repeated once, groups that say nothing left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ...algebra.poly import Size
from ...engine.model import Model
from ...layers.words import JOINS, reserved
from ...measures import quantities
from ...measures.traced import Op, Row
from ...questions.report import Entry, lines
from .grid import LAYER, OUTPUT, SHARE, Code, Grid, Line, columns, name_of, total

FULL = 40  # rows of a table, below which its groups are opened as deep as that leaves


def layers(net: Model, wanted: Sequence[str], depth: int | None = None) -> Grid:
    """A row for each layer with its numbers in place; equal copies of a repeat once. At the foot the totals."""
    asked = tuple(c for c in columns(wanted) if c.name != "shape")
    names = tuple(c.name for c in asked if c.name != SHARE)
    shares = any(c.name == SHARE for c in asked)
    whole = net.quantity("params") if shares else 0
    rows = net.traced.rows
    summed = (*names, *(("params",) if shares else ()))
    entries = lines(rows, summed, None, unwrapped(rows))
    parts = _tidy(_parts(entries, summed, rows, net))
    deepest = max((entry.level for entry in entries), default=0)
    if depth is None:  # as deep as leaves a table that fits a page
        depth = max((d for d in range(1, deepest + 1) if _count(parts, d) <= FULL), default=0)
    body = [Line((Code("input"), shape, *[None] * len(asked))) for shape in (t.shape for t in net.traced.inputs)]

    def write(part: _Part, level: int) -> None:
        values = dict(zip(names, part.values, strict=False))
        values[SHARE] = _share(part.values[-1], whole) if shares else None
        opened = bool(part.parts) and level < depth
        cells = (Code(part.label), part.shape, *(values[c.name] for c in asked))
        body.append(Line(cells, level, opened, part.times, part.note, part.branch))
        for inner in part.parts if opened else ():
            write(inner, level + 1)

    for part in parts:
        write(part, 0)
    totals = {c.name: total(net, c.name) for c in asked if c.name != SHARE} | {SHARE: _share(whole, whole)}
    foot = Line(("total", None, *(totals[c.name] for c in asked)))
    remarks = [COPIES] if any(line.times != 1 for line in body) else []
    if any(line.group for line in body) and set(names) <= set(quantities.ADDITIVE) - {"outputs"}:  # joins give out, too
        remarks.append(SUMS)
    heads = (LAYER, OUTPUT, *asked)
    return Grid(
        "layers", (name_of(net),), heads, tuple(body), (foot,), {name_of(net): net}, tuple(remarks), tuple(net.order)
    )


COPIES = "A row with ×n is n copies together."
SUMS = "A row with others indented below it is their sum, over all its copies, shared weights once."


class _Part(NamedTuple):
    """A layer or a group of the table, with what stands inside it.

    `kind` is a traced row's; `copy` for one of a repeat whose copies differ, `layer` for a layer."""

    kind: str
    label: str
    shape: Any
    values: tuple[Any, ...]
    times: Size
    note: str
    branch: bool
    parts: list[Any]


def _parts(entries: Sequence[Entry], names: Sequence[str], rows: list[Row], net: Model) -> list[_Part]:
    """The rows of a report as a tree."""
    found: list[_Part] = []
    around = [found]
    for entry in entries:
        row = None if entry.at is None else rows[entry.at]
        if row is not None and row.kind in REPEATS and row.end == (entry.at or 0) + 1:
            continue  # no copy at all
        kind = "copy" if row is None else row.kind if row.group else "layer"
        label = entry.call if row is None else row_name(row, net)
        ends = [said for _, said in row.parts] if row is not None and row.kind == "list" and entry.times != 1 else []
        span = f"{ends[0]} … {ends[-1]}" if len(ends) > 1 and ends[0] else ""  # equal copies, for different values
        note = ", ".join(word for word in (entry.note or span, "shared" if entry.shared else "") if word)
        part = _Part(kind, label, entry.shape, entry.values, entry.times, note, entry.branch, [])
        del around[entry.level + 1 :]
        around[-1].append(part)
        around.append(part.parts)
        if row is not None and row.kind == "moe":
            part.parts.extend(_routers(row, names))
    return found


def _routers(row: Row, names: Sequence[str]) -> list[_Part]:
    """The router of experts, which has no row of its own."""
    out = []
    for op in row.ops:
        if op.facts.weights:
            added = (
                quantities.summed([op], name, row.loops) if name in quantities.ADDITIVE else None for name in names
            )
            out.append(_Part("layer", op.kind, op.out.shape, tuple(added), 1, "", False, []))
    return out


def _own(op: Op, name: str, row: Row) -> Size | None:
    return quantities.summed([op], name, row.loops) if name in quantities.ADDITIVE else None


def row_name(row: Row, net: Model) -> str:
    """What a row is called: a layer's call with its numbers in place, a block's name, a join's word."""
    text = " ".join((row.written if row.group else row.label(net.order)).split())
    if row.group and row.kind not in REPEATS:
        words = re.findall(r"[^\W\d]\w*", text.partition("(")[2])
        plain = all(word == "x" or reserved(word) for word in words) and len(text) <= SHORT
        return text if plain and row.kind not in (*JOINS, "shared", "moe") else row.kind
    if " around " in text:
        return f"{text.strip('[').partition('(')[0]}, nested"
    found = COUNTED.fullmatch(text) if row.kind == "repeat" else None
    return found[1] or found[2] if found else text  # its count is said beside it


REPEATS = ("repeat", "list")
SHORT = 40  # characters of a block's call that is shown
COUNTED = re.compile(r"\((.*)\) ?\* ?(?:\w+|\([^()]*\))|(.*[^ ]) ?\* ?(?:\w+|\([^()]*\))")


def _tidy(parts: list[_Part]) -> list[_Part]:
    """The tree without groups that say nothing: those of a single thing, lists whose copies differ."""
    out: list[_Part] = []
    if sum(part.branch for part in parts) < 2:
        parts = [part._replace(branch=False) for part in parts]  # the others pass on what comes in
    for part in parts:
        inner = _tidy(part.parts)
        if part.kind == "list" and inner and all(it.kind == "copy" for it in inner):
            out += [it._replace(kind="block") for it in inner]
        elif part.kind == "repeat" and inner and all(it.kind == "copy" for it in inner):
            out.append(part._replace(kind="block", label=inner[0].label, times=_copies(inner), parts=[]))
        elif len(inner) == 1 and 1 in (part.times, inner[0].times):
            out.append(_merged(part, inner[0]))
        elif part.kind == "copy":
            label = " -> ".join(it.label for it in inner)
            out.append(part._replace(label=label, note=part.label, parts=inner))
        else:
            out.append(part._replace(parts=inner))
    return out


def _copies(parts: Sequence[_Part]) -> int:
    """How many copies the rows of a repeat are: `copies 2 to 5` are four."""
    words = parts[-1].note.split(",")[0].split()
    return int(words[-1]) if words and words[-1].isdecimal() else len(parts)


def _merged(part: _Part, only: _Part) -> _Part:
    """A group and the one thing in it as one row; a block has its own name, if what it holds is no layer."""
    copy = part.kind == "copy"
    notes = (part.label if copy else part.note, only.note)
    outer = (
        only.kind != "layer"
        and part.kind != "layer"
        and part.kind not in (*REPEATS, "copy", "shared")
        and part.kind not in JOINS
    )
    return part._replace(
        kind="copy" if copy else only.kind,
        label=part.label if outer else only.label,
        times=part.times * only.times,
        note=", ".join(dict.fromkeys(note for note in notes if note)),
        parts=only.parts,
    )


def _count(parts: Sequence[_Part], depth: int) -> int:
    """How many rows there are down to a depth."""
    return sum(1 + (_count(part.parts, depth - 1) if depth > 0 else 0) for part in parts)


def unwrapped(rows: list[Row]) -> int:
    """Where the rows begin without the groups that hold all of them, such as the one of the network's name."""
    start = 0
    while start + 1 < len(rows) and rows[start].end == len(rows) and not rows[start].parts and not rows[start].ops:
        start += 1
    return start


def _share(part: Any, whole: Any) -> Fraction | None:
    """How much a part is of the whole, where both are numbers."""
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    return Fraction(100 * part, whole)
