"""Who was scanned and told, who was not and why, and what to do about it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whyspike.incidents.incident import Incident
from whyspike.incidents.owners import OwnerSettings, missing_tag
from whyspike.messages.phrases import what
from whyspike.model import Account, Scan

_REMEDIES = {
    "MemberRoleDenied": (
        "deploy organization/member-role.yaml to this account, with the hub account and ExternalId"
        " of this stack"
    ),
    "CostExplorerDenied": (
        "let member accounts use Cost Explorer (Billing preferences of the management account), or"
        " set CostSource=payer"
    ),
    "CostExplorerThrottled": (
        "lower MaxConcurrency, or set CostSource=payer; the next scan judges the last days again"
    ),
    "RoleThrottled": "lower MaxConcurrency; the next scan judges the last days again",
    "Lambda.TooManyRequestsException": (
        "raise the reserved concurrency of the function (ExplainConcurrency), or lower"
        " MaxConcurrency"
    ),
    "CostDataNotReady": "nothing; the next scan judges the last days again",
    "BudgetExhausted": "raise CostExplorerRequestCap",
    "MixedCurrencies": "scan each currency's billing view on its own",
    "no outcome": "redrive the execution; nothing was stored for this account",
}
_RETRY = "redrive the execution; if it fails again, read the function's log"


def coverage(
    scan: Scan,
    accounts: Sequence[Account],
    outcomes: Mapping[str, Mapping[str, Any]],
    summary: Mapping[str, Any],
    incidents: Sequence[Incident],
    not_explained: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """`accounts` are those in scope, `outcomes` their rows in the table by account id,
    `not_explained` the flagged items whose explanation failed. A row of `not_scanned`,
    `owners_not_told` or `not_explained` has account_id, name, error, reason and remedy.
    """
    failed: list[dict[str, str]] = []
    not_told: list[dict[str, str]] = []
    for account in accounts:
        outcome = outcomes.get(
            account.account_id,
            {"status": "not-scanned", "error": "no outcome", "cause": "nothing was recorded"},
        )
        if "bill_only" in outcome:
            failed.append(_bill_only(account, outcome["bill_only"]))
        if outcome["status"] not in ("scanned", "bill-only"):
            (failed if outcome["status"] == "not-scanned" else not_told).append(
                _failure(account, outcome)
            )
    named = {row["account_id"] for row in not_told}
    lost = [
        incident
        for incident in incidents
        if _is_undelivered(incident, scan) and incident.account_id not in named
    ]
    return {
        "in_scope": len(accounts),
        "scanned": len(accounts) - len(failed),
        "not_scanned": failed,
        "owners_not_told": not_told + [_undelivered(incident) for incident in lost],
        "not_explained": [_not_explained(row) for row in not_explained],
        "settings": [str(problem) for problem in summary.get("settings", [])],
        "left_out": [
            {"account_id": str(row["account_id"]), "state": str(row["state"])}
            for row in summary.get("left_out", [])
        ],
    }


def unowned(
    accounts: Sequence[Account], incidents: Iterable[Incident], settings: OwnerSettings
) -> list[dict[str, str]]:
    """Accounts whose incidents fell through to the default channel, with what would give them an
    owner."""
    rows = {}
    for incident in incidents:
        tag = missing_tag(incident.owner, settings) if incident.owner else None
        if tag and incident.owner and incident.alert and not incident.is_closed:
            rows[incident.account_id] = _owner_remedy(tag, incident.owner.name)
    return [
        {"account_id": a.account_id, "name": a.name, "remedy": rows[a.account_id]}
        for a in accounts
        if a.account_id in rows
    ]


def _owner_remedy(tag: str, name: str) -> str:
    """`name` is the tag's value where the tag is set and leads to no address
    (owners.account_owner)."""
    if name == "unowned":
        return f"set the tag {tag} on this account (Organizations, tag the account)"
    return f'its tag says "{name}", which leads to no channel: map "{name}" in settings/owners.json'


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
    """The account itself refused and its bill was judged all the same: not scanned, since what only
    the account can tell is missing."""
    failure = _failure(account, refused)
    who = "; who did it cannot be told" if failure["error"] == "MemberRoleDenied" else ""
    return {**failure, "reason": f"{failure['reason']}. Its bill was judged through the payer{who}"}


def _is_undelivered(incident: Incident, scan: Scan) -> bool:
    """The message that this scan decided on is not known to have arrived anywhere."""
    return (
        incident.told is not None
        and incident.told.scan_date == scan.scan_date
        and incident.undelivered
    )


def _undelivered(incident: Incident) -> dict[str, str]:
    return {
        "account_id": incident.account_id,
        "name": incident.account_name,
        "error": "not delivered",
        "reason": (
            f"the message about {what(incident)} did not arrive: it has no channel or address, or"
            " Slack gave no answer"
        ),
        "remedy": (
            "set DefaultChannel and the owner tag, and look whether the message is in the channel"
        ),
    }


def _message(cause: str) -> str:
    """The error message of a Step Functions Cause, which for a function is JSON."""
    try:
        record = json.loads(cause)
    except ValueError:
        return cause
    return str(record.get("errorMessage", cause)) if isinstance(record, dict) else cause
