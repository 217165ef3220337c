from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from tests.detection.test_scoring import DATES, DAYS, minimum
from whyspike.detection.scoring import score_days
from whyspike.detection.shape import Baselines
from whyspike.detection.table import CostTable, Floats
from whyspike.detection.told import without_told
from whyspike.model import CostSeries, ToldDays

S3 = "Amazon S3"


def bill(*high: tuple[int, int]) -> Floats:
    """$100 a day, twice as much on the days from `first` to `last`."""
    costs = 100.0 + np.random.default_rng(2).normal(0, 2, DAYS)
    for first, last in high:
        costs[first : last + 1] += 100.0
    return costs[None]


def told(*spans: tuple[int, int], service: str = S3) -> tuple[ToldDays, ...]:
    return tuple(ToldDays(service, DATES[first], DATES[last]) for first, last in spans)


def history(costs: Floats, days: tuple[ToldDays, ...]) -> Floats:
    table = CostTable(tuple(DATES), (CostSeries(S3, ()),), costs)
    return without_told(table, costs, days, Baselines(DATES))


def test_what_was_told_and_is_over_hides_no_second_time() -> None:
    """A week, and the same 28 days later: the same weekdays of the month."""
    costs = bill((50, 56), (78, 89))
    assert not (score_days(costs, DATES, minimum())[0, 78:] > 1).any()
    learned = history(costs, told((50, 56)))
    assert score_days(costs, DATES, minimum(), history=learned)[0, 78] > 1


def test_what_came_more_than_once_is_a_pattern_and_stays() -> None:
    costs = bill((30, 30), (50, 50))
    assert np.array_equal(history(costs, told((30, 30), (50, 50))), costs)


def test_what_ended_within_a_fortnight_stays() -> None:
    costs = bill((75, 77))
    assert np.array_equal(history(costs, told((75, 77))), costs)


def test_other_series_and_days_before_the_bill_change_nothing() -> None:
    costs = bill((56, 62))
    assert np.array_equal(history(costs, told((56, 62), service="Amazon EC2")), costs)
    early = ToldDays(S3, date(2025, 1, 1), date(2025, 1, 1) + timedelta(days=2))
    assert np.array_equal(history(costs, (early,)), costs)
