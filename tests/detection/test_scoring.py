from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.detection_adapter import detect
from whyspike.detection.scoring import CONSTANTS, Constants, Minimum, score_at, score_days
from whyspike.detection.settings import Limits
from whyspike.detection.table import Floats

DAYS = 90
FIRST = date(2026, 1, 5)  # a Monday
DATES = [FIRST + timedelta(days=i) for i in range(DAYS)]


def minimum(usd: float = 10.0, large: float = 300.0) -> Minimum:
    return Minimum.of([Limits(1.0, usd, 0.2, large)])


def scores(
    costs: Floats,
    least: Minimum | None = None,
    dates: list[date] | None = None,
    constants: Constants = CONSTANTS,
) -> Floats:
    return score_days(costs, dates or DATES, least or minimum(), constants=constants)


amounts = st.floats(-50, 5_000).map(lambda value: round(value, 4))
cells = st.one_of(
    st.just(float("nan")), st.just(0.0), amounts, st.sampled_from([10.0, 10.0, 11.0, 400.0])
)
bills = arrays(np.float64, (3, DAYS), elements=cells)


@settings(max_examples=40, deadline=None)
@given(bills, st.sampled_from([2.0**-6, 4.0, 2.0**10]))
def test_a_bill_in_other_units_scores_the_same(costs: Floats, factor: float) -> None:
    """By powers of two, which no rounding disturbs: days that are alike to the last digit stay
    so. What is noise has its own unit, whatever is worth telling."""
    unit = replace(
        CONSTANTS,
        absolute_scale=CONSTANTS.absolute_scale * factor,
        new_service=CONSTANTS.new_service * factor,
    )
    other = scores(costs * factor, minimum(10.0 * factor, 300.0 * factor), constants=unit)
    assert np.allclose(other, scores(costs), rtol=1e-9, atol=0)


@settings(max_examples=40, deadline=None)
@given(bills, st.permutations(range(3)))
def test_the_order_of_series_changes_no_score(costs: Floats, order: list[int]) -> None:
    assert np.array_equal(scores(costs[order]), scores(costs)[order])


@settings(max_examples=40, deadline=None)
@given(bills, st.floats(0, 10_000))
def test_raising_the_last_day_never_lowers_its_score(costs: Floats, more: float) -> None:
    raised = costs.copy()
    raised[:, -1] = np.nan_to_num(raised[:, -1]) + more
    assert (scores(raised)[:, -1] >= scores(costs)[:, -1] - 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float64,
        (2, DAYS),
        elements=st.one_of(cells, st.sampled_from([1e300, -1e300, 1e-300, float("inf")])),
    )
)
def test_no_input_makes_a_warning_or_a_score_that_is_no_number(costs: Floats) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(scores(costs)).all()


@settings(max_examples=30, deadline=None)
@given(bills, st.integers(1, 60))
def test_a_day_is_judged_by_the_days_before_it_alone(costs: Floats, cut: int) -> None:
    assert np.allclose(
        scores(costs)[:, :cut],
        score_days(costs[:, :cut], DATES[:cut], minimum()),
        rtol=1e-6,
        atol=1e-9,
    )


@pytest.mark.parametrize("newest", [1, 22, 80])
def test_the_newest_days_score_as_they_do_among_all(newest: int) -> None:
    rng = np.random.default_rng(2)
    costs = rng.gamma(5.0, 20.0, (12, DAYS))
    costs[:4][rng.random((4, DAYS)) < 0.8] = np.nan
    costs[:, -10] *= 5
    (of_all,) = score_at(costs, DATES, (minimum(),))
    (some,) = score_at(costs, DATES, (minimum(),), newest=newest)
    assert (of_all > 1).any()
    assert np.array_equal(some[:, -newest:], of_all[:, -newest:])
    assert not some[:, :-newest].any()


