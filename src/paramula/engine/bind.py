"""From a call as it is written to a layer's arguments: positions, keys, flags, and what may stand at each place."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from ..algebra.needs import at_least
from ..algebra.poly import Poly
from ..errors import counted, did_you_mean, listed
from ..language import tree
from ..layers.facts import CATALOGUE, LONG, Layer, Misfit, Param
from ..layers.windows import PLACES
from ..layers.words import PADDINGS
from .evaluate import Evaluator
from .values import SIZES, Env, Net, Word, is_number, kind

AXES = ("Windows", "Steps", "Amounts", "Ratios", "Sides", "Padding")  # one value for each axis, or one for all
WHAT = {
    "Count": "a whole number, at least 1", "Amount": "a whole number, not negative", "Index": "a written whole number",
    "Ratio": "a number", "Windows": "a window such as 3x3 or (k,k)", "Steps": "a number, or one for each axis",
    "Amounts": "a number, or one for each axis", "Ratios": "a number above 0, or one for each axis",
    "Sides": "a number, one for each axis, or a pair for each axis",
    "Padding": "a number, one for each axis, a pair for each axis, or same, valid, causal",
    "Tensor": "a tensor: @name", "Network": "a network", "Table": "the name of a shared embedding",
}  # fmt: skip
MEANING = {
    "k": "the window", "f": "the number of filters", "s": "the stride", "p": "the padding", "d": "the dilation",
    "g": "the number of groups", "groups": "the number of groups", "u": "the number of units", "r": "the factor",
    "o": "the number of places to give out", "a": "the number of places", "V": "the size of the vocabulary",
    "n": "the number of tokens", "heads": "the number of heads", "kv": "the number of heads of keys and values",
    "axes": "the number of axes", "biases": "the number of biases", "sizes": "the size", "expert": "the expert",
    "dim": "the width of a head", "table": "the table", "output_pad": "the padding of the output",
    "embed.d": "the width of a row", "mean.a": "the axis", "permute.axes": "the axis", "patch.p": "the patch",
    "slice.a": "the beginning", "slice.b": "the end", "dropout.r": "the rate", "droppath.r": "the rate",
    "pos.n": "the number of positions", "param.n": "the size", "moe.n": "the number of experts",
    "moe.active": "the number of active experts", "bi.layer": "the recurrent layer",
}  # what a layer's places mean: of one layer, or of any  # fmt: skip


class Bound(NamedTuple):
    """The arguments of a call by name, where each was written, and the activations behind the layer."""

    values: dict[str, Any]
    places: dict[str, tree.Node]
    after: list[Net]


def usage(layer: Layer) -> str:
    """The call as a signature: conv(k, f, s=1, p=valid, d=1, g=1, nobias)."""
    parts = []
    for p in layer.params:
        if p.kind == "Flag":
            continue
        if p.many:
            parts.append(f"{p.name}, …")
        elif p.required:
            parts.append(p.name if p.positional else f"{p.name}=…")
        else:
            default = ("k" if p.kind == "Steps" else "…") if p.default is None else p.default
            parts.append(f"{p.name}={default}")
    parts += list(layer.flags)
    return f"{layer.name}({', '.join(parts)})" if parts else layer.name


def activation(value: Any) -> bool:
    """Whether a value is an activation, or id: what may stand among the flags of any layer."""
    if not isinstance(value, Net):
        return False
    node = value.node
    if not isinstance(node, (tree.Name, tree.Call)) or value.env.find(node.name) is not None:
        return False
    return node.name == "id" or (node.name in CATALOGUE and CATALOGUE[node.name].plain)


def bound(layer: Layer, node: tree.Node, env: Env, evaluator: Evaluator) -> Bound:
    """The arguments of a layer's call, each at its place but not yet fitted to the incoming shape."""
    args = node.args if isinstance(node, tree.Call) else []
    values: dict[str, Any] = {}
    places: dict[str, tree.Node] = {}
    after: list[Net] = []
    positional = [p for p in layer.params if p.positional]
    required = sum(p.required for p in positional)
    filled = 0
    for arg in args:
        if isinstance(arg, tree.Keyword):
            _keyword(layer, arg, env, evaluator, values, places, after)
            continue
        if isinstance(arg, tree.Name):
            _check_new_name(layer, arg, filled, required, positional, env, evaluator)
        while filled < len(positional) and positional[filled].name in values and not positional[filled].many:
            filled += 1
        param = positional[filled] if filled < len(positional) else None
        if param is not None and param.kind == "Table":
            values[param.name], places[param.name] = arg, arg
            filled += 1
            continue
        if param is not None and param.kind == "Windows" and isinstance(arg, tree.Name) and SIZES.fullmatch(arg.name):
            if not evaluator.defined(arg.name, env):
                hint = f"write ({','.join(arg.name.split('x'))})"
                raise evaluator.fault(f"'{arg.name}' is one name, not a window", arg, env, hint)
        value = _value(param, arg, env, evaluator)
        if isinstance(value, Word):
            _flag(layer, value, arg, env, evaluator, values, places)
        elif activation(value) and (param is None or param.kind != "Network"):
            after.append(value)
        elif isinstance(value, Net) and (param is None or param.kind not in ("Network", "Tensor")):
            hint = f"steps are joined by '->': {layer.name}(…) -> {tree.text(arg)}"
            if isinstance(arg, tree.Label):
                hint = f"an option is written {arg.name}={tree.text(arg.body)}"
            raise evaluator.fault(f"{layer.name} takes no network here", arg, env, hint)
        elif param is None:
            count = len(positional)
            takes = "no arguments" if not count else f"{count} argument{'s' * (count > 1)} by position"
            raise evaluator.fault(f"{layer.name} takes {takes}", arg, env, f"the call is {usage(layer)}")
        elif param.many:
            values[param.name] = (*values.get(param.name, ()), value)
            places.setdefault(param.name, arg)
        else:
            values[param.name], places[param.name] = value, arg
            filled += 1
    for p in layer.params:
        if p.required and p.name not in values:
            meaning, hint = place_of(layer, p), f"the call is {usage(layer)}"
            what = "" if p.many or p.name in meaning.split() else f" ({meaning})"
            plain = [arg for arg in args if isinstance(arg, tree.Name) and activation(env.find(arg.name))]
            but = f", but {plain[0].name} is an activation" if plain else ""  # the argument of a definition
            raise evaluator.fault(f"{layer.name} needs {p.name}{what}{but}", plain[0] if plain else node, env, hint)
    return Bound(values, places, after)


