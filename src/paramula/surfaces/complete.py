"""What could stand at the cursor, from the grammar's tables and the catalogue. Pure: reads texts, and shows nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ..engine.bind import WHAT, place_of
from ..engine.program import files, library, published, title
from ..language import tree
from ..language.lexer import Word
from ..language.parser import machine
from ..layers.facts import CATALOGUE, LONG, Layer
from ..layers.words import FLAGS, FUNCTIONS, KINDS, MEASURES, PADDINGS, QUANTITIES, QUESTIONS, TABLES, UNITS, reserved
from ..measures.costs import COSTS, ROOFLINE
from ..measures.setup import CHOICES, OPTIONS
from .expected import arguments_of, given_words, kind_of, unknown_here, wanted_kinds
from .help import STATEMENTS, STRUCTURES, flag, summary
from .typed import (
    FLAG,
    NETWORK,
    NEW,
    NUMBER,
    TENSOR,
    WORD,
    Kinds,
    Place,
    Scope,
    beginning_of,
    callee_of,
    clauses_of,
    free_words,
    line_text,
    opening_of,
    place_typed,
)

# The words of the grammar, and what they do.
KEYWORDS = {word: text for word, (_, text, _) in STATEMENTS.items()} | {
    "shared": "One set of weights for every use of a name.",
    "in": "Before a range 1..n, or single values {8, 16}.",
    "where": "Conditions on the values that are tried.",
    "step": "From one value of a range to the next.",
}
COMMAND = re.compile(r"\s*(:\w*|help(?=\s)(?!\s*(?:=|->|\()))")  # a line of the prompt that is no sentence


class Completion(NamedTuple):
    """A word that can stand at the cursor, in place of what is typed from `start` on, and what it means in a line."""

    text: str
    start: int
    meaning: str


Offer: TypeAlias = tuple[str, str]  # a word and its meaning


def completions(
    text: str,
    cursor: int,
    names: Mapping[str, str] | None = None,
    definitions: Mapping[str, tree.Define] | None = None,
    commands: Mapping[str, str] | None = None,
) -> list[Completion]:
    """The words that can stand at the cursor; those that begin with what is typed there, layers first, then names.

    `names` are the names in scope, each with its meaning in a line, towers as `@name`; `definitions` is what they stand
    for, as far as they are definitions. `commands` are the prompt's: how each is called (`:why SIZE`), what it does.

    >>> [it.text for it in completions("(8,8,3) -> conv(3x3, 8, sa", 26)]
    ['same']
    """
    names, definitions = names or {}, definitions or {}
    if commands and (found := COMMAND.match(text[:cursor])):
        return _commanded(text, cursor, found[1], found.end(), names, definitions, commands)
    start = _begun(text, cursor)
    place = place_typed(text, start, cursor, names, definitions)
    return [] if place is None else _fitting(_offers(place), text, start, cursor)


def _fitting(offers: Iterable[Offer], text: str, start: int, cursor: int) -> list[Completion]:
    """The offers that begin with what is typed; a bracket or '=' that stands behind the cursor is not said again."""
    typed = text[start:cursor]
    behind = re.compile(r"\w*\s*([(=]?)").match(text, cursor)
    sign = behind[1] if behind else ""
    found: dict[str, Completion] = {}
    for word, meaning in offers:
        if word.lower().startswith(typed.lower()):
            word = word.removesuffix(sign) if sign else word
            found.setdefault(word, Completion(word, start, meaning))
    return sorted(found.values(), key=lambda it: not it.text.startswith(typed))


# Where the cursor is.


def _begun(text: str, cursor: int) -> int:
    """Where the word begins that is typed at the cursor; the cursor itself where none is."""
    start = cursor
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return start


# Names.


# What a place takes: read off the words before it.


# What is offered.


def _offers(place: Place) -> Iterator[Offer]:
    """Everything that can stand at a place, what is most likely first."""
    words, scope = place.words, place.scope
    sign = words[-1].text if words else ""
    if sign == "@":
        yield from scope.references.items()
    elif "NUMBER" in place.kinds:  # an operand, and no header of a shared definition
        yield from _operands(words, sign, scope)
    elif "NAME" in place.kinds:
        yield from _named(words, sign, scope)
    yield from _keywords(place)


def _named(words: list[Word], sign: str, scope: Scope) -> Iterator[Offer]:
    """Names that are no operands: files, units, references, and what stands for a symbol."""
    opened, clauses = opening_of(words, len(words)), clauses_of(words, len(words))
    if sign == "use":
        yield from ((name, line_text(title(name))) for name in files())
    elif sign == "to":
        yield from _units()
    elif sign == "around":
        inner = dict.fromkeys(word.text for word in words[opened + 1 :] if word.kind == "NAME")
        yield from ((f"{name}=", "the next copy") for name in inner if _unknown(name, scope))
    elif "at" in clauses:
        clause = words[max(i for i, word in enumerate(words) if word.text == "at") :]
        given = {word.text for word, behind in pairwise(clause) if behind.text == "="}
        yield from ((f"{name}=", said) for name, said in _replaceable(scope).items() if name not in given)
    elif opened < 0 and "for" in clauses:  # of solve and sweep
        given = {word.text for word in words[max(i for i, word in enumerate(words) if word.text == "for") :]}
        yield from ((name, said) for name, said in _replaceable(scope).items() if name not in given)


def _unknown(name: str, scope: Scope) -> bool:
    """Whether a name stands for nothing but itself."""
    size = name not in scope.local or scope.local[name].kind == NUMBER
    return size and not reserved(name) and name not in scope.definitions and name not in scope.meanings


def _replaceable(scope: Scope) -> dict[str, str]:
    """Symbols, and definitions of numbers: what a number may take the place of."""
    symbols = {name: it.meaning for name, it in scope.local.items() if it.kind == NUMBER} | scope.symbols
    numbers = (name for name, it in scope.definitions.items() if it.params is None and kind_of(name, scope) == NUMBER)
    return symbols | {name: scope.meanings.get(name, "") for name in numbers}


@cache
def _units() -> tuple[Offer, ...]:
    plain = [(unit, f"divides by {size:,}") for unit, size in UNITS.items()]
    return (*plain, ("B", "bytes"), *((f"{unit}B", f"bytes; {said}") for unit, said in plain))


def _operands(words: list[Word], sign: str, scope: Scope) -> Iterator[Offer]:
    """What can stand where an operand must."""
    end, opened = len(words), opening_of(words, len(words))
    callee = callee_of(words, opened) if sign in ("(", ",") else ""
    called = callee_of(words, opened)
    shared = bool(words) and words[0].kind == "SHARED"
    heads = bool(called) and opened == 1 + shared and (shared or not _callable(called, scope))
    if heads and callee:
        return  # the parameters of a definition that is being written
    hidden = {name for name in unknown_here(words) if name in scope.local and scope.local[name].bound}
    hidden |= {words[-2].text} if heads and sign == "=" else set()
    scope = scope._replace(local={name: it for name, it in scope.local.items() if name not in hidden})
    options = () if called in scope.definitions else ROOFLINE if called == "roofline" else _cost_options(called)
    if options and sign == "=" and words[-2].text in CHOICES:
        yield from ((word, OPTIONS[words[-2].text]) for word in CHOICES[words[-2].text])
        return
    wanted = wanted_kinds(words, end, scope)
    table = called in CATALOGUE and any(p.kind == "Table" for p in CATALOGUE[called].params)
    if callee in CATALOGUE:
        yield from _settings(CATALOGUE[callee], arguments_of(words, opened, end))
    elif options and sign == ",":
        given = {argument[0].text for argument in arguments_of(words, opened, end) if argument}
        yield from ((f"{option}=", OPTIONS[option]) for option in options if option not in given)
        return
    elif callee == "concat":
        yield "axis=", "the axis along which networks are joined, the last unless given"
    elif callee:
        yield from _parameters(callee, arguments_of(words, opened, end), scope)
    if FLAG in wanted and called in CATALOGUE:
        yield from ((word, flag(word)) for word in PADDINGS)
    names = list(_names(wanted, scope, table))
    if callee in MEASURES:  # what it is asked of has a name, mostly
        yield from names
    if NETWORK in wanted and not table:
        yield from _layers()
    yield from names
    if NUMBER in wanted:
        yield from _functions()
    if FLAG in wanted and called not in CATALOGUE:
        yield from ((word, flag(word)) for word in sorted(FLAGS - {"shared"}))
    if (NETWORK in wanted and not table) or TENSOR in wanted:
        yield from ((f"@{name}", said) for name, said in scope.references.items())
    if not words:
        yield from ((f"{name}(", it.meaning) for name, it in QUESTIONS.items())


def _cost_options(name: str) -> tuple[str, ...]:
    return COSTS[name].options if name in COSTS else ()


def _callable(name: str, scope: Scope) -> bool:
    """Whether a name stands for something."""
    known = (CATALOGUE, STRUCTURES, FUNCTIONS, MEASURES, QUESTIONS, scope.definitions, scope.meanings, published())
    return any(name in names for names in known)


def _layers() -> tuple[Offer, ...]:
    """The layers and the words that shape a network; what cannot stand without arguments comes with its bracket."""
    layers = [(name + "(" * any(p.required for p in it.params), summary(name)) for name, it in CATALOGUE.items()]
    return (*layers, *((name + "(" * (name != "id"), summary(name)) for name in STRUCTURES))


@cache
def _functions() -> tuple[Offer, ...]:
    functions = [(f"{name}(", said) for name, (_, _, said) in FUNCTIONS.items()]
    return (
        *functions,
        *((f"{name}(", it.convention) for name, it in QUANTITIES.items()),
        *((f"{name}(", cost.convention) for name, cost in COSTS.items()),
    )


def _names(wanted: Kinds, scope: Scope, shared: bool) -> Iterator[Offer]:
    """The names that may stand for what is wanted: the sentence's own, definitions, the library's, other symbols."""
    for name, it in scope.local.items():
        new = it.kind == NUMBER and not scope.bound
        if _fits(it.kind, wanted) and not (new and NEW not in wanted):
            yield name, it.meaning
    for name, node in scope.definitions.items():
        fits = _fits(kind_of(name, scope), wanted) or (WORD in wanted and _plain(node))
        if fits and (node.shared or not shared) and name not in scope.local:
            needs = any(default is None for _, default in node.params or ())
            yield name + "(" * needs, scope.meanings.get(name) or line_text(tree.text(node))
    for name, said in scope.meanings.items():
        if name not in scope.definitions and name not in scope.local and wanted:
            yield name, said
    if NETWORK in wanted and not shared:
        for name, said in _library():
            if name not in scope.definitions and name not in scope.local:
                yield name, said
    if NEW in wanted:
        yield from scope.symbols.items()


def _fits(kind: str, wanted: Kinds) -> bool:
    """Whether a name of this kind, or of none that is known, may stand where these are wanted."""
    return kind in wanted if kind else bool(wanted)


def _plain(node: tree.Define) -> bool:
    """Whether a definition is another name for an activation or a flag."""
    word = node.body.name if isinstance(node.body, tree.Name) else ""
    return word in FLAGS or (word in CATALOGUE and CATALOGUE[word].plain)


@cache
def _library() -> tuple[Offer, ...]:
    """The networks that the library publishes."""
    return tuple((name, f"{home}.net: {line_text(title(home))}") for name, home in published().items())


def _keywords(place: Place) -> Iterator[Offer]:
    """The words of the grammar that can stand at a place."""
    if place.tight or (place.words and place.words[-1].kind == "SHARED"):
        return
    if not place.words:
        yield "shared", KEYWORDS["shared"]
    for words, kinds in ((place.words, place.kinds), (place.above, place.carried)):
        called = callee_of(words, opening_of(words, len(words)))
        chained = bool(words) and words[beginning_of(words, len(words)) - 1].text in ("->", "|")
        idle = {"shared"} | ({"for"} if called not in ("", "sum") else set()) | ({"to"} if chained else set())
        for word, kind in machine()[1].keywords.items():
            if kind in kinds and word not in idle:
                yield word, KEYWORDS.get(word, "")


# Calls.


def _settings(layer: Layer, arguments: list[list[Word]]) -> Iterator[Offer]:
    """A layer's flags, options and activations: those that are not given yet."""
    given = given_words(layer, arguments)
    if any(p.kind == "Padding" for p in layer.params) and "p" not in given.names:
        yield from ((word, flag(word)) for word in PADDINGS)
    yield from ((word, flag(word)) for word, (name, _) in layer.flags.items() if name not in given.names)
    switches = {name: word for word, (name, value) in layer.flags.items() if not value}
    for p in layer.params:
        if p.name in given.names or p.many:
            continue
        if p.kind != "Flag":
            said = f"{place_of(layer, p)}: {WHAT[p.kind]}"
            said += "" if p.default is None else f", {p.default} unless given"
            yield from ((f"{key}=", said) for key in (p.name, LONG.get(p.name)) if key)
        elif p.name in switches:
            yield f"{p.name}=", f"1, or 0 for {switches[p.name]}"
    if not given.activated and not layer.plain and (given.free is None or given.free.kind != "Network"):
        yield from ((name, summary(name)) for name, it in CATALOGUE.items() if it.plain)
        yield "id", summary("id")


