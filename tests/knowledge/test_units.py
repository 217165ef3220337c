"""The unit of a meter outranks what its service usually bills."""

from __future__ import annotations

from functools import cache

import botocore.session
import pytest
from botocore import xform_name

from whyspike.knowledge.calls import category_of_call, deed_of
from whyspike.knowledge.events import causes
from whyspike.knowledge.families import default_category, families, family_of
from whyspike.knowledge.units import FITTING, fits, measure_of


@pytest.mark.parametrize(
    ("usage_type", "unit", "measure"),
    [
        ("Endpoint-Hour", "", "hours"),
        ("ProtocolHours", "", "hours"),
        ("WriteCapacityUnit-Hrs", "", "hours"),
        ("omics.r.24xlarge", "", "hours"),
        ("Build-Min:Linux:g1.large", "", "hours"),
        ("Lambda-GB-Second", "", "runtime"),
        ("TimedStorage-ByteHrs", "", "byte-hours"),
        ("Storage", "GB-Mo", "byte-hours"),
        ("PaidEventsAnalyzed-Bytes", "", "bytes"),
        ("DataScannedInTB", "", "bytes"),
        ("Traffic-GB-Processed", "", None),
        ("CognitoUserPoolsAdvSecurityMAU", "", "users"),
        ("QS-User-Enterprise-Month", "", "users"),
        ("Thing", "User-Mo", "users"),
        ("DNS-Queries", "", "requests"),
        ("Requests-Tier1", "", "requests"),
        ("InputTokenCount-Units", "", "tokens"),
        ("Thing", "Hrs", "hours"),
        ("Thing", "minutes", "runtime"),
        ("Thing", "", None),
    ],
)
def test_a_meter_counts_what_its_name_or_its_unit_says(
    usage_type: str, unit: str, measure: str | None
) -> None:
    assert measure_of(usage_type, unit) == measure


METERS = {
    "hours": "USE1-Thing-Hours",
    "users": "USE1-Thing-User",
    "bytes": "USE1-Thing-Bytes",
    "byte-hours": "USE1-Thing-ByteHrs",
    "requests": "USE1-Thing-Requests",
    "tokens": "USE1-Thing-InputTokens",
    "runtime": "USE1-Thing-Seconds",
}
# A job is billed by the hours of its machines; that is no contradiction.
A_JOB = "batch-job-or-query-runaway"


@cache
def services() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Id, full name and operations of every service that botocore knows."""
    session = botocore.session.get_session()
    found = []
    for service in session.get_available_services():
        model = session.get_service_model(service)
        name = model.metadata.get("serviceFullName", service)
        found.append((service, name, tuple(model.operation_names)))
    return tuple(found)


@pytest.mark.parametrize("measure", METERS)
def test_no_call_of_any_service_is_told_as_something_that_its_meter_does_not_count(
    measure: str,
) -> None:
    seen = 0
    for service, name, operations in services():
        family = family_of(name, METERS[measure])
        assert fits(default_category(family), family.measures), (name, family)
        assert fits(default_category(family.name), family.measures), (name, family)
        for operation in operations:
            category = category_of_call(operation, measure)
            if category is None:
                continue
            seen += 1
            assert category == A_JOB or category in FITTING[measure], (service, operation)
            assert deed_of(operation) is not None
            assert not xform_name(operation).startswith(("describe_", "list_", "get_"))
    assert seen > 3000


def test_a_meter_in_another_unit_than_its_familys_has_another_story() -> None:
    endpoints = family_of("AWS Network Firewall", "USE1-Endpoint-Hour")
    assert default_category(endpoints) == default_category(endpoints.name)
    assert default_category(endpoints) == "new-resources-launched"
    inspected = family_of("AWS Network Firewall", "USE1-Bytes")
    assert default_category(inspected) == "nat-gateway-traffic"


def test_no_line_that_rises_alone_is_called_more_customers() -> None:
    assert [one.name for one in families() if default_category(one) == "organic-traffic"] == []
    assert [one.event_name for one in causes() if one.category == "organic-traffic"] == []
