"""What could stand at the cursor, from the grammar's tables and the catalogue. Pure: reads texts, and shows nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import NamedTuple, TypeAlias

from ..engine.bind import WHAT, place_of
from ..engine.program import files, library, published, title, tower
from ..errors import NetError, Source
from ..language import tree
from ..language.lexer import Word
from ..language.parser import behind, expected, machine, parse
from ..layers.facts import CATALOGUE, LONG, Layer, Param
from ..layers.words import FLAGS, FUNCTIONS, KINDS, MEASURES, PADDINGS, QUANTITIES, QUESTIONS, TABLES, UNITS, reserved
from ..measures.costs import COSTS, ROOFLINE
from ..measures.setup import CHOICES, OPTIONS
from .help import STATEMENTS, STRUCTURES, flag, summary

# The words of the grammar, and what they do.
KEYWORDS = {word: text for word, (_, text, _) in STATEMENTS.items()} | {
    "shared": "One set of weights for every use of a name.",
    "in": "Before a range 1..n, or single values {8, 16}.",
    "where": "Conditions on the values that are tried.",
    "step": "From one value of a range to the next.",
}
SIGNS = {"->", "|", ",", "=", ":", ".."}  # behind these signs a new expression begins, and behind the keywords
COMMAND = re.compile(r"\s*(:\w*|help(?=\s)(?!\s*(?:=|->|\()))")  # a line of the prompt that is no sentence
DEEP = 60  # expressions in expressions that are looked into for their kind
LINE = 60  # characters of a definition that are shown as its meaning

# What may stand at a place: kinds of values, a name that nobody knows yet (a new symbol), and a name for a flag or an
# activation.
Kinds: TypeAlias = frozenset[str]
NETWORK, NUMBER, FLAG, TENSOR, NEW, WORD = "network", "number", "flag", "tensor", "new", "word"
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


class Completion(NamedTuple):
    """A word that can stand at the cursor, in place of what is typed from `start` on, and what it means in a line."""

    text: str
    start: int
    meaning: str


Offer: TypeAlias = tuple[str, str]  # a word and its meaning


class Local(NamedTuple):
    """A name that only this sentence knows; its kind, or nothing where it can be of any."""

    kind: str
    meaning: str
    bound: bool = False  # by `for` or `around`


class Scope(NamedTuple):
    """The names that a sentence sees: its own, definitions, towers and labels, and the symbols of other sentences."""

    local: dict[str, Local]
    bound: bool  # the sentence is a definition: its own names are no new symbols
    definitions: dict[str, tree.Define]
    meanings: dict[str, str]
    references: dict[str, str]
    symbols: dict[str, str]
    kinds: dict[str, str]  # of definitions, as far as they were asked for


class Place(NamedTuple):
    """Where the cursor is: the words of its sentence before it, and what the grammar takes next."""

    words: list[Word]
    kinds: set[str]  # terminals that can come next
    above: list[Word]  # the sentence of the line above, where a word could carry it on
    carried: set[str]  # the terminals that would
    tight: bool  # nothing is between the cursor and a bracket before it
    scope: Scope


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
    place = _place(text, start, cursor, names, definitions)
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


def _place(
    text: str, start: int, cursor: int, names: Mapping[str, str], definitions: Mapping[str, tree.Define]
) -> Place | None:
    """Where the cursor is; None behind a mistake, and in a comment, a text or a number."""
    tables, lexer = machine()
    try:
        before = lexer.words(Source(text[:start] + "x"))[0]  # a name at the cursor settles the newline before it
    except NetError:
        return None
    if text[start:cursor][:1].isdigit() or not before or before.pop() != ("NAME", "x", start, start + 1):
        return None
    above: list[Word] = []
    carried: set[str] = set()
    if before and before[-1].kind == "END" and before[-1].text == "\n":
        with suppress(KeyError):  # a mistake in the line above
            above = _last(before[:-1])
            carried = expected(tables, behind(tables, above)) & lexer.carries_on
    words = _last(before)
    if not _definable(words):
        return None
    try:
        kinds = expected(tables, behind(tables, words))
    except KeyError:
        return None
    every = before
    if text[cursor:].strip():
        with suppress(NetError):  # a mistake behind the cursor
            every = lexer.words(Source(text))[0]
    tight = start == cursor and text[start - 1 : start] in (")", "]", '"')
    return Place(words, kinds, above, carried, tight, _scope(text, words, every, start, cursor, names, definitions))


def _last(words: list[Word]) -> list[Word]:
    """The words of the last statement."""
    ends = [i for i, word in enumerate(words) if word.kind == "END"]
    return words[ends[-1] + 1 :] if ends else words


# Names.


def _scope(
    text: str,
    words: list[Word],
    every: list[Word],
    start: int,
    cursor: int,
    names: Mapping[str, str],
    definitions: Mapping[str, tree.Define],
) -> Scope:
    """The names that the statement at the cursor sees."""
    begin = words[0].start if words else start
    here: list[Word] = []
    known, meanings, references = dict(definitions), dict(names), dict[str, str]()
    used: dict[str, tree.Define] = {}
    nodes: list[tree.Node] = []
    for statement in _statements(every):
        first, last = statement[0].start, statement[-1].end
        if begin < last and first < cursor:
            here = [word for word in statement if not start <= word.start < cursor]
            continue
        node = _parsed(text[first:last])
        if isinstance(node, tree.Define):
            known[node.name] = node
            meanings[node.name] = _line(text[first:last])
        elif isinstance(node, tree.Use) and node.name in files():
            brought = library(node.name)
            used |= {name: it.node for name, it in brought.definitions.items() if it.home is brought}
            meanings = {name: f"{node.name}.net: {_line(tree.text(it))}" for name, it in used.items()} | meanings
        elif node is not None and (label := tower(node)) is not None:
            references[label] = _line(text[first:last])
        nodes += [node] if node is not None else []
    known = used | known
    own, params = _header(here, known)
    references |= {name[1:]: said for name, said in names.items() if name.startswith("@")}
    known.pop(own, None)  # nothing refers to itself
    meanings.pop(own, None)
    references.pop(own, None)
    references |= _labels(words)
    local = _local(here, own, params, known)
    symbols = dict.fromkeys((name for it in (*nodes, *known.values()) for name in _free(it)), "a symbol")
    symbols = {name: said for name, said in symbols.items() if name not in known and name not in local}
    meanings = {name: said for name, said in meanings.items() if not name.startswith("@")}
    return Scope(local, bool(own), known, meanings, references, symbols, {})


def _statements(words: list[Word]) -> Iterator[list[Word]]:
    statement: list[Word] = []
    for word in [*words, Word("END", "", 0, 0)]:
        if word.kind != "END":
            statement.append(word)
        elif statement:
            yield statement
            statement = []


@lru_cache(2048)
def _parsed(text: str) -> tree.Node | None:
    """The tree of a statement; None where it is wrong."""
    try:
        return next(iter(parse(Source(text)).statements), None)
    except NetError:
        return None


@lru_cache(4096)
def _free(node: tree.Node) -> tuple[str, ...]:
    """The names of a statement that it does not bind itself: symbols, unless they are defined elsewhere."""
    found, own = dict[str, None](), set[str]()
    for it in tree.walk(node):
        if isinstance(it, tree.Define):
            own |= {it.name, *(name for name, _ in it.params or ())}
        elif isinstance(it, tree.Binding):
            own |= set(it.names)
        elif isinstance(it, tree.Listing) and it.around is not None:
            own.add(it.around.name)
        elif isinstance(it, (tree.Name, tree.Setting)):
            found[it.name] = None
    return tuple(name for name in found if name not in own and not reserved(name) and name != "_")


def _header(words: list[Word], known: Mapping[str, object]) -> tuple[str, list[str]]:
    """The name that a statement defines (or the tower that it is), and its parameters, as far as they are written."""
    words = words[words[0].kind == "SHARED" :] if words else []
    if len(words) < 2 or words[0].kind != "NAME":
        return "", []
    if words[1].text in ("=", ":"):
        return words[0].text, []
    depth, params = 0, list[str]()
    for i, word in enumerate(words[1:], 1):
        depth += (word.text in _OPENS) - (word.text in _CLOSES)
        if depth == 1 and word.kind == "NAME" and words[i - 1].text in ("(", ","):
            params.append(word.text)
        if depth <= 0:
            defined = word.text == ")" and i + 1 < len(words) and words[i + 1].text == "="
            return (words[0].text, params) if defined else ("", [])
    name = words[0].text
    if reserved(name):
        return "", []
    return "" if name in known or name in (*MEASURES, *QUESTIONS) or name in published() else name, params


def _definable(words: list[Word]) -> bool:
    """Whether a name or a call stands before the '=' of a statement, if it has one."""
    depth = 0
    for i, word in enumerate(words):
        depth += (word.text in _OPENS) - (word.text in _CLOSES)
        if depth == 0 and word.kind in ("AT", "SOLVE"):
            return True
        if depth == 0 and word.kind == "EQUAL":
            head = words[words[0].kind == "SHARED" : i]
            called = len(head) > 2 and head[1].text == "(" and _opening(head, len(head) - 1) == 1
            return bool(head) and head[0].kind == "NAME" and (len(head) == 1 or called)
    return True


def _labels(words: list[Word]) -> dict[str, str]:
    """The labels of finished steps before the cursor that can be seen there: those within a repeat end with it."""
    found: dict[str, str] = {}
    unfinished: list[dict[str, str]] = [{}]  # of steps that are not over, bracket by bracket
    kept: list[dict[str, str]] = []  # what was known where a '[' was opened
    for i, word in enumerate(words):
        if word.text in _OPENS:
            unfinished.append({})
            kept += [dict(found)] if word.text == "[" else []
        elif word.text in _CLOSES and len(unfinished) > 1:
            found |= unfinished.pop()
            found = kept.pop() if word.text == "]" and kept else found
        elif word.text == "->":
            found |= unfinished[-1]
        elif word.text == ":" and i > 1 and words[i - 1].kind == "NAME":  # the first is the tower's own
            unfinished[-1][words[i - 1].text] = "a step's label"
    return found


def _local(words: list[Word], own: str, params: list[str], known: Mapping[str, object]) -> dict[str, Local]:
    """The names of a sentence's own: parameters, indices, what stands around, and sizes."""
    local = {name: Local("", f"a parameter of {own}" if own else "a name of this sentence") for name in params}
    sizes = dict[str, Local]()
    binding = False  # between `for` and `in`
    for i, word in enumerate(words):
        before, behind = words[i - 1].text if i else "", words[i + 1].text if i + 1 < len(words) else ""
        binding = word.text == "for" or (binding and word.text != "in")
        if word.kind != "NAME" or reserved(word.text) or "." in word.text or word.text == "_":
            continue
        if before == "around":
            local.setdefault(word.text, Local(NETWORK, "the next copy", True))
        elif binding:
            local.setdefault(word.text, Local("", "an index", True))
        elif before not in ("@", "->", "", "to", "use") and behind not in ("(", "=", ":") and word.text not in known:
            sizes[word.text] = Local(NUMBER, "a size" if own else "a symbol of this sentence")
    return local | {name: it for name, it in sizes.items() if name not in local}


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LINE else text[: LINE - 1] + "…"


