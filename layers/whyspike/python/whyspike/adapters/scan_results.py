"""Gathers what a scan stored in the table and the bucket, for its digest and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from whyspike.adapters.incident_table import IncidentTable
from whyspike.adapters.scan_bucket import ScanBucket
from whyspike.adapters.scan_table import ScanTable
from whyspike.digest import make_digest
from whyspike.digest_figures import figure_scans
from whyspike.incidents import Incident
from whyspike.model import Scan
from whyspike.report import IncidentView
from whyspike.report_views import incident_view

_LINK_SECONDS = 7 * 24 * 3600  # the longest that S3 signs; a function's credentials may end it earlier


@dataclass(frozen=True)
class ScanResults:
    """One scan's results. `bucket`, `table` and `incidents` are the adapters of that scan's deployment."""

    scan: Scan
    bucket: ScanBucket
    table: ScanTable
    incidents: IncidentTable

    def found(self) -> tuple[tuple[Incident, str], ...]:
        """The incidents that the scan saw, began or ended, each with the digest's word for it."""
        return self.incidents.list_scan_incidents(self.scan.scan_id)

    def digest(self, found: Sequence[tuple[Incident, str]]) -> dict[str, Any]:
        accounts, table = self.bucket.read_manifest(self.scan), self.table
        return make_digest(
            self.scan, accounts, table.summary(), table.outcomes(), found, self._recent(), table.usage(), self._not_explained()
        )

    def views(self, found: Sequence[tuple[Incident, str]]) -> list[IncidentView]:
        """The incidents as the report shows them, the largest excess a day first."""
        return [self._view(incident) for incident, _ in sorted(found, key=lambda item: -abs(item[0].per_day))]

    def link(self, key: str) -> str:
        """A presigned link to an object of the bucket."""
        parameters = {"Bucket": self.bucket.name, "Key": key}
        return str(self.bucket.s3.generate_presigned_url("get_object", Params=parameters, ExpiresIn=_LINK_SECONDS))

    def _view(self, incident: Incident) -> IncidentView:
        scan = Scan(incident.scan_id, incident.last_seen)  # the scan that saw it last holds its explanation
        found = self.bucket.read_account_scan(self.scan, incident.account_id) or self.bucket.read_account_scan(scan, incident.account_id)
        history = [(event.at.isoformat(timespec="minutes"), _said(event)) for event in self.incidents.history(incident.incident_id)]
        explanation = self.bucket.read_explanation(scan, incident.anomaly_id)
        return incident_view(incident, found, explanation, self.bucket.read_evidence(scan, incident.anomaly_id), history)

    def _not_explained(self) -> list[dict[str, Any]]:
        """What failed and was not explained by another run of the same scan."""
        return [row for row in self.table.not_explained() if self.bucket.read_explanation(self.scan, row["anomaly_id"]) is None]

    def _recent(self) -> list[Incident]:
        """The incidents of the last 30 daily scans, each once, as they are now."""
        ids = dict.fromkeys(incident_id for scan_id in figure_scans(self.scan.scan_date) for incident_id in self.incidents.words(scan_id))
        return [incident for incident in map(self.incidents.read, ids) if incident]


def _said(event: Any) -> str:
    who = "" if event.by == "whyspike" else f" by {event.by}"
    return f"{event.kind}{who}{': ' + event.detail if event.detail else ''}"
