"""What was asked of the simulation: one entry per request, and the actions of each principal."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any


class Recorder:
    """Entries are {"service", "operation", "account_id", "region", "status", "principal", "at",
    ...} in the order of the answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._actions: dict[str, set[str]] = defaultdict(set)
        self._denied: dict[str, set[str]] = defaultdict(set)
        self._resources: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def add(self, **entry: Any) -> None:
        with self._lock:
            self._entries.append(
                {**entry, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
            )

    def acted(self, principal: str, action: str, resource: str, *, allowed: bool) -> None:
        with self._lock:
            (self._actions if allowed else self._denied)[principal].add(action)
            if allowed:
                self._resources[principal].add((action, resource))

    @property
    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._entries)

    @property
    def actions(self) -> dict[str, set[str]]:
        """IAM actions that each principal performed and was allowed to."""
        with self._lock:
            return {name: set(actions) for name, actions in self._actions.items()}

    @property
    def denied(self) -> dict[str, set[str]]:
        with self._lock:
            return {name: set(actions) for name, actions in self._denied.items()}

    @property
    def resources(self) -> dict[str, set[tuple[str, str]]]:
        """(action, ARN or "*") that each principal performed and was allowed to."""
        with self._lock:
            return {name: set(pairs) for name, pairs in self._resources.items()}
