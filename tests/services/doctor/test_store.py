from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from services.doctor import store
from services.doctor.check import AWAY, CONFIGURATION, exit_code
from services.doctor.store import store as look
from store.connect import Patience
from store.database import Database
from store.testing import ServedStore, served
from tests.services.doctor.findings import one, statuses
from tests.store.users import config


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStore]:
    """A server of this module's own, whose database is not there at first."""
    with served(tmp_path_factory.mktemp("doctor")) as store:
        yield store


def another(server: ServedStore, database: str) -> str:
    """Return the address of another database on the server."""
    return urlunsplit(urlsplit(server.url)._replace(path=f"/{database}"))


def test_new(server: ServedStore) -> None:
    """A server without our database can be used: the first worker makes it, and asking has not."""
    for _ in range(2):
        found = list(look(another(server, "fresh")))
        assert exit_code(found) == 0
        assert statuses(found)["clickhouse database"] == "warn"
        assert "CREATE DATABASE `fresh`" in one(found, "clickhouse database").remedy
        assert statuses(found)["clickhouse newest row"] == "skip"


def test_well(server: ServedStore) -> None:
    """A migrated store is well; opening it as the remedies say has mended what was to be looked after."""
    Database.open(url=another(server, "well")).close()
    found = list(look(another(server, "well")))
    assert statuses(found) == {
        "clickhouse": "ok",
        "clickhouse database": "ok",
        "clickhouse migrations": "ok",
        "clickhouse rights": "ok",
        "clickhouse clock": "ok",
        "clickhouse disk": "ok",
        "clickhouse replicas": "skip",
        "clickhouse retention": "ok",
        "clickhouse newest row": "ok",
    }


def test_retention(server: ServedStore) -> None:
    """A table that keeps its rows for another time than the views show is named with both."""
    with Database.open(url=another(server, "kept")) as database:
        database.command("ALTER TABLE signals MODIFY TTL toDateTime(inserted_at) + INTERVAL 7 DAY")
        database.command("ALTER TABLE alerts REMOVE TTL")
    found = [
        finding.what for finding in look(another(server, "kept")) if finding.name == "clickhouse retention"
    ]
    assert [what.partition(",")[0] for what in found] == ["signals keeps 7 days", "alerts keeps everything"]
    Database.open(url=another(server, "kept")).close()
    (finding,) = [one for one in look(another(server, "kept")) if one.name == "clickhouse retention"]
    assert finding.what.startswith("alerts")  # the other's remedy has worked


@pytest.mark.parametrize("kind", ["refuse", "drop", "hang"])
def test_away(server: ServedStore, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A server that refuses, closes or hangs is away, soon; what it was not asked is not looked at."""
    monkeypatch.setattr(store, "PATIENCE", Patience(connect_s=1, answer_s=1))
    with server.failing(kind):  # type: ignore[arg-type]  # each is a kind
        found = list(look(server.url))
    assert (one(found, "clickhouse").status, one(found, "clickhouse").code) == ("fail", AWAY)
    assert "store.clickhouse" in one(found, "clickhouse").remedy
    assert set(statuses(found).values()) == {"fail", "skip"}


def test_gone_in_the_middle(server: ServedStore) -> None:
    """A server that goes away after the first answers is away at the one it did not give."""
    with server.failing("refuse", only="system.disks"):
        found = list(look(server.url))
    assert statuses(found)["clickhouse clock"] == "ok"
    assert one(found, "clickhouse disk").code == AWAY


@pytest.mark.parametrize("url", ["clickhouse://me:hush@h/x", "http://me:hush@h:8123/drop table"])
def test_no_address(url: str) -> None:
    """What is no address is the configuration's fault, and its password is not said."""
    finding = one(look(url), "clickhouse")
    assert (finding.status, finding.code) == ("fail", CONFIGURATION)
    assert "hush" not in finding.what


def test_password_unsaid(tmp_path: Path) -> None:
    """Whatever goes wrong, the password in the address is not printed."""
    with served(tmp_path) as stopped:
        url = stopped.url.replace("http://", "http://me:hush-hush@")
    assert "hush-hush" not in str(list(look(url)))


@pytest.mark.parametrize(
    ("user", "lacking"),
    [
        ("fmwatch", ""),
        ("fmwatch_score", "SELECT, INSERT, CREATE TABLE"),
        ("fmwatch_read", "SELECT, INSERT, CREATE TABLE"),
    ],
)
def test_users(tmp_path: Path, user: str, lacking: str) -> None:
    """The shipped user of `doctor` may ask everything and has every right; what others lack is said."""
    with served(tmp_path / "store") as store:
        Database.open(url=store.url).close()
    with served(tmp_path / "store", config(tmp_path / "users", user)) as store:
        found = list(look(store.url))
    finding = one(found, "clickhouse rights")
    assert (finding.status, lacking in finding.what) == ("fail" if lacking else "ok", True)
    if not lacking:
        assert [one.what for one in found if one.status == "skip"] == ["nothing is replicated"]
