"""Networks as HTML and LaTeX: one golden page, the same cells as the text, and nothing of the user's unescaped."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.errors import NetError
from paramula.formats.html import HIDDEN, OPEN, STYLE, bundle, folds, html, latex_totals, spelled, valued
from paramula.formats.json import json_text
from paramula.formats.text import table
from paramula.questions.report import Report, report
from places import NETWORKS

VOID = {"br", "input"}
TAGS = {
    "div", "style", "table", "thead", "tbody", "tr", "th", "td", "span", "label", "b", "i", "details", "summary", *VOID
}  # fmt: skip
ATTRIBUTES = {"class", "dir", "hidden", "type", "checked", "title", "style"}


class Page(HTMLParser):
    """HTML read back: its rows, its text, and what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.rows: list[tuple[set[str], list[str]]] = []  # classes, texts of the cells
        self.style = ""
        self.titles: list[str] = []
        self.hidden = 0
        self.text = ""
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or not {name for name, _ in attrs} <= ATTRIBUTES:
            self.wrong.append(self.get_starttag_text() or "")
        values = dict(attrs)
        self.titles += [values["title"] or ""] if "title" in values else []
        if tag == "tr":
            self.rows.append((set((values.get("class") or "").split()), []))
        if tag in ("td", "th"):
            self.rows[-1][1].append("")
        if tag not in VOID:
            self.open.append("hidden" if "hidden" in values else tag)
            self.hidden += "hidden" in values

    def handle_endtag(self, tag: str) -> None:
        was = self.open.pop() if self.open else ""
        self.hidden -= was == "hidden"
        if was not in (tag, "hidden"):
            self.wrong.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        elif not self.hidden:
            self.text += data
            if "td" in self.open or "th" in self.open:
                self.rows[-1][1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def shown(text: str) -> Page:
    return Page(html(report(pm.net(text))))


# One page in full

GOLDEN = f"""\
<div class="paramula" dir="ltr"><style>
{STYLE}.paramula .t:has(.h0:not(:checked)) .g0{{display:none}}
</style>
<table class="t"><thead>
<tr><th>layer</th><th>output</th><th>params</th></tr>
</thead><tbody>
<tr><td class="c d" style="text-align:left">\u2003input</td><td>(28, 28, 3)</td><td></td></tr>
<tr><td class="c" style="text-align:left">\u2003pool(2)</td><td>(14, 14, 3)</td><td class="d">0</td></tr>
<tr><td class="c" style="text-align:left"><label class="g"><input type="checkbox" class="h0" checked>\
conv(1x1,f) | id</label></td><td class="d">(14, 14, f + 3)</td><td class="d">4·f</td></tr>
<tr class="g0"><td class="c" style="text-align:left">\u2003\u2003· conv(1x1,f)</td><td>(14, 14, f)</td><td>4·f</td></tr>
<tr><td class="c" style="text-align:left">\u2003dense(10)</td><td>(10)</td><td>1960·f + 5890</td></tr>
</tbody></table>
<table class="t v"><tbody>
<tr><th>params</th><td class="w"><span class="f"><span class="u">1964·f + 5890</span>\
<span {HIDDEN}>$1964 f + 5890$</span></span></td></tr>
<tr><th>macs</th><td class="w"><span class="f"><span class="u">2548·f + 5880</span>\
<span {HIDDEN}>$2548 f + 5880$</span></span></td></tr>
<tr><th>assumed</th><td class="w">dense(10) flattens (14, 14, f + 3)</td></tr>
</tbody></table>
<details class="d"><summary>conventions</summary>\
<div>params: trained numbers: kernels, biases, scales, tables; shared ones once</div>\
<div>macs: multiply–accumulates of conv, dense, recurrent and attention products; no bias, norm or activation</div>\
</details>
</div>"""  # by hand: 3·f + f; 14·14·(f + 3)·10 + 10; 14·14·3·f + 14·14·(f + 3)·10


def test_a_small_network_in_full() -> None:
    assert html(report(pm.net("(28,28,3) -> pool(2) -> (conv(1x1,f) | id) -> dense(10)"))) == GOLDEN


def test_what_a_notebook_chooses_from() -> None:
    net = pm.net("(784) -> dense(f)")
    said = bundle(net.report())
    assert set(said) == {"text/html", "text/latex", "text/plain"}
    assert said["text/plain"] == str(net)
    assert said["text/latex"] == (
        "$\\displaystyle \\begin{aligned}\n\\text{params} &= 785 f \\\\\n\\text{macs} &= 784 f\n\\end{aligned}$"
    )


# The same as the text


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_the_page_says_what_the_text_says(path: Path) -> None:
    told = report(pm.load(path))
    page = Page(html(told))
    assert page.wrong == []
    lines = table(told, 10**6, rows=None).split("\n")

    def squeezed(text: str) -> str:
        return "".join(text.split())

    head, *body = [squeezed("".join(cells)) for _, cells in page.rows]
    assert head == squeezed(lines[0])
    said = [squeezed(line) for line in lines[2:] if line]
    assert said[: len(told.lines) + len(told.inputs)] == body[: len(told.lines) + len(told.inputs)]
    rest, counted = "".join(said).split("conventions")
    assert rest == "".join(body)
    assert squeezed(page.text).endswith("conventions" + counted)


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_a_row_is_folded_by_the_groups_around_it(path: Path) -> None:
    told = report(pm.load(path))
    rows = folds(told.lines)
    for at, row in enumerate(rows):
        owners = []  # the groups above it, innermost last, found by looking back
        level = row.entry.level
        for before in reversed(rows[:at]):
            if before.entry.level < level:
                owners.insert(0, before.number)
                level = before.entry.level
        assert list(row.around) == owners
    closed = {row.number for row in rows if row.number is not None and not row.is_open}
    seen = [row for row in rows if not closed & set(row.around)]
    assert len(seen) <= OPEN or {row.entry.level for row in seen} == {0}
    page = Page(html(told))
    classes = [found for found, _ in page.rows[1 + len(told.inputs) :]]
    assert [{f"g{n}" for n in row.around} for row in rows] == classes[: len(rows)]
    for row in rows:
        if row.number is not None:
            assert f".paramula .t:has(.h{row.number}:not(:checked)) .g{row.number}{{display:none}}" in page.style


def test_numbers_stand_right_and_formulas_left() -> None:
    assert '<td class="n">54,090</td><td class="n d">99.4 %</td>' in html(
        report(pm.net("(28,28,1) -> conv(3x3,32) -> pool(2) -> dense(10)"))
    )
    assert "<td>785·f</td>" in html(report(pm.net("(784) -> dense(f)")))


def test_a_network_of_many_rows_is_cut() -> None:
    page = shown("(8) -> " + " -> ".join(f"dense({n})" for n in range(1, 1101)))
    assert "… 100 more rows" in page.text
    assert "dense(1000)" in page.text
    assert "dense(1001)" not in page.text


def test_nothing_comes_from_outside_and_nothing_runs() -> None:
    text = html(report(pm.net("resnet50"))).lower()
    assert not re.search(r"<script|<iframe|<img|<link|javascript|url\(|@import|https?:|\bon\w+=|srcdoc", text)


# Hostile texts

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></td></table><b>",
    "<!-- ",
    "&lt;b&gt; &#36;",
    r"$\input{/etc/passwd}$ \(x\) \[y\] $$z$$ \begin{align}",
    "%&#{}~^_\\",
    "abc\u202ecba\u200f \u2066x\u2069 \x1b[31m \x00",
    "שלום",
    "λ·²",
)


