"""A drawing as SVG: one file that needs nothing else. Knows places and colours, and no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..papers.drawn import SIZES

if TYPE_CHECKING:
    from ..papers.drawn import Box, Drawing, Line, Point, Words

# Pale fills that differ in grey, too; the strokes are what shows on bad paper. (fill, stroke)
COLOURS = {
    "conv": ("dbe9f6", "4a78a8"), "dense": ("e6e0f0", "77629e"), "attention": ("fbe3cf", "b9783a"),
    "recurrent": ("fbe3cf", "b9783a"), "norm": ("f7f3d7", "a3974c"), "activation": ("f7f3d7", "a3974c"),
    "pool": ("d9ecdc", "53905f"), "view": ("f0f0f0", "8a8a8a"), "block": ("ffffff", "444444"),
    "input": ("ffffff", "8a8a8a"), "output": ("ffffff", "8a8a8a"), "more": ("ffffff", "ffffff"),
    "frame": ("f7f7f7", "b0b0b0"), "panel": ("fcfcfc", "9a9a9a"),
}  # fmt: skip
FONT = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
ROUND = 3.0  # of corners of lines
TIP = 3.4  # the length of an arrow's head


def svg(drawing: Drawing) -> str:
    """The drawing on a white ground, so that it reads in a dark notebook, too."""
    w, h = number(drawing.width), number(drawing.height)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}pt" height="{h}pt" viewBox="0 0 {w} {h}" role="img" '
        f'font-family="{FONT}" fill="none" stroke-width="0.6">',
        f"<title>{text(drawing.title)}</title>",
        f'<rect width="{w}" height="{h}" rx="4" fill="#ffffff"/>',
    ]
    out += [_box(box) for box in drawing.boxes if box.kind in ("frame", "panel")]
    for line in drawing.lines:
        out += _line(line)
    out += [_box(box) for box in drawing.boxes if box.kind not in ("frame", "panel")]
    for ring in drawing.rings:
        at = f'cx="{number(ring.x)}" cy="{number(ring.y)}" r="{number(ring.radius)}"'
        out.append(f'<circle {at} fill="#ffffff" stroke="#333333"/>')
    for line in drawing.lines:
        if line.kind == "sign":
            out.append(f'<path d="{path(line.points)}" stroke="#333333" stroke-width="0.7"/>')
    out += [_words(words) for words in drawing.words]
    return "\n".join([*out, "</svg>", ""])


def number(value: float) -> str:
    """A length with at most two digits behind the point, the same everywhere."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


def text(plain: str) -> str:
    """Text for XML: escaped, and without the control characters that no XML may have."""
    return escape("".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in plain))


def _box(box: Box) -> str:
    fill, stroke = COLOURS[box.kind]
    dash = ' stroke-dasharray="2.2 1.4"' if box.dashed or box.kind == "panel" else ""
    at = f'x="{number(box.left)}" y="{number(box.top)}" width="{number(box.width)}" height="{number(box.height)}"'
    return f'<rect {at} rx="{number(corner(box))}" fill="#{fill}" stroke="#{stroke}"{dash}/>'


def _line(line: Line) -> list[str]:
    if line.kind == "sign":
        return []
    out = [f'<path d="{path(line.points)}" stroke="#333333"/>']
    if line.arrow:
        corners = " ".join(f"{number(x)},{number(y)}" for x, y in tip(line))
        out.append(f'<polygon points="{corners}" fill="#333333"/>')
    return out


def corner(box: Box) -> float:
    """The radius of a box's corners: what comes in and goes out of a network stands in a pill."""
    return {"input": box.height / 2, "output": box.height / 2, "frame": 4.0, "panel": 4.0}.get(box.kind, 2.0)


def tip(line: Line) -> tuple[Point, ...]:
    """The triangle at the end of a line, which is drawn level or upright: programs differ in their own arrows."""
    (ax, ay), (x, y) = line.points[-2:]
    dx, dy = (x > ax) - (x < ax), (y > ay) - (y < ay)
    back, aside = (x - TIP * dx, y - TIP * dy), (1.5 * dy, 1.5 * dx)
    return (x, y), (back[0] - aside[0], back[1] - aside[1]), (back[0] + aside[0], back[1] + aside[1])


def path(points: tuple[Point, ...]) -> str:
    """A line with its corners rounded."""
    out = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for i in range(1, len(points) - 1):
        before, here, after = points[i - 1], points[i], points[i + 1]
        a, b = towards(here, before), towards(here, after)
        out.append(f"L{number(a[0])} {number(a[1])}")
        out.append(f"Q{number(here[0])} {number(here[1])} {number(b[0])} {number(b[1])}")
    out.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(out)


def towards(here: Point, there: Point) -> Point:
    """Where the rounding of a corner begins or ends."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    length = abs(dx) + abs(dy)
    if length == 0:
        return here
    by = min(ROUND, length / 2) / length
    return here[0] + dx * by, here[1] + dy * by


def _words(words: Words) -> str:
    """Text at its place. It is told how wide it is, so that it stays in its box in whatever letters a reader has."""
    size = SIZES[words.font]
    style = ' font-weight="bold"' if words.font == "title" else ""
    inner = ""
    for piece in words.phrase:
        inner += f'<tspan font-style="italic">{text(piece.plain)}</tspan>' if piece.tex else text(piece.plain)
    if (
        words.font != "title"
        and sum(len(piece.plain) for piece in words.phrase) > 1
        and not any(piece.tex for piece in words.phrase)
    ):
        style += f' textLength="{number(words.width)}" lengthAdjust="spacingAndGlyphs"'
    at = f'x="{number(words.x)}" y="{number(words.y + size * 0.345)}"'
    fill = "#444444" if words.font == "small" else "#111111"
    anchor = f' text-anchor="{words.anchor}"' if words.anchor != "start" else ""
    return f'<text {at} font-size="{number(size)}" fill="{fill}"{anchor}{style}>{inner}</text>'
