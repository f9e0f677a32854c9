"""A program as something that is asked: its network, its expressions on lines of their own, its assertions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..algebra import powers
from ..algebra.conditions import minimal
from ..algebra.forms import form
from ..algebra.spelling import ascii_text
from ..engine.files import read_file, read_input
from ..engine.given import given_size
from ..engine.model import Model, backstop, check_assertions, chosen
from ..engine.program import Program, Scope, loose_names, tower
from ..engine.settings import unheard
from ..engine.trace import Tracer, asker
from ..engine.unknown_names import unknown
from ..engine.values import Net, Quote, is_number, kind
from ..errors import NetError, Source, Span
from ..language import tree
from ..language.parser import parse
from ..layers.words import MEASURES, UNITS
from ..measures.quantities import check_bound
from .calls import ASKED, met, settled

if TYPE_CHECKING:
    from .budgets import Solved
    from .sweep import Sweep


NEAR = 0.8  # how alike a name and a quantity's are, of 1, for it to be misspelt: params and parms, not state and steps


class Valued(NamedTuple):
    """What an expression on a line of its own is: the query, its value, the reader's order, what must hold for it."""

    said: str
    value: Any
    order: tuple[str, ...]
    conditions: tuple[str, ...]
    unit: str = ""  # in which the value is; it was asked for
    notes: tuple[str, ...] = ()


class Formula(NamedTuple):
    """The answer to latex(…)."""

    said: str
    latex: str


Answer: TypeAlias = Any  # a record: Valued, Formula, or that of a question


class Answers(NamedTuple):
    """The network of a program, if it has one, the answers to its queries, and which of all these comes last in it."""

    network: Model | None
    lines: list[Answer]
    last: Any  # the network, or an answer; None where the program shows nothing


def read(*texts: str) -> Program:
    """A program from the command line: its text, a file's, or what comes on standard input; several are one program."""
    sources = [source_of(text) for text in texts]
    source = sources[0] if len(sources) == 1 else Source("\n".join(it.text.rstrip("\n") for it in sources))
    return Program(source, parse(source))


def source_of(text: str) -> Source:
    """The text itself, that of a file (a name that ends in .net), or standard input (`-`)."""
    if text == "-":
        return Source(read_input())
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


def answers(program: Program, values: dict[str, Any], network: bool = False, make: type[Model] = Model) -> Answers:
    """All that a program answers, with numbers or expressions in place of symbols; a `network` must be there or not."""
    statements = [(s, is_network(program, s)) for s in program.root.statements]
    asked = [s for s, bare in statements if not bare]
    shown = [bare for s, bare in statements if bare or is_query(s)]
    queries = [s for s in asked if is_query(s)]
    named = any(isinstance(s, tree.Define) or tower(s) is not None for s in asked)
    net: Model | None = None
    if network or any(shown) or (not queries and (named or not asked)):
        net = make(program)
        net = net.given_values(values) if values else net
    with backstop(program.source):
        sizes = net.given if net is not None else _sizes(program, queries, values)
        check_assertions(program, sizes)
        lines = [answer(program, s, sizes) for s in queries]
    return Answers(net, lines, lines[-1] if shown and not shown[-1] else net)


def _sizes(program: Program, queries: list[tree.Node], values: dict[str, Any]) -> dict[str, Any]:
    """What is put in place of symbols, where queries alone have them."""
    if not values:
        return {}
    tracer = Tracer(program, {})
    tracer.units = True
    broken = met(tracer, [line.body for line in queries if isinstance(line, tree.Line)])
    try:
        return {name: given_size(tracer, name, value) for name, value in values.items()}
    except NetError as error:
        raise broken or error from None


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
    check_quantities(tracer, statement)
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


def ask(net: Model, question: str) -> Answer:
    """What a statement says of a network, called `net` in it: `memory(net, batch=8)`, `compare net, resnet50`."""
    with about(net, "", question, "memory(net, batch=8)") as (node, tracer):
        if is_network(tracer.program, node) or not is_query(node):
            raise NetError("this asks nothing", node.span, hint="one question is memory(net, batch=8)")
        return answer(tracer.program, node, dict(net.given))


def solve(net: Model, question: str) -> Solved:
    """What meets the claims of a question about a network, such as `params <= 1M for f`."""
    from .solve import solved

    with about(net, "solve", question, "params <= 1M for f where f >= 8") as (node, tracer):
        return solved(tracer, node, tracer.top)


def sweep(net: Model, question: str) -> Sweep:
    """A sweep of a network, such as `params, macs/params for f in 8..64 step 8`."""
    from .sweep import Origin, Sweep

    with about(net, "sweep", question, "params, macs for f in 8..64 step 8 where f != 24") as (node, tracer):
        given = tuple((name, ascii_text(form(size, []))) for name, size in net.given.items())
        origin = Origin(net.program.source.text, given, question) if net.program.whole else None
        return Sweep(tracer, node, tracer.top, origin=origin)


def sweep_of(program: Program, values: Mapping[str, str]) -> Sweep:
    """The last sweep of a program; NetError where it has none."""
    from .sweep import Origin, Sweep

    node = next((it for it in reversed(program.root.statements) if isinstance(it, tree.Sweep)), None)
    if node is None:
        hint = "sweep params(net), macs(net) for f in 8..64 step 8"
        raise NetError("there is no sweep in this program", hint=hint, source=program.source)
    with backstop(program.source):
        sizes = _sizes(program, [s for s in program.root.statements if is_query(s)], dict(values))
        tracer = asker(program, sizes)
        return Sweep(tracer, node, tracer.top, origin=Origin(program.source.text, tuple(values.items())))


