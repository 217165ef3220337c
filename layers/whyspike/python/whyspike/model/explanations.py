"""Evidence, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from whyspike.model.anomalies import Kind
from whyspike.model.common_causes import Tie


class Gap(StrEnum):
    """Evidence that was denied or missing."""

    ASSUME_ROLE = "assume_role"
    CLOUDTRAIL = "cloudtrail"
    TAGS = "tags"
    RESOURCE_LEVEL = "resource_level"
    COST_EXPLORER = "cost_explorer"


@dataclass(frozen=True)
class Driver:
    """The cell of the bill that carries the impact."""

    service: str
    usage_type: str | None = None
    region: str | None = None
    tag_team: str | None = None
    tag_env: str | None = None
    record_type: str | None = None
    resource_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Actor:
    """Who did it. `none`: the evidence shows that nobody changed anything; `unknown`: it cannot
    tell."""

    kind: str = "unknown"  # iam-role | iam-user | root | aws-service | none | unknown
    name: str | None = None
    session: str | None = None
    event: str | None = None
    event_source: str | None = None
    event_time: str | None = None


@dataclass(frozen=True)
class Finding:
    """One cause within a flagged item."""

    kind: Kind
    category: str  # one of the closed list in docs/categories.md
    driver: Driver
    actor: Actor
    onset: date
    ongoing: bool
    excess_usd_per_day: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """A number of the text that stands in no evidence item, and how it follows from those that
    do."""

    value: float
    op: str  # add | sub | mul | div | ratio | pct | share | mean | count
    args: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """The hypothesis why; `text` is Slack mrkdwn of at most 200 words, `brief` the same as short as
    an owner's message has it ("": the text is short); `causes`, where there are several, a line of
    mrkdwn for each, told before `brief`; `commands` are read-only AWS CLI."""

    verdict: str  # incident | not-an-incident
    findings: tuple[Finding, ...]
    text: str
    commands: tuple[str, ...]
    fix: str
    written_by: str  # model id, or "rules"
    confidence: str  # high | medium | low
    gaps: tuple[Gap, ...] = ()
    derived: tuple[Derivation, ...] = ()
    brief: str = ""
    causes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what the checks removed or doubted; shown in the report


@dataclass(frozen=True, kw_only=True)
class StoredExplanation(Explanation):
    """The explanation of a flagged item as the scan keeps it; `service` is the first cause's,
    `tie` what ties it to a cause that it shares with other accounts."""

    item_id: str
    account_id: str
    service: str
    tie: Tie | None = None
