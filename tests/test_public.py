"""What is public: the names of the package, the attributes that objects show, and that the pages use nothing else."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.layers.words import QUANTITIES
from paramula.surfaces.cli import main

ROOT = Path(__file__).resolve().parents[1]
NET = pm.net("(H,W,3) -> conv(3x3,f,same) -> gap -> dense(10)")
ANSWERS = (
    "params(net)", "memory(net, batch=8)", "compare net, net", "growth(net, f)", "equal(net, net)",
    "latex(params(net))", 'explain_as(net, "fvcore")', "roofline(net, peak=3T, bandwidth=2T)",
    "solve params(net) <= 1M for f", "solve params(net) <= P for f", "solve 1k <= params(net) <= 1M for f",
    "sweep params(net) for f in 1..2",
)  # fmt: skip
OBJECTS: dict[str, Any] = {
    "paramula": pm, "Network": pm.Network, "net": NET, "row": NET.layers[0], "sweep": NET.sweep("params", f=[1, 2]),
    **{question: NET.ask(question) for question in ANSWERS},
}  # fmt: skip
# What the engine has of these objects: it stays reachable, and is not shown.
ENGINE = {
    "tracer", "traced", "program", "given", "given_values", "open_symbols", "quantity", "order", "ends", "notes", "row",
    "network", "alone", "exposed",
}  # fmt: skip


def test_the_package_shows_its_public_names_alone() -> None:
    assert set(dir(pm)) == {*pm.__all__, "__version__"}
    assert len(dir(pm)) <= 14
    names: dict[str, Any] = {}
    exec("from paramula import *", names)
    assert names.keys() - {"__builtins__"} == set(pm.__all__)


@pytest.mark.parametrize("name", OBJECTS)
def test_what_is_shown_is_there_and_a_users(name: str) -> None:
    shown = dir(OBJECTS[name])
    assert len(shown) == len(set(shown))
    assert all(hasattr(OBJECTS[name], it) for it in shown)
    assert not [it for it in shown if it.startswith("_") and it != "__version__"]
    assert not (ENGINE if name in ("net", "Network", "row") else ENGINE - {"notes"}) & set(shown)


def test_every_attribute_for_users_is_shown() -> None:
    """A method that is new must be entered, or be the engine's."""
    for it in (NET, NET.layers[0]):
        mine = {name for name in (*vars(type(it)), *vars(it)) if not name.startswith("_")}
        assert mine - ENGINE <= set(dir(it))
        assert set(QUANTITIES) <= set(dir(it))


@pytest.mark.parametrize("jedi", [False, True])
@pytest.mark.parametrize("name", ["net", "row", "sweep", "paramula", "Network"])
def test_a_notebook_completes_what_is_shown(name: str, jedi: bool) -> None:
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell.instance()
    shell.user_ns.update(OBJECTS)
    kept, shell.Completer.use_jedi = shell.Completer.use_jedi, jedi
    try:
        with warnings.catch_warnings(action="ignore"):  # completion is provisional
            found = {it.text.lstrip(".") for it in shell.Completer.completions(f"{name}.", len(name) + 1)}
    finally:
        shell.Completer.use_jedi = kept
        interactive.InteractiveShell.clear_instance()
    completed = {it for it in found if not it.startswith("_")} - {"mro"}  # of every class
    assert completed == {it for it in dir(OBJECTS[name]) if not it.startswith("_")}


# The pages


def imported(text: str) -> set[str]:
    """The modules of ours that the Python of a page imports."""
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join(re.sub(r"^(>>>|\.\.\.) ?", "", line) for block in blocks for line in block.splitlines())
    found = re.findall(r"^\s*(?:from|import) +(paramula[\w.]*)", lines, re.MULTILINE)
    assert found or "paramula" not in lines or "import" not in lines
    return set(found)


