"""StartScan: the schedule's time in, the scan of the day before started under the name of that
date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from whyspike.steps.scope import Start, plan_scan
from whyspike.wire.clients import client
from whyspike.wire.step_functions import start_once


@dataclass(frozen=True)
class Started:
    """`started` is False when the scan of that date has run already."""

    scan_date: date
    started: bool


def start_scan(start: Start, now: datetime, state_machine_arn: str) -> Started:
    scan_date = plan_scan(start, now, lookback_days=0).scan_date
    return Started(scan_date, start_once(client("stepfunctions"), state_machine_arn, scan_date))
