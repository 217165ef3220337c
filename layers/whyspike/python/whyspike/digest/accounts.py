"""Every account of a scan as a row, also where nothing was found, and what they spent in the last
weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from whyspike.model import Account
from whyspike.model.digests import Coverage, Digest
from whyspike.model.outcomes import AccountOutcome

TREND_ACCOUNTS = 6  # with a colour of their own; the others are one
OTHERS = "all others"
_WEEK = 7
_JUDGED, _NOT_SCANNED = "judged", "not scanned"


@dataclass(frozen=True)
class AccountRow:
    """One account. `spent` is the usage of its newest day and `week` of the last seven, against
    `week_before`; None where the bill does not say. `incidents` is None where nobody judged it,
    `over` what they cost a day."""

    account_id: str
    name: str
    owner: str
    standing: str
    spent: float | None
    week: float | None
    week_before: float | None
    incidents: int | None
    over: float


@dataclass(frozen=True)
class SpendTrend:
    """Usage by day of the largest accounts and of all others; a day that no account has a bill of
    is None. All series have the length of `dates`."""

    dates: tuple[date, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]


def newest_spend(outcome: AccountOutcome) -> float:
    """What the account used on the newest day of its bill, 0 without one."""
    return next((value for value in reversed(_spent(outcome)) if value is not None), 0.0)


def account_rows(
    accounts: Sequence[Account], outcomes: Mapping[str, AccountOutcome], digest: Digest
) -> tuple[AccountRow, ...]:
    """The accounts in scope, the largest first. `outcomes` stand under their ids."""
    found: dict[str, list[float]] = {}
    for line in (line for lines in digest.lines.values() for line in lines):
        shares = line.accounts or ()
        for account_id, usd in [(s.account_id, s.usd) for s in shares] or [
            (line.account_id, line.per_day_usd)
        ]:
            found.setdefault(account_id, []).append(usd if line.goes_on else 0.0)
    standings = _standings(digest.coverage)
    rows = [
        _row(account, outcomes.get(account.account_id), standings, found) for account in accounts
    ]
    return tuple(sorted(rows, key=lambda row: (-(row.spent or 0.0), row.name)))


def trend(
    accounts: Sequence[Account], outcomes: Mapping[str, AccountOutcome], scan_date: date
) -> SpendTrend | None:
    """None where no account has a bill."""
    spent = {
        account.name or account.account_id: values
        for account in accounts
        if (values := _spent(outcomes.get(account.account_id)))
    }
    if not spent:
        return None
    length = max(len(values) for values in spent.values())
    full = {name: (None,) * (length - len(values)) + values for name, values in spent.items()}
    ranked = sorted(full, key=lambda name: -sum(value or 0.0 for value in full[name]))
    series = [(name, full[name]) for name in ranked[:TREND_ACCOUNTS]]
    if rest := ranked[TREND_ACCOUNTS:]:
        series.append((OTHERS, _summed([full[name] for name in rest])))
    dates = tuple(scan_date - timedelta(days=back) for back in range(length - 1, -1, -1))
    return SpendTrend(dates, tuple(series))


def _row(
    account: Account,
    outcome: AccountOutcome | None,
    standings: Mapping[str, str],
    found: Mapping[str, Sequence[float]],
) -> AccountRow:
    spent = _spent(outcome)
    over = found.get(account.account_id, ())
    standing = standings.get(account.account_id, _JUDGED)
    is_judged = standing == _JUDGED or (standing == _NOT_SCANNED and bool(spent))  # by its payer
    return AccountRow(
        account.account_id,
        account.name,
        account.owner.name if account.owner else "unowned",
        standing,
        next((value for value in reversed(spent) if value is not None), None),
        _sum(spent[-_WEEK:]),
        _sum(spent[-2 * _WEEK : -_WEEK]),
        len(over) if over or is_judged else None,
        sum(over),
    )


def _standings(coverage: Coverage) -> dict[str, str]:
    """A word for each account that was not judged, the gravest where several hold."""
    return {
        row.account_id: word
        for word, rows in (
            ("not judged yet", coverage.not_judged),
            ("no bill yet", coverage.no_bill),
            (_NOT_SCANNED, coverage.not_scanned),
        )
        for row in rows
    }


def _spent(outcome: AccountOutcome | None) -> tuple[float | None, ...]:
    bill = outcome.bill if outcome else None
    return tuple(None if usd is None else float(usd) for usd in bill.spent) if bill else ()


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == _WEEK else None


def _summed(series: Sequence[Sequence[float | None]]) -> tuple[float | None, ...]:
    days = zip(*series, strict=True)
    return tuple(
        sum(known) if (known := [value for value in day if value is not None]) else None
        for day in days
    )
