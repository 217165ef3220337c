"""With a model that lies, nothing false leaves the checks: every lie of simulator/claude/lies.py,
alone and with others."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.explanations import ITEMS, RULES
from whyspike.explanation.check.answer import Checked, check
from whyspike.model import Explanation
from whyspike.payload import to_json
from whyspike.simulator.claude.lies import LIES
from whyspike.simulator.claude.reading import honest_answer
from whyspike.wire.aws_cli.commands import check_command

EVIDENCE = to_json(list(ITEMS))


def checked(*lies: str) -> Checked:
    answer = honest_answer(EVIDENCE)
    for lie in lies:
        answer = LIES[lie].alter(answer, EVIDENCE)
    return check(answer, ITEMS, RULES, check_command, written_by="claude-sonnet-5-5")


def shown(explanation: Explanation) -> str:
    return json.dumps(to_json(explanation), ensure_ascii=False)


def test_an_honest_answer_passes_whole() -> None:
    result = checked()

    assert result.problems == ()
    assert not result.core_failed
    assert result.explanation.written_by == "claude-sonnet-5-5"
    assert result.explanation.confidence == "high"
    assert result.explanation.text == honest_answer(EVIDENCE)["text"]


@pytest.mark.parametrize("name", LIES)
def test_no_lie_is_shown(name: Any) -> None:
    explanation = checked(name).explanation

    for tell in LIES[name].tells:
        assert tell not in shown(explanation)
    told = explanation.findings[0]
    known = RULES.findings[0]
    assert explanation.verdict == RULES.verdict
    assert (told.kind, told.onset, told.ongoing, told.excess_usd_per_day) == (
        known.kind,
        known.onset,
        known.ongoing,
        known.excess_usd_per_day,
    )
    assert (told.driver, told.category) == (known.driver, known.category)
    assert told.actor in (
        known.actor,
        replace(
            known.actor,
            kind="unknown",
            name=None,
            session=None,
            event=None,
            event_source=None,
            event_time=None,
        ),
    )
    assert explanation.gaps == RULES.gaps
    assert "deploy-bot" not in shown(explanation)
    assert 12 <= len(explanation.text.split()) <= 200
    assert explanation.fix
    assert explanation.commands
    assert all(check_command(command) == "" for command in explanation.commands)


@pytest.mark.parametrize("name", [name for name in LIES if name not in ("five-hundred-words",)])
def test_every_lie_is_noticed(name: Any) -> None:
    result = checked(name)

    assert result.problems or result.explanation.confidence != "high"


def test_the_catalogue_holds_more_than_twenty_five_lies() -> None:
    assert len(LIES) > 25
