"""Names in a sentence: whatever looks like an identifier, a person or a place must stand in the
evidence.

Plain English cannot be proven, so the rule is the other way round: a word that is not plain English
(mixed case, digits, an underscore, a capital in mid-sentence, an unknown word after "by" or "user")
is refused unless the evidence or the rules use it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whyspike.explanation.check.dates import MONTHS, WEEKDAYS
from whyspike.explanation.check.evidence import EvidenceIndex, tokens_of
from whyspike.explanation.check.vocabulary import FOLLOWERS, GENERIC, HYPHENS, STARTERS, TERMS
from whyspike.model import Actor, Finding

WORD = re.compile(r"[A-Za-z0-9À-ÿ][\w@./:+&'’-]*\w|[A-Za-z]")
AFTER = re.compile(  # looks ahead, so that of "called by X" both words ask for what follows them
    r"\b(?:by|user|role|principal|session|engineer|developer|contractor|employee|person|colleague|named|called|owner)"
    r"(?=\s+(?:the\s+|an?\s+)?[\"'“*]*([A-Za-z][\w@.-]*))",
    re.IGNORECASE,
)
ACTS = re.compile(
    r"^\W*([A-Z][\w.-]*)(?:['’]s\b|\s+(?:has\s+|had\s+|then\s+|also\s+)?(?:was|did|ran|made|began|started|set|took|put|left|wrote|is|\w{3,}ed)\b)"
)


def name_problems(
    sentence: str, rest: str, index: EvidenceIndex, findings: Sequence[Finding], trusted: str
) -> list[str]:
    """Reasons for each name that the evidence does not hold, and for each person who is not the
    actor of a finding.

    `sentence` is the whole, `rest` the same without code spans and dates.
    """
    known = (
        index.tokens
        | tokens_of(trusted)
        | {part for text in _codes(sentence) for part in tokens_of(text)}
    )
    problems = []
    for position, match in enumerate(WORD.finditer(rest)):
        word = match.group().strip("'’.")
        if not _plain(word, position == 0 or _opens(rest, match.start()), known):
            problems.append(f"{word[:60]!r} is not in the evidence")
    for match in AFTER.finditer(rest):
        word = match.group(1).lower().strip(".-")
        if (
            word not in known
            and word not in FOLLOWERS
            and word not in TERMS
            and not re.search(r"(?:ing|ed|tion|ment|ness|ity|ance|ence|ers|ors)$", word)
        ):
            problems.append(f"{match.group(1)[:60]!r} is not in the evidence")
    actor = ACTS.match(rest)
    if actor and (word := actor.group(1).lower().strip(".-")) not in known | STARTERS | TERMS:
        problems.append(f"{actor.group(1)[:60]!r} is not in the evidence")
    allowed = {part for finding in findings for part in actor_names(finding.actor)}
    innocent = (tokens_of(sentence) & _people(index)) - allowed
    if innocent:
        problems.append(f"names {sorted(innocent)[0][:60]!r}, who is not the actor of a finding")
    return problems


def actor_names(actor: Actor) -> set[str]:
    """Every way in which the actor of a finding may be named, lower case."""
    return {
        part
        for value in (actor.name, actor.session)
        if value
        for part in {value.lower(), *tokens_of(value)}
    }


def _people(index: EvidenceIndex) -> frozenset[str]:
    shared = {
        token
        for text in index.strings
        if not text.startswith("arn:")
        for token in [text.lower()]
        if token.endswith(".amazonaws.com")
    }
    return frozenset(
        name
        for name in index.principals
        if len(name) > 2 and name not in GENERIC and not name.isdigit() and name not in shared
    )


def _plain(word: str, opens: bool, known: frozenset[str]) -> bool:
    low = word.lower().removesuffix("'s").removesuffix("’s")
    if low in known or low in TERMS or low in STARTERS or low.rstrip("s") in known:
        return True
    if re.fullmatch(r"[\d.,]+(?:%|x|k|K|M|B|st|nd|rd|th)?", word):
        return True  # a number, judged with the numbers
    if "-" in word or "/" in word:
        return all(
            _plain(part, opens and i == 0, known)
            and (
                part.lower() in HYPHENS | TERMS | STARTERS
                or part.lower() in known
                or part.isdigit()
            )
            for i, part in enumerate(re.split(r"[-/]", word))
            if part
        )
    if not re.fullmatch(r"[A-Za-z]+(?:['’][a-z]+)?", word):
        return False
    if word[0].isupper():
        if low in MONTHS or low in WEEKDAYS or low.rstrip("s") in WEEKDAYS:
            return True
        return low in HYPHENS or (opens and (word[1:].islower() or len(word) == 1))
    return word.islower()


def _opens(text: str, start: int) -> bool:
    return not text[:start].strip(" *•-–—\"'“(") or text[:start].rstrip(" *\"'“(").endswith(
        (".", ":", "!", "?", "•", "—")
    )


def _codes(sentence: str) -> list[str]:
    return re.findall(r"`([^`\n]*)`", sentence)
