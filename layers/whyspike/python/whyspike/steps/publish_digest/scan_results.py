"""Gathers what a scan stored in the table and the bucket, for its digest and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from whyspike.digest.coverage import never_judged
from whyspike.digest.digest import make_digest
from whyspike.digest.figures import figure_scans
from whyspike.digest.message import digest_message
from whyspike.digest.month import month_summary
from whyspike.digest.report import IncidentView, render, report_view
from whyspike.digest.report_views import listed, shared_view
from whyspike.incidents.incident import Incident
from whyspike.incidents.owners import OwnerSettings
from whyspike.messages.links import report_link
from whyspike.messages.templates.kinds import DIGEST, DIGEST_LINE
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Account, Message, Scan
from whyspike.model.digests import AccountDays, Digest
from whyspike.model.months import MonthSummary
from whyspike.model.outcomes import AccountOutcome, NotExplained, ScanSummary
from whyspike.steps.incident_views import stored_view
from whyspike.steps.weekly import budgets_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.scans import ScanTable

_LINK_SECONDS = (
    12 * 3600
)  # at most: the link ends with the function's session, which is shorter or longer as Lambda likes


def report_key(scan_id: str) -> str:
    return f"scans/{scan_id}/report.html"


@dataclass(frozen=True)
class ScanResults:
    """One scan's results. `bucket`, `table` and `incidents` are the adapters of that scan's
    deployment."""

    scan: Scan
    bucket: ScanBucket
    table: ScanTable
    incidents: IncidentTable
    own: OwnTexts = field(default_factory=OwnTexts)

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """Those in scope; read once, for digest and report."""
        return self.bucket.read_manifest(self.scan)

    @cached_property
    def outcomes(self) -> dict[str, AccountOutcome]:
        """How every account fared, by its id; read once, for digest and report."""
        return self.table.outcomes()

    def found(self) -> tuple[tuple[Incident, str], ...]:
        """The incidents that the scan saw, began or ended, each with the digest's word for it."""
        return self.incidents.list_scan_incidents(self.scan.scan_id)

    def digest(
        self,
        found: Sequence[tuple[Incident, str]],
        owners: OwnerSettings,
        not_asked: tuple[str, ...] = (),
        *,
        weekly: bool = False,
        answerable: bool = True,
    ) -> Digest:
        """`weekly`: with the month so far; `answerable`: messages have buttons."""
        summary = replace(self._summary(), not_asked=not_asked)
        return make_digest(
            self.scan,
            self.accounts,
            summary,
            self.outcomes,
            found,
            self.recent,
            self.table.usage(),
            self._not_explained(),
            owners,
            self._month(summary) if weekly else None,
            answerable=answerable,
        )

    def never_judged(self, catch_up_days: int) -> tuple[AccountDays, ...]:
        """Days before a daily scan that no scan judges any more."""
        last = self.table.last_daily() if self.scan.is_daily else None
        return never_judged(self.scan.scan_date, last, catch_up_days)

    def views(self, found: Sequence[tuple[Incident, str]], digest: Digest) -> list[IncidentView]:
        """The incidents as the report shows them."""
        views = []
        for incident, word, line in listed(found, digest, self.scan.scan_date):
            view = stored_view(incident, word, self.scan, self.bucket, self.incidents)
            views.append(shared_view(view, line) if line else view)
        return views

    def report(self, found: Sequence[tuple[Incident, str]], digest: Digest) -> str:
        """The page, with every account in scope."""
        return render(report_view(digest, self.views(found, digest), self.accounts, self.outcomes))

    def link(self, key: str) -> str:
        """A presigned link to an object of the bucket; it opens without a sign-in for some
        hours."""
        parameters = {"Bucket": self.bucket.name, "Key": key}
        return str(
            self.bucket.s3.generate_presigned_url(
                "get_object", Params=parameters, ExpiresIn=_LINK_SECONDS
            )
        )

    def message(self, digest: Digest) -> Message:
        """The digest of any scan as people read it, with a link to its report that opens now. A
        team's template that cannot write it is named in it."""
        report = self.link(report_key(digest.scan_id))
        console = report_link(self.bucket.name, digest.scan_id, self.bucket.partition)
        message = digest_message(digest, report, console, self.own)
        known = digest.coverage.settings
        problems = [self.own.broken.get(kind.name) for kind in (DIGEST, DIGEST_LINE)]
        wrong = [note for problem in problems for note in _left_aside(problem)]
        if not (news := [note for note in wrong if note not in known]):
            return message
        scope = replace(digest.coverage, settings=(*known, *news))
        return digest_message(replace(digest, coverage=scope), report, console, self.own)

    def _month(self, summary: ScanSummary) -> MonthSummary:
        return month_summary(
            self.accounts,
            self.outcomes,
            self.scan.scan_date,
            budgets_of(self.bucket, self.scan),
            without=len(summary.left_out),
        )

    def _summary(self) -> ScanSummary:
        """With a note for each incident that cannot be read."""
        summary = self.table.summary()
        notes = [
            f"incident {each}: its row in the table cannot be read, so that it is missing here."
            " Remedy: deploy the version that wrote it, or restore the row"
            for each in self.incidents.unreadable(self.scan.scan_id)
        ]
        broken = [*self.table.template_problems(), *self.own.broken.values()]
        notes += [note for problem in broken for note in _left_aside(problem)]
        return replace(summary, settings=(*summary.settings, *notes))

    def _not_explained(self) -> list[NotExplained]:
        """What failed and was not explained by another run of the same scan."""
        return [
            item
            for item in self.table.not_explained()
            if self.bucket.read_explanation(self.scan, item.item_id) is None
        ]

    @cached_property
    def recent(self) -> list[Incident]:
        """The incidents that the last 30 daily scans saw, each once, as they are now."""
        ids = dict.fromkeys(
            incident_id
            for scan_id in figure_scans(self.scan.scan_date)
            for incident_id in self.incidents.words(scan_id)
        )
        return [incident for incident in map(self.incidents.readable, ids) if incident]


def _left_aside(problem: str | None) -> list[str]:
    return [f"{problem}. Where it fails, whyspike's own text is sent"] if problem else []
