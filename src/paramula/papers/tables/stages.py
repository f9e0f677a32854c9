"""The table of the stages, as the MobileNet papers have it: what comes in, the operator, what it is given."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any, NamedTuple

from ...algebra.forms import form
from ...algebra.poly import Size
from ...algebra.spelling import ascii_text
from ...engine.model import Model
from ...errors import NetError
from ...layers.words import JOINS
from ...measures import quantities
from ...measures.traced import Op, Row, Traced
from .grid import INPUT, Code, Column, Grid, Line, name_of
from .layers import REPEATS, row_name, unwrapped

SPAN = " of all copies together"
QUIET = frozenset({"norms", "activations"})  # families without a row of their own among stages
PLAIN = {"dropout", "droppath", "id", "flatten"}  # nor these


class _Stage(NamedTuple):
    """A stage: what comes in, what it is, what it was given, channels and stride out, how many copies."""

    came: Any
    operator: str
    given: tuple[tuple[str, Any], ...]
    channels: Any
    stride: Any
    parts: tuple[Size, Size]  # parameters and MACs of one copy: stages that are called alike may differ
    times: Size


def stages(net: Model) -> Grid:
    """A row for each stage, as the MobileNet papers have it: input, operator, what it is given, channels, n, stride."""
    rows, found = net.traced.rows, list[_Stage]()
    ran = {id(op): n for n, op in enumerate(net.traced.ops)}
    for a, b, first, times, note in _staged(rows, unwrapped(rows), len(rows)):
        ops = sorted(
            (op for row in rows[a:b] for op in row.ops if id(op) in ran or row.loops), key=lambda op: ran.get(id(op), 0)
        )
        if not ops or all(_quiet(row, net) for row in rows[a:b] if not row.group):
            continue
        words = (word.partition("=") for word in note.split(", ") if word)
        values = tuple((name, _number(value)) for name, _, value in words)
        channels = _channels(ops[-1].out.shape)
        parts = quantities.summed(ops, "params", rows[a].loops), quantities.summed(ops, "macs", rows[a].loops)
        stage = _Stage(_came(ops), _operator(rows, a, first, net), values, channels, _stride(ops), parts, times)
        last = found[-1] if found else None
        if last and last._replace(times=1) == stage._replace(times=1) and stage.stride in (1, None):
            found[-1] = last._replace(times=last.times + times)
        else:
            found.append(stage)
    given = [dict(stage.given) for stage in found]
    table: dict[str, list[Any]] = {
        name: [its.get(name) for its in given] for name in dict.fromkeys(name for its in given for name in its)
    }
    remarks = []
    for name, word, own in (
        ("c", "channels", [stage.channels for stage in found]),
        ("n", "copies", [stage.times for stage in found]),
        ("s", "stride", [stage.stride for stage in found]),
    ):
        filled = [its.get(name, value) for its, value in zip(given, own, strict=True)]
        if name not in table and any(value not in (1, None) for value in own):
            table[name] = own
            remarks.append(f"{name}: {word}{SPAN if name == 's' else ''}")
        elif name in table and (name == "n" or filled == own):
            table[name] = filled
        elif name in table:  # that letter says something else
            table[word] = own
    cells = zip(*table.values(), strict=True) if table else [()] * len(found)
    body = [Line((stage.came, Code(stage.operator), *more)) for stage, more in zip(found, cells, strict=True)]
    heads = [INPUT, Column("operator", "operator"), *(Column(name, name) for name in table)]
    if not found:
        raise NetError("there is no layer that stages list", hint="norms, activations and dropout have no row")
    said = (", ".join(remarks) + ".", "Norms, activations and dropout have no row.")
    return Grid(
        "stages",
        (name_of(net),),
        tuple(heads),
        tuple(body),
        (),
        {name_of(net): net},
        said[not remarks :],
        tuple(net.order),
    )


def _number(text: str) -> Any:
    return int(text) if text.isdecimal() else Code(text)


def _staged(rows: list[Row], start: int, end: int) -> list[tuple[int, int, int, Size, str]]:
    """The rows of the highest level, lists as their copies: (from, to, to of the first, how many, for which values)."""
    out: list[tuple[int, int, int, Size, str]] = []
    at = start
    while at < end:
        row = rows[at]
        after = row.end if row.group else at + 1
        if row.kind in REPEATS and row.parts:
            bounds = [*(p for p, _ in row.parts), row.end]
            count = _count(rows, at)
            if row.kind == "repeat" or count != len(row.parts):
                inner = bounds[0]
                while rows[inner].kind == "repeat" and rows[inner].parts and rows[inner].end == bounds[1]:
                    count, inner = count * _count(rows, inner), rows[inner].parts[0][0]  # a repeat of a repeat
                ends = [p for p, _ in rows[inner - 1].parts] if inner != bounds[0] else bounds
                out.append((inner, after, ends[1] if len(ends) > 1 else after, count, ""))
            else:
                out += [(a, b, b, 1, note) for (a, b), (_, note) in zip(pairwise(bounds), row.parts, strict=True)]
        elif row.group and row.kind not in JOINS and _holds_stages(rows, at, after):
            out += _staged(rows, at + 1, after)
        else:
            out.append((at, after, after, 1, ""))
        at = after
    return out


def _count(rows: list[Row], at: int) -> Size:
    """How often a repeat, or a list, is written or runs for its index."""
    row = rows[at]
    loops = rows[row.parts[0][0]].loops[len(row.loops) :]
    return loops[0].count if loops else len(row.parts)


def _holds_stages(rows: list[Row], at: int, end: int) -> bool:
    """Whether a block is no stage itself: it holds repeats, or one other block that does."""
    inner = [n for n in range(at + 1, end) if rows[n].level == rows[at].level + 1]
    one = inner[0] if len(inner) == 1 and rows[inner[0]].group and rows[inner[0]].kind not in JOINS else None
    return any(rows[n].kind in REPEATS and rows[n].parts for n in inner) or (
        one is not None and _holds_stages(rows, one, rows[one].end)
    )


def _quiet(row: Row, net: Model) -> bool:
    """Whether a layer is one that stages do not list: a norm, an activation, dropout."""
    called = [op.call for op in row.ops]
    return all(
        it is not None and (it.layer.family in QUIET or it.layer.name in PLAIN or it.layer.plain) for it in called
    )


def _operator(rows: list[Row], a: int, b: int, net: Model) -> str:
    """What a stage is called: its only layer that matters, else the block's name, else its layers in a row."""
    loud = [row for row in rows[a:b] if not row.group and row.ops and not _quiet(row, net)]
    joins = any(row.group and row.ops for row in rows[a:b])
    if len(loud) == 1 and not joins:
        return loud[0].label(net.order)
    return _described(rows, a, b, net)


