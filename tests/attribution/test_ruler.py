"""Headline and Why are measured with one ruler: where both are about the same series, detection's
baseline is the one."""

from __future__ import annotations

from tests.support.bills import ACCOUNT, SCAN_DATE, bill, plus, steady, usage
from whyspike.attribution.bill.attribute import attribute
from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.plan import Case
from whyspike.detection import DetectionSettings, find_anomalies, group_items
from whyspike.model import Anomaly, CostSeries

RISE = {f"d{n}": 300.0 for n in range(4)}
BOX = "BoxUsage:m5.large"


def judged(*series: CostSeries) -> tuple[Anomaly, BillCause]:
    """The anomaly that leads, and the cause that attribution finds for it."""
    costs = bill(*series)
    found = find_anomalies(costs, SCAN_DATE, DetectionSettings())
    item = group_items(ACCOUNT, found)[0]
    (cause,) = attribute(Case(item, costs), ())
    return item.leading, cause


def test_the_only_usage_type_of_a_service_costs_what_the_headline_says() -> None:
    costs = plus(steady(noise=0.08, weekend=0.7), **RISE)

    anomaly, cause = judged(usage(costs), usage(costs, usage_type=BOX))

    assert cause.driver.usage_type == BOX
    assert (cause.expected, cause.actual) == (
        float(anomaly.expected_spend),
        float(anomaly.actual_spend),
    )
    assert cause.excess_per_day == cause.actual - cause.expected
    assert cause.excess_total == float(anomaly.impact)


def test_a_part_of_the_service_keeps_a_measure_of_its_own() -> None:
    part, rest = plus(steady(noise=0.08), **RISE), steady(level=900, seed=2)
    whole = [(a or 0.0) + (b or 0.0) for a, b in zip(part, rest, strict=True)]

    anomaly, cause = judged(usage(whole), usage(part, usage_type=BOX), usage(rest, usage_type="x"))

    assert cause.driver.usage_type == BOX
    assert cause.expected < 200 < float(anomaly.expected_spend)
