"""A small organisation on which faults are tried, one after another on one deployment, and what
must hold after each of them.

Two things are planted on DAY: an account that costs more from then on, and one that cost more on
that day alone, so that only a scan which looks back can find it. The third account is quiet.

Where functions die (`busy`), more is planted, so that each of them has all its work on DAY: what
earlier scans told escalates and ends, and three more accounts cost more by one cause.

Where more than Slack is told (`with_targets`), changes of incidents go onto an event bus, one owner
has a signed webhook besides, another reads Microsoft Teams and nothing else; AWS's own detector is
asked, and a Savings Plan ends in some days.
"""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from moto.ses.models import ses_backends

from tests.chaos.in_process import Clock, InProcessWorker, in_process
from tests.support.bought import savings_plan
from tests.support.mass_event import switched_on
from tests.support.organization import (
    HUB,
    MANAGEMENT,
    SCAN_DATE,
    Line,
    TestAccount,
    event,
    organization,
    quiet,
)
from whyspike.simulator.deployment import ORGANIZATION_ROLE, REGION
from whyspike.simulator.organization.commitments_file import Bought
from whyspike.simulator.organization.detector_file import Detector, ListedAnomaly
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import SLACK_SECRET, TARGETS_SECRET, Simulation
from whyspike.simulator.slack.workspace import SlackMessage

GROWN, SPIKED, QUIET = "110000000001", "110000000002", "110000000003"
PLANTED = (GROWN, SPIKED)
NEXT = SCAN_DATE
DAY = NEXT - timedelta(days=1)
S3 = "Amazon Simple Storage Service"
MAILBOX = "finops@example.com"
OWNERS = {
    "owners": {
        "shop": {"channel": "#shop"},
        "data": {"channel": "#data"},
        "mail": {"email": "owner@example.com"},
    },
}
TARGETS = {
    "owners": {
        "shop": {"channel": "#shop", "webhook": "ledger"},
        "data": {"teams": "data"},
    },
}
BUS = "cost-incidents"
ASKED_MORE = {"COMPARE_WITH_AWS": "true", "FEEDBACK_TO_AWS": "true", "WATCH_COMMITMENTS": "true"}
NOT_ASKED = dict.fromkeys(ASKED_MORE, "false")
# Of Slack, Claude, Teams and webhooks, and what STS gave out, which `deployed` makes recognisable.
CREDENTIALS = re.compile(
    r"xox[bp]-[\w-]+|sk-ant-[\w-]+|simulated-signing-secret|secretpath|5ec7e7|whsec_[\w+/=]+"
)
REPEAT = "May be a repeat"
_DIGEST = re.compile(r"of (?:the )?\d+ accounts")  # in its first line


def accounts(scan_date: date = SCAN_DATE) -> tuple[TestAccount, ...]:
    """Spend of two services that no rule would take for one cause."""
    started = event("RunInstances", f"{scan_date - timedelta(days=1)}T02:00:00Z")
    return (
        TestAccount(
            GROWN,
            (Line(on={1: 500.0, 0: 500.0}), Line(S3, "TimedStorage-ByteHrs", 20.0)),
            tags={"owner": "shop"},
            events={"us-east-1": [started]},
        ),
        TestAccount(
            SPIKED,
            (Line("AWS Lambda", "Lambda-GB-Second", 30.0, on={1: 400.0}), Line()),
            tags={"owner": "data"},
        ),
        quiet(QUIET),
    )


def busy(scan_date: date = SCAN_DATE) -> tuple[TestAccount, ...]:
    """On DAY every kind of message: new of one account and of several, escalated and resolved."""
    started = event("RunInstances", f"{scan_date - timedelta(days=2)}T02:00:00Z")
    return (
        TestAccount(
            GROWN,
            (Line(on={2: 500.0, 1: 3000.0, 0: 3000.0}), Line(S3, "TimedStorage-ByteHrs", 20.0)),
            tags={"owner": "shop"},
            events={"us-east-1": [started]},
        ),
        TestAccount(
            SPIKED,
            (Line("AWS Lambda", "Lambda-GB-Second", 30.0, on={3: 400.0}), Line()),
            tags={"owner": "data"},
        ),
        *(
            switched_on(number, usd=60.0, owner=owner, onset=1)
            for number, owner in ((101, "shop"), (102, "shop"), (103, "mail"))
        ),
    )


