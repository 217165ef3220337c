"""AWS Organizations: the accounts with state, OU path and tags. Callable by the management account or a delegated administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import OrganizationAccessDenied, OrganizationsThrottled
from whyspike.model import Account, AccountState


def list_accounts(client: Any) -> tuple[Account, ...]:
    """Every account of the organisation, tags not read yet (see `tags_of`). An empty page may still carry a NextToken.

    Raises OrganizationAccessDenied or OrganizationsThrottled.
    """
    return tuple(_account(client, record) for page in _pages(client.list_accounts) for record in page["Accounts"])


def tags_of(client: Any, account_id: str) -> dict[str, str]:
    """The tags of one account."""
    pages = _pages(lambda **token: client.list_tags_for_resource(ResourceId=account_id, **token))
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def _account(client: Any, record: dict[str, Any]) -> Account:
    joined = record.get("JoinedTimestamp")
    return Account(
        account_id=record["Id"],
        name=record.get("Name", record["Id"]),
        email=record.get("Email", ""),
        ou_path=_ou_path(record),
        state=AccountState(record.get("State") or record["Status"]),
        joined=joined.date() if joined else None,
    )


def _ou_path(record: dict[str, Any]) -> str:
    """The names of `Paths` ("o-1/r-1/Workloads/Prod" -> "Workloads/Prod"); "" for an account in the root."""
    paths = record.get("Paths") or [""]
    parts = [part for part in paths[0].split("/") if part]
    return "/".join(part for part in parts if not part.startswith(("o-", "r-")) and part != record["Id"])


def _pages(call: Callable[..., dict[str, Any]]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        try:
            page = call(**token)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"AccessDeniedException", "AWSOrganizationsNotInUseException"}:
                raise OrganizationAccessDenied(
                    f"Organizations: {code}. Remedy: run whyspike in the management account or a delegated administrator, or set OrganizationRoleArn"
                ) from error
            if code in {"TooManyRequestsException", "ThrottlingException"}:
                raise OrganizationsThrottled(f"Organizations: {code}") from error
            raise
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
