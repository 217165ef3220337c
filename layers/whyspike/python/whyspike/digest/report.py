"""The HTML report of one scan: a single file that asks nothing of the network. Pure: views in, text
out.

Every text comes from a bill, a tag, a log or a model: the template escapes all of it (jinja2
autoescape), and the page forbids itself every outside request by its Content-Security-Policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from whyspike.digest.figures import figure_words
from whyspike.messages.charts.svg import svg
from whyspike.model.digests import Digest

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
    dollars, days ISO 8601."""

    incident_id: str
    account_id: str
    account_name: str
    owner: str
    title: str  # its services and account
    happened: str  # the digest's word
    when: str  # "since 2026-11-05"
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
    )
    environment.filters.update(usd=usd, mrkdwn=mrkdwn, evidence=evidence_text)
    return environment.get_template("report.html.jinja")


def usd(value: float | str | None) -> str:
    """$0.42, $42, -$4,200: as many digits as a reader needs."""
    number = float(value or 0.0)
    text = f"{abs(number):,.2f}" if abs(number) < 10 else f"{abs(number):,.0f}"
    return ("-$" if number < 0 else "$") + text


def mrkdwn(text: str) -> Markup:
    """Slack mrkdwn of an explanation as HTML: bold, code, bullets and line breaks; everything else
    stays text."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    html = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(plain)))
    html = re.sub(r"(?<![\w*])\*(?! )([^*\n]+)(?<! )\*(?![\w*])", r"<strong>\1</strong>", html)
    return Markup("".join(f"<p>{line}</p>" for line in html.split("\n") if line.strip()))  # noqa: S704  escaped above


def evidence_text(content: Any) -> str:
    """The JSON of an evidence item, cut to what a page can hold."""
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    rest = len(text) - _MAX_EVIDENCE
    return (
        text
        if rest <= 0
        else f"{text[:_MAX_EVIDENCE]}\n… {rest:,} more characters are stored with the scan"
    )
