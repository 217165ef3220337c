"""When a notice is somebody's, when it is due, and what is known of an attempt without answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from whyspike.incidents.notices import (
    MAX_UNCLEAR,
    Notice,
    NoticeStatus,
    digest_notice,
    in_flight,
    is_due,
    unclear_when_claimed,
)
from whyspike.model import Message

DAY = date(2026, 10, 15)
NOW = 1_760_000_000.0


def notice(status: NoticeStatus = NoticeStatus.PENDING, **fields: object) -> Notice:
    made = digest_notice("2026-10-15", DAY, "#costs", Message("a digest", ()))
    return replace(made, status=status, **fields)  # type: ignore[arg-type]


def test_a_lease_that_runs_is_somebodys_and_one_that_ran_out_is_nobodys() -> None:
    assert in_flight(notice(NoticeStatus.SENDING, lease_until=NOW + 1), NOW)
    assert not in_flight(notice(NoticeStatus.SENDING, lease_until=NOW - 1), NOW)
    assert not in_flight(notice(NoticeStatus.PENDING, lease_until=NOW + 1), NOW)


def test_a_sender_that_died_may_have_delivered() -> None:
    assert unclear_when_claimed(notice(NoticeStatus.SENDING, unclear=0)) == 1
    assert unclear_when_claimed(notice(NoticeStatus.PENDING, unclear=0)) == 0
    assert unclear_when_claimed(notice(NoticeStatus.UNCONFIRMED, unclear=2)) == MAX_UNCLEAR - 1


def test_what_was_set_aside_is_for_a_scan_of_a_later_date() -> None:
    aside = notice(NoticeStatus.UNCONFIRMED, set_aside_on=DAY)
    assert not is_due(aside, DAY)
    assert not is_due(aside, DAY - timedelta(days=1))
    assert is_due(aside, DAY + timedelta(days=1))


def test_what_is_pending_or_was_being_sent_is_due_and_what_was_sent_is_not() -> None:
    due = [status for status in NoticeStatus if is_due(notice(status), DAY)]
    assert due == [NoticeStatus.PENDING, NoticeStatus.SENDING]
