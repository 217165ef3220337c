"""The life of an incident, scan by scan: a table of days for each rule, and what holds for every
history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.incidents import DAY, EC2, SHOP, anomaly, item, scan_of, without_bill
from whyspike.incidents import feedback
from whyspike.incidents.incident import Ending, Feedback, Incident, NoticeKind, what_happened
from whyspike.incidents.judgement import Change, judge
from whyspike.incidents.planned import PlannedActivity
from whyspike.model import (
    AccountScan,
    Anomaly,
    BillingReason,
    CostMetric,
    FeedbackKind,
    IncidentState,
    Kind,
    Severity,
)

GLUE = "AWS Glue"


def at(n: int) -> date:
    return DAY + timedelta(days=n)


def day(
    n: int, actual: float = 274, onset: int = 0, service: str = EC2, **fields: object
) -> AccountScan:
    """The scan of day n, which sees an anomaly since `onset`; the bill of earlier days stays as it
    was."""
    found = anomaly(service=service, onset=at(onset), usage_date=at(n), actual=actual, **fields)  # type: ignore[arg-type]
    return scan_of(at(n), item(found), costs={(EC2, at(k)): 274.0 for k in range(n)})


def quiet(n: int, after_days: int) -> AccountScan:
    """The scan of day n, which sees nothing; the bill says that the first `after_days` days were
    unusual."""
    return scan_of(at(n), costs={(EC2, at(k)): 274.0 for k in range(after_days)})


LOW, HIGH = Severity.LOW, Severity.HIGH
OPEN, RESOLVED = IncidentState.OPEN, IncidentState.RESOLVED
LIVES: dict[str, tuple[list[AccountScan], list[list[str]], IncidentState]] = {
    "steady: told once": ([day(n) for n in range(6)], [["new"], [], [], [], [], []], OPEN),
    "over after two quiet days": (
        [day(0), day(1), quiet(2, 2), quiet(3, 2)],
        [["new"], [], [], ["resolved"]],
        RESOLVED,
    ),
    "one quiet day is no end": ([day(0), quiet(1, 1), day(2)], [["new"], [], []], OPEN),
    "the daily impact doubled": ([day(0), day(1, 486)], [["new"], ["escalated"]], OPEN),
    "less than doubled": ([day(0), day(1, 470)], [["new"], []], OPEN),
    "doubled, but a few dollars": ([day(0, 64), day(1, 67)], [["new"], []], OPEN),
    "severity rose": (
        [day(0, severity=LOW), day(1, 400, severity=HIGH)],
        [["new"], ["escalated"]],
        OPEN,
    ),
    "severity rose by a few dollars": (
        [day(0, severity=LOW), day(1, 300, severity=HIGH)],
        [["new"], []],
        OPEN,
    ),
    "half as much again, as severe as before": (
        [day(0, severity=HIGH), day(1, 400, severity=HIGH)],
        [["new"], []],
        OPEN,
    ),
    "severity back to what was told": (
        [day(0, severity=HIGH), day(1, severity=LOW), day(2, severity=HIGH)],
        [["new"], [], []],
        OPEN,
    ),
    "one escalation, one message": (
        [day(0), day(1, 500), day(2, 500), day(3, 500)],
        [["new"], ["escalated"], [], []],
        OPEN,
    ),
    "a sliding onset is the same incident": (
        [day(0), day(1, onset=1), day(2, onset=-2)],
        [["new"], [], []],
        OPEN,
    ),
    "the same scan again": ([day(0), day(0), day(0)], [["new"], [], []], OPEN),
    "an older scan changes nothing": (
        [day(0), quiet(2, 1), day(1)],
        [["new"], ["resolved"], []],
        RESOLVED,
    ),
    "a one-off told as over ends in silence": (
        [day(0, ongoing=False), quiet(1, 1), quiet(2, 1)],
        [["new"], [], []],
        RESOLVED,
    ),
    "back within a week": (
        [day(0), quiet(1, 1), quiet(2, 1), day(4, onset=4)],
        [["new"], [], ["resolved"], ["reopened"]],
        OPEN,
    ),
    "back for a day that is over": (
        [day(0), quiet(2, 1), day(4, onset=4, ongoing=False)],
        [["new"], ["resolved"], ["reopened"]],
        OPEN,
    ),
    "digest only": (
        [day(0, alert=False), day(1, alert=False), quiet(2, 2), quiet(3, 2)],
        [[], [], [], []],
        RESOLVED,
    ),
    "digest only until it matters": ([day(0, alert=False), day(1)], [[], ["new"]], OPEN),
    "a drop": ([day(0, 10, kind=Kind.DROP, alert=False)], [[]], OPEN),
}


def live(
    scans: Sequence[AccountScan],
    incidents: tuple[Incident, ...] = (),
    plans: tuple[PlannedActivity, ...] = (),
) -> tuple[list[list[str]], tuple[Incident, ...]]:
    """What was told on each scan, and the incidents in the end."""
    told = []
    for scan in scans:
        changes = judge(scan, incidents, plans)
        incidents = after(incidents, changes)
        told.append([str(change.notice) for change in changes if change.notice])
    return told, incidents


def after(incidents: tuple[Incident, ...], changes: Sequence[Change]) -> tuple[Incident, ...]:
    by_id = {i.incident_id: i for i in incidents} | {
        c.after.incident_id: replace(c.after, version=c.after.version + 1)
        for c in changes
        if c.after != c.before
    }
    return tuple(by_id.values())


@pytest.mark.parametrize("name", LIVES)
def test_when_the_owner_is_told(name: str) -> None:
    scans, told, state = LIVES[name]
    messages, incidents = live(scans)
    assert messages == told
    assert [i.state for i in incidents] == [state]


def test_what_rises_above_a_new_baseline_is_told_as_new() -> None:
    settled = [quiet(n, n + 1) for n in (1, 2)]
    told, incidents = live([day(0), *settled, day(8, 900, onset=8)])
    assert told[-1] == ["new"]
    assert len(incidents) == 2


def test_a_corrected_bill_restates_the_incident_and_a_correction_taken_back_reopens_it() -> None:
    told, incidents = live([day(0), scan_of(at(1), costs={(EC2, at(0)): 63.0}), day(1)])
    assert told == [["new"], ["restated"], ["reopened"]]
    assert len(incidents) == 1


def test_a_row_that_vanished_from_the_bill_is_a_correction_too() -> None:
    gone = scan_of(at(1), costs={(EC2, at(0)): 0.0})
    assert live([day(0), gone])[0] == [["new"], ["restated"]]


def test_a_corrected_last_day_ends_a_real_incident_as_resolved_with_the_days_that_stay() -> None:
    bill = {(EC2, at(0)): 274.0, (EC2, at(1)): 274.0, (EC2, at(2)): 62.0}
    told, (incident,) = live(
        [day(0), day(1), day(2), scan_of(at(3), costs=bill), scan_of(at(4), costs=bill)]
    )
    assert told == [["new"], [], [], ["resolved"], []]
    assert (incident.state, incident.ending) == (RESOLVED, Ending.BACK_TO_EXPECTED)
    assert (incident.impact, incident.last_excess) == (
        Decimal(424),
        at(1),
    ), "the corrected day is dropped"


def test_only_a_bill_that_takes_every_day_back_is_a_restatement() -> None:
    gone = {(EC2, at(n)): 62.0 for n in range(3)}
    told, (incident,) = live([day(0), day(1), day(2), scan_of(at(3), costs=gone)])
    assert told[-1] == ["restated"]
    assert incident.state is IncidentState.RESTATED


def test_a_day_that_the_scan_no_longer_holds_is_not_taken_back() -> None:
    long = scan_of(at(0), item(anomaly(onset=at(-70), usage_date=at(0))))
    told, (incident,) = live(
        [long, scan_of(at(1), costs={(EC2, at(n)): 62.0 for n in range(-70, 1)})]
    )
    assert told == [["new"], ["resolved"]]
    assert incident.last_excess == at(-59), "the newest day that is not known to be back"


def test_a_correction_after_silent_days_is_measured_against_what_was_foreseen() -> None:
    less = scan_of(
        at(5), item(anomaly(onset=at(0), usage_date=at(5), actual=112, impact=Decimal(300)))
    )
    assert live([*(day(n) for n in range(5)), less])[0] == [
        ["new"],
        [],
        [],
        [],
        [],
        ["corrected"],
    ], "1272 foreseen, 300 now"


def test_a_spend_that_merely_goes_down_is_no_correction() -> None:
    lower = [
        scan_of(
            at(n),
            item(anomaly(onset=at(0), usage_date=at(n), actual=82, impact=Decimal(212 + 20 * n))),
        )
        for n in range(1, 6)
    ]
    assert live([day(0), *lower])[0] == [["new"], [], [], [], [], []]
    over = [
        scan_of(at(n), item(anomaly(onset=at(0), usage_date=at(0), ongoing=False))) for n in (1, 2)
    ]
    assert "corrected" not in str(live([day(0), *over])[0])


def test_an_amount_corrected_to_less_than_half_is_said() -> None:
    now = scan_of(
        at(1), item(anomaly(onset=at(0), usage_date=at(1), actual=120, impact=Decimal(80)))
    )
    assert live([day(0), now])[0] == [["new"], ["corrected"]]


def test_a_level_that_stays_and_is_no_longer_unusual_ends_as_the_new_baseline() -> None:
    told, (incident,) = live([day(0), quiet(1, 2), quiet(2, 3)])
    assert told[-1] == ["now-normal"]
    assert what_happened(incident, at(2)) == "now-normal"
    assert incident.ending is Ending.NEW_BASELINE


def test_nothing_ends_while_the_bill_says_nothing_new() -> None:
    late = [without_bill(quiet(n, 2), *map(at, range(2, n + 1))) for n in range(2, 6)]
    told, (incident,) = live([day(0), day(1), *late])
    assert told == [["new"], [], [], [], [], []]
    assert (incident.state, incident.impact, incident.last_excess) == (OPEN, Decimal(424), at(1))


def test_an_end_is_counted_in_days_that_are_known() -> None:
    gap = (at(1), at(2), at(3))
    scans = [without_bill(quiet(n, 1), *gap) for n in (4, 5)]
    told, (incident,) = live([day(0), *scans])
    assert told == [["new"], [], ["resolved"]]
    assert incident.last_excess == at(0)


@pytest.mark.parametrize(
    ("at_weekends", "told"),
    [
        pytest.param(0.0, [["new"], [], [], [], [], ["resolved"], []], id="costs nothing then"),
        pytest.param(5.0, [["new"], [], [], ["resolved"], [], [], []], id="costs something then"),
    ],
)
def test_a_weekend_is_no_end_of_what_costs_on_weekdays_alone(
    at_weekends: float, told: list[list[str]]
) -> None:
    """It began on a Thursday; Monday and Tuesday are quiet."""
    paid = {(GLUE, at(n)): 0.0 for n in range(-60, 7)} | {(GLUE, at(n)): 274.0 for n in range(2)}
    bill = paid | {(GLUE, at(n)): at_weekends for n in (2, 3)}
    days = [
        anomaly(service=GLUE, usage_date=at(n), expected=0, expected_high=Decimal(20))
        for n in range(2)
    ]
    seen = [scan_of(at(n), item(found), costs=bill) for n, found in enumerate(days)]
    words, _ = live([*seen, *(scan_of(at(n), costs=bill) for n in (2, 3, 4, 5, 6))])
    assert words == told


def test_a_day_in_view_that_is_over_ends_by_a_known_day_alone() -> None:
    once = item(anomaly(onset=at(0), usage_date=at(0), ongoing=False))
    told, (incident,) = live(
        [scan_of(at(2), once), without_bill(scan_of(at(3), once), at(3)), scan_of(at(4), once)]
    )
    assert told == [["new"], [], []]
    assert incident.ended_on == at(4)


def test_an_anomaly_that_goes_on_after_a_gap_is_no_escalation() -> None:
    gap = (at(1), at(2), at(3))
    after = scan_of(at(4), item(anomaly(onset=at(0), usage_date=at(4), impact=Decimal(424))))
    told, (incident,) = live([day(0), without_bill(after, *gap)])
    assert told == [["new"], []]
    assert incident.impact == Decimal(424)


def test_what_was_told_over_a_gap_is_foreseen_from_the_last_known_day() -> None:
    told_late = without_bill(
        scan_of(at(3), item(anomaly(onset=at(0), usage_date=at(0)))), *map(at, (1, 2, 3))
    )
    all_known = scan_of(at(4), item(anomaly(onset=at(0), usage_date=at(4))))
    told, _ = live([told_late, all_known])
    assert told == [["new"], []], "five days at the told rate, of which one was known"


def test_a_snooze_does_not_run_out_on_a_day_without_a_bill() -> None:
    _, (incident,) = live([day(0)])
    snoozed = feedback.apply(
        incident, Feedback(FeedbackKind.SNOOZE, "U1", datetime(2026, 3, 13, tzinfo=UTC))
    )
    late = scan_of(at(7), item(anomaly(onset=at(0), usage_date=at(6))))
    (change,) = judge(without_bill(late, at(7)), [snoozed])
    assert change.notice is None
    (change,) = judge(day(8), [change.after])
    assert change.notice is NoticeKind.SNOOZE_ENDED


def test_a_bill_without_any_day_leaves_every_incident_as_it_is() -> None:
    _, before = live([day(0)])
    empty = scan_of(at(1))
    empty = without_bill(empty, *empty.costs.dates)
    (change,) = judge(empty, before)
    assert change.notice is None
    assert replace(change.after, last_scan_date=at(0)) == before[0]


def test_a_total_that_falls_while_the_bill_stays_is_no_correction() -> None:
    stays = scan_of(
        at(5),
        item(anomaly(onset=at(4), usage_date=at(5), impact=Decimal(30))),
        costs={(EC2, at(n)): 274.0 for n in range(5)},
    )
    assert live([*(day(n) for n in range(5)), stays])[0][-1] == []


def test_one_cause_that_reaches_another_service_later_stays_one_incident() -> None:
    both = scan_of(
        at(1),
        item(
            anomaly(onset=at(0), usage_date=at(1)),
            anomaly(service=GLUE, onset=at(0), usage_date=at(1), actual=70),
        ),
    )
    told, (incident,) = live([day(0), both])
    assert told == [["new"], []]
    assert {m.anomaly.service for m in incident.members} == {EC2, GLUE}


@pytest.mark.parametrize("kind", [FeedbackKind.EXPECTED, FeedbackKind.SNOOZE])
def test_what_a_person_silenced_hides_nothing_new(kind: FeedbackKind) -> None:
    _, (incident,) = live([day(0)])
    silenced = feedback.apply(incident, Feedback(kind, "U1", datetime(2026, 3, 13, tzinfo=UTC)))
    both = scan_of(
        at(1),
        item(
            anomaly(onset=at(0), usage_date=at(1)),
            anomaly(service=GLUE, onset=at(0), usage_date=at(1), actual=400),
        ),
    )
    changes = judge(both, (silenced,))
    assert [c.after.leading.service for c in changes if c.notice is NoticeKind.NEW] == [GLUE]


@pytest.mark.parametrize(
    "kind",
    [
        FeedbackKind.EXPECTED,
        FeedbackKind.FALSE_ALARM,
        FeedbackKind.ACKNOWLEDGE,
        FeedbackKind.SNOOZE,
    ],
)
def test_an_answer_silences_the_level_it_was_given_for_and_not_ten_times_as_much(
    kind: FeedbackKind,
) -> None:
    _, (incident,) = live([day(0)])
    answered = (feedback.apply(incident, Feedback(kind, "U1", datetime(2026, 3, 13, tzinfo=UTC))),)
    assert live([day(1), day(2)], answered)[0] == [[], []]
    told, (later,) = live([day(1, 3000)], answered)
    assert told == [["escalated"]]
    assert later.state is (
        IncidentState.ACKNOWLEDGED if kind is FeedbackKind.ACKNOWLEDGE else IncidentState.OPEN
    )


def test_planned_spend_is_told_quietly_then_loudly_beyond_its_dollars_and_its_window() -> None:
    plan = PlannedActivity(SHOP.account_id, at(0), at(3), Decimal(700), "jane", "load test", EC2)
    assert live([day(n) for n in range(5)], plans=(plan,))[0] == [["planned"], [], [], ["new"], []]
    longer = replace(plan, expected_usd=Decimal(9000))
    assert live([day(n) for n in range(5)], plans=(longer,))[0] == [
        ["planned"],
        [],
        [],
        [],
        ["new"],
    ]
    assert live([day(0), quiet(1, 1), quiet(2, 1)], plans=(plan,))[0] == [["planned"], [], []]
    other = replace(plan, service=GLUE)
    assert live([day(0)], plans=(other,))[0] == [["new"]]


def words(scans: Sequence[AccountScan], plans: Sequence[tuple[PlannedActivity, ...]]) -> list[str]:
    """The digest's word for the one incident, scan by scan, each with the plans of its day."""
    incidents: tuple[Incident, ...] = ()
    said = []
    for scan, known in zip(scans, plans, strict=True):
        _, incidents = live([scan], incidents, known)
        said += [what_happened(incident, scan.scan.scan_date) for incident in incidents]
    return said


