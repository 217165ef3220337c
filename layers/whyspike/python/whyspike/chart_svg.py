"""The daily costs of an incident as an inline SVG for the report: readable in light and dark, by eye and by screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup, escape

from whyspike.chart import dollars, is_outside

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720.0, 220.0, 58.0, 24.0, 10.0


def svg(
    dates: Sequence[date],
    costs: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    onset: date,
    title: str,
) -> Markup:
    """Bars of the daily cost in US dollars, the expected band where there is one, the onset marked; "" without days."""
    if not dates:
        return Markup("")
    values = [cost or 0.0 for cost in costs]
    top = max([*values, *(value or 0.0 for value in high), 0.01]) * 1.05
    step = (_WIDTH - _LEFT) / len(dates)
    floor = _HEIGHT - _BOTTOM

    def y(value: float) -> float:
        return _TOP + (floor - _TOP) * (1 - min(max(value, 0.0), top) / top)

    parts = []
    for share in (0.0, 0.5, 1.0):
        value = top / 1.05 * share
        parts.append(f'<line class="grid" x1="{_LEFT:.0f}" x2="{_WIDTH:.0f}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{_LEFT - 6:.0f}" y="{y(value) + 4:.1f}">{dollars(value)}</text>')
    for i, (lower, upper) in enumerate(zip(low, high, strict=True)):
        if lower is not None and upper is not None:
            height = max(y(lower) - y(upper), 1.0)
            parts.append(f'<rect class="band" x="{_LEFT + i * step:.1f}" y="{y(upper):.1f}" width="{step:.1f}" height="{height:.1f}"/>')
    for i, value in enumerate(values):
        kind = "hot" if dates[i] >= onset and is_outside(value, low[i], high[i]) else "bar"
        at = min(y(value), floor - 0.5)
        parts.append(
            f'<rect class="{kind}" x="{_LEFT + (i + 0.15) * step:.1f}" y="{at:.1f}" width="{step * 0.7:.1f}" height="{floor - at:.1f}">'
            f"<title>{dates[i]}: {dollars(value)}</title></rect>"
        )
    parts += _days(dates, step, onset)
    said = escape(
        f"{title}: daily cost from {dates[0]} to {dates[-1]}, {dollars(values[-1])} on the last day; the anomaly began on {onset}."
    )
    body = "".join(parts)
    return Markup(f'<svg class="chart" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{said}">{body}</svg>')  # noqa: S704


def _days(dates: Sequence[date], step: float, onset: date) -> list[str]:
    """Labels of Mondays and of the onset, left out where they would touch."""
    parts, shown = [], -1e9
    for i, day in enumerate(dates):
        at = _LEFT + (i + 0.5) * step
        if day == onset or (day.weekday() == 0 and at - shown > 70 and abs((day - onset).days) * step > 52):
            kind = "tick onset" if day == onset else "tick"
            anchor = "end" if at > _WIDTH - 30 else "middle"
            parts.append(f'<text class="{kind}" text-anchor="{anchor}" x="{at:.1f}" y="{_HEIGHT - 6:.0f}">{day:%b} {day.day}</text>')
            shown = at
    return parts
