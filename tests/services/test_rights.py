"""fmwatch under the shipped users of a ClickHouse server: the real engine holds each to its rights."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from fmwatch.event import Change, Feedback

from detectors import registry
from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.alerts.production import Production as Alerts
from services.alerts.spoken import Spoken
from services.config import Config
from services.console.desk import Opened
from services.console.source import StoreAudit, StoreSource
from services.dead_letters.reading import Reading
from services.deadlines.reading import Reading as Deadlines
from services.digest.gather import Gather
from services.erase.production import Production
from services.export.folder import write
from services.export.routes import Reading as Exporting
from services.lookout import Lookout
from services.models.document import read
from store import migrate, retention, views
from store.database import Database
from store.dead_letters import Asked
from store.errors import StoreError
from store.export import Wanted
from store.queries import count_generations
from store.subject import Subject
from store.testing import served
from store.writer import Writer
from stream.border import Border, gathered
from stream.sqlite_log import SqliteLog
from stream.step import Step
from stream.topics import TOPICS
from stream.worker import Worker
from tests.services.small_fleet import DAYS, START, lines
from tests.store.users import NAMES, SHIPPED, config

END = START + timedelta(days=DAYS)
USER = "5e884898da28"
CALL = {"event_id": "u", "occurred_at": START.isoformat(), "provider": "openai", "request_model": "gpt-4o"}
# System tables that everybody may read; they show what he has a right to know of.
FREE = {"tables", "columns"}


class Store:
    """One directory, opened by one user after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def opened(self, user: str) -> Iterator[Database]:
        """Open the store as a user."""
        users = config(self._folder / (user or "everything"), user)
        with served(self._folder / "store", users) as store, Database.open(url=store.url) as database:
            yield database

    def own(self) -> None:
        """Make `fmwatch` the maker of the views: the engine of the tests calls every sender `default`."""
        with self.opened("") as database:
            for name in views.statements():
                database.command(f"ALTER TABLE {name} MODIFY DEFINER = fmwatch SQL SECURITY DEFINER")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that `fmwatch` has made, `fmwatch_score` has filled and `fmwatch` has watched."""
    folder = tmp_path_factory.mktemp("rights")
    made = Store(folder)
    with made.opened("fmwatch"):
        pass
    with SqliteLog(folder) as log:
        with made.opened("fmwatch_score") as database:
            _score(database, log)
        with made.opened("fmwatch") as database:
            lookout = Lookout(Config(), database, log, lambda: END, notify=timedelta(days=1))
            lookout.live()
            lookout.daily()
            assert count_generations(database) > 0
    made.own()
    return made


def _score(database: Database, log: SqliteLog) -> None:
    border = Border()
    for topic, records in gathered(
        border.admit(line) for line in [*lines(), b"{", json.dumps({**CALL, "user_hash": USER}).encode()]
    ).items():
        log.append(topic, records)
    writer = Writer(database)
    worker = Worker(log, Step(log, writer, registry.scorers(PriceBook()), registry.encoder(), lambda: END))
    while worker.once():
        pass
    assert (
        writer.feedback([Feedback(event_id="a", kind="thumb", name="", value=True, by="human", at=END)]) == []
    )
    assert writer.changes([Change(at=END, kind="deploy")]) == []
    letter = {"topic": "llm.generations", "partition": 0, "offset": 0, "line": 0, "replayed_at": END}
    assert writer.dead_letter_replays([letter]) == []


def test_reader(store: Store, tmp_path: Path) -> None:
    """The reader sees everything the console shows, by views that read for him, and may export it."""
    with store.opened("fmwatch_read") as database:
        source = StoreSource(database)
        assert source.unusable(END) == 1
        leaves = source.leaves(END)
        assert any(each.day.n for each in leaves)
        leaf = leaves[0]
        assert source.known(leaf.key, END) is not None
        assert source.series(leaf.key, [(START, END)])[0]
        source.watching(leaf.key)
        source.deadline(leaf.key)
        assert source.spent(START, START, END)[0]
        assert source.spent_hours([leaf.key.team], START, END)
        assert source.pipeline((START, END), END, END).judged
        alerts = source.alerts(START)
        assert alerts
        assert any(source.calls(alerts))
        assert any(source.hours(alerts, [(START, END)] * len(alerts)))
        assert source.alert(alerts[0].id) is not None
        source.advice(END)
        assert read(database, Catalogue.load(), Config())["models"]
        assert source.changes(START, END)
        assert Gather(database, ZoneInfo("UTC"), lambda: END).digest().now.n > 0
        Deadlines(database, lambda: END).deadlines()
        assert Reading(database).listing(Asked(), 10)["total"] == 1
        manifest = write(Exporting(database), Wanted(START, END), tmp_path / "out", "parquet", END)
        assert manifest["tables"]["generations"]["rows"] > 0
        for name, select in views.statements().items():
            if "{since:" not in select:
                database.query(f"SELECT count() AS n FROM {name}")  # noqa: S608 - our own names


def test_console(store: Store) -> None:
    """The console's user shows a tenant its own, keeps what people say of alerts, and who has seen texts."""
    with store.opened("fmwatch_console") as database:
        source = StoreSource(database)
        (alert,) = [one for one in source.alerts(START) if one.severity == "page"]
        assert source.of("default").alert(alert.id) == alert
        assert source.of("other").alert(alert.id) is None
        assert source.of("other").unusable(END) == 0
        window = (START, END)
        everybody, other = (one.pipeline(window, END, END) for one in (source, source.of("other")))
        assert everybody.watched_until is not None
        assert (other.watched_until, other.passed, other.letters) == (everybody.watched_until, [], [])
        waits: list[float] = []
        desk = Spoken(Alerts(database, Config(), lambda: END, waits.append))
        assert desk.say(alert.id, "ack" if alert.state != "resolved" else "expected", "ana", "on it") is False
        assert waits
        StoreAudit(database)(Opened(END, "default", alert.id, 3, "ana", "2c26b46b68ff"))
        assert database.query("SELECT name FROM v_content_reads")["name"] == ["ana"]
        assert database.query("SELECT by FROM v_alert_words")["by"] == ["ana"]


