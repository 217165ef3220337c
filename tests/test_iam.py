"""Least privilege, both ways: every action that a policy allows is used, and every call that is
made is allowed.

The calls are those that the simulation recorded, by principal, over scenarios that reach every
branch of the code; the simulation denies what the deployed policies do not allow.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.support.deployed import PROJECT, expanded, functions, snake_case
from tests.support.mass_event import switched_on
from tests.support.organization import organization as mass_event
from tests.test_consistency import modules_of
from tools.expand_template import read_template
from whyspike.incidents.page_links import page_link
from whyspike.simulator.aws.roles import policies_of
from whyspike.simulator.deployment import organization_role
from whyspike.simulator.fernhill.organization import generate
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.organization.folder import Access, OrganizationFolder, load
from whyspike.simulator.simulation import Simulation
from whyspike.simulator.slack.workspace import SIGNING_SECRET

ANOMALOUS, DENIED, UNOWNED = "214600318705", "914450287761", "873902164418"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TARGETS = "arn:aws:secretsmanager:us-east-1:900000000001:secret:targets-AbCdEf"
SERVICES = (
    "account",
    "bedrock-runtime",
    "budgets",
    "ce",
    "cloudtrail",
    "dynamodb",
    "ec2",
    "elasticache",
    "events",
    "memorydb",
    "opensearch",
    "organizations",
    "rds",
    "redshift",
    "s3",
    "savingsplans",
    "secretsmanager",
    "sesv2",
    "stepfunctions",
    "sts",
)
PREFIX = {
    "bedrock-runtime": "bedrock",
    "opensearch": "es",
    "sesv2": "ses",
    "stepfunctions": "states",
}

# Actions that are permissions, each with the call that it stands for.
PERMISSIONS = {"budgets:ViewBudget": "describe_budgets"}

# Allowed, and used by AWS itself on the role's behalf or by a client that is none of botocore's: no
# call of ours shows them.
USED_BY_AWS = {
    "StartScan": {"sqs:SendMessage"},  # Lambda, for the OnFailure destination
    "DiscoverAccounts": {
        "billing:GetBillingViewData"
    },  # Cost Explorer, when a request names a billing view
    # S3 says that an object is not there, instead of refusing it, to those who may list: a payer's
    # slice or an explanation that was not made.
    "DetectAnomalies": {"billing:GetBillingViewData", "s3:ListBucket"},
    "JoinCauses": {"s3:ListBucket"},
    "NotifyOwner": {"s3:ListBucket"},
    "ExplainAnomaly": {"billing:GetBillingViewData"},
    "OrganizationRole": {"billing:GetBillingViewData"},
    "ScanStateMachine": {  # Step Functions: children of the Distributed Map, and log delivery
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
        "states:RedriveExecution",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    },
    "DailyScanRole": {"lambda:InvokeFunction", "sqs:SendMessage"},  # the schedule
}


def granted() -> dict[str, set[str]]:
    """Actions by principal (function, ScanStateMachine, MemberRole...), with every condition of the
    templates taken as true."""
    roles = {
        name: resource["Properties"]
        for name, resource in expanded()["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    for file in ("member-role.yaml", "organization-roles.yaml"):
        resources = read_template(PROJECT / "organization" / file)["Resources"]
        roles |= {
            name: resource["Properties"]
            for name, resource in resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        }
    return {
        (
            name
            if name in {"MemberRole", "OrganizationRole", "DailyScanRole"}
            else name.removesuffix("Role")
        ): {action for policy in properties.get("Policies", []) for action in actions(policy)}
        for name, properties in roles.items()
    }


def actions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "Action":
                yield from member if isinstance(member, list) else [member]
            else:
                yield from actions(member)
    elif isinstance(value, list):
        for member in value:
            yield from actions(member)


# ------------------------------------------------------------------ what stands in the files


def test_no_policy_names_an_action_with_a_wildcard() -> None:
    assert [
        (name, action) for name, allowed in granted().items() for action in allowed if "*" in action
    ] == []


def policy_documents(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Statement" in value:
            yield value
        for member in value.values():
            yield from policy_documents(member)
    elif isinstance(value, list):
        for member in value:
            yield from policy_documents(member)


def all_documents() -> list[dict[str, Any]]:
    """As they are written; SAM adds one of its own, for StartScan's dead-letter queue."""
    files = [PROJECT / "template.yaml", *sorted((PROJECT / "organization").glob("*.yaml"))]
    return [
        document
        for file in files
        for document in policy_documents(read_template(file)["Resources"])
    ]


