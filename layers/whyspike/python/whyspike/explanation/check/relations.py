"""What a sentence puts together: true parts in a false relation (another day, another time, the
other direction, per hour)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from whyspike.explanation.check.dates import CLOCK, WRITTEN, dates_in
from whyspike.explanation.check.evidence import EvidenceIndex, tokens_of
from whyspike.explanation.check.names import actor_names
from whyspike.model import Finding

COST = r"\b(?:costs?|spend(?:ing)?|bill|charges?|expenses?|it|this|they)\b"
FELL = re.compile(
    rf"{COST}(?:\s+\w+){{0,3}}?\s+(?:fell|dropped|decreased|declined|shrank|went"
    r" down|saves?|saved)\b",
    re.IGNORECASE,
)
ROSE = re.compile(
    rf"{COST}(?:\s+\w+){{0,3}}?\s+(?:rose|jumped|increased|grew|climbed|surged|went up)\b",
    re.IGNORECASE,
)
MONEY = r"(?:US)?\$\s?(\d[\d,]*(?:\.\d+)?)"
FROM_TO = re.compile(
    rf"\bfrom\s+(?:about |around |roughly |~)?{MONEY}[^.$]{{0,30}}?\bto\s+(?:about |around |roughly"
    rf" |~)?{MONEY}",
    re.IGNORECASE,
)
RATE = re.compile(
    rf"{MONEY}\s*(?:more |less |extra"
    r" )?(?:an?|per|each|every|/)\s*(?:hour|week|month|quarter|year|minute|second)",
    re.IGNORECASE,
)
SINCE = re.compile(
    r"\b(?:since|began|begun|started|starts?|starting|onset|first"
    r" (?:seen|day))\b(?:\s+(?:on|was|is|of|the))*\s*$",
    re.IGNORECASE,
)


def relation_problems(
    sentence: str,
    bare: str,
    index: EvidenceIndex,
    findings: Sequence[Finding],
    derived: Sequence[float],
) -> list[str]:
    """Reasons why the parts of a sentence do not belong together. `bare` is the sentence without
    its code spans."""
    problems = []
    excesses = [finding.excess_usd_per_day for finding in findings]
    if excesses and (
        (min(excesses) > 0 and FELL.search(bare)) or (max(excesses) < 0 and ROSE.search(bare))
    ):
        problems.append("says the opposite of what the cost did")
    for match in FROM_TO.finditer(bare):
        before, after = (_amount(group) for group in match.groups())
        if any(
            excess
            and abs((before - after) - excess) <= 0.02 * abs(excess) + 1.0
            and (before > after) == (excess > 0)
            for excess in excesses
        ):
            problems.append("swaps what was before and what came after")
    problems += [
        f"{match.group()} is not derived: amounts of the evidence are a day"
        for match in RATE.finditer(bare)
        if not any(
            abs(abs(value) - _amount(match.group(1))) <= 0.015 * abs(value) + 0.5
            for value in derived
        )
    ]
    onsets = {finding.onset for finding in findings}
    for written, start, day in dates_in(bare, index.dates | onsets):
        if SINCE.search(bare[:start]) and day not in onsets:
            problems.append(f"{written} is not the onset")
    return problems + _event_problems(sentence, bare, index, findings)


def _event_problems(
    sentence: str, bare: str, index: EvidenceIndex, findings: Sequence[Finding]
) -> list[str]:
    """A principal with an event of somebody else, or an event at another time."""
    problems = []
    words = tokens_of(sentence.replace("`", " "))
    told = [row for row in index.rows if row.event and row.event.lower() in words]
    names = {name for finding in findings for name in actor_names(finding.actor)} & words
    for event in {row.event for row in told}:
        records = [row for row in told if row.event == event]
        if names and not any(names & row.principals for row in records):
            problems.append(f"{event} was not called by whom the sentence names")
    clocks = CLOCK.findall(_without_days(bare))
    if told and clocks:
        held = {value[11:16] for row in told for value in row.all if value[10:11] == "T"}
        if not any(f"{int(hour):02d}:{minute}" in held for hour, minute, *_ in clocks):
            problems.append("gives an event the time of another")
    return problems


def _without_days(text: str) -> str:
    return WRITTEN[0].sub(lambda match: match.group()[10:].replace("T", " "), text)


def _amount(text: str) -> float:
    return float(text.replace(",", ""))
