"""A definition used at a place: its parameters, and the network or number that its body says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import NetError, did_you_mean
from ..language import tree
from ..measures.labels import Defined
from .arithmetic import _OPEN
from .program import Definition, published
from .values import Bare, Env, Frame, Labels, Net, Use, key_of, operands

if TYPE_CHECKING:
    from .evaluate import Evaluator


def call_hint(definition: tree.Define) -> str:
    """The hint that shows the call of a definition, if there is something to give."""
    return f"the call is {call_of(definition)}" if definition.params else ""


def call_of(definition: tree.Define) -> str:
    params = ", ".join(n if d is None else f"{n}={tree.text(d)}" for n, d in definition.params or [])
    return f"{definition.name}({params})"


def use(to: Evaluator, used: Definition, node: tree.Node, args: list[tree.Node], env: Env) -> Any:
    """The value of a definition used at a place: a network to be traced, or what its body says."""
    definition, home = used
    name, params = definition.name, definition.params or []
    if definition.params is None and args:
        raise to.fault(f"'{name}' takes no arguments", node, env, f"write {name} alone")
    values: dict[str, Any] = {}
    places: dict[str, tree.Node] = {}
    for arg in args:
        param = parameter(to, arg, definition, places, env)
        values[param] = handed(to, arg.value if isinstance(arg, tree.Keyword) else arg, env)
    place = (env.frame.key, node.start, name, *(key_of(v) for v in values.values()))
    sizes = frozenset(n for n, default in params if isinstance(default, tree.Number))
    frame = Frame(home, frozenset(n for n, _ in params), place, sizes)
    inner = Env(frame, Labels(), values, None)
    for key, default in params:
        if key not in values:
            if default is None:
                raise to.fault(f"{name} needs its parameter {key}", node, env, f"write {call_of(definition)}")
            values[key] = handed(to, default, Env(frame, Labels(), dict(values), None))
    shared = (
        ("definition", name, home.source.name, tuple(key_of(values[n]) for n, _ in params))
        if definition.shared
        else None
    )
    try:
        to.deeper(node, env)
        value = to.as_network(definition.body, inner, id(node) in to.sought)
    except NetError as error:
        if home is not env.frame.home:
            error.used_at(home.source, node.span, env.frame.source, call_hint(definition))
        raise
    finally:
        to.level -= 1
    if isinstance(value, Net):
        weights = shared or (value.use.shared if value.use else None)
        call = Defined(name, values, places) if places else None
        return Net(value.node, value.env, Use(node, env, name, weights, call))
    return value


def parameter(to: Evaluator, arg: tree.Node, definition: tree.Define, places: dict[str, tree.Node], env: Env) -> str:
    """The parameter that an argument is for."""
    name, names = definition.name, [n for n, _ in definition.params or []]
    if isinstance(arg, tree.Keyword):
        if arg.name not in names:
            hint = did_you_mean(arg.name, names) or f"the call is {call_of(definition)}"
            raise to.fault(f"{name} has no parameter '{arg.name}'", arg, env, hint)
        key = arg.name
    else:
        free = [n for n in names if n not in places]
        if not free:
            takes = f"{len(names)} argument{'s' * (len(names) != 1)}"
            raise to.fault(f"{name} takes only {takes}", arg, env, f"the call is {call_of(definition)}")
        key = free[0]
    if key in places:
        raise to.fault(f"the parameter '{key}' of {name} is given twice", arg, env, other=places[key].span)
    places[key] = arg
    return key


def handed(to: Evaluator, node: tree.Node, env: Env) -> Any:
    """What an argument says; the bare name of a published network waits for what it is used for."""
    return Bare(node, env) if type(node) in _OPEN and bare(to, node, env) else to.value(node, env)


def bare(to: Evaluator, node: tree.Node, env: Env) -> bool:
    """Whether what an argument says depends on whether a network is wanted."""
    for part in operands(node):
        if isinstance(part, tree.Name):
            handed = env.find(part.name)
            new = handed is None and part.name in published() and part.name not in to.given
            if type(handed) is Bare or (new and not to.defined(part.name, env)):
                return True
        elif isinstance(part, tree.Call) and part.name in env.frame.home.definitions:
            if any(bare(to, arg.value if isinstance(arg, tree.Keyword) else arg, env) for arg in part.args):
                return True
    return False
