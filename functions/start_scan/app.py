"""StartScan: the schedule's time in, the scan of the day before started under the name of that
date."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.payload import from_json
from whyspike.steps.scope import Start, plan_scan
from whyspike.wire.clients import client
from whyspike.wire.step_functions import start_once

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = from_json(Start, event, what="StartScan input")
    scan = plan_scan(start, datetime.now(UTC), lookback_days=0)
    started = start_once(client("stepfunctions"), os.environ["STATE_MACHINE_ARN"], scan.scan_date)

    logger.info(
        "scan started" if started else "scan has run already", scan_date=scan.scan_date.isoformat()
    )
    return {"scan_date": scan.scan_date.isoformat(), "started": started}
