"""Bill files that people have: each is recognised, read to the cent, and what must not be judged is
said."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.bill_files import (
    FIRST,
    Charge,
    api_pages,
    charges,
    console,
    cur_2,
    cur_legacy,
    focus,
    own,
    text,
    written,
)
from whyspike.cli.bills.cells import NO_SERVICE
from whyspike.cli.bills.reading import FilesRead, HowToRead, read_files
from whyspike.cli.bills.shapes import parse_columns
from whyspike.errors import InvalidInput
from whyspike.model import CostMetric

ALL = charges()
ACCOUNTS = ("012345678901", "111122223333")


def cells(reading: FilesRead, *names: str) -> dict[tuple[str, ...], float]:
    """The sums by day and by `names`, to ten places."""
    found: dict[tuple[str, ...], float] = {}
    for cell, (cost, _) in reading.sums.items():
        key = (str(date.fromordinal(cell.day)), *(str(getattr(cell, name)) for name in names))
        found[key] = round(found.get(key, 0.0) + cost, 10)
    return found


def meant(found: Sequence[Charge], *names: str) -> dict[tuple[str, ...], float]:
    sums: dict[tuple[str, ...], float] = {}
    for charge in found:
        key = (str(charge.day), *(str(getattr(charge, name)) for name in names))
        sums[key] = round(sums.get(key, 0.0) + charge.cost, 10)
    return sums


LINES: tuple[tuple[str, Callable[[Sequence[Charge]], str]], ...] = (
    ("CUR (legacy)", cur_legacy),
    ("CUR 2.0", cur_2),
    ("FOCUS 1.0", focus),
)


@pytest.mark.parametrize(("name", "write"), LINES, ids=[name for name, _ in LINES])
@pytest.mark.parametrize("packed", ["", ".gz", ".zip"])
def test_an_export_is_recognised_and_read_to_the_cent(
    name: str, write: Callable[[Sequence[Charge]], str], packed: str, tmp_path: Path
) -> None:
    file = written(tmp_path, "export.csv", write(ALL))
    if packed == ".gz":
        file = tmp_path / "export.csv.gz"
        file.write_bytes(gzip.compress((tmp_path / "export.csv").read_bytes()))
    if packed == ".zip":
        file = tmp_path / "export.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.write(tmp_path / "export.csv", "export.csv")
    reading = read_files([file])
    assert reading.recognised() == f"{name}, 30 days, 2 accounts, USD, 61 lines"
    wanted = ("service", "account", "usage_type", "record_type")
    assert cells(reading, *wanted) == meant(ALL, *wanted)


def test_the_console_download_is_read_by_service_and_its_totals_are_not(tmp_path: Path) -> None:
    reading = read_files([written(tmp_path, "costs.csv", console(ALL))])
    assert reading.recognised() == "Cost Explorer console, by service, 30 days, USD, 61 lines"
    assert cells(reading, "service", "record_type") == meant(ALL, "service", "record_type")


def test_a_download_that_a_spreadsheet_saved_again_is_read_the_same(tmp_path: Path) -> None:
    rows = [line.split(",") for line in console(ALL).splitlines()]
    german = [
        [cell.replace("($)", " ($)") for cell in rows[0]],
        *(
            [
                ".".join(reversed(row[0].split("-"))) if row[0][0] == "2" else row[0],
                *(cell.replace(".", ",") for cell in row[1:]),
            ]
            for row in rows[1:]
        ),
    ]
    file = written(tmp_path, "costs.csv", text(german, ";", "\r\n"), "utf-8-sig")
    assert cells(read_files([file]), "service") == meant(ALL, "service")


@pytest.mark.parametrize("kept", ["files", "one file", "list"])
def test_the_pages_of_an_answer_are_added_up(kept: str, tmp_path: Path) -> None:
    pages = [json.dumps(page) for page in api_pages(ALL)]
    texts = {"files": pages, "one file": ["\n".join(pages)], "list": [f"[{','.join(pages)}]"]}[kept]
    files = [written(tmp_path, f"page-{at}.json", page) for at, page in enumerate(texts)]
    reading = read_files(files)
    assert reading.notes == ()
    assert cells(reading, "service", "usage_type") == meant(ALL, "service", "usage_type")


def test_a_page_that_is_missing_is_said(tmp_path: Path) -> None:
    reading = read_files([written(tmp_path, "page.json", json.dumps(api_pages(ALL)[0]))])
    assert any("NextPageToken" in note for note in reading.notes)


def test_an_answer_without_definitions_is_read_by_the_look_of_its_keys(tmp_path: Path) -> None:
    (page,) = api_pages(ALL, pages=1)
    del page["GroupDefinitions"]
    reading = read_files([written(tmp_path, "answer.json", json.dumps(page))])
    assert cells(reading, "service", "usage_type") == meant(ALL, "service", "usage_type")


HEADINGS = (
    ("date,service,cost,account", "utf-8", ","),
    ("Date, Service , Cost ,Account ID", "utf-8-sig", ","),
    ("Usage date,Product,Amount (EUR),Linked Account", "utf-16", ";"),
    ("UsageStart,ServiceName,Total Cost ($),AccountId", "cp1252", "\t"),
)


@pytest.mark.parametrize(("heading", "encoding", "delimiter"), HEADINGS)
def test_an_own_file_is_read_by_its_headings(
    heading: str, encoding: str, delimiter: str, tmp_path: Path
) -> None:
    content = own(ALL, heading).replace(",", delimiter)
    reading = read_files([written(tmp_path, "costs.csv", content, encoding)])
    assert cells(reading, "service", "account") == meant(ALL, "service", "account")
    assert reading.accounts == ACCOUNTS


def test_the_currency_is_read_and_shown(tmp_path: Path) -> None:
    content = own(ALL, "date,service,Kosten (EUR),account")
    assert ", EUR, " in read_files([written(tmp_path, "a.csv", content)]).recognised()


def test_columns_that_nobody_knows_are_named_with_the_mapping_that_would_do(tmp_path: Path) -> None:
    content = own(ALL, "Buchungstag,Posten,Wert,Bemerkung")
    file = written(tmp_path, "costs.csv", content)
    with pytest.raises(InvalidInput) as raised:
        read_files([file])
    assert "Buchungstag, Posten, Wert, Bemerkung" in str(raised.value)
    mapping = raised.value.remedy.partition("--columns ")[2]
    reading = read_files([file], HowToRead(parse_columns(mapping)))
    assert cells(reading, "service") == meant(ALL, "service")


@pytest.mark.parametrize(
    ("columns", "said"),
    [("cost=Nope", "no such column"), ("colour=red", "no mapping"), ("date", "no mapping")],
)
def test_a_mapping_that_does_not_fit_is_refused(columns: str, said: str, tmp_path: Path) -> None:
    file = written(tmp_path, "costs.csv", own(ALL))
    with pytest.raises(InvalidInput, match=said):
        read_files([file], HowToRead(parse_columns(columns)))


def test_hours_are_summed_to_days(tmp_path: Path) -> None:
    hours = [(f"2026-09-{d:02} {h:02}:00:00", "EC2", 1) for d in (1, 2) for h in range(24)]
    file = written(tmp_path, "costs.csv", text([("date", "service", "cost"), *hours]))
    reading = read_files([file])
    assert (reading.days, set(cells(reading).values())) == (2, {24.0})


def test_totals_and_repeated_headings_are_no_charges_and_are_counted(tmp_path: Path) -> None:
    rows = own(ALL) + own(ALL[:0]) + f"{FIRST},Total,999,\nGrand total,,9999,\n,,,\n\n"
    reading = read_files([written(tmp_path, "costs.csv", rows)])
    assert cells(reading, "service") == meant(ALL, "service")
    assert reading.notes == ("Left out: 1 repeated heading.", "Left out: 2 total rows.")


MONTHLY = [Charge(date(2026, month, 1), "EC2", 300.0) for month in range(1, 10)]


@pytest.mark.parametrize("write", [own, console, cur_2, focus])
def test_months_are_said_and_never_judged_as_days(
    write: Callable[[Sequence[Charge]], str], tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=r"months \(9, 2026-01 to 2026-09\)"):
        read_files([written(tmp_path, "costs.csv", write(MONTHLY))])


def test_days_without_a_row_are_said_as_unknown(tmp_path: Path) -> None:
    kept = [c for c in ALL if c.day not in (date(2026, 9, 13), date(2026, 9, 14))]
    reading = read_files([written(tmp_path, "costs.csv", own(kept))])
    assert reading.missing == (date(2026, 9, 13), date(2026, 9, 14))
    assert any("2 days without any row" in note for note in reading.notes)


def test_too_short_a_history_is_said_with_the_day_from_which_it_is_judged(tmp_path: Path) -> None:
    reading = read_files([written(tmp_path, "costs.csv", own(charges(days=10)))])
    assert any("not judged yet, from 2026-09-15 on" in note for note in reading.notes)


def test_a_file_without_services_says_so(tmp_path: Path) -> None:
    content = text([("date", "cost"), *((c.day, c.cost) for c in ALL)])
    reading = read_files([written(tmp_path, "costs.csv", content)])
    assert cells(reading, "service") == {
        (day, NO_SERVICE): cost for (day,), cost in meant(ALL).items()
    }
    assert any("names no service" in note for note in reading.notes)


def test_two_currencies_are_never_added_up_and_one_can_be_chosen(tmp_path: Path) -> None:
    euros = focus([c for c in ALL if c.account == ACCOUNTS[1]], "EUR")
    rest = focus([c for c in ALL if c.account == ACCOUNTS[0]])
    file = written(tmp_path, "focus.csv", rest + euros.split("\n", 1)[1])
    with pytest.raises(InvalidInput, match=rf"EUR in account {ACCOUNTS[1]}, USD in account"):
        read_files([file])
    reading = read_files([file], HowToRead({}, currency="EUR"))
    assert (reading.currency, reading.accounts) == ("EUR", ACCOUNTS[1:])


def test_rows_of_another_provider_are_counted_and_left_out(tmp_path: Path) -> None:
    other = focus([Charge(c.day, "Virtual Machines", 5.0) for c in ALL], provider="Microsoft")
    file = written(tmp_path, "focus.csv", focus(ALL) + other.split("\n", 1)[1])
    reading = read_files([file])
    assert cells(reading, "service") == meant(ALL, "service")
    assert any("Microsoft ($305 in all)" in note for note in reading.notes)


def test_a_copy_is_read_once_and_said(tmp_path: Path) -> None:
    for name in ("2026-09.csv", "2026-09 (1).csv"):
        written(tmp_path, name, own(ALL))
    reading = read_files([tmp_path])
    assert cells(reading) == meant(ALL)
    assert any("same content" in note for note in reading.notes)


def test_files_that_overlap_are_not_added_up(tmp_path: Path) -> None:
    one, other = (written(tmp_path, f"{n}.csv", own(charges(days=20 + n))) for n in (1, 2))
    with pytest.raises(InvalidInput, match="counted twice"):
        read_files([one, other])


def test_two_formats_are_not_added_up(tmp_path: Path) -> None:
    written(tmp_path, "own.csv", own(ALL))
    written(tmp_path, "cur.csv", cur_2(ALL))
    with pytest.raises(InvalidInput, match=r"CUR 2.0.*own CSV.*2026-09-01 to 2026-09-30"):
        read_files([tmp_path])


@pytest.mark.parametrize("how", ["folder", "pattern", "files"])
def test_months_in_a_file_each_are_one_series(how: str, tmp_path: Path) -> None:
    first, second = [c for c in ALL if c.day.day < 16], [c for c in ALL if c.day.day > 15]
    written(tmp_path, "1.csv", own(first))
    written(tmp_path, "2.csv", own(second, "DATE,SERVICE,COST,ACCOUNT"), "utf-8-sig")
    given = {
        "folder": [tmp_path],
        "pattern": [tmp_path / "*.csv"],
        "files": [tmp_path / "1.csv", tmp_path / "2.csv"],
    }[how]
    reading = read_files(given)
    assert (reading.days, cells(reading, "service")) == (30, meant(ALL, "service"))


def test_of_a_report_delivered_anew_only_what_the_manifest_names_counts(tmp_path: Path) -> None:
    period = tmp_path / "daily" / "20260901-20261001"
    old, new = (f"{letter * 8}-0000-4000-8000-000000000001" for letter in "ab")
    written(period / old, "daily-00001.csv", cur_legacy(ALL[:20]))
    written(period / new, "daily-00001.csv", cur_legacy(ALL))
    with pytest.raises(InvalidInput, match="several deliveries"):
        read_files([tmp_path])
    keys = [f"prefix/daily/20260901-20261001/{new}/daily-00001.csv"]
    written(period, "daily-Manifest.json", json.dumps({"reportKeys": keys}))
    assert cells(read_files([tmp_path])) == meant(ALL)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"date,service,cost\n", "a heading and no rows"),
        (b"date,service,usage_amount\n2026-09-01,S3,5\n", "--columns"),
        (gzip.compress(own(ALL).encode(), mtime=0)[:-40], "damaged or ends too early"),
        (b"PK\x03\x04nothing", "damaged or ends too early"),
        (b'date,service,cost\n2026-09-01,"S3,5\n', "quote that is not closed"),
        (b"date,service,cost\n2026-09-01,S3,5,6\n", "4 fields instead of 3"),
        (b"date,service,cost\n2026-09-01,,5\n", "line 2: service is empty"),
        (b'{"Reservations": []}', "no ResultsByTime"),
        (b'{"ResultsByTime": [', "not valid JSON"),
        (b'{"ResultsByTime": [{"Groups": []}]}', "no answer of Cost Explorer"),
        (b"PAR1nothing", "cannot be read as Parquet"),
    ],
    ids=[
        "empty",
        "heading-alone",
        "no-cost",
        "gzip-cut",
        "zip-cut",
        "quote-open",
        "fields-too-many",
        "service-empty",
        "json-of-another-answer",
        "json-cut",
        "json-without-dates",
        "parquet-cut",
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_remedy(
    content: bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "bill.csv"
    file.write_bytes(content)
    with pytest.raises(InvalidInput) as raised:
        read_files([file])
    assert said in str(raised.value)
    assert "bill.csv" in raised.value.reason
    assert raised.value.remedy


def test_a_record_type_that_nobody_knows_is_kept_apart_and_said(tmp_path: Path) -> None:
    rows = [("date", "service", "cost", "record_type")]
    rows += [(str(FIRST + timedelta(days=at)), "S3", "3", "Bananas") for at in range(20)]
    reading = read_files([written(tmp_path, "costs.csv", text(rows))])
    assert reading.notes == ("Record types that are not known, judged apart: Bananas.",)


CUR_HEADINGS = (
    "line_item_usage_start_date,line_item_product_code,line_item_unblended_cost,"
    "line_item_net_unblended_cost"
)
CUR_ROWS = ("2026-11-01T00:00:00Z,AmazonEC2,10.0,9.0", "2026-11-02T00:00:00Z,AmazonEC2,10.0,")
FOCUS_HEADINGS = "ChargePeriodStart,ServiceName,BilledCost,EffectiveCost"
FOCUS_ROWS = ("2026-11-01T00:00:00Z,Amazon EC2,10.0,7.0",)
COSTS_OF_FILES = {
    ("CUR", "auto"): (19.0, CostMetric.NET_UNBLENDED),
    ("CUR", "unblended"): (20.0, CostMetric.UNBLENDED),
    ("CUR", "net-unblended"): (9.0, CostMetric.NET_UNBLENDED),
    ("FOCUS", "auto"): (10.0, CostMetric.NET_UNBLENDED),
    ("FOCUS", "net-amortized"): (7.0, CostMetric.NET_AMORTIZED),
}


def costs_file(folder: Path, family: str) -> Path:
    heads, rows = {"CUR": (CUR_HEADINGS, CUR_ROWS), "FOCUS": (FOCUS_HEADINGS, FOCUS_ROWS)}[family]
    file = folder / "bill.csv"
    file.write_text("\n".join((heads, *rows)) + "\n")
    return file


@pytest.mark.parametrize(("family", "choice"), COSTS_OF_FILES, ids=" ".join)
def test_the_cost_of_a_file_is_the_one_that_was_chosen(
    tmp_path: Path, family: str, choice: str
) -> None:
    reading = read_files([costs_file(tmp_path, family)], HowToRead({}, cost_metric=choice))
    total = sum(cost for cost, _ in reading.sums.values())
    assert (total, reading.metric) == COSTS_OF_FILES[family, choice]


@pytest.mark.parametrize(
    ("family", "choice", "others"),
    [("CUR", "amortized", "auto, unblended"), ("FOCUS", "unblended", "auto, net-unblended")],
    ids=["CUR", "FOCUS"],
)
def test_a_cost_that_the_file_has_not_is_refused_with_those_that_it_has(
    tmp_path: Path, family: str, choice: str, others: str
) -> None:
    with pytest.raises(InvalidInput, match=f"no such column.*choose from {others}"):
        read_files([costs_file(tmp_path, family)], HowToRead({}, cost_metric=choice))


def test_an_own_file_does_not_say_which_cost_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("date,service,cost\n2026-11-01,EC2,10\n")
    assert read_files([file]).metric is None
    with pytest.raises(InvalidInput, match="does not say which cost"):
        read_files([file], HowToRead({}, cost_metric="amortized"))
