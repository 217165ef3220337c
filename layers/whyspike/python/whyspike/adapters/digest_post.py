"""Posts the digest of a scan once: a scan that is run again corrects its digest in place instead of repeating it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whyspike.adapters.incident_table import marshal, unmarshal
from whyspike.adapters.slack import Slack
from whyspike.model import Scan
from whyspike.notices import Message


@dataclass(frozen=True)
class DigestPost:
    """`client` is a DynamoDB client; the row `SCAN#<scan_id>` / `DIGEST` says what was posted, and where."""

    client: Any
    table_name: str
    scan: Scan

    def publish(self, slack: Slack, channel: str, message: Message) -> bool:
        """True when Slack got a new or corrected message. Raises what whyspike.adapters.slack raises; the row is written after
        Slack's answer, so that a digest is never lost (a crash in between repeats it)."""
        before = self._read()
        if before.get("text") == message.text or not (channel or slack.secret.webhook_url):
            return False
        if before.get("ts"):
            slack.update(before["channel"], before["ts"], message)
            self._write(message, before["channel"], before["ts"])
        else:
            posted = slack.post(channel, message, f"digest-{self.scan.scan_id}")
            self._write(message, posted.channel, posted.ts or "")
        return True

    def _read(self) -> dict[str, Any]:
        item = self.client.get_item(TableName=self.table_name, Key=self._key(), ConsistentRead=True).get("Item")
        return unmarshal(item) if item else {}

    def _write(self, message: Message, channel: str, ts: str) -> None:
        expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
        row = {"text": message.text, "channel": channel, "ts": ts, **expiry}
        self.client.put_item(TableName=self.table_name, Item=self._key() | marshal(row))

    def _key(self) -> dict[str, Any]:
        return marshal({"PK": f"SCAN#{self.scan.scan_id}", "SK": "DIGEST"})
