"""NotifyOwner where Slack's answer is lost: found in the history, else told again and marked; never
lost without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from whyspike.errors import InFlight, Uncertain, Unreachable
from whyspike.incidents.notices import NoticeStatus
from whyspike.model import Severity

NEXT = timedelta(days=1)
WORSE = scan_of(
    DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=874, severity=Severity.CRITICAL))
)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as made:
        yield made


@pytest.mark.parametrize("fault", ["slack:timeout_after", "slack:500_after"])
def test_a_message_whose_answer_was_lost_is_found_and_not_repeated(here: World, fault: str) -> None:
    here.faults.set(fault, 1)
    with pytest.raises(Uncertain):
        here.tell(scan_of(DAY, item(anomaly())))
    here.run(
        scan_of(DAY, item(anomaly()))
    )  # Slack names a channel's id only in an answer: the first message is repeated, and marked
    assert [m.text.startswith("May be a repeat") for m in here.slack.messages] == [False, True]
    for later in (
        scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=874))),
        scan_of(
            DAY + NEXT,
            item(anomaly(usage_date=DAY + NEXT, actual=874)),
            item(anomaly(service="AWS Glue", onset=DAY + NEXT)),
        ),
    ):
        here.faults.set(fault, 1)
        with pytest.raises(Uncertain):
            here.tell(later)
        assert here.run(later)["told"] == 1
    assert len(here.slack.messages) == 4, "the channel's history told that both had arrived"
    assert len({m.notice_id for m in here.slack.messages}) == 3


def test_a_first_message_outlasts_an_outage_longer_than_two_tries(here: World) -> None:
    """Nothing was posted to the channel before, so that its history cannot be asked: what Slack
    does not answer at all is not tried until it is given up."""
    scan = scan_of(DAY, item(anomaly()))
    here.faults.set("slack:down", -1)
    with pytest.raises(Uncertain):
        here.tell(scan)
    for _ in range(4):
        with pytest.raises(Unreachable):
            here.run(scan)
    here.faults.set("slack:down", 0)
    assert here.run(scan)["told"] == 1
    (message,) = here.slack.messages
    assert message.text.startswith("May be a repeat")


def test_without_the_history_scope_a_lost_answer_costs_one_marked_repeat_a_scan(
    here: World,
) -> None:
    here.faults.set("slack:missing_scope")
    here.faults.set("slack:timeout_after", 2)
    scan = scan_of(DAY, item(anomaly()))
    with pytest.raises(Uncertain):
        here.tell(scan)
    with pytest.raises(Uncertain):
        here.run(scan)
    for _ in range(3):
        here.run(scan)
    assert [m.text.startswith("May be a repeat") for m in here.slack.messages] == [False, True]
    assert (
        here.notices.read(here.slack.messages[0].notice_id or "").status is NoticeStatus.UNCONFIRMED
    )
    (row,) = here.publish(scan)["coverage"]["owners_not_told"]
    assert row["error"] == "not delivered"
    tomorrow = scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT)))
    assert [here.tell(tomorrow)["told"], here.run(tomorrow)["told"]] == [1, 0]
    assert [m.text.startswith("May be a repeat") for m in here.slack.messages] == [
        False,
        True,
        True,
    ], "the next scan tells it once more"


@pytest.mark.parametrize("runs", [2, 4])
def test_a_message_that_the_history_shows_never_arrived_is_sent_however_often_the_answer_was_lost(
    here: World, runs: int
) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set("slack:500", runs)
    here.bucket.write_account_scan(WORSE)
    for _ in range(runs):
        with pytest.raises(Uncertain):
            here.run(WORSE)
    assert here.run(WORSE)["told"] == 1
    assert len(here.slack.messages) == 2
    assert here.publish(WORSE)["coverage"]["owners_not_told"] == []


def test_an_escalation_that_did_not_arrive_is_named_in_the_digest_though_the_first_message_did(
    here: World,
) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set("slack:500", 1)
    with pytest.raises(Uncertain):
        here.tell(WORSE)
    (row,) = here.publish(WORSE)["coverage"]["owners_not_told"]
    assert (row["account_id"], row["error"]) == (SHOP.account_id, "not delivered")


def test_an_escalation_with_no_place_to_tell_it_is_named_in_the_digest(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    monkeypatch.setenv("SLACK_SECRET_ID", "")
    here.tell(WORSE)
    digest = here.publish(WORSE)
    assert len(digest["coverage"]["owners_not_told"]) == 1
    assert "1 owner not told" in digest["headline"]


def test_a_history_that_does_not_answer_is_no_delivery_without_an_answer(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set("slack:500", 1)
    with pytest.raises(Uncertain):
        here.tell(WORSE)
    history = here.slack._history
    monkeypatch.setattr(here.slack, "_history", lambda _: (503, {}, b""))
    with pytest.raises(Unreachable):
        here.run(WORSE)
    monkeypatch.setattr(here.slack, "_history", history)
    (notice,) = here.notices.pending(SHOP.account_id)
    assert notice.unclear == 1


def test_a_run_that_lost_its_lease_on_the_way_does_not_post(here: World) -> None:
    upload = here.slack._other

    def overtaken(method: str, content: Any) -> Any:
        if method == "files.getUploadURLExternal":
            (notice,) = here.notices.pending(SHOP.account_id)
            assert here.notices.claim(notice, notice.lease_until + 1), (
                "its lease has run out meanwhile"
            )
        return upload(method, content)

    here.slack._other = overtaken  # type: ignore[method-assign]
    with pytest.raises(InFlight):
        here.tell(scan_of(DAY, item(anomaly())))
    assert here.slack.messages == []
