"""AWS Organizations: the accounts with state, OU path and tags. Callable by the management account
or a delegated administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from whyspike.errors import Missing, Refused
from whyspike.model import Account, AccountState
from whyspike.wire.failures import mapped, understood

_ORGANIZATIONS = "Organizations"
_MEND = (
    "run whyspike in the management account or a delegated administrator, or set"
    " OrganizationRoleArn"
)


def list_accounts(client: Any) -> tuple[Account, ...]:
    """Every account of the organisation with its OU path in names; tags are not read yet (see
    `tags_of`).

    `Paths` holds ids ("o-1/r-1/ou-1-a/ou-1-b/111122223333/"): each OU is described once. Raises
    OrganizationAccessDenied
    or Throttled. An empty page may still carry a NextToken.
    """

    @cache
    def name_of(ou_id: str) -> str:
        answer = _call(client.describe_organizational_unit, OrganizationalUnitId=ou_id)
        return str(answer["OrganizationalUnit"]["Name"])

    with understood(_ORGANIZATIONS):
        return tuple(
            _account(record, name_of)
            for page in _pages(client.list_accounts)
            for record in page["Accounts"]
        )


def management_account(client: Any, remedy: str) -> str:
    """The account that pays for the organisation of the caller, which any of its accounts may
    ask; `remedy` for a policy that does not allow it. Raises Refused or Throttled."""
    with mapped("organizations", _ORGANIZATIONS, remedy):
        answer = client.describe_organization()
    with understood(_ORGANIZATIONS):
        return str(answer["Organization"]["MasterAccountId"])


def knows_paths(client: Any) -> bool:
    """Whether this boto3 reads the OU path of an account: what an SDK does not know, it drops."""
    return "Paths" in client.meta.service_model.shape_for("Account").members


def tags_of(client: Any, account_id: str) -> dict[str, str]:
    """The tags of one account."""
    pages = _pages(lambda **token: client.list_tags_for_resource(ResourceId=account_id, **token))
    with understood(_ORGANIZATIONS):
        return {str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page["Tags"]}


@dataclass
class AlternateContacts:
    """The billing contacts of accounts. `client` is a client of Account Management, of
    `own_account_id`.

    It answers for other accounts only with trusted access for account.amazonaws.com, and only the
    management account or Account Management's delegated administrator: `denied` is that refusal,
    and nobody is asked after it.
    """

    client: Any
    own_account_id: str
    denied: str = ""

    def email_of(self, account_id: str) -> str | None:
        """None where nobody set one, or it may not be read. Raises Throttled."""
        if self.denied:
            return None
        # The management account is refused when it names itself.
        named = {} if account_id == self.own_account_id else {"AccountId": account_id}
        try:
            with mapped("account", "Account Management"):
                answer = self.client.get_alternate_contact(AlternateContactType="BILLING", **named)
        except Missing:
            return None
        except Refused as error:
            self.denied = str(error)
            return None
        with understood("Account Management"):
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
    with mapped("organizations", _ORGANIZATIONS, _MEND):
        return call(**parameters)
