"""Receivers of owners' targets refuse what real ones refuse, and functions reach them as they reach
the public internet."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.simulator.faults import Faults
from whyspike.simulator.functions import network
from whyspike.simulator.receivers import served
from whyspike.simulator.receivers.served import Receivers
from whyspike.simulator.receivers.teams import (
    MAX_MESSAGE_BYTES,
    SIGNATURE,
    TeamsWorkflows,
    message_problem,
)
from whyspike.simulator.receivers.webhook import KEY
from whyspike.simulator.recorder import Recorder
from whyspike.wire.webhook import Webhook

JSON = {"content-type": "application/json"}


def text(said: str = "a") -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": said}]}


def posted(**card: Any) -> bytes:
    whole = {"type": "AdaptiveCard", "version": "1.4", "body": [text()], **card}
    kind = "application/vnd.microsoft.card.adaptive"
    attachments = [{"contentType": kind, "content": whole}]
    return json.dumps({"type": "message", "attachments": attachments}).encode()


@pytest.fixture(scope="module")
def running() -> Iterator[Receivers]:
    made = Receivers(Faults(), Recorder(), ["shop"], ["ledger"])
    yield made
    made.close()


@pytest.fixture
def receivers(running: Receivers, monkeypatch: pytest.MonkeyPatch) -> Receivers:
    """As a function sees them."""
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    for function in (network.getaddrinfo, network.create_connection):
        monkeypatch.setattr(socket, function.__name__, function)
    monkeypatch.setattr(served, "SILENCE_SECONDS", 0.0)
    return running


def webhook(receivers: Receivers) -> Webhook:
    stored = json.loads(receivers.secret)["webhooks"]["ledger"]
    return Webhook("webhook ledger", stored["url"], stored["key"], seconds=5.0)


def send(hook: Webhook, name: str = "a#0001", off: int = 0, **changes: str) -> None:
    body = json.dumps({"id": name}).encode()
    hook.post(body, {**hook.signed(name, int(time.time()) + off, body), **changes})


def test_what_is_signed_is_taken_once_however_often_it_comes(receivers: Receivers) -> None:
    before = len(receivers.webhooks.documents)
    for _ in range(2):
        send(webhook(receivers), "once#0001")
    taken = receivers.webhooks.documents[before:]
    assert taken == [{"webhook": "ledger", "document": {"id": "once#0001"}}]
    assert receivers.webhooks.repeats == taken


@pytest.mark.parametrize(
    ("changes", "off", "why"),
    [
        ({"webhook-signature": "v1,bm8="}, 0, "the signature is another's"),
        ({"webhook-id": "b#0002"}, 0, "the signature is another's"),
        ({"webhook-signature": ""}, 0, "webhook-signature is missing"),
        ({}, -301, "five minutes"),
        ({}, 330, "five minutes"),
        ({"Content-Type": "text/plain"}, 0, "not JSON"),
    ],
    ids=["another signature", "another id", "no signature", "old", "of tomorrow", "no JSON"],
)
def test_what_nobody_signed_just_now_is_refused(
    receivers: Receivers, changes: dict[str, str], off: int, why: str
) -> None:
    with pytest.raises(Refused):
        send(webhook(receivers), off=off, **changes)
    assert why in receivers.webhooks.refused[-1]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", Uncertain),
        ("timeout", Uncertain),
        ("timeout_after", Uncertain),
        ("redirect", Refused),
        ("gone", Refused),
    ],
)
def test_a_webhook_may_be_unwell(receivers: Receivers, fault: str, kind: type[Exception]) -> None:
    receivers.webhooks.faults.set(f"webhook:{fault}", 1)
    with pytest.raises(kind):
        send(webhook(receivers))


def test_a_name_leads_where_the_internet_leads_and_no_other_anywhere(receivers: Receivers) -> None:
    with pytest.raises(Unreachable, match="gaierror"):
        Webhook("webhook a", "https://gone.example/", KEY).post(b"{}", {})
    with pytest.raises(Refused, match="private address"):
        Webhook("webhook a", f"https://{served.INTRANET}/", KEY).post(b"{}", {})
    trusting_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    address = f"https://{served.WEBHOOKS}/"
    with pytest.raises(Refused, match="certificate"):
        Webhook("webhook a", address, KEY, tls=trusting_nobody).post(b"{}", {})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (posted(version="1.6"), "newer"),
        (posted(body=[]), "empty"),
        (posted(body=[text("x" * MAX_MESSAGE_BYTES)]), "RequestEntityTooLarge"),
        (posted(body=[{"type": "Sparkline", "data": [1]}]), "not known"),
        (posted(body=[{"type": "RichTextBlock", "inlines": []}]), "without inlines"),
        (posted(body=[{"type": "Container", "items": [{"type": "RichTextBlock"}]}]), "inlines"),
        (posted(actions=[{"type": "Action.OpenUrl", "url": "javascript:1"}]), "https"),
        (posted(actions=[{"type": "Action.OpenUrl", "url": "https://a.example"}] * 7), "actions"),
        (b'{"text": "as the connectors took it"}', "attachment"),
        (b"no JSON", "attachment"),
    ],
    ids=[
        *("version", "empty", "large", "unknown", "no inlines", "within", "script", "actions"),
        *("connector", "no JSON"),
    ],
)
def test_what_teams_would_not_show_is_not_posted(body: bytes, why: str) -> None:
    assert why in message_problem(JSON, body)
    workflows = TeamsWorkflows(Faults())
    answer = workflows.handle("/workflows/shop", f"sig={SIGNATURE}", JSON, body)
    assert answer[0] == 202, "a workflow answers before it posts"
    assert (workflows.cards, len(workflows.failed)) == ([], 1)


def test_a_card_is_shown_and_the_fifth_in_a_second_is_throttled() -> None:
    workflows = TeamsWorkflows(Faults())
    answers = [
        workflows.handle("/workflows/shop", f"sig={SIGNATURE}", JSON, posted())[0] for _ in range(5)
    ]
    assert answers == [202, 202, 202, 202, 429]
    assert [card["channel"] for card in workflows.cards] == ["shop"] * 4
    assert workflows.failed == []


def test_a_workflow_is_called_by_its_signed_address_alone(receivers: Receivers) -> None:
    whole = json.loads(receivers.secret)["teams"]["shop"]
    before = len(receivers.teams.cards)
    Webhook("Microsoft Teams shop", whole).post(posted(), {})
    assert len(receivers.teams.cards) == before + 1
    for address in (whole.replace(SIGNATURE, "guessed"), whole.replace("/workflows", "")):
        with pytest.raises(Refused):
            Webhook("Microsoft Teams shop", address).post(posted(), {})


@pytest.mark.parametrize(
    ("fault", "kind"), [("429", Throttled), ("500", Uncertain), ("gone", Refused)]
)
def test_teams_may_be_unwell(receivers: Receivers, fault: str, kind: type[Exception]) -> None:
    receivers.teams.faults.set(f"teams:{fault}", 1)
    with pytest.raises(kind):
        Webhook("a", json.loads(receivers.secret)["teams"]["shop"]).post(posted(), {})
