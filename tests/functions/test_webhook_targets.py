"""Owners' webhooks: each change of their incidents, signed, once or marked; what they do not take
waits and is named."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import boto3
import pytest

from tests.functions.test_event_bus import FIRST, QUIET, SECOND
from tests.messages.test_joined import notice
from tests.support import hostile_server as server_module
from tests.support.hostile_server import HOST, HostileServer, answers, closes
from tests.support.incident_world import World, count_aws_calls, world
from tests.support.incidents import DAY, SHOP, anomaly, item, owned_by, scan_of
from whyspike.incidents.notices import by_teams
from whyspike.model import AccountScan, Owner
from whyspike.steps import notify_owner
from whyspike.steps.configuration import read_configuration
from whyspike.steps.delivery import owner_targets
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.owner_targets import OwnerTargets
from whyspike.steps.delivery.targets import TargetDelivery, TargetsTold
from whyspike.wire.clients import client
from whyspike.wire.table import notices as notice_table
from whyspike.wire.webhook import Webhook

KEY = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
TOKEN = "t0k3n-in-the-address"
ACCOUNT = owned_by(Owner("ledger", "account-tag", "#shop", webhook="ledger"), SHOP.account_id)
HOOKS = {"webhooks": {"ledger": {"url": f"https://{HOST}/{TOKEN}", "key": KEY}}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileServer]:
    with server_module.hostile_server(tmp_path_factory.mktemp("tls")) as made:
        yield made


@pytest.fixture
def server(served: HostileServer, monkeypatch: pytest.MonkeyPatch) -> HostileServer:
    """It stands where the secret's address leads."""
    served.behaviours.clear()
    served.received.clear()
    reached = partial(Webhook, dial=served.dial, tls=served.tls, seconds=2.0)
    monkeypatch.setattr(owner_targets, "Webhook", reached)
    return served


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, server: HostileServer) -> Iterator[World]:
    monkeypatch.setenv("TARGETS_SECRET_ID", "targets")
    with world(monkeypatch) as made:
        store(HOOKS)
        yield made


def store(secret: object) -> None:
    boto3.client("secretsmanager").create_secret(Name="targets", SecretString=json.dumps(secret))


def mine(scan: AccountScan) -> AccountScan:
    return replace(scan, account=ACCOUNT)


def delivered(here: World) -> TargetsTold:
    """PublishDigest's part of it."""
    targets = OwnerTargets(read_configuration())
    return TargetDelivery(Outbox(here.notices), targets).deliver(DAY)


def documents(server: HostileServer) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.received]


def test_an_owner_s_webhook_gets_each_change_of_the_owner_s_incidents_signed(
    here: World, server: HostileServer
) -> None:
    for scan in (FIRST, SECOND, QUIET):
        here.tell(mine(scan))
    another = owned_by(Owner("b", "ou", "#b"))
    here.tell(scan_of(DAY, item(anomaly(another.account_id)), account=another))
    assert delivered(here).sent == 3
    assert [document["change"] for document in documents(server)] == [
        "new",
        "escalated",
        "resolved",
    ]
    for request, document in zip(server.received, documents(server), strict=True):
        stamp, sent_id = request.headers["webhook-timestamp"], request.headers["webhook-id"]
        again = Webhook("", "", KEY).signed(document["id"], int(stamp), request.body)
        assert (sent_id, again["webhook-signature"]) == (
            document["id"],
            request.headers["webhook-signature"],
        )
    told = [message.channel for message in here.slack.messages]
    assert told == ["#shop"] * 3 + ["#b"], "people are told as before"


def test_a_change_is_signed_at_the_moment_it_is_sent(here: World, server: HostileServer) -> None:
    """A receiver refuses what is older than five minutes, and a change may wait for days."""
    here.tell(mine(FIRST))
    before = time.time()
    assert delivered(here).sent == 1
    (request,) = server.received
    assert int(before) <= int(request.headers["webhook-timestamp"]) <= time.time()


def test_a_press_reaches_the_webhook_with_the_next_scan(here: World, server: HostileServer) -> None:
    here.tell(mine(FIRST))
    delivered(here)
    here.press(here.slack.messages[0], "acknowledge")
    assert len(server.received) == 1, "Slack waits three seconds; a webhook may take longer"
    delivered(here)
    assert [document["change"] for document in documents(server)] == ["new", "acknowledge"]


