"""A block repeated a symbolic number of times: the shape at copy i from its recurrence, the block traced once at i.

The map from the sizes that come in to those that go out is found by tracing the block on unknown sizes, and solved axis
by axis. A first copy that differs from the rest is traced by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from ..algebra import poly, powers
from ..algebra.conditions import follows
from ..algebra.known import nonnegative, same, surely_whole
from ..algebra.needs import Need, at_least, settled
from ..algebra.poly import Floor, Poly, Size, Sym
from ..algebra.rounding import floor
from ..algebra.substitution import replaced, symbols
from ..algebra.sums import factors, summed
from ..algebra.unwinding import unwound
from ..errors import NetError
from ..language import tree
from ..measures.traced import Nest, Repeat, Row, Shape, Tensor
from .ranges import FACTOR
from .values import Env, Labels, Net

if TYPE_CHECKING:
    from .trace import Tracer

PEELED = 2  # first copies that may differ from the rest
STEPS = 100  # what tracing a block on unknown sizes is taken to cost


class Unsolved(Exception):
    """A shape that has no recurrence we can solve, at least not from this copy on."""


class Hole(tree.Node):
    """The place inside a block where the next copy of the block stands."""

    __slots__ = ("fill",)
    fill: Callable[[Tensor | None], Tensor]


class Block(NamedTuple):
    """What is repeated: the phrase, its body, the index and its first value, how many copies, where names stand."""

    node: tree.Node
    body: tree.Node
    name: str
    first: Size
    copies: Size
    env: Env

    @property
    def start(self) -> int:
        """The index of the first copy: the written one, or 0 where it begins at a symbol."""
        return self.first if isinstance(self.first, int) else 0

    @property
    def end(self) -> Size:
        """The index behind the last copy."""
        return self.start + self.copies

    def at(self, index: Size) -> Env:
        """Where names stand for what in the copy with this index."""
        return self.env.with_names({self.name: self.first - self.start + index}, Labels(self.env.labels))


def repeated(to: Tracer, kind: str, block: Block, x: Tensor | None) -> Tensor | None:
    """A chain of copies; returns what the last gives out."""
    node, _, name, _, count, env = block
    to.require_whole(count, node, env, "the count")
    to.require(at_least(count, 0, "a network is repeated a negative number of times: {a}"), node, env, tree.text(node))
    block = block._replace(name=name or _free_name(to, env))
    row = to.enter(node, kind, env)
    done = 0
    while True:
        to.goes_on(x, block.body, env)
        if x is not None:
            solved = _solved(to, block, done, x)
            if solved is not None:
                x = _looped(to, row, block, done, x, *solved)
                break
        if done == PEELED:
            message = "the shapes of these copies follow no rule that could be solved"
            raise to.fault(message, node, env, "write the count as a number")
        x = _one_copy(to, block, done, x)
        done += 1
        if x is None:  # nothing decided the input: the next pass begins with one
            break
    to.leave()
    if x is not None:
        row.shape = x.shape
    return x


def _free_name(to: Tracer, env: Env) -> str:
    """A name for the index of `block*n`, which has none of its own."""
    taken = to.program.words | env.frame.home.words | to.met.keys() | {loop.index.name for loop in to.loops}
    return next(name for name in ("i", "j", "k", *(f"i{n}" for n in range(1000))) if name not in taken)


def _unused(to: Tracer, name: str) -> str:
    """The name for an index or an unknown size: with a number where a size from outside may have a symbol of it."""
    taken = to.around | to.met.keys() | {loop.index.name for loop in to.loops}
    return next(own for n in count(1) if (own := name if n == 1 else f"{name}{n}") not in taken)


def _one_copy(to: Tracer, block: Block, number: int, x: Tensor | None) -> Tensor | None:
    to.part(number + 1, "first copy" if number == 0 else f"copy {number + 1}")
    inner = block.at(block.start + number)
    x = to.branch(block.body, inner, x)
    block.env.labels.inside |= inner.labels.tensors.keys() | inner.labels.inside
    to.part_over()
    return x


def _solved(to: Tracer, block: Block, done: int, x: Tensor) -> tuple[Sym, Shape] | None:
    """The index and the shape that comes into the copy at it, where every axis has a recurrence that can be solved.

    The shape is one behind the last copy, too: its index has the end as its greatest value, where it is simplified."""
    index = Sym(_unused(to, block.name), block.start + done, top=block.end - 1)
    unknown = _unknown(to, len(x.shape), "")
    coming = tuple(map(poly.atom, unknown))
    numbers = tuple(u if isinstance(size, Poly) else size for u, size in zip(coming, x.shape, strict=True))
    for tried in dict.fromkeys((coming, numbers, x.shape)):  # a block may have to know some sizes, which it then keeps
        try:
            out = _scratch(to, block, index, *unknown).branch(block.body, block.at(poly.atom(index)), Tensor(tried))
            if out is not None and not out.parts:
                behind = Sym(index.name, index.least, top=block.end)
                return index, _recurrence(out.shape, unknown, index, behind, x.shape, tried)
        except (NetError, Unsolved, ArithmeticError, ValueError):
            to.spend(0, block.node, block.env)  # what was too much stays too much
    return None  # the copies themselves will say what else is wrong


def _scratch(to: Tracer, block: Block, *around: Sym) -> Tracer:
    """A tracer that knows what this one knows and leaves no trace but what it spends; sizes have these symbols."""
    to.spend(STEPS, block.node, block.env)
    scratch = to.child()
    scratch.around |= {sym.name for sym in around} | {loop.index.name for loop in to.loops}
    scratch.known, scratch.taken, scratch.towers, scratch.rising = to.known, to.taken, dict(to.towers), to.rising
    return scratch


def _unknown(to: Tracer, axes: int, mark: str) -> tuple[Sym, ...]:
    """A symbol for each axis of a shape that is not known yet; no user's symbol has such a name."""
    return tuple(Sym(_unused(to, f"{n}\u00b7{mark}"), 1) for n in range(axes))


