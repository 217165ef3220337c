"""Detection's judgement of a bill from which the causes were taken out."""

from __future__ import annotations

from whyspike.attribution.bill.plan import Judge
from whyspike.detection import DetectionSettings, find_anomalies


def judge_with(settings: DetectionSettings) -> Judge:
    """Which services of a bill stand out on its last day, judged as the scan judged it."""
    return lambda costs: {
        anomaly.service
        for anomaly in find_anomalies(costs, costs.dates[-1], settings)
        if anomaly.ongoing
    }
