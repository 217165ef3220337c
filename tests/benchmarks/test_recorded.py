"""The recorded questions and answers that ship: each is answered over the wire, held against its
evidence, and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whyspike.explanation.prompts.texts import read_fence
from whyspike.explanation.rules.explain import explain
from whyspike.model import EvidenceItem, Explanation
from whyspike.simulator.claude.reading import evidence_of
from whyspike.simulator.claude.recorded import ANSWER, REQUEST, RecordedClaude, serving
from whyspike.steps.explain_anomaly.ask_claude import ClaudeSettings, write_explanation

RECORDED = Path(__file__).parents[2] / "benchmarks" / "recorded"
NAMES = sorted(file.name.removesuffix(REQUEST) for file in RECORDED.glob(f"*{REQUEST}"))
MAX_LOST = 0.05  # of the pieces of all answers


class Uncapped:
    """A counter without a cap."""

    def reserve_claude(self, tokens: int) -> None:
        """Nothing is kept."""

    def settle_claude(self, reserved: int, given: int, made: int, price_usd: float) -> None:
        """Nothing is kept."""


def evidence(name: str) -> tuple[EvidenceItem, ...]:
    (message,) = json.loads((RECORDED / f"{name}{REQUEST}").read_text("utf-8"))
    return evidence_of(read_fence(message["content"][0]["text"]))


def answer(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"{name}{ANSWER}").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Explanation]:
    """Every question explained by its answer; the requests are written elsewhere."""
    folder = tmp_path_factory.mktemp("recorded")
    for name in NAMES:
        (folder / f"{name}{ANSWER}").write_text(json.dumps(answer(name)), "utf-8")
    recorded = RecordedClaude(folder, replays=True)
    with serving(recorded.handle) as url:
        settings = ClaudeSettings(provider="anthropic", api_key="sk-ant-recorded", base_url=url)
        return {
            name: write_explanation(items, explain(items), settings, Uncapped())
            for name in NAMES
            for items in (evidence(name),)
        }


def test_there_are_twelve_questions_each_with_its_answer() -> None:
    assert len(NAMES) == 12
    assert all((RECORDED / f"{name}{ANSWER}").exists() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_answer_is_told_with_its_reading(
    name: str, replayed: dict[str, Explanation]
) -> None:
    explanation = replayed[name]

    assert explanation.written_by == "recorded-claude-sonnet-5-5"
    assert "Claude's reading, not proven: " in explanation.text
    assert explanation.findings[0].category == answer(name)["hypotheses"][0]["category"]


def test_of_all_pieces_at_most_one_in_twenty_is_lost(replayed: dict[str, Explanation]) -> None:
    pieces = sum(
        len(answer(name)[part]) for name in NAMES for part in ("hypotheses", "message", "next")
    )
    lost = [
        note for one in replayed.values() for note in one.notes if note.startswith("left out of")
    ]

    assert pieces > 100
    assert len(lost) <= MAX_LOST * pieces
