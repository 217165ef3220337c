"""How a service is asked for what it holds (data/list_operations.csv, out of botocore): the first
look at a service that no table of commands knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from whyspike.data import table
from whyspike.knowledge.events import normalise_event_source
from whyspike.knowledge.identity import noun_of, typed_id


@cache
def _operations() -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in table("list_operations.csv"):
        found.setdefault(line["event_source"], []).append((line["service"], line["operation"]))
    return {source: tuple(operations) for source, operations in found.items()}


def listing(resource_ids: Iterable[str], event_source: str = "", event_name: str = "") -> str:
    """ "omics list-runs" for a run of HealthOmics, by the resource's ARN or else by the event; ""
    where the service has no such call."""
    wanted = [(one.service, one.kind) for one in map(typed_id, resource_ids) if one is not None]
    if event_source and event_name:
        noun = noun_of(event_name).lower()
        wanted.append((normalise_event_source(event_source), noun))
    for source, noun in wanted:
        for service, operation in _operations().get(source, ()):
            if noun and _plain(operation) in (f"{noun}s", noun, f"{noun[:-1]}ies"):
                return f"{service} {operation}"
    return ""


def _plain(operation: str) -> str:
    return "".join(operation.split("-")[1:])
