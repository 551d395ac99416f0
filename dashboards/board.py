"""One dashboard: rows of panels, the variables that narrow them, and the marks of what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards.panel import TABLE, Json, Panel, data_source, target
from dashboards.sql import about, changed, told

FOLDER = "fmwatch"
TAG = "fmwatch"
WIDTH = 24
MARKED = ("tenant", "route", "platform", "model")  # what a mark names, where it is not about all
HEIGHTS = {"stat": 4, "timeseries": 8, "table": 9}


@dataclass(frozen=True, slots=True)
class Variable:
    """What a reader may choose among.

    Attributes
    ----------
    sql : one column, the values; empty where `options` are all there is
    options : value by text
    """

    name: str
    label: str
    sql: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def json(self, source: str) -> Json:
        """Return it as Grafana reads it."""
        if self.options:
            return self._custom()
        everything = {"text": "All", "value": "$__all"}
        return {
            "type": "query",
            "name": self.name,
            "label": self.label,
            "datasource": data_source(source),
            "definition": self.sql,
            "query": {"refId": self.name, "queryType": "sql", "rawSql": self.sql},
            "refresh": 2,  # when the time range changes: what it holds is of that time
            "multi": True,
            "includeAll": True,
            "allowCustomValue": False,
            "sort": 0,
            "hide": 0,
            "current": everything,
            "options": [],
        }

    def _custom(self) -> Json:
        options = [
            {"text": text, "value": value, "selected": number == 0}
            for number, (text, value) in enumerate(self.options)
        ]
        return {
            "type": "custom",
            "name": self.name,
            "label": self.label,
            "query": ",".join(f"{text} : {value}" for text, value in self.options),
            "multi": False,
            "includeAll": False,
            "allowCustomValue": False,
            "hide": 0,
            "current": {"text": self.options[0][0], "value": self.options[0][1]},
            "options": options,
        }


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of panels under one heading; folded away where it is for drilling down."""

    title: str
    rows: Sequence[Sequence[Panel]]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes
    ----------
    uid : what links name it by; stays for ever
    answers : the question that it answers, in a sentence
    since : how far back it looks at first, as Grafana spells it
    """

    uid: str
    title: str
    answers: str
    variables: Sequence[Variable]
    sections: Sequence[Section]
    since: str = "now-7d"

    def panels(self) -> Iterator[Panel]:
        """Yield every panel, in the order in which they are read."""
        for section in self.sections:
            for row in section.rows:
                yield from row

    def number(self, title: str) -> int:
        """Return the id of the first panel of that title."""
        placed = list(self._placed(""))
        drawn = [panel for each in placed for panel in (each, *each.get("panels", ()))]
        return int(next(panel["id"] for panel in drawn if panel["title"] == title and panel["type"] != "row"))

    def json(self, source: str, console: str) -> Json:
        """Return it as Grafana reads it, schema v1.

        Parameters
        ----------
        source : uid of the data source
        console : address of fmwatch's own console, which links lead to
        """
        names = [variable.name for variable in self.variables]
        return {
            "id": None,
            "uid": self.uid,
            "title": self.title,
            "description": self.answers,
            "tags": [TAG],
            "schemaVersion": 42,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "1m",
            "time": {"from": self.since, "to": "now"},
            "timepicker": {},
            "fiscalYearStartMonth": 0,
            "weekStart": "",
            "links": _links(),
            "annotations": {"list": list(_marks(names, source))},
            "templating": {
                "list": [v.json(source) for v in self.variables] + [_constant("console", console)]
            },
            "panels": list(self._placed(source)),
        }

    def _placed(self, source: str) -> Iterator[Json]:
        """Yield rows and panels with their places; those of a folded row lie within it."""
        y, number = 0, 1
        for section in self.sections:
            heading = _heading(section, number, y)
            number, y = number + 1, y + 1
            drawn = []
            for row in section.rows:
                height = max(panel.height or HEIGHTS[panel.kind] for panel in row)
                for panel, x, width in _across(row):
                    place = {"x": x, "y": y, "w": width, "h": height}
                    drawn.append(panel.json(number, place, source))
                    number += 1
                y += height
            yield heading | ({"panels": drawn} if section.folded else {})
            if not section.folded:
                yield from drawn


def _across(row: Sequence[Panel]) -> Iterator[tuple[Panel, int, int]]:
    left = WIDTH - sum(panel.width for panel in row)
    even = left // max(1, sum(not panel.width for panel in row))
    x = 0
    for panel in row:
        width = panel.width or even
        yield panel, x, width
        x += width


def _heading(section: Section, number: int, y: int) -> Json:
    return {
        "id": number,
        "type": "row",
        "title": section.title,
        "collapsed": section.folded,
        "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
        "panels": [],
    }


def _constant(name: str, value: str) -> Json:
    chosen_one = {"text": value, "value": value, "selected": True}
    return {
        "type": "constant", "name": name, "query": value, "hide": 2, "skipUrlSync": True,
        "current": chosen_one, "options": [chosen_one],
    }  # fmt: skip


def _links() -> list[Json]:
    shared = {
        "asDropdown": False,
        "icon": "external link",
        "includeVars": False,
        "keepTime": False,
        "tooltip": "",
    }
    boards = {"type": "dashboards", "title": "fmwatch", "tags": [TAG], "url": "", "targetBlank": False}
    console = {"type": "link", "title": "Console", "tags": [], "url": "${console}", "targetBlank": True}
    return [
        {**shared, **boards, "asDropdown": True, "includeVars": True, "keepTime": True},
        {**shared, **console},
    ]


def _marks(names: Sequence[str], source: str) -> Iterator[Json]:
    """Yield what is marked on every chart: what was changed on purpose, and incidents, as far as they are about it."""
    keys = [name for name in names if name in MARKED]
    alerts = " AND ".join([about(*keys, several=True), *([told()] if "team" in names else [])])
    changes = f"""SELECT at AS time, ifNull(until, at) AS timeEnd,
    concat(kind, ' ', `from`, if(`to` = '', '', ' -> '), `to`, if(note = '', '', ': '), note) AS text,
    arrayStringConcat(arrayFilter(x -> x != '', [kind, route, platform, model]), ',') AS tags
FROM v_changes WHERE $__timeFilter(at) AND {changed(*keys)} ORDER BY time"""
    # Their beginnings: as spans, some that last would colour every chart from edge to edge.
    incidents = f"""SELECT began_at AS time, began_at AS timeEnd,
    concat(JSONExtractString(body, 'title'), if(isNull(resolved_at), ', not over', concat(', over at ',
        formatDateTime(resolved_at, '%F %R'), ' UTC'))) AS text, concat(severity, ',', signal) AS tags
FROM v_alerts
WHERE $__timeFilter(began_at) AND isNotNull(fired_at)
    AND severity IN ('page', 'ticket') AND JSONExtractString(body, 'parent') = ''
    AND JSONExtractString(body, 'muted') = '' AND {alerts} ORDER BY time"""
    yield _mark("Changes", "blue", changes, source)
    yield _mark("Incidents", "red", incidents, source)


def _mark(name: str, colour: str, sql: str, source: str) -> Json:
    return {
        "name": name,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "datasource": data_source(source),
        "target": target(sql, source, TABLE, "annotation"),
    }
