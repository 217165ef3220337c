"""The digest: nothing that failed is missing from it, a quiet day is one line, and its message fits Slack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.slack_limits import message_problem
from whyspike.digest import figures, make_digest
from whyspike.digest_figures import practice_figures
from whyspike.digest_message import digest_message, is_quiet
from whyspike.incidents import Ending, Feedback, Incident, Member, NoticeKind, as_told, what_happened
from whyspike.model import Account, Anomaly, FeedbackKind, IncidentState, Kind, Owner, Scan, Severity
from whyspike.notification_blocks import as_text
from whyspike.owners import OwnerSettings

DAY = date(2026, 11, 22)
SCAN = Scan("2026-11-22", DAY)
SCANNED = {"status": "scanned"}


def account(number: int, name: str = "") -> Account:
    return Account(f"{number:012d}", name or f"account-{number}")


def incident(number: int = 1, per_day: int = 100, **changes: Any) -> Incident:
    anomaly = Anomaly(
        f"{number:012d}", "EC2 - Other", Kind.LEVEL_SHIFT, DAY, DAY, Decimal(40 + per_day), Decimal(40), Decimal(30), Decimal(50),
        Decimal(per_day), 2.5, Decimal(per_day * 30), 3.0, Severity.HIGH, "it cost more",
    )  # fmt: skip
    base = Incident(
        f"{number:012d}-2026-11-22-aaaaaaaa", f"{number:012d}", f"account-{number}", DAY, IncidentState.OPEN, (Member(anomaly, DAY),),
        DAY, DAY, DAY, "2026-11-22", f"{number:012d}-2026-11-22-aaaaaaaa", True, Owner("core-api", "account-tag", "#core-api"),
    )  # fmt: skip
    return replace(base, **changes)


def digest_of(
    accounts: list[Account],
    outcomes: dict[str, Any],
    *found: tuple[Incident, str],
    recent: tuple[Incident, ...] = (),
    owners: OwnerSettings | None = None,
    **usage: Any,
) -> Any:
    return make_digest(SCAN, accounts, {"left_out": []}, outcomes, found, recent, usage, owners=owners)


def digest_with(*found: tuple[Incident, str], **more: Any) -> Any:
    """The digest of a scan in which every account was scanned."""
    accounts = [account(int(i.account_id)) for i, _ in found]
    return digest_of(accounts, {a.account_id: SCANNED for a in accounts}, *found, **more)


def said(digest: Any) -> str:
    return as_text(digest_message(digest, "").blocks)


def spike(number: int = 1, total: int = 541, **changes: Any) -> Incident:
    """It was over by the scan date."""
    before = incident(number, total)
    member = before.members[0]
    return replace(before, members=(replace(member, anomaly=replace(member.anomaly, kind=Kind.SPIKE, ongoing=False)),), **changes)


def test_a_quiet_day_is_one_line_and_says_what_it_cost() -> None:
    digest = digest_of([account(1)], {"000000000001": SCANNED}, ce_requests=2)
    assert digest["headline"] == "1 of 1 accounts scanned; nothing unexpected."
    message = digest_message(digest, "")
    assert is_quiet(digest)
    assert len(message.blocks) == 2
    assert "2 Cost Explorer requests ($0.02)" in json.dumps(message.blocks)


def test_an_account_that_failed_is_named_with_reason_and_remedy() -> None:
    cause = json.dumps(
        {"errorType": "MemberRoleDenied", "errorMessage": "arn:x cannot be assumed. Remedy: deploy it", "stackTrace": ["secret"]}
    )
    outcomes = {"000000000001": {"status": "not-scanned", "error": "MemberRoleDenied", "cause": cause}, "000000000002": SCANNED}
    digest = digest_of([account(1), account(2)], outcomes)
    assert digest["coverage"]["not_scanned"] == [
        {
            "account_id": "000000000001",
            "name": "account-1",
            "error": "MemberRoleDenied",
            "reason": "arn:x cannot be assumed",
            "remedy": "deploy it",
        }
    ]
    said = json.dumps(digest_message(digest, "").blocks)
    assert "account-1" in said
    assert "secret" not in said


BILL_ONLY = {
    "role denied": ("MemberRoleDenied", "arn:x cannot be assumed. Remedy: deploy it", "; who did it cannot be told"),
    "Cost Explorer denied": ("CostExplorerDenied", "Cost Explorer: AccessDeniedException", ""),
}


@pytest.mark.parametrize(("error", "cause", "who"), BILL_ONLY.values(), ids=BILL_ONLY)
@pytest.mark.parametrize("status", ["bill-only", "owner-not-told"])
def test_an_account_of_which_only_the_bill_was_judged_is_not_scanned_whatever_came_after(
    status: str, error: str, cause: str, who: str
) -> None:
    outcome = {"status": status, "error": "SlackRejected", "cause": "no such channel", "bill_only": {"error": error, "cause": cause}}
    digest = digest_of([account(1)], {"000000000001": outcome}, (incident(1), "new"))

    (row,) = digest["coverage"]["not_scanned"]
    assert row["error"] == error
    assert row["reason"] == cause.split(". Remedy")[0] + ". Its bill was judged through the payer" + who
    assert row["remedy"]
    assert (digest["coverage"]["scanned"], figures(digest)["AccountsNotScanned"]) == (0, 1)
    assert [r["error"] for r in digest["coverage"]["owners_not_told"]] == (["SlackRejected"] if status == "owner-not-told" else [])
    assert row["reason"] in json.dumps(digest_message(digest, "").blocks)


def test_an_account_without_any_outcome_is_not_counted_as_scanned() -> None:
    digest = digest_of([account(1)], {})
    assert digest["coverage"]["scanned"] == 0
    assert digest["coverage"]["not_scanned"][0]["error"] == "no outcome"
    assert not is_quiet(digest)
    assert figures(digest)["AccountsNotScanned"] == 1


def test_what_was_not_scanned_is_never_called_nothing_unexpected() -> None:
    failed = {"status": "not-scanned", "error": "MemberRoleDenied", "cause": "no"}
    assert digest_of([account(1)], {"000000000001": failed})["headline"] == "None of the 1 accounts could be scanned."
    both = digest_of([account(1), account(2)], {"000000000001": failed, "000000000002": SCANNED})
    assert both["headline"] == "1 of 2 accounts scanned; nothing unexpected in them."


def test_a_message_that_did_not_arrive_is_named() -> None:
    delivered = replace(incident(1), told=as_told(incident(1), NoticeKind.ESCALATED, DAY), told_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    undelivered = replace(delivered, undelivered=True)  # an escalation whose first message did arrive
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (undelivered, "new"))
    assert digest["coverage"]["owners_not_told"][0]["account_id"] == "000000000001"
    assert figures(digest)["OwnersNotTold"] == 1
    assert digest_of([account(1)], {"000000000001": SCANNED}, (delivered, "new"))["coverage"]["owners_not_told"] == []
    failed = {"status": "owner-not-told", "error": "SlackRejected", "cause": "no"}
    assert len(digest_of([account(1)], {"000000000001": failed}, (undelivered, "new"))["coverage"]["owners_not_told"]) == 1, "once"


def test_a_day_on_which_owners_were_not_told_is_never_called_nothing_unexpected() -> None:
    failed = {"status": "owner-not-told", "error": "InvalidInput", "cause": "no"}
    digest = digest_of([account(1)], {"000000000001": failed})
    assert digest["headline"] == "1 of 1 accounts scanned; 1 owner not told."
    assert not is_quiet(digest)


def test_a_settings_file_that_was_left_aside_is_named_with_its_entry() -> None:
    summary = {"left_out": [], "settings": ["settings/planned.yaml: entry 2: who: Field required. Nothing counts as planned"]}
    digest = make_digest(SCAN, [account(1)], summary, {"000000000001": SCANNED}, (), (), {})
    assert not is_quiet(digest)
    assert "planned.yaml: entry 2: who" in json.dumps(digest_message(digest, "").blocks)


def test_what_nobody_was_told_is_not_counted_as_new() -> None:
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (incident(1), "minor"))
    assert (digest["counts"]["found"], digest["counts"]["minor"], digest["daily_excess_usd"]) == (0, 1, 0)
    assert digest["headline"] == "1 of 1 accounts scanned; 1 minor."


def test_an_anomaly_that_was_not_explained_is_named_with_its_reason_and_counted() -> None:
    cause = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 600 seconds"})
    row = {"anomaly_id": "a-1", "account_id": "000000000001", "name": "account-1", "error": "Sandbox.Timedout", "cause": cause}
    digest = make_digest(SCAN, [account(1)], {"left_out": []}, {"000000000001": SCANNED}, (), (), {}, [row])
    (named,) = digest["coverage"]["not_explained"]
    assert (named["anomaly_id"], named["reason"]) == ("a-1", "Task timed out after 600 seconds")
    assert (digest["coverage"]["scanned"], figures(digest)["AnomaliesNotExplained"]) == (1, 1)
    assert not is_quiet(digest)
    assert "Not explained" in json.dumps(digest_message(digest, "").blocks)


@pytest.mark.parametrize("error", ["MemberRoleDenied", "CostExplorerDenied", "CostExplorerThrottled", "BudgetExhausted", "States.Timeout"])
def test_every_reason_has_a_remedy(error: str) -> None:
    digest = digest_of([account(1)], {"000000000001": {"status": "not-scanned", "error": error, "cause": "it failed"}})
    assert len(digest["coverage"]["not_scanned"][0]["remedy"]) > 10


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
    assert [line["account_id"][-1] for line in digest["lines"]["found"]] == ["2", "1"]
    assert {group: count for group, count in digest["counts"].items() if count} == {"found": 2, "ongoing": 1, "resolved": 1, "drops": 1}
    assert digest["daily_excess_usd"] == 460.0
    assert digest["largest"]["account_id"] == "000000000002"


def test_an_incident_that_fell_through_to_the_default_channel_is_unowned() -> None:
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (incident(1, owner=Owner("unowned", "default", "#finops")), "new"))
    assert digest["unowned"][0]["account_id"] == "000000000001"
    assert "owner" in digest["unowned"][0]["remedy"]


def test_what_a_cap_cut_off_is_said() -> None:
    digest = digest_of(
        [account(1)], {"000000000001": SCANNED}, ce_requests=9, ce_requests_capped=True, claude_micro_usd=31_000, claude_requests=2
    )
    assert digest["scan_cost"]["capped"] == ["Cost Explorer requests"]
    assert digest["scan_cost"]["total_usd"] == 0.121
    assert "Cut off by its cap" in json.dumps(digest_message(digest, "").blocks)
    assert figures(digest)["CostExplorerCapReached"] == 1


def test_what_is_over_adds_nothing_to_the_daily_excess_and_is_neither_ongoing_nor_the_largest() -> None:
    digest = digest_with((spike(1, 541, first_scan_date=DAY - timedelta(days=1)), "ongoing"), (incident(2, 60), "ongoing"))
    assert (digest["daily_excess_usd"], digest["largest"]["account_id"]) == (60.0, "000000000002")
    assert (digest["counts"]["ongoing"], digest["counts"]["over"]) == (1, 1)
    assert "$541 in all, over" in said(digest_with((spike(), "new")))
    assert "$541 a day" not in said(digest_with((spike(), "new")))


NOT_GOING = {
    "not seen by this scan": {"last_seen": DAY - timedelta(days=1)},
    "a false alarm since": {"state": IncidentState.RESOLVED, "ended_on": DAY, "ending": Ending.FALSE_ALARM},
}


@pytest.mark.parametrize("changes", NOT_GOING.values(), ids=NOT_GOING)
def test_only_what_is_open_and_seen_on_the_scan_date_counts_as_excess(changes: dict[str, Any]) -> None:
    digest = digest_with((incident(1, **changes), "new"))
    assert (digest["daily_excess_usd"], digest["largest"]) == (0.0, None)


def test_what_an_earlier_scan_closed_is_not_listed_though_its_days_are_still_in_view() -> None:
    closed = incident(1, state=IncidentState.RESOLVED, ended_on=DAY - timedelta(days=1), ending=Ending.FALSE_ALARM,
                      first_scan_date=DAY - timedelta(days=1))  # fmt: skip
    word = what_happened(closed, DAY)
    assert word == "closed"
    assert is_quiet(digest_with((closed, word)))


def test_an_amount_that_aws_took_back_is_no_spend() -> None:
    gone = incident(1, 482, state=IncidentState.RESTATED, ended_on=DAY, ending=Ending.RESTATED)
    digest = digest_with((gone, "restated"))
    assert "was $482, now nothing" in said(digest)
    assert "$482 in all" not in said(digest)
    assert digest["lines"]["restated"][0]["impact_usd"] == 0.0
    told = [replace(i, told=as_told(i, NoticeKind.NEW, DAY)) for i in (gone, incident(2, 100))]
    found = practice_figures(told, DAY)
    assert (found["count"], found["spend_per_anomaly_usd"], found["time_to_resolve_days"]) == (2, 100.0, None)


def test_several_services_are_named_and_counted_as_their_owner_reads_them() -> None:
    one = incident(1, 339)
    other = replace(one.members[0].anomaly, service="AmazonCloudWatch", actual_spend=Decimal(202), expected_spend=Decimal(0))
    both = replace(one, members=(one.members[0], Member(other, DAY)))
    assert "EC2 - Other and 1 more service in account-1: +$541 a day" in said(digest_with((both, "new")))
    alone = replace(one, members=(Member(other, DAY),))
    assert "Amazon CloudWatch in account-1" in said(digest_with((alone, "new")))


UNOWNED = {
    "no tag": ("unowned", "set the tag team on this account"),
    "a tag that leads nowhere": ("checkout-team", 'map "checkout-team" in settings/owners.json'),
}


@pytest.mark.parametrize(("name", "remedy"), UNOWNED.values(), ids=UNOWNED)
def test_an_unowned_account_is_told_the_tag_that_is_configured_or_the_value_to_map(name: str, remedy: str) -> None:
    found = (incident(1, owner=Owner(name, "default", "#finops")), "new")
    digest = digest_with(found, owners=OwnerSettings(tag_keys=("team", "owner")))
    assert remedy in digest["unowned"][0]["remedy"]
    assert remedy in said(digest)


def test_the_largest_has_a_line_of_its_own_and_one_of_anything_is_singular() -> None:
    told = replace(incident(3), told=as_told(incident(3), NoticeKind.NEW, DAY))
    text = said(digest_with((incident(1, 50), "new"), (incident(2, -90), "drop"), recent=(told,), ce_requests=1))
    assert "Largest: EC2 - Other in account-1: +$50 a day" in text
    assert "1 drop." in text
    assert "Last 30 days: 1 incident," in text
    assert "1 Cost Explorer request (" in text


ACKNOWLEDGED = (Feedback(FeedbackKind.ACKNOWLEDGE, "U1", datetime(2026, 11, 10, 12, tzinfo=UTC)),)


def test_the_figures_come_from_told_incidents_and_their_feedback() -> None:
    told_at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    one = incident(1, told_at=told_at, feedback=ACKNOWLEDGED)
    two = incident(2, told_at=told_at, feedback=(Feedback(FeedbackKind.FALSE_ALARM, "U1", datetime(2026, 11, 10, 14, tzinfo=UTC)),))
    two = replace(two, state=IncidentState.RESOLVED, ended_on=date(2026, 11, 27), ending=Ending.FALSE_ALARM)
    three = replace(incident(3), state=IncidentState.RESOLVED, ended_on=date(2026, 11, 24), ending=Ending.BACK_TO_EXPECTED)
    recent = tuple(replace(i, told=as_told(i, NoticeKind.NEW, DAY)) for i in (one, two, three))
    found = digest_of([account(1)], {"000000000001": SCANNED}, recent=(*recent, incident(9)))["figures"]
    assert (found["count"], found["time_to_acknowledge_hours"], found["time_to_resolve_days"]) == (3, 4.0, 3.5)
    assert found["unactionable_share"] == 0.333


AVOIDED = {
    "acknowledged, told while it went on, back to normal": (ACKNOWLEDGED, NoticeKind.RESOLVED, Ending.BACK_TO_EXPECTED, 2900.0),
    "nobody pressed": ((), NoticeKind.RESOLVED, Ending.BACK_TO_EXPECTED, 0.0),
    "over before anybody could act": (ACKNOWLEDGED, NoticeKind.NEW, Ending.BACK_TO_EXPECTED, 0.0),
    "the spend stayed where it was": (ACKNOWLEDGED, NoticeKind.RESOLVED, Ending.NEW_BASELINE, 0.0),
}


@pytest.mark.parametrize(("feedback", "last", "ending", "usd"), AVOIDED.values(), ids=AVOIDED)
def test_spend_is_avoided_only_where_somebody_acted(feedback: tuple[Feedback, ...], last: NoticeKind, ending: Ending, usd: float) -> None:
    """$100 a day, one day instead of thirty."""
    over = incident(1, feedback=feedback, state=IncidentState.RESOLVED, ended_on=date(2026, 11, 24), ending=ending)
    assert practice_figures([replace(over, told=as_told(over, last, DAY))], DAY)["spend_avoided_usd"] == usd


def test_the_figures_cover_what_was_first_seen_in_the_thirty_days() -> None:
    told = [
        replace(incident(n), first_scan_date=DAY - timedelta(days=days), told=as_told(incident(n), NoticeKind.NEW, DAY))
        for n, days in ((1, 0), (2, 29), (3, 30), (4, -1))
    ]
    assert practice_figures(told, DAY)["count"] == 2


def test_the_longest_digest_fits_slack_and_says_what_it_left_out() -> None:
    """What a bad day looks like: a long digest that Slack refuses is no digest at all."""
    names = [f"a-rather-long-account-name-of-some-team-{n:03d}" for n in range(1, 200)]
    words = ["new"] * 14 + ["escalated"] * 14 + ["resolved"] * 14 + ["drop"] * 14 + ["ongoing"] * 20
    found = [(incident(n + 1, 400 - n, account_name=names[n]), word) for n, word in enumerate(words)]
    accounts = [account(n + 1, name) for n, name in enumerate(names[:110])]
    failed = {"status": "not-scanned", "error": "MemberRoleDenied", "cause": "x" * 300}
    outcomes = {a.account_id: SCANNED for a in accounts} | {a.account_id: failed for a in accounts[76:90]}
    outcomes |= {a.account_id: {**failed, "status": "owner-not-told"} for a in accounts[90:104]}
    message = digest_message(digest_of(accounts, outcomes, *found), "https://example.com/report?" + "x" * 1_800)
    assert message_problem({"text": message.text, "blocks": list(message.blocks)}, frozenset()) is None
    text = as_text(message.blocks)
    for title in ("New", "Escalated", "Resolved", "Dropped", "Ongoing", "Not scanned", "Owner not told"):
        assert f"{title}" in text
    assert text.count("more in the report") >= 4


HOSTILE = st.text(max_size=200) | st.sampled_from(["<!channel>", "<@U123>", "<https://evil.example|ok>", "*x*", "a\u202eb", "`rm`" * 40])


@settings(max_examples=60, deadline=None)
@given(names=st.lists(HOSTILE, min_size=1, max_size=60), reason=HOSTILE, counts=st.lists(st.integers(0, 30), min_size=9, max_size=9))
def test_any_digest_fits_slack_and_mentions_nobody(names: list[str], reason: str, counts: list[int]) -> None:
    words = ("new", "escalated", "planned", "ongoing", "resolved", "restated", "drop")
    found = [
        (incident(1, 10 + n, account_name=names[n % len(names)], owner=Owner(reason or "x", "default")), word)
        for word, count in zip(words, counts, strict=False)
        for n in range(count)
    ]
    accounts = [account(n + 1, names[n % len(names)] or "x") for n in range(counts[-1] + counts[-2] + 1)]
    failed = {"status": "not-scanned", "error": "X", "cause": reason}
    outcomes = {a.account_id: {**failed, "status": "owner-not-told"} if n < counts[-1] else failed for n, a in enumerate(accounts)}
    message = digest_message(digest_of(accounts, outcomes, *found), "https://example.com/report?" + "x" * 1_800)
    assert message_problem({"text": message.text, "blocks": list(message.blocks)}, frozenset()) is None
    texts = [block["text"] for block in message.blocks if "text" in block] + [e for b in message.blocks for e in b.get("elements", [])]
    for text in texts:
        assert text["type"] == "plain_text" or text["verbatim"], "an address in a name is no link"
        assert text["text"].count("<") == text["text"].count("<https://example.com/report?")