def with_targets(folder: Path, scan_date: date = SCAN_DATE) -> OrganizationFolder:
    """The same accounts, with AWS's own detector and a plan that ends."""
    grown, spiked, calm = accounts(scan_date)
    of_data = replace(spiked, lines=[replace(line, team="data") for line in spiked.lines])
    made = organization(folder, grown, of_data, calm, scan_date=scan_date)
    began = scan_date - timedelta(days=1)
    listed = [_listed_by_aws(each.id, each.lines[0].service, began) for each in (grown, spiked)]
    plans = Bought((savings_plan(scan_date + timedelta(days=4)),))
    buyer = replace(made.accounts[QUIET], bought=plans)
    return replace(
        made, detector=Detector((), tuple(listed)), accounts={**made.accounts, QUIET: buyer}
    )


def _listed_by_aws(account_id: str, service: str, day: date) -> ListedAnomaly:
    record = {
        "AnomalyId": f"a-{account_id}",
        "AnomalyStartDate": day.isoformat(),
        "RootCauses": [{"Service": service, "LinkedAccount": account_id}],
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.9},
        "Impact": {"MaxImpact": 430.0, "TotalImpact": 430.0},
        "MonitorArn": f"arn:aws:ce::{MANAGEMENT}:anomalymonitor/m-1",
    }
    return ListedAnomaly(record, day)


@dataclass(frozen=True)
class Snapshot:
    """What scans have left behind."""

    table: Sequence[Any]
    bucket: Mapping[str, bytes]
    messages: Sequence[SlackMessage]
    files: Mapping[str, Any]


