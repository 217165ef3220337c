"""RecordFeedback: a pressed Slack button in, the incident's new state and message out. Slack waits
three seconds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.errors import BadSignature, InvalidInput
from whyspike.incidents import feedback
from whyspike.steps.configuration import read_configuration
from whyspike.steps.delivery.slack_messages import SlackMessages
from whyspike.wire.clients import client
from whyspike.wire.secrets import slack_secret
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import HistoryEntry, IncidentTable
from whyspike.wire.table.notices import NoticeTable

_SLACK_TIMEOUT = (
    0.7,
    1.0,
)  # seconds to connect, to answer: the press is stored before the message is brought up to date
_SLACK_SECONDS = 1.7  # for all calls together

logger = Logger()
metrics = Metrics(namespace="whyspike")
app = LambdaFunctionUrlResolver()


@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.post(".*")
def press() -> Response[str]:
    config, now, request = read_configuration(), datetime.now(UTC), app.current_event
    secret = slack_secret(config.slack_secret_id)
    text = request.body or ""
    body = base64.b64decode(text) if request.is_base64_encoded else text.encode()
    headers = {name.lower(): value for name, value in request.headers.items()}
    feedback.check_signature(secret.signing_secret or "", headers, body, now.timestamp())

    pressed = feedback.parse(body)
    if pressed is None:
        return Response(200)
    given = pressed.feedback
    table = IncidentTable(client("dynamodb"), config.table_name)
    history = HistoryEntry(pressed.incident_id, given.at, str(given.kind), given.by, given.reason)
    incident = table.change(
        pressed.incident_id, lambda incident: feedback.apply(incident, given), now, history
    )
    if incident is None:
        return Response(404)
    slack = Slack(secret, config.slack_api_url, _SLACK_TIMEOUT, patience=0.0).within(_SLACK_SECONDS)
    SlackMessages(NoticeTable(table), slack, config.default_channel).answer(
        incident, pressed, heard=given in incident.feedback
    )
    metrics.add_metric("FeedbackRecorded", MetricUnit.Count, 1)
    logger.info(
        "feedback",
        incident_id=incident.incident_id,
        kind=given.kind,
        by=given.by,
        state=incident.state,
    )
    return Response(200)


@app.exception_handler(BadSignature)  # type: ignore[untyped-decorator]
def refuse(_error: BadSignature) -> Response[str]:
    """No trace but a metric: a log line would let anybody fill the logs."""
    metrics.add_metric("FeedbackRejected", MetricUnit.Count, 1)
    return Response(401)


@app.exception_handler(InvalidInput)  # type: ignore[untyped-decorator]
def misunderstood(error: InvalidInput) -> Response[str]:
    """Signed by Slack, and not what our buttons send."""
    logger.warning("feedback not understood: %s", error)
    return Response(400)
