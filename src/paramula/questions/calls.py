"""What is asked of networks by a word with arguments: latex(…), explain_as(…), growth(…), equal(…)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..algebra.conditions import minimal
from ..algebra.substitution import replaced
from ..engine.program import Program
from ..engine.trace import Tracer
from ..engine.values import Net, Quote, is_number, kind
from ..errors import NetError, did_you_mean
from ..language import tree
from ..layers.words import KINDS, QUANTITIES
from ..network import Network, network_of, with_values

if TYPE_CHECKING:
    from .breakdown import Costed, Roofline
    from .equal import Equal
    from .growth import Grown
    from .tools import Told


class Written(NamedTuple):
    """The answer to latex(…) of networks: a text for a paper, its packages in the first line."""

    said: str
    text: str


class Emulated(NamedTuple):
    """The answer to explain_as(…): what another tool counts, and the order of the symbols."""

    said: str
    told: Told
    order: tuple[str, ...]


Replied: TypeAlias = "Written | Emulated | Grown | Equal | Costed | Roofline"


def settled(line: tree.Line, tracer: Tracer, asked: Sequence[tree.Node] = ()) -> Tracer:
    """A tracer with what `at` puts in place of the symbols that this one has met, those of what is `asked` too."""
    broken = met(tracer, asked)
    try:
        return tracer.asking({**tracer.given, **tracer.settings(line.settings, tracer.top)})
    except NetError as error:
        raise broken or error from None


def met(tracer: Tracer, asked: Iterable[tree.Node]) -> NetError | None:
    """Has a tracer meet the symbols of what is asked; the first error, since there may be a value with numbers alone,
    as log2(x) has at x=8."""
    broken = None
    for node in asked:
        try:
            tracer.as_network(node, tracer.top)
        except NetError as error:
            broken = broken or error
    return broken


def _networks(program: Program, nodes: Sequence[tree.Node], settings: Sequence[tree.Setting]) -> list[Network]:
    """The networks that arguments are, with what `at` puts in place of symbols."""
    nets = [network_of(program, tree.Line(node.start, node.end, node, [], "")) for node in nodes]
    return with_values(nets, {s.name: tree.text(s.value) for s in settings})


def _written(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Written | None:
    """What latex(NET, KIND, QUANTITIES, OPTION=…) writes; None where no network is asked about."""
    from ..formats.paper import wish, written

    def word(node: tree.Node) -> bool:
        named = isinstance(node, tree.Name) and node.name in (*KINDS, *QUANTITIES)
        return named and not tracer.defined(tree.text(node), tracer.top)

    options = {node.name: _option(node, tracer) for node in call.args if isinstance(node, tree.Keyword)}
    words = [tree.text(node) for node in call.args if word(node)]
    of = [node for node in call.args if not isinstance(node, tree.Keyword) and not word(node)]
    tracer.dry = True
    numbers = [node for node in of if not isinstance(tracer.as_network(node, tracer.top), Net)]
    tracer.dry = False
    if not of or (numbers and not words and not options and len(of) == 1):
        return None
    if numbers:
        hint = did_you_mean(tree.text(numbers[0]), (*KINDS, *QUANTITIES)) if isinstance(numbers[0], tree.Name) else ""
        raise tracer.fault("latex takes networks here, and one number alone", numbers[0], tracer.top, hint)
    kinds = [name for name in words if name in KINDS]
    if len(kinds) > 1:
        raise tracer.fault(f"latex writes one kind: {kinds[0]} or {kinds[1]}", call, tracer.top)
    try:
        it = wish(quantities=[name for name in words if name not in KINDS], **options)
        nets = dict(zip(map(tree.text, of), _networks(program, of, line.settings), strict=True))
        return Written(tree.text(line), written(kinds[0] if kinds else "formula", nets, it).rstrip("\n"))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, call, tracer.top, error.hint) from None


def _emulated(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Emulated:
    """What explain_as(NET, "TOOL") answers."""
    from .tools import TOOLS, as_tool

    said = f'explain_as(net, "{next(iter(TOOLS))}")'
    if len(call.args) != 2 or any(isinstance(node, (tree.Keyword, tree.Series)) for node in call.args):
        raise tracer.fault(f"explain_as takes a network and a tool: {said}", call, tracer.top)
    node, named = call.args
    tool = tracer.value(named, tracer.top)
    if not isinstance(tool, Quote):
        raise tracer.fault("a tool stands in quotes", named, tracer.top, f"there are {', '.join(TOOLS)}")
    (net,) = _networks(program, [node], line.settings)
    try:
        return Emulated(tree.text(line), as_tool(net, str(tool)), tuple(net.order))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, named, tracer.top, error.hint) from None


def _grown(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Grown:
    """What growth(NET, SYMBOL) answers; a number for the symbol is the point of the elasticities."""
    from .growth import grown

    node, sym = call.args if len(call.args) == 2 else (call, None)
    if not isinstance(sym, tree.Name) or isinstance(node, (tree.Keyword, tree.Series)):
        raise tracer.fault("growth takes a network and a symbol: growth(net, f)", call, tracer.top)
    point = [it for it in line.settings if it.name == sym.name]
    settings = [it for it in line.settings if it.name != sym.name]
    at = tracer.number(point[0].value, tracer.top) if point else None
    if at is not None and (not isinstance(at, int) or at < 1):
        raise tracer.fault("the point is a whole number above 0", point[0].value, tracer.top)
    (net,) = _networks(program, [node], settings)
    try:
        return grown(net, sym.name, at, tree.text(line))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, sym, tracer.top, error.hint) from None


def _equal(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Equal:
    """What equal(A, B) answers: of two numbers, or of two networks."""
    from .equal import Equal, compared, equal

    if len(call.args) != 2 or any(isinstance(node, (tree.Keyword, tree.Series)) for node in call.args):
        raise tracer.fault("equal takes two numbers or two networks: equal(a, b)", call, tracer.top)
    said = tree.text(line)
    values: list[Any] = []
    try:
        values = [tracer.as_network(node, tracer.top) for node in call.args]
    except NetError:
        if not line.settings:
            raise
    if line.settings and not (values and all(isinstance(value, Net) for value in values)):
        tracer = settled(line, tracer, call.args)
        values = [tracer.as_network(node, tracer.top) for node in call.args]
    if all(isinstance(value, Net) for value in values):
        return compared(said, *_networks(program, call.args, line.settings))
    odd = next((n for n, value in enumerate(values) if not is_number(value)), None)
    if odd is not None:
        raise tracer.fault(
            f"equal compares two numbers or two networks, not {kind(values[odd])}", call.args[odd], tracer.top
        )
    conditions = minimal(tracer.needs)
    verdict, witness = equal(values[0], values[1], conditions)
    at = [replaced(value, witness) if verdict == "different" else None for value in values]
    told = tuple(map(str, conditions))
    return Equal(said, verdict, "", tuple(witness.items()), at[0], at[1], told, tuple(tracer.met))


def _costed(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Costed | Roofline:
    """What memory(NET, OPTION=…) is for; which side of the roofline roofline(NET, peak=…, bandwidth=…) is on."""
    from .breakdown import costed, roofline

    ask = roofline if call.name == "roofline" else costed
    replied = ask(tracer, call, tree.text(line))
    return ask(settled(line, tracer), call, tree.text(line)) if line.settings else replied


def _option(node: tree.Keyword, tracer: Tracer) -> Any:
    from ..formats.paper import OPTIONS

    if node.name not in OPTIONS:
        hint = did_you_mean(node.name, OPTIONS) or f"there are {', '.join(OPTIONS)}"
        raise tracer.fault(f"latex has no option '{node.name}'", node, tracer.top, hint)
    value = tracer.value(node.value, tracer.top)
    if not isinstance(value, (Quote, int)):
        hint = f'write {node.name}="…"'
        raise tracer.fault("an option is a text in quotes or a number", node.value, tracer.top, hint)
    return value if isinstance(value, int) else str(value)


ASKED: dict[str, Callable[[Program, tree.Line, tree.Call, Tracer], Replied | None]] = {
    "latex": _written, "explain_as": _emulated, "growth": _grown, "equal": _equal, "roofline": _costed,
    "memory": _costed, "inference_memory": _costed,
}  # fmt: skip
