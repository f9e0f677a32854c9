"""A real notebook, executed: every cell of docs/notebook.md, and what its outputs say; completion; what goes wrong."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

WANTED = "the notebook is tested where nbclient and ipykernel are installed"
nbformat = pytest.importorskip("nbformat", reason=WANTED)
nbclient = pytest.importorskip("nbclient", reason=WANTED)
pytest.importorskip("ipykernel", reason=WANTED)

from paramula.surfaces.notebook import typed  # noqa: E402
from places import ROOT, SOURCES  # noqa: E402

PAGE = (ROOT / "docs" / "notebook.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
MESSAGE = BLOCKS[-1][1]  # of the mistake in the cell before it
CELLS = [text for _, text in BLOCKS[:-1]]

HOSTILE = "<script>alert(1)</script>"
MORE = {
    "hostile": f'%%net\nf(x) = dense(x)\n(3) -> f(a_b)\ng(x) = dense(1)\n(3) -> g("{HOSTILE} $\\input{{x}}$")',
    "broken": "import paramula\nparamula.net('(3) -> dens(4)')",
    "hostile mistake": f'%net (3) -> dense("{HOSTILE}")',
    "half": "%%net\nkept = (3) -> dense(4)\nparams(kept)\nparams(lost)",
    "kept": "%net params(kept)",
    "braces": "%net params((n) -> [dense(f) for f in {8,16}]) at n=4",
    "python stays out": '%net params((3) -> dense({__import__("os").getpid()}))',
    "nothing": "%net",
    "no name": "%%net 2x\n(3) -> dense(4)",
    "no name, no network": "%%net lonely\nparams(kept)",
    "unknown at": "%%net --at q=3\n(3) -> dense(k)",
    "tower": "%%net top\nenc: (n) -> dense(4)",
    "top": "top.params",
    "formula": "%net latex(params((n) -> dense(d_in)))",
    "solved": "%net solve params((9) -> dense(u)) <= 1k for u",
    "swept": "%net sweep params((9) -> dense(u)) for u in 1..3",
    "compared": "%net compare (9) -> dense(1), (9) -> dense(2)",
    "explained": "%net :explain",
    "helped": "%net help gap",
    "left": "%net :quit",
    "complete": """
from IPython.core.completer import provisionalcompleter

def offered(cell, cursor=None):
    with provisionalcompleter():
        found = get_ipython().Completer.completions(cell, len(cell) if cursor is None else cursor)
        return [(it.text, cell[it.start:it.end]) for it in found]

