"""A Lambda function URL: the HTTP request becomes an event of payload format 2.0, the result an
HTTP answer."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from whyspike.simulator.aws.responses import Response
from whyspike.simulator.functions.service import Functions


def function_url_call(
    functions: Functions,
    address: str,
    method: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Response:
    """Calls a function as its URL would. `address` is its logical id, with the path behind it."""
    name, _, path = address.strip("/").partition("/")
    event = function_url_event(method, query, headers, body, f"/{path}")
    outcome = functions.invoke(name, json.dumps(event).encode())
    if outcome.error:
        return Response(502, b"Internal Server Error", {"Content-Type": "text/plain"})
    result = json.loads(outcome.payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(200, outcome.payload, {"Content-Type": "application/json"})
    text = str(result.get("body", ""))
    answer = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    return Response(
        int(result["statusCode"]),
        answer,
        {str(key): str(value) for key, value in result.get("headers", {}).items()},
    )


def function_url_event(
    method: str, query: str, headers: Mapping[str, str], body: bytes, path: str = "/"
) -> dict[str, Any]:
    """What a function gets of a request to its URL; one without content has no body."""
    content = {"body": base64.b64encode(body).decode()} if body else {}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "accountId": "anonymous",
            "domainName": "simulated.lambda-url.us-east-1.on.aws",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
        },
        **content,
        "isBase64Encoded": bool(body),
    }
