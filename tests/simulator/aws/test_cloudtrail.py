"""The simulated LookupEvents keeps the real one's contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.organization import event
from whyspike.simulator.aws.cloudtrail import RequestLimit, lookup_events
from whyspike.simulator.aws.models import AwsError

NOW = datetime(2026, 10, 16, 9, tzinfo=UTC)
RECORDS = [
    event(
        "RunInstances" if number % 2 else "DescribeInstances",
        f"{NOW - timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}",
        ReadOnly="false" if number % 2 else "true",
        Username="dana" if number < 60 else "tom",
        Resources=[{"ResourceType": "AWS::EC2::Instance", "ResourceName": f"i-{number}"}],
    )
    for number in range(1, 121)
]
OLD = event("DeleteVolume", f"{NOW - timedelta(days=91):%Y-%m-%dT%H:%M:%SZ}")
TOMORROW = event("DeleteBucket", f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")


def ask(**request: Any) -> dict[str, Any]:
    return lookup_events(request, [TOMORROW, *RECORDS, OLD], NOW)


def attribute(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


def names(answer: dict[str, Any]) -> list[str]:
    return [record["EventId"] for record in answer["Events"]]


def test_fifty_events_a_page_newest_first_none_older_than_ninety_days_or_of_the_future() -> None:
    pages = [ask()]
    while "NextToken" in pages[-1]:
        pages.append(ask(NextToken=pages[-1]["NextToken"]))

    times = [record["EventTime"] for page in pages for record in page["Events"]]
    assert [len(page["Events"]) for page in pages] == [50, 50, 20]
    assert times == sorted(times, reverse=True)
    assert len({name for page in pages for name in names(page)}) == 120


ATTRIBUTES = {
    "event name": (attribute("EventName", "RunInstances"), 60),
    "read only": (attribute("ReadOnly", "true"), 60),
    "user": (attribute("Username", "tom"), 61),
    "resource": (attribute("ResourceName", "i-7"), 1),
    "resource type": (attribute("ResourceType", "AWS::EC2::Instance"), 120),
    "source": (attribute("EventSource", "s3.amazonaws.com"), 0),
    "id": (attribute("EventId", RECORDS[3]["EventId"]), 1),
}


@pytest.mark.parametrize(("attributes", "count"), ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_one_attribute_selects(attributes: list[dict[str, str]], count: int) -> None:
    found, answer = 0, ask(LookupAttributes=attributes)
    while True:
        found += len(answer["Events"])
        if "NextToken" not in answer:
            break
        answer = ask(LookupAttributes=attributes, NextToken=answer["NextToken"])

    assert found == count


def test_times_bound_the_answer_on_both_sides() -> None:
    start, end = NOW - timedelta(hours=5), NOW - timedelta(hours=3)

    answer = ask(StartTime=start.timestamp(), EndTime=end.timestamp())

    assert [record["EventTime"] for record in answer["Events"]] == [
        (NOW - timedelta(hours=hours)).timestamp() for hours in (3, 4, 5)
    ]


REFUSED = {
    "two attributes": (
        {"LookupAttributes": attribute("EventName", "RunInstances") + attribute("Username", "tom")},
        "InvalidLookupAttributesException",
    ),
    "an unknown attribute": (
        {"LookupAttributes": attribute("Colour", "red")},
        "ValidationException",
    ),
    "more than fifty": ({"MaxResults": 51}, "InvalidMaxResultsException"),
    "an end before the start": (
        {"StartTime": NOW.timestamp(), "EndTime": (NOW - timedelta(days=1)).timestamp()},
        "InvalidTimeRangeException",
    ),
    "a made-up token": ({"NextToken": "page-2"}, "InvalidNextTokenException"),
}


@pytest.mark.parametrize(("request_", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cloudtrail_refuses_is_refused(request_: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as error:
        ask(**request_)

    assert error.value.code == code


def test_a_token_goes_with_its_question() -> None:
    with pytest.raises(AwsError) as error:
        ask(LookupAttributes=attribute("ReadOnly", "true"), NextToken=ask()["NextToken"])

    assert error.value.code == "InvalidNextTokenException"


def test_two_requests_a_second_for_each_account_and_region() -> None:
    limit = RequestLimit()
    here, there = ("111111111111", "us-east-1"), ("111111111111", "eu-west-1")

    assert [limit.admit(here, seconds) for seconds in (0.0, 0.4, 0.8, 1.0, 1.2, 1.5)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
    assert limit.admit(there, 1.2)
