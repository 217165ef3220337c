"""Owners' webhooks: each change of their incidents, signed, once or marked; what they do not take
waits and is named."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import boto3
import pytest

from tests.functions.test_event_bus import FIRST, QUIET, SECOND
from tests.support import hostile_server as server_module
from tests.support.hostile_server import HOST, HostileServer, answers, closes
from tests.support.incident_world import Killed, World, count_aws_calls, world
from tests.support.incidents import DAY, SHOP, anomaly, item, owned_by, scan_of
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


@pytest.mark.slow
def test_killed_anywhere_and_redriven_every_change_arrives_exactly_once_or_marked(
    monkeypatch: pytest.MonkeyPatch, server: HostileServer
) -> None:
    """The delivery is killed after every call to AWS and to the webhook in turn."""
    monkeypatch.setenv("TARGETS_SECRET_ID", "targets")
    monkeypatch.setattr(notice_table, "in_flight", lambda *_: False)  # leases have run out
    monkeypatch.setattr(notify_owner, "client", cache(client))
    arrived: list[list[bool] | None] = []
    while not arrived or arrived[-1] is not None:
        server.received.clear()
        with pytest.MonkeyPatch.context() as patch, world(patch) as here:
            store(HOOKS)
            here.tell(mine(FIRST))
            here.tell(mine(SECOND))
            with pytest.MonkeyPatch.context() as counted:
                count_aws_calls(here, counted)
                post = Webhook.post
                counted.setattr(
                    Webhook, "post", lambda *of, post=post: here.outgoing(lambda: post(*of))
                )
                died = dies(here, at=len(arrived) + 1)
            delivered(here)
            assert here.notices.targets() == ()
        got = documents(server)
        arrived.append([d["possible_duplicate"] for d in got] if died else None)
        assert len(Counter(document["id"] for document in got)) == 2
        second = [d for at, d in enumerate(got) if d["id"] in {e["id"] for e in got[:at]}]
        assert all(document["possible_duplicate"] for document in second)
    assert len(arrived) > 8, "the kills reached every step"
    assert [False, True, False] in arrived, "one of the kills lost the webhook's answer"


def dies(here: World, at: int) -> bool:
    """The delivery, killed at that call."""
    here.calls, here.kill_at = 0, at
    try:
        delivered(here)
    except Killed:
        return True
    finally:
        here.kill_at = 0
    return False
