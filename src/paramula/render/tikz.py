"""A drawing as a TikZ picture that needs nothing but TikZ itself. Knows places and colours, and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..drawn import SIZES
from .svg import COLOURS, corner, number, tip, towards

if TYPE_CHECKING:
    from ..drawn import Box, Drawing, Piece, Point, Words

PACKAGES = "% packages: tikz"

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SIGNS = {
    "\\": r"$\backslash$", "{": r"$\{$", "}": r"$\}$", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}", "<": "$<$", ">": "$>$", "|": "$|$", '"': "''",
    "×": r"$\times$", "·": r"$\cdot$", "…": r"\ldots{}", "−": "$-$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$", "⌉": r"$\rceil$", "‖": r"$\Vert$", "↑": r"$\uparrow$", "→": r"$\to$", "ο": "o", "'": "'",
    "₁": "$_1$", "₂": "$_2$", "₃": "$_3$", "₄": "$_4$", "₅": "$_5$", "₆": "$_6$",
}  # fmt: skip
_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True))  # the Greek letters that TeX has only as these
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
# Sizes that all classes know, in the sans-serif letters of the paper.
_PICTURE = r"""\begin{tikzpicture}[x=1pt,y=-1pt,line width=0.4pt,line cap=round,font=\normalfont\sffamily,
  every node/.style={inner sep=0pt,outer sep=0pt,anchor=base},start/.style={anchor=base west},
  label/.style={font=\normalfont\sffamily\fontsize{7}{8.4}\selectfont},
  small/.style={font=\normalfont\sffamily\fontsize{6}{7.2}\selectfont,text=black!70},
  title/.style={font=\normalfont\sffamily\bfseries\fontsize{7}{8.4}\selectfont}]"""
_FRAMES = ("frame", "panel")


def tikz(drawing: Drawing) -> str:
    """The drawing as a tikzpicture of exactly its width, in the sans-serif letters of the document."""
    out = [PACKAGES, _PICTURE]
    for kind in dict.fromkeys(box.kind for box in drawing.boxes):
        fill, stroke = COLOURS[kind]
        out.append(rf"\definecolor{{net{kind}}}{{HTML}}{{{fill.upper()}}}")
        out.append(rf"\definecolor{{net{kind}line}}{{HTML}}{{{stroke.upper()}}}")
    out.append(rf"\useasboundingbox {_at(0, 0)} rectangle {_at(drawing.width, drawing.height)};")
    out += [_boxes([box]) for box in drawing.boxes if box.kind in _FRAMES]
    lines = [line for line in drawing.lines if line.kind != "sign"]
    out += _path(r"\draw", [_bent(line.points) for line in lines])
    out += _path(r"\fill", [f"{_way(tip(line))}--cycle" for line in lines if line.arrow])
    solid: dict[tuple[str, bool], list[Box]] = {}
    for box in drawing.boxes:
        if box.kind not in _FRAMES:  # they do not meet: those of a colour at once
            solid.setdefault((box.kind, box.dashed), []).append(box)
    out += map(_boxes, solid.values())
    out += _path(
        r"\filldraw[fill=white]", [f"{_at(it.x, it.y)} circle ({number(it.radius)}pt)" for it in drawing.rings]
    )
    out += _path(r"\draw", [_way(line.points) for line in drawing.lines if line.kind == "sign"])
    out += map(_words, drawing.words)
    return "\n".join([*out, r"\end{tikzpicture}%", ""])


def _path(draw: str, parts: list[str]) -> list[str]:
    """Parts drawn with one command, which is quicker and shorter."""
    return [draw + "\n  " + "\n  ".join(parts) + ";"] if parts else []


def escaped(plain: str) -> str:
    """Text for TeX, in which no sign means anything; what TeX has no letter for becomes a question mark."""
    out = []
    for c in plain:
        if c in _SIGNS:
            out.append(_SIGNS[c])
        elif c in _GREEK:
            out.append(rf"$\{_GREEK[c]}$")
        elif c in _LATIN:
            out.append(_LATIN[c])
        elif c in _RAISED:
            out.append(f"$^{_RAISED[c]}$")
        else:
            out.append(c if " " <= c <= "~" else "?")
    return "".join(out)


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def _way(points: tuple[Point, ...]) -> str:
    return "--".join(_at(x, y) for x, y in points)


def _bent(points: tuple[Point, ...]) -> str:
    """A line with its corners rounded, by curves: many `rounded corners` take TeX long."""
    out = _at(*points[0])
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        out += f"--{_at(*towards(here, before))}..controls{_at(*here)}..{_at(*towards(here, after))}"
    return f"{out}--{_at(*points[-1])}"


def _boxes(boxes: list[Box]) -> str:
    """Boxes of one kind."""
    first = boxes[0]
    dash = ",dash pattern=on 2.2pt off 1.4pt" if first.dashed or first.kind == "panel" else ""
    style = f"fill=net{first.kind},draw=net{first.kind}line,rounded corners={number(corner(first))}pt{dash}"
    parts = [f"{_at(it.left, it.top)} rectangle {_at(it.left + it.width, it.top + it.height)}" for it in boxes]
    return _path(rf"\filldraw[{style}]", parts)[0]


def _words(words: Words) -> str:
    size = SIZES[words.font]
    start = ",start" if words.anchor == "start" else ""
    inner = "".join(map(_piece, words.phrase))
    return rf"\node[{words.font}{start}] at {_at(words.x, words.y + size * 0.33)} {{{inner}}};"


def _piece(piece: Piece) -> str:
    return f"${piece.tex}$" if piece.tex else escaped(piece.plain)
