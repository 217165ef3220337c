"""The price of a unit: what the bill hides is a line of the digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.support.bills import ACCOUNT, EC2, SCAN_DATE, found, steady, usage
from whyspike.detection import group_items
from whyspike.model import Anomaly, CostSeries, Kind

HOURS = "USE1-BoxUsage:m5.xlarge"
DAYS = 84


def line(price: Sequence[float], quantity: Sequence[float]) -> tuple[CostSeries, CostSeries]:
    """The service and its one usage type."""
    costs = [float(p * q) for p, q in zip(price, quantity, strict=True)]
    measured = replace(usage(costs, usage_type=HOURS), quantities=tuple(map(float, quantity)))
    return usage(costs), measured


def from_day(before: float, after: float, days: int = 4) -> list[float]:
    """`before`, and `after` on the last `days`."""
    return [before] * (DAYS - days) + [after] * days


def hours(before: float = 5000, after: float = 5000, days: int = 4) -> list[float]:
    share = np.array(from_day(1.0, after / before, days))
    return [float(x) for x in np.array(steady(before, DAYS), dtype=float) * share]


def prices(*series: CostSeries) -> list[Anomaly]:
    return [anomaly for anomaly in found(*series) if anomaly.kind is Kind.UNIT_PRICE]


def test_a_price_that_less_use_hides_is_a_line_of_the_digest() -> None:
    (anomaly,) = found(*line(from_day(0.096, 0.16), hours(after=3000)))
    assert (anomaly.kind, anomaly.usage_type, anomaly.alert) == (Kind.UNIT_PRICE, HOURS, False)
    assert (SCAN_DATE - anomaly.onset).days == 3
    assert float(anomaly.actual_spend - anomaly.expected_spend) == pytest.approx(192, rel=0.05)
    assert anomaly.reason.startswith(f"An hour of {HOURS} costs $0.16 since Sun 22 Mar, $0.096")
    assert anomaly.reason.endswith("41% less is used, which hides it on the bill.")
    (item,) = group_items(ACCOUNT, (anomaly,))
    assert not item.alert


def test_more_use_that_a_lower_price_hides_is_one_too() -> None:
    (anomaly,) = prices(*line(from_day(0.16, 0.096), hours(before=3000, after=5000)))
    assert float(anomaly.actual_spend - anomaly.expected_spend) == pytest.approx(192, rel=0.05)
    assert anomaly.reason.endswith("65% more is used, which the lower price hides.")


def tiers() -> list[float]:
    """The first gigabytes of a month are dear, at one volume a day."""
    in_month = (SCAN_DATE.day - 1 - np.arange(DAYS)[::-1]) % 30
    return [float(price) for price in np.where(in_month < 8, 0.09, 0.05)]


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        pytest.param(from_day(0.096, 0.096), hours(after=3000), id="less use at the same price"),
        pytest.param(from_day(0.096, 0.099), hours(after=4850), id="three percent"),
        pytest.param(from_day(0.096, 0.16), hours(50, 30), id="cents"),
        pytest.param(from_day(0.096, 0.16, days=2), hours(after=3000, days=2), id="two days"),
        pytest.param(from_day(0.096, 0.06), hours(), id="a discount that the bill shows"),
        pytest.param(tiers(), hours(), id="tiers of a month"),
        pytest.param(
            [0.16 if i in {30, 40} else p for i, p in enumerate(from_day(0.096, 0.16))],
            hours(after=3000),
            id="a price of before",
        ),
    ],
)
def test_what_is_no_news_of_a_price(price: Sequence[float], quantity: Sequence[float]) -> None:
    assert prices(*line(price, quantity)) == []


def test_a_price_that_the_bill_shows_is_told_by_the_bill() -> None:
    series = line(from_day(0.096, 0.16), hours())
    assert {(a.kind, a.alert) for a in found(*series)} == {(Kind.LEVEL_SHIFT, True)}


def test_where_the_bill_says_no_quantities_nothing_is_said_of_prices() -> None:
    whole, part = line(from_day(0.096, 0.16), hours(after=3000))
    assert found(whole, replace(part, quantities=None)) == ()


def test_it_is_no_part_of_what_the_bill_shows() -> None:
    whole, part = line(from_day(0.096, 0.16), hours(after=3000))
    other = usage(from_day(80.0, 400.0), service="Amazon Kinesis")
    items = group_items(ACCOUNT, found(whole, part, other))
    assert [(item.alert, item.leading.service) for item in items] == [
        (True, "Amazon Kinesis"),
        (False, EC2),
    ]
