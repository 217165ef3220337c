"""NotifyOwner over real handlers, moto and the simulated Slack: told once, in the right place,
whatever happens on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, EC2, SHOP, anomaly, item, owned_by, scan_of
from whyspike.errors import InFlight, Refused, Throttled, Uncertain
from whyspike.messages.blocks import as_text
from whyspike.model import IncidentState, Owner, Severity

NEXT = timedelta(days=1)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as made:
        yield made


def test_a_new_incident_is_told_once_however_often_the_scan_is_run(here: World) -> None:
    scan = scan_of(DAY, item(anomaly()))
    assert here.tell(scan) == {"account_id": SHOP.account_id, "told": 1, "silent": 0, "resolved": 0}
    assert here.run(scan)["told"] == 0
    (message,) = here.slack.messages
    assert message.channel == "#shop"
    assert "+$212 a day (+342%)" in message.text
    assert [word for _, word in here.table.list_scan_incidents(DAY.isoformat())] == ["new"]


def test_an_incident_that_goes_on_is_silent_and_its_end_is_told_in_its_thread(here: World) -> None:
    for n in range(3):
        here.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT))))
    for n in range(3, 5):
        here.tell(scan_of(DAY + n * NEXT, costs={(EC2, DAY + k * NEXT): 274.0 for k in range(3)}))
    first, last = here.slack.messages
    assert last.thread_ts == first.ts
    assert not last.broadcast
    assert as_text(last.blocks).startswith(
        "\u2705 Resolved: Amazon EC2 in shop-prod. Back within the expected spend since Sun 15 Mar."
    )
    assert [block["type"] for block in first.blocks][-1] == "context", "the buttons are gone"
    assert "Resolved" in as_text(first.blocks)


def test_an_escalation_is_told_in_the_thread_and_shown_in_the_channel(here: World) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    worse = anomaly(usage_date=DAY + NEXT, actual=874, severity=Severity.CRITICAL)
    here.tell(scan_of(DAY + NEXT, item(worse)))
    first, last = here.slack.messages
    assert (last.thread_ts, last.broadcast) == (first.ts, True)
    assert last.text.startswith("Escalated: ")


def test_several_accounts_of_one_owner_get_one_message_with_the_others_in_its_thread(
    here: World,
) -> None:
    other = owned_by(Owner("shop", "account-tag", "#shop"))
    here.tell(scan_of(DAY, item(anomaly(severity=Severity.MEDIUM))))
    here.tell(
        scan_of(DAY, item(anomaly(other.account_id, severity=Severity.MEDIUM)), account=other)
    )
    first, second = here.slack.messages
    assert (first.thread_ts, second.thread_ts) == (None, first.ts)
    assert "Also found, in this thread" in as_text(first.blocks)
    assert "shop-dev" in as_text(first.blocks)
    here.tell(
        scan_of(
            DAY + NEXT,
            item(anomaly(other.account_id, usage_date=DAY + NEXT, actual=999)),
            account=other,
        )
    )
    assert here.slack.messages[-1].thread_ts == first.ts, "its later life stays in that thread"


def test_owners_of_their_own_get_messages_of_their_own(here: World) -> None:
    other = owned_by(Owner("data", "account-tag", "#data"))
    here.tell(scan_of(DAY, item(anomaly())))
    here.tell(scan_of(DAY, item(anomaly(other.account_id)), account=other))
    assert [(m.channel, m.thread_ts) for m in here.slack.messages] == [
        ("#shop", None),
        ("#data", None),
    ]


def test_accounts_without_an_owner_each_get_a_message_that_shows_in_the_channel(
    here: World,
) -> None:
    nobody = Owner("unowned", "default", "#finops")
    for account_id, name in (("444455556666", "lab"), ("777788889999", "sandbox")):
        scan = scan_of(
            DAY,
            item(anomaly(account_id, severity=Severity.MEDIUM)),
            item(anomaly(account_id, service="AWS Glue", severity=Severity.MEDIUM)),
            account=owned_by(nobody, account_id, name),
        )
        here.tell(scan)
    first, second, third, fourth = here.slack.messages
    assert [first.thread_ts, third.thread_ts] == [
        None,
        None,
    ], "accounts that share no owner share no thread"
    assert [second.thread_ts, fourth.thread_ts] == [first.ts, third.ts]


def test_drops_and_small_news_are_stored_and_told_to_nobody(here: World) -> None:
    answer = here.tell(scan_of(DAY, item(anomaly(actual=2, alert=False))))
    assert (answer["told"], answer["silent"]) == (0, 1)
    assert here.slack.messages == []
    ((incident, word),) = here.table.list_scan_incidents(DAY.isoformat())
    assert (incident.alert, word) == (False, "drop")
    here.tell(
        scan_of(
            DAY,
            item(anomaly(actual=2, alert=False)),
            item(anomaly(service="AWS Glue", actual=64, alert=False)),
        )
    )
    assert sorted(here.table.words(DAY.isoformat()).values()) == ["drop", "minor"]


def test_the_chart_is_in_the_message_and_its_failure_costs_only_the_chart(here: World) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set("slack:upload", 1)
    here.tell(scan_of(DAY, item(anomaly()), item(anomaly(service="AWS Glue"))))
    with_chart, without = here.slack.messages
    assert [b["type"] for b in with_chart.blocks].count("image") == 1
    assert [b["type"] for b in without.blocks].count("image") == 0
    assert "█" in as_text(without.blocks)
    assert here.slack.files["F0000000001"].startswith(b"\x89PNG")


def test_a_webhook_gets_every_message_in_the_channel_with_a_sparkline(here: World) -> None:
    here.secret({"webhook_url": "http://slack.test/slack/services/T0/B0/x"})
    here.tell(scan_of(DAY, item(anomaly())))
    for n in (1, 2):
        here.tell(scan_of(DAY + n * NEXT, costs={(EC2, DAY): 274.0}))
    first, last = here.slack.messages
    assert first.channel == last.channel == "webhook"
    assert "█" in as_text(first.blocks)
    assert not any(block["type"] == "actions" for block in first.blocks), (
        "nobody could check who pressed a button"
    )
    assert "Resolved: Amazon EC2 in shop-prod" in as_text(last.blocks)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("slack:429", Throttled),
        ("slack:500", Uncertain),
        ("slack:timeout", Uncertain),
    ],
)
def test_what_slack_refuses_now_is_told_by_the_redrive(
    here: World, fault: str, error: type[Exception]
) -> None:
    here.faults.set(fault, 30)
    with pytest.raises(error):
        here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set(fault, 0)
    assert here.run(scan_of(DAY, item(anomaly())))["told"] == 1
    assert len(here.slack.messages) == 1


def test_a_short_throttle_is_waited_for(here: World) -> None:
    here.faults.set("slack:429", 3)
    assert here.tell(scan_of(DAY, item(anomaly())))["told"] == 1


def test_a_message_that_another_run_is_sending_is_left_to_it(here: World) -> None:
    here.faults.set("slack:429", 30)
    scan = scan_of(DAY, item(anomaly()))
    with pytest.raises(Throttled):
        here.tell(scan)
    (notice,) = here.notices.pending(SHOP.account_id)
    assert here.notices.claim(notice, time.time())
    with pytest.raises(InFlight):
        here.run(scan)
    assert here.slack.messages == []


def test_a_channel_that_is_gone_falls_back_to_the_default_channel_and_says_so(here: World) -> None:
    here.faults.set("slack:channel_not_found:#shop")
    here.tell(scan_of(DAY, item(anomaly())))
    (message,) = here.slack.messages
    assert message.channel == "#finops"
    assert "Meant for #shop, where Slack refuses it (channel_not_found)" in as_text(message.blocks)
    here.press(message, "acknowledge")
    assert "Acknowledged by" in as_text(message.blocks)
    assert "Meant for #shop" in as_text(message.blocks), (
        "it stays when the message is brought up to date"
    )
    here.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=874))))
    assert (here.slack.messages[1].channel, here.slack.messages[1].thread_ts) == (
        "#finops",
        message.ts,
    ), "its later life stays there"


def test_a_bad_token_is_an_error_and_the_message_waits(here: World) -> None:
    here.faults.set("slack:invalid_auth", 10)
    with pytest.raises(Refused, match="invalid_auth"):
        here.tell(scan_of(DAY, item(anomaly())))
    here.faults.set("slack:invalid_auth", 0)
    assert here.run(scan_of(DAY, item(anomaly())))["told"] == 1


def test_a_restated_bill_is_told_in_the_thread(here: World) -> None:
    here.tell(scan_of(DAY, item(anomaly())))
    here.tell(scan_of(DAY + NEXT, costs={(EC2, DAY): 63.0}))
    assert "Restated" in as_text(here.slack.messages[1].blocks)
    assert here.slack.messages[1].thread_ts == here.slack.messages[0].ts
    assert [i.state for i in here.table.incidents_of(SHOP.account_id)] == [IncidentState.RESTATED]


def test_planned_activity_is_told_quietly_and_loudly_beyond_its_plan(here: World) -> None:
    window = f"from: {DAY}, until: {DAY + 5 * NEXT}"
    plan = (
        f"planned:\n- {{account: '{SHOP.account_id}', service: {EC2}, {window}, expected_usd: 500,"
        " who: jane, what: load test}"
    )
    here.bucket.write("settings/planned.yaml", plan, "application/yaml")
    for n in range(4):
        here.tell(scan_of(DAY + n * NEXT, item(anomaly(usage_date=DAY + n * NEXT))))
    quiet, loud = here.slack.messages
    assert quiet.text.startswith("Planned: ")
    assert not any(block["type"] == "actions" for block in quiet.blocks)
    assert (loud.thread_ts, loud.broadcast) == (quiet.ts, True)
    assert "announced as load test (jane), up to $500" in as_text(loud.blocks)
