"""The simulated Cost Explorer keeps the real one's contract: pages, omitted zero groups, limits,
errors."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.organization import DAYS, SCAN_DATE, Line, TestAccount, organization
from whyspike.simulator.aws.cost_explorer import answer
from whyspike.simulator.aws.models import AwsError
from whyspike.simulator.organization.bill import Bill, join

ONE, TWO = "111111111111", "222222222222"
EC2, S3 = "Amazon Elastic Compute Cloud - Compute", "Amazon Simple Storage Service"
FIRST = SCAN_DATE - timedelta(days=DAYS - 1)
END = SCAN_DATE + timedelta(days=1)
VOLUME = "arn:aws:ec2:us-east-1:111111111111:volume/vol-1"


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bill]:
    lines = (
        Line(EC2, "BoxUsage:m5.large", 50.0, on={3: 0.0}),
        Line(EC2, "BoxUsage:m5.large", 7.0, team=""),
        Line(EC2, "EBS:VolumeUsage.gp3", 5.0, resource_id=VOLUME),
        Line(S3, "TimedStorage-ByteHrs", 20.0, region="eu-west-1"),
        Line("AWS Support (Business)", "", 0.0, on={14: 100.0}, record_type="Support fee"),
    )
    loaded = organization(
        tmp_path_factory.mktemp("o") / "organization",
        TestAccount(ONE, lines),
        TestAccount(TWO, (Line(cost=1.0),)),
    )
    return {account.id: account.bill for account in loaded.accounts.values()}


def ask(
    bill: Bill, operation: str = "GetCostAndUsage", scan_date: date = SCAN_DATE, **changes: Any
) -> dict[str, Any]:
    request: dict[str, Any] = {"TimePeriod": {"Start": FIRST.isoformat(), "End": END.isoformat()}}
    if operation.startswith("GetCost"):
        request |= {"Granularity": "DAILY", "Metrics": ["UnblendedCost"]}
    options = {
        name: changes.pop(name)
        for name in ("page_size", "resource_level", "account_names")
        if name in changes
    }
    return answer(operation, {**request, **changes}, bill, scan_date, **options)


def dimension(*keys: str) -> list[dict[str, str]]:
    return [{"Type": "DIMENSION", "Key": key} for key in keys]


def amounts(
    response: dict[str, Any], metric: str = "UnblendedCost"
) -> dict[tuple[str, ...], float]:
    """(date, *keys) -> amount."""
    return {
        (day["TimePeriod"]["Start"], *group["Keys"]): float(group["Metrics"][metric]["Amount"])
        for day in response["ResultsByTime"]
        for group in day["Groups"]
    }


def test_groups_add_up_to_the_totals(bills: dict[str, Bill]) -> None:
    grouped = ask(bills[ONE], GroupBy=dimension("SERVICE", "USAGE_TYPE"))
    totals = ask(bills[ONE])

    for day, total in zip(grouped["ResultsByTime"], totals["ResultsByTime"], strict=True):
        expected = float(total["Total"]["UnblendedCost"]["Amount"])
        assert sum(
            float(group["Metrics"]["UnblendedCost"]["Amount"]) for group in day["Groups"]
        ) == pytest.approx(expected)
    assert sum(amounts(grouped).values()) == pytest.approx(float(bills[ONE].cost.sum()))


def test_several_rows_of_one_cell_are_added_up(tmp_path: Path) -> None:
    same = (Line(S3, "Requests-Tier1", 2.0), Line(S3, "Requests-Tier1", 3.0))
    folder = organization(tmp_path / "organization", TestAccount(ONE, (*same, same[0])))

    grouped = ask(folder.accounts[ONE].bill, GroupBy=dimension("SERVICE", "USAGE_TYPE"))

    assert set(amounts(grouped)) == {
        ((FIRST + timedelta(days=at)).isoformat(), S3, "Requests-Tier1") for at in range(DAYS)
    }
    assert sum(amounts(grouped).values()) == pytest.approx(7.0 * DAYS, rel=0.01)


def test_a_group_without_cost_is_left_out_of_its_day(bills: dict[str, Bill]) -> None:
    answer = ask(bills[ONE], GroupBy=dimension("SERVICE"))

    support = [key for key in amounts(answer) if key[1] == "AWS Support (Business)"]
    assert support == [((SCAN_DATE - timedelta(days=14)).isoformat(), "AWS Support (Business)")]
    assert len(answer["ResultsByTime"]) == DAYS


def test_a_day_that_is_not_over_has_no_groups_and_one_that_is_recent_is_estimated(
    bills: dict[str, Bill],
) -> None:
    answer = ask(bills[ONE], GroupBy=dimension("SERVICE"), scan_date=SCAN_DATE - timedelta(days=1))

    last = answer["ResultsByTime"][-1]
    assert last["TimePeriod"] == {"Start": SCAN_DATE.isoformat(), "End": END.isoformat()}
    assert last["Groups"] == []
    assert [day["Estimated"] for day in answer["ResultsByTime"]][0::59] == [False, True]


def test_tags_come_with_their_key_and_untagged_spend_with_the_key_alone(
    bills: dict[str, Bill],
) -> None:
    keys = {key[1] for key in amounts(ask(bills[ONE], GroupBy=[{"Type": "TAG", "Key": "team"}]))}
    unknown = {
        key[1] for key in amounts(ask(bills[ONE], GroupBy=[{"Type": "TAG", "Key": "colour"}]))
    }

    assert keys == {"team$shop", "team$"}
    assert unknown == {"colour$"}


FILTERS = {
    "a dimension": ({"Dimensions": {"Key": "SERVICE", "Values": [S3]}}, {S3}),
    "two values": ({"Dimensions": {"Key": "SERVICE", "Values": [S3, EC2]}}, {S3, EC2}),
    "not": (
        {"Not": {"Dimensions": {"Key": "SERVICE", "Values": [S3]}}},
        {EC2, "AWS Support (Business)"},
    ),
    "and": (
        {
            "And": [
                {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}},
                {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Usage"]}},
            ]
        },
        {EC2},
    ),
    "or": (
        {
            "Or": [
                {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}},
                {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Support fee"]}},
            ]
        },
        {S3, "AWS Support (Business)"},
    ),
    "a tag": ({"Tags": {"Key": "team", "Values": ["shop"]}}, {EC2, S3, "AWS Support (Business)"}),
    "an absent tag": ({"Tags": {"Key": "team", "MatchOptions": ["ABSENT"]}}, {EC2}),
    "a beginning": (
        {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["Timed"], "MatchOptions": ["STARTS_WITH"]}},
        {S3},
    ),
    "another case": (
        {
            "Dimensions": {
                "Key": "SERVICE",
                "Values": [S3.upper()],
                "MatchOptions": ["EQUALS", "CASE_INSENSITIVE"],
            }
        },
        {S3},
    ),
    "nothing that exists": ({"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Braket"]}}, set()),
}


@pytest.mark.parametrize(("expression", "services"), FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_admits_what_it_says(
    bills: dict[str, Bill], expression: dict[str, Any], services: set[str]
) -> None:
    assert {
        key[1] for key in amounts(ask(bills[ONE], Filter=expression, GroupBy=dimension("SERVICE")))
    } == services


@pytest.mark.parametrize("size", [1, 7, 500])
def test_pages_hold_every_group_once_and_may_split_a_day(bills: dict[str, Bill], size: int) -> None:
    whole = amounts(ask(bills[ONE], GroupBy=dimension("SERVICE")))
    merged: dict[tuple[str, ...], float] = {}
    days: list[str] = []
    token: dict[str, Any] = {}
    while True:
        page = ask(bills[ONE], GroupBy=dimension("SERVICE"), page_size=size, **token)
        assert not merged.keys() & amounts(page).keys()
        merged |= amounts(page)
        days += [day["TimePeriod"]["Start"] for day in page["ResultsByTime"]]
        if "NextPageToken" not in page:
            break
        token = {"NextPageToken": page["NextPageToken"]}

    assert merged == whole
    assert len(set(days)) == DAYS
    assert (len(days) > DAYS) is (size in (1, 7))


def test_months_are_cut_to_the_period(bills: dict[str, Bill]) -> None:
    answer = ask(bills[ONE], Granularity="MONTHLY")

    periods = [
        (day["TimePeriod"]["Start"], day["TimePeriod"]["End"]) for day in answer["ResultsByTime"]
    ]
    assert periods == [
        ("2026-08-17", "2026-09-01"),
        ("2026-09-01", "2026-10-01"),
        ("2026-10-01", "2026-10-16"),
    ]


def test_several_metrics_come_in_one_answer_and_a_mixed_unit_is_not_told(
    bills: dict[str, Bill],
) -> None:
    answer = ask(
        bills[ONE],
        Metrics=["UnblendedCost", "NetAmortizedCost", "UsageQuantity"],
        GroupBy=dimension("SERVICE"),
    )

    metrics = answer["ResultsByTime"][0]["Groups"][0]["Metrics"]
    assert set(metrics) == {"UnblendedCost", "NetAmortizedCost", "UsageQuantity"}
    assert metrics["UnblendedCost"]["Unit"] == "USD"
    assert metrics["UsageQuantity"]["Unit"] == "Hrs"


def test_the_management_account_sees_all_accounts(bills: dict[str, Bill]) -> None:
    answer = ask(join(list(bills.values())), GroupBy=dimension("LINKED_ACCOUNT", "SERVICE"))

    assert {key[1] for key in amounts(answer)} == {ONE, TWO}
    assert sum(amounts(answer).values()) == pytest.approx(
        sum(float(bill.cost.sum()) for bill in bills.values())
    )


def resources(bill: Bill, start: date, **changes: Any) -> dict[str, Any]:
    return ask(
        bill,
        "GetCostAndUsageWithResources",
        **{
            "TimePeriod": {"Start": start.isoformat(), "End": END.isoformat()},
            "Filter": {"Dimensions": {"Key": "SERVICE", "Values": [EC2]}},
            "GroupBy": dimension("RESOURCE_ID"),
            **changes,
        },
    )


def test_resources_are_known_for_fourteen_days_to_the_hour(bills: dict[str, Bill]) -> None:
    start = SCAN_DATE - timedelta(days=12)

    assert {key[1] for key in amounts(resources(bills[ONE], start))} == {VOLUME, ""}
    with pytest.raises(AwsError) as error:
        resources(bills[ONE], start - timedelta(days=1))
    assert error.value.code == "ValidationException"


def test_resource_level_data_must_be_enabled(bills: dict[str, Bill]) -> None:
    with pytest.raises(AwsError) as error:
        resources(bills[ONE], SCAN_DATE, resource_level=False)

    assert error.value.code == "DataUnavailableException"


INVALID = "ValidationException"
REFUSED = {
    "three groups": ({"GroupBy": dimension("SERVICE", "REGION", "USAGE_TYPE")}, INVALID),
    "an unknown dimension": ({"GroupBy": dimension("COLOUR")}, INVALID),
    "an unknown metric": ({"Metrics": ["UNBLENDED_COST_"]}, INVALID),
    "no metric": ({"Metrics": []}, INVALID),
    "an unknown parameter": ({"PageSize": 5}, INVALID),
    "a filter of two roots": (
        {
            "Filter": {
                "Dimensions": {"Key": "SERVICE", "Values": [S3]},
                "Tags": {"Key": "team", "Values": ["shop"]},
            }
        },
        INVALID,
    ),
    "an unknown match option": (
        {"Filter": {"Dimensions": {"Key": "SERVICE", "Values": [S3], "MatchOptions": ["LIKE"]}}},
        INVALID,
    ),
    "an end before the start": (
        {"TimePeriod": {"Start": "2026-10-02", "End": "2026-10-02"}},
        INVALID,
    ),
    "a date that is none": ({"TimePeriod": {"Start": "October", "End": "2026-10-02"}}, INVALID),
    "fourteen months ago": ({"TimePeriod": {"Start": "2025-08-01", "End": "2026-10-02"}}, INVALID),
    "hours": ({"Granularity": "HOURLY"}, INVALID),
    "a made-up token": ({"NextPageToken": "page-2"}, "InvalidNextTokenException"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cost_explorer_refuses_is_refused(
    bills: dict[str, Bill], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(AwsError) as error:
        ask(bills[ONE], **changes)

    assert error.value.code == code


def test_a_token_goes_with_its_question(bills: dict[str, Bill]) -> None:
    token = ask(bills[ONE], GroupBy=dimension("SERVICE"), page_size=5)["NextPageToken"]

    with pytest.raises(AwsError) as error:
        ask(bills[ONE], GroupBy=dimension("REGION"), NextPageToken=token)

    assert error.value.code == "RequestChangedException"


def test_dimension_values_and_tags_are_listed(bills: dict[str, Bill]) -> None:
    names = {ONE: "shop", TWO: "bank"}
    accounts = ask(
        join(list(bills.values())),
        "GetDimensionValues",
        Dimension="LINKED_ACCOUNT",
        account_names=names,
    )
    services = ask(bills[ONE], "GetDimensionValues", Dimension="SERVICE", SearchString="storage")
    teams = ask(bills[ONE], "GetTags", TagKey="team")

    assert {
        value["Value"]: value["Attributes"]["description"] for value in accounts["DimensionValues"]
    } == names
    assert [value["Value"] for value in services["DimensionValues"]] == [S3]
    assert teams["Tags"] == ["", "shop"]


def test_a_resource_that_is_not_known_is_one_group_of_its_month(bills: dict[str, Bill]) -> None:
    """Rows without an id and rows whose id is forgotten have the same text."""
    response = ask(bills[ONE], Granularity="MONTHLY", GroupBy=dimension("RESOURCE_ID"))
    for month in response["ResultsByTime"]:
        keys = [group["Keys"][0] for group in month["Groups"]]
        assert len(keys) == len(set(keys))
