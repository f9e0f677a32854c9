"""A report as HTML for a notebook: a table that folds, without script and without anything from outside; its LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from html import escape
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.latex import latex
from ..algebra.spelling import unicode_text
from ..errors import NetError, printable
from ..questions.report import Entry, Report
from .text import CALL, _numbers, _shares, decimal_text, grouped, shape_text, size_text, table

ROWS = 1000  # of a table; most of them folded away
OPEN = 40  # rows that are seen at first, if groups can be folded so that no more are
LONG = 24  # characters of a shape or formula, beyond which it may go on in the next line
TYPESET = 240  # characters of a formula, beyond which it stays text: MathJax would set it in one line

# A formula stands there as text and as LaTeX. The LaTeX is hidden, and takes the text's place where the page typesets
# it (MathJax 2 and later, KaTeX): a page that does not, or that removes this style, as JupyterLab does from notebooks
# of others, shows the text. Until then the LaTeX has a place, so that it can be measured. The selectors are as long as
# JupyterLab's own, which would set every cell to the right; the variable is its stripes.
STYLE = """\
.paramula{overflow-x:auto;--jp-rendermime-table-row-background:transparent}
.paramula .t{border-collapse:collapse;table-layout:auto;margin:0 0 .6em;font-size:inherit}
.paramula .t tr,.paramula .t thead{border:0}
.paramula .t th,.paramula .t td{text-align:left;vertical-align:top;padding:.1em 1.2em .1em 0;border:0;\
white-space:nowrap}
.paramula .t .w{white-space:normal;min-width:12em;max-width:60em}
.paramula .t thead th{border-bottom:1px solid;padding-bottom:.2em}
.paramula .v{width:100%}
.paramula .v th{width:1%}
.paramula .t .w:has([class*=MathJax]){white-space:nowrap;max-width:none}
.paramula .c{font-family:monospace}
.paramula .t .n{text-align:right;font-variant-numeric:tabular-nums}
.paramula .d{opacity:.65}
.paramula .g{font-weight:bold;cursor:pointer}
.paramula .g input{appearance:none;width:1em;margin:0;font:inherit;cursor:pointer}
.paramula .g input::before{content:"▸"}
.paramula .g input:checked::before{content:"▾"}
.paramula .x{display:inline-block!important;position:absolute;width:0;height:0;overflow:hidden;visibility:hidden}
.paramula .f:has([class*=MathJax],.katex) .x{display:inline!important;position:static;visibility:visible}
.paramula .f:has([class*=MathJax],.katex) .u{display:none}
"""
RELATIONS = {"≥ ": r"\ge ", "≤ ": r"\le ", "": ""}  # those of a total's ends first, in their order
HIDDEN = 'class="x" hidden style="display:none"'
TYPESETS = str.maketrans({c: f"<span>{c}</span>" for c in "$\\"})  # no formula begins or ends across a tag


class Fold(NamedTuple):
    """A row and the groups around it; its own number where it is a group with rows below it, and whether it is open."""

    entry: Entry
    around: tuple[int, ...]
    number: int | None
    is_open: bool


def bundle(report: Report) -> dict[str, str]:
    """What a notebook chooses from to show a network, by the kind of text."""
    formulas = latex_totals(report)
    typeset = {"text/latex": formulas} if formulas else {}
    return {"text/html": html(report), **typeset, "text/plain": table(report)}


def html(report: Report) -> str:
    """A report as HTML: the rows, the totals, conditions, assumptions and conventions."""
    rows = folds(report.lines[:ROWS])
    closing = "".join(
        f".paramula .t:has(.h{it.number}:not(:checked)) .g{it.number}{{display:none}}\n"
        for it in rows if it.number is not None
    )  # fmt: skip
    left = len(report.lines) - ROWS
    more = [f'<div class="d">… {left:,} more rows</div>'] if left > 0 else []
    return _framed([*_table(report, rows), *more, *_totals(report)], closing)


def valued(said_: str, value: Any, order: Sequence[str], conditions: Sequence[str]) -> str:
    """The answer to a question: what was asked, what it is, and what must hold for it."""
    where = "".join(f'<div class="d">where <span class="c">{said(it)}</span></div>' for it in conditions)
    return _framed([f'<span class="c">{said(said_)}</span> = {formula(value, order)}{where}'])


def spelled(latex: str) -> str:
    """A formula's LaTeX to be copied, and below it the formula where the page typesets it."""
    typeset = f'<div class="f"><span {HIDDEN}>${escape(latex)}$</span></div>'
    return _framed([f'<div class="c">{said(latex)}</div>', typeset])