def _atoms(syms: tuple[Sym, ...]) -> Shape:
    return tuple(map(poly.atom, syms))


def _recurrence(out: Shape, unknown: tuple[Sym, ...], index: Sym, at: Sym, came: Shape, tried: Shape) -> Shape:
    """The shape that comes into the copy at `at`, where the copy at `index` makes `out` of what was `tried`."""
    if len(out) != len(unknown):
        raise Unsolved
    shape = []
    for size, u, came_in, given in zip(out, unknown, came, tried, strict=True):
        if given == poly.atom(u):
            shape.append(_axis(size, u, unknown, index, at, came_in))
        elif size == given:
            shape.append(given)
        else:
            raise Unsolved
    return tuple(shape)


def _axis(out: Size, u: Sym, unknown: tuple[Sym, ...], index: Sym, at: Sym, came: Size) -> Size:
    """The size that comes into the copy at `at`, where `came` comes into the first, which `at` begins with."""
    start, here = at.least, poly.atom(at)
    around = symbols(out) & set(unknown)
    if not around:  # each copy sets it: the next one sees what this one gave
        if not same(replaced(out, {index.name: start - 1}), came):
            raise Unsolved
        return replaced(out, {index.name: here - 1})
    if around != {u}:
        raise Unsolved
    size = poly.atom(u)
    grown = out - size
    if u not in symbols(grown):  # c -> c + k(i)
        return came + summed(grown, index, start, here - 1)
    ratio, constant = _line(out, u)
    if ratio is not None and index not in symbols(ratio) | symbols(constant):  # c -> r·c + k
        grown_ratio = powers.power(ratio, here - start)
        return came * grown_ratio + constant * powers.quotient(grown_ratio - 1, ratio - 1)
    return _rounded(out, u, index, here - start, came)


