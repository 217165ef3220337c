"""Every function dies after every one of its calls: the same is told as if none had died, in the
same words and once."""

from __future__ import annotations

import copy
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.chaos.in_process import InProcessWorker, Kills
from tests.chaos.judging import honest, leaks
from tests.chaos.table import DEATHS, FUNCTIONS
from tests.chaos.world import DAY, GROWN, NEXT, REPEAT, Chaos, Snapshot, busy, deployed
from whyspike.messages.blocks import as_text
from whyspike.model import IncidentState
from whyspike.simulator.functions.failed import FunctionFailed

pytestmark = pytest.mark.slow

STEP = 40  # calls from one death over an event to the next
DEATHS_EACH = 4  # it takes 120 calls to die so often, and then the state machine tries ten times
NEVER = 10**6
DAYS_BEFORE = (DAY - timedelta(days=2), DAY - timedelta(days=1))


@dataclass(frozen=True)
class Before:
    """What two scans have left when that of DAY begins, and what is told from then on if nobody
    dies."""

    chaos: Chaos
    left: Snapshot
    undisturbed: Kills
    usual: Counter[str]


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    with deployed(tmp_path_factory.mktemp("chaos"), busy) as made:
        yield made


@pytest.fixture(scope="module")
def before(chaos: Chaos) -> Before:
    chaos.reset(claude=True)
    for day in DAYS_BEFORE:
        assert chaos.scan(day).succeeded
    left = chaos.snapshot()
    kills = scanned(chaos, left, Kills(NEVER, STEP, 1))
    return Before(chaos, left, kills, Counter(told(chaos, left)))


def scanned(chaos: Chaos, left: Snapshot, kills: Kills) -> Kills:
    """Deaths in the scan of DAY, and none in that of the next day."""
    chaos.back_to(left)
    InProcessWorker.kills = kills
    first = chaos.scan(DAY)
    InProcessWorker.kills = None
    for run in (first, chaos.scan(NEXT)):
        assert run.succeeded, f"{run.name}: {run.error}: {run.cause}; {sorted(kills.died)}"
        honest(chaos, run)
    return kills


def told(chaos: Chaos, left: Snapshot) -> list[str]:
    """The first line of everything that somebody got since."""
    return [line for line, _ in chaos.sent()[len(left.messages) :]]


def test_every_call_of_every_function_is_within_reach_of_a_death(before: Before) -> None:
    longest = before.undisturbed.longest
    assert set(longest) == set(FUNCTIONS)
    assert {*longest, "StartScan", "RecordFeedback"} == set(DEATHS)
    assert max(longest.values()) <= STEP * DEATHS_EACH
    kinds = ("Escalated", "Resolved", "2 accounts", "account-103")
    assert [kind for kind in kinds if not any(kind in line for line in before.usual)] == []


@pytest.mark.parametrize("call", range(1, STEP + 1))
def test_who_dies_after_a_call_leaves_nothing_untold_and_tells_nothing_twice(
    before: Before, call: int
) -> None:
    kills = scanned(before.chaos, before.left, Kills(call, STEP, DEATHS_EACH))

    lines = told(before.chaos, before.left)
    unmarked = Counter(line for line in lines if not line.startswith(REPEAT))
    assert ("PublishDigest", call) in kills.died
    assert {line.removeprefix(f"{REPEAT}: ") for line in lines} == set(before.usual)
    assert unmarked <= before.usual, sorted(kills.died)
    assert [message.text for message in before.chaos.repeated()] == []
    assert leaks(before.chaos.stored()) == []


# ------------------------------------------------------------ outside the journey


def states(chaos: Chaos) -> Counter[str]:
    rows = [row for row in chaos.sim.table_items() if row["SK"]["S"].startswith("INCIDENT#")]
    return Counter(json.loads(row["body"]["S"])["state"] for row in rows if "body" in row)


def test_who_sees_slack_s_warning_and_presses_again_has_answered_for_every_account(
    chaos: Chaos,
) -> None:
    chaos.reset()
    chaos.scan(DAY)
    message = next(m for m in chaos.sim.slack.messages if m.text.startswith("2 accounts"))
    table, blocks = chaos.backup(), copy.deepcopy(message.blocks)
    for call in itertools.count(1):
        chaos.restore(table)
        message.blocks = copy.deepcopy(blocks)
        InProcessWorker.kills = kills = Kills(call, STEP, 1)
        status = chaos.press(message, "acknowledge")
        InProcessWorker.kills = None
        if not kills.died:
            assert status == 200
            break
        assert status == 502
        if "Acknowledged by" not in as_text(message.blocks):
            assert chaos.press(message, "acknowledge") == 200
        assert states(chaos)[IncidentState.ACKNOWLEDGED] == 2
        assert "Acknowledged by" in as_text(message.blocks)
    assert call > 5


def test_a_press_that_was_stored_before_the_death_stands_in_the_message_after_the_next_scan(
    chaos: Chaos,
) -> None:
    chaos.reset()
    chaos.scan(DAY)
    message = next(m for m in chaos.sim.slack.messages if "account-001" in m.text)
    before = states(chaos)
    for call in itertools.count(1):
        InProcessWorker.kills = Kills(call, STEP, 1)
        assert chaos.press(message, "acknowledge") == 502
        InProcessWorker.kills = None
        if states(chaos) != before:
            break
    assert "Acknowledged by" not in as_text(message.blocks)
    assert chaos.scan(NEXT).succeeded
    assert "Acknowledged by" in as_text(message.blocks)


def test_a_start_that_dies_has_started_the_scan_once(chaos: Chaos) -> None:
    chaos.reset()
    chaos.sim.world.as_of = DAY
    event = {"scheduled_time": f"{DAY + timedelta(days=1)}T09:00:00Z"}
    InProcessWorker.kills = kills = Kills(1, STEP, 1)
    with pytest.raises(FunctionFailed) as death:
        chaos.sim.invoke("StartScan", event)
    assert death.value.kind == "Runtime.ExitError"
    assert kills.died == {("StartScan", 1)}
    assert chaos.sim.invoke("StartScan", event)["scan_date"] == str(DAY)

    states, until = chaos.sim.client("stepfunctions"), time.monotonic() + 300
    arn = chaos.sim.deployment.state_machine_arn if chaos.sim.deployment else ""
    while runs := states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
        assert [run["name"] for run in runs] == [f"scan-{DAY}"]
        assert time.monotonic() < until
        time.sleep(0.2)
    assert chaos.told(GROWN)
