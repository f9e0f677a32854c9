"""A figure as records: boxes, lines, rings and words at places. Knows no network and no format.

One unit throughout, the printer's point of 1/72.27 inch; x grows to the right and y downwards.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float]

SIZES = {"label": 7.0, "small": 6.0, "title": 7.0}  # of the letters, in points: nothing is printed smaller than 6
RING = 4.5  # the radius of a join


class Piece(NamedTuple):
    """A part of a phrase: as Unicode, and as LaTeX where it is a formula; else a pen escapes `plain`."""

    plain: str
    tex: str = ""


Phrase: TypeAlias = tuple[Piece, ...]


class Words(NamedTuple):
    """A line of text whose middle is at y. `anchor` says what of it is at x: start, middle or end."""

    x: float
    y: float
    phrase: Phrase
    font: str  # a key of SIZES
    anchor: str
    width: float  # the room that is kept for it

    def moved(self, x: float, y: float) -> Words:
        return self._replace(x=self.x + x, y=self.y + y)


class Box(NamedTuple):
    """A rectangle with rounded corners. `kind` is its colour: conv, dense, …, frame; what is shared is dashed."""

    left: float
    top: float
    width: float
    height: float
    kind: str
    dashed: bool = False

    def moved(self, x: float, y: float) -> Box:
        return self._replace(left=self.left + x, top=self.top + y)


class Line(NamedTuple):
    """A line through points with rounded corners, and whether it ends in an arrow."""

    points: tuple[Point, ...]
    arrow: bool = False
    kind: str = "flow"  # flow; skip: a way around; sign: what stands in a ring

    def moved(self, x: float, y: float) -> Line:
        return self._replace(points=tuple((a + x, b + y) for a, b in self.points))


class Ring(NamedTuple):
    """The circle of a join, or of a number that names a tensor elsewhere."""

    x: float
    y: float
    radius: float

    def moved(self, x: float, y: float) -> Ring:
        return self._replace(x=self.x + x, y=self.y + y)


class Drawing(NamedTuple):
    """A figure: what is behind stands first. Nothing is left of 0, right of `width`, above 0 or below `height`."""

    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    rings: tuple[Ring, ...]
    words: tuple[Words, ...]


# Widths in thousandths of the size, of Helvetica (Adobe's font metrics), which Arial and Liberation share; Computer
# Modern's sans is narrower. What is not listed counts as wide as a capital.
_WIDTHS = {
    " !,./:;[]\\I·‖|ft'⌊⌋⌈⌉": 278, "()-r`": 333, "ijl": 222, '"': 355, "#$0123456789_?abdeghnopquL": 556, "%": 889,
    "&AKBSPEVXY": 667, "*": 389, "+<>=~×−±": 584, "@": 1015, "CDHNRUw": 722, "FTZ": 611, "GOQ": 778, "J": 500,
    "MWm": 833, "ckszvxy": 500, "{}": 334, "^": 469, "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉": 370, "…": 1000, "→": 1000,
}  # fmt: skip
WIDTHS = {c: w for letters, w in _WIDTHS.items() for c in letters} | {"w": 722, "W": 944, "x": 500, "v": 500}


def wide(phrase: Phrase, font: str) -> float:
    """How wide a phrase is printed at most: formulas are set in italics, with some space around their signs."""
    units = 0.0
    for piece in phrase:
        letters = sum(WIDTHS.get(c, 667) for c in piece.plain)
        units += letters * 1.12 + 60 if piece.tex else letters
    return units * SIZES[font] * (1.07 if font == "title" else 1.0) / 1000