def test_dates_moved_by_whole_weeks_change_no_score_away_from_the_turn_of_the_month() -> None:
    rng = np.random.default_rng(7)
    costs = 100 * (1 + 0.05 * rng.standard_normal((5, DAYS)))
    costs[:, 77] *= 2.5  # 23 March; 20 and 27 April when moved
    for weeks in (4, 5):
        moved = [day + timedelta(weeks=weeks) for day in DATES]
        assert (scores(costs, dates=moved)[:, 77] > 1).all()
        assert np.allclose(scores(costs, dates=moved)[:, 77], scores(costs)[:, 77], rtol=0.2)


def weekly(level: float, weekend: float) -> Floats:
    rng = np.random.default_rng(3)
    return (
        level
        * np.where(np.arange(DAYS) % 7 < 5, 1.0, weekend)
        * (1 + 0.02 * rng.standard_normal(DAYS))
    )


QUIET = {
    "a constant bill": np.full(DAYS, 20.0),
    "weekdays and weekends": weekly(100.0, 0.3),
    "a batch each Friday": np.where(np.arange(DAYS) % 7 == 4, 500.0, np.nan),
    "a batch each second Friday": np.where(np.arange(DAYS) % 14 == 4, 500.0, np.nan),
    "growth of 1 % a day": 50.0 * 1.01 ** np.arange(DAYS),
    "all zeros": np.zeros(DAYS),
    "no row at all": np.full(DAYS, np.nan),
    "cents": np.where(np.arange(DAYS) % 9 == 0, 0.4, 0.01),
    "small steps": np.where(np.arange(DAYS) > 60, 106.0, 100.0),
    "a negative day": np.where(np.arange(DAYS) == 60, -80.0, 100.0),
    "a service that ended": np.where(np.arange(DAYS) < 60, 100.0, np.nan),
    "a batch of two days each second week, beside a service of weekdays": np.where(
        np.isin(np.arange(DAYS) % 14, (4, 5)), 4.0, 1.0
    )
    * weekly(100.0, 0.5),
    "a batch on the 10th of each month": np.where(
        np.array([day.day == 10 for day in DATES]), 700.0, 100.0
    ),
    "a job of each Friday that came on a Saturday once": np.where(
        np.isin(np.arange(DAYS), (*range(4, 74, 7), 75, 81, 88)), 500.0, np.nan
    ),
    "a gap of three days": np.where(
        (np.arange(DAYS) >= 60) & (np.arange(DAYS) < 63), np.nan, 100.0
    ),
}


@pytest.mark.parametrize("costs", QUIET.values(), ids=QUIET.keys())
def test_what_is_ordinary_stays_silent_after_five_weeks(costs: Floats) -> None:
    assert not (scores(costs[None])[0, 35:] > 1).any()


def spiked(at: int, factor: float) -> Floats:
    costs = weekly(100.0, 0.3)
    costs[at] *= factor
    return costs


def twice_as_dear_between(runs: list[int]) -> Floats:
    costs = weekly(100.0, 0.8)
    costs[runs] *= 5
    costs[79] *= 2
    return costs


EACH_FRIDAY = np.where(np.arange(DAYS) % 7 == 4, 500.0, np.nan)
LOUD = {
    "a day twice as dear between the batches of each second week": (
        twice_as_dear_between([*range(4, DAYS, 14)]),
        79,
    ),
    "a day twice as dear between the batches of the 10th of each month": (
        twice_as_dear_between([i for i, day in enumerate(DATES) if day.day == 10]),
        79,
    ),
    "a day twice as dear between batches of two days": (
        twice_as_dear_between([i for i in range(DAYS) if i % 14 in (4, 5)]),
        79,
    ),
    "Friday's job on a Tuesday": (np.where(np.arange(DAYS) == 78, 400.0, EACH_FRIDAY), 78),
    "a day twice as dear": (spiked(80, 2.0), 80),
    "a weekend day at the price of a weekday, and more": (spiked(82, 4.5), 82),
    "a new level": (np.where(np.arange(DAYS) >= 75, 150.0, 100.0), 75),
    "a new service": (np.where(np.arange(DAYS) >= 75, 30.0, np.nan), 75),
    "a spike though an older one was larger": (
        np.where(np.arange(DAYS) == 60, 900.0, spiked(80, 3.0)),
        80,
    ),
}


