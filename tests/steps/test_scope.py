"""Which day is judged and which accounts are in scope; what a person writes wrong is named with its
remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from whyspike.errors import InvalidInput, NothingToScan
from whyspike.model import Account, AccountState
from whyspike.steps.scope import Start, accounts_in_scope, plan_scan

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_without_a_date_the_last_complete_day_is_judged() -> None:
    assert plan_scan(Start(), NOW, 90).scan_date == date(2026, 11, 22)
    assert plan_scan(Start(scheduled_time="2026-05-02T00:10:00Z"), NOW, 90).scan_date == date(
        2026, 5, 1
    )


@pytest.mark.parametrize(
    ("scheduled_time", "judged"),
    [
        ("2026-11-23T06:00:00+14:00", date(2026, 11, 21)),
        ("2026-11-23T23:00:00-05:00", date(2026, 11, 23)),
        ("2026-11-23T06:00:00", date(2026, 11, 22)),
    ],
    ids=["far east", "west", "no offset is UTC"],
)
def test_a_time_of_any_place_is_a_day_of_utc(scheduled_time: str, judged: date) -> None:
    assert plan_scan(Start(scheduled_time=scheduled_time), NOW, 90).scan_date == judged


def test_an_account_that_is_named_twice_is_scanned_once() -> None:
    twice = ("111122223333", "111122223333")
    assert plan_scan(Start("2026-11-01", account_ids=twice), NOW, 90).scan_id == (
        "2026-11-01-111122223333"
    )
    active, _ = accounts_in_scope([Account("111122223333", "shop")], twice)
    assert [account.account_id for account in active] == ["111122223333"]


def test_any_day_can_be_replayed_as_of_the_day_after_it() -> None:
    scan = plan_scan(Start("2024-02-29", "2024-03-01T06:00:00Z"), NOW, 60)
    assert scan.today == date(2024, 3, 1)
    assert (scan.scan_id, scan.scan_date, scan.lookback_days) == (
        "2024-02-29",
        date(2024, 2, 29),
        60,
    )


@pytest.mark.parametrize(
    ("scan_date", "days"),
    [("2026-11-22", 90), ("2025-12-29", 90), ("2025-12-28", 89), ("2025-10-01", 1)],
)
def test_the_lookback_of_an_old_date_ends_where_cost_explorer_s_history_does(
    scan_date: str, days: int
) -> None:
    scan = plan_scan(Start(scan_date), NOW, 90)
    assert scan.lookback_days == days
    assert scan.scan_date - timedelta(days=scan.lookback_days - 1) >= date(2025, 10, 1)


def test_a_scan_of_single_accounts_has_an_id_of_its_own() -> None:
    assert (
        plan_scan(Start("2026-11-01", account_ids=("111122223333",)), NOW, 90).scan_id
        == "2026-11-01-111122223333"
    )
    assert plan_scan(Start("2026-11-01"), NOW, 90).scan_id == "2026-11-01"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (Start("22.11.2026"), "'22.11.2026' is not a date"),
        (Start("2026-02-30"), "is not a date"),
        (Start("2026-11-23"), "not over yet"),
        (Start("2027-01-01"), "not over yet"),
        (Start("2025-09-30"), "older than 13 months"),
        (Start(scheduled_time="soon"), "'soon' is not a time"),
        (Start(scheduled_time="0001-01-01T00:00:00+14:00"), "is not a time"),
        (Start(scheduled_time="0001-01-01T00:00:00Z"), "is not a time"),
    ],
)
def test_a_date_that_cannot_be_judged_is_refused_with_a_remedy(start: Start, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as error:
        plan_scan(start, NOW, 90)
    assert "Remedy:" in str(error.value)


def account(account_id: str, state: AccountState = AccountState.ACTIVE) -> Account:
    return Account(account_id, f"account {account_id}", state=state)


ORGANIZATION = (
    account("222222222222"),
    account("111111111111"),
    account("333333333333", AccountState.SUSPENDED),
)


def test_active_accounts_are_in_scope_in_a_stable_order_and_the_others_are_listed() -> None:
    active, left_out = accounts_in_scope(ORGANIZATION)
    assert [a.account_id for a in active] == ["111111111111", "222222222222"]
    assert [a.account_id for a in left_out] == ["333333333333"]


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(InvalidInput, match="account 999999999999 is not in the organisation"):
        accounts_in_scope(ORGANIZATION, ["111111111111", "999999999999"])


@pytest.mark.parametrize("organization", [(), ORGANIZATION[2:]], ids=["empty", "all suspended"])
def test_an_organisation_without_an_active_account_is_refused(
    organization: tuple[Account, ...],
) -> None:
    with pytest.raises(NothingToScan):
        accounts_in_scope(organization)
