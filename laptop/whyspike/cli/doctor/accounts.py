"""The doctor in the other accounts: the member role, whom it trusts and what it allows, CloudTrail,
Cost Explorer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from whyspike.cli.doctor.findings import (
    FAILED,
    OK,
    SKIPPED,
    WARNING,
    CannotEnter,
    CheckResult,
    Clients,
    Deployed,
    code_of,
    refusal,
)

USERS = ("DetectAnomalies", "ExplainAnomaly")  # of the member role
AGAIN = "update the StackSet of organization/member-role.yaml with "
NEEDED = {"ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources", "cloudtrail:LookupEvents"}
READERS = 8
SCAN_TELLS = (
    "the last scan, below, shows whether whyspike's own roles get in; or run this where"
    " --inspect-role can be assumed"
)


def check_accounts(
    clients: Clients,
    deployed: Deployed,
    organization_id: str,
    account_ids: Iterable[str],
    day: date,
    asked: str,
) -> list[CheckResult]:
    """Findings of every account, in order. The account `asked` ("": none) is asked for costs too,
    two questions of $0.01."""
    ids = list(account_ids)

    def one(account_id: str) -> list[CheckResult]:
        return list(
            _check_account(
                clients, deployed, organization_id, account_id, day if account_id == asked else None
            )
        )

    with ThreadPoolExecutor(READERS) as pool:
        found = [finding for findings in pool.map(one, ids) for finding in findings]
    return _summed_up(found, len(ids))


def _check_account(
    clients: Clients, deployed: Deployed, organization_id: str, account_id: str, day: date | None
) -> Iterator[CheckResult]:
    try:
        role = clients("iam", account_id).get_role(RoleName=deployed.parameters["MemberRoleName"])[
            "Role"
        ]
    except CannotEnter as error:
        yield CheckResult("member role", SKIPPED, f"{account_id}: {error}", SCAN_TELLS)
        if day:
            yield CheckResult("Cost Explorer", SKIPPED, f"{account_id}: {error}", SCAN_TELLS)
        return
    except ClientError as error:
        missing = code_of(error) in {"NoSuchEntity", "NoSuchEntityException"}
        detail = (
            f"{account_id}: {deployed.parameters['MemberRoleName']} does not exist"
            if missing
            else f"{account_id}: {refusal(error)}"
        )
        yield CheckResult(
            "member role",
            FAILED,
            detail,
            "deploy organization/member-role.yaml to it (StackSet, or a stack in the management"
            " account)",
        )
        return
    problems = trust_problems(
        as_document(role["AssumeRolePolicyDocument"]), deployed, organization_id
    )
    for problem, remedy in problems:
        yield CheckResult("trust of the member role", FAILED, f"{account_id}: {problem}", remedy)
    if not problems:
        yield CheckResult("trust of the member role", OK, account_id)
    yield _check_permissions(clients, deployed, account_id)
    yield _check_cloudtrail(clients, account_id)
    if day:
        yield from check_cost_explorer(clients("ce", account_id), account_id, day)


def trust_problems(
    trust: dict[str, Any],
    deployed: Deployed,
    organization_id: str,
    functions: Iterable[str] = USERS,
    again: str = AGAIN,
) -> list[tuple[str, str]]:
    """(problem, remedy) of a trust policy that would refuse whyspike's functions, or let in more
    than them. `organization_id` may be ""."""
    statements = [
        s
        for s in _list(trust.get("Statement", []))
        if s.get("Effect") == "Allow" and "sts:AssumeRole" in _list(s.get("Action", []))
    ]
    hub = [
        s
        for s in statements
        if any(
            f"::{deployed.account_id}:" in str(arn)
            for arn in _list(s.get("Principal", {}).get("AWS", []))
        )
    ]
    if not hub:
        return [
            (
                f"the hub account {deployed.account_id} is not trusted",
                again + f"HubAccountId={deployed.account_id}",
            )
        ]
    conditions = {
        key: _list(value)
        for operators in hub[0].get("Condition", {}).values()
        for key, value in operators.items()
    }
    found = []
    external_id = deployed.parameters.get("ExternalId", "")
    if external_id not in conditions.get("sts:ExternalId", []):
        found.append(
            ("its ExternalId is not that of the stack", again + f"ExternalId={external_id}")
        )
    if organization_id and organization_id not in conditions.get(
        "aws:PrincipalOrgID", [organization_id]
    ):
        found.append(
            ("it trusts another organisation", again + f"OrganizationId={organization_id}")
        )
    patterns = conditions.get("aws:PrincipalArn", ["*"])
    for function in functions:
        if not any(
            fnmatchcase(deployed.role_arn(function).split(":", 2)[2], pattern.split(":", 2)[-1])
            for pattern in patterns
        ):
            found.append(
                (
                    f"it does not trust the role of {function}",
                    again + f"HubStackName={deployed.name}",
                )
            )
    return found


def _check_permissions(clients: Clients, deployed: Deployed, account_id: str) -> CheckResult:
    allowed = allowed_actions(clients("iam", account_id), deployed.parameters["MemberRoleName"])
    lacking = {
        action for action in NEEDED if not any(fnmatchcase(action, pattern) for pattern in allowed)
    }
    if lacking:
        remedy = "update the StackSet of organization/member-role.yaml to this version"
        return CheckResult(
            "permissions of the member role",
            FAILED,
            f"{account_id}: lacks {', '.join(sorted(lacking))}",
            remedy,
        )
    return CheckResult("permissions of the member role", OK, account_id)


def allowed_actions(iam: Any, role_name: str) -> set[str]:
    """What the inline policies of a role allow; patterns as they are written."""
    policies = [
        as_document(iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"])
        for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]
    ]
    return {
        a
        for p in policies
        for s in _list(p.get("Statement", []))
        if s.get("Effect") == "Allow"
        for a in _list(s.get("Action", []))
    }


def _check_cloudtrail(clients: Clients, account_id: str) -> CheckResult:
    try:
        clients("cloudtrail", account_id).lookup_events(MaxResults=1)
    except ClientError as error:
        remedy = "allow cloudtrail:LookupEvents in the organisation's service control policies"
        return CheckResult("CloudTrail", FAILED, f"{account_id}: {refusal(error)}", remedy)
    return CheckResult("CloudTrail", OK, account_id)


def check_cost_explorer(
    ce: Any, account_id: str, day: date, billing_view: str = ""
) -> Iterator[CheckResult]:
    """Whether costs, and costs by resource, can be asked for: two questions of $0.01."""
    period = {"Start": (day - timedelta(days=1)).isoformat(), "End": day.isoformat()}
    asked: dict[str, Any] = {
        "TimePeriod": period,
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
    }
    if billing_view:
        asked["BillingViewArn"] = billing_view
    try:
        ce.get_cost_and_usage(**asked)
    except ClientError as error:
        yield CheckResult(
            "Cost Explorer",
            FAILED,
            f"{account_id}: {refusal(error)}",
            "in the management account: open Cost Explorer once to enable it, and under Billing"
            " preferences allow linked accounts",
        )
        return
    yield CheckResult("Cost Explorer", OK, account_id)
    service = {
        "Dimensions": {"Key": "SERVICE", "Values": ["Amazon Elastic Compute Cloud - Compute"]}
    }
    try:
        ce.get_cost_and_usage_with_resources(
            **asked, Filter=service, GroupBy=[{"Type": "DIMENSION", "Key": "RESOURCE_ID"}]
        )
    except ClientError as error:
        remedy = (
            "in the management account: Cost Management preferences, Cost Explorer, enable"
            " resource-level data at daily granularity"
        )
        yield CheckResult(
            "resource-level data",
            WARNING,
            f"{account_id}: explanations name no resources: {refusal(error)}",
            remedy,
        )
        return
    yield CheckResult("resource-level data", OK, account_id)


def _summed_up(found: list[CheckResult], accounts: int) -> list[CheckResult]:
    """All that is not well, then one line for each check that is well everywhere."""
    bad = [finding for finding in found if finding.status in {FAILED, WARNING}]
    lines = []
    for name in dict.fromkeys(finding.name for finding in found):
        well = sum(finding.name == name and finding.status == OK for finding in found)
        skipped = [
            finding for finding in found if finding.name == name and finding.status == SKIPPED
        ]
        if well:
            lines.append(CheckResult(name, OK, f"{well} of {accounts} accounts"))
        if skipped:
            detail = (
                f"{len(skipped)} of {accounts} accounts could not be entered, such as"
                f" {skipped[0].detail}"
            )
            lines.append(CheckResult(name, SKIPPED, detail, skipped[0].remedy))
    return bad + lines


def as_document(value: Any) -> dict[str, Any]:
    """A policy as boto3 gives it, or as JSON text."""
    document: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return document


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
