"""From the form of a size to LaTeX, in one line or broken at a width. Knows no network, and not SymPy.

All of it is in the subset that LaTeX with amsmath, MathJax and KaTeX share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .forms import form
from .measure import width
from .spelling import Form, apart, digits, num

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SPELLED = {it.removeprefix("var"): it for it in reversed(GREEK.values()) if it != "varsigma"}  # alpha is α
LATIN = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo")  # Greek letters that LaTeX has only as these


class Notation(NamedTuple):
    """How symbols and numbers are written: LaTeX of the user's own for some names, what parts thousands, and whether
    a dot stands between all factors."""

    names: Mapping[str, str] = {}
    thousands: str = ""
    dots: bool = False


PLAIN = Notation()

# How tightly a form binds: 0 a sum, 1 a product, 2 the base of a power.
_LEVEL = {"add": 0, "neg": 0, "sum": 0, "mul": 1, "div": 1, "pow": 2, "floor": 2, "ceil": 2}
_ROUND = {"floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil")}
_DIGITS = 24  # of a number that stays in one line
LEAST = 200  # hundredths of an em, below which nothing is broken further
_WORDS = {"min": r"\min", "max": r"\max", "gcd": r"\gcd"}


def latex(value: Any, order: Sequence[str] = (), notation: Notation = PLAIN) -> str:
    r"""A size, or a shape, in LaTeX: 9\,f^{2} + f, \left(\left\lfloor \frac{H}{2} \right\rfloor, 64\right)."""
    if isinstance(value, tuple):
        return _enclosed(", ".join(latex(v, order, notation) for v in value))
    return latex_text(form(value, order), notation=notation)


def latex_text(f: Form, level: int = 0, notation: Notation = PLAIN) -> str:
    """The form in LaTeX, in parentheses where its surroundings bind more tightly than it does."""
    shown = _text(f, notation)
    return _enclosed(shown) if _loose(f, level) else shown


def latex_lines(value: Any, order: Sequence[str], limit: int, notation: Notation = PLAIN) -> list[str]:
    """A size, a shape or a form in LaTeX, in lines of which none is wider than `limit` hundredths of an em."""
    if isinstance(value, tuple) and not isinstance(value, Form):
        parts = [
            latex_lines(v, order, limit, notation)
            if isinstance(v, tuple) and not isinstance(v, Form)
            else _broken(v if isinstance(v, Form) else form(v, order), 0, limit, notation)
            for v in value
        ]
        for before in parts[:-1]:
            before[-1] += ","
        pieces = [piece for part in parts for piece in part] or [""]
        one = _enclosed(" ".join(pieces))
        if width(one) <= limit:
            return [one]
        pieces[0], pieces[-1] = rf"\bigl({pieces[0]}", rf"{pieces[-1]}\bigr)"
        return filled(pieces, limit)
    f = value if isinstance(value, Form) else form(value, order)
    return filled(_broken(f, 0, limit, notation), limit)


def _enclosed(text: str) -> str:
    """In parentheses, which grow with what is high."""
    return rf"\left({text}\right)" if _HIGH.search(text) else f"({text})"


_HIGH = re.compile(r"\\(frac|sum|sqrt|left)\b|\^\{\S*\^")


def number(n: int, thousands: str = "{,}") -> str:
    r"""A whole number, its thousands apart: 25{,}557{,}032."""
    return apart(digits(n), thousands)


def symbol(name: str) -> str:
    r"""A name in LaTeX, one for each name: f, d_{\mathrm{in}}, \alpha, \mathit{heads}; the same for alpha and α."""
    first, *rest = name.split("_")
    if not first or not all(rest):  # _x, a__b: no subscripts
        return rf"\mathit{{{_letters(name)}}}"
    base = _word(first, "mathit")
    below = ",".join(part if part.isdigit() else _word(part, "mathrm") for part in rest)
    return f"{base}_{{{below}}}" if below else base


def _word(word: str, style: str) -> str:
    """A word without underscores: a letter as it is, a Greek one by its name, more letters upright or as a word."""
    if word in GREEK:
        return rf"\{GREEK[word]}"
    if word in SPELLED:
        return rf"\{SPELLED[word]}"
    return word if len(word) == 1 and word.isascii() else rf"\{style}{{{_letters(word)}}}"


def _letters(word: str) -> str:
    """The letters of a word, for a font that has no Greek."""
    out = "".join(r"\_" if c == "_" else rf"\{GREEK[c]} " if c in GREEK else c.translate(LATIN) for c in word)
    return re.sub(r" $", "", out)


def _loose(f: Form, level: int) -> bool:
    """Whether a form binds less tightly than its surroundings."""
    return _LEVEL.get(f.kind, 3) < level and f.kind != "num"


def _text(f: Form, notation: Notation) -> str:
    def said(inner: Form) -> str:
        return _text(inner, notation)

    match f.kind:
        case "num":
            return number(f.parts[0], notation.thousands) if notation.thousands else digits(f.parts[0])
        case "sym":
            return notation.names.get(f.parts[0]) or symbol(f.parts[0])
        case "neg":
            return "-" + latex_text(f.parts[0], 1, notation)
        case "add":
            return " ".join(_signed(f.parts, notation))
        case "mul":
            factors = [latex_text(part, 1, notation) for part in f.parts]
            return r" \cdot ".join(factors) if notation.dots else _side_by_side(factors)
        case "div":
            return rf"\frac{{{said(f.parts[0])}}}{{{said(f.parts[1])}}}"
        case "pow":
            return f"{_base(f.parts[0], notation)}^{{{said(f.parts[1])}}}"
        case "floor" | "ceil":
            above, below = f.parts
            opens, closes = _ROUND[f.kind]
            return rf"\left{opens} {said(above if below == num(1) else Form('div', f.parts))} \right{closes}"
        case "sum":
            return f"{_over(f, notation)} {latex_text(f.parts[0], 1, notation)}"
        case "abs":
            return rf"\left|{said(f.parts[0])}\right|"
        case "sqrt":
            return rf"\left\lfloor \sqrt{{{said(f.parts[0])}}} \right\rfloor"
        case "log2":
            return rf"\left\lfloor \log_{{2}}\left({said(f.parts[0])}\right) \right\rfloor"
    return _function(f.kind) + _enclosed(", ".join(map(said, f.parts)))


def _function(name: str) -> str:
    return _WORDS.get(name) or rf"\operatorname{{{_letters(name)}}}"


def _over(f: Form, notation: Notation) -> str:
    """The sign of a sum with its ends."""
    _, index, low, high = f.parts
    name = notation.names.get(index) or symbol(index)
    return rf"\sum_{{{name}={_text(low, notation)}}}^{{{_text(high, notation)}}}"


def _signed(parts: Sequence[Form], notation: Notation) -> list[str]:
    """The terms of a sum, each with its sign."""
    out: list[str] = []
    for i, part in enumerate(parts):
        minus = part.kind == "neg"
        inner = part.parts[0] if minus else part
        last = i == len(parts) - 1 and not minus
        text = _text(inner, notation) if last and inner.kind == "sum" else latex_text(inner, 1, notation)
        sign = "-" if minus else "+"
        out.append(f"{sign} {text}" if out else f"-{text}" if minus else text)
    return out


def _side_by_side(factors: Iterable[str]) -> str:
    """Factors: a dot where the next begins with a digit, a thin space between letters."""
    out = ""
    for text in factors:
        if not out:
            out = text
        elif text[0].isdigit():
            out += rf" \cdot {text}"
        elif out.isdigit() or out[-1] == ")" or text[0] == "(" or text.startswith(r"\left"):
            out += f" {text}"
        else:
            out += rf"\,{text}"
    return out


def _base(f: Form, notation: Notation) -> str:
    """The base of a power: what has a power, or a line below it, itself stands in parentheses."""
    text = _text(f, notation)
    if f.kind == "sym" and re.search(r"['^]", text):  # of the user's own
        return f"({text})"
    return text if f.kind in ("num", "sym", "floor", "ceil") else _enclosed(text)


def filled(pieces: Sequence[str], limit: int) -> list[str]:
    """Pieces in lines that are as full as may be."""
    lines: list[str] = []
    wide = 0
    for piece in pieces:
        more = width(piece)
        if lines and wide + more <= limit:
            lines[-1] += f" {piece}"
            wide += more
        else:
            lines.append(f"{{}}{piece}" if lines and piece[0] in "+-" else piece)  # a sign between two terms
            wide = more
    return lines


def _broken(f: Form, level: int, limit: int, notation: Notation) -> list[str]:
    """A form in pieces between which a line may end; one piece where it is narrow enough."""
    whole = latex_text(f, level, notation)
    if width(whole) <= limit:
        return [whole]
    if _loose(f, level):
        return _around(_broken(f, 0, limit, notation), r"\bigl(", r"\bigr)")
    match f.kind:
        case "num" if len(whole) > _DIGITS:
            text = whole.replace("{,}", ",")
            size = max(3, min(limit, 1500) // 51)
            return [text[i : i + size].replace(",", "{,}") for i in range(0, len(text), size)]
        case "neg":
            return _around(_broken(f.parts[0], 1, limit, notation), "-", "")
        case "add":
            signs = (
                ("- " if i else "-") if part.kind == "neg" else "+ " if i else "" for i, part in enumerate(f.parts)
            )
            terms = [part.parts[0] if part.kind == "neg" else part for part in f.parts]
            return [
                piece
                for sign, term in zip(signs, terms, strict=True)
                for piece in _around(_broken(term, 1, max(limit - 200, LEAST), notation), sign, "")
            ]
        case "mul":
            return _broken_product(f.parts, limit, notation)
        case "div" if f.parts[0] != num(1):
            return _broken_product((Form("div", (num(1), f.parts[1])), f.parts[0]), limit, notation)
        case "pow":
            exponent = _text(f.parts[1], notation)
            return _around(_broken(f.parts[0], 3, limit, notation), "", f"^{{{exponent}}}")
        case "floor" | "ceil":
            opens, closes = _ROUND[f.kind]
            inside = f.parts[0] if f.parts[1] == num(1) else Form("div", f.parts)
            return _around(_broken(inside, 0, limit, notation), rf"\bigl{opens} ", rf" \bigr{closes}")
        case "sum":
            return _around(_broken(f.parts[0], 1, max(limit - 200, LEAST), notation), f"{_over(f, notation)} ", "")
        case "min" | "max" | "gcd" | "round" | "round_to":
            parts = [_broken(part, 0, max(limit - 300, LEAST), notation) for part in f.parts]
            for before in parts[:-1]:
                before[-1] += ","
            return _around([p for part in parts for p in part], rf"{_function(f.kind)}\bigl(", r"\bigr)")
    return [whole]


def _broken_product(parts: Sequence[Form], limit: int, notation: Notation) -> list[str]:
    """A product in pieces: a wide factor is broken itself, narrow ones stand together as far as there is room."""
    out = [""]
    for part in parts:
        pieces = _broken(part, 1, max(limit - 100, LEAST), notation)
        joined = _side_by_side([out[-1], pieces[0]]) if out[-1] else pieces[0]
        if width(joined) <= limit or not out[-1]:
            out[-1:] = [joined, *pieces[1:]]
        else:
            out += [rf"{{}}\cdot {pieces[0]}", *pieces[1:]]
    return out


def _around(pieces: list[str], before: str, behind: str) -> list[str]:
    return (
        [before + pieces[0], *pieces[1:-1], pieces[-1] + behind] if len(pieces) > 1 else [before + pieces[0] + behind]
    )
