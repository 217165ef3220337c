"""Incidents and their history in DynamoDB (docs/contracts.md lists the keys). Every write is
conditional on what was read.

An incident's id begins with its account's, so that everything about an account lies in one
partition and is read consistently.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from whyspike.errors import ChangedMeanwhile
from whyspike.incidents.incident import Incident, Thread, what_happened
from whyspike.incidents.notices import Notice, NoticeStatus, notice_id
from whyspike.model import ROWS_KEPT, AcceptedLevel, FeedbackKind, Scan
from whyspike.payload import dumps, from_json

_TO, _FROM = TypeSerializer(), TypeDeserializer()
_JUDGEMENTS = {
    FeedbackKind.EXPECTED,
    FeedbackKind.FALSE_ALARM,
}  # of the spend; the other answers are about the message
_ATTEMPTS = 5


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of an incident's history. `detail` is text for the report."""

    incident_id: str
    at: datetime
    kind: str  # a notice kind, a feedback kind, or a state
    by: str = "whyspike"
    detail: str = ""
    scan_date: date | None = None  # of the scan that it came of; None for what a person did


@dataclass(frozen=True)
class IncidentTable:
    """`client` is a DynamoDB client, `name` the table."""

    client: Any
    name: str

    def incidents_of(self, account_id: str) -> tuple[Incident, ...]:
        """Every incident of the account that is kept, closed ones included; consistent with all
        earlier writes."""
        return tuple(_incident(row) for row in self.query(f"ACCOUNT#{account_id}", "INCIDENT#"))

    def read(self, incident_id: str) -> Incident | None:
        key = marshal({"PK": f"ACCOUNT#{account_of(incident_id)}", "SK": f"INCIDENT#{incident_id}"})
        item = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _incident(unmarshal(item))

    def store(
        self,
        before: Incident | None,
        after: Incident,
        now: datetime,
        notice: Notice | None = None,
        event: HistoryEntry | None = None,
        scan: Scan | None = None,
    ) -> Incident:
        """The incident as stored, all or nothing with its notice, its history and its place in the
        list of `scan`: an incident that ended is seen by no later run, which could list it. Raises
        ChangedMeanwhile when it is no longer as it was in `before` (None: not stored yet)."""
        stored = replace(after, version=after.version + 1)
        writes = [self._put_incident(before, stored, now)]
        if scan is not None:
            writes.append(self._put(_listed(scan, stored, now)))
        if notice is not None:
            writes.append(self._put(_notice_row(notice, now), new=True))
            writes.append(
                self._put(
                    {"PK": f"ACCOUNT#{notice.account_id}", "SK": f"PENDING#{notice.notice_id}"},
                    new=True,
                )
            )
        if event is not None:
            sort_key = f"EVENT#{event.incident_id}#{event.at.isoformat()}#{event.kind}"
            row = {
                "PK": f"ACCOUNT#{after.account_id}",
                "SK": sort_key,
                "body": dumps(event),
                "expires_at": expiry(now),
            }
            writes.append(self._put(row))
        try:
            self.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] in {
                "TransactionCanceledException",
                "TransactionConflictException",
            }:
                raise ChangedMeanwhile(
                    f"incident {after.incident_id} was changed by somebody else meanwhile"
                ) from error
            raise
        return stored

    def change(
        self,
        incident_id: str,
        decide: Callable[[Incident], Incident],
        now: datetime,
        event: HistoryEntry,
    ) -> Incident | None:
        """The incident after `decide`, which is asked again when somebody else changed it
        meanwhile; None when there is no such incident. What leaves the incident as it is leaves no
        history either. Raises ChangedMeanwhile after five attempts.
        """
        for attempt in range(_ATTEMPTS):
            before = self.read(incident_id)
            if before is None:
                return None
            after = decide(before)
            if after == before:
                return before
            try:
                return self.store(before, after, now, event=event)
            except ChangedMeanwhile:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    def note_scan(self, scan: Scan, incident: Incident, now: datetime) -> None:
        """Lists an incident that the scan left as it was, with the digest's word for it."""
        self.client.put_item(TableName=self.name, Item=marshal(_listed(scan, incident, now)))

    def list_scan_incidents(self, scan_id: str) -> tuple[tuple[Incident, str], ...]:
        """Every incident that the scan saw, began or ended, with the digest's word
        (incidents.what_happened), by incident id. Where the scan decided on a message,
        `undelivered` says that it is not known to have arrived."""
        found = (
            (self.read(incident_id), word) for incident_id, word in self.words(scan_id).items()
        )
        return tuple(
            (self._with_delivery(incident, scan_id), word) for incident, word in found if incident
        )

    def _with_delivery(self, incident: Incident, scan_id: str) -> Incident:
        if incident.told is None or not scan_id.startswith(incident.told.scan_date.isoformat()):
            return incident
        key = {
            "PK": f"ACCOUNT#{incident.account_id}",
            "SK": f"NOTICE#{notice_id(incident.incident_id, incident.notices)}",
        }
        item = self.client.get_item(TableName=self.name, Key=marshal(key), ConsistentRead=True).get(
            "Item"
        )
        sent = item is not None and unmarshal(item)["status"] == NoticeStatus.SENT
        return replace(incident, undelivered=not sent)

    def words(self, scan_id: str) -> dict[str, str]:
        """The digest's word for each incident of the scan, by incident id."""
        return {
            row["SK"].removeprefix("INCIDENT#"): row["what"]
            for row in self.query(f"SCAN#{scan_id}", "INCIDENT#")
        }

    def history(self, incident_id: str) -> tuple[HistoryEntry, ...]:
        """What happened to the incident, oldest first."""
        rows = self.query(f"ACCOUNT#{account_of(incident_id)}", f"EVENT#{incident_id}#")
        return tuple(from_json(HistoryEntry, json.loads(row["body"]), what="event") for row in rows)

    def _put_incident(
        self, before: Incident | None, stored: Incident, now: datetime
    ) -> dict[str, Any]:
        """An update, so that what the delivery wrote (thread, told_at) stays."""
        body = replace(stored, thread=None, told_at=None, undelivered=False)
        values: dict[str, Any] = {":body": dumps(body), ":new": stored.version}
        change = "SET body = :body, version = :new"
        if stored.is_closed:
            values |= {":expiry": expiry(now)}
            change += ", expires_at = :expiry"
        else:
            change += " REMOVE expires_at"
        condition = "attribute_not_exists(PK)" if before is None else "version = :old"
        if before is not None:
            values[":old"] = before.version
        key = {"PK": f"ACCOUNT#{stored.account_id}", "SK": f"INCIDENT#{stored.incident_id}"}
        return {
            "Update": {
                "TableName": self.name,
                "Key": marshal(key),
                "UpdateExpression": change,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": marshal(values),
            }
        }

    def _put(self, row: dict[str, Any], new: bool = False) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self.name, "Item": marshal(row)}
        return {"Put": {**put, "ConditionExpression": "attribute_not_exists(PK)"} if new else put}

    def query(self, partition: str, prefix: str) -> Iterator[dict[str, Any]]:
        """The rows of the partition whose sort key begins with `prefix`, consistent with all
        earlier writes."""
        for page in self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
            ExpressionAttributeValues=marshal({":pk": partition, ":sk": prefix}),
            ConsistentRead=True,
        ):
            yield from map(unmarshal, page["Items"])