# What a place takes: read off the words before it.

_OPENS, _CLOSES = {"(", "[", "{"}, {")", "]", "}"}


def _keyword(word: Word) -> bool:
    return word.kind != "NAME" and word.text.isalpha()


def _opening(words: list[Word], end: int) -> int:
    """The bracket that is open before a place, the innermost; -1 where there is none."""
    depth = 0
    for i in range(end - 1, -1, -1):
        depth += (words[i].text in _CLOSES) - (words[i].text in _OPENS)
        if depth < 0:
            return i
    return -1


def _beginning(words: list[Word], end: int) -> int:
    """Where the expression begins that a place stands in: behind a bracket, a sign, or a keyword."""
    depth = 0
    for i in range(end - 1, -1, -1):
        word = words[i]
        depth += (word.text in _CLOSES) - (word.text in _OPENS)
        divides = word.text in SIGNS or word.kind == "COMPARE" or (_keyword(word) and word.kind != "SHARED")
        if depth < 0 or (depth == 0 and divides):
            return i + 1
    return 0


def _clauses(words: list[Word], end: int) -> list[str]:
    """The keywords before a place, within the bracket that is open there."""
    depth, found = 0, list[str]()
    for i in range(end - 1, -1, -1):
        depth += (words[i].text in _CLOSES) - (words[i].text in _OPENS)
        if depth < 0:
            break
        if depth == 0 and _keyword(words[i]):
            found.append(words[i].text)
    return found[::-1]


