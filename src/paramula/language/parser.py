"""From words to tree. Drives the grammar's tables, and says what could have stood where a sentence breaks off."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from ..errors import NetError, Source, Span, listed
from . import tree
from .lexer import MAX_DEPTH, MAX_DIGITS, Lexer, Word
from .tables import Tables, load


def parse(source: Source) -> tree.Program:
    """The tree of a program's text; raises NetError at the first word that cannot stand where it does."""
    tables, lexer = machine()
    words, unclosed = lexer.words(source)
    words.append(Word("$END", "", len(source.text.rstrip()), len(source.text.rstrip())))
    rules, actions = tables.rules, tables.actions
    states, values, places = [tables.start], [], []  # type: list[int], list[Any], list[tuple[int, int]]
    try:
        for at, word in enumerate(words):
            kind = word.kind
            while True:
                action = actions[states[-1]].get(kind)
                if action is None:
                    error = _unexpected(tables, words, at, unclosed, source)
                    error.unfinished = kind == "$END"
                    raise error
                if action >= 0:
                    states.append(action)
                    values.append(word)
                    places.append((word.start, word.end))
                    break
                origin, size, keep, build, unit = rules[~action]
                if unit:
                    states[-1] = actions[states[-2]][origin]
                    continue
                if size:
                    parts, start, end = _parts(values, keep, size), places[-size][0], places[-1][1]
                    del states[-size:], values[-size:], places[-size:]
                else:
                    parts, start, end = [], word.start, word.start
                values.append(_BUILD[build](start, end, parts) if build else parts)
                places.append((start, end))
                states.append(actions[states[-1]][origin])
                if kind == "$END" and states[-1] == tables.accept:
                    program: tree.Program = values[-1]
                    return program
    except NetError as error:
        error.source = source
        raise
    raise AssertionError("the end of the text is always taken or refused")


def reserved() -> frozenset[str]:
    """The words of the grammar that cannot be names."""
    return frozenset(machine()[1].keywords)


def is_name(text: str) -> bool:
    """Whether a text could be the name of a symbol."""
    match = machine()[1].pattern.fullmatch(text)
    return match is not None and match.lastgroup == "NAME" and text not in reserved()


@cache
def machine() -> tuple[Tables, Lexer]:
    tables = load()
    return tables, Lexer(tables)


def _parts(values: list[Any], keep: tuple[tuple[int, bool], ...], size: int) -> list[Any]:
    """What a rule keeps of its parts. A list that is spliced in first is grown, not copied: long chains stay linear."""
    base = len(values) - size
    parts: list[Any] = []
    for i, spliced in keep:
        value = values[base + i]
        if not spliced:
            parts.append(value)
        elif parts:
            parts += value
        else:
            parts = value
    return parts


# What each phrase of the grammar builds: from its place and its parts to a node.


def _lone(kind: type[tree.Operation], start: int, end: int, parts: list[Any]) -> tree.Node:
    return kind(start, end, parts[::2], [word.text for word in parts[1::2]])


def _number(start: int, end: int, parts: list[Word]) -> tree.Node:
    digits = parts[0].text.replace("_", "")
    _few_digits(digits, start, end)
    whole, point, rest = digits.partition(".")
    return tree.Number(start, end, (whole.lstrip("0") or "0") + point + rest)


def _window(start: int, end: int, parts: list[Word]) -> tree.Node:
    sizes = parts[0].text.replace("×", "x").split("x")
    for size in sizes:
        _few_digits(size, start, end)
    return tree.Window(start, end, tuple(map(int, sizes)))


def _suffixed(start: int, end: int, parts: list[Word]) -> tree.Node:
    text = parts[0].text
    length = next(i for i, c in enumerate(text) if not (c.isascii() and (c.isdigit() or c in "_.")))
    _few_digits(text[:length], start, end)
    return tree.Suffixed(start, end, text[:length].replace("_", ""), text[length:])


def _few_digits(digits: str, start: int, end: int) -> None:
    if len(digits) > MAX_DIGITS:
        raise NetError(
            f"a number of {len(digits):,} digits is too large: the limit is {MAX_DIGITS:,}", Span(start, end)
        )


def _group(start: int, end: int, parts: list[Any]) -> tree.Node:
    body: tree.Node = parts[0]
    return tree.Group(start, end, body) if isinstance(body, (tree.Name, tree.Label)) else body


def _line(start: int, end: int, parts: list[Any]) -> tree.Node:
    unit = parts.pop().text if isinstance(parts[-1], Word) else ""
    return tree.Line(start, end, parts[0], parts[1] if len(parts) > 1 else [], unit)


