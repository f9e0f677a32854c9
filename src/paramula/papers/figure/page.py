"""The figure of a network, laid out for a width: in columns, its blocks beside or below, so that it fits a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from ...errors import NetError
from ..drawn import Box, Drawing, Line, Piece, Point, Ring, Words, wide
from .blocks import Blocks, blocks, opened
from .layout import GAP, LANE, Part, Setter, crosses, inset
from .plain import Plain, plain, taken
from .tree import Branch, Group, Join, Leaf, Node, Tower, towers
from .ushape import ushape
from .words import Field, Wording, shape_phrase

if TYPE_CHECKING:
    from ...engine.model import Model

COLUMN = 240.0  # the width of one of a paper's two columns, in points
PAGE = 620.0  # the height of a page, 22 cm
MARGIN = 1.0  # around all, for half a stroke
BAD = 20.0  # what no figure should cost
BRANCHES = 12  # of a join; more of them are left out
TAG = 3.6  # the radius of the ring around a number
APART = 14.0  # between columns, and between blocks
MOST = 90  # boxes of a chain; more of them are left out in its middle


def drawing(net: Model, width: float = COLUMN, depth: int | None = None, height: float = PAGE) -> Drawing:
    """A network as a figure that is at most so wide and high, in points; groups deeper than `depth` stay closed.
    Raises NetError where a shape alone is wider.

    Blocks that stand in several places are drawn once; what does not fit is closed, outermost last.
    """
    width = max(float(width), 120.0) - 2 * MARGIN
    height -= 2 * MARGIN
    short, known = plain(_inlined(towers(net)), depth)
    best: Part | None = None
    for closing, keep, insets in _plans():
        kept = [replace(t, body=_elided(t.body if closing < 4 else _shut(t.body, known), keep)) for t in short]
        drawn = blocks(kept, known, tuple(net.order), closing)
        for beside in range(len(drawn.drawn), -1, -1) if insets else (len(drawn.drawn),):
            drawn.drawn = drawn.drawn[:beside]
            part = _page([replace(t, body=opened(t.body, drawn)) for t in kept], drawn, width, height)
            if part is not None and (best is None or _cost(part, width, height) < _cost(best, width, height)):
                best = part
            if best is not None and _cost(best, width, height) < BAD:
                return _finished(best, net)
    if best is None:  # a shape that is wider than that
        raise NetError(f"the figure does not fit {width:.0f} pt", hint="ask for more width")
    return _finished(best, net)


def _plans() -> list[tuple[int, int, bool]]:
    """What is closed, how many boxes of a chain are kept, and whether blocks are left out beside, one after another."""
    short = [(3, keep, False) for keep in (MOST, 40, 20, 10, 5)] + [(4, 20, False)]
    return [(0, MOST, False), (1, MOST, True), *short]


def _cost(part: Part, width: float, height: float) -> float:
    """What speaks against a figure: that it is too large, and that branches had no room."""
    return max(part.height - height, 0.0) * 20 + max(part.left + part.right - width, 0.0) * 100 + BAD * part.lost


def _elided(nodes: Sequence[Node], keep: int) -> tuple[Node, ...]:
    """A long chain without its middle."""
    if len(nodes) <= keep:
        out = [_shortened(node, keep) for node in nodes]
        same = isinstance(nodes, tuple) and all(a is b for a, b in zip(out, nodes, strict=True))
        return nodes if same else tuple(out)  # type: ignore[return-value]
    out = list(nodes)
    first = (keep + 1) // 2
    last = keep - first
    more = Leaf(Wording((f"… {len(out) - keep} more …",)), "more", out[-last - 1].shape)
    return (*(_shortened(n, keep) for n in out[:first]), more, *(_shortened(n, keep) for n in out[-last:]))


def _shut(nodes: Sequence[Node], known: Plain) -> tuple[Node, ...]:
    """A chain of boxes only: the last that can be done."""
    out: list[Node] = []
    for node in nodes:
        match node:
            case Leaf():
                out.append(node)
            case Group():
                out.append(known.closed(node, node.body))
            case Join() if node.sign:
                out.append(known.closed(Group("", (node,), node.shape), (node,)))
            case Join():
                out.append(Leaf(Wording((f"{len(node.branches)} outputs",)), "output", None))
    return tuple(out)


def _shortened(node: Node, keep: int) -> Node:
    """A node without the middle of what is inside; itself where nothing is left out."""
    match node:
        case Group():
            body = _elided(node.body, keep)
            return node if body is node.body else replace(node, body=body)
        case Join():
            branches = [replace(b, body=_elided(b.body, keep)) for b in node.branches]
            same = all(a.body is b.body for a, b in zip(branches, node.branches, strict=True))
            if len(branches) <= BRANCHES:
                return node if same else replace(node, branches=tuple(branches))
            gap = len(branches) - BRANCHES + 2
            more = Branch((Leaf(Wording((f"… {gap} more …",)), "more", None),))
            return replace(node, branches=(*branches[: BRANCHES - 4], more, *branches[-2:]))
    return node


def _inlined(all_towers: list[Tower]) -> list[Tower]:
    """Towers that one join alone takes, as branches of that join."""
    uses: dict[int, int] = {}
    for tower in all_towers:
        for t in taken(tower.body):
            uses[t] = uses.get(t, 0) + 1
    within = {t.exit: t for t in all_towers[:-1] if uses.get(t.exit) == 1}
    gone: set[int] = set()

    def put(nodes: Sequence[Node]) -> tuple[Node, ...]:
        out: list[Node] = []
        for node in nodes:
            if isinstance(node, Group):
                out.append(replace(node, body=put(node.body)))
            elif isinstance(node, Join):
                branches = []
                for b in node.branches:
                    tower = within.get(b.source)
                    if tower is None:
                        branches.append(replace(b, body=put(b.body)))
                    else:
                        gone.add(tower.exit)
                        branches.append(Branch((*_started(tower), *put(b.body)), -2))
                out.append(replace(node, branches=tuple(branches)))
            else:
                out.append(node)
        return tuple(out)

    done = [replace(t, body=put(t.body)) for t in all_towers]
    by_exit = {t.exit: t for t in done}
    within = {e: by_exit.get(e, t) for e, t in within.items()}
    done = [replace(t, body=put(t.body)) for t in all_towers]
    return [t for t in done if t.exit not in gone or t is done[-1]]


def _started(tower: Tower) -> tuple[Node, ...]:
    """A tower's chain with what comes in."""
    if tower.takes is None:
        return tower.body
    named = (f"{tower.name}: ",) if tower.name else ()
    start = Leaf(Wording((*named, Field("shape", "", tower.takes))), "input", tower.takes, (tower.entry,))
    return (start, *tower.body)


