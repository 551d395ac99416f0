from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Queue
from time import monotonic

import pytest

from store import meta, queries
from store.connect import Patience
from store.database import Database
from store.errors import StoreError, StoreUnavailable
from store.rollup import Rollup
from store.testing import Kind, ServedStore, empty, served
from store.writer import Writer
from tests.store.fleet import START, batch, calls, verdicts

SHORT = Patience(connect_s=2, answer_s=1)
EVENTS = calls(40)

# A process of its own: stores its part of the calls, a batch at a time, and says how many it sees at the end.
WORKER = """
import sys
from store import queries
from store.database import Database
from store.writer import Writer
from tests.store.fleet import batch, calls, verdicts
url, start = sys.argv[1], int(sys.argv[2])
with Database.open(url=url) as database:
    for at in range(start, start + 60, 20):
        events = calls(20, start=at)
        assert Writer(database).generations([(batch(events), verdicts(events))]) == []
    print(queries.count_generations(database))
"""
# Holds a test server and dies without a word to it.
HOLDER = """
import os, signal, sys
from pathlib import Path
from store.testing import served
with served(Path(sys.argv[1])) as store:
    print(store.pid, flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def opened(served_store: ServedStore) -> Iterator[Database]:
    """Open the served store for this module, with little patience."""
    with Database.open(url=served_store.url, patience=SHORT) as database:
        yield database


@pytest.fixture
def shared(opened: Database) -> Database:
    """An empty store on a server, whose client gives up after a second."""
    empty(opened)
    return opened


def _store(database: Database) -> None:
    assert Writer(database).generations([(batch(EVENTS), verdicts(EVENTS))]) == []


def _stored(database: Database) -> int:
    return queries.count_generations(database)


def test_processes(tmp_path: Path) -> None:
    """Several processes open a new store at once and write the same calls in parts: each call counts once."""
    with served(tmp_path) as store:
        command = [sys.executable, "-c", WORKER, store.url]
        starts = ["0", "20", "40"]
        workers = [
            subprocess.Popen([*command, start], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for start in starts
        ]
        try:
            said = [worker.communicate(timeout=60) for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
        assert [worker.returncode for worker in workers] == [0] * len(starts), said
        with Database.open(url=store.url) as database:
            assert _stored(database) == 100
            assert max(int(out) for out, _ in said) == 100


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_server_comes_back(tmp_path: Path, end: str) -> None:
    """While the server is gone the store is unavailable; when it is back the same client goes on."""
    with served(tmp_path) as store, Database.open(url=store.url, patience=SHORT) as database:
        _store(database)
        pid = store.pid
        getattr(store, end)()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            _store(database)
        with pytest.raises(StoreUnavailable, match="does not answer"):
            _stored(database)
        store.start()
        assert store.pid != pid
        _store(database)
        assert _stored(database) == len(EVENTS)


def test_killed_while_writing(tmp_path: Path) -> None:
    """The server is killed twice while calls are written: in the end none is missing, none counts twice."""
    pieces = [EVENTS[at : at + 2] for at in range(0, len(EVENTS), 2)]
    stored: Queue[int] = Queue()
    over = threading.Event()

    def write(database: Database) -> None:
        for index, piece in enumerate(pieces):
            while not over.is_set():
                with suppress(StoreUnavailable):
                    Writer(database).generations([(batch(piece), verdicts(piece))])
                    stored.put(index)
                    break

    with served(tmp_path) as store, Database.open(url=store.url) as database:
        writer = threading.Thread(target=write, args=(database,))
        writer.start()
        try:
            for at in (5, 12):
                while stored.get(timeout=60) < at:
                    pass
                store.kill()
                store.start()
            while stored.get(timeout=60) < len(pieces) - 1:
                pass
        finally:
            over.set()
            writer.join()
        assert _stored(database) == len(EVENTS)
        (found,) = database.rows("SELECT sum(usage_input) AS tokens FROM generations FINAL")
        assert found["tokens"] == sum(event.usage.input or 0 for event in EVENTS)


def test_threads(shared: Database) -> None:
    """Threads share one open store: what they write and read at once does not get mixed up."""
    with ThreadPoolExecutor(6) as pool:
        pieces = [EVENTS[at : at + 5] for at in range(0, len(EVENTS), 5)]
        written = pool.map(lambda piece: Writer(shared).generations([(batch(piece), {})]), pieces)
        read = pool.map(lambda n: shared.query("SELECT {n:UInt32} AS n", {"n": n})["n"][0], range(60))
        assert list(written) == [[]] * len(pieces)
        assert list(read) == list(range(60))
    assert _stored(shared) == len(EVENTS)


def test_endless_question(shared: Database) -> None:
    """A question that would take for ever is given up by whoever asks and by the server."""
    with pytest.raises(StoreUnavailable):
        shared.query("SELECT sum(cityHash64(number)) AS n FROM numbers(1000000000000)")
    running = "SELECT count() AS n FROM system.processes WHERE query LIKE 'SELECT sum(city%'"
    while shared.query(running)["n"] != [0]:
        pass


@pytest.mark.parametrize("kind", ["refuse", "drop", "memory", "disk"])
def test_refused(served_store: ServedStore, shared: Database, kind: Kind) -> None:
    """What was refused has not been stored, and every kind of call says that it may be made again."""
    with served_store.failing(kind):
        with pytest.raises(StoreUnavailable):
            _store(shared)
        with pytest.raises(StoreUnavailable):
            shared.query("SELECT 1 AS one")
        with pytest.raises(StoreUnavailable):
            shared.command("TRUNCATE TABLE meta")
    assert _stored(shared) == 0
    _store(shared)
    assert _stored(shared) == len(EVENTS)


def test_hanging_server(served_store: ServedStore, shared: Database) -> None:
    """A server that takes a batch and says nothing is left; what it stores later counts once all the same."""
    with served_store.failing("hang", only="INSERT INTO generations"):
        began = monotonic()
        with pytest.raises(StoreUnavailable, match="timed out"):
            _store(shared)
        assert monotonic() - began < 3 * SHORT.answer_s
    _store(shared)
    while shared.query("SELECT count() AS n FROM generations")["n"] != [2 * len(EVENTS)]:
        pass  # what hung is stored a moment after it was let go
    assert _stored(shared) == len(EVENTS)


def test_hanging_answer(served_store: ServedStore, shared: Database) -> None:
    """A question that is never answered ends as well, and so does opening the store."""
    with served_store.failing("hang"):
        with pytest.raises(StoreUnavailable, match="timed out"):
            _stored(shared)
        with pytest.raises(StoreUnavailable, match="no ClickHouse answers"):
            Database.open(url=served_store.url, patience=SHORT)


def test_lost_answer(served_store: ServedStore, shared: Database) -> None:
    """Where one answer is lost the client tries again by itself: the rows are there twice and count once."""
    with served_store.failing("lose", only="INSERT INTO generations", times=1):
        _store(shared)
        assert served_store.mend() == 1
    assert shared.query("SELECT count() AS n FROM generations")["n"] == [2 * len(EVENTS)]
    assert _stored(shared) == len(EVENTS)


def test_lost_answers(served_store: ServedStore, shared: Database) -> None:
    """Where answers stay lost the batch may be handed in again as a whole: each call counts once."""
    with served_store.failing("lose", only="INSERT INTO"), pytest.raises(StoreUnavailable):
        _store(shared)
    _store(shared)
    assert _stored(shared) == len(EVENTS)


def test_command_once(served_store: ServedStore, shared: Database) -> None:
    """A statement whose answer is lost is never sent a second time behind the caller's back."""
    _store(shared)
    with served_store.failing("lose", only="INSERT INTO minutes"):
        with pytest.raises(StoreUnavailable):
            Rollup(shared).recompute([START])
        assert served_store.mend() == 1
    Rollup(shared).recompute([START])
    assert sum(shared.query("SELECT n FROM v_fleet_hour")["n"]) == len(EVENTS)


