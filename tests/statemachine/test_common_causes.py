"""One thing that happened in many accounts, another on the same day in others, and a third in some
of the same: three lines, a message for each owner and cause, three explanations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.mass_event import CONFIG, GUARDDUTY, switched_on
from tests.support.organization import quiet
from tests.support.simulated import QUIET, deployed
from whyspike.simulator.functions.url import function_url_event
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

SHOP = [  # AWS Config is the larger part of what rose in two of them
    switched_on(number, usd=50.0 + number, owner="#shop", recorded=(70.0, 60.0, 0.0)[number])
    for number in range(3)
]
DATA = [
    switched_on(number, usd=30.0, owner="#data", recorded=(20.0, 0.0)[number - 3])
    for number in range(3, 5)
]
BY_BOT = [switched_on(number, by="deploy-bot", usd=40.0, owner="#data") for number in range(5, 8)]


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    accounts = [quiet(QUIET), *SHOP, *DATA, *BY_BOT]
    with deployed(tmp_path_factory.mktemp("o"), *accounts) as simulation:
        yield simulation


def words(message: Any) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def test_each_cause_is_one_line_with_its_accounts_its_sum_and_who(
    sim: Simulation, run: ScanRun
) -> None:
    digest = sim.bucket_json(run.output["digest"]["key"])
    lines = digest["lines"]["found"]
    assert [(line["title"], line["amount"], line["owner"]) for line in lines] == [
        ("Amazon GuardDuty in 5 accounts", "+$204 a day together", "2 owners"),
        ("AWS Config in 3 accounts", "+$144 a day together", "2 owners"),
        ("Amazon GuardDuty in 3 accounts", "+$115 a day together", "#data"),
    ]
    assert lines[0]["cause"] == (
        "perhaps CreateDetector by org-admin, in the CloudTrail of 5 of 5 accounts"
    )
    assert "PutConfigurationRecorder by auditor" in lines[1]["cause"]
    assert "deploy-bot" in lines[2]["cause"]
    assert digest["headline"] == "9 of 9 accounts scanned; 3 new."


def test_an_owner_gets_one_message_for_a_cause_that_lists_that_owners_accounts(
    sim: Simulation, run: ScanRun
) -> None:
    told = {
        (message.channel, *re.split(r": | \+", message.text)[:2]): words(message)
        for message in sim.slack.messages
        if not str(message.notice_id).startswith("digest")
    }
    assert set(told) == {
        ("#shop", "3 accounts", GUARDDUTY),
        ("#shop", "2 accounts", CONFIG),
        ("#data", "2 accounts", GUARDDUTY),
        ("#data", "3 accounts", GUARDDUTY),
        ("#data", "account-003", CONFIG),
    }
    of_shop = told["#shop", "3 accounts", GUARDDUTY]
    assert [account.id[-3:] for account in SHOP if f"account-{account.id[-3:]}" in of_shop] == [
        "000",
        "001",
        "002",
    ]
    assert "account-003" not in of_shop


def test_claude_is_asked_about_three_causes_and_not_about_eight_accounts(
    sim: Simulation, run: ScanRun
) -> None:
    explained = [
        sim.bucket_json(key)
        for key in sim.bucket_keys("scans/2026-10-15/explanations/")
        if sim.bucket_json(key)["tie"]["bond"] == "looked-into"
    ]
    assert len(explained) == 3
    asked = set(re.findall(r"2100\d{8}", json.dumps(sim.claude.requests, default=str)))
    assert asked == {each["account_id"] for each in explained}


def test_the_report_shows_each_cause_once_with_its_accounts(sim: Simulation, run: ScanRun) -> None:
    report = sim.bucket_object(run.output["report"]["key"]).decode()
    assert report.count("<article ") == 3
    assert all(account.id in report for account in (*SHOP, *DATA, *BY_BOT))


def test_an_answer_counts_for_every_account_of_the_message(sim: Simulation, run: ScanRun) -> None:
    message = next(
        message
        for message in sim.slack.messages
        if message.channel == "#shop" and GUARDDUTY in message.text
    )
    press = sim.slack.press(message.ts, "expected")
    event = function_url_event("POST", "", press.headers, press.body)
    assert sim.invoke("RecordFeedback", event)["statusCode"] == 200
    states = {
        (body["account_id"], body["members"][0]["anomaly"]["service"]): body["state"]
        for item in sim.table_items()
        if item["SK"]["S"].startswith("INCIDENT#") and "body" in item
        for body in [json.loads(item["body"]["S"])]
    }
    assert {states[account.id, GUARDDUTY] for account in SHOP} == {"expected"}
    assert {states[account.id, GUARDDUTY] for account in DATA} == {"open"}
    assert {state for (_, service), state in states.items() if service == CONFIG} == {"open"}


def test_the_same_date_again_repeats_nothing(sim: Simulation, run: ScanRun) -> None:
    before = len(sim.slack.messages)
    again = sim.scan()
    assert again.succeeded, again.cause
    assert len(sim.slack.messages) == before