@dataclass
class Chaos:
    """The deployment. `runs` are the scans since the last `reset`."""

    sim: Simulation
    clock: Clock
    folder: Path
    accounts: Callable[[date], tuple[TestAccount, ...]]
    runs: list[ScanRun] = field(default_factory=list)
    deleted: int = 0  # messages that a test removed
    _known: dict[date, Any] = field(default_factory=dict)
    _logged: int = 0
    _mails: int = 0

    def reset(self, *, claude: bool = False) -> None:
        """As on the first day: nothing stored, told, planned or changed."""
        self.end_faults()
        InProcessWorker.parameters.clear()
        InProcessWorker.kills = None
        self.parameters(CLAUDE_PROVIDER="anthropic" if claude else "off")
        self.parameters(**NOT_ASKED)
        self.secret(SLACK_SECRET)
        self.claude_secret({"api_key": "sk-ant-simulated"})
        self.restore(())
        self._empty_bucket()
        self.settings("owners.json", json.dumps(TARGETS if self.sim.receivers else OWNERS))
        if self.sim.receivers:
            self.targets_secret(self.sim.receivers.secret)
            self.sim.receivers.forget()
        self.sim.events.clear()
        self.sim.slack.messages.clear()
        self.sim.slack.files.clear()
        self.another_time(SCAN_DATE)
        self.runs, self.deleted = [], 0
        self._logged, self._mails = len(self.logs()), len(self.all_mails())

    def scan(self, day: date, **options: Any) -> ScanRun:
        run = self.sim.scan(day, **options)
        self.runs.append(run)
        return run

    def at_once(self, *days: date) -> None:
        """A scan of each of the dates, all at the same time."""
        self.sim.world.as_of = max(days)
        scans = [
            threading.Thread(target=self.scan, args=[day], kwargs={"looking_back": True})
            for day in days
        ]
        for scan in scans:
            scan.start()
        for scan in scans:
            scan.join()

    def ends_after(self, seconds: float) -> threading.Thread:
        """The faults last until the state machine has waited so long."""
        waits, begun = self.sim.retry_waits, self.sim.retry_waits.seconds

        def watch() -> None:
            while waits.seconds - begun < seconds and self.sim.faults.left():
                time.sleep(0.01)
            self.end_faults()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        return watching

    def end_faults(self) -> None:
        for name in self.sim.faults.left():
            self.sim.faults.set(name, 0)

    # -------------------------------------------------------------- what a person changes

    def secret(self, text: str) -> None:
        self._store("SlackSecret", text)

    def claude_secret(self, value: Any) -> None:
        self._store("ClaudeSecret", json.dumps(value))

    def targets_secret(self, text: str) -> None:
        self._put(TARGETS_SECRET, text)

    def no_bus(self) -> None:
        self.sim.client("events").delete_event_bus(Name=BUS)

    def bus(self) -> None:
        self.sim.client("events").create_event_bus(Name=BUS)

    def press(self, message: SlackMessage, action_id: str) -> int:
        """The status that Slack gets."""
        pressed = self.sim.slack.press(message.ts, action_id, at=time.time())
        address = f"{self.sim.url}/function-url/RecordFeedback"
        answer = requests.post(address, data=pressed.body, headers=pressed.headers, timeout=60)
        return answer.status_code

    def settings(self, name: str, text: str | bytes) -> None:
        body = text.encode() if isinstance(text, str) else text
        self.sim.client("s3").put_object(
            Bucket=self.sim.resource("ScanBucket"), Key=f"settings/{name}", Body=body
        )

    def parameters(self, **values: str) -> None:
        """Variables of the functions' environment."""
        InProcessWorker.parameters.update(values)

    def mail_only(self) -> None:
        """No Slack; owners have addresses."""
        self.secret("{}")
        addresses = {name: {"email": f"{name}@example.com"} for name in ("shop", "data")}
        settings = {"owners": addresses, "default_email": MAILBOX}
        self.settings("owners.json", json.dumps(settings))

    def mail_besides(self) -> None:
        self.settings("owners.json", json.dumps({**OWNERS, "default_email": MAILBOX}))

    def webhook_only(self) -> None:
        hook = f"{self.sim.url}/slack/services/T0/B0/secretpath"
        self.secret(json.dumps({"webhook_url": hook}))

    def account(self, account_id: str, **changes: Any) -> None:
        """The account is another one from now on: state, ou_path, tags, name."""
        known = dict(self.sim.organization.accounts)
        known[account_id] = replace(known[account_id], **changes)
        object.__setattr__(self.sim.organization, "accounts", known)

    def another_time(self, scan_date: date) -> None:
        """The same accounts, with DAY the day before another date."""
        if scan_date not in self._known:
            self._known[scan_date] = organization_of(self.folder, scan_date, self.accounts)
        accounts, world = self._known[scan_date].accounts, self.sim.world
        object.__setattr__(self.sim.organization, "accounts", accounts)
        world._bills = {account.id: account.bill for account in accounts.values()}
        world._joined = None

    def backup(self) -> Sequence[Any]:
        return self.sim.table_items()

    def restore(self, items: Sequence[Any]) -> None:
        """The table holds these items and no other."""
        table, name = self.sim.client("dynamodb"), self.sim.resource("IncidentTable")
        for item in self.sim.table_items():
            key = {part: item[part] for part in ("PK", "SK")}
            table.delete_item(TableName=name, Key=key)
        for item in items:
            table.put_item(TableName=name, Item=item)

    def snapshot(self) -> Snapshot:
        keys = self.sim.bucket_keys()
        return Snapshot(
            self.sim.table_items(),
            {key: self.sim.bucket_object(key) for key in keys},
            copy.deepcopy(self.sim.slack.messages),
            dict(self.sim.slack.files),
        )

    def back_to(self, then: Snapshot) -> None:
        """All that scans have changed since is undone; mails stay where they are."""
        self.restore(then.table)
        self._empty_bucket()
        for key, body in then.bucket.items():
            bucket = self.sim.resource("ScanBucket")
            self.sim.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        self.sim.slack.messages[:] = copy.deepcopy(then.messages)
        self.sim.slack.files.clear()
        self.sim.slack.files.update(then.files)
        self.runs = []
        self._logged, self._mails = len(self.logs()), len(self.all_mails())

    def delete_messages(self) -> None:
        self.deleted += len(self.sim.slack.messages)
        self.sim.slack.messages.clear()

    # -------------------------------------------------------------- what came of it

    def digest(self, run: ScanRun) -> Any:
        return self.sim.bucket_json(run.output["digest"]["key"])

    def sent(self) -> list[tuple[str, str]]:
        """What somebody was sent: the first line (a mail's subject) and all of it."""
        posted = [(m.text, f"{m.text} {m.blocks}") for m in self.sim.slack.messages]
        cards = [(str(card["fallbackText"]), str(card)) for card in self._cards()]
        return [*posted, *cards, *self.all_mails()[self._mails :]]

    def told(self, account_id: str) -> list[str]:
        """What owners got about the account."""
        name = f"account-{account_id[-3:]}"
        return [text for line, text in self.sent() if name in text and not _DIGEST.search(line)]

    def digests(self) -> list[str]:
        return [text for line, text in self.sent() if _DIGEST.search(line)]

    def all_mails(self) -> list[tuple[str, str]]:
        sent = ses_backends[HUB][REGION].sent_messages
        return [(str(mail.subject), f"{mail.subject} {mail.body}") for mail in sent]

    def logs(self) -> str:
        functions = self.sim.functions
        return "".join(self.sim.log(f.name) for f in functions.all) if functions else ""

    def stored(self) -> str:
        """Table, bucket, logs and the histories of the executions."""
        bucket = "".join(
            self.sim.bucket_object(key).decode("utf-8", "replace")
            for key in self.sim.bucket_keys()
            if not key.endswith(".png")
        )
        return "\n".join(
            [str(self.sim.table_items()), bucket, self.logs()[self._logged :], self._histories()]
        )

    def repeated(self) -> list[SlackMessage]:
        """Messages whose notice came before, and which do not say so."""
        seen: Counter[str] = Counter()
        unmarked = []
        for message in self.sim.slack.messages:
            notice = message.notice_id or message.text
            if seen[notice] and REPEAT not in message.text:
                unmarked.append(message)
            seen[notice] += 1
        return unmarked

    def missed(self) -> list[str]:
        """The planted accounts whose beginning a target has not got."""
        if not self.sim.receivers:
            return []
        documents = [each["document"] for each in self.sim.receivers.webhooks.documents]
        events = [put.detail for put in self.sim.events if not put.dropped]
        wanted = [("webhook", GROWN, documents), ("bus", GROWN, events), ("bus", SPIKED, events)]
        return [
            f"{account_id} at the {name}"
            for name, account_id, got in wanted
            if ("new", account_id)
            not in {(d["change"], d["incident"]["account"]["id"]) for d in got if "change" in d}
        ]

    def repeated_at_targets(self) -> list[str]:
        """What a target got twice without a word of it."""
        if not self.sim.receivers:
            return []
        again = [each["document"] for each in self.sim.receivers.webhooks.repeats]
        seen: set[str] = set()
        for put in self.sim.events:
            again += [put.detail] if put.detail["id"] in seen else []
            seen.add(put.detail["id"])
        cards = Counter(str(card["fallbackText"]) for card in self._cards())
        return [
            *(each["id"] for each in again if not each["possible_duplicate"]),
            *(text for text, times in cards.items() if times > 1),
        ]

    def _cards(self) -> list[dict[str, Any]]:
        receivers = self.sim.receivers
        return [each["card"] for each in receivers.teams.cards] if receivers else []

    # -------------------------------------------------------------- inside

    def _store(self, secret: str, text: str) -> None:
        self._put(self.sim.resource(secret), text)

    def _put(self, secret_id: str, text: str) -> None:
        manager = self.sim.client("secretsmanager")
        manager.put_secret_value(SecretId=secret_id, SecretString=text)
        InProcessWorker.cached_since += 1

    def _empty_bucket(self) -> None:
        s3, bucket = self.sim.client("s3"), self.sim.resource("ScanBucket")
        keys = [{"Key": key} for key in self.sim.bucket_keys()]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})

    def _histories(self) -> str:
        states = self.sim.client("stepfunctions")
        arn = self.sim.deployment.state_machine_arn if self.sim.deployment else ""
        names = {run.name for run in self.runs}
        found = states.list_executions(stateMachineArn=arn)["executions"]
        return "".join(
            str(states.get_execution_history(executionArn=each["executionArn"])["events"])
            for each in found
            if each["name"] in names
        )


