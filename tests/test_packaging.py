"""What is built is what runs: wheel, sdist and editable install, each in a fresh environment (see installed.py)."""

from __future__ import annotations

import ast
import sys
import tarfile
from email.parser import Parser
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest

from installed import ROOT, built, copied, environment, installed, run
from paramula.language.tables import compiled

pytest.importorskip("build")
pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow

GRAMMAR = ROOT / "grammar" / "paramula.lark"
NUMBERS = "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)"
FORMULAS = "(H,W,3) -> conv(3x3,f,same) -> pool(2) -> gap -> dense(10)"
PARAMS = "54,410"  # 3·3·1·32 + 32 + 13·13·32·10 + 10
SLOW = ("sympy", "lark", "mpmath", "numpy")

# Runs the command and says which modules it had imported at the end.
WATCHED = """
import sys
from paramula.surfaces.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as stop:
    status = stop.code
print("MODULES", *sorted({name.split(".")[0] for name in sys.modules}))
sys.exit(status)
"""


class Built(NamedTuple):
    tree: Path
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("built")
    tree = copied(place / "tree")
    return Built(tree, *built(tree, place / "dist"))


@pytest.fixture(scope="module")
def wheel_python(artefacts: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    python = environment(tmp_path_factory.mktemp("wheel") / "env")
    installed(python, artefacts.wheel)
    return python


def members(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_tables_grammar_and_types(artefacts: Built):
    files = members(artefacts.wheel)
    assert files["paramula/grammar/paramula.lark"] == GRAMMAR.read_bytes()
    assert files["paramula/py.typed"] == b""
    assert "paramula/language/_tables.py" in files
    assert all(name.startswith(("paramula/", "paramula-")) for name in files)
    ours = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert ours <= set(files)
    library = {
        path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src/paramula/engine/library").glob("*.net")
    }
    assert library <= set(files)
    assert len(library) > 40


def numbered(tables: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tables with their states numbered in the order in which they are met from the start: Lark's own order is that of
    a set, and another one in every process."""
    words, fixed, rules, actions, start, accept = tables
    order = [start]
    for state in order:  # grows while it is walked
        order += [to for _, to in sorted(actions[state].items()) if to >= 0 and to not in order]
    number = {state: i for i, state in enumerate(order)}
    assert len(order) == len(actions), "every state can be reached"
    renamed = [{word: number.get(to, to) for word, to in actions[state].items()} for state in order]
    return words, fixed, rules, renamed, number[start], number[accept]


def test_the_tables_are_those_of_the_grammar(artefacts: Built):
    text = members(artefacts.wheel)["paramula/language/_tables.py"].decode()
    (assignment,) = (node for node in ast.parse(text).body if isinstance(node, ast.Assign))
    written, made = ast.literal_eval(assignment.value), compiled(GRAMMAR.read_text("utf-8"))
    assert numbered(written) == numbered(made)
    assert list(written[0]) == list(made[0]), "the order in which words are tried is kept"


def test_nothing_but_wheel_and_sdist_is_left_behind(artefacts: Built):
    assert {path.name for path in artefacts.wheel.parent.iterdir()} == {artefacts.wheel.name, artefacts.sdist.name}
    assert not (artefacts.tree / "src/paramula/language/_tables.py").exists()


def test_the_sdist_holds_what_is_needed_to_build_and_to_test(artefacts: Built):
    with tarfile.open(artefacts.sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    needed = {"pyproject.toml", "README.md", "LICENSE", "grammar/paramula.lark", "grammar/build_tables.py"}
    assert needed <= names
    assert {"tests/test_packaging.py", "tests/installed.py", "src/paramula/py.typed"} <= names
    assert not any(name.endswith(("_tables.pyc", "language/_tables.py")) for name in names)


def test_what_the_index_will_show(artefacts: Built):
    files = members(artefacts.wheel)
    data = Parser().parsestr(next(text for name, text in files.items() if name.endswith("/METADATA")).decode())
    assert data["Name"] == "paramula"
    assert data["Requires-Python"] == ">=3.11"
    assert data["License-Expression"] == "MIT"
    always = [word for word in data.get_all("Requires-Dist", []) if "extra ==" not in word]
    assert {word.split(">")[0].split("<")[0] for word in always} == {
        "sympy", "lark", "rich", "prompt-toolkit", "pygments",
    }  # fmt: skip
    assert data.get_payload().strip() == (ROOT / "README.md").read_text("utf-8").strip()


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_it_installs_and_answers(kind: str, artefacts: Built, wheel_python: Path, tmp_path: Path):
    if kind == "wheel":
        python, command = wheel_python, wheel_python.with_name("paramula")
    else:
        python = environment(tmp_path / "env")
        command = installed(python, *([artefacts.sdist] if kind == "sdist" else ["-e", artefacts.tree]))
    for words in ([command], [python, "-m", "paramula"]):
        assert PARAMS in run(*words, NUMBERS, cwd=tmp_path).stdout
    assert "resnet50" in run(command, "library", cwd=tmp_path).stdout
    where = run(python, "-c", "import paramula; print(paramula.__file__)", cwd=tmp_path).stdout.strip()
    home = artefacts.tree / "src" if kind == "editable" else python.parents[1]
    assert Path(where).resolve().is_relative_to(home.resolve())
    found = "from paramula.language.tables import GRAMMAR; print(*[p for p in GRAMMAR if p.exists()])"
    assert run(python, "-c", found, cwd=tmp_path).stdout.strip(), "the grammar is found"
    assert (
        "38*f + 10"
        in run(python, "-c", f"import paramula; print(paramula.net({FORMULAS!r}).params)", cwd=tmp_path).stdout
    )


@pytest.mark.parametrize(
    "words",
    [[NUMBERS], [FORMULAS], ["resnet18"], [FORMULAS, "--at", "f=2*g", "--ascii"], [NUMBERS, "--json"]],
    ids=" ".join,
)
def test_a_one_liner_loads_neither_sympy_nor_lark(words: list[str], wheel_python: Path, tmp_path: Path):
    modules = run(wheel_python, "-c", WATCHED, *words, cwd=tmp_path).stdout.rpartition("MODULES ")[2].split()
    assert "paramula" in modules
    assert not set(SLOW) & set(modules)


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_help_loads_next_to_nothing(words: list[str], wheel_python: Path, tmp_path: Path):
    modules = run(wheel_python, "-c", WATCHED, *words, cwd=tmp_path).stdout.rpartition("MODULES ")[2].split()
    assert not {*SLOW, "rich"} & set(modules)


def test_layers_and_help_load_no_sympy(wheel_python: Path, tmp_path: Path):
    for words in (["layers"], ["help", "conv"]):
        modules = run(wheel_python, "-c", WATCHED, *words, cwd=tmp_path).stdout.rpartition("MODULES ")[2].split()
        assert not set(SLOW) & set(modules), words


def test_python_is_the_one_that_is_promised():
    assert sys.version_info >= (3, 11)
