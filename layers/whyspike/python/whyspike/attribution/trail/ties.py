"""What ties an event to a cause: the resources it touched, the names and tags it carries, the
machine type or model it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.cells import MAX_RESOURCES
from whyspike.attribution.trail.events import Event
from whyspike.knowledge.events import normalise_event_source
from whyspike.knowledge.families import family_of
from whyspike.knowledge.identity import typed_id
from whyspike.knowledge.resources import aliases_of, fields_of

MAX_NAMED_RESOURCES = 3  # resources, of which all names are known
MIN_SOURCE_CHARACTERS = 4  # of an event source, to be found in a service's name
TIED = 1.5  # points from which an event counts as tied
Tie = tuple[float, str]  # points for or against, and why
NO_TIE: Tie = (0.0, "")
_TYPE = re.compile(
    r"\b((?:ml|db|cache)\.)?([a-z]{1,4}\d{1,2}[a-z0-9-]*\.(?:\d*x?large|metal(?:-\d+xl)?|nano|micro|small|medium))\b"
)
_ID = re.compile(r"([a-z]+(?:-[a-z]+)*-)(?=[0-9a-f]*\d)[0-9a-f]{8,17}")
# Words that tell nothing about whose a resource is.
_GENERIC = """
prod dev test stage staging main default service cluster function instance group table bucket
primary app api the and worker queue stream data log logs aws ec2 rds lambda ecs eks
node nodes general arn east west north south team owner amazon bedrock edition
"""
_GENERIC_WORDS = frozenset(_GENERIC.split())


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
    typed: Mapping[tuple[str, str], frozenset[str]]  # names by service and kind; {} if too many
    service: str  # the billed service's name in plain letters: "transferfamily"

    @property
    def plain(self) -> frozenset[str]:
        """Names of the driver's resources that are of several words, and no ids."""
        return frozenset(
            name
            for name in self.resources
            if re.fullmatch(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+", name) and not _ID.fullmatch(name)
        )

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
            _typed(bill),
            re.sub(r"^(amazon|aws)|[^a-z0-9]", "", bill.driver.service.lower()),
        )

    def of_billed_service(self, source: str) -> bool:
        """Whether an event source is the billed service's: by the table, by its resources' ARNs, or
        by its name."""
        if source == self.event_source or any(service == source for service, _ in self.typed):
            return True
        plain = re.sub(r"[^a-z0-9]", "", source)
        return len(plain) >= MIN_SOURCE_CHARACTERS and (
            plain in self.service or (bool(self.service) and plain.startswith(self.service))
        )


def _typed(bill: BillCause) -> dict[tuple[str, str], frozenset[str]]:
    """The driver's resources by service and kind; none where they may not be all of them."""
    found: dict[tuple[str, str], set[str]] = {}
    if len(bill.driver.resource_ids) < MAX_RESOURCES:
        for identifier in bill.driver.resource_ids:
            one = typed_id(identifier)
            if one is not None:
                found.setdefault((one.service, one.kind), set()).add(one.name)
    return {key: frozenset(names) for key, names in found.items()}


def _other_teams(bill: BillCause, team: str) -> frozenset[str]:
    """Words of the other teams' names; none where the driver carries no team, since its cost is
    then everybody's."""
    return (
        frozenset(token for other in bill.teams if other.lower() != team for token in tokens(other))
        if team
        else frozenset()
    )


def tie_of(event: Event, names: Names) -> tuple[float, list[Tie]]:
    """Points for (or against) an event's belonging to the driver, and each with its reason."""
    same = event.targets & names.resources
    here = normalise_event_source(event.source) == names.event_source
    if same and (here or any(map(_distinctive, same))):
        return 4.0, [(4.0, "it names a resource of this cost")]
    if not same and _names_a_sibling(event, names):
        all_known = len(names.resource_tokens) <= MAX_NAMED_RESOURCES
        points = -3.0 if all_known else -1.0
        return points, [(points, "it names another resource of that kind")]
    by_type = _type_tie(event, names)
    if by_type[0] < 0:
        return by_type[0], [by_type]
    tags = _tag_tie(event, names)
    ties = [by_type, tags, _model_tie(event, names), _name_tie(event, names, tags[0])]
    if sum(points for points, _ in ties) <= 0.7 and _another_of_the_kind(event, names):
        ties.append((-3.0, "it names another resource of that kind"))
    points = sum(points for points, _ in ties)
    if event.resources and points >= 0:
        points += 0.5
    return points, [tie for tie in ties if tie[1]]


