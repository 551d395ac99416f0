"""A score worker whose step only writes down what it was given, for tests to start, upset and kill.

python -m tests.stream.consume sqlite|plain|faust PLACE FOLDER [--group G] [--fail-at N] [--batch N] ...

PLACE is the log's directory, or the brokers' address.

Appends one JSON line per record to FOLDER/PID.ndjson, synced, before the step returns. While FOLDER/away
exists the store is away; while FOLDER/slow exists a batch takes a second, and while FOLDER/hangs exists, an
hour.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from store.errors import StoreUnavailable
from stream.app import Faust
from stream.log import Delivery
from stream.plain import Plain
from stream.sqlite_log import SqliteLog
from stream.step import Counts
from stream.topics import GENERATIONS
from stream.watchdog import STILL_S
from stream.worker import Worker

SESSION_S = 6.0  # the least that a broker allows
HANGS_S = 3600.0


class Notes:
    """The step: notes each record, in the order given."""

    def __init__(self, folder: Path, fail_at: int) -> None:
        self._folder = folder
        self._file = (folder / f"{os.getpid()}.ndjson").open("a", encoding="utf-8")
        self._fail_at = fail_at
        self._batches = 0

    def __call__(self, deliveries: Sequence[Delivery]) -> Counts:
        if (self._folder / "away").exists():
            with (self._folder / f"{os.getpid()}.tried").open("a", encoding="utf-8") as tried:
                tried.write("again\n")
            raise StoreUnavailable("the store is away: wait for it")
        self._batches += 1
        if self._batches == self._fail_at:
            raise RuntimeError("nobody foresaw this")
        if (self._folder / "hangs").exists():
            time.sleep(HANGS_S)
        if (self._folder / "slow").exists():
            time.sleep(1.0)
        for one in deliveries:
            at = one.position
            said = {"partition": at.partition, "offset": at.offset, "key": one.record.key.decode()}
            said |= {"value": one.record.value.decode(), "counts": one.counts}
            self._file.write(json.dumps(said) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return Counts(events=len(deliveries))


def _sqlite(chosen: argparse.Namespace, step: Notes) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with SqliteLog(Path(chosen.place)) as log:
        worker = Worker(log, step, lines=chosen.batch)
        while not stopping.is_set():
            try:
                waits = worker.once() is None
            except StoreUnavailable:
                waits = True
            stopping.wait(0.05 if waits else 0)


def _plain(chosen: argparse.Namespace, step: Notes) -> None:
    plain = Plain(
        chosen.place,
        step,
        group=chosen.group,
        topics=[GENERATIONS],
        lines=chosen.batch,
        session_s=SESSION_S,
        still_s=chosen.still_s,
    )
    signal.signal(signal.SIGTERM, lambda *_: plain.stop())
    plain.run()


def _faust(chosen: argparse.Namespace, step: Notes) -> None:
    sys.argv = sys.argv[:1]  # Faust reads it too
    faust = Faust(
        chosen.place,
        step,
        group=chosen.group,
        topics=[GENERATIONS],
        records=chosen.batch,
        session_s=SESSION_S,
        still_s=chosen.still_s,
    )
    faust.run()


CONSUMERS = {"sqlite": _sqlite, "plain": _plain, "faust": _faust}


def main() -> None:
    """Consume until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("consumer", choices=sorted(CONSUMERS))
    parser.add_argument("place")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--group", default="score")
    parser.add_argument("--fail-at", type=int, default=0)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--still-s", type=float, default=STILL_S)
    chosen = parser.parse_args()
    CONSUMERS[chosen.consumer](chosen, Notes(chosen.folder, chosen.fail_at))


if __name__ == "__main__":
    main()
