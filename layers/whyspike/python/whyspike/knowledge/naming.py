"""What a resource is called in a sentence, and of which kind it is: a sentence about a function
takes a function's name, whatever else the bill or an event names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from whyspike.knowledge.identity import typed_id

MAX_NAMES = 3
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):[^:]*:[^:]*:(.+)", re.IGNORECASE)
_WITH_A_MARK = re.compile(r"(.+)/[0-9a-f]{8}-[0-9a-f-]{27,}(?:-\d+)?")  # name, and a UUID of AWS
_MEANINGLESS = re.compile(r"[0-9a-f-]{16,}")
_KINDS_WITHOUT_A_WORD = {"sqs": "queue", "sns": "topic", "s3": "bucket"}


@dataclass(frozen=True)
class NamedResource:
    """A resource by its plain name. `kind` is in plain letters ("function"), empty where the name
    does not say it; `billed`: it stands on the bill, `touched`: the event names it."""

    name: str
    kind: str
    billed: bool = False
    touched: bool = False


def plain_name(identifier: str) -> str:
    """As people call it: what is left of an ARN without account, kind and what holds it; other ids
    as they are."""
    arn = _ARN.fullmatch(identifier.strip())
    if arn is None:
        return identifier.strip()
    service, part = arn[1], arn[2].lstrip("/")
    if service in _KINDS_WITHOUT_A_WORD:
        return part
    if group := re.search(r"autoScalingGroupName/(.+)$", part):
        return group[1]
    if balancer := re.match(r"(?:loadbalancer/(?:app|net|gwy)|targetgroup)/([^/]+)", part):
        return balancer[1]
    if log_group := re.match(r"log-group:(.+?)(?::\*|:log-stream:.*)?$", part):
        return log_group[1]
    name = re.split(r"[:/]", part, maxsplit=1)[-1]
    if found := _WITH_A_MARK.fullmatch(name):
        return found[1]
    if service in ("ecs", "eks", "cassandra"):
        return name.split("/")[-1]
    return name.split(":")[0] if service == "lambda" else name


def kind_of(identifier: str) -> str:
    """Of an ARN or an id with a known prefix; "" of a plain name, which says none."""
    arn = _ARN.fullmatch(identifier.strip())
    if arn is not None and arn[1] in _KINDS_WITHOUT_A_WORD:
        return _KINDS_WITHOUT_A_WORD[arn[1]]
    found = typed_id(identifier)
    plain = found is None or (arn is None and found.service == "s3")
    return "" if plain or found is None else found.kind


def region_of(identifier: str) -> str:
    """The Region that an ARN names; "" of any other id, and of a resource that is in none."""
    parts = identifier.split(":")
    return parts[3] if len(parts) > 5 and parts[0] == "arn" else ""


def names_for(kinds: Collection[str], resources: Iterable[NamedResource]) -> str | None:
    """ "orders-main and orders-returns": the resources that a sentence about these kinds takes
    (none: about any); None where there are none, or more than three.

    What the bill names comes before what the event names alone; where the bill names many, those
    of them that the event touched. A name without a kind is taken where it is billed.
    """
    fitting = [one for one in resources if _fits(one, kinds)]
    billed = _distinct(one.name for one in fitting if one.billed)
    chosen = billed or _distinct(one.name for one in fitting)
    if len(chosen) > MAX_NAMES:
        chosen = _distinct(one.name for one in fitting if one.billed and one.touched)
    if not chosen or len(chosen) > MAX_NAMES:
        return None
    return chosen[0] if len(chosen) == 1 else f"{', '.join(chosen[:-1])} and {chosen[-1]}"


def _fits(resource: NamedResource, kinds: Collection[str]) -> bool:
    if _MEANINGLESS.fullmatch(resource.name):
        return False
    return not kinds or resource.kind in kinds or (resource.billed and not resource.kind)


def _distinct(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
