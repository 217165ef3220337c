"""Ends of Savings Plans and reservations as deployed: told once at each threshold to the owner of
the usage and in the digest, not where one is queued to follow, and named where they cannot be
read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tests.support.bought import following, reserved_database, savings_plan
from tests.support.deployed import PROJECT
from tests.support.organization import SCAN_DATE, Line, organization, quiet
from whyspike.simulator.organization.commitments_file import Bought
from whyspike.simulator.organization.folder import OrganizationFolder
from whyspike.simulator.simulation import Simulation
from whyspike.words.amounts import dollars

BUYER, USER = "110000000001", "110000000002"
TODAY = SCAN_DATE + timedelta(days=1)
LAST = TODAY + timedelta(days=2)  # within the threshold of seven days, tomorrow of one
EC2 = "Amazon Elastic Compute Cloud - Compute"
RDS, METER = "Amazon Relational Database Service", "EU-InstanceUsage:db.r5.large"
SCHEMA = json.loads((PROJECT / "docs/schemas/commitment-ends-1.json").read_text("utf-8"))
OWNERS = {
    "owners": {
        "platform": {"channel": "#platform", "teams": "platform"},
        "shop": {"channel": "#shop", "webhook": "ledger"},
    }
}


def with_plan(folder: Path, *more: dict[str, Any]) -> OrganizationFolder:
    """A plan of $96 a day that one account bought and another uses, at $150 on demand, and a
    reservation of the latter, of $6.80 a day, for two databases of $0.10 an hour on demand."""
    covered = [
        Line(cost=150.0, record_type="SavingsPlanCoveredUsage"),
        Line(cost=-150.0, record_type="SavingsPlanNegation"),
        Line(RDS, METER, 14.4, region="eu-west-1", record_type="DiscountedUsage"),
        Line(RDS, METER, 7.2, region="eu-west-1"),
    ]
    made = organization(
        folder,
        quiet(BUYER, name="payer", tags={"owner": "platform"}),
        quiet(USER, name="shop", lines=(Line(), *covered)),
    )
    plans = Bought((savings_plan(LAST), *more))
    databases = Bought(reservations={"rds": {"eu-west-1": (reserved_database(LAST),)}})
    bought = {BUYER: plans, USER: databases}
    return replace(
        made,
        accounts={
            account_id: replace(account, bought=bought[account_id])
            for account_id, account in made.accounts.items()
        },
    )


def scanned(sim: Simulation, scan_date: date) -> dict[str, Any]:
    """The digest of a scan of that date."""
    sim.world.as_of = scan_date
    found = sim.invoke(
        "DiscoverAccounts",
        {
            "scan_date": scan_date.isoformat(),
            "scheduled_time": f"{scan_date + timedelta(days=1)}T09:00:00Z",
        },
    )
    for account in sim.bucket_json(found["manifest"]["key"]):
        task = {"scan": found["scan"], "account": account}
        sim.invoke("DetectAnomalies", task)
    digest: dict[str, Any] = sim.bucket_json(sim.invoke("PublishDigest", found)["digest"]["key"])
    return digest


def first_scan(sim: Simulation) -> dict[str, Any]:
    day = SCAN_DATE - timedelta(days=1)
    return {"scan_id": str(day), "scan_date": str(day), "today": str(SCAN_DATE)}


def told(sim: Simulation) -> list[tuple[str, str]]:
    """Channel and text of every message about an end."""
    return [
        (message.channel, message.text)
        for message in sim.slack.messages
        if "-ending-" in (message.notice_id or "")
    ]


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with Simulation(
        with_plan(tmp_path_factory.mktemp("o")),
        SCAN_DATE - timedelta(days=1),
        parameters={
            "WatchCommitments": "true",
            "OwnerTagKeys": "owner",
            "EventBusName": "default",
        },
        claude="off",
        workers=1,
        teams=["platform"],
        webhooks=["ledger"],
    ) as simulation:
        simulation.deploy()
        simulation.client("s3").put_object(
            Bucket=simulation.resource("ScanBucket"),
            Key="settings/owners.json",
            Body=str(OWNERS).replace("'", '"').encode(),
        )
        yield simulation


def test_each_threshold_is_told_once_to_who_uses_it_and_who_bought_it(sim: Simulation) -> None:
    first = scanned(sim, SCAN_DATE - timedelta(days=1))
    assert sorted((end["days_left"], end["threshold"]) for end in first["ends"]) == [(3, 7), (3, 7)]
    once = told(sim)
    assert sorted(channel for channel, _ in once) == ["#platform", "#shop"]
    sim.invoke("PublishDigest", {"scan": first_scan(sim)})
    assert told(sim) == once
    assert sim.receivers
    (card,) = sim.receivers.teams.cards
    assert (card["channel"], sim.receivers.teams.failed) == ("platform", [])
    assert card["card"]["fallbackText"] == dict(once)["#platform"]
    events = [event for event in sim.events if event.detail_type == "Cost Commitment Ends"]
    for event in events:
        Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(event.detail)
    assert sorted(event.detail["owner"]["name"] for event in events) == ["platform", "shop"]
    (taken,) = sim.receivers.webhooks.documents
    document = taken["document"]
    assert document in [event.detail for event in events]
    (plan, *_) = [each for each in document["commitments"] if each["account"]["name"] == "payer"]
    assert (plan["days_left"], plan["more_usd_per_day"]) == (3, 54.0)
    assert plan["used_by"][0]["account"] == {"id": USER, "name": "shop"}
    second = scanned(sim, SCAN_DATE)
    assert [end["is_due"] for end in second["ends"]] == [False, False]
    assert told(sim) == once


def test_the_owner_reads_when_it_ends_and_what_the_usage_costs_then(sim: Simulation) -> None:
    (text,) = [
        str(message.blocks)
        for message in sim.slack.messages
        if message.channel == "#shop" and "-ending-" in (message.notice_id or "")
    ]
    assert "Compute Savings Plan, bought by payer, ends on Sun 18 Oct" in text
    digest = sim.bucket_json(f"scans/{SCAN_DATE - timedelta(days=1)}/digest.json")
    (plan,) = [end for end in digest["ends"] if end["commitment"]["is_plan"]]
    usd = plan["on_demand_usd"]
    assert usd == pytest.approx(150.0, rel=0.03)
    more = dollars(usd - 96)
    assert f"about {more} a day more, {dollars(usd)} on demand instead of $96.00" in text
    assert f"in shop ({dollars(usd)})" in text
    assert "Amazon RDS reservation, 2 of db.r5.large in eu-west-1" in text
    assert "about $2.00 a day less, $4.80 on demand instead of $6.80" in text


def test_the_digest_lists_what_was_told_and_the_report_all_that_ends(sim: Simulation) -> None:
    digest = next(m for m in sim.slack.messages if (m.notice_id or "").startswith("digest"))
    assert "Ends soon" in str(digest.blocks)
    report = sim.bucket_object(f"scans/{SCAN_DATE}/report.html").decode()
    assert "end within 30 days" in report


def test_what_a_function_that_died_has_not_read_is_not_taken_for_nothing(sim: Simulation) -> None:
    key = f"scans/{SCAN_DATE - timedelta(days=1)}/commitments/{USER}.json"
    bucket = sim.resource("ScanBucket")
    sim.client("s3").delete_object(Bucket=bucket, Key=key)
    published = sim.invoke("PublishDigest", {"scan": first_scan(sim)})["digest"]["key"]
    (said,) = sim.bucket_json(published)["coverage"]["not_asked"]
    assert said.startswith("Savings Plans and reservations of shop: the function ended before")


@pytest.mark.slow
def test_what_cannot_be_read_is_named_and_the_account_is_judged_all_the_same(
    sim: Simulation,
) -> None:
    sim.faults.set("aws:rds:DescribeReservedDBInstances:AccessDenied", -1)
    digest = scanned(sim, SCAN_DATE)
    sim.faults.set("aws:rds:DescribeReservedDBInstances:AccessDenied", 0)
    assert digest["coverage"]["scanned"] == 2
    said = [each for each in digest["coverage"]["not_asked"] if "RDS reservations" in each]
    assert any("AccessDenied" in each and "WatchCommitments" in each for each in said)


@pytest.mark.slow
def test_a_plan_that_another_is_queued_to_follow_is_not_told(tmp_path: Path) -> None:
    plan = savings_plan(LAST)
    with Simulation(
        with_plan(tmp_path, following(plan)),
        SCAN_DATE,
        parameters={"WatchCommitments": "true"},
        claude="off",
        workers=1,
    ) as simulation:
        simulation.deploy()
        ends = {
            end["commitment"]["commitment_id"]: end
            for end in scanned(simulation, SCAN_DATE)["ends"]
        }
        assert (ends["sp-1"]["commitment"]["renewed"], ends["sp-1"]["is_due"]) == (True, False)
        assert all("Savings Plan" not in text for _, text in told(simulation))
