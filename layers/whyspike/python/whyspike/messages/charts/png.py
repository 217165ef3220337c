"""The daily costs of an incident as a PNG for Slack: bars, the expected band, and the day that it
began."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from datetime import date

from PIL import Image, ImageDraw, ImageFont

from whyspike.words.amounts import axis_amounts
from whyspike.words.days import day as written

_SIZE = (960, 360)  # drawn at Slack's full width on a screen of double density
_LEFT, _RIGHT, _TOP, _BOTTOM = 112, 16, 24, 56
_LETTERS = 25  # a phone shows it at a third of its width
_LABEL = 150.0  # the width of "Mon 26 Oct"
_INK, _GRID, _BAR, _HOT, _BAND, _LIMIT = (
    "#333a45",
    "#dfe3e8",
    "#9aa5b1",
    "#c2410c",
    "#d9ecdf",
    "#4d8a62",
)


def png(
    dates: Sequence[date],
    costs: Sequence[float | None],
    expected_low: Sequence[float | None],
    expected_high: Sequence[float | None],
    onset: date,
) -> bytes:
    """A PNG of the days given (all sequences as long as `dates`, US dollars). Days from `onset` on
    that lie beyond the expected band are drawn in orange; a day without a row on the bill is zero;
    a day without an expectation (None) has no band and is never orange.
    """
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    values = [cost or 0.0 for cost in costs]
    marked = axis([*values, *expected_low, *expected_high])
    bottom, top = marked[0], marked[-1]
    hot = hot_days(dates, values, expected_low, expected_high, onset)
    width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM
    step = width / max(1, len(dates))

    def y(value: float) -> float:
        return _TOP + height * (top - min(max(value, bottom), top)) / (top - bottom)

    _axis(draw, marked, y)
    for i, (low, high) in enumerate(zip(expected_low, expected_high, strict=True)):
        if low is not None and high is not None:
            draw.rectangle(
                (_LEFT + i * step, y(high), _LEFT + (i + 1) * step, max(y(low), y(high) + 1)),
                fill=_BAND,
            )
    for i, value in enumerate(values):
        left = _LEFT + i * step
        upper, lower = sorted((y(value), y(0)))
        draw.rectangle(
            (left + step * 0.18, min(upper, lower - 1), left + step * 0.82, lower),
            fill=_HOT if hot[i] else _BAR,
        )
    for i, limits in enumerate(
        zip(expected_low, expected_high, strict=True)
    ):  # once more over the bars, which hide the band
        for limit in limits:
            if limit is not None:
                draw.line(
                    (_LEFT + i * step, y(limit), _LEFT + (i + 1) * step, y(limit)),
                    fill=_LIMIT,
                    width=2,
                )
    _days(draw, dates, step, onset)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _axis(draw: ImageDraw.ImageDraw, values: Sequence[float], y: Callable[[float], float]) -> None:
    font = ImageFont.load_default(_LETTERS)
    for value, said in zip(values, axis_amounts(values), strict=True):
        at = y(value)
        draw.line((_LEFT, at, _SIZE[0] - _RIGHT, at), fill=_GRID)
        draw.text((_LEFT - 8, at), said, fill=_INK, font=font, anchor="rm")


def _days(draw: ImageDraw.ImageDraw, dates: Sequence[date], step: float, onset: date) -> None:
    font = ImageFont.load_default(_LETTERS)
    right = _SIZE[0] - _RIGHT
    for day, at, is_last in labelled_days(dates, onset, _LEFT, step, right, _LABEL):
        draw.text(
            (at, _SIZE[1] - _BOTTOM / 2),
            written(day),
            fill=_HOT if day == onset else _INK,
            font=font,
            anchor="rm" if is_last else "mm",
        )


def labelled_days(
    dates: Sequence[date], onset: date, left: float, step: float, width: float, label: float
) -> list[tuple[date, float, bool]]:
    """Mondays and the onset, left out where their labels, `label` wide, would touch: each with the
    middle of its bar, and whether its label ends there, at the edge of the picture."""
    placed: list[tuple[date, float, bool]] = []
    free = -1e9
    onset_left, onset_right = _reach(left + ((onset - dates[0]).days + 0.5) * step, width, label)
    for i, day in enumerate(dates):
        middle = left + (i + 0.5) * step
        begins, ends = _reach(middle, width, label)
        clear = begins > free and (ends < onset_left or begins > onset_right)
        if day == onset or (day.weekday() == 0 and clear):
            placed.append((day, middle, ends == middle))
            free = ends
    return placed


def _reach(middle: float, width: float, label: float) -> tuple[float, float]:
    """From where to where the label of the day at `middle` is drawn, within the picture."""
    right = middle if middle > width - 0.43 * label else middle + label / 2
    return right - label, right


def axis(values: Sequence[float | None]) -> list[float]:
    """Where an axis is labelled: three to eight round amounts in even steps that hold zero and
    every value between them; credits and commitments lie below zero."""
    known = [value for value in values if value is not None]
    lowest = min([*known, 0.0])
    highest = max([*known, lowest + 0.01, 0.0])
    room = highest - lowest
    power = 10.0 ** math.floor(math.log10(room / 4))
    step = next(power * of for of in (1, 2, 2.5, 5, 10) if room / (power * of) <= 5)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [n * step for n in range(first, last + 1)]


def hot_days(
    dates: Sequence[date],
    values: Sequence[float],
    low: Sequence[float | None],
    high: Sequence[float | None],
    onset: date,
) -> list[bool]:
    """Which days to mark: from `onset` on, beyond the band of that day, on the side on which the
    last day with a band lies; a quiet weekend within a rise is no part of it."""
    bands = [
        (low_, high_) if low_ is not None and high_ is not None else None
        for low_, high_ in zip(low, high, strict=True)
    ]
    last = next(
        (
            (value, band)
            for value, band in zip(reversed(values), reversed(bands), strict=True)
            if band
        ),
        None,
    )
    falls = last is not None and last[0] < last[1][0]
    return [
        day >= onset and band is not None and (value < band[0] if falls else value > band[1])
        for day, value, band in zip(dates, values, bands, strict=True)
    ]