def _line(p: Size, u: Sym) -> tuple[Size | None, Size]:
    """(a, b) where p is a·u + b and u is in neither; a is None where it is no such line."""
    assert isinstance(p, Poly)
    moving = poly.made({m: c for m, c in p.terms.items() if (u, 1) in m})
    slope, rest = moving * powers.power(poly.atom(u), -1), p - moving
    if u in symbols(slope) | symbols(rest):
        return None, 0
    return slope, rest


def _rounded(out: Size, u: Sym, index: Sym, steps: Size, came: Size) -> Size:
    """⌊(c + b)/s⌋ iterated t times is ⌊(c + b(s^t - 1)/(s - 1))/s^t⌋ for a whole number s and a size b without c."""
    if isinstance(out, Poly) and len(out.terms) == 1:
        ((mono, c),) = out.terms.items()
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, Floor) and isinstance(e, int) and e == 1 and isinstance(it.den, int):
                b = it.num - poly.atom(u)
                if u not in symbols(b) and index not in symbols(b):
                    grown = powers.power(it.den, steps)
                    return floor(came + b * (grown - 1) * Fraction(1, it.den - 1), grown)
    raise Unsolved


def _looped(to: Tracer, row: Row, block: Block, done: int, x: Tensor, index: Sym, shape: Shape) -> Tensor:
    """The copies from number `done` on as one operation, the block traced once at the index."""
    _, body, _, _, count, env = block
    if done:
        to.require(at_least(count, done, "the closed form needs {b} copies, not {a}"), body, env, tree.text(body))
    after, entry = (tuple(replaced(size, {index.name: at}) for size in shape) for at in (block.end, poly.atom(index)))
    loop = Repeat(".".join(to.paths), x, after, index, block.start + done, block.end - 1)
    loop.entry = Tensor(entry)
    inner = block.at(poly.atom(index))
    _at_index(to, row, loop, block, inner)
    env.labels.inside |= inner.labels.tensors.keys() | inner.labels.inside
    return loop.out


def _at_index(to: Tracer, row: Row, loop: Repeat, block: Block, inner: Env) -> None:
    """Traces a block at its index into the loop; what it needs is needed at the ends."""
    loop.times, before = to.times, (to.times, to.needs)
    to.times = 1
    to.needs, loop.outside = [], to.needs
    to.loops.append(loop)
    first, last = (block.first - block.start + end for end in (loop.low, loop.high))
    to.part(len(row.parts) + 1, f"{block.name} = {to.show(first)} … {to.show(last)}")
    try:
        out = to.branch(block.body, inner, loop.entry)
        needs = to.needs
    finally:
        to.part_over()
        to.loops.pop()
        to.times, to.needs = before
    assert out is not None
    loop.exit = out
    sizes = [s for op in loop.body for s in (*op.facts.shape, *(n for w in op.facts.weights for n in w.shape))]
    for factor in {f for size in (*loop.entry.shape, *sizes) for f in factors(size, loop.index)}:
        to.require(at_least(factor, 2, FACTOR), block.body, inner, tree.text(block.body))
    known = [need for need, _ in to.needs if not need.over]
    for need, who in needs:
        for ended in _at_the_ends(need, loop.index, loop.low, loop.high, known):
            to.require(ended, block.body, inner, who)
    row.ops.append(loop)
    to.ops.append(loop)


def nested(to: Tracer, around: tree.Setting, block: Block, x: Tensor | None) -> Tensor | None:
    """A block around itself: [level(c*2^i, inner) for i in 0..n-1 around inner = bottom], with symbolic n."""
    if x is None:  # the outermost copy decides what comes in
        return to.branch(block.body, block.at(block.start), None)
    to.require_whole(block.copies, block.node, block.env, "the count")
    row = to.enter(block.node, "list", block.env)
    out = _nested_from(to, row, around, block, x, 0)
    to.leave()
    row.shape = out.shape
    return out


