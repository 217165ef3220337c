"""First commands and the fix of an explanation: the templates of whyspike.knowledge.advice, filled
with what the evidence holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from whyspike.explanation.facts.bill import nature
from whyspike.explanation.hostile import is_hostile
from whyspike.knowledge.advice import (
    MAX_COMMANDS,
    MAX_FIX_CHARACTERS,
    Known,
    first_commands,
    fix_line,
)
from whyspike.knowledge.categories import category_family
from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.families import family_of
from whyspike.knowledge.identity import named_texts
from whyspike.knowledge.listings import listing
from whyspike.knowledge.naming import (
    REGION,
    NamedResource,
    kind_of,
    plain_name,
    region_of,
)
from whyspike.knowledge.resources import fields_of
from whyspike.model.evidence import BillLine, Detection, RankedEvent

if TYPE_CHECKING:
    from whyspike.explanation.rules.explain import Judged

DAYS_BEFORE = 7
HOME_REGION = "us-east-1"  # of global services, and of Cost Explorer
_OVER = " (it is over: confirm first that it was not planned)"
CheckCommand = Callable[[str], str]


@dataclass(frozen=True)
class Advice:
    commands: tuple[str, ...]
    fix: str


def advise(judged: Sequence[Judged], verdict: str, detection: Detection) -> Advice:
    """Commands to run first, of all causes in turn, and one line on what to do."""
    contexts = [context_of(one.bill, one.event, detection) for one in judged]
    per_cause = [
        first_commands(
            one.bill.family,
            one.category,
            known.fields,
            _event_name(one),
            of_event=known.of_event,
        )
        for one, known in zip(judged, contexts, strict=True)
    ]
    turns = [command for command in chain.from_iterable(zip_longest(*per_cause)) if command]
    fixes = [
        fix_line(
            one.category,
            one.bill.family,
            _event_name(one) or nature(one.bill, detection),
            known.fields,
            resources_to_name(one.bill, one.event),
        )
        for one, known in zip(judged, contexts, strict=True)
    ]
    over = not any(one.bill.ongoing or is_of_the_bill(one.category) for one in judged)
    return Advice(tuple(dict.fromkeys(turns))[:MAX_COMMANDS], _fix(fixes, verdict, over))


def is_of_the_bill(category: str) -> bool:
    """Accounting is over when it is booked: there is nothing to undo in the account."""
    return category_family(category) == "billing"


def _fix(fixes: Sequence[str], verdict: str, over: bool) -> str:
    distinct = list(dict.fromkeys(fixes))
    if verdict != "incident":
        return (
            distinct[0]
            if "no action" in distinct[0].lower()
            else "No action: expected; watch it for a week."
        )
    whole = "; ".join(distinct)
    if over and len(whole) + len(_OVER) <= MAX_FIX_CHARACTERS:
        whole += _OVER
    return (
        whole
        if len(whole) <= MAX_FIX_CHARACTERS
        else "; ".join(_shortened(fix, MAX_FIX_CHARACTERS // len(distinct) - 2) for fix in distinct)
    )


def _shortened(fix: str, limit: int) -> str:
    """The first clauses of a fix, without its brackets, that fit."""
    if len(fix) <= limit:
        return fix
    text = re.sub(r"\s*\([^()]*\)", "", fix)
    while len(text) > limit and (cut := max(text.rfind(mark) for mark in (";", ",", " and "))) > 0:
        text = text[:cut]
    return text[:limit].rstrip(" ,;")


def _event_name(one: Judged) -> str | None:
    return normalise_event_name(one.event.event) if one.event else None


def context_of(bill: BillLine, event: RankedEvent | None, detection: Detection) -> Known:
    """What the templates may be filled with; only texts that are no order to anybody."""
    driver = bill.driver
    start = bill.onset - timedelta(days=DAYS_BEFORE)
    end = detection.scan_date + timedelta(days=1)
    resources = _in_order(bill, event)
    known: dict[str, str | None] = {
        "account_id": detection.account_id,
        "region": _region(bill, resources),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "onset": bill.onset.isoformat(),
        "service": driver.service,
        "usage_type": driver.usage_type,
        "cost_metric": detection.metric,
        "event_region": event.region if event else None,
        "listing": listing(
            resources,
            event.event_source if event else "",
            normalise_event_name(event.event) if event else "",
        ),
    }
    if event:
        session = event.session or ""
        who = session if "@" in session else event.principal  # a role that many share is nobody
        known |= {"event": event.event, "principal": who}
        if event.principal_type == "iam-user":
            known["user_name"] = event.principal
    billed, asked = fields_of(resources), fields_of((), _requests(event))
    fields = asked | billed | known
    return Known(
        {key: value for key, value in fields.items() if value and not is_hostile(value)},
        frozenset(asked.keys() - billed.keys()),
    )


def _in_order(bill: BillLine, event: RankedEvent | None) -> tuple[str, ...]:
    """The driver's resources, those that the event named first. Buckets stand on a bill by their
    bare names."""
    touched = {plain_name(one).lower() for one in event.resources} if event else set()
    storage = {"s3", "glacier"} & {*family_of(bill.driver.service, None).event_sources}
    ids = sorted(bill.driver.resource_ids, key=lambda one: plain_name(one).lower() not in touched)
    return tuple(f"arn:aws:s3:::{one}" if storage and ":" not in one else one for one in ids)


def _region(bill: BillLine, resources: Sequence[str]) -> str:
    """Where the resources are; else where the cost is; a global service is asked in its home."""
    places = (*map(region_of, resources), bill.driver.region or "")
    return next((place for place in places if REGION.fullmatch(place)), HOME_REGION)


def _requests(event: RankedEvent | None) -> list[Mapping[str, Any]]:
    """The request of the event that is taken for the cause, where the evidence holds it whole."""
    request = request_of(event) if event else None
    if event is None or request is None:
        return []
    return [{"eventSource": event.event_source, "requestParameters": request}]


def request_of(event: RankedEvent) -> Any:
    """The parameters of a call; None where the evidence does not hold them whole."""
    try:
        return json.loads(event.request_parameters) if event.request_parameters else None
    except (ValueError, RecursionError):
        return None


def resources_to_name(bill: BillLine, event: RankedEvent | None) -> tuple[NamedResource, ...]:
    """The resources of the bill and of the event, each with its kind, for sentences that take
    one."""
    asked = _named_in(event) if event else {}
    touched = {plain_name(one).lower() for one in (*(event.resources if event else ()), *asked)}
    kinds = {plain_name(text).lower(): kind for text, kind in asked.items()}
    billed = [
        NamedResource(plain, kind_of(one), billed=True, touched=plain.lower() in touched)
        for one in bill.driver.resource_ids
        if (plain := plain_name(one))
    ]
    if event is None:
        return tuple(billed)
    known = {one.name.lower() for one in billed}
    named = (
        NamedResource(
            plain_name(one), kind_of(one) or kinds.get(plain_name(one).lower(), ""), touched=True
        )
        for one in (*event.resources, *asked)
    )
    others = (one for one in dict.fromkeys(named) if one.name.lower() not in known)
    return tuple(one for one in (*billed, *others) if not is_hostile(one.name))


def _named_in(event: RankedEvent) -> Mapping[str, str]:
    """What the request names, as it is written there, and the kind of each."""
    name = normalise_event_name(event.event)
    named = named_texts(event.event_source, name, request_of(event))
    return {text: one.kind for text, one in named.items()}