def test_what_was_announced_stays_planned_and_a_finished_entry_that_is_removed_makes_no_news() -> (
    None
):
    plan = PlannedActivity(SHOP.account_id, at(0), at(3), Decimal(700), "jane", "load test", EC2)
    over = anomaly(onset=at(0), usage_date=at(1), ongoing=False)
    assert words([day(0), day(1), scan_of(at(2), item(over))], [(plan,), (plan,), ()]) == [
        "planned",
        "planned",
        "planned",
    ]
    assert words([day(n) for n in range(4)], [(plan,), (), (), ()])[-2:] == [
        "planned",
        "new",
    ], "beyond the dollars it had"
    less = replace(plan, expected_usd=Decimal(300))
    assert words([day(0), day(1)], [(plan,), (less,)]) == [
        "planned",
        "new",
    ], "an entry that was changed counts as it is now"


def test_another_service_is_not_hidden_by_an_entry_that_was_removed() -> None:
    plan = PlannedActivity(SHOP.account_id, at(0), at(3), Decimal(700), "jane", "load test", EC2)
    both = scan_of(
        at(1),
        item(
            anomaly(onset=at(0), usage_date=at(1)),
            anomaly(service=GLUE, onset=at(0), usage_date=at(1), actual=70),
        ),
    )
    assert words([day(0), both], [(plan,), ()]) == ["planned", "new"]


