"""A cap on Cost Explorer requests cuts explanations, the smallest first, and no account's
detection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.organization import Line, TestAccount
from tests.support.simulated import deployed

pytestmark = pytest.mark.slow


def rising(number: int, usd: float) -> TestAccount:
    """Costs `usd` more on the scan date, in a usage type of its own."""
    return TestAccount(
        f"22000000000{number}",
        lines=(Line(usage_type=f"BoxUsage:m{number}.large", on={0: 50.0 + usd}),),
    )


def test_every_account_is_judged_and_the_largest_is_explained_first(tmp_path: Path) -> None:
    accounts = [rising(1, 300.0), rising(2, 900.0), rising(3, 200.0)]
    # 2 each are detection's, 1 is for the months of the first, until half of them are used
    parameters = {"CostExplorerRequestCap": "10", "MaxConcurrency": "1"}
    with deployed(tmp_path, *accounts, parameters=parameters, claude="off") as sim:
        run = sim.scan()
        assert run.succeeded, run.cause
        digest = sim.bucket_json(run.output["digest"]["key"])
        assert (digest["coverage"]["scanned"], digest["coverage"]["not_scanned"]) == (3, [])
        assert digest["scan_cost"]["capped"] == ["Cost Explorer requests"]
        gaps = {
            each["account_id"]: each["gaps"]
            for each in map(sim.bucket_json, sim.bucket_keys("scans/2026-10-15/explanations/"))
        }
    assert gaps[accounts[1].id] == []
    assert gaps[accounts[2].id] == ["cost_explorer"]
