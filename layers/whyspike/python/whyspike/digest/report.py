"""The HTML report of one scan: a single file that asks nothing of the network. Pure: views in, text
out.

Every text comes from a bill, a tag, a log or a model: the template escapes all of it (jinja2
autoescape), and the page forbids itself every outside request by its Content-Security-Policy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from whyspike.digest.figures import figure_words
from whyspike.messages.charts.svg import svg
from whyspike.model.digests import AccountShare, Digest
from whyspike.words.amounts import dollars
from whyspike.words.days import day
from whyspike.words.mrkdwn import rich, to_html
from whyspike.words.safe import visible

_MAX_EVIDENCE = (
    6_000  # characters of one evidence item in the page; the whole item is stored beside the report
)


@dataclass(frozen=True)
class EvidenceView:
    """One evidence item as the report shows it."""

    id: str
    source: str
    request: str
    content: Any
    gap: str | None = None


@dataclass(frozen=True)
class PartView:
    """One anomaly of an incident that has several, or a usage type; money in words."""

    where: str
    a_day: str
    expected: str
    in_all: str
    since: str


@dataclass(frozen=True)
class DriverView:
    """One finding."""

    category: str
    where: str
    who: str
    usd_per_day: float


@dataclass(frozen=True)
class IncidentView:
    """One incident as the report shows it, in the words of the owner's message; money in US
    dollars."""

    incident_id: str
    account_id: str
    account_name: str
    owner: str
    title: str  # its services and account
    happened: str  # the digest's word
    when: str  # "since Thu 5 Nov"
    kind: str
    state: str
    severity: str
    onset: date
    ongoing: bool
    told: bool  # False: digest only
    numbers: Sequence[str]  # what it costs, and since when; mrkdwn
    reason: str
    dates: Sequence[date] = ()
    costs: Sequence[float | None] = ()
    band_low: Sequence[float | None] = ()
    band_high: Sequence[float | None] = ()
    text: str = ""
    fix: str = ""
    commands: Sequence[str] = ()
    confidence: str = ""
    written_by: str = ""
    notes: Sequence[str] = ()
    gaps: Sequence[str] = ()
    drivers: Sequence[DriverView] = ()
    evidence: Sequence[EvidenceView] = ()
    parts: Sequence[PartView] = ()
    accounts: Sequence[AccountShare] = ()  # of a cause that several share, this one among them
    cause: str = ""
    history: Sequence[tuple[str, str, str]] = ()  # (time, scan date or nothing, what)

    @property
    def chart(self) -> Markup:
        """Drawn twice, for a desk and for a phone; the style sheet shows the one that can be
        read."""
        drawn = (self.dates, self.costs, self.band_low, self.band_high, self.onset, self.title)
        return svg(*drawn, name="wide") + svg(*drawn, width=360.0, name="narrow")


@dataclass(frozen=True)
class ReportView:
    """Everything that one report shows.."""

    digest: Digest
    incidents: Sequence[IncidentView] = field(default_factory=tuple)


def render(view: ReportView) -> str:
    """The report as one HTML document."""
    return _template().render(
        digest=view.digest,
        figures=figure_words(view.digest.figures),
        incidents=view.incidents,
        choices={
            "account": sorted(
                {(i.account_id, f"{i.account_name} ({i.account_id})") for i in view.incidents}
            ),
            "owner": sorted({(i.owner, i.owner) for i in view.incidents}),
            "severity": [
                (s, s)
                for s in ("critical", "high", "medium", "low")
                if any(i.severity == s for i in view.incidents)
            ],
            "state": sorted({(i.state, i.state) for i in view.incidents}),
        },
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("whyspike", "data"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.filters.update(usd=_usd, day=_day, mrkdwn=mrkdwn, evidence=evidence_text)
    return environment.get_template("report.html.jinja")


def _seen(value: Any) -> Any:
    """Texts from outside without what cannot be seen; the template escapes them."""
    return visible(value) if type(value) is str else value


def _usd(value: float | str | None) -> str:
    return "not known" if value is None else dollars(value)


def _day(value: date | str, year: bool = False) -> str:
    return day(date.fromisoformat(value) if isinstance(value, str) else value, year)


def mrkdwn(text: str) -> Markup:
    """An explanation's mrkdwn as paragraphs; its links and mentions stay text."""
    lines = to_html(rich(text, 10_000)).split("<br>")
    return Markup("".join(f"<p>{line}</p>" for line in lines if line.strip()))  # noqa: S704  escaped above


def evidence_text(content: Any) -> str:
    """The JSON of an evidence item, cut to what a page can hold."""
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    rest = len(text) - _MAX_EVIDENCE
    return (
        text
        if rest <= 0
        else f"{text[:_MAX_EVIDENCE]}\n… {rest:,} more characters are stored with the scan"
    )
