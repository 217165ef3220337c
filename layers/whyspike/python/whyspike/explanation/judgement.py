"""Claude's answer held against the evidence: what holds is told, what does not is named and left
out, and where the leading claim falls nothing of it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whyspike.explanation.answer import (
    Answer,
    AnswerProblem,
    Hypothesis,
    Standing,
    read_answer,
)
from whyspike.explanation.category_conditions import category_problem
from whyspike.explanation.claims.brief import brief_of, causes_of
from whyspike.explanation.claims.conditions import problem
from whyspike.explanation.claims.evidence import CaseEvidence, case_evidence
from whyspike.explanation.claims.rendering import text_of
from whyspike.explanation.claims.types import (
    AlsoUp,
    Claim,
    MadeBy,
    NotKnown,
    PossibleBy,
    Reading,
    Rose,
    SideEffect,
    Since,
    Unknown,
)
from whyspike.explanation.facts.trail import best_event
from whyspike.explanation.rules.actor import actor_of, caller_of
from whyspike.explanation.rules.advice import advise
from whyspike.explanation.rules.checks import checks_of
from whyspike.explanation.rules.explain import (
    Judged,
    confidence_of,
    finding_of,
    judge,
    verdict_of,
)
from whyspike.explanation.rules.message import SETTLED_BY
from whyspike.knowledge.advice import MAX_COMMANDS
from whyspike.knowledge.categories import categories
from whyspike.model import EvidenceItem, Explanation

MAX_FINDINGS = 4
MAX_NOTES = 12
_LOWER = {"high": "medium", "medium": "low", "low": "low"}


@dataclass(frozen=True)
class Judgement:
    """What may be told. `fell`: the leading hypothesis does not hold, so that the explanation is
    the rules'. `claims` are those of the message."""

    explanation: Explanation
    problems: tuple[AnswerProblem, ...]
    fell: bool
    claims: tuple[Claim, ...] = ()


def told(
    value: Mapping[str, Any],
    items: Sequence[EvidenceItem],
    rules: Explanation,
    written_by: str,
) -> Judgement:
    """The explanation of an answer; the rules' where the answer's leading hypothesis falls."""
    answer, problems = read_answer(value)
    evidence = case_evidence(items)
    by_rules = {one.cell.ref: one for one in judge(evidence)}
    found = list(problems)
    leading = _leading(answer, evidence, by_rules, found)
    if not leading:
        return Judgement(rules, tuple(found), fell=True)
    leading = _with_causes_of_rules(leading, answer, evidence, by_rules)
    if leading[0].cell not in {one.cell for one in answer.hypotheses if one.standing == "leading"}:
        found.append(AnswerProblem("hypotheses", f"none leads for {leading[0].cell}"))
    claims = _message(answer, leading, evidence, found)
    judged = [_judged(one, evidence, by_rules) for one in leading]
    verdict = verdict_of(list(by_rules.values()) or judged)
    advice = advise(judged, verdict, evidence.detection)
    commands = (*_chosen(answer, evidence, found), *advice.commands)
    gaps = {gap for gap, missing in evidence.gaps.items() if not (missing and missing.instead)}
    explanation = Explanation(
        verdict=verdict,
        findings=tuple(finding_of(one) for one in judged),
        text=text_of(claims, evidence, verdict),
        brief=brief_of(claims, evidence, verdict),
        causes=causes_of(claims, evidence),
        commands=tuple(dict.fromkeys(commands))[:MAX_COMMANDS],
        fix=_fix(answer, judged, verdict, evidence, found) or advice.fix,
        written_by=written_by,
        confidence=_confidence(judged, list(by_rules.values()), gaps),
        gaps=rules.gaps,
        notes=tuple(_notes(answer, evidence, found)),
    )
    return Judgement(explanation, tuple(found), fell=False, claims=claims)


# ------------------------------------------------------------------ hypotheses


