"""Incidents and their history in DynamoDB (docs/contracts.md lists the keys). Every write is
conditional on what was read.

An incident's id begins with its account's, so that everything about an account lies in one
partition and is read consistently.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from whyspike.errors import ChangedMeanwhile, InvalidInput
from whyspike.incidents.incident import Incident, Thread, what_happened
from whyspike.incidents.notices import Notice, NoticeStatus, notice_id, scan_of_digest
from whyspike.model import ROWS_KEPT, Scan
from whyspike.payload import as_stored, dumps, from_text
from whyspike.wire.table.rows import Key, Put, Row, Rows, Update, Write

logger = logging.getLogger(__name__)

_ATTEMPTS = 5
_UNREADABLE = "unreadable"  # in the place of the digest's word


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

    @property
    def rows(self) -> Rows:
        return Rows(self.client, self.name)

    def incidents_of(self, account_id: str) -> tuple[Incident, ...]:
        """Every incident of the account that is kept, closed ones included; consistent with all
        earlier writes. One that cannot be read keeps no other back."""
        return self.kept(account_id)[0]

    def kept(self, account_id: str) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
        """Those incidents, and the ids of the account's others, whose rows this version cannot
        read."""
        rows = self.rows.query(f"ACCOUNT#{account_id}", "INCIDENT#")
        found = {row["SK"].removeprefix("INCIDENT#"): _readable(row) for row in rows}
        return (
            tuple(incident for incident in found.values() if incident is not None),
            tuple(incident_id for incident_id, incident in found.items() if incident is None),
        )

    def read(self, incident_id: str) -> Incident | None:
        row = self.rows.get(incident_key(incident_id))
        return None if row is None else _incident(row)

    def readable(self, incident_id: str) -> Incident | None:
        """None too where this version cannot read the row: one row keeps no digest back."""
        try:
            return self.read(incident_id)
        except InvalidInput:
            return None

    def unreadable(self, scan_id: str) -> list[str]:
        """The incidents of the scan whose rows this version cannot read, or that are gone."""
        return [each for each in self.words(scan_id) if self.readable(each) is None]

    def store(
        self,
        before: Incident | None,
        after: Incident,
        now: datetime,
        notice: Notice | None = None,
        event: HistoryEntry | None = None,
        scan: Scan | None = None,
        announced: Sequence[Notice] = (),
        redraw: bool = False,
    ) -> Incident:
        """The incident as stored, all or nothing with its notice, what is `announced` of it to
        targets, its history, its place in the list of `scan` and the mark that its messages are to
        be brought up to date: an incident that ended is seen by no later run, which could list it.
        Raises ChangedMeanwhile when it is no longer as it was in `before` (None: not stored yet).
        """
        stored = replace(after, version=after.version + 1)
        writes: list[Write] = [_incident_update(before, stored, now)]
        if scan is not None:
            writes.append(_listed(scan, stored, now))
        for each in (*([notice] if notice else ()), *announced):
            writes += notice_puts(each, expiry(now))
        if event is not None:
            sort_key = f"EVENT#{event.incident_id}#{event.at.isoformat()}#{event.kind}"
            row = {"body": dumps(event), "expires_at": expiry(now)}
            writes.append(Put(Key(f"ACCOUNT#{after.account_id}", sort_key), row))
        if redraw:
            writes.append(redraw_put(after.incident_id, now))
        try:
            self.rows.write(*writes)
        except ChangedMeanwhile as error:
            raise ChangedMeanwhile(
                f"incident {after.incident_id} was changed by somebody else meanwhile"
            ) from error
        return stored

    def change(
        self,
        incident_id: str,
        decide: Callable[[Incident], Incident],
        now: datetime,
        event: HistoryEntry,
        announce: Callable[[Incident], Sequence[Notice]] = lambda _: (),
    ) -> Incident | None:
        """The incident after `decide`, which is asked again when somebody else changed it
        meanwhile; None when there is no such incident. Whoever dies then leaves messages that the
        next scan brings up to date. What leaves the incident as it is leaves no history either, and
        is not announced; `announce` is given the incident as it is stored.
        Raises ChangedMeanwhile after five attempts.
        """
        for attempt in range(_ATTEMPTS):
            before = self.read(incident_id)
            if before is None:
                return None
            after = decide(before)
            if after == before:
                return before
            try:
                announced = announce(replace(after, version=after.version + 1))
                return self.store(before, after, now, event=event, announced=announced, redraw=True)
            except ChangedMeanwhile:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    def note_scan(self, scan: Scan, incident: Incident, now: datetime) -> None:
        """Lists an incident that the scan left as it was, with the digest's word for it."""
        self.rows.put(_listed(scan, incident, now))

    def note_unreadable(self, scan: Scan, incident_id: str, now: datetime) -> None:
        """Lists an incident that the scan could not read, so that its digest names it."""
        key = Key(f"SCAN#{scan.scan_id}", f"INCIDENT#{incident_id}")
        self.rows.put(Put(key, {"what": _UNREADABLE, "expires_at": expiry(now)}))

    def list_scan_incidents(self, scan_id: str) -> tuple[tuple[Incident, str], ...]:
        """Every incident that the scan saw, began or ended, with the digest's word
        (incidents.what_happened), by incident id. Where the scan decided on a message,
        `undelivered` says that it is not known to have arrived."""
        found = (
            (self.readable(incident_id), word) for incident_id, word in self.words(scan_id).items()
        )
        return tuple(
            (self._with_delivery(incident, scan_id), word) for incident, word in found if incident
        )

    def _with_delivery(self, incident: Incident, scan_id: str) -> Incident:
        if incident.told is None or not scan_id.startswith(incident.told.scan_date.isoformat()):
            return incident
        row = self.rows.get(notice_key(notice_id(incident.incident_id, incident.notices)))
        sent = row is not None and row.get("status") == NoticeStatus.SENT
        return replace(incident, undelivered=not sent)

    def words(self, scan_id: str) -> dict[str, str]:
        """The digest's word for each incident of the scan, by incident id."""
        return {
            row["SK"].removeprefix("INCIDENT#"): str(row.get("what") or _UNREADABLE)
            for row in self.rows.query(f"SCAN#{scan_id}", "INCIDENT#")
        }

    def count_opening(self, incident_id: str, most: int, now: datetime) -> bool:
        """Counts that the incident's page is opened; False where it was `most` times in this
        hour."""
        return self._count(incident_id, f"OPENED#{incident_id}#{now:%Y-%m-%dT%H}", most, now)

    def count_renewal(self, incident_id: str, most: int, now: datetime) -> bool:
        """Counts that a new address of the incident's page is mailed; False where it was `most`
        times on this day."""
        return self._count(incident_id, f"RENEWED#{incident_id}#{now:%Y-%m-%d}", most, now)

    def _count(self, incident_id: str, sort_key: str, most: int, now: datetime) -> bool:
        counted = Update(
            Key(f"ACCOUNT#{account_of(incident_id)}", sort_key),
            set={"expires_at": int((now + timedelta(days=2)).timestamp())},
            add={"opened": 1},
            at_most={"opened": most - 1},
        )
        return self.rows.update(counted) is not None

    def history(self, incident_id: str) -> tuple[HistoryEntry, ...]:
        """What happened to the incident, oldest first; what this version cannot read keeps nothing
        else back."""
        rows = self.rows.query(f"ACCOUNT#{account_of(incident_id)}", f"EVENT#{incident_id}#")
        return tuple(entry for entry in map(_entry, rows) if entry is not None)


