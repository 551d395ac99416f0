"""The log every event goes through, and what anybody may rely on, whatever keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fmwatch import records

MAX_LINES = records.MAX_LINES  # of one record


@dataclass(frozen=True, slots=True)
class Record:
    """One to fifty lines of one key.

    Attributes
    ----------
    key : decides the partition
    value : NDJSON, without a newline at the end
    """

    key: bytes
    value: bytes

    @property
    def lines(self) -> list[bytes]:
        """The events of the record, still as bytes."""
        return self.value.split(b"\n")

    @property
    def count(self) -> int:
        """How many lines there are, without taking them apart."""
        return self.value.count(b"\n") + 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a record is; offsets of one partition grow without end and are never used twice."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record that was read, with its place.

    Attributes
    ----------
    at : when the log took it, s since the epoch, where the log says so; tells how old it is, and nothing else
    counts : what a client that writes to the log itself has counted, see `stream.client_counts`
    """

    position: Position
    record: Record
    at: float | None = field(default=None, compare=False)
    counts: str = field(default="", compare=False)


def batches(deliveries: Iterable[Delivery], *, lines: int, size: int) -> Iterator[list[Delivery]]:
    """Yield deliveries in order, in lists that stay below both bounds where one record alone does.

    Parameters
    ----------
    lines, size : at most so many lines and bytes together
    """
    batch: list[Delivery] = []
    room, space = lines, size
    for one in deliveries:
        if batch and (one.record.count > room or len(one.record.value) > space):
            yield batch
            batch, room, space = [], lines, size
        batch.append(one)
        room -= one.record.count
        space -= len(one.record.value)
    if batch:
        yield batch


class Log(Protocol):
    """Topics of records; at-least-once for every group of readers.

    May block for a disk or a broker; may be used from several threads. Raises LogError with a remedy.
    """

    def append(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """Keep the records; durable when this returns.

        Where this raises, none was kept, or (on Kafka) some: appended again they are duplicates.
        """

    def read(self, topic: str, group: str, *, lines: int, size: int) -> list[Delivery]:
        """Return the oldest records the group has not committed, at least one where there is one.

        Reading again without a commit gives the same records again.

        Parameters
        ----------
        lines : stop before there are more lines than this
        size : stop before there are more bytes than this
        """

    def commit(self, group: str, positions: Iterable[Position]) -> None:
        """The group is done with these records and all before them in their partitions; never goes back."""

    def lag(self, topic: str, group: str) -> int:
        """Return how many lines the group has not committed; Kafka counts records. 0 where nothing waits."""

    def waiting_since(self, topic: str, group: str) -> float | None:
        """Return when the oldest record that the group has not committed came, s since the epoch, or None."""

    def close(self) -> None:
        """Give everything free; calling it twice is harmless."""
