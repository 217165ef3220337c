"""Ends of Savings Plans and reservations: which are near, whose usage they cover, what it costs
then, and what is said where that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from whyspike.digest.commitment_ends import (
    commitment_ends,
    covered_on_demand,
    end_words,
    not_read_words,
    price_words,
    share_words,
)
from whyspike.model import CostRow
from whyspike.model.commitments import (
    AccountCommitments,
    Commitment,
    CommitmentEnd,
    CoveredUnits,
    NotRead,
)

TODAY = date(2026, 11, 7)
PAYER, SHOP, SEARCH = "900000000001", "110000000001", "110000000002"
NAMES = {PAYER: "payer", SHOP: "shop", SEARCH: "search"}
EC2, SAGEMAKER = "Amazon Elastic Compute Cloud - Compute", "Amazon SageMaker"


def plan(name: str = "sp-1", in_days: int = 7, usd: float = 100.0, **more: Any) -> Commitment:
    last = TODAY + timedelta(days=in_days)
    covers = more.pop("covers", "Compute")
    return Commitment(
        name, PAYER, f"{covers} Savings Plan", covers, last, usd, is_plan=True, **more
    )


def reservation(in_days: int = 7, count: int = 2) -> Commitment:
    last = TODAY + timedelta(days=in_days)
    name = "Amazon RDS reservation, 2 of db.r5.large"
    rds = "Amazon Relational Database Service"
    return Commitment("ri-1", SHOP, name, rds, last, 6.0, "eu-west-1", "db.r5.large", count)


def organization(
    *plans: Commitment,
    shop: Mapping[str, float] | None = None,
    search: Mapping[str, float] | None = None,
) -> list[AccountCommitments]:
    return [
        AccountCommitments(PAYER, plans, {}),
        AccountCommitments(SHOP, plan_usage=shop or {}),
        AccountCommitments(SEARCH, plan_usage=search or {}),
    ]


def only(found: list[AccountCommitments]) -> CommitmentEnd:
    (end,) = commitment_ends(found, NAMES, TODAY)
    return end


# ------------------------------------------------------------------ what is near


@pytest.mark.parametrize(
    ("in_days", "threshold"), [(30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1)]
)
def test_an_end_counts_for_the_threshold_that_it_has_come_below(
    in_days: int, threshold: int
) -> None:
    assert only(organization(plan(in_days=in_days))).threshold == threshold


@pytest.mark.parametrize("in_days", [31, -1])
def test_what_is_far_or_over_is_not_told(in_days: int) -> None:
    assert commitment_ends(organization(plan(in_days=in_days)), NAMES, TODAY) == ()


# ------------------------------------------------------------------ what a plan's usage costs then


def test_a_single_plan_covers_all_that_plans_cover() -> None:
    end = only(organization(plan(), shop={EC2: 110.0}, search={EC2: 40.0}))
    assert (end.on_demand_usd, end.more_usd) == (150.0, 50.0)
    assert [(share.account_name, share.on_demand_usd) for share in end.shares] == [
        ("shop", 110.0),
        ("search", 40.0),
    ]


def test_of_several_plans_each_covers_its_part_by_commitment() -> None:
    stays = plan("sp-2", in_days=400, usd=300.0)
    end = only(organization(plan(usd=100.0), stays, shop={EC2: 600.0}))
    assert end.on_demand_usd == 150.0


def test_plans_of_another_kind_cover_other_services() -> None:
    other = plan("sp-2", in_days=400, covers="SageMaker")
    end = only(organization(plan(), other, shop={EC2: 120.0, SAGEMAKER: 80.0}))
    assert end.on_demand_usd == 120.0


def test_a_plan_that_costs_more_than_it_covers_is_said_to_save_when_it_ends() -> None:
    end = only(organization(plan(usd=100.0), shop={EC2: 60.0}))
    assert price_words(end) == (
        "its usage then costs about $40.00 a day less, $60.00 on demand instead of $100"
    )


def test_where_a_bill_does_not_tell_covered_usage_apart_the_price_is_unknown_and_not_zero() -> None:
    found = [AccountCommitments(PAYER, (plan(),), {}), AccountCommitments(SHOP)]
    end = only(found)
    assert end.on_demand_usd is None
    assert "not known: the bill of 1 account does not tell" in price_words(end)


def test_accounts_that_were_not_read_are_counted_beside_the_price() -> None:
    found = organization(plan(), shop={EC2: 150.0})[:2]
    assert "(1 account not read)" in price_words(only(found))


def test_a_plan_without_usage_is_said_to_cover_none() -> None:
    assert price_words(only(organization(plan()))).startswith("it covers no usage")


# ------------------------------------------------------------------ what a reservation covers


def rows(*cells: tuple[str, str, float, float], days: int = 7) -> list[CostRow]:
    """(usage type, record type, dollars a day, hours a day) on each of the last days."""
    return [
        CostRow(TODAY - timedelta(days=back), (meter, record_type), usd, hours)
        for back in range(days)
        for meter, record_type, usd, hours in cells
    ]


METER = "EU-InstanceUsage:db.r5.large"


def test_covered_hours_cost_what_the_same_meter_billed_on_demand() -> None:
    bill = rows((METER, "DiscountedUsage", 0.0, 48.0), (METER, "Usage", 7.2, 24.0))
    assert covered_on_demand(bill, reservation()) == pytest.approx(48 * 0.3)


def test_no_more_hours_are_counted_than_the_reservation_pays_for() -> None:
    bill = rows((METER, "DiscountedUsage", 0.0, 96.0), (METER, "Usage", 7.2, 24.0))
    assert covered_on_demand(bill, reservation()) == pytest.approx(48 * 0.3)


@pytest.mark.parametrize(
    "cells",
    [
        ((METER, "DiscountedUsage", 0.0, 48.0),),
        ((METER, "Usage", 7.2, 24.0),),
        (("EU-InstanceUsage:db.r5.xlarge", "DiscountedUsage", 0.0, 48.0),),
        (),
    ],
    ids=["no price on demand", "nothing covered", "another size", "no bill"],
)
def test_without_covered_hours_or_a_price_it_is_unknown(cells: Any) -> None:
    assert covered_on_demand(rows(*cells), reservation()) is None


def test_a_reservations_usage_is_its_own_accounts() -> None:
    found = AccountCommitments(SHOP, (reservation(),), covered=(CoveredUnits("ri-1", 14.4),))
    assert end_words(only([found])) == (
        "Amazon RDS reservation, 2 of db.r5.large in eu-west-1, bought by shop, ends on Sat 14 Nov,"
        " in 7 days: its usage then costs about $8.40 a day more, $14.40 on demand instead of"
        " $6.00"
    )
    assert "not known: its account's bill" in price_words(
        only([AccountCommitments(SHOP, (reservation(),))])
    )


# ------------------------------------------------------------------ in words


def test_accounts_beyond_three_are_counted() -> None:
    usage = {EC2: 50.0}
    many = [AccountCommitments(f"11000000000{n}", plan_usage=usage) for n in range(5)]
    end = only([AccountCommitments(PAYER, (plan(),), {}), *many])
    assert share_words(end).endswith("and 2 more accounts")


def test_one_refusal_in_many_accounts_is_one_sentence_with_its_remedy() -> None:
    denied = NotRead("Savings Plans", "Refused", "AccessDeniedException: no")
    found = [AccountCommitments(account, not_read=(denied,)) for account in NAMES]
    (said,) = not_read_words(found, NAMES)
    assert said.startswith("Savings Plans of payer, shop, search: AccessDeniedException: no.")
    assert "WatchCommitments=true" in said


def test_what_passes_by_itself_needs_nothing() -> None:
    found = AccountCommitments(SHOP, not_read=(NotRead("Savings Plans", "Throttled", "slow"),))
    assert "the next scan asks again" in not_read_words([found], NAMES)[0]
