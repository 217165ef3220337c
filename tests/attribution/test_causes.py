"""From the lines of a bill to its causes: one or two, of whom, counted where before, and how much
of the rise they account for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from whyspike.attribution.bill.attribute import attribute
from whyspike.attribution.bill.cause import BillCause
from whyspike.attribution.bill.plan import MAX_REQUESTS, Case, Judge, next_requests
from whyspike.detection import DetectionSettings
from whyspike.model import (
    Anomaly,
    CostAnswer,
    CostQuery,
    CostRow,
    CostSeries,
    DailyCosts,
    FlaggedItem,
    Kind,
    RecordClass,
    Severity,
)
from whyspike.steps.explain_anomaly.counterfactual import judge_with

DAYS = tuple(date(2026, 6, 1) + timedelta(days=i) for i in range(70))
ONSET = DAYS[-5]
ONE_LINE: Mapping[tuple[str, str], tuple[float, float, float, float]] = {
    ("Requests-Tier1", "web"): (10, 110, 1e6, 11e6),
    ("TimedStorage-ByteHrs", "web"): (50, 50, 1, 1),
}
Cells = Mapping[tuple[str, str], tuple[float, float, float, float]]


def caused(
    service: str, cells: Cells, unit: str = "Requests", judge: Judge | None = None
) -> tuple[tuple[BillCause, ...], list[CostQuery]]:
    """The causes that are found, and what was asked, where each (usage type, team) costs and counts
    so much a day before the onset and after it: (USD before, after, quantity before, after)."""
    case = Case(flagged(service), costs(service, cells), judge=judge)
    answers: list[CostAnswer] = []
    while wanted := next_requests(case, answers):
        answers += [CostAnswer(query, rows(query, cells, unit), 1) for query in wanted]
    return attribute(case, answers), [answer.query for answer in answers]


def costs(service: str, cells: Cells) -> DailyCosts:
    lines: dict[str, list[float | None]] = {}
    for (usage_type, _), (before, after, _, _) in cells.items():
        line = lines.setdefault(usage_type, [None] * len(DAYS))
        for i, day in enumerate(DAYS):
            cost = after if day >= ONSET else before
            line[i] = (line[i] or 0.0) + cost if cost else line[i]
    series = [CostSeries(service, tuple(v), RecordClass.USAGE, u) for u, v in lines.items()]
    whole = tuple(sum(cost or 0.0 for cost in day) for day in zip(*lines.values(), strict=True))
    return DailyCosts(
        "123412341234", DAYS, (CostSeries(service, whole, RecordClass.USAGE, None), *series), "USD"
    )


def rows(query: CostQuery, cells: Cells, unit: str) -> tuple[CostRow, ...]:
    """What Cost Explorer answers: the cells that the filter lets through, by usage type and team;
    every other dimension has one value."""
    wanted = str(query.filter)
    found = []
    for (usage_type, team), (before, after, counted, counts) in cells.items():
        if f"'{usage_type}'" in wanted and not query.with_resources:
            known = {"USAGE_TYPE": usage_type, "TAG:team": team, "REGION": "us-east-1"}
            keys = tuple(known.get(key, "") for key in query.group_by)
            for day in DAYS:
                usd, quantity = (after, counts) if day >= ONSET else (before, counted)
                if usd or quantity:
                    found.append(CostRow(day, keys, usd, quantity, unit))
    return tuple(found)


def flagged(service: str) -> FlaggedItem:
    nothing = Decimal(0)
    anomaly = Anomaly(
        "123412341234",
        service,
        Kind.LEVEL_SHIFT,
        ONSET,
        DAYS[-1],
        *(nothing,) * 5,
        None,
        nothing,
        10.0,
        Severity.HIGH,
        "made up",
    )
    return FlaggedItem("123412341234-x-00000000", "123412341234", ONSET, (anomaly,))


S3 = "Amazon Simple Storage Service"


def drivers(causes: Sequence[BillCause]) -> list[tuple[str | None, str | None]]:
    return [(cause.driver.usage_type, cause.driver.tag_team) for cause in causes]


def test_two_lines_of_one_family_and_two_teams_are_two_causes() -> None:
    found, asked = caused(
        S3,
        {
            ("Requests-Tier3", "datalake"): (0, 460, 0, 9e6),
            ("Requests-Tier1", "analytics"): (10, 210, 2e6, 40e6),
            ("Requests-Tier1", "web"): (50, 50, 9e6, 9e6),
        },
    )

    assert drivers(found) == [("Requests-Tier3", "datalake"), ("Requests-Tier1", "analytics")]
    assert len(asked) <= MAX_REQUESTS


def test_two_lines_of_one_family_and_one_team_are_one_cause() -> None:
    found, _ = caused(
        S3,
        {
            ("Requests-Tier3", "datalake"): (0, 460, 0, 9e6),
            ("Requests-Tier1", "datalake"): (10, 210, 2e6, 40e6),
        },
    )

    assert drivers(found) == [("Requests-Tier3", "datalake")]
    assert [line.usage_type for line in found[0].companions] == ["Requests-Tier1"]


def test_a_teams_quantity_stands_beside_the_teams_dollars() -> None:
    (cause,), _ = caused(
        S3,
        {
            ("Requests-Tier1", "analytics"): (0, 200, 0, 40e6),
            ("Requests-Tier1", "web"): (50, 50, 9e6, 9e6),
        },
    )

    assert cause.expected == 0
    assert cause.usage is not None
    assert (cause.usage.before, cause.usage.after) == (0, 40e6)


GUARDDUTY = "Amazon GuardDuty"
PAID, FREE = "USE1-PaidKubernetesAuditLogsAnalyzed", "USE1-FreeKubernetesAuditLogsAnalyzed"


def test_usage_that_moved_from_a_free_meter_is_the_same_usage() -> None:
    (cause,), _ = caused(
        GUARDDUTY, {(PAID, ""): (0, 180, 0, 1.1e8), (FREE, ""): (0, 0, 1.15e8, 0)}, "Events"
    )

    assert cause.usage is not None
    assert (cause.usage.free_meter, cause.usage.flat) == (FREE, True)
    assert (cause.usage.before, cause.usage.after) == (1.15e8, 1.1e8)


def test_hours_that_a_reservation_covered_are_the_same_hours() -> None:
    node, covered = "APS1-NodeUsage:cache.m6g.2xlarge", "APS1-HeavyUsage:cache.m6g.2xlarge"
    (cause,), _ = caused(
        "Amazon ElastiCache",
        {(node, "cart"): (0, 178, 0, 240), (covered, ""): (0, 0, 234, 0)},
        "Hrs",
    )

    assert cause.usage is not None
    assert (cause.usage.free_meter, cause.usage.flat) == (covered, True)


def test_more_than_the_free_meter_counted_is_more_usage() -> None:
    (cause,), _ = caused(
        GUARDDUTY, {(PAID, ""): (0, 180, 0, 1.1e8), (FREE, ""): (0, 0, 2e7, 0)}, "Events"
    )

    assert cause.usage is not None
    assert (cause.usage.free_meter, cause.usage.flat) == (None, False)


def test_without_its_causes_the_service_is_judged_again() -> None:
    (cause,), _ = caused(S3, ONE_LINE, judge=judge_with(DetectionSettings()))

    assert cause.share == 1.0
    assert cause.as_expected_without
    assert cause.left == 0


def test_detections_own_judge_has_the_last_word_on_what_is_left() -> None:
    judged: list[DailyCosts] = []

    def severe(costs: DailyCosts) -> set[str]:
        judged.append(costs)
        return {S3}

    (cause,), _ = caused(S3, ONE_LINE, judge=severe)

    assert not cause.as_expected_without
    (rest,) = judged
    last = {series.usage_type: series.costs[-1] for series in rest.series}
    assert last == {None: 60.0, "Requests-Tier1": 10.0, "TimedStorage-ByteHrs": 50.0}


def test_a_line_that_another_replaced_is_put_back_before_the_day_is_judged_again() -> None:
    """Its rows are gone, and a bill without a row is a bill of nothing."""
    cells = {
        ("InstanceUsage:db.r6g.xlarge", "web"): (60.0, 0.0, 24.0, 0.0),
        ("InstanceUsage:db.r6g.4xlarge", "web"): (0.0, 240.0, 0.0, 24.0),
    }

    (cause,), _ = caused(
        "Amazon Relational Database Service",
        cells,
        "Hrs",
        judge=judge_with(DetectionSettings()),
    )

    assert cause.as_expected_without
    assert cause.share == 1.0


def test_what_the_causes_leave_of_the_rise_is_told() -> None:
    small = {(f"Small-{i}", "web"): (0.1, 0.9, 1.0, 9.0) for i in range(50)}
    (cause,), _ = caused(S3, {("Requests-Tier1", "web"): (10, 60, 1e6, 6e6), **small})

    assert cause.share is not None
    assert 0.5 < cause.share < 0.6
    assert not cause.as_expected_without
    assert cause.left is not None
    assert 39 < cause.left < 41


def test_hours_of_one_gateway_and_bytes_through_another_are_two_causes() -> None:
    cells = {
        ("USE1-TransitGateway-Bytes", "network"): (23.0, 117.0, 1170.0, 5870.0),
        ("USE1-VpcEndpoint-Hours", "platform"): (21.6, 51.8, 2160.0, 5180.0),
    }

    found, _ = caused("Amazon Virtual Private Cloud", cells, "GB")

    assert drivers(found) == [
        ("USE1-TransitGateway-Bytes", "network"),
        ("USE1-VpcEndpoint-Hours", "platform"),
    ]


def test_bytes_through_new_endpoints_belong_to_the_endpoints() -> None:
    cells = {
        ("USE1-VpcEndpoint-Hours", "platform"): (21.6, 51.8, 2160.0, 5180.0),
        ("USE1-VpcEndpoint-Bytes", "platform"): (2.0, 20.0, 200.0, 2000.0),
    }

    found, _ = caused("Amazon Virtual Private Cloud", cells, "GB")

    assert drivers(found) == [("USE1-VpcEndpoint-Hours", "platform")]
