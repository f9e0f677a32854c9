"""Shapes in a chain: the input that one declares, the pattern that one is, the label behind a step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra.needs import at_least, equal
from ..algebra.poly import Poly, Size
from ..errors import NetError, Span, counted
from ..language import tree
from ..layers.words import reserved
from ..measures.traced import Shape, Tensor
from .opening import Opens, channels_last
from .values import Env, is_number, kind

if TYPE_CHECKING:
    from .trace import Tracer


MAX_AXES = 8  # of one shape


def shape_step(to: Tracer, node: tree.Node, items: list[tree.Node], env: Env, x: Tensor | None) -> tuple[Tensor, Env]:
    to.goes_on(x, node, env)
    if x is not None:
        known = any(node is it for it in to.declared.get(x, ()))
        return x, env if known else matched(to, node, items, env, x)
    return declare(to, tuple(input_size(to, item, env) for item in items), node, env), env


def input_size(to: Tracer, item: tree.Node, env: Env) -> Size:
    value = to.value(item, env)
    if not is_number(value):
        raise to.fault(f"a shape is made of numbers, but this is {kind(value)}", item, env)
    return checked_size(to, value, item, env)


def checked_size(to: Tracer, value: Size, node: tree.Node, env: Env) -> Size:
    if not isinstance(value, (Poly, Fraction)) and value < 1:
        raise to.fault(f"a size is at least 1, not {value}", node, env)
    to.check_size(value, node, env)
    to.require_whole(value, node, env, "the size")
    to.require(at_least(value, 1, "the size {a} is not at least 1"), node, env, tree.text(node))
    return value


def declare(to: Tracer, shape: Shape, node: tree.Node, env: Env) -> Tensor:
    """The input. Inside a network whose input is still open, that network's input is this one."""
    if not shape:
        raise to.fault("a shape has at least one size", node, env)
    if len(shape) > MAX_AXES:
        raise to.fault(f"a shape of {len(shape)} axes is too large: the limit is {MAX_AXES}", node, env)
    if to.branching or to.peeking:
        opens = Opens(shape, place=(node, env))
        opens.branch = to.branching > 0
        raise opens
    x = Tensor(shape)
    arrives(to, x)
    return x


def arrives(to: Tracer, x: Tensor) -> None:
    to.traced.inputs.append(x)
    if said := channels_last(x.shape):
        to.traced.assumed.append(f"the input {to.show(x.shape)} is taken as it stands: {said}")


def open_input(to: Tracer, x: Tensor, opens: Opens) -> None:
    """Takes an input that something further in decided."""
    arrives(to, x)
    to.declared[x] = opens.nodes
    if len(opens.nodes) > 1:
        to.traced.assumed.append(f"the input {to.show(x.shape)} is declared in {len(opens.nodes)} branches, and is one")


def as_shape(to: Tracer, sizes: tuple[Any, ...], node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
    """A shape that is no pattern, such as 784 or 28x28x1: it declares the input, or must equal what comes in."""
    for value in sizes:
        if not is_number(value):
            raise to.fault(f"a shape is made of numbers, but this is {kind(value)}", node, env)
        checked_size(to, value, node, env)
    if x is None:
        return declare(to, sizes, node, env)
    to.goes_on(x, node, env)
    if len(sizes) != len(x.shape):
        if len(sizes) == 1:
            raise to.fault("a layer must stand here, but this is a number", node, env)
        raise unlike(to, node, sizes, env, x)
    for size, came in zip(sizes, x.shape, strict=True):
        must_equal(to, came, size, node, env, x, "{b} stands")
    return x


def unlike(to: Tracer, node: tree.Node, sizes: Sequence[Any], env: Env, x: Tensor) -> NetError:
    said = f"{to.call_text(node, env)} stands for {counted(len(sizes), 'axis', 'axes')}"
    return to.fault(f"{said}, but {to.show(x.shape)} comes in", node, env)


def must_equal(to: Tracer, came: Size, size: Size, node: tree.Node, env: Env, x: Tensor, said: str = "") -> None:
    said = said or (f"{node.name} is {{b}}" if isinstance(node, tree.Name) else "{b} stands")
    need = equal(came, size, f"{said} in this shape, but {{a}} comes in: {to.show(x.shape)}")
    to.require(need, node, env, tree.text(node))


def matched(to: Tracer, node: tree.Node, items: list[tree.Node], env: Env, x: Tensor) -> Env:
    """What a pattern binds: its names hold the sizes that come in, the rest must be equal to them."""
    sizes = list(x.shape)
    if any(isinstance(item, tree.Dots) for item in items):
        if not isinstance(items[0], tree.Dots) or sum(isinstance(item, tree.Dots) for item in items) > 1:
            raise to.fault("'...' stands once, in front", node, env)
        items = items[1:]
        sizes = sizes[len(sizes) - len(items) :] if len(items) <= len(sizes) else sizes
    if len(items) != len(sizes):
        raise unlike(to, node, items, env, x)
    names: dict[str, Any] = {}
    for item, size in zip(items, sizes, strict=True):
        if isinstance(item, tree.Name) and item.name not in names:
            if item.name == "_":
                continue
            check_pattern_name(to, item, env)
            names[item.name] = size
            continue
        inner = env.with_names(names)
        must_equal(to, size, to.number(item, inner), item, env, x)
    return env.with_names(names) if names else env


def check_pattern_name(to: Tracer, item: tree.Name, env: Env) -> None:
    name = item.name
    if name in env.frame.params:
        raise to.fault(
            f"'{name}' is a parameter of this definition, and this pattern would hide it", item, env,
            f"name the size otherwise, or write ({name} + 0) to say that it is equal",
        )  # fmt: skip
    if reserved(name):
        raise to.fault(f"'{name}' is a word of the catalogue and cannot name a size", item, env)


def name_tensor(to: Tracer, node: tree.Label, env: Env, out: Tensor) -> None:
    wrong, other = "", None
    if env.labels.find(node.name) is not None:
        wrong, other = f"the label '{node.name}' is used twice", label_place(to, node.name, node, env)
    elif node.name in env.frame.home.towers:
        wrong = f"'{node.name}' is the name of a tower already"
        tower = env.frame.home.towers[node.name]
        other = tower.home.named(tower.node, node.name) if tower.home is env.frame.home else None
    elif reserved(node.name):
        wrong = f"'{node.name}' is a word of the catalogue and cannot be a label"
    if wrong:
        place = tree.Name(node.start, node.start + len(node.name), node.name)
        raise to.fault(wrong, place, env, "choose another name", other)
    env.labels.tensors[node.name] = out


def label_place(to: Tracer, name: str, but: tree.Node, env: Env) -> Span | None:
    """Where another step has this label."""
    for node in tree.walk(env.frame.home.root):
        if isinstance(node, tree.Label) and node.name == name and node is not but:
            return Span(node.start, node.start + len(name))
    return None
