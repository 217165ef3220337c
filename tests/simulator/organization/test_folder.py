"""An organisation folder is read whole, and what is wrong with it is said in one line that names
file, line and remedy."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.support.organization import Line, TestAccount, event, quiet, write
from whyspike.errors import InvalidInput
from whyspike.simulator.organization.folder import load

ONE, TWO = "111111111111", "222222222222"
SCAN, NEXT = date(2026, 10, 15), date(2026, 10, 16)


def account_file(folder: Path, name: str) -> Path:
    return folder / "accounts" / ONE / name


def change(name: str, edit: Callable[[str], str]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        file = account_file(folder, name)
        file.write_text(edit(file.read_text()))

    return apply


def packed(folder: Path, content: bytes) -> None:
    """The bill as a packed file of this content."""
    account_file(folder, "bill.csv").unlink()
    account_file(folder, "bill.csv.gz").write_bytes(content)


def replaced_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def with_field(key: str, value: object) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), key: value})


def row(line: int, column: int, value: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        rows = text.splitlines()
        fields = rows[line - 1].split(",")
        fields[column] = value
        rows[line - 1] = ",".join(fields)
        return "\n".join(rows)

    return edit


BROKEN = {
    "no folder": (lambda folder: folder.rename(folder.with_name("moved")), "no such folder"),
    "no organization.json": (
        lambda folder: (folder / "organization.json").unlink(),
        "organization.json: no such file",
    ),
    "bad JSON": (
        lambda folder: (folder / "organization.json").write_text('{"id": "o-1",\n oops}'),
        "organization.json, line 2: not valid JSON",
    ),
    "no accounts folder": (
        lambda folder: (folder / "accounts").rename(folder / "konten"),
        "accounts: no such folder",
    ),
    "no account": (
        lambda folder: (folder / "accounts" / ONE).rename(folder / ONE),
        "has no account",
    ),
    "no account.json": (
        lambda folder: account_file(folder, "account.json").unlink(),
        "account.json: no such file",
    ),
    "no bill": (
        lambda folder: account_file(folder, "bill.csv").unlink(),
        "bill.csv.gz: no such file",
    ),
    "half a gzip file": (
        lambda folder: packed(folder, gzip.compress(b"date,account" * 99)[:40]),
        "bill.csv.gz: not a whole gzip file",
    ),
    "a gzip file of rubbish": (
        lambda folder: packed(folder, gzip.compress(b"date,account" * 99)[:10] + b"\xff" * 40),
        "bill.csv.gz: not a whole gzip file",
    ),
    "a bill twice": (
        lambda folder: account_file(folder, "bill.csv.gz").write_bytes(
            gzip.compress(account_file(folder, "bill.csv").read_bytes())
        ),
        "bill.csv: stands beside bill.csv.gz. Remedy: keep one of the two",
    ),
    "a folder for a bill": (
        lambda folder: replaced_by_a_folder(account_file(folder, "bill.csv")),
        "bill.csv: cannot be read (Is a directory)",
    ),
    "a stray quote": (change("bill.csv", row(5, 0, '"2026-08-20')), "bill.csv, line 5: "),
    "a stray quote in a bill of megabytes": (
        change(
            "bill.csv",
            lambda text: "\n".join(
                [*text.splitlines()[:3], '"' + text.splitlines()[3], *["x" * 99] * 3_000]
            ),
        ),
        "bill.csv, line 4: field larger than field limit",
    ),
    "no e-mail address": (
        change("account.json", lambda text: text.replace('"email"', '"mail"')),
        'account.json: "email" is missing',
    ),
    "an e-mail address too short": (
        change("account.json", with_field("email", "a@b.c")),
        "an address of 6 to 64 characters",
    ),
    "an e-mail address that is none": (
        change("account.json", with_field("email", "nobody")),
        "an address of 6 to 64 characters",
    ),
    "a tag too long": (
        change("account.json", with_field("tags", {"owner": "x" * 257})),
        "has 257 characters. Remedy: Organizations takes 256",
    ),
    "a name too long": (
        change("account.json", with_field("name", "x" * 129)),
        "has 129 characters. Remedy: Organizations takes 128",
    ),
    "an event at an impossible time": (
        change(
            "cloudtrail.json",
            lambda _: json.dumps({"us-east-1": [event("RunInstances", "2026-99-99T99:99:99Z")]}),
        ),
        "us-east-1[0] EventTime is '2026-99-99T99:99:99Z'",
    ),
    "an event whose detail is no text": (
        change(
            "cloudtrail.json",
            lambda _: json.dumps(
                {"us-east-1": [event("RunInstances", "2026-10-14T08:00:00Z", CloudTrailEvent={})]}
            ),
        ),
        "with CloudTrailEvent as a JSON text",
    ),
    "a day in another form": (
        change("bill.csv", row(3, 0, "20260818")),
        "bill.csv, line 3: date '20260818' is no date",
    ),
    "a day after the scan date": (
        change("bill.csv", row(6, 0, "2031-01-01")),
        (
            "bill.csv, line 6: date 2031-01-01 lies after 2026-10-15, the scan_date of"
            " organization.json"
        ),
    ),
    "a row without a service": (
        change("bill.csv", row(9, 2, "")),
        "bill.csv, line 9: service is empty",
    ),
    "a row without a record type": (
        change("bill.csv", row(9, 10, "")),
        "bill.csv, line 9: record_type is empty",
    ),
    "a scan date after the bills": (
        lambda folder: (folder / "organization.json").write_text(
            (folder / "organization.json").read_text().replace("2026-10-15", "2026-10-16")
        ),
        "organization.json: scan_date 2026-10-16 lies after the last day of the bills, 2026-10-15",
    ),
    "a scan date in another form": (
        lambda folder: (folder / "organization.json").write_text(
            (folder / "organization.json").read_text().replace("2026-10-15", "20261015")
        ),
        "\"scan_date\" is '20261015'. Remedy: write it as YYYY-MM-DD",
    ),
    "an id that is not the folder's": (
        change("account.json", with_field("id", TWO)),
        f"id is {TWO} but the folder is called {ONE}",
    ),
    "an id that is no account id": (
        change("account.json", with_field("id", "12345")),
        "an account id has 12 digits",
    ),
    "an unknown state": (
        change("account.json", with_field("state", "ASLEEP")),
        "state is 'ASLEEP'. Remedy: use one of ACTIVE",
    ),
    "a bad joining date": (
        change("account.json", with_field("joined", "04/01/2021")),
        "write it as YYYY-MM-DD",
    ),
    "unknown access": (
        change("account.json", with_field("access", {"billing": "ok"})),
        "access.billing is unknown",
    ),
    "access that is neither ok nor denied": (
        change("account.json", with_field("access", {"cloudtrail": "no"})),
        'use "ok" or "denied"',
    ),
    "a missing column": (
        change("bill.csv", lambda text: text.replace("usage_quantity", "quantity")),
        "line 1: column usage_quantity is",
    ),
    "a wrong number": (
        change("bill.csv", row(7, 12, "12,5".replace(",", ";"))),
        "bill.csv, line 7: cost '12;5' is no number",
    ),
    "a number that is none": (
        change("bill.csv", row(8, 13, "nan")),
        "bill.csv, line 8: usage_quantity 'nan' is no number",
    ),
    "a bad date": (
        change("bill.csv", row(3, 0, "2026-02-30")),
        "bill.csv, line 3: date '2026-02-30' is no date",
    ),
    "another account's row": (
        change("bill.csv", row(4, 1, TWO)),
        f"bill.csv, line 4: account '{TWO}' is not {ONE}",
    ),
    "a row too short": (
        change("bill.csv", lambda text: text + "2026-10-15,1\n"),
        "line 62: 2 fields instead of 15",
    ),
    "a trail that is no list": (
        change("cloudtrail.json", lambda _: '{"us-east-1": {}}'),
        "us-east-1 must hold a list",
    ),
    "an event without a name": (
        change("cloudtrail.json", lambda _: '{"us-east-1": [{"EventId": "1"}]}'),
        "us-east-1[0] lacks EventId",
    ),
    "an event at no time": (
        change(
            "cloudtrail.json",
            lambda _: json.dumps({"us-east-1": [event("RunInstances", "yesterday")]}),
        ),
        "EventTime is 'yesterday'",
    ),
    "a scan date that is none": (
        lambda folder: (folder / "organization.json").write_text(
            json.dumps(
                {"id": "o-1", "management_account": ONE, "hub_account": ONE, "scan_date": "soon"}
            )
        ),
        "\"scan_date\" is 'soon'. Remedy: write it as YYYY-MM-DD",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_wrong_with_a_folder_is_said_in_one_line(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    folder = write(tmp_path / "organization", quiet(ONE))
    spoil(folder)

    with pytest.raises(InvalidInput) as error:
        load(folder)

    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_several_accounts_are_read_with_their_bills_and_trails(tmp_path: Path) -> None:
    trail = {
        "us-east-1": [
            event("RunInstances", "2026-10-14T08:00:00Z"),
            event("StopInstances", "2026-10-15T08:00:00Z"),
        ]
    }
    folder = write(
        tmp_path / "o",
        quiet(ONE, events=trail),
        TestAccount(TWO, lines=(Line(cost=10.0), Line("Tax", "", 3.0, record_type="Tax"))),
    )

    loaded = load(folder)

    assert list(loaded.accounts) == [ONE, TWO]
    assert [len(account.bill) for account in loaded.accounts.values()] == [60, 120]
    assert [record["EventName"] for record in loaded.accounts[ONE].events["us-east-1"]] == [
        "StopInstances",
        "RunInstances",
    ]
    assert loaded.accounts[TWO].access.assume_role == "ok"


def test_packed_files_are_read_as_well(tmp_path: Path) -> None:
    folder = write(tmp_path / "o", quiet(ONE))
    plain = account_file(folder, "bill.csv")
    account_file(folder, "bill.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()

    assert len(load(folder).accounts[ONE].bill) == 60


def test_late_data_is_seen_from_its_day_on(tmp_path: Path) -> None:
    folder = write(tmp_path / "o", quiet(ONE))
    file = account_file(folder, "bill.csv")
    head, *rows = file.read_text().splitlines()
    early = [f"{row},," for row in rows[:-1]] + [f"{rows[-1]},,2026-10-16"]
    late = rows[-1].split(",")
    late[12] = "99.0"
    file.write_text(
        "\n".join(
            [f"{head},visible_from,visible_until", *early, ",".join([*late, "2026-10-16", ""])]
        )
    )

    bill = load(folder).accounts[ONE].bill

    days = {
        day: bill.as_of(day).cost[bill.as_of(day).days == SCAN.toordinal()].tolist()
        for day in (SCAN, NEXT)
    }
    assert days[NEXT] == [99.0]
    assert days[SCAN] != [99.0]
    assert len(days[SCAN]) == 1
