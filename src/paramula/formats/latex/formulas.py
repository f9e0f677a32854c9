"""Quantities as displayed equations, and what must be said with them: conditions, assumptions, conventions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...algebra.condition import Condition
from ...algebra.latex import PLAIN, Notation, latex, latex_lines, symbol
from ...algebra.measure import width
from ...algebra.poly import Size
from ...engine.model import Model
from ...errors import NetError
from ...layers.words import QUANTITIES
from ...papers.tables.grid import heading
from .words import EM, Style, code, ems, exact, words

PAGE_LINES = 25  # that need not be broken over pages
LOOSE = 50  # hundredths of an em that a line may be wider than was estimated: it is less


def name(quantity: str) -> str:
    """A quantity on the left of an equation."""
    return rf"\mathrm{{{quantity.replace('_', chr(92) + ' ')}}}"


def formula(net: Model, wanted: Sequence[str], style: Style) -> str:
    """Quantities as displayed equations; an explicit sum with its closed bounds below it."""
    order = net.order
    rows: list[tuple[str, str, list[str]]] = []
    lead = max(width(name(quantity)) for quantity in wanted) + 240
    limit = ems(style) - lead
    for quantity in wanted:
        value = net.quantity(quantity)
        if value == ():
            raise NetError(f"{quantity} has nothing to say: no axis of places comes in")
        rows.append((name(quantity), "=", exact(value, order, style, limit)))
        ends = net.ends(quantity)
        for relation, end in zip((r"\ge", r"\le"), ends or (), strict=False):
            rows.append(("", relation, exact(end, order, style, limit)))
    widest = max(width(line) for _, _, lines in rows for line in lines)
    if widest > limit + LOOSE and style.env != "plain":
        raise NetError(f"a line of the formula takes {(widest + lead) / EM:.0f} pt", hint="ask for more width")
    return over_pages(_equations(rows, style.env or "align*"), sum(len(lines) for _, _, lines in rows))


def _equations(rows: Sequence[tuple[str, str, list[str]]], env: str) -> str:
    """Equations in an environment, or (plain) what stands between dollars."""
    if env == "plain":
        return "\n".join(" ".join(part for part in (left, relation, *lines) if part) for left, relation, lines in rows)
    if env.startswith("multline"):
        return "\n".join(
            displayed(env, [f"{left or '{}'} {relation} {lines[0]}", *lines[1:]]) for left, relation, lines in rows
        )
    out = []
    for left, relation, lines in rows:
        out.append(f"{left} &{relation} {lines[0]}")
        out += [rf"&\quad {line}" for line in lines[1:]]
        if env == "align" and len(lines) > 1:  # one number for one equation
            for n in range(1, len(lines)):
                out[-n] += r" \notag"
    return displayed(env, out)


def over_pages(text: str, lines: int) -> str:
    """Displays of many lines, which may go on over pages."""
    return f"\\begingroup\\allowdisplaybreaks\n{text}\n\\endgroup" if lines > PAGE_LINES else text


def displayed(env: str, lines: Sequence[str], more: str = "") -> str:
    """Lines of mathematics in an environment."""
    inside = (f"  {line}" for line in " \\\\\n".join(lines).split("\n"))
    return "\n".join([rf"\begin{{{env}}}{more}", *inside, rf"\end{{{env}}}"])


# Notes


def condition(it: Condition, notation: Notation = PLAIN) -> str:
    r"""A condition in words with formulas: $H \ge 17$, $h \mid d$."""

    def said(size: Size) -> str:
        return latex(size, (), notation)

    if it.modulus:
        parts = [rf"{said(it.modulus)} \mid {said(it.left)}"]
        if it.right != 0:
            parts = [rf"{said(it.left)} \equiv {said(it.right)} \pmod{{{said(it.modulus)}}}"]
    else:
        relation = {">=": r"\ge", "<=": r"\le", "==": "="}[it.relation]
        parts = [f"{said(it.left)} {relation} {said(it.right)}"]
    parts += [rf"{notation.names.get(i.name) or symbol(i.name)} = {said(a)}, \dots, {said(b)}" for i, a, b in it.over]
    return " for ".join(f"${part}$" for part in parts)


def note(
    nets: Mapping[str, Model],
    quantities: Iterable[str],
    style: Style,
    remarks: Sequence[Any] = (),
    order: Sequence[str] = (),
) -> str:
    """What must be said with a table: conditions, assumptions, how the quantities are counted, remarks."""
    sentences = []
    held: dict[str, list[str]] = {}  # what holds, and for which networks
    for named, net in nets.items():
        told = ", ".join(condition(it, style.notation) for it in net.conditions)
        held.setdefault(told, []).append(code(named, broken=True))
    for told, names in held.items():
        if told:
            sentences.append(f"{', '.join(names)}: holds for {told}." if len(held) > 1 else f"Holds for {told}.")
    assumed = list(dict.fromkeys(said for net in nets.values() for said in net.assumptions))
    if assumed:
        sentences.append(f"Assumed: {'; '.join(_prose(said) for said in assumed)}.")
    for remark in remarks:
        if isinstance(remark, str):
            sentences.append(words(remark))
        else:
            of, value = remark
            lines = " ".join(f"${line}$" for line in latex_lines(value, order, ems(style), style.notation))
            sentences.append(f"{words(of[0].upper() + of[1:])}: {lines}.")
    for quantity in dict.fromkeys(quantities):
        if quantity in QUANTITIES:
            head = heading(quantity)
            sentences.append(f"{words(head[0].upper() + head[1:])}: {_prose(QUANTITIES[quantity].convention)}.")
    return " ".join(sentences)


def _prose(text: str) -> str:
    """A sentence about a network, which may be broken where it quotes one."""
    return re.sub(r"(?<=\S)([,(]|\\_|\$\\cdot\$)(?=\S)", r"\1\\hspace{0pt}", words(text))
