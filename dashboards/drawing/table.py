"""A table panel as HTML: the rows and columns that are seen without scrolling."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards.drawing.field import Field

ROW = 36  # px, as Grafana's small cells
HEAD = 36
LEAST = 150  # px, of a column that says nothing else


def table(columns: Sequence[Field], width: int, height: int) -> str:
    """Return what is seen of it, and how much is not.

    Parameters
    ----------
    width, height : of the panel's inside, px
    """
    seen = [one for one in columns if not one.config.get("custom.hidden")]
    n = len(seen[0].values)
    if not n:
        return f'<p class="nothing">{escape(seen[0].config["noValue"])}</p>'
    widths = _widths(seen, width)
    rows = min(n, max(1, (height - HEAD) // ROW))
    head = "".join(
        f'<th class="{_side(one)}" style="width:{wide}px">{escape(one.title)}</th>'
        for one, wide in zip(seen, widths, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(one, row) for one in seen)}</tr>" for row in range(rows))
    hidden = [f"{n - rows} more rows below"] * (n > rows)
    hidden += [f"{_beyond(widths, width)} more columns to the right"] * bool(_beyond(widths, width))
    note = f'<div class="more">{", ".join(hidden)}</div>' if hidden else ""
    return f'<table style="width:{sum(widths)}px"><tr>{head}</tr>{body}</table>{note}'


def _widths(columns: Sequence[Field], width: int) -> list[int]:
    """Return how wide each is: what is fixed, and of the rest an even share, but no less than the least."""
    fixed = [int(one.config.get("custom.width", 0)) for one in columns]
    loose = fixed.count(0)
    even = (width - sum(fixed)) // loose if loose else 0
    return [
        wide or max(even, int(one.config.get("custom.minWidth", LEAST)))
        for wide, one in zip(fixed, columns, strict=True)
    ]


def _beyond(widths: Sequence[int], width: int) -> int:
    return sum(sum(widths[: place + 1]) > width + 1 for place in range(len(widths)))


def _side(one: Field) -> str:
    return "" if one.config["unit"] in {"string", "dateTimeAsIso"} else "number"


def _cell(one: Field, row: int) -> str:
    value = one.values[row]
    said = escape(one.text(value))
    if one.config.get("links") and said:
        said = f"<u>{said}</u>"
    kind = (one.config.get("custom.cellOptions") or {}).get("type", "auto")
    style = {
        "color-text": f"color:{one.colour(value)}",
        "color-background": f"background:{one.colour(value)};color:#111217",
    }.get(kind, "")
    return f'<td class="{_side(one)}" style="{style}">{said}</td>'