def account_of(incident_id: str) -> str:
    return incident_id.split("-", 1)[0]


def incident_key(incident_id: str) -> Key:
    return Key(f"ACCOUNT#{account_of(incident_id)}", f"INCIDENT#{incident_id}")


def notice_key(notice_id: str, prefix: str = "NOTICE") -> Key:
    """A notice lies with what it is about: an incident's account, or the scan of a digest."""
    scan_id = scan_of_digest(notice_id)
    partition = f"SCAN#{scan_id}" if scan_id else f"ACCOUNT#{account_of(notice_id)}"
    return Key(partition, f"{prefix}#{notice_id}")


def pending_key(notice: Notice) -> Key:
    """The mark of a notice as not known to be delivered: with what it is about, or with the others
    that wait for targets."""
    if notice.target:
        return Key("TARGETS", f"PENDING#{notice.target}#{notice.notice_id}")
    return notice_key(notice.notice_id, "PENDING")


def redraw_key(incident_id: str) -> Key:
    return Key(f"ACCOUNT#{account_of(incident_id)}", f"REDRAW#{incident_id}")


def redraw_put(incident_id: str, now: datetime) -> Put:
    """The mark that the messages of the incident are to be brought up to date."""
    return Put(redraw_key(incident_id), {"at": now.isoformat(), "expires_at": expiry(now)})


def notice_puts(notice: Notice, expires_at: int | None) -> list[Put]:
    """A new notice, and its mark as not known to be delivered."""
    row = {
        "body": dumps(notice),
        "status": str(notice.status),
        "unclear": notice.unclear,
        "lease_until": str(notice.lease_until),
    }
    kept = {"expires_at": expires_at} if expires_at else {}
    return [
        Put(notice_key(notice.notice_id), {**row, **kept}, new=True),
        Put(pending_key(notice), kept, new=True),
    ]


def _incident_update(before: Incident | None, stored: Incident, now: datetime) -> Update:
    """An update, so that what the delivery wrote (thread, told_at) stays."""
    body = replace(stored, thread=None, told_at=None, undelivered=False)
    change: dict[str, Any] = {"body": dumps(body), "version": stored.version}
    if stored.is_closed:
        change["expires_at"] = expiry(now)
    return Update(
        incident_key(stored.incident_id),
        set=change,
        remove=() if stored.is_closed else ("expires_at",),
        new=before is None,
        equals={"version": before.version} if before else {},
    )


def _listed(scan: Scan, incident: Incident, now: datetime) -> Put:
    word = what_happened(incident, scan.scan_date)
    key = Key(f"SCAN#{scan.scan_id}", f"INCIDENT#{incident.incident_id}")
    return Put(key, {"what": word, "expires_at": expiry(now)})


def expiry(now: datetime) -> int:
    """When the table may drop a row that is written now, in epoch seconds."""
    return int((now + ROWS_KEPT).timestamp())


def _incident(row: Row) -> Incident:
    """Raises InvalidInput for a row that this version cannot read."""
    with as_stored("incident"):
        incident = from_text(Incident, row["body"], what="incident")
        ts, told = row.get("thread_ts"), row.get("told_at")
        return replace(
            incident,
            thread=Thread(str(row["thread_channel"]), str(ts)) if ts else None,
            told_at=datetime.fromtimestamp(float(told), UTC) if told else None,
        )


def _readable(row: Row) -> Incident | None:
    try:
        return _incident(row)
    except InvalidInput as error:
        logger.warning("incident %s skipped, it cannot be read: %r", row["SK"], error)
        return None


def _entry(row: Row) -> HistoryEntry | None:
    try:
        with as_stored("history"):
            return from_text(HistoryEntry, row["body"], what="event")
    except InvalidInput as error:
        logger.warning("history entry %s skipped, it cannot be read: %r", row["SK"], error)
        return None