def _unknown_here(words: list[Word]) -> set[str]:
    """What a range, or what stands behind `around`, cannot know: the indices, and the next copy."""
    last = max((i for i, word in enumerate(words) if word.text == "for"), default=len(words))
    clause, depth = words[last:], 0
    for word in clause:
        depth += (word.text in _OPENS) - (word.text in _CLOSES)
        if depth < 0 or word.text == "where":
            return set()
    indices = {word.text for word in takewhile(lambda word: word.text != "in", clause) if word.kind == "NAME"}
    return indices | {word.text for before, word in pairwise(clause) if before.text == "around"}


def _callee(words: list[Word], opened: int) -> str:
    """What is called by an open parenthesis; nothing where it groups, or another bracket is open."""
    if opened < 1 or words[opened].text != "(" or words[opened - 1].kind not in ("NAME", "SHARED"):
        return ""
    return words[opened - 1].text


def _wanted(words: list[Word], end: int, scope: Scope) -> Kinds:
    """The kinds of what may stand at a place where an operand must."""
    if not end:
        return EITHER
    sign, begin, opened = words[end - 1].text, _beginning(words, end), _opening(words, end)
    callee = _callee(words, opened)
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
        outer = _wanted(words, opened, scope)
        return EITHER if outer == NETWORKS else outer  # a group, or a shape
    if sign == "," and opened < 0:
        return NETWORKS if _clauses(words, end) == ["compare"] else NUMBERS
    if sign == ",":
        return VALUES if _chosen(words, opened) else NUMBERS
    left = _primary(words, end - 1, scope) if end - 1 > begin else NUMBER
    if sign in ("+", "-") and left:
        return NETWORKS if left == NETWORK else NUMBERS
    around = _wanted(words, begin, scope) & EITHER
    if sign == "*" and left != NUMBER:
        return NUMBERS if left == NETWORK else around | NUMBERS
    return around


