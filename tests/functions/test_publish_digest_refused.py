"""PublishDigest when Slack refuses: the alarms' numbers do not hang on a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.simulated import START, deployed
from whyspike.simulator.functions.failed import FunctionFailed


def test_a_refused_message_keeps_no_metric_from_the_alarms_and_a_retry_counts_nothing_twice(
    tmp_path: Path,
) -> None:
    with deployed(tmp_path, parameters={"DigestChannel": "#finops"}, claude="off") as sim:
        discovered = sim.invoke("DiscoverAccounts", START)
        sim.faults.set("slack:invalid_auth", 1)
        with pytest.raises(FunctionFailed, match="invalid_auth"):
            sim.invoke("PublishDigest", discovered)
        assert '"AccountsNotScanned":[3.0]' in sim.log("PublishDigest")
        assert sim.invoke("PublishDigest", discovered)["told"]
        assert sim.log("PublishDigest").count('"AccountsNotScanned":[3.0]') == 1
