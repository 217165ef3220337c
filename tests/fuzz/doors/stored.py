"""What whyspike stored itself: rows of the table and objects of the bucket, as an older, a newer or
a damaged version left them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from types import SimpleNamespace
from typing import Any

from tests.fuzz.damage import Damage
from tests.fuzz.doors.door import Door, all_finite
from tests.support.cost_explorer import Counter
from tests.support.digests import DAY, SCAN, digest_with, incident
from tests.support.explanations import ITEMS
from tests.support.incidents import SHOP, anomaly, explanation, item, scan_of
from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import Chart, Notice, notice_id
from whyspike.model import EarlierMonths, Message, Owner, RecordClass, Severity, StoredExplanation
from whyspike.model.aws_anomalies import AwsAnomaly
from whyspike.model.commitments import AccountCommitments, Commitment, CoveredUnits, NotRead
from whyspike.model.common_causes import CausePlan, KnownCause
from whyspike.model.evidence import StoredEvidence
from whyspike.model.months import Budget, BudgetList
from whyspike.payload import to_json
from whyspike.steps import earlier_months, weekly
from whyspike.steps.configuration import Configuration
from whyspike.steps.discover_accounts.batches import AccountBatches
from whyspike.steps.payer_costs import read_slice
from whyspike.steps.publish_digest.aws_detector import AwsDetector
from whyspike.steps.settings import settings_of
from whyspike.wire.bucket import ScanBucket
from whyspike.wire.table.commitments import CommitmentTable
from whyspike.wire.table.common_causes import CommonCauseTable
from whyspike.wire.table.incidents import HistoryEntry, IncidentTable
from whyspike.wire.table.notices import NoticeTable
from whyspike.wire.table.scans import ScanTable
from whyspike.wire.table.usage import ScanUsage

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_INCIDENT = incident(111122223333)
_ID, _ACCOUNT = _INCIDENT.incident_id, _INCIDENT.account_id

# ------------------------------------------------------------------ the table

Row = dict[str, Any]


@dataclass(frozen=True)
class _Table:
    """A client of DynamoDB that has one row, whatever it is asked for."""

    row: Mapping[str, Any]

    def get_item(self, **_: Any) -> Any:
        return {"Item": self.row}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"Items": [self.row]}])

    def update_item(self, **_: Any) -> Any:
        return {"Attributes": self.row}

    def put_item(self, **_: Any) -> Any:
        return {}

    def delete_item(self, **_: Any) -> Any:
        return {}

    def transact_write_items(self, **_: Any) -> Any:
        return {}


def _typed(value: Any) -> Any:
    """As DynamoDB answers it."""
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": value}
        case int() | float() if not value or 1e-125 < abs(value) < 1e125:
            return {"N": str(Decimal(str(value)).normalize(_NUMBERS))}
        case list():
            return {"L": [_typed(each) for each in value]}
        case dict():
            return {"M": {str(name): _typed(each) for name, each in value.items()}}
        case _:
            return {"S": str(value)}


_NUMBERS = Context(prec=38)
_ODD_ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"B": b"\xff"},
    {"SS": ["a"]},
    {"NS": ["1", "2"]},
    {"L": []},
    {"NULL": True},
)


def _rows(row: Row, body: Any = None, name: str = "body") -> Callable[[Damage], Row]:
    """The row with its body, the JSON text in it, with damage to either; keys stay."""

    def damaged(damage: Damage) -> Row:
        found = dict(row)
        if body is not None:
            found[name] = damage.json(body).decode("utf-8", "replace")
        if body is None or damage.one_in(2):
            value = damage.value(found)
            found = value if isinstance(value, dict) else found
        typed = {str(each): _typed(value) for each, value in found.items()}
        if damage.one_in(10):
            typed[damage.pick(list(found) or ["a"])] = damage.pick(_ODD_ATTRIBUTES)
        return {**typed, "PK": {"S": f"ACCOUNT#{_ACCOUNT}"}, "SK": {"S": f"INCIDENT#{_ID}"}}

    return damaged


_NOTICE = Notice(
    notice_id(_ID, 1),
    _ID,
    _ACCOUNT,
    NoticeKind.NEW,
    SCAN.scan_id,
    DAY,
    Owner("shop", "account-tag", "#shop"),
    Severity.HIGH,
    Message("text", ()),
    "one line",
    Chart(date(2026, 11, 20), (1.0, None, 3.0), 1.0, 2.0, DAY),
)
_INCIDENT_ROW = {
    "version": 1,
    "thread_channel": "C1",
    "thread_ts": "1760000000.000001",
    "told_at": "1760000000.5",
    "expires_at": 1_900_000_000,
}
_NOTICE_ROW = {
    "status": "sent",
    "unclear": 1,
    "lease_until": "1760000000.5",
    "set_aside_on": "2026-11-22",
    "sent_at": "2026-11-23T09:00:00+00:00",
    "channel": "C1",
    "ts": "1.0",
    "chart_file": "F1",
    "note": "note",
    "outcome": "Acknowledged",
    "is_final": True,
    "joined": ["a#0001"],
    "joined_in": "b#0001",
    "other:i": "line",
    "joined_message": '{"text": "t", "blocks": []}',
}
_ENTRY = HistoryEntry(_ID, NOW, "new", scan_date=DAY)
_CAUSE = KnownCause("c", "AWS Lambda", RecordClass.USAGE, False, DAY, _ACCOUNT, (_ACCOUNT,))
_SCAN_ROW = {
    "status": "bill-only",
    "error": "Refused",
    "cause": '{"errorMessage": "no. Remedy: ask"}',
    "bill_only": {"error": "CostExplorerDenied", "cause": "no"},
    "bill": {"newest": "2026-11-22", "unknown": []},
    "anomalies": 2,
    "account_id": _ACCOUNT,
    "name": "shop",
    "left_out": [{"account_id": "111122223333", "state": "SUSPENDED"}],
    "settings": ["settings/owners.json: wrong"],
    "ce_requests": 5,
    "claude_input_tokens": 100,
    "claude_micro_usd": 12,
    "problem": "too long",
    "what": "new",
    "at": "2026-11-23T09:00:00",
    "channel_id": "C1",
    "notice_id": "n",
    "scan_id": "2026-11-22",
}


def _incidents(row: Row) -> object:
    """An unreadable row keeps no other back."""
    table = IncidentTable(_Table(row), "t")
    readable, unreadable = table.kept(_ACCOUNT)
    assert len(readable) + len(unreadable) == 1
    for each in readable:
        all_finite(float(member.anomaly.impact) for member in each.members)
    return table.readable(_ID), table.list_scan_incidents(SCAN.scan_id), table.read(_ID)


def _notices(row: Row) -> object:
    notices = NoticeTable(IncidentTable(_Table(row), "t"))
    waiting = (notices.pending(_ACCOUNT), notices.waiting("events"), notices.targets())
    return waiting, notices.find("n"), notices.delivered(_ID), notices.redraws(_ACCOUNT)


def _entries(row: Row) -> object:
    return IncidentTable(_Table(row), "t").history(_ID)


def _causes(row: Row) -> object:
    return CommonCauseTable(_Table(row), "t").known(DAY)


def _scan_rows(row: Row) -> object:
    client: Any = _Table(row)
    table = ScanTable(client, "t", SCAN)
    notices = NoticeTable(IncidentTable(client, "t"))
    usage = ScanUsage(client, "t", SCAN, 100, 100)
    readers: Sequence[Callable[[], object]] = (
        lambda: table.judged_until(_ACCOUNT),
        table.outcomes,
        table.not_explained,
        table.summary,
        table.template_problems,
        table.usage,
        lambda: IncidentTable(client, "t").words(SCAN.scan_id),
        lambda: notices.channel_id("#shop"),
        lambda: notices.root_of(SCAN.scan_id, "a", "n", NOW),
        lambda: notices.joined_accounts(SCAN.scan_id),
        lambda: CommitmentTable(client, "t").is_due("c", 30, SCAN),
        usage.half_is_left,
    )
    return readers[len(json.dumps(row, default=str)) % len(readers)]()


# ------------------------------------------------------------------ the bucket

_ITEM = item(anomaly(onset=DAY))
_COSTS = scan_of(DAY, _ITEM).costs
_STORED = StoredExplanation(
    item_id=_ITEM.item_id,
    account_id=SHOP.account_id,
    service="Amazon EC2",
    **{name: getattr(explanation(), name) for name in explanation().__dataclass_fields__},
)


@dataclass(frozen=True)
class _Bucket:
    """A client of S3 that has one object, whatever it is asked for."""

    data: bytes

    def get_object(self, **_: Any) -> Any:
        return {"Body": SimpleNamespace(read=lambda: self.data)}

    def put_object(self, **_: Any) -> Any:
        return {}


def _bucket(read: Callable[[ScanBucket], object]) -> Callable[[bytes], object]:
    return lambda data: read(ScanBucket(_Bucket(data), "b"))


def _slice(bucket: ScanBucket) -> object:
    costs = read_slice(bucket, SCAN, SHOP.account_id)
    for line in costs.series:
        all_finite(line.costs)
    return costs


def _earlier(bucket: ScanBucket) -> object:
    usage = SimpleNamespace(half_is_left=lambda: False)
    return earlier_months.of_account(None, SHOP.account_id, SCAN, bucket, usage)


def _detector(bucket: ScanBucket) -> object:
    found = AwsDetector(SCAN, _CONFIGURATION, bucket, Counter())
    return found._listed(SimpleNamespace(get_anomalies=lambda **_: {"Anomalies": [{}]}))


_CONFIGURATION = Configuration(bucket_name="b", table_name="t")
_MONTHS = EarlierMonths((date(2026, 11, 1),), ())
_COMMITMENT = Commitment("c", _ACCOUNT, "Compute Savings Plan", "Compute", DAY, 96.0, is_plan=True)
_OBJECTS: Mapping[str, tuple[Any, Callable[[ScanBucket], object], tuple[str, ...]]] = {
    "the manifest": (
        [to_json(SHOP)],
        lambda bucket: bucket.read_manifest(SCAN),
        (),
    ),
    "an account's scan": (
        to_json(scan_of(DAY, _ITEM)),
        lambda bucket: bucket.read_account_scan(SCAN, SHOP.account_id),
        (),
    ),
    "a slice of the payer's bill": (to_json(_COSTS), _slice, ("steps.payer_costs",)),
    "evidence": (
        to_json(StoredEvidence(_ITEM.item_id, SHOP.account_id, tuple(ITEMS))),
        lambda bucket: bucket.read_evidence(SCAN, _ITEM.item_id),
        (),
    ),
    "an explanation": (
        to_json(_STORED),
        lambda bucket: bucket.read_explanation(SCAN, _ITEM.item_id),
        (),
    ),
    "a digest": (
        to_json(digest_with((_INCIDENT, "new"))),
        lambda bucket: bucket.read_digest(SCAN),
        (),
    ),
    "commitments": (
        to_json(
            AccountCommitments(
                _ACCOUNT,
                (_COMMITMENT,),
                {"AWS Lambda": 1.0},
                (CoveredUnits("c", 1.0),),
                (NotRead("Savings Plans", "Refused", "no"),),
            )
        ),
        lambda bucket: bucket.read_commitments(SCAN, _ACCOUNT),
        (),
    ),
    "a plan of common causes": (
        to_json(CausePlan(1, used=("c",))),
        lambda bucket: bucket.read_cause_plan(SCAN, 1),
        (),
    ),
    "earlier months": (to_json(_MONTHS), _earlier, ("steps.earlier_months",)),
    "budgets": (
        to_json(BudgetList((Budget("all", 4000.0, ()),), 1)),
        lambda bucket: weekly.budgets_of(bucket, SCAN),
        ("steps.weekly",),
    ),
    "what AWS's detector listed": (
        [to_json(AwsAnomaly("a", DAY, None, (_ACCOUNT,), ("Amazon EC2",), 500.0, ""))],
        _detector,
        ("steps.publish_digest.aws_detector",),
    ),
    "the settings of the scan": (
        {"detection.json": {"sensitivity": 1.0}, "owners.json": None},
        lambda bucket: settings_of(bucket, SCAN).own_texts,
        ("steps.settings",),
    ),
    "a batch of discovery": (
        {"run": "r", "accounts": [to_json(SHOP)]},
        lambda bucket: AccountBatches(bucket, SCAN, "r", lambda: True)._stored([SHOP]),
        ("steps.discover_accounts.batches",),
    ),
}


def _object(sample: Any, read: Callable[[ScanBucket], object], modules: tuple[str, ...]) -> Door:
    return Door(
        lambda damage: damage.json(sample),
        _bucket(read),
        ("wire.bucket", "payload", *modules),
        share=0.4,
    )


DOORS: Mapping[str, Door] = {
    "a row of an incident": Door(
        _rows(_INCIDENT_ROW, to_json(_INCIDENT)),
        _incidents,
        ("wire.table.incidents", "wire.table.rows"),
    ),
    "a row of a notice": Door(
        _rows(_NOTICE_ROW, to_json(replace(_NOTICE))), _notices, ("wire.table.notices",)
    ),
    "a row of an incident's history": Door(
        _rows({}, to_json(_ENTRY)), _entries, ("wire.table.incidents",)
    ),
    "a row of a common cause": Door(
        _rows({}, to_json(_CAUSE)), _causes, ("wire.table.common_causes",)
    ),
    "a row of a scan": Door(
        _rows(_SCAN_ROW),
        _scan_rows,
        ("wire.table.scans", "wire.table.commitments", "wire.table.usage", "wire.step_functions"),
    ),
    **{f"{name} in the bucket": _object(*each) for name, each in _OBJECTS.items()},
}
