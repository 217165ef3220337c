"""The practice figures: over what was told in thirty days, and spend counts as avoided only where
somebody acted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.digests import DAY, SCANNED, account, digest_of, incident
from whyspike.digest.figures import practice_figures
from whyspike.incidents.incident import Ending, Feedback, NoticeKind, as_told
from whyspike.model import FeedbackKind, IncidentState
from whyspike.model.common_causes import Bond, Tie

ACKNOWLEDGED = (Feedback(FeedbackKind.ACKNOWLEDGE, "U1", datetime(2026, 11, 10, 12, tzinfo=UTC)),)


def test_the_figures_come_from_told_incidents_and_their_feedback() -> None:
    told_at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    one = incident(1, told_at=told_at, feedback=ACKNOWLEDGED)
    two = incident(
        2,
        told_at=told_at,
        feedback=(
            Feedback(FeedbackKind.FALSE_ALARM, "U1", datetime(2026, 11, 10, 14, tzinfo=UTC)),
        ),
    )
    two = replace(
        two, state=IncidentState.RESOLVED, ended_on=date(2026, 11, 27), ending=Ending.FALSE_ALARM
    )
    three = replace(
        incident(3),
        state=IncidentState.RESOLVED,
        ended_on=date(2026, 11, 24),
        ending=Ending.BACK_TO_EXPECTED,
    )
    recent = tuple(replace(i, told=as_told(i, NoticeKind.NEW, DAY)) for i in (one, two, three))
    digest = digest_of([account(1)], {"000000000001": SCANNED}, recent=(*recent, incident(9)))
    found = digest.figures
    assert (found.count, found.time_to_acknowledge_hours, found.time_to_resolve_days) == (
        3,
        4.0,
        3.5,
    )
    assert found.unactionable_share == 0.333


AVOIDED = {
    "acknowledged, told while it went on, back to normal": (
        ACKNOWLEDGED,
        NoticeKind.RESOLVED,
        Ending.BACK_TO_EXPECTED,
        2900.0,
    ),
    "nobody pressed": ((), NoticeKind.RESOLVED, Ending.BACK_TO_EXPECTED, 0.0),
    "over before anybody could act": (ACKNOWLEDGED, NoticeKind.NEW, Ending.BACK_TO_EXPECTED, 0.0),
    "the spend stayed where it was": (ACKNOWLEDGED, NoticeKind.RESOLVED, Ending.NEW_BASELINE, 0.0),
}


@pytest.mark.parametrize(("feedback", "last", "ending", "usd"), AVOIDED.values(), ids=AVOIDED)
def test_spend_is_avoided_only_where_somebody_acted(
    feedback: tuple[Feedback, ...], last: NoticeKind, ending: Ending, usd: float
) -> None:
    """$100 a day, one day instead of thirty."""
    over = incident(
        1,
        feedback=feedback,
        state=IncidentState.RESOLVED,
        ended_on=date(2026, 11, 24),
        ending=ending,
    )
    assert (
        practice_figures([replace(over, told=as_told(over, last, DAY))], DAY).spend_avoided_usd
        == usd
    )


def test_the_figures_cover_what_was_first_seen_in_the_thirty_days() -> None:
    told = [
        replace(
            incident(n),
            first_scan_date=DAY - timedelta(days=days),
            told=as_told(incident(n), NoticeKind.NEW, DAY),
        )
        for n, days in ((1, 0), (2, 29), (3, 30), (4, -1))
    ]
    assert practice_figures(told, DAY).count == 2


def test_a_cause_that_several_accounts_share_is_one_incident_with_the_sum_of_all() -> None:
    alone, *shared = (
        replace(each, told=as_told(each, NoticeKind.NEW, DAY)) for each in map(incident, range(4))
    )
    tied = [replace(each, tie=Tie("c", Bond.SAME_CHANGE)) for each in shared]
    figures = practice_figures([alone, *tied], DAY)
    assert figures.count == 2
    assert figures.spend_per_anomaly_usd == float(sum(i.impact for i in (alone, *tied)) / 2)
