"""A signed request is read for what IAM has to decide: who, which action, on what."""

from __future__ import annotations

import json

import pytest

from whyspike.simulator.aws.request import AwsRequest, parse

HUB = "900000000002"


def signed(
    service: str,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
    target: str = "",
    query: str = "",
) -> AwsRequest:
    authorization = (
        f"AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20261123/us-east-1/{service}/aws4_request,"
        " SignedHeaders=host, Signature=0"
    )
    headers = {"authorization": authorization, **({"x-amz-target": target} if target else {})}
    request = parse(method, path, query, headers, body)
    assert request is not None
    return request


def dynamodb(operation: str, **parameters: object) -> AwsRequest:
    return signed(
        "dynamodb", body=json.dumps(parameters).encode(), target=f"DynamoDB_20120810.{operation}"
    )


TABLE = f"arn:aws:dynamodb:us-east-1:{HUB}:table/incidents"
DEMANDS = {
    "Cost Explorer": (
        signed("ce", target="AWSInsightsIndexService.GetCostAndUsage"),
        [("ce:GetCostAndUsage", "*")],
    ),
    "a billing view": (
        signed(
            "ce",
            target="AWSInsightsIndexService.GetCostAndUsage",
            body=b'{"BillingViewArn": "arn:aws:billing::1:billingview/x"}',
        ),
        [("ce:GetCostAndUsage", "arn:aws:billing::1:billingview/x")],
    ),
    "a table": (dynamodb("PutItem", TableName="incidents"), [("dynamodb:PutItem", TABLE)]),
    "an index": (
        dynamodb("Query", TableName="incidents", IndexName="GSI1"),
        [("dynamodb:Query", f"{TABLE}/index/GSI1")],
    ),
    "a transaction": (
        dynamodb(
            "TransactWriteItems",
            TransactItems=[
                {"Put": {"TableName": "incidents"}},
                {"ConditionCheck": {"TableName": TABLE}},
            ],
        ),
        [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
    ),
    "an object": (
        signed("s3", "PUT", "/scans/a%20b.json"),
        [("s3:PutObject", "arn:aws:s3:::scans/a b.json")],
    ),
    "a look at an object": (
        signed("s3", "HEAD", "/scans/a.json"),
        [("s3:GetObject", "arn:aws:s3:::scans/a.json")],
    ),
    "a bucket": (
        signed("s3", "GET", "/scans", query="list-type=2"),
        [("s3:ListBucket", "arn:aws:s3:::scans")],
    ),
    "a role": (
        signed(
            "sts", body=b"Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&ExternalId=x"
        ),
        [("sts:AssumeRole", "arn:aws:iam::1:role/r")],
    ),
    "a function": (
        signed(
            "lambda",
            path="/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations",
        ),
        [("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:1:function:f")],
    ),
    "a secret": (
        signed(
            "secretsmanager",
            body=b'{"SecretId": "arn:aws:secretsmanager:us-east-1:1:secret:s"}',
            target="secretsmanager.GetSecretValue",
        ),
        [("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:1:secret:s")],
    ),
    "an e-mail": (
        signed(
            "ses",
            path="/v2/email/outbound-emails",
            body=b'{"FromEmailAddress": "whyspike <bot@example.com>"}',
        ),
        [("ses:SendEmail", f"arn:aws:ses:us-east-1:{HUB}:identity/bot@example.com")],
    ),
    "a model": (
        signed("bedrock", path="/model/anthropic.claude-sonnet-5-5/invoke"),
        [
            (
                "bedrock:InvokeModel",
                "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5-5",
            )
        ],
    ),
    "a metric": (
        signed("monitoring", body=b"Action=PutMetricData"),
        [("cloudwatch:PutMetricData", "*")],
    ),
    "something unknown": (
        signed("glacier", "DELETE", "/1/vaults/v"),
        [("glacier:DELETE /1/vaults/v", "*")],
    ),
}


@pytest.mark.parametrize(("request_", "expected"), DEMANDS.values(), ids=DEMANDS.keys())
def test_a_request_demands_its_action_on_its_resource(
    request_: AwsRequest, expected: list[tuple[str, str]]
) -> None:
    assert request_.demands(HUB) == expected


PRESIGNED = {
    "as today": (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAEXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60"
    ),
    "as formerly": "AWSAccessKeyId=ASIAEXAMPLE&Signature=abc&Expires=1796082849",
}


def test_an_e_mail_demands_the_configuration_set_that_its_identity_has() -> None:
    body = json.dumps({"FromEmailAddress": "whyspike@example.com"}).encode()
    request = AwsRequest(
        "AKIA", "eu-west-1", "ses", "POST", "/v2/email/outbound-emails", "", {}, body
    )

    assert [resource for _, resource in request.demands(HUB, "default-set")] == [
        f"arn:aws:ses:eu-west-1:{HUB}:identity/whyspike@example.com",
        f"arn:aws:ses:eu-west-1:{HUB}:configuration-set/default-set",
    ]


@pytest.mark.parametrize("query", PRESIGNED.values(), ids=PRESIGNED.keys())
def test_a_presigned_address_is_its_signer_s(query: str) -> None:
    request = parse("GET", "/scans/report.html", query, {}, b"")

    assert request is not None
    assert (request.access_key, request.service, request.region) == (
        "ASIAEXAMPLE",
        "s3",
        "us-east-1",
    )


def test_what_is_not_signed_is_no_request_to_aws() -> None:
    assert parse("POST", "/v1/messages", "", {"authorization": "Bearer sk-ant-1"}, b"{}") is None
