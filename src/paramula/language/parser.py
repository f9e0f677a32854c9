"""From words to tree. Drives the grammar's tables, and says what could have stood where a sentence breaks off."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..errors import NetError, Source, Span, listed
from . import tree
from .lexer import MAX_DEPTH, MAX_DIGITS, Lexer, Word
from .tables import Tables, load


def parse(source: Source) -> tree.Program:
    """The tree of a program's text; raises NetError at the first word that cannot stand where it does."""
    tables, lexer = _machine()
    words, unclosed = lexer.words(source)
    words.append(Word("$END", "", len(source.text.rstrip()), len(source.text.rstrip())))
    rules, actions = tables.rules, tables.actions
    states, values, places = [tables.start], [], []  # type: list[int], list[Any], list[tuple[int, int]]
    try:
        for word in words:
            kind = word.kind
            while True:
                action = actions[states[-1]].get(kind)
                if action is None:
                    raise _unexpected(tables, states, word, unclosed, source, words)
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
    return frozenset(_machine()[1].keywords)


def is_name(text: str) -> bool:
    """Whether a text could be the name of a symbol."""
    match = _machine()[1].pattern.fullmatch(text)
    return match is not None and match.lastgroup == "NAME" and text not in reserved()


@cache
def _machine() -> tuple[Tables, Lexer]:
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
        if params[-1][0] in [name for name, _ in params[:-1]]:
            raise NetError(f"the parameter '{params[-1][0]}' is named twice", arg.span)
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
    "keyword": lambda a, b, p: tree.Keyword(a, b, p[0].text, p[1]),
    "series": lambda a, b, p: tree.Series(a, b, p[1], p[0]),
    "around": lambda a, b, p: tree.Setting(a, b, p[0].text, p[1]),
    "for_clause": lambda a, b, p: p[0],
    "binding": _binding,
    "names": lambda a, b, p: [word.text for word in p],
    "span": lambda a, b, p: tree.Range(a, b, p[0], p[1], p[2] if len(p) == 3 else None),
    "choices": lambda a, b, p: tree.Choices(a, b, p),
}


# Mistakes.


def expected(tables: Tables, states: list[int]) -> set[str]:
    """The terminals that could stand next: those that the tables take, reductions followed through."""
    return {
        word for word in tables.actions[states[-1]] if word.isupper() or word[0] in "_$" if _taken(tables, states, word)
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


_OPERAND = {"NAME", "NUMBER", "LPAR"}
_OPERATOR = {"PLUS", "TIMES", "POWER"}
_SAID = {
    "NAME": "a name",
    "NUMBER": "a number",
    "COMPARE": "a comparison",
    "$END": "the end",
    "END": "the end of the statement",
}


def in_words(tables: Tables, kinds: set[str]) -> str:
    """What could stand next, as a person would say it."""
    fixed = tables.fixed
    said = []
    if kinds >= _OPERAND:
        said.append("a layer, a number or '('")
        kinds = kinds - _OPERAND - {"SUFFIXED", "WINDOW", "TEXT", "SHARED", "MINUS", "LSQB"}
        kinds -= {k for k in kinds if fixed.get(k, "") in ("...", "@") or fixed.get(k, "").isalpha()}
    after = kinds >= _OPERATOR
    if after:
        kinds = kinds - _OPERATOR - {"MINUS", "COMPARE", "VBAR"}
        if "RPAR" in kinds or "RSQB" in kinds:
            kinds -= {k for k in kinds if fixed.get(k, "").isalpha() and k != "FOR"} - (
                {"FOR"} if "RSQB" in kinds else set()
            )
            kinds -= {"FOR"} if "RPAR" in kinds else set()
        elif "$END" in kinds:
            kinds -= {k for k in kinds if fixed.get(k, "").isalpha()} | {"EQUAL", "END"}
    said += sorted(_SAID.get(k) or f"'{fixed[k]}'" for k in kinds if k in _SAID or k in fixed)
    if after:
        said.append("an operator")
    return listed(said)


def _unexpected(
    tables: Tables, states: list[int], word: Word, unclosed: list[Word], source: Source, words: list[Word]
) -> NetError:
    kinds = expected(tables, states)
    wanted = in_words(tables, kinds)
    opener = unclosed[-1] if unclosed else None
    if opener and (word.kind == "$END" or "\n" in source.text[opener.start : word.start]):
        return NetError(
            f"this '{opener.text}' is never closed",
            Span(opener.start, opener.end),
            hint=f"expected {wanted}",
            source=source,
        )
    if word.kind == "$END":
        last = words[-2] if len(words) > 1 else word
        return NetError(f"the sentence ends too early: expected {wanted}", Span(last.start, last.end), source=source)
    found = "the end of the statement" if word.kind == "END" else f"'{word.text[:40]}'"
    error = NetError(f"expected {wanted}, but found {found}", Span(word.start, word.end), source=source)
    arrow = "__ANON" in "".join(kinds) and any(tables.fixed.get(k) == "->" for k in kinds)
    starts = word.kind in ("NAME", "NUMBER", "WINDOW", "LPAR", "LSQB", "SUFFIXED", "TEXT")
    if source.text[word.start : word.start + 2] == "=>" or (
        word.text == ">" and source.text[: word.start].endswith("-")
    ):
        error.hint = "steps are joined by '->'"
    elif word.kind == "EQUAL":
        error.hint = "a comparison is written =="
    elif word.text in tables.fixed.values() and word.text.isalpha():
        error.hint = f"'{word.text}' is a word of the language and cannot be a name"
    elif starts and "COMMA" in kinds and arrow:
        error.hint = "put a comma between two arguments"
    elif starts and arrow:
        error.hint = "steps are joined by '->'"
    elif word.text in ")]}" and not any(w.text == "([{"[")]}".index(word.text)] for w in words if w.start < word.start):
        error.hint = f"nothing is open that '{word.text}' could close"
    return error