def _leading(
    answer: Answer,
    evidence: CaseEvidence,
    by_rules: Mapping[str, Judged],
    found: list[AnswerProblem],
) -> list[Hypothesis]:
    """The leading hypotheses that hold, one a cell; none where the first of them falls."""
    held: list[Hypothesis] = []
    first_fell = False
    wanted = [
        (place, one)
        for place, one in enumerate(answer.hypotheses)
        if one.standing is Standing.LEADING
    ]
    if not wanted:
        found.append(AnswerProblem("hypotheses", "none of them leads"))
    for number, (place, one) in enumerate(wanted):
        reason = _hypothesis_problem(one, evidence, by_rules)
        if not reason and one.cell in {other.cell for other in held}:
            reason = f"another leading hypothesis is about {one.cell}"
        if reason:
            found.append(AnswerProblem(f"hypotheses[{place}]", reason))
            first_fell = first_fell or number == 0
        else:
            held.append(one)
    return [] if first_fell else held[:MAX_FINDINGS]


def _with_causes_of_rules(
    leading: Sequence[Hypothesis],
    answer: Answer,
    evidence: CaseEvidence,
    by_rules: Mapping[str, Judged],
) -> list[Hypothesis]:
    """The hypotheses with those of the rules for the causes that the answer passed over: the
    largest one always, a further one unless the answer rules it out."""
    led = {one.cell for one in leading}
    ruled_out = {one.cell for one in answer.hypotheses if one.standing is Standing.RULED_OUT}
    missing = [
        Hypothesis(
            judged.category,
            ref,
            evidence.ref_of(judged.cell, judged.event) if judged.event else "",
            judged.cell.evidence,
            (),
            Standing.LEADING,
        )
        for place, (ref, judged) in enumerate(by_rules.items())
        if ref not in led and (place == 0 or ref not in ruled_out)
    ]
    first = next(iter(by_rules), "")
    before = [one for one in missing if one.cell == first]
    after = [one for one in missing if one.cell != first]
    return [*before, *leading, *after][:MAX_FINDINGS]


def _hypothesis_problem(
    one: Hypothesis, evidence: CaseEvidence, by_rules: Mapping[str, Judged]
) -> str:
    if reason := problem(Rose(one.cell), evidence):
        return reason
    if one.actor and (reason := problem(MadeBy(one.actor, one.cell), evidence)):
        return f"its actor does not hold: {reason}"
    known = {*evidence.cells, *evidence.events, *evidence.lines}
    known |= {cell.trail_ref for cell in evidence.cells.values()} | evidence.items
    if missing := [ref for ref in (*one.supports, *one.against) if ref not in known]:
        return f"{missing[0][:40]!r} is no reference into the evidence"
    ruled = by_rules.get(one.cell)
    if ruled and ruled.category == one.category:
        return ""
    event = evidence.events[one.actor].event if one.actor else None
    return category_problem(one.category, evidence.cells[one.cell], evidence.detection, event)


def _judged(one: Hypothesis, evidence: CaseEvidence, by_rules: Mapping[str, Judged]) -> Judged:
    """A hypothesis in the form in which the rules judge: kind, onset and amount are the bill's."""
    ruled = by_rules.get(one.cell)
    cell = evidence.cells[one.cell]
    base = ruled or next(iter(by_rules.values()))
    if one.actor:
        actor = caller_of(evidence.events[one.actor].event)
    elif ruled and ruled.category == one.category:
        actor = ruled.actor
    else:
        actor = actor_of(one.category, cell.trail, cell.bill.recurs)
    return replace(base, cell=cell, category=one.category, actor=actor)


# ------------------------------------------------------------------ message


def _message(
    answer: Answer,
    leading: Sequence[Hypothesis],
    evidence: CaseEvidence,
    found: list[AnswerProblem],
) -> tuple[Claim, ...]:
    """The claims that hold, cause after cause. What every message owes its reader is added where
    Claude left it out: what rose since when, who made it, what is not known."""
    held: list[Claim] = []
    if not answer.message:
        found.append(AnswerProblem("message", "holds no claim"))
    for place, claim in enumerate(answer.message):
        reason = problem(claim, evidence) or _against_hypotheses(claim, leading)
        if reason:
            found.append(AnswerProblem(f"message[{place}] {claim.claim}", reason))
        elif claim not in held:
            held.append(claim)
    message: list[Claim] = []
    for one in leading:
        message += _of_cause(one, held, evidence)
    message += [claim for claim in held if isinstance(claim, NotKnown) and not claim.cell]
    message += [
        NotKnown(Unknown(gap.value), SETTLED_BY[Unknown(gap.value)]) for gap in evidence.gaps
    ]
    message += [claim for claim in held if isinstance(claim, AlsoUp)]
    if len(leading) == 1:  # as the rules do: who did it comes first, the sum is before his eyes
        message.sort(key=lambda claim: not isinstance(claim, MadeBy | PossibleBy))
    return tuple(dict.fromkeys(message))


