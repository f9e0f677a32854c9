"""Words, code, widths and packages in LaTeX: all that comes from a user's text is escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.latex import GREEK, PLAIN, Notation, latex_lines, latex_text
from ..algebra.measure import TYPEWRITER
from ..errors import NetError

PAGE = 345.0  # points: the lines of LaTeX's article class at 10 pt
COLUMN = 229.5  # the same in two columns
POINTS = {"pt": 1.0, "bp": 72.27 / 72, "in": 72.27, "cm": 72.27 / 2.54, "mm": 7.227 / 2.54, "em": 10.0}
EM = 10  # hundredths of an em in a point
ANY = 10**9  # as wide as it is
MARGIN = 0.98  # of a width that is filled


ENVIRONMENTS = {
    "formula": ("align*", "align", "multline*", "multline", "plain"),
    "table": ("table", "table*", "longtable", "tabular", "body"),
}


class Style(NamedTuple):
    """How LaTeX is written: the width in points, symbols and numbers, the environment, and what stands with a table."""

    width: float = PAGE
    notation: Notation = PLAIN
    env: str = ""
    siunitx: bool = False
    note: bool | None = None
    caption: str | None = None
    label: str = ""
    size: str = ""
    thousands: str = "{,}"


_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}", "<": r"$<$", ">": r"$>$", "|": r"$|$", '"': "''", "·": r"$\cdot$", "×": r"$\times$",
    "−": "$-$", "–": r"\nobreak--\hspace{0pt}", "…": r"\dots{}",
    "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$",
    "→": r"$\rightarrow$", "≥": r"$\ge$", "≤": r"$\le$", "’": "'", "\u00a0": "~",
} | {c: rf"$^{n}$" for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {c: rf"$\{name}$" for c, name in GREEK.items()}  # fmt: skip
_TYPED = {"<": "<", ">": ">", "|": "|", '"': r"\char34{}", "-": "{-}"}  # a typewriter has these; -- is no dash there


def words(text: str) -> str:
    """A text as LaTeX sets it letter by letter."""
    return "".join(_TEXT.get(c, c) if (c.isascii() and c.isprintable()) or c in _TEXT else _unknown(c) for c in text)


def code(text: str, broken: bool = False) -> str:
    """A text of our language in typewriter; it may be broken behind commas and arrows if that is asked for."""
    out = "".join(
        _TYPED.get(c) or (_TEXT.get(c, c) if (c.isascii() and c.isprintable()) or c in _TEXT else _unknown(c))
        for c in text
    )
    if broken:
        out = re.sub(r"([,(]|\*|=)(?=\S)", r"\1\\allowbreak{}", out)
    return rf"\texttt{{{out}}}"


def code_lines(text: str, limit: int) -> list[str]:
    """A text of our language in lines in typewriter no wider than `limit`: at blanks, and in words too wide."""
    most = max(4, limit // TYPEWRITER)
    lines: list[str] = []
    for piece in text.split(" ") if len(text) > most else [text]:
        for part in (piece[i : i + most] for i in range(0, len(piece), most)) if len(piece) > most else (piece,):
            if lines and len(lines[-1]) + 1 + len(part) <= most:
                lines[-1] += f" {part}"
            else:
                lines.append(part)
    return lines


def _unknown(c: str) -> str:
    """A character that LaTeX's fonts may not have, by its number."""
    return "~" if c.isspace() else f"U+{ord(c):04X}"


def given_names(names: Mapping[str, str]) -> dict[str, str]:
    """LaTeX of the user's own for symbols; NetError for what is more than letters, scripts, accents and fonts."""
    for name, tex in names.items():
        commands = set(re.findall(r"\\(?:[A-Za-z]+|.)", tex))
        rest = re.sub(r"\\(?:[A-Za-z]+|.)", "", tex)
        level = 0
        for c in rest:
            level += (c == "{") - (c == "}")
            if level < 0:
                break
        plain = re.fullmatch(r"[A-Za-z0-9{}_^',.*+\- ]*", rest) and "^^" not in tex and tex.strip()
        if level or not plain or not commands <= _OWN:
            odd = sorted(commands - _OWN)
            raise NetError(
                f"'{tex}' is no symbol" + (f": {odd[0]} is not among what may stand in one" if odd else ""),
                hint=rf"write letters, scripts and fonts, such as {name}=d_{{\mathrm{{model}}}} or {name}=\hat{{n}}",
            )
    return dict(names)


_OWN = (
    {rf"\{name}" for name in GREEK.values()} | {rf"\{name.removeprefix('var')}" for name in GREEK.values()}
    | {rf"\{w}" for w in (
        "mathrm", "mathit", "mathbf", "mathsf", "mathtt", "mathcal", "mathbb", "hat", "bar", "tilde", "vec", "dot",
        "ddot", "overline", "underline", "widehat", "widetilde", "prime", "ell", "star", "ast", "dagger", "circ", ",",
    )}
)  # fmt: skip


# Packages

_NEEDS = {
    "amsmath": r"\\begin\{(align|multline|alignat)|\\(text|operatorname|allowdisplaybreaks|intertext)\b",
    "booktabs": r"\\(top|mid|bottom)rule\b",
    "longtable": r"\\begin\{longtable\}",
    "siunitx": r"\\num\{|S\[",
    "tikz": r"\\begin\{tikzpicture\}",
}


def packages(tex: str) -> list[str]:
    """The packages that a text of ours needs."""
    return [name for name, pattern in _NEEDS.items() if re.search(pattern, tex)]


def headed(tex: str) -> str:
    """A text of ours below a line that names the packages it needs."""
    return f"% packages: {', '.join(packages(tex)) or 'none'}\n{tex}\n"


def points(text: str) -> float:
    """A width as TeX writes it, 12cm or 240pt, or one of the words column and page; NetError for none."""
    named = {"page": PAGE, "column": COLUMN}
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", text)
    wide = named.get(text) or (float(found[1]) * POINTS.get(found[2], 0) if found else 0)
    if not 72 <= wide <= 5000:
        raise NetError(f"'{text}' is no width", hint="write one such as 240pt, 12cm, 5in, column or page; 1in at least")
    return wide


def ems(style: Style) -> int:
    """The width that is filled, in hundredths of an em."""
    return int(MARGIN * style.width * EM)


def factor(value: Any, order: Sequence[str], style: Style) -> str:
    """A size as a factor: in parentheses where it is a sum."""
    return latex_text(form(value, order), 1, style.notation)


def exact(value: Any, order: Sequence[str], style: Style, limit: int) -> list[str]:
    """A number with its thousands apart, or a formula or shape, in lines no wider than `limit` hundredths of an em."""
    notation = style.notation._replace(thousands=style.thousands) if isinstance(value, int) else style.notation
    return latex_lines(value, order, limit, notation)
