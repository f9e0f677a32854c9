"""A program with its network traced: quantities, conditions and values for its symbols, as paramula computes with them.

What Python holds, with SymPy and everything that can be asked, is `Network` (network.py), made of this."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self, TypeVar

from ..algebra.condition import Condition, free_names
from ..algebra.conditions import minimal
from ..algebra.needs import Need, settled
from ..algebra.poly import Poly, Size
from ..algebra.substitution import replaced
from ..algebra.sums import bounded
from ..algebra.work import limited
from ..errors import NetError, Source, internal, named, word_of
from ..language import tree
from ..layers.words import QUANTITIES
from ..measures import quantities
from .evaluate import MAX_NESTING
from .given import given_size
from .program import Program, Scope, tower
from .trace import Tracer
from .unknown_names import unknown
from .values import Net, is_number, kind, later

RESULT_BITS = 100_000  # of a result: 30,000 digits


class Model:
    """A program, values for its symbols, and the network that they make."""

    def __init__(self, program: Program, given: Mapping[str, Size] | None = None) -> None:
        if not isinstance(program, Program):
            hint = 'paramula.net("(784) -> dense(10)")'
            raise NetError(f"a network is made of a program, not of {named(program)}", hint=hint)
        if not isinstance(given, (Mapping, type(None))):
            raise NetError("sizes are given by their names", hint="net.at(f=32)")
        self.program = program
        self.given = dict(given or {})
        self.tracer = Tracer(program, dict(self.given))
        with backstop(program.source), uncollected():
            net, notes = chosen(self.tracer)
            self.traced = self.tracer.run(net)
        unused = [n for n, it in program.towers.items() if it.home is program and it.node not in self.tracer.towers]
        self.notes = [*program.borrowed, *notes, *(f"the tower {name} is not part of the result" for name in unused)]
        self._quantities: dict[str, Any] = {}

    @property
    def order(self) -> list[str]:
        return list(self.tracer.met)

    def quantity(self, name: str) -> Any:
        word_of(name, "quantity", QUANTITIES)
        if name not in self._quantities:
            with backstop(self.program.source), uncollected():
                answer = quantities.of(self.traced, name)
            quantities.check_bound(name, answer)
            for size in _flat(answer):
                numbers = size.terms.values() if isinstance(size, Poly) else (size,)
                if any(c.numerator.bit_length() > RESULT_BITS for c in numbers):
                    raise NetError(f"{name} is too large: the limit is {RESULT_BITS:,} bits")
            self._quantities[name] = answer
        return self._quantities[name]

    def ends(self, name: str) -> tuple[Size, Size] | None:
        """What `bounds` says, as paramula computes with it."""
        value = self.quantity(name)
        return bounded(value) if isinstance(value, Poly) else None

    @property
    def text(self) -> str:
        """The program in its canonical spelling."""
        return tree.text(self.program.root)

    @property
    def open_symbols(self) -> dict[str, Poly]:
        return dict(self.tracer.met)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What the symbols must meet for the formulas to hold."""
        conditions = tuple(minimal(self.tracer.needs))
        constant = next((it for it in conditions if not it.over and not free_names(it)), None)
        if constant is not None:
            raise internal(f"the condition {constant} says nothing of any symbol")
        return conditions

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was assumed: the open input, the program's `assume`, what was flattened or left out."""
        return (*self.traced.assumed, *self.tracer.said_of_whole(), *self.notes)

    def given_values(self, values: Mapping[str, Any]) -> Self:
        """The network with values in place of symbols: whole numbers, or expressions as text or of SymPy."""
        if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
            raise NetError("values are told by the names of symbols", hint='{"f": 32}')
        sizes = {name: given_size(self.tracer, name, value) for name, value in values.items()}
        before = {name: replaced(size, sizes) for name, size in self.given.items()}
        return type(self)(self.program, {**before, **sizes})


M = TypeVar("M", bound=Model)


def of_line(make: type[M], program: Program, line: tree.Line) -> M:
    """The network of a line, with what its `at` puts in place of symbols; `it` stays what it was then."""
    one = program.alone(tree.Line(line.start, line.end, line.body, [], ""))
    one.scope = Scope(program.scope)
    net = make(one)
    return net.given_values({s.name: tree.text(s.value) for s in line.settings}) if line.settings else net


def with_values(nets: Sequence[M], values: Mapping[str, Any]) -> list[M]:
    """The networks, each with values for the symbols that it has; NetError for a symbol that none has."""
    names = [{*net.program.words, *net.open_symbols} for net in nets]
    known = {name for has in names for name in has}
    own = [{name: it for name, it in values.items() if name in has or name not in known} for has in names]
    return [net.given_values(mine) if mine else net for net, mine in zip(nets, own, strict=True)]


