"""What accounts bought: records of Savings Plans and reservations, and clients that list them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from whyspike.simulator.aws import commitments
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.aws.request import parse
from whyspike.simulator.aws.responses import error_response
from whyspike.simulator.organization.commitments_file import Bought


def savings_plan(last_day: date, **changes: Any) -> dict[str, Any]:
    start = last_day - timedelta(days=364)
    return {
        "savingsPlanId": "sp-1",
        "start": f"{start}T00:00:00.000Z",
        "end": f"{last_day}T23:59:59.000Z",
        "savingsPlanType": "Compute",
        "paymentOption": "No Upfront",
        "currency": "USD",
        "commitment": "4.0",
        "termDurationInSeconds": 31_536_000,
        **changes,
    }


def following(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One that is queued to follow another."""
    start = datetime.fromisoformat(record["end"].replace("Z", "+00:00")) + timedelta(seconds=1)
    end = start + timedelta(days=365)
    moved = {"start": f"{start:%Y-%m-%dT%H:%M:%S.000Z}", "end": f"{end:%Y-%m-%dT%H:%M:%S.000Z}"}
    return {**record, **moved, "savingsPlanId": "sp-next", **changes}


def reserved_database(last_day: date, **changes: Any) -> dict[str, Any]:
    start = last_day - timedelta(days=364)
    return {
        "ReservedDBInstanceId": "ri-1",
        "DBInstanceClass": "db.r5.large",
        "StartTime": f"{start}T00:00:00Z",
        "Duration": 31_536_000,
        "FixedPrice": 365.0,
        "DBInstanceCount": 2,
        "RecurringCharges": [{"RecurringChargeAmount": 0.1, "RecurringChargeFrequency": "Hourly"}],
        **changes,
    }


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> list[bytes]:
        return [self._data]


def client_of(
    service: str, bought: Bought, now: datetime, region: str = "us-east-1", refuses: str = ""
) -> Any:
    """A client of the service, which the simulator answers in its protocol; `refuses` is the error
    code that it answers instead."""
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        config=Config(retries={"total_max_attempts": 1}),
    )

    def respond(request: Any, **_: Any) -> AWSResponse:
        url, _, query = request.url.partition("?")
        path = "/" + url.split("/", 3)[3]
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else body
        asked = parse(request.method, path, query, headers, data)
        assert asked
        try:
            if refuses:
                raise AwsError(refuses, "no")
            answer = commitments.answer(asked, bought, now)
        except AwsError as error:
            is_form = "x-www-form-urlencoded" in headers.get("content-type", "")
            answer = error_response(error, asked.service, query=is_form)
        return AWSResponse(request.url, answer.status, dict(answer.headers), _Body(answer.body))  # type: ignore[arg-type]

    client.meta.events.register("before-send", respond)
    return client
