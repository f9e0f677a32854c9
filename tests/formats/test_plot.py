"""Pictures of sweeps: what they show, that nothing in them overlaps or is cut, that the same picture is the same file.

PARAMULA_LONG=1 pytest tests/formats/test_plot.py      ten times as many random fronts and axes
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from paramula.errors import NetError
from paramula.formats.plot import Plot, figure, front, in_terminal, saved, wished
from paramula.formats.plot.axis import Number, apart, axis, ends, every, marks, name, place, said
from paramula.formats.plot.chart import Curves, Heat, Pareto, chart, telling
from paramula.questions.statements import answer, read
from paramula.questions.sweep import Row, Swept
from places import SOURCES, TESTS

TIMES = 2_000 if os.environ.get("PARAMULA_LONG") else 200

NET = "net = (32,32,3) -> conv(3x3,f,same,relu) -> [conv(3x3,f,same,relu) for i in 1..n] -> gap -> dense(10)\n"
TEXTS = {
    "one": NET + "n = 4\nsweep params(net), macs(net) for f in 8..128 step 8",
    "three": NET + "sweep params(net), macs(net) for f in 8..128 step 8, n in {2,4,8}",
    "ratio": NET + "sweep params(net), macs(net), macs(net) / params(net) for f in {8,16,32,64,128,256,512}, n in 2..5",
    "grid": NET + "sweep params(net), macs(net) for f in 8..128 step 8, n in 1..12",
    "depth": NET + "sweep params(net), depth(net) for f in 8..64 step 8, n in 1..16",
    "groups": "net = (14,14,96) -> conv(3x3,f,same,g=g) -> gap\nsweep macs(net) for f in 8..96 step 4, g in {1,3,8}",
    "gpt": "sweep params(gpt2(L, d, h)) for d in 256..1600 step 64, L in {6,12,24,48}, h in {8, 16} where d % h == 0",
    "pairs": NET + "sweep params(net) for (f, n) in {(8, 2), (16, 4), (64, 8)}",
    "far": "sweep 2^(100*n), 10^(n*50) for n in 1..20",
    "shape": NET + "sweep params(net), shape(net) for f in {8, 16}, n in {1}",
    "open": NET + "sweep params(net) for f in {8, 16}",
    "three symbols": "sweep a*b*c for a in 1..9, b in 1..9, c in 1..3",
}  # fmt: skip
SWEPT: dict[str, Swept] = {}


def sweep(key: str) -> Swept:
    if key not in SWEPT:
        program = read(TEXTS[key])
        found = answer(program, program.root.statements[-1], {})
        assert isinstance(found, Swept)
        SWEPT[key] = found
    return SWEPT[key]


def table(names: str, columns: str, rows: list[tuple[Any, ...]]) -> Swept:
    """A sweep as it could have been answered: the numbers of a row are those of the names, then the values."""
    n = len(names.split())
    made = tuple(Row(tuple(row[:n]), tuple(row[n:])) for row in rows)
    return Swept("sweep …", tuple(names.split()), tuple(columns.split()), made, (), ())


# What is shown


def test_a_symbol_makes_a_line_in_each_panel() -> None:
    shown = chart(sweep("one"), wished())
    assert isinstance(shown, Curves)
    assert [y.text for y, _ in shown.panels] == ["params(net)", "macs(net)"]
    ((_, (line,)), _) = shown.panels
    assert line.name == ""
    # 27f + f, four times 9f² + f, 10f + 10
    assert line.points == tuple((f, 28 * f + 4 * (9 * f * f + f) + 10 * f + 10) for f in range(8, 129, 8))


# A sweep, options, then: kind, symbol along x, names of the lines, whether x and the first y are logarithmic.
CHOSEN: list[tuple[str, dict[str, Any], str, str, list[str], bool, bool]] = [
    ("one", {}, "Curves", "f", [""], False, False),
    ("three", {}, "Curves", "f", ["n=2", "n=4", "n=8"], False, True),
    ("three", {"log": "none"}, "Curves", "f", ["n=2", "n=4", "n=8"], False, False),
    ("three", {"log": "xy"}, "Curves", "f", ["n=2", "n=4", "n=8"], True, True),
    ("three", {"x": "n", "columns": "macs(net)", "log": "y"}, "Curves", "n",
     [f"f={f}" for f in range(8, 129, 8)], False, True),
    ("ratio", {}, "Curves", "f", ["n=2", "n=3", "n=4", "n=5"], True, True),
    ("ratio", {"columns": "macs(net)/params(net)"}, "Curves", "f", ["n=2", "n=3", "n=4", "n=5"], True, False),
    ("gpt", {}, "Curves", "d", [f"L={L}, h={h}" for L in (6, 12, 24, 48) for h in (8, 16)], False, False),
    ("pairs", {}, "Curves", "f", [""], True, True),
    ("far", {}, "Curves", "n", [""], False, True),
    ("grid", {"kind": "curves"}, "Curves", "f", [f"n={n}" for n in range(1, 13)], False, True),
    ("grid", {}, "Heat", "f", [], False, True),
    ("grid", {"x": "n"}, "Heat", "n", [], False, True),
    ("three", {"kind": "heat", "log": "none"}, "Heat", "f", [], False, False),
]  # fmt: skip


@pytest.mark.parametrize(("key", "options", "kind", "x", "names", "log_x", "log_y"), CHOSEN)
def test_kind_axes_and_lines(
    key: str, options: dict[str, Any], kind: str, x: str, names: list[str], log_x: bool, log_y: bool
) -> None:
    shown = chart(sweep(key), wished(**options))
    assert type(shown).__name__ == kind
    assert not isinstance(shown, Pareto)
    assert (shown.x.text, shown.x.log, shown.panels[0][0].log) == (x, log_x, log_y)
    if isinstance(shown, Curves):
        assert [line.name for line in shown.panels[0][1]] == names


def test_what_has_no_value_is_no_point() -> None:
    shown = chart(sweep("groups"), wished())
    assert isinstance(shown, Curves)
    assert [[x for x, _ in line.points] for line in shown.panels[0][1]] == [
        [f for f in range(8, 97, 4) if f % g == 0] for g in (1, 3, 8)
    ]
    heat = chart(sweep("groups"), wished(kind="heat"))
    assert isinstance(heat, Heat)
    assert set(heat.panels[0][1]) == {(f, g) for f in range(8, 97, 4) for g in (1, 3, 8) if f % g == 0}


# The front


def best(pairs: list[tuple[Number, Number]], better: tuple[str, str]) -> set[tuple[Number, Number]]:
    """The definition: no other pair is as good in both and better in one."""

    def wins(p: tuple[Number, Number], q: tuple[Number, Number]) -> bool:
        good = [a <= b if word == "less" else a >= b for a, b, word in zip(p, q, better, strict=True)]
        return all(good) and p != q

    return {p for p in pairs if not any(wins(q, p) for q in pairs)}


def test_the_front_is_the_definition() -> None:
    draw = random.Random(6)
    for _ in range(TIMES):
        # Values that a float cannot tell apart among them.
        far = draw.choice((0, 10**20, Fraction(1, 3)))
        pairs = [(far + draw.randrange(12), far * 2 + draw.randrange(12)) for _ in range(draw.randrange(1, 30))]
        for better in (("less", "less"), ("less", "more"), ("more", "less"), ("more", "more")):
            found = [pairs[i] for i in front(pairs, better)]
            assert set(found) == best(pairs, better)
            assert len(set(found)) == len(found)
            assert found == sorted(found)


def test_points_of_the_front_are_named_exactly() -> None:
    swept = sweep("depth")
    shown = chart(swept, wished(kind="pareto", better="less,more"))
    assert isinstance(shown, Pareto)
    assert {(it.x, it.y) for it in shown.front} == best([row.values for row in swept.rows], ("less", "more"))
    by_name = {f"f={row.point[0]}, n={row.point[1]}": row.values for row in swept.rows}
    assert all(by_name[it.name] == (it.x, it.y) for it in shown.front)


def test_the_ends_of_a_front_are_told_first() -> None:
    for many in range(1, 40):
        assert set(telling(many, 100)) == set(range(many))
        assert telling(many, 2) == [*dict.fromkeys((0, many - 1))]


# Axes


SAID = [
    (0, "0", "0"), (7, "7", "7"), (1000, "1k", "1000"), (999_999, "1M", "999999"), (3_500_000, "3.5M", "3.5M"),
    (2 * 10**18, "2·10¹⁸", "2·10¹⁸"), (10**15, "10¹⁵", "10¹⁵"), (-4, "−4", "−4"), (2**17, "131.1k", "2¹⁷"),
    (Fraction(1, 20), "0.05", "0.05"), (Fraction(1, 3), "0.3333", "1/3"), (Fraction(-1, 3), "−0.3333", "−1/3"),
    (Fraction(1, 10**5), "10⁻⁵", "10⁻⁵"), (123456, "123.5k", "123456"), (10**500, "10⁵⁰⁰", "10⁵⁰⁰"),
    (96 * 10**498, "9.6·10⁴⁹⁹", "9.6·10⁴⁹⁹"), (10**12, "1T", "1T"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "short", "exact"), SAID)
def test_numbers_in_few_characters(value: Number, short: str, exact: str) -> None:
    assert (said(value), name(value)) == (short, exact)


def read_back(text: str) -> Fraction:
    """The number that a mark says."""
    text = text.replace("−", "-")
    if found := re.fullmatch(r"(-?)(?:([\d.]+)·)?(10|2)([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text):
        power = int(found[4].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
        return Fraction(found[1] + "1") * Fraction(found[2] or 1) * Fraction(int(found[3])) ** power
    scale = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    return Fraction(text.rstrip("kMGT")) * scale.get(text[-1], 1)


def test_marks_say_where_they_stand() -> None:
    draw = random.Random(8)
    for _ in range(TIMES):
        size = 10 ** draw.randrange(0, draw.choice((3, 12, 40, 400)))
        values = [draw.randrange(1, 10) * draw.randrange(1, size + 1) for _ in range(draw.randrange(1, 20))]
        made = axis("a", values, draw.choice((None, True)), symbol=draw.random() < 0.3)
        room = draw.choice((10, 25, 60))
        for across in (True, False):
            found = marks(made, room, across)
            assert 1 <= len(found) <= 12
            assert len({text for _, text in found}) == len(found)
            places = [place(made, value) for value, _ in found]
            low, high = ends(made)
            assert all(low <= it <= high for it in places)
            if len(set(values)) > 2 and len(found) > 2:
                assert places == sorted(places)
            for value, text in found:
                assert 2000 * abs(read_back(text) - value) <= abs(value)
                assert made.log or made.symbol or read_back(text) == value or len(found) <= 2


def test_marks_stand_at_the_values_of_a_symbol() -> None:
    for values, room, texts in (
        (range(8, 129, 8), 45, "16 32 48 64 80 96 112 128"),
        (range(8, 129, 8), 25, "32 64 96 128"),
        ([1, 2, 5, 10, 20, 50, 100], 60, "1 2 5 10 20 50 100"),
        ([2**k for k in range(3, 10)], 40, "8 16 32 64 128 256 512"),
        ([2**k for k in range(3, 10)], 24, "8 32 128 512"),
        (range(100, 1001, 100), 40, "200 400 600 800 1000"),
    ):
        assert " ".join(text for _, text in marks(axis("f", values, None, symbol=True), room, True)) == texts
    assert " ".join(text for _, text in every(axis("f", range(8, 129, 8), False, symbol=True), 40, True)) == (
        "16 32 48 64 80 96 112 128"
    )


def test_names_stand_apart_and_near() -> None:
    draw = random.Random(9)
    for _ in range(TIMES):
        wanted = [draw.random() * 100 for _ in range(draw.randrange(1, 9))]
        found = apart(wanted, 10, 100)
        order = sorted(range(len(wanted)), key=lambda n: wanted[n])
        assert all(found[b] - found[a] >= 10 - 1e-9 for a, b in pairwise(order))
        assert all(-1e-9 <= it <= 100 + 1e-9 for it in found)
        if all(wanted[b] - wanted[a] >= 10 for a, b in pairwise(order)):
            assert found == pytest.approx(wanted)


# The figure


PICTURES: list[tuple[str, dict[str, Any]]] = [
    ("one", {}),
    ("three", {}),
    ("ratio", {}),
    ("gpt", {}),
    ("far", {}),
    ("groups", {}),
    ("pairs", {}),
    ("grid", {}),
    ("grid", {"kind": "curves", "title": "Twelve lines"}),
    ("groups", {"kind": "heat"}),
    ("three", {"kind": "pareto"}),
    ("depth", {"kind": "pareto", "better": "less,more"}),
    ("depth", {"kind": "pareto", "better": "more,less", "log": "none", "height": "8cm"}),
]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("width", ["120pt", "3.3in", "column", "7in"])
@pytest.mark.parametrize(("key", "options"), PICTURES)
def test_words_are_whole_and_apart(key: str, options: dict[str, Any], width: str) -> None:
    from matplotlib.text import Text

    fig = figure(sweep(key), wished(width=width, **options))
    fig.draw_without_rendering()
    words = [it for it in fig.findobj(Text) if it.get_visible() and it.get_text().strip()]
    # A tick's label that stands on an axis which another panel labels is there, and not drawn.
    drawn = {
        id(it)
        for ax in fig.axes
        for side in (ax.xaxis, ax.yaxis)
        for tick in side.get_major_ticks()
        for it, on in ((tick.label1, tick.label1.get_visible()), (tick.label2, tick.label2.get_visible()))
        if on
    }
    ticks = {id(it) for ax in fig.axes for side in (ax.xaxis, ax.yaxis) for tick in side.get_major_ticks()
             for it in (tick.label1, tick.label2)}  # fmt: skip
    boxes = [(it.get_text(), Text.get_window_extent(it)) for it in words if id(it) in drawn or id(it) not in ticks]
    assert boxes
    whole = fig.bbox
    for text, box in boxes:
        assert whole.x0 - 1 <= box.x0 < box.x1 <= whole.x1 + 1, text
        assert whole.y0 - 1 <= box.y0 < box.y1 <= whole.y1 + 1, text
    for (one, a), (other, b) in combinations(boxes, 2):
        assert min(a.x1, b.x1) - max(a.x0, b.x0) < 1 or min(a.y1, b.y1) - max(a.y0, b.y0) < 1, (one, other)


def test_structure_of_curves() -> None:
    fig = figure(sweep("three"), wished(width="3.3in"))
    top, bottom = fig.axes
    assert (top.get_ylabel(), bottom.get_ylabel(), top.get_xlabel(), bottom.get_xlabel()) == (
        "params(net)", "macs(net)", "", "f",
    )  # fmt: skip
    assert (top.get_xscale(), top.get_yscale()) == ("linear", "log")
    assert [len(ax.get_lines()) for ax in fig.axes] == [3, 3]
    assert [note.get_text() for note in top.texts] == ["n=2", "n=4", "n=8"]
    assert [it.get_text() for it in bottom.get_xticklabels()] == [str(f) for f in range(16, 129, 16)]
    looks = {(it.get_color(), it.get_marker()) for it in top.get_lines()}
    assert len({colour for colour, _ in looks}) == len({mark for _, mark in looks}) == 3
    assert len(figure(sweep("ratio"), wished(width="7in")).axes) == 3


def test_lines_without_marks_differ_in_dashes() -> None:
    swept = table("x k", "y", [(x, k, x * k) for x in range(1, 200) for k in (1, 2, 3, 4)])
    lines = figure(swept, wished()).axes[0].get_lines()
    assert {it.get_marker() for it in lines} == {""}
    assert len({str(it._unscaled_dash_pattern) for it in lines}) == 4


def test_lines_can_be_told_apart_up_to_the_limit() -> None:
    swept = table("x k", "y", [(x, k, x * k) for x in range(1, 30) for k in range(24)])
    fig = figure(swept, wished(kind="curves"))
    (ax,) = fig.axes
    assert len({(it.get_color(), it.get_marker(), str(it._unscaled_dash_pattern)) for it in ax.get_lines()}) == 24
    assert [it.get_text() for it in fig.legends[0].get_texts()] == [f"k={k}" for k in range(24)]


def test_structure_of_a_heat_map() -> None:
    from matplotlib.colors import LogNorm

    swept = sweep("grid")
    fig = figure(swept, wished())
    first, _, *bars = fig.axes
    assert len(bars) == 2
    (mesh,) = first.collections
    cells = mesh.get_array().reshape(12, 16)
    assert {(8 * (x + 1), y + 1): int(cells[y, x]) for y in range(12) for x in range(16)} == {
        row.point: row.values[0] for row in swept.rows
    }
    assert isinstance(mesh.norm, LogNorm)
    assert [it.get_text() for it in bars[0].get_yticklabels()] == ["1k", "10k", "100k", "1M"]


def test_structure_of_a_front() -> None:
    fig = figure(sweep("depth"), wished(kind="pareto", better="less,more", width="7in"))
    (ax,) = fig.axes
    shown = chart(sweep("depth"), wished(kind="pareto", better="less,more"))
    assert isinstance(shown, Pareto)
    (line,) = ax.get_lines()
    assert list(zip(*line.get_data(), strict=True)) == [(it.x, it.y) for it in shown.front]
    assert line.get_drawstyle() == "steps-post"
    assert len(ax.collections[0].get_offsets()) == len(sweep("depth").rows)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("params(net) (less is better)", "depth(net) (more is better)")
    names = [it.get_text() for it in ax.texts]
    assert {shown.front[0].name, shown.front[-1].name} <= set(names) <= {it.name for it in shown.front}


def test_what_no_float_can_hold_stands_by_its_logarithm() -> None:
    low, high = figure(sweep("far"), wished()).axes
    assert list(low.get_lines()[0].get_ydata()) == pytest.approx([100 * n * 0.30102999566398120 for n in range(1, 21)])
    assert list(high.get_lines()[0].get_ydata()) == pytest.approx([50 * n for n in range(1, 21)])
    assert high.get_yticklabels()[-1].get_text() == "10¹⁰⁰⁰"
    wide = figure(table("n", "y", [(n, Fraction(10) ** (249 * n)) for n in range(-1, 2)]), wished()).axes[0]
    assert (wide.get_yscale(), wide.get_yticklabels()[0].get_text()) == ("log", "10⁻²⁰⁰")
    beside = table("n", "y", [(n, 10**400 + n) for n in range(9)])
    assert figure(beside, wished()).axes[0].get_yticklabels()[0].get_text() == "10⁴⁰⁰"


# Files


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize(("width", "points"), [("3.3in", 237.6), ("84mm", 238.11), ("240pt", 239.1), ("7in", 504)])
def test_a_pdf_has_the_width_that_was_asked_for(tmp_path: Path, width: str, points: float) -> None:
    saved(sweep("three"), tmp_path / "a.pdf", wished(width=width, height="10cm"))
    data = (tmp_path / "a.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) \]", data)
    assert box is not None
    assert [float(it) for it in box.groups()] == pytest.approx([0, 0, points, 283.46], abs=0.01)
    assert b"/FontFile2" in data  # TrueType, as journals ask for
    assert b"/Type3" not in data
    assert b"CreationDate" not in data


SAVE = """
import hashlib, sys
sys.path[:0] = [{src!r}, {tests!r}, {tests!r} + '/..']
from test_plot import sweep
from paramula.formats.plot import saved, wished
for form in ("png", "svg", "pdf"):
    for key, kind in (("three", "curves"), ("grid", "heat"), ("depth", "pareto")):
        saved(sweep(key), {path!r} + form, wished(kind=kind))
        print(hashlib.sha256(open({path!r} + form, "rb").read()).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
"""


@pytest.mark.slow
def test_the_same_picture_is_the_same_file(tmp_path: Path) -> None:
    script = SAVE.format(src=str(SOURCES), tests=str(TESTS / "formats"), path=str(tmp_path / "a."))
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1
    assert len(set(runs.pop().split())) == 9


@pytest.mark.slow
def test_settings_of_the_user_neither_change_nor_count(tmp_path: Path) -> None:
    import matplotlib

    saved(sweep("three"), tmp_path / "a.svg", wished())
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none", "figure.dpi": 33}):
        before = dict(matplotlib.rcParams)
        saved(sweep("three"), tmp_path / "b.svg", wished())
        assert dict(matplotlib.rcParams) == before
    assert (
        hashlib.sha256((tmp_path / "a.svg").read_bytes()).digest()
        == hashlib.sha256((tmp_path / "b.svg").read_bytes()).digest()
    )


def test_a_notebook_shows_it(tmp_path: Path) -> None:
    plot = Plot(sweep("one"), wished())
    assert plot._repr_svg_().rstrip().endswith("</svg>")
    assert "<title>" in plot.svg() or "dc:title" in plot.svg()
    plot.save(tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert len(plot.figure().axes) == 2
    assert repr(plot).startswith("<plot of sweep")


def test_words_of_the_user_are_no_mathematics() -> None:
    swept = table("λ", "$x_1^{}$<&>", [(n, n) for n in range(1, 9)])
    fig = figure(swept, wished(title="a $b$ & <c>\x1b[0m"))
    assert fig.axes[0].get_ylabel() == "$x_1^{}$<&>"
    assert fig.get_suptitle() == "a $b$ & <c>\\x1b[0m"
    assert "\x1b" not in in_terminal(swept, wished(title="a\x1b[0m"), 60, 20, colour=False)


# The terminal


@pytest.mark.parametrize("width", [32, 60, 80, 131])
@pytest.mark.parametrize(("key", "options"), PICTURES)
def test_text_keeps_its_width(key: str, options: dict[str, Any], width: int) -> None:
    plain = in_terminal(sweep(key), wished(**options), width, 24, colour=False)
    assert "\x1b" not in plain
    lines = plain.split("\n")
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    coloured = in_terminal(sweep(key), wished(**options), width, 24)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured).split("\n")
    assert "\x1b[" in coloured
    assert "\x1b" not in "".join(bare)
    assert len(bare) == len(lines)
    assert max(map(len, bare)) <= width


def test_text_names_every_line() -> None:
    for key in ("three", "gpt", "groups"):
        shown = chart(sweep(key), wished())
        assert isinstance(shown, Curves)
        text = in_terminal(sweep(key), wished(), 80, 24, colour=False)
        for y, lines in shown.panels:
            assert y.text in text
            assert all(len(re.findall(rf"├{line.name}(?!\d)", text)) == len(shown.panels) for line in lines)
    assert "\n" + " " * 40 + "f" in in_terminal(sweep("one"), wished(), 80, 24, colour=False)


def test_text_of_a_front_tells_its_points() -> None:
    text = in_terminal(sweep("depth"), wished(kind="pareto", better="less,more"), 80, 24, colour=False)
    assert re.search(r"^a  f=8, n=1 +898 +3$", text, re.MULTILINE)  # 27·8 + 8 + 9·64 + 8 + 80 + 10
    assert re.search(r"^h  f=8, n=16 +9,658 +18$", text, re.MULTILINE)
    assert text.endswith("and 8 more")


def test_text_of_a_heat_map() -> None:
    swept = table("a b", "y", [(a, b, None if a < b else a * b) for a in range(1, 5) for b in range(1, 4)])
    assert in_terminal(swept, wished(kind="heat", log="none"), 40, 12, colour=False).split("\n") == [
        "b   y",
        "3 │            ▓▓▓▓▓▓██████",
        "2 │      ▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓",
        "1 │░░░░░░░░░░░░░░░░░░▒▒▒▒▒▒",
        "  └──────────────────────── a",
        "     1     2     3     4",
        "1 ░░▒▒▓▓██ 12",
    ]


# Mistakes


WISHES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "pie"}, "there is no kind 'pie'", "there are curves, heat or pareto"),
    ({"kind": "paretto"}, "there is no kind 'paretto'", "did you mean 'pareto'?"),
    ({"kind": 3}, "there is no kind 3", "there are curves, heat or pareto"),
    ({"log": "z"}, "there is no log 'z'", "there are x, y, xy or none"),
    ({"log": True}, "there is no log True", "there are x, y, xy or none"),
    ({"width": "wide"}, "'wide' is no width", "write one such as 240pt, 12cm, 5in, column or page; 120pt at least"),
    ({"height": "1pt"}, "'1pt' is no height", "write one such as 240pt, 12cm, 5in, column or page; 120pt at least"),
    ({"width": [3]}, "list is no width", "write one such as 84mm or 3.3in"),
    ({"width": float("nan")}, "'nanpt' is no width",
     "write one such as 240pt, 12cm, 5in, column or page; 120pt at least"),
    ({"x": 3}, "x is the name of a symbol, not 3", ""),
    ({"title": 3}, "a title is a text, not 3", ""),
    ({"columns": 3}, "columns are texts of expressions", 'columns=["params(net)", "macs(net)"]'),
    ({"columns": [3]}, "columns are texts of expressions", 'columns=["params(net)", "macs(net)"]'),
    ({"kind": "heat", "log": "x"}, "a heat map has a cell for each value, and no logarithmic x",
     'its colours have: log="y"'),
    ({"kind": "pareto", "x": "f"}, "the axes of a Pareto front are expressions",
     'columns=["macs(net)", "params(net)"] chooses the axes'),
    ({"better": "less,more"}, "only a Pareto front takes 'better'", 'kind="pareto"'),
    ({"kind": "pareto", "better": "less"}, "'less' does not say what is better",
     'one word for each expression: "less,less", "less,more", "more,less" or "more,more"'),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message", "hint"), WISHES)
def test_mistakes_in_the_wish(options: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(NetError) as raised:
        wished(**options)
    assert (raised.value.message, raised.value.hint) == (message, hint)


ZERO = table("f", "y", [(f, f - 1) for f in range(1, 9)])
NONE = table("f", "y", [(f, None) for f in range(1, 9)])
HALF = table("f", "y z", [(1, None, 1), (2, 2, None)])
FAR = table("f", "y", [(f, -(10 ** (400 * f))) for f in range(1, 9)])
LINES = table("x k", "y", [(x, k, x * k) for x in range(1, 30) for k in range(25)])
MANY = table("f", " ".join(f"y{n}" for n in range(13)), [(1, *range(13))])

SWEEPS: list[tuple[Any, dict[str, Any], str, str]] = [
    ("three", {"x": "g"}, "the sweep does not vary 'g'", "there are f and n"),
    ("three", {"columns": "mac(net)"}, "the sweep has no 'mac(net)'", "did you mean 'macs(net)'?"),
    ("three symbols", {"kind": "heat"}, "a heat map is over two symbols, and what varies is a, b and c",
     "the others need one value each, as by a condition behind where"),
    ("three symbols", {}, "27 lines are too many to tell apart: the limit is 24",
     'kind="heat" shows two symbols; fewer values of the others make fewer lines'),
    ("one", {"kind": "heat"}, "a heat map is over two symbols, and what varies is f", ""),
    ("ratio", {"kind": "pareto"}, "a Pareto front is of two expressions, not 3",
     'choose two: columns=["params(net)", "macs(net)"]'),
    ("groups", {"kind": "pareto"}, "a Pareto front is of two expressions, not 1", "sweep two expressions"),
    ("shape", {}, "shape(net) is a shape, and cannot be drawn", "choose others with columns=[…]"),
    ("open", {}, "params(net) is a formula, and no number", "give n a number, or vary it too"),
    (ZERO, {"log": "y"}, "y is 0 somewhere, which has no place on a logarithmic axis",
     'log="none" makes all axes linear'),
    (NONE, {}, "y has no values", "the notes below the table say why"),
    (HALF, {"kind": "pareto"}, "y and z never have a value both", ""),
    (FAR, {}, "y has values too large or too small for a linear axis",
     "a logarithmic axis has room for them if all are above zero"),
    (LINES, {"kind": "curves"}, "25 lines are too many to tell apart: the limit is 24",
     'kind="heat" shows two symbols; fewer values of the others make fewer lines'),
    (MANY, {}, "13 expressions are too many for one picture: the limit is 12", ""),
]  # fmt: skip


@pytest.mark.parametrize(("swept", "options", "message", "hint"), SWEEPS)
def test_mistakes_in_what_is_shown(swept: Any, options: dict[str, Any], message: str, hint: str) -> None:
    found = sweep(swept) if isinstance(swept, str) else swept
    for draw in (figure, lambda swept, wish: in_terminal(swept, wish, 80, 24)):
        with pytest.raises(NetError) as raised:
            draw(found, wished(**options))
        assert (raised.value.message, raised.value.hint) == (message, hint)


def test_mistakes_in_the_file(tmp_path: Path) -> None:
    for path, message in (
        ("a.gif", "no picture's name"),
        ("a", "no picture's name"),
        ("no/a.png", "cannot be written"),
    ):
        with pytest.raises(NetError, match=message):
            saved(sweep("one"), tmp_path / path, wished())
    with pytest.raises(NetError, match="do not fit into that height"):
        figure(sweep("ratio"), wished(height="120pt"))


@pytest.mark.parametrize(("library", "draw"), [
    ("matplotlib", lambda: figure(sweep("one"), wished())),
    ("plotext", lambda: in_terminal(sweep("one"), wished(), 80, 24)),
])  # fmt: skip
def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch, library: str, draw: Any) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(NetError, match=f"need {library}") as raised:
        draw()
    assert raised.value.hint == 'pip install "paramula[plot]"'
