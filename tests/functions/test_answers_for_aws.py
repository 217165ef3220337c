"""What people answered about an incident is passed on to AWS's own detector where that is switched
on, and nobody has answered there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.incident_world import world
from tests.support.incidents import DAY, EC2, SHOP, anomaly, item, scan_of
from whyspike.steps.configuration import read_configuration
from whyspike.steps.publish_digest import aws_detector
from whyspike.steps.publish_digest.aws_detector import AwsDetector
from whyspike.steps.scan_stores import scan_usage


@pytest.mark.parametrize("told", [True, False], ids=["switched on", "switched off"])
def test_what_people_answered_leaves_the_organisation_only_where_that_is_switched_on(
    monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    calls, answered = asked_for(monkeypatch, told=told)
    assert answered == int(told)
    assert ("ProvideAnomalyFeedback" in calls) == told


def test_an_answer_that_aws_has_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, answered = asked_for(monkeypatch, told=True, Feedback="YES")
    assert (calls, answered) == (["GetAnomalies"], 0)


def asked_for(
    monkeypatch: pytest.MonkeyPatch, *, told: bool, **listed: str
) -> tuple[list[str], int]:
    """What AWS was asked after somebody said "false alarm" here, and how many answers it has."""
    calls: list[str] = []
    record = {
        "AnomalyId": "a-1",
        "AnomalyStartDate": DAY.isoformat(),
        "RootCauses": [{"Service": EC2, "LinkedAccount": SHOP.account_id}],
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.9},
        "Impact": {"MaxImpact": 430.0, "TotalImpact": 430.0},
        "MonitorArn": f"arn:aws:ce::{SHOP.account_id}:anomalymonitor/m-1",
        **listed,
    }

    class CostExplorer:
        def get_anomalies(self, **_: Any) -> Any:
            calls.append("GetAnomalies")
            return {"Anomalies": [record]}

        def provide_anomaly_feedback(self, **_: Any) -> None:
            calls.append("ProvideAnomalyFeedback")

    monkeypatch.setattr(aws_detector, "client", lambda *_: CostExplorer())
    with world(monkeypatch) as here:
        scan = scan_of(DAY, item(anomaly()))
        here.tell(scan)
        here.press(here.slack.messages[0], "false_alarm")
        config = replace(read_configuration(), compare_with_aws=True, feedback_to_aws=told)
        detector = AwsDetector(scan.scan, config, here.bucket, scan_usage(config, scan.scan))
        beside, problems = detector.compare(here.table.incidents_of(SHOP.account_id), {})
    assert problems == ()
    assert beside
    return calls, beside.answered
