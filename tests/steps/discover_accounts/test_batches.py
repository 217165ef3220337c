"""Accounts in batches: what one try of a run has done is not done again by the next, and never
taken over by another run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from tests.steps.test_payer_costs import MemoryS3
from whyspike.errors import Throttled, Unfinished
from whyspike.model import Account, Scan
from whyspike.steps.discover_accounts.batches import SIZE, AccountBatches
from whyspike.wire.bucket import ScanBucket

SCAN = Scan("2026-03-12", date(2026, 3, 12))
ACCOUNTS = tuple(Account(f"{n:012d}", f"account-{n}") for n in range(2 * SIZE + 1))


class Work:
    """Tags each account; `fails_at`: the batch, counted from 0, at which Cost Explorer
    throttles."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.batches: list[int] = []
        self.fails_at = fails_at

    def __call__(self, batch: Sequence[Account]) -> tuple[Account, ...]:
        if len(self.batches) == self.fails_at:
            raise Throttled("slow down")
        self.batches.append(len(batch))
        return tuple(replace(account, tags={"owner": "shop"}) for account in batch)


def batches(bucket: ScanBucket, run: str = "arn:run", invocations_worth: int = 9) -> AccountBatches:
    left = iter([True] * invocations_worth)
    return AccountBatches(bucket, SCAN, run, lambda: next(left, False))


@pytest.fixture
def bucket() -> ScanBucket:
    return ScanBucket(MemoryS3(), "bucket")


def test_every_account_comes_back_in_order_as_the_work_gave_it(bucket: ScanBucket) -> None:
    work = Work()
    found = batches(bucket).complete(ACCOUNTS, work)
    assert [account.account_id for account in found] == [account.account_id for account in ACCOUNTS]
    assert all(account.tags for account in found)
    assert work.batches == [SIZE, SIZE, 1]


def test_time_that_runs_out_is_retryable_and_the_next_try_does_the_rest_alone(
    bucket: ScanBucket,
) -> None:
    with pytest.raises(Unfinished, match="goes on there"):
        batches(bucket, invocations_worth=2).complete(ACCOUNTS, Work())
    rest = Work()
    assert len(batches(bucket).complete(ACCOUNTS, rest)) == len(ACCOUNTS)
    assert rest.batches == [1]


def test_a_throttled_batch_is_the_only_one_that_is_paid_for_again(bucket: ScanBucket) -> None:
    with pytest.raises(Throttled):
        batches(bucket).complete(ACCOUNTS, Work(fails_at=1))
    rest = Work()
    batches(bucket).complete(ACCOUNTS, rest)
    assert rest.batches == [SIZE, 1]


@pytest.mark.parametrize(
    "run", ["arn:another-run", ""], ids=["another run", "a function that is invoked by hand"]
)
def test_another_run_of_the_day_takes_nothing_over(bucket: ScanBucket, run: str) -> None:
    batches(bucket).complete(ACCOUNTS, Work())
    again = Work()
    batches(bucket, run=run).complete(ACCOUNTS, again)
    assert sum(again.batches) == len(ACCOUNTS)


def test_a_batch_that_has_other_accounts_by_now_is_done_again(bucket: ScanBucket) -> None:
    batches(bucket).complete(ACCOUNTS, Work())
    again = Work()
    found = batches(bucket).complete(ACCOUNTS[:1] + ACCOUNTS[2:], again)
    assert len(found) == len(ACCOUNTS) - 1
    assert again.batches == [SIZE, SIZE]
