"""The tree of a figure made short: what belongs together in one box, what is alike once with its count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...algebra.poly import Size
from .tree import Branch, Group, Join, Leaf, Node, Tower
from .words import Wording

PERIOD = 8  # steps that are looked at as one that may be repeated
SMALL = 2  # a part with so few boxes is no block of its own

_STAYS = ("ln", "rms")  # norms that papers draw as layers


@dataclass
class Plain:
    """What is known of the nodes while they are put together; keys are numbers, equal for what is drawn alike."""

    depth: int | None
    sources: frozenset[int]  # tensors that are looked at from elsewhere
    outside: frozenset[int]  # those of them that whole towers give out
    numbers: dict[Any, int] = field(default_factory=dict)
    exact: dict[Node, int] = field(default_factory=dict)
    shaped: dict[Node, int] = field(default_factory=dict)
    forms: dict[Node, int] = field(default_factory=dict)

    def number(self, key: Any) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    # keys

    def key(self, node: Node) -> int:
        """A number that two nodes share if they are drawn alike, but for their shapes."""
        if node not in self.exact:
            match node:
                case Leaf():
                    looks = tuple(it if it in self.outside else -1 for it in node.looks)
                    known: Any = ("leaf", node.words, node.kind, node.times, looks, node.inside)
                case Join():
                    known = (
                        "join",
                        node.sign,
                        tuple((self._source(b), *map(self.key, b.body)) for b in node.branches),
                    )
                case Group():
                    known = ("group", node.title, node.times, tuple(map(self.key, node.body)))
            self.exact[node] = self.number(known)
        return self.exact[node]

    def shapes(self, node: Node) -> int:
        """The same for the shapes inside."""
        if node not in self.shaped:
            match node:
                case Leaf():
                    inner: Any = ()
                case Join():
                    inner = tuple(self.shapes(it) for b in node.branches for it in b.body)
                case Group():
                    inner = tuple(map(self.shapes, node.body))
            self.shaped[node] = self.number(("shapes", node.shape, inner))
        return self.shaped[node]

    def form(self, node: Node) -> int:
        """The same for what is drawn alike but for its numbers."""
        if node not in self.forms:
            match node:
                case Leaf():
                    known: Any = ("leaf", node.words.form, node.kind, node.times != 1, len(node.looks))
                case Join():
                    known = (
                        "join",
                        node.sign,
                        tuple((self._source(b), *map(self.form, b.body)) for b in node.branches),
                    )
                case Group():
                    known = ("group", node.title, node.times != 1, tuple(map(self.form, node.body)))
            self.forms[node] = self.number(known)
        return self.forms[node]

    def _source(self, branch: Branch) -> int:
        return branch.source if branch.source in self.outside or not branch.source else -1

    # putting together

    def chain(self, nodes: Sequence[Node], repeated: bool = False) -> tuple[Node, ...]:
        out: list[Node] = []
        for node in nodes:
            for it in self.node(node):
                both = self.together(out[-1], it) if out else None
                if both is None:
                    out.append(it)
                else:
                    out[-1] = both
        return tuple(self.runs(out, 2 if repeated else 3))

    def node(self, node: Node) -> tuple[Node, ...]:
        match node:
            case Leaf():
                return (node,)
            case Join():
                branches = tuple(replace(b, body=self.chain(b.body)) for b in node.branches)
                return (replace(node, branches=branches),)
            case Group():
                body = self.chain(node.body, repeated=not node.title)
                if self.depth is not None and node.level >= self.depth and body:
                    return (self.closed(node, body),)
                if not body:
                    return ()
                group = replace(node, body=body)
                if node.times == 1:
                    return (group,) if node.title and boxes(body) > SMALL else body
                if len(body) == 1 and not isinstance(body[0], Join) and body[0].times == 1:
                    steady = node.steady and (not isinstance(body[0], Group) or body[0].steady)
                    return (self.counted(body[0], node.times, node, steady, node.note),)
                return (group,)

    def closed(self, group: Group, body: tuple[Node, ...]) -> Leaf:
        """A part that is not looked into."""
        if len(body) == 1 and not isinstance(body[0], Join) and not group.title:  # a part that is only repeated
            only = body[0]
            inner = only if isinstance(only, Leaf) else self.closed(only, only.body)
            return replace(inner, times=_product(inner.times, group.times), shape=group.shape)
        n = sum(1 for _ in leaves(body))
        gives = tuple(t for node in all_nodes(body) if not isinstance(node, Group) for t in node.gives)
        looks = tuple(dict.fromkeys(t for leaf in leaves(body) for t in leaf.looks))
        alike = {it.words.head for it in body if isinstance(it, Leaf) and it.kind == "block" and it.times == 1}
        name = next(iter(alike))[0] if len(alike) == 1 and len(body) == n else ""
        title = group.title or (f"{n} × {name}" if name else f"{n} layer{'s' * (n > 1)}")
        inside = set(gives)
        words = Wording((title,))
        looks = tuple(t for t in looks if t not in inside)
        known = self.number(("inside", *map(self.key, body)))
        return Leaf(words, "block", group.shape, gives, looks, group.shared, group.times, inside=known)

    def counted(self, node: Node, times: Size, last: Node, steady: bool, note: str = "", shared: bool = False) -> Node:
        """A node that stands for several, up to the last."""
        shape, gives = last.shape, (*node.gives, *last.gives)
        match node:
            case Leaf():
                return replace(
                    node,
                    times=_product(node.times, times),
                    shape=shape,
                    loose=False,
                    shared=node.shared or shared,
                    gives=gives,
                )
            case Join():
                return Group("", (node,), shape, times=times, steady=steady, note=note, shared=shared, gives=gives)
            case Group():
                return replace(
                    node, times=_product(node.times, times), shape=shape, steady=node.steady and steady, note=note,
                    shared=node.shared or shared, gives=gives,
                )  # fmt: skip

    def together(self, one: Node, two: Node) -> Node | None:
        """Two layers in one box, where papers write them so: a convolution, its norm and its activation."""
        if not isinstance(one, Leaf) or not isinstance(two, Leaf) or one.times != 1 or two.times != 1:
            return None
        if two.looks or (one.shared != two.shared and two.kind not in ("activation", "norm")):
            return None
        if self.sources & set(one.gives) or one.kind in ("view", "block"):
            return None
        stays = two.brief and two.brief[0] in _STAYS
        if two.loose and (two.kind == "activation" or (not stays and one.kind in ("conv", "dense"))):
            words = replace(one.words, after=(*one.words.after, two.brief or two.words.head, *two.words.after))
            return replace(one, words=words, shape=two.shape, gives=two.gives)
        first = one.loose and not (one.brief and one.brief[0] in _STAYS)
        if first and two.kind in ("conv", "pool") and not two.words.before:
            before = (*one.words.before, one.brief or one.words.head, *one.words.after)
            return replace(two, words=replace(two.words, before=before))
        return None

    def runs(self, nodes: list[Node], least: int) -> Iterator[Node]:
        """Steps that follow each other and are alike, once with their count."""
        keys = [self.key(node) for node in nodes]
        at = 0
        while at < len(nodes):
            period, times = self.run(nodes, keys, at, least)
            if times == 1:
                yield nodes[at]
                at += 1
                continue
            first, last = nodes[at : at + period], nodes[at + period * (times - 1) : at + period * times]
            rest = nodes[at + period : at + period * times]
            steady = all(
                self.shapes(node) == self.shapes(nodes[at + i % period]) for i, node in enumerate(rest, period)
            )
            shared = all(leaf.shared for leaf in leaves(rest) if leaf.kind in ("conv", "dense", "attention"))
            shared = shared and any(leaf.shared for leaf in leaves(rest))
            if period == 1:
                yield self.counted(first[0], times, last[-1], steady, shared=shared)
            else:
                shape, gives = last[-1].shape, last[-1].gives
                yield Group("", tuple(first), shape, times=times, steady=steady, shared=shared, gives=gives)
            at += period * times

    def run(self, nodes: list[Node], keys: list[int], at: int, least: int) -> tuple[int, int]:
        """The period and the count of the longest run that begins at a place.

        Several steps are put together where they are repeated so `least` often: twice where that is how it was written.
        """
        best = (1, 1)
        for period in range(1, min(PERIOD, (len(keys) - at) // 2) + 1):
            times = 1
            while keys[at + times * period : at + (times + 1) * period] == keys[at : at + period]:
                times += 1
            if (
                times >= (2 if period == 1 else least)
                and times * period > best[0] * best[1]
                and self.alone(nodes[at : at + period])
            ):
                best = (period, times)
        return best

    def alone(self, nodes: Sequence[Node]) -> bool:
        """Whether no tensor goes to or from elsewhere, but those of towers."""
        gives = {t for node in all_nodes(nodes) if not isinstance(node, Group) for t in node.gives} & self.sources
        return gives == set(taken(nodes)) - self.outside


def _product(a: Size, b: Size) -> Size:
    return b if a == 1 else a if b == 1 else a * b


def all_nodes(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Group):
            yield from all_nodes(node.body)
        elif isinstance(node, Join):
            for branch in node.branches:
                yield from all_nodes(branch.body)


def leaves(nodes: Sequence[Node]) -> Iterator[Leaf]:
    return (node for node in all_nodes(nodes) if isinstance(node, Leaf))


def taken(nodes: Sequence[Node]) -> Iterator[int]:
    """The tensors from elsewhere that are looked at."""
    for node in all_nodes(nodes):
        if isinstance(node, Leaf):
            yield from node.looks
        elif isinstance(node, Join):
            yield from (b.source for b in node.branches if b.source)


def boxes(nodes: Sequence[Node]) -> int:
    """How much there is to see: boxes and joins, a block that has a name as one."""
    n = 0
    for node in nodes:
        match node:
            case Leaf():
                n += 1
            case Join():
                n += 1 + sum(boxes(b.body) for b in node.branches)
            case Group():
                n += 1 if node.title else boxes(node.body)
    return n


def plain(towers: Sequence[Tower], depth: int | None = None) -> tuple[list[Tower], Plain]:
    """The towers made short, and what was found out about their nodes."""
    met = frozenset(
        t for tower in towers for body in (tower.body, *(it.body for it in tower.asides)) for t in taken(body)
    )
    outside = frozenset(tower.exit for tower in towers)
    known = Plain(depth, met, outside)
    out = []
    for tower in towers:
        body = known.chain(tower.body)
        while len(body) == 1 and isinstance(body[0], Group) and body[0].times == 1:
            body = body[0].body  # the name of the whole says nothing
        asides = [replace(it, body=known.chain(it.body)) for it in tower.asides]
        alike = {known.key(it): it for it in reversed(asides)}  # those of equal copies once
        out.append(replace(tower, body=body, asides=tuple(reversed(alike.values()))))
    return out, known
