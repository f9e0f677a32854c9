"""Which blocks are drawn once beside the network, and what differs between their uses as letters. Knows no places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..drawn import Phrase, Piece
from .plain import Plain, all_nodes, boxes
from .tree import Group, Join, Leaf, Node, Tower
from .words import size_phrase

SMALL = 3  # a frame around fewer boxes says little
LETTERS = 6  # more numbers than these that differ are not told
SPARE = "cmpqrwxyzabe"  # for letters that the network uses otherwise
BIG = 6  # boxes of a block that is worth an inset though it stands in one place only

Slot = tuple[tuple[int, Any], str, Any]  # where a number stands, what it is called, the number


class Block(NamedTuple):
    """A block drawn by itself: its title, its letters and where their numbers stand, one of its uses."""

    title: str
    letters: tuple[Phrase, ...]
    places: tuple[int, ...]
    sample: Group
    shown: dict[tuple[int, Any], Phrase]  # what stands in the place of a number in the sample


@dataclass
class Blocks:
    """Which groups are closed (drawn as one box), and the blocks that are drawn beside."""

    order: tuple[str, ...]
    of: dict[Group, Block | None] = field(default_factory=dict)  # the closed groups
    drawn: list[Block] = field(default_factory=list)
    nested: set[str] = field(default_factory=set)  # the titles of blocks that stand in themselves: levels

    def said(self, group: Group, shown: dict[tuple[int, Any], Phrase]) -> list[Phrase]:
        """What stands in the box of a closed group: its title, and its numbers in the order of the block's letters."""
        block = self.of[group]
        if block is None or not block.letters:
            return [(Piece(block.title if block is not None else group.title),)]
        slots = list(numbers(group.body))
        values = [shown.get(slots[at][0]) or size_phrase(slots[at][2], self.order) for at in block.places]
        values[0] = (Piece("("), *values[0])
        values[-1] = (*values[-1], Piece(")"))
        return [(Piece(block.title),), *values]


def within(group: Group) -> set[str]:
    """The titles of the groups inside a group."""
    return {node.title for node in all_nodes(group.body) if isinstance(node, Group)}


def opened(nodes: Sequence[Node], drawn: Blocks) -> tuple[Node, ...]:
    """Nodes without the frames that say little: of a part that stands once and has parts with names itself."""
    out: list[Node] = []
    for node in nodes:
        match node:
            case Leaf():
                out.append(node)
            case Join():
                branches = tuple(replace(b, body=opened(b.body, drawn)) for b in node.branches)
                same = all(a.body == b.body for a, b in zip(branches, node.branches, strict=True))
                out.append(node if same else replace(node, branches=branches))
            case Group():
                if node in drawn.of:
                    out.append(node)
                    continue
                body = opened(node.body, drawn)
                if node.times == 1 and (node.title in drawn.nested or within(node) - {""} or boxes(body) < SMALL):
                    out += body
                else:
                    out.append(node if body == node.body else replace(node, body=body))
    return tuple(out)


def numbers(nodes: Sequence[Node]) -> Iterator[Slot]:
    """The numbers of a block in reading order: in its boxes, and how often its parts are repeated."""
    for node in nodes:
        match node:
            case Leaf():
                for i, it in enumerate(node.words.fields):
                    yield (id(node), i), it.name, it.value
                yield (id(node), "times"), "n", node.times
            case Join():
                for branch in node.branches:
                    yield from numbers(branch.body)
            case Group():
                yield from numbers(node.body)
                yield (id(node), "times"), "n", node.times


