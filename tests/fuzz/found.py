"""What was found: every input that brought out something else than an error of ours, or too much
of one; and the readers that read nothing from outside."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.fuzz.damage import DEEP, GROWTH, LONG
from tests.fuzz.doors import aws, files, stored
from tests.support.bill_files import charges, own
from whyspike.payload import to_json
from whyspike.wire.commitments import RESERVATIONS

_DEEP = "[" * DEEP
_OWN = own(charges(16))


def _with(text: str, old: str, new: str) -> bytes:
    assert old in text
    return text.replace(old, new).encode()


def _page(amount: object, token: str = "") -> dict[str, Any]:
    page = json.loads(json.dumps(aws._page(["AWS Lambda", "Usage"], ["AWS Lambda", "Usage"])))
    for day in page["ResultsByTime"]:
        for group in day["Groups"]:
            group["Metrics"]["UnblendedCost"]["Amount"] = amount
    return {**page, **({"NextPageToken": token} if token else {})}


def _row(body: str = "{}", **attributes: dict[str, Any]) -> dict[str, Any]:
    keys = {"PK": {"S": "ACCOUNT#111122223333"}, "SK": {"S": f"INCIDENT#{stored._ID}"}}
    return {"body": {"S": body}, **keys, **attributes}


_INCIDENT = json.dumps(to_json(stored._INCIDENT))

# By what it was: the door, and the input, made when it is wanted, since some are large.
FOUND: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "a heading without an end": ("a bill of two columns", lambda: b"a" * LONG + b"\n1"),
    "a heading of Chinese that was UTF-8": (
        "a Cost and Usage Report 2.0",
        lambda: b"\xfe\xff" + files._CUR_2.encode(),
    ),
    "a bill from the year 1 on": (
        "a bill of two columns",
        lambda: _with(_OWN, "2026-09-02", "0001-01-01"),
    ),
    "tags nested without an end": (
        "a Cost and Usage Report 2.0",
        lambda: _with(files._with_tags(files._CUR_2), '{""user_team"": ""shop""}', _DEEP),
    ),
    "a quantity that is none": (
        "a bill of the command line",
        lambda: json.dumps(_page("NaN")).encode(),
    ),
    "an answer nested without an end": ("a bill of the command line", lambda: _DEEP.encode()),
    "a number of five thousand digits": (
        "a bill of the command line",
        lambda: b'{"a": ' + b"1" * 5_000 + b"}",
    ),
    "a line that unpacks to six million characters": (
        "a packed bill",
        lambda: gzip.compress(b"date,service,cost\n" + b"a" * GROWTH, 1, mtime=0),
    ),
    "a manifest whose keys are a number": (
        "the manifest of an export",
        lambda: b'{"reportKeys": 1.5}',
    ),
    "a manifest with a key of nothing": (
        "the manifest of an export",
        lambda: b'{"reportKeys": [""]}',
    ),
    "an organisation file with five thousand digits": (
        "an organisation folder",
        lambda: ("organization.json", b'{"id": ' + b"1" * 5_000 + b"}"),
    ),
    "settings of a backtest in no encoding": (
        "the settings of a backtest",
        lambda: b"\xff\xfe{}",
    ),
    "results that are a list": (
        "results for an assistant",
        lambda: ("digest.json", b'{"lines": []}'),
    ),
    "a record of CloudTrail that is a text": (
        "pages of CloudTrail",
        lambda: [{"Events": ["RunInstances"]}],
    ),
    "costs that are no numbers": ("pages of Cost Explorer", lambda: [_page("NaN")]),
    "costs whose sum is none": (
        "pages of the payer's Cost Explorer",
        lambda: [{**aws._page(["1", "a"], ["1", "a"]), **_page(-1e308)}],
    ),
    "an impact without an end": (
        "pages of GetAnomalies",
        lambda: [
            {
                "Anomalies": [
                    {**aws._ANOMALIES["Anomalies"][0], "Impact": {"TotalImpact": float("inf")}}
                ]
            }
        ],
    ),
    "credentials that are a list": ("an answer of EventBridge, SES or STS", list),
    "a row without a word": ("a row of an incident", lambda: _row(_INCIDENT)),
    "a message told after all times": (
        "a row of an incident",
        lambda: _row(_INCIDENT, told_at={"S": "1e20"}, what={"S": "new"}),
    ),
    "a body that is a number": (
        "a row of a common cause",
        lambda: {**_row(), "body": {"N": "1"}},
    ),
    "a lease until tomorrow": (
        "a row of a notice",
        lambda: {**_row("{}"), "lease_until": {"S": "tomorrow"}},
    ),
    "half a history": ("a row of an incident's history", lambda: _row('{"incident_id"')),
    "bytes in the place of a text": (
        "a row of a scan",
        lambda: {**_row(), "what": {"B": b"\xff"}, "status": {"B": b"\xff"}},
    ),
    "half a manifest": ("the manifest in the bucket", lambda: b'[{"account_id"'),
    "half a digest": ("a digest in the bucket", lambda: b'{"scan_id"'),
    "months that are a list": ("earlier months in the bucket", lambda: b"[1]"),
    "a batch without accounts": ("a batch of discovery in the bucket", lambda: b'{"run": "r"}'),
    "a slice with a number that is none": (
        "a slice of the payer's bill in the bucket",
        lambda: json.dumps(to_json(stored._COSTS)).replace("62.0", '"NaN"', 1).encode(),
    ),
    "a slice with a day too few": (
        "a slice of the payer's bill in the bucket",
        lambda: json.dumps(to_json(stored._COSTS)).replace("62.0, ", "", 1).encode(),
    ),
    "results with a day too few": (
        "results for an assistant",
        lambda: (
            "accounts.json",
            json.dumps(files._RESULTS["accounts.json"]).replace("62.0, ", "", 1).encode(),
        ),
    ),
    "a signature of half a character": (
        "a call of the feedback URL",
        lambda: {"rawPath": "/incident/1", "rawQueryString": "until=1&signature=\ud800"},
    ),
    "a plan whose references stand for billions": ("planned.yaml", lambda: files._YAML_BOMB),
    "a heading that begins as JSON, and a byte that is no UTF-8": (
        "a Cost and Usage Report 2.0",
        lambda: b"[" + files._CUR_2.encode() + b"\xd9",
    ),
    "accounts of half characters": (
        "the start of a scan",
        lambda: {"account_ids": ["a", "\ud800"]},
    ),
    "an anomaly listed from a number on": (
        "an organisation folder",
        lambda: (
            "anomaly_detection.json",
            json.dumps(files._VALUES["anomaly_detection.json"])
            .replace('"2026-10-12"', "12")
            .encode(),
        ),
    ),
    "a reservation of as many as a word": (
        "pages of reservations",
        lambda: [
            {
                kind.result: [
                    aws._RESERVED,
                    {**aws._RESERVED, "State": "queued", kind.number: "two"},
                ]
                for kind in RESERVATIONS
            }
        ],
    ),
    "earlier months with one too few": (
        "earlier months in the bucket",
        lambda: (
            b'{"months": ["2026-10-01"], "series": [{"service": "a", "costs": [], '
            b'"record_class": "usage", "usage_type": null}]}'
        ),
    ),
    "a plan that holds itself": ("planned.yaml", lambda: b"planned: &a [*a]"),
    "a reservation at the end of all times": (
        "an organisation folder",
        lambda: (
            "accounts/110000000001/commitments.json",
            json.dumps(files._VALUES["accounts/110000000001/commitments.json"])
            .replace("2025-10-16T00:00:00Z", "9999-12-31T23:59:59-12:00")
            .encode(),
        ),
    ),
    "an amount of four hundred digits": (
        "results for a report",
        lambda: (
            "incidents.json",
            _with(
                json.dumps(files._RESULTS["incidents.json"]),
                '"expected_low": "30"',
                f'"expected_low": "{"9" * 400}"',
            ),
        ),
    ),
    "a digest of an older version": (
        "results for an assistant",
        lambda: (
            "digest.json",
            _with(json.dumps(files._RESULTS["digest.json"]), '"unanswered_days"', '"x"'),
        ),
    ),
    "a least impact that is no number": (
        "detection.json",
        lambda: b'{"minimum_impact_usd": NaN}',
    ),
    "an event whose accounts are a number": ("the start of a scan", lambda: {"account_ids": 1}),
}

_SIMULATED = "requests of our own code to the simulated organisation on the same machine"
_PACKAGED = "files of the package itself"
_EVIDENCE = "evidence that was read through its own door"
_STACK = "what our own state machine ended with, as AWS's SDK gives it"

NOT_FROM_OUTSIDE: Mapping[str, str] = {
    "cli.price.model": _PACKAGED,
    "cli.scan": _STACK,
    "data": _PACKAGED,
    "explanation.prompts.texts": _PACKAGED,
    "knowledge.claude_prices": _PACKAGED,
    "messages.change_event": "a document of ours, in a notice that was read through its own door",
    "explanation.claims.conditions": _EVIDENCE,
    "explanation.claims.reading_grounds": _EVIDENCE,
    "explanation.rules.advice": _EVIDENCE,
    "simulator.aws.event_bus": _SIMULATED,
    "simulator.aws.request": _SIMULATED,
    "simulator.aws.roles": _SIMULATED,
    "simulator.claude.reading": _SIMULATED,
    "simulator.claude.recorded": "answers of Claude that the demo recorded itself",
    "simulator.containers": _SIMULATED,
    "simulator.fernhill.plan": _PACKAGED,
    "simulator.front": _SIMULATED,
    "simulator.functions.runtime_emulator": _SIMULATED,
    "simulator.functions.network": _SIMULATED,
    "simulator.receivers.teams": _SIMULATED,
    "simulator.receivers.webhook": _SIMULATED,
    "simulator.functions.service": _SIMULATED,
    "simulator.functions.url": _SIMULATED,
    "simulator.scan_run": _SIMULATED,
    "simulator.simulation": _SIMULATED,
    "simulator.slack.limits": _SIMULATED,
    "simulator.slack.workspace": _SIMULATED,
}