def _nested_from(to: Tracer, row: Row, around: tree.Setting, block: Block, x: Tensor, done: int) -> Tensor:
    """The levels from number `done` inwards; where they follow no rule, that level by itself around the others."""
    node, env = block.node, block.env
    to.goes_on(x, node, env)
    to.require(at_least(block.copies, done, "the closed form needs {b} levels, not {a}"), node, env, tree.text(node))
    closed = _closed_nest(to, row, around, block, x, done)
    if closed is not None:
        return closed
    if done == PEELED:
        message = "the shapes of these levels follow no rule that could be solved"
        raise to.fault(message, node, env, "write the count as a number")

    def fill(inside: Tensor | None) -> Tensor:
        assert inside is not None
        within = to.enter(node, "list", env)
        within.written = around.name
        out = _nested_from(to, within, around, block, inside, done + 1)
        to.leave()
        within.shape = out.shape
        return out

    to.part(done + 1, f"{block.name} = {to.show(block.first + done)}")
    out = to.branch(block.body, _with_hole(block, block.start + done, around, fill), x)
    to.part_over()
    assert out is not None
    return out


def _closed_nest(to: Tracer, row: Row, around: tree.Setting, block: Block, x: Tensor, done: int) -> Tensor | None:
    """The levels as one operation, where the sizes that go in and come out of a level follow a rule."""
    name, start, end = _unused(to, block.name), block.start + done, block.end
    index, behind = Sym(name, start, top=end - 1), Sym(name, start, top=end)
    met: list[Shape] = []
    unknown, given = _unknown(to, len(x.shape), ""), _unknown(to, len(x.shape), "'")

    def unknown_fill(inside: Tensor | None) -> Tensor:
        to.goes_on(inside, block.node, block.env)
        met.append(inside.shape if inside is not None else ())
        return Tensor(_atoms(given))

    env = _with_hole(block, poly.atom(index), around, unknown_fill)
    try:
        level = _scratch(to, block, index, *unknown, *given).branch(block.body, env, Tensor(_atoms(unknown)))
        if level is None or level.parts or len(met) != 1:
            return None
        solved = _recurrence(met[0], unknown, index, behind, x.shape, _atoms(unknown))
    except (NetError, Unsolved, ArithmeticError, ValueError):
        to.spend(0, block.node, block.env)
        return None
    coming, bottom = (
        Tensor(tuple(replaced(size, {name: at}) for size in solved)) for at in (poly.atom(index), end)
    )  # fmt: skip
    into = dict(zip([u.name for u in unknown], coming.shape, strict=True))
    base = to.as_network(around.value, block.env)
    last = _scratch(to, block).trace(base, Tensor(bottom.shape))
    leaving = None if last is None or last.parts else _leaving(level.shape, given, into, last.shape, index, end)
    if leaving is None:
        return None

    nest = Nest(".".join(to.paths), x, tuple(replaced(s, {name: start}) for s in leaving), index, start, end - 1)
    nest.base, nest.base_entry, nest.entry = [], bottom, coming
    nest.hole_out = Tensor(tuple(replaced(size, {name: poly.atom(index) + 1}) for size in leaving))

    def fill(inside: Tensor | None) -> Tensor:
        assert inside is not None
        nest.hole_in = inside
        return nest.hole_out

    _at_index(to, row, nest, block, _with_hole(block, poly.atom(index), around, fill))
    nest.base_exit = _base(to, nest, base, bottom)
    return nest.out


def _with_hole(block: Block, value: Size, around: tree.Setting, fill: Callable[[Tensor | None], Tensor]) -> Env:
    inner = block.at(value)
    key = ("around", block.env.frame.key, block.node.start)
    inner.names[around.name] = Net(Hole(0, 0, fill), block.env, key=key)
    return inner


def _base(to: Tracer, nest: Nest, base: Net, bottom: Tensor) -> Tensor:
    """What stands in the innermost hole, its operations kept apart."""
    start = len(to.ops)
    to.part(0, "inside")
    out = to.trace(base, bottom)
    to.part_over()
    assert out is not None
    nest.base = to.ops[start:]
    del to.ops[start:]
    return out


