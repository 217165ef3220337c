"""What several accounts spent by day as one inline SVG: stacked bars, the days on which something
began marked above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup, escape

from whyspike.messages.charts.png import axis
from whyspike.messages.charts.svg import grid
from whyspike.words.amounts import dollars
from whyspike.words.days import day as written

_HEIGHT, _LEFT, _BOTTOM, _TOP = 240.0, 66.0, 24.0, 22.0
_LABEL = 90.0  # between two labels of days


def stacked(
    dates: Sequence[date],
    series: Sequence[tuple[str, Sequence[float | None]]],
    marks: Mapping[date, int],
    width: float = 940.0,
    name: str = "wide",
) -> Markup:
    """Bars in US dollars, the first series at the bottom, each with the class s0, s1 and so on.
    `marks` are numbers of incidents by the day that they began on."""
    floor, step = _HEIGHT - _BOTTOM, (width - _LEFT) / len(dates)
    totals = [sum(max(values[i] or 0.0, 0.0) for _, values in series) for i in range(len(dates))]
    marked = axis(totals)
    top = marked[-1]

    def y(value: float) -> float:
        return floor - (floor - _TOP) * value / top

    parts = grid(marked, y, _LEFT, width)
    free = -1e9
    for i, day in enumerate(dates):
        x, base = _LEFT + (i + 0.12) * step, 0.0
        said = f"{written(day)}: {dollars(totals[i])}"
        begun = marks.get(day, 0)
        if begun:
            said += f", {begun} incident{'' if begun == 1 else 's'} began"
        bars = []
        for at, (_, values) in enumerate(series):
            value = max(values[i] or 0.0, 0.0)
            if value:
                high = max(y(base) - y(base + value), 0.3)
                bars.append(
                    f'<rect class="s{at}" x="{x:.1f}" y="{y(base + value):.1f}"'
                    f' width="{step * 0.76:.1f}" height="{high:.1f}"/>'
                )
                base += value
        if all(values[i] is None for _, values in series):
            said = f"{written(day)}: no bill"
        mark = (
            f'<path class="mark" d="M{x + step * 0.38:.1f} {_TOP - 4:.1f} l-5 -9 h10 z"/>'
            if begun
            else ""
        )
        parts.append(f"<g><title>{said}</title>{''.join(bars)}{mark}</g>")
        if day.weekday() == 0 and x > free and x < width - 40:
            parts.append(
                f'<text class="tick" text-anchor="middle" x="{x + step / 2:.1f}"'
                f' y="{_HEIGHT - 6:.0f}">{written(day)}</text>'
            )
            free = x + _LABEL
    label = escape(
        f"Spend by day from {written(dates[0])} to {written(dates[-1])},"
        f" {dollars(totals[-1])} on the last day."
    )
    return Markup(  # noqa: S704 its texts are dates and amounts of ours
        f'<svg class="chart {name}" viewBox="0 0 {width:.0f} {_HEIGHT:.0f}" role="img"'
        f' aria-label="{label}">{"".join(parts)}</svg>'
    )
