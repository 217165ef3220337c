"""The organisation as Organizations tells it: every page read, OU paths in names, a refusal never
an empty organisation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.json_client import json_client
from whyspike.errors import OrganizationAccessDenied, Throttled
from whyspike.model import AccountState
from whyspike.simulator.aws import organizations as simulated
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import DIMENSIONS, make_bill
from whyspike.simulator.organization.folder import Access, OrganizationFolder, SimulatedAccount
from whyspike.wire.organizations import AlternateContacts, knows_paths, list_accounts, tags_of


def organization_of(count: int) -> OrganizationFolder:
    accounts = {}
    for number in range(count):
        account_id, state = f"{number:012d}", "SUSPENDED" if number == 1 else "ACTIVE"
        path = "Workloads/Prod" if number % 2 else ""
        accounts[account_id] = SimulatedAccount(
            account_id,
            f"account-{number}",
            "a@example.com",
            path,
            state,
            date(2021, 1, 4),
            {"owner": f"team-{number}"},
            Access(),
            make_bill([], dict.fromkeys(DIMENSIONS, ()), [], []),
        )
    return OrganizationFolder(
        Path(), "o-whyspike01", "900000000001", "900000000002", date(2026, 3, 12), accounts
    )


def client_of(organization: OrganizationFolder, asked: list[str] | None = None) -> Any:
    def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if asked is not None:
            asked.append(operation)
        return simulated.answer(operation, request, organization)

    return json_client("organizations", answer)


def test_every_page_is_read_and_each_unit_is_described_once() -> None:
    asked: list[str] = []
    accounts = list_accounts(client_of(organization_of(45), asked))
    assert len(accounts) == 45
    assert asked.count("ListAccounts") == 4  # the first page is empty and carries a token
    assert asked.count("DescribeOrganizationalUnit") == 2


def test_an_account_has_its_state_and_its_path_in_names() -> None:
    accounts = list_accounts(client_of(organization_of(3)))
    assert [a.ou_path for a in accounts] == ["", "Workloads/Prod", ""]
    assert accounts[1].state is AccountState.SUSPENDED
    assert accounts[0].joined == date(2021, 1, 4)


def test_tags_come_as_a_mapping() -> None:
    assert tags_of(client_of(organization_of(3)), "000000000002") == {"owner": "team-2"}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", OrganizationAccessDenied),
        ("AWSOrganizationsNotInUseException", OrganizationAccessDenied),
        ("TooManyRequestsException", Throttled),
    ],
)
def test_a_refusal_is_an_error_and_not_an_empty_organisation(
    code: str, error: type[Exception]
) -> None:
    def refuse(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(code, "no")

    with pytest.raises(error, match=code):
        list_accounts(json_client("organizations", refuse))


class Contacts:
    """get_alternate_contact of an Account Management client: `answers` by account id ("": without
    one), an error's code or an address."""

    def __init__(self, **answers: str) -> None:
        self.asked: list[str] = []
        self.answers = answers

    def get_alternate_contact(
        self, AlternateContactType: str, AccountId: str = ""
    ) -> dict[str, Any]:
        self.asked.append(AccountId)
        answer = self.answers.get(f"_{AccountId}", "ResourceNotFoundException")
        if "@" not in answer:
            raise ClientError({"Error": {"Code": answer, "Message": "no"}}, "GetAlternateContact")
        return {
            "AlternateContact": {
                "EmailAddress": answer,
                "AlternateContactType": AlternateContactType,
            }
        }


def test_a_billing_contact_is_an_address_or_nobody() -> None:
    contacts = AlternateContacts(Contacts(_1="money@example.com"), "9")
    assert (contacts.email_of("1"), contacts.email_of("2"), contacts.denied) == (
        "money@example.com",
        None,
        "",
    )


def test_the_account_that_asks_does_not_name_itself() -> None:
    client = Contacts(_="own@example.com")
    assert AlternateContacts(client, "9").email_of("9") == "own@example.com"
    assert client.asked == [""]


def test_after_a_refusal_no_contact_is_asked_for_and_the_reason_is_known() -> None:
    client = Contacts(_1="AccessDeniedException", _2="late@example.com")
    contacts = AlternateContacts(client, "9")
    assert (contacts.email_of("1"), contacts.email_of("2")) == (None, None)
    assert client.asked == ["1"]
    assert contacts.denied == "Account Management: AccessDeniedException: no"


def test_throttled_contacts_are_tried_again_and_fail_no_run() -> None:
    with pytest.raises(Throttled, match="Account Management: TooManyRequestsException"):
        AlternateContacts(Contacts(_1="TooManyRequestsException"), "9").email_of("1")


def test_an_sdk_that_does_not_read_ou_paths_is_noticed() -> None:
    assert knows_paths(boto3.client("organizations", region_name="us-east-1"))
    old = SimpleNamespace(shape_for=lambda _: SimpleNamespace(members={"Id", "Name", "Status"}))
    assert not knows_paths(SimpleNamespace(meta=SimpleNamespace(service_model=old)))
