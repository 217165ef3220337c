"""Where a month lands: by weekday, from the level of the last week, and never from a day that
nobody knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whyspike.digest.landing import landing

MONTH_END = date(2026, 11, 30)  # a Monday
MID = date(2026, 11, 15)


def bill(
    first: date, last: date, cost: float = 100.0, weekend: float | None = None
) -> dict[date, float]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day: cost if weekend is None or day.weekday() < 5 else weekend for day in days}


def until(known: dict[date, float], last: date) -> dict[date, float]:
    return {day: cost for day, cost in known.items() if day <= last}


@pytest.mark.parametrize("weekend", [100.0, 20.0, 0.0], ids=["flat", "less", "nothing"])
def test_a_month_that_goes_on_as_it_did_lands_where_it_ends(weekend: float) -> None:
    whole = bill(date(2026, 9, 15), MONTH_END, weekend=weekend)
    actual = sum(cost for day, cost in whole.items() if day.month == 11)
    assert landing(until(whole, MID), MID) == pytest.approx(actual)


def test_a_level_that_stays_is_foretold_and_a_burst_of_a_day_is_not() -> None:
    steady = until(bill(date(2026, 9, 15), MONTH_END), MID)
    burst = {**steady, date(2026, 11, 12): 2_100.0}
    shift = {**steady, **bill(date(2026, 11, 10), MID, 300.0)}
    assert landing(burst, MID) == pytest.approx(3_000 + 2_000)
    assert landing(shift, MID) == pytest.approx(9 * 100 + 21 * 300)


def test_a_fee_of_the_first_counts_once() -> None:
    known = until(bill(date(2026, 9, 15), MONTH_END), MID)
    for first in (date(2026, 10, 1), date(2026, 11, 1)):
        known[first] += 1_000
    assert landing(known, MID) == pytest.approx(4_000)


def test_a_day_without_a_bill_is_reckoned_and_not_zero() -> None:
    known = until(bill(date(2026, 9, 15), MONTH_END), MID)
    for missing in (date(2026, 11, 4), date(2026, 11, 14), date(2026, 11, 15)):
        del known[missing]
    assert landing(known, MID) == pytest.approx(3_000)


def test_of_a_bill_that_begins_or_stopped_nothing_is_foretold() -> None:
    assert landing({}, MID) is None
    assert landing(bill(date(2026, 11, 10), MID), MID) is None
    assert landing(bill(date(2026, 9, 1), date(2026, 11, 7)), MID) is None


def test_a_month_that_is_over_lands_at_its_sum_whatever_was_before() -> None:
    assert landing(bill(date(2026, 11, 1), MONTH_END, 7.0), MONTH_END) == pytest.approx(210)


def test_the_days_after_the_scan_date_are_not_looked_at() -> None:
    whole = bill(date(2026, 9, 15), MONTH_END)
    whole |= bill(date(2026, 11, 16), MONTH_END, 9_000.0)
    assert landing(whole, MID) == pytest.approx(3_000)


@given(
    st.dictionaries(st.integers(0, 61), st.floats(-1e6, 1e6), min_size=7),
    st.integers(0, 30),
)
def test_whatever_the_bill_what_is_billed_is_in_it_and_nothing_breaks(
    costs: dict[int, float], back: int
) -> None:
    last = MONTH_END - timedelta(days=back)
    known = {last - timedelta(days=n): cost for n, cost in costs.items()}
    found = landing(known, last)
    assert found is None or abs(found) < 1e10
