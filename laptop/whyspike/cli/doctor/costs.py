"""The doctor and money: whether the payer sees every account, and whether the caps let a scan of
this size through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError

from whyspike.cli.doctor.accounts import check_cost_explorer
from whyspike.cli.doctor.checks import SCAN_SETTLES, Check, failed, skipped, warning
from whyspike.cli.doctor.findings import CheckResult, Clients, Deployed, json_object
from whyspike.cli.doctor.organization import Organization
from whyspike.cli.price.caps import advised_caps, needed_caps
from whyspike.cli.price.model import Assumptions

SEES_ALL = (
    "OrganizationRoleArn, or with BillingViewArn of a view that the management account shares with"
    " the hub"
)
PAYER = Check(
    "costs of all accounts",
    "does the payer's view show every account?",
    {
        "by a role": skipped("only {role} may ask", SCAN_SETTLES),
        "not the payer": failed(
            "the hub is not the payer and sees its own bill alone", f"deploy with {SEES_ALL}"
        ),
        "no fallback": warning(
            "the hub is not the payer: PayerFallback has nobody to ask, and an account that refuses"
            " is not scanned",
            f"deploy with {SEES_ALL}; or with PayerFallback=false",
        ),
    },
)
BUDGETS = Check(
    "budgets",
    "are those that the weekly summary reads the management account's?",
    {
        "not the payer": failed(
            "ReadBudgets=true, and {asking} asks, which is not the management account {payer}",
            "deploy organization/organization-roles.yaml in {payer} with ReadsBudgets=true and give"
            " its role as OrganizationRoleArn; or deploy with ReadBudgets=false",
        ),
    },
)
DETECTOR = Check(
    "AWS's own detector",
    "is there a list to compare with?",
    {
        "by a role": skipped("only {role} may ask", SCAN_SETTLES),
        "not the payer": failed(
            "the hub is not the payer: AWS lists the hub's own anomalies alone",
            "deploy with OrganizationRoleArn, or with CompareWithAws=false",
        ),
        "nobody watches": failed(
            "Cost Anomaly Detection has no monitor: it lists nothing",
            "create a monitor for AWS services (Billing, Cost Anomaly Detection), or deploy with"
            " CompareWithAws=false",
        ),
    },
)
CAPS = Check(
    "caps",
    "do they let a scan of this size through?",
    {
        "unknown size": skipped(
            "the number of accounts is not known here", "run whyspike scan, then this again"
        ),
        "low": warning("{short}", "deploy with {parameters}"),
    },
)


def check_payer(
    clients: Clients, deployed: Deployed, organization: Organization, day: date
) -> Iterator[CheckResult]:
    """Whether costs of all can be asked for, by CostSource=payer or for an account that refuses.
    Two questions of $0.01 at most."""
    parameters = deployed.parameters
    view, role = parameters.get("BillingViewArn", ""), parameters.get("OrganizationRoleArn", "")
    payer, falls_back = (
        parameters.get("CostSource") == "payer",
        parameters.get("PayerFallback", "true") == "true",
    )
    if not payer and not falls_back:
        return
    if role:
        yield PAYER.found("by a role", role=role)
    elif not view and organization.management_account not in {"", deployed.account_id}:
        yield PAYER.found("not the payer" if payer else "no fallback")
    elif payer or view:
        yield from check_cost_explorer(clients("ce", ""), deployed.account_id, day, view)


def check_budgets(
    _clients: Clients, deployed: Deployed, organization: Organization
) -> Iterator[CheckResult]:
    """Another account would show its own budgets for those of the organisation."""
    payer, role = organization.management_account, deployed.parameters.get("OrganizationRoleArn")
    if not payer or deployed.parameters.get("ReadBudgets") != "true":
        return
    asking = role.split(":")[4] if role else deployed.account_id
    if asking != payer:
        yield BUDGETS.found("not the payer", asking=asking, payer=payer)
    else:
        yield BUDGETS.ok(f"{payer} is asked")


def check_detector(
    clients: Clients, deployed: Deployed, organization: Organization
) -> Iterator[CheckResult]:
    """Whether CompareWithAws has a list to compare with. One question of $0.01 at most."""
    parameters = deployed.parameters
    if parameters.get("CompareWithAws") != "true":
        return
    if role := parameters.get("OrganizationRoleArn", ""):
        yield DETECTOR.found("by a role", role=role)
    elif organization.management_account not in {"", deployed.account_id}:
        yield DETECTOR.found("not the payer")
    else:
        yield _monitors(clients)


def _monitors(clients: Clients) -> CheckResult:
    try:
        answer = clients("ce", "").get_anomaly_monitors(MaxResults=1)
    except (ClientError, BotoCoreError) as error:
        return DETECTOR.not_allowed(error)
    if not answer["AnomalyMonitors"]:
        return DETECTOR.found("nobody watches")
    return DETECTOR.ok("it has a monitor")


def check_caps(
    clients: Clients, deployed: Deployed, organization: Organization
) -> Iterator[CheckResult]:
    """The caps of the deployment against what `whyspike price` expects of its number of
    accounts."""
    accounts = len(organization.accounts) or _accounts_of_the_last_scan(clients, deployed)
    if not accounts:
        yield CAPS.found("unknown size")
        return
    parameters = deployed.parameters
    assumed = Assumptions(
        accounts,
        cost_source=parameters.get("CostSource", "member"),
        usage_types=parameters.get("UsageTypeDetection", "true") == "true",
        compares=parameters.get("CompareWithAws") == "true",
        lookback_days=int(parameters.get("LookbackDays", 90)),
        model=None if parameters.get("ClaudeProvider") == "off" else "claude-sonnet-5-5",
    )
    advised, short = advised_caps(assumed), {}
    for name, need in needed_caps(assumed).items():
        if name in parameters and float(parameters[name]) < need:
            short[name] = (
                f"{name} is {int(float(parameters[name])):,}, a usual scan of {accounts:,} accounts"
                f" needs {need:,}"
            )
    if short:
        parameters_to_give = " ".join(f"{name}={advised[name]}" for name in short)
        yield CAPS.found("low", short="; ".join(short.values()), parameters=parameters_to_give)
    else:
        yield CAPS.ok(f"enough for a usual scan of {accounts:,} accounts")


def _accounts_of_the_last_scan(clients: Clients, deployed: Deployed) -> int:
    """0 where there was none, or it may not be read."""
    try:
        states, arn = clients("stepfunctions", ""), deployed.outputs["StateMachineArn"]
        runs = states.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED", maxResults=1)[
            "executions"
        ]
        ended = states.describe_execution(executionArn=runs[0]["executionArn"])
        scan_id = (json_object(ended["output"]) or {})["scan_id"]
        key = {"PK": {"S": f"SCAN#{scan_id}"}, "SK": {"S": "SUMMARY"}}
        return int(
            clients("dynamodb", "").get_item(TableName=deployed.outputs["TableName"], Key=key)[
                "Item"
            ]["accounts"]["N"]
        )
    except (ClientError, BotoCoreError, KeyError, IndexError, ValueError):
        return 0
