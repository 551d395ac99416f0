"""How long each table keeps a row after it arrived.

The engine removes rows when parts merge, which may be late, so the views look at the time too. It counts
from arrival, not from the event: an old file that is replayed today is kept as long as today's traffic.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.layout import SHARD

if TYPE_CHECKING:
    from store.database import Database

DAYS = {
    "generations": 400,
    "scores": 400,
    "feedback": 400,
    "embeddings": 35,
    "minutes": 100,
    "hours": 1200,
    "dead_letters": 90,
    "dead_letter_replays": 90,
    "deliveries": 400,
    "receipts": 35,
    "changes": 1200,
    "signals": 1200,
    "alerts": 1200,
    "alert_words": 1200,
    "content_reads": 400,
    "series_state": 35,
    "advice": 1200,
    "advice_days": 1200,
    "deadlines": 1200,
}

_DECLARED = re.compile(r"TTL toDateTime\((\w+)\) \+ toIntervalDay\((\d+)\)")


def renew(database: Database) -> list[str]:
    """Declare the days anew on tables that were made with others, and return these tables' names.

    The engine then looks through the parts that are there, which costs what reading them costs.
    """
    found = database.query(
        "SELECT name, engine_full FROM system.tables "
        "WHERE database = currentDatabase() AND engine_full LIKE '%TTL%' ORDER BY name"
    )
    renewed = []
    for name, engine in zip(found["name"], found["engine_full"], strict=True):
        declared = _DECLARED.search(engine)
        days = DAYS.get(name.removesuffix(SHARD))
        if declared is None or days is None or int(declared.group(2)) == days:
            continue
        database.command(
            f"ALTER TABLE {name} {database.layout.on_cluster} "
            f"MODIFY TTL toDateTime({declared.group(1)}) + INTERVAL {days} DAY"
        )
        renewed.append(name)
    return renewed
