"""Days on which the account has no row at all are no days: nothing begins, ends, falls or is summed
over them; a service without a row beside others that have one is a zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.bills import EC2, SCAN_DATE, bill, plus, steady, usage
from whyspike.detection import DetectionSettings, bill_days, find_anomalies, zero_days
from whyspike.model import Anomaly, BillDays, CostSeries, Kind, RecordClass

RDS = "Amazon Relational Database Service"


def without(costs: Sequence[float | None], *ago: int) -> list[float | None]:
    """`costs` without a row on the days so many days before the scan date."""
    return [None if len(costs) - 1 - i in ago else cost for i, cost in enumerate(costs)]


def judged(*series: CostSeries, days_later: int = 0) -> tuple[Anomaly, ...]:
    """The anomalies that a scan sees so many days after the last day of the bill."""
    costs = bill(*series)
    return find_anomalies(costs, SCAN_DATE + timedelta(days=days_later), DetectionSettings())


GAPS = {
    "one day": [1],
    "two days": [1, 2],
    "a week": list(range(2, 9)),
    "the scan date": [0],
    "the scan date and days before": [0, 1, 2],
    "a Saturday and a Sunday": [3, 4],
    "two gaps": [1, 2, 20, 21, 22],
}


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS.keys())
@pytest.mark.parametrize("weekend", [1.0, 0.2, 3.0], ids=["flat", "office hours", "weekend jobs"])
def test_a_quiet_account_stays_quiet_over_a_gap(gap: list[int], weekend: float) -> None:
    series = [
        usage(without(steady(seed=n, level=level, weekend=weekend), *gap), service)
        for n, (service, level) in enumerate([(EC2, 900.0), (RDS, 300.0)])
    ]
    assert judged(*series) == ()


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS.keys())
def test_an_anomaly_goes_on_over_a_gap_and_sums_known_days_alone(gap: list[int]) -> None:
    high = plus(steady(), **{f"d{n}": 300.0 for n in range(11)})

    (anomaly,) = judged(usage(without(high, *gap)))

    known = 11 - len([n for n in gap if n <= 10])
    assert anomaly.onset == SCAN_DATE - timedelta(days=10)
    assert anomaly.ongoing
    assert float(anomaly.impact) == pytest.approx(300.0 * known, rel=0.05)


def test_an_anomaly_of_the_day_before_a_gap_is_the_same_after_it() -> None:
    high = plus(steady(), **{f"d{n}": 300.0 for n in (0, 1, 5)})

    (anomaly,) = judged(usage(without(high, 2, 3, 4)))

    assert (anomaly.onset, anomaly.ongoing) == (SCAN_DATE - timedelta(days=5), True)


def test_where_the_scan_date_is_unknown_the_newest_known_day_is_judged() -> None:
    costs = plus(steady(), d1=300)

    (then,) = find_anomalies(bill(usage(costs)), SCAN_DATE - timedelta(days=1), DetectionSettings())
    (now,) = judged(usage(without(costs, 0)))

    assert now == then


def test_days_after_the_bills_end_change_nothing() -> None:
    high = usage(plus(steady(), **{f"d{n}": 300.0 for n in range(5)}))

    assert judged(high, days_later=9) == judged(high)


def test_a_daily_credit_does_not_end_on_days_without_a_bill() -> None:
    credit = CostSeries("AWS Support", tuple(without([-24.0] * 84, 0, 1, 2)), RecordClass.CREDIT)

    assert judged(usage(without(steady(), 0, 1, 2)), credit) == ()


def test_what_rises_on_the_first_day_after_a_gap_begins_there() -> None:
    high = plus(steady(), d0=300, d1=300)

    (anomaly,) = judged(usage(without(high, 2, 3, 4)))

    assert anomaly.onset == SCAN_DATE - timedelta(days=1)


def test_a_service_without_rows_beside_others_that_have_some_is_a_zero() -> None:
    (fall,) = judged(usage(without(steady(), 0, 1)), usage(steady(level=50, seed=2), RDS))

    assert (fall.service, fall.kind, fall.onset) == (
        EC2,
        Kind.DROP,
        SCAN_DATE - timedelta(days=1),
    )


def test_an_account_that_is_thirteen_days_old_is_not_judged() -> None:
    young = [None] * 71 + steady()[-13:]

    assert judged(usage(plus(young, d0=900))) == ()


def test_a_dormant_account_that_wakes_up_is_told_if_it_is_known_to_be_old() -> None:
    costs = bill(usage([None] * 80 + [900.0] * 4))
    since = costs.dates[0] - timedelta(days=400)

    woken = replace(costs, zero_days=zero_days(costs, since))
    (anomaly,) = find_anomalies(woken, SCAN_DATE, DetectionSettings())

    assert anomaly.kind is Kind.NEW_SERVICE
    assert find_anomalies(costs, SCAN_DATE, DetectionSettings()) == ()


def test_an_account_whose_one_job_runs_on_sundays_costs_nothing_on_other_days() -> None:
    sunday = SCAN_DATE.weekday() + 1  # days since the last one
    job = [60.0 if (len(steady()) - 1 - i - sunday) % 7 == 0 else None for i in range(84)]
    costs = bill(usage(job))

    zeros = zero_days(costs)

    assert set(costs.known_days) | set(zeros) == set(costs.dates[-len(costs.dates) + 3 :])
    assert SCAN_DATE in zeros
    dear = replace(bill(usage(plus(job, d0=600))), zero_days=zeros)
    (anomaly,) = find_anomalies(dear, SCAN_DATE, DetectionSettings())
    assert anomaly.onset == SCAN_DATE


def test_a_gap_longer_than_the_account_ever_had_is_unknown_again() -> None:
    job = [60.0 if i % 7 == 0 else None for i in range(84)]
    costs = bill(usage([*job[:-14], *[None] * 14]))

    assert SCAN_DATE not in zero_days(costs)


def test_the_gaps_of_a_bill_that_was_late_a_few_times_are_no_zeros() -> None:
    late = bill(usage(without(steady(), 3, 4, 20, 40, 41, 42)))

    assert zero_days(late) == ()


def ago(days: int) -> date:
    return SCAN_DATE - timedelta(days=days)


NOTHING: list[float | None] = [None]
BILLS: dict[str, tuple[list[float | None], BillDays]] = {
    "all there": (steady(), BillDays(SCAN_DATE)),
    "no row of the scan date": (without(steady(), 0), BillDays(ago(1), (SCAN_DATE,))),
    "three weeks late": (
        without(steady(), *range(21)),
        BillDays(ago(21), tuple(ago(n) for n in reversed(range(21)))),
    ),
    "a hole of this week": (without(steady(), 2, 3), BillDays(SCAN_DATE, (ago(3), ago(2)))),
    "a hole of last month": (without(steady(), 30, 31), BillDays(SCAN_DATE)),
    "nothing": (NOTHING * 84, BillDays(None)),
    "thirteen days old": (
        NOTHING * 71 + steady()[-13:],
        BillDays(SCAN_DATE, (), SCAN_DATE + timedelta(days=2)),
    ),
    "fifteen days old": (NOTHING * 69 + steady()[-15:], BillDays(SCAN_DATE)),
}


@pytest.mark.parametrize("name", BILLS)
def test_a_scan_knows_which_days_it_could_judge(name: str) -> None:
    costs, days = BILLS[name]
    assert bill_days(bill(usage(costs)), SCAN_DATE) == days


def test_a_scan_judges_the_days_that_no_scan_judged() -> None:
    costs = bill(usage(plus(steady(), d7=5000)))

    assert find_anomalies(costs, SCAN_DATE, DetectionSettings(), ago(1)) == ()
    (late,) = find_anomalies(costs, SCAN_DATE, DetectionSettings(), ago(9))

    assert (late.onset, late.alert) == (ago(7), True)
    assert bill_days(costs, SCAN_DATE, ago(4)).late == (ago(3), ago(2), ago(1))


def test_a_weekday_that_was_never_billed_is_expected_to_cost_what_other_days_do() -> None:
    costs = [None if n % 7 == 0 else 100.0 + n % 3 for n in range(27)]

    (anomaly,) = judged(usage([*costs, 400.0]))

    assert anomaly.kind is Kind.LEVEL_SHIFT
    assert float(anomaly.expected_spend) == pytest.approx(101.0, abs=1.0)
