"""Changes of incidents on an event bus: each of them, once, or marked; what a bus does not take
waits, and the digest names it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache, partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tests.support.deployed import PROJECT
from tests.support.event_bus import BUS, EventBusInbox
from tests.support.incident_world import World, count_aws_calls, world
from tests.support.incidents import DAY, EC2, SHOP, anomaly, explanation, item, scan_of
from whyspike.errors import Retryable
from whyspike.incidents.incident import NoticeKind
from whyspike.model import FeedbackKind
from whyspike.steps import notify_owner
from whyspike.steps.configuration import read_configuration
from whyspike.steps.delivery import targets
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.targets import TargetDelivery, Targets, TargetsTold
from whyspike.wire import event_bus
from whyspike.wire.clients import client
from whyspike.wire.table import notices as notice_table

NEXT = timedelta(days=1)
FIRST = scan_of(DAY, item(anomaly()))
SECOND = scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=974)))
AGAIN = {(EC2, DAY): 274.0, (EC2, DAY + NEXT): 974.0}
QUIET = scan_of(DAY + 4 * NEXT, costs=AGAIN)  # the days before are billed as they were told
SCHEMA = json.loads((PROJECT / "docs/schemas/incident-change-1.json").read_text("utf-8"))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("EVENT_BUS_NAME", BUS)
    with world(monkeypatch) as made:
        yield made


@pytest.fixture
def inbox(here: World) -> EventBusInbox:
    return EventBusInbox()


def by_change(inbox: EventBusInbox) -> list[str]:
    return [detail["change"] for detail in inbox.read()]


def test_every_change_of_an_incident_is_one_event_that_fits_the_schema(
    here: World, inbox: EventBusInbox
) -> None:
    found = FIRST.items[0]
    here.bucket.write_explanation(
        FIRST.scan, found.item_id, SHOP.account_id, found.leading.service, explanation()
    )
    for scan in (FIRST, SECOND):
        here.tell(scan)
        here.publish(scan)
    here.press(here.slack.messages[0], "acknowledge")
    here.tell(QUIET)
    here.publish(QUIET)

    assert by_change(inbox) == ["new", "escalated", "acknowledge", "resolved"]
    for detail in inbox.details:
        Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(detail)
    assert {detail["incident"]["id"] for detail in inbox.details} == {FIRST.items[0].item_id}
    assert [detail["incident"]["version"] for detail in inbox.details] == [1, 2, 3, 4]
    new, escalated, acknowledged, resolved = inbox.details
    assert new["headline"] == ("Amazon EC2 in shop-prod: +$212 a day (+342%) since Thu 12 Mar")
    assert (new["incident"]["excess_usd_per_day"], new["incident"]["owner"]["name"]) == (
        212,
        "shop",
    )
    assert new["explanation"]["category"] == explanation().findings[0].category
    assert escalated["incident"]["excess_usd_per_day"] == 912
    assert (acknowledged["changed_by"], acknowledged["scan_id"]) == ("U0OWNER", None)
    assert acknowledged["incident"]["state"] == "acknowledged"
    assert (resolved["incident"]["state"], resolved["incident"]["ending"]) == (
        "resolved",
        "back-to-expected",
    )


def test_every_word_for_a_change_is_in_the_schema_and_on_its_page() -> None:
    of_no_incident = {NoticeKind.DIGEST, NoticeKind.CHANGED, NoticeKind.COMMITMENT_ENDS}
    told = set(NoticeKind) - of_no_incident
    words = {*map(str, told), *map(str, FeedbackKind), "minor", "drop", "recurring", "updated"}
    page = (PROJECT / "docs/targets.md").read_text("utf-8")
    assert set(SCHEMA["properties"]["change"]["enum"]) == words
    assert [word for word in words if f"`{word}`" not in page] == []


def test_figures_that_move_are_an_event_too_and_a_scan_run_again_is_none(
    here: World, inbox: EventBusInbox
) -> None:
    went_on = scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT)))
    for scan in (FIRST, went_on, went_on):
        here.tell(scan)
        here.publish(scan)
    assert by_change(inbox) == ["new", "updated"]
    assert len(here.slack.messages) == 1, "nobody is told of it"


def test_a_press_is_an_event_at_once(here: World, inbox: EventBusInbox) -> None:
    here.tell(FIRST)
    here.publish(FIRST)
    here.press(here.slack.messages[0], "false_alarm")
    assert by_change(inbox) == ["new", "false-alarm"]


def test_without_a_bus_nothing_is_stored_for_one(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_BUS_NAME", "")
    here.tell(FIRST)
    assert here.notices.waiting("events") == ()


def test_a_bus_that_is_not_there_is_named_and_gets_everything_once_it_is(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tell(FIRST)
    unwell = Unwell(monkeypatch, DROPPED)
    digest = here.publish(FIRST)
    (row,) = digest["coverage"]["targets"]
    assert (row["name"], row["waiting"]) == (f"event bus {BUS}", 1)
    assert "ResourceNotFoundException" in row["reason"]
    assert "create the bus" in row["remedy"]
    assert unwell.outcomes == [DROPPED], "nothing is put on a bus that is not there"

    unwell.outcomes.clear()
    inbox = EventBusInbox()
    here.tell(SECOND)
    assert here.publish(SECOND)["coverage"]["targets"] == []
    assert by_change(inbox) == ["new", "escalated"], "in the order of the changes"
    assert not any(detail["possible_duplicate"] for detail in inbox.details), "no try was made"


def test_the_digest_of_a_quiet_day_says_that_a_bus_is_missing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_CHANNEL", "#costs")
    here.tell(FIRST)
    here.publish(FIRST)
    text = str(here.slack.messages[-1].blocks)
    assert f"event bus {BUS}" in text
    assert "create the bus" in text
    report = here.bucket.read(f"scans/{FIRST.scan.scan_id}/report.html") or b""
    assert f"event bus {BUS}" in report.decode()


def test_what_waited_for_two_weeks_is_no_news_and_waits_no_longer(here: World) -> None:
    here.tell(FIRST)
    here.publish(FIRST)
    late = scan_of(DAY + 15 * NEXT)
    here.tell(late)
    (row,) = here.publish(late)["coverage"]["targets"]
    assert (row["waiting"], row["since"]) == (1, late.scan.scan_date.isoformat()), "its end alone"


DROPPED = "dropped"  # what EventBridge does with an event for a bus that does not exist


class Unwell:
    """A bus whose client fails once with each outcome: an exception, or the code of an entry;
    DROPPED is an answer as if the event had been put."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: Exception | str) -> None:
        self.outcomes = list(outcomes)
        original = boto3.client

        def opened(name: str, **options: Any) -> Any:
            made = original(name, **options)  # type: ignore[call-overload]
            if name != "events":
                return made
            put = made.put_events

            def put_events(**request: Any) -> Any:
                if not self.outcomes:
                    return put(**request)
                outcome = self.outcomes.pop(0)
                if isinstance(outcome, Exception):
                    raise outcome
                if outcome == DROPPED:
                    return {"FailedEntryCount": 0, "Entries": [{"EventId": "dropped"}]}
                refused = {"ErrorCode": outcome, "ErrorMessage": "planned"}
                return {"FailedEntryCount": 1, "Entries": [refused]}

            made.put_events = put_events
            return made

        monkeypatch.setattr(boto3, "client", opened)