def _model_tie(event: Event, names: Names) -> Tie:
    texts = map(str, event.values("modelid", "modelarn"))
    if names.model and any(names.model <= set(_words(text)) for text in texts):
        return 2.0, "it names the same model"
    return NO_TIE


def _name_tie(event: Event, names: Names, tags: float) -> Tie:
    """The strongest of what the names of the event's targets say; `tags` are the points that its
    tags give."""
    named = frozenset(token for target in event.targets for token in tokens(target))
    shared = max((len(named & other) for other in names.resource_tokens), default=0)
    if event.targets & names.resources:
        return 2.0, "it names a resource of the same name in another service"
    if event.targets & names.parents:
        return 2.0, "it names the cluster that holds the resources of this cost"
    if any(_named_after(target, resource) for target in event.targets for resource in names.plain):
        return 2.0, "what it names is called after a resource of this cost"
    if shared >= 2:
        return 2.0, "what it names is called like the resources of this cost"
    if named & names.team_tokens:
        if _another_part(named, names):
            return 0.5, "it names another part of what the team runs"
        return 1.5, "what it names carries the team of this cost"
    if named & names.other_teams and tags <= 0:
        return -2.0, "what it names belongs to another team"
    return (0.7, "") if shared else NO_TIE


def _named_after(target: str, resource: str) -> bool:
    """`bi-main-wlm` after `bi-main`: the whole name, and a part more."""
    return target.startswith(resource) and target[len(resource) : len(resource) + 1] in ("-", "_")


def _another_part(named: frozenset[str], names: Names) -> bool:
    """The target's name tells a part of the team's own (checkout), and each resource of the driver
    another one (quotes)."""
    part = named - names.team_tokens
    known = [other - names.team_tokens for other in names.resource_tokens]
    return (
        bool(part)
        and bool(known)
        and len(known) <= MAX_NAMED_RESOURCES
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
        if len(word) > 2 and not word.isdigit() and word not in _GENERIC_WORDS
    ]


def _words(text: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", text.lower())


def _type_tie(event: Event, names: Names) -> Tie:
    declared = {
        match.group(2)
        for _, value in event.leaves
        if isinstance(value, str)
        for match in _TYPE.finditer(value.lower())
    }
    if not declared or not names.types:
        return NO_TIE
    if declared & names.types:
        return 2.5, "it names the same instance type"
    return -4.0, "it names another instance type"


def _tag_tie(event: Event, names: Names) -> Tie:
    points = 0.0
    for key, value in tags_of(event.parameters):
        if key == "team" and names.team:
            points += 1.5 if value == names.team else -1.5
        if key in ("env", "environment", "stage") and names.environment:
            points += 1.5 if value == names.environment else -1.5
    points = max(-2.0, min(2.5, points))
    return points, "it carries the tags of this cost" if points > 0 else ""


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


def _names_a_sibling(event: Event, names: Names) -> bool:
    """Names resources of the driver's own service and kind, and none of the driver's: whatever
    words they share, it is about others."""
    for (service, kind), own in names.typed.items():
        named = {one.name for one in event.acts_on if (one.service, one.kind) == (service, kind)}
        if named and not named & own:
            return True
    return False


def _single(named: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((field, value) for field, value in named.items() if not field.endswith("_ids"))


def _model_tokens(service: str) -> frozenset[str]:
    """ "Claude Sonnet 4.5 (Amazon Bedrock Edition)": {"claude", "sonnet", "4", "5"}."""
    model = service.removesuffix("(Amazon Bedrock Edition)")
    return frozenset(word for word in _words(model) if word) if model != service else frozenset()
