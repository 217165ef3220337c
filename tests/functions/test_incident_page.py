"""The page behind [Details]: what a signed address shows, and what every other request gets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from tests.support.explanations import ITEMS, RULES
from tests.support.incident_world import World, count_aws_calls, world
from tests.support.incidents import DAY, SHOP, anomaly, item, owned_by, scan_of
from whyspike.digest import incident_page as pages
from whyspike.errors import Throttled
from whyspike.incidents.page_links import LINK_LASTS, page_link
from whyspike.messages.blocks import as_text
from whyspike.model import Mail, Owner
from whyspike.model.evidence import StoredEvidence
from whyspike.steps.record_feedback import incident_page as step
from whyspike.wire import ses as email

SECRET = "simulated-signing-secret"
NEXT = timedelta(days=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One incident that its owner has been told about, with its explanation and evidence."""
    with world(monkeypatch) as made:
        tell_in_full(made)
        yield made


def tell_in_full(made: World) -> None:
    scan = scan_of(DAY, item(anomaly()))
    item_id = scan.items[0].item_id
    made.bucket.write_explanation(scan.scan, item_id, SHOP.account_id, "Amazon EC2", RULES)
    made.bucket.write_evidence(scan.scan, StoredEvidence(item_id, SHOP.account_id, ITEMS))
    made.tell(scan)


def details(made: World, number: int = 0) -> dict[str, Any]:
    """The button of a message."""
    blocks = made.slack.messages[number].blocks
    (found,) = [block["accessory"] for block in blocks if "accessory" in block]
    button: dict[str, Any] = found
    return button


def incident_id(made: World) -> str:
    return made.table.incidents_of(SHOP.account_id)[0].incident_id


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name: line[name] for line in lines for name in line if name.startswith("Page")}


def test_the_button_of_a_message_opens_the_incident_s_own_page(told: World) -> None:
    assert details(told)["text"]["text"] == "Details"
    shown = told.open(details(told)["url"])

    assert shown["statusCode"] == 200
    for said in (
        "Amazon EC2 in shop-prod",
        "since Thu 12 Mar",
        "<h3>Why</h3>",
        "DeleteVpcEndpoints",
        "Evidence (",
        "<svg",
        "<summary>History</summary>",
    ):
        assert said in shown["body"], said


def test_nobody_keeps_lists_or_frames_it_and_it_asks_for_nothing(told: World) -> None:
    shown = told.open(details(told)["url"])

    assert shown["headers"] == shown["headers"] | {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    policy = shown["headers"]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert 'content="noindex, nofollow"' in shown["body"]
    assert "src=" not in shown["body"]
    assert set(re.findall(r'href="(https?://[^/"]+)', shown["body"])) <= {
        "https://console.aws.amazon.com",
        "https://slack.com",  # the thread of its message
        "https://us-east-1.console.aws.amazon.com",
    }


def test_it_shows_what_has_happened_since(told: World) -> None:
    told.press(told.slack.messages[0], "acknowledge")
    told.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=900))))

    body = told.open(details(told)["url"])["body"]

    assert "acknowledge" in body
    assert "scan of Fri 13 Mar" in body
    assert "$838" in body


def test_it_says_nothing_of_another_account_s_incident(told: World) -> None:
    other = replace(SHOP, account_id="444455556666", name="ledger-prod")
    told.tell(scan_of(DAY, item(anomaly(other.account_id)), account=other))

    first, second = (told.open(details(told, n)["url"])["body"] for n in (0, 1))

    assert "444455556666" not in first
    assert "ledger-prod" not in first
    assert "ledger-prod" in second
    assert "shop-prod" not in second


def test_what_the_bucket_no_longer_has_is_left_out_of_the_page(told: World) -> None:
    for listed in told.s3.list_objects_v2(Bucket="scans")["Contents"]:
        told.s3.delete_object(Bucket="scans", Key=listed["Key"])

    shown = told.open(details(told)["url"])

    assert shown["statusCode"] == 200
    assert "Amazon EC2 in shop-prod" in shown["body"]
    assert "<svg" not in shown["body"]


def test_an_address_that_has_ended_says_how_to_get_the_next(told: World) -> None:
    past = datetime.now(UTC) - LINK_LASTS - timedelta(seconds=1)
    link = page_link("https://feedback.test/", SECRET, incident_id(told), past)

    shown = told.open(link.url)

    assert shown["statusCode"] == 410
    assert "press Details" in shown["body"]
    assert "ask the FinOps team" in shown["body"]
    assert "shop-prod" not in shown["body"]
    assert shown["headers"]["Cache-Control"] == "no-store"


