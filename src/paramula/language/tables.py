"""The parser's tables, made from the grammar by Lark: when the wheel is built, or on first use in a checkout.

Lark compiles the grammar; paramula drives the tables itself (`parser.py`), because importing Lark and building the
tables would take longer than everything else that answers a one-liner (measured in docs/design.md).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
GRAMMAR = (HERE.parent / "grammar" / "paramula.lark", HERE.parents[2] / "grammar" / "paramula.lark")


class Rule(NamedTuple):
    """One way to build a phrase: `size` parts, of which `keep` lists (position, whether it is spliced in)."""

    origin: str
    size: int
    keep: tuple[tuple[int, bool], ...]
    build: str  # the name of the node, or "" where a lone part stands for itself or a list is passed on
    unit: bool  # a lone part stands for itself


class Tables(NamedTuple):
    """LALR(1) tables. An action is a state to go to, or `~r` to reduce by rule r."""

    words: dict[str, str]  # terminal -> regular expression, in the order in which they are tried
    fixed: dict[str, str]  # terminal -> its one spelling
    rules: list[Rule]
    actions: list[dict[str, int]]
    start: int
    accept: int


def load() -> Tables:
    """The tables that came with the wheel, else those of the checkout's grammar."""
    try:
        data: Any = import_module("paramula.language._tables").DATA
    except ModuleNotFoundError:
        data = compiled(next(path for path in GRAMMAR if path.exists()).read_text("utf-8"))
    words, fixed, rules, actions, start, accept = data
    return Tables(words, fixed, [Rule(*r) for r in rules], actions, start, accept)


def compiled(grammar: str) -> tuple[Any, ...]:
    """The tables of a grammar, as plain literals that can be written to a file."""
    from lark import Lark
    from lark.grammar import NonTerminal

    lark: Any = Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False, strict=False)
    table = lark.parser.parser._parse_table
    number = {rule: i for i, rule in enumerate(lark.rules)}
    rules = []
    for rule in lark.rules:
        keep = tuple(
            (i, isinstance(part, NonTerminal) and part.name.startswith("_"))
            for i, part in enumerate(rule.expansion)
            if isinstance(part, NonTerminal) or not part.filter_out
        )
        name = str(rule.origin.name)
        build = "" if name.startswith("_") else str(rule.alias or name)
        unit = bool(rule.options.expand1) and not rule.alias and len(rule.expansion) == 1 and not keep[0][1]
        rules.append((name, len(rule.expansion), keep, build, unit))
    places = _numbered(table)
    actions: list[dict[str, int]] = [{} for _ in places]
    for state, row in table.states.items():
        for word, (kind, target) in sorted(row.items()):
            actions[places[state]][str(word)] = places[target] if kind.name == "Shift" else ~number[target]
    terminals = sorted(
        (t for t in lark.terminals if t.name not in lark.ignore_tokens),
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    words = {str(t.name): t.pattern.to_regexp() for t in terminals}
    fixed = {str(t.name): t.pattern.value for t in terminals if t.pattern.type == "str"}
    return words, fixed, rules, actions, places[table.start_states["start"]], places[table.end_states["start"]]


def _numbered(table: Any) -> dict[int, int]:
    """The states numbered as they are met from the start, so that the same grammar gives the same bytes."""
    places: dict[int, int] = {}
    waiting = [table.start_states["start"]]
    while waiting:
        state = waiting.pop()
        if state not in places:
            places[state] = len(places)
            row = table.states[state]
            waiting += [row[word][1] for word in sorted(row, reverse=True) if row[word][0].name == "Shift"]
    return places