def test_half_a_batch(served_store: ServedStore, shared: Database) -> None:
    """A batch that fails between its tables is handed in again; no row is blamed for want of memory."""
    with (
        served_store.failing("memory", only="INSERT INTO generations"),
        pytest.raises(StoreUnavailable, match="MEMORY_LIMIT_EXCEEDED"),
    ):
        _store(shared)
    assert shared.query("SELECT count() AS n FROM embeddings")["n"] == [len(EVENTS)]
    assert _stored(shared) == 0
    _store(shared)
    assert shared.query("SELECT count() AS n FROM embeddings FINAL")["n"] == [len(EVENTS)]
    assert _stored(shared) == len(EVENTS)


@pytest.mark.parametrize("rows", [1, 3_000, 300_000])
def test_answer_breaks_off(served_store: ServedStore, shared: Database, rows: int) -> None:
    """Half an answer is no answer, however long it was to be."""
    sql = f"SELECT number, toString(cityHash64(number)) AS word FROM numbers({rows})"  # noqa: S608
    with served_store.failing("cut"), pytest.raises(StoreUnavailable):
        shared.query(sql)
    assert len(shared.query(sql)["word"]) == rows


def test_fault_for_some(served_store: ServedStore, shared: Database) -> None:
    """A fault hits the statements it is meant for, as often as it was told, and then no more."""
    with served_store.failing("memory", only="FROM meta", times=2):
        shared.query("SELECT 1 AS one")
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                meta.recall(shared, "a")
        assert meta.recall(shared, "a") is None
        assert served_store.mend() == 2


