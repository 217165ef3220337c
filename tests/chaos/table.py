"""The faults that `make chaos` tries, each with what a person sees of it and for how long whyspike
tries again. docs/reliability.md is written from this table (tools/reliability.py).

A row says what goes wrong before the scan of DAY; the fault ends when that scan has ended, or when
the state machine has waited `lasts` seconds. Then the scan of the next day runs, and everything
that was planted must have been told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from tests.chaos.world import ASKED_MORE, DAY, GROWN, NEXT, QUIET, SPIKED, Chaos
from whyspike.messages.templates.kinds import KINDS
from whyspike.simulator.faults import ALWAYS
from whyspike.simulator.receivers.served import INTRANET, WEBHOOKS
from whyspike.steps.weekly import WEEKDAYS

MINUTE = 60.0
FUNCTIONS = (
    "JoinCauses",
    "DiscoverAccounts",
    "DetectAnomalies",
    "ExplainAnomaly",
    "NotifyOwner",
    "PublishDigest",
)


class Told(StrEnum):
    """When the owners hear of it."""

    SAME_SCAN = "in the same scan"
    NEXT_SCAN = "by the next scan"


class Area(StrEnum):
    BILL = "Accounts and their bills"
    STORE = "Table, bucket, secrets and functions"
    SLACK = "Slack and e-mail"
    TARGETS = "Event bus, webhooks, Teams, AWS's own detector and commitments"
    CLAUDE = "Claude"
    PEOPLE = "Settings, caps and what people do"
    TIME = "Scans and days"


def _nothing(_: Chaos) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """`faults` are the simulator's, by name. `run` is how the first scan ends, `digest` whether its
    digest arrives, `said` stands in that digest's data or in the failed run's error."""

    name: str
    area: Area
    seen: str
    retried: str
    faults: Mapping[str, int] = field(default_factory=dict)
    lasts: float = 0.0
    prepare: Callable[[Chaos], object] = _nothing
    mend: Callable[[Chaos], object] = _nothing
    told: Told = Told.SAME_SCAN
    run: str = "SUCCEEDED"
    digest: bool = True
    said: str = ""
    scan: Callable[[Chaos], object] | None = None  # in the place of one scan of DAY
    day: date = DAY  # of the first scan
    twice: bool = False  # what was told comes once more, and cannot be known as a repeat
    sample: bool = False  # tried by `make test` too


ENDS = "{% endfor %}" * 3
WEEKDAY = WEEKDAYS[(DAY + timedelta(days=1)).weekday()]  # on which the scan of DAY runs
NOTHING = "nothing: the scan ends as always"
IN_CLIENT = "some seconds, by the client of the function"
OUTAGE = "38 minutes by the state machine, then by the next scan"
NEXT_DAY = "by the next scan"
FORTNIGHT = "by each scan, for 14 days"
AT_ONCE = "no need: the digest or message goes another way at once"


def _all(name: str, times: int) -> dict[str, int]:
    return {f"{name}:{function}": times for function in FUNCTIONS}


def _owners(**changes: object) -> Callable[[Chaos], None]:
    def change(chaos: Chaos) -> None:
        settings = {
            "owners": {"shop": {"channel": "#shop"}, "data": {"channel": "#data"}},
            **changes,
        }
        chaos.settings("owners.json", json.dumps(settings))

    return change


def _file(name: str, text: str | bytes) -> Callable[[Chaos], None]:
    return lambda chaos: chaos.settings(name, text)


def _at(day: date) -> Callable[[Chaos], None]:
    return lambda chaos: chaos.another_time(day + timedelta(days=1))


def _twice(chaos: Chaos) -> None:
    chaos.scan(DAY)
    chaos.scan(DAY)


def _restored(chaos: Chaos) -> None:
    before = chaos.backup()
    chaos.scan(DAY)
    chaos.restore(before)


def _message_deleted(chaos: Chaos) -> None:
    chaos.scan(DAY)
    chaos.delete_messages()
    chaos.scan(DAY, account_ids=[GROWN])


def _hook_at(host: str) -> Callable[[Chaos], None]:
    """The webhook's address leads to another host."""

    def change(chaos: Chaos) -> None:
        chaos.targets_secret(_targets(chaos).replace(WEBHOOKS, host))

    return change


def _hook_right(chaos: Chaos) -> None:
    chaos.targets_secret(_targets(chaos))


