"""HTTP answers in the protocols of AWS: JSON, query (XML) and S3's XML."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from whyspike.simulator.aws.models import AwsError


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    kind = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(status, json.dumps(value).encode(), {**kind, **(headers or {})})


def query_response(operation: str, result: str) -> Response:
    """`result` is the XML inside <OperationResult>."""
    text = (
        f"<{operation}Response"
        f' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(200, text.encode(), {"Content-Type": "text/xml"})


def error_response(error: AwsError, service: str, *, query: bool) -> Response:
    """The error in the protocol of the service; `query`: the request came as a form."""
    code, message = error.code, error.message
    if service == "s3":
        told = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        text = f"<Error>{told}<RequestId>{uuid.uuid4()}</RequestId></Error>"
        return Response(error.status, text.encode(), {"Content-Type": "application/xml"})
    if query:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        )
        return Response(error.status, text.encode(), {"Content-Type": "text/xml"})
    return json_response(
        {"__type": code, "message": message, "Message": message},
        error.status,
        {"x-amzn-ErrorType": code},
    )
