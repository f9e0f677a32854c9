"""What is asked of networks by a word with arguments: explain_as(…), growth(…), equal(…), memory(…).

A package above enters its own questions in ASKED, as formats does latex(…)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from ..algebra.conditions import minimal
from ..algebra.substitution import replaced
from ..engine.model import Model, of_line, with_values
from ..engine.program import Program
from ..engine.trace import Tracer
from ..engine.values import Net, Quote, is_number, kind
from ..errors import NetError
from ..language import tree
from ..layers.facts import TAKEN
from ..layers.words import QUESTIONS, Question, reserved

if TYPE_CHECKING:
    from .breakdown import Costed, Roofline
    from .equal import Equal
    from .growth import Grown
    from .tools import Told


class Emulated(NamedTuple):
    """The answer to explain_as(…): what another tool counts, and the order of the symbols."""

    said: str
    told: Told
    order: tuple[str, ...]


Answer: TypeAlias = Callable[[Program, tree.Line, tree.Call, Tracer], Any]
# What answers a call on a line of its own: a record, or None where the call is no such question but a value.
ASKED: dict[str, Answer] = {}
Answering = TypeVar("Answering", bound=Answer)


def question(name: str, usage: str, meaning: str, example: str) -> Callable[[Answering], Answering]:
    """Registers a function as a question, which is asked by its name in a call on a line of its own.

    The function is handed the program, the line, the call and a tracer that reads its arguments. It gives back a record
    (a NamedTuple; `said` and `order` are the line and the order of symbols), which `formats.replies.lines` writes. It
    raises NetError, by `tracer.fault(message, node, tracer.top)`, where it cannot be answered. Raises NetError for a
    name that is taken."""
    if len(name) < 2 or name in QUESTIONS or name in TAKEN or reserved(name):
        raise NetError(f"a question cannot be called '{name}'", hint="choose another name")

    def register(answer: Answering) -> Answering:
        ASKED[name], QUESTIONS[name] = answer, Question(usage, meaning, example)
        TAKEN.add(name)
        return answer

    return register


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


def networks(program: Program, nodes: Sequence[tree.Node], settings: Sequence[tree.Setting]) -> list[Model]:
    """The networks that arguments are, with what `at` puts in place of symbols."""
    nets = [of_line(Model, program, tree.Line(node.start, node.end, node, [], "")) for node in nodes]
    return with_values(nets, {s.name: tree.text(s.value) for s in settings})


@question(
    "explain_as",
    'explain_as(NET, "TOOL")',
    "What another tool counts for a network, and why it differs: torchinfo, fvcore, keras, ptflops, thop, "
    "calflops, flopcounter.",
    'explain_as(resnet18, "fvcore")',
)
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
    (net,) = networks(program, [node], line.settings)
    try:
        return Emulated(tree.text(line), as_tool(net, str(tool)), tuple(net.order))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, named, tracer.top, error.hint) from None


@question(
    "growth",
    "growth(NET, SYMBOL)",
    "How the quantities of a network grow in a symbol: leading terms, which layers are left in the limit; "
    "with `at SYMBOL=NUMBER` by how many per cent for one per cent more.",
    "growth((n) -> dense(n) -> dense(10), n)",
)
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
    (net,) = networks(program, [node], settings)
    try:
        return grown(net, sym.name, at, tree.text(line))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, sym, tracer.top, error.hint) from None


@question(
    "equal",
    "equal(A, B)",
    "Whether two numbers, or two networks, are the same: proved, disproved by numbers where they differ, or not known.",
    "equal((n) -> dense(n), (n) -> linear(n))",
)
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
        return compared(said, *networks(program, call.args, line.settings))
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


@question(
    "roofline",
    "roofline(NET, peak=NUMBER, bandwidth=NUMBER, batch=NUMBER, dtype=WORD)",
    "Operations and bytes of a forward pass, and which of the two bounds it on a machine of this peak and bandwidth.",
    "roofline((784) -> dense(100), peak=312T, bandwidth=2T)",
)
def _costed(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Costed | Roofline:
    """What memory(NET, OPTION=…) is for; which side of the roofline roofline(NET, peak=…, bandwidth=…) is on."""
    from .breakdown import costed, roofline

    ask = roofline if call.name == "roofline" else costed
    replied = ask(tracer, call, tree.text(line))
    return ask(settled(line, tracer), call, tree.text(line)) if line.settings else replied


ASKED["memory"] = ASKED["inference_memory"] = _costed  # which are numbers, too: the words of costs