def _targets(chaos: Chaos) -> str:
    assert chaos.sim.receivers
    return chaos.sim.receivers.secret


def _asks_more(chaos: Chaos) -> None:
    chaos.parameters(**ASKED_MORE)


def _false_alarm(chaos: Chaos) -> None:
    chaos.scan(DAY)
    message = next(m for m in chaos.sim.slack.messages if "account-001" in m.text)
    assert chaos.press(message, "false_alarm") == 200
    chaos.scan(DAY)


def _gap(chaos: Chaos) -> None:
    chaos.scan(DAY - timedelta(days=4))


def _digest_row_broken(chaos: Chaos) -> None:
    chaos.scan(DAY)
    name, table = chaos.sim.resource("IncidentTable"), chaos.sim.client("dynamodb")
    for item in chaos.sim.table_items():
        if item["SK"]["S"].startswith("INCIDENT#") and GROWN in item["SK"]["S"]:
            item["body"] = {"S": "{}"}
            table.put_item(TableName=name, Item=item)


def _marker_without_notice(chaos: Chaos) -> None:
    chaos.sim.client("dynamodb").put_item(
        TableName=chaos.sim.resource("IncidentTable"),
        Item={"PK": {"S": f"ACCOUNT#{GROWN}"}, "SK": {"S": "PENDING#gone#0001"}},
    )


def _hostile_names(chaos: Chaos) -> None:
    chaos.account(
        GROWN, name="account-001\x1b]0;x\x07\u202e<!channel> @here", tags={"owner": "shop"}
    )


_TRIED_AGAIN = "three times by the state machine"
_TOLD = "nothing; a message may be marked as a possible repeat"
# What a person sees of a function that dies, after whichever of its calls (test_deaths.py), and who
# tries again.
DEATHS: Mapping[str, tuple[str, str]] = {
    "StartScan": (NOTHING, "by Lambda twice; the scan of a date is started once"),
    "DiscoverAccounts": (NOTHING, "15 times by the state machine, from the batch that was left"),
    "DetectAnomalies": (NOTHING, _TRIED_AGAIN),
    "JoinCauses": (NOTHING, _TRIED_AGAIN),
    "ExplainAnomaly": (NOTHING, _TRIED_AGAIN),
    "NotifyOwner": (_TOLD, "ten times by the state machine, after the lease of 45 seconds"),
    "PublishDigest": (_TOLD, "ten times by the state machine, after the lease of 45 seconds"),
    "RecordFeedback": (
        "Slack's warning at the button",
        "by pressing again; an answer that was stored is shown by the next scan",
    ),
}

