"""What is drawn of a network: layers, joins, groups and towers as a tree, read off its rows. Knows no places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeAlias

from ...algebra.poly import Size
from ...algebra.substitution import symbols
from ...engine.model import Model
from ...measures.labels import Called
from ...measures.traced import BESIDE, Nest, Op, Row, Tensor
from .words import Field, Said, Wording, layer_kind, wording

DEEP = 40  # groups within groups that are looked into

SIGNS = {"add": "+", "residual": "+", "concat": "‖", "mul": "×", "fork": ""}


@dataclass(frozen=True, eq=False)
class Leaf:
    """A box: a layer, or what stands for several."""

    words: Wording
    kind: str
    shape: Any
    gives: tuple[int, ...] = ()  # the tensors that come out of it
    looks: tuple[int, ...] = ()  # tensors from elsewhere that it looks at
    shared: bool = False
    times: Size = 1
    loose: bool = False  # an activation or a norm, which may stand in the box of its neighbour
    brief: Said = ()  # its name there
    inside: int = 0  # what tells closed parts apart


@dataclass(frozen=True, eq=False)
class Branch:
    """One of the ways to a join; `source` is where it begins if not at what comes in."""

    body: tuple[Node, ...]
    source: int = 0


@dataclass(frozen=True, eq=False)
class Join:
    sign: str
    branches: tuple[Branch, ...]
    shape: Any
    gives: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Group:
    """A part with a name, or a part that is repeated; `level` is that of its row."""

    title: str
    body: tuple[Node, ...]
    shape: Any
    level: int = 0
    times: Size = 1
    note: str = ""
    shared: bool = False
    steady: bool = True  # the shapes inside are those of every copy
    gives: tuple[int, ...] = ()  # what comes out of its end


Node: TypeAlias = Leaf | Join | Group


@dataclass(frozen=True, eq=False)
class Tower:
    """A chain with an input of its own: the network itself, or one that it looks at."""

    name: str
    body: tuple[Node, ...]
    takes: Any  # the shape that comes in; None where it has only towers before it
    entry: int  # the tensor that comes in
    exit: int
    asides: tuple[Group, ...] = ()  # what is drawn beside it


@dataclass
class _Reader:
    net: Model
    asides: list[Group] = field(default_factory=list)  # what stands inside all levels of a nest, or is looked at

    @property
    def rows(self) -> list[Row]:
        return self.net.traced.rows

    def span(self, a: int, b: int, x: Tensor | None, deep: int) -> tuple[list[Node], Tensor | None]:
        out: list[Node] = []
        i = a
        while i < b:
            row = self.rows[i]
            after = row.end if row.group else i + 1
            nodes, x = self.row(i, after, x, deep)
            out += nodes
            i = after
        return out, x

    def row(self, i: int, end: int, x: Tensor | None, deep: int) -> tuple[list[Node], Tensor | None]:
        row = self.rows[i]
        if not row.group:
            return ([self.leaf(row)] if row.ops else []), (row.ops[-1].out if row.ops else x)
        if row.kind in SIGNS and row.kind != "fork" and row.ops:
            join = self.join(row, i, end, x, deep)
            return [join], row.ops[-1].out
        if row.kind == "fork":
            return [self.join(row, i, end, x, deep)], None
        if row.kind == "moe":
            return self.experts(row, i, end, x, deep)
        if row.kind == BESIDE:
            head = self.begins(i + 1, end, row)
            body, out = self.span(i + 1, end, head, deep + 1)
            if head is not None and body and isinstance(first := body[0], Leaf):  # a label, from where it stands
                body[0] = replace(first, looks=(id(head), *first.looks))
            self.asides.append(
                Group("looked at", tuple(body), row.shape, row.level, gives=() if out is None else (id(out),))
            )
            return [], x
        if row.kind in ("repeat", "list") and row.parts:
            return self.copies(row, end, x, deep)
        if deep > DEEP:
            last = next((r.ops[-1].out for r in reversed(self.rows[i:end]) if r.ops and r.loops == row.loops), x)
            return [Leaf(Wording((row.kind, " …")), "block", row.shape)], last
        body, out = self.span(i + 1, end, x, deep + 1)
        title = "" if row.kind in ("list", "repeat", "shared") else row.kind
        gives = () if out is None else (id(out),)
        return [Group(title, tuple(body), row.shape, row.level, shared=row.shared, gives=gives)], out

    def leaf(self, row: Row) -> Leaf:
        op, *rest = row.ops
        called = self.called(op)
        after = tuple(wording(it, self.called(it), brief=True) for it in rest)
        kind = layer_kind(op, called)
        return Leaf(
            Wording(wording(op, called, False), (), after),
            kind,
            row.shape,
            tuple(id(it.out) for it in row.ops),
            tuple(map(id, op.inputs[1:])) if called and any(p.kind == "Tensor" for p in called.layer.params) else (),
            bool(op.facts.weights) and op.copies == 0,
            loose=kind in ("activation", "norm") and not rest,
            brief=wording(op, called, brief=True),
        )

    def called(self, op: Op) -> Called | None:
        return op.call

    def join(self, row: Row, i: int, end: int, x: Tensor | None, deep: int) -> Join:
        bounds = [*(p for p, _ in row.parts), end]
        inputs = row.ops[-1].inputs if row.ops else ()
        branches = []
        for n, (a, b) in enumerate(pairwise(bounds)):
            if a == b:
                tensor = inputs[n] if n < len(inputs) else x
                branches.append(Branch((), 0 if tensor is x or tensor is None else id(tensor)))
                continue
            begins = self.begins(a, b, row)
            apart = begins is not None and x is not None and begins is not x
            apart = apart or (x is None and begins is not None)
            body, _ = self.span(a, b, begins if apart else x, deep + 1)
            branches.append(Branch(tuple(body), id(begins) if apart else 0))
        return Join(SIGNS[row.kind], tuple(branches), row.shape, tuple(id(op.out) for op in row.ops))

    def begins(self, a: int, b: int, around: Row) -> Tensor | None:
        """What comes into the first layer of a branch."""
        for row in self.rows[a:b]:
            if len(row.loops) > len(around.loops):
                loop = row.loops[len(around.loops)]
                return loop.inputs[0] if loop.inputs else None
            if not row.group and row.ops:
                return row.ops[0].inputs[0]
            if row.kind == "moe" and row.ops:
                return row.ops[0].inputs[0]
        return None

    def experts(self, row: Row, i: int, end: int, x: Tensor | None, deep: int) -> tuple[list[Node], Tensor | None]:
        """A router, and one expert for all."""
        body, _ = self.span(i + 1, end, row.ops[0].inputs[0], deep + 1)
        size = row.ops[0].facts.shape[-1]
        active = next((op.active for r in self.rows[i + 1 : end] for op in r.ops), 1)
        told = (", ", Field("active", "", active), " of ", Field("n", "", size)) if row.ops[0].active == 1 else ()
        router = Leaf(Wording(("router", *told)), "dense", None)
        expert = Group("expert", tuple(body), row.shape, row.level, size, gives=(id(row.ops[-1].out),))
        return [router, expert], row.ops[-1].out

    def copies(self, row: Row, end: int, x: Tensor | None, deep: int) -> tuple[list[Node], Tensor | None]:
        """The copies of a repeat in a chain; those that are equal are put together later."""
        out: list[Node] = []
        for (a, note), b in zip(row.parts, [*(p for p, _ in row.parts[1:]), end], strict=True):
            loop = self.rows[a].loops[len(row.loops)] if a < b and len(self.rows[a].loops) > len(row.loops) else None
            if loop is not None:
                body, _ = self.span(a, b, loop.entry, deep + 1)
                if isinstance(loop, Nest):
                    body = _with_hole(body, id(loop.hole_out), self.rows, a, b)
                steady = not any(loop.index in symbols(s) for r in self.rows[a:b] for s in _flat(r.shape))
                shape = loop.facts.shape
                out.append(
                    Group("", tuple(body), shape, row.level, loop.count, note, steady=steady, gives=(id(loop.out),))
                )
                x = loop.out
            elif note == "inside":
                body, _ = self.span(a, b, x, deep + 1)
                self.asides.append(Group("innermost level", tuple(body), row.shape, row.level))
            else:
                body, x = self.span(a, b, x, deep + 1)
                out += body
        gives = () if x is None else (id(x),)
        return [Group("", tuple(out), row.shape, row.level, gives=gives)], x


def _flat(shape: Any) -> list[Any]:
    return [s for part in shape for s in _flat(part)] if isinstance(shape, tuple) else [shape]


def _with_hole(body: list[Node], hole: int, rows: Sequence[Row], a: int, b: int) -> list[Node]:
    """A level with a box in the place where the next one stands: before what takes what comes out of it."""
    takes = {id(op.out) for row in rows[a:b] for op in row.ops if any(id(t) == hole for t in op.inputs)}
    box = Leaf(Wording(("next or innermost level",)), "block", None)

    def put(nodes: Sequence[Node]) -> tuple[list[Node], bool]:
        out: list[Node] = []
        done = False
        for node in nodes:
            if isinstance(node, Leaf) and not done and takes & set(node.gives):
                out += [box, node]
                done = True
            elif isinstance(node, Group) and not done:
                inner, done = put(node.body)
                out.append(replace(node, body=tuple(inner)) if done else node)
            elif isinstance(node, Join) and not done:
                branches = []
                for branch in node.branches:
                    inner, here = put(branch.body) if not done else (list(branch.body), False)
                    done = done or here
                    branches.append(Branch(tuple(inner), branch.source) if here else branch)
                if not done and takes & set(node.gives):  # the hole stands at the end of a branch
                    at = next((k for k, it in enumerate(branches) if it.source == hole), None)
                    if at is not None:
                        branches[at] = Branch((box,))
                        done = True
                out.append(Join(node.sign, tuple(branches), node.shape, node.gives) if done else node)
            else:
                out.append(node)
        return out, done

    return put(body)[0]


def towers(net: Model) -> list[Tower]:
    """The chains of a network, each with an input of its own; the last is the network's own."""
    reader = _Reader(net)
    rows, traced = net.traced.rows, net.traced
    tops: list[tuple[int, int]] = []
    i = 0
    while i < len(rows):
        after = rows[i].end if rows[i].group else i + 1
        tops.append((i, after))
        i = after
    apart = [(a, b) for a, b in tops if rows[a].group and rows[a].written == f"{rows[a].kind}:"]
    out: list[Tower] = []
    for a, b in apart:
        entry = _entry(rows[a:b], traced.inputs)
        body, exit_ = reader.span(a + 1, b, entry, 1)
        exit_ = exit_ or entry
        out.append(Tower(rows[a].kind, tuple(body), entry and entry.shape, id(entry), id(exit_)))
    own = [span for span in tops if span not in apart]
    entry = _entry([row for a, b in own for row in rows[a:b]], traced.inputs)
    if entry is None and not own and traced.inputs and not out:
        entry = traced.inputs[0]
    x = entry
    main: list[Node] = []
    for a, b in own:
        nodes, x = reader.span(a, b, x, 0)
        main += nodes
    if own or not out:
        out.append(Tower("", tuple(main), entry and entry.shape, id(entry), id(x), tuple(reader.asides)))
    return out


def _entry(rows: Sequence[Row], inputs: Sequence[Tensor]) -> Tensor | None:
    """The input of the network that some rows take."""
    known = {id(t) for t in inputs}
    taken: dict[int, Tensor] = {}
    for row in rows:
        for op in row.ops:
            for t in op.inputs:
                if id(t) in known:
                    taken.setdefault(id(t), t)
    return next(iter(taken.values()), None)
