"""Files that people give: bills, organisation folders, settings, results of a scan."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from tests.fuzz.damage import Damage
from tests.fuzz.doors.door import Door, all_finite, folder, written
from tests.support.bill_files import api_pages, charges, console, cur_2, cur_legacy, focus, own
from tests.support.bought import reserved_database, savings_plan
from tests.support.digests import DAY, digest_with, incident
from tests.support.explanations import ITEMS
from tests.support.incidents import SHOP, anomaly, explanation, item, scan_of
from tests.support.organization import SCAN_DATE, event, quiet, write
from whyspike.cli import invoke
from whyspike.cli.backtest import command as backtest
from whyspike.cli.bills.reading import read_files
from whyspike.cli.defaults import NAMED_BY, defaults_of
from whyspike.cli.main import COMMANDS, loaded
from whyspike.cli.mcp import answers
from whyspike.cli.mcp.look_up import look_up
from whyspike.cli.mcp.records import of_folder
from whyspike.cli.report import run as write_report
from whyspike.messages.templates.kinds import KINDS
from whyspike.model.evidence import StoredEvidence
from whyspike.payload import to_json
from whyspike.simulator.organization.folder import load as load_organization
from whyspike.steps.settings import FILES, judged

# ------------------------------------------------------------------ bills

_CHARGES = charges(16)
_CUR_2 = cur_2(_CHARGES)


def _bill(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        found = read_files([written(name, data)])
        all_finite(chain.from_iterable(found.sums.values()))
        return found.recognised(), found.notes

    return read


def _csv(text: str) -> Door:
    return Door(
        lambda damage: damage.table(text),
        _bill("bill.csv"),
        ("cli.bills.tables", "cli.bills.files"),
        needs_remedy=True,
        share=0.7,
    )


def _with_tags(text: str) -> str:
    """The report with a column that holds JSON."""
    rows = list(csv.reader(io.StringIO(text)))
    rows[0].append("resource_tags")
    for row in rows[1:]:
        row.append('{"user_team": "shop"}')
    found = io.StringIO()
    csv.writer(found, lineterminator="\n").writerows(rows)
    return found.getvalue()


@cache
def _parquet() -> bytes:
    import duckdb

    with tempfile.TemporaryDirectory(prefix="whyspike-fuzz-") as made:
        source, target = Path(made) / "bill.csv", Path(made) / "bill.parquet"
        source.write_text(_CUR_2)
        with duckdb.connect() as database:
            database.read_csv(str(source)).write_parquet(str(target))
        return target.read_bytes()


_MANIFEST = {"reportKeys": ["bill/20261101-20261201/bill.csv"], "assemblyId": "1"}


def _read_export(manifest: bytes) -> object:
    """A folder with a bill and the manifest that names it."""
    written("export/bill/20261101-20261201/bill.csv", _CUR_2.encode())
    written("export/bill/20261101-20261201/bill-Manifest.json", manifest)
    return read_files([folder() / "export"]).recognised()


# ------------------------------------------------------------------ an organisation folder


def _organization() -> dict[str, str]:
    account = "accounts/110000000001"
    with tempfile.TemporaryDirectory(prefix="whyspike-fuzz-") as made:
        launched = event("RunInstances", "2026-10-15T06:00:00Z")
        write(Path(made), quiet("110000000001", events={"us-east-1": [launched]}))
        files = sorted(path for path in Path(made).rglob("*") if path.is_file())
        texts = {str(path.relative_to(made)): path.read_text() for path in files}
    heading, *rows = texts[f"{account}/bill.csv"].splitlines(keepends=True)
    bill = "".join([heading, *rows[-20:]])
    bought = {
        "savings_plans": [savings_plan(SCAN_DATE)],
        "reservations": {"rds": {"eu-west-1": [reserved_database(SCAN_DATE)]}},
    }
    listed = {
        "AnomalyId": "a-1",
        "AnomalyStartDate": "2026-10-10",
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.9},
        "Impact": {"MaxImpact": 100.0, "TotalImpact": 500.0},
        "MonitorArn": "arn:aws:ce::900000000001:anomalymonitor/m",
        "RootCauses": [{"Service": "Amazon EC2", "LinkedAccount": "110000000001"}],
        "ListedFrom": "2026-10-12",
    }
    monitor = {"MonitorName": "all", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    budget = {
        "BudgetName": "all",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "4000.0", "Unit": "USD"},
    }
    return {
        **texts,
        f"{account}/bill.csv": bill,
        f"{account}/commitments.json": json.dumps(bought),
        "anomaly_detection.json": json.dumps({"monitors": [monitor], "anomalies": [listed]}),
        "budgets.json": json.dumps({"Budgets": [budget]}),
    }


_FILES = _organization()
_VALUES = {name: json.loads(text) for name, text in _FILES.items() if name.endswith(".json")}


def _damaged_file(damage: Damage) -> tuple[str, bytes]:
    """The name of one of the folder's files, and what it holds now."""
    name = damage.pick(list(_FILES))
    if name in _VALUES:
        return name, damage.json(_VALUES[name])
    return name, damage.table(_FILES[name])