def _value(param: Param | None, node: tree.Node, env: Env, evaluator: Evaluator) -> Any:
    """What an argument says: where a layer takes a network, those that the library publishes have names."""
    network = param is not None and param.kind in ("Network", "Tensor")
    return evaluator.as_network(node, env) if network else evaluator.value(node, env)


def _check_new_name(
    layer: Layer, arg: tree.Name, filled: int, required: int, positional: list[Param], env: Env, evaluator: Evaluator
) -> None:
    """Only required positions take a new symbol, or the first of pos(n); an unknown word behind is a misspelt flag."""
    many = any(p.many for p in positional)
    if filled < required or many or evaluator.defined(arg.name, env):
        return
    known = [*layer.flags, *(PADDINGS if any(p.kind == "Padding" for p in layer.params) else ())]
    known += [name for name, it in CATALOGUE.items() if it.plain]
    hint = did_you_mean(arg.name, known)
    free = next((p for p in positional[filled:]), None)
    if not hint and free is not None and not required and not filled:
        return
    if not hint and free is not None:
        hint = f"a symbol here is written {free.name}={arg.name}"
    raise evaluator.fault(f"{layer.name} has no flag '{arg.name}'", arg, env, hint)


def _keyword(
    layer: Layer,
    arg: tree.Keyword,
    env: Env,
    evaluator: Evaluator,
    values: dict[str, Any],
    places: dict[str, tree.Node],
    after: list[Net],
) -> None:
    names = {p.name: p for p in layer.params}
    names |= {LONG[p.name]: p for p in layer.params if p.name in LONG}
    param = names.get(arg.name)
    if param is None:
        if arg.name in layer.flags:
            raise evaluator.fault(f"'{arg.name}' is a flag", arg, env, f"write {arg.name} alone")
        known = [*names, *layer.flags]
        hint = did_you_mean(arg.name, known) or f"the call is {usage(layer)}"
        raise evaluator.fault(f"{layer.name} has no option '{arg.name}'", arg, env, hint)
    if param.name in values:
        other = places[param.name].span
        raise evaluator.fault(f"{place_of(layer, param)} of {layer.name} is given twice", arg, env, other=other)
    if param.kind == "Table":
        values[param.name] = arg.value
    elif param.kind == "Flag":
        flag = evaluator.value(arg.value, env)
        if flag not in (0, 1):
            raise evaluator.fault(f"'{arg.name}' is there or not: 1 or 0", arg.value, env)
        values[param.name] = bool(flag)
    else:
        value = _value(param, arg.value, env, evaluator)
        values[param.name] = value if not param.many or isinstance(value, tuple) else (value,)
    places[param.name] = arg.value


