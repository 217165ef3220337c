"""Which resource exactly: service, kind and name, out of an ARN, an id of the bill or an event.

Two resources are the same when all three agree. `mobile-api` and `mobile-app` share a word and are
two projects: an event that names the one says nothing of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.knowledge.events import normalise_event_source

_ARN = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):[^:]*:[^:]*:(.+)", re.IGNORECASE)
_BARE = re.compile(r"([a-z]+(?:-[a-z]+)*)-(?=[0-9a-f]*\d)[0-9a-f]{8,17}")
_KINDS_OF_IDS = {
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "nat": "natgateway",
    "vpce": "vpcendpoint",
    "fs": "filesystem",
    "rtb": "routetable",
    "tgw": "transitgateway",
    "eipalloc": "elasticip",
}
_OTHER_NAMES = {"dbinstance": "db", "dbcluster": "cluster", "cachecluster": "cluster"}
_NESTED = re.compile(
    r"(?!loadbalancer)[a-z]+/[^/]+/([a-z]+/[^/]+)"
)  # keyspace/tracking/table/positions
_NAMING = re.compile(r"(.*?)(?:Identifier|Name|Arn|ARN|Id|name|arn|id)")
_MAX_NAMED = 50


@dataclass(frozen=True, order=True)
class TypedId:
    """`service` as in event sources, `kind` in plain letters, `name` in lower case."""

    service: str
    kind: str
    name: str


def typed_id(identifier: str) -> TypedId | None:
    """The resource of an ARN, or of an id with a known prefix; a bare name is a bucket's on a bill.
    None where it says no kind."""
    arn = _ARN.fullmatch(identifier.strip())
    if arn:
        part = re.sub(r":\*$", "", arn[2]).lstrip("/")
        if nested := _NESTED.fullmatch(part):
            part = nested[1]
        kind, _, name = part.partition("/" if _slash_first(part) else ":")
        if not name:
            return TypedId("s3", "bucket", kind.lower()) if arn[1] == "s3" else None
        if arn[1] == "lambda":
            name = name.partition(":")[0]  # without its alias
        return _typed(arn[1], kind, name)
    bare = _BARE.fullmatch(identifier)
    if bare:
        return TypedId("ec2", _KINDS_OF_IDS.get(bare[1], bare[1]), identifier.lower())
    plain = re.fullmatch(r"[a-z0-9][a-z0-9.-]{2,62}", identifier)
    return TypedId("s3", "bucket", identifier) if plain else None


def named_by(
    source: str,
    event_name: str,
    parameters: Any,
    resources: Iterable[tuple[str, str]],
) -> frozenset[TypedId]:
    """The resources that an event says it acts on: its own list (type, name), and the parameters at
    the top of its request that end like a name."""
    found: set[TypedId | None] = set()
    for kind, name in resources:
        parts = kind.split("::")
        whole = typed_id(name) if name.startswith("arn:") or _BARE.fullmatch(name) else None
        found.add(whole or (_typed(parts[1], parts[-1], name) if len(parts) == 3 else None))
    found.update(named_texts(source, event_name, parameters).values())
    return frozenset(item for item in found if item is not None)


def named_texts(source: str, event_name: str, parameters: Any) -> Mapping[str, TypedId]:
    """What the parameters at the top of a request name, as it is written there."""
    service, found = normalise_event_source(source), {}
    for key, text in _texts(parameters) if isinstance(parameters, Mapping) else ():
        if match := _NAMING.fullmatch(key):
            kind = match[1] or noun_of(event_name)
            own = text.startswith("arn:") or _BARE.fullmatch(text)
            if one := typed_id(text) if own else _typed(service, kind, text):
                found[text] = one
    return found


def noun_of(event_name: str) -> str:
    """What a call acts on by its name: `Rule` of PutRule."""
    return re.sub(r"^[A-Z][a-z]+", "", event_name)


def _texts(parameters: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in list(parameters.items())[:_MAX_NAMED]:
        for text in value[:_MAX_NAMED] if isinstance(value, list) else (value,):
            if isinstance(text, str) and text:
                yield str(key).removesuffix("s") if isinstance(value, list) else str(key), text


def _slash_first(part: str) -> bool:
    slash, colon = part.find("/"), part.find(":")
    return slash >= 0 and (colon < 0 or slash < colon)


def _typed(service: str, kind: str, name: str) -> TypedId | None:
    plain = re.sub(r"[^a-z0-9]", "", kind.lower())
    if not plain or not name:
        return None
    return TypedId(
        normalise_event_source(service), _OTHER_NAMES.get(plain, plain), name.strip().lower()
    )
