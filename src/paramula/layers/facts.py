"""What a layer is to the engine: facts, and a register of the functions that state them. Knows no text and no network.

A layer is one function from the incoming shape and its arguments to `Facts`. The function's signature is the syntax of
its call (the annotations name what may stand at a place), its docstring is its help, its decorator says what it keeps
for the backward pass, and nothing else about it is written anywhere: parameters, work, fields, tables and documentation
all follow from the facts. A layer of somebody else's is registered in the same way, and checked when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeAlias

from ..algebra.known import nonnegative
from ..algebra.needs import Need
from ..algebra.poly import Poly, Size, product
from ..errors import NetError, listed, named

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


# What may stand at a place of a call: the annotations of the layers' signatures, read by `bind.py`. Each says its own
# name, so that it can be told whether annotations are kept as text (`from __future__ import annotations`) or not.
Count: TypeAlias = Annotated[Any, "Count"]  # a whole size, at least 1
Amount: TypeAlias = Annotated[Any, "Amount"]  # a whole size, at least 0
Index: TypeAlias = Annotated[Any, "Index"]  # a written whole number, negative too
Ratio: TypeAlias = Annotated[Any, "Ratio"]  # any number
Flag: TypeAlias = Annotated[Any, "Flag"]  # a word that is there or not
Windows: TypeAlias = Annotated[Any, "Windows"]  # one Count for every axis, or one for all
Steps: TypeAlias = Annotated[Any, "Steps"]  # the same, for strides and dilations
Amounts: TypeAlias = Annotated[Any, "Amounts"]  # one Amount for every axis, or one for all
Ratios: TypeAlias = Annotated[Any, "Ratios"]  # one number above 0 for every axis, or one for all
Sides: TypeAlias = Annotated[Any, "Sides"]  # one Amount for all, one for every axis, or a pair for every axis
Padding: TypeAlias = Annotated[Any, "Padding"]  # Sides, or one of the words same, valid, causal
Tensor: TypeAlias = Annotated[Any, "Tensor"]  # the shape of another tensor: @name
Network: TypeAlias = Annotated[Any, "Network"]  # a network, traced on the incoming shape by the engine
Table: TypeAlias = Annotated[Any, "Table"]  # the name of a shared embedding
KINDS = (
    "Count", "Amount", "Index", "Ratio", "Flag", "Windows", "Steps", "Amounts", "Ratios", "Sides", "Padding", "Tensor",
    "Network", "Table",
)  # fmt: skip
OPENS = ("", "image", "sequence", "tokens", "features", "volume")  # what a layer takes where no input is declared


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


class Widths(NamedTuple):
    """What an element costs: bytes of an activation, examples of a batch; and how attention is run."""

    bytes: Size = 1
    batch: Size = 1
    attention: str = "fused"


class Keeps(NamedTuple):
    """What a layer keeps for the backward pass: its inputs, what it gives out, and how many bytes of something of its
    own, for the whole batch."""

    inputs: bool = False
    output: bool = False
    own: Callable[[Facts, Widths], Size] | None = None


KEPT = {"nothing": Keeps(), "inputs": Keeps(inputs=True), "output": Keeps(output=True)}  # by their words


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
    keeps: Keeps

    @property
    def foreign(self) -> bool:
        """Whether it is somebody else's, and nothing is taken on trust."""
        return not str(self.facts.__module__).startswith(__name__.rpartition(".")[0])

    @property
    def flags(self) -> dict[str, tuple[str, bool]]:
        """The words that set this layer's flags: word -> (parameter, value)."""
        words = {}
        for param in self.params:
            if param.kind == "Flag":
                words["no" + param.name if param.default else param.name] = (param.name, not param.default)
        return words


class Catalogue(dict[str, Layer]):
    """The layers by their names; `flags` are the words that are flags of some of them, those of paddings among them."""

    def __init__(self) -> None:
        self.flags: set[str] = set(PADDINGS)

    def __setitem__(self, name: str, it: Layer) -> None:
        super().__setitem__(name, it)
        self.flags.update(it.flags)

    def pop(self, name: str, *default: Any) -> Any:
        it = super().pop(name, *default)
        self.flags.clear()
        self.flags.update(PADDINGS, *(it.flags for it in self.values()))
        return it


