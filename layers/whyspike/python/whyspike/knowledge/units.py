"""What a meter counts: hours, users, bytes, tokens, requests.

The name of a usage type says it, else the unit beside the quantity. It outranks what the service
usually bills, since one service bills in several units (a firewall's endpoint by the hour, its
bytes by the gigabyte)."""

from __future__ import annotations

import re
from functools import cache

# In usage types and in units alike; where several match, the one that ends last is the unit
# ("PaidEventsAnalyzed-Bytes" counts bytes).
_WORDS = (
    (
        "byte-hours",
        r"Byte-?H(?:rs|ours?)|GB-?Mo(?:nth)?s?|GB-?Hours-at-rest|TimedStorage(?:-\w+)*",
    ),
    ("tokens", r"(?i:tokens?(?:count)?)(?![a-z])"),
    ("users", r"MAU|(?<![a-z])Users?(?![A-Za-z])|(?<![a-z])Seats?(?![a-z])|(?i:user-mo(?:nth)?s?)"),
    ("bytes", r"(?i:bytes)|(?<![A-Za-z])[GT]i?B(?![-A-Za-z])|In[GT]B"),
    (
        "requests",
        r"(?i:requests?)(?![a-z])|Queries|Invocations?|(?:API|Api)Calls?|Operations?(?![a-z])"
        r"|Messages?(?![a-z])|Pages|Characters|Events(?![A-Za-z])",
    ),
    ("runtime", r"(?i:seconds?)(?![a-z])|(?i:minutes?)(?![a-z])|(?<![A-Za-z])Mins?(?![a-z])"),
    (
        "hours",
        r"(?i:hours?)(?![a-z])|H(?:rs?)(?![a-z])|(?<![a-z])hrs(?![a-z])"
        r"|[a-z]{1,5}(?:\d+[a-z0-9-]*)?\.(?:\d*x?large|metal(?:-\d+xl)?|nano|micro|small|medium)"
        r"(?![a-z])",
    ),
)
_PATTERNS = tuple((measure, re.compile(pattern)) for measure, pattern in _WORDS)

# `runtime` is the time that jobs and functions compute, in seconds or in hours of machines.
# What a rise in such a unit can be. A meter of hours runs because something stands there; bytes and
# requests move because something is busy.
_CAPACITY = frozenset(
    {
        "new-resources-launched",
        "scaling-out",
        "resource-config-change",
        "ml-compute-left-running",
        "resources-removed",
    }
)
_BUSY = frozenset(
    {
        "request-storm",
        "batch-job-or-query-runaway",
        "organic-traffic",
        "logging-and-monitoring-volume",
        "resource-config-change",
        "resources-removed",
    }
)
_MOVING = _BUSY | {"data-transfer", "nat-gateway-traffic", "snapshot-backup-growth"}
FITTING: dict[str, frozenset[str]] = {
    "hours": _CAPACITY,
    "users": _CAPACITY | {"organic-traffic"},
    "runtime": _CAPACITY | _BUSY,
    "bytes": _MOVING,
    "byte-hours": frozenset(
        {
            "storage-growth",
            "snapshot-backup-growth",
            "resource-config-change",
            "resources-removed",
            "new-resources-launched",
        }
    ),
    "requests": _BUSY | {"ai-token-usage"},
    "tokens": frozenset(
        {"ai-token-usage", "request-storm", "batch-job-or-query-runaway", "resources-removed"}
    ),
}
USUAL: dict[str, str] = {
    "hours": "new-resources-launched",
    "users": "new-resources-launched",
    "runtime": "batch-job-or-query-runaway",
    "bytes": "data-transfer",
    "byte-hours": "storage-growth",
    "requests": "request-storm",
    "tokens": "ai-token-usage",
}


@cache
def measure_of(usage_type: str, unit: str = "") -> str | None:
    """What the meter counts, by the name of the usage type, else by the unit of its quantity; None
    where neither says."""
    return _last_word(usage_type) or _last_word(unit)


def _last_word(text: str) -> str | None:
    ends = [
        (match.end(), -position, measure)
        for position, (measure, pattern) in enumerate(_PATTERNS)
        for match in pattern.finditer(text)
    ]
    return max(ends)[2] if ends else None


def fits(category: str, measure: str | None) -> bool:
    """Whether a rise in this unit can be of this category; categories of the bill and of an
    intruder fit any unit."""
    allowed = FITTING.get(measure or "")
    return allowed is None or category in allowed or category in _ANY_UNIT


_ANY_UNIT = frozenset(
    {
        "compromised-credentials",
        "billing-artefact",
        "commitment-expired",
        "commitment-purchase",
        "extended-support-charge",
        "marketplace-or-support-charge",
    }
)
