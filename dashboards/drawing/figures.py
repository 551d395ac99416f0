"""A stat panel as HTML: each column's last value with its name, as large as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards.drawing.field import Field

WIDE = 2.5  # a value this much wider than high has its name beside it
_GLYPH = 0.6  # width of a digit, in heights


def figures(shown: Sequence[Field], width: int, height: int) -> str:
    """Return the values side by side, or below each other where the panel is higher than wide.

    Parameters
    ----------
    width, height : of the panel's inside, px
    """
    seen = [one for one in shown if not one.config.get("custom.hidden")]
    if all(one.last is None for one in seen):
        return f'<p class="nothing">{escape(seen[0].config["noValue"])}</p>'
    across = width >= height
    wide = width // len(seen) if across else width
    high = height if across else height // len(seen)
    beside = wide / high > WIDE
    texts = [one.text(one.last) or one.config["noValue"] for one in seen]
    longest, title = max(map(len, texts)), max(len(one.title) for one in seen)
    if beside:
        size = min(high * 0.6, wide * 0.9 / (_GLYPH * (longest + title * 0.6)))
        small = 0.6 * size
    else:
        size = min(high * 0.5, (wide - 16) / (_GLYPH * longest))
        small = min(high * 0.2, (wide - 16) / (0.55 * title), size)
    size, small = max(12, min(size, 60)), max(10, min(small, 24))
    boxes = [
        f'<div class="figure{" beside" if beside else ""}" style="width:{wide}px">'
        f'<span style="font-size:{small:.0f}px">{escape(one.title)}</span>'
        f'<b style="font-size:{size:.0f}px;color:{one.colour(one.last)}">{escape(text)}</b></div>'
        for one, text in zip(seen, texts, strict=True)
    ]
    return f'<div class="figures{"" if across else " down"}">{"".join(boxes)}</div>'
