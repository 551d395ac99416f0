"""Cost against quality as a picture: one SVG element that stands in a page or a report.

Colours are the console's variables, with what they are by day where a page has none. Marks have shapes and
numbers, so that colour says nothing alone. There is no link and no script in it, and every name is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from services.wording.frontier import Choice, by_cost, cost, dominated, lines, named, quality, verdict
from services.wording.numbers import digits
from services.wording.words import clip

MOST = 8  # models in one picture; advice looks at no more
_WIDTH, _LEFT, _RIGHT, _TOP = 600.0, 56.0, 588.0, 28.0
_PLOT, _STRIP, _ROW = 200.0, 40.0, 34.0  # heights: both known, only the cost known, one model of the legend
_LEAST = 0.01  # the vertical axis has at least a point on either side of the incumbent
_TEXT, _MUTED, _LINE, _DATA, _PANEL = (
    "var(--text, #1c2024)",
    "var(--muted, #59636e)",
    "var(--line, #dfe1e4)",
    "var(--data, #0b5fad)",
    "var(--panel, #fff)",
)


def picture(choices: Sequence[Choice], ident: str) -> str:
    """Return the markup of an SVG; "" where nothing has a price.

    Parameters
    ----------
    ident : makes the ids of its title and description the page's own; letters, digits, - and _
    """
    shown = by_cost(choices)[:MOST]
    if not any(one.usd_per_call is not None for one in shown):
        return ""
    unknown = any(one.usd_per_call is not None and one.difference is None for one in shown)
    scale = _Scale(shown)
    below = _TOP + _PLOT + (_STRIP if unknown else 0)
    height = below + 44 + _ROW * len(shown)
    parts = [*_frame(scale, below, unknown=unknown), *_marks(shown, scale), *_legend(shown, below + 58)]
    said = escape(". ".join(lines(shown)))
    name = escape(ident)
    return (
        f'<svg class="frontier" role="img" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" '
        f'aria-labelledby="{name}-title {name}-desc" font-size="13" fill="{_TEXT}">'
        f'<title id="{name}-title">Cost per call against bad answers</title>'
        f'<desc id="{name}-desc">{said}.</desc>{"".join(parts)}</svg>'
    )


class _Scale:
    """Where a cost and a difference lie, in units of the picture."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        costs = [one.usd_per_call for one in choices if one.usd_per_call is not None]
        ends = [end for one in choices if one.difference is not None for end in (one.low, one.high)]
        self.most_usd = max(max(costs) * 1.08, 1e-12)
        reach = max(_LEAST, *map(abs, ends)) if ends else _LEAST
        self.worst = reach * 1.08

    def x(self, usd: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * usd / self.most_usd

    def y(self, difference: float) -> float:
        return _TOP + _PLOT / 2 * (1 + difference / self.worst)


def _frame(scale: _Scale, below: float, *, unknown: bool) -> Iterator[str]:
    bottom = _TOP + _PLOT
    yield _text(_LEFT, 14, "fewer bad answers than now", fill=_MUTED)
    yield _text(_LEFT, bottom - 6, "more", fill=_MUTED)
    yield _rule(_LEFT, _TOP, _LEFT, below)
    yield _rule(_LEFT, below, _RIGHT, below)
    for points in _ticks(100 * scale.worst):
        for side in (-points, points) if points else (0.0,):
            yield _rule(_LEFT - 4, scale.y(side / 100), _RIGHT if not side else _LEFT, scale.y(side / 100))
            yield _text(_LEFT - 8, scale.y(side / 100) + 4, f"{side:+g}" if side else "0", anchor="end")
    for usd in _ticks(1_000 * scale.most_usd):
        yield _rule(scale.x(usd / 1_000), below, scale.x(usd / 1_000), below + 4)
        yield _text(scale.x(usd / 1_000), below + 18, digits(usd), anchor="middle")
    yield _text(_RIGHT, below + 34, "USD per 1,000 calls", anchor="end", fill=_MUTED)
    yield _text(_LEFT - 8, _TOP - 14, "pt", anchor="end", fill=_MUTED)
    if unknown:
        yield _rule(_LEFT, bottom, _RIGHT, bottom, dashed=True)
        yield _text(_LEFT + 4, bottom + 13, "quality unknown, not placed", fill=_MUTED, size=11)


def _marks(choices: Sequence[Choice], scale: _Scale) -> Iterator[str]:
    over = dominated(choices)
    for number, one in enumerate(choices, start=1):
        if one.usd_per_call is None:
            continue
        x = scale.x(one.usd_per_call)
        y = _TOP + _PLOT + _STRIP - 12 if one.difference is None else scale.y(one.difference)
        shape = _shape(one, x, y, hollow=one.difference is None or one.name in over)
        bar = "" if one.incumbent or one.difference is None else _bar(x, scale.y(one.low), scale.y(one.high))
        label = _text(x + 9, y + (4 if one.difference is None else -7), str(number), weight="600")
        said = escape(f"{named(one)}: {quality(one)}; {cost(one)}")
        yield f"<g><title>{said}</title>{bar}{shape}{label}</g>"


def _legend(choices: Sequence[Choice], top: float) -> Iterator[str]:
    over = dominated(choices)
    for number, one in enumerate(choices, start=1):
        y = top + _ROW * (number - 1)
        found = over.get(one.name)
        yield _text(_LEFT - 8, y, str(number), anchor="end", weight="600")
        yield _text(_LEFT, y, clip(named(one), 60), weight="600")
        said = f"{quality(one)}; {cost(one)}"
        yield _text(_LEFT, y + 15, said, fill=_MUTED, size=12)
        if found:
            yield _text(_RIGHT, y, clip(verdict(found), 44), anchor="end", fill=_MUTED, size=12)


def _shape(one: Choice, x: float, y: float, *, hollow: bool) -> str:
    """The model in use is a square, one without a known quality a diamond, others are circles."""
    look = f'fill="{_PANEL if hollow else _DATA}" stroke="{_DATA}" stroke-width="2"'
    if one.incumbent:
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" {look}/>'
    if one.difference is None:
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" {look}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {look}/>'


def _bar(x: float, high: float, low: float) -> str:
    ends = "".join(f"M{x - 4:.1f} {y:.1f}h8" for y in (high, low))
    return f'<path d="M{x:.1f} {high:.1f}V{low:.1f}{ends}" stroke="{_DATA}" stroke-width="1.5" fill="none"/>'


def _rule(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{_LINE}"{dash} fill="none"/>'


def _text(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "start",
    fill: str = _TEXT,
    size: int = 13,
    weight: str = "400",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size}" '
        f'font-weight="{weight}">{escape(said)}</text>'
    )


def _ticks(most: float) -> list[float]:
    """Return round numbers from 0 to `most`, four or so.

    >>> _ticks(7.3), _ticks(0.9)
    ([0.0, 2.0, 4.0, 6.0], [0.0, 0.2, 0.4, 0.6, 0.8])
    """
    power = 1e-9
    while power * 10 <= most:
        power *= 10
    step = next(power * by for by in (0.2, 0.5, 1, 2) if most / (power * by) < 5)  # noqa: PLR2004 - labels fit
    return [round(step * nth, 9) for nth in range(int(most / step) + 1)]
