"""Families of usage types: what is measured alike and moved by the same events
(data/usage_families.csv, one line a fact with its source; docs/causes.md tells how it is kept)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from whyspike.data import table

# Region codes of usage types (CUR of 2018, S3 user guide), CloudFront's areas, and whole region
# names (KMS).
_PREFIX = re.compile(
    r"^(?:(?:AFS|APE|APN|APS|CAN|CPT|EUC|EUN|EUS|EUW|ILC|MEC|MES|MXC|SAE|UGE|UGW|USE|USW)\d+(?:WL\d+)?"
    r"|CPT|EU|US|AP|JP|IN|SA|AU|ME|ZA|CA|KR|AF|Global|GLOBAL|Any|[A-Z]{3}\d"
    r"|(?:us|eu|ap|ca|sa|me|af|il|mx)(?:-gov)?-[a-z]+-\d)-"
)


@dataclass(frozen=True)
class Family:
    """Usage types that are measured alike and moved by the same events."""

    name: str
    measures: str  # hours | bytes | byte-hours | requests | tokens | units | fee
    category: str  # when nothing else decides and the cost went up
    event_sources: tuple[str, ...]  # without ".amazonaws.com"; their write events matter
    source: str


def strip_region_prefix(usage_type: str) -> str:
    """The usage type without its region codes: `USE1-EU-AWS-Out-Bytes` gives `AWS-Out-Bytes`."""
    for _ in range(3):
        usage_type = _PREFIX.sub("", usage_type, count=1) or usage_type
    return usage_type


@cache
def _families() -> tuple[tuple[re.Pattern[str], re.Pattern[str], Family], ...]:
    return tuple(
        (
            re.compile(line["service"], re.IGNORECASE | re.DOTALL),
            re.compile(line["usage_type"], re.IGNORECASE | re.DOTALL),
            Family(
                line["family"],
                line["measures"],
                line["category"],
                tuple(line["event_sources"].split()),
                line["source"],
            ),
        )
        for line in table("usage_families.csv")
    )


def families() -> tuple[Family, ...]:
    """Every family, in the order of the table."""
    return tuple(family for _, _, family in _families())


@cache
def family_of(service: str, usage_type: str | None) -> Family:
    """The family of a line of the bill; `other` when the table knows neither service nor usage
    type."""
    suffix = strip_region_prefix(usage_type or "")
    return next(f for s, u, f in _families() if s.fullmatch(service) and u.search(suffix))


def default_category(family: Family | str, direction: str = "up") -> str:
    """The category of a family when no event, commitment or traffic pattern decides; a drop is
    `resources-removed`."""
    if direction == "down":
        return "resources-removed"
    found = (
        family
        if isinstance(family, Family)
        else next((f for f in families() if f.name == family), families()[-1])
    )
    return found.category
