"""An event bus of moto's with a rule that hands whyspike's events to a queue, where tests read
them."""

from __future__ import annotations

import json
from typing import Any

import boto3

BUS = "cost-incidents"


class EventBusInbox:
    def __init__(self, name: str = BUS) -> None:
        events, self._sqs = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name=name)
        self._queue = self._sqs.create_queue(QueueName=f"{name}-inbox")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        pattern = {"source": ["whyspike"], "detail-type": ["Cost Incident Changed"]}
        events.put_rule(Name="all", EventBusName=name, EventPattern=json.dumps(pattern))
        events.put_targets(
            Rule="all",
            EventBusName=name,
            Targets=[{"Id": "inbox", "Arn": arn["Attributes"]["QueueArn"]}],
        )
        self.details: list[dict[str, Any]] = []

    def read(self) -> list[dict[str, Any]]:
        """The details of all events so far, in the order in which they came."""
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            found = answer.get("Messages", [])
            if not found:
                return self.details
            for message in found:
                self.details.append(json.loads(message["Body"])["detail"])
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