def _assigned(words: list[Word], end: int, callee: str) -> Kinds:
    """What may stand behind '='."""
    name, before = words[end - 2].text, words[end - 3].text if end > 2 else ""
    if before == "around":
        return NETWORKS
    if {"at", "solve"} & set(_clauses(words, end)):
        return NUMBERS
    if callee in CATALOGUE:
        layer = CATALOGUE[callee]
        param = next((p for p in layer.params if name in (p.name, LONG.get(p.name))), None)
        return _taken(param) | ({FLAG} if param is not None and param.kind == "Padding" else frozenset())
    return NUMBERS if callee == "concat" or callee in COSTS or callee == "roofline" else VALUES


def _chosen(words: list[Word], opened: int) -> bool:
    """Whether a bracket is the braces of a choice, or a tuple in them."""
    while opened >= 0 and words[opened].text == "(" and not _callee(words, opened):
        opened = _opening(words, opened)
    return opened >= 0 and words[opened].text == "{"


def _argument(words: list[Word], opened: int, end: int, scope: Scope) -> Kinds:
    """What may stand as the next argument of a call."""
    callee = words[opened - 1].text
    if callee in CATALOGUE:
        layer = CATALOGUE[callee]
        given = _given(layer, _arguments(words, opened, end))
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
        opened = _opening(words, end - 1)
        callee = _callee(words, opened)
        if callee:
            return NUMBER if callee in FUNCTIONS or callee in MEASURES else _kind(callee, scope, called=True)
        inside = words[opened + 1 : end - 1]
        if any(word.text in ("->", "|", "[", "@") or word.text in CATALOGUE for word in inside):
            return NETWORK
        return "" if any(word.kind == "NAME" for word in inside) else NUMBER
    if last.kind == "NAME":
        return NETWORK if end > 1 and words[end - 2].text == "@" else _kind(last.text, scope)
    return NETWORK if last.text == "]" else NUMBER if last.kind in ("NUMBER", "SUFFIXED", "WINDOW") else ""


def _kind(name: str, scope: Scope, called: bool = False) -> str:
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
    opened, clauses = _opening(words, len(words)), _clauses(words, len(words))
    if sign == "use":
        yield from ((name, _line(title(name))) for name in files())
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
    numbers = (name for name, it in scope.definitions.items() if it.params is None and _kind(name, scope) == NUMBER)
    return symbols | {name: scope.meanings.get(name, "") for name in numbers}


@cache
def _units() -> tuple[Offer, ...]:
    plain = [(unit, f"divides by {size:,}") for unit, size in UNITS.items()]
    return (*plain, ("B", "bytes"), *((f"{unit}B", f"bytes; {said}") for unit, said in plain))


