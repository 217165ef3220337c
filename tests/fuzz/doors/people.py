"""What people and models send: Slack, Claude, the webhooks of owners, addresses, arguments."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import requests

from tests.fuzz.damage import Damage
from tests.fuzz.doors.door import Door
from tests.support.explanations import ITEMS, RULES
from whyspike.cli.arguments import parse_accounts, parse_date
from whyspike.cli.doctor.accounts import as_document
from whyspike.cli.doctor.findings import json_object
from whyspike.errors import BadSignature
from whyspike.explanation.answer import Answer, Hypothesis, Standing, to_value
from whyspike.explanation.judgement import told
from whyspike.incidents.feedback import check_signature, parse
from whyspike.incidents.page_links import asked_page
from whyspike.model import Message
from whyspike.payload import from_json
from whyspike.steps.explain_anomaly import ask_claude
from whyspike.steps.explain_anomaly.lookup_tools import answer_lookups
from whyspike.steps.record_feedback.step import UrlRequest
from whyspike.wire.aws_cli.commands import check_command
from whyspike.wire.secrets import SlackSecret
from whyspike.wire.slack import Slack
from whyspike.wire.webhook import Webhook

SLACK = SlackSecret("xoxb-example", None, "secret")

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
_DETAILS = {
    **_PRESS,
    "actions": [
        {"action_id": "details", "value": "111122223333-2026-10-15-0123abcd#0001|1760000000"}
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
    "error": "channel_not_found",
}


def _press(damage: Damage) -> bytes:
    payload = damage.json(damage.pick((_PRESS, _DETAILS)))
    body = urlencode({"payload": payload}).encode()
    return damage.raw(body) if damage.one_in(9) else body


class _Answers(requests.Session):
    """Gives one answer to every request."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__()
        self.given = answer

    def post(self, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code = self.given["status"]
        answer._content = self.given["body"]
        answer.headers.update({"Retry-After": self.given["retry"], "Content-Type": "text/html"})
        return answer


def _slack_answer(damage: Damage) -> Mapping[str, Any]:
    return {
        "status": damage.pick((200, 200, 200, 200, 204, 302, 400, 403, 404, 429, 500, 503)),
        "body": damage.json(_ANSWER),
        "retry": damage.pick(("", "1", "0.5")) if damage.one_in(2) else "x" + damage.odd_text()[:9],
    }


def _read_slack(answer: Mapping[str, Any]) -> object:
    session = _Answers(answer)
    slack = Slack(SLACK, "http://slack.test/", sleep=lambda _: None, session=session)
    message = Message("text", ())
    calls: Sequence[Callable[[], object]] = (
        lambda: slack.update("C0123456789", "1.0", message),
        lambda: slack.find("C0123456789", None, "n", 0.0),
        lambda: slack.upload("chart.png", "a chart", b"png"),
        lambda: slack.post("#shop", message, "n"),
    )
    return calls[len(answer["body"]) % len(calls)]()


# ------------------------------------------------------------------ the feedback URL

_URL = {
    "version": "2.0",
    "headers": {"x-slack-signature": "v0=0", "x-slack-request-timestamp": "1760000000"},
    "rawPath": "/incident/111122223333-2026-10-15-0123abcd",
    "rawQueryString": "until=1760000000&signature=abc",
    "body": "cGF5bG9hZD17fQ==",
    "isBase64Encoded": True,
    "requestContext": {"http": {"method": "POST", "path": "/"}},
}


def _read_url(value: Any) -> object:
    """Nobody has signed it, whatever it is."""
    asked = from_json(UrlRequest, value)
    for look in (
        lambda: check_signature("secret", dict(asked.headers), asked.content, 1_760_000_000.0),
        lambda: asked_page("secret", asked.rawPath, asked.rawQueryString),
    ):
        try:
            look()
        except BadSignature:
            continue
        raise AssertionError("taken as signed")
    return None


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


def _read_text(data: bytes) -> object:
    """A whole answer of Claude, whose text need not be JSON."""
    block = SimpleNamespace(type="text", text=data.decode("utf-8", "replace"))
    message: Any = SimpleNamespace(stop_reason="end_turn", content=[block], stop_details=None)
    answer = ask_claude._read(message, ask_claude.ClaudeAnswer(None, "", "claude"))
    if answer.explanation is None:
        assert answer.failure
    return answer


_LOOKUP = {"by": "REGION", "service": "AWS Lambda", "usage_type": ""}
_FIND = {"region": "us-east-1", "attribute": "EventName", "value": "DeleteVpcEndpoints"}


def _lookups(damage: Damage) -> Any:
    kind, arguments = damage.pick((("group_costs", _LOOKUP), ("find_events", _FIND)))
    name = damage.odd_text() if damage.one_in(9) else kind
    block = {"type": "tool_use", "id": "t1", "name": name, "input": damage.value(arguments)}
    return [block] * damage.pick((1, 1, 2, 5))


def _read_lookups(blocks: Any) -> object:
    """What is asked for stands in the evidence or on a closed list."""
    message: Any = SimpleNamespace(content=[SimpleNamespace(**block) for block in blocks])
    asked = []

    def fetch(lookup: Any) -> Any:
        asked.append(lookup)
        return ITEMS[0]

    results, found, left = answer_lookups(message, ITEMS, fetch, 2, 10_000)
    assert len(results) == len(blocks)
    assert len(found) == len(asked) == 2 - left
    return results


_COMMANDS = (
    "aws ec2 describe-instances --region eu-west-1 --filters Name=instance-type,Values=m5.4xlarge",
    "aws ce get-cost-and-usage --time-period Start=2026-11-01,End=2026-11-05 --granularity DAILY"
    ' --metrics UnblendedCost --filter \'{"Dimensions": {"Key": "SERVICE", "Values": ["x"]}}\'',
    "aws s3 ls s3://bucket/path --recursive",
    "aws rds modify-db-instance --db-instance-identifier db-1 --no-multi-az",
)


def _command(damage: Damage) -> str:
    words = damage.pick(_COMMANDS).split(" ")
    for _ in range(damage.pick((1, 1, 2))):
        at = damage.pick(range(len(words)))
        words[at] = str(damage.altered(words[at])) if damage.one_in(2) else damage.odd_text()
    return " ".join(words)


# ------------------------------------------------------------------ owners' webhooks

_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Retry-After: 5\r\n\r\n{}"
)


