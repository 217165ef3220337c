"""The digest of one scan as data: what was found, what was not scanned and why, what it cost. Pure;
docs/digest.md gives the format.

Definitions of the figures: FinOps Foundation, "Managing Anomalies" (time to acknowledge, duration,
spend avoided, share unactionable).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whyspike.digest.coverage import coverage, unowned
from whyspike.digest.figures import practice_figures
from whyspike.digest.lines import GROUPS, by_size, digest_line, group_of, is_excess
from whyspike.incidents.incident import Incident
from whyspike.incidents.owners import OwnerSettings
from whyspike.messages.phrases import counted
from whyspike.model import Account, Scan

CE_USD_PER_REQUEST = 0.01  # AWS price list, "AWS Cost Explorer API request"
_WORDS = {"found": "new"}  # of the headline, where the group has another name
_ORDER = (
    "found",
    "escalated",
    "ongoing",
    "over",
    "resolved",
    "restated",
    "planned",
    "drops",
    "minor",
)  # in the headline


def make_digest(
    scan: Scan,
    accounts: Sequence[Account],
    summary: Mapping[str, Any],
    outcomes: Mapping[str, Mapping[str, Any]],
    incidents: Sequence[tuple[Incident, str]],
    recent: Sequence[Incident],
    usage: Mapping[str, Any],
    not_explained: Sequence[Mapping[str, Any]] = (),
    owners: OwnerSettings | None = None,
) -> dict[str, Any]:
    """The digest as a JSON value; money in US dollars.

    `accounts` are those in scope, `outcomes` their rows in the table, `incidents` those that this
    scan saw or closed with
    the word for what happened (`whyspike.incidents.incident.what_happened`), `recent` those that
    the scans of the last 30 days saw (for the figures), `usage` the counters of
    wire.table.usage, `not_explained` the flagged items whose explanation failed,
    `owners` how owners are found.
    """
    lines: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
    for incident, happened in sorted(
        incidents, key=lambda found: by_size(found[0], scan.scan_date)
    ):
        if group := group_of(incident, happened, scan.scan_date):
            lines[group].append(digest_line(incident, happened, scan.scan_date))
    seen = [incident for incident, _ in incidents]
    active = [
        line
        for group in ("found", "escalated", "ongoing")
        for line in lines[group]
        if is_excess(line)
    ]
    digest = {
        "scan_id": scan.scan_id,
        "scan_date": scan.scan_date.isoformat(),
        "coverage": coverage(scan, accounts, outcomes, summary, seen, not_explained),
        "counts": {group: len(found) for group, found in lines.items()},
        "lines": lines,
        "largest": max(active, key=lambda line: line["per_day_usd"], default=None),
        "unowned": unowned(accounts, seen, owners or OwnerSettings()),
        "daily_excess_usd": round(sum(line["per_day_usd"] for line in active), 2),
        "scan_cost": _scan_cost(usage),
        "figures": practice_figures(recent, scan.scan_date),
    }
    return {**digest, "headline": headline(digest)}


def headline(digest: Mapping[str, Any]) -> str:
    """One sentence: on a quiet day it is the whole digest."""
    counts, scope = digest["counts"], digest["coverage"]
    told = [_counted(counts[group], group) for group in _ORDER if counts[group]]
    missing, untold = len(scope["not_scanned"]), len(scope["owners_not_told"])
    told += [f"{counted(untold, 'owner')} not told"] if untold else []
    if not (told or scope["scanned"]):
        return f"None of the {scope['in_scope']} accounts could be scanned."
    scanned = f"{scope['scanned']} of {scope['in_scope']} accounts scanned"
    return (
        f"{scanned}; {', '.join(told) or 'nothing unexpected' + (' in them' if missing else '')}."
    )


def _counted(number: int, group: str) -> str:
    return counted(number, "drop") if group == "drops" else f"{number} {_WORDS.get(group, group)}"


def figures(digest: Mapping[str, Any]) -> dict[str, float]:
    """The metrics of a scan; the alarms and the dashboard of template.yaml read them by these
    names."""
    scope, cost, counts = digest["coverage"], digest["scan_cost"], digest["counts"]
    return {
        "AccountsScanned": scope["scanned"],
        "AccountsNotScanned": len(scope["not_scanned"]),
        "OwnersNotTold": len(scope["owners_not_told"]),
        "AnomaliesNotExplained": len(
            scope.get("not_explained", ())
        ),  # a stored digest of an earlier version does not say
        "IncidentsFound": counts["found"],
        "IncidentsOngoing": counts["ongoing"],
        "CostExplorerRequests": cost["ce_requests"],
        "ClaudeTokens": cost["claude_tokens"],
        "ScanCostUsd": cost["total_usd"],
        "CostExplorerCapReached": float("Cost Explorer requests" in cost["capped"]),
        "ClaudeCapReached": float("Claude tokens" in cost["capped"]),
    }


def _scan_cost(usage: Mapping[str, Any]) -> dict[str, Any]:
    requests = int(usage.get("ce_requests", 0))
    tokens = int(usage.get("claude_input_tokens", 0)) + int(usage.get("claude_output_tokens", 0))
    claude = int(usage.get("claude_micro_usd", 0)) / 1e6
    names = {
        "ce_requests_capped": "Cost Explorer requests",
        "claude_reserved_tokens_capped": "Claude tokens",
    }
    return {
        "ce_requests": requests,
        "ce_usd": round(requests * CE_USD_PER_REQUEST, 2),
        "claude_requests": int(usage.get("claude_requests", 0)),
        "claude_tokens": tokens,
        "claude_usd": round(claude, 4),
        "total_usd": round(requests * CE_USD_PER_REQUEST + claude, 4),
        "capped": [name for counter, name in names.items() if usage.get(counter)],
    }
