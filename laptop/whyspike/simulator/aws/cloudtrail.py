"""CloudTrail LookupEvents as a pure function of an account's records, and its request limit.

Facts: one lookup attribute, at most 50 events a page, 90 days, one Region, newest first, two
requests a second per account and Region.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.aws.pages import (
    TokenOfAnotherRequest,
    UnreadableToken,
    page_offset,
    page_token,
)

PAGE_SIZE = 50
HISTORY = timedelta(days=90)
REQUESTS_PER_SECOND = 2

_FIELDS = {
    "AccessKeyId": "AccessKeyId",
    "EventId": "EventId",
    "EventName": "EventName",
    "EventSource": "EventSource",
    "ReadOnly": "ReadOnly",
    "Username": "Username",
}


def lookup_events(
    request: Mapping[str, Any], records: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """The response to one LookupEvents at `now`. `records` are one Region's, newest first,
    EventTime as ISO 8601 text; the answer's EventTime is in epoch seconds, as on the wire.
    StartTime and EndTime may be epoch seconds or datetimes.

    Raises AwsError with CloudTrail's code."""
    attributes = request.get("LookupAttributes", [])
    if len(attributes) > 1:
        raise AwsError(
            "InvalidLookupAttributesException", "You can only specify one lookup attribute"
        )
    if not 1 <= request.get("MaxResults", PAGE_SIZE) <= PAGE_SIZE:
        raise AwsError(
            "InvalidMaxResultsException", f"MaxResults must be between 1 and {PAGE_SIZE}"
        )
    check_request("cloudtrail", "LookupEvents", request)
    start = max(_time(request.get("StartTime"), now - HISTORY), now - HISTORY)
    end = min(_time(request.get("EndTime"), now), now)
    if _time(request.get("StartTime"), start) > _time(request.get("EndTime"), now):
        raise AwsError("InvalidTimeRangeException", "StartTime must be before EndTime")
    found = [
        record
        for record in records
        if start <= _time(record["EventTime"], now) <= end
        and all(_has(record, attribute) for attribute in attributes)
    ]
    offset = _offset(request)
    size = request.get("MaxResults", PAGE_SIZE)
    page = found[offset : offset + size]
    answer: dict[str, Any] = {
        "Events": [
            {**record, "EventTime": _time(record["EventTime"], now).timestamp()} for record in page
        ]
    }
    if offset + size < len(found):
        answer["NextToken"] = page_token(request, "NextToken", offset + size)
    check_answer("cloudtrail", "LookupEvents", answer)
    return answer


@dataclass
class RequestLimit:
    """Two requests a second for each key; `admit` takes the clock's seconds and says whether the
    request goes through."""

    per_second: int = REQUESTS_PER_SECOND
    _seen: dict[tuple[str, ...], list[float]] = field(default_factory=dict)

    def admit(self, key: tuple[str, ...], seconds: float) -> bool:
        recent = [at for at in self._seen.get(key, []) if seconds - at < 1.0]
        admitted = len(recent) < self.per_second
        self._seen[key] = [*recent, seconds] if admitted else recent
        return admitted


def _has(record: Mapping[str, Any], attribute: Mapping[str, str]) -> bool:
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key in ("ResourceName", "ResourceType"):
        return any(resource.get(key) == value for resource in record.get("Resources", []))
    return str(record.get(_FIELDS[key], "")) == value


def _time(value: Any, default: datetime) -> datetime:
    if value is None:
        return default
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(float(value), UTC)


def _offset(request: Mapping[str, Any]) -> int:
    try:
        return page_offset(request, "NextToken")
    except UnreadableToken:
        problem = "Invalid token or unmatched parameters"
    except TokenOfAnotherRequest:
        problem = "A token must be used with the parameters that it was given for"
    raise AwsError("InvalidNextTokenException", problem)