def said(text: str) -> str:
    """A text of the user's, or one that may hold it: as it stands, whatever it says to HTML, TeX or the eye."""
    return escape(printable(text)).translate(TYPESETS)


def formula(value: Any, order: Sequence[str], relation: str = "") -> str:
    """A size, or a shape, behind a relation: as text, and as LaTeX where there is something to typeset."""
    text = relation + size_text(value, tuple(order))
    if isinstance(value, (int, NetError)) or len(text) > TYPESET or not any(map(str.isalpha, text)):
        return said(text)
    typeset = f"<span {HIDDEN}>${RELATIONS[relation]}{escape(tex(value, order))}$</span>"
    return f'<span class="f"><span class="u">{said(text)}</span>{typeset}</span>'


def tex(value: Any, order: Sequence[str]) -> str:
    """A size, or a shape, in LaTeX: thousands apart, and a fraction with its decimals."""
    if isinstance(value, tuple):
        return rf"\left({', '.join(tex(v, order) for v in value)}\right)"
    if isinstance(value, int):
        return grouped(value).replace(",", "{,}")
    about = decimal_text(value).replace(",", "{,}") if isinstance(value, Fraction) else ""
    return latex(value, order) + (rf" \approx {about}" if about else "")


def latex_totals(report: Report) -> str:
    """The totals in LaTeX, as equations below each other; empty where no quantity has an answer."""
    lines = []
    for name, value in report.totals.items():
        if isinstance(value, NetError):
            continue
        word = name.replace("_", r"\_")
        ends = zip(RELATIONS.values(), report.ends.get(name, ()), strict=False)
        lines.append(rf"\text{{{word}}} &= {tex(value, report.order)}")
        lines += [f"&{sign}{tex(end, report.order)}" for sign, end in ends]
    body = " \\\\\n".join(lines)
    return f"$\\displaystyle \\begin{{aligned}}\n{body}\n\\end{{aligned}}$" if lines else ""


def folds(entries: Sequence[Entry]) -> list[Fold]:
    """The rows with the groups around them, opened as deep as leaves few enough rows to be seen at once."""
    levels = [entry.level for entry in entries]
    depth = max((d for d in range(max(levels, default=0) + 1) if sum(x <= d for x in levels) <= OPEN), default=0)
    around: list[int] = []  # the group at each level above
    rows: list[Fold] = []
    count = 0
    for entry, below in zip(entries, [*levels[1:], 0], strict=True):
        del around[entry.level :]
        number = count if below > entry.level else None
        rows.append(Fold(entry, tuple(around), number, entry.level < depth))
        if number is not None:
            around.append(count)
            count += 1
    return rows


def _framed(inside: Sequence[str], style: str = "") -> str:
    """HTML with the style that it needs; what is left to right stays so, whatever stands in it."""
    return "\n".join([f'<div class="paramula" dir="ltr"><style>\n{STYLE}{style}</style>', *inside, "</div>"])


