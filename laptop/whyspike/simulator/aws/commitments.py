"""DescribeSavingsPlans, DescribeReservedInstances and their kin, as pure functions of what an
account bought.

Facts: an account is told its own alone; Savings Plans have one address, reservations one in each
Region; lists come in pages with a token of each service's own name (EC2's in one page).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.aws.pages import (
    TokenOfAnotherRequest,
    UnreadableToken,
    page_offset,
    page_token,
)
from whyspike.simulator.aws.request import AwsRequest
from whyspike.simulator.aws.responses import Response
from whyspike.simulator.organization.commitments_file import Bought

PAGE_SIZE = 20


@dataclass(frozen=True)
class _ListCall:
    client: str
    result: str
    token: str
    size: str
    state: str = "State"
    start: str = "StartTime"
    end: str = ""  # "": start and duration


# By signing name and operation.
_KINDS = {
    ("savingsplans", "DescribeSavingsPlans"): _ListCall(
        "savingsplans", "savingsPlans", "nextToken", "maxResults", "state", "start", "end"
    ),
    ("ec2", "DescribeReservedInstances"): _ListCall(
        "ec2", "ReservedInstances", "", "", start="Start", end="End"
    ),
    ("rds", "DescribeReservedDBInstances"): _ListCall(
        "rds", "ReservedDBInstances", "Marker", "MaxRecords"
    ),
    ("elasticache", "DescribeReservedCacheNodes"): _ListCall(
        "elasticache", "ReservedCacheNodes", "Marker", "MaxRecords"
    ),
    ("es", "DescribeReservedInstances"): _ListCall(
        "opensearch", "ReservedInstances", "NextToken", "MaxResults"
    ),
    ("redshift", "DescribeReservedNodes"): _ListCall(
        "redshift", "ReservedNodes", "Marker", "MaxRecords"
    ),
    ("memorydb", "DescribeReservedNodes"): _ListCall(
        "memorydb", "ReservedNodes", "NextToken", "MaxResults"
    ),
}


def is_known(request: AwsRequest) -> bool:
    return (request.service, request.operation) in _KINDS


def answer(request: AwsRequest, bought: Bought, now: datetime) -> Response:
    """The response at `now`, in the protocol of the service. Raises AwsError."""
    kind = _KINDS[request.service, request.operation]
    asked = _asked(request)
    if kind.client == "savingsplans":
        check_request("savingsplans", request.operation, asked)
        plans = [_with_state(each, kind, now) for each in bought.savings_plans]
        wanted = asked.get("states")
        found = [each for each in plans if not wanted or each["state"] in wanted]
    else:
        regions = bought.reservations.get(kind.client, {})
        found = [_with_state(each, kind, now) for each in regions.get(request.region, ())]
    result = _paged(found, kind, asked)
    check_answer(kind.client, request.operation, result)
    model = get_service_model(kind.client)
    serializer = get_serializer_class(kind.client, str(model.metadata["protocol"]))
    written = serializer(model.operation_model(request.operation)).serialize(result)
    body = written["body"]
    return Response(200, body.encode() if isinstance(body, str) else body, written["headers"])


def _asked(request: AwsRequest) -> dict[str, Any]:
    if request.service == "es":
        return {f"{key[:1].upper()}{key[1:]}": value for key, value in request.parameters.items()}
    is_form = "x-www-form-urlencoded" in request.headers.get("content-type", "")
    return dict(request.form) if is_form else request.json


def _paged(
    found: list[dict[str, Any]], kind: _ListCall, asked: Mapping[str, Any]
) -> dict[str, Any]:
    if not kind.token:
        return {kind.result: found}
    try:
        offset = page_offset(asked, kind.token)
    except (UnreadableToken, TokenOfAnotherRequest):
        raise AwsError("ValidationException", "The token is not valid.") from None
    end = offset + int(asked.get(kind.size, PAGE_SIZE))
    more = {kind.token: page_token(asked, kind.token, end)} if end < len(found) else {}
    return {kind.result: found[offset:end], **more}


def _with_state(record: Mapping[str, Any], kind: _ListCall, now: datetime) -> dict[str, Any]:
    """As its days have it: queued, active or retired; a state that no day brings about (returned)
    stays."""
    start = _time(record[kind.start])
    end = (
        _time(record[kind.end])
        if kind.end
        else start + timedelta(seconds=float(record["Duration"]))
    )
    state = "queued" if start > now else "active" if now < end else "retired"
    kept = record.get(kind.state)
    if kept not in (None, "queued", "active", "retired"):
        state = str(kept)
    shown = {**record, kind.state: state}
    if kind.client != "savingsplans":  # which writes its times as text
        shown |= {name: _time(record[name]) for name in (kind.start, kind.end) if name}
    return shown


def _time(text: Any) -> datetime:
    at = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
