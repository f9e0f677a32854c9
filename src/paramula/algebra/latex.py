"""From the form of a size to LaTeX, in the subset that MathJax and KaTeX share. Knows no network, and not SymPy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .forms import Form, digits, form, num

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SPELLED = {it.removeprefix("var"): it for it in reversed(GREEK.values()) if it != "varsigma"}  # alpha is α
LATIN = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo")  # Greek letters that LaTeX has only as these

# How tightly a form binds: 0 a sum, 1 a product, 2 the base of a power.
_LEVEL = {"add": 0, "neg": 0, "sum": 0, "mul": 1, "div": 1, "pow": 2, "floor": 2, "ceil": 2}
_ROUND = {"floor": (r"\left\lfloor", r"\right\rfloor"), "ceil": (r"\left\lceil", r"\right\rceil")}
_WORDS = {"min": r"\min", "max": r"\max", "gcd": r"\gcd"}


def latex(value: Any, order: Sequence[str] = ()) -> str:
    r"""A size, or a shape, in LaTeX: 9 f^{2} + f, \left(\left\lfloor \frac{H}{2} \right\rfloor, 64\right)."""
    if isinstance(value, tuple):
        return rf"\left({', '.join(latex(v, order) for v in value)}\right)"
    return latex_text(form(value, order))


def latex_text(f: Form, level: int = 0) -> str:
    """The form in LaTeX, in parentheses where its surroundings bind more tightly than it does."""
    shown = _text(f)
    return rf"\left({shown}\right)" if _LEVEL.get(f.kind, 3) < level and f.kind != "num" else shown


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


def _text(f: Form) -> str:
    match f.kind:
        case "num":
            return digits(f.parts[0])
        case "sym":
            return symbol(f.parts[0])
        case "neg":
            return "-" + latex_text(f.parts[0], 1)
        case "add":
            return _added(f.parts)
        case "mul":
            return _multiplied(f.parts)
        case "div":
            return rf"\frac{{{_text(f.parts[0])}}}{{{_text(f.parts[1])}}}"
        case "pow":
            return f"{_base(f.parts[0])}^{{{_text(f.parts[1])}}}"
        case "floor" | "ceil":
            above, below = f.parts
            opens, closes = _ROUND[f.kind]
            return f"{opens} {_text(above if below == num(1) else Form('div', f.parts))} {closes}"
        case "sum":
            body, index, low, high = f.parts
            return rf"\sum_{{{symbol(index)}={_text(low)}}}^{{{_text(high)}}} {latex_text(body, 1)}"
        case "abs":
            return rf"\left|{_text(f.parts[0])}\right|"
        case "sqrt":
            return rf"\left\lfloor \sqrt{{{_text(f.parts[0])}}} \right\rfloor"
        case "log2":
            return rf"\left\lfloor \log_{{2}}\left({_text(f.parts[0])}\right) \right\rfloor"
    name = _WORDS.get(f.kind) or rf"\operatorname{{{_letters(f.kind)}}}"
    return rf"{name}\left({', '.join(map(_text, f.parts))}\right)"


def _added(parts: Sequence[Form]) -> str:
    out = ""
    for i, part in enumerate(parts):
        minus = part.kind == "neg"
        inner = part.parts[0] if minus else part
        last = i == len(parts) - 1 and not minus
        text = _text(inner) if last and inner.kind == "sum" else latex_text(inner, 1)
        out += (" - " if minus else " + ") + text if out else ("-" if minus else "") + text
    return out


def _multiplied(parts: Sequence[Form]) -> str:
    """Factors side by side, with a dot where the next begins with a digit."""
    out = ""
    for part in parts:
        text = latex_text(part, 1)
        out += (r" \cdot " if text[0].isdigit() else " ") + text if out else text
    return out


def _base(f: Form) -> str:
    """The base of a power: what has a power, or a line below it, itself stands in parentheses."""
    return _text(f) if f.kind in ("num", "sym", "floor", "ceil") else rf"\left({_text(f)}\right)"