def _define(start: int, end: int, parts: list[Any]) -> tree.Node:
    head, body = parts
    if isinstance(head, tree.Name):
        return tree.Define(start, end, body, head.name, None, False)
    if isinstance(head, tree.Call):
        return tree.Define(start, end, body, head.name, _params(head.args), False)
    raise NetError(
        "only a name can be defined", head.span, hint="write name = … or name(a, b=1) = …; a comparison is written =="
    )


def _define_shared(start: int, end: int, parts: list[Any]) -> tree.Node:
    params = _params(parts[1]) if len(parts) == 3 else None
    return tree.Define(start, end, parts[-1], parts[0].text, params, True)


def _params(args: list[tree.Node]) -> list[tuple[str, tree.Node | None]]:
    params: list[tuple[str, tree.Node | None]] = []
    for arg in args:
        if isinstance(arg, tree.Name):
            params.append((arg.name, None))
        elif isinstance(arg, tree.Keyword):
            params.append((arg.name, arg.value))
        else:
            raise NetError("a parameter is a name, or name=default", arg.span)
        for before, (name, _) in zip(args, params[:-1], strict=False):
            if params[-1][0] == name:
                raise NetError(f"the parameter '{name}' is named twice", arg.span, other=before.span)
    return params


def _high(kind: type[tree.Node], start: int, end: int, parts: list[Any]) -> tree.Node:
    """A minus or a power, which nest without brackets: the same limit holds."""
    node = kind(start, end, *(part for part in parts if isinstance(part, tree.Node)))
    depth, below = 1, parts[-1]
    while isinstance(below, (tree.Negative, tree.Power)):
        depth, below = depth + 1, below.body if isinstance(below, tree.Negative) else below.exponent
        if depth > MAX_DEPTH:
            raise NetError(f"signs and powers are nested too deep: the limit is {MAX_DEPTH}", Span(start, end))
    return node


def _call(start: int, end: int, parts: list[Any]) -> tree.Node:
    return tree.Call(start, end, parts[-1], parts[0].text if len(parts) == 2 else "shared")


def _binding(start: int, end: int, parts: list[Any]) -> tree.Node:
    names = [parts[0].text] if isinstance(parts[0], Word) else parts[0]
    return tree.Binding(start, end, names, parts[1])


def _sweep(start: int, end: int, parts: list[Any]) -> tree.Node:
    where = parts.pop() if not isinstance(parts[-1][0], tree.Binding) else []
    return tree.Sweep(start, end, parts.pop(), parts, where)


def _solve(start: int, end: int, parts: list[Any]) -> tree.Node:
    where = parts.pop() if isinstance(parts[-1], list) else []
    claims = [part for part in parts if isinstance(part, tree.Claim)]
    return tree.Solve(start, end, claims, [part.text for part in parts[len(claims) :]], where)


def _listing(start: int, end: int, parts: list[Any]) -> tree.Node:
    return tree.Listing(start, end, parts[2] if len(parts) == 3 else None, parts[1], parts[0])


Build = Callable[[int, int, list[Any]], Any]
_BUILD: dict[str, Build] = {
    "start": lambda a, b, p: tree.Program(a, b, [part for part in p if not isinstance(part, Word)]),
    "line": _line,
    "define": _define,
    "define_shared": _define_shared,
    "use": lambda a, b, p: tree.Use(a, b, p[0].text),
    "assume": lambda a, b, p: tree.Assume(a, b, p),
    "check": lambda a, b, p: tree.Assert(a, b, p),
    "solve": _solve,
    "sweep": _sweep,
    "compare": lambda a, b, p: tree.Compare(a, b, p),
    "at_clause": lambda a, b, p: p,
    "setting": lambda a, b, p: tree.Setting(a, b, p[0].text, p[1]),
    "over": lambda a, b, p: p,
    "where": lambda a, b, p: p,
    "claim": lambda a, b, p: _lone(tree.Claim, a, b, p),
    "equation": lambda a, b, p: tree.Claim(a, b, p, ["="]),
    "params": lambda a, b, p: p,
    "chain": lambda a, b, p: tree.Chain(a, b, p),
    "label": lambda a, b, p: tree.Label(a, b, p[1], p[0].text),
    "concat": lambda a, b, p: tree.Concat(a, b, p),
    "sum": lambda a, b, p: _lone(tree.Sum, a, b, p),
    "product": lambda a, b, p: _lone(tree.Product, a, b, p),
    "negative": lambda a, b, p: _high(tree.Negative, a, b, p),
    "power": lambda a, b, p: _high(tree.Power, a, b, p),
    "number": _number,
    "suffixed": _suffixed,
    "window": _window,
    "text": lambda a, b, p: tree.Text(a, b, p[0].text[1:-1]),
    "name": lambda a, b, p: tree.Name(a, b, p[0].text if p else "shared"),
    "ellipsis": lambda a, b, p: tree.Dots(a, b),
    "reference": lambda a, b, p: tree.Reference(a, b, p[0].text),
    "call": _call,
    "group": _group,
    "shape": lambda a, b, p: tree.Shape(a, b, p),
    "given": lambda a, b, p: tree.Given(a, b, p[0], p[1]),
    "listing": _listing,
    "keyword": lambda a, b, p: tree.Keyword(a, b, p[0].text if len(p) > 1 else "shared", p[-1]),
    "series": lambda a, b, p: tree.Series(a, b, p[1], p[0]),
    "around": lambda a, b, p: tree.Setting(a, b, p[0].text, p[1]),
    "for_clause": lambda a, b, p: p[0],
    "binding": _binding,
    "names": lambda a, b, p: [word.text for word in p],
    "span": lambda a, b, p: tree.Range(a, b, p[0], p[1], p[-1] if p[2:] else None, p[2].text if p[3:] else ""),
    "choices": lambda a, b, p: tree.Choices(a, b, p),
}


