"""What a reading may say: the mechanism, in words of AWS's own documentation, and nothing that
names a person, accuses, approves, advises, counts, dates or points elsewhere.

Words alone tell no truth from falsehood, so `reading_relations.py` holds what the words claim of
this cell against the evidence. Both are nets and not proofs: a reading is shown as Claude's, and
not as proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from whyspike.explanation.claims.evidence import CellEvidence
from whyspike.explanation.claims.reading_grounds import (
    Grounds,
    grounds_of,
    singular,
    word_set,
)
from whyspike.explanation.claims.reading_relations import relation_problem
from whyspike.explanation.hostile import is_hostile
from whyspike.model.evidence import Detection

MAX_READING_WORDS = 40
MAX_READING_SENTENCES = 2
MIN_READING_WORDS = 3
_ALLOWED_MARKS = re.compile(r"[A-Za-z ,.;:'()-]+")
_SENTENCE = re.compile(r"(?<=[.;:])\s+")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*(?:'s)?")
_ACRONYMS = word_set("AWS NAT VPC API EC2 EBS RDS IP DNS CPU GPU SQL TLS HTTP CDN GB TB MB")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "est")
# What may stand before a noun that the same word could order to be done: "Write requests rose".
_AFTER_AN_ORDER = word_set(
    "the a an this that these those all every each any it them its their out off on up down "
    "away to no some more less for at"
)

_DETERMINERS = word_set("the a an this these those all every each any it them its their")
_NO_ORDER = ("s", "ed", "ly")  # of words that are no base form
# What may open a sentence before "the" without being an order.
_OPENERS = word_set(
    "with without in of from for to at by on over under through during after before since until"
    " while when where as because if although though despite unlike like per via between within"
    " across behind beside about above below beyond into onto upon only even not both half what"
    " that this such and but so or yet then than is are was were be it here there which who whether"
    " all none most many some once among around against toward near"
)


def reading_problem(text: str, cell: CellEvidence, detection: Detection) -> str:
    """Why a text is no reading of this cell, or ''."""
    if is_hostile(text):
        return "it reads like an order, a mention or a link"
    if not _ALLOWED_MARKS.fullmatch(text):
        return "a reading holds plain words only: no digits, marks or letters from elsewhere"
    words = _WORD.findall(text)
    if not MIN_READING_WORDS <= len(words) <= MAX_READING_WORDS:
        return f"a reading has {MIN_READING_WORDS} to {MAX_READING_WORDS} words"
    sentences = [part for part in _SENTENCE.split(text.strip()) if part]
    if len(sentences) > MAX_READING_SENTENCES:
        return f"a reading has at most {MAX_READING_SENTENCES} sentences"
    grounds = grounds_of(cell, detection)
    for sentence in sentences:
        for place, word in enumerate(_WORD.findall(sentence)):
            if problem := _word_problem(word, place == 0, grounds):
                return problem
    if order := next(_orders(text), ""):
        return f"{order!r} opens a clause like an order to somebody"
    return relation_problem(text, cell, detection, grounds)


def _word_problem(word: str, opens: bool, grounds: Grounds) -> str:
    low, plain = word.lower().removesuffix("'s"), word.removesuffix("'s")
    if plain in _ACRONYMS:
        return ""
    for part in dict.fromkeys((low, *low.split("-"))):
        if part in word_list("reading_never.txt") and part not in grounds.meter:
            return f"{part!r} may not stand in a reading: it tells the mechanism only"
        if "-" not in part and not (
            known(part) or part in grounds.words or singular(part) in grounds.words
        ):
            return f"{part!r} is no word of AWS's documentation nor of this cell's evidence"
    if "-" in low and _is_order(low.split("-")[0]):
        return f"{low!r} reads like a command"
    if plain.isupper() and len(plain) > 1:
        return "" if low in grounds.words else f"{word!r} is no known acronym"
    if word[1:] != word[1:].lower() or (
        word[0].isupper() and not opens and not _is_title(word, grounds)
    ):
        return f"{word!r} is written like a name"
    return ""


def _is_title(word: str, grounds: Grounds) -> bool:
    """A capital within a sentence: only in the service's own name, and for Region."""
    return word in grounds.titles or word in ("Region", "Regions")


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of a file beside this one; lines with # are comments."""
    text = files("whyspike.explanation.claims").joinpath(name).read_text("utf-8")
    return frozenset(
        word for line in text.splitlines() if not line.startswith("#") for word in line.split()
    )


@cache
def known(word: str) -> bool:
    """Whether a word, or the word that it is a form of, is known."""
    forms = {word, *(word.removesuffix(end) for end in _ENDINGS if len(word) > len(end) + 2)}
    forms |= {f"{form}e" for form in forms if form != word}
    forms |= {f"{form[:-1]}y" for form in forms if form.endswith("i")}
    lists = word_list("reading_words.txt") | word_list("reading_vocabulary.txt")
    return bool(forms & lists) or (len(word) == 1 and word in "ai")


def _is_order(word: str) -> bool:
    return word in word_list("reading_orders.txt")


def _orders(text: str) -> Iterator[str]:
    """Words that open a clause as an order or as advice: "Delete the gateway", "Stopping the
    machine ends it"."""
    for sentence in re.split(r"[.;:]", text):
        words = [word.lower() for word in _WORD.findall(sentence)]
        opens, after = [*words[:2], "", ""][:2]
        if after in _DETERMINERS and opens not in _OPENERS and not opens.endswith(_NO_ORDER):
            yield opens
    for clause in re.split(r"[.;:,]|\b(?:and|or|then|so|but|just|simply)\b", text):
        words = [word.lower() for word in _WORD.findall(clause)]
        opens, after = [*words[:2], "", ""][:2]
        if opens and _is_order(opens) and (after in _AFTER_AN_ORDER or not after):
            yield opens
