"""The deployed state machine over a small organisation, with the real handlers: what each scenario
comes to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.organization import SCAN_DATE, event, organization, quiet, spiking
from whyspike.incidents.notices import digest_id
from whyspike.simulator.faults import ALWAYS
from whyspike.simulator.functions.failed import FunctionFailed
from whyspike.simulator.scan_run import ScanProgress, ScanRun
from whyspike.simulator.simulation import Simulation

QUIET, SPIKE, DENIED, CLOSED = "110000000001", "110000000002", "110000000003", "110000000004"
SLOW, BUSY, LATE, MUTE, KILLED, CRASHED, NO_TRAIL, THROTTLED, STS, HASTY = (
    f"220000000{number}" for number in range(101, 111)
)
LAUNCH = event("RunInstances", "2026-10-15T06:00:00Z")


@dataclass(frozen=True)
class Outcome:
    """What a scan left: how it ended, what it posted, the state of each account."""

    run: ScanRun
    digest: dict[str, Any]
    posts: list[Any]
    progress: list[ScanProgress]

    def posts_about(self, account_id: str) -> list[str]:
        return [
            post.text
            for post in self.posts
            if f"account-{account_id[-3:]}" in post.text
            and post.notice_id
            and "digest" not in post.notice_id
        ]

    @property
    def not_scanned(self) -> dict[str, str]:
        return {
            account["account_id"]: account["error"]
            for account in self.digest["coverage"]["not_scanned"]
        }


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    loaded = organization(
        tmp_path_factory.mktemp("o") / "organization",
        quiet(QUIET),
        spiking(SPIKE, events={"us-east-1": [LAUNCH]}),
        spiking(DENIED, access={"assume_role": "denied"}),
        spiking(CLOSED, access={"cost_explorer": "denied"}),
        *(
            spiking(account_id, events={"us-east-1": [LAUNCH]})
            for account_id in (SLOW, BUSY, LATE, MUTE, KILLED, CRASHED, THROTTLED, STS, HASTY)
        ),
        spiking(NO_TRAIL, access={"cloudtrail": "denied", "resource_level": False}),
        quiet("330000000001", state="SUSPENDED"),
    )
    with Simulation(loaded) as simulation:
        simulation.deploy()
        owners = json.dumps({"channel_pattern": "#cost-{owner}"})
        simulation.client("s3").put_object(
            Bucket=simulation.resource("ScanBucket"),
            Key="settings/owners.json",
            Body=owners.encode(),
        )
        yield simulation


@pytest.fixture(autouse=True)
def no_fault_is_left(sim: Simulation) -> Iterator[None]:
    yield
    for name in sim.faults.left():
        sim.faults.set(name, 0)


def scan(sim: Simulation, account_ids: Sequence[str]) -> Outcome:
    posted, progress = len(sim.slack.messages), list[ScanProgress]()
    run = sim.scan(SCAN_DATE, progress.append, account_ids=account_ids)
    digest = sim.bucket_json(run.output["digest"]["key"]) if run.succeeded else {}
    return Outcome(run, digest, sim.slack.messages[posted:], progress)


@pytest.fixture(scope="module")
def first(sim: Simulation) -> Outcome:
    """One scan of a quiet, a spiking, an unreachable and a closed account."""
    return scan(sim, [QUIET, SPIKE, DENIED, CLOSED])


def explanation(sim: Simulation, outcome: Outcome, account_id: str) -> dict[str, Any]:
    prefix = f"scans/{outcome.run.output['scan_id']}/explanations/{account_id}"
    (key,) = sim.bucket_keys(prefix)
    found: dict[str, Any] = sim.bucket_json(key)
    return found


def test_a_scan_completes_although_accounts_fail_and_counts_them(first: Outcome) -> None:
    assert first.run.succeeded
    assert first.not_scanned == {DENIED: "MemberRoleDenied", CLOSED: "CostExplorerDenied"}
    assert first.digest["coverage"]["scanned"] == 2
    assert first.digest["coverage"]["in_scope"] == 4


def test_every_row_of_a_scan_expires_also_those_that_the_state_machine_writes(
    sim: Simulation, first: Outcome
) -> None:
    rows = {
        item["SK"]["S"]: item
        for item in sim.table_items()
        if item["PK"]["S"] == f"SCAN#{first.run.output['scan_id']}"
    }
    digest = f"NOTICE#{digest_id(first.run.output['scan_id'])}"
    assert {"SUMMARY", "USAGE", digest, f"ACCOUNT#{QUIET}", f"ACCOUNT#{DENIED}"} <= set(rows)
    assert [name for name, row in rows.items() if "N" not in row.get("expires_at", {})] == []
    assert {int(row["expires_at"]["N"]) > time.time() + 390 * 86_400 for row in rows.values()} == {
        True
    }


def test_a_quiet_account_is_scanned_and_its_owner_hears_nothing(
    sim: Simulation, first: Outcome
) -> None:
    (line,) = [item for item in sim.table_items() if item["SK"]["S"] == f"ACCOUNT#{QUIET}"]

    assert line["status"]["S"] == "scanned"
    assert first.posts_about(QUIET) == []


def test_a_spike_is_told_once_to_its_owner_with_a_cause_from_claude(
    sim: Simulation, first: Outcome
) -> None:
    (post,) = first.posts_about(SPIKE)

    assert "Amazon Elastic Compute Cloud" in post or "EC2" in post
    assert explanation(sim, first, SPIKE)["written_by"].startswith("claude-")
    assert [message.channel for message in first.posts if message.text == post] == ["#cost-shop"]


def test_an_account_that_could_not_be_asked_never_reads_as_quiet(first: Outcome) -> None:
    digest = next(post for post in first.posts if "digest" in str(post.notice_id))

    assert first.posts_about(DENIED) == first.posts_about(CLOSED) == []
    assert {DENIED, CLOSED} <= set(re.findall(r"\d{12}", str(digest.blocks)))


def test_the_real_handlers_ran(sim: Simulation, first: Outcome) -> None:
    journey = {
        "DiscoverAccounts",
        "DetectAnomalies",
        "ExplainAnomaly",
        "NotifyOwner",
        "PublishDigest",
    }

    assert first.run.succeeded
    assert journey <= sim.recorder.actions.keys()
    for function in journey:
        assert '"function_request_id"' in sim.log(function)


def test_no_call_was_denied_by_the_deployed_policies(sim: Simulation, first: Outcome) -> None:
    assert first.run.succeeded
    assert sim.recorder.denied == {}


def test_progress_tells_how_many_accounts_there_are_and_how_many_are_done(first: Outcome) -> None:
    assert (first.progress[-1].accounts, first.progress[-1].done) == (4, 4)
    assert [step.done for step in first.progress] == sorted(step.done for step in first.progress)


def test_a_second_scan_of_the_same_day_tells_nothing_again(sim: Simulation, first: Outcome) -> None:
    again = scan(sim, [SPIKE])

    assert first.posts_about(SPIKE)
    assert again.run.succeeded
    assert again.posts_about(SPIKE) == []


@pytest.mark.slow
def test_cost_explorer_throttled_for_a_while_is_asked_again(sim: Simulation) -> None:
    sim.faults.set(f"cost_explorer:throttle:{BUSY}", 5)  # more than one invocation's own retries

    outcome = scan(sim, [BUSY])

    assert outcome.not_scanned == {}
    assert len(outcome.posts_about(BUSY)) == 1
    throttled = [
        entry
        for entry in sim.requests
        if entry.get("error") == "LimitExceededException" and entry["account_id"] == BUSY
    ]
    assert len(throttled) == 5


@pytest.mark.slow
def test_cost_explorer_throttled_for_good_is_an_account_not_scanned(sim: Simulation) -> None:
    sim.faults.set(f"cost_explorer:throttle:{SLOW}", ALWAYS)

    outcome = scan(sim, [SLOW])

    assert outcome.run.succeeded
    assert outcome.not_scanned == {SLOW: "Throttled"}
    assert outcome.posts_about(SLOW) == []


def test_with_claude_down_the_rules_explain_and_the_owner_is_told(sim: Simulation) -> None:
    sim.faults.set("claude:error", ALWAYS)

    outcome = scan(sim, [LATE])

    assert explanation(sim, outcome, LATE)["written_by"] == "rules"
    assert len(outcome.posts_about(LATE)) == 1


def test_with_slack_refusing_the_account_is_named_and_told_by_the_next_scan(
    sim: Simulation,
) -> None:
    sim.faults.set("slack:channel_not_found", ALWAYS)
    refused = scan(sim, [MUTE])
    sim.faults.set("slack:channel_not_found", 0)

    told = scan(sim, [MUTE])

    assert refused.posts_about(MUTE) == []
    assert len(told.posts_about(MUTE)) == 1


def test_an_explanation_that_fails_does_not_keep_the_owner_from_being_told(sim: Simulation) -> None:
    sim.faults.set("lambda:Runtime.ExitError:ExplainAnomaly", ALWAYS)

    outcome = scan(sim, [KILLED])

    assert outcome.run.succeeded
    assert len(outcome.posts_about(KILLED)) == 1
    (message,) = [post for post in outcome.posts if post.text in outcome.posts_about(KILLED)]
    assert "could not be looked up this time" in str(message.blocks)


def test_a_failed_explanation_is_named_and_counted_until_another_run_explains_it(
    sim: Simulation,
) -> None:
    sim.faults.set("lambda:Runtime.ExitError:ExplainAnomaly", ALWAYS)

    failed = scan(sim, [HASTY])
    digest = next(post for post in failed.posts if "digest" in str(post.notice_id))
    told = str(digest.blocks)
    (counted,) = re.findall(r'"AnomaliesNotExplained":\[(\d)', sim.log("PublishDigest"))[-1:]
    sim.faults.set("lambda:Runtime.ExitError:ExplainAnomaly", 0)
    again = scan(sim, [HASTY])

    (row,) = failed.digest["coverage"]["not_explained"]
    rows = [
        item for item in sim.table_items() if item["SK"]["S"].startswith("NOTEXPLAINED#")
    ]  # of other tests' scans too
    assert rows
    assert all("N" in item.get("expires_at", {}) for item in rows)
    assert (row["account_id"], row["error"]) == (HASTY, "Runtime.ExitError")
    assert "Not explained" in told
    assert counted == "1"
    assert again.digest["coverage"]["not_explained"] == []
    assert "Not explained" not in str(digest.blocks), "corrected in place"


@pytest.mark.slow
def test_cloudtrail_throttled_for_good_is_a_gap_and_the_bill_is_explained(sim: Simulation) -> None:
    sim.faults.set(f"cloudtrail:throttle:{THROTTLED}", ALWAYS)

    outcome = scan(sim, [THROTTLED])

    found = explanation(sim, outcome, THROTTLED)
    assert found["gaps"] == ["cloudtrail"]
    assert found["findings"][0]["driver"]["usage_type"] == "BoxUsage:m5.large"
    evidence = sim.bucket_json(
        f"scans/{outcome.run.output['scan_id']}/evidence/{found['item_id']}.json"
    )
    (gap,) = [item["content"] for item in evidence["items"] if item.get("gap")]
    assert "ThrottlingException: Rate exceeded" in gap["reason"]
    assert len(outcome.posts_about(THROTTLED)) == 1


@pytest.mark.slow
def test_sts_throttled_for_a_while_is_asked_again(sim: Simulation) -> None:
    sim.faults.set(f"sts:throttle:{STS}", 5)  # more than one invocation's own retries

    outcome = scan(sim, [STS])

    assert outcome.not_scanned == {}
    assert len(outcome.posts_about(STS)) == 1


@pytest.mark.slow
def test_a_detection_that_dies_is_an_account_not_scanned(sim: Simulation) -> None:
    sim.faults.set("lambda:Runtime.ExitError:DetectAnomalies", ALWAYS)

    outcome = scan(sim, [CRASHED])

    assert outcome.not_scanned == {CRASHED: "Runtime.ExitError"}


def test_denied_evidence_is_named_as_a_gap_and_the_owner_is_told(sim: Simulation) -> None:
    outcome = scan(sim, [NO_TRAIL])

    assert {"cloudtrail", "resource_level"} <= set(explanation(sim, outcome, NO_TRAIL)["gaps"])
    assert len(outcome.posts_about(NO_TRAIL)) == 1


BAD_STARTS = {
    "a date in the future": ({"scan_date": "2031-01-01"}, "is not over yet"),
    "a date before Cost Explorer's history": (
        {"scan_date": "2020-01-01"},
        "is older than 13 months",
    ),
    "a date that is none": ({"scan_date": "yesterday"}, "is not a date"),
    "an unknown account": (
        {"scan_date": SCAN_DATE.isoformat(), "account_ids": ["999999999999"]},
        "account 999999999999 is not in",
    ),
}


@pytest.mark.parametrize(("start", "message"), BAD_STARTS.values(), ids=BAD_STARTS.keys())
def test_a_bad_start_is_refused_with_one_clear_line(
    sim: Simulation, start: dict[str, Any], message: str
) -> None:
    with pytest.raises(FunctionFailed) as error:
        sim.invoke("DiscoverAccounts", start)

    assert error.value.kind == "InvalidInput"
    assert message in error.value.message
    assert "\n" not in error.value.message
