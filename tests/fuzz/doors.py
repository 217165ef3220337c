"""Every place where something from outside is read: what a good one looks like, and what reads
it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import requests
from hypothesis import strategies as st

from tests.fuzz.damage import damaged, damaged_text, odd_texts
from tests.support.bill_files import api_pages, charges, console, cur_2, cur_legacy, focus, own
from tests.support.cost_explorer import END, START, Counter
from tests.support.explanations import ITEMS, RULES
from tests.support.incident_world import CONTEXT, load
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from tests.support.organization import event, quiet, write
from whyspike.attribution.trail.events import parse_event
from whyspike.cli.bills.reading import read_files
from whyspike.explanation.answer import Answer, Hypothesis, Standing, to_value
from whyspike.explanation.judgement import told
from whyspike.incidents.feedback import parse
from whyspike.model import Message
from whyspike.payload import from_json, to_json
from whyspike.simulator.organization.folder import load as load_organization
from whyspike.steps.daily_costs import daily_costs
from whyspike.steps.record_feedback.step import UrlRequest
from whyspike.steps.scope import Start, plan_scan
from whyspike.steps.settings import FILES, judged
from whyspike.wire import secrets
from whyspike.wire.organizations import AlternateContacts, list_accounts, tags_of
from whyspike.wire.secrets import SlackSecret, claude_api_key, slack_secret
from whyspike.wire.slack import Slack

SLACK = SlackSecret("xoxb-example", None, "secret")


@dataclass(frozen=True)
class Door:
    """`inputs` makes what comes in, `read` reads it. `needs_remedy`: a person wrote it, and is told
    what to do about it."""

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], object]
    needs_remedy: bool = False


# ------------------------------------------------------------------ files of people

_CHARGES = charges(16)


def _bill(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        with tempfile.TemporaryDirectory(prefix="whyspike-fuzz-") as folder:
            file = Path(folder) / name
            file.write_bytes(data)
            return read_files([file])

    return read


def _csv(text: str) -> Door:
    return Door(damaged_text(text), _bill("bill.csv"), needs_remedy=True)


def _json(value: Any) -> st.SearchStrategy[bytes]:
    """As text; half characters and NaN as Python's own reader takes them."""
    return damaged(value).map(lambda found: json.dumps(found).encode())


def _organization() -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="whyspike-fuzz-") as folder:
        made = quiet(
            "110000000001", events={"us-east-1": [event("RunInstances", "2026-10-15T06:00:00Z")]}
        )
        write(Path(folder), made)
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        texts = {str(path.relative_to(folder)): path.read_text() for path in files}
    bill = "accounts/110000000001/bill.csv"
    return {**texts, bill: "".join(texts[bill].splitlines(keepends=True)[:20])}


_FILES = _organization()


@st.composite
def _damaged_organization(draw: st.DrawFn) -> Mapping[str, bytes]:
    name = draw(st.sampled_from(sorted(_FILES)))
    text = _FILES[name]
    changed = (
        draw(_json(json.loads(text)) | damaged_text(text))
        if name.endswith(".json")
        else draw(damaged_text(text))
    )
    return {**{other: kept.encode() for other, kept in _FILES.items()}, name: changed}


def _read_organization(files: Mapping[str, bytes]) -> object:
    with tempfile.TemporaryDirectory(prefix="whyspike-fuzz-") as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return load_organization(Path(folder))


_OWNERS = {
    "tag_keys": ["owner"],
    "owners": {"shop": {"channel": "#shop", "name": "Shop"}, "data": {"email": "a@b.org"}},
    "ous": {"Workloads/Prod": {"channel": "#prod"}},
    "channel_pattern": "#cost-{owner}",
    "use_alternate_contact": True,
    "default_email": "finops@example.com",
}
_DETECTION = {
    "sensitivity": 1.0,
    "minimum_impact_usd": 10,
    "ignore": [{"service": "AWS Lambda", "account": "111122223333"}],
    "accounts": {"111122223333": {"sensitivity": 0.5}},
    "services": {"AWS Lambda": {"minimum_impact_percent": 30}},
}
_PLANNED = """planned:
- account: '111122223333'
  from: 2026-10-01
  until: 2026-10-15
  expected_usd: 5000
  who: Ann
  service: Amazon Bedrock
"""

# ------------------------------------------------------------------ AWS

_RECORD = {
    **event("RunInstances", "2026-10-15T06:00:00Z"),
    "Resources": [{"ResourceName": "i-1", "ResourceType": "AWS::EC2::Instance"}],
}
_DETAIL = {
    "eventSource": "ec2.amazonaws.com",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "Terraform/1.9",
    "errorCode": "",
    "readOnly": False,
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/ci/run-1",
        "sessionContext": {"sessionIssuer": {"userName": "ci"}},
        "invokedBy": "ecs.amazonaws.com",
    },
    "requestParameters": {"instancesSet": {"items": [{"minCount": 1, "imageId": "ami-1"}]}},
    "responseElements": {"instancesSet": {"items": [{"instanceId": "i-1"}]}},
}