def _flag(
    layer: Layer,
    word: Word,
    arg: tree.Node,
    env: Env,
    evaluator: Evaluator,
    values: dict[str, Any],
    places: dict[str, Any],
) -> None:
    value: Any
    if word in layer.flags:
        name, value = layer.flags[word]
        if values.get(name, value) != value:
            other = places[name].span
            raise evaluator.fault(f"'{word}' contradicts what was said before", arg, env, other=other)
    elif word in PADDINGS and any(p.kind == "Padding" for p in layer.params):
        name, value = "p", word
        if name in values:
            other = places[name].span
            raise evaluator.fault(f"the padding of {layer.name} is given twice", arg, env, other=other)
    else:
        takers = sorted(name for name, it in CATALOGUE.items() if word in it.flags)
        hint = f"'{word}' is a flag of {listed(takers[:4], 'and')}" if takers else ""
        raise evaluator.fault(f"{layer.name} takes no flag '{word}'", arg, env, hint or f"the call is {usage(layer)}")
    values[name], places[name] = value, arg


def fitted(layer: Layer, call: Bound, x: tuple[Any, ...], env: Env, evaluator: Evaluator) -> dict[str, Any]:
    """The arguments as the layer's function takes them, checked and spread over the axes of the incoming shape."""
    out: dict[str, Any] = {}
    if len(x) < 2 and any(p.kind in AXES for p in layer.params):
        raise Misfit("works along places, but {x} comes in", PLACES)
    for p in layer.params:
        if p.name in call.values:
            value = call.values[p.name]
            if p.many:
                out[p.name] = tuple(_fitted(p, v, x, layer, call.places[p.name], env, evaluator) for v in value)
            else:
                out[p.name] = _fitted(p, value, x, layer, call.places[p.name], env, evaluator)
        elif p.kind in AXES and p.default is not None:
            out[p.name] = _spread(p, p.default, len(x) - 1)
        elif p.many:
            out[p.name] = ()
    return out


def _spread(p: Param, value: Any, axes: int) -> Any:
    if p.kind in ("Sides", "Padding") and is_number(value):
        return ((value, value),) * axes
    return (value,) * axes


