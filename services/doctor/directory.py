"""The data directory of the embedded form: who has it, and whether log and store in it are well."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from services.doctor import clock
from services.doctor.check import AWAY, Finding, fail, ok, skip, warn
from services.doctor.schema import migrations
from services.running import noted_url
from store.condition import Condition
from store.errors import StoreError, StoreInUse
from store.lock import DirectoryLock
from stream.errors import LogError
from stream.sqlite_log import FILE, SqliteLog
from stream.topics import INGEST
from stream.worker import GROUP

DIRECTORY, SERVER, LOG, STORE, SCHEMA = "data directory", "server", "log file", "store", "migrations"
ANSWER_S = 5.0
_ANOTHER = "name another with --data"


def directory(data: Path) -> Iterator[Finding]:
    """Look at a data directory; without a server on it, open what is in it for a moment."""
    if not data.is_dir():
        yield _absent(data)
        return
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"fmwatch doctor")
    except OSError as error:
        what = f"cannot write in {data}: {(error.strerror or str(error)).lower()}"
        yield fail(DIRECTORY, what, f"give this user the right to, or {_ANOTHER}")
        return
    yield ok(DIRECTORY, f"{data} can be written in")
    try:
        lock = DirectoryLock(data)
    except StoreInUse:
        yield _holder(data)
        yield skip(LOG, "open in the process that has the directory")
        yield skip(STORE, "open in the process that has the directory, which migrated it when it started")
        return
    except OSError as error:
        yield fail(DIRECTORY, f"{data}/lock: {error.strerror}", f"give this user the right to, or {_ANOTHER}")
        return
    try:
        yield ok(SERVER, "none runs on this directory")
        yield from _log(data)
        yield from _store(data, lock)
    finally:
        lock.release()


def _absent(data: Path) -> Finding:
    if data.exists():
        return fail(DIRECTORY, f"{data} is no directory", _ANOTHER)
    return ok(DIRECTORY, f"{data} is not there yet; fmwatch up makes it")


def _holder(data: Path) -> Finding:
    """Ask whoever has the directory whether it is well; not every holder is a server."""
    pid = (data / "lock").read_text("ascii", "replace").strip() or "unknown"
    url = noted_url(data)
    if not url:
        return ok(SERVER, f"process {pid} has the directory, and serves nothing: a replay, or about to start")
    try:
        answer = httpx2.get(f"{url}/healthz", timeout=ANSWER_S, trust_env=False)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        what = (
            f"process {pid} has the directory and does not answer at {url}: {error or type(error).__name__}"
        )
        return fail(SERVER, what, f"wait, or end it (kill {pid}) and start fmwatch up again", AWAY)
    if answer.status_code != httpx2.codes.OK:
        what = f"process {pid} at {url} is not well: {answer.text[:200]}"
        return fail(SERVER, what, f"read what it says; ended (kill {pid}) and started again it loses nothing")
    return ok(SERVER, f"process {pid} serves well at {url}")


def _log(data: Path) -> Iterator[Finding]:
    if not (data / FILE).exists():
        yield ok(LOG, "not there yet; fmwatch up makes it")
        return
    try:
        with closing(SqliteLog(data)) as log:
            waiting = sum(log.lag(topic, GROUP) for topic in INGEST)
            since = [at for topic in INGEST if (at := log.waiting_since(topic, GROUP)) is not None]
    except LogError as error:
        yield fail(LOG, str(error), f"move {data / FILE} away and start again, or {_ANOTHER}")
        return
    if not waiting:
        yield ok(LOG, "can be read; nothing waits")
        return
    oldest = datetime.fromtimestamp(min(since), UTC)
    what = f"can be read; {waiting:,} lines wait, the oldest since {oldest:%Y-%m-%d %H:%M:%S} UTC"
    yield warn(LOG, what, f"fmwatch up --data {data}")


def _store(data: Path, lock: DirectoryLock) -> Iterator[Finding]:
    if not (data / "chdb").exists():
        yield ok(STORE, "not there yet; fmwatch up makes it")
        return
    try:
        with Condition.of_directory(data, lock) as condition:
            yield ok(STORE, f"opens with engine {condition.version}")
            yield migrations(SCHEMA, condition, "fmwatch up applies them when it starts")
            if condition.exists() and condition.applied():
                yield clock.newest("newest row", condition.newest(), datetime.now(UTC), "stored call")
    except StoreError as error:
        yield fail(STORE, str(error), f"fmwatch up --data {data} says more; or {_ANOTHER}")
