"""The doctor against the simulation: all well, then each fault planted and found with its
remedy."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from whyspike.cli.doctor.accounts import trust_problems
from whyspike.cli.doctor.command import diagnose
from whyspike.cli.doctor.findings import CannotEnter, CheckResult, Deployed
from whyspike.cli.doctor.hub import check_last_scan, check_schedule, check_stack
from whyspike.cli.doctor.services import check_claude
from whyspike.simulator.fernhill.organization import generate
from whyspike.simulator.organization.folder import load
from whyspike.simulator.simulation import SLACK_SECRET, Simulation

ACCOUNT, WITHOUT_ROLE, MANAGEMENT = "214600318705", "914450287761", "100020003000"
DAY = date(2026, 11, 6)
ROLE, POLICY = "whyspike-member", "read-costs-and-their-causes"


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with Simulation(load(generate(tmp_path_factory.mktemp("organization"))), workers=1) as deployed:
        deployed.deploy()
        yield deployed


def clients_of(simulation: Simulation) -> Callable[[str, str], Any]:
    def client(service: str, account_id: str) -> Any:
        readable(simulation, account_id) if service == "iam" else None
        if service == "cloudtrail":
            time.sleep(
                0.5
            )  # the clients of the tests do not retry, and CloudTrail takes two requests a second
        return simulation.client(service, account_id or None)

    return client


def readable(simulation: Simulation, account_id: str) -> None:
    """moto hands out a policy made by CloudFormation as Python text, with a None for what its
    conditions leave out; AWS as JSON without it."""
    iam = simulation.client("iam", account_id)
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"] if has_role(iam) else []:
        document = iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"]
        if isinstance(document, str):
            policy = ast.literal_eval(document)
            policy["Statement"] = [one for one in policy["Statement"] if one is not None]
            iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=json.dumps(policy))


def has_role(iam: Any) -> bool:
    return ROLE in {role["RoleName"] for role in iam.list_roles()["Roles"]}


def examined(simulation: Simulation, account: str = ACCOUNT) -> list[CheckResult]:
    slack, claude = f"{simulation.url}/slack/api/", f"{simulation.url}/claude"
    return diagnose(clients_of(simulation), "whyspike", "us-east-1", (account,), DAY, slack, claude)


def by_name(found: list[CheckResult], status: str) -> dict[str, CheckResult]:
    return {finding.name: finding for finding in found if finding.status == status}


def test_a_sound_deployment_has_no_failure(simulation: Simulation) -> None:
    found = examined(simulation)

    assert by_name(found, "failed") == {}
    assert set(by_name(found, "ok")) >= {
        "stack",
        "schedule",
        "organisation",
        "trust of the member role",
        "permissions of the member role",
        "CloudTrail",
        "Cost Explorer",
        "resource-level data",
        "StackSets",
        "caps",
        "quotas",
        "settings files",
        "Slack secret",
        "Slack token",
        "Claude",
    }
    # The default ExternalId, nobody subscribed, and a hub that is not the payer and has no billing
    # view for PayerFallback.
    assert set(by_name(found, "warning")) == {"ExternalId", "alarms", "costs of all accounts"}


def no_role(simulation: Simulation) -> None:
    """One account of the default organisation lacks it."""


def fault(name: str) -> Callable[[Simulation], None]:
    return lambda simulation: simulation.faults.set(name, 1)


def slack_secret(value: Any) -> Callable[[Simulation], None]:
    def plant(simulation: Simulation) -> None:
        simulation.client("secretsmanager").put_secret_value(
            SecretId=simulation.resource("SlackSecret"), SecretString=json.dumps(value)
        )

    return plant


def claude_secret(value: Any) -> Callable[[Simulation], None]:
    def plant(simulation: Simulation) -> None:
        simulation.client("secretsmanager").put_secret_value(
            SecretId=simulation.resource("ClaudeSecret"), SecretString=json.dumps(value)
        )

    return plant


def permissions_cut(simulation: Simulation) -> None:
    statement = {"Effect": "Allow", "Action": ["ce:GetCostAndUsage"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    simulation.client("iam", ACCOUNT).put_role_policy(
        RoleName=ROLE, PolicyName=POLICY, PolicyDocument=policy
    )


def another_external_id(simulation: Simulation) -> None:
    iam = simulation.client("iam", ACCOUNT)
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "something-else"
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


def owners_that_call_everybody(simulation: Simulation) -> None:
    simulation.client("s3").put_object(
        Bucket=simulation.resource("ScanBucket"),
        Key="settings/owners.json",
        Body=b'{"default_channel": "<!channel>"}',
    )


def mended(simulation: Simulation) -> None:
    simulation.client("s3").delete_object(
        Bucket=simulation.resource("ScanBucket"), Key="settings/owners.json"
    )
    slack_secret(json.loads(SLACK_SECRET))(simulation)
    claude_secret({"api_key": "sk-ant-simulated"})(simulation)
    iam = simulation.client("iam", ACCOUNT)
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "whyspike"
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))
    actions = ["ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources", "cloudtrail:LookupEvents"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(policy))
    for name in simulation.faults.left():
        simulation.faults.set(name, 0)


PLANTED = [
    ("no member role", no_role, WITHOUT_ROLE, "member role", "member-role.yaml"),
    (
        "another ExternalId",
        another_external_id,
        ACCOUNT,
        "trust of the member role",
        "ExternalId=whyspike",
    ),
    (
        "an action is missing",
        permissions_cut,
        ACCOUNT,
        "permissions of the member role",
        "this version",
    ),
    (
        "CloudTrail denied",
        fault("cloudtrail:deny"),
        ACCOUNT,
        "CloudTrail",
        "service control policies",
    ),
    (
        "Cost Explorer not enabled",
        fault("cost_explorer:deny"),
        ACCOUNT,
        "Cost Explorer",
        "allow linked accounts",
    ),
    (
        "no access to the organisation",
        fault("organizations:deny"),
        ACCOUNT,
        "organisation",
        "delegated administrator",
    ),
    (
        "a small Lambda quota",
        fault("lambda:quota"),
        ACCOUNT,
        "quotas",
        "request-service-quota-increase",
    ),
    (
        "a key of the Slack secret is misspelt",
        slack_secret({"bot_tokn": "xoxb-simulated"}),
        ACCOUNT,
        "Slack secret",
        "put-secret-value",
    ),
    (
        "the Slack secret is no object",
        slack_secret("xoxb-1"),
        ACCOUNT,
        "Slack secret",
        "put-secret",
    ),
    (
        "no signing secret",
        slack_secret({"bot_token": "xoxb-simulated"}),
        ACCOUNT,
        "Slack buttons",
        "signing_secret",
    ),
    ("the Slack token is void", fault("slack:invalid_auth"), ACCOUNT, "Slack token", "reinstall"),
    (
        "a Slack scope is missing",
        fault("slack:no_scope:files:write"),
        ACCOUNT,
        "Slack token",
        "OAuth & Permissions",
    ),
    (
        "a settings file is wrong",
        owners_that_call_everybody,
        ACCOUNT,
        "settings files",
        "whyspike settings check",
    ),
    ("no Claude key", claude_secret({}), ACCOUNT, "Claude", "put-secret-value"),
]


@pytest.mark.parametrize(
    ("plant", "account", "check", "remedy"),
    [case[1:] for case in PLANTED],
    ids=[case[0] for case in PLANTED],
)
def test_a_planted_fault_is_found_with_its_remedy(
    simulation: Simulation,
    plant: Callable[[Simulation], None],
    account: str,
    check: str,
    remedy: str,
) -> None:
    plant(simulation)
    try:
        failed = by_name(examined(simulation, account), "failed")
    finally:
        mended(simulation)

    assert set(failed) == {check}
    assert remedy in failed[check].remedy


def test_no_slack_is_a_warning_that_says_who_is_told_instead(simulation: Simulation) -> None:
    slack_secret({})(simulation)
    try:
        found = examined(simulation, ACCOUNT)
    finally:
        mended(simulation)

    assert by_name(found, "failed") == {}
    told = by_name(found, "warning")["Slack secret"]
    assert "The report in the bucket is all there is" in told.detail


def test_inactive_cost_allocation_tags_are_a_warning_with_the_command_that_activates_them(
    simulation: Simulation,
) -> None:
    simulation.faults.set("tags:inactive", 1)
    warned = by_name(examined(simulation), "warning")["cost-allocation tags"]
    assert "env, team" in warned.detail
    assert "aws ce update-cost-allocation-tags-status" in warned.remedy


def test_stack_sets_without_trusted_access_are_a_warning_with_the_command_that_turns_it_on(
    simulation: Simulation,
) -> None:
    simulation.faults.set("stack_sets:off", 1)
    assert (
        "activate-organizations-access"
        in by_name(examined(simulation), "warning")["StackSets"].remedy
    )


def test_an_account_that_cannot_be_entered_is_not_called_sound(simulation: Simulation) -> None:
    def outside(service: str, account_id: str) -> Any:
        if account_id not in {"", "100020003001"}:
            raise CannotEnter("no role there")
        if service == "cloudtrail":
            time.sleep(
                0.5
            )  # the clients of the tests do not retry, and CloudTrail takes two requests a second
        return simulation.client(service, account_id or None)

    found = diagnose(
        outside,
        "whyspike",
        "us-east-1",
        (ACCOUNT,),
        DAY,
        f"{simulation.url}/slack/api/",
        f"{simulation.url}/claude",
    )
    assert "member role" in by_name(found, "skipped")
    assert "permissions of the member role" not in by_name(found, "ok")


def test_a_stack_that_is_not_there_is_the_one_finding(simulation: Simulation) -> None:
    (found,) = diagnose(clients_of(simulation), "whyspoke", "us-east-1")
    assert (found.name, found.status) == ("stack", "failed")
    assert "sam deploy" in found.remedy


def test_the_reason_of_an_account_that_the_last_scan_missed_is_shown_with_its_remedy(
    simulation: Simulation,
) -> None:
    simulation.scan(account_ids=[WITHOUT_ROLE])
    failed = by_name(examined(simulation), "failed")["accounts of the last scan"]
    assert failed.detail.startswith(f"{WITHOUT_ROLE} not-scanned: MemberRoleDenied")
    assert "member-role.yaml" in failed.remedy


# ------------------------------------------------------------------ what the simulation cannot
# plant


def deployed(**changes: Any) -> Deployed:
    parameters = {
        "ExternalId": "e-1",
        "ScheduleState": "ENABLED",
        "ScheduleExpression": "rate(1 day)",
        "ClaudeProvider": "bedrock",
    }
    roles = {
        "DetectAnomaliesRole": "whyspike-DetectAnomaliesRole-1",
        "ExplainAnomalyRole": "whyspike-ExplainAnomalyRole-2",
    }
    sound = {
        "name": "whyspike",
        "status": "CREATE_COMPLETE",
        "account_id": "111122223333",
        "region": "eu-west-1",
        "parameters": parameters,
        "outputs": {"StateMachineArn": "arn", "TableName": "t"},
        "resources": roles,
    }
    return Deployed(**{**sound, **changes})


def never(_service: str, _account_id: str) -> Any:
    raise AssertionError("asks nobody")


@pytest.mark.parametrize(
    ("changes", "check", "status"),
    [
        ({"status": "UPDATE_ROLLBACK_COMPLETE"}, "stack", "failed"),
        ({"status": "CREATE_IN_PROGRESS"}, "stack", "failed"),
        ({"name": "whyspike-of-the-platform-team"}, "stack", "failed"),
        ({"parameters": {"ExternalId": "whyspike"}}, "ExternalId", "warning"),
    ],
    ids=["rolled back", "not ready", "name too long", "default ExternalId"],
)
def test_a_stack_that_is_not_sound_is_told(
    changes: dict[str, Any], check: str, status: str
) -> None:
    finding = {finding.name: finding for finding in check_stack(never, deployed(**changes))}[check]
    assert finding.status == status
    assert finding.remedy


def test_a_schedule_that_is_switched_off_is_a_warning() -> None:
    (finding,) = check_schedule(never, deployed(parameters={"ScheduleState": "DISABLED"}))
    assert finding.status == "warning"


TRUSTED: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "sts:AssumeRole",
    "Condition": {
        "StringEquals": {"sts:ExternalId": "e-1", "aws:PrincipalOrgID": "o-1"},
        "ArnLike": {
            "aws:PrincipalArn": [
                "arn:aws:iam::111122223333:role/whyspike-DetectAnomaliesRole-*",
                "arn:aws:iam::111122223333:role/whyspike-ExplainAnomalyRole-*",
            ]
        },
    },
}
UNTRUSTED = [
    (
        "another hub",
        {**TRUSTED, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
        "HubAccountId=111122223333",
    ),
    (
        "another ExternalId",
        {
            **TRUSTED,
            "Condition": {**TRUSTED["Condition"], "StringEquals": {"sts:ExternalId": "e-2"}},
        },
        "ExternalId=e-1",
    ),
    (
        "another organisation",
        {
            **TRUSTED,
            "Condition": {"StringEquals": {"sts:ExternalId": "e-1", "aws:PrincipalOrgID": "o-2"}},
        },
        "OrganizationId=o-1",
    ),
    (
        "another stack name",
        {
            **TRUSTED,
            "Condition": {
                **TRUSTED["Condition"],
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/spy-*"},
            },
        },
        "HubStackName=whyspike",
    ),
    ("nobody", {**TRUSTED, "Effect": "Deny"}, "HubAccountId=111122223333"),
]


@pytest.mark.parametrize(
    ("statement", "remedy"), [case[1:] for case in UNTRUSTED], ids=[case[0] for case in UNTRUSTED]
)
def test_a_trust_policy_that_would_refuse_us_is_told_with_the_parameter_to_change(
    statement: dict[str, Any], remedy: str
) -> None:
    problems = trust_problems({"Statement": [statement]}, deployed(), "o-1")
    assert any(remedy in details["parameter"] for _, details in problems)


def test_the_trust_policy_of_member_role_yaml_is_sound() -> None:
    assert trust_problems({"Statement": [TRUSTED]}, deployed(), "o-1") == []


class Answers:
    """A boto3 client of which every call answers the same."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        return lambda **_parameters: self._answer


GRANTED = {
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
    "agreementAvailability": {"status": "AVAILABLE"},
}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (GRANTED, "ok"),
        ({**GRANTED, "authorizationStatus": "NOT_AUTHORIZED"}, "failed"),
        ({**GRANTED, "regionAvailability": "NOT_AVAILABLE"}, "failed"),
        ({**GRANTED, "agreementAvailability": {"status": "NOT_AVAILABLE"}}, "failed"),
    ],
    ids=["granted", "not authorised", "not in this region", "no agreement"],
)
def test_access_to_the_model_on_bedrock_is_checked(answer: dict[str, Any], status: str) -> None:
    (finding,) = check_claude(lambda _service, _account_id: Answers(answer), deployed())
    assert finding.status == status
    assert bool(finding.remedy) == (status == "failed")


def test_a_failed_last_scan_names_the_command_that_redrives_it() -> None:
    run = {"name": "scan-2026-11-06", "status": "FAILED", "executionArn": "arn:run"}
    (finding,) = check_last_scan(
        lambda _service, _account_id: Answers({"executions": [run]}), deployed()
    )
    assert finding.status == "failed"
    assert "redrive-execution --execution-arn arn:run" in finding.remedy