def hostile_report(text: str) -> Report:
    """A report that says a text wherever a report has one."""
    told = report(pm.net("(H,W,3) -> [conv(3x3,f*2^i) -> bn for i in 0..n-1] -> gap -> dense(10)"))
    lines = tuple(line._replace(path=text, call=text, note=text, branch=True) for line in told.lines)
    texts = (text,)
    return told._replace(
        text=text,
        lines=lines,
        totals={**told.totals, "macs": NetError(text)},
        conditions=texts,
        assumptions=texts,
        conventions={"params": text},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_only_text_on_the_page(text: str) -> None:
    harmless = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    for made in (html(hostile_report(text)), valued(text, NetError(text), (), (text,)), spelled(text)):
        page = Page(made)
        assert page.wrong == []
        if harmless == text:
            assert text in page.text
        assert not [c for c in page.text if unicodedata.category(c)[0] == "C" and c != "\n"]
        # What a page would typeset: text nodes that hold a delimiter. Ours hold nothing else.
        for piece in re.sub(rf"<span {HIDDEN}>.*?</span>", "", made).split("<"):
            inside = piece.partition(">")[2]
            assert inside in ("$", "\\") or not re.search(r"[$\\]", inside)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_long_call_is_whole_in_its_title(text: str) -> None:
    told = hostile_report(text + " " * 60 + text)
    page = Page(html(told))
    assert page.wrong == []
    assert len(page.titles) == len(told.lines)
    assert not [c for title in page.titles for c in title if unicodedata.category(c)[0] == "C"]


@pytest.mark.parametrize("text", [text for text in HOSTILE if '"' not in text])
def test_a_hostile_text_in_quotes_passes_through_every_printer(text: str) -> None:
    net = pm.net(f'f(x) = dense(10)\n(3) -> f("{text}")')
    page = Page(html(net.report()))
    assert page.wrong == []
    told = str(net)
    assert not [c for c in told if unicodedata.category(c)[0] == "C" and c != "\n"]
    assert json.loads(json_text(net))["layers"][0]["call"] == f'f("{text}")'
    assert text not in latex_totals(net.report())


NAMES = ("a_b", "d_in", "λ", "Ω", "ς", "what", "conv1_out", "E", "I", "pi", "h1", "x_1_2", "alpha")


@pytest.mark.parametrize("name", NAMES)
def test_names_on_the_page_are_spelled_as_typed(name: str) -> None:
    page = shown(f"(H,W,3) -> conv(3x3,{name},same) -> gap -> dense({name}^2)")
    assert page.wrong == []
    assert page.rows[2][1][1] == f"(H, W, {name})"


# LaTeX

# Of the commands that MathJax and KaTeX share, those that we use; tried in KaTeX (strict) and MathJax.
COMMANDS = {
    "displaystyle", "begin", "end", "text", "left", "right", "frac", "lfloor", "rfloor", "lceil", "rceil", "cdot",
    "sum", "min", "max", "gcd", "sqrt", "log", "operatorname", "mathit", "mathrm", "approx", "ge", "le",
    *(unicodedata.name(c).split()[-1].lower() for c in "αβγδζηθικλμνξπρστυχψω"),
}  # fmt: skip


def grammatical(tex: str) -> bool:
    """Whether braces and \\left, \\right pair, and no character stands there that TeX takes for something else."""
    depth = 0
    for sign in re.findall(r"\\[{}\\]|[{}]", tex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    odd = re.search(r"[%#~$]|[^\x20-\x7e\n]", tex.removeprefix("$").removesuffix("$"))
    return depth == 0 and tex.count(r"\left") - tex.count(r"\leftarrow") == tex.count(r"\right") and not odd


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_the_latex_is_in_the_subset(path: Path) -> None:
    told = latex_totals(report(pm.load(path)))
    assert grammatical(told)
    assert set(re.findall(r"\\([A-Za-z]+)", told)) <= COMMANDS


def test_a_network_without_answers_has_no_latex() -> None:
    told: Any = report(pm.net("(3) -> dense(4)"))
    assert latex_totals(told._replace(totals={"macs": NetError("too large")})) == ""
    assert "text/latex" not in bundle(told._replace(totals={"macs": NetError("too large")}))
