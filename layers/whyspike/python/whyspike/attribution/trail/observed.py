"""What CloudTrail shows without a conclusion, for a reader who may see another cause: how often who
called what on which day, and what a setting was before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from whyspike.attribution.trail.candidates import Candidate
from whyspike.attribution.trail.events import Event
from whyspike.knowledge.resources import names_something, parameter_leaves
from whyspike.model.evidence import CallsByDay, SettingChange

MAX_PRINCIPALS = 4
MAX_CALLS = 10
MAX_DAYS = 10  # the last ones on which it was called
MAX_CHANGES = 4
MAX_VALUE = 60  # characters
MIN_SCORE = 1.0  # of a candidate whose principal is looked at
_CHANGES_A_SETTING = re.compile(r"^(Modify|Update|Put|Set|Change|Resize|Configure)")


def calls_by_day(ranked: Sequence[Candidate], seen: Sequence[Event]) -> tuple[CallsByDay, ...]:
    """The write calls of the principals that the ranking names first, and the first one's call by
    whomever: who calls it daily is no news, who began on that day is."""
    suspects = list(dict.fromkeys(one.event.person for one in ranked if one.score > MIN_SCORE))[
        :MAX_PRINCIPALS
    ]
    if not suspects:
        return ()
    first = ranked[0].event.base_name
    counted: Counter[tuple[str, str, str, str, date]] = Counter(
        (*event.person, event.name, event.region, event.time.date())
        for event in seen
        if not event.read_only
        and not event.error
        and (event.person in suspects or event.base_name == first)
    )
    rows: dict[tuple[str, str, str, str], dict[date, int]] = {}
    for (*row, day), number in sorted(counted.items(), key=lambda item: item[0][-1]):
        principal, session, name, region = row
        rows.setdefault((principal, session, name, region), {})[day] = number
    ranks = {(*one.event.person, one.event.name): place for place, one in enumerate(ranked)}
    most = len(ranks)
    ordered = sorted(
        rows.items(),
        key=lambda row: (
            ranks.get(row[0][:3], most),
            row[0][:2] not in suspects,
            -sum(row[1].values()),
        ),
    )
    return tuple(
        CallsByDay(
            principal=principal,
            session=session or None,
            event=name,
            region=region,
            by_day=dict(list(days.items())[-MAX_DAYS:]),
        )
        for (principal, session, name, region), days in ordered[:MAX_CALLS]
    )


def setting_changes(event: Event, seen: Sequence[Event]) -> tuple[SettingChange, ...]:
    """The settings of a request that had another value before. Before is the same call on the same
    resource earlier in the trail; else what the service answered, which for a change that is still
    to be applied is the old value."""
    asked = _settings(event.parameters)
    earlier = max(
        (other for other in seen if _same_on(other, event)), key=lambda one: one.time, default=None
    )
    if earlier is not None:
        before, at = _settings(earlier.parameters), earlier.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    elif _CHANGES_A_SETTING.match(event.base_name):
        before, at = _settings(event.response), None
    else:
        return ()
    return tuple(
        SettingChange(setting=name, before=before[name], after=value, seen_at=at)
        for name, value in asked.items()
        if name in before and before[name].lower() != value.lower()
    )[:MAX_CHANGES]


def _same_on(other: Event, event: Event) -> bool:
    return (
        other.time < event.time
        and (other.base_name, other.source) == (event.base_name, event.source)
        and not other.error
        and bool(other.acts_on & event.acts_on)
    )


def _settings(value: Any) -> Mapping[str, str]:
    """What a request sets, by path: plain values that name nothing and stand there once."""
    found: dict[str, list[str]] = {}
    for leaf in parameter_leaves(value):
        name, _, text = leaf.partition("=")
        if text and len(text) <= MAX_VALUE and not names_something(leaf):
            found.setdefault(name, []).append(text)
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1}
