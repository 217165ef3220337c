"""Whether EventBridge Scheduler takes a schedule expression. Source: EventBridge Scheduler user
guide, "Schedule types"."""

from __future__ import annotations

import re

_YEAR = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_YEAR, 1)}
_DAYS = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}
_FIELDS = [
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
]


def why_not(expression: str) -> str | None:
    """The reason for which the expression would be refused; None when it is fine."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", expression):
        number = int(rate[1])
        return (
            None
            if number > 0 and (number == 1) == (rate[3] == "")
            else "rate takes a positive number and the right plural"
        )
    cron = re.fullmatch(r"cron\(([^()]*)\)", expression)
    if not cron:
        return "neither cron(...) nor rate(...)"
    fields = cron[1].split(" ")
    if len(fields) != 6:
        return f"cron takes six fields, not {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "exactly one of day of month and day of week is ?"
    wrong = [
        name
        for field, (name, low, high, words) in zip(fields, _FIELDS, strict=True)
        if not _fits(field, name, low, high, words)
    ]
    return f"{wrong[0]} is wrong" if wrong else None


def _fits(field: str, name: str, low: int, high: int, words: dict[str, int]) -> bool:
    if field == "?":
        return name.startswith("day")
    return all(
        _special(part, name) or _part_fits(part, low, high, words) for part in field.split(",")
    )


def _special(part: str, name: str) -> bool:
    if name == "day of month":
        return re.fullmatch(r"L(W|-\d+)?|\d{1,2}W", part) is not None
    return (
        name == "day of week" and re.fullmatch(r"([1-7]|[A-Z]{3})?L|[1-7]#[1-5]", part) is not None
    )


def _part_fits(part: str, low: int, high: int, words: dict[str, int]) -> bool:
    span, _, step = part.partition("/")
    if step and not (step.isdigit() and int(step) > 0):
        return False
    if span == "*":
        return True
    ends = [words.get(end, int(end) if end.isdigit() else -1) for end in span.split("-")]
    return len(ends) <= 2 and all(low <= end <= high for end in ends) and ends == sorted(ends)
