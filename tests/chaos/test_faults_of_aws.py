"""Every fault of accounts, bills, table, bucket and functions: nothing that was planted is lost,
repeated unmarked, or hidden."""

from __future__ import annotations

import pytest

from tests.chaos.judging import faults_of, tried
from tests.chaos.table import Area, Fault
from tests.chaos.world import Chaos

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", faults_of(Area.BILL, Area.STORE))
def test_a_fault_hides_nothing(chaos: Chaos, fault: Fault) -> None:
    tried(chaos, fault)
