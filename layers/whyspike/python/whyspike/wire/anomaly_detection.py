"""AWS Cost Anomaly Detection, AWS's own detector: what it lists, and what people answered.

It is part of Cost Explorer's API. Each request is reserved and counted as one of Cost Explorer,
$0.01, since AWS's price list makes no exception for these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from whyspike.errors import Uncertain
from whyspike.model.aws_anomalies import AwsAnomaly
from whyspike.payload import finite
from whyspike.wire.cost_explorer import RequestCounter
from whyspike.wire.failures import mapped, understood

MAX_PAGES = 20  # of the list; a page holds as many as AWS likes
_WHO = "AWS Cost Anomaly Detection"
_ACCOUNT_ID = re.compile(r"\d{12}")


def anomalies(
    client: Any, first: date, last: date, usage: RequestCounter
) -> tuple[AwsAnomaly, ...]:
    """What AWS lists from `first` to `last`, both included. `client` is a boto3 Cost Explorer
    client of the payer, whose monitors see all accounts. Raises CostExplorerDenied, Throttled,
    Unreachable, Uncertain or BudgetExhausted."""
    interval = {"StartDate": first.isoformat(), "EndDate": last.isoformat()}
    found: list[AwsAnomaly] = []
    token: str | None = None
    for _ in range(MAX_PAGES):
        usage.reserve_cost_explorer()
        more = {"NextPageToken": token} if token else {}
        with mapped("ce anomalies", _WHO):
            page = client.get_anomalies(DateInterval=interval, **more)
        with understood(_WHO):
            found += _read(page)
            token = page.get("NextPageToken")
        if not token:
            return tuple(found)
    raise Uncertain(f"{_WHO}: more than {MAX_PAGES} pages")


def has_monitor(client: Any, usage: RequestCounter) -> bool:
    """Whether somebody watches at all: without a monitor AWS lists nothing, which says nothing.
    Raises as `anomalies` does."""
    usage.reserve_cost_explorer()
    with mapped("ce anomalies", _WHO):
        page = client.get_anomaly_monitors(MaxResults=1)
    with understood(_WHO):
        return bool(page["AnomalyMonitors"])


def give_feedback(client: Any, anomaly_id: str, answer: str, usage: RequestCounter) -> None:
    """Tells AWS what people made of an anomaly: YES, NO or PLANNED_ACTIVITY. The same answer twice
    is one. Raises as `anomalies` does."""
    usage.reserve_cost_explorer()
    with mapped("ce anomalies", _WHO):
        client.provide_anomaly_feedback(AnomalyId=anomaly_id, Feedback=answer)


def _read(page: dict[str, Any]) -> Iterator[AwsAnomaly]:
    for record in page["Anomalies"]:
        causes = record.get("RootCauses") or []
        named = str(record.get("DimensionValue") or "")  # what its monitor is divided by
        is_account = bool(_ACCOUNT_ID.fullmatch(named))
        accounts = _named(causes, "LinkedAccount", named if is_account else "")
        services = _named(causes, "Service", "" if is_account else named)
        yield AwsAnomaly(
            str(record["AnomalyId"]),
            _day(record["AnomalyStartDate"]),
            _day(record["AnomalyEndDate"]) if record.get("AnomalyEndDate") else None,
            accounts,
            services,
            finite(record["Impact"]["TotalImpact"]),
            str(record.get("Feedback") or ""),
        )


def _named(causes: list[dict[str, Any]], member: str, otherwise: str) -> tuple[str, ...]:
    found = [str(cause[member]) for cause in causes if cause.get(member)]
    return tuple(dict.fromkeys(found or filter(None, [otherwise])))


def _day(text: str) -> date:
    """AWS writes a day, or a day with a time."""
    return date.fromisoformat(text[:10])
