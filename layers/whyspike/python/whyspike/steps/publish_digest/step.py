"""PublishDigest: one finished scan in, its digest in the FinOps channel and its report in the
bucket out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from whyspike.digest.digest import figures
from whyspike.digest.message import digest_message
from whyspike.digest.report import ReportView, render
from whyspike.incidents.owners import OwnerSettings, owner_settings
from whyspike.messages.links import report_link
from whyspike.model import Scan
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.digest import DigestDelivery
from whyspike.steps.delivery.mail_outlet import MailOutlet
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.owners import OwnerDelivery
from whyspike.steps.publish_digest.scan_results import ScanResults
from whyspike.steps.settings import settings_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import secret_or_problem
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.wire.table.scans import ScanTable


@dataclass(frozen=True)
class Published:
    """Where digest and report lie in the bucket, whether the channel got a new or corrected
    message, and how many notices went out by e-mail."""

    bucket: str
    digest_key: str
    report_key: str
    headline: str
    told: bool
    mailed: int


def publish_digest(
    scan: Scan, config: Configuration, count: Callable[[Mapping[str, float]], None]
) -> Published:
    """`count` is given the scan's figures, before anything that a refused message or a killed
    function would keep from the alarms; a run that finds nothing else than the one before it gives
    it none, so that the sums of a day count them once."""
    dynamodb, bucket = client("dynamodb"), ScanBucket(client("s3"), config.bucket_name)
    incidents = IncidentTable(dynamodb, config.table_name)
    results = ScanResults(scan, bucket, ScanTable(dynamodb, config.table_name, scan), incidents)
    secret, unusable = secret_or_problem(config.slack_secret_id)
    slack = Slack(secret, config.slack_api_url)
    outbox = Outbox(NoticeTable(incidents))
    mailed = OwnerDelivery(
        outbox, slack, email_sender=config.email_sender, answers=config.digest_channel
    ).mail(scan)

    owners = owner_settings(
        settings_of(bucket, scan).owners, config.owner_tag_keys, config.default_channel
    )
    found = results.found()
    digest, before = results.digest(found, owners), bucket.read_digest(scan)
    counted = figures(digest)
    is_new = before is None or figures(before) != counted
    count({**(counted if is_new else {}), "NoticesSent": mailed})

    digest_key, report_key = bucket.write_digest(digest), f"scans/{scan.scan_id}/report.html"
    report = render(ReportView(digest, results.views(found)))
    bucket.write(report_key, report, "text/html; charset=utf-8")
    console = report_link(bucket.name, scan.scan_id, bucket.partition)
    message = digest_message(digest, results.link(report_key), console)
    told = DigestDelivery(outbox, scan, owners.default_channel, _by_mail(config, owners)).publish(
        slack, config.digest_channel, message
    )
    if unusable:  # mails, figures and report are out: the run fails, and is redriven once mended
        raise unusable
    return Published(bucket.name, digest_key, report_key, digest.headline, told, mailed)


def _by_mail(config: Configuration, owners: OwnerSettings) -> MailOutlet | None:
    """Where the digest goes when Slack does not take it."""
    if not (config.email_sender and owners.default_email):
        return None
    return MailOutlet(config.email_sender, owners.default_email, "")
