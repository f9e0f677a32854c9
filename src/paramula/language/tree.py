"""The tree of a program, and its canonical text. Knows how sentences are built, and nothing of what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ..errors import Span


class Node:
    """A part of a sentence and its place. Two nodes are equal when they say the same, wherever they stand."""

    __slots__: tuple[str, ...] = ("end", "start")
    start: int
    end: int

    def __init__(self, start: int, end: int, *fields: Any) -> None:
        self.start = start
        self.end = end
        for name, value in zip(self.__slots__, fields, strict=True):
            setattr(self, name, value)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.fields() == other.fields()

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.fields()))})"


class Number(Node):
    __slots__ = ("text",)
    text: str

    @property
    def value(self) -> int | Fraction:
        return Fraction(self.text) if "." in self.text else int(self.text)


class Suffixed(Node):
    """A number with letters behind it, such as 1.5M: a unit in a query, a mistake elsewhere."""

    __slots__ = ("digits", "suffix")
    digits: str
    suffix: str


class Window(Node):
    __slots__ = ("sizes",)
    sizes: tuple[int, ...]


class Text(Node):
    __slots__ = ("text",)
    text: str


class Name(Node):
    __slots__ = ("name",)
    name: str


class Reference(Node):
    __slots__ = ("name",)
    name: str


class Dots(Node):
    __slots__ = ()


class Call(Node):
    __slots__ = ("args", "name")
    args: list[Node]
    name: str


class Keyword(Node):
    __slots__ = ("name", "value")
    name: str
    value: Node


class Series(Node):
    """An expression for each value of an index: the argument of `sum(i^2 for i in 1..n)`."""

    __slots__ = ("binding", "body")
    binding: Binding
    body: Node


class Group(Node):
    """A lone name in parentheses: a shape of one axis, or the network of that name."""

    __slots__ = ("body",)
    body: Node


class Shape(Node):
    __slots__ = ("items",)
    items: list[Node]


class Given(Node):
    __slots__ = ("body", "settings")
    body: Node
    settings: list[Setting]


class Listing(Node):
    __slots__ = ("around", "binding", "body")
    around: Setting | None
    binding: Binding
    body: Node


class Negative(Node):
    __slots__ = ("body",)
    body: Node


class Power(Node):
    __slots__ = ("base", "exponent")
    base: Node
    exponent: Node


class Operation(Node):
    """Operands of one precedence, left to right, with an operator before each but the first."""

    __slots__ = ("operands", "operators")
    operands: list[Node]
    operators: list[str]


class Sum(Operation):
    __slots__ = ("operands", "operators")


class Product(Operation):
    __slots__ = ("operands", "operators")


class Claim(Operation):
    __slots__ = ("operands", "operators")


class Concat(Node):
    __slots__ = ("branches",)
    branches: list[Node]


class Label(Node):
    __slots__ = ("body", "name")
    body: Node
    name: str


class Chain(Node):
    __slots__ = ("steps",)
    steps: list[Node]


class Setting(Node):
    __slots__ = ("name", "value")
    name: str
    value: Node


class Binding(Node):
    __slots__ = ("names", "range")
    names: list[str]
    range: Node


class Range(Node):
    """Numbers from the first to the last, each the one before and the step, or (`times` is "*") times the step."""

    __slots__ = ("first", "last", "step", "times")
    first: Node
    last: Node
    step: Node | None
    times: str


class Choices(Node):
    __slots__ = ("items",)
    items: list[Node]


class Line(Node):
    """A network or an expression on a line of its own."""

    __slots__ = ("body", "settings", "unit")
    body: Node
    settings: list[Setting]
    unit: str


class Define(Node):
    __slots__ = ("body", "name", "params", "shared")
    body: Node
    name: str
    params: list[tuple[str, Node | None]] | None
    shared: bool


class Use(Node):
    __slots__ = ("name",)
    name: str


class Assume(Node):
    __slots__ = ("claims",)
    claims: list[Claim]


class Assert(Node):
    __slots__ = ("claims",)
    claims: list[Claim]


class Solve(Node):
    __slots__ = ("claims", "names", "where")
    claims: list[Claim]
    names: list[str]
    where: list[Claim]


class Sweep(Node):
    __slots__ = ("bindings", "values", "where")
    bindings: list[Binding]
    values: list[Node]
    where: list[Claim]


class Compare(Node):
    __slots__ = ("values",)
    values: list[Node]


class Program(Node):
    __slots__ = ("statements",)
    statements: list[Node]


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, parents first."""
    stack: list[Any] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            yield item
            stack += reversed(item.fields())
        elif isinstance(item, (list, tuple)):
            stack += reversed(item)


