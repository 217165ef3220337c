"""Charges of a quarter, half a year or a year are known from earlier months, and what merely looks
like one is told as before."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

import pytest

from tests.support.bills import ACCOUNT, EC2, SCAN_DATE, bill, steady, usage
from whyspike.detection import DetectionSettings, find_anomalies
from whyspike.model import (
    Anomaly,
    BillingReason,
    CostSeries,
    EarlierMonths,
    Kind,
    RecordClass,
)

MONTHS = tuple(date(2025 if m > 2 else 2026, m, 1) for m in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2))
LEVEL = 100.0  # a day


def months(
    record_class: RecordClass = RecordClass.USAGE, a_day: float = LEVEL, **more: float
) -> EarlierMonths:
    """A year of EC2 at its level and, in the months named, so much more."""
    names = ("mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "jan", "feb")
    costs: Sequence[float | None] = [
        a_day * monthrange(month.year, month.month)[1] + more.get(name, 0.0)
        for name, month in zip(names, MONTHS, strict=True)
    ]
    return EarlierMonths(MONTHS, (CostSeries(EC2, tuple(costs), record_class),))


def charged(
    earlier: EarlierMonths | None,
    *extra: float,
    record_class: RecordClass = RecordClass.USAGE,
) -> tuple[Anomaly, ...]:
    """On the last days up to the scan date (25 Mar 2026), so many dollars more than the level."""
    daily: list[float | None] = steady(LEVEL) if record_class is RecordClass.USAGE else [None] * 84
    for back, dollars in enumerate(reversed(extra)):
        at = len(daily) - 1 - back
        daily[at] = (daily[at] or 0.0) + dollars
    series = [CostSeries(EC2, tuple(daily), record_class)]
    if record_class is not RecordClass.USAGE:
        series.append(usage(steady(LEVEL), "AWS Lambda"))
    costs = bill(*series)
    return find_anomalies(
        type(costs)(ACCOUNT, costs.dates, costs.series, earlier=earlier),
        SCAN_DATE,
        DetectionSettings(),
    )


RHYTHMS = {
    "every three months": months(dec=2_000, sep=1_900),
    "every six months": months(sep=2_000, mar=2_100),
    "a rhythm of a quarter that began before the year": months(dec=2_000, sep=2_000, jun=2_000),
}


@pytest.mark.parametrize("earlier", RHYTHMS.values(), ids=RHYTHMS)
def test_a_charge_that_came_before_in_like_size_is_expected(earlier: EarlierMonths) -> None:
    assert [a.alert for a in charged(None, 2_000)] == [True]
    assert charged(earlier, 2_000) == ()


def test_a_batch_of_a_quarter_is_expected_from_its_first_day_on() -> None:
    for days in (1, 2, 3, 4):
        assert charged(months(dec=2_000, sep=2_000), *[500.0] * days) == ()


def test_one_that_is_larger_than_before_is_a_line_of_the_digest() -> None:
    (anomaly,) = charged(months(dec=2_000, sep=1_900), 2_600)
    assert (anomaly.alert, anomaly.billing_reason) == (False, BillingReason.RECURRING_CHARGE)
    assert anomaly.kind in {Kind.SPIKE, Kind.LEVEL_SHIFT}
    assert "Dec 2025 by $2,000" in anomaly.reason
    assert "Sep 2025 by $1,900" in anomaly.reason


def test_a_charge_of_usage_that_came_a_year_ago_is_told_in_the_digest_alone() -> None:
    (anomaly,) = charged(months(mar=2_000), 2_000)
    assert not anomaly.alert
    assert "every year" in anomaly.reason
    assert "Mar 2025" in anomaly.reason


@pytest.mark.parametrize("month", ["dec", "sep", "mar"])
def test_a_fee_came_once_and_is_known(month: str) -> None:
    fee = RecordClass.FEE
    earlier = months(fee, a_day=0.0, **{month: 2_000.0})
    assert len(charged(months(fee, a_day=0.0), 2_000, record_class=fee)) == 1
    assert charged(earlier, 2_050, record_class=fee) == ()
    (larger,) = charged(earlier, 2_800, record_class=fee)
    assert (larger.alert, larger.billing_reason) == (False, BillingReason.RECURRING_CHARGE)


ALARMS = {
    "nothing before": (months(), [2_000]),
    "twice what it was": (months(dec=1_000, sep=1_000), [2_000]),
    "usage that stood out once, three months ago": (months(dec=2_000), [2_000]),
    "three months ago, and not six": (months(dec=2_000, jun=2_000), [2_000]),
    "a service that stands out in any month": (
        months(dec=2_000, nov=1_800, sep=2_000, aug=1_500),
        [2_000],
    ),
    "another month than a quarter's": (months(jan=2_000, oct=2_000), [2_000]),
    "a level that stays": (months(dec=2_000, sep=2_000), [200] * 6),
    "a season, and not a charge": (months(mar=9_000), [900]),
}


@pytest.mark.parametrize(("earlier", "extra"), ALARMS.values(), ids=ALARMS)
def test_what_is_no_such_charge_is_told(earlier: EarlierMonths, extra: list[float]) -> None:
    assert [a.alert for a in charged(earlier, *extra)] == [True]


def test_a_month_without_a_row_is_unknown_and_no_zero() -> None:
    """Nothing is known of the first half of the year, so that June says nothing against a rhythm of
    December and September."""
    known = months(dec=2_000, sep=2_000)
    cut = tuple(
        CostSeries(s.service, (*[None] * 5, *s.costs[5:]), s.record_class) for s in known.series
    )
    assert charged(EarlierMonths(MONTHS, cut), 2_000) == ()


def test_at_the_turn_of_a_month_the_charge_may_have_come_in_the_month_beside() -> None:
    dates = bill(usage(steady())).dates
    first = date(2026, 3, 1)
    daily = [cost for cost, day in zip(steady(LEVEL), dates, strict=True) if day <= first]
    days = tuple(day for day in dates if day <= first)
    daily[-1] = (daily[-1] or 0.0) + 2_000
    costs = bill(usage(daily))
    found = [
        find_anomalies(
            type(costs)(ACCOUNT, days, costs.series, earlier=earlier), first, DetectionSettings()
        )
        for earlier in (None, months(nov=2_000, aug=2_000), months(dec=2_000, sep=2_000))
    ]
    assert [len(each) for each in found] == [1, 0, 0]
