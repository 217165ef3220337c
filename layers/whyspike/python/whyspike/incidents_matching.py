"""Which incident a detected anomaly belongs to, though its onset slides a little from scan to scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from whyspike.incidents import Ending, Incident, Rules, scope_of
from whyspike.model import Anomaly, FlaggedItem, IncidentState


@dataclass(frozen=True)
class Sighting:
    """The anomalies of one flagged item that belong to one incident; `incident` is None for a new one."""

    item: FlaggedItem
    anomalies: tuple[Anomaly, ...]
    incident: Incident | None


def match(items: Sequence[FlaggedItem], incidents: Sequence[Incident], scan_date: date, rules: Rules) -> tuple[Sighting, ...]:
    """Every anomaly of `items` exactly once, each incident in at most one sighting.

    An anomaly goes to the incident that holds its scope at that time. What is left of an item joins the incident that the item
    was first seen as, or one that others of the same item went to and that is still being told about (open or acknowledged):
    one cause that reached another service. An expected or snoozed incident takes in no new scope, so that it hides nothing.
    """
    found: dict[str | None, list[tuple[FlaggedItem, Anomaly]]] = {}
    fresh: list[Sighting] = []
    for item in items:
        left = []
        homes = []
        for anomaly in item.anomalies:
            home = _home(anomaly, incidents, scan_date, rules)
            if home is None:
                left.append(anomaly)
            else:
                homes.append(home)
                found.setdefault(home.incident_id, []).append((item, anomaly))
        if not left:
            continue
        host = next((i for i in incidents if i.incident_id == item.anomaly_id), None) or next(
            (home for home in homes if home.state in {IncidentState.OPEN, IncidentState.ACKNOWLEDGED}), None
        )
        if host is None:
            fresh.append(Sighting(item, tuple(left), None))
        else:
            found.setdefault(host.incident_id, []).extend((item, anomaly) for anomaly in left)
    known = [
        Sighting(_largest(found[i.incident_id]), tuple(anomaly for _, anomaly in found[i.incident_id]), i)
        for i in incidents
        if i.incident_id in found
    ]
    return (*known, *fresh)


def _home(anomaly: Anomaly, incidents: Sequence[Incident], scan_date: date, rules: Rules) -> Incident | None:
    candidates = [i for i in incidents if scope_of(anomaly) in {m.scope for m in i.members} and _same_time(anomaly, i, scan_date, rules)]
    return min(candidates, key=lambda i: (i.is_closed, abs((_onset(i, anomaly) - anomaly.onset).days), i.incident_id), default=None)


def _same_time(anomaly: Anomaly, incident: Incident, scan_date: date, rules: Rules) -> bool:
    slide = timedelta(days=rules.slide_days)
    onset = _onset(incident, anomaly)
    same_onset = abs(anomaly.onset - onset) <= slide
    if incident.state is IncidentState.EXPECTED or incident.ending is Ending.FALSE_ALARM:
        return same_onset  # what begins later is no part of what a person judged
    if incident.is_closed:
        ended = incident.ended_on or incident.last_seen
        return same_onset or (onset <= anomaly.onset and scan_date <= ended + timedelta(days=rules.reopen_days))
    return anomaly.onset <= incident.last_excess + slide and anomaly.usage_date >= onset - slide


def _onset(incident: Incident, anomaly: Anomaly) -> date:
    """The onset of the incident as far as `anomaly` is concerned: first seen, or as last seen in its scope."""
    onsets = [incident.onset, *(m.anomaly.onset for m in incident.members if m.scope == scope_of(anomaly))]
    return min(onsets, key=lambda onset: abs((onset - anomaly.onset).days))


def _largest(pairs: Sequence[tuple[FlaggedItem, Anomaly]]) -> FlaggedItem:
    """The item whose explanation the incident shows."""
    return max(pairs, key=lambda pair: (abs(pair[1].impact), pair[0].anomaly_id))[0]
