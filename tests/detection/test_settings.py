from __future__ import annotations

from typing import Any

import pytest

from whyspike.detection import DetectionSettings, detection_settings
from whyspike.errors import InvalidInput
from whyspike.knowledge.record_types import record_class_of
from whyspike.model import RecordClass


def test_the_document_goes_before_the_deployed_parameters() -> None:
    settings = detection_settings(
        1.0,
        10.0,
        20.0,
        {"minimum_impact_usd": 5, "overrides": [{"service": "Amazon S3", "sensitivity": 2}]},
    )
    assert settings.limits("1", "EC2").minimum_usd == 5
    assert (settings.limits("1", "EC2").threshold, settings.limits("1", "Amazon S3").threshold) == (
        1.0,
        0.5,
    )


def test_the_last_override_that_sets_a_value_wins() -> None:
    overrides = [
        {"account_id": "1", "minimum_impact_usd": 7, "sensitivity": 2},
        {"service": "S*", "minimum_impact_usd": 9},
    ]
    limits = detection_settings(1.0, 1.0, 20.0, {"overrides": overrides}).limits("1", "S3")
    assert (limits.minimum_usd, limits.threshold, limits.minimum_share) == (9, 0.5, 0.2)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        pytest.param({"sensitivty": 2}, "sensitivty", id="misspelt"),
        pytest.param({"sensitivity": 0}, "sensitivity", id="zero"),
        pytest.param({"minimum_impact_usd": -1}, "minimum_impact_usd", id="negative"),
        pytest.param({"minimum_impact_percent": "NaN"}, "minimum_impact_percent", id="NaN"),
        pytest.param({"overrides": [{"sensitivity": 2}]}, "overrides", id="override of everything"),
        pytest.param(
            {"overrides": [{"service": "S3", "minimum_impact_usd": "much"}]},
            "minimum_impact_usd",
            id="text",
        ),
        pytest.param({"ignore": [{}]}, "ignore", id="ignore everything"),
        pytest.param({"ignore": [{"record_class": "credits"}]}, "record_class", id="unknown class"),
        pytest.param({"accepted": []}, "accepted", id="accepted levels come from feedback"),
        pytest.param([1], "JSON object", id="no object"),
        pytest.param({"ignore": [{"service": "*"}]}, "every account", id="ignores every service"),
        pytest.param(
            {"ignore": [{"usage_type": "**"}]}, "every account", id="ignores every usage type"
        ),
        pytest.param(
            {"ignore": [{"record_class": "usage"}]}, "every account", id="ignores all usage"
        ),
        pytest.param(
            {"ignore": [{"service": f"{first}*"} for first in "AECST"]},
            "every account",
            id="ignores every service by several rules",
        ),
        pytest.param({"minimum_impact_usd": 1e8}, "minimum_impact", id="dollars that nobody has"),
        pytest.param(
            {"overrides": [{"service": "*", "minimum_impact_usd": 1e8}]},
            "minimum_impact",
            id="an override of dollars that nobody has",
        ),
        pytest.param(
            {"minimum_impact_percent": 1e6, "large_impact_usd": 1e9},
            "minimum_impact",
            id="a percentage that nothing reaches",
        ),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(document: Any, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        detection_settings(1.0, 1.0, 20.0, document)


@pytest.mark.parametrize(
    "document",
    [
        {"ignore": [{"account_id": "111122223333"}]},
        {"ignore": [{"service": "Amazon*"}, {"record_class": "fee"}]},
        {"overrides": [{"account_id": "111122223333", "minimum_impact_usd": 1e8}]},
    ],
    ids=["one account", "some services", "one account's minimum"],
)
def test_what_leaves_something_to_hear_is_a_choice(document: Any) -> None:
    detection_settings(1.0, 1.0, 20.0, document)


def test_no_document_leaves_the_parameters() -> None:
    assert detection_settings(1.0, 10.0, 20.0) == DetectionSettings()


@pytest.mark.parametrize(
    ("record_type", "expected"),
    [
        ("Usage", RecordClass.USAGE),
        ("SavingsPlanCoveredUsage", RecordClass.USAGE),
        ("DiscountedUsage", RecordClass.USAGE),
        ("SavingsPlanNegation", RecordClass.COMMITMENT),
        ("Upfront reservation fee", RecordClass.COMMITMENT),
        ("Support fee", RecordClass.FEE),
        (" TAX ", RecordClass.TAX),
        ("Credit", RecordClass.CREDIT),
        ("Refund", RecordClass.REFUND),
        ("Something new", RecordClass.OTHER),
    ],
)
def test_record_types_have_their_class(record_type: str, expected: RecordClass) -> None:
    assert record_class_of(record_type) is expected