def _table(report: Report, rows: Sequence[Fold]) -> list[str]:
    names = [name for name in report.columns if name != "shape"]
    right = [_numbers(report, name) for name in names]
    shares = _shares(report)
    heads = [_cell("layer", tag="th"), _cell("output", tag="th")]
    heads += [_cell(name, "n" if number else "", "th") for name, number in zip(names, right, strict=True)]
    heads += [_cell("share", "n", "th")] if shares else []
    empty = [_cell("")] * (len(heads) - 2)
    inputs = [
        _row([_cell("\u2003input", "c d"), _words(shape_text(shape, report.order)), *empty]) for shape in report.inputs
    ]
    body = [_row(_cells(it, report, right, shares), it.around) for it in rows]
    return ['<table class="t"><thead>', _row(heads), "</thead><tbody>", *inputs, *body, "</tbody></table>"]


def _cells(row: Fold, report: Report, right: Sequence[bool], shares: Callable[[Entry], str] | None) -> list[str]:
    entry, order = row.entry, report.order
    dim = " d" if entry.group else ""
    values = [value for name, value in zip(report.columns, entry.values, strict=True) if name != "shape"]
    numbers = [
        _words("" if value is None else size_text(value, order), ("n" if number else "") + (dim or _zero(value)))
        for value, number in zip(values, right, strict=True)
    ]
    share = [_cell(shares(entry), "n d")] if shares else []
    return [_cell(_name(row, order), "c"), _words(shape_text(entry.shape, order), dim), *numbers, *share]


def _zero(value: Any) -> str:
    return " d" if isinstance(value, int) and value == 0 else ""


def _words(text: str, style: str = "") -> str:
    """A cell that is folded where it is long."""
    return _cell(said(text), style + (" w" if len(text) > LONG else ""))


def _name(row: Fold, order: Sequence[str]) -> str:
    """A row's call behind its indent, with what there is to say of it."""
    entry = row.entry
    call = entry.call if len(entry.call) <= CALL else entry.call[: CALL - 1] + "…"
    name = said(("· " if entry.branch else "") + call)
    if call != entry.call:
        name = f'<span title="{escape(printable(entry.call))}">{name}</span>'
    if row.number is not None:
        checked = " checked" if row.is_open else ""
        name = f'<label class="g"><input type="checkbox" class="h{row.number}"{checked}>{name}</label>'
    else:
        name = "\u2003" + (f"<b>{name}</b>" if entry.group else name)
    notes = [said(entry.note)] if entry.note else []
    notes += [f"×{said(unicode_text(form(entry.times, order), 1))}"] if entry.times != 1 else []
    notes += ["shared"] if entry.shared else []
    return "\u2003" * entry.level + name + "".join(f"\u2002<i>{note}</i>" for note in notes)


def _totals(report: Report) -> list[str]:
    lines = []
    for name, value in report.totals.items():
        ends = [
            formula(end, report.order, sign) for sign, end in zip(RELATIONS, report.ends.get(name, ()), strict=False)
        ]
        lines.append((name, [formula(value, report.order), *ends], ""))
    lines.append(("conditions", list(map(said, report.conditions)), "c"))
    lines.append(("assumed", list(map(said, report.assumptions)), ""))
    rows = [
        _row([_cell(name, tag="th"), _cell("<br>".join(items), f"{style} w")]) for name, items, style in lines if items
    ]  # fmt: skip
    counted = "".join(f"<div>{said(f'{name}: {text}')}</div>" for name, text in report.conventions.items())
    return [
        '<table class="t v"><tbody>',
        *rows,
        "</tbody></table>",
        f'<details class="d"><summary>conventions</summary>{counted}</details>',
    ]


def _row(cells: Sequence[str], around: Sequence[int] = ()) -> str:
    inside = f' class="{" ".join(f"g{n}" for n in around)}"' if around else ""
    return f"<tr{inside}>{''.join(cells)}</tr>"


def _cell(inner: str, style: str = "", tag: str = "td") -> str:
    """A cell of HTML that is safe already."""
    style = f' class="{style.strip()}"' if style.strip() else ""
    style += ' style="text-align:left"' if style.startswith(' class="c') else ""  # an indent, even without the style
    return f"<{tag}{style}>{inner}</{tag}>"