# Mistakes.


def expected(tables: Tables, states: list[int]) -> set[str]:
    """The terminals that could stand next: those that the tables take, reductions followed through."""
    return {
        word for word in tables.actions[states[-1]] if word.isupper() or word[0] == "$" if _taken(tables, states, word)
    }


def _taken(tables: Tables, states: list[int], word: str) -> bool:
    stack = list(states)
    while True:
        action = tables.actions[stack[-1]].get(word)
        if action is None:
            return False
        if action >= 0:
            return True
        rule = tables.rules[~action]
        if rule.size:
            del stack[-rule.size :]
        stack.append(tables.actions[stack[-1]][rule.origin])
        if stack[-1] == tables.accept:
            return True


_OPERAND = {"NAME", "NUMBER", "SUFFIXED", "WINDOW", "TEXT", "(", "[", "-", "...", "@", "$END", "END"}
_BEHIND = {"->", "+", "-", "|", "TIMES", "POWER", "COMPARE", "END", "=", ":", "("}
_SAID = {"NAME": "a name", "NUMBER": "a number", "COMPARE": "a comparison"}
_END = {"$END": "the end", "END": "the end of the statement"}
_CLOSES = {"(": ")", "[": "]", "{": "}"}


def in_words(tables: Tables, kinds: set[str]) -> str:
    """What could stand next, as a person would say it: what is most likely first, what is far-fetched left out."""
    words = {tables.fixed.get(kind, kind) for kind in kinds}
    said: list[str] = []
    if {"NAME", "NUMBER"} <= words:
        said = ["a layer", "a number", "'('"]
        words -= _OPERAND | {word for word in words if word.islower()}
    elif _unsaid(words):
        words = {"COMPARE"}
    elif "+" in words:
        said = ["'->'"] * ("->" in words) + ["an operator"]
        words -= _BEHIND | {word for word in words if word.islower() and (word != "for" or ")" in words)}
    words -= {"END"} if "$END" in words else set()
    said += sorted(_SAID.get(word, f"'{word}'") for word in words - _END.keys())
    return listed([*said, *(text for word, text in _END.items() if word in words)])


def _unsaid(words: set[str]) -> bool:
    """Whether a claim has not compared anything yet."""
    return "COMPARE" in words and words.isdisjoint({"END", "for", ","})


