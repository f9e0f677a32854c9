"""A network as a user holds it: its quantities, layers, tensors, conditions. The object behind `paramula.net`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from .algebra.conditions import Condition, free_names, minimal
from .algebra.forms import ascii_text, digits, form, met
from .algebra.poly import Poly, Size
from .algebra.substitution import replaced, symbols
from .algebra.sums import bounded
from .algebra.sums import summed as close
from .algebra.work import limited
from .engine.evaluate import MAX_NESTING
from .engine.program import Program, Scope, tower
from .engine.trace import Tracer, check_given, later
from .engine.values import Env, Frame, Labels, Net, is_number, kind
from .errors import NetError, Source, Span, internal, named, path_of, quoted, refuse, text_of, whole, word_of
from .formats.output import was_read
from .language import tree
from .language.lexer import MAX_TEXT
from .language.parser import is_name, parse
from .layers.words import QUANTITIES, reserved
from .measures import quantities
from .measures.traced import Nest, Op, Repeat, Row, Tensor, Traced

RESULT_BITS = 100_000  # of a result: 30,000 digits


class NamedTensor(NamedTuple):
    """A tensor that a network owns: where, its name, shape and role (weight, bias or state), and how many there are."""

    path: str
    name: str
    shape: tuple[Any, ...]
    role: str
    copies: Any


class Countable:
    """One attribute for each quantity, as SymPy expressions: a tuple where the quantity has one for each axis."""

    def quantity(self, name: str) -> Any:
        """A quantity as paramula computes with it: whole numbers, fractions and its own polynomials."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name in QUANTITIES:
            from .algebra.to_sympy import to_sympy

            return to_sympy(self.quantity(name), self.order)
        raise AttributeError(f"'{type(self).__name__}' has no quantity '{name}'; there are {', '.join(QUANTITIES)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *QUANTITIES]

    @property
    def order(self) -> list[str]:
        raise NotImplementedError


class LayerRow(Countable):
    """A layer of a network as a row: `.path`, `.call`, and every quantity."""

    def __init__(self, row: Row, network: Network) -> None:
        self.row = row
        self.network = network
        self.path = row.path
        self.call = row.call

    @property
    def order(self) -> list[str]:
        return self.network.order

    def quantity(self, name: str) -> Any:
        word_of(name, "quantity", QUANTITIES)
        if name == "shape":
            return self.row.shape
        if name in quantities.ADDITIVE:
            return quantities.summed(self.row.ops, name, self.row.loops)
        return quantities.of(self.alone(), name)

    def alone(self) -> Traced:
        """The layer as a network of its own, with what comes in as its input."""
        traced = Traced()
        own = {op.out for op in self.row.ops}
        traced.inputs = list({t: None for op in self.row.ops for t in op.inputs if t not in own})
        traced.ops = self.row.ops
        traced.out = self.row.ops[-1].out if self.row.ops else Tensor(self.row.shape)
        if not self.row.ops:
            traced.inputs = [traced.out]
        return traced

    def __repr__(self) -> str:
        return f"<{self.path}: {self.call}>"


class Network(Countable):
    """A network. `net.params`, `net.macs`, `net.shape`, …: one attribute for each quantity, SymPy expressions.

    >>> import paramula
    >>> net = paramula.net("(H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)")
    >>> net.params
    38*f + 10
    >>> net.at(f=32, H=224, W=224).macs
    43352384
    """

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

    def bounds(self, name: str) -> tuple[Any, Any] | None:
        """Closed formulas below and above a quantity that stays an explicit sum; None where it is closed itself."""
        from .algebra.to_sympy import to_sympy

        ends = self.ends(name)
        return None if ends is None else (to_sympy(ends[0], self.order), to_sympy(ends[1], self.order))

    def ends(self, name: str) -> tuple[Size, Size] | None:
        """What `bounds` says, as paramula computes with it."""
        value = self.quantity(name)
        return bounded(value) if isinstance(value, Poly) else None

    @property
    def text(self) -> str:
        """The program in its canonical spelling."""
        return tree.text(self.program.root)

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The symbols of the network, in the order in which a reader meets them."""
        from .algebra.to_sympy import to_sympy

        return tuple(to_sympy(size, self.order) for size in self.open_symbols.values())

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

    @property
    def layers(self) -> tuple[LayerRow, ...]:
        """The layers in the order in which they are read; every quantity of a network is one of a layer, too."""
        rows = self.traced.rows
        return tuple(LayerRow(row, self) for row in rows if any(not isinstance(op, Repeat) for op in row.ops))

    @property
    def tensors(self) -> tuple[NamedTensor, ...]:
        """Every tensor that the network owns, shared ones once."""
        return tuple(owned(self.traced.ops))

    def at(self, /, **values: Any) -> Network:
        """The network with values in place of symbols; raises NetError for a name that it does not have.

        A value is a whole number above 0, of Python, numpy or SymPy (a float that is whole, such as 2.0, is one; True
        is none), or an expression, as text of the language or of SymPy: `net.at(f=32, H="2*n")`.
        """
        return self.given_values(values)

    def given_values(self, values: Mapping[str, Any]) -> Network:
        """The same for names that are no names of Python."""
        if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
            raise NetError("values are told by the names of symbols", hint='{"f": 32}')
        sizes = {name: given_size(self.tracer, name, value) for name, value in values.items()}
        before = {name: replaced(size, sizes) for name, size in self.given.items()}
        return Network(self.program, {**before, **sizes})

    def report(self) -> Any:
        """Rows, totals, conditions and conventions, ready to be rendered."""
        from .questions.report import report

        return report(self)

    def latex(self, /, kind: str = "formula", others: Mapping[str, Network] | None = None, **options: Any) -> str:
        r"""LaTeX for a paper; the first line names the packages that it needs.

        `kind` is formula, derivation, table, stages, comparison or complexity (with `others`), family (with
        `values={"n": [3, 5, 7]}`), macros, note, figure or appendix. Options: `quantities`, `width` ("12cm"), `depth`,
        `env`, `symbols` ({"f": r"F_{\mathrm{out}}"}), `thousands`, `notation`, `siunitx`, `note`, `caption`, `label`,
        `size`. Raises NetError for what there is not, and where no table fits the width.

        >>> import paramula
        >>> print(paramula.net("(n) -> dense(m)").latex(quantities="params"))
        % packages: amsmath
        \begin{align*}
          \mathrm{params} &= n\,m + m
        \end{align*}
        <BLANKLINE>
        """
        from .formats.paper import wish, written

        return written(kind, self._with(others), wish(**options))

    def table(self, /, kind: str = "table", others: Mapping[str, Network] | None = None, **options: Any) -> Any:
        """A table: `.latex() .markdown() .html() .csv() .json()`, text as a string, and shown as HTML in a notebook.

        The kinds and options are those of `latex`: table (of layers), stages, comparison, family, complexity.
        """
        from .formats.paper import Table, wish

        table = Table(kind, self._with(others), wish(**options))
        _ = table.grid  # a mistake is one of this line
        return table

    def figure(self, /, **options: Any) -> Any:
        """A picture of the architecture: `.svg() .tikz()`, shown in a notebook. Options: `width` ("12cm"), `depth`."""
        from .formats.paper import Figure, wish

        refuse((name for name in options if name not in ("width", "depth")), "a figure", ("width", "depth"))
        return Figure(self, wish(**options))

    def ask(self, question: str) -> Any:
        """What a statement of the language says of the network, which is called `net` in it; raises NetError.

        >>> import paramula
        >>> paramula.net("(784) -> dense(h) -> dense(10)").ask("params(net) at h=64 to KiB")
        params(net) at h=64 to KiB = 49.697 KiB (exactly 25445/512)
        """
        from .answers import Answer
        from .questions.statements import ask

        return Answer(ask(self, question))

    def memory(self, /, **options: Any) -> Any:
        """What training holds in memory, in bytes: `.total`, `.parts` (name, size, what), `.notes`, `.conditions`.

        Options: `batch`, `dtype`, `optimizer`, `grads`, `states`, `master`, `activations`, `attention`, `checkpoint`
        (docs/costs.md); a number may be an expression, as a text or of SymPy. Raises NetError for what there is not.

        >>> import paramula
        >>> paramula.net("(784) -> dense(h, relu) -> dense(10)").memory(batch="B", dtype="bf16").total
        2*B*h + 1568*B + 6360*h + 80
        """
        for name in options:
            if not is_name(name):
                raise NetError(f"memory has no option {quoted(name)}", hint='memory(batch=8, dtype="bf16")')
        return self.ask(", ".join(["memory(net", *(f"{name}={said(value)}" for name, value in options.items())]) + ")")

    def explain_as(self, tool: str) -> Any:
        """What torchinfo, fvcore, keras, ptflops, thop, calflops or flopcounter counts for the network, and why it
        differs: `.convention`, `.counts` (word, value, quantity, ours) and `.terms` (word, why, amount), which sum to
        the differences. Raises NetError for another tool."""
        from .answers import Answer
        from .questions.calls import Emulated
        from .questions.tools import as_tool

        return Answer(Emulated("", as_tool(self, tool), tuple(self.order)))

    def solve(self, question: str) -> Any:
        """What `solve` of the language answers about the network; a quantity needs no `(net)`.

        The largest number or the smallest, all, an interval, the frontier of several symbols, or a formula, with the
        parts of a record of budgets.py; `str` of it is what the prompt shows. Raises NetError where it cannot be told.

        >>> import paramula
        >>> net = paramula.net("(H,W,3) -> conv(3x3,f) -> gap -> dense(10)")
        >>> print(net.solve("params <= 1M for f where f % 8 == 0"))
        f = 26312: params(net) = 999,866 <= 1,000,000
        f = 26320: params(net) = 1,000,170 > 1,000,000
        they meet at f = 499995/19
          where H >= 3
          where W >= 3
        """
        from .answers import Answer
        from .questions.statements import solve

        return Answer(solve(self, question))

    def sweep(self, /, *expressions: str, where: str = "", **ranges: Any) -> Any:
        """Values of expressions over all combinations of numbers; a quantity needs no `(net)`.

        `net.sweep("params", "macs/params", f=range(8, 513, 8), d=[256, 512], where="d % f == 0")`, or the sentence of
        the language, `net.sweep("params for f in 8..512 step 8")`. Gives rows, tables, files, data frames, the best,
        the Pareto front and pictures (study.py). Raises NetError for what cannot be asked.

        >>> import paramula
        >>> net = paramula.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)")
        >>> for row in net.sweep("params", f=[8, 16]):
        ...     print(*row.point, *row.values)
        8 314
        16 618
        """
        from .study import study

        return study(self, expressions, where, ranges)

    def growth(self, symbol: str, at: int | None = None) -> Any:
        """How the quantities grow in a symbol: `.rows` (quantity, leading, order, elasticity at a point), `.shares` of
        the layers in the limit, `.notes` on what cannot be told. Raises NetError for a symbol that it does not have."""
        from .answers import Answer
        from .questions.growth import grown

        return Answer(grown(self, symbol, at))

    def _with(self, others: Mapping[str, Network] | None) -> dict[str, Network]:
        """This network and others, by the names that a paper calls them."""
        from .papers.tables.grid import name_of

        own, others = name_of(self), {} if others is None else others
        known = isinstance(others, Mapping) and all(isinstance(name, str) for name in others)
        if not known or not all(isinstance(net, Network) for net in others.values()):
            raise NetError("others are networks by their names", hint='others={"small": net}')
        if own in others:
            raise NetError(f"two networks are called '{own}'")
        return {own: self, **others}

    def __str__(self) -> str:
        from .formats.text import table

        return table(self.report())

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the table with its formulas, the formulas alone, and the table as text."""
        from .formats.html import bundle

        return bundle(self.report())


