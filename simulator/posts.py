"""Keeps what is posted to Slack's Web API, and says yes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.faults import Faults


class SlackEndpoint:
    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.messages: list[dict[str, Any]] = []

    def handle(self, path: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if self.faults.take("slack:down"):
            return 503, {}, b""
        self.messages.append({"path": path, **json.loads(body or b"{}")})
        return (
            200,
            {"Content-Type": "application/json"},
            json.dumps({"ok": True, "ts": f"1.{len(self.messages)}", "channel": "C1"}).encode(),
        )
