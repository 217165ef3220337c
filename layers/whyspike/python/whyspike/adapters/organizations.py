"""AWS Organizations: the accounts with state, OU path and tags. Callable by the management account or a delegated administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import OrganizationAccessDenied, OrganizationsThrottled
from whyspike.model import Account, AccountState


def list_accounts(client: Any) -> tuple[Account, ...]:
    """Every account of the organisation with its OU path in names; tags are not read yet (see `tags_of`).

    `Paths` holds ids ("o-1/r-1/ou-1-a/ou-1-b/111122223333/"): each OU is described once. Raises OrganizationAccessDenied
    or OrganizationsThrottled. An empty page may still carry a NextToken.
    """

    @cache
    def name_of(ou_id: str) -> str:
        answer = _call(client.describe_organizational_unit, OrganizationalUnitId=ou_id)
        return str(answer["OrganizationalUnit"]["Name"])

    return tuple(_account(record, name_of) for page in _pages(client.list_accounts) for record in page["Accounts"])


def tags_of(client: Any, account_id: str) -> dict[str, str]:
    """The tags of one account."""
    pages = _pages(lambda **token: client.list_tags_for_resource(ResourceId=account_id, **token))
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def alternate_contact(client: Any, account_id: str) -> str | None:
    """The e-mail address of the billing contact (Account Management API); None where nobody set one or it may not be read."""
    try:
        answer = client.get_alternate_contact(AccountId=account_id, AlternateContactType="BILLING")
    except ClientError as error:
        if error.response["Error"]["Code"] in {"ResourceNotFoundException", "AccessDeniedException"}:
            return None
        raise
    return str(answer["AlternateContact"]["EmailAddress"])


def _account(record: dict[str, Any], name_of: Callable[[str], str]) -> Account:
    joined = record.get("JoinedTimestamp")
    path = (record.get("Paths") or [""])[0]
    return Account(
        account_id=record["Id"],
        name=record.get("Name", record["Id"]),
        email=record.get("Email", ""),
        ou_path="/".join(name_of(part) for part in path.split("/") if part.startswith("ou-")),
        state=AccountState(record.get("State") or record["Status"]),
        joined=joined.date() if joined else None,
    )


def _pages(call: Callable[..., dict[str, Any]]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = _call(call, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _call(call: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    try:
        return call(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in {"AccessDeniedException", "AWSOrganizationsNotInUseException"}:
            remedy = "run whyspike in the management account or a delegated administrator, or set OrganizationRoleArn"
            raise OrganizationAccessDenied(f"Organizations: {code}. Remedy: {remedy}") from error
        if code in {"TooManyRequestsException", "ThrottlingException"}:
            raise OrganizationsThrottled(f"Organizations: {code}") from error
        raise
