"""DetectAnomalies: one member account in, its cost anomalies of the scan date out, grouped into
items to explain."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.model import AccountTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.detect_anomalies.step import detect_anomalies
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AccountTask, event, what="DetectAnomalies input")
    judged = detect_anomalies(task, read_configuration())

    metrics.add_metric("AnomaliesDetected", MetricUnit.Count, judged.anomalies)
    told: dict[str, Any] = {
        "account_id": task.account.account_id,
        "anomalies": judged.anomalies,
        "requests": judged.requests,
    }
    logger.info("account judged", **told, refused=str(judged.refused or ""))
    items = [{"item_id": item.item_id, "alert": item.alert} for item in judged.items]
    return {**told, "items": items}
