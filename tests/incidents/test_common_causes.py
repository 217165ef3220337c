"""Which anomalies of several accounts may have one cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.incidents import DAY, EC2, anomaly
from whyspike.incidents.common_causes import has_same_price, join, moved_anomaly
from whyspike.model import CostSeries, DailyCosts, FlaggedItem, RecordClass
from whyspike.model.common_causes import KnownCause, MovedItem

BOX = {"BoxUsage:m5.large": 1.0}


def moved(number: int, usd: float = 100.0, shares: Mapping[str, float] = BOX) -> MovedItem:
    account = f"{number:012d}"
    return MovedItem(
        account,
        f"account-{number}",
        f"{account}-i",
        EC2,
        RecordClass.USAGE,
        False,
        DAY,
        usd,
        shares,
    )


def accounts(items: tuple[MovedItem, ...]) -> list[int]:
    return [int(item.account_id) for item in items]


def test_the_same_usage_type_in_three_accounts_is_joined_and_the_largest_is_the_sample() -> None:
    (cause,), alone = join([moved(1, 10), moved(2, 900), moved(3, 50)])
    assert int(cause.sample.account_id) == 2
    assert (accounts(cause.others), alone) == ([3, 1], ())


def test_two_accounts_stand_alone_the_largest_first() -> None:
    assert join([moved(1, 10), moved(2, 900)]) == ((), (moved(2, 900), moved(1, 10)))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"service": "Amazon Redshift"}, id="another service"),
        pytest.param({"falls": True}, id="the other direction"),
        pytest.param({"record_class": RecordClass.FEE}, id="another kind of charge"),
        pytest.param({"onset": DAY + timedelta(days=2)}, id="two days later"),
        pytest.param({"moved": {"BoxUsage:p4d.24xlarge": 1.0}}, id="another usage type"),
        pytest.param({"moved": {**BOX, "x": 1.0, "y": 1.0}, "falls": True}, id="both"),
        pytest.param({"moved": {}}, id="nothing known of its usage types"),
    ],
)
def test_what_differs_is_not_joined(other: dict[str, object]) -> None:
    (cause,), alone = join(
        [moved(1), moved(2), moved(3), replace(moved(4, 1.0), **other)]  # type: ignore[arg-type]
    )
    assert (accounts(cause.items), accounts(alone)) == ([1, 2, 3], [4])


def test_onsets_a_day_apart_are_one_cause() -> None:
    late = replace(moved(3), onset=DAY + timedelta(days=1))
    ((cause,), alone) = join([moved(1), moved(2), late])
    assert (len(cause.items), alone) == (3, ())


def test_two_usage_types_that_moved_in_like_shares_are_one_cause() -> None:
    items = [
        moved(number, shares={"Events": share, "S3Events": 1 - share})
        for number, share in enumerate((0.5, 0.65, 0.4))
    ]
    assert len(join(items)[0]) == 1


def test_without_usage_types_it_takes_more_accounts() -> None:
    bare = [moved(number, shares={}) for number in range(5)]
    assert (len(join(bare[:4])[0]), len(join(bare)[0])) == (0, 1)


def test_an_account_stands_once_in_a_cause() -> None:
    twice = replace(moved(1, 50.0), item_id="other")
    assert join([moved(1), twice, moved(2)])[0] == ()


def known(*numbers: int) -> KnownCause:
    ids = tuple(f"{number:012d}" for number in numbers)
    return KnownCause("old", EC2, RecordClass.USAGE, False, DAY, ids[0], ids)


def test_a_known_cause_keeps_its_id_and_its_sample_and_takes_in_more() -> None:
    (cause,), _ = join([moved(1, 10), moved(2, 900), moved(9, 5000)], [known(1, 2)])
    assert (cause.cause_id, int(cause.sample.account_id)) == ("old", 1)
    assert accounts(cause.others) == [9, 2]


def test_a_known_cause_goes_on_with_one_account() -> None:
    (cause,), alone = join([moved(2)], [known(1, 2, 3)])
    assert (cause.cause_id, cause.others, alone) == ("old", (), ())


def test_nothing_of_a_known_cause_is_left_where_none_of_its_accounts_is_seen() -> None:
    assert join([moved(7)], [known(1, 2, 3)]) == ((), (moved(7),))


def test_what_left_a_cause_is_not_joined_with_it_again() -> None:
    (cause,), _ = join([moved(1), moved(2), moved(3)], [known(1, 2)], used=["old"])
    assert cause.cause_id != "old"


def test_the_usage_types_are_those_that_moved_since_the_onset() -> None:
    dates = tuple(DAY - timedelta(days=back) for back in range(9, -1, -1))
    series = (
        CostSeries(EC2, (62.0,) * 9 + (274.0,)),
        CostSeries(EC2, (50.0,) * 10, usage_type="BoxUsage:m5.large"),
        CostSeries(EC2, (10.0,) * 9 + (201.0,), usage_type="BoxUsage:c5.large"),
        CostSeries(EC2, (2.0,) * 9 + (23.0,), usage_type="EBS:VolumeUsage"),
        CostSeries("Amazon Redshift", (0.0,) * 9 + (900.0,), usage_type="Node:ra3"),
    )
    item = FlaggedItem("i", "111122223333", DAY, (anomaly(),))
    found = moved_anomaly(item, item.leading, "shop", DailyCosts("111122223333", dates, series))
    assert {name: round(share, 2) for name, share in found.moved.items()} == {
        "BoxUsage:c5.large": 0.9,
        "EBS:VolumeUsage": 0.1,
    }


def test_what_costs_more_a_unit_is_no_part_of_what_is_used_more() -> None:
    priced = [replace(moved(number), price_ratio=1.1) for number in (1, 2, 3)]
    (cause,), alone = join([*priced, moved(4), moved(5)])
    assert (accounts(cause.items), accounts(alone)) == ([1, 2, 3], [4, 5])


USED = (70.0, 80.0, 80.0, 80.0, 80.0, 60.0, 60.0)  # of a day of the week, Monday first


def price_ratio(price: float, used: float, discount: float = 1.0) -> float | None:
    """Of a meter that costs so many times as much a unit since yesterday, and is so much more
    used."""
    dates = tuple(DAY - timedelta(days=back) for back in range(59, -1, -1))
    late = [day >= DAY - timedelta(days=1) for day in dates]
    quantities = tuple(
        USED[day.weekday()] * (used if at else 1.0) for day, at in zip(dates, late, strict=True)
    )
    costs = tuple(
        each * discount * (price if at else 1.0) for each, at in zip(quantities, late, strict=True)
    )
    series = (
        CostSeries(EC2, costs),
        CostSeries(EC2, costs, usage_type="BoxUsage:m5.large", quantities=quantities),
    )
    found = anomaly(onset=DAY - timedelta(days=1))
    item = FlaggedItem("i", "111122223333", DAY, (found,))
    return moved_anomaly(item, found, "shop", DailyCosts("111122223333", dates, series)).price_ratio


@pytest.mark.parametrize(
    ("price", "used", "ratio"),
    [
        pytest.param(1.3, 1.0, 1.3, id="the price alone"),
        pytest.param(1.3, 1.05, 1.3, id="the price above all"),
        pytest.param(1.0, 1.3, None, id="the usage alone"),
        pytest.param(1.1, 1.3, None, id="the usage above all"),
        pytest.param(1.3, 0.5, None, id="less is paid"),
        pytest.param(1.01, 1.0, None, id="rounding"),
    ],
)
def test_the_price_counts_where_it_is_what_moved_the_cost(
    price: float, used: float, ratio: float | None
) -> None:
    assert price_ratio(price, used) == (None if ratio is None else pytest.approx(ratio))
    assert has_same_price(price_ratio(price, used), price_ratio(price, used, 0.8)) == bool(ratio)
