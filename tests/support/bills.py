"""Bills of one account for the detection tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from whyspike.detection import DetectionSettings, find_anomalies
from whyspike.model import Anomaly, CostSeries, DailyCosts, RecordClass

ACCOUNT = "111122223333"
SCAN_DATE = date(2026, 3, 25)  # a Wednesday
EC2 = "Amazon Elastic Compute Cloud - Compute"


def steady(
    level: float = 100.0, days: int = 84, seed: int = 1, noise: float = 0.02, weekend: float = 1.0
) -> list[float | None]:
    """Daily costs around `level` that end on the scan date."""
    rng = np.random.default_rng(seed)
    first = SCAN_DATE - timedelta(days=days - 1)
    weekday = [(first + timedelta(days=i)).weekday() for i in range(days)]
    return [
        float(level * (weekend if day >= 5 else 1.0) * (1 + noise * rng.standard_normal()))
        for day in weekday
    ]


def bill(*series: CostSeries, currency: str = "USD") -> DailyCosts:
    days = len(series[0].costs)
    return DailyCosts(
        ACCOUNT,
        tuple(SCAN_DATE - timedelta(days=days - 1 - i) for i in range(days)),
        series,
        currency,
    )


def usage(
    costs: Sequence[float | None], service: str = EC2, usage_type: str | None = None
) -> CostSeries:
    return CostSeries(service, tuple(costs), RecordClass.USAGE, usage_type)


def found(*series: CostSeries, settings: DetectionSettings | None = None) -> tuple[Anomaly, ...]:
    return find_anomalies(bill(*series), SCAN_DATE, settings or DetectionSettings())


def plus(costs: Sequence[float | None], **days: float) -> list[float | None]:
    """`costs` with dollars added: d0 is the scan date, d1 the day before."""
    changed = list(costs)
    for name, dollars in days.items():
        at = len(changed) - 1 - int(name[1:])
        changed[at] = (changed[at] or 0.0) + dollars
    return changed