def _unexpected(tables: Tables, words: list[Word], at: int, unclosed: list[Word], source: Source) -> NetError:
    """The error at the first word that cannot stand where it does."""
    arrow = _arrow(source, words[at])
    while arrow and at and words[at].start > arrow.start:
        at -= 1
    word, opened = words[at], _opened(words[:at])
    kinds = expected(tables, behind(tables, words[:at]))
    span = arrow or Span(word.start, word.end)
    wanted = in_words(tables, kinds)
    if unclosed and (word.kind == "$END" or "\n" in source.text[unclosed[-1].start : word.start]):
        _, sign, start, end = unclosed[-1]
        return NetError(f"this '{sign}' is never closed", Span(start, end), hint=f"end it with '{_CLOSES[sign]}'")
    if word.text in _CLOSES.values() and not opened:
        return NetError(f"nothing is open that this '{word.text}' could close", span, hint="leave it out")
    if word.text in _CLOSES.values() and _CLOSES[opened[-1].text] != word.text:
        _, sign, start, end = opened[-1]
        return NetError(f"'{sign}' is closed by '{_CLOSES[sign]}', not by '{word.text}'", span, other=Span(start, end))
    if word.text.isalpha() and "NAME" in kinds and word.kind != "$END":
        hint = "choose another name"
        return NetError(f"'{word.text}' is a word of the language and cannot be a name", span, hint=hint)
    hint = _hint({tables.fixed.get(kind, kind) for kind in kinds}, words, at, opened)
    if arrow:
        hint = "steps are joined by '->'" + ("; a comparison stands behind assert" if word.text == ">" else "")
    if word.kind == "$END":
        last = words[max(at - 1, 0)]
        return NetError(f"the sentence ends too early: expected {wanted}", Span(last.start, last.end), hint=hint)
    found = "the end of the statement" if word.text == "\n" else f"'{source.text[span.start : span.end][:40]}'"
    return NetError(f"expected {wanted}, but found {found}", span, hint=hint)


def behind(tables: Tables, words: list[Word]) -> list[int]:
    """The states right behind these words, before any of what could come next has been looked at."""
    states = [tables.start]
    for word in words:
        while (action := tables.actions[states[-1]][word.kind]) < 0:
            rule = tables.rules[~action]
            if rule.size:
                del states[-rule.size :]
            states.append(tables.actions[states[-1]][rule.origin])
        states.append(action)
    return states


def _opened(words: list[Word]) -> list[Word]:
    """The brackets that are open behind these words."""
    opened: list[Word] = []
    for word in words:
        if word.text in _CLOSES:
            opened.append(word)
        elif word.text in _CLOSES.values():
            opened.pop()
    return opened


def _arrow(source: Source, word: Word) -> Span | None:
    """Where something stands that was meant for '->': =>, -->, |>, >."""
    for match in re.finditer(r"[-=|~]*>+(?!=)", source.text[max(word.start - 3, 0) : word.end + 3]):
        start, end = (place + max(word.start - 3, 0) for place in match.span())
        if start <= word.start < end and match[0] != "->":
            return Span(start, end)
    return None


def _hint(kinds: set[str], words: list[Word], at: int, opened: list[Word]) -> str:
    """The way out, from what could have stood here, the word that does, and those around it."""
    word, before, behind = words[at], words[at - 1] if at else words[-1], words[min(at + 1, len(words) - 1)]
    text, named = word.text, before.text[:40] if before.kind == "NAME" else ""
    starts = word.kind in ("NAME", "NUMBER", "WINDOW", "LPAR", "LSQB", "SUFFIXED", "TEXT")
    claims = any(w.kind in ("ASSUME", "ASSERT", "SOLVE") for w in words[:at])
    rules = (
        (text == "==" and "=" in kinds and opened and named, f"an option is written {named}={behind.text[:40]}"),
        (text == "=" and "in" in kinds, "write in: for i in 1..3"),
        (text == "=" and named and not claims, f"to name a step write ({named}: conv(3x3, 32))"),
        (text == "=", "a comparison is written =="),
        (_unsaid(kinds), "say what holds, such as H % 32 == 0 or n >= 2"),
        (".." in kinds, "a range is written 1..3, single values {8, 16}"),
        (text == ";", "a ';' ends the statement"),
        (opened and opened[-1].text == "[" and "for" in kinds,
         "brackets repeat a block: [block for i in 1..3]; shapes and chains stand in parentheses"),
        (text == "[" and named, f"arguments stand in parentheses: {named}(…)"),
        (text == "->" and before.text == ";", "leave out the ';' before it"),
        (text == "{", "a shape stands in parentheses: (28,28,1)"),
        (before.text == "%", "'%' is the remainder of a division; a percentage is written 50/100"),
        (text == "at", "'at' ends a statement, or stands in parentheses: (params(net) at f=32)"),
        (text == "to", "'to' ends a statement: params(net) to MiB"),
        (text == "for" and opened and opened[-1].text == "[",
         "a repeat has one 'for': [[block for j in 1..2] for i in 1..3]"),
        (text == "for", "a repeat stands in brackets: [block for i in 1..3]"),
        (text == "->" and (not at or before.kind == "END"), "a chain begins with its input, such as (28,28,1) -> …"),
        (starts and {",", "->"} <= kinds, "put a comma between two arguments"),
        (starts and "->" in kinds, "steps are joined by '->'"),
        (len(text) > 1 and word.kind == "COMPARE", "a comparison stands behind assume, assert or solve"),
    )  # fmt: skip
    return next((hint for holds, hint in rules if holds), "")
