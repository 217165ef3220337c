"""CloudTrail records of the default organisation, in the shape of LookupEvents."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from whyspike.simulator.fernhill.plan import Person, PlannedAccount, PlannedCall, Run, trail


def record(
    call: PlannedCall, account: PlannedAccount, scan_date: date, random: Random
) -> dict[str, Any]:
    """The LookupEvents record of one call."""
    moment = datetime.combine(scan_date + timedelta(days=call.day), datetime.min.time(), UTC)
    clock = datetime.strptime(call.time, "%H:%M:%S").replace(tzinfo=UTC)
    moment = moment.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
    event_id = _uuid(random)
    who = call.by
    unique = f"AROA{Random(account.id + who.role).getrandbits(80):020X}"[:21]
    key = f"ASIA{random.getrandbits(64):016X}"
    region = call.region or account.region
    issuer = {
        "type": "Role",
        "principalId": unique,
        "arn": f"arn:aws:iam::{account.id}:role{who.path}{who.role}",
        "accountId": account.id,
        "userName": who.role,
    }
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{unique}:{who.session}",
            "arn": f"arn:aws:sts::{account.id}:assumed-role/{who.role}/{who.session}",
            "accountId": account.id,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": call.source,
        "eventName": call.name,
        "awsRegion": region,
        "sourceIPAddress": (
            f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        ),
        "userAgent": trail().agents[who.agent],
        "requestParameters": dict(call.parameters) if call.parameters else None,
        "responseElements": None,
        "requestID": _uuid(random),
        "eventID": event_id,
        "readOnly": call.read_only,
        "eventType": "AwsConsoleSignIn" if call.name == "ConsoleLogin" else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account.id,
        "eventCategory": "Management",
    }
    return {
        "EventId": event_id,
        "EventName": call.name,
        "ReadOnly": "true" if call.read_only else "false",
        "EventTime": detail["eventTime"],
        "EventSource": call.source,
        "Username": who.session,
        "Resources": [
            {"ResourceType": kind, "ResourceName": name} for kind, name in call.resources
        ],
        "CloudTrailEvent": json.dumps(detail, separators=(",", ":")),
        "AccessKeyId": key,
    }


def routine_calls(random: Random, days: int) -> list[PlannedCall]:
    """Two to four ordinary calls a day, more people on weekdays than anybody would read."""
    calls = []
    for day in range(-days, 1):
        calls += [_routine_call(day, random) for _ in range(random.randint(2, 4))]
        if random.random() < 0.25:
            calls.append(_visit(day, random))
    return calls


def _routine_call(day: int, random: Random) -> PlannedCall:
    call = random.choice(trail().routine)
    number = random.randint(100, 999)
    run = random.randint(70000, 79999) if call.role == "ci-deploy" else None
    return PlannedCall(
        day,
        _time(random),
        call.source,
        call.name,
        Run(call.role, run),
        {key: value.format(n=number) for key, value in call.parameters.items()},
        read_only=call.read_only,
    )


def _visit(day: int, random: Random) -> PlannedCall:
    visitor = Person(random.choice(trail().visitors), "ReadOnlyAccess")
    return PlannedCall(
        day,
        _time(random),
        "signin.amazonaws.com",
        "ConsoleLogin",
        visitor,
        region="us-east-1",
    )


def _time(random: Random) -> str:
    return f"{random.randint(6, 19):02d}:{random.randint(0, 59):02d}:{random.randint(0, 59):02d}"


def _uuid(random: Random) -> str:
    text = f"{random.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
