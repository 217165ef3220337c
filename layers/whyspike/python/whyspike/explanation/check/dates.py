"""Dates and times of a sentence: each stands in the evidence, in whatever way it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from whyspike.explanation.check.evidence import EvidenceIndex
from whyspike.model import Finding

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?P<{0}>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:\b(?P<{0}>Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
WRITTEN = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:T[\d:.]+Z?)?"),
    re.compile(
        _WEEKDAY.format("w")
        + r"\b"
        + _DAY.format("d")
        + r"\s+(?:of\s+)?"
        + _MONTH.format("m")
        + r"\b(?:,?\s+(?P<y>\d{4}))?",
        re.IGNORECASE,
    ),
    re.compile(
        _WEEKDAY.format("w")
        + r"\b"
        + _MONTH.format("m")
        + r"\s+"
        + _DAY.format("d")
        + r"\b(?:,?\s+(?P<y>\d{4}))?",
        re.IGNORECASE,
    ),
)
NUMERIC = re.compile(r"\b\d{1,4}/\d{1,2}(?:/\d{2,4})?\b")
CLOCK = re.compile(
    r"\b(?P<h>\d{1,2}):(?P<min>\d\d)(?::\d\d)?(?:\s?(?P<half>am|pm)\b)?(?:\s?(?:UTC|GMT|Z)\b)?",
    re.IGNORECASE,
)
MONTH_YEAR = re.compile(_MONTH.format("m") + r"\s+(?P<y>20\d\d)\b", re.IGNORECASE)
LONE_DAY = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")


def without_dates(text: str) -> str:
    """The text with every date and time taken out, for the checks that follow."""
    for pattern in (*WRITTEN, MONTH_YEAR, CLOCK):
        text = pattern.sub(" ", text)
    return text


def date_problems(text: str, index: EvidenceIndex, findings: Sequence[Finding]) -> list[str]:
    """A reason for each date or time that the evidence does not hold."""
    known = index.dates | {finding.onset for finding in findings}
    problems = [
        f"date {written} is not in the evidence"
        for written, _, day in dates_in(text, known)
        if day not in known
    ]
    rest = text
    for pattern in WRITTEN:
        rest = pattern.sub(" ", rest)
    months = {(day.year, day.month) for day in known}
    problems += [
        f"date {m.group()} is not in the evidence"
        for m in MONTH_YEAR.finditer(rest)
        if (int(m["y"]), _month(m["m"])) not in months
    ]
    problems += [f"date {m.group()} is ambiguous; write YYYY-MM-DD" for m in NUMERIC.finditer(rest)]
    problems += [
        f"time {m.group().strip()} is not in the evidence"
        for m in CLOCK.finditer(rest)
        if not _clock_known(m, index)
    ]
    days = {WEEKDAYS[day.weekday()][:3] for day in {finding.onset for finding in findings}}
    for match in LONE_DAY.finditer(rest):
        word = match.group(1)[:3].lower()
        if word not in days and not any(
            match.group(1).lower() in text.lower() for text in index.strings if len(text) < 2000
        ):
            problems.append(f"weekday {match.group()} is not in the evidence")
    return problems


def dates_in(
    text: str, known: frozenset[date] | set[date]
) -> Iterator[tuple[str, int, date | None]]:
    """Each written date, where it begins, and the day that it means; None for one that does not
    exist or whose weekday is wrong."""
    years = sorted({day.year for day in known}, reverse=True)
    for pattern in WRITTEN:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = int(parts["m"]) if parts["m"].isdigit() else _month(parts["m"])
            candidates = [
                day
                for year in ([int(parts["y"])] if parts["y"] else years)
                if (day := _day(year, month, int(parts["d"])))
            ]
            weekday = parts.get("w")
            fitting = [
                day
                for day in candidates
                if not weekday or WEEKDAYS[day.weekday()].startswith(weekday.lower()[:3])
            ]
            yield (
                match.group().strip(),
                match.start(),
                next((day for day in fitting if day in known), None),
            )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(word: str) -> int:
    return next(i for i, name in enumerate(MONTHS, 1) if name.startswith(word.lower()[:3]))


def _clock_known(match: re.Match[str], index: EvidenceIndex) -> bool:
    hour = (
        int(match["h"]) % 12 + (12 if match["half"].lower() == "pm" else 0)
        if match["half"]
        else int(match["h"])
    )
    return any(f"{hour:02d}:{match['min']}" in text for text in index.strings)
