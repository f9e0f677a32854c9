"""A formula as it is shown: SymPy reads it as the same size, and it is as short as by hand."""

from __future__ import annotations

import pytest
import sympy

from paramula.algebra.forms import form
from paramula.algebra.poly import Size, symbol
from paramula.algebra.spelling import ascii_text
from paramula.algebra.to_sympy import to_sympy

a, b, x = (symbol(name) for name in "abx")

# Sums that share a factor, and sums that nearly do.
SHOWN: list[tuple[Size, str]] = [
    (a * x + b * x + 30 * a + 30 * b, "(x + 30)*(a + b)"),
    (a * x + b * x + 30 * a + 60 * b, "a*x + b*x + 30*a + 60*b"),
    (2 * a * x + 2 * b * x + 60 * a + 60 * b, "2*(x + 30)*(a + b)"),
]


@pytest.mark.parametrize(("size", "shown"), SHOWN, ids=[shown for _, shown in SHOWN])
def test_a_formula_is_short_and_the_same(size: Size, shown: str) -> None:
    text = ascii_text(form(size, "abx"))
    assert sympy.expand(sympy.sympify(text) - sympy.sympify(str(to_sympy(size)))) == 0
    assert text == shown
