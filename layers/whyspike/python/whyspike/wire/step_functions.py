"""Step Functions: starting a scan, one execution for each scan date, and reading why a state
failed."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from whyspike.errors import Refused, reason_and_remedy
from whyspike.model.outcomes import Failure
from whyspike.wire.failures import mapped

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def start_once(stepfunctions: SFNClient, state_machine_arn: str, scan_date: date) -> bool:
    """Starts the scan of `scan_date` under the name of that date; False when that run exists
    already.

    Step Functions keeps an execution's name for 90 days: a second start of a running scan is the
    same run (same name and input), a start after its end is answered with ExecutionAlreadyExists.
    Other errors are the caller's.
    """
    try:
        with mapped("states", f"StartExecution of {scan_date}"):
            stepfunctions.start_execution(
                stateMachineArn=state_machine_arn,
                name=f"scan-{scan_date.isoformat()}",
                input=json.dumps({"scan_date": scan_date.isoformat()}),
            )
    except Refused:
        return False
    return True


def failure(error: str, cause: str) -> Failure:
    """A state's Error and Cause; a function's Cause is JSON, of which the message alone is for
    people."""
    try:
        record = json.loads(cause)
    except (ValueError, RecursionError):
        record = None
    message = str(record.get("errorMessage", cause)) if isinstance(record, dict) else cause
    return Failure(error or "unknown", *reason_and_remedy(message.strip()))
