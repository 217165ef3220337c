"""Every fault of the targets besides Slack and e-mail, of AWS's own detector and of commitments:
nothing that was planted is lost, repeated unmarked, or hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.judging import faults_of, tried
from tests.chaos.table import Area, Fault
from tests.chaos.world import Chaos, deployed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    with deployed(tmp_path_factory.mktemp("chaos"), targets=True) as made:
        yield made


@pytest.mark.parametrize("fault", faults_of(Area.TARGETS))
def test_a_fault_hides_nothing(chaos: Chaos, fault: Fault) -> None:
    tried(chaos, fault)
