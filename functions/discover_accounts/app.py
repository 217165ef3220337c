"""DiscoverAccounts: the organisation in, the manifest of the accounts in scope out, each with its
owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.incidents.planned import plans_or_problem
from whyspike.model import Account
from whyspike.payload import from_json, to_json
from whyspike.steps import organization_role
from whyspike.steps.configuration import read_configuration
from whyspike.steps.discover_accounts import organization
from whyspike.steps.discover_accounts.batches import AccountBatches
from whyspike.steps.payer_costs import write_slices
from whyspike.steps.scope import Start, accounts_in_scope, plan_scan
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.table.scans import ScanTable
from whyspike.wire.table.usage import ScanUsage

logger = Logger()
metrics = Metrics(namespace="whyspike")
MAX_BATCH_MS = 180_000


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = from_json(Start, event, what="workflow input")
    config = read_configuration()
    scan = plan_scan(start, datetime.now(UTC), config.lookback_days)
    bucket, dynamodb = ScanBucket(client("s3"), config.bucket_name), client("dynamodb")
    usage = ScanUsage(
        dynamodb, config.table_name, scan, config.cost_explorer_request_cap, config.claude_token_cap
    )

    credentials = organization_role.credentials(config, scan)
    active, left_out = accounts_in_scope(organization.accounts(credentials), start.account_ids)
    owners = organization.Owners(
        credentials, config, bucket.read_json("settings/owners.json"), context.invoked_function_arn
    )
    payer = client("ce", credentials)

    def complete(batch: Sequence[Account]) -> tuple[Account, ...]:
        if config.cost_source == "payer":
            write_slices(payer, config, scan, batch, usage, bucket)
        return owners.complete(batch)

    # "Id" is the execution's, which the state machine puts beside the input: its later tries take
    # over what earlier ones stored.
    batches = AccountBatches(
        bucket,
        scan,
        event.get("Id", ""),
        lambda: context.get_remaining_time_in_millis() > MAX_BATCH_MS,
    )
    accounts = batches.complete(active, complete)
    manifest = bucket.write_manifest(scan, accounts)
    _, wrong = plans_or_problem(bucket.read("settings/planned.yaml"))
    ScanTable(dynamodb, config.table_name, scan).write_summary(
        len(accounts), left_out, [wrong] if wrong else []
    )

    metrics.add_metric("AccountsInScope", MetricUnit.Count, len(accounts))
    if owners.contacts_denied:
        logger.warning(
            "alternate contacts name no owner",
            reason=owners.contacts_denied,
            remedy="docs/deploy.md, Alternate contacts",
        )
    logger.info(
        "accounts discovered", scan_id=scan.scan_id, accounts=len(accounts), left_out=len(left_out)
    )
    return {
        "scan": to_json(scan),
        "manifest": manifest,
        "accounts": len(accounts),
        "not_in_scope": len(left_out),
        "max_concurrency": config.max_concurrency,
    }
