"""PublishDigest: one finished scan in, its digest in the FinOps channel and its report in the
bucket out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from whyspike.digest.digest import figures
from whyspike.errors import InFlight, Retryable, WhyspikeError
from whyspike.incidents.notices import MAX_WAIT, NoticeStatus, digest_in_teams
from whyspike.incidents.owners import OwnerSettings, owner_settings
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import Message, Scan
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.digest import DigestDelivery
from whyspike.steps.delivery.mail_outlet import MailOutlet
from whyspike.steps.delivery.outbox import NOT_DELIVERED, Outbox
from whyspike.steps.delivery.owner_targets import OwnerTargets
from whyspike.steps.delivery.owners import OwnerDelivery
from whyspike.steps.delivery.targets import TargetDelivery
from whyspike.steps.publish_digest.aws_detector import AwsDetector
from whyspike.steps.publish_digest.commitments import CommitmentWatch
from whyspike.steps.publish_digest.scan_results import ScanResults, report_key
from whyspike.steps.scan_stores import scan_usage
from whyspike.steps.settings import settings_of
from whyspike.steps.weekly import is_due
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import hears_answers, secret_or_problem
from whyspike.wire.slack import Slack
from whyspike.wire.table.commitments import CommitmentTable
from whyspike.wire.table.common_causes import CommonCauseTable
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.wire.table.scans import ScanTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """Where digest and report lie in the bucket, whether the channel got a new or corrected
    message, and how many notices went out to owners by now."""

    bucket: str
    digest_key: str
    report_key: str
    headline: str
    told: bool
    sent: int


def publish_digest(
    scan: Scan, config: Configuration, count: Callable[[Mapping[str, float]], None]
) -> Published:
    """`count` is given the scan's figures, before anything that a refused message or a killed
    function would keep from the alarms; a run that finds nothing else than the one before it gives
    it none, so that the sums of a day count them once."""
    dynamodb, bucket = client("dynamodb"), ScanBucket(client("s3"), config.bucket_name)
    incidents = IncidentTable(dynamodb, config.table_name)
    settings = settings_of(bucket, scan)
    own = settings.own_texts
    table = ScanTable(dynamodb, config.table_name, scan)
    results = ScanResults(scan, bucket, table, incidents, own)
    secret, unusable = secret_or_problem(config.slack_secret_id)
    slack = Slack(secret, config.slack_api_url)
    outbox = Outbox(NoticeTable(incidents))
    owners = owner_settings(settings.owners, config.owner_tag_keys, config.default_channel)
    to_owners = OwnerDelivery(
        outbox, slack, owners.default_channel, config.email_sender, config.digest_channel, own
    )
    causes = CommonCauseTable(dynamodb, config.table_name).known(scan.scan_date)
    in_all = {cause.cause_id: len(cause.accounts) for cause in causes}
    together, not_told = to_owners.tell_joined(scan, in_all)
    watch = CommitmentWatch(
        config,
        scan,
        bucket,
        CommitmentTable(dynamodb, config.table_name),
        results.accounts,
        results.outcomes,
    )
    ending, not_warned = _tell_all(to_owners, watch.store_notices(outbox.table, owners, own), scan)
    mailed, not_mailed = to_owners.mail(scan)
    to_targets = TargetDelivery(outbox, OwnerTargets(config))
    targets = to_targets.deliver(scan.scan_date)
    sent = together + ending + mailed + targets.sent

    found = results.found()
    names = {account.account_id: account.name for account in results.accounts}
    detector = AwsDetector(scan, config, bucket, scan_usage(config, scan))
    beside, not_asked = detector.compare(results.recent, names)
    digest = results.digest(
        found,
        owners,
        (*not_asked, *watch.not_read),
        weekly=is_due(config, scan),
        answerable=hears_answers(config.feedback_url, secret, unusable),
    )
    coverage = replace(
        digest.coverage,
        targets=tuple(targets.shortfalls),
        never_judged=results.never_judged(config.catch_up_days),
    )
    digest = replace(digest, beside_aws=beside, ends=watch.ends, coverage=coverage)
    before = bucket.read_digest(scan)
    counted = figures(digest)
    is_new = before is None or figures(before) != counted
    count({**(counted if is_new else {}), "NoticesSent": sent})

    digest_key, report = bucket.write_digest(digest), report_key(scan.scan_id)
    bucket.write(report, results.report(found, digest), "text/html; charset=utf-8")
    message = results.message(digest)
    if owners.digest_teams:
        _tell_teams(to_targets, scan, owners.digest_teams, message)
    delivery = DigestDelivery(
        outbox, scan, scan.scan_date, owners.default_channel, _by_mail(config, owners, own)
    )
    if unusable:
        delivery.keep(config.digest_channel, message)
    else:
        _tell_earlier(delivery, results, slack, config.digest_channel)
    told = delivery.publish(slack, config.digest_channel, message)
    # Figures, report and whatever could be told are out. An unusable secret fails the run: the
    # first scan after it is mended tells the rest. What failed in passing is tried again.
    if failure := unusable or not_told or not_warned or not_mailed or targets.failure:
        raise failure
    return Published(bucket.name, digest_key, report, digest.headline, told, sent)


def _tell_teams(to_targets: TargetDelivery, scan: Scan, name: str, message: Message) -> None:
    """Once a scan: a card cannot be corrected. What Teams does not take waits for the next scan,
    whose digest names it."""
    table = to_targets.outbox.table
    new = digest_in_teams(scan.scan_id, scan.scan_date, name, message)
    stored = table.add(new, scan.expires_at)
    if stored.status is NoticeStatus.PENDING and stored.message != message:
        stored = table.reword(stored, message)
    to_targets.deliver_now({stored.notice_id: stored.target}, scan.scan_date)


def _tell_all(
    to_owners: OwnerDelivery, account_ids: Sequence[str], scan: Scan
) -> tuple[int, WhyspikeError | None]:
    """Sends what is pending of these accounts: how many notices were delivered, and the first
    failure that may pass. What fails stays pending."""
    sent, failure = 0, None
    for account_id in account_ids:
        try:
            sent += to_owners.tell(account_id, scan)
        except (*NOT_DELIVERED, InFlight) as error:
            if isinstance(error, Retryable):
                failure = failure or error
    return sent, failure


def _tell_earlier(
    delivery: DigestDelivery, results: ScanResults, slack: Slack, channel: str
) -> None:
    """The digests of earlier daily scans that nobody got, oldest first, as long as they are news.
    One that fails again stays for the next scan, and keeps today's back from nothing."""
    for days in range(MAX_WAIT.days, 0, -1):
        day = delivery.scan_date - timedelta(days=days)
        earlier = replace(delivery, scan=Scan(day.isoformat(), day))
        digest = results.bucket.read_digest(earlier.scan) if earlier.is_waiting() else None
        if digest is None:
            continue
        try:
            earlier.publish(slack, channel, results.message(digest))
        except (*NOT_DELIVERED, InFlight) as error:
            logger.warning("the digest of %s is not told yet: %s", day, error)
            return


def _by_mail(config: Configuration, owners: OwnerSettings, own: OwnTexts) -> MailOutlet | None:
    """Where the digest goes when Slack does not take it."""
    if not (config.email_sender and owners.default_email):
        return None
    return MailOutlet(config.email_sender, owners.default_email, "", own)
