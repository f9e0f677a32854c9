"""A program as something that is asked: its network, its expressions on lines of their own, its assertions."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .algebra import poly
from .algebra.conditions import minimal
from .algebra.given import replaced
from .errors import NetError, Source, Span, did_you_mean
from .language import tree
from .language.parser import parse
from .network import Network, backstop, check_assertions, given_size, read_file
from .program import Program, Scope, tower
from .trace import Tracer, asker
from .values import Net, Quote, is_number, kind
from .words import KINDS, QUANTITIES, UNITS

if TYPE_CHECKING:
    from .compare import Compared
    from .equal import Equal
    from .growth import Grown
    from .solve import Solution
    from .sweep import Swept
    from .tools import Told


class Valued(NamedTuple):
    """What an expression on a line of its own is: the query, its value, the reader's order, what must hold for it."""

    said: str
    value: Any
    order: tuple[str, ...]
    conditions: tuple[str, ...]
    unit: str = ""  # in which the value is; it was asked for


class Formula(NamedTuple):
    """The answer to latex(…)."""

    said: str
    latex: str


Answer: TypeAlias = "Valued | Formula | Written | Emulated | Grown | Equal | Solution | Swept | Compared"


class Written(NamedTuple):
    """The answer to latex(…) of networks: a text for a paper, its packages in the first line."""

    said: str
    text: str


class Emulated(NamedTuple):
    """The answer to explain_as(…): what another tool counts, and the order of the symbols."""

    said: str
    told: Told
    order: tuple[str, ...]


class Answers(NamedTuple):
    """The network of a program, if it has one, and the answers to its queries."""

    network: Network | None
    lines: list[Answer]


def read(text: str) -> Program:
    """A program from the command line: its text, a file's, or what comes on standard input."""
    source = source_of(text)
    return Program(source, parse(source))


def source_of(text: str) -> Source:
    """The text itself, that of a file (a name that ends in .net), or standard input (`-`)."""
    if text == "-":
        return Source(sys.stdin.read())
    return Source(read_file(text), text) if text.endswith(".net") else Source(text)


def given(text: str) -> dict[str, Any]:
    """The values of `--at f=32,H=2*w`, each still a text to be read by the network."""
    clause = "0 at "
    try:
        statements = parse(Source(clause + text)).statements
    except NetError as error:  # the place is one in what was typed
        error.source = Source(text)
        error.span = error.span and Span(max(0, error.span.start - len(clause)), error.span.end - len(clause))
        raise
    line = statements[0]
    if len(statements) > 1 or not isinstance(line, tree.Line) or line.unit:
        raise NetError(f"'{text}' does not say what to put in place", hint="write name=value, name=value, …")
    names = [s.name for s in line.settings]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise NetError(f"'{twice}' is given twice", source=Source(text))
    return {s.name: tree.text(s.value) for s in line.settings}


def answers(program: Program, values: dict[str, Any], network: bool = False) -> Answers:
    """All that a program answers, with numbers or expressions in place of symbols; a `network` must be there or not."""
    asked = [s for s in program.root.statements if not is_network(program, s)]
    bare = len(asked) < len(program.root.statements)
    queries = [s for s in asked if is_query(s)]
    named = any(isinstance(s, tree.Define) or tower(s) is not None for s in asked)
    net: Network | None = None
    if network or bare or (not queries and (named or not asked)):
        net = Network(program)
        net = net.given_values(values) if values else net
    with backstop(program.source):
        sizes = net.given if net is not None else _sizes(program, queries, values)
        check_assertions(program, sizes)
        lines = [answer(program, s, sizes) for s in queries]
    return Answers(net, lines)


def _sizes(program: Program, queries: list[tree.Node], values: dict[str, Any]) -> dict[str, Any]:
    """What is put in place of symbols, where queries alone have them."""
    if not values:
        return {}
    tracer = Tracer(program, {})
    tracer.units = True
    for line in queries:
        if isinstance(line, tree.Line):
            tracer.as_network(line.body, tracer.top)  # meets the symbols that may be given
    return {name: given_size(tracer, name, value) for name, value in values.items()}


def is_query(statement: tree.Node) -> bool:
    """Whether a statement asks something, if it is no network."""
    if isinstance(statement, tree.Line):
        return tower(statement) is None
    return isinstance(statement, (tree.Solve, tree.Sweep, tree.Compare))


def is_network(program: Program, statement: tree.Node) -> bool:
    """Whether a statement is a bare network."""
    if not isinstance(statement, tree.Line) or statement.settings or statement.unit or tower(statement) is not None:
        return False
    return isinstance(meant(program, statement), (Net, tuple))


def meant(program: Program, line: tree.Line) -> Any:
    """The kind of value that a line has; quantities are not computed."""
    tracer = Tracer(program, {})
    tracer.dry = tracer.units = True
    with backstop(program.source):
        return tracer.as_network(line.body, tracer.top)


def answer(program: Program, statement: tree.Node, values: dict[str, Any]) -> Answer:
    """The answer to one query, with sizes in place of symbols."""
    tracer = asker(program, values)
    match statement:
        case tree.Line():
            return _valued(program, statement, tracer)
        case tree.Solve():
            from .solve import solved

            return solved(tracer, statement, tracer.top)
        case tree.Sweep():
            from .sweep import swept

            return swept(tracer, statement, tracer.top)
        case tree.Compare():
            from .compare import compared

            return compared(tracer, statement, tracer.top)
    raise TypeError(statement)


