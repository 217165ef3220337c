"""What FinOps practitioners track about anomalies: FinOps Foundation, "Managing Anomalies". Pure; docs/digest.md defines each figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from whyspike.incidents import Ending, Incident
from whyspike.model import FeedbackKind

_PERIOD_DAYS = 30  # of the figures, and the time that an unnoticed anomaly is assumed to go on


def practice_figures(recent: Sequence[Incident]) -> dict[str, Any]:
    """Over the incidents first seen in the last 30 days that an owner was told of; None where nothing can be said yet."""
    told = [i for i in recent if i.told is not None and not i.is_drop]
    acknowledged = [
        (min(f.at for f in i.feedback) - i.told_at).total_seconds() / 3600 for i in told if i.feedback and i.told_at is not None
    ]
    closed = [i for i in told if i.ended_on is not None]
    answers = Counter(f.kind for i in told for f in i.feedback[-1:])
    return {
        "period_days": _PERIOD_DAYS,
        "count": len(told),
        "spend_per_anomaly_usd": to_usd(sum((i.impact for i in told), Decimal(0)) / len(told)) if told else None,
        "time_to_acknowledge_hours": round(median(acknowledged), 1) if acknowledged else None,
        "time_to_resolve_days": round(median((i.ended_on - i.onset).days for i in closed if i.ended_on), 1) if closed else None,
        "spend_avoided_usd": round(sum(_avoided(i) for i in closed), 2),
        "unactionable_share": round(answers[FeedbackKind.FALSE_ALARM] / len(told), 3) if told else None,
    }


def _avoided(incident: Incident) -> float:
    """What the 30 days after the onset would have cost at the last daily excess, less what was spent until the end."""
    if incident.ending is not Ending.BACK_TO_EXPECTED or incident.ended_on is None:
        return 0.0
    days = (incident.last_excess - incident.onset).days + 1
    return to_usd(max(Decimal(0), incident.impact / days * (_PERIOD_DAYS - days)))


def figure_scans(scan_date: date) -> tuple[str, ...]:
    """The ids of the daily scans whose incidents the figures are made of, oldest first."""
    return tuple((scan_date - timedelta(days=i)).isoformat() for i in range(_PERIOD_DAYS - 1, -1, -1))


def to_usd(value: Decimal) -> float:
    return round(float(value), 2)
