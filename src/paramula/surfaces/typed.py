"""What is typed around a cursor: its words, where they open and end, which names are known there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ..engine.program import files, library, published, tower
from ..errors import NetError, Source
from ..language import tree
from ..language.lexer import Word
from ..language.parser import behind, expected, machine, parse
from ..layers.words import MEASURES, QUESTIONS, reserved

SIGNS = {"->", "|", ",", "=", ":", ".."}  # behind these signs a new expression begins, and behind the keywords


LINE = 60  # characters of a definition that are shown as its meaning
DEEP = 60  # expressions in expressions that are looked into for their kind


# What may stand at a place: kinds of values, a name that nobody knows yet (a new symbol), and a name for a flag or an
# activation.
Kinds: TypeAlias = frozenset[str]


NETWORK, NUMBER, FLAG, TENSOR, NEW, WORD = "network", "number", "flag", "tensor", "new", "word"


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


def place_typed(
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
            meanings[node.name] = line_text(text[first:last])
        elif isinstance(node, tree.Use) and node.name in files():
            brought = library(node.name)
            used |= {name: it.node for name, it in brought.definitions.items() if it.home is brought}
            meanings = {name: f"{node.name}.net: {line_text(tree.text(it))}" for name, it in used.items()} | meanings
        elif node is not None and (label := tower(node)) is not None:
            references[label] = line_text(text[first:last])
        nodes += [node] if node is not None else []
    known = used | known
    own, params = _header(here, known)
    references |= {name[1:]: said for name, said in names.items() if name.startswith("@")}
    known.pop(own, None)  # nothing refers to itself
    meanings.pop(own, None)
    references.pop(own, None)
    references |= _labels(words)
    local = _local(here, own, params, known)
    symbols = dict.fromkeys((name for it in (*nodes, *known.values()) for name in free_words(it)), "a symbol")
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
def free_words(node: tree.Node) -> tuple[str, ...]:
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
        depth += (word.text in OPENS) - (word.text in CLOSES)
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
        depth += (word.text in OPENS) - (word.text in CLOSES)
        if depth == 0 and word.kind in ("AT", "SOLVE"):
            return True
        if depth == 0 and word.kind == "EQUAL":
            head = words[words[0].kind == "SHARED" : i]
            called = len(head) > 2 and head[1].text == "(" and opening_of(head, len(head) - 1) == 1
            return bool(head) and head[0].kind == "NAME" and (len(head) == 1 or called)
    return True


def _labels(words: list[Word]) -> dict[str, str]:
    """The labels of finished steps before the cursor that can be seen there: those within a repeat end with it."""
    found: dict[str, str] = {}
    unfinished: list[dict[str, str]] = [{}]  # of steps that are not over, bracket by bracket
    kept: list[dict[str, str]] = []  # what was known where a '[' was opened
    for i, word in enumerate(words):
        if word.text in OPENS:
            unfinished.append({})
            kept += [dict(found)] if word.text == "[" else []
        elif word.text in CLOSES and len(unfinished) > 1:
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


def line_text(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LINE else text[: LINE - 1] + "…"


OPENS, CLOSES = {"(", "[", "{"}, {")", "]", "}"}


def _keyword(word: Word) -> bool:
    return word.kind != "NAME" and word.text.isalpha()


def opening_of(words: list[Word], end: int) -> int:
    """The bracket that is open before a place, the innermost; -1 where there is none."""
    depth = 0
    for i in range(end - 1, -1, -1):
        depth += (words[i].text in CLOSES) - (words[i].text in OPENS)
        if depth < 0:
            return i
    return -1


def beginning_of(words: list[Word], end: int) -> int:
    """Where the expression begins that a place stands in: behind a bracket, a sign, or a keyword."""
    depth = 0
    for i in range(end - 1, -1, -1):
        word = words[i]
        depth += (word.text in CLOSES) - (word.text in OPENS)
        divides = word.text in SIGNS or word.kind == "COMPARE" or (_keyword(word) and word.kind != "SHARED")
        if depth < 0 or (depth == 0 and divides):
            return i + 1
    return 0


def clauses_of(words: list[Word], end: int) -> list[str]:
    """The keywords before a place, within the bracket that is open there."""
    depth, found = 0, list[str]()
    for i in range(end - 1, -1, -1):
        depth += (words[i].text in CLOSES) - (words[i].text in OPENS)
        if depth < 0:
            break
        if depth == 0 and _keyword(words[i]):
            found.append(words[i].text)
    return found[::-1]


def callee_of(words: list[Word], opened: int) -> str:
    """What is called by an open parenthesis; nothing where it groups, or another bracket is open."""
    if opened < 1 or words[opened].text != "(" or words[opened - 1].kind not in ("NAME", "SHARED"):
        return ""
    return words[opened - 1].text