def _fitted(
    p: Param, value: Any, x: tuple[Any, ...], layer: Layer, place: tree.Node, env: Env, evaluator: Evaluator
) -> Any:
    axes = len(x) - 1
    if p.kind == "Flag":
        return value
    if p.kind == "Network":
        if not isinstance(value, Net):
            raise evaluator.fault(f"{layer.name} takes a network here, not {kind(value)}", place, env)
        return value
    if p.kind in ("Tensor", "Table"):
        return value
    if p.kind == "Padding" and isinstance(value, Word):
        if value not in PADDINGS:
            raise evaluator.fault(f"'{value}' is no padding", place, env, "the words are same, valid and causal")
        if value == "causal" and axes != 1:
            message = f"{layer.name}: causal padding is for sequences (T,C), but {evaluator.show(x)} comes in"
            raise evaluator.fault(message, place, env, "write same or valid, or the places on each side: p=1")
        return (str(value),) * axes
    if p.kind not in AXES:
        return _checked(p, value, layer, place, env, evaluator)
    if not isinstance(value, tuple):
        return _spread(p, _checked(p, value, layer, place, env, evaluator), axes)
    return _per_axis(p, value, x, layer, place, env, evaluator)


def _per_axis(
    p: Param, value: Any, x: tuple[Any, ...], layer: Layer, place: tree.Node, env: Env, evaluator: Evaluator
) -> Any:
    axes, sided = len(x) - 1, p.kind in ("Sides", "Padding")
    if sided and axes == 1 and len(value) == 2 and all(map(is_number, value)):
        value = (value,)
    if len(value) != axes:
        has = f"{layer.name}: {place_of(layer, p)} has {counted(len(value), 'size', 'sizes')}"
        there = f"{counted(axes, 'axis', 'axes')} of places"
        raise evaluator.fault(f"{has}, but {evaluator.show(x)} has {there}", place, env, _for_axes(value, axes))
    out = []
    for item in value:
        if sided and isinstance(item, tuple):
            if len(item) != 2:
                message = f"{layer.name}: each axis takes two sizes (before, behind), but {evaluator.show(item)} has"
                raise evaluator.fault(f"{message} {len(item)}", place, env)
            out.append(tuple(_checked(p, side, layer, place, env, evaluator) for side in item))
        else:
            number = _checked(p, item, layer, place, env, evaluator)
            out.append((number, number) if sided else number)
    return tuple(out)


def _for_axes(value: tuple[Any, ...], axes: int) -> str:
    """The hint for sizes of too many or too few axes, where they are numbers: 3x3, or (n,n)."""
    sizes = [str(size) for size in (value + value[-1:] * axes)[:axes] if isinstance(size, int)]
    return f"write {sizes[0] if axes == 1 else '(' + ','.join(sizes) + ')'}" if len(sizes) == axes else ""


def place_of(layer: Layer, p: Param) -> str:
    return MEANING.get(f"{layer.name}.{p.name}") or MEANING.get(p.name, p.name)


def _checked(p: Param, value: Any, layer: Layer, place: tree.Node, env: Env, evaluator: Evaluator) -> Any:
    """A number that may stand at its place: whole and large enough, or a need where that depends on symbols."""
    what = f"{layer.name}: {place_of(layer, p)}"
    if not is_number(value):
        raise evaluator.fault(f"{what} must be {WHAT[p.kind]}, but this is {kind(value)}", place, env)
    evaluator.check_size(value, place, env)
    if p.kind == "Index":
        evaluator.require_whole(value, place, env, what)
        return value
    if p.kind in ("Ratio", "Ratios"):
        if p.kind == "Ratios" and not isinstance(value, Poly) and value <= 0:
            raise evaluator.fault(f"{what} must be above 0", place, env)
        return value
    if isinstance(value, Fraction):
        raise evaluator.fault(f"{what} is not whole: {value}", place, env)
    least = 1 if p.kind in ("Count", "Windows", "Steps") else 0
    if isinstance(value, int):
        if value < least:
            raise evaluator.fault(f"{what} is {value}, but must be at least {least}", place, env)
        return value
    evaluator.require_whole(value, place, env, what)
    evaluator.require(at_least(value, least, what + " is {a}, but must be at least {b}"), place, env, tree.text(place))
    return value
