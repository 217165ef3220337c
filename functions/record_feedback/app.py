"""RecordFeedback: a pressed Slack button in, the incident's new state and message out; a signed
address in, the page of its incident out. Slack waits three seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.record_feedback.step import UrlRequest, record_feedback
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    request = from_json(UrlRequest, event, what="function URL event")
    done = record_feedback(request, read_configuration(), datetime.now(UTC))

    if done.status == 401:
        metrics.add_metric("FeedbackRejected", MetricUnit.Count, 1)
    if done.page:
        metrics.add_metric(f"Pages{done.page.outcome}", MetricUnit.Count, 1)
        return done.page.answer
    if done.given and done.incident:
        metrics.add_metric("FeedbackRecorded", MetricUnit.Count, 1)
        logger.info(
            "feedback",
            incident_id=done.incident.incident_id,
            kind=done.given.kind,
            by=done.given.by,
            state=done.incident.state,
        )
    return {"statusCode": done.status}
