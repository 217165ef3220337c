"""EventBridge's PutEvents; moto has the buses and the rules, and refuses what EventBridge takes.

An event for a bus that does not exist is answered as if it had been put, and dropped. An entry that
is refused stands in an answer with HTTP 200 and FailedEntryCount.

| fault | effect |
| --- | --- |
| `aws:events:PutEventsEntry:InternalFailure`, `ThrottlingException`, ... | an entry fails with that
code |
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from moto.events.models import EventsBackend, events_backends

from whyspike.simulator.aws.models import AwsError, check_answer, check_request
from whyspike.simulator.faults import Faults

MAX_ENTRY_BYTES = 1_048_576  # of all entries of one request together
DEFAULT_BUS = "default"


@dataclass(frozen=True)
class PutEvent:
    """An event that somebody put; `dropped` where its bus does not exist."""

    event_id: str
    bus: str
    source: str
    detail_type: str
    detail: dict[str, Any]
    dropped: bool


class EventBuses:
    """The buses of one Region; `put` is what came in, in order."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.put: list[PutEvent] = []

    def put_events(self, request: dict[str, Any], account_id: str, region: str) -> dict[str, Any]:
        """The answer of PutEvents. Raises AwsError for a request that is refused as a whole."""
        check_request("events", "PutEvents", request)
        if sum(map(_size, request["Entries"])) >= MAX_ENTRY_BYTES:
            raise AwsError("ValidationException", "The entries are too large together")
        backend: EventsBackend = events_backends[account_id][region]
        answers = [self._entry(entry, backend) for entry in request["Entries"]]
        failed = sum("ErrorCode" in answer for answer in answers)
        answer = {"FailedEntryCount": failed, "Entries": answers}
        check_answer("events", "PutEvents", answer)
        return answer

    def _entry(self, entry: dict[str, Any], backend: EventsBackend) -> dict[str, str]:
        if code := self._faults.take_error("events", "PutEventsEntry"):
            return {"ErrorCode": code, "ErrorMessage": "An error as planned."}
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                return _refused("InvalidArgument", f"Parameter {name} is not valid.")
        if entry["Source"].startswith("aws."):
            return _refused("NotAuthorizedForSourceException", "Not authorized for the source.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return _refused("MalformedDetail", "Detail is malformed.")
        bus = str(entry.get("EventBusName", DEFAULT_BUS)).rsplit("/", 1)[-1]
        exists = bus in backend.event_buses
        event_id = str(uuid.uuid4())
        if exists:
            event_id = str(backend.put_events([{**entry, "EventBusName": bus}])[0]["EventId"])
        self.put.append(
            PutEvent(event_id, bus, entry["Source"], entry["DetailType"], detail, not exists)
        )
        return {"EventId": event_id}


def _refused(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}


def _size(entry: dict[str, Any]) -> int:
    """As EventBridge counts: 14 bytes for a time, and the bytes of what it keeps as text."""
    texts = [str(entry.get(name, "")) for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources", [])
    return (14 if "Time" in entry else 0) + sum(len(text.encode()) for text in texts)
