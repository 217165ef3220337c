"""Gathers what is stored about one incident, for the report and for the incident's own page."""

from __future__ import annotations

from whyspike.digest.report import IncidentView
from whyspike.digest.report_views import history_row, incident_view
from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident
from whyspike.model import AccountScan, Scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable


def stored_view(
    incident: Incident, word: str, scan: Scan, bucket: ScanBucket, incidents: IncidentTable
) -> IncidentView:
    """The incident as of `scan`, with the digest's `word` for it."""
    seen = Scan(incident.scan_id, incident.last_seen)  # the scan that explained it last
    found = _scan_of(bucket, scan, incident) or _scan_of(bucket, seen, incident)
    history = [
        history_row(event.at, event.scan_date, event.kind, event.by, event.detail)
        for event in incidents.history(incident.incident_id)
    ]
    return incident_view(
        incident,
        word,
        scan.scan_date,
        found,
        bucket.read_explanation(seen, incident.item_id),
        bucket.read_evidence(seen, incident.item_id),
        history,
        bucket.partition,
    )


def _scan_of(bucket: ScanBucket, scan: Scan, incident: Incident) -> AccountScan | None:
    """None too where this version cannot read it: the incident is shown without its costs."""
    try:
        return bucket.read_account_scan(scan, incident.account_id)
    except InvalidInput:
        return None
