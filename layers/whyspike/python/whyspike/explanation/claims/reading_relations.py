"""What a reading claims of its cell, held against the evidence: which thing was changed, whether
quantity or rate moved, whether it goes on; and that no thing is spoken of as known which the
evidence does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from importlib.resources import files

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.claims.reading_grounds import (
    ACCOUNTED,
    ACTS,
    Grounds,
    singular,
    split,
    word_set,
)
from whyspike.explanation.facts.bill import (
    Nature,
    nature,
    rate_is_as_before,
    usage_is_flat,
    usage_moved,
)
from whyspike.knowledge.families import family_of
from whyspike.model.evidence import Detection

_WORD = re.compile(r"[A-Za-z]+")
_CLAUSE = re.compile(r"[.;:,]|\b(?:while|whereas|so|but|because|since|although|though)\b")
_KNOWN = word_set("the this these those")
# Where the noun that "the" announced has ended at the latest.
_ENDS = word_set(
    "of in on at to for from with by as and or that which who is are was were be been has "
    "have had does do did not no can could may might would than then when where while since "
    "before after through over into out up down off until between among without within per "
    "now still"
)
MAX_NOUN = 3  # words after "the" that can belong to it
MIN_WORDS_OF_LINE = 2  # of a line's usage type, for a text to mean it
MAX_PASSIVE = 5  # words between a thing and what was done to it
_BE = word_set("is are was were be been being gets got")
_NOT = word_set("nothing not no never nor hardly barely without unlikely neither")
_RATE = word_set("price prices rate rates pricing")
_CHANGED = word_set(
    "rose risen rises rise rising higher went revised dearer increased increases raised "
    "grew climbed changed changes fell fallen falls lower lowered dropped another different"
)
_UP = word_set(
    "more rose risen rises rising grew grown grows growing climbed increased increases "
    "extra additional jumped multiplied surged"
)
_MOVED = word_set("moved shifted doubled tripled")
_LEVEL = word_set("level unchanged steady constant flat")
_RISEN = word_set("rose risen increased raised grew climbed")
# What the bill shows to be no matter of quantity.
_ACCOUNTING = (Nature.COVER_ENDED, Nature.RATE, Nature.PAID_NOW, Nature.CREDITS_USED_UP)
_QUANTITIES = {
    "hours": "hours hour machines instances usage quantity",
    "bytes": "bytes traffic volume usage quantity",
    "byte-hours": "bytes storage usage quantity",
    "requests": "requests invocations calls usage quantity",
    "tokens": "tokens usage quantity",
    "runtime": "usage quantity",
}
# What happens by use, and needs nobody's call.
_NATURAL = word_set(
    "billed charged covered used stored kept metered measured counted read written served "
    "sent received moved seen shown scanned processed paid needed proven held made known "
    "invoked called reached spread retried repeated placed priced limited carried routed "
    "passed transferred delivered tied related linked named found listed recorded observed "
    "touched returned retrieved reported consumed expired ended involved"
)
_PARTICIPLE = re.compile(
    r"\w{2,}(?:ed|en)|sent|cut|put|set|built|shut|run|lost|brought|bought|sold"
)
_PAST = word_set("was were been")
_PROMISES = re.compile(
    r"\b(?:by itself|on its own|already on its way|(?:with)?in (?:days|hours)|go(?:es)? away"
    r"|needs? to|no longer needed"
    r"|left (?:\w+ ){0,2}(?:on|open|running|behind|enabled|unattended))\b"
)
_OVER = re.compile(
    r"\b(?:has (?:ended|stopped)|is over|fallen back|fell back|is level now|short burst|is gone"
    r"|went away|came back down|has fallen|ended again)\b"
)
_GOES_ON = re.compile(r"\b(?:still|goes on|go on|continues|keeps on|carries on)\b")


def relation_problem(text: str, cell: CellEvidence, detection: Detection, grounds: Grounds) -> str:
    """What of a text the evidence of its cell does not bear out, or ''."""
    words = [word.lower() for word in _WORD.findall(text)]
    return (
        next(_accounts(words, grounds), "")
        or next(_unknown_things(text, grounds), "")
        or next(_acts(text, grounds), "")
        or next(_movements(text, cell, detection), "")
        or _course(text.lower(), cell)
    )


def _accounts(words: Sequence[str], grounds: Grounds) -> Iterator[str]:
    for word in words:
        if word in ACCOUNTED and word not in grounds.words:
            yield f"the bill shows nothing of {word!r} here"


def _unknown_things(text: str, grounds: Grounds) -> Iterator[str]:
    """Things that are spoken of as known ("the cache") and stand nowhere in the evidence."""
    for clause in re.split(r"[.;:,]", text):
        words = [word.lower() for word in _WORD.findall(clause)]
        for place, word in enumerate(words):
            if word not in _KNOWN:
                continue
            for noun in words[place + 1 : place + 1 + MAX_NOUN]:
                if noun in _ENDS:
                    break
                if _grounded(noun, grounds):
                    break  # what follows belongs to a thing that is known, or tells of it
                if _is_thing(noun):
                    yield f"the evidence holds no {noun!r}: say it in general, or leave it out"


def _grounded(noun: str, grounds: Grounds) -> bool:
    return bool(
        {noun, singular(noun)} & (grounds.words | _section("plain") | _section("technical"))
    )


def _is_thing(noun: str) -> bool:
    forms = {noun, singular(noun)}
    return bool(forms & (_things() | _section("software")))


@cache
def _section(name: str) -> frozenset[str]:
    """The words of a section of reading_words.txt."""
    text = files("whyspike.explanation.claims").joinpath("reading_words.txt").read_text("utf-8")
    found = next(part for part in text.split("# ") if part.startswith(f"{name}:"))
    return frozenset(found.partition("\n")[2].split())


@cache
def _things() -> frozenset[str]:
    text = files("whyspike.explanation.claims").joinpath("reading_things.txt").read_text("utf-8")
    return frozenset(text.partition("\n")[2].split())


def _acts(text: str, grounds: Grounds) -> Iterator[str]:
    """Acts that no event of the cell made, or that it made to something else: "the deleted route"
    where an endpoint was deleted."""
    for clause in re.split(r"[.;:,]", text):
        words = [word.lower() for word in _WORD.findall(clause)]
        for place, word in enumerate(words):
            if not _is_act(words, place):
                continue
            if _NOT & set(words[max(0, place - 2) : place]):
                continue
            targets = [nouns for verbs, nouns in grounds.done if word in verbs]
            if not targets:
                yield f"no event of this cell {word} anything"
            near = {form for noun in _objects(words, place) for form in (noun, singular(noun))}
            if near and not any(near & _both(nouns) for nouns in targets):
                yield f"the event of this cell {word} something else"


def _is_act(words: Sequence[str], place: int) -> bool:
    """Whether a word tells of something that was done once, by a call: "was deleted", "the deleted
    route", "deleted the route"; not how a mechanism goes on: "is deleted when"."""
    word, before = words[place], words[place - 1] if place else ""
    if before in _PAST or (before in ("not", "then", "also") and _PAST & set(words[:place])):
        return word not in _NATURAL and bool(word in ACTS or _PARTICIPLE.fullmatch(word))
    if word not in ACTS or before in ("is", "are", "be", "being"):
        return False
    if word == "changed":  # by itself, unless something was
        after = words[place + 1] if place + 1 < len(words) else ""
        return before in _KNOWN | {"a", "an"} or after in _KNOWN | {"a", "an"}
    return True


