"""The simulated PutEvents: as lenient and as strict as EventBridge's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from whyspike.simulator.aws.event_bus import EventBuses
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.faults import Faults

HUB, REGION = "111122223333", "us-east-1"


@pytest.fixture
def buses() -> Iterator[EventBuses]:
    with mock_aws():
        yield EventBuses(Faults())


def entry(**fields: Any) -> dict[str, Any]:
    return {"Source": "whyspike", "DetailType": "t", "Detail": "{}", **fields}


def put(buses: EventBuses, *entries: dict[str, Any]) -> dict[str, Any]:
    return buses.put_events({"Entries": list(entries)}, HUB, REGION)


def test_an_event_for_a_bus_that_is_not_there_is_taken_and_dropped(buses: EventBuses) -> None:
    answer = put(buses, entry(EventBusName="nowhere"), entry())
    assert answer["FailedEntryCount"] == 0
    assert all(each["EventId"] for each in answer["Entries"])
    assert [(event.bus, event.dropped) for event in buses.put] == [
        ("nowhere", True),
        ("default", False),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Source": ""}, "InvalidArgument"),
        ({"Source": "aws.ec2"}, "NotAuthorizedForSourceException"),
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
    ],
    ids=["no source", "a source of AWS's", "no JSON", "no object"],
)
def test_what_eventbridge_refuses(buses: EventBuses, fields: dict[str, str], code: str) -> None:
    answer = put(buses, entry(), entry(**fields))
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1]["ErrorCode"] == code
    assert len(buses.put) == 1, "the other is taken all the same"


@pytest.mark.parametrize(
    "entries",
    [[entry()] * 11, [], [entry(Detail=json.dumps({"a": "x" * 600_000}))] * 2],
    ids=["eleven", "none", "more than a megabyte"],
)
def test_a_request_that_eventbridge_refuses_as_a_whole(
    buses: EventBuses, entries: list[dict[str, Any]]
) -> None:
    with pytest.raises(AwsError, match="ValidationException"):
        put(buses, *entries)
    assert buses.put == []


def test_rules_get_what_is_put_on_their_bus(buses: EventBuses) -> None:
    sqs, events = boto3.client("sqs", REGION), boto3.client("events", REGION)
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name="all", EventPattern='{"source": ["whyspike"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn["QueueArn"]}])
    account = boto3.client("sts", REGION).get_caller_identity()["Account"]
    buses.put_events({"Entries": [entry(Detail='{"a": 1}')]}, account, REGION)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"a": 1}
