"""One way to write money, shares and quantities."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from whyspike.words.amounts import counted, dollar_range, dollars, percent, quantity


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (0.0, "$0"),
        (Decimal("0.00"), "$0"),
        (0.004, "$0.00"),
        (-0.001, "$0.00"),
        (0.4231, "$0.42"),
        (9.999, "$10.00"),
        (42.5, "$42.50"),
        ("42.5", "$42.50"),
        (Decimal("42.5"), "$42.50"),
        (np.float64(42.5), "$42.50"),
        (-42.5, "-$42.50"),
        (99.994, "$99.99"),
        (99.996, "$100"),
        (100, "$100"),
        (Decimal("-4200.4"), "-$4,200"),
        (1234567.89, "$1,234,568"),
    ],
)
def test_an_amount_is_written_one_way(amount: Decimal | float | str, text: str) -> None:
    assert dollars(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(212, "+$212"), (-212, "-$212"), (0.5, "+$0.50"), (0, "$0"), (0.001, "$0.00")],
)
def test_a_change_carries_its_sign(amount: float, text: str) -> None:
    assert dollars(amount, sign=True) == text


def test_a_range_of_one_amount_is_one_amount() -> None:
    assert dollar_range(12, 15.5) == "$12.00 to $15.50"
    assert dollar_range(12.001, 12.002) == "$12.00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (percent(0.42), "42%"),
        (percent(3.4, sign=True), "+340%"),
        (percent(Decimal("-0.5"), sign=True), "-50%"),
        (percent(12.5), "1,250%"),
        (counted(1, "incident"), "1 incident"),
        (counted(0, "incident"), "0 incidents"),
        (counted(1204, "incident"), "1,204 incidents"),
        (quantity(12), "12"),
        (quantity(12.345), "12.35"),
        (quantity(1234.5), "1,234"),
    ],
)
def test_shares_counts_and_quantities(text: str, expected: str) -> None:
    assert text == expected
