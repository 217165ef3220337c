"""The digest: nothing that failed is missing from it, a quiet day is one line, and its message fits
Slack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.digests import (
    DAY,
    NOT_SCANNED,
    NOT_TOLD,
    SCANNED,
    account,
    digest_of,
    digest_with,
    failed,
    incident,
    said,
    spike,
    unexplained,
)
from whyspike.digest.digest import figures
from whyspike.digest.figures import practice_figures
from whyspike.digest.message import digest_message, is_quiet
from whyspike.incidents.incident import Ending, Member, NoticeKind, as_told, what_happened
from whyspike.messages.blocks import as_text
from whyspike.messages.numbers import spend
from whyspike.model import (
    BillDays,
    BillingReason,
    CostMetric,
    IncidentState,
    Kind,
    Owner,
    RecordClass,
)
from whyspike.model.digests import Cap, Digest, Group
from whyspike.payload import dumps, from_json
from whyspike.simulator.slack.limits import message_problem


def test_a_quiet_day_is_one_line_and_says_what_it_cost() -> None:
    digest = digest_of([account(1)], {"000000000001": SCANNED}, ce_requests=2)
    assert digest.headline == "1 of 1 accounts scanned; nothing unexpected."
    message = digest_message(digest, "")
    assert is_quiet(digest)
    assert len(message.blocks) == 2
    assert "2 Cost Explorer requests ($0.02)" in json.dumps(message.blocks)


def test_what_nobody_was_told_is_not_counted_as_new() -> None:
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (incident(1), "minor"))
    assert (digest.counts[Group.FOUND], digest.counts[Group.MINOR], digest.daily_excess_usd) == (
        0,
        1,
        0,
    )
    assert digest.headline == "1 of 1 accounts scanned; 1 minor."


def test_an_expected_charge_is_a_line_with_its_reason() -> None:
    before = spike(1, 2_600)
    known = replace(before.leading, billing_reason=BillingReason.RECURRING_CHARGE, alert=False)
    charge = replace(before, members=(replace(before.members[0], anomaly=known),))
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (charge, "recurring"))
    assert digest.headline == "1 of 1 accounts scanned; 1 expected charge."
    (line,) = digest.lines[Group.RECURRING]
    assert line.amount == "$2,600 in all"
    assert not is_quiet(digest)
    assert line.reason in said(digest)


def test_earlier_months_that_are_unknown_are_named_also_on_a_quiet_day() -> None:
    known = replace(SCANNED, bill=BillDays(DAY, months_unknown="no months since Mar 2025: no"))
    digest = digest_of([account(1)], {"000000000001": known})
    assert is_quiet(digest)
    assert "no months since Mar 2025: no" in said(digest)


def test_slow_growth_is_a_section_with_dollars_a_month_and_its_reason() -> None:
    before = incident(1, 60)
    grown = replace(before.leading, growth_weeks=8, kind=Kind.RAMP, alert=False)
    growth = replace(before, members=(replace(before.members[0], anomaly=grown),))
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (growth, "growing"))
    assert digest.headline == "1 of 1 accounts scanned; 1 slow growth."
    text = said(digest)
    assert "Slow growth" in text
    assert "+$1,800 a month by now since Sun 22 Nov. it cost more" in text
    assert digest.daily_excess_usd == 0


def test_a_purchase_is_told_as_paid_and_as_no_rate_a_day() -> None:
    before = spike(1, 18_000)
    fee = replace(before.leading, record_class=RecordClass.COMMITMENT)
    bought = replace(before, members=(replace(before.members[0], anomaly=fee),))
    digest = digest_with((bought, "new"))
    (line,) = digest.lines[Group.FOUND]
    assert line.amount == "$18,000 paid for a commitment"
    assert (line.per_day_usd, digest.daily_excess_usd) == (0.0, 0.0)
    amounts, _, *_ = spend(bought)
    assert amounts.startswith("*$18,000 paid for a commitment* on ")


def test_another_cost_than_the_unblended_one_is_told() -> None:
    net = replace(SCANNED, bill=BillDays(DAY, metric=CostMetric.NET_UNBLENDED))
    plain = replace(SCANNED, bill=BillDays(DAY, metric=CostMetric.UNBLENDED))
    accounts = [account(1), account(2), account(3)]
    ids = [each.account_id for each in accounts]
    assert "Costs are" not in said(digest_of(accounts, dict.fromkeys(ids, plain)))
    mixed = digest_of(accounts, {ids[0]: net, ids[1]: plain, ids[2]: plain})
    assert "Costs are unblended in 2 accounts, net unblended (after discounts) in 1" in said(mixed)
    everywhere = digest_of(accounts, dict.fromkeys(ids, net))
    assert "Costs are net unblended (after discounts)" in said(everywhere)


def test_what_happened_decides_where_an_incident_stands_and_the_largest_comes_first() -> None:
    found = (
        (incident(1, 50), "new"),
        (incident(2, 400), "new"),
        (incident(3, 10), "ongoing"),
        (incident(4, 80), "resolved"),
        (incident(5, -90), "drop"),
    )
    accounts = [account(n) for n in range(1, 6)]
    digest = digest_of(accounts, {a.account_id: SCANNED for a in accounts}, *found)
    assert [line.account_id[-1] for line in digest.lines[Group.FOUND]] == ["2", "1"]
    assert {group: count for group, count in digest.counts.items() if count} == {
        Group.FOUND: 2,
        Group.ONGOING: 1,
        Group.RESOLVED: 1,
        Group.DROPS: 1,
    }
    assert digest.daily_excess_usd == 460.0
    assert digest.largest is not None
    assert digest.largest.account_id == "000000000002"


def test_what_a_cap_cut_off_is_said() -> None:
    digest = digest_of(
        [account(1)],
        {"000000000001": SCANNED},
        ce_requests=9,
        ce_requests_capped=True,
        claude_micro_usd=31_000,
        claude_requests=2,
    )
    assert digest.scan_cost.capped == (Cap.COST_EXPLORER,)
    assert digest.scan_cost.total_usd == 0.121
    assert "Cut off by its cap" in json.dumps(digest_message(digest, "").blocks)
    assert figures(digest)["CostExplorerCapReached"] == 1


def test_what_is_over_adds_nothing_to_the_daily_excess_and_is_neither_ongoing_nor_the_largest() -> (
    None
):
    digest = digest_with(
        (spike(1, 541, first_scan_date=DAY - timedelta(days=1)), "ongoing"),
        (incident(2, 60), "ongoing"),
    )
    assert digest.largest is not None
    assert (digest.daily_excess_usd, digest.largest.account_id) == (60.0, "000000000002")
    assert (digest.counts[Group.ONGOING], digest.counts[Group.OVER]) == (1, 1)
    assert "over, $541 in all on" in said(digest_with((spike(), "new")))
    assert "$541 a day" not in said(digest_with((spike(), "new")))


def test_a_digest_comes_back_as_it_was_stored() -> None:
    lost = unexplained(2, "account-2", "it ran out of time")
    digest = digest_of(
        [account(1), account(2), account(3)],
        {"000000000001": SCANNED, "000000000003": failed(NOT_SCANNED)},
        (incident(1), "new"),
        (spike(1), "ongoing"),
        not_explained=(lost,),
        left_aside=("settings/owners.json: unknown field",),
        ce_requests=9,
        ce_requests_capped=True,
    )
    assert from_json(Digest, json.loads(dumps(digest))) == digest


NOT_GOING = {
    "not seen by this scan": {"last_seen": DAY - timedelta(days=1)},
    "a false alarm since": {
        "state": IncidentState.RESOLVED,
        "ended_on": DAY,
        "ending": Ending.FALSE_ALARM,
    },
}


@pytest.mark.parametrize("changes", NOT_GOING.values(), ids=NOT_GOING)
def test_only_what_is_open_and_seen_on_the_scan_date_counts_as_excess(
    changes: dict[str, Any],
) -> None:
    digest = digest_with((incident(1, **changes), "new"))
    assert (digest.daily_excess_usd, digest.largest) == (0.0, None)


def test_what_an_earlier_scan_closed_is_not_listed_though_its_days_are_still_in_view() -> None:
    closed = incident(
        1,
        state=IncidentState.RESOLVED,
        ended_on=DAY - timedelta(days=1),
        ending=Ending.FALSE_ALARM,
        first_scan_date=DAY - timedelta(days=1),
    )
    word = what_happened(closed, DAY)
    assert word == "closed"
    assert is_quiet(digest_with((closed, word)))


def test_an_amount_that_aws_took_back_is_no_spend() -> None:
    gone = incident(1, 482, state=IncidentState.RESTATED, ended_on=DAY, ending=Ending.RESTATED)
    digest = digest_with((gone, "restated"))
    assert "was $482, now nothing" in said(digest)
    assert "$482 in all" not in said(digest)
    assert digest.lines[Group.RESTATED][0].impact_usd == 0.0
    told = [replace(i, told=as_told(i, NoticeKind.NEW, DAY)) for i in (gone, incident(2, 100))]
    found = practice_figures(told, DAY)
    assert (found.count, found.spend_per_anomaly_usd, found.time_to_resolve_days) == (
        2,
        100.0,
        None,
    )


def test_several_services_are_named_and_counted_as_their_owner_reads_them() -> None:
    one = incident(1, 339)
    other = replace(
        one.members[0].anomaly,
        service="AmazonCloudWatch",
        actual_spend=Decimal(202),
        expected_spend=Decimal(0),
    )
    both = replace(one, members=(one.members[0], Member(other, DAY)))
    assert "EC2 - Other and 1 more service in account-1: +$541 a day" in said(
        digest_with((both, "new"))
    )
    alone = replace(one, members=(Member(other, DAY),))
    assert "Amazon CloudWatch in account-1" in said(digest_with((alone, "new")))


def test_the_dollars_a_day_come_first_and_one_of_anything_is_singular() -> None:
    told = replace(incident(3), told=as_told(incident(3), NoticeKind.NEW, DAY))
    text = said(
        digest_with(
            (incident(1, 50), "new"), (incident(2, -90), "drop"), recent=(told,), ce_requests=1
        )
    )
    assert text.startswith("Sun 22 Nov 2026: $50.00 a day more than expected, in 1 of 2 accounts")
    assert "EC2 - Other in account-1: +$50.00 a day" in text
    assert "1 drop." in text
    assert "Last 30 days: 1 incident," in text
    assert "1 Cost Explorer request (" in text


def test_the_longest_digest_fits_slack_and_says_what_it_left_out() -> None:
    """What a bad day looks like: a long digest that Slack refuses is no digest at all."""
    names = [f"a-rather-long-account-name-of-some-team-{n:03d}" for n in range(1, 200)]
    words = (
        ["new"] * 14
        + ["escalated"] * 14
        + ["resolved"] * 14
        + ["drop"] * 14
        + ["ongoing"] * 20
        + ["minor"] * 14
    )
    found = [
        (incident(n + 1, 400 - n, account_name=names[n]), word) for n, word in enumerate(words)
    ]
    accounts = [account(n + 1, name) for n, name in enumerate(names[:110])]
    refused = failed(NOT_SCANNED, reason="x" * 300)
    outcomes = {a.account_id: SCANNED for a in accounts} | {
        a.account_id: refused for a in accounts[76:90]
    }
    outcomes |= {a.account_id: replace(refused, status=NOT_TOLD) for a in accounts[90:104]}
    lost = tuple(unexplained(n, names[n], "x" * 300) for n in range(14))
    digest = digest_of(
        accounts,
        outcomes,
        *found,
        not_explained=lost,
        left_aside=("settings/planned.yaml: " + "x" * 2_000,),
    )
    message = digest_message(digest, "https://example.com/report?" + "x" * 1_800)
    assert (
        message_problem({"text": message.text, "blocks": list(message.blocks)}, frozenset()) is None
    )
    text = as_text(message.blocks)
    titles = ("New", "Escalated", "Ended", "Dropped", "Still going", "Too small")
    for title in (*titles, "Not scanned", "Not explained", "Owner not told", "Settings that"):
        assert f"{title}" in text
    assert text.count("more in the report") >= 4


HOSTILE = st.text(max_size=200) | st.sampled_from(
    ["<!channel>", "<@U123>", "<https://evil.example|ok>", "*x*", "a\u202eb", "`rm`" * 40]
)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(HOSTILE, min_size=1, max_size=60),
    reason=HOSTILE,
    counts=st.lists(st.integers(0, 30), min_size=10, max_size=10),
)
def test_any_digest_fits_slack_and_mentions_nobody(
    names: list[str], reason: str, counts: list[int]
) -> None:
    words = ("new", "escalated", "planned", "ongoing", "resolved", "restated", "drop", "minor")
    found = [
        (
            incident(
                1, 10 + n, account_name=names[n % len(names)], owner=Owner(reason or "x", "default")
            ),
            word,
        )
        for word, count in zip(words, counts, strict=False)
        for n in range(count)
    ]
    accounts = [
        account(n + 1, names[n % len(names)] or "x") for n in range(counts[-1] + counts[-2] + 1)
    ]
    outcomes = {
        a.account_id: failed(NOT_TOLD if n < counts[-1] else NOT_SCANNED, "X", reason)
        for n, a in enumerate(accounts)
    }
    lost = tuple(unexplained(n, name, reason) for n, name in enumerate(names))
    digest = digest_of(accounts, outcomes, *found, not_explained=lost, left_aside=(reason,))
    message = digest_message(digest, "https://example.com/report?" + "x" * 1_800)
    assert (
        message_problem({"text": message.text, "blocks": list(message.blocks)}, frozenset()) is None
    )
    texts = [block["text"] for block in message.blocks if "text" in block] + [
        e for b in message.blocks for e in b.get("elements", [])
    ]
    for text in texts:
        assert text["type"] == "plain_text" or text["verbatim"], "an address in a name is no link"
        assert text["text"].count("<") == text["text"].count("<https://example.com/report?")
