"""Words, code, widths and packages in LaTeX: all that comes from a user's text is escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

from ...algebra.forms import form
from ...algebra.latex import GREEK, LATIN, PLAIN, Notation, latex_lines, latex_text
from ...algebra.measure import SCRIPT, TYPEWRITER
from ...errors import NetError, named

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
    script: int = SCRIPT  # of the print that a table is tried in


_TEXT = {
    "\\": r"$\backslash$", "{": r"$\{$", "}": r"$\}$", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}", "<": r"$<$", ">": r"$>$", "|": r"$|$", '"': "''", "·": r"$\cdot$", "×": r"$\times$",
    "−": "$-$", "–": r"\nobreak--\hspace{0pt}", "…": r"\dots{}", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$", "⌉": r"$\rceil$", "→": r"$\rightarrow$", "≥": r"$\ge$", "≤": r"$\le$", "≠": r"$\neq$",
    "≈": r"$\approx$", "∞": r"$\infty$", "±": r"$\pm$", "µ": r"$\mu$", "÷": r"$\div$", "°": r"$^{\circ}$",
    "‖": r"$\Vert$", "↑": r"$\uparrow$",
    "’": "'", "‘": "`", "“": "``", "”": "''", "„": ",,", "—": "---", "\u00a0": "~", "§": r"\S{}", "ß": r"\ss{}",
    "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}", "ł": r"\l{}", "Ł": r"\L{}",
} | {c: rf"$\{name}$" for c, name in GREEK.items()}  # fmt: skip
for _mark, _digits in (("^", "⁰¹²³⁴⁵⁶⁷⁸⁹"), ("_", "₀₁₂₃₄₅₆₇₈₉")):
    _TEXT |= {c: f"${_mark}{n}$" for n, c in enumerate(_digits)}
# A typewriter has signs of its own, and two dashes make no longer one.
_TYPED = {c: c for c in "<>|"} | {c: rf"\char{ord(c)}{{}}" for c in '\\{}"'} | {"-": "{-}"}


def words(text: str) -> str:
    """A text as LaTeX sets it."""
    return "".join(map(_character, text))


def _character(c: str) -> str:
    """A character of a text, a letter with an accent as LaTeX composes it."""
    if c in _TEXT or (c.isascii() and c.isprintable()):
        return _TEXT.get(c, c)
    base, marks = normalize("NFD", c.translate(LATIN))[:1], normalize("NFD", c)[1:]
    if base.isascii() and base.isalpha() and (marks in _MARKS or not marks):
        return rf"\{_MARKS[marks]}{{{base}}}" if marks else base
    return " " if c.isspace() else f"U+{ord(c):04X}"


_MARKS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k",
}  # fmt: skip


def code(text: str, broken: bool = False) -> str:
    """A text of our language in typewriter; it may be broken behind commas and arrows if that is asked for."""
    out = "".join(_TYPED.get(c) or _character(c) for c in text)
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


def given_names(names: Mapping[str, str]) -> dict[str, str]:
    """LaTeX of the user's own for symbols; NetError for what is more than one letter with accents and scripts."""
    for name, tex in names.items():
        if not _SYMBOL.fullmatch(tex):
            hint = rf"write a letter, font or accent with scripts: {name}=d_{{\mathrm{{model}}}}, {name}=\hat{{n}}"
            raise NetError(f"'{tex}' is no symbol", hint=hint)
    return dict(names)


def _symbols() -> re.Pattern[str]:
    """One letter, Greek or in a font, with an accent or none, and at most one script below and one above."""
    greek = "|".join(sorted({*GREEK.values(), *(name.removeprefix("var") for name in GREEK.values()), "ell"}))
    named = rf"\\(?:{greek})(?![A-Za-z])"
    font = r"\\(?:mathrm|mathit|mathbf|mathsf|mathtt|mathcal|mathbb)\{[A-Za-z0-9]+\}"
    letter = rf"(?:[A-Za-z]|{named}|{font})"
    accent = rf"\\(?:hat|bar|tilde|vec|dot|ddot|overline|underline|widehat|widetilde)\{{(?:{letter})+\}}"
    mark = r"\\(?:prime|star|ast|dagger|circ)(?![A-Za-z])"
    script = rf"(?:[A-Za-z0-9*+-]|{named}|\{{(?:[A-Za-z0-9,.*+ -]|{named}|{font}|{mark})+\}})"
    scripts = rf"(?:'{{0,3}}(?:_{script})?|(?:_{script})?\^{script}|\^{script}_{script})"
    return re.compile(rf"(?:{letter}|{accent}){scripts}")


_SYMBOL = _symbols()


# Packages

_NEEDS = {
    "geometry": r"\{geometry\}",
    "amssymb": r"\\mathbb\b",
    "amsmath": r"\\begin\{(align|multline|alignat)|\\(text|operatorname|allowdisplaybreaks|intertext)\b",
    "booktabs": r"\\(top|mid|bottom)rule\b",
    "longtable": r"\\begin\{longtable\}",
    "siunitx": r"\bS\[table-format",
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
    if not 120 <= wide <= 5000:
        raise NetError(
            f"'{text}' is no width", hint="write one such as 240pt, 12cm, 5in, column or page; 120pt at least"
        )
    return wide


def length(value: Any, what: str = "width", such: str = "240pt, 12cm, 5in, column or page; 120pt at least") -> float:
    """A width or height of Python's, as LaTeX writes it or in points; NetError for none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise NetError(f"{named(value)} is no {what}", hint=f"write one such as {such}")
    try:
        return points(value if isinstance(value, str) else f"{float(value)}pt")
    except OverflowError:
        raise NetError(f"{named(value)} is no {what}", hint=f"write one such as {such}") from None
    except NetError as error:
        raise NetError(error.message.replace("width", what), hint=error.hint) from None


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
