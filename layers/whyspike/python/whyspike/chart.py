"""The daily costs of an incident as a PNG for Slack: bars, the expected band, and the day that it began."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date

from PIL import Image, ImageDraw, ImageFont

_SIZE = (960, 360)  # drawn at Slack's full width on a screen of double density
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 16, 20, 40
_INK, _GRID, _BAR, _HOT, _BAND = "#333a45", "#dfe3e8", "#9aa5b1", "#c2410c", "#d9ecdf"


def png(
    dates: Sequence[date],
    costs: Sequence[float | None],
    expected_low: Sequence[float | None],
    expected_high: Sequence[float | None],
    onset: date,
) -> bytes:
    """A PNG of the days given (all sequences as long as `dates`, US dollars). Days from `onset` on that lie outside
    the expected band are drawn in orange; a day without a row on the bill is zero; a day without an expectation (None) has no band."""
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    values = [cost or 0.0 for cost in costs]
    top = max([*values, *(high or 0.0 for high in expected_high), 0.01]) * 1.08
    width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM
    step = width / max(1, len(dates))

    def y(value: float) -> float:
        return _TOP + height * (1 - min(max(value, 0.0), top) / top)

    _axis(draw, top, y)
    for i, (low, high) in enumerate(zip(expected_low, expected_high, strict=True)):
        if low is not None and high is not None:
            draw.rectangle((_LEFT + i * step, y(high), _LEFT + (i + 1) * step, max(y(low), y(high) + 1)), fill=_BAND)
    for i, value in enumerate(values):
        left = _LEFT + i * step
        color = _HOT if dates[i] >= onset and is_outside(value, expected_low[i], expected_high[i]) else _BAR
        draw.rectangle((left + step * 0.18, min(y(value), y(0) - 1), left + step * 0.82, y(0)), fill=color)
    _days(draw, dates, step, onset)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _axis(draw: ImageDraw.ImageDraw, top: float, y: Callable[[float], float]) -> None:
    font = ImageFont.load_default(15)
    for share in (0.0, 0.5, 1.0):
        value = top / 1.08 * share
        at = y(value)
        draw.line((_LEFT, at, _SIZE[0] - _RIGHT, at), fill=_GRID)
        draw.text((_LEFT - 8, at), dollars(value), fill=_INK, font=font, anchor="rm")


def _days(draw: ImageDraw.ImageDraw, dates: Sequence[date], step: float, onset: date) -> None:
    font = ImageFont.load_default(15)
    bottom = _SIZE[1] - _BOTTOM
    shown: float = -1e9
    for i, day in enumerate(dates):
        at = _LEFT + (i + 0.5) * step
        if day == onset or (day.weekday() == 0 and at - shown > 90 and abs((day - onset).days) * step > 60):
            draw.text((at, bottom + 14), f"{day:%b} {day.day}", fill=_HOT if day == onset else _INK, font=font, anchor="mm")
            shown = at


def is_outside(value: float, low: float | None, high: float | None) -> bool:
    """Whether a day's cost lies outside its expected band; a day without a band does."""
    return low is None or high is None or not low <= value <= high


def dollars(value: float) -> str:
    """$0.42, $42, $4,200: as many digits as a reader needs."""
    return f"${value:,.2f}" if 0 < abs(value) < 10 else f"${value:,.0f}"
