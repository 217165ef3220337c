"""The daily costs of an incident as an inline SVG for the report: readable in light and dark, by
eye and by screen reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from markupsafe import Markup, escape

from whyspike.messages.charts.png import axis, hot_days, labelled_days
from whyspike.words.amounts import axis_amounts, dollars
from whyspike.words.days import day as written

_HEIGHT, _LEFT, _BOTTOM, _TOP = 220.0, 58.0, 24.0, 10.0
_LABEL = 70.0  # the width of "Mon 26 Oct"


def svg(
    dates: Sequence[date],
    costs: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    onset: date,
    title: str,
    width: float = 720.0,
    name: str = "wide",
) -> Markup:
    """Bars of the daily cost in US dollars before the expected band where there is one, the
    onset marked; "" without days. Colours as in whyspike.messages.charts.png. `width` in units of
    1/12 of a letter's height, `name` a class for the style sheet.
    """
    if not dates:
        return Markup("")
    values = [cost or 0.0 for cost in costs]
    marked = axis([*values, *low, *high])
    bottom, top = marked[0], marked[-1]
    hot = hot_days(dates, values, low, high, onset)
    step = (width - _LEFT) / len(dates)
    floor = _HEIGHT - _BOTTOM

    def y(value: float) -> float:
        return _TOP + (floor - _TOP) * (top - min(max(value, bottom), top)) / (top - bottom)

    parts = grid(marked, y, _LEFT, width)
    for i, (lower, upper) in enumerate(zip(low, high, strict=True)):
        if lower is not None and upper is not None:
            height = max(y(lower) - y(upper), 1.0)
            parts.append(
                f'<rect class="band" x="{_LEFT + i * step:.1f}" y="{y(upper):.1f}"'
                f' width="{step:.1f}" height="{height:.1f}"/>'
            )
    for i, value in enumerate(values):
        above, below = sorted((y(value), y(0)))
        above = min(above, below - 0.5)
        x, thick, height = _LEFT + (i + 0.15) * step, step * 0.7, below - above
        parts.append(
            f'<rect class="{"hot" if hot[i] else "bar"}" x="{x:.1f}" y="{above:.1f}"'
            f' width="{thick:.1f}" height="{height:.1f}"><title>{written(dates[i])}:'
            f" {dollars(value)}</title></rect>"
        )
    limits = "".join(
        f"M{_LEFT + i * step:.1f} {y(limit):.1f}h{step:.1f}"
        for i, day in enumerate(zip(low, high, strict=True))
        for limit in day
        if limit is not None
    )
    if limits:  # once more over the bars, which hide the band
        parts.append(f'<path class="limit" d="{limits}"/>')
    parts += _days(dates, step, onset, width)
    said = escape(
        f"{title}: daily cost from {written(dates[0])} to {written(dates[-1])},"
        f" {dollars(values[-1])} on the last day; the anomaly began on {written(onset)}."
    )
    body = "".join(parts)
    return Markup(  # noqa: S704 its texts are dates and amounts of ours
        f'<svg class="chart {name}" viewBox="0 0 {width:.0f} {_HEIGHT:.0f}" role="img"'
        f' aria-label="{said}">{body}</svg>'
    )


def grid(
    values: Sequence[float], y: Callable[[float], float], left: float, width: float
) -> list[str]:
    """A line across and its amount in US dollars for each of `values`, which `y` places."""
    return [
        f'<line class="grid" x1="{left:.0f}" x2="{width:.0f}" y1="{y(value):.1f}"'
        f' y2="{y(value):.1f}"/><text class="tick" text-anchor="end" x="{left - 6:.0f}"'
        f' y="{y(value) + 4:.1f}">{said}</text>'
        for value, said in zip(values, axis_amounts(values), strict=True)
    ]


def _days(dates: Sequence[date], step: float, onset: date, width: float) -> list[str]:
    return [
        f'<text class="{"tick onset" if day == onset else "tick"}"'
        f' text-anchor="{"end" if is_last else "middle"}" x="{at:.1f}"'
        f' y="{_HEIGHT - 6:.0f}">{written(day)}</text>'
        for day, at, is_last in labelled_days(dates, onset, _LEFT, step, width, _LABEL)
    ]
