"""What an expression of the language can be, and where names stand for what. The vocabulary of the engine."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ..algebra.poly import Poly
from ..errors import Source
from ..language import tree
from ..measures.labels import Defined

if TYPE_CHECKING:
    from .program import Program


SIZES = re.compile(r"([A-Za-z]|\d+)(x([A-Za-z]|\d+))+")  # kxk, HxWx3: meant for a window or a shape


class Word(str):
    """A flag of the catalogue: same, valid, nobias, …"""

    __slots__ = ()


class Quote(str):
    """A text in quotes."""

    __slots__ = ()


class Frame:
    """One use of a definition: its parameters, the program it stands in, and the key of the place where it is used.

    The copies of a repeat have the same key: what is shared in place is kept across them. `sizes` are the parameters
    that are surely numbers: their default is one."""

    __slots__ = ("home", "key", "params", "sizes")

    def __init__(
        self,
        home: Program,
        params: frozenset[str] = frozenset(),
        key: tuple[Any, ...] = (),
        sizes: frozenset[str] = frozenset(),
    ) -> None:
        self.home = home
        self.params = params
        self.key = key
        self.sizes = sizes

    @property
    def source(self) -> Source:
        return self.home.source


class Labels:
    """The tensors that have a name here, and outside; `inside` are names that only a repeat's copies know."""

    __slots__ = ("inside", "outer", "tensors")

    def __init__(self, outer: Labels | None = None) -> None:
        self.outer = outer
        self.tensors: dict[str, Any] = {}
        self.inside: set[str] = set()

    def find(self, name: str) -> Any:
        scope: Labels | None = self
        while scope is not None:
            if name in scope.tensors:
                return scope.tensors[name]
            scope = scope.outer
        return None

    def hidden(self, name: str) -> bool:
        scope: Labels | None = self
        while scope is not None:
            if name in scope.inside:
                return True
            scope = scope.outer
        return False


class Env:
    """Where names stand for what: the innermost names first, then those around them."""

    __slots__ = ("frame", "labels", "names", "outer")

    def __init__(self, frame: Frame, labels: Labels, names: dict[str, Any], outer: Env | None = None) -> None:
        self.frame = frame
        self.labels = labels
        self.names = names
        self.outer = outer

    def find(self, name: str) -> Any:
        env: Env | None = self
        while env is not None:
            if name in env.names:
                return env.names[name]
            env = env.outer
        return None

    def with_names(self, names: dict[str, Any], labels: Labels | None = None) -> Env:
        return Env(self.frame, labels or self.labels, names, self)


class Net:
    """A network not yet traced: a phrase, and where its names stand for what; `use` names the definition it came by."""

    __slots__ = ("env", "key", "node", "use")

    def __init__(self, node: tree.Node, env: Env, use: Use | None = None, key: Any = None) -> None:
        self.node = node
        self.env = env
        self.use = use
        self.key = key  # what it is known by instead of its place: the copies of a nest are one


class Later(NamedTuple):
    """An expression that is looked at where its name is used: `it`, so that `it at f=32` puts numbers in."""

    node: tree.Node
    env: Env


class Bare:
    """An argument with the bare name of a published network: that network where one is wanted, elsewhere a symbol."""

    __slots__ = ("env", "node")

    def __init__(self, node: tree.Node, env: Env) -> None:
        self.node = node
        self.env = env


class Use(NamedTuple):
    """A definition as it is used: the phrase that uses it and where it stands, its name, its key if it is shared."""

    node: tree.Node
    env: Env
    name: str
    shared: tuple[Any, ...] | None
    call: Defined | None = None  # with the values of its parameters


def key_of(value: Any) -> Any:
    """What tells one argument, or one network, from another."""
    if isinstance(value, Bare):
        return value.node.name if isinstance(value.node, tree.Name) else (value.node.start, value.env.frame.key)
    if not isinstance(value, Net):
        return value
    return value.key or (value.node.start, value.env.frame.key)


def is_number(value: object) -> bool:
    return isinstance(value, (int, Fraction, Poly))


def kind(value: object) -> str:
    """What a value is, as a message says it."""
    if is_number(value):
        return "a number"
    if isinstance(value, tuple):
        return "a shape"
    if isinstance(value, Word):
        return f"the flag '{value}'"
    if isinstance(value, Quote):
        return "a text"
    return "a network"


def later(node: tree.Node, env: Env) -> Net:
    """A network whose phrase is looked at only when it is traced."""
    return Net(tree.Chain(node.start, node.end, [node]), env)


def operands(node: tree.Node) -> tuple[tree.Node, ...]:
    """What a phrase adds, multiplies or puts numbers in, where any of that may be a network; else the phrase itself."""
    if type(node) in (tree.Sum, tree.Product):
        return tuple(part for operand in node.operands for part in operands(operand))  # type: ignore[attr-defined]
    if type(node) in (tree.Group, tree.Given) and not isinstance(node.body, tree.Label):  # type: ignore[attr-defined]
        return operands(node.body)  # type: ignore[attr-defined]
    return (node,)