def accepted_levels(client: Any, table_name: str, account_id: str) -> tuple[AcceptedLevel, ...]:
    """The levels of spend that people called expected in this account; the baseline takes them over
    from their onset on. Who says later that it was a false alarm takes it back."""
    return tuple(
        AcceptedLevel(
            account_id,
            member.anomaly.service,
            member.anomaly.onset,
            member.anomaly.usage_type,
            member.anomaly.record_class,
        )
        for incident in IncidentTable(client, table_name).incidents_of(account_id)
        if [f.kind for f in incident.feedback if f.kind in _JUDGEMENTS][-1:]
        == [FeedbackKind.EXPECTED]
        for member in incident.members
    )


def account_of(incident_id: str) -> str:
    return incident_id.split("-", 1)[0]


def marshal(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _TO.serialize(value) for name, value in values.items()}


def unmarshal(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _FROM.deserialize(value) for name, value in item.items()}


def _listed(scan: Scan, incident: Incident, now: datetime) -> dict[str, Any]:
    word = what_happened(incident, scan.scan_date)
    return {
        "PK": f"SCAN#{scan.scan_id}",
        "SK": f"INCIDENT#{incident.incident_id}",
        "what": word,
        "expires_at": expiry(now),
    }


def _notice_row(notice: Notice, now: datetime) -> dict[str, Any]:
    return {
        "PK": f"ACCOUNT#{notice.account_id}",
        "SK": f"NOTICE#{notice.notice_id}",
        "body": dumps(notice),
        "status": str(notice.status),
        "unclear": notice.unclear,
        "lease_until": "0.0",
        "expires_at": expiry(now),
    }


def expiry(now: datetime) -> int:
    """When the table may drop a row that is written now, in epoch seconds."""
    return int((now + ROWS_KEPT).timestamp())


def _incident(row: dict[str, Any]) -> Incident:
    incident = from_json(Incident, json.loads(row["body"]), what="incident")
    thread = Thread(row["thread_channel"], row["thread_ts"]) if row.get("thread_ts") else None
    told_at = datetime.fromtimestamp(float(row["told_at"]), UTC) if row.get("told_at") else None
    return replace(incident, thread=thread, told_at=told_at)
