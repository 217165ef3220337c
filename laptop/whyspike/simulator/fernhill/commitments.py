"""The Savings Plans of the default organisation, as records of AWS and as rows of the bills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from whyspike.simulator.fernhill.bill import BillRow
from whyspike.simulator.fernhill.plan import (
    CostCell,
    PlannedAccount,
    PlannedSavingsPlan,
    plan,
    savings_plans,
)

_NOISE = 0.006


def bought(account: PlannedAccount, scan_date: date) -> dict[str, Any]:
    """The content of the account's commitments.json; empty where it bought nothing."""
    plans = [_record(each, scan_date) for each in savings_plans() if each.account == account.name]
    return {"savings_plans": plans} if plans else {}


def plan_rows(account: PlannedAccount, days: Sequence[date], random: Random) -> Iterator[BillRow]:
    """What the plans cover in the account, which is taken back as a negation, and what those that
    it bought cost."""
    for each in savings_plans():
        for day in days:
            usd = each.usd * random.gauss(1.0, _NOISE)
            if each.used_by == account.name:
                for record_type, sign in (
                    ("SavingsPlanCoveredUsage", 1),
                    ("SavingsPlanNegation", -1),
                ):
                    cell = _usage(each, account, record_type)
                    yield BillRow(day, cell, "", sign * usd, usd / each.unit_price)
            if each.account == account.name:
                fee = 24 * each.commitment_usd_an_hour
                yield BillRow(day, _fee(each), "", fee, 24.0)


def _usage(each: PlannedSavingsPlan, account: PlannedAccount, record_type: str) -> CostCell:
    return CostCell(
        each.service,
        each.usage_type,
        account.region,
        "RunInstances",
        each.instance_type,
        account.team,
        account.env,
        record_type,
    )


def _fee(each: PlannedSavingsPlan) -> CostCell:
    return CostCell(
        f"Savings Plans for AWS {each.kind} usage",
        f"{each.kind}SP:{each.years}yrNoUpfront",
        "NoRegion",
        "NoOperation",
        record_type="SavingsPlanRecurringFee",
    )


def _record(each: PlannedSavingsPlan, scan_date: date) -> dict[str, Any]:
    last = datetime.combine(scan_date + timedelta(days=each.last_day), time(23, 59, 59), UTC)
    term = timedelta(days=365 * each.years)
    id_ = str(UUID(int=Random(f"{each.account} {each.kind}").getrandbits(128), version=4))
    account_id = plan().account(each.account).id
    return {
        "savingsPlanId": id_,
        "savingsPlanArn": f"arn:aws:savingsplans::{account_id}:savingsplan/{id_}",
        "description": f"{each.years} year No Upfront {each.kind} Savings Plan",
        "start": f"{last - term + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S.000Z}",
        "end": f"{last:%Y-%m-%dT%H:%M:%S.000Z}",
        "state": "active",
        "savingsPlanType": each.kind,
        "paymentOption": "No Upfront",
        "productTypes": ["Fargate", "EC2", "Lambda"],
        "currency": "USD",
        "commitment": f"{each.commitment_usd_an_hour}",
        "upfrontPaymentAmount": "0.0",
        "recurringPaymentAmount": f"{each.commitment_usd_an_hour}",
        "termDurationInSeconds": int(term.total_seconds()),
        "tags": {},
    }
