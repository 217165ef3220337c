"""Families of usage types: what is measured alike and moved by the same events
(data/usage_families.csv, one line a fact with its source; docs/causes.md tells how it is kept)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from whyspike.data import table
from whyspike.knowledge.units import USUAL, fits, measure_of

# Region codes of usage types (CUR of 2018, S3 user guide), CloudFront's areas, and whole region
# names (KMS).
_INSTANCE = re.compile(r":(?:[a-z]+\.)?([a-z]+\d[a-z0-9-]*)\.[a-z0-9-]+$")
_PREFIX = re.compile(
    r"^(?:(?:AFS|APE|APN|APS|CAN|CPT|EUC|EUN|EUS|EUW|ILC|MEC|MES|MXC|SAE|UGE|UGW|USE|USW)\d+(?:WL\d+)?"
    r"|CPT|EU|US|AP|JP|IN|SA|AU|ME|ZA|CA|KR|AF|Global|GLOBAL|Any|[A-Z]{3}\d"
    r"|(?:us|eu|ap|ca|sa|me|af|il|mx)(?:-gov)?-[a-z]+-\d)-"
)
OTHER = "other"  # the family of what the table does not know
_EVERYTHING = ".*"
_SAME = ("runtime", "hours")  # jobs are billed by hours of machines too
# Stories of one unit: jobs that compute fit hours of machines, but hours of a service that bills
# bytes are something that stands there.
_NEEDS_ITS_OWN_UNIT = frozenset({"batch-job-or-query-runaway"})


@dataclass(frozen=True)
class Family:
    """Usage types that are measured alike and moved by the same events. A meter of a catch-all in
    another unit than the family's is `name:unit`: moved by the same events, another story."""

    name: str
    measures: str  # hours | runtime | users | bytes | byte-hours | requests | tokens | units | fee
    category: str  # when nothing else decides and the cost went up
    event_sources: tuple[str, ...]  # without ".amazonaws.com"; their write events matter
    source: str


def strip_region_prefix(usage_type: str) -> str:
    """The usage type without its region codes: `USE1-EU-AWS-Out-Bytes` gives `AWS-Out-Bytes`."""
    for _ in range(3):
        usage_type = _PREFIX.sub("", usage_type, count=1) or usage_type
    return usage_type


def region_code(usage_type: str) -> str:
    """`USE1` of `USE1-EU-AWS-Out-Bytes`; "" where there is none: us-east-1 often has none."""
    rest = strip_region_prefix(usage_type)
    return usage_type.removesuffix(rest).split("-")[0] if rest != usage_type else ""


def instance_family(usage_type: str) -> str:
    """`p4d` of `BoxUsage:p4d.24xlarge`, `r5` of `InstanceUsage:db.r5.large`; "" of other meters."""
    found = _INSTANCE.search(usage_type)
    return found[1] if found else ""


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
def _aliases() -> dict[str, str]:
    return {line["alias"].casefold(): line["service"] for line in table("service_aliases.csv")}


@cache
def family_of(service: str, usage_type: str | None) -> Family:
    """The family of a line of the bill; `other` when the table knows neither service nor usage
    type. Bill files name services by codes and short names too (data/service_aliases.csv)."""
    service = _aliases().get(service.casefold(), service)
    suffix = strip_region_prefix(usage_type or "")
    pattern, family = next(
        (u, f) for s, u, f in _families() if s.fullmatch(service) and u.search(suffix)
    )
    return _by_unit(family, suffix) if pattern.pattern == _EVERYTHING else family


def _by_unit(family: Family, suffix: str) -> Family:
    """A catch-all's family in the unit that the usage type names, which outranks the service's
    usual story."""
    measure = None if family.measures == "fee" else measure_of(suffix)
    if measure is None or measure == family.measures or (family.measures, measure) == _SAME:
        return family
    if fits(family.category, measure) and family.category not in _NEEDS_ITS_OWN_UNIT:
        return replace(family, measures=measure)
    return replace(
        family, name=f"{family.name}:{measure}", measures=measure, category=USUAL[measure]
    )


def base_family(name: str) -> str:
    """The family of the table to which a name belongs: `network-firewall` of
    `network-firewall:hours`."""
    return name.partition(":")[0]


def default_category(family: Family | str, direction: str = "up") -> str:
    """The category of a family when no event, commitment or traffic pattern decides; a drop is
    `resources-removed`."""
    if direction == "down":
        return "resources-removed"
    if isinstance(family, Family):
        return family.category
    base, _, measure = family.partition(":")
    if measure:
        return USUAL[measure]
    return next((f for f in families() if f.name == base), families()[-1]).category