def _of_cause(one: Hypothesis, held: Sequence[Claim], evidence: CaseEvidence) -> Iterator[Claim]:
    yield Rose(one.cell)
    yield Since(one.cell)
    of_cell = [claim for claim in held if _cell_of(claim) == one.cell]
    readings = [claim for claim in of_cell if isinstance(claim, Reading)][:1]
    yield from (
        claim
        for claim in of_cell
        if not isinstance(claim, Rose | Since | MadeBy | Reading)
        and not isinstance(claim, SideEffect)
    )
    if one.actor:
        yield MadeBy(one.actor, one.cell)
    elif (best := best_event(evidence.cells[one.cell].trail)) and not any(
        isinstance(claim, PossibleBy) for claim in of_cell
    ):
        possible = PossibleBy(evidence.ref_of(evidence.cells[one.cell], best), one.cell)
        if not problem(possible, evidence):
            yield possible
    yield from readings
    yield from (claim for claim in of_cell if isinstance(claim, SideEffect))


def _cell_of(claim: Claim) -> str:
    if isinstance(claim, SideEffect):
        return claim.of
    return "" if isinstance(claim, AlsoUp) else claim.cell


def _against_hypotheses(claim: Claim, leading: Sequence[Hypothesis]) -> str:
    """Why a claim that holds by itself contradicts what leads."""
    actors = {one.cell: one.actor for one in leading}
    cell = _cell_of(claim)
    if cell and cell not in actors:
        return f"no leading hypothesis that holds is about {cell}"
    if isinstance(claim, MadeBy) and actors[cell] != claim.event:
        return "the leading hypothesis of this cell does not name this event as its actor"
    if isinstance(claim, NotKnown) and cell and actors[cell]:
        return "the leading hypothesis of this cell names who did it"
    return ""


# ------------------------------------------------------------------ advice, confidence, notes


def _chosen(answer: Answer, evidence: CaseEvidence, found: list[AnswerProblem]) -> Iterator[str]:
    for place, wanted in enumerate(answer.next):
        cell = evidence.cells.get(wanted.cell)
        command = checks_of(cell, evidence.detection).get(wanted.check) if cell else None
        if command:
            yield command
        else:
            found.append(AnswerProblem(f"next[{place}]", "is no check that this cell lists"))


def _fix(
    answer: Answer,
    judged: Sequence[Judged],
    verdict: str,
    evidence: CaseEvidence,
    found: list[AnswerProblem],
) -> str:
    """The advice for every cause, the one that the answer chose first; empty where it chose none
    that fits."""
    if answer.fix is None:
        return ""
    chosen = [
        one
        for one in judged
        if one.cell.ref == answer.fix.cell and one.category == answer.fix.advice
    ]
    if not chosen:
        found.append(AnswerProblem("fix", "is not the category and cell of what leads"))
        return ""
    others = [one for one in judged if one not in chosen]
    return advise([*chosen, *others], verdict, evidence.detection).fix


def _confidence(judged: Sequence[Judged], by_rules: Sequence[Judged], gaps: Any) -> str:
    """The rules' confidence, a step lower for what Claude sees otherwise."""
    confidence = confidence_of(judged, gaps)
    same = by_rules and (
        by_rules[0].cell.ref,
        by_rules[0].category,
        by_rules[0].actor.name,
    ) == (judged[0].cell.ref, judged[0].category, judged[0].actor.name)
    return confidence if same else _LOWER[confidence]


def _notes(answer: Answer, evidence: CaseEvidence, found: Sequence[AnswerProblem]) -> Iterator[str]:
    for one in answer.hypotheses:
        known = one.cell in evidence.cells and one.category in categories()
        if known and one.standing is not Standing.LEADING:
            yield f"also considered: {one.category} for {one.cell} ({one.standing})"
    for fault in list(found)[:MAX_NOTES]:
        yield f"left out of Claude's answer: {fault.part}"
