"""What an account's incidents teach the next detection: levels that people expect, and days that
are no yardstick."""

from __future__ import annotations

from collections.abc import Iterable

from whyspike.incidents.incident import Ending, Incident
from whyspike.model import AcceptedLevel, FeedbackKind, ToldDays

_JUDGEMENTS = {
    FeedbackKind.EXPECTED,
    FeedbackKind.FALSE_ALARM,
}  # of the spend; the other answers are about the message


def accepted_levels(incidents: Iterable[Incident]) -> tuple[AcceptedLevel, ...]:
    """The levels of spend that people called expected; the baseline takes them over from their
    onset on. Who says later that it was a false alarm takes it back."""
    return tuple(
        AcceptedLevel(
            incident.account_id,
            member.anomaly.service,
            member.anomaly.onset,
            member.anomaly.usage_type,
            member.anomaly.record_class,
        )
        for incident in incidents
        if _last_judgement(incident) is FeedbackKind.EXPECTED
        for member in incident.members
    )


def told_days(incidents: Iterable[Incident]) -> tuple[ToldDays, ...]:
    """The days of rises that were told, after which the cost was as before. What a person called
    expected or a false alarm was ordinary, and stays a yardstick."""
    return tuple(
        ToldDays(
            member.anomaly.service,
            member.anomaly.onset,
            member.anomaly.usage_date,
            member.anomaly.usage_type,
            member.anomaly.record_class,
        )
        for incident in incidents
        if incident.told
        and incident.ending is Ending.BACK_TO_EXPECTED
        and not incident.is_drop
        and _last_judgement(incident) is None
        for member in incident.members
    )


def _last_judgement(incident: Incident) -> FeedbackKind | None:
    return next((f.kind for f in reversed(incident.feedback) if f.kind in _JUDGEMENTS), None)
