from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.support.bills import ACCOUNT, EC2, SCAN_DATE, bill, found, plus, steady, usage
from whyspike.detection import DetectionSettings, IgnoreRule, Override, find_anomalies
from whyspike.errors import InvalidInput, MixedCurrencies
from whyspike.model import (
    AcceptedLevel,
    BillingReason,
    CostSeries,
    DailyCosts,
    Kind,
    RecordClass,
    Severity,
)
from whyspike.payload import from_json, to_json


def ago(days: int) -> date:
    return SCAN_DATE - timedelta(days=days)


def test_a_spike_two_days_ago_is_told_with_what_was_expected() -> None:
    (anomaly,) = found(usage(plus(steady(), d2=250)))
    assert (anomaly.kind, anomaly.onset, anomaly.usage_date, anomaly.ongoing) == (
        Kind.SPIKE,
        ago(2),
        ago(2),
        False,
    )
    assert 240 < anomaly.impact < 260
    assert anomaly.expected_low < 100 < anomaly.expected_high < anomaly.actual_spend
    assert anomaly.alert
    assert "23 Mar cost $34" in anomaly.reason or "23 Mar cost $35" in anomaly.reason


def test_the_reason_names_the_weekday_when_the_weekday_decides() -> None:
    costs = steady(weekend=0.3)
    (anomaly,) = found(usage(plus(costs, d0=190)))
    assert anomaly.reason.startswith("Wednesdays cost $9")
    assert "in the 8 weeks before; Wed 25 Mar cost $28" in anomaly.reason


def test_a_level_shift_keeps_its_onset_and_sums_its_impact() -> None:
    for day in range(1, 8):
        (anomaly,) = found(usage(plus(steady(), **{f"d{i}": 80 for i in range(day + 1)})))
        assert (anomaly.kind, anomaly.onset, anomaly.ongoing) == (Kind.LEVEL_SHIFT, ago(day), True)
        assert float(anomaly.impact) == pytest.approx(80 * (day + 1), rel=0.1)
        assert float(anomaly.projected_monthly_impact) == pytest.approx(2400, rel=0.15)
        assert anomaly.severity is Severity.HIGH


GOING_ON = {
    "a slow start": {"d2": 90, "d1": 60, "d0": 475},
    "a growing ramp": {f"d{i}": 20 * (9 - i) for i in range(9)},
    "a day that fell back": {"d2": 475, "d1": 470, "d0": 120},
}


@pytest.mark.parametrize("extra", GOING_ON.values(), ids=GOING_ON)
def test_the_projection_is_thirty_times_the_excess_that_is_told_beside_it(
    extra: dict[str, float],
) -> None:
    (anomaly,) = found(usage(plus(steady(), **extra)))
    assert anomaly.ongoing
    assert float(anomaly.projected_monthly_impact) == pytest.approx(
        30 * float(anomaly.actual_spend - anomaly.expected_spend), abs=0.01
    )


def test_a_level_that_holds_for_weeks_is_the_new_normal() -> None:
    assert found(usage(plus(steady(), **{f"d{i}": 80 for i in range(30)}))) == ()


def test_a_spike_out_of_a_new_normal_is_told_as_a_spike() -> None:
    shifted = plus(steady(), **{f"d{i}": 80 for i in range(30)})
    (anomaly,) = found(usage(plus(shifted, d1=300)))
    assert (anomaly.kind, anomaly.onset) == (Kind.SPIKE, ago(1))
    assert float(anomaly.expected_spend) == pytest.approx(180, rel=0.1)


def test_a_partial_first_day_is_the_onset() -> None:
    (anomaly,) = found(usage(plus(steady(noise=0.005), d0=80, d1=80, d2=8)))
    assert anomaly.onset == ago(2)


def test_a_slow_rise_is_a_ramp_from_its_first_days() -> None:
    (anomaly,) = found(
        usage(plus(steady(noise=0.01), **{f"d{i}": 8.0 * (12 - i) for i in range(12)}))
    )
    assert anomaly.kind is Kind.RAMP
    assert abs((anomaly.onset - ago(11)).days) <= 2


