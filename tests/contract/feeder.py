"""Feeds one store like a worker from the log: insert, then acknowledge; it may be killed anywhere.

python -m tests.contract.feeder DIRECTORY N CUT: goes on after the last acknowledged call in batches of CUT,
prints a line after each, sums up every second batch, and in the end prints what is stored, as JSON.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

from store.database import Database
from store.rollup import Rollup
from store.sums import KEYS, SUMS
from store.writer import Writer
from tests.store.fleet import batch, calls, verdicts

STEP_S = 17.0  # 3,000 calls are fourteen hours
FIRST = ("n", "input_tokens", "output_tokens", "cost_pusd")


def feed(database: Database, directory: Path, n: int, cut: int) -> None:
    """Deliver at least once: what was inserted but not acknowledged comes again, cut at other places."""
    acknowledged = directory / "acknowledged"
    writer, rollup = Writer(database), Rollup(database)
    rollup.catch_up()
    start = int(acknowledged.read_text()) if acknowledged.exists() else 0
    for number, index in enumerate(range(start, n, cut)):
        events = calls(min(cut, n - index), STEP_S, index)
        writer.generations([(batch(events), verdicts(events))])
        rollup.touch(event.occurred_at for event in events)
        if number % 2:
            rollup.recompute()
        noted = acknowledged.with_suffix(".new")
        noted.write_text(str(index + len(events)))
        noted.replace(acknowledged)  # killed in the middle of a write, half a number would stand there
        sys.stdout.write(f"{index + len(events)}\n")
        sys.stdout.flush()
    rollup.recompute()


def stored(database: Database) -> dict[str, object]:
    """Return what the store holds, and whether its rollups are what a recount gives."""
    ids = database.query("SELECT event_id FROM generations FINAL ORDER BY event_id")["event_id"]
    embedded = database.query("SELECT event_id FROM embeddings FINAL ORDER BY event_id")["event_id"]
    sums = ", ".join(f"{SUMS[name]} AS {name}" for name in FIRST)
    return {
        "ids": sha256("\n".join(ids).encode()).hexdigest(),
        "embedded": ids == embedded,
        "sums": database.rows(f"SELECT {sums} FROM generations FINAL")[0],  # noqa: S608 - our own names
        "hours": _differing(database, "hours", "hour", "toStartOfHour"),
        "minutes": _differing(database, "minutes", "minute", "toStartOfMinute"),
    }


def _differing(database: Database, table: str, time: str, rounding: str) -> int:
    """Return in how many rows a rollup and a recount differ, either way."""
    sums = ", ".join(f"{expression} AS s_{name}" for name, expression in SUMS.items())
    recount = f"SELECT {time}, {KEYS}, {', '.join(f's_{name}' for name in SUMS)} FROM (SELECT {rounding}(occurred_at) AS {time}, {KEYS}, {sums} FROM generations FINAL GROUP BY ALL)"  # noqa: E501, S608 - one statement
    rolled = f"SELECT {time}, {KEYS}, {', '.join(SUMS)} FROM {table} FINAL WHERE n > 0"  # noqa: S608 - our own names
    pairs = ((recount, rolled), (rolled, recount))
    return sum(database.rows(f"SELECT count() AS n FROM ({a} EXCEPT {b})")[0]["n"] for a, b in pairs)  # noqa: S608


def main() -> None:
    """Run as the module's docstring says."""
    directory, n, cut = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with Database.open(directory) as database:
        feed(database, directory, n, cut)
        sys.stdout.write(json.dumps(stored(database)))


if __name__ == "__main__":
    main()
