"""One signed request as it comes over the wire, and what it means for IAM: the action and the
resource."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
    ("account", "POST", r"/getAlternateContact", "GetAlternateContact"),
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
_TRANSACT = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
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
        return f"{_IAM_PREFIX.get(self.service, self.service)}:{self.operation}"

    def demands(self, account_id: str) -> list[tuple[str, str]]:
        """(action, resource) pairs that the caller must be allowed; a DynamoDB transaction demands
        those of its parts."""
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
        here = f"{self.region}:{account_id}"
        match self.service:
            case "s3":
                return f"arn:aws:s3:::{unquote(self.path).strip('/')}"
            case "dynamodb":
                arn = _table_arn(str(self.json.get("TableName", "")), here)
                index = self.json.get("IndexName")
                return f"{arn}/index/{index}" if index else arn
            case "secretsmanager":
                return str(self.json.get("SecretId", ""))
            case "ssm":
                return f"arn:aws:ssm:{here}:parameter/{str(self.json.get('Name', '')).lstrip('/')}"
            case "sts":
                return self.form.get("RoleArn", "*")
            case "lambda":
                name = unquote(self.path.split("/functions/")[-1].split("/")[0])
                return name if name.startswith("arn:") else f"arn:aws:lambda:{here}:function:{name}"
            case "states":
                return str(self.json.get("stateMachineArn") or self.json.get("executionArn") or "*")
            case "ses":
                return f"arn:aws:ses:{here}:identity/{self._sender()}"
            case "bedrock":
                model = unquote(self.path.split("/model/")[-1].split("/")[0])
                return (
                    model
                    if model.startswith("arn:")
                    else f"arn:aws:bedrock:{self.region}::foundation-model/{model}"
                )
            case "ce":  # service authorization reference: GetCostAndUsage knows billing views
                return str(self.json.get("BillingViewArn") or "*")
            case "sns":
                return self.form.get("TopicArn", "*")
            case "sqs":
                return "arn:aws:sqs:{}:{}".format(
                    here, str(self.json.get("QueueUrl", "")).rsplit("/", 1)[-1]
                )
        return "*"

    def context(self) -> dict[str, str]:
        """Condition keys that stand in the request itself."""
        known = {"aws:RequestedRegion": self.region, "aws:SecureTransport": "true"}
        if self.service == "sts" and "ExternalId" in self.form:
            known["sts:ExternalId"] = self.form["ExternalId"]
        if self.service == "ses":
            known["ses:FromAddress"] = self._sender()
        return known

    def _sender(self) -> str:
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
    return (
        AwsRequest(old_style[0], "us-east-1", "s3", method, path, query, headers, body)
        if old_style
        else None
    )


def _table_arn(table: str, here: str) -> str:
    return table if table.startswith("arn:") else f"arn:aws:dynamodb:{here}:table/{table}"
