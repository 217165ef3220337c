"""The doctor where the simulation cannot go: hubs that are not the payer, roles out of reach,
logins that are missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from tests.cli.test_doctor import GRANTED, TRUSTED, deployed, never
from tests.support.doctor_clients import (
    DAY,
    HUB,
    KNOWN,
    MEMBER,
    ORGANIZATION,
    PAYER,
    ROLE,
    Client,
    clients,
    only,
    refused,
    with_parameters,
)
from whyspike.cli.doctor import command as doctor
from whyspike.cli.doctor.accounts import check_accounts
from whyspike.cli.doctor.command import diagnose
from whyspike.cli.doctor.findings import Clients, Deployed
from whyspike.cli.doctor.hub import check_last_scan, check_schedule
from whyspike.cli.doctor.organization import (
    OF_ACCOUNTS,
    Organization,
    accounts_not_checked,
    check_organization_role,
    check_stack_sets,
    read_organization,
)
from whyspike.cli.doctor.services import check_claude
from whyspike.cli.main import main


def test_a_member_is_asked_for_costs_and_not_the_management_account() -> None:
    """Whether linked accounts may use Cost Explorer says nothing about the payer."""
    denied = Client(get_cost_and_usage=refused("GetCostAndUsage"))
    allowed = Client(get_cost_and_usage={}, get_cost_and_usage_with_resources={})
    listed = Client(
        describe_organization=ORGANIZATION,
        list_accounts=[
            {"Accounts": [{"Id": account, "State": "ACTIVE"} for account in (PAYER, MEMBER)]}
        ],
    )
    role = {"Role": {"AssumeRolePolicyDocument": {"Statement": [TRUSTED]}}}
    iam = Client(get_role=role, list_role_policies={"PolicyNames": []})
    trail = Client(lookup_events={})
    answering = clients(
        sts=Client(get_caller_identity={"Account": HUB}),
        organizations=listed,
        cloudformation=stack_of(with_parameters()),
        **{f"ce_{PAYER}": allowed, f"ce_{MEMBER}": denied},
        **services(iam, trail),
    )

    found = [
        finding
        for finding in diagnose(or_refused(answering), "whyspike", "eu-west-1", day=DAY)
        if finding.name == "Cost Explorer"
    ]
    assert [finding.status for finding in found] == ["failed"]
    assert MEMBER in found[0].detail
    assert allowed.asked == []


def stack_of(stack: Deployed) -> Client:
    parameters = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()
    ]
    return Client(
        describe_stacks={"Stacks": [{"StackStatus": stack.status, "Parameters": parameters}]},
        list_stack_resources=[],
    )


def services(iam: Client, trail: Client) -> dict[str, Client]:
    return {
        f"{name}_{account}": client
        for account in (PAYER, MEMBER)
        for name, client in (("iam", iam), ("cloudtrail", trail))
    }


def or_refused(answering: Clients) -> Clients:
    """Services that nothing was said about refuse."""

    def client(service: str, account_id: str) -> Any:
        try:
            return answering(service, account_id)
        except KeyError:
            raise refused(service) from None

    return client


def test_with_the_payer_out_of_reach_each_check_says_what_would_settle_it() -> None:
    answering = clients(
        sts=Client(get_caller_identity={"Account": HUB}),
        cloudformation=stack_of(with_parameters(OrganizationRoleArn=ROLE)),
        organizations=Client(
            describe_organization=ORGANIZATION, list_accounts=refused("ListAccounts")
        ),
    )
    found = diagnose(or_refused(answering), "whyspike", "eu-west-1", day=DAY)
    skipped = {finding.name: finding.remedy for finding in found if finding.status == "skipped"}
    assert set(skipped) >= {
        *(check.name for check in OF_ACCOUNTS),
        "organisation",
        "StackSets",
        "organisation role",
        "costs of all accounts",
        "caps",
    }
    assert all(skipped.values())


def test_an_account_that_cannot_be_entered_is_said_to_be_left_out_of_the_costs() -> None:
    found = check_accounts(clients(), with_parameters(), "o-1", [MEMBER], DAY, MEMBER)
    assert {finding.name: finding.status for finding in found} == {
        "member role": "skipped",
        "Cost Explorer": "skipped",
    }
    assert all(finding.remedy for finding in found)


def test_where_accounts_may_not_be_listed_the_organisation_is_known_all_the_same() -> None:
    organizations = Client(
        describe_organization=ORGANIZATION, list_accounts=refused("ListAccounts")
    )
    (finding,), known = read_organization(
        clients(organizations=organizations), with_parameters(OrganizationRoleArn=ROLE)
    )
    assert (finding.status, known) == ("skipped", Organization("o-1", PAYER))
    (finding,), _ = read_organization(clients(organizations=organizations), with_parameters())
    assert finding.status == "failed"


def test_checks_of_unknown_accounts_are_skipped_with_what_would_settle_them() -> None:
    skipped = accounts_not_checked()
    assert [finding.name for finding in skipped] == [check.name for check in OF_ACCOUNTS]
    assert all(
        finding.status == "skipped" and "whyspike scan" in finding.remedy for finding in skipped
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [("ENABLED", "ok"), ("DISABLED", "warning"), ("DISABLED_PERMANENTLY", "warning")],
)
def test_trusted_access_of_stack_sets_is_looked_at_in_the_management_account(
    status: str, expected: str
) -> None:
    cloudformation = Client(describe_organizations_access={"Status": status})
    finding = only(check_stack_sets(clients(**{f"cloudformation_{PAYER}": cloudformation}), KNOWN))
    assert finding.status == expected
    assert ("activate-organizations-access" in finding.remedy) == (expected == "warning")


@pytest.mark.parametrize("known", [KNOWN, Organization()], ids=["cannot be entered", "not known"])
def test_trusted_access_that_cannot_be_seen_is_skipped_with_the_command_that_shows_it(
    known: Organization,
) -> None:
    finding = only(check_stack_sets(clients(), known))
    assert finding.status == "skipped"
    assert "describe-organizations-access" in finding.remedy


def organization_role(
    actions: list[str],
    functions: tuple[str, ...] = ("DiscoverAccounts", "DetectAnomalies", "ExplainAnomaly"),
) -> Client:
    trusted = {
        "aws:PrincipalArn": [f"arn:aws:iam::{HUB}:role/whyspike-{name}Role-*" for name in functions]
    }
    statement = {**TRUSTED, "Condition": {**TRUSTED["Condition"], "ArnLike": trusted}}
    return Client(
        get_role={"Role": {"AssumeRolePolicyDocument": {"Statement": [statement]}}},
        list_role_policies={"PolicyNames": ["p"]},
        get_role_policy={
            "PolicyDocument": {
                "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
            }
        },
    )


LISTS = [
    "organizations:ListAccounts",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListTagsForResource",
]
EVERYBODY = ("DiscoverAccounts", "DetectAnomalies", "ExplainAnomaly", "PublishDigest")
BUDGETS = ["budgets:ViewBudget", "organizations:DescribeOrganization"]
COSTS = ["ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources"]


@pytest.mark.parametrize(
    ("role", "parameters", "status", "remedy"),
    [
        (organization_role(LISTS + COSTS), {}, "ok", ""),
        (organization_role(LISTS), {"PayerFallback": "false"}, "ok", ""),
        (organization_role(LISTS), {}, "failed", "PayerFallback=true"),
        (
            organization_role(LISTS),
            {"PayerFallback": "false", "CostSource": "payer"},
            "failed",
            "QueriesCosts=true",
        ),
        (
            organization_role(LISTS + COSTS),
            {"ReadBudgets": "true"},
            "failed",
            "ReadsBudgets=true",
        ),
        (
            organization_role(LISTS + COSTS + BUDGETS),
            {"ReadBudgets": "true"},
            "ok",
            "",
        ),
        (
            organization_role(LISTS + COSTS, EVERYBODY),
            {"CompareWithAws": "true"},
            "failed",
            "CompareWithAws=true",
        ),
        (
            organization_role(LISTS + COSTS, ("DiscoverAccounts",)),
            {},
            "failed",
            "HubStackName=whyspike",
        ),
        (organization_role(COSTS), {}, "failed", "this version"),
    ],
    ids=[
        "sound",
        "lists only, as asked",
        "no costs for the fallback",
        "no costs for the payer",
        "no budgets",
        "budgets too",
        "no list of AWS's detector",
        "trusts one function",
        "lists nothing",
    ],
)
def test_the_organisation_role_is_held_against_the_deployments_parameters(
    role: Client, parameters: Mapping[str, str], status: str, remedy: str
) -> None:
    stack = with_parameters(OrganizationRoleArn=ROLE, **parameters)
    found = list(check_organization_role(clients(**{f"iam_{PAYER}": role}), stack, "o-1"))
    assert {finding.status for finding in found} == {status}
    assert any(remedy in finding.remedy for finding in found) or remedy == "this version"


def test_an_organisation_role_that_cannot_be_seen_is_skipped_with_what_would_settle_it() -> None:
    finding = only(
        check_organization_role(clients(), with_parameters(OrganizationRoleArn=ROLE), "o-1")
    )
    assert (finding.status, "whyspike scan" in finding.remedy) == ("skipped", True)
    assert list(check_organization_role(never, with_parameters(), "o-1")) == []


def test_the_remedy_of_a_schedule_that_is_off_names_the_stack_it_is_for() -> None:
    finding = only(
        check_schedule(
            never, deployed(name="whyspike-dev", parameters={"ScheduleState": "DISABLED"})
        )
    )
    assert "--config-env default --stack-name whyspike-dev --region eu-west-1" in finding.remedy


def test_every_page_of_the_last_scans_outcomes_is_read() -> None:
    def row(account_id: str) -> dict[str, Any]:
        return {
            "SK": {"S": f"ACCOUNT#{account_id}"},
            "status": {"S": "not-scanned"},
            "cause": {"S": "no. Remedy: mend it"},
        }

    run = {
        "name": "scan-1",
        "status": "SUCCEEDED",
        "executionArn": "arn",
        "startDate": datetime.now(UTC),
    }
    states = Client(list_executions={"executions": [run]}, describe_execution={"output": "{}"})
    table = Client(query=[{"Items": [row(MEMBER)]}, {"Items": []}, {"Items": [row(PAYER)]}])
    found = list(check_last_scan(clients(stepfunctions=states, dynamodb=table), deployed()))
    assert [finding.detail[:12] for finding in found[1:]] == [MEMBER, PAYER]


@pytest.mark.parametrize(
    "model",
    [
        "anthropic.claude-sonnet-5-5",
        "us.anthropic.claude-sonnet-5-5",
        "apac.anthropic.claude-sonnet-5-5",
        "us-gov.anthropic.claude-sonnet-5-5",
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-5-5",
        "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/jp.anthropic.claude-sonnet-5-5",
        "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123def456",
    ],
)
def test_the_foundation_model_behind_a_bedrock_id_is_the_one_that_is_checked(model: str) -> None:
    behind = {
        "models": [
            {"modelArn": "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-5-5"}
        ]
    }
    bedrock = Client(get_foundation_model_availability=GRANTED, get_inference_profile=behind)
    finding = only(check_claude(clients(bedrock=bedrock), with_parameters(ClaudeModel=model)))
    assert finding.status == "ok"
    assert bedrock.asked[-1] == {"modelId": "anthropic.claude-sonnet-5-5"}


@pytest.fixture
def no_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("no_login")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--region", "eu-west-1"), "log in first: aws sso login"),
        (("--profile", "nobody"), "log in first: aws sso login"),
        ((), "give --region"),
    ],
    ids=["no credentials", "no such profile", "no region"],
)
def test_a_missing_login_is_one_line_with_its_remedy(
    given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", *given]) == 2
    assert f"Remedy: {said}" in capsys.readouterr().err


def test_a_login_that_expired_is_told_in_the_same_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def expired(*_: Any) -> Any:
        raise NoCredentialsError

    monkeypatch.setattr(doctor, "session_clients", expired)
    assert main(["doctor", "--region", "eu-west-1"]) == 2
    assert "Remedy: log in first" in capsys.readouterr().err
