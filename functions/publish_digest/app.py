"""PublishDigest: one finished scan in, its digest in the FinOps channel and its report in the
bucket out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from whyspike.digest.digest import figures
from whyspike.digest.message import digest_message
from whyspike.digest.report import ReportView, render
from whyspike.incidents.owners import owner_settings
from whyspike.messages.links import report_link
from whyspike.model import Scan
from whyspike.payload import from_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.delivery.digest import DigestPost
from whyspike.steps.delivery.mails import MailDelivery
from whyspike.steps.publish_digest.scan_results import ScanResults
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import slack_secret
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.wire.table.scans import ScanTable

logger = Logger()
metrics = Metrics(namespace="whyspike")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    scan = from_json(Scan, event["scan"], what="PublishDigest input")
    config = read_configuration()
    dynamodb, bucket = client("dynamodb"), ScanBucket(client("s3"), config.bucket_name)
    table = ScanTable(dynamodb, config.table_name, scan)
    incidents = IncidentTable(dynamodb, config.table_name)
    results = ScanResults(scan, bucket, table, incidents)
    slack = Slack(slack_secret(config.slack_secret_id), config.slack_api_url)
    mailed = MailDelivery(
        NoticeTable(incidents), slack.is_configured, config.email_sender, config.digest_channel
    ).deliver(scan)

    owners = owner_settings(
        bucket.read_json("settings/owners.json"), config.owner_tag_keys, config.default_channel
    )
    report_key = f"scans/{scan.scan_id}/report.html"

    found = results.found()
    digest, before = results.digest(found, owners), bucket.read_digest(scan)
    counted = figures(digest)
    if (
        before is None or figures(before) != counted
    ):  # a retry says the same: the sums of a day count it once
        for name, value in counted.items():
            metrics.add_metric(name, MetricUnit.Count, value)
    metrics.add_metric("NoticesSent", MetricUnit.Count, mailed)
    # before anything that a refused message, or a killed function, would keep from the alarms
    metrics.flush_metrics()
    digest_key = bucket.write_digest(digest)
    bucket.write(
        report_key,
        render(ReportView(digest, results.views(found))),
        "text/html; charset=utf-8",
    )
    console = report_link(bucket.name, scan.scan_id, bucket.partition)
    message = digest_message(digest, results.link(report_key), console)
    told = slack.is_configured and DigestPost(dynamodb, config.table_name, scan).publish(
        slack, config.digest_channel, message
    )
    logger.info(
        "digest published",
        scan_id=scan.scan_id,
        told=told,
        mailed=mailed,
        headline=digest.headline,
    )
    return {
        "scan_id": scan.scan_id,
        "digest": {"bucket": bucket.name, "key": digest_key},
        "report": {"bucket": bucket.name, "key": report_key},
        "told": told,
    }
