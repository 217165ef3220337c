"""The digest always arrives: in its channel, else in the default channel, else by e-mail; anew
where its message is gone. A notice that cannot be read keeps no other back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from whyspike.errors import Refused
from whyspike.model import AccountScan, Mail
from whyspike.wire import ses as email

FINOPS = "finops@example.com"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mail]]:
    sent: list[tuple[str, Mail]] = []

    def send(_client: Any, _sender: str, recipient: str, mail: Mail) -> str:
        sent.append((recipient, mail))
        return "m"

    monkeypatch.setattr(email, "send", send)
    return sent


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DIGEST_CHANNEL", "#costs")
    with world(monkeypatch) as made:
        yield made


def a_scan(here: World) -> AccountScan:
    scan = scan_of(DAY, item(anomaly()))
    here.tell(scan)
    here.slack.messages.clear()
    return scan


def with_mail(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_SENDER", "whyspike@example.com")
    settings = f'{{"default_email": "{FINOPS}"}}'
    here.bucket.write("settings/owners.json", settings, "application/json")


def test_a_channel_that_is_archived_sends_the_digest_to_the_default_channel(here: World) -> None:
    scan = a_scan(here)
    here.faults.set("slack:is_archived:#costs", -1)
    here.publish(scan)
    (message,) = here.slack.messages
    assert message.channel == "#finops"
    assert "Meant for #costs" in str(message.blocks)
    here.publish(scan)
    assert len(here.slack.messages) == 1


def test_a_token_that_is_void_sends_the_digest_by_mail_once(
    here: World, monkeypatch: pytest.MonkeyPatch, mails: list[tuple[str, Mail]]
) -> None:
    with_mail(here, monkeypatch)
    scan = a_scan(here)
    here.faults.set("slack:invalid_auth", -1)
    here.publish(scan)
    here.publish(scan)
    ((recipient, mail),) = mails
    assert recipient == FINOPS
    assert "1 new" in mail.subject
    assert "whyspike doctor" in mail.text


def test_no_slack_at_all_sends_the_digest_by_mail(
    here: World, monkeypatch: pytest.MonkeyPatch, mails: list[tuple[str, Mail]]
) -> None:
    with_mail(here, monkeypatch)
    scan = a_scan(here)
    here.secret({})
    here.publish(scan)
    assert [recipient for recipient, _ in mails] == [FINOPS]


def test_a_digest_that_reaches_nobody_is_a_failed_run(here: World) -> None:
    scan = a_scan(here)
    here.faults.set("slack:invalid_auth", -1)
    with pytest.raises(Refused, match="invalid_auth"):
        here.publish(scan)


def test_a_digest_whose_message_was_deleted_is_posted_anew(here: World) -> None:
    scan = a_scan(here)
    here.publish(scan)
    here.slack.messages.clear()
    more = scan_of(DAY, item(anomaly()), item(anomaly(service="AWS Glue")))
    assert here.tell(more)["told"] == 1, "the root of the owner's thread is gone too"
    here.slack.messages.clear()
    here.publish(more)
    (message,) = here.slack.messages
    assert (message.channel, "2 new" in message.text) == ("#costs", True)


def test_a_marker_whose_notice_is_gone_keeps_no_other_from_being_told(here: World) -> None:
    here.dynamodb.put_item(
        TableName="incidents",
        Item={"PK": {"S": f"ACCOUNT#{SHOP.account_id}"}, "SK": {"S": "PENDING#gone#0001"}},
    )
    assert here.tell(scan_of(DAY, item(anomaly())))["told"] == 1


def spoil(here: World, incident_id: str) -> None:
    """The row is as no version wrote it."""
    here.dynamodb.update_item(
        TableName="incidents",
        Key={
            "PK": {"S": f"ACCOUNT#{SHOP.account_id}"},
            "SK": {"S": f"INCIDENT#{incident_id}"},
        },
        UpdateExpression="SET body = :body",
        ExpressionAttributeValues={":body": {"S": "{}"}},
    )


def test_an_incident_that_cannot_be_read_is_named_and_keeps_no_digest_back(here: World) -> None:
    scan = a_scan(here)
    ((incident, _),) = here.table.list_scan_incidents(DAY.isoformat())
    spoil(here, incident.incident_id)
    (said,) = here.publish(scan)["coverage"]["settings"]
    assert f"incident {incident.incident_id}" in said
    assert len(here.slack.messages) == 1


def test_an_account_with_an_incident_that_cannot_be_read_is_told_of_its_anomaly(
    here: World,
) -> None:
    a_scan(here)
    ((incident, _),) = here.table.list_scan_incidents(DAY.isoformat())
    spoil(here, incident.incident_id)
    tomorrow = scan_of(DAY + timedelta(days=1), item(anomaly(usage_date=DAY + timedelta(days=1))))
    assert here.tell(tomorrow)["told"] == 1
    (said,) = here.publish(tomorrow)["coverage"]["settings"]
    assert f"incident {incident.incident_id}" in said
