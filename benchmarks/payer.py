"""What CostSource=payer takes of DiscoverAccounts: requests, memory, and processor time, by the
number of accounts.

    python -m benchmarks.payer [--accounts 100 1000 2000] [--services 12]

A made-up Cost Explorer answers with full pages of 5,000 groups for 90 days; the bucket and the
counter are in memory and forget. Memory is what Python had allocated at most; the time is that of
this machine, without any network.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from botocore.exceptions import ClientError

from whyspike.model import Account, Scan
from whyspike.steps import earlier_months
from whyspike.steps.configuration import Configuration
from whyspike.steps.discover_accounts.batches import AccountBatches
from whyspike.steps.payer_costs import write_slices
from whyspike.wire.bucket import ScanBucket

SCAN = Scan("2026-03-12", date(2026, 3, 12), 90)
GROUPS_A_PAGE = 5_000


_DAYS = [SCAN.scan_date - timedelta(days=back) for back in range(SCAN.lookback_days - 1, -1, -1)]


class Counter:
    requests = 0

    def reserve_cost_explorer(self, requests: int = 1) -> None:
        self.requests += requests


class ForgetfulS3:
    def put_object(self, **_: Any) -> None:
        """Takes what it is given and keeps nothing."""

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")


class CostExplorer:
    """Each account has `services` services of usage each day, and nothing of the other record
    classes."""

    def __init__(self, services: int) -> None:
        self.services = services

    def get_cost_and_usage(
        self, Filter: Mapping[str, Any], Granularity: str, NextPageToken: str = "0", **_: Any
    ) -> dict[str, Any]:
        linked, record_types = Filter["And"]
        if "Usage" not in record_types.get("Dimensions", {}).get("Values", ()):
            return {"ResultsByTime": []}
        accounts, first = linked["Dimensions"]["Values"], int(NextPageToken)
        periods = _DAYS if Granularity == "DAILY" else earlier_months.before(SCAN.scan_date)
        total = len(accounts) * self.services * len(periods)
        groups: dict[int, list[dict[str, Any]]] = {}
        for number in range(first, min(first + GROUPS_A_PAGE, total)):
            day, group = divmod(number, len(accounts) * self.services)
            keys = [accounts[group // self.services], f"Service {group % self.services}"]
            metrics = {"UnblendedCost": {"Amount": f"{number % 97}.0123456789", "Unit": "USD"}}
            groups.setdefault(day, []).append({"Keys": keys, "Metrics": metrics})
        days = [
            {"TimePeriod": {"Start": str(periods[day])}, "Groups": found}
            for day, found in groups.items()
        ]
        more = first + GROUPS_A_PAGE < total
        return {
            "ResultsByTime": days,
            **({"NextPageToken": str(first + GROUPS_A_PAGE)} if more else {}),
        }


def measure(accounts: int, services: int) -> tuple[int, float, float]:
    """(requests, megabytes at most, seconds) of the slices of all accounts."""
    bucket, usage, ce = ScanBucket(ForgetfulS3(), "bucket"), Counter(), CostExplorer(services)
    everybody = tuple(Account(f"{number:012d}", f"account-{number}") for number in range(accounts))

    def complete(batch: Any) -> tuple[Account, ...]:
        write_slices(ce, Configuration("bucket", "table"), SCAN, batch, usage, bucket)
        return tuple(batch)

    tracemalloc.start()
    begun = time.perf_counter()
    AccountBatches(bucket, SCAN, "", lambda: True).complete(everybody, complete)
    seconds, (_, most) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return usage.requests, most / 1e6, seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, nargs="+", default=[100, 1_000, 2_000], metavar="N")
    parser.add_argument("--services", type=int, default=12, metavar="N")
    arguments = parser.parse_args()
    for accounts in arguments.accounts:
        requests, megabytes, seconds = measure(accounts, arguments.services)
        print(
            f"{accounts:6,} accounts: {requests:6,} requests, {megabytes:5.0f} MB at most,"
            f" {seconds:6.1f} s of processor time"
        )


if __name__ == "__main__":
    main()
