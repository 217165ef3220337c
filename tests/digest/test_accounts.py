"""What accounts spent: unknown days stay unknown, and the parts of the picture are the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.reports import ACCOUNTS, OUTCOMES, report
from whyspike.detection import bill_days, with_spent
from whyspike.digest.accounts import OTHERS, TREND_ACCOUNTS, account_rows, trend
from whyspike.model import Account, BillDays, CostSeries, DailyCosts, RecordClass
from whyspike.model.outcomes import AccountOutcome, AccountStatus

DAY = date(2026, 11, 22)
AMOUNTS = st.one_of(st.none(), st.decimals(0, 10_000, places=2))


@given(st.lists(st.lists(AMOUNTS, min_size=5, max_size=5), min_size=1, max_size=12))
def test_the_parts_add_up_to_what_all_spent(spent: list[list[Decimal | None]]) -> None:
    accounts = [Account(str(at), f"account-{at}") for at in range(len(spent))]
    outcomes = {
        str(at): AccountOutcome(AccountStatus.SCANNED, bill=BillDays(DAY, spent=tuple(values)))
        for at, values in enumerate(spent)
    }

    drawn = trend(accounts, outcomes, DAY)

    assert drawn is not None
    for at, day in enumerate(zip(*(values for _, values in drawn.series), strict=True)):
        total = None if all(value is None for value in day) else sum(value or 0.0 for value in day)
        known = [float(values[at] or 0) for values in spent if values[at] is not None]
        assert (total is None) == (not known)
        assert abs((total or 0.0) - sum(known)) < 0.01
    assert len(drawn.series) == min(len(spent), TREND_ACCOUNTS + 1)
    assert (drawn.series[-1][0] == OTHERS) == (len(spent) > TREND_ACCOUNTS)


def test_a_day_without_a_bill_is_unknown_and_fees_are_no_usage() -> None:
    days = tuple(DAY - timedelta(days=back) for back in (2, 1, 0))
    series = (
        CostSeries("Amazon S3", (4.0, None, 6.0)),
        CostSeries("Amazon S3", (1.0, None, 2.0), usage_type="Tier1"),
        CostSeries("AWS Support", (900.0, None, None), RecordClass.FEE),
    )
    costs = DailyCosts("1", days, series)

    spent = with_spent(bill_days(costs, DAY), costs, DAY).spent

    assert spent[-3:] == (Decimal("4.00"), None, Decimal("6.00"))
    assert spent[:-3] == (None,) * (len(spent) - 3)


def test_nobody_knows_the_incidents_of_an_account_that_nobody_judged() -> None:
    view = report()
    rows = {row.name: row for row in account_rows(ACCOUNTS, OUTCOMES, view.digest)}
    assert (rows["legacy"].standing, rows["legacy"].incidents) == ("not scanned", None)
    assert (rows["data"].standing, rows["data"].incidents) == ("judged", 0)
    assert rows["shop-prod"].incidents == 1


def test_an_account_that_its_payer_judged_has_no_incident_although_its_role_is_missing() -> None:
    view = report()
    row = replace(view.digest.coverage.not_scanned[0], account_id=ACCOUNTS[1].account_id)
    digest = replace(view.digest, coverage=replace(view.digest.coverage, not_scanned=(row,)))
    judged = next(r for r in account_rows(ACCOUNTS, OUTCOMES, digest) if r.name == "data")
    assert (judged.standing, judged.incidents) == ("not scanned", 0)
