"""Check a deployment, read-only, and print for each failure what to do about it.

Run it with an administrator's credentials in the hub account. With --inspect-role it also enters
every account and looks at the member role there; AWS gives that role to the management account
alone, so run it there to see all of it. Otherwise what the last scan stored about each account is
shown. Asks Cost Explorer five times at most ($0.05); everything else is free.

    whyspike doctor
    whyspike doctor --stack whyspike-dev --region eu-west-1 --profile hub
    whyspike doctor --accounts 111122223333,444455556666
    whyspike doctor --list
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from string import Formatter
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from whyspike.cli.arguments import Accounts, Profile, Region, Stack, parse_accounts
from whyspike.cli.console import console, table
from whyspike.cli.doctor.accounts import (
    CLOUDTRAIL,
    COST_EXPLORER,
    MEMBER_ROLE,
    PERMISSIONS,
    RESOURCES,
    TRUST,
    check_accounts,
)
from whyspike.cli.doctor.checks import BLIND_SPOTS, NOT_ALLOWED, Check, CheckProblem
from whyspike.cli.doctor.costs import (
    BUDGETS,
    CAPS,
    DETECTOR,
    PAYER,
    check_budgets,
    check_caps,
    check_detector,
    check_payer,
)
from whyspike.cli.doctor.findings import (
    FAILED,
    CannotEnter,
    CheckResult,
    Clients,
    Deployed,
    refusal,
)
from whyspike.cli.doctor.hub import (
    ALARMS,
    CREDENTIALS,
    EXTERNAL_ID,
    LAST_ACCOUNTS,
    LAST_SCAN,
    QUOTAS,
    REGION,
    SCHEDULE,
    SETTINGS,
    STACK,
    TAGS,
    check_alarms,
    check_last_scan,
    check_quotas,
    check_region,
    check_schedule,
    check_settings,
    check_stack,
    check_tags,
    read_deployed,
)
from whyspike.cli.doctor.organization import (
    ORGANIZATION,
    ORGANIZATION_ROLE,
    STACK_SETS,
    accounts_not_checked,
    check_organization_role,
    check_stack_sets,
    read_organization,
)
from whyspike.cli.doctor.services import (
    BEDROCK,
    CLAUDE,
    DIGEST,
    EMAIL,
    FEEDBACK_URL,
    SLACK_BUTTONS,
    SLACK_SECRET,
    SLACK_TOKEN,
    check_claude,
    check_email,
    check_slack,
)
from whyspike.cli.doctor.targets import BUS, TARGETS, check_bus, check_targets
from whyspike.errors import InvalidInput

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=30
)
# In the order in which somebody would mend them.
CHECKS = (
    *(CREDENTIALS, STACK, EXTERNAL_ID, SCHEDULE, ORGANIZATION, REGION),
    *(MEMBER_ROLE, TRUST, PERMISSIONS, CLOUDTRAIL, COST_EXPLORER, RESOURCES),
    *(STACK_SETS, ORGANIZATION_ROLE, PAYER, DETECTOR, BUDGETS, CAPS, QUOTAS),
    *(SLACK_SECRET, DIGEST, SLACK_BUTTONS, FEEDBACK_URL, SLACK_TOKEN, CLAUDE, BEDROCK, EMAIL),
    *(BUS, TARGETS),
    *(TAGS, SETTINGS, ALARMS, LAST_SCAN, LAST_ACCOUNTS),
)
_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def run(
    stack: Stack = "whyspike",
    region: Region = None,
    profile: Profile = None,
    accounts: Accounts = None,
    inspect_role: Annotated[
        str, typer.Option(metavar="NAME", help="role by which you enter accounts")
    ] = "OrganizationAccountAccessRole",
    list_: Annotated[
        bool, typer.Option("--list", help="print every check with the remedies that it knows")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print it as JSON, for programs")] = False,
) -> int:
    if list_:
        if as_json:
            print(json.dumps([_described(check) for check in CHECKS], indent=1))
        else:
            _show_checks()
        return 0
    account_ids = parse_accounts(accounts)
    session, clients = log_in(profile, region, inspect_role)
    found = diagnose(clients, stack, session.region_name, account_ids)
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=1))
    else:
        _show(found)
    return int(any(finding.status == FAILED for finding in found))


def log_in(
    profile: str | None, region: str | None, inspect_role: str
) -> tuple[boto3.Session, Clients]:
    """The session and its clients. Raises InvalidInput with the remedy where there is no login or
    no region."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        if not session.region_name:
            raise InvalidInput(
                "no region is set. Remedy: give --region, or set AWS_REGION to the stack's"
            )
        return session, session_clients(session, inspect_role)
    except (ClientError, BotoCoreError) as error:
        remedy = (
            "log in first: aws sso login, or set AWS_PROFILE (--profile) to a profile of"
            " ~/.aws/config with access to the hub account"
        )
        raise InvalidInput(f"{refusal(error)}. Remedy: {remedy}") from error