# The precedence of each kind of phrase, loosest first; what is not listed never needs parentheses.
LEVEL: dict[type[Node], int] = {
    Chain: 0, Label: 1, Concat: 2, Sum: 3, Product: 4, Negative: 5, Power: 6,
}  # fmt: skip
CALL = 7


def text(node: Node) -> str:
    """The canonical sentence of a tree: reading it again gives the same tree."""
    return _TEXT[type(node)](node)


def _inner(node: Node, level: int) -> str:
    return f"({text(node)})" if LEVEL.get(type(node), CALL) < level else text(node)


def _joined(nodes: list[Any], separator: str = ", ") -> str:
    return separator.join(map(text, nodes))


def _operation(node: Operation, level: int) -> str:
    words = [_inner(node.operands[0], level)]
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        words += [operator, _inner(operand, level)]
    return " ".join(words)


def _shape(node: Shape) -> str:
    return f"({_joined(node.items)}{',' if len(node.items) == 1 else ''})"


def _listing(node: Listing) -> str:
    around = f" around {text(node.around)}" if node.around else ""
    return f"[{text(node.body)} for {text(node.binding)}{around}]"


def _range(node: Range) -> str:
    step = f" step {node.times}{_inner(node.step, 3)}" if node.step else ""
    return f"{_inner(node.first, 3)}..{_inner(node.last, 3)}{step}"


def _binding(node: Binding) -> str:
    names = node.names[0] if len(node.names) == 1 else f"({', '.join(node.names)})"
    return f"{names} in {text(node.range)}"


def _line(node: Line) -> str:
    at = f" at {_joined(node.settings)}" if node.settings else ""
    return text(node.body) + at + (f" to {node.unit}" if node.unit else "")


def _define(node: Define) -> str:
    params = (
        "" if node.params is None else f"({', '.join(n if d is None else f'{n}={text(d)}' for n, d in node.params)})"
    )
    return f"{'shared ' if node.shared else ''}{node.name}{params} = {text(node.body)}"


def _where(claims: list[Claim]) -> str:
    return f" where {_joined(claims)}" if claims else ""


_TEXT: dict[type[Node], Callable[[Any], str]] = {
    Number: lambda n: n.text,
    Suffixed: lambda n: n.digits + n.suffix,
    Window: lambda n: "x".join(map(str, n.sizes)),
    Text: lambda n: f'"{n.text}"',
    Name: lambda n: n.name,
    Reference: lambda n: "@" + n.name,
    Dots: lambda n: "...",
    Call: lambda n: f"{n.name}({_joined(n.args)})",
    Keyword: lambda n: f"{n.name}={text(n.value)}",
    Series: lambda n: f"{text(n.body)} for {text(n.binding)}",
    Group: lambda n: f"({text(n.body)})",
    Shape: _shape,
    Given: lambda n: f"({text(n.body)} at {_joined(n.settings)})",
    Listing: _listing,
    Negative: lambda n: "-" + _inner(n.body, 5),
    Power: lambda n: f"{_inner(n.base, CALL)}^{_inner(n.exponent, 5)}",
    Product: lambda n: _operation(n, 5),
    Sum: lambda n: _operation(n, 4),
    Claim: lambda n: _operation(n, 0),
    Concat: lambda n: " | ".join(_inner(b, 3) for b in n.branches),
    Label: lambda n: f"{n.name}: {_inner(n.body, 2)}",
    Chain: lambda n: " -> ".join(_inner(s, 1) for s in n.steps),
    Setting: lambda n: f"{n.name}={text(n.value)}",
    Binding: _binding,
    Range: _range,
    Choices: lambda n: f"{{{_joined(n.items)}}}",
    Line: _line,
    Define: _define,
    Use: lambda n: f"use {n.name}",
    Assume: lambda n: f"assume {_joined(n.claims)}",
    Assert: lambda n: f"assert {_joined(n.claims)}",
    Solve: lambda n: f"solve {_joined(n.claims)} for {', '.join(n.names)}{_where(n.where)}",
    Sweep: lambda n: f"sweep {_joined(n.values)} for {_joined(n.bindings)}{_where(n.where)}",
    Compare: lambda n: f"compare {_joined(n.values)}",
    Program: lambda n: _joined(n.statements, "\n"),
}
