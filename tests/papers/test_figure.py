"""The figure of a network: nothing overlaps, all is inside, every arrow arrives; and both pens draw the same.

`python tests/papers/test_figure.py --write` writes the golden files anew: read the difference and look at the pictures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script; pytest has it

import paramula as pm
import typeset
from paramula.engine.program import published
from paramula.formats.latex.tikz import tikz
from paramula.formats.latex.words import words
from paramula.formats.svg import svg
from paramula.network import Network
from paramula.papers.drawn import SIZES, Box, Drawing, Line, Piece, Ring, Words
from paramula.papers.figure import drawing
from paramula.papers.figure.words import maths
from places import SOURCES, TESTS
from published import network

GOLDENS = TESTS / "goldens"
NAMES = sorted(published())
COLUMN, TEXT, PAGE = 240.0, 345.0, 500.0  # one of two columns, LaTeX's article, a wide page
HIGH = 620.0
NEAR = 0.02
LONG = bool(os.environ.get("PARAMULA_LONG"))

MADE = {
    "siamese": "shared net = conv(3x3,32,relu) -> pool(2) -> conv(3x3,64,relu) -> gap\nleft: (32,32,3) -> net\n"
    "right: (32,32,3) -> net\nconcat(@left,@right) -> dense(64,relu) -> dense(1)",
    "fork": "(84,84,4) -> conv(8x8, 32, s=4, relu) -> dense(256, relu) -> fork(dense(6), dense(1))",
    "forks": "(8,8,8) -> conv(3x3,8) -> fork(gap -> dense(3), fork(gap -> dense(2), conv(3x3,4)), id)",
    "depth": "block = residual(ln -> attention(h)) -> residual(ln -> linear(4*d, gelu) -> linear(d)); shared table = "
    "embed(V, d); (T) -> table -> pos(1024) -> block*L -> ln -> unembed(table)",
    "labels": "(64,64,1) -> a: conv(3x3, 8, same) -> pool(2) -> b: conv(3x3, 16, same) -> pool(2) -> conv(3x3,32,same) "
    "-> up(2) -> concat(id, @b) -> conv(3x3,16,same) -> up(2) -> concat(id, @a) -> conv(1x1, 2)",
    "skip": "(64,64,8) -> a: conv(3x3, 8, same) -> conv(3x3, 8, same, relu) -> conv(1x1, 8) -> add(id, @a) -> gap",
    "towers": "enc: (S) -> embed(8000, 256) -> attention(8)\n"
    "(T) -> embed(8000, 256) -> attention(8) -> attention(8, over=@enc) -> linear(8000)",
    "twice": "a: (n) -> dense(32, relu) -> dense(16)\nb: (m) -> dense(32, relu)\nconcat(@a, @b, @b) -> dense(1)",
    "grown": "layer = (id | (bn -> relu -> conv(3x3, k, p=1, nobias)))\n"
    "(32,32,3) -> conv(3x3, 16, p=1, nobias) -> layer*n -> gap -> dense(10)",
    "peeled": "(H,W,3) -> conv(3x3,c,same)*n -> gap -> dense(10)",
    "around": "double(c) = conv(3x3, c, same, relu) * 2\nlevel(c, inner) = double(c) -> (id | (pool(2) -> inner -> "
    "tconv(2, c, s=2))) -> double(c)\n(2^n*h,2^n*w,1) -> [level(c*2^i, inner) for i in 0..n-1 around inner = "
    "double(c*2^n)] -> conv(1x1, 2)",
    "long": "(32,32,3) -> [conv(3x3, 8+i, same) for i in 1..300] -> gap -> dense(10)",
    "longer": "(32,32,3) -> [conv(3x3, i, same) -> bn -> relu for i in 1..1000] -> gap -> dense(10)",
    "deep": "(32,32,8) -> " + "residual(" * 60 + "conv(3x3,8,same)" + ")" * 60,
    "repeats": "(32,32,8) -> " + "(" * 9 + "conv(3x3,8,same)" + " -> conv(1x1,8))*2" * 9,
    "blocks": "; ".join(f"b{i} = b{i + 1} -> conv(3x3,{i + 4},same) -> pool(1) -> conv(1x1,8)" for i in range(50))
    + "; b50 = conv(3x3,8)\n(200,200,8) -> b0",
    "wide": "(32,32,8) -> (" + " | ".join(f"conv({k}x{k},{k},same)" for k in range(1, 30)) + ") -> gap -> dense(10)",
    "joins": "(32,32,8) -> (((conv(3x3,8,same) | conv(1x1,8)) -> bn) + (conv(3x3,4,same) -> (conv(1x1,4) | id | "
    "conv(5x5,8,same)))) -> gap -> dense(10)",
    "nested": "(T,64) -> ((residual(ln -> attention(4))*3 -> linear(64))*4 -> ln)*2 -> linear(10)",
    "experts": "(T,512) -> residual(ln -> moe(linear(2048, silu) -> linear(512), 8, active=2)) * L -> linear(9)",
    "greek": "α_β = conv(3x3, λ, same) -> bn -> conv(1x1, Ω) -> gelu; (H,W,Γ) -> α_β -> α_β -> conv(3x3, Σ_ς, same) "
    "-> gap -> dense(ο)",
    "hostile": "input_csname_ = conv(3x3, a__b, same) -> conv(3x3, _x, same) -> conv(3x3, 4, same) -> pool(2)\n"
    "(H,W,C) -> input_csname_*3 -> gap -> linear(1" + "0" * 60 + ") -> dense(a_very_long_name_of_a_size_that_goes_on)",
    "sizes": "(H,W,3) -> conv(3x3,f,s=2) -> conv(3x3,2*f+1,s=2) -> pool(3) -> conv(5x5,f^2) -> dense(2^k-1)",
    "input": "(3,3,3)",
    "id": "(3,3,3) -> id",
    "relu": "relu",
}


def net(name: str) -> Network:
    return network(MADE.get(name, name))


@cache
def drawn(name: str, width: float, depth: int | None = None) -> Drawing:
    return drawing(net(name), width, depth)


# What must hold of every drawing


Area = tuple[float, float, float, float]


def area(it: Box | Ring | Words) -> Area:
    match it:
        case Box():
            return it.left, it.top, it.left + it.width, it.top + it.height
        case Ring():
            return it.x - it.radius, it.y - it.radius, it.x + it.radius, it.y + it.radius
    start = it.x - {"start": 0.0, "middle": it.width / 2, "end": it.width}[it.anchor]
    half = SIZES[it.font] * 0.35  # of a capital
    return start, it.y - half, start + it.width, it.y + half


def meet(a: Area, b: Area, by: float = 0.05) -> bool:
    return a[0] < b[2] - by and b[0] < a[2] - by and a[1] < b[3] - by and b[1] < a[3] - by


def within(a: Area, b: Area) -> bool:
    return a[0] >= b[0] - NEAR and a[1] >= b[1] - NEAR and a[2] <= b[2] + NEAR and a[3] <= b[3] + NEAR


def spans(line: Line) -> Iterator[Area]:
    for (a, b), (c, d) in pairwise(line.points):
        yield min(a, c), min(b, d), max(a, c), max(b, d)


def passes(line: Line, through: Area) -> bool:
    x0, y0, x1, y1 = (through[0] + 0.2, through[1] + 0.2, through[2] - 0.2, through[3] - 0.2)
    return any(a < x1 and c > x0 and b < y1 and d > y0 for a, b, c, d in spans(line))


def arrives(line: Line, solid: list[Box], rings: tuple[Ring, ...]) -> bool:
    """Whether a line ends at the border of a box or a ring."""
    x, y = line.points[-1]
    for box in solid:
        x0, y0, x1, y1 = area(box)
        if min(abs(x - x0), abs(x - x1)) < NEAR and y0 - NEAR < y < y1 + NEAR:
            return True
        if min(abs(y - y0), abs(y - y1)) < NEAR and x0 - NEAR < x < x1 + NEAR:
            return True
    return any(abs(abs(x - r.x) + abs(y - r.y) - r.radius) < NEAR for r in rings)


def faults(it: Drawing) -> Iterator[str]:
    """What is wrong with a drawing."""
    whole = (0.0, 0.0, it.width, it.height)
    solid = [box for box in it.boxes if box.kind not in ("frame", "panel")]
    frames = [box for box in it.boxes if box.kind in ("frame", "panel")]
    lines = [line for line in it.lines if line.kind != "sign"]
    for thing in (*it.boxes, *it.rings, *it.words):
        if not within(area(thing), whole):
            yield f"outside: {thing}"
    for line in it.lines:
        if not all(within(span, whole) for span in spans(line)):
            yield f"outside: {line}"
    for a, b in combinations(solid, 2):
        if meet(area(a), area(b)):
            yield f"overlap: {a} {b}"
    for frame in frames:
        for box in it.boxes:
            if (
                meet(area(box), area(frame))
                and not within(area(box), area(frame))
                and not within(area(frame), area(box))
            ):
                yield f"across a frame: {box} {frame}"
    for line in lines:
        if any(passes(line, area(box)) for box in solid):
            yield f"through a box: {line}"
        if any(passes(line, (r.x - 3, r.y - 3, r.x + 3, r.y + 3)) for r in it.rings):
            yield f"through a ring: {line}"
        if line.arrow and not arrives(line, solid, it.rings):
            yield f"an arrow to nowhere: {line}"
    for ring in it.rings:
        if any(meet(area(ring), area(box)) for box in solid):
            yield f"overlap: {ring}"
    rings = {(ring.x, ring.y) for ring in it.rings}
    for word in it.words:
        homes = [box for box in solid if meet(area(word), area(box))]
        if homes and not (len(homes) == 1 and within(area(word), area(homes[0]))):
            yield f"over a border: {word}"
        if not homes and (word.x, word.y) not in rings and any(passes(line, area(word)) for line in lines):
            yield f"crossed by a line: {word}"
    for one, two in combinations(it.words, 2):
        if meet(area(one), area(two)):
            yield f"overlap: {one} {two}"


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", [*NAMES, *MADE])
def test_nothing_overlaps_and_all_is_inside(name: str) -> None:
    for width in (
        (COLUMN, TEXT, PAGE) if name in MADE else ((COLUMN, PAGE) if LONG or NAMES.index(name) % 16 == 0 else (COLUMN,))
    ):
        it = drawn(name, width)
        assert it.width <= width + NEAR
        assert it.height <= HIGH + NEAR
        assert list(faults(it)) == []
        assert {word.font for word in it.words} <= SIZES.keys()
        assert it.boxes
    assert min(SIZES.values()) >= 6  # points: less cannot be read in print


def test_the_laws_can_fail() -> None:
    """Each fault is found in a drawing that has it."""
    good = drawn("sizes", COLUMN)
    box, word = good.boxes[1], good.words[1]
    shape = next(it for it in good.words if it.anchor == "start")
    arrow = next(line for line in good.lines if line.arrow)
    bad = {
        "outside": good._replace(width=box.left + box.width - 1),
        "overlap": good._replace(boxes=(*good.boxes, box.moved(0, 2))),
        "through a box": good._replace(lines=(*good.lines, Line(((0.0, box.top + 5), (good.width, box.top + 5))))),
        "an arrow to nowhere": good._replace(lines=(*good.lines, arrow.moved(0, 3))),
        "over a border": good._replace(words=(*good.words, word.moved(box.width / 2, 0))),
        "crossed by a line": good._replace(lines=(*good.lines, across(shape))),
        "across a frame": good._replace(boxes=(*good.boxes, box._replace(kind="frame").moved(5, 5))),
    }  # fmt: skip
    assert list(faults(good)) == []
    for what, drawing_ in bad.items():
        assert any(it.startswith(what) for it in faults(drawing_)), what


def across(word: Words) -> Line:
    return Line(((word.x + 2, word.y - 2), (word.x + 2, word.y + 2)))


# What is drawn


def said(it: Drawing) -> list[str]:
    """The texts of a drawing, those of a box as one."""
    solid = [box for box in it.boxes if box.kind not in ("frame", "panel")]
    out: dict[int, str] = {}
    for n, word in enumerate(it.words):
        home = next((i for i, box in enumerate(solid) if within(area(word), area(box))), -1 - n)
        text = "".join(piece.plain for piece in word.phrase)
        out[home] = f"{out[home]} {text}" if home in out else text
    return list(out.values())


def signs(it: Drawing) -> int:
    """How many joins there are: rings with strokes, not with a number."""
    named = {(word.x, word.y) for word in it.words}
    return sum((ring.x, ring.y) not in named for ring in it.rings)


def test_every_layer_of_a_small_network_is_there_with_its_shape() -> None:
    assert said(drawn("lenet5", COLUMN)) == [
        "32×32×1", "conv 5×5, 6 · tanh", "28×28×6", "avg pool 2×2, /2", "14×14×6", "conv 5×5, 16 · tanh", "10×10×16",
        "avg pool 2×2, /2", "5×5×16", "conv 5×5, 120 · tanh", "1×1×120", "flatten", "120", "dense 84 · tanh", "84",
        "dense 10", "10",
    ]  # fmt: skip


def test_a_large_network_is_its_blocks_and_each_block_once() -> None:
    texts = said(drawn("resnet50", COLUMN))
    assert [t for t in texts if t.startswith("bottleneck")] == [
        "bottleneck A (64, 1)", "bottleneck B (64) ×2", "bottleneck A (128, 2)", "bottleneck B (128) ×3",
        "bottleneck A (256, 2)", "bottleneck B (256) ×5", "bottleneck A (512, 2)", "bottleneck B (512) ×2",
        "bottleneck A (f, s)", "bottleneck B (f)",
    ]  # fmt: skip
    assert "conv 3×3, f · bn · relu" in texts
    assert {"56×56×256", "28×28×512", "14×14×1024", "7×7×2048"} <= set(texts)
    assert signs(drawn("resnet50", COLUMN)) == 2  # one in each block


def test_an_encoder_stands_beside_its_decoder_and_is_looked_at() -> None:
    it = drawn("transformer_base", COLUMN)
    texts = said(it)
    assert {"encoder ×6", "decoder ×6", "cross-attention, 8 heads", "unembed · shared"} <= set(texts)
    frames = [box for box in it.boxes if box.kind == "frame"]
    assert len(frames) == 2
    left, right = sorted(frames)
    assert left.left + left.width < right.left
    crossing = [line for line in it.lines if line.arrow and line.points[0][0] < right.left < line.points[-1][0]]
    assert len(crossing) == 1
    assert signs(it) == 5


def test_what_goes_down_and_comes_up_is_a_u() -> None:
    it = drawn("unet", COLUMN)
    across = [line for line in it.lines if line.kind == "skip" and len(line.points) == 2]
    assert signs(it) == 4
    assert len([line for line in across if line.points[0][1] == line.points[1][1]]) == 8  # to a crop, and from it
    assert signs(drawn("labels", COLUMN)) == 2


@pytest.mark.parametrize(
    ("name", "texts", "joins"),
    [
        ("siamese", {"left: 32×32×3", "right: 32×32×3", "net", "net · shared", "dense 64 · relu"}, 1),
        ("fork", {"dense 6", "dense 1", "6", "1"}, 0),
        ("forks", {"dense 3", "dense 2", "3", "2", "4×4×4", "6×6×8"}, 0),
        ("depth", {"block ×L", "attention, h heads", "linear 4·d · gelu", "unembed · shared", "T×V"}, 2),
        ("skip", {"conv 3×3, 8 · relu"}, 1),
        ("towers", {"enc: S", "cross-attention, 8 heads"}, 0),
        ("grown", {"×n", "i = 0 … n − 1", "32×32×(n·k + 16)"}, 1),
        ("peeled", {"conv 3×3, c", "conv 3×3, c ×(n − 1)"}, 0),
        ("around", {"level ×(n − 1)", "next or innermost level", "innermost level"}, 2),
        ("nested", {"×2", "×4", "×3"}, 1),
        ("experts", {"×L", "expert ×8", "router, 2 of 8"}, 1),
        ("longer", {"… 912 more …", "conv 3×3, 1000 · bn · relu"}, 0),
        ("input", {"3×3×3"}, 0),
    ],
)
def test_each_kind_of_network_is_drawn_as_what_it_is(name: str, texts: set[str], joins: int) -> None:
    it = drawn(name, PAGE if name == "longer" else COLUMN)
    assert texts <= set(said(it))
    assert signs(it) == joins


def test_what_is_shared_is_dashed() -> None:
    assert sum(box.dashed for box in drawn("siamese", COLUMN).boxes) == 1
    assert not any(box.dashed for box in drawn("lenet5", COLUMN).boxes)


def test_depth_closes_groups() -> None:
    assert said(drawn("resnet50", COLUMN, 0)) == ["224×224×3", "resnet50", "1000"]
    counts = [len(drawn("resnet50", COLUMN, depth).boxes) for depth in (0, 1, 3)]
    assert counts == sorted(set(counts))
    assert "4 × bottlenecks" in said(drawn("resnet50", COLUMN, 1))
    assert drawn("resnet50", COLUMN, 9) == drawn("resnet50", COLUMN)


def test_work_is_bounded() -> None:
    """However long the network is, the figure is not."""
    assert max(len(drawn(name, PAGE).boxes) for name in MADE) < 150


# Pens


def test_formulas_on_one_line() -> None:
    assert maths("⌊(H − 1)/2⌋") == r"\lfloor (H-1)/2\rfloor "
    assert maths("4·d·2^(n − 1) + k²") == r"4d\cdot 2^{(n-1)}+k^{2}"
    assert maths("α·d_in") == r"\alpha\cdot d_{\mathrm{in}}"


HOSTILE = "\\input{x} $a$ %b #c &d ~e ^f _g {h} <i> \"j\" 'k' `l` | \n \x00 \x07 é 漢 α ∇ × ⌊1⌋ \\end{document}"


def test_no_sign_of_a_text_means_anything_to_tex(tmp_path: Path) -> None:
    text = words(HOSTILE)
    known = {f"\\{word}" for word in ("backslash", "alpha", "times", "lfloor", "rfloor", "dots")}
    assert set(re.findall(r"\\[a-zA-Z]+", text)) <= known
    assert not re.search(r"(?<!\\)[%#&_~]", text)
    assert text.isascii()
    assert text.isprintable()
    box = Box(0.0, 0.0, 200.0, 12.0, "conv")
    word = Words(100.0, 6.0, (Piece(HOSTILE),), "label", "middle", 190.0)
    it = tikz(Drawing(HOSTILE, 200.0, 12.0, (box,), (), (), (word,)))
    assert typeset.compiled({"hostile": ready(it)}, COLUMN, tmp_path) == []


def ready(text: str) -> str:
    """A picture at the left of its page."""
    first, rest = text.split("\n", 1)
    return f"{first}\n\\noindent\n{rest}"


def test_no_sign_of_a_text_means_anything_to_xml() -> None:
    word = Words(5.0, 5.0, (Piece('<a href="x">&amp;\x00</a>'), Piece("<", "<")), "label", "start", 90.0)
    it = svg(Drawing("</title><script>", 100.0, 10.0, (), (), (), (word,)))
    root = ET.fromstring(it)
    assert [child.tag.split("}")[1] for child in root] == ["title", "rect", "text"]
    assert root[0].text == "</title><script>"
    assert "".join(root[2].itertext()) == '<a href="x">&amp;\ufffd</a><'


@pytest.mark.parametrize("name", ["resnet50", "transformer_base", *MADE])
def test_both_pens_draw_the_same(name: str) -> None:
    it = drawn(name, TEXT)
    root = ET.fromstring(svg(it))
    tags = [child.tag.split("}")[1] for child in root]
    tex = tikz(it)
    assert tags.count("rect") - 1 == len(it.boxes) == tex.count(" rectangle (") - 1  # the ground, the bounding box
    assert tags.count("circle") == len(it.rings) == tex.count(" circle (")
    assert tags.count("text") == len(it.words) == tex.count(r"\node[")
    assert tags.count("polygon") == sum(line.arrow for line in it.lines) == tex.count("--cycle")
    assert tex.startswith("% packages: tikz\n\\begin{tikzpicture}")
    assert tex.isascii()
    assert "href" not in svg(it)
    assert "<style" not in svg(it)


@pytest.mark.slow
def test_every_network_of_the_library_compiles(tmp_path: Path) -> None:
    halves = [{n: ready(tikz(drawn(n, COLUMN))) for n in names} for names in (NAMES[::2], [*NAMES[1::2], *MADE])]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor() as pool:
        said_ = pool.map(typeset.compiled, halves, (COLUMN, COLUMN), folders)
    assert [it for half in said_ for it in half] == []


@pytest.mark.slow
def test_the_width_of_a_page_is_kept(tmp_path: Path) -> None:
    texts = {name: ready(tikz(drawn(name, PAGE))) for name in [*NAMES[::24], *MADE]}
    assert typeset.compiled(texts, PAGE, tmp_path) == []


# The same bytes

GOLDEN = ("resnet18", "transformer_base", "siamese", "labels", "sizes")


def outputs(name: str) -> dict[str, str]:
    it = drawing(net(name), COLUMN)
    return {f"figure_{name}.tex": tikz(it), f"figure_{name}.svg": svg(it)}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_figure_is_exactly(name: str) -> None:
    for file, text in outputs(name).items():
        assert text == (GOLDENS / file).read_text("utf-8"), file


@pytest.mark.slow
def test_the_same_bytes_in_another_process() -> None:
    """Nothing depends on the order of sets, which differs from run to run."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import test_figure as t\n"
        "sys.stdout.buffer.write(''.join(''.join(t.outputs(n).values()) for n in ('googlenet', 'unet')).encode())"
    )
    here = "".join("".join(outputs(name).values()) for name in ("googlenet", "unet")).encode()
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", code, str(SOURCES), str(TESTS / "papers")],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        )  # fmt: skip
        assert there.stdout == here


def write() -> None:
    for name in GOLDEN:
        for file, text in outputs(name).items():
            (GOLDENS / file).write_text(text, "utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()


def test_a_shape_wider_than_the_figure_is_refused() -> None:
    net = pm.net("(10,W,1) -> pool((k1,k2),p=1,s=s3,ceil) -> slice(0,1) -> pool(2,s=3,p=p4)")
    with pytest.raises(pm.NetError, match="the figure does not fit"):
        drawing(net, 200.0)