def diagnose(
    clients: Clients,
    stack: str,
    region: str,
    accounts: tuple[str, ...] = (),
    day: date | None = None,
    slack_url: str = "",
    claude_url: str = "",
) -> list[CheckResult]:
    """All findings, in the order in which somebody would mend them. `day`: the last usage date that
    costs are asked for."""
    deployed = read_deployed(clients, stack, region)
    if isinstance(deployed, CheckResult):
        return [deployed]
    found = [*check_stack(clients, deployed), *check_schedule(clients, deployed)]
    organization_findings, organization = read_organization(clients, deployed)
    found += organization_findings
    day = day or datetime.now(UTC).date() - timedelta(days=1)
    inspected = [
        account
        for account in organization.accounts or accounts
        if not accounts or account in accounts
    ]
    # One member is asked for costs: what the payer allows holds for all of them, but not for the
    # management account.
    members = [account for account in inspected if account != organization.management_account]
    asked = (
        ""
        if deployed.parameters.get("CostSource") == "payer"
        else next(iter(members or inspected), "")
    )
    if inspected:
        found += check_accounts(clients, deployed, organization.id, inspected, day, asked)
    else:
        found += accounts_not_checked()
    checks: list[tuple[Check, Callable[[Clients, Deployed], Iterator[CheckResult]]]] = [
        (REGION, check_region),
        (STACK_SETS, lambda clients, _deployed: check_stack_sets(clients, organization)),
        (ORGANIZATION_ROLE, partial(check_organization_role, organization_id=organization.id)),
        (PAYER, partial(check_payer, organization=organization, day=day)),
        (BUDGETS, partial(check_budgets, organization=organization)),
        (DETECTOR, partial(check_detector, organization=organization)),
        (CAPS, partial(check_caps, organization=organization)),
        (QUOTAS, check_quotas),
        (SLACK_SECRET, partial(check_slack, api_url=slack_url)),
        (CLAUDE, partial(check_claude, base_url=claude_url)),
        (EMAIL, check_email),
        (BUS, check_bus),
        (TARGETS, check_targets),
        (
            TAGS,
            partial(check_tags, management_account=organization.management_account),
        ),
        (SETTINGS, check_settings),
        (ALARMS, check_alarms),
        (LAST_SCAN, check_last_scan),
    ]
    for check, look in checks:
        found += _guarded(check, lambda look=look: list(look(clients, deployed)))  # type: ignore[misc]
    return found


def _guarded(check: Check, look: Callable[[], list[CheckResult]]) -> list[CheckResult]:
    """A check that the caller may not make is one finding, and the others go on."""
    try:
        return look()
    except (ClientError, BotoCoreError, CannotEnter) as error:
        return [check.not_allowed(error)]


def session_clients(session: boto3.Session, inspect_role: str) -> Clients:
    """Clients of the session's account, and of others through `inspect_role`."""
    entered: dict[str, dict[str, str]] = {}
    home = session.client("sts", config=_CONFIG).get_caller_identity()["Account"]

    def client(service: str, account_id: str) -> Any:
        keys = {} if account_id in {"", home} else enter(account_id)
        return session.client(service, config=_CONFIG, **keys)  # type: ignore[call-overload]

    def enter(account_id: str) -> dict[str, str]:
        if account_id not in entered:
            partition = session.get_partition_for_region(session.region_name or "us-east-1")
            arn = f"arn:{partition}:iam::{account_id}:role/{inspect_role}"
            try:
                keys = session.client("sts", config=_CONFIG).assume_role(
                    RoleArn=arn, RoleSessionName="whyspike-doctor"
                )["Credentials"]
            except ClientError as error:
                raise CannotEnter(
                    f"{inspect_role} of {account_id} cannot be assumed ({refusal(error)[:80]})"
                ) from error
            entered[account_id] = {
                "aws_access_key_id": keys["AccessKeyId"],
                "aws_secret_access_key": keys["SecretAccessKey"],
                "aws_session_token": keys["SessionToken"],
            }
        return entered[account_id]

    return client


def _show(found: list[CheckResult]) -> None:
    rows = table("", "check", "what was seen")
    for finding in found:
        style = _STYLES[finding.status]
        remedy = f"\nRemedy: {finding.remedy}" if finding.remedy else ""
        rows.add_row(Text(finding.status, style=style), finding.name, finding.detail + remedy)
    console().print(rows)
    counts = {status: sum(finding.status == status for finding in found) for status in _STYLES}
    console().print(
        "\n" + ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    )
    console().print("what is not looked at: the end of whyspike doctor --list", style="dim")


def _described(check: Check) -> dict[str, object]:
    problems = [*check.problems.values(), NOT_ALLOWED]
    return {
        "check": check.name,
        "looks_at": check.looks_at,
        "problems": [{"status": p.status, "said": p.said, "remedy": p.remedy} for p in problems],
    }


def _show_checks() -> None:
    rows = table("check", "", "what may be found, and the remedy")
    for check in CHECKS:
        rows.add_row(Text(check.name, style="bold"), "", check.looks_at)
        for problem in check.problems.values():
            rows.add_row("", problem.status, _written(problem))
    rows.add_row(Text("any", style="bold"), NOT_ALLOWED.status, _written(NOT_ALLOWED))
    rows.add_row(Text("not looked at", style="bold"), "", "and what tells it instead")
    for what, told_by in BLIND_SPOTS:
        rows.add_row("", "", f"{what}\nTold by: {told_by}")
    console().print(rows)


def _written(problem: CheckProblem) -> str:
    """With its details named in capitals, as in the help of a command."""
    named = {
        name: name.upper()
        for text in (problem.said, problem.remedy)
        for _, name, _, _ in Formatter().parse(text)
        if name
    }
    said, remedy = problem.said.format(**named), problem.remedy.format(**named)
    return f"{said}\nRemedy: {remedy}"
