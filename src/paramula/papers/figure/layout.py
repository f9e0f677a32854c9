"""Where the nodes of a figure stand: boxes below each other, branches side by side. Knows no page.

A part has its own coordinates: it is entered at (0, 0) and left at (0, height).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from ..drawn import RING, Box, Line, Phrase, Piece, Point, Ring, Words, wide
from .blocks import Block, Blocks, opened
from .plain import all_nodes, boxes, taken
from .tree import Branch, Group, Join, Leaf, Node
from .words import Field, Said, Wording, factor, shape_phrase, size_phrase

Thing: TypeAlias = Box | Line | Ring | Words

GAP = 9.0  # from box to box
TOLD = 11.0  # the same where a shape stands beside the arrow
PAD = 5.0  # from a frame to what is inside
LANE = 5.0  # from a way around to what it goes around
ASIDE = 8.0  # between branches
WIDEST = 150.0  # of the text of a box
HEIGHTS = {"label": 8.4, "small": 7.4}  # from line to line
NARROW = 36.0  # text in boxes that are narrower than this is small
DEEP = 12  # joins and frames within each other
DEEPEST = 70.0  # room in which another way around may be drawn
NEAR = 0.01  # lengths that differ by less are equal
FULL = 10.0  # a box is wider than its text by this


class Want(NamedTuple):
    """A place where a tensor from elsewhere comes in, and from which side: -1 is the left one."""

    tensor: int
    x: float
    y: float
    side: int


@dataclass
class Part:
    """What is placed already: how far it reaches from its axis, and the ends of lines that are still to be drawn."""

    left: float = 0.0
    right: float = 0.0
    height: float = 0.0
    things: list[Thing] = field(default_factory=list)
    head: bool = True  # the line that comes in ends in an arrow
    tail: bool = True  # something comes out
    lost: float = 0.0  # branches that had no room; less for those that have little
    gives: dict[int, Point] = field(default_factory=dict)
    wants: list[Want] = field(default_factory=list)

    def take(self, other: Part, x: float, y: float) -> None:
        """Puts another part at a place of this one, and keeps room for it."""
        self.lost += other.lost
        self.things += [it.moved(x, y) for it in other.things]
        self.left = max(self.left, other.left - x)
        self.right = max(self.right, other.right + x)
        self.gives.update({t: (a + x, b + y) for t, (a, b) in other.gives.items()})
        self.wants += [w._replace(x=w.x + x, y=w.y + y) for w in other.wants]

    def line(self, *points: Point, arrow: bool = False, kind: str = "flow") -> None:
        self.things.append(Line(points, arrow, kind))
        self.left = max(self.left, *(-x for x, _ in points))
        self.right = max(self.right, *(x for x, _ in points))

    def words(self, x: float, y: float, phrase: Phrase, font: str, anchor: str = "middle") -> None:
        width = wide(phrase, font)
        self.things.append(Words(x, y, phrase, font, anchor, width))
        start = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        self.left = max(self.left, -start)
        self.right = max(self.right, start + width)


def fitted(phrase: Phrase, font: str, limit: float) -> Phrase:
    """A phrase shortened to a width."""
    if wide(phrase, font) <= limit + NEAR:
        return phrase
    out: list[Piece] = []
    for piece in phrase:
        if wide((*out, piece, Piece("…")), font) <= limit + NEAR:
            out.append(piece)
            continue
        if not piece.tex:
            text = piece.plain
            while text and wide((*out, Piece(text + "…")), font) > limit:
                text = text[:-1]
            return (*out, Piece(text.rstrip(" ,") + "…"))
        break
    return (*out, Piece("…"))


def joined(chunks: Sequence[Phrase], between: str) -> Phrase:
    return tuple(p for n, chunk in enumerate(chunks) for p in ([Piece(between)] if n else []) + list(chunk))


def wrapped(chunks: Sequence[Phrase], between: str, font: str, limit: float) -> list[Phrase]:
    """Chunks in lines; a line that another follows ends as the chunks are joined."""
    lines: list[Phrase] = []
    for chunk in chunks:
        longer = joined([lines[-1], chunk], between) if lines else chunk
        if lines and wide((*longer, Piece(between.rstrip())), font) <= limit + NEAR:
            lines[-1] = longer
        else:
            if lines:
                lines[-1] = (*lines[-1], Piece(between.rstrip()))
            lines.append(chunk)
    return [fitted(it, font, limit) for it in lines]


@dataclass
class Setter:
    """Places nodes. `shown` says what stands in the place of numbers in the block that is drawn."""

    blocks: Blocks
    turned: float = 0.0  # what flows goes to the right: how wide the text of a box may be then
    shown: dict[tuple[int, Any], Phrase] = field(default_factory=dict)
    deep: int = 0  # joins and frames around the place
    naturals: dict[Node, float] = field(default_factory=dict)
    leasts: dict[Node, float] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, ...]:
        return self.blocks.order

    # words

    def size(self, value: Any, place: tuple[int, Any]) -> Phrase:
        return self.shown.get(place) or size_phrase(value, self.order)

    def chunks(self, node: Leaf) -> tuple[list[list[Phrase]], list[Phrase], list[list[Phrase]]]:
        """The words of a box, cut where a line may end: before, the layer itself, after."""
        n = 0

        def cut(said: Said) -> list[Phrase]:
            nonlocal n
            out: list[list[Piece]] = [[]]
            for part in said:
                phrase: Phrase
                if isinstance(part, Field):
                    place = (id(node), n)
                    n += 1
                    if place not in self.shown and part.value == part.hidden:
                        continue
                    lead = part.lead
                    phrase = self.size(part.value, place)
                else:
                    lead, phrase = part, ()
                if lead.startswith(", "):
                    out.append([])
                    lead = lead[2:]
                out[-1] += [Piece(lead)] * bool(lead) + list(phrase)
            return [tuple(it) for it in out if it]

        before = [cut(said) for said in node.words.before]
        head = cut(node.words.head)
        after = [cut(said) for said in node.words.after]
        return before, head, after

    def times(self, node: Leaf | Group) -> Phrase:
        if node.times == 1 and (id(node), "times") not in self.shown:
            return ()
        place = (id(node), "times")
        return (Piece(" ×"), *(self.shown.get(place) or factor(node.times, self.order)))

    def lines(self, node: Leaf | Group, limit: float) -> list[tuple[Phrase, str]]:
        """The lines of a box, each with its font."""
        times = self.times(node)
        if isinstance(node, Group):
            said = self.blocks.said(node, self.shown)
            values = joined(said[1:], ", ")
            shared = [(Piece("shared"),)] * node.shared
            one = joined([(*said[0], *([Piece(" ")] if values else []), *values, *times), *shared], " · ")
            if wide(one, "label") <= limit + NEAR:
                return [(one, "label")]
            room = max(limit - wide(times, "label"), 16.0)
            title = (*fitted(said[0], "label", room), *times)
            below = [*wrapped(said[1:], ", ", "small", limit), *shared]
            return [(title, "label"), *((it, "small") for it in below)]
        befores, head, afters = self.chunks(node)
        before, after = [joined(it, ", ") for it in befores], [joined(it, ", ") for it in afters]
        if node.shared:
            after = [*after, (Piece("shared"),)]
        parts = [*before, joined(head, ", "), *after]
        if not parts[-1] and not times:
            return []
        one = (*joined(parts, " · "), *times)
        if wide(one, "label") <= limit + NEAR:
            return [(one, "label")]
        out = [(line, "small") for line in wrapped(before, " · ", "small", limit)]
        room = max(limit - wide(times, "label"), 16.0)
        heads = wrapped(head, ", ", "label", limit if len(head) > 1 else room)
        if times and wide((*heads[-1], *times), "label") > limit:
            heads.append(times)
        elif times:
            heads[-1] = (*heads[-1], *times)
        out += [(line, "label") for line in heads]
        return out + [(line, "small") for line in wrapped(after, " · ", "small", limit)]

    # how wide

    def natural(self, node: Node) -> float:
        """How wide a node is where there is room enough."""
        if node not in self.naturals:
            self.naturals[node] = self._width(node, False)
        return self.naturals[node]

    def least(self, node: Node) -> float:
        """How wide it must be."""
        if node not in self.leasts:
            self.leasts[node] = self._width(node, True)
        return self.leasts[node]

    def _width(self, node: Node, least: bool) -> float:
        if isinstance(node, Leaf) or (isinstance(node, Group) and node in self.blocks.of):
            if least:
                return min(max(self._words(node), default=8.0), 70.0) + FULL
            return max((wide(p, f) for p, f in self.lines(node, WIDEST)), default=8.0) + FULL
        inner = self.least if least else self.natural
        if isinstance(node, Group):
            title = wide(self.heading(node), "title") + 8
            return max([*(inner(it) + 2 * PAD for it in node.body), title + 20 if not least else 44.0])
        bodies = [b for b in node.branches if b.body]
        widths = [max(inner(it) for it in b.body) for b in bodies]
        lanes = LANE * 2 * (len(node.branches) - len(bodies))
        return max(sum(widths) + ASIDE * (len(widths) - 1) + lanes, 4 * RING) if widths else 6 * RING

    def _words(self, node: Leaf | Group) -> list[float]:
        if isinstance(node, Group):
            title, *values = self.blocks.said(node, self.shown)
            return [wide((*title, *self.times(node)), "label"), *(wide((*it, Piece(",")), "small") for it in values)]
        before, head, after = self.chunks(node)
        small = [wide(it, "small") for said in (*before, *after) for it in said]
        return [*small, *(wide((*it, Piece(",")), "label") for it in head)]

    # where

    def node(self, node: Node, limit: float, came: Any, steady: bool, least: float = 0.0) -> Part:
        if isinstance(node, Leaf) or (isinstance(node, Group) and node in self.blocks.of):
            return self.box(node, limit, least)
        self.deep += 1
        try:
            return self.opened(node, limit, came, steady)
        finally:
            self.deep -= 1

    def opened(self, node: Join | Group, limit: float, came: Any, steady: bool) -> Part:
        """A join, or a group with what is inside."""
        if isinstance(node, Join):
            return self.join(node, limit, came, steady)
        if self.deep > DEEP or limit < DEEPEST:
            words = Wording((f"{node.title} … {boxes(node.body)} more …".strip(),))
            return self.box(Leaf(words, "block", node.shape, tuple(_gives(node)), times=node.times), limit, 0.0)
        note = (Piece(node.note),) if node.note and not node.steady else ()
        part = self.frame(node.body, self.heading(node), "frame", limit, came, steady and node.steady, note)
        part.gives.update(dict.fromkeys(node.gives, (0.0, part.height)))
        return part

    def box(self, node: Leaf | Group, limit: float, least: float) -> Part:
        lines = self.lines(node, self.turned or min(limit - FULL, WIDEST))
        full = FULL
        if self.turned:
            full = 6.0 if self.turned < NARROW else FULL
            lines = [(p, "small") for p, _ in lines] if self.turned < NARROW else lines
            limit, least = self.turned + full, 0.0
        width = max(max((wide(p, f) for p, f in lines), default=0.0) + full, least, 18.0)
        width = min(width, limit)
        height = sum(HEIGHTS[f] for _, f in lines) + 5.0
        kind = node.kind if isinstance(node, Leaf) else "block"
        part = Part(width / 2, width / 2, height)
        part.things.append(Box(-width / 2, 0, width, height, kind, node.shared))
        y = 2.5
        if self.turned:
            part = Part(height / 2, height / 2, width)
            part.things.append(Box(-height / 2, 0, height, width, kind, node.shared))
            for phrase, font in lines:
                room = wide(phrase, font)
                part.things.append(Words(y + HEIGHTS[font] / 2 - height / 2, width / 2, phrase, font, "middle", room))
                y += HEIGHTS[font]
            return part
        for phrase, font in lines:
            part.words(0, y + HEIGHTS[font] / 2, phrase, font)
            y += HEIGHTS[font]
        if isinstance(node, Leaf):
            part.gives.update(dict.fromkeys(node.gives, (0.0, height)))
            part.wants += [Want(t, -width / 2, height / 2, -1) for t in node.looks]
        else:
            part.gives.update(dict.fromkeys(_gives(node), (0.0, height)))
            part.wants += [Want(t, -width / 2, height / 2, -1) for t in _looks(node)]
        return part

    def heading(self, group: Group) -> Phrase:
        times = self.times(group)
        title = (Piece(group.title),) if group.title else ()
        return (*title, *(times if title else times and (Piece("×"), *times[1:])))

    def frame(
        self, body: Sequence[Node], title: Phrase, kind: str, limit: float, came: Any, steady: bool,
        note: Phrase = (),
    ) -> Part:  # fmt: skip
        """A part in a frame, its title beside the line that comes in, and below that which copies it stands for."""
        inner = self.chain(body, limit - 2 * PAD, came, steady)
        top = (11.0 if title else 6.0) + (7.0 if note else 0.0)
        part = Part(head=False, tail=inner.tail)
        part.take(inner, 0, top)
        part.line((0, 0), (0, top), arrow=inner.head)
        bottom = top + inner.height
        if inner.tail:
            part.line((0, bottom), (0, bottom + PAD))
        title = fitted(title, "title", max(limit - PAD - part.left - 6, 20.0))
        if title:
            width = wide(title, "title")
            if width + 6 > part.right + PAD and width + 6 <= part.left + PAD:
                part.words(-part.left - PAD + 3, 5.2, title, "title", "start")
            else:
                part.words(4, 5.2, title, "title", "start")
                part.right = max(part.right, 2 + width)
        if note:
            part.words(4, 12.5, fitted(note, "small", max(limit - PAD - part.left - 6, 20.0)), "small", "start")
        part.left += PAD
        part.right += PAD
        part.height = bottom + PAD
        part.things.insert(0, Box(-part.left, 0, part.left + part.right, part.height, kind))
        return part

    def chain(self, nodes: Sequence[Node], limit: float, came: Any, steady: bool = True, narrow: bool = False) -> Part:
        """Nodes below each other. In a `narrow` one, a branch, only those shapes are told that need no room."""
        plainly = [n for n in nodes if isinstance(n, Leaf) and n.kind not in ("input", "output", "more")]
        least = max((min(self.natural(n), limit) for n in plainly), default=0.0)
        parts: list[Part] = []
        shape = came
        for node in nodes:
            own = 0.0 if isinstance(node, Leaf) and node not in plainly else least
            parts.append(self.node(node, limit, shape, steady, own))
            shape = node.shape if node.shape is not None else shape
        part = Part(head=parts[0].head if parts else False, tail=parts[-1].tail if parts else True)
        room = max((p.right for p in parts), default=0.0)
        y, told = 0.0, nodes[0].shape if nodes and isinstance(nodes[0], Leaf) and nodes[0].kind == "input" else came
        for i, (node, it) in enumerate(zip(nodes, parts, strict=True)):
            part.take(it, 0, y)
            y += it.height
            if i + 1 == len(nodes) or not it.tail:
                continue
            label: Phrase = ()
            after = nodes[i + 1]
            if steady and node.shape is not None and node.shape != told:
                told = node.shape
                if not (isinstance(after, Leaf) and after.kind == "output"):
                    label = shape_phrase(node.shape, self.order)
                    limit_ = room - 3 if narrow else min(max(limit - part.left - 3, 60.0), 120.0)
                    label = (
                        label if wide(label, "small") <= limit_ else () if narrow else fitted(label, "small", limit_)
                    )
            gap = TOLD if label else 7.0 if self.turned else GAP
            part.line((0, y), (0, y + gap), arrow=parts[i + 1].head)
            if label:
                part.words(3.5, y + gap / 2 - 0.6, label, "small", "start")
            y += gap
        part.height = y
        self.route(part)
        return part

    def route(self, part: Part) -> None:
        """Ways around, from tensors of this part to where they come in further down."""
        mine = [w for w in part.wants if w.tensor in part.gives and part.gives[w.tensor][1] < w.y]
        lanes: dict[tuple[int, int], float] = {}
        for want in sorted(mine, key=lambda w: w.y - part.gives[w.tensor][1]):
            x, y = part.gives[want.tensor]
            key = (want.tensor, want.side)
            lane = lanes.get(key)
            if lane is None:
                lane = -(part.left + LANE) if want.side < 0 else part.right + LANE
            if crosses(part.things, x, lane, y + 2.5) or crosses(part.things, lane, want.x, want.y):
                continue
            lanes[key] = lane
            part.line((x, y + 2.5), (lane, y + 2.5), (lane, want.y), (want.x, want.y), arrow=True, kind="skip")
            part.wants.remove(want)

    def join(self, node: Join, limit: float, came: Any, steady: bool) -> Part:
        bodies = [b for b in node.branches if b.body]
        straight = [b for b in node.branches if not b.body and not b.source]
        others = [b for b in node.branches if not b.body and b.source]
        if not node.sign:
            return self.fork(node, limit, came, steady)
        lanes = 2 * LANE * len(straight) if bodies else 0.0
        widths = self.shares(bodies, limit - lanes) if not self.turned else [limit] * len(bodies)
        if widths is None:
            part = self.rows(node, limit)
            if part is not None:
                return part
            n = len(node.branches)
            inside = sum(boxes(b.body) for b in bodies) + 1
            said = f"{n} branches, {node.sign}" if len(bodies) > 1 else f"… {inside} more …"
            box = Leaf(Wording((said,)), "block", node.shape, node.gives)
            part = self.box(box, limit, 0.0)
            part.lost = n if len(bodies) > 1 else 0.3  # three are better than nothing drawn
            return part
        inner = [
            self.chain(b.body, w, None if b.source else came, steady, narrow=len(bodies) > 1)
            for b, w in zip(bodies, widths, strict=True)
        ]
        forks = [b for b in bodies if not b.source]
        part = Part(head=False)
        single = len(forks) == 1 and not straight
        top = (
            0.0
            if single or not inner or not (forks or straight)
            else 10.0
            if straight and len(forks) < len(bodies)
            else 8.0
        )
        xs = self.across(inner, node)
        at_axis = next((i for i, x in enumerate(xs) if x == 0.0), None)
        if single and at_axis is not None and not bodies[at_axis].source:
            part.head = inner[at_axis].head
        for b, it, x in zip(bodies, inner, xs, strict=True):
            part.take(it, x, top)
            if b.source or (single and x == 0.0):
                if b.source > 0:
                    part.wants.append(Want(b.source, x, top, -1))
                continue
            if x == 0.0:
                part.line((0, 0), (0, top), arrow=it.head)
            else:
                part.line((0, 0), (x, 0), (x, top), arrow=it.head)
        below = top + max((it.height for it in inner), default=0.0)
        ring = below + (GAP if inner else 0.0) + RING
        for it, x in zip(inner, xs, strict=True):
            if not it.tail:
                continue
            y = top + it.height
            if x == 0.0:
                part.line((0, y), (0, ring - RING), arrow=True)
            else:
                part.line((x, y), (x, ring), (RING if x > 0 else -RING, ring), arrow=True)
        if not inner and straight:
            part.head = True
            straight = straight[1:]
        for _ in straight:
            lane = -(part.left + LANE)
            part.line((0, 0), (lane, 0), (lane, ring), (-RING, ring), arrow=True, kind="skip")
        taken_left = bool(straight) or any(x < 0 for x in xs)
        for n, b in enumerate(others):
            side = 1 if taken_left or (not inner and not node.gives and n % 2) else -1
            part.wants.append(Want(b.source, side * RING, ring, side))
        part.things.append(Ring(0, ring, RING))
        part.things += sign(node.sign, 0, ring)
        part.left, part.right = max(part.left, RING), max(part.right, RING)
        part.height = ring + RING
        part.gives.update(dict.fromkeys(node.gives, (0.0, part.height)))
        return part

    def rows(self, node: Join, limit: float) -> Part | None:
        """Branches below each other, each from left to right: where they do not fit side by side."""
        bodies = [b for b in node.branches if b.body]
        if self.turned or any(b.source for b in node.branches) or any(self.framed(b.body) for b in bodies):
            return None
        edge = LANE + 4
        tight = False
        if any(9.0 * boxes(b.body) > limit for b in bodies):  # no row has so many boxes
            return None
        for n, text in enumerate((34.0, 110.0, 84.0, 64.0, 52.0, 42.0, 34.0)):
            sideways = Setter(self.blocks, text, self.shown)
            inner = [sideways.chain(b.body, limit, None, False, narrow=True) for b in bodies]
            length = max(it.height for it in inner)
            fits = length + 2 * edge <= limit
            if fits and n:
                tight = n > 3
                break
            if not fits and not n:
                return None
        else:
            return None
        part = Part(head=False, lost=0.4 * tight)
        first, last = -length / 2, length / 2
        y = 6.0
        ways = []
        for it in inner:
            row = _turned(it)
            y += it.left
            part.take(row, first, y)
            ways.append((y, first + it.height, it.head))
            y += it.right + 5.0
        if len(bodies) < len(node.branches):
            y += 2.0
            ways.append((y, first, False))
            y += 2.0
        ring = y + 2 + RING
        for n, (y, end, head) in enumerate(ways):
            bus = ((0.0, 0.0), (first - edge, 0.0)) if n == len(ways) - 1 else ()
            part.line(*bus, (first - edge, y), (first, y), arrow=head)
            bus = ((last + edge, ring), (RING, ring)) if n == 0 else ()
            part.line((end, y), (last + edge, y), *bus, arrow=n == 0)
        part.things.append(Ring(0, ring, RING))
        part.things += sign(node.sign, 0, ring)
        part.height = ring + RING
        part.gives.update(dict.fromkeys(node.gives, (0.0, part.height)))
        return part

    def framed(self, nodes: Sequence[Node]) -> bool:
        """Whether there are frames, whose titles stand upright only."""
        for node in nodes:
            if isinstance(node, Group) and node not in self.blocks.of:
                return True
            if isinstance(node, Join) and any(self.framed(b.body) for b in node.branches):
                return True
        return False

    def fork(self, node: Join, limit: float, came: Any, steady: bool) -> Part:
        """Branches that end in outputs of their own."""
        branches = []
        for b in node.branches:
            last = b.body[-1] if b.body else None
            shape = came if last is None else last.shape
            ends = isinstance(last, Join) and not last.sign
            out = Leaf(Wording((Field("shape", "", shape),)), "output", shape)
            branches.append(Branch(b.body if ends else (*b.body, out), b.source))
        widths = self.shares(branches, limit)
        if widths is None:
            words = Wording((f"{len(branches)} outputs",))
            part = self.box(Leaf(words, "output", None), limit, 0.0)
            part.tail, part.lost = False, len(branches)
            return part
        inner = [self.chain(b.body, w, came, steady, narrow=True) for b, w in zip(branches, widths, strict=True)]
        part = Part(head=False, tail=False)
        for it, x in zip(inner, self.across(inner, node), strict=True):
            part.take(it, x, 8.0)
            way: tuple[Point, ...] = ((0, 0), (0, 8.0)) if x == 0.0 else ((0, 0), (x, 0), (x, 8.0))
            part.line(*way, arrow=it.head)
        part.height = 8.0 + max(it.height for it in inner)
        return part

    def shares(self, branches: Sequence[Branch], limit: float) -> list[float] | None:
        """How wide each branch may be; None where they do not fit side by side."""
        if not branches:
            return []
        room = limit - ASIDE * (len(branches) - 1)
        least = [max(self.least(it) for it in b.body) for b in branches]
        natural = [max(self.natural(it) for it in b.body) for b in branches]
        natural = [max(a, b) for a, b in zip(natural, least, strict=True)]
        if sum(natural) <= room:
            return natural if len(branches) > 1 else [room]
        if len(branches) == 1 and room > DEEPEST and self.deep < DEEP:
            return [room]
        if self.deep >= DEEP:
            return None
        if sum(least) > room + NEAR:
            return None
        spare = max(room - sum(least), 0.0) / max(sum(n - a for n, a in zip(natural, least, strict=True)), 1e-9)
        return [a + (n - a) * spare for n, a in zip(natural, least, strict=True)]

    def across(self, inner: Sequence[Part], node: Join) -> list[float]:
        """Where branches stand: one on the axis and its shortcut to the right, or all of them around it."""
        if not inner:
            return []
        xs, x = [], 0.0
        for n, it in enumerate(inner):
            x += it.left if n else 0.0
            xs.append(x)
            x += it.right + ASIDE
        if len(inner) % 2 or (node.sign == "+" and len(inner) == 2):
            middle = xs[(len(inner) - 1) // 2]
        else:
            middle = (xs[len(inner) // 2 - 1] + xs[len(inner) // 2]) / 2
        return [x - middle for x in xs]


def sign(which: str, x: float, y: float) -> list[Thing]:
    """The strokes in a ring."""
    a, b = 2.4, 1.7
    strokes = {
        "+": [((-a, 0), (a, 0)), ((0, -a), (0, a))],
        "×": [((-b, -b), (b, b)), ((-b, b), (b, -b))],
        "‖": [((-1.1, -a), (-1.1, a)), ((1.1, -a), (1.1, a))],
    }[which]
    return [Line(((x + p, y + q), (x + r, y + s)), False, "sign") for (p, q), (r, s) in strokes]


def _turned(part: Part) -> Part:
    """A part that flows to the right instead of down: what was across is along."""
    out = Part(0.0, part.height, 0.0, head=part.head, tail=part.tail, lost=part.lost)
    for it in part.things:
        match it:
            case Box():
                out.things.append(Box(it.top, it.left, it.height, it.width, it.kind, it.dashed))
            case Line():
                out.things.append(it._replace(points=tuple((y, x) for x, y in it.points)))
            case _:
                out.things.append(it._replace(x=it.y, y=it.x))
    return out


def _gives(group: Group) -> list[int]:
    return [*group.gives, *(t for node in all_nodes(group.body) for t in node.gives)]


def _looks(group: Group) -> list[int]:
    inside = set(_gives(group))
    return [t for t in dict.fromkeys(taken(group.body)) if t not in inside]


def crosses(things: Sequence[Thing], a: float, b: float, y: float) -> bool:
    """Whether a level line would run through a box."""
    low, high = min(a, b) + 0.1, max(a, b) - 0.1
    return any(
        isinstance(it, Box)
        and it.kind not in ("frame", "panel")
        and it.top + 0.1 < y < it.top + it.height - 0.1
        and it.left < high
        and it.left + it.width > low
        for it in things
    )


def inset(setter: Setter, block: Block, limit: float) -> Part:
    """A block by itself, in a frame with its title."""
    setter.shown = block.shown
    setter.naturals.clear()
    setter.leasts.clear()
    title: list[Piece] = [Piece(block.title)]
    for n, letter in enumerate(block.letters):
        title += [Piece(", " if n else " ("), *letter]
    title += [Piece(")")] * bool(block.letters)
    inner = setter.frame(opened(block.sample.body, setter.blocks), (), "panel", limit, None, False)
    part = Part(head=False)
    part.take(inner, 0, 10.0)
    part.words(-inner.left + 1, 4.5, fitted(tuple(title), "title", limit), "title", "start")
    part.height = inner.height + 10.0
    setter.shown = {}
    setter.naturals.clear()
    setter.leasts.clear()
    return part
