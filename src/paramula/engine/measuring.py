"""A quantity or a cost of a network, asked for in an expression: params(net), memory(net, batch=8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..algebra.needs import at_least
from ..algebra.poly import Size
from ..errors import NetError
from ..language import tree
from ..layers.words import COSTS, QUESTIONS
from ..measures import costs
from ..measures.setup import CHOICES, Setup, setup
from ..measures.traced import Traced
from .evaluate import Evaluator
from .unknown_names import unknown
from .values import Env, Net, kind

if TYPE_CHECKING:
    from .trace import Tracer

T = TypeVar("T")


def quantity(to: Tracer, node: tree.Call, env: Env) -> Any:
    """A quantity or a cost of a network as a number: params(net), memory(net, batch=8)."""
    from ..measures.quantities import of

    if node.name in COSTS:
        return cost(to, node, env)
    traced = network_asked(to, node, env)
    try:
        return of(traced, node.name)
    except NetError as error:
        raise error.placed(node.span, env.frame.source) from None


def network_asked(to: Tracer, node: tree.Call, env: Env) -> Traced:
    """The network that a quantity is asked of, traced; only a cost takes options behind it."""
    if to.assuming:
        message = "an assumption speaks of sizes, not of the quantities of networks"
        raise to.fault(message, node, env, f"assert {node.name}(…) checks one")
    several = len(node.args) > 1 and node.name not in (*COSTS, *QUESTIONS)
    if not node.args or several or isinstance(node.args[0], (tree.Keyword, tree.Series)):
        raise to.fault(f"{node.name} takes one network: {node.name}(net)", node, env)
    value = to.as_network(node.args[0], env)
    if not isinstance(value, Net) and to.nameless(node.args[0], env):
        raise unknown(to, getattr(node.args[0], "name", ""), node.args[0], env, True)
    if not isinstance(value, Net):
        raise to.fault(f"{node.name} is asked of a network, but this is {kind(value)}", node.args[0], env)
    other = to.child()
    traced = other.run(value)
    to.heard |= other.met.keys()
    to.learn(other)
    return traced


def cost(tracer: Tracer, node: tree.Call, env: Env) -> Size:
    """What a call such as memory(net, batch=8) says."""
    return asked(tracer, node, env, costs.COSTS[node.name].options, costs.COSTS[node.name].rule)


def asked(tracer: Tracer, node: tree.Call, env: Env, options: tuple[str, ...], rule: Callable[[Traced, Setup], T]) -> T:
    """What a rule says of the network in a call and the setup behind it; what must hold for that is noted."""
    traced, made = network_asked(tracer, node, env), written(node, options, tracer, env)
    known = len(traced.needs)
    try:
        return rule(traced, made)
    except NetError as error:
        raise error.placed(node.span, env.frame.source) from None
    finally:
        tracer.needs += traced.needs[known:]


def written(node: tree.Call, takes: tuple[str, ...], evaluator: Evaluator, env: Env) -> Setup:
    """The setup that the options of a call say: words for data types and the like, numbers for the others."""
    options: dict[str, Any] = {}
    for option in node.args[1:]:
        if not isinstance(option, tree.Keyword):
            raise evaluator.fault(
                f"{node.name} takes one network, and options", option, env, f"write {takes[0]}={tree.text(option)}"
            )
        if option.name in options:
            raise evaluator.fault(f"the option '{option.name}' is given twice", option, env)
        try:
            if option.name in CHOICES or option.name not in takes:
                value: Any = tree.text(option.value)
                setup({option.name: value}, takes, node.name)
            else:
                value = evaluator.whole(option.value, env, f"the {option.name}")
                need = at_least(value, 1, f"the {option.name} is at least {{b}}, not {{a}}")
                evaluator.require(need, option.value, env, option.name)
        except NetError as error:
            raise error.placed(option.span, env.frame.source) from None
        options[option.name] = value
    return setup(options, takes, node.name)
