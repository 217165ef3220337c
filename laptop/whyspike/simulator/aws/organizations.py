"""Organizations as a pure function of an organisation folder, for the management account or the
delegated administrator.

Facts: pages of at most 20 accounts; State and Paths (Status is retired, but still answered); OU ids
are made from the OU's path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.organization.folder import OrganizationFolder, SimulatedAccount

PAGE_SIZE = 20
ROOT = "r-root"


def answer(
    operation: str, request: Mapping[str, Any], organization: OrganizationFolder
) -> dict[str, Any]:
    """The response to one request. Raises AwsError with the code that Organizations would send."""
    check_request("organizations", operation, request)
    if operation not in _ANSWERS:
        raise AwsError(
            "NotImplementedException",
            f"the simulation does not answer organizations {operation}",
            501,
        )
    result: dict[str, Any] = _ANSWERS[operation](request, organization)
    check_answer("organizations", operation, result)
    return result


def ou_id(path: str) -> str:
    """The id of the OU at "Workloads/Prod"."""
    return f"ou-root-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def _list_accounts(request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    accounts = list(organization.accounts.values())
    page, token = _page(accounts, request)
    return {"Accounts": [_account(account, organization) for account in page], **token}


def _list_accounts_for_parent(
    request: Mapping[str, Any], organization: OrganizationFolder
) -> dict[str, Any]:
    accounts = [
        account
        for account in organization.accounts.values()
        if _parent(account) == request["ParentId"]
    ]
    page, token = _page(accounts, request)
    return {"Accounts": [_account(account, organization) for account in page], **token}


def _describe_account(
    request: Mapping[str, Any], organization: OrganizationFolder
) -> dict[str, Any]:
    return {"Account": _account(_find(organization, request["AccountId"]), organization)}


def _describe_organization(
    _request: Mapping[str, Any], organization: OrganizationFolder
) -> dict[str, Any]:
    management = organization.management_account
    prefix = f"arn:aws:organizations::{management}"
    return {
        "Organization": {
            "Id": organization.id,
            "Arn": f"{prefix}:organization/{organization.id}",
            "FeatureSet": "ALL",
            "MasterAccountId": management,
            "MasterAccountArn": f"{prefix}:account/{organization.id}/{management}",
            "MasterAccountEmail": "management@example.com",
        }
    }


def _describe_ou(request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    for path in _ou_paths(organization):
        if ou_id(path) == request["OrganizationalUnitId"]:
            return {"OrganizationalUnit": _ou(path, organization)}
    raise AwsError(
        "OrganizationalUnitNotFoundException",
        "You specified an organizational unit that does not exist.",
    )


def _list_ous(request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    parent = request["ParentId"]
    paths = [
        path
        for path in _ou_paths(organization)
        if (ou_id(path.rpartition("/")[0]) if "/" in path else ROOT) == parent
    ]
    page, token = _page(paths, request)
    return {"OrganizationalUnits": [_ou(path, organization) for path in page], **token}


def _list_roots(_request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    arn = f"arn:aws:organizations::{organization.management_account}:root/{organization.id}/{ROOT}"
    return {"Roots": [{"Id": ROOT, "Arn": arn, "Name": "Root", "PolicyTypes": []}]}


def _list_parents(request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    parent = _parent(_find(organization, request["ChildId"]))
    return {
        "Parents": [{"Id": parent, "Type": "ROOT" if parent == ROOT else "ORGANIZATIONAL_UNIT"}]
    }


def _list_tags(request: Mapping[str, Any], organization: OrganizationFolder) -> dict[str, Any]:
    account = _find(organization, request["ResourceId"], "TargetNotFoundException")
    return {"Tags": [{"Key": key, "Value": value} for key, value in account.tags.items()]}


def _list_delegated(
    _request: Mapping[str, Any], organization: OrganizationFolder
) -> dict[str, Any]:
    hub = organization.hub_account
    if hub == organization.management_account:
        return {"DelegatedAdministrators": []}
    return {
        "DelegatedAdministrators": [
            {"Id": hub, "Name": "hub", "State": "ACTIVE", "Status": "ACTIVE"}
        ]
    }


def _account(account: SimulatedAccount, organization: OrganizationFolder) -> dict[str, Any]:
    parts = account.ou_path.split("/") if account.ou_path else []
    ids = [ou_id("/".join(parts[: depth + 1])) for depth in range(len(parts))]
    joined = datetime.combine(account.joined or date(2020, 1, 1), time(), UTC)
    return {
        "Id": account.id,
        "Arn": (
            f"arn:aws:organizations::{organization.management_account}:account/{organization.id}/{account.id}"
        ),
        "Email": account.email,
        "Name": account.name,
        "Status": (
            {"CLOSED": "SUSPENDED", "PENDING_ACTIVATION": "ACTIVE"}.get(
                account.state, account.state
            )
        ),
        "State": account.state,
        "Paths": ["/".join([organization.id, ROOT, *ids, account.id]) + "/"],
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": joined.timestamp(),
    }


def _ou(path: str, organization: OrganizationFolder) -> dict[str, Any]:
    owner = f"arn:aws:organizations::{organization.management_account}"
    arn = f"{owner}:ou/{organization.id}/{ou_id(path)}"
    return {"Id": ou_id(path), "Arn": arn, "Name": path.rpartition("/")[2]}


def _ou_paths(organization: OrganizationFolder) -> list[str]:
    paths = set()
    for account in organization.accounts.values():
        parts = account.ou_path.split("/") if account.ou_path else []
        paths |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
    return sorted(paths)


def _parent(account: SimulatedAccount) -> str:
    return ou_id(account.ou_path) if account.ou_path else ROOT


def _find(
    organization: OrganizationFolder, account_id: str, code: str = "AccountNotFoundException"
) -> SimulatedAccount:
    if account_id not in organization.accounts:
        raise AwsError(code, "You specified an account that doesn't exist.")
    return organization.accounts[account_id]


def _page(items: list[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    token = request.get("NextToken", "0")
    if not token.isdigit() or int(token) > len(items):
        raise AwsError("InvalidInputException", "You provided an invalid NextToken.")
    start, size = int(token), min(request.get("MaxResults", PAGE_SIZE), PAGE_SIZE)
    if "NextToken" not in request and len(items) > size:  # an empty page may carry a token
        return [], {"NextToken": "0"}
    return items[start : start + size], (
        {"NextToken": str(start + size)} if start + size < len(items) else {}
    )


_ANSWERS = {
    "DescribeAccount": _describe_account,
    "DescribeOrganization": _describe_organization,
    "DescribeOrganizationalUnit": _describe_ou,
    "ListAccounts": _list_accounts,
    "ListAccountsForParent": _list_accounts_for_parent,
    "ListDelegatedAdministrators": _list_delegated,
    "ListOrganizationalUnitsForParent": _list_ous,
    "ListParents": _list_parents,
    "ListRoots": _list_roots,
    "ListTagsForResource": _list_tags,
}
