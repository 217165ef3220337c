"""How long a backtest of many accounts takes, and how much memory: made-up bills, the replay of the
command, every day of the bill judged.

    python -m benchmarks.backtest [--accounts 100] [--services 40] [--days 395]

Bills are made as they are needed, so that what is measured is judging; reading files is not in it.
The time is that of this processor; the time for 1,000 accounts is extrapolated from these.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from whyspike.cli.backtest.past import histories_of
from whyspike.cli.backtest.replay import ACCOUNTS_AT_ONCE, replay_all
from whyspike.cli.bills import BillOnDisk
from whyspike.cli.bills.cells import ChargePlace, Sums
from whyspike.cli.bills.on_disk import account_bill
from whyspike.detection import DetectionSettings

FIRST = date(2025, 10, 1)


def bill(account: int, services: int, days: int) -> BillOnDisk:
    """Levels from cents to hundreds of dollars a day, noise of 1 to 12 %, drift; three in ten know
    weekdays, two run on some days alone, and some jump, stay high, begin or end."""
    rng, number = np.random.default_rng(account), np.arange(days)
    weekday = (FIRST.weekday() + number) % 7
    sums: Sums = {}
    for service in range(services):
        noise = rng.choice([0.01, 0.03, 0.06, 0.12])
        costs = np.exp(rng.normal(1.5, 2.0) + rng.normal(0, noise, days))
        costs *= np.exp(np.cumsum(rng.normal(0, 0.004, days)))
        habit, begin = rng.integers(0, 10), int(rng.integers(0, days))
        if habit < 3:
            costs[weekday >= 5] *= rng.uniform(0.2, 0.9)
        elif habit == 3:
            costs[rng.random(days) < 0.8] = np.nan
        elif habit == 4:
            costs[weekday != rng.integers(0, 7)] = np.nan
        elif habit == 5:
            costs[:begin] = np.nan
        event = rng.random()
        if event < 0.15:
            costs[begin : begin + int(rng.integers(1, 30))] *= rng.uniform(1.3, 4.0)
        elif event < 0.23:
            costs[begin:] *= rng.uniform(1.3, 3.0)
        elif event < 0.28:
            costs[begin:] = np.nan
        for day in np.flatnonzero(~np.isnan(costs)).tolist():
            place = ChargePlace(FIRST.toordinal() + day, f"{account:012d}", f"Service {service}")
            sums[place] = (round(float(costs[day]), 4), 0.0)
    return account_bill(f"{account:012d}", sums, "USD")


def _some(accounts: int, services: int, days: int) -> Iterator[list[BillOnDisk]]:
    for begin in range(0, accounts, ACCOUNTS_AT_ONCE):
        numbers = range(begin, min(begin + ACCOUNTS_AT_ONCE, accounts))
        yield [bill(number, services, days) for number in numbers]


def judged(bills: Sequence[BillOnDisk], days: int) -> tuple[float, int]:
    """Seconds of the processor, and messages."""
    asked, settings = [FIRST + timedelta(days=n) for n in range(days)], DetectionSettings()
    start = time.process_time()
    lines = list(replay_all(bills, asked, settings))
    for each in bills:
        histories_of(each, asked, settings)
    return time.process_time() - start, sum(line.message for of in lines for line in of)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--services", type=int, default=40)
    parser.add_argument("--days", type=int, default=395)
    given = parser.parse_args()
    seconds, messages = 0.0, 0
    for bills in _some(given.accounts, given.services, given.days):
        spent, told = judged(bills, given.days)
        seconds, messages = seconds + spent, messages + told
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = f"{given.accounts} accounts x {given.services} services x {given.days} days"
    print(
        f"{size}: {seconds:.0f} s of one core, {given.accounts / seconds:.1f} accounts a second,"
        f" {messages} messages, peak {peak:,.0f} MB\n"
        f"1,000 such accounts, extrapolated: {1000 * seconds / given.accounts:.0f} s"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
