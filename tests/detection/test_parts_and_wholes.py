"""What no single service shows: a part of a big one, many small ones, a job that runs often."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.bills import EC2, found, plus, steady, usage
from whyspike.model import CostSeries, Kind

BIG = steady(10_000)
SMALL = {f"d{i}": 80.0 for i in range(3)}  # far below a tenth of it
TINY = {f"d{i}": 25.0 for i in range(3)}
LARGE = {f"d{i}": 400.0 for i in range(3)}


def beside_a_big_service(part: CostSeries, *more: CostSeries) -> list[str | None]:
    whole = usage([(a or 0.0) + (b or 0.0) for a, b in zip(BIG, part.costs, strict=True)])
    return [a.usage_type for a in found(whole, part, *more) if a.alert]


def part(usage_type: str, before: float, extra: dict[str, float]) -> CostSeries:
    costs = plus(steady(before), **extra)
    return CostSeries(EC2, tuple(cost or None for cost in costs), usage_type=usage_type)


KNOWN = part("EUC1-BoxUsage:m5.large", 900, {})


@pytest.mark.parametrize(
    ("usage_type", "before", "extra", "told"),
    [
        pytest.param("EUC1-NatGateway-Bytes", 20, LARGE, True, id="large in dollars"),
        pytest.param("EUC1-NatGateway-Bytes", 100, SMALL, False, id="a small part"),
        pytest.param("EUC1-NatGateway-Bytes", 20, SMALL, True, id="twice itself, $2,400 a month"),
        pytest.param("EUC1-NatGateway-Bytes", 10, TINY, False, id="twice itself, $750 a month"),
        pytest.param("APS2-BoxUsage:m5.large", 0, SMALL, True, id="first of its Region"),
        pytest.param("EUC1-BoxUsage:p4d.24xlarge", 0, SMALL, True, id="first of its family"),
        pytest.param("EUC1-BoxUsage:m5.xlarge", 0, SMALL, False, id="a size of a known family"),
    ],
)
def test_a_part_of_a_big_service_is_told_if_it_is_large_or_the_first_of_its_kind(
    usage_type: str, before: float, extra: dict[str, float], told: bool
) -> None:
    assert beside_a_big_service(part(usage_type, before, extra), KNOWN) == [usage_type] * told


def services(count: int, rise: float) -> list[CostSeries]:
    quiet = steady(15)
    return [
        usage(plus(quiet, d1=rise, d0=rise), service=f"Service {number}") for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "rise", "told"),
    [
        pytest.param(12, 7.0, 12, id="each below the minimum, together above it"),
        pytest.param(2, 7.0, 0, id="two may be chance"),
        pytest.param(3, 3.1, 0, id="together below the minimum"),
    ],
)
def test_services_that_rise_on_one_day_are_told_by_what_they_add_together(
    count: int, rise: float, told: int
) -> None:
    alerts = [a for a in found(*services(count, rise)) if a.alert]
    assert len(alerts) == told


def test_what_rises_in_the_noise_of_each_is_told_by_the_account_as_a_whole() -> None:
    noisy = [
        usage(
            plus(steady(6, seed=seed, noise=0.1), **{f"d{i}": 3 for i in range(2)}), f"Tool {seed}"
        )
        for seed in range(25)
    ]
    alerts = [a for a in found(usage(steady(60)), *noisy) if a.alert]
    assert len({a.service for a in alerts}) >= 20
    assert sum(float(a.actual_spend - a.expected_spend) for a in alerts) == pytest.approx(75, 0.1)
    assert EC2 not in {a.service for a in alerts}


def test_a_total_that_nobody_in_particular_raised_is_not_told() -> None:
    rises = [
        usage(plus(steady(100, seed=s, noise=0.1), d1=6, d0=6), f"Tool {s}") for s in range(25)
    ]
    assert not [a for a in found(*rises) if a.alert]


def test_many_rises_that_are_a_small_share_of_the_account_are_not_told() -> None:
    assert not found(usage(BIG), *services(12, 7.0))


@pytest.mark.parametrize("every", [2, 3, 4, 7])
def test_a_job_that_becomes_daily_is_told_within_a_week(every: int) -> None:
    costs = [130.0 if i % every == 0 or i >= 77 else None for i in range(84)]
    (anomaly,) = found(usage(costs, service="Amazon EMR"), usage(steady()))
    assert (anomaly.kind, anomaly.alert) == (Kind.LEVEL_SHIFT, True)


def test_a_job_of_random_days_is_not() -> None:
    for seed in range(20):
        runs = np.random.default_rng(seed).random(84) < 0.3
        job = usage([130.0 if run else None for run in runs], service="Amazon EMR")
        assert not [a for a in found(job, usage(steady())) if a.alert]
