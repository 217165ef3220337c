"""Reads what `aws ce get-cost-and-usage` printed: one page or several, in one file or in several,
one after the other or in a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from whyspike.cli.bills.cells import NO_SERVICE, ChargePlace, FileBill
from whyspike.cli.bills.files import encodings, text_of
from whyspike.errors import InvalidInput
from whyspike.knowledge.record_types import is_record_type
from whyspike.model import CostMetric
from whyspike.payload import finite
from whyspike.steps.cost_metrics import AUTO, CHOICES

_COSTS = (
    CostMetric.NET_UNBLENDED,  # where it was asked for, it is the one that was wanted
    CostMetric.UNBLENDED,
    CostMetric.AMORTIZED,
    CostMetric.NET_AMORTIZED,
    "BlendedCost",
)
_ROLES = {
    "SERVICE": "service",
    "USAGE_TYPE": "usage_type",
    "LINKED_ACCOUNT": "account",
    "RECORD_TYPE": "record_type",
    "REGION": "region",
    "OPERATION": "operation",
    "RESOURCE_ID": "resource_id",
}
_NOTHING = {"NoUsageType", "NoOperation", "NoRegion", "NoResourceId", "NoService"}
_LOOKS = (
    ("account", re.compile(r"\d{12}")),
    ("region", re.compile(r"(?:[a-z]{2}(?:-[a-z]+){1,2}-\d|global|NoRegion)")),
    (
        "usage_type",
        re.compile(
            r"(?:[A-Z]{2,4}\d?-)?[A-Za-z0-9]+(?:-[\w.]+)*(?::[\w.\-]+)+|[A-Z]{2,4}\d-.+|NoUsageType"
        ),
    ),
)


def is_json(file: Path) -> bool:
    """Whether the text begins as JSON does."""
    with text_of(file, encodings(file)[0]) as text:
        try:
            return text.read(64).lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
        except UnicodeDecodeError:
            return False


def read_json_file(file: Path, cost_metric: str = AUTO) -> FileBill:
    """Raises InvalidInput."""
    wanted = _COSTS if cost_metric == AUTO else (CHOICES[cost_metric],)
    pages = list(_pages(file))
    if not pages:
        raise InvalidInput(
            f"{file}: holds no ResultsByTime of Cost Explorer",
            remedy="give the output of aws ce get-cost-and-usage, or a CSV",
        )
    try:
        return _bill(file, pages, wanted)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _broken(f"{file}: not as Cost Explorer answers ({type(error).__name__})") from error


def _bill(file: Path, pages: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> FileBill:
    roles = _roles(file, pages)
    bill = FileBill(
        (file,),
        "Cost Explorer API" + (f", by {_words(roles)}" if roles else ""),
        frozenset({"date", "cost", "currency", *roles}),
        remedy_of_months="ask again with --granularity DAILY",
    )
    for page in pages:
        for result in page["ResultsByTime"]:
            _add(bill, file, result, roles, wanted)
    bill.pages = len(pages)
    bill.announced = sum(bool(page.get("NextPageToken")) for page in pages)
    if not bill.lines:
        raise InvalidInput(f"{file}: holds no costs", remedy="ask for days that have some")
    return bill


def _words(roles: Sequence[str]) -> str:
    return " and ".join(
        {"account": "linked account"}.get(role, role.replace("_", " ")) for role in roles
    )


def _pages(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with text_of(file, encodings(file)[0]) as text:
            rest = text.read().lstrip("\ufeff \t\r\n")
    except UnicodeDecodeError:
        raise _broken(f"{file}: begins as JSON does, and is not UTF-8 text") from None
    decoder = json.JSONDecoder()
    while rest:
        try:
            value, end = decoder.raw_decode(rest)
        except json.JSONDecodeError as error:
            raise _broken(f"{file}, line {error.lineno}: not valid JSON ({error.msg})") from None
        except RecursionError:
            raise _broken(f"{file}: not valid JSON (nested too deeply)") from None
        except ValueError as error:
            raise _broken(f"{file}: not valid JSON ({str(error)[:80]})") from None
        for page in value if isinstance(value, list) else [value]:
            if isinstance(page, dict) and isinstance(page.get("ResultsByTime"), list):
                yield page
        rest = rest[end:].lstrip(" \t\r\n,")


def _broken(said: str) -> InvalidInput:
    return InvalidInput(said, remedy="ask Cost Explorer again, and keep the whole output")


def _roles(file: Path, pages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the keys of a group are: the definitions say it, or else their look."""
    keys = [
        group["Keys"]
        for page in pages
        for result in page["ResultsByTime"]
        for group in result.get("Groups") or ()
    ]
    if not keys:
        return ()
    definitions = next(
        (page["GroupDefinitions"] for page in pages if page.get("GroupDefinitions")), None
    )
    if definitions:
        return tuple(_defined(file, definition) for definition in definitions)
    found: list[str] = []
    for position in range(len(keys[0])):
        values = {key[position] for key in keys}
        role = _looks(values)
        found.append("service" if role in found else role)
    return tuple(found)


def _defined(file: Path, definition: Mapping[str, str]) -> str:
    key = definition.get("Key", "")
    if definition.get("Type") == "TAG":
        return "tag_env" if key.lower() in ("env", "environment") else "tag_team"
    if key not in _ROLES:
        raise InvalidInput(
            f"{file}: is grouped by {key}, which says nothing about a service",
            remedy="ask again with --group-by Type=DIMENSION,Key=SERVICE",
        )
    return _ROLES[key]


def _looks(values: set[str]) -> str:
    if all(is_record_type(value) for value in values):
        return "record_type"
    for role, look in _LOOKS:
        if sum(bool(look.fullmatch(value)) for value in values) > len(values) * 0.6:
            return role
    return "service"


def _add(
    bill: FileBill,
    file: Path,
    result: Mapping[str, Any],
    roles: Sequence[str],
    wanted: Sequence[str],
) -> None:
    try:
        start, end = (
            date.fromisoformat(result["TimePeriod"][key][:10]) for key in ("Start", "End")
        )
        bill.months = bill.months or (end - start).days > 1
        groups = result.get("Groups") or []
        if not groups and not roles:
            groups = [{"Keys": [], "Metrics": result.get("Total") or {}}]
        for group in groups:
            metrics = group["Metrics"]
            name = next((name for name in wanted if name in metrics), None)
            if name is None and metrics:
                one = wanted[0] if len(wanted) == 1 else ""
                raise InvalidInput(
                    f"{file}: holds no {one or 'cost'}, only {', '.join(metrics)}",
                    remedy=f"ask again with --metrics {one or CostMetric.UNBLENDED}",
                )
            if name is not None:
                bill.metric = None if name == "BlendedCost" else CostMetric(name)
                cell = _cell(start.toordinal(), roles, group["Keys"], str(metrics[name]["Unit"]))
                quantity = finite(metrics.get("UsageQuantity", {}).get("Amount", 0.0))
                bill.add(cell, finite(metrics[name]["Amount"]), quantity)
                bill.lines += 1
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{file}: is no answer of Cost Explorer ({error})",
            remedy="give the output of aws ce get-cost-and-usage",
        ) from None


def _cell(day: int, roles: Sequence[str], keys: Sequence[str], currency: str) -> ChargePlace:
    texts = {
        role: "" if key in _NOTHING else key.partition("$")[2] if role.startswith("tag_") else key
        for role, key in zip(roles, keys, strict=True)
    }
    service = texts.get("service") or NO_SERVICE
    if "record_type" not in texts and service == "Tax":
        texts["record_type"] = "Tax"
    return ChargePlace(day, **{**texts, "service": service, "currency": currency})