def network_of(program: Program, line: tree.Line) -> Network:
    """The network of a line, with what its `at` puts in place of symbols; `it` stays what it was then."""
    one = program.alone(tree.Line(line.start, line.end, line.body, [], ""))
    one.scope = Scope(program.scope)
    net = Network(one)
    return net.given_values({s.name: tree.text(s.value) for s in line.settings}) if line.settings else net


def _written(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Written | None:
    """What latex(NET, KIND, QUANTITIES, OPTION=…) writes; None where no network is asked about."""
    from .paper import wish, written

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
        nets = {
            tree.text(node): network_of(program, tree.Line(node.start, node.end, node, line.settings, ""))
            for node in of
        }
        return Written(tree.text(line), written(kinds[0] if kinds else "formula", nets, it).rstrip("\n"))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, call, tracer.top, error.hint) from None


def _told(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Emulated:
    """What explain_as(NET, "TOOL") answers."""
    from .tools import TOOLS, as_tool

    said = f'explain_as(net, "{next(iter(TOOLS))}")'
    if len(call.args) != 2 or any(isinstance(node, (tree.Keyword, tree.Series)) for node in call.args):
        raise tracer.fault(f"explain_as takes a network and a tool: {said}", call, tracer.top)
    node, named = call.args
    tool = tracer.value(named, tracer.top)
    if not isinstance(tool, Quote):
        raise tracer.fault("a tool stands in quotes", named, tracer.top, f"there are {', '.join(TOOLS)}")
    net = network_of(program, tree.Line(node.start, node.end, node, line.settings, ""))
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
    net = network_of(program, tree.Line(node.start, node.end, node, settings, ""))
    try:
        return grown(net, sym.name, at, tree.text(line))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, sym, tracer.top, error.hint) from None


def _equal(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Equal:
    """What equal(A, B) answers: of two numbers, or of two networks."""
    from .equal import Equal, compared, equal

    if len(call.args) != 2 or any(isinstance(node, (tree.Keyword, tree.Series)) for node in call.args):
        raise tracer.fault("equal takes two numbers or two networks: equal(a, b)", call, tracer.top)
    values = [tracer.as_network(node, tracer.top) for node in call.args]
    said = tree.text(line)
    nets = [isinstance(value, Net) for value in values]
    if all(nets):
        lines = (tree.Line(node.start, node.end, node, line.settings, "") for node in call.args)
        return compared(said, *(network_of(program, one) for one in lines))
    odd = next((n for n, value in enumerate(values) if not is_number(value)), None)
    if odd is not None:
        raise tracer.fault(
            f"equal compares two numbers or two networks, not {kind(values[odd])}", call.args[odd], tracer.top
        )
    conditions = minimal(tracer.needs)
    verdict, witness = equal(values[0], values[1], conditions)
    at = [replaced(value, witness) if witness else None for value in values]
    told = tuple(map(str, conditions))
    return Equal(said, verdict, "", tuple(witness.items()), at[0], at[1], told, tuple(tracer.met))


def _option(node: tree.Keyword, tracer: Tracer) -> Any:
    from .paper import OPTIONS

    if node.name not in OPTIONS:
        hint = did_you_mean(node.name, OPTIONS) or f"there are {', '.join(OPTIONS)}"
        raise tracer.fault(f"latex has no option '{node.name}'", node, tracer.top, hint)
    value = tracer.value(node.value, tracer.top)
    if not isinstance(value, (Quote, int)):
        hint = f'write {node.name}="…"'
        raise tracer.fault("an option is a text in quotes or a number", node.value, tracer.top, hint)
    return value if isinstance(value, int) else str(value)


def _valued(program: Program, line: tree.Line, tracer: Tracer) -> Answer:
    if isinstance(line.body, tree.Call) and line.body.name == "explain_as" and not line.unit:
        return _told(program, line, line.body, tracer)
    if isinstance(line.body, tree.Call) and line.body.name == "growth" and not line.unit:
        return _grown(program, line, line.body, tracer)
    if isinstance(line.body, tree.Call) and line.body.name == "equal" and not line.unit:
        return _equal(program, line, line.body, tracer)
    if isinstance(line.body, tree.Call) and line.body.name == "latex" and not line.unit:
        written = _written(program, line, line.body, tracer)
        if written is not None:
            return written
    if line.settings:
        tracer.value(line.body, tracer.top)  # the symbols that `at` may name
        inside = tracer.settings(line.settings, tracer.top)
        tracer = asker(program, {**tracer.given, **inside})
    if isinstance(line.body, tree.Name) and not tracer.defined(line.body.name, tracer.top):
        raise tracer.unknown(line.body.name, line.body, tracer.top)
    value = tracer.value(line.body, tracer.top)
    said = tree.text(line)
    if isinstance(value, Quote) and not line.unit:
        return Formula(said, value)
    if isinstance(value, (Net, str)):
        raise tracer.fault(f"a number must stand here, but this is {kind(value)}", line, tracer.top)
    if line.unit:
        value = _converted(value, line, tracer)
    return Valued(said, value, tuple(tracer.met), tuple(map(str, minimal(tracer.needs))), line.unit)


def _converted(value: Any, line: tree.Line, tracer: Tracer) -> Any:
    """A number in another unit: `to M`, `to MiB`; a byte is the number itself."""
    unit = line.unit.removesuffix("B")
    factor = UNITS.get(unit, 1 if line.unit == "B" else None)
    if factor is None:
        names = ", ".join([*UNITS, *(f"{u}B" for u in UNITS), "B"])
        raise tracer.fault(f"there is no unit '{line.unit}'", line, tracer.top, f"the units are {names}")
    if not is_number(value):
        raise tracer.fault(f"only a number has a unit, not {kind(value)}", line, tracer.top)
    return poly.quotient(value, Fraction(factor))
