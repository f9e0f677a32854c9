"""What a call such as memory(net, batch=8) asks: the network in it, and the setup that its options say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..algebra.conditions import at_least
from ..algebra.poly import Size
from ..errors import NetError
from ..language import tree
from ..measures.costs import COSTS
from ..measures.setup import CHOICES, Setup, setup
from ..measures.traced import Traced
from .evaluate import Evaluator
from .values import Env

if TYPE_CHECKING:
    from .trace import Tracer

T = TypeVar("T")


def cost(tracer: Tracer, node: tree.Call, env: Env) -> Size:
    """What a call such as memory(net, batch=8) says."""
    return asked(tracer, node, env, COSTS[node.name].options, COSTS[node.name].rule)


def asked(tracer: Tracer, node: tree.Call, env: Env, options: tuple[str, ...], rule: Callable[[Traced, Setup], T]) -> T:
    """What a rule says of the network in a call and the setup behind it; what must hold for that is noted."""
    traced, made = tracer.asked(node, env), written(node, options, tracer, env)
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
