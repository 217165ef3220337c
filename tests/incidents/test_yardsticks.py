from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.incidents import DAY, EC2, anomaly, item, scan_of
from whyspike.incidents.incident import Ending, Feedback, Incident
from whyspike.incidents.judgement import judge
from whyspike.incidents.yardsticks import told_days
from whyspike.model import FeedbackKind, IncidentState, ToldDays


def told_incident() -> Incident:
    return judge(scan_of(DAY, item(anomaly(onset=DAY, usage_date=DAY))), ())[0].after


def over(ending: Ending, *answers: FeedbackKind) -> Incident:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    feedback = tuple(Feedback(kind, "U0ANN", at) for kind in answers)
    return replace(told_incident(), state=IncidentState.RESOLVED, ending=ending, feedback=feedback)


def test_a_told_rise_that_is_over_is_no_yardstick() -> None:
    assert told_days([over(Ending.BACK_TO_EXPECTED)]) == (ToldDays(EC2, DAY, DAY),)


@pytest.mark.parametrize(
    "incident",
    [
        pytest.param(told_incident(), id="it goes on"),
        pytest.param(over(Ending.NEW_BASELINE), id="the new normal"),
        pytest.param(over(Ending.BACK_TO_EXPECTED, FeedbackKind.EXPECTED), id="expected"),
        pytest.param(over(Ending.BACK_TO_EXPECTED, FeedbackKind.FALSE_ALARM), id="false alarm"),
        pytest.param(replace(over(Ending.BACK_TO_EXPECTED), told=None), id="nobody was told"),
    ],
)
def test_other_days_stay_yardsticks(incident: Incident) -> None:
    assert told_days([incident]) == ()


def test_an_acknowledged_incident_was_no_less_unusual() -> None:
    assert told_days([over(Ending.BACK_TO_EXPECTED, FeedbackKind.ACKNOWLEDGE)])
