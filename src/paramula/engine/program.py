"""A program's text, its definitions, and those that it takes from the library. Knows names, and not what they mean."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NetError, Source, Span, did_you_mean, listed
from ..language import tree
from ..language.parser import parse
from ..layers.words import FUNCTIONS, reserved

LIBRARY = Path(__file__).parent / "library"
DEFINED = re.compile(r"^(?:shared )?(\w+)(?:\(.*?\))? *=(?!=)", re.MULTILINE)
ASSERTED = re.compile(r"^assert .*", re.MULTILINE)
PUBLISHED = re.compile(r"\bparams\((\w+)\) *==")


class Definition(NamedTuple):
    """A definition, and the program whose names its body sees."""

    node: tree.Define
    home: Program


class Tower(NamedTuple):
    """A tower, and the program whose names it sees."""

    node: tree.Line
    home: Program


class Scope:
    """What the names of a program stand for. The inputs of a session share one: the latest definition holds."""

    def __init__(self, before: Scope | None = None) -> None:
        self.definitions: dict[str, Definition] = dict(before.definitions) if before else {}
        self.towers: dict[str, Tower] = dict(before.towers) if before else {}
        self.claims: list[tuple[tree.Claim, Program]] = list(before.claims) if before else []  # what is assumed
        self.words: set[str] = set(before.words) if before else set()  # of definitions, towers and assumptions
        self.values: dict[str, Any] = dict(before.values) if before else {}  # what else has a name: `it`
        # what was found in the library without being asked for by `use`
        self.borrowed: dict[str, str] = dict(before.borrowed) if before else {}

    def restore(self, before: Scope) -> None:
        """Makes the names stand for what they stood for before."""
        self.__dict__ |= Scope(before).__dict__


class Program:
    """A program: its text, tree, towers, and definitions, its own and those it brings in with `use`."""

    def __init__(self, source: Source, root: tree.Program, scope: Scope | None = None, library: bool = False) -> None:
        self.source = source
        self.root = root
        self.whole = scope is None  # whether the source says it all: no session's names, no statement of several
        self.scope = scope = scope or Scope()
        self.library = library
        self.asked = False  # whether this is a question about a network,
        self.symbols: frozenset[str] = frozenset()  # and the symbols of that
        self._own: dict[str, tree.Node] = {}
        own = Scope()
        for statement in root.statements:
            if isinstance(statement, tree.Define):
                self._define(statement, statement.name, own.definitions, Definition(statement, self))
            elif isinstance(statement, tree.Line) and (label := tower(statement)) is not None:
                self._define(statement, label, own.towers, Tower(statement, self))
            elif isinstance(statement, tree.Assume):
                own.claims += [(claim, self) for claim in statement.claims]
            if isinstance(statement, (tree.Define, tree.Assume)) or tower(statement) is not None:
                own.words |= _words(statement)
        used: dict[str, Definition] = {}
        for statement in root.statements:
            if isinstance(statement, tree.Use):
                used |= self._used(statement)
        self._check_cycles(scope.definitions | used | own.definitions, own.definitions)
        for name in self._own:
            scope.definitions.pop(name, None)
            scope.towers.pop(name, None)
        mine = {name for name, it in scope.definitions.items() if not it.home.library}
        scope.definitions |= {name: it for name, it in used.items() if name not in mine}  # the program wins
        scope.definitions |= own.definitions
        for name in (*used, *own.definitions):
            scope.borrowed.pop(name, None)
        scope.towers |= own.towers
        scope.claims += own.claims
        self.words = _words(root) | scope.words
        scope.words |= own.words

    def alone(self, statement: tree.Node) -> Program:
        """One statement of this program as a program, with the same names."""
        one = Program.__new__(Program)
        one.__dict__ |= self.__dict__ | {"whole": False}
        one.root = tree.Program(statement.start, statement.end, [statement])
        one.words = _words(one.root) | self.scope.words
        return one

    @property
    def borrowed(self) -> list[str]:
        """What of this program was found in the library without being asked for by `use`."""
        words = _words(self.root)
        return [said for name, said in self.scope.borrowed.items() if name in words]

    @property
    def definitions(self) -> dict[str, Definition]:
        return self.scope.definitions

    @property
    def towers(self) -> dict[str, Tower]:
        return self.scope.towers

    def mentions(self, name: str, but: tree.Node | None = None) -> bool:
        """Whether a name may be a symbol in some statement (`but` one), rather than a parameter or an index there."""
        own: list[Definition | Tower] = [*self.definitions.values(), *self.towers.values()]
        others = [it.node for it in own if not it.home.library] + [claim for claim, _ in self.scope.claims]
        return name in self.symbols or any(
            name in free_names(it) for it in (*self.root.statements, *others) if it is not but
        )

    def _define(self, statement: Any, name: str, table: dict[str, Any], value: Any) -> None:
        before = self._own.get(name)
        if before is not None:
            raise self._refused(f"'{name}' is defined twice", statement, name, other=self.named(before, name))
        if reserved(name) and not self.library:  # a layer of somebody else's takes no name away from the library
            hint = f"choose another name, such as my_{name}"
            raise self._refused(f"'{name}' is a word of the catalogue and cannot be defined", statement, name, hint)
        if "." in name:
            raise self._refused(f"'{name}' cannot be a name: names have no dots", statement, name)
        for param, _ in getattr(statement, "params", None) or ():
            if reserved(param) and not self.library:
                message = f"'{param}' is a word of the catalogue and cannot be a parameter"
                raise self._refused(message, statement, param, "choose another name")
        table[name] = value
        self._own[name] = statement

    def _used(self, statement: tree.Use) -> dict[str, Definition]:
        """The definitions of a file of the library: its own, not those that it uses itself, and never its network."""
        name = statement.name
        if name not in files():
            homes = defining(name)
            hint = f"'{name}' is defined in {listed(homes)}: use {homes[0]}" if homes else did_you_mean(name, files())
            hint = hint or "paramula library lists the files"
            raise self._refused(f"there is no file '{name}' in the library", statement, name, hint)
        home = library(name)
        return {key: it for key, it in home.definitions.items() if it.home is home}

    def published(self, name: str) -> Definition | None:
        """A network that the library publishes by this name: it needs no `use`. From now on it is defined here."""
        if name not in self.definitions:
            home = published().get(name)
            if home is None:
                return None
            self.definitions[name] = library(home).definitions[name]
            self.scope.borrowed[name] = f"{name} is the library's (use {home})"
        return self.definitions[name]

    def _refused(
        self, message: str, statement: tree.Node, name: str, hint: str = "", other: Span | None = None
    ) -> NetError:
        return NetError(message, self.named(statement, name), hint=hint, other=other, source=self.source)

    def named(self, statement: tree.Node, name: str) -> Span:
        """Where a statement says a name for the first time."""
        match = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)").search(self.source.text, statement.start)
        return Span(*match.span()) if match else statement.span

    def _check_cycles(self, known: dict[str, Definition], own: dict[str, Definition]) -> None:
        """Refuses definitions that use themselves, directly or through others."""
        uses = {name: _used_names(d.node) & known.keys() if not d.home.library or d.home is self else set()
                for name, d in known.items()} if own else {}  # fmt: skip
        done: set[str] = set()
        for start in own:
            path, stack = [start], [iter(sorted(uses[start]))]
            while stack:
                name = next(stack[-1], None)
                if name is None:
                    done.add(path.pop())
                    stack.pop()
                elif name in path:
                    cycle = [*path[path.index(name) :], name]
                    said = ", ".join(f"'{a}' uses '{b}'" for a, b in itertools.pairwise(cycle))
                    hint = "copies are written block * n, blocks within blocks [… for i in 1..n around inner = …]"
                    message = f"the definition is cyclic: {said}"
                    at = next(n for n in cycle if n in own)
                    raise self._refused(message, own[at].node, at, hint)
                elif name not in done:
                    path.append(name)
                    stack.append(iter(sorted(uses[name])))


def _words(node: tree.Node) -> set[str]:
    """The names in a phrase."""
    return {n.name for n in tree.walk(node) if isinstance(n, (tree.Name, tree.Call))}


def _used_names(definition: tree.Define) -> set[str]:
    """The names that a definition's text refers to, less those that it binds itself."""
    own = {name for name, _ in definition.params or []}
    names = set()
    for node in tree.walk(definition.body):
        if isinstance(node, (tree.Name, tree.Call)):
            names.add(node.name)
        elif isinstance(node, tree.Binding):
            own |= set(node.names)
        elif isinstance(node, (tree.Shape, tree.Group)):  # a pattern, perhaps
            items = node.items if isinstance(node, tree.Shape) else [node.body]
            own |= {item.name for item in items if isinstance(item, tree.Name)}
    return names - own


