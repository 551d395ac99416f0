"""The score worker as it is run: the real broker, a store of its own process, and kill -9."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from services.config import Config
from services.run import Embedded
from services.testing import Production
from store.database import Database
from tests.services.small_fleet import DAYS, START, lines

pytestmark = pytest.mark.kafka

POISON = b'{"event_id": 7'
EVERY = 50  # lines, one is poison
FACTS = """
SELECT count() AS n, uniqExact(event_id) AS ids, sum(cost_pusd) AS pusd, sum(usage_input) AS tokens
FROM generations FINAL
"""


def planted(n: int) -> list[bytes]:
    """Return calls in which every fiftieth line is no JSON."""
    found = list(islice(lines(), n))
    for place in range(EVERY, n, EVERY):
        found.insert(place, POISON)
    return found


@pytest.mark.parametrize("consumer", ["faust", "plain"])
def test_killed(production: Production, tmp_path: Path, consumer: str) -> None:
    """Killed again and again while two workers share the topics, nothing is lost or counted twice."""
    events = planted(3_000)
    calm = embedded_facts(tmp_path / "calm", events)
    draw = random.Random(11)  # noqa: S311 - the same kills every time
    with ExitStack() as stack, Database.open(url=production.store.url) as database:
        running = [stack.enter_context(production.worker("score", "--consumer", consumer)) for _ in range(2)]
        for part in range(4):
            production.send(events[part * len(events) // 4 : (part + 1) * len(events) // 4])
            if part < 3:
                time.sleep(draw.uniform(0.5, 4.0))  # the moment is the point
                running.pop(draw.randrange(2)).kill()
                running.append(stack.enter_context(production.worker("score", "--consumer", consumer)))
        production.until(lambda: facts(database)["n"] == calm["n"])
        production.until(lambda: production.lag() == 0)
        assert facts(database) == calm
        assert letters(database) == events.count(POISON)
        for one in running:
            os.kill(one.pid, signal.SIGTERM)
        assert [one.wait(20) for one in running] == [0, 0]


@pytest.mark.parametrize("consumer", ["faust", "plain"])
def test_store_away(production: Production, consumer: str) -> None:
    """While the store hangs, refuses or loses answers, workers wait and then take in all of it, once."""
    with (
        Database.open(url=production.store.url) as database,
        production.worker("score", "--consumer", consumer),
    ):
        production.send(planted(300))
        production.until(lambda: facts(database)["n"] == 300)
        with production.store.failing("lose", only="INSERT INTO generations", times=2):
            production.send(list(lines(seed=2, days=1)))
            production.until(lambda: facts(database)["n"] == 600)
        production.store.kill()
        production.send(list(lines(seed=3, days=1)))
        time.sleep(2.0)
        production.store.start()
        production.until(lambda: facts(database)["n"] == 900)
        production.until(lambda: production.lag() == 0)
        assert facts(database)["ids"] == 900


def embedded_facts(directory: Path, events: list[bytes]) -> dict[str, Any]:
    """Return what the embedded form makes of the same lines."""
    with Embedded(directory, Config(), lambda: START + timedelta(days=DAYS)) as embedded:
        embedded.ingest(events)
        while embedded.score():
            pass
        return facts(embedded.database)


def facts(database: Database) -> dict[str, Any]:
    """Return what is stored, to the token and the millionth of a millionth of a dollar."""
    return database.rows(FACTS)[0]


def letters(database: Database) -> int:
    """Return how many dead letters there are."""
    return int(database.rows("SELECT count() AS n FROM dead_letters FINAL")[0]["n"])
