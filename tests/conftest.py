"""What all tests share. Property tests judge what they see, not how long a busy machine takes for
it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.once_a_process import collect_no_garbage, leave_what_stays, read_models_once

settings.register_profile("whyspike", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whyspike")
collect_no_garbage()


def pytest_collection_finish() -> None:
    leave_what_stays()


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_models_once(patch)
        yield
