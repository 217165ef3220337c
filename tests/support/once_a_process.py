"""What every test would pay for again is paid for once a process.

botocore parses the model of a service once a session, and the tests open a session for almost every
sentence; Python's garbage collector walks again and again through all modules and collected tests.
"""

from __future__ import annotations

import gc
from functools import cache, lru_cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader

MAX_FILES = 100  # of some megabytes each; what a few services need


def read_models_once(patch: pytest.MonkeyPatch) -> None:
    """All sessions share botocore's files as parsed, and the lists of its folders."""
    load, listed = JSONFileLoader.load_file, Loader.list_available_services

    @lru_cache(MAX_FILES)
    def loaded(path: str) -> Any:
        return load(JSONFileLoader(), path)

    @cache
    def services(paths: tuple[str, ...], kind: str) -> list[str]:
        loader = Loader()
        loader.search_paths[:] = paths
        found: list[str] = listed(loader, kind)
        return found

    patch.setattr(JSONFileLoader, "load_file", lambda _, file_path: loaded(file_path))
    patch.setattr(
        Loader,
        "list_available_services",
        lambda loader, type_name: services(tuple(loader.search_paths), type_name),
    )


def collect_no_garbage() -> None:
    """For the time in which tests are gathered: next to nothing is garbage then."""
    gc.disable()


def leave_what_stays() -> None:
    """The garbage collector works again, and leaves alone what is there by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()
