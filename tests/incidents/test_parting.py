"""What two things of one day in one account are, as the other accounts show."""

from __future__ import annotations

from datetime import timedelta

from tests.support.incidents import DAY, EC2, anomaly, item
from whyspike.incidents.parting import ItemMoves, Part, item_moves, parts_of
from whyspike.model import CostSeries, DailyCosts, RecordClass
from whyspike.model.common_causes import KnownCause

GUARDDUTY, CONFIG, EBS = "Amazon GuardDuty", "AWS Config", "EC2 - Other"
USAGE_TYPES = {
    GUARDDUTY: "USE1-PaidEventsAnalyzed",
    CONFIG: "USE1-ConfigurationItemRecorded",
    EC2: "BoxUsage:m5.large",
    EBS: "EBS:VolumeUsage.gp3",
}
DATES = tuple(DAY - timedelta(days=back) for back in range(29, -1, -1))


def account(number: int, **usd: float) -> ItemMoves:
    """An account in which these services cost so much since today, by the names above."""
    services = {globals()[name.upper()]: amount for name, amount in usd.items()}
    account_id = f"{number:012d}"
    found = [
        anomaly(account_id, service, actual=amount, expected=0)
        for service, amount in sorted(services.items(), key=lambda pair: -pair[1])
    ]
    series = tuple(
        CostSeries(service, (0.0,) * 29 + (amount,), usage_type=USAGE_TYPES[service])
        for service, amount in services.items()
    )
    return item_moves(item(*found), f"account-{number}", DailyCosts(account_id, DATES, series))


def services(parts: tuple[Part, ...]) -> list[list[str]]:
    return [[each.service for each in part.anomalies] for part in parts]


def test_what_began_everywhere_is_told_apart_from_what_began_here_too() -> None:
    everywhere = [account(number, guardduty=40) for number in range(5)]
    both, the_other_first = account(8, guardduty=40, config=30), account(9, config=60, guardduty=40)
    *alone, one, other = parts_of([*everywhere, both, the_other_first])
    assert all(services(parts) == [[GUARDDUTY]] for parts in alone)
    assert services(one) == [[GUARDDUTY], [CONFIG]]
    assert services(other) == [[CONFIG], [GUARDDUTY]]
    assert [(part.move.impact_usd, part.move.apart) for part in one] == [
        (40.0, (CONFIG,)),
        (30.0, (GUARDDUTY,)),
    ]


def test_what_always_comes_along_stays_one_thing() -> None:
    every = [account(number, guardduty=40, config=30) for number in range(6)]
    assert all(len(parts) == 1 for parts in parts_of(every))


def test_what_comes_along_in_half_of_the_accounts_stays_one_thing() -> None:
    every = [account(number, guardduty=40) for number in range(4)]
    every += [account(number, guardduty=40, config=30) for number in range(4, 8)]
    assert all(len(parts) == 1 for parts in parts_of(every))


def test_two_accounts_show_nothing() -> None:
    every = [account(1, guardduty=40), account(2, guardduty=40), account(3, guardduty=9, config=8)]
    assert all(len(parts) == 1 for parts in parts_of(every))


def test_an_instance_and_its_volume_are_one_thing_though_others_have_no_volume() -> None:
    every = [account(number, ec2=40) for number in range(9)]
    assert len(parts_of([*every, account(9, ec2=40, ebs=30)])[-1]) == 1


def test_even_these_are_two_things_where_many_have_the_one_alone() -> None:
    every = [account(number, ec2=40) for number in range(20)]
    assert services(parts_of([*every, account(99, ec2=40, ebs=30)])[-1]) == [[EC2], [EBS]]


def test_a_second_pass_over_what_was_parted_changes_nothing() -> None:
    everywhere = [account(number, guardduty=40) for number in range(5)]
    parted = [account(8, guardduty=40), account(8, config=30)]
    found = parts_of([*everywhere, *parted])
    assert all(len(parts) == 1 for parts in found)
    assert [parts[0].move.apart for parts in found[-2:]] == [(CONFIG,), (GUARDDUTY,)]


def test_what_was_told_apart_before_is_told_apart_alone() -> None:
    one = account(1, guardduty=40, config=30)
    ids = (f"{1:012d}", f"{2:012d}")
    known = KnownCause("c", GUARDDUTY, RecordClass.USAGE, False, DAY, ids[1], ids, (CONFIG,))
    assert services(parts_of([one], [known])[0]) == [[GUARDDUTY], [CONFIG]]
    elsewhere = KnownCause(
        "c", GUARDDUTY, RecordClass.USAGE, False, DAY, ids[1], ids[1:], (CONFIG,)
    )
    assert len(parts_of([one], [elsewhere])[0]) == 1
