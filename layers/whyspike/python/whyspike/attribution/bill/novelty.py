"""What the account never used before: a service, a region, a service in a region."""

from __future__ import annotations

from datetime import date

from whyspike.attribution.bill.plan import Case
from whyspike.knowledge.families import region_code


def new_service(case: Case, service: str, onset: date) -> bool:
    before = [
        value or 0.0
        for series in case.costs.series
        if series.service == service and series.usage_type is None
        for day, value in zip(case.costs.dates, series.costs, strict=True)
        if day < onset
    ]
    return sum(map(abs, before)) < 0.01


def new_region(case: Case, usage_type: str, onset: date, service: str | None = None) -> bool:
    """No line of the account (of `service` where named) with this region code was on the bill
    before. Codes alone: us-east-1 often has none."""
    code = region_code(usage_type)
    if not code:
        return False
    return not any(
        value
        for series in case.costs.series
        if series.usage_type is not None
        and region_code(series.usage_type) == code
        and service in (None, series.service)
        for day, value in zip(case.costs.dates, series.costs, strict=True)
        if day < onset
    )
