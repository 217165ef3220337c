"""One event bus of EventBridge.

EventBridge takes an event for a bus that does not exist, answers as if it had been put there, and
drops it (docs/aws-refuses.md): so the bus is looked at before anything is put on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from whyspike.errors import Refused, Uncertain
from whyspike.wire.failures import fact_of, mapped, understood

SOURCE = "whyspike"
DETAIL_TYPE = "Cost Incident Changed"
COMMITMENT_ENDS = "Cost Commitment Ends"
TIMEOUT = (2.0, 5.0)  # seconds to connect, to answer
_MEND = "create the bus in the stack's account and Region, or deploy with EventBusName= (none)"
_ALLOW = "let the stack put events with source whyspike on the bus (its resource policy)"


@dataclass(frozen=True)
class EventBus:
    client: Any
    name: str

    def check(self) -> None:
        """Raises Refused where there is no such bus, or it may not be looked at."""
        with mapped("events", f"event bus {self.name}", _MEND, reads=True):
            self.client.describe_event_bus(Name=self.name)

    def put(self, detail: str, detail_type: str = DETAIL_TYPE) -> str:
        """The id that EventBridge gives to the event. Raises Refused, Throttled, Unreachable or
        Uncertain (it may have been put there)."""
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": detail,
            "EventBusName": self.name,
        }
        with mapped("events", f"event bus {self.name}", _MEND):
            answer = self.client.put_events(Entries=[entry])
        with understood("EventBridge"):
            (put,) = answer["Entries"]
            failed = answer["FailedEntryCount"]
            if not failed:
                return str(put["EventId"])
            code, said = str(put.get("ErrorCode", "")), str(put.get("ErrorMessage", ""))
        fact = fact_of("events", code, "any other") or Uncertain
        text = f"event bus {self.name} did not take the event: {code}: {said}".rstrip(": ")
        raise Refused(text, code, remedy=_ALLOW) if fact is Refused else fact(text)


def event_bus(name: str, timeout: tuple[float, float] = TIMEOUT) -> EventBus:
    """Without the SDK's own retries: an event without an answer may have been put, and is marked
    when it is put again."""
    connect, answer = timeout
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=connect, read_timeout=answer)
    return EventBus(boto3.client("events", config=config), name)
