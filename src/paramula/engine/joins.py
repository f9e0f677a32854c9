"""Branches that run on the same tensor, and how they are joined: add, residual, concat, mul, fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..algebra.known import same
from ..algebra.needs import settled
from ..errors import NetError
from ..language import tree
from ..layers.facts import Facts
from ..layers.joins import Unlike, added, concatenated, multiplied
from ..measures.traced import Shape, Tensor
from .opening import INPUTS, Opens, Place
from .values import Env

if TYPE_CHECKING:
    from .trace import Tracer

FITTING = {
    **dict.fromkeys(("add", "residual"), "equal shapes"), "concat": "shapes that differ in one axis only",
    "mul": "shapes that are equal, or 1, from the last axis on",
}  # fmt: skip


def is_id(node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and node.name == "id"


def join(
    to: Tracer, how: str, branches: list[tuple[tree.Node, Env]], node: tree.Node, env: Env, x: Tensor | None
) -> Tensor | None:
    """Runs every branch on what comes in, and joins what they give out."""
    to.goes_on(x, node, env)
    row = to.enter(node, how, env)
    outs: list[Tensor | None] = []
    opened: list[Opens] = []
    to.branching += 1
    for branch, inner in branches:
        first = first_phrase(branch)
        if isinstance(first, tree.Call) and first.name == "input" and x is not None and x not in to.declared:
            raise another_input(to, (first, inner), to.show(x.shape))
        to.part(len(outs) + 1)
        inside = to.paths, len(to.groups), len(to.used), to.branching
        try:
            outs.append(to.branch(branch, inner, x))
        except Opens as opens:
            opened.append(opens)
            outs.append(None)
            to.paths, groups, used, to.branching = inside
            del to.groups[groups:], to.used[used:]
        to.part_over()
    to.branching -= 1
    try:
        if opened:
            raise agreed(to, opened, len(opened) < len([out for out in outs if out is None]))
        if any(out is None for out in outs):
            if all(out is None for out in outs):
                return None
            raise Opens(None, INPUTS["image"])
        tensors: list[Tensor] = [out for out in outs if out is not None]
        if how == "fork":
            result = Tensor(tuple(t.shape for t in tensors), tuple(tensors))
        else:
            for (branch, inner), tensor in zip(branches, tensors, strict=True):
                if tensor.parts:
                    raise to.fault("fork ends a chain: its outputs cannot be joined", branch, inner)
            shape = joined_shape(to, how, [b for b, _ in branches], tensors, node, env)
            facts = to.memo.setdefault((how, shape), Facts(shape))
            result = to.operate(how, facts, tuple(tensors), node, env, row)
    finally:
        to.leave()
    row.shape = result.shape
    return result


def agreed(to: Tracer, opened: list[Opens], undecided: bool) -> Opens:
    """How a join begins whose branches begin so: with the one input that some of them declare, with what the first
    layer takes, or at labels."""
    declared = [opens for opens in opened if opens.shape is not None]
    for other in declared[1:]:
        first = declared[0]
        if other.shape != first.shape:
            raise another_input(to, other.place, to.show(first.shape), first.place)
        first.nodes += other.nodes
    layers = (opens for opens in opened if not opens.begun)
    one = next(iter(declared), None) or next(layers, None)
    return one or (Opens(None, INPUTS["image"]) if undecided else opened[0])


def another_input(to: Tracer, place: Place | None, shape: str, before: Place | None = None) -> NetError:
    """The error for a second input that a branch declares."""
    assert place is not None
    node, env = place
    span = before[0].span if before and before[1].frame.source is env.frame.source else None
    towers = f"a: {shape} -> … and b: {tree.text(node)} -> …"
    hint = f"two inputs are two towers, {towers} on lines of their own, that a join takes as @a and @b"
    return to.fault(f"a second input is declared here, but {shape} is the input", node, env, hint, span)


def called_join(to: Tracer, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
    how = node.name  # type: ignore[attr-defined]
    args = node.args if isinstance(node, tree.Call) else []
    branches = [arg for arg in args if not (isinstance(arg, tree.Keyword) and arg.name == "axis")]
    if how == "residual":
        if not 1 <= len(branches) <= 2:
            raise to.fault("residual takes a network, and a shortcut if it is not id", node, env)
        if len(branches) == 1:
            branches.append(tree.Name(node.start, node.end, "id"))
        return join(to, "residual", [(b, env) for b in branches], node, env, x)
    if len(branches) < (1 if how == "fork" else 2):
        raise to.fault(f"{how} takes {'one or more' if how == 'fork' else 'two or more'} networks", node, env)
    if len(branches) < len(args) and how != "concat":
        raise to.fault(f"{how} has no option 'axis'", next(a for a in args if a not in branches), env)
    return join(to, how, [(b, env) for b in branches], node, env, x)


def joined_shape(
    to: Tracer, how: str, nodes: list[tree.Node], tensors: list[Tensor], node: tree.Node, env: Env
) -> Shape:
    shapes = [t.shape for t in tensors]
    try:
        if how == "concat":
            shape, asked = concatenated(shapes, axis_of(to, node, shapes[0], env))
        else:
            shape, asked = (multiplied if how == "mul" else added)(shapes)
    except Unlike as unlike:
        raise disagree(to, how, shapes, nodes, unlike.first, unlike.second, env) from None
    for need, first, second in asked:
        if settled(need) is False:
            raise disagree(to, how, shapes, nodes, first, second, env)
        to.require(need, nodes[second], env, how)
    return shape


def disagree(
    to: Tracer, how: str, shapes: list[Shape], nodes: list[tree.Node], first: int, second: int, env: Env
) -> NetError:
    a, b = shapes[first], shapes[second]
    message = f"{how} needs {FITTING[how]}, but the branches give {to.show(a)} and {to.show(b)}"
    if how == "residual" and is_id(nodes[1]):
        return to.fault(
            message, nodes[0], env, "residual(f, shortcut) takes a network that changes the shape alongside"
        )
    if len(a) != len(b) and how != "mul":
        hint = "gap, flatten or reshape in one branch changes its axes"
    elif how != "concat" and not same(a[-1], b[-1]):
        hint = f"let both branches end with as many {'channels' if len(a) > 1 else 'units'}"
    else:
        hint = "windows, strides and padding decide the places of a branch: same, s=2, pool(2), up(2)"
    return to.fault(message, nodes[second], env, hint, nodes[first].span)


def axis_of(to: Tracer, node: tree.Node, shape: Shape, env: Env) -> int:
    """The axis that a concatenation names; the last one unless it does."""
    rank = len(shape)
    for arg in node.args if isinstance(node, tree.Call) else ():
        if isinstance(arg, tree.Keyword):
            number = to.number(arg.value, env)
            if not isinstance(number, int) or not -rank <= number < rank:
                raise to.fault(f"there is no axis {to.show(number)} in {to.show(shape)}", arg, env)
            return number % rank
    return rank - 1


def leading_reference(node: tree.Node) -> tree.Reference | None:
    """The reference that a step begins with, which would drop what comes in."""
    if isinstance(node, tree.Product):
        return next((found for part in node.operands if (found := leading_reference(part)) is not None), None)
    first = first_phrase(node)
    return first if isinstance(first, tree.Reference) else None


def first_phrase(node: tree.Node) -> tree.Node:
    """The phrase that a chain begins with."""
    return node.steps[0] if isinstance(node, tree.Chain) else node
