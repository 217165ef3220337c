"""No scan ran for some days: the next one judges them, and says so, wherever the bill comes from;
what is too long ago is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.organization import MANAGEMENT, SCAN_DATE, Line, TestAccount
from tests.support.simulated import deployed
from whyspike.messages.blocks import as_text

pytestmark = pytest.mark.slow
GAP = "230000000001"


SOURCES = {
    "member": {},
    "payer": {
        "CostSource": "payer",
        "OrganizationRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/whyspike-organization",
    },
}


@pytest.mark.parametrize("parameters", SOURCES.values(), ids=SOURCES)
def test_a_spike_in_a_gap_of_four_days_is_told_by_the_next_scan(
    tmp_path: Path, parameters: dict[str, str]
) -> None:
    spike = TestAccount(GAP, lines=(Line(on={4: 5_000.0}),))
    with deployed(tmp_path, spike, parameters=parameters, claude="off") as sim:
        assert sim.scan(SCAN_DATE - timedelta(days=5)).succeeded
        run = sim.scan(SCAN_DATE)
        assert run.succeeded, run.cause
        digest = sim.bucket_json(run.output["digest"]["key"])
        told = [m for m in sim.slack.messages if not str(m.notice_id).startswith("digest")]
    assert len(told) == 1
    assert {len(row["days"]) for row in digest["coverage"]["judged_late"]} == {4}
    assert digest["coverage"]["never_judged"] == []


def test_of_a_longer_gap_the_days_in_reach_are_judged_and_the_others_named(tmp_path: Path) -> None:
    """The scans of eleven days were never started, and seven are made up for."""
    in_reach = TestAccount(GAP, lines=(Line(on={6: 5_000.0}),))
    too_late = TestAccount("230000000002", lines=(Line(on={9: 5_000.0}),))
    accounts = (in_reach, too_late)
    with deployed(tmp_path, *accounts, parameters={"CatchUpDays": "7"}, claude="off") as sim:
        assert sim.scan(SCAN_DATE - timedelta(days=12)).succeeded
        run = sim.scan(SCAN_DATE)
        assert run.succeeded, run.cause
        digest = sim.bucket_json(run.output["digest"]["key"])
        told = [m.text for m in sim.slack.messages if not str(m.notice_id).startswith("digest")]
        said = as_text(sim.slack.messages[-1].blocks)
        again = sim.scan(SCAN_DATE)
        after = sim.bucket_json(again.output["digest"]["key"])
    assert [text.split(":")[0] for text in told] == ["account-001"]
    assert "2 accounts: Fri 9 to Wed 14 Oct judged now: no scan had judged them" in said
    assert "All accounts: Sun 4 to Thu 8 Oct judged by no scan" in said
    assert after["coverage"] == digest["coverage"]
