"""What a paper takes: it compiles, fits its width, reads back as the same numbers, and says the same in every format.

`python tests/papers/test_paper.py --write` writes the golden files anew: read the difference before you keep it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script; pytest has it

import paramula as pm
import typeset
from networks import random_network
from paramula.algebra.known import same
from paramula.algebra.measure import text_width, width
from paramula.algebra.poly import Poly
from paramula.algebra.substitution import replaced, symbols
from paramula.algebra.sums import summed
from paramula.engine.program import published
from paramula.formats.latex.words import code, words
from paramula.formats.paper import wish, written
from paramula.layers.words import KINDS, TABLES
from paramula.network import Network
from paramula.questions.explain import explained
from paramula.questions.statements import answers
from paramula.questions.statements import read as read_program
from places import ROOT, SOURCES, TESTS
from published import FAMILIES, family
from published import network as net
from reader import read

GOLDENS = TESTS / "goldens"
LONG = bool(os.environ.get("PARAMULA_LONG"))
NAMES = sorted(published())
LONE = ("formula", "derivation", "table", "stages", "complexity", "macros", "note")  # kinds of one network
HOSTILE = r"""
a_b1 = 3
x__y(f) = conv(3x3, f, same, relu) * 2
(H,W,λ) -> ((n_max: conv(3x3, k_size, same)) | conv(1x1, what)) -> x__y(α) -> gap -> dense(input_1 * theta)
"""


def symbolic() -> Iterator[tuple[str, Network]]:
    return ((name, family(name)) for name in FAMILIES)


# It compiles, and fits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wide", "kinds"), [("page", ("table", "stages", "complexity")), ("column", ("formula", "derivation", "note"))]
)
def test_every_network_of_the_library_compiles(wide: str, kinds: tuple[str, ...], tmp_path: Path) -> None:
    it = wish(width=wide)
    texts = {f"{name} {kind}": written(kind, {name: net(name)}, it) for name in NAMES for kind in kinds}
    assert typeset.compiled(texts, it.style.width, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("wide", ["column", "page"])
def test_every_family_compiles(wide: str, tmp_path: Path) -> None:
    """Their formulas are long: a table may go on over pages."""
    it = {kind: wish(width=wide, env="longtable" if kind in TABLES else "") for kind in LONE}
    texts = {f"{name} {kind}": written(kind, {name: one}, it[kind]) for name, one in symbolic() for kind in LONE}
    assert typeset.compiled(texts, it["table"].style.width, tmp_path) == []


WORDY = "(n_alpha_one) -> dense(m_beta_two) -> dense(k_gamma_else)"
OPTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("table", "resnet18", {"siunitx": True, "quantities": "params:M:2 macs:G share"}),
    ("table", "resnet18", {"env": "longtable", "depth": 9}),
    ("table", "vit_b_16", {"env": "table*", "size": "small", "caption": "50% of $x_1$ & more \\ #1", "label": "tab:a"}),
    (
        "table",
        "lenet5",
        {"env": "tabular", "quantities": " ".join(list(pm.network.QUANTITIES)[:6]), "thousands": "thin"},
    ),
    ("formula", "gpt2(L, d_model, n_heads)", {"env": "multline*", "symbols": {"d_model": r"d_{\mathrm{m}}"}}),
    ("formula", "resnet(a, b, c, d, (H,W,3), K)", {"env": "align", "width": "6cm", "note": True}),
    ("derivation", "gpt2(L, d, h)", {"notation": "in-out", "width": "6cm"}),
    ("derivation", HOSTILE, {"width": "6cm"}),
    ("table", HOSTILE, {"width": "12cm"}),
    ("stages", HOSTILE, {"width": "12cm"}),
    ("macros", HOSTILE, {}),
    ("table", "(n) -> dense(10^60) -> dense(10^70)", {"width": "column", "env": "longtable"}),
    (
        "table",
        WORDY,
        {"width": "column", "quantities": "params macs flops"},
    ),
    (
        "table",
        WORDY,
        {"width": "200pt", "quantities": "params macs"},
    ),
    ("table", "lenet5", {"caption": "Größe — “ours”, naïve µ ± Ω"}),
    ("table", "lenet5", {"env": "tabular", "note": True}),
    ("table", "(16,32) -> moe(linear(64) -> linear(32), 4, active=1)", {"quantities": "params depth"}),
    ("formula", "(n) -> dense(h) -> dense(h)", {"symbols": {"h": r"\hat{N}_{\mathrm{hid}}^*"}}),
    ("formula", "(n) -> dense(10^300)", {"width": "column"}),
]


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize("at", range(len(OPTIONS)))
def test_the_options_compile(at: int, tmp_path: Path) -> None:
    kind, text, options = OPTIONS[at]
    it = wish(**options)
    assert typeset.compiled({kind: written(kind, {"Net 2": net(text)}, it)}, it.style.width, tmp_path) == []


def test_tables_of_several_compile(tmp_path: Path) -> None:
    some = {name: net(name) for name in ("lenet5", "resnet50", "gpt2", "transformer")}
    family = {"values": {"n": [3, 5, 7, 9, 18]}}
    texts = {
        "comparison": written("comparison", some, wish(quantities="params:M macs depth receptive_field")),
        "complexity": written("complexity", some, wish()),
        "family": written("family", {"ResNet": net("resnet_cifar(n, 16)")}, wish(**family)),
        "macros": written("macros", some, wish()),
    }
    assert typeset.compiled(texts, wish().style.width, tmp_path) == []


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize("text", ["lenet5", "resnet50", "gpt2(L, d, h)", HOSTILE])
def test_an_appendix_is_a_document(text: str, tmp_path: Path) -> None:
    document = written("appendix", {"the net": net(text)}, wish())
    assert set(typeset.packages(document)) <= {"geometry", "amsmath", "booktabs", "longtable", "tikz"}
    assert typeset.pdflatex(document, tmp_path) == []


def blocks(tex: str) -> list[str]:
    """The displays of a text."""
    return re.findall(r"\\begin\{(?:align|alignat|multline)\*?\}.*?\\end\{[a-z*]+\}", tex, re.DOTALL)


@pytest.mark.slow
def test_every_formula_is_strict_katex() -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("formula", {}), ("derivation", {}),
        ("derivation", {"quantities": "macs", "notation": "in-out", "width": "column"}),
    ]  # fmt: skip
    nets = {**{name: net(name) for name in NAMES}, **dict(symbolic()), "hostile": net(HOSTILE)}
    formulas = [
        block for name, one in nets.items() for kind, options in asked
        for block in blocks(written(kind, {name: one}, wish(**options)))
    ]  # fmt: skip
    assert len(formulas) > 3 * len(nets)
    assert typeset.katex(list(dict.fromkeys(formulas))) == []


# It says the same numbers


def equations(tex: str) -> dict[str, list[str]]:
    """What stands between the equals signs of each equation, by what stands before the first; lines joined."""
    inner = " ".join(re.sub(r"\\(begin|end)\{[a-z*]+\}(\{4\})?", "", block) for block in blocks(tex))
    out: dict[str, list[str]] = {}
    name = ""
    for line in re.split(r"\\\\|\n(?=  \\mathrm)", inner):
        left, _, right = line.strip().partition("&=")
        plain = right.replace(r"\quad", " ").replace("&", " ").strip()
        if left.strip().startswith(r"\mathrm") and "&" not in left:
            name = left.strip()
            out[name] = [plain]
        elif left.strip() == "" and right:
            out[name].append(plain)
        elif line.strip():
            out[name][-1] += " " + line.replace(r"\quad", " ").replace("&", " ").strip()
    return out


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("wide", ["345pt", "160pt"])
def test_a_printed_formula_is_the_engines(name: str, wide: str) -> None:
    """At random points, broken or not: an independent reader's number is the one that the engine has there."""
    one = family(name)
    told = equations(written("formula", {name: one}, wish(width=wide)))
    for quantity in ("params", "macs"):
        size = one.quantity(quantity)
        (formula,) = told[rf"\mathrm{{{quantity}}}"]
        names = sorted({it.name for it in symbols(size)}) if isinstance(size, Poly) else []
        checked = 0
        for start in range(2, 8):
            values = {it: start + 3 * n % 5 for n, it in enumerate(names)}
            try:
                known = replaced(size, values)
            except pm.NetError:  # of a size that is none with these numbers
                continue
            if isinstance(known, (int, Fraction)):
                assert read(formula, values) == known, (quantity, values, formula)
                checked += 1
        assert checked


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", NAMES[:: 1 if LONG else 4])
@pytest.mark.parametrize("quantity", ["params", "macs"])
def test_a_printed_derivation_adds_up(name: str, quantity: str) -> None:
    """Each layer's formula with its numbers is its result, and the sum at the end is the total."""
    tex = written("derivation", {name: net(name)}, wish(quantities=quantity, width="2000pt"))
    total = net(name).quantity(quantity)
    rows = re.findall(r"&&= (.+?)\\; &&= (.+?)(?: \\\\)?$", tex, re.MULTILINE)
    end = tex.index(rf"\mathrm{{{quantity}}} &=")
    sums = equations(tex[tex.rindex(r"\begin{align*}", 0, end) :])[rf"\mathrm{{{quantity}}}"]
    names = sorted({it.name for it in symbols(total)}) if isinstance(total, Poly) else []
    values = {it: 40 + n for n, it in enumerate(names)}
    for put_in, result in rows:
        assert read(put_in, values) == read(result, values), (put_in, result)
    assert rows or quantity != "params"
    expected = replaced(total, values) if isinstance(total, Poly) else total
    assert [read(part, values) for part in sums] == [expected] * len(sums)


