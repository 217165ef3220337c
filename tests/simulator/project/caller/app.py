"""Does what its event says: what a deployed function could do, for the tests of the simulator."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import requests


class Planned(Exception):
    """An error of the function's own."""


def handler(event: dict[str, Any], context: Any) -> Any:
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "raise" in event:
        raise Planned(event["raise"])
    if "exit" in event:
        os._exit(event["exit"])
    if "large" in event:
        return "x" * event["large"]
    if "post" in event:
        headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-simulated"}
        return requests.post(
            os.environ["SLACK_API_URL"] + "chat.postMessage",
            event["post"],
            headers=headers,
            timeout=5,
        ).status_code
    if "call" in event:
        return _call(event)
    return {
        "event": event,
        "function": context.function_name,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
    }


def _call(event: dict[str, Any]) -> Any:
    keys = {}
    if "assume" in event:
        answer = boto3.client("sts").assume_role(RoleSessionName="tests", **event["assume"])[
            "Credentials"
        ]
        keys = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
    service, operation, parameters = event["call"]
    client: Any = boto3.client(service, region_name="us-east-1", **keys)  # type: ignore[call-overload]
    answer = getattr(client, operation)(**parameters)
    answer.pop("ResponseMetadata")
    return {key: str(value) for key, value in answer.items()}
