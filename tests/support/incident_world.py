"""A bucket, a table, a secret and a Slack for the tests of NotifyOwner and RecordFeedback; only the
wire is simulated.

moto answers AWS, `SlackEndpoint` answers Slack. `Killed` cuts the caller off.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import boto3
import requests
from aws_lambda_powertools.utilities import parameters
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from whyspike.model import AccountScan
from whyspike.payload import to_json
from whyspike.simulator.faults import Faults
from whyspike.simulator.functions.url import function_url_event
from whyspike.simulator.slack.workspace import SlackEndpoint, SlackMessage
from whyspike.steps.settings import judge_settings
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.incidents import IncidentTable
from whyspike.wire.table.notices import NoticeTable

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "BUCKET_NAME": "scans",
    "TABLE_NAME": "incidents",
    "SLACK_SECRET_ID": "slack",
    "SLACK_API_URL": "http://slack.test/slack/api/",
    "DEFAULT_CHANNEL": "#finops",
    "FEEDBACK_URL": "https://feedback.test/",
    "POWERTOOLS_METRICS_NAMESPACE": "whyspike",
    "POWERTOOLS_SERVICE_NAME": "whyspike",
}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r"
)


class Killed(BaseException):
    """The process is gone: nothing after this call happens."""


class World:
    """One deployment. After the `kill_at`th outgoing call (from 1) has taken effect, the caller is
    killed."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.slack = SlackEndpoint(self.faults, timeout_seconds=0.0)
        self.calls = 0
        self.kill_at = 0
        self.notify = load("notify_owner")
        self.record = load("record_feedback")
        self.digest = load("publish_digest")
        self.s3, self.dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        self.s3.create_bucket(Bucket="scans")
        self.bucket = ScanBucket(self.s3, "scans")
        self.table = IncidentTable(self.dynamodb, "incidents")
        self.notices = NoticeTable(self.table)
        self.dynamodb.create_table(**_table())
        self.secret({"bot_token": "xoxb-example", "signing_secret": "simulated-signing-secret"})

    def secret(self, value: dict[str, str]) -> None:
        manager = boto3.client("secretsmanager")
        parameters.clear_caches()  # type: ignore[no-untyped-call]
        if any(entry["Name"] == "slack" for entry in manager.list_secrets()["SecretList"]):
            manager.put_secret_value(SecretId="slack", SecretString=json.dumps(value))
        else:
            manager.create_secret(Name="slack", SecretString=json.dumps(value))

    def tell(self, scan: AccountScan) -> dict[str, Any]:
        """DiscoverAccounts has judged the settings, DetectAnomalies stored `scan`; NotifyOwner
        runs."""
        judge_settings(self.bucket, scan.scan, scan.scan.scan_date)
        self.bucket.write_account_scan(scan)
        return self.run(scan)

    def run(self, scan: AccountScan) -> dict[str, Any]:
        self.calls = 0
        event = {"scan": to_json(scan.scan), "account": to_json(scan.account), "items": []}
        answer: dict[str, Any] = self.notify.handler(event, CONTEXT)
        return answer

    def publish(self, scan: AccountScan) -> dict[str, Any]:
        """PublishDigest runs for the scan; its digest as data."""
        self.bucket.write_manifest(scan.scan, (scan.account,))
        answer = self.digest.handler({"scan": to_json(scan.scan)}, CONTEXT)
        found: dict[str, Any] = self.bucket.read_json(answer["digest"]["key"])
        return found

    def press(
        self, message: SlackMessage, action_id: str, user: str = "U0OWNER", **more: Any
    ) -> int:
        """The status that Slack gets for a pressed button."""
        pressed = self.slack.press(message.ts, action_id, user, **more)
        return self.send(pressed.headers, pressed.body)

    def send(self, headers: dict[str, str], body: bytes) -> int:
        event = function_url_event("POST", "", headers, body)
        return int(self.record.handler(event, CONTEXT)["statusCode"])

    def open(self, url: str, method: str = "GET") -> dict[str, Any]:
        """What a browser gets of an address of the function."""
        asked = urlsplit(url)
        event = function_url_event(method, asked.query, {"host": asked.netloc}, b"", asked.path)
        answer: dict[str, Any] = self.record.handler(event, CONTEXT)
        return answer

    def outgoing(self, effect: Any) -> Any:
        """One call to the outside; it may be the last."""
        self.calls += 1
        answer = effect()
        if self.calls == self.kill_at:
            raise Killed
        return answer

    def dies(self, at: int, work: Callable[[], object]) -> bool:
        """Whether `work` is killed at its call of that number; nothing is killed after it."""
        self.calls, self.kill_at = 0, at
        try:
            work()
        except Killed:
            return True
        finally:
            self.kill_at = 0
        return False


class SlackAdapter(requests.adapters.BaseAdapter):
    """Brings the requests of a session to the simulated Slack."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {name.lower(): value for name, value in request.headers.items()} | {
            "host": "slack.test"
        }
        path = urlsplit(str(request.url)).path.removeprefix("/slack")
        status, answer_headers, content = self.world.outgoing(
            lambda: self.world.slack.handle(path, headers, body)
        )
        response = requests.Response()
        response.status_code, response._content, response.url = status, content, str(request.url)
        response.headers.update(answer_headers)
        return response

    def close(self) -> None:
        pass


@contextmanager
def world(monkeypatch: Any) -> Iterator[World]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        made = World()
        opened = requests.Session.__init__

        def opens(session: requests.Session) -> None:
            opened(session)
            session.mount("http://slack.test/", SlackAdapter(made))

        monkeypatch.setattr(requests.Session, "__init__", opens)
        monkeypatch.setattr("time.sleep", lambda _: None)
        yield made
        parameters.clear_caches()  # type: ignore[no-untyped-call]


def count_aws_calls(made: World, monkeypatch: Any) -> None:
    """From now on, AWS calls count as outgoing calls too."""
    from moto.core import botocore_stubber

    answer = botocore_stubber.BotocoreStubber.__call__

    def answers(stubber: Any, event_name: str, request: Any, **more: Any) -> AWSResponse | None:
        found: AWSResponse | None = made.outgoing(
            lambda: answer(stubber, event_name, request, **more)
        )
        return found

    monkeypatch.setattr(botocore_stubber.BotocoreStubber, "__call__", answers)


def load(function: str) -> ModuleType:
    """The handler's module as Lambda loads it."""
    spec = importlib.util.spec_from_file_location(
        f"{function}_app", PROJECT / "functions" / function / "app.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _table() -> dict[str, Any]:
    keys = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")]
    schema = [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ]
    return {
        "TableName": "incidents",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": keys,
        "KeySchema": schema,
    }
