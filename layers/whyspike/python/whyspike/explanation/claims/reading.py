"""What a reading may say: technical words on a mechanism, and of what was done only what the
cell's own events are named after.

A list of forbidden words is never complete, so the words that are allowed are listed: whoever
writes of campaigns, people, approvals, dates or amounts has no words for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.facts.bill import Nature, nature
from whyspike.explanation.facts.trail import relation
from whyspike.explanation.hostile import is_hostile
from whyspike.knowledge.families import family_of
from whyspike.knowledge.resources import parameter_leaves
from whyspike.model.evidence import Detection, RankedEvent

MAX_READING_WORDS = 40
MAX_READING_SENTENCES = 2
_ALLOWED_MARKS = re.compile(r"[A-Za-z ,.;:'()-]+")
_SENTENCE = re.compile(r"(?<=[.;:])\s+")
_WORD = re.compile(r"[A-Za-z]+(?:'s)?")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# What was done: only where an event of the cell carries the verb.
DONE = {
    "accept": "accepted",
    "add": "added",
    "allocate": "allocated",
    "associate": "associated",
    "attach": "attached",
    "batch": "batched",
    "buy": "bought",
    "change": "changed",
    "copy": "copied",
    "create": "created",
    "decrease": "decreased lowered reduced",
    "delete": "deleted removed removal gone missing",
    "deregister": "deregistered removed",
    "detach": "detached",
    "disable": "disabled",
    "disassociate": "disassociated",
    "enable": "enabled",
    "import": "imported",
    "increase": "increased raised",
    "invoke": "invoked",
    "launch": "launched",
    "modify": "modified changed raised lowered",
    "publish": "published",
    "purchase": "purchased bought",
    "put": "set changed",
    "reboot": "rebooted",
    "register": "registered",
    "remove": "removed",
    "resize": "resized",
    "restore": "restored",
    "resume": "resumed",
    "run": "launched started",
    "scale": "scaled",
    "set": "set changed",
    "start": "started",
    "stop": "stopped",
    "suspend": "suspended",
    "terminate": "terminated",
    "update": "updated changed raised lowered",
}
_ALL_DONE = frozenset(word for words in DONE.values() for word in words.split())
# Accounting words, only where the bill shows the matter.
_ACCOUNTING = {
    Nature.CREDITS_USED_UP: "credit credits",
    Nature.OTHER_CHARGE: "credit credits refund tax discount accounting",
    Nature.COVER_ENDED: "commitment commitments reservation reservations savings plan covered",
    Nature.COMMITMENT_FEE: "commitment reservation savings plan fee upfront term",
    Nature.EXTENDED_SUPPORT: "extended support standard surcharge engine upgrade",
    Nature.MARKETPLACE: "product third-party party marketplace licence software",
    Nature.SUPPORT_FEE: "support plan fee",
    Nature.LATE_DATA: "late incomplete complete yet arrives",
    Nature.MOVED: "shift shifts shifted",
    Nature.CHANGED_TYPE: "class mode sizes types family",
    Nature.GREW_TOGETHER: "customers visitors users growth proportion",
}


@cache
def _words(section: str) -> frozenset[str]:
    """The words of a section of reading_words.txt."""
    text = files("whyspike.explanation.claims").joinpath("reading_words.txt").read_text("utf-8")
    found = next(part for part in text.split("# ") if part.startswith(f"{section}:"))
    return frozenset(found.partition("\n")[2].split())


def reading_problem(text: str, cell: CellEvidence, detection: Detection) -> str:
    """Why a text is no reading of this cell, or ''."""
    if is_hostile(text):
        return "it reads like an order, a mention or a link"
    if not _ALLOWED_MARKS.fullmatch(text):
        return "a reading holds plain words only: no digits, marks or letters from elsewhere"
    words = _WORD.findall(text)
    if not 3 <= len(words) <= MAX_READING_WORDS:
        return f"a reading has 3 to {MAX_READING_WORDS} words"
    sentences = [part for part in _SENTENCE.split(text.strip()) if part]
    if len(sentences) > MAX_READING_SENTENCES:
        return f"a reading has at most {MAX_READING_SENTENCES} sentences"
    if orders := [word for word in _openings(text) if word in _words("acts")]:
        return f"{orders[0]!r} opens a clause like an order to somebody"
    known = _words("plain") | _words("technical") | _words("acts") | _of_cell(cell, detection)
    for sentence in sentences:
        for place, word in enumerate(_WORD.findall(sentence)):
            if problem := _word_problem(word, place == 0, known):
                return problem
    return ""


def _openings(text: str) -> Iterator[str]:
    """The first word of each clause, in lower case."""
    for clause in re.split(r"[.;:,]", text):
        yield from (word.lower() for word in _WORD.findall(clause)[:1])


def _word_problem(word: str, opens: bool, known: frozenset[str]) -> str:
    low = word.lower()
    plain = low.removesuffix("'s")
    if plain not in known and plain.removesuffix("s") not in known:
        return (
            f"{low!r} is no technical word and no word of this cell's events: a reading tells the"
            " mechanism only"
        )
    if word[1:] != word[1:].lower() and not word.isupper() and low not in known:
        return f"{word!r} is written like a name"
    if word[0].isupper() and not opens and not word.isupper() and len(word) > 1:
        return f"{word!r} is written like a name"
    return ""


def _of_cell(cell: CellEvidence, detection: Detection) -> frozenset[str]:
    """The words that this cell brings along: those of its line, of what related events are called
    and ask for, and of the accounting that the bill shows."""
    driver = cell.bill.driver
    family = family_of(driver.service, driver.usage_type)
    found = set(_split(f"{driver.service} {family.name} {family.measures}"))
    found |= set(_split(driver.usage_type or ""))
    shown = nature(cell.bill, detection)
    if shown:
        found |= set(_ACCOUNTING.get(shown, "").split())
    for event in cell.trail.events:
        how = relation(event, cell.bill)
        if how.in_time and (how.touches or (how.same_region and how.fits)):
            found |= set(_of_event(event))
    return frozenset(found - _ALL_DONE - set(DONE)) | frozenset(_done(cell))


def _of_event(event: RankedEvent) -> Iterator[str]:
    yield from _split(event.event)
    try:
        request = json.loads(event.request_parameters)
    except ValueError:
        return
    for leaf in parameter_leaves(request):
        yield from _split(leaf.partition("=")[0])


def _done(cell: CellEvidence) -> Iterator[str]:
    for event in cell.trail.events:
        how = relation(event, cell.bill)
        if how.in_time and (how.touches or (how.same_region and how.fits)):
            verb = next(iter(_split(event.event)), "")
            yield from DONE.get(verb, "").split()


def _split(name: str) -> Iterator[str]:
    """The words of a name of AWS's, in lower case: DeleteVpcEndpoints is delete, vpc, endpoints."""
    return (part.lower() for part in _CAMEL.findall(name) if len(part) > 1)
