"""Answers by a writer who had read the schema, the prompt and the evidence, and none of the checks:
256 lies and 66 honest answers to eleven requests.

`blind/answers.json` holds each answer as places in one list of parts; `at` is where the lie stands.
The checks were changed with these answers in view: what is measured here is that they hold, not how
they will do on others.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from whyspike.explanation.claims.evidence import CaseEvidence, case_evidence
from whyspike.explanation.claims.reading import reading_problem
from whyspike.explanation.judgement import Judgement, told
from whyspike.explanation.rules.explain import explain
from whyspike.model import EvidenceItem, Explanation
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import from_json, to_json

FOLDER = Path(__file__).parent / "blind"
ANSWERS = json.loads((FOLDER / "answers.json").read_text("utf-8"))
LIES = {one["id"]: one for one in ANSWERS["lies"]}
# Readings that are wrong on the mechanism: marked as Claude's, and as not proven.
TOLD_READINGS = {
    *("L087", "L150", "L151", "L154", "L155", "L170", "L175", "L178", "L179", "L181", "L231"),
}
# Beside the line one other rose: few, and not none.
TOLD_OTHERS = {"L068"}
MAX_READINGS_TOLD = 0.1
MAX_LOST = 0.05


@cache
def case(name: str) -> tuple[tuple[EvidenceItem, ...], Explanation, CaseEvidence]:
    stored = from_json(
        StoredEvidence, json.loads((FOLDER / f"{name}.evidence.json").read_text("utf-8"))
    )
    return stored.items, explain(stored.items), case_evidence(stored.items)


def answer_of(packed: dict[str, Any]) -> dict[str, Any]:
    """The answer, its parts put in their places."""
    parts = ANSWERS["parts"]
    return {
        name: value["value"] if isinstance(value, dict) else [parts[place] for place in value]
        for name, value in packed["answer"].items()
    }


def judged(packed: dict[str, Any]) -> Judgement:
    items, rules, _ = case(packed["evidence"])
    return told(answer_of(packed), items, rules, "claude")


def is_told(packed: dict[str, Any]) -> bool:
    """Whether any part of the answer that lies reaches the owner."""
    result, answer = judged(packed), answer_of(packed)
    if result.fell:
        return False
    return any(
        _part_is_told(result, packed["evidence"], part, answer[part], place)
        for part, place in packed["at"]
    )


def _part_is_told(result: Judgement, name: str, part: str, given: Any, place: int) -> bool:
    _, rules, evidence = case(name)
    refused = {problem.part for problem in result.problems}
    if part == "message":
        return given[place] in [to_json(claim) for claim in result.claims]
    if part == "hypotheses":
        return _hypothesis_is_told(result, rules, evidence, given[place])
    return (f"next[{place}]" if part == "next" else "fix") not in refused


def _hypothesis_is_told(
    result: Judgement, rules: Explanation, evidence: CaseEvidence, given: Any
) -> bool:
    ruled = {one.evidence[0]: (one.category, one.actor) for one in rules.findings}
    for finding in result.explanation.findings:
        cell = finding.evidence[0]
        if not isinstance(given, dict) or cell != given["cell"] or given["standing"] != "leading":
            continue
        seen = evidence.events.get(given["actor"])
        named = seen and (seen.event.event, seen.event.event_time)
        category, actor = ruled.get(cell, ("", None))
        if named == (finding.actor.event, finding.actor.event_time) and finding.actor != actor:
            return True
        if finding.category == given["category"] != category:
            return True
    return False


READINGS = {
    name for name, lie in LIES.items() if "reading.text" in lie["lie"] or name in TOLD_READINGS
}


@cache
def told_lies() -> frozenset[str]:
    """The lies of which a part reaches the owner."""
    return frozenset(name for name, lie in LIES.items() if is_told(lie))


@pytest.mark.parametrize("name", sorted(set(LIES) - TOLD_READINGS - TOLD_OTHERS))
def test_no_such_lie_reaches_the_owner(name: str) -> None:
    assert name not in told_lies()


def test_of_readings_at_most_one_in_ten_passes_and_none_that_accuses_approves_or_advises() -> None:
    passed = told_lies() & READINGS

    assert passed <= TOLD_READINGS
    assert len(passed) <= MAX_READINGS_TOLD * len(READINGS)
    kinds = Counter(LIES[name]["kind"] for name in passed)
    assert not kinds.keys() & {"reading: approval", "reading: accusation", "reading: advice"}


def test_whatever_is_answered_the_verdict_amounts_and_days_are_the_bills() -> None:
    for lie in LIES.values():
        _, rules, _ = case(lie["evidence"])
        result = judged(lie).explanation
        amounts = {one.driver: (one.onset, one.excess_usd_per_day) for one in rules.findings}

        assert result.verdict == rules.verdict
        for finding in result.findings:
            seen = (finding.onset, finding.excess_usd_per_day)
            assert amounts.get(finding.driver, seen) == seen


def test_honest_answers_lose_at_most_one_piece_in_twenty() -> None:
    pieces = lost = 0
    for honest in ANSWERS["honest"]:
        answer, result = answer_of(honest), judged(honest)
        pieces += sum(len(answer[part]) for part in ("hypotheses", "message", "next"))
        pieces += answer["fix"] is not None
        lost += len(result.problems)
        assert not result.fell, honest["id"]

    assert pieces > 800
    assert lost <= MAX_LOST * pieces


@pytest.mark.parametrize(
    ("evidence", "text", "problem"),
    [
        ("plan", "The quantity of this meter moved with the work that uses it.", "as before"),
        ("plan", "Hours that a commitment covered are billed at the full rate now.", ""),
        ("nat", "The quantity of this meter moved with the work that uses it.", ""),
        ("nat", "Hours that a commitment covered are billed at the full rate now.", "commitment"),
        ("nat", "The same usage is billed at another rate now.", "the rate as before"),
    ],
)
def test_a_reading_says_of_quantity_rate_and_cover_what_the_bill_shows(
    evidence: str, text: str, problem: str
) -> None:
    _, _, found = case(evidence)
    said = reading_problem(text, found.cells["E2"], found.detection)
    assert problem in said
    assert bool(said) == bool(problem)
