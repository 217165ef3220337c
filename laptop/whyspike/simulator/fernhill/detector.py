"""What AWS's own detector lists of the default organisation, as records of Cost Explorer's API."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from whyspike.simulator.fernhill.plan import PlannedListing, detector, incidents, plan


def listed(scan_date: date) -> dict[str, Any]:
    """The content of anomaly_detection.json."""
    monitor = {
        "MonitorArn": f"arn:aws:ce::{plan().management_account}:anomalymonitor/{_id('monitor')}",
        "MonitorName": detector().monitor,
        "MonitorType": "DIMENSIONAL",
        "MonitorDimension": "SERVICE",
    }
    anomalies = [_anomaly(each, monitor["MonitorArn"], scan_date) for each in detector().anomalies]
    return {"monitors": [monitor], "anomalies": anomalies}


def _anomaly(listing: PlannedListing, monitor: str, scan_date: date) -> dict[str, Any]:
    account, service = _place(listing)
    impact = listing.actual_usd - listing.expected_usd
    end = {} if listing.last is None else {"AnomalyEndDate": _day(scan_date, listing.last)}
    return {
        "AnomalyId": _id(f"{account} {service}"),
        "AnomalyStartDate": _day(scan_date, listing.first),
        **end,
        "DimensionValue": service,
        "RootCauses": [
            {
                "Service": service,
                "LinkedAccount": plan().account(account).id,
                "LinkedAccountName": account,
                "Region": plan().account(account).region,
            }
        ],
        "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.7},
        "Impact": {
            "MaxImpact": impact,
            "TotalImpact": impact,
            "TotalActualSpend": listing.actual_usd,
            "TotalExpectedSpend": listing.expected_usd,
            "TotalImpactPercentage": round(100 * impact / listing.expected_usd, 1),
        },
        "MonitorArn": monitor,
        "ListedFrom": (scan_date + timedelta(days=listing.listed)).isoformat(),
    }


def _place(listing: PlannedListing) -> tuple[str, str]:
    """Account and service: of the incident that it is, or its own."""
    everything = (*incidents().to_find, *incidents().earlier)
    planted = next((each for each in everything if each.id == listing.incident), None)
    if planted is None:
        return listing.account, listing.service
    return planted.account, planted.changes[0].service


def _day(scan_date: date, number: int) -> str:
    return f"{scan_date + timedelta(days=number)}T00:00:00Z"


def _id(text: str) -> str:
    return str(UUID(int=Random(text).getrandbits(128), version=4))