def _operands(words: list[Word], sign: str, scope: Scope) -> Iterator[Offer]:
    """What can stand where an operand must."""
    end, opened = len(words), _opening(words, len(words))
    callee = _callee(words, opened) if sign in ("(", ",") else ""
    called = _callee(words, opened)
    shared = bool(words) and words[0].kind == "SHARED"
    heads = bool(called) and opened == 1 + shared and (shared or not _callable(called, scope))
    if heads and callee:
        return  # the parameters of a definition that is being written
    hidden = {name for name in _unknown_here(words) if name in scope.local and scope.local[name].bound}
    hidden |= {words[-2].text} if heads and sign == "=" else set()
    scope = scope._replace(local={name: it for name, it in scope.local.items() if name not in hidden})
    options = () if called in scope.definitions else ROOFLINE if called == "roofline" else _cost_options(called)
    if options and sign == "=" and words[-2].text in CHOICES:
        yield from ((word, OPTIONS[words[-2].text]) for word in CHOICES[words[-2].text])
        return
    wanted = _wanted(words, end, scope)
    table = called in CATALOGUE and any(p.kind == "Table" for p in CATALOGUE[called].params)
    if callee in CATALOGUE:
        yield from _settings(CATALOGUE[callee], _arguments(words, opened, end))
    elif options and sign == ",":
        given = {argument[0].text for argument in _arguments(words, opened, end) if argument}
        yield from ((f"{option}=", OPTIONS[option]) for option in options if option not in given)
        return
    elif callee == "concat":
        yield "axis=", "the axis along which networks are joined, the last unless given"
    elif callee:
        yield from _parameters(callee, _arguments(words, opened, end), scope)
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
        fits = _fits(_kind(name, scope), wanted) or (WORD in wanted and _plain(node))
        if fits and (node.shared or not shared) and name not in scope.local:
            needs = any(default is None for _, default in node.params or ())
            yield name + "(" * needs, scope.meanings.get(name) or _line(tree.text(node))
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
    return tuple((name, f"{home}.net: {_line(title(home))}") for name, home in published().items())


def _keywords(place: Place) -> Iterator[Offer]:
    """The words of the grammar that can stand at a place."""
    if place.tight or (place.words and place.words[-1].kind == "SHARED"):
        return
    if not place.words:
        yield "shared", KEYWORDS["shared"]
    for words, kinds in ((place.words, place.kinds), (place.above, place.carried)):
        called = _callee(words, _opening(words, len(words)))
        chained = bool(words) and words[_beginning(words, len(words)) - 1].text in ("->", "|")
        idle = {"shared"} | ({"for"} if called not in ("", "sum") else set()) | ({"to"} if chained else set())
        for word, kind in machine()[1].keywords.items():
            if kind in kinds and word not in idle:
                yield word, KEYWORDS.get(word, "")


# Calls.


class Given(NamedTuple):
    """What a call has been given: its parameters by name, the next free position, and whether an activation."""

    names: set[str]
    free: Param | None
    activated: bool


def _arguments(words: list[Word], opened: int, end: int) -> list[list[Word]]:
    """The finished arguments of a call."""
    out: list[list[Word]] = [[]]
    depth = 0
    for word in words[opened + 1 : end]:
        depth += (word.text in _OPENS) - (word.text in _CLOSES)
        if word.text == "," and depth == 0:
            out.append([])
        else:
            out[-1].append(word)
    return out[:-1]


def _given(layer: Layer, arguments: list[list[Word]]) -> Given:
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


def _settings(layer: Layer, arguments: list[list[Word]]) -> Iterator[Offer]:
    """A layer's flags, options and activations: those that are not given yet."""
    given = _given(layer, arguments)
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
            yield f"{name}=", "needed" if default is None else f"{_line(tree.text(default))} unless given"


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
        yield from ((name, "a symbol") for node in definitions.values() for name in _free(node))
    if "WORD" in takes:
        yield from ((name.removesuffix("("), it) for name, it in _layers())
        yield from ((name, flag(name)) for name in sorted(FLAGS))
        yield from ((name.removesuffix("("), it) for name, it in _functions())
        yield from ((name, it) for name, (_, it, _) in {**STATEMENTS, **QUESTIONS}.items())
        yield from _library()
