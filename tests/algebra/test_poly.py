"""The normal form: sizes that are equal are equal objects, however they came about. By hand."""

from __future__ import annotations

import pytest

from paramula.algebra.poly import Size, symbol
from paramula.algebra.powers import quotient

a, b, r, x = (symbol(name) for name in "abrx")

# A quotient times a multiple of what it was divided by.
CANCELLED: list[tuple[Size, Size, Size]] = [
    (quotient(x, a + b), (a + b) * (a + b + 1), x * (a + b + 1)),
    (quotient(x * x + a, a + b), (a + b) * (a - b), (x * x + a) * (a - b)),
    (quotient(r * x + 1, r - 1) + a, r * r - 1, (r * x + 1) * (r + 1) + a * (r * r - 1)),
    (quotient(x, (r - 1) * (r - 1)), (r - 1) * (r - 1) * r, x * r),
]


@pytest.mark.parametrize(("divided", "factor", "product"), CANCELLED)
def test_what_was_divided_by_is_cancelled(divided: Size, factor: Size, product: Size) -> None:
    assert divided * factor == factor * divided == product
