"""What dashboards show and the demo never has: receipts, dead letters, notifications, words, thumbs.

All of it is arranged.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.database import Database

_STATEMENTS = (
    # Each call came over a gateway; for a while a twelfth was not stored.
    """
    INSERT INTO receipts (tenant, minute, team, place, source, counts, at)
    SELECT tenant, minute, team, place, '1', if(place = 'gateway', map('captured', accepted + 1, 'accepted',
        accepted, 'rejected', toUInt64(n % 97 = 0)), map('stored', n, 'scored', n)), minute
    FROM (
        SELECT tenant, team, toStartOfMinute(occurred_at) AS minute, min(occurred_at) AS at, count() AS n,
            n + (at >= UNTIL - INTERVAL 95 MINUTE AND at < UNTIL - INTERVAL 70 MINUTE
                AND cityHash64(minute) % 4 = 0) AS accepted
        FROM v_calls WHERE occurred_at >= SINCE GROUP BY tenant, team, minute
    )
    ARRAY JOIN ['gateway', 'worker'] AS place
    """,
    """
    INSERT INTO dead_letters (tenant, topic, partition, `offset`, line, at, reason, field, message, original,
        original_bytes, sha256)
    SELECT 'default', 'llm.generations', number % 4, number, 0, UNTIL - INTERVAL 9 * number MINUTE,
        ['wrong_type', 'missing', 'too_long'][1 + number % 3],
        ['latency_ms', 'route', 'prompt'][1 + number % 3],
        ['expected a number', 'no route is named', 'longer than 1 MB'][1 + number % 3],
        '{}', 300 + number, hex(MD5(toString(number)))
    FROM numbers(23)
    """,
    """
    INSERT INTO deliveries (tenant, id, alert_id, receiver, kind, state, attempts, message, body, updated_at)
    SELECT tenant, concat(id, receiver), id, receiver, 'fire',
        if(refused, 'failed', 'sent'), 1, if(refused, '404 no such channel', ''), '{}',
        fired_at + INTERVAL 4 SECOND
    FROM (
        SELECT tenant, id, assumeNotNull(fired_at) AS fired_at, arrayJoin(['pager', 'chat']) AS receiver,
            receiver = 'chat' AND cityHash64(id) % 7 = 0 AS refused
        FROM v_alerts WHERE isNotNull(fired_at) AND severity IN ('page', 'ticket')
    )
    """,
    """
    INSERT INTO alert_words (tenant, alert_id, id, verb, by, said_at, note, signal, updated_at)
    SELECT tenant, id, concat('word-', id), 'ack', 'ana', fired_at + INTERVAL 11 MINUTE, 'looking at it',
        signal, fired_at + INTERVAL 11 MINUTE
    FROM (SELECT tenant, id, signal, assumeNotNull(fired_at) AS fired_at FROM v_alerts
        WHERE isNotNull(fired_at) AND severity = 'page')
    """,
    # People dislike what is known to be unsupported more often than the rest.
    """
    INSERT INTO feedback (tenant, event_id, kind, name, by, at, value, value_number)
    SELECT tenant, event_id, 'thumb', 'useful', 'human', occurred_at + INTERVAL 1 MINUTE, '', liked
    FROM (
        SELECT tenant, event_id, occurred_at, toFloat64(cityHash64(event_id, 'like') % 100
            < if(hallucination_label = 'unsupported', 45, 88)) AS liked
        FROM v_calls WHERE cityHash64(event_id, 'asked') % 40 = 0
    )
    """,
)


def add(database: Database, until: datetime) -> None:
    """Add them; receipts of the last three days before `until`."""
    for sql in _STATEMENTS:
        database.command(
            sql.replace("UNTIL", _moment(until)).replace("SINCE", _moment(until - timedelta(days=3)))
        )


def _moment(at: datetime) -> str:
    return f"toDateTime64({int(at.timestamp())}, 3, 'UTC')"