def test_each_equation_has_one_number() -> None:
    """An `align` numbers every line but those with \\notag: the first of each equation, and of each bound of a sum."""
    broken = 0
    for text in ("(n) -> dense(h)", "(T,c) -> conv(3,c,s=2,p=1)*n", "resnet(a, b, c, d, (H,W,3), K)"):
        asked = wish(env="align", width="8cm", quantities="params macs depth")
        lines = [line.strip() for line in written("formula", {"x": net(text)}, asked).split("\n") if "&" in line]
        first = [re.match(r"(\\mathrm\{\w+\} )?&(=|\\ge|\\le)", line) is not None for line in lines]
        assert [r"\notag" not in line for line in lines] == first
        broken += len(lines) - sum(first)
    assert broken


def test_the_letters_of_a_derivation_can_be_chosen() -> None:
    one = net("(H,W,c) -> conv(3x3, f, same)")
    short = written("derivation", {"x": one}, wish())
    long = written("derivation", {"x": one}, wish(notation="in-out"))
    assert r"c\,k^{2}\,f + f" in short
    assert r"C_{\mathrm{in}}\,K^{2}\,C_{\mathrm{out}} + C_{\mathrm{out}}" in long


@pytest.mark.slow
def test_a_line_is_no_wider_than_it_is_estimated(tmp_path: Path) -> None:
    """TeX's own widths are below our estimates, for formulas of every kind and for code."""
    formulas = [
        part.replace("&", "").replace(r"\quad", "").strip().removesuffix(r"\\")
        for _, one in symbolic()
        for quantity in ("params", "macs", "shape")
        for block in blocks(written("formula", {"x": one}, wish(quantities=quantity, width="3000pt")))
        for part in block.split("\n")[1:-1]
    ]
    texts = [code(call) for _, one in symbolic() for call in {row.call for row in one.layers}]
    texts += [words(note) for _, one in symbolic() for note in one.assumptions]
    if typeset.shutil.which("pdflatex") is None:
        typeset.missing("pdflatex")
    measured = [rf"\setbox0=\hbox{{$\displaystyle {it}$}}\typeout{{WIDTH \the\wd0}}" for it in formulas]
    measured += [rf"\setbox0=\hbox{{{it}}}\typeout{{WIDTH \the\wd0}}" for it in texts]
    document = "\n".join([typeset.PREAMBLE % (345, "amsmath"), *measured, r"\end{document}"])
    assert typeset.pdflatex(document, tmp_path) == []
    log = (tmp_path / "a.log").read_text("latin-1")
    found = [float(it) for it in re.findall(r"^WIDTH ([0-9.]+)pt", log, re.MULTILINE)]
    estimated = [*map(width, formulas), *map(text_width, texts)]
    assert len(found) == len(estimated) > 300
    ratios = [is_ / (said / 10) for is_, said in zip(found, estimated, strict=True) if said]
    worst = max(zip(ratios, [*formulas, *texts], strict=False))
    assert worst[0] <= 1.02, worst
    assert sum(ratios) / len(ratios) > 0.8  # and not far below


