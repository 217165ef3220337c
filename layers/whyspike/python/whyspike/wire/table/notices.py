"""The messages on their way, in the incident table: claimed with a lease, released, marked; see
whyspike.incidents.notices."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from whyspike.errors import ChangedMeanwhile, InvalidInput, Missing
from whyspike.incidents.incident import NoticeKind
from whyspike.incidents.notices import (
    LEASE_SECONDS,
    Notice,
    NoticeStatus,
    in_flight,
    unclear_when_claimed,
)
from whyspike.model import Message
from whyspike.payload import as_stored, dumps, from_text
from whyspike.wire.table.incidents import (
    IncidentTable,
    account_of,
    expiry,
    incident_key,
    notice_key,
    notice_puts,
    pending_key,
    redraw_key,
    redraw_put,
)
from whyspike.wire.table.rows import Delete, Key, Put, Row, Rows, Update

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NoticeTable:
    """`incidents` is the table that the notices were stored in, with their incidents."""

    incidents: IncidentTable

    @property
    def rows(self) -> Rows:
        return self.incidents.rows

    def pending(self, account_id: str) -> tuple[Notice, ...]:
        """Notices of the account for its owner that are not known to be delivered, in the order in
        which they were decided. A marker whose notice is gone, or was written by a version that
        this one cannot read, keeps no other from being sent."""
        return self._marked(f"ACCOUNT#{account_id}", "PENDING#")

    def waiting(self, target: str) -> tuple[Notice, ...]:
        """Notices of all accounts that are not known to have reached the target, those of one
        incident in the order of its changes."""
        return self._marked("TARGETS", f"PENDING#{target}#")

    def targets(self) -> tuple[str, ...]:
        """The targets that something waits for."""
        markers = self.rows.query("TARGETS", "PENDING#")
        return tuple(dict.fromkeys(row["SK"].split("#")[1] for row in markers))

    def _marked(self, partition: str, mark: str) -> tuple[Notice, ...]:
        markers = list(self.rows.query(partition, mark))
        found = [self._readable(row["SK"].removeprefix(mark)) for row in markers]
        return tuple(notice for notice in found if notice)

    def _readable(self, notice_id: str) -> Notice | None:
        try:
            return self.read(notice_id)
        except (Missing, InvalidInput) as error:
            logger.warning("notice %s skipped, it cannot be read: %r", notice_id, error)
            return None

    def find(self, notice_id: str) -> Notice | None:
        row = self.rows.get(notice_key(notice_id))
        return None if row is None else _notice(row)

    def read(self, notice_id: str) -> Notice:
        """The notice; raises Missing when there is none."""
        notice = self.find(notice_id)
        if notice is None:
            raise Missing(f"there is no notice {notice_id}")
        return notice

    def add(self, notice: Notice, expires_at: int | None) -> Notice:
        """The notice as stored: this one, or the one of that id that is there already. A notice of
        an incident is stored with it (IncidentTable.store)."""
        try:
            self.rows.write(*notice_puts(notice, expires_at))
        except ChangedMeanwhile:
            return self.read(notice.notice_id)
        return notice

    def reword(self, notice: Notice, message: Message) -> Notice:
        """The notice with another message, as a scan that is run again has for its digest."""
        reworded = replace(notice, message=message)
        self._annotate(notice.notice_id, {"body": dumps(reworded)})
        return reworded

    def reopen(self, notice: Notice) -> Notice:
        """A notice that was sent, to be sent once more; it stays as it is when another run has
        opened it first."""
        opened = replace(notice, status=NoticeStatus.PENDING, unclear=0, lease_until=0.0)
        self._update(opened, notice)
        return opened

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
        """Delivered. The first message of an incident also says when it was told, and where its
        thread is."""
        sent = replace(
            notice, status=NoticeStatus.SENT, channel=channel, ts=ts, sent_at=now, lease_until=0.0
        )
        root = thread_ts or ts
        thread = {"thread_channel": channel, "thread_ts": root} if root else {}
        told = Update(
            incident_key(notice.incident_id), once={"told_at": str(now.timestamp()), **thread}
        )
        is_read = notice.incident_id and notice.kind is not NoticeKind.CHANGED  # by a person
        self._finish(sent, *([told] if is_read else []))
        return sent

    def finish(self, notice: Notice, status: NoticeStatus) -> None:
        """It will not be sent (again)."""
        self._finish(replace(notice, status=status, lease_until=0.0))

    def delivered(self, incident_id: str) -> tuple[Notice, ...]:
        """The messages of the incident that somebody got, oldest first; one that this version
        cannot read keeps no other back."""
        rows = self.rows.query(f"ACCOUNT#{account_of(incident_id)}", f"NOTICE#{incident_id}#")
        found = [_readable(row) for row in rows]
        return tuple(each for each in found if each and each.status is NoticeStatus.SENT)

    def set_outcome(self, notice: Notice, outcome: str | None, is_final: bool) -> Notice:
        """The notice with what a person, or the incident's end, made of it."""
        return self._annotate(notice.notice_id, {"outcome": outcome, "is_final": is_final})

    def set_note(self, notice: Notice, note: str) -> Notice:
        """The notice with a line of ours above its text; the lease stays."""
        return self._annotate(notice.notice_id, {"note": note})

    def ask_redraw(self, incident_id: str, now: datetime) -> None:
        """The messages of the incident are to be brought up to date, by this run or the next
        scan."""
        self.rows.put(redraw_put(incident_id, now))

    def redraws(self, account_id: str) -> dict[str, str]:
        """The incidents of the account whose messages are to be brought up to date, each with what
        `redrawn` wants to know."""
        rows = self.rows.query(f"ACCOUNT#{account_id}", "REDRAW#")
        return {row["SK"].removeprefix("REDRAW#"): str(row.get("at", "")) for row in rows}

    def redrawn(self, incident_id: str, asked: str) -> None:
        """Done, unless somebody has asked again meanwhile."""
        self.rows.delete(Delete(redraw_key(incident_id), equals={"at": asked}))

    def add_other(self, root_id: str, incident_id: str, line: str) -> Notice:
        """The root message of a thread with one more incident that is told in it."""
        return self._annotate(root_id, {f"other:{incident_id}": line})

    def _annotate(self, notice_id: str, attributes: dict[str, Any]) -> Notice:
        row = self.rows.update(Update(notice_key(notice_id), set=attributes))
        if row is None:
            raise ChangedMeanwhile(f"notice {notice_id} was changed by somebody else meanwhile")
        return _notice(row)

    def root_of(self, scan_id: str, audience: str, notice_id: str, now: datetime) -> str:
        """The notice whose message all others of this scan to this audience answer in a thread: the
        first that asks."""
        key = Key(f"SCAN#{scan_id}", f"THREAD#{audience}")
        row = {"notice_id": notice_id, "expires_at": expiry(now)}
        first = None if self.rows.put(Put(key, row, new=True)) else self.rows.get(key)
        return str(first.get("notice_id") or notice_id) if first else notice_id

    def ask_mail(self, scan_id: str, account_id: str, now: datetime) -> None:
        """Notices of the account go out by e-mail, together with those of the owner's other
        accounts."""
        key = Key(f"SCAN#{scan_id}", f"MAIL#{account_id}")
        self.rows.put(Put(key, {"expires_at": expiry(now)}))

    def ask_joined(self, scan_id: str, account_id: str, now: datetime) -> None:
        """Notices of the account wait for those of the owner's other accounts that have the same
        cause."""
        key = Key(f"SCAN#{scan_id}", f"JOINED#{account_id}")
        self.rows.put(Put(key, {"expires_at": expiry(now)}))

    def joined_accounts(self, scan_id: str) -> tuple[str, ...]:
        """The accounts of the scan whose notices wait so."""
        rows = self.rows.query(f"SCAN#{scan_id}", "JOINED#")
        return tuple(row["SK"].removeprefix("JOINED#") for row in rows)

    def join(self, head: Notice) -> None:
        """The first notice of a group keeps the message about all of them; the others, whose
        message it is."""
        attributes = {"joined_message": dumps(head.message), "joined": list(head.joined)}
        self._annotate(head.notice_id, attributes)
        for each in head.joined:
            self._annotate(each, {"joined_in": head.notice_id})

    def mail_accounts(self, scan_id: str) -> tuple[str, ...]:
        """The accounts of the scan with notices that go out by e-mail."""
        return tuple(
            row["SK"].removeprefix("MAIL#") for row in self.rows.query(f"SCAN#{scan_id}", "MAIL#")
        )

    def learn_channel(self, name: str, channel_id: str) -> None:
        """Slack tells a channel's id only with a message that it took; its history is asked by
        id."""
        self.rows.put(Put(Key("SLACK#CHANNELS", name), {"channel_id": channel_id}))

    def channel_id(self, name: str) -> str | None:
        """The id of a channel that a message went to before; an id stays as it is."""
        if not name.startswith("#"):
            return name
        row = self.rows.get(Key("SLACK#CHANNELS", name))
        return str(row["channel_id"]) if row and row.get("channel_id") else None

    def _update(self, after: Notice, before: Notice) -> bool:
        """False when the notice is no longer as in `before`."""
        change = Update(
            notice_key(after.notice_id),
            set={
                "status": str(after.status),
                "unclear": after.unclear,
                "lease_until": str(after.lease_until),
                "set_aside_on": after.set_aside_on.isoformat() if after.set_aside_on else "",
            },
            equals={"status": str(before.status), "lease_until": str(before.lease_until)},
        )
        return self.rows.update(change) is not None

    def _finish(self, notice: Notice, *more: Update) -> None:
        """Writes the final status and takes the notice off the pending list, all or nothing."""
        change: dict[str, Any] = {
            "status": str(notice.status),
            "unclear": notice.unclear,
            "lease_until": "0.0",
        }
        if notice.sent_at is not None:
            change |= {
                "channel": notice.channel or "",
                "ts": notice.ts or "",
                "sent_at": notice.sent_at.isoformat(),
                "chart_file": notice.chart_file or "",
            }
        self.rows.write(
            Update(notice_key(notice.notice_id), set=change),
            Delete(pending_key(notice)),
            *more,
        )


def _notice(row: Row) -> Notice:
    """The stored message with what became of it since. Raises InvalidInput for a row that this
    version cannot read."""
    with as_stored("notice"):
        return _with_fate(row)


def _readable(row: Row) -> Notice | None:
    try:
        return _notice(row)
    except InvalidInput as error:
        logger.warning("notice %s skipped, it cannot be read: %r", row["SK"], error)
        return None


def _with_fate(row: Row) -> Notice:
    notice = from_text(Notice, row["body"], what="notice")
    sent = row.get("sent_at")
    if "joined_message" in row:  # it stands for others too
        message = from_text(Message, row["joined_message"], what="message")
        notice = replace(notice, message=message, chart=None)
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
        joined=tuple(row.get("joined", ())),
        joined_in=row.get("joined_in"),
        others={
            name.removeprefix("other:"): line
            for name, line in row.items()
            if name.startswith("other:")
        },
    )
