"""How long each table keeps a row after it arrived.

The engine removes rows when parts merge, which may be late, so the views look at the time too. It counts
from arrival, not from the event: an old file that is replayed today is kept as long as today's traffic.
"""

from __future__ import annotations

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
    "changes": 1200,
    "signals": 1200,
    "alerts": 1200,
    "advice": 1200,
}