def _begun(document: Mapping[str, Any]) -> tuple[str, str]:
    return document["change"], document["incident"]["account"]["id"]


def organization_of(
    folder: Path, scan_date: date, made: Callable[[date], tuple[TestAccount, ...]]
) -> Any:
    return organization(folder / scan_date.isoformat(), *made(scan_date), scan_date=scan_date)


@contextmanager
def deployed(
    folder: Path, made: Callable[[date], tuple[TestAccount, ...]] = accounts, targets: bool = False
) -> Iterator[Chaos]:
    with pytest.MonkeyPatch.context() as patch, in_process(patch) as clock:
        patch.setattr("whyspike.simulator.scan_run._progress", lambda *_: None)
        known = SimpleNamespace(token_hex=lambda n: "5ec7e7" * (n // 3))
        patch.setattr("whyspike.simulator.aws.roles.secrets", known)
        world = with_targets(folder) if targets else organization_of(folder, SCAN_DATE, made)
        parameters = {
            "DefaultChannel": "#finops",
            "DigestChannel": "#costs",
            "EmailSender": "whyspike@example.com",
        }
        if targets:
            parameters |= {
                "EventBusName": BUS,
                "CompareWithAws": "true",
                "FeedbackToAws": "true",
                "WatchCommitments": "true",
                "OrganizationRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/{ORGANIZATION_ROLE}",
            }
        with Simulation(
            world,
            DAY,
            parameters=parameters,
            workers=1,
            page_size=100,
            teams=["data"] if targets else [],
            webhooks=["ledger"] if targets else [],
        ) as sim:
            sim.deploy()
            sim.client("sesv2").create_email_identity(EmailIdentity="example.com")
            sim.client("sesv2").create_email_identity(EmailIdentity="whyspike@example.com")
            made_chaos = Chaos(sim, clock, folder, made, _known={SCAN_DATE: world})
            if targets:
                made_chaos.bus()
            yield made_chaos
