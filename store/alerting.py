"""What the alerter reads back: its alerts, its deliveries and the changes around them, from views only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store.database import Database

_CHANGE = "at, kind, tenant, route, platform, model, `from` AS from_, `to`, until, note, by"


def alert_bodies(database: Database, since: datetime) -> list[str]:
    """Return alerts that are open, or were over only after `since`, as JSON."""
    found = database.query(
        "SELECT body FROM v_alerts WHERE state != 'resolved' "
        "OR ifNull(resolved_at, updated_at) >= {since:DateTime64(3, 'UTC')} ORDER BY detected_at, id",
        {"since": since},
    )
    return [str(body) for body in found["body"]]


def alert_body(database: Database, alert_id: str) -> str | None:
    """Return one alert as JSON."""
    sql = "SELECT body FROM v_alerts WHERE id = {id:String} LIMIT 1"
    found = database.query(sql, {"id": alert_id})["body"]
    return str(found[0]) if found else None


def alert_ids(database: Database, prefix: str) -> list[str]:
    """Return the ids that begin so; the first of very many."""
    sql = "SELECT id FROM v_alerts WHERE startsWith(id, {prefix:String}) ORDER BY id LIMIT 100"
    return [str(each) for each in database.query(sql, {"prefix": prefix})["id"]]


def outcomes(database: Database, since: datetime) -> list[dict[str, Any]]:
    """Return of each severity how many alerts have fired, and what people said of them."""
    return database.rows(
        "SELECT severity, count() AS fired, countIf(outcome = 'false') AS false_alarms, "
        "countIf(outcome = 'expected') AS expected, countIf(outcome = '') AS unjudged "
        "FROM v_alert_outcomes WHERE fired_at >= {since:DateTime64(3, 'UTC')} GROUP BY severity",
        {"since": since},
    )


def delivery_bodies(database: Database, since: datetime) -> list[str]:
    """Return deliveries that wait, or belong to alerts touched after `since`, as JSON."""
    found = database.query(
        "SELECT body FROM v_deliveries WHERE state = 'waiting' OR alert_id IN "
        "(SELECT id FROM v_alerts WHERE state != 'resolved' "
        "OR ifNull(resolved_at, updated_at) >= {since:DateTime64(3, 'UTC')}) ORDER BY id",
        {"since": since},
    )
    return [str(body) for body in found["body"]]


def changes(database: Database, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return what was changed on purpose, oldest first."""
    return database.rows(
        f"SELECT {_CHANGE} FROM v_changes WHERE at >= {{since:DateTime64(6, 'UTC')}} "  # noqa: S608 - our own columns
        "AND at <= {until:DateTime64(6, 'UTC')} ORDER BY at",
        {"since": since, "until": until},
    )


def maintenance(database: Database, since: datetime) -> list[dict[str, Any]]:
    """Return the maintenance that was declared and ends after `since`, oldest first."""
    return database.rows(
        f"SELECT {_CHANGE} FROM v_changes WHERE kind = 'maintenance' "  # noqa: S608 - our own columns
        "AND until > {since:DateTime64(6, 'UTC')} ORDER BY at",
        {"since": since},
    )
