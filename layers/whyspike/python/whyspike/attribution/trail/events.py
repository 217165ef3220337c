"""A CloudTrail record as a typed event: who, what, on which resources, with which settings. Pure;
every text is hostile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address
from typing import Any

from whyspike.knowledge.events import normalise_event_name
from whyspike.knowledge.identity import TypedId, named_by
from whyspike.knowledge.resources import resource_ids_of

_MAX_DEPTH = 12
_MAX_LEAVES = 400


@dataclass(frozen=True)
class Event:
    """One management event. `targets` are the names and ids that it touched, with their aliases, in
    lower case."""

    id: str
    time: datetime
    region: str
    name: str
    source: str  # "ec2.amazonaws.com"
    principal_kind: str  # iam-role | iam-user | root | aws-service | unknown
    principal: str
    session: str
    ip: str
    agent: str
    error: str
    invoked_by: str
    read_only: bool
    parameters: Any = None
    response: Any = None
    resources: tuple[str, ...] = ()
    arn: str = ""
    resource_types: tuple[str, ...] = ()  # of `resources`, as CloudTrail writes them
    access_key: str = ""

    @property
    def base_name(self) -> str:
        return normalise_event_name(self.name)

    @cached_property
    def leaves(self) -> tuple[tuple[str, Any], ...]:
        """(key in lower case, value) of every scalar in the request parameters."""
        return tuple(_leaves(self.parameters))

    @cached_property
    def targets(self) -> frozenset[str]:
        named = [{"ResourceName": name} for name in self.resources]
        return resource_ids_of(
            {
                "Resources": named,
                "requestParameters": self.parameters,
                "responseElements": self.response,
            }
        )

    @cached_property
    def acts_on(self) -> frozenset[TypedId]:
        """The resources that it names, each with its service and kind."""
        kinds = self.resource_types or ("",) * len(self.resources)
        return named_by(
            self.source,
            self.base_name,
            self.parameters,
            zip(kinds, self.resources, strict=False),
        )

    @property
    def person(self) -> tuple[str, str]:
        """Who it was: the session of a role that many people share; else the principal."""
        return self.principal, self.session if "@" in self.session else ""

    @property
    def external(self) -> bool:
        """Called from a public address, not from AWS itself or a private network."""
        try:
            return ip_address(self.ip).is_global
        except ValueError:
            return False

    def values(self, *keys: str) -> list[Any]:
        """Scalars whose key (in lower case) is one of `keys`."""
        return [value for key, value in self.leaves if key in keys]


def _leaves(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        for name, inner in list(value.items())[:_MAX_LEAVES]:
            yield from _leaves(inner, str(name).lower(), depth + 1)
    elif isinstance(value, list):
        for inner in value[:_MAX_LEAVES]:
            yield from _leaves(inner, key, depth + 1)
    elif value is not None:
        yield key, value


def parse_event(record: Mapping[str, Any]) -> Event:
    """An Event of one LookupEvents record (EventTime a datetime or ISO 8601 text). Malformed detail
    counts as absent."""
    try:
        detail = json.loads(record.get("CloudTrailEvent") or "{}")
    except (ValueError, TypeError, RecursionError):
        detail = {}
    if not isinstance(detail, dict):
        detail = {}
    found = detail.get("userIdentity")
    identity: Mapping[str, Any] = found if isinstance(found, dict) else {}
    resources = record.get("Resources")
    listed = [
        item
        for item in (resources if isinstance(resources, list) else ())
        if isinstance(item, dict) and item.get("ResourceName")
    ]
    kind, principal = _principal(identity, record)
    arn = str(identity.get("arn") or "")
    session = arn.rsplit("/", 1)[-1] if identity.get("type") == "AssumedRole" and "/" in arn else ""
    return Event(
        id=str(record.get("EventId", "")),
        time=_time(record.get("EventTime")),
        region=str(detail.get("awsRegion") or ""),
        name=str(record.get("EventName", "")),
        source=str(record.get("EventSource") or detail.get("eventSource") or ""),
        principal_kind=kind,
        principal=principal,
        session=session,
        ip=str(detail.get("sourceIPAddress") or ""),
        agent=str(detail.get("userAgent") or ""),
        error=str(detail.get("errorCode") or ""),
        invoked_by=str(identity.get("invokedBy") or ""),
        read_only=str(record.get("ReadOnly", detail.get("readOnly", False))).lower() == "true",
        parameters=detail.get("requestParameters"),
        response=detail.get("responseElements"),
        resources=tuple(str(item["ResourceName"]) for item in listed),
        arn=arn,
        resource_types=tuple(str(item.get("ResourceType") or "") for item in listed),
        access_key=str(identity.get("accessKeyId") or ""),
    )


def _principal(identity: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, str]:
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    issued = issuer.get("userName") if isinstance(issuer, dict) else None
    name = str(issued or identity.get("userName") or record.get("Username") or "")
    kind = identity.get("type")
    if kind == "Root":
        return "root", "root"
    if kind == "IAMUser":
        return "iam-user", name
    if kind == "AWSService":
        return "aws-service", str(identity.get("invokedBy") or name)
    if kind in (
        "AssumedRole",
        "Role",
        "WebIdentityUser",
        "SAMLUser",
        "FederatedUser",
        "IdentityCenterUser",
    ):
        return ("aws-service" if name.startswith("AWSServiceRoleFor") else "iam-role"), name
    return "unknown", name


def _time(value: Any) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)
