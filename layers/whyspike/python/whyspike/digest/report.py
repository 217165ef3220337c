"""The HTML report of one scan: a single file that asks nothing of the network. Pure: views in, text
out.

Every text comes from a bill, a tag, a log or a model: the template escapes all of it (jinja2
autoescape), and the page forbids itself every outside request by its Content-Security-Policy.
"""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from whyspike.digest.accounts import AccountRow, SpendTrend, account_rows, trend
from whyspike.digest.beside_aws import beside_words
from whyspike.digest.commitment_ends import price_words, share_words
from whyspike.digest.figures import figure_words, metric_words
from whyspike.digest.month_words import (
    against,
    change_words,
    left_out,
    month_title,
    shared_budgets,
    until_words,
)
from whyspike.messages.charts.stacked import stacked
from whyspike.messages.charts.svg import svg
from whyspike.model import Account
from whyspike.model.digests import Digest, DigestLine
from whyspike.model.months import MonthSummary
from whyspike.model.outcomes import AccountOutcome
from whyspike.words.amounts import dollars, quantity
from whyspike.words.days import day
from whyspike.words.mrkdwn import rich, to_html
from whyspike.words.safe import visible

_MAX_EVIDENCE = (
    6_000  # characters of one evidence item in the page; the whole item is stored beside the report
)

MAX_CARDS = 250  # 30 kB each; what is smaller is a row of the table
MAX_OPEN_ROWS = 500  # accounts of a table that is shown unfolded
MAX_LISTED = 12  # accounts of one cause before those that are folded away


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
    shared: DigestLine | None = None  # the line of a cause that several accounts share
    history: Sequence[tuple[str, str, str]] = ()  # (time, scan date or nothing, what)
    per_day: float = 0.0  # over expected, while it goes on
    in_all: float = 0.0
    links: Sequence[tuple[str, str]] = ()  # (where it leads, address of ours)

    @property
    def owned_by(self) -> str:
        if self.shared:
            return self.shared.owned_by
        return "has no owner" if self.owner == "unowned" else f"owner {self.owner}"

    @property
    def chart(self) -> Markup:
        """Drawn twice, for a desk and for a phone; the style sheet shows the one that can be
        read."""
        drawn = (self.dates, self.costs, self.band_low, self.band_high, self.onset, self.title)
        return svg(*drawn, name="wide") + svg(*drawn, width=360.0, name="narrow")


@dataclass(frozen=True)
class ReportView:
    """Everything that one report shows: what was found, and every account with what it spent."""

    digest: Digest
    incidents: Sequence[IncidentView] = field(default_factory=tuple)
    accounts: Sequence[AccountRow] = ()
    trend: SpendTrend | None = None

    @property
    def marks(self) -> Counter[date]:
        """How many incidents began, by day."""
        return Counter(incident.onset for incident in self.incidents)

    @property
    def share(self) -> str:
        """What the excess is of all that is used, where there is one and that is known."""
        used, excess = self.digest.daily_spend_usd, self.digest.daily_excess_usd
        return f"{excess / used:.1%}" if used > 0 and excess > 0 else ""

    @property
    def is_judged(self) -> bool:
        """Whether anything was: else nobody knows what is new."""
        return self.digest.coverage.scanned > 0 or bool(self.incidents)


def report_view(
    digest: Digest,
    incidents: Sequence[IncidentView],
    accounts: Sequence[Account],
    outcomes: Mapping[str, AccountOutcome],
) -> ReportView:
    """`accounts` are those in scope, `outcomes` how they fared, by account id."""
    return ReportView(
        digest,
        incidents,
        account_rows(accounts, outcomes, digest),
        trend(accounts, outcomes, digest.scan_date),
    )


def render(view: ReportView) -> str:
    """The report as one HTML document."""
    return template("report.html.jinja").render(
        digest=view.digest,
        share=view.share,
        judged=view.is_judged,
        figures=figure_words(view.digest.figures),
        metric=metric_words(view.digest.metrics),
        month=view.digest.month,
        month_title=month_title(view.digest.month) if view.digest.month else "",
        month_notes=_month_notes(view.digest.month) if view.digest.month else [],
        incidents=view.incidents,
        cards=view.incidents[:MAX_CARDS],
        folded=len(view.accounts) > MAX_OPEN_ROWS,
        ends=[(end, price_words(end), share_words(end)) for end in view.digest.ends],
        shown={incident.incident_id for incident in view.incidents[:MAX_CARDS]},
        beside=view.digest.beside_aws,
        beside_words=beside_words(view.digest.beside_aws) if view.digest.beside_aws else "",
        accounts=view.accounts,
        trend=view.trend,
        trend_chart=_trend_chart(view),
        listed=MAX_LISTED,
        marked=view.trend is not None and any(day in view.marks for day in view.trend.dates),
        **shared_parts(),
    )


def _month_notes(month: MonthSummary) -> list[str]:
    return [until_words(month), *shared_budgets(month), *left_out(month)]


def _trend_chart(view: ReportView) -> Markup:
    if view.trend is None:
        return Markup("")
    drawn = (view.trend.dates, view.trend.series, view.marks)
    return stacked(*drawn) + stacked(*drawn, width=400.0, name="narrow")


def _data(name: str) -> Markup:
    """A file of ours, which goes into the page as it is."""
    text = files("whyspike.data").joinpath(name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  ours


@cache
def shared_parts() -> dict[str, Markup]:
    """What every page of ours is made with: its style, its script, and the policy that allows these
    two texts, and nothing else of anybody's."""
    style, script = _data("report.css"), _data("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest_of(style)}'; script-src '{_digest_of(script)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "script": script, "policy": Markup(policy)}  # noqa: S704  ours


def _digest_of(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def template(name: str) -> Template:
    """One of the package's templates, which escape every text from outside."""
    environment = Environment(
        loader=PackageLoader("whyspike", "data"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.globals.update(change=change_words, against=against)
    environment.filters.update(
        usd=_usd,
        day=_day,
        mrkdwn=mrkdwn,
        evidence=evidence_text,
        element=in_element,
        number=quantity,
    )
    return environment.get_template(name)


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


def in_element(text: str) -> Markup:
    """Text between two tags, where quotation marks need no escape: a page of evidence is full of
    them."""
    return Markup(html.escape(visible(text), quote=False))  # noqa: S704  escaped here


def evidence_text(content: Any) -> str:
    """The JSON of an evidence item, cut to what a page can hold."""
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    rest = len(text) - _MAX_EVIDENCE
    return (
        text
        if rest <= 0
        else f"{text[:_MAX_EVIDENCE]}\n… {rest:,} more characters are stored with the scan"
    )
