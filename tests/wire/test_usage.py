"""The caps of a scan are hard: nothing is paid for past them, at any concurrency, and the digest
learns of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import boto3
import pytest
from moto import mock_aws

from whyspike.errors import BudgetExhausted, MemberRoleDenied
from whyspike.model import Account, AccountState, BillDays, Scan
from whyspike.model.outcomes import AccountOutcome, AccountStatus, Failure, LeftOut
from whyspike.wire.table.scans import ScanTable
from whyspike.wire.table.usage import ScanUsage

SCAN = Scan("2026-11-22", date(2026, 11, 22))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        keys = [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in (("PK", "HASH"), ("SK", "RANGE"))
        ]
        attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")]
        client.create_table(
            TableName="t",
            KeySchema=keys,  # type: ignore[arg-type]
            AttributeDefinitions=attributes,  # type: ignore[arg-type]
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def usage(table: Any, requests: int = 10, tokens: int = 1_000) -> ScanUsage:
    return ScanUsage(table, "t", SCAN, requests, tokens)


def test_requests_are_counted_up_to_the_cap_and_not_one_further(table: Any) -> None:
    counter = usage(table, requests=3)
    for _ in range(3):
        counter.reserve_cost_explorer()
    with pytest.raises(BudgetExhausted, match=r"cap of 3 Cost Explorer requests.*Remedy: raise"):
        counter.reserve_cost_explorer()
    stored = ScanTable(table, "t", SCAN).usage()
    assert (stored.ce_requests, stored.ce_requests_capped) == (3, True)


def test_what_can_wait_is_asked_while_half_of_the_cap_is_left(table: Any) -> None:
    counter = usage(table, requests=4)
    assert counter.half_is_left()
    counter.reserve_cost_explorer()
    assert counter.half_is_left()
    counter.reserve_cost_explorer()
    assert not counter.half_is_left()
    assert not ScanTable(table, "t", SCAN).usage().ce_requests_capped


def test_a_cap_of_zero_lets_nothing_through(table: Any) -> None:
    with pytest.raises(BudgetExhausted):
        usage(table, requests=0).reserve_cost_explorer()


def test_functions_side_by_side_share_one_cap(table: Any) -> None:
    """The condition and the addition are one request, which DynamoDB carries out as a whole."""
    one, other = usage(table, requests=5), usage(table, requests=5)
    for counter in (one, other, one, other, one):
        counter.reserve_cost_explorer()
    for counter in (one, other):
        with pytest.raises(BudgetExhausted):
            counter.reserve_cost_explorer()
    assert ScanTable(table, "t", SCAN).usage().ce_requests == 5


def test_claude_tokens_are_set_aside_and_then_settled_by_what_was_used(table: Any) -> None:
    counter = usage(table, tokens=1_000)
    counter.reserve_claude(800)
    with pytest.raises(BudgetExhausted):
        counter.reserve_claude(300)
    counter.settle_claude(800, 300, 100, 0.0123)
    counter.reserve_claude(600)
    stored = ScanTable(table, "t", SCAN).usage()
    assert (
        stored.claude_input_tokens,
        stored.claude_output_tokens,
        stored.claude_micro_usd,
    ) == (300, 100, 12_300)
    assert stored.claude_reserved_tokens == 1_000


def test_a_call_that_was_not_billed_gives_its_tokens_back(table: Any) -> None:
    counter = usage(table, tokens=1_000)
    counter.reserve_claude(1_000)
    counter.settle_claude(1_000, 0, 0, 0.0)
    counter.reserve_claude(1_000)
    assert ScanTable(table, "t", SCAN).usage().claude_requests == 0


def test_the_counters_expire_with_the_scan_whatever_wrote_them_first(table: Any) -> None:
    dated = replace(SCAN, expires_at=1_800_000_000)
    counter = ScanUsage(table, "t", dated, 1, 1_000)
    counter.reserve_cost_explorer()
    with pytest.raises(BudgetExhausted):
        counter.reserve_cost_explorer()
    counter.reserve_claude(10)
    counter.settle_claude(10, 5, 5, 0.1)
    key = {"PK": {"S": f"SCAN#{dated.scan_id}"}, "SK": {"S": "USAGE"}}
    row = table.get_item(TableName="t", Key=key)["Item"]
    assert row["expires_at"] == {"N": "1800000000"}
    found = ScanTable(table, "t", dated).usage()
    assert (found.ce_requests, found.ce_requests_capped, found.claude_requests) == (1, True, 1)


def test_outcomes_and_summary_come_back_as_they_were_stored(table: Any) -> None:
    scan = ScanTable(table, "t", SCAN)
    scan.write_summary(2, (Account("333333333333", "old", state=AccountState.SUSPENDED),))
    scan.write_judged(Account("111111111111", "one"), anomalies=2, requests=2)
    assert scan.summary().left_out == (LeftOut("333333333333", AccountState.SUSPENDED),)
    assert scan.outcomes() == {"111111111111": AccountOutcome(AccountStatus.SCANNED, anomalies=2)}


def test_a_scan_remembers_which_days_of_an_accounts_bill_it_judged(table: Any) -> None:
    scan, account = ScanTable(table, "t", SCAN), Account("111111111111", "one")
    bill = BillDays(date(2026, 11, 21), (date(2026, 11, 22),))
    scan.write_judged(account, anomalies=0, requests=2, bill=bill)
    assert scan.outcomes()["111111111111"].bill == bill
    assert scan.judged_until("111111111111") == date(2026, 11, 21)
    assert scan.judged_until("222222222222") is None


def test_an_account_of_which_only_the_bill_was_judged_never_reads_as_scanned(table: Any) -> None:
    scan = ScanTable(table, "t", SCAN)
    scan.write_judged(
        Account("111111111111", "one"), 2, 2, MemberRoleDenied("arn:x cannot be assumed")
    )
    refused = Failure("MemberRoleDenied", "arn:x cannot be assumed")
    assert scan.outcomes()["111111111111"] == AccountOutcome(
        AccountStatus.BILL_ONLY, refused, refused, anomalies=2
    )


# ------------------------------------------------------------------ the month


def of_month(table: Any, scan: Scan, requests: int = 100, tokens: int = 1_000) -> ScanUsage:
    return ScanUsage(table, "t", scan, 100, 1_000, requests, tokens)


ONE_ACCOUNT = Scan("2026-11-22-111122223333", date(2026, 11, 22))


def test_scans_of_single_accounts_count_against_the_month(table: Any) -> None:
    of_month(table, SCAN, requests=3).reserve_cost_explorer(2)
    other = of_month(table, ONE_ACCOUNT, requests=3)
    other.reserve_cost_explorer()
    with pytest.raises(BudgetExhausted, match=r"month's cap of 3 .*CostExplorerMonthCap"):
        other.reserve_cost_explorer()
    stored = ScanTable(table, "t", ONE_ACCOUNT).usage()
    assert (stored.ce_requests, stored.ce_requests_capped, stored.ce_requests_month_capped) == (
        1,
        False,
        True,
    )


def test_a_month_begins_with_nothing_used_on_the_day_of_the_run(table: Any) -> None:
    of_month(table, replace(SCAN, today=date(2026, 11, 30)), requests=1).reserve_cost_explorer()
    of_month(table, replace(SCAN, today=date(2026, 12, 1)), requests=1).reserve_cost_explorer()


def test_what_the_scan_refuses_is_given_back_to_the_month(table: Any) -> None:
    small = ScanUsage(table, "t", SCAN, 1, 1_000, 3, 1_000)
    small.reserve_cost_explorer()
    with pytest.raises(BudgetExhausted, match="the scan's cap of 1"):
        small.reserve_cost_explorer()
    of_month(table, ONE_ACCOUNT, requests=3).reserve_cost_explorer(2)


def test_tokens_are_settled_in_the_month_too(table: Any) -> None:
    counter = of_month(table, SCAN, tokens=500)
    counter.reserve_claude(400)
    counter.settle_claude(400, 50, 50, 0.01)
    of_month(table, ONE_ACCOUNT, tokens=500).reserve_claude(400)
    with pytest.raises(BudgetExhausted, match="ClaudeTokenMonthCap"):
        of_month(table, ONE_ACCOUNT, tokens=500).reserve_claude(1)


def test_without_a_cap_the_month_has_room_for_thirty_scans(table: Any) -> None:
    for number in range(30):
        each = Scan(f"2026-11-22-{number}", date(2026, 11, 22))
        usage_of_scan = ScanUsage(table, "t", each, 2, 0)
        usage_of_scan.reserve_cost_explorer(2)
    with pytest.raises(BudgetExhausted, match="month's cap of 60"):
        ScanUsage(table, "t", SCAN, 2, 0).reserve_cost_explorer()
