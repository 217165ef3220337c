"""How the simulated Claude reads evidence: the fenced items alone, judged as the rules judge them,
told in its own words.

Only what the items hold is said, so an honest answer passes every check; the lies are made from it
(simulator/claude/lies.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whyspike.explanation.prompt import is_cut_note
from whyspike.explanation.rules.explain import explain
from whyspike.explanation.schema import to_answer
from whyspike.model import EvidenceItem, Finding
from whyspike.model.evidence import BillLine
from whyspike.payload import from_json
from whyspike.words.amounts import dollars
from whyspike.words.days import day


def honest_answer(evidence: Sequence[Any]) -> dict[str, Any]:
    """An answer in the schema of an explanation. `evidence`: items as JSON values, in the layout of
    whyspike/attribution/evidence.py."""
    items = from_json(tuple[EvidenceItem, ...], _whole(list(evidence)), what="evidence")
    judged = explain(items)
    bills = {item.id: item.content for item in items if isinstance(item.content, BillLine)}
    sentences = [
        _told(finding, next((bills[i] for i in finding.evidence if i in bills), None))
        for finding in judged.findings
    ]
    if judged.verdict != "incident":
        sentences.append("The evidence does not speak for a change of what is used.")
    if judged.gaps:
        sentences.append("Some of the evidence could not be read, so this may be incomplete.")
    return to_answer(judged) | {"text": "\n".join(sentences) or judged.text, "derived": []}


def _whole(value: Any) -> Any:
    """Without the notes that a list was cut (whyspike.explanation.prompt): they are no items."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value if not is_cut_note(inner)]
    return value


def _told(finding: Finding, bill: BillLine | None) -> str:
    driver, excess = finding.driver, finding.excess_usd_per_day
    where = f"`{driver.usage_type or driver.service}`" + (
        f" in {driver.region}" if driver.region else ""
    )
    direction = "above" if excess >= 0 else "below"
    one_day = bill is not None and bill.changed_days == 1 and not finding.ongoing
    onset = day(finding.onset)
    when, rate = (f"On {onset}", "") if one_day else (f"From {onset} on", " a day")
    said = f"{when}, {where} was billed {dollars(abs(excess))}{rate} {direction} what was expected."
    if bill:
        said += (
            f" It moved from {dollars(bill.expected_usd_per_day)} to"
            f" {dollars(bill.actual_usd_per_day)}{rate}."
        )
    if finding.actor.event:
        return f"{said} `{finding.actor.name}` called `{finding.actor.event}` before that."
    return f"{said} The evidence names nobody who changed something."
