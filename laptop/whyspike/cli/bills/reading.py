"""Files in, one bill out: what was recognised, what was left out, and what must not be judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from whyspike.cli.bills.api import is_json, read_json_file
from whyspike.cli.bills.cells import (
    NO_SERVICE,
    RESOURCE_DAYS,
    ChargePlace,
    FileBill,
    Sums,
    days_of,
)
from whyspike.cli.bills.files import found_files, is_parquet, without_copies
from whyspike.cli.bills.parquet import read_parquet_files
from whyspike.cli.bills.tables import Options, read_text_file
from whyspike.detection.scoring import CONSTANTS
from whyspike.errors import InvalidInput, MixedCurrencies
from whyspike.knowledge.record_types import is_record_type, record_class_of
from whyspike.model import CostMetric, RecordClass
from whyspike.words.amounts import counted, money

MIN_DAYS = CONSTANTS.least_days + 1  # of a bill before anything on it can be judged
MAX_SPAN = timedelta(days=40 * 366)  # of a bill: AWS is younger
_MIN_MONTH = 27  # days between the rows of monthly files
_WEEK = 7
_AWS = ("aws", "amazon web services", "amazon")


@dataclass(frozen=True)
class FilesRead:
    """What the files say. `missing` are days between the first and the last without any row."""

    format: str
    says: frozenset[str]
    sums: Sums
    lines: int
    currency: str  # "" where no file says it
    first: date
    last: date
    accounts: tuple[str, ...]
    missing: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()
    metric: CostMetric | None = None  # of the costs; None: not every file says it

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1 - len(self.missing)

    def recognised(self) -> str:
        """ "CUR 2.0, 61 days, 5 accounts, USD, 33,012 lines" """
        accounts = [counted(len(self.accounts), "account")] if self.accounts else []
        return ", ".join(
            (
                self.format,
                counted(self.days, "day"),
                *accounts,
                self.currency or "no currency named (shown as USD)",
                counted(self.lines, "line"),
            )
        )


@dataclass(frozen=True)
class HowToRead(Options):
    """Options of every file, and the currency to keep of a bill in several."""

    currency: str = ""


PLAIN = HowToRead({})


def read_files(paths: Sequence[Path], options: HowToRead = PLAIN) -> FilesRead:
    """Raises InvalidInput naming the file, the line and the remedy."""
    files, copies = without_copies(found_files(paths))
    bills = _read_all(files, options)
    _one_format(bills)
    _no_months(bills)
    _apart(bills)
    sums, notes = _together(bills)
    sums, providers = _one_provider(sums)
    sums, currency = _one_currency(sums, options.currency)
    says = frozenset().union(*(bill.says for bill in bills))
    days = days_of(sums)
    first, last = date.fromordinal(min(days)), date.fromordinal(max(days))
    if last - first > MAX_SPAN:
        raise InvalidInput(
            f"{files[0]}: its days reach from {first} to {last}, so that one of them is wrong",
            remedy="correct the date, or give a part of the bill",
        )
    missing = tuple(
        first + timedelta(days=at)
        for at in range((last - first).days)
        if (first + timedelta(days=at)).toordinal() not in days
    )
    accounts = tuple(sorted({cell.account for cell in sums if cell.account}))
    reading = FilesRead(
        bills[0].format,
        says,
        sums,
        sum(bill.lines for bill in bills),
        currency,
        first,
        last,
        accounts,
        missing,
        metric=bills[0].metric if len({bill.metric for bill in bills}) == 1 else None,
    )
    return replace(reading, notes=(*copies, *notes, *providers, *_notes(reading)))


def _read_all(files: Sequence[Path], options: HowToRead) -> list[FileBill]:
    parquet = [file for file in files if is_parquet(file)]
    bills = [read_parquet_files(parquet, options)] if parquet else []
    for file in files:
        if file not in parquet:
            bills.append(
                read_json_file(file, options.cost_metric)
                if is_json(file)
                else read_text_file(file, options)
            )
    return bills


def _one_format(bills: Sequence[FileBill]) -> None:
    """Two formats may hold the same charges under other names: they are not added up."""
    formats: dict[str, FileBill] = {}
    for bill in bills:
        formats.setdefault(bill.format, bill)
    if len(formats) < 2:
        return
    one, other = list(formats.values())[:2]
    both = days_of(one.sums) & days_of(other.sums)
    over = (
        f", both with days from {date.fromordinal(min(both))} to {date.fromordinal(max(both))}"
        if both
        else ""
    )
    raise InvalidInput(
        f"{one.paths[0]} is {one.format} and {other.paths[0]} is {other.format}{over}: bills of two"
        " formats are not added up",
        remedy="give the files of one format",
    )


def _no_months(bills: Sequence[FileBill]) -> None:
    usage: set[int] = set()
    for bill in bills:
        cells = (c for c in bill.sums if record_class_of(c.record_type) is RecordClass.USAGE)
        usage |= days_of(cells)
    days = sorted(usage or set().union(*(days_of(bill.sums) for bill in bills)))
    gaps = {after - before for before, after in pairwise(days)}
    first = date.fromordinal(days[0])
    months = any(bill.months for bill in bills) or bool(gaps and min(gaps) >= _MIN_MONTH)
    if months:
        what = f"months ({len(days)}, {first:%Y-%m} to {date.fromordinal(days[-1]):%Y-%m})"
    elif len(days) > 3 and gaps == {_WEEK}:
        what = f"weeks ({len(days)}, from {first} on)"
    else:
        return
    raise InvalidInput(
        f"{bills[0].paths[0]}: its rows are {what}, not days, and are not judged",
        remedy=bills[0].remedy_of_months,
    )


def _apart(bills: Sequence[FileBill]) -> None:
    """Files of people's own must not hold the same cell twice: it cannot be told whether they are
    to be added up. Exports come in parts."""
    if bills[0].format.startswith(("CUR", "FOCUS", "Cost Explorer API")):
        return
    seen: dict[ChargePlace, FileBill] = {}
    for bill in bills:
        for cell in bill.sums:
            other = seen.setdefault(cell, bill)
            if other is not bill:
                raise InvalidInput(
                    f"{other.paths[0]} and {bill.paths[0]}: both have rows of {cell.service} on"
                    f" {date.fromordinal(cell.day)}, which would be counted twice",
                    remedy="give files of different days, or add an account column",
                )


def _together(bills: Sequence[FileBill]) -> tuple[Sums, list[str]]:
    if len(bills) == 1:
        whole, notes = bills[0], list(bills[0].notes)
    else:
        whole, notes = FileBill((), "", frozenset()), []
        for bill in bills:
            for cell, (cost, quantity) in bill.sums.items():
                whole.add(cell, cost, quantity)
            whole.cut |= bill.cut
            bill.sums = {}
            notes += [f"{bill.paths[0].name}: {note}" for note in bill.notes]
    whole.close()
    if whole.cut:
        notes.append(
            f"The bill is large: resources are known of its last {RESOURCE_DAYS} days alone."
        )
    if sum(bill.announced for bill in bills) >= sum(bill.pages for bill in bills):
        notes.append("The answer goes on in a next page (NextPageToken) that is not among them.")
    return whole.sums, notes


def _one_provider(sums: Sums) -> tuple[Sums, list[str]]:
    """Rows of AWS alone, where there are some; the others are counted and left out."""
    providers = Counter(cell.provider for cell in sums if cell.provider)
    aws = {name for name in providers if name.strip().lower() in _AWS}
    others = [name for name in providers if name not in aws]
    if not others:
        return sums, []
    if not aws:
        return sums, [f"The bill is of {', '.join(others)}, not of AWS; causes are AWS's alone."]
    left_out: dict[tuple[str, str], float] = defaultdict(float)
    for cell, (cost, _) in sums.items():
        if cell.provider in others:
            left_out[cell.provider, cell.currency] += cost
    said = ", ".join(
        f"{name} ({money(cost, currency)} in all)" for (name, currency), cost in left_out.items()
    )
    kept = {cell: value for cell, value in sums.items() if cell.provider not in others}
    return kept, [f"{len(providers)} providers are in the file; left out, as not AWS: {said}."]


def _one_currency(sums: Sums, wanted: str) -> tuple[Sums, str]:
    currencies: dict[str, set[str]] = defaultdict(set)
    for cell in sums:
        if cell.currency:
            currencies[cell.currency].add(cell.account)
    if wanted:
        if wanted not in currencies:
            raise InvalidInput(
                f"--currency {wanted}: no row is in it",
                remedy=f"choose from {', '.join(sorted(currencies))}"
                if currencies
                else "the files name no currency: leave it out",
            )
        return {cell: value for cell, value in sums.items() if cell.currency == wanted}, wanted
    if len(currencies) > 1:
        named = ", ".join(
            f"{currency}{_accounts(accounts)}" for currency, accounts in sorted(currencies.items())
        )
        raise MixedCurrencies(
            f"the bill is in several currencies, which are not added up: {named}",
            remedy=f"choose one: --currency {sorted(currencies)[-1]}",
        )
    return sums, next(iter(currencies), "")


def _accounts(ids: Iterable[str]) -> str:
    some = sorted(filter(None, ids))
    return f" in account {', '.join(some[:3])}{', ...' if len(some) > 3 else ''}" if some else ""


def _notes(reading: FilesRead) -> list[str]:
    notes = []
    if "service" not in reading.says:
        notes.append(f"The file names no service: everything is judged as {NO_SERVICE!r}.")
    if reading.missing:
        notes.append(
            f"{counted(len(reading.missing), 'day')} without any row, which are unknown and not"
            f" zero: {_spans(reading.missing)}."
        )
    total = (reading.last - reading.first).days + 1
    if total < MIN_DAYS:
        begin = reading.first + timedelta(days=MIN_DAYS - 1)
        notes.append(
            f"A history of {counted(total, 'day')} is too short: not judged yet, from {begin} on."
        )
    unknown = sorted({c.record_type for c in reading.sums if not is_record_type(c.record_type)})
    if unknown:
        notes.append(f"Record types that are not known, judged apart: {', '.join(unknown)}.")
    return notes


def _spans(days: Sequence[date]) -> str:
    spans: list[list[date]] = []
    for day in days:
        if spans and (day - spans[-1][-1]).days == 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    said = [f"{s[0]} to {s[-1]}" if len(s) > 1 else str(s[0]) for s in spans]
    return ", ".join(said[:6]) + (", ..." if len(said) > 6 else "")
