"""What is handed to SymPy: its limits, derivatives, numbers and code printers give what Python's integers give.

The oracle of a formula is the lambda beside it: Python's `//`, `math.isqrt` and `bit_length`.
"""

from __future__ import annotations

import builtins
import copy
import itertools
import math
import pickle
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy

import paramula as pm
from paramula.algebra.to_sympy import from_sympy, gcd, round_to, to_sympy


def make_divisible(a: int, q: int, m: int) -> int:
    """The rule of the MobileNet papers, of a/q, as it is printed there."""
    new = max(m, (2 * a + m * q) // (2 * m * q) * m)
    return new + m if 10 * new * q < 9 * a else new


# Every atom that a formula can have: as the language says it, and by hand.
FORMULAS: list[tuple[str, Callable[..., int]]] = [
    ("f*floor((H-1)/2)*floor((W-1)/2) + f*floor((H+1)/4)",
     lambda f, H, W: f * ((H - 1) // 2) * ((W - 1) // 2) + f * ((H + 1) // 4)),
    ("floor(H/49)", lambda H: H // 49),
    ("ceil(H/3)*ceil(H/k)", lambda H, k: -(-H // 3) * -(-H // k)),
    ("floor((T-k)/t) + 1", lambda T, k, t: (T - k) // t + 1),
    ("floor(3*floor(H/2)*H/7)", lambda H: 3 * (H // 2) * H // 7),
    ("floor(H*W/(H+W))", lambda H, W: H * W // (H + W)),
    ("floor(sqrt(n)) + floor(log2(n))", lambda n: math.isqrt(n) + n.bit_length() - 1),
    ("round_to(3*n/4, 8)", lambda n: make_divisible(3 * n, 4, 8)),
    ("max(n, m) + min(n, 7) + abs(n - 5)", lambda n, m: max(n, m) + min(n, 7) + abs(n - 5)),
    ("sum(floor(n/(i+1)) for i in 1..k)", lambda n, k: sum(n // (i + 1) for i in range(1, k + 1))),
]  # fmt: skip
POINTS = [1, 2, 3, 7, 40, 49, 98, 1000]
NET = pm.net("(784) -> dense(10)")
formulas = pytest.mark.parametrize(("text", "expected"), [pytest.param(*case, id=case[0]) for case in FORMULAS])


def handed(text: str) -> Any:
    return NET.ask(text).value


def symbols(expression: Any, expected: Callable[..., int]) -> list[Any]:
    """The symbols in the order of the lambda's parameters."""
    found = {it.name: it for it in expression.free_symbols}
    return [found[name] for name in expected.__code__.co_varnames[: expected.__code__.co_argcount]]


def points(names: int, most: int = 1000) -> list[tuple[int, ...]]:
    few = [n for n in (POINTS if names < 3 else [1, 3, 7, 40]) if n <= most]
    return list(itertools.product(few, repeat=names))


@formulas
def test_numbers_in_place_of_symbols_are_exact(text: str, expected: Callable[..., int]) -> None:
    expression = handed(text)
    order = symbols(expression, expected)
    for point in points(len(order), 7 if expression.has(sympy.Sum) else 98):
        whole = dict(zip(order, map(sympy.Integer, point), strict=True))
        floats = {name: sympy.Float(n) for name, n in whole.items()}
        assert expression.subs(whole).doit() == expected(*point), point
        assert expression.xreplace(whole).doit() == expected(*point), point
        if not expression.has(sympy.Sum, sympy.log, round_to):  # these stay open for a real number
            assert int(expression.subs(floats)) == expected(*point), point
        if max(point) < 50:
            assert abs(expression.evalf(subs=whole) - expected(*point)) < 1e-9, point
            assert abs(sympy.N(expression).subs(whole).doit() - expected(*point)) < 1e-9, point


@pytest.mark.parametrize("n", [10**40, 3**100, 2**200 - 1, 2**200, (10**30 + 1) ** 2 - 1], ids=str)
def test_long_numbers_are_exact_too(n: int) -> None:
    by_hand = {
        "floor(n/3) + floor(n/7)": n // 3 + n // 7, "floor(sqrt(n))": math.isqrt(n),
        "floor(sqrt(n/3))": math.isqrt(n // 3), "floor(log2(n))": n.bit_length() - 1,
        "round_to(n, 8)": make_divisible(n, 1, 8),
    }  # fmt: skip
    for text, expected in by_hand.items():
        (name,) = handed(text).free_symbols
        assert handed(text).subs(name, n) == expected, text


@formulas
def test_python_made_of_it_is_exact(text: str, expected: Callable[..., int]) -> None:
    expression = handed(text)
    order = symbols(expression, expected)
    made = f"lambda {', '.join(map(str, order))}: {sympy.pycode(expression)}"
    for function in (
        sympy.lambdify(order, expression, "math"),
        sympy.lambdify(order, expression),
        eval(made, {"math": math, "builtins": builtins}),
    ):
        for point in points(len(order)):
            assert function(*point) == expected(*point), point


@pytest.mark.parametrize(("text", "expected"), [case for case in FORMULAS if "sum" not in case[0]])
def test_numpy_computes_columns_of_it(text: str, expected: Callable[..., int]) -> None:
    import numpy as np

    expression = handed(text)
    order = symbols(expression, expected)
    chosen = points(len(order))
    columns = [np.array(column) for column in zip(*chosen, strict=True)]
    found = sympy.lambdify(order, expression, "numpy")(*columns)
    assert list(np.broadcast_to(found, len(chosen))) == [expected(*point) for point in chosen]


# Code in other languages. `sum` has no operator there.

CODED = [(handed(text), expected) for text, expected in FORMULAS if "sum" not in text]
CALLS = [
    (n, point) for n, (_, it) in enumerate(CODED) for point in points(it.__code__.co_argcount) if max(point) < 1000
]


def in_c(folder: Path) -> str:
    lines = ["#include <math.h>", "#include <stdio.h>", "#include <stdlib.h>"]
    for n, (expression, expected) in enumerate(CODED):
        taken = ", ".join(f"long {name}" for name in symbols(expression, expected))
        lines.append(f"double f{n}({taken}) {{ return {sympy.ccode(expression)}; }}")
    printed = [f'printf("%.0f\\n", f{n}({", ".join(map(str, point))}));' for n, point in CALLS]
    (folder / "f.c").write_text("\n".join([*lines, "int main() {", *printed, "}"]))
    subprocess.run(["gcc", "-w", "-o", "f", "f.c", "-lm"], cwd=folder, check=True)
    return subprocess.run(["./f"], cwd=folder, capture_output=True, check=True, text=True).stdout


def in_javascript(folder: Path) -> str:
    lines = [
        f"const f{n} = ({', '.join(map(str, symbols(*case)))}) => {sympy.jscode(case[0])};"
        for n, case in enumerate(CODED)
    ]
    lines += [f"console.log(f{n}({', '.join(map(str, point))}));" for n, point in CALLS]
    (folder / "f.js").write_text("\n".join(lines))
    return subprocess.run(["node", "f.js"], cwd=folder, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize(("tool", "run"), [("gcc", in_c), ("node", in_javascript)])
def test_a_compiler_computes_the_same(tool: str, run: Callable[[Path], str], tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"there is no {tool} here")
    for (n, point), found in zip(CALLS, run(tmp_path).split(), strict=True):
        assert int(found) == CODED[n][1](*point), (CODED[n][0], point)


CODE = {  # ⌊(H - 1)/2⌋ as each language says it: / of whole numbers is rounded toward zero in C and its kin
    "ccode": "floor((H - 1)/2.0)", "cxxcode": "std::floor((H - 1)/2.0)", "jscode": "Math.floor((H - 1)/2)",
    "julia_code": "floor((H - 1)/2)", "octave_code": "floor((H - 1)/2)", "rcode": "floor((H - 1)/2)",
    "glsl_code": "floor((H - 1)/2.0)", "fcode": "floor((H - 1)/2.0d0)", "mathematica_code": "Floor[(H - 1)/2]",
    "maple_code": "floor((H - 1)/2)", "pycode": "((H - 1)//(2))",
}  # fmt: skip


@pytest.mark.parametrize("language", CODE)
def test_every_printer_writes_a_floor(language: str) -> None:
    printed = getattr(sympy, language)
    assert printed(handed("floor((H-1)/2)")).strip() == CODE[language]
    for text, _ in FORMULAS[:7]:
        assert printed(handed(text))
    assert "floor" in printed(handed("floor(log2(n))")).lower()


# Calculus.


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # as H grows, by hand: ⌊x⌋ is x, but for less than 1
        ("floor((H-1)/2)*floor((W-1)/2)*108/H", "54*floor((W-1)/2)"),
        ("floor((H+1)/4)/H", "1/4"),
        ("(9*H*floor((H-1)/2) + floor(H/2)^2)/H^2", "19/4"),
        ("floor(3*floor(H/2)*H/7)/H^2", "3/14"),
        ("floor((H+W)/2)/floor(H/3)", "3/2"),
        ("floor(1/H + 2)", "2"),
        ("floor(sqrt(H))^2/H", "1"),
        ("floor(log2(H))/H", "0"),
        ("round_to(3*H/4, 8)/H", "3/4"),
        ("abs(H - 5)/H", "1"),
    ],
)
def test_a_limit_is_that_of_the_leading_terms(text: str, expected: str) -> None:
    expression = handed(text)
    (H,) = (it for it in expression.free_symbols if it.name == "H")
    assert sympy.limit(expression, H, sympy.oo) == handed(expected)


def test_the_limit_of_a_count_for_each_place() -> None:
    net = pm.net("(H,W,3) -> conv(3x3,8,s=2)")
    assert sympy.limit(net.macs / net.symbols[0], net.symbols[0], sympy.oo) == handed("108*floor((W-1)/2)")


H = sympy.Symbol("H", integer=True, positive=True)
half, third = handed("floor(H/2)"), handed("floor(H/3)")


@pytest.mark.parametrize(
    "expression",
    [half - H / 2, H - 2 * half, third - handed("floor((H+1)/3)"), half**2 / H - H / 4, gcd(H, 12) / H, gcd(H, 12)],
    ids=str,
)
def test_a_limit_that_depends_on_what_is_rounded_off_is_refused(expression: Any) -> None:
    """SymPy's own floor says that ⌊H/2⌋ - H/2 goes to -oo."""
    with pytest.raises(NotImplementedError):
        sympy.limit(expression, H, sympy.oo)
    with pytest.raises(NotImplementedError):
        sympy.series(expression, H, sympy.oo, 3)


# An expression among others.


@formulas
def test_an_expression_is_copied_pickled_and_read_back(text: str, expected: Callable[..., int]) -> None:
    expression = handed(text)
    assert pickle.loads(pickle.dumps(expression)) == copy.deepcopy(expression) == expression
    assert expression.func(*expression.args) == expression
    assert sympy.diff(expression, sympy.Symbol("unknown")) == 0
    if not expression.has(sympy.Sum):
        assert to_sympy(from_sympy(expression)) == expression
        assert expression.is_integer
    order = symbols(expression, expected)
    simple = sympy.simplify(expression)
    for point in points(len(order), 7):
        assert simple.subs(dict(zip(order, point, strict=True))).doit() == expected(*point)


@pytest.mark.parametrize("a", ["H", "H + 1", "H*W - 3", "3*H + 2*W", "floor(H/3) + W"])
@pytest.mark.parametrize("b", ["2", "3", "H + 7", "2*W", "k*n"])
def test_a_floor_comes_back_as_it_went(a: str, b: str) -> None:
    """floor(p/m) is neither split nor joined with what stands beside it."""
    expression = sympy.sympify(handed(f"floor(({a})/({b}))"))
    for it in (expression, 7 * expression + 1, expression**2 - H):
        assert to_sympy(from_sympy(it)).subs(H, H + 5).expand() == it.subs(H, H + 5).expand()
        assert from_sympy(to_sympy(from_sympy(it))) == from_sympy(it)


@pytest.mark.parametrize("above", [H, H**2 + 1, 3 * H - 2])
def test_a_ceiling_of_sympy_is_one(above: Any) -> None:
    size = to_sympy(from_sympy(1 + 2 * sympy.ceiling(above / 7)))
    for h in range(1, 20):
        assert size.subs(H, h) == 1 + 2 * math.ceil(above.subs(H, h) / 7)


def test_a_floor_is_sympys_floor() -> None:
    expression = handed("floor((H-1)/2)")
    assert expression.atoms(sympy.floor) == {expression}
    assert expression.is_integer
    assert sympy.floor(expression) is expression
    assert str(expression) == "floor((H - 1)/2)"
    assert sympy.latex(expression**2) == r"\left\lfloor \frac{H - 1}{2} \right\rfloor^{2}"
    assert sympy.pretty(expression) == "⎢H - 1⎥\n⎢─────⎥\n⎣  2  ⎦"
    assert expression.subs(H, 2 * H + 1) == H
    assert expression.subs(H, 2 * H).subs(H, 3) == 2
    assert (expression >= 4).subs(H, 9) == True  # noqa: E712 - SymPy's
    assert (expression >= 4).subs(H, 8) == False  # noqa: E712
