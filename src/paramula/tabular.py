"""The tables of a paper: layers, stages, networks side by side, families, kinds of layers. Data; knows no format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from . import quantities
from .algebra.poly import Size
from .errors import NetError, did_you_mean
from .explain import lettered
from .labels import Watched, row_label, watched
from .language import tree
from .network import Network
from .report import Entry, lines
from .traced import Op, Repeat, Row, Traced
from .words import JOINS, QUANTITIES, UNITS

HEADS = {
    "params": "parameters", "macs": "MACs", "flops": "FLOPs", "receptive_field": "receptive field",
    "active_params": "active parameters", "shape": "output", "trainable": "trainable parameters",
}  # fmt: skip
FULL = 40  # rows of a table, below which its groups are opened as deep as that leaves
QUIET = frozenset({"norms", "activations"})  # families without a row of their own among stages
PLAIN = {"dropout", "droppath", "id", "flatten"}  # nor these
SHARE = "share"
KINDS = ("layers", "stages", "comparison", "family", "complexity")


class Code(str):
    """A text in our own language: a call, a network."""

    __slots__ = ()


class Column(NamedTuple):
    """A column: the word for it, its head, the unit in which numbers stand and their decimals (None: as they are)."""

    name: str
    head: str
    unit: str = ""
    decimals: int | None = None


class Line(NamedTuple):
    """A row: words, code, sizes, shapes, or None where there is nothing to say.

    A `group` has the rows below it of the next `level`. Its numbers are those of `times` copies, for the values of the
    `note`; it may be the first of a `branch`."""

    cells: tuple[Any, ...]
    level: int = 0
    group: bool = False
    times: Size = 1
    note: str = ""
    branch: bool = False


class Grid(NamedTuple):
    """A table: what it is of, columns, rows, the rows below the last line, what must be said with it.

    A remark is a sentence, or what a formula is of and the formula."""

    kind: str
    of: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    foot: tuple[Line, ...]
    nets: tuple[Network, ...]
    remarks: tuple[str | tuple[str, Any], ...]
    order: tuple[str, ...]


def column(text: str) -> Column:
    """A column as it is asked for, NAME:UNIT:DECIMALS: params, params:M, macs:G:2, share::0; NetError for none such."""
    name, unit, decimals, *more = [*text.split(":"), "", ""][: max(3, text.count(":") + 1)]
    if name not in (*QUANTITIES, SHARE):
        known = (*QUANTITIES, SHARE)
        raise NetError(
            f"there is no column '{name}'", hint=did_you_mean(name, known) or f"there are {', '.join(known)}"
        )
    if more or (unit and unit not in UNITS) or not (decimals == "" or (decimals.isdecimal() and len(decimals) < 3)):
        hint = f"write {name}, {name}:M or {name}:M:2; the units are {', '.join(UNITS)}"
        raise NetError(f"'{text}' is no column", hint=hint)
    digits = int(decimals) if decimals else (1 if unit or name == SHARE else None)
    return Column(name, HEADS.get(name, name.replace("_", " ")), "%" if name == SHARE else unit, digits)


def columns(wanted: Sequence[str]) -> tuple[Column, ...]:
    return tuple(column(text) for text in dict.fromkeys(wanted))


LAYER, OUTPUT, INPUT = Column("layer", "layer"), Column("output", "output"), Column("input", "input")


def decimal(value: Any, column: Column) -> str | None:
    """A number in a column's unit with its decimals, exactly rounded (halves away from 0), without separators.

    None for a formula; NetError where a formula stands in a column with a unit."""
    if not isinstance(value, (int, Fraction)):
        if column.unit and column.unit != "%":
            raise NetError(
                f"{column.name} is a formula here, and {column.unit} is a unit of numbers",
                hint=f"write {column.name} without a unit, or put numbers in place with at",
            )
        return None
    places = column.decimals
    if places is None:
        if isinstance(value, Fraction) and value.denominator != 1:
            return None
        places = 0
    scaled = Fraction(value) / UNITS.get(column.unit, 1) * 10**places
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    text = str(whole).zfill(places + 1)
    sign = "-" if value < 0 and whole else ""
    return sign + (f"{text[:-places]}.{text[-places:]}" if places else text)


def layers(net: Network, wanted: Sequence[str] = ("params", "macs"), depth: int | None = None) -> Grid:
    """A row for each layer with its numbers in place; equal copies of a repeat once. At the foot the totals."""
    asked = tuple(c for c in columns(wanted) if c.name != "shape")
    names = tuple(c.name for c in asked if c.name != SHARE)
    shares = any(c.name == SHARE for c in asked)
    whole = net.quantity("params") if shares else 0
    seen = watched(net)
    rows = seen.traced.rows
    summed = (*names, *(("params",) if shares else ()))
    entries = lines(rows, summed, None, unwrapped(rows))
    parts = _tidy(_parts(entries, summed, rows, seen))
    deepest = max((entry.level for entry in entries), default=0)
    if depth is None:  # as deep as leaves a table that fits a page
        depth = max((d for d in range(1, deepest + 1) if _count(parts, d) <= FULL), default=0)
    body = [Line((Code("input"), shape, *[None] * len(asked))) for shape in (t.shape for t in seen.traced.inputs)]

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
    totals = {c.name: _total(net, c.name) for c in asked if c.name != SHARE} | {SHARE: _share(whole, whole)}
    foot = Line(("total", None, *(totals[c.name] for c in asked)))
    remarks = [COPIES] if any(line.times != 1 for line in body) else []
    remarks += [SUMS] if any(line.group for line in body) else []
    heads = (LAYER, OUTPUT, *asked)
    return Grid("layers", (name_of(net),), heads, tuple(body), (foot,), (net,), tuple(remarks), seen.order)


COPIES = "A row with ×n is n copies together."
SUMS = "A bold row is the sum of the rows indented below it, over all its copies, shared weights once."


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


def _parts(entries: Sequence[Entry], names: Sequence[str], rows: list[Row], seen: Watched) -> list[_Part]:
    """The rows of a report as a tree."""
    found: list[_Part] = []
    around = [found]
    for entry in entries:
        row = None if entry.at is None else rows[entry.at]
        kind = "copy" if row is None else row.kind if row.group else "layer"
        label = entry.call if row is None else _name(row, seen)
        note = ", ".join(word for word in (entry.note, "shared" if entry.shared else "") if word)
        part = _Part(kind, label, entry.shape, entry.values, entry.times, note, entry.branch, [])
        del around[entry.level + 1 :]
        around[-1].append(part)
        around.append(part.parts)
        if row is not None and row.group and row.kind == "moe":  # its router has no row of its own
            for op in row.ops:
                if op.facts.weights:
                    own = tuple(quantities.summed([op], name, row.loops) for name in names)
                    part.parts.append(_Part("layer", op.kind, op.out.shape, own, 1, "", False, []))
    return found


def _name(row: Row, seen: Watched) -> str:
    """What a row is called: a layer's call with its numbers in place, a block's name, a join's word."""
    return row.kind if row.group and row.kind not in REPEATS else " ".join(row_label(row, seen).split())


