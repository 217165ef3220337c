"""What the evidence holds, indexed once so that every claim of an answer can be looked up.

The index makes no assumption on how an item lays out its content: it walks the JSON value. A *row*
is one object or flat list together with the plain values of the objects around it, so that
"service, usage type and region of one cell" or "principal and event of one CloudTrail record" can
be asked of any item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from whyspike.model import EvidenceItem
from whyspike.payload import to_json

NUMBER = re.compile(r"(?<![\w.\-/:])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w\-/:]*\d)")
DATE = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)")
TOKEN = re.compile(r"[^\s\"'`,;(){}\[\]<>|]+")
PRINCIPAL_KEY = re.compile(
    r"^(?!.*agent)(?!.*type$)(?!.*kind$).*(?:user|principal|actor|session|role|arn|identity|issuer)",
    re.IGNORECASE,
)
# Phrases by which text in a bill or a log tries to command its reader; one is enough to flag the
# whole string.
ORDER = re.compile(
    r"ignore\s+(?:\w+\s+){0,3}(?:instruction|rule|prompt|above|previous|prior|evidence|finding)|disregard\s+(?:\w+\s+){0,3}(?:instruction|rule|above|previous|evidence)"
    r"|(?:system|developer)\s*prompt|you\s+(?:are|must|should|will)\s+(?:now\b|not\b|an?\b|report|say|answer|reply|post|mark|state|write|tell)"
    r"|(?:all\s+)?(?:spend|cost|charge)s?\s+(?:is\s+|are\s+|was\s+|has\s+been\s+)?(?:pre-?)?approved|no\s+anomal|not\s+an?\s+(?:anomaly|incident)"
    r"|(?:reply|respond|answer|report|post|say|write|output)\s+(?:only\s+|with\s+|that\s+)+|do\s+not\s+(?:report|alert|mention|tell|flag)"
    r"|<!?(?:channel|here|everyone)|@(?:channel|here|everyone)|<@|https?://(?!\S*amazonaws?\.com)|note\s+to\s+(?:the\s+)?(?:ai|model|assistant|claude|reviewer)"
    r"|as\s+an?\s+(?:ai|assistant)|\b(?:claude|chatgpt|assistant)\s*[:,]|(?:run|execute)\s+(?:the\s+)?(?:command|following)|mark\s+(?:this|it)\s+as",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Row:
    """Plain values that stand together in one item: `own` in the object itself, `all` with those of
    the objects around it."""

    source: str
    own: frozenset[str]
    all: frozenset[str]
    principals: frozenset[
        str
    ]  # lower case: names, sessions and ARN parts under keys that name a principal
    numbers: tuple[float, ...]
    event: str = ""  # name of the CloudTrail event that the object is about


@dataclass(frozen=True)
class EvidenceIndex:
    """Everything that an answer may refer to. Strings are kept as they are, tokens and principals
    in lower case."""

    ids: frozenset[str]
    rows: tuple[Row, ...]
    strings: frozenset[str]
    tokens: frozenset[str]
    numbers: tuple[float, ...]
    amounts: tuple[
        float, ...
    ]  # numbers that stand as numbers in items about cost, so that money is never matched by chance
    percentages: frozenset[str]  # "12.5%", as a text of the evidence writes it
    dates: frozenset[date]
    principals: frozenset[str]
    hostile: tuple[str, ...]  # strings that try to give orders

    @property
    def first_day(self) -> date | None:
        return min(self.dates, default=None)

    @property
    def last_day(self) -> date | None:
        return max(self.dates, default=None)


def index_evidence(items: Sequence[EvidenceItem]) -> EvidenceIndex:
    """The index of a list of items; content of any JSON shape, CloudTrail records as JSON inside a
    string included."""
    rows: list[Row] = []
    for item in items:
        content = unpacked(to_json(item.content, without_none=True))
        rows.extend(_rows(item, content, frozenset(), frozenset()))
        rows.append(_row(item, [item.request], frozenset(), frozenset(), {}))
    strings = frozenset(value for row in rows for value in row.own)
    amounts = tuple(
        dict.fromkeys(n for row in rows if row.source != "cloudtrail" for n in row.numbers)
    )
    written = [
        float(match.group().replace(",", ""))
        for text in strings
        if len(text) < 30_000
        for match in NUMBER.finditer(text)
    ]
    return EvidenceIndex(
        ids=frozenset(item.id for item in items),
        rows=tuple(rows),
        strings=strings,
        tokens=frozenset(part for text in strings for part in tokens_of(text)),
        numbers=tuple(dict.fromkeys([*(n for row in rows for n in row.numbers), *written])),
        amounts=amounts,
        percentages=frozenset(
            found.replace(",", "")
            for text in strings
            if "%" in text
            for found in re.findall(r"\d[\d,.]*%", text)
        ),
        dates=frozenset(day for text in strings for day in dates_of(text)),
        principals=frozenset(name for row in rows for name in row.principals),
        hostile=tuple(sorted(text for text in strings if ORDER.search(text))),
    )


def unpacked(value: Any) -> Any:
    """The value with strings that are JSON objects (CloudTrailEvent) replaced by what they hold."""
    if isinstance(value, Mapping):
        return {str(key): unpacked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [unpacked(inner) for inner in value]
    if isinstance(value, str) and value[:1] == "{":
        try:
            return unpacked(json.loads(value))
        except ValueError:
            return value
    return value


def _rows(
    item: EvidenceItem, value: Any, around: frozenset[str], principals: frozenset[str]
) -> Iterator[Row]:
    if isinstance(value, Mapping):
        row = _row(item, [*value, *value.values()], around, principals, value)
        yield row
        for key, inner in value.items():
            # A key may be a value in its place ({"us-east-1": [...]}) and belongs to what stands
            # under it.
            yield from _rows(item, inner, around | row.own | {str(key)}, row.principals)
    elif isinstance(value, list):
        plain = [inner for inner in value if not isinstance(inner, Mapping | list)]
        if plain:
            yield _row(item, plain, around, principals, {})
        for inner in value:
            yield from _rows(item, inner, around, principals)
    elif not around:  # the whole content is one plain value
        yield _row(item, [value], around, principals, {})


def _row(
    item: EvidenceItem,
    values: Sequence[Any],
    around: frozenset[str],
    principals: frozenset[str],
    named: Mapping[str, Any],
) -> Row:
    own = {value for value in values if isinstance(value, str)}
    nested = [inner for value in values if isinstance(value, list) for inner in value]
    beside = {inner for inner in nested if isinstance(inner, str)}
    names = {
        part
        for key, value in named.items()
        if PRINCIPAL_KEY.search(str(key))
        for part in _principal_parts(value)
    }
    if item.source == "cloudtrail":
        # userIdentity lies one or more objects below the event that it belongs to
        names |= {part for inner in _identities(named) for part in _principal_parts(inner)}
    return Row(
        source=item.source,
        own=frozenset(own),
        all=frozenset(own | beside) | around,
        principals=frozenset(names) | principals,
        event=(
            next(
                (
                    str(named[key])
                    for key in ("event", "EventName", "eventName")
                    if isinstance(named.get(key), str)
                ),
                "",
            )
            if item.source == "cloudtrail"
            else ""
        ),
        numbers=tuple(
            float(v)
            for v in [*values, *nested]
            if isinstance(v, int | float) and not isinstance(v, bool)
        ),
    )


def _identities(named: Mapping[str, Any]) -> Iterator[Any]:
    for key, value in named.items():
        if isinstance(value, Mapping):
            if PRINCIPAL_KEY.search(str(key)):
                yield from _leaves(value)
            else:
                yield from _identities(value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if (
                isinstance(inner, Mapping)
                or PRINCIPAL_KEY.search(str(key))
                or str(key) in ("name", "type", "invokedBy", "event")
            ):
                yield from _leaves(inner)
    else:
        yield value


def _principal_parts(value: Any) -> set[str]:
    """Names by which one principal may be called: the value itself and, of an ARN, the parts of its
    resource."""
    if not isinstance(value, str) or not value or " " in value:
        return set()
    parts = {value.lower()}
    if value.startswith("arn:"):
        parts |= {part.lower() for part in value.split(":", 5)[-1].split("/")[1:]}
    return parts


def tokens_of(text: str) -> set[str]:
    """The words of a string and their parts at / : = and so on, lower case: what a claim may name
    without the whole."""
    found: set[str] = (
        {text.replace(" - ", "-").lower()} if " - " in text and len(text) < 60 else set()
    )
    for token in TOKEN.findall(text):
        token = token.strip(".:!?*_").lower()
        found.add(token)
        found.update(part for part in re.split(r"[/:=@]", token) if part)
        if token.count(":") >= 2:
            found.add(token.rsplit(":", 1)[-1])
            found.add(token.split(":", 5)[-1])
    return found


def dates_of(text: str) -> Iterator[date]:
    """The ISO dates in a string; what only looks like one is left out."""
    for match in DATE.finditer(text):
        try:
            yield date.fromisoformat(match.group(1))
        except ValueError:
            continue
