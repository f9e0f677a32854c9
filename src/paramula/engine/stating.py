"""What a layer states on the shape that comes in, and what must hold for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..algebra import poly
from ..algebra.needs import at_least, settled, whole_need
from ..errors import NetError, listed
from ..language import tree
from ..layers.facts import CATALOGUE, Facts, Layer, Misfit, stated
from ..measures.labels import Called
from ..measures.traced import Tensor
from .bind import Bound, bound, fitted
from .opening import channels_last
from .patterns import MAX_AXES
from .towers import beside, reference
from .values import Env, Net
from .weights import table

if TYPE_CHECKING:
    from .trace import Tracer


class Inner:
    """A network that is an argument of a layer, as the layer sees it."""

    def __init__(self, tracer: Tracer, net: Net, x: Tensor, place: tree.Node, env: Env) -> None:
        self.tracer, self.net, self.x, self.place, self.env = tracer, net, x, place, env

    def alone(self, *names: str) -> Facts:
        """The facts of the one layer that the network must be."""
        node = self.net.node
        name = node.name if isinstance(node, (tree.Name, tree.Call)) else ""
        if name not in names:
            raise Misfit(f"takes one of the layers {listed(names)}")
        call = bound(CATALOGUE[name], node, self.net.env, self.tracer)
        if call.after:
            raise self.tracer.fault(f"an activation cannot stand inside: write it behind {name}", self.place, self.env)
        return called(self.tracer, CATALOGUE[name], call, node, self.net.env, self.x).facts


def called(
    to: Tracer, layer: Layer, call: Bound, node: tree.Node, env: Env, x: Tensor, beside: list[Tensor] | None = None
) -> Called:
    """A layer's call, and what it states on this shape; the same question is asked only once.

    Other tensors that it takes are put `beside`."""
    simple = not any(p.kind in ("Network", "Tensor", "Table") for p in layer.params)
    around = tuple(loop.index for loop in to.loops)  # what is needed there is needed of each copy
    key = (layer.name, tuple(call.values.items()), x.shape, around) if simple else None
    known: Called | None = to.memo.get(key) if key else None
    if known is not None:
        return known
    try:
        args = fitted(layer, call, x.shape, env, to)
        many = [p.name for p in layer.params if p.many]
        for p in layer.params:
            if p.name in args and p.kind in ("Network", "Tensor", "Table"):
                given = argument(to, p.kind, args[p.name], call.places[p.name], env, x)
                if isinstance(given, Tensor):
                    if given.parts:
                        message = f"{p.name} takes one tensor, not those of a fork"
                        raise to.fault(message, call.places[p.name], env)
                    (beside if beside is not None else []).append(given)
                args[p.name] = given.shape if isinstance(given, Tensor) else given
        named = {name: value for name, value in args.items() if name not in many}
        facts = stated(layer, x.shape, *(args.get(many[0], ()) if many else ()), **named)
    except Misfit as misfit:
        message = f"{layer.name} {misfit}".replace("{x}", to.show(x.shape))
        raise to.fault(message, node, env, misfit.hint) from None
    except ZeroDivisionError:
        raise to.fault(f"{layer.name}: this divides by zero; {to.show(x.shape)} comes in", node, env) from None
    except NetError as error:
        raise error.placed(node.span, env.frame.source) from error.__cause__
    settle(to, facts, layer.name, node, env, x)
    if layer.foreign:
        distrust(to, facts, layer.name, node, env)
    called = Called(layer, call.values, args, x.shape, call.places, facts)
    if key:
        to.memo[key] = called
    return called


def settle(to: Tracer, facts: Facts, name: str, node: tree.Node, env: Env, x: Tensor) -> None:
    for need in facts.needs:
        holds = settled(need)
        if holds is False:
            hint = next((said for it in to.traced.inputs if (said := channels_last(it.shape))), "")
            raise to.fault(f"{name}: {to.told(need)}; {to.show(x.shape)} comes in", node, env, hint)
        if holds is None:
            to.note(need, to.call_text(node, env))
    if len(facts.shape) > MAX_AXES:
        raise to.fault(f"{name}: a shape of {len(facts.shape)} axes is too large: the limit is {MAX_AXES}", node, env)
    for size in facts.shape:
        if type(size) is int:
            if size < 1:
                raise to.fault(f"{name}: a size of {size} would come out; {to.show(x.shape)} comes in", node, env)
            if size.bit_length() > poly.MAX_BITS:
                to.check_size(size, node, env)
        else:
            to.check_size(size, node, env)
            part = whole_need(size, f"{name}: a size that comes out is not whole: {{a}}/{{b}}")
            if part is not None:
                to.require(part, node, env, to.call_text(node, env))


def distrust(to: Tracer, facts: Facts, name: str, node: tree.Node, env: Env) -> None:
    """What must hold for the sizes that a layer of somebody else's states, beside what it says itself."""
    sizes = [(size, 1, "comes out") for size in facts.shape]
    sizes += [(size, 0, f"{w.name} has") for w in facts.weights for size in w.shape]
    for size, least, whose in sizes:
        whole = whole_need(size, f"{name}: a size that {whose} is not whole: {{a}}/{{b}}")
        for need in (whole, at_least(size, least, f"{name}: a size of {{a}} {whose}, and must be at least {{b}}")):
            if need is not None:
                to.require(need, node, env, to.call_text(node, env))


def argument(to: Tracer, kind_: str, value: Any, place: tree.Node, env: Env, x: Tensor) -> Any:
    if kind_ == "Tensor":
        if not isinstance(value, Net):
            raise to.fault("a tensor is named here: over=@name", place, env)
        if isinstance(value.node, tree.Reference):
            return reference(to, value.node, value.env, None)
        return beside(to, value, place, env)
    if kind_ == "Table":
        return table(to, place, env)[0]
    return Inner(to, value, x, place, env)