PADDINGS = ("same", "valid", "causal")
CATALOGUE = Catalogue()
FLAGS = CATALOGUE.flags
TAKEN: set[str] = set()  # words that no layer and no flag may be called: functions, joins, quantities

# Long spellings of the short keys, the same everywhere.
LONG = {"s": "stride", "p": "padding", "d": "dilation", "g": "groups"}


def layer(
    family: str,
    opens: str = "",
    *,
    keeps: str | Keeps | Mapping[str, str | Keeps] | None = None,
    names: tuple[str, ...] = (),
    plain: bool = False,
) -> Callable[..., Any]:
    """Registers a function as a layer, under its own name or under all of `names`.

    `opens` is the input that it takes where none is declared. `keeps` says what stays for the backward pass:
    "nothing", "inputs", "output", or a record `Keeps`; for several names that differ in it, by name. `plain` makes it
    a flag of every layer. Raises NetError for what cannot be a layer."""

    def register(function: Callable[..., Facts]) -> Callable[..., Facts]:
        if not hasattr(function, "__code__"):
            hint = "@layer(…) stands above def mine(x: Shape) -> Facts"
            raise NetError(f"a layer is a function, not {named(function)}", hint=hint)
        for name in names or (function.__name__.strip("_"),):
            own = keeps.get(name) if isinstance(keeps, Mapping) else keeps
            it = Layer(
                name,
                family,
                function,
                signature(function, name),
                opens,
                plain,
                function.__doc__ or "",
                _keeps(own, name),
            )
            _check(it)
            CATALOGUE[name] = it
        return function

    return register


def _keeps(said: str | Keeps | None, name: str) -> Keeps:
    if isinstance(said, Keeps):
        return said
    if said is None or said not in KEPT:
        hint = f"write @layer(…, keeps={listed(map(repr, KEPT))}), or keeps=Keeps(inputs=True, own=…)"
        raise NetError(f"the layer {name} does not say what it keeps for the backward pass", hint=hint)
    return KEPT[said]


def _check(it: Layer) -> None:
    """Raises NetError for a layer that could not be called, or would take another word away."""
    there = CATALOGUE.get(it.name)
    if not it.name.isidentifier() or not it.name.isascii():
        raise NetError(f"{named(it.name)} cannot be the name of a layer", hint="write @layer(…, names=('name',))")
    if there is not None and (there.facts.__module__, there.facts.__qualname__) != (
        it.facts.__module__, it.facts.__qualname__,
    ):  # fmt: skip
        raise NetError(f"there is a layer called '{it.name}' already")
    flags = (word for word in it.flags if word not in FLAGS and (word in TAKEN or word in CATALOGUE))
    for word in (it.name, *it.flags):
        if len(word) == 1:
            raise NetError(f"the layer {it.name} cannot have the word '{word}': a letter is a size")
    if word := it.name if it.name in TAKEN or it.name in FLAGS else next(flags, ""):
        raise NetError(f"the layer {it.name} cannot have the word '{word}', which means something else")
    if it.opens not in OPENS:
        raise NetError(f"the layer {it.name} opens {named(it.opens)}", hint=f"it may open {listed(OPENS[1:])}")


def signature(function: Callable[..., Any], name: str) -> tuple[Param, ...]:
    """The places of a layer's call, read off its function (the first argument is the incoming shape)."""
    code = function.__code__
    if not code.co_argcount or code.co_flags & 0x08:
        hint = f"def {function.__name__}(x: Shape, n: Count, *, bias: Flag = True) -> Facts"
        raise NetError(f"the layer {name} takes the incoming shape, and arguments with names", hint=hint)
    positional = list(code.co_varnames[1 : code.co_argcount])
    defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    params = [Param(n, _kind(function, n, name), defaults.get(n), n not in defaults, True, False) for n in positional]
    end = code.co_argcount + code.co_kwonlyargcount
    keyword = function.__kwdefaults__ or {}
    params += [
        Param(n, _kind(function, n, name), keyword.get(n), n not in keyword, False, False)
        for n in code.co_varnames[code.co_argcount : end]
    ]
    if code.co_flags & 0x04:
        many = code.co_varnames[end]
        params.append(Param(many, _kind(function, many, name), (), True, True, True))
    return tuple(params)