def test_separate_days_are_a_burst() -> None:
    (anomaly,) = found(usage(plus(steady(), d1=200, d4=200)))
    assert anomaly.kind is Kind.BURST
    assert anomaly.onset == ago(4)


def test_a_new_service_has_no_baseline_and_is_told() -> None:
    costs: list[float | None] = [None] * 83 + [40.0]
    (anomaly,) = found(usage(steady(), "Amazon EC2"), usage(costs, "Amazon Bedrock"))
    assert (anomaly.kind, anomaly.onset, anomaly.expected_spend, anomaly.impact_percentage) == (
        Kind.NEW_SERVICE,
        SCAN_DATE,
        Decimal(0),
        None,
    )
    assert (
        anomaly.reason
        == "Nothing was spent here in the 83 days before Wed 25 Mar; Wed 25 Mar cost $40.00."
    )


def test_a_new_usage_type_of_a_known_service_is_no_new_service() -> None:
    kinds = {
        a.usage_type: a.kind
        for a in found(usage(plus(steady(), d0=90)), usage([None] * 83 + [90.0], usage_type="p5"))
    }
    assert kinds["p5"] is Kind.LEVEL_SHIFT


def test_a_drop_is_told_but_never_as_an_alert() -> None:
    (anomaly,) = found(
        usage([*steady()[:-2], 40.0, 41.0]), usage(steady(5000.0, seed=2), "AmazonS3")
    )
    assert (anomaly.kind, anomaly.onset, anomaly.alert) == (Kind.DROP, ago(1), False)
    assert anomaly.impact < 0


def test_an_incomplete_last_day_is_no_drop_and_ends_no_anomaly() -> None:
    shifted = plus(steady(), **{f"d{i}": 80 for i in range(1, 4)})
    quiet = [usage([*steady(seed=i)[:-1], 20.0], f"service {i}") for i in range(3)]
    (anomaly,) = found(usage([*shifted[:-1], 30.0]), *quiet)
    assert (anomaly.kind, anomaly.ongoing, anomaly.usage_date) == (Kind.LEVEL_SHIFT, True, ago(1))


def working_week(level: float, seed: int) -> list[float | None]:
    return [*steady(level, weekend=0.5, seed=seed)[:-1], 0.6 * level]


def test_a_workday_that_costs_more_than_a_sunday_may_be_incomplete_too() -> None:
    assert found(*(usage(working_week(500, seed), f"service {seed}") for seed in range(3))) == ()


def test_one_service_that_falls_is_a_drop_and_no_incomplete_day() -> None:
    (anomaly,) = found(
        usage([*steady(300)[:-2], 0.0, 0.0]), usage(steady(40, seed=2), "AmazonCloudWatch")
    )
    assert (anomaly.kind, anomaly.onset) == (Kind.DROP, ago(1))


def test_a_spike_that_the_bill_took_back_is_not_told() -> None:
    assert found(usage(plus(steady(), d2=0))) == ()


def test_what_ended_more_than_three_days_ago_is_not_told_again() -> None:
    assert found(usage(plus(steady(), d5=250))) == ()


def test_a_rise_paid_for_by_a_fall_is_a_shift_of_the_mix() -> None:
    one, other = plus(steady(60.0), d0=40, d1=40), plus(steady(60.0, seed=2), d0=-40, d1=-40)
    total = [(a or 0.0) + (b or 0.0) for a, b in zip(one, other, strict=True)]
    (anomaly,) = found(
        usage(total), usage(one, usage_type="OnDemand"), usage(other, usage_type="Provisioned")
    )
    assert (anomaly.kind, anomaly.usage_type, anomaly.alert) == (Kind.MIX_SHIFT, "OnDemand", False)


def test_daily_credits_that_run_out_have_their_own_cause() -> None:
    credit = CostSeries(EC2, tuple([-50.0] * 80 + [None] * 4), RecordClass.CREDIT)
    (anomaly,) = found(usage(steady()), credit)
    assert (anomaly.billing_reason, anomaly.record_class, anomaly.onset) == (
        BillingReason.CREDITS_USED_UP,
        RecordClass.CREDIT,
        ago(3),
    )
    assert float(anomaly.impact) == pytest.approx(200)