def test_what_a_webhook_does_not_take_is_named_in_the_digest_and_sent_by_the_next_scan(
    here: World, server: HostileServer
) -> None:
    here.tell(mine(FIRST))
    server.behaviours.append(answers("302 Found", "Location: https://elsewhere.example.com/"))
    (row,) = here.publish(mine(FIRST))["coverage"]["targets"]
    assert (row["name"], row["waiting"]) == ("webhook ledger", 1)
    assert "redirect is not followed" in row["reason"]

    here.tell(mine(SECOND))
    assert here.publish(mine(SECOND))["coverage"]["targets"] == []
    assert [(d["change"], d["possible_duplicate"]) for d in documents(server)] == [
        ("new", False),
        ("new", False),
        ("escalated", False),
    ]


def test_one_owner_s_dead_webhook_fails_no_scan_and_keeps_no_other_waiting(
    here: World, server: HostileServer
) -> None:
    other = owned_by(Owner("b", "ou", "#b", webhook="b"), "444455556666")
    here.tell(mine(FIRST))
    here.tell(scan_of(DAY, item(anomaly("444455556666")), account=other))
    server.behaviours += [closes]
    told = delivered(here)
    assert told.failure is None
    assert {row.name: row.error for row in told.shortfalls} == {
        "webhook b": "Refused",
        "webhook ledger": "Uncertain",
    }
    again = delivered(here)
    assert [row.name for row in again.shortfalls] == ["webhook b"]
    assert documents(server)[-1]["possible_duplicate"], "the first may have arrived"
    assert documents(server)[-1]["id"] == documents(server)[0]["id"]


def test_a_webhook_that_asks_to_wait_is_asked_again_a_moment_later(
    here: World, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tell(mine(FIRST))
    server.behaviours += [answers("429 Too Many Requests")] * 2
    assert delivered(here).sent == 1
    assert not documents(server)[-1]["possible_duplicate"], "nothing was taken before"


SECRETS: dict[str, tuple[Any, str]] = {
    "none deployed": (None, "TargetsSecretArn"),
    "nothing stored": ({}, "no webhook of that name"),
    "not an object": ({"webhooks": []}, "webhooks is no object"),
    "another name": ({"webhooks": {"other": {}}}, "no webhook of that name"),
    "no https": ({"webhooks": {"ledger": {"url": "http://x", "key": KEY}}}, "no https address"),
    "no key": ({"webhooks": {"ledger": {"url": f"https://{HOST}/{TOKEN}"}}}, "no key"),
}


@pytest.mark.parametrize(("secret", "said"), SECRETS.values(), ids=SECRETS)
def test_a_webhook_that_cannot_be_called_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, server: HostileServer, secret: Any, said: str
) -> None:
    with world(monkeypatch) as here:
        if secret is not None:
            monkeypatch.setenv("TARGETS_SECRET_ID", "targets")
            store(secret)
        here.tell(mine(FIRST))
        (row,) = delivered(here).shortfalls
    assert said in f"{row.reason}. {row.remedy}"
    assert row.remedy
    assert TOKEN not in str(row)
    assert server.received == []


def test_address_and_key_are_in_no_log_and_no_row(
    here: World, server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="whyspike")
    here.tell(mine(FIRST))
    server.behaviours += [closes, answers("404 Not Found")]
    for _ in range(3):
        here.publish(mine(FIRST))
    rows = here.dynamodb.scan(TableName="incidents")["Items"]
    kept = [here.bucket.read(key) for key in ("scans/2026-03-12/digest.json",)]
    everything = f"{rows} {kept} {caplog.text}"
    assert "webhook ledger" in everything
    assert TOKEN not in everything
    assert KEY not in everything


def test_all_targets_of_a_run_have_so_much_time_and_no_more(
    here: World, server: HostileServer
) -> None:
    here.tell(mine(FIRST))
    late = iter([0.0, 1_000.0])
    targets = OwnerTargets(read_configuration())
    told = TargetDelivery(Outbox(here.notices), targets, lambda: next(late)).deliver(DAY)
    assert [row.reason for row in told.shortfalls] == ["no time was left for it in this run"]
    assert server.received == []


