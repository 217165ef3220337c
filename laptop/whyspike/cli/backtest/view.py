"""What a backtest found, for a person at a terminal and for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.padding import Padding
from rich.text import Text

from whyspike.cli.backtest.past import CAUGHT_SHARE, JudgedDays, Past, SweepRow
from whyspike.cli.backtest.replay import ToldLine, as_json
from whyspike.cli.console import console, heading, table
from whyspike.cli.outcome_view import SEVERITY
from whyspike.messages.phrases import shape
from whyspike.words.amounts import counted, dollars
from whyspike.words.days import day as written
from whyspike.words.services import service_name

MAX_ACCOUNTS_SHOWN = 20  # of those that were judged in part


def show(past: Past, rows: Sequence[SweepRow]) -> None:
    """Messages with their reasons, how much was judged, and the sweep."""
    for line in past.messages:
        _message(line)
    if past.messages:
        console().print()
    console().print(Text(summary(past)))
    _coverage(past)
    if past.below is not None:
        below = past.below
        console().print(
            Text(
                f"The largest that stayed below the minimum of {dollars(past.minimum_usd)} a day:"
                f" {service_name(below.service)}{_of(below.account)},"
                f" {dollars(below.usd, sign=True)} on {written(below.day)}."
            )
        )
    if rows:
        _sweep(rows)


def summary(past: Past) -> str:
    """How many messages there were; where nothing was judged, that, and why."""
    asked = len(past.days) * len(past.judged)
    first, last = written(past.days[0], year=True), written(past.days[-1], year=True)
    period = f"{counted(len(past.days), 'day')} ({first} to {last})"
    owners = f"to the owners of {counted(len(past.judged), 'account')}"
    if past.judged_days == 0:
        short = any(judged.too_short for judged in past.judged)
        why = (
            "the history is too short, two weeks are needed before the first day"
            if short
            else "the bills have no rows of these days"
        )
        return f"Nothing was judged in {period}: {why}."
    told = past.messages
    new = sum(line.change is not None and line.change.before is None for line in told)
    part = "" if past.judged_days == asked else ", of the days that could be judged"
    a_week = len(told) / (past.judged_days / len(past.judged)) * 7
    return (
        f"{counted(len(told), 'message')} in {period} {owners}{part}: {new} new,"
        f" {len(told) - new} on how those went on. {a_week:.1f} a week."
    )


def recommended(rows: Sequence[SweepRow]) -> SweepRow | None:
    """The sensitivity with the fewest alerts that catches nearly what the most sensitive does, of
    several the one nearest to 1; None where nothing is caught at all."""
    ours = [row for row in rows if row.sensitivity is not None]
    most = max((row.usd for row in ours), default=0.0)
    enough = [row for row in ours if row.usd >= CAUGHT_SHARE * most > 0]
    return min(enough, key=lambda row: (row.alerts, _from_default(row)), default=None)


def _from_default(row: SweepRow) -> float:
    """How far a sensitivity is from 1, at which everything was measured."""
    return abs(math.log2(row.sensitivity or 1.0))


def as_document(past: Past, rows: Sequence[SweepRow]) -> dict[str, Any]:
    """The same for programs."""
    document: dict[str, Any] = {
        "messages": [as_json(line) for line in past.lines],
        "judged": [_with_texts(asdict(judged)) for judged in past.judged],
        "days_asked": len(past.days),
        "below_minimum": _with_texts(asdict(past.below)) if past.below else None,
    }
    if rows:
        chosen = recommended(rows)
        document["sweep"] = [asdict(row) for row in rows]
        document["recommended_sensitivity"] = chosen.sensitivity if chosen else None
    return document


def _with_texts(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


def _message(line: ToldLine) -> None:
    if line.change is None:
        return
    incident = line.change.after
    leading, severity = incident.leading, str(incident.severity)
    console().print(
        Text.assemble(
            f"{written(line.scan_date)}  {line.told}  ",
            (service_name(leading.service) + _of(line.account), "bold"),
            f"  {amount_of(line)}  ",
            (severity, SEVERITY.get(severity, "")),
        )
    )
    said = f"{shape(leading.kind)} since {written(incident.onset)}. {leading.reason}"
    console().print(Padding(Text(said, style="dim"), (0, 0, 0, 4), expand=False))


def amount_of(line: ToldLine) -> str:
    """What the incident of the line is over the expected spend."""
    if line.change is None:
        return ""
    incident = line.change.after
    if line.once:
        return f"{dollars(incident.impact, sign=True)} once"
    return f"{dollars(incident.per_day, sign=True)} a day"


def _of(account: str) -> str:
    return "" if account == "-" else f" in {account}"


def _coverage(past: Past) -> None:
    days = len(past.days)
    rest = [judged for judged in past.judged if judged.days < days]
    whole = len(past.judged) - len(rest)
    of_all = f" all {counted(days, 'day')} of {whole} of {counted(len(past.judged), 'account')}"
    console().print(Text(f"JudgedDays:{of_all if whole else ''}{'.' if not rest else ''}"))
    for judged in rest[:MAX_ACCOUNTS_SHOWN]:
        console().print(Padding(Text(_partly(judged, days)), (0, 0, 0, 2), expand=False))
    if len(rest) > MAX_ACCOUNTS_SHOWN:
        console().print(f"  and {len(rest) - MAX_ACCOUNTS_SHOWN} more accounts")


def _partly(judged: JudgedDays, days: int) -> str:
    reasons = [
        f"{counted(judged.no_bill, 'day')} without a bill" if judged.no_bill else "",
        f"{counted(judged.too_short, 'day')} with too short a history" if judged.too_short else "",
    ]
    first = f", from {written(judged.first)} on" if judged.first else ""
    name = "the bill" if judged.account == "-" else judged.account
    return f"{name}: {judged.days} of {days} days{first}; {', '.join(filter(None, reasons))}"


def _sweep(rows: Sequence[SweepRow]) -> None:
    heading("What other settings would have done")
    shown = table(
        "", "alerts", "a week", "dollars caught", right=("alerts", "a week", "dollars caught")
    )
    for row in rows:
        shown.add_row(row.name, f"{row.alerts}", f"{row.alerts_a_week:.1f}", dollars(row.usd))
    console().print(shown)
    console().print(
        "Alerts of services, counted from scores alone. Caught: what was over the expected in the"
        " week from an alert on. The simple rules have the same least dollars a day."
    )
    chosen = recommended(rows)
    if chosen is not None:
        console().print(
            Text(
                f"Recommended for this past: sensitivity {chosen.sensitivity:g}, the fewest alerts"
                f" that catch {CAUGHT_SHARE:.0%} of the dollars (--save FILE writes it)."
            )
        )
