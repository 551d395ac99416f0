"""What passed through fmwatch and how far it has come, from views only; rows as plain dictionaries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from store.database import Database, utc
from store.meta import recall

Row = dict[str, Any]

_LATELY = timedelta(days=1)
_PASSED = """
SELECT tenant, team, sum(c.captured) AS captured, sum(c.lost) AS lost, sumMap(c.lost_by_reason) AS reasons,
    sum(c.accepted) AS accepted, sum(c.rejected) AS rejected, sum(c.stored) AS stored,
    sum(c.scored) AS scored,
    sum(c.missing) AS missing, sumIf(c.missing, c.minute < {due:DateTime('UTC')}) AS overdue
FROM v_completeness AS c
WHERE c.minute >= {since:DateTime('UTC')} AND c.minute < {until:DateTime('UTC')}
GROUP BY tenant, team ORDER BY overdue DESC, lost DESC, accepted DESC, tenant, team
"""
_JUDGED = """
SELECT detector, version, day, sum(d.n) AS n, sum(d.asked_n) AS asked_n, sum(d.scored_n) AS scored_n,
    maxIf(d.lag_s, d.scored_n > 0) AS lag_s
FROM v_detectors AS d WHERE day >= {first:Date} AND day <= {last:Date}
GROUP BY detector, version, day ORDER BY detector, version, day
"""
_UNDELIVERED = """
SELECT receiver, countIf(state = 'waiting' AND attempts > 0) AS waiting,
    countIf(state = 'failed' AND updated_at > {since:DateTime64(6, 'UTC')}) AS failed,
    argMax(message, updated_at) AS message
FROM v_deliveries WHERE (state = 'waiting' AND attempts > 0)
    OR (state = 'failed' AND updated_at > {since:DateTime64(6, 'UTC')})
GROUP BY receiver ORDER BY receiver
"""
# All that watch are saved together, once an hour; one that was renamed or is gone is saved no more.
_WATCHED = """
SELECT count() AS n, min(watched_until) AS at FROM v_watched
WHERE updated_at >= (SELECT max(updated_at) FROM v_watched) - INTERVAL 2 HOUR
"""


def passed(database: Database, since: datetime, until: datetime, due: datetime) -> list[Row]:
    """Return how far each team's calls came; `overdue` is what was missing before `due` already."""
    return database.rows(_PASSED, {"since": since, "until": until, "due": due})


def judged(database: Database, since: datetime, until: datetime) -> list[Row]:
    """Return of how many calls of a time's days (UTC) each detector was asked, and how many it could judge.

    How far it is behind is that of the last day with calls.
    """
    last = (until - timedelta(microseconds=1)).date()
    days = database.rows(_JUDGED, {"first": since.date(), "last": last})
    newest = max((row["day"] for row in days), default=None)
    counts = ("n", "asked_n", "scored_n")
    found: dict[tuple[str, str], Row] = {}
    for row in days:
        lag = row["lag_s"] if row.pop("day") == newest else 0
        held = found.setdefault((row["detector"], row["version"]), row | dict.fromkeys(counts, 0))
        held |= {name: held[name] + row[name] for name in counts} | {"lag_s": lag}
    return list(found.values())


def undelivered(database: Database, now: datetime) -> list[Row]:
    """Return the receivers with notifications that did not arrive, or were given up within a day."""
    return database.rows(_UNDELIVERED, {"since": now - _LATELY})


def newest_call(database: Database, now: datetime) -> datetime | None:
    """Return the minute of the newest call of the last day, else the hour of the newest at all."""
    for view, column, since in (("v_fleet_minute", "minute", now - _LATELY), ("v_tenant_hour", "hour", None)):
        where = f"WHERE {column} >= {{since:DateTime('UTC')}}" if since else ""
        found = database.rows(
            f"SELECT count() AS n, max({column}) AS at FROM {view} {where}",  # noqa: S608 - our own names
            {"since": since} if since else {},
        )[0]
        if found["n"]:
            return utc(found["at"])
    return None


def watched_until(database: Database) -> datetime | None:
    """Return up to when all monitors have watched at least; None where none has said so."""
    found = database.rows(_WATCHED)[0]
    return utc(found["at"]) if found["n"] else None


def heartbeat(database: Database) -> datetime | None:
    """Return when a receiver last took a heartbeat; None where none ever did."""
    said = recall(database, "heartbeat")
    return datetime.fromisoformat(said) if said else None
