"""NotifyOwner: what a scan found in one account in; incidents stored, then the owner told, then
marked as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.errors import InvalidInput
from whyspike.incidents.judgement import judge
from whyspike.incidents.owners import owner_settings
from whyspike.incidents.planned import PlannedActivity, plans_or_problem
from whyspike.messages.compose import compose, with_owner
from whyspike.model import AccountTask
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.delivery.notices import Delivery
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import slack_secret
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import HistoryEntry, IncidentTable
from whyspike.wire.table.notices import NoticeTable

logger = Logger()
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task = from_json(AccountTask, event, what="NotifyOwner input")
    config, account_id, now = read_configuration(), task.account.account_id, datetime.now(UTC)
    bucket, table = (
        ScanBucket(client("s3"), config.bucket_name),
        IncidentTable(client("dynamodb"), config.table_name),
    )
    secret = slack_secret(config.slack_secret_id)
    owners = owner_settings(
        bucket.read_json("settings/owners.json"), config.owner_tag_keys, config.default_channel
    )
    tag_keys = [key.strip() for key in config.cost_tag_keys.split(",")]
    found = bucket.read_account_scan(task.scan, account_id)
    if found is None:
        raise InvalidInput(
            f"scan {task.scan.scan_id} holds nothing about account {account_id}. Remedy: run"
            " DetectAnomalies first"
        )

    changes = judge(found, table.incidents_of(account_id), _plans(bucket))
    for change in changes:
        explanation = (
            bucket.read_explanation(task.scan, change.after.item_id) if change.notice else None
        )
        incident = with_owner(change, task.account, explanation, owners, tag_keys)
        told_of = replace(change, after=incident)
        notice = compose(
            told_of,
            task.scan,
            found.costs,
            explanation,
            bucket.name,
            bool(secret.signing_secret),
            bucket.partition,
        )
        if incident != change.before:
            history = None
            if notice:
                history = HistoryEntry(
                    incident.incident_id,
                    now,
                    str(notice.kind),
                    detail=notice.message.text,
                    scan_date=task.scan.scan_date,
                )
            table.store(change.before, incident, now, notice, history, task.scan)
        else:
            table.note_scan(task.scan, incident, now)
    delivery = Delivery(
        NoticeTable(table),
        Slack(secret, config.slack_api_url),
        owners.default_channel,
        config.email_sender,
    )
    told = delivery.deliver(account_id, task.scan.scan_id, task.scan.scan_date)

    resolved = sum(
        change.after.is_closed and not (change.before and change.before.is_closed)
        for change in changes
    )
    metrics.add_metric("NoticesSent", MetricUnit.Count, told)
    logger.info(
        "account told", account_id=account_id, incidents=len(changes), told=told, resolved=resolved
    )
    return {
        "account_id": account_id,
        "told": told,
        "silent": sum(change.notice is None for change in changes),
        "resolved": resolved,
    }


def _plans(bucket: ScanBucket) -> tuple[PlannedActivity, ...]:
    """The announced activities. A mistake in their file silences nobody: the digest names it, and
    owners are told without it."""
    plans, problem = plans_or_problem(bucket.read("settings/planned.yaml"))
    if problem:
        logger.warning("plans left aside: %s", problem)
    return plans
