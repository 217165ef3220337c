"""Who was scanned and told, who was not and why, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from whyspike.errors import MemberRoleDenied
from whyspike.incidents.incident import Incident
from whyspike.incidents.owners import OwnerSettings, missing_tag
from whyspike.messages.phrases import what
from whyspike.model import Account, BillDays, Scan
from whyspike.model.digests import AccountDays, Coverage, ExplanationShortfall, Shortfall, Unowned
from whyspike.model.outcomes import (
    AccountOutcome,
    AccountStatus,
    Failure,
    NotExplained,
    ScanSummary,
)
from whyspike.words.days import day, listed

_REMEDIES = {
    "MemberRoleDenied": (
        "deploy organization/member-role.yaml to this account, with the hub account and ExternalId"
        " of this stack"
    ),
    "CostExplorerDenied": (
        "let member accounts use Cost Explorer (Billing preferences of the management account), or"
        " set CostSource=payer"
    ),
    "Throttled": (
        "lower MaxConcurrency, or set CostSource=payer; the next scan judges the last days again"
    ),
    "Lambda.TooManyRequestsException": (
        "raise the reserved concurrency of the function (ExplainConcurrency), or lower"
        " MaxConcurrency"
    ),
    "NotReady": "nothing; the next scan judges the last days again",
    "BudgetExhausted": "raise CostExplorerRequestCap",
    "MixedCurrencies": "scan each currency's billing view on its own",
}
_NOTHING_STORED = AccountOutcome(
    AccountStatus.NOT_SCANNED, Failure("no outcome", "nothing was recorded")
)
_UNKNOWN = Failure("unknown", "")
_LOOK = "read the function's log"
# The execution succeeds although an account failed, and only failed ones can be redriven.
_AGAIN = "whyspike scan --scan-date {scan_date} --accounts {account_id} --again"


def coverage(
    scan: Scan,
    accounts: Sequence[Account],
    outcomes: Mapping[str, AccountOutcome],
    summary: ScanSummary,
    incidents: Sequence[Incident],
    not_explained: Sequence[NotExplained] = (),
) -> Coverage:
    """`accounts` are those in scope, `outcomes` how they fared, by account id, `not_explained` the
    flagged items whose explanation failed."""
    failed: list[Shortfall] = []
    not_told: list[Shortfall] = []
    for account in accounts:
        outcome = outcomes.get(account.account_id, _NOTHING_STORED)
        if outcome.bill_only:
            failed.append(_bill_only(account, outcome.bill_only, scan))
        if outcome.status is AccountStatus.NOT_SCANNED:
            failed.append(_shortfall(account, outcome.failure, scan))
        if outcome.status is AccountStatus.OWNER_NOT_TOLD:
            not_told.append(_shortfall(account, outcome.failure, scan))
    named = {row.account_id for row in not_told}
    bills = _bills(scan, accounts, outcomes)
    lost = [
        incident
        for incident in incidents
        if _is_undelivered(incident, scan) and incident.account_id not in named
    ]
    return Coverage(
        in_scope=len(accounts),
        scanned=len(accounts) - len(failed),
        not_scanned=tuple(failed),
        owners_not_told=(*not_told, *(_undelivered(incident, scan) for incident in lost)),
        not_explained=tuple(_not_explained(item, scan) for item in not_explained),
        settings=summary.settings,
        left_out=summary.left_out,
        not_asked=summary.not_asked,
        targets=(),  # PublishDigest alone knows, once it has told them
        **bills,
    )


def _bills(
    scan: Scan, accounts: Sequence[Account], outcomes: Mapping[str, AccountOutcome]
) -> dict[str, tuple[AccountDays, ...]]:
    """What is to be said of the days of each account's bill, by the field of Coverage."""
    rows: dict[str, list[AccountDays]] = {}
    for account in accounts:
        outcome = outcomes.get(account.account_id)
        bill = outcome.bill if outcome else None
        if bill is None:
            continue
        for field, days, reason in _said(scan, bill):
            row = AccountDays(account.account_id, account.name, days, reason)
            rows.setdefault(field, []).append(row)
    return {field: tuple(found) for field, found in rows.items()}