def test_server_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments are the same moments on a server that lives in another time zone."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with served(tmp_path) as store, Database.open(url=store.url) as database:
        sql = "SELECT {a:DateTime('UTC')} AS a, {b:DateTime64(6, 'UTC')} AS b, timezone() AS zone"
        assert database.rows(sql, {"a": START, "b": START}) == [
            {"a": START, "b": START, "zone": "Asia/Tokyo"}
        ]
        _store(database)
        Rollup(database).catch_up()
        hours = database.query("SELECT DISTINCT hour FROM v_tenant_hour")["hour"]
        assert hours == [START]


def test_long_parameters(shared: Database) -> None:
    """Parameters too long for an address arrive as they are, line ends, quotes and all."""
    hostile = [f"{n}\r\n--boundary\n'\"\\\t\0ü" for n in range(3000)]
    assert shared.query("SELECT {x:Array(String)} AS x", {"x": hostile}) == {"x": [hostile]}


def test_sender_dies(served_store: ServedStore, shared: Database) -> None:
    """An insert whose sender dies while it sends has no effect, and the server goes on."""
    assert shared.query("SELECT count() AS n FROM meta")["n"] == [0]
    host, port = served_store.url.removeprefix("http://").removesuffix("/fmwatch").split(":")
    body = b"INSERT INTO meta (name) FORMAT TSV\nhalf\n"
    head = b"POST /?database=fmwatch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port))) as peer:
        peer.sendall(head + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(1000) == b""
    assert shared.query("SELECT count() AS n FROM meta")["n"] == [0]


def test_second_server(served_store: ServedStore) -> None:
    """Two servers never share a directory: the second one does not start."""
    with pytest.raises(StoreError, match="no test server"), served(served_store.directory):
        pass


def test_server_ends_with_its_owner(tmp_path: Path) -> None:
    """A test process that is killed leaves no server behind."""
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        watch = os.pidfd_open(int(owner.stdout.readline()))
        try:
            owner.communicate()
            assert owner.returncode == -signal.SIGKILL
            ended = select.poll()  # `select` knows no descriptor above 1,023
            ended.register(watch, select.POLLIN)
            assert ended.poll(30_000)
        finally:
            os.close(watch)


def test_embedded_or_served(tmp_path: Path) -> None:
    """A store that was served is the same store when one process opens it for itself."""
    with served(tmp_path) as store:
        with Database.open(url=store.url) as database:
            _store(database)
        store.stop()
    with Database.open(tmp_path) as database:
        assert _stored(database) == len(EVENTS)
