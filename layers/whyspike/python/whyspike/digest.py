"""The digest of one scan as data: what was found, what was not scanned and why, what it cost. Pure; docs/digest.md gives the format.

Definitions of the figures: FinOps Foundation, "Managing Anomalies" (time to acknowledge, duration, spend avoided, share unactionable).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whyspike.digest_figures import practice_figures, to_usd
from whyspike.incidents import Incident
from whyspike.model import Account, Scan

CE_USD_PER_REQUEST = 0.01  # AWS price list, "AWS Cost Explorer API request"
_GROUPS = {
    "found": {"new", "reopened"},
    "planned": {"planned"},
    "escalated": {"escalated", "snooze-ended"},
    "ongoing": {"ongoing", "acknowledged", "snoozed", "expected", "corrected", "quiet"},
    "resolved": {"resolved"},
    "restated": {"restated"},
    "drops": {"drop"},
    "minor": {"minor"},
}
_WORDS = {"found": "new"}  # of the headline, where the group has another name
_ORDER = ("found", "escalated", "ongoing", "resolved", "restated", "planned", "drops", "minor")  # in the headline
_REMEDIES = {
    "MemberRoleDenied": "deploy organization/member-role.yaml to this account, with the hub account and ExternalId of this stack",
    "CostExplorerDenied": "let member accounts use Cost Explorer (Billing preferences of the management account), or set CostSource=payer",
    "CostExplorerThrottled": "lower MaxConcurrency, or set CostSource=payer; the next scan judges the last days again",
    "RoleThrottled": "lower MaxConcurrency; the next scan judges the last days again",
    "Lambda.TooManyRequestsException": "raise the reserved concurrency of the function (ExplainConcurrency), or lower MaxConcurrency",
    "CostDataNotReady": "nothing; the next scan judges the last days again",
    "BudgetExhausted": "raise CostExplorerRequestCap",
    "MixedCurrencies": "scan each currency's billing view on its own",
    "no outcome": "redrive the execution; nothing was stored for this account",
}
_RETRY = "redrive the execution; if it fails again, read the function's log"


def make_digest(
    scan: Scan,
    accounts: Sequence[Account],
    summary: Mapping[str, Any],
    outcomes: Mapping[str, Mapping[str, Any]],
    incidents: Sequence[tuple[Incident, str]],
    recent: Sequence[Incident],
    usage: Mapping[str, Any],
    not_explained: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The digest as a JSON value; money in US dollars.

    `accounts` are those in scope, `outcomes` their rows in the table, `incidents` those that this scan saw or closed with
    the word for what happened (`whyspike.incidents.what_happened`), `recent` those first seen in the 30 days before (for
    the figures), `usage` the counters of adapters.scan_usage, `not_explained` the flagged items whose explanation failed.
    """
    lines: dict[str, list[dict[str, Any]]] = {group: [] for group in _GROUPS}
    for incident, happened in sorted(incidents, key=lambda found: -abs(found[0].per_day)):
        group = next((group for group, words in _GROUPS.items() if happened in words), None)
        if group:
            lines[group].append(_line(incident, happened))
    coverage = _coverage(accounts, outcomes, summary)
    failed = {row["account_id"] for row in coverage["owners_not_told"]}
    lost = [incident for incident, _ in incidents if _is_undelivered(incident, scan) and incident.account_id not in failed]
    coverage["owners_not_told"] += [_undelivered(incident) for incident in lost]
    coverage["not_explained"] = [_not_explained(row) for row in not_explained]
    current = [line for group in ("found", "escalated", "ongoing") for line in lines[group]]
    active = [line for line in current if line["per_day_usd"] > 0 and line["state"] != "expected"]
    digest = {
        "scan_id": scan.scan_id,
        "scan_date": scan.scan_date.isoformat(),
        "coverage": coverage,
        "counts": {group: len(found) for group, found in lines.items()},
        "lines": lines,
        "largest": max(active, key=lambda line: line["per_day_usd"], default=None),
        "unowned": _unowned(accounts, [incident for incident, _ in incidents]),
        "daily_excess_usd": round(sum(line["per_day_usd"] for line in active), 2),
        "scan_cost": _scan_cost(usage),
        "figures": practice_figures(recent),
    }
    return {**digest, "headline": headline(digest)}


def headline(digest: Mapping[str, Any]) -> str:
    """One sentence: on a quiet day it is the whole digest."""
    counts, coverage = digest["counts"], digest["coverage"]
    told = [f"{counts[group]} {_WORDS.get(group, group)}" for group in _ORDER if counts[group]]
    missing, untold = len(coverage["not_scanned"]), len(coverage["owners_not_told"])
    told += [f"{untold} owner{'s' if untold > 1 else ''} not told"] if untold else []
    if not (told or coverage["scanned"]):
        return f"None of the {coverage['in_scope']} accounts could be scanned."
    scanned = f"{coverage['scanned']} of {coverage['in_scope']} accounts scanned"
    return f"{scanned}; {', '.join(told) or 'nothing unexpected' + (' in them' if missing else '')}."


def figures(digest: Mapping[str, Any]) -> dict[str, float]:
    """The metrics of a scan; the alarms and the dashboard of template.yaml read them by these names."""
    coverage, cost, counts = digest["coverage"], digest["scan_cost"], digest["counts"]
    return {
        "AccountsScanned": coverage["scanned"],
        "AccountsNotScanned": len(coverage["not_scanned"]),
        "OwnersNotTold": len(coverage["owners_not_told"]),
        "AnomaliesNotExplained": len(coverage["not_explained"]),
        "IncidentsFound": counts["found"],
        "IncidentsOngoing": counts["ongoing"],
        "CostExplorerRequests": cost["ce_requests"],
        "ClaudeTokens": cost["claude_tokens"],
        "ScanCostUsd": cost["total_usd"],
        "CostExplorerCapReached": float("Cost Explorer requests" in cost["capped"]),
        "ClaudeCapReached": float("Claude tokens" in cost["capped"]),
    }