def _leaving(
    out: Shape, given: tuple[Sym, ...], into: dict[str, Size], bottom: Shape, index: Sym, end: Size
) -> Shape | None:
    """The shape that leaves the level at the index: set by the level itself, or made of what leaves the one within."""
    levels = end - index.least
    outwards, beyond = (Sym("\u00b7", 0, top=top) for top in (levels - 1, levels))  # counted from the innermost
    if len(out) != len(bottom):
        return None
    leaving = []
    for size, v, last in zip(out, given, bottom, strict=True):
        if size == poly.atom(v):
            leaving.append(last)
            continue
        own = replaced(size, into)
        if symbols(own) & set(given):
            turned = replaced(own, {index.name: end - 1 - poly.atom(outwards)})
            try:
                inner = _axis(turned, v, given, outwards, beyond, last)
            except (Unsolved, ArithmeticError, ValueError):
                return None
            leaving.append(replaced(inner, {outwards.name: end - poly.atom(index)}))
        elif same(replaced(own, {index.name: end}), last):
            leaving.append(own)
        else:
            return None
    return tuple(leaving)


def _at_the_ends(need: Need, index: Sym, low: Size, high: Size, known: list[Need]) -> list[Need]:
    """What a need at the index says of all copies: at the last or first where it is sharpest there, else for all.

    Without any copy nothing is needed: where there may be none, an end is said for all copies, unless it says nothing
    beyond what is known then."""

    def at(value: Size) -> Need:
        there = {index.name: value}
        return need._replace(a=replaced(need.a, there), b=replaced(need.b, there))

    ends: list[Size] | None = None
    if index not in {sym for _, *sizes in (*need.over, (index, need.a, need.b)) for p in sizes for sym in symbols(p)}:
        ends, low, high = [1], 1, high - low + 1
    elif not need.over:
        ends = _sharpest(need, index, low, high)
    if ends is not None:
        without = [at(low - 1 if end is high else end) for end in ends]
        some = nonnegative(high - low) or follows(at_least(high, low, ""), known)
        if some or all(settled(it) or follows(it, known) for it in without):
            return [at(end) for end in ends]
    return [need._replace(over=((index, low, high), *need.over))]


def _sharpest(need: Need, index: Sym, low: Size, high: Size) -> list[Size] | None:
    """The values of the index at which a need is enough for all from low to high; None where that cannot be told."""

    def step(size: Size) -> Size:
        return replaced(size, {index.name: poly.atom(index) + 1}) - size

    if need.relation == ">=":
        growth = step(unwound(need.a - need.b))
        if nonnegative(growth):
            return [low]
        return [high] if nonnegative(-growth) else [low, high] if nonnegative(-step(growth)) else None
    if need.relation == "%":
        asked = powers.quotient(need.a, need.b)
        for end in (high, low):  # where the quotient is whole there, it is whole everywhere: 2^i divides 2^n
            if surely_whole(powers.quotient(asked, replaced(asked, {index.name: end}))):
                return [end]
        if index not in symbols(need.b) and settled(Need("%", step(need.a), need.b, "")):
            return [low]
    degree = _degree(need, index)
    if degree is None or not nonnegative(high - low - degree):  # fewer copies than points
        return None
    return [low + k for k in range(degree + 1)]  # a polynomial that is 0 there is 0 everywhere, modulo b too


def _degree(need: Need, index: Sym) -> int | None:
    """The degree of a need in its index, where it is a polynomial in it."""
    if index in symbols(need.b) and need.relation == "%":
        return None
    degree = 0
    for size in (need.a, need.b):
        for mono in size.terms if isinstance(size, Poly) else ():
            for it, e in mono:
                if it == index and isinstance(e, int) and e > 0:
                    degree = max(degree, e)
                elif index in symbols(poly.atom(it, e)):
                    return None
    return degree
