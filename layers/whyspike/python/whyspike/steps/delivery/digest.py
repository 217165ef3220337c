"""Posts the digest of a scan once: a scan that is run again corrects its digest in place instead of
repeating it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from whyspike.errors import InFlight, Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import DELIVERY_SECONDS, LEASE_SECONDS, MAX_UNCLEAR, Message
from whyspike.messages.blocks import context
from whyspike.model import Scan
from whyspike.wire.slack import Posted, Slack
from whyspike.wire.table.incidents import IncidentTable, marshal, unmarshal
from whyspike.wire.table.notices import NoticeTable

logger = logging.getLogger(__name__)

_LOOK_BACK = (
    3 * 86_400
)  # seconds of the channel's history that are searched for a digest without an answer


@dataclass(frozen=True)
class DigestPost:
    """`client` is a DynamoDB client; the row `SCAN#<scan_id>` / `DIGEST` says what was posted and
    where, and holds the lease of the run that is posting it."""

    client: Any
    table_name: str
    scan: Scan
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def publish(self, slack: Slack, channel: str, message: Message) -> bool:
        """True when Slack got a new or corrected message.

        As with the owners' notices: claimed before it is sent; a post that got no answer is looked
        up, else sent once more and marked, and never a third time. Raises what whyspike.wire.slack
        raises, and InFlight while another run posts it.
        """
        before, content = self._read(), _hash(message)
        if not (channel or slack.secret.webhook_url):
            return False
        if before.get("ts"):
            return self._correct(slack, before, message, content)
        if "text" in before and (
            content == before.get("content") or message.text == before["text"]
        ):
            # a webhook's message cannot be corrected: posted again only with another first line
            return False
        unclear, slack = (
            self._claim(before),
            slack.within(DELIVERY_SECONDS),
        )  # over before the lease is
        found = self._find(slack, channel, unclear) if unclear and slack.has_threads else None
        if found and found.ts:
            self._write(channel=found.channel, ts=found.ts)
            return self._correct(
                slack, {"channel": found.channel, "ts": found.ts}, message, content
            )
        if unclear >= MAX_UNCLEAR:
            logger.warning(
                "digest of %s unconfirmed: Slack gave no answer twice", self.scan.scan_id
            )
            self._release(unclear)
            return False
        posted = self._post(slack, channel, _repeated(message) if unclear else message, unclear)
        self._write(text=message.text, content=content, channel=posted.channel, ts=posted.ts or "")
        return True

    def _correct(
        self, slack: Slack, before: dict[str, Any], message: Message, content: str
    ) -> bool:
        if before.get("content") == content:
            return False
        slack.update(before["channel"], before["ts"], message)
        self._write(text=message.text, content=content, channel=before["channel"], ts=before["ts"])
        return True

    def _claim(self, before: dict[str, Any]) -> int:
        """Posts without an answer so far; the row is under a lease of this run."""
        now, lease = self.clock().timestamp(), float(before.get("lease_until", 0))
        if lease > now:
            raise InFlight(f"the digest of {self.scan.scan_id} is being posted by another run")
        unclear = int(before.get("unclear", 0)) + (
            lease > 0
        )  # a lease that ran out may have posted
        known: dict[str, Any] = {
            name: value for name, value in before.items() if name in {"text", "content"}
        }
        row = self._item({**known, "unclear": unclear, "lease_until": str(now + LEASE_SECONDS)})
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(PK) OR attribute_not_exists(lease_until)"
        }
        if "lease_until" in before:
            condition = {
                "ConditionExpression": "lease_until = :was",
                "ExpressionAttributeValues": marshal({":was": before["lease_until"]}),
            }
        try:
            self.client.put_item(TableName=self.table_name, Item=row, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise InFlight(
                f"the digest of {self.scan.scan_id} is being posted by another run"
            ) from error
        return unclear

    def _find(self, slack: Slack, channel: str, unclear: int) -> Posted | None:
        """Where an earlier post that got no answer did arrive; None too where nobody can look: the
        channel's id is not known, or its history may not be read."""
        channel_id = self._channels().channel_id(channel)
        try:
            return (
                slack.find(channel_id, None, self._id(), self.clock().timestamp() - _LOOK_BACK)
                if channel_id
                else None
            )
        except Refused:
            return None
        except (Throttled, Unreachable, Uncertain):
            self._release(unclear)
            raise

    def _post(self, slack: Slack, channel: str, message: Message, unclear: int) -> Posted:
        try:
            posted = slack.post(channel, message, self._id())
        except (Throttled, Unreachable, Uncertain, Refused) as error:
            arrived = isinstance(error, Uncertain)
            self._release(unclear + arrived)
            raise
        if channel.startswith("#") and posted.ts:
            self._channels().learn_channel(channel, posted.channel)
        return posted

    def _release(self, unclear: int) -> None:
        self._write(unclear=unclear, lease_until="0")

    def _channels(self) -> NoticeTable:
        return NoticeTable(IncidentTable(self.client, self.table_name))

    def _id(self) -> str:
        return f"digest-{self.scan.scan_id}"

    def _read(self) -> dict[str, Any]:
        item = self.client.get_item(
            TableName=self.table_name, Key=self._key(), ConsistentRead=True
        ).get("Item")
        return unmarshal(item) if item else {}

    def _write(self, **row: Any) -> None:
        self.client.put_item(TableName=self.table_name, Item=self._item(row))

    def _item(self, row: dict[str, Any]) -> dict[str, Any]:
        expiry = {"expires_at": self.scan.expires_at} if self.scan.expires_at else {}
        return self._key() | marshal({**row, **expiry})

    def _key(self) -> dict[str, Any]:
        return marshal({"PK": f"SCAN#{self.scan.scan_id}", "SK": "DIGEST"})


def _hash(message: Message) -> str:
    """Of what the message says, without the addresses behind its links: the report's is signed anew
    each time."""
    said = re.sub(
        r"<https?://[^|>]*\|", "<|", json.dumps(message.blocks, ensure_ascii=False, sort_keys=True)
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _repeated(message: Message) -> Message:
    note = context(":repeat: May be a repeat: there was no answer when this was sent before.")
    return Message(f"May be a repeat: {message.text}", (note, *message.blocks))