def given_size(tracer: Tracer, name: str, value: Any) -> Size:
    """A value for a symbol that a tracer met: a whole number above 0, an expression as text, or one of SymPy."""
    text = value if isinstance(value, str) else "…" if whole(value) is None else named(value)
    source = Source(f"{name}={text}")
    env = Env(Frame(Program(source, tree.Program(0, 0, []))), Labels(), {})
    place = Span(0, len(name))
    try:
        check_given(tracer.program, name, tracer, tree.Name(*place, name), env)
        place = Span(len(name) + 1, len(name) + 1 + max(len(text), 1))
        return tracer._size(_read_size(name, value), tree.Name(*place, name), env)
    except NetError as error:
        with suppress(ValueError):
            error.hint = error.hint or tracer.instead_of(name, Fraction(str(value)))
        inner = error.span if error.source is not None and error.source.text == text else None
        error.span = place if inner is None else Span(*(place.start + at for at in inner))
        error.source, error.other = source, None
        raise


def _read_size(name: str, value: Any) -> Size:
    number = whole(value)
    if number is not None:
        return number
    if isinstance(value, str):
        root, body = expression(value, name)
        reader = Tracer(Program(Source(value), root), {})
        return reader.number(body, reader.top)
    size = of_sympy(value)
    if size is None:
        raise NetError(f"{name} takes a whole number or an expression, not {named(value)}")
    return size