def _kind(function: Callable[..., Any], place: str, name: str) -> str:
    """What may stand at a place, by its annotation: one of the names above, or the text of one, under any alias."""
    note = function.__annotations__.get(place)
    if isinstance(note, str):
        first, *rest = note.partition("|")[0].strip("'\" ").split(".")
        found = function.__globals__.get(first)
        for part in rest:
            found = getattr(found, part, None)
        note = Annotated[Any, first] if found is None and not rest else found
    either = (note, *getattr(note, "__args__", ()))  # Count | None
    kind = next((it for one in either for it in getattr(one, "__metadata__", ())), None)
    if kind not in KINDS:
        message = f"the layer {name} does not say what may stand for {place}"
        raise NetError(message, hint=f"annotate it with one of {', '.join(KINDS)}: {place}: Count")
    return str(kind)


# What a layer of somebody else's states, looked at.


def failed(name: str, what: str) -> NetError:
    """The error for a layer of somebody else's that does not do what a layer does."""
    return NetError(f"the layer {name} is wrong: {what}", hint="the fault is in its own function, not in this network")


def stated(it: Layer, x: Shape, *args: Any, **options: Any) -> Facts:
    """What a layer states on a shape. The function of somebody else's may fail, or give back what are no facts."""
    if not it.foreign:
        return it.facts(x, *args, **options)
    try:
        facts = it.facts(x, *args, **options)
    except (Misfit, NetError, ZeroDivisionError):
        raise
    except Exception as error:
        raise failed(it.name, f"it raises {type(error).__name__}: {error}") from error
    if wrong := faults(facts, x):
        raise failed(it.name, wrong)
    return facts


def faults(facts: Any, came: Shape) -> str:
    """What is wrong with what a layer gives back, in words; nothing where nothing is."""
    if not isinstance(facts, Facts):
        return f"it gives back {named(facts)}, and no Facts"
    if not sizes(facts.shape) or not facts.shape:
        return f"the shape is a tuple of sizes, not {named(facts.shape)}"
    tables: tuple[tuple[str, Any, type], ...] = (
        ("weights", facts.weights, Weight), ("work", facts.work, Work), ("needs", facts.needs, Need),
        ("notes", facts.notes, str),
    )  # fmt: skip
    for what, rows, kind in tables:
        if not isinstance(rows, tuple) or not all(isinstance(row, kind) for row in rows):
            return f"{what} are a tuple of {kind.__name__}, not {named(rows)}"
    for weight in facts.weights:
        if not isinstance(weight.name, str) or weight.role not in (WEIGHT, BIAS, STATE):
            return f"a weight has a name, and the role {WEIGHT}, {BIAS} or {STATE}"
        if not sizes(weight.shape) or not sizes((weight.uses, weight.gives)):
            return f"the sizes of {weight.name} are whole and not negative"
    if not all(sizes((work.macs, work.gives)) for work in facts.work):
        return "the work is whole and not negative"
    if not all(need.relation in (">=", "%", "==") and all(map(_is_size, need[1:3])) for need in facts.needs):
        return "a need is between two sizes"
    if facts.windows is not None and (
        not isinstance(facts.windows, tuple)
        or len(facts.windows) != len(came)
        or not all(isinstance(it, Window) and all(n is None or _is_size(n) for n in it) for it in facts.windows)
    ):
        return "windows are a Window for each incoming axis"
    if facts.axes is not None and (
        not isinstance(facts.axes, tuple)
        or len(facts.axes) != len(facts.shape)
        or not all(isinstance(it, tuple) and all(n in range(len(came)) for n in it) for it in facts.axes)
    ):
        return "axes say for each outgoing axis from which incoming ones it comes"
    if facts.depth is not None and (type(facts.depth) is not int or facts.depth < 0):
        return "the depth is a whole number, not negative"
    if not isinstance(facts.usual, Mapping) or not all(isinstance(it, Usual) for it in facts.usual.values()):
        return "what is usual is a Usual for each framework"
    return "" if facts.steps is None or sizes((facts.steps,)) else "the steps are a size"


def _is_size(it: Any) -> bool:
    return type(it) in (int, Fraction) or isinstance(it, Poly)


def sizes(them: Any) -> bool:
    """Whether these are sizes, none of which is surely negative or broken."""
    return isinstance(them, tuple) and all(
        _is_size(it) and type(it) is not Fraction and (it >= 0 if type(it) is int else not nonnegative(-it - 1))
        for it in them
    )


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