# What each user is refused: tables that are not his, whatever makes or removes, and more than his share.
REFUSED = {
    "fmwatch_read": [
        "SELECT prompt FROM generations",
        "SELECT state FROM monitor_state",
        "INSERT INTO meta (name) VALUES ('x')",
        "CREATE TABLE x (n UInt8) ENGINE = Memory",
        "DROP VIEW v_calls",
        "SELECT 1 SETTINGS max_memory_usage = 2000000000",
        "SELECT 1 SETTINGS max_execution_time = 3600",
        "SELECT number FROM numbers(2000000)",
        "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
        "SELECT name FROM system.users",
    ],
    "fmwatch_console": [
        "SELECT prompt FROM generations",
        "INSERT INTO meta (name) VALUES ('x')",
        "INSERT INTO alerts (id) VALUES ('x')",
        "CREATE TABLE x (n UInt8) ENGINE = Memory",
        "TRUNCATE TABLE content_reads",
        "DROP VIEW v_calls",
        "SELECT 1 SETTINGS max_memory_usage = 2000000000",
    ],
    "fmwatch_score": [
        "SELECT prompt FROM generations",
        "SELECT prompt FROM v_calls",
        "INSERT INTO meta (name) VALUES ('x')",
        "INSERT INTO alerts (id) VALUES ('x')",
        "CREATE TABLE x (n UInt8) ENGINE = Memory",
        "TRUNCATE TABLE generations",
    ],
    "fmwatch_erase": [
        "DROP TABLE generations",
        "TRUNCATE TABLE generations",
        "CREATE TABLE x (n UInt8) ENGINE = Memory",
        "SELECT name FROM system.users",
    ],
    "fmwatch": [
        "DROP TABLE generations",
        "TRUNCATE TABLE generations",
        "CREATE DATABASE other",
        "CREATE USER x",
    ],
}


