"""What ExplainAnomaly is wired from: settings are read, and what is missing is said with its
remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.explained import flagged
from tests.support.variations import catalogue
from whyspike.errors import InvalidInput
from whyspike.model import Account, AccountScan, AccountTask, DailyCosts, Scan
from whyspike.steps.configuration import Configuration
from whyspike.steps.explain_anomaly import wiring as explainer

CONFIG = Configuration(
    "bucket", "table", claude_provider="bedrock", claude_model="claude-sonnet-5-5"
)
TASK = AccountTask(Scan("2026-09-17", date(2026, 9, 17)), Account("123412341234", "orders"))
ITEM = flagged(catalogue("plain")[0])


def test_the_item_is_found_in_what_detection_stored() -> None:
    found = AccountScan(TASK.scan, TASK.account, DailyCosts("123412341234", (), ()), (ITEM,))

    assert explainer.flagged_item(found, TASK, ITEM.item_id)[1] == ITEM
    for missing, item_id in ((found, "other"), (None, ITEM.item_id)):
        with pytest.raises(InvalidInput, match="Remedy: run DetectAnomalies"):
            explainer.flagged_item(missing, TASK, item_id)


@pytest.mark.parametrize(
    ("text", "keys"),
    [("team,env", ("team", "env")), (" cost-centre , stage ", ("cost-centre", "stage"))],
    ids=["default", "own"],
)
def test_tag_keys_are_those_of_the_organisation(text: str, keys: tuple[str, str]) -> None:
    assert explainer.tag_keys(replace(CONFIG, cost_tag_keys=text)) == keys


@pytest.mark.parametrize("text", ["team", "", "a,b,c"])
def test_other_than_two_tag_keys_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="COST_TAG_KEYS"):
        explainer.tag_keys(replace(CONFIG, cost_tag_keys=text))


def test_claude_is_asked_about_what_alerts_only() -> None:
    quiet = replace(
        ITEM, anomalies=tuple(replace(anomaly, alert=False) for anomaly in ITEM.anomalies)
    )

    assert explainer.claude_settings(CONFIG, ITEM).provider == "bedrock"
    assert explainer.claude_settings(CONFIG, quiet).provider == "off"
    assert explainer.claude_settings(replace(CONFIG, claude_provider="off"), ITEM).provider == "off"


def test_a_refused_role_leaves_no_clients_and_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def assume_role(self, **_request: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")

    monkeypatch.setattr(explainer, "client", lambda *_arguments: Refusing())
    sources = explainer.member_sources(CONFIG, TASK, usage=None)  # type: ignore[arg-type]

    assert (sources.cost_explorer, sources.open_cloudtrail) == (None, None)
    assert "cannot be assumed" in sources.role_error
