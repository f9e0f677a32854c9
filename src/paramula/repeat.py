"""A block repeated a symbolic number of times: the shape at copy i from its recurrence, the block traced once at i.

The map from the sizes that come in to those that go out is found by tracing the block on unknown sizes, and solved axis
by axis. A first copy that differs from the rest is traced by itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .algebra import poly
from .algebra.conditions import Need, at_least
from .algebra.poly import Floor, Poly, Size, Sym
from .algebra.sums import summed
from .errors import NetError
from .language import tree
from .values import Env, Labels

if TYPE_CHECKING:
    from .trace import Row, Shape, Tensor, Tracer

PEELED = 2  # first copies that may differ from the rest


class Unsolved(Exception):
    """A shape that has no recurrence we can solve; `peel`: from the next copy on it may have one."""

    def __init__(self, peel: bool) -> None:
        super().__init__()
        self.peel = peel


def repeated(
    to: Tracer, node: tree.Node, kind: str, body: tree.Node, name: str, first: Size, count: Size, env: Env,
    x: Tensor | None,
) -> Tensor | None:  # fmt: skip
    """A chain of `count` copies, the index counting from `first`; returns what the last gives out."""
    to.require_whole(count, node, env, "the count")
    to.require(at_least(count, 0, "a network is repeated a negative number of times: {a}"), node, env, tree.text(node))
    index = name or _free_name(to)
    row = to._enter(node, kind, env)
    done = 0
    while True:
        if x is not None:
            solved = _solved(to, body, index, first, done, count, env, x)
            if solved is not None:
                x = _looped(to, row, body, index, first, done, count, env, x, *solved)
                break
        if done == PEELED:
            raise to.fault(
                "the shapes of these copies follow no rule that could be solved", node, env, "write the count as a number",
            )  # fmt: skip
        x = _one_copy(to, body, index, first + done, env, x, done)
        done += 1
        if x is None:  # nothing decided the input: the next pass begins with one
            break
    to._leave()
    if x is not None:
        row.shape = x.shape
    return x


def _free_name(to: Tracer) -> str:
    taken = to.program.words | {loop.index.name for loop in to.loops}
    return next(name for name in ("i", "j", "k", *(f"i{n}" for n in range(1000))) if name not in taken)


def _inside(env: Env, index: str, value: Size) -> Env:
    return env.with_names({index: value}, Labels(env.labels))


def _one_copy(
    to: Tracer, body: tree.Node, index: str, value: Size, env: Env, x: Tensor | None, number: int
) -> Tensor | None:
    to._part(number + 1, "first copy" if number == 0 else f"copy {number + 1}")
    inner = _inside(env, index, value)
    x = to._branch(body, inner, x)
    env.labels.inside |= inner.labels.tensors.keys() | inner.labels.inside
    to._part_over()
    return x


def _solved(
    to: Tracer, body: tree.Node, index: str, first: Size, done: int, count: Size, env: Env, x: Tensor
) -> tuple[Sym, Shape] | None:
    """The index and the shape that comes into the copy at it, where every axis has a recurrence that can be solved."""
    from .trace import Tensor, Tracer

    counter = Sym(index, done, top=count - 1)
    value = first + poly.atom(counter)
    unknown = tuple(Sym(f"{n}\u00b7", 1) for n in range(len(x.shape)))
    scratch = Tracer(to.program, to.given)
    scratch.known, scratch.taken, scratch.towers = to.known, to.taken, dict(to.towers)
    scratch.rising, scratch.level = to.rising, to.level
    try:
        out = scratch._branch(body, _inside(env, index, value), Tensor(tuple(map(poly.atom, unknown))))
    except NetError:
        return None  # the copies themselves will say what is wrong
    if out is None or out.parts or len(out.shape) != len(unknown):
        return None
    try:
        shape = tuple(
            _axis(size, sym, unknown, counter, done, came)
            for size, sym, came in zip(out.shape, unknown, x.shape, strict=True)
        )
    except Unsolved:
        return None
    return counter, shape


def _axis(out: Size, u: Sym, unknown: tuple[Sym, ...], index: Sym, start: int, came: Size) -> Size:
    """The size that comes into the copy at the index, where `came` comes into the one at `start`."""
    steps = poly.atom(index) - start
    around = poly.symbols(out) & set(unknown)
    if not around:  # each copy sets it: the next one sees what this one gave
        before = poly.replaced(out, {index.name: poly.atom(index) - 1})
        if not poly.same(poly.replaced(out, {index.name: start - 1}), came):
            raise Unsolved(peel=True)
        return before
    if around != {u}:
        raise Unsolved(peel=False)
    size = poly.atom(u)
    grown = out - size
    if u not in poly.symbols(grown):  # c -> c + k(i)
        return came + summed(grown, index, start, poly.atom(index) - 1)
    ratio, constant = _line(out, u)
    if ratio is not None and index not in poly.symbols(ratio) | poly.symbols(constant):  # c -> r·c + k
        grown_ratio = poly.power(ratio, steps)
        return came * grown_ratio + constant * poly.quotient(grown_ratio - 1, ratio - 1)
    return _rounded(out, u, index, steps, came)


def _line(p: Size, u: Sym) -> tuple[Size | None, Size]:
    """(a, b) where p is a·u + b and u is in neither; a is None where it is no such line."""
    assert isinstance(p, Poly)
    moving = poly.made({m: c for m, c in p.terms.items() if (u, 1) in m})
    slope, rest = moving * poly.power(poly.atom(u), -1), p - moving
    if u in poly.symbols(slope) | poly.symbols(rest):
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
                if u not in poly.symbols(b) and index not in poly.symbols(b):
                    grown = poly.power(it.den, steps)
                    return poly.floor(came + b * (grown - 1) * Fraction(1, it.den - 1), grown)
    raise Unsolved(peel=False)


def _looped(
    to: Tracer, row: Row, body: tree.Node, index: str, first: Size, done: int, count: Size, env: Env, x: Tensor,
    counter: Sym, shape: Shape,
) -> Tensor:  # fmt: skip
    """The copies from number `done` on as one operation, the block traced once at the index."""
    from .trace import Repeat, Tensor

    if done:
        to.require(at_least(count, done, "the closed form needs {b} copies, not {a}"), body, env, tree.text(body))
    after = tuple(poly.replaced(size, {index: count}) for size in shape)
    loop = Repeat(".".join(to.paths), x, after, counter, done, count - 1)
    loop.times, loop.copies, loop.active = to.times, to.copies, to.active
    before = to.times, to.copies, to.active, to.needs
    to.times = to.copies = to.active = 1
    to.needs = []
    to.loops.append(loop)
    to._part(done + 1, f"{index} = {to.show(first + done)} … {to.show(first + count - 1)}")
    inner = _inside(env, index, first + poly.atom(counter))
    loop.entry = Tensor(shape)
    try:
        out = to._branch(body, inner, loop.entry)
        needs = to.needs
    finally:
        to._part_over()
        to.loops.pop()
        to.times, to.copies, to.active, to.needs = before
    assert out is not None
    loop.exit = out
    env.labels.inside |= inner.labels.tensors.keys() | inner.labels.inside
    for need, who in needs:
        for ended in _at_the_ends(need, counter, done, count - 1):
            to.require(ended, body, env, who)
    row.ops.append(loop)
    to.ops.append(loop)
    return loop.out


def _at_the_ends(need: Need, index: Sym, low: Size, high: Size) -> list[Need]:
    """A need at the first copies and at the last one: sizes that grow or shrink along the copies are extreme there."""
    if index not in poly.symbols(need.a) | poly.symbols(need.b):
        return [need]
    ends: list[Any] = [low, high] if need.relation == ">=" else [low, low + 1, high]
    return [
        Need(
            need.relation,
            poly.replaced(need.a, {index.name: e}),
            poly.replaced(need.b, {index.name: e}),
            need.otherwise,
        )
        for e in ends
    ]
