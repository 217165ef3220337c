"""E-mail through SES: what was refused, and what may have arrived."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.model import Mail
from whyspike.wire import ses as email


class Ses:
    """A client whose one call raises or answers."""

    def __init__(self, outcome: Exception | dict[str, str]) -> None:
        self.outcome = outcome
        self.asked: dict[str, Any] = {}

    def send_email(self, **asked: Any) -> dict[str, str]:
        self.asked = asked
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendEmail")


def test_a_subject_is_one_line_whatever_it_held() -> None:
    ses = Ses({"MessageId": "m-1"})
    assert (
        email.send(
            ses, "a@b.org", "c@d.org", Mail("one\r\nBcc: everybody@d.org", "body", "<p>body</p>")
        )
        == "m-1"
    )
    assert ses.asked["Content"]["Simple"]["Subject"]["Data"] == "one Bcc: everybody@d.org"
    assert {
        part: text["Data"] for part, text in ses.asked["Content"]["Simple"]["Body"].items()
    } == {"Text": "body", "Html": "<p>body</p>"}
    assert ses.asked["Destination"] == {"ToAddresses": ["c@d.org"]}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (refusal("MessageRejected"), Refused),
        (refusal("MailFromDomainNotVerifiedException"), Refused),
        (refusal("TooManyRequestsException"), Throttled),
        (EndpointConnectionError(endpoint_url="https://email"), Unreachable),
        (ConnectTimeoutError(endpoint_url="https://email"), Unreachable),
        (ReadTimeoutError(endpoint_url="https://email"), Uncertain),
    ],
)
def test_a_failure_says_whether_the_message_may_have_arrived(
    failure: Exception, error: type[Exception]
) -> None:
    with pytest.raises(error):
        email.send(Ses(failure), "a@b.org", "c@d.org", Mail("s", "b", "b"))


def test_the_sdk_does_not_repeat_a_message_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert email.ses_client().meta.config.retries["total_max_attempts"] == 1
