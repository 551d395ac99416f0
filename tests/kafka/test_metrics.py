"""The endpoints of workers as they are run: while all is well, and while store or workers are away."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest

from services.testing import Production
from tests.services.small_fleet import lines
from tests.stream.metered import Numbers, numbers

pytestmark = pytest.mark.kafka

POISON = b'{"event_id": 7'
MINUTE_S = 60.0
WAITING = ("fmwatch_oldest_unacknowledged_seconds", "llm.generations")


class Told:
    """What a worker tells over HTTP."""

    def __init__(self, address: str, process: subprocess.Popen[bytes]) -> None:
        self.address = address
        self.process = process

    def numbers(self) -> Numbers:
        """Return its metrics."""
        with urllib.request.urlopen(self.address, timeout=20) as answer:
            return numbers(answer.read())

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return how it is."""
        try:
            with urllib.request.urlopen(self.address.replace("/metrics", "/healthz"), timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextmanager
def telling(production: Production, *role: str) -> Iterator[Told]:
    """Run a worker on a free port of its own."""
    with production.worker(*role, "--metrics", "127.0.0.1:0") as process:
        before = len(production.said())  # it takes a second before it says anything

        def address() -> str:
            said = production.said()[before:]
            found = [line for line in said.splitlines() if "metrics are at" in line]
            return str(json.loads(found[0])["message"].split()[-1]) if found else ""

        production.until(lambda: bool(address()))
        yield Told(address(), process)


@pytest.mark.parametrize("consumer", ["faust", "plain"])
def test_score(production: Production, consumer: str) -> None:
    """A worker tells what it took in; while the store is away it says so, and is well."""
    production.send([*islice(lines(), 300), POISON])
    with telling(production, "score", "--consumer", consumer) as told:
        production.until(lambda: told.numbers()["fmwatch_events_total", "stored"] == 300)
        production.until(lambda: told.numbers()["fmwatch_events_total", "dead_letter"] == 1)
        found = told.numbers()
        assert found["fmwatch_dead_letters_total", "invalid_json"] == 1
        assert found["fmwatch_verdicts_total", "scored", "refusal"] > 0
        assert found["fmwatch_insert_duration_seconds_count", "generations"] >= 1
        assert found["fmwatch_oldest_in_hand_seconds",] == 0
        assert found["fmwatch_retries_total", "store"] == 0
        assert told.health() == (200, {"status": "ok"})
        production.store.kill()
        production.send(list(lines(seed=2, days=1)))
        production.until(lambda: told.numbers()["fmwatch_retries_total", "store"] > 0)
        status, health = told.health()
        assert (status, health["status"]) == (200, "waiting")
        assert 0 < told.numbers()["fmwatch_oldest_in_hand_seconds",] < 600
        production.store.start()
        production.until(lambda: told.numbers()["fmwatch_events_total", "stored"] == 600)
        production.until(lambda: told.health() == (200, {"status": "ok"}))
        os.kill(told.process.pid, signal.SIGTERM)
        assert told.process.wait(20) == 0
    assert all(json.loads(line) for line in production.said().splitlines())
    assert "parcel" not in production.said()


def test_watch(production: Production) -> None:
    """Who leads tells how long records wait when no score worker runs, and when the store is away as well."""
    production.send(list(islice(lines(), 50)))
    with telling(production, "watch") as leader, telling(production, "watch") as other:
        both = (leader, other)
        production.until(
            lambda: (
                sorted(one.numbers()["fmwatch_leader",] for one in both) == [0, 1]
                and any(one.numbers().get(WAITING, 0) > 0 for one in both)
            )
        )
        leading, standing = sorted(both, key=lambda one: -one.numbers()["fmwatch_leader",])
        assert leading.numbers()["fmwatch_oldest_unacknowledged_seconds", "llm.feedback"] == 0
        assert WAITING not in standing.numbers()
        assert [one.health() for one in both] == [(200, {"status": "ok"})] * 2
        production.store.kill()
        production.until(lambda: leading.health()[1]["status"] == "waiting")
        before = leading.numbers()
        production.until(lambda: leading.numbers().get(WAITING, 0) > before[WAITING])
        assert leading.numbers()["fmwatch_rounds_total", "failed"] >= 1
        assert standing.health() == (200, {"status": "ok"})
        production.store.start()
        production.until(lambda: leading.health() == (200, {"status": "ok"}))
        with production.worker("score", "--consumer", "plain"):
            production.until(lambda: leading.numbers()[WAITING] == 0)
            production.until(lambda: leading.numbers()["fmwatch_watch_lag_seconds",] < 600)


def test_takeover(production: Production) -> None:
    """When who leads is killed another leads within a minute, also before anything was stored."""
    with telling(production, "watch") as first:
        production.until(lambda: first.numbers()["fmwatch_leader",] == 1)
        with telling(production, "watch") as second:
            assert second.numbers()["fmwatch_leader",] == 0
            first.process.kill()
            production.until(lambda: second.numbers()["fmwatch_leader",] == 1, MINUTE_S)
