"""A past that is judged in weeks, many accounts at once, is told as if each day were judged on its
own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from whyspike.cli.backtest.replay import replay, replay_all
from whyspike.cli.bills import BillOnDisk
from whyspike.cli.bills.on_disk import LocalCostExplorer
from whyspike.detection import DetectionSettings, detection_settings
from whyspike.model import Account, CostSeries, DailyCosts, EarlierMonths, RecordClass
from whyspike.steps.earlier_months import before

FIRST = date(2026, 1, 1)
LEVELS = (4.0, 30.0, 90.0, 400.0, 2_000.0)


def line(rng: np.random.Generator, dates: list[date], level: float) -> list[float | None]:
    """A service that now and then jumps, stays, ends, or runs on some days alone."""
    count, weekends = len(dates), np.array([day.weekday() >= 5 for day in dates])
    costs = level * np.exp(rng.normal(0, rng.choice([0.01, 0.05]), count))
    habit = rng.integers(0, 6)
    costs[weekends] *= 0.3 if habit == 0 else 1.0
    for _ in range(2):
        begin = int(rng.integers(20, count))
        costs[begin : begin + int(rng.choice([1, 4, 60]))] *= rng.choice([1.5, 3.0])
    if habit == 1:
        costs[int(rng.integers(30, count)) :] = 0.0
    seldom = (np.arange(count) % 7 != 2) if habit == 2 else (rng.random(count) < 0.7)
    late = int(rng.integers(0, count)) if habit == 3 else 0
    return [
        None if (habit in {2, 4} and seldom[day]) or day < late else round(float(cost), 4)
        for day, cost in enumerate(costs)
    ]


def month_of(costs: list[float | None], dates: list[date], month: date) -> float | None:
    """What the month cost; None before the bill begins."""
    days = zip(costs, dates, strict=True)
    cost = sum(each or 0.0 for each, day in days if day.replace(day=1) == month)
    return cost if month >= FIRST else None


def nothing_is_asked(day: date) -> LocalCostExplorer:
    raise AssertionError(f"the bill of {day} was asked for more")


def bill(seed: int, days: int, gaps: tuple[int, ...] = ()) -> BillOnDisk:
    """Five services, a monthly fee and a credit that is used up; no row at all on `gaps`."""
    rng = np.random.default_rng(seed)
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    fee = [50.0 if day.day == 1 else None for day in dates]
    credit = [-40.0 if n < days - 9 else None for n in range(days)]
    costs = [
        (f"service {n}", line(rng, dates, of), RecordClass.USAGE) for n, of in enumerate(LEVELS)
    ]
    costs += [("Support", fee, RecordClass.FEE), ("Credits", credit, RecordClass.CREDIT)]
    lines = [
        (name, [None if n in gaps else cost for n, cost in enumerate(each)], kind)
        for name, each, kind in costs
    ]

    def between(start: date, day: date) -> DailyCosts:
        span = slice((start - FIRST).days, (day - FIRST).days + 1)
        series = (CostSeries(name, tuple(each[span]), kind) for name, each, kind in lines)
        with_rows = tuple(s for s in series if any(cost is not None for cost in s.costs))
        return DailyCosts(account.account_id, tuple(dates[span]), with_rows)

    def earlier(day: date) -> EarlierMonths:
        months = before(day)
        series = (
            CostSeries(name, tuple(month_of(each, dates, month) for month in months), kind)
            for name, each, kind in lines
        )
        return EarlierMonths(months, tuple(series))

    account = Account(f"{seed:012d}", f"account {seed}")
    return BillOnDisk(account, FIRST, dates[-1], between, earlier, nothing_is_asked, settled=True)


slow = pytest.mark.slow


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=slow), pytest.param(2, marks=slow), 3])
def test_weeks_at_once_tell_what_days_one_by_one_tell(seed: int) -> None:
    past = bill(seed, days=200, gaps=(60, 61, 150) if seed == 3 else ())
    days = [FIRST + timedelta(days=n) for n in range(120 if seed else 70, 200 if seed else 150)]
    one_by_one = replay(replace(past, settled=False), days, DetectionSettings())
    assert replay(past, days, DetectionSettings()) == one_by_one
    assert any(line.message for line in one_by_one)


def test_accounts_side_by_side_do_not_touch_each_other() -> None:
    bills = [bill(seed, days=130 - 20 * (seed % 2)) for seed in range(2)]
    days = [FIRST + timedelta(days=n) for n in range(95, 130)]
    settings = detection_settings(2.0, 5.0, 10.0)
    together = list(replay_all(bills, days, settings))
    assert together == [replay(each, days, settings) for each in bills]