# ------------------------------------------------------------------ Microsoft Teams

WORKFLOW = {"teams": {"shop": f"https://{HOST}/workflows/{TOKEN}"}}


def in_teams(scan: AccountScan, channel: str | None = None) -> AccountScan:
    owner = Owner("shop", "account-tag", channel, teams="shop")
    return replace(scan, account=owned_by(owner, SHOP.account_id, SHOP.name))


@pytest.fixture
def workflow(here: World, monkeypatch: pytest.MonkeyPatch) -> World:
    boto3.client("secretsmanager").put_secret_value(
        SecretId="targets", SecretString=json.dumps(WORKFLOW)
    )
    return here


def cards(server: HostileServer) -> list[str]:
    return [str(document["attachments"][0]["content"]) for document in documents(server)]


def test_an_owner_with_teams_alone_is_told_there_and_nowhere_else(
    workflow: World, server: HostileServer
) -> None:
    server.behaviours.append(answers("202 Accepted"))
    workflow.tell(in_teams(FIRST))
    digest = workflow.publish(in_teams(FIRST))
    (card,) = cards(server)
    assert "shop-prod" in card
    assert "+$212 a day" in card
    assert workflow.slack.messages == []
    assert digest["coverage"]["owners_not_told"] == []
    (incident,) = workflow.table.incidents_of(SHOP.account_id)
    assert incident.told_at is not None


def test_an_owner_with_both_is_told_in_both_and_once_in_each(
    workflow: World, server: HostileServer
) -> None:
    for scan in (FIRST, FIRST, SECOND):
        workflow.tell(in_teams(scan, "#shop"))
        delivered(workflow)
    assert len(cards(server)) == len(workflow.slack.messages) == 2


def test_a_card_that_teams_does_not_take_leaves_its_owner_not_told_until_it_does(
    workflow: World, server: HostileServer
) -> None:
    workflow.tell(in_teams(FIRST))
    server.behaviours.append(answers("413 Content Too Large"))
    coverage = workflow.publish(in_teams(FIRST))["coverage"]
    assert [row["name"] for row in coverage["targets"]] == ["Microsoft Teams shop"]
    assert [row["error"] for row in coverage["owners_not_told"]] == ["not delivered"]
    assert delivered(workflow).sent == 1
    assert "May be a repeat" not in cards(server)[-1], "a refusal takes nothing"


def test_what_teams_throttles_is_sent_a_moment_later(
    workflow: World, server: HostileServer
) -> None:
    workflow.tell(in_teams(FIRST))
    server.behaviours += [answers("429 Too Many Requests")] * 3
    assert delivered(workflow).sent == 1
    assert len(server.received) == 4


def failed_with(status: int) -> bytes:
    """What the connectors said that workflows replaced, and those that are built as they were."""
    told = f"Microsoft Teams endpoint returned HTTP error {status} with ContextId tcid=1"
    return f"Webhook message delivery failed with error: {told}".encode()


def test_a_good_status_is_not_believed_where_the_text_says_that_it_failed(
    workflow: World, server: HostileServer
) -> None:
    workflow.tell(in_teams(FIRST))
    server.behaviours.append(answers("200 OK", body=failed_with(413)))
    (shortfall,) = delivered(workflow).shortfalls
    assert (shortfall.error, shortfall.reason) == (
        "Refused",
        "Microsoft Teams shop refused with HTTP 413",
    )
    server.behaviours += [answers("200 OK", body=failed_with(429)), answers("200 OK", body=b"1")]
    assert delivered(workflow).sent == 1
    assert [TOKEN in str(shortfall), "May be a repeat" in cards(server)[-1]] == [False, False]


def test_a_failure_without_a_reason_may_have_been_posted(
    workflow: World, server: HostileServer
) -> None:
    workflow.tell(in_teams(FIRST))
    server.behaviours.append(answers("200 OK", body=b"Webhook message delivery failed."))
    assert delivered(workflow).shortfalls[0].error == "Uncertain"
    assert delivered(workflow).sent == 1
    assert "May be a repeat" in cards(server)[-1]


