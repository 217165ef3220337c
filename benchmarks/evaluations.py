"""The evaluations that ship: small bills and accounts with a known cause (evaluations.yaml), judged
at the default settings and marked. No network, no AWS account, two minutes.

    python -m benchmarks.evaluations [--bills-only]

They are few and were made by the authors of the detector: they show what is measured and how, and
notice when something breaks. How good it is on data of others stands in the README.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from whyspike.cli.backtest.replay import replay
from whyspike.cli.bills import read_bills
from whyspike.detection import DetectionSettings

CASES = Path(__file__).with_name("evaluations.yaml")
LAST, DAYS, JUDGED = date(2026, 3, 12), 90, 30
NOISE = 0.02
HEADINGS = (
    *("date", "account", "service", "usage_type", "region", "operation", "instance_type", "az"),
    *("tag_team", "tag_env", "record_type", "resource_id", "cost", "usage_quantity", "unit"),
)
MARKS = ("found", "where", "since", "category", "who")
MANAGEMENT, HUB = "400000000001", "400000000002"


def day(back: int) -> date:
    return LAST - timedelta(days=back)


def costs(case: Mapping[str, Any]) -> Iterator[tuple[date, float]]:
    """Each day with its cost; a day of `missing` has none."""
    noise = random.Random(str(case.get("id", case.get("usage_type"))))
    week = case.get("week", [1] * 7)
    for back in range(DAYS - 1, -1, -1):
        wobble = 1.0 if case.get("flat") else 1 + noise.uniform(-NOISE, NOISE)
        cost = case["base"] * week[day(back).weekday()] * wobble
        for change in case.get("changes", ()):
            if change.get("to", 0) <= back <= change["from"]:
                grown = change.get("grow", 0.0) * (change["from"] - back + 1)
                cost += (change.get("add", 0.0) + grown) * wobble
        if back not in case.get("missing", ()) and round(cost, 6):
            yield day(back), cost


def told(case: Mapping[str, Any], folder: Path) -> list[date]:
    """The days on which something new would have been told in the last month."""
    file = folder / f"{case['id']}.csv"
    lines = ["date,service,cost", *(f"{at},Amazon Service,{cost:.4f}" for at, cost in costs(case))]
    # A second service: on a day without the first one, the account's bill is there.
    other = {"id": "other", "base": 7, "missing": case.get("missing", ())}
    lines += [f"{at},AWS Other,{cost:.4f}" for at, cost in costs(other)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (bill,) = read_bills(file)
    days = [day(back) for back in range(JUDGED - 1, -1, -1)]
    return [
        line.scan_date
        for line in replay(bill, days, DetectionSettings())
        if line.message and line.told == "new"
    ]


def mark_bill(case: Mapping[str, Any], said: Sequence[date]) -> tuple[bool, int]:
    """Whether it is right (found in time, or rightly silent), and the false alerts."""
    if "told" not in case:
        return not said, len(said)
    first, last = (day(back) for back in case["told"])
    within = [at for at in said if first <= at <= last]
    return bool(within), len(said) - min(len(within), 1)


def write_organization(cases: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """The accounts as an organisation folder (docs/try-it.md)."""
    _json(
        folder / "organization.json",
        {
            "id": "o-evaluation1",
            "management_account": MANAGEMENT,
            "hub_account": HUB,
            "scan_date": LAST.isoformat(),
        },
    )
    for case in cases:
        place = folder / "accounts" / case["account"]
        tags = {"owner": "shop", "team": "shop", "env": "prod"}
        _json(
            place / "account.json",
            {
                "id": case["account"],
                "name": case["id"],
                "email": f"aws+{case['id']}@example.com",
                "ou_path": "Workloads/Prod",
                "state": "ACTIVE",
                "joined": "2023-01-09",
                "tags": tags,
                "access": {
                    "assume_role": "ok",
                    "cost_explorer": "ok",
                    "cloudtrail": "ok",
                    "resource_level": True,
                },
            },
        )
        with (place / "bill.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEADINGS)
            rows.writerows(row for line in case["lines"] for row in _rows(case["account"], line))
        events = sorted(
            (_event(case["account"], number, event) for number, event in enumerate(case["events"])),
            key=lambda event: str(event["EventTime"]),
            reverse=True,
        )
        _json(place / "cloudtrail.json", {"us-east-1": events})
    return folder


def _rows(account: str, line: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for at, cost in costs(line):
        resource = line.get("resource", "")
        service = {"natgateway": "ec2", "db": "rds"}.get(resource.split("/")[0].split(":")[0])
        arn = f"arn:aws:{service or 'sagemaker'}:us-east-1:{account}:{resource}" if resource else ""
        kind = line["usage_type"].partition(":")[2]
        yield (
            *(at, account, line["service"], line["usage_type"], "us-east-1"),
            *(line.get("operation", "NatGateway" if resource else ""), kind or "NoInstanceType"),
            *("NoAZ", "shop", "prod", line.get("record_type", "Usage"), arn),
            *(f"{cost:.6f}", f"{abs(cost) / line['price']:.6f}", line["unit"]),
        )


def _event(account: str, number: int, event: Mapping[str, Any]) -> dict[str, Any]:
    """The record as LookupEvents gives it."""
    at = f"{day(event['day'])}T{event['time']}Z"
    event_id = f"00000000-0000-4000-8000-{account[-6:]}{number:06d}"
    key, principal = f"ASIA{account}{number:04d}", f"AROA{account}{number:05d}"
    role = event["role"]
    path = "aws-reserved/sso.amazonaws.com/" if role.startswith("AWSReservedSSO_") else ""
    issuer = {
        "type": "Role",
        "principalId": principal,
        "arn": f"arn:aws:iam::{account}:role/{path}{role}",
        "accountId": account,
        "userName": role,
    }
    kind, name = event["resource"]
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{principal}:{event['session']}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{event['session']}",
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        "eventTime": at,
        "eventSource": f"{event['source']}.amazonaws.com",
        "eventName": event["name"],
        "awsRegion": "us-east-1",
        "sourceIPAddress": "10.0.12.7",
        "userAgent": "aws-sdk",
        "requestParameters": event["request"],
        "responseElements": None,
        "eventID": event_id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    return {
        "EventId": event_id,
        "EventName": event["name"],
        "ReadOnly": "false",
        "EventTime": at,
        "EventSource": detail["eventSource"],
        "Username": event["session"],
        "Resources": [{"ResourceType": kind, "ResourceName": name}],
        "CloudTrailEvent": json.dumps(detail),
        "AccessKeyId": key,
    }


def mark_account(
    truth: Mapping[str, Any] | None, explanations: Sequence[Mapping[str, Any]]
) -> dict[str, bool]:
    """Each mark for one account's explanations; for an account where nothing happened, that it was
    left in peace."""
    findings = [finding for said in explanations for finding in said["findings"]]
    if truth is None:
        return {"found": not explanations}
    finding = next((f for f in findings if f["driver"]["service"] == truth["service"]), None)
    if finding is None:
        return dict.fromkeys(MARKS, False)
    actor = finding["actor"]
    who = (
        actor.get("event") == truth["event"] and actor.get("session") == truth["session"]
        if "event" in truth
        else not actor.get("name")
    )
    usage_type = truth.get("usage_type")
    return {
        "found": True,
        "where": usage_type in (None, finding["driver"]["usage_type"]),
        "since": finding["onset"] == day(truth["onset"]).isoformat(),
        "category": finding["category"] == truth["category"],
        "who": who,
    }


def evaluate_bills(cases: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Prints the table of the bills; how many were wrong."""
    print(f"{'bill':20}{'right':>7}{'false alerts':>14}  what happens")
    right = false = 0
    for case in cases:
        good, alerts = mark_bill(case, told(case, folder))
        right, false = right + good, false + alerts
        print(f"{case['id']:20}{'yes' if good else 'NO':>7}{alerts:14}  {case['says']}")
    print(f"{'all':20}{right:>4}/{len(cases):<2}{false:14}\n")
    return len(cases) - right


