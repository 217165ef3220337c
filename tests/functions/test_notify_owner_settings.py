"""NotifyOwner and the settings in the bucket: who the owner is and stays, and what a mistake in the
plans does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, EC2, SHOP, anomaly, explanation, item, scan_of
from whyspike.model import Owner

NEXT = timedelta(days=1)
OWNERS = '{"tag_keys": ["%s"], "owners": {"data": {"channel": "#data"}}}'


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as made:
        yield made


def tell_of_tagged_resource(here: World, tag_key: str) -> None:
    here.bucket.write("settings/owners.json", OWNERS % tag_key, "application/json")
    scan = scan_of(DAY, item(anomaly()))
    here.bucket.write_explanation(
        scan.scan, scan.items[0].item_id, SHOP.account_id, EC2, explanation(tag_team="data")
    )
    here.tell(scan)


def test_the_settings_choose_the_owner_by_the_tag_of_the_resource(here: World) -> None:
    tell_of_tagged_resource(here, "team")
    assert here.slack.messages[0].channel == "#data"
    ((incident, _),) = here.table.list_scan_incidents(DAY.isoformat())
    assert incident.owner == Owner("data", "resource-tag", "#data")


def test_the_tag_of_the_resource_goes_by_the_name_that_the_deployment_gave_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COST_TAG_KEYS", "Squad, stage")
    tell_of_tagged_resource(here, "squad")
    assert here.slack.messages[0].channel == "#data"


@pytest.mark.parametrize("address", ["https://feedback.test/", ""])
def test_a_message_has_buttons_only_where_somebody_answers_them(
    here: World, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("FEEDBACK_URL", address)
    here.tell(scan_of(DAY, item(anomaly())))
    (message,) = here.slack.messages
    kinds = {block["type"] for block in message.blocks}
    assert ("actions" in kinds) is bool(address)
    assert any("accessory" in block for block in message.blocks) is bool(address)


def test_who_was_told_first_stays_the_owner_through_silent_scans(here: World) -> None:
    tell_of_tagged_resource(here, "team")
    for n, actual in ((1, 274), (2, 900)):
        here.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT, actual=actual))))
        (incident,) = here.table.incidents_of(SHOP.account_id)
        assert incident.owner == Owner("data", "resource-tag", "#data"), f"day {n + 1}"
    assert [m.channel for m in here.slack.messages] == ["#data", "#data"]
    assert "owner data" in str(here.slack.messages[1].blocks)


@pytest.mark.parametrize(
    "text",
    [
        "planned:\n- {account: '111122223333', from: soon}",
        "planned: [",
        "plans: []",
    ],
    ids=["a field", "no YAML", "no list"],
)
def test_a_mistake_in_the_plans_silences_nobody(here: World, text: str) -> None:
    here.bucket.write("settings/planned.yaml", text, "application/yaml")
    assert here.tell(scan_of(DAY, item(anomaly())))["told"] == 1
    assert here.slack.messages[0].text.startswith("shop-prod: Amazon EC2"), "told in full"