def test_a_card_without_an_answer_comes_once_more_and_marked(
    workflow: World, server: HostileServer
) -> None:
    workflow.tell(in_teams(FIRST))
    server.behaviours.append(closes)
    assert delivered(workflow).sent == 0
    assert delivered(workflow).sent == 1
    assert ["May be a repeat" in card for card in cards(server)] == [False, True]


def test_one_cause_in_several_accounts_of_an_owner_is_one_card(
    workflow: World, server: HostileServer
) -> None:
    for number in (1, 2, 3):
        shared = notice(number, usd=10 * number)
        owner = Owner("shop", "account-tag", teams="shop")
        told, _ = by_teams(replace(shared, owner=owner))
        workflow.notices.add(told, None)
    assert delivered(workflow).sent == 3
    (card,) = cards(server)
    assert "Amazon GuardDuty in 3 accounts: +$60.00 a day" in card
    assert all(f"account-{number}" in card for number in (1, 2, 3))
    assert delivered(workflow).sent == 0


def digest_to_teams(workflow: World) -> None:
    settings = json.dumps({"digest_teams": "shop"}).encode()
    workflow.s3.put_object(Bucket="scans", Key="settings/owners.json", Body=settings)


def test_the_digest_goes_to_teams_where_the_settings_name_a_channel_and_once_a_scan(
    workflow: World, server: HostileServer
) -> None:
    digest_to_teams(workflow)
    workflow.tell(FIRST)
    workflow.publish(FIRST)
    workflow.publish(FIRST)
    (card,) = cards(server)
    assert "$212 a day more than expected, in 1 of 1 account" in card


def test_a_digest_that_teams_does_not_take_is_named_by_the_next_and_told_with_it(
    workflow: World, server: HostileServer
) -> None:
    digest_to_teams(workflow)
    workflow.tell(FIRST)
    server.behaviours += [answers("413 Content Too Large")] * 3
    workflow.publish(FIRST)
    workflow.tell(SECOND)
    coverage = workflow.publish(SECOND)["coverage"]
    assert [row["name"] for row in coverage["targets"]] == ["Microsoft Teams shop"]
    assert delivered(workflow).sent == 2


# ------------------------------------------------------------------ killed


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["webhook", "teams"])
def test_killed_anywhere_and_redriven_every_message_arrives_exactly_once_or_marked(
    monkeypatch: pytest.MonkeyPatch, server: HostileServer, kind: str
) -> None:
    """The delivery is killed after every call to AWS and to the target in turn."""
    monkeypatch.setenv("TARGETS_SECRET_ID", "targets")
    monkeypatch.setattr(notice_table, "in_flight", lambda *_: False)  # leases have run out
    monkeypatch.setattr(notify_owner, "client", cache(client))
    told = mine if kind == "webhook" else in_teams
    arrived: list[list[bool] | None] = []
    while not arrived or arrived[-1] is not None:
        server.received.clear()
        with pytest.MonkeyPatch.context() as patch, world(patch) as here:
            store(HOOKS | WORKFLOW)
            here.tell(told(FIRST))
            here.tell(told(SECOND))
            with pytest.MonkeyPatch.context() as counted:
                count_aws_calls(here, counted)
                post = Webhook.post
                counted.setattr(
                    Webhook, "post", lambda *of, post=post: here.outgoing(lambda: post(*of))
                )
                died = here.dies(len(arrived) + 1, partial(delivered, here))
            delivered(here)
            assert here.notices.targets() == ()
        got = [what_it_is(document) for document in documents(server)]
        arrived.append([is_marked for _, is_marked in got] if died else None)
        assert len({name for name, _ in got}) == 2
        second = [one for at, one in enumerate(got) if one[0] in {name for name, _ in got[:at]}]
        assert all(is_marked for _, is_marked in second)
    assert len(arrived) > 8, "the kills reached every step"
    assert [False, True, False] in arrived, "one of the kills lost the target's answer"


def what_it_is(document: dict[str, Any]) -> tuple[str, bool]:
    """A change, or a card, by what is the same of it when it is sent again; and whether it says
    that it may be the second."""
    if "id" in document:
        return str(document["id"]), bool(document["possible_duplicate"])
    said = str(document["attachments"][0]["content"]["fallbackText"])
    return said.removeprefix("May be a repeat: "), said.startswith("May be a repeat")
