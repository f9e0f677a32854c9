"""A program as something that is asked: its network, its expressions on lines of their own, its assertions."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any, NamedTuple

from .algebra import poly
from .errors import NetError, Source, Span
from .language import tree
from .language.parser import parse
from .network import Network, backstop, check_assertions, read_file
from .program import Program, tower
from .trace import Tracer
from .values import Net, is_number, kind
from .words import UNITS


class Answers(NamedTuple):
    """The network of a program, if it has one, and the answers to its queries: (query, value, reader's order)."""

    network: Network | None
    lines: list[tuple[str, Any, tuple[str, ...]]]


def read(text: str) -> Program:
    """A program from the command line: its text, a file's, or what comes on standard input."""
    name = ""
    if text == "-":
        text = sys.stdin.read()
    elif text.endswith(".net"):
        name, text = text, read_file(text)
    source = Source(text, name)
    return Program(source, parse(source))


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
    for statement in program.root.statements:
        if isinstance(statement, (tree.Solve, tree.Sweep, tree.Compare)):
            word = type(statement).__name__.lower()
            raise NetError(f"'{word}' is not built yet", statement.span, source=program.source)
    asked = [s for s in program.root.statements if not _is_network(program, s)]
    bare = len(asked) < len(program.root.statements)
    queries = [s for s in asked if isinstance(s, tree.Line) and tower(s) is None]
    named = any(isinstance(s, tree.Define) or tower(s) is not None for s in asked)
    net: Network | None = None
    if network or bare or (not queries and (named or not asked)):
        net = Network(program)
        net = net.given_values(values) if values else net
    with backstop(program.source):
        check_assertions(program, net.given if net is not None else {})
        lines = [_answer(program, s, values, net) for s in queries]
    return Answers(net, lines)


def _is_network(program: Program, statement: tree.Node) -> bool:
    if not isinstance(statement, tree.Line) or statement.settings or statement.unit or tower(statement) is not None:
        return False
    tracer = Tracer(program, {})
    tracer.dry = tracer.units = True
    with backstop(program.source):
        value = tracer.as_network(statement.body, tracer.top)
    return isinstance(value, (Net, tuple))


def _answer(program: Program, line: tree.Line, values: dict[str, Any], net: Network | None) -> Any:
    tracer = Tracer(program, net.given if net is not None else {})
    tracer.units = True
    tracer.assume()
    if line.settings:
        tracer.value(line.body, tracer.top)  # the symbols that `at` may name
        inside = tracer.settings(line.settings, tracer.top)
        tracer = Tracer(program, {**tracer.given, **inside})
        tracer.units = True
        tracer.assume()
    if isinstance(line.body, tree.Name) and not tracer.defined(line.body.name, tracer.top):
        raise tracer.unknown(line.body.name, line.body, tracer.top)
    value = tracer.value(line.body, tracer.top)
    if isinstance(value, (Net, str)):
        raise tracer.fault(f"a number must stand here, but this is {kind(value)}", line, tracer.top)
    said = tree.text(line)
    if line.unit:
        value = _converted(value, line, tracer)
    return said, value, tuple(tracer.met)


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
