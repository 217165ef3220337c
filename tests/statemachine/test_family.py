"""One cause in several accounts over five days: an account joins it, one goes another way, two are
over, and each is told once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, Line, TestAccount, quiet
from tests.support.simulated import QUIET, deployed
from whyspike.messages.blocks import as_text
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

ALL_ALONG = dict.fromkeys(range(5), 80.0)  # days before the last of the five
TWO_DAYS = {4: 81.0, 3: 80.0}


def account(number: int, owner: str, on: dict[int, float]) -> TestAccount:
    """Its requests to S3 cost $40 a day, and twice as much for no reason that CloudTrail knows."""
    requests = Line("Amazon Simple Storage Service", "Requests-Tier1", 40.0, on=on)
    return TestAccount(f"2300{number:08d}", lines=(Line(), requests), tags={"owner": owner})


ACCOUNTS = [
    account(0, "#shop", TWO_DAYS),
    account(1, "#shop", TWO_DAYS),
    account(2, "#shop", ALL_ALONG),
    account(3, "#data", ALL_ALONG | dict.fromkeys(range(3), 240.0)),  # three times that, on day 3
    account(4, "#data", dict.fromkeys(range(4), 80.0)),  # from day 2 on
]


@dataclass(frozen=True)
class Day:
    digest: dict[str, Any]
    posts: list[tuple[str, str, str]]  # channel, headline and the rest of what owners were told

    def lines(self, name: str) -> list[tuple[str, str]]:
        return [(line["title"], line["cause"]) for line in self.digest["lines"].get(name, ())]


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with deployed(
        tmp_path_factory.mktemp("o"), quiet(QUIET), *ACCOUNTS, claude="off"
    ) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def days(sim: Simulation) -> list[Day]:
    found = []
    for back in range(4, -1, -1):
        told = len(sim.slack.messages)
        run = sim.scan(SCAN_DATE - timedelta(days=back))
        assert run.succeeded, run.cause
        posts = [
            (str(post.channel), re.sub(r" \+.*", "", post.text), as_text(post.blocks))
            for post in sim.slack.messages[told:]
            if "digest" not in str(post.notice_id)
        ]
        found.append(Day(sim.bucket_json(run.output["digest"]["key"]), posts))
    return found


def heads(day: Day) -> list[tuple[str, str]]:
    return sorted((channel, head) for channel, head, _ in day.posts)


def test_it_begins_as_one_line_and_a_message_for_each_owner(days: list[Day]) -> None:
    assert days[0].lines("found") == [("Amazon S3 in 4 accounts", "no change stands out")]
    assert heads(days[0]) == [
        ("#data", "account-003: Amazon S3"),
        ("#shop", "3 accounts: Amazon S3"),
    ]
    for _, _, text in days[0].posts:
        assert "One cause: no change stands out, in 4 of 6 accounts of the organisation" in text


def test_an_account_that_joins_is_told_as_part_of_it_and_the_others_are_not_told_again(
    days: list[Day],
) -> None:
    assert days[1].lines("found") == [
        ("Amazon S3 in account-004", "the same cause as in 4 other accounts")
    ]
    assert days[1].lines("ongoing") == [("Amazon S3 in 4 accounts", "no change stands out")]
    assert heads(days[1]) == [("#data", "account-004: Amazon S3")]
    assert "in 5 of 6 accounts of the organisation" in days[1].posts[0][2]


def test_one_that_goes_another_way_leaves_and_escalates_alone(days: list[Day]) -> None:
    assert days[2].lines("escalated") == [("Amazon S3 in account-003", "")]
    assert heads(days[2]) == [("#data", "Escalated: account-003: Amazon S3")]
    assert "One cause" not in days[2].posts[0][2]


def test_it_shrinks_as_accounts_are_over_and_their_end_is_one_message(days: list[Day]) -> None:
    assert [title for title, _ in days[2].lines("ongoing")] == ["Amazon S3 in 2 accounts"]
    assert [title for title, _ in days[2].lines("over")] == ["Amazon S3 in 2 accounts"]
    assert heads(days[3]) == [("#shop", "2 accounts: Amazon S3")]
    assert "Resolved: Amazon S3 in 2 accounts" in days[3].posts[0][2]
    assert [title for title, _ in days[3].lines("resolved")] == ["Amazon S3 in 2 accounts"]


def test_what_goes_on_is_told_to_nobody_again(days: list[Day]) -> None:
    assert days[4].posts == []
    assert sorted(title for title, _ in days[4].lines("ongoing")) == [
        "Amazon S3 in 2 accounts",
        "Amazon S3 in account-003",
    ]