@pytest.mark.parametrize(("costs", "day"), LOUD.values(), ids=LOUD.keys())
def test_what_nothing_ordinary_explains_is_told_on_its_day(costs: Floats, day: int) -> None:
    assert scores(costs[None])[0, day] > 1


def test_a_slow_ramp_is_told_within_two_weeks() -> None:
    costs = weekly(100.0, 1.0) + np.clip(np.arange(DAYS) - 70, 0, None) * 4.0
    assert (scores(costs[None])[0, 70:84] > 1).any()


def test_an_older_new_level_hides_neither_a_ramp_nor_a_second_one() -> None:
    older = weekly(100.0, 1.0) + np.where(np.arange(DAYS) >= 40, 300.0, 0.0)
    ramp = older + np.clip((np.arange(DAYS) - 74) / 10, 0, 1) * 200.0
    shift = older + np.where(np.arange(DAYS) >= 80, 160.0, 0.0)
    told = scores(np.array([ramp, shift])) > 1
    assert told[0, 75:88].any()
    assert told[1, 80:84].any()


def test_a_burst_that_fades_is_no_ramp() -> None:
    costs = weekly(100.0, 1.0)
    costs[70:76] += [900.0, 700.0, 300.0, 150.0, 80.0, 40.0]
    assert not (scores(costs[None])[0, 76:] > 1).any()


def test_growth_with_noise_is_not_told_each_time_it_reaches_a_new_height() -> None:
    rng = np.random.default_rng(5)
    costs = np.asarray(
        50.0 * 1.01 ** np.arange(DAYS) * np.exp(rng.normal(0, 0.07, (40, DAYS))), dtype=np.float64
    )
    assert (scores(costs)[:, 35:] > 1).any(axis=1).sum() <= 4


def test_a_monthly_charge_is_news_once() -> None:
    days = np.array(DATES)
    first = np.array([day.day == 1 for day in days])
    costs = 20.0 + np.where(first, 300.0, 0.0)
    flagged = scores(costs[None])[0] > 1
    assert [DATES[i] for i in np.flatnonzero(flagged)] == [date(2026, 2, 1)]


def test_a_charge_of_each_month_is_no_news_after_it_rose_with_the_level_of_its_service() -> None:
    level = np.where(np.arange(DAYS) >= 60, 160.0, 100.0)
    share = np.where(np.array([day.day == 1 for day in DATES]), 3.0, 1.0)
    told = np.flatnonzero(scores((level * share)[None])[0] > 1)
    assert DATES[told[-1]] < date(2026, 3, 20)
    with_more = level * share + np.where(np.array(DATES) == date(2026, 4, 1), 300.0, 0.0)
    assert scores(with_more[None])[0, DATES.index(date(2026, 4, 1))] > 1


def test_days_between_batches_that_follow_no_rhythm_are_judged_by_them() -> None:
    costs = twice_as_dear_between([4, 25, 36, 52, 69])
    assert not (scores(costs[None])[0, 78:] > 1).any()


def test_a_charge_of_the_first_saturday_is_learned() -> None:
    costs = np.array([400.0 if day.weekday() == 5 and day.day <= 7 else 100.0 for day in DATES])
    assert not (scores(costs[None])[0, 40:] > 1).any()


def test_a_monthly_job_that_slips_by_a_day_is_learned_from_two_months() -> None:
    days = [date(2026, 1, 27), date(2026, 2, 25), date(2026, 3, 26)]
    costs = np.array([400.0 if day in days else 100.0 for day in DATES])
    assert [DATES[i] for i in np.flatnonzero(scores(costs[None])[0] > 1)] == days[:2]


