"""AWS's own detector over the wire: every page is read and counted, and failures keep their
names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.cost_explorer import Counter
from tests.support.json_client import json_client
from whyspike.errors import CostExplorerDenied, Refused, Throttled, Uncertain
from whyspike.simulator.aws.models import AwsError
from whyspike.wire.anomaly_detection import anomalies, give_feedback, has_monitor

FIRST, LAST = date(2026, 10, 24), date(2026, 11, 22)


def record(**changes: Any) -> dict[str, Any]:
    return {
        "AnomalyId": "a-1",
        "AnomalyStartDate": "2026-11-20T00:00:00Z",
        "DimensionValue": "AWS Lambda",
        "RootCauses": [
            {"Service": "AWS Lambda", "LinkedAccount": "111122223333", "UsageType": "GB-Second"},
            {"Service": "AWS Lambda", "LinkedAccount": "444455556666"},
        ],
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.5},
        "Impact": {"MaxImpact": 80.0, "TotalImpact": 120.5},
        "MonitorArn": "arn:aws:ce::900000000001:anomalymonitor/m-1",
        **changes,
    }


def answering(*pages: dict[str, Any]) -> Any:
    left = list(pages)
    return json_client("ce", lambda *_: left.pop(0))


def test_accounts_and_services_are_those_of_the_root_causes_each_once() -> None:
    (found,) = anomalies(answering({"Anomalies": [record()]}), FIRST, LAST, Counter())
    assert found.accounts == ("111122223333", "444455556666")
    assert found.services == ("AWS Lambda",)
    assert (found.first_day, found.last_day) == (date(2026, 11, 20), None)
    assert found.impact_usd == 120.5


@pytest.mark.parametrize(
    ("value", "accounts", "services"),
    [
        ("AWS Lambda", (), ("AWS Lambda",)),
        ("111122223333", ("111122223333",), ()),
        ("", (), ()),
    ],
    ids=["a monitor of services", "of accounts", "of neither"],
)
def test_without_root_causes_the_monitors_dimension_says_what_it_is_about(
    value: str, accounts: tuple[str, ...], services: tuple[str, ...]
) -> None:
    page = {"Anomalies": [record(RootCauses=[], DimensionValue=value)]}
    (found,) = anomalies(answering(page), FIRST, LAST, Counter())
    assert (found.accounts, found.services) == (accounts, services)


def test_every_page_is_read_and_counted() -> None:
    usage = Counter()
    pages = {"Anomalies": [record()], "NextPageToken": "more"}, {"Anomalies": [record()]}
    assert len(anomalies(answering(*pages), FIRST, LAST, usage)) == 2
    assert usage.requests == 2


def test_an_answer_without_its_fields_is_no_answer() -> None:
    with pytest.raises(Uncertain):
        anomalies(answering({"Anomalies": [{"AnomalyId": "a-1"}]}), FIRST, LAST, Counter())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", CostExplorerDenied),
        ("LimitExceededException", Throttled),
        ("ValidationException", Refused),
        ("InvalidNextTokenException", Uncertain),
    ],
)
def test_a_refusal_is_raised_by_its_own_name(code: str, error: type[Exception]) -> None:
    def refuse(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(code, "no", 400)

    client = json_client("ce", refuse)
    for ask in (
        lambda: anomalies(client, FIRST, LAST, Counter()),
        lambda: has_monitor(client, Counter()),
        lambda: give_feedback(client, "a-1", "NO", Counter()),
    ):
        with pytest.raises(error, match=code):
            ask()
