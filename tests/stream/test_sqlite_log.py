import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stream.errors import LogError, LogInUse
from stream.log import Record
from stream.sqlite_log import FILE, SqliteLog
from stream.suite import LogSuite, records
from stream.topics import CHANGES, FEEDBACK, GENERATIONS, SIGNALS, TOPICS


class TestSqliteLog(LogSuite):
    """The embedded log does what every log does."""

    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path: Path) -> None:
        self.directory = tmp_path

    def opened(self) -> AbstractContextManager[SqliteLog]:
        return SqliteLog(self.directory)


def _consume(log: SqliteLog, topic: str, group: str, lines: int = 10**6) -> None:
    log.commit(group, [delivery.position for delivery in log.read(topic, group, lines=lines)])


def test_exclusive(tmp_path: Path) -> None:
    """A second process is told that the log is in use, and what to do."""
    code = (
        "import sys; from pathlib import Path; from stream.sqlite_log import SqliteLog; "
        "SqliteLog(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    with pytest.raises(LogInUse, match="stop it, ask it instead, or choose another"):
        SqliteLog(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    SqliteLog(tmp_path).close()


def test_killed(tmp_path: Path) -> None:
    """After kill -9 in the middle of appends, every append that had returned is there."""
    code = (
        "import sys; from pathlib import Path; from stream.sqlite_log import SqliteLog; "
        "from stream.suite import records; log = SqliteLog(Path(sys.argv[1]))\n"
        "for i in range(10**6): log.append('llm.changes', records(7, i)); print(i, flush=True)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(20):
        acknowledged = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = max([acknowledged, *map(int, writer.communicate()[0].split(b"\n")[:-1])])
    with SqliteLog(tmp_path) as log:
        appends, rest = divmod(log.lag(CHANGES, "a"), 14)
    assert rest == 0
    assert acknowledged + 1 <= appends <= acknowledged + 2


def _both_then_fail(log: SqliteLog) -> None:
    with log.together():
        log.append(CHANGES, records(2))
        log.note("place", b"2")
        log.append("llm.nothing", records(1))


def test_together(tmp_path: Path) -> None:
    """An append and a note made together are both there or both not."""
    with SqliteLog(tmp_path) as log:
        with pytest.raises(LogError):
            _both_then_fail(log)
        assert (log.lag(CHANGES, "a"), log.noted("place")) == (0, None)
        with log.together():
            log.append(CHANGES, records(2))
            log.note("place", b"2")
    with SqliteLog(tmp_path) as log:
        assert (log.lag(CHANGES, "a"), log.noted("place")) == (4, b"2")
        log.note("place", None)
        assert log.noted("place") is None


def test_prune(tmp_path: Path) -> None:
    """Records that every group has consumed go; offsets go on from where they were."""
    with SqliteLog(tmp_path) as log:
        before = log.append(CHANGES, records(4))
        _consume(log, CHANGES, "a")
        _consume(log, CHANGES, "b", lines=4)
        assert log.prune() == 2
        assert log.lag(CHANGES, "b") == 4
        _consume(log, CHANGES, "b")
        assert log.prune() == 2
        after = log.append(CHANGES, records(1))
        assert after[0].offset == before[-1].offset + 1
        assert log.lag(CHANGES, "a") == 2


def test_prune_unseen_partition(tmp_path: Path) -> None:
    """A group that has only touched some partitions keeps its records in the others."""
    with SqliteLog(tmp_path) as log:
        log.append(GENERATIONS, records(20))
        _consume(log, GENERATIONS, "a")
        first = log.read(GENERATIONS, "b")[0]
        log.commit("b", [first.position])
        log.prune()
        assert log.lag(GENERATIONS, "b") == 38


def test_retention(tmp_path: Path) -> None:
    """A topic that nobody reads keeps its records until they are too old."""
    now = 1_000_000.0
    with SqliteLog(tmp_path, now_s=lambda: now) as log:
        log.append(SIGNALS, records(3))
        assert log.prune() == 0
        now += (TOPICS[SIGNALS].retention + timedelta(seconds=1)).total_seconds()
        assert log.prune() == 3


def test_damaged(tmp_path: Path) -> None:
    """A file that is no log is refused with the remedy and left alone."""
    (tmp_path / FILE).write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(LogError, match="move it away"):
        SqliteLog(tmp_path)
    assert (tmp_path / FILE).read_bytes().startswith(b"not a database")


def test_large_record(tmp_path: Path) -> None:
    """Bytes come back as they went in, zeros and newlines at the end included."""
    value = bytes(range(256)) * 4096
    with SqliteLog(tmp_path) as log:
        log.append(CHANGES, [Record(b"", value)])
        assert log.read(CHANGES, "a")[0].record.value == value


def test_full(tmp_path: Path) -> None:
    """A full disk is said in one sentence, leaves nothing half-done, and is over when there is room."""
    with SqliteLog(tmp_path) as log:
        log._db.execute("PRAGMA max_page_count = 40")
        with pytest.raises(LogError, match="is the disk full"):
            log.append(GENERATIONS, [Record(b"k", b"x" * 1_000_000)])
        assert log.lag(GENERATIONS, "a") == 0
        log._db.execute("PRAGMA max_page_count = 100000")
        log.append(GENERATIONS, records(3))
        assert log.lag(GENERATIONS, "a") == 6


def test_durable(tmp_path: Path) -> None:
    """Every commit is on disk, not only in the system's memory."""
    with SqliteLog(tmp_path) as log:
        assert log._db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert sqlite3.connect(tmp_path / FILE).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_waiting_since(tmp_path: Path) -> None:
    """The oldest record that a group has not committed says since when it waits."""
    now = iter([10.0, 20.0])
    with SqliteLog(tmp_path, now_s=lambda: next(now)) as log:
        assert log.waiting_since(GENERATIONS, "a") is None
        for key in (b"x", b"y"):
            log.append(GENERATIONS, [Record(key, b"{}")])
        assert log.waiting_since(GENERATIONS, "a") == pytest.approx(10)
        log.commit("a", [log.read(GENERATIONS, "a")[0].position])
        assert log.waiting_since(GENERATIONS, "a") == pytest.approx(20)
        _consume(log, GENERATIONS, "a")
        assert log.waiting_since(GENERATIONS, "a") is None


def test_rewrite(tmp_path: Path) -> None:
    """Lines are changed or removed wherever they lie, and the file holds nothing of what they were."""
    gone, stays = b"SECRET-of-somebody", b"of others"
    with SqliteLog(tmp_path) as log:
        log.append(GENERATIONS, [Record(b"k", b"\n".join([gone, stays])), Record(b"k", gone)])
        log.append(FEEDBACK, [Record(b"k", stays)])
        changed = log.rewrite(lambda _, line: None if line == gone else line)
        assert {topic: n for topic, n in changed.items() if n} == {GENERATIONS: 2}
        assert [one.record for one in log.read(GENERATIONS, "g")] == [Record(b"k", stays)]
        assert log.lag(GENERATIONS, "g") == 1
        log.rewrite(lambda topic, line: b"other" if topic == FEEDBACK else line)
        assert [one.record.value for one in log.read(FEEDBACK, "g")] == [b"other"]
        assert not any(gone in file.read_bytes() for file in tmp_path.iterdir())
        assert log.append(GENERATIONS, [Record(b"k", stays)])[0].offset == 2


class _Killed:
    """A database whose process ends before the statement of that name."""

    def __init__(self, database: sqlite3.Connection, at: str) -> None:
        self._database = database
        self._at = at

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        if sql.startswith(self._at):
            raise KeyboardInterrupt
        return self._database.execute(sql, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@pytest.mark.parametrize("at", ["VACUUM", "PRAGMA wal_checkpoint"])
def test_rewrite_interrupted(tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rewrite that was killed before the file was written anew is made good by the next one."""
    gone, stays = b"SECRET-of-somebody" * 3000, b"of others" * 3000
    with SqliteLog(tmp_path) as log:
        log.append(GENERATIONS, [Record(b"k", gone), Record(b"k", stays)])
        with monkeypatch.context() as patched:
            patched.setattr(log, "_db", _Killed(log._db, at))
            with pytest.raises(KeyboardInterrupt):
                log.rewrite(lambda _, line: None if line == gone else line)
        assert not any(log.rewrite(lambda _, line: line).values())
        assert not any(gone[:18] in file.read_bytes() for file in tmp_path.iterdir())


def test_overwritten(tmp_path: Path) -> None:
    """What was deleted is in the file no more once the log is closed, though nothing wrote it anew."""
    gone = b"SECRET-of-somebody" * 3000
    with SqliteLog(tmp_path) as log:
        log.append(GENERATIONS, [Record(b"k", gone), Record(b"k", b"of others")])
    assert gone[:18] in (tmp_path / FILE).read_bytes()
    with SqliteLog(tmp_path) as log:
        log.commit("g", [one.position for one in log.read(GENERATIONS, "g", lines=1)])
        assert log.prune() == 1
    assert not any(gone[:18] in file.read_bytes() for file in tmp_path.iterdir())