def of_sympy(value: Any) -> Size | None:
    """An expression of SymPy, which is not imported for that; None for what is none of its."""
    sympy = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Basic):
        return None
    from .algebra.to_sympy import from_sympy

    size = from_sympy(value)
    for name in met([size]):
        if reserved(name):
            raise NetError(f"'{name}' is a word of the language, and no symbol")
    return size


def expression(text: str, name: str) -> tuple[tree.Program, tree.Node]:
    """The tree of a text that is one expression and nothing else; NetError where it is none, or has more in it."""
    source = Source(text)
    try:
        root = parse(source)
    except NetError as error:
        error.source = error.source or source
        raise
    line = root.statements[0] if len(root.statements) == 1 else None
    if not isinstance(line, tree.Line) or line.settings or line.unit or tower(line) is not None:
        raise NetError(f"{name} takes a number or an expression", source=source)
    return root, line.body


def said(value: Any) -> str:
    """An option of Python in the language: a whole number, a word, or one expression."""
    number = whole(value)
    if number is not None:
        return digits(number)
    if isinstance(value, str):
        return tree.text(expression(value, "an option")[1])
    size = of_sympy(value)
    if size is not None:
        return ascii_text(form(size))
    raise NetError(f"an option is a number, a word or an expression, not {named(value)}", hint='batch=8, dtype="bf16"')


