"""How the simulated Claude reads evidence: the fenced items alone, judged as the rules judge them,
told in its own words.

Only what the items hold is said, so an honest answer passes every check; the lies are made from it
(simulator/claude/lies.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whyspike.explanation.rules.explain import explain
from whyspike.explanation.schema import to_answer
from whyspike.model import EvidenceItem, Finding
from whyspike.payload import from_json

# what Claude asked for besides: it says where to look closer, and changes no judgement here
LOOK_UP = "look-up"


def honest_answer(evidence: Sequence[Any]) -> dict[str, Any]:
    """An answer in the schema of an explanation. `evidence`: items as JSON values, in the layout of
    whyspike/attribution/evidence.py."""
    items = from_json(tuple[EvidenceItem, ...], list(evidence), what="evidence")
    judged = explain(
        [
            item
            for item in items
            if not (isinstance(item.content, dict) and item.content.get("about") == LOOK_UP)
        ]
    )
    contents = {item.id: item.content for item in items}
    sentences = [
        _told(finding, [contents[i] for i in finding.evidence if i in contents])
        for finding in judged.findings
    ]
    if judged.verdict != "incident":
        sentences.append("The evidence does not speak for a change of what is used.")
    if judged.gaps:
        sentences.append("Some of the evidence could not be read, so this may be incomplete.")
    return to_answer(judged) | {"text": "\n".join(sentences) or judged.text, "derived": []}


def _told(finding: Finding, contents: Sequence[Mapping[str, Any]]) -> str:
    driver, excess = finding.driver, finding.excess_usd_per_day
    where = f"`{driver.usage_type or driver.service}`" + (
        f" in {driver.region}" if driver.region else ""
    )
    direction = "above" if excess >= 0 else "below"
    bill = next((content for content in contents if "actual_usd_per_day" in content), None)
    one_day = bill is not None and bill["changed_days"] == 1 and not finding.ongoing
    when, rate = (f"On {finding.onset}", "") if one_day else (f"From {finding.onset} on", " a day")
    said = f"{when}, {where} was billed ${abs(excess):,.2f}{rate} {direction} what was expected."
    if bill:
        said += (
            f" It moved from ${bill['expected_usd_per_day']:,.2f} to"
            f" ${bill['actual_usd_per_day']:,.2f}{rate}."
        )
    if finding.actor.event:
        return f"{said} `{finding.actor.name}` called `{finding.actor.event}` before that."
    return f"{said} The evidence names nobody who changed something."