REPEATS = ("repeat", "list")


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


def _total(net: Network, name: str) -> Any:
    try:
        return net.quantity(name)
    except NetError:
        return None


def name_of(net: Network) -> str:
    """A network's name where it has one, else its text; short enough for a caption."""
    statements = net.program.root.statements
    last = statements[-1] if statements else None
    text = tree.text(last.body if isinstance(last, tree.Line) else last) if last is not None else ""
    if isinstance(last, tree.Define):
        text = last.name
    if net.given:
        shown = ", ".join(f"{name}={value}" for name, value in net.given.items() if isinstance(value, int))
        text += f" at {shown}" if shown else ""
    return text if len(text) <= 60 else "the network"


# Stages


class _Stage(NamedTuple):
    """A stage: what comes in, what it is, what it was given, channels and stride out, how many copies."""

    came: Any
    operator: str
    given: tuple[tuple[str, Any], ...]
    channels: Any
    stride: Any
    times: Size


def stages(net: Network) -> Grid:
    """A row for each stage, as the MobileNet papers have it: input, operator, what it is given, channels, n, stride."""
    seen = watched(net)
    rows, found = seen.traced.rows, list[_Stage]()
    ran = {id(op): n for n, op in enumerate(seen.traced.ops)}
    for a, b, times, note in _staged(rows, unwrapped(rows), len(rows)):
        ops = sorted(
            (op for row in rows[a:b] for op in row.ops if id(op) in ran or row.loops), key=lambda op: ran.get(id(op), 0)
        )
        if not ops or all(_quiet(row, seen) for row in rows[a:b] if not row.group):
            continue
        words = (word.partition("=") for word in note.split(", ") if word)
        values = tuple((name, _number(value)) for name, _, value in words)
        channels = _channels(ops[-1].out.shape)
        stage = _Stage(_came(ops), _operator(rows, a, b, seen), values, channels, _stride(ops), times)
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
            remarks.append(f"{name}: {word}")
        elif name in table and (name == "n" or filled == own):
            table[name] = filled
        elif name in table:  # that letter says something else
            table[word] = own
    cells = zip(*table.values(), strict=True) if table else [()] * len(found)
    body = [Line((stage.came, Code(stage.operator), *more)) for stage, more in zip(found, cells, strict=True)]
    heads = [INPUT, Column("operator", "operator"), *(Column(name, name) for name in table)]
    said = (", ".join(remarks) + ".", "Norms, activations and dropout have no row.")
    return Grid("stages", (name_of(net),), tuple(heads), tuple(body), (), (net,), said[not remarks :], seen.order)


