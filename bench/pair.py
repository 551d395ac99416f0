"""Measure whether two score workers do as much per processor second as one does.

A real broker, records of twenty lines, all of tier 0, one store in a process of its own. One worker takes in
a full topic several times; then a second one joins its group and both do; then the first is alone again. Only
their own processor time counts, and only while the group is shared out. The figure is the smaller median of
the two kinds of consumer.

Needs the jars that `make kafka` fetches.

python -m bench.pair [--json] [--full]    (16,384 events, 2 times in each part; --full: 65,536, 3 times)
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from bench.mix import halves
from bench.pipeline import PATIENCE_S, empty_place, records_of
from bench.report import emit, options
from bench.whole import lines_of
from store.testing import ServedStore
from stream.errors import LogUnavailable
from stream.kafka_group import KafkaGroup
from stream.kafka_log import KafkaLog
from stream.log import Record
from stream.topics import GENERATIONS

CONSUMERS = ("plain", "faust")
TOGETHER = 20  # lines of a record
LOOK_S = 0.2
GROUP = "pair"


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    records = records_of(lines_of(halves(65_536 if chosen.full else 16_384)[0]), TOGETHER)
    rows: list[dict[str, object]] = []
    shares: list[float] = []
    for consumer in CONSUMERS:
        with empty_place() as (brokers, store), Group(consumer, brokers, store) as group:
            speeds = group.speeds(records, 3 if chosen.full else 2)
        one = statistics.median(speeds[1])
        shares.append(statistics.median(speeds[2]) / one)
        rows += [
            {
                "consumer": consumer,
                "workers": workers,
                "events_per_cpu_s": statistics.median(found),
                "least": min(found),
                "most": max(found),
                "share_of_one": statistics.median(found) / one,
            }
            for workers, found in speeds.items()
        ]
    emit(
        "pair",
        min(shares),
        "of one worker's events per cpu-s with two",
        n=sum(record.count for record in records),
        rows=rows,
        as_json=chosen.json,
    )


class Group:
    """One or two workers on a topic that somebody else fills; they end with the block."""

    def __init__(self, consumer: str, brokers: str, store: ServedStore) -> None:
        self._consumer = consumer
        self._command = [sys.executable, "-m", "bench.pipeline_worker", consumer, brokers, store.url, GROUP]
        self._log = KafkaLog(brokers)
        self._admin = KafkaAdminClient(bootstrap_servers=brokers)
        self._backlog = KafkaGroup(brokers, GROUP, [GENERATIONS])
        self._workers: list[subprocess.Popen[str]] = []

    def speeds(self, records: Sequence[Record], times: int) -> dict[int, list[float]]:
        """Return events per processor second of each turn, by the number of workers."""
        found: dict[int, list[float]] = {1: [], 2: []}
        for workers in (1, 2, 1):
            self._be(workers)
            for turn in range(times):
                sys.stderr.write(f"{self._consumer}, {workers} of them, {turn + 1} of {times} ...\n")
                found[workers].append(self._speed(records))
        return found

    def _speed(self, records: Sequence[Record]) -> float:
        before = self._busy_s()
        self._log.append(GENERATIONS, records)
        _until(lambda: not self._backlog.backlog())
        return sum(record.count for record in records) / (self._busy_s() - before)

    def _busy_s(self) -> float:
        return sum(map(_asked, self._workers))

    def _be(self, workers: int) -> None:
        """Start or end workers, and wait until the group is shared out among so many."""
        while len(self._workers) > workers:
            _end(self._workers.pop())
        while len(self._workers) < workers:
            self._workers.append(
                subprocess.Popen(  # noqa: S603 - our own module
                    [*self._command, "--scored"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
        _until(lambda: self._members() == workers)

    def _members(self) -> int:
        """Return among how many the group is shared out; 0 while it is being so."""
        found = self._admin.describe_groups([GROUP])[GROUP]
        return len(found["members"]) if found["group_state"] == "Stable" else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            _end(worker)
        self._backlog.close()
        self._admin.close()
        self._log.close()


def _asked(worker: subprocess.Popen[str]) -> float:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def _end(worker: subprocess.Popen[str]) -> None:
    with worker:
        worker.kill()


def _until(true: Callable[[], bool]) -> None:
    """Wait for something; a broker does not say at once who keeps the offsets of a new group."""
    patience = time.monotonic() + PATIENCE_S
    while True:
        with suppress(LogUnavailable, KafkaError):
            if true():
                return
        if time.monotonic() > patience:
            raise TimeoutError(f"the workers are not done after {PATIENCE_S} s")
        time.sleep(LOOK_S)


if __name__ == "__main__":
    main()
