"""The messages on their way, in the incident table: claimed with a lease, released, marked; see
whyspike.incidents.notices."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from botocore.exceptions import ClientError

from whyspike.incidents.notices import (
    LEASE_SECONDS,
    Notice,
    NoticeStatus,
    in_flight,
    unclear_when_claimed,
)
from whyspike.payload import from_json
from whyspike.wire.table.incidents import IncidentTable, account_of, expiry, marshal, unmarshal


@dataclass(frozen=True)
class NoticeTable:
    """`incidents` is the table that the notices were stored in, with their incidents."""

    incidents: IncidentTable

    def pending(self, account_id: str) -> tuple[Notice, ...]:
        """Notices of the account that are not known to be delivered, in the order in which they
        were decided."""
        markers = list(self.incidents.query(f"ACCOUNT#{account_id}", "PENDING#"))
        return tuple(self.read(row["SK"].removeprefix("PENDING#")) for row in markers)

    def read(self, notice_id: str) -> Notice:
        """The notice; raises KeyError when there is none."""
        item = self.incidents.client.get_item(
            TableName=self.incidents.name, Key=_key(notice_id), ConsistentRead=True
        )["Item"]
        return _notice(unmarshal(item))

    def claim(self, notice: Notice, now: float) -> Notice | None:
        """The notice under a lease of this run; None when another run holds or has finished it."""
        if in_flight(notice, now):
            return None
        unclear = unclear_when_claimed(notice)
        claimed = replace(
            notice, status=NoticeStatus.SENDING, unclear=unclear, lease_until=now + LEASE_SECONDS
        )
        return claimed if self._update(claimed, notice) else None

    def holds(self, notice: Notice, now: float) -> bool:
        """Whether the lease of a claimed notice is still this run's."""
        current = self.read(notice.notice_id)
        return (
            current.status is NoticeStatus.SENDING
            and current.lease_until == notice.lease_until > now
        )

    def release(self, notice: Notice, unclear: bool) -> None:
        """Gives the lease back after a delivery that failed; `unclear` when Slack may have it all
        the same."""
        self._update(
            replace(
                notice,
                status=NoticeStatus.PENDING,
                unclear=notice.unclear + unclear,
                lease_until=0.0,
            ),
            notice,
        )

    def set_aside(self, notice: Notice, scan_date: date) -> None:
        """Unconfirmed: it stays on the list of pending ones, for a scan of a later date."""
        self._update(
            replace(
                notice, status=NoticeStatus.UNCONFIRMED, lease_until=0.0, set_aside_on=scan_date
            ),
            notice,
        )

    def mark_sent(
        self,
        notice: Notice,
        channel: str,
        ts: str | None,
        now: datetime,
        thread_ts: str | None = None,
    ) -> Notice:
        """Delivered. The first message of an incident also names its thread."""
        sent = replace(
            notice, status=NoticeStatus.SENT, channel=channel, ts=ts, sent_at=now, lease_until=0.0
        )
        root = thread_ts or ts
        names = {
            ":told": str(now.timestamp()),
            **({":channel": channel, ":ts": root} if root else {}),
        }
        thread = (
            ", thread_channel = if_not_exists(thread_channel, :channel), thread_ts ="
            " if_not_exists(thread_ts, :ts)"
            if root
            else ""
        )
        key = {"PK": f"ACCOUNT#{notice.account_id}", "SK": f"INCIDENT#{notice.incident_id}"}
        change = f"SET told_at = if_not_exists(told_at, :told){thread}"
        told = {
            "Key": marshal(key),
            "UpdateExpression": change,
            "ExpressionAttributeValues": marshal(names),
        }
        self._finish(sent, {"Update": {"TableName": self.incidents.name, **told}})
        return sent

    def finish(self, notice: Notice, status: NoticeStatus) -> None:
        """It will not be sent (again)."""
        self._finish(replace(notice, status=status, lease_until=0.0))

    def delivered(self, incident_id: str) -> tuple[Notice, ...]:
        """The messages of the incident that somebody got, oldest first."""
        rows = self.incidents.query(f"ACCOUNT#{account_of(incident_id)}", f"NOTICE#{incident_id}#")
        return tuple(notice for notice in map(_notice, rows) if notice.status is NoticeStatus.SENT)

    def set_outcome(self, notice: Notice, outcome: str | None, is_final: bool) -> Notice:
        """The notice with what a person, or the incident's end, made of it."""
        return self._annotate(notice.notice_id, {"outcome": outcome, "is_final": is_final})

    def set_note(self, notice: Notice, note: str) -> Notice:
        """The notice with a line of ours above its text; the lease stays."""
        return self._annotate(notice.notice_id, {"note": note})

    def ask_redraw(self, incident_id: str, now: datetime) -> None:
        """The messages of the incident are to be brought up to date, by this run or the next
        scan."""
        row = {
            "PK": f"ACCOUNT#{account_of(incident_id)}",
            "SK": f"REDRAW#{incident_id}",
            "at": now.isoformat(),
            "expires_at": expiry(now),
        }
        self.incidents.client.put_item(TableName=self.incidents.name, Item=marshal(row))

    def redraws(self, account_id: str) -> dict[str, str]:
        """The incidents of the account whose messages are to be brought up to date, each with what
        `redrawn` wants to know."""
        rows = self.incidents.query(f"ACCOUNT#{account_id}", "REDRAW#")
        return {row["SK"].removeprefix("REDRAW#"): row["at"] for row in rows}

    def redrawn(self, incident_id: str, asked: str) -> None:
        """Done, unless somebody has asked again meanwhile."""
        key = marshal({"PK": f"ACCOUNT#{account_of(incident_id)}", "SK": f"REDRAW#{incident_id}"})
        values = marshal({":asked": asked})
        names = {"#at": "at"}
        try:
            self.incidents.client.delete_item(
                TableName=self.incidents.name,
                Key=key,
                ConditionExpression="#at = :asked",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def add_other(self, root_id: str, incident_id: str, line: str) -> Notice:
        """The root message of a thread with one more incident that is told in it."""
        return self._annotate(root_id, {f"other:{incident_id}": line})

    def _annotate(self, notice_id: str, attributes: dict[str, Any]) -> Notice:
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        item = self.incidents.client.update_item(
            TableName=self.incidents.name,
            Key=_key(notice_id),
            UpdateExpression="SET "
            + ", ".join(f"#{number} = :{number}" for number in range(len(attributes))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=marshal(
                {f":{number}": value for number, value in enumerate(attributes.values())}
            ),
            ReturnValues="ALL_NEW",
        )["Attributes"]
        return _notice(unmarshal(item))

    def root_of(self, scan_id: str, audience: str, notice_id: str, now: datetime) -> str:
        """The notice whose message all others of this scan to this audience answer in a thread: the
        first that asks."""
        row = {
            "PK": f"SCAN#{scan_id}",
            "SK": f"THREAD#{audience}",
            "notice_id": notice_id,
            "expires_at": expiry(now),
        }
        try:
            self.incidents.client.put_item(
                TableName=self.incidents.name,
                Item=marshal(row),
                ConditionExpression="attribute_not_exists(PK)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            key = marshal({"PK": row["PK"], "SK": row["SK"]})
            item = self.incidents.client.get_item(
                TableName=self.incidents.name, Key=key, ConsistentRead=True
            )["Item"]
            return str(unmarshal(item)["notice_id"])
        return notice_id

    def ask_mail(self, scan_id: str, account_id: str, now: datetime) -> None:
        """Notices of the account go out by e-mail, together with those of the owner's other
        accounts."""
        row = {"PK": f"SCAN#{scan_id}", "SK": f"MAIL#{account_id}", "expires_at": expiry(now)}
        self.incidents.client.put_item(TableName=self.incidents.name, Item=marshal(row))

    def mail_accounts(self, scan_id: str) -> tuple[str, ...]:
        """The accounts of the scan with notices that go out by e-mail."""
        return tuple(
            row["SK"].removeprefix("MAIL#")
            for row in self.incidents.query(f"SCAN#{scan_id}", "MAIL#")
        )

    def learn_channel(self, name: str, channel_id: str) -> None:
        """Slack tells a channel's id only with a message that it took; its history is asked by
        id."""
        row = {"PK": "SLACK#CHANNELS", "SK": name, "channel_id": channel_id}
        self.incidents.client.put_item(TableName=self.incidents.name, Item=marshal(row))

    def channel_id(self, name: str) -> str | None:
        """The id of a channel that a message went to before; an id stays as it is."""
        if not name.startswith("#"):
            return name
        key = marshal({"PK": "SLACK#CHANNELS", "SK": name})
        item = self.incidents.client.get_item(TableName=self.incidents.name, Key=key).get("Item")
        return str(unmarshal(item)["channel_id"]) if item else None

    def _update(self, after: Notice, before: Notice) -> bool:
        """False when the notice is no longer as in `before`."""
        aside = after.set_aside_on.isoformat() if after.set_aside_on else ""
        values = {
            ":status": str(after.status),
            ":unclear": after.unclear,
            ":lease": str(after.lease_until),
            ":aside": aside,
            ":was": str(before.status),
            ":lease_was": str(before.lease_until),
        }
        try:
            self.incidents.client.update_item(
                TableName=self.incidents.name,
                Key=_key(after.notice_id),
                UpdateExpression=(
                    "SET #status = :status, unclear = :unclear, lease_until = :lease, set_aside_on"
                    " = :aside"
                ),
                ConditionExpression="#status = :was AND lease_until = :lease_was",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=marshal(values),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _finish(self, notice: Notice, *more: dict[str, Any]) -> None:
        """Writes the final status and takes the notice off the pending list, all or nothing."""
        values = {":status": str(notice.status), ":unclear": notice.unclear, ":lease": "0.0"}
        change = "SET #status = :status, unclear = :unclear, lease_until = :lease"
        if notice.sent_at is not None:
            values |= {
                ":channel": notice.channel or "",
                ":ts": notice.ts or "",
                ":sent": notice.sent_at.isoformat(),
                ":file": notice.chart_file or "",
            }
            change += ", channel = :channel, ts = :ts, sent_at = :sent, chart_file = :file"
        update = {
            "TableName": self.incidents.name,
            "Key": _key(notice.notice_id),
            "UpdateExpression": change,
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": marshal(values),
        }
        marker = {"PK": f"ACCOUNT#{notice.account_id}", "SK": f"PENDING#{notice.notice_id}"}
        remove = {"TableName": self.incidents.name, "Key": marshal(marker)}
        self.incidents.client.transact_write_items(
            TransactItems=[{"Update": update}, {"Delete": remove}, *more]
        )


def _key(notice_id: str) -> dict[str, Any]:
    return marshal({"PK": f"ACCOUNT#{account_of(notice_id)}", "SK": f"NOTICE#{notice_id}"})


def _notice(row: dict[str, Any]) -> Notice:
    """The stored message with what became of it since."""
    notice = from_json(Notice, json.loads(row["body"]), what="notice")
    sent = row.get("sent_at")
    return replace(
        notice,
        status=NoticeStatus(row["status"]),
        unclear=int(row["unclear"]),
        lease_until=float(row["lease_until"]),
        set_aside_on=date.fromisoformat(row["set_aside_on"]) if row.get("set_aside_on") else None,
        sent_at=datetime.fromisoformat(sent).astimezone(UTC) if sent else None,
        channel=row.get("channel") or None,
        ts=row.get("ts") or None,
        chart_file=row.get("chart_file") or None,
        note=row.get("note"),
        outcome=row.get("outcome"),
        is_final=bool(row.get("is_final")),
        others={
            name.removeprefix("other:"): line
            for name, line in row.items()
            if name.startswith("other:")
        },
    )
