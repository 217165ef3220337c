"""Owners without Slack: NotifyOwner leaves their notices, PublishDigest sends one mail to each
owner before its digest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, anomaly, item, owned_by, scan_of
from whyspike.errors import Refused, Throttled, Uncertain, Unreachable
from whyspike.incidents.notices import NoticeStatus
from whyspike.model import AccountScan, Mail, Owner, Severity
from whyspike.wire import ses as email

NEXT = timedelta(days=1)
ANN = Owner("ann@b.org", "alternate-contact", email="ann@b.org")


class Mailbox:
    """What SES was given; `failures` are raised first."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Mail]] = []
        self.failures: list[Exception] = []

    def send(self, _client: Any, _sender: str, recipient: str, mail: Mail) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.mails.append((recipient, mail))
        return f"m-{len(self.mails)}"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(monkeypatch) as made:
        monkeypatch.setenv("EMAIL_SENDER", "whyspike@example.com")
        monkeypatch.setenv("DIGEST_CHANNEL", "#costs")
        yield made


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    made = Mailbox()
    monkeypatch.setattr(email, "send", made.send)
    return made


def account_scan(number: int, owner: Owner = ANN, **fields: Any) -> AccountScan:
    account_id = f"44445555666{number}"
    return scan_of(
        DAY,
        item(anomaly(account_id, **fields)),
        account=owned_by(owner, account_id, f"shop-{number}"),
    )


def test_an_owner_of_several_accounts_gets_one_mail_with_all_of_their_incidents(
    here: World, box: Mailbox
) -> None:
    scans = [
        account_scan(1),
        account_scan(2, severity=Severity.CRITICAL),
        account_scan(3, Owner("bob@b.org", "ou", email="bob@b.org")),
    ]
    assert [here.tell(scan)["told"] for scan in scans] == [0, 0, 0]
    here.publish(scans[0])
    here.publish(scans[0])
    assert [message.channel for message in here.slack.messages] == ["#costs"]
    assert [recipient for recipient, _ in box.mails] == ["ann@b.org", "bob@b.org"]
    mail = box.mails[0][1]
    assert mail.subject.startswith(
        "2 incidents: shop-2: Amazon EC2 +$212 a day (+342%) since Thu 12 Mar, and 1 more"
    )
    assert "shop-1" in mail.text
    assert "shop-1" in mail.html


def test_what_ses_throttles_goes_out_a_moment_later(here: World, box: Mailbox) -> None:
    scan = account_scan(1)
    here.tell(scan)
    box.failures = [Throttled("too many"), Throttled("too many")]
    assert here.publish(scan)["coverage"]["owners_not_told"] == []
    ((_, mail),) = box.mails
    assert not mail.subject.startswith("May be a repeat")


def test_a_mail_that_fails_in_passing_goes_out_when_the_step_is_repeated_the_same_day(
    here: World, box: Mailbox
) -> None:
    scan = account_scan(1)
    here.tell(scan)
    box.failures = [Unreachable("no connection")]
    with pytest.raises(Unreachable):
        here.publish(scan)
    assert len(here.slack.messages) == 1, "the digest is out all the same"

    assert here.publish(scan)["coverage"]["owners_not_told"] == []
    assert len(box.mails) == 1


def test_a_mail_that_ses_refused_is_named_in_the_digest_and_goes_out_with_the_next_scan(
    here: World, box: Mailbox
) -> None:
    scan = account_scan(1)
    here.tell(scan)
    box.failures = [Refused("the sender is not verified")]
    assert [row["error"] for row in here.publish(scan)["coverage"]["owners_not_told"]] == [
        "not delivered"
    ]
    later = scan_of(
        DAY + NEXT,
        item(anomaly(scan.account.account_id, usage_date=DAY + NEXT)),
        account=scan.account,
    )
    here.tell(later)
    assert here.publish(later)["coverage"]["owners_not_told"] == []
    assert len(box.mails) == 1


def test_a_mail_without_an_answer_comes_once_more_and_marked_and_then_with_the_next_scan(
    here: World, box: Mailbox
) -> None:
    scan = account_scan(1)
    here.tell(scan)
    box.failures = [Uncertain("no answer"), Uncertain("no answer")]
    for _ in range(2):
        with pytest.raises(Uncertain):
            here.publish(scan)
    here.publish(scan)
    (notice,) = here.notices.pending(scan.account.account_id)
    assert (notice.status, box.mails) == (NoticeStatus.UNCONFIRMED, [])
    later = scan_of(
        DAY + NEXT,
        item(anomaly(scan.account.account_id, usage_date=DAY + NEXT)),
        account=scan.account,
    )
    here.tell(later)
    here.publish(later)
    ((_, mail),) = box.mails
    assert mail.subject.startswith("May be a repeat: ")
