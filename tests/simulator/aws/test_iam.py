"""The evaluator decides as IAM does: an allow is needed, a deny wins, wildcards and conditions
count."""

from __future__ import annotations

from typing import Any

import pytest

from whyspike.simulator.aws.iam import allows, trusts

TABLE = "arn:aws:dynamodb:us-east-1:900000000002:table/incidents"
CONTEXT = {
    "aws:PrincipalArn": "arn:aws:iam::900000000002:role/whyspike-Detect-1",
    "sts:ExternalId": "secret",
    "aws:SecureTransport": "true",
}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


DECISIONS = {
    "nothing allows": ([], False),
    "the very action": ([allow("dynamodb:PutItem", TABLE)], True),
    "an action in another case": ([allow("dynamodb:putitem", TABLE)], True),
    "one of several": (
        [allow(["dynamodb:GetItem", "dynamodb:PutItem"], [TABLE, f"{TABLE}/index/*"])],
        True,
    ),
    "a wildcard in the action": ([allow("dynamodb:Put*", TABLE)], True),
    "a wildcard in the resource": (
        [allow("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/inc?dents")],
        True,
    ),
    "another action": ([allow("dynamodb:GetItem", TABLE)], False),
    "another resource": ([allow("dynamodb:PutItem", f"{TABLE}/index/GSI1")], False),
    "a deny beside the allow": ([allow("dynamodb:*"), deny("dynamodb:PutItem", TABLE)], False),
    "a deny of something else": ([allow("dynamodb:*"), deny("dynamodb:DeleteItem")], True),
    "all but some actions": (
        [{"Effect": "Allow", "NotAction": "dynamodb:DeleteItem", "Resource": "*"}],
        True,
    ),
    "all but this action": (
        [{"Effect": "Allow", "NotAction": "dynamodb:Put*", "Resource": "*"}],
        False,
    ),
    "all but this resource": ([{"Effect": "Allow", "Action": "*", "NotResource": TABLE}], False),
}


@pytest.mark.parametrize(("statements", "expected"), DECISIONS.values(), ids=DECISIONS.keys())
def test_an_allow_is_needed_and_a_deny_wins(
    statements: list[dict[str, Any]], expected: bool
) -> None:
    assert allows([{"Statement": statements}], "dynamodb:PutItem", TABLE, CONTEXT) is expected


CONDITIONS = {
    "an equal text": ({"StringEquals": {"sts:ExternalId": "secret"}}, True),
    "one of several texts": ({"StringEquals": {"sts:ExternalId": ["other", "secret"]}}, True),
    "another text": ({"StringEquals": {"sts:ExternalId": "other"}}, False),
    "a key in another case": ({"StringEquals": {"STS:externalid": "secret"}}, True),
    "a key that is absent": ({"StringEquals": {"ses:FromAddress": "a@b.example"}}, False),
    "a key that may be absent": (
        {"StringEqualsIfExists": {"ses:FromAddress": "a@b.example"}},
        True,
    ),
    "an unequal text": ({"StringNotEquals": {"sts:ExternalId": "other"}}, True),
    "a pattern": (
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::900000000002:role/whyspike-Detect-*"}},
        True,
    ),
    "a pattern that does not fit": (
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::900000000002:role/whyspike-Explain-*"}},
        False,
    ),
    "a truth": ({"Bool": {"aws:SecureTransport": True}}, True),
    "a falsehood": ({"Bool": {"aws:SecureTransport": "false"}}, False),
    "presence": ({"Null": {"sts:ExternalId": "false"}}, True),
    "absence": ({"Null": {"ses:FromAddress": "true"}}, True),
    "two conditions, one of which fails": (
        {"StringEquals": {"sts:ExternalId": "secret"}, "Bool": {"aws:SecureTransport": "false"}},
        False,
    ),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_statement_holds_only_under_its_conditions(
    condition: dict[str, Any], expected: bool
) -> None:
    policy = {"Statement": allow("sts:AssumeRole", Condition=condition)}

    assert allows([policy], "sts:AssumeRole", "arn:aws:iam::1:role/r", CONTEXT) is expected


OWN = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
OURS = {"aws:PrincipalOrgID": "o-ours", "aws:ResourceOrgID": "o-ours"}


@pytest.mark.parametrize(
    ("version", "context", "expected"),
    [
        ("2012-10-17", OURS, True),
        ("2012-10-17", {**OURS, "aws:ResourceOrgID": "o-theirs"}, False),
        ("2012-10-17", {"aws:ResourceOrgID": "o-ours"}, False),
        ("2008-10-17", OURS, False),
        (None, OURS, False),
    ],
    ids=["same", "another", "key is absent", "old version", "no version"],
)
def test_policy_variables_are_filled_in_by_the_version_that_knows_them(
    version: str | None, context: dict[str, str], expected: bool
) -> None:
    policy = {"Version": version, "Statement": allow("sts:AssumeRole", Condition=OWN)}
    assert allows([policy], "sts:AssumeRole", "arn:aws:iam::1:role/r", context) is expected


def test_an_unknown_operator_is_never_passed_over() -> None:
    policy = {"Statement": allow("*", Condition={"IpAddress": {"sts:ExternalId": "10.0.0.0/8"}})}

    with pytest.raises(ValueError, match="IpAddress"):
        allows([policy], "sts:AssumeRole", "*", CONTEXT)


PRINCIPALS = {
    "its account": ({"AWS": "arn:aws:iam::900000000002:root"}, True),
    "its account's id": ({"AWS": "900000000002"}, True),
    "the role itself": ({"AWS": ["arn:aws:iam::900000000002:role/whyspike-Detect-1"]}, True),
    "everybody": ("*", True),
    "another account": ({"AWS": "arn:aws:iam::111111111111:root"}, False),
    "a service": ({"Service": "lambda.amazonaws.com"}, False),
}


@pytest.mark.parametrize(("principal", "expected"), PRINCIPALS.values(), ids=PRINCIPALS.keys())
def test_a_role_trusts_whom_it_names(principal: Any, expected: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}

    assert (
        trusts(
            {"Statement": [statement]},
            CONTEXT["aws:PrincipalArn"],
            "900000000002",
            "sts:AssumeRole",
            CONTEXT,
        )
        is expected
    )


def test_a_denied_principal_is_not_trusted_although_another_statement_allows_it() -> None:
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "sts:AssumeRole"}
        for effect in ("Allow", "Deny")
    ]

    assert not trusts(
        {"Statement": statements},
        CONTEXT["aws:PrincipalArn"],
        "900000000002",
        "sts:AssumeRole",
        CONTEXT,
    )
