"""Ranks events by how well they explain a cause on the bill. Pure; each score keeps its reasons, so
that people can judge it.

A score adds what speaks for an event: that such a call moves this usage type (knowledge tables),
that it touched the driver's resources or carries its names, that its time fits the onset; and takes
off what speaks against: settings that cost nothing, another resource of the same kind, a call that
this principal makes all the time, a service acting on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.candidates import Candidate, merged
from whyspike.attribution.trail.events import Event
from whyspike.attribution.trail.executions import (
    ARMED,
    ARMED_LAG_DAYS,
    Execution,
    acts_on_a_setting,
    armed_by,
    executions,
    is_schedule,
    keeps_time,
)
from whyspike.attribution.trail.habits import (
    changed_address,
    coincides,
    common,
    follows_its_creation,
    identities_made,
    is_effect,
    is_new_caller,
    is_usage_call,
    made_from_the_same_address,
    routine,
    signs_of_intrusion,
    unusual_address,
    usage,
)
from whyspike.attribution.trail.magnitude import COUNTED, count_of, size_of
from whyspike.attribution.trail.ties import TIED, Names, Tie, tie_of
from whyspike.attribution.trail.timing import timing
from whyspike.attribution.trail.writes import Repeated, begun_by, repeated_writes
from whyspike.knowledge.calls import Deed, category_of_call, deed_of
from whyspike.knowledge.events import (
    CauseEvent,
    cause,
    causes_for,
    is_routine,
    normalise_event_source,
    weight_of,
)
from whyspike.knowledge.families import OTHER, base_family, default_category, family_of
from whyspike.knowledge.naming import REGION
from whyspike.knowledge.resources import names_something, parameter_leaves
from whyspike.knowledge.units import FITTING, fits, measure_of

_DEPLOYING = frozenset(
    {"ecs", "lambda", "eks", "codedeploy", "cloudformation", "elasticbeanstalk", "apprunner", "ecr"}
)
_GLOBAL = frozenset(  # services that write their events in one Region whatever Region they act in
    (
        *(
            "iam",
            "sts",
            "signin",
            "cloudfront",
            "route53",
            "organizations",
            "account",
            "billing",
            "budgets",
            "ce",
            "savingsplans",
        ),
        *(
            "aws-marketplace",
            "marketplace-agreement",
            "support",
            "globalaccelerator",
            "shield",
            "waf",
            "wafv2",
        ),
        *("health", "networkmanager"),
    )
)
_SURE_COST = 5  # weight of a call that hardly anything else resembles: a purchase, a creation
_ANY_WRITE = 3  # weight of a write that no table knows
_POSSIBLE, _DOUBTFUL = 5.0, 3.5  # on either side of what is worth a doubt (rules/actor.PLAUSIBLE)
_CLEAR = 1.0  # points from which on name or time speak for a call
_MADE_IDENTITY = 3.0
_ON_EACH_DAY = 3.0
_WRITES_MORE = (
    7.0  # near that of a telling call on the day of the onset: where there is one, nobody is named
)
_REPEATED = (
    4.0  # what is only repeated since is worth a doubt (rules_actor.PLAUSIBLE), never a name
)


def rank(bill: BillCause, events: Sequence[Event], scan_end: datetime) -> tuple[Candidate, ...]:
    """Candidates among the events, best first; an event that cannot be the cause is left out."""
    names = Names.of(bill)
    in_order = tuple(sorted(events, key=lambda event: (event.time, event.id)))
    executed = executions(in_order, bill, names, lambda event: best_entry(event, bill))
    context = _Context(bill, names, in_order, _new_users(bill, events), executed)
    found = []
    for event in events:
        if event.error or event.time >= scan_end:
            continue
        entry = (
            best_entry(event, bill)
            or _entry_of_identity(event, context)
            or _entry_of_schedule(event, context)
            or _entry_of_any_write(event, context)
        )
        ranked = _score(event, entry, context) if entry else None
        if ranked is not None:
            found.append(ranked)
    best_first = sorted(found, key=lambda item: (-item.score, item.event.time, item.event.id))
    return _with_repeated(merged(best_first), context)


@dataclass(frozen=True)
class _Context:
    """What all events are held against. `new_users` made their first calls of the billed usage
    since the onset, or act for whoever made them; `executed` are calls that services of AWS made on
    settings."""

    bill: BillCause
    names: Names
    events: tuple[Event, ...]
    new_users: Mapping[str, CauseEvent]
    executed: tuple[Execution, ...]


def best_entry(event: Event, bill: BillCause) -> CauseEvent | None:
    """The line of the cause table by which this call can move the cause's lines, the driver's
    family first."""
    entries = cause(event.source, event.name)
    direction = "down" if bill.excess_per_day < 0 else "up"
    fitting = [entry for entry in entries if entry.moves(bill.family, direction)]
    return max(
        fitting, key=lambda entry: (weight_of(entry, _mapping(event)), entry.weight), default=None
    )


def _new_users(bill: BillCause, events: Sequence[Event]) -> Mapping[str, CauseEvent]:
    used = [
        event
        for event in events
        if not event.error
        and (
            is_new_caller(event, events, bill)
            if is_usage_call(event)
            else made_from_the_same_address(event, events)
        )
    ]
    entries = {event.principal: entry for event in used if (entry := best_entry(event, bill))}
    return entries if bill.excess_per_day > 0 else {}


def _entry_of_identity(event: Event, context: _Context) -> CauseEvent | None:
    """A call that made an identity can cause whatever that identity then began to use."""
    made = next(
        (context.new_users[name] for name in identities_made(event) if name in context.new_users),
        None,
    )
    return (
        replace(
            made,
            event_source="iam",
            event_name=event.base_name,
            weight=3,
            lag_days=14,
            telling=None,
        )
        if made
        else None
    )


def _entry_of_schedule(event: Event, context: _Context) -> CauseEvent | None:
    """A schedule causes whatever it calls."""
    made = armed_by(event, context.executed) if is_schedule(event) else None
    if made is None:
        return None
    source = normalise_event_source(event.source)
    return replace(
        made.entry,
        event_source=source,
        event_name=event.base_name,
        weight=4,
        lag_days=ARMED_LAG_DAYS,
        telling=None,
    )


def _entry_of_any_write(event: Event, context: _Context) -> CauseEvent | None:
    """The world is open: any other write that names a resource of the driver, or comes from the
    billed service, is a candidate, though no table knows it."""
    source, bill = normalise_event_source(event.source), context.bill
    if event.read_only or is_usage_call(event) or is_routine(event.source, event.name):
        return None
    falling = bill.excess_per_day < 0
    category = category_of_call(event.base_name, _measure(bill), falling=falling)
    touches = bool(event.targets & context.names.resources)
    if category is None or not (touches or context.names.of_billed_service(source)):
        return None
    against = (deed_of(event.base_name) is Deed.ENDS) != falling
    weight = _ANY_WRITE if (touches or not _known(bill)) and not against else 1
    return CauseEvent(source, event.base_name, (), "both", category, weight, 2, None, "by its name")


def _known(bill: BillCause) -> bool:
    """Whether the tables know what moves this meter, in its unit."""
    in_its_unit = base_family(bill.family) == bill.family
    return in_its_unit and bill.family != OTHER and bool(causes_for(bill.family))


def _most(event: Event, entry: CauseEvent, context: _Context) -> float:
    """The most that a call can score. Where the tables know what moves the meter, a write that they
    do not hold is at most possible, and one that they hold for other meters not even that."""
    if entry.families or not _known(context.bill) or count_of(event, context.bill):
        return inf
    touches = bool(event.targets & context.names.resources)
    return _POSSIBLE if touches and not cause(event.source, event.name) else _DOUBTFUL


def _measure(bill: BillCause) -> str | None:
    """The unit of the driver's meter; None where neither its name nor its quantity says one."""
    measures = family_of(bill.driver.service, bill.driver.usage_type).measures
    if measures in FITTING:
        return measures
    return measure_of("", bill.usage.unit) if bill.usage else None


