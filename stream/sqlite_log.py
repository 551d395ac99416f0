"""The log in one SQLite file: nothing to install, and what was appended survives kill -9 and power loss."""

from __future__ import annotations

import heapq
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

from stream.errors import LogError, LogInUse
from stream.log import Delivery, Position, Record
from stream.topics import TOPICS

FILE = "log.sqlite3"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL, lines INTEGER NOT NULL, appended_s REAL NOT NULL,
    UNIQUE (topic, partition, offset)
);
CREATE TABLE IF NOT EXISTS ends (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (
    reader TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, reader)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""

_NEXT = """
SELECT e.partition, coalesce(o.next, 0) FROM ends AS e
LEFT JOIN offsets AS o ON o.topic = e.topic AND o.partition = e.partition AND o.reader = ?
WHERE e.topic = ?
"""
_UNREAD = """
SELECT rowid, partition, offset, key, value, lines FROM records
WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset
"""
_SOME = "SELECT rowid, topic, value FROM records WHERE rowid > ? ORDER BY rowid LIMIT 64"
_LAG = "SELECT coalesce(sum(lines), 0) FROM records WHERE topic = ? AND partition = ? AND offset >= ?"
_OLDEST = """
SELECT appended_s FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT 1
"""
_ADVANCE = """
INSERT INTO offsets VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = max(next, excluded.next)
"""


class SqliteLog:
    """A `Log` in a directory, for one process.

    Besides what every log does, appends, commits and small notes can be made one atomic step: see
    `together`. That is how a replay knows exactly how far it came.

    Parameters
    ----------
    directory : made if absent; the file in it is called log.sqlite3
    now_s : seconds since the epoch, for retention

    Raises
    ------
    LogInUse : another process has this log open
    LogError : the file is damaged or is no log
    """

    def __init__(self, directory: Path, *, now_s: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._now_s = now_s
        self._lock = threading.RLock()
        self._depth = 0
        directory.mkdir(parents=True, exist_ok=True)
        self._db = _opened(directory / FILE)

    def append(self, topic: str, records: Sequence[Record]) -> list[Position]:
        """Keep the records, all or none; on disk when this returns."""
        partitions = _partitions(topic)
        with self.together():
            ends = dict(self._db.execute("SELECT partition, next FROM ends WHERE topic = ?", (topic,)))
            positions: list[Position] = []
            for record in records:
                partition = crc32(record.key) % partitions
                positions.append(Position(topic, partition, ends.get(partition, 0)))
                ends[partition] = ends.get(partition, 0) + 1
            now = self._now_s()
            self._db.executemany(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (topic, at.partition, at.offset, record.key, record.value, _lines(record), now)
                    for at, record in zip(positions, records, strict=True)
                ),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO ends VALUES (?, ?, ?)",
                ((topic, partition, end) for partition, end in ends.items()),
            )
        return positions

    def read(
        self, topic: str, group: str, *, lines: int = 512, size: int = 16 * 1024 * 1024
    ) -> list[Delivery]:
        """Return the oldest records the group has not committed, at least one where there is one."""
        _partitions(topic)
        found: list[Delivery] = []
        with self._lock, self._named():
            for _, partition, offset, key, value, count in self._unread(topic, group):
                lines -= count
                size -= len(value)
                if found and (lines < 0 or size < 0):
                    break
                found.append(Delivery(Position(topic, partition, offset), Record(key, value)))
        return found

    def _unread(self, topic: str, group: str) -> Iterator[tuple[int, int, int, bytes, bytes, int]]:
        """Go through the partitions in the order of their appends, row by row."""
        places = self._db.execute(_NEXT, (group, topic)).fetchall()
        return heapq.merge(*(self._db.execute(_UNREAD, (topic, *place)) for place in places))

    def commit(self, group: str, positions: Iterable[Position]) -> None:
        """The group is done with these records and all before them in their partitions."""
        with self.together():
            self._db.executemany(
                _ADVANCE, [(group, at.topic, at.partition, at.offset + 1) for at in positions]
            )

    def lag(self, topic: str, group: str) -> int:
        """Return how many lines the group has not committed."""
        with self._lock, self._named():
            places = self._db.execute(_NEXT, (group, topic)).fetchall()
            return sum(int(self._db.execute(_LAG, (topic, *place)).fetchone()[0]) for place in places)

    def waiting_since(self, topic: str, group: str) -> float | None:
        """Return when the oldest record that the group has not committed came; None where none waits."""
        with self._lock, self._named():
            places = self._db.execute(_NEXT, (group, topic)).fetchall()
            found = [self._db.execute(_OLDEST, (topic, *place)).fetchone() for place in places]
        return min((float(row[0]) for row in found if row), default=None)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make everything inside one atomic, durable step; may be nested."""
        with self._lock:
            if self._depth:
                yield
                return
            with self._named():
                self._db.execute("BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    self._db.rollback()
                    raise
                finally:
                    self._depth -= 1

    def note(self, name: str, value: bytes | None) -> None:
        """Keep a small value under a name, or forget it."""
        with self.together():
            if value is None:
                self._db.execute("DELETE FROM notes WHERE name = ?", (name,))
            else:
                self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> bytes | None:
        """Return what was last kept under a name."""
        with self._lock, self._named():
            row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def prune(self) -> int:
        """Drop records that every group of their topic has committed, or that are past retention.

        A topic that nobody reads keeps its records until retention. Returns how many records went.
        """
        with self.together():
            done = sum(self._prune_consumed(topic) for topic in TOPICS)
            for topic in TOPICS.values():
                oldest = self._now_s() - topic.retention.total_seconds()
                done += self._db.execute(
                    "DELETE FROM records WHERE topic = ? AND appended_s < ?", (topic.name, oldest)
                ).rowcount
        return done

    def _prune_consumed(self, topic: str) -> int:
        groups = self._db.execute("SELECT DISTINCT reader FROM offsets WHERE topic = ?", (topic,)).fetchall()
        if not groups:
            return 0
        reached = [dict(self._db.execute(_NEXT, (group, topic))) for (group,) in groups]
        return sum(
            self._db.execute(
                "DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ?",
                (topic, partition, min(places[partition] for places in reached)),
            ).rowcount
            for partition in reached[0]
        )

    def rewrite(self, kept: Callable[[str, bytes], bytes | None]) -> dict[str, int]:
        """Change or remove lines wherever they lie, and leave nothing in the file of what they were.

        Whoever appends, reads or commits waits until all of the file was gone through and written anew.

        Parameters
        ----------
        kept : given a topic and a line, returns the line as it is to stay; None removes it

        Return how many lines were changed or removed, by topic.
        """
        changed: dict[str, int] = dict.fromkeys(TOPICS, 0)
        with self.together():
            for row, topic, value in self._records():
                lines = bytes(value).split(b"\n")
                stay = [kept(topic, line) for line in lines]
                n = sum(new != old for new, old in zip(stay, lines, strict=True))
                if n:
                    changed[topic] += n
                    self._replace(row, [line for line in stay if line is not None])
        # Even where nothing changed: an earlier rewrite may have been killed before it came here.
        with self._lock, self._named():
            self._db.execute("VACUUM")  # the file anew, without the room of what is gone
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return changed

    def _records(self) -> Iterator[tuple[int, str, bytes]]:
        """Go through all records, a few in memory at a time; whoever does may change them."""
        last = -1
        while found := self._db.execute(_SOME, (last,)).fetchall():
            yield from found
            last = found[-1][0]

    def _replace(self, row: int, lines: Sequence[bytes]) -> None:
        if not lines:
            self._db.execute("DELETE FROM records WHERE rowid = ?", (row,))
            return
        self._db.execute(
            "UPDATE records SET value = ?, lines = ? WHERE rowid = ?", (b"\n".join(lines), len(lines), row)
        )

    def close(self) -> None:
        """Give the file free; calling it twice is harmless."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say in whose words the database fails; whatever it was doing is undone and may be tried again."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise LogError(
                f"the log in {self.directory} cannot go on: {error}; is the disk full, or the file damaged?"
            ) from error


def _partitions(topic: str) -> int:
    try:
        return TOPICS[topic].partitions
    except KeyError:
        raise LogError(f"there is no topic {topic!r}; there are {', '.join(TOPICS)}") from None


def _lines(record: Record) -> int:
    return record.value.count(b"\n") + 1


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        # One process only; the system frees the lock however this process ends.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA page_size = 16384")  # records are long: fewer pages, half the writing
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten, even where nobody comes to write the file anew. `prune` pays for it
        # (about a millisecond for 200 KiB), appends do not.
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN EXCLUSIVE")
        for statement in _SCHEMA.split(";"):
            database.execute(statement)
        database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        database.close()
        if "locked" not in str(error):
            raise LogError(f"cannot open the log {path}: {error}") from error
        raise LogInUse(
            f"another process has the log {path}: stop it, ask it instead, or choose another data directory"
        ) from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise LogError(f"{path} is no log or is damaged ({error}): move it away and start again") from error
    return database