def test_what_nobody_was_told_is_minor_and_no_news() -> None:
    assert words([day(0, alert=False), day(1, alert=False), day(2)], [(), (), ()]) == [
        "minor",
        "minor",
        "new",
    ]


def test_the_digest_says_the_same_however_often_the_scan_is_run() -> None:
    once, incidents = live([day(0)])
    again, later = live([day(0)], incidents)
    assert (once, again) == ([["new"]], [[]])
    assert (
        [what_happened(i, at(0)) for i in incidents]
        == [what_happened(i, at(0)) for i in later]
        == ["new"]
    )


# ------------------------------------------------------------------ what holds for every history


@st.composite
def histories(draw: st.DrawFn) -> list[AccountScan]:
    """Twelve days of an account: up to three services, each with spells of excess that vary, slide,
    pause and are corrected."""
    scans = []
    spells = draw(
        st.lists(
            st.tuples(
                st.sampled_from([EC2, GLUE, "Amazon Bedrock"]), st.integers(0, 9), st.integers(1, 8)
            ),
            min_size=1,
            max_size=4,
        )
    )
    for n in range(12):
        found: list[Anomaly] = []
        costs: dict[tuple[str, date], float] = {}
        for service, start, length in spells:
            if start <= n < start + length + 2 and draw(st.booleans()) | (n == start):
                onset = at(max(start + draw(st.integers(-1, 1)), 0))
                last = min(n, start + length - 1)
                actual = draw(st.sampled_from([80.0, 150.0, 274.0, 280.0, 900.0]))
                severity = draw(st.sampled_from(list(Severity)))
                found.append(
                    anomaly(
                        service=service,
                        onset=min(onset, at(last)),
                        usage_date=at(last),
                        actual=actual,
                        severity=severity,
                        ongoing=last == n,
                        alert=draw(st.sampled_from([True, True, False])),
                    )
                )
            costs |= {(service, at(k)): draw(st.sampled_from([62.0, 274.0])) for k in range(n)}
        unique = list(
            {a.service: a for a in found}.values()
        )  # a detector sees one anomaly in a series
        scans.append(scan_of(at(n), *(item(a) for a in unique), costs=costs))
    return scans


