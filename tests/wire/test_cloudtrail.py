"""LookupEvents: paged, bounded, paced; a denial is said as such."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from whyspike.errors import Refused, Throttled, Uncertain
from whyspike.wire.cloudtrail import RequestPace, lookup

WHEN = datetime(2026, 3, 10, tzinfo=UTC)


class Pages:
    def __init__(self, pages: int) -> None:
        self.pages, self.asked = pages, 0

    def lookup_events(self, **_request: Any) -> dict[str, Any]:
        self.asked += 1
        return {
            "Events": [{"EventId": str(self.asked)}],
            **({"NextToken": "more"} if self.asked < self.pages else {}),
        }


@pytest.mark.parametrize(
    ("held", "read", "complete"),
    [(1, 1, True), (3, 3, True), (9, 4, False)],
    ids=["one", "all", "cut off"],
)
def test_pages_are_read_up_to_the_limit_and_a_cut_is_said(
    held: int, read: int, complete: bool
) -> None:
    found = lookup(
        Pages(held), "us-east-1", WHEN, WHEN, ("ReadOnly", "false"), pages=4, pace=RequestPace(0.0)
    )

    assert (len(found.records), found.requests, found.complete) == (read, read, complete)


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "LookupEvents")


FAILURES: dict[str, tuple[Exception, type[Exception], str]] = {
    "denied": (
        answered("AccessDeniedException"),
        Refused,
        "LookupEvents in us-east-1: AccessDeniedException: no",
    ),
    "throttled": (
        answered("ThrottlingException"),
        Throttled,
        "LookupEvents in us-east-1: ThrottlingException: no",
    ),
    "broken": (answered("InternalError"), Uncertain, "InternalError"),
    "no answer": (
        ReadTimeoutError(endpoint_url="https://cloudtrail"),
        Uncertain,
        "ReadTimeoutError: Read timeout",
    ),
    "an answer that is none": (
        ResponseParserError("no JSON"),
        Uncertain,
        "ResponseParserError: no JSON",
    ),
    "a time that is none": (
        ValueError("invalid timestamp"),
        Uncertain,
        "ValueError: invalid timestamp",
    ),
}


@pytest.mark.parametrize(("failure", "kind", "says"), FAILURES.values(), ids=FAILURES)
def test_whatever_cloudtrail_fails_with_is_an_error_that_says_so(
    failure: Exception, kind: type[Exception], says: str
) -> None:
    class Failing:
        def lookup_events(self, **_request: Any) -> dict[str, Any]:
            raise failure

    with pytest.raises(kind, match=says):
        lookup(
            Failing(),
            "us-east-1",
            WHEN,
            WHEN,
            ("ReadOnly", "false"),
            pages=1,
            pace=RequestPace(0.0),
        )


def test_calls_to_one_region_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("whyspike.wire.cloudtrail.time.sleep", slept.append)
    monkeypatch.setattr("whyspike.wire.cloudtrail.time.monotonic", lambda: 100.0)
    pace = RequestPace(0.5)
    for region in ("us-east-1", "us-east-1", "eu-west-1"):
        pace.wait(region)

    assert slept == [0.5]
