"""No Slack is a mode; a Slack secret that is there and unusable is a fault; and what could not be
told for either is told once it can be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from aws_lambda_powertools.utilities import parameters

from tests.support.incident_world import World, world
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from tests.support.simulated import SPIKE, deployed
from whyspike.errors import Missing, Refused
from whyspike.incidents.notices import MAX_WAIT, NoticeStatus
from whyspike.simulator.slack.workspace import CHANNEL_ERRORS

NEXT = timedelta(days=1)
GOOD = {"bot_token": "xoxb-example", "signing_secret": "simulated-signing-secret"}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DIGEST_CHANNEL", "#costs")
    with world(monkeypatch) as made:
        yield made


def empty_the_secret() -> None:
    """A secret as CloudFormation creates it: without a value, and so without a version."""
    manager = boto3.client("secretsmanager")
    manager.delete_secret(SecretId="slack", ForceDeleteWithoutRecovery=True)
    manager.create_secret(Name="slack")
    parameters.clear_caches()  # type: ignore[no-untyped-call]


def test_a_scan_without_slack_succeeds_with_report_and_metrics(tmp_path: Path) -> None:
    with deployed(tmp_path, claude="off", slack_secret="") as sim:
        run = sim.scan()

        assert run.succeeded, run.cause
        report = sim.bucket_object(run.output["report"]["key"]).decode()
        digest = sim.bucket_json(run.output["digest"]["key"])
        (row,) = digest["coverage"]["owners_not_told"]
        assert "BoxUsage" in report
        assert row["account_id"] == SPIKE
        assert "Slack's token" in row["remedy"]
        assert not run.output["told"]
        assert '"AccountsScanned"' in sim.log("PublishDigest")
        assert sim.slack.messages == []


def test_what_waited_for_slack_is_told_by_the_first_scan_that_has_it(here: World) -> None:
    empty_the_secret()
    here.tell(scan_of(DAY, item(anomaly())))
    assert [notice.status for notice in here.notices.pending(SHOP.account_id)] == [
        NoticeStatus.PENDING
    ]

    here.secret(GOOD)
    here.tell(scan_of(DAY + NEXT, item(anomaly(usage_date=DAY + NEXT))))

    (message,) = here.slack.messages
    assert message.channel == "#shop"
    assert here.notices.pending(SHOP.account_id) == ()


def test_what_waited_too_long_is_no_news_any_more(here: World) -> None:
    empty_the_secret()
    here.tell(scan_of(DAY, item(anomaly())))
    (incident,) = here.table.incidents_of(SHOP.account_id)

    here.tell(scan_of(DAY + MAX_WAIT + NEXT))

    first = here.notices.read(f"{incident.incident_id}#0001")
    assert first.status is NoticeStatus.NOWHERE
    assert first not in here.notices.pending(SHOP.account_id)


def test_a_misspelt_key_fails_loudly_and_the_incident_is_told_when_it_is_mended(
    here: World,
) -> None:
    here.secret({"bot_tokn": "xoxb-example"})
    with pytest.raises(Missing, match="'bot_tokn'"):
        here.tell(scan_of(DAY, item(anomaly())))

    here.secret(GOOD)
    here.tell(scan_of(DAY + NEXT))  # the spike is over, and was of one day

    assert "+$212 a day" in here.slack.messages[0].text
    assert here.notices.pending(SHOP.account_id) == ()


def test_an_unusable_secret_fails_the_digest_when_report_and_figures_are_out(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = scan_of(DAY, item(anomaly()))
    here.tell(scan)
    here.secret({"bot_tokn": "xoxb-example"})

    with pytest.raises(Missing, match="'bot_tokn'"):
        here.publish(scan)

    assert here.bucket.read(f"scans/{scan.scan.scan_id}/report.html")
    assert '"AccountsScanned"' in capsys.readouterr().out


def test_the_digest_of_a_day_with_an_unusable_secret_is_told_by_the_scan_after_it_is_mended(
    here: World,
) -> None:
    here.secret({"bot_tokn": "xoxb-example"})
    with pytest.raises(Missing):
        here.publish(scan_of(DAY, item(anomaly())))

    here.secret(GOOD)
    here.publish(scan_of(DAY + NEXT))
    here.publish(scan_of(DAY + NEXT))

    late, todays = here.slack.messages
    assert (late.notice_id, todays.notice_id) == (
        f"digest-{DAY}",
        f"digest-{DAY + NEXT}",
    )


def test_a_digest_that_slack_refused_is_told_by_the_next_scan_and_keeps_its_own_from_nothing(
    here: World,
) -> None:
    here.faults.set("slack:invalid_auth", -1)
    with pytest.raises(Refused):
        here.publish(scan_of(DAY))
    here.faults.set("slack:invalid_auth", 1)

    here.publish(scan_of(DAY + NEXT))
    assert [each.notice_id for each in here.slack.messages] == [f"digest-{DAY + NEXT}"]

    here.publish(scan_of(DAY + NEXT + NEXT))
    assert f"digest-{DAY}" in [each.notice_id for each in here.slack.messages]


def test_a_digest_of_long_ago_is_no_news(here: World) -> None:
    here.secret({"bot_tokn": "xoxb-example"})
    with pytest.raises(Missing):
        here.publish(scan_of(DAY))
    here.secret(GOOD)

    here.publish(scan_of(DAY + MAX_WAIT + NEXT))

    assert [each.notice_id for each in here.slack.messages] == [f"digest-{DAY + MAX_WAIT + NEXT}"]


@pytest.mark.parametrize("error", CHANNEL_ERRORS)
def test_a_channel_that_takes_no_message_leads_to_the_default_channel(
    here: World, error: str
) -> None:
    here.faults.set(f"slack:{error}:#shop", 1)

    here.tell(scan_of(DAY, item(anomaly())))

    (message,) = here.slack.messages
    assert message.channel == "#finops"
    assert error in str(message.blocks)
