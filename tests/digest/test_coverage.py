"""Who was scanned, told and explained, and who was not: named with the reason and what to do about
it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

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
    unexplained,
)
from whyspike.digest.digest import figures
from whyspike.digest.message import digest_message, is_quiet
from whyspike.incidents.incident import NoticeKind, as_told
from whyspike.incidents.owners import OwnerSettings
from whyspike.model import BillDays, Owner
from whyspike.model.digests import Shortfall
from whyspike.model.outcomes import AccountOutcome, AccountStatus, Failure


def test_an_account_that_failed_is_named_with_reason_and_remedy() -> None:
    outcomes = {
        "000000000001": failed(
            NOT_SCANNED, "MemberRoleDenied", "arn:x cannot be assumed.", "deploy it"
        ),
        "000000000002": SCANNED,
    }
    digest = digest_of([account(1), account(2)], outcomes)
    assert digest.coverage.not_scanned == (
        Shortfall(
            "000000000001",
            "account-1",
            "MemberRoleDenied",
            "arn:x cannot be assumed",
            "deploy it",
            f"whyspike scan --scan-date {digest.scan_date} --accounts 000000000001 --again",
        ),
    )
    assert "account-1" in json.dumps(digest_message(digest, "").blocks)


BILL_ONLY = {
    "role denied": (
        Failure("MemberRoleDenied", "arn:x cannot be assumed", "deploy it"),
        "; who did it cannot be told",
    ),
    "Cost Explorer denied": (
        Failure("CostExplorerDenied", "Cost Explorer: AccessDeniedException"),
        "",
    ),
}


@pytest.mark.parametrize(("refused", "who"), BILL_ONLY.values(), ids=BILL_ONLY)
@pytest.mark.parametrize("status", [AccountStatus.BILL_ONLY, NOT_TOLD])
def test_an_account_of_which_only_the_bill_was_judged_is_not_scanned_whatever_came_after(
    status: AccountStatus, refused: Failure, who: str
) -> None:
    outcome = AccountOutcome(status, Failure("Refused", "no such channel"), refused)
    digest = digest_of([account(1)], {"000000000001": outcome}, (incident(1), "new"))

    (row,) = digest.coverage.not_scanned
    assert row.error == refused.error
    assert row.reason == f"{refused.reason}. Its bill was judged through the payer{who}"
    assert row.remedy
    assert (digest.coverage.scanned, figures(digest)["AccountsNotScanned"]) == (0, 1)
    assert [r.error for r in digest.coverage.owners_not_told] == (
        ["Refused"] if status is NOT_TOLD else []
    )
    assert row.reason in json.dumps(digest_message(digest, "").blocks)


def test_an_account_without_any_outcome_is_not_counted_as_scanned() -> None:
    digest = digest_of([account(1)], {})
    assert digest.coverage.scanned == 0
    assert digest.coverage.not_scanned[0].error == "no outcome"
    assert not is_quiet(digest)
    assert figures(digest)["AccountsNotScanned"] == 1


def test_what_was_not_scanned_is_never_called_nothing_unexpected() -> None:
    refused = failed(NOT_SCANNED)
    assert (
        digest_of([account(1)], {"000000000001": refused}).headline
        == "None of the 1 accounts could be scanned."
    )
    both = digest_of([account(1), account(2)], {"000000000001": refused, "000000000002": SCANNED})
    assert both.headline == "1 of 2 accounts scanned; nothing unexpected in them."


def test_a_message_that_did_not_arrive_is_named() -> None:
    delivered = replace(
        incident(1),
        told=as_told(incident(1), NoticeKind.ESCALATED, DAY),
        told_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    )
    undelivered = replace(
        delivered, undelivered=True
    )  # an escalation whose first message did arrive
    digest = digest_of([account(1)], {"000000000001": SCANNED}, (undelivered, "new"))
    assert digest.coverage.owners_not_told[0].account_id == "000000000001"
    assert figures(digest)["OwnersNotTold"] == 1
    arrived = digest_of([account(1)], {"000000000001": SCANNED}, (delivered, "new"))
    assert arrived.coverage.owners_not_told == ()
    refused = failed(NOT_TOLD, "Refused")
    both = digest_of([account(1)], {"000000000001": refused}, (undelivered, "new"))
    assert len(both.coverage.owners_not_told) == 1, "once"


def test_a_day_on_which_owners_were_not_told_is_never_called_nothing_unexpected() -> None:
    refused = failed(NOT_TOLD, "InvalidInput")
    digest = digest_of([account(1)], {"000000000001": refused})
    assert digest.headline == "1 of 1 accounts scanned; 1 owner not told."
    assert not is_quiet(digest)


def test_a_settings_file_that_was_left_aside_is_named_with_its_entry() -> None:
    left_aside = "settings/planned.yaml: entry 2: who: Field required. Nothing counts as planned"
    digest = digest_of([account(1)], {"000000000001": SCANNED}, left_aside=(left_aside,))
    assert not is_quiet(digest)
    assert "planned.yaml: entry 2: who" in json.dumps(digest_message(digest, "").blocks)


def test_an_anomaly_that_was_not_explained_is_named_with_its_reason_and_counted() -> None:
    lost = unexplained(1, "account-1", "Task timed out after 600 seconds", "Sandbox.Timedout")
    digest = digest_of([account(1)], {"000000000001": SCANNED}, not_explained=(lost,))
    (named,) = digest.coverage.not_explained
    assert (named.item_id, named.reason) == ("a-1", "Task timed out after 600 seconds")
    assert (digest.coverage.scanned, figures(digest)["AnomaliesNotExplained"]) == (1, 1)
    assert not is_quiet(digest)
    assert "Not explained" in json.dumps(digest_message(digest, "").blocks)


@pytest.mark.parametrize(
    "error",
    [
        "MemberRoleDenied",
        "CostExplorerDenied",
        "Throttled",
        "BudgetExhausted",
        "States.Timeout",
    ],
)
def test_every_reason_has_a_remedy(error: str) -> None:
    digest = digest_of(
        [account(1)],
        {"000000000001": failed(NOT_SCANNED, error, "it failed")},
    )
    (row,) = digest.coverage.not_scanned
    assert len(row.remedy) > 10
    assert row.again in json.dumps(digest_message(digest, "").blocks)


def test_an_incident_that_fell_through_to_the_default_channel_is_unowned() -> None:
    digest = digest_of(
        [account(1)],
        {"000000000001": SCANNED},
        (incident(1, owner=Owner("unowned", "default", "#finops")), "new"),
    )
    assert digest.unowned[0].account_id == "000000000001"
    assert "owner" in digest.unowned[0].remedy


UNOWNED = {
    "no tag": ("unowned", "set the tag team on this account"),
    "a tag that leads nowhere": ("checkout-team", 'map "checkout-team" in settings/owners.json'),
}


@pytest.mark.parametrize(("name", "remedy"), UNOWNED.values(), ids=UNOWNED)
def test_an_unowned_account_is_told_the_tag_that_is_configured_or_the_value_to_map(
    name: str, remedy: str
) -> None:
    found = (incident(1, owner=Owner(name, "default", "#finops")), "new")
    digest = digest_with(found, owners=OwnerSettings(tag_keys=("team", "owner")))
    assert remedy in digest.unowned[0].remedy
    assert remedy in said(digest)


def scanned(*missing: int, newest: int | None = 22, **more: Any) -> AccountOutcome:
    """Scanned by a bill that ends on that day of November and has no row of the missing ones."""
    days = tuple(date(2026, 11, number) for number in missing)
    until = date(2026, 11, newest) if newest else None
    return AccountOutcome(AccountStatus.SCANNED, bill=BillDays(until, days, **more))


BILL_DAYS = {
    "no bill yet": (
        scanned(20, 21, 22, newest=19),
        "1 of 1 accounts scanned, 1 without a bill yet.",
        "no bill yet for Fri 20 to Sun 22 Nov; its newest day, Thu 19 Nov, was judged",
    ),
    "no bill at all": (
        scanned(newest=None),
        "1 of 1 accounts scanned, 1 without a bill yet.",
        "no bill yet: no row since Tue 25 Aug",
    ),
    "too young": (
        scanned(judged_from=date(2026, 12, 5)),
        "1 of 1 accounts scanned, 1 not judged yet.",
        "too short a history: not judged yet, from Sat 5 Dec on",
    ),
    "a hole": (
        scanned(17, 18, 20),
        "1 of 1 accounts scanned; nothing unexpected.",
        "no bill for Tue 17 to Wed 18 Nov and Fri 20 Nov; nothing is counted for these days",
    ),
    "judged late": (
        scanned(late=(date(2026, 11, 20), date(2026, 11, 21))),
        "1 of 1 accounts scanned; nothing unexpected.",
        "Fri 20 to Sat 21 Nov judged now: no scan had judged them",
    ),
}


@pytest.mark.parametrize("name", BILL_DAYS)
def test_the_digest_names_days_of_which_the_bill_says_nothing(name: str) -> None:
    outcome, headline, reason = BILL_DAYS[name]
    digest = digest_of([account(1)], {"000000000001": outcome})
    assert digest.headline == headline
    assert reason in said(digest)
    assert is_quiet(digest) == ("no bill yet" not in reason)


def test_an_account_without_a_bill_is_not_quiet_beside_one_that_is() -> None:
    outcomes = {"000000000001": scanned(22, newest=21), "000000000002": scanned()}
    digest = digest_of([account(1), account(2)], outcomes)
    assert digest.headline == (
        "2 of 2 accounts scanned, 1 without a bill yet; nothing unexpected in the others."
    )
    assert [row.name for row in digest.coverage.no_bill] == ["account-1"]