@cache
def _organization_folder() -> Path:
    for name, text in _FILES.items():
        written(f"organization/{name}", text.encode())
    return folder() / "organization"


def _read_organization(given: tuple[str, bytes]) -> object:
    name, data = given
    file = _organization_folder() / name
    file.write_bytes(data)
    try:
        found = load_organization(_organization_folder())
    finally:
        file.write_text(_FILES[name])
    for account in found.accounts.values():
        all_finite(float(cost) for cost in account.bill.cost)
    return found


# ------------------------------------------------------------------ settings

_OWNERS = {
    "tag_keys": ["owner"],
    "owners": {"shop": {"channel": "#shop", "name": "Shop"}, "data": {"email": "a@b.org"}},
    "ous": {"Workloads/Prod": {"channel": "#prod"}},
    "channel_pattern": "#cost-{owner}",
    "use_alternate_contact": True,
    "default_email": "finops@example.com",
}
_DETECTION = {
    "sensitivity": 1.0,
    "minimum_impact_usd": 10,
    "ignore": [{"service": "AWS Lambda", "account_id": "111122223333"}],
    "overrides": [{"account_id": "111122223333", "service": "Amazon S*", "sensitivity": 0.5}],
    "alert_on_stop": ["AWS Backup"],
}
_PLANNED = """planned:
- account: '111122223333'
  from: 2026-10-01
  until: 2026-10-15
  expected_usd: 5000
  who: Ann
  service: Amazon Bedrock
"""
_TOML = """[demo]
claude = "off"
scan-date = "2026-10-15"

[backtest]
sensitivity = 1.5
"""
_YAML_BOMB = b"planned: &a [0,0,0]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
)


def _settings(name: str) -> Callable[[bytes], object]:
    return lambda data: judged(FILES[name], data)


def _damaged_plan(damage: Damage) -> bytes:
    return _YAML_BOMB if damage.large() else damage.table(_PLANNED)


_TEMPLATES = {kind.file: kind.starter for kind in KINDS.values()}


def _damaged_template(damage: Damage) -> tuple[str, bytes]:
    name = damage.pick(list(_TEMPLATES))
    return name, damage.table(_TEMPLATES[name])


@cache
def _backtest() -> TyperCommand:
    return loaded("backtest")


def _read_defaults(data: bytes) -> object:
    os.environ[NAMED_BY] = str(written("whyspike.toml", data))
    try:
        return defaults_of(_backtest(), COMMANDS)
    finally:
        del os.environ[NAMED_BY]


# ------------------------------------------------------------------ results of a scan

_INCIDENT = incident(111122223333)
_ITEM = item(anomaly(onset=DAY))


def _results() -> dict[str, Any]:
    scan = scan_of(DAY, _ITEM)
    entry = {"incident_id": "i", "at": "2026-11-22T09:00:00Z", "kind": "new"}
    told = {"happened": "new", "history": [entry]}
    known = {**to_json(_INCIDENT), "item_id": _ITEM.item_id}
    named = {"anomaly_id": _ITEM.item_id, "item_id": _ITEM.item_id, "account_id": SHOP.account_id}
    evidence = StoredEvidence(_ITEM.item_id, SHOP.account_id, tuple(ITEMS))
    return {
        "digest.json": to_json(digest_with((_INCIDENT, "new"))),
        "incidents.json": [{**known, **told}],
        "accounts.json": [to_json(scan)],
        "explanations.json": [{**named, "service": "EC2", **to_json(explanation())}],
        f"evidence/{_ITEM.item_id}.json": to_json(evidence),
    }


_RESULTS = _results()


def _damaged_result(damage: Damage) -> tuple[str, bytes]:
    name = damage.pick(list(_RESULTS))
    return name, damage.json(_RESULTS[name])


@cache
def _result_folder() -> Path:
    for name, value in _RESULTS.items():
        written(f"results/{name}", json.dumps(value).encode())
    return folder() / "results"


def _with_result(given: tuple[str, bytes], read: Callable[[Path], object]) -> object:
    name, data = given
    file = _result_folder() / name
    file.write_bytes(data)
    try:
        return read(_result_folder())
    finally:
        file.write_text(json.dumps(_RESULTS[name]))


def _answered(results: Path) -> object:
    records = of_folder(results)
    incident_id = _INCIDENT.incident_id
    return [
        answers.incidents(records),
        answers.coverage(records),
        answers.costs(records, SHOP.account_id),
        answers.incident(records, incident_id),
    ]


