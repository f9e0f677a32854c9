"""Widths of what is set, against the metrics of Computer Modern (cmr10 and cmmi10, Knuth 1986)."""

from __future__ import annotations

import pytest

from paramula.algebra.measure import text_width, width

DIGIT = 50  # hundredths of an em, exactly: 5.00002 pt of 10


@pytest.mark.parametrize("number", ["1", "28", "12345", "0" * 40])
def test_a_digit_is_half_an_em_wide(number: str) -> None:
    assert width(number) == text_width(number) == DIGIT * len(number)
    assert width(rf"\mathrm{{{number}}}") == width(number)


@pytest.mark.parametrize(("letter", "points"), [("a", 5.2859), ("x", 5.7153), ("m", 8.7801), ("H", 8.3125 + 0.8125)])
def test_a_letter_is_no_narrower_than_its_box_and_correction(letter: str, points: float) -> None:
    assert 10 * points <= width(letter) < 10 * points + 6