def _line(incident: Incident, happened: str) -> dict[str, Any]:
    owner = incident.owner
    return {
        "incident_id": incident.incident_id,
        "happened": happened,
        "account_id": incident.account_id,
        "account_name": incident.account_name,
        "service": incident.leading.service,
        "kind": str(incident.leading.kind),
        "severity": str(incident.severity),
        "state": str(incident.state),
        "onset": incident.onset.isoformat(),
        "per_day_usd": to_usd(incident.per_day),
        "impact_usd": to_usd(incident.impact),
        "monthly_usd": to_usd(incident.projected_monthly_impact),
        "owner": owner.name if owner else "unowned",
        "reason": incident.leading.reason,
    }


def _coverage(accounts: Sequence[Account], outcomes: Mapping[str, Mapping[str, Any]], summary: Mapping[str, Any]) -> dict[str, Any]:
    failed: list[dict[str, str]] = []
    not_told: list[dict[str, str]] = []
    for account in accounts:
        outcome = outcomes.get(account.account_id, {"status": "not-scanned", "error": "no outcome", "cause": "nothing was recorded"})
        if "bill_only" in outcome:
            failed.append(_bill_only(account, outcome["bill_only"]))
        if outcome["status"] not in ("scanned", "bill-only"):
            (failed if outcome["status"] == "not-scanned" else not_told).append(_failure(account, outcome))
    return {
        "in_scope": len(accounts),
        "scanned": len(accounts) - len(failed),
        "not_scanned": failed,
        "owners_not_told": not_told,
        "settings": [str(problem) for problem in summary.get("settings", [])],
        "left_out": [{"account_id": str(row["account_id"]), "state": str(row["state"])} for row in summary.get("left_out", [])],
    }


def _not_explained(row: Mapping[str, Any]) -> dict[str, str]:
    """One flagged item; its owner was told the numbers alone."""
    failure = _failure(Account(str(row["account_id"]), str(row["name"])), row)
    return {**failure, "anomaly_id": str(row["anomaly_id"])}


def _failure(account: Account, outcome: Mapping[str, Any]) -> dict[str, str]:
    error = str(outcome.get("error") or "unknown")
    message = _message(str(outcome.get("cause") or ""))
    reason, _, remedy = message.partition(" Remedy: ")
    return {
        "account_id": account.account_id,
        "name": account.name,
        "error": error,
        "reason": reason.strip().rstrip(".")[:300] or error,
        "remedy": remedy.strip()[:300] or _REMEDIES.get(error, _RETRY),
    }


def _bill_only(account: Account, refused: Mapping[str, Any]) -> dict[str, str]:
    """The account itself refused and its bill was judged all the same: not scanned, since what only the account can tell is missing."""
    failure = _failure(account, refused)
    who = "; who did it cannot be told" if failure["error"] == "MemberRoleDenied" else ""
    return {**failure, "reason": f"{failure['reason']}. Its bill was judged through the payer{who}"}


def _is_undelivered(incident: Incident, scan: Scan) -> bool:
    """The message that this scan decided on is not known to have arrived anywhere."""
    return incident.told is not None and incident.told.scan_date == scan.scan_date and incident.undelivered


def _undelivered(incident: Incident) -> dict[str, str]:
    return {
        "account_id": incident.account_id,
        "name": incident.account_name,
        "error": "not delivered",
        "reason": f"the message about {incident.leading.service} did not arrive: it has no channel or address, or Slack gave no answer",
        "remedy": "set DefaultChannel and the owner tag, and look whether the message is in the channel",
    }


def _message(cause: str) -> str:
    """The error message of a Step Functions Cause, which for a function is JSON."""
    try:
        record = json.loads(cause)
    except ValueError:
        return cause
    return str(record.get("errorMessage", cause)) if isinstance(record, dict) else cause


def _unowned(accounts: Sequence[Account], incidents: Iterable[Incident]) -> list[dict[str, str]]:
    """Accounts whose incidents fell through to the default channel, with the tag to set."""
    fell_through = [i for i in incidents if i.alert and not i.is_closed and i.owner and i.owner.source == "default"]
    affected = {i.account_id for i in fell_through}
    return [
        {"account_id": a.account_id, "name": a.name, "remedy": "set the tag owner on this account (Organizations, tag the account)"}
        for a in accounts
        if a.account_id in affected
    ]


def _scan_cost(usage: Mapping[str, Any]) -> dict[str, Any]:
    requests = int(usage.get("ce_requests", 0))
    tokens = int(usage.get("claude_input_tokens", 0)) + int(usage.get("claude_output_tokens", 0))
    claude = int(usage.get("claude_micro_usd", 0)) / 1e6
    names = {"ce_requests_capped": "Cost Explorer requests", "claude_reserved_tokens_capped": "Claude tokens"}
    return {
        "ce_requests": requests,
        "ce_usd": round(requests * CE_USD_PER_REQUEST, 2),
        "claude_requests": int(usage.get("claude_requests", 0)),
        "claude_tokens": tokens,
        "claude_usd": round(claude, 4),
        "total_usd": round(requests * CE_USD_PER_REQUEST + claude, 4),
        "capped": [name for counter, name in names.items() if usage.get(counter)],
    }