print(offered("%net (3) -> den")[0])
print(offered("x = %net (3) -> conv(3x3, 8, sa"))
print(offered("%%net --at f=3 kept\\n(3) -> ke"))
print(offered("%%net\\n(3) -> ke\\n", len("%%net\\n(3) -> ke")))
print([word for word, _ in offered("impor")])
""",
    "again": "%reload_ext paramula\nprint(len(get_ipython().Completer.custom_matchers))",
    "forgotten": "%net params(kept)",
    "unloaded": "%unload_ext paramula\nprint(len(get_ipython().Completer.custom_matchers))",
    "gone": "%net (3) -> dense(4)",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Any]]]:
    """The outputs of each cell of the page, by its text, and of MORE, by name."""
    folder = tmp_path_factory.mktemp("notebook")
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = str(SOURCES)
    os.environ["COLUMNS"] = "80"
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(folder / name)
        (folder / name).mkdir()
    try:
        cells = [nbformat.v4.new_code_cell(text) for text in (*CELLS, *MORE.values())]
        notebook = nbformat.v4.new_notebook(cells=cells)
        client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
        client.execute(cwd=str(folder))
        yield dict(zip((*CELLS, *MORE), (cell.outputs for cell in notebook.cells), strict=True))
    finally:
        os.environ.clear()
        os.environ.update(before)


def text_of(outputs: list[Any]) -> str:
    """The outputs of a cell as text."""
    return "\n".join(
        it.text.rstrip("\n")
        if it.output_type == "stream"
        else "\n".join(it.traceback)
        if it.output_type == "error"
        else it.data["text/plain"]
        for it in outputs
    )


def page(start: str) -> str:
    """The cell of the page that begins so."""
    return next(cell for cell in CELLS if cell.startswith(start))


def test_the_page_runs_and_only_its_mistake_fails(outputs: dict[str, list[Any]]) -> None:
    failed = [cell for cell in CELLS if any(it.output_type == "error" for it in outputs[cell])]
    assert failed == CELLS[-1:]
    assert text_of(outputs[CELLS[-1]][-1:]) == MESSAGE


def test_a_network_is_html_latex_and_text(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs[page("import paramula")]
    assert shown.output_type == "execute_result"
    assert set(shown.data) == {"text/html", "text/latex", "text/plain"}
    assert "1,226" in shown.data["text/html"]  # 9·3·32 + 32 + 32·10 + 10
    assert "1{,}226" in shown.data["text/latex"]
    assert shown.data["text/plain"].startswith("layer")
    assert "1,226" in shown.data["text/plain"]


def test_a_line_is_a_network(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs[page("%net (28")]
    assert "54,410" in shown.data["text/html"]  # 320 + 13·13·32·10 + 10
    assert text_of(outputs[page("small =")]) == "1700*f + 10"  # 9·f + f + 13·13·f·10 + 10
    assert text_of(outputs[page("answer =")]) == "3194629/125000"  # 25,557,032 / 10^6


def test_a_cell_is_answered_statement_by_statement(outputs: dict[str, list[Any]]) -> None:
    said = [text_of([it]) for it in outputs[page("%%net\nblock")]]
    assert len(said) == 4
    assert "block(c)" in said[0]
    assert said[1].startswith("body")
    assert said[2].startswith("params(body) = ")
    # convolutions 448 + 4,640 + 18,496 + 73,856, norms 2·(16 + 32 + 64 + 128), dense 1,290
    assert said[3].split("\n")[0] == "params(body) at n=4 = 99,210"
    html = outputs[page("%%net\nblock")][2].data["text/html"]
    assert '<span class="x" hidden style="display:none">$384' in html


def test_a_name_behind_the_magic_is_the_network(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs[page("%%net --at")]
    assert "(112, 112, 64)" in shown.data["text/html"]
    assert text_of(outputs["stem.macs"]) == str(112 * 112 * (49 * 3 * 32 + 9 * 32 * 64))


def test_an_error_is_its_message(outputs: dict[str, list[Any]]) -> None:
    (error,) = outputs["broken"]
    assert error.output_type == "error"
    assert error.ename == "NetError"
    assert (
        text_of([error])
        == "there is no layer called 'dens'\n  (3) -> dens(4)\n         ^^^^\nhint: did you mean 'dense'?"
    )
    for cell, made in outputs.items():
        assert "Traceback" not in text_of(made), cell
        assert "\x1b[" not in text_of(made), cell


def test_what_worked_before_a_mistake_stays(outputs: dict[str, list[Any]]) -> None:
    *said, error = outputs["half"]
    assert text_of(said).split("\n")[-1] == "params(kept) = 16"
    assert "  line 4\n" in text_of([error])
    assert text_of(outputs["kept"]) == "params(kept) = 16"


def test_braces_are_the_languages_own(outputs: dict[str, list[Any]]) -> None:
    assert "= 184" in text_of(outputs["braces"])  # (4 + 1)·8 + (8 + 1)·16
    assert outputs["python stays out"][0].output_type == "error"
    assert "__import__" in text_of(outputs["python stays out"])


def test_hostile_texts_are_texts(outputs: dict[str, list[Any]]) -> None:
    first, second = (it for it in outputs["hostile"] if "text/html" in it.data)
    assert "a_{b}" in first.data["text/latex"]
    assert "<script" not in second.data["text/html"]
    assert "&lt;script&gt;" in second.data["text/html"]
    assert "$\\input" not in second.data["text/html"]
    assert outputs["hostile mistake"][0].output_type == "error"


def test_wrong_usage_is_said(outputs: dict[str, list[Any]]) -> None:
    for name, said in {
        "nothing": "%net TEXT",
        "no name": "'2x' cannot be the name of a Python variable",
        "gone": "`%net` not found",
    }.items():
        assert said in text_of(outputs[name])
    assert "there is no network here" in text_of(outputs["no name, no network"])
    assert "q=3" in text_of(outputs["unknown at"])


def test_a_tower_is_a_network_too(outputs: dict[str, list[Any]]) -> None:
    assert text_of(outputs["top"]) == "4*n + 4"


def test_latex_is_shown_and_can_be_copied(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["formula"]
    packages, formula = shown.data["text/plain"].split("\n")
    assert packages == "% packages: none"
    assert shown.data["text/latex"] == f"${formula}$"
    assert "d_{" in formula


def test_the_commands_of_the_prompt_work(outputs: dict[str, list[Any]]) -> None:
    assert "params" in text_of(outputs["explained"])
    assert text_of(outputs["helped"]).startswith("gap")
    assert "text/html" in outputs["helped"][-1].data  # its example
    assert outputs["left"] == []


def test_every_question_is_answered(outputs: dict[str, list[Any]]) -> None:
    assert text_of(outputs["solved"]).startswith("u = 100:")  # 10·u
    swept = re.findall(r"^ *([0-9]+) +([0-9]+)$", text_of(outputs["swept"]), re.MULTILINE)
    assert swept == [("1", "10"), ("2", "20"), ("3", "30")]
    assert {"10", "20"} <= set(re.findall(r"[0-9]+", text_of(outputs["compared"])))


def test_completion(outputs: dict[str, list[Any]]) -> None:
    first, flag, name, middle, other = text_of(outputs["complete"]).split("\n")
    assert first == "('dense(', 'den')"
    assert flag == "[('same', 'sa')]"
    assert name == middle == "[('kept', 'ke')]"
    assert other == "['import']"


def test_loading_again_begins_anew(outputs: dict[str, list[Any]]) -> None:
    assert text_of(outputs["again"]) == "1"
    assert "kept" in text_of(outputs["forgotten"])
    assert outputs["forgotten"][0].output_type == "error"
    assert text_of(outputs["unloaded"]) == "0"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("%net (3) -> d«", ("(3) -> d", 8)),
        ("x = %net d«", ("d", 1)),
        ("y = 2\nx, z = %net (3)« -> d", ("(3) -> d", 3)),
        ("%%net\nde«", ("de", 2)),
        ("%%net --at f=3 x\na = 1\nb« + a", ("a = 1\nb + a", 7)),
        ("%%net f«\nab", None),
        ("%ne«t d", None),
        ("x %net d«", None),
        ("x == %net d«", None),
        ("%netto d«", None),
        ("%%netto\nd«", None),
        ("y = 2\n%%net\nd«", None),
        ("«", None),
    ],
)
def test_what_is_typed_in_a_magic(cell: str, found: tuple[str, int] | None) -> None:
    before, _, after = cell.partition("«")
    lines = before.split("\n")
    text, cursor = typed(before + after, len(lines) - 1, len(lines[-1]))
    assert (text, cursor) == (found or (None, 0))


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