class _Plain:
    """Stands for TLS: the bytes go through as they are."""

    verify_mode, check_hostname, post_handshake_auth = 0, False, False

    def wrap_socket(self, plain: Any, **_: Any) -> Any:
        return plain


class _Socket(socket.socket):
    def do_handshake(self) -> None:
        pass


def _read_response(data: bytes) -> object:
    ours, theirs = socket.socketpair()
    wrapped = _Socket(fileno=ours.detach())
    with theirs:
        theirs.settimeout(1.0)
        theirs.sendall(data[:50_000])
        theirs.shutdown(socket.SHUT_WR)
        hook = Webhook(
            "ledger",
            "https://a.example/in",
            dial=lambda *_: wrapped,
            tls=_Plain(),  # type: ignore[arg-type]
            seconds=5.0,
        )
        hook.post(b"{}", {})
        return None


# ------------------------------------------------------------------ the command line

_ARGUMENTS = ("2026-11-06", "111122223333,444455556666")


def _read_argument(text: str) -> object:
    return (parse_accounts if "," in text else lambda one: parse_date(one, "--scan-date"))(text)


def _read_stored_secret(data: bytes) -> object:
    return json_object(data.decode("utf-8", "replace"))


DOORS: Mapping[str, Door] = {
    "a press of a button": Door(_press, parse, ("incidents.feedback",)),
    "an answer of Slack": Door(_slack_answer, _read_slack, ("wire.slack",)),
    "a call of the feedback URL": Door(
        lambda damage: damage.value(_URL),
        _read_url,
        ("steps.record_feedback.step", "incidents.page_links"),
    ),
    "claims of Claude": Door(
        lambda damage: damage.value(_CLAIMS), _read_claims, ("explanation.answer",)
    ),
    "an answer of Claude": Door(
        lambda damage: damage.json(_CLAIMS), _read_text, ("steps.explain_anomaly.ask_claude",)
    ),
    "look-ups of Claude": Door(_lookups, _read_lookups, (), share=0.5),
    "a command to copy": Door(
        _command, check_command, ("wire.aws_cli.values", "wire.aws_cli.split"), share=0.5
    ),
    "an answer of a webhook": Door(
        lambda damage: damage.raw(_RESPONSE), _read_response, ("wire.webhook",), share=0.2
    ),
    "an argument of a command": Door(
        lambda damage: str(damage.altered(damage.pick(_ARGUMENTS))),
        _read_argument,
        ("cli.arguments",),
        needs_remedy=True,
        share=0.2,
    ),
    "a policy that the doctor looks at": Door(
        lambda damage: damage.json({"Statement": [{"Effect": "Allow"}]}).decode("utf-8", "replace"),
        as_document,
        ("cli.doctor.accounts",),
        share=0.2,
    ),
    "a secret that the doctor looks at": Door(
        lambda damage: damage.json({"bot_token": "xoxb-1"}),
        _read_stored_secret,
        ("cli.doctor.findings",),
        share=0.2,
    ),
}