def _both(nouns: frozenset[str]) -> frozenset[str]:
    return nouns | {singular(noun) for noun in nouns}


def _objects(words: Sequence[str], place: int) -> Sequence[str]:
    """What an act is said to have been done to: what stands before "was deleted", else after
    "deleted"."""
    if place and words[place - 1] in _BE | {"not", "also", "then"}:
        before = words[max(0, place - MAX_PASSIVE) : place]
        return [word for word in before if word not in _BE | _ENDS | _KNOWN]
    after = []
    for word in words[place + 1 : place + 1 + MAX_PASSIVE]:
        if word in _ENDS:
            break
        after.append(word)
    return [word for word in after[:MAX_NOUN] if word not in _KNOWN]


def _movements(text: str, cell: CellEvidence, detection: Detection) -> Iterator[str]:
    """Quantity and rate, where the bill shows which of them moved."""
    bill = cell.bill
    measures = family_of(bill.driver.service, bill.driver.usage_type).measures
    own = frozenset(_QUANTITIES.get(measures, "usage quantity").split())
    shown = nature(bill, detection)
    same_rate = rate_is_as_before(bill) or shown is Nature.COVER_ENDED
    same_quantity = usage_is_flat(bill) or shown in _ACCOUNTING
    for clause in _CLAUSE.split(text):
        words = {word.lower() for word in _WORD.findall(clause)}
        if words & _NOT:
            continue
        if (
            same_rate
            and words & _RATE
            and words & (_RISEN if shown is Nature.COVER_ENDED else _CHANGED)
        ):
            yield "the bill shows the rate as before"
        if same_quantity and (
            (words & own and words & _UP) or ("quantity" in words and words & _MOVED)
        ):
            yield "the bill shows the quantity as before"
        moved = usage_moved(bill) and not same_quantity
        if moved and words & own and words & _LEVEL and not words & (_UP | _CHANGED | _RATE):
            yield "the bill shows that the quantity moved"
        if moved and bill.excess_usd_per_day > 0 and "fewer" in words:
            yield "the bill shows a higher quantity"
        yield from _fell(words, cell)


def _fell(words: AbstractSet[str], cell: CellEvidence) -> Iterator[str]:
    """A line that is said to have risen, and fell."""
    named = {singular(word) for word in words}
    for line in cell.bill.moved_against_it:
        own = {singular(word) for word in split(line.usage_type)}
        if len(own & named) >= MIN_WORDS_OF_LINE and words & _RISEN:
            yield "that line fell"


def _course(text: str, cell: CellEvidence) -> str:
    if _PROMISES.search(text):
        return "a reading promises nothing, blames nobody and tells nobody what to do"
    if cell.bill.ongoing and _OVER.search(text):
        return "the cost goes on"
    if not cell.bill.ongoing and _GOES_ON.search(text):
        return "the cost is over"
    return ""