@settings(max_examples=40, deadline=None)
@given(histories())
def test_every_alerting_anomaly_is_in_an_incident_that_was_told(scans: list[AccountScan]) -> None:
    incidents: tuple[Incident, ...] = ()
    for scan in scans:
        incidents = after(incidents, judge(scan, incidents))
        for found in (a for i in scan.items for a in i.anomalies if a.alert):
            homes = [i for i in incidents if any(m.anomaly == found for m in i.members)]
            assert len(homes) == 1
            assert homes[0].told is not None


@settings(max_examples=40, deadline=None)
@given(histories())
def test_a_scan_that_is_run_again_changes_and_tells_nothing(scans: list[AccountScan]) -> None:
    incidents: tuple[Incident, ...] = ()
    for scan in scans:
        incidents = after(incidents, judge(scan, incidents))
        for change in judge(scan, incidents):
            assert change.notice is None
            assert change.after == change.before


@settings(max_examples=40, deadline=None)
@given(histories())
def test_messages_are_numbered_without_gaps_and_the_first_one_begins_the_story(
    scans: list[AccountScan],
) -> None:
    incidents: tuple[Incident, ...] = ()
    kinds: dict[str, list[NoticeKind]] = {}
    for scan in scans:
        changes = judge(scan, incidents)
        incidents = after(incidents, changes)
        for change in changes:
            if change.notice:
                kinds.setdefault(change.after.incident_id, []).append(change.notice)
                assert change.after.notices == len(kinds[change.after.incident_id])
    for told in kinds.values():
        assert told[0] is NoticeKind.NEW
        assert NoticeKind.NEW not in told[1:]
        ends = {NoticeKind.RESOLVED, NoticeKind.RESTATED}
        assert all(
            later in {NoticeKind.REOPENED, NoticeKind.ESCALATED}
            for earlier, later in pairwise(told)
            if earlier in ends
        ), "after the end only a return"


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 11))
def test_redriving_an_old_scan_ends_nothing_and_repeats_nothing(
    scans: list[AccountScan], old: int
) -> None:
    _, incidents = live(scans)
    told, later = live([scans[old]], incidents)
    before = {i.incident_id: i for i in incidents}
    assert all(
        i == before[i.incident_id] or i.first_scan_date == scans[old].scan.scan_date
        for i in later
        if i.incident_id in before
    )
    assert "resolved" not in told[0]


