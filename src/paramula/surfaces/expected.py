"""What can stand at a cursor: networks, numbers, values of an option, arguments of a call."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import NamedTuple

from ..engine.program import published
from ..language import tree
from ..language.lexer import Word
from ..layers.facts import CATALOGUE, LONG, Layer, Param
from ..layers.words import FLAGS, FUNCTIONS, MEASURES, PADDINGS, QUESTIONS
from ..measures.costs import COSTS
from .help import STRUCTURES
from .typed import (
    CLOSES,
    DEEP,
    FLAG,
    NETWORK,
    NEW,
    NUMBER,
    OPENS,
    TENSOR,
    WORD,
    Kinds,
    Scope,
    beginning_of,
    callee_of,
    clauses_of,
    opening_of,
)

NETWORKS: Kinds = frozenset({NETWORK})


NUMBERS: Kinds = frozenset({NUMBER, NEW})


EITHER: Kinds = NETWORKS | NUMBERS


VALUES: Kinds = EITHER | {FLAG}


GIVES = {  # what stands behind a sign or keyword, whatever stands before it
    **dict.fromkeys(("->", "|", ":", "[", "compare"), NETWORKS),
    **dict.fromkeys(("/", "//", "%", "^", "**", "..", "==", "!=", "<=", ">=", "<", ">"), NUMBERS),
    **dict.fromkeys(("in", "step", "assume", "assert", "solve", "sweep", "where"), NUMBERS),
    "{": VALUES,
}  # fmt: skip


def unknown_here(words: list[Word]) -> set[str]:
    """What a range, or what stands behind `around`, cannot know: the indices, and the next copy."""
    last = max((i for i, word in enumerate(words) if word.text == "for"), default=len(words))
    clause, depth = words[last:], 0
    for word in clause:
        depth += (word.text in OPENS) - (word.text in CLOSES)
        if depth < 0 or word.text == "where":
            return set()
    indices = {word.text for word in takewhile(lambda word: word.text != "in", clause) if word.kind == "NAME"}
    return indices | {word.text for before, word in pairwise(clause) if before.text == "around"}


def wanted_kinds(words: list[Word], end: int, scope: Scope) -> Kinds:
    """The kinds of what may stand at a place where an operand must."""
    if not end:
        return EITHER
    sign, begin, opened = words[end - 1].text, beginning_of(words, end), opening_of(words, end)
    callee = callee_of(words, opened)
    if sign == ":" and end == 2:
        return EITHER  # a tower begins with its input
    if sign == "{" and words[0].text == "sweep":
        return NUMBERS
    if sign in GIVES:
        return GIVES[sign]
    if sign == "=":
        return _assigned(words, end, callee)
    if sign in ("(", ",") and callee:
        return _argument(words, opened, end, scope)
    if sign == "(":
        outer = wanted_kinds(words, opened, scope)
        return EITHER if outer == NETWORKS else outer  # a group, or a shape
    if sign == "," and opened < 0:
        return NETWORKS if clauses_of(words, end) == ["compare"] else NUMBERS
    if sign == ",":
        return VALUES if _chosen(words, opened) else NUMBERS
    left = _primary(words, end - 1, scope) if end - 1 > begin else NUMBER
    if sign in ("+", "-") and left:
        return NETWORKS if left == NETWORK else NUMBERS
    around = wanted_kinds(words, begin, scope) & EITHER
    if sign == "*" and left != NUMBER:
        return NUMBERS if left == NETWORK else around | NUMBERS
    return around


def _assigned(words: list[Word], end: int, callee: str) -> Kinds:
    """What may stand behind '='."""
    name, before = words[end - 2].text, words[end - 3].text if end > 2 else ""
    if before == "around":
        return NETWORKS
    if {"at", "solve"} & set(clauses_of(words, end)):
        return NUMBERS
    if callee in CATALOGUE:
        layer = CATALOGUE[callee]
        param = next((p for p in layer.params if name in (p.name, LONG.get(p.name))), None)
        return _taken(param) | ({FLAG} if param is not None and param.kind == "Padding" else frozenset())
    return NUMBERS if callee == "concat" or callee in COSTS or callee == "roofline" else VALUES


def _chosen(words: list[Word], opened: int) -> bool:
    """Whether a bracket is the braces of a choice, or a tuple in them."""
    while opened >= 0 and words[opened].text == "(" and not callee_of(words, opened):
        opened = opening_of(words, opened)
    return opened >= 0 and words[opened].text == "{"


def _argument(words: list[Word], opened: int, end: int, scope: Scope) -> Kinds:
    """What may stand as the next argument of a call."""
    callee = words[opened - 1].text
    if callee in CATALOGUE:
        layer = CATALOGUE[callee]
        given = given_words(layer, arguments_of(words, opened, end))
        wanted = _taken(given.free) - ({NEW} if given.free and not given.free.required else frozenset())
        return wanted if layer.plain else wanted | {WORD}
    if callee in FUNCTIONS or callee == "input":
        return NUMBERS
    if callee in STRUCTURES or (callee in MEASURES and callee not in scope.definitions):
        return NETWORKS
    return EITHER if callee in QUESTIONS else VALUES


def _taken(param: Param | None) -> Kinds:
    """What a place of a layer's call takes."""
    if param is None or param.kind == "Tensor":
        return frozenset() if param is None else frozenset({TENSOR})
    return NETWORKS if param.kind in ("Network", "Table") else NUMBERS