def _category(event: Event, entry: CauseEvent, bill: BillCause) -> str:
    """The table's, unless the meter counts something else than the service's usual one; a schedule
    causes what its calls are."""
    if is_schedule(event) and bill.excess_per_day > 0:
        return default_category(bill.family)
    measure = _measure(bill)
    if not entry.families and entry.category == "resource-config-change" and count_of(event, bill):
        return "scaling-out"
    if base_family(bill.family) == bill.family or fits(entry.category, measure):
        return entry.category
    found = category_of_call(event.base_name, measure, falling=bill.excess_per_day < 0)
    return found or default_category(bill.family)


def _score(event: Event, entry: CauseEvent, context: _Context) -> Candidate | None:
    bill, events = context.bill, context.events
    when = timing(event, entry, bill)
    if when is None:
        return None
    weight = weight_of(entry, _mapping(event))
    known = bool(entry.families)
    table = (
        (weight, "such a call can move this cost")
        if known
        else (-1.0, "no table says what such a call costs")
    )
    tie, why = tie_of(event, context.names)
    for own in _ties_of_others(event, context):
        tie, why = max(tie, 0.0) + own[0], [*why, own]
    tied = tie >= TIED
    score = 0.9 * weight + tie + when[0]
    others = (
        _effect(weight, entry),
        _direct(entry, context, tied),
        _substance(event, entry, tied),
        _elsewhere(event, bill),
        routine(event, events, bill),
        common(event, events, bill, tied),
        usage(event, events, bill),
        _principal(event, events, bill),
        size_of(event, bill, tied),
        _count(event, bill),
        _after_creation(event, events, bill),
    )
    score += sum(points for points, _ in others)
    told = [*_clear(*why), table, *_clear(when), *others]
    return Candidate(
        event,
        round(min(score, _most(event, entry, context)), 2),
        tuple(reason for points, reason in told if reason and points >= 0),
        _category(event, entry, bill),
        tied,
        unusual_address(event, events),
        changed_address(event, events),
        common(event, events, bill, tied)[0] < 0,
        is_effect(event, events, bill),
        signs=signs_of_intrusion(event, events) if event.external else (0, ()),
        speaks_against=tuple(reason for points, reason in told if reason and points < 0),
        entry=entry,
    )