def _parameters(callee: str, arguments: list[list[Word]], scope: Scope) -> Iterator[Offer]:
    """The parameters of a definition that are not given yet."""
    node = scope.definitions.get(callee)
    if node is None and callee not in scope.local and callee in published():
        node = library(published()[callee]).definitions[callee].node
    if node is None:
        return
    params = [name for name, _ in node.params or ()]
    named = {argument[0].text for argument in arguments if len(argument) > 1 and argument[1].text == "="}
    placed = sum(1 for argument in arguments if not (len(argument) > 1 and argument[1].text == "="))
    left = [name for name in params if name not in named][placed:]
    for name, default in node.params or ():
        if name in left:
            yield f"{name}=", "needed" if default is None else f"{line_text(tree.text(default))} unless given"


# Commands of the prompt.


def _commanded(
    text: str,
    cursor: int,
    word: str,
    end: int,
    names: Mapping[str, str],
    definitions: Mapping[str, tree.Define],
    commands: Mapping[str, str],
) -> list[Completion]:
    """The commands, and what one of them is called with: `NAME`, `WORD`, `QUANTITY`, `NET`, `SIZE` in its usage."""
    if end == cursor:
        return _fitting([(usage.split()[0], said) for usage, said in commands.items()], text, end - len(word), cursor)
    usage = next((it for it in commands if it.split()[0] == f":{word.removeprefix(':')}"), "")
    rest = end + len(text[end:cursor]) - len(text[end:cursor].lstrip())
    said = text[rest:cursor].split(" ")
    out = _fitting(_called(usage, said[:-1], names, definitions), text, cursor - len(said[-1]), cursor)
    if "NET" in usage:
        rest += len(said[0]) + 1 if len(said) > 1 and said[0] in (*QUANTITIES, *KINDS) else 0
        inner = completions(text[rest:], cursor - rest, names, definitions)
        out += [it._replace(start=it.start + rest) for it in inner if it.text not in KEYWORDS]
    return out


def _called(
    usage: str, said: list[str], names: Mapping[str, str], definitions: Mapping[str, tree.Define]
) -> Iterator[Offer]:
    """The words that a command may be called with, behind those that are said."""
    takes = usage.replace("[", " ").replace("]", " ").split()[1:]
    if ("QUANTITY" in takes and not said) or any(word in QUANTITIES for word in takes):
        yield from ((name, it.convention) for name, it in QUANTITIES.items() if name not in said)
    if "KIND" in takes and not said:
        yield from ((name, it) for name, it in KINDS.items() if name in TABLES or not usage.startswith(":table"))
    if "NAME" in takes:
        yield from ((name, it) for name, it in names.items() if name not in said)
    if "SIZE" in takes:
        yield from ((name, "a symbol") for node in definitions.values() for name in free_words(node))
    if "WORD" in takes:
        yield from ((name.removesuffix("("), it) for name, it in _layers())
        yield from ((name, flag(name)) for name in sorted(FLAGS))
        yield from ((name.removesuffix("("), it) for name, it in _functions())
        yield from ((name, it) for name, (_, it, _) in {**STATEMENTS, **QUESTIONS}.items())
        yield from _library()
