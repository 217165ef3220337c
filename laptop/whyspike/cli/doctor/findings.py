"""What the doctor says and works with: findings, the deployment as read from its stack, and clients
of any account."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

OK, WARNING, FAILED, SKIPPED = "ok", "warning", "failed", "skipped"

# (service, account id; "" is the hub account) -> boto3 client. Raises CannotEnter for an account
# that the caller may not enter.
Clients = Callable[[str, str], Any]


class CannotEnter(Exception):
    """The caller has no role in the account; what is in there could not be looked at."""


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome. `detail` says what was seen, `remedy` what to type or click; empty when
    all is well."""

    name: str
    status: str  # ok | warning | failed | skipped
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Deployed:
    """whyspike's stack in the hub account."""

    name: str
    status: str
    account_id: str
    region: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    resources: Mapping[str, str]  # logical -> physical id

    def role_arn(self, function: str) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.resources.get(f'{function}Role', '')}"


def read_deployed(clients: Clients, stack: str, region: str) -> Deployed | CheckResult:
    """The stack, or the finding that says why there is none."""
    try:
        account_id = clients("sts", "").get_caller_identity()["Account"]
    except (ClientError, BotoCoreError) as error:
        return CheckResult(
            "credentials", FAILED, refusal(error), "log in first: aws sso login, or set AWS_PROFILE"
        )
    try:
        described = clients("cloudformation", "").describe_stacks(StackName=stack)["Stacks"][0]
        pages = (
            clients("cloudformation", "")
            .get_paginator("list_stack_resources")
            .paginate(StackName=stack)
        )
        resources = {
            r["LogicalResourceId"]: r.get("PhysicalResourceId", "")
            for page in pages
            for r in page["StackResourceSummaries"]
        }
    except ClientError as error:
        remedy = (
            "run this in the hub account and region, or deploy: sam deploy --config-env prod"
            f" --stack-name {stack}"
        )
        return CheckResult(
            "stack", FAILED, f"{stack} in {account_id} {region}: {refusal(error)}", remedy
        )
    return Deployed(
        stack,
        described["StackStatus"],
        account_id,
        region,
        {p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])},
        {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])},
        resources,
    )


def refusal(error: Exception) -> str:
    """An error of AWS in one short line."""
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"[
            :300
        ]
    return str(error)[:300]


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def read_secret(clients: Clients, secret_id: str) -> dict[str, str] | None:
    """The secret's JSON object; None when it is empty or no JSON object. Raises ClientError when it
    may not be read."""
    try:
        value = json.loads(
            clients("secretsmanager", "").get_secret_value(SecretId=secret_id)["SecretString"]
        )
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    except (ValueError, KeyError):
        return None
    return value if isinstance(value, dict) else None
