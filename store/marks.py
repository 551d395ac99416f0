"""What happened, to be marked on charts: changes on purpose, and incidents that people were told of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store.database import Database

_CHANGES = """
SELECT
    lower(hex(sipHash128(tenant, toUnixTimestamp64Micro(at), kind, route, platform, model, `from`, `to`)))
        AS id,
    at, until,
    concat(kind, ' ', `from`, if(`to` = '', '', ' -> '), `to`, if(note = '', '', ': '), note) AS text,
    arrayFilter(x -> x != '', [toString(kind), toString(route), toString(platform), toString(model)]) AS tags
FROM v_changes WHERE at >= {since:DateTime64(6, 'UTC')} AND at < {until:DateTime64(6, 'UTC')} ORDER BY at, id
"""
_INCIDENTS = """
SELECT id, began_at AS at, resolved_at AS until, JSONExtractString(body, 'title') AS text,
    arrayFilter(x -> x != '', [toString(severity), toString(signal), toString(team)]) AS tags
FROM v_alerts
WHERE began_at < {until:DateTime64(6, 'UTC')}
    AND (isNull(resolved_at) OR resolved_at >= {since:DateTime64(6, 'UTC')})
    AND isNotNull(fired_at) AND severity IN ('page', 'ticket') AND JSONExtractString(body, 'parent') = ''
    AND JSONExtractString(body, 'muted') = ''
ORDER BY at, id
"""
_MADE = "SELECT toString(toUnixTimestamp64Milli(min(applied_at))) AS made FROM migrations"


def made(database: Database) -> str:
    """Return when the store was made, by which its marks are told from those of another."""
    return str(database.query(_MADE)["made"][0])


def marks(database: Database, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return what lies in that time: `id`, `at`, `until` or None, `text`, `tags`; changes first.

    An incident that is not over lies in it whenever it began.
    """
    span = {"since": since, "until": until}
    return database.rows(_CHANGES, span) + database.rows(_INCIDENTS, span)
