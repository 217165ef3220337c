"""One machine delivers all notices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from tests.support.incidents import DAY
from whyspike.incidents.notices import Notice, NoticeStatus, digest_notice
from whyspike.model import Message
from whyspike.steps.delivery.outbox import Landing, Outbox
from whyspike.wire.table.notices import NoticeTable


class Together:
    """Puts all notices into one message, which is found again by the id of the first."""

    def __init__(self) -> None:
        self.settled: list[str] = []

    def find(self, notice: Notice, /) -> tuple[Landing | None, bool]:
        return Landing(notice, "#shop", "1.0"), True

    def send(self, notices: Sequence[Notice]) -> tuple[Landing, ...]:
        return tuple(Landing(notice, "#shop", "1.0") for notice in notices)

    def settle(self, landing: Landing, _mark: Callable[[], Notice], /) -> None:
        self.settled.append(landing.notice.notice_id)


def notices(**fields: Any) -> list[Notice]:
    made = digest_notice("2026-10-15", DAY, "#costs", Message("text", ()))
    claimed = replace(made, status=NoticeStatus.SENDING, **fields)
    return [replace(claimed, notice_id=name) for name in ("first", "second", "third")]


def test_the_notice_that_a_message_is_found_by_is_marked_as_sent_last() -> None:
    for unclear in (0, 1):
        outlet = Together()
        outbox = Outbox(cast(NoticeTable, None))
        assert outbox.deliver(notices(unclear=unclear), outlet, DAY) == 3
        assert outlet.settled == ["third", "second", "first"]
