from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tests.support.bills import ACCOUNT, EC2, SCAN_DATE, bill, found, steady, usage
from whyspike.detection import DetectionSettings, find_anomalies, group_items
from whyspike.model import Anomaly, CostSeries, EarlierMonths, Kind


def growing(a_day: float, weekend: float = 1.0) -> list[float]:
    costs = np.array(steady(weekend=weekend), dtype=float)
    return [float(cost) for cost in costs * (1 + a_day) ** np.arange(len(costs))]


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param(growing(0.006), id="0.6 % a day"),
        pytest.param(growing(0.006, weekend=0.4), id="cheaper weekends"),
    ],
)
def test_slow_growth_is_a_line_of_the_digest(costs: Sequence[float | None]) -> None:
    (anomaly,) = found(usage(costs))
    assert (anomaly.kind, anomaly.alert, anomaly.ongoing) == (Kind.RAMP, False, True)
    assert anomaly.onset < SCAN_DATE
    assert anomaly.impact_percentage is not None
    assert 30 <= anomaly.impact_percentage <= 70
    assert anomaly.growth_weeks == 8
    assert "growth in nearly every week" in anomaly.reason
    (item,) = group_items(ACCOUNT, (anomaly,))
    assert not item.alert


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param(growing(0.0008), id="2.5 % a month"),
        pytest.param(steady(noise=0.1), id="noise"),
        pytest.param(
            [cost * (1.4 if i >= 50 else 1.0) for i, cost in enumerate(growing(0.0))],
            id="a step that is long over",
        ),
        pytest.param([cost / 40 for cost in growing(0.006)], id="below the minimum"),
    ],
)
def test_other_bills_are_not_growing(costs: Sequence[float | None]) -> None:
    assert found(usage(costs)) == ()


def test_four_weeks_of_growth_above_all_that_was_before_are_told() -> None:
    week = np.repeat([0.0, 0.09, 0.18, 0.27, 0.36], 7)[-35:]
    costs = [float(cost or 0.0) for cost in steady(noise=0.0)]
    costs[-35:] = [cost * (1 + more) for cost, more in zip(costs[-35:], week, strict=True)]
    (anomaly,) = found(usage(costs))
    assert (anomaly.growth_weeks, anomaly.alert) == (4, False)
    assert float(anomaly.actual_spend - anomaly.expected_spend) == pytest.approx(36, rel=0.1)


def test_a_season_of_a_month_is_no_growth_of_four_weeks() -> None:
    """It rose as much a month ago, and fell again."""
    season = np.array([0.0, 0.09, 0.18, 0.27, 0.36, 0.2, 0.1, 0.0, 0.09, 0.18, 0.27, 0.36])
    costs = [float(cost or 0.0) for cost in steady(noise=0.01)]
    costs = [cost * (1 + more) for cost, more in zip(costs, np.repeat(season, 7), strict=True)]
    assert [a for a in found(usage(costs)) if a.growth_weeks] == []


def half_a_year(*levels: float) -> EarlierMonths:
    """Of EC2: so many dollars a day in the months up to February 2026."""
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(2, 14)][-len(levels) :]
    costs = [
        level * monthrange(month.year, month.month)[1]
        for level, month in zip(levels, months, strict=True)
    ]
    return EarlierMonths(tuple(months), (CostSeries(EC2, tuple(costs)),))


def with_months(earlier: EarlierMonths, now: float) -> tuple[Anomaly, ...]:
    costs = bill(usage(steady(now, noise=0.01)))
    return find_anomalies(replace(costs, earlier=earlier), SCAN_DATE, DetectionSettings())


def test_half_a_year_of_growth_is_known_from_the_months_before() -> None:
    (anomaly,) = with_months(half_a_year(70, 74, 79, 84, 90, 95), 100)
    assert (anomaly.growth_weeks, anomaly.alert) == (26, False)
    assert (float(anomaly.expected_spend), anomaly.onset) == (70.0, SCAN_DATE - timedelta(days=83))
    assert "of the month before Oct 2025 $70.00: growth in nearly every month" in anomaly.reason


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param(half_a_year(95, 96, 97, 98, 99, 100), id="less than a third"),
        pytest.param(half_a_year(70, 70, 70, 70, 97, 99), id="a step, told on its day"),
        pytest.param(half_a_year(70, 90, 80, 100, 90, 95), id="up and down"),
        pytest.param(half_a_year(90, 95), id="two months alone"),
    ],
)
def test_other_half_years_are_not_growing(earlier: EarlierMonths) -> None:
    assert with_months(earlier, 100) == ()


def test_the_lines_that_the_growth_is_in_are_named_the_largest_first() -> None:
    whole = [float(cost or 0.0) for cost in growing(0.006)]
    costs = bill(
        usage(whole),
        usage([cost * 0.7 for cost in whole], usage_type="BoxUsage:m5.large"),
        usage([cost * 0.3 for cost in whole], usage_type="NatGateway-Bytes"),
    )
    found_here = find_anomalies(costs, SCAN_DATE, DetectionSettings())
    (anomaly,) = [each for each in found_here if each.usage_type is None]
    box, nat = (anomaly.reason.index(line) for line in ("BoxUsage:m5.large (+$", "NatGateway-"))
    assert box < nat
