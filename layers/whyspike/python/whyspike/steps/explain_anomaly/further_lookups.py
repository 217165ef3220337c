"""Makes the look-ups that Claude asks for (closed list in claude_lookups), with the clients and
caps of the evidence before them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from whyspike.attribution.bill.plan import Case
from whyspike.attribution.evidence import found_event
from whyspike.attribution.trail.events import parse_event
from whyspike.errors import (
    BudgetExhausted,
    CostExplorerDenied,
    NotReady,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
)
from whyspike.model import CostAnswer, CostQuery, EvidenceItem, Gap
from whyspike.model.evidence import Content, CostGroup, CostGroups, FoundEvents, MissingEvidence
from whyspike.steps.explain_anomaly.gather import Sources, forgotten
from whyspike.steps.explain_anomaly.lookup_tools import Lookup
from whyspike.wire import cloudtrail, cost_explorer
from whyspike.words.days import day

DAYS_BEFORE = 14
EVENTS_BEFORE = timedelta(days=7)
MAX_GROUPS = 25
MAX_EVENTS = 20
MAX_PAGES = 2


@dataclass
class FurtherLookups:
    """A `Lookups` for one flagged item; `found` keeps what was given to Claude, so that it is
    stored with the evidence.

    What is denied, not ready or over the cap is an item with a gap; nothing is raised.
    """

    case: Case
    sources: Sources
    items: Sequence[EvidenceItem]
    found: list[EvidenceItem] = field(default_factory=list)

    def __call__(self, lookup: Lookup) -> EvidenceItem:
        make = {"group_costs": self._group_costs, "find_events": self._find_events}[lookup.kind]
        source, request, content = make(lookup.arguments)
        gap = content.denied_or_missing if isinstance(content, MissingEvidence) else None
        item = EvidenceItem(
            f"E{len(self.items) + len(self.found) + 1}",
            source,
            request,
            content,
            gap,
        )
        self.found.append(item)
        return item

    def _group_costs(self, asked: Mapping[str, str]) -> tuple[str, str, Content]:
        end = self.case.scan_date + timedelta(days=1)
        start = self.case.item.onset - timedelta(days=DAYS_BEFORE)
        values = {"SERVICE": asked["service"], "USAGE_TYPE": asked["usage_type"]}
        conditions = [
            {"Dimensions": {"Key": key, "Values": [value]}}
            for key, value in values.items()
            if value
        ]
        query = CostQuery(
            start,
            end,
            (asked["by"],),
            {"And": conditions} if len(conditions) > 1 else conditions[0],
            (self.case.costs.metric, "UsageQuantity"),
            max_pages=MAX_PAGES,
        )
        request = (
            f"GetCostAndUsage {asked['by']} {start}..{end} of {asked['service']}"
            f" {asked['usage_type']}".rstrip()
        )
        if self.sources.cost_explorer is None:
            return (
                "cost-explorer",
                request,
                MissingEvidence(
                    denied_or_missing=Gap.COST_EXPLORER, reason=self.sources.role_error
                ),
            )
        try:
            answer = cost_explorer.query(self.sources.cost_explorer, query, self.sources.usage)
        except (
            CostExplorerDenied,
            Throttled,
            NotReady,
            Unreachable,
            Uncertain,
            BudgetExhausted,
        ) as error:
            return "cost-explorer", request, _missing(Gap.COST_EXPLORER, str(error))
        return (
            "cost-explorer",
            request,
            CostGroups(
                by=asked["by"],
                service=asked["service"],
                usage_type=asked["usage_type"],
                groups=self._groups(answer),
            ),
        )

    def _groups(self, answer: CostAnswer) -> tuple[CostGroup, ...]:
        before: dict[str, float] = defaultdict(float)
        last: dict[str, float] = defaultdict(float)
        for row in answer.rows:
            if row.usage_date < self.case.item.onset:
                before[row.keys[0]] += row.cost / DAYS_BEFORE
            elif row.usage_date == self.case.scan_date:
                last[row.keys[0]] += row.cost
        largest = sorted({*before, *last}, key=lambda key: -abs(last[key] - before[key]))[
            :MAX_GROUPS
        ]
        return tuple(
            CostGroup(
                value=key,
                expected_usd_per_day=round(before[key], 2),
                actual_usd_per_day=round(last[key], 2),
                excess_usd_per_day=round(last[key] - before[key], 2),
            )
            for key in largest
        )

    def _find_events(self, asked: Mapping[str, str]) -> tuple[str, str, Content]:
        end = datetime.combine(self.case.scan_date, datetime.min.time(), UTC) + timedelta(days=1)
        start = datetime.combine(self.case.item.onset, datetime.min.time(), UTC) - EVENTS_BEFORE
        attribute, value, region = asked["attribute"], asked["value"], asked["region"]
        request = (
            f"cloudtrail LookupEvents {attribute}={value} {region} {start:%Y-%m-%d}..{end:%Y-%m-%d}"
        )
        if self.sources.open_cloudtrail is None:
            return (
                "cloudtrail",
                request,
                _missing(Gap.CLOUDTRAIL, self.sources.role_error),
            )
        kept_from, last = self.sources.trail_from, day(end, year=True)
        if kept_from and end <= kept_from:
            return (
                "cloudtrail",
                request,
                _missing(Gap.CLOUDTRAIL, forgotten(kept_from, f"the window ends on {last}")),
            )
        try:
            seen = cloudtrail.lookup(
                self.sources.open_cloudtrail(region),
                region,
                start,
                end,
                (attribute, value),
                pages=1,
                pace=self.sources.pace,
            )
        except (Refused, Throttled, Unreachable, Uncertain) as error:
            return "cloudtrail", request, _missing(Gap.CLOUDTRAIL, str(error))
        complete = seen.complete and (kept_from is None or start >= kept_from)
        events = [parse_event(record) for record in seen.records]
        writes = [found_event(event) for event in events if not event.read_only and not event.error]
        return (
            "cloudtrail",
            request,
            FoundEvents(
                region=region,
                complete=complete,
                found=len(writes),
                events=tuple(writes[:MAX_EVENTS]),
            ),
        )


def _missing(gap: Gap, reason: str) -> MissingEvidence:
    return MissingEvidence(denied_or_missing=gap, reason=reason)
