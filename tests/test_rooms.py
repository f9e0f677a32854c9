"""The house rules that can be read off the sources: which room imports which, and what no room may do."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "paramula"
FILES = {path.relative_to(SRC).as_posix(): path for path in sorted(SRC.rglob("*.py")) if path.name != "_tables.py"}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}

# Each room and the rooms that it may import, written out; itself always. The two wings never see each other.
GROUND = {"errors", "algebra"}
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "output": {"errors"},
    "algebra": {"errors"},
    "language": {"errors"},
    "layers": GROUND,
    "words": {"layers"},
    "program": {"errors", "language", "words"},
    "values": GROUND | {"language"},
    "evaluate": GROUND | {"language", "layers", "words", "program", "values"},
    "assume": GROUND | {"language", "values", "evaluate"},
    "bind": GROUND | {"language", "layers", "words", "values", "evaluate"},
    "traced": GROUND | {"layers"},
    "repeat": GROUND | {"language", "values", "evaluate", "traced"},
    "trace": GROUND
    | {"language", "layers", "words", "program", "values", "evaluate", "assume", "bind", "traced", "repeat"},
    "quantities": GROUND | {"layers", "traced"},
    "budgets": GROUND,
    "solve": GROUND | {"language", "values", "assume", "trace", "budgets"},
    "sweep": GROUND | {"language", "values", "quantities", "assume", "trace", "solve"},
    "bulk": GROUND | {"assume", "sweep"},
    "sheets": GROUND | {"output", "sweep", "bulk"},
    "study": GROUND
    | {"language", "network", "paper", "queries", "sweep", "bulk", "sheets", "grids", "tabular", "tex", "plot"},
    "sweeping": {
        "errors",
        "output",
        "network",
        "paper",
        "queries",
        "sweep",
        "bulk",
        "sheets",
        "study",
        "cluster",
        "grids",
        "tabular",
        "tex",
        "plot",
    },
    "cluster": {"errors", "language", "program", "network", "queries", "sweep", "sheets"},
    "compare": GROUND | {"language", "values", "traced", "trace", "quantities"},
    "report": GROUND | {"traced", "quantities"},
    "drawn": set(),
    "render": GROUND | {"words", "quantities", "report", "drawn", "budgets", "breakdown"},
    "network": GROUND
    | {
        "output",
        "language",
        "words",
        "program",
        "values",
        "evaluate",
        "traced",
        "trace",
        "quantities",
        "report",
        "render",
    },
    "queries": GROUND
    | {
        "language",
        "words",
        "program",
        "values",
        "trace",
        "network",
        "quantities",
        "solve",
        "sweep",
        "compare",
        "questions",
    },
    "questions": GROUND
    | {"language", "words", "program", "values", "trace", "network", "paper", "tools", "growth", "equal", "breakdown"},
    "help": {"errors", "language", "layers", "words", "program", "bind", "quantities", "setup", "costs"},
    "labels": GROUND | {"language", "layers", "values", "bind", "trace", "traced", "network"},
    "figure": GROUND | {"language", "values", "traced", "network", "labels", "drawn"},
    "explain": GROUND | {"layers", "bind", "traced", "quantities", "report", "network", "labels"},
    "setup": GROUND | {"language", "values", "evaluate"},
    "kept": GROUND | {"layers", "traced"},
    "live": GROUND | {"traced", "kept"},
    "segments": GROUND | {"traced", "kept"},
    "costs": GROUND
    | {"language", "layers", "values", "trace", "traced", "quantities", "setup", "kept", "live", "segments"},
    "breakdown": GROUND | {"language", "traced", "trace", "setup", "costs", "kept", "segments"},
    "tools": GROUND | {"layers", "traced", "quantities", "network"},
    "equal": GROUND | {"network"},
    "growth": GROUND | {"traced", "quantities", "network", "labels"},
    "tabular": GROUND
    | {"language", "words", "traced", "quantities", "costs", "report", "network", "labels", "explain", "sweep"},
    "tex": GROUND | {"words", "quantities", "network", "explain", "tabular", "drawn", "render"},
    "plot": GROUND | {"output", "render", "sweep", "tex"},
    "grids": GROUND | {"output", "quantities", "tabular", "render"},
    "paper": GROUND | {"words", "quantities", "network", "explain", "tabular", "tex", "grids", "figure", "render"},
    "ask": {"errors", "output", "language", "words", "network", "tabular", "tex", "paper"},
    "session": GROUND | {"language", "layers", "words", "program", "values", "trace", "report", "network", "queries"},
    "tour": set(),
    "commands": GROUND
    | {
        "output",
        "language",
        "words",
        "program",
        "report",
        "network",
        "queries",
        "questions",
        "explain",
        "ask",
        "help",
        "plot",
        "tour",
        "session",
    },
    "highlight": {"language", "layers", "words"},
    "complete": {"errors", "language", "layers", "words", "program", "bind", "quantities", "setup", "costs", "help"},
    "terminal": GROUND
    | {
        "plot",
        "words",
        "breakdown",
        "compare",
        "equal",
        "growth",
        "budgets",
        "sweep",
        "queries",
        "questions",
        "render",
        "tex",
        "explain",
        "session",
        "commands",
    },
    "repl": {"errors", "program", "session", "commands", "complete", "highlight", "terminal"},
    "shells": {"words"},
    "cli": {
        "",
        "errors",
        "output",
        "language",
        "words",
        "program",
        "quantities",
        "report",
        "render",
        "network",
        "queries",
        "ask",
        "help",
        "session",
        "terminal",
        "repl",
        "shells",
        "sweeping",
    },
    "answers": GROUND
    | {"breakdown", "budgets", "render", "queries", "session", "sweep", "terminal", "grids", "tabular"},
    "notebook": GROUND
    | {"language", "program", "report", "network", "queries", "session", "commands", "repl", "answers", "complete"},
    "__main__": {"cli"},
    "": {"errors", "network", "notebook"},  # the front door
}

# Imports inside a function that go up, each with its reason. Nothing is loaded by them but what is loaded anyhow.
UPWARD = {
    ("network", "paper"): "net.latex(…) and its like: papers are made of networks",
    ("network", "tabular"): "the same",
    ("network", "study"): "net.sweep(…) is asked of a network",
    ("sheets", "cluster"): "lines may be made elsewhere, by what makes lines",
    ("network", "growth"): "net.growth(…) is asked of a network",
    ("network", "queries"): "net.solve(…) is asked of a network",
    ("network", "answers"): "the same: an answer is what the prompt shows",
    ("network", "questions"): "net.explain_as(…) is asked of a network",
    ("network", "tools"): "net.explain_as(…) is asked of a network",
    ("trace", "costs"): "a sentence may ask a network what it costs: memory(net, batch=8)",
    ("trace", "quantities"): "a sentence may ask a network for a number: dense(params(net))",
    ("algebra", "language"): "a SymPy symbol becomes ours only where the language could write its name",
}

# The rooms that may import a library, and whether only inside functions: what is slow is loaded when it is needed.
LIBRARIES = {
    "sympy": {"algebra/to_sympy.py": False, "algebra/functions.py": True, "budgets.py": True},
    "lark": {"language/tables.py": True},
    "rich": {
        "sweeping.py": True,
        "render/text.py": False,
        "render/budgets.py": False,
        "render/costs.py": False,
        "terminal.py": False,
        "cli.py": True,
        "repl.py": True,
    },
    "numpy": {"algebra/columns.py": True, "plot/picture.py": True},
    "pandas": {"sheets.py": True},
    "polars": {"sheets.py": True},
    "pyarrow": {"sheets.py": True},
    "distributed": {"cluster.py": True},
    "multiprocessing": {"cluster.py": False},  # processes that are spawned, with texts for them
    "pygments": {"highlight.py": False, "repl.py": True},
    "prompt_toolkit": {"repl.py": True},
    "IPython": {"notebook.py": True},
    # the null device; the user's folders and terminal; how many processors there are
    "os": {"output.py": False, "cli.py": False, "repl.py": False, "bulk.py": False, "cluster.py": False},
    "matplotlib": {"plot/picture.py": True, "plot/style.py": True},
    "plotext": {"plot/terminal.py": True},
}
# Python's own modules that run texts or programs, or reach out: not even they are imported.
NOT_EVEN = {
    "ast", "code", "codeop", "ctypes", "marshal", "multiprocessing", "os", "pickle", "runpy", "shelve", "socket", "ssl",
    "subprocess", "urllib",
}  # fmt: skip


def room(file: str) -> str:
    """`layers/dense.py` is in layers, `trace.py` is trace, `__init__.py` is the front door."""
    first = file.split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


def part_of(module: str) -> str:
    """The room of `paramula.algebra.poly`: algebra."""
    return f"{module}.".split(".")[1]


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
                if path[:1] == ["paramula"] and len(path) == 2 and not any(room(f) == path[1] for f in FILES):
                    path = ["paramula"]  # a name of the front door, such as __version__
                yield ".".join(path), id(node) in inside, node.lineno


def calls(file: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


# Imports.


def test_every_room_has_a_rule():
    assert {room(file) for file in FILES} == set(ROOMS)


def test_the_rooms_stand_on_each_other():
    """No room is above itself: the table is a building, not a ring."""
    left = {name: set(below) for name, below in ROOMS.items()}
    while left:
        ground = {name for name, below in left.items() if not below & left.keys()}
        assert ground, f"these import each other: {sorted(left)}"
        left = {name: below for name, below in left.items() if name not in ground}


def test_the_wings_never_import_each_other():
    assert "layers" not in ROOMS["language"]
    assert "language" not in ROOMS["layers"]


@pytest.mark.parametrize("file", FILES)
def test_a_room_imports_only_rooms_below_it(file: str):
    here = room(file)
    for module, inside, line in imports(file):
        if module.split(".")[0] == "paramula":
            there = part_of(module)
            allowed = there == here or there in ROOMS[here] or (inside and (here, there) in UPWARD)
            assert allowed, f"{file}:{line}: {here or 'the front door'} must not import {there or 'the front door'}"


def test_every_exception_is_still_needed():
    used = {
        (room(file), part_of(module))
        for file in FILES
        for module, _, _ in imports(file)
        if module.split(".")[0] == "paramula"
    }
    assert set(UPWARD) <= used


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


# No text is ever evaluated.

BANNED = {
    "eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "S", "subs", "execfile", "__import__",
    "literal_eval", "globals", "locals", "system", "popen", "Popen", "loads", "load_module", "exec_module", "nsimplify",
    "simplify",
}  # fmt: skip


# The one place where a text of our own making runs; tests/test_code.py holds what may stand in it.
GENERATED = ("algebra/code.py", "exec(text, names)")


@pytest.mark.parametrize("file", FILES)
def test_no_text_is_evaluated(file: str):
    for name, node in calls(file):
        if name == "re.compile" or (file, ast.unparse(node)) == GENERATED:
            continue
        assert name.split(".")[-1] not in BANNED, f"{file}:{node.lineno}: {name}(…) runs or could run a text"
        if name.split(".")[-1] == "import_module":
            constant = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
            assert constant, f"{file}:{node.lineno}: only a module that is named here is imported"


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

EXACT = [file for file in FILES if room(file) in ("algebra", "layers")]
# Functions in which `/` stands between fractions, or sizes whose `/` is poly.quotient, though it does not show there.
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
