"""A price that rose in many accounts, the same meter used more in others on the same day, and a
charge that is new everywhere: each is told as what it is, once, and nobody is looked for who did
it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.mass_event import made_by
from tests.support.organization import Line, TestAccount, quiet
from tests.support.simulated import QUIET, deployed
from whyspike.simulator.scan_run import ScanRun
from whyspike.simulator.simulation import Simulation

pytestmark = pytest.mark.slow

SERVICE, METER = "AmazonCloudWatch", "USE1-CW:MetricMonitorUsage"
ADDRESSES = Line(
    "Amazon Virtual Private Cloud",
    "USE1-PublicIPv4:InUseAddress",
    30.0,
    on=dict.fromkeys(range(1, 60), 0.0),
    team="",
)


def account(number: int, line: Line, by: str) -> TestAccount:
    """Somebody made a call that could have raised the cost, hours before it rose."""
    call = made_by("PutMetricStream", by, "2026-10-13T01:00:00Z", source="monitoring.amazonaws.com")
    return TestAccount(
        f"2200{number:08d}",
        lines=(Line(), line, ADDRESSES),
        tags={"owner": "#shop"},
        events={"us-east-1": [call]},
    )


COSTS_MORE = [
    account(n, Line(SERVICE, METER, 80.0 + n, price={0: 1.5, 1: 1.5, 2: 1.5}), f"dana-{n}")
    for n in range(5)
]
USES_MORE = [
    account(n, Line(SERVICE, METER, 90.0, on={0: 135.0, 1: 134.0, 2: 136.0}), f"kim-{n}")
    for n in range(5, 7)
]


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    accounts = [quiet(QUIET), *COSTS_MORE, *USES_MORE]
    with deployed(tmp_path_factory.mktemp("o"), *accounts) as simulation:
        yield simulation


@pytest.fixture(scope="module")
def lines(sim: Simulation, run: ScanRun) -> dict[str, Any]:
    found = sim.bucket_json(run.output["digest"]["key"])["lines"]["found"]
    return {line["title"]: line for line in found}


def explained(sim: Simulation, account_id: str, service: str) -> Any:
    keys = sim.bucket_keys("scans/2026-10-15/explanations/")
    found = [json.loads(sim.bucket_object(key)) for key in keys if account_id in key]
    return next(each for each in found if each["service"] == service)


def test_the_price_is_one_line_that_says_so_and_in_how_much_of_the_organisation(
    lines: dict[str, Any],
) -> None:
    assert lines["Amazon CloudWatch in 5 accounts"]["cause"] == (
        "a unit costs 50% more than before at the same usage, in 5 of 8 accounts of the"
        " organisation: AWS's price or a discount changed, and nobody's setting"
    )


def test_nobody_is_named_for_a_price_and_no_owner_is_asked_to_look_for_somebody(
    sim: Simulation, run: ScanRun
) -> None:
    texts = [
        json.dumps(message.blocks)
        for message in sim.slack.messages
        if message.text.startswith("5 accounts: Amazon CloudWatch")
    ]
    assert len(texts) == 1
    assert "a unit costs 50% more than before at the same usage, in 5 of 8 accounts" in texts[0]
    assert "dana" not in texts[0]
    assert "PutMetricStream" not in texts[0]
    for one in COSTS_MORE:
        found = explained(sim, one.id, SERVICE)
        assert [each["actor"]["kind"] for each in found["findings"]] == ["none"]
        assert {each["category"] for each in found["findings"]} == {"billing-artefact"}
        assert "A unit costs 50% more than before in 5 of 8 accounts" in found["text"]


def test_the_same_rise_by_more_usage_is_no_part_of_it(
    sim: Simulation, lines: dict[str, Any]
) -> None:
    for one in USES_MORE:
        assert f"Amazon CloudWatch in account-{one.id[-3:]}" in lines
        found = explained(sim, one.id, SERVICE)
        assert "tie" not in found
        assert "more than before in" not in found["text"]


def test_what_is_new_everywhere_is_told_as_a_charge_that_began(
    sim: Simulation, lines: dict[str, Any]
) -> None:
    assert lines["Amazon VPC in 7 accounts"]["cause"] == (
        "a new charge, in 7 of 8 accounts of the organisation, and no change stands out: AWS may"
        " have begun to bill for it"
    )
    text = explained(sim, COSTS_MORE[0].id, ADDRESSES.service)["text"]
    assert "ask" not in text.lower()


def test_claude_is_asked_once_for_each(sim: Simulation, run: ScanRun) -> None:
    looked_into = [
        key
        for key in sim.bucket_keys("scans/2026-10-15/explanations/")
        if (sim.bucket_json(key).get("tie") or {}).get("bond", "looked-into") == "looked-into"
    ]
    assert len(looked_into) == 2 + len(USES_MORE)
