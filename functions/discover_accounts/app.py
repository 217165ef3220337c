"""DiscoverAccounts: the organisation in, the manifest of the accounts in scope out, each with its
owner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.payload import from_json, to_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.discover_accounts.step import Invocation, discover_accounts
from whyspike.steps.scope import INPUT, Start
from whyspike.words.safe import log_line

logger = Logger(json_serializer=log_line)
metrics = Metrics(namespace="whyspike")
MAX_BATCH_MS = 180_000


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = from_json(Start, event, what="workflow input", remedy=INPUT)
    invocation = Invocation(
        event.get("Id", ""),  # of the execution, which the state machine puts beside the input
        context.invoked_function_arn,
        datetime.now(UTC),
        lambda: context.get_remaining_time_in_millis() > MAX_BATCH_MS,
    )
    found = discover_accounts(start, read_configuration(), invocation)

    metrics.add_metric("AccountsInScope", MetricUnit.Count, found.accounts)
    if found.contacts_denied:
        logger.warning(
            "alternate contacts name no owner",
            reason=found.contacts_denied,
            remedy="docs/deploy.md, Alternate contacts",
        )
    counts: dict[str, Any] = {"accounts": found.accounts, "not_in_scope": found.not_in_scope}
    logger.info("accounts discovered", scan_id=found.scan.scan_id, **counts)
    return {
        "scan": to_json(found.scan),
        "manifest": found.manifest,
        **counts,
        "max_concurrency": found.max_concurrency,
    }
