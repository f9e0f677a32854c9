"""Leading terms: far out a size is its leading term; the layers' shares are the whole; elasticities are by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.growth import Unsure, leading
from paramula.algebra.poly import Poly
from paramula.algebra.substitution import replaced, symbols
from paramula.questions.growth import grown
from published import FAMILIES, family

# A symbol that is an exponent is tried at less, where the number can be written.
FAR = {"exponent": 400, "degree": 10**40}


def at_point(size: Any, values: dict[str, int]) -> Any:
    return replaced(size, values) if isinstance(size, Poly) else size


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", FAMILIES)
def test_far_out_a_quantity_is_its_leading_term(name: str) -> None:
    net = family(name)
    told = 0
    for sym in net.open_symbols:
        for quantity in ("params", "macs", "activations"):
            value = net.quantity(quantity)
            own = next((it for it in symbols(value) if it.name == sym), None) if isinstance(value, Poly) else None
            if own is None:
                continue
            try:
                term = leading(value, own)
                formula = term.at(own)
            except Unsure:
                continue
            far = FAR["degree"] if term.order.rate == 1 else FAR["exponent"]
            values = {it: far if it == sym else 5 + n for n, it in enumerate(net.open_symbols)}
            try:
                exact, lead = at_point(value, values), at_point(formula, values)
            except pm.NetError:  # too large to be written
                continue
            if isinstance(exact, (int, Fraction)) and isinstance(lead, (int, Fraction)) and lead != 0:
                near = Fraction(1, 10**6) if far > 10**6 else Fraction(1, 50)
                assert abs(Fraction(exact) / Fraction(lead) - 1) < near, (sym, quantity)
                told += 1
    assert told or not net.open_symbols


@pytest.mark.parametrize(
    ("text", "sym"),
    [("gpt2(L, d, h)", "d"), ("gpt2(L, d, h)", "L"), ("resnet_cifar(n, w)", "w"), ("resnet_cifar(n, w)", "n"),
     ("densenet_cifar(n, k)", "k"), ("(n) -> shared(dense(n))*4 -> dense(3)", "n")],
)  # fmt: skip
def test_the_shares_of_the_layers_are_the_whole(text: str, sym: str) -> None:
    net = pm.net(text)
    shares = grown(net, sym).shares
    assert shares
    values = {name: 5 + 2 * n for n, name in enumerate(net.open_symbols)}
    assert sum(at_point(share, values) for _, share in shares) == 1


# By hand: Q = 3x^2 + 5x + 7 has x Q'/Q = (6x^2 + 5x)/(3x^2 + 5x + 7).
def test_an_elasticity_is_that_of_the_polynomial() -> None:
    net = pm.net("(x) -> dense(3*x) -> dense(2) -> dense(1)")  # 3x^2 + 3x + 6x + 2 + 3
    row = grown(net, "x", 10).rows[0]
    assert row.elasticity == Fraction(6 * 100 + 9 * 10, 3 * 100 + 9 * 10 + 5)
    assert row.leading == 3 * row.order


def test_what_grows_without_a_leading_term_hides_no_other() -> None:
    """A window of ⌊10/x⌋ + 1 stays bounded: neither parameters nor products have a leading term, activations have."""
    told = grown(pm.net("(T*x,1) -> conv(floor(10/x)+1,1,same)"), "x")
    assert [(row.quantity, at_point(row.leading, {"T": 5, "x": 7})) for row in told.rows] == [("activations", 35)]
    assert [note for note in told.notes if "the leading term" in note] == [
        f"the leading term of {quantity} cannot be told" for quantity in ("params", "macs")
    ]


def test_a_rounded_quantity_has_no_elasticity() -> None:
    told = grown(pm.net("(H,W,3) -> pool(2) -> dense(10)"), "H", 8)
    assert told.rows[0].elasticity is None
    assert any("rounded" in note for note in told.notes)
