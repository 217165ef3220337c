"""E-mail through SES to owners without Slack: the same message as plain text."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from whyspike.errors import EmailRejected, SlackThrottled, SlackUnavailable


def send(client: Any, sender: str, recipient: str, subject: str, body: str) -> str:
    """The message id. Raises EmailRejected, SlackThrottled or SlackUnavailable (no answer: it may have arrived)."""
    text = {"Subject": {"Data": " ".join(subject.split())[:200], "Charset": "UTF-8"}, "Body": {"Text": {"Data": body, "Charset": "UTF-8"}}}
    try:
        answer = client.send_email(FromEmailAddress=sender, Destination={"ToAddresses": [recipient]}, Content={"Simple": text})
    except EndpointConnectionError as error:
        raise SlackUnavailable("SES cannot be reached", may_have_arrived=False) from error
    except (ReadTimeoutError, ConnectionClosedError) as error:
        raise SlackUnavailable(f"SES gave no answer ({type(error).__name__})") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in {"TooManyRequestsException", "ThrottlingException", "LimitExceededException"}:
            raise SlackThrottled(f"SES throttles: {code}") from error
        raise EmailRejected(f"SES refused the message: {code}. Remedy: verify the sender in SES, and leave its sandbox") from error
    return str(answer["MessageId"])


def ses_client() -> Any:
    """Without the SDK's own retries: a message without an answer may have been sent, and is marked when sent again."""
    return boto3.client("sesv2", config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10))
