"""Numbers of a sentence: each stands in the evidence or follows from it by a stated operation that
is computed again here.

At least as strict as the marking of the sample organisations (shared tolerance: half of the last
written digit, 1.5 % after "about"); money must match a number that stands as a number in an item
about cost, not a digit of some id or log line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from whyspike.explanation.check.evidence import EvidenceIndex
from whyspike.explanation.check.problem import AnswerPart, AnswerProblem
from whyspike.explanation.check.vocabulary import TERMS
from whyspike.model import Derivation

CONSTANTS = (7.0, 12.0, 14.0, 24.0, 30.0, 30.4, 60.0, 100.0, 365.0)
NUMBER = re.compile(
    r"(?:(?<![\w.\-/:])|(?<=\d[-–]))(?P<sign>[-+−](?=\s?(?:US)?[$€£\d]))?\s?(?P<money>US\$|[$€£])?\s?(?P<sign2>[-−](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<scale>%|(?:percent|thousand|million|billion|[kKMBx])\b|×)?(?![\w]*\d|[.,]\d)"
)
ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|~|≈)\s*[-+−]?\s*(?:US\$|\$)?\s*$",
    re.IGNORECASE,
)
ABOUT_SHARE = 0.015  # how far a number after "about" may be off
DOLLARS = re.compile(r"\s?(?:USD|US dollars|dollars?)\b", re.IGNORECASE)
UNIT = re.compile(r"[\s-]*(?:day|hour|h\b|month|minute|week)", re.IGNORECASE)
SCALES = {"k": 1e3, "K": 1e3, "thousand": 1e3, "M": 1e6, "million": 1e6, "B": 1e9, "billion": 1e9}
WORDS: Mapping[str, float] = {
    **{
        word: float(n)
        for n, word in enumerate(
            (
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ),
            2,
        )
    },
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "dozen": 12.0,
    "dozens": 12.0,
    "hundred": 100.0,
    "hundreds": 100.0,
    "thousand": 1e3,
    "thousands": 1e3,
    "million": 1e6,
    "millions": 1e6,
}
FACTORS: Mapping[str, float] = {
    **dict.fromkeys(("doubled", "doubling", "twice", "twofold"), 2.0),
    **dict.fromkeys(("tripled", "threefold"), 3.0),
    **dict.fromkeys(("quadrupled", "fourfold"), 4.0),
    "fivefold": 5.0,
    "sixfold": 6.0,
    "tenfold": 10.0,
    "halved": 0.5,
}
ARITHMETIC: Mapping[str, Callable[[Sequence[float]], float]] = {
    "add": sum,
    "sub": lambda v: v[0] - sum(v[1:]),
    "mul": lambda v: v[0] * v[1],
    "div": lambda v: v[0] / v[1],
    "ratio": lambda v: v[0] / v[1],
    "pct": lambda v: (v[0] - v[1]) / abs(v[1]) * 100,
    "share": lambda v: v[0] / v[1] * 100,
    "mean": lambda v: sum(v) / len(v),
    "count": lambda v: float(len(v)),
}


def computed(derivation: Derivation, known: Sequence[float]) -> float | None:
    """The value that a derivation really has; None when an argument is not known or the operation
    cannot be done."""
    if not all(
        arg in CONSTANTS or any(abs(arg - k) <= max(0.005, 1e-4 * abs(k)) for k in known)
        for arg in derivation.args
    ):
        return None
    try:
        return float(ARITHMETIC[derivation.op](derivation.args))
    except (KeyError, ZeroDivisionError, IndexError, OverflowError):
        return None


def checked_derivations(
    derived: Iterable[Derivation], index: EvidenceIndex
) -> tuple[tuple[Derivation, ...], list[AnswerProblem]]:
    """(the derivations that hold, a problem for each that does not); a later one may use the value
    of an earlier one."""
    known = list(index.numbers)
    kept: list[Derivation] = []
    problems: list[AnswerProblem] = []
    for derivation in derived:
        value = computed(derivation, known)
        what, subject = f"{derivation.op} of {_list(derivation.args)}", f"{derivation.value:g}"
        if value is None:
            told = f"{what} uses a number that the evidence does not hold"
            problems.append(AnswerProblem(AnswerPart.DERIVED, told, subject))
        elif abs(value - derivation.value) > max(0.05, 0.005 * abs(value)):
            problems.append(AnswerProblem(AnswerPart.DERIVED, f"{what} is {value:g}", subject))
        else:
            kept.append(derivation)
            known.append(derivation.value)
    return tuple(kept), problems


def number_problems(text: str, index: EvidenceIndex, derived: Sequence[float]) -> list[str]:
    """A reason for each number of the text (code spans and dates already taken out) that nothing
    carries."""
    problems = []
    text = without_names(text, index)
    for match in NUMBER.finditer(text):
        if not _carried(match, text, index, derived):
            problems.append(f"number {match.group().strip()} is not in the evidence")
    if rest := re.search(r"\S*\d\S*", NUMBER.sub(" ", text)):
        problems.append(f"{rest.group()[:60]!r} is not in the evidence")
    for word in re.findall(r"[A-Za-z]+", text):
        low = word.lower()
        if low in FACTORS and not any(
            abs(value - FACTORS[low]) <= 0.15 * FACTORS[low]
            or abs(value - (FACTORS[low] - 1) * 100) <= 15
            for value in derived
        ):
            problems.append(f"{word!r} is not derived from the evidence")
        if low in WORDS and not any(
            abs(abs(k) - WORDS[low]) < 1e-6 for k in [*index.numbers, *derived]
        ):
            problems.append(f"number {word} is not in the evidence")
    return problems


def without_names(text: str, index: EvidenceIndex) -> str:
    """The text without identifiers of the evidence that hold digits, such as region codes."""

    def blank(match: re.Match[str]) -> str:
        word = match.group().strip(".,:;!?*()\"'").lower()
        return (
            " "
            if re.search(r"[a-z]", word)
            and re.search(r"\d", word)
            and (word in index.tokens or word in TERMS)
            else match.group()
        )

    return re.sub(r"\S+", blank, text)


def _carried(
    match: re.Match[str], text: str, index: EvidenceIndex, derived: Sequence[float]
) -> bool:
    raw, scale_word = match["digits"].replace(",", ""), (match["scale"] or "")
    money = bool(match["money"]) or bool(DOLLARS.match(text, match.end()))
    scale = SCALES.get(scale_word, 1.0)
    value = float(raw) * scale
    if not money and not scale_word and float(raw) in CONSTANTS and UNIT.match(text, match.end()):
        return True
    if (
        re.match(r"\s*\d{1,2}[.)]\s*$", text[: match.end() + 1]) and match.start() <= 3
    ):  # the number of a list item
        return True
    tolerance = 0.5 * 10.0 ** -(len(raw.split(".")[1]) if "." in raw else 0) * scale + 1e-9
    if ABOUT.search(text[: match.start("digits")]) or scale > 1:
        tolerance = max(tolerance, ABOUT_SHARE * value)
    if scale_word in ("%", "percent"):
        shares = [k * 100 for k in index.numbers if abs(k) <= 1]  # a share between 0 and 1
        return (
            any(abs(abs(k) - value) <= tolerance for k in [*derived, *shares])
            or f"{raw}%" in index.percentages
        )
    known = [*(index.amounts if money else index.numbers), *derived]
    if money and (match["sign"] in ("-", "−") or match["sign2"]):
        known = [-k for k in known if k < 0]
    return any(abs(abs(k) - value) <= tolerance for k in known)


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
