"""A block as many times as a number says, one after another or around itself; with symbols, copies.py."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra import poly
from ..algebra.poly import Poly, Size
from ..language import tree
from ..measures.traced import Tensor
from .copies import Block, nested, repeated
from .ranges import MAX_COPIES, indices, symbolic_range
from .values import Env, Labels, Net, Use, kind, later

if TYPE_CHECKING:
    from .trace import Tracer


def repeat(to: Tracer, node: tree.Product, env: Env, x: Tensor | None) -> Tensor | None:
    values = [to.value(operand, env) for operand in node.operands]
    at = next(i for i, v in enumerate(values) if isinstance(v, Net))
    count: Size = poly.product(v for i, v in enumerate(values) if i != at)
    if isinstance(count, Fraction):
        raise to.fault(f"the count is not whole: {count}", node, env)
    if isinstance(count, Poly):
        return repeated(to, "repeat", Block(node, node.operands[at], "", 0, count, env), x)
    if count < 0:
        raise to.fault(f"a network is repeated a negative number of times: {count}", node, env)
    if count > MAX_COPIES:
        raise to.fault(f"{count:,} copies are too many: the limit is {MAX_COPIES:,} layers", node, env)
    body = node.operands[at]
    return written_copies(to, node, "repeat", [(body, env)] * count, env, x)


def written_copies(
    to: Tracer, node: tree.Node, name: str, bodies: list[tuple[tree.Node, Env]], env: Env, x: Tensor | None
) -> Tensor | None:
    """Copies in a chain, each with weights and labels of its own."""
    row = to.enter(node, name, env)
    to.spend(len(bodies), node, env)
    for i, (body, outer) in enumerate(bodies):
        labels = Labels(outer.labels)
        to.part(i + 1, ", ".join(f"{n}={to.show(v)}" for n, v in outer.names.items()) if name == "list" else "")
        x = to.branch(body, outer.with_names({}, labels), x)
        outer.labels.inside |= labels.tensors.keys() | labels.inside
        to.part_over()
        if x is None and i == 0 and len(bodies) > 1:
            break
    to.leave()
    if x is not None:
        row.shape = x.shape
    return x


def listing(to: Tracer, node: tree.Listing, env: Env, x: Tensor | None) -> Tensor | None:
    inner: Any = to.as_network(node.around.value, env) if node.around else None
    if node.around and not isinstance(inner, Net):
        raise to.fault(f"'{node.around.name}' must be a network, but this is {kind(inner)}", node.around.value, env)
    symbolic = symbolic_range(to, node.binding, env)
    if symbolic is not None and isinstance(symbolic[1], Poly):
        block = Block(node, node.body, node.binding.names[0], *symbolic, env)
        return nested(to, node.around, block, x) if node.around else repeated(to, "list", block, x)
    choices = indices(to, node.binding, env, moving=True)
    if node.around is None:
        return written_copies(to, node, "list", [(node.body, env.with_names(names)) for names in choices], env, x)
    key = ("around", env.frame.key, node.start)  # of every copy: what is shared in place is kept across them
    inner = Net(inner.node, inner.env, inner.use, key)
    for names in reversed(choices):
        inner = later(node.body, env.with_names({**names, node.around.name: inner}, Labels(env.labels)))
        inner.key = key
    row = to.enter(node, "list", env)
    out = to.trace(inner, x)
    to.leave()
    if out is not None:
        row.shape = out.shape
    return out


def shared(to: Tracer, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
    args = node.args if isinstance(node, tree.Call) else []
    if len(args) != 1 or isinstance(args[0], tree.Keyword):
        raise to.fault("shared takes one network: shared(block) * 12", node, env)
    value = to.as_network(args[0], env)
    if not isinstance(value, Net):
        raise to.fault(f"shared takes a network, not {kind(value)}", args[0], env)
    place = (env.frame.key, node.start)
    number = to.shared_places.setdefault(place, len(to.shared_places) + 1)
    key = ("place", f"shared{number}" if number > 1 else "shared", place)
    return to.trace(Net(value.node, value.env, Use(node, env, "shared", key)), x)
