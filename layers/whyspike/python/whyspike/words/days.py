"""How days and times are written for people: in words, so that no order of day and month can be
mistaken, and the same under every locale. Machines get ISO 8601 elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTHS = tuple(name[:3] for name in _MONTH_NAMES)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(value: date, year: bool = False) -> str:
    """ "Fri 6 Nov"; "Fri 6 Nov 2026" where the year is not obvious."""
    text = f"{_WEEKDAYS[value.weekday()][:3]} {value.day} {_MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if year else text


def month(value: date) -> str:
    """ "Nov 2026": always with its year, since it may be one of the last."""
    return f"{_MONTHS[value.month - 1]} {value.year}"


def days(first: date, last: date) -> str:
    """The days from `first` to `last`, both included: "on Thu 5 Nov", "from Mon 2 Nov to Thu 5
    Nov"."""
    return f"on {day(last)}" if last <= first else f"from {day(first)} to {day(last)}"


def listed(values: Sequence[date]) -> str:
    """Several days, oldest first, those that follow each other as one span: "Sun 1 Nov", "Sun 1 to
    Tue 3 Nov and Fri 6 Nov"."""
    spans: list[list[date]] = []
    for value in sorted(values):
        if spans and (value - spans[-1][-1]).days == 1:
            spans[-1].append(value)
        else:
            spans.append([value])
    texts = [
        day(span[0]) if len(span) == 1 else f"{_until(span[0], span[-1])}{day(span[-1])}"
        for span in spans
    ]
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def _until(first: date, last: date) -> str:
    whole = day(first)
    same = (first.year, first.month) == (last.year, last.month)
    return f"{whole.rsplit(' ', 1)[0] if same else whole} to "


def weekdays(value: date) -> str:
    """ "Fridays" """
    return f"{_WEEKDAYS[value.weekday()]}s"


def moment(at: datetime, year: bool = False) -> str:
    """ "Thu 5 Nov, 14:05 UTC". A time without a zone is UTC."""
    utc = at.astimezone(UTC) if at.tzinfo else at
    return f"{day(utc, year)}, {utc.hour:02d}:{utc.minute:02d} UTC"


def moment_of(text: str | None) -> str:
    """The moment of an ISO 8601 text; empty for any other text."""
    try:
        return moment(datetime.fromisoformat(text)) if text else ""
    except ValueError:
        return ""


def month_name(value: date) -> str:
    """ "November" """
    return _MONTH_NAMES[value.month - 1]


def month_start(value: date, back: int = 0) -> date:
    """The first day of the month so many months before that of `value`; after it, below zero."""
    year, index = divmod(12 * value.year + value.month - 1 - back, 12)
    return date(year, index + 1, 1)
