"""The digest: nothing that failed is missing from it, a quiet day is one line, and its message fits Slack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whyspike.digest import figures, make_digest
from whyspike.digest_message import digest_message, is_quiet
from whyspike.incidents import Ending, Feedback, Incident, Member, NoticeKind, as_told
from whyspike.model import Account, Anomaly, FeedbackKind, IncidentState, Kind, Owner, Scan, Severity

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
    accounts: list[Account], outcomes: dict[str, Any], *found: tuple[Incident, str], recent: tuple[Incident, ...] = (), **usage: Any
) -> Any:
    return make_digest(SCAN, accounts, {"left_out": []}, outcomes, found, recent, usage)


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


def test_the_figures_come_from_told_incidents_and_their_feedback() -> None:
    told_at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    one = incident(1, told_at=told_at, feedback=(Feedback(FeedbackKind.ACKNOWLEDGE, "U1", datetime(2026, 11, 10, 12, tzinfo=UTC)),))
    two = incident(2, told_at=told_at, feedback=(Feedback(FeedbackKind.FALSE_ALARM, "U1", datetime(2026, 11, 10, 14, tzinfo=UTC)),))
    two = replace(two, state=IncidentState.RESOLVED, ended_on=date(2026, 11, 27), ending=Ending.FALSE_ALARM)
    three = replace(incident(3), state=IncidentState.RESOLVED, ended_on=date(2026, 11, 24), ending=Ending.BACK_TO_EXPECTED)
    recent = tuple(replace(i, told=as_told(i, NoticeKind.NEW, DAY)) for i in (one, two, three))
    found = digest_of([account(1)], {"000000000001": SCANNED}, recent=(*recent, incident(9)))["figures"]
    assert (found["count"], found["time_to_acknowledge_hours"], found["time_to_resolve_days"]) == (3, 4.0, 3.5)
    assert found["unactionable_share"] == 0.333
    assert found["spend_avoided_usd"] == 2900.0  # $100 a day, one day instead of thirty


HOSTILE = st.text(max_size=200) | st.sampled_from(["<!channel>", "<@U123>", "<https://evil.example|ok>", "*x*", "a\u202eb", "`rm`" * 40])


@settings(max_examples=60, deadline=None)
@given(names=st.lists(HOSTILE, min_size=1, max_size=60), reason=HOSTILE)
def test_any_digest_fits_slack_and_mentions_nobody(names: list[str], reason: str) -> None:
    accounts = [account(n + 1, name or "x") for n, name in enumerate(names)]
    found = [(incident(n + 1, 10 + n, account_name=name), "new") for n, name in enumerate(names)]
    failed = {a.account_id: {"status": "not-scanned", "error": "X", "cause": reason} for a in accounts}
    blocks = digest_message(digest_of(accounts, failed, *found), "https://example.com/report").blocks
    assert len(blocks) <= 50
    texts = [b["text"]["text"] for b in blocks if "text" in b] + [e["text"] for b in blocks for e in b.get("elements", [])]
    assert all(0 < len(text) <= 3_000 for text in texts)
    assert sum(map(len, texts)) < 13_000
    for text in texts:
        assert text.count("<") == text.count("<https://example.com/report|Report>")