def test_an_expected_charge_is_a_line_of_the_digest_once_and_ends_in_silence() -> None:
    charge = anomaly(
        onset=at(0),
        usage_date=at(0),
        actual=274,
        alert=False,
        ongoing=False,
        billing_reason=BillingReason.RECURRING_CHARGE,
    )
    scans = [scan_of(at(n), item(charge), costs={(EC2, at(0)): 274.0}) for n in range(3)]
    scans += [scan_of(at(n), costs={(EC2, at(0)): 274.0}) for n in range(3, 7)]
    incidents: dict[str, Incident] = {}
    words = []
    for scan in scans:
        for change in judge(scan, tuple(incidents.values())):
            incidents[change.after.incident_id] = change.after
            assert change.notice is None
            words.append(what_happened(change.after, scan.scan.scan_date))
    assert words[0] == "recurring"
    assert set(words[1:]) == {"closed"}


def test_slow_growth_is_said_when_it_begins_and_when_it_doubles_though_it_rests_between() -> None:
    """Thirty days of growth from $20 a day to $43, with a week in which nothing is found."""
    incidents: dict[str, Incident] = {}
    said = []
    for n in range(40):
        rise = 20 + 0.6 * n
        growth = anomaly(
            onset=at(n - 60),
            usage_date=at(n),
            actual=62 + rise,
            kind=Kind.RAMP,
            alert=False,
            growth_weeks=8,
        )
        rests = 10 <= n < 17
        costs = {(EC2, at(k)): 62 + 20 + 0.6 * k for k in range(n + 1)}
        scan = scan_of(at(n), costs=costs) if rests else scan_of(at(n), item(growth), costs=costs)
        for _ in range(2):  # the second run of a scan tells the same
            for change in judge(scan, tuple(incidents.values())):
                incidents[change.after.incident_id] = change.after
                assert change.notice is None
        words = {what_happened(each, at(n)) for each in incidents.values()}
        if "growing" in words:
            said.append(n)
    assert len(incidents) == 1
    assert said == [0, 34]


def test_an_incident_knows_the_metric_of_the_costs_that_it_was_last_seen_by() -> None:
    def judged_by(scan: AccountScan, metric: CostMetric) -> AccountScan:
        return replace(scan, costs=replace(scan.costs, metric=metric))

    first, second = CostMetric.UNBLENDED, CostMetric.NET_AMORTIZED
    for metrics in ([first], [first, second]):
        _, (incident,) = live([judged_by(day(n), of) for n, of in enumerate(metrics)])
        assert incident.metric is metrics[-1]
