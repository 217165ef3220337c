"""PublishDigest beside AWS's own detector: asked once a scan at the payer, told what people
answered, and named where it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.organization import MANAGEMENT, SCAN_DATE, organization, quiet
from tests.support.simulated import ACCOUNTS, QUIET, SCAN_ID, SPIKE, START, tasks
from whyspike.simulator.deployment import ORGANIZATION_ROLE
from whyspike.simulator.organization.detector_file import Detector, ListedAnomaly
from whyspike.simulator.simulation import Simulation

EC2 = "Amazon Elastic Compute Cloud - Compute"
PARAMETERS = {
    "CompareWithAws": "true",
    "FeedbackToAws": "true",
    "DigestChannel": "#finops",
    "OrganizationRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/{ORGANIZATION_ROLE}",
}


def anomaly(account_id: str, **changes: Any) -> ListedAnomaly:
    record = {
        "AnomalyId": f"a-{account_id}",
        "AnomalyStartDate": SCAN_ID,
        "RootCauses": [{"Service": EC2, "LinkedAccount": account_id}],
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.9},
        "Impact": {"MaxImpact": 430.0, "TotalImpact": 430.0},
        "MonitorArn": f"arn:aws:ce::{MANAGEMENT}:anomalymonitor/m-1",
    }
    return ListedAnomaly({**record, **changes}, SCAN_DATE)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    folder = organization(tmp_path_factory.mktemp("o"), *ACCOUNTS)
    detector = Detector((), (anomaly(SPIKE), anomaly(QUIET)))
    with Simulation(
        replace(folder, detector=detector), parameters=PARAMETERS, claude="off", workers=1
    ) as simulation:
        simulation.deploy()
        task = tasks(simulation)[SPIKE]
        simulation.invoke("DetectAnomalies", task)
        simulation.invoke("NotifyOwner", task)
        yield simulation


def digest(sim: Simulation) -> dict[str, Any]:
    """Published now."""
    scan = tasks(sim)[SPIKE]["scan"]
    key = sim.invoke("PublishDigest", {"scan": scan})["digest"]["key"]
    found: dict[str, Any] = sim.bucket_json(key)
    return found


def asked(sim: Simulation, operation: str) -> list[dict[str, Any]]:
    return [entry for entry in sim.requests if entry["operation"] == operation]


def test_where_it_refuses_the_digest_says_so_with_the_remedy_and_the_next_run_asks_again(
    sim: Simulation,
) -> None:
    sim.faults.set("aws:ce:GetAnomalies:AccessDeniedException", 1)
    refused = digest(sim)
    (said,) = refused["coverage"]["not_asked"]
    assert "AccessDeniedException" in said
    assert "Remedy: deploy organization/organization-roles.yaml" in said
    assert refused["beside_aws"] is None
    assert "Could not be asked" in str(sim.slack.messages[-1].blocks)
    again = digest(sim)
    assert again["coverage"]["not_asked"] == []
    assert again["beside_aws"] is not None


def test_both_lists_stand_beside_each_other_and_the_payer_is_asked_once_a_scan(
    sim: Simulation,
) -> None:
    rows = digest(sim)["beside_aws"]["rows"]
    before = len(asked(sim, "GetAnomalies"))
    assert {row["anomaly_id"]: bool(row["incident_id"]) for row in rows} == {
        f"a-{SPIKE}": True,
        f"a-{QUIET}": False,
    }
    digest(sim)
    entries = asked(sim, "GetAnomalies")
    assert len(entries) == before
    assert {entry["account_id"] for entry in entries} == {MANAGEMENT}
    report = sim.bucket_object(f"scans/{SCAN_ID}/report.html").decode()
    assert "Beside AWS Cost Anomaly Detection" in report


def test_a_false_alarm_is_passed_on_once(sim: Simulation) -> None:
    assert digest(sim)["beside_aws"]["answered"] == 0
    message = next(m for m in sim.slack.messages if any(b["type"] == "actions" for b in m.blocks))
    press = sim.slack.press(message.ts, "false_alarm")
    url = sim.deployment.outputs["FeedbackUrl"] if sim.deployment else ""
    assert urlopen(Request(url, press.body, press.headers)).status == 200  # noqa: S310 ours
    assert digest(sim)["beside_aws"]["answered"] == 1
    assert digest(sim)["beside_aws"]["answered"] == 1
    (told,) = asked(sim, "ProvideAnomalyFeedback")
    assert told["request"] == {"AnomalyId": f"a-{SPIKE}", "Feedback": "NO"}


@pytest.mark.slow
def test_without_a_monitor_an_empty_list_is_not_taken_for_quiet(tmp_path: Path) -> None:
    with Simulation(
        organization(tmp_path, quiet(QUIET)), parameters=PARAMETERS, claude="off", workers=1
    ) as simulation:
        simulation.deploy()
        scan = simulation.invoke("DiscoverAccounts", START)["scan"]
        key = simulation.invoke("PublishDigest", {"scan": scan})["digest"]["key"]
        found = simulation.bucket_json(key)
        assert "has no monitor" in found["coverage"]["not_asked"][0]
        assert found["beside_aws"] is None