def blocks(towers: Sequence[Tower], known: Plain, order: tuple[str, ...], closing: int) -> Blocks:
    """Which blocks are drawn beside the network.

    closing 0: those in several places; 1: large and repeated ones too; 3: none, all blocks stay closed.
    """
    kinds: dict[Group, int] = {}

    def kind(group: Group) -> int:
        """What blocks share that differ in numbers only, and in how often they are repeated."""
        if group not in kinds:
            kinds[group] = known.number(("kind", group.title, tuple(map(known.form, group.body))))
        return kinds[group]

    uses: dict[int, list[Group]] = {}
    for tower in towers:
        for node in all_nodes(tower.body):
            if isinstance(node, Group) and node.title:
                uses.setdefault(kind(node), []).append(node)
    out = Blocks(order)
    out.nested = {it.title for same in uses.values() for it in same if it.title in within(it)}
    names: dict[str, list[int]] = {}

    closed: dict[Group, bool] = {}

    def closes(group: Group) -> bool:
        if group not in closed:
            closed[group] = decided(group)
        return closed[group]

    def decided(group: Group) -> bool:
        if not group.title or boxes(group.body) <= 2 or group.title in out.nested:
            return False
        parts = (it for it in all_nodes(group.body) if isinstance(it, Group) and it.title)
        whole = closing < 2 and any(map(closes, parts))  # a part made of blocks: what is large is in these
        big = (boxes(group.body) >= BIG and not whole) or group.times != 1
        return len(uses[kind(group)]) > 1 or (closing > 0 and big)

    waiting: list[Group] = []

    def visit(nodes: Sequence[Node]) -> None:
        for node in nodes:
            match node:
                case Join():
                    for branch in node.branches:
                        visit(branch.body)
                case Group():
                    if closes(node):
                        out.of[node] = None
                        form = kind(node)
                        if form not in names.setdefault(node.title, []):
                            names[node.title].append(form)
                            if closing < 2:
                                waiting.append(node)
                    else:
                        visit(node.body)

    for tower in towers:
        visit(tower.body)
    done: dict[int, Block] = {}
    while waiting:
        sample = waiting.pop(0)
        visit(sample.body)
        form = kind(sample)
        done[form] = _block(sample, uses[form], order)
        out.drawn.append(done[form])
    renamed: dict[int, Block] = {}
    for block in out.drawn:
        forms = names[block.sample.title]
        form = kind(block.sample)
        if len(forms) > 1:
            block = block._replace(title=f"{block.title} {_capital(forms.index(form))}")
        renamed[form] = block
    out.drawn = list(renamed.values())
    for group in out.of:
        out.of[group] = renamed.get(kind(group))
    out.drawn += [Block(it.title, (), (), it, {}) for tower in towers for it in tower.asides]
    return out


def _capital(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else str(n + 1)


def _block(sample: Group, uses: list[Group], order: tuple[str, ...]) -> Block:
    """A block with letters for the numbers that differ between its uses."""
    slots = list(numbers(sample.body))
    columns = list(zip(*([value for _, _, value in numbers(use.body)] for use in uses), strict=True))
    bases: list[tuple[int, tuple[Any, ...]]] = []
    shown_by: dict[int, tuple[int, int, int]] = {}  # the base of a number, and what it is multiplied and divided by
    for i, column in enumerate(columns):
        if all(value == column[0] for value in column):
            continue
        for n, (_, base) in enumerate(bases):
            ratio = _ratio(column, base)
            if ratio is not None:
                shown_by[i] = (n, *ratio)
                break
        else:
            shown_by[i] = (len(bases), 1, 1)
            bases.append((i, column))
    if not bases or len(bases) > LETTERS:
        return Block(sample.title, (), (), sample, {})
    letters = _letters([slots[i][1] for i, _ in bases], order)
    shown: dict[tuple[int, Any], Phrase] = {}
    for i, (n, up, down) in shown_by.items():
        piece = letters[n]
        text = (str(up) if up > 1 else "") + piece.plain + (f"/{down}" if down > 1 else "")
        tex = (str(up) if up > 1 else "") + piece.tex + (f"/{down}" if down > 1 else "")
        shown[slots[i][0]] = (Piece(text, tex),)
    return Block(sample.title, tuple((it,) for it in letters), tuple(i for i, _ in bases), sample, shown)


def _ratio(column: tuple[Any, ...], base: tuple[Any, ...]) -> tuple[int, int] | None:
    """By what a base is multiplied, or divided, to give a column of numbers."""
    if column == base:
        return 1, 1
    if not all(type(a) is int and type(b) is int and a > 0 and b > 0 for a, b in zip(column, base, strict=True)):
        return None
    up, down = column[0] // base[0], base[0] // column[0]
    if up > 1 and all(a == up * b for a, b in zip(column, base, strict=True)):
        return up, 1
    if down > 1 and all(b == down * a for a, b in zip(column, base, strict=True)):
        return 1, down
    return None


def _letters(names: list[str], taken: tuple[str, ...]) -> list[Piece]:
    """A letter for each, its own where that is free: f; f₁ and f₂ where there are two."""
    free = iter(c for c in SPARE if c not in taken and c not in names)
    chosen: dict[str, str] = {}
    for name in names:
        first = name[0].lower()
        if first not in chosen:
            chosen[first] = first if first not in taken else next(free, first)
    out: list[Piece] = []
    firsts = [name[0].lower() for name in names]
    for i, first in enumerate(firsts):
        letter = chosen[first]
        if firsts.count(first) > 1:
            n = firsts[: i + 1].count(first)
            out.append(Piece(letter + chr(0x2080 + n), f"{letter}_{{{n}}}"))
        else:
            out.append(Piece(letter, letter))
    return out
