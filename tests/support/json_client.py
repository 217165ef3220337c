"""boto3 clients whose requests are answered by a function instead of the network: only the wire is
replaced."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from whyspike.simulator.aws.models import AwsError

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> list[bytes]:
        return [self._data]


def json_client(service: str, answer: Answer) -> Any:
    """A client of a JSON service; `answer(operation, request)` returns the response or raises
    AwsError."""
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="us-east-1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
    )

    def respond(request: Any, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        try:
            status, record = 200, answer(operation, json.loads(request.body or b"{}"))
        except AwsError as error:
            status, record = error.status, {"__type": error.code, "message": str(error)}
        data = json.dumps(record).encode()
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, _Body(data))

    client.meta.events.register("before-send", respond)
    return client
