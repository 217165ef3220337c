"""The doctor in the other accounts: the member role, whom it trusts and what it allows, CloudTrail,
Cost Explorer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from whyspike.cli.doctor.checks import SCAN_SETTLES, Check, CheckProblem, failed, skipped, warning
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
from whyspike.payload import json_value

USERS = ("DetectAnomalies", "ExplainAnomaly")  # of the member role
NEEDED = {"ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources", "cloudtrail:LookupEvents"}
WATCHED = {  # with WatchCommitments
    "savingsplans:DescribeSavingsPlans",
    "ec2:DescribeReservedInstances",
    "rds:DescribeReservedDBInstances",
    "elasticache:DescribeReservedCacheNodes",
    "es:DescribeReservedInstances",
    "redshift:DescribeReservedNodes",
    "memorydb:DescribeReservedNodes",
}
READERS = 8
SCAN_TELLS = (
    "the last scan, below, shows whether whyspike's own roles get in; or run this where"
    " --inspect-role can be assumed"
)


TO_DEPLOY_THE_ROLE = (
    "deploy organization/member-role.yaml to it (StackSet, or a stack in the management account)"
)
NOT_KNOWN = {
    "accounts not known": skipped(
        "the accounts are not known here",
        f"{SCAN_SETTLES}; or name accounts that trust a role of yours: --accounts ID,ID"
        " --inspect-role NAME",
    )
}


def trust_of(where: str) -> dict[str, CheckProblem]:
    """The problems that a trust policy may have, mended by a parameter of `where`."""
    remedy = f"update {where} with {{parameter}}"
    return {
        "hub": failed("{role}: the hub account {hub} is not trusted", remedy),
        "external id": failed("{role}: its ExternalId is not that of the stack", remedy),
        "organisation": failed("{role}: it trusts another organisation", remedy),
        "function": failed("{role}: it does not trust the role of {function}", remedy),
    }


MEMBER_ROLE = Check(
    "member role",
    "does every account have it?",
    {
        **NOT_KNOWN,
        "not entered": skipped("{account_id}: {refusal}", SCAN_TELLS),
        "missing": failed(
            "{account_id}: {role} does not exist",
            TO_DEPLOY_THE_ROLE,
        ),
        "unread": failed(
            "{account_id}: {refusal}",
            TO_DEPLOY_THE_ROLE,
        ),
    },
)
TRUST = Check(
    "trust of the member role",
    "does it let whyspike's functions in, and nobody else?",
    {**NOT_KNOWN, **trust_of("the StackSet of organization/member-role.yaml")},
)
PERMISSIONS = Check(
    "permissions of the member role",
    "does it allow all that a scan reads?",
    {
        **NOT_KNOWN,
        "lacking": failed(
            "{account_id}: lacks {actions}",
            "update the StackSet of organization/member-role.yaml to {version}",
        ),
    },
)
CLOUDTRAIL = Check(
    "CloudTrail",
    "can events be looked up?",
    {
        **NOT_KNOWN,
        "refused": failed(
            "{account_id}: {refusal}",
            "allow cloudtrail:LookupEvents in the organisation's service control policies",
        ),
    },
)
COST_EXPLORER = Check(
    "Cost Explorer",
    "can costs be asked for?",
    {
        **NOT_KNOWN,
        "not entered": skipped("{account_id}: {refusal}", SCAN_TELLS),
        "refused": failed(
            "{account_id}: {refusal}",
            "in the management account: open Cost Explorer once to enable it, and under Billing"
            " preferences allow linked accounts",
        ),
    },
)
RESOURCES = Check(
    "resource-level data",
    "can costs be asked for by resource?",
    {
        "off": warning(
            "{account_id}: explanations name no resources: {refusal}",
            "in the management account: Cost Management preferences, Cost Explorer, enable"
            " resource-level data at daily granularity",
        )
    },
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
        yield MEMBER_ROLE.found("not entered", account_id=account_id, refusal=error)
        if day:
            yield COST_EXPLORER.found("not entered", account_id=account_id, refusal=error)
        return
    except ClientError as error:
        missing = code_of(error) in {"NoSuchEntity", "NoSuchEntityException"}
        yield MEMBER_ROLE.found(
            "missing" if missing else "unread",
            account_id=account_id,
            role=deployed.parameters["MemberRoleName"],
            refusal=refusal(error),
        )
        return
    problems = trust_problems(
        as_document(role["AssumeRolePolicyDocument"]), deployed, organization_id
    )
    for problem, details in problems:
        yield TRUST.found(problem, role=account_id, **details)
    if not problems:
        yield TRUST.ok(account_id)
    yield _check_permissions(clients, deployed, account_id)
    yield _check_cloudtrail(clients, account_id)
    if day:
        yield from check_cost_explorer(clients("ce", account_id), account_id, day)


def trust_problems(
    trust: dict[str, Any],
    deployed: Deployed,
    organization_id: str,
    functions: Iterable[str] = USERS,
) -> list[tuple[str, dict[str, str]]]:
    """What of trust_of a trust policy has that would refuse whyspike's functions, or let in more
    than them, with its details. `organization_id` may be ""."""
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
                "hub",
                {"hub": deployed.account_id, "parameter": f"HubAccountId={deployed.account_id}"},
            )
        ]
    conditions = {
        key: _list(value)
        for operators in hub[0].get("Condition", {}).values()
        for key, value in operators.items()
    }
    found: list[tuple[str, dict[str, str]]] = []
    external_id = deployed.parameters.get("ExternalId", "")
    if external_id not in conditions.get("sts:ExternalId", []):
        found.append(("external id", {"parameter": f"ExternalId={external_id}"}))
    if organization_id and organization_id not in conditions.get(
        "aws:PrincipalOrgID", [organization_id]
    ):
        found.append(("organisation", {"parameter": f"OrganizationId={organization_id}"}))
    patterns = conditions.get("aws:PrincipalArn", ["*"])
    for function in functions:
        if not any(
            fnmatchcase(deployed.role_arn(function).split(":", 2)[2], pattern.split(":", 2)[-1])
            for pattern in patterns
        ):
            parameter = f"HubStackName={deployed.name}"
            found.append(("function", {"function": function, "parameter": parameter}))
    return found


def _check_permissions(clients: Clients, deployed: Deployed, account_id: str) -> CheckResult:
    allowed = allowed_actions(clients("iam", account_id), deployed.parameters["MemberRoleName"])
    watches = deployed.parameters.get("WatchCommitments") == "true"
    lacking = {
        action
        for action in (NEEDED | WATCHED if watches else NEEDED)
        if not any(fnmatchcase(action, pattern) for pattern in allowed)
    }
    if lacking:
        actions = ", ".join(sorted(lacking))
        version = "this version" + (" with WatchCommitments=true" if lacking & WATCHED else "")
        return PERMISSIONS.found("lacking", account_id=account_id, actions=actions, version=version)
    return PERMISSIONS.ok(account_id)


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
        return CLOUDTRAIL.found("refused", account_id=account_id, refusal=refusal(error))
    return CLOUDTRAIL.ok(account_id)


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
        yield COST_EXPLORER.found("refused", account_id=account_id, refusal=refusal(error))
        return
    yield COST_EXPLORER.ok(account_id)
    service = {
        "Dimensions": {"Key": "SERVICE", "Values": ["Amazon Elastic Compute Cloud - Compute"]}
    }
    try:
        ce.get_cost_and_usage_with_resources(
            **asked, Filter=service, GroupBy=[{"Type": "DIMENSION", "Key": "RESOURCE_ID"}]
        )
    except ClientError as error:
        yield RESOURCES.found("off", account_id=account_id, refusal=refusal(error))
        return
    yield RESOURCES.ok(account_id)


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
    document = json_value(value, what="policy") if isinstance(value, str) else value
    return document if isinstance(document, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
