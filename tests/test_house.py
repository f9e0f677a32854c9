"""The house rules that can be read off the sources: where a library may be imported, and what no file may do.

Which package imports which is held by import-linter (`lint-imports`)."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator

import pytest

from places import ROOT

SRC = ROOT / "src" / "paramula"
DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
FILES = {path.relative_to(SRC).as_posix(): path for path in sorted(SRC.rglob("*.py")) if path.name != "_tables.py"}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}

# The files that may import a library, and whether only inside functions: what is slow is loaded when it is needed.
LIBRARIES = {
    "sympy": {"algebra/to_sympy.py": False, "algebra/functions.py": True, "questions/budgets.py": True},
    "lark": {"language/tables.py": True},
    "rich": {
        "surfaces/command_line/sweep.py": True,
        "surfaces/command_line/sweep_answer.py": True,
        "formats/text.py": False,
        "formats/budgets.py": False,
        "formats/costs.py": False,
        "formats/replies.py": False,
        "surfaces/command_line/layers.py": True,
        "surfaces/command_line/library.py": True,
        "surfaces/command_line/output.py": True,
        "surfaces/repl.py": True,
    },
    "numpy": {"algebra/grid/columns.py": True, "formats/plot/picture.py": True},
    "pandas": {"formats/sweep_files.py": True},
    "polars": {"formats/sweep_files.py": True},
    "pyarrow": {"formats/sweep_files.py": True},
    "distributed": {"formats/cluster.py": True},
    "multiprocessing": {"formats/cluster.py": False},  # processes that are spawned, with texts for them
    "pygments": {"surfaces/highlight.py": False, "surfaces/repl.py": True},
    "prompt_toolkit": {"surfaces/repl.py": True},
    "IPython": {"surfaces/notebook.py": True},
    # the null device; the user's folders and terminal; how many processors there are
    "os": {
        "engine/files.py": False,
        "surfaces/cli.py": False,
        "surfaces/repl.py": False,
        "questions/sweep_many.py": False,
        "formats/cluster.py": False,
    },
    "matplotlib": {"formats/plot/picture.py": True, "formats/plot/style.py": True},
    "plotext": {"formats/plot/terminal.py": True},
}
# Python's own modules that run texts or programs, or reach out: not even they are imported.
NOT_EVEN = {
    "ast", "code", "codeop", "ctypes", "marshal", "multiprocessing", "os", "pickle", "runpy", "shelve", "socket", "ssl",
    "subprocess", "urllib",
}  # fmt: skip


def imports(file: str) -> Iterator[tuple[str, bool, int]]:
    """(module, whether inside a function, line) of all imports but those for types only; ours as `paramula.room…`."""
    inside = {id(n) for f in ast.walk(TREES[file]) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    typing = {
        id(n)
        for block in ast.walk(TREES[file])
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for n in ast.walk(block)
    }
    package = ["paramula", *file.split("/")[:-1]]
    for node in ast.walk(TREES[file]):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in inside, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            for alias in node.names if node.module is None else [ast.alias("")]:
                path = [*base, *(node.module or alias.name).split(".")]
                yield ".".join(path), id(node) in inside, node.lineno


def calls(file: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


# Imports.


@pytest.mark.parametrize("file", FILES)
def test_libraries_are_imported_in_their_places(file: str):
    for module, inside, line in imports(file):
        library = module.split(".")[0]
        if library in LIBRARIES:
            assert file in LIBRARIES[library], f"{file}:{line}: {library} is not imported here"
            assert inside or not LIBRARIES[library][file], f"{file}:{line}: {library} is imported inside functions only"
        else:
            known = sys.stdlib_module_names - NOT_EVEN | {"paramula"}
            assert library in known, f"{file}:{line}: {library} is not imported anywhere"


# The packages.


def test_the_design_names_the_packages_of_the_contract():
    """docs/design.md lists them in their order, each with the first line of its docstring."""
    contract = next(c for c in tomllib.loads(PYPROJECT)["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    order = [name for line in contract["layers"] for name in line.split(" | ") if name != "__main__"]
    table = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", DESIGN.split("## The packages")[1].split("\n## ")[0], re.MULTILINE)
    )
    assert list(table) == order
    for name, said in table.items():
        tree = TREES.get(f"{name}/__init__.py") or TREES[f"{name}.py"]
        assert (ast.get_docstring(tree) or "").split("\n")[0] == said


# No text is ever evaluated.

BANNED = {
    "eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "S", "subs", "execfile", "__import__",
    "literal_eval", "globals", "locals", "system", "popen", "Popen", "loads", "load_module", "exec_module", "nsimplify",
    "simplify",
}  # fmt: skip


# The one place where a text of our own making runs; tests/algebra/test_code.py holds what may stand in it.
GENERATED = ("algebra/grid/code.py", "exec(text, names)")
# The one place where a module is imported by a name that is looked up in a list: a command of the command line.
LISTED = ("surfaces/command_line/__init__.py", "import_module(f'{__name__}.{name}')")


@pytest.mark.parametrize("file", FILES)
def test_no_text_is_evaluated(file: str):
    for name, node in calls(file):
        if name == "re.compile" or (file, ast.unparse(node)) == GENERATED:
            continue
        assert name.split(".")[-1] not in BANNED, f"{file}:{node.lineno}: {name}(…) runs or could run a text"
        if name.split(".")[-1] == "import_module":
            constant = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
            listed = (file, ast.unparse(node)) == LISTED
            assert constant or listed, f"{file}:{node.lineno}: only a module that is named here is imported"


def test_one_generated_text_runs():
    assert [ast.unparse(node) for _, node in calls(GENERATED[0])].count(GENERATED[1]) == 1


def test_names_of_banned_functions_are_not_passed_on_either():
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                generated = (file, node.id) == (GENERATED[0], "exec")
                assert node.id not in BANNED or generated, f"{file}:{node.lineno}: {node.id}"
            elif isinstance(node, ast.Attribute):
                allowed = node.attr not in BANNED or ast.unparse(node) == "re.compile"
                assert allowed, f"{file}:{node.lineno}: {ast.unparse(node)}"


# Numbers are exact.

EXACT = [file for file in FILES if file.split("/")[0] in ("algebra", "layers")]
# Functions in which `/` stands between fractions, or sizes whose `/` is powers.quotient, though it does not show there.
FRACTIONS = {
    ("algebra/growth.py", "_atom"): "rates are fractions",
    ("algebra/forms.py", "_collected"): "the scales of a shared factor are fractions",
    ("layers/windows.py", "over"): "whole numbers go through //, what is left are fractions, sizes, or SymPy's",
}


def functions(tree: ast.AST, name: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node beside the name of the innermost function around it."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef) else name
        yield inner, node
        yield from functions(node, inner)


def exact(node: ast.AST) -> bool:
    """Fraction(…), Fraction(…) ** e: a number whose / is exact."""
    match node:
        case ast.BinOp(left=left, op=ast.Pow()):
            return exact(left)
        case ast.UnaryOp(operand=operand):
            return exact(operand)
        case ast.Call(func=ast.Name(id="Fraction")):
            return True
    return False


@pytest.mark.parametrize("file", EXACT)
def test_no_floating_point(file: str):
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Constant):
            exact_ = not isinstance(node.value, (float, complex))
            assert exact_, f"{file}:{node.lineno}: {node.value} is no exact number"
    for name, node in calls(file):
        assert name not in ("float", "round", "complex"), f"{file}:{node.lineno}: {name}(…)"
        assert not name.startswith("math."), f"{file}:{node.lineno}: {name}(…)"
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            assert {alias.name for alias in node.names} <= {"gcd", "lcm", "isqrt", "comb"}, f"{file}:{node.lineno}"


def test_quotients_are_exact():
    found = {
        (file, name): node
        for file in EXACT
        if file != "algebra/to_sympy.py"  # there / is between expressions of SymPy
        for name, node in functions(TREES[file])
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div)
        if not (isinstance(node, ast.BinOp) and (exact(node.left) or exact(node.right)))
    }
    for (file, name), node in found.items():
        assert (file, name) in FRACTIONS, f"{file}:{node.lineno}: `{ast.unparse(node)}` may divide whole numbers"
    assert set(FRACTIONS) <= set(found), "an exception is no longer needed"
