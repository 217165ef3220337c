"""Gathers the evidence of one flagged item: planned Cost Explorer requests (to the payer where the
account refuses them), then CloudTrail look-ups; what is denied or does not answer becomes a gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from whyspike.attribution.bill.attribute import attribute
from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.observed import lines_by_day
from whyspike.attribution.bill.plan import Case, late_share, next_requests, tags_missing
from whyspike.attribution.evidence import (
    OTHER_REGIONS,
    PAYER,
    EventsOf,
    GapNote,
    describe_query,
    evidence_items,
)
from whyspike.attribution.trail.events import Event, parse_event
from whyspike.attribution.trail.observed import calls_by_day
from whyspike.attribution.trail.ranking import rank
from whyspike.attribution.trail.search import (
    EventSearch,
    core_searches,
    named_searches,
    write_searches,
)
from whyspike.errors import (
    BudgetExhausted,
    CostExplorerDenied,
    NotReady,
    OrganizationAccessDenied,
    Refused,
    Throttled,
    Uncertain,
    Unreachable,
)
from whyspike.model import CostAnswer, EvidenceItem, Gap
from whyspike.wire import cloudtrail, cost_explorer
from whyspike.wire.cloudtrail import RequestPace
from whyspike.wire.cost_explorer import LinkedAccountCosts, RequestCounter
from whyspike.words.days import day

_NAMED_PAGES = 4  # of 50 calls of one name


@dataclass
class Sources:
    """Clients in the member account; None where its role could not be assumed.
    `open_cloudtrail(region)` opens one; `trail_error` says why there is none where a role has
    nothing to do with it.

    `open_payer` opens the payer's Cost Explorer narrowed to the account, or raises
    OrganizationAccessDenied; None where it is not to be
    asked. Once the payer has stood in, `cost_explorer` is its client and `payer_stood_in` is true.
    """

    cost_explorer: Any | None
    open_cloudtrail: Callable[[str], Any] | None
    usage: RequestCounter
    role_error: str = ""
    trail_error: str = ""
    pace: RequestPace = field(default_factory=RequestPace)
    open_payer: Callable[[], LinkedAccountCosts] | None = None
    trail_from: datetime | None = (
        None  # CloudTrail has forgotten what was before; None: it has everything
    )
    payer_stood_in: bool = False
    partition: str = "aws"  # aws | aws-cn | aws-us-gov


def gather(case: Case, sources: Sources) -> tuple[EvidenceItem, ...]:
    """All evidence on the case. Throttling by Cost Explorer propagates (the state machine tries
    again)."""
    gaps: list[GapNote] = []
    if sources.role_error:
        gaps.append(GapNote(Gap.ASSUME_ROLE, "sts AssumeRole", sources.role_error))
    if sources.trail_error:
        gaps.append(GapNote(Gap.CLOUDTRAIL, "cloudtrail LookupEvents", sources.trail_error))
    answers = _ask(case, sources, gaps)
    if tags_missing(case, answers):
        keys = ", ".join(case.tag_keys)
        gaps.append(
            GapNote(
                Gap.TAGS,
                f"cost allocation tags {keys}",
                "no cost of this account carries these tags",
            )
        )
    causes = attribute(case, answers)
    scan_end = datetime.combine(case.scan_date, datetime.min.time(), UTC) + timedelta(days=1)
    events = _look_up(causes, scan_end, sources, gaps)
    asked = [
        ("payer " if sources.payer_stood_in else "") + describe_query(answer.query)
        for answer in answers
        if answer.requests
    ]
    items = _items(case, causes, asked, events, gaps)
    observed = lines_by_day(case, answers)
    if not observed.lines:
        return items
    return (
        *items,
        EvidenceItem(
            f"E{len(items) + 1}", "cost-explorer", "daily costs of the scan by usage type", observed
        ),
    )


def _items(
    case: Case,
    causes: Sequence[BillCause],
    asked: Sequence[str],
    events: Sequence[EventsOf],
    gaps: Sequence[GapNote],
) -> tuple[EvidenceItem, ...]:
    return evidence_items(
        case.item,
        causes,
        asked,
        events,
        gaps,
        case.scan_date,
        late_share(case),
        case.costs.metric,
    )


@dataclass(frozen=True)
class TrailEvidence:
    """What an account's trail says of a case, without a request to Cost Explorer. `named` are the
    calls of the wanted name, `was_read` whether the trail answered and to the end."""

    items: tuple[EvidenceItem, ...]
    named: tuple[Event, ...]
    was_read: bool


def gather_trail(
    case: Case, sources: Sources, region: str | None, event_name: str | None
) -> TrailEvidence:
    """The evidence for free: causes of the daily costs, and the look-ups in `region`, for the
    calls of `event_name` among them."""
    gaps: list[GapNote] = []
    if sources.role_error:
        gaps.append(GapNote(Gap.ASSUME_ROLE, "sts AssumeRole", sources.role_error))
    causes = [
        replace(cause, driver=replace(cause.driver, region=cause.driver.region or region))
        for cause in attribute(case, ())
    ]
    scan_end = datetime.combine(case.scan_date, datetime.min.time(), UTC) + timedelta(days=1)
    seen = _look_up(causes, scan_end, sources, gaps)
    named: tuple[Event, ...] = ()
    was_read = any(each.available for each in seen) and not gaps
    if event_name and sources.open_cloudtrail:
        trail = _LookUps(sources.open_cloudtrail, sources.pace)
        whole = [
            trail.search(replace(search, attribute=("EventName", event_name), pages=_NAMED_PAGES))
            for search in write_searches(causes, scan_end, sources.partition)
        ]
        was_read = bool(whole) and all(whole)
        named = tuple(sorted(trail.events.values(), key=lambda event: (event.time, event.id)))
    items = _items(case, causes, (), seen, gaps)
    return TrailEvidence(items, named, was_read)


def _ask(case: Case, sources: Sources, gaps: list[GapNote]) -> list[CostAnswer]:
    """The account's own answers; where it refuses them, the payer's for it: the gap then says what
    stands in."""
    answers: list[CostAnswer] = []
    if sources.cost_explorer is not None and not _drill_down(case, sources, answers, gaps):
        return answers
    if sources.open_payer is None:
        return answers
    try:
        payer = replace(sources, cost_explorer=sources.open_payer())
    except OrganizationAccessDenied:
        return answers
    stood_in: list[CostAnswer] = []
    refusals: list[GapNote] = []
    _drill_down(case, payer, stood_in, refusals)
    if not any(
        answer.rows for answer in stood_in
    ):  # refused too, over the cap, or not the payer of this account
        return answers
    sources.cost_explorer, sources.payer_stood_in = payer.cost_explorer, True
    gaps[:] = [
        replace(note, instead=PAYER) if note.gap in (Gap.ASSUME_ROLE, Gap.COST_EXPLORER) else note
        for note in gaps
    ]
    gaps += refusals
    return stood_in


def _drill_down(
    case: Case, sources: Sources, answers: list[CostAnswer], gaps: list[GapNote]
) -> bool:
    """Asks what the plan wants, appends to `answers` and `gaps`; whether Cost Explorer was
    denied."""
    while wanted := next_requests(case, answers):
        for query in wanted:
            try:
                answers.append(cost_explorer.query(sources.cost_explorer, query, sources.usage))
            except NotReady as error:
                if not query.with_resources:
                    raise
                gaps.append(GapNote(Gap.RESOURCE_LEVEL, describe_query(query), str(error)))
                answers.append(CostAnswer(query, (), 0))
            except (CostExplorerDenied, BudgetExhausted) as error:
                denied = isinstance(error, CostExplorerDenied)
                if query.with_resources and denied:
                    gaps.append(GapNote(Gap.RESOURCE_LEVEL, describe_query(query), str(error)))
                    answers.append(CostAnswer(query, (), 0))
                    continue
                gaps.append(GapNote(Gap.COST_EXPLORER, describe_query(query), str(error)))
                return denied
    return False


def _look_up(
    causes: Sequence[BillCause], scan_end: datetime, sources: Sources, gaps: list[GapNote]
) -> list[EventsOf]:
    open_client = sources.open_cloudtrail
    if open_client is None or not causes:
        return [EventsOf((), 0, False, False) for _ in causes]
    wanted_from, kept_from = min(cause.onset for cause in causes), sources.trail_from
    if kept_from and datetime.combine(wanted_from, datetime.min.time(), UTC) < kept_from:
        gaps.append(
            GapNote(
                Gap.CLOUDTRAIL,
                "cloudtrail LookupEvents",
                forgotten(kept_from, f"the onset, {wanted_from}, lies before"),
            )
        )
        return [EventsOf((), 0, False, False) for _ in causes]
    trail = _LookUps(open_client, sources.pace)
    complete = True
    for wanted in write_searches(causes, scan_end, sources.partition):
        complete = complete and (kept_from is None or wanted.start >= kept_from)
        if not trail.search(wanted) and wanted.region not in trail.refused:
            trail.cut_off.append(wanted.region)
    for wanted in (
        *core_searches(causes, scan_end, trail.cut_off),
        *named_searches(causes, scan_end, trail.cut_off, sources.partition),
    ):
        trail.search(wanted)
    instead = OTHER_REGIONS if trail.asked else ""
    gaps += [
        GapNote(Gap.CLOUDTRAIL, f"cloudtrail LookupEvents {region}", reason, instead)
        for region, reason in trail.refused.items()
    ]
    complete = complete and not (trail.cut_off or trail.refused)
    if not trail.asked:
        return [EventsOf((), 0, False, False) for _ in causes]
    seen = tuple(sorted(trail.events.values(), key=lambda event: (event.time, event.id)))
    asked = tuple(trail.asked)
    return [
        EventsOf(asked, len(seen), complete, True, ranked, seen, calls_by_day(ranked, seen))
        for ranked in (rank(cause, seen, scan_end) for cause in causes)
    ]


@dataclass
class _LookUps:
    """What the look-ups of one item found. A Region that refuses is not asked again; what it
    refuses, the others may tell."""

    open_client: Callable[[str], Any]
    pace: RequestPace
    events: dict[str, Event] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)  # Regions with more events than pages
    refused: dict[str, str] = field(default_factory=dict)  # Region -> why
    _clients: dict[str, Any] = field(default_factory=dict)

    def search(self, wanted: EventSearch) -> bool:
        """Whether the Region answered, and to the end."""
        region = wanted.region
        if region in self.refused:
            return False
        try:
            if region not in self._clients:
                self._clients[region] = self.open_client(region)
            found = cloudtrail.lookup(
                self._clients[region],
                region,
                wanted.start,
                wanted.end,
                wanted.attribute,
                pages=wanted.pages,
                pace=self.pace,
            )
        except (Refused, Throttled, Unreachable, Uncertain) as error:
            self.refused[region] = str(error)
            return False
        self.asked.append(str(wanted))
        self.events.update((event.id, event) for event in map(parse_event, found.records))
        return found.complete


def forgotten(kept_from: datetime, what: str) -> str:
    """The reason of a gap that no permission can fill: an old scan date is looked at again."""
    first = day(kept_from, year=True)
    return f"CloudTrail keeps events of {cloudtrail.KEPT.days} days, now from {first} on; {what}"
