"""One signed request as it comes over the wire, and what it means for IAM: the action and the
resource."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

_CREDENTIAL = re.compile(r"Credential=([A-Za-z0-9]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")

# The operation of a REST call by method and path; S3 and the rest of what functions call this way.
_REST = (
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/invocations", "InvokeFunction"),
    ("lambda", "GET", r"/2016-08-19/account-settings/?", "GetAccountSettings"),
    ("ses", "POST", r"/v2/email/outbound-emails", "SendEmail"),
    ("savingsplans", "POST", r"/DescribeSavingsPlans", "DescribeSavingsPlans"),
    ("es", "GET", r"/2021-01-01/opensearch/reservedInstances", "DescribeReservedInstances"),
    ("account", "POST", r"/getAlternateContact", "GetAlternateContact"),
    ("account", "POST", r"/getRegionOptStatus", "GetRegionOptStatus"),
    ("bedrock", "POST", r"/model/[^/]+/(invoke|converse)", "InvokeModel"),
    (
        "bedrock",
        "POST",
        r"/model/[^/]+/(invoke-with-response-stream|converse-stream)",
        "InvokeModelWithResponseStream",
    ),
    ("s3", "(GET|HEAD)", r"/[^/]+/.+", "GetObject"),
    ("s3", "(PUT|POST)", r"/[^/]+/.+", "PutObject"),
    ("s3", "DELETE", r"/[^/]+/.+", "DeleteObject"),
    ("s3", "(GET|HEAD)", r"/[^/]+/?", "ListBucket"),
    ("s3", "PUT", r"/[^/]+/?", "CreateBucket"),
)
SIGV2 = "AWS"  # which no bucket takes that was made after 24 June 2020
_TRANSACT = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
# Actions that are permissions, not calls (service authorization reference, AWS Budget Service).
_PERMISSIONS = {"budgets:DescribeBudgets": "budgets:ViewBudget"}
_IAM_PREFIX = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}


@dataclass(frozen=True)
class AwsRequest:
    """`service` is the signing name; `headers` have lower-case names."""

    access_key: str
    region: str
    service: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    signature: str = "AWS4-HMAC-SHA256"

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of the query protocol."""
        return {
            key: values[0]
            for key, values in parse_qs(
                self.body.decode("utf-8", "replace"), keep_blank_values=True
            ).items()
        }

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of the query string."""
        return {key: values[0] for key, values in parse_qs(self.query).items()}

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def operation(self) -> str:
        target = self.headers.get("x-amz-target")
        if target:
            return target.rsplit(".", 1)[-1]
        for service, method, path, operation in _REST:
            if (
                service == self.service
                and re.fullmatch(method, self.method)
                and re.fullmatch(path, self.path)
            ):
                return operation
        return (
            self.form.get("Action")
            or parse_qs(self.query).get("Action", [""])[0]
            or f"{self.method} {self.path}"
        )

    @property
    def action(self) -> str:
        called = f"{_IAM_PREFIX.get(self.service, self.service)}:{self.operation}"
        return _PERMISSIONS.get(called, called)

    def demands(self, account_id: str, configuration_set: str = "") -> list[tuple[str, str]]:
        """(action, resource) pairs that the caller must be allowed; a DynamoDB transaction demands
        those of its parts, PutEvents each bus that it names, and an e-mail the use of the
        `configuration_set` that its identity has by default."""
        if self.service == "ses" and configuration_set:
            here = f"arn:aws:ses:{self.region}:{account_id}"
            return [
                (self.action, self.resource(account_id)),
                (self.action, f"{here}:configuration-set/{configuration_set}"),
            ]
        entries = self.json.get("Entries", []) if self.service == "events" else []
        if entries:
            buses = {str(entry.get("EventBusName", "default")) for entry in entries}
            here = f"{self.region}:{account_id}"
            return [(self.action, _bus_arn(bus, here)) for bus in sorted(buses)]
        parts = self.json.get("TransactItems", []) if self.service == "dynamodb" else []
        if not parts:
            return [(self.action, self.resource(account_id))]
        return [
            (
                f"dynamodb:{_TRANSACT[kind]}",
                _table_arn(str(item.get("TableName", "")), f"{self.region}:{account_id}"),
            )
            for part in parts
            for kind, item in part.items()
        ]

    def resource(self, account_id: str) -> str:
        """The ARN that the call is about; "*" for actions that know no resources."""
        arn = _RESOURCES.get(self.service)
        return arn(self, f"{self.region}:{account_id}") if arn else "*"

    def context(self) -> dict[str, str]:
        """Condition keys that stand in the request itself."""
        known = {"aws:RequestedRegion": self.region, "aws:SecureTransport": "true"}
        if self.service == "sts" and "ExternalId" in self.form:
            known["sts:ExternalId"] = self.form["ExternalId"]
        if self.service == "ses":
            known["ses:FromAddress"] = self.sender
        return known

    @property
    def sender(self) -> str:
        """The address of an e-mail's sender, without a name."""
        address = str(self.json.get("FromEmailAddress", ""))
        return address[address.find("<") + 1 :].rstrip(">") if "<" in address else address


