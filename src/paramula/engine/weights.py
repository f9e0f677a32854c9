"""Which operations own weights: what is shared is counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..algebra.needs import at_least, equal, settled
from ..algebra.poly import Poly, Sym
from ..algebra.substitution import symbols
from ..language import tree
from ..layers.facts import CATALOGUE, Facts
from ..measures.traced import Op, Repeat, Shape
from .bind import bound, fitted
from .values import Env, Net

if TYPE_CHECKING:
    from .trace import Tracer


def depends(key: Any, index: Sym) -> bool:
    """Whether a key of shared weights has an index in it."""
    if isinstance(key, tuple):
        return any(depends(part, index) for part in key)
    return isinstance(key, Poly) and index in symbols(key)


def own(to: Tracer, op: Op, kind_: str, facts: Facts, node: tree.Node, env: Env) -> None:
    """Counts an operation's weights once, however often they are used; others of that name are a fault."""
    key: tuple[Any, ...] = (to.owner, op.path)
    if kind_ == "unembed":
        place = next(a.value if isinstance(a, tree.Keyword) else a for a in node.args)  # type: ignore[attr-defined]
        key = (table(to, place, env)[1], "embed")
    elif to.owner:
        op.path = ".".join(filter(None, (str(to.owner[1]), op.path)))
    shapes = tuple(w.shape for w in facts.weights)
    if key[0]:
        around, inside = to.loops[: to.outside], to.loops[to.outside :]
        op.varies = frozenset(loop.index for loop in around if depends(key[0], loop.index))
        op.varies |= {loop.index for loop in inside}
        sized: list[tuple[str, Any]] = [(f"the shared {weight.name}", weight.shape) for weight in facts.weights]
        sized += [("the number of shared copies", it.count) for it in inside]
        for what, size in sized:
            if any(depends(size, loop.index) for loop in around if loop.index not in op.varies):
                message = f"{what} would differ from copy to copy: {to.show(size)}"
                raise to.fault(message, to.sharing or node, env, "what is shared is the same in every copy")
    before = to.weights.get(key)
    if before is None:
        to.weights[key] = shapes
        once = [loop for loop in to.loops if key[0] and loop.index not in (op.varies or ())]
        for weight in facts.weights:
            if any(loop.index in symbols(size) for loop in once for size in weight.shape):
                message = f"the shared {weight.name} is {to.show(weight.shape)}, which is another in each copy"
                hint = "one set for all copies has one shape; without shared, each copy has weights of its own"
                raise to.fault(message, to.sharing or node, env, hint, node.span)
        counted_in(to, once, node, env)
        return
    op.copies = op.active = 0
    if before != shapes:
        for was, now, weight in zip(before, shapes, facts.weights, strict=False):
            for a, b in zip(was, now, strict=False):
                otherwise = f"the shared {weight.name} is {to.show(was)}, here it would be {to.show(now)}"
                need = equal(a, b, otherwise)
                if settled(need) is False:
                    raise to.fault(to.told(need), to.sharing or node, env, other=node.span)
                to.require(need, node, env, to.call_text(node, env))


def counted_in(to: Tracer, loops: list[Repeat], node: tree.Node, env: Env) -> None:
    """What is counted once inside repetitions is there only if each of them has a copy."""
    for loop in loops:
        need = at_least(loop.count, 1, "the closed form needs {b} copy, not {a}")
        inside, to.needs = to.needs, loop.outside
        to.require(need, node, env, to.call_text(node, env))
        to.needs = inside


def table(to: Tracer, place: tree.Node, env: Env) -> tuple[Shape, tuple[Any, ...]]:
    """The rows and width of a shared embedding, and its key."""
    value = to.value(place, env) if isinstance(place, (tree.Name, tree.Call)) else None
    wrong = to.fault(
        "unembed takes the name of a shared embedding",
        place,
        env,
        "shared table = embed(V, d), then unembed(table)",
    )
    if not isinstance(value, Net) or value.use is None or value.use.shared is None:
        raise wrong
    node = value.node
    if not isinstance(node, tree.Call) or node.name != "embed":
        raise wrong
    call = bound(CATALOGUE["embed"], node, value.env, to)
    args = fitted(CATALOGUE["embed"], call, (1,), value.env, to)
    return (args["V"], args["d"]), value.use.shared