@contextmanager
def about(net: Model, word: str, question: str, such: str) -> Iterator[tuple[Any, Tracer]]:
    """A question of Python about a network: its statement, whose quantities need no `(net)`, and what answers it.

    The place of a mistake is one in what was asked."""
    if not isinstance(question, str):
        raise NetError(f"a question is a text, not {type(question).__name__}", hint=f'net.{word or "ask"}("{such}")')
    source = Source(f"{word} {question}" if word else question)
    before = len(source.text) - len(question)
    try:
        with backstop(source):
            root = parse(source)
            if not root.statements:
                raise NetError("nothing is asked", hint=f"one question is {such}")
            node = root.statements[0]
            if len(root.statements) > 1 or (word and type(node).__name__.lower() != word):
                raise NetError("this is not one question", node.span, hint=f"one is {such}")
            program = Program(source, _about_net(root, net.open_symbols.keys()), Scope(net.program.scope))
            program.words |= net.program.words
            program.asked, program.symbols = True, frozenset(net.open_symbols)
            check_quantities(asker(program, dict(net.given)), root.statements[0])
            program.scope.values["net"], _ = chosen(Tracer(net.program, dict(net.given)))
            yield node, asker(program, dict(net.given))
    except NetError as error:
        if error.source is source:
            spans = (error.span, error.other)
            error.span, error.other = (at and Span(*(max(0, n - before) for n in at)) for at in spans)
            error.source = Source(question)
        raise


def _about_net(root: tree.Program, symbols: Iterable[str]) -> tree.Program:
    """The quantities that stand alone in a question are asked of `net`, but for those that are symbols of it."""
    loose = [name for it in root.statements for name in loose_names(it, frozenset(symbols)) if name.name in MEASURES]

    def asked(part: Any) -> Any:
        if any(part is name for name in loose):
            return tree.Call(part.start, part.end, [tree.Name(part.start, part.end, "net")], part.name)
        return [asked(one) for one in part] if isinstance(part, list) else part

    for node in tree.walk(root):
        for field, part in zip(node.__slots__, node.fields(), strict=True):
            setattr(node, field, asked(part))
    return root


def check_quantities(tracer: Tracer, statement: tree.Node) -> None:
    """Refuses the name of a quantity, or nearly one, where a question would take it for a new symbol."""
    program = tracer.program
    calls = any(isinstance(it, tree.Call) and it.name in MEASURES for it in tree.walk(statement))
    calls = calls or program.asked or isinstance(statement, tree.Sweep)
    others = len(program.root.statements) > 1 or program.definitions or program.towers
    if isinstance(statement, tree.Line) and (isinstance(statement.body, tree.Name) or not (calls or others)):
        return  # a lone word, which is told to be no layer, or an expression of symbols, which may be called anything
    for node in unheard(tracer, statement, statement):
        if node.name in MEASURES:
            own = [name for name, it in program.definitions.items() if not it.node.params and it.home is program]
            nets = [name for name in own if isinstance(program.definitions[name].node.body, tree.Chain)]
            hint = f"a quantity is asked of a network: {node.name}({nets[-1] if len(nets) == 1 else 'net'})"
            raise tracer.fault(f"there is no symbol called '{node.name}'", node, tracer.top, hint)
        if calls and (near := get_close_matches(node.name, MEASURES, n=1, cutoff=NEAR)):
            message = f"there is no quantity called '{node.name}'"
            raise tracer.fault(message, node, tracer.top, f"did you mean '{near[0]}'?")


def _valued(program: Program, line: tree.Line, tracer: Tracer) -> Answer:
    if isinstance(line.body, tree.Call) and line.body.name in ASKED and not line.unit:
        replied = ASKED[line.body.name](program, line, line.body, tracer)
        if replied is not None:
            return replied
    if line.settings:
        tracer = settled(line, tracer, [line.body])
    if isinstance(line.body, tree.Name) and not tracer.defined(line.body.name, tracer.top):
        raise unknown(tracer, line.body.name, line.body, tracer.top)
    value = tracer.value(line.body, tracer.top)
    said = tree.text(line)
    if isinstance(value, Quote) and not line.unit:
        return Formula(said, value)
    if isinstance(value, (Net, str)):
        raise tracer.fault(f"a number must stand here, but this is {kind(value)}", line, tracer.top)
    check_bound(said, value)
    if line.unit:
        value = _converted(value, line, tracer)
    conditions, notes = tuple(map(str, minimal(tracer.needs))), tuple(tracer.said_of_whole())
    return Valued(said, value, tuple(tracer.met), conditions, line.unit, notes)


def _converted(value: Any, line: tree.Line, tracer: Tracer) -> Any:
    """A number in another unit: `to M`, `to MiB`; a byte is the number itself."""
    unit = line.unit.removesuffix("B")
    factor = UNITS.get(unit, 1 if line.unit == "B" else None)
    if factor is None:
        names = ", ".join([*UNITS, *(f"{u}B" for u in UNITS), "B"])
        raise tracer.fault(f"there is no unit '{line.unit}'", line, tracer.top, f"the units are {names}")
    if not is_number(value):
        raise tracer.fault(f"only a number has a unit, not {kind(value)}", line, tracer.top)
    return powers.quotient(value, Fraction(factor))