def _number(text: str) -> Any:
    return int(text) if text.isdecimal() else Code(text)


def _staged(rows: list[Row], start: int, end: int) -> list[tuple[int, int, Size, str]]:
    """The rows of the highest level, lists as their copies: (from, to, how many, with which values)."""
    out: list[tuple[int, int, Size, str]] = []
    at = start
    while at < end:
        row = rows[at]
        after = row.end if row.group else at + 1
        if row.kind in REPEATS and row.parts:
            bounds = [*(p for p, _ in row.parts), row.end]
            loops = rows[bounds[0]].loops[len(row.loops) :] if bounds[0] < after else ()
            if row.kind == "repeat" or loops:
                out.append((bounds[0], after, loops[0].count if loops else len(row.parts), ""))
            else:
                out += [(a, b, 1, note) for (a, b), (_, note) in zip(pairwise(bounds), row.parts, strict=True)]
        elif row.group and row.kind not in JOINS and _holds_stages(rows, at, after):
            out += _staged(rows, at + 1, after)
        else:
            out.append((at, after, 1, ""))
        at = after
    return out


def _holds_stages(rows: list[Row], at: int, end: int) -> bool:
    """Whether a block is no stage itself: it holds repeats, or one other block that does."""
    inner = [n for n in range(at + 1, end) if rows[n].level == rows[at].level + 1]
    one = inner[0] if len(inner) == 1 and rows[inner[0]].group and rows[inner[0]].kind not in JOINS else None
    return any(rows[n].kind in REPEATS and rows[n].parts for n in inner) or (
        one is not None and _holds_stages(rows, one, rows[one].end)
    )


def _quiet(row: Row, seen: Watched) -> bool:
    """Whether a layer is one that stages do not list: a norm, an activation, dropout."""
    called = [seen.called.get(id(op.facts)) for op in row.ops]
    return all(
        it is not None and (it.layer.family in QUIET or it.layer.name in PLAIN or it.layer.plain) for it in called
    )


def _operator(rows: list[Row], a: int, b: int, seen: Watched) -> str:
    """What a stage is called: its only layer that matters, else the block's name, else its layers in a row."""
    loud = [row for row in rows[a:b] if not row.group and row.ops and not _quiet(row, seen)]
    joins = any(row.group and row.ops for row in rows[a:b])
    if len(loud) == 1 and not joins:
        return row_label(loud[0], seen)
    top = [n for n in range(a, b) if rows[n].level == rows[a].level and (rows[n].group or not _quiet(rows[n], seen))]
    named = (n + 1 if rows[n].kind in REPEATS and rows[n].parts else n for n in top)  # a repeat is called as its block
    return " -> ".join(dict.fromkeys(_name(rows[n], seen) for n in named))


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


