"""Results that cannot be are internal errors, and never answers. They are handed in, since no text leads there."""

from __future__ import annotations

from fractions import Fraction

import pytest

import paramula as pm
from paramula.algebra.needs import at_least
from paramula.algebra.poly import Sym, atom, symbol
from paramula.layers.facts import Facts, Weight
from paramula.measures import quantities

INDEX = atom(Sym("i", 0, top=symbol("n") - 1))
UNKNOWN = atom(Sym("0\u00b7", 1))


@pytest.mark.parametrize(
    "facts",
    [Facts((-1,)), Facts((8, Fraction(1, 2))), Facts((8,), (Weight("kernel", (3, -2)),))],
    ids=["negative size", "half a channel", "negative weight"],
)
def test_a_size_that_counts_nothing_is_an_internal_error(facts: Facts) -> None:
    with pytest.raises(pm.NetError, match="internal error: a size came out as"):
        quantities.answers(facts)


@pytest.mark.parametrize("value", [-1, Fraction(7, 2)])
def test_a_quantity_that_counts_nothing_is_an_internal_error(value: object) -> None:
    net = pm.net("(4) -> dense(f)")
    net.traced.ops[-1].facts.totals["params"] = value
    with pytest.raises(pm.NetError, match="internal error: params came out as") as error:
        net.quantity("params")
    assert "report this" in error.value.hint


@pytest.mark.parametrize("size", [INDEX * symbol("f"), 2 * INDEX + 24, UNKNOWN, (3, (symbol("f"), INDEX))])
def test_an_index_in_an_answer_is_an_internal_error(size: object) -> None:
    with pytest.raises(pm.NetError, match="which is no symbol"):
        quantities.check_bound("params", size)


def test_an_index_in_a_quantity_is_not_shown() -> None:
    net = pm.net("(4) -> dense(f)")
    net.traced.ops[-1].facts.totals["params"] = 4 * INDEX + 24
    with pytest.raises(pm.NetError, match="internal error: params depends on i"):
        net.quantity("params")


def test_a_condition_without_a_symbol_is_an_internal_error() -> None:
    net = pm.net("(H,4) -> pool(2)")
    net.tracer.needs.append((at_least(0, 1, ""), "a layer"))
    with pytest.raises(pm.NetError, match="internal error: the condition"):
        _ = net.conditions


@pytest.mark.parametrize("way", ["table", "to_csv"])
def test_a_column_of_half_parameters_is_an_internal_error(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a sweep once showed 20458056/5 parameters, when a rounding was lost on the way."""
    half = symbol("f") * Fraction(1, 2)
    monkeypatch.setattr(quantities, "_of", lambda traced, name: half)
    with pytest.raises(pm.NetError, match="internal error"):
        getattr(pm.net("(4) -> dense(f)").sweep("params", f=[1, 2]), way)()
