"""Which CloudTrail look-ups a flagged item needs: write events around the onsets, and by name what
acts late or reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from whyspike.attribution.bill.cause import BillCause
from whyspike.knowledge.events import CauseEvent, causes_for
from whyspike.knowledge.naming import REGION
from whyspike.model import Kind

# IAM, CloudFront, Route 53 and other global services write their events there.
HOME_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
DAYS_BEFORE = 8
DAYS_AFTER = 3
WRITE_PAGES = 6  # of 50 events
CORE_PAGES = 8
NAMED_PAGES = 1
MAX_NAMED = 6
_READS = re.compile(
    r"^(Get|Describe|List|Head|Invoke|Converse|Decrypt|Retrieve|Lookup|Query|Scan|Search)"
)


@dataclass(frozen=True)
class EventSearch:
    """One LookupEvents search in one Region; `attribute` is its only filter."""

    region: str
    start: datetime
    end: datetime
    attribute: tuple[str, str]
    pages: int

    def __str__(self) -> str:
        period = f"{self.start:%Y-%m-%d}..{self.end:%Y-%m-%d}"
        return (
            f"cloudtrail LookupEvents {self.attribute[0]}={self.attribute[1]} {self.region}"
            f" {period}"
        )


def regions_of(causes: Sequence[BillCause], partition: str = "aws") -> tuple[str, ...]:
    """The drivers' regions, then the home of global services."""
    named = [
        cause.driver.region
        for cause in causes
        if cause.driver.region and REGION.fullmatch(cause.driver.region)
    ]
    return tuple(dict.fromkeys([*named, HOME_REGIONS[partition]]))


def write_searches(
    causes: Sequence[BillCause], scan_end: datetime, partition: str = "aws"
) -> tuple[EventSearch, ...]:
    """Write events of the days before the first onset until some days after the last one."""
    start, end = _window(causes, scan_end)
    return tuple(
        EventSearch(region, start, end, ("ReadOnly", "false"), WRITE_PAGES)
        for region in regions_of(causes, partition)
    )


def core_searches(
    causes: Sequence[BillCause], scan_end: datetime, cut_off: Sequence[str]
) -> tuple[EventSearch, ...]:
    """The days of the onsets alone, for regions with more write events than the pages hold (newest
    first) could show."""
    days = tuple(dict.fromkeys(_midnight(cause) for cause in causes))
    periods = [(day - timedelta(hours=36), min(scan_end, day + timedelta(days=1))) for day in days]
    return tuple(
        EventSearch(region, start, end, ("ReadOnly", "false"), CORE_PAGES)
        for region in cut_off
        for start, end in periods
    )


def named_searches(
    causes: Sequence[BillCause],
    scan_end: datetime,
    cut_off: Sequence[str] = (),
    partition: str = "aws",
) -> tuple[EventSearch, ...]:
    """By event name: calls that act late, from before the window; calls that count as reads; and,
    in the regions where the page limit cut off the write events (`cut_off`), the strongest causes
    of the families.
    """
    start, end = _window(causes, scan_end)
    found: list[EventSearch] = []
    for cause in causes:
        region = (
            cause.driver.region
            if cause.driver.region and REGION.fullmatch(cause.driver.region)
            else HOME_REGIONS[partition]
        )
        entries = causes_for(cause.family, "down" if cause.excess_per_day < 0 else "up")
        late = _first_names(
            [entry for entry in entries if entry.lag_days > DAYS_BEFORE and entry.weight >= 4]
        )
        for entry in late:
            begin = max(
                _midnight(cause) - timedelta(days=entry.lag_days), scan_end - timedelta(days=89)
            )
            if begin < start:
                found.append(
                    EventSearch(region, begin, start, ("EventName", entry.event_name), NAMED_PAGES)
                )
        reads = _first_names(
            [entry for entry in entries if _READS.match(entry.event_name) and entry.weight >= 3]
        )
        found += [
            EventSearch(region, start, end, ("EventName", entry.event_name), NAMED_PAGES)
            for entry in reads
        ]
        if region in cut_off:
            strong = _first_names([entry for entry in entries if entry.weight >= 4])
            found += [
                EventSearch(region, start, end, ("EventName", entry.event_name), NAMED_PAGES)
                for entry in strong
            ]
    return tuple(dict.fromkeys(found))


def _window(causes: Sequence[BillCause], scan_end: datetime) -> tuple[datetime, datetime]:
    onsets = [_midnight(cause) for cause in causes]
    start = max(min(onsets) - timedelta(days=DAYS_BEFORE), scan_end - timedelta(days=89))
    after = (
        30 if any(cause.kind in (Kind.RAMP, Kind.BURST) for cause in causes) else DAYS_AFTER
    )  # what goes on is done again
    return start, min(scan_end, max(onsets) + timedelta(days=after))


def _midnight(cause: BillCause) -> datetime:
    return datetime(cause.onset.year, cause.onset.month, cause.onset.day, tzinfo=UTC)


def _first_names(entries: Sequence[CauseEvent]) -> list[CauseEvent]:
    """The first entry of each event name, at most MAX_NAMED."""
    return list({entry.event_name: entry for entry in reversed(entries)}.values())[::-1][:MAX_NAMED]
