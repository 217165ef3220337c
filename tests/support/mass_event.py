"""An organisation in which one thing happened in many accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.organization import Line, TestAccount, event

GUARDDUTY, CONFIG = "Amazon GuardDuty", "AWS Config"
ONSET = 2  # days before the scan date
WHEN = "2026-10-13T09:00:00Z"


def made_by(
    name: str, principal: str, when: str = WHEN, source: str = "guardduty.amazonaws.com"
) -> dict[str, Any]:
    """A call of an IAM user of that name."""
    detail = {
        "eventName": name,
        "eventTime": when,
        "eventSource": source,
        "awsRegion": "us-east-1",
        "userIdentity": {"type": "IAMUser", "userName": principal},
        "requestParameters": {"enable": True},
    }
    return event(name, when, source, Username=principal, CloudTrailEvent=json.dumps(detail))


def switched_on(
    number: int,
    by: str | None = "org-admin",
    usd: float = 40.0,
    owner: str = "shop",
    onset: int = ONSET,
    recorded: float = 0.0,
    **changes: Any,
) -> TestAccount:
    """GuardDuty costs `usd` a day from `onset` days before the scan date on, and nothing before;
    switched on by `by` (None: CloudTrail holds no such call). AWS Config costs `recorded` from the
    same day on, switched on by somebody else."""
    account_id = f"2100{number:08d}"
    days: Mapping[int, float] = dict.fromkeys(range(onset + 1, 60), 0.0)
    calls = [made_by("CreateDetector", by)] if by else []
    lines = [Line(), Line(GUARDDUTY, "USE1-PaidEventsAnalyzed", usd, on=days, team="")]
    if recorded:
        lines.append(Line(CONFIG, "USE1-ConfigurationItemRecorded", recorded, on=days, team=""))
        calls.append(made_by("PutConfigurationRecorder", "auditor", source="config.amazonaws.com"))
    return TestAccount(
        account_id,
        lines=tuple(lines),
        tags={"owner": owner},
        events={"us-east-1": calls} if calls else {},
        **changes,
    )