def _ended(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    last = nodes[-1] if nodes else None
    if last is None or (isinstance(last, Join) and not last.sign) or last.shape is None or _forked(last):
        return nodes
    if isinstance(last, Leaf) and last.kind in ("input", "output"):
        return nodes
    return (*nodes, Leaf(Wording((Field("shape", "", last.shape),)), "output", last.shape))


def _forked(node: Node) -> bool:
    return isinstance(node.shape, tuple) and bool(node.shape) and isinstance(node.shape[0], tuple)


def _page(all_towers: list[Tower], drawn: Blocks, width: float, height: float) -> Part | None:
    """The best of the ways to arrange a network: in so many columns, blocks to the right or below."""
    best: tuple[float, Part] | None = None
    setter = Setter(drawn)
    main = _ended(_started(all_towers[-1]))
    for columns in (1, 2, 3, 4) if len(all_towers) == 1 else (1,):
        if columns > 1 and len(main) < 3 * columns:
            break
        price = 0.45 * width * (columns > 1) + 0.35 * width * max(columns - 2, 0)
        if columns > 1 and (width / columns < 80 or (best is not None and price >= best[0])):
            break
        if len(all_towers) > 1:
            body = _abreast(setter, all_towers, main, width)
        else:
            body = _columns(setter, main, columns, width)
        bodies = [(body, price)] if body is not None else []
        if columns == 1 and len(all_towers) == 1 and (u := ushape(setter, main, width)) is not None:
            bodies.append((u, 0.0))
        for (body, price), beside in product(bodies, (True, False) if drawn.drawn else (False,)):
            part = _with_blocks(setter, body, drawn, width, beside)
            if part is None:
                continue
            cut = sum(w.tensor in part.gives for w in part.wants)  # told by numbers instead of lines
            part.lost += _tagged(part)
            cost = part.height + price + 60 * cut + 10 * _cost(part, width, height)
            if best is None or cost < best[0]:
                best = (cost, part)
    return best[1] if best else None


def _columns(setter: Setter, main: tuple[Node, ...], count: int, width: float) -> Part | None:
    """A chain in columns, each entered from the foot of the one before."""
    limit = (width - APART * (count - 1)) / count
    for _ in range(5):
        if count == 1:
            part = setter.chain(main, limit, main[0].shape if main else None)
        else:
            part = _side_by_side(setter, main, count, limit)
        over = part.left + part.right - width
        if over <= 0.01:
            return part
        limit -= max(over / count, 2.0) + 1
        if limit < 50:
            return None
    return None


def _side_by_side(setter: Setter, main: tuple[Node, ...], count: int, limit: float) -> Part:
    heights = []
    shape = main[0].shape
    for node in main:
        heights.append(setter.node(node, limit, shape, True).height + GAP)
        shape = node.shape if node.shape is not None else shape
    cuts = _cuts(heights, count)
    part = Part()
    x, before = 0.0, None
    shape = main[0].shape
    stub = 8.0
    for a, b in cuts:
        column = setter.chain(main[a:b], limit, shape)
        shape = main[b - 1].shape if main[b - 1].shape is not None else shape
        left = x + column.left
        if before is None:
            part.take(column, left, stub)
            part.left = 0.0
        else:
            bx, by, edge = before
            part.take(column, left, stub)
            lane = (edge + x) / 2
            part.line(
                (bx, by), (bx, by + stub), (lane, by + stub), (lane, 0), (left, 0), (left, stub), arrow=column.head
            )
        before = (left, stub + column.height, x + column.left + column.right)
        if b < len(main) and b - a > 1 and main[b - 2].shape != shape:
            label = shape_phrase(shape, setter.order)
            if wide(label, "small") < column.right + APART / 2 - 5:
                part.words(left + 3.5, before[1] + 3.6, label, "small", "start")
        x += column.left + column.right + APART
        part.height = max(part.height, stub + column.height + (stub if b < len(main) else 0))
    part.left, part.right = 0.0, x - APART
    return part


def _cuts(heights: list[float], count: int) -> list[tuple[int, int]]:
    """A list cut into so many stretches that the highest is as low as can be."""
    low, high = max(heights), sum(heights)
    for _ in range(40):
        middle = (low + high) / 2
        if len(_stretches(heights, middle)) <= count:
            high = middle
        else:
            low = middle
    return _stretches(heights, high)


def _stretches(heights: list[float], most: float) -> list[tuple[int, int]]:
    out, start, used = [], 0, 0.0
    for i, h in enumerate(heights):
        if used + h > most and i > start:
            out.append((start, i))
            start, used = i, 0.0
        used += h
    out.append((start, len(heights)))
    return out


def _abreast(setter: Setter, all_towers: list[Tower], main: tuple[Node, ...], width: float) -> Part | None:
    """Towers beside each other, the network itself to the right; what it looks at comes from the left."""
    chains = [_started(t) for t in all_towers[:-1]] + [main]
    lanes = APART + LANE
    natural = [max((setter.natural(n) for n in c), default=40.0) for c in chains]
    room = width - lanes * (len(chains) - 1)
    share = [min(n + 40, room * (n + 20) / sum(m + 20 for m in natural)) for n in natural]
    for _ in range(6):
        parts = [setter.chain(c, s, c[0].shape if c else None) for c, s in zip(chains, share, strict=True)]
        total = sum(p.left + p.right for p in parts) + lanes * (len(parts) - 1)
        if total <= width + 0.01:
            break
        share = [s - (total - width) / len(parts) - 1 for s in share]
        if min(share) < 44:
            return _stacked(setter, chains, width)
    else:
        return _stacked(setter, chains, width)
    part = Part()
    x = 0.0
    gaps = []
    for it in parts:
        part.take(it, x + it.left, 0)
        x += it.left + it.right + lanes
        gaps.append(x - lanes)
        part.height = max(part.height, it.height + 6)
    part.left, part.right = 0.0, x - lanes
    for n, tower in enumerate(all_towers[:-1]):
        lane = gaps[n] + lanes / 2
        start = part.gives.get(tower.exit)
        if start is None:
            continue
        for want in [w for w in part.wants if w.tensor == tower.exit]:
            a, b = start
            level = b + 5
            if want.side > 0 or want.x < lane or crosses(part.things, lane, want.x, want.y):
                continue
            part.line((a, b), (a, level), (lane, level), (lane, want.y), (want.x, want.y), arrow=True, kind="skip")
            part.wants.remove(want)
    return part


def _stacked(setter: Setter, chains: Sequence[tuple[Node, ...]], width: float) -> Part | None:
    """Towers below each other."""
    part = Part()
    y = 0.0
    for c in chains:
        it = _columns(setter, c, 1, width)
        if it is None:
            return None
        part.take(it, 0, y)
        y += it.height + APART
    part.height = y - APART
    return part


def _with_blocks(setter: Setter, body: Part, drawn: Blocks, width: float, beside: bool) -> Part | None:
    """The network with its blocks in rows beside or below it."""
    part = Part()
    part.take(body, body.left, 0)
    part.left, part.right, part.height = 0.0, body.left + body.right, body.height
    if not drawn.drawn:
        return part
    start = part.right + APART if beside else 0.0
    room = width - start
    if room < 80:
        return None
    x, y, row = start, 0.0 if beside else body.height + APART, 0.0
    for block in drawn.drawn:
        it = _narrowed(setter, block, room)
        if it is None:
            return None
        wide_ = it.left + it.right
        if x > start and x + wide_ > width + 0.01:
            x, y, row = start, y + row + APART, 0.0
        part.take(it, x + it.left, y)
        x += wide_ + APART
        row = max(row, it.height)
        part.height = max(part.height, y + row)
    return part


def _narrowed(setter: Setter, block: Any, room: float) -> Part | None:
    limit = room
    for _ in range(5):
        it = inset(setter, block, limit)
        over = it.left + it.right - room
        if over <= 0.01:
            return it
        limit -= over + 1
        if limit < 60:
            return None
    return None


def _finished(part: Part, net: Model) -> Drawing:
    """The drawing with its origin in its corner."""
    tops = [it.top for it in part.things if isinstance(it, Box)]
    tops += [y for it in part.things if isinstance(it, Line) for _, y in it.points]
    top = min([0.0, *tops])
    things = [it.moved(part.left + MARGIN, MARGIN - top) for it in part.things]
    return Drawing(
        net.text,
        part.left + part.right + 2 * MARGIN,
        part.height - top + 2 * MARGIN,
        tuple(it for it in things if isinstance(it, Box)),
        tuple(it for it in things if isinstance(it, Line)),
        tuple(it for it in things if isinstance(it, Ring)),
        tuple(it for it in things if isinstance(it, Words)),
    )


def _tagged(part: Part) -> int:
    """Numbers in rings for what comes from elsewhere and has no line; returns how many places have no room for one."""
    numbers: dict[Point, int] = {}
    done: set[tuple[Point, Point]] = set()
    lost = 0
    for want in part.wants:
        if want.tensor not in part.gives:
            continue
        start, end = part.gives[want.tensor], (want.x, want.y)
        if (start, end) in done:
            continue
        done.add((start, end))
        if start not in numbers:
            numbers[start] = len(numbers) + 1
            below = (start[0], start[1] + 4.2)
            lost += not any(_tag(part, below, side, numbers[start], False) for side in (-1, 1))
        lost += not _tag(part, end, want.side, numbers[start], True)
    return lost


def _tag(part: Part, at: Point, side: int, number: int, arrow: bool) -> bool:
    """A number in a ring beside a place, where there is room for it."""
    x, y = at
    for away in (10.0, 18.0, 26.0):
        ring = Ring(x + side * away, y, TAG)
        if _free(part, ring):
            ends = (x + side * (away - TAG), y), (x, y)
            part.line(*(ends if arrow else ends[::-1]), arrow=arrow, kind="skip")
            part.things.append(ring)
            part.words(ring.x, y, (Piece(str(number)),), "small")
            part.left = max(part.left, TAG - ring.x)
            part.right = max(part.right, ring.x + TAG)
            return True
    return False


def _free(part: Part, ring: Ring) -> bool:
    """Whether nothing stands where a ring would stand."""
    x0, y0, x1, y1 = (ring.x - TAG - 1, ring.y - TAG, ring.x + TAG + 1, ring.y + TAG)
    for it in part.things:
        match it:
            case Box():
                spans = [(it.left, it.top, it.left + it.width, it.top + it.height)] * (
                    it.kind not in ("frame", "panel")
                )
            case Line():
                spans = [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(it.points)]
            case Ring():
                spans = [(it.x - it.radius, it.y - it.radius, it.x + it.radius, it.y + it.radius)]
            case Words():
                left = it.x - {"start": 0.0, "middle": it.width / 2, "end": it.width}[it.anchor]
                spans = [(left, it.y - 2.5, left + it.width, it.y + 2.5)]
        if any(a < x1 and c > x0 and b < y1 and d > y0 for a, b, c, d in spans):
            return False
    return True
