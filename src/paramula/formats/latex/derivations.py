"""Derivations: a line for each layer, general formula = with its numbers = result, and the total as their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...algebra.forms import form
from ...algebra.latex import Notation, filled, latex_lines, symbol
from ...algebra.measure import width
from ...algebra.spelling import Form, num
from ...questions.explain import Derived, Explained
from .formulas import displayed, name, over_pages
from .words import ANY, Style, code, code_lines, ems, exact, factor

# The letters of the catalogue by the names of papers: what comes in, what goes out.
IN_OUT = {
    "c": r"C_{\mathrm{in}}", "h": r"H_{\mathrm{in}}", "w": r"W_{\mathrm{in}}", "x": r"D_{\mathrm{in}}", "t": "T",
    "n": r"N_{\mathrm{in}}", "f": r"C_{\mathrm{out}}", "u": r"N_{\mathrm{out}}", "k": "K", "s": "S", "p": "P", "d": "D",
    "g": "G", "k1": "K_{1}", "k2": "K_{2}", "k3": "K_{3}", "heads": r"N_{\mathrm{heads}}", "kv": r"N_{\mathrm{kv}}",
    "dim": r"D_{\mathrm{head}}", "V": r"N_{\mathrm{words}}", "multiplier": "M",
}  # fmt: skip


MACROS = 950  # expanded in one display


class _Row(NamedTuple):
    """A layer's part: its call, the counts of the repeats around it, the derivation."""

    call: str
    counts: str
    one: Derived


def derivation(told: Explained, style: Style, letters: Mapping[str, str]) -> str:
    """The derivation of a quantity, its letters as `letters` say; below each other where lines would be too wide."""
    general = style.notation._replace(names=letters)
    rows = [
        _Row(" ".join(step.label.split()), _counts(one, told.order, style), one)
        for step in told.steps
        for one in step.derived
        if one.of == told.quantity
    ]
    wide = ems(style)
    cells = [_cells(row, told, style, general) for row in rows]
    if sum(max(map(width, column)) + 200 for column in zip(*cells, strict=True)) <= wide + 200:
        lines = [
            rf"&{call}\quad &&{letters}\; &&{'= ' * bool(put_in)}{put_in}\; &&= {result}"
            for call, letters, put_in, result in cells
        ]
        env, more = "alignat*", "{4}"
    else:
        lines = [f"&{line}" for row in rows for line in _stacked(row, told, style, general, wide)]
        env, more = "align*", ""
    total = _total(told, style, wide)
    text = "\n".join([*_displays(env, lines, more), *_displays("align*", total)])
    return over_pages(text, len(lines) + len(total))


def _displays(env: str, lines: Sequence[str], more: str = "") -> list[str]:
    """Lines in a display, or in as few as KaTeX needs: it expands no more than a thousand macros in one."""
    blocks: list[list[str]] = [[]]
    expanded = 0
    for line in lines:
        macros = 3 * line.count(r"\,") + 3 * line.count(r"\;") + line.count(r"\quad")
        if expanded + macros > MACROS:
            blocks.append([])
            expanded = 0
        blocks[-1].append(line)
        expanded += macros
    return [displayed(env, block, more) for block in blocks if block]


def _total(told: Explained, style: Style, wide: int) -> list[str]:
    """The quantity as the sum of its layers' parts."""
    room = wide - width(name(told.quantity)) - 240
    pieces: list[str] = []
    for many, value in told.terms:
        if many == 1:
            lines = exact(value, told.order, style, room)
        elif isinstance(value, int):
            lines = [rf"{many} \cdot {part}" for part in exact(value, told.order, style, room - 300)]
        else:
            lines = latex_lines(Form("mul", (num(many), form(value, told.order))), (), room, style.notation)
        pieces += [f"+ {lines[0]}" if pieces else lines[0], *lines[1:]]
    whole = exact(told.total, told.order, style, room)
    sums = filled(pieces or ["0"], room)
    out = [f"{name(told.quantity)} &= {sums[0]}", *(rf"&\quad {line}" for line in sums[1:])]
    if " ".join(sums) != " ".join(whole):
        out += [f"&= {whole[0]}", *(rf"&\quad {line}" for line in whole[1:])]
    return out


def _counts(one: Derived, order: Sequence[str], style: Style) -> str:
    """How often a result counts, and for which values of an index."""
    said = "" if one.times == 1 else rf"\;\times\,{factor(one.times, order, style)}"
    for index, low, high in one.over:
        ends = (factor(end, order, style) for end in (low, high))
        said += rf"\;({symbol(index.name)} = " + r", \dots, ".join(ends) + ")"
    return said


def _cells(row: _Row, told: Explained, style: Style, general: Notation) -> tuple[str, str, str, str]:
    """A derivation in one line: call, general formula, with numbers (empty where that is the result), result."""
    parts = [" ".join(lines) for lines in _parts(row, told, style, general, ANY)]
    letters = parts[0] if len(parts) > 1 else ""
    return code(row.call) + row.counts, letters, parts[1] if len(parts) > 2 else "", parts[-1]


def _parts(row: _Row, told: Explained, style: Style, general: Notation, limit: int) -> list[list[str]]:
    """General formula, with numbers, result, each in lines; what says the same as the one before is left out."""
    one = row.one
    if one.general is None or one.put_in is None:
        return (
            [[r"\text{counted before}"], ["0"]] if one.counted_before else [exact(one.result, told.order, style, limit)]
        )
    parts = [
        latex_lines(one.general, (), limit, general),
        latex_lines(one.put_in, (), limit, style.notation._replace(dots=True)),
        exact(one.result, told.order, style, limit),
    ]
    return [parts[0], *([parts[1]] if parts[1] not in (parts[0], parts[2]) else []), parts[2]]


def _stacked(row: _Row, told: Explained, style: Style, general: Notation, wide: int) -> list[str]:
    """A derivation below its call, in as many lines as it takes."""
    call = [code(line) for line in code_lines(row.call, wide - width(row.counts))]
    first, *others = _parts(row, told, style, general, wide - 300)
    pieces = [*first, *(piece for lines in others for piece in (f"= {lines[0]}", *lines[1:]))]
    return [*call[:-1], call[-1] + row.counts, *(rf"\quad {line}" for line in filled(pieces, wide - 150))]
