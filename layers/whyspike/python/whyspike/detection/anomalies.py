"""DetectAnomalies, decided: the daily costs of one account in, its anomalies of the scan date out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from whyspike.detection.scoring import score_days
from whyspike.detection.settings import DetectionSettings
from whyspike.detection.table import CostTable, Floats, cost_table
from whyspike.model import Anomaly, DailyCosts, Kind, RecordClass, Severity

_JUDGED_DAYS = 4  # the scan date and the three days that the bill may still restate
_LOOK_BACK_DAYS = 14


def find_anomalies(costs: DailyCosts, scan_date: date, settings: DetectionSettings) -> tuple[Anomaly, ...]:
    """The anomalies of one account that are in view on `scan_date`. Raises InvalidInput, MixedCurrencies."""
    table = cost_table(costs, scan_date)
    if len(table.dates) < 2:
        return ()
    with np.errstate(all="ignore"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = score_days(table.costs)
    found = []
    for row, series in enumerate(table.series):
        if series.record_class is not RecordClass.USAGE or settings.ignores(costs.account_id, series):
            continue
        limits = settings.limits(costs.account_id, series.service)
        anomaly = _anomaly(costs.account_id, table, row, scores[row], limits.threshold)
        if anomaly is not None:
            found.append(anomaly)
    return tuple(found)


def _anomaly(account_id: str, table: CostTable, row: int, scores: Floats, threshold: float) -> Anomaly | None:
    hits = np.flatnonzero(scores[-_LOOK_BACK_DAYS:] > threshold) + max(0, len(scores) - _LOOK_BACK_DAYS)
    if not len(hits):
        return None
    onset = int(hits[0])
    values = np.nan_to_num(table.costs[row])
    expected = float(np.median(values[max(0, onset - 28) : onset])) if onset else 0.0
    above = np.flatnonzero(values[onset:] - expected > max(1.0, 0.2 * expected)) + onset
    if not len(above) or above[-1] < len(values) - _JUDGED_DAYS:
        return None
    last = int(above[-1])
    impact = float((values[onset:] - expected).sum())
    ongoing = last == len(values) - 1
    series = table.series[row]
    born = bool(np.isnan(table.costs[row, :onset]).all())
    kind = Kind.NEW_SERVICE if born else Kind.LEVEL_SHIFT if len(above) > 1 or ongoing else Kind.SPIKE
    return Anomaly(
        account_id=account_id,
        service=series.service,
        kind=kind,
        onset=table.dates[onset],
        usage_date=table.dates[last],
        actual_spend=_money(values[last]),
        expected_spend=_money(expected),
        expected_low=_money(0.8 * expected),
        expected_high=_money(1.2 * expected),
        impact=_money(impact),
        impact_percentage=100.0 * (values[last] - expected) / expected if expected > 0 else None,
        projected_monthly_impact=_money(30 * impact / (len(values) - onset) if ongoing else impact),
        score=float(scores[hits].max()),
        severity=Severity.HIGH if impact > 1000 else Severity.MEDIUM,
        reason=f"{series.service} cost ${values[last]:,.2f} on {table.dates[last]}; ${expected:,.2f} was usual.",
        ongoing=ongoing,
        usage_type=series.usage_type,
    )


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