@contextmanager
def backstop(source: Source, deadline: float | None = None) -> Iterator[None]:
    """Every error gets the text it is about; nesting too deep for Python itself is an error like any other.

    What is done inside is bounded, as one answer."""
    try:
        with limited(deadline):
            yield
    except NetError as error:
        error.source = error.source or source
        raise
    except ZeroDivisionError:
        raise NetError("a size of this network divides by zero", source=source) from None
    except RecursionError:
        raise NetError(f"the network is nested too deep: the limit is {MAX_NESTING} levels", source=source) from None
    except MemoryError:
        raise NetError("this takes more memory than there is", source=source) from None


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's search for cyclic garbage paused: tracing makes none, but many small objects (a third of the time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def chosen(tracer: Tracer) -> tuple[Net, list[str]]:
    """The program's network: its last bare one, else its last tower or definition without parameters."""
    program = tracer.program
    tracer.dry = True
    bare: list[tree.Line] = []
    last: Net | None = None
    try:
        for statement in program.root.statements:
            if (
                isinstance(statement, tree.Line)
                and not statement.settings
                and not statement.unit
                and tower(statement) is None
            ):
                value = (
                    tracer.as_network(statement.body, tracer.top) if not isinstance(statement.body, tree.Shape) else ()
                )
                if isinstance(value, (Net, tuple)):
                    bare.append(statement)
        if bare:
            notes = [f"the network '{_short(tree.text(s))}' is not part of the result" for s in bare[:-1]]
            return later(bare[-1].body, tracer.top), notes
        for statement in reversed(program.root.statements):
            if tower(statement) is not None:
                name = tower(statement) or ""
                return Net(tree.Reference(statement.start, statement.end, name), tracer.top), []
            if isinstance(statement, tree.Define) and not statement.params:
                value = tracer.value(tree.Name(*program.named(statement, statement.name), statement.name), tracer.top)
                if isinstance(value, Net):
                    last = value
                    break
    finally:
        tracer.dry = False
        tracer.met.clear()
        tracer.needs.clear()
    if last is None:
        raise _no_network(tracer)
    return last, []


def _no_network(tracer: Tracer) -> NetError:
    """The error for a program without a network: what stands there instead, and what to write."""
    hint = "write one such as (28,28,1) -> conv(3x3,32) -> pool(2) -> dense(10)"
    statements = tracer.program.root.statements
    if not statements:
        return NetError("there is nothing here", source=tracer.program.source, hint=hint)
    last = statements[-1]
    if isinstance(last, tree.Line):
        if isinstance(last.body, tree.Name) and not tracer.defined(last.body.name, tracer.top):
            return unknown(tracer, last.body.name, last.body, tracer.top)
        if last.settings:
            hint = "'at' asks a question; the network stands on a line of its own"
    elif isinstance(last, tree.Define) and last.params:
        params = ", ".join(name for name, _ in last.params)
        hint = f"{last.name} waits for its parameter{'s' * (len(last.params) > 1)} {params}: use it in a network"
        span = tracer.program.named(last, last.name)
        return NetError("there is no network here", span, hint=hint, source=tracer.program.source)
    return tracer.fault("there is no network here", last, tracer.top, hint)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _flat(answer: Any) -> list[Any]:
    return [a for part in answer for a in _flat(part)] if isinstance(answer, tuple) else [answer]


def check_assertions(program: Program, given: Mapping[str, Size]) -> None:
    """Raises NetError where a program's `assert` does not hold."""
    for statement in program.root.statements:
        if isinstance(statement, tree.Assert):
            tracer = Tracer(program, dict(given))
            tracer.units = True
            tracer.assume()
            for claim in statement.claims:
                check_claim(tracer, claim)


def check_claim(tracer: Tracer, claim: tree.Claim) -> None:
    values = [tracer.value(operand, tracer.top) for operand in claim.operands]
    for a, operator, b in zip(values, claim.operators, values[1:], strict=False):
        if isinstance(a, tuple) and len(a) == 1 and is_number(b):  # a field along the one axis there is
            b = (b,)
        left, relation, right = (b, operator.replace("<", ">"), a) if operator[0] == "<" else (a, operator, b)
        if isinstance(a, tuple) or isinstance(b, tuple):
            holds = None if relation not in ("==", "!=") else (a == b) == (relation == "==")
        elif isinstance(a, Net) or isinstance(b, Net) or isinstance(a, str) or isinstance(b, str):
            at = next(i for i, value in enumerate(values) if isinstance(value, (Net, str)))
            word = tree.text(claim.operands[at])
            hint = f"ask for a quantity: params({word})" if isinstance(values[at], Net) else ""
            message = f"an assertion compares numbers, not {kind(values[at])}"
            raise tracer.fault(message, claim.operands[at], tracer.top, hint)
        elif relation in (">", ">="):
            holds = settled(Need(">=", left, right + (1 if relation == ">" else 0), ""))
        else:
            holds = settled(Need("==", left, right, ""))
            if relation == "!=":
                holds = None if holds is None else not holds
        if not holds:
            word = "could not be decided" if holds is None else "does not hold"
            message = f"the assertion {word}: {tracer.show(a)} {operator} {tracer.show(b)}"
            if holds is False and operator == "==" and not isinstance(a, tuple):
                message += f" (the difference is {tracer.show(a - b)})"
            bare = [node.name for node in claim.operands if isinstance(node, tree.Name) and node.name in QUANTITIES]
            hint = f"a quantity is asked of a network: {bare[0]}(net)" if bare and holds is None else ""
            raise tracer.fault(message, claim, tracer.top, hint)
