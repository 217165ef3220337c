"""What bill and trail show without a conclusion, for a reader who may see another cause than the
rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.support.explained import flagged
from tests.support.variations import catalogue
from whyspike.attribution.bill.observed import MAX_LINES, lines_by_day
from whyspike.attribution.bill.plan import Case
from whyspike.attribution.trail.candidates import Candidate
from whyspike.attribution.trail.events import Event, parse_event
from whyspike.attribution.trail.observed import calls_by_day, setting_changes
from whyspike.model import CostAnswer, CostQuery, CostRow, CostSeries, DailyCosts

DAYS = tuple(date(2026, 2, 1) + timedelta(days=number) for number in range(40))
ITEM = replace(flagged(catalogue("plain")[0]), onset=DAYS[-3])


def series(name: str, before: float, after: float, hole: bool = False) -> CostSeries:
    costs: list[float | None] = [*[before] * 37, *[after] * 3]
    if hole:
        costs[-2] = None
    return CostSeries("Amazon EC2", tuple(costs), usage_type=name)


def case(*lines: CostSeries) -> Case:
    return Case(ITEM, DailyCosts("123412341234", DAYS, lines))


def test_the_lines_that_moved_most_come_first_whichever_way_they_moved() -> None:
    seen = lines_by_day(
        case(series("still", 9.0, 9.1), series("up", 1.0, 5.0), series("down", 20.0, 2.0))
    )

    assert [line.usage_type for line in seen.lines] == ["down", "up"]
    assert (seen.lines[1].usual_usd, seen.lines[1].daily_usd[DAYS[-1]]) == (1.0, 5.0)
    assert len(seen.lines[1].daily_usd) == 10


def test_a_day_that_the_bill_does_not_have_is_absent_and_not_zero() -> None:
    (line,) = lines_by_day(case(series("up", 1.0, 5.0, hole=True))).lines

    assert DAYS[-2] not in line.daily_usd


def test_there_are_ten_lines_at_most_and_none_of_a_whole_service() -> None:
    many = [series(f"line-{number}", 1.0, 10.0 + number) for number in range(30)]
    whole = CostSeries("Amazon EC2", many[0].costs)

    assert len(lines_by_day(case(whole, *many)).lines) == MAX_LINES
    assert lines_by_day(case(whole)).lines == ()


# ------------------------------------------------------------------ quantities, other Regions


def test_quantities_and_unit_prices_are_those_of_the_answers() -> None:
    rows = [
        CostRow(day, ("up", team), cost, quantity, "GB")
        for day in DAYS
        for team in ("a", "b")
        for cost, quantity in [(2.5, 5.0) if day >= ITEM.onset else (0.5, 10.0)]
    ]
    query = CostQuery(DAYS[0], DAYS[-1], ("USAGE_TYPE", "TAG:team"))
    (line,) = lines_by_day(
        case(series("up", 1.0, 5.0)), [CostAnswer(query, tuple(rows), 1)] * 2
    ).lines

    assert (line.unit, line.usd_per_unit_before, line.usd_per_unit_after) == ("GB", 0.05, 0.5)
    assert line.daily_quantity is not None
    assert (line.daily_quantity[DAYS[-4]], line.daily_quantity[DAYS[-1]]) == (20.0, 10.0)


def test_a_line_that_no_answer_holds_has_no_quantity() -> None:
    (line,) = lines_by_day(case(series("up", 1.0, 5.0))).lines

    assert (line.unit, line.daily_quantity, line.usd_per_unit_after) == (None, None, None)


def test_the_same_meter_in_a_further_region_is_named_where_the_ten_lines_leave_it_out() -> None:
    service = ITEM.leading.service
    many = [series(f"line-{number}", 1.0, 100.0 + number) for number in range(MAX_LINES - 1)]
    here, there = (
        replace(series(name, 1.0, after), service=service)
        for name, after in (("EU-Requests", 90.0), ("APS1-Requests", 60.0))
    )
    seen = lines_by_day(case(*many, replace(here, costs=(*here.costs[:-1], 150.0)), there))

    assert [(one.usage_type, one.actual_usd) for one in seen.moved_in_other_regions] == [
        ("APS1-Requests", 60.0)
    ]


# ------------------------------------------------------------------ CloudTrail


def call(name: str, day: int, who: str = "ci", response: Any = None, **parameters: Any) -> Event:
    identity = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::1:assumed-role/{who}/run",
        "sessionContext": {"sessionIssuer": {"userName": who}},
    }
    detail = {
        "userIdentity": identity,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "responseElements": response,
    }
    return parse_event(
        {
            "EventId": f"{name}-{day}-{who}",
            "EventName": name,
            "EventTime": f"2026-03-{day:02d}T10:00:00Z",
            "EventSource": "rds.amazonaws.com",
            "CloudTrailEvent": json.dumps(detail),
        }
    )


def candidate(event: Event, score: float = 8.0) -> Candidate:
    return Candidate(event, score, (), "scaling-out", tied=True)


def test_calls_are_counted_by_day_for_suspects_and_the_first_call_for_everybody() -> None:
    suspect = call("ModifyDBInstance", 9, dBInstanceIdentifier="orders")
    seen = [
        suspect,
        call("ModifyDBInstance", 9),
        call("CreateDBSnapshot", 8),
        call("ModifyDBInstance", 3, "somebody"),
        call("CreateDBCluster", 3, "somebody"),
    ]

    counted = calls_by_day([candidate(suspect)], seen)

    assert [(one.principal, one.event, dict(one.by_day)) for one in counted] == [
        ("ci", "ModifyDBInstance", {date(2026, 3, 9): 2}),
        ("ci", "CreateDBSnapshot", {date(2026, 3, 8): 1}),
        ("somebody", "ModifyDBInstance", {date(2026, 3, 3): 1}),
    ]
    assert calls_by_day([candidate(suspect, score=0.5)], seen) == ()


def test_a_setting_was_what_the_same_call_on_the_same_resource_said_before() -> None:
    before = call("ModifyDBInstance", 2, dBInstanceIdentifier="orders", allocatedStorage=100)
    other = call("ModifyDBInstance", 5, dBInstanceIdentifier="carts", allocatedStorage=50)
    after = call("ModifyDBInstance", 9, dBInstanceIdentifier="orders", allocatedStorage=900)

    (change,) = setting_changes(after, [before, other, after])

    assert (change.setting, change.before, change.after) == ("allocatedStorage", "100", "900")
    assert change.seen_at == "2026-03-02T10:00:00Z"


def test_a_setting_that_is_still_to_be_applied_was_what_the_service_answered() -> None:
    answered = {"dBInstanceClass": "db.r6g.large", "allocatedStorage": 100}
    after = call(
        "ModifyDBInstance",
        9,
        response=answered,
        dBInstanceIdentifier="orders",
        dBInstanceClass="db.r6g.8xlarge",
        allocatedStorage=100,
    )

    (change,) = setting_changes(after, [after])

    assert (change.before, change.after, change.seen_at) == ("db.r6g.large", "db.r6g.8xlarge", None)
    created = replace(after, name="CreateDBInstance")
    assert setting_changes(created, [created]) == ()