def evaluate_accounts(cases: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Runs the deployed files over the accounts, prints the table; how many marks were missed."""
    organization, out = write_organization(cases, folder / "organization"), folder / "out"
    command = [
        *(str(Path(sys.executable).with_name("whyspike")), "demo", "--claude", "off"),
        *("--organization", str(organization), "--scan-date", LAST.isoformat(), "--out", str(out)),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
    explanations = json.loads((out / "explanations.json").read_text(encoding="utf-8"))
    print(f"{'account':20}" + "".join(f"{mark:>10}" for mark in MARKS))
    missed = 0
    for case in cases:
        mine = [said for said in explanations if said["account_id"] == case["account"]]
        marks = mark_account(case["truth"], mine)
        missed += sum(not good for good in marks.values())
        cells = {mark: "yes" if good else "NO" for mark, good in marks.items()}
        print(f"{case['id']:20}" + "".join(f"{cells.get(mark, '-'):>10}" for mark in MARKS))
    print(f"\n{missed} marks missed; nothing-happened is found when it is left in peace\n")
    return missed


def _json(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bills-only", action="store_true", help="without the simulated scan")
    arguments = parser.parse_args()
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wrong = evaluate_bills(cases["bills"], folder)
        if not arguments.bills_only:
            wrong += evaluate_accounts(cases["accounts"], folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
