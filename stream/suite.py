"""What every log must do; a test class inherits this and says how one is opened."""
# ruff: noqa: S101, PLR2004 - a suite asserts, and numbers are its point

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress

from stream.errors import LogError
from stream.log import Log, Record
from stream.topics import CHANGES, GENERATIONS, TOPICS


def records(n: int, start: int = 0) -> list[Record]:
    """Return records of five keys with two lines each, numbered."""
    return [Record(b"key-%d" % (i % 5), b'{"n":%d}\n{"n":%d}' % (i, i)) for i in range(start, start + n)]


class LogSuite:
    """The behaviours of `stream.log.Log`, one method each, for pytest to find."""

    def opened(self) -> AbstractContextManager[Log]:
        """Open the same log again each time; the first time it is empty."""
        raise NotImplementedError

    def test_round_trip(self) -> None:
        """What was appended is read, every byte of it, once."""
        with self.opened() as log:
            log.append(GENERATIONS, records(20))
            found = [delivery.record for delivery in log.read(GENERATIONS, "a", lines=1000, size=10**6)]
        assert sorted(found, key=_value) == sorted(records(20), key=_value)

    def test_empty(self) -> None:
        """An empty topic gives nothing and has no lag."""
        with self.opened() as log:
            assert log.read(GENERATIONS, "a", lines=10, size=10**6) == []
            assert log.lag(GENERATIONS, "a") == 0

    def test_order(self) -> None:
        """Records of one key keep their order and share a partition."""
        with self.opened() as log:
            log.append(GENERATIONS, records(30))
            log.append(GENERATIONS, records(30, 30))
            found = log.read(GENERATIONS, "a", lines=1000, size=10**6)
        for key in {delivery.record.key for delivery in found}:
            mine = [delivery for delivery in found if delivery.record.key == key]
            assert len({delivery.position.partition for delivery in mine}) == 1
            assert [d.position.offset for d in mine] == sorted(d.position.offset for d in mine)
            numbers = [int(d.record.value.split(b":")[1].split(b"}")[0]) for d in mine]
            assert numbers == sorted(numbers)

    def test_uncommitted(self) -> None:
        """What was not committed comes again, also after a restart."""
        with self.opened() as log:
            log.append(GENERATIONS, records(10))
            first = log.read(GENERATIONS, "a", lines=1000, size=10**6)
            assert log.read(GENERATIONS, "a", lines=1000, size=10**6) == first
        with self.opened() as log:
            assert log.read(GENERATIONS, "a", lines=1000, size=10**6) == first

    def test_committed(self) -> None:
        """What was committed does not come again, also after a restart; the rest does."""
        with self.opened() as log:
            log.append(GENERATIONS, records(50))
            first = log.read(GENERATIONS, "a", lines=40, size=10**6)
            assert 0 < len(first) <= 20
            log.commit("a", [delivery.position for delivery in first])
        with self.opened() as log:
            rest = log.read(GENERATIONS, "a", lines=1000, size=10**6)
        values = [delivery.record.value for delivery in (*first, *rest)]
        assert sorted(values) == sorted(record.value for record in records(50))

    def test_commit_back(self) -> None:
        """Committing an older position changes nothing."""
        with self.opened() as log:
            log.append(CHANGES, records(3))
            found = log.read(CHANGES, "a", lines=1000, size=10**6)
            log.commit("a", [found[2].position])
            log.commit("a", [found[0].position])
            assert log.read(CHANGES, "a", lines=1000, size=10**6) == []

    def test_groups(self) -> None:
        """Each group has its own place."""
        with self.opened() as log:
            log.append(CHANGES, records(3))
            log.commit("a", [d.position for d in log.read(CHANGES, "a", lines=1000, size=10**6)])
            assert log.lag(CHANGES, "a") == 0
            assert log.lag(CHANGES, "b") >= 3

    def test_waiting_since(self) -> None:
        """The oldest record that waits says since when; reading goes on as if nobody had asked."""
        with self.opened() as log:
            assert log.waiting_since(GENERATIONS, "a") is None
            before = time.time()
            log.append(GENERATIONS, records(10))
            between = time.time()
            first = log.read(GENERATIONS, "a", lines=1000, size=10**6)
            log.append(GENERATIONS, records(10, 10))
            since = log.waiting_since(GENERATIONS, "a")
            assert since is not None
            assert before - 0.01 <= since <= between
            log.commit("a", [delivery.position for delivery in first])
            since = log.waiting_since(GENERATIONS, "a")
            assert since is not None
            assert since >= between - 0.01
            rest = log.read(GENERATIONS, "a", lines=1000, size=10**6)
            assert sorted(d.record.value for d in rest) == sorted(r.value for r in records(10, 10))
            log.commit("a", [delivery.position for delivery in rest])
            assert log.waiting_since(GENERATIONS, "a") is None

    def test_bounds(self) -> None:
        """A read stays below both bounds, and gives one record however large it is."""
        with self.opened() as log:
            log.append(CHANGES, [Record(b"k", b"x" * 5000), *records(10)])
            assert [len(d.record.value) for d in log.read(CHANGES, "a", lines=100, size=100)] == [5000]
            found = log.read(CHANGES, "a", lines=5, size=10**6)
        assert sum(len(delivery.record.lines) for delivery in found) == 5

    def test_unknown_topic(self) -> None:
        """A topic that is not in the table is refused with the names of those that are."""
        with self.opened() as log:
            try:
                log.append("llm.nothing", records(1))
            except LogError as error:
                assert all(name in str(error) for name in TOPICS)  # noqa: PT017 - pytest is not needed to use this
            else:
                raise AssertionError("an unknown topic was taken")

    def test_atomic(self) -> None:
        """An append that fails half-way leaves nothing."""

        def failing() -> Iterator[Record]:
            yield from records(3)
            raise RuntimeError("half-way")

        with self.opened() as log:
            with suppress(RuntimeError):
                log.append(GENERATIONS, failing())  # type: ignore[arg-type]  # a sequence that breaks
            assert log.lag(GENERATIONS, "a") == 0


def _value(record: Record) -> bytes:
    return record.value
