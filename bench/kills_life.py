"""The process that `bench.kills` kills: watches an incident hour by hour, and tells a file of it.

python -m bench.kills_life DIRECTORY TOLD DIE   # kills itself at border DIE; with 0 it lives to the end
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services import lookout
from services.alerter.receivers.base import Notification
from services.alerter.store_ledger import StoreLedger
from services.alerter.word import word
from services.config import Config
from services.run import Embedded
from services.watcher import minute
from services.watcher.minute import Watcher
from store.writer import Writer
from stream.sqlite_log import SqliteLog

START = datetime(2026, 8, 3, tzinfo=UTC)
DAYS = 16
OUTAGE = START + timedelta(days=14, hours=10)
OUTAGE_HOURS = 4
STEP = timedelta(minutes=30)
STEPS = [OUTAGE - 2 * STEP + STEP * nth for nth in range(4 * OUTAGE_HOURS + 8)]
ACKNOWLEDGED = OUTAGE + timedelta(hours=2)
MODELS = ("gpt-4o-mini", "gpt-5.4-mini")
TEAMS = ("support", "legal")
CALLS_PER_DAY = 80.0  # of one team on one model

# Where something becomes durable: killed before or after each of them, the next process goes on from there.
BORDERS: tuple[tuple[Any, str], ...] = (
    (minute, "publish"),
    (Writer, "signals"),
    (Watcher, "save"),
    (StoreLedger, "save_deliveries"),
    (StoreLedger, "save_alerts"),
    (StoreLedger, "save_word"),
    (SqliteLog, "append"),
    (SqliteLog, "commit"),
)


class Reaper:
    """Counts borders, and kills this process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at, self.passed = die_at, 0

    def border(self) -> None:
        """Pass one, or die there."""
        self.passed += 1
        if self.passed == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same work between two borders."""

        def watched(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever it is
            self.border()
            found = work(*arguments, **more)
            self.border()
            return found

        return watched


class Phone:
    """Writes down what it is told, so that it outlives whoever told it."""

    def __init__(self, told: Path, reaper: Reaper) -> None:
        self.told, self.reaper = told, reaper

    def notify(self, notification: Notification) -> None:
        """Take a notification; a kill may come before, or between taking it and saying so."""
        self.reaper.border()
        alert = notification.alert
        line = {
            "id": notification.id,
            "kind": notification.kind,
            "alert": alert.id,
            "severity": alert.severity,
        }
        with self.told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.reaper.border()


def calls(seed: int) -> Iterator[bytes]:
    """Yield the calls of two teams on two models of one platform, which fails for four hours."""
    draw = random.Random(seed)  # noqa: S311 - the same traffic every time
    for day in range(DAYS):
        for team in TEAMS:
            for model in MODELS:
                seconds = sorted(draw.uniform(0, 86_400) for _ in range(round(CALLS_PER_DAY)))
                for second in seconds:
                    yield json.dumps(
                        _call(draw, START + timedelta(days=day, seconds=second), team, model)
                    ).encode()


def _call(draw: random.Random, at: datetime, team: str, model: str) -> dict[str, object]:
    failing = OUTAGE <= at < OUTAGE + timedelta(hours=OUTAGE_HOURS)
    call: dict[str, object] = {
        "event_id": f"{draw.getrandbits(64):016x}",
        "occurred_at": at.isoformat(),
        "provider": "openai",
        "request_model": model,
        "team": team,
        "route": f"{team}/{model}",
        "prompt": f"Where is parcel {draw.randrange(10**9)}?",
        "latency_ms": draw.lognormvariate(6, 0.5),
    }
    if draw.random() < (0.8 if failing else 0.01):
        return call | {"error_type": "server_error"}
    usage = {"input": draw.randrange(100, 900), "output": draw.randrange(20, 200)}
    return call | {"response": "It arrives tomorrow.", "finish_reason": "stop", "usage": usage}


def prepare(directory: Path, seed: int) -> None:
    """Store the calls, and watch them to shortly before the outage."""
    end = START + timedelta(days=DAYS)
    with Embedded(directory, Config(), lambda: end) as embedded:
        embedded.ingest(calls(seed))
        while embedded.score():
            pass
        embedded.watch(STEPS[0])
        embedded.watcher.save()


def live(directory: Path, told: Path, die_at: int) -> int:
    """Watch and tell step by step, and let a person acknowledge; return how many borders were passed."""
    reaper = Reaper(die_at)
    for where, name in BORDERS:
        setattr(where, name, reaper.watch(getattr(where, name)))
    moment = STEPS[0]
    with Embedded(directory, Config(), lambda: moment, notify=lookout.LONG_PAST) as embedded:
        embedded.alerter.outbox.receivers = {"console": Phone(told, reaper)}
        for moment in STEPS:
            embedded.hear()
            embedded.watch(moment)
            embedded.alerter.deliver(moment)
            if moment == ACKNOWLEDGED:
                _acknowledge(embedded, moment)
    return reaper.passed


def _acknowledge(embedded: Embedded, moment: datetime) -> None:
    for alert in embedded.alerter.grouping.open:
        if alert.loud and not alert.acknowledged_by:
            embedded.alerter.ledger.save_word(word(alert, "ack", "ana", moment), alert, None)


if __name__ == "__main__":
    sys.stdout.write(f"{live(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))}\n")