# Networks side by side


def comparison(nets: Mapping[str, Network], wanted: Sequence[str] = ("params", "macs", "depth")) -> Grid:
    """A row for each network, a column for each quantity."""
    asked = columns(wanted)
    if any(c.name == SHARE for c in asked):
        raise NetError("a network has no share", hint="share is a column of the table of layers")
    order = _order(nets.values())
    body = [Line((Code(name), *(_total(net, c.name) for c in asked))) for name, net in nets.items()]
    head = Column("network", "network")
    return Grid("comparison", tuple(nets), (head, *asked), tuple(body), (), tuple(nets.values()), (), order)


def family(
    net: Network, values: Mapping[str, Sequence[int]], wanted: Sequence[str] = ("depth", "params", "macs")
) -> Grid:
    """A row for each value of a symbol, or of several side by side; the formulas are said with it."""
    asked = columns(wanted)
    names = list(values)
    lengths = {len(choices) for choices in values.values()}
    if not names or len(lengths) != 1 or lengths == {0}:
        raise NetError("a family is over values of symbols, as many of each", hint="write n=3,5,7 or d=256,512 h=4,8")
    body = []
    for numbers in zip(*values.values(), strict=True):
        one = net.given_values(dict(zip(names, numbers, strict=True)))
        body.append(Line((*numbers, *(_total(one, c.name) for c in asked))))
    formulas = tuple((c.head, value) for c in asked if (value := _total(net, c.name)) is not None)
    heads = (*(Column(name, name) for name in names), *asked)
    return Grid("family", (name_of(net),), heads, tuple(body), (), (net,), formulas, tuple(net.order))


# Kinds of layers


def complexity(nets: Mapping[str, Network]) -> Grid:
    """Layer type, parameters, operations and sequential steps in symbols: of networks, or of one network's layers."""
    heads = (
        Column("layer", "layer type"), Column("params", HEADS["params"]), Column("macs", HEADS["macs"]),
        Column("steps", "sequential steps"),
    )  # fmt: skip
    remark = (
        "Sequential steps: kernels that wait for each other; a recurrent layer waits at every place of its sequence."
    )
    if len(nets) > 1:
        body = [
            Line((Code(name), _total(net, "params"), _total(net, "macs"), quantities.steps(net.traced)))
            for name, net in nets.items()
        ]
        order = _order(nets.values())
        return Grid("complexity", tuple(nets), heads, tuple(body), (), tuple(nets.values()), (remark,), order)
    ((_, net),) = nets.items()
    seen = watched(net)
    found: dict[Any, Line] = {}
    letters: dict[str, None] = {}
    for op in _layers_of(seen.traced.ops):
        called = seen.called.get(id(op.facts))
        stated = None if called is None or not (op.facts.weights or op.facts.work) else lettered(called)
        if called is None or stated is None or called.layer.family in QUIET:
            continue
        facts, values = stated
        answers = quantities.answers(facts)
        general = Op(op.kind, op.path, facts, op.inputs)
        key = called.layer.name, str(answers["params"]), str(answers["macs"])
        letters |= dict.fromkeys(values)
        found.setdefault(
            key, Line((Code(called.layer.name), answers["params"], answers["macs"], quantities.own_steps(general)))
        )
    remarks = (
        remark,
        "h, w, t: places that come in; c, n: channels that come in; the other letters are the arguments.",
    )
    return Grid("complexity", (name_of(net),), heads, tuple(found.values()), (), (net,), remarks, tuple(letters))


def _layers_of(ops: Sequence[Op]) -> list[Op]:
    return [it for op in ops for it in (_layers_of(op.body) if isinstance(op, Repeat) else [op])]


def _order(nets: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for net in nets for name in net.order))


BUILDERS: dict[str, Callable[..., Grid]] = {
    "layers": layers, "stages": stages, "comparison": comparison, "family": family, "complexity": complexity,
}  # fmt: skip
