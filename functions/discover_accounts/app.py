"""DiscoverAccounts: the organisation in, the manifest of the accounts in scope out, each with its owner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.adapters import organization, organization_role
from whyspike.adapters.clients import client
from whyspike.adapters.configuration import read_configuration
from whyspike.adapters.payer_costs import write_slices
from whyspike.adapters.scan_bucket import ScanBucket
from whyspike.adapters.scan_table import ScanTable
from whyspike.adapters.scan_usage import ScanUsage
from whyspike.discovery import Start, accounts_in_scope, plan_scan
from whyspike.payload import from_json, to_json

logger = Logger()
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = from_json(Start, event, what="workflow input")
    config = read_configuration()
    scan = plan_scan(start, datetime.now(UTC), config.lookback_days)
    bucket = ScanBucket(client("s3"), config.bucket_name)
    dynamodb = client("dynamodb")

    credentials = organization_role.credentials(config, scan)
    active, left_out = accounts_in_scope(organization.accounts(credentials), start.account_ids)
    accounts = organization.with_owners(credentials, active, config, bucket.read_json("settings/owners.json"))
    manifest = bucket.write_manifest(scan, accounts)
    ScanTable(dynamodb, config.table_name, scan).write_summary(len(accounts), left_out)
    if config.cost_source == "payer":
        usage = ScanUsage(dynamodb, config.table_name, scan, config.cost_explorer_request_cap, config.claude_token_cap)
        write_slices(client("ce", credentials), config, scan, accounts, usage, bucket)

    metrics.add_metric("AccountsInScope", MetricUnit.Count, len(accounts))
    logger.info("accounts discovered", scan_id=scan.scan_id, accounts=len(accounts), left_out=len(left_out))
    return {
        "scan": to_json(scan),
        "manifest": manifest,
        "accounts": len(accounts),
        "not_in_scope": len(left_out),
        "max_concurrency": config.max_concurrency,
    }