def test_every_policy_names_the_version_that_knows_variables() -> None:
    """Without it "${aws:PrincipalOrgID}" is text, and the condition never holds."""
    assert len(all_documents()) > 12
    assert {document.get("Version") for document in all_documents()} == {"2012-10-17"}


def test_no_role_outside_the_organisation_is_assumed_or_trusted() -> None:
    assumed = [
        statement
        for role in expanded()["Resources"].values()
        for policy in role["Properties"].get("Policies", [])
        for statement in statements(policy["PolicyDocument"])
        if statement["Action"] == "sts:AssumeRole"
    ]
    assert len(assumed) == 6
    for statement in assumed:
        equal = statement["Condition"]["StringEquals"]
        assert equal == {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}


def statements(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """With both branches of what a condition decides."""
    for statement in document["Statement"]:
        branches = statement["Fn::If"][1:] if "Fn::If" in statement else [statement]
        yield from (branch for branch in branches if "Action" in branch)


def test_every_action_exists() -> None:
    """Of the services that the code calls; those of AWS itself are in botocore's models under other
    names."""
    known = {
        f"{PREFIX.get(service, service)}:{name}"
        for service in SERVICES
        for name in get_session().get_service_model(service).operation_names
    }
    known |= set(PERMISSIONS) | {
        "s3:ListBucket"
    }  # what S3 asks for ListObjects, and for telling a missing object from a denied one
    used_by_aws = {action for allowed in USED_BY_AWS.values() for action in allowed}
    assert {action for allowed in granted().values() for action in allowed} - used_by_aws <= known


@pytest.mark.parametrize("function", sorted(functions()))
def test_an_allowed_action_has_a_call_in_the_functions_modules(function: str) -> None:
    called = {
        node.attr
        for path in modules_of(snake_case(function))
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute)
    }
    needs_no_call = USED_BY_AWS.get(function, set()) | {"s3:ListBucket", "bedrock:InvokeModel"}
    # A transaction demands PutItem, UpdateItem and DeleteItem of the items that it holds.
    transact = (
        {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
        if "transact_write_items" in called
        else set()
    )
    secrets = (
        {"secretsmanager:GetSecretValue"}
        if "get_secret" in called or "get_secret_value" in called
        else set()
    )
    paginated = {
        node.value
        for path in modules_of(snake_case(function))
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for action in granted()[function] - needs_no_call - transact - secrets:
        call = PERMISSIONS.get(action) or xform_name(action.split(":")[1])
        assert call in called | paginated, action


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


# ------------------------------------------------------------------ what is called


class Recorded:
    """Actions by principal over several simulations."""

    def __init__(self) -> None:
        self.used: dict[str, set[str]] = defaultdict(set)
        self.denied: dict[str, set[str]] = defaultdict(set)
        # (function, action, resource as its policy names it, with logical ids in place of this
        # deployment's names)
        self.allowed: set[tuple[str, str, str]] = set()
        self.touched: set[tuple[str, str, str]] = set()  # those of them that some call was about

    def take(self, simulation: Simulation) -> None:
        self._take_resources(simulation)
        for name, performed in simulation.recorder.actions.items():
            self.used[name] |= performed
        for name, refused in simulation.recorder.denied.items():
            self.denied[name] |= refused

    def _take_resources(self, simulation: Simulation) -> None:
        assert simulation.deployment
        names = {physical: name for name, physical in simulation.deployment.resources.items()}
        names[simulation.organization.hub_account] = "hub"  # whichever account that is
        for function in simulation.deployment.functions:
            called = simulation.recorder.resources.get(function.logical_id, set())
            for action, pattern in allowed_pairs(policies_of(function.role_arn)):
                named = re.sub(
                    "|".join(map(re.escape, sorted(names, key=len, reverse=True))),
                    lambda found: names[found[0]],
                    pattern,
                )
                named = re.sub(r":\d{12}:", "::", named)  # scenarios have hubs of their own
                self.allowed.add((function.logical_id, action, named))
                if any(
                    action == done and fnmatchcase(resource, pattern) for done, resource in called
                ):
                    self.touched.add((function.logical_id, action, named))


def allowed_pairs(policies: list[Any]) -> Iterator[tuple[str, str]]:
    for policy in policies:
        for statement in policy["Statement"]:
            for action in as_list(statement["Action"]):
                yield from ((action, resource) for resource in as_list(statement["Resource"]))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> OrganizationFolder:
    return load(generate(tmp_path_factory.mktemp("organization")))


@pytest.fixture(scope="module")
def recorded(organization: OrganizationFolder) -> Recorded:
    found = Recorded()
    for scenario in SCENARIOS:
        scenario(organization, found)
    return found


def a_scan_with_a_pressed_button(organization: OrganizationFolder, found: Recorded) -> None:
    """An owner without Slack gets e-mail, another presses a button, changes go on a bus and to a
    webhook, and the schedule starts the scan once more."""
    parameters = {
        "EmailSender": "finops@fernhill.example",
        "DefaultChannel": "#finops",
        "EventBusName": "default",
        "TargetsSecretArn": TARGETS,
    }
    with Simulation(organization, parameters=parameters, workers=1) as simulation:
        simulation.deploy()
        simulation.client("sesv2").create_email_identity(EmailIdentity=parameters["EmailSender"])
        storefront = {"email": "storefront@fernhill.example", "webhook": "ledger"}
        owners = {"owners": {"storefront": storefront}}
        bucket = simulation.resource("ScanBucket")
        simulation.client("s3").put_object(
            Bucket=bucket, Key="settings/owners.json", Body=json.dumps(owners).encode()
        )
        assert simulation.scan(account_ids=[ANOMALOUS, DENIED, UNOWNED]).succeeded
        pressed = next(
            (
                message
                for message in simulation.slack.messages
                if any(b["type"] == "actions" for b in message.blocks)
            ),
            None,
        )
        assert pressed
        press = simulation.slack.press(pressed.ts, "acknowledge")
        url = simulation.deployment.outputs["FeedbackUrl"] if simulation.deployment else ""
        assert urlopen(Request(url, press.body, press.headers)).status == 200  # noqa: S310 an address of the simulation
        (page,) = [block["accessory"]["url"] for block in pressed.blocks if "accessory" in block]
        assert b"<h3>Why</h3>" in urlopen(page).read()  # noqa: S310 the same
        assert simulation.events[-1].detail["change"] == "acknowledge"
        ended = page_link(url, SIGNING_SECRET, _incident_of_storefront(simulation), LONG_AGO)
        assert urlopen(Request(ended.url, b"", method="POST")).status == 202  # noqa: S310 the same
        simulation.invoke("StartScan", {"scheduled_time": "2026-11-07T09:00:00Z"})
        found.take(simulation)


def _incident_of_storefront(simulation: Simulation) -> str:
    table = simulation.resource("IncidentTable")
    for row in simulation.client("dynamodb").scan(TableName=table)["Items"]:
        kind, _, name = row["SK"]["S"].partition("#")
        if kind == "INCIDENT" and "storefront@" in row["body"]["S"]:
            return str(name)
    raise AssertionError("no incident of storefront is stored")


def failures(organization: OrganizationFolder, found: Recorded) -> None:
    """Slack down: the owner is not told. No explanation: what is missing in the bucket reads as
    missing, not as denied."""
    with Simulation(
        organization,
        claude="off",
        workers=1,
        faults={"slack:invalid_auth": -1, "cloudtrail:throttle": 2},
    ) as simulation:
        simulation.deploy()
        simulation.scan(account_ids=[ANOMALOUS])
        event = json.loads((PROJECT / "events" / "explain_anomaly.json").read_text())
        with pytest.raises(FunctionFailed, match="DetectAnomalies"):
            simulation.invoke(
                "ExplainAnomaly", {**event, "scan": {**event["scan"], "scan_id": "never"}}
            )
        with pytest.raises(FunctionFailed):
            simulation.invoke("PublishDigest", {"scan": {**event["scan"], "scan_id": "never"}})
        found.take(simulation)


def the_payer_through_the_organization_role(
    organization: OrganizationFolder, found: Recorded
) -> None:
    role = f"arn:aws:iam::{organization.management_account}:role/whyspike-organization"
    parameters = {"CostSource": "payer", "OrganizationRoleArn": role}
    with Simulation(organization, claude="off", parameters=parameters, workers=1) as simulation:
        simulation.deploy()
        discovered = simulation.invoke(
            "DiscoverAccounts",
            {"scan_date": organization.scan_date.isoformat(), "account_ids": [ANOMALOUS]},
        )
        (account,) = simulation.bucket_json(discovered["manifest"]["key"])
        simulation.invoke("DetectAnomalies", {"scan": discovered["scan"], "account": account})
        found.take(simulation)


def the_payer_itself(organization: OrganizationFolder, found: Recorded) -> None:
    """The hub account asks by itself, through a billing view that was shared with it."""
    view = f"arn:aws:billing::{organization.management_account}:billingview/custom-5e1d"
    parameters = {"CostSource": "payer", "BillingViewArn": view}
    with Simulation(organization, claude="off", parameters=parameters, workers=1) as simulation:
        simulation.deploy()
        simulation.invoke(
            "DiscoverAccounts",
            {"scan_date": organization.scan_date.isoformat(), "account_ids": [ANOMALOUS]},
        )
        found.take(simulation)


def the_payer_for_an_account_that_refuses(
    organization: OrganizationFolder, found: Recorded, parameters: dict[str, str]
) -> None:
    """PayerFallback: the anomalous account's role is denied, its bill is judged and explained all
    the same."""
    accounts = {
        **organization.accounts,
        ANOMALOUS: replace(organization.accounts[ANOMALOUS], access=Access(assume_role="denied")),
    }
    with Simulation(
        replace(organization, accounts=accounts), claude="off", parameters=parameters, workers=1
    ) as simulation:
        simulation.deploy()
        assert simulation.scan(account_ids=[ANOMALOUS]).succeeded
        assert any("/explanations/" in key for key in simulation.bucket_keys("scans/"))
        found.take(simulation)


def the_fallback_through_the_organization_role(
    organization: OrganizationFolder, found: Recorded
) -> None:
    the_payer_for_an_account_that_refuses(
        organization, found, {"OrganizationRoleArn": organization_role(organization)}
    )


def the_fallback_by_the_functions_themselves(
    organization: OrganizationFolder, found: Recorded
) -> None:
    view = f"arn:aws:billing::{organization.management_account}:billingview/custom-5e1d"
    the_payer_for_an_account_that_refuses(organization, found, {"BillingViewArn": view})


def bedrock(organization: OrganizationFolder, found: Recorded) -> None:
    """Claude by IAM instead of by key: the request is signed, and what answers it does not matter
    here."""
    with Simulation(
        organization,
        parameters={"ClaudeProvider": "bedrock", "ClaudeModel": "anthropic.claude-sonnet-5-5"},
        workers=1,
    ) as simulation:
        simulation.deploy()
        simulation.scan(account_ids=[ANOMALOUS])
        found.take(simulation)


def one_cause_in_many_accounts(organization: OrganizationFolder, found: Recorded) -> None:
    """What was found out of a sample is stored for the next scan."""
    with TemporaryDirectory() as folder:
        many = mass_event(Path(folder), *(switched_on(number) for number in range(3)))
    hub, payer = organization.hub_account, organization.management_account
    many = replace(many, id=organization.id, hub_account=hub, management_account=payer)
    with Simulation(many, claude="off", workers=1) as simulation:
        simulation.deploy()
        assert simulation.scan().succeeded
        found.take(simulation)


def the_budgets(organization: OrganizationFolder, found: Recorded) -> None:
    """On the day of the weekly summary: by the management account itself, and through its role."""
    payer = replace(organization, management_account=organization.hub_account)
    for folder, role in ((payer, ""), (organization, organization_role(organization))):
        parameters = {"ReadBudgets": "true", "WeeklySummary": "SAT", "OrganizationRoleArn": role}
        with Simulation(folder, claude="off", parameters=parameters, workers=1) as simulation:
            simulation.deploy()
            start = {"scan_date": "2026-11-06", "scheduled_time": "2026-11-07T09:00:00Z"}
            simulation.invoke("DiscoverAccounts", start)
            assert simulation.bucket_json("scans/2026-11-06/budgets.json")["budgets"]
            found.take(simulation)


def awss_own_detector(
    organization: OrganizationFolder, found: Recorded, parameters: dict[str, str]
) -> None:
    """It is asked what it lists, and told that an incident was expected; before it listed
    anything, it is asked whether anybody watches. The account is asked what it has bought."""
    switched_on = ("CompareWithAws", "FeedbackToAws", "WatchCommitments")
    parameters = {**dict.fromkeys(switched_on, "true"), **parameters}
    with Simulation(organization, claude="off", parameters=parameters, workers=1) as simulation:
        simulation.deploy()
        scan = simulation.invoke(
            "DiscoverAccounts", {"scan_date": organization.scan_date.isoformat()}
        )["scan"]
        accounts = simulation.bucket_json(f"scans/{scan['scan_id']}/manifest.json")
        account = next(each for each in accounts if each["account_id"] == ANOMALOUS)
        simulation.invoke("DetectAnomalies", {"scan": scan, "account": account})
        simulation.invoke("NotifyOwner", {"scan": scan, "account": account})
        pressed = simulation.slack.messages[0]
        press = simulation.slack.press(pressed.ts, "expected")
        url = simulation.deployment.outputs["FeedbackUrl"] if simulation.deployment else ""
        assert urlopen(Request(url, press.body, press.headers)).status == 200  # noqa: S310 an address of the simulation
        simulation.invoke("PublishDigest", {"scan": scan})
        before = (organization.scan_date - timedelta(days=20)).isoformat()
        simulation.invoke("PublishDigest", {"scan": {"scan_id": before, "scan_date": before}})
        found.take(simulation)


def the_detector_through_the_organization_role(
    organization: OrganizationFolder, found: Recorded
) -> None:
    awss_own_detector(organization, found, {"OrganizationRoleArn": organization_role(organization)})


def the_detector_in_the_payer_itself(organization: OrganizationFolder, found: Recorded) -> None:
    hub = organization.hub_account
    awss_own_detector(replace(organization, management_account=hub), found, {})


SCENARIOS = (
    a_scan_with_a_pressed_button,
    failures,
    the_payer_through_the_organization_role,
    the_payer_itself,
    the_fallback_through_the_organization_role,
    the_fallback_by_the_functions_themselves,
    bedrock,
    one_cause_in_many_accounts,
    the_budgets,
    the_detector_through_the_organization_role,
    the_detector_in_the_payer_itself,
)


@pytest.mark.slow
def test_every_call_is_allowed_and_every_allowed_action_is_called(recorded: Recorded) -> None:
    assert {
        name: unused
        for name, acts in granted().items()
        if (unused := acts - USED_BY_AWS.get(name, set()) - recorded.used[name])
    } == {}
    assert {
        name: acts - granted()[name]
        for name, acts in recorded.used.items()
        if name in granted() and acts - granted()[name]
    } == {}


@pytest.mark.slow
def test_every_resource_that_an_action_is_allowed_on_is_used_by_it(recorded: Recorded) -> None:
    """A prefix, a secret or a role too many stands out; that no call goes beyond what is allowed,
    the simulation sees to."""
    used_by_aws = {(name, action) for name, actions in USED_BY_AWS.items() for action in actions}
    unused = {pair for pair in recorded.allowed - recorded.touched if pair[:2] not in used_by_aws}
    # One statement names the table and its indexes: on an index all but Query are without effect.
    unused = {
        (name, action, resource) for name, action, resource in unused if "/index/" not in resource
    }
    # The scenarios ask Claude by a foundation model's id and mail from an identity without a
    # configuration set; inference profiles and sets are allowed for those who have them.
    chosen = ("inference-profile/", "configuration-set/")
    assert {pair for pair in unused if not any(name in pair[2] for name in chosen)} == set()


@pytest.mark.slow
def test_nothing_that_the_code_calls_is_denied_by_its_policies(recorded: Recorded) -> None:
    assert {name: acts for name, acts in recorded.denied.items() if acts} == {}