_ASKED = {
    "tool": "get_costs",
    "account": SHOP.account_id,
    "service": "Amazon Elastic Compute Cloud - Compute",
    "incident_id": _INCIDENT.incident_id,
    "question": "group_costs",
    "arguments": {"by": "REGION", "service": "AWS Lambda", "usage_type": ""},
}


def _asked(value: Any) -> object:
    """The tools with arguments of the types that they declare: their server lets no others in."""
    given = value if isinstance(value, dict) else {}
    account, service, incident_id, question = (
        str(given.get(name, "")) for name in ("account", "service", "incident_id", "question")
    )
    found = given.get("arguments")
    arguments = found if isinstance(found, dict) else {}
    records = of_folder(_result_folder())
    match str(given.get("tool"))[-1:]:
        case "s":
            return answers.costs(records, account, service), answers.incidents(records, account)
        case _:
            named = {str(name): str(text) for name, text in arguments.items()}
            return look_up(None, records, incident_id, question, named)


def _json(sample: Any) -> Callable[[Damage], bytes]:
    return lambda damage: damage.json(sample)


DOORS: Mapping[str, Door] = {
    "a bill of two columns": _csv(own(_CHARGES)),
    "a Cost and Usage Report 2.0": _csv(_with_tags(_CUR_2)),
    "a legacy Cost and Usage Report": _csv(cur_legacy(_CHARGES)),
    "a FOCUS bill": _csv(focus(_CHARGES)),
    "a bill of the console": _csv(console(_CHARGES)),
    "a bill of the command line": Door(
        _json(api_pages(_CHARGES[:9], 1)),
        _bill("bill.json"),
        ("cli.bills.api",),
        needs_remedy=True,
        share=0.7,
    ),
    "a packed bill": Door(
        lambda damage: damage.packed(_CUR_2.encode()),
        _bill("bill.gz"),
        ("cli.bills.files",),
        needs_remedy=True,
        share=0.05,
    ),
    "a bill in Parquet": Door(
        lambda damage: damage.raw(_parquet()),
        _bill("bill.parquet"),
        ("cli.bills.parquet", "cli.bills.reading"),
        needs_remedy=True,
        share=0.05,
    ),
    "the manifest of an export": Door(
        _json(_MANIFEST), _read_export, ("cli.bills.files",), needs_remedy=True, share=0.3
    ),
    "an organisation folder": Door(
        _damaged_file,
        _read_organization,
        (
            "simulator.organization.bill_file",
            "simulator.organization.commitments_file",
            "simulator.organization.detector_file",
            "simulator.organization.folder",
            "simulator.organization.json_file",
            "simulator.organization.trail_file",
        ),
        needs_remedy=True,
        share=0.5,
    ),
    "owners.json": Door(
        _json(_OWNERS),
        _settings("owners.json"),
        ("steps.settings", "incidents.owners"),
        needs_remedy=True,
    ),
    "detection.json": Door(
        _json(_DETECTION),
        _settings("detection.json"),
        ("steps.settings", "detection.settings"),
        needs_remedy=True,
    ),
    "planned.yaml": Door(
        _damaged_plan,
        _settings("planned.yaml"),
        ("steps.settings", "incidents.planned"),
        needs_remedy=True,
        share=0.5,
    ),
    "a template": Door(
        _damaged_template,
        lambda given: judged(FILES[given[0]], given[1]),
        ("steps.settings",),
        needs_remedy=True,
        share=0.1,
    ),
    "the settings of a backtest": Door(
        _json(_DETECTION),
        lambda data: backtest._document(written("settings.json", data)),
        ("cli.backtest.command",),
        needs_remedy=True,
    ),
    "an event to invoke with": Door(
        _json({"scan_date": "2026-10-15"}),
        lambda data: invoke._event(written("event.json", data)),
        ("cli.invoke",),
        needs_remedy=True,
        share=0.3,
    ),
    "whyspike.toml": Door(
        lambda damage: damage.table(_TOML),
        _read_defaults,
        ("cli.defaults",),
        needs_remedy=True,
    ),
    "results for a report": Door(
        _damaged_result,
        lambda given: _with_result(given, write_report),
        ("cli.report",),
        needs_remedy=True,
        share=0.05,
    ),
    "results for an assistant": Door(
        _damaged_result,
        lambda given: _with_result(given, _answered),
        ("cli.mcp.records", "cli.out_folder", "cli.mcp.answers"),
        needs_remedy=True,
        share=0.3,
    ),
    "a question of an assistant": Door(
        lambda damage: damage.value(_ASKED),
        _asked,
        ("cli.mcp.look_up", "cli.mcp.answers"),
        needs_remedy=True,
        share=0.3,
    ),
}
