"""A time series as SVG: lines with gaps, bands between the ends of intervals, stacked bars, marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

from dashboards.drawing.field import COLOURS, PALETTE, Field
from dashboards.plugin import Shown

BOTTOM, TOP, RIGHT = 22, 8, 12
LEGEND_LINE = 20
LEGEND_PART = 0.35  # of the panel's height at most; what is below can be scrolled to
_GRID = "rgba(204,204,220,.1)"


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened meanwhile: a moment or a span."""

    since: datetime
    until: datetime
    colour: str


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where times and values lie on the picture."""

    shown: Shown
    left: float
    width: float
    height: float
    top: float

    def x(self, at: datetime) -> float:
        whole = (self.shown.until - self.shown.since).total_seconds()
        part = (at - self.shown.since).total_seconds() / whole
        return self.left + part * (self.width - self.left - RIGHT)

    def y(self, value: float) -> float:
        return self.height - BOTTOM - value / self.top * (self.height - BOTTOM - TOP)


def chart(drawn: Sequence[Field], marks: Sequence[Mark], shown: Shown, width: int, height: int) -> str:
    """Return the picture with its legend.

    Parameters
    ----------
    drawn : the times, then the series
    width, height : of the panel's inside, px
    """
    times, *series = drawn
    seen = [one for one in series if not _hidden(one, "viz")]
    if not times.values or not any(value is not None for one in seen for value in one.values):
        return f'<p class="nothing">{escape(times.config["noValue"])}</p>'
    legend = _legend([one for one in series if not _hidden(one, "legend")])
    lines = min(_legend_lines(seen, width), int(height * LEGEND_PART) // LEGEND_LINE)
    plot = height - lines * LEGEND_LINE
    stacked = any(one.config.get("custom.stacking", {}).get("mode") == "normal" for one in seen)
    highest = _highest(seen, stacked=stacked)
    whole = seen[0].config.get("decimals") == 0
    step = _step(highest, (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10), 1 if whole else 0)
    top = step * max(1, ceil(highest / step - 1e-9))
    ticks = [step * number for number in range(round(top / step) + 1)]
    names = [seen[0].text(round(tick, 12)) for tick in ticks]
    plane = _Plane(shown, 10 + 7 * max(map(len, names)), width, plot, top)
    parts = [
        *_axes(plane, ticks, names),
        *_marks(plane, marks),
        *(_bars(plane, times.values, seen) if stacked else _lines(plane, times.values, seen)),
    ]
    svg = f'<svg width="{width}" height="{plot}" viewBox="0 0 {width} {plot}">{"".join(parts)}</svg>'
    return f'{svg}<div class="legend" style="height:{lines * LEGEND_LINE}px">{legend}</div>'


def colour(one: Field, place: int) -> str:
    """Return the colour of a series."""
    if one.config["color"]["mode"] == "fixed":
        return COLOURS[one.config["color"]["fixedColor"]]
    return PALETTE[place % len(PALETTE)]


def _hidden(one: Field, where: str) -> bool:
    return bool(one.config.get("custom.hideFrom", {}).get(where))


def _legend(series: Sequence[Field]) -> str:
    return "".join(
        f'<span><i style="background:{colour(one, place)}"></i>{escape(one.title)}</span>'
        for place, one in enumerate(series)
    )


def _legend_lines(series: Sequence[Field], width: int) -> int:
    return ceil(sum(34 + 6.4 * len(one.title) for one in series) / width)


def _highest(series: Sequence[Field], *, stacked: bool) -> float:
    columns = [[float(value or 0) for value in one.values] for one in series]
    sums = [sum(row) if stacked else max(row) for row in zip(*columns, strict=True)]
    return max(sums) or 1.0


def _step(highest: float, steps: Sequence[float], least: float) -> float:
    """Return a round number that fits about four times into the highest value."""
    rough = highest / 4
    size = 10.0 ** floor(log10(rough))
    return max(least, next(size * step for step in steps if size * step >= rough))


def _axes(plane: _Plane, ticks: Sequence[float], names: Sequence[str]) -> Iterator[str]:
    for tick, name in zip(ticks, names, strict=True):
        y = plane.y(tick)
        yield f'<path d="M{plane.left:.0f} {y:.1f}H{plane.width - RIGHT}" stroke="{_GRID}"/>'
        yield f'<text x="{plane.left - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>'
    for at, name in _times(plane.shown, (plane.width - plane.left) / 90):
        x = plane.x(at)
        if x > plane.width - 20:
            continue
        yield f'<path d="M{x:.1f} {TOP}V{plane.height - BOTTOM}" stroke="{_GRID}"/>'
        yield f'<text x="{x:.1f}" y="{plane.height - 6}" text-anchor="middle">{name}</text>'


def _times(shown: Shown, most: float) -> Iterator[tuple[datetime, str]]:
    """Yield round times for the axis."""
    whole = shown.until - shown.since
    sizes = [timedelta(hours=h) for h in (1, 2, 3, 6, 12, 24, 48, 72, 96, 168, 336, 720)]
    size = next((size for size in sizes if whole / size <= most), sizes[-1])
    day = shown.since.replace(hour=0, minute=0, second=0, microsecond=0)
    form = "%m/%d" if size >= timedelta(days=1) else "%m/%d %H:%M" if whole > timedelta(days=1) else "%H:%M"
    while day <= shown.until:
        if shown.since <= day:
            yield day, f"{day:{form}}"
        day += size


def _marks(plane: _Plane, marks: Sequence[Mark]) -> Iterator[str]:
    foot = plane.height - BOTTOM
    for mark in marks:
        ends = [
            plane.x(min(max(at, plane.shown.since), plane.shown.until)) for at in (mark.since, mark.until)
        ]
        tint = COLOURS[mark.colour]
        if ends[1] > ends[0]:
            wide = ends[1] - ends[0]
            yield f'<rect x="{ends[0]:.1f}" y="{TOP}" width="{wide:.1f}" height="{foot - TOP}" fill="{tint}" opacity=".08"/>'
            yield f'<rect x="{ends[0]:.1f}" y="{foot}" width="{wide:.1f}" height="4" fill="{tint}"/>'
        for x in set(ends):
            yield f'<path d="M{x:.1f} {TOP}V{foot}" stroke="{tint}" stroke-dasharray="3 3"/>'
        yield f'<path d="M{ends[0] - 4:.1f} {foot + 5}h8l-4 -5z" fill="{tint}"/>'


def _bars(plane: _Plane, times: Sequence[datetime], series: Sequence[Field]) -> Iterator[str]:
    apart = min((b - a for a, b in pairwise(times)), default=timedelta(hours=1))
    wide = min(60.0, max(1.0, 0.6 * (plane.x(times[0] + apart) - plane.x(times[0]))))
    feet = [0.0] * len(times)
    for place, one in enumerate(series):
        path = []
        for row, value in enumerate(one.values):
            if value:
                x, y = plane.x(times[row]) - wide / 2, plane.y(feet[row] + float(value))
                path.append(f"M{x:.1f} {y:.1f}h{wide:.1f}V{plane.y(feet[row]):.1f}h-{wide:.1f}z")
                feet[row] += float(value)
        yield f'<path d="{"".join(path)}" fill="{colour(one, place)}" fill-opacity=".7"/>'


def _lines(plane: _Plane, times: Sequence[datetime], series: Sequence[Field]) -> Iterator[str]:
    by_name = {one.title: one for one in series}
    for place, one in enumerate(series):
        tint = colour(one, place)
        below = by_name.get(str(one.config.get("custom.fillBelowTo", "")))
        for run in _runs(one):
            points = [(plane.x(times[row]), plane.y(float(one.values[row]))) for row in run]
            if below:
                yield _band(plane, times, run, (one, below), tint)
            if one.config.get("custom.lineWidth"):
                joined = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
                yield f'<path d="M{joined}" fill="none" stroke="{tint}" stroke-width="1.5"/>'
                if len(points) == 1:
                    yield f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3" fill="{tint}"/>'


def _band(
    plane: _Plane, times: Sequence[datetime], run: Sequence[int], ends: tuple[Field, Field], tint: str
) -> str:
    upper, lower = ends
    there = [row for row in run if lower.values[row] is not None]
    if not there:
        return ""
    over = [f"{plane.x(times[row]):.1f} {plane.y(float(upper.values[row])):.1f}" for row in there]
    under = [f"{plane.x(times[row]):.1f} {plane.y(float(lower.values[row])):.1f}" for row in reversed(there)]
    opacity = upper.config.get("custom.fillOpacity", 0) / 100
    return f'<path d="M{"L".join(over + under)}z" fill="{tint}" fill-opacity="{opacity}"/>'


def _runs(one: Field) -> Iterator[list[int]]:
    """Yield neighbouring rows without a NULL between them."""
    run: list[int] = []
    for row, value in enumerate(one.values):
        if value is not None:
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run
