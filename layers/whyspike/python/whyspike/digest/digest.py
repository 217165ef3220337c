"""The digest of one scan: what was found, what was not scanned and why, what it cost. Pure;
docs/digest.md gives the format.

Definitions of the figures: FinOps Foundation, "Managing Anomalies" (time to acknowledge, duration,
spend avoided, share unactionable).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from whyspike.digest.accounts import newest_spend
from whyspike.digest.coverage import coverage, unowned
from whyspike.digest.figures import practice_figures
from whyspike.digest.lines import by_size, group_of, is_excess, joined_lines, sharing
from whyspike.incidents.incident import Incident
from whyspike.incidents.owners import OwnerSettings
from whyspike.model import Account, Scan
from whyspike.model.digests import Cap, Coverage, Digest, DigestLine, Group, ScanCost
from whyspike.model.months import MonthSummary
from whyspike.model.outcomes import AccountOutcome, NotExplained, ScanSummary, UsageCounts
from whyspike.words.amounts import counted

CE_USD_PER_REQUEST = 0.01  # AWS price list, "AWS Cost Explorer API request"
_WORDS = {
    Group.FOUND: "new",
    Group.NOW_NORMAL: "now normal",
}  # of the headline, where the group has another name
_THINGS = {
    Group.DROPS: "drop",
    Group.RECURRING: "expected charge",
    Group.GROWING: "slow growth",
}  # that are counted by a noun
_ORDER = (
    Group.FOUND,
    Group.ESCALATED,
    Group.ONGOING,
    Group.OVER,
    Group.RESOLVED,
    Group.NOW_NORMAL,
    Group.RESTATED,
    Group.PLANNED,
    Group.RECURRING,
    Group.GROWING,
    Group.DROPS,
    Group.MINOR,
)  # in the headline
_ACTIVE = (Group.FOUND, Group.ESCALATED, Group.ONGOING)


def make_digest(
    scan: Scan,
    accounts: Sequence[Account],
    summary: ScanSummary,
    outcomes: Mapping[str, AccountOutcome],
    incidents: Sequence[tuple[Incident, str]],
    recent: Sequence[Incident],
    usage: UsageCounts,
    not_explained: Sequence[NotExplained] = (),
    owners: OwnerSettings | None = None,
    month: MonthSummary | None = None,
    *,
    answerable: bool = True,
) -> Digest:
    """`accounts` are those in scope, `outcomes` how they fared, by account id, `incidents` those
    that this scan saw or closed with the word for what happened
    (`whyspike.incidents.incident.what_happened`), `recent` those that the scans of the last 30 days
    saw (for the figures), `not_explained` the flagged items whose explanation failed, `owners` how
    owners are found, `month` once a week the month so far; `answerable`: messages have buttons.
    """
    found: dict[Group, list[tuple[Incident, str]]] = {group: [] for group in Group}
    for incident, happened in sorted(
        incidents, key=lambda found: by_size(found[0], scan.scan_date)
    ):
        if group := group_of(incident, happened, scan.scan_date):
            found[group].append((incident, happened))
    in_all = sharing([incident for incident, _ in incidents], scan.scan_date)
    lines = {
        group: tuple(sorted(joined_lines(members, scan.scan_date, in_all), key=_by_sum))
        for group, members in found.items()
    }
    if not answerable:
        lines = {
            group: tuple(replace(line, unanswered_days=0) for line in listed)
            for group, listed in lines.items()
        }
    seen = [incident for incident, _ in incidents]
    active = [line for group in _ACTIVE for line in lines[group] if is_excess(line)]
    counts = {group: len(listed) for group, listed in lines.items()}
    scope = coverage(scan, accounts, outcomes, summary, seen, not_explained)
    return Digest(
        scan_id=scan.scan_id,
        scan_date=scan.scan_date,
        coverage=scope,
        counts=counts,
        lines=lines,
        largest=max(active, key=lambda line: line.per_day_usd, default=None),
        unowned=unowned(accounts, seen, owners or OwnerSettings()),
        daily_excess_usd=round(sum(line.per_day_usd for line in active), 2),
        scan_cost=_scan_cost(usage),
        figures=practice_figures(recent, scan.scan_date),
        headline=headline(scope, counts),
        metrics=Counter(o.bill.metric for o in outcomes.values() if o.bill and o.bill.metric),
        daily_spend_usd=round(sum(newest_spend(o) for o in outcomes.values()), 2),
        month=month,
    )


def _by_sum(line: DigestLine) -> tuple[bool, float]:
    return not line.goes_on, -abs(line.per_day_usd if line.goes_on else line.impact_usd)


def headline(scope: Coverage, counts: Mapping[Group, int]) -> str:
    """One sentence: on a quiet day it is the whole digest."""
    told = [_counted(counts[group], group) for group in _ORDER if counts[group]]
    missing, untold = len(scope.not_scanned), len(scope.owners_not_told)
    told += [f"{counted(untold, 'owner')} not told"] if untold else []
    if not (told or scope.scanned):
        return f"None of the {scope.in_scope} accounts could be scanned."
    scanned = f"{scope.scanned} of {scope.in_scope} accounts scanned"
    late, young = len(scope.no_bill), len(scope.not_judged)
    scanned += f", {late} without a bill yet" if late else ""
    scanned += f", {young} not judged yet" if young else ""
    if not told and late + young >= scope.scanned:
        return f"{scanned}."
    where = " in the others" if late + young else " in them" if missing else ""
    return f"{scanned}; {', '.join(told) or f'nothing unexpected{where}'}."


def _counted(number: int, group: Group) -> str:
    if group in _THINGS:
        return counted(number, _THINGS[group])
    return f"{number} {_WORDS.get(group, group)}"


def figures(digest: Digest) -> dict[str, float]:
    """The metrics of a scan; the alarms and the dashboard of template.yaml read them by these
    names."""
    scope, cost, counts = digest.coverage, digest.scan_cost, digest.counts
    return {
        "AccountsScanned": scope.scanned,
        "AccountsNotScanned": len(scope.not_scanned),
        "OwnersNotTold": len(scope.owners_not_told),
        "AnomaliesNotExplained": len(scope.not_explained),
        "IncidentsFound": counts[Group.FOUND],
        "IncidentsOngoing": counts[Group.ONGOING],
        "CostExplorerRequests": cost.ce_requests,
        "ClaudeTokens": cost.claude_tokens,
        "ScanCostUsd": cost.total_usd,
        "CostExplorerCapReached": float(
            bool({Cap.COST_EXPLORER, Cap.COST_EXPLORER_MONTH} & set(cost.capped))
        ),
        "ClaudeCapReached": float(bool({Cap.CLAUDE, Cap.CLAUDE_MONTH} & set(cost.capped))),
    }


def _scan_cost(usage: UsageCounts) -> ScanCost:
    explorer, claude = usage.ce_requests * CE_USD_PER_REQUEST, usage.claude_micro_usd / 1e6
    capped = {
        Cap.COST_EXPLORER: usage.ce_requests_capped,
        Cap.CLAUDE: usage.claude_reserved_tokens_capped,
        Cap.COST_EXPLORER_MONTH: usage.ce_requests_month_capped,
        Cap.CLAUDE_MONTH: usage.claude_reserved_tokens_month_capped,
    }
    return ScanCost(
        ce_requests=usage.ce_requests,
        ce_usd=round(explorer, 2),
        claude_requests=usage.claude_requests,
        claude_tokens=usage.claude_input_tokens + usage.claude_output_tokens,
        claude_usd=round(claude, 4),
        total_usd=round(explorer + claude, 4),
        capped=tuple(cap for cap, reached in capped.items() if reached),
    )
