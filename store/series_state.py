"""How far series have come, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from detectors.monitors.readiness import Readiness
from store.database import Database

MINUTE_S = 60
SILENT_MINUTES = 24 * 60  # without a call that could be judged for so long, a series has no data

Row = Mapping[str, object]


def state_rows(found: Iterable[Readiness], position: int) -> Iterator[Row]:
    """Yield one row for each series and signal, as it stands at a minute since the epoch."""
    return (_row(each, position) for each in found)


def states(database: Database) -> list[dict[str, Any]]:
    """Return how far every series has come, as the watcher last said."""
    return database.rows(
        "SELECT tenant, signal, level, platform, route, model, team, state, watched, since, ready_at, "
        "last_at FROM v_series_state "
        "ORDER BY tenant, route, platform, model, signal"
    )


def series_states(
    database: Database, tenant: str, route: str, platform: str, model: str
) -> list[dict[str, Any]]:
    """Return how far one route on one model has come for each signal."""
    return database.rows(
        "SELECT signal, state, watched, ready_at, last_at FROM v_series_state "
        "WHERE tenant = {tenant:String} AND level = 'route_model' AND route = {route:String} "
        "AND platform = {platform:String} AND model = {model:String} ORDER BY signal",
        {"tenant": tenant, "route": route, "platform": platform, "model": model},
    )


def _row(found: Readiness, position: int) -> Row:
    series = found.series
    silent = found.last is None or position - found.last > SILENT_MINUTES
    ready = found.ready if found.ready is not None and found.ready > position else None
    return {
        "tenant": series.tenant,
        "signal": found.signal,
        "level": series.level,
        "platform": series.platform,
        "route": series.route,
        "model": series.model,
        "team": found.team,
        "state": "no_data" if silent else found.stage,
        "watched": found.watched,
        "since": found.since * MINUTE_S,
        "ready_at": None if ready is None else ready * MINUTE_S,
        "last_at": None if found.last is None else found.last * MINUTE_S,
    }
