"""ExplainAnomaly: one flagged item in, its evidence and a checked explanation out (to the scan
bucket)."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.attribution.bill.plan import Case
from whyspike.explanation.rules.explain import explain
from whyspike.model import AnomalyTask
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.explain_anomaly.ask_claude import write_explanation
from whyspike.steps.explain_anomaly.further_lookups import FurtherLookups
from whyspike.steps.explain_anomaly.gather import gather
from whyspike.steps.explain_anomaly.wiring import (
    claude_settings,
    flagged_item,
    member_sources,
    tag_keys,
)
from whyspike.wire.aws_cli.commands import check_command
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.table.usage import ScanUsage

logger = Logger()
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AnomalyTask, event, what="ExplainAnomaly input")
    config = read_configuration()
    bucket = ScanBucket(client("s3"), config.bucket_name)
    usage = ScanUsage(
        client("dynamodb"),
        config.table_name,
        task.scan,
        config.cost_explorer_request_cap,
        config.claude_token_cap,
    )
    found, item = flagged_item(
        bucket.read_account_scan(task.scan, task.account.account_id), task, task.item_id
    )

    case, sources = Case(item, found.costs, tag_keys(config)), member_sources(config, task, usage)
    items = gather(case, sources)
    further = FurtherLookups(case, sources, items)
    explanation = write_explanation(
        items, explain(items), claude_settings(config, item), usage, check_command, further
    )
    account_id, item_id = task.account.account_id, task.item_id
    evidence = StoredEvidence(item_id, account_id, (*items, *further.found))
    bucket.write_evidence(task.scan, evidence)
    service = (
        explanation.findings[0].driver.service if explanation.findings else item.leading.service
    )
    bucket.write_explanation(task.scan, item_id, account_id, service, explanation)

    metrics.add_metric("AnomaliesExplained", MetricUnit.Count, 1)
    logger.info(
        "anomaly explained",
        account_id=account_id,
        item_id=item_id,
        written_by=explanation.written_by,
    )
    return {"item_id": item_id, "written_by": explanation.written_by, "explained": True}