def owned(ops: list[Op], loops: tuple[Repeat, ...] = ()) -> Iterator[NamedTensor]:
    """The tensors that operations own, those of a repeated block as many times as it is repeated."""
    from .algebra.to_sympy import to_sympy

    for op in ops:
        if isinstance(op, Repeat):
            yield from owned(op.body, (*loops, op))
            yield from owned(op.base, loops) if isinstance(op, Nest) else ()
        elif op.copies != 0:
            for weight in op.facts.weights:
                copies = op.copies
                for loop in reversed([it for it in loops if op.varies is None or it.index in op.varies]):
                    of_all = not any(loop.index in symbols(size) for size in weight.shape)
                    copies = close(copies, loop.index, loop.low, loop.high) if of_all else copies * loop.count
                yield NamedTensor(op.path, weight.name, to_sympy(weight.shape), weight.role, to_sympy(copies))


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
            return tracer.unknown(last.body.name, last.body, tracer.top)
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


def network(text: str, name: str = "") -> Network:
    """The network that a program describes; its assertions are checked."""
    if not isinstance(text, str):
        raise NetError(f"a network is described by a text, not by {named(text)}")
    source = Source(text, text_of(name, "the name of a network"))
    with backstop(source), uncollected():
        program = Program(source, parse(source))
        result = Network(program)
        check_assertions(program, {})
    return result


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
    from .algebra.conditions import Need, settled

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


def read_file(path: str | Path) -> str:
    """The text of a file; NetError where it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            text = file.read(MAX_TEXT + 1)  # who reads it says that it is too large
            was_read(path)
            return text
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise NetError(f"{path} cannot be read: {reason}") from None


def read_input() -> str:
    """What comes on standard input; NetError where it is closed, or no text."""
    if sys.stdin is None or sys.stdin.closed:
        raise NetError("standard input is closed", hint="paramula FILE.net reads a file")
    try:
        return sys.stdin.read(MAX_TEXT + 1).removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or f"it is not text in {sys.stdin.encoding.upper()}"
        raise NetError(f"standard input cannot be read: {reason}") from None


def load(path: str | Path) -> Network:
    """The network that a file describes."""
    name = path_of(path)
    return network(read_file(name), name)


def network_of(program: Program, line: tree.Line) -> Network:
    """The network of a line, with what its `at` puts in place of symbols; `it` stays what it was then."""
    one = program.alone(tree.Line(line.start, line.end, line.body, [], ""))
    one.scope = Scope(program.scope)
    net = Network(one)
    return net.given_values({s.name: tree.text(s.value) for s in line.settings}) if line.settings else net


def with_values(nets: Sequence[Network], values: Mapping[str, Any]) -> list[Network]:
    """The networks, each with values for the symbols that it has; NetError for a symbol that none has."""
    names = [{*net.program.words, *net.open_symbols} for net in nets]
    known = {name for has in names for name in has}
    own = [{name: it for name, it in values.items() if name in has or name not in known} for has in names]
    return [net.given_values(mine) if mine else net for net, mine in zip(nets, own, strict=True)]
