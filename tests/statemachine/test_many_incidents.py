"""Two hundred incidents on one day: each is told once, the digest is short, and nothing that is
handed on or copied grows with their number. The functions run in this process, which is quicker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from moto.dynamodb.models.dynamo_type import Item

from tests.chaos.in_process import in_process
from tests.support.organization import Line, TestAccount, quiet
from tests.support.simulated import QUIET, deployed
from whyspike.messages.blocks import as_text
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

INCIDENTS = 200
MAX_PAYLOAD_BYTES = 2_000  # between two states; Step Functions takes 262,144
MAX_COPIES = (
    100  # of rows of the table, for each incident; of the whole table it would be thousands
)


def grown(number: int) -> TestAccount:
    """Machines of a type of its own, so that no two look like one cause."""
    machines = Line(
        usage_type=f"BoxUsage:x{number}.large", cost=30.0, on={0: 300.0 + number}, team=""
    )
    owner = {"owner": f"#team-{number % 20}"}
    return TestAccount(f"2400{number:08d}", (machines,), tags=owner)


@pytest.fixture(scope="module")
def copies() -> Iterator[list[Item]]:
    copied: list[Item] = []

    def counted(item: Item, memo: dict[int, object]) -> Item:
        copied.append(item)
        return Item(item.hash_key, item.range_key, {k: v.to_json() for k, v in item.attrs.items()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Item, "__deepcopy__", counted, raising=False)
        yield copied


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory, copies: list[Item]) -> Iterator[Simulation]:
    accounts = [quiet(QUIET), *map(grown, range(INCIDENTS))]
    with (
        pytest.MonkeyPatch.context() as patch,
        in_process(patch),
        deployed(tmp_path_factory.mktemp("o"), *accounts, claude="off", workers=1) as simulation,
    ):
        yield simulation


def test_every_account_is_scanned_explained_and_told(sim: Simulation, run: ScanRun) -> None:
    digest = sim.bucket_json(run.output["digest"]["key"])
    coverage = digest["coverage"]
    assert (coverage["in_scope"], coverage["scanned"]) == (INCIDENTS + 1, INCIDENTS + 1)
    assert {name: coverage[name] for name in ("owners_not_told", "not_explained")} == {
        "owners_not_told": [],
        "not_explained": [],
    }
    assert digest["counts"]["found"] == INCIDENTS


def test_every_incident_is_told_once_to_its_owner(sim: Simulation, run: ScanRun) -> None:
    told = Counter(
        (message.channel, re.findall(r"2400\d{8}", as_text(message.blocks))[0])
        for message in sim.slack.messages
        if "digest" not in str(message.notice_id)
    )
    assert told == Counter(
        (f"#team-{number % 20}", f"2400{number:08d}") for number in range(INCIDENTS)
    )


def test_the_digest_is_one_message_that_says_how_many_it_does_not_list(
    sim: Simulation, run: ScanRun
) -> None:
    [digest] = [m for m in sim.slack.messages if "digest" in str(m.notice_id)]
    text = as_text(digest.blocks)
    assert "201 of 201 accounts scanned; 200 new" in digest.text
    listed = len(re.findall(r"in account-\d{3}", text))
    assert 5 <= listed <= 40
    assert f"{INCIDENTS - listed} more" in text
    report = sim.bucket_object(run.output["report"]["key"]).decode()
    assert report.count("<article ") == INCIDENTS


def test_nothing_grows_with_their_number(sim: Simulation, run: ScanRun, copies: list[Item]) -> None:
    assert sim.functions
    payloads = [max(each.request_bytes, each.response_bytes) for each in sim.functions.runs]
    assert max(payloads) <= MAX_PAYLOAD_BYTES
    assert 0 < len(copies) <= MAX_COPIES * INCIDENTS
