"""Kill workers of the production path at random moments and compare what is left with an undisturbed run.

A real broker, a store in a process of its own, two `fmwatch worker score` and two `fmwatch worker watch`; the
demo's calls over four weeks, with incidents, and a poison line in every fifty. First the scorers are killed
while they work off the topics, then the watchers while they catch up. Compared with the embedded form on the
same lines, never killed.

Needs the jars that `make kafka` fetches.

python -m bench.chaos [--json] [--full] [--seed N]    (20,000 calls, 6 kills; --full: 200,000, 30)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from bench.memory import calls
from bench.report import emit
from services.config import Config
from services.run import Embedded
from services.testing import FACTS, Facts, Production, facts
from store.database import Database
from store.testing import served
from stream.kafka_topics import KafkaTopics
from stream.testing import Broker

POISON = b'{"event_id": 7'
EVERY = 50
TOGETHER = 5_000  # lines sent at once
PATIENCE_S = 300.0
MOMENTS_S = (1.0, 9.0)  # between two kills
ROLES = {"score": ("score", "--consumer", "faust"), "watch": ("watch",)}

WATCHED = "SELECT max(minute) AS minute FROM monitor_state FINAL"


def main() -> None:
    """Print the document."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--full", action="store_true", help="the whole measurement, not the short one")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    chosen = parser.parse_args()
    n, kills, thinned = (200_000, 30, 1) if chosen.full else (20_000, 6, 5)
    lines = list(_poisoned(islice(calls("all"), 0, n * thinned, thinned)))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        calm = _calm(Path(name, "calm"), lines)
        killed, done = _chaos(Path(name), lines, calm, Random(chosen.seed), kills)  # noqa: S311 - moments
    rows: list[dict[str, object]] = [{"seed": chosen.seed, "kills": done}]
    for what in FACTS:
        differs = {f"not_{name}": value for name, value in killed[what].items() if value != calm[what][name]}
        rows.append({"what": what, "equal": not differs, **calm[what], **differs})
    different = sum(killed[what] != calm[what] for what in FACTS)
    emit(
        "chaos",
        different,
        "of 6 sums differ from an undisturbed run",
        n=n,
        rows=rows,
        as_json=chosen.json,
    )
    sys.exit(bool(different))


def _poisoned(lines: Iterator[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number % EVERY == 0:
            yield POISON
        yield line


def _calm(directory: Path, lines: list[bytes]) -> Facts:
    with Embedded(directory, Config(), lambda: datetime.now(UTC), notify=timedelta(days=1)) as embedded:
        for start in range(0, len(lines), TOGETHER):
            embedded.ingest(lines[start : start + TOGETHER])
            while embedded.score():
                pass
        embedded.live()
        return facts(embedded.database)


def _chaos(
    folder: Path, lines: list[bytes], calm: Facts, draw: Random, kills: int
) -> tuple[Facts, dict[str, int]]:
    with Broker(folder) as broker, served(folder / "store") as store:
        with KafkaTopics(broker.address) as topics:
            topics.create()
        production = Production(broker.address, store, folder)
        with Database.open(url=store.url) as database:
            for start in range(0, len(lines), TOGETHER):
                production.send(lines[start : start + TOGETHER])
            scored = _upset(production, "score", draw, kills * 2 // 3, lambda: production.lag() == 0)
            end = datetime.now(UTC) - timedelta(hours=2)
            watched = _upset(
                production,
                "watch",
                draw,
                kills - scored,
                lambda: _watched(database) > end and facts(database)["alerts"] == calm["alerts"],
            )
            return facts(database), {"score": scored, "watch": watched}


def _upset(production: Production, role: str, draw: Random, kills: int, done: Callable[[], bool]) -> int:
    """Run two workers, kill one of them again and again, and wait until they are done; return the kills."""
    with ExitStack() as stack:

        def start() -> subprocess.Popen[bytes]:
            return stack.enter_context(production.worker(*ROLES[role]))

        running = [start(), start()]
        for number in range(kills):
            time.sleep(draw.uniform(*MOMENTS_S))  # the moment is the point
            running.pop(draw.randrange(len(running))).kill()
            running.append(start())
            sys.stderr.write(f"\r{role}: {number + 1} of {kills} killed ")
        production.until(done, PATIENCE_S)
        return kills


def _watched(database: Database) -> datetime:
    """Return up to when the minutes of the last snapshot reach."""
    return datetime.fromtimestamp(60 * int(database.query(WATCHED)["minute"][0]), UTC)


if __name__ == "__main__":
    main()