def _described(rows: list[Row], a: int, b: int, net: Model) -> str:
    """Rows of one level as a chain: layers with their numbers, blocks by their names, repeats with their counts."""
    said: list[str] = []
    at = a
    while at < b and rows[at].level >= rows[a].level:
        row = rows[at]
        after = row.end if row.group else at + 1
        if row.kind in REPEATS and row.parts:
            inner = _described(rows, row.parts[0][0], row.parts[1][0] if len(row.parts) > 1 else row.end, net)
            count = ascii_text(form(_count(rows, at), net.order), 1)
            said.append(f"({inner})*{count}" if "->" in inner else f"{inner}*{count}")
        elif (row.group and row.end > at + 1) or (not row.group and not _quiet(row, net)):
            said.append(row_name(row, net))
        at = after
    return " -> ".join(text for text, _ in groupby(said))


def _came(ops: list[Op]) -> Any:
    """What comes into operations that follow each other."""
    own = {op.out for op in ops}
    return next((t.shape for op in ops for t in op.inputs if t not in own), None)


def _channels(shape: Any) -> Any:
    return shape[-1] if shape and not isinstance(shape[-1], tuple) else None


def _stride(ops: list[Op]) -> Any:
    """The stride of operations as a whole; None where there is none, or not the same along every axis."""
    traced = Traced()
    own = {op.out for op in ops}
    traced.inputs = list({t: None for op in ops for t in op.inputs if t not in own})
    traced.ops, traced.out = ops, ops[-1].out
    if len(traced.inputs) != 1 or len(traced.out.shape) < 2:
        return None
    try:
        strides = {size for _, size in quantities.view(traced)}
    except (NetError, KeyError):
        return None
    return strides.pop() if len(strides) == 1 else None
