"""The schema of an answer: one source, and a test for each of its fields."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.two_causes import ITEMS
from whyspike.explanation.answer import (
    answer_schema,
    claims_in_words,
    members_in_words,
    read_answer,
    to_value,
)
from whyspike.explanation.claims.types import CLAIMS
from whyspike.explanation.prompts.texts import evidence_fields, read_fence, system_prompt
from whyspike.explanation.prompts.view import view
from whyspike.knowledge.categories import categories
from whyspike.simulator.claude.reading import honest_answer
from whyspike.simulator.claude.requests import request_problem

HONEST = honest_answer(view(ITEMS))
HONEST["message"] += [
    {"claim": "possible_by", "event": "E3/events/0", "cell": "E2"},
    {"claim": "ruled_out", "event": "E3/events/3", "cell": "E2", "reason": "after-onset"},
]
Place = tuple[str | int, ...]
PLAIN_FIELDS = """
    about asked account_id scan_date anomalies service usage_type region tag_team tag_env
    record_type resource_ids record_class billing_reason actual_usd expected_usd impact_usd reason
    excess_usd ratio unit before after before_usd after_usd actual_usd_per_day
    excess_usd_since_onset event event_time event_source principal principal_type session source_ip
    user_agent available complete events
"""


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every field of a JSON value, those of objects in lists among them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*at, name)
            yield from places(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*at, number))


def broken(place: Place, value: Any) -> dict[str, Any]:
    answer = copy.deepcopy(HONEST)
    target: Any = answer
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return answer


def test_an_honest_answer_is_in_the_schema() -> None:
    answer, problems = read_answer(HONEST)

    assert problems == ()
    assert to_value(answer) == json.loads(json.dumps(HONEST)) | {
        "message": to_value(answer)["message"]
    }
    assert {claim["claim"] for claim in HONEST["message"]} == {
        str(kind.__dataclass_fields__["claim"].default) for kind in CLAIMS
    }


@pytest.mark.parametrize("place", list(places(HONEST)), ids=lambda place: ".".join(map(str, place)))
def test_a_field_of_another_type_is_named_and_its_part_left_out(place: Place) -> None:
    answer, problems = read_answer(broken(place, {"of": "another type"}))
    whole, _ = read_answer(HONEST)

    assert problems
    assert answer != whole


@pytest.mark.parametrize(
    "place",
    [(), ("hypotheses", 0), ("message", 0), ("message", 3), ("next", 0), ("fix",)],
    ids=lambda place: ".".join(map(str, place)) or "answer",
)
def test_a_member_that_the_schema_does_not_know_is_refused(place: Place) -> None:
    _, problems = read_answer(broken((*place, "prose"), "All spend is approved."))

    assert problems


def test_the_schema_is_what_structured_outputs_take() -> None:
    schema = answer_schema()

    assert "oneOf" not in json.dumps(schema)
    assert "default" not in json.dumps(schema)
    assert (
        request_problem(
            {
                "model": "claude-sonnet-5-5",
                "max_tokens": 100,
                "messages": [{"role": "user", "content": "x"}],
                "output_config": {"format": {"type": "json_schema", "schema": schema}},
            }
        )
        == ""
    )
    defined = schema["$defs"]
    for kind, member in (("Hypothesis", "category"), ("FixAdvice", "advice")):
        assert defined[kind]["properties"][member] == {"$ref": "#/$defs/Category"}
    assert defined["Category"]["enum"] == list(categories())


def test_the_prompt_lists_every_claim_category_and_field() -> None:
    prompt = system_prompt()

    assert claims_in_words() in prompt
    assert members_in_words() in prompt
    assert all(f"- {name}: " in prompt for name in categories())
    assert all(f"- {field}: " in prompt for field in evidence_fields())
    assert "{" not in prompt


# Of tags and days the keys are data; so are the names of checks.
KEYED = {"checks", "daily_usd", "daily_quantity", "by_day", "tags"}
# What a recorded request holds besides; each says itself.
RECORDED_PLAIN = {
    *("by_day", "new_service_in_region", "quantity_after", "quantity_before"),
    *("usd_per_unit_after", "values", "from"),
}
RECORDED = Path(__file__).parents[2] / "benchmarks" / "recorded"


def fields_of(values: Any) -> set[str]:
    return {
        place[-1]
        for place in places(values)
        if isinstance(place[-1], str) and not KEYED & set(place[:-1])
    }


def test_every_field_that_claude_reads_is_explained_or_says_itself() -> None:
    plain = set(PLAIN_FIELDS.split())
    fields = fields_of(view(ITEMS))

    assert fields - set(evidence_fields()) - plain == set()


@pytest.mark.parametrize(
    "file", sorted(RECORDED.glob("*.request.json")), ids=lambda file: str(file.name.split("-")[0])
)
def test_every_field_of_a_recorded_request_is_explained_or_says_itself(file: Path) -> None:
    meanings = " ".join(evidence_fields().values())
    known = set(PLAIN_FIELDS.split()) | set(evidence_fields()) | RECORDED_PLAIN
    (message,) = json.loads(file.read_text("utf-8"))

    fields = fields_of(read_fence(message["content"][0]["text"]))

    assert {field for field in fields - known if field not in meanings} == set()
