"""PublishDigest: one finished scan in, its digest in the FinOps channel and its report in the
bucket out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.model import ScanTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.publish_digest.step import publish_digest
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    scan = from_json(ScanTask, event, what="PublishDigest input").scan
    done = publish_digest(scan, read_configuration(), _count)

    told: dict[str, Any] = {"scan_id": scan.scan_id, "told": done.told}
    logger.info("digest published", **told, sent=done.sent, headline=done.headline)
    return {
        **told,
        "digest": {"bucket": done.bucket, "key": done.digest_key},
        "report": {"bucket": done.bucket, "key": done.report_key},
    }


def _count(counted: Mapping[str, float]) -> None:
    for name, value in counted.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()
