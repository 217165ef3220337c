"""The simulated AWS Cost Anomaly Detection is at least as strict as AWS's."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from whyspike.errors import InvalidInput
from whyspike.simulator.aws.anomaly_detection import AnomalyDetection
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.fernhill.detector import listed
from whyspike.simulator.organization.detector_file import Detector, read_detector

AS_OF = date(2026, 11, 6)
MONTH = {"DateInterval": {"StartDate": "2026-10-08", "EndDate": "2026-11-06"}}


def written(folder: Path, content: Any) -> Path:
    file = folder / "anomaly_detection.json"
    file.write_text(json.dumps(content))
    return file


@dataclass(frozen=True)
class Payer:
    """The management account, which has a monitor."""

    detector: Detector | None
    detection: AnomalyDetection

    def answer(
        self, operation: str, request: dict[str, Any], as_of: date = AS_OF
    ) -> dict[str, Any]:
        return self.detection.answer(operation, request, self.detector, as_of)

    def listed(self, as_of: date = AS_OF) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.answer("GetAnomalies", MONTH, as_of)["Anomalies"]
        return found


@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer(read_detector(written(tmp_path, listed(AS_OF))), AnomalyDetection())


def test_an_anomaly_is_listed_from_its_day_on(payer: Payer) -> None:
    assert len(payer.listed()) == 4
    assert len(payer.listed(date(2026, 11, 3))) == 1


def test_an_end_that_lies_ahead_is_not_known_yet(payer: Payer) -> None:
    ended = [each for each in payer.listed() if "AnomalyEndDate" in each]
    assert [each["AnomalyEndDate"][:10] for each in ended] == ["2026-11-05"]


def test_a_member_account_sees_no_monitor_and_nothing(payer: Payer) -> None:
    member = replace(payer, detector=None)
    for operation, request in (("GetAnomalies", MONTH), ("GetAnomalyMonitors", {})):
        (found,) = member.answer(operation, request).values()
        assert found == []


def test_feedback_shows_in_the_list(payer: Payer) -> None:
    given = {"AnomalyId": payer.listed()[0]["AnomalyId"], "Feedback": "NO"}
    payer.answer("ProvideAnomalyFeedback", given)
    assert payer.listed()[0]["Feedback"] == "NO"


def test_pages_follow_each_other_by_their_token(payer: Payer) -> None:
    request = {**MONTH, "MaxResults": 3}
    first = payer.answer("GetAnomalies", request)
    token = {"NextPageToken": first["NextPageToken"]}
    second = payer.answer("GetAnomalies", {**request, **token})
    assert (len(first["Anomalies"]), len(second["Anomalies"])) == (3, 1)
    with pytest.raises(AwsError, match="InvalidNextToken"):
        payer.answer("GetAnomalies", {**MONTH, **token})


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetAnomalies", {}),
        ("GetAnomalies", {"DateInterval": {"StartDate": "2026-08-01"}}),
        ("GetAnomalies", {"DateInterval": {"StartDate": "2026-11-06", "EndDate": "2026-11-01"}}),
        ("ProvideAnomalyFeedback", {"AnomalyId": "a-1", "Feedback": "MAYBE"}),
        ("ProvideAnomalyFeedback", {"AnomalyId": "nobody-knows-it", "Feedback": "NO"}),
    ],
    ids=["no interval", "more than 90 days ago", "backwards", "no answer of AWS's", "unknown id"],
)
def test_what_aws_refuses_is_refused(
    payer: Payer, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(AwsError, match="ValidationException"):
        payer.answer(operation, request_)


@pytest.mark.parametrize(
    "content",
    [
        {"monitors": "Services"},
        {"anomalies": [{"AnomalyId": "a-1"}]},
        {"anomalies": [{**listed(AS_OF)["anomalies"][0], "ListedFrom": "soon"}]},
        {"anomalies": ["a-1"]},
    ],
    ids=["no list", "a record that lacks fields", "no date", "no record"],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: Any) -> None:
    file = written(tmp_path, content)
    with pytest.raises(InvalidInput, match=r"anomaly_detection\.json"):
        read_detector(file)