def _said(scan: Scan, bill: BillDays) -> Iterator[tuple[str, tuple[date, ...], str]]:
    if bill.newest is None:
        yield "no_bill", (scan.scan_date,), f"no bill yet: no row since {day(_first_day(scan))}"
        return
    if bill.newest < scan.scan_date:
        judged = f"its newest day, {day(bill.newest)}, was judged"
        yield "no_bill", bill.missing, f"no bill yet for {listed(bill.missing)}; {judged}"
    elif bill.missing:
        said = f"no bill for {listed(bill.missing)}; nothing is counted for these days"
        yield "gaps", bill.missing, said
    if bill.months_unknown:
        yield "months_unknown", (), bill.months_unknown
    if bill.judged_from:
        yield (
            "not_judged",
            (bill.judged_from,),
            f"too short a history: not judged yet, from {day(bill.judged_from)} on",
        )
    elif bill.late:
        yield "judged_late", bill.late, f"{listed(bill.late)} judged now: no scan had judged them"


MIN_DAYS_BACK = 4  # any scan judges the three days before its own


def never_judged(scan_date: date, last: date | None, catch_up_days: int) -> tuple[AccountDays, ...]:
    """Days of all accounts that neither the scan of `last`, the newest before this one, has judged
    nor this one judges."""
    until = scan_date - timedelta(days=max(catch_up_days, MIN_DAYS_BACK))
    number = (until - last).days if last else 0
    if last is None or number <= 0:
        return ()
    days = tuple(last + timedelta(days=n) for n in range(1, number + 1))
    reason = (
        f"{listed(days)} judged by no scan: none ran, and they lie more than {catch_up_days} days"
        " back (CatchUpDays)"
    )
    return (AccountDays("", "All accounts", days, reason),)


def _first_day(scan: Scan) -> date:
    return scan.scan_date - timedelta(days=scan.lookback_days - 1)


def unowned(
    accounts: Sequence[Account], incidents: Iterable[Incident], settings: OwnerSettings
) -> tuple[Unowned, ...]:
    """Accounts whose incidents fell through to the default channel, with what would give them an
    owner."""
    rows = {}
    for incident in incidents:
        tag = missing_tag(incident.owner, settings) if incident.owner else None
        if tag and incident.owner and incident.alert and not incident.is_closed:
            rows[incident.account_id] = _owner_remedy(tag, incident.owner.name)
    return tuple(
        Unowned(a.account_id, a.name, rows[a.account_id]) for a in accounts if a.account_id in rows
    )


def _owner_remedy(tag: str, name: str) -> str:
    """`name` is the tag's value where the tag is set and leads to no address
    (owners.account_owner)."""
    if name == "unowned":
        return f"set the tag {tag} on this account (Organizations, tag the account)"
    return f'its tag says "{name}", which leads to no channel: map "{name}" in settings/owners.json'


def _not_explained(item: NotExplained, scan: Scan) -> ExplanationShortfall:
    """One flagged item; its owner was told the numbers alone."""
    row = _shortfall(Account(item.account_id, item.name), item.failure, scan)
    return ExplanationShortfall(
        row.account_id, row.name, row.error, row.reason, row.remedy, row.again, item.item_id
    )


def _shortfall(account: Account, failure: Failure | None, scan: Scan) -> Shortfall:
    """Where the error knows no remedy, the table's for its name."""
    failure = failure or _UNKNOWN
    return Shortfall(
        account.account_id,
        account.name,
        failure.error,
        failure.reason.rstrip(".")[:300] or failure.error,
        failure.remedy[:300] or _REMEDIES.get(failure.error, _LOOK),
        _again(account.account_id, scan),
    )


def _again(account_id: str, scan: Scan) -> str:
    return _AGAIN.format(account_id=account_id, scan_date=scan.scan_date)


def _bill_only(account: Account, refused: Failure, scan: Scan) -> Shortfall:
    """The account itself refused and its bill was judged all the same: not scanned, since what only
    the account can tell is missing."""
    row = _shortfall(account, refused, scan)
    who = "; who did it cannot be told" if row.error == MemberRoleDenied.__name__ else ""
    return replace(row, reason=f"{row.reason}. Its bill was judged through the payer{who}")


def _is_undelivered(incident: Incident, scan: Scan) -> bool:
    """The message that this scan decided on is not known to have arrived anywhere."""
    return (
        incident.told is not None
        and incident.told.scan_date == scan.scan_date
        and incident.undelivered
    )


def _undelivered(incident: Incident, scan: Scan) -> Shortfall:
    return Shortfall(
        incident.account_id,
        incident.account_name,
        "not delivered",
        f"the message about {what(incident)} did not arrive: it has no channel or address, or Slack"
        " gave no answer",
        "store Slack's token or set EmailSender, set DefaultChannel and the owner tag; it is told"
        " then, by the next scan",
        _again(incident.account_id, scan),
    )
