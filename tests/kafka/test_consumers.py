from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from fmwatch import Client

from stream.client_counts import accounts
from stream.kafka_log import KafkaLog
from stream.log import Record
from stream.testing import Broker
from stream.topics import GENERATIONS
from tests.stream.consumers import PATIENCE_S, ConsumerSuite, numbered, values

pytestmark = pytest.mark.kafka

SHORT_S = 8.0  # what standing still is in these tests; longer than a new group needs for its first share


def _broken(text: str) -> str:
    raise ValueError(text)


class GroupSuite(ConsumerSuite):
    """What consumers on a broker do beyond that: share the work, and take over from each other."""

    @pytest.fixture(autouse=True)
    def _brokers(self, brokers: str) -> None:
        self.brokers = brokers

    def place(self) -> str:
        return self.brokers

    def append(self, records: list[Record]) -> None:
        with KafkaLog(self.brokers) as log:
            log.append(GENERATIONS, records)

    def test_shared(self) -> None:
        """Two workers share the partitions; when one is killed the other goes on with all of them."""
        (self.folder / "slow").touch()
        self.append(numbered(70))
        with self.worker(batch=1) as first, self.worker(batch=1) as second:
            self.until(lambda: len(list(self._notes())) == 2, second)
            first.kill()
            (self.folder / "slow").unlink()
            self.until(lambda: values(70) <= set(self.values()), second)

    def test_counts(self) -> None:
        """What a client has counted that writes to the broker itself comes with its record."""
        with Client(f"kafka://{self.brokers}", team="shop", redact=_broken) as client:
            client.capture(provider="openai", request_model="gpt-4o", event_id="counted", prompt="Hi")
            assert client.flush(PATIENCE_S).sent == 1
        with self.worker() as running:
            self.until(lambda: any("counted" in value for value in self.values()), running)
        (said,) = [one["counts"] for one in self.seen() if "counted" in one["value"]]
        (account,) = accounts(said)
        assert account.team == "shop"
        assert set(account.numbers) == {("captured", 1, 1), ("redaction_failed", 1, 1)}

    def test_stopped_past_session(self) -> None:
        """A worker that slept past its session, and whose work another took over, harms nothing."""
        (self.folder / "slow").touch()
        self.append(numbered(70))
        with self.worker(batch=1) as first:
            self.until(self.values, first)
            os.kill(first.pid, signal.SIGSTOP)
            (self.folder / "slow").unlink()
            with self.worker() as second:
                self.until(lambda: values(70) <= set(self.values()), second)
                os.kill(first.pid, signal.SIGCONT)
                self.append(numbered(30, 70))
                self.until(lambda: values(100) <= set(self.values()), second)

    def test_stands_still(self) -> None:
        """A worker that stands still while records wait for it ends, and a new one takes all of them."""
        (self.folder / "hangs").touch()
        self.append(numbered(30))
        with self.worker(still_s=SHORT_S) as running:
            assert running.wait(PATIENCE_S) == 1
        (self.folder / "hangs").unlink()
        self.run_to_end(values(30))

    def test_idle(self) -> None:
        """A worker for which nothing waits stays, however long, and takes what comes then."""
        self.append(numbered(5))
        with self.worker(still_s=SHORT_S) as running:
            self.until(lambda: values(5) <= set(self.values()), running)
            with pytest.raises(subprocess.TimeoutExpired):
                running.wait(2 * SHORT_S)
            self.append(numbered(5, 5))
            self.until(lambda: values(10) <= set(self.values()), running)

    def test_broker_returns(self, broker: Broker) -> None:
        """A worker outlives a broker that dies and comes back, and goes on where it was."""
        self.append(numbered(20))
        with self.worker() as running:
            self.until(lambda: values(20) <= set(self.values()), running)
            broker.kill()
            broker.start()
            self.append(numbered(20, 20))
            self.until(lambda: values(40) <= set(self.values()), running)

    def _notes(self) -> list[Path]:
        return [path for path in self.folder.glob("*.ndjson") if path.stat().st_size]


class TestPlain(GroupSuite):
    """The bare kafka-python consumer."""

    consumer = "plain"

    def test_both_kinds(self) -> None:
        """Workers of both kinds share the group's partitions, so that one kind can take the other's place."""
        (self.folder / "slow").touch()
        self.append(numbered(70))
        with self.worker(batch=1) as plain:
            self.until(self.values, plain)
            self.consumer = "faust"
            with self.worker(batch=1) as faust:
                self.until(lambda: len(self._notes()) == 2, faust)
                (self.folder / "slow").unlink()
                self.until(lambda: values(70) <= set(self.values()), faust)
                assert plain.poll() is None


class TestFaust(GroupSuite):
    """Faust."""

    consumer = "faust"
