"""The doctor at the event bus and at the secret of the targets that owners choose."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.cli.test_doctor import never
from tests.support.doctor_clients import Client, clients, only, refused, with_parameters
from whyspike.cli.doctor.findings import CheckResult
from whyspike.cli.doctor.targets import check_bus, check_targets
from whyspike.simulator.receivers.webhook import KEY

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:whyspike-targets-AbCdEf"
HOOK = {"url": "https://ledger.example.com/hooks/t0k3n", "key": KEY}
OWNERS = {
    "owners": {"shop": {"channel": "#shop", "webhook": "ledger"}},
    "ous": {"Workloads": {"teams": "platform"}},
}
SOUND = {"webhooks": {"ledger": HOOK}, "teams": {"platform": "https://a.example.com/workflows/1"}}


@pytest.mark.parametrize(
    ("rules", "status"),
    [([{"State": "ENABLED"}], "ok"), ([{"State": "DISABLED"}], "warning"), ([], "warning")],
    ids=["a rule that is on", "one that is off", "none"],
)
def test_an_event_bus_to_which_nobody_listens_is_a_warning(
    rules: list[dict[str, str]], status: str
) -> None:
    events = Client(describe_event_bus={}, list_rules={"Rules": rules})
    found = only(check_bus(clients(events=events), with_parameters(EventBusName="costs")))
    assert found.status == status


def test_an_event_bus_that_is_not_there_fails_since_eventbridge_would_drop_events() -> None:
    events = Client(describe_event_bus=refused("DescribeEventBus", "ResourceNotFoundException"))
    found = only(check_bus(clients(events=events), with_parameters(EventBusName="costs")))
    assert found.status == "failed"
    assert "create-event-bus --name costs" in found.remedy


def test_without_an_event_bus_none_is_looked_at() -> None:
    assert list(check_bus(never, with_parameters(EventBusName=""))) == []


@pytest.mark.parametrize(
    ("action", "status"),
    [("events:PutEvents", "warning"), ("events:*", "warning"), ("events:PutRule", "ok")],
)
def test_a_bus_whose_policy_denies_events_is_a_warning(action: str, status: str) -> None:
    statement = {"Sid": "OursAlone", "Effect": "Deny", "Principal": "*", "Action": action}
    described = {"Policy": json.dumps({"Statement": [statement]})}
    events = Client(describe_event_bus=described, list_rules={"Rules": [{"State": "ENABLED"}]})
    found = only(check_bus(clients(events=events), with_parameters(EventBusName="costs")))
    assert found.status == status
    assert ("OursAlone" in found.detail) == (status == "warning")


# ------------------------------------------------------------------ the secret of targets


def looked(
    owners: object, secret: object = None, arn: str = SECRET, refuses: str = ""
) -> list[CheckResult]:
    body = owners if isinstance(owners, bytes) else json.dumps(owners).encode()
    text = secret if isinstance(secret, str) else json.dumps(secret)
    stored: Any = refused("GetSecretValue", refuses) if refuses else {"SecretString": text}
    s3 = Client(get_object={"Body": io.BytesIO(body)})
    manager = Client(get_secret_value=stored)
    asked = clients(s3=s3, secretsmanager=manager)
    stack = replace(with_parameters(TargetsSecretArn=arn), outputs={"BucketName": "bucket"})
    return list(check_targets(asked, stack))


def test_what_owners_chose_is_in_the_secret() -> None:
    found = only(looked(OWNERS, SOUND))
    assert (found.status, found.detail) == ("ok", "usable: webhook ledger, Teams channel platform")


@pytest.mark.parametrize(
    ("owners", "arn"),
    [({"owners": {"shop": {"channel": "#shop"}}}, ""), ({}, SECRET), (b"no JSON", SECRET)],
    ids=["Slack alone", "nobody", "a wrong file, which another check names"],
)
def test_where_nobody_chose_a_target_nothing_is_said(owners: object, arn: str) -> None:
    assert looked(owners, {}, arn) == []


def test_without_a_secret_it_says_who_is_not_reached_and_how_to_deploy_one() -> None:
    found = only(looked(OWNERS, arn=""))
    assert found.status == "failed"
    assert "webhook ledger, Teams channel platform" in found.detail
    assert "TargetsSecretArn" in found.remedy


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ({**SOUND, "webhooks": {"legder": HOOK}}, "no webhook ledger"),
        ({"webhooks": SOUND["webhooks"]}, "no Teams channel platform"),
        ({**SOUND, "webhooks": {"ledger": {**HOOK, "key": "s3cr3t"}}}, "ledger has no key"),
        ({**SOUND, "webhooks": {"ledger": {**HOOK, "url": "http://a"}}}, "no https address"),
        ({**SOUND, "teams": {"platform": "http://a.example.com"}}, "no https address"),
        ({**SOUND, "teams": {"platform": ""}}, "no https address"),
    ],
    ids=["misspelt", "no Teams", "no key", "no https", "Teams without https", "empty"],
)
def test_what_is_missing_or_unusable_is_named_and_no_secret_is_told(
    secret: object, said: str
) -> None:
    found = only(looked(OWNERS, secret))
    assert found.status == "failed"
    assert said in found.detail
    assert SECRET in found.remedy
    assert [word for word in ("t0k3n", "s3cr3t", KEY) if word in f"{found}"] == []


@pytest.mark.parametrize(
    ("secret", "refuses", "said"),
    [
        ("no JSON", "", "no JSON object"),
        ([1], "", "no JSON object"),
        (None, "AccessDeniedException", "AccessDeniedException"),
    ],
    ids=["no JSON", "a list", "not allowed"],
)
def test_a_secret_that_cannot_be_read_is_one_finding(
    secret: object, refuses: str, said: str
) -> None:
    found = only(looked(OWNERS, secret, refuses=refuses))
    assert found.status == "failed"
    assert said in found.detail


def test_a_secret_with_another_shape_names_its_place() -> None:
    assert "webhooks is no object" in looked(OWNERS, {"webhooks": [1]})[0].detail
