"""The cron reader itself, since the template test trusts it."""

from __future__ import annotations

import pytest

from tests.support.aws_schedules import why_not

GOOD = [
    "cron(0 9 * * ? *)",
    "cron(15 6 ? * MON-FRI *)",
    "cron(0/15 8-18 ? * 2,4,6 2026-2030)",
    "cron(0 4 1,L * ? *)",
    "cron(0 4 ? * 6L *)",
    "rate(1 day)",
    "rate(12 hours)",
]
BAD = {
    "0 9 * * *": "neither",
    "cron(0 9 * * *)": "six fields",
    "cron(0 9 * * * *)": "exactly one",
    "cron(0 9 ? * ? *)": "exactly one",
    "cron(60 9 * * ? *)": "minutes",
    "cron(0 24 * * ? *)": "hours",
    "cron(0 9 32 * ? *)": "day of month",
    "cron(0 9 ? * FUN *)": "day of week",
    "cron(0 9 * 13 ? *)": "month",
    "cron(0/0 9 * * ? *)": "minutes",
    "cron(0 18-8 * * ? *)": "hours",
    "rate(1 days)": "plural",
    "rate(0 days)": "plural",
}


@pytest.mark.parametrize("expression", GOOD)
def test_a_good_schedule_is_taken(expression: str) -> None:
    assert why_not(expression) is None


@pytest.mark.parametrize(("expression", "reason"), BAD.items(), ids=BAD)
def test_a_bad_schedule_is_refused_with_its_reason(expression: str, reason: str) -> None:
    assert reason in (why_not(expression) or "")
