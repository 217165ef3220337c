"""The gate between a model and people: an answer goes in, an explanation that the evidence carries
comes out.

`check` never raises on a bad answer. What fails is listed in `problems` (so that Claude may be
asked once to repair it) and is
already left out of `explanation`; when the core fails, `explanation` is that of the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from whyspike.explanation.check.commands import MAX_COMMANDS, CheckCommand, command_problem
from whyspike.explanation.check.evidence import EvidenceIndex, index_evidence
from whyspike.explanation.check.findings import checked_findings
from whyspike.explanation.check.numbers import checked_derivations
from whyspike.explanation.check.problem import AnswerPart, AnswerProblem
from whyspike.explanation.check.sentences import TextContext, checked_text, sentence_problems, shown
from whyspike.explanation.schema import (
    CONFIDENCES,
    explanation_schema,
    from_answer,
    schema_problems,
)
from whyspike.model import EvidenceItem, Explanation

MIN_WORDS = 12
MAX_FIX = 300

_NO_FINDING = AnswerProblem(AnswerPart.FINDING, "none, where the bill shows a cause")
_NO_TEXT = AnswerProblem(AnswerPart.TEXT, "empty or too short")


@dataclass(frozen=True)
class Checked:
    """`explanation` may be shown as it is; `core_failed`: it is that of the rules, since too little
    of the answer held."""

    explanation: Explanation
    problems: tuple[AnswerProblem, ...]
    core_failed: bool = False


def check(
    answer: Any,
    items: Sequence[EvidenceItem],
    rules: Explanation,
    check_command: CheckCommand,
    *,
    written_by: str,
    index: EvidenceIndex | None = None,
) -> Checked:
    """The explanation of a model's answer (a JSON value) that the evidence and the rules' reading
    of it allow."""
    index = index or index_evidence(items)
    if broken := schema_problems(answer, explanation_schema()):
        return _rules_answer(rules, [AnswerProblem(AnswerPart.SCHEMA, fault) for fault in broken])
    claimed = from_answer(answer, written_by)
    problems: list[AnswerProblem] = []
    if claimed.verdict != rules.verdict:
        return _rules_answer(
            rules,
            [AnswerProblem(AnswerPart.VERDICT, f"the bill says {rules.verdict}")],
            doubted=True,
        )
    judged = checked_findings(claimed.findings, rules, index)
    problems += judged.problems
    if not judged.leading_holds:
        return _rules_answer(rules, problems or [_NO_FINDING])
    derived, faults = checked_derivations(claimed.derived, index)
    problems += faults

    def problem_of(command: str) -> str:
        return command_problem(command, index, check_command, rules.commands)

    trusted = "\n".join([rules.text, rules.fix])
    context = TextContext(
        index,
        judged.findings,
        [d.value for d in derived],
        trusted,
        rules.fix,
        claimed.verdict,
        problem_of,
    )
    text, faults, opening = checked_text(claimed.text, context)
    problems += faults
    if not opening or len(text.split()) < MIN_WORDS:
        return _rules_answer(rules, problems or [_NO_TEXT], doubted=bool(judged.disagreements))
    fix, faults = _checked_fix(claimed.fix, rules, context)
    problems += faults
    commands, faults = _checked_commands(claimed.commands, rules, problem_of)
    problems += faults
    if set(claimed.gaps) != set(rules.gaps):
        told = f"the evidence says {[gap.value for gap in rules.gaps]}"
        problems.append(AnswerProblem(AnswerPart.GAPS, told))
    notes = [
        *left_out(problems),
        *(f"disagreement: {difference}" for difference in judged.disagreements),
    ]
    return Checked(
        replace(
            claimed,
            findings=judged.findings,
            text=_with_dissent(text, judged.disagreements),
            commands=commands,
            fix=fix,
            gaps=rules.gaps,
            derived=derived,
            confidence=_confidence(claimed.confidence, rules.confidence, len(judged.disagreements)),
            notes=tuple(dict.fromkeys(notes)),
        ),
        tuple(problems),
    )


def left_out(problems: Sequence[AnswerProblem]) -> tuple[str, ...]:
    """What the checks took out or corrected, in words that repeat nothing of the answer."""
    places = Counter(problem.part for problem in problems)
    return tuple(
        f"the checks corrected or left out {count} x {place}" for place, count in places.items()
    )


def _rules_answer(
    rules: Explanation, problems: Sequence[AnswerProblem], *, doubted: bool = False
) -> Checked:
    explanation = (
        replace(rules, confidence=_confidence(rules.confidence, rules.confidence, 1))
        if doubted
        else rules
    )
    return Checked(explanation, tuple(problems), core_failed=True)


def _checked_fix(
    fix: str, rules: Explanation, context: TextContext
) -> tuple[str, list[AnswerProblem]]:
    if not fix.strip() or "\n" in fix.strip() or len(fix) > MAX_FIX:
        return rules.fix, [
            AnswerProblem(AnswerPart.FIX, f"not one line of at most {MAX_FIX} characters")
        ]
    if reasons := sentence_problems(fix.strip(), context):
        return rules.fix, [AnswerProblem(AnswerPart.FIX, "; ".join(reasons), shown(fix))]
    return fix.strip(), []


def _checked_commands(
    commands: Sequence[str], rules: Explanation, problem_of: CheckCommand
) -> tuple[tuple[str, ...], list[AnswerProblem]]:
    problems = [
        AnswerProblem(AnswerPart.COMMAND, reason, shown(command))
        for command in commands
        if (reason := problem_of(command))
    ]
    good = [command for command in dict.fromkeys(commands) if not problem_of(command)]
    return tuple(good[:MAX_COMMANDS]) or rules.commands, problems


def _confidence(claimed: str, rules: str, disagreements: int) -> str:
    """The lower of the two confidences, one step lower for each disagreement."""
    level = min(
        CONFIDENCES.index(claimed),
        CONFIDENCES.index(rules) if disagreements else len(CONFIDENCES) - 1,
    )
    return CONFIDENCES[max(0, level - disagreements)]


def _with_dissent(text: str, disagreements: Sequence[str]) -> str:
    if not disagreements:
        return text
    return f"{text}\n*Not certain:* {'; '.join(disagreements)}."
