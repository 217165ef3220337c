"""The events that the functions are called with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.fuzz.doors.door import Door
from tests.support.incident_world import CONTEXT, load
from tests.support.incidents import DAY, SHOP, anomaly, item, scan_of
from whyspike.payload import from_json, to_json
from whyspike.steps.configuration import read_configuration
from whyspike.steps.scope import INPUT, Start, plan_scan

_SCAN = to_json(scan_of(DAY, item(anomaly())).scan)
_TASK = {"scan": _SCAN, "account": to_json(SHOP)}
_ITEM = {"item_id": "i", "alert": True}


class Reached(Exception):
    """The function was entered with an event that it could read."""


def _function(name: str, sample: Any) -> Door:
    """A function whose step, of the same name, is reached or not."""
    app: Any = load(name)

    def reached(*_: Any, **__: Any) -> Any:
        raise Reached

    setattr(app, name, reached)

    def read(value: Any) -> object:
        try:
            return app.handler(value, CONTEXT)
        except Reached:
            return None

    return Door(lambda damage: damage.value(sample), read, (f"functions.{name}",), share=0.7)


_START = {
    "scan_date": "2026-10-15",
    "scheduled_time": "2026-10-16T09:00:00Z",
    "account_ids": ["111122223333"],
}
_ENVIRONMENT = {
    "BUCKET_NAME": "b",
    "TABLE_NAME": "t",
    "SENSITIVITY": "1.0",
    "LOOKBACK_DAYS": "90.0",
    "PAYER_FALLBACK": "true",
    "MINIMUM_IMPACT_USD": "10",
}


def _start(value: Any) -> object:
    return plan_scan(
        from_json(Start, value, remedy=INPUT), datetime(2026, 10, 16, 9, tzinfo=UTC), 90
    )


def _configuration(value: Any) -> object:
    given = value if isinstance(value, dict) else {}
    return read_configuration({str(name): str(text) for name, text in given.items()})


_EVENTS: Mapping[str, Any] = {
    "discover_accounts": {"scan_date": "2026-10-15", "Id": "arn"},
    "detect_anomalies": _TASK,
    "explain_anomaly": {**_TASK, **_ITEM},
    "notify_owner": {**_TASK, "items": [_ITEM]},
    "publish_digest": {"scan": _SCAN},
    "join_causes": {"scan": _SCAN},
    "start_scan": {"scan_date": "2026-10-15"},
    "record_feedback": {"headers": {}, "body": "", "rawPath": "/"},
}

DOORS: Mapping[str, Door] = {
    **{f"the event of {name}": _function(name, sample) for name, sample in _EVENTS.items()},
    "the start of a scan": Door(
        lambda damage: damage.value(_START), _start, ("steps.scope",), needs_remedy=True
    ),
    "the environment of a function": Door(
        lambda damage: damage.value(_ENVIRONMENT),
        _configuration,
        ("steps.configuration",),
        share=0.5,
    ),
}
