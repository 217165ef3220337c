"""Names of resources in CloudTrail events and on the bill: ids, ARNs and plain names, made
comparable.

An event says `functionName: thumbs`, the bill
`arn:aws:lambda:us-east-1:111122223333:function:thumbs`, its log group
`/aws/lambda/thumbs`. `aliases_of` gives the spellings of one resource; two resources are the same
where they share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from whyspike.data import table

_TYPE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "function loadbalancer app net gwy cluster service task table stream instance volume"
        " snapshot natgateway vpc-endpoint endpoint log-group notebook-instance training-job"
        " nodegroup db workgroup domain job distribution statemachine key secret restapis"
        " file-system repository topic queue transit-gateway-attachment network-interface aws"
        " lambda ecs rds none unknown default index replicationgroup targetgroup rule trail crawler"
        " role user policy arn scalable-target autoscalinggroupname",
    )
)
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z]+)*-(?=[0-9a-f]*\d)[0-9a-f]{8,17}")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:.*")
_NAMES = re.compile(
    r"(?:id|ids|arn|arns|name|names|identifier|identifiers|bucket|cluster|service|table|resource|workgroup|stack|function|family"
    r"|instance|volume|queueurl|topicarn|domain|member|content)$",
    re.IGNORECASE,
)
# Names of something that the request only mentions.
_NOT_ACTED_ON = re.compile(
    r"(?:token|requestid|accountid|ownerid|roleid|policyname|sessionname|eventname|owneralias|principalid|accesskeyid|schedulename"
    r"|offeringid|keyname|tagkey|displayname|metricname|attributename|parametername|enginename|regionname|subnetid|vpcid"
    r"|groupid|groupids|subnetids|imageid|kmskeyid|kmsmasterkeyid|snapshotname|logstreamname)$",
    re.IGNORECASE,
)


def parameter_leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """`path=value` of every leaf of a JSON value, list positions left out; deeper than 12 levels is
    not followed."""
    if depth > 12 or value is None:
        return
    if isinstance(value, Mapping):
        if not value and path:
            yield f"{path}="  # CloudTrail redacts a function's environment to {}
        for key, inner in value.items():
            yield from parameter_leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parameter_leaves(inner, path, depth + 1)
    else:
        yield f"{path}={str(value).lower() if isinstance(value, bool) else value}"


def names_something(leaf: str) -> bool:
    """Whether a `path=value` leaf is a name or an id, and so says nothing about what was
    changed."""
    value = leaf.partition("=")[2]
    return bool(value) and bool(
        _NAMES.search(_last(leaf)) or _NOT_ACTED_ON.search(_last(leaf)) or _ID.fullmatch(value)
    )


def _last(leaf: str) -> str:
    return leaf.partition("=")[0].rpartition(".")[2]


def resource_ids_of(event: Mapping[str, Any]) -> frozenset[str]:
    """Ids, ARNs and names that a CloudTrail record touches: its Resources (of LookupEvents, or
    `resources` of the record itself), request parameters and response elements; with their
    aliases."""
    found: set[str] = set()
    for resource in (*(event.get("Resources") or ()), *(event.get("resources") or ())):
        if isinstance(resource, Mapping):
            found.update(
                str(resource[key]) for key in ("ResourceName", "ARN", "arn") if resource.get(key)
            )
    for part in ("requestParameters", "responseElements"):
        for leaf in parameter_leaves(event.get(part)):
            value = leaf.partition("=")[2]
            if (names_something(leaf) and not _NOT_ACTED_ON.search(_last(leaf))) or _ARN.fullmatch(
                value
            ):
                found.add(value)
            elif not _NOT_ACTED_ON.search(_last(leaf)):
                found.update(_ID.findall(value))  # "Created for policy: policy-0c41ab77d9e2f3055"
    return frozenset(alias for name in found for alias in aliases_of(name))


def aliases_of(resource: str) -> frozenset[str]:
    """Spellings of one resource, lower case: the id itself, the ARN's resource part and its
    segments that name it.

    The words that only say its type (`function`, `loadbalancer`, `app`) and segments shorter than 3
    characters are no names.
    """
    resource = resource.strip().lower()
    if not 2 < len(resource) <= 300:
        return frozenset()
    found = {resource}
    part = (
        resource.split(":", 5)[5]
        if _ARN.fullmatch(resource) and resource.count(":") >= 5
        else resource
    )
    found.add(part)
    if part.startswith("log-group:"):
        part = part.removeprefix("log-group:").removesuffix(":*")
        found.update((part, part.rpartition("/")[2]))
    elif part.startswith(("/aws/", "/ecs/", "/app/")) or "://" in part:  # a log group, a queue URL
        found.add(part.rpartition("/")[2])
    else:
        found.update(re.split(r"[:/]", part))
    return frozenset(name for name in found if len(name) > 2 and name not in _TYPE_WORDS)


@cache
def _fields() -> tuple[tuple[str, re.Pattern[str] | None, tuple[str, ...]], ...]:
    return tuple(
        (
            line["field"],
            re.compile(line["resource_pattern"]) if line["resource_pattern"] else None,
            tuple(name.lower() for name in line["parameters"].split("|") if name),
        )
        for line in table("resource_fields.csv")
    )


def _scope(parameters: tuple[str, ...], name: str) -> str:
    """The service to which a parameter belongs where the event does not say; names that every
    service uses say nothing."""
    scopes = [
        parameter.partition(":")[0] for parameter in parameters if parameter.endswith(f":{name}")
    ]
    return scopes[0] if scopes and name not in ("name", "id", "service", "cluster") else ""


def fields_of(
    resource_ids: Iterable[str], events: Iterable[Mapping[str, Any]] = (), *, limit: int = 6
) -> dict[str, str]:
    """Named fields for command templates (resource_fields.csv) from resource ids of the bill, then
    from events.

    A field whose name ends with `_ids` holds up to `limit` values, separated by blanks; any other
    its first value.
    """
    values: dict[str, list[str]] = {}
    for resource in resource_ids:
        for field, pattern, _ in _fields():
            if pattern and (match := pattern.search(resource)):
                values.setdefault(field, []).append(match.group(1))
    for event in events:
        source = str(event.get("eventSource") or event.get("EventSource") or "").removesuffix(
            ".amazonaws.com"
        )
        for leaf in parameter_leaves(event.get("requestParameters")):
            value = leaf.partition("=")[2]
            for field, _, parameters in _fields():
                name = _last(leaf).lower()
                if value and (
                    name in parameters
                    or f"{source or _scope(parameters, name)}:{name}" in parameters
                ):
                    values.setdefault(field, []).append(value)
    return {
        field: " ".join(list(dict.fromkeys(found))[:limit]) if field.endswith("_ids") else found[0]
        for field, found in values.items()
    }
