"""A network as a user holds it: its quantities, layers, tensors, conditions. The object behind `paramula.net`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import formats  # noqa: F401  latex(…) is a question that it answers
from .algebra.substitution import symbols
from .algebra.sums import summed as close
from .engine.files import read_file
from .engine.given import said
from .engine.model import Model, backstop, check_assertions, uncollected
from .engine.program import Program
from .errors import NetError, Source, named, path_of, quoted, refuse, text_of, word_of
from .language.parser import is_name, parse
from .layers.words import QUANTITIES
from .measures import quantities
from .measures.traced import Nest, Op, Repeat, Row, Tensor, Traced


class NamedTensor(NamedTuple):
    """A tensor that a network owns: where, its name, shape and role (weight, bias or state), and how many there are."""

    path: str
    name: str
    shape: tuple[Any, ...]
    role: str
    copies: Any


class Exposed(type):
    """A class whose dir() shows a user's attributes and not the engine's; what completes a name asks the class, too."""

    exposed: tuple[str, ...]

    def __dir__(cls) -> list[str]:
        return list(cls.exposed)


class Countable(metaclass=Exposed):
    """One attribute for each quantity, as SymPy expressions: a tuple where the quantity has one for each axis."""

    exposed: tuple[str, ...] = ()

    def quantity(self, name: str) -> Any:
        """A quantity as paramula computes with it: whole numbers, fractions and its own polynomials."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name in QUANTITIES:
            from .algebra.to_sympy import to_sympy

            return to_sympy(self.quantity(name), self.order)
        raise AttributeError(f"'{type(self).__name__}' has no quantity '{name}'; there are {', '.join(QUANTITIES)}")

    def __dir__(self) -> list[str]:
        return [*self.exposed, *QUANTITIES]

    @property
    def order(self) -> list[str]:
        raise NotImplementedError


class LayerRow(Countable):
    """A layer of a network as a row: `.path`, `.call`, and every quantity."""

    exposed = ("path", "call")

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


class Network(Model, Countable):
    """A network. `net.params`, `net.macs`, `net.shape`, …: one attribute for each quantity, SymPy expressions.

    >>> import paramula
    >>> net = paramula.net("(H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)")
    >>> net.params
    38*f + 10
    >>> net.at(f=32, H=224, W=224).macs
    43352384
    """

    exposed = (
        "ask", "assumptions", "at", "bounds", "conditions", "explain_as", "figure", "growth", "latex", "layers",
        "memory", "report", "solve", "sweep", "symbols", "table", "tensors", "text",
    )  # fmt: skip

    def bounds(self, name: str) -> tuple[Any, Any] | None:
        """Closed formulas below and above a quantity that stays an explicit sum; None where it is closed itself."""
        from .algebra.to_sympy import to_sympy

        ends = self.ends(name)
        return None if ends is None else (to_sympy(ends[0], self.order), to_sympy(ends[1], self.order))

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The symbols of the network, in the order in which a reader meets them."""
        from .algebra.to_sympy import to_sympy

        return tuple(to_sympy(size, self.order) for size in self.open_symbols.values())

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


def ask(text: str) -> Any:
    """What a program answers: its last statement that asks something or is a network; without one the network that it
    defines. All statements are answered as `paramula TEXT` does, so a mistake in any of them is raised as NetError.

    A question gives what `net.ask` gives, with the number, shape or parts as `.value`; a network is a Network.

    >>> import paramula
    >>> paramula.ask("params((784) -> dense(h) -> dense(10))")
    params(784 -> dense(h) -> dense(10)) = 795·h + 10
    >>> paramula.ask("net = (784) -> dense(10); params(net); solve params(net)*k <= 1M for k").value
    127
    >>> paramula.ask("(784) -> dense(h)").params
    785*h
    """
    from .answers import Answer
    from .questions.statements import answers

    source = Source(text_of(text, "a program"))
    with backstop(source), uncollected():
        found = answers(Program(source, parse(source)), {}, make=Network).last
    if found is None:
        raise NetError("nothing is asked", hint="ask for a number of a network: params(resnet50)", source=source)
    return found if isinstance(found, Network) else Answer(found)


def load(path: str | Path) -> Network:
    """The network that a file describes."""
    name = path_of(path)
    return network(read_file(name), name)
