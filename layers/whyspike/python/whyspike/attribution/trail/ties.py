"""What ties an event to a cause: the resources it touched, the names and tags it carries, the
machine type or model it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.trail.events import Event
from whyspike.knowledge.aws import family_of, normalise_event_source
from whyspike.knowledge.resources import aliases_of, fields_of

FEW = 3  # resources, of which all names are known
TIED = 1.5  # points from which an event counts as tied
_TYPE = re.compile(
    r"\b((?:ml|db|cache)\.)?([a-z]{1,4}\d{1,2}[a-z0-9-]*\.(?:\d*x?large|metal(?:-\d+xl)?|nano|micro|small|medium))\b"
)
_ID = re.compile(r"([a-z]+(?:-[a-z]+)*-)(?=[0-9a-f]*\d)[0-9a-f]{8,17}")
_GENERIC = frozenset(
    {
        "prod",
        "dev",
        "test",
        "stage",
        "staging",
        "main",
        "default",
        "service",
        "cluster",
        "function",
        "instance",
        "group",
        "table",
        "bucket",
    }
    | {
        "primary",
        "app",
        "api",
        "the",
        "and",
        "worker",
        "queue",
        "stream",
        "data",
        "log",
        "logs",
        "aws",
        "ec2",
        "rds",
        "lambda",
        "ecs",
        "eks",
    }
    | {
        "node",
        "nodes",
        "general",
        "arn",
        "east",
        "west",
        "north",
        "south",
        "team",
        "owner",
        "amazon",
        "bedrock",
        "edition",
    }
)


@dataclass(frozen=True)
class Names:
    """What the driver is called, in lower case."""

    resources: frozenset[str]  # the resources themselves, with aliases
    parents: frozenset[str]  # clusters and the like that hold them
    resource_tokens: tuple[frozenset[str], ...]  # of each plain name
    fields: Mapping[
        str, frozenset[str]
    ]  # "function_name": names, for telling another resource of the same kind
    team: str
    environment: str
    team_tokens: frozenset[str]
    other_teams: frozenset[str]
    types: frozenset[str]  # "m5.4xlarge"
    model: frozenset[str]  # tokens of a hosted model's service name
    event_source: str  # of the billed service

    @classmethod
    def of(cls, bill: BillCause) -> Names:
        own: set[str] = set()
        parents: set[str] = set()
        fields: dict[str, set[str]] = {}
        for identifier in bill.driver.resource_ids:
            last = re.split(r"[:/]", identifier.lower())[-1]
            for alias in aliases_of(identifier):
                (own if last in alias else parents).add(alias)
            for field, value in fields_of([identifier]).items():
                fields.setdefault(field, set()).add(value.lower())
        team = (bill.driver.tag_team or "").lower()
        team_tokens = frozenset(tokens(team))
        texts = (
            bill.driver.usage_type or "",
            *(line.usage_type for line in (*bill.companions, *bill.opposite)),
        )
        return cls(
            frozenset(own),
            frozenset(parents - own),
            tuple(
                frozenset(tokens(name))
                for name in own
                if not _ID.fullmatch(name) and ":" not in name and "/" not in name
            ),
            {field: frozenset(values) for field, values in fields.items()},
            team,
            (bill.driver.tag_env or "").lower(),
            team_tokens,
            _other_teams(bill, team) - team_tokens,
            frozenset(match.group(2) for text in texts for match in _TYPE.finditer(text)),
            _model_tokens(bill.driver.service),
            next(iter(family_of(bill.driver.service, bill.driver.usage_type).event_sources), ""),
        )


def _other_teams(bill: BillCause, team: str) -> frozenset[str]:
    """Words of the other teams' names; none where the driver carries no team, since its cost is
    then everybody's."""
    return (
        frozenset(token for other in bill.teams if other.lower() != team for token in tokens(other))
        if team
        else frozenset()
    )


