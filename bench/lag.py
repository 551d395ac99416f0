"""Measure how long a call takes from the broker to the view, and how a worker catches up after an outage.

A real broker, a store in a process of its own, one `fmwatch worker score`, calls with prompt, answer and
context, all of tier 0. First how many calls a second become visible where there are always more of them;
then the lag of each call at 2 % and at 70 % of that, sent whether or not the others keep up; then the worker
ends, and a minute later (a third of one without --full) another begins, while calls go on at 50 %: how long
until the oldest call that is not to be seen is younger than 5 s? Sender, broker, worker, store and the
view's reader share the machine's cores, and the capacity is that of all of them together.

The view is asked every .2 s, so a lag reads up to .2 s and one answer too long, never too short.
The figure is the larger 95th percentile of the two kinds of consumer, the baseline the one when idle.

Needs the jars that `make kafka` fetches.

python -m bench.lag [--json] [--full]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.lag_line import Line, Times
from bench.mix import halves
from bench.report import emit, options
from bench.whole import lines_of
from services.testing import Production
from store.database import Database
from store.testing import served
from stream.kafka_log import KafkaLog
from stream.kafka_topics import KafkaTopics
from stream.testing import Broker

CONSUMERS = ("faust", "plain")
TEXTS = 8_192
LAG_S = 5.0  # what is to be reached
PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True)
class Length:
    """How many seconds each part lasts."""

    capacity_s: float
    idle_s: float
    lag_s: float
    outage_s: float
    catching_up_s: float  # at most


SHORT = Length(12.0, 8.0, 20.0, 20.0, 45.0)
FULL = Length(30.0, 15.0, 60.0, 60.0, 150.0)


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    length = FULL if chosen.full else SHORT
    texts = lines_of(halves(TEXTS)[0])
    rows = [_course(consumer, texts, length) for consumer in CONSUMERS]
    emit(
        "lag",
        max(row["p95_s"] for row in rows),
        "s from broker to view, 95th percentile at 70 % of capacity",
        n=sum(row["calls"] for row in rows),
        baseline=max(row["idle_p95_s"] for row in rows),
        rows=rows,
        as_json=chosen.json,
    )


def _course(consumer: str, texts: Sequence[bytes], length: Length) -> dict[str, Any]:
    """Return what one kind of consumer does, on a broker and a store of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        broker = stack.enter_context(Broker(folder))
        store = stack.enter_context(served(folder / "store"))
        with KafkaTopics(broker.address) as topics:
            topics.create()
        log = stack.enter_context(KafkaLog(broker.address))
        database = stack.enter_context(Database.open(url=store.url))
        line = Line(log, database, texts)
        return _Course(Production(broker.address, store, folder), consumer, line, length).run()


class _Course:
    """The parts of the measurement, one after the other."""

    def __init__(self, production: Production, consumer: str, line: Line, length: Length) -> None:
        self._production = production
        self._consumer = consumer
        self._line = line
        self._length = length

    def run(self) -> dict[str, Any]:
        """Return the row."""
        row: dict[str, Any] = {"consumer": self._consumer}
        with self._worker() as worker:
            capacity = self._capacity()
            row["capacity_per_s"] = capacity
            row["idle_p95_s"] = float(np.percentile(self._lags(0.02 * capacity, self._length.idle_s), 95))
            row |= self._lag(0.7 * capacity, worker)
            _ended(worker)
        return row | self._catching_up(0.5 * capacity)

    def _worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return self._production.worker("score", "--consumer", self._consumer)

    def _capacity(self) -> float:
        """Return how many calls a second become visible while there are always more, from the first on."""
        self._say("capacity")
        with self._line.full():
            self._line.look_while(lambda: self._line.waiting() == self._line.sent, PATIENCE_S)
            self._line.look_while(lambda: True, self._length.capacity_s)
        seen = self._line.seen_at[~np.isnan(self._line.seen_at)]
        self._line.look_until_seen(PATIENCE_S)
        return float(np.count_nonzero(seen > seen.min()) / (seen.max() - seen.min()))

    def _lag(self, rate: float, worker: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Return the lag of calls sent at this rate, and which processes kept the cores busy meanwhile."""
        self._say(f"lag at {rate:.0f} calls/s")
        processes = {"worker": worker.pid, "store": self._production.store.pid, "bench": os.getpid()}
        began, machine = time.time(), _machine_busy_s()
        before = {name: _busy_s(pid) for name, pid in processes.items()}
        lags = self._lags(rate, self._length.lag_s)
        seconds = time.time() - began
        return {
            "rate_per_s": rate,
            "calls": len(lags),
            **{f"p{q}_s": float(np.percentile(lags, q)) for q in (50, 95, 99)},
            "most_s": float(lags.max()),
            "sender_late_s": self._line.late_s,
            **{f"{name}_cores": (_busy_s(pid) - before[name]) / seconds for name, pid in processes.items()},
            "machine_cores": (_machine_busy_s() - machine) / seconds,
        }

    def _lags(self, rate: float, seconds: float) -> Times:
        """Return the lag of each call sent in this time, s."""
        first = self._line.sent
        with self._line.sending(rate):
            self._line.look_while(lambda: True, seconds)
        self._line.look_until_seen(PATIENCE_S)
        sent = slice(first, self._line.sent)
        return self._line.seen_at[sent] - self._line.sent_at[sent]

    def _catching_up(self, rate: float) -> dict[str, Any]:
        """Return how long a new worker takes until no call waits for long, from its start on."""
        self._say(f"outage of {self._length.outage_s:.0f} s at {rate:.0f} calls/s")
        with self._line.sending(rate):
            self._line.look_while(lambda: True, self._length.outage_s)
            waiting, began = self._line.waiting(), time.time()
            with self._worker():
                self._line.look_while(lambda: self._line.oldest_s() > LAG_S, self._length.catching_up_s)
                took, done = time.time() - began, self._line.oldest_s() <= LAG_S
        seen = self._line.seen_at[self._line.seen_at > began]
        return {
            "outage_s": self._length.outage_s,
            "outage_rate_per_s": rate,
            "backlog": waiting,
            "first_seen_s": float(seen.min() - began) if len(seen) else None,
            "caught_up_s": took if done else None,
        }

    def _say(self, what: str) -> None:
        sys.stderr.write(f"{self._consumer}: {what} ...\n")


def _ended(worker: subprocess.Popen[bytes]) -> None:
    """End a worker as an operator does."""
    worker.terminate()
    worker.wait(PATIENCE_S)


def _busy_s(pid: int) -> float:
    """Return for how many processor seconds a process has run."""
    times = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def _machine_busy_s() -> float:
    """Return for how many processor seconds the machine was busy, with us or with something else."""
    user, nice, system, *_ = Path("/proc/stat").read_text("utf-8").split()[1:5]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