@st.composite
def _damaged_record(draw: st.DrawFn) -> Any:
    record = draw(damaged(_RECORD))
    detail = json.dumps(draw(damaged(_DETAIL)))
    found = record if isinstance(record, dict) else dict(_RECORD)
    return {**found, "CloudTrailEvent": draw(st.just(detail) | odd_texts())}


def _read_record(record: Any) -> object:
    found = parse_event(record)
    return found.base_name, found.leaves, found.targets, found.acts_on, found.person


_PAGE = {
    "ResultsByTime": [
        {
            "TimePeriod": {"Start": "2026-03-01", "End": "2026-03-02"},
            "Total": {},
            "Groups": [
                {
                    "Keys": ["AWS Lambda", "Usage"],
                    "Metrics": {
                        "UnblendedCost": {"Amount": "1.5", "Unit": "USD"},
                        "UsageQuantity": {"Amount": "3", "Unit": "N/A"},
                    },
                }
            ],
            "Estimated": False,
        }
    ],
}


def _read_costs(page: Any) -> object:
    client = SimpleNamespace(get_cost_and_usage=lambda **_: page)
    return daily_costs(client, "111122223333", START, END, Counter(20))


_ACCOUNTS = {
    "Accounts": [
        {
            "Id": "111122223333",
            "Arn": "arn:aws:organizations::900000000001:account/o-1/111122223333",
            "Email": "a@b.org",
            "Name": "shop",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": ["o-1/r-1/ou-1-a/111122223333/"],
        }
    ],
    "Tags": [{"Key": "owner", "Value": "shop"}],
    "OrganizationalUnit": {"Id": "ou-1-a", "Name": "Prod"},
    "AlternateContact": {"EmailAddress": "a@b.org"},
}


def _read_organizations(answer: Any) -> object:
    given = iter([answer])

    def answers(**_: Any) -> Any:
        return next(given, _ACCOUNTS)

    client = SimpleNamespace(
        list_accounts=answers,
        describe_organizational_unit=lambda **_: answer,
        list_tags_for_resource=answers,
        get_alternate_contact=lambda **_: answer,
    )
    listed = list_accounts(client)
    given = iter([answer])
    return listed, tags_of(client, "1"), AlternateContacts(client, "2").email_of("1")


def _read_secret(value: Any) -> object:
    def stored_now(secret_id: str) -> Any:
        return value

    stored, secrets._stored = secrets._stored, stored_now
    try:
        return claude_api_key("claude"), slack_secret("slack")
    finally:
        secrets._stored = stored


# ------------------------------------------------------------------ Slack

_PRESS = {
    "type": "block_actions",
    "user": {"id": "U0ANN"},
    "container": {"message_ts": "1760000000.000001"},
    "response_url": "https://hooks.slack.com/actions/T/1/x",
    "actions": [
        {
            "action_id": "false_alarm",
            "selected_option": {"value": "111122223333-2026-10-15-0123abcd#0001|known"},
            "action_ts": "1760000000.5",
        }
    ],
}
_ANSWER = {
    "ok": True,
    "channel": "C0123456789",
    "ts": "1760000000.000001",
    "messages": [{"ts": "1.0", "metadata": {"event_payload": {"notice_id": "n"}}}],
    "has_more": False,
    "response_metadata": {"next_cursor": "", "messages": ["[ERROR] no"]},
    "upload_url": "https://files.slack.com/x",
    "file_id": "F1",
}


