from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from services.config import Config
from services.doctor.check import AWAY, WRONG, exit_code
from services.doctor.directory import directory
from services.run import Embedded
from services.serve import SERVER
from store.database import Database
from store.lock import DirectoryLock
from stream.sqlite_log import FILE
from tests.services.doctor.findings import one, statuses

FMWATCH = Path(sys.executable).with_name("fmwatch")
CALL = {"event_id": "a", "provider": "openai", "request_model": "gpt-4o"}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one stored call and one that waits."""
    data = tmp_path_factory.mktemp("used") / "data"
    with Embedded(data, Config(), lambda: datetime.now(UTC)) as embedded:
        for event_id in "ab":
            call = {**CALL, "event_id": event_id, "occurred_at": datetime.now(UTC).isoformat()}
            embedded.ingest([json.dumps(call).encode()])
            if event_id == "a":
                embedded.score()
    return data


@contextmanager
def up(data: Path) -> Iterator[str]:
    """Run `fmwatch up` on a directory and yield its URL."""
    with subprocess.Popen([FMWATCH, "up", "--data", data, "--port", "0"], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline().decode())
        assert found
        yield found.group()
        process.send_signal(signal.SIGINT)


def test_new(tmp_path: Path) -> None:
    """A directory that is not there yet is fine, and is not made."""
    data = tmp_path / "data"
    (finding,) = directory(data)
    assert finding.status == "ok"
    assert not data.exists()


def test_no_directory(tmp_path: Path) -> None:
    """A file in its place is wrong."""
    (tmp_path / "data").write_text("")
    (finding,) = directory(tmp_path / "data")
    assert (finding.status, finding.remedy) == ("fail", "name another with --data")


def test_unwritable() -> None:
    """Where nothing can be written, that is said with what the system says; nobody writes in /proc."""
    (finding,) = directory(Path("/proc/self"))
    assert finding.status == "fail"
    assert "cannot write in /proc/self" in finding.what


def test_used(used: Path) -> None:
    """Log and store are opened and counted; nothing in them changes."""
    for _ in range(2):
        found = list(directory(used))
        assert statuses(found) == {
            "data directory": "ok",
            "server": "ok",
            "log file": "warn",
            "store": "ok",
            "migrations": "ok",
            "newest row": "ok",
        }
        assert "1 lines wait" in one(found, "log file").what
        assert one(found, "log file").remedy == f"fmwatch up --data {used}"


def test_served(used: Path) -> None:
    """A server that has the directory is asked whether it is well; the remedy for what waits has worked."""
    with up(used) as url:
        found = list(directory(used))
        assert one(found, "server").status == "ok"
        assert url in one(found, "server").what
        assert statuses(found)["store"] == "skip"
    assert exit_code(found) == 0


def test_silent_server(tmp_path: Path) -> None:
    """A server that says where it is and does not answer is away, and the remedy names its process."""
    lock = DirectoryLock(tmp_path)
    (tmp_path / SERVER).write_text(json.dumps({"url": "http://127.0.0.1:1"}))
    found = list(directory(tmp_path))
    lock.release()
    assert (one(found, "server").status, one(found, "server").code) == ("fail", AWAY)
    assert "kill " in one(found, "server").remedy


def test_unwell_server(tmp_path: Path) -> None:
    """A server that says it is not well is quoted."""
    lock = DirectoryLock(tmp_path)
    with HTTPServer(("127.0.0.1", 0), Unwell) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        (tmp_path / SERVER).write_text(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}))
        found = list(directory(tmp_path))
        thread.join()
    lock.release()
    assert (one(found, "server").status, one(found, "server").code) == ("fail", WRONG)
    assert "the watcher stands still" in one(found, "server").what


class Unwell(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"the watcher stands still")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def test_other_holder(tmp_path: Path) -> None:
    """A directory that a replay has is fine; what cannot be opened meanwhile is not looked at."""
    lock = DirectoryLock(tmp_path)
    found = list(directory(tmp_path))
    lock.release()
    assert statuses(found) == {"data directory": "ok", "server": "ok", "log file": "skip", "store": "skip"}


def test_broken_log(tmp_path: Path) -> None:
    """A damaged log is wrong; moved away as the remedy says, the directory is well."""
    (tmp_path / FILE).write_bytes(b"no database at all, and longer than a header would be" * 9)
    found = list(directory(tmp_path))
    assert one(found, "log file").status == "fail"
    assert f"move {tmp_path / FILE} away" in one(found, "log file").remedy
    (tmp_path / FILE).rename(tmp_path / "broken")
    assert exit_code(directory(tmp_path)) == 0


def test_newer(tmp_path: Path) -> None:
    """A store of a newer version is wrong, with both numbers; one that lacks migrations will get them."""
    with Database.open(tmp_path) as database:
        database.command("ALTER TABLE migrations DELETE WHERE number = 15 SETTINGS mutations_sync = 1")
    finding = one(directory(tmp_path), "migrations")
    assert finding.status == "warn"
    with Database.open(tmp_path) as database:
        assert one_of_all(database)
        database.command("INSERT INTO migrations SELECT 9999, '9999_later', now64(3)")
    finding = one(directory(tmp_path), "migrations")
    assert finding.status == "fail"
    assert "schema 9999" in finding.what


def one_of_all(database: Database) -> bool:
    """Tell whether opening has applied what was missing, as the remedy says."""
    return 15 in database.query("SELECT number FROM migrations FINAL")["number"]