def test_a_commitment_that_ends_has_its_own_cause() -> None:
    negation = CostSeries(EC2, tuple([-300.0] * 82 + [-80.0, None]), RecordClass.COMMITMENT)
    (anomaly,) = found(usage(steady(500.0)), negation)
    assert (anomaly.billing_reason, anomaly.kind, anomaly.onset) == (
        BillingReason.COMMITMENT_EXPIRED,
        Kind.LEVEL_SHIFT,
        ago(1),
    )


def month_starts(amount: float, months: tuple[int, ...]) -> tuple[float | None, ...]:
    days = [ago(83 - i) for i in range(84)]
    return tuple(amount if day.day == 1 and day.month in months else None for day in days)


SILENT = {
    "a credit of one day": CostSeries(EC2, tuple([None] * 82 + [-900.0, None]), RecordClass.CREDIT),
    "a refund": CostSeries(EC2, tuple([None] * 83 + [-900.0]), RecordClass.REFUND),
    "a tax": CostSeries("Tax", tuple([None] * 83 + [900.0]), RecordClass.TAX),
    "a fee of every month": CostSeries(
        "AWS Support", month_starts(6000.0, (1, 2, 3)), RecordClass.FEE
    ),
    "a commitment's daily fee": CostSeries("Savings Plans", (912.0,) * 84, RecordClass.COMMITMENT),
}


@pytest.mark.parametrize("series", SILENT.values(), ids=SILENT.keys())
def test_ordinary_charges_beside_usage_stay_silent(series: CostSeries) -> None:
    assert found(usage(steady()), series) == ()


def test_a_reservation_bought_is_told_once_as_a_fee() -> None:
    fee = CostSeries("Amazon RDS", tuple([None] * 82 + [31_400.0, None]), RecordClass.COMMITMENT)
    (anomaly,) = found(usage(steady()), fee)
    assert (anomaly.billing_reason, anomaly.kind, anomaly.ongoing, anomaly.impact) == (
        BillingReason.FEE,
        Kind.SPIKE,
        False,
        Decimal(31_400),
    )


def test_a_purchase_is_told_with_what_commitments_cover_where_the_bill_says_it() -> None:
    plans = "Savings Plans for AWS Compute usage"
    fee = CostSeries(plans, tuple([None] * 82 + [18_000.0, None]), RecordClass.COMMITMENT)
    negation = CostSeries(EC2, tuple([None] * 82 + [-60.0, -75.0]), RecordClass.COMMITMENT)
    compute, storage = usage([100.0] * 84), usage([400.0] * 84, "Amazon S3")
    (bought,) = [a for a in found(compute, storage, fee, negation) if a.service == plans]
    assert "Commitments cover 60% of the usage that they are for on Tue 24 Mar." in bought.reason
    (unknown,) = [a for a in found(compute, storage, fee) if a.service == plans]
    assert "cover" not in unknown.reason


def test_the_first_fee_of_a_months_start_is_told_as_what_it_is() -> None:
    days = 84
    scan = date(2026, 3, 2)
    costs = tuple(
        6000.0 if scan - timedelta(days=days - 1 - i) == date(2026, 3, 1) else None
        for i in range(days)
    )
    dates = tuple(scan - timedelta(days=days - 1 - i) for i in range(days))
    (anomaly,) = find_anomalies(
        DailyCosts(
            ACCOUNT,
            dates,
            (usage([9.0] * days), CostSeries("AWS Support", costs, RecordClass.FEE)),
        ),
        scan,
        DetectionSettings(),
    )
    assert anomaly.billing_reason is BillingReason.CALENDAR_CHARGE


