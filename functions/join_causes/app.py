"""JoinCauses: the judged accounts in, what is to be explained next out, so that one cause in many
accounts is looked into once."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.payload import from_json, to_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.join_causes import JoinTask, join_causes
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(JoinTask, event, what="JoinCauses input")
    joined = join_causes(task, read_configuration())
    logger.info("causes joined", round=joined.round, items=joined.items, judged=joined.judged)
    found: dict[str, Any] = to_json(joined)
    return found
