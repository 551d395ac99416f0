"""One panel: a question, the SQL that answers it, and how the answer is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["stat", "timeseries", "table"]
Style = Literal["band", "bars", "lines"]

PLUGIN = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.20.0"
GRAFANA_VERSION = "13.2.3"
NOTHING = "no data yet"
TIME_SERIES, TABLE = 0, 1  # the plugin's formats

# What a column's name ends in says what it is measured in.
UNITS = {
    "_ratio": "percentunit",
    "_share": "percentunit",
    "_usd": "currencyUSD",
    "_ms": "ms",
    "_s": "s",
    "_days": "d",
    "_tokens": "short",
    "_n": "locale",
    "_at": "dateTimeAsIso",
    "_mean": "short",
}
ESTIMATES = ("_ratio", "_ms", "_mean", "_s", "_usd", "_tokens")  # may have an interval beside them


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes
    ----------
    answers : the question in words, and how the figure comes about; its description
    columns : of the answer, in order; a test compares them with what the store gives
    style : of a time series. band: an estimate within its interval; bars: counts, stacked; lines
    width : of 24 columns; 0 for an even share of its row
    links : where a column's values lead to
    """

    kind: Kind
    title: str
    answers: str
    sql: str
    columns: tuple[str, ...]
    style: Style = "lines"
    width: int = 0
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
            # Rollups are of whole minutes and hours: nothing is finer than that.
            "interval": "1m" if "minute" in self.sql else "1h",
            "targets": [target(self.sql, source, TIME_SERIES if self.kind == "timeseries" else TABLE)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": self._overrides()},
            "options": _OPTIONS[self.kind],
        }

    def _defaults(self) -> Json:
        found: Json = {
            "noValue": NOTHING,
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
        found = [
            _override(name, {"unit": unit(name, self.columns)})
            for name in self.columns
            if self.style != "bars" and name != "time"
        ]
        for name in self.columns:
            if self.style == "band" and name.endswith("_high"):
                low = name.removesuffix("_high") + "_low"
                found.append(_override(name, {"custom.fillBelowTo": low, "custom.fillOpacity": 20, **_EDGE}))
            elif self.style == "band" and name.endswith("_low"):
                found.append(_override(name, {"custom.fillOpacity": 0, **_EDGE}))
            elif self.kind == "timeseries" and self.style != "bars" and (name == "n" or name.endswith("_n")):
                found.append(
                    _override(name, {"custom.hideFrom": {"viz": True, "legend": True, "tooltip": False}})
                )
        for name, url in self.links.items():
            found.append(_override(name, {"links": [{"title": f"Show this {name}", "url": url}]}))
        return found


def unit(column: str, beside: tuple[str, ...]) -> str:
    """Return the unit of a column; ends of an interval have that of what they are the ends of."""
    for end in ("_low", "_high"):
        if column.endswith(end):
            stem = column.removesuffix(end)
            measured = [stem + suffix for suffix in ESTIMATES if stem + suffix in beside]
            return unit(measured[0], beside) if measured else "currencyUSD" if "usd" in stem else "short"
    if column == "n" or column.endswith("_n") or column in {"routes", "models", "pages", "tickets"}:
        return "locale"
    if "usd_per" in column:
        return "currencyUSD"
    return next((unit for suffix, unit in UNITS.items() if column.endswith(suffix)), "string")


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


_EDGE = {"custom.lineWidth": 0, "color": {"mode": "fixed", "fixedColor": "blue"}}
_OPTIONS: Mapping[Kind, Json] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
        "orientation": "auto",
        "textMode": "value_and_name",
        "colorMode": "none",
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


def _override(column: str, properties: Json) -> Json:
    return {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }
