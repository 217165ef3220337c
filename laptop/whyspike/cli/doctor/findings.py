"""What the doctor says and works with: findings, the deployment as read from its stack, and clients
of any account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import InvalidInput
from whyspike.payload import json_value

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


def refusal(error: Exception) -> str:
    """An error of AWS in one short line."""
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"[
            :300
        ]
    return str(error)[:300]


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def secret_text(clients: Clients, secret_id: str) -> str | None:
    """What is stored in the secret; None where nothing is yet. Raises ClientError when it may not
    be read."""
    try:
        answer = clients("secretsmanager", "").get_secret_value(SecretId=secret_id)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return str(answer.get("SecretString", ""))


def json_object(text: str) -> dict[str, str] | None:
    try:
        value = json_value(text, what="what is stored")
    except InvalidInput:
        return None
    return value if isinstance(value, dict) else None


def read_secret(clients: Clients, secret_id: str) -> dict[str, str] | None:
    """The secret's JSON object; None when it is empty or no JSON object."""
    return json_object(secret_text(clients, secret_id) or "")
