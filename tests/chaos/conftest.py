"""One deployment for all faults of a file: the files run side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.world import Chaos, deployed


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    with deployed(tmp_path_factory.mktemp("chaos")) as made:
        yield made