SPIKE = usage(plus(steady(), d0=30))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(DetectionSettings(), 1, id="as measured"),
        pytest.param(DetectionSettings(minimum_impact_usd=200), 0, id="below the dollars"),
        pytest.param(DetectionSettings(minimum_impact_percent=90), 0, id="below the percent"),
        pytest.param(DetectionSettings(sensitivity=0.25), 0, id="less sensitive"),
        pytest.param(
            DetectionSettings(
                overrides=(Override(service="Amazon Elastic*", minimum_impact_usd=200),)
            ),
            0,
            id="service override",
        ),
        pytest.param(
            DetectionSettings(overrides=(Override(account_id="999", minimum_impact_usd=200),)),
            1,
            id="other account's override",
        ),
        pytest.param(DetectionSettings(ignore=(IgnoreRule(service=EC2),)), 0, id="ignored service"),
        pytest.param(
            DetectionSettings(ignore=(IgnoreRule(usage_type="x"),)), 1, id="ignored usage type only"
        ),
        pytest.param(
            DetectionSettings(ignore=(IgnoreRule(record_class=RecordClass.USAGE),)),
            0,
            id="ignored record class",
        ),
    ],
)
def test_settings_decide_what_is_told(settings: DetectionSettings, expected: int) -> None:
    assert len(found(SPIKE, settings=settings)) == expected


def test_an_accepted_level_is_the_baseline_from_its_onset_on() -> None:
    shifted = plus(steady(), **{f"d{i}": 80 for i in range(5)})
    accepted = DetectionSettings(accepted=(AcceptedLevel(ACCOUNT, EC2, ago(4)),))
    assert found(usage(shifted)) != ()
    assert found(usage(shifted), settings=accepted) == ()
    (again,) = found(usage(plus(shifted, d0=120)), settings=accepted)
    assert float(again.expected_spend) == pytest.approx(180, rel=0.1)


def test_who_accepted_a_service_is_not_told_of_its_usage_types() -> None:
    """A new service: the whole is the baseline, and its one usage type would be new again."""
    costs = [None] * 81 + [50.0] * 3
    parts = (usage(costs), usage(costs, usage_type="BoxUsage:m5.large"), usage(steady(), "Other"))
    accepted = DetectionSettings(accepted=(AcceptedLevel(ACCOUNT, EC2, ago(2)),))
    assert found(*parts) != ()
    assert found(*parts, settings=accepted) == ()


# ------------------------------------------------------------------ bad input


def test_days_that_are_no_number_are_days_without_a_row() -> None:
    costs = plus(steady(), d0=300)
    (with_none,) = found(usage([None if i == 40 else cost for i, cost in enumerate(costs)]))
    (with_nan,) = found(usage([float("nan") if i == 40 else cost for i, cost in enumerate(costs)]))
    assert with_nan == with_none


def test_unsorted_days_are_sorted_and_double_days_added() -> None:
    whole = bill(usage(plus(steady(), d0=300)))
    order = np.random.default_rng(1).permutation(84)
    (costs,) = (series.costs for series in whole.series)
    shuffled = replace(
        whole,
        dates=tuple(whole.dates[i] for i in order),
        series=(usage([costs[i] for i in order]),),
    )
    halves = replace(
        whole, dates=whole.dates * 2, series=(usage([(cost or 0.0) / 2 for cost in costs] * 2),)
    )
    expected = find_anomalies(whole, SCAN_DATE, DetectionSettings())
    assert find_anomalies(shuffled, SCAN_DATE, DetectionSettings()) == expected
    assert [(a.onset, a.kind) for a in find_anomalies(halves, SCAN_DATE, DetectionSettings())] == [
        (a.onset, a.kind) for a in expected
    ]


def test_days_after_the_scan_date_are_not_seen() -> None:
    costs = bill(usage(plus(steady(), d0=300)))
    assert find_anomalies(costs, ago(1), DetectionSettings()) == ()


NOTHING = {
    "all zeros": usage([0.0] * 84),
    "no row": usage([None] * 84),
    "one value": usage([7.0]),
    "a negative day": usage(plus(steady(), d1=-250)),
    "all negative": usage([-5.0] * 84),
}


@pytest.mark.parametrize("series", NOTHING.values(), ids=NOTHING.keys())
def test_a_bill_without_anything_to_judge_has_no_alert(series: CostSeries) -> None:
    assert not any(anomaly.alert for anomaly in found(series))


def test_a_bill_without_series_has_no_anomaly() -> None:
    assert (
        find_anomalies(DailyCosts(ACCOUNT, (SCAN_DATE,), ()), SCAN_DATE, DetectionSettings()) == ()
    )


