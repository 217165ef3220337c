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

from whyspike.explanation.hostile import is_hostile
from whyspike.knowledge.advice import MAX_COMMANDS, MAX_FIX_CHARACTERS, first_commands, fix_line
from whyspike.knowledge.events import normalise_event_name, normalise_event_source
from whyspike.knowledge.families import family_of
from whyspike.knowledge.listings import listing
from whyspike.knowledge.resources import fields_of
from whyspike.model.evidence import BillLine, Detection, RankedEvent

if TYPE_CHECKING:
    from whyspike.explanation.rules.explain import Judged

DAYS_BEFORE = 7
MAX_NAMES = 3
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
        first_commands(one.bill.family, one.category, context, _event_name(one))
        for one, context in zip(judged, contexts, strict=True)
    ]
    turns = [command for command in chain.from_iterable(zip_longest(*per_cause)) if command]
    fixes = [
        fix_line(one.category, one.bill.family, _event_name(one), context)
        for one, context in zip(judged, contexts, strict=True)
    ]
    over = not any(one.bill.ongoing for one in judged)
    return Advice(tuple(dict.fromkeys(turns))[:MAX_COMMANDS], _fix(fixes, verdict, over))


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
    return text[:limit].rstrip()


def _event_name(one: Judged) -> str | None:
    return normalise_event_name(one.event.event) if one.event else None


def context_of(bill: BillLine, event: RankedEvent | None, detection: Detection) -> dict[str, str]:
    """What the templates may be filled with; only texts that are no order to anybody."""
    driver = bill.driver
    start = bill.onset - timedelta(days=DAYS_BEFORE)
    end = detection.scan_date + timedelta(days=1)
    known: dict[str, str | None] = {
        "account_id": detection.account_id,
        "region": (
            driver.region if driver.region not in (None, "global", "NoRegion") else "us-east-1"
        ),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "onset": bill.onset.isoformat(),
        "service": driver.service,
        "usage_type": driver.usage_type,
        "names": _names(bill, event),
        "event_region": event.region if event else None,
        "listing": listing(
            driver.resource_ids,
            event.event_source if event else "",
            normalise_event_name(event.event) if event else "",
        ),
    }
    resources = list(driver.resource_ids)
    if event:
        session = event.session or ""
        who = session if "@" in session else event.principal  # a role that many share is nobody
        known |= {"event": event.event, "principal": who}
        if event.principal_type == "iam-user":
            known["user_name"] = event.principal
    fields = fields_of(resources, _requests(event))
    return {
        key: value for key, value in (fields | known).items() if value and not is_hostile(value)
    }


def _requests(event: RankedEvent | None) -> list[Mapping[str, Any]]:
    """The request of the event that is taken for the cause, where the evidence holds it whole."""
    if not event or not event.request_parameters:
        return []
    try:
        return [{"requestParameters": json.loads(event.request_parameters)}]
    except ValueError:
        return []


def _last_part(resource: str) -> str:
    return re.split(r"[:/]", resource)[-1]


def _names(bill: BillLine, event: RankedEvent | None) -> str | None:
    """Resources of the billed service by their plain names: "orders-main and orders-returns". What
    the event touched, where it is the driver's; a bucket is no name for what is billed as a
    function."""
    touched = tuple(map(_last_part, event.resources if event else ()))
    billed = tuple(map(_last_part, bill.driver.resource_ids))
    sources = family_of(bill.driver.service, bill.driver.usage_type).event_sources[:1]
    if not billed and event and normalise_event_source(event.event_source) not in sources:
        touched = ()
    names = [name for name in touched if name in billed] or list(billed or touched)
    names = [name for name in dict.fromkeys(names) if not re.fullmatch(r"[0-9a-f-]{16,}", name)]
    if not names or len(names) > MAX_NAMES:
        return None
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