def free_names(node: tree.Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """The names in a phrase that stand for what is known around it, and @label for each label that it refers to."""
    match node:
        case tree.Name():
            return {node.name} - bound
        case tree.Reference():
            return {f"@{node.name}"}
        case tree.Chain():
            found: set[str] = set()
            for step in node.steps:
                pattern = step.items if isinstance(step, tree.Shape) and step is not node.steps[0] else []
                names = {item.name for item in pattern if isinstance(item, tree.Name)}
                found |= free_names(step, bound | names)
                bound |= names
            return found
        case tree.Define():
            params = node.params or []
            defaults = (free_names(default, bound) for _, default in params if default is not None)
            return free_names(node.body, bound | {name for name, _ in params}).union(*defaults)
        case tree.Listing() | tree.Series():
            around = node.around if isinstance(node, tree.Listing) else None
            inner = bound | {*node.binding.names, *([around.name] if around else [])}
            outer = [node.binding.range, *([around.value] if around else [])]
            return free_names(node.body, inner).union(*(free_names(part, bound) for part in outer))
        case _:
            parts = [part for field in node.fields() for part in (field if isinstance(field, list) else [field])]
            inside = (free_names(part, bound) for part in parts if isinstance(part, tree.Node))
            return ({node.name} - bound if isinstance(node, tree.Call) else set()).union(*inside)


def loose_names(node: tree.Node, bound: frozenset[str] = frozenset()) -> Iterator[tree.Name]:
    """The names that a question adds, multiplies or compares: none of those inside a network."""
    inner: list[Any] = []
    match node:
        case tree.Name():
            if node.name not in bound:
                yield node
        case tree.Series():
            yield from loose_names(node.binding.range, bound)
            yield from loose_names(node.body, bound | set(node.binding.names))
        case tree.Line() | tree.Given():
            yield from loose_names(node.body, bound | {setting.name for setting in node.settings})
        case tree.Solve():
            bound, inner = bound | set(node.names), [*node.claims, *node.where]
        case tree.Sweep():
            bound |= {name for binding in node.bindings for name in binding.names}
            inner = [*(binding.range for binding in node.bindings), *node.values, *node.where]
        case tree.Call():
            of_numbers = (
                node.name in FUNCTIONS or node.name == "equal" or (node.name == "latex" and len(node.args) == 1)
            )
            inner = node.args if of_numbers else []
        case tree.Operation() | tree.Shape() | tree.Group() | tree.Negative() | tree.Power() | tree.Range():
            inner = [part for field in node.fields() for part in (field if isinstance(field, list) else [field])]
        case tree.Choices():
            inner = node.items
    for part in inner:
        if isinstance(part, tree.Node):
            yield from loose_names(part, bound)


def tower(statement: tree.Node) -> str | None:
    """The name of the tower that a statement is, if it is one: a label at its start names the whole chain."""
    if not isinstance(statement, tree.Line):
        return None
    body = statement.body
    first = body.steps[0] if isinstance(body, tree.Chain) else body
    return first.name if isinstance(first, tree.Label) else None


@cache
def files() -> dict[str, str]:
    """The files of the library, by the name that `use` takes: their texts."""
    return {path.stem: path.read_text("utf-8") for path in sorted(LIBRARY.glob("*.net"))}


@cache
def library(name: str) -> Program:
    """A file of the library, read once."""
    source = Source(files()[name], f"{name}.net")
    return Program(source, parse(source), library=True)


def title(name: str) -> str:
    """What a file of the library is about: its first comment, down to where its numbers come from."""
    lines = itertools.takewhile(
        lambda line: line.startswith("# ") and "Numbers:" not in line, files()[name].split("\n")
    )
    return " ".join(line.removeprefix("# ") for line in lines)


def stated(name: str) -> dict[str, dict[str, int]]:
    """The numbers that a file of the library asserts of its networks: network, quantity, number."""
    out: dict[str, dict[str, int]] = {}
    for statement in library(name).root.statements:
        for claim in statement.claims if isinstance(statement, tree.Assert) else ():
            match claim.operands:
                case [tree.Call(name=quantity, args=[tree.Name(name=network)]), tree.Number(value=int(number))]:
                    out.setdefault(network, {})[quantity] = number
    return out


def defining(name: str) -> list[str]:
    """The files of the library that define a name."""
    return [file for file, text in files().items() if name in DEFINED.findall(text)]


@cache
def published() -> dict[str, str]:
    """The networks of the library, and their files: those whose parameters a file states, and its family."""
    found: dict[str, str] = {}
    for file, text in files().items():
        names = [name for line in ASSERTED.findall(text) for name in PUBLISHED.findall(line)]
        found |= dict.fromkeys([*names, *(name for name in DEFINED.findall(text) if name == file)], file)
    return found