def test_a_bill_in_two_currencies_is_refused() -> None:
    with pytest.raises(MixedCurrencies, match="not in one currency"):
        find_anomalies(bill(usage(steady()), currency="CNY, USD"), SCAN_DATE, DetectionSettings())


def test_an_infinite_cost_is_refused() -> None:
    with pytest.raises(InvalidInput, match="infinite"):
        found(usage([float("inf")] * 84))


def test_costs_that_do_not_fit_the_dates_are_refused() -> None:
    costs = to_json(replace(bill(usage(steady())), series=()))
    costs["series"] = [to_json(usage([1.0]))]
    with pytest.raises(InvalidInput, match="not as long as the dates"):
        from_json(DailyCosts, costs)


def job(*weekdays: int, cost: float = 180.0, stopped: int = 0, days: int = 84) -> CostSeries:
    """A job that runs on these weekdays (Monday is 0), and not in the last `stopped` days."""
    dates = [SCAN_DATE - timedelta(days=days - 1 - i) for i in range(days)]
    return usage(
        [
            cost if day.weekday() in weekdays and (SCAN_DATE - day).days >= stopped else 0.0
            for day in dates
        ],
        "AWS Backup",
    )


STOPS = {
    "a weekly job, the day after": (job(1, stopped=2), ago(1)),  # the scan date is a Wednesday
    "a weekly job, later in the week": (job(6, stopped=4), ago(3)),
    "a job of weekdays, on its second day": (job(0, 1, 2, 3, 4, stopped=2), ago(1)),
    "a job of Mondays and Wednesdays": (job(0, 2, stopped=3), ago(2)),
}


@pytest.mark.parametrize("name", STOPS)
def test_a_job_that_no_longer_runs_is_a_fall_of_the_day_on_which_it_was_due(name: str) -> None:
    stopped, onset = STOPS[name]
    (fall,) = found(usage(steady()), stopped)
    assert (fall.service, fall.kind, fall.onset) == ("AWS Backup", Kind.DROP, onset)
    assert (fall.alert, fall.actual_spend) == (False, Decimal(0))


@pytest.mark.parametrize(
    ("services", "bill", "told"),
    [
        pytest.param(("AWS Backup*",), job(1, stopped=2), True, id="what must not end unseen"),
        pytest.param(("AWS Glue",), job(1, stopped=2), False, id="another service"),
        pytest.param(
            ("AWS Backup",), usage([100.0] * 82 + [40.0, 40.0], "AWS Backup"), False, id="a fall"
        ),
    ],
)
def test_a_backup_that_stops_is_told_to_its_owner_where_the_settings_say_so(
    services: tuple[str, ...], bill: CostSeries, told: bool
) -> None:
    settings = DetectionSettings(alert_on_stop=services)
    (fall,) = found(usage(steady(5000.0)), bill, settings=settings)
    assert (fall.service, fall.kind, fall.alert) == ("AWS Backup", Kind.DROP, told)


def test_a_weekly_job_costs_a_weeks_share_of_it_a_day() -> None:
    (fall,) = found(usage(steady()), job(1, stopped=2))
    assert fall.impact == Decimal("-180")
    assert float(fall.projected_monthly_impact) == pytest.approx(-180 / 7 * 30)


NO_STOPS = {
    "it still runs": job(1),
    "its day is today, and may come late": job(2, stopped=1),
    "one day off": job(0, 1, 2, 3, 4, stopped=1),
    "it ran two days later": usage(plus(job(0, stopped=3).costs, d0=180.0), "AWS Backup"),
    "days at random": usage(
        [60.0 if (i * 7919) % 10 < 3 else 0.0 for i in range(80)] + [0.0] * 4, "AWS Backup"
    ),
    "cents": job(1, cost=0.5, stopped=2),
}


@pytest.mark.parametrize("name", NO_STOPS)
def test_what_is_late_or_has_no_rhythm_is_no_stop(name: str) -> None:
    assert not [a for a in found(usage(steady()), NO_STOPS[name]) if a.kind is Kind.DROP]