def _primary(words: list[Word], end: int, scope: Scope) -> str:
    """The kind of the operand that ends at a place; nothing where it can be of any."""
    last = words[end - 1]
    if last.text == ")":
        opened = opening_of(words, end - 1)
        callee = callee_of(words, opened)
        if callee:
            return NUMBER if callee in FUNCTIONS or callee in MEASURES else kind_of(callee, scope, called=True)
        inside = words[opened + 1 : end - 1]
        if any(word.text in ("->", "|", "[", "@") or word.text in CATALOGUE for word in inside):
            return NETWORK
        return "" if any(word.kind == "NAME" for word in inside) else NUMBER
    if last.kind == "NAME":
        return NETWORK if end > 1 and words[end - 2].text == "@" else kind_of(last.text, scope)
    return NETWORK if last.text == "]" else NUMBER if last.kind in ("NUMBER", "SUFFIXED", "WINDOW") else ""


def kind_of(name: str, scope: Scope, called: bool = False) -> str:
    """The kind of what a name stands for; nothing where that is not known."""
    if name in scope.local:
        return scope.local[name].kind
    if name in scope.meanings and name not in scope.definitions:
        return ""
    kind = _meant(tree.Name(0, 0, name), scope, frozenset(), 0)
    return "" if called and kind == NUMBER else kind


def _meant(node: tree.Node, scope: Scope, own: frozenset[str], level: int) -> str:
    """The kind of what an expression stands for, as far as it shows; `own` names are parameters."""
    match node:
        case _ if level > DEEP:
            return ""
        case tree.Chain() | tree.Concat() | tree.Listing() | tree.Label() | tree.Reference():
            return NETWORK
        case tree.Group(body=body):
            return _meant(body, scope, own, level + 1)
        case tree.Sum(operands=operands) | tree.Product(operands=operands):
            kinds = [_meant(operand, scope, own, level + 1) for operand in operands]
            return NETWORK if NETWORK in kinds else "" if "" in kinds else NUMBER
        case tree.Name(name=name) | tree.Call(name=name):
            return _named_kind(name, isinstance(node, tree.Call), scope, own, level)
    return NUMBER


def _named_kind(name: str, called: bool, scope: Scope, own: frozenset[str], level: int) -> str:
    if name in CATALOGUE or name in STRUCTURES:
        return NETWORK
    if name in FLAGS:
        return FLAG
    if name in own:
        return ""
    if name in scope.definitions:
        if name not in scope.kinds:
            scope.kinds[name] = ""  # of one that uses itself
            node = scope.definitions[name]
            params = frozenset(param for param, _ in node.params or ())
            scope.kinds[name] = _meant(node.body, scope, params, level + 1)
        return scope.kinds[name]
    if name in published():
        return NETWORK
    return "" if called and name not in FUNCTIONS and name not in MEASURES else NUMBER


class Given(NamedTuple):
    """What a call has been given: its parameters by name, the next free position, and whether an activation."""

    names: set[str]
    free: Param | None
    activated: bool


def arguments_of(words: list[Word], opened: int, end: int) -> list[list[Word]]:
    """The finished arguments of a call."""
    out: list[list[Word]] = [[]]
    depth = 0
    for word in words[opened + 1 : end]:
        depth += (word.text in OPENS) - (word.text in CLOSES)
        if word.text == "," and depth == 0:
            out.append([])
        else:
            out[-1].append(word)
    return out[:-1]


def given_words(layer: Layer, arguments: list[list[Word]]) -> Given:
    """What a layer's call has been given, as `bind.bound` takes it."""
    names: set[str] = set()
    positions = [p for p in layer.params if p.positional]
    padded = any(p.kind == "Padding" for p in layer.params)
    short = {long: key for key, long in LONG.items() if any(p.name == key for p in layer.params)}
    activated = False

    def free() -> Param | None:
        return next((p for p in positions if p.name not in names or p.many), None)

    for argument in arguments:
        word = argument[0].text if argument else ""
        position = free()
        plain = word == "id" or (word in CATALOGUE and CATALOGUE[word].plain)
        if len(argument) > 1 and argument[1].text == "=":
            names.add(short.get(word, word))
        elif word in layer.flags:
            names.add(layer.flags[word][0])
        elif word in PADDINGS and padded:
            names.add("p")
        elif plain and (position is None or position.kind != "Network"):
            activated = True
        elif position is not None:
            names.add(position.name)
    return Given(names, free(), activated)
