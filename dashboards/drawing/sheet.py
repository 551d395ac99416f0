"""One dashboard as a page: its panels where Grafana puts them, each with what the store answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dashboards.drawing.chart import Mark, chart
from dashboards.drawing.field import Answer, fields
from dashboards.drawing.figures import figures
from dashboards.drawing.table import table
from dashboards.panel import Json
from dashboards.plugin import Shown, Values, expanded

WIDTH = 1440  # px, of a window without the menu
CELL, GAP = 30, 8  # px, of Grafana's grid
TITLE, PADDING = 32, 8  # px, of a panel
POINTS = 400  # that a chart has room for
LABEL = "Rendering by fmwatch of arranged data, not Grafana"

Ask = Callable[[str], Answer]

_STYLE = """
body{margin:0;background:#111217;color:#ccccdc;font:14px/1.4 Inter,"DejaVu Sans",sans-serif}
header{height:64px;padding:10px 16px 0;box-sizing:border-box;white-space:nowrap;overflow:hidden}
h1{font-size:18px;margin:0;display:inline}header span{margin-left:14px;color:#8e8e9b}
header em{float:right;color:#ff9830;font-style:normal;border:1px solid #ff9830;border-radius:3px;padding:2px 8px}
header p{margin:4px 0 0;font-size:12px;color:#8e8e9b}
main{position:relative}
section{position:absolute;box-sizing:border-box;background:#181b1f;border:1px solid #25272d;border-radius:2px;
overflow:hidden}
h2{font-size:14px;font-weight:500;margin:0;height:32px;line-height:32px;padding:0 8px;white-space:nowrap}
.inside{position:relative;padding:0 8px 8px;overflow:hidden}
.row{background:none;border:0}.row h2{line-height:30px;height:30px}
.nothing{color:#8e8e9b;text-align:center;margin:30px 0 0}
.figures{display:flex;height:100%;align-items:center}.figures.down{flex-direction:column}
.figure{text-align:center;white-space:nowrap;overflow:hidden}
.figure span{display:block}.figure b{font-weight:500;line-height:1.2}
.figure.beside{display:flex;justify-content:center;align-items:baseline;gap:12px}
svg{display:block}svg text{fill:#9a9aa8;font-size:12px}
.legend{overflow:hidden;font-size:12px;line-height:20px}.legend span{margin-right:14px;white-space:nowrap;
display:inline-block}.legend i{display:inline-block;width:14px;height:4px;margin-right:5px;vertical-align:middle}
table{border-collapse:collapse;table-layout:fixed}tr{height:36px}
th,td{padding:0 6px;text-align:left;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;box-sizing:border-box;
border-bottom:1px solid #25272d;font-size:13px}th{color:#6e9fff;font-weight:500}.number{text-align:right}
.more{position:absolute;right:8px;bottom:0;background:#22252b;color:#8e8e9b;font-size:12px;padding:1px 8px}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One dashboard over a time.

    Attributes
    ----------
    board : as Grafana reads it
    ask : the store; given SQL without macros or variables it answers columns by name
    values : what is chosen for each variable
    shown : the time; its interval is not read: each panel has its own
    """

    board: Json
    ask: Ask
    values: Values
    shown: Shown

    def html(self) -> str:
        """Return the page."""
        board = self.board
        chosen = "  ".join(
            f"{escape(one['label'])}: {escape(str(one['current']['text']))}"
            for one in board["templating"]["list"]
            if one["type"] != "constant"
        )
        since, until = self.shown.since, self.shown.until
        height = max(_bottom(panel) for panel in board["panels"])
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(board["title"])}</title>'
            f"<style>{_STYLE}</style><header><em>{LABEL}</em><h1>{escape(board['title'])}</h1>"
            f"<span>{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC</span><p>{chosen}</p></header>"
            f'<main style="height:{height}px">{"".join(self._panels())}</main></html>'
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page, px."""
        return WIDTH, 64 + max(_bottom(panel) for panel in self.board["panels"]) + GAP

    def _panels(self) -> Iterator[str]:
        marks = list(self._marks())
        for panel in self.board["panels"]:
            place = panel["gridPos"]
            column = (WIDTH - GAP) / 24
            width, height = round(place["w"] * column - GAP), place["h"] * (CELL + GAP) - GAP
            box = (
                f"left:{GAP + place['x'] * column:.0f}px;top:{place['y'] * (CELL + GAP)}px;"
                f"width:{width}px;height:{height}px"
            )
            title = escape(panel["title"])
            if panel["type"] == "row":
                sign = "&rsaquo;" if panel["collapsed"] else "&#8964;"
                yield f'<section class="row" style="{box}"><h2>{sign} {title}</h2></section>'
                continue
            inside = self._inside(panel, marks, width - 2 * PADDING - 2, height - TITLE - PADDING - 2)
            yield (
                f'<section style="{box}"><h2>{title}</h2><div class="inside" '
                f'style="height:{height - TITLE - PADDING - 2}px">{inside}</div></section>'
            )

    def _inside(self, panel: Json, marks: Sequence[Mark], width: int, height: int) -> str:
        shown = fields(panel, self.ask(self._sql(panel)))
        match panel["type"]:
            case "stat":
                return figures(shown, width, height)
            case "table":
                return table(shown, width, height)
            case _:
                return chart(shown, marks, self.shown, width, height)

    def _sql(self, panel: Json) -> str:
        seconds = (self.shown.until - self.shown.since).total_seconds()
        apart = _rounded(seconds / panel.get("maxDataPoints", POINTS))
        shown = Shown(self.shown.since, self.shown.until, apart)
        return expanded(panel["targets"][0]["rawSql"], self.values, shown)

    def _marks(self) -> Iterator[Mark]:
        for marked in self.board["annotations"]["list"]:
            found = self.ask(expanded(marked["target"]["rawSql"], self.values, self.shown))
            for since, until in zip(found["time"], found["timeEnd"], strict=True):
                yield Mark(since, until, marked["iconColor"])


# Below how many seconds Grafana takes which interval.
_ROUNDED = {
    90: 60, 210: 120, 450: 300, 750: 600, 1050: 900, 1500: 1200, 2700: 1800, 5400: 3600, 9000: 7200, 16200: 10800,
    32400: 21600, 86400: 43200, 604800: 86400, 1814400: 604800,
}  # fmt: skip


def _rounded(seconds: float) -> int:
    return next((apart for below, apart in _ROUNDED.items() if seconds < below), 2592000)


def _bottom(panel: Json) -> int:
    place = panel["gridPos"]
    return int((place["y"] + place["h"]) * (CELL + GAP))