INTERNAL = {  # that extending.md uses: a name of these is not promised to stay
    "paramula.algebra.poly", "paramula.formats.grids", "paramula.formats.replies", "paramula.layers.facts",
    "paramula.measures", "paramula.questions", "paramula.surfaces.command_line", "paramula.surfaces.help",
}  # fmt: skip


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda it: it.name)
def test_pages_import_what_is_public(page: Path) -> None:
    found = imported(page.read_text("utf-8")) - {"paramula"}
    assert found <= (INTERNAL if page.name == "extending.md" else set())


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda it: it.name)
def test_pages_use_names_that_are_public(page: Path) -> None:
    """`pm.x` of the text and the code: one of the names that `dir(paramula)` shows."""
    used = set(re.findall(r"\b(?:pm|paramula)\.([A-Za-z_]\w*)(?=[(`)\s.,])", page.read_text("utf-8")))
    modules = {name.split(".")[1] for name in INTERNAL} if page.name == "extending.md" else set()
    assert used - {"md", "lark", "net"} <= {*dir(pm)} | modules


# paramula.ask


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^10 - 24", 1000),
        ("params((4) -> dense(2))", 4 * 2 + 2),
        ("net = (4) -> dense(2)\nparams(net)\nmacs(net)", 4 * 2),  # the last question
        ("params(net)\nnet = (4) -> dense(2)", 10),  # a definition says nothing by itself
        ("(4) -> dense(3)\nparams((4) -> dense(2))", 10),  # a question behind a network
        ("net = (4) -> dense(n)\nparams(net) at n=2\nassert params(net) == 5*n", 10),
        ("net = (4) -> dense(n)\nsolve params(net) <= 52 for n", 10),  # 5*10 <= 52 < 5*11
        ("shape((8,8,3) -> conv(3x3,2))", (6, 6, 2)),
        ("assume n % 2 == 0\nfloor(n/2)*2 at n=6", 6),
    ],
)
def test_ask_answers_the_last_question_by_hand(text: str, value: Any) -> None:
    assert pm.ask(text).value == value


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("(4) -> dense(2)", 10),
        ("net = (4) -> dense(2)", 10),
        ("params((4) -> dense(3))\n(4) -> dense(2)", 10),  # a network behind a question
        ("(4) -> dense(3)\n(4) -> dense(2)", 10),
        ("a = (4) -> dense(3)\nb = (4) -> dense(2)\nassert params(b) == 10", 10),
        ("use transformer\n(4) -> dense(2)", 10),
    ],
)
def test_ask_gives_a_network_by_hand(text: str, params: int) -> None:
    found = pm.ask(text)
    assert isinstance(found, pm.Network)
    assert found.params == params


@pytest.mark.parametrize(
    "text",
    [
        "params(resnet18)", "compare lenet5, alexnet", "memory(lenet5, batch=B)", "sweep n^2 for n in 1..3",
        "growth((n) -> dense(n), n)", 'explain_as(lenet5, "fvcore")', "equal((n) -> dense(n), (n) -> linear(n))",
        "solve params((n) -> dense(f)) <= P for f", "latex(params((n) -> dense(m)))", "latex(lenet5, stages)",
        "(H,W,3) -> conv(3x3,f)", "net = (4) -> dense(2); macs(net)",
    ],
)  # fmt: skip
def test_ask_prints_what_the_command_line_prints(text: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # a pipe is as wide as its longest line
    assert main([text]) == 0
    assert str(pm.ask(text)).rstrip() == capsys.readouterr().out.rstrip()


@pytest.mark.parametrize("text", ["", "# nothing", "assert 1 == 1", "use transformer", "f(c) = dense(c)", "n = 3"])
def test_ask_refuses_what_asks_nothing(text: str) -> None:
    with pytest.raises(pm.NetError, match=r"noth|no network"):
        pm.ask(text)


def test_a_mistake_in_any_statement_is_raised_as_the_command_line_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("params(nett)\n2 + 3", "assert 1 == 2\n2 + 3", "net = (4) -> dens(2)\nparams(net)", "2 +", "pol(2)"):
        with pytest.raises(pm.NetError) as raised:
            pm.ask(text)
        assert main([text]) == 1
        assert f"{raised.value}\n" == capsys.readouterr().err


@pytest.mark.parametrize("text", [None, 3, b"(4) -> dense(2)", ["(4) -> dense(2)"], Path("a.net"), NET])
def test_ask_takes_a_text(text: Any) -> None:
    with pytest.raises(pm.NetError, match="a program is a text, not "):
        pm.ask(text)