# ------------------------------------------------------------------ the next address by mail

ANN = Owner("ann@b.org", "alternate-contact", email="ann@b.org")


class Mailbox:
    """What SES was given; `failure` is raised instead."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Mail]] = []
        self.failure: Exception | None = None

    def send(self, _client: Any, _sender: str, recipient: str, mail: Mail) -> str:
        if self.failure:
            raise self.failure
        self.mails.append((recipient, mail))
        return "m"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    made = Mailbox()
    monkeypatch.setattr(email, "send", made.send)
    monkeypatch.setenv("EMAIL_SENDER", "whyspike@example.com")
    return made


def ended_page(made: World, owner: Owner = ANN) -> str:
    """The address of an incident of that owner, a day after its end."""
    made.tell(scan_of(DAY, item(anomaly("444455556666")), account=owned_by(owner)))
    (told,) = made.table.incidents_of("444455556666")
    past = datetime.now(UTC) - LINK_LASTS - NEXT
    return page_link("https://feedback.test/", SECRET, told.incident_id, past).url


def test_the_page_of_an_address_that_has_ended_has_the_next_one_mailed_to_its_owner(
    told: World, box: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    url = ended_page(told)
    asked = told.open(url)
    assert (asked["statusCode"], "Mail a new address</button>" in asked["body"]) == (410, True)
    policy = asked["headers"]["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert policy.removesuffix("; frame-ancestors 'none'") in asked["body"]
    assert box.mails == [], "a mail program that looks behind links asks for nothing"

    done = told.open(url, "POST")

    ((recipient, mail),) = box.mails
    assert (done["statusCode"], recipient) == (202, "ann@b.org")
    assert "ann@b.org" not in asked["body"] + done["body"], (
        "who holds an old address learns nothing"
    )
    assert "shop-dev" not in asked["body"] + done["body"]
    assert "signature" not in done["body"]
    assert mail.subject == "The page of Amazon EC2 in shop-dev"
    (fresh,) = re.findall(r"Details: (https://\S+)", mail.text)
    assert unescape(mail.html).count(fresh) == 1
    opened = told.open(fresh)
    assert (opened["statusCode"], "shop-dev" in opened["body"]) == (200, True)
    assert "signature" not in capsys.readouterr().out


def test_an_owner_is_mailed_three_addresses_a_day_and_no_more(told: World, box: Mailbox) -> None:
    url = ended_page(told)
    statuses = [told.open(url, "POST")["statusCode"] for _ in range(5)]
    assert statuses == [202, 202, 202, 429, 429]
    assert len(box.mails) == 3


def test_a_mail_that_is_not_taken_is_said_and_may_be_asked_for_again(
    told: World, box: Mailbox
) -> None:
    url = ended_page(told)
    box.failure = Throttled("slow down")
    assert told.open(url, "POST")["statusCode"] == 503
    box.failure = None
    assert told.open(url, "POST")["statusCode"] == 202


def test_who_has_no_mailbox_gets_no_button_and_no_mail(
    told: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ended_page(told, Owner("shop", "ou", "#shop"))
    for method in ("GET", "POST"):
        shown = told.open(url, method)
        assert (shown["statusCode"], "<form" in shown["body"]) == (410, False)
        assert "form-action 'none'" in shown["headers"]["Content-Security-Policy"]
    monkeypatch.delenv("EMAIL_SENDER")
    assert "<form" not in told.open(url)["body"]
    assert box.mails == []


def test_what_we_did_not_sign_mails_nobody_and_what_still_opens_is_shown(
    told: World, box: Mailbox
) -> None:
    url = ended_page(told)
    assert told.open(url.replace("until=", "until=9"), "POST")["statusCode"] == 404
    assert told.open(details(told)["url"], "POST")["statusCode"] == 200
    assert box.mails == []


def press_details(told: World, **changes: Any) -> int:
    button = details(told)
    button |= changes
    pressed = told.slack.press(told.slack.messages[0].ts, "details")
    return told.send(pressed.headers, pressed.body)


def test_a_press_whose_address_has_ended_gets_the_next_one_and_nobody_else_sees_it(
    told: World,
) -> None:
    assert press_details(told, value=f"{incident_id(told)}#0001|1767225600") == 200

    (whisper,) = told.slack.whispers
    (url,) = re.findall(r"<(https://[^|]+)\|This one>", whisper)
    shown = told.open(url.replace("&amp;", "&"))
    assert (shown["statusCode"], "shop-prod" in shown["body"]) == (200, True)
    assert told.table.incidents_of(SHOP.account_id)[0].feedback == ()


def test_a_press_whose_address_still_opens_asks_slack_for_nothing(told: World) -> None:
    told.calls = 0
    assert press_details(told) == 200
    assert (told.calls, told.slack.whispers) == (0, [])


def test_a_slack_that_takes_no_new_address_loses_nothing(told: World) -> None:
    told.faults.set("slack:down", 1)
    assert press_details(told, value=f"{incident_id(told)}#0001|1767225600") == 200
    assert told.slack.whispers == []


@pytest.mark.parametrize("value", ["", "x|1", "111122223333-2026-03-12-0123abcd#0001|soon"])
def test_a_press_of_details_that_our_button_never_sends_is_refused(told: World, value: str) -> None:
    assert press_details(told, value=value) == 400


@pytest.mark.parametrize("tampered", ["signature=", "until=1", "/incident/"])
def test_what_we_did_not_sign_reads_nothing_and_leaves_a_metric(
    told: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tampered: str,
) -> None:
    url = details(told)["url"]
    told.open(url)  # the secret is read and kept
    capsys.readouterr()
    count_aws_calls(told, monkeypatch)
    told.calls = 0

    shown = told.open(url.replace(tampered, f"{tampered}9"))

    assert (shown["statusCode"], told.calls) == (404, 0)
    assert "shop-prod" not in shown["body"]
    assert metrics(capsys) == {"PagesRefused": [1.0]}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_another_way_of_asking_is_refused(told: World, method: str) -> None:
    shown = told.open(details(told)["url"], method)
    assert (shown["statusCode"], shown["body"]) == (405, "")
    assert shown["headers"] == {"Allow": "GET, POST"}


def test_a_page_s_signature_is_none_of_a_press(told: World) -> None:
    signature = details(told)["url"].rpartition("=")[2]
    pressed = told.slack.press(told.slack.messages[0].ts, "acknowledge")
    for forged in (signature, f"v0={signature}"):
        assert told.send(pressed.headers | {"x-slack-signature": forged}, pressed.body) == 401


def test_a_page_that_is_opened_over_and_over_is_refused_until_the_next_hour(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "MAX_OPENED", 2)
    url = details(told)["url"]

    statuses = [told.open(url)["statusCode"] for _ in range(3)]
    refused = told.open(url)

    assert statuses == [200, 200, 429]
    assert 0 < int(refused["headers"]["Retry-After"]) <= 3600
    assert told.slack.messages, "the incident itself is as it was"


def test_an_incident_that_is_gone_or_was_stored_by_another_version_says_so(told: World) -> None:
    url, found = details(told)["url"], incident_id(told)
    key = {"PK": {"S": f"ACCOUNT#{SHOP.account_id}"}, "SK": {"S": f"INCIDENT#{found}"}}
    told.dynamodb.put_item(TableName="incidents", Item={**key, "body": {"S": "{}"}})
    assert told.open(url)["statusCode"] == 503
    told.dynamodb.delete_item(TableName="incidents", Key=key)
    shown = told.open(url)
    assert (shown["statusCode"], "no longer kept" in shown["body"]) == (404, True)


def test_the_address_is_in_no_log(told: World, capsys: pytest.CaptureFixture[str]) -> None:
    url = details(told)["url"]
    told.open(url)
    told.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT, actual=900))))
    told.open(url.replace("until=1", "until=2"))
    logged = capsys.readouterr()
    assert "PagesShown" in logged.out
    assert "signature" not in logged.out + logged.err
    assert url.rpartition("=")[2] not in logged.out + logged.err


def test_without_a_signing_secret_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    with world(monkeypatch) as made:
        made.secret({"bot_token": "xoxb-example"})
        made.tell(scan_of(DAY, item(anomaly())))
        blocks = made.slack.messages[0].blocks
        assert not any("accessory" in block for block in blocks)
        assert "Report" in as_text(blocks)


def test_a_page_that_would_be_too_long_for_lambda_leaves_the_evidence_out_and_says_so(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_CHARACTERS", 30_000)
    body = told.open(details(told)["url"])["body"]
    assert f"Left out: {len(ITEMS)} items of evidence, too long for this page." in body
    assert "Evidence (" not in body
    assert "<h3>Why</h3>" in body
