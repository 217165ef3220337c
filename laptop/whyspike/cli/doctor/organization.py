"""The doctor's view of the organisation: who is in it, whether StackSets reach it, and the role
through which the payer is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from whyspike.cli.doctor.accounts import allowed_actions, as_document, trust_problems
from whyspike.cli.doctor.findings import (
    FAILED,
    OK,
    SKIPPED,
    WARNING,
    CannotEnter,
    CheckResult,
    Clients,
    Deployed,
    refusal,
)

LISTING = {
    "organizations:ListAccounts",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListTagsForResource",
}
OF_ACCOUNTS = (
    "member role",
    "trust of the member role",
    "permissions of the member role",
    "CloudTrail",
    "Cost Explorer",
)
SCAN_SETTLES = (
    "run whyspike scan, then this again: accounts of the last scan names each account that refuses,"
    " and why"
)


@dataclass(frozen=True)
class Organization:
    """What the caller may know of it; empty where it may not."""

    id: str = ""
    management_account: str = ""
    accounts: tuple[str, ...] = ()  # ids of the active ones


def read_organization(
    clients: Clients, deployed: Deployed
) -> tuple[list[CheckResult], Organization]:
    """Any account may read the organisation's id and management account, but only some may list
    accounts."""
    remedy = (
        "run this as the management account or a delegated administrator; let the hub in with"
        " organization/organization-roles.yaml"
    )
    known = Organization()
    try:
        described = clients("organizations", "").describe_organization()["Organization"]
        known = Organization(described["Id"], described["MasterAccountId"])
        pages = clients("organizations", "").get_paginator("list_accounts").paginate()
        active = tuple(
            a["Id"]
            for page in pages
            for a in page["Accounts"]
            if (a.get("State") or a.get("Status")) == "ACTIVE"
        )
    except ClientError as error:
        role = deployed.parameters.get("OrganizationRoleArn")
        if not role:
            return [CheckResult("organisation", FAILED, refusal(error), remedy)], known
        return [
            CheckResult(
                "organisation",
                SKIPPED,
                f"only {role} may list accounts, and only for whyspike",
                SCAN_SETTLES,
            )
        ], known
    return [
        CheckResult("organisation", OK, f"{known.id}: {len(active)} active accounts")
    ], Organization(known.id, known.management_account, active)


def accounts_not_checked() -> list[CheckResult]:
    """One line for each check of accounts, where they are not known."""
    look = (
        f"{SCAN_SETTLES}; or name accounts that trust a role of yours: --accounts ID,ID"
        " --inspect-role NAME"
    )
    return [
        CheckResult(name, SKIPPED, "the accounts are not known here", look) for name in OF_ACCOUNTS
    ]


def check_stack_sets(clients: Clients, organization: Organization) -> Iterator[CheckResult]:
    """Without trusted access a service-managed StackSet can neither be made nor reach a new
    account."""
    name = "StackSets"
    if not organization.management_account:
        yield CheckResult(
            name,
            SKIPPED,
            "the management account is not known here",
            "there: aws cloudformation describe-organizations-access",
        )
        return
    try:
        status = clients(
            "cloudformation", organization.management_account
        ).describe_organizations_access()["Status"]
    except (CannotEnter, ClientError) as error:
        detail = refusal(error)[:120]
        yield CheckResult(
            name,
            SKIPPED,
            detail,
            "in the management account: aws cloudformation describe-organizations-access",
        )
        return
    if status == "ENABLED":
        yield CheckResult(name, OK, "trusted access is on")
    else:
        remedy = "in the management account: aws cloudformation activate-organizations-access"
        yield CheckResult(
            name, WARNING, "trusted access is off: new accounts get no member role", remedy
        )


def check_organization_role(
    clients: Clients, deployed: Deployed, organization_id: str
) -> Iterator[CheckResult]:
    """The role of organization-roles.yaml, where there is one and the caller may enter its
    account."""
    arn = deployed.parameters.get("OrganizationRoleArn", "")
    if not arn:
        return
    account_id, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    try:
        iam = clients("iam", account_id)
        trust = as_document(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        allowed = allowed_actions(iam, name)
    except (CannotEnter, ClientError) as error:
        settles = (
            f"{SCAN_SETTLES}; or let somebody of {account_id} compare the role with"
            " organization/organization-roles.yaml"
        )
        yield CheckResult("organisation role", SKIPPED, refusal(error)[:120], settles)
        return
    falls_back = deployed.parameters.get("PayerFallback", "true") == "true"
    functions = (
        ("DiscoverAccounts", "DetectAnomalies", "ExplainAnomaly")
        if falls_back
        else ("DiscoverAccounts",)
    )
    again = "update the stack of organization/organization-roles.yaml with "
    problems = trust_problems(trust, deployed, organization_id, functions, again)
    for problem, remedy in problems:
        yield CheckResult("organisation role", FAILED, f"{arn}: {problem}", remedy)
    needed, with_parameter = set(LISTING), ""
    if deployed.parameters.get("CostSource") == "payer":
        needed, with_parameter = needed | {"ce:GetCostAndUsage"}, "QueriesCosts=true"
    if falls_back:
        needed, with_parameter = (
            needed | {"ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources"},
            "PayerFallback=true",
        )
    lacking = sorted(needed - allowed)
    if lacking:
        yield CheckResult(
            "organisation role",
            FAILED,
            f"{arn}: lacks {', '.join(lacking)}",
            again + (with_parameter or "this version"),
        )
    elif not problems:
        yield CheckResult("organisation role", OK, arn)
