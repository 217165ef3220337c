"""DetectAnomalies: one member account in, its cost anomalies of the scan date out, grouped into
items to explain."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.detection import detection_settings, find_anomalies, group_items
from whyspike.model import AccountScan, AccountTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.detect_anomalies import account_costs
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.table import incidents as incident_table
from whyspike.wire.table.scans import ScanTable
from whyspike.wire.table.usage import ScanUsage

logger = Logger()
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AccountTask, event, what="DetectAnomalies input")
    config = read_configuration()
    dynamodb, bucket = client("dynamodb"), ScanBucket(client("s3"), config.bucket_name)
    usage = ScanUsage(
        dynamodb,
        config.table_name,
        task.scan,
        config.cost_explorer_request_cap,
        config.claude_token_cap,
    )

    bill = account_costs.read(config, task, usage, bucket)
    costs = bill.costs
    accepted = incident_table.accepted_levels(dynamodb, config.table_name, task.account.account_id)
    settings = detection_settings(
        config.sensitivity,
        config.minimum_impact_usd,
        config.minimum_impact_percent,
        bucket.read_json("settings/detection.json"),
        accepted,
    )
    anomalies = find_anomalies(costs, task.scan.scan_date, settings)
    items = group_items(task.account.account_id, anomalies)
    bucket.write_account_scan(AccountScan(task.scan, task.account, costs, items))
    ScanTable(dynamodb, config.table_name, task.scan).write_judged(
        task.account, len(anomalies), costs.requests, bill.refused
    )

    metrics.add_metric("AnomaliesDetected", MetricUnit.Count, len(anomalies))
    told: dict[str, Any] = {
        "account_id": task.account.account_id,
        "anomalies": len(anomalies),
        "requests": costs.requests,
    }
    logger.info("account judged", **told, refused=str(bill.refused or ""))
    return {
        **told,
        "items": [{"item_id": item.item_id, "alert": item.alert} for item in items],
    }