def parse(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> AwsRequest | None:
    """The request, or None when it is not signed for AWS; a presigned URL is signed in its
    query."""
    found = _CREDENTIAL.search(headers.get("authorization", "")) or _CREDENTIAL.search(
        unquote(query).replace("X-Amz-", "")
    )
    if found:
        access_key, region, service = found.groups()
        return AwsRequest(access_key, region, service, method, path, query, headers, body)
    old_style = parse_qs(query).get("AWSAccessKeyId")
    if old_style:
        return AwsRequest(
            old_style[0], "us-east-1", "s3", method, path, query, headers, body, SIGV2
        )
    return None


def _table_arn(table: str, here: str) -> str:
    return table if table.startswith("arn:") else f"arn:aws:dynamodb:{here}:table/{table}"


def _bus_arn(bus: str, here: str) -> str:
    return bus if bus.startswith("arn:") else f"arn:aws:events:{here}:event-bus/{bus}"


def _named_in_body(*keys: str) -> Callable[[AwsRequest, str], str]:
    """The resource is what the first of these members of the body names."""
    return lambda request, _: str(next(filter(None, map(request.json.get, keys)), "*"))


def _dynamodb(request: AwsRequest, here: str) -> str:
    table = _table_arn(str(request.json.get("TableName", "")), here)
    index = request.json.get("IndexName")
    return f"{table}/index/{index}" if index else table


def _named_in_path(request: AwsRequest, kind: str, prefix: str) -> str:
    """What follows /functions/ or /model/ in the path, as an ARN."""
    name = unquote(request.path.split(f"/{kind}/")[-1].split("/")[0])
    return name if name.startswith("arn:") else prefix + name


# Signing name of a service -> the ARN that a call is about, of the request and "region:account".
_RESOURCES: Mapping[str, Callable[[AwsRequest, str], str]] = {
    "s3": lambda request, _: f"arn:aws:s3:::{unquote(request.path).strip('/')}",
    "dynamodb": _dynamodb,
    "events": lambda request, here: _bus_arn(str(request.json.get("Name", "default")), here),
    "secretsmanager": lambda request, _: str(request.json.get("SecretId", "")),
    "ssm": lambda request, here: (
        f"arn:aws:ssm:{here}:parameter/{str(request.json.get('Name', '')).lstrip('/')}"
    ),
    "sts": lambda request, _: request.form.get("RoleArn", "*"),
    "lambda": lambda request, here: _named_in_path(
        request, "functions", f"arn:aws:lambda:{here}:function:"
    ),
    "states": _named_in_body("stateMachineArn", "executionArn"),
    "ses": lambda request, here: f"arn:aws:ses:{here}:identity/{request.sender}",
    "bedrock": lambda request, _: _named_in_path(
        request, "model", f"arn:aws:bedrock:{request.region}::foundation-model/"
    ),
    # service authorization reference: GetCostAndUsage knows billing views
    "ce": _named_in_body("BillingViewArn"),
    "budgets": lambda request, here: (
        f"arn:aws:budgets::{request.json.get('AccountId', here.rpartition(':')[2])}:budget/*"
    ),
    "sns": lambda request, _: request.form.get("TopicArn", "*"),
    "sqs": lambda request, here: (
        f"arn:aws:sqs:{here}:{str(request.json.get('QueueUrl', '')).rsplit('/', 1)[-1]}"
    ),
}
