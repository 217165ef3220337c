"""Charts: what is unusual is orange, everything drawn lies inside the picture, any input gives a
picture."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from whyspike.messages.charts.png import axis, labelled_days, png
from whyspike.messages.charts.svg import svg

START = date(2026, 10, 12)
COST = st.none() | st.floats(-1e6, 1e9, allow_nan=False)


def days(count: int) -> list[date]:
    return [START + timedelta(days=i) for i in range(count)]


def colors(picture: bytes) -> set[tuple[int, ...]]:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return {color for _, color in image.getcolors(image.width * image.height) or []}  # type: ignore[misc]


HOT = (194, 65, 12)


def test_only_days_since_the_onset_outside_the_band_are_orange() -> None:
    dates = days(10)
    quiet = png(dates, [50.0] * 10, [40.0] * 10, [60.0] * 10, dates[-1] + timedelta(days=1))
    loud = png(dates, [50.0] * 9 + [300.0], [40.0] * 10, [60.0] * 10, dates[-1])
    assert HOT not in colors(quiet)
    assert HOT in colors(loud)
    assert (
        str(
            svg(dates, [300.0] + [50.0] * 8 + [300.0], [40.0] * 10, [60.0] * 10, dates[5], "x")
        ).count('class="hot"')
        == 1
    )


def test_a_credit_that_ran_out_is_drawn_below_zero() -> None:
    dates = days(10)
    drawn = str(
        svg(
            dates,
            [-286.0] * 8 + [0.0, 0.0],
            [None] * 8 + [-314.6] * 2,
            [None] * 8 + [-257.4] * 2,
            dates[8],
            "x",
        )
    )
    heights = [float(height) for height in re.findall(r'class="bar"[^>]* height="([\d.]+)"', drawn)]
    assert len(heights) == 8
    assert min(heights) > 100
    assert drawn.count('class="hot"') == 2
    assert "-$286" in drawn
    picture = Image.open(
        io.BytesIO(png(dates, [-286.0] * 10, [None] * 10, [None] * 10, dates[8]))
    ).convert("RGB")
    gray = sum(
        count
        for count, color in picture.getcolors(picture.width * picture.height) or []
        if color == (154, 165, 177)
    )
    assert gray > 50_000, "the bars fill the picture"


def test_after_a_spike_and_in_a_quiet_weekend_no_day_is_orange() -> None:
    dates = days(10)
    over = svg(
        dates,
        [60.0] * 5 + [300.0, 60.0, 20.0, 20.0, 60.0],
        [None] * 5 + [50.0] + [None] * 4,
        [None] * 5 + [70.0] + [None] * 4,
        dates[5],
        "x",
    )
    assert str(over).count('class="hot"') == 1
    assert str(over).count('class="band"') == 1
    rising = svg(
        dates,
        [60.0] * 5 + [300.0, 20.0, 20.0, 300.0, 300.0],
        [None] * 5 + [50.0] * 5,
        [None] * 5 + [70.0] * 5,
        dates[5],
        "x",
    )
    assert str(rising).count('class="hot"') == 3
    falling = svg(
        dates,
        [60.0] * 5 + [5.0] * 5,
        [None] * 5 + [50.0] * 5,
        [None] * 5 + [70.0] * 5,
        dates[5],
        "x",
    )
    assert str(falling).count('class="hot"') == 5


@settings(max_examples=25, deadline=None)
@given(costs=st.lists(COST, min_size=1, max_size=90), low=COST, high=COST)
def test_any_costs_give_a_picture(
    costs: list[float | None], low: float | None, high: float | None
) -> None:
    dates = days(len(costs))
    band = ([low] * len(costs), [high] * len(costs))
    assert Image.open(io.BytesIO(png(dates, costs, *band, dates[0]))).size == (960, 360)
    assert "nan" not in svg(dates, costs, *band, dates[0], "x")


@settings(max_examples=100, deadline=None)
@given(values=st.lists(COST, max_size=30))
def test_an_axis_has_a_few_even_steps_that_hold_zero_and_every_value(
    values: list[float | None],
) -> None:
    marked = axis(values)
    known = [0.0, *(value for value in values if value is not None)]
    slack = 1e-6 * (marked[-1] - marked[0])
    assert marked[0] <= min(known) + slack
    assert marked[-1] >= max(known) - slack
    assert 0.0 in marked
    assert 2 <= len(marked) <= 8
    steps = [after - before for before, after in pairwise(marked)]
    assert max(steps) - min(steps) <= slack


def test_the_amounts_of_an_axis_are_round_and_of_one_form() -> None:
    dates = days(10)
    drawn = str(svg(dates, [10.0] * 9 + [188.0], [None] * 10, [None] * 10, dates[-1], "x"))
    assert re.findall(r'class="tick" text-anchor="end"[^>]*>([^<]+)<', drawn) == [
        "$0",
        "$50",
        "$100",
        "$150",
        "$200",
    ]


def test_what_was_expected_is_seen_over_the_bars_too() -> None:
    dates = days(10)
    band = ([None] * 8 + [40.0] * 2, [None] * 8 + [60.0] * 2)
    drawn = str(svg(dates, [50.0] * 8 + [300.0] * 2, *band, dates[8], "x"))
    assert drawn.rindex('class="limit"') > drawn.rindex('class="hot"')
    assert 'class="limit"' not in svg(dates, [50.0] * 10, [None] * 10, [None] * 10, dates[8], "x")


def test_a_title_from_a_bill_stays_text() -> None:
    assert "<script>" not in svg(days(2), [1.0, 2.0], [None] * 2, [None] * 2, START, '"><script>')


@pytest.mark.parametrize("onset", [0, 31, 35, 38, 40, 41])
def test_the_labels_of_the_picture_for_slack_never_touch(onset: int) -> None:
    dates = days(42)
    left, right, label = 112, 944, 150
    placed = labelled_days(dates, dates[onset], left, (right - left) / 42, right, label)
    starts = [at - (label if is_last else label / 2) for _, at, is_last in placed]
    assert dates[onset] in [day for day, _, _ in placed]
    assert all(after - before >= label for before, after in pairwise(starts))
    assert ImageFont.load_default(25).getlength("Mon 26 Oct") <= label


@pytest.mark.parametrize("width", [360.0, 460.0, 720.0])
@pytest.mark.parametrize("onset", [31, 38, 40, 41])
def test_the_labels_of_the_days_never_touch(width: float, onset: int) -> None:
    dates = days(42)
    flat = [50.0] * 42
    drawn = str(svg(dates, flat, flat, flat, dates[onset], "x", width))
    labels = re.findall(
        r'class="tick[^"]*" text-anchor="(\w+)" x="([\d.]+)"[^>]*>\w+ \d+ \w+<', drawn
    )
    starts = sorted(float(x) - (70 if anchor == "end" else 35) for anchor, x in labels)
    assert len(starts) >= 2
    assert all(after - before >= 70 for before, after in pairwise(starts))