def tie_of(event: Event, names: Names) -> tuple[float, list[str]]:
    """Points for (or against) an event's belonging to the driver, and why."""
    targets = event.targets
    same = targets & names.resources
    if same and (
        normalise_event_source(event.source) == names.event_source or any(map(_distinctive, same))
    ):
        return 4.0, ["touched a resource of the driver"]
    points, reasons = _type_tie(event, names)
    if points < 0:
        return points, reasons
    tags = _tag_tie(event, names)
    points += tags
    reasons += ["carries the driver's tags"] if tags > 0 else []
    named = frozenset(token for target in targets for token in tokens(target))
    if names.model and any(
        names.model <= set(_words(text)) for text in map(str, event.values("modelid", "modelarn"))
    ):
        points += 2.0
        reasons.append("names the same model")
    shared = max((len(named & other) for other in names.resource_tokens), default=0)
    if same:
        points += 2.0
        reasons.append(
            "its target has the name of one of the driver's resources, in another service"
        )
    elif targets & names.parents:
        points += 2.0
        reasons.append("touched the cluster that holds the driver's resources")
    elif shared >= 2:
        points += 2.0
        reasons.append("its target is named like the driver's resources")
    elif named & names.team_tokens and _another_part(named, names):
        points += 0.5
        reasons.append("its target is another part of what the driver's team runs")
    elif named & names.team_tokens:
        points += 1.5
        reasons.append("its target carries the driver's team")
    elif named & names.other_teams and tags <= 0:
        points -= 2.0
        reasons.append("its target belongs to another team")
    elif shared:
        points += 0.7
    if points <= 0.7 and _another_of_the_kind(event, names):
        points -= 3.0
        reasons.append("changed another resource of the same kind")
    if event.resources and points >= 0:
        points += 0.5
    return points, reasons


def _another_part(named: frozenset[str], names: Names) -> bool:
    """The target's name tells a part of the team's own (checkout), and each resource of the driver
    another one (quotes)."""
    part = named - names.team_tokens
    known = [other - names.team_tokens for other in names.resource_tokens]
    return (
        bool(part)
        and bool(known)
        and len(known) <= FEW
        and all(other and not other & part for other in known)
    )


def _distinctive(name: str) -> bool:
    """An id, an ARN or a name of several words, which two services hardly share by chance."""
    return bool(re.search(r"\d|[^a-z0-9]", name))


def tokens(text: str) -> list[str]:
    """Words of a name that tell something."""
    return [
        word
        for word in _words(text)
        if len(word) > 2 and not word.isdigit() and word not in _GENERIC
    ]


def _words(text: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", text.lower())


def _type_tie(event: Event, names: Names) -> tuple[float, list[str]]:
    declared = {
        match.group(2)
        for _, value in event.leaves
        if isinstance(value, str)
        for match in _TYPE.finditer(value.lower())
    }
    if not declared or not names.types:
        return 0.0, []
    if declared & names.types:
        return 2.5, ["names the same instance type"]
    return -4.0, ["names another instance type"]


def _tag_tie(event: Event, names: Names) -> float:
    points = 0.0
    for key, value in tags_of(event.parameters):
        if key == "team" and names.team:
            points += 1.5 if value == names.team else -1.5
        if key in ("env", "environment", "stage") and names.environment:
            points += 1.5 if value == names.environment else -1.5
    return max(-2.0, min(2.5, points))


def tags_of(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(key, value) of tags in request parameters, lower case."""
    if depth > 8:
        return
    if isinstance(value, Mapping):
        lowered = {str(key).lower(): inner for key, inner in value.items()}
        if isinstance(lowered.get("key"), str) and isinstance(lowered.get("value"), str):
            yield lowered["key"].lower(), lowered["value"].lower()
        if isinstance(lowered.get("tags"), Mapping):
            yield from (
                (str(key).lower(), str(inner).lower()) for key, inner in lowered["tags"].items()
            )
        for inner in value.values():
            yield from tags_of(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value[:100]:
            yield from tags_of(inner, depth + 1)


def _another_of_the_kind(event: Event, names: Names) -> bool:
    """Names a resource of the driver's own kind (a volume, a function) that is not among the
    driver's."""
    prefixes = {match.group(1) for name in names.resources if (match := _ID.fullmatch(name))}
    if any(
        (match := _ID.fullmatch(target)) and match.group(1) in prefixes for target in event.targets
    ):
        return True
    named = fields_of((), [{"requestParameters": event.parameters}])
    return any(
        field in names.fields and value.lower() not in names.fields[field]
        for field, value in _single(named)
    )


def _single(named: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((field, value) for field, value in named.items() if not field.endswith("_ids"))


def _model_tokens(service: str) -> frozenset[str]:
    """ "Claude Sonnet 4.5 (Amazon Bedrock Edition)": {"claude", "sonnet", "4", "5"}."""
    match = re.fullmatch(r"(.+?)\s*\(Amazon Bedrock Edition\)", service)
    return frozenset(word for word in _words(match.group(1)) if word) if match else frozenset()