PASSING: dict[str, tuple[Exception | str, bool]] = {
    "the request is throttled": (
        ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutEvents"),
        False,
    ),
    "the entry is throttled": ("ThrottlingException", False),
    "the entry fails within": ("InternalFailure", True),
    "there is no connection": (EndpointConnectionError(endpoint_url="https://events"), False),
    "there is no answer": (ReadTimeoutError(endpoint_url="https://events"), True),
}


def delivered(here: World) -> TargetsTold:
    """PublishDigest's part of it."""
    return TargetDelivery(Outbox(here.notices), Targets(read_configuration())).deliver(DAY)


@pytest.mark.parametrize(("outcome", "marked"), PASSING.values(), ids=PASSING)
def test_what_passes_is_put_when_the_step_is_repeated_and_marked_where_it_may_be_the_second(
    here: World,
    inbox: EventBusInbox,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Exception | str,
    marked: bool,
) -> None:
    here.tell(FIRST)
    Unwell(monkeypatch, outcome)
    first = delivered(here)
    assert isinstance(first.failure, Retryable), "the state machine tries again"
    assert [row.waiting for row in first.shortfalls] == [1]
    assert by_change(inbox) == []

    again = delivered(here)
    assert (again.sent, again.failure, again.shortfalls) == (1, None, [])
    assert [detail["possible_duplicate"] for detail in inbox.read()] == [marked]


