"""A drawing as a TikZ picture that needs nothing but TikZ itself. Knows places and colours, and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...papers.drawn import SIZES
from ..svg import COLOURS, corner, number, tip, towards
from .words import words

if TYPE_CHECKING:
    from ...papers.drawn import Box, Drawing, Piece, Point, Words

PACKAGES = "% packages: tikz"

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
    out += map(_label, drawing.words)
    return "\n".join([*out, r"\end{tikzpicture}%", ""])


def _path(draw: str, parts: list[str]) -> list[str]:
    """Parts drawn with one command, which is quicker and shorter."""
    return [draw + "\n  " + "\n  ".join(parts) + ";"] if parts else []


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


def _label(it: Words) -> str:
    size = SIZES[it.font]
    start = ",start" if it.anchor == "start" else ""
    inner = "".join(map(_piece, it.phrase))
    return rf"\node[{it.font}{start}] at {_at(it.x, it.y + size * 0.33)} {{{inner}}};"


def _piece(piece: Piece) -> str:
    return f"${piece.tex}$" if piece.tex else words(piece.plain)
