"""What is known of an account besides its bill and its trail: what it is for, what was announced,
and what earlier scans told. For Claude; no rule reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from whyspike.errors import InvalidInput
from whyspike.incidents.incident import Incident
from whyspike.incidents.planned import PlannedActivity, planned_activities
from whyspike.model import Account, AnomalyTask, EvidenceItem, FlaggedItem
from whyspike.model.evidence import AccountContext, Announced, EarlierIncident
from whyspike.steps.settings import settings_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable

MAX_TAGS = 8
MAX_TAG = 80  # characters of a value
MAX_INCIDENTS = 6
HISTORY = timedelta(days=180)


def account_context(
    task: AnomalyTask, item: FlaggedItem, bucket: ScanBucket, table: IncidentTable
) -> AccountContext:
    """The account of a flagged item with its plans and its history; rows that this version cannot
    read leave the history unknown."""
    plans = planned_activities(settings_of(bucket, task.scan).planned)
    try:
        incidents = table.incidents_of(task.account.account_id)
    except (InvalidInput, KeyError, ValueError):
        return context_of(task.account, _announced(plans, task, item))
    return context_of(task.account, _announced(plans, task, item), _earlier(incidents, item))


def context_of(
    account: Account,
    planned: tuple[Announced, ...] | None = None,
    earlier: tuple[EarlierIncident, ...] | None = None,
) -> AccountContext:
    """An account as Claude reads it. People's addresses stay here."""
    tags = {name: value[:MAX_TAG] for name, value in account.tags.items() if "@" not in value}
    return AccountContext(
        name=account.name,
        ou_path=account.ou_path,
        owner=account.owner.name if account.owner and "@" not in account.owner.name else None,
        tags=dict(list(tags.items())[:MAX_TAGS]),
        planned=planned,
        earlier_incidents=earlier,
    )


def context_item(items: Sequence[EvidenceItem], context: AccountContext) -> EvidenceItem:
    """The context as the next item of the evidence."""
    return EvidenceItem(f"E{len(items) + 1}", "organization", "the account", context)


def _announced(
    plans: Sequence[PlannedActivity], task: AnomalyTask, item: FlaggedItem
) -> tuple[Announced, ...]:
    return tuple(
        Announced(
            what=plan.what,
            service=plan.service,
            start=plan.start,
            until=plan.until,
            expected_usd=float(plan.expected_usd),
        )
        for plan in plans
        if plan.account == task.account.account_id
        and plan.start <= task.scan.scan_date
        and plan.until >= item.onset
    )


def _earlier(incidents: Sequence[Incident], item: FlaggedItem) -> tuple[EarlierIncident, ...]:
    """Those of the last half year, the newest first, without the one that is explained."""
    earlier = [
        one
        for one in incidents
        if one.incident_id != item.item_id and item.onset - HISTORY <= one.onset < item.onset
    ]
    earlier.sort(key=lambda one: one.onset, reverse=True)
    return tuple(
        EarlierIncident(
            service=one.leading.service,
            onset=one.onset,
            state=str(one.state),
            impact_usd=round(float(one.impact), 2),
            feedback=str(one.feedback[-1].kind) if one.feedback else None,
        )
        for one in earlier[:MAX_INCIDENTS]
    )
