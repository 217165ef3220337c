"""StartScan: the schedule's time in, the scan of the day before started under the name of that
date."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.payload import from_json
from whyspike.steps.scope import INPUT, Start
from whyspike.steps.start_scan import start_scan
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = from_json(Start, event, what="StartScan input", remedy=INPUT)
    found = start_scan(start, datetime.now(UTC), os.environ["STATE_MACHINE_ARN"])

    scan_date = found.scan_date.isoformat()
    logger.info("scan started" if found.started else "scan has run already", scan_date=scan_date)
    return {"scan_date": scan_date, "started": found.started}