def _ties_of_others(event: Event, context: _Context) -> list[Tie]:
    """What ties a call to a cost by what others then did."""
    ties: list[Tie] = []
    if identities_made(event) & context.new_users.keys():
        words = "it made or armed the identity that began to make such calls"
        ties.append((_MADE_IDENTITY, words))
    if armed_by(event, context.executed):
        ties.append((ARMED, "it set what a service of AWS then acted on"))
    if keeps_time(event, context.events, context.names):
        ties.append((ARMED, "since then such calls come at its rate"))
    if coincides(event, context.events, context.bill):
        words = "it was made on each of the days that rose, and hardly on others"
        ties.append((_ON_EACH_DAY, words))
    return ties


def _clear(*found: Tie) -> list[Tie]:
    """Weak reasons of name and time speak rather against a call than for it."""
    return [(points - _CLEAR, reason) for points, reason in found]


def _count(event: Event, bill: BillCause) -> tuple[float, str]:
    if count_of(event, bill) is None:
        return 0.0, ""
    return COUNTED, "it asks for as many units as the bill counts since"


def _after_creation(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    if not follows_its_creation(event, events, bill):
        return 0.0, ""
    return -2.0, "it changed what the same caller had just made"


def _with_repeated(ranked: tuple[Candidate, ...], context: _Context) -> tuple[Candidate, ...]:
    """Who began to write far more is the cause where writes are billed; elsewhere it is shown,
    since it may be."""
    bill = context.bill
    found = repeated_writes(bill, context.events)
    if found is None:
        return ranked
    event = found.event
    known = next(
        (
            item
            for item in ranked
            if (item.event.name, item.event.principal) == (event.name, event.principal)
        ),
        None,
    )
    if known is not None and not found.meter:
        return ranked
    category = default_category(bill.family)
    times = f"{found.calls} such calls since the onset, by a principal that hardly wrote before"
    if found.meter:
        points, reason = _principal(event, context.events, bill)
        score = max(round(_WRITES_MORE + points, 2), known.score if known else 0.0)
        item = Candidate(
            event,
            score,
            ("each write is billed", times, *((reason,) if points > 0 else ())),
            category,
            tied=True,
            effect=is_effect(event, context.events, bill),
            speaks_against=(reason,) if points < 0 else (),
        )
    else:
        item = Candidate(
            event,
            _REPEATED,
            (times,),
            category,
            tied=False,
            speaks_against=("nothing known ties it to this cost",),
            only_repeated=True,
        )
    found_items = [item, *_set_off(found, category, context)]
    taken = {one.event.id for one in found_items}
    rest = [other for other in ranked if other is not known and other.event.id not in taken]
    return tuple(sorted([*found_items, *rest], key=lambda other: -other.score))


def _set_off(found: Repeated, category: str, context: _Context) -> list[Candidate]:
    """Whoever set off the service that writes: the better answer, where known."""
    cause_of_it = begun_by(found.event, context.events) if found.meter else None
    if cause_of_it is None:
        return []
    why = f"made shortly before {found.event.invoked_by} began {found.calls} writes"
    return [
        Candidate(cause_of_it, _WRITES_MORE, ("each write is billed", why), category, tied=True)
    ]


def _effect(weight: float, entry: CauseEvent) -> tuple[float, str]:
    if entry.telling is not None and weight == entry.weight:
        return 0.8, "its settings are such as move this cost"
    if weight <= entry.weight / 10:
        return -4.0, "it changed only settings that cost nothing"
    if weight <= entry.weight / 4:
        return -1.5, "its record shows no setting that moves this cost"
    return 0.0, ""


def _direct(entry: CauseEvent, context: _Context, tied: bool) -> tuple[float, str]:
    """A call to the service that is billed is a nearer cause than one to another service;
    deployments happen all the time."""
    names = context.names
    if not names.event_source or names.of_billed_service(entry.event_source):
        return 0.0, ""
    if entry.event_source in _DEPLOYING and not tied:
        return -1.5, "it is a deployment that nothing ties to this cost"
    return -0.5, ""


def _substance(event: Event, entry: CauseEvent, tied: bool) -> tuple[float, str]:
    """A record of a bare name, of a resource that the bill does not know, says little; unless the
    call costs something whatever it says."""
    if tied or event.resources or not event.parameters:
        return 0.0, ""
    if entry.weight >= _SURE_COST and entry.telling is None:
        return 0.0, ""
    said = [leaf for leaf in parameter_leaves(event.parameters) if not names_something(leaf)]
    return (0.0, "") if said else (-0.7, "its record says nothing of what was set")


def _elsewhere(event: Event, bill: BillCause) -> tuple[float, str]:
    """A call acts in its own Region, unless it names the driver's or belongs to a global
    service."""
    region = bill.driver.region or ""
    if (
        event.region in ("", region)
        or not REGION.fullmatch(region)
        or normalise_event_source(event.source) in _GLOBAL
    ):
        return 0.0, ""
    named = any(isinstance(value, str) and region in value for _, value in event.leaves)
    return (0.0, "") if named else (-2.0, "it was made in another Region")


def _principal(event: Event, events: Sequence[Event], bill: BillCause) -> tuple[float, str]:
    if acts_on_a_setting(event):
        return -2.0, "an AWS service acted on a setting made before"
    unheard_of = bill.new_region or bill.new_service or bill.new_service_in_region
    long_term = event.principal_kind in ("iam-user", "root")
    if unheard_of and (
        unusual_address(event, events) if long_term else changed_address(event, events)
    ):
        return 2.0, "it came from a public address, and such usage is new to the account"
    return 0.0, ""


def _mapping(event: Event) -> dict[str, object] | None:
    return event.parameters if isinstance(event.parameters, dict) else None
