"""The default organisation: deterministic, loadable, and holding what it says was planted."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from whyspike.simulator.fernhill.organization import DAYS, SCAN_DATE, generate, planted
from whyspike.simulator.fernhill.plan import plan
from whyspike.simulator.organization.folder import load

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("organization"))


def rows_of(folder: Path, account_id: str) -> Rows:
    with gzip.open(
        folder / "accounts" / account_id / "bill.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        return list(csv.DictReader(file))


def daily(
    rows: Rows, service: str, usage_type: str, record_type: str = "Usage", as_of: str = "9999"
) -> dict[date, float]:
    """Dollars a day of one line, as the bill showed them at the end of `as_of`."""
    sums: dict[date, float] = defaultdict(float)
    for row in rows:
        if (row["service"], row["usage_type"], row["record_type"]) != (
            service,
            usage_type,
            record_type,
        ):
            continue
        if (row["visible_from"] or "0") <= as_of < (row["visible_until"] or "99999"):
            sums[date.fromisoformat(row["date"])] += float(row["cost"])
    return sums


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    tmp_path: Path, folder: Path
) -> None:
    again, other = generate(tmp_path / "again"), generate(tmp_path / "other", seed=7)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert all((folder / file).read_bytes() == (again / file).read_bytes() for file in files)
    bill = Path("accounts") / plan().accounts[0].id / "bill.csv.gz"
    assert (folder / bill).read_bytes() != (other / bill).read_bytes()


def test_the_simulator_loads_it_with_twelve_accounts_four_units_the_payer_and_ninety_days(
    folder: Path,
) -> None:
    organization = load(folder)
    assert len(organization.accounts) >= 12
    units = {account.id: account.ou_path for account in organization.accounts.values()}
    assert units.pop(organization.management_account) == ""
    assert len(set(units.values())) == 4
    assert organization.scan_date == SCAN_DATE
    for account in organization.accounts.values():
        assert account.bill.days.max() - account.bill.days.min() + 1 == DAYS >= 90


def test_it_moves_with_the_scan_date(tmp_path: Path) -> None:
    later = SCAN_DATE + timedelta(days=14)
    organization = load(generate(tmp_path, scan_date=later))
    assert organization.scan_date == later
    assert all(
        account.bill.days.max() == later.toordinal() for account in organization.accounts.values()
    )


def test_one_account_has_no_role_one_is_suspended_and_one_has_no_owner(folder: Path) -> None:
    accounts = load(folder).accounts
    truth = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    assert truth == planted()
    assert truth["not_scanned"] == [
        id_ for id_, account in accounts.items() if account.access.assume_role == "denied"
    ]
    assert truth["suspended"] == [
        id_ for id_, account in accounts.items() if account.state == "SUSPENDED"
    ]
    assert truth["unowned"] == [
        id_ for id_, account in accounts.items() if "owner" not in account.tags
    ]
    assert [len(truth[key]) for key in ("not_scanned", "suspended", "unowned")] == [1, 1, 1]


def test_seven_incidents_are_planted_in_seven_accounts_the_payer_among_them() -> None:
    incidents = planted()["incidents"]
    assert len(incidents) == 7
    accounts = {incident["account_id"] for incident in incidents}
    assert len(accounts) == 7
    assert plan().management_account in accounts
    assert len({incident["category"] for incident in incidents}) == 6
    assert {"level-shift", "new-service", "ramp", "spike"} <= {
        incident["kind"] for incident in incidents
    }


@pytest.mark.parametrize(
    "incident",
    [*planted()["incidents"], *planted()["earlier"]],
    ids=lambda incident: str(incident["id"]),
)
def test_the_driver_of_each_incident_costs_more_from_its_onset_on_and_not_before(
    folder: Path, incident: dict[str, str]
) -> None:
    onset = date.fromisoformat(incident["onset"])
    seen = daily(
        rows_of(folder, incident["account_id"]),
        incident["service"],
        incident["usage_type"],
        as_of=incident["onset"],
    )
    week_before = [seen.get(onset - timedelta(days=back), 0.0) for back in range(1, 8)]
    assert seen[onset] > max(week_before) + 10


@pytest.mark.parametrize(
    "incident", planted()["incidents"], ids=lambda incident: str(incident["id"])
)
def test_the_call_that_caused_it_is_in_the_account_s_trail_before_the_end_of_the_onset(
    folder: Path, incident: dict[str, str | None]
) -> None:
    calls = [
        call
        for calls in load(folder).accounts[str(incident["account_id"])].events.values()
        for call in calls
    ]
    found = [
        call
        for call in calls
        if call["EventName"] == incident["event"]
        and str(incident["actor"]) in call["CloudTrailEvent"]
    ]
    if incident["actor"] is None:
        assert incident["category"] == "commitment-expired"
    else:
        assert any(call["EventTime"][:10] <= str(incident["onset"]) for call in found)
    assert len(calls) > 50, "routine calls surround it"


def test_the_savings_plan_s_end_moves_hours_to_on_demand_and_changes_no_quantity(
    folder: Path,
) -> None:
    incident = next(
        incident
        for incident in planted()["incidents"]
        if incident["category"] == "commitment-expired"
    )
    onset = date.fromisoformat(incident["onset"])
    hours: dict[date, float] = defaultdict(float)
    for row in rows_of(folder, incident["account_id"]):
        if (
            row["usage_type"] == incident["usage_type"]
            and row["record_type"] != "SavingsPlanNegation"
        ):
            hours[date.fromisoformat(row["date"])] += float(row["usage_quantity"])
    before, after = hours[onset - timedelta(days=1)], hours[onset]
    assert after == pytest.approx(before, rel=0.05)


def test_the_charge_booked_by_mistake_leaves_the_bill_two_days_later(folder: Path) -> None:
    incident = next(incident for incident in planted()["earlier"] if "restated" in incident["life"])
    onset = date.fromisoformat(incident["onset"])
    rows = rows_of(folder, incident["account_id"])
    booked = daily(rows, incident["service"], incident["usage_type"], as_of=onset.isoformat())[
        onset
    ]
    corrected = daily(
        rows,
        incident["service"],
        incident["usage_type"],
        as_of=(onset + timedelta(days=2)).isoformat(),
    )[onset]
    assert booked > 500 > 200 > corrected > 0


def test_fees_taxes_and_credits_are_on_the_bill_as_record_types_of_their_own(folder: Path) -> None:
    by_type: dict[str, set[str]] = defaultdict(set)
    for account in plan().accounts:
        for row in rows_of(folder, account.id):
            by_type[row["record_type"]].add(row["date"][8:])
    assert by_type["Support"] == by_type["Tax"] == by_type["RIFee"] == by_type["Fee"] == {"01"}
    assert len(by_type["Credit"]) > 27


def test_consumers_spend_more_at_weekends_and_offices_less(folder: Path) -> None:
    def weekend_share(account: str, service: str, usage_type: str) -> float:
        account_id = next(
            candidate.id for candidate in plan().accounts if candidate.name == account
        )
        costs = daily(rows_of(folder, account_id), service, usage_type)
        weekend = [usd for day, usd in costs.items() if day.weekday() >= 5]
        week = [usd for day, usd in costs.items() if day.weekday() < 5]
        return (sum(weekend) / len(weekend)) / (sum(week) / len(week))

    assert (
        weekend_share("shop-prod", "Amazon Elastic Compute Cloud - Compute", "BoxUsage:m6i.2xlarge")
        > 1.1
    )
    assert weekend_share("build-and-ci", "CodeBuild", "USE1-Build-Min:Linux:g1.large") < 0.5
