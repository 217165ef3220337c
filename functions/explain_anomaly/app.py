"""ExplainAnomaly: one flagged item in, its evidence and a checked explanation out (to the scan
bucket)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.model import AnomalyTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.explain_anomaly.step import explain_anomaly
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AnomalyTask, event, what="ExplainAnomaly input")
    explanation = explain_anomaly(task, read_configuration())

    metrics.add_metric("AnomaliesExplained", MetricUnit.Count, 1)
    by_rules = explanation.written_by == "rules"
    metrics.add_metric("ExplainedByRules", MetricUnit.Count, int(by_rules))
    told: dict[str, Any] = {"item_id": task.item_id, "written_by": explanation.written_by}
    logger.info("anomaly explained", account_id=task.account.account_id, **told)
    return {**told, "explained": True}
