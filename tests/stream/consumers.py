"""What every consumer of the ingest topics must do, whatever it runs on; a test class inherits this."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.log import Record
from stream.watchdog import STILL_S

PATIENCE_S = 60.0


class ConsumerSuite:
    """The behaviours of a score worker as processes that are started, stopped and killed."""

    consumer: str

    def place(self) -> str:
        """Return the directory or address that the worker is told."""
        raise NotImplementedError

    def append(self, records: list[Record]) -> None:
        """Put records into the generations topic; no worker runs."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "notes"
        self.folder.mkdir()
        self.group = f"group-{time.time_ns()}"  # of this test alone: another's dead members are still missed

    def seen(self) -> list[dict[str, Any]]:
        """Return what workers have noted, one worker after the other, each in its order."""
        found = sorted(self.folder.glob("*.ndjson"), key=lambda path: path.stat().st_ctime_ns)
        # A line that is being written has no end yet.
        lines = [line for path in found for line in path.read_text("utf-8").split("\n")[:-1]]
        return [json.loads(line) for line in lines]

    @contextmanager
    def worker(
        self, *, fail_at: int = 0, batch: int = 50, still_s: float = STILL_S
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker; killed in the end where it still runs."""
        command = [
            sys.executable,
            "-m",
            "tests.stream.consume",
            self.consumer,
            self.place(),
            str(self.folder),
            *("--group", self.group, "--fail-at", str(fail_at)),
            *("--batch", str(batch), "--still-s", str(still_s)),
        ]
        with (self.folder / "said.txt").open("ab") as said:
            running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    def until(self, true: Callable[[], object], worker: subprocess.Popen[bytes]) -> None:
        """Wait for something that a worker does."""
        patience = time.monotonic() + PATIENCE_S
        while not true():
            assert worker.poll() is None, (self.folder / "said.txt").read_text("utf-8")
            assert time.monotonic() < patience, (self.folder / "said.txt").read_text("utf-8")
            time.sleep(0.05)

    def values(self) -> list[str]:
        """Return the values noted."""
        return [one["value"] for one in self.seen()]

    def tries(self) -> int:
        """Return how often a batch was handed to a store that is away."""
        return sum(len(path.read_text("utf-8").splitlines()) for path in self.folder.glob("*.tried"))

    def run_to_end(self, expected: set[str]) -> None:
        """Run a worker until all of these were noted, and end it as an operator would."""
        with self.worker() as running:
            self.until(lambda: expected <= set(self.values()), running)
            _ends(running)

    def test_once(self) -> None:
        """In calm, every record comes exactly once, in the order of its key; a restart repeats nothing."""
        self.append(numbered(200))
        self.run_to_end(values(200))
        self.append(numbered(20, 200))
        self.run_to_end(values(220))
        assert len(self.values()) == 220
        for key in {one["key"] for one in self.seen()}:
            mine = [one for one in self.seen() if one["key"] == key]
            assert [one["offset"] for one in mine] == sorted(one["offset"] for one in mine)
            assert [int(one["value"]) for one in mine] == sorted(int(one["value"]) for one in mine)

    @pytest.mark.parametrize("fail_at", [1, 4])
    def test_exception(self, fail_at: int) -> None:
        """What nobody foresaw ends the worker before anything later is acknowledged: nothing is skipped."""
        self.append(numbered(30))
        with self.worker(fail_at=fail_at, batch=1) as running:
            assert running.wait(PATIENCE_S) != 0
        assert len(self.values()) < 30
        self.run_to_end(values(30))

    def test_killed(self) -> None:
        """After kill -9 in the middle of batches the next worker has all that was not acknowledged."""
        self.append(numbered(60))
        (self.folder / "slow").touch()
        with self.worker(batch=10) as running:
            self.until(self.values, running)
            running.kill()
        (self.folder / "slow").unlink()
        self.run_to_end(values(60))

    def test_away(self) -> None:
        """While the store is away the worker stays, takes nothing more in, and then skips nothing."""
        self.append(numbered(60))
        (self.folder / "away").touch()
        with self.worker(batch=10) as running:
            self.until(lambda: self.tries() > 2, running)
            assert self.values() == []
            (self.folder / "away").unlink()
            self.until(lambda: values(60) <= set(self.values()), running)
            _ends(running)
        assert len(self.values()) == 60

    @pytest.mark.parametrize("batch", [1, 10])
    def test_stops(self, batch: int) -> None:
        """Told to stop in the middle, a worker ends within ten seconds; only the batch in hand may repeat."""
        self.append(numbered(60))
        (self.folder / "slow").touch()
        with self.worker(batch=batch) as running:
            self.until(self.values, running)
            _ends(running)
        done = len(self.values())
        (self.folder / "slow").unlink()
        assert done < 60
        self.run_to_end(values(60))
        assert len(self.values()) <= 60 + batch

    def test_stops_while_away(self) -> None:
        """Told to stop while the store is away, a worker ends within ten seconds and acknowledges nothing."""
        self.append(numbered(30))
        (self.folder / "away").touch()
        with self.worker() as running:
            self.until(self.tries, running)
            _ends(running)
        (self.folder / "away").unlink()
        self.run_to_end(values(30))
        assert len(self.values()) == 30


def numbered(n: int, start: int = 0) -> list[Record]:
    """Return records of seven keys whose values are their numbers."""
    return [Record(b"key-%d" % (i % 7), b"%d" % i) for i in range(start, start + n)]


def values(n: int) -> set[str]:
    """Return the values of the first numbered records."""
    return {str(number) for number in range(n)}


def _ends(worker: subprocess.Popen[bytes]) -> None:
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(10.0) == 0
