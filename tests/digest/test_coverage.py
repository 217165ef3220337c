"""Who was scanned, told and explained, and who was not: named with the reason and what to do about
it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.digests import (
    DAY,
    SCAN,
    SCANNED,
    account,
    digest_of,
    digest_with,
    incident,
    said,
)
from whyspike.digest.digest import figures, make_digest
from whyspike.digest.message import digest_message, is_quiet
from whyspike.incidents.incident import NoticeKind, as_told
from whyspike.incidents.owners import OwnerSettings
from whyspike.model import Owner


def test_an_account_that_failed_is_named_with_reason_and_remedy() -> None:
    cause = json.dumps(
        {
            "errorType": "MemberRoleDenied",
            "errorMessage": "arn:x cannot be assumed. Remedy: deploy it",
            "stackTrace": ["secret"],
        }
    )
    outcomes = {
        "000000000001": {"status": "not-scanned", "error": "MemberRoleDenied", "cause": cause},
        "000000000002": SCANNED,
    }
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
    "role denied": (
        "MemberRoleDenied",
        "arn:x cannot be assumed. Remedy: deploy it",
        "; who did it cannot be told",
    ),
    "Cost Explorer denied": ("CostExplorerDenied", "Cost Explorer: AccessDeniedException", ""),
}


@pytest.mark.parametrize(("error", "cause", "who"), BILL_ONLY.values(), ids=BILL_ONLY)
@pytest.mark.parametrize("status", ["bill-only", "owner-not-told"])
def test_an_account_of_which_only_the_bill_was_judged_is_not_scanned_whatever_came_after(
    status: str, error: str, cause: str, who: str
) -> None:
    outcome = {
        "status": status,
        "error": "SlackRejected",
        "cause": "no such channel",
        "bill_only": {"error": error, "cause": cause},
    }
    digest = digest_of([account(1)], {"000000000001": outcome}, (incident(1), "new"))

    (row,) = digest["coverage"]["not_scanned"]
    assert row["error"] == error
    assert (
        row["reason"]
        == cause.split(". Remedy")[0] + ". Its bill was judged through the payer" + who
    )
    assert row["remedy"]
    assert (digest["coverage"]["scanned"], figures(digest)["AccountsNotScanned"]) == (0, 1)
    assert [r["error"] for r in digest["coverage"]["owners_not_told"]] == (
        ["SlackRejected"] if status == "owner-not-told" else []
    )
    assert row["reason"] in json.dumps(digest_message(digest, "").blocks)


def test_an_account_without_any_outcome_is_not_counted_as_scanned() -> None:
    digest = digest_of([account(1)], {})
    assert digest["coverage"]["scanned"] == 0
    assert digest["coverage"]["not_scanned"][0]["error"] == "no outcome"
    assert not is_quiet(digest)
    assert figures(digest)["AccountsNotScanned"] == 1


def test_what_was_not_scanned_is_never_called_nothing_unexpected() -> None:
    failed = {"status": "not-scanned", "error": "MemberRoleDenied", "cause": "no"}
    assert (
        digest_of([account(1)], {"000000000001": failed})["headline"]
        == "None of the 1 accounts could be scanned."
    )
    both = digest_of([account(1), account(2)], {"000000000001": failed, "000000000002": SCANNED})
    assert both["headline"] == "1 of 2 accounts scanned; nothing unexpected in them."


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
    assert digest["coverage"]["owners_not_told"][0]["account_id"] == "000000000001"
    assert figures(digest)["OwnersNotTold"] == 1
    assert (
        digest_of([account(1)], {"000000000001": SCANNED}, (delivered, "new"))["coverage"][
            "owners_not_told"
        ]
        == []
    )
    failed = {"status": "owner-not-told", "error": "SlackRejected", "cause": "no"}
    assert (
        len(
            digest_of([account(1)], {"000000000001": failed}, (undelivered, "new"))["coverage"][
                "owners_not_told"
            ]
        )
        == 1
    ), "once"


def test_a_day_on_which_owners_were_not_told_is_never_called_nothing_unexpected() -> None:
    failed = {"status": "owner-not-told", "error": "InvalidInput", "cause": "no"}
    digest = digest_of([account(1)], {"000000000001": failed})
    assert digest["headline"] == "1 of 1 accounts scanned; 1 owner not told."
    assert not is_quiet(digest)


def test_a_settings_file_that_was_left_aside_is_named_with_its_entry() -> None:
    summary = {
        "left_out": [],
        "settings": [
            "settings/planned.yaml: entry 2: who: Field required. Nothing counts as planned"
        ],
    }
    digest = make_digest(SCAN, [account(1)], summary, {"000000000001": SCANNED}, (), (), {})
    assert not is_quiet(digest)
    assert "planned.yaml: entry 2: who" in json.dumps(digest_message(digest, "").blocks)


def test_an_anomaly_that_was_not_explained_is_named_with_its_reason_and_counted() -> None:
    cause = json.dumps(
        {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 600 seconds"}
    )
    row = {
        "anomaly_id": "a-1",
        "account_id": "000000000001",
        "name": "account-1",
        "error": "Sandbox.Timedout",
        "cause": cause,
    }
    digest = make_digest(
        SCAN, [account(1)], {"left_out": []}, {"000000000001": SCANNED}, (), (), {}, [row]
    )
    (named,) = digest["coverage"]["not_explained"]
    assert (named["anomaly_id"], named["reason"]) == ("a-1", "Task timed out after 600 seconds")
    assert (digest["coverage"]["scanned"], figures(digest)["AnomaliesNotExplained"]) == (1, 1)
    assert not is_quiet(digest)
    assert "Not explained" in json.dumps(digest_message(digest, "").blocks)


@pytest.mark.parametrize(
    "error",
    [
        "MemberRoleDenied",
        "CostExplorerDenied",
        "CostExplorerThrottled",
        "BudgetExhausted",
        "States.Timeout",
    ],
)
def test_every_reason_has_a_remedy(error: str) -> None:
    digest = digest_of(
        [account(1)],
        {"000000000001": {"status": "not-scanned", "error": error, "cause": "it failed"}},
    )
    assert len(digest["coverage"]["not_scanned"][0]["remedy"]) > 10


def test_an_incident_that_fell_through_to_the_default_channel_is_unowned() -> None:
    digest = digest_of(
        [account(1)],
        {"000000000001": SCANNED},
        (incident(1, owner=Owner("unowned", "default", "#finops")), "new"),
    )
    assert digest["unowned"][0]["account_id"] == "000000000001"
    assert "owner" in digest["unowned"][0]["remedy"]


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
    assert remedy in digest["unowned"][0]["remedy"]
    assert remedy in said(digest)
