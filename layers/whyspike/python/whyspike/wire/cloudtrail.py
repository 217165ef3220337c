"""CloudTrail LookupEvents: write events of one account and Region, at most two requests a second,
pages bounded.

Facts: 90 days of management events, one lookup attribute, 50 events a page, one Region, free, no
trail needed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from whyspike.wire.failures import mapped, understood

REQUESTS_PER_SECOND = 2.0
KEPT = timedelta(days=90)


@dataclass
class RequestPace:
    """Keeps calls apart, so that LookupEvents' limit is respected per account and Region instead of
    found out."""

    seconds_apart: float = 1.0 / REQUESTS_PER_SECOND + 0.02
    _last: dict[str, float] = field(default_factory=dict)

    def wait(self, key: str) -> None:
        now = time.monotonic()
        due = self._last.get(key, -self.seconds_apart) + self.seconds_apart
        if due > now:
            time.sleep(due - now)
        self._last[key] = max(now, due)


@dataclass(frozen=True)
class Found:
    """LookupEvents records, newest first; `complete` is False where the page limit cut the search
    off."""

    records: tuple[Mapping[str, Any], ...]
    complete: bool
    requests: int


def lookup(
    client: Any,
    region: str,
    start: datetime,
    end: datetime,
    attribute: tuple[str, str],
    *,
    pages: int,
    pace: RequestPace,
) -> Found:
    """Records between `start` and `end` with one attribute ("ReadOnly", "false").

    Throttling is retried by the client (standard mode). Raises Refused, Throttled for what remains
    of throttling, Unreachable, or Uncertain for any other failure, and for an answer that cannot be
    read.
    """
    records: list[Mapping[str, Any]] = []
    token: str | None = None
    for page in range(1, pages + 1):
        pace.wait(region)
        with mapped("cloudtrail", f"cloudtrail:LookupEvents in {region}"):
            answer = client.lookup_events(
                LookupAttributes=[{"AttributeKey": attribute[0], "AttributeValue": attribute[1]}],
                StartTime=start,
                EndTime=end,
                **({"NextToken": token} if token else {}),
            )
        with understood("CloudTrail"):
            records += [dict(record) for record in answer.get("Events", ())]
            token = answer.get("NextToken")
        if not token:
            return Found(tuple(records), True, page)
    return Found(tuple(records), False, pages)
