"""What the report says of an incident: the numbers and names of its owner's message, every part,
and a chart of all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.incidents import DAY, EC2, SHOP, anomaly, explanation, item, scan_of
from tests.support.reports import report, shared_line
from whyspike.digest.report import IncidentView
from whyspike.digest.report_views import MAX_RESOURCES, history_row, incident_view, listed
from whyspike.incidents.incident import Ending, Incident, Member, Thread
from whyspike.messages.compose import chart_of
from whyspike.messages.numbers import spend
from whyspike.model import AccountScan, Anomaly, CostSeries, IncidentState, Kind, RecordClass
from whyspike.model.common_causes import Bond, Tie

LAMBDA = "AWS Lambda"


def incident(*anomalies: Anomaly, **changes: Any) -> Incident:
    one = Incident(
        "111122223333-2026-03-12-aaaaaaaa",
        SHOP.account_id,
        SHOP.name,
        min(a.onset for a in anomalies),
        IncidentState.OPEN,
        tuple(Member(a, DAY) for a in anomalies),
        DAY,
        DAY,
        DAY,
        DAY.isoformat(),
        "a",
    )
    return replace(one, **changes)


def view(shown: Incident, found: AccountScan | None = None, scan_date: date = DAY) -> IncidentView:
    return incident_view(shown, "ongoing", scan_date, found, None, None, ())


def test_several_services_are_one_sum_one_chart_and_a_row_each() -> None:
    parts = (anomaly(), anomaly(service=LAMBDA, actual=342, expected=3))
    shown = incident(*parts)
    seen = view(shown, scan_of(DAY, item(*parts)))
    assert seen.title == "Amazon EC2 and 1 more service in shop-prod"
    assert list(seen.numbers) == spend(shown)
    assert "$616 a day" in seen.numbers[0]
    assert [(part.where, part.a_day) for part in seen.parts] == [
        ("Amazon EC2", "$274"),
        ("AWS Lambda", "$342"),
    ]
    chart = chart_of(shown, scan_of(DAY, item(*parts)).costs)
    assert chart is not None
    assert seen.costs[-1] == chart.costs[-1] == 616


def test_a_level_shift_of_one_day_is_since_yesterday_and_one_of_two_is_a_level_shift() -> None:
    first = (anomaly(), anomaly(service=LAMBDA))
    assert {part.since for part in view(incident(*first)).parts} == {"since yesterday, Thu 12 Mar"}
    begun = DAY - timedelta(days=1)
    second = (anomaly(onset=begun), anomaly(onset=begun, service=LAMBDA))
    assert {part.since for part in view(incident(*second)).parts} == {"higher since Wed 11 Mar"}


@pytest.mark.parametrize("kind", Kind)
def test_every_shape_is_said_in_words(kind: Kind) -> None:
    said = view(incident(replace(anomaly(), kind=kind))).kind
    assert said
    assert "-" not in said


def test_who_is_the_person_of_a_permission_set_and_of_another_role_both() -> None:
    why = explanation()
    named = {
        ("AWSReservedSSO_PowerUserAccess_0a1b", "ana@fernhill.example"): "ana@fernhill.example",
        ("terraform-ci", "gha-7"): "terraform-ci (gha-7)",
        ("jane", None): "jane",
    }
    for (name, session), said in named.items():
        actor = replace(
            why.findings[0].actor, name=name, session=session, event="UpdateFunction20150331v2"
        )
        seen = incident_view(
            incident(anomaly()),
            "new",
            DAY,
            None,
            replace(why, findings=(replace(why.findings[0], actor=actor),)),
            None,
            (),
        )
        assert seen.drivers[0].who.startswith(f"{said} UpdateFunction"), said
        assert "20150331" not in seen.drivers[0].who


def test_the_thread_of_the_message_is_linked_once_it_was_told_there() -> None:
    told = incident(anomaly(), thread=Thread("C0SHOP", "1790000000.000100"))
    assert (
        "Slack thread",
        "https://slack.com/app_redirect?channel=C0SHOP&message_ts=1790000000.000100",
    ) in view(told).links
    assert "Slack thread" not in dict(view(incident(anomaly())).links)


def test_incidents_of_one_cause_are_listed_once_as_the_account_that_was_looked_into() -> None:
    line = shared_line(3)
    found = [
        (incident(anomaly(), incident_id=name, tie=Tie("c", bond)), "new")
        for name, bond in (
            ("i-0", Bond.NOT_CHECKED),
            ("i-1", Bond.LOOKED_INTO),
            ("i-2", Bond.NOT_CHECKED),
        )
    ]
    alone = (incident(anomaly(), incident_id="alone"), "new")
    shown = listed([*found, alone], report(largest=line).digest, DAY)
    assert [(one.incident_id, of) for one, _, of in shown] == [("i-1", line), ("alone", None)]


def test_one_service_needs_no_rows() -> None:
    assert view(incident(anomaly())).parts == []


def test_the_band_begins_with_the_onset_and_ends_with_the_anomaly() -> None:
    day = timedelta(days=1)
    spike = anomaly(onset=DAY - 3 * day, usage_date=DAY - 3 * day, ongoing=False)
    seen = view(incident(spike), scan_of(DAY, item(spike)))
    assert [at for at, low in zip(seen.dates, seen.band_low, strict=True) if low is not None] == [
        DAY - 3 * day
    ]
    assert str(seen.chart).count('class="hot"') == 2, "one for a desk, one for a phone"
    chart = chart_of(incident(spike), scan_of(DAY, item(spike)).costs)
    assert chart is not None
    assert (chart.onset, chart.last) == (DAY - 3 * day, DAY - 3 * day)
    going = anomaly(onset=DAY - 3 * day, usage_date=DAY)
    seen = view(incident(going), scan_of(DAY, item(going)))
    assert [at for at, low in zip(seen.dates, seen.band_low, strict=True) if low is not None] == [
        DAY - n * day for n in (3, 2, 1, 0)
    ]


def test_a_commitment_that_ended_reads_as_in_slack_and_its_chart_is_not_empty() -> None:
    ended = anomaly(actual=0, expected=-286, record_class=RecordClass.COMMITMENT)
    found = scan_of(DAY, item(ended))
    costs = tuple(-286.0 if day < DAY else 0.0 for day in found.costs.dates)
    found = replace(
        found, costs=replace(found.costs, series=(CostSeries(EC2, costs, RecordClass.COMMITMENT),))
    )
    seen = view(incident(ended), found)
    assert "less comes off the bill" in seen.numbers[0]
    assert min(cost for cost in seen.costs if cost is not None) == -286
    assert "-$286" in str(seen.chart)


LATER = {
    "AWS took it back": (
        {"state": IncidentState.RESTATED, "ending": Ending.RESTATED},
        "AWS corrected the bill: was $212, now nothing",
    ),
    "a new baseline": (
        {"state": IncidentState.RESOLVED, "ending": Ending.NEW_BASELINE},
        (
            "*$212 over the expected spend* in all since Thu 12 Mar 2026; it stayed where it is and"
            " counts as normal"
        ),
    ),
    "not seen by this scan": (
        {"last_seen": DAY - timedelta(days=1)},
        "*$212 over the expected spend* in all since Thu 12 Mar 2026; last on Thu 12 Mar",
    ),
}


@pytest.mark.parametrize(("changes", "said"), LATER.values(), ids=LATER)
def test_what_no_longer_goes_on_is_told_in_all(changes: dict[str, Any], said: str) -> None:
    seen = view(incident(anomaly(), **changes))
    assert seen.numbers == [said]
    assert not seen.ongoing


HISTORY = {
    "a message that names its kind": ("escalated", "whyspike", "Escalated: EC2", "Escalated: EC2"),
    "a message that does not": ("new", "whyspike", "EC2 in shop", "new: EC2 in shop"),
    "an answer": ("acknowledge", "U0BEN", "", "acknowledge by U0BEN"),
}


@pytest.mark.parametrize(("kind", "by", "detail", "said"), HISTORY.values(), ids=HISTORY)
def test_the_history_says_when_which_scan_and_what_once(
    kind: str, by: str, detail: str, said: str
) -> None:
    row = history_row(datetime(2026, 3, 13, 9, tzinfo=UTC), DAY, kind, by, detail)
    assert row == ("Fri 13 Mar 2026, 09:00 UTC", "Thu 12 Mar", said)


def test_the_resources_that_carry_the_cost_are_linked_and_not_more_than_a_few() -> None:
    why = explanation()
    arns = [f"arn:aws:lambda:eu-west-1:{SHOP.account_id}:function:f{n}" for n in range(9)]
    driver = replace(why.findings[0].driver, resource_ids=("i-0abc", *arns))
    why = replace(why, findings=(replace(why.findings[0], driver=driver),))
    links = incident_view(incident(anomaly()), "new", DAY, None, why, None, ()).links
    linked = [name for name, url in links if "/go/view?arn=" in url]
    assert linked == [f"f{n}" for n in range(MAX_RESOURCES)]