def _press_body(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


class _Answers(requests.Session):
    """Gives one answer to every request."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def post(self, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code = 200
        answer._content = json.dumps(self.value).encode()
        return answer


def _read_slack(value: Any) -> object:
    def slack() -> Slack:
        return Slack(SLACK, "http://slack.test/", sleep=lambda _: None, session=_Answers(value))

    message = Message("text", ())
    slack().update("C0123456789", "1.0", message)
    slack().find("C0123456789", None, "n", 0.0)
    slack().upload("chart.png", "a chart", b"png")
    return slack().post("#shop", message, "n")


# ------------------------------------------------------------------ Claude

_CLAIMS: dict[str, Any] = {
    **to_value(
        Answer(
            hypotheses=(
                Hypothesis(
                    "config_change",
                    "E1#/driver",
                    "E2#/candidates/0",
                    ("E1#/driver",),
                    (),
                    Standing.LEADING,
                ),
            ),
            message=(),
            next=(),
            fix=None,
        )
    ),
    "message": [
        {"claim": "rose", "cell": "E1#/driver"},
        {"claim": "since", "cell": "E1#/driver"},
        {"claim": "reading", "text": "The gateway carries what the endpoint did."},
    ],
    "next": [{"check": "C1", "cell": "E1#/driver"}],
    "fix": {"advice": "config_change", "cell": "E1#/driver"},
}


def _read_claims(value: Any) -> object:
    return told(value if isinstance(value, dict) else {}, ITEMS, RULES, "claude")


# ------------------------------------------------------------------ events to the functions

_SCAN = to_json(scan_of(DAY, item(anomaly())).scan)
_TASK = {"scan": _SCAN, "account": to_json(SHOP)}
_ITEM = {"item_id": "i", "alert": True}
_URL = {
    "version": "2.0",
    "headers": {"x-slack-signature": "v0=0", "x-slack-request-timestamp": "1"},
    "body": "cGF5bG9hZD17fQ==",
    "isBase64Encoded": True,
    "requestContext": {"http": {"method": "POST", "path": "/"}},
}


class Reached(Exception):
    """The function was entered with an event that it could read."""


def _event(function: str, step: str) -> Callable[[Any], object]:
    app: Any = load(function)

    def reached(*_: Any, **__: Any) -> Any:
        raise Reached

    setattr(app, step, reached)

    def read(value: Any) -> object:
        try:
            return app.handler(value, CONTEXT)
        except Reached:
            return None

    return read


def _start(value: Any) -> object:
    return plan_scan(from_json(Start, value), datetime(2026, 10, 16, 9, tzinfo=UTC), 90)


def _url(value: Any) -> object:
    return from_json(UrlRequest, value).content


DOORS: Mapping[str, Door] = {
    "a bill of two columns": _csv(own(_CHARGES)),
    "a Cost and Usage Report 2.0": _csv(cur_2(_CHARGES)),
    "a legacy Cost and Usage Report": _csv(cur_legacy(_CHARGES)),
    "a FOCUS bill": _csv(focus(_CHARGES)),
    "a bill of the console": _csv(console(_CHARGES)),
    "a bill of the command line": Door(
        _json(api_pages(_CHARGES[:9], 1)), _bill("bill.json"), needs_remedy=True
    ),
    "an organisation folder": Door(_damaged_organization(), _read_organization, needs_remedy=True),
    "owners.json": Door(
        _json(_OWNERS), lambda data: judged(FILES["owners.json"], data), needs_remedy=True
    ),
    "detection.json": Door(
        _json(_DETECTION), lambda data: judged(FILES["detection.json"], data), needs_remedy=True
    ),
    "planned.yaml": Door(
        damaged_text(_PLANNED), lambda data: judged(FILES["planned.yaml"], data), needs_remedy=True
    ),
    "a record of CloudTrail": Door(_damaged_record(), _read_record),
    "an answer of Cost Explorer": Door(damaged(_PAGE), _read_costs),
    "an answer of Organizations": Door(damaged(_ACCOUNTS), _read_organizations),
    "a secret": Door(damaged({"bot_token": "xoxb-1", "webhook_url": "https://a"}), _read_secret),
    "a press of a button": Door(damaged(_PRESS).map(_press_body), parse),
    "a body that is no press": Door(st.binary(max_size=60), parse),
    "an answer of Slack": Door(damaged(_ANSWER), _read_slack),
    "an answer of Claude": Door(damaged(_CLAIMS), _read_claims),
    "the start of a scan": Door(
        damaged(
            {
                "scan_date": "2026-10-15",
                "scheduled_time": "2026-10-16T09:00:00Z",
                "account_ids": ["111122223333"],
            }
        ),
        _start,
    ),
    "a call of the feedback URL": Door(damaged(_URL), _url),
    "DiscoverAccounts' event": Door(
        damaged({"scan_date": "2026-10-15", "Id": "arn"}),
        _event("discover_accounts", "discover_accounts"),
    ),
    "DetectAnomalies' event": Door(damaged(_TASK), _event("detect_anomalies", "detect_anomalies")),
    "ExplainAnomaly's event": Door(
        damaged({**_TASK, **_ITEM}), _event("explain_anomaly", "explain_anomaly")
    ),
    "NotifyOwner's event": Door(
        damaged({**_TASK, "items": [_ITEM]}), _event("notify_owner", "notify_owner")
    ),
    "PublishDigest's event": Door(
        damaged({"scan": _SCAN}), _event("publish_digest", "publish_digest")
    ),
    "JoinCauses' event": Door(damaged({"scan": _SCAN}), _event("join_causes", "join_causes")),
    "StartScan's event": Door(
        damaged({"scan_date": "2026-10-15"}), _event("start_scan", "start_scan")
    ),
}
