"""One panel: a question, the SQL that answers it, and how the answer is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dashboards.column import SERIES, colours, title, unit, width

Json = dict[str, Any]
Kind = Literal["stat", "timeseries", "table"]
Style = Literal["band", "bars", "lines"]

PLUGIN = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.20.0"
GRAFANA_VERSION = "13.2.3"
NOTHING = "no data yet"
NONE = "none in the time shown"
POINTS = 60  # of an estimate over time
TIME_SERIES, TABLE = 0, 1  # the plugin's formats


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes
    ----------
    answers : the question in words, and how the figure comes about; its description
    columns : of the answer, in order; a test compares them with what the store gives
    style : of a time series. band: an estimate within its interval; bars: counts, stacked; lines
    width : of 24 columns; 0 for an even share of its row
    height : of the grid's rows; 0 for what its kind usually has
    links : where a column's values lead to
    rare : it lists what need not happen, so that to have nothing is usual
    """

    kind: Kind
    title: str
    answers: str
    sql: str
    columns: tuple[str, ...]
    style: Style = "lines"
    width: int = 0
    height: int = 0
    rare: bool = False
    links: Mapping[str, str] = field(default_factory=dict)

    def json(self, number: int, place: Json, source: str) -> Json:
        """Return it as Grafana reads it.

        Parameters
        ----------
        number : its id within the dashboard
        place : gridPos
        source : uid of the data source
        """
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.answers,
            "gridPos": place,
            "pluginVersion": GRAFANA_VERSION,
            "datasource": data_source(source),
            # Sums are of whole minutes: nothing is finer. Where they are of hours, the SQL sees to it.
            "interval": "1m",
            # Of few calls little is known: an estimate's points are far enough apart to say something.
            **({"maxDataPoints": POINTS} if self.kind == "timeseries" and self.style != "bars" else {}),
            "targets": [target(self.sql, source, TIME_SERIES if self.kind == "timeseries" else TABLE)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": self._overrides()},
            "options": _OPTIONS[self.kind],
        }

    def _defaults(self) -> Json:
        found: Json = {
            "noValue": NONE if self.rare else NOTHING,
            "unit": self._axis() if self.kind == "timeseries" else "locale",
            "color": {
                "mode": "palette-classic" if self.kind == "timeseries" else "fixed",
                "fixedColor": "text",
            },
            "thresholds": {"mode": "absolute", "steps": [{"color": "text", "value": None}]},
            "mappings": [],
        }
        if self.kind == "timeseries":
            found |= {"min": 0, "custom": _drawn(self.style)}
            if found["unit"] == "locale":
                found["decimals"] = 0  # there is no half of a call
            if self.style == "bars":
                found["displayName"] = f"${{__field.labels.{self.columns[1]}}}"
        if self.kind == "table":
            found["custom"] = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}
        return found

    def _axis(self) -> str:
        """Return the unit of a time series: that of what is drawn first."""
        measured = [name for name in self.columns if unit(name, self.columns) != "string"]
        return unit(measured[-1 if self.style == "bars" else 0], self.columns)

    def _overrides(self) -> list[Json]:
        found = [_override(name, self._shown(name)) for name in self.columns if name != "time"]
        if self.style == "bars":
            for name, colour in SERIES.get(self.columns[1], {}).items():
                found.append(_override(name, {"color": {"mode": "fixed", "fixedColor": colour}}))
        for name, url in self.links.items():
            shown = f"these {title(name, self.columns)}" if name.endswith("_n") else f"this {name}"
            found.append(_override(name, {"links": [{"title": f"Show {shown}", "url": url}]}))
        return [override for override in found if override["properties"]]

    def _shown(self, name: str) -> Json:
        """Return what one column has of its own."""
        if self.kind == "timeseries":
            return self._drawn(name)
        found = {"unit": unit(name, self.columns), "displayName": title(name, self.columns), **colours(name)}
        if self.kind == "stat" and name != self.columns[0]:
            found["noValue"] = "-"  # that there is nothing, the first says
        if self.kind == "table":
            found |= width(name, self.columns)
            if colours(name):
                found["custom.cellOptions"] = {"type": "color-text"}
        return found

    def _drawn(self, name: str) -> Json:
        """Return how one series is drawn."""
        if self.style == "bars":
            return {}
        found: Json = {"unit": unit(name, self.columns)}
        low, high = name.removesuffix("_high") + "_low", name.endswith("_high")
        if self.style == "band" and (high or name.endswith("_low")):
            # By the name that it has for a reader, so ends of intervals keep their own.
            filled = (
                {"custom.fillBelowTo": low, "custom.fillOpacity": 20} if high else {"custom.fillOpacity": 0}
            )
            return found | filled | {"custom.lineWidth": 0, "custom.hideFrom": _hidden("legend")} | _EDGE
        if found["unit"] == "locale" and self._axis() != "locale":
            return found | {"custom.hideFrom": _hidden("legend", "viz")}
        return found | {"displayName": title(name, self.columns)}


def data_source(uid: str) -> Json:
    """Return how panels, variables and rules name the data source."""
    return {"type": PLUGIN, "uid": uid}


def target(sql: str, source: str, form: int, ref: str = "A") -> Json:
    """Return one query as the plugin reads it, in the SQL editor's form."""
    return {
        "refId": ref,
        "datasource": data_source(source),
        "editorType": "sql",
        "pluginVersion": PLUGIN_VERSION,
        "queryType": "timeseries" if form == TIME_SERIES else "table",
        "format": form,
        "rawSql": sql,
        "meta": {"timezone": "UTC"},
    }


_EDGE = {"color": {"mode": "fixed", "fixedColor": "blue"}}
_OPTIONS: Mapping[Kind, Json] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "orientation": "auto",
        "textMode": "value_and_name",
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "showPercentChange": False,
        "wideLayout": True,
    },
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "table": {"showHeader": True, "cellHeight": "sm"},
}


def _drawn(style: Style) -> Json:
    bars = style == "bars"
    return {
        "drawStyle": "bars" if bars else "line",
        "lineWidth": 1,
        "fillOpacity": 70 if bars else 0,
        "showPoints": "never" if bars else "auto",
        "spanNulls": False,
        "stacking": {"mode": "normal" if bars else "none", "group": "A"},
    }


def _hidden(*where: str) -> dict[str, bool]:
    return {place: place in where for place in ("viz", "legend", "tooltip")}


def _override(column: str, properties: Json) -> Json:
    return {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }
