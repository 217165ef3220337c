"""What FinOps practitioners track about anomalies: FinOps Foundation, "Managing Anomalies". Pure;
docs/digest.md defines each figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from whyspike.digest.lines import to_usd
from whyspike.incidents.incident import Ending, Incident, NoticeKind
from whyspike.model import CostMetric, FeedbackKind, IncidentState
from whyspike.model.digests import PracticeFigures
from whyspike.words.amounts import counted, dollars, percent

_PERIOD_DAYS = 30  # of the figures, and the time that an unnoticed anomaly is assumed to go on


def practice_figures(recent: Sequence[Incident], scan_date: date) -> PracticeFigures:
    """Over the incidents of `recent` that were first seen in the 30 days up to `scan_date` and that
    an owner was told of; None where nothing can be said yet. What AWS took back was told, and cost
    nothing."""
    begin = scan_date - timedelta(days=_PERIOD_DAYS - 1)
    told = [
        i
        for i in recent
        if i.told is not None and not i.is_drop and begin <= i.first_scan_date <= scan_date
    ]
    spent = [i for i in told if i.state is not IncidentState.RESTATED]
    acknowledged = [
        (min(f.at for f in i.feedback) - i.told_at).total_seconds() / 3600
        for i in told
        if i.feedback and i.told_at is not None
    ]
    closed = [i for i in spent if i.ended_on is not None]
    answers = Counter(f.kind for i in told for f in i.feedback[-1:])
    return PracticeFigures(
        period_days=_PERIOD_DAYS,
        count=_causes(told),
        spend_per_anomaly_usd=(
            to_usd(sum((i.impact for i in spent), Decimal(0)) / _causes(spent)) if spent else None
        ),
        time_to_acknowledge_hours=round(median(acknowledged), 1) if acknowledged else None,
        time_to_resolve_days=(
            round(median((i.ended_on - i.onset).days for i in closed if i.ended_on), 1)
            if closed
            else None
        ),
        spend_avoided_usd=round(sum(_avoided(i) for i in closed), 2),
        unactionable_share=(
            round(answers[FeedbackKind.FALSE_ALARM] / len(told), 3) if told else None
        ),
    )


def _causes(incidents: Sequence[Incident]) -> int:
    """How many they are, those of several accounts that have one cause counted once."""
    return len({i.tie.cause_id if i.tie else i.incident_id for i in incidents})


def _avoided(incident: Incident) -> float:
    """What the rest of the 30 days from the onset on would have cost at the incident's mean excess
    a day.

    Nothing unless somebody acted: the owner was told while it went on (only then is its end told as
    resolved), a person acknowledged it, and it went back to the expected spend. What ended by
    itself was not avoided.
    """
    acted = any(feedback.kind is FeedbackKind.ACKNOWLEDGE for feedback in incident.feedback)
    told_ongoing = incident.told is not None and incident.told.notice is NoticeKind.RESOLVED
    if not (acted and told_ongoing) or incident.ending is not Ending.BACK_TO_EXPECTED:
        return 0.0
    days = (incident.last_excess - incident.onset).days + 1
    return to_usd(max(Decimal(0), incident.impact / days * (_PERIOD_DAYS - days)))


def figure_words(figures: PracticeFigures) -> list[str]:
    """The practice figures in words, without those of which nothing can be said yet."""
    per_anomaly, share = figures.spend_per_anomaly_usd, figures.unactionable_share
    said = [
        (figures.count, counted(figures.count, "incident")),
        (per_anomaly, f"{dollars(per_anomaly or 0)} above expected each (mean)"),
        (
            figures.time_to_acknowledge_hours is not None,
            f"first answer after {figures.time_to_acknowledge_hours} h (median)",
        ),
        (
            figures.time_to_resolve_days is not None,
            f"ended after {figures.time_to_resolve_days} days (median)",
        ),
        (figures.spend_avoided_usd, f"{dollars(figures.spend_avoided_usd)} avoided"),
        (share, f"{percent(share or 0)} unactionable"),
    ]
    return [words for value, words in said if value]


def figure_scans(scan_date: date) -> tuple[str, ...]:
    """The ids of the daily scans whose incidents the figures are made of, oldest first."""
    return tuple(
        (scan_date - timedelta(days=i)).isoformat() for i in range(_PERIOD_DAYS - 1, -1, -1)
    )


_COSTS = {
    CostMetric.UNBLENDED: "unblended",
    CostMetric.NET_UNBLENDED: "net unblended (after discounts)",
    CostMetric.AMORTIZED: "amortised",
    CostMetric.NET_AMORTIZED: "net amortised (after discounts)",
}


def metric_words(metrics: Mapping[CostMetric, int]) -> str:
    """ "Costs are unblended", "Costs are unblended in 11 accounts, net unblended (after discounts)
    in 3"; "" where none was judged."""
    if not metrics:
        return ""
    most, *others = sorted(metrics, key=lambda metric: (-metrics[metric], metric))
    if not others:
        return f"Costs are {_COSTS[most]}"
    first = f"{_COSTS[most]} in {counted(metrics[most], 'account')}"
    return f"Costs are {', '.join([first, *(f'{_COSTS[m]} in {metrics[m]}' for m in others)])}"
