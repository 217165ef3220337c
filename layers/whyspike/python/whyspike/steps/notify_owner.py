"""NotifyOwner: what a scan found in one account in; incidents stored, then the owner told, then
marked as told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from whyspike.errors import InvalidInput
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.notices import by_teams, targets_of_owner
from whyspike.incidents.owners import OwnerSettings, owner_settings
from whyspike.incidents.page_links import PageLink, page_link
from whyspike.incidents.planned import planned_activities
from whyspike.messages.change_event import change_by_scan, change_notice
from whyspike.messages.compose import compose, with_owner
from whyspike.messages.templates.own import OwnTexts
from whyspike.model import AccountScan, AccountTask
from whyspike.steps.configuration import Configuration
from whyspike.steps.delivery.outbox import Outbox
from whyspike.steps.delivery.owners import OwnerDelivery
from whyspike.steps.delivery.targets import Targets
from whyspike.steps.settings import settings_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.clients import client
from whyspike.wire.secrets import hears_answers, secret_or_problem
from whyspike.wire.slack import Slack
from whyspike.wire.table.incidents import HistoryEntry, IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.wire.table.scans import ScanTable


@dataclass(frozen=True)
class OwnersTold:
    """How many incidents the scan changed, messages that owners got, changes that are told nobody,
    and incidents that ended."""

    incidents: int
    told: int
    silent: int
    resolved: int


def notify_owner(task: AccountTask, config: Configuration, now: datetime) -> OwnersTold:
    bucket = ScanBucket(client("s3"), config.bucket_name)
    table = IncidentTable(client("dynamodb"), config.table_name)
    secret, unusable = secret_or_problem(config.slack_secret_id)
    settings = settings_of(bucket, task.scan)
    owners = owner_settings(settings.owners, config.owner_tag_keys, config.default_channel)
    own = settings.own_texts
    tag_keys = [key.strip() for key in config.cost_tag_keys.split(",")]
    found = _found(bucket, task)

    kept, unreadable = table.kept(task.account.account_id)
    for incident_id in unreadable:
        table.note_unreadable(task.scan, incident_id, now)
    changes = judge(found, kept, planned_activities(settings.planned), taken=unreadable)
    has_buttons = hears_answers(config.feedback_url, secret, unusable)
    door = Door(config.feedback_url, secret.signing_secret or "")
    targets = Targets(config).of_all
    writing = _Writing(found, bucket, table, owners, tag_keys, has_buttons, door, own, targets)
    for change in changes:
        writing.store(change, now)
    for name, problem in own.broken.items():
        ScanTable(client("dynamodb"), config.table_name, task.scan).note_template(name, problem)
    delivery = OwnerDelivery(
        Outbox(NoticeTable(table)),
        Slack(secret, config.slack_api_url),
        owners.default_channel,
        config.email_sender,
    )
    told = delivery.tell(task.account.account_id, task.scan)
    if unusable:  # what it keeps from being told is stored, and goes out once it is mended
        raise unusable
    return OwnersTold(
        len(changes),
        told,
        sum(change.notice is None for change in changes),
        sum(_has_ended(change) for change in changes),
    )


@dataclass(frozen=True)
class Door:
    """Where owners open the pages of their incidents; nowhere without an address and a secret to
    sign with."""

    url: str
    secret: str = field(repr=False)

    def page_of(self, incident_id: str, now: datetime) -> PageLink | None:
        if not (self.url and self.secret):
            return None
        return page_link(self.url, self.secret, incident_id, now)


@dataclass(frozen=True)
class _Writing:
    """Stores what the scan made of the account's incidents, each with its message."""

    found: AccountScan
    bucket: ScanBucket
    table: IncidentTable
    owners: OwnerSettings
    tag_keys: Sequence[str]
    has_buttons: bool
    door: Door
    own: OwnTexts
    targets: Collection[str]  # that every change goes to

    def store(self, change: Change, now: datetime) -> None:
        scan, account = self.found.scan, self.found.account
        is_seen = change.after.last_seen == scan.scan_date
        explanation = (
            self.bucket.read_explanation(scan, change.after.item_id)
            if change.notice or is_seen
            else None
        )
        incident = with_owner(change, account, explanation, self.owners, self.tag_keys)
        if is_seen:  # what no longer fits its common cause leaves it
            incident = replace(incident, tie=explanation.tie if explanation else None)
        if incident == change.before:
            self.table.note_scan(scan, incident, now)
            return
        notice = compose(
            replace(change, after=incident),
            scan,
            self.found.costs,
            explanation,
            self.bucket.name,
            self.has_buttons,
            self.bucket.partition,
            self.door.page_of(incident.incident_id, now),
            self.own,
        )
        history = (
            HistoryEntry(
                incident.incident_id,
                now,
                str(notice.kind),
                detail=notice.message.text,
                scan_date=scan.scan_date,
            )
            if notice
            else None
        )
        stored = replace(incident, version=incident.version + 1)
        told = notice.message if notice else None
        made = change_by_scan(replace(change, after=stored), scan, now, explanation, told)
        announced = [
            change_notice(made, target)
            for target in (*self.targets, *targets_of_owner(incident.owner))
        ]
        if notice:
            notice, copies = by_teams(notice, incident.notices)
            announced += copies
        self.table.store(change.before, incident, now, notice, history, scan, announced)


def _found(bucket: ScanBucket, task: AccountTask) -> AccountScan:
    account_id = task.account.account_id
    found = bucket.read_account_scan(task.scan, account_id)
    if found is None:
        raise InvalidInput(
            f"scan {task.scan.scan_id} holds nothing about account {account_id}. Remedy: run"
            " DetectAnomalies first"
        )
    return replace(found, scan=task.scan, account=task.account)


def _has_ended(change: Change) -> bool:
    return change.after.is_closed and not (change.before and change.before.is_closed)
