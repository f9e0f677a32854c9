"""A traced network, as records: what flows, what runs, what is read, and what was asked on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from ..algebra.needs import Need
from ..algebra.poly import Poly, Size, Sym
from ..layers.facts import Facts
from .labels import Called, Defined, label

Shape: TypeAlias = tuple[Any, ...]
BESIDE = "over="  # the kind of a row: a network that begins at a label, and that a layer looks at; no name is like it


class Tensor:
    """What flows between operations: a shape; `parts` are the several outputs of a fork."""

    __slots__ = ("parts", "shape")

    def __init__(self, shape: Shape, parts: tuple[Tensor, ...] = ()) -> None:
        self.shape = shape
        self.parts = parts


class Op:
    """One operation as it runs: its facts, what comes in, what goes out, and how often.

    The first input of a layer is what it stands behind, others it takes beside (over=@memory). `copies` is how many
    sets of weights it stands for (0 where they were counted before), `times` how often it runs and `active` how many
    of the sets one token meets. `call` is the layer's call; None of a join, a router, a repetition.
    """

    __slots__ = ("active", "call", "copies", "facts", "inputs", "kind", "out", "path", "times", "varies")

    def __init__(
        self, kind: str, path: str, facts: Facts, inputs: tuple[Tensor, ...], call: Called | None = None
    ) -> None:
        self.kind = kind
        self.call = call
        self.path = path
        self.facts = facts
        self.inputs = inputs
        self.copies: Size = 1
        self.times: Size = 1
        self.active: Size = 1
        self.varies: frozenset[Sym] | None = None  # shared weights: the indices on which they depend
        self.out = Tensor(facts.shape)


class Repeat(Op):
    """A block that is repeated for an index from `low` to `high`: its operations, traced once at the index."""

    __slots__ = ("body", "entry", "exit", "high", "index", "low", "outside")

    def __init__(self, path: str, x: Tensor, shape: Shape, index: Sym, low: Size, high: Size) -> None:
        super().__init__("repeat", path, Facts(shape), (x,))
        self.index = index
        self.low = low
        self.high = high
        self.body: list[Op] = []
        self.entry = x
        self.exit = x
        self.outside: list[tuple[Need, str]] = []  # the needs of the network around it

    @property
    def count(self) -> Size:
        return self.high - self.low + 1


class Nest(Repeat):
    """A block around itself for an index: one copy's operations before and after the hole where the next one stands.

    What stands in the innermost hole is the `base`, whose operations say themselves how often they run.
    """

    __slots__ = ("base", "base_entry", "base_exit", "hole_in", "hole_out")

    base: list[Op]
    base_entry: Tensor
    base_exit: Tensor
    hole_in: Tensor
    hole_out: Tensor


def reads(op: Op) -> Iterator[Tensor]:
    """The tensors that an operation takes, those of its copies among them."""
    yield from op.inputs
    if isinstance(op, Repeat):
        for inner in (*op.body, *(op.base if isinstance(op, Nest) else ())):
            yield from reads(inner)


def every(ops: Iterable[Op]) -> Iterator[Op]:
    """The operations, those of a repetition's copy in its place."""
    for op in ops:
        if isinstance(op, Repeat):
            yield from every((*op.body, *(op.base if isinstance(op, Nest) else ())))
        else:
            yield op


class Row:
    """A line of the report: a call as written, what it gave out, its operations.

    A group has the rows below it up to `end`, its `parts` are where each copy of a repeat or branch of a join begins.
    """

    __slots__ = (
        "definition", "end", "group", "kind", "level", "loops", "ops", "order", "parts", "path", "shape", "shared",
        "written",
    )  # fmt: skip

    def __init__(self, kind: str, path: str, written: str, level: int, group: bool) -> None:
        self.kind = kind
        self.path = path
        self.written = written
        self.level = level
        self.group = group
        self.ops: list[Op] = []
        self.shape: Any = ()
        self.shared = False
        self.loops: tuple[Repeat, ...] = ()  # the symbolic repetitions around it
        self.end = 0
        self.parts: list[tuple[int, str]] = []
        self.order: Iterable[str] | None = None  # of the symbols, where the call speaks of names with a value
        self.definition: Defined | None = None  # as it was used, where the row is one's

    @property
    def call(self) -> str:
        """The call as it was written; inside a definition with the values of its parameters in place."""
        return self.written if self.order is None else self.label(tuple(self.order))

    def label(self, order: Sequence[str]) -> str:
        """The call with its numbers in place, behind it the activations that were written as flags."""
        if self.definition is not None:
            return self.definition.label(order)
        called = [op.call for op in self.ops if op.call is not None]
        if self.group or not called or len(called) < len(self.ops):
            return self.written
        first, *after = called
        text, words = label(first, order), [it.layer.name for it in after]
        if not words:
            return text
        return f"{text[:-1]}, {', '.join(words)})" if text.endswith(")") else f"{text}({', '.join(words)})"


class Traced:
    """A network run through once: operations, rows, inputs, conditions, and what was assumed."""

    __slots__ = ("assumed", "counted", "inputs", "met", "needs", "ops", "out", "rounded", "rows", "unrounded")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.rows: list[Row] = []
        self.inputs: list[Tensor] = []
        self.out = Tensor(())
        self.needs: list[tuple[Need, str]] = []
        self.assumed: list[str] = []
        self.met: dict[str, Poly] = {}
        self.unrounded: set[str] = set()
        self.rounded: set[str] = set()
        self.counted: Any = None  # the operations counted together, kept by `quantities`