# Tables


def table(kind: str, text: str, **options: Any) -> Any:
    return net(text).table(kind, **options)


# Sandler et al. 2018, table 2: input, operator's t, c, n, s.
MOBILENET_V2 = [
    ((224, 224, 3), None, 32, 1, 2), ((112, 112, 32), 1, 16, 1, 1), ((112, 112, 16), 6, 24, 2, 2),
    ((56, 56, 24), 6, 32, 3, 2), ((28, 28, 32), 6, 64, 4, 2), ((14, 14, 64), 6, 96, 3, 1),
    ((14, 14, 96), 6, 160, 3, 2), ((7, 7, 160), 6, 320, 1, 1), ((7, 7, 320), None, 1280, 1, 1),
]  # fmt: skip


def test_the_stages_of_mobilenet_are_those_of_its_paper() -> None:
    grid = table("stages", "mobilenet_v2").grid
    assert [column.name for column in grid.columns] == ["input", "operator", "t", "c", "n", "s"]
    rows = [(came, *more) for came, _, *more in (line.cells for line in grid.lines)]
    assert rows[: len(MOBILENET_V2)] == MOBILENET_V2
    assert grid.lines[0].cells[1] == "conv(3x3, 32, s=2, same, nobias)"


def test_the_stages_of_resnet_are_those_of_its_paper() -> None:
    """He et al. 2015, table 1: blocks and output sizes."""
    grid = table("stages", "resnet50").grid
    at = {column.name: n for n, column in enumerate(grid.columns)}
    rows = [line.cells for line in grid.lines if line.cells[1] == "bottlenecks"]
    assert [(row[at["f"]], row[at["n"]], row[at["c"]], row[0][0] // row[at["s"]]) for row in rows] == [
        (64, 3, 256, 56), (128, 4, 512, 28), (256, 6, 1024, 14), (512, 3, 2048, 7)
    ]  # fmt: skip


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", NAMES[:: 1 if LONG else 5])
@pytest.mark.parametrize("depth", [None, 0, 1, 9])
def test_the_rows_of_a_table_add_up(name: str, depth: int | None) -> None:
    """The rows that are not opened sum to the total; an opened one is the sum of those below it, times its copies.

    Shared weights count where they stand first, so that only work adds up where something is shared."""
    grid = table("table", name, quantities="params macs", depth=depth).grid
    total = grid.foot[0].cells[2:]
    lines = grid.lines

    def below(at: int, level: int) -> list[int]:
        inside = []
        for n in range(at, len(lines)):
            if lines[n].level < level:
                break
            inside += [n] if lines[n].level == level else []
        return inside

    def summed(rows: list[int]) -> tuple[Any, ...]:
        return tuple(sum((lines[n].cells[2 + k] or 0) for n in rows) for k in range(2))

    assert summed(below(0, 0)) == total
    shared = any(row.kind == "shared" or row.shared or row.loops for row in net(name).traced.rows)
    for n, line in enumerate(lines):
        if line.group:
            inner = summed(below(n + 1, line.level + 1))
            assert inner[1] * line.times == line.cells[3], line
            assert shared or inner[0] * line.times == line.cells[2], line


STAGES = """
    (16,16,8) -> (conv(3x3,8,same)*2)*3                              conv(3x3, 8, same)  6
    (16,16,8) -> (conv(3x3,8,same)*2 -> pool(2))*3                   conv(3x3, 8, same)*2 -> pool(2)  3
    (32,32,16) -> b(16,3) -> b(16,3) -> b(16,5)                      b(16,3)  2  b(16,5)  1
    (16,16,8) -> moe(linear(8),4,active=1) -> moe(linear(8),8,active=1) -> moe(linear(8),8,active=1)  moe  1  moe  2
    (16,16,8) -> residual(conv(3x3,8,same)) -> residual(conv(1x1,8))  residual  1  residual  1
"""


@pytest.mark.parametrize("row", [line.strip() for line in STAGES.strip().split("\n")])
def test_stages_are_one_only_where_they_are_alike(row: str) -> None:
    text, *expected = re.split(r"  +", row)
    grid = table("stages", f"b(c,k) = conv((k,k),c,same) -> conv(1x1,c)\n{text}").grid
    at = {column.name: n for n, column in enumerate(grid.columns)}
    found = [(str(line.cells[1]), str(line.cells[at["n"]]) if "n" in at else "1") for line in grid.lines]
    assert [word for row in found for word in row] == expected


ADDED = [
    "(16,32) -> moe(linear(64) -> linear(32), 4, active=1)*3 -> linear(5)",
    "shared blk = linear(d)\n(T,d) -> blk*6",
    "(32,32,3) -> [conv(3x3, 2^i, same) for i in 1..n] -> gap",
    "(9,8) -> [linear(8) for i in 1..n] * 3 -> (linear(8) * 2 -> linear(8)) * m",
    *NAMES[:: 1 if LONG else 6],
]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("text", ADDED)
@pytest.mark.parametrize("quantity", ["params", "macs"])
def test_the_lines_of_a_derivation_add_up(text: str, quantity: str) -> None:
    """What each line says, as often as it says, is the total."""
    told = explained(net(text), quantity)
    added: Any = 0
    for step in told.steps:
        for one in step.derived:
            if one.of == quantity:
                value = one.result
                for index, low, high in one.over:
                    value = summed(value, index, low, high)
                added += value * one.times
    assert same(added, told.total)


# Counted by hand, from the equations of the layers (Vaswani et al. 2017; Hochreiter & Schmidhuber 1997).
COMPLEXITY = """
    (T,d) -> attention(h)          4*d^2 + 4*d   2*T^2*d + 4*T*d^2   2
    (T,d) -> lstm(d)               8*d^2 + 4*d   8*T*d^2             T
    (T,d) -> gru(d, seq)           6*d^2 + 6*d   6*T*d^2             T
    (T,d) -> bi(rnn(d, seq))       4*d^2 + 2*d   4*T*d^2             T
    (T,d) -> conv(k, d, same)      k*d^2 + d     T*k*d^2             1
    (T,d) -> linear(m) -> linear(d)  2*m*d + m + d  2*T*m*d          2
    (T,d) -> lstm(d,seq) -> gru(d)   14*d^2 + 10*d  14*T*d^2         2*T
"""


@pytest.mark.parametrize("row", [line.strip() for line in COMPLEXITY.strip().split("\n")])
def test_parameters_operations_and_steps_in_symbols(row: str) -> None:
    text, *expected = re.split(r"  +", row)
    other = {"other": net("(T,d) -> linear(d)")}
    cells = net(text).table("complexity", others=other).grid.lines[0].cells[1:]
    values = {"T": 7, "d": 12, "h": 3, "k": 5, "m": 11}
    for value, formula in zip(cells, expected, strict=True):
        said = int(eval(formula.replace("^", "**"), {}, values))
        assert (replaced(value, values) if isinstance(value, Poly) else value) == said


def test_the_kinds_of_layers_of_one_network() -> None:
    grid = table("complexity", "gpt2(L, d, h)").grid
    rows = {line.cells[0]: line.cells[1:] for line in grid.lines}
    assert list(rows) == ["embed", "pos", "attention", "linear"]
    values = {"c": 8, "t": 5, "u": 3, "V": 50, "n": 9}
    assert [replaced(it, values) for it in rows["attention"][:2]] == [4 * 64 + 4 * 8, 4 * 5 * 64 + 2 * 25 * 8]
    assert [replaced(it, values) for it in rows["linear"][:2]] == [8 * 3 + 3, 5 * 8 * 3]


def test_a_family_has_the_numbers_of_the_network_with_numbers() -> None:
    grid = table("family", "resnet_cifar(n, 16)", values={"n": [3, 5, 7, 9, 18]}).grid
    # He et al. 2015, table 6: 20, 32, 44, 56 and 110 layers, 0.27M, 0.46M, 0.66M, 0.85M, 1.7M parameters
    assert [line.cells[:2] for line in grid.lines] == [(3, 20), (5, 32), (7, 44), (9, 56), (18, 110)]
    assert [round(line.cells[2] / 10**4) / 100 for line in grid.lines] == [0.27, 0.46, 0.66, 0.85, 1.73]
    assert ("parameters", net("resnet_cifar(n, 16)").quantity("params")) in grid.remarks


UNITS = [
    ("params:k", ["61.7"]), ("params:k:3", ["61.706"]), ("params:M:1", ["0.1"]), ("params", ["61,706"]),
    ("params::0", ["61,706"]), ("params:Ki:2", ["60.26"]), ("macs:M:0", ["0"]), ("macs:k:0", ["417"]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "said"), UNITS)
def test_units_and_decimals_are_exactly_rounded(asked: str, said: list[str]) -> None:
    text = str(table("comparison", "lenet5", quantities=asked))
    assert text.split("\n")[2].split()[1:] == said
    assert said[0] in table("comparison", "lenet5", quantities=asked).latex()


# The same in every format


@pytest.mark.slow(but_every=5)
@pytest.mark.parametrize("kind", ["table", "stages", "complexity", "comparison"])
@pytest.mark.parametrize("text", ["lenet5", "resnet50", "gpt2(L, d, h)", HOSTILE, "unet"])
def test_every_format_has_the_cells_of_the_table(kind: str, text: str) -> None:
    it = table(kind, text)
    lines = [*it.grid.lines, *it.grid.foot]
    data = json.loads(it.json())
    rows = list(csv.DictReader(io.StringIO(it.csv())))
    marked = [row for row in it.markdown().split("\n") if row.startswith("| ")][2:]
    assert len(data["rows"]) == len(rows) == len(marked) == len(lines)
    assert it.html().count("<tr>") == len(lines) + 1
    for line, told, row in zip(lines, data["rows"], rows, strict=True):
        for column, value in zip(it.grid.columns, line.cells, strict=True):
            if isinstance(value, int):
                assert told[column.name] == value
                assert row[column.name] == str(value)
            elif value is None:
                assert column.name not in told
                assert row[column.name] == ""
            elif isinstance(value, Poly):
                names = {sym.name: 3 + n for n, sym in enumerate(sorted(symbols(value), key=lambda sym: sym.name))}
                if any(not name.isascii() for name in names):
                    continue
                at = ", ".join(f"{name}={number}" for name, number in names.items())
                reply = answers(read_program(f"({row[column.name]}) at {at}"), {})
                assert reply.lines[0].value == replaced(value, names)


def test_a_condition_reads_the_same_in_markdown() -> None:
    text = net("(T) -> embed(5,4) -> pos(1024)").table().markdown()
    assert "holds for T &#60;= 1024" in text
    assert "\\#" not in text


def test_markdown_and_html_take_nothing_from_names() -> None:
    one = pm.net("(a_b*c,3) -> linear(x__y_) -> linear(λ)")
    marked = one.table().markdown()
    assert r"a\_b" in marked
    assert "<" not in re.sub(r"&#\d+;", "", marked)
    html = one.table().html()
    assert re.findall(r"<(?!/?(table|thead|tbody|tfoot|tr|th|td|ul|li|span)\b)", html) == []


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    from paramula.formats.grids import table_csv
    from paramula.papers.tables.grid import Code, Column, Grid, Line

    grid = Grid("layers", ("x",), (Column("layer", "layer"),), (Line((Code("=1+1"),)),), (), (), (), ())
    assert table_csv(grid).split("\n")[1] == "0,1,,'=1+1"


# Words


NAMED = ["a_b", "x__y", "λ", "what", "n_max", "E", "a1"]


@pytest.mark.parametrize("name", NAMED)
def test_a_name_reaches_tex_escaped(name: str) -> None:
    """Whatever a symbol is called, no command of TeX comes from it but what sets its letters."""
    one = pm.net(f"({name}, 3) -> linear({name}) -> linear(5)")
    for kind in LONE:
        text = written(kind, {"net": one}, wish())
        assert not re.search(r"(?<!\\)_(?!\{)", re.sub(r"%.*", "", text)), text
        assert all(ord(c) < 128 for c in text)


@pytest.mark.parametrize("c", [chr(n) for n in (*range(32, 127), 0x7F, 0xA0, 0x2028, 0x202E, 0x1F600, 0x0301)])
def test_every_character_can_be_set(c: str) -> None:
    for text in (words(c), code(c)):
        assert all(" " <= it <= "~" for it in text)
        assert not re.search(r"(?<!\\)[&#%_~^](?!$)|(?<!\\)[&#%_]$", re.sub(r"\\[~^]\{\}|\$.*?\$|~", "", text)), text


REFUSED = [
    ({"symbols": {"f": r"\input{x}"}}, "is no symbol"),
    ({"symbols": {"f": r"a}b{"}}, "is no symbol"),
    ({"symbols": {"f": r"\write18{x}"}}, "is no symbol"),
    ({"symbols": {"f": "a%b"}}, "is no symbol"),
    ({"symbols": {"f": ""}}, "is no symbol"),
    ({"symbols": {"f": "$f$"}}, "is no symbol"),
    *(
        ({"symbols": {"f": tex}}, "is no symbol")
        for tex in (
            r"\hat",
            r"\mathrm",
            "a^",
            "a_",
            "x__y",
            "a^b^c",
            "_",
            r"\mathtt{^}",
            "n-1",
            "a+b",
            "a b",
            "3",
            "{}",
            "^^5cinput",
        )
    ),
    ({"thousands": ""}, "there is no way"),
    ({"notation": ""}, "there is no notation"),
    ({"depth": -1}, "a depth is a whole number, 0 at least"),
    ({"caption": 5}, "caption is a text"),
    ({"symbols": {"f": 5}}, "symbol is a text"),
    ({"quantities": 5}, "quantities are texts"),
    ({"values": {"n": "34"}}, "the values of n are a list"),
    ({"label": "a b"}, "is no label"),
    ({"label": r"a}\input{b"}, "is no label"),
    ({"width": "12"}, "is no width"),
    ({"width": "1e9pt"}, "is no width"),
    ({"width": "3pt"}, "is no width"),
    ({"env": "equation"}, "there is no environment"),
    ({"size": "huge"}, "there is no size"),
    ({"thousands": "dots"}, "there is no way"),
    ({"notation": "x"}, "there is no notation"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED)
def test_what_is_no_option_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(pm.NetError, match=said):
        wish(**options)


MISTAKES = [
    ("table", "lenet5", {"quantities": "parms"}, "there is no column 'parms'"),
    ("table", "lenet5", {"quantities": "params:X"}, "'params:X' is no column"),
    ("table", "lenet5", {"quantities": "params:M:x"}, "'params:M:x' is no column"),
    ("table", "gpt2(L, d, h)", {"quantities": "params:M"}, "params is a formula here"),
    ("table", "resnet50", {"quantities": " ".join(["params", "macs", "outputs", "flops"]), "width": "2cm"}, "is no"),
    ("table", "resnet50", {"quantities": "params macs outputs flops state", "width": "130pt"}, "no table of 7 columns"),
    ("comparison", "lenet5", {"quantities": "share"}, "a network has no share"),
    ("family", "resnet_cifar(n, 16)", {}, "a family is over values"),
    ("family", "resnet_cifar(n, 16)", {"values": {"n": [1, 2], "m": [1]}}, "a family is over values"),
    ("family", "resnet_cifar(n, 16)", {"values": {"m": [1]}}, "m"),
    ("formula", "lenet5", {"quantities": "share"}, "there is no quantity called 'share'"),
    ("formula", "lenet5", {"env": "table"}, "formula has no environment 'table'"),
    ("derivation", "lenet5", {"quantities": "depth"}, "depth is no sum over layers"),
    ("tabel", "lenet5", {}, "there is no kind of LaTeX 'tabel'"),
    (None, "lenet5", {}, "there is no kind of LaTeX None"),
    ("formula", "lenet5", {"label": "eq:a"}, "only a table in table"),
    ("table", "lenet5", {"env": "tabular", "caption": "a"}, "only a table in table"),
    ("formula", "lenet5", {"symbols": {"zz": "x"}}, "there is no symbol called 'zz'"),
    ("formula", "(n) -> dense(3)", {"quantities": "receptive_field"}, "receptive_field has nothing to say"),
    ("stages", "lenet5", {"quantities": "params"}, "the columns of stages are its own"),
    ("table", "lenet5", {"values": {"n": [3]}}, "table is not over values"),
    ("stages", "lenet5", {"depth": 1}, "stages takes no depth"),
    ("family", "resnet18", {"depth": 0}, "family takes no depth"),
    ("derivation", "lenet5", {"depth": 1}, "derivation takes no depth"),
    ("table", "lenet5", {"quantities": "params params:M"}, "'params' stands in two columns"),
    ("table", " -> ".join(["(8)", *(f"dense({n})" for n in range(1, 90))]), {}, "the table is higher than a page"),
    ("stages", "(n) -> relu", {}, "there is no layer that stages list"),
    ("macros", " -> ".join(["(8)", *(f"dense({n})" for n in range(1, 90))]), {}, "makes no name for macros"),
]


@pytest.mark.slow(only="table of 7 columns")
@pytest.mark.parametrize(("kind", "text", "options", "said"), MISTAKES)
def test_a_mistake_is_one_message(kind: str, text: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(pm.NetError) as raised:
        net(text).latex(kind, **options)
    assert said in str(raised.value)


def test_a_macro_that_has_no_value_is_a_comment() -> None:
    """Branches of strides 1 and 2 have no single stride; the other macros are there."""
    macros = written(
        "macros", {"ours": net("(T,c) -> (conv(3,c) | conv(3,c,s=2) -> up(2))")}, wish(quantities="stride params")
    )
    assert re.findall(r"^% (Ours\w+): .*different strides", macros, re.MULTILINE) == ["OursStride"]
    assert re.findall(r"newcommand\{\\(\w+)\}", macros) == ["OursParams"]


def test_one_network_is_one() -> None:
    with pytest.raises(pm.NetError, match="formula takes one network"):
        net("lenet5").latex("formula", others={"alexnet": net("alexnet")})


# The same bytes, and the words that were agreed on

GOLDEN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "formula": ("formula", "gpt2(L, d_model, h)", {"quantities": "params macs", "width": "column"}),
    "derivation": ("derivation", "lenet5", {}),
    "derivation_stacked": ("derivation", "gpt2(L, d, h)", {"width": "column", "notation": "in-out"}),
    "table": ("table", "lenet5", {"quantities": "params macs:M:2 share", "label": "tab:lenet"}),
    "table_blocks": ("table", "vit_b_16", {"env": "table*", "siunitx": True}),
    "table_long": ("table", "alexnet", {"env": "longtable"}),
    "table_body": ("table", "lenet5", {"env": "body"}),
    "stages": ("stages", "mobilenet_v2", {}),
    "family": ("family", "resnet_cifar(n, 16)", {"values": {"n": [3, 5, 7]}}),
    "complexity": ("complexity", "gpt2(L, d, h)", {}),
    "macros": ("macros", "resnet50", {}),
    "note": ("note", "swin_t((H,W,3))", {}),
    "appendix": ("appendix", "(H,W,3) -> conv(3x3,f,same,relu) -> pool(2) -> gap -> dense(n_classes)", {}),
}


def golden(name: str) -> str:
    kind, text, options = GOLDEN[name]
    return net(text).latex(kind, **options)


@pytest.mark.slow(only="note")
@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_files(name: str) -> None:
    assert (GOLDENS / f"{name}.tex").read_text("utf-8") == golden(name), "run python tests/papers/test_paper.py --write"


@pytest.mark.slow
def test_the_golden_files_compile_side_by_side(tmp_path: Path) -> None:
    texts = {name: golden(name) for name in GOLDEN if name not in ("appendix", "table_body")}
    assert typeset.compiled(texts, wish().style.width, tmp_path) == []


def test_every_kind_has_a_golden_file() -> None:
    kinds = {kind for kind, _, _ in GOLDEN.values()}
    assert set(KINDS) - kinds == {
        "comparison",
        "figure",
    }  # that of figures is with them; a comparison is in the tutorial


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_bytes_are_the_same_in_every_process(seed: str) -> None:
    here = "import sys; sys.path[:0] = ['src', 'tests/papers']; import test_paper as t; "
    script = f"{here}print(t.golden('appendix'), end='')"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert run.stdout == golden("appendix")


def test_a_long_derivation_is_quick() -> None:
    """ResNet-152: a call for each convolution and norm, equal blocks once; the time is in tests/benchmarks."""
    assert net("resnet152").latex("derivation").count(r"\texttt") > 50


# Networks drawn by chance

RANDOM = 400 if LONG else 12  # in each of two widths


@pytest.mark.slow
@pytest.mark.parametrize("wide", ["page", "column"])
def test_random_networks_are_written_and_compile(wide: str, tmp_path: Path) -> None:
    """Every kind of every network ends in LaTeX that compiles and fits, or in one message."""
    it = wish(width=wide)
    texts: dict[str, str] = {}
    for seed in range(RANDOM):
        sample = random_network(random.Random(f"paper {wide} {seed}"))
        for text in (sample.text, sample.symbolic):
            try:
                one = pm.net(text)
            except pm.NetError:
                continue
            for kind in sorted(set(KINDS) - {"appendix"}):
                with suppress(pm.NetError):
                    env = "longtable" if kind in TABLES else ""
                    texts[f"{len(texts)} {kind} {text!r}"] = written(kind, {"net": one}, wish(width=wide, env=env))
            for kind in ("table", "stages"):
                with suppress(pm.NetError):
                    made = one.table(kind)
                    assert all((made.markdown(), made.html(), made.csv(), made.json(), str(made)))
    assert len(texts) > 5 * RANDOM
    named = {f"{n}": text for n, text in enumerate(texts.values())}
    said = typeset.compiled(named, it.style.width, tmp_path)
    assert said == [], list(texts)[int(said[0].split(":")[0])]


# The tutorial

PAGE = (ROOT / "docs" / "paper.md").read_text("utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_paper_of_the_tutorial_is_made_by_its_commands(tmp_path: Path) -> None:
    """Its commands typed in, in an empty folder: the PDF has the numbers, and LaTeX has nothing against it."""
    if typeset.shutil.which("pdflatex") is None:
        typeset.missing("pdflatex")
    shell = shutil.which("bash") or shutil.which("sh")
    assert shell
    (tmp_path / "net.net").write_text(fenced("paramula")[0], "utf-8")
    (tmp_path / "paper.tex").write_text(fenced("tex")[0], "utf-8")
    command = f'paramula() {{ "{sys.executable}" -m paramula "$@"; }}\n'
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "max_print_line": "1000", "PYTHONUTF8": "1"}
    run = subprocess.run(
        [shell, "-euc", command + "".join(fenced("sh"))],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    said = run.stdout.decode("utf-8", "replace") + run.stderr.decode("utf-8", "replace")
    assert run.returncode == 0, said[-3000:]
    runs = said.split("This is pdfTeX")[1:]
    assert len(runs) == 4
    for last in runs[1::2]:
        assert not re.search(r"^(Overfull|LaTeX Warning|Package|!).*", last, re.MULTILINE), last
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
    assert (tmp_path / "appendix.pdf").stat().st_size > 10_000
    one = pm.net(fenced("paramula")[0]).at(f=16, n=3)
    assert f"{one.quantity('params'):,}".replace(",", "{,}") in (tmp_path / "numbers.tex").read_text("utf-8")
    assert (tmp_path / "figure.svg").read_text("utf-8").startswith("<svg")


def main() -> None:
    GOLDENS.mkdir(exist_ok=True)
    for name in GOLDEN:
        (GOLDENS / f"{name}.tex").write_text(golden(name), "utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        main()
