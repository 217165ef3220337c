"""The notifier is killed after every one of its outgoing calls in turn, once the call took effect,
and redriven.

Killed before a call is killed after the one before it: the outside is the same.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache, partial

import pytest

from tests.support.incident_world import count_aws_calls, world
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from whyspike.steps import notify_owner
from whyspike.steps.delivery import slack_outlet
from whyspike.wire.clients import client
from whyspike.wire.table import notices as notice_table

NEXT = timedelta(days=1)
S3 = "Amazon Simple Storage Service"
OVER = {
    (S3, DAY - NEXT): 274.0
}  # a day that was unusual and told as over: it ends in silence with the second scan
ENDING = scan_of(
    DAY - NEXT, item(anomaly(service=S3, onset=DAY - NEXT, usage_date=DAY - NEXT, ongoing=False))
)
FIRST = scan_of(DAY, item(anomaly()), costs=OVER)
SECOND = scan_of(
    DAY + NEXT,
    item(anomaly(usage_date=DAY + NEXT, actual=974)),  # escalated
    item(
        anomaly(service="AWS Glue", onset=DAY + NEXT)
    ),  # new, the first message of its scan to this owner
    item(anomaly(service="Amazon Bedrock", onset=DAY)),  # new, in the thread of the other
    costs=OVER,
)


def after_kills(monkeypatch: pytest.MonkeyPatch, *, history: bool) -> list[list[tuple[str, bool]]]:
    """For every call that the second scan makes: (notice, marked as a repeat) of each message of it
    that Slack got in the end."""
    monkeypatch.setattr(
        notice_table, "in_flight", lambda *_: False
    )  # the lease of a dead run has always run out
    monkeypatch.setattr(
        slack_outlet, "png", lambda *_: b"\x89PNG"
    )  # drawing takes most of the time, and reaches nobody
    clients = cache(client)
    outcomes: list[list[tuple[str, bool]]] = []
    for n in range(1, 200):
        with pytest.MonkeyPatch.context() as patch, world(patch) as here:
            patch.setattr(notify_owner, "client", clients)
            if not history:
                here.faults.set("slack:missing_scope")
            here.tell(ENDING)
            here.tell(FIRST)
            here.bucket.write_account_scan(SECOND)
            if history:  # else Slack's calls alone count, which are those that differ
                count_aws_calls(here, patch)
            if not here.dies(n, partial(here.run, SECOND)):
                return outcomes
            here.run(SECOND)
            here.run(SECOND)
            outcomes.append(
                [
                    (m.notice_id or "", m.text.startswith("May be a repeat"))
                    for m in here.slack.messages[2:]
                ]
            )
            words = sorted(here.table.words(SECOND.scan.scan_id).values())
            assert words == ["escalated", "new", "new", "resolved"], f"killed at call {n}"
            assert here.notices.pending(SHOP.account_id) == ()
            assert [
                i.notices
                for i in sorted(
                    here.table.incidents_of(SHOP.account_id), key=lambda i: i.first_scan_date
                )
            ] == [1, 2, 1, 1]
    raise AssertionError("the notifier makes more calls than any run should")


@pytest.mark.slow
def test_killed_anywhere_and_redriven_every_alert_arrives_exactly_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes = after_kills(monkeypatch, history=True)
    assert len(outcomes) > 40, "the kills reached every step"
    for number, messages in enumerate(outcomes, 1):
        assert sorted(Counter(notice for notice, _ in messages).values()) == [
            1,
            1,
            1,
        ], f"killed at call {number}"


@pytest.mark.slow
def test_where_slack_cannot_be_asked_an_unanswered_alert_comes_once_more_and_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes = after_kills(monkeypatch, history=False)
    for number, messages in enumerate(outcomes, 1):
        copies = Counter(notice for notice, _ in messages)
        repeated = [notice for notice, count in copies.items() if count > 1]
        assert len(copies) == 3, f"killed at call {number}"
        assert sum(copies.values()) - 3 == len(repeated) <= 1
        assert all(marked for notice, marked in messages[::-1][:1] if notice in repeated)
    assert any(len(messages) == 4 for messages in outcomes), "one of the kills lost Slack's answer"
