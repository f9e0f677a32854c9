"""What a layer is to the engine: facts, and a register of the functions that state them. Knows no text and no network.

A layer is one function from the incoming shape and its arguments to `Facts`. The function's signature is the syntax of
its call (the annotations name what may stand at a place), its docstring is its help, and nothing else about it is
written anywhere: parameters, work, fields, tables and documentation all follow from the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..algebra.conditions import Need
from ..algebra.poly import product

Shape: TypeAlias = tuple[Any, ...]

WEIGHT, BIAS, STATE = "weight", "bias", "state"
PYTORCH, KERAS = "PyTorch", "Keras"  # the frameworks whose defaults are told


class Weight(NamedTuple):
    """A named tensor; each number enters a product `uses` times for one input, and `gives` elements come out."""

    name: str
    shape: Shape
    role: str = WEIGHT
    uses: Any = 0
    gives: Any = 0


class Usual(NamedTuple):
    """The tensors that a layer has as another framework makes it, where an option was left open, and why."""

    why: str
    weights: tuple[Weight, ...]


class Work(NamedTuple):
    """A product that no weight accounts for, such as attention's scores."""

    name: str
    macs: Any
    gives: Any


class Window(NamedTuple):
    """What one place of the output sees along an axis: 1 + `reach` places, `stride` places from one to the next."""

    reach: Any
    stride: Any


WHOLE = Window(None, None)  # every place of the axis
POINT = Window(0, 1)


# What may stand at a place of a call: the annotations of the layers' signatures, read by `bind.py`.
Count: TypeAlias = Any  # a whole size, at least 1
Amount: TypeAlias = Any  # a whole size, at least 0
Index: TypeAlias = Any  # a written whole number, negative too
Ratio: TypeAlias = Any  # any number
Flag: TypeAlias = Any  # a word that is there or not
Windows: TypeAlias = Any  # one Count for every axis, or one for all
Steps: TypeAlias = Any  # the same, for strides and dilations
Amounts: TypeAlias = Any  # one Amount for every axis, or one for all
Ratios: TypeAlias = Any  # one number above 0 for every axis, or one for all
Sides: TypeAlias = Any  # one Amount for all, one for every axis, or a pair for every axis
Padding: TypeAlias = Any  # Sides, or one of the words same, valid, causal
Tensor: TypeAlias = Any  # the shape of another tensor: @name
Network: TypeAlias = Any  # a network, traced on the incoming shape by the engine
Table: TypeAlias = Any  # the name of a shared embedding


class Facts:
    """All that is known of a layer on a given shape.

    `windows` has one Window for each incoming axis (None: every place by itself) and `axes` says of each outgoing axis
    from which incoming ones it comes (None: the same ones). `depth` is the kernels on its longest path (None: 1 where a
    weight is used in a product), `steps` those that wait for each other (None: the depth). A `view` gives out no new
    elements. `notes` are told in the report, with `{call}` and `{x}` in place of the call and of what comes in. `usual`
    says what a framework makes where it sets an option otherwise that was left open. What attention has `cached` stays
    from one token to the next.
    """

    __slots__ = (
        "axes", "cached", "depth", "needs", "notes", "shape", "steps", "totals", "usual", "view", "weights", "windows",
        "work",
    )  # fmt: skip

    def __init__(
        self,
        shape: Shape,
        weights: tuple[Weight, ...] = (),
        work: tuple[Work, ...] = (),
        windows: tuple[Window, ...] | None = None,
        axes: tuple[tuple[int, ...], ...] | None = None,
        needs: tuple[Need, ...] = (),
        depth: int | None = None,
        view: bool = False,
        notes: tuple[str, ...] = (),
        steps: Any = None,
        usual: Mapping[str, Usual] = MappingProxyType({}),
        cached: bool = False,
    ) -> None:
        self.shape = shape
        self.weights = weights
        self.work = work
        self.windows = windows
        self.axes = axes
        self.needs = needs
        self.depth = depth
        self.view = view
        self.notes = notes
        self.steps = steps
        self.usual = usual
        self.cached = cached
        self.totals: dict[str, Any] = {}  # the additive quantities, filled in when one is asked for

    def as_made_by(self, framework: str) -> Facts:
        """The facts of the layer that a framework makes where the options that are left open are its own."""
        if framework not in self.usual:
            return self
        made = copy(self)
        made.weights, made.totals = self.usual[framework].weights, {}
        return made


class Misfit(Exception):
    """A layer cannot take this shape or argument: what one says behind its name; `{x}` is the shape that comes in."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Param(NamedTuple):
    """One place of a layer's signature. `kind` says what may stand there: Count, Window, Padding, Flag, …"""

    name: str
    kind: str
    default: Any
    required: bool
    positional: bool
    many: bool


class Layer(NamedTuple):
    """A word of the catalogue."""

    name: str
    family: str
    facts: Callable[..., Facts]
    params: tuple[Param, ...]
    opens: str  # the input it takes where none is given: image, sequence, features, tokens; "" waits for the next layer
    plain: bool  # an activation: a flag on any layer, too
    help: str

    @property
    def flags(self) -> dict[str, tuple[str, bool]]:
        """The words that set this layer's flags: word -> (parameter, value)."""
        words = {}
        for param in self.params:
            if param.kind == "Flag":
                words["no" + param.name if param.default else param.name] = (param.name, not param.default)
        return words


CATALOGUE: dict[str, Layer] = {}

# Long spellings of the short keys, the same everywhere.
LONG = {"s": "stride", "p": "padding", "d": "dilation", "g": "groups"}


def layer(family: str, opens: str = "", *, names: tuple[str, ...] = (), plain: bool = False) -> Callable[..., Any]:
    """Registers a function as a layer, under its own name or under all of `names`."""

    def register(function: Callable[..., Facts]) -> Callable[..., Facts]:
        for name in names or (function.__name__.strip("_"),):
            CATALOGUE[name] = Layer(name, family, function, signature(function), opens, plain, function.__doc__ or "")
        return function

    return register


def signature(function: Callable[..., Any]) -> tuple[Param, ...]:
    """The places of a layer's call, read off its function (the first argument is the incoming shape)."""
    code, notes = function.__code__, function.__annotations__
    positional = list(code.co_varnames[1 : code.co_argcount])
    defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    params = [Param(n, notes[n], defaults.get(n), n not in defaults, True, False) for n in positional]
    end = code.co_argcount + code.co_kwonlyargcount
    keyword = function.__kwdefaults__ or {}
    params += [
        Param(n, notes[n], keyword.get(n), n not in keyword, False, False)
        for n in code.co_varnames[code.co_argcount : end]
    ]
    if code.co_flags & 0x04:
        name = code.co_varnames[end]
        params.append(Param(name, notes[name], (), True, True, True))
    return tuple(params)


def places(x: Shape) -> Any:
    """How many places a tensor has: the product of all sizes but the last."""
    return product(x[:-1])


def size(x: Shape) -> Any:
    """How many elements a tensor has."""
    return product(x)


def kernel(name: str, shape: Shape, at: Any) -> Weight:
    """A weight used once at each of `at` places, where it gives out its last axis."""
    return Weight(name, shape, uses=at, gives=at * shape[-1])


def biases(use: bool, n: Any, name: str = "bias") -> tuple[Weight, ...]:
    return (Weight(name, (n,), BIAS),) if use else ()
