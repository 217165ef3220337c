"""One more look-up at a deployed organisation's bill or trail: the closed list of questions that
Claude has, with your own credentials, counted in the scan's own counter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from whyspike.attribution.bill.plan import Case
from whyspike.cli.check.look import TAG_KEYS
from whyspike.cli.check.places import of_credentials
from whyspike.cli.mcp.records import Records
from whyspike.errors import InvalidInput
from whyspike.model import AccountScan
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import from_json, to_json
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.lookup_tools import Lookup, lookup_problem


@dataclass(frozen=True)
class Asker:
    """Whose credentials ask, and the counter that every request is taken from beforehand."""

    profile: str | None
    region: str | None
    usage: Any  # a ScanUsage of the stack's table


def look_up(
    asker: Asker | None, records: Records, incident_id: str, kind: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """The item of evidence that answers; what is denied or over the cap is a gap in it. Raises
    InvalidInput for a question that is not on the list or not about this incident."""
    if asker is None:
        raise InvalidInput(
            "a folder of files answers no new question", remedy="whyspike mcp --stack NAME can ask"
        )
    found = records.incident(incident_id)
    if found is None:
        raise InvalidInput(f"there is no incident {incident_id!r}", remedy="list_incidents")
    scan = next(
        from_json(AccountScan, record, what="accounts.json")
        for record in records.accounts
        if record["account"]["account_id"] == found["account_id"]
    )
    item = next((item for item in scan.items if item.item_id == found["item_id"]), None)
    stored = records.evidence.get(str(found["item_id"]))
    if item is None or stored is None:
        raise InvalidInput(
            f"the scan of {records.digest['scan_date']} kept no evidence of {incident_id}",
            remedy="ask about an incident that it found",
        )
    items = from_json(StoredEvidence, stored, what="evidence").items
    if problem := lookup_problem(kind, arguments, items):
        raise InvalidInput(problem, remedy="values stand in the incident's evidence")
    (place,) = of_credentials(
        asker.profile, asker.region, scan.account.account_id, scan.scan.scan_date
    ).places
    sources = place.sources(scan.scan.scan_date, asker.usage)
    case = Case(item, scan.costs.of_known_days(), TAG_KEYS)
    return dict(to_json(FurtherLookups(case, sources, items)(Lookup(kind, arguments))))
