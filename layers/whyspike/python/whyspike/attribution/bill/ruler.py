"""One ruler: where the cell of a cause is the very series that detection judged, its expected
spend, its excess and its total are detection's, so that headline and Why never differ."""

from __future__ import annotations

from dataclasses import replace

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.plan import Case
from whyspike.model import Anomaly


def by_detections_ruler(case: Case, cause: BillCause) -> BillCause:
    """The cause with detection's figures; as it is where its cell is a part of what was judged (a
    usage type, a team), or where it is over: then each stage counts its own days."""
    judged = next((a for a in case.item.anomalies if _is_judged_series(case, cause, a)), None)
    if judged is None or not (judged.ongoing and cause.ongoing):
        return cause
    expected, actual = float(judged.expected_spend), float(judged.actual_spend)
    same_onset = judged.onset == cause.onset
    return replace(
        cause,
        expected=expected,
        actual=actual,
        excess_per_day=actual - expected,
        excess_total=float(judged.impact) if same_onset else cause.excess_total,
    )


def _is_judged_series(case: Case, cause: BillCause, anomaly: Anomaly) -> bool:
    """The anomaly's series is the cell's, day by day, and its last day is the one that was
    judged."""
    if anomaly.service != cause.driver.service or anomaly.usage_date != case.scan_date:
        return False
    if abs(float(anomaly.actual_spend) - cause.daily[-1][1]) >= 0.01:
        return False
    return any(
        (s.service, s.record_class, s.usage_type)
        == (anomaly.service, anomaly.record_class, anomaly.usage_type)
        and all(
            abs((cost or 0.0) - shown) < 0.01
            for cost, (_, shown) in zip(s.costs[-len(cause.daily) :], cause.daily, strict=True)
        )
        for s in case.costs.series
    )
