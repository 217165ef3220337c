"""E-mail through SES to owners without Slack: the same message as plain text and HTML."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from whyspike.model import Mail
from whyspike.wire.failures import mapped, understood

_MEND = "verify the sender in SES, and leave its sandbox"


def send(client: Any, sender: str, recipient: str, mail: Mail) -> str:
    """The message id. Raises Refused, Throttled, Unreachable or Uncertain (it may have arrived)."""
    content = {
        "Subject": _utf8(" ".join(mail.subject.split())[:200]),
        "Body": {"Text": _utf8(mail.text), "Html": _utf8(mail.html)},
    }
    with mapped("sesv2", "SES did not take the message", _MEND):
        answer = client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [recipient]},
            Content={"Simple": content},
        )
    with understood("SES"):
        return str(answer["MessageId"])


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def ses_client() -> Any:
    """Without the SDK's own retries: a message without an answer may have been sent, and is marked
    when sent again."""
    return boto3.client(
        "sesv2",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10),
    )
