"""API calls as causes of cost: what each can move, what is routine, what speaks of an intruder, and
how far its parameters bear it out.

The facts are in tables of `whyspike/data` (one line a fact, each with its source; docs/causes.md
tells how they are kept); nothing here decides about a bill.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from whyspike.data import table
from whyspike.knowledge.resources import names_something, parameter_leaves

_VERSION = re.compile(r"20(?:\d{6}|\d\d_\d\d_\d\d)(?:v\d+)?$")


@dataclass(frozen=True)
class CauseEvent:
    """An API call that can move the cost of some families."""

    event_source: str  # "ec2", without ".amazonaws.com"
    event_name: str  # without Lambda's date suffix
    families: tuple[str, ...]  # fnmatch patterns of family names
    direction: str  # up | down | both
    category: str
    weight: int  # 1..5: how specific the event is as a cause
    lag_days: int  # days that it may lie before the effect
    telling: (
        re.Pattern[str] | None
    )  # the call moves these families only where a "path=value" line matches
    source: str

    def moves(self, family: str, direction: str = "both") -> bool:
        """Whether this call can move `family` in `direction` (up, down or both)."""
        fits = "both" in (direction, self.direction) or direction == self.direction
        base = family.partition(":")[0]
        return fits and any(
            fnmatchcase(name, pattern) for name in {family, base} for pattern in self.families
        )


def normalise_event_source(event_source: str) -> str:
    """`ec2.amazonaws.com` gives `ec2`; a service's other name (endpoint or signing name) gives the
    one that the tables use."""
    name = event_source.lower().removesuffix(".amazonaws.com")
    return _aliases().get(name, name)


@cache
def _aliases() -> Mapping[str, str]:
    return {line["alias"]: line["event_source"] for line in table("event_source_aliases.csv")}


def normalise_event_name(event_name: str) -> str:
    """Lambda's and CloudFront's dated names without the date:
    `UpdateFunctionConfiguration20150331v2`."""
    return _VERSION.sub("", event_name)


@cache
def causes() -> tuple[CauseEvent, ...]:
    """Every line of cause_events.csv."""
    return tuple(
        CauseEvent(
            line["event_source"],
            line["event_name"],
            tuple(line["families"].split()),
            line["direction"],
            line["category"],
            int(line["weight"]),
            int(line["lag_days"]),
            re.compile(line["telling"], re.IGNORECASE) if line["telling"] else None,
            line["source"],
        )
        for line in table("cause_events.csv")
    )


@cache
def causes_for(family: str, direction: str = "both") -> tuple[CauseEvent, ...]:
    """The events that can move a family (by its name), most specific first."""
    return tuple(
        sorted((c for c in causes() if c.moves(family, direction)), key=lambda c: -c.weight)
    )


@cache
def cause(event_source: str, event_name: str) -> tuple[CauseEvent, ...]:
    """What a CloudTrail event can move; one entry per group of families, empty when it is not known
    as a cause."""
    key = normalise_event_source(event_source), normalise_event_name(event_name)
    return tuple(c for c in causes() if (c.event_source, c.event_name) == key)


@cache
def _routine() -> frozenset[tuple[str, str]]:
    return frozenset(
        (line["event_source"], line["event_name"]) for line in table("routine_events.csv")
    )


def is_routine(event_source: str, event_name: str) -> bool:
    """Whether an event is daily noise that rarely changes a cost; reads always are. Its entry in
    `cause` may still apply."""
    name = normalise_event_name(event_name)
    read = bool(
        re.match(r"(Describe|List|Get|Head|Lookup|Search|BatchGet)[A-Z]", name)
    ) and not cause(event_source, event_name)
    return read or (normalise_event_source(event_source), name) in _routine()


@cache
def _signs() -> Mapping[tuple[str, str], int]:
    return {
        (line["event_source"], line["event_name"]): int(line["weight"])
        for line in table("intrusion_signs.csv")
    }


def intrusion_sign(event_source: str, event_name: str) -> int:
    """0..3: how much a call speaks of somebody who should not be there; alone none of them proves
    it, reads included."""
    return _signs().get((normalise_event_source(event_source), normalise_event_name(event_name)), 0)


def weight_of(entry: CauseEvent, parameters: Mapping[str, Any] | None) -> float:
    """`entry.weight` as far as the request parameters bear it out.

    Full weight where the event needs no particular parameter or a telling one is there; half where
    CloudTrail shows no parameters beyond names; a fifth where it shows others; a twentieth where
    all of them are known to be harmless (benign_parameters.csv), as with a maintenance window in
    ModifyDBInstance.
    """
    leaves = list(parameter_leaves(parameters))
    substance = [leaf for leaf in leaves if not names_something(leaf) and not _control(leaf)]
    if entry.telling and any(
        entry.telling.search(_tells(leaf, entry.event_name)) for leaf in leaves if not _benign(leaf)
    ):
        return float(entry.weight)
    changes = entry.event_name.startswith(("Modify", "Update", "Put", "Set"))
    if changes and substance and all(_benign(leaf) for leaf in substance):
        return entry.weight / 20
    if entry.telling is None:
        return float(entry.weight)
    return entry.weight / 5 if substance else entry.weight / 2


@cache
def _benign_names() -> frozenset[str]:
    return frozenset(line["parameter"].lower() for line in table("benign_parameters.csv"))


def _tells(leaf: str, event_name: str) -> str:
    """The part of a leaf that may tell what changed: the name of the resource that is acted on
    tells nothing, unless it is a parameter's, which says what is set."""
    path = _path(leaf)
    named = (
        event_name != "PutParameter"
        and names_something(leaf)
        and len(path) == 1
        and path[0] not in ("rolename", "policyarn", "addonname", "parametername")
    )
    return leaf.partition("=")[0] if named else leaf


def _path(leaf: str) -> list[str]:
    return [part.lower() for part in leaf.partition("=")[0].split(".")]


def _benign(leaf: str) -> bool:
    return any(part in _benign_names() for part in _path(leaf))


def _control(leaf: str) -> bool:
    return _path(leaf)[-1] in {
        "applyimmediately",
        "dryrun",
        "clienttoken",
        "clientrequesttoken",
        "publish",
    }
