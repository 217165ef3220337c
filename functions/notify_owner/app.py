"""NotifyOwner: what a scan found in one account in; incidents stored, then the owner told, then
marked as told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.model import AccountTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.notify_owner import notify_owner
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AccountTask, event, what="NotifyOwner input")
    done = notify_owner(task, read_configuration(), datetime.now(UTC))

    metrics.add_metric("NoticesSent", MetricUnit.Count, done.told)
    told: dict[str, Any] = {
        "account_id": task.account.account_id,
        "told": done.told,
        "resolved": done.resolved,
    }
    logger.info("account told", incidents=done.incidents, **told)
    return {**told, "silent": done.silent}
