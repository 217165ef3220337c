"""E-mail through SES to owners without Slack: the same message as plain text and HTML."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from whyspike.errors import EmailRejected, SlackThrottled, SlackUnavailable
from whyspike.messages.mail import Mail


def send(client: Any, sender: str, recipient: str, mail: Mail) -> str:
    """The message id. Raises EmailRejected, SlackThrottled or SlackUnavailable (no answer: it may
    have arrived)."""
    content = {
        "Subject": _utf8(" ".join(mail.subject.split())[:200]),
        "Body": {"Text": _utf8(mail.text), "Html": _utf8(mail.html)},
    }
    try:
        answer = client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [recipient]},
            Content={"Simple": content},
        )
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise SlackUnavailable("SES cannot be reached", may_have_arrived=False) from error
    except (ReadTimeoutError, ConnectionClosedError) as error:
        raise SlackUnavailable(f"SES gave no answer ({type(error).__name__})") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in {"TooManyRequestsException", "ThrottlingException", "LimitExceededException"}:
            raise SlackThrottled(f"SES throttles: {code}") from error
        raise EmailRejected(
            f"SES refused the message: {code}. Remedy: verify the sender in SES, and leave its"
            " sandbox"
        ) from error
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
