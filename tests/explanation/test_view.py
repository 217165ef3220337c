"""What Claude reads of the evidence: all that says something, once, and nothing that does not."""

from __future__ import annotations

import json
from typing import Any

from tests.support.two_causes import DETECTION, ENDPOINTS, GATEWAY, items, trail
from whyspike.explanation.prompts.view import by_day, view


def item(about: str, *contents: dict[str, Any]) -> dict[str, Any]:
    """The first item of that kind, as Claude reads it."""
    return next(one for one in view(items(*contents)) if one["about"] == about)


def test_days_in_a_row_are_one_list_with_a_hole_where_the_bill_has_none() -> None:
    assert by_day({"2026-03-09": 72.1, "2026-03-11": 439.66}) == {
        "from": "2026-03-09",
        "values": [72.1, None, 439.66],
    }


def test_events_that_could_not_matter_are_left_out_and_references_stay_those_of_the_evidence() -> (
    None
):
    noise = ENDPOINTS | {"score": 0.9}
    late = ENDPOINTS | {"score": 4.0}

    read = item("events ranked as causes", DETECTION, GATEWAY, trail(ENDPOINTS, noise, late))

    assert [one["ref"] for one in read["events"]] == ["E3/events/0", "E3/events/2"]


def test_what_is_not_set_is_not_said() -> None:
    read = item("events ranked as causes", DETECTION, GATEWAY, trail(ENDPOINTS))
    (event,) = read["events"]

    assert not {"unusual_address", "same_call_again", "setting_changes", "event_id"} & set(event)
    assert "false" not in json.dumps(read["events"])


def test_a_request_is_said_once_and_without_its_filter() -> None:
    asked = [one.get("asked", "") for one in view(items(DETECTION, GATEWAY, trail(ENDPOINTS)))]

    assert len(set(filter(None, asked))) == len(list(filter(None, asked)))
    assert not any("{" in one for one in asked)
