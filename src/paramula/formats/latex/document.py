"""Macros for the numbers that a paper quotes, and a whole document for a network or a family."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...algebra.latex import latex, number
from ...algebra.spelling import nearest
from ...engine.model import Model
from ...errors import NetError
from ...layers.words import QUANTITIES
from ...papers.tables.grid import UNNAMED
from ..text import plain
from .words import Style, packages, words

DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
SHORT = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def macro(text: str) -> str:
    """The name of a macro: letters only, each word with a capital, digits as words."""
    parts = re.findall(r"[A-Za-z]+|[0-9]", text)
    return "".join(DIGITS[int(part)] if part.isdigit() else part[0].upper() + part[1:] for part in parts)


def macros(nets: Mapping[str, Model], wanted: Sequence[str], style: Style) -> str:
    """A command for each quantity of each network, exact, and short where it is a large number: 25.6M."""
    lines = []
    defined: dict[str, str] = {}
    for name, net in nets.items():
        prefix = macro(name)
        if not prefix or name == UNNAMED:
            raise NetError(f"'{name}' makes no name for macros", hint="--names gives one: --names ours")
        for quantity in wanted:
            command = prefix + macro(quantity)
            try:
                value = net.quantity(quantity)
            except NetError as error:
                lines.append(f"% {command}: {plain(error.message)}")
                continue
            text = number(value, style.thousands) if isinstance(value, int) else latex(value, net.order, style.notation)
            forms = {command: text}
            if isinstance(value, int) and value >= 1000:
                forms[f"{command}Short"] = short(value)
            for one, said in forms.items():
                if defined.setdefault(one, name) != name:
                    raise NetError(f"'{defined[one]}' and '{name}' both make \\{one}", hint="--names gives other names")
                lines.append(rf"\newcommand{{\{one}}}{{\ensuremath{{{said}}}}}")
    return "\n".join([*lines, *(f"% {quantity}: {plain(QUANTITIES[quantity].convention)}" for quantity in wanted)])


def short(value: int) -> str:
    r"""A whole number with three digits and its unit: 25.6\,\mathrm{M}."""
    factor, unit = next((f, u) for f, u in SHORT if value >= f)
    places = next((p for p in (2, 1, 0) if nearest(value * 10**p, factor) < 1000), 0)
    scaled = nearest(value * 10**places, factor)
    if scaled >= 1000 and factor < SHORT[0][0]:  # 999,950 is 1.00M
        factor, unit = SHORT[[f for f, _ in SHORT].index(factor) - 1]
        places, scaled = 2, nearest(value * 100, factor)
    text = str(scaled).zfill(places + 1)
    digits = f"{text[:-places]}.{text[-places:]}" if places else number(scaled)
    return rf"{digits}\,\mathrm{{{unit}}}"


def document(title: str, sections: Mapping[str, str], style: Style) -> str:
    """A document that compiles by itself: a title and a section for each text."""
    body = "\n\n".join(f"\\section*{{{words(head)}}}\n{text}" for head, text in sections.items() if text)
    needed = "\n".join(rf"\usepackage{{{name}}}" for name in packages(body))
    return "\n".join(
        [
            "% compiles with pdflatex, twice for the widths of long tables",
            r"\documentclass[10pt]{article}",
            rf"\usepackage[a4paper,textwidth={style.width:g}pt,textheight=690pt]{{geometry}}",
            needed,
            rf"\title{{{words(title)}}}",
            r"\author{}",
            r"\date{}",
            r"\begin{document}",
            r"\maketitle",
            body,
            r"\end{document}",
        ]
    )
