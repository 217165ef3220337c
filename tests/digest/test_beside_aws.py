"""What whyspike found beside AWS's own detector: what is the same, who knew it when, and what AWS
is told of people's answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.digests import DAY, incident
from whyspike.digest.beside_aws import answers, beside_words, compared, matched
from whyspike.incidents.incident import Feedback, Incident, NoticeKind, as_told
from whyspike.model import FeedbackKind, IncidentState
from whyspike.model.aws_anomalies import AwsAnomaly, BesideAws

SERVICE = "EC2 - Other"
NAMES = {f"{number:012d}": f"account-{number}" for number in range(1, 10)}


def told(number: int = 1, **changes: Any) -> Incident:
    found = incident(number, **changes)
    return replace(found, told=as_told(found, NoticeKind.NEW, DAY))


def listed(number: int = 1, **changes: Any) -> AwsAnomaly:
    first = AwsAnomaly(f"aws-{number}", DAY, None, (f"{number:012d}",), (SERVICE,), 120.0)
    return replace(first, **changes)


def beside(
    ours: list[Incident], theirs: list[AwsAnomaly], earlier: BesideAws | None = None
) -> BesideAws:
    return compared(ours, theirs, NAMES, DAY, earlier)


def answered(kind: FeedbackKind, **changes: Any) -> Incident:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    return replace(told(**changes), feedback=(Feedback(kind, "U1", at),))


# ------------------------------------------------------------------ what is the same


def test_one_account_one_service_and_days_that_touch_are_the_same() -> None:
    (row,) = beside([told()], [listed()]).rows
    assert (row.incident_id, row.anomaly_id) == (told().incident_id, "aws-1")
    assert (row.ours_usd, row.aws_usd) == (100.0, 120.0)


@pytest.mark.parametrize(
    "other",
    [
        listed(accounts=("000000000002",)),
        listed(services=("AWS Lambda",)),
        listed(services=()),
        listed(first_day=DAY - timedelta(days=9), last_day=DAY - timedelta(days=3)),
    ],
    ids=["another account", "another service", "no service named", "over three days before"],
)
def test_what_differs_in_one_of_them_is_not_the_same(other: AwsAnomaly) -> None:
    rows = beside([told()], [other]).rows
    assert sorted((bool(row.incident_id), bool(row.anomaly_id)) for row in rows) == [
        (False, True),
        (True, False),
    ]


def test_where_aws_names_no_account_service_and_days_must_do_and_no_answer_is_passed_on() -> None:
    ours, theirs = answered(FeedbackKind.FALSE_ALARM), listed(accounts=())
    assert len(beside([ours], [theirs]).rows) == 1
    assert answers(matched([ours], [theirs], DAY)) == {}


def test_what_nobody_was_told_stands_there_only_where_aws_lists_it() -> None:
    minor = incident()
    assert beside([minor], []).rows == ()
    (row,) = beside([minor], [listed()]).rows
    assert row.incident_id
    assert not row.told


def test_drops_and_what_aws_took_back_are_compared_with_nothing() -> None:
    back = replace(told(), state=IncidentState.RESTATED)
    assert beside([back, told(2, per_day=-50)], []).rows == ()


# ------------------------------------------------------------------ since when each knew


def test_the_scan_that_first_met_it_in_the_list_is_remembered() -> None:
    first = compared([], [listed()], NAMES, DAY - timedelta(days=1), None)
    second = compared([], [listed(), listed(2)], NAMES, DAY, first)
    assert {row.anomaly_id: row.aws_known for row in second.rows} == {
        "aws-1": None,  # the first comparison met it already
        "aws-2": DAY,
    }
    third = compared([], [listed(2)], NAMES, DAY + timedelta(days=1), second)
    assert [row.aws_known for row in third.rows] == [DAY]


def test_ours_is_known_since_the_scan_that_found_it() -> None:
    early = told(first_scan_date=date(2026, 11, 20))
    assert [row.ours_known for row in beside([early], []).rows] == [date(2026, 11, 20)]


# ------------------------------------------------------------------ in words


def test_it_is_said_how_many_of_ours_aws_lists_and_which_not() -> None:
    said = beside_words(beside([told(1), told(2)], [listed(1)]))
    assert said == (
        "AWS Cost Anomaly Detection lists 1 of the 2 that go on here, not EC2 - Other in account-2."
    )


def test_what_aws_alone_lists_is_named_with_its_dollars_and_days() -> None:
    said = beside_words(beside([], [listed(3)]))
    assert said == (
        "AWS Cost Anomaly Detection lists 1 that whyspike did not find: EC2 - Other in account-3"
        " ($120 in all since Sun 22 Nov)."
    )


def test_what_is_over_on_both_sides_is_not_said() -> None:
    over = listed(3, first_day=DAY - timedelta(days=9), last_day=DAY - timedelta(days=5))
    assert beside_words(beside([], [over])) == ""


# ------------------------------------------------------------------ what AWS is told


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(FeedbackKind.FALSE_ALARM, "NO"), (FeedbackKind.EXPECTED, "PLANNED_ACTIVITY")],
)
def test_a_persons_answer_is_passed_on_in_awss_words(kind: FeedbackKind, answer: str) -> None:
    assert answers(matched([answered(kind)], [listed()], DAY)) == {listed(): answer}


@pytest.mark.parametrize("kind", [FeedbackKind.ACKNOWLEDGE, FeedbackKind.SNOOZE])
def test_that_somebody_looks_into_it_is_no_answer(kind: FeedbackKind) -> None:
    assert answers(matched([answered(kind)], [listed()], DAY)) == {}
