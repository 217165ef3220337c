"""The digest's post: corrected in place when anything in it changed, and neither lost nor
multiplied by an answer that was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.incident_world import World, world
from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import LEASE_SECONDS, NoticeStatus, digest_id, digest_notice
from whyspike.messages.blocks import as_text, section
from whyspike.model import Message, Scan
from whyspike.steps.delivery.digest import DigestDelivery
from whyspike.steps.delivery.outbox import Outbox
from whyspike.wire.secrets import SlackSecret
from whyspike.wire.slack import Slack
from whyspike.words.mrkdwn import link

SCAN = Scan("2026-11-22", date(2026, 11, 22))
BOT, WEBHOOK = (
    SlackSecret(bot_token="xoxb-example"),
    SlackSecret(webhook_url="http://slack.test/slack/services/T0/B0/x"),
)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as made:
        yield made


def message(
    body: str = "1 new.", url: str = "https://example.com/1", first: str = "whyspike: 1 new"
) -> Message:
    return Message(first, (section(f"{body} {link(url, 'Report')}"),))


def publish(
    here: World,
    what: Message,
    secret: SlackSecret = BOT,
    after: timedelta = timedelta(0),
    scan: Scan = SCAN,
) -> bool:
    slack = Slack(secret, "http://slack.test/slack/api/", sleep=lambda _: None)
    outbox = Outbox(here.notices, lambda: datetime.now(UTC) + after)
    return DigestDelivery(outbox, scan, scan.scan_date).publish(slack, "#finops", what)


def is_sending(here: World, scan: Scan = SCAN) -> None:
    """Another run has the digest under its lease."""
    notice = here.notices.add(
        digest_notice(scan.scan_id, scan.scan_date, "#finops", message()), scan.expires_at
    )
    assert here.notices.claim(notice, datetime.now(UTC).timestamp())


def test_what_changed_below_an_unchanged_first_line_is_corrected_in_place(here: World) -> None:
    assert publish(here, message())
    assert not publish(here, message(url="https://example.com/2")), (
        "a link that was signed anew is no news"
    )
    assert publish(here, message("1 new, twice as large."))
    (posted,) = here.slack.messages
    assert "twice as large" in as_text(posted.blocks)
    assert len(posted.updates) == 1


@pytest.mark.parametrize("fault", ["slack:timeout_after", "slack:500_after"])
def test_a_lost_answer_never_multiplies_the_digest(here: World, fault: str) -> None:
    for _ in range(4):
        here.faults.set(fault, 1)
        try:
            publish(here, message())
        except Uncertain:
            continue
    assert len(here.slack.messages) <= 2
    assert [
        as_text(m.blocks).startswith("\U0001f501 May be a repeat") for m in here.slack.messages
    ] == [False, True][: len(here.slack.messages)]


@pytest.mark.parametrize("fault", ["slack:timeout_after", "slack:500_after"])
def test_where_the_channel_is_known_a_lost_digest_is_found_and_corrected(
    here: World, fault: str
) -> None:
    publish(here, message())
    channel = here.slack.messages[0].channel
    here.dynamodb.delete_item(
        TableName="incidents",
        Key={"PK": {"S": f"SCAN#{SCAN.scan_id}"}, "SK": {"S": f"NOTICE#{digest_id(SCAN.scan_id)}"}},
    )
    here.slack.messages.clear()
    here.faults.set(fault, 1)
    with pytest.raises(Uncertain):
        publish(here, message())
    assert publish(here, message("1 new, corrected."))
    (posted,) = here.slack.messages
    assert posted.channel == channel
    assert "corrected" in as_text(posted.blocks)


def test_a_refusal_is_raised_and_the_digest_goes_out_with_the_next_run(here: World) -> None:
    here.faults.set("slack:invalid_auth", 1)
    with pytest.raises(Refused):
        publish(here, message())
    assert publish(here, message())
    assert len(here.slack.messages) == 1


def test_a_digest_that_another_run_is_posting_is_left_to_it(here: World) -> None:
    is_sending(here)
    with pytest.raises(InFlight):
        publish(here, message())
    assert publish(here, message(), after=timedelta(minutes=5)), "its lease ran out"


def test_a_run_that_posts_is_over_before_its_lease_is(here: World) -> None:
    waited: list[float] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        waited.append(seconds)

    here.faults.set("slack:429", 100)
    slack = Slack(
        BOT,
        "http://slack.test/slack/api/",
        patience=10 * LEASE_SECONDS,
        clock=lambda: now,
        sleep=sleep,
    )
    with pytest.raises(Unreachable, match="no time is left"):
        DigestDelivery(Outbox(here.notices), SCAN, SCAN.scan_date).publish(
            slack, "#finops", message()
        )
    assert 0 < sum(waited) < LEASE_SECONDS


def test_the_row_of_a_digest_expires_with_its_scan_whether_it_is_claimed_or_posted(
    here: World,
) -> None:
    scan = replace(SCAN, expires_at=1_900_000_000)

    def expiries() -> list[int]:
        rows = here.table.rows.query(f"SCAN#{SCAN.scan_id}")
        return [int(row["expires_at"]) for row in rows]

    is_sending(here, scan)
    assert expiries() == [1_900_000_000] * 2, "the notice, and its mark as pending"
    assert publish(here, message(), after=timedelta(minutes=5), scan=scan)
    assert expiries() == [1_900_000_000]


def test_a_webhook_gets_another_digest_only_with_another_first_line(here: World) -> None:
    assert publish(here, message(), WEBHOOK)
    assert not publish(here, message("1 new, twice as large."), WEBHOOK)
    assert publish(here, message("2 new.", first="whyspike: 2 new"), WEBHOOK)
    assert len(here.slack.messages) == 2


def test_a_webhook_that_was_throttled_with_other_news_gets_nothing_it_has_already(
    here: World,
) -> None:
    first, other = message(), message("2 new.", first="whyspike: 2 new")
    assert publish(here, first, WEBHOOK)
    assert not publish(here, first, WEBHOOK)
    here.faults.set("slack:429_long", 1)
    with pytest.raises(Throttled):
        publish(here, other, WEBHOOK)
    assert not publish(here, first, WEBHOOK)
    assert publish(here, other, WEBHOOK)
    assert [post.text for post in here.slack.messages] == [first.text, other.text]


def test_a_digest_is_a_notice_that_is_pending_until_it_is_sent(here: World) -> None:
    here.faults.set("slack:invalid_auth", 1)
    with pytest.raises(Refused):
        publish(here, message())
    notice = here.notices.read(digest_id(SCAN.scan_id))
    assert (notice.status, notice.unclear) == (NoticeStatus.PENDING, 0)
    assert publish(here, message("2 new."))
    notice = here.notices.read(digest_id(SCAN.scan_id))
    assert notice.status is NoticeStatus.SENT
    assert "2 new." in as_text(list(notice.message.blocks)), "as the run that sent it says it"


def test_a_digest_that_was_set_aside_is_not_sent_by_its_own_scan_again(here: World) -> None:
    for _ in range(2):
        here.faults.set("slack:timeout_after", 1)
        with pytest.raises(Uncertain):
            publish(here, message())
    assert not publish(here, message())
    assert here.notices.read(digest_id(SCAN.scan_id)).status is NoticeStatus.UNCONFIRMED
    assert not publish(here, message("2 new.", first="whyspike: 2 new"))
    assert len(here.slack.messages) == 2
