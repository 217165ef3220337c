"""Makes the views of the report from what a scan stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whyspike.incidents import Incident
from whyspike.model import AccountScan, Anomaly, CostSeries, Explanation, Finding
from whyspike.report import EvidenceView, IncidentView

_DAYS = 42  # of the chart: six weeks show the weekly pattern


def incident_view(
    incident: Incident,
    found: AccountScan | None,
    explanation: Explanation | None,
    evidence: Mapping[str, Any] | None,
    history: Sequence[tuple[str, str]],
) -> IncidentView:
    """One incident with whatever is stored about it; what is missing stays empty in the report."""
    leading = incident.leading
    series = _series(found, leading)
    dates = found.costs.dates[-_DAYS:] if found and series else ()
    return IncidentView(
        incident_id=incident.incident_id,
        account_id=incident.account_id,
        account_name=incident.account_name,
        owner=incident.owner.name if incident.owner else "unowned",
        service=leading.service if leading.usage_type is None else f"{leading.service}, {leading.usage_type}",
        kind=str(leading.kind),
        state=str(incident.state),
        severity=str(incident.severity),
        onset=incident.onset,
        ongoing=incident.ongoing and not incident.is_closed,
        told=incident.told is not None,
        actual=float(leading.actual_spend),
        expected=float(leading.expected_spend),
        expected_low=float(leading.expected_low),
        expected_high=float(leading.expected_high),
        impact=float(incident.impact),
        projected_monthly_impact=float(incident.projected_monthly_impact),
        reason=leading.reason,
        dates=dates,
        costs=series.costs[-_DAYS:] if series else (),
        band_low=[float(leading.expected_low)] * len(dates),
        band_high=[float(leading.expected_high)] * len(dates),
        evidence=[_evidence(item) for item in (evidence or {}).get("items", [])],
        history=history,
        **_why(explanation),
    )


def _series(found: AccountScan | None, leading: Anomaly) -> CostSeries | None:
    scope = (leading.service, leading.record_class, leading.usage_type)
    candidates = found.costs.series if found else ()
    return next((s for s in candidates if (s.service, s.record_class, s.usage_type) == scope), None)


def _why(explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {"notes": ("No explanation could be written; the scan's log says why.",)}
    return {
        "text": explanation.text,
        "fix": explanation.fix,
        "commands": explanation.commands,
        "confidence": explanation.confidence,
        "written_by": explanation.written_by,
        "notes": explanation.notes,
        "gaps": [str(gap) for gap in explanation.gaps],
        "drivers": [_driver(finding) for finding in explanation.findings],
    }


def _driver(finding: Finding) -> dict[str, str]:
    driver, actor = finding.driver, finding.actor
    tags = [f"{name}={value}" for name, value in (("team", driver.tag_team), ("env", driver.tag_env)) if value]
    where = [part for part in (driver.service, driver.usage_type, driver.region, driver.record_type, *tags) if part]
    resources = f"; {', '.join(driver.resource_ids[:5])}" + (" …" if len(driver.resource_ids) > 5 else "") if driver.resource_ids else ""
    who = {"none": "nobody changed anything", "unknown": "cannot be told"}.get(actor.kind)
    named = " ".join(part for part in (actor.name, f"({actor.session})" if actor.session else "", actor.event) if part)
    return {
        "category": finding.category,
        "where": ", ".join(where) + resources,
        "who": who or f"{named} {actor.event_time or ''}".strip(),
        "usd_per_day": str(finding.excess_usd_per_day),
    }


def _evidence(item: Mapping[str, Any]) -> EvidenceView:
    return EvidenceView(str(item["id"]), str(item["source"]), str(item["request"]), item.get("content"), item.get("gap"))
