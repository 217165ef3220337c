"""Which incident a detected anomaly belongs to, though its onset slides a little from scan to
scan."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from whyspike.incidents.incident import Ending, Incident, Rules, scope_of
from whyspike.model import Anomaly, FlaggedItem, IncidentState

_GROWTH_RESTS = timedelta(weeks=8)  # in which a slow growth that goes on is the same


@dataclass(frozen=True)
class Sighting:
    """The anomalies of one flagged item that belong to one incident; `incident` is None for a new
    one."""

    incident_id: str
    item: FlaggedItem
    anomalies: tuple[Anomaly, ...]
    incident: Incident | None


def match(
    items: Sequence[FlaggedItem],
    incidents: Sequence[Incident],
    scan_date: date,
    rules: Rules,
    taken: Collection[str] = (),
) -> tuple[Sighting, ...]:
    """Every anomaly of `items` exactly once, each incident in at most one sighting. `taken` are ids
    that no new incident can have.

    An anomaly goes to the incident that holds its scope at that time. What is left of an item joins
    one that others of the same item went to and that is still being told about (open or
    acknowledged): one cause that reached another service. An expected or snoozed incident takes in
    no new scope, so that it hides nothing.
    """
    known = {incident.incident_id: incident for incident in incidents}
    found: dict[str, list[tuple[FlaggedItem, Anomaly]]] = {}
    for item in items:
        homes = [
            (anomaly, _home(anomaly, incidents, scan_date, rules)) for anomaly in item.anomalies
        ]
        open_homes = [
            home.incident_id
            for _, home in homes
            if home and home.state in {IncidentState.OPEN, IncidentState.ACKNOWLEDGED}
        ]
        left = [anomaly for anomaly, home in homes if home is None]
        host = (
            open_homes[0]
            if open_homes
            else _new_id(item, left[0], {*known, *taken})
            if left
            else ""
        )
        for anomaly, home in homes:
            found.setdefault(home.incident_id if home else host, []).append((item, anomaly))
    return tuple(
        Sighting(
            incident_id,
            _largest(pairs),
            tuple(anomaly for _, anomaly in pairs),
            known.get(incident_id),
        )
        for incident_id, pairs in found.items()
    )


def _new_id(item: FlaggedItem, leading: Anomaly, known: Collection[str]) -> str:
    """The item's own id; where an incident has it already, one of the scope that is left over."""
    found, scope = item.item_id, "|".join(str(part) for part in scope_of(leading))
    while found in known:
        digest = hashlib.sha256(scope.encode()).hexdigest()
        found, scope = f"{item.account_id}-{leading.onset}-{digest[:8]}", digest
    return found


def _home(
    anomaly: Anomaly, incidents: Sequence[Incident], scan_date: date, rules: Rules
) -> Incident | None:
    candidates = [
        i
        for i in incidents
        if scope_of(anomaly) in {m.scope for m in i.members}
        and _same_time(anomaly, i, scan_date, rules)
    ]
    return min(
        candidates,
        key=lambda i: (i.is_closed, abs((_onset(i, anomaly) - anomaly.onset).days), i.incident_id),
        default=None,
    )


def _same_time(anomaly: Anomaly, incident: Incident, scan_date: date, rules: Rules) -> bool:
    slide = timedelta(days=rules.slide_days)
    onset = _onset(incident, anomaly)
    same_onset = abs(anomaly.onset - onset) <= slide
    if anomaly.growth_weeks and incident.is_growth:
        return scan_date <= incident.last_seen + _GROWTH_RESTS  # it goes on after a rest
    if incident.state is IncidentState.EXPECTED or incident.ending is Ending.FALSE_ALARM:
        return same_onset  # what begins later is no part of what a person judged
    if incident.is_closed:
        ended = incident.ended_on or incident.last_seen
        back = incident.ending is Ending.BACK_TO_EXPECTED and scan_date <= ended + timedelta(
            days=rules.reopen_days
        )
        return same_onset or (back and onset <= anomaly.onset)
    return anomaly.onset <= incident.last_excess + slide and anomaly.usage_date >= onset - slide


def _onset(incident: Incident, anomaly: Anomaly) -> date:
    """The onset of the incident as far as `anomaly` is concerned: first seen, or as last seen in
    its scope."""
    onsets = [
        incident.onset,
        *(m.anomaly.onset for m in incident.members if m.scope == scope_of(anomaly)),
    ]
    return min(onsets, key=lambda onset: abs((onset - anomaly.onset).days))


def _largest(pairs: Sequence[tuple[FlaggedItem, Anomaly]]) -> FlaggedItem:
    """The item whose explanation the incident shows."""
    return max(pairs, key=lambda pair: (abs(pair[1].impact), pair[0].item_id))[0]