def test_a_bus_that_never_answers_is_named_and_asked_again_by_the_next_scan(
    here: World, inbox: EventBusInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = ReadTimeoutError(endpoint_url="https://events")
    here.tell(FIRST)
    unwell = Unwell(monkeypatch, silence, silence)
    for _ in range(2):
        with pytest.raises(Retryable):
            here.publish(FIRST)
    (row,) = here.publish(FIRST)["coverage"]["targets"]
    assert (row["waiting"], row["reason"]) == (1, "there was no answer, twice")
    assert unwell.outcomes == []

    here.tell(SECOND)
    assert here.publish(SECOND)["coverage"]["targets"] == []
    assert [(d["change"], d["possible_duplicate"]) for d in inbox.read()] == [
        ("new", True),
        ("escalated", False),
    ]


def test_a_bus_whose_policy_refuses_is_named_and_keeps_nothing_else_back(
    here: World, inbox: EventBusInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item(anomaly(service=f"Service {n}", onset=DAY)) for n in range(5)]
    scan = scan_of(DAY, *items)
    here.tell(scan)
    unwell = Unwell(monkeypatch, *["NotAuthorizedForSourceException"] * 9)
    (row,) = here.publish(scan)["coverage"]["targets"]
    assert (row["waiting"], row["error"]) == (5, "Refused")
    assert "resource policy" in row["remedy"]
    assert len(unwell.outcomes) == 6, "three refusals in a row are enough"
    assert len(here.slack.messages) == 5


def test_a_bus_that_is_down_costs_a_press_nothing_but_time(
    here: World, inbox: EventBusInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tell(FIRST)
    here.publish(FIRST)
    Unwell(monkeypatch, EndpointConnectionError(endpoint_url="https://events"))
    assert here.press(here.slack.messages[0], "acknowledge") == 200
    assert by_change(inbox) == ["new"]

    here.tell(SECOND)
    here.publish(SECOND)
    assert by_change(inbox) == ["new", "acknowledge", "escalated"]


@pytest.mark.slow
def test_killed_anywhere_and_redriven_every_change_arrives_exactly_once_or_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The delivery is killed after every call to AWS in turn."""
    monkeypatch.setenv("EVENT_BUS_NAME", BUS)
    monkeypatch.setattr(notice_table, "in_flight", lambda *_: False)  # leases have run out
    monkeypatch.setattr(targets, "event_bus", cache(event_bus.event_bus))
    monkeypatch.setattr(notify_owner, "client", cache(client))
    arrived: list[list[bool] | None] = []
    while not arrived or arrived[-1] is not None:
        with pytest.MonkeyPatch.context() as patch, world(patch) as here:
            inbox = EventBusInbox()
            here.tell(FIRST)
            here.tell(SECOND)
            with pytest.MonkeyPatch.context() as counted:
                count_aws_calls(here, counted)
                died = here.dies(len(arrived) + 1, partial(delivered, here))
            delivered(here)
            details = inbox.read()
            assert here.notices.waiting("events") == ()
        arrived.append([d["possible_duplicate"] for d in details] if died else None)
        copies = Counter(detail["id"] for detail in details)
        assert len(copies) == 2
        second = [d for at, d in enumerate(details) if d["id"] in {e["id"] for e in details[:at]}]
        assert all(detail["possible_duplicate"] for detail in second)
    assert len(arrived) > 8, "the kills reached every step"
    assert [False, True, False] in arrived, "one of the kills lost the answer of the bus"
