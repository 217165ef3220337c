"""The doctor's view of the organisation: who is in it, whether StackSets reach it, and the role
through which the payer is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from whyspike.cli.doctor.accounts import (
    CLOUDTRAIL,
    COST_EXPLORER,
    MEMBER_ROLE,
    PERMISSIONS,
    TRUST,
    allowed_actions,
    as_document,
    trust_of,
    trust_problems,
)
from whyspike.cli.doctor.checks import SCAN_SETTLES, Check, failed, skipped, warning
from whyspike.cli.doctor.findings import (
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
BUDGETS = {"budgets:ViewBudget", "organizations:DescribeOrganization"}
OF_ACCOUNTS = (MEMBER_ROLE, TRUST, PERMISSIONS, CLOUDTRAIL, COST_EXPLORER)

ORGANIZATION = Check(
    "organisation",
    "can its accounts be listed?",
    {
        "refused": failed(
            "{refusal}",
            "run this as the management account or a delegated administrator; let the hub in with"
            " organization/organization-roles.yaml",
        ),
        "by a role": skipped("only {role} may list accounts, and only for whyspike", SCAN_SETTLES),
    },
)
STACK_SETS = Check(
    "StackSets",
    "does a new account get the member role?",
    {
        "no management account": skipped(
            "the management account is not known here",
            "there: aws cloudformation describe-organizations-access",
        ),
        "not asked": skipped(
            "{refusal}",
            "in the management account: aws cloudformation describe-organizations-access",
        ),
        "off": warning(
            "trusted access is off: new accounts get no member role",
            "in the management account: aws cloudformation activate-organizations-access",
        ),
    },
)
ORGANIZATION_ROLE = Check(
    "organisation role",
    "does the role through which the payer is asked let whyspike in, and allow what it reads?",
    {
        "not entered": skipped(
            "{refusal}",
            SCAN_SETTLES + "; or let somebody of {account_id} compare the role with"
            " organization/organization-roles.yaml",
        ),
        "lacking": failed(
            "{role}: lacks {actions}",
            "update the stack of organization/organization-roles.yaml with {parameter}",
        ),
        **trust_of("the stack of organization/organization-roles.yaml"),
    },
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
            return [ORGANIZATION.found("refused", refusal=refusal(error))], known
        return [ORGANIZATION.found("by a role", role=role)], known
    found = Organization(known.id, known.management_account, active)
    return [ORGANIZATION.ok(f"{known.id}: {len(active)} active accounts")], found


def accounts_not_checked() -> list[CheckResult]:
    """One line for each check of accounts, where they are not known."""
    return [check.found("accounts not known") for check in OF_ACCOUNTS]


def check_stack_sets(clients: Clients, organization: Organization) -> Iterator[CheckResult]:
    """Without trusted access a service-managed StackSet can neither be made nor reach a new
    account."""
    if not organization.management_account:
        yield STACK_SETS.found("no management account")
        return
    try:
        status = clients(
            "cloudformation", organization.management_account
        ).describe_organizations_access()["Status"]
    except (CannotEnter, ClientError) as error:
        yield STACK_SETS.found("not asked", refusal=refusal(error)[:120])
        return
    if status == "ENABLED":
        yield STACK_SETS.ok("trusted access is on")
    else:
        yield STACK_SETS.found("off")


# By a parameter of the hub's stack: what it lets be asked for, and what of the role's grants it.
_ASKED_FOR = {
    "ReadBudgets": (BUDGETS, "ReadsBudgets=true"),
    "CompareWithAws": ({"ce:GetAnomalies", "ce:GetAnomalyMonitors"}, "CompareWithAws=true"),
    "FeedbackToAws": ({"ce:ProvideAnomalyFeedback"}, "FeedbackToAws=true"),
}


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
        yield ORGANIZATION_ROLE.found(
            "not entered", refusal=refusal(error)[:120], account_id=account_id
        )
        return
    falls_back = deployed.parameters.get("PayerFallback", "true") == "true"
    functions = (
        ("DiscoverAccounts", "DetectAnomalies", "ExplainAnomaly")
        if falls_back
        else ("DiscoverAccounts",)
    )
    if deployed.parameters.get("CompareWithAws") == "true":
        functions = (*functions, "PublishDigest")
    problems = trust_problems(trust, deployed, organization_id, functions)
    for problem, details in problems:
        yield ORGANIZATION_ROLE.found(problem, role=arn, **details)
    needed, with_parameter = _needed(deployed, falls_back)
    for parameter, (actions, granting) in _ASKED_FOR.items():
        if needed <= allowed and deployed.parameters.get(parameter) == "true":
            needed, with_parameter = actions, granting
    lacking = sorted(needed - allowed)
    if lacking:
        yield ORGANIZATION_ROLE.found(
            "lacking",
            role=arn,
            actions=", ".join(lacking),
            parameter=with_parameter or "this version",
        )
    elif not problems:
        yield ORGANIZATION_ROLE.ok(arn)


def _needed(deployed: Deployed, falls_back: bool) -> tuple[set[str], str]:
    """Actions of the role, and the parameter of its stack that grants the last of them."""
    if falls_back:
        costs = {"ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources"}
        return LISTING | costs, "PayerFallback=true"
    if deployed.parameters.get("CostSource") == "payer":
        return LISTING | {"ce:GetCostAndUsage"}, "QueriesCosts=true"
    return LISTING, ""