@pytest.mark.parametrize("name", NAMES)
def test_may_not(store: Store, name: str) -> None:
    """Nobody does more than his work takes: the engine refuses it."""
    with store.opened(name) as database:
        for sql in REFUSED[name]:
            ask = database.query if sql.startswith("SELECT") else database.command
            with pytest.raises(StoreError, match=r"privileges|readonly|shouldn't be greater|exceeded"):
                ask(sql)


def test_eraser(store: Store, tmp_path: Path) -> None:
    """Who erases may do all that it takes, and leaves the sums of the others."""
    with store.opened("fmwatch_erase") as database:
        before = count_generations(database)
        receipt = Production(tmp_path, database, lambda _: None).erase(Subject(USER))
        assert receipt["complete"], receipt
        assert receipt["rows"]["generations"] == 1
        assert count_generations(database) == before - 1
        assert database.query("SELECT sum(n) AS n FROM hours FINAL")["n"] == [before - 1]
        assert set(receipt["kept_until"]) == set(TOPICS)


@pytest.mark.parametrize("name", ["fmwatch", "fmwatch_read"])
def test_may_not_erase(store: Store, name: str, tmp_path: Path) -> None:
    """Who may not erase is told who may, before anything is marked."""
    with store.opened(name) as database, pytest.raises(StoreError, match="fmwatch_erase"):
        Production(tmp_path, database, lambda _: None).erase(Subject("nobody-at-all"))
    with store.opened("fmwatch") as database:
        marks = "SELECT count() AS n FROM erasures WHERE digest = {digest:String}"
        assert database.query(marks, {"digest": Subject("nobody-at-all").digest})["n"] == [0]


@pytest.mark.parametrize("name", ["fmwatch_score", "fmwatch_erase", "fmwatch_console", "fmwatch_read"])
def test_too_early(tmp_path: Path, name: str) -> None:
    """Where nothing is made yet, who may not make it says who does."""
    with pytest.raises(StoreError, match="after `fmwatch worker watch` of the same version"):
        Store(tmp_path).opened(name).__enter__()


def test_content_by_owner(store: Store) -> None:
    """The owner may empty texts and remove embeddings whose days are over."""
    with store.opened("fmwatch") as database:
        database.command("ALTER TABLE generations UPDATE prompt = '' WHERE 0")
        database.command("ALTER TABLE embeddings DELETE WHERE 0")
        with pytest.raises(StoreError, match="privileges"):
            database.command("ALTER TABLE generations DELETE WHERE 0")


def test_retention_by_owner(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner renews how long rows stay; the others leave it to him."""
    monkeypatch.setitem(retention.DAYS, "embeddings", 21)
    with store.opened("fmwatch") as database:
        (found,) = database.query("SELECT engine_full FROM system.tables WHERE name = 'embeddings'")[
            "engine_full"
        ]
        assert "toIntervalDay(21)" in found
    monkeypatch.undo()
    with store.opened("fmwatch") as database:
        assert retention.renew(database) == []


def test_nobody_from_elsewhere(store: Store) -> None:
    """Without a name one comes from the server itself only, where the shipped file is among its users."""
    with store.opened("") as database:
        sql = "SELECT host_ip, host_names FROM system.users WHERE name = 'default'"
        assert database.rows(sql) == [{"host_ip": [], "host_names": ["localhost"]}]


def test_grants_are_sql() -> None:
    """Each grant is a statement of the engine once it says to whom."""
    grants = [grant.text for grant in ET.parse(SHIPPED).iter("query")]  # noqa: S314 - our own file
    assert len(grants) > len(NAMES)
    assert all(grant and re.fullmatch(r"GRANT [A-Z, ]+ ON [a-z]+\.[\w*]+", grant) for grant in grants)


def test_system_tables() -> None:
    """What the store reads of the engine's own tables is free for everybody, or granted."""
    room = Path(migrate.__file__).parent
    sources = [
        path for path in room.rglob("*") if path.suffix in {".py", ".sql"} and "testing" not in path.parts
    ]
    read = {name for path in sources for name in re.findall(r"\bsystem\.(\w+)", path.read_text("utf-8"))}
    granted = set(re.findall(r"ON system\.(\w+)", SHIPPED.read_text("utf-8")))
    assert read - FREE == granted
