"""Networks that go down and come up again, as they are drawn: a U, with what is kept crossing over at each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..drawn import RING, Box, Line, Ring, Words
from .layout import Part, Setter, Thing, sign
from .plain import boxes
from .tree import Join, Leaf, Node
from .words import NAMES, shape_phrase

LEAST = 2  # levels of a U
SHALLOW = 2  # boxes in a way that is a branch, and no level
RISING = (NAMES["tconv"], NAMES["up"])  # what stands on the way up, at the bottom of it
STEP = 9.0  # from a ring to the box above or below it
DOWN = 12.0  # from where a way branches off to the box below


class Level(NamedTuple):
    """What goes down to where the way branches off, what is done on the way across, the join, what comes up from it."""

    left: tuple[Node, ...]
    across: tuple[Node, ...]
    join: Join
    right: tuple[Node, ...]


def levels(nodes: Sequence[Node]) -> tuple[list[Level], tuple[Node, ...]]:
    """The levels of a chain from the outermost inwards, and what stands in the innermost; none where it is no U."""
    out: list[Level] = []
    rest = tuple(nodes)
    while True:
        found = _level(rest)
        if found is None:
            return out, rest
        level, rest = found
        out.append(level)


def _level(nodes: tuple[Node, ...]) -> tuple[Level, tuple[Node, ...]] | None:
    for at, node in enumerate(nodes):
        if not isinstance(node, Join) or len(node.branches) != 2 or node.sign not in ("‖", "+"):
            continue
        short, deep = sorted(node.branches, key=lambda b: boxes(b.body))
        if not short.source and not deep.source and len(short.body) <= 1 and boxes(deep.body) > SHALLOW:
            if all(isinstance(it, Leaf) for it in short.body):
                return Level(nodes[:at], short.body, node, nodes[at + 1 :]), deep.body
    for at in reversed(range(len(nodes))):  # the outermost that names its tensor
        node = nodes[at]
        if isinstance(node, Join) and len(node.branches) == 2 and not any(b.body for b in node.branches):
            source = max(b.source for b in node.branches)
            start = next((i for i in range(at) if isinstance(nodes[i], Leaf) and source in nodes[i].gives), None)
            if start is not None and min(b.source for b in node.branches) == 0 and at - start - 1 > SHALLOW:
                return Level(nodes[: start + 1], (), node, nodes[at + 1 :]), nodes[start + 1 : at]
    return None


def ushape(setter: Setter, main: tuple[Node, ...], width: float) -> Part | None:
    """A network as a U; None where it is none, or has no room."""
    found, bottom = levels(main)
    if len(found) < LEAST:
        return None
    crossing = max((setter.natural(it) for level in found for it in level.across), default=0.0)
    middle = max(20.0, crossing + 26.0)
    limit = (width - middle) / 2
    for _ in range(4):
        if limit < 60:
            return None
        part = _placed(setter, found, bottom, limit, middle)
        over = part.left + part.right - width
        if over <= 0.01:
            return part if not part.wants else None
        limit -= over / 2 + 1
    return None


def _placed(setter: Setter, found: list[Level], bottom: tuple[Node, ...], limit: float, middle: float) -> Part:
    lefts, rights = [], []
    came = found[0].left[0].shape if found[0].left else None
    for level in found:
        lefts.append(setter.chain(level.left, limit, came))
        came = level.left[-1].shape if level.left else came
        rights.append(_mirrored(setter.chain(level.right, limit, level.join.shape)))
    rising = tuple(it for it in bottom[-1:] if isinstance(it, Leaf) and it.words.head[0] in RISING)
    low = setter.chain(bottom[: len(bottom) - len(rising)], limit, came)
    up = _mirrored(setter.chain(rising, limit, None, False))
    part = Part()
    x = max(p.right for p in (*lefts, low)) + middle + max(p.left for p in (*rights, up))
    y, forks = 0.0, list[float]()
    for left, right in zip(lefts, rights, strict=True):
        above = forks[-1] + 2 * RING + 2 * STEP if forks else RING + STEP
        part.take(left, 0, y)
        if forks:
            part.line((0, forks[-1]), (0, y), arrow=left.head)
        fork = max(y + left.height + 6.0, above + right.height)
        part.line((0, y + left.height), (0, fork))
        part.take(right, x, fork - RING - STEP - right.height)
        part.line((x, fork - RING), (x, fork - RING - STEP), arrow=right.head)
        if forks:
            part.line((x, fork - RING - STEP - right.height), (x, forks[-1] + RING), arrow=True)
        forks.append(fork)
        y = fork + DOWN
    part.take(low, 0, y)
    part.line((0, forks[-1]), (0, y), arrow=low.head)
    top = forks[-1] + RING + STEP
    foot = max(y + low.height, top + up.height if rising else 0.0) + 8.0
    ends = top + up.height if rising else forks[-1] + RING
    part.line((0, y + low.height), (0, foot), (x, foot), (x, ends), arrow=True)
    if rising:
        part.take(up, x, top)
        part.line((x, top), (x, forks[-1] + RING), arrow=True)
    inner = max(p.right for p in (*lefts, low))
    for level, fork in zip(found, forks, strict=True):
        start = 0.0
        for node in level.across:
            box = setter.box(node, middle - 20, 0.0) if isinstance(node, Leaf) else Part()
            at = inner + middle / 2
            part.take(box, at, fork - box.height / 2)
            part.line((0, fork), (at - box.left, fork), arrow=True, kind="skip")
            start = at + box.right
        part.line((start, fork), (x - RING, fork), arrow=True, kind="skip")
        part.things += [Ring(x, fork, RING), *sign(level.join.sign, x, fork)]
        if level.left:
            label = shape_phrase(level.left[-1].shape, setter.order)
            part.words(3.5, fork + DOWN / 2 - 0.6, label, "small", "start")
    part.height = foot
    return part


def _mirrored(part: Part) -> Part:
    """A part that flows upwards; what stands in its boxes stays upright."""
    h = part.height
    out = replace(part, things=[], gives={t: (x, h - y) for t, (x, y) in part.gives.items()})
    out.wants = [w._replace(y=h - w.y) for w in part.wants]
    solid = [it for it in part.things if isinstance(it, Box) and it.kind not in ("frame", "panel")]
    for it in part.things:
        out.things.append(_flipped(it, h, solid))
    return out


def _flipped(it: Thing, h: float, solid: list[Box]) -> Thing:
    match it:
        case Box():
            return it._replace(top=h - it.top - it.height)
        case Line():
            return it._replace(points=tuple((x, h - y) for x, y in it.points))
        case Ring():
            return it._replace(y=h - it.y)
        case Words():
            box = next(
                (b for b in solid if b.top < it.y < b.top + b.height and b.left <= it.x <= b.left + b.width), None
            )
            return it._replace(y=h - it.y if box is None else h - box.top - box.height + (it.y - box.top))