@pytest.mark.parametrize("days", [1, 2, 5, 14, 15])
def test_a_short_history_is_judged_without_alarm(days: int) -> None:
    assert not (score_days(np.full((1, days), 40.0), DATES[:days], minimum())[0, 1:] > 1).any()


def test_the_scorers_adapter_judges_yesterday_again_when_its_bill_is_final() -> None:
    costs = weekly(100.0, 1.0)
    costs[-2] = 400.0
    flag, score = detect(np.array(DATES, dtype="datetime64[D]"), costs)
    assert flag is True
    assert score == pytest.approx(scores(costs[None])[0, -2])


def test_the_minimum_decides_what_is_told_not_what_is_noise() -> None:
    costs = np.where(np.arange(DAYS) >= 70, 14.0, np.nan)[None]
    assert scores(costs)[0, 70] > 1, "new, and above the minimum of $10"
    assert not (scores(costs, minimum(15.0)) > 1).any()
    risen = np.where(np.arange(DAYS) >= 70, 34.0, 20.0)[None]
    assert scores(risen)[0, 70] > 1, "more than the minimum of $10, by $14"
    assert not (scores(risen, minimum(15.0)) > 1).any(), "by less, whatever it costs"


def steady_and_big(noise: float, rise: float) -> Floats:
    rng = np.random.default_rng(5)
    return (
        10_000 * (1 + noise * rng.standard_normal(DAYS)) * np.where(np.arange(DAYS) >= 75, rise, 1)
    )


@pytest.mark.parametrize(
    ("noise", "large", "told"),
    [
        pytest.param(0.01, 300.0, True, id="so large and so sure that the percent does not matter"),
        pytest.param(0.01, 2_000.0, False, id="not large"),
        pytest.param(0.06, 300.0, False, id="not sure"),
    ],
)
def test_a_rise_below_the_percent_is_told_if_it_is_large_and_sure(
    noise: float, large: float, told: bool
) -> None:
    costs = steady_and_big(noise, 1.15)[None]
    assert (scores(costs, minimum(large=large))[0, 75:79] > 1).any() == told


@pytest.mark.parametrize(
    ("rise", "noise", "told"),
    [
        pytest.param(1.09, 0.005, True, id="9 %, far beyond its noise"),
        pytest.param(1.03, 0.005, False, id="3 %: bills drift so much"),
        pytest.param(1.09, 0.03, False, id="within its noise"),
    ],
)
def test_a_few_percent_of_a_big_steady_service_are_told_on_their_third_day_at_the_latest(
    rise: float, noise: float, told: bool
) -> None:
    flagged = scores(steady_and_big(noise, rise)[None])[0] > 1
    assert flagged[75:78].any() == told
    assert not flagged[:75].any()


def test_on_a_day_that_costs_ten_times_the_others_errors_are_ten_times_as_large() -> None:
    rng = np.random.default_rng(3)
    sundays = np.array([day.weekday() == 6 for day in DATES])
    costs = np.where(sundays, 700.0, 90.0) * (1 + 0.15 * rng.standard_normal(DAYS))
    assert not (scores(costs[None])[0, 35:] > 1).any()


def test_a_new_service_is_told_when_it_reaches_the_minimum_in_its_first_week() -> None:
    costs = np.full(DAYS, np.nan)
    costs[70], costs[73] = 9.9, 11.8
    assert np.flatnonzero(scores(costs[None])[0] > 1).tolist() == [73]


@pytest.mark.parametrize("level", [140.0, 200.0, 300.0])
def test_a_weekend_that_costs_more_is_told_though_weekdays_cost_as_much(level: float) -> None:
    costs = weekly(300.0, 0.2)
    costs[75:77] = level  # the weekend of 21 and 22 March; 21 January was a Wednesday
    flagged = np.flatnonzero(scores(costs[None])[0] > 1)
    assert flagged[0] == 75