FAULTS = (
    # ------------------------------------------------------------ accounts and their bills
    Fault(
        "Organizations throttles a few requests",
        Area.BILL,
        NOTHING,
        IN_CLIENT,
        {"organizations:throttle": 8},
    ),
    Fault(
        "Organizations throttles for ten minutes",
        Area.BILL,
        "the digest comes later",
        "55 minutes by the state machine, then by the next scan",
        {"organizations:throttle": ALWAYS},
        lasts=10 * MINUTE,
    ),
    Fault(
        "Organizations may not be read",
        Area.BILL,
        "the run fails with OrganizationAccessDenied and the alarm rings; no digest",
        NEXT_DAY,
        {"organizations:deny": ALWAYS},
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="OrganizationAccessDenied",
    ),
    Fault(
        "one account's role cannot be assumed",
        Area.BILL,
        "the digest lists the account as not scanned, with the remedy",
        "by the next scan, which judges the missed day too",
        {f"sts:deny:{SPIKED}": ALWAYS},
        told=Told.NEXT_SCAN,
        said="MemberRoleDenied",
    ),
    Fault("STS throttles a few requests", Area.BILL, NOTHING, IN_CLIENT, {"sts:throttle": 6}),
    Fault(
        "Cost Explorer throttles a few requests",
        Area.BILL,
        NOTHING,
        IN_CLIENT,
        {"cost_explorer:throttle": 12},
    ),
    Fault(
        "Cost Explorer throttles for ten minutes",
        Area.BILL,
        "the digest comes later",
        "55 minutes by the state machine, then by the next scan",
        {"cost_explorer:throttle": ALWAYS},
        lasts=10 * MINUTE,
    ),
    Fault(
        "Budgets may not be read",
        Area.BILL,
        "the weekly summary says so, with the remedy",
        "by the next weekly summary",
        prepare=lambda chaos: chaos.parameters(READ_BUDGETS="true", WEEKLY_SUMMARY=WEEKDAY),
        mend=lambda chaos: chaos.parameters(READ_BUDGETS="false", WEEKLY_SUMMARY="off"),
        said="ReadsBudgets=true",
    ),
    Fault(
        "Cost Explorer is denied in one account",
        Area.BILL,
        "the digest lists the account as not scanned, with the remedy",
        "by the next scan, which judges the missed day too",
        {f"cost_explorer:deny:{SPIKED}": ALWAYS, "sts:deny:900000000001": ALWAYS},
        told=Told.NEXT_SCAN,
        said="CostExplorerDenied",
    ),
    Fault(
        "one account has no data yet",
        Area.BILL,
        "the digest lists the account as not scanned, with the remedy",
        "two minutes by the state machine, then by the next scan, which judges the missed day too",
        {f"cost_explorer:not_ready:{SPIKED}": ALWAYS},
        told=Told.NEXT_SCAN,
        said="NotReady",
    ),
    Fault(
        "Cost Explorer does not answer twice",
        Area.BILL,
        NOTHING,
        IN_CLIENT,
        {"cost_explorer:timeout": 2},
        sample=True,
    ),
    *(
        Fault(
            f"Cost Explorer says {code} in the middle of a query",
            Area.BILL,
            NOTHING,
            "the query is asked anew, three times at most",
            {f"cost_explorer:{code}": 1},
        )
        for code in (
            "InvalidNextTokenException",
            "RequestChangedException",
            "BillExpirationException",
            "ExpiredTokenException",
        )
    ),
    Fault(
        "CloudTrail is denied in one Region",
        Area.BILL,
        "the message names the Region that could not be read",
        "no: the message goes out without it",
        {"cloudtrail:deny:us-east-1": ALWAYS},
    ),
    Fault(
        "CloudTrail is denied in an account",
        Area.BILL,
        "the message says that nobody could look who did it",
        "no: the message goes out without it",
        {f"cloudtrail:deny:{GROWN}": ALWAYS},
    ),
    Fault(
        "CloudTrail throttles all day",
        Area.BILL,
        "the message says that the trail could not be read",
        "by the client of the function, then no more",
        {"cloudtrail:throttle": ALWAYS},
    ),
    Fault(
        "an account leaves while the scan runs",
        Area.BILL,
        "the digest lists the account as not scanned",
        "not at all once it is gone",
        {f"sts:deny:{QUIET}": ALWAYS},
        mend=lambda chaos: chaos.account(QUIET, state="SUSPENDED"),
        said="MemberRoleDenied",
    ),
    Fault(
        "an account moves to another unit between two scans",
        Area.BILL,
        NOTHING,
        "no need",
        mend=lambda chaos: chaos.account(GROWN, ou_path="Sandbox"),
    ),
    Fault(
        "an account has lost its owner tag",
        Area.BILL,
        "the message goes to the default channel and says which tag is missing",
        "no need",
        prepare=lambda chaos: chaos.account(GROWN, tags={}),
    ),
    Fault(
        "an account's name holds control characters and a mention",
        Area.BILL,
        "the name without them",
        "no need",
        prepare=_hostile_names,
    ),
    # ------------------------------------------------------------ table, bucket, secrets, functions
    Fault(
        "the table throttles a few writes",
        Area.STORE,
        NOTHING,
        IN_CLIENT,
        {"aws:dynamodb:UpdateItem:ThrottlingException": 6},
    ),
    Fault(
        "a transaction of the table is cancelled twice",
        Area.STORE,
        NOTHING,
        "38 minutes by the state machine",
        {"aws:dynamodb:TransactWriteItems:TransactionCanceledException": 2},
        sample=True,
    ),
    Fault(
        "the table is over its throughput for some writes",
        Area.STORE,
        NOTHING,
        IN_CLIENT,
        {"aws:dynamodb:PutItem:ProvisionedThroughputExceededException": 6},
    ),
    Fault(
        "the table fails a few reads",
        Area.STORE,
        NOTHING,
        IN_CLIENT,
        {"aws:dynamodb:Query:InternalServerError": 6},
    ),
    Fault(
        "the table is away for ten minutes",
        Area.STORE,
        "the digest comes later",
        OUTAGE,
        {"aws:dynamodb:*:InternalServerError": ALWAYS},
        lasts=10 * MINUTE,
    ),
    Fault(
        "the table does not answer",
        Area.STORE,
        "the digest comes later",
        OUTAGE,
        {"aws:dynamodb:TransactWriteItems:NoAnswer": 6},
    ),
    Fault(
        "the bucket asks to slow down",
        Area.STORE,
        NOTHING,
        IN_CLIENT,
        {"aws:s3:GetObject:SlowDown": 8},
    ),
    Fault(
        "the bucket is away for ten minutes",
        Area.STORE,
        "the digest comes later",
        OUTAGE,
        {"aws:s3:*:InternalError": ALWAYS},
        lasts=10 * MINUTE,
    ),
    Fault(
        "the bucket may not be written",
        Area.STORE,
        "the run fails and the alarm rings; no digest",
        NEXT_DAY,
        {"aws:s3:PutObject:AccessDenied": ALWAYS},
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="AccessDenied",
    ),
    Fault(
        "Secrets Manager fails a few times",
        Area.STORE,
        NOTHING,
        IN_CLIENT,
        {"aws:secretsmanager:GetSecretValue:InternalServiceError": 6},
    ),
    Fault(
        "Slack's secret may not be read",
        Area.STORE,
        "the run fails with the reason and the alarm rings; no digest",
        NEXT_DAY,
        {"aws:secretsmanager:GetSecretValue:AccessDeniedException": ALWAYS},
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="AccessDeniedException",
    ),
    Fault(
        "Lambda throttles a few invocations",
        Area.STORE,
        NOTHING,
        "55 minutes by the state machine",
        {"lambda:throttle": 10},
    ),
    Fault(
        "Lambda fails each function three times",
        Area.STORE,
        NOTHING,
        OUTAGE,
        _all("lambda:fail", 3),
    ),
    *(
        Fault(
            f"each function ends once with {death}",
            Area.STORE,
            NOTHING,
            "three to fifteen times by the state machine",
            _all(f"lambda:{death}", 1),
            sample=death == "Runtime.ExitError",
        )
        for death in ("Runtime.ExitError", "Sandbox.Timedout", "Lambda.Unknown")
    ),
    Fault(
        "detection always dies",
        Area.STORE,
        "the digest lists the accounts as not scanned, with the remedy",
        "three times by the state machine, then by the next scan, which judges the missed day too",
        {"lambda:Runtime.ExitError:DetectAnomalies": ALWAYS},
        told=Told.NEXT_SCAN,
        said="Runtime.ExitError",
    ),
    Fault(
        "the explanation always dies",
        Area.STORE,
        "owners are told with the figures alone; the digest says so",
        "three times by the state machine",
        {"lambda:Runtime.ExitError:ExplainAnomaly": ALWAYS},
        said="not_explained",
    ),
    Fault(
        "the messenger to owners always dies",
        Area.STORE,
        "the digest lists the owners as not told",
        "two minutes by the state machine, then by the next scan",
        {"lambda:Runtime.ExitError:NotifyOwner": ALWAYS},
        told=Told.NEXT_SCAN,
        said="owners_not_told",
    ),
    Fault(
        "the digest always dies",
        Area.STORE,
        "the run fails and the alarm rings; owners were told",
        "two minutes by the state machine, then by the next scan",
        {"lambda:Runtime.ExitError:PublishDigest": ALWAYS},
        run="FAILED",
        digest=False,
        said="Runtime.ExitError",
    ),
    # ------------------------------------------------------------ Slack and e-mail
    Fault(
        "Slack is down for half an hour",
        Area.SLACK,
        "messages and digest come later",
        OUTAGE,
        {"slack:down": ALWAYS},
        lasts=30 * MINUTE,
    ),
    Fault(
        "Slack is down all day",
        Area.SLACK,
        "the run fails and the alarm rings; no digest",
        OUTAGE,
        {"slack:down": ALWAYS},
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
    ),
    Fault(
        "Slack asks to wait a second, three times",
        Area.SLACK,
        NOTHING,
        "20 seconds by the function",
        {"slack:429": 3},
    ),
    Fault(
        "Slack asks to wait ten minutes",
        Area.SLACK,
        "messages come later",
        "55 minutes by the state machine, then by the next scan",
        {"slack:429_long": 4},
    ),
    Fault("Slack answers with an error", Area.SLACK, NOTHING, OUTAGE, {"slack:500": 3}),
    Fault(
        "Slack answers with an error, and posted all the same",
        Area.SLACK,
        "nothing: the message is looked up before it is sent again",
        OUTAGE,
        {"slack:500_after": 3},
    ),
    Fault("Slack does not answer", Area.SLACK, NOTHING, OUTAGE, {"slack:timeout": 3}),
    Fault(
        "Slack does not answer, and posted all the same",
        Area.SLACK,
        "nothing: the message is looked up before it is sent again",
        OUTAGE,
        {"slack:timeout_after": 3},
        sample=True,
    ),
    Fault(
        "Slack does not answer, and its history may not be read",
        Area.SLACK,
        "the message comes once more, marked as a possible repeat",
        OUTAGE,
        {"slack:timeout_after:#shop": 1, "slack:missing_scope": ALWAYS},
    ),
    Fault(
        "Slack answers with a page of HTML",
        Area.SLACK,
        NOTHING,
        OUTAGE,
        {"slack:html": 4},
    ),
    Fault(
        "an owner's channel does not exist",
        Area.SLACK,
        "the message goes to the default channel and says for whom it is",
        AT_ONCE,
        {"slack:channel_not_found:#shop": ALWAYS},
    ),
    Fault(
        "the digest's channel is archived",
        Area.SLACK,
        "the digest comes to the default channel",
        AT_ONCE,
        {"slack:is_archived:#costs": ALWAYS},
    ),
    Fault(
        "Slack's token is revoked, and there is an e-mail address",
        Area.SLACK,
        "the digest comes by e-mail and lists the owners as not told",
        NEXT_DAY,
        {"slack:invalid_auth": ALWAYS},
        prepare=Chaos.mail_besides,
        told=Told.NEXT_SCAN,
        said="owners_not_told",
    ),
    Fault(
        "Slack's token is revoked, and there is no e-mail address",
        Area.SLACK,
        "the run fails with Slack's word and the alarm rings; no digest",
        NEXT_DAY,
        {"slack:invalid_auth": ALWAYS},
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="invalid_auth",
    ),
    Fault(
        "charts cannot be uploaded",
        Area.SLACK,
        "messages without a chart",
        "no",
        {"slack:upload": 4},
    ),
    Fault(
        "somebody deletes all messages, and the date is run again",
        Area.SLACK,
        "the digest is posted anew; owners' messages stay away as they were told",
        "no need",
        scan=_message_deleted,
    ),
    Fault(
        "Slack's secret has a misspelt key",
        Area.SLACK,
        "the run fails and names the key; no digest",
        NEXT_DAY,
        prepare=lambda chaos: chaos.secret('{"bot_tokn": "xoxb-simulated"}'),
        mend=lambda chaos: chaos.secret('{"bot_token": "xoxb-simulated"}'),
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="bot_tokn",
    ),
    Fault(
        "Slack's secret is no JSON",
        Area.SLACK,
        "the run fails and names the secret; no digest",
        NEXT_DAY,
        prepare=lambda chaos: chaos.secret("xoxb-simulated"),
        mend=lambda chaos: chaos.secret('{"bot_token": "xoxb-simulated"}'),
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="not a JSON object",
    ),
    Fault(
        "there is no Slack yet",
        Area.SLACK,
        "report and figures alone; the owners are told by the first scan that has Slack",
        "14 days, by each scan",
        prepare=lambda chaos: chaos.secret("{}"),
        mend=lambda chaos: chaos.secret('{"bot_token": "xoxb-simulated"}'),
        told=Told.NEXT_SCAN,
        digest=False,
    ),
    Fault("there is a webhook only", Area.SLACK, NOTHING, "no need", prepare=Chaos.webhook_only),
    Fault(
        "a webhook does not answer once",
        Area.SLACK,
        NOTHING,
        OUTAGE,
        {"slack:timeout": 1},
        prepare=Chaos.webhook_only,
    ),
    Fault(
        "a webhook does not answer, and posted all the same",
        Area.SLACK,
        "the message comes once more, marked as a possible repeat",
        OUTAGE,
        {"slack:timeout_after": 1},
        prepare=Chaos.webhook_only,
    ),
    Fault(
        "a webhook is revoked",
        Area.SLACK,
        "the run fails with Slack's word and the alarm rings; no digest",
        NEXT_DAY,
        {"slack:channel_not_found": ALWAYS},
        prepare=Chaos.webhook_only,
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="channel_not_found",
    ),
    Fault("there is e-mail only", Area.SLACK, NOTHING, "no need", prepare=Chaos.mail_only),
    Fault(
        "SES throttles some mails",
        Area.SLACK,
        NOTHING,
        "some seconds by the function, then by the next scan",
        {"aws:ses:SendEmail:TooManyRequestsException": 2},
        prepare=Chaos.mail_only,
    ),
    Fault(
        "SES rejects every mail",
        Area.SLACK,
        "the run fails with SES's word and the alarm rings; no digest",
        NEXT_DAY,
        {"aws:ses:SendEmail:MessageRejected": ALWAYS},
        prepare=Chaos.mail_only,
        told=Told.NEXT_SCAN,
        run="FAILED",
        digest=False,
        said="MessageRejected",
    ),
    # ------------------------------------------------------------ targets, detector, commitments
    *(
        Fault(
            f"an owner's webhook {what}",
            Area.TARGETS,
            "the digest names the webhook and why; people are told as always",
            FORTNIGHT,
            {fault: ALWAYS},
            said=said,
        )
        for what, fault, said in (
            ("answers 500 for as long as a scan lasts", "webhook:500", "answered with HTTP 500"),
            ("redirects into AWS", "webhook:redirect", "a redirect is not followed"),
            ("gives no answer", "webhook:timeout", "gave no answer"),
            ("is gone (410)", "webhook:gone", "refused with HTTP 410"),
        )
    ),
    *(
        Fault(
            f"an owner's webhook {what}",
            Area.TARGETS,
            "the digest names the webhook and why; people are told as always",
            f"{FORTNIGHT}; it comes once more, marked as a possible repeat",
            {fault: 1},
            said=said,
        )
        for what, fault, said in (
            ("took it and gives no answer", "webhook:timeout_after", "gave no answer"),
            ("took it and answers 500", "webhook:500_after", "answered with HTTP 500"),
        )
    ),
    Fault(
        "an owner's webhook answers with a page of HTML",
        Area.TARGETS,
        "nothing: 2xx is an answer, whatever it says",
        "no need",
        {"webhook:html": ALWAYS},
    ),
    *(
        Fault(
            f"an owner's webhook {what}",
            Area.TARGETS,
            "the digest names the webhook and why; people are told as always",
            FORTNIGHT,
            prepare=_hook_at(host),
            mend=_hook_right,
            said=said,
        )
        for what, host, said in (
            ("has a name that no longer exists", "gone.example", "is not reached"),
            ("leads to a private address", INTRANET, "a private address"),
        )
    ),
    Fault(
        "an owner's webhook is not in the secret of targets",
        Area.TARGETS,
        "the digest names the webhook and the remedy; people are told as always",
        FORTNIGHT,
        prepare=lambda chaos: chaos.targets_secret(_targets(chaos).replace("ledger", "legder")),
        mend=_hook_right,
        said="no webhook of that name",
    ),
    *(
        Fault(
            f"Teams {what}",
            Area.TARGETS,
            "the digest names the channel and why, and lists its owners as not told",
            f"{retried}, then {FORTNIGHT}",
            {fault: ALWAYS},
            told=Told.NEXT_SCAN,
            said=said,
        )
        for what, fault, said, retried in (
            (
                "throttles all the time (429 with Retry-After)",
                "teams:429",
                "asks to be sent less",
                "after 2, 5 and 10 seconds",
            ),
            ("is unwell (500)", "teams:500", "answered with HTTP 500", "by none"),
            ("gives no answer", "teams:timeout", "gave no answer", "by none"),
            (
                "answers 200, and the text says that it failed (413)",
                "teams:said_413",
                "refused with HTTP 413",
                "by none",
            ),
            ("has lost the workflow (404)", "teams:gone", "refused with HTTP 404", "by none"),
        )
    ),
    *(
        Fault(
            f"Teams {what}",
            Area.TARGETS,
            NOTHING,
            "after 2, 5 and 10 seconds by the function",
            {fault: 2},
        )
        for what, fault in (
            ("throttles two cards", "teams:429"),
            ("answers 200, and the text says twice that it was throttled", "teams:said_429"),
        )
    ),
    Fault(
        "Teams posts a card and gives no answer",
        Area.TARGETS,
        "the card comes once more, marked as a possible repeat",
        FORTNIGHT,
        {"teams:timeout_after": 1},
        said="gave no answer",
    ),
    Fault(
        "the event bus is not there",
        Area.TARGETS,
        "the digest names the bus and the remedy; people are told as always",
        FORTNIGHT,
        prepare=Chaos.no_bus,
        mend=Chaos.bus,
        said="event bus cost-incidents",
    ),
    Fault(
        "events may not be put on the bus",
        Area.TARGETS,
        "the digest names the bus and the remedy; people are told as always",
        FORTNIGHT,
        {"aws:events:PutEvents:AccessDeniedException": ALWAYS},
        said="event bus cost-incidents",
    ),
    Fault(
        "the bus fails one event of a request (FailedEntryCount)",
        Area.TARGETS,
        NOTHING,
        OUTAGE,
        {"aws:events:PutEventsEntry:InternalFailure": 1},
    ),
    Fault(
        "the bus does not answer",
        Area.TARGETS,
        "nothing; an event may be marked as a possible repeat",
        OUTAGE,
        {"aws:events:PutEvents:NoAnswer": 1},
    ),
    *(
        Fault(
            f"AWS's own detector {what}",
            Area.TARGETS,
            "the digest says so, with the remedy",
            NEXT_DAY,
            {fault: ALWAYS},
            prepare=_asks_more,
            scan=scan,
            said=said,
        )
        for what, fault, said, scan in (
            (
                "may not be asked",
                "aws:ce:GetAnomalies:AccessDeniedException",
                "could not be asked",
                None,
            ),
            (
                "throttles all the time",
                "aws:ce:GetAnomalies:LimitExceededException",
                "could not be asked",
                None,
            ),
            (
                "names a further page without end",
                "anomaly_detection:endless",
                "more than 20 pages",
                None,
            ),
            (
                "refuses what people answered",
                "aws:ce:ProvideAnomalyFeedback:AccessDeniedException",
                "did not take what people answered",
                _false_alarm,
            ),
        )
    ),
    *(
        Fault(
            f"{what} may not be read in one account",
            Area.TARGETS,
            "the digest says which list, of which account, with the remedy",
            NEXT_DAY,
            {f"{fault}:{QUIET}": ALWAYS},
            prepare=_asks_more,
            said=said,
        )
        for what, fault, said in (
            (
                "Savings Plans",
                "aws:savingsplans:DescribeSavingsPlans:AccessDeniedException",
                "Savings Plans of account-003",
            ),
            (
                "EC2 reservations",
                "aws:ec2:DescribeReservedInstances:UnauthorizedOperation",
                "EC2 reservations in us-east-1",
            ),
        )
    ),
    Fault(
        "RDS throttles the list of its reservations all the time",
        Area.TARGETS,
        "the digest says which list, of which accounts",
        f"{IN_CLIENT}, then {NEXT_DAY}",
        {"aws:rds:DescribeReservedDBInstances:Throttling": ALWAYS},
        prepare=_asks_more,
        said="RDS reservations in us-east-1",
    ),
    # ------------------------------------------------------------ Claude
    *(
        Fault(
            f"Claude: {what}",
            Area.CLAUDE,
            "the explanation is the rules', and says why",
            retried,
            {fault: ALWAYS},
            said=said,
        )
        for what, fault, retried, said in (
            ("the key is not valid (401)", "claude:unauthorized", "no", ""),
            ("too many requests (429)", "claude:rate_limit", "three times by the function", ""),
            ("an error within (500)", "claude:error", "three times by the function", ""),
            ("overloaded (529)", "claude:overloaded", "three times by the function", ""),
            ("three minutes without an answer", "claude:timeout", "no: it may be billed", ""),
            ("refuses", "claude:refusal", "no", ""),
            ("the answer is cut off", "claude:truncation", "once, with more room", ""),
            ("the answer is no JSON", "claude:not_json", "no", ""),
            ("the evidence is too long", "claude:context", "no", ""),
        )
    ),
    Fault(
        "Claude: overloaded once",
        Area.CLAUDE,
        NOTHING,
        "three times by the function",
        {"claude:overloaded": 1},
    ),
    Fault(
        "Claude: there is no key",
        Area.CLAUDE,
        "the explanation is the rules', and says why",
        "no",
        prepare=lambda chaos: chaos.claude_secret({}),
    ),
    Fault(
        "Claude: the scan's tokens are used up",
        Area.CLAUDE,
        "the explanation is the rules'; the digest names the cap",
        "no",
        prepare=lambda chaos: chaos.parameters(CLAUDE_TOKEN_CAP="10"),
        said="capped",
    ),
    # ------------------------------------------------------------ settings, caps, people
    *(
        Fault(
            f"{name}: {what}",
            Area.PEOPLE,
            "the digest names file, place and remedy; the last good version counts, or none",
            "by each scan, until it is mended",
            prepare=_file(name, text),
            mend=_owners(),
            said=f"settings/{name}",
            sample=what == "sensitivity 9",
        )
        for name, what, text in (
            ("owners.json", "no JSON", "{not json"),
            ("owners.json", "a channel that calls everybody", '{"default_channel": "<!channel>"}'),
            ("detection.json", "no JSON", "{"),
            ("detection.json", "a list", "[]"),
            ("detection.json", "sensitivity 9", '{"sensitivity": 9}'),
            ("detection.json", "an unknown field", '{"sensitivty": 1}'),
            ("detection.json", "no UTF-8", b"\xff\xfe{"),
            ("detection.json", "everything ignored", '{"ignore": [{"service": "*"}]}'),
            ("planned.yaml", "three thousand brackets", "[" * 3000),
        )
    ),
    *(
        Fault(
            f"templates/{name}.j2: {what}",
            Area.PEOPLE,
            "the digest names file, line and remedy; the last good version counts, or whyspike's"
            " own text",
            "by each scan, until it is mended",
            prepare=_file(f"templates/{name}.j2", text),
            mend=_file(f"templates/{name}.j2", KINDS[name].starter),
            said=f"settings/templates/{name}.j2",
        )
        for name, what, text in (
            ("owner", "a misspelt value", "{{ wat }}"),
            ("owner", "a loop without end", "x" + "{% for a in range(200) %}" * 3 + ENDS),
            ("digest", "no end of a condition", "{% if quiet %}"),
        )
    ),
    Fault(
        "the cap of Cost Explorer requests is too small for every account",
        Area.PEOPLE,
        "the digest lists the account as not scanned and names the parameter",
        "by the next scan, which judges the missed day too",
        prepare=lambda chaos: chaos.parameters(COST_EXPLORER_REQUEST_CAP="3"),
        mend=lambda chaos: chaos.parameters(COST_EXPLORER_REQUEST_CAP="5000"),
        told=Told.NEXT_SCAN,
        said="CostExplorerRequestCap",
    ),
    Fault(
        "an account is named three times in account_ids",
        Area.PEOPLE,
        NOTHING,
        "no need",
        scan=lambda chaos: (
            chaos.scan(DAY, account_ids=[GROWN, GROWN, GROWN]),
            chaos.scan(DAY, account_ids=[SPIKED, QUIET]),
        ),
    ),
    Fault(
        "an incident's row cannot be read",
        Area.PEOPLE,
        "the digest names the row and is complete otherwise",
        "by each scan",
        mend=_digest_row_broken,
    ),
    Fault(
        "a message is marked as waiting and does not exist",
        Area.PEOPLE,
        NOTHING,
        "no need",
        prepare=_marker_without_notice,
    ),
    Fault(
        "the table is restored from a backup of the day before",
        Area.PEOPLE,
        "what was told since is told once more",
        "no need",
        scan=_restored,
        twice=True,
    ),
    # ------------------------------------------------------------ scans and days
    Fault(
        "a date is run twice", Area.TIME, "the digest is corrected in place", "no need", scan=_twice
    ),
    Fault(
        "two scans of one date at once",
        Area.TIME,
        NOTHING,
        "two minutes by the state machine, after the other's lease",
        scan=lambda chaos: chaos.at_once(DAY, DAY),
    ),
    Fault(
        "the scans of two dates at once",
        Area.TIME,
        NOTHING,
        "two minutes by the state machine, after the other's lease",
        scan=lambda chaos: chaos.at_once(DAY, NEXT),
    ),
    Fault(
        "four days without a scan",
        Area.TIME,
        "the next scan judges the missed days and names them in its digest",
        "by the next scan",
        scan=_gap,
        told=Told.NEXT_SCAN,
    ),
    *(
        Fault(
            f"the scan date is {what}",
            Area.TIME,
            NOTHING,
            "no need",
            prepare=_at(first),
            day=first,
        )
        for what, first in (
            ("the last of a month", DAY.replace(month=9, day=30)),
            ("a leap day", DAY.replace(year=2028, month=2, day=29)),
            ("New Year's Eve", DAY.replace(month=12, day=31)),
            ("the day on which Europe's clocks go back", DAY.replace(month=10, day=25)),
            ("the day on which America's clocks go forward", DAY.replace(month=3, day=8)),
        )
    ),
)
